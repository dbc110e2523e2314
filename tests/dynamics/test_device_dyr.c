/* PSS/E dynamics data as a device table: whose part each record is, what falls back, and what is wrong. */
#include "dynamics/device_table.h"
#include "inputs/reader.h"
#include "tests/dynamics/main.h"

#include <math.h>
#include <string.h>

#define Ok(call) assert_int_equal((int)(call), 0)

static Network     net;
static Faults      faults;
static DeviceTable table;

/* Buses 1 .. 4 (area "1" of the first two, "2" of the others, names NORTH and NUC-A of the last two); units 1 and 2 at bus
   1, unit G at bus 2, unit 1 at bus 3 out of service, unit 1 at bus 4; loads 1 and 2 at bus 2, load 1 at bus 3; a line
   3-4. */
static int Begin(void **state)
{
  static const PetscInt    bus[] = {0, 0, 1, 2, 3}, load_bus[] = {1, 1, 2};
  static const char *const unit[] = {"1", "2", "G", "1", "1"}, *const load[] = {"1", "2", "1"};
  static const char *const area[] = {"1", "1", "2", "2"}, *const name[] = {"A", "B", "NORTH", "NUC-A"};
  (void)state;
  table = NULL;
  if (NetworkCreate(&net) || FaultsCreate(&faults)) return 1;
  net->base_mva = 100.0;
  if (NetworkResizeBuses(net, 4) || NetworkResizeGenerators(net, 5) || NetworkResizeLoads(net, 3)) return 1;
  if (NetworkResizeBranches(net, 1) || NetworkAddBusColumn(net, "area", area)) return 1;
  for (PetscInt b = 0; b < 4; ++b) {
    net->bus.number[b]  = b + 1;
    net->bus.base_kv[b] = 22.0;
    if (NetworkSetString(&net->bus.name[b], name[b])) return 1;
  }
  net->branch.from[0] = 2, net->branch.to[0] = 3;
  if (NetworkSetString(&net->branch.circuit[0], "1")) return 1;
  for (PetscInt g = 0; g < 5; ++g) {
    net->generator.bus[g]         = bus[g];
    net->generator.mva_base[g]    = 200.0 + g;
    net->generator.x_source_pu[g] = 0.2;
    if (NetworkSetString(&net->generator.unit[g], unit[g])) return 1;
  }
  net->generator.in_service[3] = PETSC_FALSE;
  for (PetscInt l = 0; l < 3; ++l) {
    net->load.bus[l] = load_bus[l];
    if (NetworkSetString(&net->load.unit[l], load[l])) return 1;
  }
  return 0;
}

static int End(void **state)
{
  (void)state;
  return DeviceTableDestroy(&table) || NetworkDestroy(&net) || FaultsDestroy(&faults);
}

static void ReadAs(const char *path, const char *text, PetscBool strict)
{
  Source *source;
  Ok(DeviceTableDestroy(&table));
  Ok(FaultsDestroy(&faults));
  Ok(FaultsCreate(&faults));
  Ok(SourceFromBytes(path, text, strlen(text), &source));
  Ok(DeviceTableParse(source, net, strict, faults, &table));
  Ok(SourceDestroy(&source));
  assert_int_equal(table == NULL, FaultsErrorCount(faults) > 0);
}

static void Read(const char *text)
{
  ReadAs("x.dyr", text, PETSC_FALSE);
}

static void AssertTold(FaultSeverity wanted, int line, const char *words)
{
  for (PetscInt k = 0; k < FaultsCount(faults); ++k) {
    const char   *text;
    PetscInt      at;
    FaultSeverity severity;
    Ok(FaultsGet(faults, k, &severity, NULL, &at, &text));
    if (severity == wanted && at == line && strstr(text, words)) return;
  }
  FaultsView(faults, stderr);
  fail_msg("not said at line %d: %s", line, words);
}

static const DeviceRecord *Part(DeviceSite site, PetscInt row, DeviceKind kind)
{
  return DeviceTableFind(table, site, row, kind);
}

#define OTHERS "1 'GENCLS' 2 3 0 /\n2 'GENCLS' 'G' 3 0 /\n4 'GENCLS' 1 3 0 /\n"
#define GENROU "6.5 0.06 0.2 0.05 4.0 0.0 1.8 1.75 0.6 0.8 0.23 0.15 0.09 0.38"
#define SEXS "0.1 10.0 100.0 0.1 0.0 4.0"
#define TGOV1 "0.05 0.05 1.05 0.3 1.0 2.1 0.0"

