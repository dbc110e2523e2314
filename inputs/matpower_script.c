/* Statements of a case file: the function line, assignments to variables, fields and slices, named column constants. */
#include "inputs/matpower_script.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* More numbers than any grid has; keeps a hostile file from taking all memory. */
#define NUMBERS_MAX ((size_t)1 << 27)
/* A file with more faults than this is something else than a case. */
#define FAULTS_MAX 100

void ScriptFault(Script *script, PetscInt line, const char *format, ...)
{
  char    text[512];
  va_list arguments;
  script->failed = PETSC_TRUE;
  if (script->reported) return;
  script->reported = PETSC_TRUE;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (FaultsAdd(script->faults, FAULT_ERROR, script->path, line, "%s", text)) script->out_of_memory = PETSC_TRUE;
  if (++script->n_faults == FAULTS_MAX) {
    script->stopped = PETSC_TRUE;
    (void)FaultsAdd(script->faults, FAULT_ERROR, script->path, line, "found %d faults; the rest is not read",
                    FAULTS_MAX);
  }
}

PetscBool ScriptGrow(Script *script, Value *value, size_t n)
{
  size_t capacity = value->capacity ? value->capacity : 16;
  if (n <= value->capacity) return PETSC_TRUE;
  while (capacity < n) capacity *= 2;
  if (script->numbers + capacity > NUMBERS_MAX) {
    ScriptFault(script, script->line, "found more than %zu numbers, expected a grid", NUMBERS_MAX);
    script->stopped = PETSC_TRUE;
    return PETSC_FALSE;
  }
  if (value->kind == VALUE_MATRIX ? PetscRealloc(capacity * sizeof(double), &value->number)
                                  : PetscRealloc(capacity * sizeof(char *), &value->text)) {
    script->out_of_memory = script->failed = PETSC_TRUE;
    return PETSC_FALSE;
  }
  for (size_t k = value->capacity; value->text && k < capacity; ++k) value->text[k] = NULL;
  script->numbers += capacity - value->capacity;
  value->capacity = capacity;
  return PETSC_TRUE;
}

Value *ScriptNewValue(Script *script, ValueKind kind, PetscInt rows, PetscInt cols)
{
  Value *value;
  if (PetscNew(&value)) {
    script->out_of_memory = script->failed = PETSC_TRUE;
    return NULL;
  }
  value->kind    = kind;
  value->rows    = rows;
  value->cols    = cols;
  value->next    = script->values;
  script->values = value;
  return ScriptGrow(script, value, PetscMax((size_t)rows * (size_t)cols, 1)) ? value : NULL;
}

Value *ScriptScalar(Script *script, double x)
{
  Value *value = ScriptNewValue(script, VALUE_MATRIX, 1, 1);
  if (value) value->number[0] = x;
  return value;
}

const Variable *ScriptFind(const Script *script, const char *name)
{
  for (PetscInt k = 0; k < script->n_variables; ++k)
    if (!strcmp(script->variable[k].name, name)) return &script->variable[k];
  return NULL;
}

const Variable *ScriptField(const Script *script, const char *field)
{
  char name[160];
  (void)snprintf(name, sizeof name, "%s.%s", script->result, field);
  return ScriptFind(script, name);
}

void ScriptSet(Script *script, const char *name, Value *value, PetscInt line)
{
  Variable *variable = (Variable *)ScriptFind(script, name);
  if (!value) return;
  if (!variable) {
    if (script->n_variables == script->variable_capacity) {
      script->variable_capacity = script->variable_capacity ? 2 * script->variable_capacity : 32;
      if (PetscRealloc((size_t)script->variable_capacity * sizeof *variable, &script->variable)) {
        script->out_of_memory = PETSC_TRUE;
        return;
      }
    }
    variable       = &script->variable[script->n_variables];
    variable->name = NULL;
    if (PetscStrallocpy(name, &variable->name)) {
      script->out_of_memory = PETSC_TRUE;
      return;
    }
    ++script->n_variables;
  }
  variable->value = value;
  variable->line  = line;
}

static PetscBool LineHolds(const char *at, const char *bracket)
{
  size_t n = strlen(bracket);
  while (*at == ' ' || *at == '\t') ++at;
  if (strncmp(at, bracket, n) != 0) return PETSC_FALSE;
  at += n;
  while (*at == ' ' || *at == '\t' || *at == '\r') ++at;
  return *at == '\n' || !*at ? PETSC_TRUE : PETSC_FALSE;
}

static void SkipLine(Script *script)
{
  while (*script->at && *script->at != '\n') ++script->at;
}

