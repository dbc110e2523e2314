/* PSS/E RAW cases: the same networks as in MATPOWER's files, each code of the transformers by hand, the layouts of the
   revisions, what is counted, and broken files. */
#include "inputs/psse_raw.h"
#include "inputs/reader.h"
#include "tests/inputs/text_files.h"

#include <math.h>

static void Near(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (!(fabs(found - expected) <= tolerance)) fail_msg("found %.17g, expected %.17g", found, expected);
}

static void Exactly(PetscReal found, PetscReal expected)
{
  Near(found, expected, 1e-12 * fmax(1, fabs(expected)));
}

static Network Parse(const char *text, Faults faults)
{
  Source *source;
  Network net;
  OK(SourceFromBytes("c.raw", text, strlen(text), &source));
  OK(PsseRawParse(source, faults, &net));
  OK(SourceDestroy(&source));
  assert_int_equal(net == NULL, FaultsErrorCount(faults) > 0);
  return net;
}

/* A case without errors. */
static Network Good(const char *text)
{
  Faults  faults;
  Network net;
  OK(FaultsCreate(&faults));
  net = Parse(text, faults);
  AssertNoErrors(faults);
  OK(NetworkValidate(net, faults));
  AssertNoErrors(faults);
  OK(FaultsDestroy(&faults));
  return net;
}

static Network ReadShared(const char *relative)
{
  const char *path = SharedData(relative);
  Network     net;
  Faults      faults;
  if (!path) skip();
  OK(FaultsCreate(&faults));
  OK(NetworkRead(PETSC_COMM_SELF, path, "auto", faults, &net));
  AssertNoErrors(faults);
  OK(FaultsDestroy(&faults));
  return net;
}

static PetscReal Sum(PetscInt n, const PetscReal *x)
{
  PetscReal sum = 0;
  for (PetscInt k = 0; k < n; ++k) sum += x[k];
  return sum;
}

/* ---- the same networks in MATPOWER's format ---- */

/* Branch of b nearest to a's k-th among those between the same buses and not yet taken; fails when there is none. */
static PetscInt Counterpart(Network a, PetscInt k, Network b, PetscBool *taken)
{
  const BranchTable *x = &a->branch, *y = &b->branch;
  PetscInt           best     = -1;
  PetscReal          distance = 0;
  for (PetscInt l = 0; l < y->n; ++l) {
    const PetscReal d = fabs(x->r[k] - y->r[l]) + fabs(x->x[k] - y->x[l]) + fabs(x->tap[k] - y->tap[l]);
    if (taken[l] || a->bus.number[x->from[k]] != b->bus.number[y->from[l]] ||
        a->bus.number[x->to[k]] != b->bus.number[y->to[l]] || (best >= 0 && d >= distance))
      continue;
    best     = l;
    distance = d;
  }
  if (best < 0) fail_msg("%s has no counterpart", x->name[k]);
  taken[best] = PETSC_TRUE;
  return best;
}

/* Every branch alike but for `others`, which differ in the data; gives the number of those. */
static PetscInt CompareBranches(Network a, Network b)
{
  PetscBool *taken  = (PetscBool *)calloc((size_t)b->branch.n, sizeof *taken);
  PetscInt   others = 0;
  assert_int_equal(a->branch.n, b->branch.n);
  for (PetscInt k = 0; k < a->branch.n; ++k) {
    const PetscInt     l = Counterpart(a, k, b, taken);
    const BranchTable *x = &a->branch, *y = &b->branch;
    const PetscReal    d = fabs(x->r[k] - y->r[l]) + fabs(x->x[k] - y->x[l]) + fabs(x->tap[k] - y->tap[l]) +
                        fabs(x->b_from[k] - y->b_from[l]) + fabs(x->b_to[k] - y->b_to[l]) + fabs(x->g_from[k]) +
                        fabs(x->g_to[k]) + fabs(x->shift_rad[k] - y->shift_rad[l]);
    others += d > 1e-9;
    assert_int_equal(x->in_service[k], y->in_service[l]);
  }
  free(taken);
  return others;
}

static void NineBusSystemIsTheOneOfMatpower(void **state)
{
  Network raw = ReadShared("dynamics/gridpack/raw/case9.raw"), m = ReadShared("matpower/case9.m");
  (void)state;
  assert_int_equal(raw->bus.n, 9);
  assert_int_equal(CompareBranches(raw, m), 0);
  Exactly(Sum(raw->load.n, raw->load.p_mw), 315);
  Exactly(Sum(raw->load.n, raw->load.q_mvar), 115);
  Exactly(raw->frequency_hz, 60);
  Exactly(raw->generator.x_source_pu[0], 1);
  OK(NetworkDestroy(&raw));
  OK(NetworkDestroy(&m));
}

/* 15 transformers of 120 branches; the one other branch is line 323-325, whose resistance is 1e-7 in the RAW and 0. */
static void RtsGmlcIsTheOneOfMatpower(void **state)
{
  Network raw = ReadShared("rts-gmlc/RTS-GMLC.RAW"), m = ReadShared("rts-gmlc/RTS_GMLC.m");
  (void)state;
  assert_int_equal(raw->bus.n, 73);
  assert_int_equal(CompareBranches(raw, m), 1);
  Exactly(Sum(raw->load.n, raw->load.p_mw), Sum(m->load.n, m->load.p_mw));
  Exactly(Sum(raw->load.n, raw->load.q_mvar), Sum(m->load.n, m->load.q_mvar));
  assert_int_equal(raw->shunt.n, m->shunt.n);
  Exactly(Sum(raw->shunt.n, raw->shunt.b_mvar), Sum(m->shunt.n, m->shunt.b_mvar));
  for (PetscInt k = 0; k < raw->bus.n; ++k) {
    const PetscInt l = NetworkFindBus(m, raw->bus.number[k]);
    assert_true(l >= 0);
    Exactly(raw->bus.base_kv[k], m->bus.base_kv[l]);
    assert_string_equal(NetworkBusColumn(raw, "area")[k], NetworkBusColumn(m, "area")[l]);
  }
  OK(NetworkDestroy(&raw));
  OK(NetworkDestroy(&m));
}

