/* Components: a PyPSA CSV folder is read whole, faults are found where they stand, and what is written reads back the same. */
#include "inputs/components.h"
#include "inputs/components_impl.h"
#include "inputs/reader.h"

#include <math.h>

#include "tests/inputs/text_files.h"

static Faults     faults;
static Components c;

static int Begin(void **state)
{
  (void)state;
  OK(FaultsCreate(&faults));
  c = NULL;
  return 0;
}

static int End(void **state)
{
  (void)state;
  OK(ComponentsDestroy(&c));
  OK(FaultsDestroy(&faults));
  RemoveFolder(TemporaryPath("folder"));
  RemoveFolder(TemporaryPath("written"));
  RemoveFolder(TemporaryPath("again"));
  return 0;
}

static void Put(const char *file, const char *text)
{
  char path[512];
  (void)mkdir(TemporaryPath("folder"), 0777);
  snprintf(path, sizeof path, "%s/%s", TemporaryPath("folder"), file);
  WriteBytes(path, text, strlen(text));
}

static void Read(void)
{
  OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("folder"), faults, &c));
}

static void ReadWell(const char *path)
{
  OK(ComponentsRead(PETSC_COMM_SELF, path, faults, &c));
  AssertNoErrors(faults);
  assert_non_null(c);
}

static void Write(const char *path)
{
  PetscBool written;
  char      error[300];
  OK(ComponentsWrite(c, path, &written, error, sizeof error));
  if (!written) fail_msg("%s", error);
}

static PetscReal Number(ComponentKind kind, const char *attribute, PetscInt row)
{
  const Column *column = ComponentsColumn(c, kind, attribute);
  assert_non_null(column);
  return ColumnReal(column, row);
}

static void AssertNear(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (!(fabs(found - expected) <= tolerance)) fail_msg("%.17g, expected %.17g", found, expected);
}

static const char *Text(ComponentKind kind, const char *attribute, PetscInt row)
{
  const Column *column = ComponentsColumn(c, kind, attribute);
  assert_non_null(column);
  return ColumnText(column, row);
}

/* A folder with something in most tables. */
static void PutExample(void)
{
  Put("buses.csv",
      "name,v_nom,carrier,location,unit,zone\nnorth,380,,N,,1\nsouth,110.0,AC,,,2\n\"heat, south\",,heat,S,,\n");
  Put("carriers.csv", "name,co2_emissions,so2_emissions\ngas,0.2,0.001\nwind,0,0\nheat,,\nheat pump,,\n");
  Put("generators.csv",
      "name,bus,carrier,p_nom,p_nom_extendable,p_nom_max,marginal_cost,build_year,lifetime,active,note\n"
      "g,north,gas,1e3,True,inf,50.5,2030,20,,old\nw,south,wind,,1,100,0.0,2040.0,,False,\n");
  Put("generators-p_max_pu.csv", ",w\n0,0.25\n1,1\n2,1e-3\n3,0\n");
  Put("loads.csv", ",bus,curtail_cost,curtail_max_pu\nd,south,4000,1\n");
  Put("loads-p_set.csv", "snapshot,d\n2030-01-01 00:00,1\n2030-01-01T01:00:00Z,2\n2030-01-01 00:00:00,3\n3,4\r\n");
  Put("links.csv",
      "name,bus0,bus1,bus2,efficiency,efficiency2,p_nom,carrier\nhp,south,\"heat, south\",,3,,5,heat pump\n");
  Put("lines.csv", "name,bus0,bus1,type,length,num_parallel\nl,north,north,Al/St 240/40 4-bundle 380.0,100,2\n");
  Put("snapshots.csv",
      ",period,timestep,objective,generators\n0,2030,2030-01-01 00:00:00,100,50\n"
      "1,2030,2030-01-01 01:00:00,1,1\n2,2040,2030-01-01 00:00:00,1,1\n3,2040,2030-01-01 01:00:00,2,1\n");
  Put("investment_periods.csv", "period,objective,years\n2030,1,10\n2040,0.5,10\n");
  Put("representative_days.csv", "period,day,representative\n2030,0,0\n2030,1,0\n2040,0,0\n");
  Put("network.csv", "name,srid\nexample,4326\n");
  Put("sub_networks.csv", "name,carrier\n0,AC\n");
  Put("my_notes.csv", "anything,at all\n");
}

