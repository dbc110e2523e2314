/* The power flow from the stored point of PSS/E files: a solved case stays where it is. */
#include "inputs/reader.h"
#include "solver/powerflow.h"

#include <math.h>
#include <string.h>

#include "tests/support.h"

static void Ok(PetscErrorCode error)
{
  assert_int_equal(error, 0);
}

static Network ReadShared(const char *relative)
{
  const char *path = SharedData(relative);
  Network     net;
  Faults      faults;
  if (!path) skip();
  Ok(FaultsCreate(&faults));
  Ok(NetworkRead(PETSC_COMM_SELF, path, "auto", faults, &net));
  if (!net) FaultsView(faults, stderr);
  assert_non_null(net);
  Ok(FaultsDestroy(&faults));
  return net;
}

/* Largest distance of the solution from the stored point. */
typedef struct {
  PetscReal vm_pu, va_deg, q_mvar;
} Distance;

static Distance FromStored(Network net, const PowerFlow *flow)
{
  Distance d = {0, 0, 0};
  for (PetscInt i = 0; i < net->bus.n; ++i) {
    if (flow->vm_pu[i] == 0) continue;
    d.vm_pu  = fmax(d.vm_pu, fabs(flow->vm_pu[i] - net->bus.vm_pu[i]));
    d.va_deg = fmax(d.va_deg, fabs(flow->va_rad[i] - net->bus.va_rad[i]) * 180 / PETSC_PI);
  }
  for (PetscInt k = 0; k < net->generator.n; ++k)
    if (net->generator.in_service[k]) d.q_mvar = fmax(d.q_mvar, fabs(flow->generator_q[k] - net->generator.q_mvar[k]));
  return d;
}

/* Files that hold a solution, with the decimals of their voltages (4 to 6 digits) as the only error. Several units at a bus
   keep what the file says of each. */
static void SolvedCasesStayWhereTheyAre(void **state)
{
  static const char *const file[] = {"gridpack/raw/9b3g.raw",
                                     "gridpack/raw/case9.raw",
                                     "gridpack/raw/kundur-twoarea_v33.raw",
                                     "gridpack/raw/TAMU_500_rmsmallgen_v23.raw",
                                     "gridpack/raw/bus3000_gen_no0imp_v23_pslf.raw",
                                     "gridpack/dsa/case_ACTIVSg2000_1.raw",
                                     "gridpack/dsa/texas2000_hr_4882_mod_33.raw",
                                     "griddyn/IEEE39.raw",
                                     "steps/IEEE9.raw",
                                     "steps/ieee39.raw"};
  PowerFlowOptions         options;
  (void)state;
  PowerFlowDefaultOptions(&options);
  for (size_t k = 0; k < sizeof file / sizeof *file; ++k) {
    char      path[256];
    Network   net;
    PowerFlow flow;
    Distance  d;
    snprintf(path, sizeof path, "dynamics/%s", file[k]);
    net = ReadShared(path);
    Ok(PowerFlowSolve(net, &options, &flow));
    d = FromStored(net, &flow);
    if (!flow.converged || d.vm_pu > 1e-4 || d.va_deg > 5e-3 || d.q_mvar > 0.25 || flow.iterations > 2)
      fail_msg("%s: %d iterations, %g pu, %g degrees, %g Mvar", file[k], (int)flow.iterations, (double)d.vm_pu,
               (double)d.va_deg, (double)d.q_mvar);
    Ok(PowerFlowDestroy(&flow));
    Ok(NetworkDestroy(&net));
  }
}

/* Files whose stored point is none: loads changed at four buses (240 buses), at 4, 7, 8 and 18 (39 buses with several
   loads), connections without impedance
   given some (300), the transformer 140-141 altered (179), a bus split off 142 (145), values
   cut off at 999 (the other 145), step-up transformers of 0.001 (133), outputs without a solution (RTS-GMLC, sm4). They
   converge all the same. */
static void UnsolvedCasesConverge(void **state)
{
  static const char *const file[] = {"dynamics/gridpack/raw/240busWECC_2018_PSS_fixedshunt.raw",
                                     "dynamics/gridpack/raw/300bus_v23_no0imp_pslf.raw",
                                     "dynamics/gridpack/raw/IEEE145.raw",
                                     "dynamics/gridpack/raw/IEEE_145bus_v23_PSLF.raw",
                                     "dynamics/gridpack/ieee39/"
                                     "IEEE39bus_multiloads_xfmr4_smallX_slackmvachange_v33_single.raw",
                                     "dynamics/griddyn/powerflowWECC.raw",
                                     "dynamics/steps/sd133.raw",
                                     "dynamics/steps/ieee39_sd133.raw",
                                     "dynamics/steps/sm4.raw",
                                     "rts-gmlc/RTS-GMLC.RAW"};
  PowerFlowOptions         options;
  (void)state;
  PowerFlowDefaultOptions(&options);
  for (size_t k = 0; k < sizeof file / sizeof *file; ++k) {
    Network   net = ReadShared(file[k]);
    PowerFlow flow;
    Ok(PowerFlowSolve(net, &options, &flow));
    if (!flow.converged) fail_msg("%s: mismatch %g", file[k], (double)flow.mismatch_pu);
    Ok(PowerFlowDestroy(&flow));
    Ok(NetworkDestroy(&net));
  }
}

