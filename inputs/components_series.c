/* Series of components: COMPONENTS-ATTRIBUTE.csv, scanned in one pass, since these files are most of a folder. */
#include "inputs/components_impl.h"

#include "inputs/timestamp.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define FAULTS_OF_ONE_FILE 5

/* A file while it is scanned. */
typedef struct {
  ComponentFolder *folder;
  const char      *path;
  ComponentKind    kind;
  const Attribute *attribute; /* NULL: not in the schema */
  Csv              header;    /* its line of names only */
  PetscInt         n_labels;  /* leading columns with labels */
  PetscReal      **series;    /* [columns] rows' series, NULL for columns that are skipped */
  PetscInt         rows, line, faults;
  const char      *at, *end;
} Scan;

static PetscErrorCode SeriesFault(Scan *s, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(2, 3);
static PetscErrorCode SeriesFault(Scan *s, const char *format, ...)
{
  char    text[600];
  va_list arguments;
  PetscFunctionBegin;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (++s->faults <= FAULTS_OF_ONE_FILE)
    PetscCall(FaultsAdd(s->folder->faults, FAULT_ERROR, s->path, s->line, "%s", text));
  PetscFunctionReturn(0);
}

/* Splits off the line of names, line breaks inside quotes included. */
static PetscErrorCode TakeHeader(Scan *s, const Source *source)
{
  PetscBool   quoted = PETSC_FALSE;
  const char *at     = source->bytes;
  Source     *line;

  PetscFunctionBegin;
  s->line = 1;
  s->end  = source->bytes + source->size;
  for (; at < s->end && (quoted || *at != '\n'); at++) {
    if (*at == '"') quoted = quoted ? PETSC_FALSE : PETSC_TRUE;
    if (*at == '\n') s->line++;
  }
  s->line++;
  s->at = at < s->end ? at + 1 : at;
  PetscCall(SourceFromBytes(source->path, source->bytes, (size_t)(at - source->bytes), &line));
  PetscCall(CsvParse(line, s->folder->faults, &s->header));
  PetscCall(SourceDestroy(&line));
  PetscFunctionReturn(0);
}

/* Names of the columns to rows of the table. */
static PetscErrorCode FindColumns(Scan *s, const char *name)
{
  Components      c = s->folder->c;
  ComponentTable *t = &c->table[s->kind];
  Column         *column;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(CsvColumns(s->header) + 1, &s->series));
  PetscCall(ComponentsNeedColumn(c, s->kind, name, &column));
  s->n_labels = CsvColumns(s->header) > 1 && !strcmp(CsvColumnName(s->header, 1), "timestep") ? 2 : 1;
  for (PetscInt k = s->n_labels; k < CsvColumns(s->header); k++) {
    const char *label = CsvColumnName(s->header, k);
    PetscInt    row   = ComponentsFind(c, s->kind, label);
    if (row >= 0) {
      PetscCall(ColumnNeedSeries(c, s->kind, column, row, &s->series[k]));
    } else {
      const char *near = NearestName(label, t->n, t->name);
      s->line          = 1;
      PetscCall(SeriesFault(s, "found a column \"%.80s\", expected names of %s.csv%s%.80s%s", label,
                            ComponentListName(s->kind), near ? " such as \"" : "", near ? near : "", near ? "\"" : ""));
    }
  }
  PetscFunctionReturn(0);
}

/* Cuts out the next cell as text, without quotes and blanks around it; s->at stands at the comma or the line's end. */
static void TakeText(Scan *s, char *text, size_t size)
{
  size_t    n      = 0;
  PetscBool quoted = PETSC_FALSE;
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\t')) s->at++;
  for (; s->at < s->end && *s->at != '\n' && (quoted || *s->at != ','); s->at++) {
    if (*s->at == '"')
      quoted = quoted ? PETSC_FALSE : PETSC_TRUE;
    else if (n + 1 < size)
      text[n++] = *s->at;
  }
  while (n && strchr(" \t\r", text[n - 1])) n--;
  text[n] = 0;
}

