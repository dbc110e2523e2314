/* Literals of case files: numbers, texts, matrices and cell arrays. */
#include "inputs/matpower_script.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Scans an unsigned decimal number; NULL when none stands at p. A point that belongs to an operator (./) is left. */
static const char *NumberEnd(const char *p)
{
  const char *digits = p;
  PetscBool   any    = PETSC_FALSE;
  while (isdigit((unsigned char)*p)) ++p;
  any = p > digits ? PETSC_TRUE : PETSC_FALSE;
  if (*p == '.' && (!any || !strchr("*/^'\\", p[1]) || !p[1]) && strncmp(p, "...", 3) != 0) {
    digits = ++p;
    while (isdigit((unsigned char)*p)) ++p;
    if (p > digits) any = PETSC_TRUE;
  }
  if (!any) return NULL;
  if (*p == 'e' || *p == 'E') {
    const char *q = p + 1;
    if (*q == '+' || *q == '-') ++q;
    if (!isdigit((unsigned char)*q)) return NULL;
    while (isdigit((unsigned char)*q)) ++q;
    p = q;
  }
  if (isalnum((unsigned char)*p) || *p == '_' || (*p == '.' && isdigit((unsigned char)p[1]))) return NULL;
  return p;
}

static void NotNumber(Script *script)
{
  int n = 0;
  while (script->at[n] && !strchr(" \t\r\n,;]})", script->at[n]) && n < 40) ++n;
  ScriptFault(script, script->line, "found \"%.*s\", expected a number", n, script->at);
}

PetscBool ScriptNumber(Script *script, double *x)
{
  const char *end = NumberEnd(script->at);
  if (!end) {
    NotNumber(script);
    return PETSC_FALSE;
  }
  *x = strtod(script->at, NULL);
  if (isinf(*x)) {
    NotNumber(script);
    return PETSC_FALSE;
  }
  script->at = end;
  return PETSC_TRUE;
}

static char *CopyText(Script *script, const char *from, size_t n, char quote)
{
  char *text, *to;
  if (PetscMalloc1(n + 1, &text)) {
    script->out_of_memory = script->failed = PETSC_TRUE;
    return NULL;
  }
  to = text;
  for (size_t k = 0; k < n; ++k) {
    *to++ = from[k];
    if (from[k] == quote) ++k;
  }
  *to = 0;
  return text;
}

Value *ScriptQuoted(Script *script)
{
  const char  quote = *script->at;
  const char *begin = ++script->at;
  Value      *value;
  for (; *script->at && *script->at != '\n'; ++script->at)
    if (*script->at == quote) {
      if (script->at[1] != quote) break;
      ++script->at;
    }
  if (*script->at != quote) {
    ScriptFault(script, script->line, "found a text without its closing quote");
    return NULL;
  }
  value = ScriptNewValue(script, VALUE_TEXT, 1, 1);
  if (value) value->text[0] = CopyText(script, begin, (size_t)(script->at - begin), quote);
  ++script->at;
  return value;
}

/* The matrix under construction: numbers of finished rows and of the row at hand. */
typedef struct {
  Value    *value;
  PetscInt  first_line;   /* of the bracket */
  PetscInt  row_line;     /* of the row at hand */
  PetscInt  row_begin, n; /* numbers before the row, numbers in all */
  PetscInt  line_capacity;
  PetscBool row_bad;
} Builder;

static void StartElement(Script *script, Builder *b)
{
  if (b->n == b->row_begin && !b->row_bad) b->row_line = script->line;
}

static PetscBool AddNumber(Script *script, Builder *b, double x)
{
  if ((size_t)b->n + 1 > b->value->capacity && !ScriptGrow(script, b->value, (size_t)b->n + 1)) return PETSC_FALSE;
  b->value->number[b->n++] = x;
  return PETSC_TRUE;
}

