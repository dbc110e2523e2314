/* A sweep under Slurm: an array of the tasks that are missing, and a report when they have ended. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs/format.h"
#include "jobs/install_path.h"
#include "jobs/sweep.h"
#include "jobs/task_journal.h"

/* What the sweep has of its own stays as it is: somebody may have put a site's settings there. */
static PetscBool CopyScripts(Sweep sweep, FileError *error)
{
  char                 from[PETSC_MAX_PATH_LEN], to[PETSC_MAX_PATH_LEN], source[PETSC_MAX_PATH_LEN];
  char                 target[PETSC_MAX_PATH_LEN], *bytes;
  size_t               size;
  DIR                 *folder;
  const struct dirent *entry;
  PetscBool            good = PETSC_TRUE;

  FileJoin(to, sizeof to, sweep->directory, "slurm");
  if (!InstallPath("slurm", from, sizeof from) || !(folder = opendir(from))) {
    snprintf(error->text, sizeof error->text,
             "the batch scripts are not there: this program's installation has no "
             "share/archipelago/slurm");
    return PETSC_FALSE;
  }
  good = DirectoryMake(to, error);
  while (good && (entry = readdir(folder))) {
    const size_t n = strlen(entry->d_name);
    FileJoin(source, sizeof source, from, entry->d_name);
    FileJoin(target, sizeof target, to, entry->d_name);
    if (n < 4 || strcmp(entry->d_name + n - 3, ".sh") != 0 || FileExists(target)) continue;
    good = FileRead(source, &bytes, &size, error);
    if (!good) break;
    good = FileWrite(target, bytes, size, error);
    if (good && chmod(target, 0755)) good = FileFail(error, target, "cannot be made executable");
    free(bytes);
  }
  closedir(folder);
  return good;
}

/* "0-3,7" of what is neither done nor in the queue. */
static PetscInt ListMissing(Sweep sweep, SlurmQueue queue, PetscBool retry_failed, Text *list)
{
  PetscInt n = 0, first = -1;

  for (PetscInt k = 0; k <= sweep->n; k++) {
    PetscBool missing = PETSC_FALSE;
    if (k < sweep->n) {
      TaskCondition c;
      TaskFindCondition(sweep, &sweep->task[k], queue, &c);
      missing = c.state == TASK_WAITING || c.state == TASK_STOPPED || c.state == TASK_LOST ||
                        (c.state == TASK_FAILED && retry_failed)
                    ? PETSC_TRUE
                    : PETSC_FALSE;
    }
    if (missing && first < 0) first = k;
    if (missing) n++;
    if (!missing && first >= 0) {
      TextAdd(list, "%s%d", list->size ? "," : "", (int)first);
      if (k - 1 > first) TextAdd(list, "-%d", (int)k - 1);
      first = -1;
    }
  }
  return n;
}

/* A word for the shell. */
static void AddQuoted(Text *line, const char *text)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-./=,:%@";

  if (text[0] && strspn(text, plain) == strlen(text)) {
    TextAdd(line, "%s", text);
    return;
  }
  TextAdd(line, "'");
  for (; *text; text++)
    if (*text == '\'')
      TextAdd(line, "'\\''");
    else
      TextAddBytes(line, text, 1);
  TextAdd(line, "'");
}

static void AddWord(Text *line, const char *option, const char *value)
{
  Text word = {0};

  TextAdd(&word, "%s%s", option, value);
  TextAdd(line, " ");
  AddQuoted(line, word.bytes);
  free(word.bytes);
}

/* The site's settings are put in front by slurm/submit.sh, which ends as sbatch. */
static void Command(Sweep sweep, const char *script, const char *array, const char *after, Text *line)
{
  char program[PETSC_MAX_PATH_LEN] = "", path[PETSC_MAX_PATH_LEN], ranks[32];

  InstallProgram(program, sizeof program);
  TextAdd(line, "ARCHIPELAGO=");
  AddQuoted(line, program);
  TextAdd(line, " ARCHIPELAGO_SWEEP=");
  AddQuoted(line, sweep->directory);
  FileJoin(path, sizeof path, sweep->directory, "slurm/submit.sh");
  AddWord(line, path, "");
  TextAdd(line, " --parsable");
  if (array) {
    AddWord(line, "--array=", array);
    FileJoin(path, sizeof path, sweep->directory, "logs/slurm-%a.log");
    snprintf(ranks, sizeof ranks, "%d", (int)sweep->ranks);
    if (sweep->ranks > 0) AddWord(line, "--ntasks=", ranks);
  } else {
    AddWord(line, "--dependency=afterany:", after);
    FileJoin(path, sizeof path, sweep->directory, "logs/report.log");
  }
  AddWord(line, "--output=", path);
  snprintf(path, sizeof path, "%.*s/slurm/%s", (int)(sizeof path - 64), sweep->directory, script);
  AddWord(line, path, "");
}