static void test_values_and_defaults(void **state)
{
  (void)state;
  PutExample();
  ReadWell(TemporaryPath("folder"));
  assert_int_equal(FaultsWarningCount(faults), 0);
  assert_string_equal(c->name, "example");
  assert_string_equal(ComponentsFact(c, "srid"), "4326");
  assert_int_equal(c->table[COMPONENT_BUS].n, 3);
  assert_int_equal(ComponentsFind(c, COMPONENT_BUS, "heat, south"), 2);
  assert_int_equal(ComponentsFind(c, COMPONENT_BUS, "east"), -1);
  assert_string_equal(Text(COMPONENT_BUS, "carrier", 0), "AC");
  assert_string_equal(Text(COMPONENT_BUS, "carrier", 2), "heat");
  assert_true(Number(COMPONENT_BUS, "v_nom", 2) == 1);
  assert_true(Number(COMPONENT_GENERATOR, "p_nom", 0) == 1000 && Number(COMPONENT_GENERATOR, "p_nom", 1) == 0);
  assert_true(Number(COMPONENT_GENERATOR, "p_nom_extendable", 0) == 1);
  assert_true(isinf(Number(COMPONENT_GENERATOR, "p_nom_max", 0)) && isinf(Number(COMPONENT_GENERATOR, "lifetime", 1)));
  assert_true(isnan(Number(COMPONENT_GENERATOR, "overnight_cost", 0)));
  assert_true(Number(COMPONENT_LOAD, "sign", 0) == -1);
  assert_true(Number(COMPONENT_LOAD, "curtail_cost", 0) == 4000);
  assert_true(Number(COMPONENT_CARRIER, "so2_emissions", 0) == 0.001);
  assert_true(Number(COMPONENT_BUS, "zone", 1) == 2);
  assert_string_equal(Text(COMPONENT_BUS, "zone", 0), "1");
  assert_null(ComponentsColumn(c, COMPONENT_BUS, "no such thing"));
  assert_false(ComponentsColumn(c, COMPONENT_GENERATOR, "active")->given &&
               ComponentsColumn(c, COMPONENT_GENERATOR, "active")->given[0]);
}

static void test_every_attribute_of_the_documentation_is_known(void **state)
{
  const char *folder = SharedData("pypsa/component_attrs");
  (void)state;
  if (!folder) skip();
  for (int kind = 0; kind < COMPONENT_RESERVE; kind++) {
    char     path[1100];
    Csv      csv;
    PetscInt known = 0;
    snprintf(path, sizeof path, "%s/%s.csv", folder, ComponentListName((ComponentKind)kind));
    OK(CsvRead(PETSC_COMM_SELF, path, faults, &csv));
    assert_non_null(csv);
    for (PetscInt k = 0; k < CsvRows(csv); k++) {
      const char *name = CsvText(csv, k, CsvColumn(csv, "attribute")), *type = CsvText(csv, k, CsvColumn(csv, "type"));
      const char *text   = CsvText(csv, k, CsvColumn(csv, "default"));
      const Attribute *a = ComponentAttribute((ComponentKind)kind, name);
      PetscReal        number;
      if (!strcmp(name, "name")) continue;
      if (!a) fail_msg("%s %s is not known", path, name);
      assert_int_equal(a->varying, strstr(type, "series") != NULL);
      assert_int_equal(a->output, !strcmp(CsvText(csv, k, CsvColumn(csv, "status")), "Output"));
      assert_int_equal(a->type == ATTRIBUTE_TEXT, !strcmp(type, "string"));
      assert_int_equal(a->type == ATTRIBUTE_BOOLEAN, !strcmp(type, "boolean"));
      assert_int_equal(a->type == ATTRIBUTE_INTEGER, !strcmp(type, "int"));
      if (a->type == ATTRIBUTE_BOOLEAN) assert_true(a->standard == (strcmp(text, "True") == 0));
      if (a->type == ATTRIBUTE_REAL && TextToReal(text, &number) && !isnan(number)) assert_true(a->standard == number);
      if (a->type == ATTRIBUTE_REAL && !strcmp(text, "n/a")) assert_true(isnan(a->standard));
      known++;
    }
    assert_true(known > 0);
    OK(CsvDestroy(&csv));
  }
}

static void test_ports_of_links_have_the_defaults_of_the_first(void **state)
{
  const Attribute *a;
  (void)state;
  PutExample();
  ReadWell(TemporaryPath("folder"));
  assert_string_equal(Text(COMPONENT_LINK, "bus2", 0), "");
  assert_true(Number(COMPONENT_LINK, "efficiency2", 0) == 1 && Number(COMPONENT_LINK, "efficiency13", 0) == 1);
  a = ComponentAttribute(COMPONENT_LINK, "p4");
  assert_true(a && a->output && a->varying && a->standard == 0);
  assert_ptr_equal(a, ComponentAttribute(COMPONENT_LINK, "p4"));
  assert_string_equal(a->name, "p4");
  assert_int_equal(ComponentAttribute(COMPONENT_LINK, "delay3")->use, ATTRIBUTE_REFUSED);
  assert_null(ComponentAttribute(COMPONENT_LINK, "bus123"));
  assert_null(ComponentAttribute(COMPONENT_LINK, "efficiency1"));
  assert_null(ComponentAttribute(COMPONENT_LINE, "bus2"));
}

