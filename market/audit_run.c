/* The audit: a log is read, and its windows are carried out again. */
#include "market/audit_run.h"

#include "market/audit_impl.h"
#include "market/audit_run_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

MarketStatus AuditCreate(const AuditOptions *options, Audit *audit, MarketError *error)
{
  MarketStatus status;

  *audit = calloc(1, sizeof **audit);
  if (!*audit) return MarketFail(error, MARKET_NO_MEMORY, "no memory for an audit");
  (*audit)->options = *options;
  status            = LogReadingCreate(options->keys, options->n_keys, &(*audit)->reading, error);
  if (status) AuditDestroy(audit);
  return status;
}

static void CloseWindow(Audit audit)
{
  AuditCommittedClose(audit);
  MarketOutcomeFree(&audit->outcome);
  MarketInputsFree(&audit->inputs);
  audit->outcome = (MarketOutcome){0};
  audit->inputs  = (MarketInputs){0};
  audit->open    = false;
}

void AuditDestroy(Audit *audit)
{
  Audit a = *audit;

  if (!a) return;
  CloseWindow(a);
  MarketBytesFree(&a->contract_state);
  MarketBytesFree(&a->granular_state);
  LedgerPedersenDestroy(&a->pedersen);
  free(a->hidden);
  free(a->account);
  LogReadingDestroy(&a->reading);
  free(a);
  *audit = NULL;
}

/* ---- A window's inputs -------------------------------------------------------------------------------------------- */

static bool SameBytes(const MarketBytes *a, const MarketBytes *b)
{
  return a->size == b->size && (a->size == 0 || !memcmp(a->data, b->data, a->size));
}

static MarketStatus CheckDigest(const WindowRecord *window, const MarketBytes *bytes, MarketError *error)
{
  LedgerHash found, expected;
  char       hex[2][65];

  RecordDigest(bytes->data, bytes->size, found.byte);
  memcpy(expected.byte, window->inputs, sizeof expected.byte);
  if (LedgerHashEqual(&found, &expected)) return MARKET_OK;
  LedgerHashHex(&found, hex[0]);
  LedgerHashHex(&expected, hex[1]);
  return MarketFail(error, MARKET_BAD_INPUT, "inputs of window %" PRIu32 " have the SHA-256 %s; its record says %s",
                    window->window, hex[0], hex[1]);
}

/* The inputs are those of this run and window, as the log's records say them. */
static MarketStatus CheckFrame(Audit audit, MarketError *error)
{
  const RunRecord    *run    = LogReadingRun(audit->reading, NULL);
  const WindowRecord *window = LogReadingWindow(audit->reading);
  Facts               facts  = audit->inputs.facts;

  if (memcmp(facts->run_id, run->run_id, sizeof facts->run_id) != 0 || !EntryTextSame(facts->study, run->study) ||
      !EntryTextSame(facts->policy, run->policy) || !EntryTextSame(facts->currency, run->currency))
    return MarketFail(error, MARKET_BAD_INPUT, "inputs of window %" PRIu32 " are those of another run", window->window);
  if (facts->window != window->window || facts->window_start != window->window_start ||
      facts->intervals != window->intervals || facts->interval_seconds != window->interval_seconds ||
      facts->n_regions != window->regions)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "inputs of window %" PRIu32 " have other intervals or regions than its record", window->window);
  return MARKET_OK;
}

static MarketStatus CheckStates(Audit audit, MarketError *error)
{
  const char *which = NULL;

  if (!SameBytes(&audit->inputs.contract_state, &audit->contract_state)) which = "contracts";
  if (!SameBytes(&audit->inputs.granular_state, &audit->granular_state)) which = "stored certificates";
  if (!which) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "inputs of window %" PRIu32 " carry a state of %s that is not the one %s",
                    audit->inputs.facts->window, which,
                    audit->inputs.facts->window ? "the window before it left"
                                                : "of a run's first window, which is none");
}

/* The inputs' contracts are those that the run deployed. */
static MarketStatus CheckContracts(Audit audit, MarketError *error)
{
  size_t n = 0, count = ContractsCount(audit->inputs.contracts);

  LogReadingContracts(audit->reading, &n);
  if (LogReadingRun(audit->reading, NULL)->privacy == PRIVACY_COMMITTED) return AuditHiddenContracts(audit, error);
  for (size_t k = 0; k < count; k++) {
    const Contract *contract = ContractsGet(audit->inputs.contracts, k);
    if (LogReadingContract(audit->reading, ContractsHash(audit->inputs.contracts, k))) continue;
    return MarketFail(error, MARKET_BAD_INPUT,
                      "inputs of window %" PRIu32 " carry out the contract %.*s, which the run has not deployed",
                      audit->inputs.facts->window, (int)contract->name.length, contract->name.bytes);
  }
  if (n == count) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT,
                    "inputs of window %" PRIu32 " have %zu contracts; the run has deployed %zu",
                    audit->inputs.facts->window, count, n);
}

/* ---- Carrying out ------------------------------------------------------------------------------------------------- */

static MarketStatus KeepState(MarketBytes *kept, MarketBytes *left)
{
  MarketBytesFree(kept);
  *kept = *left;
  *left = (MarketBytes){0};
  return MARKET_OK;
}

