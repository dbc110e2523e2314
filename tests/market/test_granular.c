/* Certificates whose every watt-hour is known by hand. */
#include "tests/market/granular_case.h"

#define ANY DELIVERY_ANY_ASSET

typedef struct {
  GranularKind kind;
  int64_t      first, last;
  const char  *holder, *other; /* device, or new holder */
} Expected;

static const char *TextOf(EntryText text)
{
  static char buffer[4][ENTRY_TEXT_MAX + 1];
  static int  next = 0;
  char       *to   = buffer[next++ % 4];

  snprintf(to, sizeof buffer[0], "%.*s", (int)text.length, text.bytes);
  return to;
}

static void ExpectEvents(const GranularEvents *events, const Expected *expected, size_t n)
{
  for (size_t i = 0; i < n && i < events->n; i++) {
    GranularEvent e = CaseEvent(events, i);
    assert_int_equal(e.sequence, i);
    assert_int_equal(e.kind, expected[i].kind);
    assert_int_equal(e.first, expected[i].first);
    assert_int_equal(e.last, expected[i].last);
    assert_string_equal(TextOf(e.holder), expected[i].holder);
    assert_string_equal(TextOf(e.kind == GRANULAR_TRANSFER ? e.to : e.device), expected[i].other);
  }
  assert_int_equal(events->n, n);
}

static void Execute(Facts facts, const Deliveries *deliveries, GranularRules rules, const MarketBytes *before,
                    MarketBytes *after, GranularEvents *events)
{
  GranularAudit audit = NULL;
  MarketError   error = {0};

  if (GranularExecute(facts, deliveries, &rules, before, after, events, &error)) fail_msg("%s", error.text);
  if (before && before->size) return;
  assert_int_equal(GranularAuditCreate(&audit, &error), MARKET_OK);
  CaseAudit(audit, events);
  assert_memory_equal(GranularAuditTotals(audit), &events->totals, sizeof events->totals);
  GranularAuditDestroy(&audit);
}

static const GranularRules plain = {.enabled = true}, pooled = {.enabled = true, .pool = true};

/* Wind of 5.0000009 MW: 5,000,000 whole Wh, 3 MWh of them sold to a consumer of 2 MWh. */
static void WindFollowsItsContract(void **state)
{
  GranularCase          c;
  Deliveries            deliveries = {0};
  MarketBytes           after      = {0};
  GranularEvents        events;
  Facts                 facts;
  int64_t               consumed, matched;
  MarketError           error;
  const double          mw[]   = {5.0000009, -2, -3.0000009};
  static const Expected want[] = {{GRANULAR_ISSUE, 0, 5000000, "farm", "mill"},
                                  {GRANULAR_TRANSFER, 0, 3000000, "farm", "town"},
                                  {GRANULAR_CANCEL, 0, 2000000, "town", "lamps"},
                                  {GRANULAR_EXPIRE, 3000000, 5000000, "farm", ""},
                                  {GRANULAR_EXPIRE, 2000000, 3000000, "town", ""}};

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseParticipant(&c, "town");
  CaseParticipant(&c, "works");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_LOAD, 1, "lamps");
  CaseAsset(&c, FACTS_LOAD, 2, "press");
  facts = CaseFacts(&c, mw, NULL);
  CaseDeliver(&deliveries, facts, 0, 0, 0, 1, 1, 3000000);
  Execute(facts, &deliveries, plain, NULL, &after, &events);
  ExpectEvents(&events, want, sizeof want / sizeof want[0]);
  assert_string_equal(TextOf(CaseEvent(&events, 0).technology), "wind");
  assert_string_equal(TextOf(CaseEvent(&events, 0).region), "west");
  assert_int_equal(CaseEvent(&events, 0).bus, 7);
  assert_true(CaseEvent(&events, 1).has_reference);
  assert_memory_equal(CaseEvent(&events, 1).reference, deliveries.delivery[0].reference, 32);
  assert_int_equal(CaseEvent(&events, 2).metered_wh, 2000000);
  assert_int_equal(GranularScore(&events, 1, &consumed, &matched, &error), MARKET_OK);
  assert_int_equal(GranularMatchedPpm(matched, consumed), 1000000);
  assert_int_equal(GranularScore(&events, 2, &consumed, &matched, &error), MARKET_OK);
  assert_int_equal(consumed, 3000001);
  assert_int_equal(GranularMatchedPpm(matched, consumed), 0);
  assert_int_equal(GranularMatchedPpm(0, 0), -1);
  assert_int_equal(after.size, 0);
  GranularEventsFree(&events);
  DeliveriesFree(&deliveries);
  FactsDestroy(&facts);
}

