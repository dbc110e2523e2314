/* Checks of a series: its times and its numbers. */
#include "inputs/check_impl.h"
#include "inputs/csv.h"
#include "inputs/timestamp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400

/* Where the times of a series stand: one column, or four. */
typedef struct {
  Csv      csv;
  Faults   faults;
  PetscInt stamp;   /* column of times, or -1 */
  PetscInt part[4]; /* Year, Month, Day, Period, when stamp is -1 */
  PetscInt periods; /* of a day */
} Series;

static PetscErrorCode RowFault(Series *s, PetscInt row, const char *found, const char *expected)
{
  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(s->faults, FAULT_ERROR, CsvPath(s->csv), CsvLine(s->csv, row), "found %s, expected %s", found,
                      expected));
  PetscFunctionReturn(0);
}

static PetscErrorCode FindTimes(Series *s, PetscBool *found)
{
  static const char *const part[] = {"Year", "Month", "Day", "Period"};
  PetscInt                 parts  = 0;

  PetscFunctionBeginUser;
  s->stamp = CsvColumn(s->csv, "snapshot");
  for (int k = 0; k < 4; k++) {
    s->part[k] = CsvColumn(s->csv, part[k]);
    parts += s->part[k] >= 0;
  }
  if (s->stamp < 0 && parts < 4 && !CsvColumnName(s->csv, 0)[0]) s->stamp = 0;
  *found = s->stamp >= 0 || parts == 4 ? PETSC_TRUE : PETSC_FALSE;
  if (!*found)
    PetscCall(FaultsAdd(s->faults, FAULT_ERROR, CsvPath(s->csv), 1,
                        "found no column of times, expected 'snapshot', or Year, Month, Day and Period"));
  PetscFunctionReturn(0);
}