/* The file has another charging of line 25-26 (0.513 for 0.531). */
static void NewEnglandIsTheOneOfMatpower(void **state)
{
  Network raw = ReadShared("dynamics/steps/ieee39.raw"), m = ReadShared("matpower/case39.m");
  (void)state;
  assert_int_equal(CompareBranches(raw, m), 1);
  OK(NetworkDestroy(&raw));
  OK(NetworkDestroy(&m));
}

/* Kundur (1994), example 12.6: lines of 0.0001 + j0.001 per unit and km and 0.00175 per unit of charging, transformers
   of 0.15 on 900 MVA, capacitors of 200 and 350 Mvar. */
static void TwoAreaSystemIsTheOneOfKundur(void **state)
{
  Network        net  = ReadShared("dynamics/gridpack/raw/kundur-twoarea_v33.raw");
  const PetscInt line = NetworkFindBranch(net, 4, 5, "1"), tie = NetworkFindBranch(net, 7, 6, "2");
  const PetscInt step_up = NetworkFindBranch(net, 4, 0, "1");
  (void)state;
  Exactly(net->branch.r[line], 25 * 0.0001);
  Exactly(net->branch.x[line], 25 * 0.001);
  Exactly(net->branch.b_from[line] + net->branch.b_to[line], 25 * 0.00175);
  Exactly(net->branch.x[tie], 110 * 0.001);
  Exactly(net->branch.b_to[tie], 110 * 0.00175 / 2);
  Exactly(net->branch.x[step_up], 0.15 * 100 / 900);
  Exactly(net->branch.tap[step_up], 1);
  Exactly(Sum(net->shunt.n, net->shunt.b_mvar), 550);
  assert_int_equal(net->load.n, 3);
  assert_false(net->load.in_service[1]);
  assert_string_equal(net->load.name[1], "load 8:1");
  Exactly(net->generator.mva_base[2], 900);
  Exactly(net->generator.x_source_pu[2], 0.25);
  OK(NetworkDestroy(&net));
}

static void EveryRevisionAtHandIsRecognised(void **state)
{
  static const struct {
    const char *file;
    PetscInt    buses, branches, generators, loads;
    PetscReal   frequency;
  } expected[] = {{"dynamics/griddyn/powerflowWECC.raw", 179, 263, 29, 104, 0},                              /* 30 */
                  {"dynamics/gridpack/raw/240busWECC_2018_PSS_fixedshunt.raw", 243, 329 + 122, 146, 139, 0}, /* 34 */
                  {"dynamics/gridpack/raw/300bus_v23_no0imp_pslf.raw", 369, 480, 62, 0, 0},                  /* 23 */
                  {"dynamics/gridpack/raw/bus3000_gen_no0imp_v23_pslf.raw", 3120, 3693, 93, 0, 60},          /* 23 */
                  {"dynamics/gridpack/dsa/case_ACTIVSg2000_1.raw", 2000, 3206, 544, 1125, 0},                /* 33 */
                  {"dynamics/griddyn/IEEE39.raw", 39, 46, 10, 31, 50}};                                      /* 33 */
  (void)state;
  for (size_t k = 0; k < sizeof expected / sizeof *expected; ++k) {
    Network net = ReadShared(expected[k].file);
    assert_int_equal(net->bus.n, expected[k].buses);
    assert_int_equal(net->branch.n, expected[k].branches);
    assert_int_equal(net->generator.n, expected[k].generators);
    if (expected[k].loads) assert_int_equal(net->load.n, expected[k].loads);
    Exactly(net->frequency_hz, expected[k].frequency);
    OK(NetworkDestroy(&net));
  }
}

/* ---- one small network in each revision's layout ---- */

static const char revision_23[] = "0 100.0 / no revision in words\n\n\n"
                                  "1 3 0 0 0 0 1 1.02 0 'SOUTH/A,B' 230 7\n"
                                  "2,2,90,30,1,20,2,1.01,-3,'NORTH',20,8\n"
                                  "0\n"
                                  "1,'A',80,15,50,-50,1.02,0,200,0.01,0.2\n"
                                  "2,'1',12,3,40,-40,1.01,0,150,0,0.3,0,0,1,1,100,70,5\n"
                                  "0\n"
                                  "1,-2,'1',0.01,0.1,0.02,100,90,80,0.95,5,0.001,0.002,0.003,0.004,1\n"
                                  "0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n";

static const char revision_30[] = "0,100.0 / PSS/E-30.3\n\n\n"
                                  "1,'SOUTH/A,B',230,3,0,0,1,7,1.02,0,1\n"
                                  "2,'NORTH',20,2,1,20,2,8,1.01,-3,1\n"
                                  "0 / END OF BUS DATA\n"
                                  "2,'1',1,2,8,90,30\n"
                                  "0\n"
                                  "1,'A',80,15,50,-50,1.02,0,200,0.01,0.2\n"
                                  "2,'1',12,3,40,-40,1.01,0,150,0,0.3,0,0,1,1,100,70,5\n"
                                  "0\n0\n"
                                  "1,2,0,'1',1,1,1,0.001,0.002,2,'T',1\n0.01,0.1\n0.95,0,5,100,90,80\n1,0\n"
                                  "0\nQ\n";

