/* Exciters: equilibrium and Jacobians in every mode, time constants and gains of zero, limits reached and left, and
   trajectories against an independent integration of the block diagrams. */
#include "tests/dynamics/station.h"

#include "dynamics/exciter.h"

#define EFD0 1.9
#define V0 1.03
static const StationSite site = {.v = V0, .angle = 0.4, .given = {{SIGNAL_EFD, EFD0}, {SIGNAL_IFD, 1.9}}};

/* Per model a record with everything in use, and its Efd from Efd = I_FD = 1.9, V = 1.03:
     step  reference + 0.02, at 0.1, 0.3, 1 and 4 s
     dip   V = 0.6 for 0.2 s, at 0.1, 0.2 (still low), 0.25, 0.4, 0.7, 1.2 and 3 s
     rise  V = 1.4 for 0.5 s, at 0.2, 0.5 (still high), 0.6, 0.8, 1.5 and 3 s
   with constant field current. The numbers are from a program in Python that shares nothing with this one: explicit
   right-hand sides of the block diagrams, states held at their limits, integrated by scipy's LSODA at a relative
   tolerance of 1e-11 (step) and by a Runge-Kutta method of fourth order with steps of 50 microseconds (dip, rise). */
typedef struct {
  StationPart part;
  PetscReal   step[4], dip[7], rise[6];
} Case;
static const Case cases[] = {
    {PART("IEEET1", 0.02, 50, 0.05, 3.5, -3.5, -0.05, 0.6, 0.08, 1, 0, 2.8, 0.08, 3.7, 0.33),
     {1.986449, 2.145044, 2.308192, 2.859996},
     {2.41142, 2.987579, 3.213568, 2.658636, 2.213017, 2.220102, 2.224525},
     {0.8459029, -0.9047414, -0.8194992, 0.3216292, 0.804601, 0.7863333}},
    {PART("EXDC1", 0.015, 60, 0.02, 0.5, 0.1, 4.5, -2.5, 1, 0.87, 0.1, 1, 0, 3.4, 1.07, 4.6, 1.2),
     {1.9257, 1.995603, 2.107268, 2.269701},
     {1.973379, 2.036694, 2.063218, 2.126403, 2.201708, 2.162771, 2.005372},
     {0.9478586, -0.228626, -0.4087157, 0.01428122, 1.278448, 1.375621}},
    {PART("ESDC1A", 0, 40, 0.1, 0, 0, 2.5, -6, 0.1, 0.5, 0.05, 0.7, 0, 3.7, 0.33, 2.8, 0.08),
     {1.95598, 2.136476, 2.360525, 2.93511},
     {2.324904, 2.755283, 2.85663, 2.576665, 2.181677, 2.206759, 2.183175},
     {0, 0, 0, 0.4600711, 0.8015305, 0.8647707}},
    {PART("EXDC2", 0.02, 50, 0.02, 0.02, 0, 3, -3, 0, 0.642, 0.103, 0.994, 0, 2.595, 0.045, 3.46, 0.356),
     {1.985397, 2.096313, 2.211182, 2.628201},
     {2.100189, 2.325837, 2.532002, 2.259025, 2.04304, 2.041705, 2.035082},
     {0.68662, -1.254178, -1.071198, -0.08045701, 0.6980241, 0.7450214}},
    {PART("ESDC2A", 0, 100, 0.05, 0, 0, 6, -6, 1, 0.4, 0.05, 1.2, 0, 3, 0.05, 4, 0.4),
     {2.123858, 2.332397, 2.47825, 2.963317},
     {2.272717, 2.566311, 2.502076, 1.999312, 1.981972, 1.975279, 1.957228},
     {0, 0, 0.4895892, 1.390233, 1.388192, 1.492725}},
    {PART("IEEET2", 0.02, 60, 0.03, 3.5, -3.5, 0.2, 0.55, 0.06, 0.3, 0.6, 2.85, 0.1, 3.8, 0.4),
     {2.004855, 2.09317, 2.429858, 3.096927},
     {2.404721, 2.91328, 3.035101, 2.460137, 2.550196, 2.592691, 2.533784},
     {0.6156465, -1.256625, -0.9621535, -0.8527204, -1.393679, -1.690825}},
    {PART("IEEEX2", 0.01, 80, 0.05, 0.4, 0.1, 4, -3, 1, 0.6, 0.05, 0.8, 0.4, 2.85, 0.3, 3.8, 0.6),
     {1.942159, 2.070637, 2.189113, 2.475554},
     {2.158626, 2.390224, 2.482907, 2.687337, 2.611004, 2.169582, 2.148809},
     {0.6833442, -0.7659388, -1.101435, -0.7859747, 0.5023908, 0.8781374}},
    {PART("EXST1", 0.02, 0.2, -0.2, 1, 5, 80, 0.05, 6, -3, 0.2, 0.02, 0.8),
     {2.127873, 2.182297, 2.316684, 2.751709},
     {3.22, 3.22, 3.984394, 2.45888, 2.403835, 2.365228, 2.251982},
     {-2.003898, -2.889474, -0.1214947, 0.3993275, 0.5592231, 0.8372001}},
    {PART("ESST1A", 1, 1, 0.02, 0.3, -0.3, 0.5, 2, 0.1, 0.3, 180, 0.03, 6, -5, 5.5, -4.5, 0.1, 0.004, 1, 0.9, 1.5),
     {2.326021, 2.663637, 3.381265, 4.746418},
     {3.11, 3.11, 5.475, 5.475, 5.45844, 4.371238, 3.07965},
     {-5.36, -5.36, -4.635, -4.635, -4.098539, -1.296261}},
    {PART("ESAC1A", 0.02, 0.5, 0.2, 100, 0.02, 14.5, -14.5, 0.8, 0.03, 1, 0.2, 0.38, 1, 4.18, 0.1, 3.14, 0.03, 6.03,
          -5.43),
     {1.981937, 2.17056, 2.520854, 3.05669},
     {2.240222, 2.572453, 2.722003, 3.10999, 3.310103, 2.725945, 2.349199},
     {0.1308396, 0, 0, 0, 0.168842, 0.980619}},
    {PART("EXAC1", 0.02, 0, 0, 200, 0.05, 6, -5, 0.6, 0.04, 1.1, 0.3, 0.4, 1, 4, 0.35, 3, 0.08),
     {2.197796, 2.378516, 2.536447, 3.026826},
     {2.33347, 2.704523, 2.852565, 2.111834, 2.082191, 2.068239, 2.041036},
     {0, 0, 0, 1.115929, 1.17465, 1.278819}},
    {PART("SEXS", 0.1, 10, 100, 0.05, -3, 4),
     {2.083112, 2.143947, 2.263108, 2.687361},
     {4, 4, 3.155541, 2.679269, 2.632661, 2.596872, 2.482076},
     {-2.230658, -3, -0.1582262, 0.3079181, 0.4231051, 0.6288248}},
};
#define N_CASES ((int)PETSC_STATIC_ARRAY_LENGTH(cases))

