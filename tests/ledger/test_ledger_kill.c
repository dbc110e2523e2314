/* A kill at every single step of an append, and of a witness's cosigning: every call by which the ledger changes the disk
   is counted (the linker's --wrap puts the functions below in front of the C library's), a child dies at the k-th, for
   each k, and the parent finds the last good state there and goes on to the same bytes. The calls' order is checked too:
   what a rename makes visible was synchronised before. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

#include "ledger/log.h"
#include "ledger/tile.h"
#include "ledger/witness.h"
#include "tests/ledger/scratch.h"

enum { STEPS_MAX = 4000 };

static long kill_at = -1; /* the child dies at this step; -1: never */
static long fail_at = -1; /* this step fails for want of room; -1: none */
static long steps;

/* What happened, for the order of calls. */
static bool recording;
static struct {
  enum { STEP_WRITE, STEP_SYNC, STEP_RENAME } kind;
  char path[256];
} record[STEPS_MAX];
static size_t recorded;

int     __real_open(const char *path, int flags, ...);
int     __real_rename(const char *from, const char *to);
int     __real_unlink(const char *path);
int     __real_mkdir(const char *path, mode_t mode);
int     __real_fsync(int fd);
ssize_t __real_write(int fd, const void *data, size_t size);
int     __wrap_open(const char *path, int flags, ...);
int     __wrap_rename(const char *from, const char *to);
int     __wrap_unlink(const char *path);
int     __wrap_mkdir(const char *path, mode_t mode);
int     __wrap_fsync(int fd);
ssize_t __wrap_write(int fd, const void *data, size_t size);

/* True when the child is to die now. */
static bool Step(void)
{
  return kill_at >= 0 && steps++ == kill_at;
}

/* True when this call is to fail. */
static bool Fails(void)
{
  if (fail_at < 0 || steps++ != fail_at) return false;
  errno = ENOSPC;
  return true;
}

static void Die(void)
{
  kill(getpid(), SIGKILL);
  pause();
}

static void Note(int kind, const char *path)
{
  if (!recording) return;
  assert_true(recorded < STEPS_MAX);
  record[recorded].kind = kind;
  snprintf(record[recorded++].path, sizeof record[0].path, "%s", path);
}

static void NoteDescriptor(int kind, int fd)
{
  char    link[64], path[256] = "";
  ssize_t n;
  if (!recording) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  n = readlink(link, path, sizeof path - 1);
  assert_true(n > 0);
  Note(kind, path);
}

int __wrap_open(const char *path, int flags, ...)
{
  mode_t  mode = 0;
  va_list arguments;
  if (flags & O_CREAT) {
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
    if (Step()) Die();
    if (Fails()) return -1;
  }
  return __real_open(path, flags, mode);
}

int __wrap_rename(const char *from, const char *to)
{
  if (Step()) Die();
  if (Fails()) return -1;
  Note(STEP_RENAME, to);
  return __real_rename(from, to);
}

int __wrap_unlink(const char *path)
{
  if (Step()) Die();
  if (Fails()) return -1;
  return __real_unlink(path);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
  if (Step()) Die();
  if (Fails()) return -1;
  return __real_mkdir(path, mode);
}

int __wrap_fsync(int fd)
{
  if (Step()) Die();
  if (Fails()) return -1;
  NoteDescriptor(STEP_SYNC, fd);
  return kill_at >= 0 || fail_at >= 0 ? 0 : __real_fsync(fd); /* a killed process loses nothing that was written */
}

/* Half of the bytes may be there. */
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
  if (Step()) {
    __real_write(fd, data, size / 2);
    Die();
  }
  if (Fails()) {
    __real_write(fd, data, size / 2);
    errno = ENOSPC;
    return -1;
  }
  NoteDescriptor(STEP_WRITE, fd);
  return __real_write(fd, data, size);
}

/* ---- The log ------------------------------------------------------------------------------------------------------ */

static const uint64_t commits[] = {3, 256, 256, 300, 515}; /* sizes, one a step again */

enum { COMMITS = sizeof commits / sizeof *commits };

/* What a run does, and does again after a kill: everything from the start, through one open writer. */
static LedgerStatus WriteAll(const char *folder, LedgerError *error)
{
  LedgerStatus status;
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7);
  LedgerWriter writer = NULL;
  uint64_t     start  = 0;
  LEDGER_TRY(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, error));
  for (size_t k = 0; k < COMMITS; k++) {
    LEDGER_TRY(LedgerWriterPutFrom(writer, start, commits[k] - start, TestSource, &start, error));
    if (LedgerWriterSize(writer) == commits[k]) LEDGER_TRY(LedgerWriterCommit(writer, NULL, NULL, error));
    start = commits[k];
  }
