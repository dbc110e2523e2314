/* Files that come with the program, found from where it lies. */
#include "jobs/install_path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* From the program's folder to the shared files, where an installation has them elsewhere than usual. */
#ifndef ARCHIPELAGO_SHARED_FILES
#define ARCHIPELAGO_SHARED_FILES "../share/archipelago"
#endif

PetscBool InstallProgram(char *path, size_t size)
{
  const ssize_t n = readlink("/proc/self/exe", path, size);

  if (n <= 0 || (size_t)n >= size) {
    path[0] = '\0';
    return PETSC_FALSE;
  }
  path[n] = '\0';
  return PETSC_TRUE;
}

PetscBool InstallPath(const char *name, char *path, size_t size)
{
  static const char *const from[] = {ARCHIPELAGO_SHARED_FILES, "../share/archipelago"};
  char                     program[PETSC_MAX_PATH_LEN], at[2 * PETSC_MAX_PATH_LEN], *real;
  PetscBool                found = PETSC_FALSE;

  path[0] = '\0';
  if (!InstallProgram(program, sizeof program)) return PETSC_FALSE;
  *strrchr(program, '/') = '\0';
  for (size_t k = 0; k < sizeof from / sizeof from[0] && !found; k++) {
    snprintf(at, sizeof at, "%s/%s/%s", program, from[k], name);
    real = realpath(at, NULL);
    if (!real) continue;
    found = snprintf(path, size, "%s", real) < (int)size ? PETSC_TRUE : PETSC_FALSE;
    free(real);
  }
  if (!found) path[0] = '\0';
  return found;
}
