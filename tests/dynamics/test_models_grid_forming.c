/* Grid-forming inverters and the battery behind them: equilibria, Jacobians, and closed forms of droop sharing, power and
   current limits, the virtual machine's swing, and the state of charge. */
#include "tests/dynamics/station.h"

#include <complex.h>

/* Record of GridPACK's GDFORM as in its 2,000-bus case: mq, kpv, kiv, mp, kppmax, kipmax, Pmax, Pmin, Emax, Emin, Tpf, Imax,
   Qmax, Qmin, kpqmax, kiqmax, Tqf, Tvf, Vflag. */
#define GDFORM_PART                                                                                                  \
  PART("GDFORM", 0.017, 0.0, 5.86, 0.05, 0.01, 0.1, 1.0, 0.0, 1.2, 0.0, 0.01, 2.0, 1.0, -1.0, 3.0, 20.0, 0.01, 0.01, \
       1.0)

/* Vflag, QVflag; then the PNNL specification's typical values. */
#define REGFM_PART(vflag, qvflag, t, mp, p_max)                                                                        \
  PART("REGFM_A1", vflag, qvflag, t, t, t, 1.5, 1.3, 0.0, p_max, -0.5, 0.6, -0.6, mp, 0.05, 0.01, 0.1, 3.0, 20.0, 0.2, \
       5.86, 0.0, 0.15)
/* H, D, TD, KF, mq, TE, Emax, Emin, Pmax, Pmin, kppmax, kipmax, Imax, R, X */
#define VSM_PART(d, td, kf, mq, te, p_max) \
  PART("VSM", 3.0, d, td, kf, mq, te, 1.3, 0.2, p_max, -0.5, 0.5, 5.0, 1.5, 0.005, 0.2)

static const StationSite at_grid = {
    .v = 1.02, .angle = 0.2, .p = 0.6, .q = 0.1, .base_ratio = 1.25, .r_grid = 0.01, .x_grid = 0.2};

static void EquilibriaAndJacobiansInEveryMode(void **state)
{
  (void)state;
  for (int flags = 0; flags < 8; ++flags) {
    const PetscReal   t       = flags & 4 ? 0.0 : 0.02;
    const StationPart parts[] = {REGFM_PART(flags & 1, (flags >> 1) & 1, t, 0.01, 0.9)};
    Station           s;
    StationCheck(&s, &at_grid, parts, 1);
    StationCheckJacobianModes(&s, "REGFM_A1", -1, 1);
    StationRun(&s, 1.0, 0.02, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_SPEED)) < 1e-9);
    assert_int_equal(s.changes, 0);
  }
  for (int flags = 0; flags < 4; ++flags) {
    const StationPart parts[] = {VSM_PART(20.0, flags & 1 ? 0.5 : 0.0, 10.0, 0.05, flags & 2 ? 0.1 : 0.0, 0.9)};
    Station           s;
    StationCheck(&s, &at_grid, parts, 1);
    StationCheckJacobianModes(&s, "VSM", -1, 1);
    StationRun(&s, 1.0, 0.02, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_SPEED)) < 1e-9);
    assert_int_equal(s.changes, 0);
  }
}

static void UnitsAtTheirLimitsStartAndStay(void **state)
{
  (void)state;
  /* dispatched exactly at Pmax; above it; above Emax and Imax */
  const StationPart exact[] = {REGFM_PART(1, 1, 0.02, 0.01, 0.48)}, above[] = {REGFM_PART(1, 1, 0.02, 0.01, 0.3)};
  const StationPart machine[] = {VSM_PART(20.0, 0.0, 10.0, 0.05, 0.1, 0.3)};
  StationSite       far       = at_grid;
  Station           s;
  far.p = 2.0, far.q = 0.6;
  StationSetUp(&s, &at_grid, exact, 1); /* at a kink: no Jacobian to compare, here and below */
  StationCheckEquilibrium(&s);
  assert_string_equal(StationWarning(&s, "REGFM_A1"), "");
  StationRun(&s, 1.0, 0.02, NULL, NULL, NULL);
  assert_int_equal(s.changes, 0);
  StationSetUp(&s, &at_grid, above, 1);
  StationCheckEquilibrium(&s);
  assert_non_null(strstr(StationWarning(&s, "REGFM_A1"), "initial active power 0.48 is outside -0.5 to 0.3"));
  StationRun(&s, 1.0, 0.02, NULL, NULL, NULL);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.48) < 1e-9);
  StationSetUp(&s, &far, above, 1);
  StationCheckEquilibrium(&s);
  StationSetUp(&s, &at_grid, machine, 1);
  StationCheckEquilibrium(&s);
  assert_non_null(strstr(StationWarning(&s, "VSM"), "initial active power"));
}

