/* The AC check of a plan: rounds of hours, constraints and new plans. */
#include "jobs/plan_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/format.h"
#include "jobs/plan_check_impl.h"
#include "jobs/plan_unfinished.h"

enum { MOST_HOURS = 24 };

static double Number(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static int CountIn(const json_t *hour, const char *key)
{
  return (int)json_array_size(json_object_get(json_object_get(hour, "power_flow"), key));
}

static PetscBool IsDispatched(const json_t *hour)
{
  return strcmp(JsonWord(hour, "status", ""), "dispatched") ? PETSC_FALSE : PETSC_TRUE;
}

/* Whether an hour holds anything that the plan should not leave. */
static PetscBool HasFindings(const json_t *hour)
{
  return !IsDispatched(hour) || CountIn(hour, "overloads") || CountIn(hour, "voltages") ||
                 Number(hour, "unserved_mw") > 0 || Number(hour, "insecure") > 0 || json_object_get(hour, "no_verdict")
             ? PETSC_TRUE
             : PETSC_FALSE;
}

static int CountFindings(json_t *hours)
{
  json_t *hour;
  size_t  k;
  int     n = 0;

  json_array_foreach(hours, k, hour) n += HasFindings(hour);
  return n;
}

/* check/ in the plan's directory; without one a folder that is taken away again. The same path on every rank. */
static PetscErrorCode OpenFolder(Plan plan, char folder[PETSC_MAX_PATH_LEN])
{
  const char *temporary = getenv("TMPDIR");
  FileError   error;

  PetscFunctionBeginUser;
  memset(folder, 0, PETSC_MAX_PATH_LEN);
  if (plan->job->rank == 0 && plan->directory) {
    FileJoin(folder, PETSC_MAX_PATH_LEN, PlanDirectoryFolder(plan->directory), "check");
    if (!DirectoryMake(folder, &error)) JobFail(plan->job, JOB_INTERNAL, "%s", error.text);
  } else if (plan->job->rank == 0) {
    FileJoin(folder, PETSC_MAX_PATH_LEN, temporary && temporary[0] ? temporary : "/tmp", "archipelago-check-XXXXXX");
    if (!mkdtemp(folder)) JobFail(plan->job, JOB_INTERNAL, "%.900s: cannot be made", folder);
  }
  PetscCall(JobAgree(plan->job));
  PetscCallMPI(MPI_Bcast(folder, PETSC_MAX_PATH_LEN, MPI_CHAR, 0, plan->job->comm));
  PetscFunctionReturn(0);
}

/* The finding of an hour, if an earlier start has it already. */
static PetscErrorCode CheckHourOnce(Plan plan, Components ratings, const CheckHour *hour, const char *folder,
                                    PetscInt round, PetscBool remedies, json_t **finding)
{
  char name[120];

  PetscFunctionBeginUser;
  snprintf(name, sizeof name, "hour-%d-%s", (int)round, hour->name);
  PetscCall(PlanRecall(plan, name, finding));
  if (*finding) PetscFunctionReturn(0);
  PetscCall(CheckRunHour(plan, ratings, hour, folder, round, remedies, finding));
  if (plan->job->status == JOB_DONE) PetscCall(PlanRemember(plan, name, *finding));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckHours(Plan plan, Components ratings, const char *folder, PetscInt round, PetscBool remedies,
                                 json_t *hours)
{
  CheckHour *hour;
  PetscInt   n;
  char       says[120];

  PetscFunctionBeginUser;
  PetscCall(CheckChooseHours(plan->components, plan->planning, &n, &hour));
  for (PetscInt k = 0; k < n && plan->job->status == JOB_DONE; k++) {
    json_t *finding;
    snprintf(says, sizeof says, "AC check of %s", hour[k].name);
    if (plan->progress.terminal) ProgressStage(&plan->progress, says);
    PetscCall(CheckHourOnce(plan, ratings, &hour[k], folder, round, remedies, &finding));
    json_array_append_new(hours, finding);
    if (plan->job->status == JOB_DONE) PetscCall(PlanStopHere(plan, "in the AC check"));
  }
  PetscCall(PetscFree(hour));
  PetscFunctionReturn(0);
}

static json_t *RoundOf(Plan plan, PetscInt number, json_t *hours)
{
  json_t *round = json_object();

  JsonPut(round, "round", json_integer(number));
  JsonPut(round, "total_cost", JsonReal(plan->objective + plan->objective_constant));
  JsonPut(round, "hours_with_findings", json_integer(CountFindings(hours)));
  JsonPut(round, "hours", hours);
  return round;
}

/* A plan under more constraints; where there is none, the one before it stays. */
static PetscErrorCode PlanAgain(Plan plan, PetscBool *planned)
{
  const LinearResult result    = plan->result;
  const PetscReal    objective = plan->objective, constant = plan->objective_constant;
  const PetscInt     n = plan->n_variables, m = plan->n_constraints;
  Components         before;

  PetscFunctionBeginUser;
  PetscCall(ComponentsDuplicate(plan->components, &before));
  PetscCall(PetscMemzero(&plan->result, sizeof plan->result));
  PetscCall(PlanSolveAgain(plan));
  *planned = plan->job->status == JOB_DONE ? PETSC_TRUE : PETSC_FALSE;
  if (*planned) {
    LinearResult old = result;
    PetscCall(PetscFree(old.history));
    PetscCall(ComponentsDestroy(&before));
    PetscFunctionReturn(0);
  }
  if (plan->job->status == JOB_REQUEUE) {
    LinearResult old = result;
    PetscCall(PetscFree(old.history));
    PetscCall(ComponentsDestroy(&before));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscFree(plan->result.history));
  plan->result = result, plan->objective = objective, plan->objective_constant = constant;
  plan->n_variables = n, plan->n_constraints = m;
  plan->job->status     = JOB_DONE;
  plan->job->message[0] = '\0';
  json_decref(plan->infeasible);
  plan->infeasible = NULL;
  PetscCall(PetscFree3(plan->x, plan->y, plan->z));
  PetscCall(ExpansionDestroy(&plan->expansion));
  PetscCall(ComponentsDestroy(&plan->components));
  plan->components = before;
  PetscFunctionReturn(0);
}

/* The folder holds the runs of one round: those of the round before make room once. */
static PetscErrorCode BeginRound(Plan plan, const char *folder, PetscInt round)
{
  char      name[32];
  json_t   *begun;
  FileError error;

  PetscFunctionBeginUser;
  if (!round) PetscFunctionReturn(0);
  snprintf(name, sizeof name, "round-%d", (int)round);
  PetscCall(PlanRecall(plan, name, &begun));
  if (!begun) {
    if (plan->job->rank == 0 && !DirectoryRemove(folder, &error)) JobFail(plan->job, JOB_INTERNAL, "%s", error.text);
    PetscCall(JobAgree(plan->job));
    begun = json_object();
    if (plan->job->status == JOB_DONE) PetscCall(PlanRemember(plan, name, begun));
  }
  json_decref(begun);
  PetscFunctionReturn(0);
}

/* The rounds; `ended` says why there is no further one. The folder holds the runs of the last. */
static PetscErrorCode Rounds(Plan plan, const char *folder, json_t *rounds, const char **ended)
{
  const PetscInt most = plan->planning->check_rounds;
  Components     ratings;
  PetscBool      planned;

  PetscFunctionBeginUser;
  PetscCall(ComponentsDuplicate(plan->components, &ratings));
  for (PetscInt r = 0; plan->job->status == JOB_DONE; r++) {
    json_t *hours = json_array(), *constraints = json_array(), *round;

    PetscCall(BeginRound(plan, folder, r));
    PetscCall(CheckHours(plan, ratings, folder, r, r < most ? PETSC_TRUE : PETSC_FALSE, hours));
    round = RoundOf(plan, r, hours);
    json_array_append_new(rounds, round);
    JsonPut(round, "constraints", constraints);
    *ended = CountFindings(hours) ? most ? "no round is left" : "none was asked for" : "nothing is left to mend";
    if (plan->job->status != JOB_DONE || r == most || !CountFindings(hours)) break;
    PetscCall(CheckConstrain(plan->components, ratings, plan->planning, hours, constraints));
    *ended = "nothing in the plan can mend what is left";
    if (!json_array_size(constraints)) break;
    PetscCall(PlanAgain(plan, &planned));
    *ended = "the constraints of the last round leave no plan";
    if (!planned) break;
  }
  PetscCall(ComponentsDestroy(&ratings));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanCheck(Plan plan)
{
  char        folder[PETSC_MAX_PATH_LEN];
  FileError   error;
  json_t     *rounds;
  const char *ended = "";

  PetscFunctionBeginUser;
  if (!plan->planning->n_check_hours) PetscFunctionReturn(0);
  PetscCall(OpenFolder(plan, folder));
  if (plan->job->status != JOB_DONE) PetscFunctionReturn(0);
  rounds = json_array();
  PetscCall(Rounds(plan, folder, rounds, &ended));
  if (!plan->settings.directory && plan->job->rank == 0) DirectoryRemove(folder, &error);
  plan->check = json_object();
  JsonPut(plan->check, "kind", json_string("plan check"));
  JsonPut(plan->check, "currency", JsonText(plan->planning->currency));
  JsonPut(plan->check, "rounds", rounds);
  JsonPut(plan->check, "ended", json_string(ended));
  PetscFunctionReturn(0);
}

static json_t *LastHours(json_t *check)
{
  json_t *rounds = json_object_get(check, "rounds");
  return json_object_get(json_array_get(rounds, json_array_size(rounds) - 1), "hours");
}

static PetscErrorCode AddRow(Statistics s, const char *variable, const json_t *hour, const char *unit, PetscReal value)
{
  PetscFunctionBeginUser;
  if (!isnan(value))
    PetscCall(StatisticsIncrease(s, variable, "", "", (PetscInt)json_integer_value(json_object_get(hour, "period")),
                                 unit, value));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanCheckStatistics(json_t *check, const char *currency, Statistics statistics)
{
  char    money[32];
  json_t *hour;
  size_t  k;

  PetscFunctionBeginUser;
  snprintf(money, sizeof money, "%s/h", currency);
  json_array_foreach(LastHours(check), k, hour)
  {
    json_t *flow = json_object_get(hour, "power_flow");
    PetscCall(AddRow(statistics, "AC Hours Checked", hour, "1", 1));
    PetscCall(AddRow(statistics, "AC Hours Not Dispatched", hour, "1", IsDispatched(hour) ? 0 : 1));
    PetscCall(AddRow(statistics, "AC Hours Insecure", hour, "1", Number(hour, "insecure") > 0 ? 1 : 0));
    PetscCall(AddRow(statistics, "AC Overload", hour, "MVA", Number(flow, "overload_mva")));
    PetscCall(AddRow(statistics, "AC Voltages Outside", hour, "1", CountIn(hour, "voltages")));
    PetscCall(AddRow(statistics, "AC Redispatch Cost", hour, money, Number(hour, "redispatch_cost")));
    PetscCall(AddRow(statistics, "AC Unserved", hour, "MW", Number(hour, "unserved_mw")));
  }
  PetscFunctionReturn(0);
}

json_t *PlanCheckSummary(json_t *check)
{
  json_t *summary = json_object(), *rows = json_array(), *counts = json_array(), *hour, *round, *row;
  size_t  k;

  json_array_foreach(json_object_get(check, "rounds"), k, round)
  {
    row = json_object();
    json_object_set(row, "round", json_object_get(round, "round"));
    json_object_set(row, "total_cost", json_object_get(round, "total_cost"));
    json_object_set(row, "hours_with_findings", json_object_get(round, "hours_with_findings"));
    JsonPut(row, "constraints", json_integer((json_int_t)json_array_size(json_object_get(round, "constraints"))));
    json_array_append_new(counts, row);
  }
  json_array_foreach(LastHours(check), k, hour)
  {
    static const char *const kept[] = {"name",
                                       "kind",
                                       "period",
                                       "snapshot",
                                       "load_mw",
                                       "inertia_mws",
                                       "renewable_share",
                                       "status",
                                       "redispatch_cost",
                                       "losses_mw",
                                       "unserved_mw",
                                       "insecure",
                                       "verdict"};
    row                             = json_object();
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
      if (json_object_get(hour, kept[i])) json_object_set(row, kept[i], json_object_get(hour, kept[i]));
    JsonPut(row, "overloads", json_integer(CountIn(hour, "overloads")));
    JsonPut(row, "voltages", json_integer(CountIn(hour, "voltages")));
    json_array_append_new(rows, row);
  }
  JsonPut(summary, "hours", rows);
  JsonPut(summary, "hours_with_findings", json_integer(CountFindings(LastHours(check))));
  JsonPut(summary, "rounds", counts);
  json_object_set(summary, "ended", json_object_get(check, "ended"));
  return summary;
}

void PlanCheckShow(json_t *summary, FILE *stream)
{
  json_t   *hours = json_object_get(summary, "hours"), *rounds = json_object_get(summary, "rounds"), *row;
  size_t    k;
  const int left = (int)json_integer_value(json_object_get(summary, "hours_with_findings"));

  if (!json_array_size(hours)) return;
  fprintf(stream, "\nas an AC system\n");
  json_array_foreach(hours, k, row) if (k < MOST_HOURS)
      fprintf(stream, "  %-24.24s  %.19s  %s\n", JsonWord(row, "name", ""), JsonWord(row, "snapshot", ""),
              JsonWord(row, "verdict", ""));
  if (json_array_size(hours) > MOST_HOURS) fprintf(stream, "  and %d more\n", (int)json_array_size(hours) - MOST_HOURS);
  json_array_foreach(rounds, k, row) if (json_array_size(rounds) > 1)
      fprintf(stream, "  round %d: cost %s, findings in %d of %d hours, %d constraints from them\n",
              (int)Number(row, "round"), FormatNumber(Number(row, "total_cost")).text,
              (int)Number(row, "hours_with_findings"), (int)json_array_size(hours), (int)Number(row, "constraints"));
  if (left)
    fprintf(stream, "  findings remain in %d of %d hours: %s\n", left, (int)json_array_size(hours),
            JsonWord(summary, "ended", ""));
}
