/* Loads, load shedding and the protection of generators: exact powers by their formulas, and exact instants. */
#include "tests/dynamics/station.h"

static const StationSite site = {.v = 1.02, .angle = -0.4, .p = -0.8, .q = -0.3, .base_ratio = 1.0};

static void PowerAt(Station *s, PetscReal v, PetscReal *p, PetscReal *q)
{
  StationSetVoltage(s, v, 0.7);
  StationInjected(s, p, q);
}

static void AssertPower(Station *s, PetscReal v, PetscReal p, PetscReal q)
{
  PetscReal is_p, is_q;
  PowerAt(s, v, &is_p, &is_q);
  if (!(fabs(is_p - p) < 1e-12 && fabs(is_q - q) < 1e-12))
    fail_msg("at %g: %.15g + j%.15g instead of %.15g + j%.15g", v, is_p, is_q, p, q);
}

/* Powers go to zero with the voltage, are continuous at a break, and there is no current without voltage. */
static void CheckLowVoltage(Station *s, PetscReal at)
{
  PetscReal p[2], q[2];
  PowerAt(s, at - 1e-9, &p[0], &q[0]);
  PowerAt(s, at + 1e-9, &p[1], &q[1]);
  assert_true(fabs(p[1] - p[0]) < 1e-8 && fabs(q[1] - q[0]) < 1e-8);
  StationCheckJacobians(s);
  StationSetVoltage(s, 0.3, 1.0);
  StationCheckJacobians(s);
  AssertPower(s, 0.0, 0.0, 0.0);
}

static void ZipDrawsItsShares(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("ZIP", 0.4, 0.35, 0.25, 0.5, 0.2, 0.3, 0.0, NAN)};
  Station           s;
  StationCheck(&s, &site, parts, 1);
  const PetscReal r = 0.9 / 1.02;
  AssertPower(&s, 0.9, -0.8 * (0.4 * r * r + 0.35 * r + 0.25), -0.3 * (0.5 * r * r + 0.2 * r + 0.3));
  /* below 0.7 the constant power is an admittance, below 0.5 the constant current too */
  PetscReal t = 0.6 / 1.02, w = 0.6 * 0.6 / 0.49;
  AssertPower(&s, 0.6, -0.8 * (0.4 * t * t + 0.35 * t + 0.25 * w), -0.3 * (0.5 * t * t + 0.2 * t + 0.3 * w));
  t = 0.2 / 1.02, w = 0.2 * 0.2 / 0.49;
  const PetscReal c = 0.5 / 1.02 * 0.2 * 0.2 / 0.25;
  AssertPower(&s, 0.2, -0.8 * (0.4 * t * t + 0.35 * c + 0.25 * w), -0.3 * (0.5 * t * t + 0.2 * c + 0.3 * w));
  CheckLowVoltage(&s, 0.7);
  CheckLowVoltage(&s, 0.5);
}

static void ZipBreaksWhereItIsTold(void **state)
{
  (void)state;
  StationSite       low     = site;
  const StationPart parts[] = {PART("ZIP", 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.85, 0.8)};
  Station           s;
  StationCheck(&s, &site, parts, 1);
  AssertPower(&s, 0.86, -0.8, -0.3 * 0.86 / 1.02);
  AssertPower(&s, 0.6, -0.8 * 0.36 / (0.85 * 0.85), -0.3 * 0.8 / 1.02 * 0.36 / 0.64);
  low.v = 0.75; /* starts below its breaks with its power all the same */
  StationCheck(&s, &low, parts, 1);
  AssertPower(&s, 0.6, -0.8 * 0.64, -0.3 * 0.64);
}

static void ExponentialLoadFollowsItsExponents(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("EXPLOAD", 0.8, 1.7, NAN)}, own[] = {PART("EXPLOAD", 1.2, 3.0, 0.6)};
  Station           s;
  StationCheck(&s, &site, parts, 1);
  AssertPower(&s, 0.9, -0.8 * pow(0.9 / 1.02, 0.8), -0.3 * pow(0.9 / 1.02, 1.7));
  AssertPower(&s, 0.6, -0.8 * pow(0.7 / 1.02, 0.8) * 0.36 / 0.49, -0.3 * pow(0.6 / 1.02, 1.7));
  AssertPower(&s, 0.4, -0.8 * pow(0.7 / 1.02, 0.8) * 0.16 / 0.49, -0.3 * pow(0.5 / 1.02, 1.7) * 0.16 / 0.25);
  CheckLowVoltage(&s, 0.7);
  CheckLowVoltage(&s, 0.5);
  StationCheck(&s, &site, own, 1);
  AssertPower(&s, 0.7, -0.8 * pow(0.7 / 1.02, 1.2), -0.3 * pow(0.7 / 1.02, 3.0));
  CheckLowVoltage(&s, 0.6);
}

