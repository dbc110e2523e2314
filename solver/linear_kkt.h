/* The linear systems of the interior point for linear programs,

     [ diag(dx)   A'       ] [ x ]   [ a ]
     [ A         -diag(dy) ] [ y ] = [ b ]      dx, dy > 0,

   block by block of time (linear_parts.h): each block's interior is eliminated where the block lives, what is left of the border is
   added in block order and factorised densely on all ranks alike. Collective; vectors are flat. Private to linear*.c. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_KKT_H
#define ARCHIPELAGO_SOLVER_LINEAR_KKT_H

#include "solver/linear_parts.h"

typedef struct _p_LinearKkt *LinearKkt;

/* The parts are borrowed. */
PetscErrorCode LinearKktCreate(LinearParts parts, LinearKkt *kkt);
PetscErrorCode LinearKktDestroy(LinearKkt *kkt);

/* dx [n], dy [m]. repaired: pivots that were lost to round-off on any rank. */
PetscErrorCode LinearKktFactor(LinearKkt kkt, const PetscReal *dx, const PetscReal *dy, PetscInt *repaired);

/* In place: a [n] becomes x, b [m] becomes y. The border's places are the same on every rank. */
PetscErrorCode LinearKktSolve(LinearKkt kkt, PetscReal *a, PetscReal *b);

/* Of the blocks here: entries of the factors, multiply-adds of a factorisation; and seconds in factorisations and solves. */
void LinearKktCounts(LinearKkt kkt, double *entries, double *operations, double *seconds);

/* What the blocks here hold, in bytes, without anything dense over the border. */
double LinearKktBytes(LinearKkt kkt);

#endif
