/* Files that come with the program: shipped cases, Slurm scripts. They are found from where the program itself lies, so an
   installed tree can be moved and may be read-only, and a build that was not installed finds those of its sources. */
#ifndef ARCHIPELAGO_JOBS_INSTALL_PATH_H
#define ARCHIPELAGO_JOBS_INSTALL_PATH_H

#include <petscsys.h>

/* Not collective. Path of the running program, without symbolic links; false where the system does not tell. */
PetscBool InstallProgram(char *path, size_t size);

/* Not collective. Path of `name` ("slurm", "slurm/site.sh", "cases/islands") in the shared files:
   PREFIX/share/archipelago/NAME beside PREFIX/bin/archipelago, or BUILD/share/archipelago/NAME, which leads to the
   sources. False, with an empty path, where there is no such file or folder. */
PetscBool InstallPath(const char *name, char *path, size_t size);

#endif