static void IeeeLoadFollowsVoltageAndFrequency(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("IEELBL", 0.4, 0.0, 0.6, 0.4, 0.1, 0.6, 2.0, -1.8, 2.0, 1.0, 0.0, 2.0, 1.0, 0.3)};
  Station           s;
  StationCheck(&s, &site, parts, 1);
  StationSetSignal(&s, SIGNAL_FREQUENCY, -0.01);
  StationCheckJacobians(&s);
  const PetscReal p = (0.4 * 0.81 + 0.6) / (0.4 * 1.02 * 1.02 + 0.6);
  const PetscReal q =
      (0.4 * 0.81 + 0.1 * 0.9 + 0.6 * pow(0.9, 0.3)) / (0.4 * 1.02 * 1.02 + 0.1 * 1.02 + 0.6 * pow(1.02, 0.3));
  AssertPower(&s, 0.9, -0.8 * p * (1.0 - 0.02), -0.3 * q * (1.0 + 0.018));
  CheckLowVoltage(&s, 0.7);
  CheckLowVoltage(&s, 0.5);
}

static void LoadsWithoutReactivePowerAndThoseThatGenerate(void **state)
{
  (void)state;
  StationSite       odd     = site;
  const StationPart zip[]   = {PART("ZIP", 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.7, 0.5)};
  const StationPart ieel[]  = {PART("IEELBL", 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 2, 1, 0)};
  const StationPart minus[] = {PART("IEELBL", 1, 0, -1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)};
  Station           s;
  char              problem[DEVICE_TEXT];
  odd.p = 0.4, odd.q = 0.0;
  StationCheck(&s, &odd, zip, 1);
  AssertPower(&s, 0.8, 0.4, 0.0);
  odd.p = -0.8;
  StationCheck(&s, &odd, ieel, 1);
  assert_false(StationTrySetUp(&s, &site, ieel, 1, problem)); /* no term for the reactive power that is there */
  assert_non_null(strstr(problem, "reactive power add up to zero"));
  assert_false(StationTrySetUp(&s, &site, minus, 1, problem));
  assert_non_null(strstr(problem, "active power add up to zero"));
}

static void EventsChangeALoad(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("ZIP", 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.7, 0.5)};
  Station           s;
  StationSetUp(&s, &site, parts, 1);
  StationSetReference(&s, "ZIP", "p", -1.1);
  StationSetReference(&s, "ZIP", "q", -0.2);
  AssertPower(&s, 0.9, -1.1 * 0.9 / 1.02, -0.2 * 0.9 / 1.02);
}

static void ImpossibleLoadsAreRefused(void **state)
{
  (void)state;
  PetscBool error;
  assert_non_null(DeviceModelFind("ZIP")->check((const PetscReal[]){0.5, 0.5, 0.1, 1, 0, 0, 0.7, 0.5}, &error));
  assert_true(error);
  assert_non_null(DeviceModelFind("ZIP")->check((const PetscReal[]){1.5, -0.5, 0.0, 1, 0, 0, 0.7, 0.5}, &error));
  assert_false(error);
  assert_non_null(DeviceModelFind("IEELBL")->check((const PetscReal[14]){0.0}, &error));
  assert_true(error);
  const PetscReal all[20] = {0.0, 0.0, 59.0, 0.1, 0.6, 58.8, 0.1, 0.5};
  assert_non_null(DeviceModelFind("UFLS")->check(all, &error));
  assert_true(error);
  assert_non_null(DeviceModelFind("FRQTPAT")->check((const PetscReal[]){-1.0, 61.0, 59.0, 0.1, 0.1}, &error));
  assert_true(error);
}

/* ---------------------------------------------------------------- shedding */

/* TS, TB; stages at 59.5, 59.2 and 58.9 Hz that shed 10, 15 and 20 %; none of the rest. */
#define UFLS_PART(ts) \
  PART("UFLS", ts, 0.05, 59.5, 0.1, 0.1, 59.2, 0.2, 0.15, 58.9, 0.0, 0.2, 0, 0, 0, NAN, NAN, NAN, 0, 0, 0)
#define UVLS_PART PART("UVLS", 0.0, 0.04, 0.9, 1.0, 0.05, 0.8, 0.5, 0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

/* Frequency falls by 0.5 Hz/s from t = 0 on, and rises again as fast from the instant in *context. */
static void Ramp(Station *s, PetscReal t, void *context)
{
  const PetscReal turn = *(const PetscReal *)context;
  StationSetSignal(s, SIGNAL_FREQUENCY, -0.5 / 60.0 * (t < turn ? t : 2.0 * turn - t));
}

