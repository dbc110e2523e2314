/* How an ordinary run operates: its results.nc as series and map. */
#include <math.h>
#include <string.h>

#include "inputs/network.h"
#include "jobs/format.h"
#include "jobs/report_impl.h"

#define ELECTRICITY "electricity"

char *const *ReportTexts(Dataset ds, const char *name)
{
  const Variable *v = DatasetFind(ds, name);
  return v && v->kind == VALUE_TEXT ? v->text : NULL;
}

const double *ReportReals(Dataset ds, const char *name)
{
  const Variable *v = DatasetFind(ds, name);
  return v && v->kind == VALUE_REAL ? v->real : NULL;
}

size_t ReportLength(Dataset ds, const char *dimension)
{
  const PetscInt d = DatasetFindDimension(ds, dimension);
  return d < 0 ? 0 : (size_t)ds->dim[d].length;
}

/* A results file on its way into an operation. */
typedef struct {
  Dataset      ds;
  Operation    op;
  Chart        chart;
  PetscInt     T, n_bus;
  char *const *bus, *const *region, *const *carrier;
  NameIndex buses;
  double   *demand; /* [n_bus][T] MW */
} View;

static const char *Carrier(const View *v, PetscInt bus)
{
  return !v->carrier || CarrierIsElectric(v->carrier[bus]) ? ELECTRICITY : v->carrier[bus];
}

static PetscInt Bus(const View *v, const char *label)
{
  const PetscInt b = NameIndexFind(v->buses, label);
  return b < 0 ? 0 : b;
}

/* Adds column k of a [T][n] variable, times a factor, to a series. */
static void AddColumn(const View *v, const double *from, size_t n, size_t k, double factor, double *to)
{
  for (PetscInt t = 0; from && t < v->T; t++) {
    const double x = from[(size_t)t * n + k];
    if (isfinite(x)) to[t] += factor * x;
  }
}

static PetscErrorCode Add(View *v, SeriesKind kind, const char *bus, const char *technology, const char *variable,
                          double factor, size_t n, size_t k)
{
  const PetscInt b    = Bus(v, bus);
  const double  *from = ReportReals(v->ds, variable);
  double        *to;

  PetscFunctionBeginUser;
  if (!from) PetscFunctionReturn(0);
  PetscCall(OperationSeries(v->op, kind, Carrier(v, b), v->region[b], technology, &to));
  AddColumn(v, from, n, k, factor, to);
  PetscFunctionReturn(0);
}

