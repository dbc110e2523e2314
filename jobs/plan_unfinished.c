/* Plans that are not finished. */
#include "jobs/plan_unfinished.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/format.h"
#include "jobs/stop.h"

/* --- What is left --- */

static void Name(Plan plan, const char *name, char path[PETSC_MAX_PATH_LEN])
{
  char folder[PETSC_MAX_PATH_LEN];

  FileJoin(folder, sizeof folder, PlanDirectoryFolder(plan->directory), PLAN_UNFINISHED);
  FileJoin(path, PETSC_MAX_PATH_LEN, folder, name);
}

PetscErrorCode PlanShareDocument(MPI_Comm comm, PetscMPIInt rank, json_t **document)
{
  char     *text   = rank == 0 && *document ? json_dumps(*document, JSON_COMPACT) : NULL, *copy;
  long long length = text ? (long long)strlen(text) : 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_LONG_LONG, 0, comm));
  PetscCall(PetscCalloc1(length + 1, &copy));
  if (text) memcpy(copy, text, (size_t)length);
  PetscCallMPI(MPI_Bcast(copy, (int)length, MPI_CHAR, 0, comm));
  json_decref(*document);
  *document = length ? json_loads(copy, 0, NULL) : NULL; /* read again on rank 0 too: the same everywhere */
  free(text);
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanRecall(Plan plan, const char *name, json_t **document)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  *document = NULL;
  if (!plan->settings.directory) PetscFunctionReturn(0);
  if (plan->job->rank == 0) {
    Name(plan, name, path);
    *document = json_load_file(path, 0, NULL);
  }
  PetscCall(PlanShareDocument(plan->job->comm, plan->job->rank, document));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanRemember(Plan plan, const char *name, json_t *document)
{
  char      path[PETSC_MAX_PATH_LEN], *text;
  FileError error;

  PetscFunctionBeginUser;
  if (!plan->settings.directory) PetscFunctionReturn(0);
  if (plan->job->rank == 0) {
    Name(plan, name, path);
    text = json_dumps(document, JSON_COMPACT);
    if (!text || !FileWrite(path, text, strlen(text), &error))
      JobFail(plan->job, JOB_INTERNAL, "%s", text ? error.text : "no memory");
    free(text);
  }
  PetscCall(JobAgree(plan->job));
  PetscFunctionReturn(0);
}

/* --- Stopping --- */

void PlanStopped(Plan plan, const char *where)
{
  JobFail(plan->job, JOB_REQUEUE,
          plan->settings.directory ? "stopped on request %s; start the same command again to go on"
                                   : "stopped on request %s; without -o DIR nothing of it is kept",
          where);
}

PetscErrorCode PlanStopHere(Plan plan, const char *where)
{
  PetscBool stop;

  PetscFunctionBeginUser;
  PetscCall(StopAgreed(plan->job->comm, &stop));
  if (stop) PlanStopped(plan, where);
  PetscFunctionReturn(0);
}

static PetscErrorCode Begin(void *context, const char *method, Checkpoint *state)
{
  PetscFunctionBeginUser;
  (void)context;
  (void)method;
  *state = NULL;
  PetscFunctionReturn(0);
}

static PetscErrorCode Ask(void *context, WatchAnswer *answer)
{
  PetscBool stop;

  PetscFunctionBeginUser;
  PetscCall(StopAgreed(((Plan)context)->job->comm, &stop));
  *answer = stop ? WATCH_STOP : WATCH_GO_ON;
  PetscFunctionReturn(0);
}

static PetscErrorCode Keep(void *context, Checkpoint checkpoint)
{
  PetscFunctionBeginUser;
  (void)context;
  (void)checkpoint;
  PetscFunctionReturn(0);
}

static PetscErrorCode End(void *context, PetscBool *keep)
{
  PetscFunctionBeginUser;
  (void)context;
  *keep = PETSC_FALSE;
  PetscFunctionReturn(0);
}

Watch PlanWatch(Plan plan)
{
  return plan->watch ? JobWatchSolves(plan->watch) : &plan->asking;
}

