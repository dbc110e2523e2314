/* Committed settlement: closing entries hold if and only if amounts sum to zero, nothing links two entries of one
   participant, and what is forged is refused by whoever should refuse it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tests/market/committed_case.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

static LedgerPedersen pedersen;
static MarketError    error;
static Case           one, two; /* large */

static int SetUp(void **state)
{
  (void)state;
  return LedgerPedersenCreate(&pedersen, NULL) == LEDGER_OK ? 0 : -1;
}

static int TearDown(void **state)
{
  (void)state;
  LedgerPedersenDestroy(&pedersen);
  return 0;
}

static void Expect(MarketStatus got, MarketStatus expected, const char *text)
{
  if (got != expected || !strstr(error.text, text))
    fail_msg("'%s' (%s) is not '%s' (%s)", error.text, MarketStatusName(got), text, MarketStatusName(expected));
}

static void Begin(Case *c, uint64_t seed, size_t regions, uint32_t intervals, size_t per_interval)
{
  error = (MarketError){0};
  CaseOpen(c, pedersen, regions, intervals, seed);
  CaseFill(c, per_interval);
  CaseCommit(c);
}

static void AHonestWindowHolds(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= 12; seed++) {
    Begin(&one, seed, 1 + seed % CASE_REGIONS, 1 + (uint32_t)(seed % 3), 10);
    assert_int_equal(one.closings.n, one.window.intervals);
    assert_market(CaseCheckPublicly(&one, &error), error);
    for (size_t r = 0; r < one.regions; r++) assert_market(CaseCheckAsWitness(&one, r, &error), error);
    CaseClose(&one);
  }
}

static void AClosingFailsUnlessAmountsSumToZero(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= 12; seed++) {
    int64_t          change = seed % 2 ? 1 : -1 - (int64_t)(seed << (4 * seed));
    SettlementEntry *entry;
    error = (MarketError){0};
    CaseOpen(&one, pedersen, 3, 2, seed);
    CaseFill(&one, 8);
    do entry = &one.region[seed % 3].entry[RandomNext(&one.seed) % one.region[seed % 3].n];
    while (__builtin_add_overflow(entry->amount, change, &entry->amount));
    CaseCommit(&one);
    Expect(CaseCheckPublicly(&one, &error), MARKET_UNBALANCED, "their values do not sum to zero");
    CaseClose(&one);
  }
}

static void ExtremeAmountsAreCommittedAndSummed(void **state)
{
  static const int64_t amount[] = {INT64_MIN, INT64_MIN, INT64_MAX, INT64_MAX, 2, 0};
  (void)state;
  error = (MarketError){0};
  CaseOpen(&one, pedersen, 2, 1, 5);
  for (size_t k = 0; k < 6; k++) CaseAdd(&one, k % 2, 0, k == 5 ? "@fees" : "Anna", 0, amount[k], amount[k]);
  CaseCommit(&one);
  assert_market(CaseCheckPublicly(&one, &error), error);
  for (size_t r = 0; r < 2; r++) assert_market(CaseCheckAsWitness(&one, r, &error), error);
  CaseClose(&one);
}

