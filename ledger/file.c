/* Files that appear whole or not at all, and files that are read whole. */
#define _GNU_SOURCE /* mkostemp */
#include "ledger/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

LedgerStatus LedgerPathJoin(char path[LEDGER_PATH_MAX], const char *directory, const char *name, LedgerError *error)
{
  bool slash  = directory && *directory && directory[strlen(directory) - 1] != '/';
  int  length = snprintf(path, LEDGER_PATH_MAX, "%s%s%s", directory ? directory : "", slash ? "/" : "", name);
  if (length < 0 || length >= LEDGER_PATH_MAX) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "path is longer than %d bytes", LEDGER_PATH_MAX);
  }
  return LEDGER_OK;
}

bool LedgerFileExists(const char *path)
{
  struct stat about;
  return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

bool LedgerDirectoryExists(const char *path)
{
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Appends what the file holds, `expected` bytes unless it changes meanwhile. */
static LedgerStatus ReadAll(int fd, const char *path, size_t expected, size_t limit, LedgerBytes *bytes,
                            LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  size_t       done   = 0;
  for (;;) {
    size_t  want = done < expected && expected <= limit ? expected - done + 1 : 4096; /* one more shows the end */
    ssize_t got;
    status = LedgerBytesReserve(bytes, want, error);
    if (status != LEDGER_OK) return status;
    got = read(fd, bytes->data + bytes->size, want);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return LedgerFail(error, LEDGER_INPUT, path, "cannot be read: %s", strerror(errno));
    if (got == 0) break;
    done += (size_t)got;
    if (done > limit) {
      return LedgerFail(error, LEDGER_FALSE, path, "is longer than the %zu bytes it may have", limit);
    }
    bytes->size += (size_t)got;
  }
  bytes->data[bytes->size] = 0;
  return status;
}

LedgerStatus LedgerFileRead(const char *path, size_t limit, LedgerStatus absent, LedgerBytes *bytes, LedgerError *error)
{
  LedgerStatus status;
  struct stat  about;
  int          fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return LedgerFail(error, absent, path, "is missing");
  if (fd < 0) return LedgerFail(error, LEDGER_INPUT, path, "cannot be opened: %s", strerror(errno));
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    status = LedgerFail(error, LEDGER_INPUT, path, "is not a regular file");
    goto out;
  }
  LEDGER_TRY(ReadAll(fd, path, (size_t)about.st_size, limit, bytes, error));
out:
  close(fd);
  return status;
}

/* Fills `data` from the file; fewer bytes are left in *size when it ends before. */
static LedgerStatus ReadInto(int fd, const char *path, uint8_t *data, size_t *size, LedgerError *error)
{
  size_t done = 0;
  while (done < *size) {
    ssize_t got = read(fd, data + done, *size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return LedgerFail(error, LEDGER_INPUT, path, "cannot be read: %s", strerror(errno));
    if (got == 0) break;
    done += (size_t)got;
  }
  *size = done;
  return LEDGER_OK;
}

LedgerStatus LedgerFileReadSecret(const char *path, size_t limit, LedgerBytes *bytes, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  struct stat  about;
  int          fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  *bytes          = (LedgerBytes){0};
  if (fd < 0 && errno == ENOENT) return LedgerFail(error, LEDGER_INPUT, path, "is missing");
  if (fd < 0) return LedgerFail(error, LEDGER_INPUT, path, "cannot be opened: %s", strerror(errno));
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    status = LedgerFail(error, LEDGER_INPUT, path, "is not a regular file");
  } else if (about.st_mode & 077) {
    status = LedgerFail(error, LEDGER_INPUT, path, "private key may be used by others (mode %04o); 0600 expected",
                        (unsigned)(about.st_mode & 07777));
  } else if (about.st_size > (off_t)limit) {
    status = LedgerFail(error, LEDGER_INPUT, path, "is longer than the %zu bytes it may have", limit);
  } else {
    bytes->capacity = (size_t)about.st_size + 1;
    bytes->data     = calloc(1, bytes->capacity);
    bytes->size     = (size_t)about.st_size;
    status          = bytes->data ? ReadInto(fd, path, bytes->data, &bytes->size, error) : LedgerNoMemory(error);
  }
  close(fd);
  return status;
}

LedgerStatus LedgerDirectorySync(const char *path, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  int          fd     = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  /* Some file systems cannot synchronise a folder and say EINVAL; there the rename is all there is. */
  if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL)) {
    status = LedgerFail(error, LEDGER_INTERNAL, path, "cannot be synchronised: %s", strerror(errno));
  }
  if (fd >= 0) close(fd);
  return status;
}

