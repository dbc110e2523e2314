/* The directory of a screening. */
#include "jobs/screen_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SYNC_SECONDS 1 /* between two syncs of a journal */

struct _p_ScreenStore {
  char   path[PETSC_MAX_PATH_LEN / 2];
  int    lock, journal; /* -1: not open */
  time_t synced;
};

void ScreenStoreFile(ScreenStore store, const char *name, char *path, size_t size)
{
  FileJoin(path, size, store->path, name);
}

static json_t *ResultToJson(Contingencies list, const ScreenResult *r)
{
  json_t *line = json_object();

  JsonPut(line, "number", json_integer(r->number));
  JsonPut(line, "name", JsonText(list->item[r->number].name));
  JsonPut(line, "verdict", json_integer(r->verdict));
  JsonPut(line, "criterion", json_integer(r->criterion));
  JsonPut(line, "reason", JsonText(r->reason));
  JsonPut(line, "severity", JsonReal(r->severity));
  JsonPut(line, "violation_s", JsonReal(r->violation_s));
  JsonPut(line, "max_angle_spread_deg", JsonReal(r->max_angle_spread_deg));
  JsonPut(line, "min_voltage_pu", JsonReal(r->min_voltage_pu));
  JsonPut(line, "min_voltage_bus", json_integer(r->min_voltage_bus));
  JsonPut(line, "nadir_hz", JsonReal(r->nadir_hz));
  JsonPut(line, "zenith_hz", JsonReal(r->zenith_hz));
  JsonPut(line, "max_rocof_hz_per_s", JsonReal(r->max_rocof_hz_per_s));
  JsonPut(line, "islands", json_integer(r->n_islands));
  JsonPut(line, "dead_buses", json_integer(r->n_dead_buses));
  JsonPut(line, "lost_load_mw", JsonReal(r->lost_load_mw));
  JsonPut(line, "actions", json_integer(r->n_actions));
  JsonPut(line, "steps", json_integer(r->steps));
  JsonPut(line, "has_cct", json_boolean(r->has_cct));
  JsonPut(line, "cct_status", json_integer(r->cct_status));
  JsonPut(line, "cct_s", JsonReal(r->cct_s));
  return line;
}

static PetscBool GetInt(const json_t *line, const char *key, PetscInt least, PetscInt most, PetscInt *value)
{
  const json_t *found = json_object_get(line, key);
  if (!json_is_integer(found) || json_integer_value(found) < least || json_integer_value(found) > most)
    return PETSC_FALSE;
  *value = (PetscInt)json_integer_value(found);
  return PETSC_TRUE;
}

static PetscBool GetReal(const json_t *line, const char *key, PetscReal *value)
{
  const json_t *found = json_object_get(line, key);
  *value              = json_is_real(found) ? json_real_value(found) : NAN;
  return json_is_real(found) || json_is_null(found) ? PETSC_TRUE : PETSC_FALSE;
}

/* A line of a journal, when it is whole and of this list. */
static PetscBool ResultFromJson(const json_t *line, Contingencies list, ScreenResult *r)
{
  const char *text = json_string_value(json_object_get(line, "reason"));
  PetscInt    verdict, status;
  json_t     *name;
  int         same;

  memset(r, 0, sizeof *r);
  if (!text || !GetInt(line, "number", 0, list->n - 1, &r->number)) return PETSC_FALSE;
  name = JsonText(list->item[r->number].name);
  same = json_equal(name, json_object_get(line, "name"));
  json_decref(name);
  if (!same) return PETSC_FALSE;
  if (!GetInt(line, "verdict", 0, STABILITY_FAILED, &verdict) || !GetInt(line, "cct_status", 0, CCT_FAILED, &status) ||
      !GetInt(line, "criterion", -1, VERDICT_CRITERIA - 1, &r->criterion) ||
      !GetInt(line, "min_voltage_bus", -1, PETSC_MAX_INT, &r->min_voltage_bus) ||
      !GetInt(line, "islands", 0, PETSC_MAX_INT, &r->n_islands) ||
      !GetInt(line, "dead_buses", 0, PETSC_MAX_INT, &r->n_dead_buses) ||
      !GetInt(line, "actions", 0, PETSC_MAX_INT, &r->n_actions) ||
      !GetInt(line, "steps", 0, PETSC_MAX_INT, &r->steps) || !json_is_boolean(json_object_get(line, "has_cct")))
    return PETSC_FALSE;
  if (!GetReal(line, "severity", &r->severity) || !GetReal(line, "violation_s", &r->violation_s) ||
      !GetReal(line, "max_angle_spread_deg", &r->max_angle_spread_deg) ||
      !GetReal(line, "min_voltage_pu", &r->min_voltage_pu) || !GetReal(line, "nadir_hz", &r->nadir_hz) ||
      !GetReal(line, "zenith_hz", &r->zenith_hz) || !GetReal(line, "max_rocof_hz_per_s", &r->max_rocof_hz_per_s) ||
      !GetReal(line, "lost_load_mw", &r->lost_load_mw) || !GetReal(line, "cct_s", &r->cct_s))
    return PETSC_FALSE;
  r->verdict    = (StabilityVerdict)verdict;
  r->cct_status = (CctStatus)status;
  r->has_cct    = json_is_true(json_object_get(line, "has_cct")) ? PETSC_TRUE : PETSC_FALSE;
  snprintf(r->reason, sizeof r->reason, "%s", text);
  r->done = PETSC_TRUE;
  return PETSC_TRUE;
}

