/* One part of an interior point system: assembled, its interior eliminated, what is left of it at the border. Private
   to kkt*.c. Sequential; vectors over variables and rows are the rank's flat ones (blocks.h). */
#ifndef ARCHIPELAGO_SOLVER_KKT_BLOCK_H
#define ARCHIPELAGO_SOLVER_KKT_BLOCK_H

#include "solver/kkt_factor.h"
#include "solver/kkt_split.h"

typedef struct _p_KktBlock *KktBlock;

/* The part is borrowed. Border unknowns are in the order of part->unknown. */
PetscErrorCode KktBlockCreate(const KktPart *part, KktBlock *kkt);
PetscErrorCode KktBlockDestroy(KktBlock *kkt);
/* Rows that this part brings in and that are not condensed: as many negative eigenvalues the whole is to have of
   them. */
PetscInt KktBlockRowsKept(KktBlock kkt);

/* Values as for KktFactor, of which the part takes its own, those of its connectors included; the border's dx and dc
   are left out. */
PetscErrorCode KktBlockFactor(KktBlock kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                              const PetscReal *dc, FactorInertia *inertia, PetscBool *success);
/* Lower triangle, column-major and square, of what the part adds to the border's system. Borrowed. */
PetscErrorCode KktBlockGetSchur(KktBlock kkt, const PetscReal **schur);

/* For the right-hand side (a [n], b [m]), its border not included: what the part adds to that of the border's system.
   Then, with the border's solution, the part's own places of the solution (x [n], y [m]). reduced: [border unknowns].
   */
PetscErrorCode KktBlockForward(KktBlock kkt, const PetscReal *a, const PetscReal *b, PetscReal *reduced);
PetscErrorCode KktBlockBackward(KktBlock kkt, const PetscReal *b, const PetscReal *reduced, PetscReal *x, PetscReal *y);

PetscErrorCode KktBlockRaisePivotThreshold(KktBlock kkt, PetscBool *raised);
PetscErrorCode KktBlockResetPivotThreshold(KktBlock kkt);
PetscInt       KktBlockPivotLevel(KktBlock kkt);
PetscErrorCode KktBlockSetPivotLevel(KktBlock kkt, PetscInt level);

#endif
