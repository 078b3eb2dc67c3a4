#define _GNU_SOURCE
#include "client.h"
#include "tally.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (1 << 20)

static const struct options *options;
static struct events tell;
static int poll_fd;
/** What one read gives, behind what is left of the one before: all clients share it, since it is empty between two. */
static char chunk[2 * READ_BYTES];
static char frame_bytes[1 << 17];
static uint64_t received;

void client_setup(const struct options *these, int poll, struct events events) {
  options = these;
  poll_fd = poll;
  tell = events;
}

static void watch(struct client *client, bool writing, int how) {
  struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = client};
  if (epoll_ctl(poll_fd, how, client->fd, &event) != 0) perror("epoll_ctl"), exit(71);
}

static void lose(struct client *client, const char *why) {
  if (client->state == STATE_WAITING) return;
  bool was_ready = client->state == STATE_READY;
  close(client->fd);
  client->fd = -1;
  client->state = STATE_WAITING;
  client->rest_length = 0;
  free(client->unsent);
  client->unsent = NULL;
  client->unsent_length = 0;
  tell.lost(client, was_ready, why);
}

uint64_t client_received(void) {
  return received;
}

void client_connect(struct client *client) {
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0) perror("socket"), exit(71);
  int on = 1;
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options->sources > 1) {
    // One address has some 28,000 ports to come from.
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002u + (uint32_t)(client->index % options->sources))};
    setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(client->fd, (struct sockaddr *)&from, sizeof from) != 0) perror("bind"), exit(71);
  }
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
  inet_pton(AF_INET, options->host, &to.sin_addr);
  client->state = STATE_CONNECTING;
  client->greet = 0;
  if (client->began == 0) client->began = now_ns();
  watch(client, true, EPOLL_CTL_ADD);
  if (connect(client->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) lose(client, strerror(errno));
}

void client_write(struct client *client, const char *bytes, size_t length) {
  size_t done = 0;
  if (client->unsent_length == 0) {
    ssize_t wrote = send(client->fd, bytes, length, MSG_NOSIGNAL);
    if (wrote < 0 && errno != EAGAIN) return; // Reading will say so.
    if (wrote > 0) done = (size_t)wrote;
    if (done == length) return;
    watch(client, true, EPOLL_CTL_MOD);
  }
  char *longer = realloc(client->unsent, client->unsent_length + length - done);
  if (longer == NULL) exit(70);
  memcpy(longer + client->unsent_length, bytes + done, length - done);
  client->unsent = longer;
  client->unsent_length += length - done;
}

static void write_more(struct client *client) {
  ssize_t wrote = send(client->fd, client->unsent, client->unsent_length, MSG_NOSIGNAL);
  if (wrote < 0) return;
  client->unsent_length -= (size_t)wrote;
  memmove(client->unsent, client->unsent + wrote, client->unsent_length);
  if (client->unsent_length == 0) watch(client, false, EPOLL_CTL_MOD);
}

static const char *value_of(const struct client *client, const char *name, size_t length, const char *text, char *number) {
  if (length == 4 && memcmp(name, "text", 4) == 0) return text == NULL ? "" : text;
  if (length == 4 && memcmp(name, "room", 4) == 0) return sprintf(number, "r%d", client->room), number;
  if (length == 1 && *name == 'n') return sprintf(number, "%d", client->index), number;
  for (int i = 0; i < options->held_count; i++)
    if (strlen(options->held[i].name) == length && memcmp(options->held[i].name, name, length) == 0)
      return client->held[i] == NULL ? "" : client->held[i];
  return NULL;
}

size_t client_expand(const struct client *client, const char *template, const char *text, char *out, size_t space) {
  char number[32];
  size_t length = 0;
  while (*template != '\0') {
    const char *value = NULL, *end = *template == '{' ? strchr(template, '}') : NULL;
    if (end != NULL) value = value_of(client, template + 1, (size_t)(end - template - 1), text, number);
    size_t size = value == NULL ? 1 : strlen(value);
    if (length + size + 1 > space) fprintf(stderr, "a frame is too long\n"), exit(64);
    memcpy(out + length, value == NULL ? template : value, size);
    length += size;
    template = value == NULL ? template + 1 : end + 1;
  }
  out[length] = '\0';
  return length;
}

static void send_template(struct client *client, const char *template, const char *text) {
  static char payload[1 << 16];
  size_t length = client_expand(client, template, text, payload, sizeof payload);
  client_write(client, frame_bytes, frame_text(options->wire, frame_bytes, payload, length));
}

static const struct greet *greet_of(const struct client *client) {
  bool again = client->again && options->again_count > 0;
  int count = again ? options->again_count : options->greet_count;
  if (client->greet >= count) return NULL;
  return (again ? options->again : options->greets) + client->greet;
}

static void greet(struct client *client) {
  const struct greet *next = greet_of(client);
  if (next == NULL) {
    client->state = STATE_READY;
    client->again = true;
    tell.ready(client);
    return;
  }
  client->state = STATE_GREETING;
  if (*next->send != '\0') send_template(client, next->send, NULL);
}

static void connected(struct client *client) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    lose(client, strerror(error));
    return;
  }
  watch(client, false, EPOLL_CTL_MOD);
  if (options->wire == WIRE_LINES) {
    greet(client);
    return;
  }
  char path[512], request[1024];
  client_expand(client, options->path, NULL, path, sizeof path);
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s%s\r\n",
                        path, options->host, options->port, options->protocol == NULL ? "" : "Sec-WebSocket-Protocol: ",
                        options->protocol == NULL ? "" : options->protocol, options->protocol == NULL ? "" : "\r\n",
                        options->deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "");
  client->state = STATE_UPGRADING;
  client_write(client, request, (size_t)length);
}

