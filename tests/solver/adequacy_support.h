/* What tests of adequacy share: checks, and the published systems. */
#ifndef ARCHIPELAGO_TESTS_ADEQUACY_SUPPORT_H
#define ARCHIPELAGO_TESTS_ADEQUACY_SUPPORT_H

#include "solver/adequacy_impl.h"
#include "tests/support.h"

#define OK(call) assert_int_equal((int)(call), 0)

static inline void Near(PetscReal value, PetscReal expected, PetscReal tolerance)
{
  if (!(PetscAbsReal(value - expected) <= tolerance))
    fail_msg("%.12g, expected %.12g within %.3g", value, expected, tolerance);
}

/* A mean over years lies within `times` of its standard errors of what is expected, and the error says something. */
static inline void Agrees(AdequacyEstimate estimate, PetscReal expected, PetscReal times)
{
  assert_true(estimate.error > 0 && estimate.error < 0.5 * expected);
  Near(estimate.value, expected, times * estimate.error);
}

/* IEEE Reliability Test System: IEEE RTS Task Force of the APM Subcommittee, IEEE Trans. PAS-98(6), 1979, tables 1 to 3 (weekly peaks
   in percent of the annual one, daily ones of the weekly, hourly ones of the daily; the year begins on a Monday) and 5, 6 (units). */
#define RTS_HOURS 8736
#define RTS_UNITS 32

typedef struct {
  int       units;
  PetscReal capacity, mttf, mttr;
} UnitGroup;

static const UnitGroup rts_units[] = {{5, 12, 2940, 60}, {4, 20, 450, 50},    {6, 50, 1980, 20},
                                      {4, 76, 1960, 40}, {3, 100, 1200, 50},  {4, 155, 960, 40},
                                      {3, 197, 950, 50}, {1, 350, 1150, 100}, {2, 400, 1100, 150}};

static const PetscReal rts_week[52] = {86.2, 90.0, 87.8, 83.4, 88.0, 84.1, 83.2, 80.6, 74.0, 73.7, 71.5, 72.7,  70.4,
                                       75.0, 72.1, 80.0, 75.4, 83.7, 87.0, 88.0, 85.6, 81.1, 90.0, 88.7, 89.6,  86.1,
                                       75.5, 81.6, 80.1, 88.0, 72.2, 77.6, 80.0, 72.9, 72.6, 70.5, 78.0, 69.5,  72.4,
                                       72.4, 74.3, 74.4, 80.0, 88.1, 88.5, 90.9, 94.0, 89.0, 94.2, 97.0, 100.0, 95.2};

static const PetscReal rts_day[7] = {93, 100, 98, 96, 94, 77, 75};

/* Winter (weeks 1-8, 44-52), summer (18-30), spring and autumn: each working days, then weekends. */
static const PetscReal rts_hour[6][24] = {
    {67, 63, 60, 59, 59, 60, 74, 86, 95, 96, 96, 95, 95, 95, 93, 94, 99, 100, 100, 96, 91, 83, 73, 63},
    {78, 72, 68, 66, 64, 65, 66, 70, 80, 88, 90, 91, 90, 88, 87, 87, 91, 100, 99, 97, 94, 92, 87, 81},
    {64, 60, 58, 56, 56, 58, 64, 76, 87, 95, 99, 100, 99, 100, 100, 97, 96, 96, 93, 92, 92, 93, 87, 72},
    {74, 70, 66, 65, 64, 62, 62, 66, 81, 86, 91, 93, 93, 92, 91, 91, 92, 94, 95, 95, 100, 93, 88, 80},
    {63, 62, 60, 58, 59, 65, 72, 85, 95, 99, 100, 99, 93, 92, 90, 88, 90, 92, 96, 98, 96, 90, 80, 70},
    {75, 73, 69, 66, 65, 65, 68, 74, 83, 89, 92, 94, 91, 90, 90, 86, 85, 88, 92, 100, 97, 95, 90, 85}};

static inline void RtsLoad(PetscReal peak, PetscReal *load)
{
  for (int week = 1; week <= 52; week++) {
    const int season = week <= 8 || week >= 44 ? 0 : week >= 18 && week <= 30 ? 2 : 4;
    for (int day = 0; day < 7; day++)
      for (int hour = 0; hour < 24; hour++)
        *load++ = peak * rts_week[week - 1] / 100 * rts_day[day] / 100 * rts_hour[season + (day >= 5)][hour] / 100;
  }
}

static inline void RtsUnits(AdequacyUnit *unit)
{
  static char name[RTS_UNITS][40];
  int         n = 0;
  for (size_t g = 0; g < PETSC_STATIC_ARRAY_LENGTH(rts_units); g++)
    for (int k = 0; k < rts_units[g].units; k++, n++) {
      (void)snprintf(name[n], sizeof name[n], "%g MW %d", rts_units[g].capacity, k);
      unit[n] = (AdequacyUnit){name[n], 0, rts_units[g].capacity, rts_units[g].mttf, rts_units[g].mttr, NULL};
    }
  assert_int_equal(n, RTS_UNITS);
}

static inline int RunTests(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = _cmocka_run_group_tests("adequacy", tests, n, NULL, NULL);
  return PetscFinalize() || failed;
}

#endif
