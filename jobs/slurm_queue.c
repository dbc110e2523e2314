/* Slurm's queue. */
#define _GNU_SOURCE
#include "jobs/slurm_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char       job[64], array[64];
  PetscInt   element; /* -1: none */
  SlurmState state;
} Entry;

struct _p_SlurmQueue {
  PetscInt n;
  Entry   *entry;
};

PetscBool ProgramOnPath(const char *name, char path[PETSC_MAX_PATH_LEN])
{
  const char *at = getenv("PATH");
  char        candidate[PETSC_MAX_PATH_LEN];

  if (!at) at = "/usr/bin:/bin";
  for (; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
    const size_t n = strcspn(at, ":");
    snprintf(candidate, sizeof candidate, "%.*s%s%s", (int)n, at, n ? "/" : "", name);
    if (access(candidate, X_OK)) continue;
    if (path) snprintf(path, PETSC_MAX_PATH_LEN, "%s", candidate);
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* "JOB ARRAY ELEMENT STATE" */
static PetscErrorCode AddLine(SlurmQueue queue, const char *line)
{
  Entry entry;
  char  element[32], state[32];

  PetscFunctionBeginUser;
  if (sscanf(line, "%63s %63s %31s %31s", entry.job, entry.array, element, state) != 4) PetscFunctionReturn(0);
  entry.element = element[0] >= '0' && element[0] <= '9' ? (PetscInt)atoi(element) : -1;
  entry.state   = !strncmp(state, "PEND", 4) || !strncmp(state, "REQ", 3) || !strcmp(state, "SUSPENDED") ? SLURM_PENDING
                                                                                                         : SLURM_RUNNING;
  PetscCall(PetscRealloc((size_t)(queue->n + 1) * sizeof entry, &queue->entry));
  queue->entry[queue->n++] = entry;
  PetscFunctionReturn(0);
}

PetscErrorCode SlurmQueueCreate(SlurmQueue *queue)
{
  FILE *stream;
  char  line[512];

  PetscFunctionBeginUser;
  *queue = NULL;
  if (!ProgramOnPath("squeue", NULL)) PetscFunctionReturn(0);
  stream = popen("squeue -h -r --me -o '%A %F %K %T' 2>/dev/null", "r");
  if (!stream) PetscFunctionReturn(0);
  PetscCall(PetscNew(queue));
  while (fgets(line, sizeof line, stream)) PetscCall(AddLine(*queue, line));
  if (pclose(stream)) PetscCall(SlurmQueueDestroy(queue));
  PetscFunctionReturn(0);
}

PetscErrorCode SlurmQueueDestroy(SlurmQueue *queue)
{
  PetscFunctionBeginUser;
  if (!*queue) PetscFunctionReturn(0);
  PetscCall(PetscFree((*queue)->entry));
  PetscCall(PetscFree(*queue));
  PetscFunctionReturn(0);
}

SlurmState SlurmQueueJob(SlurmQueue queue, const char *job)
{
  for (PetscInt k = 0; queue && k < queue->n; k++)
    if (!strcmp(queue->entry[k].job, job)) return queue->entry[k].state;
  return SLURM_ABSENT;
}

SlurmState SlurmQueueElement(SlurmQueue queue, const char *array, PetscInt element)
{
  for (PetscInt k = 0; queue && k < queue->n; k++)
    if (!strcmp(queue->entry[k].array, array) && queue->entry[k].element == element) return queue->entry[k].state;
  return SLURM_ABSENT;
}
