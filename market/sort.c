/* Radix sort of keys and the moves that follow from it. */
#include "market/sort.h"

#include <string.h>

enum { BYTES = 16, VALUES = 256 };

static unsigned ByteOf(const SortKey *key, int byte)
{
  return (unsigned)((byte < 8 ? key->low >> (8 * byte) : key->high >> (8 * (byte - 8))) & 0xFF);
}

static void Pass(const SortKey *from, SortKey *to, size_t n, int byte)
{
  size_t start[VALUES] = {0}, at = 0;

  for (size_t k = 0; k < n; k++) start[ByteOf(&from[k], byte)]++;
  for (size_t v = 0; v < VALUES; v++) {
    size_t count = start[v];
    start[v]     = at;
    at += count;
  }
  for (size_t k = 0; k < n; k++) to[start[ByteOf(&from[k], byte)]++] = from[k];
}

void SortKeys(SortKey *key, SortKey *scratch, size_t n)
{
  SortKey differ = {0}, *from = key, *to = scratch;

  for (size_t k = 1; k < n; k++) {
    differ.high |= key[k].high ^ key[0].high;
    differ.low |= key[k].low ^ key[0].low;
  }
  for (int byte = 0; byte < BYTES; byte++) {
    SortKey *swap = from;
    if (!ByteOf(&differ, byte)) continue;
    Pass(from, to, n, byte);
    from = to;
    to   = swap;
  }
  if (from != key) memcpy(key, from, n * sizeof *key);
}

void SortRecords(void *record, size_t size, SortKey *key, size_t n, void *spare)
{
  char *base = record;

  for (size_t start = 0; start < n; start++) {
    size_t at = start, next = key[start].index;
    if (next == start) continue;
    memcpy(spare, base + start * size, size);
    while (next != start) {
      memcpy(base + at * size, base + next * size, size);
      key[at].index = at;
      at            = next;
      next          = key[at].index;
    }
    memcpy(base + at * size, spare, size);
    key[at].index = at;
  }
}