/* 1 MWh charged at 90 %, 0.855 MWh come out at 95 %: everything stored returns, less 14.5 %. */
static void StorageKeepsItsRoundTrip(void **state)
{
  GranularCase          c;
  MarketBytes           after = {0};
  GranularEvents        events;
  Facts                 facts;
  const double          mw[]    = {1, -1, 0, 0, 0.4, -2, 0, 0.455, -0.001};
  const double          level[] = {0, 0, 0, 0, 0.9, 0, 0, 0.478947, 0, 0, 0, 0};
  static const Expected want[]  = {
       {GRANULAR_ISSUE, 0, 1000000, "farm", "mill"},        {GRANULAR_STORE, 0, 1000000, "farm", "tank"},
       {GRANULAR_RELEASE, 0, 467837, "farm", "tank"},       {GRANULAR_CANCEL, 0, 400000, "farm", "lamps"},
       {GRANULAR_RELEASE, 467837, 1000000, "farm", "tank"}, {GRANULAR_CANCEL, 467837, 468837, "farm", "lamps"},
       {GRANULAR_EXPIRE, 468837, 922836, "farm", ""}};

  (void)state;
  CaseBegin(&c, 3);
  CaseParticipant(&c, "farm");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_STORAGE, 0, "tank");
  CaseAsset(&c, FACTS_LOAD, 0, "lamps");
  facts = CaseFacts(&c, mw, level);
  Execute(facts, NULL, plain, NULL, &after, &events);
  ExpectEvents(&events, want, sizeof want / sizeof want[0]);
  GranularEventsFree(&events);
  FactsDestroy(&facts);
}

/* The same through two windows of an interval each: the second begins with the bytes that the first has left. */
static void StorageIsCarriedToTheNextWindow(void **state)
{
  GranularCase   c;
  MarketBytes    after[2] = {0};
  GranularEvents events[2];
  Facts          facts[2];
  GranularAudit  audit   = NULL;
  MarketError    error   = {0};
  const double   first[] = {1, -1, 0}, second[] = {0, 0.855, -1};
  const double   filled[] = {0, 0, 0, 0, 0.9, 0}, emptied[] = {0, 0.9, 0, 0, 0, 0};

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_STORAGE, 0, "tank");
  CaseAsset(&c, FACTS_LOAD, 0, "lamps");
  facts[0] = CaseFacts(&c, first, filled);
  Execute(facts[0], NULL, plain, NULL, &after[0], &events[0]);
  assert_int_equal(after[0].size, 5 + 2 + 4 + 2 + 4 + 4 + 32 + 16);
  assert_int_equal(events[0].totals.stored, 1000000);
  c.in.window       = 1;
  c.in.window_start = 1908230400 + 3600;
  facts[1]          = CaseFacts(&c, second, emptied);
  Execute(facts[1], NULL, plain, &after[0], &after[1], &events[1]);
  assert_int_equal(after[1].size, 0);
  assert_int_equal(events[1].totals.cancelled, 855000);
  assert_int_equal(events[1].totals.lost, 145000);
  assert_int_equal(events[1].matched_wh[0], 855000);
  assert_int_equal(events[1].consumed_wh[0], 1000000);
  assert_int_equal(GranularAuditCreate(&audit, &error), MARKET_OK);
  CaseAudit(audit, &events[0]);
  CaseAudit(audit, &events[1]);
  assert_int_equal(GranularAuditTotals(audit)->stored, 0);
  assert_int_equal(GranularAuditTotals(audit)->cancelled, 855000);
  GranularAuditDestroy(&audit);
  for (int w = 0; w < 2; w++) {
    GranularEventsFree(&events[w]);
    FactsDestroy(&facts[w]);
    MarketBytesFree(&after[w]);
  }
}