static const char revision_33[] = "0,100.0,33,0,0,60\n\n\n"
                                  "1,'SOUTH/A,B',230,3,1,7,1,1.02,0,1.05,0.95\n"
                                  "2,'NORTH',20,2,2,8,1,1.01,-3\n"
                                  "0 /\n"
                                  "2,'1',1,2,8,90,30\n"
                                  "0\n"
                                  "2,'1',1,1,20\n"
                                  "0\n"
                                  "1,'A',80,15,50,-50,1.02,0,200,0.01,0.2\n"
                                  "2,'1',12,3,40,-40,1.01,0,150,0,0.3,0,0,1,1,100,70,5\n"
                                  "0\n0\n"
                                  "1,2,,'1',1,1,1,0.001,0.002,2,'T',1\n0.01,0.1\n0.95,0,5,100,90,80\n1,0\n"
                                  "0\nQ\n";

static const char revision_34[] =
    "0,100.0,34,0,0,60\n\n\n"
    "GENERAL, THRSHZ=0.0001\nRATING, 1, \"RATE1\", \"first\"\n"
    "0 / END OF SYSTEM-WIDE DATA, BEGIN BUS DATA\n"
    "@! I, 'NAME', BASKV\n"
    "1,'SOUTH/A,B',230,3,1,7,1,1.02,0\n"
    "2,'NORTH',20,2,2,8,1,1.01,-3\n"
    "0\n"
    "2,'1',1,2,8,100,35,0,0,0,0,1,1,0,10,5,1\n"
    "0\n"
    "2,'1',1,1,20\n"
    "0\n"
    "1,'A',80,15,50,-50,1.02,0,200,0.01,0.2\n"
    "2,'1',12,3,40,-40,1.01,0,150,0,0.3,0,0,1,1,100,70,5\n"
    "0\n0\n0 / END OF SYSTEM SWITCHING DEVICE DATA, BEGIN TRANSFORMER DATA\n"
    "1,2,0,'1',1,1,1,0.001,0.002,2,'T',1\n0.01,0.1\n0.95,0,5,100,90,80,1,1,1,1,1,1,1,1,1\n1,0\n"
    "0\nQ\n";

static const char revision_35[] = "@!IC,SBASE,REV,XFRRAT,NXFRAT,BASFRQ\n"
                                  "0,100.0,35,0,0,60\n\n\n"
                                  "GENERAL, THRSHZ=0.0001\n"
                                  "0\n"
                                  "1,\"SOUTH/A,B\",230,3,1,7,1,1.02,0\n"
                                  "2,\"NORTH\",20,2,2,8,1,1.01,-3\n"
                                  "0\n"
                                  "2,'1',1,2,8,90,30\n"
                                  "0\n0\n"
                                  "1,'A',80,15,50,-50,1.02,0,0,200,0.01,0.2\n"
                                  "2,'1',12,3,40,-40,1.01,0,0,150,0,0.3,0,0,1,1,100,70,5,0\n"
                                  "0\n0\n0\n"
                                  "1,2,0,'1',1,1,1,0.001,0.002,2,'T',1\n0.01,0.1\n0.95,0,5,100,90,80\n1,0\n"
                                  "0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n"
                                  "2,'9',0,0,1,1.1,0.9,0,0,100,'',20,1,1,20\n"
                                  "0\nQ\n";

static void CheckRevision(const char *text, PetscReal g_from, PetscReal b_from)
{
  Network            net = Good(text);
  const BranchTable *b   = &net->branch;
  assert_int_equal(net->bus.n, 2);
  assert_string_equal(net->bus.name[0], "SOUTH/A,B");
  assert_int_equal(net->bus.type[0], BUS_REF);
  Exactly(net->bus.base_kv[1], 20);
  Exactly(net->bus.va_rad[1], -3 * PETSC_PI / 180);
  assert_string_equal(NetworkBusColumn(net, "area")[1], "2");
  assert_string_equal(NetworkBusColumn(net, "zone")[0], "7");
  assert_int_equal(net->load.n, 1);
  Exactly(net->load.p_mw[0], 90);
  Exactly(net->load.q_mvar[0], 30);
  assert_int_equal(net->shunt.n, 1);
  Exactly(net->shunt.b_mvar[0], 20);
  assert_int_equal(net->generator.n, 2);
  assert_string_equal(net->generator.unit[0], "A");
  assert_string_equal(net->generator.name[1], "gen 2:1");
  Exactly(net->generator.mva_base[0], 200);
  Exactly(net->generator.r_source_pu[0], 0.01);
  Exactly(net->generator.x_source_pu[1], 0.3);
  Exactly(net->generator.p_max_mw[0], 9999);
  Exactly(net->generator.p_max_mw[1], 70);
  Exactly(net->generator.p_min_mw[1], 5);
  assert_int_equal(b->n, 1);
  Exactly(b->tap[0], 0.95);
  Exactly(b->shift_rad[0], 5 * PETSC_PI / 180);
  Exactly(b->x[0], 0.1);
  Exactly(b->rate_a[0], 100);
  Exactly(b->rate_c[0], 80);
  Exactly(b->g_from[0], g_from);
  Exactly(b->b_from[0], b_from);
  assert_string_equal(b->name[0], "1-2:1");
  OK(NetworkDestroy(&net));
}

static void AllRevisionsGiveOneNetwork(void **state)
{
  const PetscReal square = 0.95 * 0.95;
  (void)state;
  CheckRevision(revision_23, 0.001 * square, 0.01 + 0.002 * square);
  CheckRevision(revision_30, 0.001 * square, 0.002 * square);
  CheckRevision(revision_33, 0.001 * square, 0.002 * square);
  CheckRevision(revision_34, 0.001 * square, 0.002 * square);
  CheckRevision(revision_35, 0.001 * square, 0.002 * square);
}