/* The record's parts come from the secret, the run and the position as the documents say. */
static void ARecordIsMadeAsDocumented(void **state)
{
  CommittedRecord   record;
  const Opening    *opening;
  LedgerSecretInput input = {0};
  LedgerScalar      blinding[2];
  LedgerHash        salt[2], hash;
  LedgerPoint       point[2];
  const CaseRegion *region = &one.region[1];
  (void)state;
  Begin(&one, 7, 2, 1, 6);
  for (size_t i = 0; i < region->n_records; i++) {
    const CommittedLeaf   *leaf   = &region->block->leaf[i];
    const SettlementEntry *entry  = &region->entry[leaf->source];
    int64_t                both[] = {entry->quantity_wh, entry->amount};
    CaseRead(region, i, &record);
    assert_int_equal(record.form == COMMITTED_CLEAR, entry->participant_name.bytes[0] == '@');
    opening = leaf->opening;
    assert_int_equal(opening == NULL, record.form == COMMITTED_CLEAR);
    if (!opening) continue;
    input = (LedgerSecretInput){.run      = one.run,
                                .position = one.region[0].n + leaf->source,
                                .quantity = entry->quantity_wh,
                                .amount   = entry->amount};
    LedgerSecretBlinding(region->secret, pedersen, LEDGER_FIELD_QUANTITY, &input, &blinding[0], NULL);
    LedgerSecretBlinding(region->secret, pedersen, LEDGER_FIELD_AMOUNT, &input, &blinding[1], NULL);
    LedgerSecretSalt(region->secret, LEDGER_FIELD_ENTRY, &input, &salt[0], NULL);
    LedgerSecretSalt(region->secret, LEDGER_FIELD_NAME, &input, &salt[1], NULL);
    assert_int_equal(LedgerPedersenCommit(pedersen, 2, both, blinding, point, NULL), LEDGER_OK);
    assert_memory_equal(&point[0], &record.quantity, sizeof *point);
    assert_memory_equal(&point[1], &record.amount, sizeof *point);
    hash = LedgerSaltedHash("archipelago/committed/entry/v1\n", &salt[0], region->encoded[leaf->source].bytes,
                            region->encoded[leaf->source].size);
    assert_memory_equal(&hash, &record.entry_hash, sizeof hash);
    hash = LedgerSaltedHash("archipelago/committed/name/v1\n", &salt[1], entry->participant_name.bytes,
                            entry->participant_name.length);
    assert_memory_equal(&hash, &record.name_hash, sizeof hash);
    assert_int_equal(opening->index, region->start + i);
  }
  CaseClose(&one);
}

/* Entries alike in everything but their sequence share nothing in the log, and their places do not follow from it. */
static void NothingLinksTwoEntriesOfAParticipant(void **state)
{
  CommittedRecord a, b;
  size_t          moved = 0;
  (void)state;
  error = (MarketError){0};
  CaseOpen(&one, pedersen, 1, 1, 3);
  for (size_t k = 0; k < 64; k++) CaseAdd(&one, 0, 0, "Anna", 0, -5, 0);
  CaseCommit(&one);
  for (size_t i = 0; i < 64; i++) {
    CaseRead(&one.region[0], i, &a);
    moved += one.region[0].block->leaf[i].source != i;
    for (size_t j = 0; j < i; j++) {
      CaseRead(&one.region[0], j, &b);
      assert_memory_not_equal(&a.entry_hash, &b.entry_hash, sizeof a.entry_hash);
      assert_memory_not_equal(&a.name_hash, &b.name_hash, sizeof a.name_hash);
      assert_memory_not_equal(&a.quantity, &b.quantity, sizeof a.quantity);
      assert_memory_not_equal(&a.amount, &b.amount, sizeof a.amount);
    }
  }
  assert_true(moved > 48);
  for (size_t i = 0; i < 64; i++) { /* no name and no amount stands there */
    for (size_t k = 0; k + 4 <= one.region[0].record[i].size; k++)
      assert_memory_not_equal(one.region[0].record[i].bytes + k, "Anna", 4);
  }
  CaseClose(&one);
}

static void TheSameEntriesGiveTheSameBytesInAnyOrderOfRegions(void **state)
{
  Closings backward = {0};
  (void)state;
  Begin(&one, 9, 4, 3, 12);
  Begin(&two, 9, 4, 3, 12);
  for (size_t r = 0; r < 4; r++) {
    assert_int_equal(one.region[r].block->records.size, two.region[r].block->records.size);
    for (size_t i = 0; i < one.region[r].n_records; i++)
      assert_memory_equal(&one.region[r].block->leaf[i].leaf, &two.region[r].block->leaf[i].leaf, LEDGER_HASH_BYTES);
  }
  for (size_t r = 4; r-- > 0;)
    for (size_t k = one.region[r].block->sums.n; k-- > 0;)
      assert_market(ClosingsAdd(&backward, pedersen, &one.region[r].block->sums.closing[k], &error), error);
  assert_int_equal(backward.n, 3);
  for (size_t k = 0; k < 3; k++) {
    assert_memory_equal(&backward.closing[k].blinding, &one.closings.closing[k].blinding, LEDGER_SCALAR_BYTES);
    assert_int_equal(backward.closing[k].count, one.closings.closing[k].count);
  }
  backward.closing[0].window_start++;
  Expect(ClosingsAdd(&backward, pedersen, &one.closings.closing[0], &error), MARKET_BAD_INPUT, "disagree on its start");
  ClosingsFree(&backward);
  CaseClose(&one);
  CaseClose(&two);
}