/* Kundur (1994), example 12.6: 700, 700, 719, 700 MW and 185, 235, 176, 202 Mvar at 20.2, 10.5, -6.8, -17.0 degrees. */
static void TwoAreaSystemHasItsPublishedPoint(void **state)
{
  static const PetscReal p[] = {700, 700, 719, 700}, q[] = {185, 235, 176, 202}, angle[] = {20.2, 10.5, -6.8, -17.0};
  Network                net = ReadShared("dynamics/gridpack/raw/kundur-twoarea_v33.raw");
  PowerFlowOptions       options;
  PowerFlow              flow;
  (void)state;
  PowerFlowDefaultOptions(&options);
  options.flat_start = PETSC_TRUE;
  Ok(PowerFlowSolve(net, &options, &flow));
  assert_true(flow.converged);
  for (PetscInt k = 0; k < 4; ++k) {
    const PetscReal degrees = (flow.va_rad[k] - flow.va_rad[0]) * 180 / PETSC_PI + angle[0];
    if (fabs(flow.generator_p[k] - p[k]) > 0.5 || fabs(flow.generator_q[k] - q[k]) > 0.5 ||
        fabs(degrees - angle[k]) > 0.1)
      fail_msg("G%d: %g MW, %g Mvar, %g degrees", (int)k + 1, (double)flow.generator_p[k], (double)flow.generator_q[k],
               (double)degrees);
  }
  Ok(PowerFlowDestroy(&flow));
  Ok(NetworkDestroy(&net));
}

/* The DC lines of the 133-bus file: its converters' reactive powers are known from the balance of the stored voltages at
   buses 125 and 126, where nothing else was changed. */
static void ConvertersTakeWhatTheStoredPointSays(void **state)
{
  static const PetscInt number[] = {125, 126, 142, 202, 602, 704};
  Network               net      = ReadShared("dynamics/steps/sd133.raw");
  (void)state;
  for (size_t k = 0; k < sizeof number / sizeof *number; ++k) {
    const PetscInt  bus = NetworkFindBus(net, number[k]);
    PetscReal       p = 0, q = 0; /* flowing out of the bus, per unit */
    const PetscReal v = net->bus.vm_pu[bus];
    for (PetscInt b = 0; b < net->branch.n; ++b) {
      const BranchTable *t  = &net->branch;
      const PetscBool    at = (PetscBool)(t->from[b] == bus);
      const PetscInt     o  = at ? t->to[b] : t->from[b];
      const PetscReal    z = t->r[b] * t->r[b] + t->x[b] * t->x[b], g = t->r[b] / z, s = -t->x[b] / z;
      const PetscReal    d = net->bus.va_rad[bus] - net->bus.va_rad[o], w = net->bus.vm_pu[o];
      if ((t->from[b] != bus && t->to[b] != bus) || !t->in_service[b]) continue;
      Ok(fabs(t->tap[b] - 1) > 1e-12 || t->shift_rad[b] != 0);
      p += v * v * (g + (at ? t->g_from[b] : t->g_to[b])) - v * w * (g * cos(d) + s * sin(d));
      q += -v * v * (s + (at ? t->b_from[b] : t->b_to[b])) - v * w * (g * sin(d) - s * cos(d));
    }
    for (PetscInt l = 0; l < net->load.n; ++l)
      if (net->load.bus[l] == bus) p += net->load.p_mw[l] / 100, q += net->load.q_mvar[l] / 100;
    for (PetscInt l = 0; l < net->shunt.n; ++l)
      if (net->shunt.bus[l] == bus) q -= v * v * net->shunt.b_mvar[l] / 100;
    for (PetscInt l = 0; l < net->link.n; ++l) {
      if (net->link.from[l] == bus) p += net->link.p_mw[l] / 100, q -= net->link.q_from_max_mvar[l] / 100;
      if (net->link.to[l] == bus)
        p -= (net->link.p_mw[l] - net->link.loss0_mw[l]) / 100, q -= net->link.q_to_max_mvar[l] / 100;
    }
    if (fabs(p) > 0.01 || fabs(q) > 0.02) fail_msg("bus %d: %g + j%g", (int)number[k], (double)p, (double)q);
  }
  Ok(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(SolvedCasesStayWhereTheyAre),
      cmocka_unit_test(UnsolvedCasesConverge),
      cmocka_unit_test(TwoAreaSystemHasItsPublishedPoint),
      cmocka_unit_test(ConvertersTakeWhatTheStoredPointSays),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  PetscFinalize();
  return failed;
}