static void test_series_by_number_label_and_time(void **state)
{
  const Column *column;
  (void)state;
  PutExample();
  ReadWell(TemporaryPath("folder"));
  column = ComponentsColumn(c, COMPONENT_LOAD, "p_set");
  for (PetscInt s = 0; s < 4; s++) assert_true(ColumnAt(column, 0, s) == s + 1);
  column = ComponentsColumn(c, COMPONENT_GENERATOR, "p_max_pu");
  assert_true(ColumnAt(column, 1, 2) == 1e-3 && ColumnAt(column, 0, 2) == 1 && !column->series[0]);
}

static void test_periods_weights_and_activity(void **state)
{
  (void)state;
  PutExample();
  ReadWell(TemporaryPath("folder"));
  assert_int_equal(c->n_snapshots, 4);
  assert_int_equal(c->n_periods, 2);
  assert_int_equal(ComponentsPeriods(c), 2);
  assert_int_equal(c->period[1], 2040);
  assert_int_equal(c->period_of[1], 0);
  assert_int_equal(c->period_of[2], 1);
  assert_string_equal(c->snapshot[3], "2030-01-01 01:00:00");
  assert_true(c->weight_objective[0] == 100 && c->weight_generators[0] == 50 && c->weight_stores[0] == 1);
  assert_true(c->period_objective[1] == 0.5 && c->period_years[0] == 10);
  assert_int_equal(c->n_days, 3);
  assert_int_equal(c->day_period[2], 1);
  assert_true(ComponentsActive(c, COMPONENT_GENERATOR, 0, 0) && ComponentsActive(c, COMPONENT_GENERATOR, 0, 1));
  assert_false(ComponentsActive(c, COMPONENT_GENERATOR, 1, 1));
  OK(ComponentsSetReal(c, COMPONENT_GENERATOR, "active", 1, 1));
  assert_true(ComponentsActive(c, COMPONENT_GENERATOR, 1, 1));
  assert_false(ComponentsActive(c, COMPONENT_GENERATOR, 1, 0));
  OK(ComponentsSetReal(c, COMPONENT_GENERATOR, "lifetime", 0, 10)); /* its last year is the one before 2040 */
  assert_false(ComponentsActive(c, COMPONENT_GENERATOR, 0, 1));
  assert_true(ComponentsActive(c, COMPONENT_BUS, 0, 1));
}

static void test_without_snapshots_there_is_now(void **state)
{
  (void)state;
  Put("buses.csv", "name\na\n");
  Put("investment_periods.csv", "period,objective,years\n");
  ReadWell(TemporaryPath("folder"));
  assert_int_equal(c->n_snapshots, 1);
  assert_string_equal(c->snapshot[0], "now");
  assert_true(c->weight_objective[0] == 1);
  assert_int_equal(c->n_periods, 0);
  assert_int_equal(ComponentsPeriods(c), 1);
}

static void test_older_weightings_and_snapshots_without_periods(void **state)
{
  (void)state;
  Put("buses.csv", "name\na\n");
  Put("snapshots.csv", "name,weightings\nx,2\ny,3\n");
  Put("investment_periods.csv", "period,objective,years\n2020,1,1\n2025,1,5\n");
  ReadWell(TemporaryPath("folder"));
  assert_int_equal(c->n_snapshots, 4);
  assert_string_equal(c->snapshot[3], "y");
  assert_int_equal(c->period_of[2], 1);
  assert_true(c->weight_stores[2] == 2 && c->weight_objective[3] == 3);
}

static void test_regions_of_buses(void **state)
{
  (void)state;
  PutExample();
  ReadWell(TemporaryPath("folder"));
  assert_string_equal(ComponentsRegion(c, 0, NULL), "N");
  assert_string_equal(ComponentsRegion(c, 1, ""), "south");
  assert_string_equal(ComponentsRegion(c, 1, "zone"), "2");
  assert_string_equal(ComponentsRegion(c, 1, "country"), "south");
}