/* A storage that leaks to 0.45 MWh cannot hold certificates for more than 0.5 MWh charged; the oldest go first. */
static void StandingLossesAreLost(void **state)
{
  GranularCase          c;
  MarketBytes           after = {0};
  GranularEvents        events;
  Facts                 facts;
  const double          mw[] = {1, -1, 0, 0}, level[] = {0, 0, 0, 0.9, 0, 0.45};
  static const Expected want[] = {{GRANULAR_ISSUE, 0, 1000000, "farm", "mill"},
                                  {GRANULAR_STORE, 0, 1000000, "farm", "tank"},
                                  {GRANULAR_EXPIRE, 0, 500000, "farm", "tank"}};

  (void)state;
  CaseBegin(&c, 2);
  CaseParticipant(&c, "farm");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_STORAGE, 0, "tank");
  facts = CaseFacts(&c, mw, level);
  Execute(facts, NULL, plain, NULL, &after, &events);
  ExpectEvents(&events, want, sizeof want / sizeof want[0]);
  assert_int_equal(CaseEvent(&events, 2).reason, GRANULAR_LOST);
  assert_int_equal(events.totals.stored, 500000);
  GranularEventsFree(&events);
  MarketBytesFree(&after);
  FactsDestroy(&facts);
}

/* 10 Wh for 20 and 10 Wh of consumption: 6 2/3 and 3 1/3, so 7 and 3. */
static void PoolIsSharedByConsumption(void **state)
{
  GranularCase          c;
  MarketBytes           after = {0};
  GranularEvents        events;
  Facts                 facts;
  const double          mw[]   = {6e-6, 4e-6, -20e-6, -10e-6};
  static const Expected want[] = {
      {GRANULAR_ISSUE, 0, 6, "farm", "mill"},      {GRANULAR_ISSUE, 0, 4, "dam", "wheel"},
      {GRANULAR_TRANSFER, 0, 6, "farm", "town"},   {GRANULAR_CANCEL, 0, 6, "town", "lamps"},
      {GRANULAR_TRANSFER, 0, 1, "dam", "town"},    {GRANULAR_CANCEL, 0, 1, "town", "lamps"},
      {GRANULAR_TRANSFER, 1, 4, "dam", "village"}, {GRANULAR_CANCEL, 1, 4, "village", "fridge"},
  };

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseParticipant(&c, "dam");
  CaseParticipant(&c, "town");
  CaseParticipant(&c, "village");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_GENERATOR, 1, "wheel");
  CaseAsset(&c, FACTS_LOAD, 2, "lamps");
  CaseAsset(&c, FACTS_LOAD, 3, "fridge");
  facts = CaseFacts(&c, mw, NULL);
  Execute(facts, NULL, pooled, NULL, &after, &events);
  ExpectEvents(&events, want, sizeof want / sizeof want[0]);
  assert_false(CaseEvent(&events, 2).has_reference);
  GranularEventsFree(&events);
  FactsDestroy(&facts);
}

/* 9 Wh are offered for 3 Wh of consumption: who offers twice as much gives twice as much. */
static void PoolTakesInProportion(void **state)
{
  GranularCase          c;
  MarketBytes           after = {0};
  GranularEvents        events;
  Facts                 facts;
  const double          mw[]   = {6e-6, 3e-6, -3e-6};
  static const Expected want[] = {
      {GRANULAR_ISSUE, 0, 6, "farm", "mill"},    {GRANULAR_ISSUE, 0, 3, "dam", "wheel"},
      {GRANULAR_TRANSFER, 0, 2, "farm", "town"}, {GRANULAR_CANCEL, 0, 2, "town", "lamps"},
      {GRANULAR_TRANSFER, 0, 1, "dam", "town"},  {GRANULAR_CANCEL, 0, 1, "town", "lamps"},
  };

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseParticipant(&c, "dam");
  CaseParticipant(&c, "town");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_GENERATOR, 1, "wheel");
  CaseAsset(&c, FACTS_LOAD, 2, "lamps");
  facts = CaseFacts(&c, mw, NULL);
  Execute(facts, NULL, (GranularRules){.enabled = true, .pool = true, .hold = true}, NULL, &after, &events);
  ExpectEvents(&events, want, sizeof want / sizeof want[0]);
  assert_int_equal(events.totals.held, 6);
  assert_int_equal(events.totals.expired, 0);
  GranularEventsFree(&events);
  FactsDestroy(&facts);
}