#define REGCA1 "1 0.02 10.0 0.9 0.4 1.22 1.2 0.9 0.5 -1.3 0.02 0.7 999 -999 0.7"
#define REPCA1 "0 0 1 0.02 10 4 0 0.1 0 0 0 0 0.1 -0.1 0 0 0.5 -0.5 1 0.1 0.2 0 0 1 -1 1 0 0.1 20 0"
#define REECA1                                                                                              \
  "0 0 0 0 0 0 0.9 1.1 0.02 0 0 0 1 -1 0 0 0 0 0.02 0.5 -0.5 1.1 0.9 0 0.1 0 0.1 0 0.02 1 -1 1 0 1.2 0.02 " \
  "0 1 0.3 1 0.6 1 1 1 0 1 0.3 1 0.6 1 1 1"

static void parts_find_their_units(void **state)
{
  (void)state;
  Read("1 'SEXS' 1 " SEXS " /\n1 'GENROU' 1 " GENROU " /\n1 'TGOV1' 1 " TGOV1 " /\n1 'GENCLS' '2 ' 3.5 2.0 /\n"
       "2 'GENROU' 'g' " GENROU " /\n'NUC-A       22.00' 'GENCLS' 1 4.5 0 /\n");
  assert_int_equal(FaultsCount(faults), 0);
  assert_int_equal(table->n, 6);
  assert_int_equal(table->n_given, 6);
  assert_true(table->complete);
  const DeviceRecord *r = Part(DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE);
  assert_string_equal(r->model->name, "GENROU");
  assert_int_equal(r->line, 2);
  assert_true(r->mva_base == 200.0 && r->parameter[0] == 6.5 && r->parameter[4] == 4.0 && r->parameter[13] == 0.38);
  r = Part(DEVICE_AT_GENERATOR, 0, DEVICE_EXCITER);
  assert_true(r && r->line == 1 && r->mva_base == 200.0 && r->parameter[2] == 100.0);
  assert_true(Part(DEVICE_AT_GENERATOR, 0, DEVICE_GOVERNOR)->parameter[5] == 2.1);
  assert_null(Part(DEVICE_AT_GENERATOR, 0, DEVICE_STABILISER));
  r = Part(DEVICE_AT_GENERATOR, 1, DEVICE_SOURCE);
  assert_true(r->parameter[GENCLS_H] == 3.5 && r->parameter[GENCLS_D] == 2.0 && isnan(r->parameter[GENCLS_XD1]));
  assert_non_null(Part(DEVICE_AT_GENERATOR, 2, DEVICE_SOURCE));
  assert_true(Part(DEVICE_AT_GENERATOR, 4, DEVICE_SOURCE)->parameter[GENCLS_H] == 4.5);
}

static void units_without_data_are_negative_loads(void **state)
{
  char text[512];
  (void)state;
  Read("1 'GENCLS' 1 3.5 0 /\n");
  AssertTold(FAULT_WARNING, 0, "negative loads (3 times: unit 2 at bus 1; unit G at bus 2; unit 1 at bus 4)");
  assert_int_equal(table->n_as_admittance, 3);
  Ok(DeviceTableAddDefaults(table, net));
  assert_int_equal(table->n, 1);
  Ok(DeviceTableDescribe(table, text, sizeof text));
  assert_non_null(strstr(text, "1 parts of 1 units"));
  assert_non_null(strstr(text, "3 units as negative loads"));
}

static void absent_units_are_passed_over(void **state)
{
  (void)state;
  Read(OTHERS "1 'GENCLS' 1 3 0 /\n9 'GENROU' 1 " GENROU " /\n1 'GENROU' 7 " GENROU " /\n3 'GENCLS' 1 3 0 /\n");
  AssertTold(FAULT_WARNING, 5, "not in the network are ignored (2 times: GENROU of unit 1 at bus 9; GENROU of unit 7");
  AssertTold(FAULT_WARNING, 7, "out of service are ignored (GENCLS of unit 1 at bus 3)");
  assert_int_equal(FaultsCount(faults), 2);
  assert_int_equal(table->n_unsupported, 3);
  assert_int_equal(table->n, 4);
}

