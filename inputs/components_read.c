/* Reading a PyPSA CSV folder into components: the folder, and its tables. */
#include "inputs/components_impl.h"
#include "inputs/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FAULTS_OF_ONE_COLUMN 5

PetscErrorCode ComponentFolderList(ComponentFolder *f)
{
  PetscFunctionBegin;
  PetscCall(SourceTables(f->comm, f->path, f->faults, &f->n_files, &f->file));
  PetscFunctionReturn(0);
}

PetscBool ComponentFolderHas(ComponentFolder *f, const char *file)
{
  for (PetscInt k = 0; k < f->n_files; k++)
    if (!strcmp(f->file[k], file)) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscErrorCode ComponentFolderCsv(ComponentFolder *f, const char *file, Csv *csv)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscFunctionBegin;
  *csv = NULL;
  if (!ComponentFolderHas(f, file)) PetscFunctionReturn(0);
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/%s", f->path, file));
  PetscCall(CsvRead(f->comm, path, f->faults, csv));
  PetscFunctionReturn(0);
}

void ComponentFileName(ComponentKind kind, const char *attribute, char *text, size_t size)
{
  snprintf(text, size, "%s%s%s.csv", ComponentListName(kind), attribute ? "-" : "", attribute ? attribute : "");
}

/* PyPSA takes the first column for the names, whatever its heading, which is "name" or nothing. */
static PetscInt NameColumn(ComponentKind kind, Csv csv)
{
  PetscInt column = CsvColumn(csv, "name");
  if (column >= 0) return column;
  return ComponentAttribute(kind, CsvColumnName(csv, 0)) ? -1 : 0;
}

static PetscErrorCode TakeNames(ComponentFolder *f, ComponentKind kind, Csv csv, PetscInt column)
{
  ComponentTable *t = &f->c->table[kind];

  PetscFunctionBegin;
  t->n = t->capacity = CsvRows(csv);
  PetscCall(PetscCalloc1(t->n + 1, &t->name));
  PetscCall(PetscMalloc1(t->n + 1, &t->line));
  for (PetscInt k = 0; k < t->n; k++) {
    PetscCall(PetscStrallocpy(CsvText(csv, k, column), &t->name[k]));
    t->line[k] = CsvLine(csv, k);
  }
  for (PetscInt k = 0; k < t->n; k++) {
    PetscInt first = ComponentsFind(f->c, kind, t->name[k]);
    if (!t->name[k][0])
      PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), t->line[k], "found no name, expected one"));
    else if (first < k)
      PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), t->line[k],
                          "found the name \"%.80s\" twice, expected it once (first at line %" PetscInt_FMT ")",
                          t->name[k], t->line[first]));
  }
  PetscFunctionReturn(0);
}

