/* The nine-bus system of the Western Systems Coordinating Council with two-axis machines and IEEE type I exciters against
   published eigenvalues: P. W. Sauer, M. A. Pai, Power System Dynamics and Stability (1998), sections 7.1 and 8.3. */
#include "tests/dynamics/grid.h"

#include "dynamics/equations.h"
#include "dynamics/models.h"
#include "tests/dynamics/eigenvalues.h"
#include "tests/dynamics/main.h"

/* H, D, Xd, Xq, X'd, X'q, T'd0, T'q0, Ra on 100 MVA. */
static const PetscReal machine[3][9] = {
    {23.64, 0.0, 0.1460, 0.0969, 0.0608, 0.0969, 8.96, 0.310, 0.0},
    {6.4, 0.0, 0.8958, 0.8645, 0.1198, 0.1969, 6.00, 0.535, 0.0},
    {3.01, 0.0, 1.3125, 1.2578, 0.1813, 0.2500, 5.89, 0.600, 0.0},
};
static const PetscReal exciter[10] = {20.0, 0.2, 1.0, 0.314, 0.063, 0.35, 0.0039, 1.555, 0.0, 0.0};
/* Constant active and reactive power. */
static const PetscReal constant_power[8] = {0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0};

static PetscBool Load(PetscBool power, Grid *grid)
{
  const DeviceModel *zip = DeviceModelFind("ZIP");
  if (!GridLoad("matpower/case9.m", "dynamics/textbook/wscc9-classical.csv", grid)) return PETSC_FALSE;
  Ok(DeviceTableDestroy(&grid->table));
  Ok(DeviceTableCreate(&grid->table));
  assert_true(grid->net->generator.n == 3 && zip);
  for (PetscInt g = 0; g < 3; ++g) {
    Ok(DeviceTableAdd(grid->table, DEVICE_AT_GENERATOR, g, DeviceModelFind("TWOAXIS"), 100.0, machine[g], 0));
    Ok(DeviceTableAdd(grid->table, DEVICE_AT_GENERATOR, g, DeviceModelFind("IEEETYPE1"), 100.0, exciter, 0));
  }
  for (PetscInt k = 0; power && k < grid->net->load.n; ++k)
    Ok(DeviceTableAdd(grid->table, DEVICE_AT_LOAD, k, zip, 100.0, constant_power, 0));
  return PETSC_TRUE;
}

/* Each published eigenvalue is one of those found, to half a unit of its last digit, and none stands for two. There are
   four of each machine and three of each exciter. */
static void Compare(Equations eq, PetscInt n, const PetscReal (*published)[2])
{
  PetscReal      re[256], im[256];
  PetscBool      used[256] = {PETSC_FALSE};
  const PetscInt count     = Eigenvalues(eq, re, im);
  assert_int_equal(count, 21);
  for (PetscInt p = 0; p < n; ++p) {
    PetscInt  best = -1;
    PetscReal far  = PETSC_INFINITY;
    for (PetscInt k = 0; k < count; ++k) {
      const PetscReal distance = hypot(re[k] - published[p][0], im[k] - published[p][1]);
      if (!used[k] && distance < far) best = k, far = distance;
    }
    if (best < 0 || fabs(re[best] - published[p][0]) > 0.5e-4 || fabs(im[best] - published[p][1]) > 0.5e-4)
      fail_msg("%.4f %+.4fj not found, nearest is off by %g", published[p][0], published[p][1], far);
    used[best] = PETSC_TRUE;
  }
}

static void Wscc9_with_constant_power_loads(void **state)
{
  static const PetscReal published[][2] = {
      {-0.7201, 12.7455}, {-0.1907, 8.3658}, {-5.4875, 7.9487}, {-5.3235, 7.9220}, {-5.2218, 7.8160},
      {-5.1778, 0.0},     {-3.3997, 0.0},    {-0.4444, 1.2106}, {-0.4394, 0.7392}, {-0.4258, 0.4959},
      {-3.2258, 0.0},     {0.0, 0.0},        {0.0, 0.0},
  };
  Grid      grid;
  Equations eq;
  (void)state;
  if (!Load(PETSC_TRUE, &grid)) skip();
  Ok(EquationsCreate(grid.net, grid.point, grid.table, 60.0, &eq));
  assert_string_equal(eq->problem, "");
  Compare(eq, 13, published);
  Ok(EquationsDestroy(&eq));
  GridDestroy(&grid);
}

/* The published slower ones are not at hand. */
static void Wscc9_with_constant_impedance_loads(void **state)
{
  static const PetscReal published[][2] = {
      {-0.7003, 12.7619}, {-0.1533, 8.2877}, {-5.4967, 7.9513}, {-5.3300, 7.9286}, {-5.2309, 7.8447}};
  Grid      grid;
  Equations eq;
  (void)state;
  if (!Load(PETSC_FALSE, &grid)) skip();
  Ok(EquationsCreate(grid.net, grid.point, grid.table, 60.0, &eq));
  Compare(eq, 5, published);
  Ok(EquationsDestroy(&eq));
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(Wscc9_with_constant_power_loads),
      cmocka_unit_test(Wscc9_with_constant_impedance_loads),
  };
  return RunTests(argc, argv, tests);
}
