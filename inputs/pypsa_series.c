/* PyPSA CSV folders: snapshots and the series of varying attributes. */
#include "inputs/pypsa.h"
#include "inputs/timestamp.h"

#include <math.h>
#include <string.h>

static PetscErrorCode SeriesFault(Pypsa *p, Csv csv, PetscInt row, FaultSeverity severity, const char *what)
{
  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(p->faults, severity, CsvPath(csv), row < 0 ? 1 : CsvLine(csv, row), "%s", what));
  PetscFunctionReturn(0);
}

/* Times of the snapshots: uniform steps, or one snapshot with any name. */
static PetscErrorCode ReadTimes(Pypsa *p, Csv csv, PetscInt column)
{
  long long time, last = 0, step = 0;
  char      text[192], expected[TIMESTAMP_SIZE];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < CsvRows(csv); k++, last = time) {
    if (!TimestampParse(CsvText(csv, k, column), &time)) {
      if (CsvRows(csv) == 1) PetscFunctionReturn(0);
      snprintf(text, sizeof text, "found the snapshot '%.60s', expected a time such as 2030-06-21 00:00:00",
               CsvText(csv, k, column));
      PetscCall(SeriesFault(p, csv, k, FAULT_ERROR, text));
      PetscFunctionReturn(0);
    }
    if (k == 0) p->start = time;
    if (k == 1) step = time - last;
    if (k && (time <= last || time - last != step)) {
      snprintf(text, sizeof text, "found the snapshot %.40s, expected %s", CsvText(csv, k, column),
               step > 0 ? TimestampFormat(last + step, expected) : "one later than the snapshot before");
      PetscCall(SeriesFault(p, csv, k, FAULT_ERROR, text));
      PetscFunctionReturn(0);
    }
  }
  p->timed = PETSC_TRUE;
  if (step) p->step_hours = (PetscReal)step / 3600.0;
  PetscFunctionReturn(0);
}

/* The column of the times: "snapshot", or the only index there is. */
static PetscInt TimeColumn(Csv csv)
{
  static const char *const name[] = {"snapshot", "timestep", "name"};
  for (int k = 0; k < 3; k++)
    if (CsvColumn(csv, name[k]) >= 0) return CsvColumn(csv, name[k]);
  return 0;
}

