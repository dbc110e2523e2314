/* The RTS-GMLC folder against the same system's MATPOWER case, and its series. */
#include "inputs/csv.h"
#include "inputs/reader.h"
#include "inputs/timestamp.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

static void Ok(PetscErrorCode error)
{
  assert_int_equal(error, 0);
}

static const char *Listing(Faults faults)
{
  static char text[16384];
  FILE       *stream = fmemopen(text, sizeof text, "w");
  assert_non_null(stream);
  Ok(FaultsView(faults, stream));
  fclose(stream);
  return text;
}

static void AssertNear(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (!(fabs(found - expected) <= tolerance)) fail_msg("found %.17g, expected %.17g", found, expected);
}

/* Midsummer day of the data's year. */
static long long Start(void)
{
  long long start = 0;
  assert_true(TimestampParse("2020-07-15T00:00:00Z", &start));
  return start;
}

static Network ReadFolder(PetscInt hours)
{
  const char *path = SharedData("rts-gmlc");
  Faults      faults;
  Network     net;
  if (!path) skip();
  Ok(FaultsCreate(&faults));
  Ok(NetworkReadRtsGmlc(PETSC_COMM_SELF, path, Start(), hours, faults, &net));
  if (net) Ok(NetworkValidate(net, faults));
  if (FaultsErrorCount(faults)) fail_msg("%s", Listing(faults));
  Ok(FaultsDestroy(&faults));
  return net;
}

static Network ReadCase(void)
{
  const char *path = SharedData("rts-gmlc/RTS_GMLC.m");
  Faults      faults;
  Network     net;
  if (!path) skip();
  Ok(FaultsCreate(&faults));
  Ok(NetworkRead(PETSC_COMM_SELF, path, "auto", faults, &net));
  if (FaultsErrorCount(faults)) fail_msg("%s", Listing(faults));
  Ok(FaultsDestroy(&faults));
  return net;
}

static void GridEqualsTheMatpowerCase(void **state)
{
  Network folder = ReadFolder(0), matpower = ReadCase();
  (void)state;
  assert_int_equal(folder->bus.n, 73);
  assert_int_equal(folder->bus.n, matpower->bus.n);
  assert_int_equal(folder->branch.n, matpower->branch.n);
  assert_int_equal(folder->load.n, matpower->load.n);
  assert_int_equal(folder->shunt.n, matpower->shunt.n);
  AssertNear(folder->base_mva, matpower->base_mva, 0);
  for (PetscInt k = 0; k < folder->bus.n; ++k) {
    assert_int_equal(folder->bus.number[k], matpower->bus.number[k]);
    assert_int_equal(folder->bus.type[k], matpower->bus.type[k]);
    AssertNear(folder->bus.base_kv[k], matpower->bus.base_kv[k], 0);
    AssertNear(folder->bus.vm_min_pu[k], matpower->bus.vm_min_pu[k], 0);
    AssertNear(folder->bus.vm_max_pu[k], matpower->bus.vm_max_pu[k], 0);
    assert_string_equal(NetworkBusColumn(folder, "area")[k], NetworkBusColumn(matpower, "area")[k]);
  }
  for (PetscInt k = 0; k < folder->load.n; ++k) {
    assert_int_equal(folder->load.bus[k], matpower->load.bus[k]);
    AssertNear(folder->load.p_mw[k], matpower->load.p_mw[k], 0);
    AssertNear(folder->load.q_mvar[k], matpower->load.q_mvar[k], 0);
  }
  for (PetscInt k = 0; k < folder->shunt.n; ++k) AssertNear(folder->shunt.b_mvar[k], matpower->shunt.b_mvar[k], 0);
  for (PetscInt k = 0; k < folder->branch.n; ++k) {
    assert_int_equal(folder->branch.from[k], matpower->branch.from[k]);
    assert_int_equal(folder->branch.to[k], matpower->branch.to[k]);
    AssertNear(folder->branch.r[k], matpower->branch.r[k], 1e-12);
    AssertNear(folder->branch.x[k], matpower->branch.x[k], 1e-12);
    AssertNear(folder->branch.b_from[k], matpower->branch.b_from[k], 1e-12);
    AssertNear(folder->branch.b_to[k], matpower->branch.b_to[k], 1e-12);
    AssertNear(folder->branch.tap[k], matpower->branch.tap[k], 1e-12);
    AssertNear(folder->branch.rate_a[k], matpower->branch.rate_a[k], 1e-12);
  }
  assert_int_equal(folder->link.n, 1);
  assert_int_equal(folder->link.from[0], matpower->link.from[0]);
  assert_int_equal(folder->link.to[0], matpower->link.to[0]);
  AssertNear(folder->link.p_min_mw[0], matpower->link.p_min_mw[0], 0);
  AssertNear(folder->link.p_max_mw[0], matpower->link.p_max_mw[0], 0);
  Ok(NetworkDestroy(&folder));
  Ok(NetworkDestroy(&matpower));
}

