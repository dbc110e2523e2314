/* Writing components as a PyPSA CSV folder. */
#include "inputs/components_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE (1 << 18)

/* A folder while it is written. The first failure is kept, and nothing is written after it. */
typedef struct {
  Components  c;
  const char *path;
  char       *error; /* empty: none so far */
  size_t      size;
  int         file; /* -1: none open */
  char        name[300];
  size_t      used;
  char       *buffer; /* [BUFFER_SIZE] */
  PetscInt    n_written;
  char      **written; /* names of files */
} Writer;

static void Fail(Writer *w, const char *name)
{
  if (!w->error[0]) snprintf(w->error, w->size, "%s/%s: %s", w->path, name, strerror(errno));
}

static void Flush(Writer *w)
{
  size_t done = 0;
  while (!w->error[0] && done < w->used) {
    ssize_t n = write(w->file, w->buffer + done, w->used - done);
    if (n < 0 && errno != EINTR) Fail(w, w->name);
    if (n > 0) done += (size_t)n;
  }
  w->used = 0;
}

static void PutBytes(Writer *w, const char *bytes, size_t n)
{
  if (n > BUFFER_SIZE - w->used) Flush(w);
  while (n > BUFFER_SIZE) {
    memcpy(w->buffer, bytes, BUFFER_SIZE);
    w->used = BUFFER_SIZE;
    Flush(w);
    bytes += BUFFER_SIZE, n -= BUFFER_SIZE;
  }
  memcpy(w->buffer + w->used, bytes, n);
  w->used += n;
}

static void PutText(Writer *w, const char *text)
{
  PutBytes(w, text, strlen(text));
}

