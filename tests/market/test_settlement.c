/* Settlements whose every integer is known by hand. */
#include "market/money.h"
#include "market/settlement.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

static int64_t Sum(Settlement s, SettlementKind kind)
{
  int64_t sum = 0;

  for (size_t i = 0; i < s->n; i++)
    if (s->entry[i].kind == kind) sum += s->entry[i].amount;
  return sum;
}

static Facts facts; /* of the settlement in hand */

static Settlement SettleWith(const FactsInput *in, const Transfers *transfers)
{
  Settlement  s = NULL;
  MarketError error;

  error.text[0] = 0;
  FactsDestroy(&facts);
  if (FactsCreate(in, &facts, &error) != MARKET_OK) fail_msg("%s", error.text);
  if (SettlementCreate(facts, transfers, NULL, &s, &error) != MARKET_OK) fail_msg("%s", error.text);
  return s;
}

static Settlement Settle(const FactsInput *in)
{
  return SettleWith(in, NULL);
}

/* Two buses: 100 MW of generation at 20 feed 98 MW of load at 35 over a congested line that loses 2 MW. */
static const char *const      one_region[]  = {"north"};
static const char *const      two_regions[] = {"north", "south"};
static const char *const      two_parties[] = {"plant", "city"};
static const int32_t          numbers[]     = {11, 12};
static const int32_t          same_region[] = {0, 0};
static const int32_t          own_region[]  = {0, 1};
static const FactsAssetInput  two_assets[]  = {{.kind = FACTS_GENERATOR, .participant = 0, .bus = 0, .name = "unit 1"},
                                               {.kind = FACTS_LOAD, .participant = 1, .bus = 1, .name = "demand"}};
static const FactsBranchInput one_line[]    = {{0, 1, "11-12"}};
static const double           two_prices[]  = {20, 35};
static const double           two_mw[]      = {100, -98};
static const double           from_mw[]     = {100};
static const double           to_mw[]       = {-98};

static FactsInput TwoBuses(void)
{
  return (FactsInput){
      .study            = "two buses",
      .policy           = "base",
      .currency         = "EUR",
      .window_start     = 1900000000,
      .intervals        = 1,
      .step_hours       = 1,
      .n_regions        = 1,
      .n_participants   = 2,
      .n_buses          = 2,
      .n_assets         = 2,
      .n_branches       = 1,
      .region_name      = one_region,
      .participant_name = two_parties,
      .bus_number       = numbers,
      .bus_region       = same_region,
      .asset            = two_assets,
      .branch           = one_line,
      .day_ahead        = {.price = two_prices, .asset_mw = two_mw, .branch_from_mw = from_mw, .branch_to_mw = to_mw}};
}

static void CongestedLineByHand(void **state)
{
  FactsInput in = TwoBuses();
  Settlement s  = Settle(&in);

  (void)state;
  assert_int_equal(s->n, 6);
  assert_int_equal(Sum(s, SETTLEMENT_GENERATION), 2000000000);
  assert_int_equal(Sum(s, SETTLEMENT_CONSUMPTION), -3430000000);
  assert_int_equal(Sum(s, SETTLEMENT_CONGESTION), 1485000000); /* (35 - 20) (100 + 98) / 2 */
  assert_int_equal(Sum(s, SETTLEMENT_LOSSES), -55000000);      /* -(20 + 35) / 2 x 2 */
  assert_int_equal(Sum(s, SETTLEMENT_UNACCOUNTED), 0);
  assert_int_equal(Sum(s, SETTLEMENT_ROUNDING), 0);
  assert_int_equal(s->entry[3].kind, SETTLEMENT_LOSSES);
  assert_int_equal(s->entry[3].quantity_wh, -2000000);
  assert_int_equal(s->entry[0].bus, 11);
  assert_int_equal(s->entry[0].price, 20000000);
  assert_memory_equal(s->entry[3].participant_name.bytes, "@losses/north", 13);
  SettlementDestroy(&s);
  assert_null(s);
}