/* GDFORM's record says the same as REGFM_A1's: their trajectories agree. */
static void GdformIsRegfmInAnotherOrder(void **state)
{
  (void)state;
  const StationPart one[] = {GDFORM_PART};
  const StationPart two[] = {PART("REGFMA1", 1, 1, 0.01, 0.01, 0.01, 2.0, 1.2, 0.0, 1.0, 0.0, 1.0, -1.0, 0.05, 0.017,
                                  0.01, 0.1, 3.0, 20.0, 0.0, 5.86, NAN, NAN)};
  StationSite       site  = at_grid;
  Station           s[2];
  site.r_source = 0.002, site.x_source = 0.12;
  StationCheck(&s[0], &site, one, 1);
  StationCheck(&s[1], &site, two, 1);
  for (int k = 0; k < 2; ++k) {
    StationSetGrid(&s[k], 0.9 * s[k].e_re, 0.9 * s[k].e_im);
    StationRun(&s[k], 0.5, 0.01, NULL, NULL, NULL);
  }
  assert_true(fabs(StationSignal(&s[0], SIGNAL_Q_GEN) - 0.08) > 0.05);
  assert_true(fabs(StationSignal(&s[0], SIGNAL_Q_GEN) - StationSignal(&s[1], SIGNAL_Q_GEN)) < 1e-12);
  assert_true(fabs(StationSignal(&s[0], SIGNAL_ANGLE) - StationSignal(&s[1], SIGNAL_ANGLE)) < 1e-12);
}

/* Two inverters alone with an impedance: after a load step their frequencies agree, so that with dw = -mp dP they share
   the step as 1/mp. */
static void InvertersShareALoadStepAsTheirDroopsSay(void **state)
{
  (void)state;
  const PetscReal   p = 0.4, q = 0.1, v = 1.01, s2 = p * p + q * q;
  const StationSite site    = {.v        = v,
                               .angle    = 0.1,
                               .p        = p,
                               .q        = q,
                               .r_grid   = v * v * p / s2 / 2.0,
                               .x_grid   = v * v * q / s2 / 2.0,
                               .r_source = 0.0,
                               .x_source = 0.15};
  const StationPart parts[] = {REGFM_PART(1, 1, 0.02, 0.02, 0.95), /* the same voltage droop, another frequency droop */
                               PART("GDFORM", 0.05, 0.0, 5.86, 0.05, 0.01, 0.1, 1.0, 0.0, 1.2, 0.0, 0.01, 2.0, 1.0,
                                    -1.0, 3.0, 20.0, 0.01, 0.01, 1.0)};
  Station           s;
  StationSetUp(&s, &site, parts, 2);
  assert_true(fabs(s.e_re) < 1e-12 && fabs(s.e_im) < 1e-12); /* the grid is the load */
  StationRun(&s, 1.0, 0.01, NULL, NULL, NULL);
  assert_true(fabs(StationUnknown(&s, "REGFM_A1", "P") - p) < 1e-9);
  s.site.r_grid *= 0.8, s.site.x_grid *= 0.8;
  StationRun(&s, 10.0, 0.01, NULL, NULL, NULL);
  const PetscReal d1 = StationUnknown(&s, "REGFM_A1", "P") - p, d2 = StationUnknown(&s, "GDFORM", "P") - p;
  const PetscReal w1 = StationUnknown(&s, "REGFM_A1", "speed"), w2 = StationUnknown(&s, "GDFORM", "speed");
  assert_true(d1 + d2 > 0.1);
  assert_true(fabs(d1 / d2 - 0.05 / 0.02) < 1e-6);
  assert_true(fabs(w1 + 0.02 * d1) < 1e-9 && fabs(w1 - w2) < 1e-8);
}

typedef struct {
  PetscReal speed, e, angle; /* of the grid's source: deviation of its frequency, magnitude, angle at the start */
} Grid;

static void TurnGrid(Station *s, PetscReal t, void *context)
{
  const Grid     *g     = context;
  const PetscReal angle = g->angle + 2.0 * PETSC_PI * 60.0 * g->speed * t;
  StationSetGrid(s, g->e * cos(angle), g->e * sin(angle));
}