PetscErrorCode PlanWatchStart(Plan plan)
{
  char path[PETSC_MAX_PATH_LEN] = "";

  PetscFunctionBeginUser;
  plan->asking = (struct _s_Watch){plan, Begin, Ask, Keep, End};
  if (!plan->settings.directory) PetscFunctionReturn(0);
  if (plan->job->rank == 0) FileJoin(path, sizeof path, PlanDirectoryFolder(plan->directory), "checkpoint");
  PetscCall(JobWatchCreate(plan->job, path, plan->settings.checkpoint_minutes, &plan->watch));
  PetscCall(JobWatchTask(plan->watch, "plan"));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanWatchDone(Plan plan)
{
  char      path[PETSC_MAX_PATH_LEN];
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(JobWatchDone(plan->watch));
  if (plan->job->rank == 0 && plan->directory) {
    FileJoin(path, sizeof path, PlanDirectoryFolder(plan->directory), PLAN_UNFINISHED);
    if (!DirectoryRemove(path, &error)) JobFail(plan->job, JOB_INTERNAL, "%s", error.text);
  }
  PetscCall(JobAgree(plan->job));
  PetscFunctionReturn(0);
}

/* --- Telling --- */

/* Hours of the AC check that are done, over all rounds. */
static int CountHours(const char *folder)
{
  char                 path[PETSC_MAX_PATH_LEN];
  DIR                 *stream;
  const struct dirent *entry;
  int                  n = 0;

  FileJoin(path, sizeof path, folder, PLAN_UNFINISHED);
  stream = opendir(path);
  while (stream && (entry = readdir(stream))) n += !strncmp(entry->d_name, "hour-", 5);
  if (stream) closedir(stream);
  return n;
}

PetscBool PlanUnfinishedShow(Job job, const char *directory)
{
  char            folder[PETSC_MAX_PATH_LEN], checkpoints[PETSC_MAX_PATH_LEN];
  CheckpointLabel label;
  json_t         *study;
  PetscBool       kept;
  int             hours;

  if (!PlanDirectoryUnfinished(directory, folder)) return PETSC_FALSE;
  study = JsonLoad(folder, "study.json");
  if (strcmp(JsonWord(study, "kind", ""), "plan") != 0) {
    json_decref(study);
    return PETSC_FALSE;
  }
  FileJoin(checkpoints, sizeof checkpoints, folder, "checkpoint");
  kept  = JobWatchNewest(checkpoints, &label);
  hours = CountHours(folder);
  if (job->json) {
    JsonPut(job->document, "kind", json_string("plan"));
    JsonPut(job->document, "status", json_string("incomplete"));
    JsonPut(job->document, "study", json_incref(json_object_get(study, "study")));
    JsonPut(job->document, "network", json_incref(json_object_get(study, "network")));
    JsonPut(job->document, "policy", json_incref(json_object_get(study, "policy")));
    JsonPut(job->document, "check_hours_done", json_integer(hours));
    if (kept) JsonPut(job->document, "checkpoint", json_string(FormatTime(label.saved).text));
    if (kept) JsonPut(job->document, "checkpoint_method", json_string(label.method));
    if (kept && label.iteration >= 0) JsonPut(job->document, "checkpoint_iteration", json_integer(label.iteration));
  } else {
    printf("%s, policy %s: plan not complete\n",
           JsonWord(study, "study", "")[0] ? JsonWord(study, "study", "") : JsonWord(study, "network", ""),
           JsonWord(study, "policy", ""));
    if (kept)
      printf("checkpoint of %s: solve %d (%s)", FormatTime(label.saved).text, (int)label.solve + 1, label.method);
    if (kept && label.iteration >= 0) printf(", iteration %d", (int)label.iteration);
    if (kept) printf("\n");
    if (hours) printf("%d hour%s of the AC check done\n", hours, hours == 1 ? "" : "s");
    printf("start the same command again to go on\n");
  }
  json_decref(study);
  return PETSC_TRUE;
}