static void TieRentIsBookedAtBothEndsOnOneAccount(void **state)
{
  FactsInput in = TwoBuses();
  Settlement s;
  size_t     first, count;
  int64_t    region_sum[2] = {0, 0};

  (void)state;
  in.n_regions   = 2;
  in.region_name = two_regions;
  in.bus_region  = own_region;
  s              = Settle(&in);
  assert_int_equal(Sum(s, SETTLEMENT_TIE_RENT), 1430000000); /* 35 x 98 - 20 x 100, losses included */
  assert_int_equal(Sum(s, SETTLEMENT_CONGESTION) | Sum(s, SETTLEMENT_LOSSES), 0);
  for (size_t i = 0; i < s->n; i++) {
    region_sum[s->entry[i].region] += s->entry[i].amount;
    if (s->entry[i].kind == SETTLEMENT_TIE_RENT) assert_int_equal(s->entry[i].participant, 2);
  }
  assert_int_equal(region_sum[0], 0);
  assert_int_equal(region_sum[1], 0);
  SettlementRegionRange(s, 1, &first, &count);
  assert_int_equal(first, 6 - 0);
  assert_int_equal(count, s->n - first);
  SettlementRegionRange(s, 2, &first, &count);
  assert_int_equal(count, 0);
  SettlementDestroy(&s);
}

/* Equal reactances, 5,000 MW limit on 1-3, offers in steps of 1,000 MW: prices 12, 22, 32 with any first output between
   7,100 and 7,600 MW. */
static void TriangleRentDoesNotDependOnTheDispatch(void **state)
{
  static const char *const parties[] = {"one", "two", "three"};
  static const char *const regions[] = {"a", "b", "c"};
  static const int32_t     buses[] = {1, 2, 3}, together[] = {0, 0, 0}, apart[] = {0, 1, 2};
  static const double      prices[] = {12, 22, 32}, outputs[] = {7100, 7400, 7600};
  const FactsAssetInput    assets[] = {
         {.kind = FACTS_GENERATOR, .participant = 0, .bus = 0, .name = "offers 1"},
         {.kind = FACTS_GENERATOR, .participant = 1, .bus = 1, .name = "offers 2"},
         {.kind = FACTS_GENERATOR, .participant = 2, .bus = 2, .name = "offers 3"},
         {.kind = FACTS_LOAD, .participant = 0, .bus = 0, .name = "demand 1"},
         {.kind = FACTS_LOAD, .participant = 1, .bus = 1, .name = "demand 2"},
         {.kind = FACTS_LOAD, .participant = 2, .bus = 2, .name = "demand 3"},
  };
  const FactsBranchInput lines[] = {{0, 1, "1-2"}, {1, 2, "2-3"}, {0, 2, "1-3"}};

  (void)state;
  for (size_t k = 0; k < 6; k++) {
    double     g1 = outputs[k / 2], g2 = 22200 - 2 * g1;
    double     n1 = g1 - 2400, n2 = g2 - 2400;
    double     mw[]   = {g1, g2, g1, -2400, -2400, -17400};
    double     from[] = {(n1 - n2) / 3, (n1 + 2 * n2) / 3, (2 * n1 + n2) / 3};
    double     to[]   = {-from[0], -from[1], -from[2]};
    FactsInput in     = TwoBuses();
    Settlement s;
    in.n_participants = in.n_buses = in.n_branches = 3;
    in.n_regions                                   = k % 2 ? 3 : 1;
    in.n_assets                                    = 6;
    in.region_name                                 = regions;
    in.participant_name                            = parties;
    in.bus_number                                  = buses;
    in.bus_region                                  = k % 2 ? apart : together;
    in.asset                                       = assets;
    in.branch                                      = lines;
    in.day_ahead.price                             = prices;
    in.day_ahead.asset_mw                          = mw;
    in.day_ahead.branch_from_mw                    = from;
    in.day_ahead.branch_to_mw                      = to;
    in.mismatch_limit_mw                           = 1e-6;
    assert_true(from[2] == 5000.0);
    s = Settle(&in);
    assert_int_equal(Sum(s, k % 2 ? SETTLEMENT_TIE_RENT : SETTLEMENT_CONGESTION), 150000LL * MONEY_PER_UNIT);
    assert_int_equal(Sum(s, k % 2 ? SETTLEMENT_CONGESTION : SETTLEMENT_TIE_RENT), 0);
    assert_int_equal(Sum(s, SETTLEMENT_LOSSES) | Sum(s, SETTLEMENT_UNACCOUNTED) | Sum(s, SETTLEMENT_ROUNDING), 0);
    SettlementDestroy(&s);
  }
}

