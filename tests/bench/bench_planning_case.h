/* A generated PyPSA folder for planning: regions in a ring with cross-links, each with the same technologies. */
#ifndef ARCHIPELAGO_TESTS_BENCH_PLANNING_CASE_H
#define ARCHIPELAGO_TESTS_BENCH_PLANNING_CASE_H

#include <petscsys.h>

typedef struct {
  PetscInt regions, hours, technologies; /* technologies of each region, 1 to 20 */
  PetscInt seed;
} PlanningCase;

/* Not collective. Writes the folder; false when a file cannot be written. The same numbers give the same bytes. */
PetscBool PlanningCaseWrite(const PlanningCase *c, const char *folder);

#endif