/* Unlimited, and every limit of the model's modes by itself and together with others. The second one is the lower limit
   of the exciter's voltage, which not all have. */
static void CheckModes(Station *s, const char *name)
{
  static const char *const floored[] = {"ESDC1A", "ESDC2A", "ESAC1A", "EXAC1"};
  PetscInt                 mode[2] = {0}, lowest = LIMIT_FREE;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(floored); ++k) {
    if (!strcmp(name, floored[k])) lowest = LIMIT_MIN;
  }
  assert_true(StationFind(s, name)->model->n_modes <= 2);
  /* EXST1's regulator has no limits */
  const PetscInt side = strcmp(name, "EXST1") ? LIMIT_MAX : LIMIT_FREE;
  for (mode[0] = -side; mode[0] <= side; ++mode[0]) {
    for (mode[1] = lowest; mode[1] <= LIMIT_FREE; ++mode[1]) StationCheckJacobianMode(s, name, mode);
  }
}

static void StartsInEquilibriumWithTheRightJacobianInEveryMode(void **state)
{
  Station s;
  (void)state;
  for (int c = 0; c < N_CASES; ++c) {
    const PetscReal efds[] = {0.4, 1.2, EFD0, 2.9}, vs[] = {0.0, 0.02};
    for (int k = 0; k < 8; ++k) {
      StationSite at    = site;
      at.v              = 0.95 + 0.01 * k;
      at.given[0].value = at.given[1].value = efds[k % 4];
      at.given[2].signal = SIGNAL_VS, at.given[2].value = vs[k / 4];
      StationCheck(&s, &at, &cases[c].part, 1);
      assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - efds[k % 4]) < 1e-12);
      CheckModes(&s, cases[c].part.model);
    }
  }
}

