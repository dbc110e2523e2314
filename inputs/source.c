/* Reading a file once for all ranks. */
#include "inputs/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum { LOAD_OK, LOAD_ERRNO, LOAD_DIRECTORY, LOAD_SPECIAL, LOAD_EMPTY, LOAD_CHANGED } LoadStatus;

/* status, errno, size: what rank 0 tells the others before the bytes. */
typedef struct {
  long long status, error, size;
} LoadResult;

static SourceObserver observe;
static void          *observe_context;

void SourceObserve(SourceObserver observer, void *context)
{
  observe         = observer;
  observe_context = context;
}

static LoadStatus CheckKind(const struct stat *about)
{
  if (S_ISDIR(about->st_mode)) return LOAD_DIRECTORY;
  if (!S_ISREG(about->st_mode)) return LOAD_SPECIAL;
  return about->st_size > 0 ? LOAD_OK : LOAD_EMPTY;
}

static LoadStatus ReadAll(int fd, char *bytes, size_t size)
{
  size_t done = 0;
  while (done < size) {
    ssize_t got = read(fd, bytes + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return LOAD_ERRNO;
    if (got == 0) return LOAD_CHANGED;
    done += (size_t)got;
  }
  return LOAD_OK;
}

/* Not blocking on open: a pipe without a writer must not hang the job. */
static PetscErrorCode LoadHere(const char *path, LoadResult *result, char **bytes)
{
  struct stat about;
  int         fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

  PetscFunctionBeginUser;
  result->status = fd < 0 || fstat(fd, &about) ? LOAD_ERRNO : CheckKind(&about);
  result->error  = errno;
  if (result->status == LOAD_OK) {
    result->size = about.st_size;
    PetscCall(PetscMalloc1((size_t)about.st_size + 1, bytes));
    result->status = ReadAll(fd, *bytes, (size_t)about.st_size);
    result->error  = errno;
    if (result->status != LOAD_OK) PetscCall(PetscFree(*bytes));
  }
  if (fd >= 0) (void)close(fd);
  PetscFunctionReturn(0);
}

static const char *StatusText(const LoadResult *result)
{
  switch ((LoadStatus)result->status) {
  case LOAD_DIRECTORY:
    return "found a directory, expected a file";
  case LOAD_SPECIAL:
    return "found a device or pipe, expected a file";
  case LOAD_EMPTY:
    return "the file is empty";
  case LOAD_CHANGED:
    return "the file shrank while it was read";
  default:
    return strerror((int)result->error);
  }
}

static PetscErrorCode BroadcastBytes(MPI_Comm comm, char *bytes, long long size)
{
  const long long chunk = 1LL << 30; /* MPI counts are ints */
  PetscFunctionBeginUser;
  for (long long at = 0; at < size; at += chunk)
    PetscCallMPI(MPI_Bcast(bytes + at, (int)PetscMin(chunk, size - at), MPI_BYTE, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode SourceKind(MPI_Comm comm, const char *path, const char *name, PathKind *kind)
{
  PetscMPIInt rank;
  int         found = PATH_NONE;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    struct stat about;
    char        joined[PETSC_MAX_PATH_LEN];
    PetscCall(PetscSNPrintf(joined, sizeof joined, "%s%s%s", path, name ? "/" : "", name ? name : ""));
    if (!stat(joined, &about)) found = S_ISDIR(about.st_mode) ? PATH_DIRECTORY : PATH_FILE;
  }
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_INT, 0, comm));
  *kind = (PathKind)found;
  PetscFunctionReturn(0);
}

static PetscInt LineOf(const char *bytes, const char *at)
{
  PetscInt line = 1;
  for (; bytes < at; ++bytes) line += *bytes == '\n';
  return line;
}

static PetscErrorCode Wrap(const char *path, char *bytes, size_t size, Source **source)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(source));
  PetscCall(PetscStrallocpy(path, &(*source)->path));
  bytes[size]      = 0;
  (*source)->bytes = bytes;
  (*source)->size  = size;
  PetscFunctionReturn(0);
}

