/* Adequacy against closed forms: units, ties, storage, and what a unit's random numbers depend on. */
#include "tests/solver/adequacy_support.h"

#define HOURS 8760

static PetscReal demand[HOURS * 3];

static void Constant(PetscInt regions, const PetscReal *value)
{
  for (PetscInt h = 0; h < HOURS; h++)
    for (PetscInt r = 0; r < regions; r++) demand[h * regions + r] = value[r];
}

static AdequacyResult Simulate(const AdequacyModel *model, PetscInt years)
{
  AdequacyResult result = NULL;
  OK(AdequacySimulate(PETSC_COMM_SELF, model, years, 7, &result));
  assert_int_equal(result->years, years);
  return result;
}

static void one_unit_is_out_as_often_as_its_times_say(void **state)
{
  const PetscReal    load = 80, q = 40.0 / 1000, hourly = q * (1 - PetscExpReal(-1.0 / 960 - 1.0 / 40));
  const AdequacyUnit unit  = {"gas", 0, 100, 960, 40, NULL};
  AdequacyModel      model = {.regions = 1, .hours = HOURS, .demand = demand, .n_units = 1, .unit = &unit};
  AdequacyResult     result;

  (void)state;
  Constant(1, &load);
  result                   = Simulate(&model, 400);
  const AdequacyIndices *i = &result->index[0];
  Agrees(i->lolh, q * HOURS, 3);
  Agrees(i->eens, q * HOURS * load, 3);
  Agrees(i->lolp, q, 3);
  Agrees(i->share, q * 1e6, 3);
  Agrees(i->events, q + (HOURS - 1) * (1 - q) * hourly, 3);
  Near(i->duration.value, i->lolh.value / i->events.value, 1e-9);
  Near(i->analytic_lolh, q * HOURS, 1e-6);
  Near(i->analytic_eens, q * HOURS * load, 1e-4);
  Near(i->demand, load * HOURS, 1e-3);
  assert_memory_equal(&result->index[1].eens, &i->eens, sizeof i->eens);
  OK(AdequacyResultDestroy(&result));
}

static void a_unit_that_never_fails_serves_always(void **state)
{
  const PetscReal    load   = 100;
  const AdequacyUnit unit[] = {{"a", 0, 60, PETSC_INFINITY, 50, NULL}, {"b", 0, 40, 100, 0, NULL}};
  AdequacyModel      model  = {.regions = 1, .hours = HOURS, .demand = demand, .n_units = 2, .unit = unit};
  AdequacyResult     result;

  (void)state;
  Constant(1, &load);
  result = Simulate(&model, 3);
  assert_true(result->index[0].eens.value == 0 && result->index[0].lolh.value == 0 &&
              result->index[0].events.value == 0);
  assert_true(result->index[0].analytic_eens == 0 && result->index[0].analytic_lolh == 0);
  OK(AdequacyResultDestroy(&result));
}

