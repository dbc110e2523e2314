/* What is planned: a folder as it stands, or a study's network under one of its policies. */
#include <stdlib.h>
#include <string.h>

#include "inputs/source.h"
#include "jobs/plan.h"

static PetscBool IsStudyName(const char *path)
{
  const char *end = strrchr(path, '.');
  return end && (!strcmp(end, ".yaml") || !strcmp(end, ".yml")) ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode PlanIsStudy(MPI_Comm comm, const char *path, PetscBool *is)
{
  Faults   faults;
  Study    study = NULL;
  PathKind kind;

  PetscFunctionBeginUser;
  *is = PETSC_FALSE;
  PetscCall(SourceKind(comm, path, NULL, &kind));
  if (kind != PATH_FILE) PetscFunctionReturn(0);
  PetscCall(FaultsCreate(&faults));
  PetscCall(StudyRead(comm, path, NULL, faults, &study));
  if (study && study->planning) *is = PETSC_TRUE;
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

/* What a study may say of a dispatch but a plan does not know must not be passed over. */
static PetscErrorCode CheckStudy(Study study, Faults faults)
{
  PetscFunctionBeginUser;
  if (!study->planning) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, 1,
                        "found a study without planning, expected a section planning (archipelago run dispatches it)"));
    PetscFunctionReturn(0);
  }
  if (strcmp(study->network_format, "auto") != 0 && strcmp(study->network_format, "pypsa") != 0)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, study->network_line,
                        "network: found format %s beside planning, expected a PyPSA folder", study->network_format));
  if (study->n_adjustments > 0 && study->planning->n_check_hours == 0)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, study->adjustment[0].line,
                        "adjust: changes the network of a dispatch, found it beside planning without check"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStudy(Plan plan, Faults faults)
{
  PetscFunctionBeginUser;
  PetscCall(StudyReadWith(plan->job->comm, plan->settings.source, plan->settings.policy, plan->settings.n_set,
                          plan->settings.set, faults, &plan->study));
  if (!plan->study) PetscFunctionReturn(0);
  PetscCall(CheckStudy(plan->study, faults));
  plan->planning = plan->study->planning; /* stays the study's */
  PetscCall(PetscStrallocpy(plan->study->network_path, &plan->folder));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFolder(Plan plan, Faults faults)
{
  size_t n;

  PetscFunctionBeginUser;
  if (plan->settings.policy && strcmp(plan->settings.policy, "base") != 0)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0, "found policy %.200s for a folder, expected a study that has it",
                        plan->settings.policy));
  if (plan->settings.n_set)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0, "found --set %.200s for a folder, expected a study that has it",
                        plan->settings.set[0]));
  PetscCall(PlanningCreate(&plan->planning));
  PetscCall(PetscStrallocpy(plan->settings.source, &plan->folder));
  for (n = strlen(plan->folder); n > 1 && plan->folder[n - 1] == '/'; n--) plan->folder[n - 1] = '\0';
  PetscFunctionReturn(0);
}

/* --regions: a number for the method, or a column that also tells the regions of the results. What the study says of the
   regions of a dispatch holds where it is a column. */
static PetscErrorCode ChooseRegions(Plan plan, Faults faults)
{
  const char *regions = plan->settings.regions;
  char       *end;

  PetscFunctionBeginUser;
  if (!regions && plan->study && !plan->planning->region && plan->study->regions &&
      ComponentsColumn(plan->components, COMPONENT_BUS, plan->study->regions))
    regions = plan->study->regions;
  if (!regions || (strtol(regions, &end, 10) > 0 && !*end)) PetscFunctionReturn(0);
  if (!ComponentsColumn(plan->components, COMPONENT_BUS, regions)) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0,
                        "regions: found %.200s, expected a number or a column of %.600s/buses.csv", regions,
                        plan->folder));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscFree(plan->planning->region));
  PetscCall(PetscStrallocpy(regions, &plan->planning->region));
  PetscFunctionReturn(0);
}

/* --check, --rounds and --no-check stand above what the study says. */
static PetscErrorCode ChooseCheck(Plan plan, Faults faults)
{
  static const char *const known[] = {"peak", "lowest-inertia", "highest-renewable", "typical"};
  const PlanSettings      *s       = &plan->settings;
  Planning                 p       = plan->planning;

  PetscFunctionBeginUser;
  if (s->no_check || s->check) {
    for (PetscInt k = 0; k < p->n_check_hours; k++) PetscCall(PetscFree(p->check_hour[k]));
    p->n_check_hours = 0;
  }
  if (s->rounds >= 0) p->check_rounds = s->rounds;
  if (s->no_check || !s->check) PetscFunctionReturn(0);
  PetscCall(PetscFree(p->check_hour));
  PetscCall(PetscCalloc1(strlen(s->check) + 1, &p->check_hour));
  for (const char *word = s->check; *word; word += strcspn(word, ","), word += *word == ',') {
    const size_t length = strcspn(word, ",");
    size_t       k      = 0;
    while (k < 4 && (strlen(known[k]) != length || strncmp(known[k], word, length) != 0)) k++;
    if (k == 4)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0,
                          "check: found %.*s, expected peak, lowest-inertia, highest-renewable or typical",
                          (int)PetscMin(length, 60), word));
    else
      PetscCall(PetscStrallocpy(known[k], &p->check_hour[p->n_check_hours++]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PlanRead(Plan plan, Faults faults)
{
  PathKind kind;

  PetscFunctionBeginUser;
  PetscCall(SourceKind(plan->job->comm, plan->settings.source, NULL, &kind));
  if (kind == PATH_FILE || (kind == PATH_NONE && IsStudyName(plan->settings.source)))
    PetscCall(ReadStudy(plan, faults));
  else
    PetscCall(ReadFolder(plan, faults));
  if (!plan->planning || (plan->study && FaultsErrorCount(faults))) PetscFunctionReturn(0);
  PetscCall(ChooseCheck(plan, faults));
  if (!plan->settings.method) plan->settings.method = "interior-point";
  PetscCall(ComponentsRead(plan->job->comm, plan->folder, faults, &plan->components));
  if (!plan->components || FaultsErrorCount(faults)) PetscFunctionReturn(0);
  PetscCall(ChooseRegions(plan, faults));
  PetscCall(PlanningApply(plan->planning, plan->components, faults));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanDestroy(Plan *out)
{
  Plan plan = *out;

  PetscFunctionBeginUser;
  if (!plan) PetscFunctionReturn(0);
  PetscCall(JobWatchDestroy(&plan->watch));
  if (plan->directory && (plan->job->status == JOB_REQUEUE || plan->job->status == JOB_INTERNAL))
    PlanDirectoryKeep(plan->directory);
  PlanDirectoryClose(&plan->directory);
  PetscCall(ExpansionDestroy(&plan->expansion));
  PetscCall(PetscFree3(plan->x, plan->y, plan->z));
  PetscCall(PetscFree(plan->result.history));
  PetscCall(ComponentsDestroy(&plan->components));
  if (!plan->study) PetscCall(PlanningDestroy(&plan->planning));
  PetscCall(StudyDestroy(&plan->study));
  PetscCall(StatisticsDestroy(&plan->statistics));
  PetscCall(PetscFree(plan->folder));
  PetscCall(PetscFree(plan->identity));
  json_decref(plan->regional);
  json_decref(plan->infeasible);
  json_decref(plan->record);
  json_decref(plan->check);
  json_decref(plan->reliability);
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(0);
}