static Grid GridOf(const Station *s, PetscReal speed)
{
  return (Grid){speed, hypot(s->e_re, s->e_im), atan2(s->e_im, s->e_re)};
}

/* At a grid of lower frequency: P = Pref - dw/mp while that is below Pmax, else Pmax; Q-V: V = Vref + mq (Qref - Q). */
static void DroopAndPowerLimitInTheSteadyState(void **state)
{
  (void)state;
  const StationPart parts[] = {REGFM_PART(1, 1, 0.02, 0.01, 0.9)};
  Station           s;
  StationSetUp(&s, &at_grid, parts, 1);
  const PetscReal v_ref = *StationReference(&s, "REGFM_A1", "vref");
  Grid            g     = GridOf(&s, -0.002);
  StationRun(&s, 8.0, 0.01, TurnGrid, NULL, &g);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - (0.48 + 0.002 / 0.01)) < 1e-7);
  const PetscReal v = hypot(StationSignal(&s, SIGNAL_V_RE), StationSignal(&s, SIGNAL_V_IM));
  assert_true(fabs(v - (v_ref - 0.05 * StationSignal(&s, SIGNAL_Q_GEN))) < 1e-7);
  StationSetUp(&s, &at_grid, parts, 1);
  g = GridOf(&s, -0.008); /* asks for 1.28 */
  StationRun(&s, 8.0, 0.01, TurnGrid, NULL, &g);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.9) < 1e-6);
  assert_int_equal(StationMode(&s, "REGFM_A1", 0), 0);
  StationCheckJacobians(&s);
  s.time = 0.0;
  g      = GridOf(&s, 0.0); /* back: the limiter rests again */
  StationRun(&s, 8.0, 0.01, TurnGrid, NULL, &g);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.48) < 1e-6);
  assert_int_equal(StationMode(&s, "REGFM_A1", 0), 1);
  s.time = 0.0;
  g      = GridOf(&s, 0.015); /* asks for -1.02: held at Pmin */
  StationRun(&s, 8.0, 0.01, TurnGrid, NULL, &g);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) + 0.5) < 1e-6);
}

static void VirtualMachineInTheSteadyState(void **state)
{
  (void)state;
  const StationPart parts[] = {VSM_PART(50.0, 0.5, 100.0, 0.05, 0.1, 0.9)};
  Station           s;
  StationSetUp(&s, &at_grid, parts, 1);
  Grid g = GridOf(&s, -0.002);
  StationRun(&s, 8.0, 0.01, TurnGrid, NULL, &g);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - (0.48 + 100.0 * 0.002)) < 1e-7);
  s.time = 0.0;
  g      = GridOf(&s, -0.008); /* asks for 1.28 */
  StationRun(&s, 8.0, 0.01, TurnGrid, NULL, &g);
  assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.9) < 1e-6);
  assert_int_equal(StationMode(&s, "VSM", 1), 0);
  StationCheckJacobians(&s);
}

static PetscReal Current(Station *s, const char *model)
{
  return hypot(StationUnknown(s, model, "I re"), StationUnknown(s, model, "I im"));
}

