/* Statistics of a hand-made plan, each against a number worked out on paper; the table written and read again; the IAMC layout. */
#include "jobs/statistics.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

#define OK(call) assert_int_equal((call), 0)

static char       folder[] = "/tmp/archipelago-statistics-XXXXXX";
static Statistics statistics;

/* Two regions, two periods of two snapshots (100 h each): coal in the north, wind in the south from 2040 on, a line between
   them and a heat pump. A cap on CO2 has the multiplier -3, and 2040 has a price of 4 on top. */
static const char *const files[][2] = {
    {"network.csv", "name\nhand-made\n"},
    {"snapshots.csv", ",period,timestep,objective,stores,generators\n"
                      "0,2030,2030-01-01 00:00:00,100,1,100\n1,2030,2030-01-01 01:00:00,100,1,100\n"
                      "2,2040,2030-01-01 00:00:00,100,1,100\n3,2040,2030-01-01 01:00:00,100,1,100\n"},
    {"investment_periods.csv", "period,objective,years\n2030,10,10\n2040,5,10\n"},
    {"carriers.csv", "name,co2_emissions,so2_emissions\ncoal,0.3,0.001\nwind,0,0\nheat pump,0,0\nAC,0,0\nheat,0,0\n"},
    {"buses.csv", "name,carrier,location,v_nom\na,AC,north,110\nb,AC,south,110\nh,heat,south,1\n"},
    {"generators.csv", "name,bus,carrier,p_nom,p_nom_extendable,p_nom_opt,capital_cost,fom_cost,marginal_cost,"
                       "efficiency,build_year,lifetime,"
                       "subsidy\n"
                       "mine,a,coal,50,False,50,10,2,20,0.5,2020,inf,0\n"
                       "mill,b,wind,0,True,30,1000,0,0,1,2040,25,0.25\n"},
    {"generators-p.csv", ",mine,mill\n0,40,0\n1,20,0\n2,10,10\n3,0,15\n"},
    {"generators-p_max_pu.csv", ",mill\n0,0.5\n1,0.5\n2,0.5\n3,1\n"},
    {"loads.csv", "name,bus,carrier,curtail_cost\ntown,b,AC,500\nwarmth,h,heat,\n"},
    {"loads-p_set.csv", ",town,warmth\n0,36,12\n1,16,12\n2,16,12\n3,12,12\n"},
    {"loads-p.csv", ",town,warmth\n0,36,12\n1,16,12\n2,16,12\n3,11,12\n"},
    {"loads-unserved.csv", ",town\n0,0\n1,0\n2,0\n3,1\n"},
    {"lines.csv", "name,bus0,bus1,x,s_nom,s_nom_opt,length\ntie,a,b,1,50,50,40\n"},
    {"lines-p0.csv", ",tie\n0,40\n1,20\n2,10\n3,0\n"},
    {"lines-p1.csv", ",tie\n0,-40\n1,-20\n2,-10\n3,0\n"},
    {"links.csv", "name,bus0,bus1,carrier,p_nom,p_nom_opt,efficiency\npump,b,h,heat pump,5,5,3\n"},
    {"links-p0.csv", ",pump\n0,4\n1,4\n2,4\n3,4\n"},
    {"links-p1.csv", ",pump\n0,-12\n1,-12\n2,-12\n3,-12\n"},
    {"buses-marginal_price.csv", ",a,b,h\n0,50,60,20\n1,30,30,10\n2,40,40,15\n3,20,10,5\n"},
    {"global_constraints.csv",
     "name,type,carrier_attribute,sense,constant,mu\ncap,primary_energy,co2_emissions,<=,42000,-3\n"},
    {"owners.csv", "participant,component,asset\nminers,generator,mine\nminers,line,tie\ncooperative,generator,mill\n"},
};

static void PathOf(const char *name, char path[512])
{
  snprintf(path, 512, "%s/%s", folder, name);
}

static int Build(void **state)
{
  StatisticsOptions options;
  Components        c;
  Faults            faults;
  char              path[512];

  (void)state;
  if (!mkdtemp(folder)) return -1;
  for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
    FILE *file;
    PathOf(files[k][0], path);
    file = fopen(path, "w");
    if (!file || fputs(files[k][1], file) < 0 || fclose(file)) return -1;
  }
  StatisticsDefaultOptions(&options);
  PathOf("owners.csv", path);
  options.participants = path;
  if (FaultsCreate(&faults) || ComponentsRead(PETSC_COMM_SELF, folder, faults, &c)) return -1;
  FaultsView(faults, stdout);
  if (!c || FaultsErrorCount(faults)) return -1;
  c->carbon_price[1] = 4;
  if (StatisticsCreate(PETSC_COMM_SELF, c, &options, faults, &statistics) || FaultsErrorCount(faults)) return -1;
  return ComponentsDestroy(&c) || FaultsDestroy(&faults);
}

