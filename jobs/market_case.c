/* The market of a run. */
#include "jobs/market_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/bid_case.h"
#include "jobs/concealment.h"
#include "jobs/contract_case.h"
#include "jobs/market_facts.h"
#include "ledger/checkpoint.h"
#include "market/record.h"
#include "market/rounding.h"

struct _p_MarketCase {
  Contracts     contracts;
  BidTable      bids;          /* NULL: the local market's book is made from the dispatch */
  BidCurves     net, realised; /* what the networks were before a window's bids entered them */
  LocalRules    local;
  GranularRules granular;
  MarketBytes   contract_state, granular_state; /* at the start of the next window */
};

/* A price of the study in millionths; what is not finite means no limit. */
static int64_t Price(PetscReal price, int64_t none)
{
  int64_t     millionths = none;
  MarketError error;

  if (!isfinite(price)) return none;
  return RoundPrice(price, "price", &millionths, &error) == MARKET_OK ? millionths : none;
}

static LocalMechanism MechanismNamed(const char *name)
{
  for (int k = LOCAL_NONE; LocalMechanismName((LocalMechanism)k); k++)
    if (!strcmp(LocalMechanismName((LocalMechanism)k), name)) return (LocalMechanism)k;
  return LOCAL_NONE;
}

static LocalRules RulesOf(const StudyLocal *local)
{
  LocalRules rules = LocalRulesDefault();

  if (!local->line) return rules;
  rules.mechanism  = MechanismNamed(local->mechanism);
  rules.price_rule = !strcmp(local->price, "last-accepted-offer") ? LOCAL_LAST_OFFER
                     : !strcmp(local->price, "last-accepted-bid") ? LOCAL_LAST_BID
                                                                  : LOCAL_MIDPOINT;
  rules.scope      = strcmp(local->scope, "study") ? LOCAL_SCOPE_REGION : LOCAL_SCOPE_STUDY;
  rules.merit      = local->renewable_first ? MERIT_RENEWABLE_FIRST : MERIT_PRICE;
  rules.price_min  = Price(local->price_min, LOCAL_NO_PRICE_MIN);
  rules.price_max  = Price(local->price_max, LOCAL_NO_PRICE_MAX);
  rules.fee        = Price(local->fee, 0);
  rules.load_value = Price(local->demand_value, 0);
  return rules;
}

static PetscErrorCode CheckFree(Study study, Participants participants, Faults faults)
{
  const StudyCarbon *carbon = &study->market.carbon;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < carbon->n_free; k++) {
    PetscBool found = PETSC_FALSE;
    for (PetscInt p = 0; p < participants->n; p++)
      if (!strcmp(carbon->free[k].name, participants->name[p]) ||
          !strcmp(carbon->free[k].name, participants->class_name[p]))
        found = PETSC_TRUE;
    if (!found)
      PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, carbon->free[k].line,
                          "free: found '%.60s', expected a participant or a class of participants",
                          carbon->free[k].name));
  }
  PetscFunctionReturn(0);
}

/* What would be refused when the first window is settled, said before it is dispatched. */
static PetscErrorCode CheckRules(Study study, Network net, Faults faults)
{
  const StudyCarbon *carbon = &study->market.carbon;

  PetscFunctionBeginUser;
  if (carbon->line && carbon->free_t > carbon->cap_t)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, carbon->line,
                        "carbon: found free_t %g above cap_t %g, expected at most that", carbon->free_t,
                        carbon->cap_t));
  if (study->market.certificates && net->series.step_hours > 1)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, study->start_line ? study->start_line : study->network_line,
                        "certificates: found snapshots %g h apart, expected at most an hour", net->series.step_hours));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadContracts(MPI_Comm comm, Study study, Network net, Participants participants, Faults faults,
                                    Contracts *contracts)
{
  const StudyMarket *market = &study->market;
  ContractTerms     *terms;
  PetscInt           read = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(market->n_contracts + 1, &terms));
  for (PetscInt k = 0; k < market->n_contracts; k++) {
    PetscCall(ContractTermsRead(comm, market->contracts[k].path, faults, &terms[k]));
    read += terms[k] != NULL;
  }
  if (read == market->n_contracts) PetscCall(ContractCaseCreate(read, terms, net, participants, faults, contracts));
  for (PetscInt k = 0; k < market->n_contracts; k++) PetscCall(ContractTermsDestroy(&terms[k]));
  PetscCall(PetscFree(terms));
  PetscFunctionReturn(0);
}

static PetscBool IsLocational(Run run)
{
  return run->market->local.mechanism == LOCAL_LOCATIONAL ? PETSC_TRUE : PETSC_FALSE;
}

