/* A small power system with closed forms for the tests of events and verdicts: machines on buses 1, 2, ..., loads at the
   last bus, lossless lines. */
#ifndef ARCHIPELAGO_TESTS_DYNAMICS_ISOLATED_H
#define ARCHIPELAGO_TESTS_DYNAMICS_ISOLATED_H

#include "dynamics/device_loads.h"
#include "tests/dynamics/grid.h"

#define ISOLATED_XD1 0.2
#define ISOLATED_X 0.1
#define ISOLATED_H 5.0

/* One classical machine at bus 1, a line, a load of p MW at bus 2; 100 MVA. The load's bus has one per unit. */
static inline void IsolatedCreate(PetscReal p_mw, LoadModel model, Grid *grid)
{
  const double complex i = p_mw / 100.0, v = 1.0 + I * ISOLATED_X * i;
  PetscInt             count;
  GridCreate(100.0, 2, 1, 1, grid);
  Ok(NetworkResizeLoads(grid->net, 1));
  Ok(NetworkSetString(&grid->net->load.unit[0], "1"));
  Ok(NetworkSetString(&grid->net->load.name[0], "load"));
  grid->net->load.bus[0] = 1;
  Ok(OperatingPointDestroy(&grid->point));
  Ok(OperatingPointCreate(grid->net, &grid->point));
  grid->point->generator_online[0] = PETSC_TRUE;
  grid->point->load_p[0]           = p_mw;
  GridSetBranch(grid, 0, 0, 1, ISOLATED_X, "1");
  GridSetVoltage(grid, 0, v);
  GridSetVoltage(grid, 1, 1.0);
  GridSetMachine(grid, 0, 0, ISOLATED_H, 0.0, ISOLATED_XD1, v, i);
  Ok(DeviceTableAddLoads(grid->table, grid->net, model, &count));
  assert_int_equal(count, model == LOAD_MODEL_IMPEDANCE ? 0 : 1);
}

/* Runs events; the caller looks at the result and the trajectory (when asked for). */
static inline void Simulate(Grid *grid, const StabilityOptions *options, PetscInt n, const StabilityEvent *event,
                            Trajectory *trajectory, StabilityResult *result)
{
  Stability stability;
  Ok(StabilityCreate(grid->net, grid->point, grid->table, options, &stability));
  Ok(StabilitySimulate(stability, n, event, trajectory, result));
  Ok(StabilityDestroy(&stability));
  if (result->verdict == STABILITY_FAILED) printf("failed: %s\n", result->criterion);
}

#endif
