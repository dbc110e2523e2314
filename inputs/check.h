/* Checking what a user is about to run: a study with all its policies, a network, or a series. */
#ifndef ARCHIPELAGO_INPUTS_CHECK_H
#define ARCHIPELAGO_INPUTS_CHECK_H

#include "inputs/fault.h"
#include "inputs/participants.h"
#include "inputs/study.h"

/* Called once for a network, or for a study in its base, that could be read; `study` and `participants` may be NULL. */
typedef PetscErrorCode (*CheckVisitor)(void *context, const char *path, Study study, Network net,
                                       Participants participants);

/* Collective. Reads what stands at `path` and adds every fault to the list: a study (*.yaml, *.yml) in its base and all
   its policies, each with network and participants; a network in any format that NetworkRead knows; a series (*.csv)
   whose rows are snapshots, by a column of times or by Year, Month, Day, Period. A short summary with units goes to
   `out` on rank 0, when something could be read; NULL: none. `visit` (NULL: none) is called on every rank. */
PetscErrorCode CheckPath(MPI_Comm comm, const char *path, Faults faults, FILE *out, CheckVisitor visit, void *context);

/* The same for a study with n_set values KEY=VALUE (StudyReadWith) in its base and in each of its policies. */
PetscErrorCode CheckPathWith(MPI_Comm comm, const char *path, PetscInt n_set, const char *const *set, Faults faults,
                             FILE *out, CheckVisitor visit, void *context);

#endif
