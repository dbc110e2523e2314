/* What must hold for every settlement, over random grids. */
#include "market/money.h"
#include "market/statement.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

enum { STUDIES = 150 };

static Settlement Settle(const SettlementInput *in, const bool *settle)
{
  Settlement  s = NULL;
  MarketError error;

  error.text[0] = 0;
  if (SettlementCreate(in, settle, &s, &error) != MARKET_OK) fail_msg("%s", error.text);
  return s;
}

/* Sums of one region and interval, gathered by this test's own loop. */
typedef struct {
  int64_t amount, energy, rounding, unaccounted, losses_wh;
  int     lines;
} Sums;

static Sums SumsOf(Settlement s, uint32_t region, uint32_t interval)
{
  Sums sums = {0};

  for (size_t i = 0; i < s->n; i++) {
    const SettlementEntry *e = &s->entry[i];
    if (e->region != region || e->interval != interval) continue;
    sums.amount += e->amount;
    sums.energy += e->quantity_wh;
    if (e->kind == SETTLEMENT_ROUNDING)
      sums.rounding += e->amount;
    else
      sums.lines++;
    if (e->kind == SETTLEMENT_UNACCOUNTED) sums.unaccounted += e->quantity_wh;
    if (e->kind == SETTLEMENT_LOSSES) sums.losses_wh += e->quantity_wh;
  }
  return sums;
}

static void EveryBlockSumsToZero(void **state)
{
  int64_t largest_rounding = 0;

  (void)state;
  for (uint64_t k = 0; k < STUDIES; k++) {
    RandomStudy *study = RandomStudyCreate(1000 + k, 1e-4);
    Settlement   s     = Settle(&study->in, NULL);
    for (uint32_t r = 0; r < study->in.n_regions; r++) {
      int64_t buses = 0;
      for (size_t b = 0; b < study->in.n_buses; b++) buses += study->bus_region[b] == (int32_t)r;
      for (uint32_t t = 0; t < RANDOM_HOURS; t++) {
        Sums sums = SumsOf(s, r, t);
        assert_int_equal(sums.amount, 0);
        assert_int_equal(sums.energy, 0);
        assert_true(2 * llabs(sums.rounding) <= sums.lines);
        assert_true(sums.losses_wh <= 0);
        /* 100 W of error for a quarter of an hour at each bus, and half a watt-hour for each rounded energy */
        assert_true(llabs(sums.unaccounted) <=
                    25 * buses + (int64_t)(study->in.n_assets + 2 * study->in.n_branches + study->in.n_buses) / 2 + 1);
        if (llabs(sums.rounding) > largest_rounding) largest_rounding = llabs(sums.rounding);
      }
    }
    assert_true(s->largest_mismatch > 0);
    SettlementDestroy(&s);
    free(study);
  }
  assert_true(largest_rounding > 0); /* otherwise the bound above was never at work */
}

/* Merchandising surplus in floating point, straight from its definition: minus the sum over branches of price x flow
   into each end, and minus price x shunt. */
static double SurplusOf(const SettlementInput *in, int32_t region, size_t t, bool ties)
{
  const double *price   = in->price + t * in->n_buses;
  double        surplus = 0;

  for (size_t l = 0; l < in->n_branches; l++) {
    int32_t from = in->branch[l].from, to = in->branch[l].to;
    if ((in->bus_region[from] != in->bus_region[to]) != ties) continue;
    if (in->bus_region[from] == region) surplus -= price[from] * in->branch_from_mw[t * in->n_branches + l];
    if (in->bus_region[to] == region) surplus -= price[to] * in->branch_to_mw[t * in->n_branches + l];
  }
  for (size_t b = 0; b < in->n_buses && !ties; b++)
    if (in->bus_region[b] == region) surplus -= price[b] * in->shunt_mw[t * in->n_buses + b];
  return surplus * in->step_hours;
}

