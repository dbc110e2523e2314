/* Modes, participation factors and verdicts against published values, closed forms, finite differences, the time domain,
   and each way of finding them against the other. */
#include "tests/dynamics/pair.h"

#include "dynamics/eigen.h"
#include "dynamics/equations.h"
#include "tests/dynamics/main.h"

#include <string.h>

typedef struct {
  Equations eq;
  Eigen     eigen;
} Analysis;

static Analysis Analyse(const Grid *grid, EigenMethod method, PetscReal damping)
{
  Analysis     a;
  EigenOptions options;
  EigenDefaultOptions(&options);
  options.method  = method;
  options.damping = damping;
  Ok(EquationsCreate(grid->net, grid->point, grid->table, 60.0, &a.eq));
  Ok(EigenCreate(a.eq, &options, &a.eigen));
  assert_string_equal(a.eigen->problem, "");
  return a;
}

static void Release(Analysis *a)
{
  Ok(EigenDestroy(&a->eigen));
  Ok(EquationsDestroy(&a->eq));
}

/* The mode nearest to a value. */
static PetscInt Find(Eigen e, PetscReal re, PetscReal im)
{
  PetscInt best = 0;
  for (PetscInt k = 1; k < e->n_modes; ++k) {
    if (hypot(e->mode[k].re - re, e->mode[k].im - im) < hypot(e->mode[best].re - re, e->mode[best].im - im)) best = k;
  }
  return best;
}

static PetscInt FindState(const Analysis *a, const char *name)
{
  char text[160];
  for (PetscInt k = 0; k < a->eigen->n_states; ++k) {
    if (!strcmp(EigenStateName(a->eigen, a->eq, k, text, sizeof text), name)) return k;
  }
  fail_msg("no state %s", name);
  return -1;
}

static void CheckParticipation(Eigen e)
{
  for (PetscInt k = 0; k < e->n_modes; ++k) {
    PetscReal      sum     = 0.0;
    double complex product = 0.0;
    if (e->mode[k].kind == EIGEN_ZERO) continue; /* its vectors need not be unique */
    for (PetscInt i = 0; i < e->n_states; ++i) {
      const PetscReal *share = &e->share[2 * (k * e->n_states + i)];
      sum += EigenParticipation(e, k, i);
      product += share[0] + I * share[1];
    }
    assert_true(PetscAbsReal(sum - 1.0) < 1e-10);
    assert_true(cabs(product - 1.0) < 1e-10);
    for (PetscInt i = 0; i < e->mode[k].n_participants; ++i) {
      const EigenParticipant *p = &e->mode[k].participant[i];
      assert_true(PetscAbsReal(p->factor - EigenParticipation(e, k, p->state)) < 1e-12);
      assert_true(i == 0 || p->factor <= p[-1].factor);
    }
  }
}

/* Published frequencies to their last digit; undamped pairs and a zero for the angle and speed of all. */
static void CheckClassical(const Grid *grid, PetscInt n, const PetscReal *published)
{
  Analysis a = Analyse(grid, EIGEN_AUTO, 0.05);
  Eigen    e = a.eigen;
  char     text[400];
  assert_true(e->method == EIGEN_DENSE && e->complete);
  assert_int_equal(e->n_states, 2 * n + 2);
  assert_int_equal(e->n_undamped, n);
  assert_int_equal(e->n_zero, 2);
  assert_int_equal(e->n_unstable, 0);
  for (PetscInt k = 0; k < n; ++k) { /* undamped ones by frequency */
    assert_true(e->mode[k].kind == EIGEN_OSCILLATING);
    assert_true(PetscAbsReal(e->mode[k].frequency_hz - published[k]) <= 0.0005 + 1e-4);
  }
  assert_true(strstr(EigenVerdict(e, text, sizeof text), "small-signal stable") == text);
  CheckParticipation(e);
  Release(&a);
}

static void Wscc9_has_its_published_modes(void **state)
{
  const PetscReal published[] = {1.383, 2.126};
  Grid            grid;
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  CheckClassical(&grid, 2, published);
  GridDestroy(&grid);
}

static void New_England_39_has_its_published_modes(void **state)
{
  const PetscReal published[] = {0.617, 0.946, 1.019, 1.135, 1.261, 1.286, 1.474, 1.534, 1.546};
  Grid            grid;
  (void)state;
  if (!GridLoadNewEngland39(&grid)) skip();
  CheckClassical(&grid, 9, published);
  GridDestroy(&grid);
}

