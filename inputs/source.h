/* A text file's bytes, read once by the first rank and handed to all: readers are then functions of the same bytes on
   every rank, so all ranks find the same faults and none waits for another. */
#ifndef ARCHIPELAGO_INPUTS_SOURCE_H
#define ARCHIPELAGO_INPUTS_SOURCE_H

#include "inputs/fault.h"

typedef struct {
  char  *path;  /* as given */
  char  *bytes; /* size bytes and a final zero byte */
  size_t size;
} Source;

/* Collective over comm. Reads `path` on rank 0 and broadcasts it. A file that cannot be read, is empty, is a directory
   or holds a zero byte becomes a fault and *source is NULL. */
PetscErrorCode SourceLoad(MPI_Comm comm, const char *path, Faults faults, Source **source);

/* Told of each file that SourceLoad has read, on the rank that read it. */
typedef void (*SourceObserver)(const char *path, const void *bytes, size_t size, void *context);
/* Not collective. From here on this observer is told, in place of the one before; NULL: nobody is. */
void SourceObserve(SourceObserver observer, void *context);

typedef enum { PATH_NONE, PATH_FILE, PATH_DIRECTORY } PathKind;

/* Collective over comm. What stands at a path, as the first rank sees it; joined with `name` unless that is NULL. */
PetscErrorCode SourceKind(MPI_Comm comm, const char *path, const char *name, PathKind *kind);

/* Collective over comm. The CSV tables of a folder, sorted by name (without those that have a line break in their names): file [n], each
   freed with PetscFree and so is the list. A folder that cannot be read becomes a fault, which says that a PyPSA CSV folder was
   expected, and *file is NULL. */
PetscErrorCode SourceTables(MPI_Comm comm, const char *path, Faults faults, PetscInt *n, char ***file);

/* Not collective. A source made from bytes in memory (for tests and fuzzing). */
PetscErrorCode SourceFromBytes(const char *path, const char *bytes, size_t size, Source **source);
PetscErrorCode SourceDestroy(Source **source);

#endif