static void unsupported_models_fall_back(void **state)
{
  (void)state;
  net->generator.x_source_pu[4] = NAN;
  Read("1 'GENTPF' 1 6.5 0.06 0.2 0.05 5.5 0 /\n1 'SEXS' 1 " SEXS " /\n1 'TGOV1' 1 " TGOV1 " /\n"
       "1 'GENROU' 2 " GENROU " /\n1 'EXNONE' 2 1 2 /\n2 'WT3G2' 'G' 1 /\n4 'GENXYZ' 1 1 /\n2 'CIM6BL' 1 1 /\n"
       "2 'CIM6BL' 2 1 /\n'DC-ONE' 'CDC4T' 5 5 /\n");
  AssertTold(FAULT_WARNING, 1, "GENTPF is not supported: its machines become classical ones");
  AssertTold(FAULT_WARNING, 2, "SEXS is ignored where no other part of its unit reads");
  AssertTold(FAULT_WARNING, 5, "EXNONE is not supported: its machines have constant field voltage (unit 2 at bus 1)");
  AssertTold(FAULT_WARNING, 6, "WT3G2 is not supported: its units become negative loads");
  AssertTold(FAULT_WARNING, 7, "GENXYZ is not supported: its machines become classical ones");
  AssertTold(FAULT_WARNING, 8, "CIM6BL is not supported: its loads follow the study's load model (2 times:");
  AssertTold(FAULT_WARNING, 10, "CDC4T is not supported: it is ignored");
  assert_int_equal(FaultsCount(faults), 7);
  const DeviceRecord *r = Part(DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE);
  assert_ptr_equal(r->model, &DeviceGencls);
  assert_true(r->parameter[GENCLS_H] == 5.5 && isnan(r->parameter[GENCLS_XD1]) && r->mva_base == 200.0);
  assert_null(Part(DEVICE_AT_GENERATOR, 0, DEVICE_EXCITER));
  assert_non_null(Part(DEVICE_AT_GENERATOR, 0, DEVICE_GOVERNOR));
  r = Part(DEVICE_AT_GENERATOR, 4, DEVICE_SOURCE);
  assert_true(r->parameter[GENCLS_H] > 1.0 && r->parameter[GENCLS_XD1] > 0.1);
  assert_null(Part(DEVICE_AT_GENERATOR, 2, DEVICE_SOURCE));
  assert_int_equal(table->n_as_admittance, 1);
  assert_int_equal(table->n_default_machines, 2);
  assert_int_equal(table->n_given, 2);
  assert_int_equal(table->n_typical_inertia, 1);
}

static void strictness_makes_warnings_errors(void **state)
{
  (void)state;
  ReadAs("x.dyr", OTHERS "1 'GENCLS' 1 3 0 /\n2 'CIM6BL' 1 1 /\nToggle\n", PETSC_TRUE);
  assert_int_equal(FaultsErrorCount(faults), 2);
  assert_int_equal(FaultsWarningCount(faults), 0);
  AssertTold(FAULT_ERROR, 5, "CIM6BL is not supported");
  AssertTold(FAULT_ERROR, 6, "Toggle");
}

static void wrong_records_are_told_with_unit_and_line(void **state)
{
  static const struct {
    const char *text, *words;
  } wrong[] = {
      {"1 'GENROU' 1 6.5 0.06 0.2 0.05 4.0 0.0 1.8 1.75 0.6 0.8 0.23 0.15 /\n",
       "found 12 parameters, expected 14: S10, S12 missing (GENROU of unit 1 at bus 1)"},
      {"1 'GENROU' 1 6.5 0.06 0.2 0.05 4.0 0.0 1.8 1.75 0.1 0.8 0.23 0.15 0.09 0.38 /\n", "impossible data: X''d"},
      {"1 'GENROU' 1 -6.5 0.06 0.2 0.05 4.0 0.0 1.8 1.75 0.6 0.8 0.23 0.15 0.09 0.38 /\n",
       "found Td01 = -6.5, expected a number above 0 (GENROU of unit 1 at bus 1)"},
      {"1 'GENROU' 1 6.5 0.06 0.2 0.05 'x' 0.0 1.8 1.75 0.6 0.8 0.23 0.15 0.09 0.38 /\n", "found H = x, expected"},
      {"1 'GENROU' 1 6.5 0.06 0.2 0.05 , , , 1.8 1.75 0.6 0.8 0.23 0.15 0.09 0.38 /\n", "found no H, expected"},
      {"1 'GENROU' 1 " GENROU " /\n1 'GENCLS' 1 3 0 /\n",
       "again with a part of the same kind, GENCLS, expected one (first on line 1"},
      {"1 'GENROU' 1 " GENROU "\n", "found the end of the file"},
      {"1 'GENCLS' 1 /\n", "found 0 parameters, expected 2: H, D missing"},
  };
  (void)state;
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    Read(wrong[k].text);
    AssertTold(FAULT_ERROR, strstr(wrong[k].words, "again") ? 2 : 1, wrong[k].words);
    assert_int_equal(FaultsErrorCount(faults), 1);
  }
}

