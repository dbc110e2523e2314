/* Each allocation of a local market fails once: a clear status, no crash, nothing leaked or half-built. */
#include "tests/market/failing_allocations.h"
#include "tests/market/local_book.h"

/* Bids, their bytes and back, and a market; fails where an allocation fails. */
static MarketStatus Run(TestBook *b, MarketBytes *bytes, Bids *bids, Bids *again, Deliveries *out)
{
  MARKET_TRY(BidsCreate(b->bid, b->n_bids, bids, &b->error));
  BidsWrite(*bids, bytes);
  MARKET_TRY(MarketBytesCheck(bytes, &b->error));
  MARKET_TRY(BidsRead(bytes->data, bytes->size, again, &b->error));
  return LocalMarketClear(&b->facts, &b->rules, *again, NULL, out, &b->error);
}

static void FailEach(TestBook *b)
{
  MarketStatus status   = MARKET_NO_MEMORY;
  long         failures = 0;

  for (long k = 0; status != MARKET_OK; k++) {
    MarketBytes bytes = {0};
    Bids        bids = NULL, again = NULL;
    Deliveries  out = {0};
    countdown       = k;
    status          = Run(b, &bytes, &bids, &again, &out);
    countdown       = -1;
    if (status != MARKET_OK) {
      assert_int_equal(status, MARKET_NO_MEMORY);
      assert_int_equal(b->error.status, MARKET_NO_MEMORY);
      assert_non_null(strstr(b->error.text, "no memory"));
      failures++;
    } else {
      assert_true(out.n > 0);
    }
    MarketBytesFree(&bytes);
    BidsDestroy(&bids);
    BidsDestroy(&again);
    DeliveriesFree(&out);
  }
  assert_true(failures > 12);
}

static void EveryFailedAllocationIsReported(void **state)
{
  (void)state;
  for (int m = LOCAL_UNIFORM_PRICE; m <= LOCAL_BILATERAL; m++) {
    TestBook *b    = BookOpen(6, 1, (LocalMechanism)m);
    uint64_t  seed = 5;
    BookRandom(b, 20, 30, &seed);
    for (uint32_t p = 0; p < 6; p++) b->asset_wh[p] = p % 2 ? -KWH(9) : KWH(7);
    for (size_t k = 0; k < b->n_bids; k++)
      if (b->bid[k].side == BID_BUY) {
        b->bid[k].price += EUR(6);
        b->bid[k].prefer        = PREFER_CLASS;
        b->bid[k].partner_class = EntryTextOf("home");
        b->bid[k].premium       = 3;
      }
    b->class[0] = EntryTextOf("home");
    FailEach(b);
    BookClose(b);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(EveryFailedAllocationIsReported)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
