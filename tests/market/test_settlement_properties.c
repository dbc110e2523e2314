/* What must hold for every settlement, over random grids. */
#include "market/account.h"
#include "market/money.h"
#include "market/statement.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

enum { STUDIES = 150 };

static Facts FactsOf(const FactsInput *in)
{
  Facts       facts = NULL;
  MarketError error;

  error.text[0] = 0;
  if (FactsCreate(in, &facts, &error) != MARKET_OK) fail_msg("%s", error.text);
  return facts;
}

static Settlement Settle(Facts facts, const Transfers *transfers, const bool *settle)
{
  Settlement  s = NULL;
  MarketError error;

  error.text[0] = 0;
  if (SettlementCreate(facts, transfers, settle, &s, &error) != MARKET_OK) fail_msg("%s", error.text);
  return s;
}

/* Random transfers of every kind, between whomever; carbon within a region. */
static Transfers RandomTransfers(Facts f, uint64_t *seed, size_t n)
{
  static const char *const details[] = {"", "contract 1", "contract 2"};
  Transfers                list      = {0};

  for (size_t k = 0; k < n; k++) {
    SettlementKind kind = SettlementKindAt(6 + RandomBelow(seed, 11));
    uint32_t       from = (uint32_t)RandomBelow(seed, f->n_regions), to = (uint32_t)RandomBelow(seed, f->n_regions);
    Transfer       t = {.kind         = kind,
                        .interval     = (uint32_t)RandomBelow(seed, f->intervals),
                        .payee        = (uint32_t)RandomBelow(seed, f->n_participants),
                        .payer        = AccountIndex(f->n_participants, ACCOUNT_FEES, to),
                        .payee_region = kind == SETTLEMENT_CARBON ? to : from,
                        .payer_region = to,
                        .quantity     = RandomBelow(seed, 4) ? RandomBelow(seed, 2000000) - 1000000 : 0,
                        .has_price    = RandomBelow(seed, 2),
                        .amount       = RandomBelow(seed, 3) ? RandomBelow(seed, 2000000) - 1000000 : 5,
                        .detail       = EntryTextOf(details[RandomBelow(seed, 3)])};
    if (t.has_price) t.price = RandomBelow(seed, 100000001) - 50000000;
    if (RandomBelow(seed, 2)) {
      t.has_reference = true;
      t.reference[7]  = (uint8_t)RandomBelow(seed, 3);
    }
    assert_true(TransferIsKind(kind));
    assert_int_equal(TransfersAdd(&list, f, &t, NULL), MARKET_OK);
    if (k % 5 == 0) assert_int_equal(TransfersAdd(&list, f, &t, NULL), MARKET_OK); /* its twin */
  }
  return list;
}

/* Sums of one region and interval, gathered by this test's own loop. */
typedef struct {
  int64_t amount, energy, grams, rounding, unaccounted[2], losses_wh;
  int     lines;
} Sums;

static Sums SumsOf(Settlement s, uint32_t region, uint32_t interval)
{
  Sums sums = {0};

  for (size_t i = 0; i < s->n; i++) {
    const SettlementEntry *e = &s->entry[i];
    if (e->region != region || e->interval != interval) continue;
    sums.amount += e->amount;
    *(e->kind == SETTLEMENT_CARBON ? &sums.grams : &sums.energy) += e->quantity_wh;
    if (e->kind == SETTLEMENT_ROUNDING)
      sums.rounding += e->amount;
    else if (!TransferIsKind(e->kind) && e->kind != SETTLEMENT_EXCHANGE)
      sums.lines++;
    if (e->kind == SETTLEMENT_UNACCOUNTED) sums.unaccounted[e->sequence] += e->quantity_wh;
    if (e->kind == SETTLEMENT_LOSSES) sums.losses_wh += e->quantity_wh;
  }
  return sums;
}

static void CheckBlock(const RandomStudy *study, Settlement s, uint32_t r, uint32_t t, int64_t *largest_rounding)
{
  Sums    sums  = SumsOf(s, r, t);
  int64_t buses = 0, bound;

  for (size_t b = 0; b < study->in.n_buses; b++) buses += study->bus_region[b] == (int32_t)r;
  /* 100 W of error for a quarter of an hour at each bus, and half a watt-hour for each rounded energy */
  bound = 25 * buses + (int64_t)(study->in.n_assets + 2 * study->in.n_branches + 3 * study->in.n_buses) / 2 + 1;
  assert_int_equal(sums.amount, 0);
  assert_int_equal(sums.energy, 0);
  assert_int_equal(sums.grams, 0);
  assert_true(2 * llabs(sums.rounding) <= sums.lines);
  assert_true(sums.losses_wh <= 0);
  assert_true(llabs(sums.unaccounted[0]) <= bound);
  assert_true(llabs(sums.unaccounted[1]) <= 2 * bound);
  if (llabs(sums.rounding) > *largest_rounding) *largest_rounding = llabs(sums.rounding);
}