static void KindsFollowTheSignOfTheEnergy(void **state)
{
  static const FactsAssetInput assets[] = {
      {.kind = FACTS_GENERATOR, .participant = 0, .bus = 0, .name = "pump"},
      {.kind = FACTS_LOAD, .participant = 0, .bus = 0, .name = "roofs"},
      {.kind = FACTS_STORAGE, .participant = 1, .bus = 0, .name = "battery"},
      {.kind = FACTS_STORAGE, .participant = 1, .bus = 0, .name = "reservoir"},
      {.kind = FACTS_LINK_END, .participant = 1, .bus = 0, .name = "cable"},
      {.kind = FACTS_LINK_END, .participant = 1, .bus = 1, .name = "cable"},
  };
  static const double         mw[]       = {-1, 3, -2, 4, -4, 3.5};
  static const double         zero[]     = {0};
  static const double         shortage[] = {0, 0.5}, surplus[] = {0, 4}, shunt[] = {0.25, 0};
  static const SettlementKind expected[] = {
      SETTLEMENT_GENERATION,    SETTLEMENT_CONSUMPTION,   SETTLEMENT_STORAGE_CHARGE, SETTLEMENT_STORAGE_DISCHARGE,
      SETTLEMENT_LINK_TERMINAL, SETTLEMENT_LINK_TERMINAL, SETTLEMENT_CONGESTION,     SETTLEMENT_LOSSES,
      SETTLEMENT_SHORTAGE,      SETTLEMENT_SURPLUS,       SETTLEMENT_UNACCOUNTED,    SETTLEMENT_ROUNDING};
  FactsInput in = TwoBuses();
  Settlement s;

  (void)state;
  in.n_assets                 = 6;
  in.asset                    = assets;
  in.day_ahead.asset_mw       = mw;
  in.day_ahead.branch_from_mw = zero;
  in.day_ahead.branch_to_mw   = zero;
  in.day_ahead.shortage_mw    = shortage;
  in.day_ahead.surplus_mw     = surplus;
  in.day_ahead.shunt_mw       = shunt;
  s                           = Settle(&in);
  assert_int_equal(s->n, 12);
  for (size_t i = 0; i < 12; i++) assert_int_equal(s->entry[i].kind, expected[i]);
  assert_int_equal(s->entry[4].amount, -80000000);
  assert_int_equal(s->entry[5].amount, 122500000);
  assert_int_equal(s->entry[7].amount, -5000000); /* the shunt's 0.25 MWh at 20 */
  assert_int_equal(s->entry[7].quantity_wh, -250000);
  assert_int_equal(s->entry[8].amount, 17500000);
  assert_int_equal(s->entry[9].amount, -140000000);
  assert_int_equal(s->entry[10].amount, 5000000); /* bus 11 lacks 0.25 MWh at 20 */
  assert_int_equal(s->entry[10].quantity_wh, 250000);
  assert_int_equal(s->largest_mismatch, 250000);
  assert_int_equal(s->mismatch_bus, 11);
  SettlementDestroy(&s);
}

