/* Governors and the stabilisers IEEEST and PSS2A: equilibria, Jacobians in every mode, droop in closed form, trajectories, limits. */
#include "tests/dynamics/station.h"

#include "dynamics/block.h"

#define MACHINE PART("GENROU", 6.0, 0.05, 0.5, 0.06, 5.0, 0.1, 1.8, 1.7, 0.3, 0.5, 0.22, 0.12, 0.05, 0.3)
#define EXCITER PART("SEXS", 0.1, 10, 100, 0.05, -4, 6)

/* Parameters with everything in use, with zero time constants, and as found in common data sets. */
static const StationPart governors[] = {
    PART("TGOV1", 0.05, 0.5, 0.95, 0.1, 2.1, 7, 0.02),
    PART("TGOV1", 0.05, 0, 1.1, 0, 2, 7, 0),
    PART("TGOV1", 0.05, 0.5, 1.1, 0, 0, 0, 0.1),
    PART("IEEEG1", -1, 0, 20, 0.2, 0.5, 0.3, 0.03, -0.06, 1.1, 0.2, 0.3, 0.3, 0, 7, 0.3, 0, 0.5, 0.3, 0, 0.1, 0.1, 0),
    PART("IEEEG1", -1, 0, 20, 0, 0, 0, 0.1, -0.1, 1.1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    PART("IEEEG1", -1, 0, 20, 0, 0, 0.2, 0.1, -0.1, 1.1, 0, 1.6, 1, 0, 100000, 0, 0, 999, 0, 0, 999, 0, 0),
    PART("WSIEG1", -1, 0, 25, 0.1, 0.3, 0.3, 1.5, -3.3, 1.1, 0, 0.3, 0.3, 0, 4, 0.2, 0, 0.3, 0.5, 0, 0.1, 0, 0, 0.0006,
         0.0002, 0.005, 0, 0, 0.3, 0.4, 0.6, 0.75, 0.8, 0.9, 1.1, 1.1, 0),
    PART("WSIEG1", -1, 0, 25, 0, 3.3, 0.3, 0.25, -3.3, 0, 0, 0.086, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.001, 0, 0, 0, 0,
         0.5, 0.7, 1, 1, 0, 0, 0, 0, 3),
    PART("WSIEG1", -1, 0, 25, 0.1, 0.3, 0, 1.5, -3.3, 1.1, 0, 0.3, 0.3, 0, 4, 0.2, 0, 0.3, 0.5, 0, 0.1, 0, 0, 0, 0,
         0.01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    PART("GAST", 0.05, 0.4, 0.1, 3, 0.95, 2, 1, -0.05, 0.1),
    PART("GAST", 0.05, 0, 0, 0, 1.2, 0.5, 1, 0, 0),
    PART("HYGOV", 0.05, 0.3, 5, 0.05, 0.5, 0.2, 1, 0, 1.25, 1.2, 0.2, 0.08),
    PART("HYGOV", 0.05, 0.075, 12, 0, 0, 0.1, 1, 0, 0, 1.5, 0, 0.08),
    PART("IEESGO", 0.1, 0.3, 0.04, 0.3, 7, 0.5, 20, 0.7, 0.4, 1.1, 0.1),
    PART("IEESGO", 0, 0, 0.04, 0.3, 7, 0, 20, 0.7, 0, 1.15, 0),
    PART("IEESGO", 0.2, 0.1, 0, 0, 0, 0, 20, 0.7, 0.3, 1.15, 0),
    PART("IEEEG3", 0.2, 0.05, 0.03, -0.04, 1, 0, 0.04, 0.4, 5, 2, 0.5, 1, 1.5, 1.1),
    PART("IEEEG3", 0.2, 0, 0.15, -0.15, 1, 0, 0.04, 0.4, 0, 0, 0.5, 1, 1.5, 1),
};

static void EveryGovernorStartsAtAnEquilibriumWithExactJacobians(void **state)
{
  const PetscReal power[][2] = {{0.8, 0.2}, {0.3, -0.1}, {0.93, 0.4}};
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(governors); ++k) {
    for (int point = 0; point < 3; ++point) {
      const StationSite site    = {.v          = 1.02,
                                   .angle      = 0.3,
                                   .p          = power[point][0],
                                   .q          = power[point][1],
                                   .base_ratio = 1.1,
                                   .r_source   = 0.003,
                                   .x_source   = 0.22,
                                   .x_grid     = 0.3};
      const StationPart parts[] = {MACHINE, EXCITER, governors[k]};
      Station           s;
      StationCheck(&s, &site, parts, 3);
      StationCheckJacobianModes(&s, governors[k].model, -1, 1);
      assert_int_equal(StationWarning(&s, governors[k].model)[0], 0);
      const PetscReal pm = StationSignal(&s, SIGNAL_PM);
      StationRun(&s, 2.0, 0.02, NULL, NULL, NULL);
      StationNear(StationSignal(&s, SIGNAL_PM), pm, 1e-10);
    }
  }
}

/* The speed steps to one value, and to another at 8 s. */
typedef struct {
  PetscReal first, then;
} Steps;

static void Step(Station *s, PetscReal t, void *context)
{
  const Steps *steps = context;
  StationSetSignal(s, SIGNAL_SPEED, t < 8.0 ? steps->first : steps->then);
}

static void Alone(Station *s, StationPart part, PetscReal pm)
{
  const StationSite site = {.given = {{SIGNAL_PM, pm}, {SIGNAL_SPEED, 0.0}}};
  StationSetUp(s, &site, &part, 1);
}

/* dPm = -dw/R and what damping and gains make of it. */
static void DroopIsAsItsParametersSay(void **state)
{
  const struct {
    StationPart part;
    PetscReal   gain;
  } cases[] = {
      {PART("TGOV1", 0.05, 0.5, 0.95, 0.1, 2.1, 7, 0.02), -1.0 / 0.05 - 0.02},
      {PART("IEEEG1", -1, 0, 20, 0.2, 0.5, 0.3, 0.3, -0.6, 1.1, 0.2, 0.3, 0.3, 0, 7, 0.3, 0, 0.5, 0.3, 0, 0.1, 0.1, 0),
       -20.0},
      /* half of the power on the other shaft: this one's share of the droop */
      {PART("IEEEG1", -1, 0, 20, 0.2, 0.5, 0.3, 0.3, -0.6, 1.9, 0.2, 0.3, 0.2, 0, 7, 0.1, 0.3, 0.5, 0.2, 0.2, 0.1, 0,
            0),
       -10.0},
      /* curve of slope 1.2 about there; the dead band takes 0.0006 off */
      {PART("WSIEG1", -1, 0, 25, 0.1, 0.3, 0.3, 1.5, -3.3, 1.1, 0, 0.3, 1, 0, 4, 0, 0, 0.3, 0, 0, 0.1, 0, 0, 0.0006, 0,
            0, 0, 0, 0.3, 0.4, 0.8, 1.0, 1, 1.1, 0, 0, 0),
       -25.0 * 1.2 * (0.004 - 0.0006) / 0.004},
      {PART("GAST", 0.05, 0.4, 0.1, 3, 1.2, 2, 1, -0.05, 0.1), -20.1},
      {PART("IEESGO", 0.1, 0.3, 0.04, 0.3, 7, 0.5, 20, 0.7, 0.4, 1.1, 0.1), -20.0},
      {PART("IEEEG3", 0.2, 0.05, 0.3, -0.3, 1, 0, 0.04, 0.4, 5, 2, 0.5, 1, 1.5, 1.1), -1.1 / 0.04},
  };
  Steps steps = {0.004, 0.004};
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); ++k) {
    Station s;
    Alone(&s, cases[k].part, 0.7);
    StationRun(&s, 1200.0, 0.2, Step, NULL, &steps);
    StationNear(StationSignal(&s, SIGNAL_PM), 0.7 + cases[k].gain * 0.004, 1e-8);
  }
  /* HYGOV: the gate moves by dw/R, full head, damping by the gate */
  Station         s;
  const PetscReal gate = 0.7 / 1.2 + 0.08 - 0.004 / 0.05;
  Alone(&s, (StationPart)PART("HYGOV", 0.05, 0.3, 5, 0.05, 0.5, 0.2, 1, 0, 1.25, 1.2, 0.2, 0.08), 0.7);
  StationRun(&s, 900.0, 0.2, Step, NULL, &steps);
  StationNear(StationUnknown(&s, "HYGOV", "gate"), gate, 1e-8);
  StationNear(StationSignal(&s, SIGNAL_PM), 1.2 * (gate - 0.08) - 0.2 * gate * 0.004, 1e-8);
}

