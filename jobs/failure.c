/* What is told when a rank fails. Everything that may run in a signal handler uses system calls alone. */
#include "jobs/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inputs/whereabouts.h"
#include "jobs/failure_guard.h"

enum { LINE_SIZE = 2048, RECORD_SIZE = 4096, STACK_SIZE = 65536 };

static FailureShared  own    = {.directory = ""};
static FailureShared *shared = &own;
static MPI_Comm       job_comm;
static pid_t          process; /* a child of this process ends in its own way */
static char           last_status[32] = "internal-error", last_reason[1024] = "an error without a message";

/* --- The line --- */

static void TellOf(const Whereabouts *here, const char *reason)
{
  char   line[LINE_SIZE], where[WHEREABOUTS_TEXT];
  size_t n = 0;

  WhereaboutsText(here, where, sizeof where);
  if (isatty(STDERR_FILENO)) PlainText(line, sizeof line, &n, "\n"); /* below the progress */
  PlainText(line, sizeof line, &n, "archipelago: ");
  PlainText(line, sizeof line, &n, where);
  PlainText(line, sizeof line, &n, ": ");
  PlainText(line, sizeof line - 1, &n, reason);
  line[n++] = '\n';
  if (write(STDERR_FILENO, line, n) < 0) return; /* nobody listens */
}

void FailureTell(const char *status, const char *reason)
{
  size_t n = 0, m = 0;

  PlainText(last_status, sizeof last_status, &n, status);
  PlainText(last_reason, sizeof last_reason, &m, reason);
  TellOf(WhereaboutsNow(), reason);
}

/* --- The record --- */

static void PutJsonText(char *text, size_t size, size_t *at, const char *key, const char *value)
{
  PlainText(text, size, at, "  \"");
  PlainText(text, size, at, key);
  PlainText(text, size, at, "\": \"");
  for (; *value; value++) {
    char letter[3] = {*value, '\0', '\0'};
    if (*value == '"' || *value == '\\') {
      letter[0] = '\\';
      letter[1] = *value;
    } else if ((unsigned char)*value < 0x20) {
      letter[0] = ' ';
    } else if ((unsigned char)*value >= 0x80) {
      letter[0] = '?';
    }
    PlainText(text, size, at, letter);
  }
  PlainText(text, size, at, "\",\n");
}

static void PutJsonNumber(char *text, size_t size, size_t *at, const char *key, long value, const char *end)
{
  PlainText(text, size, at, "  \"");
  PlainText(text, size, at, key);
  PlainText(text, size, at, "\": ");
  PlainNumber(text, size, at, value);
  PlainText(text, size, at, end);
}

static size_t MakeRecord(const Whereabouts *here, const char *status, const char *reason, char text[RECORD_SIZE])
{
  size_t n = 0;

  PlainText(text, RECORD_SIZE, &n, "{\n");
  PutJsonText(text, RECORD_SIZE, &n, "status", status);
  PutJsonText(text, RECORD_SIZE, &n, "message", reason);
  PutJsonText(text, RECORD_SIZE, &n, "host", here->host);
  if (here->window >= 0) PutJsonNumber(text, RECORD_SIZE, &n, "window", here->window, ",\n");
  if (here->stage[0]) PutJsonText(text, RECORD_SIZE, &n, "stage", here->stage);
  if (here->region[0]) PutJsonText(text, RECORD_SIZE, &n, "region", here->region);
  PutJsonNumber(text, RECORD_SIZE, &n, "rank", here->rank, ",\n");
  PutJsonNumber(text, RECORD_SIZE, &n, "ranks", here->ranks, "\n");
  PlainText(text, RECORD_SIZE, &n, "}\n");
  return n;
}

static void Join(char *path, const char *directory, const char *name, long number, const char *end)
{
  size_t n = 0;

  PlainText(path, PETSC_MAX_PATH_LEN, &n, directory);
  PlainText(path, PETSC_MAX_PATH_LEN, &n, name);
  if (number >= 0) PlainNumber(path, PETSC_MAX_PATH_LEN, &n, number);
  PlainText(path, PETSC_MAX_PATH_LEN, &n, end);
}

