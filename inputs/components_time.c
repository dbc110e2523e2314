/* Snapshots, investment periods and representative days of a PyPSA CSV folder. */
#include "inputs/components_impl.h"

#include <math.h>
#include <string.h>

static PetscErrorCode ReadPeriods(ComponentFolder *f)
{
  Components c = f->c;
  Csv        csv;
  PetscInt   objective, years;

  PetscFunctionBegin;
  PetscCall(ComponentFolderCsv(f, "investment_periods.csv", &csv));
  if (!csv) PetscFunctionReturn(0);
  PetscCall(ComponentsResizePeriods(c, CsvRows(csv)));
  objective = CsvColumn(csv, "objective");
  years     = CsvColumn(csv, "years");
  for (PetscInt k = 0; k < c->n_periods; k++) {
    PetscCall(CsvInt(csv, f->faults, k, 0, CSV_FINITE, 0, &c->period[k]));
    if (objective >= 0) PetscCall(CsvReal(csv, f->faults, k, objective, CSV_EMPTY_ALLOWED, 1, &c->period_objective[k]));
    if (years >= 0) PetscCall(CsvReal(csv, f->faults, k, years, CSV_EMPTY_ALLOWED, 1, &c->period_years[k]));
    if (k && c->period[k] <= c->period[k - 1])
      PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                          "found the period %" PetscInt_FMT " after %" PetscInt_FMT ", expected rising years",
                          c->period[k], c->period[k - 1]));
    if (c->period_objective[k] < 0 || c->period_years[k] < 0)
      PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                          "found a negative weight, expected objective and years not below 0"));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

/* Which column has the labels: PyPSA names it snapshot, or timestep beside period; before, it was the first. */
static PetscInt LabelColumn(Csv csv)
{
  static const char *const usual[] = {"snapshot", "timestep", "name"};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(usual); k++)
    if (CsvColumn(csv, usual[k]) >= 0) return CsvColumn(csv, usual[k]);
  return 0;
}

static PetscErrorCode TakeWeights(ComponentFolder *f, Csv csv, const char *name, PetscReal *weight)
{
  PetscInt column = CsvColumn(csv, name);
  PetscFunctionBegin;
  if (column < 0 && CsvColumn(csv, "objective") < 0 && CsvColumn(csv, "stores") < 0 && CsvColumn(csv, "generators") < 0)
    column = CsvColumn(csv, "weightings");
  for (PetscInt k = 0; column >= 0 && k < CsvRows(csv); k++) {
    PetscCall(CsvReal(csv, f->faults, k, column, CSV_FINITE, 1, &weight[k]));
    if (weight[k] < 0)
      PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                          "column \"%s\": found %g, expected hours not below 0", CsvColumnName(csv, column),
                          weight[k]));
  }
  PetscFunctionReturn(0);
}

/* The snapshots' periods; without investment_periods.csv the periods are those of the snapshots, as in PyPSA. */
static PetscErrorCode TakePeriods(ComponentFolder *f, Csv csv, PetscInt column)
{
  Components      c     = f->c;
  const PetscBool known = c->n_periods > 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscInt       *year, n = 0, at = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(c->n_snapshots + 1, &year));
  for (PetscInt k = 0; k < c->n_snapshots; k++) {
    PetscCall(CsvInt(csv, f->faults, k, column, CSV_FINITE, 0, &year[k]));
    n += !k || year[k] != year[k - 1];
  }
  if (!known) PetscCall(ComponentsResizePeriods(c, n));
  for (PetscInt k = 0, next = 0; k < c->n_snapshots; k++) {
    if (!known && (!k || year[k] != year[k - 1])) c->period[next++] = year[k];
    while (known && at < c->n_periods && c->period[at] != year[k]) at++;
    if (!known) at = next - 1;
    if (at == c->n_periods || (!known && at && c->period[at] <= c->period[at - 1])) {
      PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                          "found the period %" PetscInt_FMT ", expected those of investment_periods.csv in their order",
                          year[k]));
      break;
    }
    c->period_of[k] = at;
  }
  PetscCall(PetscFree(year));
  PetscFunctionReturn(0);
}

