/* The record of a plan, plan.json: what of it is told in figures. Times and memory are told apart, since they differ between
   equal runs. */
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include "jobs/plan.h"
#include "jobs/plan_check.h"
#include "jobs/plan_prices.h"

static const char *StatusText(const Plan plan)
{
  if (plan->result.unbounded) return "unbounded";
  return SolveStatusName(plan->result.status);
}

static void PutHead(Plan plan, json_t *r)
{
  JsonPut(r, "kind", json_string("plan"));
  JsonPut(r, "status", json_string(StatusText(plan)));
  JsonPut(r, "study", plan->study ? JsonText(plan->study->name) : json_null());
  JsonPut(r, "policy", JsonText(plan->planning->policy));
  JsonPut(r, "network", JsonText(plan->components->name));
  JsonPut(r, "currency", JsonText(plan->planning->currency));
  JsonPut(r, "method", json_string(plan->settings.method));
  JsonPut(r, "regions", plan->settings.regions ? JsonText(plan->settings.regions) : json_null());
  JsonPut(r, "region", plan->planning->region ? JsonText(plan->planning->region) : json_null());
  JsonPut(r, "peer_to_peer", json_boolean(plan->planning->peer_to_peer));
}

static void PutSize(Plan plan, json_t *r)
{
  JsonPut(r, "iterations", json_integer(plan->result.iterations));
  JsonPut(r, "variables", json_integer(plan->n_variables));
  JsonPut(r, "constraints", json_integer(plan->n_constraints));
  JsonPut(r, "presolved_variables", json_integer(plan->result.presolved_n));
  JsonPut(r, "presolved_constraints", json_integer(plan->result.presolved_m));
  JsonPut(r, "time_blocks", json_integer(plan->result.blocks));
}

static void PutAccuracy(Plan plan, json_t *r)
{
  JsonPut(r, "primal_residual", JsonReal(plan->result.primal_residual));
  JsonPut(r, "dual_residual", JsonReal(plan->result.dual_residual));
  JsonPut(r, "gap", JsonReal(plan->result.gap));
}

static void PutPeriods(Plan plan, json_t *r)
{
  const Components c       = plan->components;
  json_t          *periods = json_array();

  for (PetscInt p = 0; p < c->n_periods; p++) {
    json_t *row = json_object();
    JsonPut(row, "year", json_integer(c->period[p]));
    JsonPut(row, "objective_weight", JsonReal(c->period_objective[p]));
    JsonPut(row, "years", JsonReal(c->period_years[p]));
    json_array_append_new(periods, row);
  }
  JsonPut(r, "periods", periods);
  JsonPut(r, "snapshots", json_integer(c->n_snapshots));
}

/* What is on the first screen: over all regions. */
static PetscErrorCode PutSummary(Plan plan, json_t *r)
{
  static const char *const variables[] = {"System Cost",
                                          "Carbon Payments",
                                          "Subsidies",
                                          "Emissions CO2",
                                          "Demand",
                                          "Unserved Energy",
                                          "Price Average",
                                          "Optimal Capacity",
                                          "Expanded Capacity",
                                          "Optimal Storage Capacity",
                                          "Supply",
                                          "Curtailment",
                                          "Expected Energy Not Served",
                                          "Loss Of Load Hours"};
  json_t                  *rows        = json_array();

  PetscFunctionBeginUser;
  PetscCall(StatisticsSort(plan->statistics));
  for (PetscInt k = 0; k < StatisticsCount(plan->statistics); k++) {
    const StatisticsRow *s     = StatisticsGet(plan->statistics, k);
    PetscBool            shown = PETSC_FALSE;
    json_t              *row;

    for (size_t v = 0; v < sizeof variables / sizeof variables[0]; v++)
      if (!strcmp(s->variable, variables[v])) shown = PETSC_TRUE;
    if (!shown || s->region[0]) continue;
    row = json_object();
    JsonPut(row, "variable", JsonText(s->variable));
    JsonPut(row, "carrier", JsonText(s->carrier));
    JsonPut(row, "period", s->period ? json_integer(s->period) : json_null());
    JsonPut(row, "unit", JsonText(s->unit));
    JsonPut(row, "value", JsonReal(s->value));
    json_array_append_new(rows, row);
  }
  JsonPut(r, "summary", rows);
  PetscFunctionReturn(0);
}

