/* What the ledger's tests share: a scratch folder, whole files, a fixed key, entries and random numbers. */
#ifndef ARCHIPELAGO_TESTS_LEDGER_SCRATCH_H
#define ARCHIPELAGO_TESTS_LEDGER_SCRATCH_H

#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/file.h"
#include "ledger/hash.h"
#include "ledger/key.h"
#include "ledger/writer.h"
#include "tests/support.h"

#define TEST_ORIGIN "example.org/archipelago/test"

/* Asserts success and shows the error's text otherwise. */
#define assert_ok(call, error)                                          \
  do {                                                                  \
    LedgerStatus status_of_call = (call);                               \
    if (status_of_call != LEDGER_OK) print_error("%s\n", (error).text); \
    assert_int_equal(status_of_call, LEDGER_OK);                        \
  } while (0)

static inline uint64_t NextRandom(uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* A new folder below TMPDIR; the caller passes it to ScratchRemove. */
static inline void ScratchCreate(char path[256])
{
  const char *top = getenv("TMPDIR");
  snprintf(path, 256, "%s/archipelago-ledger-XXXXXX", top && *top ? top : "/tmp");
  assert_non_null(mkdtemp(path));
}

static inline void ScratchRemove(const char *path)
{
  char   *paths[2] = {(char *)path, NULL};
  FTS    *walk     = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  FTSENT *entry;
  while (walk && (entry = fts_read(walk))) {
    if (entry->fts_info != FTS_D) remove(entry->fts_path);
  }
  if (walk) fts_close(walk);
}

static inline LedgerBytes ReadWhole(const char *path)
{
  LedgerBytes bytes = {0};
  LedgerError error = {""};
  assert_ok(LedgerFileRead(path, 1 << 26, LEDGER_INPUT, &bytes, &error), error);
  return bytes;
}

/* Overwrites in place: file systems hurry to write files that were cut to nothing first, which makes tests slow. */
static inline void WriteWhole(const char *path, const void *data, size_t size)
{
  int fd = open(path, O_WRONLY | O_CREAT, 0644);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, data, size), size);
  assert_int_equal(ftruncate(fd, (off_t)size), 0);
  assert_int_equal(close(fd), 0);
}

/* The tests' signing key: 32 bytes of `filler` as its seed. */
static inline LedgerSigner TestSigner(const char *name, uint8_t filler)
{
  uint8_t      seed[LEDGER_KEY_BYTES];
  LedgerSigner signer = NULL;
  LedgerError  error  = {""};
  memset(seed, filler, sizeof seed);
  assert_ok(LedgerSignerFromSeed(name, LEDGER_KEY_ED25519, seed, &signer, &error), error);
  return signer;
}

/* Entry k of the tests' logs: 0 to 12 bytes that depend on k alone. */
static inline size_t TestEntry(uint64_t k, uint8_t entry[16])
{
  size_t size = (size_t)(k * 7 % 13);
  for (size_t j = 0; j < size; j++) entry[j] = (uint8_t)(k >> (8 * (j % 3))) ^ (uint8_t)(31 * j);
  return size;
}

static inline LedgerStatus TestSource(void *context, uint64_t k, const void **bytes, size_t *size, LedgerError *error)
{
  static uint8_t entry[16];
  (void)error;
  *size  = TestEntry(*(uint64_t *)context + k, entry);
  *bytes = entry;
  return LEDGER_OK;
}

/* Writes the test entries [start, end) to a log. */
static inline void TestLogExtend(const char *directory, uint64_t start, uint64_t end)
{
  LedgerError  error  = {""};
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7);
  assert_ok(LedgerLogWrite(directory, TEST_ORIGIN, signer, start, end - start, TestSource, &start, NULL, NULL, &error),
            error);
  LedgerSignerDestroy(&signer);
}

#endif