static void IdleAssetsKeepTheirLines(void **state)
{
  static const double idle[] = {0, -0.0}, flow[] = {0};
  FactsInput          in = TwoBuses();
  Settlement          s;

  (void)state;
  in.day_ahead.asset_mw       = idle;
  in.day_ahead.branch_from_mw = in.day_ahead.branch_to_mw = flow;
  s                                                       = Settle(&in);
  assert_int_equal(s->n, 6);
  assert_int_equal(s->entry[0].kind, SETTLEMENT_GENERATION);
  assert_int_equal(s->entry[1].kind, SETTLEMENT_CONSUMPTION);
  for (size_t i = 0; i < s->n; i++) assert_int_equal(s->entry[i].amount | s->entry[i].quantity_wh, 0);
  SettlementDestroy(&s);
}

static void Refuse(const FactsInput *in, MarketStatus status, const char *text)
{
  Settlement  s = (Settlement)1;
  MarketError error;

  error.text[0] = 0;
  FactsDestroy(&facts);
  if (FactsCreate(in, &facts, &error) == MARKET_OK) {
    assert_int_equal(SettlementCreate(facts, NULL, NULL, &s, &error), status);
    assert_null(s);
    assert_int_equal(SettlementCreate(facts, NULL, NULL, &s, NULL), status);
  } else {
    assert_int_equal(FactsCreate(in, &facts, NULL), status);
    assert_null(facts);
  }
  assert_int_equal(error.status, status);
  if (!strstr(error.text, text)) fail_msg("'%s' does not contain '%s'", error.text, text);
  assert_null(strchr(error.text, '\n'));
}

static void MismatchAboveTheLimitIsRefused(void **state)
{
  static const double short_mw[] = {100, -97.999};
  FactsInput          in         = TwoBuses();
  Settlement          s;

  (void)state;
  in.day_ahead.asset_mw = short_mw;
  in.mismatch_limit_mw  = 0.0005;
  Refuse(&in, MARKET_UNBALANCED, "at bus 12 differ by 1000 Wh; expected at most 500 Wh");
  in.mismatch_limit_mw = 0.002;
  s                    = Settle(&in);
  assert_int_equal(Sum(s, SETTLEMENT_UNACCOUNTED), -35000);
  SettlementDestroy(&s);
}

static void BadNumbersAreRefused(void **state)
{
  static const double nan_price[] = {20, NAN}, huge_price[] = {9e9, 9e9}, huge_mw[] = {9e8, -9e8};
  static const double inf_mw[] = {INFINITY, -98}, negative[] = {0, -1}, too_much[] = {1e10, 0};
  FactsInput          in = TwoBuses();

  (void)state;
  in.day_ahead.price = nan_price;
  Refuse(&in, MARKET_BAD_INPUT, "interval 0: price at bus 12 is nan");
  in                    = TwoBuses();
  in.day_ahead.asset_mw = inf_mw;
  Refuse(&in, MARKET_BAD_INPUT, "interval 0: power of asset 0 is inf");
  in.day_ahead.asset_mw = too_much;
  Refuse(&in, MARKET_OVERFLOW, "power of asset 0 is 1e+10; expected less than 2^53 Wh in size");
  in.day_ahead.asset_mw = huge_mw;
  in.day_ahead.price    = huge_price;
  Refuse(&in, MARKET_OVERFLOW, "does not fit 64 bits");
  in                       = TwoBuses();
  in.day_ahead.shortage_mw = negative;
  Refuse(&in, MARKET_BAD_INPUT, "shortage at bus row 1 is -1 MW");
  in            = TwoBuses();
  in.step_hours = 0.1234567;
  Refuse(&in, MARKET_BAD_INPUT, "whole number of seconds");
  in                   = TwoBuses();
  in.mismatch_limit_mw = NAN;
  Refuse(&in, MARKET_BAD_INPUT, "mismatch limit");
  in              = TwoBuses();
  in.window_start = INT64_MAX;
  Refuse(&in, MARKET_OVERFLOW, "does not fit 64 bits");
}

