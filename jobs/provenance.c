/* Where a result comes from: what is noted while a job runs, and the file that tells it. */
#define _GNU_SOURCE
#include "jobs/provenance.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "inputs/source.h"
#include "jobs/digest.h"
#include "jobs/format.h"

struct _p_Provenance {
  MPI_Comm    comm;
  PetscMPIInt rank, size;
  Provenance  before;    /* that notes again when this one is destroyed */
  double      start;     /* MPI_Wtime */
  json_t     *command;   /* array of words */
  json_t     *directory; /* text: where it was started */
  json_t     *options, *settings;
  json_t     *inputs;                   /* by absolute path: path as given, bytes, sha256 */
  json_t     *seconds;                  /* by stage, in the order of their first time */
  char        stage[32];                /* that goes on; empty: none */
  double      stage_start;              /* MPI_Wtime */
  json_t     *checkpoints;              /* texts: solves that were gone on with */
  json_t     *regions;                  /* number, or NULL */
  json_t     *starts;                   /* of the results so far, this one last; NULL before ProvenanceStart */
  char       *kind;                     /* of the results */
  char        file[PETSC_MAX_PATH_LEN]; /* provenance.json of the results; rank 0 */
};

static Provenance noting; /* the one that is told of files; created last */

/* Under its absolute path, so that a file that is read twice is noted once, as it was the last time. */
static void NoteBytes(const char *path, const void *bytes, size_t size, void *context)
{
  Provenance p     = context;
  char      *real  = realpath(path, NULL);
  json_t    *entry = json_object();
  char       hex[DIGEST_HEX_SIZE];

  (void)DigestBytes(bytes, size, hex);
  JsonPut(entry, "path", JsonText(path));
  JsonPut(entry, "bytes", json_integer((json_int_t)size));
  JsonPut(entry, "sha256", json_string(hex));
  JsonPut(p->inputs, real ? real : path, entry);
  free(real);
}

/* From here on this one is told of files; NULL: nobody is. */
static void LetNote(Provenance p)
{
  noting = p;
  SourceObserve(p ? NoteBytes : NULL, p);
}

PetscErrorCode ProvenanceCreate(MPI_Comm comm, Provenance *provenance)
{
  Provenance p;
  char       directory[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(PetscNew(provenance));
  p       = *provenance;
  p->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &p->rank));
  PetscCallMPI(MPI_Comm_size(comm, &p->size));
  p->start       = MPI_Wtime();
  p->command     = noting ? json_incref(noting->command) : json_array();
  p->directory   = JsonText(getcwd(directory, sizeof directory));
  p->options     = json_object();
  p->settings    = json_object();
  p->inputs      = json_object();
  p->seconds     = json_object();
  p->checkpoints = json_array();
  p->before      = noting;
  LetNote(p);
  ProvenanceStage(p, "read");
  PetscFunctionReturn(0);
}

PetscErrorCode ProvenanceDestroy(Provenance *provenance)
{
  Provenance p = *provenance;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  if (noting == p) LetNote(p->before);
  json_decref(p->command);
  json_decref(p->directory);
  json_decref(p->options);
  json_decref(p->settings);
  json_decref(p->inputs);
  json_decref(p->seconds);
  json_decref(p->checkpoints);
  json_decref(p->regions);
  json_decref(p->starts);
  PetscCall(PetscFree(p->kind));
  PetscCall(PetscFree(*provenance));
  PetscFunctionReturn(0);
}

void ProvenanceSetCommand(Provenance p, int argc, char *const *argv)
{
  json_decref(p->command);
  p->command = json_array();
  for (int k = 0; k < argc; k++) json_array_append_new(p->command, JsonText(argv[k]));
}

static json_t *OptionValue(const Option *option)
{
  const Texts *texts;
  json_t      *list;

  switch (option->kind) {
  case TAKES_NOTHING:
    return json_boolean(*(const PetscBool *)option->value);
  case TAKES_TEXT:
    return JsonText(*(const char *const *)option->value);
  case TAKES_INTEGER:
    return json_integer(*(const PetscInt *)option->value);
  case TAKES_REAL:
    return JsonReal(*(const PetscReal *)option->value);
  default:
    texts = option->value;
    list  = json_array();
    for (int k = 0; k < texts->n; k++) json_array_append_new(list, JsonText(texts->text[k]));
    return list;
  }
}