static void ABlockTakesTheEntriesOfOneWindowAndRegionInOrder(void **state)
{
  CommittedBlock block;
  CommittedBytes wrong[2];
  CaseRegion    *region = &one.region[0];
  (void)state;
  Begin(&one, 4, 2, 1, 8);
  wrong[0] = region->encoded[1], wrong[1] = region->encoded[0];
  Expect(CommittedBlockCreate(pedersen, region->secret, &one.run, 0, 2, wrong, &block, &error), MARKET_BAD_INPUT,
         "settlement entry 1 of the block is out of order");
  assert_null(block);
  wrong[0] = region->encoded[0], wrong[1] = one.region[1].encoded[0];
  Expect(CommittedBlockCreate(pedersen, region->secret, &one.run, 0, 2, wrong, &block, &error), MARKET_BAD_INPUT,
         "settlement entry 1 of the block is of another window or region");
  wrong[1].size--;
  Expect(CommittedBlockCreate(pedersen, region->secret, &one.run, 0, 2, wrong, &block, &error), MARKET_BAD_INPUT,
         "settlement entry 1 of the block: ");
  assert_market(CommittedBlockCreate(pedersen, region->secret, &one.run, 0, 0, NULL, &block, &error), error);
  assert_int_equal(block->n, 0);
  CommittedBlockDestroy(&block);
  CommittedBlockDestroy(&block);
  CaseClose(&one);
}

/* Forged entries */

/* Record numbers of the first two hidden records of a region, and what they say. */
static void TwoHidden(const CaseRegion *r, size_t at[2], CommittedRecord record[2])
{
  size_t found = 0;

  for (size_t i = 0; found < 2; i++) {
    assert_true(i < r->n_records);
    CaseRead(r, i, &record[found]);
    if (record[found].form == COMMITTED_HIDDEN) at[found++] = i;
  }
}

/* One commitment with `amount` added to its value: the blinding stays. */
static void Shift(LedgerPoint *point, int64_t amount)
{
  LedgerScalar zero = {{0}};
  LedgerPoint  difference;

  assert_int_equal(LedgerPedersenCommit(pedersen, 1, &amount, &zero, &difference, NULL), LEDGER_OK);
  assert_int_equal(LedgerPointAdd(pedersen, point, &difference, point, NULL), LEDGER_OK);
}

/* Money moved from one participant to another passes the public sum; the openings of both show it. */
static void MovedMoneyIsFoundByWitnessAndParticipants(void **state)
{
  CaseRegion     *r = &one.region[0];
  CommittedRecord record[2];
  size_t          at[2], refused = 0;
  (void)state;
  Begin(&one, 21, 1, 1, 12);
  TwoHidden(r, at, record);
  Shift(&record[0].amount, 1000000);
  Shift(&record[1].amount, -1000000);
  for (size_t k = 0; k < 2; k++) CaseForge(r, at[k], &record[k]);
  CaseSort(r);
  assert_market(CaseCheckPublicly(&one, &error), error);
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "the committed amount is not that of its opening");
  for (size_t k = 0; k < r->n_openings; k++) {
    const Opening *opening = &r->opening[k];
    refused += OpeningCheck(pedersen, opening, r->record[opening->index - r->start], &error) != MARKET_OK;
  }
  assert_int_equal(refused, 2);
  CaseClose(&one);
}

/* One value alone: the public sum finds it too. A quantity is in no public sum, but the witness finds it. */
static void AChangedValueIsFound(void **state)
{
  CaseRegion     *r = &one.region[0];
  CommittedRecord record[2];
  size_t          at[2];
  (void)state;
  for (int quantity = 0; quantity < 2; quantity++) {
    Begin(&one, 22, 1, 1, 12);
    TwoHidden(r, at, record);
    Shift(quantity ? &record[0].quantity : &record[0].amount, 1);
    CaseForge(r, at[0], &record[0]);
    CaseSort(r);
    if (quantity)
      assert_market(CaseCheckPublicly(&one, &error), error);
    else
      Expect(CaseCheckPublicly(&one, &error), MARKET_UNBALANCED, "their values do not sum to zero");
    Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED,
           quantity ? "the committed quantity is not that of its opening"
                    : "the committed amount is not that of its opening");
    CaseClose(&one);
  }
}

