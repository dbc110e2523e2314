/* How a plan operates: its solved components as series and map. */
#include <math.h>
#include <string.h>

#include "inputs/network.h"
#include "inputs/timestamp.h"
#include "jobs/report_impl.h"

#define ELECTRICITY "electricity"
enum { MOST_OUTPUTS = 9 };

/* Components on their way into an operation. */
typedef struct {
  Components  c;
  Operation   op;
  Chart       chart;
  const char *region_column;
  double     *one;    /* [n_snapshots] */
  double    **demand; /* [buses], NULL where nothing is taken */
} View;

static const Column *Get(const View *v, ComponentKind kind, const char *attribute)
{
  return ComponentsColumn(v->c, kind, attribute);
}

static const char *Region(const View *v, PetscInt bus)
{
  return ComponentsRegion(v->c, bus, v->region_column);
}

static const char *Carrier(const View *v, PetscInt bus)
{
  const char *carrier = ColumnText(Get(v, COMPONENT_BUS, "carrier"), bus);
  return !carrier[0] || CarrierIsElectric(carrier) ? ELECTRICITY : carrier;
}

static const char *Technology(const View *v, ComponentKind kind, PetscInt row)
{
  const char *carrier = ColumnText(Get(v, kind, "carrier"), row);
  return carrier[0] ? carrier : ComponentListName(kind);
}

static PetscInt Bus(const View *v, ComponentKind kind, const char *attribute, PetscInt row)
{
  const Column *column = Get(v, kind, attribute);
  return column && column->text ? ComponentsFind(v->c, COMPONENT_BUS, ColumnText(column, row)) : -1;
}

/* Adds a row of a column, times a factor, to the series of its bus. */
static PetscErrorCode Add(View *v, SeriesKind kind, PetscInt bus, const char *technology, const Column *column,
                          PetscInt row, double factor)
{
  double *to;

  PetscFunctionBeginUser;
  if (!column || bus < 0) PetscFunctionReturn(0);
  PetscCall(OperationSeries(v->op, kind, Carrier(v, bus), Region(v, bus), technology, &to));
  for (PetscInt t = 0; t < v->op->n; t++) {
    const double x = ColumnAt(column, row, t);
    if (isfinite(x)) to[t] += factor * x;
  }
  PetscFunctionReturn(0);
}

/* Generators, storage units and stores: what they feed in and what they hold. */
static PetscErrorCode AddUnits(View *v, ComponentKind kind, const char *energy)
{
  const Column *p = Get(v, kind, "p"), *sign = Get(v, kind, "sign"), *e = energy ? Get(v, kind, energy) : NULL;

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < v->c->table[kind].n; row++) {
    const PetscInt bus = Bus(v, kind, "bus", row);
    PetscCall(Add(v, SERIES_POWER, bus, Technology(v, kind, row), p, row, sign ? ColumnReal(sign, row) : 1));
    if (e) PetscCall(Add(v, SERIES_ENERGY, bus, Technology(v, kind, row), e, row, 1));
  }
  PetscFunctionReturn(0);
}

