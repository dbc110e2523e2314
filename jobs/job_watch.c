/* Checkpoints of long solves as files. */
#include "jobs/job_watch.h"

#include <dirent.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jobs/provenance.h"
#include "jobs/stop.h"
#include "jobs/version.h"

enum { GENERATIONS = 2 };

/* A write that took a second is followed by none for so many. */
static const double SPARING = 50;
/* A solve that ends so long after its last checkpoint, in intervals, has its end kept too. */
static const double WORTH_KEEPING = 0.1;

struct _p_JobWatch {
  Job             job;
  struct _s_Watch calls;
  char            directory[PETSC_MAX_PATH_LEN / 2];
  char            task[CHECKPOINT_WORD], method[CHECKPOINT_WORD];
  PetscInt        solve;           /* -1: none yet */
  PetscInt64      sequence;        /* of the next checkpoint */
  PetscInt        from;            /* iteration of the state that the present solve began from; -1: not known */
  Checkpoint      state;           /* what the present solve began from, or NULL */
  double          interval;        /* seconds */
  double          written, begun;  /* rank 0's clock: of the last write; of what the solve would have to do again */
  double          cost;            /* seconds of the last write */
  PetscBool       failed, stopped; /* the last write; asked to stop */
  FileError       error;
};

static double Now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A word of letters that a file may be named with. */
static void PlainWord(const char *text, char word[CHECKPOINT_WORD])
{
  size_t n = 0;

  for (; text[n] && n < CHECKPOINT_WORD - 1; n++) {
    const char c     = text[n];
    const int  plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    word[n]          = (char)(plain ? c : '_');
  }
  if (!n) word[n++] = '_';
  word[n] = '\0';
}

static void TaskPath(JobWatch w, char path[PETSC_MAX_PATH_LEN])
{
  FileJoin(path, PETSC_MAX_PATH_LEN, w->directory, w->task);
}

static void GenerationPath(JobWatch w, PetscInt64 sequence, char path[PETSC_MAX_PATH_LEN])
{
  snprintf(path, PETSC_MAX_PATH_LEN, "%s/%s/%03d-%s.%d.h5", w->directory, w->task, (int)w->solve, w->method,
           (int)(sequence % GENERATIONS));
}

/* Every rank what the first one found. */
static PetscErrorCode Share(JobWatch w, PetscInt64 n, PetscInt64 *value)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(value, (int)n, MPIU_INT64, 0, w->job->comm));
  PetscFunctionReturn(0);
}

/* Another build might compute other bits. */
static void Version(char word[CHECKPOINT_WORD])
{
  snprintf(word, CHECKPOINT_WORD, "%.30s+%.30s", ProgramVersion(), ProgramCommit() ? ProgramCommit() : "unknown");
}

/* Whether a file is of this very solve and this program. */
static PetscBool IsOwn(JobWatch w, PetscInt64 slot, const CheckpointLabel *label)
{
  char version[CHECKPOINT_WORD];

  Version(version);
  return (PetscBool)(!strcmp(label->task, w->task) && !strcmp(label->method, w->method) && label->solve == w->solve &&
                     !strcmp(label->version, version) && label->sequence >= 0 && label->sequence % GENERATIONS == slot);
}

/* Rank 0: the sequence numbers of both generations, -1 where there is none that could be gone on from. */
static void ReadLabels(JobWatch w, PetscInt64 sequence[GENERATIONS])
{
  CheckpointLabel label;
  char            path[PETSC_MAX_PATH_LEN];
  FileError       error;

  for (PetscInt64 slot = 0; slot < GENERATIONS; slot++) {
    sequence[slot] = -1;
    GenerationPath(w, slot, path);
    if (!FileExists(path)) continue;
    if (!CheckpointFileLabel(path, &label, &error))
      JobSay(w->job, "archipelago: warning: a checkpoint is passed over: %s", error.text);
    else if (!IsOwn(w, slot, &label))
      JobSay(w->job, "archipelago: warning: a checkpoint is passed over: %s: is of another solve or program", path);
    else
      sequence[slot] = label.sequence;
  }
}