/* value G for a value given in hexadecimal. */
static LedgerPoint Multiple(const char *hex)
{
  EC_GROUP   *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  EC_POINT   *point = EC_POINT_new(group);
  BIGNUM     *value = NULL;
  LedgerPoint out;

  assert_true(BN_hex2bn(&value, hex));
  assert_int_equal(EC_POINT_mul(group, point, value, NULL, NULL, NULL), 1);
  assert_int_equal(EC_POINT_point2oct(group, point, POINT_CONVERSION_COMPRESSED, out.byte, sizeof out.byte, NULL),
                   sizeof out.byte);
  BN_free(value);
  EC_POINT_free(point);
  EC_GROUP_free(group);
  return out;
}

/* Values beyond 64 bits can sum to zero modulo the order without summing to zero. Two halves of (order + 1) make one
   millionth out of nothing; order - (2^64 - 2) pays out what two real entries bring. The public sum cannot see either,
   which is why a witness demands an opening of every commitment: no opening holds such a value. */
static void AValueThatIsNo64BitIntegerIsRefusedByTheWitness(void **state)
{
  static const char half[]  = "7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A9"; /* (order + 1)/2 */
  static const char below[] = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E83F3B9CAC2FC632553"; /* order - (2^64-2) */
  CaseRegion       *r       = &one.region[0];
  CommittedRecord   record[2];
  size_t            at[2];
  LedgerPoint       value[2];
  (void)state;
  for (int wrap = 0; wrap < 2; wrap++) {
    error = (MarketError){0};
    CaseOpen(&one, pedersen, 1, 1, 1);
    for (int k = 0; k < 2; k++) CaseAdd(&one, 0, 0, "Anna", 0, 0, 0);
    CaseAdd(&one, 0, 0, "@rounding", 4, 0, wrap ? -1 : INT64_MAX); /* what is paid out for nothing, or what covers it */
    if (!wrap) CaseAdd(&one, 0, 0, "@rounding", 4, 0, INT64_MAX);
    CaseCommit(&one);
    TwoHidden(r, at, record);
    value[0] = Multiple(wrap ? half : below);
    value[1] = wrap ? value[0] : (LedgerPoint){{0}};
    for (size_t k = 0; k < 2; k++) {
      assert_int_equal(LedgerPointAdd(pedersen, &record[k].amount, &value[k], &record[k].amount, NULL), LEDGER_OK);
      CaseForge(r, at[k], &record[k]);
    }
    CaseSort(r);
    assert_market(CaseCheckPublicly(&one, &error), error);
    Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "the committed amount is not that of its opening");
    CaseClose(&one);
  }
}

static void AnOpeningOfAnotherEntryIsRefused(void **state)
{
  CaseRegion     *r = &one.region[0];
  CommittedRecord record[2];
  size_t          at[2];
  LedgerHash      salt;
  Opening         own;
  (void)state;
  Begin(&one, 23, 1, 1, 12);
  own                      = r->opening[0];
  salt                     = r->opening[0].entry_salt;
  r->opening[0].entry_salt = r->opening[1].entry_salt;
  r->opening[1].entry_salt = salt;
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "entry and salt of its opening do not give the record");
  CaseCopyLog(r);
  r->opening[0].name_salt.byte[31] ^= 1;
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "name and salt of its opening do not give");
  CaseCopyLog(r);
  r->opening[0].quantity_blinding = r->opening[0].amount_blinding;
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "the committed quantity is not that of its opening");
  memset(r->opening[0].quantity_blinding.byte, 0xFF, LEDGER_SCALAR_BYTES);
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "a blinding of its opening is not below the order");
  r->opening[0]       = r->block->opening[1];
  r->opening[0].index = own.index;
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "entry and salt of its opening do not give the record");
  r->opening[0]      = own;
  r->opening[0].size = own.size - 1;
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "its opening holds no settlement entry");
  CaseCopyLog(r);
  TwoHidden(r, at, record);
  record[0].interval = 7; /* an entry booked in another interval than the one that it says */
  CaseForge(r, at[0], &record[0]);
  CaseSort(r);
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "interval in its opening are not those of the record");
  CaseClose(&one);
}

