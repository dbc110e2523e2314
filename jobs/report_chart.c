/* The map: places, and what flows between them; and how the hours become part of the page's data. */
#include <math.h>
#include <string.h>

#include "jobs/report_impl.h"

enum { MOST_PLACES = 250 };

/* Below half a watt, or half a watt-hour, and below so small a share of the largest of its kind, is what a solver's tolerance
   leaves. */
static const double NOTHING = 5e-7, SMALL_SHARE = 1e-5;

PetscErrorCode ChartCreate(Operation op, PetscInt n_buses, Chart *chart)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(chart));
  (*chart)->op      = op;
  (*chart)->n_buses = n_buses;
  PetscCall(PetscCalloc1(n_buses, &(*chart)->place_of));
  PetscCall(PetscCalloc1(n_buses, &(*chart)->place));
  PetscFunctionReturn(0);
}

PetscErrorCode ChartDestroy(Chart *chart)
{
  Chart c = *chart;

  PetscFunctionBeginUser;
  if (!c) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < c->n_places; k++) PetscCall(PetscFree(c->place[k].name));
  for (PetscInt k = 0; k < c->n_edges; k++) {
    PetscCall(PetscFree(c->edge[k].name));
    PetscCall(PetscFree(c->edge[k].carrier));
    PetscCall(PetscFree2(c->edge[k].limit, c->edge[k].flow));
  }
  PetscCall(PetscFree(c->place));
  PetscCall(PetscFree(c->place_of));
  PetscCall(PetscFree(c->edge));
  PetscCall(PetscFree(*chart));
  PetscFunctionReturn(0);
}

PetscErrorCode ChartAddBus(Chart chart, PetscInt bus, const char *name, const char *region, const char *carrier,
                           double x, double y)
{
  PetscInt r, k, c;

  PetscFunctionBeginUser;
  PetscCall(TextListFind(&chart->op->regions, region, &r));
  PetscCall(TextListFind(&chart->op->carriers, carrier, &c));
  if (!isfinite(x) || !isfinite(y)) x = y = 0;
  for (k = 0; k < chart->n_places; k++)
    if (chart->place[k].region == r && chart->place[k].x == x && chart->place[k].y == y) break;
  if (k == chart->n_places) {
    chart->place[k] = (Place){.x = x, .y = y, .region = r};
    PetscCall(PetscStrallocpy(name, &chart->place[k].name));
    chart->n_places++;
  }
  chart->place[k].buses++;
  chart->place[k].carriers |= (uint64_t)1 << PetscMin(c, 63);
  chart->place_of[bus] = k;
  PetscFunctionReturn(0);
}

/* Each region becomes one place in the middle of its buses. */
static PetscErrorCode Gather(Chart c)
{
  const PetscInt n_regions = c->op->regions.n;
  Place         *place;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_regions, &place));
  for (PetscInt k = 0; k < c->n_places; k++) {
    Place *to = &place[c->place[k].region];
    to->x += c->place[k].x * (double)c->place[k].buses;
    to->y += c->place[k].y * (double)c->place[k].buses;
    to->buses += c->place[k].buses;
    to->carriers |= c->place[k].carriers;
  }
  for (PetscInt b = 0; b < c->n_buses; b++) c->place_of[b] = c->place[c->place_of[b]].region;
  for (PetscInt k = 0; k < c->n_places; k++) PetscCall(PetscFree(c->place[k].name));
  PetscCall(PetscFree(c->place));
  for (PetscInt r = 0; r < n_regions; r++) {
    place[r].region = r;
    place[r].x /= (double)PetscMax(1, place[r].buses);
    place[r].y /= (double)PetscMax(1, place[r].buses);
    PetscCall(PetscStrallocpy(c->op->regions.text[r], &place[r].name));
  }
  c->place         = place;
  c->n_places      = n_regions;
  c->whole_regions = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode ChartSettle(Chart chart)
{
  PetscFunctionBeginUser;
  if (chart->n_places > MOST_PLACES) PetscCall(Gather(chart));
  PetscFunctionReturn(0);
}

