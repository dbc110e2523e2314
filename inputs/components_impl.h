/* What the files about components share: columns, the reading of folders in pieces, numbers as texts. */
#ifndef ARCHIPELAGO_INPUTS_COMPONENTS_IMPL_H
#define ARCHIPELAGO_INPUTS_COMPONENTS_IMPL_H

#include "inputs/component_schema.h"
#include "inputs/csv.h"

/* A folder while it is read. */
typedef struct {
  MPI_Comm    comm;
  const char *path;
  Faults      faults;
  Components  c;
  PetscInt    n_files;
  char      **file; /* names of its tables, sorted */
} ComponentFolder;

/* Reading, in this order. */
PetscErrorCode ComponentFolderList(ComponentFolder *f);
PetscBool      ComponentFolderHas(ComponentFolder *f, const char *file);
/* The table of a file of the folder, NULL when it is not there or has errors. */
PetscErrorCode ComponentFolderCsv(ComponentFolder *f, const char *file, Csv *csv);
PetscErrorCode ComponentsReadTime(ComponentFolder *f);
PetscErrorCode ComponentsReadTables(ComponentFolder *f);
PetscErrorCode ComponentsReadSeries(ComponentFolder *f);
PetscErrorCode ComponentsCheck(ComponentFolder *f);

/* The table's column, or NULL; the same, made where it is missing. */
Column        *ComponentsHeldColumn(Components c, ComponentKind kind, const char *name);
PetscErrorCode ComponentsNeedColumn(Components c, ComponentKind kind, const char *name, Column **column);
/* Gives a column its marks of what was given; a row's series [n_snapshots], not filled. */
PetscErrorCode ColumnNeedGiven(Components c, ComponentKind kind, Column *column);
PetscErrorCode ColumnNeedSeries(Components c, ComponentKind kind, Column *column, PetscInt row, PetscReal **series);
/* Gives a column of texts its numbers as well where every filled cell is one. */
PetscErrorCode ColumnNumbers(Components c, ComponentKind kind, Column *column);
/* Names of the file of a table, and of a series when `attribute` is not NULL. */
void ComponentFileName(ComponentKind kind, const char *attribute, char *text, size_t size);

/* Time steps as one calls for them: n snapshots of weight 1 without labels. */
PetscErrorCode ComponentsResizeSnapshots(Components c, PetscInt n);
PetscErrorCode ComponentsResizePeriods(Components c, PetscInt n);

/* Reads the decimal number at `text`; returns its end, or NULL when there is none. Signs, points and exponents; not inf nor
   nan, which begin no number here. The nearest double. */
const char *TextToDouble(const char *text, PetscReal *value);

#endif
