/* A market's log, made by hand: runs of some windows in which two participants trade in two regions. */
#ifndef ARCHIPELAGO_TESTS_SMALL_LOG_H
#define ARCHIPELAGO_TESTS_SMALL_LOG_H

#include "market/audit.h"
#include "market/contract.h"
#include "market/money.h"
#include "tests/support.h"

#include <string.h>

enum { SMALL_MOST = 512, SMALL_INTERVALS = 2, SMALL_REGIONS = 2, SMALL_SECONDS = 900 };

typedef struct {
  size_t      n;
  MarketBytes record[SMALL_MOST];
  uint8_t     run_id[RECORD_DIGEST_BYTES];
  uint8_t     contract[32]; /* hash of the run's contract */
  uint32_t    window;       /* being written */
} SmallLog;

static inline void SmallLogFree(SmallLog *log)
{
  for (size_t k = 0; k < log->n; k++) MarketBytesFree(&log->record[k]);
  log->n = 0;
}

static inline MarketBytes *SmallNext(SmallLog *log)
{
  assert_true(log->n < SMALL_MOST);
  log->record[log->n] = (MarketBytes){0};
  return &log->record[log->n++];
}

static inline void SmallRun(SmallLog *log, uint8_t id, uint32_t windows)
{
  RunRecord run = {
      .windows = windows, .study = EntryTextOf("small"), .policy = EntryTextOf("base"), .currency = EntryTextOf("EUR")};

  memset(run.run_id, id, sizeof run.run_id);
  memcpy(log->run_id, run.run_id, sizeof run.run_id);
  log->window = 0;
  RunRecordWrite(&run, SmallNext(log));
}

static inline void SmallContract(SmallLog *log, const char *name)
{
  Contract     contract = {.name       = EntryTextOf(name),
                           .seller     = EntryTextOf("wind"),
                           .buyer      = EntryTextOf("city"),
                           .start      = 0,
                           .end        = CONTRACT_TIME_MAX,
                           .quantity   = CONTRACT_FIXED,
                           .power_w    = 1000,
                           .from_bus   = 1,
                           .to_bus     = 2,
                           .price_kind = CONTRACT_PRICE_FIXED,
                           .price      = 50000000};
  MarketError  error    = {0};
  MarketStatus status   = ContractEncode(&contract, SmallNext(log), &error);

  if (status) print_error("%s\n", error.text);
  assert_int_equal(status, MARKET_OK);
  ContractHash(log->record[log->n - 1].data, log->record[log->n - 1].size, log->contract);
}

static inline int64_t SmallWindowStart(uint32_t window)
{
  return 1908230400 + (int64_t)window * SMALL_INTERVALS * SMALL_SECONDS;
}

static inline void SmallWindow(SmallLog *log, uint32_t window)
{
  WindowRecord record = {.window           = window,
                         .window_start     = SmallWindowStart(window),
                         .intervals        = SMALL_INTERVALS,
                         .interval_seconds = SMALL_SECONDS,
                         .regions          = SMALL_REGIONS};

  memset(record.inputs, (int)window, sizeof record.inputs);
  log->window = window;
  WindowRecordWrite(&record, SmallNext(log));
}

/* Participants: 0 wind, 1 city; accounts behind them. */
static inline SettlementEntry SmallEntry(uint32_t window, uint32_t region, uint32_t interval, SettlementKind kind,
                                         uint32_t participant, int64_t wh, int64_t price)
{
  static const char *const name[] = {"wind", "city", "@rounding/north", "@rounding/south"};
  SettlementEntry          entry  = {.kind             = kind,
                                     .window_start     = SmallWindowStart(window),
                                     .window           = window,
                                     .region           = region,
                                     .interval         = interval,
                                     .interval_seconds = SMALL_SECONDS,
                                     .participant      = participant,
                                     .has_price        = kind != SETTLEMENT_ROUNDING,
                                     .quantity_wh      = wh,
                                     .price            = price,
                                     .bus              = kind == SETTLEMENT_ROUNDING ? 0 : 1 + region,
                                     .study            = EntryTextOf("small"),
                                     .policy           = EntryTextOf("base"),
                                     .currency         = EntryTextOf("EUR"),
                                     .region_name      = EntryTextOf(region ? "south" : "north"),
                                     .participant_name = EntryTextOf(name[participant])};

  assert_int_equal(MoneyFromEnergy(price, wh, &entry.amount), MARKET_OK);
  return entry;
}

static inline void SmallPut(SmallLog *log, const SettlementEntry *entry)
{
  uint8_t     bytes[ENTRY_SIZE_MAX];
  size_t      size;
  MarketError error = {0};

  assert_int_equal(SettlementEntryEncode(entry, bytes, sizeof bytes, &size, &error), MARKET_OK);
  MarketPutRaw(SmallNext(log), bytes, size);
}

/* Two lines of the contract when the log's run has one, wind to city: `wh` at 50. */
static inline void SmallDelivery(SmallLog *log, uint32_t window, uint32_t region, uint32_t interval, int64_t wh)
{
  for (uint32_t p = 0; p < 2; p++) {
    SettlementEntry e = SmallEntry(window, region, interval, SETTLEMENT_CONTRACT_ENERGY, p, p ? -wh : wh, 50000000);
    e.has_reference   = true;
    memcpy(e.reference, log->contract, sizeof e.reference);
    SmallPut(log, &e);
  }
}

/* A window whole: in every region and interval generation, consumption, contract lines, and rounding. */
static inline void SmallSettled(SmallLog *log, uint32_t window, bool contract)
{
  SmallWindow(log, window);
  for (uint32_t r = 0; r < SMALL_REGIONS; r++)
    for (uint32_t t = 0; t < SMALL_INTERVALS; t++) {
      int64_t         wh = 1000 + 100 * (int64_t)window + 10 * r + t, price = 40000000 + 1000000 * t;
      SettlementEntry e[] = {SmallEntry(window, r, t, SETTLEMENT_GENERATION, 0, wh, price),
                             SmallEntry(window, r, t, SETTLEMENT_CONSUMPTION, 1, -wh, price),
                             SmallEntry(window, r, t, SETTLEMENT_ROUNDING, 2 + r, 0, 0)};
      SmallPut(log, &e[0]);
      SmallPut(log, &e[1]);
      if (contract) SmallDelivery(log, window, r, t, 250);
      SmallPut(log, &e[2]);
    }
}

/* Two runs: of two windows with a contract, and of three windows without. */
static inline void SmallTwoRuns(SmallLog *log)
{
  SmallRun(log, 1, 2);
  SmallContract(log, "north-wind");
  SmallSettled(log, 0, true);
  SmallSettled(log, 1, true);
  SmallRun(log, 2, 3);
  for (uint32_t w = 0; w < 3; w++) SmallSettled(log, w, false);
}

static inline MarketStatus SmallRead(const SmallLog *log, LogReading *reading, MarketError *error)
{
  MarketStatus status = LogReadingCreate(NULL, 0, reading, error);

  for (size_t k = 0; k < log->n && !status; k++)
    status = LogReadingTake(*reading, log->record[k].data, log->record[k].size, error);
  return status ? status : LogReadingEnd(*reading, error);
}

#endif