/* ---- syntax ---- */

#define TWO_BUSES "1,'A',230,3\n2,'B',20\n0\n"
#define UNITS "1,'1',10\n0\n"
#define HEAD_33 "0,100,33\n\n\n"

static void BlanksQuotesAndCommentsSeparate(void **state)
{
  Network net = Good("0 , 1.0D2 33 , , ,50 / 'a comment'\r\n title 'one\n0 / not the end of anything\n"
                     "  1 'O'NEILL / X' ,, 3 / isolated? no\r\n"
                     "2,\"IT'S, B\"  20.\t1 ,,,,.99 -1.5e1\n"
                     "\n"
                     "@! 3,'C'\n"
                     "'0' / END\n"
                     "2 1 1,,, 1.5d1 ,5/ 7,7,7\n"
                     "0,0\n0\n"
                     "1,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n"
                     "0\n1 2 , , , .5\n0\nq\nanything\n");
  (void)state;
  assert_string_equal(net->bus.name[0], "O'NEILL / X");
  assert_string_equal(net->bus.name[1], "IT'S, B");
  Exactly(net->base_mva, 100);
  Exactly(net->frequency_hz, 50);
  Exactly(net->bus.base_kv[0], 1);
  Exactly(net->bus.base_kv[1], 20);
  Exactly(net->bus.vm_pu[1], 0.99);
  Exactly(net->bus.va_rad[1], -15 * PETSC_PI / 180);
  Exactly(net->bus.vm_max_pu[1], 1.1);
  Exactly(net->load.p_mw[0], 15);
  Exactly(net->load.q_mvar[0], 5);
  Exactly(net->generator.mva_base[0], 100);
  Exactly(net->generator.x_source_pu[0], 1);
  Exactly(net->generator.q_max_mvar[0], 9999);
  assert_string_equal(net->generator.unit[0], "1");
  Exactly(net->branch.x[0], 0.5);
  assert_string_equal(net->branch.name[0], "1-2:1");
  assert_true(net->branch.rate_a[0] >= PETSC_INFINITY);
  OK(NetworkDestroy(&net));
}

/* A bus named by a number without quotes, limits not filled in, and the nodes of a substation. */
static void OddButLegalFilesAreRead(void **state)
{
  Network net = Good("0,100,35\n\n\n1,4711,230,3,1,1,1,1,0,0,0,0,0\n2,'B',20\n0\n0\n0\n1,'1',10\n0\n"
                     "1,2,1,0,0.1\n0\n0\n0\n0 / BEGIN SUBSTATION DATA\n1,'S',0,0\n1,'N',1,1\n"
                     "0 / END OF NODE DATA, BEGIN SWITCHING DEVICE DATA\n1,2,'1',,1\n0\n0\nQ\n");
  (void)state;
  assert_int_equal(net->branch.n, 1);
  Exactly(net->bus.vm_max_pu[0], 1.1);
  assert_string_equal(net->bus.name[0], "1"); /* not that of another bus */
  OK(NetworkDestroy(&net));
}

/* ---- transformers ---- */

/* Reads one two-winding transformer between bus 1 (230 kV) and bus 2 (20 kV). */
static Network OneTransformer(const char *record)
{
  char text[1024];
  snprintf(text, sizeof text, HEAD_33 TWO_BUSES "0\n0\n" UNITS "0\n%s0\nQ\n", record);
  return Good(text);
}

static void WindingCodesGiveRatiosOfBusVoltages(void **state)
{
  static const char *const record[] = {
      "1,2,0,'1',1,1,1\n0.01,0.1\n1.0454545454545454,225,30\n0.975\n",
      "1,2,0,'1',2,1,1\n0.01,0.1\n240.45454545454545,225,30\n19.5\n",
      "1,2,0,'1',3,1,1\n0.01,0.1\n1.0686868686868687,225,30\n0.8863636363636364,22\n",
  };
  (void)state;
  for (int k = 0; k < 3; ++k) {
    Network            net = OneTransformer(record[k]);
    const BranchTable *b   = &net->branch;
    Near(b->tap[0], 1.0454545454545454 / 0.975, 1e-12);
    Near(b->r[0], 0.01 * 0.975 * 0.975, 1e-14);
    Near(b->x[0], 0.1 * 0.975 * 0.975, 1e-14);
    Near(b->shift_rad[0], PETSC_PI / 6, 1e-14);
    OK(NetworkDestroy(&net));
  }
}

static void ImpedanceCodesGiveTheSystemsBase(void **state)
{
  static const char *const record[] = {
      "1,2,0,'1',1,1,1\n0.003,0.04\n1\n1\n", "1,2,0,'1',1,2,1\n0.0075,0.1,250\n1\n1\n",
      "1,2,0,'1',1,3,1\n1875000,0.10028085560065788,250\n1\n1\n", /* 0.0075 x 250 MW, |0.0075 + j0.1| */
  };
  (void)state;
  for (int k = 0; k < 3; ++k) {
    Network net = OneTransformer(record[k]);
    Near(net->branch.r[0], 0.003, 1e-12);
    Near(net->branch.x[0], 0.04, 1e-12);
    OK(NetworkDestroy(&net));
  }
}

/* 300 kW of no-load loss and 2 % of 250 MVA at 220 kV, which is 2 % (230/220)^2 of 250 MVA at 230 kV; the admittance
   stands at bus 1, so that the network's shunt behind the tap of 1.1 is 1.21 times as large. */