/* A bolted fault at the terminal, one through a small impedance, and the way back. */
static void FaultCurrentIsAtItsLimit(void **state)
{
  (void)state;
  const StationPart part[2][1] = {{REGFM_PART(1, 1, 0.02, 0.01, 0.9)}, {VSM_PART(50.0, 0.5, 20.0, 0.05, 0.1, 0.9)}};
  const StationSite stiff      = {.v = 1.02, .angle = 0.2, .p = 0.6, .q = 0.1};
  for (int k = 0; k < 2; ++k) {
    const char *model = part[k][0].model;
    Station     s;
    StationCheck(&s, &stiff, part[k], 1);
    StationSetVoltage(&s, 0.0, 0.0);
    StationRun(&s, 0.1, 0.005, NULL, NULL, NULL);
    assert_true(fabs(Current(&s, model) - 1.5) < 1e-12);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN)) < 1e-12);
    /* the angle is that of the unlimited current, E / jX here but for VSM's resistance */
    const PetscReal lag     = k ? atan2(0.2, 0.005) : PETSC_PI / 2.0;
    const PetscReal i_angle = atan2(StationUnknown(&s, model, "I im"), StationUnknown(&s, model, "I re"));
    assert_true(fabs(remainder(i_angle - StationSignal(&s, SIGNAL_ANGLE) + lag, 2.0 * PETSC_PI)) < 1e-10);
    StationCheckJacobians(&s);
    StationSetVoltage(&s, 0.02, -0.5);
    StationRun(&s, 0.2, 0.005, NULL, NULL, NULL);
    assert_true(fabs(Current(&s, model) - 1.5) < 1e-12);
    StationSetVoltage(&s, 1.02, 0.2);
    StationRun(&s, 20.0, 0.005, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.6) < 1e-5);
    assert_true(Current(&s, model) < 1.0);
    /* in a network: the terminal behind a fault of 0.01 per unit, the inverter its only source */
    StationSetUp(&s, &at_grid, part[k], 1);
    s.site.r_grid = 0.01, s.site.x_grid = 0.0;
    StationSetGrid(&s, 0.0, 0.0);
    StationRun(&s, 0.1, 0.005, NULL, NULL, NULL);
    assert_true(fabs(Current(&s, model) - 1.5) < 1e-10);
    assert_true(fabs(hypot(StationSignal(&s, SIGNAL_V_RE), StationSignal(&s, SIGNAL_V_IM)) - 1.5 * 1.25 * 0.01) <
                1e-10);
  }
}

/* det(J(cj = lambda)) of a part's own unknowns, its inputs held. */
static double complex Determinant(Station *s, double complex lambda)
{
  StationMember     *m = &s->part[0];
  const DeviceModel *d = m->model;
  const PetscInt     n = d->n_unknowns;
  PetscReal      u[DEVICE_MAX_LOCAL], up[DEVICE_MAX_LOCAL] = {0.0}, zero[DEVICE_MAX_ENTRIES], one[DEVICE_MAX_ENTRIES];
  double complex a[32][32], det                            = 1.0;
  StationLocal(s, m, s->x, u);
  d->jacobian(m->data, m->mode, u, up, 0.0, zero);
  d->jacobian(m->data, m->mode, u, up, 1.0, one);
  memset(a, 0, sizeof a);
  for (PetscInt k = 0; k < d->n_entries; ++k) {
    const DeviceEntry e = d->entry[k];
    if (e.row < n && e.column < n) a[e.row][e.column] = zero[k] + lambda * (one[k] - zero[k]);
  }
  for (PetscInt k = 0; k < n; ++k) {
    PetscInt pivot = k;
    for (PetscInt i = k; i < n; ++i)
      if (cabs(a[i][k]) > cabs(a[pivot][k])) pivot = i;
    for (PetscInt j = 0; j < n && pivot != k; ++j) {
      const double complex swap = a[k][j];
      a[k][j] = a[pivot][j], a[pivot][j] = swap;
    }
    if (pivot != k) det = -det;
    det *= a[k][k];
    for (PetscInt i = k + 1; i < n && cabs(a[k][k]) > 0.0; ++i) {
      const double complex factor = a[i][k] / a[k][k];
      for (PetscInt j = k; j < n; ++j) a[i][j] -= factor * a[k][j];
    }
  }
  return det;
}

/* At an infinite bus: 2H s^2 + (D + KF) s + omega_0 K = 0 with K = E V cos(delta)/X. */
static void VirtualMachineSwingsAtItsFrequency(void **state)
{
  (void)state;
  const StationSite site    = {.v = 1.0, .angle = 0.0, .p = 0.7, .q = 0.15, .frequency = 50.0};
  const StationPart parts[] = {
      PART("VSM", 4.0, 12.0, 0.0, 8.0, 0.0, 0.1, 1.5, 0.2, 1.0, -1.0, 0.5, 5.0, 3.0, 0.0, 0.4)};
  Station s;
  StationCheck(&s, &site, parts, 1);
  const PetscReal      delta = StationSignal(&s, SIGNAL_ANGLE), e = StationUnknown(&s, "VSM", "E");
  const PetscReal      k = e * cos(delta) / 0.4, omega0 = 2.0 * PETSC_PI * 50.0, half = 20.0 / 16.0;
  const double complex root = -half + I * sqrt(omega0 * k / 8.0 - half * half);
  assert_true(fabs(e * sin(delta) / 0.4 - 0.7) < 1e-12);
  const double complex slope = (Determinant(&s, root + 1e-4) - Determinant(&s, root - 1e-4)) / 2e-4;
  assert_true(cabs(Determinant(&s, root) / slope) < 1e-8); /* Newton's correction of the eigenvalue, 1/s */
  assert_true(cimag(root) / 2.0 / PETSC_PI > 1.0 && cimag(root) / 2.0 / PETSC_PI < 3.0);
}