/* The case's generators stand in the same order; the folder's storage units are generators there. Its piecewise costs
   have five decimals. */
static void UnitsEqualTheMatpowerCase(void **state)
{
  Network               folder = ReadFolder(0), matpower = ReadCase();
  const GeneratorTable *g = &folder->generator, *m = &matpower->generator;
  PetscInt              j = 0, costs = 0;
  (void)state;
  assert_int_equal(g->n + folder->storage.n, m->n);
  for (PetscInt k = 0; k < g->n; ++k, ++j) {
    while (j < m->n && (m->bus[j] != g->bus[k] || m->p_max_mw[j] != g->p_max_mw[k])) ++j;
    assert_true(j < m->n);
    AssertNear(g->p_min_mw[k], m->p_min_mw[j], 1e-9);
    AssertNear(g->q_max_mvar[k], m->q_max_mvar[j], 1e-9);
    AssertNear(g->q_min_mvar[k], m->q_min_mvar[j], 1e-9);
    AssertNear(g->vm_set_pu[k], m->vm_set_pu[j], 1e-9);
    if (g->cost[k].kind != COST_PIECEWISE_LINEAR) continue;
    /* slopes are incremental heat rate times fuel price in both */
    for (PetscReal p = g->p_min_mw[k]; p <= g->p_max_mw[k]; p += (g->p_max_mw[k] - g->p_min_mw[k]) / 7)
      AssertNear(CostValue(&g->cost[k], p, NULL), CostValue(&m->cost[j], p, NULL), 1e-3 * (1 + m->p_max_mw[j]));
    assert_true(CostIsConvex(&g->cost[k], 0));
    ++costs;
  }
  assert_int_equal(costs, 73);
  Ok(NetworkDestroy(&folder));
  Ok(NetworkDestroy(&matpower));
}

static PetscInt Unit(Network net, const char *name)
{
  for (PetscInt k = 0; k < net->generator.n; ++k)
    if (!strcmp(net->generator.name[k], name)) return k;
  fail_msg("no unit %s", name);
  return -1;
}

/* 101_CT_1: 20 MW, oil at 10.3494 $/MMBTU, 13114 BTU/kWh up to 8 MW, then 9456, 9476, 10352 in steps of 4 MW; 160 lb of
   CO2 per MMBTU. */