/* lambda^2 + D/(2H) lambda + omega_0 Ks/(2H) = 0 with Ks = E EB cos(delta)/X (Kundur, 1994, section 12.3). */
static void One_machine_at_an_infinite_bus_has_its_closed_form(void **state)
{
  const PetscReal dampings[] = {0.0, 10.0, -10.0, 400.0}, omega = 120.0 * PETSC_PI;
  const PetscReal ks = SMIB_E * SMIB_EB * cos(SMIB_D0) / SMIB_PRE;
  (void)state;
  for (int k = 0; k < 4; ++k) {
    const double complex root     = csqrt(pow(dampings[k] / (4.0 * SMIB_H), 2.0) - omega * ks / (2.0 * SMIB_H));
    const double complex expected = -dampings[k] / (4.0 * SMIB_H) + root;
    Grid                 grid;
    GridBuildSmib(dampings[k], &grid);
    grid.table->record[1].parameter[GENCLS_H] = 0.0; /* infinite, as PSS/E has it */
    Analysis a                                = Analyse(&grid, EIGEN_DENSE, 0.05);
    Eigen    e                                = a.eigen;
    assert_int_equal(e->n_states, 2);
    assert_int_equal(e->n_standing, 2);
    assert_int_equal(e->n_zero, 0);
    assert_int_equal(e->n_undamped, dampings[k] == 0.0);
    assert_int_equal(e->n_unstable, dampings[k] < 0.0);
    const EigenMode *m = &e->mode[Find(e, creal(expected), cimag(expected))];
    assert_true(hypot(m->re - creal(expected), m->im - cimag(expected)) < 1e-5 * cabs(expected));
    assert_true(PetscAbsReal(m->damping + creal(expected) / cabs(expected)) < 1e-5);
    assert_int_equal(e->n_modes, cimag(expected) == 0.0 ? 2 : 1);
    CheckParticipation(e);
    Release(&a);
    GridDestroy(&grid);
  }
}

/* Two machines alike at the ends of a line, one feeding as much as the other takes. */
static void Alike_machines_take_part_alike(void **state)
{
  const double complex i = 0.5, v1 = 1.0 + 0.1 * I, v2 = 1.0 - 0.1 * I;
  Grid                 grid;
  (void)state;
  GridCreate(100.0, 2, 1, 2, &grid);
  GridSetBranch(&grid, 0, 0, 1, 0.4, "1");
  GridSetVoltage(&grid, 0, v1);
  GridSetVoltage(&grid, 1, v2);
  GridSetMachine(&grid, 0, 0, 4.0, 1.0, 0.2, v1, i);
  GridSetMachine(&grid, 1, 1, 4.0, 1.0, 0.2, v2, -i);
  Analysis       a    = Analyse(&grid, EIGEN_DENSE, 0.05);
  const PetscInt mode = 0;
  assert_true(a.eigen->mode[mode].kind == EIGEN_OSCILLATING);
  assert_int_equal(a.eigen->n_zero, 1);
  assert_true(PetscAbsReal(a.eigen->mode[mode].re + 1.0 / 16.0) < 1e-9); /* -D/(4H): both swing against each other */
  const PetscReal delta = EigenParticipation(a.eigen, mode, FindState(&a, "1:1 GENCLS delta"));
  const PetscReal speed = EigenParticipation(a.eigen, mode, FindState(&a, "1:1 GENCLS speed"));
  assert_true(PetscAbsReal(delta - 0.25) < 1e-9 && PetscAbsReal(speed - 0.25) < 1e-9);
  assert_true(PetscAbsReal(EigenParticipation(a.eigen, mode, FindState(&a, "2:2 GENCLS delta")) - delta) < 1e-9);
  assert_true(PetscAbsReal(EigenParticipation(a.eigen, mode, FindState(&a, "2:2 GENCLS speed")) - speed) < 1e-9);
  Release(&a);
  GridDestroy(&grid);
}

/* d lambda / d D of one machine: its share of the speed's diagonal entry -D/(2H), against differences. */
static void Shares_are_sensitivities(void **state)
{
  const PetscReal step = 1e-3;
  Grid            grid;
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  for (PetscInt k = 0; k < 3; ++k) grid.table->record[k].parameter[GENCLS_D] = 1.0 + (PetscReal)k;
  Analysis at = Analyse(&grid, EIGEN_DENSE, 0.05);
  for (PetscInt g = 0; g < 3; ++g) {
    const char *const name[] = {"1:1 GENCLS speed", "2:1 GENCLS speed", "3:1 GENCLS speed"};
    PetscReal        *d = &grid.table->record[g].parameter[GENCLS_D], h = grid.table->record[g].parameter[GENCLS_H];
    const PetscReal   d0 = *d;
    *d                   = d0 + step;
    Analysis more        = Analyse(&grid, EIGEN_DENSE, 0.05);
    *d                   = d0 - step;
    Analysis less        = Analyse(&grid, EIGEN_DENSE, 0.05);
    *d                   = d0;
    const PetscInt s     = FindState(&at, name[g]);
    for (PetscInt k = 0; k < at.eigen->n_modes; ++k) {
      const EigenMode *m = &at.eigen->mode[k];
      if (m->kind == EIGEN_ZERO) continue;
      const EigenMode     *p          = &more.eigen->mode[Find(more.eigen, m->re, m->im)];
      const EigenMode     *q          = &less.eigen->mode[Find(less.eigen, m->re, m->im)];
      const double complex difference = ((p->re - q->re) + I * (p->im - q->im)) / (2.0 * step);
      const PetscReal     *share      = &at.eigen->share[2 * (k * at.eigen->n_states + s)];
      const double complex formula    = -(share[0] + I * share[1]) / (2.0 * h);
      assert_true(cabs(difference) > 1e-6);
      assert_true(cabs(difference - formula) < 1e-5 * cabs(formula) + 1e-9);
    }
    Release(&more);
    Release(&less);
  }
  Release(&at);
  GridDestroy(&grid);
}

