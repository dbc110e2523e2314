/* PyPSA CSV folders: units, per-unit conversion, series, and what is said about wrong or unsupported ones. */
#include "inputs/reader.h"
#include "tests/inputs/text_files.h"

#include <complex.h>
#include <math.h>

static Faults  faults;
static Network net;

#define NEAR(a, b) assert_true(fabs((double)(a) - (double)(b)) <= 1e-12 * (1 + fabs((double)(b))))

/* The folder every test starts from: overwritten file by file. */
static int Begin(void **state)
{
  (void)state;
  net = NULL;
  RemoveFolder(TemporaryFolder());
  if (mkdir(TemporaryFolder(), 0700)) return 1;
  WriteText("network.csv", "name,base_mva\nsmall,10\n");
  WriteText("buses.csv", "name,v_nom,x,y,v_mag_pu_min,v_mag_pu_max,region\na,20,7.5,50,0.9,1.1,north\nb,20,,,0.9,1.1,"
                         "north\nc,110,,,0.9,1.1,south\n");
  WriteText("lines.csv", "name,bus0,bus1,r,x,b,s_nom,s_max_pu\nab,a,b,2,4,0.001,5,0.7\nba,b,a,1,2,0,inf,\n");
  WriteText("generators.csv", "name,bus,control,p_nom,carrier,marginal_cost,q_min,q_max\ng,a,Slack,10,gas,30,-5,5\n");
  WriteText("loads.csv", "name,bus,p_set,q_set\nl,b,3,1\n");
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
}

static void test_buses_keep_names_places_and_labels(void **state)
{
  (void)state;
  ReadWell();
  assert_int_equal(net->bus.n, 3);
  assert_string_equal(net->name, "small");
  assert_int_equal(net->bus.number[2], 3);
  assert_string_equal(net->bus.name[2], "c");
  NEAR(net->bus.longitude[0], 7.5);
  NEAR(net->bus.latitude[0], 50);
  assert_true(isnan(net->bus.latitude[1]));
  assert_string_equal(NetworkBusColumn(net, "region")[2], "south");
  assert_string_equal(NetworkBusColumn(net, "area")[2], "1");
  assert_int_equal(net->bus.type[0], BUS_REF);
  assert_int_equal(FaultsCount(faults), 0);
}

static void test_lines_are_per_unit_of_base_mva_and_the_voltage(void **state)
{
  (void)state;
  ReadWell();
  /* 20 kV and 10 MVA: 40 ohm */
  NEAR(net->branch.r[0], 0.05);
  NEAR(net->branch.x[0], 0.1);
  NEAR(net->branch.b_from[0], 0.02);
  NEAR(net->branch.b_to[0], 0.02);
  NEAR(net->branch.rate_a[0], 3.5);
  assert_true(isinf(net->branch.rate_a[1]));
  assert_string_equal(net->branch.circuit[0], "1");
  assert_string_equal(net->branch.circuit[1], "2");
}

static void test_line_types_of_the_folder_and_the_standard_ones(void **state)
{
  (void)state;
  WriteText("line_types.csv", "name,f_nom,r_per_length,x_per_length,c_per_length\nown,50,0.2,0.4,10\n");
  WriteText("lines.csv", "name,bus0,bus1,type,length,num_parallel,r,x,s_nom\n"
                         "ab,a,b,own,10,2,99,99,5\nba,b,a,Al/St 240/40 2-bundle 220.0,10,1,,,5\n");
  ReadWell();
  NEAR(net->branch.r[0], 0.2 * 10 / 2 / 40);
  NEAR(net->branch.x[0], 0.4 * 10 / 2 / 40);
  NEAR(net->branch.b_from[0], 0.5 * 2 * PETSC_PI * 50 * 10e-9 * 10 * 2 * 40);
  NEAR(net->branch.r[1], 0.06 * 10 / 40);
}

/* Entries of a two-port's admittance matrix as the network model defines them. */
static void Admittance(PetscInt k, double complex y[4])
{
  const BranchTable *b      = &net->branch;
  double complex     series = 1 / (b->r[k] + I * b->x[k]), tap = b->tap[k] * cexp(I * b->shift_rad[k]);
  y[0] = (series + b->g_from[k] + I * b->b_from[k]) / (b->tap[k] * b->tap[k]);
  y[1] = -series / conj(tap);
  y[2] = -series / tap;
  y[3] = series + b->g_to[k] + I * b->b_to[k];
}

