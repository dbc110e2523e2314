/* Parts of checkpoint files. For checkpoint_*.c only. */
#ifndef ARCHIPELAGO_JOBS_CHECKPOINT_IMPL_H
#define ARCHIPELAGO_JOBS_CHECKPOINT_IMPL_H

#include <hdf5.h>
#include <openssl/evp.h>

#include "jobs/checkpoint_file.h"

enum { HEAD_SIZE = 1024, SHA_SIZE = 32, SHA_HEX = 2 * SHA_SIZE + 1 };

#define CHECKPOINT_INDEX "index"
#define CHECKPOINT_DATA "data"

/* An entry in the index; 128 bytes. */
typedef struct {
  char          name[CHECKPOINT_NAME];
  int64_t       part, kind, n, place;
  unsigned char sha[SHA_SIZE];
} IndexRecord;

/* The text at the beginning. */
typedef struct {
  CheckpointLabel label;
  int64_t         size, data_place, data_size, entries; /* of the file; of the data in it */
  char            rest[SHA_HEX];
} CheckpointHead;

/* checkpoint_head.c, one rank. Completes the head of a file that is written otherwise: its size and the hash of the rest. */
PetscBool CheckpointHeadWrite(const char *path, CheckpointHead *head, FileError *error);
/* The text, verified by itself and against the file's size. */
PetscBool CheckpointHeadRead(const char *path, CheckpointHead *head, FileError *error);
/* All of the file but its data, against the head. */
PetscBool CheckpointHeadVerify(const char *path, const CheckpointHead *head, FileError *error);

static inline size_t CheckpointKindSize(int64_t kind)
{
  return kind == CHECKPOINT_REAL ? sizeof(PetscReal) : sizeof(PetscInt);
}

/* HDF5 prints nothing between the two; both return what there was to be put back. */
typedef struct {
  H5E_auto2_t report;
  void       *context;
} CheckpointQuiet;

static inline CheckpointQuiet CheckpointQuietBegin(void)
{
  CheckpointQuiet quiet = {NULL, NULL};

  H5Eget_auto2(H5E_DEFAULT, &quiet.report, &quiet.context);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return quiet;
}

static inline void CheckpointQuietEnd(CheckpointQuiet quiet)
{
  H5Eset_auto2(H5E_DEFAULT, quiet.report, quiet.context);
}

#endif
