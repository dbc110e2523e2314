/* Log directories: the same bytes however they grow, every flipped byte found and named, nothing false signed. */
#include <signal.h>
#include <sys/wait.h>

#include "ledger/log.h"
#include "ledger/tree.h"
#include "tests/ledger/scratch.h"

/* Every file of a log with its bytes, for flipping and comparing. */
typedef struct {
  const char *directory;
  size_t      n;
  char       *name[2000];
  LedgerBytes bytes[2000];
} Files;

static LedgerStatus AddFile(void *context, const char *name, LedgerError *error)
{
  Files *files = context;
  char   path[LEDGER_PATH_MAX];
  (void)error;
  assert_true(files->n < 2000);
  assert_int_equal(LedgerPathJoin(path, files->directory, name, NULL), LEDGER_OK);
  files->name[files->n]    = strdup(name);
  files->bytes[files->n++] = ReadWhole(path);
  return LEDGER_OK;
}

static Files *FilesRead(const char *directory)
{
  Files      *files = calloc(1, sizeof *files);
  LedgerError error = {""};
  files->directory  = directory;
  assert_ok(LedgerFilesVisit(directory, AddFile, files, &error), error);
  return files;
}

static void FilesFree(Files *files)
{
  for (size_t k = 0; k < files->n; k++) {
    free(files->name[k]);
    LedgerBytesFree(&files->bytes[k]);
  }
  free(files);
}

static const LedgerBytes *FilesFind(const Files *files, const char *name)
{
  for (size_t k = 0; k < files->n; k++) {
    if (strcmp(files->name[k], name) == 0) return &files->bytes[k];
  }
  return NULL;
}

static LedgerStatus VerifyLog(const char *directory, LedgerLogCounts *counts, LedgerError *error)
{
  LedgerLog    log    = NULL;
  LedgerStatus status = LedgerLogOpen(directory, NULL, &log, error);
  if (status == LEDGER_OK) status = LedgerLogVerify(log, counts, error);
  LedgerLogClose(&log);
  return status;
}

static void GrowingInPiecesGivesTheSameFiles(void **state)
{
  uint64_t random = 99;
  (void)state;
  for (int trial = 0; trial < 6; trial++) {
    char            folder[256], pieces[300], once[300];
    uint64_t        size = 1 + NextRandom(&random) % 900;
    Files          *a, *b;
    LedgerLogCounts counts;
    LedgerError     error = {""};
    ScratchCreate(folder);
    snprintf(pieces, sizeof pieces, "%s/pieces", folder);
    snprintf(once, sizeof once, "%s/once", folder);
    TestLogExtend(once, 0, size);
    for (uint64_t at = 0; at < size;) {
      uint64_t end = at + 1 + NextRandom(&random) % (size - at < 300 ? size - at : 300);
      TestLogExtend(pieces, at - NextRandom(&random) % (at + 1), end); /* some entries are put again */
      at = end;
    }
    assert_ok(VerifyLog(once, &counts, &error), error);
    assert_int_equal(counts.older, 0);
    assert_ok(VerifyLog(pieces, &counts, &error), error);
    assert_int_equal(counts.entries, size);
    a = FilesRead(once);
    b = FilesRead(pieces);
    assert_int_equal(b->n, a->n + counts.older);
    for (size_t k = 0; k < a->n; k++) {
      const LedgerBytes *other = FilesFind(b, a->name[k]);
      assert_non_null(other);
      assert_int_equal(other->size, a->bytes[k].size);
      assert_memory_equal(other->data, a->bytes[k].data, other->size);
    }
    FilesFree(a);
    FilesFree(b);
    ScratchRemove(folder);
  }
}

