/* From the table of bids to a market. */
#include "jobs/bid_case.h"

#include "market/rounding.h"

#include <math.h>
#include <stdlib.h>

_Static_assert((int)BID_PARTNER_RENEWABLE == (int)PREFER_RENEWABLE && (int)BID_PARTNER_CLASS == (int)PREFER_CLASS,
               "partners and preferences are numbered alike");

/* ---- bids of a local market ---- */

static uint32_t AssetRow(Network net, const BidRow *row)
{
  switch (row->component) {
  case BID_UNIT_GENERATOR:
    return (uint32_t)row->unit;
  case BID_UNIT_LOAD:
    return (uint32_t)(net->generator.n + row->unit);
  case BID_UNIT_STORAGE:
    return (uint32_t)(net->generator.n + net->load.n + row->unit);
  default:
    return BID_ANY_ASSET;
  }
}

static MarketStatus BidOf(Network net, const BidRow *row, Bid *bid, MarketError *error)
{
  *bid = (Bid){.side          = row->buys ? BID_BUY : BID_SELL,
               .participant   = (uint32_t)row->participant,
               .bus           = (uint32_t)row->bus,
               .asset         = AssetRow(net, row),
               .order         = EntryTextOf(row->order),
               .prefer        = (BidPreference)row->partner,
               .partner       = row->partner == BID_PARTNER_PARTICIPANT ? (uint32_t)row->partner_participant : 0,
               .partner_class = EntryTextOf(row->partner_class)};
  MARKET_TRY(RoundEnergy((double)row->kwh / 1000, 1, "energy of a bid", &bid->wh, error));
  MARKET_TRY(RoundPrice((double)row->price, "price of a bid", &bid->price, error));
  MARKET_TRY(RoundPrice((double)row->premium, "premium of a bid", &bid->premium, error));
  if (bid->prefer != PREFER_NOBODY && bid->premium == 0) bid->prefer = PREFER_NOBODY; /* below a millionth */
  return MARKET_OK;
}

/* First and last hour of a row within the window; none when first > last. */
static void Within(const BidRow *row, PetscInt first, PetscInt hours, PetscInt *from, PetscInt *to)
{
  *from = PetscMax(row->first_hour, first);
  *to   = PetscMin(row->last_hour, first + hours - 1);
}

static MarketStatus FillBids(Network net, BidTable table, PetscInt first, PetscInt hours, Bid *bid, size_t *n,
                             MarketError *error)
{
  for (PetscInt k = 0; k < table->n; k++) {
    Bid      one;
    PetscInt from, to;
    Within(&table->row[k], first, hours, &from, &to);
    if (from > to) continue;
    MARKET_TRY(BidOf(net, &table->row[k], &one, error));
    for (PetscInt t = from; t <= to; t++) {
      one.interval = (uint32_t)(t - first);
      bid[(*n)++]  = one;
    }
  }
  return MARKET_OK;
}

PetscErrorCode BidCaseCreate(Network net, BidTable table, PetscInt first, PetscInt hours, Bids *bids,
                             MarketError *error)
{
  size_t n = 0, most = 0;
  Bid   *bid;

  PetscFunctionBeginUser;
  *bids         = NULL;
  error->status = MARKET_OK;
  if (!table) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < table->n; k++) {
    PetscInt from, to;
    Within(&table->row[k], first, hours, &from, &to);
    if (from <= to) most += (size_t)(to - from + 1);
  }
  PetscCall(PetscMalloc1(most + 1, &bid));
  if (FillBids(net, table, first, hours, bid, &n, error) == MARKET_OK) (void)BidsCreate(bid, n, bids, error);
  PetscCall(PetscFree(bid));
  PetscFunctionReturn(0);
}

/* ---- curves in the dispatch ---- */

typedef struct {
  PetscReal mw, price;
} Step;

/* One unit whose attributes were changed. */
typedef struct {
  BidUnit   component;
  PetscInt  unit;
  Cost      cost; /* of generators */
  PetscInt  p_max_series;
  PetscReal p_max_mw, share, price;
} Changed;

struct _p_BidCurves {
  PetscInt n, n_series;
  Changed *changed;
};

/* What is at hand while curves are made. */
typedef struct {
  Network        net;
  BidTable       table;
  PetscInt       first, hours;
  Faults         faults;
  BidCurves      before;
  const BidRow **row; /* of one unit */
  PetscInt       n_rows;
  Step          *step, *curve; /* [table->n + 1] */
} Making;

#define FAULT(m, row, ...) PetscCall(FaultsAdd((m)->faults, FAULT_ERROR, (m)->table->path, (row)->line, __VA_ARGS__))

static PetscReal StepHours(Network net)
{
  return net->series.n_snapshots ? net->series.step_hours : 1;
}