static void a_record_without_its_end_is_no_data(void **state)
{
  (void)state;
  Read("1 'GENROU' 1 6.5 0.06 0.2\n1 'SEXS' 1 " SEXS " /\n" OTHERS);
  assert_int_equal(FaultsErrorCount(faults), 0);
  AssertTold(FAULT_WARNING, 1, "found 3 of the 14 parameters of GENROU in a record without its /");
  AssertTold(FAULT_WARNING, 2, "SEXS is ignored");
  assert_int_equal(table->n_as_admittance, 1);
  Read("1 'GENROU' 1 " GENROU "\n1 'SEXS' 1 " SEXS " /\n" OTHERS);
  assert_int_equal(FaultsCount(faults), 1);
  assert_non_null(Part(DEVICE_AT_GENERATOR, 0, DEVICE_EXCITER));
}

static void what_is_left_out_is_zero_where_zero_can_be(void **state)
{
  (void)state;
  Read(OTHERS "1 'GENROU' 1 6.5 0.06 0.2 0.05 4.0 , , 1.8 1.75 0.6 0.8 0.23 0.15 0.09 0.38 1 2 /\n");
  assert_int_equal(FaultsErrorCount(faults), 0);
  AssertTold(FAULT_WARNING, 4, "D of GENROU is left out: taken as 0");
  AssertTold(FAULT_WARNING, 4, "found more than the 14 parameters of GENROU");
  assert_true(Part(DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE)->parameter[5] == 0.0);
  assert_int_equal(table->n_suspicious, 2);
}

static void a_classical_machine_without_inertia_is_an_infinite_bus(void **state)
{
  (void)state;
  Read(OTHERS "1 'GENCLS' 1 0 0 /\n");
  assert_int_equal(FaultsCount(faults), 0);
  assert_true(Part(DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE)->parameter[GENCLS_H] == 0.0);
  assert_int_equal(table->n_strong_sources, 1);
  net->generator.x_source_pu[0] = NAN;
  Read(OTHERS "1 'GENCLS' 1 0 0 /\n");
  AssertTold(FAULT_ERROR, 4, "found no reactance, expected xd1 or a source impedance");
}

static void an_infinite_bus_needs_no_source_impedance(void **state)
{
  (void)state;
  net->generator.x_source_pu[0] = 0.0;
  Read(OTHERS "1 'GENCLS' 1 0 0 /\n");
  AssertTold(FAULT_WARNING, 4, "infinite buses without a source impedance get a reactance of 1e-06 per unit");
  assert_true(Part(DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE)->parameter[GENCLS_XD1] == 1e-6);
  Read(OTHERS "1 'GENCLS' 1 4 0 /\n");
  AssertTold(FAULT_ERROR, 4, "found no reactance, expected xd1 or a source impedance");
}

static void controls_name_buses_and_branches(void **state)
{
  const DeviceModel *model  = DeviceModelFind("REPCA1");
  static const char  unit[] = OTHERS "1 'REGCA1' 1 " REGCA1 " /\n1 'REECA1' 1 " REECA1 " /\n1 'REPCA1' 1 ";
  char               text[2048];
  (void)state;
  assert_true(model->parameter[0].range == PARAMETER_BUS && model->parameter[3].range == PARAMETER_CIRCUIT);
  snprintf(text, sizeof text, "%s 2 4 3 '1 ' " REPCA1 " /\n", unit);
  Read(text);
  FaultsView(faults, stderr);
  assert_int_equal(FaultsCount(faults), 0);
  const PetscReal *p = Part(DEVICE_AT_GENERATOR, 0, DEVICE_GOVERNOR)->parameter;
  assert_true(p[0] == 1.0 && p[1] == 3.0 && p[2] == 2.0 && p[3] == 0.0);
  snprintf(text, sizeof text, "%s 0 0 0 '0 ' " REPCA1 " /\n", unit);
  Read(text);
  assert_int_equal(FaultsCount(faults), 0);
  p = Part(DEVICE_AT_GENERATOR, 0, DEVICE_GOVERNOR)->parameter;
  assert_true(p[0] == -1.0 && p[1] == -1.0 && p[2] == -1.0 && p[3] == -1.0);
  snprintf(text, sizeof text, "%s 9 3 4 '1 ' " REPCA1 " /\n", unit);
  Read(text);
  AssertTold(FAULT_ERROR, 6, "= 9, expected the number of a bus of the network, or 0 (REPCA1 of unit 1 at bus 1)");
  snprintf(text, sizeof text, "%s 2 3 4 '7' " REPCA1 " /\n", unit);
  Read(text);
  AssertTold(FAULT_ERROR, 6, "= 7, expected a circuit between buses 3 and 4");
}