PetscErrorCode ChartEdge(Chart chart, PetscInt from, PetscInt to, const char *carrier, const char *name, Edge **edge,
                         double *sign)
{
  const PetscInt a = chart->place_of[from], b = chart->place_of[to];
  Edge          *e;

  PetscFunctionBeginUser;
  *edge = NULL;
  if (a == b) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < chart->n_edges; k++) {
    e = &chart->edge[k];
    if (strcmp(e->carrier, carrier) != 0) continue;
    if ((e->from == a && e->to == b) || (e->from == b && e->to == a)) {
      *sign = e->from == a ? 1 : -1;
      *edge = e;
      e->parallel++;
      PetscFunctionReturn(0);
    }
  }
  PetscCall(PetscRealloc((size_t)(chart->n_edges + 1) * sizeof *chart->edge, &chart->edge));
  e     = &chart->edge[chart->n_edges++];
  *e    = (Edge){.from = a, .to = b, .parallel = 1};
  *sign = 1;
  *edge = e;
  PetscCall(PetscStrallocpy(name, &e->name));
  PetscCall(PetscStrallocpy(carrier, &e->carrier));
  PetscCall(PetscCalloc2(chart->op->n_periods, &e->limit, chart->op->n, &e->flow));
  PetscFunctionReturn(0);
}

/* Intervals are evenly spaced in a period when each begins one step after the one before. */
static PetscBool IsEven(Operation op, PetscInt from, PetscInt to)
{
  for (PetscInt t = from + 1; t < to; t++)
    if (op->time[t] - op->time[t - 1] != (long long)llround(3600 * op->step)) return PETSC_FALSE;
  return PETSC_TRUE;
}

static json_t *PeriodJson(Operation op, PetscInt p)
{
  json_t        *out  = json_object(), *list;
  const PetscInt from = op->first[p], to = op->first[p + 1];
  PetscBool      same = PETSC_TRUE;

  for (PetscInt t = from; t < to; t++) same = same && op->hours[t] == op->hours[from];
  JsonPut(out, "label", JsonText(op->period[p]));
  JsonPut(out, "count", json_integer(to - from));
  JsonPut(out, "start", op->dated && to > from ? json_integer(op->time[from]) : json_null());
  JsonPut(out, "step", JsonReal(3600 * op->step));
  if (op->dated && !IsEven(op, from, to)) {
    list = json_array();
    for (PetscInt t = from; t < to; t++) json_array_append_new(list, json_integer(op->time[t]));
    JsonPut(out, "times", list);
  }
  if (same && to > from) {
    JsonPut(out, "hours", JsonReal(op->hours[from]));
  } else {
    list = json_array();
    for (PetscInt t = from; t < to; t++) json_array_append_new(list, JsonReal(op->hours[t]));
    JsonPut(out, "hours", list);
  }
  return out;
}

/* What is nowhere more than the tolerance of a solver is left out. */
static PetscBool IsSeen(Operation op, const Series *s, const double least[SERIES_KINDS])
{
  if (s->kind == SERIES_WEIGHT) return PETSC_FALSE;
  if (s->kind == SERIES_PRICE) return PETSC_TRUE;
  for (PetscInt t = 0; t < op->n; t++)
    if (fabs(s->value[t]) > least[s->kind]) return PETSC_TRUE;
  return PETSC_FALSE;
}

static void FindLeast(Operation op, double least[SERIES_KINDS])
{
  for (int kind = 0; kind < SERIES_KINDS; kind++) least[kind] = NOTHING;
  for (PetscInt k = 0; k < op->n_series; k++)
    for (PetscInt t = 0; t < op->n; t++)
      least[op->series[k].kind] = fmax(least[op->series[k].kind], SMALL_SHARE * fabs(op->series[k].value[t]));
}

