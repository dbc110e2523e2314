/* Linear programs as free-format MPS files. */
#include "solver/linear_program.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 256
#define CACHE_SIZE 4096
#define BUFFER_SIZE (1 << 20)

/* Texts of numbers met before: a program has many entries and few different values. */
typedef struct {
  PetscReal value;
  char      text[32];
} NumberText;

typedef struct {
  FILE         *file;
  char         *buffer; /* [BUFFER_SIZE]: a program has millions of short lines */
  size_t        used;
  LinearProgram p;
  char         *names; /* of the rows, one after the other */
  size_t       *name;  /* [m] where each begins */
  NumberText   *cache; /* [CACHE_SIZE] */
} MpsWriter;

static void Flush(MpsWriter *w)
{
  if (w->used) fwrite(w->buffer, 1, w->used, w->file);
  w->used = 0;
}

/* A blank and a word. */
static void Word(MpsWriter *w, const char *word)
{
  const size_t length = strlen(word);

  if (w->used + length + 2 > BUFFER_SIZE) Flush(w);
  w->buffer[w->used++] = ' ';
  memcpy(w->buffer + w->used, word, length);
  w->used += length;
}

static void EndLine(MpsWriter *w)
{
  if (w->used == BUFFER_SIZE) Flush(w);
  w->buffer[w->used++] = '\n';
}

/* A line of up to four words, NULL ending them early. */
static void Line(MpsWriter *w, const char *a, const char *b, const char *c, const char *d)
{
  Word(w, a);
  Word(w, b);
  if (c) Word(w, c);
  if (c && d) Word(w, d);
  EndLine(w);
}

static void Section(MpsWriter *w, const char *name)
{
  Flush(w);
  fprintf(w->file, "%s\n", name);
}

/* The shortest text of 15 to 17 digits that reads back as the same number. */
static const char *Number(MpsWriter *w, PetscReal value)
{
  unsigned long long bits;
  NumberText        *entry;

  memcpy(&bits, &value, sizeof(bits));
  entry = &w->cache[(bits * 0x9E3779B97F4A7C15ull) >> 52];
  if (!entry->text[0] || memcmp(&entry->value, &value, sizeof(value)) != 0) {
    entry->value = value;
    snprintf(entry->text, sizeof(entry->text), "%.15g", (double)value);
    if (strtod(entry->text, NULL) != (double)value) snprintf(entry->text, sizeof(entry->text), "%.17g", (double)value);
  }
  return entry->text;
}

static const char *RowName(const MpsWriter *w, PetscInt row)
{
  return w->names + w->name[row];
}

static PetscErrorCode NameRows(MpsWriter *w, LinearNameFunction name, void *context)
{
  size_t   used = 0, capacity = 0;
  PetscInt i;
  char     text[NAME_SIZE];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(w->p->m + 1, &w->name));
  for (i = 0; i < w->p->m; i++) {
    size_t length;
    name(context, PETSC_TRUE, i, text, sizeof(text));
    length = strlen(text) + 1;
    if (used + length > capacity) {
      capacity = 2 * capacity + 1024 * NAME_SIZE;
      PetscCall(PetscRealloc(capacity, &w->names));
    }
    memcpy(w->names + used, text, length);
    w->name[i] = used;
    used += length;
  }
  PetscFunctionReturn(0);
}

static PetscBool IsRange(LinearProgram p, PetscInt row)
{
  return (PetscBool)(isfinite(p->row_lower[row]) && isfinite(p->row_upper[row]) &&
                     p->row_lower[row] != p->row_upper[row]);
}

static char RowType(LinearProgram p, PetscInt row)
{
  if (!isfinite(p->row_lower[row]) && !isfinite(p->row_upper[row])) return 'N';
  if (p->row_lower[row] == p->row_upper[row]) return 'E';
  return isfinite(p->row_upper[row]) ? 'L' : 'G';
}

static void WriteRows(MpsWriter *w)
{
  PetscInt i;

  Section(w, "NAME archipelago\nROWS\n N objective");
  for (i = 0; i < w->p->m; i++) {
    const char type[2] = {RowType(w->p, i), 0};
    Line(w, type, RowName(w, i), NULL, NULL);
  }
}

