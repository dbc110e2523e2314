/* The sections `market` and `ledger` of study files: what they mean, and what is said about wrong ones. */
#include "tests/inputs/study_text.h"

#include <math.h>

static void test_every_key_of_market_and_ledger_is_read(void **state)
{
  (void)state;
  ReadText(MINIMAL "market:\n"
                   "  currency: CHF\n"
                   "  realised:\n"
                   "    series: day\n"
                   "    adjust: [{component: load, name: \"*\", attribute: p_mw, scale: 1.1}]\n"
                   "    storage: [battery, tank]\n"
                   "  contracts: [a.yaml, /abs/b.csv]\n"
                   "  local: {mechanism: pay-as-bid, price: last-accepted-bid, scope: study, bids: bids.csv,\n"
                   "    demand_value: 150, renewable_first: true, price_min: -5, price_max: 400, fee: 1.5}\n"
                   "  certificates: {pool: true}\n"
                   "  carbon: {cap_t: 12.5, free_t: 3, free: {household: 1, town hall: 0.25}}\n"
                   "ledger:\n"
                   "  log: ../logs/town\n"
                   "  witnesses: {north: n.pem, south: s.pem}\n"
                   "  quorum: 1\n"
                   "  privacy: committed\n"
                   "  secrets: private\n"
                   "  anchor: other/checkpoint\n",
           NULL);
  AssertNoErrors(faults);
  const StudyMarket *m = &study->market;
  const StudyLedger *l = &study->ledger;
  assert_string_equal(study->currency, "CHF");
  assert_string_equal(m->realised.path, TemporaryPath("day"));
  assert_int_equal(m->realised.n_adjustments, 1);
  assert_true(m->realised.adjustment[0].sound && m->realised.adjustment[0].value == 1.1);
  assert_int_equal(m->realised.n_bidding, 2);
  assert_string_equal(m->realised.bidding[1], "tank");
  assert_false(m->realised.all_storage_bids);
  assert_int_equal(m->n_contracts, 2);
  assert_string_equal(m->contracts[0].path, TemporaryPath("a.yaml"));
  assert_string_equal(m->contracts[1].path, "/abs/b.csv");
  assert_string_equal(m->local.mechanism, "pay-as-bid");
  assert_string_equal(m->local.price, "last-accepted-bid");
  assert_string_equal(m->local.scope, "study");
  assert_string_equal(m->local.bids_path, TemporaryPath("bids.csv"));
  assert_true(m->local.demand_value == 150 && m->local.renewable_first && m->local.fee == 1.5);
  assert_true(m->local.price_min == -5 && m->local.price_max == 400);
  assert_true(m->certificates && m->certificate_pool);
  assert_true(m->carbon.line && m->carbon.cap_t == 12.5 && m->carbon.price == 0);
  assert_int_equal(m->carbon.n_free, 2);
  assert_true(m->carbon.free_t == 3);
  assert_string_equal(m->carbon.free[1].name, "town hall");
  assert_true(m->carbon.free[1].share == 0.25);
  assert_string_equal(l->log_path, TemporaryPath("../logs/town"));
  assert_true(l->witnesses);
  assert_int_equal(l->n_witnesses, 2);
  assert_string_equal(l->witness[1].region, "south");
  assert_string_equal(l->witness[1].key_path, TemporaryPath("s.pem"));
  assert_int_equal(l->quorum, 1);
  assert_string_equal(l->privacy, "committed");
  assert_string_equal(l->secrets_path, TemporaryPath("private"));
  assert_int_equal(l->n_anchors, 1);
  assert_string_equal(l->anchor[0].path, TemporaryPath("other/checkpoint"));
}

