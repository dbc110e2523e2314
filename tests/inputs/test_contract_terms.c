/* Contracts from YAML and CSV: every key arrives, and every fault is said with its line. */
#include "inputs/contract_terms.h"
#include "tests/inputs/text_files.h"

static Faults        faults;
static ContractTerms terms;

static int Begin(void **state)
{
  (void)state;
  terms = NULL;
  return FaultsCreate(&faults);
}

static int End(void **state)
{
  (void)state;
  return ContractTermsDestroy(&terms) || FaultsDestroy(&faults);
}

static void Read(const char *name, const char *text)
{
  OK(ContractTermsRead(PETSC_COMM_SELF, WriteText(name, text), faults, &terms));
}

#define HEAD "- name: one\n  seller: a\n  buyer: b\n  from: 2030-06-21\n  until: 2030-06-22\n"
#define SHARE "  quantity: {kind: unit-share, unit: wind farm, share: 0.4}\n"
#define FIXED "  price: {kind: fixed, price: 60}\n"

static void test_the_shipped_contracts_are_read(void **state)
{
  (void)state;
  OK(ContractTermsRead(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands/contracts.yaml"), faults, &terms));
  AssertNoErrors(faults);
  assert_int_equal(terms->n, 6);
  assert_string_equal(terms->contract[1].name, "wind for the village");
  assert_string_equal(terms->contract[1].seller, "coast wind cooperative");
  assert_int_equal(terms->contract[1].from, 1908230400);
  assert_int_equal(terms->contract[1].until, 1908230400 + 86400);
  assert_string_equal(terms->contract[1].quantity.kind, "unit-share");
  assert_true(terms->contract[1].quantity.share == 0.4);
  assert_string_equal(terms->contract[1].price.bus, "coast gate");
  assert_true(terms->contract[1].price.factor == 0.95 && terms->contract[1].price.cap == 90);
  assert_int_equal(terms->contract[1].precedence, 1);
  assert_true(terms->contract[0].shortfall_penalty == 30);
  assert_int_equal(terms->contract[5].n_conditions, 2);
}

static void test_the_example_of_the_documents_is_read(void **state)
{
  size_t size;
  char  *page = ReadBytes(ShippedFile("docs/contracts.md"), &size), *from = strstr(page, "```yaml\n"), *until;

  (void)state;
  assert_non_null(from);
  from += 8;
  until = strstr(from, "```");
  assert_non_null(until);
  *until = 0;
  Read("contracts.yaml", from);
  AssertNoErrors(faults);
  assert_int_equal(terms->n, 4);
  assert_string_equal(terms->contract[1].name, "green share");
  assert_true(terms->contract[1].quantity.share == 0.5 && terms->contract[1].price.cap == 74);
  assert_true(terms->contract[2].price.per_mwh_hour == 3);
  assert_true(terms->contract[3].quantity.power_mw == 0.15);
  free(page);
}

static void test_every_kind_of_quantity_is_read(void **state)
{
  const QuantityTerms *q;

  (void)state;
  Read("contracts.yaml", HEAD "  quantity: {kind: fixed, power_kw: 250, bus: 3}\n" FIXED);
  AssertNoErrors(faults);
  q = &terms->contract[0].quantity;
  assert_true(q->power_mw == 0.25);
  assert_string_equal(q->bus, "3");
  OK(ContractTermsDestroy(&terms));

  Read("contracts.yaml", HEAD "  quantity: {kind: profile, unit: u, power_kw: [1, 2, 3, 0.5]}\n" FIXED);
  AssertNoErrors(faults);
  q = &terms->contract[0].quantity;
  assert_int_equal(q->n_values, 4);
  assert_true(q->daily && q->step_hours == 6 && q->value_mw[3] == 0.0005);
  OK(ContractTermsDestroy(&terms));

  WriteText("mw.csv", "hour,mw\n0,0.5\n1,0\n2,1e-3\n");
  Read("contracts.yaml",
       HEAD "  quantity: {kind: profile, unit: u, file: mw.csv, column: mw, step_hours: 0.5}\n" FIXED);
  AssertNoErrors(faults);
  q = &terms->contract[0].quantity;
  assert_int_equal(q->n_values, 3);
  assert_true(!q->daily && q->step_hours == 0.5 && q->value_mw[0] == 0.5 && q->value_mw[2] == 1e-3);
  OK(ContractTermsDestroy(&terms));

  Read("contracts.yaml", HEAD "  quantity: {kind: storage-share, storage: battery, share: 0.25}\n" FIXED);
  AssertNoErrors(faults);
  assert_string_equal(terms->contract[0].quantity.storage, "battery");
  OK(ContractTermsDestroy(&terms));

  Read("contracts.yaml", HEAD "  quantity: {kind: shifting, load: l, power_mw: 0.1, within_hours: 6}\n" FIXED);
  AssertNoErrors(faults);
  assert_true(terms->contract[0].quantity.within_hours == 6);
  OK(ContractTermsDestroy(&terms));

  Read("contracts.yaml", HEAD "  quantity: {kind: curtailment, load: l, power_mw: 0.1}\n" FIXED);
  AssertNoErrors(faults);
  assert_string_equal(terms->contract[0].quantity.load, "l");
}

static void test_every_kind_of_price_is_read(void **state)
{
  const PriceTerms *p;

  (void)state;
  Read("contracts.yaml", HEAD SHARE "  price: {kind: indexed, bus: 3}\n");
  AssertNoErrors(faults);
  p = &terms->contract[0].price;
  assert_true(p->factor == 1 && p->adder == 0 && !p->cap_line && !p->floor_line);
  OK(ContractTermsDestroy(&terms));

  Read("contracts.yaml", HEAD SHARE "  price: {kind: difference, bus: 3, strike: -5.5, protects: seller}\n");
  AssertNoErrors(faults);
  p = &terms->contract[0].price;
  assert_true(p->strike == -5.5);
  assert_string_equal(p->protects, "seller");
  OK(ContractTermsDestroy(&terms));

  Read("contracts.yaml", HEAD SHARE "  price: {kind: take-or-pay, price: 105, minimum_mwh: 2.5, per: contract}\n");
  AssertNoErrors(faults);
  p = &terms->contract[0].price;
  assert_true(p->price == 105 && p->minimum_mwh == 2.5);
  assert_string_equal(p->per, "contract");
  OK(ContractTermsDestroy(&terms));

  Read("contracts.yaml", HEAD SHARE "  price: {kind: rent, per_mw_hour: 4, energy_price: 3}\n");
  AssertNoErrors(faults);
  p = &terms->contract[0].price;
  assert_true(p->per_mw_hour == 4 && p->mw_hour_line && !p->mwh_hour_line && p->energy_price == 3);
}

static void test_conditions_are_read(void **state)
{
  const ConditionTerms *c;

  (void)state;
  Read("contracts.yaml", HEAD SHARE FIXED "  conditions:\n"
                                          "    - {kind: time, from: 06:00, until: \"22:30:15\", days: [mon, fri]}\n"
                                          "    - {kind: time, from: \"22:00\", until: \"06:00\", days: weekdays}\n"
                                          "    - {kind: time, days: sun}\n"
                                          "    - {kind: price-above, bus: harbour, price: 40}\n"
                                          "    - {kind: technology, technology: wind}\n"
                                          "    - {kind: charge-below, storage: battery, share: 0.9}\n");
  AssertNoErrors(faults);
  assert_int_equal(terms->contract[0].n_conditions, 6);
  c = terms->contract[0].condition;
  assert_int_equal(c[0].from_s, 21600);
  assert_int_equal(c[0].until_s, 81015);
  assert_int_equal(c[0].weekdays, 1 + 16);
  assert_int_equal(c[1].from_s, 79200);
  assert_int_equal(c[1].until_s, 21600);
  assert_int_equal(c[1].weekdays, 31);
  assert_int_equal(c[2].from_s, 0);
  assert_int_equal(c[2].until_s, 86400);
  assert_int_equal(c[2].weekdays, 64);
  assert_string_equal(c[3].bus, "harbour");
  assert_true(c[3].price == 40 && c[5].share == 0.9);
}

static void test_a_table_says_the_same(void **state)
{
  const ContractTerm *c;

  (void)state;
  Read("contracts.csv", "name,seller,buyer,from,until,quantity.kind,quantity.unit,quantity.share,quantity.power_mw,"
                        "price.kind,price.price,price.bus,price.strike,delivery.load,shortfall_penalty,precedence,"
                        "conditions.kind,conditions.from,conditions.until,conditions.days\n"
                        "one,a,b,2030-06-21,2030-06-22,unit-share,wind farm,0.4,,fixed,60,,,village,30,2,,,,\n"
                        "two,a,c,2030-06-21,2030-06-22T12:00,fixed,wind farm,,0.2,difference,,3,55,,,,time,06:00,22:00,"
                        "weekends\n");
  AssertNoErrors(faults);
  assert_int_equal(terms->n, 2);
  c = terms->contract;
  assert_string_equal(c[0].name, "one");
  assert_string_equal(c[0].delivery_load, "village");
  assert_true(c[0].quantity.share == 0.4 && c[0].price.price == 60 && c[0].shortfall_penalty == 30);
  assert_int_equal(c[0].precedence, 2);
  assert_int_equal(c[0].n_conditions, 0);
  assert_int_equal(c[1].line, 3);
  assert_int_equal(c[1].until, 1908230400 + 36 * 3600);
  assert_true(c[1].quantity.power_mw == 0.2 && c[1].price.strike == 55);
  assert_int_equal(c[1].condition[0].weekdays, 96);
  assert_int_equal(c[1].condition[0].until_s, 79200);
}

static void test_all_faults_are_listed_with_their_lines(void **state)
{
  (void)state;
  Read("contracts.yaml", "- name: one\n"                                                     /* 1 */
                         "  seller: a\n"                                                     /* 2 */
                         "  buyer: a\n"                                                      /* 3 */
                         "  from: 2030-06-22\n"                                              /* 4 */
                         "  until: 2030-06-21\n"                                             /* 5 */
                         "  quantity: {kind: fixed, power_mw: -0.2, unit: u}\n"              /* 6 */
                         "  price: {kind: fixed, price: 1e12}\n"                             /* 7 */
                         "  shortfal_penalty: 3\n"                                           /* 8 */
                         "- name: one\n"                                                     /* 9 */
                         "  seller: a\n"                                                     /* 10 */
                         "  from: 2030-06-21\n"                                              /* 11 */
                         "  until: 2030-06-31\n"                                             /* 12 */
                         "  quantity: {kind: unit-share, share: 1.5, power_mw: 3}\n"         /* 13 */
                         "  price: {kind: indexed, bus: 3, cap: 10, floor: 20}\n"            /* 14 */
                         "  precedence: -1\n"                                                /* 15 */
                         "  conditions: [{kind: time, from: 25:00, days: [mon, someday]}]\n" /* 16 */
                         "- 7\n"                                                             /* 17 */
                         "- name: '@fees/x'\n"                                               /* 18 */
                         "  quantity: {kind: shares}\n"                                      /* 19 */
                         "  price: {kind: rent, per_mw_hour: 1, per_mwh_hour: 2}\n"          /* 20 */
                         "  delivery: {bus: 3, load: l}\n");                                 /* 21 */
  assert_null(terms);
  AssertFault(faults, 3, "the seller too");
  AssertFault(faults, 5, "not after from");
  AssertFault(faults, 6, "power_mw: found '-0.2', expected a power above 0");
  AssertFault(faults, 7, "price: found '1e12', expected a price from -1e9 to 1e9 per MWh");
  AssertFault(faults, 8, "unknown key 'shortfal_penalty', expected shortfall_penalty");
  AssertFault(faults, 9, "second contract 'one', expected one (first at line 1)");
  AssertFault(faults, 9, "found no key 'buyer'");
  AssertFault(faults, 12, "until: found '2030-06-31'");
  AssertFault(faults, 13, "share: found '1.5'");
  AssertFault(faults, 13, "unknown key 'power_mw'");
  AssertFault(faults, 13, "found no key 'unit'");
  AssertFault(faults, 14, "floor: found 20 above the cap of 10");
  AssertFault(faults, 15, "precedence: found '-1'");
  AssertFault(faults, 16, "from: found '25:00'");
  AssertFault(faults, 16, "days: found 'someday'");
  AssertFault(faults, 17, "contract: found '7', expected a mapping");
  AssertFault(faults, 18, "does not begin with '@'");
  AssertFault(faults, 18, "found no key 'seller'");
  AssertFault(faults, 19, "quantity: kind: found 'shares', expected fixed, profile");
  AssertFault(faults, 20, "two rents");
  AssertFault(faults, 21, "delivery: found both");
}

static void test_profiles_are_checked(void **state)
{
  (void)state;
  WriteText("mw.csv", "hour,mw\n0,0.5\n1,-3\n2,x\n");
  Read("contracts.yaml", HEAD "  quantity: {kind: profile, unit: u, file: mw.csv, column: mw}\n" FIXED);
  AssertFault(faults, 3, "mw: found '-3', expected a power of at least 0");
  AssertFault(faults, 4, "expected a number");
  Read("contracts.yaml", HEAD "  quantity: {kind: profile, unit: u, file: mw.csv, column: gw}\n" FIXED);
  AssertFault(faults, 6, "column: found 'gw'");
  Read("contracts.yaml", HEAD "  quantity: {kind: profile, unit: u, file: none.csv, column: mw}\n" FIXED);
  AssertFault(faults, 0, "No such file");
  Read("contracts.yaml", HEAD "  quantity: {kind: profile, unit: u, power_mw: [1, 2, 3, 4, 5, 6, 7]}\n" FIXED);
  AssertFault(faults, 6, "a list of powers for equal steps of the day");
  Read("contracts.yaml", HEAD "  quantity: {kind: profile, unit: u, power_mw: [1, -2]}\n" FIXED);
  AssertFault(faults, 6, "power_mw: found '-2'");
  Read("contracts.yaml", HEAD "  quantity: {kind: profile, unit: u}\n" FIXED);
  AssertFault(faults, 6, "found no profile or several");
}

static void test_tables_with_unknown_columns_are_refused(void **state)
{
  (void)state;
  Read("contracts.csv",
       "name,seler,buyer,from,until,quantity.kind,price.kind,price.stike\nx,a,b,2030-06-21,2030-06-22,fixed,"
       "fixed,3\n");
  assert_null(terms);
  AssertFault(faults, 1, "unknown column 'seler', expected seller");
  AssertFault(faults, 1, "unknown column 'price.stike', expected price.strike");
  AssertFault(faults, 2, "found no key 'seller'");
  AssertFault(faults, 2, "found no power");
}

static void test_what_is_no_list_is_refused(void **state)
{
  (void)state;
  Read("contracts.yaml", "name: one\n");
  assert_null(terms);
  AssertFault(faults, 1, "expected a list of contracts");
  Read("contracts.yaml", "- [\n");
  assert_null(terms);
  OK(ContractTermsRead(PETSC_COMM_SELF, "/nowhere/contracts.yaml", faults, &terms));
  assert_null(terms);
  AssertFault(faults, 0, "No such file");
}

/* Whatever the bytes, a list without errors gives terms that are whole, and one with errors none. */
static void ReadMutations(const char *bytes, size_t size, const char *name, int rounds)
{
  PetscInt sound = 0;
  size_t   mutated;

  for (int k = 0; k < rounds; k++) {
    char  *copy = Mutate(bytes, size, (uint64_t)k, &mutated);
    Faults own;
    WriteBytes(TemporaryPath(name), copy, mutated);
    OK(FaultsCreate(&own));
    OK(ContractTermsRead(PETSC_COMM_SELF, TemporaryPath(name), own, &terms));
    assert_int_equal(terms == NULL, FaultsErrorCount(own) > 0);
    for (PetscInt c = 0; terms && c < terms->n; c++) {
      assert_true(terms->contract[c].name && terms->contract[c].seller && terms->contract[c].buyer);
      assert_true(terms->contract[c].quantity.kind && terms->contract[c].price.kind);
      assert_true(terms->contract[c].from < terms->contract[c].until);
    }
    sound += terms ? 1 : 0;
    OK(ContractTermsDestroy(&terms));
    OK(FaultsDestroy(&own));
    free(copy);
  }
  assert_in_range(sound, 1, rounds - 1);
}

static void test_mutated_files_are_answered(void **state)
{
  static const char table[] = "name,seller,buyer,from,until,quantity.kind,quantity.unit,quantity.power_mw,price.kind,"
                              "price.price,price.bus,conditions.kind,conditions.from,conditions.days\n"
                              "one,a,b,2030-06-21,2030-06-22,fixed,wind farm,0.2,fixed,60,,time,06:00,mon\n"
                              "two,a,c,2030-06-21,2030-06-22,fixed,wind farm,0.2,indexed,,3,,,\n";
  size_t            size;
  char             *bytes = ReadBytes(ShippedFile("inputs/cases/islands/contracts.yaml"), &size);

  (void)state;
  ReadMutations(bytes, size, "mutated.yaml", 1500);
  ReadMutations(table, sizeof table - 1, "mutated.csv", 1500);
  free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, Begin, End)

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      TEST(test_the_shipped_contracts_are_read),
      TEST(test_the_example_of_the_documents_is_read),
      TEST(test_every_kind_of_quantity_is_read),
      TEST(test_every_kind_of_price_is_read),
      TEST(test_conditions_are_read),
      TEST(test_a_table_says_the_same),
      TEST(test_all_faults_are_listed_with_their_lines),
      TEST(test_profiles_are_checked),
      TEST(test_tables_with_unknown_columns_are_refused),
      TEST(test_what_is_no_list_is_refused),
      TEST(test_mutated_files_are_answered),
  };
  int status;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  status = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return status;
}