out:
  LedgerWriterClose(&writer);
  LedgerSignerDestroy(&signer);
  return status;
}

static LedgerStatus Verify(const char *folder, LedgerLogCounts *counts, LedgerError *error)
{
  LedgerLog    log    = NULL;
  LedgerStatus status = LedgerLogOpen(folder, NULL, &log, error);
  if (status == LEDGER_OK) status = LedgerLogVerify(log, counts, error);
  LedgerLogClose(&log);
  return status;
}

/* True when a child that runs `work` died at step k; false when it ended before. */
static bool KilledAt(long k, const char *folder, LedgerStatus (*work)(const char *, LedgerError *))
{
  int   status;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    LedgerError error = {""};
    steps             = 0;
    kill_at           = k;
    if (work(folder, &error) != LEDGER_OK) {
      fprintf(stderr, "%s\n", error.text);
      _exit(1);
    }
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) {
    assert_int_equal(WTERMSIG(status), SIGKILL);
    return true;
  }
  assert_int_equal(WEXITSTATUS(status), 0);
  return false;
}

/* Every file of `expected` must be in `folder` with its bytes. */
typedef struct {
  const char *folder, *expected;
  size_t      n;
} Comparison;

static LedgerStatus CompareFile(void *context, const char *name, LedgerError *error)
{
  Comparison *c = context;
  char        a[LEDGER_PATH_MAX], b[LEDGER_PATH_MAX];
  LedgerBytes x, y;
  (void)error;
  assert_int_equal(LedgerPathJoin(a, c->expected, name, NULL), LEDGER_OK);
  assert_int_equal(LedgerPathJoin(b, c->folder, name, NULL), LEDGER_OK);
  if (!LedgerFileExists(b)) fail_msg("%s is not there", b);
  x = ReadWhole(a);
  y = ReadWhole(b);
  assert_int_equal(x.size, y.size);
  assert_memory_equal(x.data, y.data, x.size);
  LedgerBytesFree(&x);
  LedgerBytesFree(&y);
  c->n++;
  return LEDGER_OK;
}

static size_t CompareFolders(const char *folder, const char *expected)
{
  LedgerError error = {""};
  Comparison  c = {folder, expected, 0}, back = {expected, folder, 0};
  assert_ok(LedgerFilesVisit(expected, CompareFile, &c, &error), error);
  assert_ok(LedgerFilesVisit(folder, CompareFile, &back, &error), error);
  return c.n;
}

/* The last good state of a log that a kill left: its checkpoint verifies and its size is one that was committed. */
static uint64_t LastGoodState(const char *folder)
{
  LedgerLog   log   = NULL;
  LedgerError error = {""};
  char        path[LEDGER_PATH_MAX];
  uint64_t    size;
  LedgerHash  root;
  bool        committed = false;
  assert_int_equal(LedgerPathJoin(path, folder, "checkpoint", NULL), LEDGER_OK);
  if (!LedgerFileExists(path)) return 0;
  assert_ok(LedgerLogOpen(folder, NULL, &log, &error), error);
  assert_ok(LedgerLogRoot(log, &root, &error), error);
  assert_memory_equal(root.byte, LedgerLogCheckpoint(log)->root.byte, sizeof root);
  size = LedgerLogCheckpoint(log)->size;
  for (size_t k = 0; k < COMMITS; k++) committed = committed || commits[k] == size;
  assert_true(committed);
  LedgerLogClose(&log);
  return size;
}

static void AKillAtEveryStepOfAnAppendLeavesTheLastGoodState(void **state)
{
  char            top[256], folder[300], expected[300];
  LedgerError     error = {""};
  LedgerLogCounts counts;
  uint64_t        before = 0;
  bool            killed = true;
  long            k      = 0;
  (void)state;
  ScratchCreate(top);
  snprintf(folder, sizeof folder, "%s/log", top);
  snprintf(expected, sizeof expected, "%s/expected", top);
  assert_ok(WriteAll(expected, &error), error);
  for (; killed; k++) {
    uint64_t size;
    ScratchRemove(folder);
    killed = KilledAt(k, folder, WriteAll);
    size   = LastGoodState(folder);
    assert_true(size >= before); /* a later kill never leaves less */
    before = size;
    assert_ok(WriteAll(folder, &error), error);
    assert_ok(Verify(folder, &counts, &error), error);
    assert_int_equal(counts.entries, commits[COMMITS - 1]);
    assert_true(CompareFolders(folder, expected) >= 12);
  }
  assert_int_equal(before, commits[COMMITS - 1]);
  assert_true(k > 100); /* steps there were */
  ScratchRemove(top);
}

