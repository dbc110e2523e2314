/* Sorting by numbers: many records in linear time, the same result for any order they come in. */
#ifndef ARCHIPELAGO_MARKET_SORT_H
#define ARCHIPELAGO_MARKET_SORT_H

#include <stddef.h>
#include <stdint.h>

/* A record's key, 128 bits with `high` first, and where the record stands. */
typedef struct {
  uint64_t high, low;
  size_t   index;
} SortKey;

/* Sorts n keys in place, stably; `scratch` has room for n. Radix sort (least significant byte first) that skips the bytes
   in which no two keys differ. */
void SortKeys(SortKey *key, SortKey *scratch, size_t n);

/* Moves records of `size` bytes so that the k-th is the one that stood at key[k].index; `spare` has room for one. Uses
   the indices up. */
void SortRecords(void *record, size_t size, SortKey *key, size_t n, void *spare);

#endif
