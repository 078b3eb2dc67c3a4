#include "texts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct text *texts;
static size_t count;

static _Noreturn void wrong(const char *file, const char *why) {
  fprintf(stderr, "%s: %s\n", file, why);
  exit(64);
}

static char *whole(const char *file) {
  FILE *in = fopen(file, "r");
  if (in == NULL) wrong(file, "it can't be read");
  fseek(in, 0, SEEK_END);
  size_t size = (size_t)ftell(in);
  rewind(in);
  char *bytes = malloc(size + 1);
  if (bytes == NULL || fread(bytes, 1, size, in) != size) wrong(file, "it can't be read");
  fclose(in);
  bytes[size] = '\0';
  return bytes;
}

void texts_read(const char *file) {
  for (char *at = whole(file), *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
    if (end == at) continue;
    if (end - at > MOST_TEXT) wrong(file, "a text is too long");
    // Two marks in one message would be one too many.
    if (memchr(at, '~', (size_t)(end - at)) != NULL) wrong(file, "a text has a ~");
    texts = realloc(texts, (count + 1) * sizeof *texts);
    if (texts == NULL) exit(70);
    texts[count++] = (struct text){at, (size_t)(end - at)};
  }
  if (count == 0) wrong(file, "no text is in it");
}

struct text texts_at(uint64_t number) {
  return count == 0 ? (struct text){"", 0} : texts[number % count];
}