/* Skips lines up to the one that closes a block comment; blocks may nest. */
static void SkipBlock(Script *script)
{
  const PetscInt first = script->line;
  int            depth = 0;
  for (;;) {
    if (LineHolds(script->at, "%{") || LineHolds(script->at, "#{")) ++depth;
    if (LineHolds(script->at, "%}") || LineHolds(script->at, "#}")) --depth;
    SkipLine(script);
    if (depth == 0) return;
    if (!*script->at) break;
    ++script->at;
    ++script->line;
  }
  ScriptFault(script, first, "found a block comment that is never closed");
}

static PetscBool LineStart(const Script *script, const char *begin)
{
  for (const char *p = script->at; p > begin; --p) {
    if (p[-1] == '\n') return PETSC_TRUE;
    if (p[-1] != ' ' && p[-1] != '\t') return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* Blanks, comments and continued line ends; stops at the newline itself. */
void ScriptSkipBlanks(Script *script)
{
  for (;;) {
    const char *begin = script->at;
    while (*script->at == ' ' || *script->at == '\t' || *script->at == '\r') ++script->at;
    if (*script->at == '%' || *script->at == '#') {
      /* a bracket alone on its line opens a block; blanks before it on the line were skipped just now */
      if ((script->at[1] == '{') && LineHolds(script->at, *script->at == '%' ? "%{" : "#{") && LineStart(script, begin))
        SkipBlock(script);
      else
        SkipLine(script);
    } else if (!strncmp(script->at, "...", 3)) {
      SkipLine(script);
      if (!*script->at) return;
      ++script->at;
      ++script->line;
    } else {
      return;
    }
  }
}

static PetscBool NameByte(char c)
{
  return isalnum((unsigned char)c) || c == '_' ? PETSC_TRUE : PETSC_FALSE;
}

/* A name with its fields, "mpc.bus". */
PetscBool ScriptName(Script *script, char *name, size_t size)
{
  size_t n = 0;
  if (!isalpha((unsigned char)*script->at) && *script->at != '_') return PETSC_FALSE;
  while (NameByte(*script->at) ||
         (*script->at == '.' && (isalpha((unsigned char)script->at[1]) || script->at[1] == '_'))) {
    if (n + 1 < size) name[n++] = *script->at;
    ++script->at;
  }
  name[n] = 0;
  return PETSC_TRUE;
}

/* Whether `name =` stands here: inside a bracket it shows that the bracket was never closed. */
PetscBool ScriptAtAssignment(Script *script)
{
  const char *p = script->at;
  if (!isalpha((unsigned char)*p)) return PETSC_FALSE;
  while (NameByte(*p) || *p == '.') ++p;
  while (*p == ' ' || *p == '\t') ++p;
  return *p == '=' && p[1] != '=' ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode FunctionLine(Script *script)
{
  PetscFunctionBegin;
  script->has_function = PETSC_TRUE;
  ScriptSkipBlanks(script);
  if (*script->at == '[') {
    ScriptFault(script, script->line,
                "found a function that returns a list of matrices (case format 1), expected one "
                "struct (format 2)");
  } else if (ScriptName(script, script->result, sizeof script->result)) {
    ScriptSkipBlanks(script);
    if (*script->at == '=') {
      ++script->at;
      ScriptSkipBlanks(script);
      (void)ScriptName(script, script->function, sizeof script->function);
    } else {
      ScriptFault(script, script->line, "found a function that returns nothing, expected `function mpc = name`");
    }
  }
  SkipLine(script);
  PetscFunctionReturn(0);
}

static const char *const bus_names[]      = {"PQ",   "PV",   "REF",  "NONE",     "BUS_I", "BUS_TYPE", "PD",
                                             "QD",   "GS",   "BS",   "BUS_AREA", "VM",    "VA",       "BASE_KV",
                                             "ZONE", "VMAX", "VMIN", "LAM_P",    "LAM_Q", "MU_VMAX",  "MU_VMIN"};
static const char *const branch_names[]   = {"F_BUS",  "T_BUS", "BR_R",  "BR_X",      "BR_B",   "RATE_A",    "RATE_B",
                                             "RATE_C", "TAP",   "SHIFT", "BR_STATUS", "PF",     "QF",        "PT",
                                             "QT",     "MU_SF", "MU_ST", "ANGMIN",    "ANGMAX", "MU_ANGMIN", "MU_ANGMAX"};
static const int         branch_columns[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 12, 13, 20, 21};
static const char *const gen_names[]    = {"GEN_BUS",    "PG",      "QG",     "QMAX",    "QMIN",    "VG",      "MBASE",
                                           "GEN_STATUS", "PMAX",    "PMIN",   "MU_PMAX", "MU_PMIN", "MU_QMAX", "MU_QMIN",
                                           "PC1",        "PC2",     "QC1MIN", "QC1MAX",  "QC2MIN",  "QC2MAX",  "RAMP_AGC",
                                           "RAMP_10",    "RAMP_30", "RAMP_Q", "APF"};
static const int         gen_columns[]  = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 22, 23, 24,
                                           25, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21};
static const char *const cost_names[]   = {"PW_LINEAR", "POLYNOMIAL", "MODEL", "STARTUP", "SHUTDOWN", "NCOST", "COST"};
static const int         cost_columns[] = {1, 2, 1, 2, 3, 4, 5};
static const int         bus_columns[]  = {1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};

/* The functions that give columns their names, in the order in which they return them. */
static const struct {
  const char        *function;
  const char *const *name;
  const int         *column;
  size_t             n;
} constants[] = {
    {"idx_bus", bus_names, bus_columns, sizeof bus_columns / sizeof *bus_columns},
    {"idx_brch", branch_names, branch_columns, sizeof branch_columns / sizeof *branch_columns},
    {"idx_gen", gen_names, gen_columns, sizeof gen_columns / sizeof *gen_columns},
    {"idx_cost", cost_names, cost_columns, sizeof cost_columns / sizeof *cost_columns},
};

static void DefineConstants(Script *script)
{
  for (size_t f = 0; f < sizeof constants / sizeof *constants; ++f)
    for (size_t k = 0; k < constants[f].n; ++k)
      ScriptSet(script, constants[f].name[k], ScriptScalar(script, constants[f].column[k]), script->line);
}

/* [A, B, ...] = idx_bus: the names on the left are taken in the function's order, whatever they are called. */
static void ListAssignment(Script *script)
{
  char     name[64][64];
  char     function[64];
  PetscInt n = 0;
  size_t   f = 0;

  ++script->at;
  for (;;) {
    ScriptSkipBlanks(script);
    if (*script->at == ']') break;
    if (*script->at == ',') {
      ++script->at;
    } else if (*script->at == '~') {
      ++script->at;
      if (n < 64) name[n++][0] = 0;
    } else if (n == 64 || !ScriptName(script, name[n++], sizeof name[0])) {
      script->failed = PETSC_TRUE;
      return;
    }
  }
  ++script->at;
  ScriptSkipBlanks(script);
  script->failed = *script->at == '=' ? PETSC_FALSE : PETSC_TRUE;
  if (script->failed) return;
  ++script->at;
  ScriptSkipBlanks(script);
  if (!ScriptName(script, function, sizeof function)) function[0] = 0;
  while (f < sizeof constants / sizeof *constants && strcmp(constants[f].function, function) != 0) ++f;
  script->failed = f == sizeof constants / sizeof *constants || (size_t)n > constants[f].n ? PETSC_TRUE : PETSC_FALSE;
  for (PetscInt k = 0; !script->failed && k < n; ++k)
    if (name[k][0]) ScriptSet(script, name[k], ScriptScalar(script, constants[f].column[k]), script->line);
}

static Value *Copy(Script *script, const Value *from)
{
  Value *to = ScriptNewValue(script, VALUE_MATRIX, from->rows, from->cols);
  if (!to) return NULL;
  memcpy(to->number, from->number, (size_t)from->rows * (size_t)from->cols * sizeof(double));
  if (from->line) {
    if (PetscMalloc1((size_t)from->rows, &to->line))
      script->out_of_memory = PETSC_TRUE;
    else
      memcpy(to->line, from->line, (size_t)from->rows * sizeof *to->line);
  }
  return to;
}

/* name(rows, columns) = value, where the slice exists and the value fills it or is a scalar. */
static void SliceAssignment(Script *script, const char *name, const Variable *variable)
{
  const PetscInt line = script->line;
  Value         *rows, *cols, *value, *copy;

  if (!variable || variable->value->kind != VALUE_MATRIX) {
    script->failed = PETSC_TRUE;
    return;
  }
  ++script->at;
  rows = ScriptIndexList(script, variable->value, 0, 2);
  if (script->failed || *script->at != ',') {
    script->failed = PETSC_TRUE;
    return;
  }
  ++script->at;
  cols = ScriptIndexList(script, variable->value, 1, 2);
  if (!script->failed && *script->at == ')') {
    ++script->at;
    ScriptSkipBlanks(script);
  }
  if (script->failed || *script->at != '=') {
    script->failed = PETSC_TRUE;
    return;
  }
  ++script->at;
  value = ScriptExpression(script);
  if (!value || value->kind != VALUE_MATRIX)
    script->failed = PETSC_TRUE;
  else if ((value->rows != rows->cols || value->cols != cols->cols) && (value->rows != 1 || value->cols != 1))
    script->failed = PETSC_TRUE;
  copy = script->failed ? NULL : Copy(script, variable->value);
  if (!copy) return;
  for (PetscInt i = 0; i < rows->cols; ++i)
    for (PetscInt j = 0; j < cols->cols; ++j) {
      size_t place        = (size_t)(rows->number[i] - 1) * (size_t)copy->cols + (size_t)(cols->number[j] - 1);
      copy->number[place] = value->number[value->rows * value->cols == 1 ? 0 : i * cols->cols + j];
    }
  ScriptSet(script, name, copy, line);
}

static void Assignment(Script *script, const char *name)
{
  const PetscInt line = script->line;
  ScriptSkipBlanks(script);
  if (*script->at == '(') {
    SliceAssignment(script, name, ScriptFind(script, name));
  } else if (*script->at == '=' && script->at[1] != '=') {
    Value *value;
    ++script->at;
    value = ScriptExpression(script);
    if (value)
      ScriptSet(script, name, value, line);
    else
      script->failed = PETSC_TRUE;
  } else {
    script->failed = PETSC_TRUE;
  }
}

/* PETSC_FALSE at the end of the program. */
static PetscErrorCode Statement(Script *script, PetscBool *more)
{
  char name[160];
  PetscFunctionBegin;
  if (*script->at == '[') {
    ListAssignment(script);
  } else if (!ScriptName(script, name, sizeof name)) {
    script->failed = PETSC_TRUE;
  } else if (!strcmp(name, "function")) {
    if (script->has_function)
      *more = PETSC_FALSE;
    else
      PetscCall(FunctionLine(script));
  } else if (!strcmp(name, "return") || !strcmp(name, "end") || !strcmp(name, "endfunction")) {
    *more = PETSC_FALSE;
  } else if (!strcmp(name, "define_constants")) {
    DefineConstants(script);
  } else {
    Assignment(script, name);
  }
  PetscFunctionReturn(0);
}

static void CheckStatementEnd(Script *script, const char *begin, PetscInt line)
{
  int length = 0;
  if (!script->failed) {
    ScriptSkipBlanks(script);
    if (*script->at && !strchr(";,\n", *script->at)) script->failed = PETSC_TRUE;
  }
  if (!script->failed) return;
  while (begin[length] && begin[length] != '\n' && begin[length] != '\r' && length < 80) ++length;
  ScriptFault(script, line, "found `%.*s`, a statement that is not understood", length, begin);
  SkipLine(script);
}

static PetscErrorCode RunStatements(Script *script)
{
  PetscBool more = PETSC_TRUE;
  PetscFunctionBegin;
  while (more && !script->stopped) {
    const char *begin;
    PetscInt    line;
    script->failed = script->reported = PETSC_FALSE;
    ScriptSkipBlanks(script);
    while (*script->at && strchr(";,\n", *script->at)) {
      if (*script->at++ == '\n') ++script->line;
      ScriptSkipBlanks(script);
    }
    if (!*script->at) break;
    begin          = script->at;
    line           = script->line;
    script->failed = script->reported = PETSC_FALSE;
    script->depth = script->in_matrix = 0;
    PetscCall(Statement(script, &more));
    if (more && !script->stopped) CheckStatementEnd(script, begin, line);
    PetscCheck(!script->out_of_memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "No memory for %s", script->path);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ScriptRun(const Source *source, Faults faults, Script **script)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(script));
  (*script)->path   = source->path;
  (*script)->at     = source->bytes;
  (*script)->line   = 1;
  (*script)->faults = faults;
  if (!strncmp((*script)->at, "\xef\xbb\xbf", 3)) (*script)->at += 3;
  PetscCall(PetscStrncpy((*script)->result, "mpc", sizeof(*script)->result));
  PetscCall(RunStatements(*script));
  PetscFunctionReturn(0);
}

PetscErrorCode ScriptDestroy(Script **script)
{
  PetscFunctionBeginUser;
  if (!script || !*script) PetscFunctionReturn(0);
  for (Value *value = (*script)->values, *next; value; value = next) {
    next = value->next;
    for (size_t k = 0; value->text && k < value->capacity; ++k) PetscCall(PetscFree(value->text[k]));
    PetscCall(PetscFree(value->text));
    PetscCall(PetscFree(value->number));
    PetscCall(PetscFree(value->line));
    PetscCall(PetscFree(value));
  }
  for (PetscInt k = 0; k < (*script)->n_variables; ++k) PetscCall(PetscFree((*script)->variable[k].name));
  PetscCall(PetscFree((*script)->variable));
  PetscCall(PetscFree((*script)->unknown));
  PetscCall(PetscFree(*script));
  PetscFunctionReturn(0);
}
