/* Radix sort of keys and the moves that follow from it. */
#include "market/sort.h"

#include <string.h>

enum { DIGIT = 11, VALUES = 1 << DIGIT, RUNS_MOST = 32 * SORT_WORDS };

int SortKeyCompare(const SortKey *a, const SortKey *b)
{
  for (int w = 0; w < SORT_WORDS; w++)
    if (a->word[w] != b->word[w]) return a->word[w] < b->word[w] ? -1 : 1;
  return 0;
}

/* Adjacent bits of a word in which keys differ. */
typedef struct {
  int word, shift, bits;
} Run;

/* The runs of all words, least significant first. */
static int FindRuns(const uint64_t differ[SORT_WORDS], Run run[RUNS_MOST])
{
  int n = 0;

  for (int w = SORT_WORDS - 1; w >= 0; w--)
    for (int bit = 0; bit < 64;) {
      int end = bit;
      while (end < 64 && differ[w] >> end & 1) end++;
      if (end > bit) run[n++] = (Run){w, bit, end - bit};
      bit = end + 1;
    }
  return n;
}

/* Word `w` of a squeezed key, counted from the least significant. */
static uint64_t *Low(SortKey *key, int w)
{
  return &key->word[SORT_WORDS - 1 - w];
}

/* Squeezes out the bits in which no two keys differ, which keeps the order; returns how many are left. */
static int Squeeze(SortKey *key, size_t n, const uint64_t differ[SORT_WORDS])
{
  Run run[RUNS_MOST];
  int runs = FindRuns(differ, run), bits = 0;

  for (size_t k = 0; k < n; k++) {
    SortKey squeezed = {.index = key[k].index};
    bits             = 0;
    for (int r = 0; r < runs; r++) {
      int      place = bits % 64;
      uint64_t value = key[k].word[run[r].word] >> run[r].shift;
      if (run[r].bits < 64) value &= ((uint64_t)1 << run[r].bits) - 1;
      *Low(&squeezed, bits / 64) |= value << place;
      if (place + run[r].bits > 64) *Low(&squeezed, bits / 64 + 1) |= value >> (64 - place);
      bits += run[r].bits;
    }
    key[k] = squeezed;
  }
  return bits;
}

/* The digit that begins at a bit of a squeezed key. */
static size_t DigitOf(const SortKey *key, int bit)
{
  int      word = SORT_WORDS - 1 - bit / 64, place = bit % 64;
  uint64_t value = key->word[word] >> place;

  if (place > 64 - DIGIT && word > 0) value |= key->word[word - 1] << (64 - place);
  return value & (VALUES - 1);
}

static void Pass(const SortKey *from, SortKey *to, size_t n, int bit)
{
  size_t start[VALUES] = {0}, at = 0;

  for (size_t k = 0; k < n; k++) start[DigitOf(&from[k], bit)]++;
  for (size_t v = 0; v < VALUES; v++) {
    size_t count = start[v];
    start[v]     = at;
    at += count;
  }
  for (size_t k = 0; k < n; k++) to[start[DigitOf(&from[k], bit)]++] = from[k];
}

void SortKeys(SortKey *key, SortKey *scratch, size_t n)
{
  uint64_t differ[SORT_WORDS] = {0};
  SortKey *from = key, *to = scratch;
  size_t   ordered = 1;
  int      bits;

  while (ordered < n && SortKeyCompare(&key[ordered - 1], &key[ordered]) <= 0) ordered++;
  if (ordered >= n) return;
  for (size_t k = 1; k < n; k++)
    for (int w = 0; w < SORT_WORDS; w++) differ[w] |= key[k].word[w] ^ key[0].word[w];
  bits = Squeeze(key, n, differ);
  for (int bit = 0; bit < bits; bit += DIGIT) {
    SortKey *swap = from;
    Pass(from, to, n, bit);
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
