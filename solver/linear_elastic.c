/* What makes a linear program infeasible: rows may be broken at a price, and the cheapest way to do so is found. */
#include "solver/linear_elastic.h"

#include <math.h>

/* The program without its own costs, and with variables for what is missing: first [m], second [m] where a row has them. */
static PetscErrorCode Relax(LinearProgram program, const PetscReal *elastic, LinearProgram *relaxed, PetscInt *short_of,
                            PetscInt *beyond)
{
  LinearProgram r;
  PetscInt     *column, most = 0;
  PetscReal    *value;

  PetscFunctionBeginUser;
  PetscCall(LinearProgramCreate(&r));
  *relaxed = r;
  for (PetscInt j = 0; j < program->n; j++) {
    PetscInt first;

    PetscCall(LinearProgramAddVariables(r, 1, program->variable[j], program->lower[j], program->upper[j], &first));
  }
  for (PetscInt i = 0; i < program->m; i++) most = PetscMax(most, program->start[i + 1] - program->start[i]);
  PetscCall(PetscMalloc2(most + 2, &column, most + 2, &value));
  for (PetscInt i = 0; i < program->m; i++) {
    PetscInt count = program->start[i + 1] - program->start[i], row;

    PetscCall(PetscArraycpy(column, program->column + program->start[i], count));
    PetscCall(PetscArraycpy(value, program->value + program->start[i], count));
    short_of[i] = beyond[i] = -1;
    if (elastic[i] > 0 && program->row_lower[i] > -1e20) {
      PetscCall(LinearProgramAddVariables(r, 1, program->row[i], 0, INFINITY, &short_of[i]));
      column[count]  = short_of[i];
      value[count++] = 1;
    }
    if (elastic[i] > 0 && program->row_upper[i] < 1e20) {
      PetscCall(LinearProgramAddVariables(r, 1, program->row[i], 0, INFINITY, &beyond[i]));
      column[count]  = beyond[i];
      value[count++] = -1;
    }
    if (short_of[i] >= 0) r->cost[short_of[i]] = elastic[i];
    if (beyond[i] >= 0) r->cost[beyond[i]] = elastic[i];
    PetscCall(LinearProgramAddRow(r, program->row[i], program->row_lower[i], program->row_upper[i], count, column,
                                  value, &row));
  }
  PetscCall(PetscFree2(column, value));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearSolveElastic(MPI_Comm comm, LinearProgram program, const LinearOptions *options,
                                  const PetscReal *elastic, PetscReal *broken, LinearResult *result)
{
  LinearProgram relaxed;
  PetscInt     *short_of, *beyond;
  PetscReal    *x;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(program->m + 1, &short_of, program->m + 1, &beyond));
  PetscCall(Relax(program, elastic, &relaxed, short_of, beyond));
  PetscCall(PetscMalloc1(relaxed->n + 1, &x));
  PetscCall(LinearSolveOnce(comm, relaxed, options, PETSC_FALSE, x, NULL, NULL, result));
  for (PetscInt i = 0; broken && i < program->m; i++)
    broken[i] = (short_of[i] >= 0 ? x[short_of[i]] : 0) - (beyond[i] >= 0 ? x[beyond[i]] : 0);
  PetscCall(PetscFree(x));
  PetscCall(PetscFree2(short_of, beyond));
  PetscCall(LinearProgramDestroy(&relaxed));
  PetscFunctionReturn(0);
}