static json_t *SeriesJson(Operation op, const Series *s, PetscInt thin)
{
  static const char *const names[SERIES_KINDS] = {"power", "load", "energy", "price", ""};
  json_t                  *out = json_object(), *data = json_array();

  JsonPut(out, "kind", json_string(names[s->kind]));
  JsonPut(out, "carrier", json_integer(s->carrier));
  JsonPut(out, "region", json_integer(s->region));
  JsonPut(out, "technology", json_integer(s->technology));
  for (PetscInt p = 0; p < op->n_periods; p++)
    json_array_append_new(data, SeriesEncode(s->value + op->first[p], op->first[p + 1] - op->first[p], thin));
  JsonPut(out, "periods", data);
  return out;
}

static json_t *PlacesJson(Chart c)
{
  json_t *list = json_array();

  for (PetscInt k = 0; k < c->n_places; k++) {
    json_t *out = json_object(), *carriers = json_array();
    for (int b = 0; b < 64; b++)
      if (c->place[k].carriers >> b & 1) json_array_append_new(carriers, json_integer(b));
    JsonPut(out, "carriers", carriers);
    JsonPut(out, "name", JsonText(c->place[k].name));
    JsonPut(out, "region", json_integer(c->place[k].region));
    JsonPut(out, "buses", json_integer(c->place[k].buses));
    JsonPut(out, "x", JsonReal(c->place[k].x));
    JsonPut(out, "y", JsonReal(c->place[k].y));
    json_array_append_new(list, out);
  }
  return list;
}

static json_t *EdgesJson(Chart c, PetscInt thin)
{
  Operation op   = c->op;
  json_t   *list = json_array();

  for (PetscInt k = 0; k < c->n_edges; k++) {
    const Edge *e   = &c->edge[k];
    json_t     *out = json_object(), *limits = json_array(), *data = json_array();
    JsonPut(out, "name", JsonText(e->name));
    JsonPut(out, "carrier", JsonText(e->carrier));
    JsonPut(out, "from", json_integer(e->from));
    JsonPut(out, "to", json_integer(e->to));
    JsonPut(out, "parallel", json_integer(e->parallel));
    for (PetscInt p = 0; p < op->n_periods; p++) {
      json_array_append_new(limits, JsonReal(e->limit[p]));
      json_array_append_new(data, SeriesEncode(e->flow + op->first[p], op->first[p + 1] - op->first[p], thin));
    }
    JsonPut(out, "limit", limits);
    JsonPut(out, "flow", data);
    json_array_append_new(list, out);
  }
  return list;
}

PetscErrorCode ReportPutOperation(ReportRun *run, Operation op, Chart chart)
{
  json_t  *out = json_object(), *periods = json_array(), *series = json_array(), *map = json_object();
  PetscInt whole = 0, parts = chart->n_edges, thin, thin_parts;
  double   least[SERIES_KINDS];

  PetscFunctionBeginUser;
  FindLeast(op, least);
  for (PetscInt k = 0; k < op->n_series; k++)
    if (IsSeen(op, &op->series[k], least)) *(op->series[k].region < 0 ? &whole : &parts) += 1;
  thin       = OperationThinning(op, whole, run->budget / 2);
  thin_parts = PetscMax(thin, OperationThinning(op, parts, run->budget - run->budget / 2));
  for (PetscInt p = 0; p < op->n_periods; p++) json_array_append_new(periods, PeriodJson(op, p));
  for (PetscInt k = 0; k < op->n_series; k++)
    if (IsSeen(op, &op->series[k], least) && (op->series[k].region < 0 || op->regions.n > 1))
      json_array_append_new(series, SeriesJson(op, &op->series[k], op->series[k].region < 0 ? thin : thin_parts));
  JsonPut(out, "regions", TextListJson(&op->regions));
  JsonPut(out, "carriers", TextListJson(&op->carriers));
  JsonPut(out, "technologies", TextListJson(&op->technologies));
  JsonPut(out, "periods", periods);
  JsonPut(out, "series", series);
  JsonPut(run->out, "operation", out);
  JsonPut(map, "places", PlacesJson(chart));
  JsonPut(map, "edges", EdgesJson(chart, thin_parts));
  JsonPut(map, "whole_regions", json_boolean(chart->whole_regions));
  JsonPut(run->out, "map", map);
  PetscFunctionReturn(0);
}
