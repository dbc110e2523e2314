/* Checkpoints as files: the same numbers on any number of ranks, and nothing taken from a file that differs in any byte. */
#include "tests/support.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/checkpoint_file.h"
#include "jobs/job_watch.h"

enum { PARTS = 7, MOST_RANKS = 4 };

static char        folder[256];
static PetscMPIInt world_rank, world_size;

static const char *Path(const char *name)
{
  static char path[400];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static PetscReal Number(PetscInt part, PetscInt k)
{
  return 1.0 / (3 + part * 101 + k);
}

/* What `ranks` ranks would put; part p is held by rank p % ranks. */
static Checkpoint Make(PetscMPIInt rank, PetscMPIInt ranks)
{
  const PetscInt shared[3] = {17, -4, 2147483647};
  PetscReal      value[64];
  Checkpoint     c;

  assert_int_equal(CheckpointCreate(&c), 0);
  assert_int_equal(CheckpointPutIntegers(c, "counters", CHECKPOINT_SHARED, 3, shared), 0);
  for (PetscInt p = 0; p < PARTS; p++) {
    if (p % ranks != rank) continue;
    for (PetscInt k = 0; k < 8 * p; k++) value[k] = Number(p, k);
    assert_int_equal(CheckpointPutReals(c, "x", p, 8 * p, value), 0);
    assert_int_equal(CheckpointPutIntegers(c, "part", p, 1, &p), 0);
  }
  return c;
}

/* Every rank finds every part. */
static void Compare(Checkpoint c)
{
  PetscInt  shared[3], number;
  PetscReal value[64];
  PetscBool found = PETSC_TRUE;

  assert_int_equal(CheckpointGetIntegers(c, "counters", CHECKPOINT_SHARED, 3, shared, &found), 0);
  assert_true(found && shared[0] == 17 && shared[1] == -4 && shared[2] == 2147483647);
  for (PetscInt p = 0; p < PARTS; p++) {
    assert_int_equal(CheckpointCount(c, "x", p, CHECKPOINT_REAL), 8 * p);
    assert_int_equal(CheckpointGetReals(c, "x", p, 8 * p, value, &found), 0);
    assert_int_equal(CheckpointGetIntegers(c, "part", p, 1, &number, &found), 0);
    assert_true(found && number == p);
    for (PetscInt k = 0; k < 8 * p; k++) assert_memory_equal(&value[k], &(PetscReal){Number(p, k)}, sizeof *value);
  }
  assert_int_equal(CheckpointCount(c, "x", PARTS, CHECKPOINT_REAL), -1);
  assert_int_equal(CheckpointCount(c, "x", 1, CHECKPOINT_INTEGER), -1);
}

/* A communicator of the first `ranks` ranks; MPI_COMM_NULL on the others. */
static MPI_Comm First(PetscMPIInt ranks)
{
  MPI_Comm comm;
  MPI_Comm_split(PETSC_COMM_WORLD, world_rank < ranks ? 0 : MPI_UNDEFINED, world_rank, &comm);
  return comm;
}

static const CheckpointLabel label = {"window-0003", "admm", "1.2+abc", 5, 42, 8, 1900000000};

static void Save(PetscMPIInt ranks, const char *path)
{
  MPI_Comm   comm = First(ranks);
  Checkpoint c;
  FileError  error;
  PetscBool  written;

  if (comm != MPI_COMM_NULL) {
    c = Make(world_rank, ranks);
    assert_int_equal(CheckpointFileWrite(comm, path, &label, c, &written, &error), 0);
    assert_true(written);
    assert_int_equal(CheckpointDestroy(&c), 0);
    MPI_Comm_free(&comm);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
}

static void SavedOnSomeReadOnOthers(void **state)
{
  CheckpointLabel found;
  FileError       error;
  Checkpoint      c;

  (void)state;
  for (PetscMPIInt p = 1; p <= world_size; p++)
    for (PetscMPIInt q = 1; q <= world_size; q++) {
      MPI_Comm comm = First(q);
      Save(p, Path("a.h5"));
      if (comm != MPI_COMM_NULL) {
        assert_int_equal(CheckpointFileOpen(comm, Path("a.h5"), &found, &c, &error), 0);
        assert_non_null(c);
        assert_memory_equal(&found, &label, sizeof found);
        Compare(c);
        assert_int_equal(CheckpointFileClose(&c), 0);
        MPI_Comm_free(&comm);
      }
      MPI_Barrier(PETSC_COMM_WORLD);
    }
  if (!world_rank) assert_int_equal(access(Path(".tmp-a.h5"), F_OK), -1);
}

static void AnEmptyOneIsWhole(void **state)
{
  CheckpointLabel found;
  FileError       error;
  Checkpoint      c;
  PetscBool       written;

  (void)state;
  assert_int_equal(CheckpointCreate(&c), 0);
  assert_int_equal(CheckpointFileWrite(PETSC_COMM_WORLD, Path("empty.h5"), &label, c, &written, &error), 0);
  assert_true(written);
  assert_int_equal(CheckpointDestroy(&c), 0);
  assert_int_equal(CheckpointFileOpen(PETSC_COMM_WORLD, Path("empty.h5"), &found, &c, &error), 0);
  assert_non_null(c);
  assert_int_equal(c->n, 0);
  assert_int_equal(CheckpointFileClose(&c), 0);
}

/* What was read goes into the next file without having been in memory. */
static void AReadOneCanBeWritten(void **state)
{
  CheckpointLabel found;
  FileError       error;
  Checkpoint      c;
  PetscBool       written;

  (void)state;
  if (world_size > 1) return; /* every rank would write every part */
  Save(1, Path("first.h5"));
  assert_int_equal(CheckpointFileOpen(PETSC_COMM_WORLD, Path("first.h5"), &found, &c, &error), 0);
  assert_int_equal(CheckpointFileWrite(PETSC_COMM_WORLD, Path("second.h5"), &label, c, &written, &error), 0);
  assert_int_equal(CheckpointFileClose(&c), 0);
  assert_int_equal(CheckpointFileOpen(PETSC_COMM_WORLD, Path("second.h5"), &found, &c, &error), 0);
  assert_non_null(c);
  Compare(c);
  assert_int_equal(CheckpointFileClose(&c), 0);
}

static void WriteBytes(const char *path, const unsigned char *bytes, size_t size)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, size), (ssize_t)size);
  close(fd);
}