/* `pref` is the power at nominal speed. Backlash leaves the valve where it stops, within DB2. */
static void PrefIsThePowerAtNominalSpeed(void **state)
{
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(governors); ++k) {
    Station         s;
    const char     *model     = governors[k].model;
    const PetscBool wsieg1    = (PetscBool)!strcmp(model, "WSIEG1");
    const PetscReal tolerance = wsieg1 && governors[k].parameter[24] == 0.005 ? 0.01 : 1e-6;
    if (wsieg1 && governors[k].parameter[35] == 3.0) continue; /* its limits are the initial position */
    Alone(&s, governors[k], 0.7);
    StationNear(*StationReference(&s, model, "pref"), 0.7, 1e-14);
    StationSetReference(&s, model, "pref", 0.62);
    StationRun(&s, 900.0, 0.5, NULL, NULL, NULL);
    StationNear(StationSignal(&s, SIGNAL_PM), 0.62, tolerance);
  }
}

static const PetscReal sample_times[] = {0.5, 2.0, 6.0, 12.0, 20.0};

static void Trajectory(StationPart part, PetscReal pm, const PetscReal expected[5])
{
  Steps   steps = {-0.01, 0.004};
  Station s;
  Alone(&s, part, pm);
  for (int k = 0; k < 5; ++k) {
    StationRun(&s, sample_times[k], 0.005, Step, NULL, &steps);
    StationNear(StationSignal(&s, SIGNAL_PM), expected[k], 2e-5);
    StationCheckJacobians(&s);
  }
  if (DeviceModelFind(part.model)->n_modes > 0) assert_true(s.changes >= 2); /* into a limit and out of it */
}

