/* A sweep on this machine: so many tasks at a time, each on its own ranks, as programs of their own. A task that fails, or takes
   its process down, does not touch the others. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs/format.h"
#include "jobs/stop.h"
#include "jobs/sweep.h"
#include "jobs/task_journal.h"
#include "jobs/task_launch.h"

enum { TICK_MS = 50, REMIND_MS = 1000, WAIT_MS = 500, MOST_SLOTS = 100000 /* as there are tasks at most */ };

typedef struct {
  PetscInt number; /* of the task; -1: the slot is free */
  pid_t    pid;    /* also of its process group */
  int      starts_before;
} Slot;

typedef struct {
  Job               job;
  Sweep             sweep;
  const SweepStart *start;
  TaskLaunch        launch;
  PetscInt          ranks, slots;
  Slot             *slot;    /* [slots] */
  PetscBool        *settled; /* [n_known] done, failed or started here: a task is started once */
  PetscInt          n_known;
  PetscBool         told_to_wait, told_to_stop, reported;
} Local;

static volatile sig_atomic_t interrupts = 0;

static void Interrupt(int number)
{
  (void)number;
  interrupts++;
}

static void Listen(void)
{
  struct sigaction action;

  StopListen();
  memset(&action, 0, sizeof action);
  action.sa_handler = Interrupt;
  sigaction(SIGINT, &action, NULL);
}

static PetscBool Stopping(void)
{
  return interrupts || StopRequested() ? PETSC_TRUE : PETSC_FALSE;
}

static void Sleep(int ms)
{
  const struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};
  nanosleep(&time, NULL);
}

static PetscInt Cores(void)
{
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) ? 1 : (PetscInt)CPU_COUNT(&set);
}

static PetscErrorCode StartTask(Local *l, const SweepTask *task, Slot *slot)
{
  TaskCondition before;

  PetscFunctionBeginUser;
  TaskFindCondition(l->sweep, task, NULL, &before);
  slot->pid           = TaskLaunchStart(l->launch, l->sweep, task);
  slot->starts_before = before.starts;
  if (slot->pid < 0) {
    JobFail(l->job, JOB_INTERNAL, "a process for task %s cannot be made: %s", task->name, strerror(errno));
    PetscFunctionReturn(0);
  }
  slot->number             = task->number;
  l->settled[task->number] = PETSC_TRUE;
  JobSay(l->job, "task %d %s: %s", (int)task->number, task->name, before.starts ? "goes on" : "started");
  PetscFunctionReturn(0);
}

static void TellEnd(Local *l, const SweepTask *task, const TaskCondition *c)
{
  char log[PETSC_MAX_PATH_LEN];

  SweepPath(l->sweep, task, "logs", "log", log);
  if (c->state == TASK_FAILED)
    JobSay(l->job, "task %d %s: failed (status %d): %s (%s)", (int)task->number, task->name, c->status, c->message,
           log);
  else if (c->state == TASK_DONE)
    JobSay(l->job, "task %d %s: done, %.1f s", (int)task->number, task->name, c->seconds);
  else
    JobSay(l->job, "task %d %s: %s: %s", (int)task->number, task->name, TaskStateName(c->state), c->message);
}

/* A task whose process ended without a word of its own gets one. Launchers tell signals as 128 and their number. */
static void Conclude(Local *l, const Slot *slot, int wait_status)
{
  const SweepTask *task   = &l->sweep->task[slot->number];
  const int        code   = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;
  const int        signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : code > 128 ? code - 128 : 0;
  char             log[PETSC_MAX_PATH_LEN], line[1024], message[1100];
  TaskCondition    c;
  FileError        error;

  TaskFindCondition(l->sweep, task, NULL, &c);
  if (c.state == TASK_RUNNING) { /* another one was faster; it is looked at again */
    l->settled[slot->number] = PETSC_FALSE;
    return;
  }
  if ((c.state == TASK_LOST && !c.ended) || (c.starts == slot->starts_before && (code || signal))) {
    SweepPath(l->sweep, task, "logs", "log", log);
    LastLine(log, line, sizeof line);
    if (c.starts == slot->starts_before && l->ranks > 1)
      snprintf(message, sizeof message, "its ranks could not be started, as the log tells: %s", line);
    else
      snprintf(message, sizeof message, "%s", line);
    if (!TaskJournalEnd(l->sweep, task, code, signal, message, &error)) JobFail(l->job, JOB_INTERNAL, "%s", error.text);
    TaskFindCondition(l->sweep, task, NULL, &c);
  }
  TellEnd(l, task, &c);
}

