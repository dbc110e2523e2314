/* The device table: what its CSV form accepts and refuses, replayed corpus and mutations, defaults by technology. */
#include "tests/dynamics/grid.h"

#include "tests/dynamics/main.h"

#define HEADER "bus,unit,model,mva_base,H,D,xd1\n"

/* Parses bytes against Kundur's grid (generators at buses 1 and 3); the faults' lines go to `said`. */
static PetscInt Parse(const char *path, const char *bytes, size_t size, DeviceTable *table, char *said, size_t room)
{
  Grid     grid;
  Faults   faults;
  Source  *source;
  PetscInt errors;
  GridBuildSmib(0.0, &grid);
  Ok(FaultsCreate(&faults));
  Ok(SourceFromBytes(path, bytes, size, &source));
  Ok(DeviceTableParse(source, grid.net, PETSC_FALSE, faults, table));
  errors = FaultsErrorCount(faults);
  if (said) said[0] = '\0';
  for (PetscInt k = 0; said && k < FaultsCount(faults); ++k) {
    PetscInt     line;
    const char  *text, *file;
    const size_t used = strlen(said);
    Ok(FaultsGet(faults, k, NULL, &file, &line, &text));
    assert_string_equal(file, path);
    assert_null(strchr(text, '\n'));
    snprintf(said + used, room - used, "%d: %s\n", (int)line, text);
  }
  assert_true((*table == NULL) == (errors > 0));
  Ok(SourceDestroy(&source));
  Ok(FaultsDestroy(&faults));
  GridDestroy(&grid);
  return errors;
}

static void ExpectFaults(const char *rows, PetscInt errors, const char *const *parts)
{
  char        text[1024], said[4096];
  DeviceTable table;
  snprintf(text, sizeof text, "%s%s", HEADER, rows);
  const PetscInt found = Parse("devices.csv", text, strlen(text), &table, said, sizeof said);
  if (found != errors) printf("%s", said);
  assert_int_equal(found, errors);
  for (; *parts; ++parts) {
    if (!strstr(said, *parts)) printf("not said: %s in\n%s", *parts, said);
    assert_non_null(strstr(said, *parts));
  }
}

static void good_table_is_read(void **state)
{
  const char  text[] = HEADER "3,1,gencls,2220,1000,2,0.05\n1,1,GENCLS,100,3.5,0,0.3\n";
  DeviceTable table;
  (void)state;
  assert_int_equal(Parse("good.csv", text, sizeof text - 1, &table, NULL, 0), 0);
  assert_int_equal(table->n, 2);
  assert_int_equal(table->n_given, 2);
  const DeviceRecord *record = DeviceTableFind(table, DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE);
  assert_non_null(record);
  assert_ptr_equal(record->model, &DeviceGencls);
  assert_int_equal(record->line, 3);
  assert_true(record->mva_base == 100.0 && record->parameter[GENCLS_H] == 3.5 && record->parameter[GENCLS_XD1] == 0.3);
  record = DeviceTableFind(table, DEVICE_AT_GENERATOR, 1, DEVICE_SOURCE);
  assert_true(record && record->parameter[GENCLS_D] == 2.0);
  assert_null(DeviceTableFind(table, DEVICE_AT_STORAGE, 0, DEVICE_SOURCE));
  Ok(DeviceTableDestroy(&table));
}

static void each_fault_is_told_with_its_line(void **state)
{
  (void)state;
  ExpectFaults("9,1,GENCLS,100,3.5,0,0.3\n1,7,GENCLS,100,3.5,0,0.3\n1,1,GENXYZ,100,3.5,0,0.3\n", 3,
               (const char *[]){"2: found bus 9", "3: found unit \"7\"", "4: found model \"GENXYZ\"", "GENCLS", NULL});
  ExpectFaults("1,1,GENCLS,0,-3.5,-1,0\n", 4,
               (const char *[]){"2: found mva_base = 0", "2: found H = -3.5", "2: found D = -1", "2: found xd1 = 0",
                                "unit 1 at bus 1", NULL});
  ExpectFaults("1,1,GENCLS,nan,inf,x,\n", 4, (const char *[]){"mva_base", "H = inf", "D = x", "xd1", NULL});
  ExpectFaults("1,1,GENCLS,100,3.5,0,0.3\n3,1,GENCLS,100,3.5,0,0.3\n1,1,GENCLS,100,4.5,0,0.3\n", 1,
               (const char *[]){"4: found unit \"1\" at bus 1 again", "first on line 2", NULL});
  ExpectFaults("", 1, (const char *[]){"found no device", NULL});
}

