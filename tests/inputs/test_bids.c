/* The table of bids: what is read of it, and a line for every fault. */
#include "inputs/bids.h"
#include "inputs/reader.h"
#include "tests/inputs/text_files.h"

#define HEAD "participant,side,asset,bus,hour,time,kwh,price,partner,premium,order\n"

static Faults       faults;
static Network      net;
static Participants who;
static BidTable     table;

static int Begin(void **state)
{
  (void)state;
  table = NULL;
  if (FaultsCreate(&faults) || NetworkReadPypsa(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands"), faults, &net))
    return 1;
  return ParticipantsRead(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands/participants.csv"), net, faults, &who);
}

static int End(void **state)
{
  (void)state;
  return BidTableDestroy(&table) || ParticipantsDestroy(&who) || NetworkDestroy(&net) || FaultsDestroy(&faults);
}

static void ReadTable(const char *text)
{
  OK(BidTableDestroy(&table));
  OK(BidTableRead(PETSC_COMM_SELF, WriteText("bids.csv", text), net, who, faults, &table));
}

static void test_the_shipped_bids_are_read(void **state)
{
  const BidRow *row;

  (void)state;
  OK(BidTableRead(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands/bids.csv"), net, who, faults, &table));
  AssertNoErrors(faults);
  assert_non_null(table);
  assert_int_equal(table->n, 11);
  row = &table->row[2]; /* solar plain farmers, s1 */
  assert_string_equal(who->name[row->participant], "solar plain farmers");
  assert_int_equal(row->buys, 0);
  assert_int_equal(row->component, BID_UNIT_GENERATOR);
  assert_string_equal(net->generator.name[row->unit], "solar plant");
  assert_int_equal(row->bus, net->generator.bus[row->unit]);
  assert_int_equal(row->first_hour, 7);
  assert_int_equal(row->last_hour, 17);
  assert_float_equal(row->kwh, 250, 0);
  assert_float_equal(row->price, 45, 0);
  assert_string_equal(row->order, "s1");
  row = &table->row[7];
  assert_int_equal(row->partner, BID_PARTNER_CLASS);
  assert_string_equal(row->partner_class, "storage");
  assert_float_equal(row->premium, 4, 0);
  assert_int_equal(row->last_hour, 23);
  row = &table->row[10]; /* at a bus, at a time */
  assert_int_equal(row->component, BID_UNIT_NONE);
  assert_int_equal(row->unit, -1);
  assert_int_equal(net->bus.number[row->bus], 3);
  assert_int_equal(row->first_hour, 12);
  assert_int_equal(row->last_hour, 12);
  assert_int_equal(row->partner, BID_PARTNER_PARTICIPANT);
  assert_string_equal(who->name[row->partner_participant], "coast wind cooperative");
}

static void test_a_storage_unit_sells_and_buys(void **state)
{
  (void)state;
  ReadTable(HEAD "village storage,sell,battery,,0,,1,100,,,\nvillage storage,buy,battery,,1,,1,20,,,\n");
  AssertNoErrors(faults);
  assert_int_equal(table->row[0].component, BID_UNIT_STORAGE);
  assert_int_equal(table->row[1].component, BID_UNIT_STORAGE);
  assert_int_equal(table->row[1].buys, 1);
}

/* Numbers go by contents: the rows in another order get the same. */
static void test_rows_without_an_order_are_numbered_by_what_they_say(void **state)
{
  (void)state;
  ReadTable(HEAD "harbour company,buy,harbour,,3,,5,70,,,\nharbour company,buy,harbour,,3,,5,60,,,\n"
                 "village households,buy,village,,3,,5,60,,,\n");
  AssertNoErrors(faults);
  assert_string_equal(table->row[0].order, "~2");
  assert_string_equal(table->row[1].order, "~1");
  assert_string_equal(table->row[2].order, "~1");
  ReadTable(HEAD "harbour company,buy,harbour,,3,,5,60,,,\nharbour company,buy,harbour,,3,,5,70,,,\n");
  assert_string_equal(table->row[0].order, "~1");
  assert_string_equal(table->row[1].order, "~2");
}

static void test_all_faults_of_a_table_are_found(void **state)
{
  (void)state;
  ReadTable(HEAD "harbour compani,buy,harbour,,0,,1,1,,,\n"                /* 2 */
                 "harbour company,lend,harbour,,0,,1,1,,,\n"               /* 3 */
                 "harbour company,buy,harbor,,0,,1,1,,,\n"                 /* 4 */
                 "harbour company,buy,village,,0,,1,1,,,\n"                /* 5 */
                 "harbour company,sell,harbour,,0,,1,1,,,\n"               /* 6 */
                 "harbour company,buy,harbour,harbour,0,,1,1,,,\n"         /* 7 */
                 "harbour company,buy,,,0,,1,1,,,\n"                       /* 8 */
                 "harbour company,buy,,nowhere,0,,1,1,,,\n"                /* 9 */
                 "harbour company,buy,harbour,,24,,1,1,,,\n"               /* 10 */
                 "harbour company,buy,harbour,,5-3,,1,1,,,\n"              /* 11 */
                 "harbour company,buy,harbour,,noon,,1,1,,,\n"             /* 12 */
                 "harbour company,buy,harbour,,,,1,1,,,\n"                 /* 13 */
                 "harbour company,buy,harbour,,1,2030-06-21,1,1,,,\n"      /* 14 */
                 "harbour company,buy,harbour,,,2030-06-22,1,1,,,\n"       /* 15 */
                 "harbour company,buy,harbour,,,2030-06-21T01:30,1,1,,,\n" /* 16 */
                 "harbour company,buy,harbour,,,yesterday,1,1,,,\n");      /* 17 */
  assert_null(table);
  AssertFault(faults, 2,
              "found the participant 'harbour compani', expected one of the study's 8 participants such as "
              "'harbour company'");
  AssertFault(faults, 3, "found the side 'lend', expected sell or buy");
  AssertFault(faults, 4,
              "found the asset 'harbor' to buy, expected a load or storage unit of the network such as 'harbour'");
  AssertFault(faults, 5, "found the asset 'village' of 'village households' in a bid of 'harbour company'");
  AssertFault(faults, 6, "found the asset 'harbour' to sell, expected a generator or storage unit");
  AssertFault(faults, 7, "found both an asset and a bus");
  AssertFault(faults, 8, "found neither asset nor bus");
  AssertFault(faults, 9, "found the bus 'nowhere'");
  AssertFault(faults, 10, "found the hour '24', expected one of the study's 24 hours");
  AssertFault(faults, 11, "found the hours '5-3', expected the first before the last");
  AssertFault(faults, 12, "found the hour 'noon', expected a number");
  AssertFault(faults, 13, "found neither hour nor time");
  AssertFault(faults, 14, "found both an hour and a time");
  AssertFault(faults, 15, "found the time '2030-06-22', expected one of the study's 24 hours");
  AssertFault(faults, 16, "expected the start of an hour");
  AssertFault(faults, 17, "found the time 'yesterday'");
  assert_int_equal(FaultsErrorCount(faults), 16 + 1); /* line 3: what does not buy sells, and no load does */
}

static void test_numbers_and_partners_that_cannot_be_are_found(void **state)
{
  (void)state;
  ReadTable(HEAD "harbour company,buy,harbour,,0,,0,1,,,\n"                        /* 2 */
                 "harbour company,buy,harbour,,0,,-3,1,,,\n"                       /* 3 */
                 "harbour company,buy,harbour,,0,,nan,1,,,\n"                      /* 4 */
                 "harbour company,buy,harbour,,0,,inf,1,,,\n"                      /* 5 */
                 "harbour company,buy,harbour,,0,,1,1e10,,,\n"                     /* 6 */
                 "harbour company,buy,harbour,,0,,1,cheap,,,\n"                    /* 7 */
                 "harbour company,buy,harbour,,0,,1,,,,\n"                         /* 8 */
                 "harbour company,buy,harbour,,0,,1,1,,5,\n"                       /* 9 */
                 "harbour company,buy,harbour,,0,,1,1,city utility,,\n"            /* 10 */
                 "harbour company,buy,harbour,,0,,1,1,city utility,-1,\n"          /* 11 */
                 "harbour company,buy,harbour,,0,,1,1,class:miner,1,\n"            /* 12 */
                 "harbour company,buy,harbour,,0,,1,1,harbour company,1,\n"        /* 13 */
                 "harbour company,buy,harbour,,0,,1,1,nobody at all,1,\n"          /* 14 */
                 "coast wind cooperative,sell,wind farm,,0,,1,1,city utility,1,\n" /* 15 */
                 "harbour company,buy,harbour,,0,,1,1,,,~1\n"                      /* 16 */
                 "harbour company,buy,harbour,,0,,1e14,1,,,\n");                   /* 17 */
  assert_null(table);
  AssertFault(faults, 2, "found 0 kWh, expected at least 0.001");
  AssertFault(faults, 3, "found -3 kWh, expected at least 0.001");
  AssertFault(faults, 4, "column \"kwh\": found \"nan\", expected a finite number");
  AssertFault(faults, 5, "column \"kwh\": found \"inf\", expected a finite number");
  AssertFault(faults, 6, "found the price 1e10, which overflows");
  AssertFault(faults, 7, "column \"price\": found \"cheap\", expected a number");
  AssertFault(faults, 8, "column \"price\"");
  AssertFault(faults, 9, "found a premium without a partner");
  AssertFault(faults, 10, "found the partner 'city utility' without a premium");
  AssertFault(faults, 11, "found the premium -1");
  AssertFault(faults, 12, "found the class 'miner', expected that of some participant");
  AssertFault(faults, 13, "as its own partner");
  AssertFault(faults, 14, "found the partner 'nobody at all', expected one of the study's 8 participants");
  AssertFault(faults, 15, "of a seller; only buyers prefer");
  AssertFault(faults, 16, "does not begin with ~");
  AssertFault(faults, 17, "found 1e14 kWh");
  assert_int_equal(FaultsErrorCount(faults), 16);
}

static void test_an_order_stands_once_in_an_hour(void **state)
{
  (void)state;
  ReadTable(HEAD "harbour company,buy,harbour,,0-9,,1,1,,,a\nharbour company,buy,harbour,,2-3,,1,1,,,b\n"
                 "harbour company,buy,harbour,,10-12,,1,1,,,a\nharbour company,buy,harbour,,9,,1,1,,,a\n"
                 "village households,buy,village,,9,,1,1,,,a\n");
  assert_null(table);
  AssertFault(faults, 5,
              "found the order 'a' of 'harbour company' again for hour 9, expected it once in an hour (line 2)");
  assert_int_equal(FaultsErrorCount(faults), 1);
}

static void test_wrong_columns_are_named(void **state)
{
  (void)state;
  ReadTable("participant,side,asset,hour,quantity,price\n");
  assert_null(table);
  AssertFault(faults, 1, "\"kwh\"");
  AssertFault(faults, 1, "found the column 'quantity'");
  assert_int_equal(FaultsErrorCount(faults), 2);
}

static void test_bids_stand_at_electric_buses(void **state)
{
  (void)state;
  OK(NetworkSetString(&net->bus.carrier[1], "heat"));
  ReadTable(HEAD "harbour company,buy,,2,0,,1,1,,,\nharbour company,buy,harbour,,0,,1,1,,,\n");
  AssertFault(faults, 2, "found a bid at the bus 'harbour' of 'heat', expected an electric bus");
  AssertFault(faults, 3, "found a bid at the bus 'harbour' of 'heat', expected an electric bus");
}

static void AssertSound(void)
{
  for (PetscInt k = 0; k < table->n; k++) {
    const BidRow *row = &table->row[k];
    assert_in_range(row->participant, 0, who->n - 1);
    assert_in_range(row->bus, 0, net->bus.n - 1);
    assert_true(row->first_hour >= 0 && row->first_hour <= row->last_hour && row->last_hour < 24);
    assert_true(row->kwh >= 0.001 && row->kwh <= 9e12 && PetscAbsReal(row->price) <= 9e9);
    assert_true((row->partner == BID_PARTNER_NONE) == (row->premium == 0));
    assert_true(row->order[0] != 0);
  }
}

static void ReadMutation(const char *bytes, size_t size)
{
  WriteBytes(TemporaryPath("fuzz.csv"), bytes, size);
  OK(BidTableRead(PETSC_COMM_SELF, TemporaryPath("fuzz.csv"), net, who, faults, &table));
  if (table)
    AssertSound();
  else
    assert_true(FaultsErrorCount(faults) > 0);
  OK(BidTableDestroy(&table));
  OK(FaultsDestroy(&faults));
  OK(FaultsCreate(&faults));
}

static void test_mutated_tables_never_crash(void **state)
{
  static const char *const corpus[] = {"tests/inputs/corpus/bids/islands.csv", "tests/inputs/corpus/bids/quoted.csv",
                                       "tests/inputs/corpus/bids/wrong.csv"};
  (void)state;
  for (int k = 0; k < 3; k++) {
    size_t size, length;
    char  *bytes = ReadBytes(ShippedFile(corpus[k]), &size);
    ReadMutation(bytes, size);
    for (uint64_t seed = 0; seed < 400; seed++) {
      char *mutated = Mutate(bytes, size, seed, &length);
      ReadMutation(mutated, length);
      free(mutated);
    }
    free(bytes);
  }
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, Begin, End)
  const struct CMUnitTest tests[] = {
      TEST(test_the_shipped_bids_are_read),
      TEST(test_a_storage_unit_sells_and_buys),
      TEST(test_rows_without_an_order_are_numbered_by_what_they_say),
      TEST(test_all_faults_of_a_table_are_found),
      TEST(test_numbers_and_partners_that_cannot_be_are_found),
      TEST(test_an_order_stands_once_in_an_hour),
      TEST(test_wrong_columns_are_named),
      TEST(test_bids_stand_at_electric_buses),
      TEST(test_mutated_tables_never_crash),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
