/* Ipopt with MUMPS on the same program, where it is installed. */
#ifndef ARCHIPELAGO_TESTS_BENCH_IPOPT_H
#define ARCHIPELAGO_TESTS_BENCH_IPOPT_H

#include "solver/program.h"

typedef struct {
  PetscBool      optimal;
  PetscInt       iterations;
  PetscReal      objective; /* f(x), unscaled */
  PetscLogDouble seconds;   /* of this process's CPU time */
} IpoptResult;

/* From the program's start with tolerance 1e-8 and otherwise Ipopt's defaults; *available is false without Ipopt. */
PetscErrorCode IpoptBenchSolve(Program program, PetscBool *available, IpoptResult *result);

#endif