static void Compare(Station *s, const char *model, const char *what, PetscReal t, PetscReal wanted, PetscReal tolerance)
{
  const PetscReal efd = StationSignal(s, SIGNAL_EFD);
  if (!(fabs(efd - wanted) < tolerance))
    fail_msg("%s, %s: Efd is %.8g at %g s, %.8g expected", model, what, efd, t, wanted);
}

static void StepsLikeItsBlockDiagram(void **state)
{
  static const PetscReal times[] = {0.1, 0.3, 1.0, 4.0};
  Station                s;
  (void)state;
  for (int c = 0; c < N_CASES; ++c) {
    const char *model = cases[c].part.model;
    StationSetUp(&s, &site, &cases[c].part, 1);
    *StationReference(&s, model, "vref") += 0.02;
    for (int k = 0; k < 4; ++k) {
      StationRun(&s, times[k], k < 2 ? 2e-4 : 1e-3, NULL, NULL, NULL);
      Compare(&s, model, "step", times[k], cases[c].step[k], 3e-5);
    }
  }
}

/* V0, but `level` until `end`. */
typedef struct {
  PetscReal level, end;
} Sag;

static void DriveSag(Station *s, PetscReal t, void *context)
{
  const Sag *sag = context;
  StationSetVoltage(s, t < sag->end ? sag->level : V0, 0.4);
}

static void Sags(const char *what, Sag sag, const PetscReal *times, int n_times, size_t values)
{
  Station s;
  for (int c = 0; c < N_CASES; ++c) {
    const PetscReal *wanted = (const PetscReal *)((const char *)&cases[c] + values);
    StationSetUp(&s, &site, &cases[c].part, 1);
    for (int k = 0; k < n_times; ++k) {
      StationRun(&s, times[k], 5e-4, DriveSag, NULL, &sag);
      Compare(&s, cases[c].part.model, what, times[k], wanted[k], 1e-4);
    }
  }
}

static void DipsIntoItsLimitsAndOutAgain(void **state)
{
  static const PetscReal times[] = {0.1, 0.2, 0.25, 0.4, 0.7, 1.2, 3.0};
  (void)state;
  Sags("dip", (Sag){0.6, 0.2}, times, 7, offsetof(Case, dip));
}

static void RisesIntoItsLimitsAndOutAgain(void **state)
{
  static const PetscReal times[] = {0.2, 0.5, 0.6, 0.8, 1.5, 3.0};
  (void)state;
  Sags("rise", (Sag){1.4, 0.5}, times, 6, offsetof(Case, rise));
}

/* Each time constant by itself and all of them zero: still an equilibrium, still the right Jacobian, and where the model
   has a steady state it is the same as with them. */
static void TimeConstantsMayBeZero(void **state)
{
  Station s;
  (void)state;
  for (int c = 0; c < N_CASES; ++c) {
    const DeviceModel *model = DeviceModelFind(cases[c].part.model);
    StationPart        all   = cases[c].part;
    for (PetscInt k = 0; k < model->n_parameters; ++k) {
      const char *name = model->parameter[k].name;
      StationPart part = cases[c].part;
      /* a negative KE needs TE; the rate feedback goes with TF */
      if (!strcmp(name, "KE")) part.parameter[k] = all.parameter[k] = 1.0;
      if (name[0] != 'T') continue;
      part.parameter[k] = 0.0;
      if (!strcmp(name, "TE") && DeviceModelParameter(model, "KE") >= 0)
        part.parameter[DeviceModelParameter(model, "KE")] = 1.0;
      all.parameter[k] = 0.0;
      StationCheck(&s, &site, &part, 1);
      CheckModes(&s, part.model);
      *StationReference(&s, part.model, "vref") += 0.01;
      StationRun(&s, 0.5, 0.01, NULL, NULL, NULL);
    }
    if (DeviceModelParameter(model, "KE") >= 0) all.parameter[DeviceModelParameter(model, "KE")] = 1.0;
    StationCheck(&s, &site, &all, 1);
  }
}

