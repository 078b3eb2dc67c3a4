#include "tally.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** Twenty seconds, of which what is never reached takes no memory; what is later counts as that. */
#define BUCKETS 20000000

void tally_init(struct tally *tally) {
  memset(tally, 0, sizeof *tally);
  tally->late = calloc(BUCKETS, sizeof *tally->late);
  if (tally->late == NULL) exit(70);
}

void tally_reset(struct tally *tally) {
  tally->deliveries = tally->compressed = tally->bytes = tally->others = tally->timed = 0;
  memset(tally->late, 0, (tally->most + 1) * sizeof *tally->late);
  tally->most = 0;
}

void tally_time(struct tally *tally, uint64_t nanoseconds) {
  uint64_t us = nanoseconds / 1000;
  uint32_t bucket = us >= BUCKETS ? BUCKETS - 1 : (uint32_t)us;
  tally->late[bucket]++;
  tally->timed++;
  if (bucket > tally->most) tally->most = bucket;
}

uint32_t tally_percentile(const struct tally *tally, double share) {
  uint64_t want = (uint64_t)(share * (double)tally->timed);
  uint64_t sum = 0;
  for (uint32_t us = 0; us <= tally->most; us++) {
    sum += tally->late[us];
    if (sum > want) return us;
  }
  return tally->most;
}

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t task_ns(int pid, const char *task) {
  char path[64 + 256];
  snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", pid, task);
  FILE *file = fopen(path, "r");
  unsigned long long ran = 0;
  if (file == NULL) return 0;
  if (fscanf(file, "%llu", &ran) != 1) ran = 0;
  fclose(file);
  return ran;
}

uint64_t cpu_ns(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (tasks == NULL) return 0;
  uint64_t sum = 0;
  for (struct dirent *task; (task = readdir(tasks)) != NULL;)
    if (task->d_name[0] != '.') sum += task_ns(pid, task->d_name);
  closedir(tasks);
  return sum;
}

uint64_t main_cpu_ns(int pid) {
  char task[16];
  snprintf(task, sizeof task, "%d", pid);
  return task_ns(pid, task);
}