static void test_types_give_impedances(void **state)
{
  (void)state;
  Put("buses.csv", "name,v_nom\na,380\nb,220\n");
  Put("lines.csv",
      "name,bus0,bus1,type,length,num_parallel,x,r,g,b\n"
      "typed,a,a,Al/St 240/40 4-bundle 380.0,100,2,9,9,,\nplain,b,b,,,,4.84,0.484,1e-6,2e-6\nown,a,a,mine,10,1,,,,\n");
  Put("line_types.csv", "name,f_nom,x_per_length,r_per_length,c_per_length\nmine,50,0.25,0.5,0\n");
  Put("transformers.csv", "name,bus0,bus1,type,model,x,r,s_nom,tap_ratio,tap_position\n"
                          "plain,a,b,,pi,0.1,0.01,2000,1.05,0\ntyped,a,b,40 MVA 110/20 kV,t,,,,,-2\n");
  ReadWell(TemporaryPath("folder"));
  OK(ComponentsImpedances(c));
  /* 0.246 ohm/km and 0.03 ohm/km times 100 km over 2 circuits */
  AssertNear(Number(COMPONENT_LINE, "x", 0), 0.246 * 100 / 2, 1e-12);
  AssertNear(Number(COMPONENT_LINE, "r", 0), 0.03 * 100 / 2, 1e-12);
  AssertNear(Number(COMPONENT_LINE, "x_pu_eff", 0), 12.3 / (380. * 380), 1e-15);
  AssertNear(Number(COMPONENT_LINE, "b", 0), 2 * PETSC_PI * 50 * 13.8e-9 * 100 * 2, 1e-15);
  AssertNear(Number(COMPONENT_LINE, "x_pu", 1), 1e-4, 1e-17);
  AssertNear(Number(COMPONENT_LINE, "b_pu", 1), 2e-6 * 220 * 220, 1e-14);
  AssertNear(Number(COMPONENT_LINE, "x", 2), 2.5, 1e-15);
  AssertNear(Number(COMPONENT_TRANSFORMER, "x_pu", 0), 5e-5, 1e-18);
  AssertNear(Number(COMPONENT_TRANSFORMER, "x_pu_eff", 0), 5.25e-5, 1e-18);
  /* vsc 11.2 %, vscr 0.302 %, 40 MVA, tap steps of 1.5 % */
  AssertNear(Number(COMPONENT_TRANSFORMER, "r", 1), 0.00302, 1e-16);
  AssertNear(Number(COMPONENT_TRANSFORMER, "x", 1), sqrt(0.112 * 0.112 - 0.00302 * 0.00302), 1e-15);
  AssertNear(Number(COMPONENT_TRANSFORMER, "s_nom", 1), 40, 0);
  AssertNear(Number(COMPONENT_TRANSFORMER, "tap_ratio", 1), 0.97, 1e-15);
  AssertNear(Number(COMPONENT_TRANSFORMER, "phase_shift", 1), 150, 0);
}

static void AssertSameFolder(const char *a, const char *b)
{
  DIR           *folder = opendir(a);
  struct dirent *entry;
  int            files = 0;
  assert_non_null(folder);
  while ((entry = readdir(folder))) {
    char   path[2][512];
    size_t size[2];
    char  *bytes[2];
    if (entry->d_name[0] == '.') continue;
    snprintf(path[0], sizeof path[0], "%s/%s", a, entry->d_name);
    snprintf(path[1], sizeof path[1], "%s/%s", b, entry->d_name);
    for (int k = 0; k < 2; k++) bytes[k] = ReadBytes(path[k], &size[k]);
    if (size[0] != size[1] || memcmp(bytes[0], bytes[1], size[0]) != 0) fail_msg("%s differs", entry->d_name);
    for (int k = 0; k < 2; k++) free(bytes[k]);
    files++;
  }
  closedir(folder);
  assert_true(files >= 4);
}

/* All columns of the one are there in the other with the same values. */
static void AssertSameColumns(Components a, Components b)
{
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    const ComponentTable *t = &a->table[kind];
    assert_int_equal(t->n, b->table[kind].n);
    for (PetscInt k = 0; k < t->n_columns; k++) {
      const Column *x = t->column[k], *y = ComponentsColumn(b, (ComponentKind)kind, x->name);
      for (PetscInt row = 0; y && row < t->n; row++) {
        if (x->text) assert_string_equal(x->text[row], y->text[row]);
        for (PetscInt s = 0; x->real && s < a->n_snapshots; s++) {
          PetscReal u = ColumnAt(x, row, s), v = ColumnAt(y, row, s);
          if (!(u == v || (isnan(u) && isnan(v)))) fail_msg("%s %s: %g %g", t->name[row], x->name, u, v);
        }
      }
      if (!y && x->text)
        for (PetscInt row = 0; row < t->n; row++) assert_string_equal(x->text[row], "");
    }
  }
}