/* The newest checkpoint of this solve that is whole. */
static PetscErrorCode OpenNewest(JobWatch w)
{
  PetscInt64      sequence[GENERATIONS] = {-1, -1};
  CheckpointLabel label;
  char            path[PETSC_MAX_PATH_LEN];
  FileError       error;

  PetscFunctionBeginUser;
  if (w->job->rank == 0) ReadLabels(w, sequence);
  PetscCall(Share(w, GENERATIONS, sequence));
  while (!w->state) {
    const PetscInt64 slot = sequence[1] > sequence[0];
    if (sequence[slot] < 0) break;
    GenerationPath(w, slot, path);
    PetscCall(CheckpointFileOpen(w->job->comm, path, &label, &w->state, &error));
    if (w->state) {
      w->sequence = sequence[slot] + 1;
      w->from     = label.iteration;
    } else
      JobSay(w->job, "archipelago: warning: a checkpoint is passed over: %s", error.text);
    sequence[slot] = -1;
  }
  PetscFunctionReturn(0);
}

/* The start's provenance tells what it goes on with. */
static void Note(JobWatch w)
{
  char name[3 * CHECKPOINT_WORD];

  snprintf(name, sizeof name, "%s, %s, solve %d", w->task, w->method, (int)w->solve);
  ProvenanceCheckpoint(w->job->provenance, name, w->from);
}

static PetscErrorCode Begin(void *context, const char *method, Checkpoint *state)
{
  JobWatch w = context;

  PetscFunctionBeginUser;
  PetscCall(CheckpointFileClose(&w->state));
  PlainWord(method, w->method);
  w->solve++;
  w->sequence = 0;
  w->begun    = Now();
  PetscCall(OpenNewest(w));
  if (w->state) Note(w);
  *state = w->state;
  PetscFunctionReturn(0);
}

/* One reduction: whether any rank was asked to stop, and what the first one's clock says. */
static PetscErrorCode Agree(JobWatch w, PetscBool due, WatchAnswer *answer)
{
  int mine = StopRequested() ? WATCH_STOP : w->job->rank == 0 && due ? WATCH_SAVE : WATCH_GO_ON, all;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MAX, w->job->comm));
  *answer    = (WatchAnswer)all;
  w->stopped = (PetscBool)(all == WATCH_STOP);
  PetscFunctionReturn(0);
}

static PetscErrorCode Ask(void *context, WatchAnswer *answer)
{
  JobWatch     w    = context;
  const double wait = w->interval > 0 ? PetscMax(w->interval, SPARING * w->cost) : 0;

  PetscFunctionBeginUser;
  PetscCall(Agree(w, (PetscBool)(Now() - w->written >= wait), answer));
  PetscFunctionReturn(0);
}

/* The end of a solve is worth its file where doing the solve again would take long, or the job ends now. */
static PetscErrorCode End(void *context, PetscBool *keep)
{
  JobWatch     w    = context;
  const double wait = w->interval > 0 ? PetscMax(WORTH_KEEPING * w->interval, SPARING * w->cost) : 0;
  WatchAnswer  answer;

  PetscFunctionBeginUser;
  PetscCall(Agree(w, (PetscBool)(Now() - w->begun >= wait), &answer));
  *keep = (PetscBool)(answer != WATCH_GO_ON);
  PetscFunctionReturn(0);
}

static PetscErrorCode Label(JobWatch w, Checkpoint checkpoint, CheckpointLabel *label)
{
  PetscInt  iteration = -1;
  PetscBool found     = PETSC_TRUE;

  PetscFunctionBeginUser;
  memset(label, 0, sizeof *label);
  PetscCall(CheckpointGetIntegers(checkpoint, "iteration", CHECKPOINT_SHARED, 1, &iteration, &found));
  strcpy(label->task, w->task);
  strcpy(label->method, w->method);
  Version(label->version);
  label->solve     = w->solve;
  label->iteration = found ? iteration : -1;
  label->sequence  = w->sequence;
  label->saved     = (long long)time(NULL);
  PetscFunctionReturn(0);
}

static PetscErrorCode Keep(void *context, Checkpoint checkpoint)
{
  JobWatch        w     = context;
  const double    start = Now();
  CheckpointLabel label;
  char            path[PETSC_MAX_PATH_LEN];
  PetscBool       good = PETSC_TRUE, failed = w->failed;

  PetscFunctionBeginUser;
  PetscCall(Label(w, checkpoint, &label));
  TaskPath(w, path);
  if (w->job->rank == 0) good = DirectoryMake(path, &w->error);
  PetscCall(CheckpointAgree(w->job->comm, &good, &w->error));
  GenerationPath(w, w->sequence, path);
  if (good) PetscCall(CheckpointFileWrite(w->job->comm, path, &label, checkpoint, &good, &w->error));
  w->failed  = good ? PETSC_FALSE : PETSC_TRUE;
  w->written = Now();
  w->cost    = w->written - start;
  if (good) w->sequence++;
  if (good) w->begun = w->written;
  if (!good && !failed) JobSay(w->job, "archipelago: warning: no checkpoint could be written: %s", w->error.text);
  PetscFunctionReturn(0);
}

