/* Statements: exact sums per participant, merged exactly. */
#include "market/statement.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <string.h>

static SettlementEntry Line(uint32_t participant, const char *name, SettlementKind kind, int64_t wh, int64_t amount)
{
  return (SettlementEntry){.kind             = kind,
                           .participant      = participant,
                           .participant_name = EntryTextOf(name),
                           .currency         = EntryTextOf("EUR"),
                           .quantity_wh      = wh,
                           .amount           = amount};
}

static Statement New(void)
{
  Statement s = NULL;

  assert_int_equal(StatementCreate("EUR", &s, NULL), MARKET_OK);
  return s;
}

static void LinesAddUpByKindAndSign(void **state)
{
  static const char     expected[] = "participant,kind,lines,injected_wh,withdrawn_wh,received_EUR,paid_EUR,net_EUR\n"
                                     "\"wind, \"\"coast\"\"\",generation,2,3000,0,4.500000,1.000000,3.500000\n"
                                     "\"wind, \"\"coast\"\"\",consumption,1,0,10,0.000000,0.000025,-0.000025\n"
                                     "\"wind, \"\"coast\"\"\",total,3,3000,10,4.500000,1.000025,3.499975\n"
                                     "city,consumption,2,0,10,0.000014,0.000000,0.000014\n"
                                     "city,total,2,0,10,0.000014,0.000000,0.000014\n";
  const SettlementEntry lines[]    = {
         Line(3, "city", SETTLEMENT_CONSUMPTION, -5, 7), /* paid for taking: a negative price */
         Line(1, "wind, \"coast\"", SETTLEMENT_GENERATION, 1000, 4500000),
         Line(1, "wind, \"coast\"", SETTLEMENT_GENERATION, 2000, -1000000),
         Line(1, "wind, \"coast\"", SETTLEMENT_CONSUMPTION, -10, -25),
  };
  Statement s    = New();
  char     *text = NULL;
  size_t    size = 0;
  FILE     *out;

  (void)state;
  for (size_t i = 0; i < 4; i++) assert_int_equal(StatementAdd(s, &lines[i], NULL), MARKET_OK);
  StatementSort(s);
  assert_int_equal(StatementAdd(s, &lines[0], NULL), MARKET_OK); /* finds its row after the sort */
  out = open_memstream(&text, &size);
  StatementPrintCsv(out, s);
  fclose(out);
  assert_string_equal(text, expected);
  assert_null(StatementFind(s, "nobody"));
  assert_int_equal(StatementFind(s, "city")->total.received, 14);
  free(text);
  StatementDestroy(&s);
  StatementDestroy(&s);
}

static void MergedPartsEqualTheWhole(void **state)
{
  MarketError error;

  (void)state;
  for (uint64_t k = 0; k < 20; k++) {
    RandomStudy *study = RandomStudyCreate(5000 + k, 1e-5);
    Facts        facts = NULL;
    Settlement   s     = NULL;
    Statement    whole = New(), part[3] = {New(), New(), New()};
    int64_t      balance = 0;
    assert_int_equal(FactsCreate(&study->in, &facts, &error), MARKET_OK);
    assert_int_equal(SettlementCreate(facts, NULL, NULL, &s, &error), MARKET_OK);
    for (size_t i = 0; i < s->n; i++) {
      assert_int_equal(StatementAdd(whole, &s->entry[i], &error), MARKET_OK);
      assert_int_equal(StatementAdd(part[RandomNext(&study->seed) % 3], &s->entry[i], &error), MARKET_OK);
    }
    assert_int_equal(StatementMerge(part[2], part[0], &error), MARKET_OK);
    assert_int_equal(StatementMerge(part[2], part[1], &error), MARKET_OK);
    StatementSort(whole);
    StatementSort(part[2]);
    assert_int_equal(whole->n, part[2]->n);
    for (size_t i = 0; i < whole->n; i++) {
      assert_string_equal(whole->row[i].name, part[2]->row[i].name);
      assert_memory_equal(whole->row[i].kind, part[2]->row[i].kind, sizeof whole->row[i].kind);
      balance += whole->row[i].total.received - whole->row[i].total.paid;
    }
    assert_int_equal(balance, 0);
    for (int p = 0; p < 3; p++) StatementDestroy(&part[p]);
    StatementDestroy(&whole);
    SettlementDestroy(&s);
    FactsDestroy(&facts);
    free(study);
  }
}

