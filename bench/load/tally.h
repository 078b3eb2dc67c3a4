// What came: how often, how late, and whether it was what should have come.
#pragma once
#include <stdint.h>
#include <stdio.h>

struct tally {
  uint64_t deliveries, bytes, compressed, lost, doubled, disordered, others;
  /** Microseconds from say to delivery. */
  uint32_t *late;
  uint64_t timed;
  uint32_t most;
};

void tally_init(struct tally *tally);
/** Forgets what was counted, but not what was wrong. */
void tally_reset(struct tally *tally);
void tally_time(struct tally *tally, uint64_t nanoseconds);
/** Microseconds that `share` of what came was not later than. */
uint32_t tally_percentile(const struct tally *tally, double share);

uint64_t now_ns(void);
/** Nanoseconds that a process has been on a processor, in all its threads; 0 where that can't be told. */
uint64_t cpu_ns(int pid);
/** The same of its first thread alone. */
uint64_t main_cpu_ns(int pid);
