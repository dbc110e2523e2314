/* Series of the RTS-GMLC folder: hourly values of the day-ahead simulation. */
#include "inputs/rts_gmlc.h"
#include "inputs/source.h"
#include "inputs/timestamp.h"

#include <math.h>
#include <string.h>

static const char *const pointer_column[] = {"Simulation", "Category", "Object", "Parameter", "Data File"};
enum { SIMULATION, CATEGORY, OBJECT, PARAMETER, DATA_FILE, POINTER_COLUMNS };

/* One file of series, opened once. */
typedef struct {
  char    *given; /* as the pointers name it */
  Csv      csv;   /* NULL after a fault */
  PetscInt first; /* row of the first hour wanted */
} DataFile;

typedef struct {
  RtsGmlc  *reader;
  long long start;
  PetscInt  hours;
  Csv       pointers;
  PetscInt  column[POINTER_COLUMNS];
  PetscInt  n_files, n_must_take;
  DataFile *file;
  PetscBool range_reported;
} Series;

/* Year, Month, Day and Period (hour of the day from 1) of a row. */
static PetscErrorCode RowTime(const Series *s, Csv csv, PetscInt row, const PetscInt *column, long long *seconds)
{
  PetscInt  part[4];
  char      text[64];
  long long day;

  PetscFunctionBegin;
  *seconds = -1;
  for (PetscInt k = 0; k < 4; ++k) PetscCall(CsvInt(csv, s->reader->faults, row, column[k], 0, 1, &part[k]));
  PetscCall(PetscSNPrintf(text, sizeof text, "%04" PetscInt_FMT "-%02" PetscInt_FMT "-%02" PetscInt_FMT, part[0],
                          part[1], part[2]));
  if (part[3] < 1 || part[3] > 24 || !TimestampParse(text, &day))
    PetscCall(FaultsAdd(s->reader->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row),
                        "found day %s, period %" PetscInt_FMT ", expected a date and an hour from 1 to 24", text,
                        part[3]));
  else
    *seconds = day + 3600LL * (part[3] - 1);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportRange(Series *s, Csv csv, long long first, long long last)
{
  char a[TIMESTAMP_SIZE], b[TIMESTAMP_SIZE], c[TIMESTAMP_SIZE], d[TIMESTAMP_SIZE];
  PetscFunctionBegin;
  if (!s->range_reported)
    PetscCall(FaultsAdd(s->reader->faults, FAULT_ERROR, CsvPath(csv), 0,
                        "found hours from %s to %s, expected them to cover %s to %s, from a full hour",
                        TimestampFormat(first, a), TimestampFormat(last + 3600, b), TimestampFormat(s->start, c),
                        TimestampFormat(s->start + 3600LL * s->hours, d)));
  s->range_reported = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* Places the window in a file and checks that the rows of the window follow each other hour by hour. */
static PetscErrorCode PlaceWindow(Series *s, DataFile *file)
{
  static const char *const name[] = {"Year", "Month", "Day", "Period"};
  const PetscInt           errors = FaultsErrorCount(s->reader->faults), rows = CsvRows(file->csv);
  PetscInt                 column[4];
  long long                first, last, time, offset;

  PetscFunctionBegin;
  PetscCall(CsvRequire(file->csv, s->reader->faults, 4, name, column));
  if (FaultsErrorCount(s->reader->faults) > errors) PetscFunctionReturn(0);
  if (!rows) {
    PetscCall(FaultsAdd(s->reader->faults, FAULT_ERROR, CsvPath(file->csv), 0, "found no hour, expected a series"));
    PetscFunctionReturn(0);
  }
  PetscCall(RowTime(s, file->csv, 0, column, &first));
  PetscCall(RowTime(s, file->csv, rows - 1, column, &last));
  if (first < 0 || last < 0) PetscFunctionReturn(0);
  offset = s->start - first;
  if (offset < 0 || offset % 3600 || s->start + 3600LL * s->hours > last + 3600 || offset / 3600 + s->hours > rows) {
    PetscCall(ReportRange(s, file->csv, first, last));
    PetscFunctionReturn(0);
  }
  file->first = (PetscInt)(offset / 3600);
  for (PetscInt k = 0; k < s->hours; ++k) {
    PetscCall(RowTime(s, file->csv, file->first + k, column, &time));
    if (time >= 0 && time != s->start + 3600LL * k) {
      PetscCall(FaultsAdd(s->reader->faults, FAULT_ERROR, CsvPath(file->csv), CsvLine(file->csv, file->first + k),
                          "found another hour than the one after the line before, expected every hour once"));
      break;
    }
  }
  PetscFunctionReturn(0);
}

/* Where a data file stands: as named, seen from the tables; or by its name alone in a folder `series`. */
static PetscErrorCode FindDataFile(const Series *s, const char *given, char *path, size_t size)
{
  static const char *const place[] = {"", "../series/", "series/"};
  const char              *folder = s->reader->folder, *base = strrchr(given, '/');
  PathKind                 kind = PATH_NONE;

  PetscFunctionBegin;
  base = base ? base + 1 : given;
  for (size_t k = 0; k < sizeof place / sizeof *place && kind != PATH_FILE; ++k) {
    PetscCall(PetscSNPrintf(path, size, "%s/%s%s", folder, place[k], k ? base : given));
    PetscCall(SourceKind(s->reader->comm, path, NULL, &kind));
  }
  if (kind != PATH_FILE) PetscCall(PetscSNPrintf(path, size, "%s/%s", folder, given));
  PetscFunctionReturn(0);
}

static PetscErrorCode OpenDataFile(Series *s, const char *given, const DataFile **found)
{
  const PetscInt errors = FaultsErrorCount(s->reader->faults);
  char           path[PETSC_MAX_PATH_LEN];
  DataFile      *file;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < s->n_files; ++k)
    if (!strcmp(s->file[k].given, given)) {
      *found = &s->file[k];
      PetscFunctionReturn(0);
    }
  PetscCall(PetscRealloc((size_t)(s->n_files + 1) * sizeof *s->file, &s->file));
  file        = &s->file[s->n_files++];
  file->first = 0;
  file->given = NULL;
  PetscCall(PetscStrallocpy(given, &file->given));
  PetscCall(FindDataFile(s, given, path, sizeof path));
  PetscCall(CsvRead(s->reader->comm, path, s->reader->faults, &file->csv));
  if (file->csv) PetscCall(PlaceWindow(s, file));
  if (FaultsErrorCount(s->reader->faults) > errors) PetscCall(CsvDestroy(&file->csv));
  *found = file;
  PetscFunctionReturn(0);
}

