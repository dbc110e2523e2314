/* A run of some windows with all that its audit needs: random facts, a contract, a local market, certificates; its records,
   public or committed, and the bytes of its inputs. */
#ifndef ARCHIPELAGO_TESTS_AUDIT_WORLD_H
#define ARCHIPELAGO_TESTS_AUDIT_WORLD_H

#include "market/account.h"
#include "market/audit_run.h"
#include "market/committed.h"
#include "market/window.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <string.h>

enum { WORLD_WINDOWS = 3, WORLD_REGIONS_MOST = 5 };

typedef struct {
  RandomStudy *study;
  Contracts    contracts;
  char         identity[64]; /* what study.json of the run says; its digest is the run's id */
  uint8_t      run_id[RECORD_DIGEST_BYTES];
  Privacy      privacy;
  size_t       n, capacity;
  MarketBytes *record; /* [n] of the log */
  MarketBytes  inputs[WORLD_WINDOWS];
  MarketBytes  contract_state, granular_state;
  bool         absent; /* the inputs are not at hand */
  uint64_t     entries, events;
  /* Of committed privacy. */
  LedgerPedersen   pedersen;
  LedgerSecret     secret[WORLD_REGIONS_MOST + 1]; /* of the regions, and the operator's behind them */
  PrivateStatement statement;                      /* of participant 0 */
} World;

#define assert_market(call, error)                                      \
  do {                                                                  \
    MarketStatus status_of_call = (call);                               \
    if (status_of_call != MARKET_OK) print_error("%s\n", (error).text); \
    assert_int_equal(status_of_call, MARKET_OK);                        \
  } while (0)

static inline MarketBytes *WorldNext(World *world)
{
  if (world->n == world->capacity) {
    world->capacity = 2 * world->capacity + 64;
    world->record   = realloc(world->record, world->capacity * sizeof *world->record);
    assert_non_null(world->record);
  }
  world->record[world->n] = (MarketBytes){0};
  return &world->record[world->n++];
}

static inline void WorldContract(World *world)
{
  const RandomStudy *s        = world->study;
  Contract           contract = {.name       = EntryTextOf("swap"),
                                 .seller     = EntryTextOf(s->participant_name[0]),
                                 .buyer      = EntryTextOf(s->participant_name[1]),
                                 .end        = CONTRACT_TIME_MAX,
                                 .quantity   = CONTRACT_FIXED,
                                 .power_w    = 250001,
                                 .from_bus   = (uint32_t)s->bus_number[0],
                                 .to_bus     = (uint32_t)s->bus_number[s->in.n_buses - 1],
                                 .price_kind = CONTRACT_PRICE_FIXED,
                                 .price      = 51234567};
  MarketBytes        bytes    = {0};
  MarketError        error    = {0};

  assert_market(ContractsCreate(&world->contracts, &error), error);
  assert_market(ContractEncode(&contract, &bytes, &error), error);
  assert_market(ContractsAdd(world->contracts, bytes.data, bytes.size, &error), error);
  MarketBytesFree(&bytes);
}

static inline void WorldSecrets(World *world)
{
  LedgerError error = {""};
  char        name[64];
  uint8_t     bytes[LEDGER_SECRET_BYTES];

  assert_int_equal(LedgerPedersenCreate(&world->pedersen, &error), LEDGER_OK);
  for (size_t k = 0; k <= world->study->in.n_regions; k++) {
    memset(bytes, (int)(k + 1), sizeof bytes);
    if (k < world->study->in.n_regions)
      snprintf(name, sizeof name, "log.example/secret/%zu-x", k);
    else
      snprintf(name, sizeof name, "log.example/operator");
    assert_int_equal(LedgerSecretFromBytes(name, bytes, &world->secret[k], &error), LEDGER_OK);
  }
}

static inline LedgerSecret WorldOperator(const World *world)
{
  return world->secret[world->study->in.n_regions];
}

static inline LedgerHash WorldRunId(const World *world)
{
  LedgerHash run;

  memcpy(run.byte, world->run_id, sizeof run.byte);
  return run;
}

/* A record that the public may read, or in committed privacy its stand-in. */
static inline void WorldPut(World *world, const uint8_t *bytes, size_t size)
{
  LedgerHash   run = WorldRunId(world), salt;
  HiddenRecord hidden;
  MarketError  error = {0};
  uint64_t     index = world->n;

  if (world->privacy == PRIVACY_PUBLIC) {
    MarketPutRaw(WorldNext(world), bytes, size);
    return;
  }
  assert_market(CommittedHide(WorldOperator(world), &run, index, (CommittedBytes){bytes, size}, &hidden, &salt, &error),
                error);
  HiddenRecordWrite(&hidden, WorldNext(world));
}

