// The load generator: as many clients as are asked for, on one thread, and what they see. It says what it knows in lines of JSON.
#define _GNU_SOURCE
#include "client.h"
#include "coming.h"
#include "tally.h"
#include "texts.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

/** `~`, who says it, its number, when, `~`: found again in whatever a protocol wraps around it. */
#define MARK_LENGTH 36

enum phase { PHASE_CONNECT, PHASE_PROBE, PHASE_WARM, PHASE_MEASURE, PHASE_DRAIN, PHASE_IDLE };

/** Where a room stands that says one thing after another. */
struct turn {
  uint32_t missing, next;
  uint64_t due, said_at;
};

static struct options options;
static struct client *clients;
static struct turn *turns;
static int count;
static struct tally tally;
static enum phase phase;
static char padding[1 << 16];
static uint64_t phase_began, cpu_began, main_cpu_began, received_began, busy, said;
/** The longest that something was said after its time: that is ours, and not the server's. */
static uint64_t late;
static struct rlimit files;

static _Noreturn void fail(const char *why) {
  fprintf(stderr, "load: %s\n", why);
  exit(1);
}

// ---- saying

static char batch[1 << 20];
static size_t batch_length;

static char *hex(char *out, uint64_t value, int digits) {
  for (int i = digits; i-- > 0; value >>= 4) out[i] = "0123456789abcdef"[value & 15];
  return out + digits;
}

static void say(struct client *client, uint64_t now) {
  static char text[1 << 16], payload[1 << 17];
  char *end = text;
  *end++ = '~';
  end = hex(end, (uint64_t)client->index, 6);
  *end++ = '.';
  end = hex(end, ++client->said, 10);
  *end++ = '.';
  end = hex(end, now, 16);
  *end++ = '~';
  // The probe has none, so that its length is that of all around a text.
  struct text more = phase == PHASE_PROBE ? (struct text){"", 0} : texts_at(said);
  memcpy(end, more.bytes, more.length);
  strcpy(end + more.length, padding);
  size_t length = client_expand(client, options.say, text, payload, sizeof payload);
  if (batch_length + length + FRAME_OVERHEAD > sizeof batch) client_write(client, batch, batch_length), batch_length = 0;
  batch_length += frame_text(options.wire, batch + batch_length, payload, length);
  said++;
}

static void said_all(struct client *client) {
  if (batch_length > 0) client_write(client, batch, batch_length);
  batch_length = 0;
}

static void take_turn(int room, uint64_t now) {
  struct turn *turn = &turns[room];
  int many = options.mode == MODE_BURST ? options.senders : 1;
  turn->missing = (uint32_t)(many * options.members);
  turn->said_at = now;
  if (options.mode == MODE_PACE && turn->due > 0) {
    if (now - turn->due > late) late = now - turn->due;
    turn->due += (uint64_t)options.interval_us * 1000;
  } else {
    turn->due = now + (uint64_t)options.interval_us * 1000;
  }
  for (int i = 0; i < many; i++) {
    // Members of a room stand apart: the rooms take turns in the list of clients.
    struct client *client = &clients[room + options.rooms * (int)(turn->next++ % (uint32_t)options.senders)];
    say(client, now);
    said_all(client);
  }
}

/** The turns whose time has come. Gives the milliseconds until the next one. */
static int take_turns(void) {
  if (options.mode > MODE_BURST || phase < PHASE_WARM || phase > PHASE_MEASURE) return 10;
  uint64_t now = now_ns();
  int wait = 10;
  for (int room = 0; room < options.rooms; room++) {
    struct turn *turn = &turns[room];
    if (options.mode == MODE_PACE) {
      while (turn->due <= now) take_turn(room, now = now_ns());
      // It sleeps longer rather than spins: other clients have the same processor.
      int rest = (int)((turn->due - now) / 1000000) + 1;
      if (rest < wait) wait = rest;
      continue;
    }
    if (turn->missing > 0) continue;
    if (turn->due <= now) take_turn(room, now);
    else if ((turn->due - now) / 1000000 < (uint64_t)wait) wait = (int)((turn->due - now) / 1000000);
  }
  return wait;
}

static void begin_saying(uint64_t now) {
  if (options.mode != MODE_LOOP && options.mode != MODE_ECHO) return;
  for (int i = 0; i < count; i++) {
    if (clients[i].slot < 0) continue;
    for (int line = 0; line < options.window; line++) say(&clients[i], now);
    said_all(&clients[i]);
  }
}

// ---- being told