static void HeatRatesBecomeCostAndEmission(void **state)
{
  Network        net = ReadFolder(0);
  const PetscInt k   = Unit(net, "101_CT_1");
  PetscReal      slope, heat = 13.114 * 8 + 9.456 * 4 + 9.476 * 4 + 10.352 * 4;
  (void)state;
  AssertNear(CostValue(&net->generator.cost[k], 20, &slope), 10.3494 * heat, 1e-9);
  AssertNear(slope, 10.3494 * 10.352, 1e-9);
  AssertNear(CostValue(&net->generator.cost[k], 8, &slope), 10.3494 * 13.114 * 8, 1e-9);
  AssertNear(CostValue(&net->generator.cost[k], 0, &slope), 10.3494 * (13.114 * 8 - 9.456 * 8), 1e-9);
  AssertNear(slope, 10.3494 * 9.456, 1e-9);
  AssertNear(net->generator.emission_t_per_mwh[k], 160 * 0.00045359237 * heat / 20, 1e-12);
  AssertNear(net->generator.ramp_mw_per_h[k], 180, 1e-12);
  AssertNear(net->generator.inertia_s[k], 2.8, 1e-12);
  AssertNear(net->generator.mva_base[k], 24, 1e-12);
  assert_string_equal(net->generator.technology[k], "oil");
  assert_string_equal(net->generator.technology[Unit(net, "121_NUCLEAR_1")], "nuclear");
  assert_string_equal(net->generator.technology[Unit(net, "309_WIND_1")], "wind");
  assert_string_equal(net->generator.technology[Unit(net, "308_RTPV_1")], "solar");
  assert_true(net->generator.p_max_mw[Unit(net, "114_SYNC_COND_1")] == 0);
  Ok(NetworkDestroy(&net));
}

static void StorageUnitsHaveVolumesAndEfficiencies(void **state)
{
  Network             net = ReadFolder(24);
  const StorageTable *s   = &net->storage;
  (void)state;
  assert_int_equal(s->n, 2);
  assert_string_equal(s->name[0], "212_CSP_1");
  assert_string_equal(s->technology[0], "csp");
  AssertNear(s->p_charge_max_mw[0], 0, 0);
  AssertNear(s->p_discharge_max_mw[0], 200, 0);
  AssertNear(s->e_max_mwh[0], 1200, 1e-9);
  assert_true(s->inflow_series[0] >= 0);
  AssertNear(s->p_charge_max_mw[1], 50, 0);
  AssertNear(s->e_max_mwh[1], 150, 1e-9);
  AssertNear(s->e_initial_mwh[1], 75, 1e-9);
  AssertNear(s->efficiency_charge[1] * s->efficiency_discharge[1], 0.85, 1e-12);
  Ok(NetworkDestroy(&net));
}

/* Reads the 24 values of a day from a file of series, by other means than the reader's. */
static void DayOf(const char *file, const char *name, PetscReal *value)
{
  char        relative[256], line[4096];
  const char *path;
  FILE       *stream;
  int         column = -1, n = 0;
  snprintf(relative, sizeof relative, "rts-gmlc/series/%s", file);
  path = SharedData(relative);
  assert_non_null(path);
  stream = fopen(path, "r");
  assert_non_null(stream);
  while (fgets(line, sizeof line, stream)) {
    int   k = 0;
    char *save, *cell = strtok_r(line, ",\r\n", &save);
    char *part[4] = {0};
    for (; cell; cell = strtok_r(NULL, ",\r\n", &save), ++k) {
      if (column < 0 && !strcmp(cell, name)) column = k;
      if (k < 4) part[k] = cell;
      if (k == column && k > 3 && !strcmp(part[0], "2020") && !strcmp(part[1], "7") && !strcmp(part[2], "15"))
        value[n++] = strtod(cell, NULL);
    }
  }
  fclose(stream);
  assert_int_equal(n, 24);
}

