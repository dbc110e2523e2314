/* The audit of a run's registered accounts against those that its inputs name. */
#include "market/account.h"
#include "market/audit_run_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

MarketStatus AuditKeepAccount(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  if (audit->n_accounts == audit->account_capacity) {
    size_t      capacity = audit->account_capacity ? 2 * audit->account_capacity : 64;
    LedgerHash *larger   = realloc(audit->account, capacity * sizeof *larger);
    if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu accounts", capacity);
    audit->account          = larger;
    audit->account_capacity = capacity;
  }
  if (audit->n_accounts == 0) audit->first_account = LogReadingNext(audit->reading);
  audit->account[audit->n_accounts++] = LedgerHashLeaf(bytes, size);
  return MARKET_OK;
}

/* Name of account k of the facts; those of declared accounts go to `text`. */
static EntryText NameOf(Facts facts, size_t k, MarketBytes *text)
{
  size_t      region, start = text->size;
  AccountKind kind;

  if (k < facts->n_participants) return facts->participant[k];
  kind = AccountKindOf(facts->n_participants, (uint32_t)k, &region);
  MarketPutRaw(text, AccountPrefix(kind), strlen(AccountPrefix(kind)));
  if (kind != ACCOUNT_TIE_RENT) MarketPutRaw(text, facts->region[region].bytes, facts->region[region].length);
  return (EntryText){NULL, text->size - start};
}

/* What of the records is to be made: all by name, or in committed privacy with the operator's secret. */
typedef struct {
  size_t         n;
  EntryText     *name;
  AccountRecord *record;
  LedgerHash    *salt;
  LedgerSecret  *secret;
  size_t        *order;
  MarketBytes    text; /* names of declared accounts */
} Expected;

static void Free(Expected *e)
{
  free(e->name);
  free(e->record);
  free(e->salt);
  free(e->secret);
  free(e->order);
  MarketBytesFree(&e->text);
}

static MarketStatus MakeNames(Expected *e, Facts facts, MarketError *error)
{
  size_t at = 0;

  e->n      = AccountCount(facts->n_participants, facts->n_regions);
  e->name   = calloc(e->n, sizeof *e->name);
  e->record = calloc(e->n, sizeof *e->record);
  e->salt   = calloc(e->n, sizeof *e->salt);
  e->secret = calloc(e->n, sizeof *e->secret);
  e->order  = calloc(e->n, sizeof *e->order);
  if (!e->name || !e->record || !e->salt || !e->secret || !e->order)
    return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu accounts", e->n);
  for (size_t k = 0; k < e->n; k++) e->name[k] = NameOf(facts, k, &e->text);
  MARKET_TRY(MarketBytesCheck(&e->text, error));
  for (size_t k = facts->n_participants; k < e->n; at += e->name[k++].length)
    e->name[k].bytes = (const char *)e->text.data + at;
  return MARKET_OK;
}

static MarketStatus MakeRecords(Expected *e, Facts facts, LedgerSecret secret, MarketError *error)
{
  LedgerHash run;

  memcpy(run.byte, facts->run_id, sizeof run.byte);
  for (size_t k = 0; k < e->n; k++) {
    e->record[k] = (AccountRecord){.form = COMMITTED_CLEAR, .name = e->name[k]};
    e->order[k]  = k;
    e->secret[k] = secret;
  }
  return secret ? CommittedAccounts(&run, e->n, e->name, e->secret, e->record, e->salt, e->order, error) : MARKET_OK;
}

static MarketStatus Compare(Audit audit, const Expected *e, MarketError *error)
{
  for (size_t k = 0; k < e->n; k++) {
    const EntryText name  = e->name[e->order[k]];
    MarketBytes     bytes = {0};
    LedgerHash      leaf;
    AccountRecordWrite(&e->record[e->order[k]], &bytes);
    if (bytes.failed) MarketBytesFree(&bytes);
    if (!bytes.data) return MarketFail(error, MARKET_NO_MEMORY, "no memory for an account's record");
    leaf = LedgerHashLeaf(bytes.data, bytes.size);
    MarketBytesFree(&bytes);
    if (!LedgerHashEqual(&leaf, &audit->account[k]))
      return MarketFail(error, MARKET_BAD_INPUT,
                        "entry %" PRIu64 ": does not register the account %.*s, as the inputs of the run do",
                        audit->first_account + k, (int)(name.length < 100 ? name.length : 100), name.bytes);
  }
  return MARKET_OK;
}

MarketStatus AuditCheckAccounts(Audit audit, LedgerSecret secret, MarketError *error)
{
  bool         committed = LogReadingRun(audit->reading, NULL)->privacy == PRIVACY_COMMITTED;
  Facts        facts     = audit->inputs.facts;
  size_t       n         = AccountCount(facts->n_participants, facts->n_regions);
  Expected     e         = {0};
  MarketStatus status;

  if (audit->n_accounts != n)
    return MarketFail(error, MARKET_BAD_INPUT, "the run has registered %zu accounts; its inputs have %zu",
                      audit->n_accounts, n);
  if (committed && !secret) return MARKET_OK;
  status = MakeNames(&e, facts, error);
  if (!status) status = MakeRecords(&e, facts, committed ? secret : NULL, error);
  if (!status) status = Compare(audit, &e, error);
  Free(&e);
  return status;
}
