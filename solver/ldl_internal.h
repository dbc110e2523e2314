/* What the parts of the sparse factorisation share: the analysed pattern, the pools of factors, and one front.

   Positions are places in the order of elimination; the border comes last. A front holds its own unknowns (consecutive positions),
   then, when numbers are known, what its children delayed, then its update rows. "Static" indices leave out the delayed. */
#ifndef ARCHIPELAGO_SOLVER_LDL_INTERNAL_H
#define ARCHIPELAGO_SOLVER_LDL_INTERNAL_H

#include "solver/ldl.h"

/* Wide registers where the processor has them. The bits are the same without: no operation is reordered or contracted. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define LDL_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define LDL_WIDE
#endif

/* Memory that only grows; what it holds is addressed by offsets. */
typedef struct {
  PetscReal *data;
  size_t     used, size;
} LdlPool;

typedef struct {
  PetscInt *data;
  size_t    used, size;
} LdlIndexPool;

/* The factors of one front. */
typedef struct {
  PetscInt rows, pivots;               /* of the front; eliminated in it */
  size_t panel, diagonal, index, kind; /* offsets: L [pivots][rows], inverse of D [pivots][2], unknowns [rows], kinds */
} LdlFactors;

/* A matrix that waits for its parent: the delayed, then the update rows. */
typedef struct {
  PetscInt front, delayed, rows; /* rows: with the delayed */
  size_t   offset, index;        /* lower triangle [rows][rows] in the stack; the delayed unknowns in index_stack */
} LdlUpdate;

struct _p_Ldl {
  PetscInt        size, n_border;
  const PetscInt *start, *column;

  /* Pattern. The last front is the border's, where there is one. */
  PetscInt  n_fronts;
  PetscInt *first;       /* [n_fronts + 1] position of a front's first own unknown */
  PetscInt *row_start;   /* [n_fronts + 1] of its update rows in row and relative */
  PetscInt *row;         /* update rows: first as positions, later as unknowns */
  PetscInt *relative;    /* their static index in the parent */
  PetscInt *parent;      /* -1: a root */
  PetscInt *n_children;  /* [n_fronts] */
  PetscInt *order;       /* [size] unknown at a position */
  PetscInt *entry_start; /* [size + 1] by position: entries of the column that no front before has */
  PetscInt *entry_value; /* where the value is, */
  PetscInt *entry_row;   /* and its row's static index in the front */

  /* Numbers. */
  PetscReal   *scale; /* [size] largest entry of each column as given */
  LdlFactors  *factors;
  LdlPool      panel, diagonal, stack, work;
  LdlIndexPool index, kind, index_stack, adjusted;
  LdlUpdate   *update; /* [n_fronts] stack of those that wait */
  PetscInt     n_updates;
  PetscReal   *gathered; /* [largest front] in solves */
  PetscInt     largest;
  PetscReal    threshold;
  LdlInertia   inertia;
};

/* One front while it is factorised: fully summed columns in panel [pivots][rows], the rest in update [rows - pivots]^2. */
typedef struct {
  PetscInt         rows, pivots, done; /* pivots: fully summed; done: eliminated */
  PetscReal       *panel, *update;
  PetscReal       *unscaled; /* [pivots][rows] columns of L D */
  PetscReal       *inverse;  /* [pivots][2] of D: (1 / d, 0), or (e11, e12), (e22, 0) */
  PetscInt        *kind;     /* [pivots] 0: no pivot, 1, or 2: first of two */
  PetscInt        *index;    /* [rows] unknowns, permuted as pivots are taken */
  PetscReal        threshold;
  PetscBool        forced; /* nothing can be delayed */
  const PetscReal *scale;  /* [size] by unknown */
  LdlInertia      *inertia;
  PetscBool        finite;
} LdlFront;

/* Eliminates what finds a stable pivot among the fully summed and updates the rest. Columns done .. pivots - 1 of the panel, and
   the update matrix, hold the Schur complement afterwards. Buffers may be read up to 7 entries beyond their ends. */
void LdlFrontFactor(LdlFront *front);

PetscErrorCode LdlAnalyse(Ldl ldl, const PetscInt *group);

#endif
