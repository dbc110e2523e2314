/* What of a plan counts as what in its reliability: components made by hand, indices by closed forms. */
#include "jobs/plan_adequacy_impl.h"
#include "tests/support.h"

#include <string.h>

#define OK(call) assert_int_equal((int)(call), 0)

static PetscInt Add(Components c, ComponentKind kind, const char *name, const char *bus)
{
  PetscInt row;
  OK(ComponentsAddRow(c, kind, name, &row));
  if (bus) OK(ComponentsSetText(c, kind, kind == COMPONENT_LINK || kind == COMPONENT_LINE ? "bus0" : "bus", row, bus));
  return row;
}

static void Set(Components c, ComponentKind kind, PetscInt row, const char *attribute, PetscReal value)
{
  OK(ComponentsSetReal(c, kind, attribute, row, value));
}

static void SetText(Components c, ComponentKind kind, PetscInt row, const char *attribute, const char *value)
{
  OK(ComponentsSetText(c, kind, attribute, row, value));
}

/* One snapshot, buses a and b, a load of 50 MW at a. */
static Components Small(void)
{
  Components c;
  PetscInt   row;

  OK(ComponentsCreate(&c));
  (void)Add(c, COMPONENT_BUS, "a", NULL);
  (void)Add(c, COMPONENT_BUS, "b", NULL);
  row = Add(c, COMPONENT_LOAD, "load", "a");
  Set(c, COMPONENT_LOAD, row, "p_set", 50);
  return c;
}

static PetscInt AddLink(Components c, const char *name, const char *from, const char *to, const char *carrier,
                        PetscReal p_nom, PetscReal efficiency)
{
  const PetscInt row = Add(c, COMPONENT_LINK, name, from);
  SetText(c, COMPONENT_LINK, row, "bus1", to);
  SetText(c, COMPONENT_LINK, row, "carrier", carrier);
  Set(c, COMPONENT_LINK, row, "p_nom", p_nom);
  Set(c, COMPONENT_LINK, row, "efficiency", efficiency);
  return row;
}

static void Carrier(Components c, const char *bus, const char *carrier)
{
  SetText(c, COMPONENT_BUS, ComponentsFind(c, COMPONENT_BUS, bus), "carrier", carrier);
}

static void generators_become_units_of_their_technology(void **state)
{
  Components      c = Small();
  ReliabilityCase k;
  PetscInt        gas, own, wind, shed;

  (void)state;
  gas = Add(c, COMPONENT_GENERATOR, "gas", "a");
  Set(c, COMPONENT_GENERATOR, gas, "p_nom_extendable", 1);
  Set(c, COMPONENT_GENERATOR, gas, "p_nom_opt", 120);
  SetText(c, COMPONENT_GENERATOR, gas, "carrier", "OCGT");
  own = Add(c, COMPONENT_GENERATOR, "own", "b");
  Set(c, COMPONENT_GENERATOR, own, "p_nom", 30);
  Set(c, COMPONENT_GENERATOR, own, "mttf_h", 700);
  Set(c, COMPONENT_GENERATOR, own, "mttr_h", 70);
  Set(c, COMPONENT_GENERATOR, own, "unit_mw", 10);
  Set(c, COMPONENT_GENERATOR, own, "p_max_pu", 0.9);
  wind = Add(c, COMPONENT_GENERATOR, "wind", "b");
  Set(c, COMPONENT_GENERATOR, wind, "p_nom", 40);
  Set(c, COMPONENT_GENERATOR, wind, "p_max_pu", 0.25);
  SetText(c, COMPONENT_GENERATOR, wind, "carrier", "onwind");
  shed = Add(c, COMPONENT_GENERATOR, "shed", "a");
  Set(c, COMPONENT_GENERATOR, shed, "p_nom", 1e4);
  SetText(c, COMPONENT_GENERATOR, shed, "carrier", "load shedding");

  OK(ReliabilityCaseCreate(c, NULL, 0, 100, &k));
  assert_int_equal(k.regions, 2);
  assert_string_equal(k.region[0], "a");
  assert_int_equal(k.n_units, 6);
  assert_string_equal(k.unit[0].name, "gas/0");
  assert_true(k.unit[0].capacity == 55 && k.unit[1].capacity == 55 && k.unit[2].capacity == 10);
  assert_true(k.unit[0].mttf == 969 && k.unit[0].mttr == 31 && k.unit[0].region == 0);
  for (PetscInt i = 3; i < 6; i++) {
    assert_true(fabs(k.unit[i].capacity - 9) < 1e-12);
    assert_true(k.unit[i].mttf == 700 && k.unit[i].mttr == 70 && k.unit[i].region == 1);
  }
  assert_true(k.demand[0] == 50 && k.demand[1] == 0 && k.variable[0] == 0 && k.variable[1] == 10);
  OK(ReliabilityCaseDestroy(&k));
  OK(ComponentsDestroy(&c));
}

