/* PSS/E dynamics data: free format is read as PSS/E writes it, and what is wrong is said with its line. */
#include "inputs/psse_dyr.h"
#include "tests/inputs/text_files.h"

#include <math.h>

static Faults  faults;
static PsseDyr dyr;

static int Begin(void **state)
{
  (void)state;
  dyr = NULL;
  return FaultsCreate(&faults);
}

static int End(void **state)
{
  (void)state;
  return PsseDyrDestroy(&dyr) || FaultsDestroy(&faults);
}

static void ParseBytes(const char *bytes, size_t size)
{
  Source *source;
  OK(SourceFromBytes("x.dyr", bytes, size, &source));
  OK(PsseDyrParse(source, faults, &dyr));
  OK(SourceDestroy(&source));
}

static void Parse(const char *text)
{
  ParseBytes(text, strlen(text));
}

static void AssertField(const DyrRecord *record, PetscInt k, DyrKind kind, const char *text, PetscInt line)
{
  assert_in_range(k, 0, record->n - 1);
  assert_int_equal(record->field[k].kind, kind);
  assert_string_equal(record->field[k].text, text);
  assert_int_equal(record->field[k].line, line);
  assert_int_equal(isnan(record->field[k].value) != 0, kind != DYR_NUMBER);
}

static void a_record_spans_lines_and_separators(void **state)
{
  (void)state;
  Parse("   30 'genrou '  '1 ' 4.2,0.02\t1.0D-3\r\n  -.5 , 1E2/USRWHT 9 9\r\n31,'SEXS',2,.1,5. /\n");
  AssertNoErrors(faults);
  assert_int_equal(dyr->n, 2);
  const DyrRecord *r = dyr->record;
  assert_int_equal(r->bus, 30);
  assert_string_equal(r->bus_text, "30");
  assert_string_equal(r->model, "GENROU");
  assert_string_equal(r->id, "1");
  assert_int_equal(r->line, 1);
  assert_int_equal(r->n, 5);
  AssertField(r, 0, DYR_NUMBER, "4.2", 1);
  AssertField(r, 2, DYR_NUMBER, "1.0D-3", 1);
  AssertField(r, 3, DYR_NUMBER, "-.5", 2);
  assert_true(r->field[2].value == 1e-3 && r->field[3].value == -0.5 && r->field[4].value == 100.0);
  assert_string_equal(r[1].id, "2");
  assert_int_equal(r[1].line, 3);
  assert_int_equal(r[1].n, 2);
}

static void commas_in_a_row_leave_fields_out(void **state)
{
  (void)state;
  Parse("1,'A1',, 5,,6,\n,7, /\n2 'B2' /\n3 'C3' '  ' 4/\n");
  AssertNoErrors(faults);
  assert_int_equal(dyr->n, 3);
  assert_string_equal(dyr->record[0].id, "1");
  assert_int_equal(dyr->record[0].id_field.kind, DYR_OMITTED);
  assert_int_equal(dyr->record[0].n, 5);
  AssertField(dyr->record, 1, DYR_OMITTED, "", 1);
  AssertField(dyr->record, 2, DYR_NUMBER, "6", 1);
  AssertField(dyr->record, 3, DYR_OMITTED, "", 2);
  AssertField(dyr->record, 4, DYR_NUMBER, "7", 2);
  assert_int_equal(dyr->record[1].n, 0);
  assert_string_equal(dyr->record[1].id, "1");
  assert_string_equal(dyr->record[2].id, "1");
  assert_int_equal(dyr->record[2].id_field.kind, DYR_TEXT);
}

static void quotes_hold_slashes_blanks_and_quotes(void **state)
{
  (void)state;
  Parse("'NORTH/SOUTH  13.8' 'GENCLS' 'A/' 1 'x, / y' '' \"it's\" 'don''t' 1.0.0 3*0.0 nan 0x10 1e999/\n");
  AssertNoErrors(faults);
  assert_int_equal(dyr->n, 1);
  const DyrRecord *r = dyr->record;
  assert_int_equal(r->bus, -1);
  assert_string_equal(r->bus_text, "NORTH/SOUTH  13.8");
  assert_string_equal(r->id, "A/");
  AssertField(r, 1, DYR_TEXT, "x, / y", 1);
  AssertField(r, 2, DYR_TEXT, "", 1);
  AssertField(r, 3, DYR_TEXT, "it's", 1);
  AssertField(r, 4, DYR_TEXT, "don't", 1);
  for (PetscInt k = 5; k < 10; k++) assert_int_equal(r->field[k].kind, DYR_TEXT);
  assert_int_equal(r->n, 10);
}

