/* Contingencies from a CSV: events as people write them, or faults by columns. */
#include "dynamics/contingency.h"
#include "dynamics/stability.h"
#include "inputs/csv.h"

typedef enum {
  COLUMN_NAME,
  COLUMN_EVENTS,
  COLUMN_BUS,
  COLUMN_CLEARING,
  COLUMN_TRIP,
  COLUMN_R,
  COLUMN_X,
  COLUMNS
} Column;

static const char *const column_names[COLUMNS] = {"name", "events", "bus", "clearing_s", "trip", "r_pu", "x_pu"};

typedef struct {
  Csv                   csv;
  Network               net;
  const ContingencySet *set;
  PetscReal             until_s;
  Faults                faults;
  PetscInt              column[COLUMNS];
  StabilityEvent       *event; /* of the row at hand */
  PetscInt              n_events;
} Reader;

static const char *Cell(const Reader *r, PetscInt row, Column column)
{
  return CsvText(r->csv, row, r->column[column]);
}

/* Columns by their names; others could be typing errors that would go unnoticed. */
static PetscErrorCode FindColumns(Reader *r)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < COLUMNS; ++k) r->column[k] = CsvColumn(r->csv, column_names[k]);
  for (PetscInt c = 0; c < CsvColumns(r->csv); ++c) {
    PetscInt k = 0;
    while (k < COLUMNS && r->column[k] != c) ++k;
    if (k == COLUMNS)
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), 1,
                          "found the column \"%.60s\", expected name and events, or name, bus, clearing_s, trip, r_pu, "
                          "x_pu",
                          CsvColumnName(r->csv, c)));
  }
  if (r->column[COLUMN_EVENTS] < 0 && r->column[COLUMN_BUS] < 0)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), 1,
                        "found neither the column events nor the column bus, expected one of them"));
  PetscFunctionReturn(0);
}

/* "t=0,fault=8; t=0.1,clear=8" */
static PetscErrorCode ReadEvents(Reader *r, PetscInt row)
{
  PetscBool ok;
  char     *copy;

  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(Cell(r, row, COLUMN_EVENTS), &copy));
  for (char *part = copy, *next; part; part = next) {
    next = strchr(part, ';');
    if (next) *next++ = '\0';
    part += strspn(part, " \t");
    size_t length = strlen(part);
    while (length > 0 && strchr(" \t", part[length - 1])) part[--length] = '\0';
    if (!length) continue;
    PetscCall(PetscRealloc((size_t)(r->n_events + 1) * sizeof *r->event, &r->event));
    PetscCall(
        EventParse(r->net, part, r->faults, CsvPath(r->csv), CsvLine(r->csv, row), NULL, &r->event[r->n_events], &ok));
    r->n_events += ok;
  }
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFault(Reader *r, PetscInt row)
{
  const PetscInt before = FaultsErrorCount(r->faults);
  StabilityFault fault;
  PetscReal      clearing, r_pu, x_pu;
  PetscInt       bus;
  PetscBool      ok;

  PetscFunctionBeginUser;
  PetscCall(CsvInt(r->csv, r->faults, row, r->column[COLUMN_BUS], 0, 0, &bus));
  PetscCall(
      CsvReal(r->csv, r->faults, row, r->column[COLUMN_CLEARING], CSV_EMPTY_ALLOWED, r->set->clearing_s, &clearing));
  PetscCall(CsvReal(r->csv, r->faults, row, r->column[COLUMN_R], CSV_EMPTY_ALLOWED, 0.0, &r_pu));
  PetscCall(CsvReal(r->csv, r->faults, row, r->column[COLUMN_X], CSV_EMPTY_ALLOWED, 0.0, &x_pu));
  if (clearing < 0.0)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), CsvLine(r->csv, row),
                        "found clearing_s %g, expected 0 or more", (double)clearing));
  if (r_pu < 0.0)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), CsvLine(r->csv, row),
                        "found r_pu %g, expected 0 or more", (double)r_pu));
  if (FaultsErrorCount(r->faults) > before) PetscFunctionReturn(0);
  PetscCall(StabilityFaultSet(r->net, bus, r->set->on_s, r->set->on_s + clearing, Cell(r, row, COLUMN_TRIP), r->faults,
                              CsvPath(r->csv), CsvLine(r->csv, row), &fault, &ok));
  if (!ok) PetscFunctionReturn(0);
  fault.r_pu = r_pu;
  fault.x_pu = x_pu;
  PetscCall(PetscRealloc(3 * sizeof *r->event, &r->event));
  r->n_events = StabilityFaultEvents(&fault, r->event);
  PetscFunctionReturn(0);
}