static PetscBool AddLine(Script *script, Builder *b)
{
  Value *value = b->value;
  if (value->rows == b->line_capacity) {
    b->line_capacity = b->line_capacity ? 2 * b->line_capacity : 16;
    if (PetscRealloc((size_t)b->line_capacity * sizeof *value->line, &value->line)) {
      script->out_of_memory = script->failed = PETSC_TRUE;
      return PETSC_FALSE;
    }
  }
  value->line[value->rows++] = b->row_bad ? -b->row_line : b->row_line;
  return PETSC_TRUE;
}

/* Ends a row. The first one sets the width; others are cut or filled to it after their fault. */
static void EndRow(Script *script, Builder *b)
{
  const PetscInt found = b->n - b->row_begin;
  if (found == 0 && !b->row_bad) return;
  if (b->value->rows == 0) b->value->cols = found;
  if (found != b->value->cols && !b->row_bad) {
    script->reported = PETSC_FALSE;
    ScriptFault(script, b->row_line,
                "found a row of %" PetscInt_FMT " numbers, expected %" PetscInt_FMT
                " as in the first row at line %" PetscInt_FMT,
                found, b->value->cols, PetscAbsInt(b->value->line[0]));
    script->failed = PETSC_FALSE;
    b->row_bad     = PETSC_TRUE;
  }
  while (b->n - b->row_begin < b->value->cols)
    if (!AddNumber(script, b, NAN)) return;
  b->n = b->row_begin + b->value->cols;
  (void)AddLine(script, b);
  b->row_begin = b->n;
  b->row_bad   = PETSC_FALSE;
}

/* A plain number with nothing that makes it part of an expression: nearly every element of a case file. */
static PetscBool PlainNumber(Script *script, Builder *b)
{
  const char *p = script->at, *end, *next;
  double      x;
  if (*p == '-' || *p == '+') ++p;
  if (!isdigit((unsigned char)*p) && *p != '.') return PETSC_FALSE;
  end = NumberEnd(p);
  if (!end || (*end && !strchr(" \t\r\n,;]%", *end))) return PETSC_FALSE;
  for (next = end; *next == ' ' || *next == '\t'; ++next) continue;
  if (*next && strchr("*/^:'", *next)) return PETSC_FALSE;
  if (*next == '.' && next[1] && strchr("*/^", next[1])) return PETSC_FALSE;
  if ((*next == '-' || *next == '+') && (next[1] == ' ' || next[1] == '\t')) return PETSC_FALSE;
  x = strtod(script->at, NULL);
  if (isinf(x)) return PETSC_FALSE;
  script->at = end;
  return AddNumber(script, b, x);
}

/* Appends a value: a row of numbers to the row at hand, a whole matrix only where it is alone in its row. */
static PetscBool AddValue(Script *script, Builder *b, const Value *value)
{
  if (value->kind != VALUE_MATRIX) {
    ScriptFault(script, script->line, "found a text among numbers");
    return PETSC_FALSE;
  }
  if (value->rows > 1 && b->n > b->row_begin) {
    ScriptFault(script, script->line, "found a matrix beside numbers, expected one number");
    return PETSC_FALSE;
  }
  for (PetscInt r = 0; r < value->rows; ++r) {
    for (PetscInt c = 0; c < value->cols; ++c)
      if (!AddNumber(script, b, value->number[r * value->cols + c])) return PETSC_FALSE;
    if (value->rows > 1) EndRow(script, b);
  }
  return PETSC_TRUE;
}

static void SkipElement(Script *script)
{
  while (*script->at && !strchr(" \t\r\n,;]", *script->at)) ++script->at;
}

/* One element that is more than a plain number. Its faults do not end the statement: those of later rows matter too. */
static void ExpressionElement(Script *script, Builder *b)
{
  const char *begin = script->at;
  Value      *value;
  script->reported = PETSC_FALSE;
  value            = ScriptExpression(script);
  if (!script->failed && value) {
    if (AddValue(script, b, value)) return;
  } else if (!script->reported) {
    script->at = begin;
    NotNumber(script);
  }
  script->failed = PETSC_FALSE;
  b->row_bad     = PETSC_TRUE;
  if (script->at == begin && *begin) ++script->at;
  SkipElement(script);
}