/* Speed -0.01 from 0 to 8 s, then 0.004: limits of position and velocity are met and left. The expected powers come from
   a Runge-Kutta integration (fourth order, steps of 0.2 ms) of the block diagrams, written in Python apart from this. */
static void StepResponsesAreThoseOfTheBlockDiagrams(void **state)
{
  (void)state;
  Trajectory((StationPart)PART("TGOV1", 0.05, 0.5, 0.85, 0.1, 2.1, 7, 0.02), 0.7,
             (const PetscReal[]){0.741713393, 0.768173586, 0.803878198, 0.698194771, 0.644876281});
  Trajectory((StationPart)PART("IEEEG1", -1, 0, 20, 0.2, 0.5, 0.3, 0.03, -0.06, 0.8, 0.2, 0.3, 0.3, 0, 7, 0.3, 0, 0.5,
                               0.3, 0, 0.1, 0.1, 0),
             0.7, (const PetscReal[]){0.702386368, 0.718425078, 0.758417168, 0.699754335, 0.645421333});
  Trajectory((StationPart)PART("GAST", 0.05, 0.4, 0.1, 3, 0.85, 2, 0.88, -0.05, 0.1), 0.8,
             (const PetscReal[]){0.877958764, 0.880995443, 0.850769572, 0.719607869, 0.719600000});
  Trajectory((StationPart)PART("HYGOV", 0.05, 0.3, 5, 0.05, 0.5, 0.02, 0.69, 0, 1.25, 1.2, 0.2, 0.08), 0.7,
             (const PetscReal[]){0.698854696, 0.707413237, 0.732172139, 0.718716618, 0.695046684});
  Trajectory((StationPart)PART("IEESGO", 0.1, 0.3, 0.04, 0.3, 7, 0.5, 20, 0.7, 0.4, 0.8, 0.1), 0.7,
             (const PetscReal[]){0.726036514, 0.743381735, 0.767992397, 0.680238626, 0.639210806});
  Trajectory((StationPart)PART("IEEEG3", 0.2, 0.05, 0.03, -0.04, 0.665, 0, 0.04, 0.4, 5, 2, 0.5, 1, 1.5, 1.1), 0.7,
             (const PetscReal[]){0.682277835, 0.706183043, 0.730934951, 0.713081886, 0.696417717});
}

