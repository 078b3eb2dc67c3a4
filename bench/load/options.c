#include "options.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "load --port N [--wire ws|lines] [--path P] [--protocol P] [--greet SEND UNTIL]... [--answer TO WITH]...\n"
    "     [--say TEMPLATE] [--mode one|pace|burst|loop|echo|idle] [--rooms N] [--members N] [--senders N] [--window N]\n"
    "     [--bytes N] [--warm S] [--seconds S] [--interval US] [--pid PID] [--rate N] [--at-once N] [--sources N]\n"
    "     [--hold NAME AFTER]... [--again SEND UNTIL]... [--unknown TEXT] [--refused TEXT]\n"
    "     [--retry MS] [--jitter] [--later AFTER] [--on-call]\n"
    "     [--count NAME TEXT]... [--deflate] [--texts FILE]\n"
    "lines on its input: an empty one asks for a slice, `go` calls the clients, `say` has a member of each room say something,\n"
    "     `end` ends it when all have what was said\n";

static _Noreturn void wrong(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n%s", what, why, usage);
  exit(64);
}

static int whole(const char *name, const char *text) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 0 || value > 100000000) wrong(name, "not a whole number");
  return (int)value;
}

static enum mode mode_of(const char *name) {
  static const char *const names[] = {"one", "pace", "burst", "loop", "echo", "idle"};
  for (int mode = 0; mode < 6; mode++)
    if (strcmp(name, names[mode]) == 0) return (enum mode)mode;
  wrong("--mode", name);
}

/** The argument behind an option's first, for those that take two. */
static const char *second(int count, char **arguments, const char *name) {
  if (optind >= count) wrong(name, "takes two values");
  return arguments[optind++];
}

struct options options_read(int count, char **arguments) {
  struct options options = {
      .host = "127.0.0.1", .path = "/", .rooms = 1, .members = 1, .senders = 1, .window = 1, .at_once = 64,
      .seconds = 1, .sources = 1, .retry_ms = 50, .say = "{text}",
  };
  enum { PORT = 256, PID, WIRE, PATH, PROTOCOL, GREET, ANSWER, SAY, MODE, ROOMS, MEMBERS, SENDERS, WINDOW, BYTES, WARM,
         SECONDS, INTERVAL, RATE, AT_ONCE, SOURCES, HOLD, AGAIN, RETRY, DEFLATE,
         UNKNOWN, REFUSED, JITTER, LATER, ON_CALL, COUNT, TEXTS };
  static const struct option names[] = {
      {"port", 1, 0, PORT}, {"pid", 1, 0, PID}, {"wire", 1, 0, WIRE}, {"path", 1, 0, PATH},
      {"protocol", 1, 0, PROTOCOL}, {"greet", 1, 0, GREET}, {"answer", 1, 0, ANSWER}, {"say", 1, 0, SAY},
      {"mode", 1, 0, MODE}, {"rooms", 1, 0, ROOMS}, {"members", 1, 0, MEMBERS}, {"senders", 1, 0, SENDERS},
      {"window", 1, 0, WINDOW}, {"bytes", 1, 0, BYTES}, {"warm", 1, 0, WARM}, {"seconds", 1, 0, SECONDS},
      {"interval", 1, 0, INTERVAL}, {"rate", 1, 0, RATE}, {"at-once", 1, 0, AT_ONCE}, {"sources", 1, 0, SOURCES},
      {"hold", 1, 0, HOLD}, {"again", 1, 0, AGAIN}, {"retry", 1, 0, RETRY}, {"deflate", 0, 0, DEFLATE},
      {"unknown", 1, 0, UNKNOWN}, {"refused", 1, 0, REFUSED}, {"jitter", 0, 0, JITTER}, {"later", 1, 0, LATER}, {"on-call", 0, 0, ON_CALL},
      {"count", 1, 0, COUNT}, {"texts", 1, 0, TEXTS}, {0},
  };
  for (int which, index; (which = getopt_long(count, arguments, "+", names, &index)) != -1;) {
    if (which < PORT) wrong("load", "no such option");
    const char *name = names[index].name;
    switch (which) {
      case PORT: options.port = whole(name, optarg); break;
      case PID: options.pid = whole(name, optarg); break;
      case WIRE: options.wire = strcmp(optarg, "lines") == 0 ? WIRE_LINES : WIRE_WS; break;
      case PATH: options.path = optarg; break;
      case PROTOCOL: options.protocol = optarg; break;
      case GREET:
        if (options.greet_count == MOST_GREETS) wrong(name, "too many");
        options.greets[options.greet_count++] = (struct greet){optarg, second(count, arguments, name)};
        break;
      case AGAIN:
        if (options.again_count == MOST_GREETS) wrong(name, "too many");
        options.again[options.again_count++] = (struct greet){optarg, second(count, arguments, name)};
        break;
      case ANSWER:
        if (options.answer_count == MOST_ANSWERS) wrong(name, "too many");
        options.answers[options.answer_count++] = (struct answer){optarg, second(count, arguments, name)};
        break;
      case HOLD:
        if (options.held_count == MOST_HELD) wrong(name, "too many");
        options.held[options.held_count++] = (struct held){optarg, second(count, arguments, name)};
        break;
      case COUNT:
        if (options.counted_count == MOST_COUNTED) wrong(name, "too many");
        options.counted[options.counted_count++] = (struct counted){optarg, second(count, arguments, name)};
        break;
      case SAY: options.say = optarg; break;
      case MODE: options.mode = mode_of(optarg); break;
      case ROOMS: options.rooms = whole(name, optarg); break;
      case MEMBERS: options.members = whole(name, optarg); break;
      case SENDERS: options.senders = whole(name, optarg); break;
      case WINDOW: options.window = whole(name, optarg); break;
      case BYTES: options.bytes = whole(name, optarg); break;
      case WARM: options.warm = atof(optarg); break;
      case SECONDS: options.seconds = atof(optarg); break;
      case INTERVAL: options.interval_us = whole(name, optarg); break;
      case RATE: options.rate = whole(name, optarg); break;
      case AT_ONCE: options.at_once = whole(name, optarg); break;
      case SOURCES: options.sources = whole(name, optarg); break;
      case RETRY: options.retry_ms = whole(name, optarg); break;
      case DEFLATE: options.deflate = 1; break;
      case TEXTS: options.texts = optarg; break;
      case UNKNOWN: options.unknown = optarg; break;
      case REFUSED: options.refused = optarg; break;
      case JITTER: options.jitter = 1; break;
      case LATER: options.later = optarg; break;
      case ON_CALL: options.on_call = 1; break;
    }
  }
  if (options.port == 0) wrong("--port", "is needed");
  if (options.rooms < 1 || options.members < 1 || options.window < 1) wrong("load", "needs rooms, members and a window");
  if (options.texts != NULL && options.bytes > 0) wrong("--texts", "takes no --bytes");
  // Who said what is compressed is not known.
  if (options.deflate && (options.mode == MODE_LOOP || options.mode == MODE_ECHO)) wrong("--deflate", "takes another --mode");
  if (options.mode == MODE_LOOP || options.mode == MODE_ECHO || options.senders > options.members)
    options.senders = options.members;
  if (options.mode == MODE_PACE && options.interval_us == 0) wrong("--mode pace", "needs an interval");
  if (options.senders < 1) wrong("--senders", "at least 1");
  if (options.sources < 1 || options.sources > 250) wrong("--sources", "1 to 250");
  return options;
}