static void BadNamesAndIndicesAreRefused(void **state)
{
  static char              long_name[ENTRY_TEXT_MAX - 20];
  const char *const        long_region = long_name;
  static const char *const marked[] = {"plant", "@city"}, *const doubled[] = {"plant", "plant"};
  static const char *const broken[] = {"no\xC0\xAFrth"}, *const control[] = {"no\nrth"};
  static const FactsAssetInput  lost[]  = {{.kind = FACTS_GENERATOR, .participant = 0, .bus = 2, .name = "unit 1"},
                                           {.kind = FACTS_LOAD, .participant = 1, .bus = 1, .name = "demand"}};
  static const FactsAssetInput  alien[] = {{.kind = FACTS_GENERATOR, .participant = 0, .bus = 0, .name = "unit 1"},
                                           {.kind = FACTS_LOAD, .participant = -1, .bus = 1, .name = "demand"}};
  static const FactsBranchInput loose[] = {{0, 7, "11-12"}};
  FactsInput                    in      = TwoBuses();

  (void)state;
  in.participant_name = marked;
  Refuse(&in, MARKET_BAD_INPUT, "participant '@city' starts with '@'");
  in.participant_name = doubled;
  Refuse(&in, MARKET_BAD_INPUT, "two participants are called 'plant'");
  in             = TwoBuses();
  in.region_name = broken;
  Refuse(&in, MARKET_BAD_INPUT, "name of region 0 is not UTF-8 at its byte 2");
  in.region_name = control;
  Refuse(&in, MARKET_BAD_INPUT, "control character U+000A");
  in       = TwoBuses();
  in.asset = lost;
  Refuse(&in, MARKET_BAD_INPUT, "asset 0 has bus row 2; expected 0 to 1");
  in.asset = alien;
  Refuse(&in, MARKET_BAD_INPUT, "asset 1 has participant -1");
  in        = TwoBuses();
  in.branch = loose;
  Refuse(&in, MARKET_BAD_INPUT, "branch 0 has to-bus row 7");
  in            = TwoBuses();
  in.bus_region = own_region;
  Refuse(&in, MARKET_BAD_INPUT, "bus row 1 has region 1");
  in = TwoBuses();
  memset(long_name, 'x', sizeof long_name - 1);
  in.region_name = &long_region;
  Refuse(&in, MARKET_BAD_INPUT, "name of region 0 is too long for the names of its accounts");
  in          = TwoBuses();
  in.currency = "";
  Refuse(&in, MARKET_BAD_INPUT, "currency");
}

static void CheckFindsWhatWasChanged(void **state)
{
  FactsInput      in = TwoBuses();
  Settlement      s  = Settle(&in);
  MarketError     error;
  SettlementEntry kept;

  (void)state;
  assert_int_equal(SettlementCheck(s->entry, s->n, &error), MARKET_OK);
  assert_int_equal(SettlementCheck(s->entry, 0, &error), MARKET_OK);
  kept = s->entry[2];
  s->entry[2].amount++; /* congestion has no price to contradict it */
  assert_int_equal(SettlementCheck(s->entry, s->n, &error), MARKET_UNBALANCED);
  assert_non_null(strstr(error.text, "region north, interval 0: amounts sum to 1 millionths"));
  s->entry[2] = kept;
  s->entry[0].amount++;
  assert_int_equal(SettlementCheck(s->entry, s->n, &error), MARKET_BAD_INPUT);
  s->entry[0].amount--;
  s->entry[3].quantity_wh++;
  assert_int_equal(SettlementCheck(s->entry, s->n, &error), MARKET_UNBALANCED);
  s->entry[3].quantity_wh--;
  s->entry[2].amount += 5;
  s->entry[5].amount -= 5; /* a rounding account that hides too much */
  assert_int_equal(SettlementCheck(s->entry, s->n, &error), MARKET_UNBALANCED);
  assert_non_null(strstr(error.text, "rounding account takes -5 millionths"));
  s->entry[2].amount -= 5;
  s->entry[5].amount += 5;
  assert_int_equal(SettlementCheck(s->entry + 1, s->n - 1, &error), MARKET_UNBALANCED); /* a line is missing */
  kept        = s->entry[0];
  s->entry[0] = s->entry[1];
  s->entry[1] = kept;
  assert_int_equal(SettlementCheck(s->entry, s->n, &error), MARKET_BAD_INPUT); /* out of order */
  SettlementDestroy(&s);
}

