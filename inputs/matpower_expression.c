/* Arithmetic of case files: operators on numbers and matrices, slices, a few functions. */
#include "inputs/matpower_script.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define DEPTH_MAX 100

static Value *Sum(Script *script);

static PetscBool IsScalar(const Value *value)
{
  return value->kind == VALUE_MATRIX && value->rows == 1 && value->cols == 1 ? PETSC_TRUE : PETSC_FALSE;
}

static double Apply(char operator, double a, double b)
{
  switch (operator) {
  case '+':
    return a + b;
  case '-':
    return a - b;
  case '*':
    return a * b;
  case '/':
    return a / b;
  default:
    return pow(a, b);
  }
}

/* Element by element; a scalar goes with every element of the other side. */
static Value *Operate(Script *script, char operator, PetscBool elementwise, const Value *a, const Value *b)
{
  PetscBool    scalar_a, scalar_b, allowed;
  const Value *shape;
  Value       *value;

  if (!a || !b || a->kind != VALUE_MATRIX || b->kind != VALUE_MATRIX) {
    script->failed = PETSC_TRUE;
    return NULL;
  }
  scalar_a = IsScalar(a);
  scalar_b = IsScalar(b);
  shape    = scalar_a ? b : a;
  allowed  = scalar_a || scalar_b || (a->rows == b->rows && a->cols == b->cols) ? PETSC_TRUE : PETSC_FALSE;
  /* matrix products, quotients and powers are not elementwise, and case files have none */
  if (!elementwise && operator== '*' && !scalar_a && !scalar_b) allowed = PETSC_FALSE;
  if (!elementwise && operator== '/' && !scalar_b) allowed = PETSC_FALSE;
  if (!elementwise && operator== '^' && !(scalar_a &&scalar_b)) allowed = PETSC_FALSE;
  value = allowed ? ScriptNewValue(script, VALUE_MATRIX, shape->rows, shape->cols) : NULL;
  if (!value) {
    script->failed = PETSC_TRUE;
    return NULL;
  }
  for (PetscInt k = 0; k < shape->rows * shape->cols; ++k)
    value->number[k] = Apply(operator, a->number[scalar_a ? 0 : k], b->number[scalar_b ? 0 : k]);
  return value;
}

/* One index of a slice as a 1 x n list of positions counted from 1, checked; stops at the comma or parenthesis. */
Value *ScriptIndexList(Script *script, const Value *value, int position, int n_positions)
{
  const PetscInt extent = n_positions == 1 ? value->rows * value->cols : position == 0 ? value->rows : value->cols;
  const Value   *outer  = script->indexed;
  const PetscInt outer_position = script->index_position;
  const int      was_inside     = script->in_matrix;
  Value         *list;

  ScriptSkipBlanks(script);
  if (*script->at == ':') {
    ++script->at;
    list = ScriptNewValue(script, VALUE_MATRIX, 1, extent);
    for (PetscInt k = 0; list && k < extent; ++k) list->number[k] = (double)(k + 1);
  } else {
    script->indexed        = value;
    script->index_position = n_positions == 1 ? -1 : position;
    script->in_matrix      = 0;
    list                   = ScriptExpression(script);
    script->indexed        = outer;
    script->index_position = outer_position;
    script->in_matrix      = was_inside;
    if (list && (list->kind != VALUE_MATRIX || (list->rows != 1 && list->cols != 1))) list = NULL;
    for (PetscInt k = 0; list && k < list->rows * list->cols; ++k) {
      const double x = list->number[k];
      if (!(x >= 1 && x <= (double)extent && x == floor(x))) {
        ScriptFault(script, script->line, "found index %g, expected one of 1 to %" PetscInt_FMT, x, extent);
        return NULL;
      }
    }
    if (list && list->cols == 1 && list->rows > 1) {
      Value *row = ScriptNewValue(script, VALUE_MATRIX, 1, list->rows);
      if (row) memcpy(row->number, list->number, (size_t)list->rows * sizeof(double));
      list = row;
    }
  }
  ScriptSkipBlanks(script);
  if (!list) script->failed = PETSC_TRUE;
  return list;
}

/* Counts the indices of a slice without reading them: commas at depth zero. */
static int CountIndices(const char *p)
{
  int depth = 0, n = 1;
  for (; *p && *p != '\n'; ++p) {
    if (strchr("([{", *p))
      ++depth;
    else if (strchr(")]}", *p)) {
      if (depth-- == 0) break;
    } else if (*p == ',' && depth == 0)
      ++n;
  }
  return n;
}

