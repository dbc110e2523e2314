/* The run directory: a state machine of whole windows. */
#include "jobs/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "jobs/digest.h"

struct _p_RunDirectory {
  char path[PETSC_MAX_PATH_LEN / 2];
  int  lock;
};

const char *RunDirectoryFile(RunDirectory directory, const char *name)
{
  static char path[4][PETSC_MAX_PATH_LEN];
  static int  next = 0;
  char       *p    = path[next++ % 4];

  snprintf(p, PETSC_MAX_PATH_LEN, "%s/%s", directory->path, name);
  return p;
}

/* A directory without study.json may only be used when it is empty. */
static PetscBool IsEmpty(const char *path)
{
  DIR                 *directory = opendir(path);
  const struct dirent *entry;
  PetscBool            empty = PETSC_TRUE;

  if (!directory) return PETSC_FALSE;
  while ((entry = readdir(directory)))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strncmp(entry->d_name, ".tmp-", 5) != 0)
      empty = PETSC_FALSE;
  closedir(directory);
  return empty;
}

PetscBool RunDirectoryUsable(const char *path, FileError *error)
{
  char        at[PETSC_MAX_PATH_LEN], study[PETSC_MAX_PATH_LEN];
  struct stat info;

  if (strlen(path) >= PETSC_MAX_PATH_LEN / 2) {
    errno = ENAMETOOLONG;
    return FileFail(error, "-o DIR", "cannot be used");
  }
  snprintf(at, sizeof at, "%s", path);
  while (stat(at, &info) && errno == ENOENT) { /* up to the folder in which new ones are made */
    char parent[PETSC_MAX_PATH_LEN];
    snprintf(parent, sizeof parent, "%s", at);
    snprintf(at, sizeof at, "%s", dirname(parent));
  }
  if (stat(at, &info)) return FileFail(error, path, "cannot be made");
  if (!S_ISDIR(info.st_mode)) {
    errno = ENOTDIR;
    return FileFail(error, path, strcmp(at, path) ? "cannot be made" : "is no directory");
  }
  if (access(at, W_OK | X_OK)) return FileFail(error, path, "cannot be written");
  FileJoin(study, sizeof study, path, "study.json");
  if (strcmp(at, path) != 0 || FileExists(study) || IsEmpty(path)) return PETSC_TRUE;
  snprintf(error->text, sizeof error->text, "%.900s: is neither empty nor a run directory", path);
  return PETSC_FALSE;
}

void RunDirectoryTellDifference(const char *path, const char *found, const char *expected, FileError *error)
{
  size_t at = 0, line = 0;
  int    number = 1;

  for (; found[at] && found[at] == expected[at]; at++) {
    if (found[at] != '\n') continue;
    line = at + 1;
    number++;
  }
  found += line + strspn(found + line, " ");
  expected += line + strspn(expected + line, " ");
  snprintf(error->text, sizeof error->text,
           "%.500s:%d: the directory holds another run: found %.*s, expected %.*s (choose another -o DIR)", path,
           number, (int)PetscMin(strcspn(found, ",\n"), 160), found, (int)PetscMin(strcspn(expected, ",\n"), 160),
           expected);
}

static RunDirectoryStatus CheckIdentity(RunDirectory directory, const char *identity, FileError *error)
{
  const char *path = RunDirectoryFile(directory, "study.json");
  char       *found;
  size_t      size;
  PetscBool   same;

  if (!FileExists(path)) {
    if (!RunDirectoryUsable(directory->path, error)) return RUNDIR_OTHER;
    return FileWrite(path, identity, strlen(identity), error) ? RUNDIR_OK : RUNDIR_FAILED;
  }
  if (!FileRead(path, &found, &size, error)) return RUNDIR_FAILED;
  same = strcmp(found, identity) ? PETSC_FALSE : PETSC_TRUE;
  if (!same) RunDirectoryTellDifference(path, found, identity, error);
  free(found);
  return same ? RUNDIR_OK : RUNDIR_OTHER;
}

static RunDirectoryStatus Lock(RunDirectory directory, FileError *error)
{
  directory->lock = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory->lock < 0) {
    FileFail(error, directory->path, "cannot be opened");
    return RUNDIR_FAILED;
  }
  if (FileLock(directory->lock, directory->path)) return RUNDIR_OK;
  snprintf(error->text, sizeof error->text, "%.900s: another run is at work in this directory", directory->path);
  return RUNDIR_OTHER;
}

RunDirectoryStatus RunDirectoryOpen(const char *path, const char *identity, RunDirectory *directory, FileError *error)
{
  RunDirectoryStatus status;
  RunDirectory       d = calloc(1, sizeof *d);

  *directory = NULL;
  if (!d) return RUNDIR_FAILED;
  d->lock = -1;
  if (snprintf(d->path, sizeof d->path, "%s", path) >= (int)sizeof d->path) {
    errno  = ENAMETOOLONG;
    status = FileFail(error, "-o DIR", "cannot be used") ? RUNDIR_OK : RUNDIR_FAILED;
  } else {
    status = DirectoryMake(path, error) ? RUNDIR_OK : RUNDIR_OTHER;
  }
  if (status == RUNDIR_OK) status = Lock(d, error);
  if (status == RUNDIR_OK) status = CheckIdentity(d, identity, error);
  if (status == RUNDIR_OK && !DirectoryMake(RunDirectoryFile(d, "windows"), error)) status = RUNDIR_FAILED;
  if (status == RUNDIR_OK && !(DirectorySweep(d->path, error) && DirectorySweep(RunDirectoryFile(d, "windows"), error)))
    status = RUNDIR_FAILED;
  if (status == RUNDIR_OK) unlink(RunDirectoryFile(d, "failure.json"));
  if (status == RUNDIR_OK)
    *directory = d;
  else
    RunDirectoryClose(&d);
  return status;
}

