/* What must hold of certificates in every market: over random grids, deliveries and rules. */
#include "tests/market/granular_case.h"
#include "tests/market/random_study.h"

enum { CASES = 400, PARTIES = 7, ASSETS = 14, HOURS = 3 };

typedef struct {
  GranularCase  c;
  uint64_t      seed;
  char          name[PARTIES + ASSETS][16];
  double        mw[HOURS * ASSETS], level[(HOURS + 1) * ASSETS];
  Facts         facts;
  Deliveries    deliveries;
  GranularRules rules;
} Market;

static const char *Name(Market *m, char letter, size_t k)
{
  char *name = m->name[letter == 'p' ? k : PARTIES + k];

  snprintf(name, sizeof m->name[0], "%c%zu", letter, k);
  return name;
}

static double WhAsMw(uint64_t *seed, int32_t most)
{
  return RandomBelow(seed, (size_t)most) * 1e-6;
}

/* Small numbers, so that ranges are cut and shared out in all ways. */
static void RandomMarket(Market *m, uint64_t seed)
{
  size_t parties, assets;

  *m = (Market){.seed = seed};
  CaseBegin(&m->c, 1 + (size_t)RandomBelow(&m->seed, HOURS));
  parties = 1 + (size_t)RandomBelow(&m->seed, PARTIES);
  assets  = 1 + (size_t)RandomBelow(&m->seed, ASSETS);
  for (size_t p = 0; p < parties; p++) CaseParticipant(&m->c, Name(m, 'p', p));
  for (size_t a = 0; a < assets; a++) {
    uint32_t       owner                 = (uint32_t)RandomBelow(&m->seed, m->c.in.n_participants), row;
    FactsAssetKind kind                  = (FactsAssetKind)RandomBelow(&m->seed, 3);
    row                                  = CaseAsset(&m->c, kind, owner, Name(m, 'a', a));
    m->c.asset[row].efficiency_charge    = RandomReal(&m->seed, 0.5, 1);
    m->c.asset[row].efficiency_discharge = RandomBelow(&m->seed, 4) ? RandomReal(&m->seed, 0.5, 1) : 1;
    if (m->c.asset[row].kind == FACTS_GENERATOR) m->c.asset[row].renewable = RandomBelow(&m->seed, 4) > 0;
  }
  for (size_t t = 0; t <= m->c.in.intervals; t++)
    for (size_t a = 0; a < m->c.in.n_assets; a++) {
      FactsAssetKind kind = m->c.asset[a].kind;
      double         mw   = WhAsMw(&m->seed, 40);
      if (kind == FACTS_LOAD || (kind == FACTS_STORAGE && RandomBelow(&m->seed, 2))) mw = -mw;
      if (t < m->c.in.intervals) m->mw[t * m->c.in.n_assets + a] = mw;
      m->level[t * m->c.in.n_assets + a] = kind == FACTS_STORAGE ? WhAsMw(&m->seed, 60) : 0;
    }
  m->facts = CaseFacts(&m->c, m->mw, m->level);
  for (int k = RandomBelow(&m->seed, 25); k > 0; k--) {
    uint32_t asset[2], n = (uint32_t)m->c.in.n_assets;
    uint32_t seller = (uint32_t)RandomBelow(&m->seed, m->c.in.n_participants);
    uint32_t buyer  = (uint32_t)RandomBelow(&m->seed, m->c.in.n_participants);
    for (int e = 0; e < 2; e++) {
      asset[e] = (uint32_t)RandomBelow(&m->seed, 2 * n);
      if (asset[e] >= n || m->facts->asset[asset[e]].participant != (e ? buyer : seller)) asset[e] = DELIVERY_ANY_ASSET;
    }
    if (seller == buyer) continue;
    CaseDeliver(&m->deliveries, m->facts, (uint32_t)RandomBelow(&m->seed, m->c.in.intervals), seller, asset[0], buyer,
                asset[1], 1 + RandomBelow(&m->seed, 30));
  }
  m->rules = (GranularRules){true, RandomBelow(&m->seed, 2), RandomBelow(&m->seed, 2)};
}

static void MarketDestroy(Market *m)
{
  DeliveriesFree(&m->deliveries);
  FactsDestroy(&m->facts);
}

static void Execute(Market *m, const MarketBytes *before, MarketBytes *after, GranularEvents *events)
{
  MarketError error = {0};

  *after = (MarketBytes){0};
  if (GranularExecute(m->facts, &m->deliveries, &m->rules, before, after, events, &error)) fail_msg("%s", error.text);
}