static void AddLine(Text *text, Contingencies list, const ScreenResult *result)
{
  json_t *line  = ResultToJson(list, result);
  char   *bytes = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17));

  if (bytes) TextAdd(text, "%s\n", bytes);
  free(bytes);
  json_decref(line);
}

static void TakeLines(const char *bytes, size_t size, Contingencies list, ScreenResult *result)
{
  const char  *end;
  ScreenResult r;

  for (const char *at = bytes; (end = memchr(at, '\n', (size_t)(bytes + size - at))); at = end + 1) {
    json_t *line = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, NULL);
    if (line && ResultFromJson(line, list, &r)) result[r.number] = r;
    json_decref(line);
  }
}

static PetscBool IsJournal(const char *name)
{
  const size_t length = strlen(name);
  return !strncmp(name, "journal", 7) && length > 6 && !strcmp(name + length - 6, ".jsonl") ? PETSC_TRUE : PETSC_FALSE;
}

/* Goes through the journals: reads them, or removes those of the ranks. */
static PetscBool WalkJournals(ScreenStore store, PetscBool discard, Contingencies list, ScreenResult *result,
                              FileError *error)
{
  DIR                 *stream = opendir(store->path);
  const struct dirent *entry;
  char                 path[PETSC_MAX_PATH_LEN], *bytes;
  size_t               size;
  PetscBool            good = PETSC_TRUE;

  if (!stream) return FileFail(error, store->path, "cannot be read");
  while (good && (entry = readdir(stream))) {
    if (!IsJournal(entry->d_name)) continue;
    ScreenStoreFile(store, entry->d_name, path, sizeof path);
    if (discard) {
      if (strcmp(entry->d_name, "journal.jsonl") != 0 && unlink(path))
        good = FileFail(error, path, "cannot be removed");
      continue;
    }
    good = FileRead(path, &bytes, &size, error);
    if (good) TakeLines(bytes, size, list, result);
    if (good) free(bytes);
  }
  closedir(stream);
  return good;
}

PetscBool ScreenStoreMerge(ScreenStore store, Contingencies list, const ScreenResult *result, FileError *error)
{
  Text      text = {0};
  char      path[PETSC_MAX_PATH_LEN];
  PetscBool good;

  for (PetscInt k = 0; k < list->n; k++)
    if (result[k].done) AddLine(&text, list, &result[k]);
  ScreenStoreFile(store, "journal.jsonl", path, sizeof path);
  good = FileWrite(path, text.bytes ? text.bytes : "", text.size, error);
  free(text.bytes);
  return good ? WalkJournals(store, PETSC_TRUE, NULL, NULL, error) : PETSC_FALSE;
}

PetscBool ScreenStoreAppend(ScreenStore store, Contingencies list, const ScreenResult *result, FileError *error)
{
  Text      text = {0};
  PetscBool good = PETSC_TRUE;
  time_t    now  = time(NULL);

  AddLine(&text, list, result);
  for (size_t done = 0; good && done < text.size;) {
    ssize_t written = write(store->journal, text.bytes + done, text.size - done);
    if (written > 0)
      done += (size_t)written;
    else if (written == 0 || errno != EINTR)
      good = FileFail(error, store->path, "a journal in it cannot be written");
  }
  free(text.bytes);
  if (good && now - store->synced >= SYNC_SECONDS) {
    good          = fdatasync(store->journal) ? FileFail(error, store->path, "a journal cannot be synced") : PETSC_TRUE;
    store->synced = now;
  }
  return good;
}

/* Names the first setting or input in which the directory's screening is another. */
static void TellDifference(const char *path, const json_t *found, json_t *expected, FileError *error)
{
  const char *key, *differs = "other settings";
  json_t     *value;
  char       *was = NULL, *is = NULL;

  json_object_foreach(expected, key, value)
  {
    if (json_equal(value, json_object_get(found, key))) continue;
    differs = key;
    is      = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    was     = json_dumps(json_object_get(found, key), JSON_ENCODE_ANY | JSON_COMPACT);
    break;
  }
  snprintf(error->text, sizeof error->text,
           "%.500s: the directory holds another screening: found %s %.80s, expected %.80s (choose another -o DIR)",
           path, differs, was ? was : "missing", is ? is : "the same keys");
  free(was);
  free(is);
}

