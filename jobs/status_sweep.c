/* How far a sweep is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/format.h"
#include "jobs/status.h"

typedef struct {
  TaskCondition condition;
  RunProgress   progress;
  double        left;                    /* seconds; NAN: not known */
  char          log[PETSC_MAX_PATH_LEN]; /* empty: there is none */
} Row;

typedef struct {
  Sweep    sweep;
  Row     *row; /* [tasks] */
  PetscInt count[TASK_STATES], finished, lanes;
  double   median, left; /* seconds; NAN: not known */
} Overview;

static int CompareReals(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Of the tasks that are done: they are all runs, or all plans, of one study. */
static PetscErrorCode FindMedian(Overview *o)
{
  double *seconds;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(o->sweep->n + 1, &seconds));
  for (PetscInt k = 0; k < o->sweep->n; k++)
    if (o->row[k].condition.state == TASK_DONE) seconds[o->finished++] = o->row[k].condition.seconds;
  qsort(seconds, (size_t)o->finished, sizeof *seconds, CompareReals);
  o->median = o->finished ? 0.5 * (seconds[(o->finished - 1) / 2] + seconds[o->finished / 2]) : NAN;
  PetscCall(PetscFree(seconds));
  PetscFunctionReturn(0);
}

/* What a task still takes: by its own windows where it has some, otherwise as the others. */
static double Left(const Row *row, double median)
{
  const TaskCondition *c    = &row->condition;
  const PetscInt       done = row->progress.windows_done, all = row->progress.windows;

  if (c->state == TASK_DONE || c->state == TASK_FAILED) return 0;
  if (all > 0 && done > 0 && c->seconds > 0) return c->seconds * (double)(all - done) / (double)done;
  return isnan(median) ? NAN : PetscMax(median - c->seconds, 0);
}

/* Tasks at a time: under Slurm by its limit, here by the slots; at least what runs now. */
static PetscInt Lanes(const Overview *o)
{
  json_t  *local = JsonLoad(o->sweep->directory, "local.json");
  json_t  *jobs = JsonLoad(o->sweep->directory, "slurm/jobs.json"), *list = json_object_get(jobs, "submitted");
  PetscInt lanes = PetscMax(o->count[TASK_RUNNING], 1);

  if (json_array_size(list)) {
    const json_t *last = json_array_get(list, json_array_size(list) - 1);
    lanes              = PetscMax(lanes, (PetscInt)json_integer_value(json_object_get(last, "limit")));
  } else if (local) {
    lanes = PetscMax(lanes, (PetscInt)json_integer_value(json_object_get(local, "slots")));
  }
  json_decref(local);
  json_decref(jobs);
  return lanes;
}

static void Estimate(Overview *o)
{
  double sum = 0, longest = 0;

  o->lanes = Lanes(o);
  for (PetscInt k = 0; k < o->sweep->n; k++) {
    Row *row  = &o->row[k];
    row->left = Left(row, o->median);
    sum += row->left; /* one that is not known makes the sum unknown */
    if (row->left > longest) longest = row->left;
  }
  o->left = isnan(sum) ? NAN : PetscMax(sum / (double)o->lanes, longest);
}

static PetscErrorCode Look(Overview *o)
{
  SlurmQueue queue;
  char       path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(SlurmQueueCreate(&queue));
  PetscCall(PetscCalloc1(o->sweep->n + 1, &o->row));
  for (PetscInt k = 0; k < o->sweep->n; k++) {
    Row *row = &o->row[k];
    TaskFindCondition(o->sweep, &o->sweep->task[k], queue, &row->condition);
    SweepPath(o->sweep, &o->sweep->task[k], "runs", NULL, path);
    SweepPath(o->sweep, &o->sweep->task[k], "logs", "log", row->log);
    if (!FileExists(row->log)) row->log[0] = '\0';
    RunProgressRead(path, row->log, &row->progress);
    o->count[row->condition.state]++;
  }
  PetscCall(SlurmQueueDestroy(&queue));
  PetscCall(FindMedian(o));
  Estimate(o);
  PetscFunctionReturn(0);
}