/* The mill has made 60 Wh and sold 100; the other unit is no renewable one. */
static void TooFewAreSharedInProportion(void **state)
{
  GranularCase   c;
  Deliveries     deliveries = {0};
  MarketBytes    after      = {0};
  GranularEvents events;
  Facts          facts;
  const double   mw[] = {60e-6, 90e-6, -100e-6, -100e-6};

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseParticipant(&c, "town");
  CaseParticipant(&c, "village");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_GENERATOR, 0, "diesel");
  CaseAsset(&c, FACTS_LOAD, 1, "lamps");
  CaseAsset(&c, FACTS_LOAD, 2, "fridge");
  c.asset[1].renewable = false;
  facts                = CaseFacts(&c, mw, NULL);
  CaseDeliver(&deliveries, facts, 0, 0, ANY, 2, ANY, 40);
  CaseDeliver(&deliveries, facts, 0, 0, 0, 1, ANY, 25);
  CaseDeliver(&deliveries, facts, 0, 0, 1, 2, ANY, 50);
  CaseDeliver(&deliveries, facts, 0, 0, ANY, 1, ANY, 30);
  Execute(facts, &deliveries, plain, NULL, &after, &events);
  /* 25 from the mill; the 35 left over 30 and 40 Wh; nothing from the diesel */
  assert_int_equal(events.matched_wh[1], 25 + 15);
  assert_int_equal(events.matched_wh[2], 20);
  assert_int_equal(events.totals.cancelled, 60);
  GranularEventsFree(&events);
  DeliveriesFree(&deliveries);
  FactsDestroy(&facts);
}

/* What is sold on arrives, whichever way the participants are numbered; in a circle each delivery is carried out once.
   */
static void ResalesComeAfterPurchases(void **state)
{
  static const uint32_t orders[4][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}};

  (void)state;
  for (int k = 0; k < 4; k++)
    for (int circle = 0; circle < 2; circle++) {
      const uint32_t *p = orders[k];
      GranularCase    c;
      Deliveries      deliveries = {0};
      MarketBytes     after      = {0};
      GranularEvents  events;
      Facts           facts;
      const double    mw[] = {60e-6, -100e-6};
      CaseBegin(&c, 1);
      for (int i = 0; i < 4; i++) CaseParticipant(&c, (const char *[]){"a", "b", "c", "d"}[i]);
      CaseAsset(&c, FACTS_GENERATOR, p[0], "mill");
      CaseAsset(&c, FACTS_LOAD, p[3], "lamps");
      facts = CaseFacts(&c, mw, NULL);
      CaseDeliver(&deliveries, facts, 0, p[2], ANY, p[3], ANY, 40);
      CaseDeliver(&deliveries, facts, 0, p[1], ANY, p[2], ANY, 45);
      CaseDeliver(&deliveries, facts, 0, p[0], 0, p[1], ANY, 50);
      if (circle) CaseDeliver(&deliveries, facts, 0, p[3], ANY, p[0], ANY, 1000000);
      Execute(facts, &deliveries, plain, NULL, &after, &events);
      if (!circle) assert_int_equal(events.matched_wh[p[3]], 40);
      assert_true(events.n <= 1 + 4 + 1 + 4);
      assert_int_equal(events.totals.cancelled + events.totals.expired, 60);
      GranularEventsFree(&events);
      DeliveriesFree(&deliveries);
      FactsDestroy(&facts);
    }
}

