/* Shared by the files of the MATPOWER reader: tables with named columns and their faults. */
#ifndef ARCHIPELAGO_INPUTS_MATPOWER_H
#define ARCHIPELAGO_INPUTS_MATPOWER_H

#include "inputs/matpower_script.h"
#include "inputs/network.h"

typedef struct {
  const Script *script;
  Faults        faults;
  Network       net;
} Matpower;

/* One matrix of the case with the names of its columns; rows 0 when the case has none. */
typedef struct {
  Matpower          *reader;
  const char        *name;
  const char *const *column;
  PetscInt           rows, cols;
  const Value       *value;
} CaseTable;

/* Looks up a matrix of at least `least` columns. Its absence is a fault where it is required. */
PetscErrorCode CaseTableOpen(Matpower *reader, const char *name, PetscInt least, PetscBool required,
                             const char *const *column, CaseTable *table);
PetscInt       CaseTableLine(const CaseTable *table, PetscInt row);
/* PETSC_FALSE for a row whose faults were reported when it was read: it is then passed over. */
PetscBool CaseTableRowGood(const CaseTable *table, PetscInt row);
/* A finite number; anything else is a fault and gives 0. */
PetscErrorCode CaseTableReal(const CaseTable *table, PetscInt row, PetscInt column, PetscReal *value);
/* A number or +-infinity. */
PetscErrorCode CaseTableLimit(const CaseTable *table, PetscInt row, PetscInt column, PetscReal *value);
/* A whole number. */
PetscErrorCode CaseTableInt(const CaseTable *table, PetscInt row, PetscInt column, PetscInt *value);
/* Index of the bus whose number stands in the column, -1 after a fault. */
PetscErrorCode CaseTableBus(const CaseTable *table, PetscInt row, PetscInt column, PetscInt *bus);
/* A fault, when the columns' lower limit is above the upper. */
PetscErrorCode CaseTableOrder(const CaseTable *table, PetscInt row, PetscInt low, PetscInt high, PetscReal lower,
                              PetscReal upper);

/* Not collective. The reader from bytes at hand. */
PetscErrorCode MatpowerParse(const Source *source, Faults faults, Network *net);
/* Costs of generators and of HVDC lines from their tables. */
PetscErrorCode MatpowerReadCosts(Matpower *reader);
/* HVDC lines. */
PetscErrorCode MatpowerReadLinks(Matpower *reader);

#endif