/* Machine, exciter and governor of one unit are three rows; cells of other rows' models stay empty. */
static void a_unit_may_have_several_parts(void **state)
{
  const DeviceModel *sexs = DeviceModelFind("SEXS"), *genrou = DeviceModelFind("GENROU");
  char               text[4096] = "bus,unit,model,mva_base";
  DeviceTable        table;
  (void)state;
  for (PetscInt k = 0; k < genrou->n_parameters; ++k) sprintf(text + strlen(text), ",%s", genrou->parameter[k].name);
  for (PetscInt k = 0; k < sexs->n_parameters; ++k) sprintf(text + strlen(text), ",%s", sexs->parameter[k].name);
  strcat(text, "\n1,1,SEXS,100");
  for (PetscInt k = 0; k < genrou->n_parameters; ++k) strcat(text, ",");
  strcat(text,
         ",0.1,10,100,0.1,0,4\n1,1,GENROU,100,6.5,0.06,0.2,0.05,4,0,1.8,1.75,0.6,0.8,0.23,0.15,0.09,0.38,,,,,,\n");
  assert_int_equal(Parse("parts.csv", text, strlen(text), &table, NULL, 0), 0);
  assert_int_equal(table->n, 2);
  const DeviceRecord *record = DeviceTableFind(table, DEVICE_AT_GENERATOR, 0, DEVICE_EXCITER);
  assert_true(record && record->line == 2 && record->parameter[2] == 100.0);
  assert_int_equal(DeviceTableFind(table, DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE)->line, 3);
  Ok(DeviceTableDestroy(&table));
  char *base = strstr(text, "1,1,GENROU,100");
  memcpy(base, "1,1,GENROU,200", 14);
  assert_int_equal(Parse("parts.csv", text, strlen(text), &table, NULL, 0), 1);
}

static void missing_columns_are_named(void **state)
{
  const char head[]       = "bus,model,mva_base,H\n1,GENCLS,100,3\n",
             parameters[] = "bus,unit,model,mva_base,H\n1,1,GENCLS,9,3\n";
  DeviceTable table;
  char        said[1024];
  (void)state;
  assert_true(Parse("a.csv", head, sizeof head - 1, &table, said, sizeof said) > 0);
  assert_non_null(strstr(said, "unit"));
  assert_true(Parse("a.csv", parameters, sizeof parameters - 1, &table, said, sizeof said) > 0);
  assert_non_null(strstr(said, "found no column \"D\", expected every parameter of GENCLS"));
}

/* Storage units can carry a model too, by their name. */
static void storage_unit_is_found_by_name(void **state)
{
  const char  text[] = HEADER "2,home battery,GENCLS,10,3,0,0.2\n";
  Grid        grid;
  Faults      faults;
  Source     *source;
  DeviceTable table;
  (void)state;
  GridBuildSmib(0.0, &grid);
  Ok(NetworkResizeStorage(grid.net, 1));
  grid.net->storage.bus[0] = 1;
  Ok(NetworkSetString(&grid.net->storage.name[0], "home battery"));
  Ok(FaultsCreate(&faults));
  Ok(SourceFromBytes("s.csv", text, sizeof text - 1, &source));
  Ok(DeviceTableParse(source, grid.net, PETSC_FALSE, faults, &table));
  FaultsView(faults, stdout);
  assert_non_null(table);
  assert_non_null(DeviceTableFind(table, DEVICE_AT_STORAGE, 0, DEVICE_SOURCE));
  Ok(DeviceTableDestroy(&table));
  Ok(SourceDestroy(&source));
  Ok(FaultsDestroy(&faults));
  GridDestroy(&grid);
}

static size_t ReadCorpus(const char *name, char *bytes, size_t room)
{
  char path[256];
  snprintf(path, sizeof path, "tests/dynamics/corpus/%s", name);
  FILE *file = fopen(ShippedFile(path), "rb");
  assert_non_null(file);
  const size_t size = fread(bytes, 1, room, file);
  fclose(file);
  return size;
}

