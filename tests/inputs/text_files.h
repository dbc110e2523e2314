/* For tests of readers: files made on the spot, faults looked for by line and words, and seeded mutations of bytes. */
#ifndef ARCHIPELAGO_TESTS_INPUTS_TEXT_FILES_H
#define ARCHIPELAGO_TESTS_INPUTS_TEXT_FILES_H

#include "inputs/fault.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support.h"

#define OK(call) assert_int_equal((int)(call), 0)

/* A new folder for this test program's files. */
static inline const char *TemporaryFolder(void)
{
  static char path[64];
  if (!path[0]) {
    snprintf(path, sizeof path, "/tmp/archipelago-test-XXXXXX");
    assert_non_null(mkdtemp(path));
  }
  return path;
}

static inline const char *TemporaryPath(const char *name)
{
  static char path[4][256];
  static int  next = 0;
  char       *p    = path[next++ % 4];
  assert_in_range(snprintf(p, sizeof path[0], "%s/%s", TemporaryFolder(), name), 1, (int)sizeof path[0] - 1);
  return p;
}

static inline void WriteBytes(const char *path, const char *bytes, size_t size)
{
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, size, f), size);
  assert_int_equal(fclose(f), 0);
}

static inline const char *WriteText(const char *name, const char *text)
{
  const char *path = TemporaryPath(name);
  WriteBytes(path, text, strlen(text));
  return path;
}

static inline char *ReadBytes(const char *path, size_t *size)
{
  FILE *f = fopen(path, "rb");
  char *bytes;
  assert_non_null(f);
  fseek(f, 0, SEEK_END);
  *size = (size_t)ftell(f);
  rewind(f);
  bytes = (char *)malloc(*size + 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *size, f), *size);
  bytes[*size] = 0;
  fclose(f);
  return bytes;
}

static inline void RemoveFolder(const char *path)
{
  DIR           *folder = opendir(path);
  struct dirent *entry;
  char           file[512];
  if (!folder) return;
  while ((entry = readdir(folder)))
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
      int n = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
      if (n > 0 && n < (int)sizeof file && unlink(file)) RemoveFolder(file);
    }
  closedir(folder);
  rmdir(path);
}

/* Number of faults at this line that hold these words (line -1: any). */
static inline int CountFaults(Faults faults, int line, const char *words)
{
  int count = 0;
  for (PetscInt k = 0; k < FaultsCount(faults); k++) {
    const char *text;
    PetscInt    at;
    OK(FaultsGet(faults, k, NULL, NULL, &at, &text));
    count += (line < 0 || at == line) && strstr(text, words);
  }
  return count;
}

/* Fails, with all faults shown, unless there is such a fault. */
static inline void AssertFault(Faults faults, int line, const char *words)
{
  if (CountFaults(faults, line, words)) return;
  FaultsView(faults, stderr);
  fail_msg("no fault at line %d with \"%s\"", line, words);
}

static inline void AssertNoErrors(Faults faults)
{
  if (!FaultsErrorCount(faults)) return;
  FaultsView(faults, stderr);
  fail_msg("faults where none should be");
}

/* A linear congruential generator (Knuth's MMIX constants): the same mutations on every machine. */
static inline unsigned Random(uint64_t *state, unsigned below)
{
  *state = *state * 6364136223846793005ull + 1442695040888963407ull;
  return (unsigned)((*state >> 33) % below);
}

/* Changes a copy of the bytes in one to four places: replaced, removed, repeated or cut off; the caller frees it. */
static inline char *Mutate(const char *bytes, size_t size, uint64_t seed, size_t *mutated)
{
  static const char spice[] = "0123456789-+.,:;[]{}#&*!|>'\"%@`\n\t\r ~eEnNaAiI/\\\x80\xff";
  char             *copy    = (char *)malloc(2 * size + 8);
  uint64_t          state   = seed * 2654435761u + 1;
  unsigned          n       = 1 + Random(&state, 4);
  assert_non_null(copy);
  memcpy(copy, bytes, size);
  for (unsigned k = 0; k < n && size > 1; k++) {
    size_t at = Random(&state, (unsigned)size), length = 1 + Random(&state, (unsigned)PetscMin(size - at, 40));
    switch (Random(&state, 5)) {
    case 0:
      copy[at] = spice[Random(&state, sizeof spice - 1)];
      break;
    case 1:
      copy[at] = (char)(1 + Random(&state, 255));
      break;
    case 2:
      memmove(copy + at, copy + at + length, size - at - length);
      size -= length;
      break;
    case 3:
      memmove(copy + at + length, copy + at, size - at);
      size += length;
      k = n; /* the copy has room for one repetition */
      break;
    default:
      size = at + 1;
      break;
    }
  }
  copy[size] = 0;
  *mutated   = size;
  return copy;
}

#endif