static void test_transformers_have_their_tap_on_the_side_given(void **state)
{
  double complex y[4], series;
  (void)state;
  WriteText("transformers.csv", "name,bus0,bus1,model,r,x,b,s_nom,tap_ratio,tap_side,phase_shift\n"
                                "t0,c,a,pi,0.01,0.1,0.02,40,1.05,0,30\nt1,c,a,pi,0.01,0.1,0.02,40,1.05,1,0\n");
  ReadWell();
  /* per unit of 10 MVA: impedance times 10/40, admittance times 40/10 */
  series = 1 / ((0.01 + 0.1 * I) / 4);
  Admittance(2, y);
  assert_true(cabs(y[0] - (series + 0.04 * I) / (1.05 * 1.05)) < 1e-9);
  assert_true(cabs(y[1] + series / (1.05 * cexp(-I * PETSC_PI / 6))) < 1e-9);
  assert_true(cabs(y[3] - (series + 0.04 * I)) < 1e-9);
  Admittance(3, y);
  assert_true(cabs(y[0] - (series + 0.04 * I)) < 1e-9);
  assert_true(cabs(y[1] + series / 1.05) < 1e-9);
  assert_true(cabs(y[3] - (series + 0.04 * I) / (1.05 * 1.05)) < 1e-9);
  assert_string_equal(net->branch.circuit[3], "2");
}

/* A T circuit has the chain parameters A = 1 + zy/2, B = z (1 + zy/4); a pi circuit with series Z and shunts Y/2 has
   A = 1 + ZY/2, B = Z. */
static void test_the_default_transformer_model_is_the_t_circuit(void **state)
{
  double complex z = (0.01 + 0.1 * I) / 4, y = (0.001 - 0.02 * I) * 4, pi_z, pi_y;
  (void)state;
  WriteText("transformers.csv", "name,bus0,bus1,r,x,g,b,s_nom\nt,c,a,0.01,0.1,0.001,-0.02,40\n");
  ReadWell();
  pi_z = net->branch.r[2] + I * net->branch.x[2];
  pi_y = net->branch.g_from[2] + net->branch.g_to[2] + I * (net->branch.b_from[2] + net->branch.b_to[2]);
  assert_true(cabs(pi_z - z * (1 + z * y / 4)) < 1e-12);
  assert_true(cabs(1 + pi_z * pi_y / 2 - (1 + z * y / 2)) < 1e-12);
}

static void test_generators_have_costs_emissions_ramps_and_series(void **state)
{
  (void)state;
  WriteText("carriers.csv", "name,co2_emissions\ngas,0.2\n");
  WriteText("snapshots.csv", "snapshot\n2030-01-01 00:00:00\n2030-01-01 00:30:00\n");
  WriteText("generators.csv",
            "name,bus,p_nom,p_min_pu,carrier,marginal_cost,marginal_cost_quadratic,efficiency,ramp_limit_up,"
            "ramp_limit_down,q_min,q_max,inertia_s,active\n"
            "g,a,10,0.3,gas,30,0.5,0.4,0.1,0.1,-5,6,4,True\nh,a,8,,,,,,,,-1,1,,False\n");
  WriteText("generators-p_max_pu.csv", ",h\n0,0.25\n1,0.5\n");
  ReadWell();
  NEAR(CostValue(&net->generator.cost[0], 2, NULL), 62);
  NEAR(net->generator.emission_t_per_mwh[0], 0.5);
  NEAR(net->generator.ramp_mw_per_h[0], 2); /* 0.1 * 10 MW in half an hour */
  assert_true(isinf(net->generator.ramp_mw_per_h[1]));
  NEAR(net->generator.p_min_mw[0], 3);
  NEAR(net->generator.q_max_mvar[0], 6);
  NEAR(net->generator.inertia_s[0], 4);
  NEAR(NetworkGeneratorPMax(net, 1, 1), 4);
  NEAR(NetworkGeneratorPMax(net, 1, -1), 8);
  assert_string_equal(net->generator.unit[1], "2");
  assert_false(net->generator.in_service[1]);
  NEAR(net->series.step_hours, 0.5);
  assert_int_equal(net->series.start, 1893456000);
  assert_int_equal(net->bus.type[0], BUS_REF); /* nobody is "Slack": the first generator's bus */
}

