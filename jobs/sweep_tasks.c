/* The tasks of a sweep from its axes. */
#include <ctype.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "inputs/planning.h"
#include "inputs/words.h"
#include "jobs/format.h"
#include "jobs/sweep.h"

enum { MOST_TASKS = 100000, MOST_VALUES = 1000, NAME_SIZE = 240 };

/* What the tasks are the product of. */
typedef struct {
  PetscInt     n_policies, n_years, n_seeds;
  const char **policy;
  PetscInt    *year, *seed;
  StudySweep   section; /* NULL: none */
  const char  *study_file;
  Study        base;
  Faults       faults;
} Axes;

/* Letters that are good in a folder's name and in a shell; others become '_'. */
static void PlainName(const char *text, char *name, size_t size)
{
  size_t n = 0;

  for (; *text && n + 1 < size; text++) {
    const unsigned char c = (unsigned char)*text;
    name[n++]             = isalnum(c) || strchr("-_.+", c) || c >= 0x80 ? (char)c : '_';
  }
  name[n] = '\0';
  if (name[0] == '.' || name[0] == '-') name[0] = '_';
}

/* The values of "2030,2040" or "1-10". */
static PetscErrorCode ReadNumbers(const char *option, const char *list, PetscInt least, PetscInt most, Faults faults,
                                  PetscInt *n, PetscInt **values)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(MOST_VALUES, values));
  *n = 0;
  for (const char *at = list; *at;) {
    char *end;
    long  first = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : (end = (char *)at, -1), last = first;
    if (first >= 0 && *end == '-' && isdigit((unsigned char)end[1])) last = strtol(end + 1, &end, 10);
    if (first < least || last < first || last > most || (*end && *end != ',') || (*end == ',' && !end[1]) ||
        last - first >= MOST_VALUES - *n) {
      PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0,
                          "--%s: found '%.60s', expected whole numbers from %" PetscInt_FMT " to %" PetscInt_FMT
                          " such as 1,2,5-9, at most %d of them",
                          option, list, least, most, MOST_VALUES));
      PetscFunctionReturn(0);
    }
    for (long value = first; value <= last; value++) (*values)[(*n)++] = (PetscInt)value;
    at = *end ? end + 1 : end;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyNumbers(PetscInt n, const PetscInt *from, PetscInt *n_to, PetscInt **to)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n + 1, to));
  *n_to = n;
  for (PetscInt k = 0; k < n; k++) (*to)[k] = from[k];
  PetscFunctionReturn(0);
}

/* The study's own spelling of a policy, which lives as long as the study; NULL, with a fault: there is none. */
static PetscErrorCode FindPolicy(Axes *axes, const char *text, size_t n, const char **policy)
{
  char        word[128], all[512] = "base";
  const char *near;

  PetscFunctionBeginUser;
  *policy = NULL;
  snprintf(word, sizeof word, "%.*s", (int)PetscMin(n, 100), text);
  if (!strcmp(word, "base")) *policy = "base";
  for (PetscInt k = 0; k < axes->base->n_policies; k++) {
    const size_t used = strlen(all);
    if (!strcmp(axes->base->policy_name[k], word)) *policy = axes->base->policy_name[k];
    if (used < sizeof all - 80) snprintf(all + used, sizeof all - used, ", %.60s", axes->base->policy_name[k]);
  }
  if (*policy) PetscFunctionReturn(0);
  near = NearestName(word, axes->base->n_policies, axes->base->policy_name);
  PetscCall(FaultsAdd(axes->faults, FAULT_ERROR, NULL, 0, "--policies: found no policy '%.60s', expected %s%s%s", word,
                      near ? "'" : "one of ", near ? near : all, near ? "' (nearest of those there are)" : ""));
  PetscFunctionReturn(0);
}