static void Deviation(Station *s, PetscReal t, void *context)
{
  (void)t;
  StationSetSignal(s, SIGNAL_SPEED, *(const PetscReal *)context);
}

/* At the limit of its rate the valve moves linearly, stops at PMAX, and comes back as soon as the speed asks for it. */
static void RateAndPositionLimitsHoldAndLetGo(void **state)
{
  PetscReal speed = -0.05;
  Station   s;
  (void)state;
  Alone(&s,
        (StationPart)PART("IEEEG1", -1, 0, 20, 0, 0, 0.2, 0.03, -0.06, 0.8, 0.2, 0.3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        0.7);
  StationRun(&s, 2.0, 0.01, Deviation, NULL, &speed);
  StationNear(StationUnknown(&s, "IEEEG1", "valve"), 0.7 + 2.0 * 0.03, 1e-9);
  assert_int_equal(StationMode(&s, "IEEEG1", 0), LIMIT_FREE);
  StationRun(&s, 5.0, 0.01, Deviation, NULL, &speed);
  StationNear(StationUnknown(&s, "IEEEG1", "valve"), 0.8, 1e-6);
  assert_int_equal(StationMode(&s, "IEEEG1", 0), LIMIT_MAX);
  speed = 0.05;
  StationRun(&s, 7.0, 0.01, Deviation, NULL, &speed);
  StationNear(StationUnknown(&s, "IEEEG1", "valve"), 0.8 - 2.0 * 0.06, 1e-6);
  StationRun(&s, 30.0, 0.01, Deviation, NULL, &speed);
  StationNear(StationUnknown(&s, "IEEEG1", "valve"), 0.2, 1e-6);
  assert_int_equal(StationMode(&s, "IEEEG1", 0), LIMIT_MIN);
}

/* WSIEG1: nothing within DB1; beyond, the input less ERR, at once; back inside, nothing. */
static void DeadBandWithAStepSwitchesAtItsEdges(void **state)
{
  PetscReal speed = 0.0009;
  Station   s;
  (void)state;
  Alone(&s,
        (StationPart)PART("WSIEG1", -1, 0, 25, 0, 0, 0.2, 1, -1, 1, 0, 0.3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.001,
                          0.0004, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        0.7);
  StationRun(&s, 5.0, 0.01, Deviation, NULL, &speed);
  StationNear(StationSignal(&s, SIGNAL_PM), 0.7, 1e-12);
  speed = 0.0012;
  StationRun(&s, 15.0, 0.01, Deviation, NULL, &speed);
  assert_int_equal(StationMode(&s, "WSIEG1", 1), 1);
  StationNear(StationSignal(&s, SIGNAL_PM), 0.7 - 25.0 * (0.0012 - 0.0004), 1e-9);
  speed = -0.002;
  StationRun(&s, 25.0, 0.01, Deviation, NULL, &speed);
  assert_int_equal(StationMode(&s, "WSIEG1", 1), -1);
  StationNear(StationSignal(&s, SIGNAL_PM), 0.7 + 25.0 * (0.002 - 0.0004), 1e-9);
  speed = 0.0;
  StationRun(&s, 35.0, 0.01, Deviation, NULL, &speed);
  StationNear(StationSignal(&s, SIGNAL_PM), 0.7, 1e-9);
}

/* WSIEG1: the valve rests until the servo has moved by DB2, then trails it by DB2; reversed, it rests over 2 DB2. */
static void BacklashLetsTheValveTrailItsServo(void **state)
{
  PetscReal speed = -0.01;
  Station   s;
  (void)state;
  /* the servo is held at its rate, 0.02 per second, by a large error */
  Alone(&s,
        (StationPart)PART("WSIEG1", -1, 0, 25, 0, 0, 0.2, 0.02, -0.02, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                          0.01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        0.5);
  StationRun(&s, 0.4, 0.01, Deviation, NULL, &speed);
  StationNear(StationUnknown(&s, "WSIEG1", "servo"), 0.508, 1e-9);
  StationNear(StationUnknown(&s, "WSIEG1", "valve"), 0.5, 1e-9);
  StationRun(&s, 2.0, 0.01, Deviation, NULL, &speed);
  StationNear(StationUnknown(&s, "WSIEG1", "servo"), 0.54, 1e-9);
  StationNear(StationUnknown(&s, "WSIEG1", "valve"), 0.53, 1e-7);
  StationCheckJacobians(&s);
  speed = 0.05;
  StationRun(&s, 2.8, 0.01, Deviation, NULL, &speed);
  StationNear(StationUnknown(&s, "WSIEG1", "servo"), 0.524, 1e-7);
  StationNear(StationUnknown(&s, "WSIEG1", "valve"), 0.53, 1e-7);
  StationRun(&s, 4.0, 0.01, Deviation, NULL, &speed);
  StationNear(StationUnknown(&s, "WSIEG1", "valve"), 0.51, 1e-7);
}

static void ASecondShaftIsToldOfNotDriven(void **state)
{
  Station s;
  (void)state;
  Alone(&s,
        (StationPart)PART("IEEEG1", 3, 1, 20, 0.2, 0.5, 0.3, 0.3, -0.6, 1.9, 0.2, 0.3, 0.2, 0, 7, 0.1, 0.3, 0.5, 0.2,
                          0.2, 0.1, 0, 0),
        0.7);
  assert_non_null(strstr(StationWarning(&s, "IEEEG1"), "second unit"));
  StationNear(StationUnknown(&s, "IEEEG1", "valve"), 0.7 / 0.5, 1e-14);
}

static void PowersOutsideLimitsStartWithAWarningAndStay(void **state)
{
  const StationPart tight[] = {
      PART("TGOV1", 0.05, 0.5, 0.6, 0.1, 2.1, 7, 0.02),
      PART("IEEEG1", -1, 0, 20, 0, 0, 0.2, 0.03, -0.06, 0.6, 0.2, 0.3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      PART("GAST", 0.05, 0.4, 0.1, 3, 0.65, 2, 0.6, -0.05, 0.1),
      PART("GAST", 0.05, 0.4, 0.1, 3, 0.65, 2, 1, -0.05, 0.1),
      PART("HYGOV", 0.05, 0.3, 5, 0.05, 0.5, 0.2, 0.5, 0, 1.25, 1.2, 0.2, 0.08),
      PART("IEESGO", 0.1, 0.3, 0.04, 0.3, 7, 0.5, 20, 0.7, 0.4, 0.6, 0.1),
      PART("IEEEG3", 0.2, 0.05, 0.3, -0.3, 0.5, 0, 0.04, 0.4, 5, 2, 0.5, 1, 1.5, 1.1),
  };
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(tight); ++k) {
    Station   s;
    PetscReal speed = -0.01;
    Alone(&s, tight[k], 0.7);
    assert_true(StationWarning(&s, tight[k].model)[0] != 0);
    StationCheckEquilibrium(&s);
    StationRun(&s, 30.0, 0.01, Deviation, NULL, &speed);
    assert_true(StationSignal(&s, SIGNAL_PM) < 0.7 + 0.003); /* damping alone */
  }
  Station s;
  Alone(&s, (StationPart)PART("HYGOV", 0.05, 0.3, 5, 0.05, 0.5, 0.2, 1, 0, 1.25, 1.2, 0.2, 0.08), -0.3);
  assert_true(StationWarning(&s, "HYGOV")[0] != 0);
  StationCheckEquilibrium(&s);
}

/* ---------------------------------------------------------------- IEEEST */

#define IEEEST(code, ...) PART("IEEEST", code, -1, __VA_ARGS__)
#define FILTER 0.06, 0.0012, 0.05, 0.0005, 0.03, 0.0008
#define LEADS 0.2, 0.03, 0.25, 0.04

static void StabilisersStartAtRestWithExactJacobians(void **state)
{
  const StationPart cases[] = {
      IEEEST(1, FILTER, LEADS, 3, 2.5, 8, 0.1, -0.05, 0, 0),
      IEEEST(2, FILTER, LEADS, 3, 3, 8, 0.1, -0.05, 1.3, 0.7),
      IEEEST(3, 0, 0, 0, 0, 0, 0, LEADS, 3, 3, -0.5, 0.1, -0.05, 1.3, 0),
      IEEEST(4, 0.1, 0, 0, 0, 0.03, 0, LEADS, 3, 3, 0.5, 0.1, -0.05, 0, 0.7),
      IEEEST(5, 0.1, 0.02, 0, 0, 0.03, 0.01, 0, 0, 0, 0, 3, 3, -2, 0.1, -0.05, 0, 0),
      IEEEST(6, 0.1, 0.02, 0.05, 0, 0, 0, 0.1, 0, 0.2, 0.1, 3, 3, -2, 0.1, -0.05, 0, 0),
      IEEEST(3, 0, 0, 0, 0, 0, 0, LEADS, 0, 3, 0.5, 0.1, -0.05, 0, 0),
      IEEEST(3, 0, 0, 0, 0.01, 0, 0, LEADS, 0, 0, 0.5, 0.1, -0.05, 0, 0),
  };
  const StationSite site = {.v = 1.02, .angle = 0.3, .p = 0.8, .q = 0.2, .x_source = 0.22, .x_grid = 0.3};
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); ++k) {
    const StationPart parts[] = {cases[k], MACHINE, EXCITER, governors[0]};
    Station           s;
    StationCheck(&s, &site, parts, 4);
    StationCheckJacobianModes(&s, "IEEEST", -1, 1);
    StationRun(&s, 1.0, 0.02, NULL, NULL, NULL);
    StationNear(StationSignal(&s, SIGNAL_VS), 0.0, 1e-10);
  }
}

static void Swing(Station *s, PetscReal t, void *context)
{
  (void)context;
  StationSetSignal(s, SIGNAL_SPEED, 0.004 * sin(2.0 * PETSC_PI * 0.7 * t) + 0.001 * sin(2.0 * PETSC_PI * 4.0 * t));
}

#define ALONE .given = {{SIGNAL_SPEED, 0.0}, {SIGNAL_PE, 0.8}, {SIGNAL_PM, 0.8}}

/* Expected values made as those of the governors' step responses; -0.05 is the lower limit. */
static void TheWholeChainFollowsItsTransferFunctions(void **state)
{
  const StationSite site       = {ALONE};
  const StationPart part       = IEEEST(1, FILTER, LEADS, 3, 2.5, 8, 0.1, -0.05, 0, 0);
  const PetscReal   time[]     = {0.1, 0.5, 1.3, 2.0, 3.7};
  const PetscReal   expected[] = {0.0970366166, -0.0149601652, 0.0934432708, -0.0358034505, -0.05};
  Station           s;
  (void)state;
  StationSetUp(&s, &site, &part, 1);
  for (int k = 0; k < 5; ++k) {
    StationRun(&s, time[k], 0.001, Swing, NULL, NULL);
    StationNear(StationSignal(&s, SIGNAL_VS), expected[k], 2e-5);
  }
}

/* The bus turns with a constant deviation of frequency, its voltage rises at a constant rate. */
static void Turn(Station *s, PetscReal t, void *context)
{
  (void)context;
  StationSetRegulatedVoltage(s, 1.0 + 0.01 * t, 0.002 * 2.0 * PETSC_PI * 60.0 * t);
}

static void FrequencyAndRateOfVoltageAreMeasured(void **state)
{
  const StationSite site = {ALONE};
  /* no filter, no washout: the input times KS */
  const StationPart frequency = IEEEST(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0.1, -0.1, 0, 0);
  const StationPart rate      = IEEEST(6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0.1, -0.1, 0, 0);
  const StationPart voltage   = IEEEST(5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0.1, -0.1, 0, 0);
  Station           s;
  (void)state;
  StationSetUp(&s, &site, &frequency, 1);
  StationRun(&s, 1.0, 0.001, Turn, NULL, NULL);
  StationNear(StationSignal(&s, SIGNAL_VS), 10.0 * 0.002, 1e-9);
  StationSetRegulatedVoltage(&s, 0.005, 0.002 * 2.0 * PETSC_PI * 60.0 + 0.1); /* a bolted fault nearby */
  StationCheckJacobians(&s);
  StationSetUp(&s, &site, &rate, 1);
  StationRun(&s, 1.0, 0.001, Turn, NULL, NULL);
  StationNear(StationSignal(&s, SIGNAL_VS), 3.0 * 0.01, 1e-9);
  StationSetUp(&s, &site, &voltage, 1);
  StationRun(&s, 1.0, 0.001, Turn, NULL, NULL);
  StationNear(StationSignal(&s, SIGNAL_VS), 3.0 * 0.01, 1e-12);
}

static void Dip(Station *s, PetscReal t, void *context)
{
  (void)context;
  StationSetVoltage(s, t < 1.0 ? 1.0 : t < 2.0 ? 0.6 : t < 3.0 ? 1.4 : 1.0, 0.1);
  StationSetSignal(s, SIGNAL_SPEED, 0.005);
}

static void NoOutputOutsideTheVoltageWindow(void **state)
{
  const StationSite site = {.angle = 0.1, ALONE};
  const StationPart part = IEEEST(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0.1, -0.1, 1.2, 0.7);
  Station           s;
  (void)state;
  StationSetUp(&s, &site, &part, 1);
  const PetscReal expected[] = {0.05, 0.0, 0.0, 0.05};
  const PetscInt  mode[]     = {0, -1, 1, 0};
  for (int k = 0; k < 4; ++k) {
    StationRun(&s, k + 0.9, 0.01, Dip, NULL, NULL);
    StationNear(StationSignal(&s, SIGNAL_VS), expected[k], 1e-12);
    assert_int_equal(StationMode(&s, "IEEEST", 0), mode[k]);
    StationRun(&s, k + 1.0, 0.01, Dip, NULL, NULL);
  }
}

/* ---------------------------------------------------------------- PSS2A */

static void TwoInputStabilisersStartAtRestWithExactJacobians(void **state)
{
  const StationPart cases[] = {
      PART("PSS2A", 1, -1, 3, -1, 5, 1, 2, 3, 0.02, 2.5, 0, 2, 0.3, 1, 0.5, 0.1, 20, 0.15, 0.03, 0.2, 0.04, 0.1, -0.05),
      PART("PSS2A", 2, -1, 6, -1, 2, 4, 2, 0, 0, 2.5, 3, 2, 0.3, 0.9, 0.2, 0.1, 20, 0.15, 0, 0.2, 0.04, 0.1, -0.05),
      PART("PSS2A", 5, -1, 4, -1, 1, 3, 0, 0, 0.1, 0, 0, 0, 0.3, 1, 0.5, 0.1, 20, 0, 0, 0, 0, 0.1, -0.05),
      PART("PSS2A", 1, -1, 0, -1, 0, 0, 2, 3, 0.02, 2.5, 0, 2, 0.3, 1, 0, 0, 20, 0.15, 0.03, 0.2, 0.04, 0.1, -0.05),
  };
  const StationSite site = {.v = 1.02, .angle = 0.3, .p = 0.8, .q = 0.2, .x_source = 0.22, .x_grid = 0.3};
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); ++k) {
    const StationPart parts[] = {cases[k], MACHINE, EXCITER, governors[0]};
    Station           s;
    StationCheck(&s, &site, parts, 4);
    StationRun(&s, 1.0, 0.02, NULL, NULL, NULL);
    StationNear(StationSignal(&s, SIGNAL_VS), 0.0, 1e-10);
  }
}