static void EveryBlockSumsToZero(void **state)
{
  int64_t largest_rounding = 0;

  (void)state;
  for (uint64_t k = 0; k < STUDIES; k++) {
    RandomStudy *study = RandomStudyCreate(1000 + k, 1e-4);
    Facts        facts;
    Transfers    transfers;
    Settlement   s;
    if (k % 2) RandomStudyRealize(study);
    facts     = FactsOf(&study->in);
    transfers = RandomTransfers(facts, &study->seed, k % 3 ? 60 : 0);
    s         = Settle(facts, &transfers, NULL);
    for (uint32_t r = 0; r < study->in.n_regions; r++)
      for (uint32_t t = 0; t < RANDOM_HOURS; t++) CheckBlock(study, s, r, t, &largest_rounding);
    assert_true(s->largest_mismatch > 0);
    SettlementDestroy(&s);
    TransfersFree(&transfers);
    FactsDestroy(&facts);
    free(study);
  }
  assert_true(largest_rounding > 0); /* otherwise the bound above was never at work */
}

static void ExchangesSumToZeroOverTheRegions(void **state)
{
  int exchanges = 0;

  (void)state;
  for (uint64_t k = 0; k < 60; k++) {
    RandomStudy *study                = RandomStudyCreate(1500 + k, 1e-4);
    Facts        facts                = FactsOf(&study->in);
    Transfers    transfers            = RandomTransfers(facts, &study->seed, 40);
    Settlement   s                    = Settle(facts, &transfers, NULL);
    int64_t      amount[RANDOM_HOURS] = {0}, energy[RANDOM_HOURS] = {0};
    for (size_t i = 0; i < s->n; i++) {
      const SettlementEntry *e = &s->entry[i];
      if (e->kind != SETTLEMENT_EXCHANGE) continue;
      amount[e->interval] += e->amount;
      energy[e->interval] += e->quantity_wh;
      exchanges += e->amount != 0;
      assert_int_equal(e->participant, AccountIndex(facts->n_participants, ACCOUNT_EXCHANGE, e->region));
    }
    for (size_t t = 0; t < RANDOM_HOURS; t++) {
      assert_int_equal(amount[t], 0);
      assert_int_equal(energy[t], 0);
    }
    SettlementDestroy(&s);
    TransfersFree(&transfers);
    FactsDestroy(&facts);
    free(study);
  }
  assert_true(exchanges > 100);
}

/* Merchandising surplus in floating point, straight from its definition: minus the sum over branches of price x flow
   into each end, and minus price x shunt. */
static double SurplusOf(const FactsInput *in, const FactsLegInput *leg, const double *price, int32_t region, size_t t,
                        bool ties)
{
  double surplus = 0;

  price += t * in->n_buses;
  for (size_t l = 0; l < in->n_branches; l++) {
    int32_t from = in->branch[l].from, to = in->branch[l].to;
    if ((in->bus_region[from] != in->bus_region[to]) != ties) continue;
    if (in->bus_region[from] == region) surplus -= price[from] * leg->branch_from_mw[t * in->n_branches + l];
    if (in->bus_region[to] == region) surplus -= price[to] * leg->branch_to_mw[t * in->n_branches + l];
  }
  for (size_t b = 0; b < in->n_buses && !ties; b++)
    if (in->bus_region[b] == region) surplus -= price[b] * leg->shunt_mw[t * in->n_buses + b];
  return surplus * in->step_hours;
}

/* Sums of the operator's lines of a region and interval: the day ahead's, and balancing of branches and of ties. */
typedef struct {
  int64_t own, ties, own_balance, tie_balance;
} Operator;

static Operator OperatorOf(Settlement s, uint32_t r, size_t t)
{
  Operator o = {0};

  for (size_t i = 0; i < s->n; i++) {
    const SettlementEntry *e = &s->entry[i];
    if (e->region != r || e->interval != t) continue;
    if (e->kind == SETTLEMENT_CONGESTION || e->kind == SETTLEMENT_LOSSES) o.own += e->amount;
    if (e->kind == SETTLEMENT_TIE_RENT) o.ties += e->amount;
    if (e->kind == SETTLEMENT_BALANCING) *(e->sequence < BALANCING_TIES ? &o.own_balance : &o.tie_balance) += e->amount;
  }
  return o;
}