/* Runs until just before an instant, where the connected share must be `before`, and just past it. */
static void AssertShedsAt(Station *s, PetscReal turn, PetscReal at, PetscReal h, PetscReal before, PetscReal after)
{
  StationRun(s, at - 1e-6, h, Ramp, NULL, &turn);
  if (!(fabs(StationSignal(s, SIGNAL_CONNECTED) - before) < 1e-12))
    fail_msg("before %g s: %g connected instead of %g", at, StationSignal(s, SIGNAL_CONNECTED), before);
  StationRun(s, at + 1e-6, 2e-6, Ramp, NULL, &turn);
  if (!(fabs(StationSignal(s, SIGNAL_CONNECTED) - after) < 1e-12))
    fail_msg("after %g s: %g connected instead of %g", at, StationSignal(s, SIGNAL_CONNECTED), after);
}

/* Pickups at 1.0, 1.6 and 2.2 s; then the relay's delay and the breaker's. */
static void StagesShedAtTheirInstants(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("ZIP", 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.7, 0.5), UFLS_PART(0.0)};
  Station           s;
  PetscReal         p, q;
  StationCheck(&s, &site, parts, 2);
  AssertShedsAt(&s, 1e9, 1.15, 0.01, 1.0, 0.9);
  StationInjected(&s, &p, &q);
  assert_true(fabs(p + 0.72) < 1e-12 && fabs(q + 0.27) < 1e-12);
  AssertShedsAt(&s, 1e9, 1.85, 0.01, 0.9, 0.75);
  AssertShedsAt(&s, 1e9, 2.25, 0.01, 0.75, 0.55);
  StationRun(&s, 10.0, 0.1, Ramp, NULL, &(PetscReal){1e9});
  assert_true(fabs(StationSignal(&s, SIGNAL_CONNECTED) - 0.55) < 1e-12);
}

/* The measured frequency lags: f(t) = -r (t - TS (1 - exp(-t/TS))), and reaches the pickup later. */
static void TheSensorDelaysThePickup(void **state)
{
  (void)state;
  const StationPart parts[] = {UFLS_PART(0.2)};
  const PetscReal   ts      = 0.2;
  PetscReal         t       = 1.2;
  Station           s;
  StationCheck(&s, &site, parts, 1);
  for (int k = 0; k < 50; ++k) t -= (t - ts * (1.0 - exp(-t / ts)) - 1.0) / (1.0 - exp(-t / ts));
  AssertShedsAt(&s, 1e9, t + 0.15, 1e-3, 1.0, 0.9);
}

/* The first stage's relay starts at 1 s; frequency turns so that it recovers before, or just after, its delay. */
static void ARelayStartsAgainWhenFrequencyRecovers(void **state)
{
  (void)state;
  const StationPart parts[] = {UFLS_PART(0.0)};
  PetscReal         turn    = 1.04;
  Station           s;
  StationSetUp(&s, &site, parts, 1);
  StationRun(&s, 2.0, 0.01, Ramp, NULL, &turn);
  assert_true(StationSignal(&s, SIGNAL_CONNECTED) == 1.0);
  assert_int_equal(StationMode(&s, "UFLS", 0), 0);
  assert_true(StationUnknown(&s, "UFLS", "timer 1") == 0.0);
  turn = 1.06; /* it is back at 1.12 s, after the relay, before the breaker: the load goes */
  StationSetUp(&s, &site, parts, 1);
  StationRun(&s, 2.0, 0.01, Ramp, NULL, &turn);
  assert_true(fabs(StationSignal(&s, SIGNAL_CONNECTED) - 0.9) < 1e-12);
}

static void Dip(Station *s, PetscReal t, void *context)
{
  (void)context;
  StationSetVoltage(s, t < 0.5 ? 1.02 : 0.85, 0.0);
  StationSetSignal(s, SIGNAL_FREQUENCY, t < 1.0 ? 0.0 : -0.01);
}

/* At one load: what the two leave is multiplied. */
static void FrequencyAndVoltageRelaysCombine(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("ZIP", 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.7, 0.5), UFLS_PART(0.0), UVLS_PART};
  Station           s;
  PetscReal         p, q;
  StationCheck(&s, &site, parts, 3);
  StationRun(&s, 1.53, 0.01, Dip, NULL, NULL); /* 59.4 Hz from 1.0 s: gone at 1.15; 0.85 from 0.5 s: gone at 1.54 */
  StationInjected(&s, &p, &q);
  assert_true(fabs(p + 0.8 * 0.9) < 1e-12);
  StationRun(&s, 1.55, 0.01, Dip, NULL, NULL);
  StationInjected(&s, &p, &q);
  assert_true(fabs(p + 0.8 * 0.9 * 0.95) < 1e-12);
  assert_true(fabs(q + 0.3 * 0.9 * 0.95) < 1e-12);
}

