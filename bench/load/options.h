// What a run is about, as the command line says it.
#pragma once
#include "wire.h"

/** one: a message, and the next when all have it. pace: a message at its time, whether or not all have the last.
 *  burst: several members at once, and again when all have all. loop: each member says something when what it said before has come back. echo: each has `window` lines under way.
 *  idle: connections stay open; those that are lost come back. */
enum mode { MODE_ONE, MODE_PACE, MODE_BURST, MODE_LOOP, MODE_ECHO, MODE_IDLE };

#define MOST_GREETS 16
#define MOST_ANSWERS 4
#define MOST_HELD 4
#define MOST_COUNTED 8

struct greet {
  const char *send, *until;
};

struct answer {
  const char *to, *with;
};

/** What a connection remembers of what it is told, from behind `after` to the next quote, comma or brace. */
struct held {
  const char *name, *after;
};

/** What is counted in all that connections are told, as often as it stands there. */
struct counted {
  const char *name, *text;
};

struct options {
  const char *host, *path, *protocol, *origin;
  int port, pid, sources;
  enum wire wire;
  enum mode mode;
  struct greet greets[MOST_GREETS], again[MOST_GREETS];
  int greet_count, again_count;
  struct answer answers[MOST_ANSWERS];
  int answer_count;
  struct held held[MOST_HELD];
  int held_count;
  struct counted counted[MOST_COUNTED];
  int counted_count;
  /** Told to one that comes back: it is not known any more, and goes on as a new one whose first greeting was answered. */
  const char *unknown;
  /** Told to one that greets: it connects anew. */
  const char *refused;
  /** Behind this stands when to come back, in milliseconds. */
  const char *later;
  const char *say;
  int rooms, members, senders, window, bytes;
  /** The first two are about coming for the first time: those who come back ask for nobody else. */
  int rate, at_once, retry_ms, interval_us;
  /** Coming back after a random time, within a span that doubles. Coming when a line says so, the first time too. */
  int jitter, on_call;
  double warm, seconds;
  int deflate, stop_reading;
  const char *texts;
};

/** Ends the process with a sentence where the command line makes no sense. */
struct options options_read(int count, char **arguments);