static void MagnetisingAdmittanceStandsAtWindingOne(void **state)
{
  const PetscReal scale = (230.0 / 220) * (230.0 / 220), g = 0.3 / 100 * scale, y = 0.02 * 250 / 100 * scale,
                  b = -sqrt(y * y - g * g);
  Network net       = OneTransformer("1,2,0,'1',1,1,2,300000,0.02\n0,0.1,250\n1.1,220\n1\n");
  (void)state;
  Near(net->branch.g_from[0], g * 1.21, 1e-14);
  Near(net->branch.b_from[0], b * 1.21, 1e-14);
  Exactly(net->branch.g_to[0], 0);
  Exactly(net->branch.b_to[0], 0);
  OK(NetworkDestroy(&net));
}

/* A table over the ratio in one line (33) and one over degrees, complex, over two lines (34). */
static void CorrectionTablesScaleTheImpedance(void **state)
{
  Network net =
      Good(HEAD_33 TWO_BUSES "0\n0\n" UNITS "0\n1,2,0,'1'\n0.01,0.1\n1.05,,,,,,,,,,,,,3\n1\n0\n"
                             "0 / BEGIN IMPEDANCE CORRECTION DATA\n1,0.9,5,1.1,5\n3,0.9,1.4,1,1,1.1,2\n0\nQ\n");
  (void)state;
  Near(net->branch.x[0], 0.1 * 1.5, 1e-14);
  Near(net->branch.r[0], 0.01 * 1.5, 1e-14);
  OK(NetworkDestroy(&net));
  net = Good("0,100,34\n\n\n" TWO_BUSES "0\n0\n" UNITS "0\n0\n1,2,0,'1'\n0,0.1\n1,,35,,,,,,,,,,,,,,,,,,,,4\n1\n0\n"
             "0 / BEGIN IMPEDANCE CORRECTION DATA\n"
             "4,-30,2,0,-20,1,0,-10,1,0,0,1,0,10,1,0,20,1,0\n30,2,0.2,40,4,0.4,0,0,0\n"
             "0 / END OF IMPEDANCE CORRECTION DATA\nQ\n");
  Near(net->branch.x[0], 0.1 * 3, 1e-14);
  Near(net->branch.r[0], -0.1 * 0.3, 1e-14);
  OK(NetworkDestroy(&net));
}

/* Pairs of 0.1, 0.2 and 0.25 on 100, 50 and 200 MVA: 0.1, 0.4 and 0.125 on 100; star arms -0.0875, 0.1875, 0.2125. */
#define THREE_BUSES "1,'A',230,3,4,5\n2,'B',20\n30,'C',10\n0\n"
#define THREE_WINDINGS(status)                    \
  HEAD_33 THREE_BUSES                             \
      "0\n0\n" UNITS "0\n"                        \
      "1,2,30,'T',1,2,1,0.002,-0.01,2,''," status \
      "\n0.01,0.1,100,0.02,0.2,50,0.04,0.25,200,0.98,-2\n1.05,0,30,10,11,12\n0.95,0,0,20\n1,0,-30\n0\nQ\n"

static void ThreeWindingsMeetAtAStarBus(void **state)
{
  Network            net = Good(THREE_WINDINGS("1"));
  const BranchTable *b   = &net->branch;
  (void)state;
  assert_int_equal(net->bus.n, 4);
  assert_int_equal(net->bus.number[3], 31);
  assert_string_equal(net->bus.name[3], "star 1-2-30:T");
  assert_string_equal(NetworkBusColumn(net, "area")[3], "4");
  Exactly(net->bus.vm_pu[3], 0.98);
  Exactly(net->bus.va_rad[3], -2 * PETSC_PI / 180);
  assert_int_equal(b->n, 3);
  Near(b->x[0], (0.1 + 0.125 - 0.4) / 2, 1e-14);
  Near(b->x[1], (0.1 + 0.4 - 0.125) / 2, 1e-14);
  Near(b->x[2], (0.4 + 0.125 - 0.1) / 2, 1e-14);
  Near(b->r[0], (0.01 + 0.02 - 0.04) / 2, 1e-14);
  Near(b->r[1], (0.01 + 0.04 - 0.02) / 2, 1e-14);
  Near(b->r[2], (0.04 + 0.02 - 0.01) / 2, 1e-14);
  for (int k = 0; k < 3; ++k) assert_int_equal(b->to[k], 3);
  Exactly(b->tap[0], 1.05);
  Exactly(b->tap[1], 0.95);
  Exactly(b->shift_rad[0], PETSC_PI / 6);
  Exactly(b->shift_rad[2], -PETSC_PI / 6);
  Near(b->g_from[0], 0.002 * 1.05 * 1.05, 1e-15);
  Near(b->b_from[0], -0.01 * 1.05 * 1.05, 1e-15);
  Exactly(b->b_from[1], 0);
  Exactly(b->rate_b[0], 11);
  Exactly(b->rate_a[1], 20);
  OK(NetworkDestroy(&net));
}

static void StatusTakesWindingsOut(void **state)
{
  static const char *const text[]         = {THREE_WINDINGS("0"), THREE_WINDINGS("2"), THREE_WINDINGS("3"),
                                             THREE_WINDINGS("4")};
  static const PetscBool   expected[4][3] = {{0, 0, 0}, {1, 0, 1}, {1, 1, 0}, {0, 1, 1}};
  (void)state;
  for (int k = 0; k < 4; ++k) {
    Faults  faults;
    Network net;
    OK(FaultsCreate(&faults));
    net = Parse(text[k], faults);
    for (int w = 0; w < 3; ++w) assert_int_equal(net->branch.in_service[w], expected[k][w]);
    assert_int_equal(net->bus.type[3] == BUS_ISOLATED, k == 0);
    OK(NetworkDestroy(&net));
    OK(FaultsDestroy(&faults));
  }
}

/* ---- what stands at a bus ---- */

