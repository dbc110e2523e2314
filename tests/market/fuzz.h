/* Fuzzing of what reads bytes: a committed corpus is replayed and then mutated under a fixed seed. A reader may refuse,
   with one line of text; what it accepts it must write back as the very same bytes. */
#ifndef ARCHIPELAGO_TESTS_MARKET_FUZZ_H
#define ARCHIPELAGO_TESTS_MARKET_FUZZ_H

#include "market/bytes.h"
#include "tests/market/random.h"
#include "tests/support.h"

#include <dirent.h>
#include <string.h>

enum { FUZZ_SEEDS = 64, FUZZ_BYTES = 8192 };

typedef struct {
  char    name[256];
  uint8_t bytes[FUZZ_BYTES];
  size_t  size;
} FuzzSeed;

/* Whether the bytes, of a seed with this name or mutated from it, are accepted. */
typedef bool (*FuzzReader)(const char *name, const uint8_t *bytes, size_t size);

static FuzzSeed fuzz_seed[FUZZ_SEEDS];
static size_t   fuzz_seeds;

static inline int FuzzVisible(const struct dirent *item)
{
  return item->d_name[0] != '.';
}

/* The files of a shipped folder, in the order of their names, so that each run mutates them alike. */
static inline void FuzzLoad(const char *folder)
{
  struct dirent **item = NULL;
  int             n    = scandir(ShippedFile(folder), &item, FuzzVisible, alphasort);

  assert_in_range(n, 1, FUZZ_SEEDS);
  for (int k = 0; k < n; k++) {
    FuzzSeed *seed = &fuzz_seed[fuzz_seeds++];
    char      path[2048];
    FILE     *file;
    snprintf(path, sizeof path, "%s/%s", ShippedFile(folder), item[k]->d_name);
    file = fopen(path, "rb");
    assert_non_null(file);
    snprintf(seed->name, sizeof seed->name, "%s", item[k]->d_name);
    seed->size = fread(seed->bytes, 1, sizeof seed->bytes, file);
    assert_true(seed->size < sizeof seed->bytes);
    fclose(file);
    free(item[k]);
  }
  free(item);
}

/* How many mutations a file gets: the program's first argument, or else `customary`. */
static inline long FuzzMutations(int argc, char **argv, long customary)
{
  return argc > 1 ? strtol(argv[1], NULL, 10) : customary;
}

/* Has a copy of just the right length read, so that a sanitizer sees any read outside. */
static inline bool FuzzRead(FuzzReader reader, const char *name, const uint8_t *bytes, size_t size)
{
  uint8_t *exact = malloc(size ? size : 1);
  bool     accepted;

  assert_non_null(exact);
  if (size) memcpy(exact, bytes, size);
  accepted = reader(name, exact, size);
  free(exact);
  return accepted;
}

/* What a reader's end must be: the same bytes written again, which are freed here, or one line of text. */
static inline bool FuzzJudge(MarketStatus status, const MarketError *error, MarketBytes *again, const uint8_t *bytes,
                             size_t size)
{
  if (status == MARKET_OK) {
    assert_int_equal(again->size, size);
    if (size) assert_memory_equal(again->data, bytes, size);
  } else {
    assert_int_equal(status, MARKET_MALFORMED);
    assert_int_equal(error->status, MARKET_MALFORMED);
    assert_true(error->text[0] && !strchr(error->text, '\n'));
  }
  MarketBytesFree(again);
  return status == MARKET_OK;
}

/* The corpus is accepted where its files' names say good-, and refused where they say bad-; both occur. */
static inline void FuzzReplay(FuzzReader reader)
{
  size_t n_good = 0;

  for (size_t k = 0; k < fuzz_seeds; k++) {
    const FuzzSeed *seed = &fuzz_seed[k];
    bool            good = strstr(seed->name, "good-") != NULL;
    if (good == (strstr(seed->name, "bad-") != NULL)) fail_msg("%s says neither good- nor bad-", seed->name);
    if (FuzzRead(reader, seed->name, seed->bytes, seed->size) != good) fail_msg("%s was judged wrongly", seed->name);
    n_good += good;
  }
  assert_in_range(n_good, 1, fuzz_seeds - 1);
}

/* Changes bytes, with room for FUZZ_BYTES, in one place; returns the new size. */
static inline size_t FuzzMutate(uint8_t *bytes, size_t size, uint64_t *seed)
{
  static const uint8_t telling[] = {0, 1, 2, 3, 5, 6, '\n', ' ', '0', '=', 0x7F, 0x80, 0xC2, 0xED, 0xF4, 0xFF};
  size_t               at        = (size_t)RandomBelow(seed, size + 1);

  switch (RandomBelow(seed, 5)) {
  case 0: /* flip a bit */
    if (at < size) bytes[at] ^= (uint8_t)(1u << RandomBelow(seed, 8));
    break;
  case 1: /* set a byte to one that matters */
    if (at < size) bytes[at] = telling[RandomBelow(seed, sizeof telling)];
    break;
  case 2: /* cut */
    return at;
  case 3: /* insert */
    if (size == FUZZ_BYTES) break;
    memmove(bytes + at + 1, bytes + at, size - at);
    bytes[at] = (uint8_t)RandomNext(seed);
    return size + 1;
  default: /* delete */
    if (at >= size) break;
    memmove(bytes + at, bytes + at + 1, size - at - 1);
    return size - 1;
  }
  return size;
}

/* Each file of the corpus mutated so often, in one to four places; some must be accepted, and some refused. */
static inline void FuzzMutateAll(FuzzReader reader, long mutations)
{
  static uint8_t bytes[FUZZ_BYTES];
  uint64_t       random   = 20300621;
  long           accepted = 0, refused = 0;

  for (size_t k = 0; k < fuzz_seeds; k++)
    for (long m = 0; m < mutations; m++) {
      size_t size = fuzz_seed[k].size;
      memcpy(bytes, fuzz_seed[k].bytes, size);
      for (int64_t steps = 1 + RandomBelow(&random, 4); steps > 0; steps--) size = FuzzMutate(bytes, size, &random);
      *(FuzzRead(reader, fuzz_seed[k].name, bytes, size) ? &accepted : &refused) += 1;
    }
  assert_true(accepted > 0 && refused > 0);
}

#endif