/* Reads, writes, reads and writes again: the same values, and the same bytes. */
static void RoundTrip(const char *path)
{
  Components first;
  ReadWell(path);
  first = c;
  c     = NULL;
  OK(ComponentsDuplicate(first, &c));
  Write(TemporaryPath("written"));
  OK(ComponentsDestroy(&c));
  ReadWell(TemporaryPath("written"));
  AssertSameColumns(first, c);
  AssertSameColumns(c, first);
  assert_int_equal(first->n_snapshots, c->n_snapshots);
  for (PetscInt k = 0; k < c->n_snapshots; k++) {
    assert_string_equal(first->snapshot[k], c->snapshot[k]);
    assert_true(first->weight_objective[k] == c->weight_objective[k] && first->period_of[k] == c->period_of[k]);
    assert_true(first->weight_generators[k] == c->weight_generators[k]);
    assert_true(first->weight_stores[k] == c->weight_stores[k]);
  }
  assert_int_equal(first->n_days, c->n_days);
  Write(TemporaryPath("again"));
  AssertSameFolder(TemporaryPath("written"), TemporaryPath("again"));
  OK(ComponentsDestroy(&first));
}

static void test_what_is_written_reads_back_the_same(void **state)
{
  (void)state;
  PutExample();
  RoundTrip(TemporaryPath("folder"));
}

static void test_published_folders_go_round(void **state)
{
  static const char *const folder[] = {"pypsa/ac-dc-meshed", "pypsa/model-energy", "pypsa/scigrid-de"};
  (void)state;
  for (int k = 0; k < 3; k++) {
    const char *path = SharedData(folder[k]);
    if (!path) skip();
    RoundTrip(path);
    assert_int_equal(FaultsWarningCount(faults), 0);
    OK(ComponentsDestroy(&c));
  }
}

static void test_the_dispatch_reader_reads_what_is_written(void **state)
{
  const char *path = SharedData("pypsa/scigrid-de");
  Network     net[2];
  (void)state;
  if (!path) skip();
  ReadWell(path);
  Write(TemporaryPath("written"));
  OK(NetworkReadPypsa(PETSC_COMM_SELF, path, faults, &net[0]));
  OK(NetworkReadPypsa(PETSC_COMM_SELF, TemporaryPath("written"), faults, &net[1]));
  AssertNoErrors(faults);
  assert_int_equal(net[0]->generator.n, net[1]->generator.n);
  assert_int_equal(net[0]->branch.n, net[1]->branch.n);
  for (PetscInt k = 0; k < net[0]->branch.n; k++) assert_true(net[0]->branch.x[k] == net[1]->branch.x[k]);
  for (PetscInt k = 0; k < net[0]->generator.n; k++)
    assert_true(net[0]->generator.p_max_mw[k] == net[1]->generator.p_max_mw[k]);
  for (int k = 0; k < 2; k++) OK(NetworkDestroy(&net[k]));
}

static void test_results_are_written_and_old_ones_removed(void **state)
{
  const PetscReal p[4] = {0.1, -0.0, 1.0 / 3, 1e-7};
  size_t          size;
  char           *bytes;
  char            path[300];
  (void)state;
  PutExample();
  ReadWell(TemporaryPath("folder"));
  OK(ComponentsSetSeries(c, COMPONENT_GENERATOR, "p", 0, p));
  OK(ComponentsSetReal(c, COMPONENT_GENERATOR, "p_nom_opt", 1, 0));
  OK(ComponentsSetReal(c, COMPONENT_GENERATOR, "p_nom_opt_2030", 0, 7.5));
  OK(ComponentsSetFact(c, "_objective", "-1.5"));
  Write(TemporaryPath("written"));
  snprintf(path, sizeof path, "%s/generators-p.csv", TemporaryPath("written"));
  bytes = ReadBytes(path, &size);
  assert_string_equal(bytes, ",g\n0,0.1\n1,-0.0\n2,0.3333333333333333\n3,1e-07\n");
  free(bytes);
  OK(ComponentsDestroy(&c));
  ReadWell(TemporaryPath("written"));
  assert_non_null(ComponentsHeldColumn(c, COMPONENT_GENERATOR, "p_nom_opt"));
  assert_true(Number(COMPONENT_GENERATOR, "p_nom_opt_2030", 0) == 7.5);
  assert_true(isnan(Number(COMPONENT_GENERATOR, "p_nom_opt_2030", 1)));
  assert_string_equal(ComponentsFact(c, "_objective"), "-1.5");
  assert_true(ColumnAt(ComponentsColumn(c, COMPONENT_GENERATOR, "p"), 0, 3) == 1e-7);
  OK(ComponentsDestroy(&c));
  ReadWell(TemporaryPath("folder"));
  Write(TemporaryPath("written"));
  assert_int_not_equal(access(path, F_OK), 0);
}

