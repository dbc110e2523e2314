/* The directory of a plan. */
#include "jobs/plan_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/digest.h"
#include "jobs/rundir.h"

enum { PATH_SIZE = PETSC_MAX_PATH_LEN / 2 };

struct _p_PlanDirectory {
  char      path[PATH_SIZE], folder[PETSC_MAX_PATH_LEN];
  int       lock;
  PetscBool goes_on, kept;
};

const char *PlanDirectoryFolder(PlanDirectory directory)
{
  return directory->folder;
}

static PetscBool IsDots(const char *name)
{
  return !strcmp(name, ".") || !strcmp(name, "..") ? PETSC_TRUE : PETSC_FALSE;
}

/* Nothing, or what a failed plan left. */
static PetscBool HoldsNothing(const char *path)
{
  DIR                 *stream = opendir(path);
  const struct dirent *entry;
  PetscBool            nothing = PETSC_TRUE;

  if (!stream) return errno == ENOENT ? PETSC_TRUE : PETSC_FALSE;
  while ((entry = readdir(stream)))
    if (!IsDots(entry->d_name) && strcmp(entry->d_name, "failure.json") != 0 && strncmp(entry->d_name, ".tmp-", 5) != 0)
      nothing = PETSC_FALSE;
  closedir(stream);
  return nothing;
}

static PlanDirectoryStatus Compare(const char *path, const char *identity, FileError *error)
{
  char                file[PETSC_MAX_PATH_LEN], *found;
  size_t              size;
  PlanDirectoryStatus status = PLANDIR_OTHER;

  FileJoin(file, sizeof file, path, "study.json");
  if (!FileRead(file, &found, &size, error)) return PLANDIR_FAILED;
  if (!strcmp(found, identity))
    status = DigestCheck(path, error) ? PLANDIR_COMPLETE : PLANDIR_BROKEN;
  else
    RunDirectoryTellDifference(file, found, identity, error);
  free(found);
  return status;
}

/* Beside the directory: ".tmp-NAME". What is there already is taken by its full name. */
static PetscBool NameFolder(PlanDirectory d, const char *path, FileError *error)
{
  char     *slash, *full = realpath(path, NULL);
  const int length = snprintf(d->path, sizeof d->path, "%s", full ? full : path);

  free(full);
  if (getcwd(d->folder, sizeof d->folder) && !strcmp(d->path, d->folder)) { /* another folder takes its place */
    snprintf(error->text, sizeof error->text, "%.900s: is the working directory, expected another -o DIR", path);
    return PETSC_FALSE;
  }
  if (length >= (int)sizeof d->path) {
    errno = ENAMETOOLONG;
    return FileFail(error, "-o DIR", "cannot be used");
  }
  for (size_t n = strlen(d->path); n > 1 && d->path[n - 1] == '/'; n--) d->path[n - 1] = '\0';
  slash = strrchr(d->path, '/');
  snprintf(d->folder, sizeof d->folder, "%.*s.tmp-%s", slash ? (int)(slash + 1 - d->path) : 0, d->path,
           slash ? slash + 1 : d->path);
  return PETSC_TRUE;
}

/* Whether a file of the folder has this text. */
static PetscBool Holds(PlanDirectory d, const char *name, const char *text)
{
  char      path[PETSC_MAX_PATH_LEN], *found = NULL;
  size_t    size;
  FileError ignored;
  PetscBool same;

  FileJoin(path, sizeof path, d->folder, name);
  if (!FileExists(path) || !FileRead(path, &found, &size, &ignored)) return PETSC_FALSE;
  same = strcmp(found, text) ? PETSC_FALSE : PETSC_TRUE;
  free(found);
  return same;
}

/* Removes all that is in the folder; of a plan that goes on only what killed writes left, and what would make it look complete. */
static PetscBool Empty(PlanDirectory d, FileError *error)
{
  static const char *const last[] = {"plan.json", "SHA256SUMS"};
  DIR                     *stream;
  const struct dirent     *entry;
  char                     name[PETSC_MAX_PATH_LEN];
  PetscBool                fine = PETSC_TRUE;

  for (size_t k = 0; d->goes_on && fine && k < sizeof last / sizeof last[0]; k++) {
    FileJoin(name, sizeof name, d->folder, last[k]);
    fine = DirectoryRemove(name, error);
  }
  if (d->goes_on) return fine && DirectorySweep(d->folder, error) ? PETSC_TRUE : PETSC_FALSE;
  stream = opendir(d->folder);
  while (stream && fine && (entry = readdir(stream)))
    if (!IsDots(entry->d_name)) {
      FileJoin(name, sizeof name, d->folder, entry->d_name);
      fine = DirectoryRemove(name, error);
    }
  if (stream) closedir(stream);
  return stream && fine ? PETSC_TRUE : PETSC_FALSE;
}

/* study.json first and the program last: a folder that has both has been prepared. */
static PetscBool Mark(PlanDirectory d, const char *identity, const char *program, FileError *error)
{
  char name[PETSC_MAX_PATH_LEN];

  FileJoin(name, sizeof name, d->folder, "study.json");
  if (!FileWrite(name, identity, strlen(identity), error)) return PETSC_FALSE;
  FileJoin(name, sizeof name, d->folder, PLAN_UNFINISHED);
  if (!DirectoryMake(name, error)) return PETSC_FALSE;
  FileJoin(name, sizeof name, d->folder, PLAN_UNFINISHED "/program");
  return FileWrite(name, program, strlen(program), error);
}