static void technologies_are_known_by_words_of_their_carriers(void **state)
{
  (void)state;
  assert_string_equal(SupplyDefaultOf("wind turbine")->name, "wind");
  assert_string_equal(SupplyDefaultOf("Offshore Wind (AC)")->name, "wind");
  assert_string_equal(SupplyDefaultOf("offwind-dc")->name, "offwind");
  assert_string_equal(SupplyDefaultOf("solar rooftop")->name, "solar");
  assert_string_equal(SupplyDefaultOf("Hard Coal")->name, "coal");
  assert_string_equal(SupplyDefaultOf("CCGT")->name, "ccgt");
  assert_string_equal(SupplyDefaultOf("gas engine")->name, "engine");
  assert_string_equal(SupplyDefaultOf("biogas")->name, "biogas");
  assert_string_equal(SupplyDefaultOf("Load Shedding")->name, "load shedding");
  assert_string_equal(SupplyDefaultOf("something else")->name, "");
  assert_int_equal(SupplyDefaultOf("")->kind, SUPPLY_UNITS);
}

/* A heat pump's dispatch is demand, an electrolyser's is not; an engine burns what is at hand. */
static void links_are_demand_units_or_neither(void **state)
{
  Components      c = Small();
  ReliabilityCase k;
  PetscInt        gas, row;

  (void)state;
  (void)Add(c, COMPONENT_BUS, "heat", NULL);
  (void)Add(c, COMPONENT_BUS, "gas", NULL);
  (void)Add(c, COMPONENT_BUS, "hydrogen", NULL);
  Carrier(c, "heat", "heat");
  Carrier(c, "gas", "gas");
  Carrier(c, "hydrogen", "hydrogen");
  gas = Add(c, COMPONENT_GENERATOR, "well", "gas");
  Set(c, COMPONENT_GENERATOR, gas, "p_nom", 1e3);
  row = AddLink(c, "pump", "a", "heat", "heat pump", 10, 3);
  Set(c, COMPONENT_LINK, row, "p0", 7);
  row = AddLink(c, "electrolyser", "a", "hydrogen", "H2 Electrolysis", 10, 0.7);
  Set(c, COMPONENT_LINK, row, "p0", 5);
  row = AddLink(c, "engine", "gas", "b", "gas engine", 50, 0.4);
  row = Add(c, COMPONENT_STORE, "cavern", "gas"); /* of a fuel that is supplied: no storage of electricity */
  Set(c, COMPONENT_STORE, row, "e_nom", 1e6);

  OK(ReliabilityCaseCreate(c, NULL, 0, 10, &k));
  assert_true(k.demand[0] == 57);
  assert_int_equal(k.n_units, 2);
  assert_true(k.unit[0].capacity == 10 && fabs(k.unit[1].capacity - 10) < 1e-9);
  assert_int_equal(k.unit[0].region, 1);
  assert_int_equal(k.n_storages, 0);
  OK(ReliabilityCaseDestroy(&k));
  OK(ComponentsDestroy(&c));
}

static void a_store_behind_links_is_one_storage(void **state)
{
  Components      c = Small();
  ReliabilityCase k;
  PetscInt        row;

  (void)state;
  (void)Add(c, COMPONENT_BUS, "cell", NULL);
  Carrier(c, "cell", "battery");
  row = AddLink(c, "charger", "a", "cell", "battery charger", 20, 0.9);
  Set(c, COMPONENT_LINK, row, "p0", 11);
  (void)AddLink(c, "discharger", "cell", "a", "battery discharger", 10, 0.8);
  row = Add(c, COMPONENT_STORE, "battery", "cell");
  Set(c, COMPONENT_STORE, row, "e_nom", 60);
  Set(c, COMPONENT_STORE, row, "standing_loss", 0.01);
  row = Add(c, COMPONENT_STORAGE_UNIT, "hydro", "b");
  Set(c, COMPONENT_STORAGE_UNIT, row, "p_nom", 5);
  Set(c, COMPONENT_STORAGE_UNIT, row, "max_hours", 6);
  Set(c, COMPONENT_STORAGE_UNIT, row, "p_min_pu", 0);
  Set(c, COMPONENT_STORAGE_UNIT, row, "inflow", 2);

  OK(ReliabilityCaseCreate(c, NULL, 0, 10, &k));
  assert_int_equal(k.n_storages, 2);
  assert_true(k.storage[0].discharge == 5 && k.storage[0].charge == 0 && k.storage[0].energy == 30);
  assert_true(k.storage[0].inflow && k.storage[0].inflow[3] == 2 && k.storage[0].region == 1);
  assert_true(k.storage[1].charge == 20 && k.storage[1].discharge == 8 && k.storage[1].energy == 60);
  assert_true(fabs(k.storage[1].efficiency_charge - 0.9) < 1e-12 &&
              fabs(k.storage[1].efficiency_discharge - 0.8) < 1e-12);
  assert_true(fabs(k.storage[1].standing_loss - 0.01) < 1e-12 && k.storage[1].initial == 60);
  assert_int_equal(k.n_units, 0);
  assert_true(k.demand[0] == 50); /* charging is no demand */
  OK(ReliabilityCaseDestroy(&k));
  OK(ComponentsDestroy(&c));
}