static int Remove(void **state)
{
  char path[512];

  (void)state;
  for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
    PathOf(files[k][0], path);
    unlink(path);
  }
  return StatisticsDestroy(&statistics) || rmdir(folder);
}

static void Is(const char *variable, const char *carrier, const char *region, PetscInt period, PetscReal expected)
{
  const PetscReal value = StatisticsValue(statistics, variable, carrier, region, period);

  if (PetscIsNanReal(expected) ? PetscIsNanReal(value) : fabs(value - expected) <= 1e-9 * fmax(1, fabs(expected)))
    return;
  fail_msg("%s, %s, %s, %d: %.15g instead of %.15g", variable, carrier, region, (int)period, value, expected);
}

static void test_capacities_are_there_from_build_year_on(void **state)
{
  (void)state;
  Is("Installed Capacity", "coal", "north", 2030, 50);
  Is("Optimal Capacity", "wind", "", 2030, NAN);
  Is("Optimal Capacity", "wind", "", 2040, 30);
  Is("Expanded Capacity", "wind", "south", 2040, 30);
  Is("Expanded Capacity", "coal", "north", 2040, 0);
  Is("Transmission Capacity Length", "AC line", "north", 2030, 2000);
}

static void test_energy_is_weighed_by_hours_and_years(void **state)
{
  (void)state;
  Is("Supply", "coal", "north", 2030, 6000);
  Is("Supply", "coal", "", 0, 10 * 6000 + 10 * 1000);
  Is("Withdrawal", "heat pump", "south", 2030, 800);
  Is("Supply", "heat pump", "south", 2030, 2400);
  Is("Energy Balance", "AC|heat pump", "south", 2030, -800);
  Is("Energy Balance", "heat|heat pump", "south", 2030, 2400);
  Is("Energy Balance", "AC|AC line", "south", 2030, 6000);
  Is("Energy Balance", "AC|AC line", "", 2030, 0);
  Is("Demand", "AC", "south", 2030, 5200);
  Is("Unserved Energy", "", "", 2040, 100);
  Is("Unserved Energy", "AC load", "south", 0, 1000);
  Is("Curtailment", "wind", "south", 2040, 2000);
  Is("Curtailment", "coal", "north", 2030, NAN);
  Is("Capacity Factor", "wind", "south", 2040, 25. / 2 / 30);
  Is("Capacity Factor", "coal", "north", 2030, 60. / 2 / 50);
  Is("Transmission Volume", "", "", 2030, 6000);
}

static void test_transfers_are_no_cost_of_the_system(void **state)
{
  (void)state;
  Is("Operational Expenditure", "coal", "north", 2030, 1.2e6);
  Is("Operational Expenditure", "AC load", "south", 2040, 250000);
  Is("Capital Expenditure", "wind", "south", 2040, 150000);
  Is("Fixed O&M Cost", "coal", "", 2030, 1000);
  Is("System Cost", "", "", 2030, 1206000);
  Is("System Cost", "", "", 0, 1206000 + 100000 + 2500 + 500 + 150000 + 250000);
  Is("Annual System Cost", "", "", 2030, 120600);
  Is("Subsidies", "wind", "south", 2040, 37500);
}

static void test_caps_and_prices_on_carbon_add_up(void **state)
{
  (void)state;
  Is("Emissions CO2", "coal", "north", 2030, 3600);
  Is("Emissions CO2", "", "", 0, 42000);
  Is("Emissions SO2", "coal", "", 2030, 12);
  Is("Carbon Price", "", "", 2030, 3);
  Is("Carbon Price", "", "", 2040, 3 * 10. / 5 + 4);
  Is("Annual Carbon Payments", "", "", 2030, 10800);
  Is("Carbon Payments", "", "", 0, 108000 + 5 * 6000);
}

static void test_prices_by_load_by_time_and_their_spread(void **state)
{
  (void)state;
  Is("Price Average", "AC", "south", 2030, (36 * 60 + 16 * 30) / 52.);
  Is("Price Average Time", "AC", "", 2030, 42.5);
  Is("Price Spread", "AC", "", 2030, sqrt(168.75));
  Is("Price 5th Percentile", "AC", "", 2030, 30);
  Is("Price 95th Percentile", "AC", "", 2030, 60);
  Is("Price Average Time", "AC", "", 0, (42.5 + 27.5) / 2);
  Is("Price Maximum", "heat", "south", 2040, 15);
}

