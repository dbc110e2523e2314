/* A data set in memory: named dimensions, variables over them, and text attributes. What the result store writes and
   reads. Held on one rank. */
#ifndef ARCHIPELAGO_JOBS_DATASET_H
#define ARCHIPELAGO_JOBS_DATASET_H

#include <petscsys.h>

#include "jobs/file.h"

typedef enum { VALUE_REAL, VALUE_INTEGER, VALUE_TEXT } ValueKind;

enum { DATASET_MAX_RANK = 3 };

typedef struct {
  char    *name;
  PetscInt length;
} Dimension;

typedef struct {
  char     *name;
  ValueKind kind;
  PetscInt  rank;
  PetscInt  dim[DATASET_MAX_RANK]; /* indices of dimensions, slowest first */
  char     *units;                 /* NULL when there are none (texts) */
  char     *long_name;
  char     *calendar; /* of a time coordinate, otherwise NULL */
  double   *real;     /* the values of the variable's kind, row-major; NAN means missing */
  int64_t  *integer;
  char    **text;
} Variable;

typedef struct _p_Dataset {
  PetscInt   n_dims;
  Dimension *dim;
  PetscInt   n_vars;
  Variable  *var;
  PetscInt   n_attributes;
  char     **attribute; /* [2 n_attributes] name, value */
} * Dataset;

PetscErrorCode DatasetCreate(Dataset *ds);
PetscErrorCode DatasetDestroy(Dataset *ds);
PetscErrorCode DatasetSetAttribute(Dataset ds, const char *name, const char *value);

/* Adds a dimension. Dimensions of length zero may be added: variables over them are left out when stored. */
PetscErrorCode DatasetAddDimension(Dataset ds, const char *name, PetscInt length);

/* Adds a variable over space-separated dimension names ("time bus", "" for a single value). Values are copied; NULL
   values give zeros, NULL texts empty texts. A variable named as its only dimension is that dimension's coordinate. */
PetscErrorCode DatasetAddReal(Dataset ds, const char *name, const char *dims, const char *units, const char *long_name,
                              const double *value);
PetscErrorCode DatasetAddInteger(Dataset ds, const char *name, const char *dims, const char *units,
                                 const char *long_name, const int64_t *value);
PetscErrorCode DatasetAddText(Dataset ds, const char *name, const char *dims, const char *long_name,
                              char *const *value);

PetscInt  DatasetFindDimension(Dataset ds, const char *name); /* -1 when there is none */
Variable *DatasetFind(Dataset ds, const char *name);          /* NULL when there is none */
size_t    DatasetCount(Dataset ds, const Variable *var);      /* number of values */

/* Appends another data set's values of every variable whose first dimension is one of `growing` (space separated); the
   other variables and dimensions must be the same, and are taken over where they are missing. */
PetscErrorCode DatasetAppend(Dataset ds, Dataset more, const char *growing);

/* netCDF-4-readable HDF5, the same bytes for the same data set. */
PetscErrorCode DatasetWriteNetcdf(Dataset ds, const char *path, PetscBool *written, FileError *error);
/* Reads what DatasetWriteNetcdf wrote; *ds is NULL on failure. */
PetscErrorCode DatasetReadNetcdf(const char *path, Dataset *ds, FileError *error);

#endif