static void lines_and_links_between_regions_are_ties(void **state)
{
  Components      c = Small();
  ReliabilityCase k;
  PetscInt        row;

  (void)state;
  row = Add(c, COMPONENT_LINE, "line", "a");
  SetText(c, COMPONENT_LINE, row, "bus1", "b");
  Set(c, COMPONENT_LINE, row, "s_nom", 40);
  Set(c, COMPONENT_LINE, row, "s_max_pu", 0.5);
  row = AddLink(c, "cable", "b", "a", "DC", 30, 0.9);
  Set(c, COMPONENT_LINK, row, "mttf_h", 4000);
  Set(c, COMPONENT_LINK, row, "mttr_h", 200);

  OK(ReliabilityCaseCreate(c, NULL, 0, 10, &k));
  assert_int_equal(k.n_ties, 2);
  assert_true(k.tie[0].forward == 20 && k.tie[0].backward == 20 && k.tie[0].mttf == PETSC_INFINITY);
  assert_true(fabs(k.tie[1].forward - 27) < 1e-12 && k.tie[1].backward == 0 && k.tie[1].from == 1 &&
              k.tie[1].mttf == 4000);
  OK(ReliabilityCaseDestroy(&k));
  SetText(c, COMPONENT_BUS, 0, "location", "here");
  SetText(c, COMPONENT_BUS, 1, "location", "here");
  OK(ReliabilityCaseCreate(c, NULL, 0, 10, &k));
  assert_int_equal(k.regions, 1);
  assert_int_equal(k.n_ties, 0);
  OK(ReliabilityCaseDestroy(&k));
  OK(ComponentsDestroy(&c));
}

/* --- hours */

/* Snapshots as they are in memory, with weights; the arrays are PETSc's as the reader makes them. */
static void SetSnapshots(Components c, PetscInt n, const PetscReal *generators, const PetscReal *stores)
{
  for (PetscInt t = 0; t < c->n_snapshots; t++) OK(PetscFree(c->snapshot[t]));
  OK(PetscFree(c->snapshot));
  OK(PetscFree(c->period_of));
  OK(PetscFree(c->weight_objective));
  OK(PetscFree(c->weight_generators));
  OK(PetscFree(c->weight_stores));
  c->n_snapshots = n;
  OK(PetscCalloc1(n, &c->snapshot));
  OK(PetscCalloc1(n, &c->period_of));
  OK(PetscCalloc1(n, &c->weight_objective));
  OK(PetscCalloc1(n, &c->weight_generators));
  OK(PetscCalloc1(n, &c->weight_stores));
  for (PetscInt t = 0; t < n; t++) {
    OK(PetscStrallocpy("t", &c->snapshot[t]));
    c->weight_objective[t] = c->weight_generators[t] = generators[t];
    c->weight_stores[t]                              = stores[t];
  }
}

static void ExpectHours(Components c, PetscInt hours, const char *expected)
{
  PetscInt snapshot[32];
  char     text[33] = {0};

  OK(ReliabilityHours(c, 0, hours, snapshot));
  for (PetscInt h = 0; h < hours; h++) text[h] = (char)('a' + snapshot[h]);
  assert_string_equal(text, expected);
}

