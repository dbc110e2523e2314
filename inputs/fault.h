/* Faults found in what the user gave us: one line each, with file and line, collected rather than stopped at. */
#ifndef ARCHIPELAGO_INPUTS_FAULT_H
#define ARCHIPELAGO_INPUTS_FAULT_H

#include <petscsys.h>
#include <stdio.h>

typedef enum { FAULT_WARNING, FAULT_ERROR } FaultSeverity;

typedef struct _p_Faults *Faults;

/* Not collective. A list without faults. */
PetscErrorCode FaultsCreate(Faults *faults);

/* Destroys the list; takes NULL and half-built lists, and sets the handle to NULL. */
PetscErrorCode FaultsDestroy(Faults *faults);

/* Adds one fault. `file` may be NULL and `line` 0 where there is none; the text is one line without its final newline
   and says what was found and what was expected. Every rank that reads the same bytes adds the same faults. */
PetscErrorCode FaultsAdd(Faults faults, FaultSeverity severity, const char *file, PetscInt line, const char *format,
                         ...) PETSC_ATTRIBUTE_FORMAT(5, 6);

PetscInt FaultsErrorCount(Faults faults);
PetscInt FaultsWarningCount(Faults faults);
PetscInt FaultsCount(Faults faults);

/* The k-th fault's parts, in order of addition; pointers live as long as the list. Any output may be NULL. */
PetscErrorCode FaultsGet(Faults faults, PetscInt k, FaultSeverity *severity, const char **file, PetscInt *line,
                         const char **text);

/* Faults added from now on with this line, which no file has, are told to be at the place `name` instead. */
PetscErrorCode FaultsPlace(Faults faults, PetscInt line, const char *name);

/* Adds to `known` those of `found` that it has not yet, in their order. */
PetscErrorCode FaultsAddNew(Faults found, Faults known);

/* Prints `file:line: error: text` lines (or `warning:`) in order of addition. Call on one rank only. */
PetscErrorCode FaultsView(Faults faults, FILE *stream);

#endif