/* s(t + h) = a s(t) + b s(t - h) + c for one swing about a mean: least squares over the samples, and from a and b the
   decay and the frequency. */
static void FitSwing(PetscInt n, const PetscReal *s, PetscReal h, PetscReal *re, PetscReal *im)
{
  PetscReal m[3][4] = {{0.0}};
  for (PetscInt k = 1; k + 1 < n; ++k) {
    const PetscReal row[4] = {s[k], s[k - 1], 1e-6, s[k + 1]};
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 4; ++j) m[i][j] += row[i] * row[j];
    }
  }
  for (int i = 0; i < 3; ++i) {
    for (int r = 0; r < 3; ++r) {
      const PetscReal factor = r == i ? 0.0 : m[r][i] / m[i][i];
      for (int j = i; j < 4 && r != i; ++j) m[r][j] -= factor * m[i][j];
    }
  }
  const PetscReal a = m[0][3] / m[0][0], b = m[1][3] / m[1][1];
  *re = 0.5 * log(-b) / h;
  *im = acos(0.5 * a / sqrt(-b)) / h;
}

/* A load that comes and goes leaves the two areas of Kundur's system swinging against each other. */
static void CheckSwing(const char *dyr, PetscBool unstable)
{
  const PetscReal  h = 0.1, from = 12.0;
  PetscReal        s[512], re, im;
  StabilityOptions options;
  StabilityResult  result;
  Stability        stability;
  Trajectory       t;
  Faults           faults;
  StabilityEvent   event[2];
  PetscBool        ok;
  PetscInt         n = 0;
  Grid             grid;
  if (!PairLoad("dynamics/gridpack/raw/kundur-twoarea_v33.raw", dyr, &grid)) skip();
  Analysis a = Analyse(&grid, EIGEN_DENSE, 0.05);
  assert_int_equal(a.eigen->n_unstable, unstable);
  const EigenMode mode = a.eigen->mode[Find(a.eigen, 0.0, 3.5)];
  Ok(FaultsCreate(&faults));
  Ok(EventParse(grid.net, "t=0.1,load=7,p=20,q=0", faults, NULL, 0, "event", &event[0], &ok));
  assert_true(ok);
  Ok(EventParse(grid.net, "t=0.3,load=7,p=-20,q=0", faults, NULL, 0, "event", &event[1], &ok));
  assert_true(ok);
  Ok(FaultsDestroy(&faults));
  StabilityDefaultOptions(&options);
  options.until_s            = 30.0;
  options.output_step_s      = h;
  options.relative_tolerance = options.absolute_tolerance = 1e-9;
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilitySimulate(stability, 2, event, &t, &result));
  assert_true(result.verdict == STABILITY_STABLE);
  assert_int_equal(t->n_machines, 4);
  for (PetscInt k = 0; k < t->n_times && n < 512; ++k) {
    const PetscReal *angle = &t->machine_angle_deg[4 * k];
    if (t->time_s[k] >= from) s[n++] = angle[0] + angle[1] - angle[2] - angle[3];
  }
  FitSwing(n, s, h, &re, &im);
  printf("%s: %.5f %+.5fj, simulated %.5f %+.5fj\n", dyr, mode.re, mode.im, re, im);
  assert_true(PetscAbsReal(im - mode.im) < 2e-3 * mode.im);
  assert_true(PetscAbsReal(re - mode.re) < 2e-3);
  Ok(TrajectoryDestroy(&t));
  Ok(StabilityDestroy(&stability));
  Release(&a);
  GridDestroy(&grid);
}

static void A_small_swing_decays_as_its_mode(void **state)
{
  (void)state;
  CheckSwing("dynamics/gridpack/dyr/kundur-twoarea_esst1a.dyr", PETSC_FALSE);
}

static void A_small_swing_grows_as_its_mode(void **state)
{
  (void)state;
  CheckSwing("dynamics/gridpack/dyr/kundur-twoarea.dyr", PETSC_TRUE);
}

