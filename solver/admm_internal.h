/* What the files of ADMM share. Private to admm*.c. */
#ifndef ARCHIPELAGO_SOLVER_ADMM_INTERNAL_H
#define ARCHIPELAGO_SOLVER_ADMM_INTERNAL_H

#include "solver/admm_border.h"
#include "solver/anderson.h"

enum { ADMM_FIT = 6 };

/* Whether the iteration goes on, asks the diagnosis about a sign of infeasibility, or is over. */
typedef enum { ADMM_GOES_ON, ADMM_SUSPECTS, ADMM_ENDED } AdmmStage;

typedef struct {
  OpfSubproblem  sub;
  RegionNetwork *part;
  PetscInt       n_terms;
  PetscInt      *coordinate; /* [n_terms] of this rank's */
  PetscInt      *side;
  PetscInt      *variable_i, *variable_j; /* [n_terms] -1: none */
  PetscReal     *initial_energy;
  PetscReal     *value;  /* [n_terms] last good coordinates */
  PetscBool      solved; /* the last solve succeeded: a warm start exists */
} AdmmRegion;

/* An acceleration of a stretch of coordinates: an hour's, or all. */
typedef struct {
  struct _s_Admm *admm;
  PetscInt        first, n; /* coordinates */
  Anderson        anderson;
} Acceleration;

typedef struct _s_Admm {
  MPI_Comm          comm;
  Network           net;
  const OpfOptions *options;
  Partition         partition;
  AdmmBorder        border;
  PetscInt          n_local;
  AdmmRegion       *region;    /* [n_local] regions of this rank, ascending */
  PetscInt         *own_start; /* [n_local + 1] into own */
  PetscInt         *own;       /* coordinates by the first of their regions */
  Acceleration     *by_hour;   /* [hours] */
  Acceleration      whole;
  PetscBool         joint;         /* all hours are accelerated as one */
  PetscReal        *z, *u;         /* [n] */
  PetscReal        *state, *image; /* [2 n] z and u of an hour, then of the next, weighted by the root of the penalty */
  PetscReal        *told, *all;    /* [n_local][TOLD], [n_regions][TOLD] */
  PetscReal        *worst;         /* [n_local][2] */
  PetscReal        *partial;       /* [n_local][2 memory + 1] of inner products */
  PetscReal        *answer;        /* [n][2] */
  PetscReal         tolerance;     /* of the next regional solves */
  PetscBool         suspected;     /* a sign of infeasibility was asked about */
  PetscReal         lead;          /* log of how far power lags behind prices, summed since the penalties changed */
  PetscReal        *moved, *apart; /* [n] movement and disagreement, summed since then */
  PetscReal        *merit;         /* [limit] largest residual over its tolerance, best so far */
  PetscInt          last_change;   /* iteration after which the penalties changed last */
  /* Where the iteration is */
  PetscInt  next;            /* iteration to come */
  PetscInt  failed_in_a_row; /* iterations in which a region failed */
  AdmmStage stage;
  PetscInt *fit; /* [n_local + 1][ADMM_FIT] what a state must be of: each region, then the whole */
} Admm;

/* Where the z of a coordinate stands in a state; its u stands per_hour places on. */
static inline PetscInt AdmmStatePlace(const Admm *a, PetscInt c)
{
  return c + AdmmBorderHour(a->border, c) * a->border->per_hour;
}

/* admm_state.c: what a watch keeps and gives back. Collective; nothing is done where there is no watch. */
/* The state that an earlier start left, where it is of this problem and these options; limit: most iterations. */
PetscErrorCode AdmmWatchBegin(Admm *a, PetscInt limit, OpfResult *result);
/* At the top of an iteration. */
PetscErrorCode AdmmSafePoint(Admm *a, const OpfResult *result, PetscBool *stop);
PetscErrorCode AdmmWatchEnd(Admm *a, const OpfResult *result);

#endif
