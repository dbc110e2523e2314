/* Claims on the tasks of a sweep. */
#define _GNU_SOURCE
#include "jobs/task_claim.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jobs/format.h"

/* When a process began, in ticks since the machine did: tells it from a later one of the same number. 0: there is none. */
static long long ProcessStart(int pid)
{
  char      path[64], line[1024], *at;
  FILE     *stream;
  long long start = 0;

  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  stream = fopen(path, "r");
  if (!stream) return 0;
  if (fgets(line, sizeof line, stream) && (at = strrchr(line, ')')) && at[1] && at[2] != 'Z') {
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    if (at) start = atoll(at + 1);
  }
  fclose(stream);
  return start;
}

/* The number of an array's element is its own one: SLURM_JOB_ID. */
static const char *OwnJob(void)
{
  const char *job = getenv("SLURM_JOB_ID");
  return job ? job : "";
}

/* A process on this host is looked for; a Slurm job elsewhere is asked for. An earlier start of our own job is over. */
static HolderState StateOf(const json_t *claim, SlurmQueue queue)
{
  char             host[256] = "";
  const char      *job       = JsonWord(claim, "slurm_job", "");
  const int        pid       = (int)json_integer_value(json_object_get(claim, "pid"));
  const long long  start     = json_integer_value(json_object_get(claim, "process_start"));
  const char      *again     = getenv("SLURM_RESTART_COUNT");
  const json_int_t restart   = json_integer_value(json_object_get(claim, "slurm_restart"));

  gethostname(host, sizeof host - 1);
  if (!strcmp(host, JsonWord(claim, "host", "")))
    return pid > 0 && start > 0 && ProcessStart(pid) == start ? HOLDER_ALIVE : HOLDER_GONE;
  if (!job[0]) return HOLDER_UNKNOWN;
  if (!strcmp(job, OwnJob()) && restart < (again ? atoi(again) : 0)) return HOLDER_GONE;
  if (!queue) return HOLDER_UNKNOWN;
  return SlurmQueueJob(queue, job) == SLURM_RUNNING ? HOLDER_ALIVE : HOLDER_GONE;
}

void TaskFindHolder(Sweep sweep, const SweepTask *task, SlurmQueue queue, TaskHolder *holder)
{
  char    path[PETSC_MAX_PATH_LEN];
  json_t *claim;

  memset(holder, 0, sizeof *holder);
  SweepPath(sweep, task, "tasks", "claim", path);
  claim = json_load_file(path, 0, NULL);
  snprintf(holder->host, sizeof holder->host, "%s", JsonWord(claim, "host", ""));
  if (!holder->host[0]) { /* none, or not what this program writes: files are replaced whole */
    json_decref(claim);
    return;
  }
  snprintf(holder->job, sizeof holder->job, "%s", JsonWord(claim, "slurm_job", ""));
  snprintf(holder->since, sizeof holder->since, "%s", JsonWord(claim, "since", ""));
  holder->pid   = (int)json_integer_value(json_object_get(claim, "pid"));
  holder->state = StateOf(claim, queue);
  json_decref(claim);
}

void TaskDescribeHolder(const TaskHolder *holder, char *text, size_t size)
{
  if (holder->job[0])
    snprintf(text, size, "Slurm job %s on %s since %s", holder->job, holder->host, holder->since);
  else
    snprintf(text, size, "process %d on %s since %s", holder->pid, holder->host, holder->since);
}

static PetscBool Write(const char *path, FileError *error)
{
  json_t     *claim     = json_object();
  char        host[256] = "";
  const char *again     = getenv("SLURM_RESTART_COUNT");
  PetscBool   written;

  gethostname(host, sizeof host - 1);
  JsonPut(claim, "host", JsonText(host));
  JsonPut(claim, "pid", json_integer(getpid()));
  JsonPut(claim, "process_start", json_integer(ProcessStart(getpid())));
  JsonPut(claim, "slurm_job", JsonText(OwnJob()));
  JsonPut(claim, "slurm_restart", json_integer(again ? atoi(again) : 0));
  JsonPut(claim, "since", json_string(FormatTime((long long)time(NULL)).text));
  written = JsonSave(path, claim, error);
  json_decref(claim);
  return written;
}

PetscBool TaskClaim(Sweep sweep, const SweepTask *task, PetscBool *held, FileError *error)
{
  char       path[PETSC_MAX_PATH_LEN], who[400];
  TaskHolder holder;
  SlurmQueue queue = NULL;
  PetscBool  taken = PETSC_FALSE;

  *held = PETSC_FALSE;
  SweepPath(sweep, task, "tasks", "claim", path);
  if (!SweepLock(sweep, error)) return PETSC_FALSE;
  TaskFindHolder(sweep, task, NULL, &holder);
  if (holder.state == HOLDER_UNKNOWN && !SlurmQueueCreate(&queue)) TaskFindHolder(sweep, task, queue, &holder);
  if (holder.state == HOLDER_ALIVE || holder.state == HOLDER_UNKNOWN) {
    *held = PETSC_TRUE;
    TaskDescribeHolder(&holder, who, sizeof who);
    snprintf(error->text, sizeof error->text, "task %d, %.100s: is held by %.300s%s%.300s%s", (int)task->number,
             task->name, who, holder.state == HOLDER_ALIVE ? "" : "; when that is gone, remove ",
             holder.state == HOLDER_ALIVE ? "" : path, "");
  } else {
    taken = Write(path, error);
  }
  SweepUnlock(sweep);
  (void)SlurmQueueDestroy(&queue);
  return taken;
}

void TaskRelease(Sweep sweep, const SweepTask *task)
{
  char path[PETSC_MAX_PATH_LEN];

  SweepPath(sweep, task, "tasks", "claim", path);
  unlink(path);
}
