/* Storage of a dispatch. */
#include "solver/dispatch.h"

/* Every array of a dispatch with the member that counts its columns. */
#define DISPATCH_ARRAYS(X)          \
  X(vm_pu, n_bus)                   \
  X(va_rad, n_bus)                  \
  X(price, n_bus)                   \
  X(price_q, n_bus)                 \
  X(generator_p, n_generator)       \
  X(generator_q, n_generator)       \
  X(generator_reserve, n_generator) \
  X(load_p, n_load)                 \
  X(load_curtailed, n_load)         \
  X(load_shifted, n_load)           \
  X(storage_reserve, n_storage)     \
  X(reserve_price, n_reserve)       \
  X(reserve_shortage, n_reserve)    \
  X(load_q, n_load)                 \
  X(branch_p_from, n_branch)        \
  X(branch_q_from, n_branch)        \
  X(branch_p_to, n_branch)          \
  X(branch_q_to, n_branch)          \
  X(branch_mu_from, n_branch)       \
  X(branch_mu_to, n_branch)         \
  X(branch_mu_angle, n_branch)      \
  X(vm_mu, n_bus)                   \
  X(link_p_from, n_link)            \
  X(link_p_to, n_link)              \
  X(link_p_to2, n_link)             \
  X(link_p_to3, n_link)             \
  X(link_q_from, n_link)            \
  X(link_q_to, n_link)              \
  X(storage_charge, n_storage)      \
  X(storage_discharge, n_storage)   \
  X(storage_q, n_storage)           \
  X(storage_energy, n_storage)      \
  X(shortage_p, n_bus)              \
  X(surplus_p, n_bus)               \
  X(shortage_q, n_bus)

PetscErrorCode DispatchCreate(Network net, PetscInt hours, PetscInt first_snapshot, Dispatch *dispatch)
{
  Dispatch d;

  PetscFunctionBeginUser;
  *dispatch = NULL;
  PetscCheck(hours > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "A dispatch needs at least one interval, got %" PetscInt_FMT, hours);
  PetscCall(PetscNew(&d));
  d->hours          = hours;
  d->first_snapshot = first_snapshot;
  d->step_hours     = first_snapshot >= 0 && net->series.n_snapshots > 0 ? net->series.step_hours : 1.0;
  d->n_bus          = net->bus.n;
  d->n_branch       = net->branch.n;
  d->n_generator    = net->generator.n;
  d->n_load         = net->load.n;
  d->n_link         = net->link.n;
  d->n_storage      = net->storage.n;
  d->n_reserve      = net->reserve.n;
#define ALLOCATE(member, count) PetscCall(PetscCalloc1((size_t)hours * d->count, &d->member));
  DISPATCH_ARRAYS(ALLOCATE)
#undef ALLOCATE
  *dispatch = d;
  PetscFunctionReturn(0);
}

PetscErrorCode DispatchDestroy(Dispatch *dispatch)
{
  Dispatch d = *dispatch;

  PetscFunctionBeginUser;
  if (!d) PetscFunctionReturn(0);
#define FREE(member, count) PetscCall(PetscFree(d->member));
  DISPATCH_ARRAYS(FREE)
#undef FREE
  PetscCall(PetscFree(*dispatch));
  PetscFunctionReturn(0);
}

PetscErrorCode DispatchMerge(MPI_Comm comm, Dispatch d)
{
  PetscFunctionBeginUser;
#define MERGE(member, count) \
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, d->member, d->hours * d->count, MPIU_REAL, MPI_SUM, comm));
  DISPATCH_ARRAYS(MERGE)
#undef MERGE
  PetscFunctionReturn(0);
}

PetscErrorCode DispatchCopy(Dispatch from, Dispatch to)
{
  PetscFunctionBeginUser;
  to->objective = from->objective;
#define COPY(member, count) PetscCall(PetscArraycpy(to->member, from->member, (size_t)from->hours * from->count));
  DISPATCH_ARRAYS(COPY)
#undef COPY
  PetscFunctionReturn(0);
}
