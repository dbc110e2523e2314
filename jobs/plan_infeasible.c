/* Why a plan has no optimum: the rows that cannot hold together, or the variable along which cost falls without end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/format.h"
#include "jobs/plan.h"
#include "jobs/plan_prices.h"
#include "jobs/plan_unfinished.h"
#include "solver/expansion_impl.h"

enum { MOST_HOURS = 8, MOST_SHOWN = 12, LINE = 600 };

/* What is broken, of one kind in one region: balances of its buses, or one policy. */
typedef struct {
  PetscInt    kind, item;            /* of the label; of balances the item is -1 */
  const char *region;                /* of balances, else NULL */
  PetscReal   total, most;           /* signed: sum over the hours (MWh of balances), and the largest */
  PetscInt    row;                   /* of the largest */
  PetscInt    hours;                 /* rows */
  PetscInt    hour[MOST_HOURS], bus; /* snapshots of the first ones; bus of the largest */
} Breach;

typedef struct {
  PetscInt n, capacity;
  Breach  *breach;
} Breaches;

static Breach *Find(Breaches *list, PetscInt kind, PetscInt item, const char *region, PetscBool positive)
{
  for (PetscInt k = 0; k < list->n; k++) {
    Breach *b = &list->breach[k];
    if (b->kind == kind && b->item == item && !strcmp(b->region ? b->region : "", region ? region : "") &&
        (b->most > 0) == positive)
      return b;
  }
  if (list->n == list->capacity) {
    list->capacity = 2 * list->capacity + 16;
    list->breach   = realloc(list->breach, sizeof *list->breach * (size_t)list->capacity);
    if (!list->breach) abort();
  }
  list->breach[list->n] = (Breach){.kind = kind, .item = item, .region = region, .row = -1};
  return &list->breach[list->n++];
}

static void Add(Plan plan, Breaches *list, PetscInt row, PetscReal broken)
{
  const LinearLabel *label   = &ExpansionProgram(plan->expansion)->row[row];
  const PetscBool    balance = label->kind == EXPANSION_BALANCE ? PETSC_TRUE : PETSC_FALSE;
  const char        *region  = balance ? ComponentsRegion(plan->components, label->item, plan->planning->region) : NULL;
  Breach *b = Find(list, label->kind, balance ? -1 : label->item, region, broken > 0 ? PETSC_TRUE : PETSC_FALSE);

  if (label->stage >= 0) {
    PetscBool known = PETSC_FALSE;
    for (PetscInt k = 0; k < PetscMin(b->hours, MOST_HOURS); k++)
      if (b->hour[k] == label->stage) known = PETSC_TRUE;
    if (!known && b->hours < MOST_HOURS) b->hour[b->hours] = label->stage;
    if (!known) b->hours++;
    b->total += broken * plan->components->weight_generators[label->stage];
  } else {
    b->total += broken;
  }
  if (fabs(broken) > fabs(b->most)) {
    b->most = broken;
    b->row  = row;
    b->bus  = balance ? label->item : -1;
  }
}

static int LargestFirst(const void *p, const void *q)
{
  const Breach *a = p, *b = q;
  if ((a->kind == EXPANSION_BALANCE) != (b->kind == EXPANSION_BALANCE)) return a->kind == EXPANSION_BALANCE ? 1 : -1;
  if (fabs(a->most) != fabs(b->most)) return fabs(a->most) > fabs(b->most) ? -1 : 1;
  return (a->row > b->row) - (a->row < b->row);
}

static const char *Snapshot(Plan plan, PetscInt t, char *text, size_t size)
{
  const Components c = plan->components;

  if (c->n_periods)
    snprintf(text, size, "%d, %s", (int)c->period[c->period_of[t]], c->snapshot[t]);
  else
    snprintf(text, size, "%s", c->snapshot[t]);
  return text;
}

