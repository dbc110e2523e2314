/* A PSS/E case with its devices, at its power flow. */
#ifndef ARCHIPELAGO_TESTS_DYNAMICS_PAIR_H
#define ARCHIPELAGO_TESTS_DYNAMICS_PAIR_H

#include "tests/dynamics/grid.h"

#include "dynamics/device_loads.h"

/* False (after saying so) when the data are not there. */
static inline int PairLoad(const char *raw, const char *dyr, Grid *grid)
{
  const char      *raw_path = SharedData(raw), *dyr_path = SharedData(dyr);
  Faults           faults;
  PowerFlow        flow;
  PowerFlowOptions options;
  PetscInt         loads;
  *grid = (Grid){0};
  if (!raw_path || !dyr_path) return 0;
  Ok(FaultsCreate(&faults));
  Ok(NetworkReadPsseRaw(PETSC_COMM_SELF, raw_path, faults, &grid->net));
  assert_non_null(grid->net);
  Ok(DeviceTableRead(PETSC_COMM_SELF, dyr_path, grid->net, PETSC_FALSE, faults, &grid->table));
  if (!grid->table) FaultsView(faults, stdout);
  assert_non_null(grid->table);
  Ok(FaultsDestroy(&faults));
  Ok(DeviceTableAddDefaults(grid->table, grid->net));
  Ok(DeviceTableAddLoads(grid->table, grid->net, LOAD_MODEL_IMPEDANCE, &loads));
  PowerFlowDefaultOptions(&options);
  Ok(PowerFlowSolve(grid->net, &options, &flow));
  assert_true(flow.converged);
  Ok(OperatingPointFromPowerFlow(grid->net, &flow, -1, &grid->point));
  Ok(PowerFlowDestroy(&flow));
  return 1;
}

#endif