/* Whole and under its name, or nothing: true only for what was not there before. */
static PetscBool Place(const char *temporary, const char *path, const char *text, size_t size)
{
  int       fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  PetscBool placed;

  if (fd < 0) return PETSC_FALSE;
  placed = write(fd, text, size) == (ssize_t)size && !fsync(fd) ? PETSC_TRUE : PETSC_FALSE;
  close(fd);
  if (placed && link(temporary, path)) /* a file system without links has no better way than to look first */
    placed = errno != EEXIST && access(path, F_OK) && !rename(temporary, path) ? PETSC_TRUE : PETSC_FALSE;
  unlink(temporary);
  return placed;
}

static PetscBool RecordOf(const Whereabouts *here, const char *status, const char *reason)
{
  char text[RECORD_SIZE], path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN];

  if (!shared->directory[0]) return PETSC_FALSE;
  Join(path, shared->directory, "/SHA256SUMS", -1, "");
  if (!access(path, F_OK)) return PETSC_FALSE;
  mkdir(shared->directory, 0777);
  Join(path, shared->directory, "/failure.json", -1, "");
  if (!access(path, F_OK)) return PETSC_FALSE;
  Join(temporary, shared->directory, "/.tmp-failure-", here->rank, ".json");
  return Place(temporary, path, text, MakeRecord(here, status, reason, text));
}

void FailureRecord(const char *status, const char *reason)
{
  int kept = errno;

  RecordOf(WhereaboutsNow(), status, reason);
  errno = kept;
}

PetscBool FailureTellKilled(const char *reason, PetscBool quietly)
{
  const PetscBool placed = RecordOf(&shared->here, "killed", reason);

  if (!quietly || placed) TellOf(&shared->here, reason);
  return placed;
}

static void RemoveRecord(const char *directory)
{
  char file[PETSC_MAX_PATH_LEN];

  Join(file, directory, "/failure.json", -1, "");
  unlink(file);
}

void FailureDirectory(const char *path)
{
  size_t n = 0;

  if (shared->directory[0] || strlen(path) >= PETSC_MAX_PATH_LEN / 2) return;
  PlainText(shared->directory, PETSC_MAX_PATH_LEN, &n, path);
  if (!shared->here.rank) RemoveRecord(path);
}

void FailureLeave(const char *path, PetscBool done)
{
  if (strcmp(shared->directory, path) != 0) return;
  shared->directory[0] = '\0';
  if (done && !shared->here.rank) RemoveRecord(path);
}

/* --- Crashes --- */

static const char *CrashReason(int number)
{
  switch (number) {
  case SIGSEGV:
    return "crashed: segmentation fault (SIGSEGV), memory that is not there";
  case SIGBUS:
    return "crashed: bus error (SIGBUS), memory or a mapped file that is not there any more";
  case SIGFPE:
    return "crashed: arithmetic error (SIGFPE)";
  case SIGILL:
    return "crashed: an instruction that this processor does not have (SIGILL)";
  default:
    return "aborted (SIGABRT)";
  }
}

static void End(int number)
{
  signal(number, SIG_DFL);
  raise(number);
}

static void Crash(int number)
{
  if (!shared->told && getpid() == process) {
    shared->told = 1;
    FailureTell("crashed", CrashReason(number));
    FailureRecord("crashed", CrashReason(number));
  }
  End(number);
}

static void Stop(int number)
{
  FailureToldToStop();
  End(number);
}

void FailureToldToStop(void)
{
  shared->asked_to_stop = 1;
}

/* A library that calls exit() leaves the other ranks waiting until the launcher notices. */
static void Exit(void)
{
  static const char *const reason = "ended from within by a library (MPI ends a rank that has lost its launcher)";

  if (shared->ended || shared->told || getpid() != process) return;
  shared->told = 1;
  FailureTell("internal-error", reason);
  FailureRecord("internal-error", reason);
}

static void Catch(int number, void (*handler)(int))
{
  struct sigaction action;

  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags   = SA_ONSTACK | SA_NODEFER;
  sigaction(number, &action, NULL);
}