void ProvenanceTakeOptions(Provenance p, const Option *options, int n, const Arguments *arguments)
{
  json_t *words = json_array();

  json_object_clear(p->options);
  for (int k = 0; k < arguments->n; k++) json_array_append_new(words, JsonText(arguments->word[k]));
  JsonPut(p->options, "arguments", words);
  for (int k = 0; k < n; k++) JsonPut(p->options, options[k].name, OptionValue(&options[k]));
}

void ProvenanceSetting(Provenance p, const char *name, json_t *value)
{
  JsonPut(p->settings, name, value);
}

void ProvenanceTakeStudy(Provenance p, Study study)
{
  json_t *set = json_array();

  for (PetscInt k = 0; k < study->n_set; k++) json_array_append_new(set, JsonText(study->set[k]));
  ProvenanceSetting(p, "study", JsonText(study->name));
  ProvenanceSetting(p, "policy", JsonText(study->policy));
  ProvenanceSetting(p, "model", JsonText(study->model));
  if (study->model && !strcmp(study->model, "dc")) ProvenanceSetting(p, "dc", JsonText(study->dc));
  ProvenanceSetting(p, "method", JsonText(study->method));
  ProvenanceSetting(p, "regions", study->regions ? JsonText(study->regions) : json_null());
  ProvenanceSetting(p, "window_hours", json_integer(study->window_hours));
  ProvenanceSetting(p, "windows", json_integer(study->n_windows));
  ProvenanceSetting(p, "carbon_price", JsonReal(study->carbon_price));
  ProvenanceSetting(p, "set", set);
}

void ProvenanceRegions(Provenance p, PetscInt n_regions)
{
  json_decref(p->regions);
  p->regions = json_integer(n_regions);
}

void ProvenanceInput(Provenance p, const char *path)
{
  char     *bytes;
  size_t    size;
  FileError error;

  if (p->rank || !path || !FileRead(path, &bytes, &size, &error)) return;
  NoteBytes(path, bytes, size, p);
  free(bytes);
}

static void InputFiles(Provenance p, const char *directory)
{
  static const char *const names[] = {"study.json", "summary.json", "plan.json", "results.nc", "statistics.csv"};
  char                     path[PETSC_MAX_PATH_LEN];

  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    FileJoin(path, sizeof path, directory, names[k]);
    if (FileExists(path)) ProvenanceInput(p, path);
  }
}

