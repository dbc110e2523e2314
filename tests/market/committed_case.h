/* A window of settlement entries over several regions, committed: what the tests of committed logs share. */
#ifndef ARCHIPELAGO_TESTS_COMMITTED_CASE_H
#define ARCHIPELAGO_TESTS_COMMITTED_CASE_H

#include "market/committed.h"
#include "market/committed_check.h"
#include "tests/market/random.h"
#include "tests/support.h"

#include <string.h>

enum { CASE_REGIONS = 4, CASE_ENTRIES = 160, CASE_ENTRY_BYTES = 256, CASE_START = 1000 };

typedef struct {
  SettlementEntry entry[CASE_ENTRIES];
  size_t          n;
  uint8_t         bytes[CASE_ENTRIES][CASE_ENTRY_BYTES];
  CommittedBytes  encoded[CASE_ENTRIES];
  LedgerSecret    secret;
  CommittedBlock  block;
  /* The region's part of the log, to be forged: copies of the block's records and openings. */
  uint64_t       start;
  size_t         n_records, n_openings;
  uint8_t        record_bytes[CASE_ENTRIES][CASE_ENTRY_BYTES + COMMITTED_HEAD_SIZE];
  CommittedBytes record[CASE_ENTRIES];
  Opening        opening[CASE_ENTRIES];
} CaseRegion;

typedef struct {
  LedgerPedersen pedersen;
  LedgerHash     run;
  WindowRecord   window;
  size_t         regions;
  CaseRegion     region[CASE_REGIONS];
  Closings       closings;
  uint64_t       seed;
} Case;

#define assert_market(call, error)                                      \
  do {                                                                  \
    MarketStatus status_of_call = (call);                               \
    if (status_of_call != MARKET_OK) print_error("%s\n", (error).text); \
    assert_int_equal(status_of_call, MARKET_OK);                        \
  } while (0)

static inline SettlementEntry *CaseAdd(Case *c, size_t region, uint32_t interval, const char *participant,
                                       uint32_t number, int64_t quantity, int64_t amount)
{
  static const char *const name[CASE_REGIONS] = {"city", "shore", "hills", "isle"};
  CaseRegion              *r                  = &c->region[region];
  SettlementEntry         *entry              = &r->entry[r->n];

  assert_true(r->n < CASE_ENTRIES);
  *entry = (SettlementEntry){.kind             = SETTLEMENT_CONGESTION,
                             .window_start     = c->window.window_start,
                             .window           = c->window.window,
                             .region           = (uint32_t)region,
                             .interval         = interval,
                             .interval_seconds = c->window.interval_seconds,
                             .participant      = number,
                             .sequence         = (uint32_t)r->n++,
                             .quantity_wh      = quantity,
                             .amount           = amount,
                             .study            = EntryTextOf("demo"),
                             .policy           = EntryTextOf("base"),
                             .currency         = EntryTextOf("EUR"),
                             .region_name      = EntryTextOf(name[region]),
                             .participant_name = EntryTextOf(participant),
                             .asset            = EntryTextOf("asset")};
  return entry;
}

/* Amounts of every size, positive and negative; the last one or more of each interval, of operators, bring its sum over
   all regions to zero. */
static inline void CaseFill(Case *c, size_t per_interval)
{
  static const char *const name[] = {"Anna", "Müller & Co", "Zed", "Wind Park 7"};

  for (uint32_t t = 0; t < c->window.intervals; t++) {
    __int128 sum = 0;
    for (size_t k = 0; k < per_interval; k++) {
      int64_t  amount = (int64_t)RandomNext(&c->seed) >> (RandomNext(&c->seed) % 64);
      uint32_t who    = (uint32_t)(RandomNext(&c->seed) % 4);
      CaseAdd(c, (RandomNext(&c->seed) % c->regions), t, name[who], who, (int64_t)RandomNext(&c->seed), amount);
      sum += amount;
    }
    do {
      int64_t part = sum > INT64_MAX ? -INT64_MAX : sum < -INT64_MAX ? INT64_MAX : (int64_t)-sum;
      CaseAdd(c, (RandomNext(&c->seed) % c->regions), t, "@rounding", 4, 0, part);
      sum += part;
    } while (sum);
  }
}

static inline void CaseOpen(Case *c, LedgerPedersen pedersen, size_t regions, uint32_t intervals, uint64_t seed)
{
  memset(c, 0, sizeof *c);
  c->pedersen = pedersen;
  c->regions  = regions;
  c->seed     = seed;
  c->window   = (WindowRecord){
        .window_start = 1908230400, .intervals = intervals, .interval_seconds = 900, .regions = (uint32_t)regions};
  memset(c->run.byte, 0x33, sizeof c->run.byte);
}

/* Copies a region's records and openings out of its block. */
static inline void CaseCopyLog(CaseRegion *r)
{
  r->n_records  = r->block->n;
  r->n_openings = r->block->n_openings;
  for (size_t i = 0; i < r->n_records; i++) {
    memcpy(r->record_bytes[i], r->block->leaf[i].record.bytes, r->block->leaf[i].record.size);
    r->record[i] = (CommittedBytes){r->record_bytes[i], r->block->leaf[i].record.size};
  }
  for (size_t k = 0; k < r->n_openings; k++) r->opening[k] = r->block->opening[k];
}

