/* A data set in memory. */
#include "jobs/dataset.h"

#include <math.h>
#include <string.h>

PetscErrorCode DatasetCreate(Dataset *ds)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(ds));
  PetscFunctionReturn(0);
}

static PetscErrorCode FreeTexts(size_t n, char ***text)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; *text && k < n; k++) PetscCall(PetscFree((*text)[k]));
  PetscCall(PetscFree(*text));
  PetscFunctionReturn(0);
}

static PetscErrorCode FreeVariable(Dataset ds, Variable *var)
{
  PetscFunctionBeginUser;
  PetscCall(FreeTexts(DatasetCount(ds, var), &var->text));
  PetscCall(PetscFree(var->name));
  PetscCall(PetscFree(var->units));
  PetscCall(PetscFree(var->long_name));
  PetscCall(PetscFree(var->calendar));
  PetscCall(PetscFree(var->real));
  PetscCall(PetscFree(var->integer));
  PetscFunctionReturn(0);
}

PetscErrorCode DatasetDestroy(Dataset *ds)
{
  PetscFunctionBeginUser;
  if (!*ds) PetscFunctionReturn(0);
  for (PetscInt v = 0; v < (*ds)->n_vars; v++) PetscCall(FreeVariable(*ds, &(*ds)->var[v]));
  for (PetscInt d = 0; d < (*ds)->n_dims; d++) PetscCall(PetscFree((*ds)->dim[d].name));
  PetscCall(FreeTexts(2 * (size_t)(*ds)->n_attributes, &(*ds)->attribute));
  PetscCall(PetscFree((*ds)->var));
  PetscCall(PetscFree((*ds)->dim));
  PetscCall(PetscFree(*ds));
  PetscFunctionReturn(0);
}

PetscErrorCode DatasetSetAttribute(Dataset ds, const char *name, const char *value)
{
  PetscFunctionBeginUser;
  PetscCall(PetscRealloc(sizeof(char *) * 2 * (size_t)(ds->n_attributes + 1), &ds->attribute));
  PetscCall(PetscStrallocpy(name, &ds->attribute[2 * ds->n_attributes]));
  PetscCall(PetscStrallocpy(value, &ds->attribute[2 * ds->n_attributes + 1]));
  ds->n_attributes++;
  PetscFunctionReturn(0);
}

PetscErrorCode DatasetAddDimension(Dataset ds, const char *name, PetscInt length)
{
  PetscFunctionBeginUser;
  PetscCheck(DatasetFindDimension(ds, name) < 0, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "dimension %s exists", name);
  PetscCall(PetscRealloc(sizeof *ds->dim * (size_t)(ds->n_dims + 1), &ds->dim));
  PetscCall(PetscStrallocpy(name, &ds->dim[ds->n_dims].name));
  ds->dim[ds->n_dims++].length = length;
  PetscFunctionReturn(0);
}

PetscInt DatasetFindDimension(Dataset ds, const char *name)
{
  for (PetscInt d = 0; d < ds->n_dims; d++)
    if (!strcmp(ds->dim[d].name, name)) return d;
  return -1;
}

Variable *DatasetFind(Dataset ds, const char *name)
{
  for (PetscInt v = 0; v < ds->n_vars; v++)
    if (!strcmp(ds->var[v].name, name)) return &ds->var[v];
  return NULL;
}

size_t DatasetCount(Dataset ds, const Variable *var)
{
  size_t n = 1;
  for (PetscInt d = 0; d < var->rank; d++) n *= (size_t)ds->dim[var->dim[d]].length;
  return n;
}

static PetscErrorCode AddVariable(Dataset ds, const char *name, const char *dims, const char *units,
                                  const char *long_name, ValueKind kind, Variable **out)
{
  Variable *var;
  char     *copy, *rest, *word;

  PetscFunctionBeginUser;
  PetscCheck(!DatasetFind(ds, name), PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "variable %s exists", name);
  PetscCall(PetscRealloc(sizeof *ds->var * (size_t)(ds->n_vars + 1), &ds->var));
  var = *out = &ds->var[ds->n_vars++];
  PetscCall(PetscMemzero(var, sizeof *var));
  var->kind = kind;
  PetscCall(PetscStrallocpy(name, &var->name));
  PetscCall(PetscStrallocpy(units, &var->units));
  PetscCall(PetscStrallocpy(long_name, &var->long_name));
  PetscCall(PetscStrallocpy(dims, &copy));
  for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
    PetscInt d = DatasetFindDimension(ds, word);
    PetscCheck(d >= 0 && var->rank < DATASET_MAX_RANK, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "variable %s over %s",
               name, word);
    var->dim[var->rank++] = d;
  }
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

PetscErrorCode DatasetAddReal(Dataset ds, const char *name, const char *dims, const char *units, const char *long_name,
                              const double *value)
{
  Variable *var;
  size_t    n;

  PetscFunctionBeginUser;
  PetscCall(AddVariable(ds, name, dims, units, long_name, VALUE_REAL, &var));
  n = DatasetCount(ds, var);
  PetscCall(PetscCalloc1(n, &var->real));
  if (value) PetscCall(PetscArraycpy(var->real, value, n));
  for (size_t k = 0; k < n; k++) var->real[k] += 0.0; /* one zero: -0.0 would be other bytes */
  PetscFunctionReturn(0);
}

