/* The device model of docs/extending.md: it compiles as the house's own do, and does what it says. */
#include "dynamics/device.h"

#include <string.h>

#include "docs/examples/device_droop.c"

/* The house's models, and the example, which is none of them. */
static const DeviceModel *ExampleFind(const char *name)
{
  return strcmp(name, "DROOP") ? DeviceModelFind(name) : &DeviceDroop;
}
#define DeviceModelFind ExampleFind
#include "tests/dynamics/station.h"

#define MACHINE PART("GENROU", 6.0, 0.05, 0.5, 0.06, 5.0, 0.1, 1.8, 1.7, 0.3, 0.5, 0.22, 0.12, 0.05, 0.3)

static void ItStartsAtAnEquilibriumWithExactJacobians(void **state)
{
  const StationSite site     = {.v          = 1.02,
                                .angle      = 0.3,
                                .p          = 0.8,
                                .q          = 0.2,
                                .base_ratio = 1.1,
                                .r_source   = 0.003,
                                .x_source   = 0.22,
                                .x_grid     = 0.3};
  const StationPart parts[2] = {MACHINE, PART("DROOP", 0.05, 0.5, 1, 0)};
  Station           s;
  (void)state;
  StationCheck(&s, &site, parts, 2);
  StationCheckJacobianModes(&s, "DROOP", -1, 1);
  const PetscReal pm = StationSignal(&s, SIGNAL_PM);
  StationRun(&s, 2.0, 0.02, NULL, NULL, NULL);
  StationNear(StationSignal(&s, SIGNAL_PM), pm, 1e-10);
}

static void Speed(Station *s, PetscReal t, void *context)
{
  (void)t;
  StationSetSignal(s, SIGNAL_SPEED, *(const PetscReal *)context);
}

/* A step of speed: Pm = P0 - (speed / R)(1 - exp(-t/T)), and no more than its limit. */
static void ItFollowsItsClosedForm(void **state)
{
  const StationSite site = {.given = {{SIGNAL_PM, 0.7}, {SIGNAL_SPEED, 0.0}}};
  const StationPart part = PART("DROOP", 0.05, 0.5, 1, 0);
  PetscReal         up = 0.004, down = -0.03;
  Station           s;
  (void)state;
  StationSetUp(&s, &site, &part, 1);
  StationRun(&s, 0.8, 0.001, Speed, NULL, &up);
  StationNear(StationSignal(&s, SIGNAL_PM), 0.7 - 0.08 * (1 - exp(-1.6)), 1e-6);
  StationRun(&s, 20.0, 0.01, Speed, NULL, &down);
  StationNear(StationSignal(&s, SIGNAL_PM), 1.0, 1e-10);
  assert_true(s.changes >= 1);
  StationSetReference(&s, "DROOP", "pref", 0.62);
  up = 0;
  StationRun(&s, 40.0, 0.01, Speed, NULL, &up);
  StationNear(StationSignal(&s, SIGNAL_PM), 0.62, 1e-8);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ItStartsAtAnEquilibriumWithExactJacobians),
      cmocka_unit_test(ItFollowsItsClosedForm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
