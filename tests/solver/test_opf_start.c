/* The start of the AC optimal power flow: stiff neighbours begin with voltages they can have at once. */
#include "solver/opf_start.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Buses 0 (reference, a generator) - 1 over a long line, 1 - 2 over a coupler with the given tap and shift; a load at 2. */
static Network Stiff(double tap, double shift)
{
  Network net;

  assert_int_equal(NetworkCreate(&net), 0);
  net->base_mva = 100;
  assert_int_equal(NetworkResizeBuses(net, 3), 0);
  assert_int_equal(NetworkResizeBranches(net, 2), 0);
  assert_int_equal(NetworkResizeGenerators(net, 1), 0);
  assert_int_equal(NetworkResizeLoads(net, 1), 0);
  for (int b = 0; b < 3; b++) {
    net->bus.type[b]      = b == 0 ? BUS_REF : BUS_PQ;
    net->bus.va_rad[b]    = b == 0 ? 0.3 : 0;
    net->bus.vm_min_pu[b] = b == 2 ? 1.0 : 0.9;
    net->bus.vm_max_pu[b] = 1.1;
  }
  net->branch.from[0] = 0;
  net->branch.to[0] = net->branch.from[1] = 1;
  net->branch.to[1]                       = 2;
  net->branch.x[0]                        = 0.1;
  net->branch.x[1]                        = 1e-4;
  net->branch.tap[1]                      = tap;
  net->branch.shift_rad[1]                = shift;
  net->generator.bus[0]                   = 0;
  net->generator.p_min_mw[0]              = 0;
  net->generator.p_max_mw[0]              = 400;
  net->load.bus[0]                        = 2;
  net->load.p_mw[0]                       = 50;
  return net;
}

static void MagnitudesAreThoseOfNeighboursBehindTheTap(void **state)
{
  Network net = Stiff(0.98, 0);
  double  va[3], vm[3];

  (void)state;
  assert_int_equal(OpfStart(net, 1, -1, va, vm), 0);
  for (int b = 0; b < 3; b++) assert_true(vm[b] > net->bus.vm_min_pu[b] && vm[b] < net->bus.vm_max_pu[b]);
  assert_true(fabs(vm[1] - 0.98 * vm[2]) < 1e-3); /* flat: 1.0 and 0.98 * 1.05 */
  assert_int_equal(NetworkDestroy(&net), 0);
}

static void AnglesCarryThePowerFromTheReference(void **state)
{
  Network net = Stiff(1, 0);
  double  va[3], vm[3];

  (void)state;
  assert_int_equal(OpfStart(net, 1, -1, va, vm), 0);
  assert_true(fabs(va[0] - 0.3) < 1e-12);
  assert_true(fabs(va[0] - va[1] - 0.5 * 0.1) < 1e-3); /* 0.5 per unit over the line */
  assert_int_equal(NetworkDestroy(&net), 0);
}

static void AnglesFollowAStiffShifter(void **state)
{
  Network net = Stiff(1, 0.05);
  double  va[3], vm[3];

  (void)state;
  assert_int_equal(OpfStart(net, 1, -1, va, vm), 0);
  assert_true(fabs(va[1] - va[2] - 0.05) < 1e-3);
  assert_int_equal(NetworkDestroy(&net), 0);
}

static void LargeDifferencesAreScaledDown(void **state)
{
  Network net = Stiff(1, 0);
  double  va[3], vm[3];

  (void)state;
  net->load.p_mw[0] = 390;
  net->branch.x[0]  = 0.5;
  assert_int_equal(OpfStart(net, 1, -1, va, vm), 0);
  assert_true(va[0] - va[1] > 0.2 && va[0] - va[1] < 0.3); /* 1.9 radians unscaled */
  assert_int_equal(NetworkDestroy(&net), 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(MagnitudesAreThoseOfNeighboursBehindTheTap),
      cmocka_unit_test(AnglesCarryThePowerFromTheReference),
      cmocka_unit_test(AnglesFollowAStiffShifter),
      cmocka_unit_test(LargeDifferencesAreScaledDown),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
