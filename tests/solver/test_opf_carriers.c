/* Buses of heat, gas and hydrogen, and links with several outputs: merit orders that can be worked out by hand. */
#include "tests/solver/model_support.h"

static PetscInt AddBus(Network net, const char *carrier)
{
  const PetscInt b = net->bus.n;
  char           name[24];

  OK(NetworkResizeBuses(net, b + 1));
  (void)snprintf(name, sizeof name, "%s %d", carrier, (int)b + 1);
  OK(NetworkSetString(&net->bus.name[b], name));
  OK(NetworkSetString(&net->bus.carrier[b], carrier));
  net->bus.number[b] = b + 1;
  net->bus.type[b]   = BUS_PQ;
  return b;
}

/* A converter without losses of its own: takes p_max at most, delivers `efficiency` of it. */
static PetscInt AddConverter(Network net, PetscInt from, PetscInt to, PetscReal p_max_mw, PetscReal efficiency)
{
  return AddLink(net, from, to, p_max_mw, 0, 1 - efficiency);
}

static void AddOutput(Network net, PetscInt link, PetscInt bus, PetscReal efficiency)
{
  PetscInt  *to           = net->link.to2[link] < 0 ? net->link.to2 : net->link.to3;
  PetscReal *efficiencies = to == net->link.to2 ? net->link.efficiency2 : net->link.efficiency3;
  to[link]                = bus;
  efficiencies[link]      = efficiency;
}

/* Grid power at 50, gas at 20 currency/MWh; 100 MW of electric and 60 MW of heat demand; a unit of combined heat and power (0.4
   electric, 0.45 heat) of 50 MW gas, a heat pump of 10 MW with coefficient 3, a boiler of 0.9. */
typedef struct {
  Network  net;
  PetscInt electric, heat, gas, grid, supply, chp, pump, boiler;
} Town;

static Town NewTown(void)
{
  Town town   = {.net = NewNetwork(1, 0)};
  town.heat   = AddBus(town.net, "heat");
  town.gas    = AddBus(town.net, "gas");
  town.grid   = AddGenerator(town.net, town.electric, 500, 50);
  town.supply = AddGenerator(town.net, town.gas, 500, 20);
  town.chp    = AddConverter(town.net, town.gas, town.electric, 50, 0.4);
  AddOutput(town.net, town.chp, town.heat, 0.45);
  town.pump   = AddConverter(town.net, town.electric, town.heat, 10, 3);
  town.boiler = AddConverter(town.net, town.gas, town.heat, 100, 0.9);
  (void)AddLoad(town.net, town.electric, 100, NULL);
  (void)AddLoad(town.net, town.heat, 60, NULL);
  return town;
}

/* Heat of the CHP unit comes free (its power pays for the gas), that of the pump costs 50/3, that of the boiler 20/0.9: the first two
   run at their limits, the boiler makes the rest and the price. */
static void heat_is_made_in_the_order_of_its_cost(void **state)
{
  const Physics physics[2] = {PHYSICS_DC_REACTANCE, PHYSICS_AC};
  Town          town       = NewTown();

  (void)state;
  for (int k = 0; k < 2; k++) {
    const OpfModelOptions options = ModelOptions(town.net, physics[k]);
    Solution              s;
    SolveFeasible(town.net, &options, &s);
    Near(s.d->link_p_from[town.chp], 50, 1e-4);
    Near(s.d->link_p_to[town.chp], 20, 1e-4);
    Near(s.d->link_p_to2[town.chp], 22.5, 1e-4);
    Near(s.d->link_p_from[town.pump], 10, 1e-4);
    Near(s.d->link_p_to[town.pump], 30, 1e-4);
    Near(s.d->link_p_to[town.boiler], 7.5, 1e-3);
    Near(s.d->generator_p[town.grid], 90, 1e-3);
    Near(s.d->generator_p[town.supply], 50 + 7.5 / 0.9, 1e-3);
    Near(s.d->price[town.electric], 50, 1e-4);
    Near(s.d->price[town.gas], 20, 1e-4);
    Near(s.d->price[town.heat], 20 / 0.9, 1e-4);
    Near(s.cost, 90 * 50 + 20 * (50 + 7.5 / 0.9), 1e-2);
    SolutionDestroy(&s);
  }
  OK(NetworkDestroy(&town.net));
}

/* A carbon price of 50 on gas (0.2 t/MWh) makes it cost 30, and heat 30/0.9. */
static void a_carbon_price_reaches_heat_through_gas(void **state)
{
  Town            town    = NewTown();
  OpfModelOptions options = ModelOptions(town.net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  town.net->generator.emission_t_per_mwh[town.supply] = 0.2;
  options.carbon_price                                = 50;
  SolveFeasible(town.net, &options, &s);
  Near(s.d->price[town.gas], 30, 1e-4);
  Near(s.d->price[town.heat], 30 / 0.9, 1e-4);
  Near(s.d->link_p_from[town.chp], 50, 1e-4); /* 0.4 * 50 + 0.45 * 33.3 = 35 > 30: still worth its gas */
  Near(s.cost, 90 * 50 + 30 * (50 + 7.5 / 0.9), 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&town.net));
}