/* The number that sbatch prints, "ID" or "ID;CLUSTER"; otherwise the job fails with what it said. */
static PetscBool Submit(Job job, const char *command, char id[64])
{
  Text  line = {0};
  FILE *stream;
  char  said[1024] = "", more[1024];
  int   status;

  TextAdd(&line, "%s 2>&1", command);
  fflush(stdout);
  stream = popen(line.bytes, "r");
  free(line.bytes);
  id[0] = '\0';
  if (stream)
    while (fgets(more, sizeof more, stream)) {
      more[strcspn(more, "\n")] = '\0';
      if (more[0] >= '0' && more[0] <= '9' && strspn(more, "0123456789") == strcspn(more, ";"))
        snprintf(id, 64, "%.*s", (int)PetscMin(strcspn(more, ";"), 60), more);
      else if (more[0])
        snprintf(said, sizeof said, "%s", more);
    }
  status = stream ? pclose(stream) : -1;
  if (status == 0 && id[0]) return PETSC_TRUE;
  JobFail(job, JOB_INPUT, "sbatch did not take the job: %.800s", said[0] ? said : "it said nothing");
  return PETSC_FALSE;
}

static void Note(Job job, Sweep sweep, const char *array, const char *report, const char *list, PetscInt limit)
{
  char      path[PETSC_MAX_PATH_LEN];
  json_t   *jobs = JsonLoad(sweep->directory, "slurm/jobs.json"), *entry = json_object();
  FileError error;

  FileJoin(path, sizeof path, sweep->directory, "slurm/jobs.json");
  if (!json_is_array(json_object_get(jobs, "submitted"))) {
    json_decref(jobs);
    jobs = json_object();
    JsonPut(jobs, "submitted", json_array());
  }
  JsonPut(entry, "array", json_string(array));
  JsonPut(entry, "report", json_string(report));
  JsonPut(entry, "tasks", json_string(list));
  JsonPut(entry, "limit", limit > 0 ? json_integer(limit) : json_null());
  JsonPut(entry, "submitted", json_string(FormatTime((long long)time(NULL)).text));
  json_array_append_new(json_object_get(jobs, "submitted"), entry);
  if (!JsonSave(path, jobs, &error)) JobFail(job, JOB_INTERNAL, "%s", error.text);
  json_decref(jobs);
}

static void Put(Job job, const char *key, const Text *command)
{
  JsonPut(job->document, key, JsonText(command->bytes));
  if (!job->json) printf("%s\n", command->bytes);
}

static void SubmitBoth(Job job, Sweep sweep, const SweepStart *start, const char *list)
{
  Text first = {0}, second = {0}, array = {0};
  char id[64] = "JOBID", report[64] = "";

  TextAdd(&array, "%s", list);
  if (start->limit > 0) TextAdd(&array, "%%%d", (int)start->limit);
  Command(sweep, "sweep-task.sh", array.bytes, NULL, &first);
  if (start->dry_run) Put(job, "array_command", &first);
  if (start->dry_run || Submit(job, first.bytes, id)) {
    Command(sweep, "sweep-report.sh", NULL, id, &second);
    if (start->dry_run)
      Put(job, "report_command", &second);
    else
      Submit(job, second.bytes, report); /* the array is in the queue, whatever becomes of this */
  }
  if (!start->dry_run && strcmp(id, "JOBID") != 0) {
    Note(job, sweep, id, report, list, start->limit);
    JsonPut(job->document, "array_job", json_string(id));
    JsonPut(job->document, "report_job", json_string(report));
    if (job->status == JOB_DONE && !job->json)
      printf("submitted as Slurm job %s, the report as %s; archipelago status %s tells how far it is\n", id, report,
             sweep->directory);
  }
  free(first.bytes);
  free(second.bytes);
  free(array.bytes);
}

PetscErrorCode SweepSubmit(Job job, Sweep sweep, const SweepStart *start)
{
  SlurmQueue queue = NULL;
  Text       list  = {0};
  PetscInt   n;
  FileError  error;

  PetscFunctionBeginUser;
  if (!start->dry_run && !ProgramOnPath("sbatch", NULL)) {
    JobFail(job, JOB_INPUT,
            "sweep: found no sbatch on PATH, expected Slurm's commands for --slurm (without it the "
            "tasks are started here)");
    PetscFunctionReturn(0);
  }
  if (!CopyScripts(sweep, &error)) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    PetscFunctionReturn(0);
  }
  PetscCall(SlurmQueueCreate(&queue));
  n = ListMissing(sweep, queue, start->retry_failed, &list);
  JsonPut(job->document, "tasks", json_integer(sweep->n));
  JsonPut(job->document, "submitted", json_integer(start->dry_run ? 0 : n));
  if (n)
    SubmitBoth(job, sweep, start, list.bytes);
  else
    JobSay(job, "nothing to submit: every task is done, failed, at work or in the queue");
  free(list.bytes);
  PetscCall(SlurmQueueDestroy(&queue));
  PetscFunctionReturn(0);
}