/* Every mode of the search is one of all modes, with its participation; and none that was asked for is missing. */
static void CompareMethods(const char *raw, const char *dyr, PetscReal damping, PetscInt least)
{
  Grid     grid;
  PetscInt inside = 0;
  if (!PairLoad(raw, dyr, &grid)) skip();
  Analysis all = Analyse(&grid, EIGEN_DENSE, damping), near = Analyse(&grid, EIGEN_SPARSE, damping);
  assert_true(all.eigen->complete && near.eigen->covered && !near.eigen->complete);
  assert_true(near.eigen->largest_residual < 1e-10 && all.eigen->largest_residual < 1e-10);
  for (PetscInt k = 0; k < near.eigen->n_modes; ++k) {
    const EigenMode *m = &near.eigen->mode[k];
    const PetscInt   f = Find(all.eigen, m->re, m->im);
    const EigenMode *d = &all.eigen->mode[f];
    assert_true(hypot(m->re - d->re, m->im - d->im) < 1e-6);
    if (m->kind != EIGEN_OSCILLATING) continue; /* real ones may be many times the same */
    for (PetscInt i = 0; i < 3; ++i)
      assert_true(PetscAbsReal(m->participant[i].factor - EigenParticipation(all.eigen, f, m->participant[i].state)) <
                  1e-6);
  }
  CheckParticipation(near.eigen);
  for (PetscInt k = 0; k < all.eigen->n_modes; ++k) {
    const EigenMode *d = &all.eigen->mode[k];
    if (d->kind != EIGEN_OSCILLATING || !(d->damping < damping)) continue;
    if (d->frequency_hz < near.eigen->low_hz || d->frequency_hz > near.eigen->high_hz) continue;
    const EigenMode *m = &near.eigen->mode[Find(near.eigen, d->re, d->im)];
    assert_true(hypot(m->re - d->re, m->im - d->im) < 1e-6);
    ++inside;
  }
  printf("%s: %lld states, %lld modes found by %lld shifts, %lld of them asked for\n", raw,
         (long long)near.eigen->n_states, (long long)near.eigen->n_modes, (long long)near.eigen->n_shifts,
         (long long)inside);
  assert_true(inside >= least);
  Release(&all);
  Release(&near);
  GridDestroy(&grid);
}

static void The_search_finds_what_all_modes_have(void **state)
{
  (void)state;
  CompareMethods("dynamics/gridpack/raw/TAMU_500_rmsmallgen_v23.raw", "dynamics/gridpack/dyr/tamu_500bus_detail.dyr",
                 0.2, 10);
  CompareMethods("dynamics/gridpack/ieee39/IEEE39bus_multiloads_xfmr4_smallX_slackmvachange_v33_single.raw",
                 "dynamics/gridpack/ieee39/IEEE39bus_exdc1_gridpack.dyr", 0.1, 8);
  CompareMethods("dynamics/griddyn/powerflowWECC.raw", "dynamics/griddyn/dynamicsWECC.dyr", 0.2, 10);
}

/* A search that may use few shifts says how far it came. */
static void A_search_cut_short_says_so(void **state)
{
  Grid         grid;
  Equations    eq;
  Eigen        e;
  EigenOptions options;
  char         text[400];
  (void)state;
  if (!PairLoad("dynamics/gridpack/raw/TAMU_500_rmsmallgen_v23.raw", "dynamics/gridpack/dyr/tamu_500bus_detail.dyr",
                &grid))
    skip();
  EigenDefaultOptions(&options);
  options.method      = EIGEN_SPARSE;
  options.most_shifts = 2;
  options.nearest     = 20;
  Ok(EquationsCreate(grid.net, grid.point, grid.table, 60.0, &eq));
  Ok(EigenCreate(eq, &options, &e));
  assert_true(!e->covered && !e->complete && e->high_hz < 3.0);
  assert_non_null(strstr(EigenVerdict(e, text, sizeof text), "among the modes found from 0.1 to"));
  Ok(EigenDestroy(&e));
  Ok(EquationsDestroy(&eq));
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(Wscc9_has_its_published_modes),
      cmocka_unit_test(New_England_39_has_its_published_modes),
      cmocka_unit_test(One_machine_at_an_infinite_bus_has_its_closed_form),
      cmocka_unit_test(Alike_machines_take_part_alike),
      cmocka_unit_test(Shares_are_sensitivities),
      cmocka_unit_test(A_small_swing_decays_as_its_mode),
      cmocka_unit_test(A_small_swing_grows_as_its_mode),
      cmocka_unit_test(The_search_finds_what_all_modes_have),
      cmocka_unit_test(A_search_cut_short_says_so),
  };
  return RunTests(argc, argv, tests);
}
