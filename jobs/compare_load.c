/* The directories of a comparison: plans, dispatch runs, and solved PyPSA folders. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "inputs/csv.h"
#include "jobs/compare.h"
#include "jobs/job.h"

static PetscErrorCode TakeNames(json_t *from, ComparedRun *run)
{
  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(JsonWord(from, "study", ""), &run->study));
  PetscCall(PetscStrallocpy(JsonWord(from, "policy", ""), &run->policy));
  PetscCall(PetscStrallocpy(JsonWord(from, "currency", ""), &run->currency));
  PetscFunctionReturn(0);
}

/* Year at the start of a name, or 0. */
static PetscInt LeadingYear(const char *text)
{
  char *end;
  long  year = strtol(text, &end, 10);
  return end == text + 4 && year > 0 && (*end == '-' || *end == '\0' || *end == '_') ? (PetscInt)year : 0;
}

/* The year in which a network that is planned once begins, from its table of snapshots. */
static PetscErrorCode FindYear(const char *path, PetscInt *year)
{
  char   file[PETSC_MAX_PATH_LEN];
  Faults faults;
  Csv    csv;

  PetscFunctionBeginUser;
  *year = 0;
  FileJoin(file, sizeof file, path, "snapshots.csv");
  if (!FileExists(file)) PetscFunctionReturn(0);
  PetscCall(FaultsCreate(&faults));
  PetscCall(CsvRead(PETSC_COMM_SELF, file, faults, &csv));
  for (PetscInt c = 0; csv && CsvRows(csv) && c < CsvColumns(csv) && !*year; c++)
    if (!strcmp(CsvColumnName(csv, c), "snapshot") || c == 0) *year = LeadingYear(CsvText(csv, 0, c));
  PetscCall(CsvDestroy(&csv));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

static int CompareNames(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a directory, ordered. */
static PetscErrorCode ListDirectory(const char *path, PetscInt *n, char ***name)
{
  DIR                 *directory = opendir(path);
  const struct dirent *entry;

  PetscFunctionBeginUser;
  *n    = 0;
  *name = NULL;
  while (directory && (entry = readdir(directory))) {
    if (entry->d_name[0] == '.') continue;
    PetscCall(PetscRealloc((size_t)(*n + 1) * sizeof **name, name));
    PetscCall(PetscStrallocpy(entry->d_name, &(*name)[(*n)++]));
  }
  if (directory) closedir(directory);
  if (*n) qsort(*name, (size_t)*n, sizeof **name, CompareNames);
  PetscFunctionReturn(0);
}

/* Settlements and stability of the hours at which a plan was dispatched as an AC system: folders below `check`, named with the
   year of their period first. */
static PetscErrorCode AddChecks(ComparedRun *run)
{
  char     folder[PETSC_MAX_PATH_LEN], **name;
  PetscInt n;

  PetscFunctionBeginUser;
  FileJoin(folder, sizeof folder, run->path, "check");
  PetscCall(ListDirectory(folder, &n, &name));
  for (PetscInt k = 0; k < n; k++) {
    char    path[PETSC_MAX_PATH_LEN];
    json_t *summary;
    FileJoin(path, sizeof path, folder, name[k]);
    summary = JsonLoad(path, "summary.json");
    if (summary) PetscCall(ComparedRunSummary(summary, PETSC_TRUE, LeadingYear(name[k]), run->statistics));
    json_decref(summary);
    PetscCall(PetscFree(name[k]));
  }
  PetscCall(PetscFree(name));
  PetscFunctionReturn(0);
}

static PetscBool SaysPeerToPeer(json_t *plan)
{
  json_t *note;
  size_t  k;

  if (json_is_true(json_object_get(plan, "peer_to_peer"))) return PETSC_TRUE;
  json_array_foreach(json_object_get(plan, "notes"), k, note)
  {
    if (json_is_string(note) && !strncmp(json_string_value(note), "peer-to-peer", 12)) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscErrorCode LoadPlan(json_t *plan, ComparedRun *run, FileError *error)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  run->kind         = COMPARED_PLAN;
  run->peer_to_peer = SaysPeerToPeer(plan);
  PetscCall(TakeNames(plan, run));
  if (strcmp(JsonWord(plan, "status", ""), "optimal") != 0) {
    snprintf(error->text, sizeof error->text, "%.700s: found a plan that is %.100s, expected one that is optimal",
             run->path, JsonWord(plan, "status", "")[0] ? JsonWord(plan, "status", "") : "not complete");
    PetscFunctionReturn(0);
  }
  FileJoin(path, sizeof path, run->path, "statistics.csv");
  PetscCall(StatisticsRead(path, &run->statistics, error));
  if (!run->statistics) PetscFunctionReturn(0);
  PetscCall(AddChecks(run));
  PetscCall(StatisticsSort(run->statistics));
  PetscCall(FindYear(run->path, &run->year));
  PetscFunctionReturn(0);
}

static PetscErrorCode LoadRun(json_t *summary, ComparedRun *run)
{
  PetscFunctionBeginUser;
  run->kind = COMPARED_RUN;
  PetscCall(TakeNames(summary, run));
  run->year = LeadingYear(JsonWord(summary, "start", ""));
  PetscCall(StatisticsCreateEmpty(&run->statistics));
  PetscCall(ComparedRunSummary(summary, PETSC_FALSE, 0, run->statistics));
  PetscCall(ComparedRunPrices(run->path, run->currency, run->statistics));
  PetscCall(StatisticsSort(run->statistics));
  PetscFunctionReturn(0);
}

/* Whether a solve has left prices or capacities. */
static PetscBool IsSolved(Components c)
{
  const Column *price = ComponentsColumn(c, COMPONENT_BUS, "marginal_price");
  const Column *built = ComponentsColumn(c, COMPONENT_GENERATOR, "p_nom_opt");

  if (price && price->series) return PETSC_TRUE;
  for (PetscInt k = 0; built && k < built->n; k++)
    if (built->real[k] > 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode FirstFault(Faults faults, FileError *error)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < FaultsCount(faults); k++) {
    FaultSeverity severity;
    const char   *file, *text;
    PetscInt      line;
    PetscCall(FaultsGet(faults, k, &severity, &file, &line, &text));
    if (severity != FAULT_ERROR) continue;
    if (line > 0)
      snprintf(error->text, sizeof error->text, "%.500s:%d: %.400s", file ? file : "", (int)line, text);
    else
      snprintf(error->text, sizeof error->text, "%.500s: %.400s", file ? file : "", text);
    PetscFunctionReturn(0);
  }
  PetscFunctionReturn(0);
}

/* A folder that PyPSA or a plan wrote, without the record of a plan. */
static PetscErrorCode LoadFolder(ComparedRun *run, FileError *error)
{
  StatisticsOptions options;
  Components        c;
  Faults            faults;

  PetscFunctionBeginUser;
  run->kind = COMPARED_FOLDER;
  PetscCall(PetscStrallocpy("", &run->study));
  PetscCall(PetscStrallocpy("", &run->policy));
  PetscCall(FaultsCreate(&faults));
  PetscCall(ComponentsRead(PETSC_COMM_SELF, run->path, faults, &c));
  PetscCall(FirstFault(faults, error));
  if (c && !FaultsErrorCount(faults)) {
    StatisticsDefaultOptions(&options);
    PetscCall(PetscStrallocpy(c->currency ? c->currency : "", &run->currency));
    run->year = StatisticsYear(c);
    if (IsSolved(c))
      PetscCall(StatisticsCreate(PETSC_COMM_SELF, c, &options, faults, &run->statistics));
    else
      snprintf(error->text, sizeof error->text,
               "%.700s: found a network that is not solved, expected a run, a plan or a solved folder", run->path);
  }
  PetscCall(ComponentsDestroy(&c));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

/* What a directory without results is. */
static void TellMissing(const char *path, FileError *error)
{
  json_t     *failure = JsonLoad(path, "failure.json"), *study = JsonLoad(path, "study.json");
  struct stat info;

  if (stat(path, &info))
    snprintf(error->text, sizeof error->text, "%.700s: is not there, expected the directory of a run or a plan", path);
  else if (failure)
    snprintf(error->text, sizeof error->text, "%.500s: is not complete: %.400s", path,
             JsonWord(failure, "message", "")[0] ? JsonWord(failure, "message", "") : JsonWord(failure, "status", ""));
  else if (study)
    snprintf(error->text, sizeof error->text, "%.700s: is not complete: start it again to go on", path);
  else
    snprintf(error->text, sizeof error->text,
             "%.700s: is no run directory (found neither summary.json nor plan.json nor buses.csv in it)", path);
  json_decref(failure);
  json_decref(study);
}

PetscErrorCode ComparedRunLoad(const char *path, ComparedRun *run, PetscBool *loaded, FileError *error)
{
  json_t *plan, *summary;
  size_t  n = strlen(path);

  PetscFunctionBeginUser;
  error->text[0] = '\0';
  while (n > 1 && path[n - 1] == '/') n--;
  PetscCall(PetscCalloc1(n + 1, &run->path));
  memcpy(run->path, path, n);
  plan    = JsonLoad(run->path, "plan.json");
  summary = JsonLoad(run->path, "summary.json");
  if (plan)
    PetscCall(LoadPlan(plan, run, error));
  else if (summary)
    PetscCall(LoadRun(summary, run));
  else if (FileExistsIn(run->path, "buses.csv") && !FileExistsIn(run->path, "study.json") &&
           !FileExistsIn(run->path, "failure.json"))
    PetscCall(LoadFolder(run, error));
  else
    TellMissing(run->path, error);
  json_decref(plan);
  json_decref(summary);
  *loaded = run->statistics ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}