static void EveryWattHourIsSomewhereOnce(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < CASES; seed++) {
    Market         m;
    MarketBytes    after;
    GranularEvents events;
    GranularAudit  audit = NULL;
    MarketError    error;
    int64_t        certified = 0;
    RandomMarket(&m, seed);
    Execute(&m, NULL, &after, &events);
    for (size_t i = 0; i < m.facts->intervals * m.facts->n_assets; i++) certified += m.facts->certified_wh[i];
    assert_int_equal(GranularAuditCreate(&audit, &error), MARKET_OK);
    CaseAudit(audit, &events);
    assert_memory_equal(GranularAuditTotals(audit), &events.totals, sizeof events.totals);
    GranularAuditDestroy(&audit);
    assert_int_equal(events.totals.issued, certified);
    assert_int_equal(certified, events.totals.cancelled + events.totals.expired + events.totals.lost +
                                    events.totals.held + events.totals.stored);
    GranularEventsFree(&events);
    MarketBytesFree(&after);
    MarketDestroy(&m);
  }
}

/* Over participants and intervals: no more matched than consumed; with a pool, nothing left where something was
   missing. */
static void NobodyMatchesMoreThanIsConsumed(void **state)
{
  int64_t missing_in_all = 0, left_in_all = 0;

  (void)state;
  for (uint64_t seed = 0; seed < CASES; seed++) {
    Market         m;
    MarketBytes    after;
    GranularEvents events;
    RandomMarket(&m, seed);
    m.rules.hold = false;
    Execute(&m, NULL, &after, &events);
    for (uint32_t t = 0; t < events.intervals; t++) {
      int64_t missing = 0, left = 0;
      for (uint32_t p = 0; p < events.n_participants; p++) {
        size_t at = (size_t)t * events.n_participants + p;
        assert_in_range(events.matched_wh[at], 0, events.consumed_wh[at]);
        missing += events.consumed_wh[at] - events.matched_wh[at];
      }
      for (size_t i = 0; i < events.n; i++)
        if (events.record[i].interval == t && CaseEvent(&events, i).kind == GRANULAR_EXPIRE &&
            CaseEvent(&events, i).reason == GRANULAR_UNUSED)
          left += CaseEvent(&events, i).last - CaseEvent(&events, i).first;
      if (m.rules.pool) assert_true(missing == 0 || left == 0);
      missing_in_all += missing;
      left_in_all += left;
    }
    GranularEventsFree(&events);
    MarketBytesFree(&after);
    MarketDestroy(&m);
  }
  assert_true(missing_in_all > 0 && left_in_all > 0);
}

/* What moves under a reference is at most what was delivered under it, and storages hold at most their level. */
static void CertificatesAreBoundedByEnergy(void **state)
{
  int64_t passed = 0, kept = 0;

  (void)state;
  for (uint64_t seed = 0; seed < CASES; seed++) {
    Market         m;
    MarketBytes    after;
    GranularEvents events;
    GranularState  stored;
    MarketError    error;
    RandomMarket(&m, seed);
    Execute(&m, NULL, &after, &events);
    for (size_t i = 0; i < m.deliveries.n; i++) {
      const Delivery *d    = &m.deliveries.delivery[i];
      int64_t         sold = 0, moved = 0;
      for (size_t k = 0; k < m.deliveries.n; k++) {
        const Delivery *o = &m.deliveries.delivery[k];
        if (o->interval == d->interval && !memcmp(o->reference, d->reference, 32)) sold += o->wh;
      }
      for (size_t k = 0; k < events.n; k++) {
        GranularEvent e = CaseEvent(&events, k);
        if (e.kind == GRANULAR_TRANSFER && e.has_reference && events.record[k].interval == d->interval &&
            !memcmp(e.reference, d->reference, 32)) {
          moved += e.last - e.first;
          assert_true(EntryTextSame(e.holder, m.facts->participant[d->seller]) &&
                      EntryTextSame(e.to, m.facts->participant[d->buyer]));
        }
      }
      assert_true(moved <= sold);
      passed += moved;
    }
    assert_int_equal(GranularStateRead(after.data, after.size, &stored, &error), MARKET_OK);
    for (size_t i = 0; i < stored.n; i++)
      for (uint32_t a = 0; a < m.facts->n_assets; a++) {
        const FactsAsset *unit = &m.facts->asset[a];
        int64_t           sum  = 0;
        if (unit->kind != FACTS_STORAGE || !EntryTextSame(unit->name, stored.inventory[i].storage)) continue;
        for (size_t k = 0; k < stored.inventory[i].n; k++)
          sum += stored.inventory[i].stored[k].last - stored.inventory[i].stored[k].first;
        assert_true(sum * unit->efficiency_charge <=
                    m.facts->level_wh[(size_t)m.facts->intervals * m.facts->n_assets + a] * 1000000);
        kept += sum;
      }
    GranularStateFree(&stored);
    GranularEventsFree(&events);
    MarketBytesFree(&after);
    MarketDestroy(&m);
  }
  assert_true(passed > 0 && kept > 0);
}

