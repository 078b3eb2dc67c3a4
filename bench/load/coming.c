#include "coming.h"
#include "tally.h"
#include <stdio.h>
#include <stdlib.h>

/** As ChatHub's client has it: a span that doubles up to this. */
#define LONGEST_SPAN_MS 30000
/** What a rate may make up for after a pause. */
#define MOST_TOKENS 50

static const struct options *options;
static struct client *clients;
static int count, ready, under_way, next_client;
/** Attempts that came to nothing. */
static uint64_t failures;
/** Nobody comes until a line says so. */
static bool waits;
static bool losing;
/** When the wave began: all of them come, or the first was lost, or they were called. */
static uint64_t since, pause_until, next_due;
static struct tally opened;

void coming_setup(const struct options *these, struct client *all, int how_many) {
  options = these;
  clients = all;
  count = how_many;
  waits = options->on_call;
  since = now_ns();
  srandom((unsigned)options->port);
  tally_init(&opened);
}

static uint64_t somewhere_within(uint64_t span_ms) {
  return (uint64_t)random() * (span_ms * 1000000) / RAND_MAX;
}

void coming_call(void) {
  waits = false;
  since = now_ns();
  for (int i = 0; i < count; i++) {
    if (clients[i].state != STATE_WAITING || clients[i].told_when) continue;
    clients[i].due = options->jitter ? since + somewhere_within((uint64_t)options->retry_ms) : since;
    clients[i].tries = 1;
  }
  next_due = 0;
}

bool coming_done(void) {
  return ready == count;
}

bool coming_back(void) {
  return losing && !waits;
}

void coming_arrived(struct client *client) {
  under_way--;
  ready++;
  tally_time(&opened, now_ns() - client->began);
  client->began = 0;
  client->tries = 0;
  client->told_when = false;
}

void coming_lost(struct client *client, bool was_ready, const char *why) {
  static bool seen;
  uint64_t now = now_ns();
  if (was_ready) {
    ready--;
    // Who waits to be called is not late before that.
    if (!options->on_call) client->began = now;
    if (!losing) {
      since = now;
      waits = options->on_call;
      losing = true;
    }
  } else {
    under_way--;
    failures++;
    if (!seen) fprintf(stderr, "load: client %d: %s\n", client->index, why), seen = true;
  }
  if (!client->told_when || !was_ready) {
    uint64_t span = (uint64_t)options->retry_ms << (client->tries < 16 ? client->tries : 16);
    if (span > LONGEST_SPAN_MS) span = LONGEST_SPAN_MS;
    client->told_when = false;
    client->tries++;
    client->due = now + (options->jitter ? somewhere_within(span) : (uint64_t)options->retry_ms * 1000000);
  }
  if (client->due < next_due) next_due = client->due;
}

/** False when none may come at this moment. */
static bool may_come(uint64_t now, double *tokens) {
  static uint64_t at;
  if (options->rate > 0) {
    *tokens += (double)(now - at) * 1e-9 * options->rate;
    if (at == 0 || *tokens > MOST_TOKENS) *tokens = at == 0 ? 1 : MOST_TOKENS;
    at = now;
  }
  return !waits && now >= pause_until && now >= next_due && ready + under_way < count;
}

void coming_some(void) {
  static double tokens;
  uint64_t now = now_ns(), earliest = UINT64_MAX;
  if (!may_come(now, &tokens)) return;
  int looked = 0, most = losing ? count : options->at_once;
  for (; looked < count && under_way < most; looked++) {
    struct client *client = &clients[next_client];
    if (client->state == STATE_WAITING && client->due > now) {
      if (client->due < earliest) earliest = client->due;
    } else if (client->state == STATE_WAITING) {
      if (options->rate > 0 && !losing && tokens < 1) return;
      tokens -= 1;
      under_way++;
      client_connect(client);
      if (client->state == STATE_WAITING && !options->jitter) {
        // Nobody listens there at present: the others need not try.
        pause_until = now + (uint64_t)options->retry_ms * 1000000;
        return;
      }
      // It may have been refused at once.
      if (client->state == STATE_WAITING && client->due < earliest) earliest = client->due;
    }
    next_client = (next_client + 1) % count;
  }
  // All were looked at: nobody's time comes before this.
  if (looked == count) next_due = earliest == UINT64_MAX ? 0 : earliest;
}

void coming_tell(void) {
  printf("{\"event\":\"%s\",\"clients\":%d,\"seconds\":%.3f,\"p50\":%u,\"p99\":%u,\"max\":%u,\"failures\":%llu",
         losing ? "back" : "ready", ready, (double)(now_ns() - since) * 1e-9, tally_percentile(&opened, 0.5),
         tally_percentile(&opened, 0.99), opened.most, (unsigned long long)failures);
  for (int i = 0; i < options->counted_count; i++)
    printf(",\"%s\":%llu", options->counted[i].name, (unsigned long long)client_counted(i));
  printf("}\n");
  fflush(stdout);
  tally_reset(&opened);
  losing = false;
  failures = 0;
}