static void DescribeBalance(Plan plan, const Breach *b, char *text, size_t size)
{
  const PetscInt t = ExpansionProgram(plan->expansion)->row[b->row].stage;
  char           when[160];

  snprintf(text, size, "the balance of region %s cannot hold: %s %s at %s (bus %s), %s in %d hour%s", b->region,
           FormatPower(fabs(b->most)).text, b->most > 0 ? "lacking" : "too much", Snapshot(plan, t, when, sizeof when),
           plan->components->table[COMPONENT_BUS].name[b->bus], FormatEnergy(fabs(b->total)).text, (int)b->hours,
           b->hours == 1 ? "" : "s");
}

static void DescribePolicy(Plan plan, const Breach *b, char *text, size_t size)
{
  char what[300], when[160] = "", unit[48];

  ExpansionDescribe(plan->expansion, PETSC_TRUE, b->row, what, sizeof what);
  PlanRowUnit(plan, b->row, unit, sizeof unit);
  if (b->hours > 1) snprintf(when, sizeof when, ", in %d hours", (int)b->hours);
  snprintf(text, size, "%s cannot hold: %s %s %s%s", what, FormatNumber(fabs(b->most)).text, unit,
           b->most > 0 ? "missing" : "too much", when);
}

static void Describe(Plan plan, const Breach *b, char *text, size_t size)
{
  if (b->kind == EXPANSION_BALANCE)
    DescribeBalance(plan, b, text, size);
  else
    DescribePolicy(plan, b, text, size);
}

static json_t *ToJson(Plan plan, const Breach *b)
{
  const LinearLabel *label = &ExpansionProgram(plan->expansion)->row[b->row];
  json_t            *row = json_object(), *hours = json_array();
  char               text[LINE], unit[48];

  Describe(plan, b, text, sizeof text);
  PlanRowUnit(plan, b->row, unit, sizeof unit);
  JsonPut(row, "constraint", json_string(b->kind == EXPANSION_BALANCE ? "balance" : "policy"));
  if (b->kind == EXPANSION_GLOBAL)
    JsonPut(row, "name", JsonText(plan->components->table[COMPONENT_GLOBAL_CONSTRAINT].name[label->item]));
  JsonPut(row, "region", b->region ? JsonText(b->region) : json_null());
  JsonPut(row, "bus",
          b->bus >= 0 && b->region ? JsonText(plan->components->table[COMPONENT_BUS].name[b->bus]) : json_null());
  JsonPut(row, "snapshot", label->stage >= 0 ? JsonText(plan->components->snapshot[label->stage]) : json_null());
  JsonPut(row, "period",
          label->stage >= 0 && plan->components->n_periods
              ? json_integer(plan->components->period[plan->components->period_of[label->stage]])
              : json_null());
  JsonPut(row, "missing", JsonReal(b->most)); /* negative: too much */
  JsonPut(row, "unit", json_string(unit));
  if (b->kind == EXPANSION_BALANCE) JsonPut(row, "missing_mwh", JsonReal(b->total));
  JsonPut(row, "hours", json_integer(b->hours));
  for (PetscInt k = 0; k < PetscMin(b->hours, MOST_HOURS); k++)
    json_array_append_new(hours, JsonText(plan->components->snapshot[b->hour[k]]));
  JsonPut(row, "snapshots", hours);
  JsonPut(row, "text", JsonText(text));
  return row;
}

/* Lines for people on stderr, rows for the record, and the worst of all as the job's message. */
static void Tell(Plan plan, Breaches *list)
{
  char text[LINE];

  if (list->n > 1) qsort(list->breach, (size_t)list->n, sizeof *list->breach, LargestFirst);
  plan->infeasible = json_array();
  for (PetscInt k = 0; k < list->n; k++) json_array_append_new(plan->infeasible, ToJson(plan, &list->breach[k]));
  for (PetscInt k = 1; k < list->n && k < MOST_SHOWN; k++) {
    Describe(plan, &list->breach[k], text, sizeof text);
    JobSay(plan->job, "  %s", text);
  }
  if (list->n > MOST_SHOWN) JobSay(plan->job, "  and %d more", (int)(list->n - MOST_SHOWN));
  snprintf(text, sizeof text, "no capacities and dispatch fulfil all constraints");
  if (list->n) Describe(plan, &list->breach[0], text, sizeof text);
  JobFail(plan->job, JOB_UNSOLVED, "%s: infeasible: %s", plan->components->name, text);
}