static void SeriesFollowTheFilesHourByHour(void **state)
{
  Network     net    = ReadFolder(24);
  const char *area[] = {"1", "2", "3"};
  PetscReal   day[24];
  (void)state;
  assert_int_equal(net->series.n_snapshots, 24);
  assert_true(net->series.start == Start());
  AssertNear(net->series.step_hours, 1, 0);
  for (int a = 0; a < 3; ++a) {
    DayOf("DAY_AHEAD_regional_Load.csv", area[a], day);
    for (PetscInt t = 0; t < 24; ++t) {
      PetscReal total = 0;
      for (PetscInt l = 0; l < net->load.n; ++l)
        if (!strcmp(NetworkBusColumn(net, "area")[net->load.bus[l]], area[a])) total += NetworkLoadP(net, l, t);
      AssertNear(total, day[t], 1e-9);
    }
  }
  DayOf("DAY_AHEAD_wind.csv", "317_WIND_1", day);
  for (PetscInt t = 0; t < 24; ++t) AssertNear(NetworkGeneratorPMax(net, Unit(net, "317_WIND_1"), t), day[t], 0);
  DayOf("DAY_AHEAD_hydro.csv", "122_HYDRO_1", day);
  for (PetscInt t = 0; t < 24; ++t) AssertNear(NetworkGeneratorPMax(net, Unit(net, "122_HYDRO_1"), t), day[t], 0);
  for (PetscInt t = 0; t < 24; ++t) AssertNear(NetworkGeneratorPMin(net, Unit(net, "122_HYDRO_1"), t), 0, 0);
  DayOf("DAY_AHEAD_Natural_Inflow.csv", "212_CSP_1", day);
  for (PetscInt t = 0; t < 24; ++t) AssertNear(NetworkStorageInflow(net, 0, t), day[t], 0);
  AssertNear(NetworkLoadQ(net, 0, 5) / NetworkLoadP(net, 0, 5), net->load.q_mvar[0] / net->load.p_mw[0], 1e-12);
  Ok(NetworkDestroy(&net));
}

/* Each area's requirement hour by hour; a unit gives what it ramps in ten minutes, and only if its kind is eligible. */
static void SpinningReservesFollowTheirProducts(void **state)
{
  Network   net = ReadFolder(24);
  PetscReal day[24];
  (void)state;
  assert_int_equal(net->reserve.n, 3);
  assert_string_equal(net->reserve.name[1], "Spin_Up_R2");
  assert_string_equal(net->reserve.column[1], "area");
  assert_string_equal(net->reserve.label[1], "2");
  AssertNear(NetworkReserveRequirement(net, 1, -1), 42.851, 0);
  assert_true(net->reserve.shortage_price[1] >= PETSC_INFINITY);
  DayOf("DAY_AHEAD_regional_Spin_Up_R2.csv", "Spin_Up_R2", day);
  for (PetscInt t = 0; t < 24; ++t) AssertNear(NetworkReserveRequirement(net, 1, t), day[t], 0);
  AssertNear(net->generator.reserve_max_mw[Unit(net, "107_CC_1")], 41.4, 1e-12);
  AssertNear(net->generator.reserve_max_mw[Unit(net, "101_CT_1")], 20, 0); /* 3 MW a minute: all it has */
  AssertNear(net->generator.reserve_max_mw[Unit(net, "122_WIND_1")], 713.5, 0);
  AssertNear(net->generator.reserve_max_mw[Unit(net, "121_NUCLEAR_1")], 0, 0);
  AssertNear(net->generator.reserve_max_mw[Unit(net, "122_HYDRO_1")], 0, 0);
  AssertNear(net->generator.reserve_max_mw[Unit(net, "118_RTPV_1")], 0, 0);
  Ok(NetworkDestroy(&net));
}

static void HoursOutOfTheDataAreOneFault(void **state)
{
  const char *path = SharedData("rts-gmlc");
  long long   when[3];
  (void)state;
  if (!path) skip();
  assert_true(TimestampParse("2019-12-31T23:00:00Z", &when[0]));
  assert_true(TimestampParse("2020-12-31T12:00:00Z", &when[1]));
  assert_true(TimestampParse("2020-07-15T00:30:00Z", &when[2]));
  for (int k = 0; k < 3; ++k) {
    Faults  faults;
    Network net;
    Ok(FaultsCreate(&faults));
    Ok(NetworkReadRtsGmlc(PETSC_COMM_SELF, path, when[k], 24, faults, &net));
    assert_null(net);
    assert_int_equal(FaultsErrorCount(faults), 1);
    assert_non_null(
        strstr(Listing(faults), "found hours from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, expected them"));
    Ok(FaultsDestroy(&faults));
  }
}

