/* PyPSA CSV folders with several carriers: converters, stores, flexible demand and reserves, good and bad. */
#include "inputs/reader.h"
#include "tests/inputs/text_files.h"

#include <math.h>

static Faults  faults;
static Network net;

#define NEAR(a, b) assert_true(fabs((double)(a) - (double)(b)) <= 1e-12 * (1 + fabs((double)(b))))

#define LINK_COLUMNS \
  "name,bus0,bus1,bus2,bus3,p_nom,p_min_pu,p_max_pu,efficiency,efficiency2,efficiency3,marginal_cost\n"

/* Electricity at two buses, heat, gas and hydrogen at one each. */
static int Begin(void **state)
{
  (void)state;
  net = NULL;
  RemoveFolder(TemporaryFolder());
  if (mkdir(TemporaryFolder(), 0700)) return 1;
  WriteText("network.csv", "name,base_mva\nenergy,10\n");
  WriteText("snapshots.csv", "snapshot\n2030-01-01 00:00:00\n2030-01-01 00:30:00\n");
  WriteText("buses.csv",
            "name,v_nom,carrier,v_mag_pu_min,v_mag_pu_max,district\nea,20,AC,0.9,1.1,a\neb,20,ac,0.9,1.1,b\n"
            "heat,1,heat,,,a\ngas,1,gas,,,a\nhydrogen,,H2,,,a\n");
  WriteText("lines.csv", "name,bus0,bus1,r,x,s_nom\nab,ea,eb,1,2,5\n");
  WriteText("carriers.csv", "name,co2_emissions\ngas,0.2\n");
  WriteText("generators.csv", "name,bus,control,p_nom,carrier,marginal_cost,q_min,q_max,reserve_max_mw\n"
                              "wells,gas,Slack,100,gas,25,,,\ngrid,ea,PV,10,,60,-5,5,4\n");
  WriteText("loads.csv", "name,bus,p_set,q_set,curtail_max_pu,curtail_cost,shift_max_mw,shift_hours,shift_cost\n"
                         "town,eb,3,1,0.25,400,,,\nhouses,heat,5,,,,,,\ncars,ea,1,0,,,0.75,8,2.5\n");
  WriteText("links.csv", LINK_COLUMNS "chp,gas,ea,heat,,10,,,0.35,0.5,,1.5\npump,ea,heat,,,2,,,3.2,,,\n");
  return FaultsCreate(&faults);
}

static int End(void **state)
{
  (void)state;
  return NetworkDestroy(&net) || FaultsDestroy(&faults);
}

static void Read(void)
{
  OK(NetworkReadPypsa(PETSC_COMM_SELF, TemporaryFolder(), faults, &net));
}

static void ReadWell(void)
{
  Read();
  AssertNoErrors(faults);
  assert_non_null(net);
  OK(NetworkValidate(net, faults));
  AssertNoErrors(faults);
}

static void test_carriers_make_energy_buses(void **state)
{
  (void)state;
  ReadWell();
  assert_true(NetworkBusIsElectric(net, 0) && NetworkBusIsElectric(net, 1));
  assert_string_equal(net->bus.carrier[1], "AC");
  assert_string_equal(net->bus.carrier[4], "H2");
  for (PetscInt k = 2; k < 5; k++) {
    assert_false(NetworkBusIsElectric(net, k));
    assert_true(net->bus.type[k] == BUS_PQ || k == 4); /* nothing stands at the hydrogen bus: set aside */
  }
  assert_int_equal(net->bus.type[4], BUS_ISOLATED);
  assert_int_equal(net->bus.type[0], BUS_REF); /* not the gas bus, whose unit is called slack */
  NEAR(net->generator.q_max_mvar[0], 0);
  NEAR(net->generator.emission_t_per_mwh[0], 0.2);
  NEAR(net->generator.reserve_max_mw[1], 4);
  NEAR(net->generator.reserve_max_mw[0], 0);
}

static void test_links_deliver_to_several_buses(void **state)
{
  const LinkTable *l;
  (void)state;
  ReadWell();
  l = &net->link;
  assert_int_equal(l->from[0], 3);
  assert_int_equal(l->to[0], 0);
  assert_int_equal(l->to2[0], 2);
  assert_int_equal(l->to3[0], -1);
  NEAR(1 - l->loss1[0], 0.35);
  NEAR(l->efficiency2[0], 0.5);
  NEAR(l->efficiency3[0], 0);
  NEAR(CostValue(&l->cost[0], 2, NULL), 3);
  NEAR(1 - l->loss1[1], 3.2);
  assert_int_equal(l->to2[1], -1);
}