/* Sorts the entries, commits them and sums up; the regions' blocks follow one another in the log. */
static inline void CaseCommit(Case *c)
{
  MarketError error    = {0};
  uint64_t    position = 0;

  for (size_t r = 0; r < c->regions; r++) {
    CaseRegion *region = &c->region[r];
    uint8_t     key[LEDGER_SECRET_BYTES];
    memset(key, (int)r + 1, sizeof key);
    assert_int_equal(LedgerSecretFromBytes("region", key, &region->secret, NULL), LEDGER_OK);
    assert_market(SettlementEntriesSort(region->entry, region->n, &error), error);
    for (size_t i = 0; i < region->n; i++) {
      assert_market(SettlementEntryEncode(&region->entry[i], region->bytes[i], CASE_ENTRY_BYTES,
                                          &region->encoded[i].size, &error),
                    error);
      region->encoded[i].bytes = region->bytes[i];
    }
    assert_market(CommittedBlockCreate(c->pedersen, region->secret, &c->run, position, region->n, region->encoded,
                                       &region->block, &error),
                  error);
    region->start = CASE_START + position;
    CommittedBlockPlace(region->block, region->start);
    position += region->n;
    CaseCopyLog(region);
    for (size_t k = 0; k < region->block->sums.n; k++)
      assert_market(ClosingsAdd(&c->closings, c->pedersen, &region->block->sums.closing[k], &error), error);
  }
}

static inline void CaseClose(Case *c)
{
  for (size_t r = 0; r < c->regions; r++) {
    CommittedBlockDestroy(&c->region[r].block);
    LedgerSecretDestroy(&c->region[r].secret);
  }
  ClosingsFree(&c->closings);
}

/* The public check over all regions' records and the closing entries. */
static inline MarketStatus CaseCheckPublicly(const Case *c, MarketError *error)
{
  CommittedCheck check  = NULL;
  MarketBytes    bytes  = {0};
  uint64_t       index  = CASE_START;
  MarketStatus   status = CommittedCheckCreate(c->pedersen, &c->window, &check, error);

  for (size_t r = 0; r < c->regions; r++)
    for (size_t i = 0; status == MARKET_OK && i < c->region[r].n_records; i++)
      status = CommittedCheckRecord(check, index++, c->region[r].record[i], error);
  for (size_t k = 0; status == MARKET_OK && k < c->closings.n; k++) {
    bytes.size = 0;
    ClosingWrite(&c->closings.closing[k], &bytes);
    status = MarketBytesCheck(&bytes, error);
    if (status == MARKET_OK)
      status = CommittedCheckClosing(check, index++, (CommittedBytes){bytes.data, bytes.size}, error);
  }
  if (status == MARKET_OK) status = CommittedCheckEnd(check, error);
  CommittedCheckDestroy(&check);
  MarketBytesFree(&bytes);
  return status;
}

static inline MarketStatus CaseCheckAsWitness(const Case *c, size_t r, MarketError *error)
{
  const CaseRegion *region = &c->region[r];

  return WitnessCheckOpenings(c->pedersen, c->window.window, (uint32_t)r, region->start, region->n_records,
                              region->record, region->n_openings, region->opening, error);
}

/* Writes a forged record over record i of a region. */
static inline void CaseForge(CaseRegion *r, size_t i, const CommittedRecord *record)
{
  MarketBytes bytes = {0};

  CommittedRecordWrite(record, &bytes);
  assert_true(bytes.size <= sizeof r->record_bytes[i]);
  memcpy(r->record_bytes[i], bytes.data, bytes.size);
  r->record[i].size = bytes.size;
  MarketBytesFree(&bytes);
}

/* Puts the records back into the order of their leaf hashes, and the openings with them, as a forger would. */
static inline void CaseSort(CaseRegion *r)
{
  for (size_t i = 1; i < r->n_records; i++)
    for (size_t j = i; j > 0; j--) {
      LedgerHash     a    = LedgerHashLeaf(r->record[j - 1].bytes, r->record[j - 1].size);
      LedgerHash     b    = LedgerHashLeaf(r->record[j].bytes, r->record[j].size);
      CommittedBytes swap = r->record[j];
      if (memcmp(a.byte, b.byte, sizeof a.byte) <= 0) break;
      r->record[j]     = r->record[j - 1];
      r->record[j - 1] = swap;
      for (size_t k = 0; k < r->n_openings; k++) {
        if (r->opening[k].index == r->start + j)
          r->opening[k].index--;
        else if (r->opening[k].index == r->start + j - 1)
          r->opening[k].index++;
      }
    }
  for (size_t k = 1; k < r->n_openings; k++)
    for (size_t j = k; j > 0 && r->opening[j - 1].index > r->opening[j].index; j--) {
      Opening swap      = r->opening[j];
      r->opening[j]     = r->opening[j - 1];
      r->opening[j - 1] = swap;
    }
}

static inline void CaseRead(const CaseRegion *r, size_t i, CommittedRecord *record)
{
  MarketError error = {0};

  assert_market(CommittedRecordRead(r->record[i].bytes, r->record[i].size, record, &error), error);
}

#endif
