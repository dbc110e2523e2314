/* The main function's body of this room's tests: PETSc around cmocka. */
#ifndef ARCHIPELAGO_TESTS_DYNAMICS_MAIN_H
#define ARCHIPELAGO_TESTS_DYNAMICS_MAIN_H

#include "tests/support.h"

#include <petscsys.h>

static inline int FinishTests(int failed)
{
  return PetscFinalize() || failed;
}

#define RunTests(argc, argv, tests) \
  (PetscInitialize(&(argc), &(argv), NULL, NULL) ? 1 : FinishTests(cmocka_run_group_tests(tests, NULL, NULL)))

#endif