static void test_a_constant_q_set_stays_constant_beside_a_varying_p_set(void **state)
{
  (void)state;
  WriteText("snapshots.csv", "snapshot\n2030-01-01 00:00:00\n2030-01-01 01:00:00\n");
  WriteText("loads-p_set.csv", "snapshot,l\n2030-01-01 00:00:00,2\n2030-01-01 01:00:00,5\n");
  ReadWell();
  NEAR(NetworkLoadP(net, 0, 1), 5);
  NEAR(NetworkLoadQ(net, 0, 0), 1);
  NEAR(NetworkLoadQ(net, 0, 1), 1);
}

static void test_storage_links_and_shunts(void **state)
{
  (void)state;
  WriteText("storage_units.csv",
            "name,bus,p_nom,p_min_pu,max_hours,efficiency_store,efficiency_dispatch,standing_loss,"
            "state_of_charge_initial,cyclic_state_of_charge,marginal_cost,q_min,q_max,e_final_min\n"
            "s,b,2,-0.5,3,0.9,0.8,0.01,4,True,7,-1,1,2\n");
  WriteText("links.csv",
            "name,bus0,bus1,p_nom,efficiency,p_min_pu,marginal_cost\none,a,c,5,0.97,,2\nboth,a,c,5,0.97,-1,\n");
  WriteText("shunt_impedances.csv", "name,bus,g,b\nx,c,0.001,0.002\n");
  ReadWell();
  NEAR(net->storage.p_charge_max_mw[0], 1);
  NEAR(net->storage.p_discharge_max_mw[0], 2);
  NEAR(net->storage.e_max_mwh[0], 6);
  NEAR(net->storage.e_initial_mwh[0], 4);
  NEAR(net->storage.e_final_min_mwh[0], 2);
  NEAR(net->storage.efficiency_charge[0], 0.9);
  NEAR(net->storage.efficiency_discharge[0], 0.8);
  NEAR(net->storage.standing_loss[0], 0.01);
  NEAR(net->storage.marginal_cost[0], 7);
  assert_true(net->storage.cyclic[0]);
  NEAR(net->link.loss1[0], 0.03);
  NEAR(CostValue(&net->link.cost[0], 3, NULL), 6);
  NEAR(net->link.p_min_mw[1], -5);
  assert_true(net->link.loss1[1] == 0);
  AssertFault(faults, 1, "found 1 links that run both ways with an efficiency below 1");
  NEAR(net->shunt.g_mw[0], 12.1);
  NEAR(net->shunt.b_mvar[0], 24.2);
}

static void test_missing_limits_are_said_once_with_their_number(void **state)
{
  (void)state;
  WriteText("buses.csv", "name,v_nom\na,20\nb,20\nc,110\n");
  WriteText("generators.csv", "name,bus,p_nom\ng,a,10\nh,b,20\n");
  ReadWell();
  NEAR(net->generator.q_min_mvar[1], -20);
  NEAR(net->bus.vm_min_pu[1], 0.9);
  AssertFault(faults, 1, "found 3 of 3 buses without voltage limits");
  AssertFault(faults, 1, "found 2 of 2 generators without q_min and q_max");
  assert_int_equal(FaultsCount(faults), 2);
}