/* Which rows are broken, when policies may be, and balances too where `balances`. `found` tells whether that was enough. */
static PetscErrorCode Relax(Plan plan, PetscBool balances, PetscReal *broken, PetscBool *found)
{
  LinearProgram program = ExpansionProgram(plan->expansion);
  LinearOptions options;
  LinearResult  result = {0};
  PetscReal    *elastic;
  PetscBool     any = PETSC_FALSE;

  PetscFunctionBeginUser;
  *found = PETSC_FALSE;
  LinearDefaultOptions(&options);
  options.verbosity = plan->settings.verbose ? 1 : 0;
  options.watch     = PlanWatch(plan);
  PetscCall(PetscCalloc1(program->m + 1, &elastic));
  for (PetscInt k = 0; k < program->m; k++) {
    if (balances || program->row[k].kind != EXPANSION_BALANCE) elastic[k] = ExpansionElastic(plan->expansion, k);
    if (elastic[k] > 0) any = PETSC_TRUE;
  }
  if (any) PetscCall(LinearSolveElastic(plan->job->comm, program, &options, elastic, broken, &result));
  if (any && result.status == SOLVE_OPTIMAL) *found = PETSC_TRUE;
  if (any && result.status == SOLVE_STOPPED) PlanStopped(plan, "while it was found out what is infeasible");
  PetscCall(PetscFree(result.history));
  PetscCall(PetscFree(elastic));
  PetscFunctionReturn(0);
}

/* Policies give way first, for demand is what they are made for. */
PetscErrorCode PlanExplainInfeasible(Plan plan)
{
  const PetscInt m = ExpansionProgram(plan->expansion)->m;
  PetscReal     *broken, most = 0;
  PetscBool      found;
  Breaches       list = {0};

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(m + 1, &broken));
  PetscCall(Relax(plan, PETSC_FALSE, broken, &found));
  if (!found && plan->job->status == JOB_DONE) PetscCall(Relax(plan, PETSC_TRUE, broken, &found));
  for (PetscInt k = 0; found && k < m; k++) most = PetscMax(most, fabs(broken[k]));
  for (PetscInt k = 0; found && k < m; k++)
    if (fabs(broken[k]) > PetscMax(1e-6, 1e-5 * most)) Add(plan, &list, k, broken[k]);
  if (plan->job->rank == 0 && plan->job->status == JOB_DONE) Tell(plan, &list);
  free(list.breach);
  PetscCall(PetscFree(broken));
  PetscFunctionReturn(0);
}

/* The largest of the point where the method gave up; otherwise the one whose cost falls fastest towards a bound that is
   not there. */
PetscErrorCode PlanExplainUnbounded(Plan plan)
{
  LinearProgram program = ExpansionProgram(plan->expansion);
  PetscInt      worst   = -1;
  PetscReal     most    = 1e9;
  char          text[300];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < program->n; k++)
    if (isfinite(plan->x[k]) && fabs(plan->x[k]) > most) {
      most  = fabs(plan->x[k]);
      worst = k;
    }
  most = 0;
  for (PetscInt k = 0; worst < 0 && k < program->n; k++) {
    const PetscReal cost = program->cost[k];
    if ((cost < 0 && isinf(program->upper[k])) || (cost > 0 && isinf(program->lower[k])))
      most = PetscMax(most, fabs(cost));
  }
  for (PetscInt k = 0; most > 0 && worst < 0 && k < program->n; k++) {
    const PetscReal cost = program->cost[k];
    if (fabs(cost) == most && ((cost < 0 && isinf(program->upper[k])) || (cost > 0 && isinf(program->lower[k]))))
      worst = k;
  }
  text[0] = '\0';
  if (worst >= 0) ExpansionDescribe(plan->expansion, PETSC_FALSE, worst, text, sizeof text);
  JobFail(plan->job, JOB_UNSOLVED, "%s: unbounded: the cost falls without end%s%s", plan->components->name,
          worst >= 0 ? " along the " : "", text);
  PetscFunctionReturn(0);
}
