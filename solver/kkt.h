/* The symmetric indefinite systems of an interior point over blocks with a border (blocks.h),

     [ W + diag(dx)   J'        ] [ x ]   [ a ]
     [ J             -diag(dc)  ] [ y ] = [ b ]

   with one fixed sparsity: analysed once, factorised often as L D L', with the inertia of the whole. Each block's
   interior is eliminated where the block lives, what is left of the border is added in block order and factorised on
   all ranks alike; one block without border is the central method. Blocks of many hours are taken apart into hours
   first (kkt_split.h). Chosen rows, whose dc is always positive, are condensed beforehand into W + J' dc^-1 J, as
   inequality rows of few entries should be: on AC optimal power flow this halves the system without new entries. */
#ifndef ARCHIPELAGO_SOLVER_KKT_H
#define ARCHIPELAGO_SOLVER_KKT_H

#include "solver/blocks.h"

typedef struct _p_Kkt *Kkt;

typedef enum {
  KKT_READY,         /* n positive and m negative eigenvalues */
  KKT_WRONG_INERTIA, /* too many negative eigenvalues: more of dx is needed */
  KKT_SINGULAR,      /* a zero pivot, or too few negative eigenvalues: more of dc is needed */
  KKT_FAILED,        /* out of memory or not finite */
} KktStatus;

typedef struct {
  PetscInt       factorizations, solves;
  PetscLogDouble seconds; /* in factorisation and solves */
} KktStatistics;

/* All calls are collective over the blocks' communicator; vectors over variables and rows are flat (blocks.h). */

/* Takes the pattern of the blocks, which are borrowed; condense [m]: rows to condense, none of the border, NULL:
   none. */
PetscErrorCode KktCreate(Blocks blocks, const PetscBool *condense, Kkt *kkt);
PetscErrorCode KktDestroy(Kkt *kkt);

/* Puts in values ([hessian_nnz], NULL for zero; [jacobian_nnz]; [n]; [m]) and factorises. dc must be positive in
   condensed rows. */
PetscErrorCode KktFactor(Kkt kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                         const PetscReal *dc, KktStatus *status);

/* Solves with the last factors, without refinement. rhs and solution: [n + m], not the same array. */
PetscErrorCode KktSolve(Kkt kkt, const PetscReal *rhs, PetscReal *solution);

/* Asks for more stable pivots from the next factorisation on; raised says whether there was room for more. */
PetscErrorCode KktRaisePivotThreshold(Kkt kkt, PetscBool *raised);
/* Back to the sparse default, so that a solve does not depend on those before it. */
PetscErrorCode KktResetPivotThreshold(Kkt kkt);
/* Not collective. What is remembered of that between factorisations, for checkpoints: a level for each part of block k of this
   rank; for k = blocks->n_local one, of the border. level [KktPivotLevels]. */
PetscInt       KktPivotLevels(Kkt kkt, PetscInt k);
void           KktGetPivotLevels(Kkt kkt, PetscInt k, PetscInt *level);
PetscErrorCode KktSetPivotLevels(Kkt kkt, PetscInt k, const PetscInt *level);

/* How the blocks were taken apart: their unknowns that the border's system took over, and the unknowns of the
   border's system in the largest dense matrix that a part of a block leaves there. Not collective. */
PetscInt KktConnectors(Kkt kkt);
PetscInt KktLargestClique(Kkt kkt);

/* What was done since the last call. Not collective. */
PetscErrorCode KktTakeStatistics(Kkt kkt, KktStatistics *statistics);

#endif
