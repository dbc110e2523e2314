/* SHA256SUMS of a folder. */
#include "jobs/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_SIZE = DIGEST_HEX_SIZE, NAME_SIZE = 256 };

void DigestHex(const unsigned char sha[32], char hex[DIGEST_HEX_SIZE])
{
  for (int k = 0; k < 32; k++) snprintf(hex + 2 * (size_t)k, 3, "%02x", sha[k]);
}

PetscBool DigestBytes(const void *bytes, size_t size, char hex[DIGEST_HEX_SIZE])
{
  unsigned char sha[EVP_MAX_MD_SIZE];

  hex[0] = '\0';
  if (!EVP_Digest(bytes, size, sha, NULL, EVP_sha256(), NULL)) return PETSC_FALSE;
  DigestHex(sha, hex);
  return PETSC_TRUE;
}

PetscBool DigestFile(const char *path, char hex[DIGEST_HEX_SIZE], FileError *error)
{
  char     *bytes;
  size_t    size;
  PetscBool good;

  if (!FileRead(path, &bytes, &size, error)) return PETSC_FALSE;
  good = DigestBytes(bytes, size, hex);
  free(bytes);
  if (!good) snprintf(error->text, sizeof error->text, "%.900s: cannot be hashed", path);
  return good;
}

static PetscBool HashFile(const char *folder, const char *name, char hex[HEX_SIZE], FileError *error)
{
  char path[PETSC_MAX_PATH_LEN];

  FileJoin(path, sizeof path, folder, name);
  return DigestFile(path, hex, error);
}

PetscBool DigestWrite(const char *folder, int n, const char *const *name, FileError *error)
{
  char      path[PETSC_MAX_PATH_LEN], hex[HEX_SIZE];
  Text      sums = {0};
  PetscBool good = PETSC_TRUE;

  for (int k = 0; k < n && good; k++) {
    good = HashFile(folder, name[k], hex, error);
    if (good) TextAdd(&sums, "%s  %s\n", hex, name[k]);
  }
  FileJoin(path, sizeof path, folder, "SHA256SUMS");
  if (good) good = FileWrite(path, sums.bytes ? sums.bytes : "", sums.size, error);
  free(sums.bytes);
  return good;
}

/* One line "HEX  NAME" of the file; `at` moves behind it. */
static PetscBool TakeLine(const char **at, char hex[HEX_SIZE], char name[NAME_SIZE])
{
  const char  *end    = strchr(*at, '\n');
  const size_t length = end ? (size_t)(end - *at) : 0;

  if (length < HEX_SIZE + 2 || length - HEX_SIZE - 1 >= NAME_SIZE || memcmp(*at + HEX_SIZE - 1, "  ", 2) != 0)
    return PETSC_FALSE;
  memcpy(hex, *at, HEX_SIZE - 1);
  hex[HEX_SIZE - 1] = '\0';
  memcpy(name, *at + HEX_SIZE + 1, length - HEX_SIZE - 1);
  name[length - HEX_SIZE - 1] = '\0';
  *at                         = end + 1;
  return strchr(name, '/') ? PETSC_FALSE : PETSC_TRUE;
}

PetscBool DigestCheck(const char *folder, FileError *error)
{
  char        path[PETSC_MAX_PATH_LEN], expected[HEX_SIZE], found[HEX_SIZE], name[NAME_SIZE], *bytes;
  const char *at;
  size_t      size;
  PetscBool   good = PETSC_TRUE;

  FileJoin(path, sizeof path, folder, "SHA256SUMS");
  if (!FileRead(path, &bytes, &size, error)) return PETSC_FALSE;
  for (at = bytes; good && at < bytes + size;) {
    if (!TakeLine(&at, expected, name)) {
      snprintf(error->text, sizeof error->text, "%.900s: is not as it was written", path);
      good = PETSC_FALSE;
    } else if (!HashFile(folder, name, found, error)) {
      good = PETSC_FALSE;
    } else if (strcmp(found, expected) != 0) {
      snprintf(error->text, sizeof error->text, "%.600s/%.255s: is not as it was written (SHA256SUMS)", folder, name);
      good = PETSC_FALSE;
    }
  }
  if (good && !size) {
    snprintf(error->text, sizeof error->text, "%.900s: is empty", path);
    good = PETSC_FALSE;
  }
  free(bytes);
  return good;
}