/* Relays name the monitored bus, then the generator. */
static void relays_find_their_generators(void **state)
{
  (void)state;
  Read(OTHERS
       "1 'GENCLS' 1 3 0 /\n77 'VTGTPAT' 3 1 '2 ' 0.8 1.2 0.5 0.1 /\n"
       "0 'USRMDL' 0 'FRQTPAT' 8 0 6 4 0 1 0 2 'G' 0 0 0 59 61 0.5 0.1 /\n78 'VTGTPAT' 0 9 '1' 0.8 1.2 0.5 0.1 /\n");
  assert_int_equal(FaultsErrorCount(faults), 0);
  AssertTold(FAULT_WARNING, 7, "not in the network are ignored (VTGTPAT of unit 1 at bus 9)");
  const DeviceRecord *r = Part(DEVICE_AT_GENERATOR, 1, DEVICE_PROTECTION);
  assert_true(r->parameter[0] == 2.0 && r->parameter[1] == 0.8 && r->parameter[4] == 0.1);
  r = Part(DEVICE_AT_GENERATOR, 2, DEVICE_PROTECTION);
  assert_true(r->parameter[0] == -1.0 && r->parameter[1] == 59.0 && r->parameter[2] == 61.0);
  Read("77 'VTGTPAT' 3 1 '2 ' 0.8 1.2 0.5 /\n");
  AssertTold(FAULT_ERROR, 1, "found 6 numbers, expected 7 after the relay's");
}

static void load_records_reach_bus_area_and_all(void **state)
{
  (void)state;
  Read(OTHERS "1 'GENCLS' 1 3 0 /\n"
              "0 'IEELAL' '*' 0.3 0.3 0.4 0.3 0.3 0.4 0 0 0 1 2 0 1 2 /\n"
              "2 'IEELAR' '*' 0.2 0.3 0.5 0.3 0.3 0.4 0 0 0 1 2 0 1 2 /\n"
              "2 'IEELBL' '2 ' 0.1 0.3 0.6 0.3 0.3 0.4 0 0 0 1 2 0 1 2 /\n"
              "4 'IEELBL' 1 0.1 0.3 0.6 0.3 0.3 0.4 0 0 0 1 2 0 1 2 /\n");
  assert_int_equal(FaultsErrorCount(faults), 0);
  AssertTold(FAULT_WARNING, 8, "records of loads that are not in the network are ignored (IEELBL of load 1 at 4)");
  assert_true(Part(DEVICE_AT_LOAD, 0, DEVICE_SOURCE)->parameter[0] == 0.3);
  assert_true(Part(DEVICE_AT_LOAD, 1, DEVICE_SOURCE)->parameter[0] == 0.1);
  assert_true(Part(DEVICE_AT_LOAD, 2, DEVICE_SOURCE)->parameter[0] == 0.2);
}

/* Of a relay's stages the missing ones are none. */
static void what_a_model_has_a_default_for_may_be_missing(void **state)
{
  (void)state;
  Read(OTHERS "1 'GENCLS' 1 3 0 /\n3 'UFLSBL' 1 0.0 0.1 59.5 0.3 0.07 59.3 0.3 0.07 /\n");
  assert_int_equal(FaultsCount(faults), 0);
  const PetscReal *p = Part(DEVICE_AT_LOAD, 2, DEVICE_PROTECTION)->parameter;
  assert_true(p[2] == 59.5 && p[7] == 0.07 && isnan(p[8]));
  Read(OTHERS "3 'UFLSBL' 1 0 0.1 59.5 0.3 0.07 /\n3 'UVLS' 1 0 0.1 0.8 0.3 0.1 /\n3 'UFLS' 1 0 0.1 59 0.3 0.1 /\n");
  AssertTold(FAULT_ERROR, 6, "again with a part of the same kind, UFLS, expected one (first on line 4");
  assert_int_equal(FaultsErrorCount(faults), 1);
  Read(OTHERS "3 'UFLSBL' 1 0.0 0.1 59.5 0.3 /\n");
  AssertTold(FAULT_ERROR, 4, "found 4 parameters, expected 5: share1 missing (UFLS of load 1 at bus 3)");
}