static void test_a_folder_that_cannot_be_written_is_told(void **state)
{
  PetscBool written = PETSC_TRUE;
  char      error[300];
  (void)state;
  OK(ComponentsCreate(&c));
  OK(ComponentsWrite(c, WriteText("file", "x"), &written, error, sizeof error));
  assert_false(written);
  assert_non_null(strstr(error, "file"));
}

static void test_rows_and_columns_are_added(void **state)
{
  const Column *standard;
  PetscInt      row;
  PetscReal     series = 3;
  char          name[32];
  (void)state;
  OK(ComponentsCreate(&c));
  standard = ComponentsColumn(c, COMPONENT_LOAD, "p_set");
  for (int k = 0; k < 500; k++) {
    snprintf(name, sizeof name, "load %d", k);
    OK(ComponentsAddRow(c, COMPONENT_LOAD, name, &row));
    assert_int_equal(row, k);
    if (k % 2) OK(ComponentsSetReal(c, COMPONENT_LOAD, "p_set", row, k));
    if (k == 7) OK(ComponentsSetSeries(c, COMPONENT_LOAD, "p_set", 2, &series));
    assert_int_equal(ComponentsFind(c, COMPONENT_LOAD, name), k);
  }
  assert_int_equal(ComponentsFind(c, COMPONENT_LOAD, "load 499"), 499);
  assert_ptr_equal(standard, ComponentsColumn(c, COMPONENT_LOAD, "p_set"));
  assert_true(ColumnReal(standard, 3) == 3 && ColumnReal(standard, 4) == 0 && ColumnAt(standard, 2, 0) == 3);
  OK(ComponentsSetReal(c, COMPONENT_LOAD, "p_set", 2, 5));
  assert_true(ColumnAt(standard, 2, 0) == 5);
  OK(ComponentsSetText(c, COMPONENT_LOAD, "remark", 4, "7"));
  OK(ComponentsSetReal(c, COMPONENT_LOAD, "remark", 5, 8));
  assert_true(Number(COMPONENT_LOAD, "remark", 4) == 7);
  assert_string_equal(Text(COMPONENT_LOAD, "remark", 5), "8.0");
}

static void test_a_copy_stands_alone(void **state)
{
  Components copy;
  (void)state;
  PutExample();
  ReadWell(TemporaryPath("folder"));
  OK(ComponentsDuplicate(c, &copy));
  OK(ComponentsSetReal(copy, COMPONENT_GENERATOR, "p_max_pu", 1, 0.5));
  OK(ComponentsSetText(copy, COMPONENT_BUS, "location", 0, "elsewhere"));
  OK(ComponentsAddRow(copy, COMPONENT_GENERATOR, "new", NULL));
  assert_true(ColumnAt(ComponentsColumn(c, COMPONENT_GENERATOR, "p_max_pu"), 1, 0) == 0.25);
  assert_string_equal(Text(COMPONENT_BUS, "location", 0), "N");
  assert_int_equal(ComponentsFind(c, COMPONENT_GENERATOR, "new"), -1);
  OK(ComponentsDestroy(&copy));
}

static void test_faults_of_tables_name_file_and_line(void **state)
{
  (void)state;
  PutExample();
  Put("buses.csv", "name,v_nom\nnorth,380\nsouth,high\nnorth,110\n,3\n\"heat, south\",0\n");
  Put("generators.csv",
      "name,bus,carrier,p_nom,p_nom_extendable,p_nom_min,p_nom_max,marginal_cost,build_year,p_nom_extendible\n"
      "g,nort,gaz,-1,perhaps,5,3,inf,2030.5,\nh,north,gas,nan,True,0,1,x,2030,\n");
  Put("links.csv", "name,bus0,bus1,bus2\nhp,south,,atlantis\n");
  Put("lines.csv", "name,bus0,bus1,type,length\nl,north,north,Al/St 240/40 4-bundle 380,100\n");
  Put("global_constraints.csv", "name,sense,investment_period\nx,<,2030\ny,<=,2035\n");
  Read();
  assert_null(c);
  AssertFault(faults, 3, "found \"high\", expected a number");
  AssertFault(faults, 4, "found the name \"north\" twice");
  AssertFault(faults, 5, "found no name");
  AssertFault(faults, 6, "column \"v_nom\": found 0");
  AssertFault(faults, 2, "found the bus \"nort\", expected one of buses.csv such as \"north\"");
  AssertFault(faults, 2, "found the carrier \"gaz\", expected one of carriers.csv such as \"gas\"");
  AssertFault(faults, 2, "column \"p_nom\": found \"-1\", expected a number that is not negative");
  AssertFault(faults, 2, "found \"perhaps\", expected True or False");
  AssertFault(faults, 2, "found p_nom_min = 5 above p_nom_max = 3");
  AssertFault(faults, 2, "column \"marginal_cost\": found \"inf\", expected a finite number");
  AssertFault(faults, 2, "found \"2030.5\", expected a whole number");
  AssertFault(faults, 3, "column \"p_nom\": found \"nan\", expected a number");
  AssertFault(faults, 2, "bus1: found the bus \"\"");
  AssertFault(faults, 2, "bus2: found the bus \"atlantis\"");
  AssertFault(faults, 2, "found the type \"Al/St 240/40 4-bundle 380\"");
  AssertFault(faults, 2, "column \"sense\": found \"<\"");
  AssertFault(faults, 3, "found 2035, expected one of the network's");
}

