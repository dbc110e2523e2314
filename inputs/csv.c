/* Splitting comma-separated tables and reading their cells. */
#include "inputs/csv.h"

#include "inputs/words.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct _p_Csv {
  char     *path;
  char     *text; /* the file's bytes, cells unquoted in place and ended by zeros */
  PetscInt  n_columns, n_rows;
  char    **header; /* [n_columns] into text */
  char    **cell;   /* [n_rows][n_columns] into text */
  PetscInt *line;   /* [n_rows] */
};

/* Cells of one record as they are split. */
typedef struct {
  char     *at, *end;
  PetscInt  line;       /* of the next byte */
  PetscInt  first_line; /* of the record */
  PetscInt  n, capacity;
  char    **cell;
  PetscBool unclosed, stray;
} Splitter;

const char *CsvPath(Csv csv)
{
  return csv->path;
}

PetscInt CsvRows(Csv csv)
{
  return csv->n_rows;
}

PetscInt CsvColumns(Csv csv)
{
  return csv->n_columns;
}

PetscInt CsvLine(Csv csv, PetscInt row)
{
  return csv->line[row];
}

const char *CsvColumnName(Csv csv, PetscInt column)
{
  return csv->header[column];
}

PetscInt CsvColumn(Csv csv, const char *name)
{
  for (PetscInt c = 0; c < csv->n_columns; ++c)
    if (!strcmp(csv->header[c], name)) return c;
  return -1;
}

const char *CsvText(Csv csv, PetscInt row, PetscInt column)
{
  return column < 0 ? "" : csv->cell[(size_t)row * (size_t)csv->n_columns + (size_t)column];
}

static PetscErrorCode PushCell(Splitter *s, char *cell)
{
  PetscFunctionBegin;
  if (s->n == s->capacity) {
    s->capacity = s->capacity ? 2 * s->capacity : 64;
    PetscCall(PetscRealloc((size_t)s->capacity * sizeof *s->cell, &s->cell));
  }
  s->cell[s->n++] = cell;
  PetscFunctionReturn(0);
}

/* Reads a quoted cell into place; s->at stands behind its opening quote, and afterwards behind the closing one. */
static char *QuotedCell(Splitter *s, char **finish)
{
  char *start = s->at, *to = s->at;
  for (; s->at < s->end; ++s->at) {
    if (*s->at == '"') {
      if (s->at + 1 < s->end && s->at[1] == '"')
        ++s->at;
      else
        break;
    }
    if (*s->at == '\n') ++s->line;
    *to++ = *s->at;
  }
  if (s->at == s->end)
    s->unclosed = PETSC_TRUE;
  else
    ++s->at;
  *finish = to;
  return start;
}

static char *BareCell(Splitter *s, char **finish)
{
  char *start = s->at;
  while (s->at < s->end && *s->at != ',' && *s->at != '\n') ++s->at;
  *finish = s->at;
  while (*finish > start && strchr(" \t\r", (*finish)[-1])) --*finish;
  return start;
}

/* Splits the next record; PETSC_FALSE in *more at the end of the text. */
static PetscErrorCode NextRecord(Splitter *s, PetscBool *more)
{
  PetscBool ended = PETSC_FALSE;
  PetscFunctionBegin;
  *more         = s->at < s->end ? PETSC_TRUE : PETSC_FALSE;
  s->n          = 0;
  s->unclosed   = PETSC_FALSE;
  s->stray      = PETSC_FALSE;
  s->first_line = s->line;
  while (*more && !ended) {
    char *cell, *finish;
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t')) ++s->at;
    if (s->at < s->end && *s->at == '"') {
      ++s->at;
      cell = QuotedCell(s, &finish);
      for (; s->at < s->end && *s->at != ',' && *s->at != '\n'; ++s->at)
        if (!strchr(" \t\r", *s->at)) s->stray = PETSC_TRUE;
    } else {
      cell = BareCell(s, &finish);
    }
    ended = s->at == s->end || *s->at == '\n' ? PETSC_TRUE : PETSC_FALSE;
    if (s->at < s->end) {
      if (*s->at == '\n') ++s->line;
      ++s->at;
    }
    *finish = 0;
    PetscCall(PushCell(s, cell));
  }
  PetscFunctionReturn(0);
}

static PetscBool Blank(const Splitter *s)
{
  for (PetscInt c = 0; c < s->n; ++c)
    if (s->cell[c][0]) return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscErrorCode CheckRecord(const Splitter *s, const char *path, Faults faults)
{
  PetscFunctionBegin;
  if (s->unclosed) PetscCall(FaultsAdd(faults, FAULT_ERROR, path, s->first_line, "found a quote that is never closed"));
  if (s->stray)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, s->first_line,
                        "found text after a closing quote, expected a comma or the end of the line"));
  PetscFunctionReturn(0);
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629), or 0. */
static int Utf8Length(const unsigned char *p)
{
  int n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
  for (int k = 1; k < n; ++k)
    if ((p[k] & 0xc0) != 0x80) return 0;
  if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))) return 0;
  if (n == 4 && (p[0] > 0xf4 || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))) return 0;
  return n;
}