static void SetPower(Station *s, PetscReal t, void *context)
{
  (void)context;
  StationSetSignal(s, SIGNAL_P_GEN, t < 100.0 ? 0.8 : t < 300.0 ? -0.5 : 0.0);
}

/* 0.8 for 100 s through an efficiency of 0.9, then -0.5 for 200 s through 0.95, of 2 hours. */
static void ChargeIsTheIntegralOfPower(void **state)
{
  (void)state;
  const StationSite site    = {.given = {{SIGNAL_P_GEN, 0.0}}};
  const StationPart parts[] = {PART("BATTERY", 2.0, 0.6, 0.9, 0.95)};
  Station           s;
  StationSetUp(&s, &site, parts, 1); /* at a kink: losses change with the power's sign */
  StationCheckEquilibrium(&s);
  StationSetSignal(&s, SIGNAL_P_GEN, 0.5);
  StationCheckJacobians(&s);
  StationSetSignal(&s, SIGNAL_P_GEN, -0.5);
  StationCheckJacobians(&s);
  StationRun(&s, 100.0, 1.0, SetPower, NULL, NULL);
  assert_true(fabs(StationSignal(&s, SIGNAL_CHARGE) - (0.6 - 0.8 / 0.9 * 100.0 / 7200.0)) < 1e-10);
  StationRun(&s, 400.0, 1.0, SetPower, NULL, NULL);
  const PetscReal charge = 0.6 - 0.8 / 0.9 * 100.0 / 7200.0 + 0.5 * 0.95 * 200.0 / 7200.0;
  assert_true(fabs(StationSignal(&s, SIGNAL_CHARGE) - charge) < 1e-10);
}

typedef struct {
  PetscReal last_t, last_p, energy; /* per unit and seconds */
} Meter;

static void Integrate(Station *s, PetscReal t, void *context)
{
  Meter          *m = context;
  const PetscReal p = StationSignal(s, SIGNAL_P_GEN);
  if (t > 0.0) m->energy += (p + m->last_p) / 2.0 * (t - m->last_t);
  m->last_t = t, m->last_p = p;
}

/* A battery that runs empty behind a grid-forming inverter takes its power away; one that fills stops charging. */
static void AnEmptyBatteryTakesPmaxAway(void **state)
{
  (void)state;
  for (int k = 0; k < 4; ++k) {
    const PetscBool   full  = (PetscBool)(k >= 2);
    StationSite       site  = at_grid;
    const StationPart droop = REGFM_PART(1, 1, 0.02, 0.01, 0.9), machine = VSM_PART(50.0, 0.5, 20.0, 0.05, 0.1, 0.9);
    const StationPart parts[] = {k % 2 ? machine : droop, PART("BATTERY", 0.005, full ? 0.8 : 0.2, 1.0, 1.0)};
    Station           s;
    Meter             meter = {0.0, 0.0, 0.0};
    if (full) site.p = -0.4, site.q = 0.0;
    StationSetUp(&s, &site, parts, 2);
    StationCheckJacobians(&s);
    const PetscReal start = StationSignal(&s, SIGNAL_CHARGE), p0 = site.p / site.base_ratio;
    StationRun(&s, 3.0, 0.01, NULL, Integrate, &meter);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - p0) < 1e-9);
    assert_true(fabs(start - StationSignal(&s, SIGNAL_CHARGE) - meter.energy / 18.0) < 1e-9);
    StationRun(&s, 60.0, 0.01, NULL, Integrate, &meter);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN)) < 0.1 * fabs(p0));
    assert_true(StationSignal(&s, SIGNAL_CHARGE) > -0.01 && StationSignal(&s, SIGNAL_CHARGE) < 1.01);
    assert_true(fabs(StationSignal(&s, SIGNAL_CHARGE) - (full ? 1.0 : 0.0)) < 0.02);
    StationCheckJacobians(&s);
  }
}