/* Any split into parts, merged as any tree in any order, gives the bytes of the whole. */
static void AnySplitMergedInAnyOrderIsTheWhole(void **state)
{
  enum { PARTS = 7 };
  uint64_t    seed = 77;
  MarketError error;

  (void)state;
  for (int round = 0; round < 50; round++) {
    Statement whole = New(), part[PARTS];
    size_t    left = PARTS, size[2] = {0};
    char     *text[2] = {NULL};
    for (size_t p = 0; p < PARTS; p++) part[p] = New();
    for (int i = 0; i < 200; i++) {
      uint32_t        participant = (uint32_t)RandomBelow(&seed, 5);
      char            name[8];
      SettlementEntry line;
      snprintf(name, sizeof name, "p%u", participant);
      line = Line(participant, name, SettlementKindAt(RandomBelow(&seed, SETTLEMENT_KINDS)),
                  (int64_t)RandomNext(&seed) >> 10, (int64_t)RandomNext(&seed) >> 10);
      assert_int_equal(StatementAdd(whole, &line, &error), MARKET_OK);
      assert_int_equal(StatementAdd(part[RandomBelow(&seed, PARTS)], &line, &error), MARKET_OK);
    }
    while (left > 1) { /* one onto another, whichever */
      size_t a = (size_t)RandomBelow(&seed, left), b = (a + 1 + (size_t)RandomBelow(&seed, left - 1)) % left;
      assert_int_equal(StatementMerge(part[a], part[b], &error), MARKET_OK);
      StatementDestroy(&part[b]);
      part[b]    = part[--left];
      part[left] = NULL;
    }
    StatementSort(whole);
    StatementSort(part[0]);
    for (int k = 0; k < 2; k++) {
      FILE *stream = open_memstream(&text[k], &size[k]);
      StatementPrintCsv(stream, k ? part[0] : whole);
      fclose(stream);
    }
    assert_string_equal(text[0], text[1]);
    free(text[0]);
    free(text[1]);
    StatementDestroy(&whole);
    StatementDestroy(&part[0]);
  }
}

static void AMergeThatDoesNotFitAddsNothing(void **state)
{
  Statement       s = New(), other = New();
  SettlementEntry small = Line(0, "a", SETTLEMENT_GENERATION, 1, 5), large = Line(1, "b", SETTLEMENT_GENERATION, 1, 5);
  MarketError     error;

  (void)state;
  assert_int_equal(StatementAdd(other, &small, &error), MARKET_OK);
  large.amount = INT64_MAX;
  assert_int_equal(StatementAdd(other, &large, &error), MARKET_OK);
  large.amount = 1;
  assert_int_equal(StatementAdd(s, &large, &error), MARKET_OK);
  assert_int_equal(StatementMerge(s, other, &error), MARKET_OVERFLOW);
  assert_string_equal(error.text, "the statement of b does not fit 64 bits");
  assert_int_equal(s->n, 1);
  assert_int_equal(StatementFind(s, "b")->total.received, 1);
  assert_int_equal(StatementMerge(s, s, &error), MARKET_OK); /* doubles */
  assert_int_equal(StatementFind(s, "b")->total.received, 2);
  StatementDestroy(&s);
  StatementDestroy(&other);
}

static void OverflowAndForeignCurrencyAreRefused(void **state)
{
  SettlementEntry line    = Line(0, "city", SETTLEMENT_GENERATION, 1, INT64_MAX - 1);
  SettlementEntry foreign = Line(0, "city", SETTLEMENT_GENERATION, 1, 1);
  Statement       s = New(), dollars = NULL;
  MarketError     error;

  (void)state;
  assert_int_equal(StatementAdd(s, &line, &error), MARKET_OK);
  assert_int_equal(StatementAdd(s, &line, &error), MARKET_OVERFLOW);
  assert_int_equal(StatementFind(s, "city")->total.lines, 1); /* unchanged by the failure */
  line.amount = INT64_MIN;
  assert_int_equal(StatementAdd(s, &line, &error), MARKET_OVERFLOW);
  foreign.currency = EntryTextOf("USD");
  assert_int_equal(StatementAdd(s, &foreign, &error), MARKET_BAD_INPUT);
  assert_int_equal(StatementCreate("USD", &dollars, &error), MARKET_OK);
  assert_int_equal(StatementMerge(s, dollars, &error), MARKET_BAD_INPUT);
  StatementDestroy(&dollars);
  StatementDestroy(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(LinesAddUpByKindAndSign),
      cmocka_unit_test(MergedPartsEqualTheWhole),
      cmocka_unit_test(AnySplitMergedInAnyOrderIsTheWhole),
      cmocka_unit_test(AMergeThatDoesNotFitAddsNothing),
      cmocka_unit_test(OverflowAndForeignCurrencyAreRefused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