void ProvenanceInputResult(Provenance p, const char *directory)
{
  char           checks[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  DIR           *stream;
  struct dirent *entry;

  if (p->rank) return;
  InputFiles(p, directory);
  FileJoin(checks, sizeof checks, directory, "check");
  stream = opendir(checks);
  while (stream && (entry = readdir(stream))) {
    FileJoin(path, sizeof path, checks, entry->d_name);
    if (entry->d_name[0] != '.') InputFiles(p, path);
  }
  if (stream) closedir(stream);
}

static void EndStage(Provenance p)
{
  const double  now    = MPI_Wtime();
  const json_t *before = json_object_get(p->seconds, p->stage);

  if (p->stage[0]) JsonPut(p->seconds, p->stage, json_real(json_number_value(before) + now - p->stage_start));
  p->stage_start = now;
}

void ProvenanceStage(Provenance p, const char *name)
{
  EndStage(p);
  snprintf(p->stage, sizeof p->stage, "%s", name);
}

/* Rank 0. */
static json_t *Times(Provenance p, const json_t *memory)
{
  json_t     *times = json_object(), *value;
  const char *name;
  char        key[64];
  double      total = 0, most = 0;
  size_t      k;

  EndStage(p);
  json_object_foreach(p->seconds, name, value)
  {
    snprintf(key, sizeof key, "%s_seconds", name);
    json_object_set(times, key, value);
  }
  json_array_foreach(memory, k, value)
  {
    total += json_number_value(value);
    most = PetscMax(most, json_number_value(value));
  }
  JsonPut(times, "total_seconds", json_real(MPI_Wtime() - p->start));
  JsonPut(times, "peak_memory_mb", json_real(total));
  JsonPut(times, "peak_memory_mb_largest_rank", json_real(most));
  JsonPut(times, "ranks", json_integer(p->size));
  return times;
}

static json_t *Now(void)
{
  return json_string(FormatTime((long long)time(NULL)).text);
}

static int ComparePaths(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Files in the order of their paths; those that lie with the results were made on the way to them and are no inputs. */
static json_t *Inputs(Provenance p, const char *folder)
{
  const size_t n = json_object_size(p->inputs), length = folder ? strlen(folder) : 0;
  const char **path = calloc(n + 1, sizeof *path), *key;
  json_t      *list = json_array(), *entry;
  size_t       k    = 0;

  json_object_foreach(p->inputs, key, entry) if (path) path[k++] = key;
  if (path) qsort(path, n, sizeof *path, ComparePaths);
  for (k = 0; path && k < n; k++)
    if (!length || strncmp(path[k], folder, length) != 0 || path[k][length] != '/')
      json_array_append(list, json_object_get(p->inputs, path[k]));
  free(path);
  return list;
}

/* PETSc's options, which can change its solvers, without those that the program always sets. */
static json_t *PetscWords(void)
{
  char   *text = NULL;
  json_t *words;

  if (PetscOptionsGetAll(NULL, &text)) return json_null();
  words = JsonText(text);
  (void)PetscFree(text);
  return words;
}

static json_t *Seeds(Provenance p)
{
  json_t *seeds = json_object(), *given = json_object_get(p->options, "seed");

  if (given) json_object_set(seeds, "option", given);
  given = json_object_get(p->settings, "reliability_seed");
  if (given) json_object_set(seeds, "reliability", given);
  JsonPut(seeds, "partition", json_string("fixed")); /* the cut always starts from the same state */
  return seeds;
}

/* Rank 0: what is the same during the whole start. */
static json_t *Head(Provenance p, const char *kind, const char *folder)
{
  json_t *d = json_object();

  JsonPut(d, "kind", json_string(kind));
  JsonPut(d, "program", ProvenanceProgram());
  JsonPut(d, "command", json_incref(p->command));
  JsonPut(d, "directory", json_incref(p->directory));
  JsonPut(d, "options", json_incref(p->options));
  JsonPut(d, "petsc_options", PetscWords());
  JsonPut(d, "settings", json_incref(p->settings));
  JsonPut(d, "seeds", Seeds(p));
  JsonPut(d, "inputs", Inputs(p, folder));
  JsonPut(d, "libraries", ProvenanceLibraries());
  JsonPut(d, "ranks", json_integer(p->size));
  JsonPut(d, "regions", json_incref(p->regions));
  return d;
}

void ProvenanceCheckpoint(Provenance p, const char *solve, PetscInt iteration)
{
  json_array_append_new(p->checkpoints, iteration < 0 ? json_sprintf("%s", solve)
                                                      : json_sprintf("%s, iteration %d", solve, (int)iteration));
}

static void Ended(Provenance p, json_t *start, JobStatus status, const char *message, const json_t *memory)
{
  JsonPut(start, "ended", Now());
  JsonPut(start, "status", json_string(JobStatusName(status)));
  if (message[0]) JsonPut(start, "message", JsonText(message));
  JsonPut(start, "times", Times(p, memory));
  JsonPut(start, "peak_memory_mb", json_deep_copy(memory));
}

/* Rank 0: one start of the job, not ended; takes the hosts. */
static json_t *NewStart(Provenance p, const char *from, json_t *hosts)
{
  json_t *start = json_object();

  JsonPut(start, "started", json_string(FormatTime((long long)(time(NULL) - (time_t)(MPI_Wtime() - p->start))).text));
  JsonPut(start, "ended", json_null());
  JsonPut(start, "status", json_string("running"));
  JsonPut(start, "from", json_string(from ? from : "the beginning"));
  JsonPut(start, "ranks", json_integer(p->size));
  JsonPut(start, "hosts", hosts);
  JsonPut(start, "checkpoints", json_incref(p->checkpoints)); /* grows with them */
  JsonPut(start, "slurm", ProvenanceSlurm());
  JsonPut(start, "program", ProvenanceProgram());
  return start;
}

/* Rank 0. The last start's figures stand at the top too; the file is whole or absent. */
static PetscBool WriteRecord(Provenance p, const char *kind, const char *folder, json_t *starts, const char *path,
                             FileError *error)
{
  json_t   *d = Head(p, kind, folder), *last = json_array_get(starts, json_array_size(starts) - 1);
  char     *text;
  Text      line = {0};
  PetscBool written;

  json_object_set(d, "status", json_object_get(last, "status"));
  JsonPut(d, "finished", json_incref(json_object_get(last, "ended")));
  if (json_object_get(last, "times")) json_object_set(d, "times", json_object_get(last, "times"));
  JsonPut(d, "starts", json_incref(starts));
  text = json_dumps(d, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
  TextAdd(&line, "%s\n", text ? text : "{}");
  written = FileWrite(path, line.bytes, line.size, error);
  free(line.bytes);
  free(text);
  json_decref(d);
  return written;
}

/* Starts of results that are gone on from. One that says it is running was killed: nobody else is in the directory. */
static json_t *EarlierStarts(const char *file)
{
  json_t *before = json_load_file(file, 0, NULL), *starts, *start;
  size_t  k;

  starts =
      json_is_array(json_object_get(before, "starts")) ? json_incref(json_object_get(before, "starts")) : json_array();
  json_decref(before);
  json_array_foreach(starts, k, start)
  {
    const char *status = json_string_value(json_object_get(start, "status"));
    if (status && !strcmp(status, "running")) JsonPut(start, "status", json_string("interrupted"));
  }
  return starts;
}

/* The folder of a file, without symbolic links; empty where it is none. */
static void FolderOf(const char *file, char folder[PETSC_MAX_PATH_LEN])
{
  char at[PETSC_MAX_PATH_LEN], *slash, *real;

  snprintf(at, sizeof at, "%s", file);
  slash = strrchr(at, '/');
  if (slash) slash[slash == at] = '\0';
  real = realpath(slash ? at : ".", NULL);
  snprintf(folder, PETSC_MAX_PATH_LEN, "%s", real && strcmp(real, "/") != 0 ? real : "");
  free(real);
}

/* Rank 0. */
static void WriteStarts(Job job)
{
  Provenance p = job->provenance;
  char       folder[PETSC_MAX_PATH_LEN];
  FileError  error;

  FolderOf(p->file, folder);
  if (!WriteRecord(p, p->kind, folder, p->starts, p->file, &error)) JobFail(job, JOB_INTERNAL, "%s", error.text);
}

PetscErrorCode ProvenanceStart(Job job, const char *kind, const char *directory, const char *from)
{
  Provenance p = job->provenance;
  json_t    *hosts, *memory;

  PetscFunctionBeginUser;
  PetscCall(PetscFree(p->kind));
  PetscCall(PetscStrallocpy(kind, &p->kind));
  PetscCall(ProvenanceMachine(p->comm, &hosts, &memory));
  if (p->rank == 0) {
    FileJoin(p->file, sizeof p->file, directory, "provenance.json");
    json_decref(p->starts);
    p->starts = EarlierStarts(p->file);
    if (!from && json_array_size(p->starts)) from = "what the start before left";
    json_array_append_new(p->starts, NewStart(p, from, hosts));
    WriteStarts(job);
  }
  json_decref(memory);
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

PetscErrorCode ProvenanceEnd(Job job)
{
  Provenance p = job->provenance;
  json_t    *hosts, *memory;

  PetscFunctionBeginUser;
  if (!p->kind) PetscFunctionReturn(0);
  PetscCall(ProvenanceMachine(p->comm, &hosts, &memory));
  if (p->rank == 0) {
    Ended(p, json_array_get(p->starts, json_array_size(p->starts) - 1), job->status, job->message, memory);
    WriteStarts(job);
  }
  json_decref(hosts);
  json_decref(memory);
  PetscCall(PetscFree(p->kind));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

PetscErrorCode ProvenanceWriteBeside(Job job, const char *kind, const char *file)
{
  Provenance p = job->provenance;
  json_t    *hosts, *memory, *starts;
  char       path[PETSC_MAX_PATH_LEN];
  FileError  error;

  PetscFunctionBeginUser;
  if (!file) PetscFunctionReturn(0);
  PetscCall(ProvenanceMachine(p->comm, &hosts, &memory));
  if (p->rank == 0) {
    snprintf(path, sizeof path, "%s.provenance.json", file);
    starts = json_array();
    json_array_append_new(starts, NewStart(p, NULL, hosts));
    Ended(p, json_array_get(starts, 0), job->status, job->message, memory);
    if (!WriteRecord(p, kind, NULL, starts, path, &error)) JobFail(job, JOB_INTERNAL, "%s", error.text);
    json_decref(starts);
  }
  json_decref(memory);
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

json_t *ProvenanceLoad(const char *path)
{
  struct stat about;
  char        file[PETSC_MAX_PATH_LEN];

  if (!stat(path, &about) && S_ISDIR(about.st_mode))
    FileJoin(file, sizeof file, path, "provenance.json");
  else
    snprintf(file, sizeof file, "%s.provenance.json", path);
  return json_load_file(file, 0, NULL);
}
