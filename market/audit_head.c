/* Accounts, contracts and anchors at the head of a run, as a log is read. */
#include "ledger/checkpoint.h"
#include "market/audit_impl.h"
#include "market/committed_record.h"
#include "market/contract.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Accounts ----------------------------------------------------------------------------------------------------- */

static MarketStatus KeepAccount(LogReading reading, EntryText name, MarketError *error)
{
  if (reading->n_accounts == reading->account_capacity) {
    size_t capacity = reading->account_capacity ? 2 * reading->account_capacity : 64;
    char **larger   = realloc(reading->account, capacity * sizeof *larger);
    if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu accounts", capacity);
    reading->account          = larger;
    reading->account_capacity = capacity;
  }
  reading->account[reading->n_accounts] = strndup(name.bytes, name.length);
  if (!reading->account[reading->n_accounts]) return MarketFail(error, MARKET_NO_MEMORY, "no memory for an account");
  reading->n_accounts++;
  return MARKET_OK;
}

/* Public runs name all accounts, in their order; committed ones only the operators', and in an order that says nothing. */
MarketStatus LogReadingTakeAccount(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error)
{
  AccountRecord account;
  bool          committed = reading->run.privacy == PRIVACY_COMMITTED;

  MARKET_TRY(AccountRecordRead(bytes, size, &account, error));
  reading->counts.accounts++;
  if (account.form == COMMITTED_CLEAR && committed && !CommittedNameIsOperator(account.name))
    return MarketFail(error, MARKET_BAD_INPUT, "account names a participant in a run in committed privacy");
  if (account.form != COMMITTED_CLEAR && !committed)
    return MarketFail(error, MARKET_BAD_INPUT, "account hides its name in a run in public privacy");
  return committed ? MARKET_OK : KeepAccount(reading, account.name, error);
}

/* ---- Contracts ---------------------------------------------------------------------------------------------------- */

void LogReadingForgetHead(LogReading reading)
{
  for (size_t k = 0; k < reading->n_accounts; k++) free(reading->account[k]);
  reading->n_accounts = 0;
  for (size_t k = 0; k < reading->n_contracts; k++) free(reading->contract[k].name);
  reading->n_contracts = 0;
  if (reading->slot) memset(reading->slot, 0, reading->n_slots * sizeof *reading->slot);
}

/* The slot of a hash, or the empty one where it belongs. */
static size_t *SlotOf(LogReading reading, const uint8_t hash[LEDGER_HASH_BYTES])
{
  size_t at;

  memcpy(&at, hash, sizeof at); /* which slot is nobody's concern: nothing is listed in the table's order */
  for (at &= reading->n_slots - 1; reading->slot[at]; at = (at + 1) & (reading->n_slots - 1))
    if (!memcmp(reading->contract[reading->slot[at] - 1].hash.byte, hash, LEDGER_HASH_BYTES)) break;
  return &reading->slot[at];
}

/* Room for one more, at most half of the slots in use. */
static bool Grow(LogReading reading)
{
  size_t       capacity = reading->contract_capacity ? 2 * reading->contract_capacity : 32;
  LogContract *contract;
  size_t      *slot;

  if (reading->n_contracts < reading->contract_capacity) return true;
  contract = realloc(reading->contract, capacity * sizeof *contract);
  if (!contract) return false;
  reading->contract = contract;
  slot              = calloc(2 * capacity, sizeof *slot);
  if (!slot) return false;
  free(reading->slot);
  reading->slot              = slot;
  reading->n_slots           = 2 * capacity;
  reading->contract_capacity = capacity;
  for (size_t k = 0; k < reading->n_contracts; k++) *SlotOf(reading, contract[k].hash.byte) = k + 1;
  return true;
}

MarketStatus LogReadingTakeContract(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error)
{
  LogContract kept = {.index = reading->index};
  Contract    contract;
  size_t     *slot;

  MARKET_TRY(ContractDecode(bytes, size, &contract, error));
  kept.hash = LedgerHashLeaf(bytes, size);
  if (!Grow(reading)) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a contract");
  slot = SlotOf(reading, kept.hash.byte);
  if (*slot)
    return MarketFail(error, MARKET_BAD_INPUT, "contract %.*s stands here again; entry %" PRIu64 " deploys it",
                      (int)contract.name.length, contract.name.bytes, reading->contract[*slot - 1].index);
  kept.name = strndup(contract.name.bytes, contract.name.length);
  if (!kept.name) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a contract");
  reading->contract[reading->n_contracts++] = kept;
  *slot                                     = reading->n_contracts;
  reading->counts.contracts++;
  return MARKET_OK;
}

const LogContract *LogReadingContracts(LogReading reading, size_t *n)
{
  *n = reading->n_contracts;
  return reading->contract;
}

const LogContract *LogReadingContract(LogReading reading, const uint8_t hash[LEDGER_HASH_BYTES])
{
  size_t *slot = reading->n_contracts ? SlotOf(reading, hash) : NULL;

  return slot && *slot ? &reading->contract[*slot - 1] : NULL;
}

/* ---- Anchors ------------------------------------------------------------------------------------------------------ */

/* Verifies the signatures of the keys that are known; none of them needs to have signed. */
static LedgerStatus VerifyAnchor(LogReading reading, LedgerNote note, bool *verified, LedgerError *error)
{
  for (size_t s = 0; s < LedgerNoteSignatureCount(note); s++)
    for (size_t k = 0; k < reading->n_keys; k++)
      if (LedgerNoteLineBy(note, s, reading->keys[k])) *verified = true;
  if (!*verified) return LEDGER_OK;
  return LedgerNoteVerify(note, reading->keys, reading->n_keys, "checkpoint", NULL, NULL, error);
}

static LedgerStatus CheckAnchor(LogReading reading, EntryText checkpoint, bool *verified, LedgerError *error)
{
  LedgerStatus     status;
  LedgerNote       note = NULL;
  LedgerCheckpoint head = {0};
  size_t           length;
  const char      *text;

  LEDGER_TRY(LedgerNoteParse(checkpoint.bytes, checkpoint.length, "checkpoint", &note, error));
  text = LedgerNoteText(note, &length);
  LEDGER_TRY(LedgerCheckpointParse(text, length, "checkpoint", &head, error));
  LEDGER_TRY(VerifyAnchor(reading, note, verified, error));
out:
  LedgerCheckpointFree(&head);
  LedgerNoteDestroy(&note);
  return status;
}

MarketStatus LogReadingTakeAnchor(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error)
{
  AnchorRecord anchor;
  LedgerError  ledger   = {""};
  bool         verified = false;

  MARKET_TRY(AnchorRecordRead(bytes, size, &anchor, error));
  MARKET_TRY(
      MarketFromLedger(CheckAnchor(reading, anchor.checkpoint, &verified, &ledger), MARKET_BAD_INPUT, &ledger, error));
  reading->counts.anchors++;
  if (verified) reading->counts.anchors_verified++;
  return MARKET_OK;
}
