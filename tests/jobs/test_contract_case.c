/* From the terms of contracts to contracts: names resolved against a network, numbers rounded once, faults with lines. */
#include "inputs/reader.h"
#include "jobs/contract_case.h"
#include "tests/inputs/text_files.h"

static Faults        faults;
static Network       net;
static Participants  who;
static ContractTerms terms;
static Contracts     contracts;

static int Begin(void **state)
{
  (void)state;
  terms     = NULL;
  contracts = NULL;
  if (FaultsCreate(&faults) || NetworkReadPypsa(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands"), faults, &net))
    return 1;
  return ParticipantsRead(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands/participants.csv"), net, faults, &who);
}

static int End(void **state)
{
  (void)state;
  ContractsDestroy(&contracts);
  return ContractTermsDestroy(&terms) || ParticipantsDestroy(&who) || NetworkDestroy(&net) || FaultsDestroy(&faults);
}

static void Read(const char *text)
{
  OK(ContractTermsDestroy(&terms));
  ContractsDestroy(&contracts);
  OK(ContractTermsRead(PETSC_COMM_SELF, WriteText("contracts.yaml", text), faults, &terms));
  AssertNoErrors(faults);
  OK(ContractCaseCreate(1, &terms, net, who, faults, &contracts));
}

static const Contract *Find(const char *name)
{
  for (size_t k = 0; k < ContractsCount(contracts); k++) {
    const Contract *c = ContractsGet(contracts, k);
    if (c->name.length == strlen(name) && !memcmp(c->name.bytes, name, strlen(name))) return c;
  }
  fail_msg("no contract '%s'", name);
  return NULL;
}

static void AssertText(EntryText text, const char *expected)
{
  assert_int_equal(text.length, strlen(expected));
  assert_memory_equal(text.bytes, expected, text.length);
}

static void test_the_shipped_contracts_become_records(void **state)
{
  const Contract *c;

  (void)state;
  OK(ContractTermsRead(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands/contracts.yaml"), faults, &terms));
  OK(ContractCaseCreate(1, &terms, net, who, faults, &contracts));
  AssertNoErrors(faults);
  assert_int_equal(FaultsWarningCount(faults), 0);
  assert_int_equal(ContractsCount(contracts), 6);
  c = Find("wind for the village");
  AssertText(c->seller, "coast wind cooperative");
  AssertText(c->unit.name, "wind farm");
  assert_int_equal(c->unit.kind, CONTRACT_GENERATOR);
  assert_int_equal(c->share, 400000);
  assert_int_equal(c->price_bus, 3);
  assert_int_equal(c->factor, 950000);
  assert_int_equal(c->adder, 2000000);
  assert_int_equal(c->cap, 90000000);
  assert_true(c->has_cap && c->has_floor);
  assert_int_equal(c->to_bus, 5); /* the one load of the buyer */
  AssertText(c->to_load, "village");
  c = Find("harbour base load");
  assert_int_equal(c->power_w, 200000);
  assert_int_equal(c->shortfall_penalty, 30000000);
  c = Find("a quarter of the battery");
  assert_int_equal(c->basis, CONTRACT_RENT_ENERGY);
  assert_true(c->has_energy && c->price == 0);
  c = Find("solar hedge");
  assert_int_equal(c->to_bus, 0);
  assert_int_equal(c->price, 55000000);
  c = Find("call on the city battery");
  assert_int_equal(c->unit.kind, CONTRACT_STORAGE);
  assert_int_equal(c->condition[0].bus, 8);
  assert_int_equal(c->condition[0].threshold, 110000000);
  assert_int_equal(c->condition[1].threshold, 200000);
}

#define HEAD(name) \
  "- name: " name  \
  "\n  seller: coast wind cooperative\n  buyer: village households\n  from: 2030-06-21\n  until: 2030-06-22\n"
#define SHARE "  quantity: {kind: unit-share, unit: wind farm, share: 0.4}\n"
#define FIXED "  price: {kind: fixed, price: 60}\n"

static void test_profiles_are_packed_and_cut_to_the_validity(void **state)
{
  const Contract *c;

  (void)state;
  WriteText("mw.csv", "mw\n0.5\n0\n0.000001\n0.3\n0.4\n");
  Read("- name: p\n  seller: coast wind cooperative\n  buyer: village households\n  from: 2030-06-21\n"
       "  until: 2030-06-21T03:30\n  quantity: {kind: profile, unit: wind farm, file: mw.csv, column: mw}\n" FIXED);
  AssertNoErrors(faults);
  c = Find("p");
  assert_int_equal(c->n_values, 4);
  assert_int_equal(c->step_s, 3600);
  assert_memory_equal(c->value, "\0\0\0\x07\xA1\x20\0\0\0\0\0\0\0\0\0\0\0\x01", 18);
  Read(HEAD("q") "  quantity: {kind: profile, unit: wind farm, file: mw.csv, column: mw}\n" FIXED);
  assert_null(contracts);
  AssertFault(faults, 6, "found 5 values of 1 h, expected 24");
}

static void test_what_the_network_does_not_have_is_said_line_by_line(void **state)
{
  (void)state;
  Read("- name: one\n"
       "  seller: coast wind coperative\n"
       "  buyer: village houses\n"
       "  from: 2030-06-21\n"
       "  until: 2030-06-22\n"
       "  quantity: {kind: unit-share, unit: wind frm, share: 0.4}\n"
       "  price: {kind: indexed, bus: 77}\n"
       "  delivery: {bus: nowhere}\n"
       "  conditions: [{kind: price-above, bus: coast, price: 3}, {kind: charge-above, storage: batery, share: 0.5}]\n"
       "- name: two\n" /* 10 */
       "  seller: coast wind cooperative\n"
       "  buyer: village households\n"
       "  from: 2030-06-21\n"
       "  until: 2030-06-22\n"
       "  quantity: {kind: fixed, unit: solar plant, power_mw: 1}\n"
       "  price: {kind: take-or-pay, price: 1, minimum_mwh: 1}\n"
       "  delivery: {load: harbour}\n"
       "- name: three\n" /* 18 */
       "  seller: coast wind cooperative\n"
       "  buyer: village households\n"
       "  from: 2030-06-21\n"
       "  until: 2030-06-22\n"
       "  quantity: {kind: fixed, power_mw: 1}\n"
       "  price: {kind: fixed, price: 1}\n"
       "- name: four\n" /* 25 */
       "  seller: village households\n"
       "  buyer: coast wind cooperative\n"
       "  from: 2030-06-21\n"
       "  until: 2030-06-22\n"
       "  quantity: {kind: curtailment, load: village, power_mw: 1}\n" /* 30 */
       "  price: {kind: difference, bus: 3, strike: 5}\n"
       "- name: five\n" /* 32 */
       "  seller: coast wind cooperative\n"
       "  buyer: harbour company\n"
       "  from: 2030-06-21\n"
       "  until: 2030-06-22\n"
       "  quantity: {kind: fixed, power_mw: 1e8, bus: 3}\n"
       "  price: {kind: fixed, price: -1e9}\n");
  assert_null(contracts);
  AssertFault(faults, 38, "price: found -1e+09 per MWh for 1e+08 MWh in an interval, whose product overflows");
  AssertFault(faults, 2,
              "seller: found 'coast wind coperative', expected the name of a participant such as 'coast wind "
              "cooperative'");
  AssertFault(faults, 3, "buyer: found 'village houses'");
  AssertFault(faults, 6,
              "unit: found 'wind frm', expected the name of a generator or storage unit such as 'wind farm'");
  AssertFault(faults, 7, "bus: found '77'");
  AssertFault(faults, 8, "bus: found 'nowhere'");
  AssertFault(faults, 9, "bus: found 'coast'");
  AssertFault(faults, 9, "conditions: found 'batery', expected the name of a storage unit such as 'battery'");
  AssertFault(faults, 15, "unit: found 'solar plant' of 'solar plain farmers', expected one of the seller's");
  AssertFault(faults, 17, "delivery: found 'harbour' of 'harbour company', expected one of the buyer's");
  AssertFault(faults, 23, "neither a unit nor a bus");
  AssertFault(faults, 30, "cannot be curtailed in this network");
  AssertFault(faults, 25, "demand response is paid by");
}

static void test_names_are_one_over_all_files(void **state)
{
  ContractTerms two[2];

  (void)state;
  OK(ContractTermsRead(PETSC_COMM_SELF, WriteText("a.yaml", HEAD("same") SHARE FIXED), faults, &two[0]));
  OK(ContractTermsRead(PETSC_COMM_SELF,
                       WriteText("b.yaml", "\n" HEAD("same") SHARE "  price: {kind: fixed, price: 61}\n"), faults,
                       &two[1]));
  AssertNoErrors(faults);
  OK(ContractCaseCreate(2, two, net, who, faults, &contracts));
  assert_null(contracts);
  AssertFault(faults, 2, "two of this name");
  for (int k = 0; k < 2; k++) OK(ContractTermsDestroy(&two[k]));
}

static void test_contracts_that_can_never_pay_are_warned_of(void **state)
{
  (void)state;
  Read(HEAD("one") SHARE FIXED "  conditions: [{kind: technology, technology: solar}]\n");
  AssertNoErrors(faults);
  AssertFault(faults, 8, "the unit's is 'wind'");
  assert_int_equal(ContractsCount(contracts), 1);
}

static void test_a_buyer_without_load_takes_where_everything_of_his_is(void **state)
{
  (void)state;
  Read("- name: one\n  seller: coast wind cooperative\n  buyer: solar plain farmers\n  from: 2030-06-21\n"
       "  until: 2030-06-22\n" SHARE FIXED);
  AssertNoErrors(faults);
  assert_int_equal(Find("one")->to_bus, 4);
  assert_int_equal(Find("one")->to_load.length, 0);
}

static void test_no_files_are_no_contracts(void **state)
{
  (void)state;
  OK(ContractCaseCreate(0, NULL, net, who, faults, &contracts));
  assert_non_null(contracts);
  assert_int_equal(ContractsCount(contracts), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, Begin, End)

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      TEST(test_the_shipped_contracts_become_records),
      TEST(test_profiles_are_packed_and_cut_to_the_validity),
      TEST(test_what_the_network_does_not_have_is_said_line_by_line),
      TEST(test_names_are_one_over_all_files),
      TEST(test_contracts_that_can_never_pay_are_warned_of),
      TEST(test_a_buyer_without_load_takes_where_everything_of_his_is),
      TEST(test_no_files_are_no_contracts),
  };
  int status;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  status = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return status;
}