/* The folder is made and locked. What an earlier start of the same plan left in it stays. */
static PlanDirectoryStatus Prepare(PlanDirectory d, const char *identity, const char *program, FileError *error)
{
  if (!DirectoryMake(d->folder, error)) return PLANDIR_OTHER;
  d->lock = open(d->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (d->lock < 0) return FileFail(error, d->folder, "cannot be opened") ? PLANDIR_READY : PLANDIR_FAILED;
  if (!FileLock(d->lock, d->path)) {
    close(d->lock);
    d->lock = -1;
    snprintf(error->text, sizeof error->text, "%.900s: another run is at work on this directory", d->path);
    return PLANDIR_OTHER;
  }
  d->goes_on =
      Holds(d, "study.json", identity) && Holds(d, PLAN_UNFINISHED "/program", program) ? PETSC_TRUE : PETSC_FALSE;
  if (!Empty(d, error)) return PLANDIR_FAILED;
  return d->goes_on || Mark(d, identity, program, error) ? PLANDIR_READY : PLANDIR_FAILED;
}

PetscBool PlanDirectoryGoesOn(PlanDirectory directory)
{
  return directory->goes_on;
}

void PlanDirectoryKeep(PlanDirectory directory)
{
  directory->kept = PETSC_TRUE;
}

PetscBool PlanDirectoryUnfinished(const char *path, char folder[PETSC_MAX_PATH_LEN])
{
  struct _p_PlanDirectory d = {.lock = -1};
  FileError               ignored;
  char                    study[PETSC_MAX_PATH_LEN];

  if (!NameFolder(&d, path, &ignored)) return PETSC_FALSE;
  snprintf(folder, PETSC_MAX_PATH_LEN, "%s", d.folder);
  FileJoin(study, sizeof study, folder, "study.json");
  return FileExists(study);
}

PlanDirectoryStatus PlanDirectoryOpen(const char *path, const char *identity, const char *program,
                                      PlanDirectory *directory, FileError *error)
{
  PlanDirectoryStatus status = PLANDIR_READY;
  PlanDirectory       d      = calloc(1, sizeof *d);
  char                file[PETSC_MAX_PATH_LEN];

  *directory = NULL;
  if (!d) return PLANDIR_FAILED;
  d->lock = -1;
  if (!NameFolder(d, path, error)) status = PLANDIR_OTHER;
  if (status == PLANDIR_READY && !HoldsNothing(d->path)) {
    FileJoin(file, sizeof file, d->path, "plan.json");
    status = FileExists(file) ? Compare(d->path, identity, error) : PLANDIR_OTHER;
    if (!FileExists(file))
      snprintf(error->text, sizeof error->text, "%.900s: is neither empty nor the directory of a plan", path);
  }
  if (status == PLANDIR_READY && !FileExists(d->path) && !RunDirectoryUsable(d->path, error)) status = PLANDIR_OTHER;
  if (status == PLANDIR_READY) status = Prepare(d, identity, program, error);
  if (status == PLANDIR_READY)
    *directory = d;
  else
    PlanDirectoryClose(&d);
  return status;
}

static int ByName(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the files at the top of the folder, sorted; the caller frees each and the list. */
static char **ListFiles(const char *folder, int *n)
{
  DIR                 *stream = opendir(folder);
  const struct dirent *entry;
  char               **name = NULL, **grown, path[PETSC_MAX_PATH_LEN];
  struct stat          info;

  *n = 0;
  while (stream && (entry = readdir(stream))) {
    FileJoin(path, sizeof path, folder, entry->d_name);
    if (stat(path, &info) || !S_ISREG(info.st_mode) || !strcmp(entry->d_name, "provenance.json")) continue;
    grown = realloc(name, sizeof *name * ((size_t)*n + 1));
    if (!grown) break;
    name     = grown;
    name[*n] = strdup(entry->d_name);
    if (name[*n]) ++*n;
  }
  if (stream) closedir(stream);
  if (*n > 1) qsort(name, (size_t)*n, sizeof *name, ByName);
  return name;
}

/* Takes away what may stand where the folder is to come: an empty directory, a failed plan's. */
static PetscBool Clear(PlanDirectory d, FileError *error)
{
  if (!HoldsNothing(d->path)) {
    snprintf(error->text, sizeof error->text, "%.900s: something was put there meanwhile", d->path);
    return PETSC_FALSE;
  }
  return DirectoryRemove(d->path, error);
}

PetscBool PlanDirectoryCommit(PlanDirectory directory, FileError *error)
{
  int       n;
  char    **name = ListFiles(directory->folder, &n);
  PetscBool good = DigestWrite(directory->folder, n, (const char *const *)name, error);

  for (int k = 0; k < n; k++) free(name[k]);
  free(name);
  if (good) good = Clear(directory, error);
  if (good) good = DirectoryCommit(directory->folder, directory->path, error);
  return good;
}

PetscBool PlanDirectoryFail(PlanDirectory directory, const char *text, FileError *error)
{
  char file[PETSC_MAX_PATH_LEN];

  FileJoin(file, sizeof file, directory->path, "failure.json");
  return DirectoryMake(directory->path, error) && FileWrite(file, text, strlen(text), error) ? PETSC_TRUE : PETSC_FALSE;
}

void PlanDirectoryClose(PlanDirectory *directory)
{
  FileError ignored;

  if (!*directory) return;
  if ((*directory)->lock >= 0) {
    struct stat mine, there; /* the folder has its name unless this one still stands there */
    if (!(*directory)->kept && !fstat((*directory)->lock, &mine) && !stat((*directory)->folder, &there) &&
        mine.st_ino == there.st_ino)
      DirectoryRemove((*directory)->folder, &ignored);
    close((*directory)->lock);
  }
  free(*directory);
  *directory = NULL;
}
