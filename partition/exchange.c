/* Exchange between neighbouring regions by a star forest, and sums in region order. */
#include "partition/exchange.h"

#include "inputs/log.h"

#include <petscsf.h>

struct _p_Exchange {
  MPI_Comm   comm;
  Partition  partition;
  PetscInt   n_items;  /* over all ranks */
  PetscInt   n, *item; /* of this rank */
  PetscInt   n_local;  /* regions of this rank */
  PetscInt  *local;    /* [n_local] ascending */
  PetscSF    sf;
  PetscReal *sent;     /* [2 n] copy of what is sent: a star forest does not read and write one array */
  PetscReal *gathered; /* [n_regions][capacity] of sums */
  PetscInt   capacity;
  PetscInt64 bytes;
};

static PetscErrorCode ListRegions(Exchange x)
{
  const Partition p = x->partition;
  PetscMPIInt     rank;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(x->comm, &rank));
  PetscCall(PetscMalloc1(p->n_regions, &x->local));
  for (PetscInt r = 0; r < p->n_regions; r++)
    if (p->rank[r] == rank) x->local[x->n_local++] = r;
  PetscFunctionReturn(0);
}

/* Every rank knows all items, so it counts along where an item stands on the rank of the other side. */
static PetscErrorCode ListItems(Exchange x, const PetscInt *region)
{
  const PetscInt *rank_of = x->partition->rank;
  PetscInt       *count, *leaf, n_leaves = 0;
  PetscSFNode    *root;
  PetscMPIInt     rank, size;
  PetscFunctionBeginUser;

  PetscCallMPI(MPI_Comm_rank(x->comm, &rank));
  PetscCallMPI(MPI_Comm_size(x->comm, &size));
  PetscCall(PetscCalloc1(size, &count));
  PetscCall(PetscMalloc1(x->n_items, &x->item));
  PetscCall(PetscMalloc1(x->n_items, &leaf));
  PetscCall(PetscMalloc1(x->n_items, &root));
  for (PetscInt k = 0; k < x->n_items; k++) {
    const PetscInt owner[2] = {rank_of[region[2 * k]], rank_of[region[2 * k + 1]]};
    for (PetscInt side = 0; side < 2; side++)
      if (owner[side] != rank && owner[1 - side] == rank) {
        leaf[n_leaves]   = 2 * x->n + side;
        root[n_leaves++] = (PetscSFNode){.rank = owner[side], .index = 2 * count[owner[side]] + side};
      }
    if (owner[0] == rank || owner[1] == rank) x->item[x->n++] = k;
    count[owner[0]]++;
    if (owner[1] != owner[0]) count[owner[1]]++;
  }
  PetscCall(PetscSFCreate(x->comm, &x->sf));
  PetscCall(PetscSFSetGraph(x->sf, 2 * x->n, n_leaves, leaf, PETSC_COPY_VALUES, root, PETSC_COPY_VALUES));
  PetscCall(PetscSFSetUp(x->sf));
  PetscCall(PetscFree(leaf));
  PetscCall(PetscFree(root));
  PetscCall(PetscFree(count));
  PetscFunctionReturn(0);
}

PetscErrorCode ExchangeCreate(MPI_Comm comm, Partition partition, PetscInt n, const PetscInt *region,
                              Exchange *exchange)
{
  Exchange x;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&x));
  *exchange    = x;
  x->comm      = comm;
  x->partition = partition;
  x->n_items   = n;
  PetscCall(ListRegions(x));
  PetscCall(ListItems(x, region));
  PetscCall(PetscMalloc1(2 * x->n, &x->sent));
  PetscFunctionReturn(0);
}

PetscErrorCode ExchangeDestroy(Exchange *exchange)
{
  Exchange x = *exchange;
  PetscFunctionBeginUser;
  if (!x) PetscFunctionReturn(0);
  PetscCall(PetscSFDestroy(&x->sf));
  PetscCall(PetscFree(x->item));
  PetscCall(PetscFree(x->local));
  PetscCall(PetscFree(x->sent));
  PetscCall(PetscFree(x->gathered));
  PetscCall(PetscFree(*exchange));
  PetscFunctionReturn(0);
}

PetscErrorCode ExchangeItems(Exchange exchange, PetscInt *n, const PetscInt **item)
{
  PetscFunctionBeginUser;
  *n    = exchange->n;
  *item = exchange->item;
  PetscFunctionReturn(0);
}

PetscErrorCode ExchangeSwap(Exchange x, PetscReal *value)
{
  PetscFunctionBeginUser;
  PetscCall(LogEventBegin(LOG_PARTITION_EXCHANGE));
  PetscCall(PetscArraycpy(x->sent, value, 2 * x->n));
  PetscCall(PetscSFBcastBegin(x->sf, MPIU_REAL, x->sent, value, MPI_REPLACE));
  PetscCall(PetscSFBcastEnd(x->sf, MPIU_REAL, x->sent, value, MPI_REPLACE));
  x->bytes += 2 * (PetscInt64)(x->n_items * (PetscInt)sizeof(PetscReal));
  PetscCall(LogEventEnd(LOG_PARTITION_EXCHANGE));
  PetscFunctionReturn(0);
}

PetscErrorCode ExchangeGather(Exchange x, PetscInt count, const PetscReal *partial, PetscReal *all)
{
  const PetscInt n = x->partition->n_regions * count;
  PetscFunctionBeginUser;
  PetscCall(LogEventBegin(LOG_PARTITION_EXCHANGE));
  PetscCall(PetscArrayzero(all, n));
  /* Adding zero makes a zero of a negative one, as the sum over ranks does. */
  for (PetscInt k = 0; k < x->n_local; k++)
    for (PetscInt i = 0; i < count; i++) all[x->local[k] * count + i] = partial[k * count + i] + 0.0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, all, (PetscMPIInt)n, MPIU_REAL, MPI_SUM, x->comm));
  x->bytes += (PetscInt64)(n * (PetscInt)sizeof(PetscReal));
  PetscCall(LogEventEnd(LOG_PARTITION_EXCHANGE));
  PetscFunctionReturn(0);
}

PetscErrorCode ExchangeSum(Exchange x, PetscInt count, const PetscReal *partial, PetscReal *sum)
{
  PetscFunctionBeginUser;
  if (count > x->capacity) {
    PetscCall(PetscFree(x->gathered));
    PetscCall(PetscMalloc1(x->partition->n_regions * count, &x->gathered));
    x->capacity = count;
  }
  PetscCall(ExchangeGather(x, count, partial, x->gathered));
  PetscCall(PetscArrayzero(sum, count));
  for (PetscInt r = 0; r < x->partition->n_regions; r++)
    for (PetscInt i = 0; i < count; i++) sum[i] += x->gathered[r * count + i];
  PetscFunctionReturn(0);
}

PetscErrorCode ExchangeTakeBytes(Exchange exchange, PetscInt64 *bytes)
{
  PetscFunctionBeginUser;
  *bytes          = exchange->bytes;
  exchange->bytes = 0;
  PetscFunctionReturn(0);
}
