/* The tasks of a sweep, and the file that holds them. */
#define _GNU_SOURCE
#include "jobs/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs/rundir.h"

PetscErrorCode SweepDestroy(Sweep *sweep)
{
  Sweep s = *sweep;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  SweepUnlock(s);
  for (PetscInt k = 0; k < s->n; k++) {
    PetscCall(PetscFree(s->task[k].name));
    PetscCall(PetscFree(s->task[k].policy));
    for (int i = 0; i < s->task[k].n_set; i++) PetscCall(PetscFree(s->task[k].set[i]));
    PetscCall(PetscFree(s->task[k].set));
  }
  PetscCall(PetscFree(s->task));
  PetscCall(PetscFree(s->study));
  PetscCall(PetscFree(s->study_file));
  json_decref(s->inputs);
  PetscCall(PetscFree(*sweep));
  PetscFunctionReturn(0);
}

static PetscBool NameIsTaken(Sweep sweep, const char *name)
{
  for (PetscInt k = 0; k < sweep->n; k++)
    if (!strcmp(sweep->task[k].name, name)) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscErrorCode SweepAdd(Sweep sweep, const SweepTask *task)
{
  SweepTask *t;
  char       name[256];

  PetscFunctionBeginUser;
  snprintf(name, sizeof name, "%.200s", task->name);
  for (int again = 2; NameIsTaken(sweep, name); again++) snprintf(name, sizeof name, "%.200s-%d", task->name, again);
  PetscCall(PetscRealloc((size_t)(sweep->n + 1) * sizeof *sweep->task, &sweep->task));
  t         = &sweep->task[sweep->n];
  *t        = *task;
  t->number = sweep->n++;
  PetscCall(PetscStrallocpy(name, &t->name));
  PetscCall(PetscStrallocpy(task->policy, &t->policy));
  PetscCall(PetscCalloc1(task->n_set + 1, &t->set));
  for (int k = 0; k < task->n_set; k++) PetscCall(PetscStrallocpy(task->set[k], &t->set[k]));
  PetscFunctionReturn(0);
}

const SweepTask *SweepFind(Sweep sweep, const SweepTask *task)
{
  for (PetscInt k = 0; k < sweep->n; k++) {
    const SweepTask *t    = &sweep->task[k];
    PetscBool        same = t->n_set == task->n_set && !strcmp(t->policy, task->policy) ? PETSC_TRUE : PETSC_FALSE;
    for (int i = 0; same && i < t->n_set; i++)
      if (strcmp(t->set[i], task->set[i]) != 0) same = PETSC_FALSE;
    if (same) return t;
  }
  return NULL;
}

void SweepPath(Sweep sweep, const SweepTask *task, const char *folder, const char *suffix,
               char path[PETSC_MAX_PATH_LEN])
{
  snprintf(path, PETSC_MAX_PATH_LEN, "%s/%s/%s%s%s", sweep->directory, folder, task->name, suffix ? "." : "",
           suffix ? suffix : "");
}

PetscBool SweepIsDirectory(const char *directory)
{
  char path[PETSC_MAX_PATH_LEN];

  FileJoin(path, sizeof path, directory, "sweep.json");
  return FileExists(path);
}

/* A sweep's directory whose making was cut short, before its list was in place. */
static PetscBool IsBegun(const char *directory)
{
  const struct dirent *entry;
  DIR                 *folder = opendir(directory);
  PetscBool            locked = PETSC_FALSE, alien = PETSC_FALSE;

  while (folder && (entry = readdir(folder))) {
    const char *name = entry->d_name;
    if (!strcmp(name, ".lock")) locked = PETSC_TRUE;
    if (name[0] != '.' && strcmp(name, "runs") != 0 && strcmp(name, "tasks") != 0 && strcmp(name, "logs") != 0)
      alien = PETSC_TRUE;
  }
  if (folder) closedir(folder);
  return locked && !alien ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool SweepUsable(const char *directory, FileError *error)
{
  char path[PETSC_MAX_PATH_LEN];

  if (strlen(directory) > PETSC_MAX_PATH_LEN / 2 - 1) {
    errno = ENAMETOOLONG;
    return FileFail(error, "-o DIR", "cannot be used");
  }
  if (SweepIsDirectory(directory) || IsBegun(directory))
    return access(directory, W_OK | X_OK) ? FileFail(error, directory, "cannot be written") : PETSC_TRUE;
  FileJoin(path, sizeof path, directory, "study.json");
  if (!FileExists(path)) return RunDirectoryUsable(directory, error);
  snprintf(error->text, sizeof error->text, "%.900s: holds a run, expected a sweep's or an empty directory", directory);
  return PETSC_FALSE;
}

static PetscInt Number(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_integer(value) ? (PetscInt)json_integer_value(value) : -1;
}

/* The strings that a task's JSON holds are borrowed. */
static PetscErrorCode LoadTask(Sweep sweep, const json_t *object)
{
  const json_t *set  = json_object_get(object, "set");
  SweepTask     task = {.n_set = (int)json_array_size(set)};

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(task.n_set + 1, &task.set));
  for (int k = 0; k < task.n_set; k++) {
    const char *text = json_string_value(json_array_get(set, (size_t)k));
    task.set[k]      = (char *)(text ? text : "");
  }
  task.name   = (char *)JsonWord(object, "name", "");
  task.policy = (char *)JsonWord(object, "policy", "");
  task.year   = Number(object, "year");
  task.seed   = Number(object, "seed");
  snprintf(task.content, sizeof task.content, "%s", JsonWord(object, "content_sha256", ""));
  PetscCall(SweepAdd(sweep, &task));
  PetscCall(PetscFree(task.set));
  PetscFunctionReturn(0);
}

static PetscErrorCode LoadDocument(const json_t *document, Sweep sweep)
{
  const json_t *tasks = json_object_get(document, "tasks");

  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(JsonWord(document, "study", ""), &sweep->study));
  PetscCall(PetscStrallocpy(JsonWord(document, "study_file", ""), &sweep->study_file));
  sweep->planned = strcmp(JsonWord(document, "kind", ""), "plan") ? PETSC_FALSE : PETSC_TRUE;
  sweep->ranks   = PetscMax(Number(document, "ranks"), 0);
  sweep->inputs  = json_deep_copy(json_object_get(document, "inputs_sha256"));
  if (!sweep->inputs) sweep->inputs = json_object();
  for (size_t k = 0; k < json_array_size(tasks); k++) PetscCall(LoadTask(sweep, json_array_get(tasks, k)));
  PetscFunctionReturn(0);
}

