/* A small network that has every noun there is. */
#ifndef ARCHIPELAGO_TESTS_NOUNS_SUPPORT_H
#define ARCHIPELAGO_TESTS_NOUNS_SUPPORT_H

#include "tests/solver/opf_support.h"

#define HOURS 3

/* The shipped case with every kind of table (piecewise cost, HVDC line, transformer, shunts) over three hours, with load series,
   ramps, a battery and a reservoir with inflow. */
static inline Network SixBusHours(void)
{
  Network         net      = ReadCase(PETSC_COMM_SELF, ShippedFile("inputs/cases/six-bus.m"));
  StorageTable   *s        = &net->storage;
  const PetscReal cubic[4] = {5, 28, 0.01, 0.0002}, fee[2] = {1, 3};
  PetscInt        row;

  OK(NetworkSetSnapshots(net, 0, 0.5, HOURS));
  OK(NetworkAddSeries(net, (PetscReal[]){80, 95, 70}, &row));
  net->load.p_series[1]                = row;
  net->generator.ramp_mw_per_h[0]      = 40;
  net->generator.emission_t_per_mwh[0] = 0.4;
  OK(CostSet(&net->generator.cost[2], COST_POLYNOMIAL, 4, cubic));
  OK(CostSet(&net->link.cost[0], COST_POLYNOMIAL, 2, fee));
  (void)AddStorage(net, 2, 20, 40);
  (void)AddStorage(net, 4, 15, 60);
  for (PetscInt k = 0; k < 2; k++) {
    s->efficiency_charge[k]    = 0.95;
    s->efficiency_discharge[k] = 0.9;
    s->standing_loss[k]        = 0.01;
    s->e_initial_mwh[k]        = 20;
    s->marginal_cost[k]        = 2;
    s->q_min_mvar[k]           = -5;
    s->q_max_mvar[k]           = 5;
  }
  s->cyclic[0] = PETSC_TRUE;
  OK(NetworkAddSeries(net, (PetscReal[]){10, 0, 5}, &s->inflow_series[1]));
  net->branch.shift_rad[6] = 0.05;
  return net;
}

/* The same with heat in the first area: a unit of combined heat and power, a pump that takes its power in the second area, heat
   storage; and with demand that curtails and shifts, a reserve of all and one of the first area. */
static inline Network EverythingHours(void)
{
  Network        net = SixBusHours();
  const PetscInt b = net->bus.n, l = net->link.n;

  OK(NetworkResizeBuses(net, b + 2));
  for (PetscInt k = b; k < b + 2; k++) {
    OK(NetworkSetString(&net->bus.carrier[k], k == b ? "heat" : "gas"));
    net->bus.number[k] = 100 + k;
    net->bus.type[k]   = BUS_PQ;
    OK(NetworkSetString(&NetworkBusColumn(net, "area")[k], NetworkBusColumn(net, "area")[0]));
  }
  (void)AddGenerator(net, b + 1, 100, 20);
  (void)AddLink(net, b + 1, 2, 40, 0, 0.6);
  (void)AddLink(net, 3, b, 10, 0, -2);
  net->link.to2[l]         = b;
  net->link.efficiency2[l] = 0.5;
  (void)AddLoad(net, b, 20, NULL);
  (void)AddStorage(net, b, 10, 30);
  net->load.curtail_max_pu[0] = 0.3;
  net->load.curtail_cost[0]   = 500;
  net->load.curtail_max_pu[1] = 0.5;
  net->load.shift_max_mw[1]   = 10;
  net->load.shift_cost[1]     = 4;
  net->load.shift_max_mw[2]   = 5;
  net->load.shift_hours[2]    = 1;
  OK(NetworkResizeReserves(net, 2));
  OK(NetworkSetString(&net->reserve.name[0], "all"));
  OK(NetworkSetString(&net->reserve.name[1], "first area"));
  OK(NetworkSetString(&net->reserve.column[1], "area"));
  OK(NetworkSetString(&net->reserve.label[1], NetworkBusColumn(net, "area")[0]));
  net->reserve.requirement_mw[0] = 30;
  net->reserve.requirement_mw[1] = 10;
  net->reserve.shortage_price[1] = 200;
  for (PetscInt g = 0; g < net->generator.n; g++) net->generator.reserve_max_mw[g] = g % 2 ? 15 : 0;
  return net;
}

#endif
