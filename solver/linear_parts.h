/* A linear program taken apart into blocks of time with a border, as the interior point works on it. Private to linear*.c.

   Consecutive stages form a block. The border are the variables of no time, the variables that rows of other blocks use, and the
   rows of no time. A rank holds consecutive blocks; its flat index space is the interiors of its blocks, ascending, then the whole
   border, which every rank holds alike. Whatever is summed over blocks is summed in block order. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_PARTS_H
#define ARCHIPELAGO_SOLVER_LINEAR_PARTS_H

#include "solver/linear_program.h"

/* Compressed rows over flat indices. */
typedef struct {
  PetscInt  *start, *column;
  PetscReal *value;
} LinearRows;

typedef struct _s_LinearParts {
  MPI_Comm     comm;
  PetscMPIInt  size, rank;
  PetscInt     n_blocks, first, n_local;      /* in all; the first on this rank and how many */
  PetscInt     border_variables, border_rows; /* at the end of the flat indices */
  PetscInt     n, m;                          /* flat sizes, border included */
  PetscInt     n_total, m_total;              /* of the whole program */
  PetscInt    *variable_start, *row_start;    /* [n_local + 2] parts: interiors of the blocks, then the border */
  PetscInt    *variable, *row;                /* [n], [m] index in the program */
  LinearRows   a, t;                     /* entries of the blocks here and of the border with itself; and transposed */
  PetscMPIInt *blocks_of, *displacement; /* [size] blocks of a rank, the first */
  PetscReal   *partial, *sums;           /* work of sums over the border */
  PetscReal   *gathered;
  PetscInt     gathered_size;
} * LinearParts;

/* How many blocks are best; from the program alone. Not collective. */
PetscErrorCode LinearPartsChoose(LinearProgram program, PetscInt *blocks);
/* The same foreseen for a program of so many stages, unknowns (variables and rows) and unknowns of no time, where each cut adds
   `cut` to the border and `always` is added whatever the cuts. */
PetscInt LinearPartsForesee(PetscInt stages, PetscInt timeless, double unknowns, PetscInt cut, PetscInt always);

/* Collective. blocks: how many, at least 1; with one block there is no border. */
PetscErrorCode LinearPartsCreate(MPI_Comm comm, LinearProgram program, PetscInt blocks, LinearParts *parts);
PetscErrorCode LinearPartsDestroy(LinearParts *parts);

/* Collective. Sums [count] of what each part contributes, partial [n_local + 1][count], the border's own last (the same on every
   rank), added in block order. */
PetscErrorCode LinearPartsSum(LinearParts parts, PetscInt count, const PetscReal *partial, PetscReal *sum);

/* Collective. out [m] = A x; out [n] = A' y. */
PetscErrorCode LinearPartsMultiply(LinearParts parts, const PetscReal *x, PetscReal *out);
PetscErrorCode LinearPartsMultiplyTransposed(LinearParts parts, const PetscReal *y, PetscReal *out);

/* Collective. A flat vector over variables (or rows) to the program's order, whole on every rank. */
PetscErrorCode LinearPartsGatherVariables(LinearParts parts, const PetscReal *flat, PetscReal *x);
PetscErrorCode LinearPartsGatherRows(LinearParts parts, const PetscReal *flat, PetscReal *y);

#endif