/* What of the row's events cannot be together, told with its line. */
static PetscErrorCode CheckRow(Reader *r, PetscInt row, const char *name)
{
  Faults      own;
  const char *text;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&own));
  PetscCall(EventsCheck(r->net, r->n_events, r->event, r->until_s, own, name));
  for (PetscInt f = 0; f < FaultsCount(own); ++f) {
    PetscCall(FaultsGet(own, f, NULL, NULL, NULL, &text));
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), CsvLine(r->csv, row), "%s", text));
  }
  PetscCall(FaultsDestroy(&own));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckName(Reader *r, PetscInt row, Contingencies list, PetscInt first, const char *name)
{
  PetscFunctionBeginUser;
  for (PetscInt k = first; k < list->n; ++k) {
    if (strcmp(list->item[k].name, name) != 0) continue;
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), CsvLine(r->csv, row),
                        "found the name \"%.80s\", expected another than that of line %lld", name,
                        (long long)list->item[k].line));
    break;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRow(Reader *r, PetscInt row, Contingencies list, PetscInt first)
{
  const PetscInt  before     = FaultsErrorCount(r->faults);
  const PetscBool has_events = (PetscBool)(Cell(r, row, COLUMN_EVENTS)[0] != '\0');
  const PetscBool has_bus    = (PetscBool)(Cell(r, row, COLUMN_BUS)[0] != '\0');
  const char     *name       = Cell(r, row, COLUMN_NAME);
  char            numbered[32];

  PetscFunctionBeginUser;
  snprintf(numbered, sizeof numbered, "line %lld", (long long)CsvLine(r->csv, row));
  if (!*name) name = numbered;
  r->n_events = 0;
  if (has_events == has_bus)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), CsvLine(r->csv, row),
                        "found %s, expected events or the bus of a fault", has_bus ? "events and a bus" : "neither"));
  else if (has_events)
    PetscCall(ReadEvents(r, row));
  else
    PetscCall(ReadFault(r, row));
  PetscCall(CheckName(r, row, list, first, name));
  if (FaultsErrorCount(r->faults) == before) PetscCall(CheckRow(r, row, name));
  if (FaultsErrorCount(r->faults) == before && r->n_events == 0)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, CsvPath(r->csv), CsvLine(r->csv, row),
                        "found no event, expected at least one"));
  if (FaultsErrorCount(r->faults) == before)
    PetscCall(ContingenciesAdd(list, name, r->n_events, r->event, CsvLine(r->csv, row)));
  PetscFunctionReturn(0);
}

/* Takes back what a file with faults has added. */
static PetscErrorCode Shorten(Contingencies list, PetscInt n)
{
  PetscFunctionBeginUser;
  for (; list->n > n; --list->n) {
    PetscCall(PetscFree(list->item[list->n - 1].name));
    PetscCall(PetscFree(list->item[list->n - 1].event));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ContingenciesParse(const Source *source, Network net, const ContingencySet *set, PetscReal until_s,
                                  Faults faults, Contingencies list)
{
  const PetscInt before = FaultsErrorCount(faults), first = list->n;
  Reader         reader = {.net = net, .set = set, .until_s = until_s, .faults = faults};

  PetscFunctionBeginUser;
  PetscCall(CsvParse(source, faults, &reader.csv));
  if (!reader.csv) PetscFunctionReturn(0);
  PetscCall(FindColumns(&reader));
  if (FaultsErrorCount(faults) == before) {
    for (PetscInt row = 0; row < CsvRows(reader.csv); ++row) PetscCall(ReadRow(&reader, row, list, first));
    if (CsvRows(reader.csv) == 0)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, source->path, 1, "found no rows, expected a contingency in each"));
  }
  if (FaultsErrorCount(faults) > before) PetscCall(Shorten(list, first));
  PetscCall(PetscFree(list->path));
  PetscCall(PetscStrallocpy(source->path, &list->path));
  PetscCall(PetscFree(reader.event));
  PetscCall(CsvDestroy(&reader.csv));
  PetscFunctionReturn(0);
}

PetscErrorCode ContingenciesRead(MPI_Comm comm, const char *path, Network net, const ContingencySet *set,
                                 PetscReal until_s, Faults faults, Contingencies list)
{
  Source *source;

  PetscFunctionBeginUser;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (source) PetscCall(ContingenciesParse(source, net, set, until_s, faults, list));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}
