/* Rows of statistics: looked up by what they are of, kept in one order, written and read as tidy CSV. */
#include "jobs/statistics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inputs/csv.h"
#include "jobs/format.h"

struct _p_Statistics {
  PetscInt       n, capacity, slots;
  StatisticsRow *row;  /* [n] */
  PetscInt      *slot; /* [slots] row + 1, 0: empty; open addressing. NULL after sorting */
};

static const char *const columns[] = {"variable", "carrier", "region", "period", "unit", "value"};

PetscErrorCode StatisticsCreateEmpty(Statistics *statistics)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(statistics));
  PetscFunctionReturn(0);
}

static PetscErrorCode FreeRow(StatisticsRow *row)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(row->variable));
  PetscCall(PetscFree(row->carrier));
  PetscCall(PetscFree(row->region));
  PetscCall(PetscFree(row->unit));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsDestroy(Statistics *statistics)
{
  PetscFunctionBeginUser;
  if (!*statistics) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*statistics)->n; k++) PetscCall(FreeRow(&(*statistics)->row[k]));
  PetscCall(PetscFree((*statistics)->row));
  PetscCall(PetscFree((*statistics)->slot));
  PetscCall(PetscFree(*statistics));
  PetscFunctionReturn(0);
}

static uint64_t HashText(uint64_t hash, const char *text)
{
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
  return (hash ^ 0xffu) * 1099511628211u;
}

static PetscInt FirstSlot(Statistics s, const char *variable, const char *carrier, const char *region, PetscInt period)
{
  uint64_t hash = HashText(HashText(HashText(14695981039346656037u, variable), carrier), region) + (uint64_t)period;
  return (PetscInt)((hash ^ hash >> 32) % (uint64_t)s->slots);
}

static PetscBool IsRow(const StatisticsRow *row, const char *variable, const char *carrier, const char *region,
                       PetscInt period)
{
  return (PetscBool)(row->period == period && !strcmp(row->carrier, carrier) && !strcmp(row->region, region) &&
                     !strcmp(row->variable, variable));
}

/* Slot where the row stands or would stand. */
static PetscInt FindSlot(Statistics s, const char *variable, const char *carrier, const char *region, PetscInt period)
{
  PetscInt at = FirstSlot(s, variable, carrier, region, period);

  while (s->slot[at] && !IsRow(&s->row[s->slot[at] - 1], variable, carrier, region, period)) at = (at + 1) % s->slots;
  return at;
}