/* A full disk: the writer says so, and the log is what it was; once there is room, the same writer could go on, too. */
static void AFailureAtEveryStepIsToldAndTakenBack(void **state)
{
  char        top[256], folder[300], expected[300];
  LedgerError error  = {""};
  bool        failed = true;
  long        k      = 0;
  (void)state;
  ScratchCreate(top);
  snprintf(folder, sizeof folder, "%s/log", top);
  snprintf(expected, sizeof expected, "%s/expected", top);
  assert_ok(WriteAll(expected, &error), error);
  for (; failed; k++) {
    LedgerStatus status;
    ScratchRemove(folder);
    steps   = 0;
    fail_at = k;
    status  = WriteAll(folder, &error);
    failed  = steps > k;
    fail_at = -1;
    if (failed && status == LEDGER_OK) fail_msg("step %ld failed and nobody said so", k);
    if (failed) assert_non_null(strstr(error.text, "No space left on device"));
    LastGoodState(folder);
    assert_ok(WriteAll(folder, &error), error);
    CompareFolders(folder, expected);
  }
  assert_true(k > 100);
  ScratchRemove(top);
}

static void AnEntryThatFailedCanBePutAgain(void **state)
{
  char         top[256], folder[300], expected[300];
  LedgerSigner signer = TestSigner(TEST_ORIGIN, 7);
  LedgerError  error  = {""};
  (void)state;
  ScratchCreate(top);
  snprintf(folder, sizeof folder, "%s/log", top);
  snprintf(expected, sizeof expected, "%s/expected", top);
  TestLogExtend(expected, 0, 300);
  for (long k = 0; k < 40; k++) {
    LedgerWriter writer = NULL;
    uint8_t      entry[16];
    ScratchRemove(folder);
    assert_ok(LedgerWriterOpen(folder, TEST_ORIGIN, signer, &writer, &error), error);
    steps   = 0;
    fail_at = k;
    for (uint64_t i = 0; i < 300; i++) {
      size_t size = TestEntry(i, entry);
      if (LedgerWriterPut(writer, i, entry, size, &error) == LEDGER_OK) continue;
      fail_at = -1;
      assert_ok(LedgerWriterPut(writer, i, entry, size, &error), error);
    }
    if (LedgerWriterCommit(writer, NULL, NULL, &error) != LEDGER_OK) {
      fail_at = -1;
      assert_ok(LedgerWriterCommit(writer, NULL, NULL, &error), error);
    }
    fail_at = -1;
    LedgerWriterClose(&writer);
    CompareFolders(folder, expected);
  }
  LedgerSignerDestroy(&signer);
  ScratchRemove(top);
}

static void ALogThatIsKilledAgainAndAgainGetsThere(void **state)
{
  char        top[256], folder[300], expected[300];
  LedgerError error  = {""};
  uint64_t    random = 5;
  int         killed = 0;
  (void)state;
  ScratchCreate(top);
  snprintf(folder, sizeof folder, "%s/log", top);
  snprintf(expected, sizeof expected, "%s/expected", top);
  assert_ok(WriteAll(expected, &error), error);
  for (int round = 0; round < 200; round++, killed++) {
    if (!KilledAt((long)(NextRandom(&random) % 24), folder, WriteAll)) break;
    LastGoodState(folder);
  }
  assert_true(killed > 5);
  assert_ok(WriteAll(folder, &error), error);
  CompareFolders(folder, expected);
  ScratchRemove(top);
}

/* ---- Order -------------------------------------------------------------------------------------------------------- */

static bool EndsWith(const char *text, const char *end)
{
  size_t m = strlen(text), n = strlen(end);
  return m >= n && strcmp(text + m - n, end) == 0;
}

static void FolderOf(const char *path, char folder[256])
{
  snprintf(folder, 256, "%s", path);
  *strrchr(folder, '/') = 0;
}

/* Step k renamed a file: its bytes were synchronised after the last write of them. */
static void AssertWritten(size_t k)
{
  size_t j = k;
  while (j > 0 && record[j - 1].kind != STEP_WRITE && record[j - 1].kind != STEP_RENAME) j--;
  for (size_t i = j; i < k; i++) {
    if (record[i].kind == STEP_SYNC && EndsWith(record[i].path, ".writing")) return;
  }
  fail_msg("%s was renamed without being synchronised", record[k].path);
}

/* Its folder was synchronised after step k and before step end. */
static void AssertFolderSynced(size_t k, size_t end)
{
  char folder[256];
  FolderOf(record[k].path, folder);
  for (size_t i = k + 1; i < end; i++) {
    if (record[i].kind == STEP_SYNC && strcmp(record[i].path, folder) == 0) return;
  }
  fail_msg("the folder of %s was not synchronised before the checkpoint", record[k].path);
}