static void comments_and_empty_lines_are_passed_over(void **state)
{
  (void)state;
  Parse("\xef\xbb\xbf// a comment with 'quotes\n@!  BUS, 'MODEL'\n/\n\n  / 1 'NOT' 1\n1 'A1' 1 2.0\n@! between its "
        "lines\n\n 3.0\n"
        "/ closes\n/ 4 'B' 1 /\n5 'C3' 1 /\n\x1a");
  AssertNoErrors(faults);
  assert_int_equal(dyr->n, 2);
  assert_int_equal(dyr->record[0].n, 2);
  assert_int_equal(dyr->record[0].line, 6);
  assert_int_equal(dyr->record[0].field[1].line, 9);
  assert_int_equal(dyr->record[1].bus, 5);
}

static void switching_records_are_passed_over_and_counted(void **state)
{
  (void)state;
  Parse(
      "1 'A1' 1 2.0 /\n  Line  'Toggler'  Line_1  1.0 /\nLine 'Toggle' Line_1\n 1.1 /\nTOGGLE the rest\n2 'B2' 1 /\n");
  AssertNoErrors(faults);
  assert_int_equal(dyr->n, 2);
  assert_int_equal(dyr->n_toggles, 3);
  assert_int_equal(FaultsCount(faults), 1);
  AssertFault(faults, 2, "3 switching records");
}

static void models_without_a_unit_are_records_too(void **state)
{
  (void)state;
  Parse("0 'IEELAL' * 0.4 0.6 /\n7 'IEELBL' '1' 1 /\n'DC-HIG' 'CDC4T' 5 6 0.1 /\n12 'IEELAR' /\n");
  AssertNoErrors(faults);
  assert_int_equal(dyr->n, 4);
  assert_int_equal(dyr->record[0].bus, 0);
  assert_string_equal(dyr->record[0].id, "*");
  assert_string_equal(dyr->record[1].model, "IEELBL");
  assert_string_equal(dyr->record[2].id, "5");
  assert_int_equal(dyr->record[2].id_field.kind, DYR_NUMBER);
  assert_true(dyr->record[2].id_field.value == 5.0);
  assert_int_equal(dyr->record[2].n, 2);
}

static void user_models_show_their_parameters(void **state)
{
  const char     *name;
  const DyrField *field;
  PetscInt        n;
  (void)state;
  Parse("4 'USRMDL' 1 'REGCAU1' 101 1 1 3 3 4 7 .1 .2 .3 /\n4 'USRMDL' 1 'SHORT' 101 1 1 3 3 4 7 .1 /\n4 'GENROU' 1 2 "
        "/\n");
  AssertNoErrors(faults);
  assert_true(DyrRecordUserModel(&dyr->record[0], &name, &n, &field));
  assert_string_equal(name, "REGCAU1");
  assert_int_equal(n, 4);
  assert_true(field[0].value == 7.0 && field[3].value == 0.3);
  assert_false(DyrRecordUserModel(&dyr->record[1], &name, &n, &field));
  assert_false(DyrRecordUserModel(&dyr->record[2], &name, &n, &field));
}

static void each_fault_is_told_with_its_line(void **state)
{
  static const struct {
    const char *text, *words;
    int         line;
  } wrong[] = {
      {"2 'B2' 1 /\n1 'A1' 1 2.0 3.0\n", "found the end of the file in the record", 2},
      {"1 'GDFORM' 1 .1 .2 1006 'GDFORM' 1 .3\n 1007 'SEXS' 1 /\n", "new record, bus 1006 'GDFORM', inside", 1},
      {"1 'GDFORM' 1 .1 .2 'N TWO' 'GDFORM' 1 .3 /\n", "new record, bus N TWO 'GDFORM', inside", 1},
      {"1.5 'A1' 1 /\n", "found \"1.5\", expected a bus number", 1},
      {"\n-3 'A1' 1 /\n", "found \"-3\", expected a bus number", 2},
      {"99999999999 'A1' 1 /\n", "expected a bus number", 1},
      {", 'A1' 1 /\n", "found \"\", expected a bus number", 1},
      {"Line 'A1' 1 /\n", "found \"Line\", expected a bus number", 1},
      {"'  ' 'A1' 1 /\n", "expected a bus number", 1},
      {"1 /\n", "ends after bus 1", 1},
      {"1\n 2.0 3.0 /\n", "found \"2.0\" after bus 1, expected a model's name", 2},
      {"1 '' 3.0 /\n", "expected a model's name", 1},
      {"1 'A1 1 2 /\n 3 /\n", "quote that is not closed", 1},
      {"// only a comment\n", "found no record", 0},
      {"\x89PNG\x01\x02 'A' /\n", "found \"?PNG??\"", 1},
  };
  (void)state;
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    Parse(wrong[k].text);
    assert_null(dyr);
    AssertFault(faults, wrong[k].line, wrong[k].words);
    OK(FaultsDestroy(&faults));
    OK(FaultsCreate(&faults));
  }
}