/* Entries column after column. */
static PetscErrorCode Transpose(LinearProgram p, PetscInt **start, PetscInt **row, PetscReal **value)
{
  PetscInt *at, i, k;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(p->n + 2, &at));
  PetscCall(PetscMalloc1(p->start[p->m] + 1, row));
  PetscCall(PetscMalloc1(p->start[p->m] + 1, value));
  for (k = 0; k < p->start[p->m]; k++) at[p->column[k] + 2]++;
  for (i = 0; i < p->n; i++) at[i + 2] += at[i + 1];
  for (i = 0; i < p->m; i++)
    for (k = p->start[i]; k < p->start[i + 1]; k++) {
      const PetscInt to = at[p->column[k] + 1]++;
      (*row)[to]        = i;
      (*value)[to]      = p->value[k];
    }
  *start = at;
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteColumns(MpsWriter *w, LinearNameFunction name, void *context)
{
  LinearProgram p = w->p;
  PetscInt     *start, *row, i, k;
  PetscReal    *value;
  char          text[NAME_SIZE];

  PetscFunctionBeginUser;
  PetscCall(Transpose(p, &start, &row, &value));
  Section(w, "COLUMNS");
  for (i = 0; i < p->n; i++) {
    name(context, PETSC_FALSE, i, text, sizeof(text));
    /* A column without entries has to be named all the same. */
    if (p->cost[i] != 0 || start[i] == start[i + 1]) Line(w, text, "objective", Number(w, p->cost[i]), NULL);
    for (k = start[i]; k < start[i + 1]; k++) Line(w, text, RowName(w, row[k]), Number(w, value[k]), NULL);
  }
  PetscCall(PetscFree(start));
  PetscCall(PetscFree(row));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

static void WriteSides(MpsWriter *w)
{
  LinearProgram p = w->p;
  PetscInt      i;

  Section(w, "RHS");
  if (p->constant != 0) Line(w, "RHS", "objective", Number(w, -p->constant), NULL);
  for (i = 0; i < p->m; i++) {
    const PetscReal side = isfinite(p->row_upper[i]) ? p->row_upper[i] : p->row_lower[i];
    if (isfinite(side) && side != 0) Line(w, "RHS", RowName(w, i), Number(w, side), NULL);
  }
  Section(w, "RANGES");
  for (i = 0; i < p->m; i++)
    if (IsRange(p, i)) Line(w, "RNG", RowName(w, i), Number(w, p->row_upper[i] - p->row_lower[i]), NULL);
}

static void WriteBound(MpsWriter *w, const char *type, const char *name, PetscReal value)
{
  Line(w, type, "BND", name, Number(w, value));
}

static void WriteBounds(MpsWriter *w, LinearNameFunction name, void *context)
{
  LinearProgram p = w->p;
  PetscInt      i;
  char          text[NAME_SIZE];

  Section(w, "BOUNDS");
  for (i = 0; i < p->n; i++) {
    const PetscReal lower = p->lower[i], upper = p->upper[i];
    if (lower == 0 && !isfinite(upper)) continue;
    name(context, PETSC_FALSE, i, text, sizeof(text));
    if (lower == upper) {
      WriteBound(w, "FX", text, lower);
      continue;
    }
    if (!isfinite(lower)) Line(w, isfinite(upper) ? "MI" : "FR", "BND", text, NULL);
    /* Readers differ on what an upper bound below zero makes of the lower one: it is written then. */
    else if (lower != 0 || upper < 0)
      WriteBound(w, "LO", text, lower);
    if (isfinite(upper)) WriteBound(w, "UP", text, upper);
  }
}

static void WriteQuadratic(MpsWriter *w, LinearNameFunction name, void *context)
{
  LinearProgram p = w->p;
  PetscInt      i;
  PetscBool     headed = PETSC_FALSE;
  char          text[NAME_SIZE];

  for (i = 0; i < p->n; i++) {
    if (p->quadratic[i] == 0) continue;
    if (!headed) Section(w, "QUADOBJ");
    headed = PETSC_TRUE;
    name(context, PETSC_FALSE, i, text, sizeof(text));
    Line(w, text, text, Number(w, p->quadratic[i]), NULL);
  }
}

PetscErrorCode LinearProgramWriteMps(LinearProgram program, const char *path, LinearNameFunction name, void *context,
                                     PetscBool *written, char *error, size_t size)
{
  MpsWriter w = {.p = program};
  int       failed;

  PetscFunctionBeginUser;
  *written = PETSC_FALSE;
  w.file   = fopen(path, "w");
  if (!w.file) {
    snprintf(error, size, "%s: cannot be written: %s", path, strerror(errno));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(CACHE_SIZE, &w.cache));
  PetscCall(PetscMalloc1(BUFFER_SIZE, &w.buffer));
  PetscCall(NameRows(&w, name, context));
  WriteRows(&w);
  PetscCall(WriteColumns(&w, name, context));
  WriteSides(&w);
  WriteBounds(&w, name, context);
  WriteQuadratic(&w, name, context);
  Section(&w, "ENDATA");
  failed = ferror(w.file);
  failed |= fclose(w.file);
  if (failed) snprintf(error, size, "%s: cannot be written: %s", path, strerror(errno));
  *written = (PetscBool)!failed;
  PetscCall(PetscFree(w.cache));
  PetscCall(PetscFree(w.buffer));
  PetscCall(PetscFree(w.names));
  PetscCall(PetscFree(w.name));
  PetscFunctionReturn(0);
}
