/* How long a run's log takes to be made and to be audited, in one process.

     bench_audit FOLDER [windows, 4] [participants, 2000] [hours a window, 24]

   A made-up grid of 20 buses in 4 regions; every participant has a load or a generator and trades in the local market by
   the pool's dispatch; certificates and carbon are on. Writing: each window carried out, its records encoded, hashed and
   appended to a log in FOLDER, signed once a window, its inputs encoded and digested (not counted: solving the dispatch).
   Auditing: the log verified, read and carried out again. Wall and processor time in seconds. FOLDER must not be there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "ledger/file.h"
#include "ledger/log.h"
#include "ledger/writer.h"
#include "market/account.h"
#include "market/audit_run.h"
#include "market/window.h"

#define ORIGIN "bench.example"

enum { BUSES = 20, REGIONS = 4 };

typedef struct {
  uint32_t   windows, n, hours; /* n participants, one asset each */
  FactsInput in;
  char (*name)[32];
  const char     **participant, **region;
  int32_t         *bus_number, *bus_region;
  FactsAssetInput *asset;
  double          *price, *asset_mw, *none;
  uint64_t         seed;
  MarketBytes     *inputs; /* [windows] */
  LedgerWriter     writer;
  uint64_t         entries; /* of the log */
} Bench;

static void Stop(const char *text)
{
  fprintf(stderr, "bench_audit: %s\n", text);
  exit(1);
}

static void Ledger(LedgerStatus status, const LedgerError *error)
{
  if (status != LEDGER_OK) Stop(error->text);
}

static void Market(MarketStatus status, const MarketError *error)
{
  if (status != MARKET_OK) Stop(error->text);
}