/* Without time constants and rate feedback the exciters are static: the gain is that of the diagram. */
static void WithoutTimeConstantsTheGainIsStatic(void **state)
{
  Station           s;
  const StationPart dc = PART("EXDC1", 0, 20, 0, 0, 0, 9, -9, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const StationPart st = PART("ESST1A", 1, 1, 0, 1, -1, 0, 0, 0, 0, 20, 0, 9, -9, 9, -9, 0, 0, 0, 0, 0);
  const StationPart ac = PART("ESAC1A", 0, 0, 0, 20, 0, 9, -9, 0, 0, 0, 0, 0.25, 0.5, 0, 0, 0, 0, 9, -9);
  (void)state;
  StationSetUp(&s, &site, &dc, 1);
  StationSetSignal(&s, SIGNAL_VS, 0.03);
  StationRestart(&s);
  assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - (EFD0 + 20 * 0.03)) < 1e-10);
  StationSetUp(&s, &site, &st, 1);
  StationSetSignal(&s, SIGNAL_VS, 0.03);
  StationRestart(&s);
  assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - (EFD0 + 20 * 0.03)) < 1e-10);
  StationSetUp(&s, &site, &ac, 1);
  StationSetSignal(&s, SIGNAL_VS, 0.03);
  StationRestart(&s);
  assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - (EFD0 + 20 * 0.03 / 0.5)) < 1e-10);
}

/* PSS/E's automatic values: with KE = 0 a tenth of VRMAX holds the initial field voltage; with VRMAX = 0 the limits are
   (KE + S(E2)) E2, KE not below zero. */
static void ZerosOfKeAndVrmaxStandForComputedValues(void **state)
{
  Station           s;
  const StationPart self    = PART("IEEET1", 0, 50, 0.06, 2.4, -2, 0, 0.5, 0.05, 1, 0, 2.6, 0.04, 3.5, 0.5);
  const StationPart both    = PART("EXDC2", 0, 50, 0.06, 0, 0, 0, 99, 0, 0.5, 0.05, 1, 0, 2.6, 0.04, 3.5, 0.5);
  const StationPart ceiling = PART("EXDC1", 0, 500, 0.01, 0, 0, 0, 99, 0.2, 0.05, 0, 1, 0, 3.5, 0.5, 2.6, 0.04);
  (void)state;
  StationCheck(&s, &site, &self, 1);
  assert_true(fabs(StationUnknown(&s, "IEEET1", "VR") - 0.24) < 1e-12);
  StationCheck(&s, &site, &both, 1);
  assert_true(fabs(StationUnknown(&s, "EXDC2", "VR") - 0.1 * 0.5 * 3.5) < 1e-12);
  /* the points in either order; for ever too low a voltage lifts Efd to the point (E2, SE2) given last */
  StationCheck(&s, &site, &ceiling, 1);
  StationSetVoltage(&s, 0.5, 0.0);
  StationRun(&s, 40.0, 0.01, NULL, NULL, NULL);
  assert_true(fabs(StationUnknown(&s, "EXDC1", "VR") - (0.2 + 0.04) * 2.6) < 1e-6);
  assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - 2.6) < 1e-6);
}

/* S(E1) = SE1 and S(E2) = SE2: VR holds (KE + S(E)) E at both. */
static void SaturationPassesThroughItsPoints(void **state)
{
  static const char *const models[] = {"IEEET1", "EXDC1"};
  (void)state;
  for (int k = 0; k < 4; ++k) {
    const StationPart part[] = {PART("IEEET1", 0, 50, 0.06, 9, -9, 0.3, 0.5, 0.05, 1, 0, 2.6, 0.04, 3.5, 0.5),
                                PART("EXDC1", 0, 50, 0.06, 0, 0, 9, -9, 0.3, 0.5, 0.05, 1, 0, 2.6, 0.04, 3.5, 0.5)};
    const PetscReal   e = k < 2 ? 2.6 : 3.5, se = k < 2 ? 0.04 : 0.5;
    StationSite       at = site;
    Station           s;
    at.given[0].value = e;
    StationSetUp(&s, &at, &part[k % 2], 1);
    assert_true(fabs(StationUnknown(&s, models[k % 2], "VR") - (0.3 + se) * e) < 1e-12);
  }
}

