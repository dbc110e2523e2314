/* What tests of methods over regions share: solving one case on 1, 2, 3 and 4 ranks and comparing the bytes. Meant for four ranks, of
   which the first 1, 2, 3 and 4 solve in turn; runs on fewer. Every rank asserts the same facts, so that none waits for another that
   failed. */
#ifndef ARCHIPELAGO_TESTS_RANKS_SUPPORT_H
#define ARCHIPELAGO_TESTS_RANKS_SUPPORT_H

#include "tests/solver/opf_support.h"

static MPI_Comm world;

/* FNV-1a over bytes. */
static inline uint64_t Hash(uint64_t hash, const void *data, size_t size)
{
  const unsigned char *byte = (const unsigned char *)data;
  for (size_t k = 0; k < size; k++) hash = (hash ^ byte[k]) * 1099511628211u;
  return hash;
}

static inline uint64_t HashArray(uint64_t hash, Dispatch d, const PetscReal *array, PetscInt width)
{
  return Hash(hash, array, (size_t)(d->hours * width) * sizeof(PetscReal));
}

/* Of every number in a dispatch, and of what the result says about the way there. */
static inline uint64_t HashDispatch(Dispatch d, const OpfResult *result)
{
  const PetscReal *bus[]     = {d->vm_pu, d->va_rad,     d->price,     d->price_q,
                                d->vm_mu, d->shortage_p, d->surplus_p, d->shortage_q};
  const PetscReal *branch[]  = {d->branch_p_from,  d->branch_q_from, d->branch_p_to,    d->branch_q_to,
                                d->branch_mu_from, d->branch_mu_to,  d->branch_mu_angle};
  const PetscReal *storage[] = {d->storage_charge, d->storage_discharge, d->storage_q, d->storage_energy};
  const PetscReal *link[]    = {d->link_p_from, d->link_p_to, d->link_q_from, d->link_q_to};
  uint64_t         hash      = 14695981039346656037u;

  hash = Hash(hash, &d->objective, sizeof d->objective);
  hash = Hash(hash, &result->iterations, sizeof result->iterations);
  hash = Hash(hash, &result->local_iterations, sizeof result->local_iterations);
  for (size_t k = 0; k < sizeof bus / sizeof bus[0]; k++) hash = HashArray(hash, d, bus[k], d->n_bus);
  for (size_t k = 0; k < sizeof branch / sizeof branch[0]; k++) hash = HashArray(hash, d, branch[k], d->n_branch);
  for (size_t k = 0; k < sizeof storage / sizeof storage[0]; k++) hash = HashArray(hash, d, storage[k], d->n_storage);
  for (size_t k = 0; k < sizeof link / sizeof link[0]; k++) hash = HashArray(hash, d, link[k], d->n_link);
  hash = HashArray(HashArray(hash, d, d->generator_p, d->n_generator), d, d->generator_q, d->n_generator);
  return HashArray(HashArray(hash, d, d->load_p, d->n_load), d, d->load_q, d->n_load);
}

/* What one solve ended with, known to every rank. */
typedef struct {
  SolveStatus status;
  PetscReal   objective, mismatch, violation, seconds, shortage_mwh;
  PetscInt    iterations, n_shortages, short_region; /* region of all shortages, -1: several or none */
  uint64_t    hash;
  char        worst[160];
} Outcome;

static inline Outcome Summarise(Network net, Dispatch d, const OpfOptions *options, const OpfResult *result)
{
  Outcome    o = {.status       = result->status,
                  .objective    = result->objective,
                  .seconds      = result->solve_seconds,
                  .shortage_mwh = result->shortage_mwh,
                  .iterations   = result->iterations,
                  .n_shortages  = result->n_shortages,
                  .short_region = result->n_shortages ? result->shortage[0].region : -1,
                  .hash         = HashDispatch(d, result)};
  Evaluation evaluation;

  for (PetscInt k = 1; k < result->n_shortages; k++)
    if (result->shortage[k].region != o.short_region) o.short_region = -1;
  OK(DispatchEvaluate(net, d, options->physics, options->initial_energy, &evaluation));
  o.mismatch  = evaluation.max_mismatch_pu;
  o.violation = evaluation.max_violation_pu;
  (void)snprintf(o.worst, sizeof o.worst, "%s", evaluation.worst);
  return o;
}

/* The first `ranks` ranks solve; the first one's outcome goes to all. `same` tells whether all that solved hold the same bytes. */
static inline Outcome SolveOn(int ranks, Network net, const char *regions, const OpfOptions *options, PetscBool *same)
{
  Outcome     o = {.hash = 0};
  PetscMPIInt rank;
  MPI_Comm    comm;
  uint64_t    first;
  int         equal = 1;

  MPI_Comm_rank(world, &rank);
  MPI_Comm_split(world, rank < ranks ? 0 : MPI_UNDEFINED, rank, &comm);
  if (comm != MPI_COMM_NULL) {
    Partition partition = ReadPartition(comm, net, regions);
    Dispatch  d;
    OpfResult result;
    OK(OpfSolve(comm, net, partition, options, &d, &result));
    o = Summarise(net, d, options, &result);
    OK(OpfResultDestroy(&result));
    OK(DispatchDestroy(&d));
    OK(PartitionDestroy(&partition));
    MPI_Comm_free(&comm);
  }
  first = o.hash;
  MPI_Bcast(&first, sizeof first, MPI_BYTE, 0, world);
  if (rank < ranks) equal = o.hash == first;
  MPI_Allreduce(MPI_IN_PLACE, &equal, 1, MPI_INT, MPI_MIN, world);
  *same = (PetscBool)(equal != 0);
  MPI_Bcast(&o, sizeof o, MPI_BYTE, 0, world);
  return o;
}

/* Solves on each number of ranks there is and demands one and the same dispatch. */
static inline Outcome SolveOnAll(Network net, const char *regions, const OpfOptions *options)
{
  Outcome     one;
  PetscBool   same;
  PetscMPIInt size, rank;

  MPI_Comm_size(world, &size);
  MPI_Comm_rank(world, &rank);
  one = SolveOn(1, net, regions, options, &same);
  for (int ranks = 2; ranks <= size; ranks++) {
    const Outcome many = SolveOn(ranks, net, regions, options, &same);
    assert_true(same);
    if (many.hash != one.hash)
      fail_msg("on %d ranks another dispatch: %.17g, %.17g", ranks, many.objective, one.objective);
  }
  if (rank == 0)
    printf("%s by %s: %s, %.8g after %d iterations in %.1f s, mismatch %.1e, violation %.1e\n", net->name, regions,
           SolveStatusName(one.status), one.objective, (int)one.iterations, one.seconds, one.mismatch, one.violation);
  return one;
}

static inline Outcome Central(Network net, const OpfOptions *regional)
{
  OpfOptions options = *regional;
  PetscBool  same;
  Outcome    o;
  options.method = METHOD_INTERIOR_POINT;
  o              = SolveOn(1, net, "1", &options, &same);
  assert_string_equal(SolveStatusName(o.status), "optimal");
  return o;
}

#endif
