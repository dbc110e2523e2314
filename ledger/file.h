/* Files that appear whole or not at all, and files that are read whole. */
#ifndef ARCHIPELAGO_LEDGER_FILE_H
#define ARCHIPELAGO_LEDGER_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "ledger/bytes.h"

enum { LEDGER_PATH_MAX = 4096 };

/* Writes `directory/name` (or `name` alone when `directory` is NULL); LEDGER_INPUT when longer than LEDGER_PATH_MAX. */
LedgerStatus LedgerPathJoin(char path[LEDGER_PATH_MAX], const char *directory, const char *name, LedgerError *error);

/* True when the path leads to a regular file, or to a directory. */
bool LedgerFileExists(const char *path);
bool LedgerDirectoryExists(const char *path);

/* Appends a regular file's bytes. `absent` is the status for a file that is not there, LEDGER_INPUT for any other
   reason why it cannot be read; more than `limit` bytes give LEDGER_FALSE. */
LedgerStatus LedgerFileRead(const char *path, size_t limit, LedgerStatus absent, LedgerBytes *bytes,
                            LedgerError *error);

/* Reads a file that only its owner may use: LEDGER_INPUT when group or others may read or write it. The mode is that of
   the very file that is read. The bytes lie in one piece of memory, which the caller wipes; nothing else keeps them. */
LedgerStatus LedgerFileReadSecret(const char *path, size_t limit, LedgerBytes *bytes, LedgerError *error);

/* Replaces a file: the bytes go to `temporary`, on the same file system, are synchronised and renamed onto `path`.
   Missing folders of `path` are made. The folder's own entry is durable after LedgerDirectorySync. */
LedgerStatus LedgerFileWrite(const char *path, const char *temporary, mode_t mode, const void *data, size_t size,
                             LedgerError *error);

/* Makes a file of mode 0600, in a folder that is there: it appears whole or not at all. LEDGER_INPUT when there is one of that name
   already, which stays as it is. `what` is what messages call it. */
LedgerStatus LedgerFileCreateSecret(const char *path, const char *what, const void *data, size_t size,
                                    LedgerError *error);

/* Makes the folder entries of `path` durable. */
LedgerStatus LedgerDirectorySync(const char *path, LedgerError *error);

/* Opens the folder and locks it against others for as long as the descriptor, set in *lock, is open. LEDGER_INPUT with the
   line `what` when another holds it. A file system without locks passes. */
LedgerStatus LedgerDirectoryLock(const char *path, const char *what, int *lock, LedgerError *error);

/* Makes the folder and its missing parents. */
LedgerStatus LedgerDirectoryCreate(const char *path, LedgerError *error);

/* Called with each name below `directory` that is not a folder, relative to it, in byte order of the names. */
typedef LedgerStatus (*LedgerFileVisitor)(void *context, const char *name, LedgerError *error);

/* Visits the tree of folders below `directory`; one that is not there holds nothing. LEDGER_FALSE below depth 16. */
LedgerStatus LedgerFilesVisit(const char *directory, LedgerFileVisitor visit, void *context, LedgerError *error);

#endif
