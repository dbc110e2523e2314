/* Disturbances with their verdicts, and trajectories: of a run, and of the days on which a plan was checked. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/format.h"
#include "jobs/report_impl.h"

enum { MOST_TRAJECTORIES = 8, MOST_LINES = 12, MOST_POINTS = 500, MOST_DISTURBANCES = 40 };

static int Compare(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a directory that end as said, sorted. */
static PetscErrorCode List(const char *directory, const char *ending, TextList *list)
{
  DIR           *stream = opendir(directory);
  struct dirent *entry;
  PetscInt       at;
  const size_t   n = strlen(ending);

  PetscFunctionBeginUser;
  if (!stream) PetscFunctionReturn(0);
  while ((entry = readdir(stream))) {
    const size_t m = strlen(entry->d_name);
    if (entry->d_name[0] != '.' && m > n && !strcmp(entry->d_name + m - n, ending))
      PetscCall(TextListFind(list, entry->d_name, &at));
  }
  closedir(stream);
  qsort(list->text, (size_t)list->n, sizeof *list->text, Compare);
  PetscFunctionReturn(0);
}

PetscErrorCode ReportChecks(const char *directory, const char *file, TextList *list)
{
  TextList names = {0};
  char     folder[PETSC_MAX_PATH_LEN], inner[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  PetscInt at;

  PetscFunctionBeginUser;
  FileJoin(folder, sizeof folder, directory, "check");
  PetscCall(List(folder, "", &names));
  for (PetscInt k = 0; k < names.n; k++) {
    FileJoin(inner, sizeof inner, folder, names.text[k]);
    FileJoin(path, sizeof path, inner, file);
    if (FileExists(path)) PetscCall(TextListFind(list, names.text[k], &at));
  }
  PetscCall(TextListDestroy(&names));
  PetscFunctionReturn(0);
}

static void PutReal(Dataset ds, const char *variable, size_t k, const char *key, json_t *row)
{
  const double *value = ReportReals(ds, variable);
  if (value) JsonPut(row, key, JsonReal(value[k]));
}

static void PutText(Dataset ds, const char *variable, size_t k, const char *key, json_t *row)
{
  char *const *text = ReportTexts(ds, variable);
  if (text) JsonPut(row, key, JsonText(text[k]));
}

/* The disturbances of one results file. */
static void PutDisturbances(Dataset ds, const char *where, json_t *list)
{
  const size_t    n    = ReportLength(ds, "disturbance");
  const Variable *time = DatasetFind(ds, "disturbance_time");

  for (size_t k = 0; k < n && json_array_size(list) < MOST_DISTURBANCES; k++) {
    json_t *row = json_object();
    JsonPut(row, "where", JsonText(where));
    if (time && time->kind == VALUE_INTEGER) JsonPut(row, "time", json_string(FormatTime(time->integer[k]).text));
    PutText(ds, "disturbance_name", k, "name", row);
    PutText(ds, "disturbance_verdict", k, "verdict", row);
    PutText(ds, "disturbance_criterion", k, "criterion", row);
    PutReal(ds, "disturbance_angle_spread", k, "spread", row);
    PutReal(ds, "disturbance_critical_clearing_time", k, "clearing", row);
    PutReal(ds, "disturbance_frequency_nadir", k, "nadir", row);
    PutReal(ds, "disturbance_frequency_zenith", k, "zenith", row);
    PutReal(ds, "disturbance_min_voltage", k, "voltage", row);
    PutReal(ds, "disturbance_lost_load", k, "lost", row);
    json_array_append_new(list, row);
  }
}

/* How far a column of a [T][n] variable moves: the lines that move most are shown. */
static double Range(const double *value, size_t T, size_t n, size_t k)
{
  double least = INFINITY, most = -INFINITY;

  for (size_t t = 0; t < T; t++) {
    if (!isfinite(value[t * n + k])) continue;
    least = fmin(least, value[t * n + k]);
    most  = fmax(most, value[t * n + k]);
  }
  return most > least ? most - least : 0;
}

/* The next widest column that is not yet taken. */
static size_t Widest(const double *value, size_t T, size_t n, const PetscBool *taken)
{
  size_t best = n;
  double most = -1;

  for (size_t k = 0; k < n; k++) {
    const double range = taken[k] ? -1 : Range(value, T, n, k);
    if (range > most) {
      most = range;
      best = k;
    }
  }
  return best;
}

static json_t *Lines(const Variable *v, char *const *label, size_t T, size_t n)
{
  json_t      *lines = json_object();
  const size_t step  = (T + MOST_POINTS - 1) / MOST_POINTS;
  PetscBool   *taken = calloc(n + 1, sizeof *taken);

  for (size_t shown = 0; taken && shown < PetscMin(n, (size_t)MOST_LINES); shown++) {
    const size_t k    = Widest(v->real, T, n, taken);
    json_t      *line = json_array();
    taken[k]          = PETSC_TRUE;
    for (size_t t = 0; t < T; t += step) json_array_append_new(line, JsonReal(v->real[t * n + k]));
    JsonPut(lines, label[k], line);
  }
  free(taken);
  return lines;
}

/* The channels of a trajectory that tell most. */
static void PutTrajectory(Dataset ds, const char *name, json_t *list)
{
  static const char *const channels[][2] = {
      {"bus_vm_pu", "bus"}, {"bus_frequency_hz", "bus"}, {"machine_angle_deg", "machine"}};
  const double *time = ReportReals(ds, "time");
  const size_t  T = ReportLength(ds, "time"), step = (T + MOST_POINTS - 1) / MOST_POINTS;
  json_t       *row, *times, *shown;

  if (!time || T < 2 || json_array_size(list) >= MOST_TRAJECTORIES) return;
  row   = json_object();
  times = json_array();
  shown = json_array();
  for (size_t t = 0; t < T; t += step) json_array_append_new(times, JsonReal(time[t]));
  for (size_t c = 0; c < sizeof channels / sizeof channels[0]; c++) {
    const Variable *v     = DatasetFind(ds, channels[c][0]);
    char *const    *label = ReportTexts(ds, channels[c][1]);
    json_t         *channel;
    if (!v || v->kind != VALUE_REAL || !label) continue;
    channel = json_object();
    JsonPut(channel, "channel", json_string(channels[c][0]));
    JsonPut(channel, "of", json_integer((json_int_t)ReportLength(ds, channels[c][1])));
    JsonPut(channel, "lines", Lines(v, label, T, ReportLength(ds, channels[c][1])));
    json_array_append_new(shown, channel);
  }
  JsonPut(row, "name", JsonText(name));
  JsonPut(row, "time", times);
  JsonPut(row, "channels", shown);
  json_array_append_new(list, row);
}

/* The trajectory files of a directory: DIR/trajectories/NAME.nc. */
static PetscErrorCode ReadTrajectories(const char *directory, const char *where, json_t *list)
{
  TextList  names = {0};
  char      folder[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN], name[600];
  FileError error;
  Dataset   ds;

  PetscFunctionBeginUser;
  FileJoin(folder, sizeof folder, directory, "trajectories");
  PetscCall(List(folder, ".nc", &names));
  for (PetscInt k = 0; k < names.n; k++) {
    FileJoin(path, sizeof path, folder, names.text[k]);
    PetscCall(DatasetReadNetcdf(path, &ds, &error));
    if (!ds) continue;
    snprintf(name, sizeof name, "%s%s%.*s", where, where[0] ? ": " : "", (int)strlen(names.text[k]) - 3, names.text[k]);
    PutTrajectory(ds, name, list);
    PetscCall(DatasetDestroy(&ds));
  }
  PetscCall(TextListDestroy(&names));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadCheck(ReportRun *run, const char *name, json_t *disturbances, json_t *trajectories)
{
  char      folder[PETSC_MAX_PATH_LEN], inner[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  FileError error;
  Dataset   ds;

  PetscFunctionBeginUser;
  FileJoin(folder, sizeof folder, run->directory, "check");
  FileJoin(inner, sizeof inner, folder, name);
  FileJoin(path, sizeof path, inner, "results.nc");
  PetscCall(DatasetReadNetcdf(path, &ds, &error));
  if (ds) PutDisturbances(ds, name, disturbances);
  PetscCall(DatasetDestroy(&ds));
  PetscCall(ReadTrajectories(inner, name, trajectories));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportPutStability(ReportRun *run)
{
  json_t  *out = json_object(), *disturbances = json_array(), *trajectories = json_array();
  TextList checks = {0};

  PetscFunctionBeginUser;
  if (run->results) PutDisturbances(run->results, "", disturbances);
  PetscCall(ReadTrajectories(run->directory, "", trajectories));
  PetscCall(ReportChecks(run->directory, "results.nc", &checks));
  for (PetscInt k = 0; k < checks.n; k++) PetscCall(ReadCheck(run, checks.text[k], disturbances, trajectories));
  PetscCall(TextListDestroy(&checks));
  JsonPut(out, "disturbances", disturbances);
  JsonPut(out, "trajectories", trajectories);
  JsonPut(run->out, "stability", out);
  PetscFunctionReturn(0);
}