static void AddText(char *text, size_t size, const char *more)
{
  const size_t used = strlen(text);
  snprintf(text + used, size - used, "%s%s", used ? ", " : "", more);
}

static void DescribeRunning(const Overview *o, const Row *row, char *text, size_t size)
{
  const TaskCondition *c = &row->condition;
  char                 part[512], duration[48];

  (void)o;
  if (row->progress.windows > 0) {
    snprintf(part, sizeof part, "%d of %d windows", (int)row->progress.windows_done, (int)row->progress.windows);
    AddText(text, size, part);
  }
  if (row->progress.at[0]) AddText(text, size, row->progress.at);
  if (c->holder.state != HOLDER_NONE) {
    snprintf(part, sizeof part, "%s%s on %s since %s", c->holder.job[0] ? "Slurm job " : "process ",
             c->holder.job[0] ? c->holder.job : "", c->holder.host, c->holder.since);
    if (!c->holder.job[0])
      snprintf(part, sizeof part, "process %d on %s since %s", c->holder.pid, c->holder.host, c->holder.since);
    AddText(text, size, part);
    if (c->holder.state == HOLDER_UNKNOWN) AddText(text, size, "which cannot be asked from here");
  }
  if (!isnan(row->left)) {
    FormatDuration(row->left, duration, sizeof duration);
    snprintf(part, sizeof part, "about %s left", duration);
    AddText(text, size, part);
  }
}

static void Describe(const Overview *o, const Row *row, char *text, size_t size)
{
  const TaskCondition *c = &row->condition;
  char                 part[64];

  text[0] = '\0';
  if (c->state == TASK_RUNNING) DescribeRunning(o, row, text, size);
  if (c->state == TASK_STOPPED || c->state == TASK_QUEUED)
    if (row->progress.windows > 0) {
      snprintf(part, sizeof part, "%d of %d windows", (int)row->progress.windows_done, (int)row->progress.windows);
      AddText(text, size, part);
    }
  if (c->state == TASK_STOPPED) AddText(text, size, "saved, will go on when started again");
  if (c->state == TASK_FAILED) {
    snprintf(part, sizeof part, "status %d", c->status);
    AddText(text, size, part);
  }
  if ((c->state == TASK_FAILED || c->state == TASK_LOST) && c->message[0]) AddText(text, size, c->message);
  if (c->state == TASK_FAILED && row->log[0]) AddText(text, size, row->log);
}

static void PrintCounts(const Overview *o)
{
  printf("%s, a sweep of %d %s, in %s\n", o->sweep->study, (int)o->sweep->n, o->sweep->planned ? "plans" : "runs",
         o->sweep->directory);
  printf("%d done", (int)o->count[TASK_DONE]);
  for (int s = 0; s < TASK_STATES; s++)
    if (s != TASK_DONE && o->count[s]) printf(", %d %s", (int)o->count[s], TaskStateName((TaskState)s));
  putchar('\n');
}

static void PrintEstimate(const Overview *o)
{
  const PetscInt open = o->sweep->n - o->count[TASK_DONE] - o->count[TASK_FAILED];
  char           median[48], left[48];

  if (!open) return;
  printf("remaining: %d", (int)open);
  if (isnan(o->left)) {
    printf("; no task is done yet, so how long they take is not known\n");
    return;
  }
  FormatDuration(o->left, left, sizeof left);
  printf(", about %s at %d at a time; an estimate", left, (int)o->lanes);
  if (o->finished) {
    FormatDuration(o->median, median, sizeof median);
    printf(" from the %d done, which took %s at the median", (int)o->finished, median);
  }
  putchar('\n');
}