void RunDirectoryClose(RunDirectory *directory)
{
  if (!*directory) return;
  if ((*directory)->lock >= 0) close((*directory)->lock);
  free(*directory);
  *directory = NULL;
}

PetscBool RunDirectoryComplete(RunDirectory directory)
{
  return FileExists(RunDirectoryFile(directory, "summary.json")) &&
                 FileExists(RunDirectoryFile(directory, "SHA256SUMS"))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* The folder of a window, found by its number. */
static PetscBool FindWindow(RunDirectory directory, PetscInt window, char *path, size_t size)
{
  char                 prefix[16];
  const char          *parent = RunDirectoryFile(directory, "windows");
  DIR                 *stream = opendir(parent);
  const struct dirent *entry;
  PetscBool            found = PETSC_FALSE;

  if (!stream) return PETSC_FALSE;
  snprintf(prefix, sizeof prefix, "%04d-", (int)window);
  while (!found && (entry = readdir(stream)))
    found = !strncmp(entry->d_name, prefix, strlen(prefix)) &&
                    snprintf(path, size, "%s/%s", parent, entry->d_name) < (int)size
                ? PETSC_TRUE
                : PETSC_FALSE;
  closedir(stream);
  return found;
}

PetscInt RunDirectoryWindows(RunDirectory directory)
{
  char     path[PETSC_MAX_PATH_LEN];
  PetscInt n = 0;

  while (FindWindow(directory, n, path, sizeof path)) n++;
  return n;
}

PetscBool RunDirectoryCheckWindows(RunDirectory directory, FileError *error)
{
  char path[PETSC_MAX_PATH_LEN];

  for (PetscInt w = 0; FindWindow(directory, w, path, sizeof path); w++)
    if (!DigestCheck(path, error)) return PETSC_FALSE;
  return PETSC_TRUE;
}

PetscBool RunDirectoryCheck(RunDirectory directory, FileError *error)
{
  return DigestCheck(directory->path, error) && RunDirectoryCheckWindows(directory, error) ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool RunDirectorySeal(RunDirectory directory, FileError *error)
{
  static const char *const files[] = {"results.nc", "settlement.csv", "study.json", "summary.csv", "summary.json"};

  return DigestWrite(directory->path, (int)(sizeof files / sizeof files[0]), files, error);
}

PetscBool RunDirectoryWindowFile(RunDirectory directory, PetscInt window, const char *name, char *path, size_t size)
{
  char folder[PETSC_MAX_PATH_LEN];

  if (!FindWindow(directory, window, folder, sizeof folder)) return PETSC_FALSE;
  return snprintf(path, size, "%s/%s", folder, name) < (int)size ? PETSC_TRUE : PETSC_FALSE;
}

static void WindowName(PetscInt window, long long start, char name[64])
{
  time_t    t = (time_t)start;
  struct tm parts;
  char      text[32];

  gmtime_r(&t, &parts);
  strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  snprintf(name, 64, "%04d-%s", (int)window, text);
}

PetscBool RunDirectoryBegin(RunDirectory directory, PetscInt window, long long start, char *path, size_t size,
                            FileError *error)
{
  char name[64];

  WindowName(window, start, name);
  snprintf(path, size, "%s/windows/.tmp-%s", directory->path, name);
  return DirectoryRemove(path, error) && DirectoryMake(path, error);
}

PetscBool RunDirectoryCommit(RunDirectory directory, PetscInt window, long long start, FileError *error)
{
  char name[64], from[PETSC_MAX_PATH_LEN], to[PETSC_MAX_PATH_LEN];

  WindowName(window, start, name);
  snprintf(from, sizeof from, "%s/windows/.tmp-%s", directory->path, name);
  snprintf(to, sizeof to, "%s/windows/%s", directory->path, name);
  return DirectoryCommit(from, to, error);
}

PetscBool RunDirectoryDrop(RunDirectory directory, PetscInt window, FileError *error)
{
  char path[PETSC_MAX_PATH_LEN], away[PETSC_MAX_PATH_LEN];

  if (!FindWindow(directory, window, path, sizeof path)) return PETSC_TRUE;
  snprintf(away, sizeof away, "%s/windows/.tmp-dropped-%04d", directory->path, (int)window); /* whole, or away */
  if (!DirectoryRemove(away, error)) return PETSC_FALSE;
  if (rename(path, away)) return FileFail(error, path, "cannot be removed");
  return DirectoryRemove(away, error);
}
