/* Checkpoints as files: one parallel HDF5 file each, whole or absent.

     bytes 0..1023   text, one "name value" a line: what the file is of, its size, where its data begin, SHA-256 of all
                     bytes that are neither this text nor data, and at the end SHA-256 of the text itself. To HDF5 it is
                     the user block
     /index          uint8 [entries * 128]: per entry its name [64], part, kind, count and place (each int64), and
                     SHA-256 of its bytes
     /data           uint8: the entries' numbers one after the other, as the machine has them

   The text is written last and then the file gets its name, so a file that is cut, or differs in any byte, is known
   before HDF5 reads it. */
#ifndef ARCHIPELAGO_JOBS_CHECKPOINT_FILE_H
#define ARCHIPELAGO_JOBS_CHECKPOINT_FILE_H

#include "jobs/file.h"
#include "solver/checkpoint.h"

enum { CHECKPOINT_WORD = 64 };

/* What a checkpoint is of; words without blanks. */
typedef struct {
  char       task[CHECKPOINT_WORD], method[CHECKPOINT_WORD], version[CHECKPOINT_WORD];
  PetscInt   solve;     /* of the task, from 0 */
  PetscInt   iteration; /* -1: not known */
  PetscInt64 sequence;  /* of the solve's checkpoints, from 0 */
  long long  saved;     /* POSIX seconds */
} CheckpointLabel;

/* Collective over comm, whose first rank's path and label count. The parts are those of the rank that has them, of the
   shared ones the first rank's are taken. What fails is no error: *written is false and `error` says why, on every
   rank. */
PetscErrorCode CheckpointFileWrite(MPI_Comm comm, const char *path, const CheckpointLabel *label, Checkpoint checkpoint,
                                   PetscBool *written, FileError *error);

/* Collective over comm, any number of ranks. Verifies the whole file, its data split over the ranks. *checkpoint reads
   from it when asked; it is NULL where the file is not as it was written, and `error` says why, on every rank. */
PetscErrorCode CheckpointFileOpen(MPI_Comm comm, const char *path, CheckpointLabel *label, Checkpoint *checkpoint,
                                  FileError *error);
/* Not collective. Takes NULL. */
PetscErrorCode CheckpointFileClose(Checkpoint *checkpoint);

/* For one rank. The label alone; false where the text is not as it was written. */
PetscBool CheckpointFileLabel(const char *path, CheckpointLabel *label, FileError *error);

/* Collective: *good where it is on every rank, else every rank takes the error of the first one on which it is not. */
PetscErrorCode CheckpointAgree(MPI_Comm comm, PetscBool *good, FileError *error);

#endif
