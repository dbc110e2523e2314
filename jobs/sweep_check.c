/* Checking all tasks of a sweep before the first is started. */
#include <stdlib.h>
#include <string.h>

#include "inputs/participants.h"
#include "inputs/source.h"
#include "jobs/market_case.h"
#include "jobs/plan.h"
#include "jobs/provenance.h"
#include "jobs/run_validate.h"
#include "jobs/sweep.h"

typedef struct {
  Sweep sweep;
  char  study_file[PETSC_MAX_PATH_LEN]; /* told by the tasks' contents */
} Observer;

static void NoteFile(const char *path, const void *bytes, size_t size, void *context)
{
  Observer *observer = context;
  char     *real     = realpath(path, NULL), hex[DIGEST_HEX_SIZE];
  FileError ignored;

  (void)bytes;
  (void)size;
  if (real && strcmp(real, observer->study_file) != 0 && !json_object_get(observer->sweep->inputs, real) &&
      DigestFile(real, hex, &ignored))
    JsonPut(observer->sweep->inputs, real, json_string(hex));
  free(real);
}

/* Collective over the job, which is one rank's. */
static PetscErrorCode ReadPlan(Job job, Sweep sweep, const SweepTask *task, Faults faults)
{
  Plan plan;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&plan));
  plan->job             = job;
  plan->settings.rounds = -1;
  plan->settings.source = sweep->study_file;
  plan->settings.policy = task->policy;
  plan->settings.n_set  = task->n_set;
  plan->settings.set    = (const char *const *)task->set;
  PetscCall(PlanRead(plan, faults));
  PetscCall(PlanDestroy(&plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRun(Job job, Sweep sweep, const SweepTask *task, Faults faults)
{
  const char *const *set          = (const char *const *)task->set;
  Study              study        = NULL;
  Network            net          = NULL;
  Participants       participants = NULL;

  PetscFunctionBeginUser;
  PetscCall(StudyReadWith(job->comm, sweep->study_file, task->policy, task->n_set, set, faults, &study));
  if (study) PetscCall(StudyLoadNetwork(job->comm, study, faults, &net));
  if (net) PetscCall(ParticipantsRead(job->comm, study->participants_path, net, faults, &participants));
  PetscCall(ParticipantsDestroy(&participants));
  PetscCall(NetworkDestroy(&net));
  PetscCall(StudyDestroy(&study));
  if (!FaultsErrorCount(faults)) PetscCall(RunValidate(job, sweep->study_file, task->policy, task->n_set, set, faults));
  PetscFunctionReturn(0);
}

/* Those of the task, which is named; what another task has said already is left out. */
static PetscErrorCode TakeFaults(const SweepTask *task, Faults found, Faults told, Faults faults)
{
  PetscInt before = FaultsCount(told);

  PetscFunctionBeginUser;
  PetscCall(FaultsAddNew(found, told));
  for (PetscInt k = before; k < FaultsCount(told); k++) {
    FaultSeverity severity;
    const char   *file, *text;
    PetscInt      line;
    PetscCall(FaultsGet(told, k, &severity, &file, &line, &text));
    PetscCall(FaultsAdd(faults, severity, file, line, "task %.100s: %s", task->name, text));
  }
  PetscFunctionReturn(0);
}

/* Whether a task before this one differs in its seed alone. */
static PetscBool IsAnotherSeed(Sweep sweep, PetscInt k)
{
  const SweepTask *t = &sweep->task[k];

  for (PetscInt i = 0; i < k; i++) {
    const SweepTask *other = &sweep->task[i];
    PetscBool        same  = !strcmp(t->policy, other->policy) && t->n_set == other->n_set ? PETSC_TRUE : PETSC_FALSE;
    for (int s = 0; same && s < t->n_set; s++)
      if (strcmp(t->set[s], other->set[s]) != 0 && strncmp(t->set[s], "planning.reliability.seed=", 26) != 0)
        same = PETSC_FALSE;
    if (same) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

PetscErrorCode SweepValidate(Job job, Sweep sweep, Faults faults)
{
  Observer    observer = {.sweep = sweep};
  Faults      told;
  const char *path;
  json_t     *digest;

  PetscFunctionBeginUser;
  snprintf(observer.study_file, sizeof observer.study_file, "%s", sweep->study_file);
  PetscCall(FaultsCreate(&told));
  SourceObserve(NoteFile, &observer);
  for (PetscInt k = 0; k < sweep->n; k++) {
    Faults found;
    if (IsAnotherSeed(sweep, k)) continue;
    PetscCall(FaultsCreate(&found));
    if (sweep->planned)
      PetscCall(ReadPlan(job, sweep, &sweep->task[k], found));
    else
      PetscCall(ReadRun(job, sweep, &sweep->task[k], found));
    PetscCall(TakeFaults(&sweep->task[k], found, told, faults));
    PetscCall(FaultsDestroy(&found));
  }
  SourceObserve(NULL, NULL);
  json_object_foreach(sweep->inputs, path, digest) ProvenanceInput(job->provenance, path);
  PetscCall(FaultsDestroy(&told));
  PetscFunctionReturn(0);
}