PetscErrorCode JobWatchCreate(Job job, const char *directory, PetscReal minutes, JobWatch *watch)
{
  JobWatch w;

  PetscFunctionBeginUser;
  StopListen();
  PetscCall(PetscNew(watch));
  w           = *watch;
  w->job      = job;
  w->calls    = (struct _s_Watch){w, Begin, Ask, Keep, End};
  w->interval = 60 * minutes;
  w->written = w->begun = Now();
  w->solve              = -1;
  if (job->rank == 0) snprintf(w->directory, sizeof w->directory, "%s", directory);
  PetscCallMPI(MPI_Bcast(w->directory, sizeof w->directory, MPI_CHAR, 0, job->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode JobWatchDestroy(JobWatch *watch)
{
  PetscFunctionBeginUser;
  if (!*watch) PetscFunctionReturn(0);
  PetscCall(CheckpointFileClose(&(*watch)->state));
  PetscCall(PetscFree(*watch));
  PetscFunctionReturn(0);
}

/* Rank 0: removes all but one task's folder, and of that what killed starts were writing. */
static void Clean(JobWatch w, const char *task)
{
  DIR                 *directory = opendir(w->directory);
  const struct dirent *entry;
  char                 path[PETSC_MAX_PATH_LEN];
  FileError            error;

  if (!directory) return;
  while ((entry = readdir(directory))) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    FileJoin(path, sizeof path, w->directory, entry->d_name);
    if (path[0] &&
        !(task && !strcmp(entry->d_name, task) ? DirectorySweep(path, &error) : DirectoryRemove(path, &error)))
      JobSay(w->job, "archipelago: warning: %s", error.text);
  }
  closedir(directory);
  if (!task) rmdir(w->directory);
}

PetscErrorCode JobWatchTask(JobWatch watch, const char *name)
{
  PetscFunctionBeginUser;
  if (!watch) PetscFunctionReturn(0);
  PetscCall(CheckpointFileClose(&watch->state));
  PlainWord(name, watch->task);
  watch->solve = -1;
  if (watch->job->rank == 0) Clean(watch, watch->task);
  PetscCallMPI(MPI_Barrier(watch->job->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode JobWatchDone(JobWatch watch)
{
  PetscFunctionBeginUser;
  if (!watch) PetscFunctionReturn(0);
  PetscCall(CheckpointFileClose(&watch->state));
  PetscCallMPI(MPI_Barrier(watch->job->comm)); /* nobody has a file open any more */
  if (watch->job->rank == 0) Clean(watch, NULL);
  PetscFunctionReturn(0);
}

Watch JobWatchSolves(JobWatch watch)
{
  return watch ? &watch->calls : NULL;
}

const char *JobWatchTrouble(JobWatch watch)
{
  return watch && watch->failed ? watch->error.text : NULL;
}

/* Takes the labels of one task's folder. */
static void SeekNewest(const char *folder, PetscBool *found, CheckpointLabel *newest)
{
  DIR                 *directory = opendir(folder);
  const struct dirent *entry;
  CheckpointLabel      label;
  char                 path[PETSC_MAX_PATH_LEN];
  FileError            error;

  if (!directory) return;
  while ((entry = readdir(directory))) {
    if (entry->d_name[0] == '.') continue;
    FileJoin(path, sizeof path, folder, entry->d_name);
    if (!CheckpointFileLabel(path, &label, &error)) continue;
    if (*found && (label.saved < newest->saved || (label.saved == newest->saved && label.solve < newest->solve) ||
                   (label.solve == newest->solve && label.sequence < newest->sequence)))
      continue;
    *newest = label;
    *found  = PETSC_TRUE;
  }
  closedir(directory);
}

PetscBool JobWatchNewest(const char *directory, CheckpointLabel *label)
{
  DIR                 *stream = opendir(directory);
  const struct dirent *entry;
  char                 path[PETSC_MAX_PATH_LEN];
  PetscBool            found = PETSC_FALSE;

  if (!stream) return PETSC_FALSE;
  while ((entry = readdir(stream))) {
    if (entry->d_name[0] == '.') continue;
    FileJoin(path, sizeof path, directory, entry->d_name);
    SeekNewest(path, &found, label);
  }
  closedir(stream);
  return found;
}