/* A grid-following converter and its control, as published records have them. */
#define REGC_PART PART("REGCA1", 1, 0.02, 10.0, 0.9, 0.4, 1.22, 1.2, 0.9, 0.5, -1.3, 0.02, 0.0, 100.0, -100.0, 0.7)
#define REEC_PART                                                                                                   \
  PART("REECA1", -1, 0, 1, 0, 0, 0, -99, 99, 0.02, 0, 0, 0, 1.1, -1.0, 0, 0, 0, 0, 0.05, 0.44, -0.44, 1.05, 0.9, 0, \
       0.01, 10, 60, 0, 0.02, 99, -99, 1, -1, 1.11, 0.02, -1, 1, 2, 1, 0, 0, 0, 0, -1, 1, 2, 1, 0, 0, 0, 0)

/* P = pref - KF f within limits that an empty, or a full, battery takes away. */
static void AGridFollowingBatteryFollowsItsCharge(void **state)
{
  (void)state;
  for (int full = 0; full < 2; ++full) {
    const StationPart parts[] = {REGC_PART, REEC_PART,
                                 PART("BATTERY_GFL", 0.005, full ? 0.8 : 0.2, 0, 0, 0.7, -0.7, 10.0)};
    StationSite       site    = at_grid;
    Station           s;
    Meter             meter = {0.0, 0.0, 0.0};
    if (full) site.p = -0.5;
    const PetscReal p0 = site.p / site.base_ratio;
    StationSetUp(&s, &site, parts, 3);
    StationCheckJacobians(&s);
    const PetscReal start = StationSignal(&s, SIGNAL_CHARGE);
    StationSetSignal(&s, SIGNAL_FREQUENCY, -0.01);
    StationRun(&s, 2.0, 0.002, NULL, Integrate, &meter);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - (p0 + 0.1)) < 1e-5);
    assert_true(fabs(start - StationSignal(&s, SIGNAL_CHARGE) - meter.energy / 18.0) < 1e-6);
    /* asks for 0.88, beyond Pmax; taking up more than at the start is not for REECA1, whose Ipmin is 0 */
    StationSetSignal(&s, SIGNAL_FREQUENCY, full ? 0.0 : -0.04);
    StationRun(&s, 4.0, 0.002, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - (full ? p0 : 0.7)) < 1e-5);
    StationRun(&s, 20.0, 0.005, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN)) < 1e-3);
    assert_true(fabs(StationSignal(&s, SIGNAL_CHARGE) - full) < 1e-3);
    StationCheckJacobians(&s);
  }
}

/* Gains of zero switch their loops off: a constant voltage at a constant frequency, whatever the power. */
static void GainsOfZeroSwitchLoopsOff(void **state)
{
  (void)state;
  for (int vflag = 0; vflag < 2; ++vflag) {
    const StationPart parts[] = {PART("REGFM_A1", vflag, 1, 0.02, 0.0, 0.02, 0.0, 1.3, 0.0, 0.9, -0.5, 0.6, -0.6, 0.0,
                                      0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.15)};
    Station           s;
    StationCheck(&s, &at_grid, parts, 1);
    StationCheckJacobianModes(&s, "REGFM_A1", -1, 1);
    const PetscReal e = StationUnknown(&s, "REGFM_A1", "E"), angle = StationSignal(&s, SIGNAL_ANGLE);
    StationSetGrid(&s, 0.8 * s.e_re, 0.8 * s.e_im);
    StationRun(&s, 2.0, 0.01, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_Q_GEN) - 0.08) > 0.1);
    assert_true(fabs(StationUnknown(&s, "REGFM_A1", "E") - e) < 1e-12);
    assert_true(fabs(StationSignal(&s, SIGNAL_ANGLE) - angle) < 1e-12);
  }
}

static void BatteriesThatCannotStart(void **state)
{
  (void)state;
  const StationPart empty[]   = {REGFM_PART(1, 1, 0.02, 0.01, 0.9), PART("BATTERY", 4.0, 0.0, 0.0, 0.0)};
  const StationPart alone[]   = {PART("BATTERY", 4.0, 0.5, NAN, NAN)};
  const StationPart bare[]    = {REGC_PART, PART("BATTERY_GFL", 4.0, 0.5, 0, 0, 1.0, -1.0, 0.0)};
  const StationPart nowhere[] = {PART("REGFM_A1", 1, 1, 0.02, 0.02, 0.02, 1.5, 1.3, 0, 1, 0, 1, -1, 0.01, 0.05, 0.01,
                                      0.1, 3.0, 20.0, 0.0, 5.86, NAN, NAN)};
  Station           s;
  char              problem[DEVICE_TEXT];
  StationSetUp(&s, &at_grid, empty, 2);
  assert_non_null(strstr(StationWarning(&s, "BATTERY"), "does not sustain"));
  assert_true(fabs(StationSignal(&s, SIGNAL_CHARGE) - 0.02) < 1e-15);
  assert_false(StationTrySetUp(&s, &at_grid, alone, 1, problem));
  assert_non_null(strstr(problem, "no inverter"));
  assert_false(StationTrySetUp(&s, &at_grid, bare, 2, problem));
  assert_non_null(strstr(problem, "no electrical control"));
  assert_false(StationTrySetUp(&s, &at_grid, nowhere, 1, problem));
  assert_non_null(strstr(problem, "reactance"));
}