static PetscErrorCode CheckWeights(Pypsa *p, Csv csv)
{
  static const char *const name[] = {"objective", "stores", "generators", "weightings"};

  PetscFunctionBeginUser;
  for (int k = 0; k < 4; k++) {
    PetscInt  column = CsvColumn(csv, name[k]);
    PetscReal weight;
    for (PetscInt row = 0; column >= 0 && row < CsvRows(csv); row++) {
      char text[160];
      PetscCall(CsvReal(csv, p->faults, row, column, CSV_EMPTY_ALLOWED, 1, &weight));
      if (weight == p->step_hours) continue;
      snprintf(text, sizeof text, "found the snapshot weighting %s = %g, expected the step of %g h, which is used",
               name[k], weight, p->step_hours);
      PetscCall(SeriesFault(p, csv, row, FAULT_WARNING, text));
      break;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadSnapshots(Pypsa *p)
{
  Csv  csv;
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  p->step_hours = 1;
  if (!PypsaHasFile(p, "snapshots.csv")) PetscFunctionReturn(0);
  snprintf(path, sizeof path, "%s/snapshots.csv", p->path);
  PetscCall(CsvRead(p->comm, path, p->faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  p->n_snapshots = CsvRows(csv);
  PetscCall(ReadTimes(p, csv, TimeColumn(csv)));
  PetscCall(CheckWeights(p, csv));
  PetscCall(CsvDestroy(&csv));
  if (p->n_snapshots) PetscCall(NetworkSetSnapshots(p->net, p->start, p->step_hours, p->n_snapshots));
  PetscFunctionReturn(0);
}

/* Rows follow the snapshots; where the index holds times they must be the snapshots' times. */
static PetscErrorCode CheckRows(Pypsa *p, Csv csv, PetscBool *good)
{
  char text[160], expected[TIMESTAMP_SIZE];

  PetscFunctionBeginUser;
  *good = PETSC_FALSE;
  if (CsvRows(csv) != p->n_snapshots) {
    snprintf(text, sizeof text, "found %d rows, expected one for each of the %d snapshots", (int)CsvRows(csv),
             (int)p->n_snapshots);
    PetscCall(SeriesFault(p, csv, -1, FAULT_ERROR, text));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; p->timed && k < CsvRows(csv); k++) {
    long long time, wanted = p->start + (long long)((PetscReal)k * p->step_hours * 3600.0 + 0.5);
    if (!TimestampParse(CsvText(csv, k, 0), &time) || time == wanted) continue;
    snprintf(text, sizeof text, "found the time %.40s, expected the snapshot %s", CsvText(csv, k, 0),
             TimestampFormat(wanted, expected));
    PetscCall(SeriesFault(p, csv, k, FAULT_ERROR, text));
    PetscFunctionReturn(0);
  }
  *good = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadColumns(PypsaTable *t, Csv csv, PetscReal **value)
{
  Pypsa    *p = t->folder;
  NameIndex index;

  PetscFunctionBeginUser;
  PetscCall(NameIndexCreate(t->n, t->name, &index));
  for (PetscInt c = 1; c < CsvColumns(csv); c++) {
    PetscInt row = NameIndexFind(index, CsvColumnName(csv, c));
    char     text[256];
    if (row < 0) {
      const char *near = NearestName(CsvColumnName(csv, c), t->n, t->name);
      snprintf(text, sizeof text, "found the column '%.60s', expected the name of one of the %s%s%.60s",
               CsvColumnName(csv, c), t->component, near ? " such as " : "", near ? near : "");
      PetscCall(SeriesFault(p, csv, -1, FAULT_ERROR, text));
      continue;
    }
    PetscCall(PetscMalloc1(p->n_snapshots + 1, &value[row]));
    for (PetscInt k = 0; k < p->n_snapshots; k++)
      PetscCall(CsvReal(csv, p->faults, k, c, CSV_FINITE, 0, &value[row][k]));
  }
  PetscCall(NameIndexDestroy(&index));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadSeries(PypsaTable *t, const char *attribute, PetscReal ***value)
{
  Pypsa    *p = t->folder;
  Csv       csv;
  char      path[PETSC_MAX_PATH_LEN], file[96];
  PetscBool good;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(t->n + 1, value));
  snprintf(file, sizeof file, "%s-%s.csv", t->component, attribute);
  if (!PypsaHasFile(p, file)) PetscFunctionReturn(0);
  snprintf(path, sizeof path, "%s/%s", p->path, file);
  PetscCall(CsvRead(p->comm, path, p->faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  PetscCall(CheckRows(p, csv, &good));
  if (good) PetscCall(ReadColumns(t, csv, *value));
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaSeriesDestroy(PypsaTable *t, PetscReal ***value)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < t->n; k++) PetscCall(PetscFree((*value)[k]));
  PetscCall(PetscFree(*value));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaAddSeries(Pypsa *p, const PetscReal *value, PetscReal scale, PetscInt *row)
{
  PetscReal *scaled;

  PetscFunctionBeginUser;
  if (!p->n_snapshots) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(p->n_snapshots, &scaled));
  for (PetscInt k = 0; k < p->n_snapshots; k++) scaled[k] = scale * value[k];
  PetscCall(NetworkAddSeries(p->net, scaled, row));
  PetscCall(PetscFree(scaled));
  PetscFunctionReturn(0);
}

/* Series that are read, and results that PyPSA writes beside its inputs and nobody needs. */
static PetscBool IsKnownSeries(const char *file)
{
  static const char *const read[]   = {"generators-p_max_pu.csv",  "generators-p_min_pu.csv",
                                       "loads-p_set.csv",          "loads-q_set.csv",
                                       "storage_units-inflow.csv", "reserves-requirement_mw.csv"};
  static const char *const result[] = {"-p.csv",
                                       "-q.csv",
                                       "-p0.csv",
                                       "-p1.csv",
                                       "-p2.csv",
                                       "-p3.csv",
                                       "-e.csv",
                                       "-q0.csv",
                                       "-q1.csv",
                                       "-marginal_price.csv",
                                       "-v_mag_pu.csv",
                                       "-v_ang.csv",
                                       "-state_of_charge.csv",
                                       "-spill.csv",
                                       "-p_dispatch.csv",
                                       "-p_store.csv",
                                       "-status.csv",
                                       "-start_up.csv",
                                       "-shut_down.csv"};
  const char              *dash     = strchr(file, '-');
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(read); k++)
    if (!strcmp(file, read[k])) return PETSC_TRUE;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(result); k++)
    if (!strcmp(dash, result[k])) return PETSC_TRUE;
  return strncmp(dash, "-mu_", 4) ? PETSC_FALSE : PETSC_TRUE;
}

PetscErrorCode PypsaCheckSeriesFiles(Pypsa *p)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < p->n_files; k++) {
    if (!strchr(p->file[k], '-') || IsKnownSeries(p->file[k])) continue;
    snprintf(path, sizeof path, "%s/%s", p->path, p->file[k]);
    PetscCall(
        FaultsAdd(p->faults, FAULT_WARNING, path, 0, "found a series that is not read: the static values are used"));
  }
  PetscFunctionReturn(0);
}
