/* From a dispatch to money to records of the log: every rank carries out the window's market, which gives the same
   everywhere, and books the regions it holds; what they add to the log stays with it, block by block. Around the regions'
   blocks stand rank 0's own: what opens the run and the window, and what closes it. */
#include <stdlib.h>
#include <string.h>

#include "jobs/concealment.h"
#include "jobs/market_case.h"
#include "market/account.h"
#include "market/record.h"

/* ---- Rank 0's records --------------------------------------------------------------------------------------------- */

static PetscErrorCode AddWritten(LogBlock *block, MarketBytes *bytes)
{
  MarketError error;

  PetscFunctionBeginUser;
  PetscCheck(MarketBytesCheck(bytes, &error) == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_MEM, "%s", error.text);
  LogBlockAdd(block, bytes->data, bytes->size);
  MarketBytesFree(bytes);
  PetscFunctionReturn(0);
}

static PetscErrorCode AddRun(Run run, LogBlock *block)
{
  MarketBytes bytes  = {0};
  RunRecord   record = {.privacy  = run->concealment ? PRIVACY_COMMITTED : PRIVACY_PUBLIC,
                        .windows  = (uint32_t)run->study->n_windows,
                        .study    = EntryTextOf(run->study->name),
                        .policy   = EntryTextOf(run->study->policy),
                        .currency = EntryTextOf(run->study->currency)};

  PetscFunctionBeginUser;
  memcpy(record.run_id, run->run_id.byte, sizeof record.run_id);
  RunRecordWrite(&record, &bytes);
  PetscCall(AddWritten(block, &bytes));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddAccounts(Run run, Window *window, LogBlock *block)
{
  char name[2048];

  PetscFunctionBeginUser;
  if (run->concealment) {
    PetscCall(ConcealmentAccounts(run, window, block));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < RunAccounts(run); k++) {
    MarketBytes   bytes  = {0};
    AccountRecord record = {.form = COMMITTED_CLEAR};
    RunAccountName(run, k, name, sizeof name);
    record.name = EntryTextOf(name);
    AccountRecordWrite(&record, &bytes);
    PetscCall(AddWritten(block, &bytes));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddContracts(Run run, Window *window, LogBlock *block)
{
  Contracts contracts = MarketCaseContracts(run);

  PetscFunctionBeginUser;
  for (size_t k = 0; k < ContractsCount(contracts); k++) {
    size_t          size;
    const uint8_t  *record   = ContractsRecord(contracts, k, &size);
    const Contract *contract = ContractsGet(contracts, k);
    if (run->concealment)
      PetscCall(ConcealmentHide(run, window, block, record, size, 2, (EntryText[]){contract->seller, contract->buyer}));
    else
      LogBlockAdd(block, record, size);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddAnchors(Run run, LogBlock *block)
{
  const StudyLedger *ledger = &run->study->ledger;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < ledger->n_anchors && run->job->status == JOB_DONE; k++) {
    MarketBytes bytes = {0};
    char       *text  = NULL;
    size_t      size  = 0;
    FileError   error;
    if (FileRead(ledger->anchor[k].path, &text, &size, &error)) {
      AnchorRecordWrite(&(AnchorRecord){{text, size}}, &bytes);
      PetscCall(AddWritten(block, &bytes));
    } else {
      JobFail(run->job, JOB_INPUT, "%s", error.text);
    }
    free(text);
  }
  PetscFunctionReturn(0);
}

static uint64_t HeadCount(Run run, const Window *window)
{
  if (window->number) return 1;
  return 2 + (uint64_t)RunAccounts(run) + ContractsCount(MarketCaseContracts(run)) +
         (uint64_t)run->study->ledger.n_anchors;
}

/* What opens the window, and before its first window the run. */
static PetscErrorCode FillHead(Run run, Window *window, Facts facts, LogBlock *block)
{
  WindowRecord record = {.window           = facts->window,
                         .window_start     = facts->window_start,
                         .intervals        = facts->intervals,
                         .interval_seconds = facts->interval_seconds,
                         .regions          = facts->n_regions};
  MarketBytes  bytes  = {0};

  PetscFunctionBeginUser;
  if (!window->number) {
    PetscCall(AddRun(run, block));
    PetscCall(AddAccounts(run, window, block));
    PetscCall(AddContracts(run, window, block));
    PetscCall(AddAnchors(run, block));
  }
  RecordDigest(window->market.data, window->market.size, record.inputs);
  WindowRecordWrite(&record, &bytes);
  PetscCall(AddWritten(block, &bytes));
  PetscFunctionReturn(0);
}

/* Certificate events; in committed privacy their stand-ins, opened to whom they name. */
static PetscErrorCode FillEvents(Run run, Window *window, const GranularEvents *events, LogBlock *block)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; k < events->n; k++) {
    const uint8_t *bytes = events->bytes.data + events->record[k].offset;
    size_t         size  = events->record[k].size;
    GranularEvent  event;
    MarketError    error;
    if (!run->concealment) {
      LogBlockAdd(block, bytes, size);
      continue;
    }
    PetscCheck(GranularEventRead(bytes, size, &event, &error) == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "%s",
               error.text);
    PetscCall(ConcealmentHide(run, window, block, bytes, size, event.to.length ? 2 : 1,
                              (EntryText[]){event.holder, event.to}));
  }
  PetscFunctionReturn(0);
}

/* ---- Blocks ------------------------------------------------------------------------------------------------------- */

/* A region's entries in the order of the log. */
static PetscErrorCode FillRegion(Settlement settlement, LogBlock *block)
{
  size_t      first, count, size;
  uint8_t     bytes[ENTRY_SIZE_MAX];
  MarketError error;

  PetscFunctionBeginUser;
  SettlementRegionRange(settlement, (uint32_t)block->region, &first, &count);
  for (size_t k = first; k < first + count; k++) {
    PetscCheck(SettlementEntryEncode(&settlement->entry[k], bytes, sizeof bytes, &size, &error) == MARKET_OK,
               PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
    LogBlockAdd(block, bytes, size);
  }
  PetscFunctionReturn(0);
}

/* How many records each block will have decides where the next begins. */
static PetscErrorCode PlaceBlocks(Run run, Window *window, Facts facts, const MarketOutcome *outcome)
{
  PetscInt  regions = run->partition->n_regions;
  LogBlock *block;
  uint64_t  end;

  PetscFunctionBeginUser;
  window->n_blocks = regions + 2;
  PetscCall(PetscCalloc1(window->n_blocks, &window->block));
  block           = window->block;
  block[0].region = block[regions + 1].region = -1;
  block[0].n                                  = HeadCount(run, window);
  block[regions + 1].n                        = outcome->events.n + (run->concealment ? facts->intervals : 0);
  for (PetscInt r = 0; r < regions; r++) {
    size_t first, count;
    SettlementRegionRange(outcome->settlement, (uint32_t)r, &first, &count);
    block[r + 1].owner  = (int)run->partition->rank[r];
    block[r + 1].region = r;
    block[r + 1].n      = count;
  }
  PetscCall(LogBlocksPlace(run->job, window->n_blocks, block, window->log_start, &end));
  window->n_entries = end - window->log_start;
  PetscFunctionReturn(0);
}

static PetscErrorCode FillBlocks(Run run, Window *window, Facts facts, const MarketOutcome *outcome)
{
  LogBlock *tail = &window->block[window->n_blocks - 1];

  PetscFunctionBeginUser;
  if (run->job->rank == 0) PetscCall(FillHead(run, window, facts, &window->block[0]));
  for (PetscInt k = 1; k < window->n_blocks - 1; k++) {
    if (window->block[k].owner != run->job->rank) continue;
    if (run->concealment)
      PetscCall(ConcealmentFill(run, window, outcome->settlement, &window->block[k]));
    else
      PetscCall(FillRegion(outcome->settlement, &window->block[k]));
  }
  PetscCall(JobAgree(run->job));
  if (run->job->status != JOB_DONE) PetscFunctionReturn(0);
  if (run->job->rank == 0) PetscCall(FillEvents(run, window, &outcome->events, tail));
  if (run->concealment) PetscCall(ConcealmentClose(run, window, tail));
  for (PetscInt k = 0; k < window->n_blocks; k++)
    if (window->block[k].owner == run->job->rank) PetscCall(LogBlockHash(&window->block[k]));
  PetscFunctionReturn(0);
}

/* ---- The window --------------------------------------------------------------------------------------------------- */

/* Carries out the market; the entries made are those of this rank's regions. */
static PetscErrorCode Carry(Run run, Window *window)
{
  bool        *mine;
  MarketError  error = {0};
  MarketStatus status;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(run->partition->n_regions, &mine));
  for (PetscInt r = 0; r < run->partition->n_regions; r++) mine[r] = run->partition->rank[r] == run->job->rank;
  status = MarketExecute(&window->inputs, mine, &window->outcome, &error);
  if (status != MARKET_OK)
    JobFail(run->job,
            status == MARKET_NO_MEMORY    ? JOB_INTERNAL
            : status == MARKET_UNBALANCED ? JOB_UNSOLVED
                                          : JOB_INPUT,
            "settlement of window %d: %.500s", (int)window->number, error.text);
  PetscCall(PetscFree(mine));
  PetscFunctionReturn(0);
}

/* Books the outcome at `start` of the log and takes up what it hands on to the next window. */
static PetscErrorCode Book(Run run, Window *window, uint64_t start)
{
  Facts facts = window->inputs.facts;

  PetscFunctionBeginUser;
  window->log_start = start;
  PetscCall(TallyCreate((PetscInt)facts->intervals, RunAccounts(run), &window->tally));
  TallyAdd(&window->tally, window->outcome.settlement);
  PetscCall(TallyReduce(run->job, &window->tally));
  if (run->job->rank == 0) MarketInputsWrite(&window->inputs, &window->market);
  PetscCall(PlaceBlocks(run, window, facts, &window->outcome));
  PetscCall(FillBlocks(run, window, facts, &window->outcome));
  PetscCall(MarketCaseCarry(run, &window->outcome));
  PetscFunctionReturn(0);
}

/* Collective: the window's inputs are there, unless the job has failed on some rank. */
static PetscErrorCode Settle(Run run, Window *window, uint64_t start)
{
  PetscFunctionBeginUser;
  PetscCall(JobAgree(run->job));
  if (run->job->status == JOB_DONE) PetscCall(Carry(run, window));
  PetscCall(JobAgree(run->job));
  if (run->job->status == JOB_DONE) PetscCall(Book(run, window, start));
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

/* In a log of its own a run's windows follow each other, also where the log is ahead because a folder was lost; in a log
   that runs share a window goes to the end. */
static uint64_t NextStart(Run run)
{
  if (run->job->rank) return 0;
  return run->study->ledger.log_path ? LedgerWriterSize(run->writer) : run->log_next;
}

PetscErrorCode WindowSettle(Run run, Window *window)
{
  unsigned long long start = NextStart(run);

  PetscFunctionBeginUser;
  ProgressStage(&run->progress, "settlement");
  PetscCallMPI(MPI_Bcast(&start, 1, MPI_UNSIGNED_LONG_LONG, 0, run->job->comm));
  PetscCall(MarketCaseInputs(run, window, &window->inputs));
  PetscCall(Settle(run, window, start));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowRecall(Run run, const char *inputs_path, uint64_t start, Window *window)
{
  MarketError error = {0};
  FileError   file  = {""};
  char       *bytes = NULL;
  size_t      size  = 0;

  PetscFunctionBeginUser;
  if (!FileRead(inputs_path, &bytes, &size, &file))
    JobFail(run->job, JOB_UNVERIFIED, "%s", file.text);
  else if (MarketInputsRead((const uint8_t *)bytes, size, &window->inputs, &error) != MARKET_OK)
    JobFail(run->job, JOB_UNVERIFIED, "%.900s: %.100s", inputs_path, error.text);
  PetscCall(Settle(run, window, start));
  free(bytes);
  PetscFunctionReturn(0);
}