/* Whether a label stands for the snapshot: its own label, the same time written otherwise, or its number from 0. */
static PetscBool IsLabelOf(Components c, PetscInt snapshot, const char *label)
{
  long long x, y;
  PetscInt  number;
  if (!strcmp(label, c->snapshot[snapshot])) return PETSC_TRUE;
  if (TextToInt(label, &number)) return number == snapshot ? PETSC_TRUE : PETSC_FALSE;
  return TimestampParse(label, &x) && TimestampParse(c->snapshot[snapshot], &y) && x == y ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode CheckLabel(Scan *s, const char *label)
{
  Components c = s->folder->c;
  PetscFunctionBegin;
  if (s->rows < c->n_snapshots && !IsLabelOf(c, s->rows, label))
    PetscCall(SeriesFault(
        s, "found the snapshot \"%.60s\", expected \"%.60s\" as in snapshots.csv or the number %" PetscInt_FMT, label,
        c->snapshot[s->rows], s->rows));
  PetscFunctionReturn(0);
}

static const char *Expected(const Attribute *a, PetscReal value)
{
  if (!a || a->output) return NULL;
  if (isnan(value)) return isnan(a->standard) ? NULL : "a number";
  if (isinf(value) && a->range != RANGE_LIMIT && a->range != RANGE_SIGNED_LIMIT) return "a finite number";
  if (value < 0 && (a->range == RANGE_POSITIVE || a->range == RANGE_LIMIT)) return "a number that is not negative";
  return NULL;
}

/* A cell that is not a plain number ended by a comma or the line's end. */
static PetscErrorCode TakeOddCell(Scan *s, PetscInt k, PetscReal *value)
{
  char        text[100];
  const char *expected = NULL;
  PetscFunctionBegin;
  TakeText(s, text, sizeof text);
  *value = NAN;
  if (text[0] && strcasecmp(text, "NA") != 0 && !TextToReal(text, value)) expected = "a number";
  if (!expected) expected = Expected(s->attribute, *value);
  if (expected)
    PetscCall(
        SeriesFault(s, "column \"%.80s\": found \"%.60s\", expected %s", CsvColumnName(s->header, k), text, expected));
  PetscFunctionReturn(0);
}

static inline PetscBool Ends(const char *at)
{
  return *at == ',' || *at == '\n' || *at == '\r' || !*at ? PETSC_TRUE : PETSC_FALSE;
}

/* One row; s->at stands at its first byte, and afterwards behind its line's end. */
static PetscErrorCode TakeRow(Scan *s)
{
  const PetscInt n = CsvColumns(s->header), row = s->rows < s->folder->c->n_snapshots ? s->rows : -1;
  char           label[2][80] = {"", ""};
  PetscInt       k            = 0;

  PetscFunctionBegin;
  for (;;) {
    if (k < s->n_labels) {
      TakeText(s, label[k], sizeof label[k]);
    } else {
      PetscReal   value;
      const char *after = TextToDouble(s->at, &value);
      if (after && Ends(after) && !(value < 0 && Expected(s->attribute, value)))
        s->at = after;
      else if (k < n)
        PetscCall(TakeOddCell(s, k, &value));
      else
        TakeText(s, label[1], 1);
      if (k < n && row >= 0 && s->series[k]) s->series[k][row] = value;
    }
    k++;
    while (s->at < s->end && *s->at == '\r') s->at++;
    if (s->at >= s->end || *s->at != ',') break;
    s->at++;
  }
  if (k != n)
    PetscCall(
        SeriesFault(s, "found %" PetscInt_FMT " cells, expected %" PetscInt_FMT " as in the line of names", k, n));
  PetscCall(CheckLabel(s, label[s->n_labels - 1]));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeRows(Scan *s)
{
  PetscFunctionBegin;
  while (s->at < s->end) {
    const char *start = s->at;
    while (s->at < s->end && strchr(" \t\r", *s->at)) s->at++;
    if (s->at < s->end && *s->at != '\n') {
      s->at = start;
      PetscCall(TakeRow(s));
      s->rows++;
    }
    while (s->at < s->end && *s->at != '\n') s->at++;
    s->at++;
    s->line++;
  }
  if (s->rows != s->folder->c->n_snapshots) {
    s->line   = 0;
    s->faults = PetscMin(s->faults, FAULTS_OF_ONE_FILE - 1);
    PetscCall(SeriesFault(s, "found %" PetscInt_FMT " rows, expected %" PetscInt_FMT ", one for each snapshot", s->rows,
                          s->folder->c->n_snapshots));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadOne(ComponentFolder *f, const char *path, ComponentKind kind, const char *name)
{
  Scan    s = {.folder = f, .path = path, .kind = kind, .attribute = ComponentAttribute(kind, name)};
  Source *source;

  PetscFunctionBegin;
  if (s.attribute && !s.attribute->varying && s.attribute->use != ATTRIBUTE_PASSIVE) {
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, path, 0,
                        "found a series of %s, expected it in %s.csv: it does not vary with the snapshots", name,
                        ComponentListName(kind)));
    PetscFunctionReturn(0);
  }
  PetscCall(SourceLoad(f->comm, path, f->faults, &source));
  if (!source) PetscFunctionReturn(0);
  PetscCall(TakeHeader(&s, source));
  if (s.header) {
    PetscInt line = s.line;
    PetscCall(FindColumns(&s, name));
    s.line = line;
    PetscCall(TakeRows(&s));
  }
  if (s.faults > FAULTS_OF_ONE_FILE)
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, path, 0, "found %" PetscInt_FMT " more such faults",
                        s.faults - FAULTS_OF_ONE_FILE));
  PetscCall(CsvDestroy(&s.header));
  PetscCall(PetscFree(s.series));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}

/* Kind of a file of series and, in `name`, its attribute; COMPONENT_KINDS for other files. */
static ComponentKind KindOf(const char *file, char *name, size_t size)
{
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    const char  *list = ComponentListName((ComponentKind)kind);
    const size_t n = strlen(list), length = strlen(file);
    if (strncmp(file, list, n) != 0 || file[n] != '-' || length < n + 6) continue;
    snprintf(name, size, "%.*s", (int)(length - n - 5), file + n + 1);
    return (ComponentKind)kind;
  }
  return COMPONENT_KINDS;
}

PetscErrorCode ComponentsReadSeries(ComponentFolder *f)
{
  char path[PETSC_MAX_PATH_LEN], name[128];

  PetscFunctionBegin;
  for (PetscInt k = 0; k < f->n_files; k++) {
    ComponentKind kind = KindOf(f->file[k], name, sizeof name);
    size_t        n    = strlen(name);
    if (kind == COMPONENT_KINDS || (n > 3 && !strcmp(name + n - 3, "-pw"))) continue;
    PetscCall(PetscSNPrintf(path, sizeof path, "%s/%s", f->path, f->file[k]));
    PetscCall(ReadOne(f, path, kind, name));
  }
  PetscFunctionReturn(0);
}