/* A cell, quoted where it has to be. */
static void PutCell(Writer *w, const char *text)
{
  const size_t n = strlen(text);
  if (!strpbrk(text, ",\"\n\r") && !(n && (strchr(" \t", text[0]) || strchr(" \t", text[n - 1])))) {
    PutBytes(w, text, n);
    return;
  }
  PutBytes(w, "\"", 1);
  for (; *text; text++) PutBytes(w, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
  PutBytes(w, "\"", 1);
}

static inline void PutReal(Writer *w, PetscReal value)
{
  if (REAL_TEXT_SIZE > BUFFER_SIZE - w->used) Flush(w);
  w->used += (size_t)RealToText(value, w->buffer + w->used);
}

static void PutInt(Writer *w, PetscInt value)
{
  char text[32];
  snprintf(text, sizeof text, "%" PetscInt_FMT, value);
  PutText(w, text);
}

static void TemporaryName(const Writer *w, char path[PETSC_MAX_PATH_LEN])
{
  snprintf(path, PETSC_MAX_PATH_LEN, "%s/.%s.tmp", w->path, w->name);
}

static void Open(Writer *w, const char *name)
{
  char path[PETSC_MAX_PATH_LEN];
  snprintf(w->name, sizeof w->name, "%s", name);
  TemporaryName(w, path);
  w->used = 0;
  if (w->error[0]) return;
  w->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (w->file < 0) Fail(w, name);
}

static PetscErrorCode Close(Writer *w)
{
  char temporary[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  Flush(w);
  TemporaryName(w, temporary);
  snprintf(path, sizeof path, "%s/%s", w->path, w->name);
  if (w->file >= 0) {
    if (!w->error[0] && fsync(w->file)) Fail(w, w->name);
    if (close(w->file)) Fail(w, w->name);
    w->file = -1;
    if (!w->error[0] && rename(temporary, path)) Fail(w, w->name);
    if (w->error[0]) (void)unlink(temporary);
  }
  PetscCall(PetscRealloc((size_t)(w->n_written + 1) * sizeof *w->written, &w->written));
  PetscCall(PetscStrallocpy(w->name, &w->written[w->n_written++]));
  PetscFunctionReturn(0);
}

static PetscBool Same(PetscReal x, PetscReal y)
{
  return x == y || (isnan(x) && isnan(y)) ? PETSC_TRUE : PETSC_FALSE;
}

/* Inputs are written where they differ from the default, results where there are any, other columns where they say anything. */
static PetscBool IsWritten(const Column *column)
{
  const Attribute *a = column->attribute;
  for (PetscInt k = 0; k < column->n; k++) {
    if (!a && column->text[k][0]) return PETSC_TRUE;
    if (a && a->output && column->given && column->given[k]) return PETSC_TRUE;
    if (a && !a->output && a->type == ATTRIBUTE_TEXT && strcmp(column->text[k], a->standard_text) != 0)
      return PETSC_TRUE;
    if (a && !a->output && a->type != ATTRIBUTE_TEXT && !Same(column->real[k], a->standard)) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static void PutValue(Writer *w, const Column *column, PetscInt row)
{
  const PetscReal value = column->real ? column->real[row] : 0;
  if (column->type == ATTRIBUTE_TEXT)
    PutCell(w, column->text[row]);
  else if (column->type == ATTRIBUTE_BOOLEAN)
    PutText(w, value != 0 ? "True" : "False");
  else if (isnan(value) && isnan(column->attribute->standard))
    PutText(w, "");
  else if (column->type == ATTRIBUTE_INTEGER && fabs(value) < 1e9)
    PutInt(w, (PetscInt)value);
  else
    PutReal(w, value);
}

static PetscErrorCode WriteTable(Writer *w, ComponentKind kind)
{
  const ComponentTable *t = &w->c->table[kind];
  char                  file[64];
  PetscBool            *written;

  PetscFunctionBegin;
  if (!t->n && kind != COMPONENT_BUS) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(t->n_columns + 1, &written));
  ComponentFileName(kind, NULL, file, sizeof file);
  Open(w, file);
  PutText(w, "name");
  for (PetscInt k = 0; k < t->n_columns; k++) {
    written[k] = IsWritten(t->column[k]);
    if (!written[k]) continue;
    PutText(w, ",");
    PutCell(w, t->column[k]->name);
  }
  PutText(w, "\n");
  for (PetscInt row = 0; row < t->n; row++) {
    PutCell(w, t->name[row]);
    for (PetscInt k = 0; k < t->n_columns; k++) {
      if (!written[k]) continue;
      PutText(w, ",");
      PutValue(w, t->column[k], row);
    }
    PutText(w, "\n");
  }
  PetscCall(Close(w));
  PetscCall(PetscFree(written));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteSeries(Writer *w, ComponentKind kind, const Column *column)
{
  const ComponentTable *t = &w->c->table[kind];
  char                  file[256];
  PetscInt              n = 0, *row;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(t->n + 1, &row));
  for (PetscInt k = 0; column->series && k < t->n; k++)
    if (column->series[k]) row[n++] = k;
  if (n) {
    ComponentFileName(kind, column->name, file, sizeof file);
    Open(w, file);
    for (PetscInt k = 0; k < n; k++) {
      PutText(w, ",");
      PutCell(w, t->name[row[k]]);
    }
    PutText(w, "\n");
    for (PetscInt s = 0; s < w->c->n_snapshots && !w->error[0]; s++) {
      PutInt(w, s);
      for (PetscInt k = 0; k < n; k++) {
        const PetscReal value = column->series[row[k]][s];
        PutBytes(w, ",", 1);
        if (!isnan(value)) PutReal(w, value);
      }
      PutText(w, "\n");
    }
    PetscCall(Close(w));
  }
  PetscCall(PetscFree(row));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteSnapshots(Writer *w)
{
  Components c = w->c;
  PetscFunctionBegin;
  Open(w, "snapshots.csv");
  PutText(w,
          c->n_periods ? ",period,timestep,objective,stores,generators\n" : ",snapshot,objective,stores,generators\n");
  for (PetscInt k = 0; k < c->n_snapshots; k++) {
    PutInt(w, k);
    if (c->n_periods) {
      PutText(w, ",");
      PutInt(w, c->period[c->period_of[k]]);
    }
    PutText(w, ",");
    PutCell(w, c->snapshot[k]);
    PutText(w, ",");
    PutReal(w, c->weight_objective[k]);
    PutText(w, ",");
    PutReal(w, c->weight_stores[k]);
    PutText(w, ",");
    PutReal(w, c->weight_generators[k]);
    PutText(w, "\n");
  }
  PetscCall(Close(w));
  PetscFunctionReturn(0);
}

static PetscErrorCode WritePeriods(Writer *w)
{
  Components c = w->c;
  PetscFunctionBegin;
  Open(w, "investment_periods.csv");
  PutText(w, "period,objective,years\n");
  for (PetscInt k = 0; k < c->n_periods; k++) {
    PutInt(w, c->period[k]);
    PutText(w, ",");
    PutReal(w, c->period_objective[k]);
    PutText(w, ",");
    PutReal(w, c->period_years[k]);
    PutText(w, "\n");
  }
  PetscCall(Close(w));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteDays(Writer *w)
{
  Components c = w->c;
  PetscFunctionBegin;
  if (!c->n_days) PetscFunctionReturn(0);
  Open(w, "representative_days.csv");
  PutText(w, c->n_periods ? "period,day,representative\n" : "day,representative\n");
  for (PetscInt k = 0; k < c->n_days; k++) {
    PetscInt day = 0;
    for (PetscInt j = k - 1; j >= 0 && c->day_period[j] == c->day_period[k]; j--) day++;
    if (c->n_periods) {
      PutInt(w, c->period[c->day_period[k]]);
      PutText(w, ",");
    }
    PutInt(w, day);
    PutText(w, ",");
    PutInt(w, c->day_representative[k]);
    PutText(w, "\n");
  }
  PetscCall(Close(w));
  PetscFunctionReturn(0);
}

/* PyPSA takes a folder without a version for one of its first ones, and reads periods otherwise. */
static PetscErrorCode WriteFacts(Writer *w)
{
  Components c = w->c;
  PetscFunctionBegin;
  PetscCall(ComponentsSetFact(c, "_multi_invest", c->n_periods ? "1" : "0"));
  if (!ComponentsFact(c, "pypsa_version")) PetscCall(ComponentsSetFact(c, "pypsa_version", "1.1.2"));
  Open(w, "network.csv");
  PutText(w, "name");
  for (PetscInt k = 0; k < c->n_facts; k++) {
    PutText(w, ",");
    PutCell(w, c->fact_name[k]);
  }
  PutText(w, strcmp(c->currency, "EUR") != 0 ? ",currency\n" : "\n");
  PutCell(w, c->name);
  for (PetscInt k = 0; k < c->n_facts; k++) {
    PutText(w, ",");
    PutCell(w, c->fact_value[k]);
  }
  if (strcmp(c->currency, "EUR") != 0) {
    PutText(w, ",");
    PutCell(w, c->currency);
  }
  PutText(w, "\n");
  PetscCall(Close(w));
  PetscFunctionReturn(0);
}

static PetscBool IsOurs(const char *file)
{
  const size_t length = strlen(file);
  if (length < 5 || strcmp(file + length - 4, ".csv") != 0) return PETSC_FALSE;
  if (!strcmp(file, "representative_days.csv")) return PETSC_TRUE;
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    const size_t n = strlen(ComponentListName((ComponentKind)kind));
    if (!strncmp(file, ComponentListName((ComponentKind)kind), n) && (file[n] == '-' || file[n] == '.'))
      return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Removes tables and series that stood there and are not part of what was written. */
static void RemoveStale(Writer *w)
{
  DIR           *folder = opendir(w->path);
  struct dirent *entry;
  if (!folder) return;
  while ((entry = readdir(folder))) {
    PetscBool stale = IsOurs(entry->d_name);
    for (PetscInt k = 0; stale && k < w->n_written; k++)
      if (!strcmp(w->written[k], entry->d_name)) stale = PETSC_FALSE;
    if (stale && unlinkat(dirfd(folder), entry->d_name, 0)) Fail(w, entry->d_name);
  }
  if (fsync(dirfd(folder))) Fail(w, "");
  closedir(folder);
}

PetscErrorCode ComponentsWrite(Components c, const char *path, PetscBool *written, char *error, size_t size)
{
  Writer w = {.c = c, .path = path, .error = error, .size = size, .file = -1};

  PetscFunctionBeginUser;
  error[0] = 0;
  if (mkdir(path, 0777) && errno != EEXIST) Fail(&w, "");
  PetscCall(PetscMalloc1(BUFFER_SIZE, &w.buffer));
  PetscCall(WriteFacts(&w));
  PetscCall(WriteSnapshots(&w));
  PetscCall(WritePeriods(&w));
  PetscCall(WriteDays(&w));
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    const ComponentTable *t = &c->table[kind];
    PetscCall(WriteTable(&w, (ComponentKind)kind));
    for (PetscInt k = 0; k < t->n_columns; k++) PetscCall(WriteSeries(&w, (ComponentKind)kind, t->column[k]));
  }
  if (!error[0]) RemoveStale(&w);
  *written = error[0] ? PETSC_FALSE : PETSC_TRUE;
  for (PetscInt k = 0; k < w.n_written; k++) PetscCall(PetscFree(w.written[k]));
  PetscCall(PetscFree(w.written));
  PetscCall(PetscFree(w.buffer));
  PetscFunctionReturn(0);
}