static void ImpossibleDataAreRefused(void **state)
{
  (void)state;
  const DeviceModel *regfm = DeviceModelFind("REGFM_A1"), *vsm = DeviceModelFind("vsm"),
                    *gdform = DeviceModelFind("gdform"), *battery = DeviceModelFind("BATTERY");
  StationPart good = REGFM_PART(1, 1, 0.02, 0.01, 0.9), bad = good, machine = VSM_PART(1.0, 0.0, 1.0, 0.0, 0.0, 1.0),
              record = GDFORM_PART;
  PetscBool error;
  assert_null(regfm->check(good.parameter, &error));
  bad.parameter[DeviceModelParameter(regfm, "emin")] = 1.4;
  assert_non_null(regfm->check(bad.parameter, &error));
  assert_true(error);
  bad = good, bad.parameter[DeviceModelParameter(regfm, "mp")] = 3.77;
  assert_non_null(regfm->check(bad.parameter, &error));
  assert_false(error);
  assert_null(gdform->check(record.parameter, &error));
  record.parameter[DeviceModelParameter(gdform, "Pmax")] = -1.0;
  assert_non_null(gdform->check(record.parameter, &error));
  assert_true(error);
  machine.parameter[DeviceModelParameter(vsm, "Pmin")] = 2.0;
  assert_non_null(vsm->check(machine.parameter, &error));
  assert_true(error);
  assert_non_null(battery->check((const PetscReal[]){4.0, 1.5, 1.0, 1.0}, &error));
  assert_true(error);
  assert_non_null(
      DeviceModelFind("BATTERY_GFL")->check((const PetscReal[]){4.0, 0.5, 1.0, 1.0, 1.0, 0.1, 0.0}, &error));
  assert_true(error);
}

/* A power order moves the steady state: at a stiff grid P follows pref, and a plant control's order adds to it. */
static void OrdersMoveThePower(void **state)
{
  (void)state;
  const StationPart part[2][1] = {{REGFM_PART(0, 0, 0.02, 0.01, 0.9)}, {VSM_PART(50.0, 0.5, 20.0, 0.05, 0.1, 0.9)}};
  for (int k = 0; k < 2; ++k) {
    Station s;
    StationSetUp(&s, &at_grid, part[k], 1);
    StationSetReference(&s, part[k][0].model, "pref", 0.7);
    StationRun(&s, 20.0, 0.01, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.7) < 1e-6);
    StationSetSignal(&s, SIGNAL_P_REF, 0.48 - 0.1);
    StationRun(&s, 40.0, 0.01, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_P_GEN) - 0.6) < 1e-6);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EquilibriaAndJacobiansInEveryMode),
      cmocka_unit_test(UnitsAtTheirLimitsStartAndStay),
      cmocka_unit_test(GdformIsRegfmInAnotherOrder),
      cmocka_unit_test(InvertersShareALoadStepAsTheirDroopsSay),
      cmocka_unit_test(DroopAndPowerLimitInTheSteadyState),
      cmocka_unit_test(VirtualMachineInTheSteadyState),
      cmocka_unit_test(FaultCurrentIsAtItsLimit),
      cmocka_unit_test(VirtualMachineSwingsAtItsFrequency),
      cmocka_unit_test(ChargeIsTheIntegralOfPower),
      cmocka_unit_test(AnEmptyBatteryTakesPmaxAway),
      cmocka_unit_test(AGridFollowingBatteryFollowsItsCharge),
      cmocka_unit_test(GainsOfZeroSwitchLoopsOff),
      cmocka_unit_test(BatteriesThatCannotStart),
      cmocka_unit_test(ImpossibleDataAreRefused),
      cmocka_unit_test(OrdersMoveThePower),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