static void user_written_forerunners_are_known(void **state)
{
  (void)state;
  Read(OTHERS "1 'USRMDL' 1 'REGCAU1' 101 1 1 14 3 4 " REGCA1 " /\n"
              "1 'USRMDL' 1 'MYGOV' 5 0 0 1 0 0 3.0 /\n");
  assert_int_equal(FaultsErrorCount(faults), 0);
  AssertTold(FAULT_WARNING, 5, "model MYGOV is not supported");
  assert_string_equal(Part(DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE)->model->name, "REGCA1");
}

/* YAML and CSV say the same as DYR, with names. */
static void yaml_and_csv_give_several_parts(void **state)
{
  const char csv[]  = "bus,unit,model,mva_base,H,d,XD1,TA_TB,TB,K,TE,Emin,Emax\n1,1,gencls,150,3,0,0.2,,,,,,\n";
  const char yaml[] = "devices:\n- {bus: 1, unit: 1, model: GENCLS, mva_base: 150, h: 3.5, D: 0, xd1: 0.2}\n"
                      "- bus: 4\n  unit: \"1\"\n  model: gencls\n  mva_base: 120\n  H: 2\n  D: 1\n  xd1: 0.3\n";
  (void)state;
  ReadAs("x.csv", csv, PETSC_FALSE);
  assert_int_equal(FaultsCount(faults), 0);
  assert_true(Part(DEVICE_AT_GENERATOR, 0, DEVICE_SOURCE)->mva_base == 150.0);
  assert_false(table->complete);
  ReadAs("x.yaml", yaml, PETSC_FALSE);
  FaultsView(faults, stderr);
  assert_int_equal(FaultsCount(faults), 0);
  assert_int_equal(table->n, 2);
  const DeviceRecord *r = Part(DEVICE_AT_GENERATOR, 4, DEVICE_SOURCE);
  assert_true(r->mva_base == 120.0 && r->parameter[GENCLS_XD1] == 0.3 && r->line == 3);
}

static void wrong_yaml_is_told(void **state)
{
  static const struct {
    const char *text, *words;
    int         line;
  } wrong[] = {
      {"3\n", "expected a list of devices", 1},
      {"[]\n", "found an empty list", 1},
      {"- 3\n", "found '3', expected a mapping", 1},
      {"- {bus: 1, unit: 1, model: GENCLS, mva_base: 150, H: 3, xd1: 1}\n", "found no D", 1},
      {"- bus: 1\n  unit: 1\n  model: GENCLS\n  mva_base: 1\n  H: 3\n  D: 0\n  xd1: 1\n  xd2: 1\n", "xd2", 8},
      {"- {bus: 1, unit: 1, model: GENCLS, mva_base: 150, H: [3], D: 0, xd1: 1}\n", "found a list for H", 1},
      {"- {bus: 1, unit: 1, model: GENROUX, mva_base: 150}\n", "found model \"GENROUX\"", 1},
      {"- {bus: one, unit: 1, model: GENCLS, mva_base: 0, H: 3, D: 0, xd1: 1}\n", "found bus = \"one\"", 1},
      {"- {bus: one, unit: 1, model: GENCLS, mva_base: 0, H: 3, D: 0, xd1: 1}\n", "found mva_base = 0", 1},
      {"- {bus: 1, unit: 1, model: GENCLS, H: 3, D: 0, xd1: 1}\n", "found no mva_base, expected a number above 0", 1},
      {"- {bus: 1, unit: 1", "broken YAML", 2},
  };
  (void)state;
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    ReadAs("x.yml", wrong[k].text, PETSC_FALSE);
    AssertTold(FAULT_ERROR, wrong[k].line, wrong[k].words);
  }
}

