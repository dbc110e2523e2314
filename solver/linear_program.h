/* A sparse linear program, or a quadratic one with a diagonal Hessian:

     minimise constant + cost' x + 1/2 x' diag(quadratic) x
     subject to row_lower <= A x <= row_upper,  lower <= x <= upper

   with a label on every variable and row, which says what it is and in which stage of time it stands: methods take the
   program apart along time, reports name what binds. Sequential; the same on every rank. Absent bounds are -/+INFINITY.
   */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_PROGRAM_H
#define ARCHIPELAGO_SOLVER_LINEAR_PROGRAM_H

#include <petscsys.h>

typedef struct {
  PetscInt kind;  /* of the model: which family of variables or rows */
  PetscInt item;  /* which of the family (a row of a component table, a bus, ...) */
  PetscInt stage; /* snapshot, ascending in time; -1: of no time (a capacity, an annual limit) */
} LinearLabel;

typedef struct _s_LinearProgram {
  PetscInt     n, m;
  PetscReal    constant;
  PetscReal   *cost, *quadratic, *lower, *upper; /* [n] */
  LinearLabel *variable;                         /* [n] */
  PetscReal   *row_lower, *row_upper;            /* [m] */
  LinearLabel *row;                              /* [m] */
  PetscInt    *start;                            /* [m + 1] into column and value, row after row */
  PetscInt    *column;                           /* ascending in each row, no column twice */
  PetscReal   *value;
  PetscInt     n_capacity, m_capacity, nnz_capacity; /* allocated */
} * LinearProgram;

PetscErrorCode LinearProgramCreate(LinearProgram *program);
PetscErrorCode LinearProgramDestroy(LinearProgram *program);

/* Adds variables [count] of one family, item and consecutive stages from label.stage on (label.stage -1: all of no
   time), cost 0, bounds as given; *first is the index of the first. */
PetscErrorCode LinearProgramAddVariables(LinearProgram program, PetscInt count, LinearLabel label, PetscReal lower,
                                         PetscReal upper, PetscInt *first);
/* Adds a row; columns in any order, values of the same column are added, zeros dropped. */
PetscErrorCode LinearProgramAddRow(LinearProgram program, LinearLabel label, PetscReal lower, PetscReal upper,
                                   PetscInt count, const PetscInt *column, const PetscReal *value, PetscInt *index);

/* Objective, and the largest violations of rows and bounds, of a point x [n]. */
PetscReal LinearProgramObjective(LinearProgram program, const PetscReal *x);
void      LinearProgramViolation(LinearProgram program, const PetscReal *x, PetscReal *rows, PetscReal *bounds);

/* Writes the program as a free-format MPS file (RHS of the objective row carries the negative constant), names from
   `name` (without blanks; is_row tells rows from variables). False with a line of text when the file cannot be written.
   */
typedef void (*LinearNameFunction)(void *context, PetscBool is_row, PetscInt index, char *text, size_t size);
PetscErrorCode LinearProgramWriteMps(LinearProgram program, const char *path, LinearNameFunction name, void *context,
                                     PetscBool *written, char *error, size_t size);

#endif