static void LoadPartsAreSplitIntoPowerAndAdmittance(void **state)
{
  Faults  faults;
  Network net;
  (void)state;
  OK(FaultsCreate(&faults));
  net = Parse(HEAD_33 "1,'A',230,3\n2,'B',20,1,1,1,1,0.9\n3,'C',20,4\n0\n"
                      "2,'1',1,,,10,5,20,-10,30,-40\n2,'X',0,,,7,7\n3,'1',1,,,1,1\n0\n"
                      "2,'1',0,1,2\n2,'2',1,3,4\n0\n1,'1',0\n0\n1,2,'1',0,0.1\n0\nQ\n",
              faults);
  AssertNoErrors(faults);
  AssertFault(faults, 8, "1 loads have a constant-current part");
  assert_int_equal(net->load.n, 3);
  Exactly(net->load.p_mw[0], 10 + 0.9 * 20);
  Exactly(net->load.q_mvar[0], 5 - 0.9 * 10);
  assert_string_equal(net->load.name[1], "load 2:X");
  assert_string_equal(net->load.unit[1], "X");
  assert_false(net->load.in_service[1]);
  assert_false(net->load.in_service[2]); /* at an isolated bus */
  assert_int_equal(net->shunt.n, 3);
  assert_string_equal(net->shunt.name[0], "load admittance 2:1");
  Exactly(net->shunt.g_mw[0], 30);
  Exactly(net->shunt.b_mvar[0], -40);
  assert_false(net->shunt.in_service[1]);
  assert_true(net->shunt.in_service[2]);
  OK(NetworkDestroy(&net));
  OK(FaultsDestroy(&faults));
}

static void SetPointsKeepASolvedCaseSolved(void **state)
{
  Faults  faults;
  Network net;
  (void)state;
  OK(FaultsCreate(&faults));
  net = Parse(HEAD_33
              "1,'A',230,3,1,1,1,1.05\n2,'B',20,2,1,1,1,0.98\n3,'C',20,2,1,1,1,0.97\n4,'D',20,2,1,1,1,1\n0\n0\n0\n"
              "1,'1',10,5,50,-50,1.02\n"
              "2,'G',10,25,25,-50,1.02\n2,'S',10,30,30,-50,1.02\n"
              "3,'1',10,5,50,-50,1.02,1,100,0,0.2,0.01,0.1\n"
              "4,'1',10,5,50,-50,1.02\n0\n"
              "1,2,1,0,0.1\n2,3,1,0,0.1\n3,4,1,0,0\n0\nQ\n",
              faults);
  AssertNoErrors(faults);
  Exactly(net->generator.vm_set_pu[0], 1.02); /* a reference never gives up */
  Exactly(net->generator.vm_set_pu[1], 0.98);
  Exactly(net->generator.vm_set_pu[2], 0.98);
  Exactly(net->generator.vm_set_pu[3], 0.97);
  Exactly(net->generator.vm_set_pu[4], 1.02);
  AssertFault(faults, -1, "2 generators stand at their reactive limits");
  AssertFault(faults, 14, "1 generators regulate another bus");
  AssertFault(faults, 14, "1 generators have an implicit step-up");
  Near(net->generator.x_source_pu[3], 0.3, 1e-15);
  Near(net->generator.r_source_pu[3], 0.01, 1e-15);
  AssertFault(faults, 19, "1 branches have next to no impedance");
  Exactly(net->branch.x[2], 1e-4);
  OK(NetworkDestroy(&net));
  OK(FaultsDestroy(&faults));
}

static void RepeatedIdentifiersAreKeptApart(void **state)
{
  Faults  faults;
  Network net;
  (void)state;
  OK(FaultsCreate(&faults));
  net = Parse(HEAD_33 TWO_BUSES "0\n0\n1,'1',10\n1,'1',20\n0\n1,2,'BL',0,0.1\n1,2,'BL',0,0.1\n0\nQ\n", faults);
  AssertNoErrors(faults);
  AssertFault(faults, -1, "2 records repeat the identifier");
  assert_string_equal(net->generator.unit[0], "1");
  assert_string_not_equal(net->generator.unit[1], "1");
  assert_string_not_equal(net->branch.circuit[0], net->branch.circuit[1]);
  OK(NetworkValidate(net, faults));
  AssertNoErrors(faults);
  OK(NetworkDestroy(&net));
  OK(FaultsDestroy(&faults));
}

/* The DC line of the IEEE 300-bus system: 100 MW at the inverter's 460 kV, so 0.21739 kA and 0.293 MW lost in 6.2 ohm.
   The reactive powers satisfy the average of the overlap: cos(phi) about Vd / Vd0. */
static void DcLineIsALinkWithItsConvertersPowers(void **state)
{
  const PetscReal  ka = 100.0 / 460, lost = 6.2 * ka * ka;
  const PetscReal  e = 3 * sqrt(2) / PETSC_PI * 4 * 115 * 1.0352 * 0.7476 / 0.9722, about = 100 * tan(acos(460 / e));
  Network          net = Good("0,100,33\n\n\n1,'A',115,3,1,1,1,1.04257\n2,'B',115,2,1,1,1,1.0352\n0\n0\n0\n1,'1',10\n"
                                       "2,'1',10\n0\n0\n0\n0\n"
                                       "'P/1',1,6.2,-100,460,300,0,0.1,'I'\n"
                                       "1,4,20,15,0,6.8,115,0.7476,0.99365\n2,4,18,20,0,6.8,115,0.7476,0.9722\n0\nQ\n");
  const LinkTable *l   = &net->link;
  (void)state;
  assert_int_equal(l->n, 1);
  assert_string_equal(l->name[0], "dc line P/1");
  Near(l->p_mw[0], 100 + lost, 1e-9);
  Exactly(l->p_min_mw[0], l->p_max_mw[0]);
  Near(l->loss0_mw[0], lost, 1e-9);
  Exactly(l->q_to_min_mvar[0], l->q_to_max_mvar[0]);
  assert_true(l->q_from_max_mvar[0] < 0 && l->q_to_max_mvar[0] < 0);
  Near(-l->q_to_max_mvar[0], about, 0.02 * about);
  OK(NetworkDestroy(&net));
}