static PetscBool IsHandled(int number)
{
  struct sigaction action;

  return !sigaction(number, NULL, &action) && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* A stack that is full cannot hold the handler's frame. A command that listens to requests to stop goes on listening. */
static void CatchAll(void)
{
  static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}, stops[] = {SIGTERM, SIGINT, SIGUSR1};
  static char      memory[STACK_SIZE];
  stack_t          stack;

  memset(&stack, 0, sizeof stack);
  stack.ss_sp   = memory;
  stack.ss_size = sizeof memory;
  sigaltstack(&stack, NULL);
  for (size_t k = 0; k < sizeof crashes / sizeof crashes[0]; k++) Catch(crashes[k], Crash);
  for (size_t k = 0; k < sizeof stops / sizeof stops[0]; k++)
    if (!IsHandled(stops[k])) Catch(stops[k], Stop);
}

/* --- Errors --- */

PetscErrorCode FailureHandler(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                              PetscErrorType type, const char *message, void *context)
{
  const char     *name = strrchr(file, '/');
  const PetscBool memory =
      code == PETSC_ERR_MEM || strstr(function, "Malloc") || strstr(function, "Realloc") ? PETSC_TRUE : PETSC_FALSE;
  char reason[1024];

  (void)comm;
  (void)context;
  if (type != PETSC_ERROR_INITIAL) return code;
  snprintf(reason, sizeof reason, "%s in %s (%s:%d): %.700s", memory ? "out of memory" : "internal error", function,
           name ? name + 1 : file, line, message ? message : "no message");
  reason[strcspn(reason, "\n")] = '\0';
  FailureTell(memory ? "out-of-memory" : "internal-error", reason);
  return code;
}

void FailureAbort(MPI_Comm comm, int status)
{
  PetscMPIInt ranks = 1;

  fflush(stdout);
  shared->told = 1;
  FailureRecord(last_status, last_reason);
  MPI_Comm_size(comm, &ranks);
  if (ranks > 1) MPI_Abort(comm, status);
  _exit(status);
}

static void MpiFailed(MPI_Comm *comm, int *code, ...)
{
  char text[MPI_MAX_ERROR_STRING] = "", reason[MPI_MAX_ERROR_STRING + 64];
  int  length;

  (void)comm;
  MPI_Error_string(*code, text, &length);
  snprintf(reason, sizeof reason, "internal error: the message passing failed: %s", text);
  FailureTell("internal-error", reason);
  FailureAbort(job_comm, 1);
}

PetscErrorCode FailureListen(MPI_Comm comm)
{
  MPI_Errhandler handler;
  PetscMPIInt    rank, ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  WhereaboutsRank(rank, ranks);
  job_comm = comm;
  process  = getpid();
  CatchAll();
  atexit(Exit);
  shared->listening = 1;
  PetscCallMPI(MPI_Comm_create_errhandler(MpiFailed, &handler));
  PetscCallMPI(MPI_Comm_set_errhandler(comm, handler));
  PetscCallMPI(MPI_Comm_set_errhandler(MPI_COMM_SELF, handler));
  PetscCallMPI(MPI_Errhandler_free(&handler));
  PetscFunctionReturn(0);
}

/* --- Beginning and end --- */

void FailureBegin(PetscBool guarded)
{
  FailureShared *memory = NULL;

  if (guarded) memory = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory && memory != MAP_FAILED) shared = memory;
  WhereaboutsPlace(&shared->here);
  if (shared == memory) FailureGuardStart(shared);
}

void FailureEnd(void)
{
  shared->ended        = 1;
  shared->directory[0] = '\0';
  FailureGuardEnd();
}

PetscErrorCode FailureOfRegion(MPI_Comm comm, char *text, int size)
{
  const FailedSolve *failed = WhereaboutsFailedSolve();
  PetscMPIInt        rank, ranks, mine, first;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  mine = failed->failed ? rank : ranks;
  PetscCallMPI(MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, comm));
  memset(text, 0, (size_t)size);
  if (first == rank)
    snprintf(text, (size_t)size, "region %s on rank %d (%s) failed after %ld iterations with residual %.1e",
             failed->region, rank, WhereaboutsNow()->host, failed->iterations, failed->residual);
  if (first < ranks) PetscCallMPI(MPI_Bcast(text, size, MPI_CHAR, first, comm));
  PetscFunctionReturn(0);
}
