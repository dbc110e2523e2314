/* The border's system: what all blocks leave of it, added in the order of blocks and parts and factorised alike on
   every rank. Private to kkt*.c.

   Its unknowns are the border's own and behind them the connectors of the blocks (kkt_split.h). It is kept sparse,
   with one clique for every part of a block, so that a border of thousands of unknowns (many regions, many hours) is
   eliminated in the order that its parts allow, and a small one costs no more than a dense factorisation. */
#ifndef ARCHIPELAGO_SOLVER_KKT_BORDER_H
#define ARCHIPELAGO_SOLVER_KKT_BORDER_H

#include "solver/blocks.h"
#include "solver/kkt_factor.h"
#include "solver/kkt_split.h"

typedef struct _p_KktBorder *KktBorder;

/* Collective. split [blocks here]. Unknowns are the border's variables, its rows, then the blocks' connectors in
   block order. */
PetscErrorCode KktBorderCreate(Blocks blocks, const KktSplit *split, KktBorder *border);
PetscErrorCode KktBorderDestroy(KktBorder *border);
PetscInt       KktBorderSize(KktBorder border);
/* Connectors of all blocks, and unknowns in the largest clique. */
PetscInt KktBorderConnectors(KktBorder border);
PetscInt KktBorderLargestClique(KktBorder border);

/* Collective. schur [parts here, block by block]: each one's square lower triangle (KktBlockGetSchur); dx, dc: the
   diagonal of the border's own unknowns (connectors' comes with their parts). */
PetscErrorCode KktBorderFactor(KktBorder border, const PetscReal *const *schur, const PetscReal *dx,
                               const PetscReal *dc, FactorInertia *inertia, PetscBool *success);

/* Collective. Adds what the parts' forward solves left (reduced [parts here][border unknowns of the part]) to the
   right-hand side of the border's own unknowns in x [size] (overwritten behind them), solves, and puts the solution
   into x and into each part's reduced. */
PetscErrorCode KktBorderSolve(KktBorder border, PetscReal *const *reduced, PetscReal *x);

PetscErrorCode KktBorderRaisePivotThreshold(KktBorder border, PetscBool *raised);
PetscErrorCode KktBorderResetPivotThreshold(KktBorder border);
PetscInt       KktBorderPivotLevel(KktBorder border);
PetscErrorCode KktBorderSetPivotLevel(KktBorder border, PetscInt level);

#endif
