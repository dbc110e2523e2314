/* How far a single run or plan is. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "jobs/status.h"

typedef struct {
  const char *directory;
  char        work[PETSC_MAX_PATH_LEN]; /* where a plan that is not complete lies: .tmp-NAME beside it */
  PetscBool   planned;
  const char *state, *message;
  json_t     *failure, *start; /* the last start of provenance.json, borrowed from provenance */
  json_t     *provenance;
} RunState;

/* Whether a process of this machine holds the directory's lock: looked up, not tried, which could be in a run's way. */
static PetscBool IsLocked(const char *directory)
{
  struct stat info;
  FILE       *stream = fopen("/proc/locks", "r");
  char        line[256], wanted[64];
  PetscBool   locked = PETSC_FALSE;

  if (stream && !stat(directory, &info)) {
    snprintf(wanted, sizeof wanted, " %02x:%02x:%llu ", major(info.st_dev), minor(info.st_dev),
             (unsigned long long)info.st_ino);
    while (!locked && fgets(line, sizeof line, stream)) locked = strstr(line, wanted) ? PETSC_TRUE : PETSC_FALSE;
  }
  if (stream) fclose(stream);
  return locked;
}

static void NameWork(RunState *s)
{
  char *slash;

  snprintf(s->work, sizeof s->work, "%s", s->directory);
  for (size_t n = strlen(s->work); n > 1 && s->work[n - 1] == '/'; n--) s->work[n - 1] = '\0';
  slash = strrchr(s->work, '/');
  snprintf(s->work, sizeof s->work, "%.*s.tmp-%s", slash ? (int)(slash + 1 - s->work) : 0, s->directory,
           slash ? slash + 1 : s->work);
}

static void FindStart(RunState *s)
{
  json_t *starts;

  s->provenance = JsonLoad(s->directory, "provenance.json");
  if (!s->provenance) s->provenance = JsonLoad(s->work, "provenance.json");
  starts = json_object_get(s->provenance, "starts");
  if (json_array_size(starts)) s->start = json_array_get(starts, json_array_size(starts) - 1);
}

/* Complete, at work, failed, stopped, or left by a process that is gone. */
static PetscBool FindState(RunState *s)
{
  const PetscBool run = FileExistsIn(s->directory, "study.json"), failed = FileExistsIn(s->directory, "failure.json");

  NameWork(s);
  FindStart(s);
  s->planned = FileExistsIn(s->directory, "plan.json") || !run ? PETSC_TRUE : PETSC_FALSE;
  if (!run && !failed && access(s->work, F_OK)) return PETSC_FALSE;
  s->failure = JsonLoad(s->directory, "failure.json");
  s->message = JsonWord(s->failure, "message", "");
  if (run && FileExistsIn(s->directory, "SHA256SUMS") && (FileExistsIn(s->directory, "summary.json") || s->planned))
    s->state = "done";
  else if (IsLocked(s->directory) || IsLocked(s->work))
    s->state = "running";
  else if (s->failure)
    s->state = "failed";
  else if (!strcmp(JsonWord(s->start, "status", ""), "stopped"))
    s->state = "stopped";
  else if (!strcmp(JsonWord(s->start, "status", ""), "running"))
    s->state = "not ended"; /* killed, or at work on another machine */
  else
    s->state = "not complete";
  return PETSC_TRUE;
}

static const char *Meaning(const RunState *s)
{
  if (!strcmp(s->state, "stopped")) return "saved, the same command goes on";
  if (!strcmp(s->state, "not ended"))
    return "no process of this machine is at work on it: it was killed, and the same command goes on, or runs "
           "elsewhere";
  if (!strcmp(s->state, "not complete")) return "the same command goes on";
  return s->message ? s->message : "";
}

static void Tell(Job job, const RunState *s, const RunProgress *progress)
{
  const json_t *host = json_array_get(json_object_get(s->start, "hosts"), 0);

  JsonPut(job->document, "kind", json_string(s->planned ? "plan" : "run"));
  JsonPut(job->document, "directory", JsonText(s->directory));
  JsonPut(job->document, "state", json_string(s->state));
  JsonPut(job->document, "message", Meaning(s)[0] ? JsonText(Meaning(s)) : json_null());
  JsonPut(job->document, "windows", progress->windows > 0 ? json_integer(progress->windows) : json_null());
  JsonPut(job->document, "windows_done", progress->windows > 0 ? json_integer(progress->windows_done) : json_null());
  JsonPut(job->document, "started", s->start ? JsonText(JsonWord(s->start, "started", "")) : json_null());
  JsonPut(job->document, "ended", s->start ? JsonText(JsonWord(s->start, "ended", "")) : json_null());
  if (job->json) return;
  printf("%s: a %s, %s", s->directory, s->planned ? "plan" : "run", s->state);
  if (progress->windows > 0) printf(", %d of %d windows", (int)progress->windows_done, (int)progress->windows);
  if (s->start) printf(", started %s", JsonWord(s->start, "started", ""));
  if (json_is_string(json_object_get(host, "host"))) printf(" on %s", JsonWord(host, "host", ""));
  if (JsonWord(s->start, "ended", "")[0]) printf(", ended %s", JsonWord(s->start, "ended", ""));
  putchar('\n');
  if (Meaning(s)[0]) printf("  %s\n", Meaning(s));
}

PetscErrorCode StatusOfRun(Job job, const char *directory)
{
  RunState    s = {.directory = directory};
  RunProgress progress;

  PetscFunctionBeginUser;
  if (!FindState(&s)) {
    JobFail(job, JOB_INPUT, "%.900s: found neither a sweep nor a run nor a plan", directory);
  } else {
    RunProgressRead(directory, NULL, &progress);
    Tell(job, &s, &progress);
  }
  json_decref(s.failure);
  json_decref(s.provenance);
  PetscFunctionReturn(0);
}