/* Power at 10, then at 100: 14 MWh of hydrogen made from 20 MW in the first hour give 7 MW in the second. */
static void hydrogen_carries_power_from_a_cheap_hour_to_a_dear_one(void **state)
{
  const PetscReal cheap[2] = {200, 0};
  Network         net      = NewNetwork(1, 2);
  const PetscInt  hydrogen = AddBus(net, "H2"), first = AddGenerator(net, 0, 200, 10),
                 dear         = AddGenerator(net, 0, 200, 100);
  const PetscInt electrolyser = AddConverter(net, 0, hydrogen, 50, 0.7), cell = AddConverter(net, hydrogen, 0, 50, 0.5);
  const PetscInt store    = AddStorage(net, hydrogen, 100, 14);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  (void)AddLoad(net, 0, 60, NULL);
  OK(NetworkAddSeries(net, cheap, &net->generator.p_max_series[first]));
  SolveFeasible(net, &options, &s);
  Near(s.d->link_p_from[electrolyser], 20, 1e-3);
  Near(s.d->storage_energy[store], 14, 1e-3);
  Near(s.d->link_p_to[net->link.n + cell], 7, 1e-3);
  Near(s.d->generator_p[net->generator.n + dear], 53, 1e-3);
  Near(s.d->price[hydrogen], 10 / 0.7, 1e-3);
  Near(s.d->price[net->bus.n + hydrogen], 50, 1e-3);
  Near(s.cost, 10 * 80 + 100 * 53, 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* Outputs 0.5 electric, 0.3 heat, and -0.1: a tenth of the fuel's power is drawn from a third carrier at 30. */
static void a_third_output_may_consume(void **state)
{
  Network         net  = NewNetwork(1, 0);
  const PetscInt  heat = AddBus(net, "heat"), fuel = AddBus(net, "gas"), steam = AddBus(net, "steam");
  const PetscInt  unit    = AddConverter(net, fuel, 0, 100, 0.5);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  AddOutput(net, unit, heat, 0.3);
  AddOutput(net, unit, steam, -0.1);
  (void)AddGenerator(net, fuel, 1000, 20);
  const PetscInt boiler = AddGenerator(net, steam, 1000, 30), backup = AddGenerator(net, heat, 1000, 500);
  (void)AddLoad(net, 0, 40, NULL);
  (void)AddLoad(net, heat, 30, NULL);
  SolveFeasible(net, &options, &s);
  Near(s.d->link_p_from[unit], 80, 1e-3);
  Near(s.d->link_p_to2[unit], 24, 1e-3);
  Near(s.d->link_p_to3[unit], -8, 1e-3);
  Near(s.d->generator_p[boiler], 8, 1e-3);
  Near(s.d->generator_p[backup], 6, 1e-3);
  Near(s.d->price[0], (20 + 3 - 0.3 * 500) / 0.5, 1e-2); /* its power is worth less than nothing beside its heat */
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

static void an_energy_bus_has_an_active_balance_and_nothing_else(void **state)
{
  Town            town    = NewTown();
  OpfModelOptions options = ModelOptions(town.net, PHYSICS_AC);
  OpfModel        model;

  (void)state;
  options.elastic = PETSC_TRUE;
  OK(OpfModelCreate(town.net, &options, &model));
  OK(OpfModelSetUp(model));
  assert_true(OpfModelBalanceRow(model, PETSC_FALSE, town.heat, 0) >= 0);
  assert_true(OpfModelVariable(model, OPF_SHORTAGE_P, town.heat, 0) >= 0);
  assert_int_equal(OpfModelBalanceRow(model, PETSC_TRUE, town.heat, 0), -1);
  assert_int_equal(OpfModelVariable(model, OPF_VA, town.heat, 0), -1);
  assert_int_equal(OpfModelVariable(model, OPF_VM, town.heat, 0), -1);
  assert_int_equal(OpfModelVariable(model, OPF_SHORTAGE_Q, town.heat, 0), -1);
  OK(OpfModelDestroy(&model));
  OK(NetworkDestroy(&town.net));
}

/* 60 MW of heat where 22.5 + 30 can be made. */
static void heat_that_is_missing_is_found(void **state)
{
  Town            town    = NewTown();
  OpfModelOptions options = ModelOptions(town.net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  town.net->link.in_service[town.boiler] = PETSC_FALSE;
  SolveModel(town.net, &options, &s);
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  SolutionDestroy(&s);
  options.elastic = PETSC_TRUE;
  SolveFeasible(town.net, &options, &s);
  Near(s.d->shortage_p[town.heat], 7.5, 1e-3);
  Near(s.d->shortage_p[town.electric], 0, 1e-3);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&town.net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(heat_is_made_in_the_order_of_its_cost),
      cmocka_unit_test(a_carbon_price_reaches_heat_through_gas),
      cmocka_unit_test(hydrogen_carries_power_from_a_cheap_hour_to_a_dear_one),
      cmocka_unit_test(a_third_output_may_consume),
      cmocka_unit_test(an_energy_bus_has_an_active_balance_and_nothing_else),
      cmocka_unit_test(heat_that_is_missing_is_found),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