/* Units found and used in the published pairs, whatever models are supported: every record is accounted for. */
static void published_pairs_are_read_without_errors(void **state)
{
  static const struct {
    const char *raw, *dyr;
    PetscInt    records; /* besides that of the load */
  } pair[] = {
      {"gridpack/raw/case9.raw", "gridpack/dyr/case9_GENROU.dyr", 3},
      {"gridpack/raw/case9.raw", "gridpack/dyr/case9_GENSAL_ESST1A_WSIEG1.dyr", 9},
      {"gridpack/raw/case9.raw", "gridpack/dyr/case9_GENROU_EXDC1_WSIEG1.dyr", 9},
      {"gridpack/raw/case9.raw", "gridpack/dyr/case9_GAST.dyr", 9},
      {"gridpack/raw/case9.raw", "gridpack/dyr/case9_HYGOV.dyr", 9},
      {"gridpack/raw/case9.raw", "gridpack/dyr/case9_REGCA1_REECA1_REPCA1.dyr", 9},
      {"gridpack/raw/9b3g.raw", "gridpack/dyr/9b3g.dyr", 3},
      {"gridpack/raw/kundur-twoarea_v33.raw", "gridpack/dyr/kundur-twoarea.dyr", 12},
      {"gridpack/raw/kundur-twoarea_v33.raw", "gridpack/dyr/kundur-twoarea_4renewable_mech.dyr", 16},
      {"gridpack/raw/kundur-twoarea_v33.raw", "gridpack/dyr/kundur-twoarea_wsieg1.dyr", 12},
      {"gridpack/raw/IEEE145.raw", "gridpack/dyr/IEEE145_classicGen.dyr", 50},
      {"gridpack/raw/TAMU_500_rmsmallgen_v23.raw", "gridpack/dyr/tamu_500bus_detail.dyr", 156},
      {"gridpack/raw/240busWECC_2018_PSS_fixedshunt.raw", "gridpack/dyr/240busWECC_2018_PSS_mod.dyr", 438},
      {"gridpack/raw/bus3000_gen_no0imp_v23_pslf.raw", "gridpack/dyr/classical_model_3000bus.dyr", 135},
      {"gridpack/dsa/case_ACTIVSg2000_1.raw", "gridpack/dsa/case_ACTIVSg2000_1_dyn.dyr", 1197},
      {"gridpack/ieee39/IEEE39bus_multiloads_xfmr4_smallX_slackmvachange_v33_single.raw",
       "gridpack/ieee39/IEEE39bus_exdc1_gridpack.dyr", 30},
      {"griddyn/IEEE39.raw", "griddyn/IEEE39.dyr", 29},
      {"griddyn/powerflowWECC.raw", "griddyn/dynamicsWECC.dyr", 87},
  };
  char path[2][256];
  (void)state;
  for (size_t k = 0; k < sizeof pair / sizeof *pair; ++k) {
    Network its;
    snprintf(path[0], sizeof path[0], "dynamics/%s", pair[k].raw);
    snprintf(path[1], sizeof path[1], "dynamics/%s", pair[k].dyr);
    const char *raw = SharedData(path[0]), *dyr = SharedData(path[1]);
    if (!raw || !dyr) skip();
    Ok(FaultsDestroy(&faults));
    Ok(FaultsCreate(&faults));
    Ok(NetworkReadPsseRaw(PETSC_COMM_SELF, raw, faults, &its));
    assert_non_null(its);
    Ok(DeviceTableRead(PETSC_COMM_SELF, dyr, its, PETSC_FALSE, faults, &table));
    if (!table) FaultsView(faults, stderr);
    assert_non_null(table);
    assert_int_equal(table->n_given + table->n_unsupported, pair[k].records);
    Ok(DeviceTableDestroy(&table));
    Ok(NetworkDestroy(&its));
  }
}

/* Adding and finding many parts takes time in proportion to their number. */
static void many_units_are_found_at_once(void **state)
{
  enum { UNITS = 100000 };
  const PetscReal parameter[GENCLS_PARAMETERS] = {3.0, 0.0, 0.2};
  (void)state;
  Ok(DeviceTableCreate(&table));
  for (PetscInt g = 0; g < UNITS; ++g) {
    assert_null(Part(DEVICE_AT_GENERATOR, 7 * g, DEVICE_SOURCE));
    Ok(DeviceTableAdd(table, DEVICE_AT_GENERATOR, 7 * g, &DeviceGencls, 100.0, parameter, (int)g + 1));
  }
  for (PetscInt g = 0; g < UNITS; ++g) {
    assert_int_equal(Part(DEVICE_AT_GENERATOR, 7 * g, DEVICE_SOURCE)->line, g + 1);
    assert_null(Part(DEVICE_AT_GENERATOR, 7 * g + 1, DEVICE_SOURCE));
    assert_null(Part(DEVICE_AT_STORAGE, 7 * g, DEVICE_SOURCE));
  }
}

static unsigned Random(unsigned *seed, unsigned below)
{
  *seed = *seed * 1664525u + 1013904223u;
  return (*seed >> 8) % below;
}