/* The rectifier's three pieces at points of each, their joints, their slopes and the way back. */
static void RectifierHasThreeModes(void **state)
{
  PetscReal by_ve, by_drop, more, less, a, b;
  (void)state;
  assert_true(fabs(Rectifier(2.0, 2.0 * 0.3, &a, &b) / 2.0 - (1.0 - 0.577 * 0.3)) < 2e-4);
  assert_true(fabs(Rectifier(2.0, 2.0 * 0.6, &a, &b) / 2.0 - sqrt(0.75 - 0.36)) < 1e-12);
  assert_true(fabs(Rectifier(2.0, 2.0 * 0.9, &a, &b) / 2.0 - 1.732 * 0.1) < 1e-5);
  assert_true(Rectifier(2.0, 2.1, &a, &b) == 0.0 && Rectifier(2.0, -0.1, &a, &b) == 2.0);
  assert_true(Rectifier(0.0, 0.1, &a, &b) == 0.0 && Rectifier(0.0, 0.0, &a, &b) == 0.0);
  for (PetscReal i_n = 0.005; i_n < 0.999; i_n += 0.01) {
    const PetscReal ve = 1.7, drop = i_n * ve, h = 1e-5, out = Rectifier(ve, drop, &by_ve, &by_drop);
    more = Rectifier(ve, drop + h, &a, &b), less = Rectifier(ve, drop - h, &a, &b);
    assert_true(fabs((more - less) / (2 * h) - by_drop) < 1e-4);
    more = Rectifier(ve + h, drop, &a, &b), less = Rectifier(ve - h, drop, &a, &b);
    assert_true(fabs((more - less) / (2 * h) - by_ve) < 1e-4);
    assert_true(fabs(RectifierInverse(out, drop) - ve) < 1e-12);
  }
}

/* In each mode of its rectifier an alternator exciter starts, and with the Jacobian it should have. */
static void AlternatorExcitersStartInEachModeOfTheirRectifier(void **state)
{
  static const PetscReal kcs[] = {0.0, 0.2, 0.9, 3.0};
  (void)state;
  for (int k = 0; k < 4; ++k) {
    const StationPart part =
        PART("EXAC1", 0.02, 1, 0.2, 200, 0.05, 60, -5, 0.6, 0.04, 1.1, kcs[k], 0.4, 1, 4, 0.35, 3, 0.08);
    Station s;
    StationCheck(&s, &site, &part, 1);
    CheckModes(&s, "EXAC1");
    const PetscReal i_n = kcs[k] * 1.9 / StationUnknown(&s, "EXAC1", "VE");
    assert_true(k == 0   ? i_n == 0.0
                : k == 1 ? i_n > 0.1 && i_n < 0.43
                : k == 2 ? i_n > 0.44 && i_n < 0.75
                         : i_n > 0.75 && i_n < 1.0);
  }
}

/* Of the static exciters at a low voltage and at a high one, with the field current's share. */
static void CeilingAndFloorFollowVoltageAndFieldCurrent(void **state)
{
  const StationPart st1a = PART("ESST1A", 1, 1, 0, 9, -9, 0, 0, 0, 0, 400, 0.01, 99, -99, 6, -5, 0.15, 0, 1, 0, 0);
  const StationPart st1  = PART("EXST1", 0, 9, -9, 0, 0, 400, 0.01, 6, -5, 0.15, 0, 1);
  Station           s;
  (void)state;
  for (int k = 0; k < 2; ++k) {
    StationSetUp(&s, &site, k ? &st1 : &st1a, 1);
    StationSetVoltage(&s, 0.7, 0.1);
    StationSetSignal(&s, SIGNAL_IFD, 3.0);
    StationRun(&s, 0.2, 0.001, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - (0.7 * 6 - 0.15 * 3.0)) < 1e-9);
    StationCheckJacobians(&s);
    StationSetVoltage(&s, 1.3, 0.1);
    StationRun(&s, 0.6, 0.001, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - (1.3 * -5 - k * 0.15 * 3.0)) < 1e-9);
    StationCheckJacobians(&s);
    StationSetVoltage(&s, 0.0, 0.0);
    StationRun(&s, 1.2, 0.001, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_EFD) + 0.15 * 3.0) < 1e-9);
  }
}

/* VOS = 2 adds the stabiliser behind the regulator, and the field current limiter takes KLR (IFD - ILR) off, but never
   adds. */