/* Areas of 100 MW and 50 MW of load that help each other over a tie of 30 MW, then of 50 MW, then of one that fails too. */
static void two_areas_help_each_other_as_far_as_the_tie_goes(void **state)
{
  const PetscReal    load[2] = {50, 50}, a = 0.1, b = 0.2, c = 0.05;
  const AdequacyUnit unit[] = {{"a", 0, 100, 90, 10, NULL}, {"b", 1, 100, 80, 20, NULL}};
  AdequacyTie        tie    = {"tie", 0, 1, 30, 30, PETSC_INFINITY, 0};
  AdequacyModel      model  = {
            .regions = 2, .hours = HOURS, .demand = demand, .n_units = 2, .unit = unit, .n_ties = 1, .tie = &tie};
  AdequacyResult result;

  (void)state;
  Constant(2, load);
  result = Simulate(&model, 200);
  Agrees(result->index[0].lolh, a * HOURS, 3.5);
  Agrees(result->index[0].eens, a * ((1 - b) * 20 + b * 50) * HOURS, 3.5);
  Agrees(result->index[1].eens, b * ((1 - a) * 20 + a * 50) * HOURS, 3.5);
  Agrees(result->index[2].lolh, (1 - (1 - a) * (1 - b)) * HOURS, 3.5);
  assert_false(result->index[0].analytic);
  OK(AdequacyResultDestroy(&result));

  tie.forward = tie.backward = 50;
  result                     = Simulate(&model, 200);
  Agrees(result->index[0].lolh, a * b * HOURS, 3.5);
  Agrees(result->index[1].eens, a * b * 50 * HOURS, 3.5);
  OK(AdequacyResultDestroy(&result));

  tie.mttf = 95;
  tie.mttr = 5;
  result   = Simulate(&model, 200);
  Agrees(result->index[0].lolh, a * (1 - (1 - b) * (1 - c)) * HOURS, 3.5);
  Agrees(result->index[1].lolh, b * (1 - (1 - a) * (1 - c)) * HOURS, 3.5);
  OK(AdequacyResultDestroy(&result));

  tie    = (AdequacyTie){"one way", 0, 1, 50, 0, PETSC_INFINITY, 0};
  result = Simulate(&model, 200);
  Agrees(result->index[0].lolh, a * HOURS, 3.5);
  Agrees(result->index[1].lolh, b * a * HOURS, 3.5);
  OK(AdequacyResultDestroy(&result));
}

/* Three regions that share what 60 MW elsewhere give: each sheds the same share of its demand, and all that is shed is counted. */
static void what_is_lacking_is_shed_in_proportion(void **state)
{
  const PetscReal    load[3] = {100, 200, 40};
  const AdequacyUnit unit[]  = {{"far", 2, 100, PETSC_INFINITY, 0, NULL}};
  const AdequacyTie  tie[]   = {{"x", 2, 0, 1e3, 1e3, PETSC_INFINITY, 0}, {"y", 2, 1, 1e3, 1e3, PETSC_INFINITY, 0}};
  AdequacyModel      model   = {
             .regions = 3, .hours = HOURS, .demand = demand, .n_units = 1, .unit = unit, .n_ties = 2, .tie = tie};
  AdequacyResult result;

  (void)state;
  Constant(3, load);
  result = Simulate(&model, 2);
  Near(result->index[0].eens.value, 80.0 * HOURS, 1e-3);
  Near(result->index[1].eens.value, 160.0 * HOURS, 1e-3);
  Near(result->index[2].eens.value, 0, 1e-3);
  Near(result->index[3].eens.value, 240.0 * HOURS, 1e-3);
  Near(result->index[3].lolh.value, HOURS, 0);
  OK(AdequacyResultDestroy(&result));
}

/* 100 MW against 100 MW but for peaks of 150 MW, which 50 MW and 50 MWh of storage serve for an hour. */
static void storage_serves_what_it_holds(void **state)
{
  const PetscReal    load  = 100;
  const AdequacyUnit unit  = {"gas", 0, 100, PETSC_INFINITY, 0, NULL};
  AdequacyStorage    cell  = {"battery", 0, 50, 50, 50, 50, 1, 1, 0, NULL, PETSC_INFINITY, 0};
  AdequacyModel      model = {
           .regions = 1, .hours = HOURS, .demand = demand, .n_units = 1, .unit = &unit, .n_storages = 1, .storage = &cell};
  AdequacyResult result;

  (void)state;
  Constant(1, &load);
  demand[100] = 150;
  result      = Simulate(&model, 1);
  assert_true(result->index[0].eens.value == 0);
  assert_true(PetscIsNanReal(result->index[0].eens.error));
  OK(AdequacyResultDestroy(&result));

  demand[101] = 150; /* nothing to charge from in between */
  result      = Simulate(&model, 1);
  Near(result->index[0].eens.value, 50, 1e-9);
  Near(result->index[0].lolh.value, 1, 0);
  OK(AdequacyResultDestroy(&result));

  /* Two hours with 30 MW to spare, charged at 80 %: 48 MWh; discharged at 90 %: 43.2 MWh of the 50. */
  demand[101] = demand[102] = 70;
  demand[103]               = 150;
  cell.efficiency_charge    = 0.8;
  cell.efficiency_discharge = 0.9;
  cell.energy = cell.initial = 60;
  demand[99]                 = 100;
  result                     = Simulate(&model, 1);
  /* 60 MWh give 50 MW for 55.56 MWh, 4.44 stay; 52.44 then give 47.2. */
  Near(result->index[0].eens.value, 50 - 0.9 * (60 - 50 / 0.9 + 48), 1e-9);
  OK(AdequacyResultDestroy(&result));
}