/* A small folder of this test's own, with one file replaced. */
static const char *const file[][2] = {
    {"bus.csv",
     "Bus ID,Bus Name,BaseKV,Bus Type,MW Load,MVAR Load,V Mag,V Angle,MW Shunt G,MVAR Shunt B,Area,Sub Area,Zone\n"
     "1,North,138.0,Ref,0,0,1,0,0,0,1,11,11.0\n2,South,138,PQ,10,2,1,0,0,5,1,11,12\n"},
    {"branch.csv",
     "UID,From Bus,To Bus,R,X,B,Cont Rating,LTE Rating,STE Rating,Tr Ratio\nA1,1,2,0.01,0.1,0.02,20,25,30,0\n"},
    {"gen.csv",
     "GEN UID,Bus ID,Gen ID,Unit Type,Fuel,MW Inj,MVAR Inj,V Setpoint p.u.,PMax MW,PMin MW,QMax MVAR,QMin MVAR,"
     "Ramp Rate MW/Min,Inertia MJ/MW,Base MVA,Pump Load MW,Storage Roundtrip Efficiency,Fuel Price $/MMBTU,VOM,"
     "Output_pct_0,Output_pct_1,Output_pct_2,HR_avg_0,HR_incr_1,HR_incr_2\n"
     "G,1,1,CT,NG,5,0,1,20,5,9,-9,1,3,24,0,0,2,1,0.5,0.75,1,10000,12000,8000\n"},
};

static const struct {
  const char *name, *text, *expected;
} faulty[] = {
    {"bus.csv", "Bus ID,Bus Name\n1,a\n",
     "bus.csv:1: error: expected columns that are not there: \"BaseKV\", \"Bus Type\""},
    {"branch.csv",
     "UID,From Bus,To Bus,R,X,B,Cont Rating,LTE Rating,STE Rating,Tr Ratio\nA1,1,3,0.01,x,0.02,20,25,30,0\n",
     "branch.csv:2: error: column \"To Bus\": found 3, expected the number of a bus"},
    {"branch.csv",
     "UID,From Bus,To Bus,R,X,B,Cont Rating,LTE Rating,STE Rating,Tr Ratio\nA1,1,3,0.01,x,0.02,20,25,30,0\n",
     "branch.csv:2: error: column \"X\": found \"x\", expected a number"},
    {"branch.csv", "UID,From Bus,To Bus,R,X,B,Cont Rating,LTE Rating,STE Rating,Tr Ratio\nA1,1,2,0,0,0,20,25,30,0\n",
     "branch.csv:2: error: found a branch with R and X zero"},
    {"gen.csv", "GEN UID\n\"G\n", "gen.csv:2: error: found a quote that is never closed"},
    {"gen.csv", "", "gen.csv: error: the file is empty"},
};

static void WriteFolder(const char *folder, const char *name, const char *text)
{
  char path[256];
  for (size_t k = 0; k < sizeof file / sizeof *file; ++k) {
    FILE *stream;
    snprintf(path, sizeof path, "%s/%s", folder, file[k][0]);
    stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(name && !strcmp(name, file[k][0]) ? text : file[k][1], stream);
    fclose(stream);
  }
}