static PetscBool IsEmpty(const char *path)
{
  DIR                 *stream = opendir(path);
  const struct dirent *entry;
  PetscBool            empty = PETSC_TRUE;

  if (!stream) return PETSC_FALSE;
  while ((entry = readdir(stream)))
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && strncmp(entry->d_name, ".tmp-", 5))
      empty = PETSC_FALSE;
  closedir(stream);
  return empty;
}

static PetscBool WriteIdentity(const char *path, json_t *identity, FileError *error)
{
  char     *text = json_dumps(identity, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17));
  PetscBool good = PETSC_FALSE;

  if (text) good = FileWrite(path, text, strlen(text), error);
  free(text);
  return good;
}

static JobStatus CheckIdentity(ScreenStore store, json_t *identity, FileError *error)
{
  char    path[PETSC_MAX_PATH_LEN], *bytes;
  size_t  size;
  json_t *found;

  ScreenStoreFile(store, "inputs.json", path, sizeof path);
  if (!FileExists(path)) {
    if (IsEmpty(store->path)) return WriteIdentity(path, identity, error) ? JOB_DONE : JOB_INTERNAL;
    snprintf(error->text, sizeof error->text, "%.900s: is neither empty nor the directory of a screening", store->path);
    return JOB_INPUT;
  }
  if (!FileRead(path, &bytes, &size, error)) return JOB_INTERNAL;
  found = json_loadb(bytes, size, 0, NULL);
  free(bytes);
  if (json_equal(found, identity)) {
    json_decref(found);
    return JOB_DONE;
  }
  TellDifference(path, found, identity, error);
  json_decref(found);
  return JOB_INPUT;
}

static JobStatus Lock(ScreenStore store, FileError *error)
{
  store->lock = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (store->lock < 0) {
    FileFail(error, store->path, "cannot be opened");
    return JOB_INPUT;
  }
  if (FileLock(store->lock, store->path)) return JOB_DONE;
  snprintf(error->text, sizeof error->text, "%.900s: another screening is at work in this directory", store->path);
  return JOB_INPUT;
}

/* Rank 0: the directory is ours, and what its journals say is in one of them. */
static JobStatus Prepare(ScreenStore store, json_t *identity, Contingencies list, ScreenResult *result,
                         FileError *error)
{
  JobStatus status;

  if (!DirectoryMake(store->path, error)) return JOB_INPUT;
  status = Lock(store, error);
  if (status == JOB_DONE) status = CheckIdentity(store, identity, error);
  if (status != JOB_DONE) return status;
  if (!DirectorySweep(store->path, error) || !WalkJournals(store, PETSC_FALSE, list, result, error) ||
      !ScreenStoreMerge(store, list, result, error))
    return JOB_INTERNAL;
  return JOB_DONE;
}

/* A file that no rank of a killed run has open. */
static PetscBool OpenJournal(ScreenStore store, int rank, FileError *error)
{
  char name[64], path[PETSC_MAX_PATH_LEN];

  snprintf(name, sizeof name, "journal-%d.jsonl", rank);
  ScreenStoreFile(store, name, path, sizeof path);
  store->journal = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  return store->journal < 0 ? FileFail(error, path, "cannot be made") : PETSC_TRUE;
}

PetscErrorCode ScreenStoreOpen(Job job, const char *path, json_t *identity, Contingencies list, ScreenResult *result,
                               ScreenStore *store)
{
  FileError    error = {""};
  JobStatus    status;
  PetscMPIInt  size_of_result = (PetscMPIInt)sizeof *result;
  MPI_Datatype type;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(store));
  (*store)->lock = (*store)->journal = -1;
  if (snprintf((*store)->path, sizeof(*store)->path, "%s", path) >= (int)sizeof(*store)->path)
    JobFail(job, JOB_INPUT, "screen: the path of -o is too long");
  if (job->rank == 0 && job->status == JOB_DONE) {
    status = Prepare(*store, identity, list, result, &error);
    if (status != JOB_DONE) JobFail(job, status, "%s", error.text);
  }
  PetscCall(JobAgree(job));
  if (job->status == JOB_DONE) {
    PetscCallMPI(MPI_Type_contiguous(size_of_result, MPI_BYTE, &type));
    PetscCallMPI(MPI_Type_commit(&type));
    PetscCallMPI(MPI_Bcast(result, (PetscMPIInt)list->n, type, 0, job->comm));
    PetscCallMPI(MPI_Type_free(&type));
    if (!OpenJournal(*store, job->rank, &error)) JobFail(job, JOB_INTERNAL, "%s", error.text);
  }
  PetscCall(JobAgree(job));
  if (job->status != JOB_DONE) PetscCall(ScreenStoreClose(store));
  PetscFunctionReturn(0);
}

PetscErrorCode ScreenStoreClose(ScreenStore *store)
{
  PetscFunctionBeginUser;
  if (!*store) PetscFunctionReturn(0);
  if ((*store)->journal >= 0) close((*store)->journal);
  if ((*store)->lock >= 0) close((*store)->lock);
  PetscCall(PetscFree(*store));
  PetscFunctionReturn(0);
}