static MarketStatus Execute(Audit audit, const MarketBytes *bytes, MarketError *error)
{
  MARKET_TRY(CheckDigest(LogReadingWindow(audit->reading), bytes, error));
  MARKET_TRY(MarketInputsRead(bytes->data, bytes->size, &audit->inputs, error));
  audit->open = true;
  MARKET_TRY(CheckFrame(audit, error));
  MARKET_TRY(CheckStates(audit, error));
  MARKET_TRY(CheckContracts(audit, error));
  if (!audit->started) MARKET_TRY(AuditCheckAccounts(audit, AuditOperatorSecret(audit), error));
  MARKET_TRY(MarketExecute(&audit->inputs, NULL, &audit->outcome, error));
  KeepState(&audit->contract_state, &audit->outcome.contract_state);
  KeepState(&audit->granular_state, &audit->outcome.granular_state);
  audit->entry = audit->event = 0;
  if (!audit->started) audit->counts.contracts += ContractsCount(audit->inputs.contracts);
  audit->counts.windows++;
  return LogReadingRun(audit->reading, NULL)->privacy == PRIVACY_COMMITTED ? AuditCommittedOpen(audit, error)
                                                                           : MARKET_OK;
}

static MarketStatus OpenWindow(Audit audit, MarketError *error)
{
  MarketBytes  bytes = {0};
  bool         there = false;
  MarketStatus status;

  if (audit->started && !audit->at_hand) return MARKET_OK;
  status = audit->options.inputs
               ? audit->options.inputs(audit->options.context, LogReadingRun(audit->reading, NULL)->run_id,
                                       LogReadingWindow(audit->reading)->window, &bytes, &there, error)
               : MARKET_OK;
  if (!status) status = MarketBytesCheck(&bytes, error);
  if (!status && there) status = Execute(audit, &bytes, error);
  if (!audit->started) {
    audit->at_hand = there;
    if (there)
      audit->counts.runs++;
    else
      audit->counts.runs_not_executed++;
  }
  audit->started = true;
  MarketBytesFree(&bytes);
  return status;
}

static void OpenRun(Audit audit)
{
  audit->started = audit->at_hand = false;
  audit->contract_state.size = audit->granular_state.size = 0;
  audit->n_hidden = audit->n_accounts = 0;
}

/* The record against what was carried out, before anything else is said of it. */
static MarketStatus Compare(Audit audit, int type, const uint8_t *bytes, size_t size, MarketError *error)
{
  if (type == RECORD_COMMITTED || type == RECORD_HIDDEN || type == RECORD_ACCOUNT)
    MARKET_TRY(AuditCheckOpenings(audit, bytes, size, error));
  if (type == RECORD_ACCOUNT) return AuditKeepAccount(audit, bytes, size, error);
  if (type == RECORD_HIDDEN && !LogReadingWindow(audit->reading)) return AuditKeepHidden(audit, bytes, size, error);
  if (!audit->open) return MARKET_OK;
  switch (type) {
  case RECORD_SETTLEMENT:
    return AuditCompareEntry(audit, bytes, size, error);
  case RECORD_CERTIFICATE:
    MARKET_TRY(AuditEntriesDone(audit, error));
    return AuditCompareEvent(audit, bytes, size, error);
  case RECORD_COMMITTED:
    return AuditCompareCommitted(audit, bytes, size, error);
  case RECORD_HIDDEN:
    return AuditCompareHiddenEvent(audit, bytes, size, error);
  default:
    return MARKET_OK;
  }
}

/* Nothing that was carried out is missing from the window that ends. */
static MarketStatus EndWindow(Audit audit, MarketError *error)
{
  if (!audit->open) return MARKET_OK;
  if (LogReadingRun(audit->reading, NULL)->privacy == PRIVACY_COMMITTED) {
    MARKET_TRY(AuditCommittedDone(audit, error));
  } else {
    MARKET_TRY(AuditEntriesDone(audit, error));
    MARKET_TRY(AuditEventsDone(audit, error));
  }
  CloseWindow(audit);
  return MARKET_OK;
}

MarketStatus AuditTake(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  uint64_t     index  = LogReadingNext(audit->reading);
  int          type   = RecordTypeOf(bytes, size);
  bool         begins = type == RECORD_RUN || type == RECORD_WINDOW;
  MarketError  inner  = {0};
  MarketStatus status = begins ? EndWindow(audit, &inner) : Compare(audit, type, bytes, size, &inner);

  if (status) return LogFault(error, index, &inner);
  MARKET_TRY(LogReadingTake(audit->reading, bytes, size, error));
  if (type == RECORD_RUN) OpenRun(audit);
  if (type == RECORD_WINDOW && OpenWindow(audit, &inner)) return LogFault(error, index, &inner);
  return MARKET_OK;
}

MarketStatus AuditEnd(Audit audit, MarketError *error)
{
  MarketError inner = {0};

  if (EndWindow(audit, &inner)) return LogFault(error, LogReadingNext(audit->reading), &inner);
  MARKET_TRY(LogReadingEnd(audit->reading, error));
  return AuditOpeningsDone(audit, error);
}

LogReading AuditReading(Audit audit)
{
  return audit->reading;
}

const AuditCounts *AuditCountsOf(Audit audit)
{
  return &audit->counts;
}