PetscErrorCode SourceLoad(MPI_Comm comm, const char *path, Faults faults, Source **source)
{
  LoadResult  result = {0, 0, 0};
  char       *bytes  = NULL;
  const char *zero;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  *source = NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) PetscCall(LoadHere(path, &result, &bytes));
  if (rank == 0 && observe && result.status == LOAD_OK) observe(path, bytes, (size_t)result.size, observe_context);
  PetscCallMPI(MPI_Bcast(&result, 3, MPI_LONG_LONG, 0, comm));
  if (result.status != LOAD_OK) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, 0, "%s", StatusText(&result)));
    PetscFunctionReturn(0);
  }
  if (rank) PetscCall(PetscMalloc1((size_t)result.size + 1, &bytes));
  PetscCall(BroadcastBytes(comm, bytes, result.size));
  zero = memchr(bytes, 0, (size_t)result.size);
  if (zero) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, LineOf(bytes, zero), "found a zero byte, expected text"));
    PetscCall(PetscFree(bytes));
    PetscFunctionReturn(0);
  }
  PetscCall(Wrap(path, bytes, (size_t)result.size, source));
  PetscFunctionReturn(0);
}

PetscErrorCode SourceFromBytes(const char *path, const char *bytes, size_t size, Source **source)
{
  char *copy;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(size + 1, &copy));
  PetscCall(PetscMemcpy(copy, bytes, size));
  PetscCall(Wrap(path, copy, size, source));
  PetscFunctionReturn(0);
}

PetscErrorCode SourceDestroy(Source **source)
{
  PetscFunctionBeginUser;
  if (!source || !*source) PetscFunctionReturn(0);
  PetscCall(PetscFree((*source)->path));
  PetscCall(PetscFree((*source)->bytes));
  PetscCall(PetscFree(*source));
  PetscFunctionReturn(0);
}

/* --- tables of a folder */

static int CompareTexts(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static int IsTable(const struct dirent *entry)
{
  const size_t n = strlen(entry->d_name);
  return n > 4 && !strcmp(entry->d_name + n - 4, ".csv") && !strchr(entry->d_name, '\n');
}

/* One name per line, or NULL when the folder cannot be read. Rank 0 only. */
static PetscErrorCode ListTables(const char *path, char **text)
{
  struct dirent **entry;
  int             n    = scandir(path, &entry, IsTable, NULL);
  size_t          size = 1;

  PetscFunctionBegin;
  *text = NULL;
  if (n < 0) PetscFunctionReturn(0);
  for (int k = 0; k < n; k++) size += strlen(entry[k]->d_name) + 1;
  PetscCall(PetscCalloc1(size, text));
  for (int k = 0, used = 0; k < n; k++) {
    used += sprintf(*text + used, "%s\n", entry[k]->d_name);
    free(entry[k]);
  }
  free(entry);
  PetscFunctionReturn(0);
}

PetscErrorCode SourceTables(MPI_Comm comm, const char *path, Faults faults, PetscInt *n, char ***file)
{
  PetscMPIInt rank;
  char       *text = NULL, *at;
  long long   size = -1;

  PetscFunctionBegin;
  *n    = 0;
  *file = NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) PetscCall(ListTables(path, &text));
  if (text) size = (long long)strlen(text) + 1;
  PetscCallMPI(MPI_Bcast(&size, 1, MPI_LONG_LONG, 0, comm));
  if (size < 0) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, 0, "found no folder that can be read, expected a PyPSA CSV folder"));
    PetscFunctionReturn(0);
  }
  if (rank) PetscCall(PetscMalloc1(size, &text));
  PetscCallMPI(MPI_Bcast(text, (int)size, MPI_CHAR, 0, comm));
  for (at = text; *at; at++) *n += *at == '\n';
  PetscCall(PetscCalloc1(*n + 1, file));
  at = text;
  for (PetscInt k = 0; k < *n; k++) {
    char *end = strchr(at, '\n');

    *end = 0;
    PetscCall(PetscStrallocpy(at, &(*file)[k]));
    at = end + 1;
  }
  qsort(*file, (size_t)*n, sizeof **file, CompareTexts);
  PetscCall(PetscFree(text));
  PetscFunctionReturn(0);
}
