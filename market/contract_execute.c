/* Execution of contracts: interval by interval, level of precedence by level. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "market/contract_impl.h"

/* "contract 'NAME': " of a failure, with its bare arguments. */
#define NAME_OF(text) (int)((text).length < 80 ? (text).length : 80), (text).bytes

MarketStatus ContractItemFail(const ContractRun *run, const ContractItem *item, uint32_t interval, MarketStatus status,
                              const char *what)
{
  return MarketFail(run->error, status, "contract '%.*s', interval %" PRIu32 ": %s", NAME_OF(item->contract->name),
                    interval, what);
}

static MarketStatus Difference(const ContractRun *run, MoneyWide a, MoneyWide b, int64_t *positive)
{
  MoneyWide difference = a - b;

  if (difference > INT64_MAX) return MarketFail(run->error, MARKET_OVERFLOW, "contracts: an energy does not fit");
  *positive = difference > 0 ? (int64_t)difference : 0;
  return MARKET_OK;
}

/* What each asset offers in interval t. */
static MarketStatus FillPools(ContractRun *run, uint32_t t)
{
  const size_t n = run->facts->n_assets;

  for (size_t a = 0; a < n; a++) {
    const int64_t wh    = run->metered->asset_wh[t * n + a];
    int64_t      *total = &run->total[a * POOLS];
    MARKET_TRY(Difference(run, wh, 0, &total[POOL_OUTPUT]));
    MARKET_TRY(Difference(run, 0, wh, &total[POOL_INTAKE]));
    total[POOL_DOWN] = total[POOL_UP] = 0;
    if (run->facts->asset[a].kind != FACTS_LOAD) continue;
    MARKET_TRY(Difference(run, run->facts->baseline_wh[t * n + a], -(MoneyWide)wh, &total[POOL_DOWN]));
    MARKET_TRY(Difference(run, -(MoneyWide)wh, run->facts->baseline_wh[t * n + a], &total[POOL_UP]));
  }
  memcpy(run->left, run->total, n * POOLS * sizeof *run->left);
  return MARKET_OK;
}

static bool ConditionHolds(const ContractRun *run, const ContractItem *item, int k, uint32_t t)
{
  const ContractCondition *c  = &item->contract->condition[k];
  const uint32_t           at = item->condition_at[k];
  const Facts              f  = run->facts;
  MoneyWide                stored, threshold;

  switch (c->kind) {
  case CONTRACT_PRICE_ABOVE:
    return f->day_ahead.price[(size_t)t * f->n_buses + at] > c->threshold;
  case CONTRACT_PRICE_BELOW:
    return f->day_ahead.price[(size_t)t * f->n_buses + at] < c->threshold;
  case CONTRACT_TECHNOLOGY:
    return EntryTextSame(f->asset[item->unit].technology, c->name);
  case CONTRACT_CHARGE_ABOVE:
  case CONTRACT_CHARGE_BELOW:
    stored    = (MoneyWide)f->level_wh[(size_t)t * f->n_assets + at] * CONTRACT_WHOLE;
    threshold = (MoneyWide)f->asset[at].energy_wh * c->threshold;
    return c->kind == CONTRACT_CHARGE_ABOVE ? stored > threshold : stored < threshold;
  default:
    return true; /* hours and days: counted in seconds */
  }
}

/* The part of a pool that falls into `seconds` of the interval, rounded down. */
static int64_t Part(const ContractRun *run, size_t pool, uint32_t seconds)
{
  return (int64_t)((MoneyWide)run->total[pool] * seconds / run->facts->interval_seconds);
}

static void Ask(const ContractRun *run, ContractDraw *draw, size_t pool, int64_t contracted, uint32_t seconds)
{
  const int64_t part = Part(run, pool, seconds);

  *draw = (ContractDraw){pool, contracted < part ? contracted : part, 0};
}

/* The contracted energy of an interval and what is asked of the unit for it. */
static MarketStatus AskSupply(const ContractRun *run, ContractItem *item, MoneyWide watt_seconds)
{
  static const ContractPool pool_of[] = {0, POOL_OUTPUT, POOL_OUTPUT, POOL_OUTPUT, POOL_OUTPUT, POOL_DOWN, POOL_DOWN};
  const Contract           *c         = item->contract;
  size_t                    pool      = item->unit * (size_t)POOLS + pool_of[c->quantity];

  if (item->unit == DELIVERY_ANY_ASSET) {
    MARKET_TRY(MoneyDivide(watt_seconds, 3600, &item->contracted));
    item->draw[0].asked = item->contracted;
    return MARKET_OK;
  }
  if (c->quantity == CONTRACT_STORAGE_SHARE && run->total[item->unit * (size_t)POOLS + POOL_INTAKE] > 0) {
    item->charging = true;
    pool           = item->unit * (size_t)POOLS + POOL_INTAKE;
  }
  if (c->quantity == CONTRACT_UNIT_SHARE || c->quantity == CONTRACT_STORAGE_SHARE)
    item->contracted = (int64_t)((MoneyWide)run->total[pool] * c->share * item->active_s /
                                 ((MoneyWide)CONTRACT_WHOLE * run->facts->interval_seconds));
  else
    MARKET_TRY(MoneyDivide(watt_seconds, 3600, &item->contracted));
  Ask(run, &item->draw[0], pool, item->contracted, item->active_s);
  return MARKET_OK;
}