/* Registers participants and declared accounts. */
static inline void WorldAccounts(World *world)
{
  size_t        p = world->study->in.n_participants, n = AccountCount(p, world->study->in.n_regions), order[256];
  char          text[256][64];
  EntryText     name[256];
  AccountRecord record[256];
  LedgerHash    salt[256], run = WorldRunId(world);
  LedgerSecret  secret[256];
  MarketError   error = {0};

  assert_true(n <= 256);
  for (size_t k = 0; k < n; k++) {
    size_t      region = 0;
    AccountKind kind   = k < p ? ACCOUNT_TIE_RENT : AccountKindOf(p, (uint32_t)k, &region);
    if (k < p)
      snprintf(text[k], sizeof text[k], "%s", world->study->participant_name[k]);
    else
      snprintf(text[k], sizeof text[k], "%s%s", AccountPrefix(kind),
               kind == ACCOUNT_TIE_RENT ? "" : world->study->region_name[region]);
    name[k]   = EntryTextOf(text[k]);
    record[k] = (AccountRecord){.form = COMMITTED_CLEAR, .name = name[k]};
    secret[k] = WorldOperator(world);
    order[k]  = k;
  }
  if (world->privacy == PRIVACY_COMMITTED)
    assert_market(CommittedAccounts(&run, n, name, secret, record, salt, order, &error), error);
  for (size_t k = 0; k < n; k++) AccountRecordWrite(&record[order[k]], WorldNext(world));
}

/* Run record, accounts, contracts. */
static inline void WorldHead(World *world)
{
  RunRecord run = {.privacy  = world->privacy,
                   .windows  = WORLD_WINDOWS,
                   .study    = EntryTextOf("random"),
                   .policy   = EntryTextOf("base"),
                   .currency = EntryTextOf("EUR")};
  size_t    size;

  memcpy(run.run_id, world->run_id, sizeof run.run_id);
  RunRecordWrite(&run, WorldNext(world));
  WorldAccounts(world);
  for (size_t k = 0; k < ContractsCount(world->contracts); k++) {
    const uint8_t *record = ContractsRecord(world->contracts, k, &size);
    WorldPut(world, record, size);
  }
}

static inline Facts WorldFacts(World *world, uint32_t window)
{
  Facts       facts = NULL;
  MarketError error = {0};

  world->study->in.window       = window;
  world->study->in.window_start = 1908230400 + (int64_t)window * RANDOM_HOURS * 900;
  world->study->in.run_id       = world->run_id;
  if (window)
    for (size_t t = 0; t < RANDOM_HOURS; t++) RandomHour(world->study, &world->study->ahead, t, 1e-6);
  assert_market(FactsCreate(&world->study->in, &facts, &error), error);
  return facts;
}

static inline void WorldPutPublic(World *world, const MarketOutcome *outcome)
{
  uint8_t     bytes[ENTRY_SIZE_MAX];
  size_t      size;
  MarketError error = {0};

  for (size_t k = 0; k < outcome->settlement->n; k++) {
    assert_market(SettlementEntryEncode(&outcome->settlement->entry[k], bytes, sizeof bytes, &size, &error), error);
    MarketPutRaw(WorldNext(world), bytes, size);
  }
}

/* A region's committed records; its sums go to `closings`, openings of participant 0 to the statement. */
static inline void WorldPutRegion(World *world, const MarketOutcome *outcome, uint32_t region, Closings *closings)
{
  CommittedBlock  block = NULL;
  CommittedBytes *entry;
  MarketBytes     bytes = {0};
  MarketError     error = {0};
  LedgerHash      run   = WorldRunId(world);
  size_t          first, n, at = 0;
  uint8_t         one[ENTRY_SIZE_MAX];

  SettlementRegionRange(outcome->settlement, region, &first, &n);
  entry = calloc(n + 1, sizeof *entry);
  for (size_t k = 0; k < n; k++) {
    assert_market(
        SettlementEntryEncode(&outcome->settlement->entry[first + k], one, sizeof one, &entry[k].size, &error), error);
    MarketPutRaw(&bytes, one, entry[k].size);
  }
  for (size_t k = 0; k < n; at += entry[k++].size) entry[k].bytes = bytes.data + at;
  assert_market(CommittedBlockCreate(world->pedersen, world->secret[region], &run, world->n, n, entry, &block, &error),
                error);
  CommittedBlockPlace(block, world->n);
  for (size_t k = 0; k < n; k++) {
    MarketPutRaw(WorldNext(world), block->leaf[k].record.bytes, block->leaf[k].record.size);
    if (block->leaf[k].opening && outcome->settlement->entry[first + block->leaf[k].source].participant == 0)
      assert_market(PrivateStatementAdd(world->statement, block->leaf[k].opening, &error), error);
  }
  for (size_t k = 0; k < block->sums.n; k++)
    assert_market(ClosingsAdd(closings, world->pedersen, &block->sums.closing[k], &error), error);
  CommittedBlockDestroy(&block);
  MarketBytesFree(&bytes);
  free(entry);
}

