/* Files that appear whole or not at all. */
#define _GNU_SOURCE
#include "jobs/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void FileJoin(char *path, size_t size, const char *folder, const char *name)
{
  int n = snprintf(path, size, "%s/%s", folder, name);
  if (n < 0 || (size_t)n >= size) path[0] = '\0';
}

PetscBool FileFail(FileError *error, const char *path, const char *what)
{
  snprintf(error->text, sizeof error->text, "%.700s: %.100s: %.200s", path, what, strerror(errno));
  return PETSC_FALSE;
}

static void Parent(const char *path, char directory[PETSC_MAX_PATH_LEN])
{
  char copy[PETSC_MAX_PATH_LEN];
  snprintf(copy, sizeof copy, "%s", path);
  snprintf(directory, PETSC_MAX_PATH_LEN, "%s", dirname(copy));
}

PetscBool FileTemporary(const char *path, char *temporary, FileError *error)
{
  char directory[PETSC_MAX_PATH_LEN], copy[PETSC_MAX_PATH_LEN];

  Parent(path, directory);
  snprintf(copy, sizeof copy, "%s", path);
  if (snprintf(temporary, PETSC_MAX_PATH_LEN, "%s/.tmp-%s", directory, basename(copy)) < PETSC_MAX_PATH_LEN)
    return PETSC_TRUE;
  errno = ENAMETOOLONG;
  return FileFail(error, path, "cannot be written");
}

static int WriteAll(int fd, const char *bytes, size_t size)
{
  while (size) {
    ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    bytes += n;
    size -= (size_t)n;
  }
  return 0;
}

PetscBool FileWrite(const char *path, const void *bytes, size_t size, FileError *error)
{
  char temporary[PETSC_MAX_PATH_LEN];
  int  fd, failed, why;

  if (!FileTemporary(path, temporary, error)) return PETSC_FALSE;
  fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return FileFail(error, path, "cannot be written");
  failed = WriteAll(fd, bytes, size);
  why    = errno;
  if (close(fd) && !failed) {
    failed = 1;
    why    = errno;
  }
  if (!failed) return FileReplace(temporary, path, error);
  unlink(temporary);
  errno = why;
  return FileFail(error, path, "cannot be written");
}

PetscBool FileReplace(const char *temporary, const char *path, FileError *error)
{
  char directory[PETSC_MAX_PATH_LEN];
  int  fd = open(temporary, O_RDWR | O_CLOEXEC);
  int  failed, why;

  failed = fd < 0 || fsync(fd);
  why    = errno;
  if (fd >= 0) close(fd);
  if (!failed && rename(temporary, path)) {
    failed = 1;
    why    = errno;
  }
  if (failed) {
    unlink(temporary);
    errno = why;
    return FileFail(error, path, "cannot be written");
  }
  Parent(path, directory);
  return DirectorySync(directory, error);
}

PetscBool FileRead(const char *path, char **bytes, size_t *size, FileError *error)
{
  FILE       *file = fopen(path, "rbe");
  struct stat info;
  size_t      got;

  *bytes = NULL;
  if (!file) return FileFail(error, path, "cannot be read");
  if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
    fclose(file);
    errno = EISDIR;
    return FileFail(error, path, "cannot be read");
  }
  *bytes = malloc((size_t)info.st_size + 1);
  if (!*bytes) {
    fclose(file);
    return FileFail(error, path, "cannot be read");
  }
  got = fread(*bytes, 1, (size_t)info.st_size, file);
  fclose(file);
  (*bytes)[got] = '\0';
  *size         = got;
  return PETSC_TRUE;
}

PetscBool FileLock(int descriptor, const char *path)
{
  if (!flock(descriptor, LOCK_EX | LOCK_NB)) return PETSC_TRUE;
  if (errno != ENOTSUP && errno != ENOLCK && errno != ENOSYS) return PETSC_FALSE;
  fprintf(
      stderr,
      "archipelago: warning: %s: the file system has no locks: nothing keeps a second run out of this directory and "
      "its ledger\n",
      path);
  return PETSC_TRUE;
}

