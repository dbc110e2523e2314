/* Journals of tasks. */
#define _GNU_SOURCE
#include "jobs/task_journal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inputs/timestamp.h"
#include "jobs/format.h"

/* The whole journal, owned by the caller; NULL: the task was never started. */
static json_t *Load(Sweep sweep, const SweepTask *task)
{
  char path[PETSC_MAX_PATH_LEN];

  SweepPath(sweep, task, "tasks", "json", path);
  return json_load_file(path, 0, NULL);
}

static PetscBool Save(Sweep sweep, const SweepTask *task, json_t *journal, FileError *error)
{
  char path[PETSC_MAX_PATH_LEN];

  SweepPath(sweep, task, "tasks", "json", path);
  return JsonSave(path, journal, error);
}

static json_t *LoadOrNew(Sweep sweep, const SweepTask *task)
{
  json_t *journal = Load(sweep, task);

  if (!json_is_object(journal)) {
    json_decref(journal);
    journal = json_object();
  }
  if (!json_is_array(json_object_get(journal, "starts"))) {
    JsonPut(journal, "task", json_integer(task->number));
    JsonPut(journal, "name", JsonText(task->name));
    JsonPut(journal, "starts", json_array());
  }
  return journal;
}

static json_t *Last(const json_t *journal)
{
  json_t *starts = json_object_get(journal, "starts");
  return json_array_size(starts) ? json_array_get(starts, json_array_size(starts) - 1) : NULL;
}

static double Now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double SecondsSince(const json_t *start)
{
  return PetscMax(Now() - json_number_value(json_object_get(start, "started_unix")), 0);
}

static void AddStart(json_t *journal, PetscInt ranks)
{
  json_t     *starts = json_object_get(journal, "starts"), *start = json_object();
  char        host[256] = "";
  const char *job = getenv("SLURM_JOB_ID"), *array = getenv("SLURM_ARRAY_JOB_ID");

  gethostname(host, sizeof host - 1);
  JsonPut(start, "attempt", json_integer((json_int_t)json_array_size(starts) + 1));
  JsonPut(start, "started", json_string(FormatTime((long long)time(NULL)).text));
  JsonPut(start, "started_unix", json_real(Now()));
  JsonPut(start, "ended", json_null());
  JsonPut(start, "host", JsonText(host));
  JsonPut(start, "pid", json_integer(getpid()));
  if (job) JsonPut(start, "slurm_job", JsonText(job));
  if (array) JsonPut(start, "slurm_array", JsonText(array));
  if (ranks > 0) JsonPut(start, "ranks", json_integer(ranks));
  json_array_append_new(starts, start);
}

/* An earlier start that has no end was lost: nobody else holds the task. */
PetscBool TaskJournalBegin(Sweep sweep, const SweepTask *task, PetscInt ranks, FileError *error)
{
  json_t   *journal = LoadOrNew(sweep, task), *last = Last(journal);
  PetscBool saved;

  if (last && json_is_null(json_object_get(last, "ended")) && !json_object_get(last, "lost"))
    JsonPut(last, "lost", json_true());
  AddStart(journal, ranks);
  saved = Save(sweep, task, journal, error);
  json_decref(journal);
  return saved;
}

static void PutIdentity(Sweep sweep, const SweepTask *task, json_t *journal)
{
  char      path[PETSC_MAX_PATH_LEN], file[PETSC_MAX_PATH_LEN], hex[DIGEST_HEX_SIZE];
  FileError ignored;

  SweepPath(sweep, task, "runs", NULL, path);
  FileJoin(file, sizeof file, path, "study.json");
  if (DigestFile(file, hex, &ignored)) JsonPut(journal, "study_json_sha256", json_string(hex));
}

PetscBool TaskJournalEnd(Sweep sweep, const SweepTask *task, int status, int signal, const char *message,
                         FileError *error)
{
  json_t   *journal = LoadOrNew(sweep, task), *last = Last(journal);
  PetscBool saved;

  if (!last || !json_is_null(json_object_get(last, "ended"))) AddStart(journal, 0);
  last = Last(journal);
  JsonPut(last, "ended", json_string(FormatTime((long long)time(NULL)).text));
  JsonPut(last, "seconds", json_real(SecondsSince(last)));
  JsonPut(last, "status", signal ? json_null() : json_integer(status));
  if (signal) JsonPut(last, "signal", json_integer(signal));
  if (message && message[0]) JsonPut(last, "message", JsonText(message));
  if (!signal && status == JOB_DONE) PutIdentity(sweep, task, journal);
  saved = Save(sweep, task, journal, error);
  json_decref(journal);
  return saved;
}

void LastLine(const char *path, char *line, size_t size)
{
  FILE *stream = fopen(path, "r");
  char  buffer[1024];

  line[0] = '\0';
  if (!stream) return;
  if (!fseek(stream, -8192, SEEK_END) || !fseek(stream, 0, SEEK_SET))
    while (fgets(buffer, sizeof buffer, stream)) {
      buffer[strcspn(buffer, "\r\n")] = '\0';
      for (char *c = buffer; *c; c++)
        if ((unsigned char)*c < 0x20) *c = ' ';
      if (strspn(buffer, " -") < strlen(buffer)) snprintf(line, size, "%s", buffer);
    }
  fclose(stream);
}