static PetscErrorCode CheckUtf8(const Source *source, Faults faults)
{
  PetscInt line = 1;
  PetscFunctionBegin;
  for (const char *p = source->bytes; *p;) {
    int n = Utf8Length((const unsigned char *)p);
    if (!n) {
      PetscCall(FaultsAdd(faults, FAULT_ERROR, source->path, line, "found byte 0x%02x, expected UTF-8 text",
                          (unsigned)(unsigned char)*p));
      break;
    }
    line += *p == '\n';
    p += n;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeHeader(Csv csv, Splitter *s, Faults faults)
{
  NameIndex index;
  PetscBool more = PETSC_TRUE;
  PetscFunctionBegin;
  do PetscCall(NextRecord(s, &more));
  while (more && Blank(s));
  if (!more) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, csv->path, 0, "found no line, expected a line of column names"));
    PetscFunctionReturn(0);
  }
  PetscCall(CheckRecord(s, csv->path, faults));
  csv->n_columns = s->n;
  PetscCall(PetscMalloc1((size_t)s->n, &csv->header));
  for (PetscInt c = 0; c < s->n; ++c) csv->header[c] = s->cell[c];
  PetscCall(NameIndexCreate(s->n, s->cell, &index)); /* series of large grids have 100,000 columns */
  for (PetscInt c = 0; c < s->n; ++c)
    if (NameIndexFind(index, s->cell[c]) < c)
      PetscCall(
          FaultsAdd(faults, FAULT_ERROR, csv->path, s->first_line, "found two columns named \"%.80s\"", s->cell[c]));
  PetscCall(NameIndexDestroy(&index));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeRows(Csv csv, Splitter *s, Faults faults)
{
  PetscBool more     = PETSC_TRUE;
  PetscInt  capacity = 0;
  PetscFunctionBegin;
  for (;;) {
    PetscCall(NextRecord(s, &more));
    if (!more) break;
    PetscCall(CheckRecord(s, csv->path, faults));
    if (Blank(s)) continue;
    if (s->n != csv->n_columns) {
      PetscCall(FaultsAdd(faults, FAULT_ERROR, csv->path, s->first_line,
                          "found %" PetscInt_FMT " cells, expected %" PetscInt_FMT " as in the line of column names",
                          s->n, csv->n_columns));
      continue;
    }
    if (csv->n_rows == capacity) {
      capacity = capacity ? 2 * capacity : 64;
      PetscCall(PetscRealloc((size_t)capacity * (size_t)csv->n_columns * sizeof *csv->cell, &csv->cell));
      PetscCall(PetscRealloc((size_t)capacity * sizeof *csv->line, &csv->line));
    }
    csv->line[csv->n_rows] = s->first_line;
    PetscCall(
        PetscMemcpy(csv->cell + (size_t)csv->n_rows * (size_t)csv->n_columns, s->cell, (size_t)s->n * sizeof *s->cell));
    ++csv->n_rows;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CsvParse(const Source *source, Faults faults, Csv *csv)
{
  const PetscInt errors = FaultsErrorCount(faults);
  Splitter       s      = {0};

  PetscFunctionBeginUser;
  PetscCall(PetscNew(csv));
  PetscCall(PetscStrallocpy(source->path, &(*csv)->path));
  PetscCall(PetscMalloc1(source->size + 1, &(*csv)->text));
  PetscCall(PetscMemcpy((*csv)->text, source->bytes, source->size + 1));
  s.at   = (*csv)->text;
  s.end  = s.at + source->size;
  s.line = 1;
  if (source->size >= 3 && !memcmp(s.at, "\xef\xbb\xbf", 3)) s.at += 3;
  PetscCall(CheckUtf8(source, faults));
  PetscCall(TakeHeader(*csv, &s, faults));
  if (FaultsErrorCount(faults) == errors) PetscCall(TakeRows(*csv, &s, faults));
  PetscCall(PetscFree(s.cell));
  if (FaultsErrorCount(faults) > errors) PetscCall(CsvDestroy(csv));
  PetscFunctionReturn(0);
}

PetscErrorCode CsvRead(MPI_Comm comm, const char *path, Faults faults, Csv *csv)
{
  Source *source;
  PetscFunctionBeginUser;
  *csv = NULL;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (source) PetscCall(CsvParse(source, faults, csv));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}

PetscErrorCode CsvDestroy(Csv *csv)
{
  PetscFunctionBeginUser;
  if (!csv || !*csv) PetscFunctionReturn(0);
  PetscCall(PetscFree((*csv)->path));
  PetscCall(PetscFree((*csv)->text));
  PetscCall(PetscFree((*csv)->header));
  PetscCall(PetscFree((*csv)->cell));
  PetscCall(PetscFree((*csv)->line));
  PetscCall(PetscFree(*csv));
  PetscFunctionReturn(0);
}

PetscErrorCode CsvRequire(Csv csv, Faults faults, PetscInt n, const char *const *name, PetscInt *column)
{
  char   missing[700] = "";
  size_t used         = 0;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; ++k) {
    column[k] = CsvColumn(csv, name[k]);
    if (column[k] < 0 && used < sizeof missing - 1) {
      int wrote = snprintf(missing + used, sizeof missing - used, "%s\"%s\"", used ? ", " : "", name[k]);
      used      = PetscMin(used + (size_t)PetscMax(wrote, 0), sizeof missing - 1);
    }
  }
  if (used) PetscCall(FaultsAdd(faults, FAULT_ERROR, csv->path, 1, "expected columns that are not there: %s", missing));
  PetscFunctionReturn(0);
}

PetscBool TextToReal(const char *text, PetscReal *value)
{
  char  *end;
  double number;
  while (*text == ' ' || *text == '\t') ++text;
  /* strtod also reads hexadecimal; tables do not mean that. */
  if (!*text || strpbrk(text, "xX(") || isspace((unsigned char)*text)) return PETSC_FALSE;
  errno  = 0;
  number = strtod(text, &end);
  if (end == text || (errno == ERANGE && fabs(number) > 1)) return PETSC_FALSE;
  while (*end == ' ' || *end == '\t') ++end;
  if (*end) return PETSC_FALSE;
  *value = (PetscReal)number;
  return PETSC_TRUE;
}

PetscBool TextToInt(const char *text, PetscInt *value)
{
  char     *end;
  long long number;
  while (*text == ' ' || *text == '\t') ++text;
  if (!isdigit((unsigned char)*text) && *text != '-' && *text != '+') return PETSC_FALSE;
  errno  = 0;
  number = strtoll(text, &end, 10);
  if (end == text || errno || number > PETSC_MAX_INT || number < PETSC_MIN_INT) return PETSC_FALSE;
  while (*end == ' ' || *end == '\t') ++end;
  if (*end) return PETSC_FALSE;
  *value = (PetscInt)number;
  return PETSC_TRUE;
}

static PetscErrorCode CellFault(Csv csv, Faults faults, PetscInt row, PetscInt column, const char *expected)
{
  PetscFunctionBegin;
  if (column < 0)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, csv->path, csv->line[row], "found no such column, expected %s", expected));
  else
    PetscCall(FaultsAdd(faults, FAULT_ERROR, csv->path, csv->line[row],
                        "column \"%.80s\": found \"%.80s\", expected %s", csv->header[column],
                        CsvText(csv, row, column), expected));
  PetscFunctionReturn(0);
}