static void EveryHiddenRecordHasExactlyOneOpening(void **state)
{
  CaseRegion *r = &one.region[0];
  char        name[64];
  (void)state;
  Begin(&one, 24, 1, 1, 12);
  snprintf(name, sizeof name, "entry %d: nobody holds an opening of it", (int)r->opening[3].index);
  memmove(&r->opening[3], &r->opening[4], (--r->n_openings - 3) * sizeof *r->opening);
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, name);
  CaseCopyLog(r);
  snprintf(name, sizeof name, "entry %d: nobody holds", (int)r->opening[r->n_openings - 1].index);
  r->n_openings--;
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, name);
  CaseCopyLog(r);
  r->opening[r->n_openings]         = r->opening[0];
  r->opening[r->n_openings++].index = r->start + r->n_records;
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "there is an opening too many");
  CaseCopyLog(r);
  memmove(&r->opening[1], r->opening, r->n_openings++ * sizeof *r->opening);
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "there is an opening too many");
  CaseCopyLog(r);
  for (size_t i = 0; i < r->n_records; i++) /* one for the record in the clear */
    if (!r->block->leaf[i].opening) {
      size_t k = 0;
      while (k < r->n_openings && r->opening[k].index < r->start + i) k++;
      memmove(&r->opening[k + 1], &r->opening[k], (r->n_openings - k) * sizeof *r->opening);
      r->opening[k].index = r->start + i;
      r->n_openings++;
      break;
    }
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "it is in the clear, yet it has an opening");
  CaseClose(&one);
}

static void ARecordDroppedIsMissed(void **state)
{
  CaseRegion *r = &one.region[0];
  (void)state;
  Begin(&one, 25, 1, 1, 12);
  memmove(&r->record[5], &r->record[6], (--r->n_records - 5) * sizeof *r->record);
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "it closes 13 entries of interval 0; the log has 12");
  one.closings.closing[0].count--;
  Expect(CaseCheckPublicly(&one, &error), MARKET_UNBALANCED, "their values do not sum to zero");
  assert_int_not_equal(CaseCheckAsWitness(&one, 0, &error), MARKET_OK);
  CaseClose(&one);
}

/* A record that stands there twice is seen at once, since records ascend. */
static void ARecordRepeatedIsSeen(void **state)
{
  CaseRegion *r = &one.region[0];
  (void)state;
  Begin(&one, 26, 1, 1, 12);
  memmove(&r->record[5], &r->record[4], (r->n_records++ - 4) * sizeof *r->record);
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "entry 1005: it repeats the entry before it");
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "it does not follow the entry before it");
  CaseClose(&one);
}

/* A line entered twice under fresh salts looks like two lines; its amount is zero, so the sum holds. The witness sees
   one line of the settlement twice. */
static void ALineEnteredTwiceIsSeenByTheWitness(void **state)
{
  CaseRegion    *r = &one.region[0];
  CommittedBlock again;
  (void)state;
  error = (MarketError){0};
  CaseOpen(&one, pedersen, 1, 1, 3);
  for (size_t k = 0; k < 3; k++) CaseAdd(&one, 0, 0, "Anna", 0, 70, 0);
  CaseCommit(&one);
  assert_market(CommittedBlockCreate(pedersen, r->secret, &one.run, 100, 1, &r->encoded[1], &again, &error), error);
  memcpy(r->record_bytes[3], again->leaf[0].record.bytes, again->leaf[0].record.size);
  r->record[3]        = (CommittedBytes){r->record_bytes[3], again->leaf[0].record.size};
  r->opening[3]       = again->opening[0];
  r->opening[3].index = r->start + 3;
  r->n_records        = 4;
  r->n_openings       = 4;
  one.closings.closing[0].count++;
  assert_int_equal(LedgerScalarAdd(pedersen, &one.closings.closing[0].blinding, &again->opening[0].amount_blinding,
                                   &one.closings.closing[0].blinding, NULL),
                   LEDGER_OK);
  CaseSort(r);
  assert_market(CaseCheckPublicly(&one, &error), error);
  Expect(CaseCheckAsWitness(&one, 0, &error), MARKET_MALFORMED, "it is the same line of the settlement as entry");
  CommittedBlockDestroy(&again);
  CaseClose(&one);
}