static double Clock(clockid_t id)
{
  struct timespec t;

  clock_gettime(id, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double Random(Bench *b)
{
  b->seed ^= b->seed << 13;
  b->seed ^= b->seed >> 7;
  b->seed ^= b->seed << 17;
  return (double)(b->seed >> 11) / 9007199254740992.0;
}

static void *Room(size_t n, size_t size)
{
  void *room = calloc(n, size);

  if (!room) Stop("no memory");
  return room;
}

static void SetUp(Bench *b)
{
  static const char *const region[REGIONS] = {"north", "east", "south", "west"};

  b->seed        = 88172645463325252u;
  b->name        = Room(b->n, sizeof *b->name);
  b->participant = Room(b->n, sizeof *b->participant);
  b->region      = Room(REGIONS, sizeof *b->region);
  b->bus_number  = Room(BUSES, sizeof *b->bus_number);
  b->bus_region  = Room(BUSES, sizeof *b->bus_region);
  b->asset       = Room(b->n, sizeof *b->asset);
  b->price       = Room((size_t)b->hours * BUSES, sizeof *b->price);
  b->asset_mw    = Room((size_t)b->hours * b->n, sizeof *b->asset_mw);
  b->none        = Room(1, sizeof *b->none);
  b->inputs      = Room(b->windows, sizeof *b->inputs);
  memcpy(b->region, region, sizeof region);
  for (int k = 0; k < BUSES; k++) {
    b->bus_number[k] = k + 1;
    b->bus_region[k] = k % REGIONS;
  }
  for (uint32_t k = 0; k < b->n; k++) {
    snprintf(b->name[k], sizeof b->name[k], "participant %u", k);
    b->participant[k] = b->name[k];
    b->asset[k]       = (FactsAssetInput){.kind               = k < BUSES || k % 4 == 0 ? FACTS_GENERATOR : FACTS_LOAD,
                                          .participant        = (int32_t)k,
                                          .bus                = (int32_t)(k % BUSES),
                                          .name               = b->name[k],
                                          .technology         = k % 8 ? "gas" : "wind",
                                          .renewable          = k % 8 == 0,
                                          .emission_t_per_mwh = k % 8 ? 0.4 : 0,
                                          .power_mw           = 1,
                                          .energy_mwh         = -1,
                                          .marginal_cost      = 20 + 60 * Random(b)};
  }
}

/* Prices and outputs of one window; the first generator of each bus balances it. */
static void Dispatch(Bench *b)
{
  for (uint32_t t = 0; t < b->hours; t++) {
    double *mw = b->asset_mw + (size_t)t * b->n, need[BUSES] = {0};
    for (int k = 0; k < BUSES; k++) b->price[t * BUSES + k] = 40 + 50 * Random(b);
    for (uint32_t k = BUSES; k < b->n; k++) {
      mw[k] = b->asset[k].kind == FACTS_LOAD ? -0.004 * Random(b) : 0.01 * Random(b);
      need[k % BUSES] -= mw[k];
    }
    memcpy(mw, need, sizeof need);
  }
}

static Facts MakeFacts(Bench *b, uint32_t window)
{
  Facts       facts = NULL;
  MarketError error = {0};

  Dispatch(b);
  b->in = (FactsInput){
      .study            = "bench",
      .policy           = "base",
      .currency         = "EUR",
      .window           = window,
      .window_start     = 1908230400 + (int64_t)window * b->hours * 3600,
      .intervals        = b->hours,
      .step_hours       = 1,
      .n_regions        = REGIONS,
      .n_participants   = b->n,
      .n_buses          = BUSES,
      .n_assets         = b->n,
      .region_name      = b->region,
      .participant_name = b->participant,
      .bus_number       = b->bus_number,
      .bus_region       = b->bus_region,
      .asset            = b->asset,
      .day_ahead = {.price = b->price, .asset_mw = b->asset_mw, .branch_from_mw = b->none, .branch_to_mw = b->none}};
  Market(FactsCreate(&b->in, &facts, &error), &error);
  return facts;
}

static void Put(Bench *b, const void *bytes, size_t size)
{
  LedgerError error = {""};

  Ledger(LedgerWriterPut(b->writer, b->entries++, bytes, size, &error), &error);
}

static void PutRecord(Bench *b, MarketBytes *bytes)
{
  Put(b, bytes->data, bytes->size);
  MarketBytesFree(bytes);
}

static void WriteWindow(Bench *b, uint32_t window, Facts facts, MarketBytes *contract, MarketBytes *granular)
{
  MarketInputs  inputs  = {.facts          = facts,
                           .local          = LocalRulesDefault(),
                           .granular       = {.enabled = true, .pool = true},
                           .carbon         = {.enabled = true, .price = 80000000},
                           .contract_state = *contract,
                           .granular_state = *granular};
  MarketOutcome outcome = {0};
  MarketError   error   = {0};
  LedgerError   ledger  = {""};
  WindowRecord  record  = {window, facts->window_start, facts->intervals, facts->interval_seconds, REGIONS, {0}};
  MarketBytes   bytes   = {0};
  uint8_t       one[ENTRY_SIZE_MAX];
  size_t        size;

  inputs.local.mechanism  = LOCAL_UNIFORM_PRICE;
  inputs.local.scope      = LOCAL_SCOPE_STUDY;
  inputs.local.load_value = 100000000;
  MarketInputsWrite(&inputs, &b->inputs[window]);
  RecordDigest(b->inputs[window].data, b->inputs[window].size, record.inputs);
  WindowRecordWrite(&record, &bytes);
  PutRecord(b, &bytes);
  Market(MarketExecute(&inputs, NULL, &outcome, &error), &error);
  for (size_t k = 0; k < outcome.settlement->n; k++) {
    Market(SettlementEntryEncode(&outcome.settlement->entry[k], one, sizeof one, &size, &error), &error);
    Put(b, one, size);
  }
  for (size_t k = 0; k < outcome.events.n; k++)
    Put(b, outcome.events.bytes.data + outcome.events.record[k].offset, outcome.events.record[k].size);
  Ledger(LedgerWriterCommit(b->writer, NULL, NULL, &ledger), &ledger);
  MarketBytesFree(contract);
  MarketBytesFree(granular);
  *contract              = outcome.contract_state;
  *granular              = outcome.granular_state;
  outcome.contract_state = outcome.granular_state = (MarketBytes){0};
  MarketOutcomeFree(&outcome);
}

static void PutAccounts(Bench *b)
{
  char name[64];

  for (size_t k = 0; k < AccountCount(b->n, REGIONS); k++) {
    size_t        region = 0;
    AccountKind   kind   = k < b->n ? ACCOUNT_TIE_RENT : AccountKindOf(b->n, (uint32_t)k, &region);
    AccountRecord record = {.form = COMMITTED_CLEAR};
    MarketBytes   bytes  = {0};
    if (k < b->n)
      snprintf(name, sizeof name, "%s", b->name[k]);
    else
      snprintf(name, sizeof name, "%s%s", AccountPrefix(kind), kind == ACCOUNT_TIE_RENT ? "" : b->region[region]);
    record.name = EntryTextOf(name);
    AccountRecordWrite(&record, &bytes);
    PutRecord(b, &bytes);
  }
}

/* Seconds of wall and processor time spent on all but the facts. */
static void Write(Bench *b, const char *folder, double seconds[2])
{
  uint8_t      seed[LEDGER_KEY_BYTES] = {1};
  LedgerSigner signer                 = NULL;
  LedgerError  error                  = {""};
  RunRecord    run                    = {.windows  = b->windows,
                                         .study    = EntryTextOf("bench"),
                                         .policy   = EntryTextOf("base"),
                                         .currency = EntryTextOf("EUR")};
  MarketBytes  contract = {0}, granular = {0}, bytes = {0};

  Ledger(LedgerSignerFromSeed(ORIGIN, LEDGER_KEY_ED25519, seed, &signer, &error), &error);
  Ledger(LedgerWriterOpen(folder, ORIGIN, signer, &b->writer, &error), &error);
  RunRecordWrite(&run, &bytes);
  PutRecord(b, &bytes);
  PutAccounts(b);
  for (uint32_t w = 0; w < b->windows; w++) {
    Facts  facts = MakeFacts(b, w);
    double wall = Clock(CLOCK_MONOTONIC), processor = Clock(CLOCK_PROCESS_CPUTIME_ID);
    WriteWindow(b, w, facts, &contract, &granular);
    seconds[0] += Clock(CLOCK_MONOTONIC) - wall;
    seconds[1] += Clock(CLOCK_PROCESS_CPUTIME_ID) - processor;
    FactsDestroy(&facts);
  }
  LedgerWriterClose(&b->writer);
  LedgerSignerDestroy(&signer);
  MarketBytesFree(&contract);
  MarketBytesFree(&granular);
}

/* ---- Auditing ----------------------------------------------------------------------------------------------------- */

static MarketStatus Inputs(void *context, const uint8_t run_id[RECORD_DIGEST_BYTES], uint32_t window,
                           MarketBytes *inputs, bool *there, MarketError *error)
{
  Bench *b = context;

  (void)run_id;
  (void)error;
  MarketPutRaw(inputs, b->inputs[window].data, b->inputs[window].size);
  *there = true;
  return MARKET_OK;
}

static LedgerStatus Take(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  MarketError fault = {0};

  (void)index;
  (void)error;
  Market(AuditTake((Audit)context, entry, size, &fault), &fault);
  return LEDGER_OK;
}

static void Report(const char *what, uint64_t n, const double seconds[2])
{
  printf("%-22s %8.3f s wall, %8.3f s processor, %10.0f entries/s\n", what, seconds[0], seconds[1],
         (double)n / seconds[1]);
}

static void Timed(double seconds[2], double sign)
{
  seconds[0] += sign * Clock(CLOCK_MONOTONIC);
  seconds[1] += sign * Clock(CLOCK_PROCESS_CPUTIME_ID);
}

static void RunAudit(Bench *b, const char *folder)
{
  AuditOptions    options   = {.inputs = Inputs, .context = b};
  double          verify[2] = {0}, again[2] = {0}, read[2] = {0};
  LedgerLog       log   = NULL;
  LedgerError     error = {""};
  MarketError     fault = {0};
  LedgerLogCounts counts;
  Audit           audit = NULL;

  Timed(verify, -1);
  Ledger(LedgerLogOpen(folder, NULL, &log, &error), &error);
  Ledger(LedgerLogVerify(log, &counts, &error), &error);
  Timed(verify, 1);
  for (int k = 0; k < 2; k++) { /* first the log alone, then with what comes out again */
    double *seconds = k ? again : read;
    if (!k)
      options.inputs = NULL;
    else
      options.inputs = Inputs;
    Timed(seconds, -1);
    Market(AuditCreate(&options, &audit, &fault), &fault);
    Ledger(LedgerLogVisit(log, Take, audit, &error), &error);
    Market(AuditEnd(audit, &fault), &fault);
    Timed(seconds, 1);
    if (k && AuditCountsOf(audit)->entries != LogReadingCounts(AuditReading(audit))->entries) Stop("not all compared");
    AuditDestroy(&audit);
  }
  Report("verify the log", b->entries, verify);
  Report("read it", b->entries, read);
  Report("and carry out again", b->entries, again);
  for (int k = 0; k < 2; k++) again[k] += verify[k];
  Report("audit (verify, again)", b->entries, again);
  LedgerLogClose(&log);
}

int main(int argc, char **argv)
{
  Bench         b        = {.windows = argc > 2 ? (uint32_t)atoi(argv[2]) : 4,
                            .n       = argc > 3 ? (uint32_t)atoi(argv[3]) : 2000,
                            .hours   = argc > 4 ? (uint32_t)atoi(argv[4]) : 24};
  double        write[2] = {0};
  struct rusage usage;

  if (argc < 2 || LedgerDirectoryExists(argv[1])) Stop("needs a folder that is not there");
  if (b.n < BUSES || !b.windows || !b.hours) Stop("needs at least 20 participants, a window and an hour");
  SetUp(&b);
  Write(&b, argv[1], write);
  printf("%u windows of %u hours, %u participants, %llu entries\n", b.windows, b.hours, b.n,
         (unsigned long long)b.entries);
  Report("write the log", b.entries, write);
  RunAudit(&b, argv[1]);
  getrusage(RUSAGE_SELF, &usage);
  printf("peak memory %ld MiB (of which inputs %.0f MiB)\n", usage.ru_maxrss / 1024,
         (double)b.windows * (double)b.inputs[0].size / 1048576);
  return 0;
}