static void a_new_line_ends_a_record_that_is_not_closed(void **state)
{
  (void)state;
  Parse("1 'REGCA1' 'S ' 1\n .1 .2\n 1 'REECA1' 'S '\n 0 0 /\n'N ONE' 'CDC4T' 5 1 2 \n'N TWO' 'CDC4T' 5 /\n");
  AssertNoErrors(faults);
  assert_int_equal(FaultsCount(faults), 2);
  AssertFault(faults, 3, "new record, bus 1 'REECA1', inside the record of bus 1 'REGCA1' that begins at line 1");
  AssertFault(faults, 6, "new record, bus N TWO 'CDC4T', inside");
  assert_int_equal(dyr->n, 4);
  assert_int_equal(dyr->record[0].n, 3);
  for (PetscInt k = 0; k < 4; k++) assert_int_equal(dyr->record[k].closed, k % 2);
}

static void many_faults_are_counted(void **state)
{
  char text[4096] = "";
  (void)state;
  for (int k = 0; k < 100; k++) snprintf(text + strlen(text), sizeof text - strlen(text), "x 'A1' 1 /\n");
  Parse(text);
  assert_null(dyr);
  assert_int_equal(FaultsErrorCount(faults), 21);
  AssertFault(faults, 0, "80 more faults");
}

static void a_record_behind_a_closing_slash_is_warned_of(void **state)
{
  (void)state;
  Parse("1 'A1' 1 2 / 2 'B2' 1 3 /\n3 'C3' 1 /USRWHT\n");
  AssertNoErrors(faults);
  assert_int_equal(dyr->n, 2);
  assert_int_equal(FaultsCount(faults), 1);
  AssertFault(faults, 1, "looks like a record");
}

static void a_number_of_a_million_digits_takes_no_time(void **state)
{
  const size_t size  = 1000000;
  char        *bytes = (char *)malloc(size + 64);
  (void)state;
  assert_non_null(bytes);
  strcpy(bytes, "1 'A1' 1 ");
  memset(bytes + 9, '7', size);
  strcpy(bytes + 9 + size, " 0.5 /\n");
  Parse(bytes);
  AssertNoErrors(faults);
  assert_int_equal(dyr->record[0].n, 2);
  assert_int_equal(dyr->record[0].field[0].kind, DYR_TEXT);
  assert_true(dyr->record[0].field[1].value == 0.5);
  OK(PsseDyrDestroy(&dyr));
  memcpy(bytes, " 'A1' 1 1", 9);
  Parse(bytes);
  assert_null(dyr);
  free(bytes);
}

static PetscInt CountModel(const char *model)
{
  PetscInt count = 0;
  for (PetscInt k = 0; k < dyr->n; k++) count += !strcmp(dyr->record[k].model, model);
  return count;
}