static void snapshots_become_the_hours_of_a_year(void **state)
{
  const PetscReal one[4] = {1, 1, 1, 1}, three[4] = {3, 3, 3, 3}, twice[4] = {4, 4, 6, 6}, two[4] = {2, 2, 2, 2};
  const PetscReal half[4] = {0.5, 0.5, 0.5, 0.5}, year[4] = {2190, 2190, 2190, 2190};
  Components      c;

  (void)state;
  OK(ComponentsCreate(&c));
  SetSnapshots(c, 4, one, one);
  ExpectHours(c, 10, "abcdabcdab"); /* too few: from the beginning */
  SetSnapshots(c, 4, three, three);
  ExpectHours(c, 14, "aaabbbcccdddaa"); /* each lasts three hours */
  SetSnapshots(c, 4, twice, two);
  ExpectHours(c, 20, "aabbaabbccddccddccdd"); /* twice and three times what they last */
  SetSnapshots(c, 4, half, half);
  ExpectHours(c, 4, "acac");
  SetSnapshots(c, 4, year, year); /* a length that is none within a day */
  ExpectHours(c, 6, "abcdab");

  SetSnapshots(c, 4, two, one); /* two days of two snapshots in the order a, b, b */
  c->n_days = 3;
  OK(PetscCalloc1(3, &c->day_period));
  OK(PetscCalloc1(3, &c->day_representative));
  c->day_representative[1] = c->day_representative[2] = 1;
  ExpectHours(c, 8, "abcdcdab");
  OK(ComponentsDestroy(&c));
}

/* One unit of 100 MW that is out a tenth of the time serves 50 MW; nothing serves region b's 5 MW beyond what a can spare. */
static void a_plan_has_rows_and_a_document(void **state)
{
  Components c = Small();
  Planning   planning;
  Statistics statistics;
  json_t    *report, *first, *regions;
  PetscInt   row;
  PetscReal  eens, error;
  PetscBool  stopped;

  (void)state;
  row = Add(c, COMPONENT_GENERATOR, "gas", "a");
  Set(c, COMPONENT_GENERATOR, row, "p_nom", 100);
  Set(c, COMPONENT_GENERATOR, row, "mttf_h", 90);
  Set(c, COMPONENT_GENERATOR, row, "mttr_h", 10);
  OK(PlanningCreate(&planning));
  OK(StatisticsCreateEmpty(&statistics));
  OK(PlanAssessReliability(PETSC_COMM_SELF, c, planning, NULL, statistics, &report, &stopped));
  assert_null(report); /* not asked for */
  assert_int_equal(StatisticsCount(statistics), 0);

  planning->reliability_years = 100;
  planning->reliability_seed  = 3;
  OK(PlanAssessReliability(PETSC_COMM_SELF, c, planning, NULL, statistics, &report, &stopped));
  assert_non_null(report);
  eens  = StatisticsValue(statistics, "Expected Energy Not Served", "", "a", 0);
  error = StatisticsValue(statistics, "Expected Energy Not Served Standard Error", "", "a", 0);
  assert_true(error > 0 && error < 1000 && fabs(eens - 0.1 * 8760 * 50) < 3 * error);
  assert_true(StatisticsValue(statistics, "Expected Energy Not Served", "", "", 0) == eens);
  assert_true(StatisticsValue(statistics, "Expected Energy Not Served", "", "b", 0) == 0);
  assert_true(fabs(StatisticsValue(statistics, "Energy Not Served Share", "", "a", 0) - eens / (8760 * 50) * 1e6) <
              1e-6);
  assert_true(fabs(StatisticsValue(statistics, "Loss Of Load Probability", "", "", 0) * 8760 -
                   StatisticsValue(statistics, "Loss Of Load Hours", "", "", 0)) < 1e-9);
  first   = json_array_get(json_object_get(report, "periods"), 0);
  regions = json_object_get(first, "regions");
  assert_int_equal(json_array_size(regions), 3);
  assert_true(json_real_value(json_object_get(json_array_get(regions, 0), "eens_mwh")) == eens);
  assert_true(fabs(json_real_value(json_object_get(json_array_get(regions, 0), "analytic_eens_mwh")) - 43800) < 1e-6);
  json_decref(report);
  OK(StatisticsDestroy(&statistics));
  OK(PlanningDestroy(&planning));
  OK(ComponentsDestroy(&c));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(generators_become_units_of_their_technology),
      cmocka_unit_test(technologies_are_known_by_words_of_their_carriers),
      cmocka_unit_test(links_are_demand_units_or_neither),
      cmocka_unit_test(a_store_behind_links_is_one_storage),
      cmocka_unit_test(lines_and_links_between_regions_are_ties),
      cmocka_unit_test(snapshots_become_the_hours_of_a_year),
      cmocka_unit_test(a_plan_has_rows_and_a_document),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
