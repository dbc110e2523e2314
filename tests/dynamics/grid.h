/* Grids for the tests of the dynamics: textbook cases from files, and small ones with closed forms built in memory. */
#ifndef ARCHIPELAGO_TESTS_DYNAMICS_GRID_H
#define ARCHIPELAGO_TESTS_DYNAMICS_GRID_H

#include "tests/support.h"

#include "dynamics/stability.h"
#include "inputs/reader.h"
#include "solver/powerflow.h"

#include <complex.h>
#include <math.h>

#define Ok(call) assert_int_equal((int)(call), 0)

typedef struct {
  Network        net;
  OperatingPoint point;
  DeviceTable    table;
} Grid;

static inline void GridDestroy(Grid *grid)
{
  Ok(DeviceTableDestroy(&grid->table));
  Ok(OperatingPointDestroy(&grid->point));
  Ok(NetworkDestroy(&grid->net));
}

/* A case and its classical machines, at its power flow; false (after saying so) when the data are not there. */
static inline int GridLoad(const char *matpower, const char *devices, Grid *grid)
{
  const char      *case_path = SharedData(matpower), *table_path = devices ? SharedData(devices) : NULL;
  Faults           faults;
  PowerFlow        flow;
  PowerFlowOptions options;
  *grid = (Grid){0};
  if (!case_path || (devices && !table_path)) return 0;
  Ok(FaultsCreate(&faults));
  Ok(NetworkReadMatpower(PETSC_COMM_SELF, case_path, faults, &grid->net));
  assert_non_null(grid->net);
  if (devices)
    Ok(DeviceTableRead(PETSC_COMM_SELF, table_path, grid->net, PETSC_FALSE, faults, &grid->table));
  else {
    Ok(DeviceTableCreate(&grid->table));
    Ok(DeviceTableAddDefaults(grid->table, grid->net));
  }
  FaultsView(faults, stdout);
  assert_non_null(grid->table);
  PowerFlowDefaultOptions(&options);
  Ok(PowerFlowSolve(grid->net, &options, &flow));
  assert_true(flow.converged);
  Ok(OperatingPointFromPowerFlow(grid->net, &flow, -1, &grid->point));
  Ok(PowerFlowDestroy(&flow));
  Ok(FaultsDestroy(&faults));
  return 1;
}

static inline int GridLoadWscc9(Grid *grid)
{
  return GridLoad("matpower/case9.m", "dynamics/textbook/wscc9-classical.csv", grid);
}

static inline int GridLoadNewEngland39(Grid *grid)
{
  return GridLoad("matpower/case39.m", "dynamics/textbook/newengland39-classical.csv", grid);
}

/* An empty grid in memory: buses numbered from 1, generator g at bus generator_bus[g]. */
static inline void GridCreate(PetscReal base_mva, PetscInt buses, PetscInt branches, PetscInt generators, Grid *grid)
{
  char text[16];
  *grid = (Grid){0};
  Ok(NetworkCreate(&grid->net));
  grid->net->base_mva = base_mva;
  Ok(NetworkResizeBuses(grid->net, buses));
  Ok(NetworkResizeBranches(grid->net, branches));
  Ok(NetworkResizeGenerators(grid->net, generators));
  for (PetscInt i = 0; i < buses; ++i) grid->net->bus.number[i] = i + 1;
  for (PetscInt g = 0; g < generators; ++g) {
    snprintf(text, sizeof text, "%d", (int)g + 1);
    Ok(NetworkSetString(&grid->net->generator.unit[g], text));
    Ok(NetworkSetString(&grid->net->generator.name[g], text));
  }
  Ok(OperatingPointCreate(grid->net, &grid->point));
  for (PetscInt g = 0; g < generators; ++g) grid->point->generator_online[g] = PETSC_TRUE;
  Ok(DeviceTableCreate(&grid->table));
}

static inline void GridSetBranch(Grid *grid, PetscInt k, PetscInt from, PetscInt to, PetscReal x, const char *circuit)
{
  BranchTable *branch = &grid->net->branch;
  branch->from[k]     = from;
  branch->to[k]       = to;
  branch->r[k]        = 0.0;
  branch->x[k]        = x;
  Ok(NetworkSetString(&branch->circuit[k], circuit));
}

/* A machine on the network's base that gives the current `i` at the voltage `v`. */
static inline void GridSetMachine(Grid *grid, PetscInt g, PetscInt bus, PetscReal h, PetscReal d, PetscReal xd1,
                                  double complex v, double complex i)
{
  const PetscReal      base                         = grid->net->base_mva;
  const double complex s                            = v * conj(i);
  const PetscReal      parameter[GENCLS_PARAMETERS] = {[GENCLS_H] = h, [GENCLS_D] = d, [GENCLS_XD1] = xd1};
  grid->net->generator.bus[g]                       = bus;
  grid->point->generator_p[g]                       = base * creal(s);
  grid->point->generator_q[g]                       = base * cimag(s);
  Ok(DeviceTableAdd(grid->table, DEVICE_AT_GENERATOR, g, &DeviceGencls, base, parameter, 0));
}

static inline void GridSetVoltage(Grid *grid, PetscInt bus, double complex v)
{
  grid->point->vm_pu[bus]  = cabs(v);
  grid->point->va_rad[bus] = carg(v);
}

/* Kundur (1994), example 13.1: one machine over a transformer and two circuits at an infinite bus, here a machine of
   huge inertia behind a tiny reactance. Buses 1 terminal, 2 high-voltage side, 3 infinite. */
#define SMIB_X 0.3
#define SMIB_H 3.5
#define SMIB_E 1.1626
#define SMIB_EB 0.90081
#define SMIB_D0 (41.77 * PETSC_PI / 180.0)
#define SMIB_PRE (SMIB_X + 0.15 + 0.5 * 0.93 / (0.5 + 0.93))
#define SMIB_POST (SMIB_X + 0.15 + 0.5)

static inline void GridBuildSmib(PetscReal damping, Grid *grid)
{
  const double complex e = SMIB_E * cexp(I * SMIB_D0), i = (e - SMIB_EB) / (I * SMIB_PRE);
  GridCreate(2220.0, 3, 3, 2, grid);
  GridSetBranch(grid, 0, 0, 1, 0.15, "1");
  GridSetBranch(grid, 1, 1, 2, 0.5, "1");
  GridSetBranch(grid, 2, 1, 2, 0.93, "2");
  GridSetVoltage(grid, 0, e - I * SMIB_X * i);
  GridSetVoltage(grid, 1, e - I * (SMIB_X + 0.15) * i);
  GridSetVoltage(grid, 2, SMIB_EB);
  GridSetMachine(grid, 0, 0, SMIB_H, damping, SMIB_X, e - I * SMIB_X * i, i);
  GridSetMachine(grid, 1, 2, 1e8, 0.0, 1e-6, SMIB_EB, -i);
}

static inline PetscInt GridBus(const Grid *grid, PetscInt number)
{
  const PetscInt bus = NetworkFindBus(grid->net, number);
  assert_true(bus >= 0);
  return bus;
}

static inline PetscInt GridBranch(const Grid *grid, PetscInt from, PetscInt to)
{
  const PetscInt branch = NetworkFindBranch(grid->net, GridBus(grid, from), GridBus(grid, to), NULL);
  assert_true(branch >= 0);
  return branch;
}

#endif