/* Whether the run's directory is complete, and is the one that the journal says. */
static PetscBool IsComplete(Sweep sweep, const SweepTask *task, const json_t *journal)
{
  char      path[PETSC_MAX_PATH_LEN], file[PETSC_MAX_PATH_LEN], hex[DIGEST_HEX_SIZE];
  FileError ignored;

  SweepPath(sweep, task, "runs", NULL, path);
  if (!FileExistsIn(path, "SHA256SUMS")) return PETSC_FALSE;
  if (!FileExistsIn(path, sweep->planned ? "plan.json" : "summary.json")) return PETSC_FALSE;
  FileJoin(file, sizeof file, path, "study.json");
  return DigestFile(file, hex, &ignored) && !strcmp(hex, JsonWord(journal, "study_json_sha256", "")) ? PETSC_TRUE
                                                                                                     : PETSC_FALSE;
}

const char *TaskStateName(TaskState state)
{
  static const char *const name[TASK_STATES] = {"waiting", "queued", "running", "done", "stopped", "lost", "failed"};
  return name[state];
}

static void FindQueued(Sweep sweep, const SweepTask *task, SlurmQueue queue, TaskCondition *c)
{
  json_t       *jobs;
  const json_t *entry;
  size_t        k;

  if (!queue || c->state == TASK_DONE || c->state == TASK_RUNNING) return;
  jobs = JsonLoad(sweep->directory, "slurm/jobs.json");
  json_array_foreach(json_object_get(jobs, "submitted"), k, entry)
  {
    const SlurmState state = SlurmQueueElement(queue, JsonWord(entry, "array", ""), task->number);
    if (state == SLURM_PENDING) c->state = TASK_QUEUED;
    if (state == SLURM_RUNNING && c->state != TASK_FAILED) c->state = TASK_RUNNING;
  }
  json_decref(jobs);
}

/* A start without an end. */
static void FindUnended(const TaskHolder *holder, const json_t *last, TaskCondition *c)
{
  const PetscBool mine = (int)json_integer_value(json_object_get(last, "pid")) == holder->pid &&
                                 !strcmp(JsonWord(last, "host", ""), holder->host)
                             ? PETSC_TRUE
                             : PETSC_FALSE;

  if (mine && (holder->state == HOLDER_ALIVE || holder->state == HOLDER_UNKNOWN)) {
    c->state = TASK_RUNNING;
    c->seconds += SecondsSince(last);
    TimestampParse(JsonWord(last, "started", ""), &c->since);
    return;
  }
  c->state = TASK_LOST;
  snprintf(c->message, sizeof c->message, "process %d on %s ended without a word; will go on when started again",
           (int)json_integer_value(json_object_get(last, "pid")), JsonWord(last, "host", ""));
}

static void FindEnded(Sweep sweep, const SweepTask *task, const json_t *journal, const json_t *last, TaskCondition *c)
{
  const int signal = (int)json_integer_value(json_object_get(last, "signal"));

  c->ended  = PETSC_TRUE;
  c->status = signal ? -1 : (int)json_integer_value(json_object_get(last, "status"));
  snprintf(c->message, sizeof c->message, "%s", JsonWord(last, "message", ""));
  if (signal) {
    c->state = TASK_LOST;
    snprintf(c->message, sizeof c->message, "ended by signal %d (%s); will go on when started again", signal,
             strsignal(signal));
  } else if (c->status == JOB_DONE) {
    c->state = IsComplete(sweep, task, journal) ? TASK_DONE : TASK_LOST;
    if (c->state == TASK_LOST)
      snprintf(c->message, sizeof c->message, "its directory is not what it left; will be made when started again");
  } else {
    c->state = c->status == JOB_REQUEUE ? TASK_STOPPED : TASK_FAILED;
  }
}

void TaskFindCondition(Sweep sweep, const SweepTask *task, SlurmQueue queue, TaskCondition *c)
{
  json_t       *journal = Load(sweep, task);
  const json_t *last    = Last(journal), *start;
  size_t        k;

  memset(c, 0, sizeof *c);
  c->status = -1;
  TaskFindHolder(sweep, task, queue, &c->holder);
  json_array_foreach(json_object_get(journal, "starts"), k, start)
  {
    c->starts++;
    c->seconds += json_number_value(json_object_get(start, "seconds"));
  }
  if (last) c->ranks = (PetscInt)json_integer_value(json_object_get(last, "ranks"));
  if (last && json_is_null(json_object_get(last, "ended")))
    FindUnended(&c->holder, last, c);
  else if (last)
    FindEnded(sweep, task, journal, last, c);
  if (c->state != TASK_RUNNING && c->holder.state == HOLDER_ALIVE) c->state = TASK_RUNNING; /* about to begin */
  FindQueued(sweep, task, queue, c);
  json_decref(journal);
}