static PetscErrorCode ChoosePolicies(Axes *axes, const char *list)
{
  PetscInt most = axes->base->n_policies + 1;

  PetscFunctionBeginUser;
  for (const char *c = list; c && *c; c++) most += *c == ',';
  if (axes->section) most += axes->section->n_policies;
  PetscCall(PetscCalloc1(most + 1, &axes->policy));
  for (const char *at = list; at && *at;) {
    const size_t blank = strspn(at, " "), n = strcspn(at, ",");
    size_t       end = n;
    while (end > blank && at[end - 1] == ' ') end--;
    PetscCall(FindPolicy(axes, at + blank, end - blank, &axes->policy[axes->n_policies]));
    if (axes->policy[axes->n_policies]) axes->n_policies++;
    at += n + (at[n] == ',');
  }
  if (list) PetscFunctionReturn(0);
  if (axes->section && axes->section->n_policies) {
    for (PetscInt k = 0; k < axes->section->n_policies; k++)
      axes->policy[axes->n_policies++] = axes->section->policy[k];
    PetscFunctionReturn(0);
  }
  axes->policy[axes->n_policies++] = "base";
  for (PetscInt k = 0; k < axes->base->n_policies; k++) axes->policy[axes->n_policies++] = axes->base->policy_name[k];
  PetscFunctionReturn(0);
}

/* The same day and hour of another year: a plan of that period, or windows that begin then. */
static PetscErrorCode SetYear(Axes *axes, const char *policy, PetscInt year, char **set)
{
  char      text[128];
  long long start = 0;
  Study     study;
  Network   net = NULL;
  Faults    said;

  PetscFunctionBeginUser;
  if (axes->base->planning) {
    snprintf(text, sizeof text, "planning.periods=[%d]", (int)year);
    PetscCall(PetscStrallocpy(text, set));
    PetscFunctionReturn(0);
  }
  PetscCall(FaultsCreate(&said));
  PetscCall(StudyRead(PETSC_COMM_SELF, axes->study_file, policy, said, &study));
  if (study && study->has_start) start = study->start;
  if (study && !study->has_start) { /* the first snapshot there is */
    PetscCall(StudyLoadNetwork(PETSC_COMM_SELF, study, said, &net));
    if (net) start = net->series.start;
  }
  snprintf(text, sizeof text, "windows.start=%04d%s", (int)year, FormatTime(start).text + 4);
  if (!strncmp(FormatTime(start).text + 4, "-02-29", 6) && (year % 4 || (year % 100 == 0 && year % 400)))
    PetscCall(FaultsAdd(axes->faults, FAULT_ERROR, axes->study_file, study->start_line,
                        "windows: start is a 29th of February, which the year %d of the sweep does not have, expected "
                        "leap years or another day",
                        (int)year));
  PetscCall(PetscStrallocpy(text, set));
  PetscCall(NetworkDestroy(&net));
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&said));
  PetscFunctionReturn(0);
}

/* Only the simulated outages of a plan's reliability are random. */
static PetscErrorCode CheckSeeds(Axes *axes, const char *policy)
{
  Study  study;
  Faults said;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&said));
  PetscCall(StudyRead(PETSC_COMM_SELF, axes->study_file, policy, said, &study));
  if (study && !FaultsErrorCount(said) && !(study->planning && study->planning->reliability_years > 0))
    PetscCall(FaultsAdd(axes->faults, FAULT_ERROR, axes->study_file, 0,
                        "policy %.60s: found seeds for a study in which nothing is random, expected planning with "
                        "reliability, or no seeds",
                        policy));
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&said));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepHashContent(const char *study_file, const SweepTask *task, Faults faults,
                                char content[DIGEST_HEX_SIZE])
{
  Faults found;
  Study  study;

  PetscFunctionBeginUser;
  content[0] = '\0';
  PetscCall(FaultsCreate(&found));
  PetscCall(StudyReadWith(PETSC_COMM_SELF, study_file, task->policy, task->n_set, (const char *const *)task->set, found,
                          &study));
  if (study && study->content) (void)DigestBytes(study->content, strlen(study->content), content);
  PetscCall(FaultsAddNew(found, faults));
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&found));
  PetscFunctionReturn(0);
}

/* The last word of the key, and the value where it is a word. */
static void AddAxisName(const StudyAxis *axis, PetscInt k, char *name)
{
  const char  *dot  = strrchr(axis->key, '.');
  const size_t used = strlen(name);
  char         part[128], value[64];

  PlainName(axis->value[k], value, sizeof value);
  if (strlen(axis->value[k]) > 24 || strpbrk(axis->value[k], "{[\"")) snprintf(value, sizeof value, "v%d", (int)k + 1);
  PlainName(dot ? dot + 1 : axis->key, part, 64);
  snprintf(name + used, NAME_SIZE - used, "-%s-%s", part, value);
}