static void TilesAreDurableBeforeTheCheckpointThatCoversThem(void **state)
{
  char        top[256], folder[300];
  LedgerError error = {""};
  size_t      since = 0, checkpoints = 0, tiles = 0;
  (void)state;
  ScratchCreate(top);
  snprintf(folder, sizeof folder, "%s/log", top);
  recorded  = 0;
  recording = true;
  assert_ok(WriteAll(folder, &error), error);
  recording = false;
  for (size_t k = 0; k < recorded; k++) {
    if (record[k].kind != STEP_RENAME) continue;
    AssertWritten(k);
    if (!EndsWith(record[k].path, "/checkpoint")) continue;
    for (size_t j = since; j < k; j++) {
      if (record[j].kind != STEP_RENAME) continue;
      AssertFolderSynced(j, k);
      tiles++;
    }
    AssertFolderSynced(k, recorded);
    since = k + 1;
    checkpoints++;
  }
  assert_int_equal(checkpoints, COMMITS - 1);
  assert_int_equal(tiles, 14);
  ScratchRemove(top);
}

/* ---- The witness -------------------------------------------------------------------------------------------------- */

static char witnessed[300]; /* the log */

/* Shows the witness in `folder` the states of the log up to 515 entries, from wherever its head is. */
static LedgerStatus CosignAll(const char *folder, LedgerError *error)
{
  LedgerStatus  status;
  LedgerSigner  plain = TestSigner("region.example", 9), signer = NULL, own = TestSigner(TEST_ORIGIN, 7);
  LedgerWitness witness = NULL;
  LedgerLog     log     = NULL;
  LedgerRequest request;
  LedgerBytes   line = {0};
  char          path[400];
  LEDGER_TRY(LedgerSignerAs(plain, LEDGER_KEY_COSIGNATURE, &signer, error));
  LEDGER_TRY(LedgerWitnessOpen(folder, signer, LedgerSignerVerifier(own), NULL, &witness, error));
  for (int k = 0; k < COMMITS; k++) {
    if (commits[k] <= LedgerWitnessHeadSize(witness)) continue;
    snprintf(path, sizeof path, "%s.%d", witnessed, (int)commits[k]);
    LEDGER_TRY(LedgerLogOpen(witnessed, &(LedgerLogOptions){.checkpoint = path}, &log, error));
    LEDGER_TRY(LedgerRequestMake(log, LedgerWitnessHeadSize(witness), &request, error));
    LEDGER_TRY(LedgerWitnessCheck(witness, &request, path, error));
    LEDGER_TRY(LedgerWitnessCosign(witness, 1000 + commits[k], &line, error));
    LedgerLogClose(&log);
  }
out:
  LedgerBytesFree(&line);
  LedgerLogClose(&log);
  LedgerWitnessClose(&witness);
  LedgerSignerDestroy(&plain);
  LedgerSignerDestroy(&signer);
  LedgerSignerDestroy(&own);
  return status;
}

static void AKillAtEveryStepOfCosigningLeavesAHead(void **state)
{
  char        top[256], folder[300], expected[300], path[400], checkpoint[400];
  LedgerError error  = {""};
  bool        killed = true;
  long        k      = 0;
  (void)state;
  ScratchCreate(top);
  snprintf(witnessed, sizeof witnessed, "%s/log", top);
  snprintf(folder, sizeof folder, "%s/witness", top);
  snprintf(expected, sizeof expected, "%s/expected", top);
  snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint", witnessed);
  for (size_t c = 0; c < COMMITS; c++) { /* each state's checkpoint is kept beside the log */
    LedgerBytes bytes;
    TestLogExtend(witnessed, c ? commits[c - 1] : 0, commits[c]);
    bytes = ReadWhole(checkpoint);
    snprintf(path, sizeof path, "%s.%d", witnessed, (int)commits[c]);
    WriteWhole(path, bytes.data, bytes.size);
    LedgerBytesFree(&bytes);
  }
  assert_ok(CosignAll(expected, &error), error);
  for (; killed; k++) {
    ScratchRemove(folder);
    killed = KilledAt(k, folder, CosignAll);
    assert_ok(CosignAll(folder, &error), error); /* opening it shows that its head is a good one */
    assert_int_equal(CompareFolders(folder, expected), 1);
  }
  assert_true(k > 12);
  ScratchRemove(top);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(AKillAtEveryStepOfAnAppendLeavesTheLastGoodState),
      cmocka_unit_test(AFailureAtEveryStepIsToldAndTakenBack),
      cmocka_unit_test(AnEntryThatFailedCanBePutAgain),
      cmocka_unit_test(ALogThatIsKilledAgainAndAgainGetsThere),
      cmocka_unit_test(TilesAreDurableBeforeTheCheckpointThatCoversThem),
      cmocka_unit_test(AKillAtEveryStepOfCosigningLeavesAHead),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
