/* Totals by variable, carrier, region and period: those of a plan's statistics.csv; of a run, what its hours add up to. */
#include <math.h>
#include <string.h>

#include "inputs/csv.h"
#include "jobs/report_impl.h"

enum { KEYS = 5, MOST_ROWS = 40000 };

/* Names of the columns of statistics.csv, and of the lists of texts in the page's data. */
static const char *const columns[KEYS] = {"variable", "carrier", "region", "period", "unit"};
static const char *const lists[KEYS]   = {"variables", "carriers", "regions", "periods", "units"};

json_t *ReportTable(void)
{
  json_t *table = json_object();

  for (int k = 0; k < KEYS; k++) JsonPut(table, lists[k], json_array());
  JsonPut(table, "rows", json_array());
  return table;
}

static json_int_t Position(json_t *list, const char *text)
{
  size_t  k;
  json_t *item;

  json_array_foreach(list, k, item) if (!strcmp(json_string_value(item), text)) return (json_int_t)k;
  json_array_append_new(list, JsonText(text));
  return (json_int_t)json_array_size(list) - 1;
}

void ReportTableAdd(json_t *table, const char *const key[KEYS], double value)
{
  json_t *row = json_array();

  for (int k = 0; k < KEYS; k++)
    json_array_append_new(row, json_integer(Position(json_object_get(table, lists[k]), key[k])));
  json_array_append_new(row, JsonReal(value));
  json_array_append_new(json_object_get(table, "rows"), row);
}

/* Of a very long table the page takes what concerns all regions together. */
static PetscErrorCode ReadTable(const char *path, json_t *table)
{
  Faults    faults;
  Csv       csv;
  PetscReal number;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(CsvRead(PETSC_COMM_SELF, path, faults, &csv));
  if (csv) {
    const PetscInt  value = CsvColumn(csv, "value"), region = CsvColumn(csv, "region");
    const PetscBool brief = CsvRows(csv) > MOST_ROWS ? PETSC_TRUE : PETSC_FALSE;
    for (PetscInt row = 0; row < CsvRows(csv); row++) {
      const char *key[KEYS];
      for (int k = 0; k < KEYS; k++) key[k] = CsvText(csv, row, CsvColumn(csv, columns[k]));
      if (!TextToReal(CsvText(csv, row, value), &number) || !isfinite(number)) continue;
      if (!brief || !CsvText(csv, row, region)[0]) ReportTableAdd(table, key, (double)number);
    }
  }
  PetscCall(CsvDestroy(&csv));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

/* Energy given to and taken from the buses by a technology in a region, and by all of them. */
static void AddEnergy(json_t *table, Operation op, const Series *s, double sum[2][2])
{
  const char *technology = op->technologies.text[s->technology];
  const char *region     = s->region < 0 ? "" : op->regions.text[s->region];
  double      part[2]    = {0, 0};

  for (PetscInt t = 0; t < op->n; t++) part[s->value[t] < 0] += fabs(s->value[t]) * op->hours[t];
  for (int k = 0; k < 2; k++) {
    const char *key[KEYS] = {k ? "Withdrawal" : "Supply", technology, region, op->period[0], "MWh"};
    if (part[k] > 1e-6) ReportTableAdd(table, key, part[k]);
    if (s->region < 0) sum[0][k] += part[k];
  }
}

static void AddOperation(json_t *table, Operation op)
{
  double sum[2][2] = {{0, 0}, {0, 0}};

  for (PetscInt k = 0; k < op->n_series; k++) {
    const Series *s = &op->series[k];
    if (s->kind != SERIES_POWER || !strcmp(op->technologies.text[s->technology], "exchange")) continue;
    AddEnergy(table, op, s, sum);
  }
  for (int k = 0; k < 2; k++) {
    const char *key[KEYS] = {k ? "Withdrawal" : "Supply", "", "", op->period[0], "MWh"};
    ReportTableAdd(table, key, sum[0][k]);
  }
}

PetscErrorCode ReportPutStatistics(ReportRun *run, Operation op)
{
  char    path[PETSC_MAX_PATH_LEN];
  json_t *table = ReportTable();

  PetscFunctionBeginUser;
  FileJoin(path, sizeof path, run->directory, "statistics.csv");
  if (FileExists(path))
    PetscCall(ReadTable(path, table));
  else if (op->n_periods == 1)
    AddOperation(table, op);
  JsonPut(run->out, "statistics", table);
  PetscFunctionReturn(0);
}