static void AWrongClosingIsRefused(void **state)
{
  Closing good;
  (void)state;
  Begin(&one, 27, 2, 2, 8);
  good = one.closings.closing[1];
  one.closings.closing[1].blinding.byte[31] ^= 1;
  Expect(CaseCheckPublicly(&one, &error), MARKET_UNBALANCED, "or the stated blinding is wrong");
  memset(one.closings.closing[1].blinding.byte, 0xFF, LEDGER_SCALAR_BYTES);
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "the sum of the blindings is not below the order");
  one.closings.closing[1] = good;
  one.closings.closing[1].count++;
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "; the log has ");
  one.closings.closing[1]          = good;
  one.closings.closing[1].interval = 0;
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "it closes interval 0; expected 1");
  one.closings.closing[1] = good;
  one.closings.closing[1].interval_seconds++;
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "not those of the window's record");
  one.closings.closing[1] = good;
  one.closings.n          = 1;
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "has closing entries of 1 intervals; expected 2");
  one.closings.n       = 2;
  one.window.intervals = 3;
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "has closing entries of 2 intervals; expected 3");
  one.window.intervals = 2;
  assert_market(CaseCheckPublicly(&one, &error), error);
  CaseClose(&one);
}

/* An interval without entries closes with nothing. */
static void AnEmptyIntervalClosesWithZero(void **state)
{
  Closing empty = {.interval_seconds = 900, .window_start = 1908230400};
  (void)state;
  error = (MarketError){0};
  CaseOpen(&one, pedersen, 1, 1, 3);
  CaseCommit(&one);
  assert_market(ClosingsAdd(&one.closings, pedersen, &empty, &error), error);
  assert_market(CaseCheckPublicly(&one, &error), error);
  one.closings.closing[0].blinding.byte[31] = 1;
  Expect(CaseCheckPublicly(&one, &error), MARKET_UNBALANCED, "do not add up");
  CaseClose(&one);
}

static void RecordsOutOfPlaceAreRefused(void **state)
{
  CommittedBytes  swap;
  CommittedRecord record[2];
  size_t          at[2];
  CaseRegion     *r = &one.region[1];
  (void)state;
  Begin(&one, 28, 2, 1, 12);
  swap = r->record[1], r->record[1] = r->record[2], r->record[2] = swap;
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "does not follow the entry before it in the order of leaf");
  CaseCopyLog(r);
  TwoHidden(r, at, record);
  record[0].region = 0;
  CaseForge(r, at[0], &record[0]);
  Expect(CaseCheckAsWitness(&one, 1, &error), MARKET_MALFORMED,
         "it is of window 0, region 0; expected window 0, region 1");
  if (at[0]) Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "its region stands before that of the entry");
  record[0].region = 2;
  CaseForge(r, at[0], &record[0]);
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "region 2 of 2");
  record[0].region   = 1;
  record[0].interval = 1;
  CaseForge(r, at[0], &record[0]);
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "not those of the window's record");
  CaseClose(&one);
}

/* The point at infinity would be a commitment that hides nothing, and a point off the curve is none. */
static void PointsThatHideNothingAreRefused(void **state)
{
  CaseRegion     *r = &one.region[0];
  CommittedRecord record[2];
  size_t          at[2];
  (void)state;
  Begin(&one, 29, 1, 1, 12);
  TwoHidden(r, at, record);
  record[0].amount = (LedgerPoint){{0}};
  CaseForge(r, at[0], &record[0]);
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED,
         "commitment to the amount at byte 124 is no compressed point");
  record[0].amount = (LedgerPoint){{2, [32] = 1}};
  CaseForge(r, at[0], &record[0]);
  CaseSort(r);
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED,
         "commitment to the amount: point is not on the curve P-256");
  CaseClose(&one);
}