static void test_all_faults_of_a_folder_are_found(void **state)
{
  (void)state;
  WriteText("buses.csv",
            "name,v_nom,carrier,v_mag_pu_min,v_mag_pu_max\na,20,AC,0.9,1.1\nb,0,AC,1.2,1.1\na,20,AC,0.9,1.1\n");
  WriteText("lines.csv", "name,bus0,bus1,r,x,s_nom\n1,a,bb,1,1,1\n2,a,b,0,0,1\n3,a,a,1,nan,1\n4,a,b,1,1,-3\n");
  WriteText("generators.csv", "name,bus,p_nom,p_min_pu,control,q_min,q_max\ng,a,ten,0,PQ,0,0\nh,b,1,2,XY,3,0\n");
  WriteText("storage_units.csv",
            "name,bus,p_nom,max_hours,state_of_charge_initial,efficiency_store,q_min,q_max\ns,a,1,1,5,1.4,0,0\n");
  WriteText("links.csv", "name,bus0,bus1,p_nom,efficiency\nk,a,b,1,2\n");
  Read();
  assert_null(net);
  AssertFault(faults, 3, "found v_nom = 0 kV");
  AssertFault(faults, 3, "found voltage limits 1.2 to 1.1");
  AssertFault(faults, 4, "found the name 'a' twice, expected it once (first at line 2)");

  AssertFault(faults, 2, "bus1: found the bus 'bb', expected one of buses.csv such as 'b'");
  AssertFault(faults, 3, "found r = 0 and x = 0 ohm");
  AssertFault(faults, 4, "found bus0 and bus1 the same");
  AssertFault(faults, 4, "found \"nan\", expected a finite number");
  AssertFault(faults, 5, "found s_nom * s_max_pu = -3 MVA");
  AssertFault(faults, 2, "found \"ten\", expected a number");
  AssertFault(faults, 3, "found p_min_pu above p_max_pu");
  AssertFault(faults, 3, "found the control 'XY'");
  AssertFault(faults, 3, "found q_min = 3 above q_max = 0 Mvar");
  AssertFault(faults, 2, "found state_of_charge_initial = 5, expected 0 to 1");
  AssertFault(faults, 2, "found efficiency_store = 1.4");
  AssertFault(faults, 2, "found efficiency = 2, expected more than 0 and at most 1");
}

static void test_series_must_fit_snapshots_and_names(void **state)
{
  (void)state;
  WriteText("snapshots.csv", "snapshot\n2030-01-01 00:00:00\n2030-01-01 01:00:00\n2030-01-01 02:00:00\n");
  WriteText("loads-p_set.csv", "snapshot,l\n0,2\n1,5\n");
  WriteText("loads-q_set.csv", "snapshot,l,ll\n0,2,1\n1,x,1\n2,,1\n");
  WriteText("generators-p_max_pu.csv",
            "snapshot,g\n2030-01-01 00:00:00,1\n2030-01-01 01:00:00,1\n2030-01-01 03:00:00,1\n");
  WriteText("generators-marginal_cost.csv", "snapshot,g\n0,1\n1,1\n2,1\n");
  Read();
  assert_null(net);
  AssertFault(faults, 1, "found 2 rows, expected one for each of the 3 snapshots");
  AssertFault(faults, 1, "found the column 'll', expected the name of one of the loads such as l");
  AssertFault(faults, 3, "found \"x\", expected a number");
  AssertFault(faults, 4, "found \"\", expected a number");
  AssertFault(faults, 4, "found the time 2030-01-01 03:00:00, expected the snapshot 2030-01-01T02:00:00Z");
  AssertFault(faults, 0, "found a series that is not read");
}

static void test_snapshots_must_be_uniform(void **state)
{
  (void)state;
  WriteText("snapshots.csv", "snapshot\n2030-01-01 00:00:00\n2030-01-01 01:00:00\n2030-01-01 03:00:00\n");
  Read();
  AssertFault(faults, 4, "found the snapshot 2030-01-01 03:00:00, expected 2030-01-01T02:00:00Z");
  WriteText("snapshots.csv", "snapshot\n2030-01-01 01:00:00\n2030-01-01 01:00:00\n");
  Read();
  AssertFault(faults, 3, "expected one later than the snapshot before");
}

static void test_what_is_no_folder_gets_one_line(void **state)
{
  (void)state;
  OK(NetworkReadPypsa(PETSC_COMM_SELF, TemporaryPath("absent"), faults, &net));
  assert_null(net);
  assert_int_equal(FaultsErrorCount(faults), 1);
  unlink(TemporaryPath("buses.csv"));
  Read();
  assert_null(net);
  AssertFault(faults, 0, "found no file buses.csv");
  assert_int_equal(FaultsErrorCount(faults), 2);
}