/* Flips bits of every `stride`-th byte of every file; each must be found, and the message must name the file. */
static void FlipEverywhere(const char *directory, size_t stride, bool every_bit)
{
  Files *files = FilesRead(directory);
  for (size_t f = 0; f < files->n; f++) {
    char         path[LEDGER_PATH_MAX];
    LedgerBytes *bytes = &files->bytes[f];
    assert_int_equal(LedgerPathJoin(path, directory, files->name[f], NULL), LEDGER_OK);
    for (size_t k = 0; k < bytes->size; k += stride) {
      for (int bit = every_bit ? 0 : (int)(k % 8); bit < 8; bit += every_bit ? 1 : 8) {
        LedgerError  error = {""};
        LedgerStatus status;
        bytes->data[k] ^= (uint8_t)(1 << bit);
        WriteWhole(path, bytes->data, bytes->size);
        status = VerifyLog(directory, NULL, &error);
        bytes->data[k] ^= (uint8_t)(1 << bit);
        if (status != LEDGER_FALSE || !strstr(error.text, files->name[f])) {
          fail_msg("byte %zu of %s flipped: status %d, `%s`", k, files->name[f], (int)status, error.text);
        }
      }
    }
    WriteWhole(path, bytes->data, bytes->size);
  }
  FilesFree(files);
}

static void EveryFlippedBitOfASmallLogIsFoundAndNamed(void **state)
{
  char        folder[256];
  LedgerError error = {""};
  (void)state;
  ScratchCreate(folder);
  TestLogExtend(folder, 0, 2);
  TestLogExtend(folder, 2, 5);
  TestLogExtend(folder, 5, 7);
  FlipEverywhere(folder, 1, true);
  assert_ok(VerifyLog(folder, NULL, &error), error);
  ScratchRemove(folder);
}

static void FlippedBytesOfFullTilesAreFoundAndNamed(void **state)
{
  char        folder[256];
  LedgerError error = {""};
  (void)state;
  ScratchCreate(folder);
  TestLogExtend(folder, 0, 300);
  TestLogExtend(folder, 300, 514);
  FlipEverywhere(folder, 41, false);
  assert_ok(VerifyLog(folder, NULL, &error), error);
  ScratchRemove(folder);
}

static void MissingCutLongerAndStrayFilesAreNamed(void **state)
{
  char   folder[256];
  Files *files;
  (void)state;
  ScratchCreate(folder);
  TestLogExtend(folder, 0, 250);
  TestLogExtend(folder, 250, 260);
  files = FilesRead(folder);
  for (size_t f = 0; f < files->n; f++) {
    char         path[LEDGER_PATH_MAX];
    LedgerBytes *bytes = &files->bytes[f];
    LedgerError  error = {""};
    bool         older = strstr(files->name[f], "000.p") != NULL && strncmp(files->name[f], "tile/1", 6) != 0;
    assert_int_equal(LedgerPathJoin(path, folder, files->name[f], NULL), LEDGER_OK);
    WriteWhole(path, bytes->data, bytes->size - 1);
    assert_int_equal(VerifyLog(folder, NULL, &error), LEDGER_FALSE);
    if (!strstr(error.text, files->name[f])) fail_msg("%s cut: %s", files->name[f], error.text);
    assert_ok(LedgerBytesAppend(bytes, "x", 1, &error), error);
    WriteWhole(path, bytes->data, bytes->size);
    assert_int_equal(VerifyLog(folder, NULL, &error), LEDGER_FALSE);
    if (!strstr(error.text, files->name[f])) fail_msg("%s longer: %s", files->name[f], error.text);
    assert_int_equal(unlink(path), 0);
    if (strcmp(files->name[f], "key.pub") == 0)
      assert_int_equal(VerifyLog(folder, NULL, &error), LEDGER_INPUT);
    else
      assert_int_equal(VerifyLog(folder, NULL, &error), older ? LEDGER_OK : LEDGER_FALSE);
    if (!older && !strstr(error.text, files->name[f])) fail_msg("%s missing: %s", files->name[f], error.text);
    WriteWhole(path, bytes->data, bytes->size - 1);
  }
  for (size_t k = 0; k < 4; k++) {
    const char *stray[] = {"tile/0/002", "tile/1/note.txt", "tile/0/001.p/5", "tile/entries/000.p/251.bak"};
    char        path[LEDGER_PATH_MAX];
    LedgerError error = {""};
    assert_int_equal(LedgerPathJoin(path, folder, stray[k], NULL), LEDGER_OK);
    WriteWhole(path, "stray", 5);
    assert_int_equal(VerifyLog(folder, NULL, &error), LEDGER_FALSE);
    if (!strstr(error.text, stray[k])) fail_msg("%s: %s", stray[k], error.text);
    assert_int_equal(unlink(path), 0);
  }
  FilesFree(files);
  ScratchRemove(folder);
}