static void test_a_misspelled_column_is_told(void **state)
{
  (void)state;
  Put("buses.csv", "name\na\n");
  Put("generators.csv", "name,bus,p_nom_extendible\ng,a,True\n");
  ReadWell(TemporaryPath("folder"));
  AssertFault(faults, 1, "is \"p_nom_extendable\" meant?");
}

static void test_faults_of_series_name_file_and_line(void **state)
{
  (void)state;
  PutExample();
  Put("generators-p_max_pu.csv", ",w,x\n0,0.25,1\n7,nan,1\n2,,1\n3,a lot,1\n4,1,1\n");
  Put("loads-p_set.csv", ",d\n0,1\n1,2,3\n");
  Put("generators-p_nom.csv", ",w\n0,1\n");
  Put("links-efficiency.csv", ",hp\n0,3\n1,0x10\n2,\"4\"\n3,3\n");
  Put("generators-p_min_pu.csv", ",w\n0,0\n1,0\n2,2\n3,0\n");
  Read();
  assert_null(c);
  AssertFault(faults, 1, "found a column \"x\", expected names of generators.csv");
  AssertFault(faults, 3, "found the snapshot \"7\"");
  AssertFault(faults, 3, "column \"w\": found \"nan\", expected a number");
  AssertFault(faults, 4, "column \"w\": found \"\", expected a number");
  AssertFault(faults, 0, "found 5 rows, expected 4");
  AssertFault(faults, 3, "found 3 cells, expected 2");
  AssertFault(faults, 0, "found 2 rows, expected 4");
  AssertFault(faults, 0, "does not vary");
  AssertFault(faults, 3, "found \"0x10\", expected a number");
}

static void test_limits_that_cross_at_a_snapshot_are_found(void **state)
{
  (void)state;
  PutExample();
  Put("generators-p_min_pu.csv", ",w\n0,0\n1,0\n2,0.002\n3,0\n");
  Read();
  AssertFault(faults, 3, "found p_min_pu = 0.002 above p_max_pu = 0.001 at 2030-01-01 00:00:00");
  assert_int_equal(FaultsErrorCount(faults), 1);
}

static void test_what_planning_does_not_have_is_one_message(void **state)
{
  (void)state;
  PutExample();
  Put("generators.csv",
      "name,bus,committable,p_nom_mod,min_up_time,start_up_cost\ng,north,False,,3,\nw,south,True,5,,9\n");
  Put("links.csv", "name,bus0,bus1,delay\nhp,south,\"heat, south\",2\n");
  Put("generators-marginal_cost-pw.csv", "a,b\n");
  Put("processes.csv", "name,bus0\np,north\n");
  Read();
  assert_null(c);
  assert_int_equal(FaultsErrorCount(faults), 1);
  AssertFault(faults, 0, "committable of generators (1 of 2 rows, first \"w\" in generators.csv:3)");
  AssertFault(faults, 0, "p_nom_mod of generators");
  AssertFault(faults, 0, "delay of links (1 of 1 rows");
  AssertFault(faults, 0, "processes.csv (1 rows)");
  AssertFault(faults, 0, "generators-marginal_cost-pw.csv");
}

static void test_carriers_that_are_only_labels_are_warnings(void **state)
{
  (void)state;
  Put("buses.csv", "name,carrier\na,AC\nb,hydrogen\n");
  Put("carriers.csv", "name\nwind\n");
  ReadWell(TemporaryPath("folder"));
  assert_int_equal(FaultsWarningCount(faults), 1);
  AssertFault(faults, 3, "found the carrier \"hydrogen\"");
}