/* Room for one more row, and slots that are at most half full. */
static PetscErrorCode Reserve(Statistics s)
{
  PetscFunctionBeginUser;
  if (s->n == s->capacity) {
    s->capacity = 2 * s->capacity + 64;
    PetscCall(PetscRealloc((size_t)s->capacity * sizeof *s->row, &s->row));
  }
  if (s->slot && 2 * (s->n + 1) <= s->slots) PetscFunctionReturn(0);
  PetscCall(PetscFree(s->slot));
  s->slots = 4 * (s->capacity + 1);
  PetscCall(PetscCalloc1(s->slots, &s->slot));
  for (PetscInt k = 0; k < s->n; k++) {
    const StatisticsRow *row                                                    = &s->row[k];
    s->slot[FindSlot(s, row->variable, row->carrier, row->region, row->period)] = k + 1;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode FindOrAdd(Statistics s, const StatisticsRow *wanted, StatisticsRow **found)
{
  StatisticsRow *row;
  PetscInt       at;

  PetscFunctionBeginUser;
  PetscCall(Reserve(s));
  at = FindSlot(s, wanted->variable, wanted->carrier, wanted->region, wanted->period);
  if (!s->slot[at]) {
    row         = &s->row[s->n];
    row->period = wanted->period;
    row->value  = 0;
    PetscCall(PetscStrallocpy(wanted->variable, &row->variable));
    PetscCall(PetscStrallocpy(wanted->carrier, &row->carrier));
    PetscCall(PetscStrallocpy(wanted->region, &row->region));
    PetscCall(PetscStrallocpy(wanted->unit, &row->unit));
    s->slot[at] = ++s->n;
  }
  *found = &s->row[s->slot[at] - 1];
  PetscFunctionReturn(0);
}

static PetscErrorCode Put(Statistics s, const char *variable, const char *carrier, const char *region, PetscInt period,
                          const char *unit, PetscReal value, PetscBool increase)
{
  const StatisticsRow wanted = {.variable = (char *)variable,
                                .carrier  = (char *)(carrier ? carrier : ""),
                                .region   = (char *)(region ? region : ""),
                                .unit     = (char *)(unit ? unit : ""),
                                .period   = period};
  StatisticsRow      *row;

  PetscFunctionBeginUser;
  if (!isfinite(value)) PetscFunctionReturn(0);
  PetscCall(FindOrAdd(s, &wanted, &row));
  row->value = (increase ? row->value : 0) + value;
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsAdd(Statistics s, const char *variable, const char *carrier, const char *region,
                             PetscInt period, const char *unit, PetscReal value)
{
  PetscFunctionBeginUser;
  PetscCall(Put(s, variable, carrier, region, period, unit, value, PETSC_FALSE));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsIncrease(Statistics s, const char *variable, const char *carrier, const char *region,
                                  PetscInt period, const char *unit, PetscReal value)
{
  PetscFunctionBeginUser;
  PetscCall(Put(s, variable, carrier, region, period, unit, value, PETSC_TRUE));
  PetscFunctionReturn(0);
}

PetscInt StatisticsCount(Statistics s)
{
  return s->n;
}

const StatisticsRow *StatisticsGet(Statistics s, PetscInt k)
{
  return &s->row[k];
}

PetscReal StatisticsValue(Statistics s, const char *variable, const char *carrier, const char *region, PetscInt period)
{
  PetscInt at;

  if (!s->n || !s->slot) return NAN;
  at = FindSlot(s, variable, carrier, region, period);
  return s->slot[at] ? s->row[s->slot[at] - 1].value : NAN;
}

/* Place of a variable in the table; those of other rooms follow. */
static PetscInt Place(const char *variable)
{
  PetscInt k = 0;
  while (StatisticsVariables[k].name && strcmp(StatisticsVariables[k].name, variable) != 0) k++;
  return k;
}

int StatisticsCompareRows(const StatisticsRow *a, const StatisticsRow *b)
{
  int order = strcmp(a->variable, b->variable);

  if (order) {
    PetscInt i = Place(a->variable), j = Place(b->variable);
    return i == j ? order : i < j ? -1 : 1;
  }
  order = strcmp(a->carrier, b->carrier);
  if (!order) order = strcmp(a->region, b->region);
  if (!order) order = (a->period > b->period) - (a->period < b->period);
  return order;
}

static int CompareRows(const void *a, const void *b)
{
  return StatisticsCompareRows(a, b);
}

PetscErrorCode StatisticsSort(Statistics s)
{
  PetscFunctionBeginUser;
  if (!s->n) PetscFunctionReturn(0);
  qsort(s->row, (size_t)s->n, sizeof *s->row, CompareRows);
  PetscCall(PetscArrayzero(s->slot, s->slots));
  for (PetscInt k = 0; k < s->n; k++) {
    const StatisticsRow *row                                                    = &s->row[k];
    s->slot[FindSlot(s, row->variable, row->carrier, row->region, row->period)] = k + 1;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsCsv(Statistics s, Text *csv)
{
  PetscFunctionBeginUser;
  PetscCall(StatisticsSort(s));
  for (int c = 0; c < 6; c++) TextAdd(csv, "%s%s", c ? "," : "", columns[c]);
  TextAdd(csv, "\n");
  for (PetscInt k = 0; k < s->n; k++) {
    const StatisticsRow *row = &s->row[k];
    TextAddField(csv, row->variable);
    TextAdd(csv, ",");
    TextAddField(csv, row->carrier);
    TextAdd(csv, ",");
    TextAddField(csv, row->region);
    if (row->period)
      TextAdd(csv, ",%d,", (int)row->period);
    else
      TextAdd(csv, ",,");
    TextAddField(csv, row->unit);
    TextAdd(csv, ",%s\n", FormatExact(row->value).text);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsWriteCsv(Statistics s, const char *path, PetscBool *written, FileError *error)
{
  Text csv = {0};

  PetscFunctionBeginUser;
  PetscCall(StatisticsCsv(s, &csv));
  *written = FileWrite(path, csv.bytes, csv.size, error);
  free(csv.bytes);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRows(Csv csv, Faults faults, Statistics s)
{
  PetscInt column[6];

  PetscFunctionBeginUser;
  PetscCall(CsvRequire(csv, faults, 6, columns, column));
  if (FaultsErrorCount(faults)) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < CsvRows(csv); k++) {
    PetscInt  period;
    PetscReal value;
    PetscCall(CsvInt(csv, faults, k, column[3], CSV_EMPTY_ALLOWED, 0, &period));
    PetscCall(CsvReal(csv, faults, k, column[5], CSV_EMPTY_ALLOWED, NAN, &value));
    PetscCall(StatisticsAdd(s, CsvText(csv, k, column[0]), CsvText(csv, k, column[1]), CsvText(csv, k, column[2]),
                            period, CsvText(csv, k, column[4]), value));
  }
  PetscFunctionReturn(0);
}

/* The first fault as one line. */
static PetscErrorCode TellFault(Faults faults, const char *path, FileError *error)
{
  const char *text;
  PetscInt    line;

  PetscFunctionBeginUser;
  PetscCall(FaultsGet(faults, 0, NULL, NULL, &line, &text));
  if (line > 0)
    snprintf(error->text, sizeof error->text, "%.600s:%d: %.300s", path, (int)line, text);
  else
    snprintf(error->text, sizeof error->text, "%.600s: %.300s", path, text);
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsRead(const char *path, Statistics *statistics, FileError *error)
{
  Faults faults;
  Csv    csv;

  PetscFunctionBeginUser;
  *statistics = NULL;
  PetscCall(FaultsCreate(&faults));
  PetscCall(CsvRead(PETSC_COMM_SELF, path, faults, &csv));
  if (csv) {
    PetscCall(StatisticsCreateEmpty(statistics));
    PetscCall(ReadRows(csv, faults, *statistics));
    PetscCall(StatisticsSort(*statistics));
  }
  if (FaultsErrorCount(faults)) {
    PetscCall(TellFault(faults, path, error));
    PetscCall(StatisticsDestroy(statistics));
  }
  PetscCall(CsvDestroy(&csv));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}