/* Names are folders: what was changed by hand must not lead elsewhere. */
static PetscBool IsSound(Sweep sweep)
{
  for (PetscInt k = 0; k < sweep->n; k++)
    if (!sweep->task[k].name[0] || sweep->task[k].name[0] == '.' || strchr(sweep->task[k].name, '/'))
      return PETSC_FALSE;
  return sweep->n > 0 && sweep->study_file[0] ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool SweepLoad(const char *directory, Sweep *out, FileError *error)
{
  char         path[PETSC_MAX_PATH_LEN], *full = realpath(directory, NULL);
  json_error_t where;
  json_t      *document;
  Sweep        sweep = NULL;

  *out = NULL;
  FileJoin(path, sizeof path, directory, "sweep.json");
  if (!FileExists(path) || !full || strlen(full) >= sizeof sweep->directory) {
    snprintf(error->text, sizeof error->text, "%.900s: is no directory of a sweep (there is no sweep.json)", directory);
    free(full);
    return PETSC_FALSE;
  }
  document = json_load_file(path, 0, &where);
  if (!document || Number(document, "archipelago_sweep") != 1)
    snprintf(error->text, sizeof error->text, "%.500s:%d: found %.200s, expected the tasks of a sweep", path,
             document ? 1 : where.line, document ? "another document" : where.text);
  else if (!PetscNew(&sweep) && !LoadDocument(document, sweep) && IsSound(sweep))
    *out = sweep;
  else
    snprintf(error->text, sizeof error->text, "%.900s: found a damaged list, expected the tasks of a sweep", path);
  if (*out) {
    snprintf(sweep->directory, sizeof sweep->directory, "%s", full);
    sweep->lock = -1;
  } else if (sweep) {
    sweep->lock = -1;
    (void)SweepDestroy(&sweep);
  }
  json_decref(document);
  free(full);
  return *out ? PETSC_TRUE : PETSC_FALSE;
}

static json_t *TaskDocument(const SweepTask *task)
{
  json_t *object = json_object(), *set = json_array();

  for (int k = 0; k < task->n_set; k++) json_array_append_new(set, JsonText(task->set[k]));
  JsonPut(object, "task", json_integer(task->number));
  JsonPut(object, "name", JsonText(task->name));
  JsonPut(object, "policy", JsonText(task->policy));
  if (task->year >= 0) JsonPut(object, "year", json_integer(task->year));
  if (task->seed >= 0) JsonPut(object, "seed", json_integer(task->seed));
  JsonPut(object, "set", set);
  JsonPut(object, "content_sha256", json_string(task->content));
  return object;
}

static PetscBool Save(Sweep sweep, FileError *error)
{
  json_t   *document = json_object(), *tasks = json_array();
  char      path[PETSC_MAX_PATH_LEN];
  PetscBool saved;

  for (PetscInt k = 0; k < sweep->n; k++) json_array_append_new(tasks, TaskDocument(&sweep->task[k]));
  JsonPut(document, "archipelago_sweep", json_integer(1));
  JsonPut(document, "study", JsonText(sweep->study));
  JsonPut(document, "study_file", JsonText(sweep->study_file));
  JsonPut(document, "kind", json_string(sweep->planned ? "plan" : "run"));
  JsonPut(document, "ranks", json_integer(PetscMax(sweep->ranks, 1)));
  JsonPut(document, "inputs_sha256", json_incref(sweep->inputs));
  JsonPut(document, "tasks", tasks);
  FileJoin(path, sizeof path, sweep->directory, "sweep.json");
  saved = JsonSave(path, document, error);
  json_decref(document);
  return saved;
}

/* A POSIX lock, which also holds between the nodes of a network file system. Where there are no locks, changes are still whole: the
   files are replaced. */
PetscBool SweepLock(Sweep sweep, FileError *error)
{
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  char         path[PETSC_MAX_PATH_LEN];

  FileJoin(path, sizeof path, sweep->directory, ".lock");
  sweep->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (sweep->lock < 0) return FileFail(error, path, "cannot be opened");
  while (fcntl(sweep->lock, F_SETLKW, &lock) && errno == EINTR) continue;
  return PETSC_TRUE;
}

void SweepUnlock(Sweep sweep)
{
  if (sweep->lock >= 0) close(sweep->lock);
  sweep->lock = -1;
}

PetscBool SweepCheckInputs(Sweep sweep, FileError *error)
{
  const char *path;
  json_t     *expected;

  json_object_foreach(sweep->inputs, path, expected)
  {
    char hex[DIGEST_HEX_SIZE];
    if (!DigestFile(path, hex, error)) return PETSC_FALSE;
    if (!strcmp(hex, json_string_value(expected) ? json_string_value(expected) : "")) continue;
    snprintf(error->text, sizeof error->text,
             "%.600s: has changed since the sweep was made: found SHA-256 %.8s..., expected %.8s... (put it back, or "
             "choose another -o DIR)",
             path, hex, json_string_value(expected));
    return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

PetscBool SweepIsSameStudy(Sweep have, Sweep wanted, FileError *error)
{
  const char *path;
  json_t     *hash;

  if (strcmp(have->study, wanted->study) != 0 || have->planned != wanted->planned) {
    snprintf(error->text, sizeof error->text,
             "%.500s: the directory holds another sweep: found study %.100s, expected %.100s (choose another -o DIR)",
             have->directory, have->study, wanted->study);
    return PETSC_FALSE;
  }
  for (PetscInt k = 0; k < wanted->n; k++) {
    const SweepTask *t = SweepFind(have, &wanted->task[k]);
    if (!t || !strcmp(t->content, wanted->task[k].content)) continue;
    snprintf(error->text, sizeof error->text,
             "%.500s: has changed since task %.100s was made (put it back, or choose another -o DIR)",
             wanted->study_file, t->name);
    return PETSC_FALSE;
  }
  if (!SweepCheckInputs(have, error)) return PETSC_FALSE;
  json_object_foreach(wanted->inputs, path, hash) json_object_set(have->inputs, path, hash);
  return PETSC_TRUE;
}

static PetscBool MakeFolders(Sweep sweep, FileError *error)
{
  static const char *const folders[] = {"runs", "tasks", "logs"};
  char                     path[PETSC_MAX_PATH_LEN];

  for (size_t k = 0; k < sizeof folders / sizeof folders[0]; k++) {
    FileJoin(path, sizeof path, sweep->directory, folders[k]);
    if (!DirectoryMake(path, error)) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

PetscBool SweepMerge(Sweep wanted, Sweep *merged, PetscInt *added, FileError *error)
{
  Sweep     have = NULL;
  PetscBool good;

  *merged = NULL;
  *added  = 0;
  if (!DirectoryMake(wanted->directory, error) || !SweepLock(wanted, error)) return PETSC_FALSE;
  good = MakeFolders(wanted, error);
  if (good && SweepIsDirectory(wanted->directory)) {
    good =
        SweepLoad(wanted->directory, &have, error) && SweepIsSameStudy(have, wanted, error) ? PETSC_TRUE : PETSC_FALSE;
    for (PetscInt k = 0; good && k < wanted->n; k++) {
      if (SweepFind(have, &wanted->task[k])) continue;
      good = SweepAdd(have, &wanted->task[k]) ? PETSC_FALSE : PETSC_TRUE;
      ++*added;
    }
    if (good && wanted->ranks > 0) have->ranks = wanted->ranks;
    if (good) good = Save(have, error);
  } else if (good) {
    *added = wanted->n;
    good   = Save(wanted, error) && SweepLoad(wanted->directory, &have, error) ? PETSC_TRUE : PETSC_FALSE;
  }
  SweepUnlock(wanted);
  if (good)
    *merged = have;
  else
    (void)SweepDestroy(&have);
  return good;
}