static void RelayJacobiansInEveryMode(void **state)
{
  (void)state;
  const StationPart parts[] = {UFLS_PART(0.1), UVLS_PART};
  Station           s;
  StationCheck(&s, &site, parts, 2);
  for (PetscInt k = 0; k < 4; ++k) {
    const PetscInt mode[6] = {k, (k + 1) % 4, (k + 2) % 4, (k + 3) % 4, k, k};
    StationCheckJacobianMode(&s, "UFLS", mode);
    StationCheckJacobianMode(&s, "UVLS", mode);
  }
}

/* ---------------------------------------------------------------- protection */

static void AssertTripsAt(Station *s, PetscReal at, StationCallback drive, void *context)
{
  StationRun(s, at - 1e-6, 0.01, drive, NULL, context);
  assert_false(StationTrips(s));
  StationRun(s, at + 1e-6, 2e-6, drive, NULL, context);
  assert_true(StationTrips(s));
}

static void Rise(Station *s, PetscReal t, void *context)
{
  (void)context;
  StationSetSignal(s, SIGNAL_FREQUENCY, 0.5 / 60.0 * t);
}

static void FrequencyProtectionTripsInTime(void **state)
{
  (void)state;
  const StationPart parts[]   = {PART("FRQTPAT", -1, 59.0, 60.6, 0.3, 0.08)},
                    at_once[] = {PART("FRQTPAT", -1, 59.0, 0.0, 0.0, 0.0)};
  PetscReal turn              = 1e9;
  Station   s;
  StationCheck(&s, &site, parts, 1);
  StationCheckJacobianModes(&s, "FRQTPAT", 0, 4);
  AssertTripsAt(&s, 2.38, Ramp, &turn);
  StationSetUp(&s, &site, parts, 1);
  AssertTripsAt(&s, 1.58, Rise, NULL);
  StationSetUp(&s, &site, parts, 1);
  turn = 2.1; /* back above 59 Hz at 2.2 s */
  StationRun(&s, 4.0, 0.01, Ramp, NULL, &turn);
  assert_false(StationTrips(&s));
  turn = 1e9;
  StationSetUp(&s, &site, at_once, 1);
  AssertTripsAt(&s, 2.0, Ramp, &turn);
}

static void SetVoltage(Station *s, PetscReal t, void *context)
{
  const PetscReal *v = context; /* from 1 s to 1.2 s the first, then the second */
  StationSetRegulatedVoltage(s, t < 1.0 ? 1.02 : t < 1.2 ? v[0] : v[1], 0.3);
}

static void VoltageProtectionTripsInTime(void **state)
{
  (void)state;
  const StationPart parts[] = {PART("VTGTPAT", -1, 0.8, 1.15, 0.25, 0.05)};
  Station           s;
  StationCheck(&s, &site, parts, 1);
  AssertTripsAt(&s, 1.3, SetVoltage, (PetscReal[]){0.5, 0.6});
  StationSetUp(&s, &site, parts, 1);
  AssertTripsAt(&s, 1.3, SetVoltage, (PetscReal[]){1.2, 1.3});
  StationSetUp(&s, &site, parts, 1); /* from below to above: the timer starts again */
  AssertTripsAt(&s, 1.5, SetVoltage, (PetscReal[]){0.5, 1.3});
  StationSetUp(&s, &site, parts, 1);
  StationRun(&s, 3.0, 0.01, SetVoltage, NULL, (PetscReal[]){0.5, 1.0});
  assert_false(StationTrips(&s));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ZipDrawsItsShares),
      cmocka_unit_test(ZipBreaksWhereItIsTold),
      cmocka_unit_test(ExponentialLoadFollowsItsExponents),
      cmocka_unit_test(IeeeLoadFollowsVoltageAndFrequency),
      cmocka_unit_test(LoadsWithoutReactivePowerAndThoseThatGenerate),
      cmocka_unit_test(EventsChangeALoad),
      cmocka_unit_test(ImpossibleLoadsAreRefused),
      cmocka_unit_test(StagesShedAtTheirInstants),
      cmocka_unit_test(TheSensorDelaysThePickup),
      cmocka_unit_test(ARelayStartsAgainWhenFrequencyRecovers),
      cmocka_unit_test(FrequencyAndVoltageRelaysCombine),
      cmocka_unit_test(RelayJacobiansInEveryMode),
      cmocka_unit_test(FrequencyProtectionTripsInTime),
      cmocka_unit_test(VoltageProtectionTripsInTime),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
