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

/* Energy of a period given to and taken from the buses of a carrier by a technology in a region, or in all. */
static void AddEnergy(json_t *table, Operation op, const Series *s, PetscInt period, const char *const names[2])
{
  const char *technology = op->technologies.text[s->technology];
  const char *region     = s->region < 0 ? "" : op->regions.text[s->region];
  double      part[2]    = {0, 0};

  for (PetscInt t = op->first[period]; t < op->first[period + 1]; t++)
    part[s->value[t] < 0] += fabs(s->value[t]) * op->hours[t];
  for (int k = 0; k < 2; k++) {
    const char *key[KEYS] = {names[k], technology, region, op->period[period], "MWh"};
    if (part[k] > 1e-6) ReportTableAdd(table, key, part[k]);
  }
}

/* A run has no statistics of its own: its hours are also its supply and withdrawal. */
static void AddOperation(json_t *table, Operation op, PetscBool alone)
{
  static const char *const plain[2] = {"Supply", "Withdrawal"};
  char                     name[2][300];
  const char *const        of_carrier[2] = {name[0], name[1]};

  for (PetscInt k = 0; k < op->n_series; k++) {
    const Series *s = &op->series[k];
    if (s->kind != SERIES_POWER || !strcmp(op->technologies.text[s->technology], "exchange")) continue;
    snprintf(name[0], sizeof name[0], "Fed in: %.280s", op->carriers.text[s->carrier]);
    snprintf(name[1], sizeof name[1], "Taken: %.280s", op->carriers.text[s->carrier]);
    for (PetscInt p = 0; p < op->n_periods; p++) {
      AddEnergy(table, op, s, p, of_carrier);
      if (alone) AddEnergy(table, op, s, p, plain);
    }
  }
}

PetscErrorCode ReportPutStatistics(ReportRun *run, Operation op)
{
  char    path[PETSC_MAX_PATH_LEN];
  json_t *table = ReportTable();

  PetscFunctionBeginUser;
  FileJoin(path, sizeof path, run->directory, "statistics.csv");
  if (FileExists(path)) PetscCall(ReadTable(path, table));
  AddOperation(table, op, json_array_size(json_object_get(table, "rows")) ? PETSC_FALSE : PETSC_TRUE);
  JsonPut(run->out, "statistics", table);
  PetscFunctionReturn(0);
}