static void BrokenFoldersSayWhereAndWhat(void **state)
{
  char    folder[64] = "/tmp/archipelago-rts-XXXXXX", path[256];
  Faults  faults;
  Network net;
  (void)state;
  assert_non_null(mkdtemp(folder));
  for (size_t k = 0; k < sizeof faulty / sizeof *faulty; ++k) {
    WriteFolder(folder, faulty[k].name, faulty[k].text);
    Ok(FaultsCreate(&faults));
    Ok(NetworkRead(PETSC_COMM_SELF, folder, "auto", faults, &net));
    assert_null(net);
    if (!strstr(Listing(faults), faulty[k].expected))
      fail_msg("expected `%s` in:\n%s", faulty[k].expected, Listing(faults));
    Ok(FaultsDestroy(&faults));
  }
  WriteFolder(folder, NULL, NULL);
  Ok(FaultsCreate(&faults));
  Ok(NetworkRead(PETSC_COMM_SELF, folder, "auto", faults, &net));
  if (!net) fail_msg("%s", Listing(faults));
  /* slopes of 12 and then 8 MMBTU/MWh fall: the hull joins the first and the last point */
  assert_non_null(strstr(Listing(faults), "cost curves of 1 units have falling slopes"));
  assert_true(CostIsConvex(&net->generator.cost[0], 0));
  AssertNear(CostValue(&net->generator.cost[0], 20, NULL), 2 * (100 + 60 + 40) + 20, 1e-9);
  assert_string_equal(NetworkBusColumn(net, "zone")[0], "11");
  Ok(NetworkDestroy(&net));
  Ok(FaultsDestroy(&faults));
  Ok(FaultsCreate(&faults));
  Ok(NetworkReadRtsGmlc(PETSC_COMM_SELF, folder, 0, 24, faults, &net));
  assert_null(net);
  assert_non_null(strstr(Listing(faults), "timeseries_pointers.csv: error: No such file"));
  Ok(FaultsDestroy(&faults));
  for (size_t k = 0; k < sizeof file / sizeof *file; ++k) {
    snprintf(path, sizeof path, "%s/%s", folder, file[k][0]);
    remove(path);
  }
  Ok(FaultsCreate(&faults));
  Ok(NetworkRead(PETSC_COMM_SELF, folder, "auto", faults, &net));
  assert_non_null(strstr(Listing(faults), "found no network, expected a MATPOWER file"));
  Ok(FaultsDestroy(&faults));
  rmdir(folder);
}

static void MutatedFoldersReadOrSayWhy(void **state)
{
  static const char piece[]    = "\",\n\xff 0-.9xNe";
  char              folder[64] = "/tmp/archipelago-rts-XXXXXX", path[256], text[2048];
  unsigned          seed       = 7;
  (void)state;
  assert_non_null(mkdtemp(folder));
  for (int round = 0; round < 600; ++round) {
    const size_t which = (size_t)round % (sizeof file / sizeof *file), n = strlen(file[which][1]);
    Faults       faults;
    Network      net;
    assert_true(n < sizeof text);
    memcpy(text, file[which][1], n + 1);
    for (int k = 0; k < 1 + round % 3; ++k) {
      seed                  = seed * 1664525u + 1013904223u;
      text[(seed >> 8) % n] = piece[(seed >> 4) % (sizeof piece - 1)];
    }
    WriteFolder(folder, file[which][0], text);
    Ok(FaultsCreate(&faults));
    Ok(NetworkRead(PETSC_COMM_SELF, folder, "rts-gmlc", faults, &net));
    assert_int_equal(net == NULL, FaultsErrorCount(faults) > 0);
    Ok(NetworkDestroy(&net));
    Ok(FaultsDestroy(&faults));
  }
  for (size_t k = 0; k < sizeof file / sizeof *file; ++k) {
    snprintf(path, sizeof path, "%s/%s", folder, file[k][0]);
    remove(path);
  }
  rmdir(folder);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(GridEqualsTheMatpowerCase),           cmocka_unit_test(UnitsEqualTheMatpowerCase),
      cmocka_unit_test(HeatRatesBecomeCostAndEmission),      cmocka_unit_test(StorageUnitsHaveVolumesAndEfficiencies),
      cmocka_unit_test(SpinningReservesFollowTheirProducts), cmocka_unit_test(SeriesFollowTheFilesHourByHour),
      cmocka_unit_test(HoursOutOfTheDataAreOneFault),        cmocka_unit_test(BrokenFoldersSayWhereAndWhat),
      cmocka_unit_test(MutatedFoldersReadOrSayWhy),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  PetscFinalize();
  return failed;
}