/* The published example of a layout, as files; and faults in the middle of a log of three levels are named. */
static void TheLayoutOf70000EntriesIsOnDisk(void **state)
{
  char            folder[256], path[300];
  LedgerLogCounts counts;
  LedgerError     error = {""};
  Files          *files;
  size_t          full[3] = {0}, partial[3] = {0}, bundles = 0;
  (void)state;
  ScratchCreate(folder);
  TestLogExtend(folder, 0, 70000);
  assert_ok(VerifyLog(folder, &counts, &error), error);
  assert_int_equal(counts.entries, 70000);
  assert_int_equal(counts.tiles, 274 + 2 + 1);
  assert_int_equal(counts.bundles, 274);
  files = FilesRead(folder);
  for (size_t k = 0; k < files->n; k++) {
    LedgerTile tile;
    if (!LedgerTileParse(files->name[k], &tile)) continue;
    if (tile.level == LEDGER_TILE_BUNDLE)
      bundles++;
    else if (tile.width == LEDGER_TILE_WIDTH)
      full[tile.level]++;
    else
      partial[tile.level] += tile.width;
  }
  assert_int_equal(bundles, 274);
  assert_int_equal(full[0], 273);
  assert_int_equal(full[1], 1);
  assert_int_equal(full[2], 0);
  assert_int_equal(partial[0], 112);
  assert_int_equal(partial[1], 17);
  assert_int_equal(partial[2], 1);
  FilesFree(files);
  for (int k = 0; k < 3; k++) { /* a leaf tile below a full tile, that full tile, a bundle */
    const char *name[] = {"tile/0/100", "tile/1/000", "tile/entries/200"};
    LedgerBytes bytes;
    snprintf(path, sizeof path, "%s/%s", folder, name[k]);
    bytes = ReadWhole(path);
    bytes.data[500] ^= 16;
    WriteWhole(path, bytes.data, bytes.size);
    assert_int_equal(VerifyLog(folder, NULL, &error), LEDGER_FALSE);
    if (!strstr(error.text, name[k])) fail_msg("%s: %s", name[k], error.text);
    bytes.data[500] ^= 16;
    WriteWhole(path, bytes.data, bytes.size);
    LedgerBytesFree(&bytes);
  }
  ScratchRemove(folder);
}

/* Leaves the folder as a writer that died before its checkpoint would. */
static void AbandonedAppend(const char *folder, uint64_t start, uint64_t end)
{
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7);
  LedgerWriter writer = NULL;
  LedgerError  error  = {""};
  LedgerHash   wrong  = LedgerHashEmpty();
  char         path[LEDGER_PATH_MAX];
  assert_ok(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, &error), error);
  for (uint64_t k = start; k < end; k++) {
    uint8_t entry[16];
    assert_ok(LedgerWriterPut(writer, k, entry, TestEntry(k + 1000, entry), &error), error);
  }
  assert_int_equal(LedgerWriterCommit(writer, &wrong, NULL, &error), LEDGER_FALSE);
  LedgerWriterClose(&writer);
  LedgerSignerDestroy(&signer);
  assert_ok(LedgerPathJoin(path, folder, "tile/0/001.p/99", &error),
            error); /* as if the partial tiles had been written too */
  assert_ok(LedgerFileWrite(path, path, 0666, "x", 1, &error), error);
}