/* A delivery to the storage is stored although the owner's lamps burn. */
static void DeliveriesToAStorageAreStored(void **state)
{
  GranularCase          c;
  Deliveries            deliveries = {0};
  MarketBytes           after      = {0};
  GranularEvents        events;
  Facts                 facts;
  const double          mw[] = {10e-6, -8e-6, -5e-6}, level[] = {0, 0, 0, 0, 8e-6, 0};
  static const Expected want[] = {
      {GRANULAR_ISSUE, 0, 10, "farm", "mill"},    {GRANULAR_TRANSFER, 0, 4, "farm", "town"},
      {GRANULAR_TRANSFER, 4, 10, "farm", "town"}, {GRANULAR_STORE, 0, 4, "town", "tank"},
      {GRANULAR_CANCEL, 4, 9, "town", "lamps"},   {GRANULAR_STORE, 9, 10, "town", "tank"},
  };

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseParticipant(&c, "town");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_STORAGE, 1, "tank");
  CaseAsset(&c, FACTS_LOAD, 1, "lamps");
  facts = CaseFacts(&c, mw, level);
  CaseDeliver(&deliveries, facts, 0, 0, 0, 1, ANY, 6);
  CaseDeliver(&deliveries, facts, 0, 0, 0, 1, 1, 4);
  Execute(facts, &deliveries, plain, NULL, &after, &events);
  ExpectEvents(&events, want, sizeof want / sizeof want[0]);
  GranularEventsFree(&events);
  DeliveriesFree(&deliveries);
  MarketBytesFree(&after);
  FactsDestroy(&facts);
}

/* The heat pump takes 3 Wh of electricity and makes 9 of heat; the cable takes 5 and delivers 4; the radiator takes
   heat. */
static void HeatPumpsConsumeAndCablesDoNot(void **state)
{
  GranularCase          c;
  MarketBytes           after = {0};
  GranularEvents        events;
  Facts                 facts;
  const double          mw[]   = {20e-6, -3e-6, 9e-6, -5e-6, 4e-6, -9e-6, -1e-6};
  static const Expected want[] = {{GRANULAR_ISSUE, 0, 20, "farm", "mill"},
                                  {GRANULAR_CANCEL, 0, 3, "farm", "x"},
                                  {GRANULAR_CANCEL, 3, 4, "farm", "x"},
                                  {GRANULAR_EXPIRE, 4, 20, "farm", ""}};

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(&c, FACTS_LINK_END, 0, "x");
  CaseAsset(&c, FACTS_LINK_END, 0, "x");
  CaseAsset(&c, FACTS_LINK_END, 0, "cable");
  CaseAsset(&c, FACTS_LINK_END, 0, "cable");
  CaseAsset(&c, FACTS_LOAD, 0, "radiator");
  CaseAsset(&c, FACTS_LOAD, 0, "x"); /* a name of its kind alone */
  c.asset[2].technology = c.asset[5].technology = "heat";
  facts                                         = CaseFacts(&c, mw, NULL);
  Execute(facts, NULL, plain, NULL, &after, &events);
  ExpectEvents(&events, want, sizeof want / sizeof want[0]);
  assert_int_equal(CaseEvent(&events, 1).consumer, GRANULAR_LINK);
  assert_int_equal(CaseEvent(&events, 2).consumer, GRANULAR_LOAD);
  assert_int_equal(events.consumed_wh[0], 4);
  GranularEventsFree(&events);
  FactsDestroy(&facts);
}

static void GoneStoragesLoseTheirCertificates(void **state)
{
  GranularCase          c;
  MarketBytes           before = {0}, after = {0};
  GranularStored        piece = {{1, 2, 3}, 10, 30};
  GranularInventory     gone  = {EntryTextOf("tank"), EntryTextOf("farm"), 1, &piece};
  GranularState         held  = {1, &gone};
  GranularEvents        events;
  Facts                 facts;
  const double          mw[]   = {0};
  static const Expected want[] = {{GRANULAR_EXPIRE, 10, 30, "farm", "tank"}};

  (void)state;
  GranularStateWrite(&held, &before);
  CaseBegin(&c, 1);
  CaseParticipant(&c, "town");
  CaseAsset(&c, FACTS_STORAGE, 0, "tank"); /* of that name, but of another owner */
  facts = CaseFacts(&c, mw, NULL);
  Execute(facts, NULL, plain, &before, &after, &events);
  ExpectEvents(&events, want, 1);
  assert_int_equal(CaseEvent(&events, 0).reason, GRANULAR_GONE);
  assert_int_equal(events.totals.lost, 20);
  GranularEventsFree(&events);
  MarketBytesFree(&before);
  MarketBytesFree(&after);
  FactsDestroy(&facts);
}