/* PyPSA's p1 = -efficiency p0, p2 = -efficiency2 p0 for p0 from -8 to 0, seen from the bus that takes. */
static void test_a_link_that_runs_backwards_is_turned_around(void **state)
{
  const LinkTable *l;
  const PetscReal  p0 = -3, q = 0.8 * 3;
  (void)state;
  WriteText("links.csv", LINK_COLUMNS "back,heat,ea,hydrogen,gas,8,-1,0,0.8,0.1,-0.4,6\n");
  ReadWell();
  l = &net->link;
  assert_int_equal(l->from[0], 0);
  assert_int_equal(l->to[0], 2);
  NEAR(l->p_min_mw[0], 0);
  NEAR(l->p_max_mw[0], 6.4);
  NEAR((1 - l->loss1[0]) * q, -p0);
  NEAR(l->efficiency2[0] * q, 0.1 * p0);
  NEAR(l->efficiency3[0] * q, -0.4 * p0);
  NEAR(CostValue(&l->cost[0], q, NULL), 6 * p0);
}

static void test_a_further_port_without_efficiency_takes_the_standard(void **state)
{
  (void)state;
  WriteText("links.csv", "name,bus0,bus1,bus2,p_nom,efficiency\nchp,gas,ea,heat,10,0.4\n");
  ReadWell();
  NEAR(net->link.efficiency2[0], 1);
}

static void test_stores_are_storage_at_their_energy_per_step(void **state)
{
  const StorageTable *s;
  (void)state;
  WriteText("storage_units.csv", "name,bus,p_nom,max_hours,q_min,q_max\nbattery,ea,2,3,0,0\n");
  WriteText("stores.csv", "name,bus,carrier,e_nom,e_min_pu,e_initial,e_cyclic,standing_loss,p_nom\n"
                          "tank,heat,hot water,20,0.1,5,True,0.01,\ncavern,hydrogen,H2,30,,,,,4\n");
  ReadWell();
  s = &net->storage;
  assert_int_equal(s->n, 3);
  assert_string_equal(s->name[1], "tank");
  assert_string_equal(s->technology[1], "hot water");
  assert_int_equal(s->bus[2], 4);
  NEAR(s->p_charge_max_mw[1], 40); /* 20 MWh in half an hour */
  NEAR(s->p_discharge_max_mw[2], 4);
  NEAR(s->e_min_mwh[1], 2);
  NEAR(s->e_initial_mwh[1], 5);
  NEAR(s->standing_loss[1], 0.01);
  NEAR(s->efficiency_charge[1] * s->efficiency_discharge[1], 1);
  NEAR(s->q_max_mvar[1], 0);
  assert_true(s->cyclic[1] && !s->cyclic[2]);
}

static void test_flexible_demand(void **state)
{
  (void)state;
  ReadWell();
  NEAR(net->load.curtail_max_pu[0], 0.25);
  NEAR(net->load.curtail_cost[0], 400);
  NEAR(net->load.shift_max_mw[0], 0);
  NEAR(net->load.shift_max_mw[2], 0.75);
  assert_int_equal(net->load.shift_hours[2], 8);
  NEAR(net->load.shift_cost[2], 2.5);
}

static void test_reserves_by_column_and_series(void **state)
{
  (void)state;
  WriteText("reserves.csv", "name,column,label,requirement_mw,shortage_price\nall,,,2,\nnorth,district,a,1,1000\n");
  WriteText("reserves-requirement_mw.csv", "snapshot,north\n0,1\n1,1.5\n");
  ReadWell();
  assert_int_equal(net->reserve.n, 2);
  assert_true(isinf(net->reserve.shortage_price[0]));
  NEAR(net->reserve.shortage_price[1], 1000);
  NEAR(NetworkReserveRequirement(net, 0, 1), 2);
  NEAR(NetworkReserveRequirement(net, 1, 1), 1.5);
  NEAR(NetworkReserveRequirement(net, 1, -1), 1);
  assert_false(NetworkReserveCovers(net, 0, 3)); /* gas is no spinning reserve */
  assert_true(NetworkReserveCovers(net, 0, 1) && NetworkReserveCovers(net, 1, 0) && !NetworkReserveCovers(net, 1, 1));
}

