/* SHA-256 of what a screening reads. */
#define _GNU_SOURCE
#include <dirent.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>

#include "jobs/digest.h"
#include "jobs/screen_store.h"

/* A file: its bytes; a directory: its visible entries by name, with their sizes. */
static PetscBool Add(EVP_MD_CTX *hash, const char *path, FileError *error)
{
  struct stat     info;
  struct dirent **entry;
  char            head[64], below[PETSC_MAX_PATH_LEN], *bytes;
  size_t          size;
  PetscBool       good = PETSC_TRUE;
  int             n;

  if (stat(path, &info)) return FileFail(error, path, "cannot be read");
  if (!S_ISDIR(info.st_mode)) {
    if (!FileRead(path, &bytes, &size, error)) return PETSC_FALSE;
    snprintf(head, sizeof head, "%zu\n", size);
    EVP_DigestUpdate(hash, head, strlen(head));
    EVP_DigestUpdate(hash, bytes, size);
    free(bytes);
    return PETSC_TRUE;
  }
  n = scandir(path, &entry, NULL, alphasort);
  if (n < 0) return FileFail(error, path, "cannot be read");
  for (int k = 0; k < n; k++) {
    if (good && entry[k]->d_name[0] != '.') {
      EVP_DigestUpdate(hash, entry[k]->d_name, strlen(entry[k]->d_name) + 1);
      FileJoin(below, sizeof below, path, entry[k]->d_name);
      good = Add(hash, below, error);
    }
    free(entry[k]);
  }
  free(entry);
  return good;
}

PetscBool ScreenStoreHash(const char *path, char hex[65], FileError *error)
{
  EVP_MD_CTX   *hash = EVP_MD_CTX_new();
  unsigned char digest[EVP_MAX_MD_SIZE];
  PetscBool     good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) ? PETSC_TRUE : PETSC_FALSE;

  snprintf(error->text, sizeof error->text, "%.900s: cannot be hashed", path);
  good = good && Add(hash, path, error) && EVP_DigestFinal_ex(hash, digest, NULL);
  EVP_MD_CTX_free(hash);
  if (good) DigestHex(digest, hex);
  return good;
}