static uint64_t number(const char *text, int digits) {
  uint64_t value = 0;
  for (int i = 0; i < digits; i++) value = value << 4 | (uint64_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
  return value;
}

static uint64_t read_at;
/** Lines of its own that came with this read. */
static int returned;

static void told_unread(struct client *client) {
  struct turn *turn = &turns[client->room];
  tally.deliveries++;
  tally.compressed++;
  client->unread++;
  if (options.mode > MODE_BURST) return;
  if (read_at == 0) read_at = now_ns();
  tally_time(&tally, read_at - turn->said_at);
  if (turn->missing > 0) turn->missing--;
}

static void told(struct client *client, char *payload, size_t length, bool compressed) {
  tally.bytes += length;
  if (compressed) {
    told_unread(client);
    return;
  }
  char *mark = memchr(payload, '~', length);
  if (mark == NULL || payload + length - mark < MARK_LENGTH || mark[MARK_LENGTH - 1] != '~') {
    tally.others++;
    return;
  }
  tally.deliveries++;
  if (read_at == 0) read_at = now_ns();
  uint64_t who = number(mark + 1, 6), which = number(mark + 8, 10), at = number(mark + 19, 16);
  tally_time(&tally, read_at > at ? read_at - at : 0);
  struct client *speaker = who < (uint64_t)count ? &clients[who] : NULL;
  if (speaker == NULL || speaker->room != client->room || speaker->slot < 0) {
    tally.disordered++;
    return;
  }
  uint32_t *last = &client->last[options.mode == MODE_ECHO ? 0 : speaker->slot];
  if (which == *last + 1u) *last = (uint32_t)which;
  else if (which <= *last) tally.doubled++;
  else tally.lost += which - *last - 1, *last = (uint32_t)which;
  if (options.mode <= MODE_BURST) {
    if (turns[client->room].missing > 0) turns[client->room].missing--;
  } else if (speaker == client) {
    returned++;
  }
  if (phase == PHASE_PROBE && options.bytes > 0 && speaker == client && padding[0] == '\0' && length < (size_t)options.bytes)
    memset(padding, 'x', (size_t)options.bytes - length);
}

static void rested(struct client *client) {
  read_at = 0;
  if (returned == 0) return;
  uint64_t now = phase == PHASE_WARM || phase == PHASE_MEASURE ? now_ns() : 0;
  for (; returned > 0 && now > 0; returned--) say(client, now);
  returned = 0;
  said_all(client);
}

// ---- coming and going

static void lost(struct client *client, bool was_ready, const char *why) {
  if (options.mode == MODE_IDLE) {
    coming_lost(client, was_ready, why);
    return;
  }
  fprintf(stderr, "client %d: ", client->index);
  fail(why);
}

// ---- phases

static void tell_tally(const char *event) {
  uint64_t now = now_ns();
  double seconds = (double)(now - phase_began) * 1e-9;
  printf("{\"event\":\"%s\",\"at\":%.6f,\"seconds\":%.4f,\"deliveries\":%llu,\"compressed\":%llu,\"bytes\":%llu,\"received\":%llu,\"others\":%llu,\"lost\":%llu,\"doubled\":%llu,"
         "\"disordered\":%llu,\"serverCpu\":%.6f,\"mainCpu\":%.6f,\"clientBusy\":%.4f,\"p50\":%u,\"p99\":%u,\"max\":%u,\"late\":%.3f}\n",
         event, (double)now * 1e-9, seconds, (unsigned long long)tally.deliveries, (unsigned long long)tally.compressed, (unsigned long long)tally.bytes,
         (unsigned long long)(client_received() - received_began), (unsigned long long)tally.others,
         (unsigned long long)tally.lost, (unsigned long long)tally.doubled, (unsigned long long)tally.disordered,
         (double)(cpu_ns(options.pid) - cpu_began) * 1e-9, (double)(main_cpu_ns(options.pid) - main_cpu_began) * 1e-9, (double)busy * 1e-9 / seconds, tally_percentile(&tally, 0.5),
         tally_percentile(&tally, 0.99), tally.most, (double)late * 1e-6);
  fflush(stdout);
}

static void measure_from(uint64_t now) {
  tally_reset(&tally);
  phase_began = now;
  cpu_began = cpu_ns(options.pid);
  received_began = client_received();
  main_cpu_began = main_cpu_ns(options.pid);
  busy = late = 0;
}

/** What was said and has not come to all. */
static uint64_t outstanding(void) {
  uint64_t missing = 0;
  for (int i = 0; i < count; i++) {
    for (int slot = 0; slot < options.senders; slot++) {
      if (options.mode == MODE_ECHO && slot > 0) break;
      const struct client *speaker =
          options.mode == MODE_ECHO ? &clients[i] : &clients[clients[i].room + options.rooms * slot];
      missing += speaker->said - clients[i].last[slot];
    }
    missing -= clients[i].unread;
  }
  return missing;
}

/** False when all is over. */
static bool go_on(void) {
  uint64_t now = now_ns();
  double since = (double)(now - phase_began) * 1e-9;
  switch (phase) {
    case PHASE_CONNECT:
      if (!coming_done()) return true;
      coming_tell();
      if (options.mode == MODE_IDLE) {
        phase = PHASE_IDLE;
        return true;
      }
      phase = PHASE_PROBE;
      phase_began = now;
      say(&clients[0], now);
      said_all(&clients[0]);
      return true;
    case PHASE_PROBE:
      if (outstanding() > 0) {
        if (since > 10) fail("what was said did not come");
        return true;
      }
      phase = PHASE_WARM;
      phase_began = now;
      begin_saying(now);
      return true;
    case PHASE_WARM:
      if (since < options.warm) return true;
      phase = PHASE_MEASURE;
      measure_from(now);
      return true;
    case PHASE_MEASURE:
      if (since < options.seconds) return true;
      tell_tally("measured");
      phase = PHASE_DRAIN;
      phase_began = now;
      return true;
    case PHASE_DRAIN: {
      uint64_t missing = outstanding();
      if (missing > 0 && since < 10) return true;
      printf("{\"event\":\"end\",\"said\":%llu,\"missing\":%llu,\"lost\":%llu,\"doubled\":%llu,\"disordered\":%llu}\n",
             (unsigned long long)said, (unsigned long long)missing, (unsigned long long)tally.lost,
             (unsigned long long)tally.doubled, (unsigned long long)tally.disordered);
      return false;
    }
    case PHASE_IDLE:
      if (coming_back()) phase = PHASE_CONNECT;
      return true;
  }
  return true;
}

static void say_once(void) {
  uint64_t now = now_ns();
  for (int room = 0; room < options.rooms; room++) {
    say(&clients[room], now);
    said_all(&clients[room]);
  }
}

/** A line asks for something, an empty one for what was seen since the last; the end of the input ends all. */
static bool asked(void) {
  char lines[256];
  ssize_t got = read(STDIN_FILENO, lines, sizeof lines - 1);
  if (got <= 0) return false;
  lines[got] = '\0';
  for (char *line = lines, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    *end = '\0';
    if (strcmp(line, "go") == 0) coming_call();
    else if (strcmp(line, "say") == 0) say_once();
    else if (strcmp(line, "end") == 0) options.seconds = 0;
    else if (*line != '\0') fail("no such line");
    else tell_tally("slice"), measure_from(now_ns());
  }
  return true;
}

int main(int argc, char **argv) {
  options = options_read(argc, argv);
  count = options.rooms * options.members;
  if (options.texts != NULL) texts_read(options.texts);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if ((rlim_t)count + 16 > files.rlim_max) fail("more clients than this process may have files open");
  clients = calloc((size_t)count, sizeof *clients);
  turns = calloc((size_t)options.rooms, sizeof *turns);
  uint32_t *last = calloc((size_t)count * (size_t)options.senders, sizeof *last);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  if (clients == NULL || turns == NULL || last == NULL || poll < 0) fail("out of memory");
  for (int i = 0; i < count; i++) {
    int member = i / options.rooms;
    clients[i] = (struct client){.fd = -1, .index = i, .room = i % options.rooms,
                                 .slot = member < options.senders ? member : -1, .last = last + (size_t)i * (size_t)options.senders};
  }
  tally_init(&tally);
  coming_setup(&options, clients, count);
  client_setup(&options, poll, (struct events){coming_arrived, told, rested, lost});
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
  bool listens = epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &input) == 0;
  measure_from(now_ns());
  for (int wait = 0;;) {
    static struct epoll_event events[1024];
    if (phase == PHASE_CONNECT) coming_some(), wait = options.rate > 0 || coming_back() ? 1 : 10;
    // It never sleeps while it measures: waking it for a write would be a cost of the server that no client elsewhere makes.
    bool spins = options.mode != MODE_IDLE && options.interval_us == 0 && phase > PHASE_CONNECT;
    int found = epoll_wait(poll, events, 1024, spins ? 0 : wait);
    uint64_t woke = found > 0 ? now_ns() : 0;
    for (int i = 0; i < found; i++) {
      if (events[i].data.ptr != NULL) client_poll(events[i].data.ptr, events[i].events);
      else if (listens && !asked()) return 0;
    }
    if (!go_on()) return 0;
    wait = take_turns();
    if (found > 0) busy += now_ns() - woke;
  }
}