/* Truth values as PyPSA and pandas write them. */
static PetscBool TextToTruth(const char *text, PetscReal *value)
{
  static const char *const yes[] = {"true", "1", "1.0", NULL}, *const no[] = {"false", "0", "0.0", NULL};
  for (int k = 0; yes[k]; k++) {
    if (!strcasecmp(text, yes[k])) *value = 1;
    if (!strcasecmp(text, no[k])) *value = 0;
    if (!strcasecmp(text, yes[k]) || !strcasecmp(text, no[k])) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* A cell's value; otherwise what was expected of it. */
static const char *CellNumber(const Attribute *a, const char *text, PetscReal *value)
{
  if (a->type == ATTRIBUTE_BOOLEAN) return TextToTruth(text, value) ? NULL : "True or False";
  if (!strcasecmp(text, "NA"))
    *value = NAN;
  else if (!TextToReal(text, value))
    return a->type == ATTRIBUTE_INTEGER ? "a whole number" : "a number";
  if (isnan(*value)) return a->output || isnan(a->standard) ? NULL : "a number";
  if (isinf(*value) && a->range != RANGE_LIMIT && a->range != RANGE_SIGNED_LIMIT) return "a finite number";
  if (*value < 0 && (a->range == RANGE_POSITIVE || a->range == RANGE_LIMIT)) return "a number that is not negative";
  if (a->type == ATTRIBUTE_INTEGER && *value != floor(*value)) return "a whole number";
  return NULL;
}

static PetscErrorCode TakeColumn(ComponentFolder *f, ComponentKind kind, Csv csv, PetscInt at)
{
  PetscInt    bad = 0;
  Column     *column;
  const char *name = CsvColumnName(csv, at);

  PetscFunctionBegin;
  PetscCall(ComponentsNeedColumn(f->c, kind, name, &column));
  for (PetscInt k = 0; k < column->n; k++) {
    const char *text = CsvText(csv, k, at), *expected = NULL;
    if (!text[0]) continue;
    PetscCall(ColumnNeedGiven(f->c, kind, column));
    column->given[k] = PETSC_TRUE;
    if (column->type == ATTRIBUTE_TEXT) {
      PetscCall(PetscFree(column->text[k]));
      PetscCall(PetscStrallocpy(text, &column->text[k]));
    } else {
      PetscReal value = column->real[k];
      expected        = CellNumber(column->attribute, text, &value);
      if (!expected) column->real[k] = value;
    }
    if (expected && ++bad <= FAULTS_OF_ONE_COLUMN)
      PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                          "column \"%.80s\": found \"%.80s\", expected %s", name, text, expected));
  }
  if (bad > FAULTS_OF_ONE_COLUMN)
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), 0,
                        "column \"%.80s\": found %" PetscInt_FMT " more such cells", name, bad - FAULTS_OF_ONE_COLUMN));
  if (!column->attribute) PetscCall(ColumnNumbers(f->c, kind, column));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTable(ComponentFolder *f, ComponentKind kind)
{
  char     file[64];
  Csv      csv;
  PetscInt names;

  PetscFunctionBegin;
  ComponentFileName(kind, NULL, file, sizeof file);
  PetscCall(ComponentFolderCsv(f, file, &csv));
  if (!csv) PetscFunctionReturn(0);
  names = NameColumn(kind, csv);
  if (names < 0) {
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), 1, "found no column \"name\", expected the names of %s",
                        ComponentListName(kind)));
  } else {
    PetscCall(TakeNames(f, kind, csv, names));
    for (PetscInt k = 0; k < CsvColumns(csv); k++)
      if (k != names) PetscCall(TakeColumn(f, kind, csv, k));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFacts(ComponentFolder *f)
{
  Csv csv;
  PetscFunctionBegin;
  PetscCall(ComponentFolderCsv(f, "network.csv", &csv));
  for (PetscInt k = 0; csv && CsvRows(csv) && k < CsvColumns(csv); k++) {
    const char *name = CsvColumnName(csv, k), *text = CsvText(csv, 0, k);
    if (!strcmp(name, "name") || (!k && !name[0])) {
      PetscCall(PetscFree(f->c->name));
      PetscCall(PetscStrallocpy(text, &f->c->name));
    } else if (!strcmp(name, "currency") && text[0]) {
      PetscCall(PetscFree(f->c->currency));
      PetscCall(PetscStrallocpy(text, &f->c->currency));
    } else if (name[0]) {
      PetscCall(ComponentsSetFact(f->c, name, text));
    }
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsReadTables(ComponentFolder *f)
{
  PetscFunctionBegin;
  PetscCall(ReadFacts(f));
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) PetscCall(ReadTable(f, (ComponentKind)kind));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsRead(MPI_Comm comm, const char *path, Faults faults, Components *components)
{
  const PetscInt  errors = FaultsErrorCount(faults);
  ComponentFolder f      = {comm, NULL, faults, NULL, 0, NULL};
  size_t          n      = strlen(path);

  PetscFunctionBeginUser;
  *components = NULL;
  PetscCall(ComponentsCreate(&f.c));
  PetscCall(PetscFree(f.c->path));
  PetscCall(PetscStrallocpy(path, &f.c->path));
  while (n > 1 && f.c->path[n - 1] == '/') f.c->path[--n] = 0;
  f.path = f.c->path;
  PetscCall(ComponentFolderList(&f));
  if (FaultsErrorCount(faults) == errors && !ComponentFolderHas(&f, "buses.csv"))
    PetscCall(FaultsAdd(faults, FAULT_ERROR, f.path, 0, "found no file buses.csv, expected a PyPSA CSV folder"));
  if (FaultsErrorCount(faults) == errors) {
    PetscCall(ComponentsReadTime(&f));
    PetscCall(ComponentsReadTables(&f));
    PetscCall(ComponentsReadSeries(&f));
    PetscCall(ComponentsCheck(&f));
  }
  for (PetscInt k = 0; k < f.n_files; k++) PetscCall(PetscFree(f.file[k]));
  PetscCall(PetscFree(f.file));
  if (FaultsErrorCount(faults) > errors) PetscCall(ComponentsDestroy(&f.c));
  *components = f.c;
  PetscFunctionReturn(0);
}
