/* A sparse nonlinear program in blocks with a border, over the ranks of a communicator.

     minimise sum_b f_b(x_b)   subject to   gl <= g_b(x_b) <= gu  in each block's own rows,
                                            gl <= sum_b h_b(x_b) <= gu  in the rows of the border

   Each block is a Program on one rank. Some of its variables are copies of border variables, which several blocks share, and
   some of its rows are contributions to border rows; all others are interior to it. Optimal power flow over regions: blocks
   are regions, border variables the voltages of the buses that cover the tie lines, border rows their power balances.

   A rank sees one flat index space: the interiors of its blocks, ascending, then the whole border, which every rank
   holds alike. Vectors over it are [n] (variables) and [m] (rows). Whatever is summed over blocks is summed in block order, so
   that the bits do not depend on the number of ranks. */
#ifndef ARCHIPELAGO_SOLVER_BLOCKS_H
#define ARCHIPELAGO_SOLVER_BLOCKS_H

#include "solver/program.h"

/* Border items (variables or rows) that each block touches. The same on every rank. */
typedef struct {
  PetscInt     n;     /* items */
  PetscInt    *start; /* [n_blocks + 1] into item */
  PetscInt    *item;  /* those of each block, ascending */
  PetscMPIInt *count; /* [ranks] items of a rank's blocks */
  PetscMPIInt *displacement;
  PetscInt    *place;  /* [n_blocks] where a block's items begin in what is gathered */
  PetscReal   *packed; /* [count[this rank]] contributions of this rank's blocks, one after the other */
  PetscReal   *before; /* [n] work */
  PetscReal   *gather; /* [start[n_blocks]] */
} BorderItems;

/* One block as its model hands it out; arrays are copied, the program is borrowed. */
typedef struct {
  PetscInt        number; /* among all blocks */
  Program         program;
  const PetscInt *border_variable; /* [program->n] border variable of which it is a copy, or -1; NULL: none */
  const PetscInt *border_row;      /* [program->m] border row to which it contributes, or -1; NULL: none */
} BlockInput;

/* One block on this rank. Where there is a single block without border, the maps are NULL: flat indices are the program's own. */
typedef struct {
  PetscInt  number;
  Program   program;
  PetscInt *variable, *row; /* [program->n], [program->m] flat index */
  PetscInt *variable_slot,
      *row_slot;                  /* [program->n], [program->m] place among the border items it touches, -1: interior */
  PetscInt   n_variables, n_rows; /* border items it touches */
  PetscInt  *packed_variable;     /* [n_variables] their flat indices */
  PetscInt  *packed_row;          /* [n_rows] */
  PetscInt   jacobian, hessian;   /* where its entries begin in the flat lists */
  PetscReal *x, *g;               /* [program->n], [program->m] work */
} Block;

typedef struct _s_Blocks {
  MPI_Comm    comm;
  PetscMPIInt size, rank;
  PetscInt    n_blocks, n_local; /* in all; on this rank */
  Block      *block;             /* [n_local] ascending */
  PetscInt   *rank_of;           /* [n_blocks] */
  BorderItems variables, rows;
  PetscInt   *border_group;   /* [variables.n + rows.n] as Program.group, for the border; NULL: unknown */
  PetscBool   single;         /* one block without border: flat arrays are the program's own */
  PetscInt    n, m;           /* flat sizes, border included */
  PetscInt   *variable_start; /* [n_local + 2] parts: interiors of the blocks, then the border */
  PetscInt   *row_start;
  PetscInt    n_total, m_total; /* of the whole program */
  PetscInt    jacobian_nnz, hessian_nnz;
  PetscInt   *jacobian_row, *jacobian_column; /* flat indices of this rank's entries, block by block */
  PetscInt   *hessian_row, *hessian_column;
  PetscReal  *xl, *xu, *x0, *step_cap; /* [n]; step_cap may be NULL */
  PetscReal  *gl, *gu;                 /* [m] */
  PetscReal   objective_scale;
  PetscBool   quadratic; /* every program is */
  PetscReal  *partial;   /* work of sums */
  PetscInt    partial_size;
  size_t      bytes_sent; /* by this rank, so far */
} * Blocks;

/* A program as one block without border, on PETSC_COMM_SELF. Not collective. */
PetscErrorCode BlocksCreateSingle(Program program, Blocks *blocks);

/* Collective over comm. n_local blocks stand on this rank, ascending by number; each of the n_blocks on exactly one rank.
   border_group [n_border_variables + n_border_rows] or NULL: see Program.group. */
PetscErrorCode BlocksCreate(MPI_Comm comm, PetscInt n_blocks, PetscInt n_border_variables, PetscInt n_border_rows,
                            PetscInt n_local, const BlockInput *input, const PetscInt *border_group, Blocks *blocks);
PetscErrorCode BlocksDestroy(Blocks *blocks);

/* Collective. Takes bounds and start from the programs again: of border variables the tightest of the copies, of border rows the sum of
   the contributions. */
PetscErrorCode BlocksUpdate(Blocks blocks);

/* Collective. The program's functions over flat vectors; border entries come out whole on every rank. Jacobian and Hessian stay
   with their blocks: [jacobian_nnz], [hessian_nnz], not collective. */
PetscErrorCode BlocksObjective(Blocks blocks, const PetscReal *x, PetscReal *f);
PetscErrorCode BlocksGradient(Blocks blocks, const PetscReal *x, PetscReal *gradient);
PetscErrorCode BlocksConstraints(Blocks blocks, const PetscReal *x, PetscReal *g);
PetscErrorCode BlocksJacobian(Blocks blocks, const PetscReal *x, PetscReal *value);
PetscErrorCode BlocksHessian(Blocks blocks, const PetscReal *x, PetscReal sigma, const PetscReal *lambda,
                             PetscReal *value);

/* Collective. out [n] += J' lambda; with MultiplyBoth also out_g [m] = J x, in one pass; out [n] += H x (H symmetric, its lower
   triangle given). */
PetscErrorCode BlocksMultiplyBoth(Blocks blocks, const PetscReal *jacobian, const PetscReal *x, const PetscReal *lambda,
                                  PetscReal *out_x, PetscReal *out_g);
PetscErrorCode BlocksAddTransposed(Blocks blocks, const PetscReal *jacobian, const PetscReal *lambda, PetscReal *out);
PetscErrorCode BlocksAddSymmetric(Blocks blocks, const PetscReal *hessian, const PetscReal *x, PetscReal *out);

/* Collective. The sums [count] of what each part contributes: partial [n_local + 1][count], the border's own last. */
PetscErrorCode BlocksSum(Blocks blocks, PetscInt count, const PetscReal *partial, PetscReal *sum);
/* Collective. The largest of each over the ranks, in place. */
PetscErrorCode BlocksMax(Blocks blocks, PetscInt count, PetscReal *value);
/* Collective. Border places of a flat vector of rows become the largest over the ranks. */
PetscErrorCode BlocksMaxBorderRows(Blocks blocks, PetscReal *value);

/* Collective. What stands in items->packed is added in block order to out [items->n]. */
PetscErrorCode BorderItemsAdd(Blocks blocks, BorderItems *items, PetscReal *out);

/* From a flat vector to a block's own variables or rows. */
void BlockGatherVariables(const Block *block, const PetscReal *flat, PetscReal *x);
void BlockGatherRows(const Block *block, const PetscReal *flat, PetscReal *g);

#endif
