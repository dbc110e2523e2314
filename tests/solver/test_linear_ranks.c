/* Linear programs over time: the same bytes on one rank and on all, whatever the blocks. */
#include "tests/solver/linear_support.h"

static void test_ranks_give_the_same_bytes(void **state)
{
  const Shape shape[] = {{.n = 700, .m = 500, .entries = 4, .stages = 30},
                         {.n = 500, .m = 600, .entries = 3, .stages = 30, .degenerate = 0.3, .quadratic = 0.2}};

  (void)state;
  for (int k = 0; k < 2; k++) {
    for (int blocks = 1; blocks < 6; blocks += 2) {
      LinearOptions options;
      PetscReal     optimum;
      LinearProgram p = Random(&shape[k], 7, &optimum);
      Solved        alone, together;

      LinearDefaultOptions(&options);
      options.blocks = blocks;
      alone          = Solve(PETSC_COMM_SELF, p, &options);
      together       = Solve(PETSC_COMM_WORLD, p, &options);
      AssertOptimal(p, &together, 1e-6);
      assert_true(fabs(together.result.objective - optimum) <= 1e-7 * (1 + fabs(optimum)));
      assert_int_equal(alone.result.blocks, blocks);
      assert_int_equal(alone.result.iterations, together.result.iterations);
      assert_memory_equal(alone.x, together.x, (size_t)p->n * sizeof(PetscReal));
      assert_memory_equal(alone.y, together.y, (size_t)p->m * sizeof(PetscReal));
      assert_memory_equal(alone.z, together.z, (size_t)p->n * sizeof(PetscReal));
      SolvedFree(&alone);
      SolvedFree(&together);
      assert_int_equal(LinearProgramDestroy(&p), 0);
    }
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_ranks_give_the_same_bytes)};
  int                     failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (PetscFinalize()) return 1;
  return failed;
}
