/* One block's part of an interior point system: assembled, its interior eliminated, what is left of it at the border. Private to
   kkt*.c. Sequential; vectors over variables and rows are the rank's flat ones (blocks.h). */
#ifndef ARCHIPELAGO_SOLVER_KKT_BLOCK_H
#define ARCHIPELAGO_SOLVER_KKT_BLOCK_H

#include "solver/blocks.h"
#include "solver/kkt_factor.h"

typedef struct _p_KktBlock *KktBlock;

/* condense [m] flat: rows to condense into the Hessian, NULL: none; none of the border. Border unknowns are the variables that the
   block touches, then the rows, each in the order of the border's items. */
PetscErrorCode KktBlockCreate(const Block *block, const PetscBool *condense, KktBlock *kkt);
PetscErrorCode KktBlockDestroy(KktBlock *kkt);
/* Interior rows that are not condensed: the negative eigenvalues that the block's interior is to have. */
PetscInt KktBlockRowsKept(KktBlock kkt);

/* Values as for KktFactor, of which the block takes its own; the border's dx and dc are left out. */
PetscErrorCode KktBlockFactor(KktBlock kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                              const PetscReal *dc, FactorInertia *inertia, PetscBool *success);
/* Lower triangle, column-major and square, of what the block adds to the border's system. Borrowed. */
PetscErrorCode KktBlockGetSchur(KktBlock kkt, const PetscReal **schur);

/* For the right-hand side (a [n], b [m]), its border not included: what the block adds to that of the border. Then, with the border's
   solution, the block's own places of the solution (x [n], y [m]). reduced: [border unknowns]. */
PetscErrorCode KktBlockForward(KktBlock kkt, const PetscReal *a, const PetscReal *b, PetscReal *reduced);
PetscErrorCode KktBlockBackward(KktBlock kkt, const PetscReal *b, const PetscReal *reduced, PetscReal *x, PetscReal *y);

PetscErrorCode KktBlockRaisePivotThreshold(KktBlock kkt, PetscBool *raised);
PetscErrorCode KktBlockResetPivotThreshold(KktBlock kkt);

#endif
