/* SHA256SUMS of a folder, as sha256sum(1) writes and checks it: a file that changed is found before it is used. */
#ifndef ARCHIPELAGO_JOBS_DIGEST_H
#define ARCHIPELAGO_JOBS_DIGEST_H

#include "jobs/file.h"

enum { DIGEST_HEX_SIZE = 65 };

/* A SHA-256 in hexadecimal digits; that of some bytes; that of a file's bytes. */
void      DigestHex(const unsigned char sha[32], char hex[DIGEST_HEX_SIZE]);
PetscBool DigestBytes(const void *bytes, size_t size, char hex[DIGEST_HEX_SIZE]);
PetscBool DigestFile(const char *path, char hex[DIGEST_HEX_SIZE], FileError *error);

/* Writes `folder`/SHA256SUMS with a line for each of the n files `name`, which lie in the folder. For one rank. */
PetscBool DigestWrite(const char *folder, int n, const char *const *name, FileError *error);

/* Whether every file named in `folder`/SHA256SUMS is as it was when that was written; the error names the first that is
   not. For one rank. */
PetscBool DigestCheck(const char *folder, FileError *error);

#endif
