/* The MATLAB that case files are written in: literals, arithmetic and assignments, run by a small interpreter. */
#ifndef ARCHIPELAGO_INPUTS_MATPOWER_SCRIPT_H
#define ARCHIPELAGO_INPUTS_MATPOWER_SCRIPT_H

#include "inputs/fault.h"
#include "inputs/source.h"

typedef enum { VALUE_MATRIX, VALUE_TEXT, VALUE_CELLS } ValueKind;

/* A value never changes once made; an assignment to a part of it makes a new one. */
typedef struct _n_Value Value;
struct _n_Value {
  ValueKind kind;
  PetscInt  rows, cols;
  double   *number; /* [rows][cols]; matrices */
  char    **text;   /* [rows][cols]; a text is 1 x 1, cells that hold no text are "" */
  PetscInt *line;   /* [rows] line of each row in the file, negative where a fault of the row was reported; or NULL */
  size_t    capacity;
  Value    *next;
};

typedef struct {
  char    *name; /* "mpc.bus", "Vbase" */
  Value   *value;
  PetscInt line; /* where it was set last */
} Variable;

typedef struct {
  const char *path, *at;
  PetscInt    line;
  Faults      faults;
  char        result[64], function[128]; /* names on the function line: what it returns, what it is called */
  PetscBool   has_function;
  Value      *values;
  PetscInt    n_variables, variable_capacity, n_unknown;
  Variable   *variable;
  char (*unknown)[64];  /* names already reported */
  size_t       numbers; /* held by all values */
  int          depth, in_matrix;
  PetscBool    failed, reported;       /* in the statement at hand */
  PetscBool    out_of_memory, stopped; /* the rest of the file is not read */
  PetscInt     n_faults;
  const Value *indexed; /* what `end` refers to inside an index */
  PetscInt     index_position;
} Script;

/* Not collective. Runs the statements of a case file; what is not understood becomes a fault with its line and text, and
   the statements after it are run nevertheless. */
PetscErrorCode ScriptRun(const Source *source, Faults faults, Script **script);
PetscErrorCode ScriptDestroy(Script **script);

/* The variable of this name, or NULL. */
const Variable *ScriptFind(const Script *script, const char *name);
/* The field of the struct that the function returns, or NULL. */
const Variable *ScriptField(const Script *script, const char *field);

/* Shared by the interpreter's files. */
Value    *ScriptNewValue(Script *script, ValueKind kind, PetscInt rows, PetscInt cols);
PetscBool ScriptGrow(Script *script, Value *value, size_t n);
Value    *ScriptScalar(Script *script, double x);
Value    *ScriptExpression(Script *script);
Value    *ScriptIndexList(Script *script, const Value *value, int position, int n_positions);
void      ScriptFault(Script *script, PetscInt line, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(3, 4);
void      ScriptSkipBlanks(Script *script);
PetscBool ScriptName(Script *script, char *name, size_t size);
PetscBool ScriptAtAssignment(Script *script);
Value    *ScriptMatrix(Script *script);
Value    *ScriptCells(Script *script);
PetscBool ScriptNumber(Script *script, double *x);
Value    *ScriptQuoted(Script *script);
void      ScriptSet(Script *script, const char *name, Value *value, PetscInt line);

#endif