static PetscInt Reap(Local *l)
{
  PetscInt busy = 0;

  for (PetscInt k = 0; k < l->slots; k++) {
    Slot *slot = &l->slot[k];
    int   status;
    if (slot->number < 0) continue;
    if (waitpid(slot->pid, &status, WNOHANG) == slot->pid) {
      Conclude(l, slot, status);
      slot->number = -1;
    } else {
      busy++;
    }
  }
  return busy;
}

/* Asks all tasks to stop, which save first; at a second Ctrl-C they are ended. */
static void Forward(Local *l)
{
  if (!l->told_to_stop) JobSay(l->job, "asked to stop: waiting for the tasks to save (Ctrl-C again ends them)");
  l->told_to_stop = PETSC_TRUE;
  for (PetscInt k = 0; k < l->slots; k++) {
    if (l->slot[k].number < 0) continue;
    if (interrupts > 1)
      kill(-l->slot[k].pid, SIGKILL);
    else
      kill(l->slot[k].pid, SIGUSR1);
  }
}

/* Tasks that were added meanwhile are seen. */
static PetscErrorCode Reread(Local *l)
{
  Sweep     now;
  FileError error;

  PetscFunctionBeginUser;
  if (SweepLoad(l->sweep->directory, &now, &error)) {
    for (PetscInt k = l->sweep->n; k < now->n; k++) PetscCall(SweepAdd(l->sweep, &now->task[k]));
    PetscCall(SweepDestroy(&now));
  }
  PetscCall(PetscRealloc((size_t)l->sweep->n * sizeof *l->settled, &l->settled));
  for (; l->n_known < l->sweep->n; l->n_known++) l->settled[l->n_known] = PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscBool MayStart(Local *l, const SweepTask *task, SlurmQueue *queue, PetscInt *held)
{
  TaskCondition c;

  TaskFindCondition(l->sweep, task, *queue, &c);
  if (c.holder.state == HOLDER_UNKNOWN && !*queue && !SlurmQueueCreate(queue) && *queue)
    TaskFindCondition(l->sweep, task, *queue, &c);
  if (c.holder.state == HOLDER_ALIVE || c.holder.state == HOLDER_UNKNOWN) {
    char who[400], path[PETSC_MAX_PATH_LEN];
    TaskDescribeHolder(&c.holder, who, sizeof who);
    SweepPath(l->sweep, task, "tasks", "claim", path);
    if (!l->told_to_wait)
      JobSay(l->job, "task %d %s: held by %s; waiting for it%s%s", (int)task->number, task->name, who,
             c.holder.state == HOLDER_ALIVE ? "" : " (when that is gone, remove ",
             c.holder.state == HOLDER_ALIVE ? "" : strcat(path, ")"));
    ++*held;
    return PETSC_FALSE;
  }
  if (c.state == TASK_DONE || (c.state == TASK_FAILED && !l->start->retry_failed)) {
    l->settled[task->number] = PETSC_TRUE;
    return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* Starts tasks on the free slots; *held: how many somebody else is at work on. */
static PetscErrorCode Fill(Local *l, PetscInt *held)
{
  SlurmQueue queue = NULL;
  PetscInt   slot  = 0;

  PetscFunctionBeginUser;
  *held = 0;
  for (PetscInt k = 0; k < l->sweep->n && l->job->status == JOB_DONE; k++) {
    while (slot < l->slots && l->slot[slot].number >= 0) slot++;
    if (slot == l->slots) break;
    if (!l->settled[k] && MayStart(l, &l->sweep->task[k], &queue, held))
      PetscCall(StartTask(l, &l->sweep->task[k], &l->slot[slot]));
  }
  if (*held) l->told_to_wait = PETSC_TRUE;
  PetscCall(SlurmQueueDestroy(&queue));
  PetscFunctionReturn(0);
}

/* Until nothing is left to start or to wait for. */
static PetscErrorCode Work(Local *l)
{
  PetscInt busy = 0, held = 0;
  int      since_forward = REMIND_MS, since_look = WAIT_MS;

  PetscFunctionBeginUser;
  for (;;) {
    const PetscInt before = busy;
    busy                  = Reap(l);
    if (Stopping()) {
      if (!busy) break;
      if ((since_forward += TICK_MS) >= REMIND_MS) Forward(l);
      if (since_forward >= REMIND_MS) since_forward = 0;
    } else if (l->job->status != JOB_DONE) {
      if (!busy) break;
    } else if (busy < before ||
               (since_look += TICK_MS) >= WAIT_MS) { /* a slot became free, or it is time to look again */
      since_look = 0;
      PetscCall(Reread(l));
      PetscCall(Fill(l, &held));
      busy = 0;
      for (PetscInt k = 0; k < l->slots; k++) busy += l->slot[k].number >= 0;
      if (!busy && !held) break;
    }
    Sleep(TICK_MS);
  }
  PetscFunctionReturn(0);
}

/* How it is started, for who asks for its state. */
static void Note(Local *l)
{
  json_t   *note = json_object();
  char      path[PETSC_MAX_PATH_LEN], host[256] = "";
  FileError error;

  gethostname(host, sizeof host - 1);
  JsonPut(note, "host", JsonText(host));
  JsonPut(note, "pid", json_integer(getpid()));
  JsonPut(note, "slots", json_integer(l->slots));
  JsonPut(note, "ranks", json_integer(l->ranks));
  JsonPut(note, "started", json_string(FormatTime((long long)time(NULL)).text));
  FileJoin(path, sizeof path, l->sweep->directory, "local.json");
  if (!JsonSave(path, note, &error)) JobFail(l->job, JOB_INTERNAL, "%s", error.text);
  json_decref(note);
}

/* Nothing done is lost: a request to stop says so; otherwise the largest status of the tasks that failed. */
static void Judge(Local *l)
{
  PetscInt count[TASK_STATES] = {0};
  int      worst              = 0;
  json_t  *states             = json_object();

  for (PetscInt k = 0; k < l->sweep->n; k++) {
    TaskCondition c;
    TaskFindCondition(l->sweep, &l->sweep->task[k], NULL, &c);
    count[c.state]++;
    if (c.state == TASK_FAILED)
      worst = PetscMax(worst, c.status > JOB_UNVERIFIED || c.status < 1 ? JOB_INTERNAL : c.status);
  }
  for (int s = 0; s < TASK_STATES; s++) JsonPut(states, TaskStateName((TaskState)s), json_integer(count[s]));
  JsonPut(l->job->document, "tasks", json_integer(l->sweep->n));
  JsonPut(l->job->document, "states", states);
  if (Stopping() && (count[TASK_DONE] + count[TASK_FAILED] < l->sweep->n || !l->reported))
    JobFail(l->job, JOB_REQUEUE, "stopped on request with %d of %d tasks done; start the same command again to go on",
            (int)count[TASK_DONE], (int)l->sweep->n);
  else if (count[TASK_FAILED])
    JobFail(l->job, (JobStatus)worst, "%d of %d tasks failed, %d done (archipelago status %s)",
            (int)count[TASK_FAILED], (int)l->sweep->n, (int)count[TASK_DONE], l->sweep->directory);
  else if (count[TASK_DONE] < l->sweep->n)
    JobFail(l->job, JOB_REQUEUE, "%d of %d tasks are done, others were ended; start the same command again to go on",
            (int)count[TASK_DONE], (int)l->sweep->n);
}

PetscErrorCode SweepRunLocal(Job job, Sweep sweep, const SweepStart *start)
{
  Local     l = {.job = job, .sweep = sweep, .start = start, .ranks = PetscMax(sweep->ranks, 1)};
  FileError error;

  PetscFunctionBeginUser;
  Listen();
  l.slots = start->slots > 0 ? start->slots : PetscMax(Cores() / l.ranks, 1);
  l.slots = PetscMin(l.slots, MOST_SLOTS);
  PetscCall(PetscCalloc1(l.slots, &l.slot));
  for (PetscInt k = 0; k < l.slots; k++) l.slot[k].number = -1;
  PetscCall(TaskLaunchCreate(l.ranks, &l.launch, &error));
  if (!l.launch) {
    JobFail(job, JOB_INPUT, "%s", error.text);
  } else {
    Note(&l);
    PetscCall(Work(&l));
    l.reported = (PetscBool)(!Stopping() && job->status == JOB_DONE);
    if (l.reported) PetscCall(SweepReport(job, sweep));
    Judge(&l);
  }
  PetscCall(TaskLaunchDestroy(&l.launch));
  PetscCall(PetscFree(l.slot));
  PetscCall(PetscFree(l.settled));
  PetscFunctionReturn(0);
}