LedgerStatus LedgerDirectoryLock(const char *path, const char *what, int *lock, LedgerError *error)
{
  *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (*lock < 0) return LedgerFail(error, LEDGER_INPUT, path, "cannot be opened: %s", strerror(errno));
  if (flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return LEDGER_OK;
  close(*lock);
  *lock = -1;
  return LedgerFail(error, LEDGER_INPUT, path, "%s", what);
}

/* Cuts the last component off; false when there is none. */
static bool Parent(char *path)
{
  char *slash = strrchr(path, '/');
  if (!slash || slash == path) return false;
  *slash = 0;
  return true;
}

LedgerStatus LedgerDirectoryCreate(const char *path, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  char         above[LEDGER_PATH_MAX];
  if (LedgerDirectoryExists(path)) return LEDGER_OK;
  LEDGER_TRY(LedgerPathJoin(above, NULL, path, error));
  while (strlen(above) > 1 && above[strlen(above) - 1] == '/') above[strlen(above) - 1] = 0;
  if (Parent(above))
    LEDGER_TRY(LedgerDirectoryCreate(above, error));
  else
    LEDGER_TRY(LedgerPathJoin(above, NULL, path[0] == '/' ? "/" : ".", error));
  if (mkdir(path, 0777) != 0 && errno != EEXIST) {
    return LedgerFail(error, LEDGER_INTERNAL, path, "folder cannot be made: %s", strerror(errno));
  }
  LEDGER_TRY(LedgerDirectorySync(above, error));
out:
  return status;
}

static LedgerStatus WriteAll(int fd, const char *path, const uint8_t *data, size_t size, LedgerError *error)
{
  while (size) {
    ssize_t put = write(fd, data, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return LedgerFail(error, LEDGER_INTERNAL, path, "cannot be written: %s", strerror(errno));
    data += put;
    size -= (size_t)put;
  }
  if (fsync(fd) != 0) return LedgerFail(error, LEDGER_INTERNAL, path, "cannot be synchronised: %s", strerror(errno));
  return LEDGER_OK;
}

LedgerStatus LedgerFileWrite(const char *path, const char *temporary, mode_t mode, const void *data, size_t size,
                             LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  char         above[LEDGER_PATH_MAX];
  int          fd = -1;
  LEDGER_TRY(LedgerPathJoin(above, NULL, path, error));
  if (Parent(above)) LEDGER_TRY(LedgerDirectoryCreate(above, error));
  fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) {
    status = LedgerFail(error, LEDGER_INTERNAL, temporary, "cannot be made: %s", strerror(errno));
    goto out;
  }
  LEDGER_TRY(WriteAll(fd, temporary, data, size, error));
  if (rename(temporary, path) != 0) {
    status = LedgerFail(error, LEDGER_INTERNAL, path, "cannot be replaced: %s", strerror(errno));
  }
out:
  if (fd >= 0) close(fd);
  if (fd >= 0 && status != LEDGER_OK) unlink(temporary);
  return status;
}

/* A link, unlike a rename, replaces nothing. A file server whose answer was lost tells of a link that it has made itself. */
static bool PutInPlace(int fd, const char *temporary, const char *path)
{
  struct stat about;
  int         reason;
  if (link(temporary, path) == 0) return true;
  reason = errno;
  if (fstat(fd, &about) == 0 && about.st_nlink == 2) return true;
  errno = reason;
  return false;
}

LedgerStatus LedgerFileCreateSecret(const char *path, const char *what, const void *data, size_t size,
                                    LedgerError *error)
{
  LedgerStatus status;
  char         folder[LEDGER_PATH_MAX], temporary[LEDGER_PATH_MAX];
  int          fd = -1;
  LEDGER_TRY(LedgerPathJoin(folder, NULL, path, error));
  if (!Parent(folder)) LEDGER_TRY(LedgerPathJoin(folder, NULL, path[0] == '/' ? "/" : ".", error));
  LEDGER_TRY(LedgerPathJoin(temporary, folder, ".secret-XXXXXX", error));
  fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0) {
    status = LedgerFail(error, LEDGER_INPUT, path, "%s cannot be made: %s", what, strerror(errno));
  } else if (fchmod(fd, 0600) != 0 || write(fd, data, size) != (ssize_t)size || fsync(fd) != 0) {
    status = LedgerFail(error, LEDGER_INTERNAL, path, "%s cannot be written: %s", what, strerror(errno));
  } else if (!PutInPlace(fd, temporary, path)) {
    status = LedgerFail(error, LEDGER_INPUT, path, "%s cannot be made: %s", what, strerror(errno));
  }
out:
  if (fd >= 0) {
    unlink(temporary);
    close(fd);
  }
  return status;
}

static int ByName(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int NotDots(const struct dirent *entry)
{
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* `name` is the folder relative to the walk's top, "" for the top itself. */
static LedgerStatus VisitFolder(const char *top, const char *name, int depth, LedgerFileVisitor visit, void *context,
                                LedgerError *error)
{
  LedgerStatus    status = LEDGER_OK;
  struct dirent **list   = NULL;
  int             n      = 0;
  char            path[LEDGER_PATH_MAX], inner[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(path, top, name, error));
  if (depth > 16) return LedgerFail(error, LEDGER_FALSE, path, "folders are nested too deeply for a log");
  n = scandir(path, &list, NotDots, ByName);
  if (n < 0) return LedgerFail(error, LEDGER_INPUT, path, "cannot be listed: %s", strerror(errno));
  for (int k = 0; k < n; k++) {
    struct stat about;
    LEDGER_TRY(LedgerPathJoin(inner, *name ? name : NULL, list[k]->d_name, error));
    LEDGER_TRY(LedgerPathJoin(path, top, inner, error));
    if (lstat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
      LEDGER_TRY(VisitFolder(top, inner, depth + 1, visit, context, error));
    } else {
      LEDGER_TRY(visit(context, inner, error));
    }
  }
out:
  for (int k = 0; k < n; k++) free(list[k]);
  free(list);
  return status;
}

LedgerStatus LedgerFilesVisit(const char *directory, LedgerFileVisitor visit, void *context, LedgerError *error)
{
  struct stat about;
  if (lstat(directory, &about) != 0 && errno == ENOENT) return LEDGER_OK;
  return VisitFolder(directory, "", 0, visit, context, error);
}