/* Task `index` of the product of the free axes. */
static PetscErrorCode AddTask(Axes *axes, const char *policy, const char *year, PetscInt y, PetscInt s, PetscInt index,
                              Sweep sweep)
{
  const PetscInt n    = axes->section ? axes->section->n_axes : 0;
  SweepTask      task = {.policy = (char *)policy, .year = -1, .seed = -1};
  char           name[NAME_SIZE], part[64];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n + 3, &task.set));
  PlainName(policy, name, 128);
  if (year) {
    task.year = axes->year[y];
    PetscCall(PetscStrallocpy(year, &task.set[task.n_set++]));
    snprintf(name + strlen(name), sizeof name - strlen(name), "-%04d", (int)axes->year[y]);
  }
  if (axes->n_seeds) {
    task.seed = axes->seed[s];
    snprintf(part, sizeof part, "planning.reliability.seed=%d", (int)axes->seed[s]);
    PetscCall(PetscStrallocpy(part, &task.set[task.n_set++]));
    snprintf(name + strlen(name), sizeof name - strlen(name), "-s%d", (int)axes->seed[s]);
  }
  for (PetscInt a = n - 1; a >= 0; a--) { /* the first axis changes slowest, and is named first */
    const StudyAxis *axis = &axes->section->axis[a];
    const PetscInt   k    = index % axis->n;
    const size_t     size = strlen(axis->key) + strlen(axis->value[k]) + 2;
    index /= axis->n;
    PetscCall(PetscMalloc1(size, &task.set[task.n_set + a]));
    snprintf(task.set[task.n_set + a], size, "%s=%s", axis->key, axis->value[k]);
  }
  for (PetscInt a = 0; a < n; a++) {
    const StudyAxis *axis = &axes->section->axis[a];
    for (PetscInt k = 0; k < axis->n; k++)
      if (!strcmp(strchr(task.set[task.n_set + a], '=') + 1, axis->value[k])) {
        AddAxisName(axis, k, name);
        break;
      }
  }
  task.n_set += (int)n;
  task.name = name;
  if (!SweepFind(sweep, &task)) {
    PetscCall(SweepHashContent(axes->study_file, &task, axes->faults, task.content));
    PetscCall(SweepAdd(sweep, &task));
  }
  for (int k = 0; k < task.n_set; k++) PetscCall(PetscFree(task.set[k]));
  PetscCall(PetscFree(task.set));
  PetscFunctionReturn(0);
}