/* The city takes 90 MW only, the plant feeds in 91.5; the line then loses 1.5 MW. Real-time prices are 22 and 30. */
static const double  real_prices[] = {22, 30}, real_mw[] = {91.5, -90}, real_from[] = {91.5}, real_to[] = {-90};
static FactsLegInput RealTime(void)
{
  return (FactsLegInput){
      .price = real_prices, .asset_mw = real_mw, .branch_from_mw = real_from, .branch_to_mw = real_to};
}

static const SettlementEntry *Line(Settlement s, SettlementKind kind, uint32_t region, uint32_t sequence)
{
  for (size_t i = 0; i < s->n; i++)
    if (s->entry[i].kind == kind && s->entry[i].region == region && s->entry[i].sequence == sequence)
      return &s->entry[i];
  fail_msg("there is no line of kind %s with sequence %u", SettlementKindName(kind), (unsigned)sequence);
  return NULL;
}

static void DeviationsArePaidAtTheRealTimePrice(void **state)
{
  FactsInput    in   = TwoBuses();
  FactsLegInput real = RealTime();
  Settlement    s;

  (void)state;
  in.real_time = &real;
  s            = Settle(&in);
  assert_int_equal(s->n, 6 + 2 + 2 + 1);
  assert_int_equal(Sum(s, SETTLEMENT_GENERATION), 2000000000); /* the day ahead stands as it was */
  assert_int_equal(Sum(s, SETTLEMENT_CONGESTION), 1485000000);
  assert_int_equal(Line(s, SETTLEMENT_DEVIATION, 0, 0)->amount, -187000000); /* 8.5 MWh bought back at 22 */
  assert_int_equal(Line(s, SETTLEMENT_DEVIATION, 0, 0)->quantity_wh, -8500000);
  assert_int_equal(Line(s, SETTLEMENT_DEVIATION, 0, 1)->amount, 240000000); /* 8 MWh not taken, sold at 30 */
  assert_int_equal(Line(s, SETTLEMENT_BALANCING, 0, BALANCING_CONGESTION)->amount, -66000000); /* (30-22)(-8.5-8)/2 */
  assert_int_equal(Line(s, SETTLEMENT_BALANCING, 0, BALANCING_CONGESTION)->quantity_wh, 0);
  assert_int_equal(Line(s, SETTLEMENT_BALANCING, 0, BALANCING_LOSSES)->amount, 13000000); /* (30+22)/2 x 0.5 saved */
  assert_int_equal(Line(s, SETTLEMENT_BALANCING, 0, BALANCING_LOSSES)->quantity_wh, 500000);
  assert_int_equal(Sum(s, SETTLEMENT_BALANCING), -53000000); /* the surplus may be negative */
  assert_int_equal(Line(s, SETTLEMENT_UNACCOUNTED, 0, 1)->amount, 0);
  assert_memory_equal(Line(s, SETTLEMENT_BALANCING, 0, 0)->participant_name.bytes, "@balancing/north", 16);
  SettlementDestroy(&s);
}

