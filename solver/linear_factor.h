/* Sparse factorisation P A P' = L D L' of a quasi-definite matrix, without pivoting: its signs are known, and any order of elimination
   is stable enough when it is regularised (Vanderbei 1995). Structure and memory are therefore fixed once. Multifrontal, on the
   analysis of ldl.h; what fronts leave at the border goes straight into its dense Schur complement, so that no front carries a border
   of hundreds of capacities from hour to hour. Sequential; the same values give the same bits. Private to linear*.c. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_FACTOR_H
#define ARCHIPELAGO_SOLVER_LINEAR_FACTOR_H

#include <petscsys.h>

typedef struct _p_LinearFactor *LinearFactor;

/* Upper triangle by rows: start [size + 1], column ascending, the diagonal first; borrowed. positive [size]: sign of the unknown's
   pivot, copied. The last n_border unknowns are not eliminated. */
PetscErrorCode LinearFactorCreate(PetscInt size, const PetscInt *start, const PetscInt *column,
                                  const PetscBool *positive, PetscInt n_border, LinearFactor *factor);
PetscErrorCode LinearFactorDestroy(LinearFactor *factor);

/* Factorises value [start[size]]. A pivot without its sign, or that is round-off, is replaced and counted in repaired. */
PetscErrorCode LinearFactorNumeric(LinearFactor factor, const PetscReal *value, PetscInt *repaired);

/* Lower triangle, column-major [n_border][n_border], of the Schur complement of the border. Borrowed. */
const PetscReal *LinearFactorSchur(LinearFactor factor);

/* The halves of a solve, x [size] in place: as LdlForward and LdlBackward. */
PetscErrorCode LinearFactorForward(LinearFactor factor, PetscReal *x);
PetscErrorCode LinearFactorBackward(LinearFactor factor, PetscReal *x);

/* Entries of L, and multiply-adds of a factorisation. */
void LinearFactorCounts(LinearFactor factor, double *entries, double *operations);

/* What it holds, in bytes, without the Schur complement. */
double LinearFactorBytes(LinearFactor factor);

#endif