static void AnInterruptedAppendIsTakenBack(void **state)
{
  char        folder[256], grown[300], once[300];
  Files      *a, *b;
  LedgerError error = {""};
  (void)state;
  ScratchCreate(folder);
  snprintf(grown, sizeof grown, "%s/grown", folder);
  snprintf(once, sizeof once, "%s/once", folder);
  AbandonedAppend(grown, 0, 300);
  TestLogExtend(grown, 0, 100);
  AbandonedAppend(grown, 100, 600);
  assert_int_equal(VerifyLog(grown, NULL, &error), LEDGER_FALSE);
  assert_non_null(strstr(error.text, "ahead of the checkpoint"));
  TestLogExtend(grown, 100, 512);
  assert_ok(VerifyLog(grown, NULL, &error), error);
  TestLogExtend(once, 0, 100);
  TestLogExtend(once, 100, 512);
  a = FilesRead(grown);
  b = FilesRead(once);
  assert_int_equal(a->n, b->n);
  for (size_t k = 0; k < a->n; k++) {
    assert_string_equal(a->name[k], b->name[k]);
    assert_int_equal(a->bytes[k].size, b->bytes[k].size);
    assert_memory_equal(a->bytes[k].data, b->bytes[k].data, a->bytes[k].size);
  }
  FilesFree(a);
  FilesFree(b);
  ScratchRemove(folder);
}

/* Appends and commits until it is killed. */
static void AppendForEver(const char *folder)
{
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7);
  LedgerWriter writer = NULL;
  if (LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, NULL) != LEDGER_OK) _exit(1);
  for (;;) {
    for (uint64_t k = LedgerWriterSize(writer), end = k + 90; k < end; k++) {
      uint8_t entry[16];
      if (LedgerWriterPut(writer, k, entry, TestEntry(k, entry), NULL) != LEDGER_OK) _exit(2);
    }
    if (LedgerWriterCommit(writer, NULL, NULL, NULL) != LEDGER_OK) _exit(3);
  }
}

static void AKillAtAnyMomentLeavesAGoodState(void **state)
{
  char         folder[256];
  uint64_t     random = 31, size = 0;
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7);
  (void)state;
  ScratchCreate(folder);
  TestLogExtend(folder, 0, 0);
  for (int round = 0; round < 15; round++) {
    LedgerError     error  = {""};
    LedgerWriter    writer = NULL;
    LedgerLogCounts counts;
    char            left[LEDGER_PATH_MAX];
    int             status;
    pid_t           child = fork();
    assert_true(child >= 0);
    if (child == 0) AppendForEver(folder);
    usleep((useconds_t)(5000 + NextRandom(&random) % 60000));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* and not ended by a fault of its own */
    assert_ok(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, &error), error);
    assert_true(LedgerWriterSize(writer) >= size && LedgerWriterSize(writer) % 90 == 0);
    size = LedgerWriterSize(writer);
    LedgerWriterClose(&writer);
    assert_int_equal(LedgerPathJoin(left, folder, ".writing", &error), LEDGER_OK);
    assert_int_not_equal(access(left, F_OK), 0);
    assert_ok(VerifyLog(folder, &counts, &error), error);
    assert_int_equal(counts.entries, size);
  }
  assert_true(size > 0);
  LedgerSignerDestroy(&signer);
  ScratchRemove(folder);
}