static void WhatIsNotModelledIsCounted(void **state)
{
  Faults  faults;
  Network net;
  (void)state;
  OK(FaultsCreate(&faults));
  net = Parse(HEAD_33 TWO_BUSES "0\n0\n" UNITS "1,2,1,0,0.1\n0\n0\n0\n0 / BEGIN VSC DC DATA\n"
                                "'V1',1,0.5\n1,1,1\n2,1,1\n'V2',1,0.5\n1,1,1\n2,1,1\n"
                                "0 / END OF VSC, BEGIN FACTS DEVICE DATA\n'F1',1,2\n"
                                "0 / BEGIN GNE DEVICE DATA\n'G','M',2,1,2,11,0,0\n1,1\n1,2,3,4,5,6,7,8,9,10\n0\n"
                                "0 / BEGIN INDUCTION MACHINE DATA\n2,'1',1\n2,'2',1\n0\nQ\n",
              faults);
  AssertNoErrors(faults);
  AssertFault(faults, 16, "left out, not modelled: 2 VSC DC lines, 1 FACTS device, 1 GNE device, 2 induction machines");
  OK(NetworkDestroy(&net));
  OK(FaultsDestroy(&faults));
}

/* ---- faults ---- */

static void EachFaultIsOneLineWithItsPlace(void **state)
{
  static const struct {
    const char *text, *words;
    int         line;
  } bad[] = {
      {"function mpc = case9\n", "found no case identification, expected IC, SBASE, REV", 1},
      {"0,100,29\n\n\n1\n0\n", "found revision 29, expected 23 or 30 to 35", 1},
      {"0,-1,33\n\n\n1\n0\n", "found SBASE -1, expected a positive number of MVA", 1},
      {"1,100,33\n\n\n1\n0\n", "found IC 1, expected 0", 1},
      {"0,100,33\n\n", "found the end of the file behind the titles", 2},
      {HEAD_33 "1,'A',x,3\n0\n0\n0\n0\n0\n0\nQ\n", "bus, field 3 (BASKV): found \"x\", expected a number", 4},
      {HEAD_33 "1,'A',1,7\n0\n0\n0\n0\n0\n0\nQ\n", "bus: found type code 7, expected 1 to 4", 4},
      {HEAD_33 "1,'A'\n1,'B'\n0\n0\n0\n0\n0\n0\nQ\n", "bus: found number 1 again", 5},
      {HEAD_33 "-1,'A'\n0\n0\n0\n0\n0\n0\nQ\n", "bus: found number -1, expected 1 to 999999", 4},
      {HEAD_33 TWO_BUSES "7,'1'\n0\n0\n" UNITS "0\n0\nQ\n",
       "load, field 1 (I): found \"7\", expected the number of a bus", 7},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "1,22,'1',0,0.1\n0\n0\nQ\n",
       "branch, field 2 (J): found \"22\", expected the number", 11},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "1,1,'1',0,0.1\n0\n0\nQ\n", "branch: found bus 1 at both ends", 11},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "1,2,'1',0\n0\n0\nQ\n", "branch: found 4 fields and no X", 11},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "1,2,'1',0,nan\n0\n0\nQ\n", "found \"nan\", expected a number", 11},
      {HEAD_33 TWO_BUSES "0\n0\n1,'1',1e999\n0\n0\n0\nQ\n", "(PG): found \"1e999\", expected a number", 9},
      {HEAD_33 TWO_BUSES "0\n0\n1,'1',1,1,1,1,1,0,-5\n0\n0\n0\nQ\n", "found MBASE -5, expected a positive", 9},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "0\n1,2,0,1,4\n0,1\n1\n1\n0\nQ\n", "found CW 4, expected 1 to 3", 12},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "0\n1,2,0,1,1,3\n9e9,.1,100\n1\n1\n0\nQ\n", "below the 90 of its load loss",
       13},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "0\n1,2,0,1\n0,.1\n-1\n1\n0\nQ\n", "found a winding voltage of -1", 14},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "0\n1,2,0,1\n0,.1\n", "within a transformer record, expected 2 more lines", 13},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "1,2,1,0,.1\n", "found the end of the file within the branch data", 11},
      {HEAD_33 TWO_BUSES "0\n0\n" UNITS "1,2,1,0,.1\nQ\n", "found Q within the branch data, expected a record 0", 12},
      {HEAD_33 TWO_BUSES
       "2,'1',1,1,1,10\n0 / BEGIN FIXED SHUNT DATA\n2,'1',1\n1,'1',1\n0 / END OF GENERATOR DATA\n0\n0\nQ\n",
       "found the end of the generator data within the fixed shunt data, expected a record 0 between the two", 11},
      {HEAD_33 "1,'A',230,3\n2,'B',20\n2,'1',1,1,1,10\nQ\n", "found Q within the bus data", 7},
  };
  (void)state;
  for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
    Faults faults;
    OK(FaultsCreate(&faults));
    assert_null(Parse(bad[k].text, faults));
    AssertFault(faults, bad[k].line, bad[k].words);
    OK(FaultsDestroy(&faults));
  }
}