/* A participant in the clear, an operator that is hidden. */
static void WhoIsHiddenIsNoChoice(void **state)
{
  CaseRegion     *r = &one.region[0];
  CommittedRecord record[2];
  size_t          at[2];
  Opening         opening;
  (void)state;
  Begin(&one, 30, 1, 1, 12);
  TwoHidden(r, at, record);
  opening         = *r->block->leaf[at[0]].opening;
  record[0].form  = COMMITTED_CLEAR;
  record[0].bytes = opening.bytes;
  record[0].size  = opening.size;
  CaseForge(r, at[0], &record[0]);
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED, "only accounts that begin with @ are in the clear");
  CaseCopyLog(r);
  for (size_t i = 0; i < r->n_records; i++) {
    CaseRead(r, i, &record[1]);
    if (record[1].form == COMMITTED_HIDDEN) continue;
    opening.index = r->start + i;
    opening.bytes = record[1].bytes;
    opening.size  = record[1].size;
    Expect(OpeningCheck(pedersen, &opening, r->record[i], &error), MARKET_MALFORMED, "it is in the clear; nothing");
    record[1].form       = COMMITTED_HIDDEN;
    record[1].entry_hash = record[1].name_hash = record[0].entry_hash;
    record[1].quantity = record[1].amount = record[0].amount;
    opening.bytes                         = r->block->leaf[i].record.bytes + COMMITTED_HEAD_SIZE;
    CaseForge(r, i, &record[1]);
    Expect(OpeningCheck(pedersen, &opening, r->record[i], &error), MARKET_MALFORMED, "an operator's account is hidden");
  }
  CaseClose(&one);
}

/* What the argument against wrapping round rests on: every value is an int64 (the witness, above), and their number is
   that of the records, which the check counts itself. */
static void ACountIsNotTakenOnTrust(void **state)
{
  (void)state;
  Begin(&one, 31, 1, 1, 12);
  one.closings.closing[0].count = UINT64_MAX;
  Expect(CaseCheckPublicly(&one, &error), MARKET_MALFORMED,
         "closes 18446744073709551615 entries of interval 0; the log");
  CaseClose(&one);
}

static void AccountsAreRegisteredByHashOrName(void **state)
{
  enum { N = 5 };
  EntryText name[N] = {EntryTextOf("Anna"), EntryTextOf("@rounding"), EntryTextOf("Zed"), EntryTextOf("Müller & Co"),
                       EntryTextOf("@tie-rent")};
  LedgerSecret  secret[N] = {0};
  AccountRecord record[N], read;
  LedgerHash    salt[N], last = {{0}}, run = {{9}};
  size_t        order[N], seen = 0;
  (void)state;
  error = (MarketError){0};
  assert_int_equal(LedgerSecretFromBytes("r", salt[0].byte, &secret[0], NULL), LEDGER_OK);
  secret[2] = secret[3] = secret[0];
  assert_market(CommittedAccounts(&run, N, name, secret, record, salt, order, &error), error);
  for (size_t k = 0; k < N; k++) {
    MarketBytes bytes = {0};
    LedgerHash  leaf;
    AccountRecordWrite(&record[order[k]], &bytes);
    leaf = LedgerHashLeaf(bytes.data, bytes.size);
    assert_true(k == 0 || memcmp(last.byte, leaf.byte, sizeof leaf.byte) < 0);
    last = leaf;
    seen |= (size_t)1 << order[k];
    assert_market(AccountRecordRead(bytes.data, bytes.size, &read, &error), error);
    assert_int_equal(read.form == COMMITTED_CLEAR, name[order[k]].bytes[0] == '@');
    if (read.form == COMMITTED_HIDDEN) {
      CommittedBytes in = {bytes.data, bytes.size};
      assert_market(AccountOpeningCheck(k, name[order[k]], &salt[order[k]], in, &error), error);
      Expect(AccountOpeningCheck(k, EntryTextOf("Annb"), &salt[order[k]], in, &error), MARKET_MALFORMED,
             "name and salt do not give the registered account's hash");
    } else {
      assert_int_equal(read.name.length, name[order[k]].length);
    }
    MarketBytesFree(&bytes);
  }
  assert_int_equal(seen, (1 << N) - 1);
  name[2] = name[0];
  Expect(CommittedAccounts(&run, N, name, secret, record, salt, order, &error), MARKET_BAD_INPUT,
         "two accounts have the name `Anna`");
  name[2]   = EntryTextOf("Zed");
  secret[2] = NULL;
  Expect(CommittedAccounts(&run, N, name, secret, record, salt, order, &error), MARKET_BAD_INPUT, "no secret");
  LedgerSecretDestroy(&secret[0]);
}