static PetscErrorCode RowParts(Series *s, PetscInt row, PetscInt part[4])
{
  PetscFunctionBeginUser;
  for (int k = 0; k < 4; k++) PetscCall(CsvInt(s->csv, s->faults, row, s->part[k], CSV_FINITE, -1, &part[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CountPeriods(Series *s)
{
  Faults unused;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&unused));
  for (PetscInt row = 0; s->stamp < 0 && row < CsvRows(s->csv); row++) {
    PetscInt period;
    PetscCall(CsvInt(s->csv, unused, row, s->part[3], CSV_FINITE, 1, &period));
    s->periods = PetscMax(s->periods, PetscMin(period, DAY));
  }
  PetscCall(FaultsDestroy(&unused));
  PetscFunctionReturn(0);
}

/* The time of a row, or a fault. */
static PetscErrorCode RowTime(Series *s, PetscInt row, long long *time, PetscBool *good)
{
  char     text[96], date[32];
  PetscInt part[4], before = FaultsErrorCount(s->faults);

  PetscFunctionBeginUser;
  *good = PETSC_FALSE;
  if (s->stamp >= 0) {
    *good = TimestampParse(CsvText(s->csv, row, s->stamp), time);
    snprintf(text, sizeof text, "the time '%.60s'", CsvText(s->csv, row, s->stamp));
    if (!*good) PetscCall(RowFault(s, row, text, "one such as 2030-06-21 00:00:00"));
    PetscFunctionReturn(0);
  }
  PetscCall(RowParts(s, row, part));
  if (FaultsErrorCount(s->faults) > before) PetscFunctionReturn(0);
  for (int k = 0; k < 3; k++) part[k] = PetscMax(0, PetscMin(part[k], 9999));
  snprintf(date, sizeof date, "%04d-%02d-%02d", (int)part[0], (int)part[1], (int)part[2]);
  *good = TimestampParse(date, time) && part[3] >= 1 && part[3] <= s->periods ? PETSC_TRUE : PETSC_FALSE;
  snprintf(text, sizeof text, "the date %s, period %d", date, (int)part[3]);
  if (!*good)
    PetscCall(RowFault(s, row, text, "a date of the calendar and a period of at least 1"));
  else
    *time += (long long)(part[3] - 1) * DAY / s->periods;
  PetscFunctionReturn(0);
}

/* The step that most neighbours have among the first rows. */
static long long CommonStep(const long long *time, PetscInt n)
{
  long long best  = 0;
  PetscInt  votes = 0;
  for (PetscInt i = 1; i < n && i < 50; i++) {
    PetscInt same = 0;
    for (PetscInt j = 1; j < n && j < 50; j++) same += time[j] - time[j - 1] == time[i] - time[i - 1];
    if (same <= votes || time[i] <= time[i - 1]) continue;
    votes = same;
    best  = time[i] - time[i - 1];
  }
  return best;
}

static PetscErrorCode CheckSteps(Series *s, const long long *time, const PetscInt *row, PetscInt n, long long *step)
{
  char found[96], expected[64], text[TIMESTAMP_SIZE];

  PetscFunctionBeginUser;
  *step = CommonStep(time, n);
  for (PetscInt k = 1; k < n; k++) {
    if (time[k] - time[k - 1] == *step) continue;
    snprintf(found, sizeof found, "%s %s",
             time[k] == time[k - 1]  ? "a second row for"
             : time[k] < time[k - 1] ? "a step back to"
                                     : "a gap before",
             TimestampFormat(time[k], text));
    snprintf(expected, sizeof expected, "%s", TimestampFormat(time[k - 1] + *step, text));
    PetscCall(RowFault(s, row[k], found, expected));
  }
  PetscFunctionReturn(0);
}

static PetscBool IsTimeColumn(const Series *s, PetscInt c)
{
  if (s->stamp >= 0) return c == s->stamp ? PETSC_TRUE : PETSC_FALSE;
  return c == s->part[0] || c == s->part[1] || c == s->part[2] || c == s->part[3] ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode CheckColumn(Series *s, PetscInt c, FILE *out)
{
  PetscReal low = INFINITY, high = -INFINITY, sum = 0, value;
  PetscInt  n = CsvRows(s->csv);

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < n; row++) {
    PetscCall(CsvReal(s->csv, s->faults, row, c, CSV_FINITE, 0, &value));
    low  = PetscMin(low, value);
    high = PetscMax(high, value);
    sum += value;
  }
  if (out)
    fprintf(out, "  %-24s least %g, mean %g, most %g\n", CsvColumnName(s->csv, c), low, sum / (PetscReal)n, high);
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckTimes(Series *s, FILE *out)
{
  PetscInt   n = CsvRows(s->csv), good = 0, *row;
  long long *time, step;
  char       from[TIMESTAMP_SIZE], to[TIMESTAMP_SIZE];

  PetscFunctionBeginUser;
  PetscCall(CountPeriods(s));
  PetscCall(PetscMalloc2(n + 1, &time, n + 1, &row));
  for (PetscInt k = 0; k < n; k++) {
    PetscBool sound;
    PetscCall(RowTime(s, k, &time[good], &sound));
    row[good] = k;
    good += sound ? 1 : 0;
  }
  PetscCall(CheckSteps(s, time, row, good, &step));
  if (out && good)
    fprintf(out, "  %" PetscInt_FMT " snapshots from %s to %s, %g h apart\n", n, TimestampFormat(time[0], from),
            TimestampFormat(time[good - 1], to), (double)step / 3600.0);
  PetscCall(PetscFree2(time, row));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckSeries(MPI_Comm comm, const char *path, Faults faults, FILE *out)
{
  Series    s = {NULL, faults, -1, {-1, -1, -1, -1}, 1};
  PetscBool found;
  PetscInt  shown = 0;

  PetscFunctionBeginUser;
  PetscCall(CsvRead(comm, path, faults, &s.csv));
  if (!s.csv) PetscFunctionReturn(0);
  PetscCall(FindTimes(&s, &found));
  if (found && !CsvRows(s.csv))
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, 1, "found no rows, expected one for each snapshot"));
  if (found && CsvRows(s.csv)) {
    if (out) fprintf(out, "series          %s\n", path);
    PetscCall(CheckTimes(&s, out));
    for (PetscInt c = 0; c < CsvColumns(s.csv); c++) {
      if (IsTimeColumn(&s, c)) continue;
      PetscCall(CheckColumn(&s, c, shown < 20 ? out : NULL));
      shown++;
    }
    if (out && shown > 20) fprintf(out, "  and %" PetscInt_FMT " more columns\n", shown - 20);
  }
  PetscCall(CsvDestroy(&s.csv));
  PetscFunctionReturn(0);
}