/* The unit's row that holds at an hour, from the k-th on; NULL for none. */
static const BidRow *RowAt(const Making *m, PetscInt hour, PetscInt *k)
{
  for (; *k < m->n_rows; ++*k)
    if (m->row[*k]->first_hour <= hour && hour <= m->row[*k]->last_hour) return m->row[(*k)++];
  return NULL;
}

/* Power that the unit's rows put down for an hour. */
static PetscReal PowerAt(const Making *m, PetscInt hour)
{
  PetscReal sum = 0;

  for (PetscInt k = 0; k < m->n_rows;) {
    const BidRow *row = RowAt(m, hour, &k);
    if (row) sum += row->kwh / 1000 / StepHours(m->net);
  }
  return sum;
}

/* Steps of an hour's offers; the unit's rows stand in order of price. */
static PetscInt StepsAt(const Making *m, PetscInt hour, Step *step)
{
  PetscInt n = 0;

  for (PetscInt k = 0; k < m->n_rows;) {
    const BidRow *row = RowAt(m, hour, &k);
    if (!row) break;
    if (n == 0 || step[n - 1].price != row->price) step[n++] = (Step){0, row->price};
    step[n - 1].mw += row->kwh / 1000 / StepHours(m->net);
  }
  return n;
}

/* Whether steps are the cheap end of a curve: all but the last as there, and that no longer. */
static PetscBool IsBeginning(const Step *step, PetscInt n, const Step *curve, PetscInt n_curve)
{
  if (n > n_curve) return PETSC_FALSE;
  for (PetscInt k = 0; k < n; k++) {
    const PetscReal slack = 1e-9 * curve[k].mw;
    if (step[k].price != curve[k].price || step[k].mw > curve[k].mw + slack) return PETSC_FALSE;
    if (k < n - 1 && step[k].mw < curve[k].mw - slack) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

static PetscErrorCode SetCurve(Cost *cost, const Step *curve, PetscInt n)
{
  PetscReal *point, linear[2] = {0, curve[0].price};

  PetscFunctionBeginUser;
  if (n == 1) {
    PetscCall(CostSet(cost, COST_POLYNOMIAL, 2, linear));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(2 * (n + 1), &point));
  for (PetscInt k = 0; k < n; k++) {
    point[2 * k + 2] = point[2 * k] + curve[k].mw;
    point[2 * k + 3] = point[2 * k + 1] + curve[k].mw * curve[k].price;
  }
  PetscCall(CostSet(cost, COST_PIECEWISE_LINEAR, n + 1, point));
  PetscCall(PetscFree(point));
  PetscFunctionReturn(0);
}

/* Largest output of the window's hours: what there is, and what is offered of it. */
static PetscErrorCode LimitOutput(Making *m, PetscInt g)
{
  SeriesTable *series = &m->net->series;
  PetscInt     added;

  PetscFunctionBeginUser;
  if (!series->n_snapshots) {
    m->net->generator.p_max_mw[g] = PetscMin(m->net->generator.p_max_mw[g], PowerAt(m, m->first));
    PetscFunctionReturn(0);
  }
  PetscCall(NetworkAddSeries(m->net, NULL, &added));
  for (PetscInt t = 0; t < series->n_snapshots; t++) {
    PetscReal *value = &series->value[added * series->n_snapshots + t];
    *value           = NetworkGeneratorPMax(m->net, g, t);
    if (t >= m->first && t < m->first + m->hours) *value = PetscMin(*value, PowerAt(m, t));
  }
  m->net->generator.p_max_series[g] = added;
  PetscFunctionReturn(0);
}

static int ComparePrices(const void *a, const void *b)
{
  const BidRow *x = *(const BidRow *const *)a, *y = *(const BidRow *const *)b;

  if (x->price != y->price) return x->price < y->price ? -1 : 1;
  return (x->line > y->line) - (x->line < y->line);
}

static PetscErrorCode CheckHour(Making *m, PetscInt g, PetscInt t, PetscInt fullest, PetscInt n_curve)
{
  const char   *name  = m->net->generator.name[g];
  PetscReal     least = NetworkGeneratorPMin(m->net, g, m->net->series.n_snapshots ? t : -1), power = PowerAt(m, t);
  PetscInt      n = StepsAt(m, t, m->step), k = 0;
  const BidRow *row = RowAt(m, t, &k);

  PetscFunctionBeginUser;
  if (!IsBeginning(m->step, n, m->curve, n_curve))
    FAULT(m, row,
          "found offers of '%.60s' in hour %" PetscInt_FMT " that are not the cheap end of those in hour %" PetscInt_FMT
          ", expected one curve for a window",
          name, t, fullest);
  else if (power < least * (1 - 1e-9))
    FAULT(m, row ? row : m->row[0],
          "found offers of '%.60s' for %g MW in hour %" PetscInt_FMT ", expected at least its minimum output of %g MW",
          name, (double)power, t, (double)least);
  PetscFunctionReturn(0);
}

static PetscErrorCode OfferGenerator(Making *m, PetscInt g, Changed *was)
{
  GeneratorTable *generator = &m->net->generator;
  PetscInt        fullest = m->first, n_curve, errors = FaultsErrorCount(m->faults);

  PetscFunctionBeginUser;
  qsort(m->row, (size_t)m->n_rows, sizeof *m->row, ComparePrices);
  for (PetscInt t = m->first; t < m->first + m->hours; t++)
    if (PowerAt(m, t) > PowerAt(m, fullest)) fullest = t;
  n_curve = StepsAt(m, fullest, m->curve);
  for (PetscInt t = m->first; t < m->first + m->hours; t++) PetscCall(CheckHour(m, g, t, fullest, n_curve));
  if (FaultsErrorCount(m->faults) > errors) PetscFunctionReturn(0);
  was->cost          = generator->cost[g];
  was->p_max_series  = generator->p_max_series[g];
  was->p_max_mw      = generator->p_max_mw[g];
  generator->cost[g] = (Cost){COST_POLYNOMIAL, 0, NULL};
  PetscCall(SetCurve(&generator->cost[g], m->curve, n_curve));
  PetscCall(LimitOutput(m, g));
  m->before->changed[m->before->n++] = *was;
  PetscFunctionReturn(0);
}

/* Whether all rows of the unit have one price; otherwise a fault. */
static PetscErrorCode OnePrice(Making *m, const char *kind, const char *name, PetscBool *one)
{
  PetscFunctionBeginUser;
  *one = PETSC_TRUE;
  for (PetscInt k = 1; k < m->n_rows && *one; k++)
    if (m->row[k]->price != m->row[0]->price) {
      *one = PETSC_FALSE;
      FAULT(m, m->row[k], "found a bid of the %s '%.60s' at %g and one at %g, expected one price for a window", kind,
            name, (double)m->row[k]->price, (double)m->row[0]->price);
    }
  PetscFunctionReturn(0);
}

static PetscErrorCode OfferStorage(Making *m, PetscInt s, Changed *was)
{
  StorageTable *storage = &m->net->storage;
  PetscReal     power   = PowerAt(m, m->first);
  PetscBool     good;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->n_rows; k++)
    if (m->row[k]->buys) {
      FAULT(m, m->row[k],
            "found a bid to buy of the storage unit '%.60s', which the dispatch has no curve for; it charges "
            "where prices make that pay",
            storage->name[s]);
      PetscFunctionReturn(0);
    }
  PetscCall(OnePrice(m, "storage unit", storage->name[s], &good));
  if (!good) PetscFunctionReturn(0);
  for (PetscInt t = m->first; t < m->first + m->hours; t++)
    if (PetscAbsReal(PowerAt(m, t) - power) > 1e-9 * power || power == 0) {
      FAULT(m, m->row[0],
            "found offers of the storage unit '%.60s' that change in hour %" PetscInt_FMT
            ", expected one energy in every hour of a window",
            storage->name[s], t);
      PetscFunctionReturn(0);
    }
  was->price                         = storage->marginal_cost[s];
  was->p_max_mw                      = storage->p_discharge_max_mw[s];
  storage->marginal_cost[s]          = m->row[0]->price;
  storage->p_discharge_max_mw[s]     = PetscMin(storage->p_discharge_max_mw[s], power);
  m->before->changed[m->before->n++] = *was;
  PetscFunctionReturn(0);
}

/* Share of a load's demand that is bid in an hour; 1 at most. */
static PetscReal ShareAt(const Making *m, PetscInt l, PetscInt t)
{
  const PetscReal demand = NetworkLoadP(m->net, l, m->net->series.n_snapshots ? t : -1), power = PowerAt(m, t);

  return power >= demand ? 1 : power / demand;
}

static PetscErrorCode BidLoad(Making *m, PetscInt l, Changed *was)
{
  LoadTable *load  = &m->net->load;
  PetscReal  share = ShareAt(m, l, m->first);
  PetscBool  good;

  PetscFunctionBeginUser;
  PetscCall(OnePrice(m, "load", load->name[l], &good));
  if (!good) PetscFunctionReturn(0);
  if (m->row[0]->price < 0) {
    FAULT(m, m->row[0], "found a bid of the load '%.60s' at %g, expected a price of at least 0 in the dispatch",
          load->name[l], (double)m->row[0]->price);
    PetscFunctionReturn(0);
  }
  for (PetscInt t = m->first; t < m->first + m->hours; t++)
    if (PetscAbsReal(ShareAt(m, l, t) - share) > 1e-6) {
      FAULT(m, m->row[0],
            "found bids of the load '%.60s' for %.4g of its demand in hour %" PetscInt_FMT
            " and %.4g in hour %" PetscInt_FMT ", expected one share in a window",
            load->name[l], (double)share, m->first, (double)ShareAt(m, l, t), t);
      PetscFunctionReturn(0);
    }
  was->share                         = load->curtail_max_pu[l];
  was->price                         = load->curtail_cost[l];
  load->curtail_max_pu[l]            = share;
  load->curtail_cost[l]              = m->row[0]->price;
  m->before->changed[m->before->n++] = *was;
  PetscFunctionReturn(0);
}

/* The rows of units in the window, unit by unit. */
static int CompareUnits(const void *a, const void *b)
{
  const BidRow *x = *(const BidRow *const *)a, *y = *(const BidRow *const *)b;

  if (x->component != y->component) return x->component < y->component ? -1 : 1;
  if (x->unit != y->unit) return x->unit < y->unit ? -1 : 1;
  return (x->line > y->line) - (x->line < y->line);
}

static PetscErrorCode ApplyUnit(Making *m)
{
  const BidRow *row = m->row[0];
  Changed       was = {.component = row->component, .unit = row->unit};

  PetscFunctionBeginUser;
  switch (row->component) {
  case BID_UNIT_GENERATOR:
    PetscCall(OfferGenerator(m, row->unit, &was));
    break;
  case BID_UNIT_STORAGE:
    PetscCall(OfferStorage(m, row->unit, &was));
    break;
  case BID_UNIT_LOAD:
    PetscCall(BidLoad(m, row->unit, &was));
    break;
  default:
    for (PetscInt k = 0; k < m->n_rows; k++)
      FAULT(m, m->row[k], "found a bid at the bus '%.60s' without a unit, which the dispatch has no curve for",
            m->net->bus.name[m->row[k]->bus]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ApplyRows(Making *m, const BidRow **row, PetscInt n)
{
  PetscFunctionBeginUser;
  qsort(row, (size_t)n, sizeof *row, CompareUnits);
  for (PetscInt k = 0; k < n; k += m->n_rows) {
    m->row = row + k;
    for (m->n_rows = 1; k + m->n_rows < n; m->n_rows++)
      if (row[k + m->n_rows]->component != row[k]->component || row[k + m->n_rows]->unit != row[k]->unit) break;
    PetscCall(ApplyUnit(m));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode BidCaseApplyCurves(Network net, BidTable table, PetscInt first, PetscInt hours, Faults faults,
                                  BidCurves *before)
{
  Making         m      = {.net = net, .table = table, .first = first, .hours = hours, .faults = faults};
  PetscInt       errors = FaultsErrorCount(faults), n = 0, from, to;
  const BidRow **row;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(before));
  m.before           = *before;
  m.before->n_series = net->series.n;
  PetscCall(PetscCalloc1(table->n + 1, &m.before->changed));
  PetscCall(PetscCalloc3(table->n + 1, &row, table->n + 1, &m.step, table->n + 1, &m.curve));
  for (PetscInt k = 0; k < table->n; k++) {
    Within(&table->row[k], first, hours, &from, &to);
    if (from <= to) row[n++] = &table->row[k];
  }
  PetscCall(ApplyRows(&m, row, n));
  PetscCall(PetscFree3(row, m.step, m.curve));
  if (FaultsErrorCount(faults) > errors) PetscCall(BidCaseRestore(net, before));
  PetscFunctionReturn(0);
}

static PetscErrorCode Restore(Network net, Changed *was)
{
  PetscInt k = was->unit;

  PetscFunctionBeginUser;
  switch (was->component) {
  case BID_UNIT_GENERATOR:
    PetscCall(PetscFree(net->generator.cost[k].coefficient));
    net->generator.cost[k]         = was->cost;
    net->generator.p_max_series[k] = was->p_max_series;
    net->generator.p_max_mw[k]     = was->p_max_mw;
    break;
  case BID_UNIT_STORAGE:
    net->storage.marginal_cost[k]      = was->price;
    net->storage.p_discharge_max_mw[k] = was->p_max_mw;
    break;
  default:
    net->load.curtail_max_pu[k] = was->share;
    net->load.curtail_cost[k]   = was->price;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode BidCaseRestore(Network net, BidCurves *before)
{
  PetscFunctionBeginUser;
  if (!before || !*before) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*before)->n; k++) PetscCall(Restore(net, &(*before)->changed[k]));
  NetworkTruncateSeries(net, (*before)->n_series);
  PetscCall(PetscFree((*before)->changed));
  PetscCall(PetscFree(*before));
  PetscFunctionReturn(0);
}