static void StabiliserAndCurrentLimiterActBehindTheRegulator(void **state)
{
  const StationPart part = PART("ESST1A", 1, 2, 0, 9, -9, 0, 0, 0, 0, 100, 0, 9, -9, 9, -9, 0, 0, 1, 4, 2.0);
  StationSite       at   = site;
  Station           s;
  (void)state;
  at.given[2].signal = SIGNAL_VS, at.given[2].value = 0.1;
  StationCheck(&s, &at, &part, 1);
  assert_true(fabs(StationUnknown(&s, "ESST1A", "VA") - (EFD0 - 0.1)) < 1e-12);
  StationSetSignal(&s, SIGNAL_VS, 0.25);
  StationRestart(&s);
  assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - (EFD0 + 0.15)) < 1e-10);
  StationSetSignal(&s, SIGNAL_IFD, 2.05);
  StationRestart(&s);
  assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - (EFD0 + 0.15 - 4 * 0.05)) < 1e-10);
  StationCheckJacobians(&s);
  /* limiting at the start: the regulator makes up for it */
  at.given[1].value = 2.5;
  StationCheck(&s, &at, &part, 1);
  assert_true(fabs(StationUnknown(&s, "ESST1A", "VA") - (EFD0 - 0.1 + 4 * 0.5)) < 1e-12);
}

/* EXDC2's regulator is cut by its limits at once when the voltage falls, EXDC1's is not. */
static void RegulatorLimitsInProportionToTheVoltageActAtOnce(void **state)
{
  const StationPart dc1 = PART("EXDC1", 0, 40, 0.5, 0, 0, 2, -2, 1, 0.5, 0, 1, 0, 0, 0, 0, 0);
  const StationPart dc2 = PART("EXDC2", 0, 40, 0.5, 0, 0, 2, -2, 1, 0.5, 0, 1, 0, 0, 0, 0, 0);
  Station           s;
  (void)state;
  for (int k = 0; k < 2; ++k) {
    StationSetUp(&s, &site, k ? &dc2 : &dc1, 1);
    StationSetVoltage(&s, 0.4, 0.0);
    StationRestart(&s);
    const StationMember *m    = StationFind(&s, k ? "EXDC2" : "EXDC1");
    const PetscReal      rate = s.xp[m->first + 3], vr = k ? 0.8 : EFD0;
    assert_string_equal(m->model->unknown[3].name, "Efd");
    assert_true(fabs(rate - (vr - EFD0) / 0.5) < 1e-9);
    StationRun(&s, 10.0, 0.01, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - (k ? 0.8 : 2.0)) < 1e-6);
  }
}

/* ESDC1A's and ESAC1A's field voltages do not turn negative, EXDC1's does. */
static void FieldVoltageStopsAtZeroWhereItsBridgeStops(void **state)
{
  const StationPart parts[] = {
      PART("ESDC1A", 0, 40, 0.05, 0, 0, 5, -5, 1, 0.3, 0.02, 1, 0, 3, 0.1, 4, 0.4),
      PART("ESDC2A", 0, 40, 0.05, 0, 0, 5, -5, 1, 0.3, 0.02, 1, 0, 3, 0.1, 4, 0.4),
      PART("ESAC1A", 0, 0, 0, 40, 0.05, 9, -9, 0.3, 0.02, 1, 0.1, 0.3, 1, 4, 0.4, 3, 0.1, 6, -5),
      PART("EXDC1", 0, 40, 0.05, 0, 0, 5, -5, 1, 0.3, 0.02, 1, 0, 3, 0.1, 4, 0.4),
  };
  Station s;
  (void)state;
  for (int k = 0; k < 4; ++k) {
    StationSetUp(&s, &site, &parts[k], 1);
    StationSetVoltage(&s, 1.5, 0.0);
    StationRun(&s, 2.0, 0.01, NULL, NULL, NULL);
    const PetscReal efd = StationSignal(&s, SIGNAL_EFD);
    assert_true(k < 3 ? fabs(efd) < 1e-6 && StationMode(&s, parts[k].model, 1) == LIMIT_MIN : efd < -4.0);
    StationSetVoltage(&s, V0, 0.0);
    StationRun(&s, 30.0, 0.01, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - EFD0) < 1e-5);
    assert_int_equal(StationMode(&s, parts[k].model, 1), LIMIT_FREE);
  }
}