/** Remembers what `--hold` asks for, when it is told. */
static void hold(struct client *client, const char *payload, size_t length) {
  for (int i = 0; i < options->held_count; i++) {
    const char *after = options->held[i].after;
    const char *found = memmem(payload, length, after, strlen(after));
    if (found == NULL) continue;
    found += strlen(after);
    size_t size = 0;
    while (found + size < payload + length && strchr("\",}", found[size]) == NULL) size++;
    free(client->held[i]);
    client->held[i] = strndup(found, size);
  }
}

static uint64_t counted[MOST_COUNTED];

uint64_t client_counted(int which) {
  return counted[which];
}

static void count(const char *payload, size_t length) {
  for (int i = 0; i < options->counted_count; i++) {
    const char *text = options->counted[i].text, *end = payload + length;
    size_t size = strlen(text);
    for (const char *at = payload; (at = memmem(at, (size_t)(end - at), text, size)) != NULL; at += size) counted[i]++;
  }
}

static bool says(struct frame frame, const char *text) {
  return text != NULL && memmem(frame.payload, frame.length, text, strlen(text)) != NULL;
}

/** Remembers when it was told to come back. */
static void heed(struct client *client, const char *payload, size_t length) {
  const char *found = memmem(payload, length, options->later, strlen(options->later));
  if (found == NULL) return;
  client->due = now_ns() + strtoull(found + strlen(options->later), NULL, 10) * 1000000;
  client->told_when = true;
}

/** Whether the protocol's own ping was answered. */
static bool answered(struct client *client, const char *payload, size_t length) {
  for (int i = 0; i < options->answer_count; i++) {
    size_t size = strlen(options->answers[i].to);
    if (length < size || memcmp(payload, options->answers[i].to, size) != 0) continue;
    char text[1024];
    const char *rest = strstr(options->answers[i].with, "{rest}");
    int before = rest == NULL ? (int)strlen(options->answers[i].with) : (int)(rest - options->answers[i].with);
    int made = snprintf(text, sizeof text, "%.*s%.*s", before, options->answers[i].with, rest == NULL ? 0 : (int)(length - size),
                        payload + size);
    client_write(client, frame_bytes, frame_text(options->wire, frame_bytes, text, (size_t)made));
    return true;
  }
  return false;
}

static void frame(struct client *client, struct frame frame) {
  if (!frame.compressed && options->answer_count > 0 && frame.length < 512 && answered(client, frame.payload, frame.length)) return;
  if (options->held_count > 0) hold(client, frame.payload, frame.length);
  if (options->counted_count > 0) count(frame.payload, frame.length);
  if (options->later != NULL && frame.length < 512) heed(client, frame.payload, frame.length);
  const struct greet *open = client->state == STATE_GREETING ? greet_of(client) : NULL;
  if (open == NULL) {
    tell.frame(client, frame.payload, frame.length, frame.compressed);
  } else if (!frame.compressed && says(frame, options->refused)) {
    lose(client, "it was refused");
  } else if (!frame.compressed && client->again && says(frame, options->unknown)) {
    client->again = false;
    client->greet = 1;
    greet(client);
  } else if (frame.compressed || says(frame, open->until)) {
    // What is compressed was long; of all that comes while one is greeted, only an answer is.
    client->greet++;
    greet(client);
  }
}

/** The size of the response's head; 0 when it is not whole, -1 when it refuses. */
static ssize_t upgraded(const char *bytes, size_t length) {
  const char *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  return length > 12 && memcmp(bytes + 9, "101", 3) == 0 ? end - bytes + 4 : -1;
}

static void take(struct client *client, char *bytes, size_t length) {
  size_t used = 0;
  if (client->state == STATE_UPGRADING) {
    ssize_t head = upgraded(bytes, length);
    if (head < 0) {
      lose(client, "the upgrade was refused");
      return;
    }
    used = (size_t)head;
    if (head > 0) greet(client);
  }
  while (client->state >= STATE_GREETING) {
    struct frame next = frame_read(options->wire, bytes + used, length - used);
    if (next.kind == FRAME_NONE) break;
    used += next.size;
    if (next.kind == FRAME_TEXT) frame(client, next);
    else if (next.kind == FRAME_PING) client_write(client, frame_bytes, frame_pong(frame_bytes, next.payload, next.length));
    else if (next.kind != FRAME_OTHER) lose(client, next.kind == FRAME_CLOSE ? "it was closed" : "a frame makes no sense");
  }
  if (client->state == STATE_WAITING) return;
  client->rest_length = length - used;
  if (client->rest_length > 0) {
    if (client->rest_length > READ_BYTES) lose(client, "a frame is too long");
    client->rest = realloc(client->rest, client->rest_length);
    memcpy(client->rest, bytes + used, client->rest_length);
  } else if (client->rest != NULL) {
    free(client->rest);
    client->rest = NULL;
  }
  if (client->state == STATE_READY) tell.rested(client);
}

void client_poll(struct client *client, uint32_t events) {
  if (client->state == STATE_WAITING) return;
  if (client->state == STATE_CONNECTING) {
    if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) connected(client);
    return;
  }
  if (events & EPOLLOUT) write_more(client);
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0) return;
  size_t before = client->rest_length;
  if (before > 0) memcpy(chunk, client->rest, before);
  ssize_t got = recv(client->fd, chunk + before, READ_BYTES, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got > 0) received += (uint64_t)got;
  if (got <= 0) lose(client, got == 0 ? "the server ended it" : strerror(errno));
  else take(client, chunk, before + (size_t)got);
}