/* What storage holds at first, less its losses, is all that is ever served where nothing is to spare. */
static void storage_makes_no_energy(void **state)
{
  const PetscReal    load    = 110;
  const AdequacyUnit unit    = {"gas", 0, 100, PETSC_INFINITY, 0, NULL};
  AdequacyStorage    cells[] = {{"a", 0, 5, 7, 300, 300, 0.9, 0.9, 0, NULL, PETSC_INFINITY, 0},
                                {"b", 0, 5, 4, 400, 100, 0.9, 0.8, 0, NULL, PETSC_INFINITY, 0}};
  AdequacyModel      model   = {
             .regions = 1, .hours = HOURS, .demand = demand, .n_units = 1, .unit = &unit, .n_storages = 2, .storage = cells};
  AdequacyResult result;

  (void)state;
  Constant(1, &load);
  result = Simulate(&model, 1);
  Near(result->index[0].eens.value, 10.0 * HOURS - 300 * 0.9 - 100 * 0.8, 1e-6);
  OK(AdequacyResultDestroy(&result));
  cells[0].standing_loss = 1; /* all is gone before the first hour */
  result                 = Simulate(&model, 1);
  Near(result->index[0].eens.value, 10.0 * HOURS - 100 * 0.8, 1e-6);
  OK(AdequacyResultDestroy(&result));
}

/* The storage that lasts longest gives first, so that both give all they have in the end: 10 MW each, 3 h and 1 h, against 10, 10, 20 MW.
   The other order would be empty of power in the third hour. */
static void the_longest_lasting_storage_gives_first(void **state)
{
  const PetscReal load    = 0;
  AdequacyStorage cells[] = {{"short", 0, 0, 10, 10, 10, 1, 1, 0, NULL, PETSC_INFINITY, 0},
                             {"long", 0, 0, 10, 30, 30, 1, 1, 0, NULL, PETSC_INFINITY, 0}};
  AdequacyModel   model   = {.regions = 1, .hours = HOURS, .demand = demand, .n_storages = 2, .storage = cells};
  PetscReal       given[2];
  const PetscReal stored[2] = {10, 30}, power[2] = {10, 10}, one[2] = {1, 1}, limit[2] = {10, 10};
  AdequacyResult  result;

  (void)state;
  Constant(1, &load);
  demand[10] = demand[11] = 10;
  demand[12]              = 20;
  result                  = Simulate(&model, 1);
  Near(result->index[0].eens.value, 0, 1e-9);
  OK(AdequacyResultDestroy(&result));
  AdequacyDischarge(2, stored, power, one, limit, 15, given); /* the long one at its power, the other the rest */
  Near(given[0], 5, 1e-9);
  Near(given[1], 10, 1e-9);
}

/* 40 MWh to spare before two hours that lack 15 MW: in the efficient storage they serve both, in the other they would not. */
static void the_more_efficient_storage_is_used_first(void **state)
{
  const PetscReal    load    = 100;
  const AdequacyUnit unit    = {"gas", 0, 100, PETSC_INFINITY, 0, NULL};
  AdequacyStorage    cells[] = {{"tank", 0, 40, 10, 1e3, 0, 0.5, 0.5, 0, NULL, PETSC_INFINITY, 0},
                                {"cell", 0, 40, 40, 50, 0, 0.9, 0.9, 0, NULL, PETSC_INFINITY, 0}};
  AdequacyModel      model   = {
             .regions = 1, .hours = HOURS, .demand = demand, .n_units = 1, .unit = &unit, .n_storages = 2, .storage = cells};
  AdequacyResult result;

  (void)state;
  Constant(1, &load);
  demand[10] = 60;
  demand[20] = demand[21] = 115;
  result                  = Simulate(&model, 1);
  Near(result->index[0].eens.value, 0, 1e-9); /* 40 * 0.9 * 0.9 = 32.4 */
  OK(AdequacyResultDestroy(&result));
  cells[0].initial =
      100; /* 50 MWh that need not be touched in the first two hours, and give 10 MW each in the next three */
  demand[22] = demand[23] = demand[24] = 110;
  result                               = Simulate(&model, 1);
  Near(result->index[0].eens.value, 0, 1e-9);
  OK(AdequacyResultDestroy(&result));
}