static void test_faults_of_links_have_their_line(void **state)
{
  (void)state;
  WriteText("links.csv", LINK_COLUMNS "one,ea,heat,attic,,1,,,1,,,\n"    /* 2 */
                                      "two,ea,heat,,,1,-1,1,3,,,\n"      /* 3 */
                                      "three,gas,ea,heat,,1,-1,1,1,,,\n" /* 4 */
                                      "four,ea,eb,,,1,,,1.2,,,\n"        /* 5 */
                                      "five,ea,heat,,,1,,,-2,,,\n"       /* 6 */
                                      "six,ea,heat,gas,,1,,,1,inf,,\n"   /* 7 */
                                      "seven,ea,heat,,,1,0.5,0.2,1,,,\n" /* 8 */
                                      "eight,heat,heat,,,1,,,1,,,\n");   /* 9 */
  Read();
  assert_null(net);
  AssertFault(faults, 2, "bus2: found the bus 'attic'");
  AssertFault(faults, 3, "found a link between two carriers that runs both ways with efficiency 3");
  AssertFault(faults, 4, "found a link with bus2 or bus3 that runs both ways");
  AssertFault(faults, 5, "found efficiency = 1.2, expected more than 0 and at most 1 between buses of one carrier");
  AssertFault(faults, 6, "found efficiency = -2, expected more than 0");
  AssertFault(faults, 7, "found efficiency2 = inf, expected a finite number");
  AssertFault(faults, 8, "found p_min_pu above p_max_pu");
  AssertFault(faults, 9, "found bus0 and bus1 the same");
  assert_int_equal(FaultsErrorCount(faults), 8);
}

static void test_electric_parts_at_energy_buses_are_refused(void **state)
{
  (void)state;
  WriteText("lines.csv", "name,bus0,bus1,r,x,s_nom\nab,ea,eb,1,2,5\nah,ea,heat,1,2,5\n");
  WriteText("loads.csv", "name,bus,p_set,q_set\nhouses,heat,5,1\n");
  WriteText("shunt_impedances.csv", "name,bus,g,b\ns,gas,0,1\n");
  Read();
  assert_null(net);
  AssertFault(faults, 3, "bus1: found a bus of carrier 'heat', expected AC");
  AssertFault(faults, 2, "found reactive power at a bus of carrier 'heat'");
  AssertFault(faults, 2, "found a bus of carrier 'gas', expected AC");
  assert_int_equal(FaultsErrorCount(faults), 3);
}

static void test_faults_of_stores_demand_and_reserves(void **state)
{
  (void)state;
  WriteText("storage_units.csv", "name,bus,p_nom,q_min,q_max\nbattery,ea,2,0,0\n");
  WriteText("stores.csv", "name,bus,carrier,e_nom,e_initial,e_set,e_min_pu\nbattery,heat,,1,,,\ntank,heat,gas,2,3,,\n"
                          "vat,heat,,-1,,,\ncan,heat,,1,,4,0.5\n");
  WriteText("loads.csv", "name,bus,p_set,curtail_max_pu,curtail_cost,shift_max_mw,shift_hours,shift_cost\n"
                         "a,heat,1,1.5,-1,,,\nb,heat,1,,,-2,1.5,\nc,heat,1,,,1,-3,inf\n");
  WriteText("reserves.csv",
            "name,column,label,requirement_mw,shortage_price\nx,county,a,1,\ny,district,z,-1,\nz,,,1,-5\nw,,,1,\n");
  WriteText("reserves-requirement_mw.csv", "snapshot,w\n0,1\n1,-1\n");
  WriteText("generators.csv", "name,bus,p_nom,q_min,q_max,reserve_max_mw\ng,ea,1,0,0,-4\n");
  Read();
  assert_null(net);
  AssertFault(faults, 2, "found the name 'battery' of a storage unit again");
  AssertFault(faults, 3, "found e_initial = 3, expected 0 to 2");
  AssertFault(faults, 3, "emissions are counted at generators only");
  AssertFault(faults, 4, "found e_nom = -1 MWh");
  AssertFault(faults, 5, "found e_set = 4 for 'can'");
  AssertFault(faults, 5, "found e_initial = 0, expected 0.5 to 1");
  AssertFault(faults, 2, "found curtail_max_pu = 1.5, expected 0 to 1");
  AssertFault(faults, 2, "found curtail_cost = -1, expected a finite number of at least 0");
  AssertFault(faults, 3, "found shift_max_mw = -2");
  AssertFault(faults, 3, "column \"shift_hours\": found \"1.5\"");
  AssertFault(faults, 4, "found shift_hours = -3, expected 0 to 8784");
  AssertFault(faults, 4, "found shift_cost = inf");
  AssertFault(faults, 2, "column: found 'county', expected a column of buses.csv");
  AssertFault(faults, 3, "label: found 'z', expected a value of the column 'district'");
  AssertFault(faults, 3, "found requirement_mw = -1");
  AssertFault(faults, 4, "found shortage_price = -5");
  AssertFault(faults, 5, "found requirement_mw = -1 in snapshot 1");
  AssertFault(faults, 2, "found reserve_max_mw = -4");
}