static inline void WorldPutWindow(World *world, const MarketInputs *inputs, const MarketOutcome *outcome,
                                  Closings *closings)
{
  Facts        facts  = inputs->facts;
  WindowRecord record = {.window           = facts->window,
                         .window_start     = facts->window_start,
                         .intervals        = facts->intervals,
                         .interval_seconds = facts->interval_seconds,
                         .regions          = facts->n_regions};

  RecordDigest(world->inputs[facts->window].data, world->inputs[facts->window].size, record.inputs);
  WindowRecordWrite(&record, WorldNext(world));
  if (world->privacy == PRIVACY_PUBLIC)
    WorldPutPublic(world, outcome);
  else
    for (uint32_t r = 0; r < facts->n_regions; r++) WorldPutRegion(world, outcome, r, closings);
  for (size_t k = 0; k < outcome->events.n; k++)
    WorldPut(world, outcome->events.bytes.data + outcome->events.record[k].offset, outcome->events.record[k].size);
  for (size_t k = 0; k < closings->n; k++) ClosingWrite(&closings->closing[k], WorldNext(world));
}

static inline void WorldWindow(World *world, uint32_t window)
{
  MarketInputs  inputs   = {.facts          = WorldFacts(world, window),
                            .local          = LocalRulesDefault(),
                            .contracts      = world->contracts,
                            .granular       = {.enabled = true, .pool = true},
                            .carbon         = {.enabled = true, .price = 80000000},
                            .contract_state = world->contract_state,
                            .granular_state = world->granular_state};
  MarketOutcome outcome  = {0};
  Closings      closings = {0};
  MarketError   error    = {0};

  inputs.local.mechanism  = LOCAL_UNIFORM_PRICE;
  inputs.local.load_value = 90000000;
  MarketInputsWrite(&inputs, &world->inputs[window]);
  assert_market(MarketExecute(&inputs, NULL, &outcome, &error), error);
  world->entries += outcome.settlement->n;
  world->events += outcome.events.n;
  WorldPutWindow(world, &inputs, &outcome, &closings);
  MarketBytesFree(&world->contract_state);
  MarketBytesFree(&world->granular_state);
  world->contract_state  = outcome.contract_state;
  world->granular_state  = outcome.granular_state;
  outcome.contract_state = outcome.granular_state = (MarketBytes){0};
  MarketOutcomeFree(&outcome);
  FactsDestroy(&inputs.facts);
  ClosingsFree(&closings);
}

/* Made of a seed; the study has at least two participants. */
static inline World *WorldCreate(uint64_t seed, Privacy privacy)
{
  World      *world = calloc(1, sizeof *world);
  LedgerHash  run;
  MarketError error = {0};

  do {
    free(world->study);
    world->study = RandomStudyCreate(seed++, 1e-6);
  } while (world->study->in.n_participants < 2);
  for (size_t a = 0; a < world->study->in.n_assets; a++) world->study->asset[a].efficiency_discharge = 0.9;
  world->privacy = privacy;
  snprintf(world->identity, sizeof world->identity, "a run of seed %d\n", (int)seed);
  RecordDigest(world->identity, strlen(world->identity), world->run_id);
  run = WorldRunId(world);
  WorldSecrets(world);
  assert_market(PrivateStatementCreate(EntryTextOf("log.example"), &run, EntryTextOf(world->study->participant_name[0]),
                                       &world->statement, &error),
                error);
  WorldContract(world);
  WorldHead(world);
  for (uint32_t w = 0; w < WORLD_WINDOWS; w++) WorldWindow(world, w);
  return world;
}

static inline void WorldDestroy(World *world)
{
  for (size_t k = 0; k < world->n; k++) MarketBytesFree(&world->record[k]);
  for (uint32_t w = 0; w < WORLD_WINDOWS; w++) MarketBytesFree(&world->inputs[w]);
  for (size_t k = 0; k <= world->study->in.n_regions; k++) LedgerSecretDestroy(&world->secret[k]);
  MarketBytesFree(&world->contract_state);
  MarketBytesFree(&world->granular_state);
  PrivateStatementDestroy(&world->statement);
  LedgerPedersenDestroy(&world->pedersen);
  ContractsDestroy(&world->contracts);
  free(world->record);
  free(world->study);
  free(world);
}

/* An AuditInputs. */
static inline MarketStatus WorldInputs(void *context, const uint8_t run_id[RECORD_DIGEST_BYTES], uint32_t window,
                                       MarketBytes *inputs, bool *there, MarketError *error)
{
  const World *world = context;

  (void)error;
  *there = !world->absent && !memcmp(run_id, world->run_id, RECORD_DIGEST_BYTES);
  if (*there) MarketPutRaw(inputs, world->inputs[window].data, world->inputs[window].size);
  return MARKET_OK;
}

/* With the first `n_secrets` secrets, and the statement when `opened`. The caller destroys the audit. */
static inline MarketStatus WorldAudit(World *world, size_t n_secrets, bool opened, Audit *audit, MarketError *error)
{
  AuditOptions options = {.inputs       = WorldInputs,
                          .context      = world,
                          .secret       = world->secret,
                          .n_secrets    = n_secrets,
                          .statement    = &world->statement,
                          .n_statements = opened};
  MarketStatus status  = AuditCreate(&options, audit, error);

  for (size_t k = 0; k < world->n && !status; k++)
    status = AuditTake(*audit, world->record[k].data, world->record[k].size, error);
  return status ? status : AuditEnd(*audit, error);
}

#endif