/* Whether the damaged file is passed over, with a line that names it. */
static void AssertRefused(const char *what, size_t at)
{
  CheckpointLabel found;
  FileError       error = {""};
  Checkpoint      c;

  MPI_Barrier(PETSC_COMM_WORLD);
  assert_int_equal(CheckpointFileOpen(PETSC_COMM_WORLD, Path("b.h5"), &found, &c, &error), 0);
  if (c) fail_msg("a file with %s at %zu was taken for whole", what, at);
  assert_non_null(strstr(error.text, "b.h5: "));
  assert_null(strchr(error.text, '\n'));
  MPI_Barrier(PETSC_COMM_WORLD);
}

static void NoByteMayDiffer(void **state)
{
  unsigned char *bytes = NULL;
  char           copy[400];
  struct stat    info;
  size_t         size;

  (void)state;
  Save(world_size, Path("a.h5"));
  snprintf(copy, sizeof copy, "%s", Path("b.h5"));
  assert_int_equal(stat(Path("a.h5"), &info), 0);
  size = (size_t)info.st_size;
  if (!world_rank) {
    int fd = open(Path("a.h5"), O_RDONLY);
    bytes  = malloc(size);
    assert_int_equal(read(fd, bytes, size), (ssize_t)size);
    close(fd);
  }
  for (size_t at = 0; at < size; at += world_size == 1 ? 1 : 37) { /* every byte on one rank; some on many */
    if (!world_rank) {
      bytes[at] ^= (unsigned char)(1u << at % 8);
      WriteBytes(copy, bytes, size);
      bytes[at] ^= (unsigned char)(1u << at % 8);
    }
    AssertRefused("a flipped bit", at);
  }
  for (size_t cut = 0; cut < size; cut += world_size == 1 ? 13 : 301) {
    if (!world_rank) WriteBytes(copy, bytes, cut);
    AssertRefused("its end cut", cut);
  }
  for (size_t at = 0; at + 512 <= size; at += 512) {
    if (!world_rank) {
      unsigned char kept[512];
      memcpy(kept, bytes + at, 512);
      memset(bytes + at, kept[0] || memcmp(kept, kept + 1, 511) ? 0 : 0xa5, 512);
      WriteBytes(copy, bytes, size);
      memcpy(bytes + at, kept, 512);
    }
    AssertRefused("a lost block", at);
  }
  if (!world_rank) WriteBytes(copy, (const unsigned char *)"\211HDF\r\n\032\n and nothing else", 25);
  AssertRefused("foreign content", 0);
  if (!world_rank) unlink(copy);
  AssertRefused("nothing", 0);
  free(bytes);
}

