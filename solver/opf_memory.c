/* Memory of an optimal power flow, estimated. */
#include "solver/opf_memory.h"

static const PetscReal program_bytes = 60e6; /* of the program and its libraries */

PetscErrorCode OpfEstimateMemory(Network net, Partition partition, const OpfOptions *options, PetscInt ranks,
                                 PetscReal *bytes)
{
  PetscFunctionBeginUser;
  (void)partition;
  (void)ranks;
  *bytes = program_bytes + 100e3 * (PetscReal)net->bus.n * (PetscReal)options->hours;
  PetscFunctionReturn(0);
}
