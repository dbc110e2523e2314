/* Random networks for tests: a connected grid with extra, parallel and out-of-service branches, links, units and
   series. */
#ifndef ARCHIPELAGO_TESTS_PARTITION_RANDOM_NETWORK_H
#define ARCHIPELAGO_TESTS_PARTITION_RANDOM_NETWORK_H

#include "inputs/network.h"

#include <stdint.h>
#include <stdio.h>

/* xorshift (Marsaglia 2003): the same numbers on every machine. */
static inline PetscInt Random(uint64_t *state, PetscInt below)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (PetscInt)(*state % (uint64_t)below);
}

static inline void RandomBranch(Network net, PetscInt k, PetscInt from, PetscInt to, uint64_t *seed)
{
  BranchTable *b = &net->branch;
  char         circuit[32];

  b->from[k]       = from;
  b->to[k]         = to;
  b->r[k]          = 0.001 * (PetscReal)(1 + Random(seed, 20));
  b->x[k]          = 0.01 * (PetscReal)(1 + Random(seed, 50));
  b->in_service[k] = (PetscBool)(k < net->bus.n - 1 || Random(seed, 10) > 0);
  snprintf(circuit, sizeof circuit, "%d", (int)k);
  PetscCallAbort(PETSC_COMM_SELF, NetworkSetString(&b->circuit[k], circuit));
}

static inline void RandomUnits(Network net, uint64_t *seed)
{
  const PetscInt n = net->bus.n;

  for (PetscInt k = 0; k < net->generator.n; ++k) {
    const PetscReal cost[3]        = {0, (PetscReal)(10 + k), 0.5};
    net->generator.bus[k]          = Random(seed, n);
    net->generator.p_max_mw[k]     = (PetscReal)(10 + k);
    net->generator.p_max_series[k] = k % 3 == 0 ? k % net->series.n : -1;
    PetscCallAbort(PETSC_COMM_SELF, CostSet(&net->generator.cost[k], COST_POLYNOMIAL, 3, cost));
  }
  for (PetscInt k = 0; k < net->load.n; ++k) {
    net->load.bus[k]      = Random(seed, n);
    net->load.p_mw[k]     = (PetscReal)(1 + k);
    net->load.p_series[k] = k % net->series.n;
  }
  for (PetscInt k = 0; k < net->shunt.n; ++k) net->shunt.bus[k] = Random(seed, n);
  for (PetscInt k = 0; k < net->storage.n; ++k) {
    net->storage.bus[k]           = Random(seed, n);
    net->storage.inflow_series[k] = k == 0 ? 2 : -1;
  }
  for (PetscInt k = 0; k < net->link.n; ++k) {
    net->link.from[k]     = Random(seed, n);
    net->link.to[k]       = (net->link.from[k] + 1 + Random(seed, n - 1)) % n;
    net->link.p_max_mw[k] = (PetscReal)(100 + k);
  }
}

/* n >= 2 buses (external numbers 10, 13, 16, ...), bus 0 the reference. */
static inline Network RandomNetwork(PetscInt n, uint64_t seed)
{
  const PetscInt extra = n / 2;
  Network        net;

  PetscCallAbort(PETSC_COMM_SELF, NetworkCreate(&net));
  PetscCallAbort(PETSC_COMM_SELF, NetworkResizeBuses(net, n));
  PetscCallAbort(PETSC_COMM_SELF, NetworkResizeBranches(net, n - 1 + extra));
  PetscCallAbort(PETSC_COMM_SELF, NetworkResizeGenerators(net, n / 3 + 1));
  PetscCallAbort(PETSC_COMM_SELF, NetworkResizeLoads(net, n));
  PetscCallAbort(PETSC_COMM_SELF, NetworkResizeShunts(net, n / 4));
  PetscCallAbort(PETSC_COMM_SELF, NetworkResizeStorage(net, n / 5 + 1));
  PetscCallAbort(PETSC_COMM_SELF, NetworkResizeLinks(net, 3));
  net->series.n_snapshots = 4;
  net->series.step_hours  = 1;
  net->series.n           = 5;
  PetscCallAbort(PETSC_COMM_SELF, PetscMalloc1(20, &net->series.value));
  for (PetscInt k = 0; k < 20; ++k) net->series.value[k] = 100.0 * (PetscReal)(k / 4) + (PetscReal)(k % 4);
  for (PetscInt i = 0; i < n; ++i) {
    net->bus.number[i] = 10 + 3 * i;
    net->bus.type[i]   = i == 0 ? BUS_REF : BUS_PQ;
  }
  for (PetscInt k = 0; k < n - 1; ++k) RandomBranch(net, k, k + 1, Random(&seed, k + 1), &seed);
  for (PetscInt k = n - 1; k < n - 1 + extra; ++k) {
    const PetscInt from = Random(&seed, n);
    RandomBranch(net, k, from, (from + 1 + Random(&seed, n - 1)) % n, &seed);
  }
  RandomUnits(net, &seed);
  return net;
}

#endif