static void test_investors(void **state)
{
  (void)state;
  Is("Revenue", "wind", "south", 2040, 55000);
  Is("Revenue", "AC line", "north", 2030, 40000);
  Is("Market Value", "wind", "south", 2040, 22);
  Is("Energy Bill", "AC load", "south", 2030, 264000);
  Is("Energy Bill", "AC load", "", 0, 10 * 264000 + 5 * 75000);
  Is("Net Present Value", "wind", "south", 0, 5 * (55000 + 7500 - 30000));
  Is("Net Present Value", "coal", "north", 2030, 10 * (260000 - 120000 - 100 - 10800 - 500));
  Is("Payback", "wind", "south", 0, 12);
  Is("Payback", "coal", "north", 0, NAN);
  Is("Participant Revenue", "miners", "", 2030, 260000 + 40000);
  Is("Participant Payback", "cooperative", "", 0, 12);
}

static void test_units_are_those_of_the_variables(void **state)
{
  (void)state;
  for (PetscInt k = 0; k < StatisticsCount(statistics); k++) {
    const StatisticsRow      *row   = StatisticsGet(statistics, k);
    const StatisticsVariable *known = StatisticsVariableFind(row->variable);
    assert_non_null(known);
    assert_null(strchr(row->unit, '%'));
    if (k) assert_true(StatisticsCompareRows(StatisticsGet(statistics, k - 1), row) < 0);
  }
}

static void test_a_table_is_read_as_it_was_written(void **state)
{
  Statistics again;
  PetscBool  written;
  FileError  error;
  Text       first = {0}, second = {0};
  char       path[512];

  (void)state;
  PathOf("statistics.csv", path);
  OK(StatisticsAdd(statistics, "Another, \"quoted\"", "x", NULL, 2030, "MW", 0.1));
  OK(StatisticsWriteCsv(statistics, path, &written, &error));
  assert_true(written);
  OK(StatisticsRead(path, &again, &error));
  assert_non_null(again);
  OK(StatisticsCsv(statistics, &first));
  OK(StatisticsCsv(again, &second));
  assert_string_equal(first.bytes, second.bytes);
  assert_non_null(strstr(first.bytes, "System Cost,,,2030,EUR,1206000\n"));
  assert_true(StatisticsValue(again, "Another, \"quoted\"", "x", "", 2030) == 0.1);
  free(first.bytes);
  free(second.bytes);
  OK(StatisticsDestroy(&again));
  unlink(path);
}

static void test_a_table_that_is_none_is_one_line(void **state)
{
  Statistics s;
  FileError  error;
  char       path[512];
  FILE      *file;

  (void)state;
  PathOf("statistics.csv", path);
  OK(StatisticsRead(path, &s, &error));
  assert_null(s);
  assert_non_null(strstr(error.text, "statistics.csv"));
  file = fopen(path, "w");
  fputs("variable,carrier,region,period,unit,value\nDemand,AC,,2030,MWh,much\n", file);
  fclose(file);
  OK(StatisticsRead(path, &s, &error));
  assert_null(s);
  assert_non_null(strstr(error.text, ":2: "));
  assert_null(strchr(error.text, '\n'));
  unlink(path);
}

static void test_names_of_the_iamc(void **state)
{
  const char *scenario = "base, with \"quotes\"";
  Text        csv      = {0};

  (void)state;
  OK(StatisticsIamc(1, &statistics, &scenario, 0, &csv));
  assert_int_equal(strncmp(csv.bytes, "model,scenario,region,variable,unit,2030,2040\n", 46), 0);
  assert_non_null(strstr(csv.bytes, ",World,Capacity|Electricity|Coal,MW,50,50\n"));
  assert_non_null(strstr(csv.bytes, ",south,Capacity|Electricity|Wind,MW,,30\n"));
  assert_non_null(strstr(csv.bytes, ",World,Capacity|Heat|Heat Pump,MW,5,5\n"));
  assert_non_null(strstr(csv.bytes, ",World,Secondary Energy|Electricity|Coal,MWh,6000,1000\n"));
  assert_non_null(strstr(csv.bytes, ",World,Emissions|CO2|Energy,t,3600,600\n"));
  assert_non_null(strstr(csv.bytes, ",World,Price|Carbon,EUR/t,3,10\n"));
  assert_non_null(strstr(csv.bytes, ",World,Final Energy|Heat,MWh,2400,2400\n"));
  assert_null(strstr(csv.bytes, "Secondary Energy|Electricity|AC Line"));
  free(csv.bytes);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_capacities_are_there_from_build_year_on),
      cmocka_unit_test(test_energy_is_weighed_by_hours_and_years),
      cmocka_unit_test(test_transfers_are_no_cost_of_the_system),
      cmocka_unit_test(test_caps_and_prices_on_carbon_add_up),
      cmocka_unit_test(test_prices_by_load_by_time_and_their_spread),
      cmocka_unit_test(test_investors),
      cmocka_unit_test(test_units_are_those_of_the_variables),
      cmocka_unit_test(test_a_table_is_read_as_it_was_written),
      cmocka_unit_test(test_a_table_that_is_none_is_one_line),
      cmocka_unit_test(test_names_of_the_iamc),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, Build, Remove);
  return PetscFinalize() || failed;
}
