// Frames on the wire: WebSocket messages as a client sends and gets them (RFC 6455), and lines.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire { WIRE_WS, WIRE_LINES };

enum frame_kind { FRAME_NONE, FRAME_TEXT, FRAME_PING, FRAME_CLOSE, FRAME_OTHER, FRAME_BAD };

struct frame {
  enum frame_kind kind;
  bool compressed;
  char *payload;
  size_t length;
  /** Bytes of the whole frame. */
  size_t size;
};

/** The first frame of `bytes`; FRAME_NONE when it is not whole yet. */
struct frame frame_read(enum wire wire, char *bytes, size_t length);

/** Most that a frame adds to its payload. */
#define FRAME_OVERHEAD 14

/** Writes a text frame to `out`; gives its size. WebSocket frames of clients are masked (5.3), with no mask of zeros, which servers take a shorter way for. */
size_t frame_text(enum wire wire, char *out, const char *payload, size_t length);

/** Writes the pong to a ping (5.5.3). */
size_t frame_pong(char *out, const char *payload, size_t length);