/* Initial values outside the limits: a warning that names both, the limits give way, and it stays there. */
static void LimitsGiveWayToTheStartWithAWarning(void **state)
{
  static const struct {
    StationPart part;
    const char *text;
  } tries[] = {
      {PART("SEXS", 0.1, 10, 100, 0.05, -1, 1.5), "Efd 1.9 is outside"},
      {PART("IEEET1", 0, 50, 0.06, 1.5, -2, 1, 0.5, 0.05, 1, 0, 2.6, 0.04, 3.5, 0.5), "VR 1.9 is outside -2 to 1.5"},
      {PART("EXDC2", 0, 50, 0.06, 0, 0, 1.5, -2, 1, 0.5, 0.05, 1, 0, 0, 0, 0, 0), "VR/VT 1.845 is outside -2 to 1.5"},
      {PART("ESST1A", 1, 1, 0, 0.01, -9, 0, 0, 0, 0, 100, 0.01, 1.2, -9, 1.1, -9, 0, 0, 1, 0, 0),
       "voltage error 0.019"},
      {PART("ESST1A", 1, 1, 0, 0.01, -9, 0, 0, 0, 0, 100, 0.01, 1.2, -9, 1.1, -9, 0, 0, 1, 0, 0), "VA 1.9 is outside"},
      {PART("EXST1", 0, 9, -9, 0, 0, 100, 0.01, 1.9, -9, 0.2, 0, 1), "Efd 1.9 is outside -9.65 to 1.577"},
      {PART("ESAC1A", 0, 0, 0, 40, 0.05, 9, -9, 0.3, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1.1, -5), "VR 1.9 is outside"},
  };
  Station s;
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(tries); ++k) {
    const char *model = tries[k].part.model;
    StationSetUp(&s, &site, &tries[k].part, 1);
    StationCheckEquilibrium(&s);
    if (!strstr(StationWarning(&s, model), tries[k].text))
      fail_msg("%s: warns \"%s\" instead of \"%s\"", model, StationWarning(&s, model), tries[k].text);
    StationRun(&s, 1.0, 0.01, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_EFD) - EFD0) < 1e-9);
    assert_int_equal(s.changes, 0);
  }
}

static void RefusesTheImpossible(void **state)
{
  static const struct {
    StationPart part;
    PetscBool   error;
    const char *text;
  } tries[] = {
      {PART("IEEET1", 0, 50, 0.06, 1.5, 2, 1, 0.5, 0.05, 1, 0, 2.6, 0.04, 3.5, 0.5), PETSC_TRUE, "VRMIN"},
      {PART("EXDC1", 0, 50, 0.06, 0, 0, 5, -5, 1, 0.5, 0, 1, 0, 2.6, 0.5, 3.5, 0.04), PETSC_TRUE, "saturation"},
      {PART("ESDC1A", 0, 50, 0.06, 0, 0, 0, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 0), PETSC_TRUE, "VRMAX is zero"},
      {PART("ESDC1A", 0, 50, 0.06, 0, 0, 5, -5, -0.1, 0, 0, 1, 0, 0, 0, 0, 0), PETSC_TRUE, "TE is zero"},
      {PART("EXDC2", 0, 50, 0.06, 0, 0, 5, -5, 1, 0.5, 0.1, 0, 0, 0, 0, 0, 0), PETSC_FALSE, "TF is zero"},
      {PART("EXST1", 0, 1, 2, 0, 0, 100, 0.01, 5, -5, 0.2, 0, 1), PETSC_TRUE, "VIMIN"},
      {PART("ESST1A", 1, 0, 0, 1, -1, 0, 0, 0, 0, 100, 0.01, 9, -9, 9, -9, 0, 0, 1, 0, 0), PETSC_FALSE, "VOS"},
      {PART("IEEET2", 0, 50, 0.06, 0, 0, 0, 0.5, 0.05, 1, 1, 0, 0, 0, 0), PETSC_TRUE, "VRMAX is zero"},
      {PART("IEEEX2", 0, 50, 0.06, 0, 0.1, 5, -5, 1, 0.5, 0.05, 1, 1, 0, 0, 0, 0), PETSC_FALSE, "TB is zero"},
      {PART("EXAC1", 0, 0, 0, 40, 0.05, -9, 9, 0.3, 0, 1, 0, 0, 1, 0, 0, 0, 0), PETSC_TRUE, "lower limit"},
  };
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(tries); ++k) {
    const DeviceModel *model = DeviceModelFind(tries[k].part.model);
    PetscBool          error = PETSC_FALSE;
    assert_int_equal(model->n_parameters, tries[k].part.n);
    const char *text = model->check(tries[k].part.parameter, &error);
    if (!text || !strstr(text, tries[k].text)) fail_msg("%s: says \"%s\"", model->name, text ? text : "nothing");
    assert_int_equal(error, tries[k].error);
  }
}

