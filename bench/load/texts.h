// What is said, where it is read from a file: a text a line, in turn.
#pragma once
#include <stddef.h>
#include <stdint.h>

/** Most bytes of a text. */
#define MOST_TEXT 60000

struct text {
  const char *bytes;
  size_t length;
};

/** Ends the process with a sentence where the file can't be read, or has nothing to say. */
void texts_read(const char *file);
/** The text of a number; texts begin again after the last. An empty one when no file was read. */
struct text texts_at(uint64_t number);