/* A storage of one region helps another only where it is shared; one that is not may still make way for what others send. */
static void storage_is_shared_where_that_is_said(void **state)
{
  const PetscReal   load[3] = {20, 0, 0};
  AdequacyStorage   cell    = {"far", 1, 0, 50, 1e6, 1e6, 1, 1, 0, NULL, PETSC_INFINITY, 0};
  const AdequacyTie tie[]   = {{"x", 0, 1, 15, 15, PETSC_INFINITY, 0}, {"y", 1, 2, 100, 100, PETSC_INFINITY, 0}};
  AdequacyModel     model   = {
            .regions = 3, .hours = HOURS, .demand = demand, .n_storages = 1, .storage = &cell, .n_ties = 2, .tie = tie};
  AdequacyUnit   unit = {"gas", 2, 10, PETSC_INFINITY, 0, NULL};
  AdequacyResult result;

  (void)state;
  Constant(3, load);
  result = Simulate(&model, 1);
  Near(result->index[0].eens.value, 20.0 * HOURS, 1e-6);
  OK(AdequacyResultDestroy(&result));
  model.share_storage = PETSC_TRUE;
  result              = Simulate(&model, 1);
  Near(result->index[0].eens.value, 5.0 * HOURS, 1e-6);
  OK(AdequacyResultDestroy(&result));

  /* Region 1 lacks 10 MW and could take all of region 2's 10 MW, but has a storage: region 0 gets them. */
  model.share_storage = PETSC_FALSE;
  model.n_units       = 1;
  model.unit          = &unit;
  for (PetscInt h = 0; h < HOURS; h++) demand[3 * h + 1] = 10;
  result = Simulate(&model, 1);
  Near(result->index[0].eens.value, 10.0 * HOURS, 1e-6);
  Near(result->index[1].eens.value, 0, 1e-6);
  OK(AdequacyResultDestroy(&result));
}

/* Surplus reaches storage elsewhere where it is shared. */
static void shared_storage_charges_over_ties(void **state)
{
  const PetscReal    load[2] = {100, 0};
  const AdequacyUnit unit    = {"gas", 0, 100, PETSC_INFINITY, 0, NULL};
  AdequacyStorage    cell    = {"far", 1, 50, 50, 50, 0, 1, 1, 0, NULL, PETSC_INFINITY, 0};
  const AdequacyTie  tie     = {"x", 0, 1, 20, 60, PETSC_INFINITY, 0};
  AdequacyModel      model   = {.regions       = 2,
                                .hours         = HOURS,
                                .demand        = demand,
                                .n_units       = 1,
                                .unit          = &unit,
                                .n_storages    = 1,
                                .storage       = &cell,
                                .n_ties        = 1,
                                .tie           = &tie,
                                .share_storage = PETSC_TRUE};
  AdequacyResult     result;

  (void)state;
  Constant(2, load);
  demand[2 * 10] = demand[2 * 11] = 50; /* 50 MW to spare, of which the tie carries 20 */
  demand[2 * 12]                  = 150;
  result                          = Simulate(&model, 1);
  Near(result->index[0].eens.value, 10, 1e-9);
  OK(AdequacyResultDestroy(&result));
}