static void ManyFaultsAreCutShort(void **state)
{
  char   text[8192];
  size_t used = (size_t)snprintf(text, sizeof text, HEAD_33 TWO_BUSES "0\n0\n" UNITS);
  Faults faults;
  (void)state;
  for (int k = 0; k < 50; ++k) used += (size_t)snprintf(text + used, sizeof text - used, "1,%d,'1',0,x\n", 100 + k);
  snprintf(text + used, sizeof text - used, "0\n0\nQ\n");
  OK(FaultsCreate(&faults));
  assert_null(Parse(text, faults));
  assert_int_equal(FaultsErrorCount(faults), 21);
  AssertFault(faults, 0, "30 more faults are not listed");
  OK(FaultsDestroy(&faults));
}

static void ReadAnything(const char *bytes, size_t size)
{
  Source *source;
  Faults  faults;
  Network net;
  OK(FaultsCreate(&faults));
  OK(SourceFromBytes("c.raw", bytes, size, &source));
  OK(PsseRawParse(source, faults, &net));
  assert_int_equal(net == NULL, FaultsErrorCount(faults) > 0);
  if (net) OK(NetworkValidate(net, faults));
  OK(NetworkDestroy(&net));
  OK(SourceDestroy(&source));
  OK(FaultsDestroy(&faults));
}

static void TruncatedAnywhereNothingCrashes(void **state)
{
  static const char *const text[] = {revision_23, revision_30, revision_33,
                                     revision_34, revision_35, THREE_WINDINGS("1")};
  (void)state;
  for (size_t k = 0; k < sizeof text / sizeof *text; ++k)
    for (size_t n = 0; n <= strlen(text[k]); ++n) ReadAnything(text[k], n);
}

static void MutatedAnyhowNothingCrashes(void **state)
{
  static const char *const text[] = {revision_23, revision_30, revision_33,
                                     revision_34, revision_35, THREE_WINDINGS("1")};
  (void)state;
  for (size_t k = 0; k < sizeof text / sizeof *text; ++k)
    for (uint64_t seed = 0; seed < 1000; ++seed) {
      size_t size;
      char  *bytes = Mutate(text[k], strlen(text[k]), seed, &size);
      ReadAnything(bytes, size);
      free(bytes);
    }
}

static void TheCorpusIsReplayed(void **state)
{
  const char    *folder    = ShippedFile("tests/inputs/corpus/psse_raw");
  DIR           *directory = opendir(folder);
  struct dirent *entry;
  PetscInt       files = 0;
  (void)state;
  assert_non_null(directory);
  while ((entry = readdir(directory))) {
    char    path[2048];
    Faults  faults;
    Network net;
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    OK(FaultsCreate(&faults));
    OK(NetworkRead(PETSC_COMM_SELF, path, "psse-raw", faults, &net));
    assert_int_equal(net == NULL, FaultsErrorCount(faults) > 0);
    /* names say what is expected: good-* reads, the others do not */
    if ((net != NULL) != !strncmp(entry->d_name, "good", 4)) {
      FaultsView(faults, stderr);
      fail_msg("%s", entry->d_name);
    }
    OK(NetworkDestroy(&net));
    OK(FaultsDestroy(&faults));
    ++files;
  }
  closedir(directory);
  assert_true(files >= 8);
}

static void TheExtensionChoosesTheReader(void **state)
{
  static const char *const name[] = {"a.raw", "b.RAW", "c.Raw"};
  (void)state;
  for (int k = 0; k < 3; ++k) {
    Faults  faults;
    Network net;
    OK(FaultsCreate(&faults));
    OK(NetworkRead(PETSC_COMM_SELF, WriteText(name[k], revision_33), "auto", faults, &net));
    AssertNoErrors(faults);
    assert_int_equal(net->bus.n, 2);
    assert_int_equal(net->name[0], name[k][0]);
    OK(NetworkDestroy(&net));
    OK(FaultsDestroy(&faults));
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(NineBusSystemIsTheOneOfMatpower),
      cmocka_unit_test(RtsGmlcIsTheOneOfMatpower),
      cmocka_unit_test(NewEnglandIsTheOneOfMatpower),
      cmocka_unit_test(TwoAreaSystemIsTheOneOfKundur),
      cmocka_unit_test(EveryRevisionAtHandIsRecognised),
      cmocka_unit_test(AllRevisionsGiveOneNetwork),
      cmocka_unit_test(BlanksQuotesAndCommentsSeparate),
      cmocka_unit_test(OddButLegalFilesAreRead),
      cmocka_unit_test(WindingCodesGiveRatiosOfBusVoltages),
      cmocka_unit_test(ImpedanceCodesGiveTheSystemsBase),
      cmocka_unit_test(MagnetisingAdmittanceStandsAtWindingOne),
      cmocka_unit_test(CorrectionTablesScaleTheImpedance),
      cmocka_unit_test(ThreeWindingsMeetAtAStarBus),
      cmocka_unit_test(StatusTakesWindingsOut),
      cmocka_unit_test(LoadPartsAreSplitIntoPowerAndAdmittance),
      cmocka_unit_test(SetPointsKeepASolvedCaseSolved),
      cmocka_unit_test(RepeatedIdentifiersAreKeptApart),
      cmocka_unit_test(DcLineIsALinkWithItsConvertersPowers),
      cmocka_unit_test(WhatIsNotModelledIsCounted),
      cmocka_unit_test(EachFaultIsOneLineWithItsPlace),
      cmocka_unit_test(ManyFaultsAreCutShort),
      cmocka_unit_test(TruncatedAnywhereNothingCrashes),
      cmocka_unit_test(MutatedAnyhowNothingCrashes),
      cmocka_unit_test(TheCorpusIsReplayed),
      cmocka_unit_test(TheExtensionChoosesTheReader),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
