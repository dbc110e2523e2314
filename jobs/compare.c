/* The table of a comparison. */
#include "jobs/compare.h"

#include <libgen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inputs/words.h"

static PetscErrorCode AddNote(Comparison c, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(2, 3);

static PetscErrorCode AddNote(Comparison c, const char *format, ...)
{
  char    text[1024];
  va_list args;

  PetscFunctionBeginUser;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  PetscCall(PetscRealloc((size_t)(c->n_notes + 1) * sizeof *c->note, &c->note));
  PetscCall(PetscStrallocpy(text, &c->note[c->n_notes++]));
  PetscFunctionReturn(0);
}

static const char *LastPart(const char *path, char copy[PETSC_MAX_PATH_LEN])
{
  snprintf(copy, PETSC_MAX_PATH_LEN, "%s", path);
  return basename(copy);
}

/* Its policy, the last part of its path, or all of it. */
static const char *NameOf(const ComparedRun *run, int choice, char copy[PETSC_MAX_PATH_LEN])
{
  if (choice == 0 && run->policy[0]) return run->policy;
  return choice < 2 ? LastPart(run->path, copy) : run->path;
}

static PetscBool IsUnique(Comparison c, PetscInt k, int choice)
{
  char a[PETSC_MAX_PATH_LEN], b[PETSC_MAX_PATH_LEN];

  for (PetscInt i = 0; i < c->n_runs; i++)
    if (i != k && !strcmp(NameOf(&c->run[i], choice, a), NameOf(&c->run[k], choice, b))) return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscErrorCode NameRuns(Comparison c)
{
  char copy[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < c->n_runs; k++) {
    int choice = 0;
    while (choice < 2 && !IsUnique(c, k, choice)) choice++;
    PetscCall(PetscStrallocpy(NameOf(&c->run[k], choice, copy), &c->run[k].name));
  }
  PetscFunctionReturn(0);
}

static PetscBool SamePath(const char *a, const char *b)
{
  char     *x = realpath(a, NULL), *y = realpath(b, NULL);
  PetscBool same = (PetscBool)(x && y ? !strcmp(x, y) : !strcmp(a, b));

  free(x);
  free(y);
  return same;
}

/* Reads every directory once, the base too when it is not among them: then it comes first. */
static PetscErrorCode LoadRuns(Comparison c, PetscInt n, const char *const *path, const char *base, PetscBool *loaded,
                               FileError *error)
{
  PetscBool listed = (PetscBool)!base;

  PetscFunctionBeginUser;
  *loaded = PETSC_TRUE;
  PetscCall(PetscCalloc1(n + 1, &c->run));
  for (PetscInt k = 0; base && k < n; k++) listed = (PetscBool)(listed || SamePath(base, path[k]));
  for (PetscInt k = listed ? 0 : -1; k < n && *loaded; k++) {
    const char *directory = k < 0 ? base : path[k];
    PetscBool   twice     = PETSC_FALSE;
    for (PetscInt i = 0; i < c->n_runs; i++) twice = (PetscBool)(twice || SamePath(directory, c->run[i].path));
    if (twice) continue;
    if (base && SamePath(base, directory)) c->base = c->n_runs;
    PetscCall(ComparedRunLoad(directory, &c->run[c->n_runs++], loaded, error));
  }
  PetscFunctionReturn(0);
}

static PetscBool SameCurrency(Comparison c, FileError *error)
{
  const ComparedRun *first = NULL;

  for (PetscInt k = 0; k < c->n_runs; k++) {
    const ComparedRun *run = &c->run[k];
    if (!run->currency[0]) continue;
    if (!first) first = run;
    if (!strcmp(first->currency, run->currency)) continue;
    snprintf(
        error->text, sizeof error->text,
        "%.400s: found money in %.30s, expected %.30s as in %.400s: runs in different currencies cannot be compared",
        run->path, run->currency, first->currency, first->path);
    return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* "2030, 2040", or "one year" */
static void ListPeriods(const ComparedRun *run, char *text, size_t size)
{
  PetscInt seen[64], n = 0;
  size_t   at = 0;

  for (PetscInt k = 0; k < StatisticsCount(run->statistics); k++) {
    const PetscInt year = StatisticsGet(run->statistics, k)->period;
    PetscInt       i    = 0;
    while (i < n && seen[i] != year) i++;
    if (year && i == n && n < 64) seen[n++] = year;
  }
  for (PetscInt i = 1; i < n; i++)
    for (PetscInt j = i; j > 0 && seen[j] < seen[j - 1]; j--) {
      const PetscInt year = seen[j];
      seen[j]             = seen[j - 1];
      seen[j - 1]         = year;
    }
  snprintf(text, size, "none");
  for (PetscInt i = 0; i < n && at < size; i++)
    at += (size_t)snprintf(text + at, size - at, "%s%d", i ? ", " : "", (int)seen[i]);
}

static PetscErrorCode NotePeriods(Comparison c)
{
  char base[400], other[400];

  PetscFunctionBeginUser;
  ListPeriods(&c->run[c->base], base, sizeof base);
  for (PetscInt k = 0; k < c->n_runs; k++) {
    ListPeriods(&c->run[k], other, sizeof other);
    if (strcmp(base, other) != 0)
      PetscCall(AddNote(
          c, "%.100s has other investment periods (%.200s) than %.100s (%.200s): what one does not have is left empty",
          c->run[k].name, other, c->run[c->base].name, base));
  }
  PetscFunctionReturn(0);
}

/* Appends the keys of all runs, in order and each once. */
static PetscErrorCode CollectRows(Comparison c)
{
  PetscInt *at, most = 0;

  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < c->n_runs; r++) most += StatisticsCount(c->run[r].statistics);
  PetscCall(PetscCalloc1(c->n_runs, &at));
  PetscCall(PetscMalloc1(most + 1, &c->row));
  PetscCall(PetscMalloc1((most + 1) * c->n_runs, &c->values));
  for (;;) {
    const StatisticsRow *next = NULL;
    for (PetscInt r = 0; r < c->n_runs; r++) {
      const StatisticsRow *row =
          at[r] < StatisticsCount(c->run[r].statistics) ? StatisticsGet(c->run[r].statistics, at[r]) : NULL;
      if (row && (!next || StatisticsCompareRows(row, next) < 0)) next = row;
    }
    if (!next) break;
    c->row[c->n_rows] = (ComparedRow){next, c->values + c->n_rows * c->n_runs};
    for (PetscInt r = 0; r < c->n_runs; r++) {
      const StatisticsRow *row =
          at[r] < StatisticsCount(c->run[r].statistics) ? StatisticsGet(c->run[r].statistics, at[r]) : NULL;
      const PetscBool same       = (PetscBool)(row && !StatisticsCompareRows(row, next));
      c->row[c->n_rows].value[r] = same ? row->value : NAN;
      at[r] += same;
    }
    c->n_rows++;
  }
  PetscCall(PetscFree(at));
  PetscFunctionReturn(0);
}

/* What avoiding a tonne cost beside what is paid for carbon, which is no cost of the system: where fewer are emitted than in the
   base, over all periods. */
static PetscErrorCode AddCostPerTonne(Comparison c)
{
  const StatisticsVariable *variable = StatisticsVariableFind("Cost Per Tonne Avoided");
  Statistics                base     = c->run[c->base].statistics;
  char                      unit[64];

  PetscFunctionBeginUser;
  snprintf(unit, sizeof unit, "%.50s%s", c->run[c->base].currency[0] ? c->run[c->base].currency : "currency",
           variable->unit + 2);
  for (PetscInt k = 0; k < c->n_runs; k++) {
    Statistics      s       = c->run[k].statistics;
    const PetscReal before  = StatisticsValue(base, "Emissions CO2", "", "", 0);
    const PetscReal avoided = before - StatisticsValue(s, "Emissions CO2", "", "", 0);
    const PetscReal cost =
        StatisticsValue(s, "System Cost", "", "", 0) - StatisticsValue(base, "System Cost", "", "", 0);
    if (k == c->base || !(avoided > 1e-6 * fabs(before))) continue;
    PetscCall(StatisticsAdd(s, variable->name, "", "", 0, unit, cost / avoided));
    PetscCall(StatisticsSort(s));
  }
  PetscFunctionReturn(0);
}

static PetscBool IsOfPlan(const char *variable)
{
  static const char *const names[] = {"System Cost", "Emissions CO2", "Optimal Capacity", "Optimal Storage Capacity",
                                      "Supply"};

  for (size_t k = 0; k < sizeof names / sizeof *names; k++)
    if (!strcmp(names[k], variable)) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Cost, emissions, capacities and energy agree to what a solver's tolerance leaves of the largest of each. */
static PetscBool IsSamePlan(Comparison c, PetscInt run)
{
  PetscReal largest = 0;

  for (PetscInt k = 0; k < c->n_rows; k++) {
    const ComparedRow *row = &c->row[k];
    const PetscReal    a = row->value[c->base], b = row->value[run];
    if (!k || strcmp(row->key->variable, c->row[k - 1].key->variable) != 0) largest = 0;
    if (!IsOfPlan(row->key->variable)) continue;
    if (PetscIsNanReal(a) != PetscIsNanReal(b)) return PETSC_FALSE;
    if (PetscIsNanReal(a)) continue;
    largest = PetscMax(largest, PetscMax(fabs(a), fabs(b)));
    if (fabs(a - b) > 1e-6 * largest + 1e-9) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

static PetscErrorCode NoteSamePlans(Comparison c)
{
  const ComparedRun *base = &c->run[c->base];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < c->n_runs; k++) {
    const ComparedRun *run = &c->run[k];
    if (k == c->base || run->kind == COMPARED_RUN || base->kind == COMPARED_RUN || !IsSamePlan(c, k)) continue;
    PetscCall(AddNote(c, "%.200s%s the plan is the same as that of %.200s", run->name,
                      run->peer_to_peer != base->peer_to_peer ? ": settlement only," : ":", base->name));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ComparisonCreate(PetscInt n, const char *const *path, const char *base, Comparison *comparison,
                                FileError *error)
{
  PetscBool  loaded;
  Comparison c;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&c));
  *comparison = c;
  PetscCall(LoadRuns(c, n, path, base, &loaded, error));
  if (!loaded || !SameCurrency(c, error)) {
    PetscCall(ComparisonDestroy(comparison));
    PetscFunctionReturn(0);
  }
  PetscCall(NameRuns(c));
  PetscCall(AddCostPerTonne(c));
  PetscCall(CollectRows(c));
  PetscCall(NotePeriods(c));
  PetscCall(NoteSamePlans(c));
  PetscFunctionReturn(0);
}

PetscErrorCode ComparisonDestroy(Comparison *comparison)
{
  Comparison c = *comparison;

  PetscFunctionBeginUser;
  if (!c) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < c->n_runs; k++) {
    ComparedRun *run = &c->run[k];
    PetscCall(PetscFree(run->path));
    PetscCall(PetscFree(run->name));
    PetscCall(PetscFree(run->study));
    PetscCall(PetscFree(run->policy));
    PetscCall(PetscFree(run->currency));
    PetscCall(StatisticsDestroy(&run->statistics));
  }
  for (PetscInt k = 0; k < c->n_notes; k++) PetscCall(PetscFree(c->note[k]));
  PetscCall(PetscFree(c->run));
  PetscCall(PetscFree(c->row));
  PetscCall(PetscFree(c->values));
  PetscCall(PetscFree(c->note));
  PetscCall(PetscFree(*comparison));
  PetscFunctionReturn(0);
}

PetscReal ComparedDifference(Comparison c, const ComparedRow *row, PetscInt run)
{
  return row->value[run] - row->value[c->base];
}

PetscReal ComparedPercent(Comparison c, const ComparedRow *row, PetscInt run)
{
  const PetscReal base = row->value[c->base];
  return fabs(base) > 1e-6 ? 100 * ComparedDifference(c, row, run) / fabs(base) : NAN;
}

/* Whether rows of a variable are totals over a dimension, and whether any are not. */
typedef struct {
  PetscBool carrier[2], region[2], period[2];
} Spans;

static Spans SpansOf(Comparison c, const char *variable)
{
  Spans s = {{PETSC_FALSE}, {PETSC_FALSE}, {PETSC_FALSE}};

  for (PetscInt k = 0; k < c->n_rows; k++) {
    const StatisticsRow *key = c->row[k].key;
    if (strcmp(key->variable, variable) != 0) continue;
    s.carrier[key->carrier[0] != '\0'] = PETSC_TRUE;
    s.region[key->region[0] != '\0']   = PETSC_TRUE;
    s.period[key->period != 0]         = PETSC_TRUE;
  }
  return s;
}

/* A dimension that is told apart wants rows that name it, any other one totals: where the variable has them. */
static PetscBool IsWanted(PetscBool apart, PetscBool named, const PetscBool has[2])
{
  return (PetscBool)(named == apart || !has[apart]);
}

static PetscBool Passes(const ComparisonFilter *f, const StatisticsRow *key, const Spans *s)
{
  PetscBool wanted = f->n_variables ? PETSC_FALSE : PETSC_TRUE;

  for (PetscInt k = 0; k < f->n_variables; k++)
    wanted = (PetscBool)(wanted || !strcasecmp(f->variable[k], key->variable));
  if (!wanted || (!f->by_carrier && !f->by_region && !f->by_period)) return wanted;
  return (PetscBool)(IsWanted(f->by_carrier, (PetscBool)(key->carrier[0] != '\0'), s->carrier) &&
                     IsWanted(f->by_region, (PetscBool)(key->region[0] != '\0'), s->region) &&
                     IsWanted(f->by_period, (PetscBool)(key->period != 0), s->period));
}

/* Every variable of the filter is one that some run has, or could have. */
static PetscBool AreKnown(Comparison c, const ComparisonFilter *f, FileError *error)
{
  const char *names[128];
  int         n = 0;

  for (const StatisticsVariable *v = StatisticsVariables; v->name && n < 127; v++) names[n++] = v->name;
  names[n] = NULL;
  for (PetscInt k = 0; k < f->n_variables; k++) {
    PetscBool   known = PETSC_FALSE;
    const char *near  = NearestWord(f->variable[k], names);
    for (int i = 0; i < n; i++) known = (PetscBool)(known || !strcasecmp(names[i], f->variable[k]));
    for (PetscInt i = 0; i < c->n_rows; i++)
      known = (PetscBool)(known || !strcasecmp(c->row[i].key->variable, f->variable[k]));
    if (known) continue;
    snprintf(error->text, sizeof error->text,
             "compare: --filter is \"%.200s\", expected a variable of the runs%s%.100s%s", f->variable[k],
             near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
    return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

PetscErrorCode ComparisonFilterRows(Comparison c, const ComparisonFilter *filter, PetscBool *known, FileError *error)
{
  const char *variable = NULL;
  Spans       spans    = {{PETSC_FALSE}, {PETSC_FALSE}, {PETSC_FALSE}};
  PetscInt    kept = 0, last = 0;
  PetscBool  *keep;

  PetscFunctionBeginUser;
  *known = AreKnown(c, filter, error);
  if (!*known) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(c->n_rows + 1, &keep));
  for (last = 0; last < c->n_rows; last++) {
    const StatisticsRow *key = c->row[last].key;
    if (!variable || strcmp(variable, key->variable) != 0) spans = SpansOf(c, key->variable);
    variable   = key->variable;
    keep[last] = Passes(filter, key, &spans);
  }
  for (PetscInt k = 0; k < c->n_rows; k++)
    if (keep[k]) c->row[kept++] = c->row[k];
  c->n_rows = kept;
  PetscCall(PetscFree(keep));
  PetscFunctionReturn(0);
}