static void BalancingOfTiesIsBookedAtBothEnds(void **state)
{
  FactsInput    in   = TwoBuses();
  FactsLegInput real = RealTime();
  Settlement    s;

  (void)state;
  in.n_regions   = 2;
  in.region_name = two_regions;
  in.bus_region  = own_region;
  in.real_time   = &real;
  s              = Settle(&in);
  assert_int_equal(Line(s, SETTLEMENT_BALANCING, 0, BALANCING_TIES)->amount, 187000000);
  assert_int_equal(Line(s, SETTLEMENT_BALANCING, 1, BALANCING_TIES)->amount, -240000000);
  assert_int_equal(Line(s, SETTLEMENT_BALANCING, 1, BALANCING_TIES)->bus, 12);
  assert_memory_equal(Line(s, SETTLEMENT_BALANCING, 1, BALANCING_TIES)->asset.bytes, "11-12", 5);
  assert_memory_equal(Line(s, SETTLEMENT_BALANCING, 1, BALANCING_TIES)->participant_name.bytes, "@balancing/south", 16);
  assert_int_equal(Sum(s, SETTLEMENT_BALANCING), -53000000);
  SettlementDestroy(&s);
}

/* The day ahead spilled 1 MWh and was right about the rest; in real time 2 MWh were not served. */
static void SlackDeviatesInBothDirections(void **state)
{
  static const double spilled[] = {0, 1}, missing[] = {0, 2}, ahead[] = {100, -97}, real_load[] = {91.5, -92};
  FactsInput          in   = TwoBuses();
  FactsLegInput       real = RealTime();
  Settlement          s;

  (void)state;
  in.real_time            = &real;
  in.mismatch_limit_mw    = 1e-6;
  in.day_ahead.asset_mw   = ahead;
  in.day_ahead.surplus_mw = spilled;
  real.asset_mw           = real_load;
  real.shortage_mw        = missing;
  s                       = Settle(&in);
  assert_int_equal(Line(s, SETTLEMENT_SURPLUS, 0, 1)->amount, -35000000);
  assert_int_equal(Line(s, SETTLEMENT_SURPLUS, 0, 3)->amount, 30000000); /* 2 buses and row 1: not spilled after all */
  assert_int_equal(Line(s, SETTLEMENT_SHORTAGE, 0, 3)->amount, 60000000);
  assert_int_equal(Line(s, SETTLEMENT_DEVIATION, 0, 1)->amount, 150000000);
  SettlementDestroy(&s);
}

static void AMismatchInRealTimeIsRefusedToo(void **state)
{
  static const double wrong[] = {91.5, -89};
  FactsInput          in      = TwoBuses();
  FactsLegInput       real    = RealTime();

  (void)state;
  in.real_time         = &real;
  in.mismatch_limit_mw = 0.5;
  real.asset_mw        = wrong;
  Refuse(&in, MARKET_UNBALANCED, "interval 0: injections and flows at bus 12 differ by 1000000 Wh");
}