static PetscErrorCode AddGenerators(View *v)
{
  const size_t n   = ReportLength(v->ds, "generator");
  char *const *bus = ReportTexts(v->ds, "generator_bus"), *const *technology =
                                                              ReportTexts(v->ds, "generator_technology");

  PetscFunctionBeginUser;
  for (size_t k = 0; bus && technology && k < n; k++)
    PetscCall(Add(v, SERIES_POWER, bus[k], technology[k], "generator_p", 1, n, k));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddStorage(View *v)
{
  const size_t n   = ReportLength(v->ds, "storage");
  char *const *bus = ReportTexts(v->ds, "storage_bus"), *const *technology = ReportTexts(v->ds, "storage_technology");

  PetscFunctionBeginUser;
  for (size_t k = 0; bus && technology && k < n; k++) {
    PetscCall(Add(v, SERIES_POWER, bus[k], technology[k], "storage_discharge", 1, n, k));
    PetscCall(Add(v, SERIES_POWER, bus[k], technology[k], "storage_charge", -1, n, k));
    PetscCall(Add(v, SERIES_ENERGY, bus[k], technology[k], "storage_energy", 1, n, k));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLoads(View *v)
{
  const size_t  n    = ReportLength(v->ds, "load");
  char *const  *bus  = ReportTexts(v->ds, "load_bus");
  const double *load = ReportReals(v->ds, "load_p");

  PetscFunctionBeginUser;
  for (size_t k = 0; bus && load && k < n; k++) {
    PetscCall(Add(v, SERIES_LOAD, bus[k], "", "load_p", 1, n, k));
    AddColumn(v, load, n, k, 1, v->demand + Bus(v, bus[k]) * v->T);
  }
  PetscFunctionReturn(0);
}

/* A branch or link between two places of one carrier. */
static PetscErrorCode AddFlow(View *v, PetscInt from, PetscInt to, const char *name, const double *p_from, size_t n,
                              size_t k, double rating)
{
  Edge  *edge;
  double sign;

  PetscFunctionBeginUser;
  if (strcmp(Carrier(v, from), Carrier(v, to)) != 0) PetscFunctionReturn(0);
  PetscCall(ChartEdge(v->chart, from, to, Carrier(v, from), name, &edge, &sign));
  if (!edge) PetscFunctionReturn(0);
  AddColumn(v, p_from, n, k, sign, edge->flow);
  edge->limit[0] += rating;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBranches(View *v)
{
  const size_t  n      = ReportLength(v->ds, "branch");
  char *const  *name   = ReportTexts(v->ds, "branch");
  char *const  *end[2] = {ReportTexts(v->ds, "branch_from"), ReportTexts(v->ds, "branch_to")};
  const double *p_from = ReportReals(v->ds, "branch_p_from"), *rating = ReportReals(v->ds, "branch_rating");

  PetscFunctionBeginUser;
  for (size_t k = 0; end[0] && p_from && k < n; k++) {
    const PetscInt from = Bus(v, end[0][k]), to = Bus(v, end[1][k]);
    PetscCall(AddFlow(v, from, to, name[k], p_from, n, k, rating ? rating[k] : NAN));
    if (!strcmp(v->region[from], v->region[to])) continue;
    PetscCall(Add(v, SERIES_POWER, end[0][k], "exchange", "branch_p_from", -1, n, k));
    PetscCall(Add(v, SERIES_POWER, end[1][k], "exchange", "branch_p_to", -1, n, k));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLinkOutput(View *v, const char *ends, const char *variable, const char *technology, size_t k)
{
  char *const *bus = ReportTexts(v->ds, ends);

  PetscFunctionBeginUser;
  if (bus && bus[k][0])
    PetscCall(Add(v, SERIES_POWER, bus[k], technology, variable, 1, ReportLength(v->ds, "link"), k));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLinks(View *v)
{
  const size_t  n      = ReportLength(v->ds, "link");
  char *const  *name   = ReportTexts(v->ds, "link");
  char *const  *end[2] = {ReportTexts(v->ds, "link_from"), ReportTexts(v->ds, "link_to")};
  const double *p_from = ReportReals(v->ds, "link_p_from");

  PetscFunctionBeginUser;
  for (size_t k = 0; end[0] && p_from && k < n; k++) {
    const PetscInt  from = Bus(v, end[0][k]), to = Bus(v, end[1][k]);
    const PetscBool same       = strcmp(Carrier(v, from), Carrier(v, to)) ? PETSC_FALSE : PETSC_TRUE;
    const char     *technology = same ? "exchange" : name[k];
    PetscCall(AddFlow(v, from, to, name[k], p_from, n, k, NAN));
    if (same && !strcmp(v->region[from], v->region[to])) continue;
    PetscCall(Add(v, SERIES_POWER, end[0][k], technology, "link_p_from", -1, n, k));
    PetscCall(AddLinkOutput(v, "link_to", "link_p_to", technology, k));
    PetscCall(AddLinkOutput(v, "link_to2", "link_p_to2", technology, k));
    PetscCall(AddLinkOutput(v, "link_to3", "link_p_to3", technology, k));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPrices(View *v)
{
  const double *price = ReportReals(v->ds, "price");
  double       *one;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(v->T, &one));
  for (PetscInt b = 0; price && b < v->n_bus; b++) {
    for (PetscInt t = 0; t < v->T; t++) one[t] = price[t * v->n_bus + b];
    PetscCall(OperationAddPrice(v->op, Carrier(v, b), v->region[b], one, v->demand + b * v->T));
  }
  PetscCall(PetscFree(one));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBuses(View *v)
{
  const double *x = ReportReals(v->ds, "bus_longitude"), *y = ReportReals(v->ds, "bus_latitude");

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < v->n_bus; b++)
    PetscCall(ChartAddBus(v->chart, b, v->bus[b], v->region[b], Carrier(v, b), x ? x[b] : NAN, y ? y[b] : NAN));
  PetscCall(ChartSettle(v->chart));
  PetscFunctionReturn(0);
}

/* One period, named by the day on which it begins. */
static PetscErrorCode SetTimes(View *v)
{
  const Variable *time = DatasetFind(v->ds, "time"), *length = DatasetFind(v->ds, "interval_length");
  const int64_t   start = time && v->T > 0 && time->kind == VALUE_INTEGER ? time->integer[0] : 0;
  Short           day;

  PetscFunctionBeginUser;
  v->op->step  = length && length->real ? length->real[0] : 1;
  v->op->dated = start != 0 ? PETSC_TRUE : PETSC_FALSE;
  for (PetscInt t = 0; t < v->T; t++) {
    v->op->time[t]  = v->op->dated ? (long long)time->integer[t] : 0;
    v->op->hours[t] = v->op->step;
  }
  day = FormatTime(start);
  if (v->op->dated) day.text[10] = '\0';
  PetscCall(PetscStrallocpy(v->op->dated ? day.text : "", &v->op->period[0]));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportReadDispatch(ReportRun *run)
{
  View v = {.ds = run->results};

  PetscFunctionBeginUser;
  v.T       = (PetscInt)ReportLength(v.ds, "time");
  v.n_bus   = (PetscInt)ReportLength(v.ds, "bus");
  v.bus     = ReportTexts(v.ds, "bus");
  v.region  = ReportTexts(v.ds, "bus_region");
  v.carrier = ReportTexts(v.ds, "bus_carrier");
  if (!v.bus || !v.region || v.T < 1) PetscFunctionReturn(0);
  PetscCall(NameIndexCreate(v.n_bus, v.bus, &v.buses));
  PetscCall(OperationCreate(v.T, 1, &v.op));
  PetscCall(ChartCreate(v.op, v.n_bus, &v.chart));
  PetscCall(PetscCalloc1(v.n_bus * v.T, &v.demand));
  PetscCall(SetTimes(&v));
  PetscCall(AddBuses(&v));
  PetscCall(AddGenerators(&v));
  PetscCall(AddStorage(&v));
  PetscCall(AddLinks(&v));
  PetscCall(AddBranches(&v));
  PetscCall(AddLoads(&v));
  PetscCall(AddPrices(&v));
  PetscCall(OperationFinish(v.op));
  PetscCall(ReportPutOperation(run, v.op, v.chart));
  PetscCall(ReportPutStatistics(run, v.op));
  PetscCall(PetscFree(v.demand));
  PetscCall(ChartDestroy(&v.chart));
  PetscCall(OperationDestroy(&v.op));
  PetscCall(NameIndexDestroy(&v.buses));
  PetscFunctionReturn(0);
}