/* Numbers of records, of fields behind the id and the sum of these, found by other means. */
static void published_files_are_read_in_full(void **state)
{
  static const struct {
    const char *path;
    PetscInt    records, fields;
    PetscReal   sum;
    const char *model;
    PetscInt    of_model;
    int         warnings;
  } file[] = {
      {"griddyn/IEEE39.dyr", 29, 354, 541.571, "ESDC1A", 9, 0},
      {"griddyn/dynamicsWECC.dyr", 87, 1073, 4334.248, "EXDC2", 29, 0},
      {"gridpack/dsa/case_ACTIVSg2000_1_dyn.dyr", 1197, 20035, 34052.265, "REPCA1", 109, 0},
      {"gridpack/dsa/texas2000_v23_fullsys_noac_wind_mod.dyr", 945, 21674, 27355.77, "EXDC1", 268, 0},
      {"gridpack/dyr/240busWECC_2018_PSS_mod.dyr", 438, 6858, 20958.245, "HYGOV", 25, 1},
      {"gridpack/dyr/300bus_detail_model_cmpld_combine.dyr", 192, 5056, 774170.46274, "USRLOD", 6, 0},
      {"gridpack/dyr/9b3g.dyr", 3, 9, 39.15, "GENCLS", 3, 0},
      {"gridpack/dyr/IEEE145_classicGen.dyr", 50, 100, 30110.5, "GENCLS", 50, 0},
      {"gridpack/dyr/IEEE_145b_classical_model.dyr", 50, 100, 650.0, "GENCLS", 50, 0},
      {"gridpack/dyr/case9_GAST.dyr", 9, 87, 405.66, "GAST", 3, 0},
      {"gridpack/dyr/case9_GENROU.dyr", 3, 42, 49.818, "GENROU", 3, 0},
      {"gridpack/dyr/case9_GENROU_ESST1A.dyr", 6, 102, -378.035, "ESST1A", 3, 0},
      {"gridpack/dyr/case9_GENROU_ESST1A_WSIEG1.dyr", 9, 210, -145.09664, "WSIEG1", 3, 0},
      {"gridpack/dyr/case9_GENROU_EXDC1.dyr", 6, 90, 304.448004, "EXDC1", 3, 0},
      {"gridpack/dyr/case9_GENROU_EXDC1_WSIEG1.dyr", 9, 198, 537.386364, "WSIEG1", 3, 0},
      {"gridpack/dyr/case9_GENSAL.dyr", 3, 36, 59.6875, "GENSAL", 3, 0},
      {"gridpack/dyr/case9_GENSAL_ESST1A.dyr", 6, 96, 629.8345, "ESST1A", 3, 0},
      {"gridpack/dyr/case9_GENSAL_ESST1A_WSIEG1.dyr", 9, 204, 862.77286, "WSIEG1", 3, 0},
      {"gridpack/dyr/case9_HYGOV.dyr", 9, 96, 535.035, "HYGOV", 3, 0},
      {"gridpack/dyr/case9_REGCA1_REECA1_REPCA1.dyr", 9, 154, 421.37, "REECA1", 1, 0},
      {"gridpack/dyr/case9_SEXS.dyr", 9, 81, 447.06, "SEXS", 3, 0},
      {"gridpack/dyr/classical_model_3000bus.dyr", 135, 270, 1215.0, "GENCLS", 135, 0},
      {"gridpack/dyr/kundur-twoarea.dyr", 12, 108, 1016.63, "TGOV1", 4, 0},
      {"gridpack/dyr/kundur-twoarea_4renewable_mech.dyr", 16, 214, 1195.284667, "WTTQA1", 1, 0},
      {"gridpack/dyr/kundur-twoarea_4renewable_regcc1.dyr", 10, 96, 2359.295, "REGCC1", 1, 0},
      {"gridpack/dyr/kundur-twoarea_esst1a.dyr", 12, 122, 993.679, "ESST1A", 1, 0},
      {"gridpack/dyr/kundur-twoarea_esst4b.dyr", 12, 119, 847.497, "ESST4B", 1, 0},
      {"gridpack/dyr/kundur-twoarea_wsieg1.dyr", 12, 137, 1075.6, "WSIEG1", 1, 0},
      {"gridpack/dyr/tamu_500bus_detail.dyr", 156, 3536, 12500.54624, "GENSAL", 52, 0},
      {"gridpack/ieee39/IEEE39bus_exdc1_gridpack.dyr", 30, 640, 807.65, "WSIEG1", 10, 0},
      {"steps/IEEE39.dyr", 76, 1291, 825965.76688, "UFLSBL", 18, 0},
      {"steps/IEEE9_detail.dyr", 10, 130, 753.9023, "IEELAL", 1, 0},
      {"steps/ieee39_sd133.dyr", 258, 3449, 920815.44218, "CDC4T", 6, 0},
      {"steps/ieee9_PM.dyr", 6, 48, 39.2364, "IEELBL", 3, 0},
      {"steps/sd133.dyr", 118, 1262, 94324.8753, "IEESGO", 36, 0},
      {"steps/sm4.dyr", 2, 4, 1006.0, "GENCLS", 2, 0},
  };
  char path[256];
  (void)state;
  for (size_t k = 0; k < sizeof file / sizeof *file; k++) {
    PetscInt  fields = 0;
    PetscReal sum    = 0.0;
    snprintf(path, sizeof path, "dynamics/%s", file[k].path);
    const char *found = SharedData(path);
    if (!found) skip();
    OK(PsseDyrRead(PETSC_COMM_SELF, found, faults, &dyr));
    assert_int_equal(FaultsCount(faults), file[k].warnings);
    OK(FaultsDestroy(&faults));
    OK(FaultsCreate(&faults));
    for (PetscInt r = 0; r < dyr->n; r++)
      for (PetscInt f = 0; f < dyr->record[r].n; f++, fields++)
        if (dyr->record[r].field[f].kind == DYR_NUMBER) sum += dyr->record[r].field[f].value;
    assert_int_equal(dyr->n, file[k].records);
    assert_int_equal(fields, file[k].fields);
    assert_true(PetscAbsReal(sum - file[k].sum) <= 1e-6 * PetscMax(1.0, PetscAbsReal(sum)));
    assert_int_equal(CountModel(file[k].model), file[k].of_model);
    OK(PsseDyrDestroy(&dyr));
  }
}

