/* Facts: what becomes of the solver's doubles, and their canonical bytes. */
#include "market/rounding.h"
#include "market/settlement.h"
#include "tests/market/facts_sample.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <string.h>

static Facts Make(const FactsInput *in)
{
  Facts       facts = NULL;
  MarketError error;

  error.text[0] = 0;
  if (FactsCreate(in, &facts, &error) != MARKET_OK) fail_msg("%s", error.text);
  return facts;
}

static MarketBytes Write(Facts facts)
{
  MarketBytes bytes = {0};

  FactsWrite(facts, &bytes);
  assert_int_equal(MarketBytesCheck(&bytes, NULL), MARKET_OK);
  return bytes;
}

static Facts Read(const MarketBytes *bytes)
{
  Facts       facts = NULL;
  MarketError error;

  error.text[0] = 0;
  if (FactsRead(bytes->data, bytes->size, &facts, &error) != MARKET_OK) fail_msg("%s", error.text);
  return facts;
}

static void EveryNumberIsRoundedOnce(void **state)
{
  FactsInput in = FactsSample();
  Facts      f  = Make(&in);

  (void)state;
  assert_int_equal(f->interval_seconds, 900);
  assert_int_equal(f->run_id[1], 0xBB);
  assert_int_equal(f->mismatch_limit_wh, 1); /* never 0, which would be none */
  assert_int_equal(f->day_ahead.price[2], 21500000);
  assert_int_equal(f->real_time.price[2], 1); /* half a millionth, away from zero */
  assert_int_equal(f->day_ahead.asset_wh[0], 25025000);
  assert_int_equal(f->day_ahead.surplus_wh[1], 31250);
  assert_int_equal(f->day_ahead.shortage_wh[1], 0);
  assert_int_equal(f->real_time.shortage_wh[1], 31250);
  assert_int_equal(f->asset[0].power_w, 120000000);
  assert_int_equal(f->asset[0].energy_wh, -1); /* a generator stores nothing, whatever was said */
  assert_int_equal(f->asset[0].efficiency_charge, -1);
  assert_int_equal(f->asset[0].marginal_cost, 1250000);
  assert_int_equal(f->asset[1].power_w, -1); /* infinite */
  assert_int_equal(f->asset[1].marginal_cost, 0);
  assert_false(f->asset[1].renewable); /* a load earns nothing */
  assert_int_equal(f->asset[1].technology.length, 0);
  assert_int_equal(f->asset[2].energy_wh, 2000000);
  assert_int_equal(f->asset[2].efficiency_discharge, 900000);
  assert_int_equal(f->asset[2].emission, 500);
  assert_int_equal(f->level_wh[2], 1000000);
  assert_int_equal(f->level_wh[8], 1200000);
  assert_int_equal(f->baseline_wh[1], 24750000);
  assert_int_equal(f->participant_region[0], 0); /* the demand stands at bus row 1 */
  assert_int_equal(f->participant_region[1], 1);
  assert_int_equal(f->participant_class[0].length, 9);
  assert_ptr_equal(FactsMetered(f), &f->real_time);
  FactsDestroy(&f);
  assert_null(f);
  FactsDestroy(&f);
}

/* Certified is what was metered, rounded down. */
static void CertifiedEnergyNeverExceedsTheMeter(void **state)
{
  FactsInput in = FactsSample();
  Facts      f  = Make(&in);

  (void)state;
  assert_int_equal(f->real_time.asset_wh[0], 22500000);
  assert_int_equal(f->certified_wh[0], 22500000); /* 0.025 Wh above */
  assert_int_equal(f->certified_wh[3], 0);        /* took energy */
  FactsDestroy(&f);
  in.real_time = NULL;
  f            = Make(&in);
  assert_ptr_equal(FactsMetered(f), &f->day_ahead);
  assert_int_equal(f->certified_wh[0], 25025000);
  FactsDestroy(&f);
}

static int64_t Down(double mw, double hours)
{
  int64_t wh = -7;

  assert_int_equal(RoundEnergyDown(mw, hours, "p", &wh, NULL), MARKET_OK);
  return wh;
}

