/* Bids as bids of a local market, and as curves that the dispatch clears at locational prices. */
#include "inputs/reader.h"
#include "jobs/bid_case.h"
#include "solver/opf.h"
#include "tests/inputs/text_files.h"

#define HEAD "participant,side,asset,bus,hour,kwh,price,partner,premium,order\n"

static Faults       faults;
static Network      net;
static Participants who;
static BidTable     table;
static BidCurves    before;
static Bids         bids;

static void Open(const char *folder)
{
  OK(FaultsCreate(&faults));
  OK(NetworkReadPypsa(PETSC_COMM_SELF, ShippedFile(folder), faults, &net));
  OK(ParticipantsRead(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands/participants.csv"), net, faults, &who));
}

static int Close(void **state)
{
  (void)state;
  BidsDestroy(&bids);
  return BidCaseRestore(net, &before) || BidTableDestroy(&table) || ParticipantsDestroy(&who) || NetworkDestroy(&net) ||
         FaultsDestroy(&faults);
}

static void ReadTable(const char *text)
{
  OK(BidTableDestroy(&table));
  OK(BidTableRead(PETSC_COMM_SELF, WriteText("bids.csv", text), net, who, faults, &table));
  AssertNoErrors(faults);
  assert_non_null(table);
}

static void test_rows_become_bids_of_every_hour_of_a_window(void **state)
{
  MarketError error;
  const Bid  *bid;

  (void)state;
  Open("inputs/cases/islands");
  ReadTable(HEAD "village storage,sell,battery,,3-9,12.5,99.5,,,b\n"
                 "harbour company,buy,harbour,,7,0.001,-3,class:storage,1.5,h\n"
                 "harbour company,buy,,3,8,2,4,solar plain farmers,1,i\n");
  OK(BidCaseCreate(net, table, 6, 3, &bids, &error)); /* hours 6, 7, 8 */
  assert_int_equal(error.status, MARKET_OK);
  assert_int_equal(bids->n, 5);
  for (uint32_t k = 0, t = 0; k < 5; k++) {
    bid = &bids->bid[k];
    if (bid->order.bytes[0] != 'b') continue;
    assert_int_equal(bid->interval, t++);
    assert_int_equal(bid->wh, 12500);
    assert_int_equal(bid->price, 99500000);
    assert_int_equal(bid->side, BID_SELL);
    assert_int_equal(bid->asset, net->generator.n + net->load.n); /* the first storage unit */
    assert_string_equal(who->name[bid->participant], "village storage");
  }
  bid = &bids->bid[2]; /* interval 1: b, h */
  assert_int_equal(bid->interval, 1);
  assert_int_equal(bid->wh, 1);
  assert_int_equal(bid->price, -3000000);
  assert_int_equal(bid->asset, net->generator.n);
  assert_int_equal(bid->prefer, PREFER_CLASS);
  assert_int_equal(bid->premium, 1500000);
  bid = &bids->bid[4];
  assert_int_equal(bid->asset, BID_ANY_ASSET);
  assert_int_equal(net->bus.number[bid->bus], 3);
  assert_string_equal(who->name[bid->partner], "solar plain farmers");
}

static void test_without_a_table_there_are_no_bids(void **state)
{
  MarketError error;

  (void)state;
  Open("inputs/cases/islands");
  OK(BidCaseCreate(net, NULL, 0, 24, &bids, &error));
  assert_int_equal(error.status, MARKET_OK);
  assert_null(bids);
}

/* Offers of 600 kW at 30, 1,500 at 45, 300 at 60, 300 at 70, 700 at 95 and 400 at 110. Of 3,000 kW of demand 2,000 are
   bid at 80: 2,700 kW trade, and the bid sets the price. */
static void test_bids_clear_at_locational_prices(void **state)
{
  OpfOptions options;
  OpfResult  result;
  Dispatch   d = NULL;

  (void)state;
  Open("inputs/cases/islands/hour");
  ReadTable(HEAD "coast wind cooperative,sell,wind farm,,0,400,110,,,\n"
                 "coast wind cooperative,sell,wind farm,,0,600,30,,,\n"
                 "solar plain farmers,sell,solar plant,,0,1500,45,,,\n"
                 "village storage,sell,battery,,0,300,60,,,\n"
                 "main grid operator,sell,main grid,,0,300,70,,,\n"
                 "main grid operator,sell,main grid,,0,700,95,,,\n"
                 "city utility,buy,city centre,,0,2000,80,,,\n");
  OK(BidCaseApplyCurves(net, table, 0, 1, faults, &before));
  AssertNoErrors(faults);
  assert_non_null(before);
  OpfDefaultOptions(&options);
  options.physics        = PHYSICS_DC_REACTANCE;
  options.hours          = 1;
  options.first_snapshot = 0;
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_int_equal(result.status, SOLVE_OPTIMAL);
  for (PetscInt b = 0; b < net->bus.n; b++) assert_float_equal(d->price[b], 80, 1e-3);
  assert_float_equal(d->generator_p[0], 0.6, 1e-5);
  assert_float_equal(d->generator_p[1], 1.5, 1e-5);
  assert_float_equal(d->generator_p[2], 0.3, 1e-5);
  assert_float_equal(d->storage_discharge[0], 0.3, 1e-5);
  assert_float_equal(d->load_curtailed[2], 0.3, 1e-5);
  assert_float_equal(d->load_p[2], 1.7, 1e-5);
  OK(DispatchDestroy(&d));
}

static void test_a_curve_is_undone(void **state)
{
  PetscInt series;

  (void)state;
  Open("inputs/cases/islands");
  series = net->series.n;
  ReadTable(HEAD "coast wind cooperative,sell,wind farm,,*,100,52,,,\n"
                 "coast wind cooperative,sell,wind farm,,10-12,50,60,,,\n"
                 "city utility,buy,city centre,,*,9000,80,,,\nvillage storage,sell,battery,,*,100,77,,,\n");
  OK(BidCaseApplyCurves(net, table, 0, 24, faults, &before));
  AssertNoErrors(faults);
  assert_int_equal(net->generator.cost[0].kind, COST_PIECEWISE_LINEAR);
  assert_float_equal(CostValue(&net->generator.cost[0], 0.125, NULL), 5.2 + 1.5, 1e-9);
  assert_true(CostIsConvex(&net->generator.cost[0], 0));
  assert_float_equal(NetworkGeneratorPMax(net, 0, 9), 0.1, 1e-12);
  assert_float_equal(NetworkGeneratorPMax(net, 0, 10), 0.15, 1e-12);
  assert_float_equal(net->load.curtail_max_pu[2], 1, 0);
  assert_float_equal(net->load.curtail_cost[2], 80, 0);
  assert_float_equal(net->storage.p_discharge_max_mw[0], 0.1, 1e-12);
  assert_float_equal(net->storage.marginal_cost[0], 77, 0);
  OK(BidCaseRestore(net, &before));
  assert_null(before);
  assert_int_equal(net->series.n, series);
  assert_float_equal(CostValue(&net->generator.cost[0], 0.125, NULL), 6.25, 1e-9);
  assert_float_equal(NetworkGeneratorPMax(net, 0, 0), 0.9232, 1e-12);
  assert_float_equal(net->load.curtail_max_pu[2], 0, 0);
  assert_float_equal(net->storage.p_discharge_max_mw[0], 0.3, 0);
  assert_float_equal(net->storage.marginal_cost[0], 100, 0);
}

/* Outside the window's hours there is no bid, and the rest of the horizon keeps its limits. */
static void test_a_window_sees_only_its_hours(void **state)
{
  (void)state;
  Open("inputs/cases/islands");
  ReadTable(
      HEAD
      "coast wind cooperative,sell,wind farm,,0-11,100,52,,,\ncoast wind cooperative,sell,wind farm,,12-23,9,70,,,\n");
  OK(BidCaseApplyCurves(net, table, 12, 12, faults, &before));
  AssertNoErrors(faults);
  assert_float_equal(NetworkGeneratorPMax(net, 0, 12), 0.009, 1e-12);
  assert_float_equal(NetworkGeneratorPMax(net, 0, 0), 0.9232, 1e-12);
  assert_float_equal(CostValue(&net->generator.cost[0], 1, NULL), 70, 1e-9);
}

static void test_what_the_dispatch_has_no_curve_for_is_named(void **state)
{
  (void)state;
  Open("inputs/cases/islands");
  ReadTable(HEAD "coast wind cooperative,sell,wind farm,,*,100,52,,,\n" /* 2 */
                 "coast wind cooperative,sell,wind farm,,3,100,40,,,\n" /* 3: the fullest hour begins at 40 */
                 "solar plain farmers,sell,solar plant,,*,100,52,,,\n"  /* 4 */
                 "city utility,buy,city centre,,*,100,80,,,\n"          /* 5: a share that changes with the demand */
                 "village households,buy,village,,*,1000,80,,,\n"       /* 6 */
                 "village households,buy,village,,*,1000,90,,,\n"       /* 7 */
                 "harbour company,buy,harbour,,*,1000,-1,,,\n"          /* 8 */
                 "village storage,buy,battery,,5,10,20,,,\n"            /* 9 */
                 "city battery,sell,city battery,,5,10,20,,,\n"         /* 10 */
                 "harbour company,buy,,2,5,10,20,,,\n");                /* 11 */
  OK(NetworkSetString(&net->generator.name[1], "solar plant"));
  net->generator.p_min_mw[1] = 0.5;
  OK(BidCaseApplyCurves(net, table, 0, 24, faults, &before));
  assert_null(before);
  AssertFault(faults, 2, "found offers of 'wind farm' in hour 0 that are not the cheap end of those in hour 3");
  AssertFault(faults, 4, "for 0.1 MW in hour 0, expected at least its minimum output of 0.5 MW");
  AssertFault(faults, 5, "found bids of the load 'city centre' for");
  AssertFault(faults, 7, "found a bid of the load 'village' at 90 and one at 80");
  AssertFault(faults, 8, "expected a price of at least 0");
  AssertFault(faults, 9, "found a bid to buy of the storage unit 'battery'");
  AssertFault(faults, 10, "that change in hour 0");
  AssertFault(faults, 11, "found a bid at the bus 'harbour' without a unit");
  assert_float_equal(CostValue(&net->generator.cost[0], 1, NULL), 50, 1e-9); /* as it was */
  assert_float_equal(net->load.curtail_max_pu[0], 0, 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_teardown(name, Close)
  const struct CMUnitTest tests[] = {
      TEST(test_rows_become_bids_of_every_hour_of_a_window),
      TEST(test_without_a_table_there_are_no_bids),
      TEST(test_bids_clear_at_locational_prices),
      TEST(test_a_curve_is_undone),
      TEST(test_a_window_sees_only_its_hours),
      TEST(test_what_the_dispatch_has_no_curve_for_is_named),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