/* No machine with a field; a rectifier cannot give a negative field voltage. */
static void SaysWhyItCannotStart(void **state)
{
  const StationPart dc = PART("ESDC1A", 0, 40, 0.05, 0, 0, 5, -5, 1, 0.3, 0.02, 1, 0, 3, 0.1, 4, 0.4);
  const StationPart ac = PART("EXAC1", 0, 0, 0, 40, 0.05, 9, -9, 0.3, 0, 1, 0.2, 0, 1, 0, 0, 0, 0);
  StationSite       at = {.v = 1.0};
  Station           s;
  char              text[DEVICE_TEXT];
  (void)state;
  assert_false(StationTrySetUp(&s, &at, &dc, 1, text));
  assert_non_null(strstr(text, "no machine"));
  at.given[0].signal = SIGNAL_EFD, at.given[0].value = -0.1;
  at.given[1].signal = SIGNAL_IFD, at.given[1].value = 0.2;
  assert_false(StationTrySetUp(&s, &at, &ac, 1, text));
  assert_non_null(strstr(text, "is not positive"));
}

/* Behind a machine the voltage comes back to where the reference says, and nothing moves before that. */
static void RegulatesAMachineBehindAReactance(void **state)
{
  const StationSite grid = {
      .v = 1.02, .angle = 0.3, .p = 0.7, .q = 0.15, .r_source = 0.003, .x_source = 0.2, .x_grid = 0.3};
  const StationPart machine = PART("GENROU", 6.0, 0.05, 0.5, 0.06, 5.0, 2.0, 1.8, 1.7, 0.3, 0.5, 0.22, 0.12, 0.05, 0.3);
  (void)state;
  for (int c = 0; c < N_CASES; ++c) {
    const StationPart parts[] = {machine, cases[c].part};
    Station           s;
    StationCheck(&s, &grid, parts, 2);
    StationRun(&s, 2.0, 0.02, NULL, NULL, NULL);
    assert_true(fabs(StationSignal(&s, SIGNAL_SPEED)) < 1e-9);
    const PetscReal efd = StationSignal(&s, SIGNAL_EFD);
    *StationReference(&s, cases[c].part.model, "vref") += 0.01;
    StationRun(&s, 4.0, 0.01, NULL, NULL, NULL);
    assert_true(StationSignal(&s, SIGNAL_EFD) > efd + 0.002);
    assert_true(hypot(StationSignal(&s, SIGNAL_V_RE), StationSignal(&s, SIGNAL_V_IM)) > 1.0201);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(StartsInEquilibriumWithTheRightJacobianInEveryMode),
      cmocka_unit_test(StepsLikeItsBlockDiagram),
      cmocka_unit_test(DipsIntoItsLimitsAndOutAgain),
      cmocka_unit_test(RisesIntoItsLimitsAndOutAgain),
      cmocka_unit_test(TimeConstantsMayBeZero),
      cmocka_unit_test(WithoutTimeConstantsTheGainIsStatic),
      cmocka_unit_test(ZerosOfKeAndVrmaxStandForComputedValues),
      cmocka_unit_test(SaturationPassesThroughItsPoints),
      cmocka_unit_test(RectifierHasThreeModes),
      cmocka_unit_test(AlternatorExcitersStartInEachModeOfTheirRectifier),
      cmocka_unit_test(CeilingAndFloorFollowVoltageAndFieldCurrent),
      cmocka_unit_test(StabiliserAndCurrentLimiterActBehindTheRegulator),
      cmocka_unit_test(RegulatorLimitsInProportionToTheVoltageActAtOnce),
      cmocka_unit_test(FieldVoltageStopsAtZeroWhereItsBridgeStops),
      cmocka_unit_test(LimitsGiveWayToTheStartWithAWarning),
      cmocka_unit_test(RefusesTheImpossible),
      cmocka_unit_test(SaysWhyItCannotStart),
      cmocka_unit_test(RegulatesAMachineBehindAReactance),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