static void RoundingDownMindsTheLastPlace(void **state)
{
  int64_t  wh;
  uint64_t seed = 5;

  (void)state;
  assert_int_equal(Down(0.0000019, 1), 1);
  assert_int_equal(Down(0.0000015, 1), 1);    /* 1.5 Wh: the meter shows 2 */
  assert_int_equal(Down(0.0000019991, 1), 2); /* within a thousandth of 2 Wh */
  assert_int_equal(Down(0.0000019989, 1), 1);
  assert_int_equal(Down(1.001, 1), 1001000); /* the product of the doubles is 1000999.9999999999 */
  assert_true(1.001 * 1e6 < 1001000);
  assert_int_equal(Down(-5, 1), 0);
  assert_int_equal(Down(0, 1), 0);
  assert_int_equal(RoundEnergyDown(1e300, 1, "p", &wh, NULL), MARKET_OVERFLOW);
  assert_int_equal(RoundEnergyDown(0.0 / 0.0, 1, "p", &wh, NULL), MARKET_BAD_INPUT);
  for (int k = 0; k < 100000; k++) { /* whole watt-hours written in MW stay what they are */
    int64_t whole = (int64_t)(RandomNext(&seed) >> (16 + RandomNext(&seed) % 46)), nearest = 0;
    assert_int_equal(Down((double)whole / 1e6, 1), whole);
    if (whole >> 40 == 0) assert_int_equal(Down((double)whole / 1e6 * 12, 1.0 / 12), whole);
    assert_int_equal(RoundEnergy((double)whole / 1e6 + 3e-7, 1, "p", &nearest, NULL), MARKET_OK);
    assert_true(Down((double)whole / 1e6 + 3e-7, 1) <= nearest);
  }
}

static void BytesComeBackAsTheSameFacts(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < 60; k++) {
    RandomStudy *study = RandomStudyCreate(k, 1e-4);
    Facts        facts, back;
    MarketBytes  bytes, again;
    Settlement   one = NULL, other = NULL;
    if (k % 2) RandomStudyRealize(study);
    facts = Make(&study->in);
    bytes = Write(facts);
    back  = Read(&bytes);
    again = Write(back);
    assert_int_equal(bytes.size, again.size);
    assert_memory_equal(bytes.data, again.data, bytes.size);
    memset(bytes.data, 0xEE, bytes.size); /* the facts do not point into them */
    assert_memory_equal(back->participant_region, facts->participant_region, 4 * (size_t)facts->n_participants);
    assert_int_equal(SettlementCreate(facts, NULL, NULL, &one, NULL), MARKET_OK);
    assert_int_equal(SettlementCreate(back, NULL, NULL, &other, NULL), MARKET_OK);
    assert_int_equal(one->n, other->n);
    for (size_t i = 0; i < one->n; i++) {
      static uint8_t a[ENTRY_SIZE_MAX], b[ENTRY_SIZE_MAX];
      size_t         n, m;
      assert_int_equal(SettlementEntryEncode(&one->entry[i], a, sizeof a, &n, NULL), MARKET_OK);
      assert_int_equal(SettlementEntryEncode(&other->entry[i], b, sizeof b, &m, NULL), MARKET_OK);
      assert_int_equal(n, m);
      assert_memory_equal(a, b, n);
    }
    SettlementDestroy(&one);
    SettlementDestroy(&other);
    MarketBytesFree(&bytes);
    MarketBytesFree(&again);
    FactsDestroy(&facts);
    FactsDestroy(&back);
    free(study);
  }
}

static void Refuse(const uint8_t *data, size_t size, const char *text)
{
  uint8_t    *exact = malloc(size + 1);
  Facts       facts = (Facts)1;
  MarketError error;

  memcpy(exact, data, size);
  error.text[0] = 0;
  assert_int_equal(FactsRead(exact, size, &facts, &error), MARKET_MALFORMED);
  assert_null(facts);
  if (!strstr(error.text, text)) fail_msg("'%s' does not contain '%s'", error.text, text);
  free(exact);
}

static void EveryTruncationAndEveryTailIsRefused(void **state)
{
  FactsInput  in    = FactsSample();
  Facts       f     = Make(&in);
  MarketBytes bytes = Write(f);

  (void)state;
  for (size_t n = 0; n < bytes.size; n++) Refuse(bytes.data, n, "facts: ");
  MarketPut(&bytes, 0, 1);
  Refuse(bytes.data, bytes.size, "1 bytes are left over");
  MarketBytesFree(&bytes);
  FactsDestroy(&f);
}

/* Writes facts after a change, which the reader must find. */
static void RefuseChange(Facts f, const char *text)
{
  MarketBytes bytes = Write(f);

  Refuse(bytes.data, bytes.size, text);
  MarketBytesFree(&bytes);
}

/* Sets a field, expects a message, and puts the field back. */
#define REFUSE_FIELD(facts, field, value, text) \
  do {                                          \
    Facts                 f_    = (facts);      \
    __typeof__(f_->field) kept_ = f_->field;    \
    f_->field                   = (value);      \
    RefuseChange(f_, (text));                   \
    f_->field = kept_;                          \
  } while (0)