static Value *Slice(Script *script, const Value *from)
{
  int    n = CountIndices(script->at + 1);
  Value *list[2], *value;

  if (from->kind != VALUE_MATRIX || n > 2) {
    script->failed = PETSC_TRUE;
    return NULL;
  }
  for (int k = 0; k < n; ++k) {
    ++script->at;
    list[k] = ScriptIndexList(script, from, k, n);
    if (script->failed || *script->at != (k == n - 1 ? ')' : ',')) {
      script->failed = PETSC_TRUE;
      return NULL;
    }
  }
  ++script->at;
  value = n == 1 ? ScriptNewValue(script, VALUE_MATRIX, 1, list[0]->cols)
                 : ScriptNewValue(script, VALUE_MATRIX, list[0]->cols, list[1]->cols);
  for (PetscInt i = 0; value && i < list[0]->cols; ++i)
    for (PetscInt j = 0; j < (n == 1 ? 1 : list[1]->cols); ++j) {
      PetscInt row = (PetscInt)list[0]->number[i] - 1, column = n == 1 ? 0 : (PetscInt)list[1]->number[j] - 1;
      /* a single index counts down the columns */
      if (n == 1) {
        column           = row / from->rows;
        row              = row % from->rows;
        value->number[i] = from->number[row * from->cols + column];
      } else {
        value->number[i * list[1]->cols + j] = from->number[row * from->cols + column];
      }
    }
  return value;
}

static const struct {
  const char *name;
  double (*function)(double);
} functions[] = {{"sqrt", sqrt}, {"abs", fabs},  {"sin", sin}, {"cos", cos}, {"tan", tan},     {"asin", asin},
                 {"acos", acos}, {"atan", atan}, {"exp", exp}, {"log", log}, {"round", round}, {"floor", floor}};

static Value *Call(Script *script, double (*function)(double))
{
  const int was_inside = script->in_matrix;
  Value    *argument, *value;
  ++script->at;
  script->in_matrix = 0;
  argument          = ScriptExpression(script);
  script->in_matrix = was_inside;
  if (!argument || argument->kind != VALUE_MATRIX || *script->at != ')') {
    script->failed = PETSC_TRUE;
    return NULL;
  }
  ++script->at;
  value = ScriptNewValue(script, VALUE_MATRIX, argument->rows, argument->cols);
  for (PetscInt k = 0; value && k < argument->rows * argument->cols; ++k)
    value->number[k] = function(argument->number[k]);
  return value;
}

