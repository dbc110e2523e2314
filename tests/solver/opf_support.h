/* What the tests of the optimal power flow share: reading cases, small networks built in place, and solving. */
#ifndef ARCHIPELAGO_TESTS_OPF_SUPPORT_H
#define ARCHIPELAGO_TESTS_OPF_SUPPORT_H

#include "inputs/reader.h"
#include "solver/opf.h"

#include "tests/support.h"

#include <math.h>
#include <string.h>

#define OK(call) assert_int_equal(call, 0)

static inline void Near(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (!(fabs(found - expected) <= tolerance))
    fail_msg("found %.15g, expected %.15g within %g", found, expected, tolerance);
}

/* The network at a path; the test fails with the reader's faults. */
static inline Network ReadCase(MPI_Comm comm, const char *path)
{
  Faults  faults;
  Network net;

  OK(FaultsCreate(&faults));
  OK(NetworkRead(comm, path, "auto", faults, &net));
  if (!net) (void)FaultsView(faults, stdout);
  assert_non_null(net);
  OK(FaultsDestroy(&faults));
  return net;
}

static inline Partition ReadPartition(MPI_Comm comm, Network net, const char *spec)
{
  Faults    faults;
  Partition partition;

  OK(FaultsCreate(&faults));
  OK(PartitionCreate(comm, net, spec, faults, &partition));
  if (!partition) (void)FaultsView(faults, stdout);
  assert_non_null(partition);
  OK(FaultsDestroy(&faults));
  return partition;
}

/* n buses on 100 MVA, the first the reference, voltages in 0.9 to 1.1 per unit; hours > 0: that many hourly snapshots. */
static inline Network NewNetwork(PetscInt n, PetscInt hours)
{
  Network net;

  OK(NetworkCreate(&net));
  net->base_mva = 100;
  OK(NetworkResizeBuses(net, n));
  for (PetscInt b = 0; b < n; b++) {
    char name[16];
    (void)snprintf(name, sizeof name, "bus %d", (int)b + 1);
    OK(NetworkSetString(&net->bus.name[b], name));
    net->bus.number[b]    = b + 1;
    net->bus.type[b]      = b == 0 ? BUS_REF : BUS_PQ;
    net->bus.vm_min_pu[b] = 0.9;
    net->bus.vm_max_pu[b] = 1.1;
  }
  if (hours > 0) OK(NetworkSetSnapshots(net, 0, 1, hours));
  return net;
}

/* A generator with a linear cost in currency per MWh; gives its row. */
static inline PetscInt AddGenerator(Network net, PetscInt bus, PetscReal p_max_mw, PetscReal price)
{
  const PetscInt  g       = net->generator.n;
  const PetscReal cost[2] = {0, price};
  char            name[24];

  OK(NetworkResizeGenerators(net, g + 1));
  (void)snprintf(name, sizeof name, "generator %d", (int)g + 1);
  OK(NetworkSetString(&net->generator.name[g], name));
  net->generator.bus[g]        = bus;
  net->generator.p_min_mw[g]   = 0;
  net->generator.p_max_mw[g]   = p_max_mw;
  net->generator.q_min_mvar[g] = -p_max_mw;
  net->generator.q_max_mvar[g] = p_max_mw;
  OK(CostSet(&net->generator.cost[g], COST_POLYNOMIAL, 2, cost));
  return g;
}

/* A load with a series over the snapshots (NULL: a constant of p_mw). */
static inline PetscInt AddLoad(Network net, PetscInt bus, PetscReal p_mw, const PetscReal *series)
{
  const PetscInt l = net->load.n;
  char           name[24];

  OK(NetworkResizeLoads(net, l + 1));
  (void)snprintf(name, sizeof name, "load %d", (int)l + 1);
  OK(NetworkSetString(&net->load.name[l], name));
  net->load.bus[l]  = bus;
  net->load.p_mw[l] = p_mw;
  if (series) OK(NetworkAddSeries(net, series, &net->load.p_series[l]));
  return l;
}

/* A storage unit without losses that starts empty. */
static inline PetscInt AddStorage(Network net, PetscInt bus, PetscReal power_mw, PetscReal energy_mwh)
{
  const PetscInt s = net->storage.n;
  char           name[24];

  OK(NetworkResizeStorage(net, s + 1));
  (void)snprintf(name, sizeof name, "storage %d", (int)s + 1);
  OK(NetworkSetString(&net->storage.name[s], name));
  net->storage.bus[s]                  = bus;
  net->storage.p_charge_max_mw[s]      = power_mw;
  net->storage.p_discharge_max_mw[s]   = power_mw;
  net->storage.e_min_mwh[s]            = 0;
  net->storage.e_max_mwh[s]            = energy_mwh;
  net->storage.e_initial_mwh[s]        = 0;
  net->storage.e_final_min_mwh[s]      = NAN;
  net->storage.cyclic[s]               = PETSC_FALSE;
  net->storage.efficiency_charge[s]    = 1;
  net->storage.efficiency_discharge[s] = 1;
  net->storage.standing_loss[s]        = 0;
  net->storage.marginal_cost[s]        = 0;
  return s;
}

static inline PetscInt AddBranch(Network net, PetscInt from, PetscInt to, PetscReal r, PetscReal x, PetscReal rate_mva)
{
  const PetscInt b = net->branch.n;

  OK(NetworkResizeBranches(net, b + 1));
  net->branch.from[b]   = from;
  net->branch.to[b]     = to;
  net->branch.r[b]      = r;
  net->branch.x[b]      = x;
  net->branch.rate_a[b] = rate_mva;
  OK(NetworkNameBranches(net));
  return b;
}

static inline PetscInt AddLink(Network net, PetscInt from, PetscInt to, PetscReal p_max_mw, PetscReal loss0_mw,
                               PetscReal loss1)
{
  const PetscInt l = net->link.n;
  char           name[24];

  OK(NetworkResizeLinks(net, l + 1));
  (void)snprintf(name, sizeof name, "link %d", (int)l + 1);
  OK(NetworkSetString(&net->link.name[l], name));
  net->link.from[l]     = from;
  net->link.to[l]       = to;
  net->link.p_min_mw[l] = 0;
  net->link.p_max_mw[l] = p_max_mw;
  net->link.loss0_mw[l] = loss0_mw;
  net->link.loss1[l]    = loss1;
  return l;
}

/* DC options over all hours of the network's series, or of its static values. */
static inline OpfOptions DcOptions(Network net)
{
  OpfOptions options;

  OpfDefaultOptions(&options);
  options.physics = PHYSICS_DC_REACTANCE;
  if (net->series.n_snapshots > 0) {
    options.hours          = net->series.n_snapshots;
    options.first_snapshot = 0;
  }
  return options;
}

/* Solves on one rank and demands an optimum that the independent evaluation finds feasible. */
static inline Dispatch SolveOptimal(Network net, const OpfOptions *options, OpfResult *result)
{
  Dispatch   dispatch;
  Evaluation evaluation;

  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, options, &dispatch, result));
  assert_string_equal(SolveStatusName(result->status), "optimal");
  OK(DispatchEvaluate(net, dispatch, options->physics, options->initial_energy, &evaluation));
  if (evaluation.max_violation_pu > 1e-6) fail_msg("%s by %g", evaluation.worst, evaluation.max_violation_pu);
  if (evaluation.max_mismatch_pu > 1e-6) fail_msg("%s by %g", evaluation.worst_bus, evaluation.max_mismatch_pu);
  return dispatch;
}

#endif