static void test_nothing_of_market_and_ledger_is_on_unless_asked_for(void **state)
{
  (void)state;
  ReadText(MINIMAL "dispatch: {carbon_price: 30}\n", NULL);
  AssertNoErrors(faults);
  const StudyMarket *m = &study->market;
  const StudyLedger *l = &study->ledger;
  assert_false(m->realised.line || m->realised.path || m->n_contracts || m->certificates || m->certificate_pool);
  assert_string_equal(m->local.mechanism, "none");
  assert_string_equal(m->local.price, "midpoint");
  assert_string_equal(m->local.scope, "region");
  assert_true(m->local.demand_value == 200 && m->local.fee == 0 && isinf(m->local.price_max) && isinf(m->carbon.cap_t));
  assert_true(!m->carbon.line && m->carbon.price == 30);
  assert_false(l->witnesses || l->log_path || l->secrets_path || l->n_anchors);
  assert_int_equal(l->quorum, -1);
  assert_string_equal(l->privacy, "public");
}

static void test_short_forms(void **state)
{
  (void)state;
  ReadText(MINIMAL "dispatch: {carbon_price: 30}\nprivacy: committed\n"
                   "market: {realised: day, contracts: c.yml, certificates: true, carbon: {price: 7}}\n"
                   "ledger: {witnesses: true, privacy: committed}\n"
                   "policies:\n"
                   "  bids: {market: {realised: {series: day, storage: bids}, certificates: false}}\n"
                   "  bare: {market: ~, ledger: ~, privacy: ~}\n",
           NULL);
  AssertNoErrors(faults);
  assert_string_equal(study->market.realised.path, TemporaryPath("day"));
  assert_int_equal(study->market.n_contracts, 1);
  assert_true(study->market.certificates && !study->market.certificate_pool);
  assert_true(study->market.carbon.price == 7 && study->carbon_price == 30);
  assert_true(study->ledger.witnesses && study->ledger.n_witnesses == 0);
  assert_string_equal(study->ledger.privacy, "committed");
  OK(StudyDestroy(&study));
  OK(StudyRead(PETSC_COMM_SELF, TemporaryPath("study.yaml"), "bids", faults, &study));
  assert_true(study->market.realised.all_storage_bids && !study->market.certificates);
  OK(StudyDestroy(&study));
  OK(StudyRead(PETSC_COMM_SELF, TemporaryPath("study.yaml"), "bare", faults, &study));
  assert_false(study->market.realised.line || study->market.n_contracts || study->ledger.witnesses);
  assert_string_equal(study->ledger.privacy, "public");
  AssertNoErrors(faults);
}