/* The way to the optimum, for the report: relative residuals and gap by iteration. */
static json_t *History(const LinearResult *result)
{
  static const char *const name[] = {"primal_residual", "dual_residual", "gap", "mu"};
  json_t                  *all    = json_object();

  for (int i = 0; i < 4; i++) {
    json_t *list = json_array();
    for (PetscInt k = 0; result->history && k < result->n_history; k++)
      json_array_append_new(list, JsonReal(result->history[4 * k + i]));
    JsonPut(all, name[i], list);
  }
  return all;
}

static json_t *Notes(Plan plan)
{
  json_t *notes = json_array();

  if (plan->planning->peer_to_peer)
    json_array_append_new(notes, json_string("peer-to-peer trading settles the same optimum differently: capacities, "
                                             "dispatch and costs are those without it"));
  if (plan->components->n_days)
    json_array_append_new(notes, json_string("days of a year are represented by some of them, in their order"));
  return notes;
}

PetscErrorCode PlanRecordCreate(Plan plan, json_t **record)
{
  const PetscBool optimal = plan->result.status == SOLVE_OPTIMAL ? PETSC_TRUE : PETSC_FALSE;
  json_t         *r       = json_object(), *prices;

  PetscFunctionBeginUser;
  PutHead(plan, r);
  JsonPut(r, "objective", optimal ? JsonReal(plan->objective) : json_null());
  JsonPut(r, "objective_constant", JsonReal(plan->objective_constant));
  JsonPut(r, "total_cost", optimal ? JsonReal(plan->objective + plan->objective_constant) : json_null());
  PutSize(plan, r);
  PutAccuracy(plan, r);
  if (optimal) {
    JsonPut(r, "global_constraint_multipliers", PlanMultipliers(plan->components));
    PetscCall(PlanPrices(plan, &prices));
    JsonPut(r, "prices", prices);
    JsonPut(r, "carbon_price", PlanCarbonPrice(plan->components));
  }
  PutPeriods(plan, r);
  if (optimal) PetscCall(PutSummary(plan, r));
  if (optimal && plan->check) JsonPut(r, "check", PlanCheckSummary(plan->check));
  JsonPut(r, "notes", Notes(plan));
  if (plan->regional) JsonPut(r, "coordination", json_incref(plan->regional));
  if (plan->infeasible) JsonPut(r, "infeasible", json_incref(plan->infeasible));
  JsonPut(r, "history", History(&plan->result));
  *record = r;
  PetscFunctionReturn(0);
}

/* Memory in MB of 2^20 bytes, the largest so far of each process. */
const char *PlanStepName(int step)
{
  static const char *const names[PLAN_STEPS] = {"read",  "open",    "build",       "export", "solve", "take",
                                                "check", "summary", "reliability", "record", "write"};
  return names[step];
}

PetscErrorCode PlanRecordTimes(Plan plan, json_t *document)
{
  char                     key[32];
  struct rusage            usage;
  PetscReal                memory = 0, total, most;

  PetscFunctionBeginUser;
  if (!getrusage(RUSAGE_SELF, &usage)) memory = (PetscReal)usage.ru_maxrss / 1024;
  PetscCallMPI(MPI_Allreduce(&memory, &total, 1, MPIU_REAL, MPI_SUM, plan->job->comm));
  PetscCallMPI(MPI_Allreduce(&memory, &most, 1, MPIU_REAL, MPI_MAX, plan->job->comm));
  if (!document) PetscFunctionReturn(0);
  for (int k = 0; k < PLAN_STEPS; k++) {
    snprintf(key, sizeof key, "%s_seconds", PlanStepName(k));
    if (plan->seconds[k] > 0) JsonPut(document, key, JsonReal(plan->seconds[k]));
  }
  JsonPut(document, "total_seconds", JsonReal(MPI_Wtime() - plan->start));
  JsonPut(document, "peak_memory_mb", JsonReal(total));
  JsonPut(document, "peak_memory_mb_largest_rank", JsonReal(most));
  JsonPut(document, "ranks", json_integer(plan->job->size));
  PetscFunctionReturn(0);
}