static void SwingBoth(Station *s, PetscReal t, void *context)
{
  (void)context;
  StationSetSignal(s, SIGNAL_SPEED, 0.003 * sin(2.0 * PETSC_PI * 0.8 * t));
  StationSetSignal(s, SIGNAL_PE, 0.8 + 0.05 * (sin(2.0 * PETSC_PI * 0.8 * t + 1.0) - sin(1.0)));
}

/* Made as the other trajectories; 0.12 is the upper limit. */
static void BothInputsGoThroughTheirTransferFunctions(void **state)
{
  const StationSite site = {ALONE};
  const StationPart part =
      PART("PSS2A", 1, -1, 3, -1, 5, 1, 2, 3, 0.02, 2.5, 0, 2, 0.3, 1, 0.5, 0.1, 20, 0.15, 0.03, 0.2, 0.04, 0.12, -0.5);
  const PetscReal time[]     = {0.1, 0.5, 1.3, 2.0, 3.7};
  const PetscReal expected[] = {-0.005634319, 0.120000000, -0.023363343, -0.064148177, -0.109702213};
  Station         s;
  (void)state;
  StationSetUp(&s, &site, &part, 1);
  for (int k = 0; k < 5; ++k) {
    StationRun(&s, time[k], 0.001, SwingBoth, NULL, NULL);
    StationNear(StationSignal(&s, SIGNAL_VS), expected[k], 2e-5);
  }
}

