/* A plan by ADMM between regions. */
#include "inputs/whereabouts.h"
#include "jobs/format.h"
#include "jobs/plan.h"
#include "jobs/plan_unfinished.h"
#include "solver/linear_regional.h"

#include <stdlib.h>

/* What coordination took, for the record. */
static json_t *Told(LinearRegions regions, const LinearRegionalResult *r)
{
  json_t *o = json_object(), *names = json_array();

  for (PetscInt k = 0; k < regions->n_regions; k++) json_array_append_new(names, JsonText(regions->name[k]));
  JsonPut(o, "regions", names);
  JsonPut(o, "rounds", json_integer(r->rounds));
  JsonPut(o, "restorations", json_integer(r->restorations));
  JsonPut(o, "regional_iterations", json_integer(r->regional_iterations));
  JsonPut(o, "copies", json_integer(r->copies));
  JsonPut(o, "contributions", json_integer(r->contributions));
  JsonPut(o, "messages", json_integer((json_int_t)r->messages));
  JsonPut(o, "bytes", json_integer((json_int_t)r->bytes));
  JsonPut(o, "mismatch", JsonReal(r->mismatch));
  JsonPut(o, "upper_bound", JsonReal(r->upper_bound));
  JsonPut(o, "lower_bound", JsonReal(r->lower_bound));
  return o;
}

PetscErrorCode PlanSolveRegional(Plan plan)
{
  const char           *spec = plan->settings.regions;
  char                 *end  = NULL;
  LinearRegionalOptions options;
  LinearRegionalResult  result;
  LinearRegions         regions;

  PetscFunctionBeginUser;
  if (!spec || strtol(spec, &end, 10) < 1 || *end) spec = plan->planning->region;
  LinearRegionalDefaultOptions(&options);
  if (plan->settings.tolerance > 0) options.tolerance = plan->settings.tolerance;
  if (plan->settings.max_iterations > 0) options.max_rounds = plan->settings.max_iterations;
  options.verbosity = plan->settings.verbose ? 1 : 0;
  options.watch     = PlanWatch(plan);
  WhereaboutsWindow(-1); /* what failed in a solve before this one is of no interest */
  PetscCall(ExpansionRegionsCreate(plan->expansion, spec, &regions));
  PetscCall(LinearSolveRegional(plan->job->comm, ExpansionProgram(plan->expansion), regions, &options, plan->x, plan->y,
                                plan->z, &result));
  if (result.linear.status != SOLVE_STOPPED) PetscCall(ExpansionRegionsAngles(plan->expansion, plan->x));
  plan->result = result.linear;
  if (plan->job->rank == 0) plan->regional = Told(regions, &result);
  PetscCall(LinearRegionsDestroy(&regions));
  PetscFunctionReturn(0);
}