/* Mutations of a text give a table or errors, each of one line: gives the number of tables. */
static PetscInt ReadMutations(const char *path, const char *good, size_t size, int trials)
{
  static const char pool[] = "',/ \n-+.eED0123456789*\t\"!@{}[]:&\x80";
  char             *text   = (char *)malloc(size + 1);
  unsigned          seed   = 7;
  PetscInt          tables = 0;
  assert_non_null(text);
  for (int trial = 0; trial < trials; ++trial) {
    memcpy(text, good, size + 1);
    for (unsigned edit = Random(&seed, 4); edit-- > 0;)
      text[Random(&seed, (unsigned)size)] = pool[Random(&seed, sizeof pool - 1)];
    if (trial % 9 == 0) text[Random(&seed, (unsigned)size)] = 0;
    ReadAs(path, text[0] ? text : " ", PETSC_FALSE);
    tables += table != NULL;
    for (PetscInt k = 0; k < FaultsCount(faults); ++k) {
      const char *said;
      Ok(FaultsGet(faults, k, NULL, NULL, NULL, &said));
      assert_null(strchr(said, '\n'));
    }
  }
  free(text);
  return tables;
}

static void mutations_are_survived(void **state)
{
  static const char good[] = "1 'GENROU' 1 " GENROU " /\n1 'SEXS' 1 " SEXS " /\n1 'TGOV1' 1 " TGOV1 " /\n"
                             "2 'IEELBL' '*' 0.3 0.3 0.4 0.3 0.3 0.4 0 0 0 1 2 0 1 2 /\n"
                             "4 'USRMDL' 1 'REGCAU1' 101 1 1 14 3 4 " REGCA1 " /\n4 'REECA1' 1 " REECA1
                             " /\n4 'REPCA1' 1 2 3 4 '1' " REPCA1 " /\n2 'GENCLS' 'G' 3 0 /\n"
                             "77 'VTGTPAT' 3 2 'G ' 0.8 1.2 0.5 0.1 /\n";
  static const char yaml[] = "devices:\n- {bus: 1, unit: 1, model: GENCLS, mva_base: 150, h: 3.5, D: 0, xd1: 0.2}\n"
                             "- bus: 4\n  unit: \"1\"\n  model: gencls\n  mva_base: 120\n  H: 2\n  D: 1\n";
  (void)state;
  assert_in_range(ReadMutations("x.dyr", good, sizeof good - 1, 5000), 1000, 4500);
  assert_in_range(ReadMutations("x.yaml", yaml, sizeof yaml - 1, 2000), 300, 1900);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(parts_find_their_units, Begin, End),
      cmocka_unit_test_setup_teardown(units_without_data_are_negative_loads, Begin, End),
      cmocka_unit_test_setup_teardown(absent_units_are_passed_over, Begin, End),
      cmocka_unit_test_setup_teardown(unsupported_models_fall_back, Begin, End),
      cmocka_unit_test_setup_teardown(strictness_makes_warnings_errors, Begin, End),
      cmocka_unit_test_setup_teardown(wrong_records_are_told_with_unit_and_line, Begin, End),
      cmocka_unit_test_setup_teardown(a_record_without_its_end_is_no_data, Begin, End),
      cmocka_unit_test_setup_teardown(what_is_left_out_is_zero_where_zero_can_be, Begin, End),
      cmocka_unit_test_setup_teardown(a_classical_machine_without_inertia_is_an_infinite_bus, Begin, End),
      cmocka_unit_test_setup_teardown(an_infinite_bus_needs_no_source_impedance, Begin, End),
      cmocka_unit_test_setup_teardown(controls_name_buses_and_branches, Begin, End),
      cmocka_unit_test_setup_teardown(relays_find_their_generators, Begin, End),
      cmocka_unit_test_setup_teardown(what_a_model_has_a_default_for_may_be_missing, Begin, End),
      cmocka_unit_test_setup_teardown(load_records_reach_bus_area_and_all, Begin, End),
      cmocka_unit_test_setup_teardown(user_written_forerunners_are_known, Begin, End),
      cmocka_unit_test_setup_teardown(yaml_and_csv_give_several_parts, Begin, End),
      cmocka_unit_test_setup_teardown(wrong_yaml_is_told, Begin, End),
      cmocka_unit_test_setup_teardown(published_pairs_are_read_without_errors, Begin, End),
      cmocka_unit_test_setup_teardown(many_units_are_found_at_once, Begin, End),
      cmocka_unit_test_setup_teardown(mutations_are_survived, Begin, End),
  };
  return RunTests(argc, argv, tests);
}