static void PrivateRecordsAreHiddenByTheirHash(void **state)
{
  LedgerSecret   secret = NULL;
  LedgerHash     salt, other, run = {{9}};
  HiddenRecord   record;
  MarketBytes    bytes = {0};
  RecordOpening  opening;
  CommittedBytes contract = {(const uint8_t *)"contract", 8}, changed = {(const uint8_t *)"Contract", 8};
  (void)state;
  error = (MarketError){0};
  assert_int_equal(LedgerSecretFromBytes("r", run.byte, &secret, NULL), LEDGER_OK);
  assert_market(CommittedHide(secret, &run, 3, contract, &record, &salt, &error), error);
  HiddenRecordWrite(&record, &bytes);
  assert_int_equal(bytes.size, 34);
  opening = (RecordOpening){7, contract.bytes, contract.size, salt};
  assert_market(RecordOpeningCheck(&opening, (CommittedBytes){bytes.data, bytes.size}, &error), error);
  opening.bytes = changed.bytes;
  Expect(RecordOpeningCheck(&opening, (CommittedBytes){bytes.data, bytes.size}, &error), MARKET_MALFORMED,
         "entry 7: bytes and salt of its opening do not give the record's hash");
  assert_market(CommittedHide(secret, &run, 3, changed, &record, &other, &error), error);
  assert_memory_not_equal(&salt, &other, sizeof salt); /* content takes part */
  assert_market(CommittedHide(secret, &run, 4, contract, &record, &other, &error), error);
  assert_memory_not_equal(&salt, &other, sizeof salt);
  MarketBytesFree(&bytes);
  LedgerSecretDestroy(&secret);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(AHonestWindowHolds),
      cmocka_unit_test(AClosingFailsUnlessAmountsSumToZero),
      cmocka_unit_test(ExtremeAmountsAreCommittedAndSummed),
      cmocka_unit_test(ARecordIsMadeAsDocumented),
      cmocka_unit_test(NothingLinksTwoEntriesOfAParticipant),
      cmocka_unit_test(TheSameEntriesGiveTheSameBytesInAnyOrderOfRegions),
      cmocka_unit_test(ABlockTakesTheEntriesOfOneWindowAndRegionInOrder),
      cmocka_unit_test(MovedMoneyIsFoundByWitnessAndParticipants),
      cmocka_unit_test(AChangedValueIsFound),
      cmocka_unit_test(AValueThatIsNo64BitIntegerIsRefusedByTheWitness),
      cmocka_unit_test(AnOpeningOfAnotherEntryIsRefused),
      cmocka_unit_test(EveryHiddenRecordHasExactlyOneOpening),
      cmocka_unit_test(ARecordDroppedIsMissed),
      cmocka_unit_test(ARecordRepeatedIsSeen),
      cmocka_unit_test(ALineEnteredTwiceIsSeenByTheWitness),
      cmocka_unit_test(AWrongClosingIsRefused),
      cmocka_unit_test(AnEmptyIntervalClosesWithZero),
      cmocka_unit_test(RecordsOutOfPlaceAreRefused),
      cmocka_unit_test(PointsThatHideNothingAreRefused),
      cmocka_unit_test(WhoIsHiddenIsNoChoice),
      cmocka_unit_test(ACountIsNotTakenOnTrust),
      cmocka_unit_test(AccountsAreRegisteredByHashOrName),
      cmocka_unit_test(PrivateRecordsAreHiddenByTheirHash),
  };
  return cmocka_run_group_tests(tests, SetUp, TearDown);
}
