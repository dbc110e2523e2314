/* Where a plan comes from. */
#include "jobs/plan_provenance.h"

#include "jobs/provenance.h"

PetscErrorCode PlanProvenanceStart(Plan plan)
{
  const PlanSettings *s          = &plan->settings;
  Provenance          provenance = plan->job->provenance;

  PetscFunctionBeginUser;
  ProvenanceSetting(provenance, "study", plan->study ? JsonText(plan->study->name) : json_null());
  ProvenanceSetting(provenance, "source", JsonText(s->source));
  ProvenanceSetting(provenance, "policy", JsonText(plan->planning->policy));
  ProvenanceSetting(provenance, "method", JsonText(s->method));
  ProvenanceSetting(provenance, "regions", JsonText(s->regions));
  ProvenanceSetting(provenance, "tolerance", s->tolerance > 0 ? json_real(s->tolerance) : json_null());
  ProvenanceSetting(provenance, "max_iterations",
                    s->max_iterations > 0 ? json_integer(s->max_iterations) : json_null());
  ProvenanceSetting(provenance, "blocks", s->blocks > 0 ? json_integer(s->blocks) : json_null());
  if (plan->planning->reliability_years > 0)
    ProvenanceSetting(provenance, "reliability_seed", json_integer(plan->planning->reliability_seed));
  PetscCall(ProvenanceStart(plan->job, "plan", plan->directory ? PlanDirectoryFolder(plan->directory) : "", NULL));
  PetscFunctionReturn(0);
}
