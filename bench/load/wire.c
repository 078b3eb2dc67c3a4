#include "wire.h"
#include <string.h>

static struct frame line_read(char *bytes, size_t length) {
  struct frame frame = {.kind = FRAME_NONE};
  char *end = memchr(bytes, '\n', length);
  if (end == NULL) return frame;
  frame.kind = FRAME_TEXT;
  frame.payload = bytes;
  frame.size = (size_t)(end - bytes) + 1;
  frame.length = frame.size - 1;
  if (frame.length > 0 && bytes[frame.length - 1] == '\r') frame.length--;
  return frame;
}

static enum frame_kind kind_of(uint8_t first) {
  if ((first & 0x80) == 0) return FRAME_BAD; // The peers send no fragments.
  switch (first & 0x0f) {
    case 1: return FRAME_TEXT;
    case 8: return FRAME_CLOSE;
    case 9: return FRAME_PING;
    case 10: return FRAME_OTHER;
    default: return FRAME_BAD;
  }
}

struct frame frame_read(enum wire wire, char *bytes, size_t length) {
  if (wire == WIRE_LINES) return line_read(bytes, length);
  struct frame frame = {.kind = FRAME_NONE};
  if (length < 2) return frame;
  const uint8_t *header = (const uint8_t *)bytes;
  size_t head = 2;
  uint64_t size = header[1] & 0x7f;
  if (size == 126) {
    head = 4;
    if (length < head) return frame;
    size = (uint64_t)header[2] << 8 | header[3];
  } else if (size == 127) {
    head = 10;
    if (length < head) return frame;
    size = 0;
    for (int i = 2; i < 10; i++) size = size << 8 | header[i];
  }
  if (length - head < size) return frame;
  frame.kind = (header[1] & 0x80) ? FRAME_BAD : kind_of(header[0]);
  frame.compressed = (header[0] & 0x40) != 0;
  frame.payload = bytes + head;
  frame.length = size;
  frame.size = head + size;
  return frame;
}

static const char mask[4] = {0x37, 0x1a, (char)0xc5, 0x6e};

static size_t masked(char *out, uint8_t first, const char *payload, size_t length) {
  size_t head = 2;
  out[0] = (char)first;
  if (length < 126) {
    out[1] = (char)(0x80 | length);
  } else if (length < 65536) {
    out[1] = (char)(0x80 | 126);
    out[2] = (char)(length >> 8);
    out[3] = (char)length;
    head = 4;
  } else {
    out[1] = (char)(0x80 | 127);
    for (int i = 0; i < 8; i++) out[2 + i] = (char)((uint64_t)length >> (56 - 8 * i));
    head = 10;
  }
  memcpy(out + head, mask, 4);
  head += 4;
  for (size_t i = 0; i < length; i++) out[head + i] = payload[i] ^ mask[i & 3];
  return head + length;
}

size_t frame_text(enum wire wire, char *out, const char *payload, size_t length) {
  if (wire == WIRE_WS) return masked(out, 0x81, payload, length);
  memcpy(out, payload, length);
  out[length] = '\n';
  return length + 1;
}

size_t frame_pong(char *out, const char *payload, size_t length) {
  return masked(out, 0x8a, payload, length);
}