PetscBool FileExists(const char *path)
{
  return access(path, F_OK) == 0 ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool FileExistsIn(const char *folder, const char *name)
{
  char path[PETSC_MAX_PATH_LEN];

  FileJoin(path, sizeof path, folder, name);
  return FileExists(path);
}

PetscBool FileWritable(const char *path, FileError *error)
{
  char        directory[PETSC_MAX_PATH_LEN];
  struct stat info;

  Parent(path, directory);
  if (!path[0]) {
    snprintf(error->text, sizeof error->text, "found an empty name for the output, expected a file");
    return PETSC_FALSE;
  }
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
    snprintf(error->text, sizeof error->text, "%.700s: cannot be written: found %s, expected a file or nothing", path,
             S_ISDIR(info.st_mode) ? "a directory" : "a device or pipe");
    return PETSC_FALSE;
  }
  if (stat(directory, &info) == 0 && !S_ISDIR(info.st_mode)) {
    errno = ENOTDIR;
    return FileFail(error, path, "cannot be written");
  }
  if (access(directory, W_OK | X_OK)) return FileFail(error, path, "cannot be written");
  return PETSC_TRUE;
}

PetscBool DirectoryMake(const char *path, FileError *error)
{
  char parent[PETSC_MAX_PATH_LEN];

  struct stat info;

  if (stat(path, &info) == 0) {
    if (S_ISDIR(info.st_mode)) return PETSC_TRUE;
    errno = ENOTDIR;
    return FileFail(error, path, "is no directory");
  }
  if (errno != ENOENT) return FileFail(error, path, "cannot be made");
  Parent(path, parent);
  if (strcmp(parent, path) != 0 && !DirectoryMake(parent, error)) return PETSC_FALSE;
  if (mkdir(path, 0777) && errno != EEXIST) return FileFail(error, path, "cannot be made");
  return DirectorySync(parent, error);
}

PetscBool DirectorySync(const char *path, FileError *error)
{
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int failed;

  if (fd < 0) return FileFail(error, path, "cannot be opened");
  failed = fsync(fd) && errno != EINVAL;
  close(fd);
  return failed ? FileFail(error, path, "cannot be synced to disk") : PETSC_TRUE;
}

static int RemoveOne(const char *path, const struct stat *info, int type, struct FTW *where)
{
  (void)info;
  (void)type;
  (void)where;
  return remove(path);
}

PetscBool DirectoryRemove(const char *path, FileError *error)
{
  if (!FileExists(path)) return PETSC_TRUE;
  if (nftw(path, RemoveOne, 16, FTW_DEPTH | FTW_PHYS)) return FileFail(error, path, "cannot be removed");
  return PETSC_TRUE;
}

PetscBool DirectorySweep(const char *path, FileError *error)
{
  DIR                 *directory = opendir(path);
  PetscBool            fine      = PETSC_TRUE;
  char                 name[PETSC_MAX_PATH_LEN];
  const struct dirent *entry;

  if (!directory) return FileFail(error, path, "cannot be read");
  while (fine && (entry = readdir(directory))) {
    if (strncmp(entry->d_name, ".tmp-", 5) != 0) continue;
    if (snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= (int)sizeof name) continue;
    fine = DirectoryRemove(name, error);
  }
  closedir(directory);
  return fine;
}

PetscBool DirectoryCommit(const char *from, const char *to, FileError *error)
{
  char parent[PETSC_MAX_PATH_LEN];

  Parent(to, parent);
  if (!DirectorySync(from, error)) return PETSC_FALSE;
  if (rename(from, to)) return FileFail(error, to, "cannot be put in place");
  return DirectorySync(parent, error);
}

void TextAddBytes(Text *text, const void *bytes, size_t size)
{
  if (text->size + size + 1 > text->capacity) {
    size_t capacity = 2 * (text->size + size) + 256;
    char  *grown    = realloc(text->bytes, capacity);
    if (!grown) abort();
    text->bytes    = grown;
    text->capacity = capacity;
  }
  memcpy(text->bytes + text->size, bytes, size);
  text->size += size;
  text->bytes[text->size] = '\0';
}

void TextAdd(Text *text, const char *format, ...)
{
  va_list args;
  char    small[512];
  int     n;

  va_start(args, format);
  n = vsnprintf(small, sizeof small, format, args);
  va_end(args);
  if (n < (int)sizeof small) {
    TextAddBytes(text, small, (size_t)n);
  } else {
    char *large = malloc((size_t)n + 1);
    if (!large) abort();
    va_start(args, format);
    vsnprintf(large, (size_t)n + 1, format, args);
    va_end(args);
    TextAddBytes(text, large, (size_t)n);
    free(large);
  }
}

void TextAddField(Text *text, const char *field)
{
  if (!strpbrk(field, ",\"\r\n")) {
    TextAddBytes(text, field, strlen(field));
    return;
  }
  TextAddBytes(text, "\"", 1);
  for (; *field; field++) {
    if (*field == '"') TextAddBytes(text, "\"", 1);
    TextAddBytes(text, field, 1);
  }
  TextAddBytes(text, "\"", 1);
}