static void WhatTheBytesSayIsChecked(void **state)
{
  FactsInput in = FactsSample();
  Facts      f  = Make(&in);

  (void)state;
  REFUSE_FIELD(f, study, EntryTextOf(""), "study name at byte 41 is empty");
  REFUSE_FIELD(f, currency, EntryTextOf("\x07"), "control character");
  REFUSE_FIELD(f, interval_seconds, 0, "the interval is 0 s long");
  REFUSE_FIELD(f, window_start, INT64_MAX - 1799, "the end of the window does not fit");
  REFUSE_FIELD(f, n_buses, 0, "intervals, but no bus");
  REFUSE_FIELD(f, mismatch_limit_wh, -1, "mismatch limit");
  REFUSE_FIELD(f, region[1], EntryTextOf("north"), "two regions are called 'north'");
  REFUSE_FIELD(f, participant[0], EntryTextOf("@city"), "starts with '@'");
  REFUSE_FIELD(f, participant[0], EntryTextOf("wind & sons"), "two participants are called");
  REFUSE_FIELD(f, bus_number[0], 0, "bus row 0 has the number 0");
  REFUSE_FIELD(f, bus_number[0], 0x80000000, "expected a positive one");
  REFUSE_FIELD(f, bus_region[0], 2, "bus row 0 has region 2");
  REFUSE_FIELD(f, asset[0].kind, (FactsAssetKind)4, "kind of asset at byte");
  REFUSE_FIELD(f, asset[0].participant, 2, "asset 0 has participant 2");
  REFUSE_FIELD(f, asset[2].bus, 2, "asset 2 has bus row 2");
  REFUSE_FIELD(f, asset[1].renewable, true, "asset 1 has what one of its kind has not");
  REFUSE_FIELD(f, asset[1].marginal_cost, 1, "asset 1 has what one of its kind has not");
  REFUSE_FIELD(f, asset[0].energy_wh, 0, "asset 0 has what one of its kind has not");
  REFUSE_FIELD(f, asset[0].power_w, -2, "rating of an asset");
  REFUSE_FIELD(f, asset[0].emission, INT64_MIN, "emission or cost of an asset");
  REFUSE_FIELD(f, branch[0].from, 2, "branch 0 has from-bus row 2");
  REFUSE_FIELD(f, branch[0].name, EntryTextOf(""), "name of a branch at byte");
  REFUSE_FIELD(f, day_ahead.price[3], INT64_C(9007199254740993), "price at a bus, number 3");
  REFUSE_FIELD(f, real_time.asset_wh[1], INT64_MIN, "energy of an asset, number 1");
  REFUSE_FIELD(f, real_time.surplus_wh[1], -1, "surplus at a bus, number 1, is -1; expected 0 to 9007199254740992");
  REFUSE_FIELD(f, certified_wh[0], 22500001, "asset 0 is certified for 22500001 Wh of 22500000 Wh");
  REFUSE_FIELD(f, certified_wh[0], 22499998, "certified for");
  REFUSE_FIELD(f, certified_wh[1], 1, "asset 1 is certified for 1 Wh");
  REFUSE_FIELD(f, level_wh[2], -1, "stored energy, number 2, is -1");
  REFUSE_FIELD(f, level_wh[6], 1, "asset 0 stores energy and is no storage");
  REFUSE_FIELD(f, baseline_wh[2], 1, "asset 2 has a baseline and is no load");
  FactsDestroy(&f);
}

/* Numbers of rows that no memory could hold are refused before any is asked for. */
static void HugeCountsAreRefusedAtOnce(void **state)
{
  FactsInput  in    = FactsSample();
  Facts       f     = Make(&in);
  MarketBytes bytes = Write(f);
  size_t      first = 41 + 2 + 6 + 2 + 4 + 2 + 3; /* window */

  (void)state;
  for (size_t k = 0; k < 6; k++) {
    static const size_t offset[] = {12, 29, 33, 37, 41, 45}; /* intervals and the five numbers of rows */
    uint8_t             kept[4];
    memcpy(kept, bytes.data + first + offset[k], 4);
    memcpy(bytes.data + first + offset[k], "\x07\xFF\xFF\xFF", 4);
    Refuse(bytes.data, bytes.size, "facts: ");
    memcpy(bytes.data + first + offset[k], "\xFF\xFF\xFF\xFF", 4);
    Refuse(bytes.data, bytes.size, "more than");
    memcpy(bytes.data + first + offset[k], kept, 4);
  }
  bytes.data[first + 28] = 2; /* the flag of a second leg */
  Refuse(bytes.data, bytes.size, "mark of a real-time leg at byte");
  bytes.data[8] = 2;
  Refuse(bytes.data, bytes.size, "version at byte 8 is 2; expected 1");
  bytes.data[0] = 'a';
  Refuse(bytes.data, bytes.size, "no mark of facts");
  MarketBytesFree(&bytes);
  FactsDestroy(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EveryNumberIsRoundedOnce),
      cmocka_unit_test(CertifiedEnergyNeverExceedsTheMeter),
      cmocka_unit_test(RoundingDownMindsTheLastPlace),
      cmocka_unit_test(BytesComeBackAsTheSameFacts),
      cmocka_unit_test(EveryTruncationAndEveryTailIsRefused),
      cmocka_unit_test(WhatTheBytesSayIsChecked),
      cmocka_unit_test(HugeCountsAreRefusedAtOnce),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