static void Refused(Facts facts, const MarketBytes *before, MarketStatus status, const char *line)
{
  GranularEvents events;
  MarketBytes    after = {0};
  MarketError    error = {0};

  assert_int_equal(GranularExecute(facts, NULL, &plain, before, &after, &events, &error), status);
  assert_string_equal(error.text, line);
  GranularEventsFree(&events);
  MarketBytesFree(&after);
}

static void BadInputIsOneLine(void **state)
{
  GranularCase c;
  Facts        facts;
  uint8_t      byte  = 2;
  MarketBytes  other = {.data = &byte, .size = 1};
  const double mw[] = {1, 1}, level[] = {0, 0, 1, 0};

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  c.in.step_hours = 2;
  facts           = CaseFacts(&c, mw, NULL);
  Refused(facts, NULL, MARKET_BAD_INPUT,
          "certificates are for intervals of at most 3600 s; those of the window are 7200 s long");
  FactsDestroy(&facts);
  c.in.step_hours = 1;
  facts           = CaseFacts(&c, mw, NULL);
  Refused(facts, &other, MARKET_MALFORMED, "stored certificates: version 2; expected 1");
  FactsDestroy(&facts);
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  facts = CaseFacts(&c, mw, NULL);
  Refused(facts, NULL, MARKET_BAD_INPUT, "two devices of one kind are called 'mill'");
  FactsDestroy(&facts);
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseAsset(&c, FACTS_STORAGE, 0, "tank");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  c.asset[0].efficiency_charge = 0;
  facts                        = CaseFacts(&c, (const double[]){-1, 1}, level);
  Refused(facts, NULL, MARKET_BAD_INPUT,
          "storage 'tank' holds certificates and has the efficiencies 0 and 950000 millionths; expected 1 to 1000000");
  FactsDestroy(&facts);
}

static void WithoutTheRuleNothingHappens(void **state)
{
  GranularCase   c;
  uint8_t        bytes[] = {1, 2, 3};
  MarketBytes    before = {.data = bytes, .size = 3}, after = {0};
  GranularRules  rules = {0}, again;
  GranularEvents events;
  MarketError    error;
  MarketReader   reader;
  const double   mw[] = {1};
  Facts          facts;

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "farm");
  CaseAsset(&c, FACTS_GENERATOR, 0, "mill");
  facts = CaseFacts(&c, mw, NULL);
  assert_int_equal(GranularExecute(facts, NULL, &rules, &before, &after, &events, &error), MARKET_OK);
  assert_int_equal(events.n, 0);
  assert_int_equal(after.size, 3);
  MarketBytesFree(&after);
  for (int k = 0; k < 8; k++) {
    rules = (GranularRules){k & 1, k & 2, k & 4};
    GranularRulesWrite(&rules, &after);
    reader = (MarketReader){after.data, after.size, 0, "rules", &error};
    assert_int_equal(GranularRulesTake(&reader, &again), MARKET_OK);
    assert_memory_equal(&again, &rules, sizeof rules);
    MarketBytesFree(&after);
  }
  MarketPut(&after, 8, 1);
  reader = (MarketReader){after.data, after.size, 0, "rules", &error};
  assert_int_equal(GranularRulesTake(&reader, &again), MARKET_MALFORMED);
  MarketBytesFree(&after);
  FactsDestroy(&facts);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(WindFollowsItsContract),
      cmocka_unit_test(StorageKeepsItsRoundTrip),
      cmocka_unit_test(StorageIsCarriedToTheNextWindow),
      cmocka_unit_test(StandingLossesAreLost),
      cmocka_unit_test(PoolIsSharedByConsumption),
      cmocka_unit_test(PoolTakesInProportion),
      cmocka_unit_test(TooFewAreSharedInProportion),
      cmocka_unit_test(ResalesComeAfterPurchases),
      cmocka_unit_test(DeliveriesToAStorageAreStored),
      cmocka_unit_test(HeatPumpsConsumeAndCablesDoNot),
      cmocka_unit_test(GoneStoragesLoseTheirCertificates),
      cmocka_unit_test(BadInputIsOneLine),
      cmocka_unit_test(WithoutTheRuleNothingHappens),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