static PetscBool Unclosed(Script *script, PetscInt first_line, char bracket)
{
  script->reported = PETSC_FALSE;
  if (!*script->at)
    ScriptFault(script, first_line, "found the end of the file inside the bracket that opens here, expected `%c`",
                bracket);
  else
    ScriptFault(script, first_line,
                "found an assignment at line %" PetscInt_FMT " inside the bracket that opens here, "
                "expected `%c`",
                script->line, bracket);
  return PETSC_TRUE;
}

static void FillMatrix(Script *script, Builder *b)
{
  PetscBool row_start = PETSC_TRUE;
  while (!script->out_of_memory && !script->stopped) {
    ScriptSkipBlanks(script);
    if (*script->at == ']') {
      EndRow(script, b);
      ++script->at;
      return;
    }
    if (!*script->at || (row_start && b->first_line < script->line && ScriptAtAssignment(script))) {
      (void)Unclosed(script, b->first_line, ']');
      return;
    }
    if (*script->at == '\n' || *script->at == ';') {
      EndRow(script, b);
      if (*script->at++ == '\n') ++script->line;
      row_start = PETSC_TRUE;
    } else if (*script->at == ',') {
      ++script->at;
    } else {
      StartElement(script, b);
      if (!PlainNumber(script, b)) ExpressionElement(script, b);
      row_start = PETSC_FALSE;
    }
  }
}

Value *ScriptMatrix(Script *script)
{
  Builder   b          = {0};
  const int was_inside = script->in_matrix;

  b.value = ScriptNewValue(script, VALUE_MATRIX, 0, 0);
  if (!b.value) return NULL;
  b.first_line      = script->line;
  script->in_matrix = 1;
  ++script->at;
  FillMatrix(script, &b);
  script->in_matrix = was_inside;
  return script->failed || script->stopped ? NULL : b.value;
}

static PetscBool AddCell(Script *script, Builder *b)
{
  Value *value, *cells = b->value;
  StartElement(script, b);
  value = ScriptExpression(script);
  if (!value || script->failed || !ScriptGrow(script, cells, (size_t)b->n + 1)) return PETSC_FALSE;
  if (PetscStrallocpy(value->kind == VALUE_TEXT ? value->text[0] : "", &cells->text[b->n])) return PETSC_FALSE;
  ++b->n;
  return PETSC_TRUE;
}

static PetscBool EndCellRow(Script *script, Builder *b)
{
  if (b->n == b->row_begin) return PETSC_TRUE;
  if (b->value->rows == 0) b->value->cols = b->n;
  if (b->n - b->row_begin != b->value->cols) {
    ScriptFault(script, b->row_line,
                "found a row of %" PetscInt_FMT " cells, expected %" PetscInt_FMT " as in the first row",
                b->n - b->row_begin, b->value->cols);
    return PETSC_FALSE;
  }
  b->row_begin = b->n;
  return AddLine(script, b);
}

static void FillCells(Script *script, Builder *b)
{
  while (!script->failed && !script->out_of_memory && !script->stopped) {
    ScriptSkipBlanks(script);
    if (*script->at == '}') {
      if (EndCellRow(script, b)) ++script->at;
      return;
    }
    if (!*script->at || (b->n == b->row_begin && b->first_line < script->line && ScriptAtAssignment(script))) {
      (void)Unclosed(script, b->first_line, '}');
      return;
    }
    if (*script->at == '\n' || *script->at == ';') {
      if (!EndCellRow(script, b)) return;
      if (*script->at++ == '\n') ++script->line;
    } else if (*script->at == ',') {
      ++script->at;
    } else if (!AddCell(script, b)) {
      script->failed = PETSC_TRUE;
    }
  }
}

Value *ScriptCells(Script *script)
{
  Builder   b          = {0};
  const int was_inside = script->in_matrix;

  b.value = ScriptNewValue(script, VALUE_CELLS, 0, 0);
  if (!b.value) return NULL;
  b.first_line      = script->line;
  script->in_matrix = 1;
  ++script->at;
  FillCells(script, &b);
  script->in_matrix = was_inside;
  return script->failed || script->stopped ? NULL : b.value;
}