static void OperatorsSurplusIsThatOfTheFlows(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < STUDIES; k++) {
    RandomStudy      *study = RandomStudyCreate(2000 + k, 0);
    const FactsInput *in    = &study->in;
    Facts             facts;
    Settlement        s;
    RandomStudyRealize(study);
    facts = FactsOf(in);
    s     = Settle(facts, NULL, NULL);
    for (size_t t = 0; t < RANDOM_HOURS; t++)
      for (uint32_t r = 0; r < in->n_regions; r++) {
        Operator      o      = OperatorOf(s, r, t);
        const double *prices = study->real.price, *before = study->ahead.price;
        /* each energy is within half a watt-hour, each price within half a millionth */
        for (int ties = 0; ties < 2; ties++) {
          double  ahead = SurplusOf(in, &in->day_ahead, before, (int32_t)r, t, ties);
          double  real  = SurplusOf(in, in->real_time, prices, (int32_t)r, t, ties);
          double  moved = SurplusOf(in, &in->day_ahead, prices, (int32_t)r, t, ties);
          int64_t found = ties ? o.ties : o.own, balance = ties ? o.tie_balance : o.own_balance;
          assert_true(fabs((double)found / 1e6 - ahead) < 0.05);
          assert_true(fabs((double)balance / 1e6 - (real - moved)) < 0.1);
        }
      }
    SettlementDestroy(&s);
    FactsDestroy(&facts);
    free(study);
  }
}

/* What balancing receives is what deviations, slack and unaccounted energy of real time pay, to within rounding. */
static void BalancingMeetsTheDeviations(void **state)
{
  int64_t negative = 0, positive = 0;

  (void)state;
  for (uint64_t k = 0; k < STUDIES; k++) {
    RandomStudy *study = RandomStudyCreate(2500 + k, 1e-4);
    Facts        facts;
    Settlement   s;
    int64_t      balancing = 0, others = 0, lines = 0, deviations = 0;
    RandomStudyRealize(study);
    facts = FactsOf(&study->in);
    s     = Settle(facts, NULL, NULL);
    for (size_t i = 0; i < s->n; i++) {
      const SettlementEntry *e = &s->entry[i];
      bool                   second =
          (e->kind == SETTLEMENT_UNACCOUNTED && e->sequence == 1) ||
          ((e->kind == SETTLEMENT_SHORTAGE || e->kind == SETTLEMENT_SURPLUS) && e->sequence >= facts->n_buses);
      deviations += e->kind == SETTLEMENT_DEVIATION;
      if (e->kind == SETTLEMENT_BALANCING) balancing += e->amount;
      if (e->kind == SETTLEMENT_DEVIATION || second) others += e->amount;
      lines += e->kind == SETTLEMENT_DEVIATION || second || e->kind == SETTLEMENT_BALANCING;
    }
    assert_int_equal(deviations, facts->n_assets * RANDOM_HOURS);
    assert_true(2 * llabs(balancing + others) <= lines);
    positive += balancing > 0;
    negative += balancing < 0;
    SettlementDestroy(&s);
    FactsDestroy(&facts);
    free(study);
  }
  assert_true(positive > 0 && negative > 0);
}

static void EqualLegsHaveNoDeviations(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < 40; k++) {
    RandomStudy *study = RandomStudyCreate(2700 + k, 1e-5);
    Facts        facts;
    Settlement   s;
    RandomStudyRealize(study);
    study->metered       = study->in.day_ahead;
    study->metered.price = study->real.price; /* what did not deviate has no price */
    facts                = FactsOf(&study->in);
    s                    = Settle(facts, NULL, NULL);
    for (size_t i = 0; i < s->n; i++) {
      const SettlementEntry *e = &s->entry[i];
      if (e->kind == SETTLEMENT_DEVIATION || e->kind == SETTLEMENT_BALANCING ||
          (e->kind == SETTLEMENT_UNACCOUNTED && e->sequence == 1))
        assert_int_equal(e->amount | e->quantity_wh, 0);
    }
    SettlementDestroy(&s);
    FactsDestroy(&facts);
    free(study);
  }
}

static void SwapIn(double *mw, size_t n, size_t a, size_t b)
{
  for (size_t t = 0; t < RANDOM_HOURS; t++) {
    double *row = mw + t * n, kept = row[a];
    row[a] = row[b];
    row[b] = kept;
  }
}