/* What a job on several ranks does each day: ranges of new blocks, merged behind the log's own, say what must come out. */
static void RangesOfNewBlocksGiveTheRootToBeSigned(void **state)
{
  char         folder[256];
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7);
  LedgerError  error  = {""};
  (void)state;
  ScratchCreate(folder);
  for (uint64_t start = 0; start < 900; start += 300) {
    LedgerWriter writer  = NULL;
    LedgerRange  part[4] = {NULL}, merged = NULL;
    LedgerHash   expected, root;
    assert_ok(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, &error), error);
    assert_ok(LedgerWriterRange(writer, &part[3], &error), error);
    for (uint64_t rank = 0; rank < 3; rank++) {
      uint8_t entry[16];
      assert_ok(LedgerRangeCreate(start + 100 * rank, &part[2 - rank], &error), error);
      for (uint64_t k = start + 100 * rank; k < start + 100 * (rank + 1); k++) {
        assert_ok(LedgerRangeAppendEntry(part[2 - rank], entry, TestEntry(k, entry), &error), error);
      }
    }
    assert_ok(LedgerRangesMerge(part, 4, 0, start + 300, &merged, &error), error);
    assert_ok(LedgerRangeRoot(merged, &expected, &error), error);
    for (uint64_t k = start; k < start + 300; k++) {
      uint8_t entry[16];
      assert_ok(LedgerWriterPut(writer, k, entry, TestEntry(k, entry), &error), error);
    }
    assert_ok(LedgerWriterCommit(writer, &expected, &root, &error), error);
    LedgerWriterClose(&writer);
    LedgerRangeDestroy(&merged);
    for (int k = 0; k < 4; k++) LedgerRangeDestroy(&part[k]);
  }
  assert_ok(VerifyLog(folder, NULL, &error), error);
  LedgerSignerDestroy(&signer);
  ScratchRemove(folder);
}

static void NothingInconsistentIsSigned(void **state)
{
  char         folder[256], path[300];
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7), other = TestSigner(TEST_ORIGIN, 8);
  LedgerWriter writer = NULL, second = NULL;
  LedgerError  error = {""};
  LedgerBytes  before, after, damaged;
  (void)state;
  ScratchCreate(folder);
  TestLogExtend(folder, 0, 10);
  snprintf(path, sizeof path, "%s/checkpoint", folder);
  before = ReadWhole(path);
  assert_int_equal(LedgerWriterOpen(folder, TEST_ORIGIN, other, &writer, &error), LEDGER_FALSE);
  assert_int_equal(LedgerWriterOpen(folder, "example.org/other", signer, &writer, &error), LEDGER_INPUT);
  assert_ok(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, &error), error);
  assert_int_equal(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &second, &error), LEDGER_INPUT);
  assert_int_equal(LedgerWriterPut(writer, 3, "other bytes", 11, &error), LEDGER_FALSE);
  assert_int_equal(LedgerWriterPut(writer, 12, "gap", 3, &error), LEDGER_INTERNAL);
  assert_ok(LedgerWriterPut(writer, 10, "next", 4, &error), error);
  assert_int_equal(LedgerWriterCommit(writer, &(LedgerHash){{0}}, NULL, &error), LEDGER_FALSE);
  WriteWhole(path, before.data, before.size - 5); /* someone changes the checkpoint meanwhile */
  assert_int_equal(LedgerWriterCommit(writer, NULL, NULL, &error), LEDGER_FALSE);
  LedgerWriterClose(&writer);
  WriteWhole(path, before.data, before.size);
  snprintf(path, sizeof path, "%s/tile/0/000.p/10", folder);
  damaged = ReadWhole(path);
  damaged.data[40] ^= 1;
  WriteWhole(path, damaged.data, damaged.size);
  assert_int_equal(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, &error), LEDGER_FALSE);
  snprintf(path, sizeof path, "%s/checkpoint", folder);
  after = ReadWhole(path);
  assert_int_equal(after.size, before.size);
  assert_memory_equal(after.data, before.data, after.size);
  LedgerBytesFree(&before);
  LedgerBytesFree(&after);
  LedgerBytesFree(&damaged);
  LedgerSignerDestroy(&signer);
  LedgerSignerDestroy(&other);
  ScratchRemove(folder);
}