static void WhatCannotBeWrittenIsNoError(void **state)
{
  Checkpoint c = Make(world_rank, world_size);
  FileError  error;
  PetscBool  written;

  (void)state;
  assert_int_equal(CheckpointFileWrite(PETSC_COMM_WORLD, Path("absent/a.h5"), &label, c, &written, &error), 0);
  assert_false(written);
  assert_non_null(strstr(error.text, "absent/.tmp-a.h5: cannot be written: "));
  assert_int_equal(CheckpointDestroy(&c), 0);
}

/* A method that adds up terms; each rank holds the parts p % size == rank. */
typedef struct {
  PetscInt  iteration, begun_at, kept;
  PetscReal sum[PARTS];
} Adder;

static void KeepAdder(Watch watch, Adder *a)
{
  Checkpoint c;

  assert_int_equal(CheckpointCreate(&c), 0);
  assert_int_equal(CheckpointPutIntegers(c, "iteration", CHECKPOINT_SHARED, 1, &a->iteration), 0);
  for (PetscInt p = world_rank; p < PARTS; p += world_size)
    assert_int_equal(CheckpointPutReals(c, "sum", p, 1, &a->sum[p]), 0);
  assert_int_equal(WatchKeep(watch, c), 0);
  assert_int_equal(CheckpointDestroy(&c), 0);
  a->kept++;
}

/* True when it came to its end; `stop_at`: the last rank asks itself to stop there. */
static PetscBool Add(Watch watch, PetscInt iterations, PetscInt stop_at, Adder *a)
{
  Checkpoint  state;
  WatchAnswer answer;
  PetscBool   found = PETSC_TRUE, keep;

  memset(a, 0, sizeof *a);
  assert_int_equal(WatchBegin(watch, "adder", &state), 0);
  if (state) {
    assert_int_equal(CheckpointGetIntegers(state, "iteration", CHECKPOINT_SHARED, 1, &a->iteration, &found), 0);
    for (PetscInt p = world_rank; p < PARTS; p += world_size)
      assert_int_equal(CheckpointGetReals(state, "sum", p, 1, &a->sum[p], &found), 0);
    assert_true(found);
  }
  a->begun_at = a->iteration;
  for (; a->iteration < iterations; a->iteration++) {
    if (a->iteration == stop_at && world_rank == world_size - 1) raise(SIGUSR1);
    assert_int_equal(WatchAsk(watch, &answer), 0);
    if (answer != WATCH_GO_ON) KeepAdder(watch, a);
    if (answer == WATCH_STOP) return PETSC_FALSE;
    for (PetscInt p = 0; p < PARTS; p++) a->sum[p] += Number(p, a->iteration);
  }
  assert_int_equal(WatchEnd(watch, &keep), 0);
  if (keep) KeepAdder(watch, a);
  return PETSC_TRUE;
}

