/* Sparse symmetric indefinite factorisation P A P' = L D L' for systems of very many tiny fronts, as those of power grids are.

   Multifrontal, over groups of unknowns that belong together (a bus: angle, magnitude, its balances and what stands on it), with
   threshold pivoting of 1 x 1 and 2 x 2 pivots (Duff, Reid 1983; Bunch, Kaufman 1977) inside a front; what finds no stable pivot
   is delayed to the parent. The last n_border unknowns are never eliminated: what is left there is their Schur complement.

   Own code, beside MUMPS: the factors of the 2,869-bus case take 3 Mflop in 6,564 fronts, of which MUMPS makes 40 to 90 ms,
   nearly all of it a front's fixed cost. Sequential; the same values give the same bits. */
#ifndef ARCHIPELAGO_SOLVER_LDL_H
#define ARCHIPELAGO_SOLVER_LDL_H

#include <petscsys.h>

typedef struct _p_Ldl *Ldl;

typedef struct {
  PetscInt positive, negative,
      zero;         /* pivots of the eliminated unknowns, by sign; zero: no pivot was left above round-off */
  PetscInt delayed; /* unknowns that went to a parent */
  PetscInt factor_entries;
} LdlInertia;

/* Analyses the pattern. A has the given upper triangle by rows: start [size + 1], column [start[size]] ascending, the diagonal
   first; both are borrowed until LdlDestroy. group [size]: unknowns with the same number >= 0 are eliminated in one front
   (values need not be contiguous); NULL: rows are paired with variables by the pattern. Border unknowns are the last n_border;
   their group is ignored. */
PetscErrorCode LdlCreate(PetscInt size, const PetscInt *start, const PetscInt *column, const PetscInt *group,
                         PetscInt n_border, Ldl *ldl);
PetscErrorCode LdlDestroy(Ldl *ldl);

/* Factorises values [start[size]]. A pivot must be at least threshold times the largest entry of its column (0 < threshold <= 0.5).
   An unknown that finds no pivot even at the root counts as zero when round-off is all that is left of its column (it is then
   ignored, as MUMPS does), otherwise the best pivot there is is taken. Not finite values: *finite is false and there are no factors. */
PetscErrorCode LdlFactor(Ldl ldl, const PetscReal *value, PetscReal threshold, LdlInertia *inertia, PetscBool *finite);

/* Lower triangle, column-major [n_border][n_border], of the border's Schur complement A_BB - A_BI A_II^-1 A_IB. Borrowed until the
   next factorisation. */
PetscErrorCode LdlGetSchur(Ldl ldl, const PetscReal **schur);

/* Solves in two halves, x [size] in place. Forward: x comes in as the right-hand side and goes out with b_B - A_BI A_II^-1 b_I in its
   last n_border places and an intermediate in the others. Backward: the border's places hold its solution, and the others
   are completed. Without a border the two after each other solve A x = b. */
PetscErrorCode LdlForward(Ldl ldl, PetscReal *x);
PetscErrorCode LdlBackward(Ldl ldl, PetscReal *x);

#endif