static void test_faults_of_time(void **state)
{
  (void)state;
  Put("buses.csv", "name\na\n");
  Put("snapshots.csv", ",period,timestep,objective\n0,2030,a,1\n1,2030,a,-1\n2,2050,a,x\n");
  Put("investment_periods.csv", "period,objective,years\n2040,1,1\n2030,1,1\n");
  Put("representative_days.csv", "period,day,representative\n2030,1,0\n2060,0,99\n");
  Read();
  assert_null(c);
  AssertFault(faults, 3, "found the snapshot \"a\" twice");
  AssertFault(faults, 3, "column \"objective\": found -1");
  AssertFault(faults, 4, "found \"x\", expected a number");
  AssertFault(faults, 3, "found the period 2030 after 2040");
  AssertFault(faults, 4, "found the period 2050");
  AssertFault(faults, 2, "found the day 1, expected 0");
  AssertFault(faults, 3, "found the period 2060");
  AssertFault(faults, 3, "found the representative 99");
}

static void test_a_folder_that_is_none(void **state)
{
  (void)state;
  Read();
  assert_null(c);
  AssertFault(faults, 0, "expected a PyPSA CSV folder");
}

static void test_numbers_have_the_fewest_digits(void **state)
{
  static const struct {
    double      value;
    const char *text;
  } known[] = {{0, "0.0"},
               {-0.0, "-0.0"},
               {1, "1.0"},
               {0.1, "0.1"},
               {0.1 + 0.2, "0.30000000000000004"},
               {1e22, "1e+22"},
               {123456.789, "123456.789"},
               {1e15, "1000000000000000.0"},
               {1e16, "1e+16"},
               {0.0001, "0.0001"},
               {0.00001234, "1.234e-05"},
               {5e-324, "5e-324"},
               {2.2250738585072014e-308, "2.2250738585072014e-308"},
               {1.7976931348623157e308, "1.7976931348623157e+308"},
               {9007199254740993.0, "9007199254740992.0"},
               {-1.0 / 3, "-0.3333333333333333"},
               {INFINITY, "inf"},
               {-INFINITY, "-inf"}};
  char text[REAL_TEXT_SIZE];
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(known); k++) {
    text[RealToText(known[k].value, text)] = 0;
    assert_string_equal(text, known[k].text);
  }
}

/* No shorter text than that written reads back, and both readings of numbers agree. */
static void test_random_numbers_read_back(void **state)
{
  uint64_t random = 7;
  (void)state;
  for (int k = 0; k < 200000; k++) {
    uint64_t  bits = (uint64_t)Random(&random, 1u << 31) << 33 ^ (uint64_t)Random(&random, 1u << 31) << 8 ^ (uint64_t)k;
    double    value;
    PetscReal back;
    char      text[REAL_TEXT_SIZE], shorter[64];
    int       digits = 0, n;
    memcpy(&value, &bits, sizeof value);
    if (k % 2) value = ldexp((double)(bits >> 11), -60 + (int)Random(&random, 60));
    if (!isfinite(value)) continue;
    n       = RealToText(value, text);
    text[n] = 0;
    assert_true(strtod(text, NULL) == value);
    assert_ptr_equal(TextToDouble(text, &back), text + n);
    assert_true(back == value);
    for (char *at = text + strspn(text, "-0."); *at && *at != 'e'; at++) digits += *at != '.';
    if (n > 2 && !strcmp(text + n - 2, ".0")) continue;
    snprintf(shorter, sizeof shorter, "%.*e", PetscMax(digits - 2, 0), value);
    if (digits > 1 && strtod(shorter, NULL) == value) fail_msg("%s is longer than %s", text, shorter);
  }
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, Begin, End)
  const struct CMUnitTest tests[] = {
      TEST(test_values_and_defaults),
      TEST(test_every_attribute_of_the_documentation_is_known),
      TEST(test_ports_of_links_have_the_defaults_of_the_first),
      TEST(test_series_by_number_label_and_time),
      TEST(test_periods_weights_and_activity),
      TEST(test_without_snapshots_there_is_now),
      TEST(test_older_weightings_and_snapshots_without_periods),
      TEST(test_regions_of_buses),
      TEST(test_types_give_impedances),
      TEST(test_what_is_written_reads_back_the_same),
      TEST(test_published_folders_go_round),
      TEST(test_the_dispatch_reader_reads_what_is_written),
      TEST(test_results_are_written_and_old_ones_removed),
      TEST(test_a_folder_that_cannot_be_written_is_told),
      TEST(test_rows_and_columns_are_added),
      TEST(test_a_copy_stands_alone),
      TEST(test_faults_of_tables_name_file_and_line),
      TEST(test_a_misspelled_column_is_told),
      TEST(test_faults_of_series_name_file_and_line),
      TEST(test_limits_that_cross_at_a_snapshot_are_found),
      TEST(test_what_planning_does_not_have_is_one_message),
      TEST(test_carriers_that_are_only_labels_are_warnings),
      TEST(test_faults_of_time),
      TEST(test_a_folder_that_is_none),
      TEST(test_numbers_have_the_fewest_digits),
      TEST(test_random_numbers_read_back),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