static void TheOrderOfDeliveriesDoesNotMatter(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < CASES; seed++) {
    Market         m;
    MarketBytes    after, again;
    GranularEvents events, shuffled;
    RandomMarket(&m, seed);
    Execute(&m, NULL, &after, &events);
    for (size_t i = m.deliveries.n; i > 1; i--) {
      size_t   k                   = (size_t)RandomBelow(&m.seed, i);
      Delivery d                   = m.deliveries.delivery[k];
      m.deliveries.delivery[k]     = m.deliveries.delivery[i - 1];
      m.deliveries.delivery[i - 1] = d;
    }
    Execute(&m, NULL, &again, &shuffled);
    assert_int_equal(shuffled.bytes.size, events.bytes.size);
    if (events.bytes.size) assert_memory_equal(shuffled.bytes.data, events.bytes.data, events.bytes.size);
    assert_int_equal(again.size, after.size);
    if (after.size) assert_memory_equal(again.data, after.data, after.size);
    GranularEventsFree(&events);
    GranularEventsFree(&shuffled);
    MarketBytesFree(&after);
    MarketBytesFree(&again);
    MarketDestroy(&m);
  }
}

/* The intervals one by one, each window beginning with what the last one left, end as all of them in one window. */
static void WindowsMayBeCutAnywhere(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < CASES; seed++) {
    Market         m;
    MarketBytes    whole, carried = {0};
    GranularEvents events;
    GranularTotals sum   = {0};
    GranularAudit  audit = NULL;
    MarketError    error;
    RandomMarket(&m, seed);
    Execute(&m, NULL, &whole, &events);
    assert_int_equal(GranularAuditCreate(&audit, &error), MARKET_OK);
    for (uint32_t t = 0; t < events.intervals; t++) {
      Market         part = m;
      MarketBytes    next;
      GranularEvents some;
      part.deliveries        = (Deliveries){0};
      part.c.in.intervals    = 1;
      part.c.in.window       = t;
      part.c.in.window_start = m.c.in.window_start + 3600 * (int64_t)t;
      part.c.in.region_name  = m.c.region;
      part.facts             = CaseFacts(&part.c, m.mw + t * m.c.in.n_assets, m.level + t * m.c.in.n_assets);
      for (size_t i = 0; i < m.deliveries.n; i++) {
        Delivery d = m.deliveries.delivery[i];
        if (d.interval != t) continue;
        d.interval = 0;
        assert_int_equal(DeliveriesAdd(&part.deliveries, part.facts, &d, &error), MARKET_OK);
      }
      Execute(&part, &carried, &next, &some);
      CaseAudit(audit, &some);
      sum.issued += some.totals.issued;
      sum.cancelled += some.totals.cancelled;
      sum.expired += some.totals.expired;
      sum.lost += some.totals.lost;
      sum.held += some.totals.held;
      sum.stored = some.totals.stored;
      MarketBytesFree(&carried);
      carried = next;
      GranularEventsFree(&some);
      MarketDestroy(&part);
    }
    assert_memory_equal(&sum, &events.totals, sizeof sum);
    assert_memory_equal(GranularAuditTotals(audit), &sum, sizeof sum);
    assert_int_equal(carried.size, whole.size);
    if (whole.size) assert_memory_equal(carried.data, whole.data, whole.size);
    GranularAuditDestroy(&audit);
    GranularEventsFree(&events);
    MarketBytesFree(&whole);
    MarketBytesFree(&carried);
    MarketDestroy(&m);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EveryWattHourIsSomewhereOnce),   cmocka_unit_test(NobodyMatchesMoreThanIsConsumed),
      cmocka_unit_test(CertificatesAreBoundedByEnergy), cmocka_unit_test(TheOrderOfDeliveriesDoesNotMatter),
      cmocka_unit_test(WindowsMayBeCutAnywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