static void ImpossibleRecordsAreRefused(void **state)
{
  const StationPart bad[] = {
      PART("TGOV1", 0.05, 0.5, 0.6, 0.7, 2.1, 7, 0.02),
      PART("IEEEG1", -1, 0, 20, 0, 0, 0.2, 0.03, -0.06, 0.6, 0.2, 0.3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      PART("WSIEG1", -1, 0, 25, 0, 0, 0.2, 1, -1, 1, 0, 0.3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.6,
           1, 0.4, 0, 0, 0, 0, 0),
      PART("WSIEG1", -1, 0, 25, 0, 0, 0.2, 1, -1, 1, 0, 0.3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.6,
           0.4, 0.7, 0, 0, 0, 0, 0),
      IEEEST(7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0.1, -0.1, 1.2, 0.7),
      IEEEST(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0.1, -0.1, 0.7, 1.2),
  };
  (void)state;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(bad); ++k) {
    PetscBool error = PETSC_FALSE;
    assert_non_null(DeviceModelFind(bad[k].model)->check(bad[k].parameter, &error));
    assert_true(error);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EveryGovernorStartsAtAnEquilibriumWithExactJacobians),
      cmocka_unit_test(DroopIsAsItsParametersSay),
      cmocka_unit_test(PrefIsThePowerAtNominalSpeed),
      cmocka_unit_test(StepResponsesAreThoseOfTheBlockDiagrams),
      cmocka_unit_test(RateAndPositionLimitsHoldAndLetGo),
      cmocka_unit_test(DeadBandWithAStepSwitchesAtItsEdges),
      cmocka_unit_test(BacklashLetsTheValveTrailItsServo),
      cmocka_unit_test(ASecondShaftIsToldOfNotDriven),
      cmocka_unit_test(PowersOutsideLimitsStartWithAWarningAndStay),
      cmocka_unit_test(StabilisersStartAtRestWithExactJacobians),
      cmocka_unit_test(TheWholeChainFollowsItsTransferFunctions),
      cmocka_unit_test(FrequencyAndRateOfVoltageAreMeasured),
      cmocka_unit_test(NoOutputOutsideTheVoltageWindow),
      cmocka_unit_test(TwoInputStabilisersStartAtRestWithExactJacobians),
      cmocka_unit_test(BothInputsGoThroughTheirTransferFunctions),
      cmocka_unit_test(ImpossibleRecordsAreRefused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
