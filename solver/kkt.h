/* The symmetric indefinite systems of an interior point,

     [ W + diag(dx)   J'        ] [ x ]   [ a ]
     [ J             -diag(dc)  ] [ y ] = [ b ]

   with one fixed sparsity: analysed once, factorised often as L D L' (MUMPS), with the inertia. Chosen rows, whose dc is
   always positive, are condensed beforehand into W + J' dc^-1 J, as inequality rows of few entries should be: on AC
   optimal power flow this halves the system without new entries. */
#ifndef ARCHIPELAGO_SOLVER_KKT_H
#define ARCHIPELAGO_SOLVER_KKT_H

#include "solver/program.h"

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

/* Takes the pattern of the program's Jacobian and Hessian; condense [m]: rows to condense, NULL: none. Sequential. */
PetscErrorCode KktCreate(Program program, const PetscBool *condense, Kkt *kkt);
PetscErrorCode KktDestroy(Kkt *kkt);

/* Puts in values ([hessian_nnz], NULL for zero; [jacobian_nnz]; [n]; [m]) and factorises. dc must be positive in condensed rows. */
PetscErrorCode KktFactor(Kkt kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                         const PetscReal *dc, KktStatus *status);

/* Solves with the last factors, without refinement. rhs and solution: [n + m], not the same array. */
PetscErrorCode KktSolve(Kkt kkt, const PetscReal *rhs, PetscReal *solution);

/* Asks for more stable pivots from the next factorisation on; raised says whether there was room for more. */
PetscErrorCode KktRaisePivotThreshold(Kkt kkt, PetscBool *raised);
/* Back to the sparse default, so that a solve does not depend on those before it. */
PetscErrorCode KktResetPivotThreshold(Kkt kkt);

/* What was done since the last call. */
PetscErrorCode KktTakeStatistics(Kkt kkt, KktStatistics *statistics);

#endif