/* Values of a column over the window; *value NULL after a fault. */
static PetscErrorCode ReadColumn(Series *s, PetscInt row, const char *name, PetscReal **value)
{
  const DataFile *file;
  PetscInt        column;

  PetscFunctionBegin;
  *value = NULL;
  PetscCall(OpenDataFile(s, CsvText(s->pointers, row, s->column[DATA_FILE]), &file));
  if (!file->csv) PetscFunctionReturn(0);
  column = CsvColumn(file->csv, name);
  if (column < 0) {
    PetscCall(FaultsAdd(s->reader->faults, FAULT_ERROR, CsvPath(file->csv), 1,
                        "expected a column \"%.80s\", as %s says at line %" PetscInt_FMT, name, CsvPath(s->pointers),
                        CsvLine(s->pointers, row)));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1((size_t)s->hours, value));
  for (PetscInt k = 0; k < s->hours; ++k)
    PetscCall(CsvReal(file->csv, s->reader->faults, file->first + k, column, 0, 0, &(*value)[k]));
  PetscFunctionReturn(0);
}

/* An area's demand is shared by its loads in proportion to their static demand. */
static PetscErrorCode ReadArea(Series *s, PetscInt row)
{
  Network     net   = s->reader->net;
  const char *area  = CsvText(s->pointers, row, s->column[OBJECT]);
  char      **label = NetworkBusColumn(net, "area");
  PetscReal  *value, total = 0;

  PetscFunctionBegin;
  PetscCall(ReadColumn(s, row, area, &value));
  for (PetscInt l = 0; l < net->load.n; ++l)
    if (!strcmp(label[net->load.bus[l]], area)) total += net->load.p_mw[l];
  if (value && !(total > 0))
    PetscCall(FaultsAdd(s->reader->faults, FAULT_ERROR, CsvPath(s->pointers), CsvLine(s->pointers, row),
                        "found a series of area \"%.40s\", expected an area with load in bus.csv", area));
  for (PetscInt l = 0; value && total > 0 && l < net->load.n; ++l) {
    PetscReal *place;
    if (strcmp(label[net->load.bus[l]], area) != 0 || net->load.p_mw[l] == 0) continue;
    PetscCall(NetworkAddSeries(net, NULL, &net->load.p_series[l]));
    place = net->series.value + (size_t)net->load.p_series[l] * (size_t)s->hours;
    for (PetscInt t = 0; t < s->hours; ++t) place[t] = value[t] * (net->load.p_mw[l] / total);
  }
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

static PetscErrorCode UnknownObject(const Series *s, PetscInt row)
{
  PetscFunctionBegin;
  PetscCall(FaultsAdd(s->reader->faults, FAULT_ERROR, CsvPath(s->pointers), CsvLine(s->pointers, row),
                      "column \"Object\": found \"%.80s\", expected a unit of gen.csv",
                      CsvText(s->pointers, row, s->column[OBJECT])));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAvailability(Series *s, PetscInt row)
{
  Network     net  = s->reader->net;
  const char *name = CsvText(s->pointers, row, s->column[OBJECT]);
  PetscInt    g    = 0;
  PetscReal  *value;

  PetscFunctionBegin;
  while (g < net->generator.n && strcmp(net->generator.name[g], name) != 0) ++g;
  if (g == net->generator.n) {
    PetscCall(UnknownObject(s, row));
    PetscFunctionReturn(0);
  }
  PetscCall(ReadColumn(s, row, name, &value));
  if (value) PetscCall(NetworkAddSeries(net, value, &net->generator.p_max_series[g]));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

/* The pointers name a store ("212_CSP_HEAD_STORAGE"), the data its unit ("212_CSP_1"): both begin with the unit's bus and
   kind. */
static PetscErrorCode ReadInflow(Series *s, PetscInt row)
{
  StorageTable *storage = &s->reader->net->storage;
  const char   *object  = CsvText(s->pointers, row, s->column[OBJECT]);
  PetscInt      k       = 0;
  PetscReal    *value;

  PetscFunctionBegin;
  for (; k < storage->n; ++k) {
    const char *last = strrchr(storage->name[k], '_');
    if (last && !strncmp(storage->name[k], object, (size_t)(last - storage->name[k]) + 1)) break;
  }
  if (k == storage->n) {
    PetscCall(UnknownObject(s, row));
    PetscFunctionReturn(0);
  }
  PetscCall(ReadColumn(s, row, storage->name[k], &value));
  if (value) PetscCall(NetworkAddSeries(s->reader->net, value, &storage->inflow_series[k]));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

/* Products that are not modelled have no row in the reserves. */
static PetscErrorCode ReadRequirement(Series *s, PetscInt row)
{
  ReserveTable *r    = &s->reader->net->reserve;
  const char   *name = CsvText(s->pointers, row, s->column[OBJECT]);
  PetscInt      k    = 0;
  PetscReal    *value;

  PetscFunctionBegin;
  while (k < r->n && strcmp(r->name[k], name) != 0) ++k;
  if (k == r->n) PetscFunctionReturn(0);
  PetscCall(ReadColumn(s, row, name, &value));
  if (value) PetscCall(NetworkAddSeries(s->reader->net, value, &r->requirement_series[k]));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadPointer(Series *s, PetscInt row)
{
  const char *category  = CsvText(s->pointers, row, s->column[CATEGORY]);
  const char *parameter = CsvText(s->pointers, row, s->column[PARAMETER]);

  PetscFunctionBegin;
  if (strcmp(CsvText(s->pointers, row, s->column[SIMULATION]), "DAY_AHEAD") != 0) PetscFunctionReturn(0);
  if (!strcmp(category, "Area") && !strcmp(parameter, "MW Load")) PetscCall(ReadArea(s, row));
  if (!strcmp(category, "Reserve") && !strcmp(parameter, "Requirement")) PetscCall(ReadRequirement(s, row));
  if (strcmp(category, "Generator") != 0) PetscFunctionReturn(0);
  if (!strcmp(parameter, "PMax MW")) PetscCall(ReadAvailability(s, row));
  if (!strcmp(parameter, "Natural_Inflow")) PetscCall(ReadInflow(s, row));
  if (!strcmp(parameter, "PMin MW")) ++s->n_must_take;
  PetscFunctionReturn(0);
}

PetscErrorCode RtsGmlcReadSeries(RtsGmlc *reader, long long start, PetscInt hours)
{
  const PetscInt errors = FaultsErrorCount(reader->faults);
  Series         s      = {.reader = reader, .start = start, .hours = hours};

  PetscFunctionBegin;
  PetscCall(RtsGmlcTable(reader, "timeseries_pointers.csv", &s.pointers));
  if (s.pointers) PetscCall(CsvRequire(s.pointers, reader->faults, POINTER_COLUMNS, pointer_column, s.column));
  if (s.pointers && FaultsErrorCount(reader->faults) == errors) {
    PetscCall(NetworkSetSnapshots(reader->net, start, 1, hours));
    for (PetscInt row = 0; row < CsvRows(s.pointers); ++row) PetscCall(ReadPointer(&s, row));
    if (s.n_must_take)
      PetscCall(FaultsAdd(reader->faults, FAULT_WARNING, CsvPath(s.pointers), 0,
                          "series of least output of %" PetscInt_FMT
                          " units are not used: their output may be curtailed",
                          s.n_must_take));
  }
  for (PetscInt k = 0; k < s.n_files; ++k) {
    PetscCall(CsvDestroy(&s.file[k].csv));
    PetscCall(PetscFree(s.file[k].given));
  }
  PetscCall(PetscFree(s.file));
  PetscCall(CsvDestroy(&s.pointers));
  PetscFunctionReturn(0);
}