/* Investment periods and snapshots without periods: each period has all snapshots, as in PyPSA. */
static PetscErrorCode RepeatSnapshots(Components c)
{
  const PetscInt n = c->n_snapshots;
  char         **label;
  PetscReal     *weight[3];

  PetscFunctionBegin;
  label = c->snapshot, weight[0] = c->weight_objective, weight[1] = c->weight_generators, weight[2] = c->weight_stores;
  c->snapshot = NULL, c->weight_objective = c->weight_generators = c->weight_stores = NULL;
  PetscCall(ComponentsResizeSnapshots(c, n * c->n_periods));
  for (PetscInt k = 0; k < c->n_snapshots; k++) {
    PetscCall(PetscStrallocpy(label[k % n], &c->snapshot[k]));
    c->period_of[k]         = k / n;
    c->weight_objective[k]  = weight[0][k % n];
    c->weight_generators[k] = weight[1][k % n];
    c->weight_stores[k]     = weight[2][k % n];
  }
  for (PetscInt k = 0; k < n; k++) PetscCall(PetscFree(label[k]));
  PetscCall(PetscFree(label));
  for (int k = 0; k < 3; k++) PetscCall(PetscFree(weight[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckLabels(ComponentFolder *f, Csv csv)
{
  Components c = f->c;
  PetscFunctionBegin;
  for (PetscInt from = 0, to; from < c->n_snapshots; from = to) {
    NameIndex index;
    for (to = from; to < c->n_snapshots && c->period_of[to] == c->period_of[from];) to++;
    PetscCall(NameIndexCreate(to - from, c->snapshot + from, &index));
    for (PetscInt k = from; k < to; k++) {
      PetscInt first = from + NameIndexFind(index, c->snapshot[k]);
      if (first < k)
        PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                            "found the snapshot \"%.60s\" twice, expected it once (first at line %" PetscInt_FMT ")",
                            c->snapshot[k], CsvLine(csv, first)));
    }
    PetscCall(NameIndexDestroy(&index));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadSnapshots(ComponentFolder *f)
{
  Components c = f->c;
  Csv        csv;
  PetscInt   label, period;

  PetscFunctionBegin;
  PetscCall(ComponentFolderCsv(f, "snapshots.csv", &csv));
  if (csv && !CsvRows(csv))
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), 1, "found no snapshot, expected at least one"));
  if (csv && CsvRows(csv)) {
    PetscCall(ComponentsResizeSnapshots(c, CsvRows(csv)));
    label  = LabelColumn(csv);
    period = CsvColumn(csv, "period");
    for (PetscInt k = 0; k < c->n_snapshots; k++) PetscCall(PetscStrallocpy(CsvText(csv, k, label), &c->snapshot[k]));
    PetscCall(TakeWeights(f, csv, "objective", c->weight_objective));
    PetscCall(TakeWeights(f, csv, "generators", c->weight_generators));
    PetscCall(TakeWeights(f, csv, "stores", c->weight_stores));
    if (period >= 0) PetscCall(TakePeriods(f, csv, period));
    PetscCall(CheckLabels(f, csv));
    if (period < 0 && c->n_periods) PetscCall(RepeatSnapshots(c));
  } else if (c->n_periods) {
    PetscCall(RepeatSnapshots(c));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeDay(ComponentFolder *f, Csv csv, const PetscInt column[3], PetscInt k)
{
  Components c    = f->c;
  PetscInt   year = 0, day = 0, expected = 0;

  PetscFunctionBegin;
  if (column[0] >= 0) PetscCall(CsvInt(csv, f->faults, k, column[0], CSV_EMPTY_ALLOWED, 0, &year));
  PetscCall(CsvInt(csv, f->faults, k, column[1], CSV_FINITE, 0, &day));
  PetscCall(CsvInt(csv, f->faults, k, column[2], CSV_FINITE, 0, &c->day_representative[k]));
  while (c->day_period[k] < c->n_periods && c->period[c->day_period[k]] != year) c->day_period[k]++;
  if (c->n_periods && c->day_period[k] == c->n_periods) {
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                        "found the period %" PetscInt_FMT ", expected one of the investment periods", year));
    c->day_period[k] = 0;
  }
  for (PetscInt j = 0; j < k; j++) expected += c->day_period[j] == c->day_period[k];
  if (day != expected)
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                        "found the day %" PetscInt_FMT ", expected %" PetscInt_FMT
                        " (days of a period count from 0 in their order)",
                        day, expected));
  if (c->day_representative[k] < 0 || c->day_representative[k] >= c->n_snapshots)
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                        "found the representative %" PetscInt_FMT ", expected a day of the period's snapshots from 0",
                        c->day_representative[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDays(ComponentFolder *f)
{
  static const char *const name[] = {"day", "representative"};
  Components               c      = f->c;
  PetscInt                 column[3];
  Csv                      csv;

  PetscFunctionBegin;
  PetscCall(ComponentFolderCsv(f, "representative_days.csv", &csv));
  if (!csv) PetscFunctionReturn(0);
  column[0] = CsvColumn(csv, "period");
  PetscCall(CsvRequire(csv, f->faults, 2, name, column + 1));
  if (column[1] >= 0 && column[2] >= 0) {
    c->n_days = CsvRows(csv);
    PetscCall(PetscCalloc1(c->n_days + 1, &c->day_period));
    PetscCall(PetscCalloc1(c->n_days + 1, &c->day_representative));
    for (PetscInt k = 0; k < c->n_days; k++) PetscCall(TakeDay(f, csv, column, k));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsReadTime(ComponentFolder *f)
{
  PetscFunctionBegin;
  PetscCall(ReadPeriods(f));
  PetscCall(ReadSnapshots(f));
  PetscCall(ReadDays(f));
  PetscFunctionReturn(0);
}