static void EveryEntryIsProvenAndOlderStatesAreConsistent(void **state)
{
  char        folder[256];
  LedgerLog   log   = NULL;
  LedgerError error = {""};
  LedgerHash  root[521];
  (void)state;
  ScratchCreate(folder);
  for (uint64_t size = 40; size <= 520; size += 40) {
    TestLogExtend(folder, size - 40, size);
    assert_ok(LedgerLogOpen(folder, NULL, &log, &error), error);
    root[size] = LedgerLogCheckpoint(log)->root;
    for (uint64_t old = 40; old <= size; old += 40) {
      LedgerProof proof;
      assert_ok(LedgerLogConsistency(log, old, &proof, &error), error);
      assert_ok(LedgerConsistencyCheck(old, size, &proof, &root[old], &root[size], &error), error);
    }
    for (uint64_t index = 0; index < size; index += 13) {
      LedgerBytes     file = {0};
      LedgerProofFile proof;
      uint8_t         entry[16];
      size_t          entry_size = TestEntry(index, entry);
      LedgerHash      leaf       = LedgerHashLeaf(entry, entry_size);
      assert_ok(LedgerLogProve(log, index, &file, &error), error);
      assert_ok(LedgerProofFileRead((char *)file.data, file.size, "proof", &proof, &error), error);
      assert_int_equal(proof.index, index);
      assert_ok(LedgerInclusionCheck(index, size, &leaf, &proof.proof, &root[size], &error), error);
      LedgerBytesFree(&file);
    }
    assert_int_equal(LedgerLogProve(log, size, &(LedgerBytes){0}, &error), LEDGER_INPUT);
    LedgerLogClose(&log);
  }
  ScratchRemove(folder);
}

static void AnEmptyLogAndTheLargestEntryAreFine(void **state)
{
  char            folder[256];
  LedgerSigner    signer = TestSigner(TEST_ORIGIN, 7);
  LedgerWriter    writer = NULL;
  LedgerError     error  = {""};
  LedgerLogCounts counts;
  uint8_t        *large = calloc(1, LEDGER_ENTRY_MAX + 1);
  (void)state;
  ScratchCreate(folder);
  TestLogExtend(folder, 0, 0);
  assert_ok(VerifyLog(folder, &counts, &error), error);
  assert_ok(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, &error), error);
  assert_int_equal(LedgerWriterPut(writer, 0, large, LEDGER_ENTRY_MAX + 1, &error), LEDGER_INPUT);
  for (uint64_t k = 0; k < 257; k++) assert_ok(LedgerWriterPut(writer, k, large, LEDGER_ENTRY_MAX, &error), error);
  assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
  LedgerWriterClose(&writer);
  assert_ok(VerifyLog(folder, &counts, &error), error);
  assert_int_equal(counts.entries, 257);
  free(large);
  LedgerSignerDestroy(&signer);
  ScratchRemove(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(GrowingInPiecesGivesTheSameFiles),
      cmocka_unit_test(EveryFlippedBitOfASmallLogIsFoundAndNamed),
      cmocka_unit_test(FlippedBytesOfFullTilesAreFoundAndNamed),
      cmocka_unit_test(MissingCutLongerAndStrayFilesAreNamed),
      cmocka_unit_test(TheLayoutOf70000EntriesIsOnDisk),
      cmocka_unit_test(AnInterruptedAppendIsTakenBack),
      cmocka_unit_test(AKillAtAnyMomentLeavesAGoodState),
      cmocka_unit_test(RangesOfNewBlocksGiveTheRootToBeSigned),
      cmocka_unit_test(NothingInconsistentIsSigned),
      cmocka_unit_test(EveryEntryIsProvenAndOlderStatesAreConsistent),
      cmocka_unit_test(AnEmptyLogAndTheLargestEntryAreFine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
