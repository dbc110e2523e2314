/* The border's own system: what all blocks leave of it, added in block order and factorised alike on every rank. Private to kkt*.c.

   It is kept sparse, with one clique a block, so that a border of thousands of unknowns (many regions, many hours) is eliminated
   in the order that its blocks allow, and a small one costs no more than a dense factorisation. */
#ifndef ARCHIPELAGO_SOLVER_KKT_BORDER_H
#define ARCHIPELAGO_SOLVER_KKT_BORDER_H

#include "solver/blocks.h"
#include "solver/kkt_factor.h"

typedef struct _p_KktBorder *KktBorder;

/* Collective. Unknowns are the border's variables, then its rows. */
PetscErrorCode KktBorderCreate(Blocks blocks, KktBorder *border);
PetscErrorCode KktBorderDestroy(KktBorder *border);
PetscInt       KktBorderSize(KktBorder border);

/* Collective. schur [blocks here]: each block's square lower triangle (KktBlockGetSchur); dx, dc: the border's diagonal. */
PetscErrorCode KktBorderFactor(KktBorder border, const PetscReal *const *schur, const PetscReal *dx,
                               const PetscReal *dc, FactorInertia *inertia, PetscBool *success);

/* Collective. Adds what the blocks' forward solves left (reduced [blocks here][border unknowns of the block]) to the border's right-hand side
   in x [size], solves, and puts the solution into x and into each block's reduced. */
PetscErrorCode KktBorderSolve(KktBorder border, PetscReal *const *reduced, PetscReal *x);

PetscErrorCode KktBorderRaisePivotThreshold(KktBorder border, PetscBool *raised);
PetscErrorCode KktBorderResetPivotThreshold(KktBorder border);

#endif