static void test_an_island_is_judged_over_all_carriers(void **state)
{
  (void)state;
  ReadWell(); /* no generator at the heat bus, but units that serve it */
  OK(NetworkDestroy(&net));
  WriteText("links.csv", LINK_COLUMNS "chp,gas,ea,hydrogen,,10,,,0.35,0.5,,1.5\n");
  Read();
  AssertNoErrors(faults);
  OK(NetworkValidate(net, faults));
  AssertFault(faults, 0, "found an island of 1 buses with load (bus 3) and without generation or storage");
}

static void test_the_published_hydrogen_network_is_read(void **state)
{
  const char *path = SharedData("pypsa/model-energy");
  (void)state;
  if (!path) skip();
  OK(NetworkReadPypsa(PETSC_COMM_SELF, path, faults, &net));
  AssertNoErrors(faults);
  assert_int_equal(net->bus.n, 2);
  assert_int_equal(net->link.n, 2);
  assert_false(NetworkBusIsElectric(net, 1));
  NEAR(1 - net->link.loss1[0], 0.6217);
  assert_int_equal(net->storage.bus[net->storage.n - 1], 1);
  assert_true(net->storage.cyclic[net->storage.n - 1]);
  AssertFault(faults, 2, "e_nom_extendable");
}

static void test_mutated_folders_never_crash(void **state)
{
  static const char *const file[] = {"buses.csv",
                                     "generators.csv",
                                     "loads.csv",
                                     "links.csv",
                                     "stores.csv",
                                     "reserves.csv",
                                     "reserves-requirement_mw.csv",
                                     "carriers.csv"};
  enum { FILES = 8 };
  (void)state;
  WriteText("stores.csv", "name,bus,carrier,e_nom,e_initial,e_cyclic\ntank,heat,water,20,5,True\n");
  WriteText("reserves.csv", "name,column,label,requirement_mw,shortage_price\nall,,,2,\nnorth,district,a,1,1000\n");
  WriteText("reserves-requirement_mw.csv", "snapshot,north\n0,1\n1,1.5\n");
  for (int k = 0; k < FILES; k++) {
    size_t size, length;
    char  *bytes = ReadBytes(TemporaryPath(file[k]), &size);
    for (uint64_t seed = 0; seed < 80; seed++) {
      char *mutated = Mutate(bytes, size, seed, &length);
      WriteBytes(TemporaryPath(file[k]), mutated, length);
      free(mutated);
      Read();
      if (net)
        OK(NetworkValidate(net, faults));
      else
        assert_true(FaultsErrorCount(faults) > 0);
      OK(NetworkDestroy(&net));
      OK(FaultsDestroy(&faults));
      OK(FaultsCreate(&faults));
    }
    WriteBytes(TemporaryPath(file[k]), bytes, size);
    free(bytes);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_carriers_make_energy_buses, Begin, End),
      cmocka_unit_test_setup_teardown(test_links_deliver_to_several_buses, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_link_that_runs_backwards_is_turned_around, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_further_port_without_efficiency_takes_the_standard, Begin, End),
      cmocka_unit_test_setup_teardown(test_stores_are_storage_at_their_energy_per_step, Begin, End),
      cmocka_unit_test_setup_teardown(test_flexible_demand, Begin, End),
      cmocka_unit_test_setup_teardown(test_reserves_by_column_and_series, Begin, End),
      cmocka_unit_test_setup_teardown(test_faults_of_links_have_their_line, Begin, End),
      cmocka_unit_test_setup_teardown(test_electric_parts_at_energy_buses_are_refused, Begin, End),
      cmocka_unit_test_setup_teardown(test_faults_of_stores_demand_and_reserves, Begin, End),
      cmocka_unit_test_setup_teardown(test_an_island_is_judged_over_all_carriers, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_published_hydrogen_network_is_read, Begin, End),
      cmocka_unit_test_setup_teardown(test_mutated_folders_never_crash, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