static void records_without_a_closing_slash_are_refused(void **state)
{
  const char *path = SharedData("dynamics/gridpack/dsa/case_ACTIVSg2000_1_gdform_dyn.dyr");
  (void)state;
  if (!path) skip();
  OK(PsseDyrRead(PETSC_COMM_SELF, path, faults, &dyr));
  assert_null(dyr);
  AssertFault(faults, 1, "new record, bus 1006 'GDFORM', inside the record of bus 1004 'GDFORM' that begins at line 1");
  AssertFault(faults, 0, "more faults");
}

/* Whatever the bytes: no crash, and what is read is whole. */
static void ReadMutation(const char *bytes, size_t size)
{
  ParseBytes(bytes, size);
  assert_int_equal(dyr == NULL, FaultsErrorCount(faults) > 0);
  for (PetscInt k = 0; k < FaultsCount(faults); k++) {
    const char *text;
    OK(FaultsGet(faults, k, NULL, NULL, NULL, &text));
    for (; *text; text++) assert_in_range((unsigned char)*text, ' ', '~');
  }
  for (PetscInt r = 0; dyr && r < dyr->n; r++) {
    const DyrRecord *record = &dyr->record[r];
    assert_true(record->model[0] && record->id[0] && record->bus_text[0] && record->line > 0);
    for (PetscInt f = 0; f < record->n; f++) {
      assert_true(record->field[f].line >= record->line && strlen(record->field[f].text) <= size);
      assert_int_equal(isfinite(record->field[f].value) != 0, record->field[f].kind == DYR_NUMBER);
    }
  }
  OK(PsseDyrDestroy(&dyr));
  OK(FaultsDestroy(&faults));
  OK(FaultsCreate(&faults));
}

static void the_corpus_and_its_mutations_never_crash(void **state)
{
  const char     *folder = ShippedFile("tests/inputs/corpus/dyr");
  struct dirent **entry;
  int             n = scandir(folder, &entry, NULL, alphasort), files = 0;
  (void)state;
  assert_true(n > 2);
  for (int k = 0; k < n; k++) {
    char   path[1024], *bytes, *mutated;
    size_t size, length;
    if (entry[k]->d_name[0] != '.') {
      snprintf(path, sizeof path, "%s/%s", folder, entry[k]->d_name);
      bytes = ReadBytes(path, &size);
      for (size_t cut = 0; cut <= size && cut < 400; cut++) ReadMutation(bytes, cut);
      ReadMutation(bytes, size);
      for (uint64_t seed = 0; size && seed < 500; seed++) {
        mutated = Mutate(bytes, size, seed, &length);
        ReadMutation(mutated, length);
        free(mutated);
      }
      free(bytes);
      files++;
    }
    free(entry[k]);
  }
  free(entry);
  assert_true(files >= 5);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_record_spans_lines_and_separators, Begin, End),
      cmocka_unit_test_setup_teardown(commas_in_a_row_leave_fields_out, Begin, End),
      cmocka_unit_test_setup_teardown(quotes_hold_slashes_blanks_and_quotes, Begin, End),
      cmocka_unit_test_setup_teardown(comments_and_empty_lines_are_passed_over, Begin, End),
      cmocka_unit_test_setup_teardown(switching_records_are_passed_over_and_counted, Begin, End),
      cmocka_unit_test_setup_teardown(models_without_a_unit_are_records_too, Begin, End),
      cmocka_unit_test_setup_teardown(user_models_show_their_parameters, Begin, End),
      cmocka_unit_test_setup_teardown(each_fault_is_told_with_its_line, Begin, End),
      cmocka_unit_test_setup_teardown(a_new_line_ends_a_record_that_is_not_closed, Begin, End),
      cmocka_unit_test_setup_teardown(many_faults_are_counted, Begin, End),
      cmocka_unit_test_setup_teardown(a_record_behind_a_closing_slash_is_warned_of, Begin, End),
      cmocka_unit_test_setup_teardown(a_number_of_a_million_digits_takes_no_time, Begin, End),
      cmocka_unit_test_setup_teardown(published_files_are_read_in_full, Begin, End),
      cmocka_unit_test_setup_teardown(records_without_a_closing_slash_are_refused, Begin, End),
      cmocka_unit_test_setup_teardown(the_corpus_and_its_mutations_never_crash, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  PetscFinalize();
  return failed;
}
