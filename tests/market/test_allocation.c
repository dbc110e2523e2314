/* Each allocation of a settlement and its statement fails once: a clear status, no crash, nothing half-built. */
#include "market/statement.h"
#include "tests/market/failing_allocations.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <string.h>

typedef struct {
  Facts       facts, again;
  MarketBytes bytes;
  Deliveries  deliveries;
  Transfers   transfers;
} Made;

static void MadeFree(Made *m)
{
  FactsDestroy(&m->facts);
  FactsDestroy(&m->again);
  MarketBytesFree(&m->bytes);
  DeliveriesFree(&m->deliveries);
  TransfersFree(&m->transfers);
}

/* A chain of two deliveries and a transfer that is out of order. */
static MarketStatus Trade(Made *m, MarketError *error)
{
  Delivery d = {.kind         = SETTLEMENT_TRADE,
                .seller       = 0,
                .buyer        = 1,
                .seller_asset = DELIVERY_ANY_ASSET,
                .buyer_asset  = DELIVERY_ANY_ASSET,
                .wh           = 1000,
                .seller_price = 5000000,
                .buyer_price  = 6000000};
  Transfer t = {.kind = SETTLEMENT_CARBON, .payee = m->facts->n_participants + 10, .quantity = 7};

  MARKET_TRY(TransfersAdd(&m->transfers, m->facts, &t, error));
  MARKET_TRY(DeliveriesAdd(&m->deliveries, m->facts, &d, error));
  d.seller    = 1;
  d.buyer     = 2;
  d.buyer_bus = 1;
  MARKET_TRY(DeliveriesAdd(&m->deliveries, m->facts, &d, error));
  d.seller = 0;
  MARKET_TRY(DeliveriesAdd(&m->deliveries, m->facts, &d, error));
  return DeliveriesSettle(m->facts, &m->deliveries, 1000, &m->transfers, error);
}

/* Makes facts, trades, settles, adds up, merges; fails where an allocation fails. */
static MarketStatus Run(const FactsInput *in, Made *m, Settlement *s, Statement *a, Statement *b, MarketError *error)
{
  MARKET_TRY(FactsCreate(in, &m->facts, error));
  FactsWrite(m->facts, &m->bytes);
  MARKET_TRY(MarketBytesCheck(&m->bytes, error));
  MARKET_TRY(FactsRead(m->bytes.data, m->bytes.size, &m->again, error));
  MARKET_TRY(Trade(m, error));
  MARKET_TRY(SettlementCreate(m->facts, &m->transfers, NULL, s, error));
  MARKET_TRY(StatementCreate("EUR", a, error));
  MARKET_TRY(StatementCreate("EUR", b, error));
  for (size_t i = 0; i < (*s)->n; i++) MARKET_TRY(StatementAdd(*a, &(*s)->entry[i], error));
  return StatementMerge(*b, *a, error);
}

static void EveryFailedAllocationIsReported(void **state)
{
  RandomStudy *study    = RandomStudyCreate(43, 1e-5);
  MarketStatus status   = MARKET_NO_MEMORY;
  long         failures = 0;

  (void)state;
  RandomStudyRealize(study);
  assert_true(study->in.n_participants >= 3 && study->in.n_buses >= 2);
  for (long k = 0; status != MARKET_OK; k++) {
    Settlement  s = NULL;
    Statement   a = NULL, b = NULL;
    Made        m     = {0};
    MarketError error = {MARKET_OK, ""};
    countdown         = k;
    status            = Run(&study->in, &m, &s, &a, &b, &error);
    countdown         = -1;
    if (status != MARKET_OK) {
      assert_int_equal(status, MARKET_NO_MEMORY);
      assert_int_equal(error.status, MARKET_NO_MEMORY);
      assert_non_null(strstr(error.text, "no memory"));
      failures++;
    }
    StatementDestroy(&a);
    StatementDestroy(&b);
    SettlementDestroy(&s);
    MadeFree(&m);
  }
  assert_true(failures > 40);
  free(study);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(EveryFailedAllocationIsReported)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