PetscErrorCode CsvReal(Csv csv, Faults faults, PetscInt row, PetscInt column, int flags, PetscReal otherwise,
                       PetscReal *value)
{
  const char *text = CsvText(csv, row, column);
  PetscReal   number;

  PetscFunctionBeginUser;
  *value = otherwise;
  if (!*text && (flags & CSV_EMPTY_ALLOWED)) PetscFunctionReturn(0);
  if (!strcasecmp(text, "NA"))
    number = NAN;
  else if (!TextToReal(text, &number)) {
    PetscCall(CellFault(csv, faults, row, column, "a number"));
    PetscFunctionReturn(0);
  }
  if (isnan(number) && (flags & CSV_NAN_AS_DEFAULT)) PetscFunctionReturn(0);
  if ((isnan(number) && !(flags & CSV_NAN)) || (isinf(number) && !(flags & CSV_INFINITE))) {
    PetscCall(CellFault(csv, faults, row, column, "a finite number"));
    PetscFunctionReturn(0);
  }
  *value = number;
  PetscFunctionReturn(0);
}

PetscErrorCode CsvInt(Csv csv, Faults faults, PetscInt row, PetscInt column, int flags, PetscInt otherwise,
                      PetscInt *value)
{
  const char *text = CsvText(csv, row, column);
  PetscReal   number;

  PetscFunctionBeginUser;
  *value = otherwise;
  if (!*text && (flags & CSV_EMPTY_ALLOWED)) PetscFunctionReturn(0);
  if (!TextToInt(text, value)) {
    if (TextToReal(text, &number) && number == floor(number) && fabs(number) <= (PetscReal)INT_MAX)
      *value = (PetscInt)number;
    else
      PetscCall(CellFault(csv, faults, row, column, "a whole number"));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CsvBool(Csv csv, Faults faults, PetscInt row, PetscInt column, int flags, PetscBool otherwise,
                       PetscBool *value)
{
  static const char *const word[] = {"false", "true", "no", "yes", "0", "1", "0.0", "1.0"};
  const char              *text   = CsvText(csv, row, column);

  PetscFunctionBeginUser;
  *value = otherwise;
  if (!*text && (flags & CSV_EMPTY_ALLOWED)) PetscFunctionReturn(0);
  for (size_t k = 0; k < sizeof word / sizeof *word; ++k)
    if (!strcasecmp(text, word[k])) {
      *value = k % 2 ? PETSC_TRUE : PETSC_FALSE;
      PetscFunctionReturn(0);
    }
  PetscCall(CellFault(csv, faults, row, column, "true or false"));
  PetscFunctionReturn(0);
}