static void Print(const Overview *o)
{
  char text[2 * PETSC_MAX_PATH_LEN], taken[48];
  int  width = 4;

  PrintCounts(o);
  for (PetscInt k = 0; k < o->sweep->n; k++) width = PetscMax(width, (int)strlen(o->sweep->task[k].name));
  printf("\ntask  %-*s  %-8s  %-12s\n", width, "name", "state", "time");
  for (PetscInt k = 0; k < o->sweep->n; k++) {
    const Row *row = &o->row[k];
    taken[0]       = '\0';
    if (row->condition.starts) FormatDuration(row->condition.seconds, taken, sizeof taken);
    Describe(o, row, text, sizeof text);
    printf("%4d  %-*s  %-8s  %-12s%s%s\n", (int)k, width, o->sweep->task[k].name, TaskStateName(row->condition.state),
           taken, text[0] ? "  " : "", text);
  }
  putchar('\n');
  PrintEstimate(o);
  if (o->count[TASK_FAILED]) printf("failed tasks are started again with --retry-failed\n");
}

static json_t *RowDocument(const Overview *o, PetscInt k)
{
  const SweepTask     *task = &o->sweep->task[k];
  const Row           *row  = &o->row[k];
  const TaskCondition *c    = &row->condition;
  json_t              *d    = json_object();

  JsonPut(d, "task", json_integer(k));
  JsonPut(d, "name", JsonText(task->name));
  JsonPut(d, "policy", JsonText(task->policy));
  if (task->year >= 0) JsonPut(d, "year", json_integer(task->year));
  if (task->seed >= 0) JsonPut(d, "seed", json_integer(task->seed));
  JsonPut(d, "state", json_string(TaskStateName(c->state)));
  JsonPut(d, "exit_status", c->status >= 0 ? json_integer(c->status) : json_null());
  JsonPut(d, "message", c->message[0] ? JsonText(c->message) : json_null());
  JsonPut(d, "starts", json_integer(c->starts));
  JsonPut(d, "ranks", c->ranks > 0 ? json_integer(c->ranks) : json_null());
  JsonPut(d, "seconds", JsonReal(c->seconds));
  JsonPut(d, "seconds_left", c->state == TASK_DONE || c->state == TASK_FAILED ? json_null() : JsonReal(row->left));
  JsonPut(d, "windows", row->progress.windows > 0 ? json_integer(row->progress.windows) : json_null());
  JsonPut(d, "windows_done", row->progress.windows > 0 ? json_integer(row->progress.windows_done) : json_null());
  JsonPut(d, "stage", c->state == TASK_RUNNING && row->progress.at[0] ? JsonText(row->progress.at) : json_null());
  if (c->state == TASK_RUNNING) {
    JsonPut(d, "host", JsonText(c->holder.host));
    JsonPut(d, "pid", json_integer(c->holder.pid));
    JsonPut(d, "slurm_job", c->holder.job[0] ? JsonText(c->holder.job) : json_null());
    JsonPut(d, "since", JsonText(c->holder.since));
  }
  JsonPut(d, "log", row->log[0] ? JsonText(row->log) : json_null());
  return d;
}

static void PutDocument(const Overview *o, json_t *document)
{
  json_t *states = json_object(), *rows = json_array();

  for (int s = 0; s < TASK_STATES; s++) JsonPut(states, TaskStateName((TaskState)s), json_integer(o->count[s]));
  for (PetscInt k = 0; k < o->sweep->n; k++) json_array_append_new(rows, RowDocument(o, k));
  JsonPut(document, "kind", json_string("sweep"));
  JsonPut(document, "study", JsonText(o->sweep->study));
  JsonPut(document, "directory", JsonText(o->sweep->directory));
  JsonPut(document, "states", states);
  JsonPut(document, "at_a_time", json_integer(o->lanes));
  JsonPut(document, "median_seconds", JsonReal(o->median));
  JsonPut(document, "seconds_left_estimate", JsonReal(o->left));
  JsonPut(document, "tasks", rows);
}

PetscErrorCode StatusOfSweep(Job job, Sweep sweep)
{
  Overview o = {.sweep = sweep};

  PetscFunctionBeginUser;
  PetscCall(Look(&o));
  PutDocument(&o, job->document);
  if (!job->json) Print(&o);
  PetscCall(PetscFree(o.row));
  PetscFunctionReturn(0);
}