/* No byte string makes the reader crash, and a table comes out exactly when no error was found. */
static void corpus_and_its_mutations_are_survived(void **state)
{
  static const char *const names[] = {"good.csv",         "empty.csv",    "header_only.csv", "missing_column.csv",
                                      "unknown.csv",      "twice.csv",    "truncated.csv",   "binary.csv",
                                      "out_of_range.csv", "overflow.csv", "crlf.csv"};
  static const char        pool[]  = ",\"\n\r-+.eE0123456789nNaAiI xGENCLS\377\303";
  uint32_t                 seed    = 1;
  char                     bytes[2048], mutant[2048];
  PetscInt                 good = 0;
  (void)state;
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
    DeviceTable  table;
    const size_t size  = ReadCorpus(names[k], bytes, sizeof bytes);
    const int    wrong = strcmp(names[k], "good.csv") && strcmp(names[k], "crlf.csv");
    assert_int_equal(Parse(names[k], bytes, size, &table, NULL, 0) > 0, wrong);
    Ok(DeviceTableDestroy(&table));
    for (PetscInt trial = 0; size && trial < 300; ++trial) {
      memcpy(mutant, bytes, size);
      size_t length = size;
      for (PetscInt edit = 0; edit < 3; ++edit) {
        seed                         = seed * 1664525u + 1013904223u;
        mutant[(seed >> 8) % length] = pool[(seed >> 4) % (sizeof pool - 1)];
      }
      if (trial % 7 == 0) length = 1 + (seed >> 8) % length;
      good += Parse(names[k], mutant, length, &table, NULL, 0) == 0;
      Ok(DeviceTableDestroy(&table));
    }
  }
  assert_true(good > 0);
}

static void defaults_follow_the_technology(void **state)
{
  static const char *const technology[] = {"nuclear", "Hydro",   "wind", "solar", "main grid",
                                           "",        "battery", "coal", "wind"};
  const PetscReal          h[]          = {6.0, 3.0, NAN, NAN, 1000.0, 4.0, NAN, 4.0, 2.0};
  Grid                     grid;
  char                     text[512];
  (void)state;
  GridCreate(100.0, 1, 0, 9, &grid);
  GeneratorTable *gen = &grid.net->generator;
  for (PetscInt g = 0; g < 9; ++g) {
    gen->bus[g]      = 0;
    gen->p_max_mw[g] = 90.0;
    gen->mva_base[g] = 1000.0; /* not this unit's: ten times its output */
    Ok(NetworkSetString(&gen->technology[g], technology[g]));
  }
  gen->in_service[7] = PETSC_FALSE;
  gen->mva_base[1]   = 120.0;
  gen->inertia_s[0]  = 0.5; /* on 1000 MVA */
  gen->inertia_s[8]  = 0.2; /* emulated */
  Ok(DeviceTableAddDefaults(grid.table, grid.net));
  for (PetscInt g = 0; g < 9; ++g) {
    if (g == 7) continue; /* out of service */
    const DeviceRecord *record = DeviceTableFind(grid.table, DEVICE_AT_GENERATOR, g, DEVICE_SOURCE);
    assert_int_equal(record == NULL, PetscIsNanReal(h[g]));
    if (!record) continue;
    assert_true(PetscAbsReal(record->mva_base - (g == 1 ? 120.0 : 100.0)) < 1e-12);
    assert_true(PetscAbsReal(record->parameter[GENCLS_H] - (g == 0 ? 5.0 : h[g])) < 1e-12);
    assert_true(record->parameter[GENCLS_XD1] > 0.0);
    assert_int_equal(record->line, 0);
  }
  assert_null(DeviceTableFind(grid.table, DEVICE_AT_GENERATOR, 7, DEVICE_SOURCE));
  assert_int_equal(grid.table->n_given, 0);
  assert_int_equal(grid.table->n_default_machines, 5);
  assert_int_equal(grid.table->n_strong_sources, 1);
  assert_int_equal(grid.table->n_typical_inertia, 2);
  assert_int_equal(grid.table->n_as_admittance, 3);
  Ok(DeviceTableDescribe(grid.table, text, sizeof text));
  printf("%s\n", text);
  assert_non_null(strstr(text, "5 classical machines"));
  GridDestroy(&grid);
}

/* Units at zero output are taken off line, and are no machines then. */
static void idle_units_are_no_machines(void **state)
{
  Grid             grid;
  PetscInt         count;
  Stability        stability;
  StabilityOptions options;
  StabilityResult  result;
  (void)state;
  if (!GridLoad("matpower/case39.m", NULL, &grid)) skip();
  assert_int_equal(grid.table->n_default_machines, 10);
  grid.point->generator_p[3] = 0.0;
  Ok(OperatingPointOfflineBelow(grid.point, grid.net, 1e-3, &count));
  assert_int_equal(count, 1);
  StabilityDefaultOptions(&options);
  options.mismatch_limit_pu = 100.0;
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 0, NULL, NULL, &result));
  assert_int_equal(result.n_machines, 9);
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_table_is_read),
      cmocka_unit_test(each_fault_is_told_with_its_line),
      cmocka_unit_test(a_unit_may_have_several_parts),
      cmocka_unit_test(missing_columns_are_named),
      cmocka_unit_test(storage_unit_is_found_by_name),
      cmocka_unit_test(corpus_and_its_mutations_are_survived),
      cmocka_unit_test(defaults_follow_the_technology),
      cmocka_unit_test(idle_units_are_no_machines),
  };
  return RunTests(argc, argv, tests);
}