PetscErrorCode DatasetAddInteger(Dataset ds, const char *name, const char *dims, const char *units,
                                 const char *long_name, const int64_t *value)
{
  Variable *var;
  size_t    n;

  PetscFunctionBeginUser;
  PetscCall(AddVariable(ds, name, dims, units, long_name, VALUE_INTEGER, &var));
  n = DatasetCount(ds, var);
  PetscCall(PetscCalloc1(n, &var->integer));
  if (value) PetscCall(PetscArraycpy(var->integer, value, n));
  PetscFunctionReturn(0);
}

PetscErrorCode DatasetAddText(Dataset ds, const char *name, const char *dims, const char *long_name, char *const *value)
{
  Variable *var;
  size_t    n;

  PetscFunctionBeginUser;
  PetscCall(AddVariable(ds, name, dims, NULL, long_name, VALUE_TEXT, &var));
  n = DatasetCount(ds, var);
  PetscCall(PetscCalloc1(n, &var->text));
  for (size_t k = 0; k < n; k++) PetscCall(PetscStrallocpy(value && value[k] ? value[k] : "", &var->text[k]));
  PetscFunctionReturn(0);
}

static PetscBool Grows(Dataset ds, const Variable *var, const char *growing)
{
  const char *name, *at;
  size_t      n;

  if (!var->rank) return PETSC_FALSE;
  name = ds->dim[var->dim[0]].name;
  n    = strlen(name);
  for (at = strstr(growing, name); at; at = strstr(at + 1, name))
    if ((at == growing || at[-1] == ' ') && (at[n] == ' ' || !at[n])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Puts the values of `source` behind the first `n` values of `var`. */
static PetscErrorCode ExtendVariable(Variable *var, size_t n, const Variable *source, size_t more)
{
  PetscFunctionBeginUser;
  switch (var->kind) {
  case VALUE_REAL:
    PetscCall(PetscRealloc(sizeof *var->real * (n + more), &var->real));
    PetscCall(PetscArraycpy(var->real + n, source->real, more));
    break;
  case VALUE_INTEGER:
    PetscCall(PetscRealloc(sizeof *var->integer * (n + more), &var->integer));
    PetscCall(PetscArraycpy(var->integer + n, source->integer, more));
    break;
  case VALUE_TEXT:
    PetscCall(PetscRealloc(sizeof *var->text * (n + more), &var->text));
    for (size_t k = 0; k < more; k++) PetscCall(PetscStrallocpy(source->text[k], &var->text[n + k]));
    break;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode FillMissing(Variable *var, size_t n)
{
  PetscFunctionBeginUser;
  if (var->kind == VALUE_REAL) PetscCall(PetscMalloc1(n, &var->real));
  if (var->kind == VALUE_INTEGER) PetscCall(PetscCalloc1(n, &var->integer));
  if (var->kind == VALUE_TEXT) PetscCall(PetscCalloc1(n, &var->text));
  for (size_t k = 0; k < n; k++) {
    if (var->real) var->real[k] = NAN;
    if (var->text) PetscCall(PetscStrallocpy("", &var->text[k]));
  }
  PetscFunctionReturn(0);
}

/* Adds a variable of `more` that `ds` lacks, without values along a growing dimension. */
static PetscErrorCode TakeOver(Dataset ds, Dataset more, const Variable *source, PetscBool grows)
{
  Variable *var;
  char      dims[256] = "";

  PetscFunctionBeginUser;
  for (PetscInt d = 0; d < source->rank; d++) {
    const Dimension *dim = &more->dim[source->dim[d]];
    if (DatasetFindDimension(ds, dim->name) < 0)
      PetscCall(DatasetAddDimension(ds, dim->name, grows && !d ? 0 : dim->length));
    PetscCall(PetscStrlcat(dims, dim->name, sizeof dims));
    PetscCall(PetscStrlcat(dims, " ", sizeof dims));
  }
  PetscCall(AddVariable(ds, source->name, dims, source->units, source->long_name, source->kind, &var));
  PetscCall(PetscStrallocpy(source->calendar, &var->calendar));
  if (grows)
    PetscCall(FillMissing(var, DatasetCount(ds, var)));
  else
    PetscCall(ExtendVariable(var, 0, source, DatasetCount(more, source)));
  PetscFunctionReturn(0);
}

PetscErrorCode DatasetAppend(Dataset ds, Dataset more, const char *growing)
{
  PetscInt *length;

  PetscFunctionBeginUser;
  for (PetscInt v = 0; v < more->n_vars; v++)
    if (!DatasetFind(ds, more->var[v].name))
      PetscCall(TakeOver(ds, more, &more->var[v], Grows(more, &more->var[v], growing)));
  PetscCall(PetscMalloc1(ds->n_dims, &length));
  for (PetscInt d = 0; d < ds->n_dims; d++) length[d] = ds->dim[d].length;
  for (PetscInt v = 0; v < more->n_vars; v++) {
    const Variable *source = &more->var[v];
    Variable       *var    = DatasetFind(ds, source->name);
    PetscInt        first  = source->rank ? var->dim[0] : -1;
    if (!Grows(more, source, growing)) continue;
    PetscCheck(var->kind == source->kind && var->rank == source->rank, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
               "variable %s differs", var->name);
    PetscCall(ExtendVariable(var, DatasetCount(ds, var), source, DatasetCount(more, source)));
    length[first] = ds->dim[first].length + more->dim[source->dim[0]].length;
  }
  for (PetscInt d = 0; d < ds->n_dims; d++) ds->dim[d].length = length[d];
  PetscCall(PetscFree(length));
  PetscFunctionReturn(0);
}