static void TheWatchGoesOnWhereItWas(void **state)
{
  Adder           whole, a;
  Job             job;
  JobStatus       status;
  JobWatch        watch;
  CheckpointLabel newest;
  char            path[400], bad[500];

  (void)state;
  snprintf(path, sizeof path, "%s", Path("checkpoint"));
  assert_true(Add(NULL, 20, -1, &whole));
  assert_int_equal(JobCreate(PETSC_COMM_WORLD, PETSC_FALSE, &job), 0);

  /* Every iteration is kept; the second solve of the task is left in its middle. */
  assert_int_equal(JobWatchCreate(job, path, 0, &watch), 0);
  assert_int_equal(JobWatchTask(watch, "window 7"), 0);
  assert_true(Add(JobWatchSolves(watch), 3, -1, &a));
  assert_int_equal(a.kept, 4);
  assert_true(Add(JobWatchSolves(watch), 12, -1, &a));
  assert_int_equal(JobWatchDestroy(&watch), 0);
  assert_true(JobWatchNewest(path, &newest));
  assert_string_equal(newest.task, "window_7");
  assert_int_equal(newest.solve, 1);
  assert_int_equal(newest.iteration, 12);

  /* The first solve is done at once, the second goes on; with its last file damaged, from the one before. */
  for (int damaged = 0; damaged < 3; damaged++) {
    snprintf(bad, sizeof bad, "%s/window_7/001-adder.%d.h5", path, damaged == 1 ? 0 : 1);
    if (damaged && !world_rank) assert_int_equal(truncate(bad, 2000), 0);
    MPI_Barrier(PETSC_COMM_WORLD);
    assert_int_equal(JobWatchCreate(job, path, 1e6, &watch), 0);
    assert_int_equal(JobWatchTask(watch, "window 7"), 0);
    assert_true(Add(JobWatchSolves(watch), 3, -1, &a));
    assert_int_equal(a.begun_at, 3);
    assert_int_equal(a.kept, 0);
    assert_true(Add(JobWatchSolves(watch), 20, -1, &a));
    assert_int_equal(a.begun_at, damaged == 0 ? 12 : damaged == 1 ? 11 : 0);
    for (PetscInt p = world_rank; p < PARTS; p += world_size)
      assert_memory_equal(&a.sum[p], &whole.sum[p], sizeof(PetscReal));
    assert_int_equal(JobWatchDestroy(&watch), 0);
  }

  /* Another task's are not taken, but removed. */
  assert_int_equal(JobWatchCreate(job, path, 1e6, &watch), 0);
  assert_int_equal(JobWatchTask(watch, "window 8"), 0);
  assert_true(Add(JobWatchSolves(watch), 3, -1, &a));
  assert_int_equal(a.begun_at, 0);
  assert_int_equal(JobWatchDone(watch), 0);
  MPI_Barrier(PETSC_COMM_WORLD);
  assert_int_equal(access(path, F_OK), -1);
  assert_int_equal(JobWatchDestroy(&watch), 0);
  assert_int_equal(JobFinish(&job, &status), 0);
}

/* The last test: what asks to stop is not taken back. */
static void OneRankAskedIsEnough(void **state)
{
  Adder     whole, a;
  Job       job;
  JobStatus status;
  JobWatch  watch;
  char      path[400];

  (void)state;
  snprintf(path, sizeof path, "%s", Path("checkpoint"));
  assert_true(Add(NULL, 20, -1, &whole));
  assert_int_equal(JobCreate(PETSC_COMM_WORLD, PETSC_FALSE, &job), 0);
  assert_int_equal(JobWatchCreate(job, path, 1e6, &watch), 0);
  assert_int_equal(JobWatchTask(watch, "plan"), 0);
  assert_false(Add(JobWatchSolves(watch), 20, 13, &a));
  assert_int_equal(a.iteration, 13);
  assert_int_equal(a.kept, 1);
  assert_null(JobWatchTrouble(watch));

  /* Where nothing can be written the job stops nevertheless, and says so. */
  if (!world_rank) {
    FileError error;
    assert_true(DirectoryRemove(path, &error));
    WriteBytes(path, (const unsigned char *)"x", 1);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
  assert_false(Add(JobWatchSolves(watch), 20, -1, &a));
  assert_int_equal(a.iteration, 0);
  assert_non_null(JobWatchTrouble(watch));
  assert_int_equal(JobWatchDestroy(&watch), 0);
  assert_int_equal(JobFinish(&job, &status), 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(SavedOnSomeReadOnOthers),      cmocka_unit_test(AnEmptyOneIsWhole),
      cmocka_unit_test(AReadOneCanBeWritten),         cmocka_unit_test(NoByteMayDiffer),
      cmocka_unit_test(WhatCannotBeWrittenIsNoError), cmocka_unit_test(TheWatchGoesOnWhereItWas),
      cmocka_unit_test(OneRankAskedIsEnough),
  };
  int       failed;
  FileError error;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  MPI_Comm_rank(PETSC_COMM_WORLD, &world_rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &world_size);
  snprintf(folder, sizeof folder, "/tmp/archipelago-checkpoint-XXXXXX");
  if (!world_rank && !mkdtemp(folder)) return 1;
  MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, PETSC_COMM_WORLD);
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  MPI_Barrier(PETSC_COMM_WORLD);
  if (!world_rank) DirectoryRemove(folder, &error);
  PetscFinalize();
  return failed;
}