/* Demand catches up whenever it likes: only the validity bounds it. */
static MarketStatus AskCatchUp(const ContractRun *run, ContractItem *item)
{
  int64_t most = 0;

  MARKET_TRY(MoneyDivide((MoneyWide)item->contract->power_w * item->valid_s, 3600, &most));
  Ask(run, &item->draw[1], item->unit * (size_t)POOLS + POOL_UP, most, item->valid_s);
  return MARKET_OK;
}

static MarketStatus Prepare(const ContractRun *run, ContractItem *item, uint32_t t)
{
  const Contract *c     = item->contract;
  const int64_t   begin = run->facts->window_start + (int64_t)t * run->facts->interval_seconds;
  const int64_t   end   = begin + run->facts->interval_seconds;
  MoneyWide       watt_seconds, unused;

  item->charging   = false;
  item->held       = true;
  item->contracted = 0;
  item->draw[0] = item->draw[1] = (ContractDraw){CONTRACT_NO_POOL, 0, 0};
  ContractActive(c, false, begin, end, &item->valid_s, &unused);
  ContractActive(c, true, begin, end, &item->active_s, &watt_seconds);
  if (!item->valid_s) return MARKET_OK;
  item->due = true;
  for (int k = 0; k < c->n_conditions; k++) {
    const bool holds = ConditionHolds(run, item, k, t);
    item->held       = item->held && holds;
    item->due        = item->due && (holds || c->condition[k].kind != CONTRACT_TECHNOLOGY);
  }
  if (c->price_kind == CONTRACT_PRICE_RENT && !c->has_energy) return MARKET_OK;
  if (item->held && item->active_s) MARKET_TRY(AskSupply(run, item, watt_seconds));
  if (c->quantity == CONTRACT_SHIFTING) MARKET_TRY(AskCatchUp(run, item));
  if (c->price_kind == CONTRACT_PRICE_TAKE_OR_PAY && item->contracted)
    Ask(run, &item->draw[1], item->load * (size_t)POOLS + POOL_INTAKE, item->contracted, item->active_s);
  return MARKET_OK;
}

static MarketStatus ExecuteInterval(ContractRun *run, uint32_t t)
{
  MARKET_TRY(FillPools(run, t));
  for (size_t i = 0; i < run->n; i++)
    if (Prepare(run, &run->item[i], t) != MARKET_OK)
      return ContractItemFail(run, &run->item[i], t, MARKET_OVERFLOW, "the contracted energy does not fit");
  for (size_t first = 0, last; first < run->n; first = last) {
    const uint32_t level = run->item[first].contract->precedence;
    for (last = first + 1; last < run->n && run->item[last].contract->precedence == level;) last++;
    MARKET_TRY(ContractRation(run, first, last));
  }
  for (size_t i = 0; i < run->n; i++)
    if (run->item[i].valid_s) MARKET_TRY(ContractBook(run, &run->item[i], t));
  return MARKET_OK;
}

static int CompareItems(const void *a, const void *b)
{
  const ContractItem *x = a, *y = b;

  if (x->contract->precedence != y->contract->precedence)
    return x->contract->precedence < y->contract->precedence ? -1 : 1;
  return memcmp(x->hash, y->hash, 32);
}

static MarketStatus SetUp(ContractRun *run, Contracts contracts)
{
  const size_t n = ContractsCount(contracts), cells = (size_t)run->facts->n_assets * POOLS;

  run->item   = calloc(n + 1, sizeof *run->item);
  run->member = calloc(n + 1, sizeof *run->member);
  run->weight = calloc(n + 1, sizeof *run->weight);
  run->share  = calloc(n + 1, sizeof *run->share);
  run->total  = calloc(cells + 1, sizeof *run->total);
  run->left   = calloc(cells + 1, sizeof *run->left);
  if (!run->item || !run->member || !run->weight || !run->share || !run->total || !run->left)
    return MarketFail(run->error, MARKET_NO_MEMORY, "no memory to execute %zu contracts", n);
  run->n = n;
  MARKET_TRY(ContractNamesCreate(run));
  for (size_t i = 0; i < n; i++) {
    run->item[i].contract = ContractsGet(contracts, i);
    run->item[i].hash     = ContractsHash(contracts, i);
    MARKET_TRY(ContractResolve(run, &run->item[i]));
  }
  qsort(run->item, n, sizeof *run->item, CompareItems);
  return MARKET_OK;
}

static MarketStatus ExecuteWindow(ContractRun *run, Contracts contracts, const MarketBytes *before, MarketBytes *after)
{
  const Facts f = run->facts;

  if (f->interval_seconds == 0 || f->window_start > CONTRACT_TIME_MAX || f->window_start < -CONTRACT_TIME_MAX ||
      (uint64_t)f->intervals * f->interval_seconds > (uint64_t)CONTRACT_TIME_MAX)
    return MarketFail(run->error, MARKET_BAD_INPUT, "contracts: the window has no time that a calendar knows");
  MARKET_TRY(SetUp(run, contracts));
  MARKET_TRY(ContractStateRead(run, before));
  for (uint32_t t = 0; t < f->intervals; t++) MARKET_TRY(ExecuteInterval(run, t));
  return ContractStateWrite(run, after);
}

MarketStatus ContractsExecute(Contracts contracts, Facts facts, const MarketBytes *before, MarketBytes *after,
                              Deliveries *deliveries, Transfers *transfers, MarketError *error)
{
  ContractRun run = {
      .facts = facts, .metered = FactsMetered(facts), .deliveries = deliveries, .transfers = transfers, .error = error};
  MarketStatus status = ExecuteWindow(&run, contracts, before, after);

  free(run.item);
  free(run.name);
  free(run.member);
  free(run.weight);
  free(run.share);
  free(run.total);
  free(run.left);
  return status;
}