/* The book that is made from the dispatch would trade heat against electricity. At locational prices there is none. */
static PetscErrorCode CheckBook(Study study, Network net, const LocalRules *local, Faults faults)
{
  PetscFunctionBeginUser;
  if (local->mechanism == LOCAL_NONE || study->market.local.bids_path) PetscFunctionReturn(0);
  if (local->mechanism == LOCAL_LOCATIONAL)
    PetscCall(FaultsAdd(faults, FAULT_WARNING, study->path, study->market.local.line,
                        "local: found no bids to enter the dispatch: every unit keeps its cost"));
  for (PetscInt b = 0; b < net->bus.n && local->mechanism != LOCAL_LOCATIONAL; b++)
    if (!NetworkBusIsElectric(net, b)) {
      PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, study->market.local.line,
                          "local: found no bids in a network that also carries %.40s, expected bids: FILE.csv",
                          net->bus.carrier[b]));
      break;
    }
  PetscFunctionReturn(0);
}

/* Bids that are to enter the dispatch are tried for every window before the first is solved. */
static PetscErrorCode ReadBids(MPI_Comm comm, Study study, Network net, Participants participants, MarketCase market,
                               Faults faults)
{
  PetscInt  before = FaultsErrorCount(faults);
  BidCurves curves = NULL;

  PetscFunctionBeginUser;
  if (!study->market.local.bids_path) PetscFunctionReturn(0);
  PetscCall(BidTableRead(comm, study->market.local.bids_path, net, participants, faults, &market->bids));
  if (market->local.mechanism != LOCAL_LOCATIONAL || !market->bids) PetscFunctionReturn(0);
  for (PetscInt w = 0; w < study->n_windows && FaultsErrorCount(faults) == before; w++) {
    PetscCall(BidCaseApplyCurves(net, market->bids, w * study->window_hours, study->window_hours, faults, &curves));
    if (curves) PetscCall(BidCaseRestore(net, &curves));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Enter(Run run, const Window *window, Network net, BidCurves *before)
{
  Faults faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(
      BidCaseApplyCurves(net, run->market->bids, window->first_snapshot, run->study->window_hours, faults, before));
  PetscCall(JobReport(run->job, faults));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowBid(Run run, Window *window)
{
  PetscFunctionBeginUser;
  if (!IsLocational(run) || !run->market->bids) PetscFunctionReturn(0);
  PetscCall(Enter(run, window, run->net, &run->market->net));
  if (run->realised) PetscCall(Enter(run, window, run->realised, &run->market->realised));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowUnbid(Run run)
{
  PetscFunctionBeginUser;
  if (run->market->net) PetscCall(BidCaseRestore(run->net, &run->market->net));
  if (run->market->realised) PetscCall(BidCaseRestore(run->realised, &run->market->realised));
  PetscFunctionReturn(0);
}

/* Why a file is no checkpoint of a log; empty where it is one. By whom it is signed, an auditor finds out. */
static void FindAnchorFault(const char *path, char fault[1024])
{
  LedgerCheckpoint checkpoint = {0};
  LedgerNote       note       = NULL;
  LedgerError      error      = {""};
  FileError        file       = {""};
  LedgerStatus     status;
  char            *bytes = NULL;
  const char      *text;
  size_t           size = 0, length;

  if (!FileRead(path, &bytes, &size, &file)) {
    snprintf(fault, 1024, "%s", file.text);
    return;
  }
  status = size > ANCHOR_MAX ? LedgerFail(&error, LEDGER_INPUT, path, "has more than %d bytes", (int)ANCHOR_MAX)
                             : LedgerNoteParse(bytes, size, path, &note, &error);
  if (status == LEDGER_OK) {
    text   = LedgerNoteText(note, &length);
    status = LedgerCheckpointParse(text, length, path, &checkpoint, &error);
  }
  snprintf(fault, 1024, "%s", status == LEDGER_OK ? "" : error.text);
  LedgerCheckpointFree(&checkpoint);
  LedgerNoteDestroy(&note);
  free(bytes);
}

static PetscErrorCode CheckAnchors(MPI_Comm comm, Study study, Faults faults)
{
  const StudyLedger *ledger = &study->ledger;
  char               fault[1024];
  PetscMPIInt        rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  for (PetscInt k = 0; k < ledger->n_anchors; k++) {
    if (rank == 0) FindAnchorFault(ledger->anchor[k].path, fault);
    PetscCallMPI(MPI_Bcast(fault, sizeof fault, MPI_CHAR, 0, comm));
    if (fault[0])
      PetscCall(FaultsAdd(faults, FAULT_ERROR, study->path, ledger->anchor[k].line,
                          "anchor: expected a checkpoint of a log, found that %.600s", fault));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode MarketCaseRead(MPI_Comm comm, Study study, Network net, Participants participants, Faults faults,
                              MarketCase *out)
{
  MarketCase market;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(out));
  market                   = *out;
  market->local            = RulesOf(&study->market.local);
  market->granular.enabled = study->market.certificates;
  market->granular.pool    = study->market.certificate_pool;
  PetscCall(CheckFree(study, participants, faults));
  PetscCall(CheckRules(study, net, faults));
  PetscCall(CheckAnchors(comm, study, faults));
  PetscCall(CheckBook(study, net, &market->local, faults));
  PetscCall(ReadContracts(comm, study, net, participants, faults, &market->contracts));
  PetscCall(ReadBids(comm, study, net, participants, market, faults));
  PetscFunctionReturn(0);
}

PetscErrorCode MarketCaseDestroy(MarketCase *market)
{
  PetscFunctionBeginUser;
  if (!*market) PetscFunctionReturn(0);
  ContractsDestroy(&(*market)->contracts);
  PetscCall(BidTableDestroy(&(*market)->bids));
  MarketBytesFree(&(*market)->contract_state);
  MarketBytesFree(&(*market)->granular_state);
  PetscCall(PetscFree(*market));
  PetscFunctionReturn(0);
}

Contracts MarketCaseContracts(Run run)
{
  return run->market->contracts;
}

/* ---- A window ----------------------------------------------------------------------------------------------------- */

static PetscBool IsParticipant(Run run, const char *name)
{
  for (PetscInt p = 0; p < run->participants->n; p++)
    if (!strcmp(name, run->participants->name[p])) return PETSC_TRUE;
  return PETSC_FALSE;
}

static MarketStatus SetCarbon(Run run, const Window *window, CarbonRules *rules, MarketError *error)
{
  const StudyCarbon *carbon = &run->study->market.carbon;

  if (!carbon->line) return MARKET_OK;
  rules->enabled = true;
  MARKET_TRY(RoundPrice(window->carbon_price, "carbon price", &rules->price, error));
  rules->has_cap = isfinite(carbon->cap_t);
  if (rules->has_cap) rules->cap_g = llround(carbon->cap_t * 1e6);
  rules->free_g = llround(carbon->free_t * 1e6);
  for (PetscInt k = 0; k < carbon->n_free; k++)
    MARKET_TRY(CarbonRulesAddShare(rules, !IsParticipant(run, carbon->free[k].name), EntryTextOf(carbon->free[k].name),
                                   llround(carbon->free[k].share * 1e6), error));
  return MARKET_OK;
}

static MarketStatus CopyState(const MarketBytes *from, MarketBytes *to, MarketError *error)
{
  MarketPutRaw(to, from->data, from->size);
  return MarketBytesCheck(to, error);
}

PetscErrorCode MarketCaseInputs(Run run, const Window *window, MarketInputs *inputs)
{
  MarketCase   market = run->market;
  MarketError  error  = {0};
  MarketStatus status;

  PetscFunctionBeginUser;
  *inputs = (MarketInputs){.local = market->local, .contracts = market->contracts, .granular = market->granular};
  inputs->local.carbon_price = Price(window->carbon_price, 0);
  PetscCall(MarketFactsCreate(run, window, window->realtime, run->run_id.byte, &inputs->facts));
  if (!inputs->facts) PetscFunctionReturn(0);
  status =
      BidCaseCreate(run->net, market->bids, window->first_snapshot, run->study->window_hours, &inputs->bids, &error);
  if (status == MARKET_OK) status = SetCarbon(run, window, &inputs->carbon, &error);
  if (status == MARKET_OK) status = CopyState(&market->contract_state, &inputs->contract_state, &error);
  if (status == MARKET_OK) status = CopyState(&market->granular_state, &inputs->granular_state, &error);
  if (status != MARKET_OK) JobFail(run->job, JOB_INPUT, "market of window %d: %.500s", (int)window->number, error.text);
  if (run->concealment && run->job->rank == 0) PetscCall(ConcealmentSalt(run, window->number, inputs->salt));
  PetscFunctionReturn(0);
}

PetscErrorCode MarketCaseRelease(Run run, MarketInputs *inputs)
{
  PetscFunctionBeginUser;
  if (run->market && inputs->contracts == run->market->contracts) inputs->contracts = NULL;
  MarketInputsFree(inputs);
  PetscFunctionReturn(0);
}

PetscErrorCode MarketCaseCarry(Run run, const MarketOutcome *outcome)
{
  MarketCase  market = run->market;
  MarketError error;

  PetscFunctionBeginUser;
  market->contract_state.size = market->granular_state.size = 0;
  PetscCheck(CopyState(&outcome->contract_state, &market->contract_state, &error) == MARKET_OK &&
                 CopyState(&outcome->granular_state, &market->granular_state, &error) == MARKET_OK,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "%s", error.text);
  PetscFunctionReturn(0);
}