static void test_faults_of_the_market_stand_at_their_lines(void **state)
{
  (void)state;
  ReadText(MINIMAL                                                                   /* 1, 2 */
           "market:\n"                                                               /* 3 */
           "  realised:\n"                                                           /* 4 */
           "    serie: day\n"                                                        /* 5 */
           "    storage: charge\n"                                                   /* 6 */
           "  contracts:\n"                                                          /* 7 */
           "    - a.txt\n"                                                           /* 8 */
           "    - {b: 1}\n"                                                          /* 9 */
           "    - c.yaml\n"                                                          /* 10 */
           "    - c.yaml\n"                                                          /* 11 */
           "  local:\n"                                                              /* 12 */
           "    mechanism: auction\n"                                                /* 13 */
           "    price: marginal\n"                                                   /* 14 */
           "    scope: all\n"                                                        /* 15 */
           "    fee: -1\n"                                                           /* 16 */
           "    demand_value: dear\n"                                                /* 17 */
           "    bids: bids.txt\n"                                                    /* 18 */
           "  certificates: {pol: true}\n"                                           /* 19 */
           "  carbon:\n"                                                             /* 20 */
           "    price: -1\n"                                                         /* 21 */
           "    cap_t: 3\n"                                                          /* 22 */
           "    free: {household: 2}\n"                                              /* 23 */
           "policies:\n"                                                             /* 24 */
           "  a: {market: {local: {mechanism: none, price_min: 5, price_max: 1}}}\n" /* 25 */
           "  b: {market: {local: ~, certificates: 3, realised: [1]}}\n"             /* 26 */
           "  c: {market: {realised: ~, local: ~, carbon: ~, contracts: []}}\n",     /* 27 */
           NULL);
  AssertFault(faults, 5, "realised: found the unknown key 'serie', expected series");
  AssertFault(faults, 5, "realised: found no key 'series', expected a folder of series, or 'adjust'");
  AssertFault(faults, 6, "storage: found 'charge', expected schedule, bids, or a list");
  AssertFault(faults, 8, "contracts: found 'a.txt', expected a file *.yaml or *.csv");
  AssertFault(faults, 9, "contracts: found a mapping");
  AssertFault(faults, 11, "contracts: found 'c.yaml' twice");
  AssertFault(faults, 13, "mechanism: found 'auction', expected none, uniform-price, pay-as-bid, mid-market");
  AssertFault(faults, 14, "price: found 'marginal', expected midpoint");
  AssertFault(faults, 15, "scope: found 'all', expected region or study");
  AssertFault(faults, 16, "fee: found '-1', expected a fee per MWh from 0");
  AssertFault(faults, 17, "demand_value: found 'dear'");
  AssertFault(faults, 18, "bids: found '");
  AssertFault(faults, 19, "certificates: found the unknown key 'pol', expected pool");
  AssertFault(faults, 21, "price: found '-1', expected a price per tonne");
  AssertFault(faults, 21, "carbon: found both 'price' and 'cap_t'");
  AssertFault(faults, 23, "free: found '2', expected a weight from 0 to 1");
  AssertFault(faults, 13, "policy 'a': local: found price_min 5 above price_max 1");
  AssertFault(faults, 26, "policy 'b': certificates: found '3', expected true, false");
  AssertFault(faults, 26, "policy 'b': realised: found a list, expected a mapping");
  AssertFault(faults, 27, "policy 'c': contracts: found an empty list, expected a file");
}

static void test_faults_of_the_ledger_stand_at_their_lines(void **state)
{
  (void)state;
  ReadText(MINIMAL                                                       /* 1, 2 */
           "privacy: public\n"                                           /* 3 */
           "ledger:\n"                                                   /* 4 */
           "  witnesses: {a: k.pem, b: k.pem}\n"                         /* 5 */
           "  quorum: 3\n"                                               /* 6 */
           "  privacy: committed\n"                                      /* 7 */
           "  anchor: []\n"                                              /* 8 */
           "policies:\n"                                                 /* 9 */
           "  p: {ledger: {witnesses: ~, quorum: 1, privacy: ~}}\n"      /* 10 */
           "  q: {ledger: {witnesses: 3, quorum: 1.5, privacy: none}}\n" /* 11 */
           "  r: {privacy: secret, ledger: {privacy: ~, quorum: ~}}\n",  /* 12 */
           NULL);
  AssertFault(faults, 3, "privacy: found 'public' here and 'committed' in the section 'ledger', expected the same");
  AssertFault(faults, 5, "witnesses: found the key of region 'a' again");
  AssertFault(faults, 6, "quorum: found 3, expected at most the 2 witnesses");
  AssertFault(faults, 8, "anchor: found an empty list, expected a checkpoint file");
  AssertFault(faults, 10, "policy 'p': quorum: found 1 without 'witnesses'");
  AssertFault(faults, 11, "policy 'q': witnesses: found '3', expected true, or a mapping");
  AssertFault(faults, 11, "policy 'q': quorum: found '1.5'");
  AssertFault(faults, 11, "policy 'q': privacy: found 'none', expected public or committed");
  AssertFault(faults, 12, "policy 'r': privacy: found 'secret'");
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_every_key_of_market_and_ledger_is_read, Begin, End),
      cmocka_unit_test_setup_teardown(test_nothing_of_market_and_ledger_is_on_unless_asked_for, Begin, End),
      cmocka_unit_test_setup_teardown(test_short_forms, Begin, End),
      cmocka_unit_test_setup_teardown(test_faults_of_the_market_stand_at_their_lines, Begin, End),
      cmocka_unit_test_setup_teardown(test_faults_of_the_ledger_stand_at_their_lines, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