static void test_the_german_grid_is_read_with_its_standard_types(void **state)
{
  const char *path = SharedData("pypsa/scigrid-de");
  (void)state;
  if (!path) skip();
  OK(NetworkReadPypsa(PETSC_COMM_SELF, path, faults, &net));
  AssertNoErrors(faults);
  assert_int_equal(net->bus.n, 585);
  assert_int_equal(net->branch.n, 852 + 96);
  assert_int_equal(net->generator.n, 1423);
  assert_int_equal(net->load.n, 489);
  assert_int_equal(net->storage.n, 38);
  assert_int_equal(net->series.n_snapshots, 24);
  /* Line 1: Al/St 240/40 2-bundle, 43.379 km, one circuit, 220 kV, base 1 MVA. */
  NEAR(net->branch.r[0], 0.06 * 43.379 / (220.0 * 220));
  NEAR(net->branch.x[0], 0.301 * 43.379 / (220.0 * 220));
  /* Line 2: 4-bundle, 72.686 km, two circuits, 380 kV. */
  NEAR(net->branch.x[1], 0.246 * 72.686 / 2 / (380.0 * 380));
  /* Transformer of 2,000 MVA with 0.1 per unit. */
  NEAR(net->branch.x[852], 0.1 / 2000);
  NEAR(net->storage.e_max_mwh[0], 144.5 * 6);
  NEAR(NetworkLoadP(net, 0, 1), 221.822547124);
}

static void test_a_network_of_direct_current_is_refused_by_name(void **state)
{
  const char *path = SharedData("pypsa/ac-dc-meshed");
  (void)state;
  if (!path) skip();
  OK(NetworkReadPypsa(PETSC_COMM_SELF, path, faults, &net));
  assert_null(net);
  AssertFault(faults, 4, "found a bus of carrier 'DC', expected AC");
  AssertFault(faults, 2, "p_nom_extendable");
  AssertFault(faults, 2, "global constraints");
}

static void test_mutated_folders_never_crash(void **state)
{
  static const char *const file[] = {"network.csv",     "buses.csv",         "lines.csv",
                                     "generators.csv",  "storage_units.csv", "loads.csv",
                                     "carriers.csv",    "snapshots.csv",     "generators-p_max_pu.csv",
                                     "loads-p_set.csv", "loads-q_set.csv"};
  enum { FILES = 11 };
  char  *bytes[FILES];
  size_t size[FILES], length;
  (void)state;
  for (int k = 0; k < FILES; k++) {
    char path[128];
    snprintf(path, sizeof path, "inputs/cases/islands/%s", file[k]);
    bytes[k] = ReadBytes(ShippedFile(path), &size[k]);
    WriteBytes(TemporaryPath(file[k]), bytes[k], size[k]);
  }
  for (int k = 0; k < FILES; k++) {
    for (uint64_t seed = 0; seed < 60; seed++) {
      char *mutated = Mutate(bytes[k], size[k], seed, &length);
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
    WriteBytes(TemporaryPath(file[k]), bytes[k], size[k]);
    free(bytes[k]);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_buses_keep_names_places_and_labels, Begin, End),
      cmocka_unit_test_setup_teardown(test_lines_are_per_unit_of_base_mva_and_the_voltage, Begin, End),
      cmocka_unit_test_setup_teardown(test_line_types_of_the_folder_and_the_standard_ones, Begin, End),
      cmocka_unit_test_setup_teardown(test_transformers_have_their_tap_on_the_side_given, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_default_transformer_model_is_the_t_circuit, Begin, End),
      cmocka_unit_test_setup_teardown(test_generators_have_costs_emissions_ramps_and_series, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_constant_q_set_stays_constant_beside_a_varying_p_set, Begin, End),
      cmocka_unit_test_setup_teardown(test_storage_links_and_shunts, Begin, End),
      cmocka_unit_test_setup_teardown(test_missing_limits_are_said_once_with_their_number, Begin, End),
      cmocka_unit_test_setup_teardown(test_all_faults_of_a_folder_are_found, Begin, End),
      cmocka_unit_test_setup_teardown(test_series_must_fit_snapshots_and_names, Begin, End),
      cmocka_unit_test_setup_teardown(test_snapshots_must_be_uniform, Begin, End),
      cmocka_unit_test_setup_teardown(test_what_is_no_folder_gets_one_line, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_german_grid_is_read_with_its_standard_types, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_network_of_direct_current_is_refused_by_name, Begin, End),
      cmocka_unit_test_setup_teardown(test_mutated_folders_never_crash, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