static PetscBool NamedNumber(const Script *script, const char *name, double *x)
{
  static const struct {
    const char *name;
    double      value;
  } known[] = {{"Inf", INFINITY}, {"inf", INFINITY}, {"NaN", NAN}, {"nan", NAN},
               {"pi", PETSC_PI},  {"eps", 0x1p-52},  {"true", 1},  {"false", 0}};
  for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
    if (!strcmp(name, known[k].name)) {
      *x = known[k].value;
      return PETSC_TRUE;
    }
  if (!strcmp(name, "end") && script->indexed) {
    const PetscInt rows = script->indexed->rows, cols = script->indexed->cols;
    *x = (double)(script->index_position < 0 ? rows * cols : script->index_position == 0 ? rows : cols);
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* An unknown name is reported once; a table full of it would bury the other faults. */
static Value *UnknownName(Script *script, const char *name)
{
  for (PetscInt k = 0; k < script->n_unknown; ++k)
    if (!strcmp(script->unknown[k], name)) {
      script->failed = script->reported = PETSC_TRUE;
      return NULL;
    }
  ScriptFault(script, script->line, "found \"%s\", a name without a value, expected a number", name);
  if (PetscRealloc((size_t)(script->n_unknown + 1) * sizeof *script->unknown, &script->unknown)) {
    script->out_of_memory = PETSC_TRUE;
    return NULL;
  }
  (void)PetscStrncpy(script->unknown[script->n_unknown++], name, sizeof *script->unknown);
  return NULL;
}

static Value *Named(Script *script)
{
  char            name[160];
  double          x;
  const Variable *variable;

  (void)ScriptName(script, name, sizeof name);
  variable = ScriptFind(script, name);
  if (variable) return *script->at == '(' ? Slice(script, variable->value) : variable->value;
  if (NamedNumber(script, name, &x)) return ScriptScalar(script, x);
  if (*script->at == '(')
    for (size_t k = 0; k < sizeof functions / sizeof *functions; ++k)
      if (!strcmp(name, functions[k].name)) return Call(script, functions[k].function);
  name[60] = 0;
  return UnknownName(script, name);
}

static Value *Parenthesis(Script *script)
{
  const int was_inside = script->in_matrix;
  Value    *value;
  ++script->at;
  script->in_matrix = 0;
  value             = ScriptExpression(script);
  script->in_matrix = was_inside;
  if (script->failed || *script->at != ')') {
    script->failed = PETSC_TRUE;
    return NULL;
  }
  ++script->at;
  return value;
}

static Value *Primary(Script *script)
{
  const char c = *script->at;
  double     x;
  if (isdigit((unsigned char)c) || c == '.') return ScriptNumber(script, &x) ? ScriptScalar(script, x) : NULL;
  if (c == '\'' || c == '"') return ScriptQuoted(script);
  if (c == '(') return Parenthesis(script);
  if (c == '[') return ScriptMatrix(script);
  if (c == '{') return ScriptCells(script);
  if (isalpha((unsigned char)c) || c == '_') return Named(script);
  script->failed = PETSC_TRUE;
  return NULL;
}

static Value *Transpose(Script *script, const Value *value)
{
  Value *result;
  if (value->kind != VALUE_MATRIX) {
    script->failed = PETSC_TRUE;
    return NULL;
  }
  result = ScriptNewValue(script, VALUE_MATRIX, value->cols, value->rows);
  for (PetscInt i = 0; result && i < value->rows; ++i)
    for (PetscInt j = 0; j < value->cols; ++j) result->number[j * value->rows + i] = value->number[i * value->cols + j];
  return result;
}

/* Blanks before an operator; inside a matrix `1 -2` is two elements while `1 - 2` is one. Gives the operator, 0 when the
   expression ends here. */
static char Operator(Script *script, const char *set, PetscBool *elementwise)
{
  const char    *begin = script->at;
  const PetscInt line  = script->line;
  const char    *p;
  if (script->in_matrix)
    while (*script->at == ' ' || *script->at == '\t') ++script->at;
  else
    ScriptSkipBlanks(script);
  p            = script->at;
  *elementwise = PETSC_FALSE;
  if (*p == '.' && p[1] && strchr("*/^", p[1])) {
    *elementwise = PETSC_TRUE;
    ++p;
  }
  if (*p && strchr(set, *p) &&
      !(script->in_matrix && p > begin && strchr("+-", *p) && p[1] != ' ' && p[1] != '\t' && p[1] != '.')) {
    script->at = p + 1;
    return *p;
  }
  if (script->in_matrix) {
    script->at   = begin;
    script->line = line;
  }
  return 0;
}

static Value *Signed(Script *script);

static Value *Power(Script *script)
{
  Value    *value = Primary(script);
  PetscBool elementwise;
  while (value && !script->failed) {
    if (*script->at == '\'') {
      ++script->at;
      value = Transpose(script, value);
      continue;
    }
    if (!Operator(script, "^", &elementwise)) return value;
    ScriptSkipBlanks(script);
    if (*script->at == '-' || *script->at == '+')
      value = Operate(script, '^', elementwise, value, Signed(script));
    else
      value = Operate(script, '^', elementwise, value, Primary(script));
  }
  return value;
}

static Value *Signed(Script *script)
{
  PetscBool negative = PETSC_FALSE;
  Value    *value;
  ScriptSkipBlanks(script);
  while (*script->at == '-' || *script->at == '+') {
    if (*script->at++ == '-') negative = !negative;
    if (!script->in_matrix) ScriptSkipBlanks(script);
  }
  if (++script->depth > DEPTH_MAX) script->failed = PETSC_TRUE;
  value = script->failed ? NULL : Power(script);
  --script->depth;
  return value && negative ? Operate(script, '-', PETSC_TRUE, ScriptScalar(script, 0), value) : value;
}

static Value *Product(Script *script)
{
  Value    *value = Signed(script);
  PetscBool elementwise;
  while (value && !script->failed) {
    char operator= Operator(script, "*/", &elementwise);
    if (!operator) break;
    value = Operate(script, operator, elementwise, value, Signed(script));
  }
  return value;
}

static Value *Sum(Script *script)
{
  Value    *value = Product(script);
  PetscBool elementwise;
  while (value && !script->failed) {
    char operator= Operator(script, "+-", &elementwise);
    if (!operator) break;
    value = Operate(script, operator, elementwise, value, Product(script));
  }
  return value;
}

static Value *Range(Script *script, const Value *from, const Value *to)
{
  Value   *value;
  PetscInt n;
  if (!from || !to || !IsScalar(from) || !IsScalar(to) || !(fabs(from->number[0]) < 1e8 && fabs(to->number[0]) < 1e8)) {
    script->failed = PETSC_TRUE;
    return NULL;
  }
  n     = (PetscInt)PetscMax(floor(to->number[0] - from->number[0]) + 1, 0);
  value = ScriptNewValue(script, VALUE_MATRIX, 1, n);
  for (PetscInt k = 0; value && k < n; ++k) value->number[k] = from->number[0] + (double)k;
  return value;
}

Value *ScriptExpression(Script *script)
{
  Value    *value;
  PetscBool elementwise;
  if (++script->depth > DEPTH_MAX) {
    ScriptFault(script, script->line, "found brackets nested deeper than %d", DEPTH_MAX);
    --script->depth;
    return NULL;
  }
  value = Sum(script);
  if (value && !script->failed && Operator(script, ":", &elementwise)) value = Range(script, value, Sum(script));
  if (!script->in_matrix) ScriptSkipBlanks(script);
  --script->depth;
  return script->failed ? NULL : value;
}
