/* Systems of PSS/E data: verdicts, and where they are stable, nothing moves by itself for 20 s. */
#include "tests/dynamics/pair.h"

#include "dynamics/eigen.h"
#include "dynamics/integrator.h"
#include "tests/dynamics/main.h"

#define FOLDER "dynamics/gridpack/"

static const char *const pairs[][2] = {
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GAST.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU_ESST1A.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU_ESST1A_WSIEG1.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU_EXDC1.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU_EXDC1_WSIEG1.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENSAL.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENSAL_ESST1A.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENSAL_ESST1A_WSIEG1.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_HYGOV.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_REGCA1_REECA1_REPCA1.dyr"},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_SEXS.dyr"},
    {FOLDER "raw/9b3g.raw", FOLDER "dyr/9b3g.dyr"},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea.dyr"},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_4renewable_mech.dyr"},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_4renewable_regcc1.dyr"},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_esst1a.dyr"},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_esst4b.dyr"},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_wsieg1.dyr"},
    {FOLDER "raw/IEEE145.raw", FOLDER "dyr/IEEE145_classicGen.dyr"},
    {FOLDER "raw/TAMU_500_rmsmallgen_v23.raw", FOLDER "dyr/tamu_500bus_detail.dyr"},
    {FOLDER "raw/240busWECC_2018_PSS_fixedshunt.raw", FOLDER "dyr/240busWECC_2018_PSS_mod.dyr"},
    {FOLDER "raw/bus3000_gen_no0imp_v23_pslf.raw", FOLDER "dyr/classical_model_3000bus.dyr"},
    {FOLDER "dsa/case_ACTIVSg2000_1.raw", FOLDER "dsa/case_ACTIVSg2000_1_dyn.dyr"},
    {FOLDER "ieee39/IEEE39bus_multiloads_xfmr4_smallX_slackmvachange_v33_single.raw",
     FOLDER "ieee39/IEEE39bus_exdc1_gridpack.dyr"},
    {"dynamics/griddyn/IEEE39.raw", "dynamics/griddyn/IEEE39.dyr"},
    {"dynamics/griddyn/powerflowWECC.raw", "dynamics/griddyn/dynamicsWECC.dyr"},
};

/* How far any state is from where it began after 20 s without event, per unit or rad. */
static PetscReal Drift(Equations eq)
{
  Integrator it;
  PetscBool  ok, switches, trips;
  PetscReal  worst = 0.0;
  Ok(IntegratorCreate(eq, 1e-6, 1e-6, &it));
  Ok(IntegratorReset(it, 0.0));
  Ok(IntegratorRestart(it, &ok));
  while (ok && IntegratorTime(it) < 20.0 - 1e-9) {
    Ok(IntegratorStep(it, 20.0, &ok, &switches));
    if (!ok || !switches) continue; /* what starts at its limit may touch it */
    Ok(IntegratorSwitch(it, &ok, &trips));
    assert_false(trips);
  }
  if (!ok) fail_msg("%s", IntegratorProblem(it));
  for (PetscInt k = 0; k < eq->n; ++k) worst = PetscMax(worst, PetscAbsReal(IntegratorUnknowns(it)[k] - eq->start[k]));
  Ok(IntegratorDestroy(&it));
  return worst;
}

static void What_is_stable_stays_where_it_is(void **state)
{
  PetscInt loaded = 0, stable = 0;
  (void)state;
  for (size_t k = 0; k < sizeof pairs / sizeof pairs[0]; ++k) {
    Grid         grid;
    Equations    eq;
    Eigen        e;
    EigenOptions options;
    char         text[800];
    if (!PairLoad(pairs[k][0], pairs[k][1], &grid)) continue;
    ++loaded;
    EigenDefaultOptions(&options);
    Ok(EquationsCreate(grid.net, grid.point, grid.table, grid.net->frequency_hz > 0.0 ? grid.net->frequency_hz : 60.0,
                       &eq));
    Ok(EigenCreate(eq, &options, &e));
    printf("%s: %s\n", pairs[k][1], EigenVerdict(e, text, sizeof text));
    assert_string_equal(e->problem, "");
    assert_true(e->covered && e->largest_residual < 1e-9);
    if (!e->n_unstable) {
      const PetscReal drift = Drift(eq);
      printf("  after 20 s: %.1e\n", drift);
      assert_true(drift <= 1e-6);
      ++stable;
    }
    Ok(EigenDestroy(&e));
    Ok(EquationsDestroy(&eq));
    GridDestroy(&grid);
  }
  if (!loaded) skip();
  assert_true(stable > 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(What_is_stable_stays_where_it_is)};
  return RunTests(argc, argv, tests);
}