static PetscBool IsFilled(const Column *column)
{
  if (!column) return PETSC_FALSE;
  return column->series || column->given ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode AddDemand(View *v, PetscInt bus, const Column *p, PetscInt row)
{
  PetscFunctionBeginUser;
  if (bus < 0) PetscFunctionReturn(0);
  if (!v->demand[bus]) PetscCall(PetscCalloc1(v->op->n, &v->demand[bus]));
  for (PetscInt t = 0; t < v->op->n; t++) v->demand[bus][t] += ColumnAt(p, row, t);
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLoads(View *v)
{
  const Column *p = Get(v, COMPONENT_LOAD, "p"), *unserved = Get(v, COMPONENT_LOAD, "unserved");

  PetscFunctionBeginUser;
  if (!IsFilled(p)) p = Get(v, COMPONENT_LOAD, "p_set");
  for (PetscInt row = 0; row < v->c->table[COMPONENT_LOAD].n; row++) {
    const PetscInt bus = Bus(v, COMPONENT_LOAD, "bus", row);
    PetscCall(Add(v, SERIES_LOAD, bus, "", p, row, 1));
    PetscCall(AddDemand(v, bus, p, row));
    if (unserved && IsFilled(unserved)) PetscCall(Add(v, SERIES_POWER, bus, "unserved energy", unserved, row, 1));
  }
  PetscFunctionReturn(0);
}

/* The capacity of a row in a period, nothing while it is not there. */
static double Capacity(View *v, ComponentKind kind, PetscInt row, PetscInt period)
{
  const char   *nom  = kind == COMPONENT_LINK ? "p_nom" : "s_nom";
  const Column *best = Get(v, kind, kind == COMPONENT_LINK ? "p_nom_opt" : "s_nom_opt"), *given = Get(v, kind, nom);

  if (!ComponentsActive(v->c, kind, row, period)) return 0;
  return IsFilled(best) ? ColumnReal(best, row) : ColumnReal(given, row);
}

static PetscErrorCode AddFlow(View *v, ComponentKind kind, PetscInt row, PetscInt from, PetscInt to, const Column *p0)
{
  Edge  *edge;
  double sign;

  PetscFunctionBeginUser;
  PetscCall(ChartEdge(v->chart, from, to, Carrier(v, from), v->c->table[kind].name[row], &edge, &sign));
  if (!edge) PetscFunctionReturn(0);
  for (PetscInt t = 0; t < v->op->n; t++) edge->flow[t] += sign * ColumnAt(p0, row, t);
  for (PetscInt p = 0; p < v->op->n_periods; p++) edge->limit[p] += Capacity(v, kind, row, p);
  PetscFunctionReturn(0);
}

/* Lines, transformers and links: within a carrier they exchange between regions, between carriers they are a technology. */
static PetscErrorCode AddBranch(View *v, ComponentKind kind, PetscInt row)
{
  const PetscInt  from = Bus(v, kind, "bus0", row), to = Bus(v, kind, "bus1", row);
  const Column   *p0         = Get(v, kind, "p0");
  const PetscBool same       = from >= 0 && to >= 0 && !strcmp(Carrier(v, from), Carrier(v, to));
  const char     *technology = same ? "exchange" : Technology(v, kind, row);

  PetscFunctionBeginUser;
  if (from < 0 || to < 0 || !p0) PetscFunctionReturn(0);
  if (same) PetscCall(AddFlow(v, kind, row, from, to, p0));
  if (same && !strcmp(Region(v, from), Region(v, to))) PetscFunctionReturn(0);
  PetscCall(Add(v, SERIES_POWER, from, technology, p0, row, -1));
  for (int k = 1; k <= MOST_OUTPUTS; k++) {
    char     name[16];
    PetscInt bus;
    snprintf(name, sizeof name, "bus%d", k);
    bus = Bus(v, kind, name, row);
    snprintf(name, sizeof name, "p%d", k);
    if (bus >= 0) PetscCall(Add(v, SERIES_POWER, bus, technology, Get(v, kind, name), row, -1));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBranches(View *v)
{
  static const ComponentKind kinds[] = {COMPONENT_LINE, COMPONENT_TRANSFORMER, COMPONENT_LINK};

  PetscFunctionBeginUser;
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
    for (PetscInt row = 0; row < v->c->table[kinds[k]].n; row++) PetscCall(AddBranch(v, kinds[k], row));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPrices(View *v)
{
  const Column *price = Get(v, COMPONENT_BUS, "marginal_price");

  PetscFunctionBeginUser;
  for (PetscInt b = 0; IsFilled(price) && b < v->c->table[COMPONENT_BUS].n; b++) {
    for (PetscInt t = 0; t < v->op->n; t++) v->one[t] = ColumnAt(price, b, t);
    PetscCall(OperationAddPrice(v->op, Carrier(v, b), Region(v, b), v->one, v->demand[b]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBuses(View *v)
{
  const Column *x = Get(v, COMPONENT_BUS, "x"), *y = Get(v, COMPONENT_BUS, "y");

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < v->c->table[COMPONENT_BUS].n; b++)
    PetscCall(ChartAddBus(v->chart, b, v->c->table[COMPONENT_BUS].name[b], Region(v, b), Carrier(v, b),
                          ColumnReal(x, b), ColumnReal(y, b)));
  PetscCall(ChartSettle(v->chart));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetTimes(View *v)
{
  Components c  = v->c;
  Operation  op = v->op;
  char       year[32];

  PetscFunctionBeginUser;
  op->dated = PETSC_TRUE;
  for (PetscInt t = c->n_snapshots - 1; t >= 0; t--) {
    op->first[c->n_periods ? c->period_of[t] : 0] = t;
    op->hours[t]                                  = c->weight_generators[t];
    if (!TimestampParse(c->snapshot[t], &op->time[t])) op->dated = PETSC_FALSE;
  }
  if (op->dated && c->n_snapshots > 1 && op->time[1] > op->time[0])
    op->step = (double)(op->time[1] - op->time[0]) / 3600;
  for (PetscInt p = 0; p < op->n_periods; p++) {
    snprintf(year, sizeof year, "%d", c->n_periods ? (int)c->period[p] : 0);
    PetscCall(PetscStrallocpy(c->n_periods ? year : "", &op->period[p]));
  }
  PetscFunctionReturn(0);
}

/* How the carriers are to be called and coloured, where the folder says so. */
static void PutCarriers(View *v, json_t *out)
{
  const ComponentTable *table  = &v->c->table[COMPONENT_CARRIER];
  const Column         *colour = Get(v, COMPONENT_CARRIER, "color"), *name = Get(v, COMPONENT_CARRIER, "nice_name");
  json_t               *list = json_object();

  for (PetscInt k = 0; k < table->n; k++) {
    json_t *row = json_object();
    if (colour && colour->text && colour->text[k][0]) JsonPut(row, "colour", JsonText(colour->text[k]));
    if (name && name->text && name->text[k][0]) JsonPut(row, "name", JsonText(name->text[k]));
    if (json_object_size(row))
      JsonPut(list, table->name[k], row);
    else
      json_decref(row);
  }
  JsonPut(out, "carrier_styles", list);
}

static PetscErrorCode Fill(View *v, ReportRun *run)
{
  PetscFunctionBeginUser;
  PetscCall(SetTimes(v));
  PetscCall(AddBuses(v));
  PetscCall(AddUnits(v, COMPONENT_GENERATOR, NULL));
  PetscCall(AddUnits(v, COMPONENT_STORAGE_UNIT, "state_of_charge"));
  PetscCall(AddUnits(v, COMPONENT_STORE, "e"));
  PetscCall(AddBranches(v));
  PetscCall(AddLoads(v));
  PetscCall(AddPrices(v));
  PetscCall(OperationFinish(v->op));
  PetscCall(ReportPutOperation(run, v->op, v->chart));
  PetscCall(ReportPutStatistics(run, v->op));
  PutCarriers(v, run->out);
  PetscFunctionReturn(0);
}

/* The first error among the faults, as one line. */
static PetscErrorCode FirstFault(Faults faults, const char *directory, FileError *error)
{
  PetscFunctionBeginUser;
  snprintf(error->text, sizeof error->text, "%.900s: cannot be read as a plan", directory);
  for (PetscInt k = 0; k < FaultsCount(faults); k++) {
    FaultSeverity severity;
    const char   *file, *text;
    PetscInt      line;
    PetscCall(FaultsGet(faults, k, &severity, &file, &line, &text));
    if (severity != FAULT_ERROR) continue;
    snprintf(error->text, sizeof error->text, "%.400s:%d: %.500s", file ? file : directory, (int)line, text);
    break;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Read(ReportRun *run, View *v)
{
  const PetscInt n_buses = run->components->table[COMPONENT_BUS].n;

  PetscFunctionBeginUser;
  v->c             = run->components;
  v->region_column = run->region_column;
  PetscCall(OperationCreate(v->c->n_snapshots, ComponentsPeriods(v->c), &v->op));
  PetscCall(ChartCreate(v->op, n_buses, &v->chart));
  PetscCall(PetscCalloc1(v->op->n, &v->one));
  PetscCall(PetscCalloc1(n_buses, &v->demand));
  PetscCall(Fill(v, run));
  for (PetscInt b = 0; b < n_buses; b++) PetscCall(PetscFree(v->demand[b]));
  PetscCall(PetscFree(v->demand));
  PetscCall(PetscFree(v->one));
  PetscCall(ChartDestroy(&v->chart));
  PetscCall(OperationDestroy(&v->op));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportReadPlan(ReportRun *run, FileError *error)
{
  View   v = {0};
  Faults faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(ComponentsRead(PETSC_COMM_SELF, run->directory, faults, &run->components));
  if (FaultsErrorCount(faults)) PetscCall(ComponentsDestroy(&run->components));
  if (run->components)
    PetscCall(Read(run, &v));
  else
    PetscCall(FirstFault(faults, run->directory, error));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}