static void Swap(RandomStudy *s, size_t a, size_t b)
{
  FactsAssetInput asset = s->asset[a];

  s->asset[a] = s->asset[b];
  s->asset[b] = asset;
  SwapIn(s->ahead.asset_mw, s->in.n_assets, a, b);
  SwapIn(s->real.asset_mw, s->in.n_assets, a, b);
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
    RandomStudy *study = RandomStudyCreate(3000 + k, 1e-5);
    Facts        one, other;
    Settlement   before, after;
    Statement    first, second;
    RandomStudyRealize(study);
    one    = FactsOf(&study->in);
    before = Settle(one, NULL, NULL);
    first  = StatementOf(before);
    for (size_t a = study->in.n_assets; a > 1; a--) Swap(study, a - 1, (size_t)RandomBelow(&study->seed, a));
    other  = FactsOf(&study->in);
    after  = Settle(other, NULL, NULL);
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
    FactsDestroy(&one);
    FactsDestroy(&other);
    free(study);
  }
}

/* The same bytes from `first` of one settlement on as the whole of another. */
static void AssertSameEntries(Settlement all, size_t first, Settlement part)
{
  static uint8_t a[ENTRY_SIZE_MAX], b[ENTRY_SIZE_MAX];
  size_t         n, m;

  assert_true(first + part->n <= all->n);
  for (size_t i = 0; i < part->n; i++) {
    assert_int_equal(SettlementEntryEncode(&all->entry[first + i], a, sizeof a, &n, NULL), MARKET_OK);
    assert_int_equal(SettlementEntryEncode(&part->entry[i], b, sizeof b, &m, NULL), MARKET_OK);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
  }
}

static void RegionsSettledAloneGiveTheSameEntries(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < 40; k++) {
    RandomStudy *study = RandomStudyCreate(4000 + k, 1e-5);
    Facts        facts;
    Transfers    transfers;
    Settlement   all;
    if (k % 2) RandomStudyRealize(study);
    facts     = FactsOf(&study->in);
    transfers = RandomTransfers(facts, &study->seed, 50);
    all       = Settle(facts, &transfers, NULL);
    for (uint32_t r = 0; r < study->in.n_regions; r++) {
      bool       settle[RANDOM_MOST] = {false};
      size_t     first, count;
      Settlement alone;
      settle[r] = true;
      alone     = Settle(facts, &transfers, settle);
      SettlementRegionRange(all, r, &first, &count);
      assert_int_equal(alone->n, count);
      AssertSameEntries(all, first, alone);
      SettlementDestroy(&alone);
    }
    SettlementDestroy(&all);
    TransfersFree(&transfers);
    FactsDestroy(&facts);
    free(study);
  }
}

static void OrderOfTransfersDoesNotMatter(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < 40; k++) {
    RandomStudy *study     = RandomStudyCreate(5000 + k, 1e-5);
    Facts        facts     = FactsOf(&study->in);
    Transfers    transfers = RandomTransfers(facts, &study->seed, 50);
    Settlement   one       = Settle(facts, &transfers, NULL), other;
    for (size_t n = transfers.n; n > 1; n--) {
      size_t   at               = (size_t)RandomBelow(&study->seed, n);
      Transfer kept             = transfers.transfer[n - 1];
      transfers.transfer[n - 1] = transfers.transfer[at];
      transfers.transfer[at]    = kept;
    }
    other = Settle(facts, &transfers, NULL);
    assert_int_equal(one->n, other->n);
    AssertSameEntries(one, 0, other);
    SettlementDestroy(&other);
    assert_int_equal(TransfersSort(transfers.transfer, transfers.n, NULL), MARKET_OK);
    for (size_t n = 1; n < transfers.n; n++)
      assert_true(TransferCompare(&transfers.transfer[n - 1], &transfers.transfer[n]) <= 0);
    other = Settle(facts, &transfers, NULL);
    AssertSameEntries(one, 0, other);
    SettlementDestroy(&other);
    SettlementDestroy(&one);
    TransfersFree(&transfers);
    FactsDestroy(&facts);
    free(study);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EveryBlockSumsToZero),
      cmocka_unit_test(ExchangesSumToZeroOverTheRegions),
      cmocka_unit_test(OperatorsSurplusIsThatOfTheFlows),
      cmocka_unit_test(BalancingMeetsTheDeviations),
      cmocka_unit_test(EqualLegsHaveNoDeviations),
      cmocka_unit_test(OrderOfAssetsDoesNotChangeTotals),
      cmocka_unit_test(RegionsSettledAloneGiveTheSameEntries),
      cmocka_unit_test(OrderOfTransfersDoesNotMatter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
