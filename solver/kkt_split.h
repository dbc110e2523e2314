/* How a block's system is taken apart before it is factorised. Private to kkt*.c.

   A block that couples many hours (storage, ramps) would leave one dense matrix over the border of all hours. It is
   therefore cut in stages (Program.stage): unknowns that couple stages, its connectors, are handed up to the border's
   system, so that each stage is a part of its own, which leaves a small matrix over the border items of its hour and
   a few connectors. A block that is not worth cutting is one part. */
#ifndef ARCHIPELAGO_SOLVER_KKT_SPLIT_H
#define ARCHIPELAGO_SOLVER_KKT_SPLIT_H

#include "solver/blocks.h"

/* Part of a block's system: its interior, and the unknowns of the border's system (border items, connectors) that it
   touches. */
typedef struct {
  PetscInt   n, m;                     /* variables and rows, each in the program's order */
  PetscInt  *variable, *row;           /* [n], [m] flat index */
  PetscInt  *variable_slot, *row_slot; /* [n], [m] place among what it touches; -1: interior */
  PetscBool *own_variable, *own_row;   /* [n], [m] this part brings in its diagonal and right-hand side, and takes its
                                              solution: interior, and connectors of its stage */
  PetscBool *condensed;                /* [m] */
  PetscInt  *group;                    /* [n + m] as in the program, -1 in inequality rows; NULL: unknown */
  PetscInt   border, *unknown; /* [border] what it touches, ascending: border variables, border rows behind them,
                                              the block's connectors behind these */
  PetscInt   hessian_nnz, jacobian_nnz;    /* entries of the program that fall to this part: */
  PetscInt  *hessian, *jacobian;           /* their places in the rank's flat lists of values */
  PetscInt  *hessian_row, *hessian_column; /* place among the part's variables */
  PetscInt  *jacobian_row, *jacobian_column;
} KktPart;

typedef struct {
  PetscInt n_connectors, n_parts;
  KktPart *part; /* [n_parts] */
} KktSplit;

/* condense [m] flat: rows to condense into the Hessian, NULL: none; none of the border. Not collective. */
PetscErrorCode KktSplitCreate(Blocks blocks, const Block *block, const PetscBool *condense, KktSplit *split);
PetscErrorCode KktSplitDestroy(KktSplit *split);

#endif