/* A free axis over what the years or seeds set already would win over them, and the tasks' names would lie. */
static PetscErrorCode CheckFreeAxes(Axes *axes)
{
  const char *const years = axes->base->planning ? "planning.periods" : "windows.start";

  PetscFunctionBeginUser;
  for (PetscInt a = 0; axes->section && a < axes->section->n_axes; a++) {
    const StudyAxis *axis   = &axes->section->axis[a];
    const PetscBool  yearly = axes->n_years && !strcmp(axis->key, years) ? PETSC_TRUE : PETSC_FALSE;
    if (yearly || (axes->n_seeds && !strcmp(axis->key, "planning.reliability.seed")))
      PetscCall(FaultsAdd(axes->faults, FAULT_ERROR, axes->study_file, axis->line,
                          "set: found the key %.100s, which the sweep's %s set, expected one of the two", axis->key,
                          yearly ? "years" : "seeds"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddTasks(Axes *axes, Sweep sweep)
{
  PetscReal product = 1;

  PetscFunctionBeginUser;
  PetscCall(CheckFreeAxes(axes));
  for (PetscInt a = 0; axes->section && a < axes->section->n_axes; a++) product *= (PetscReal)axes->section->axis[a].n;
  if (product * axes->n_policies * PetscMax(axes->n_years, 1) * PetscMax(axes->n_seeds, 1) > MOST_TASKS) {
    PetscCall(FaultsAdd(axes->faults, FAULT_ERROR, axes->study_file, axes->section ? axes->section->line : 0,
                        "sweep: found more than %d tasks, expected fewer", MOST_TASKS));
    PetscFunctionReturn(0);
  }
  for (PetscInt p = 0; p < axes->n_policies; p++) {
    if (axes->n_seeds && !FaultsErrorCount(axes->faults)) PetscCall(CheckSeeds(axes, axes->policy[p]));
    for (PetscInt y = 0; y < PetscMax(axes->n_years, 1); y++) {
      char *year = NULL;
      if (axes->n_years) PetscCall(SetYear(axes, axes->policy[p], axes->year[y], &year));
      for (PetscInt s = 0; s < PetscMax(axes->n_seeds, 1) && !FaultsErrorCount(axes->faults); s++)
        for (PetscInt k = 0; k < (PetscInt)product; k++)
          PetscCall(AddTask(axes, axes->policy[p], year, y, s, k, sweep));
      PetscCall(PetscFree(year));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ChooseAxes(Axes *axes, const SweepAxes *given)
{
  const StudySweep s = axes->section;

  PetscFunctionBeginUser;
  PetscCall(ChoosePolicies(axes, given->policies));
  if (given->years)
    PetscCall(ReadNumbers("years", given->years, 1, 9999, axes->faults, &axes->n_years, &axes->year));
  else
    PetscCall(CopyNumbers(s ? s->n_years : 0, s ? s->year : NULL, &axes->n_years, &axes->year));
  if (given->seeds)
    PetscCall(ReadNumbers("seeds", given->seeds, 0, 2147483647, axes->faults, &axes->n_seeds, &axes->seed));
  else
    PetscCall(CopyNumbers(s ? s->n_seeds : 0, s ? s->seed : NULL, &axes->n_seeds, &axes->seed));
  PetscFunctionReturn(0);
}

/* A directory that is not there yet: its parent's real name and its own. */
static void FullPath(const char *path, char full[PETSC_MAX_PATH_LEN / 2])
{
  char *real = realpath(path, NULL), here[PETSC_MAX_PATH_LEN] = "";

  if (real)
    snprintf(full, PETSC_MAX_PATH_LEN / 2, "%s", real);
  else if (path[0] == '/' || PetscGetWorkingDirectory(here, sizeof here))
    snprintf(full, PETSC_MAX_PATH_LEN / 2, "%s", path);
  else
    snprintf(full, PETSC_MAX_PATH_LEN / 2, "%s/%s", here, path);
  for (size_t n = strlen(full); n > 1 && full[n - 1] == '/'; n--) full[n - 1] = '\0';
  free(real);
}

PetscErrorCode SweepCreate(const char *study_file, const SweepAxes *given, const char *directory, Faults faults,
                           Sweep *sweep)
{
  Study base;
  char *real;

  PetscFunctionBeginUser;
  *sweep = NULL;
  PetscCall(StudyRead(PETSC_COMM_SELF, study_file, NULL, faults, &base));
  real = realpath(study_file, NULL);
  if (base && real && !FaultsErrorCount(faults)) {
    Axes axes = {.section = base->sweep, .study_file = study_file, .base = base, .faults = faults};
    PetscCall(PetscNew(sweep));
    (*sweep)->lock    = -1;
    (*sweep)->planned = base->planning ? PETSC_TRUE : PETSC_FALSE;
    (*sweep)->ranks   = given->ranks ? given->ranks : base->sweep ? base->sweep->ranks : 0;
    (*sweep)->slots   = base->sweep ? base->sweep->slots : 0;
    (*sweep)->limit   = base->sweep ? base->sweep->limit : 0;
    (*sweep)->inputs  = json_object();
    FullPath(directory, (*sweep)->directory);
    PetscCall(PetscStrallocpy(base->name, &(*sweep)->study));
    PetscCall(PetscStrallocpy(real, &(*sweep)->study_file));
    PetscCall(ChooseAxes(&axes, given));
    if (!FaultsErrorCount(faults)) PetscCall(AddTasks(&axes, *sweep));
    PetscCall(PetscFree(axes.policy));
    PetscCall(PetscFree(axes.year));
    PetscCall(PetscFree(axes.seed));
  }
  if (FaultsErrorCount(faults)) PetscCall(SweepDestroy(sweep));
  PetscCall(StudyDestroy(&base));
  free(real);
  PetscFunctionReturn(0);
}
