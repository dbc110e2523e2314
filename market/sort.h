/* Sorting by numbers: many records in linear time, the same result for any order they come in. */
#ifndef ARCHIPELAGO_MARKET_SORT_H
#define ARCHIPELAGO_MARKET_SORT_H

#include <stddef.h>
#include <stdint.h>

/* A record's key, its first word the most significant, and where the record stands. */
enum { SORT_WORDS = 3 };
typedef struct {
  uint64_t word[SORT_WORDS];
  size_t   index;
} SortKey;

/* Negative, 0, positive; the index does not count. */
int SortKeyCompare(const SortKey *a, const SortKey *b);

/* Sorts n keys in place, stably; `scratch` has room for n. Keys that are in order already are left alone. Of others, bits
   in which no two differ go: what is left of the words compares as the whole did. Radix sort, least significant digit
   first. */
void SortKeys(SortKey *key, SortKey *scratch, size_t n);

/* Moves records of `size` bytes so that the k-th is the one that stood at key[k].index; `spare` has room for one. Uses
   the indices up. */
void SortRecords(void *record, size_t size, SortKey *key, size_t n, void *spare);

#endif
