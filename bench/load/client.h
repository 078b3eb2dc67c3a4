// One connection to the server: how it comes about, what it writes and what it is told.
#pragma once
#include "options.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum state { STATE_WAITING, STATE_CONNECTING, STATE_UPGRADING, STATE_GREETING, STATE_READY };

struct client {
  int fd;
  enum state state;
  /** Which frame of the greeting is answered next. */
  int greet;
  /** It has been here before: it greets as one that comes back. */
  bool again;
  int index, room;
  /** Its place among those of its room that say something; -1 when it says nothing. */
  int slot;
  /** The number of the last thing that it said. */
  uint32_t said;
  /** The numbers of the last that came, by slot of who said it. */
  uint32_t *last;
  /** How many came that were compressed, which are counted but not looked into. */
  uint32_t unread;
  uint64_t began;
  /** When it may come back, how often it tried in vain, and whether it was told when. */
  uint64_t due;
  int tries;
  bool told_when;
  char *rest, *unsent;
  size_t rest_length, unsent_length;
  char *held[MOST_HELD];
};

/** What a client tells of. */
struct events {
  /** It is where it should be. */
  void (*ready)(struct client *client);
  void (*frame)(struct client *client, char *payload, size_t length, bool compressed);
  /** All frames of one read were told. */
  void (*rested)(struct client *client);
  void (*lost)(struct client *client, bool was_ready, const char *why);
};

void client_setup(const struct options *options, int poll, struct events events);
void client_connect(struct client *client);
/** What epoll says of its socket. */
void client_poll(struct client *client, uint32_t events);
/** Bytes that came to all clients, of whatever kind. */
uint64_t client_received(void);
void client_write(struct client *client, const char *bytes, size_t length);
/** How often all clients were told what `--count` names, from the beginning. */
uint64_t client_counted(int which);
/** Puts values for `{room}`, `{n}`, `{text}` and what is held; gives the length. */
size_t client_expand(const struct client *client, const char *template, const char *text, char *out, size_t room);