static void TransfersStandInBothRegions(void **state)
{
  FactsInput in     = TwoBuses();
  Transfers  list   = {0};
  Transfer   rent   = {.kind          = SETTLEMENT_CONTRACT_CAPACITY,
                       .payee         = 0,
                       .payer         = 1,
                       .payer_region  = 1,
                       .payee_bus     = 11,
                       .payer_bus     = 12,
                       .quantity      = 40,
                       .amount        = 7000001,
                       .detail        = EntryTextOf("rent of a battery"),
                       .has_reference = true,
                       .reference     = {1, 2, 3}};
  Transfer   carbon = {.kind = SETTLEMENT_CARBON, .has_price = true, .price = 80000000, .detail = EntryTextOf("")};
  Settlement s;

  (void)state;
  in.n_regions   = 2;
  in.region_name = two_regions;
  in.bus_region  = own_region;
  s              = Settle(&in);
  SettlementDestroy(&s);
  carbon.quantity = -1234567; /* the plant gives back what it was issued: grams that are no watt-hours */
  carbon.payee    = 2 + 1 + 9;
  assert_int_equal(TransfersAdd(&list, facts, &rent, NULL), MARKET_OK);
  assert_int_equal(TransfersAdd(&list, facts, &carbon, NULL), MARKET_OK);
  s = SettleWith(&in, &list);
  assert_int_equal(Line(s, SETTLEMENT_CONTRACT_CAPACITY, 0, 0)->amount, 7000001);
  assert_int_equal(Line(s, SETTLEMENT_CONTRACT_CAPACITY, 1, 0)->amount, -7000001);
  assert_int_equal(Line(s, SETTLEMENT_CONTRACT_CAPACITY, 1, 0)->quantity_wh, -40);
  assert_int_equal(Line(s, SETTLEMENT_CONTRACT_CAPACITY, 1, 0)->reference[2], 3);
  assert_int_equal(Line(s, SETTLEMENT_EXCHANGE, 0, 0)->amount, -7000001);
  assert_int_equal(Line(s, SETTLEMENT_EXCHANGE, 0, 0)->quantity_wh, -40);
  assert_int_equal(Line(s, SETTLEMENT_EXCHANGE, 1, 0)->amount, 7000001);
  assert_memory_equal(Line(s, SETTLEMENT_EXCHANGE, 1, 0)->participant_name.bytes, "@exchange/south", 15);
  assert_memory_equal(Line(s, SETTLEMENT_CARBON, 0, 0)->participant_name.bytes, "plant", 5);
  assert_int_equal(Line(s, SETTLEMENT_CARBON, 0, 0)->amount, 98765360); /* 1.234567 t at 80 */
  SettlementDestroy(&s);
  TransfersFree(&list);
}

static void GramsMustBalanceToo(void **state)
{
  FactsInput  in   = TwoBuses();
  Transfers   list = {0};
  Transfer    t    = {.kind = SETTLEMENT_CARBON, .payee = 12, .quantity = 9, .detail = EntryTextOf("")};
  Settlement  s    = Settle(&in);
  MarketError error;

  (void)state;
  SettlementDestroy(&s);
  assert_int_equal(TransfersAdd(&list, facts, &t, NULL), MARKET_OK);
  s = SettleWith(&in, &list);
  for (size_t i = 0; i < s->n; i++)
    if (s->entry[i].kind == SETTLEMENT_CARBON && s->entry[i].quantity_wh > 0) s->entry[i].quantity_wh++;
  assert_int_equal(SettlementCheck(s->entry, s->n, &error), MARKET_UNBALANCED);
  assert_non_null(strstr(error.text, "emissions sum to 1 g"));
  SettlementDestroy(&s);
  TransfersFree(&list);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(CongestedLineByHand),
      cmocka_unit_test(TieRentIsBookedAtBothEndsOnOneAccount),
      cmocka_unit_test(TriangleRentDoesNotDependOnTheDispatch),
      cmocka_unit_test(KindsFollowTheSignOfTheEnergy),
      cmocka_unit_test(IdleAssetsKeepTheirLines),
      cmocka_unit_test(MismatchAboveTheLimitIsRefused),
      cmocka_unit_test(BadNumbersAreRefused),
      cmocka_unit_test(BadNamesAndIndicesAreRefused),
      cmocka_unit_test(CheckFindsWhatWasChanged),
      cmocka_unit_test(DeviationsArePaidAtTheRealTimePrice),
      cmocka_unit_test(BalancingOfTiesIsBookedAtBothEnds),
      cmocka_unit_test(SlackDeviatesInBothDirections),
      cmocka_unit_test(AMismatchInRealTimeIsRefusedToo),
      cmocka_unit_test(TransfersStandInBothRegions),
      cmocka_unit_test(GramsMustBalanceToo),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);

  FactsDestroy(&facts);
  return failed;
}