static void OperatorsSurplusIsThatOfTheFlows(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < STUDIES; k++) {
    RandomStudy *study = RandomStudyCreate(2000 + k, 0);
    Settlement   s     = Settle(&study->in, NULL);
    for (size_t t = 0; t < RANDOM_HOURS; t++)
      for (uint32_t r = 0; r < study->in.n_regions; r++) {
        int64_t own = 0, ties = 0;
        for (size_t i = 0; i < s->n; i++) {
          const SettlementEntry *e = &s->entry[i];
          if (e->region != r || e->interval != t) continue;
          if (e->kind == SETTLEMENT_CONGESTION || e->kind == SETTLEMENT_LOSSES) own += e->amount;
          if (e->kind == SETTLEMENT_TIE_RENT) ties += e->amount;
        }
        /* each energy is within half a watt-hour, each price within half a millionth */
        assert_true(fabs((double)own / 1e6 - SurplusOf(&study->in, (int32_t)r, t, false)) < 0.05);
        assert_true(fabs((double)ties / 1e6 - SurplusOf(&study->in, (int32_t)r, t, true)) < 0.05);
      }
    SettlementDestroy(&s);
    free(study);
  }
}

static void Swap(RandomStudy *s, size_t a, size_t b)
{
  SettlementAsset asset = s->asset[a];

  s->asset[a] = s->asset[b];
  s->asset[b] = asset;
  for (size_t t = 0; t < RANDOM_HOURS; t++) {
    double *row = s->asset_mw + t * s->in.n_assets, mw = row[a];
    row[a] = row[b];
    row[b] = mw;
  }
}

static Statement StatementOf(Settlement s)
{
  Statement   statement = NULL;
  MarketError error;

  assert_int_equal(StatementCreate("EUR", &statement, &error), MARKET_OK);
  for (size_t i = 0; i < s->n; i++) assert_int_equal(StatementAdd(statement, &s->entry[i], &error), MARKET_OK);
  StatementSort(statement);
  return statement;
}

static void OrderOfAssetsDoesNotChangeTotals(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < 40; k++) {
    RandomStudy *study  = RandomStudyCreate(3000 + k, 1e-5);
    Settlement   before = Settle(&study->in, NULL), after;
    Statement    first  = StatementOf(before), second;
    for (size_t a = study->in.n_assets; a > 1; a--) Swap(study, a - 1, (size_t)RandomBelow(&study->seed, a));
    after  = Settle(&study->in, NULL);
    second = StatementOf(after);
    assert_int_equal(first->n, second->n);
    for (size_t i = 0; i < first->n; i++) {
      assert_string_equal(first->row[i].name, second->row[i].name);
      assert_memory_equal(first->row[i].kind, second->row[i].kind, sizeof first->row[i].kind);
    }
    StatementDestroy(&first);
    StatementDestroy(&second);
    SettlementDestroy(&before);
    SettlementDestroy(&after);
    free(study);
  }
}

static void RegionsSettledAloneGiveTheSameEntries(void **state)
{
  static uint8_t whole[ENTRY_SIZE_MAX], part[ENTRY_SIZE_MAX];
  MarketError    error;

  (void)state;
  for (uint64_t k = 0; k < 40; k++) {
    RandomStudy *study = RandomStudyCreate(4000 + k, 1e-5);
    Settlement   all   = Settle(&study->in, NULL);
    for (uint32_t r = 0; r < study->in.n_regions; r++) {
      bool       settle[RANDOM_MOST] = {false};
      size_t     first, count, n, m;
      Settlement alone;
      settle[r] = true;
      alone     = Settle(&study->in, settle);
      SettlementRegionRange(all, r, &first, &count);
      assert_int_equal(alone->n, count);
      for (size_t i = 0; i < count; i++) {
        assert_int_equal(SettlementEntryEncode(&all->entry[first + i], whole, sizeof whole, &n, &error), MARKET_OK);
        assert_int_equal(SettlementEntryEncode(&alone->entry[i], part, sizeof part, &m, &error), MARKET_OK);
        assert_int_equal(n, m);
        assert_memory_equal(whole, part, n);
      }
      SettlementDestroy(&alone);
    }
    SettlementDestroy(&all);
    free(study);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EveryBlockSumsToZero),
      cmocka_unit_test(OperatorsSurplusIsThatOfTheFlows),
      cmocka_unit_test(OrderOfAssetsDoesNotChangeTotals),
      cmocka_unit_test(RegionsSettledAloneGiveTheSameEntries),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