/* A region's outages are the same whatever else there is, and others with another seed or name. */
static void units_of_a_name_fail_alike_in_every_plan(void **state)
{
  const PetscReal    load[2] = {80, 80};
  const AdequacyUnit unit[] = {{"b", 1, 100, 500, 50, NULL}, {"a", 0, 100, 900, 40, NULL}, {"c", 1, 50, 500, 50, NULL}};
  AdequacyUnit       other  = {"other", 0, 100, 900, 40, NULL};
  AdequacyModel      alone  = {.regions = 1, .hours = HOURS, .demand = demand, .n_units = 1, .unit = &unit[1]};
  AdequacyModel      both   = {.regions = 2, .hours = HOURS, .demand = demand, .n_units = 3, .unit = unit};
  AdequacyResult     one, two;

  (void)state;
  Constant(1, load);
  one = Simulate(&alone, 20);
  Constant(2, load);
  two = Simulate(&both, 20);
  assert_memory_equal(&one->index[0].eens, &two->index[0].eens, sizeof one->index[0].eens);
  OK(AdequacyResultDestroy(&two));
  alone.unit = &other;
  Constant(1, load);
  two = Simulate(&alone, 20);
  assert_true(one->index[0].eens.value != two->index[0].eens.value);
  OK(AdequacyResultDestroy(&one));
  OK(AdequacyResultDestroy(&two));
}

/* A unit with a profile is out with all that it would give. */
static void a_profile_bounds_a_unit_that_is_up(void **state)
{
  static PetscReal   profile[HOURS];
  const PetscReal    load = 50, q = 0.1;
  const AdequacyUnit unit  = {"hydro", 0, 100, 90, 10, profile};
  AdequacyModel      model = {.regions = 1, .hours = HOURS, .demand = demand, .n_units = 1, .unit = &unit};
  AdequacyResult     result;

  (void)state;
  Constant(1, &load);
  for (PetscInt h = 0; h < HOURS; h++) profile[h] = h % 2 ? 0.2 : 0.9;
  result = Simulate(&model, 100);
  Agrees(result->index[0].eens, HOURS * (q * 50 + (1 - q) * 0.5 * 30), 3);
  assert_false(result->index[0].analytic);
  OK(AdequacyResultDestroy(&result));
}

static void a_model_that_is_none_is_refused(void **state)
{
  const PetscReal load   = 50;
  AdequacyUnit    unit   = {"gas", 1, 100, 90, 10, NULL};
  AdequacyModel   model  = {.regions = 1, .hours = HOURS, .demand = demand, .n_units = 1, .unit = &unit};
  AdequacyResult  result = NULL;

  (void)state;
  Constant(1, &load);
  OK(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  assert_int_equal((int)AdequacySimulate(PETSC_COMM_SELF, &model, 1, 1, &result), PETSC_ERR_ARG_OUTOFRANGE);
  unit.region = 0;
  unit.mttf   = 0;
  assert_int_equal((int)AdequacySimulate(PETSC_COMM_SELF, &model, 1, 1, &result), PETSC_ERR_ARG_OUTOFRANGE);
  unit.mttf = 90;
  demand[5] = NAN;
  assert_int_equal((int)AdequacySimulate(PETSC_COMM_SELF, &model, 1, 1, &result), PETSC_ERR_ARG_OUTOFRANGE);
  OK(PetscPopErrorHandler());
  assert_null(result);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_unit_is_out_as_often_as_its_times_say),
      cmocka_unit_test(a_unit_that_never_fails_serves_always),
      cmocka_unit_test(two_areas_help_each_other_as_far_as_the_tie_goes),
      cmocka_unit_test(what_is_lacking_is_shed_in_proportion),
      cmocka_unit_test(storage_serves_what_it_holds),
      cmocka_unit_test(storage_makes_no_energy),
      cmocka_unit_test(the_longest_lasting_storage_gives_first),
      cmocka_unit_test(the_more_efficient_storage_is_used_first),
      cmocka_unit_test(storage_is_shared_where_that_is_said),
      cmocka_unit_test(shared_storage_charges_over_ties),
      cmocka_unit_test(units_of_a_name_fail_alike_in_every_plan),
      cmocka_unit_test(a_profile_bounds_a_unit_that_is_up),
      cmocka_unit_test(a_model_that_is_none_is_refused),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
