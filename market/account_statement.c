/* A participant's statement: its lines, collected. */
#define _GNU_SOURCE /* memmem */
#include "market/account_statement.h"

#include "market/committed_record.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  size_t   run, offset, size; /* in `bytes` */
  uint64_t index;
  uint32_t window, interval; /* to sort by */
} KeptLine;

struct _s_AccountStatement {
  char       *name;
  size_t      n, capacity;
  KeptLine   *line;
  MarketBytes bytes; /* the entries, one behind the other */
  size_t      n_runs;
  AccountRun *run;
};

MarketStatus AccountStatementCreate(const char *name, AccountStatement *statement, MarketError *error)
{
  *statement = calloc(1, sizeof **statement);
  if (*statement) (*statement)->name = strdup(name);
  if (*statement && (*statement)->name) return MARKET_OK;
  AccountStatementDestroy(statement);
  return MarketFail(error, MARKET_NO_MEMORY, "no memory for a statement");
}

static void FreeRun(AccountRun *run)
{
  free(run->study);
  free(run->policy);
  free(run->currency);
  StatementDestroy(&run->sums);
  for (size_t k = 0; k < run->n_contracts; k++) free(run->contract[k].name);
  free(run->contract);
}

void AccountStatementDestroy(AccountStatement *statement)
{
  AccountStatement s = *statement;

  if (!s) return;
  for (size_t r = 0; r < s->n_runs; r++) FreeRun(&s->run[r]);
  free(s->run);
  free(s->line);
  MarketBytesFree(&s->bytes);
  free(s->name);
  free(s);
  *statement = NULL;
}

/* ---- Taking lines ------------------------------------------------------------------------------------------------- */

static MarketStatus AddRun(AccountStatement s, const RunRecord *record, uint64_t number, MarketError *error)
{
  AccountRun *larger = realloc(s->run, (s->n_runs + 1) * sizeof *larger), *run;

  if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a statement");
  s->run        = larger;
  run           = &s->run[s->n_runs];
  *run          = (AccountRun){.number = number};
  run->study    = strndup(record->study.bytes, record->study.length);
  run->policy   = strndup(record->policy.bytes, record->policy.length);
  run->currency = strndup(record->currency.bytes, record->currency.length);
  memcpy(run->run_id, record->run_id, sizeof run->run_id);
  s->n_runs++;
  if (!run->study || !run->policy || !run->currency)
    return MarketFail(error, MARKET_NO_MEMORY, "no memory for a statement");
  return StatementCreate(run->currency, &run->sums, error);
}

/* Keeps the contract that a line carries out, once a run. */
static MarketStatus KeepContract(AccountRun *run, LogReading reading, const SettlementEntry *entry, MarketError *error)
{
  const LogContract *found = entry->has_reference ? LogReadingContract(reading, entry->reference) : NULL;
  LogContract       *larger;

  if (!found) return MARKET_OK;
  for (size_t k = 0; k < run->n_contracts; k++)
    if (run->contract[k].index == found->index) return MARKET_OK;
  larger = realloc(run->contract, (run->n_contracts + 1) * sizeof *larger);
  if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a statement");
  run->contract                        = larger;
  run->contract[run->n_contracts]      = *found;
  run->contract[run->n_contracts].name = strdup(found->name);
  if (!run->contract[run->n_contracts].name) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a statement");
  run->n_contracts++;
  return MARKET_OK;
}

static MarketStatus Keep(AccountStatement s, uint64_t index, const SettlementEntry *entry, const uint8_t *bytes,
                         size_t size, MarketError *error)
{
  if (s->n == s->capacity) {
    size_t    capacity = s->capacity ? 2 * s->capacity : 64;
    KeptLine *line     = realloc(s->line, capacity * sizeof *line);
    if (!line) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a statement");
    s->line     = line;
    s->capacity = capacity;
  }
  s->line[s->n] = (KeptLine){s->n_runs - 1, s->bytes.size, size, index, entry->window, entry->interval};
  MarketPutRaw(&s->bytes, bytes, size);
  MARKET_TRY(MarketBytesCheck(&s->bytes, error));
  s->n++;
  return MARKET_OK;
}

MarketStatus AccountStatementTakeEntry(AccountStatement statement, LogReading reading, uint64_t index,
                                       const uint8_t *bytes, size_t size, MarketError *error)
{
  SettlementEntry  entry;
  uint64_t         number;
  const RunRecord *record = LogReadingRun(reading, &number);
  AccountRun      *run;

  MARKET_TRY(SettlementEntryDecode(bytes, size, &entry, error));
  if (entry.participant_name.length != strlen(statement->name) ||
      memcmp(entry.participant_name.bytes, statement->name, entry.participant_name.length) != 0)
    return MARKET_OK;
  if (statement->n_runs == 0 || statement->run[statement->n_runs - 1].number != number)
    MARKET_TRY(AddRun(statement, record, number, error));
  run = &statement->run[statement->n_runs - 1];
  MARKET_TRY(StatementAdd(run->sums, &entry, error));
  MARKET_TRY(KeepContract(run, reading, &entry, error));
  return Keep(statement, index, &entry, bytes, size, error);
}

MarketStatus AccountStatementTake(AccountStatement statement, LogReading reading, const uint8_t *bytes, size_t size,
                                  MarketError *error)
{
  uint64_t        index = LogReadingNext(reading) - 1;
  CommittedRecord record;

  if (RecordTypeOf(bytes, size) == RECORD_SETTLEMENT)
    return AccountStatementTakeEntry(statement, reading, index, bytes, size, error);
  if (RecordTypeOf(bytes, size) != RECORD_COMMITTED) return MARKET_OK;
  MARKET_TRY(CommittedRecordRead(bytes, size, &record, error));
  if (record.form != COMMITTED_CLEAR) return MARKET_OK;
  return AccountStatementTakeEntry(statement, reading, index, record.bytes, record.size, error);
}

static int CompareLines(const void *a, const void *b)
{
  const KeptLine *p = a, *q = b;

  if (p->run != q->run) return p->run < q->run ? -1 : 1;
  if (p->window != q->window) return p->window < q->window ? -1 : 1;
  if (p->interval != q->interval) return p->interval < q->interval ? -1 : 1;
  return (p->index > q->index) - (p->index < q->index);
}

void AccountStatementSort(AccountStatement statement)
{
  if (statement->n > 1) qsort(statement->line, statement->n, sizeof *statement->line, CompareLines);
}

/* ---- What was taken ----------------------------------------------------------------------------------------------- */

const char *AccountStatementName(AccountStatement statement)
{
  return statement->name;
}

size_t AccountStatementCount(AccountStatement statement)
{
  return statement->n;
}

size_t AccountStatementRuns(AccountStatement statement)
{
  return statement->n_runs;
}

const AccountRun *AccountStatementRun(AccountStatement statement, size_t run)
{
  return &statement->run[run];
}

static AccountCause CauseOf(const SettlementEntry *entry)
{
  switch ((unsigned)entry->kind & 0xFF00u) {
  case 0x0100:
  case 0x0200:
    return CAUSE_PRICE;
  case 0x0400:
    return CAUSE_CONTRACT;
  default:
    return entry->kind == SETTLEMENT_TRADE        ? CAUSE_TRADE
           : entry->kind == SETTLEMENT_TRADE_POOL ? CAUSE_PRICE
                                                  : CAUSE_RULE;
  }
}

AccountLine AccountStatementLine(AccountStatement statement, size_t k)
{
  const KeptLine   *kept = &statement->line[k];
  const AccountRun *run  = &statement->run[kept->run];
  AccountLine       line = {.run = kept->run, .index = kept->index};

  SettlementEntryDecode(statement->bytes.data + kept->offset, kept->size, &line.entry, NULL); /* was decoded before */
  line.cause = CauseOf(&line.entry);
  for (size_t c = 0; c < run->n_contracts && line.entry.has_reference; c++)
    if (!memcmp(run->contract[c].hash.byte, line.entry.reference, LEDGER_HASH_BYTES)) line.contract = &run->contract[c];
  return line;
}

const char *SettlementKindRule(SettlementKind kind)
{
  switch (kind) {
  case SETTLEMENT_GENERATION:
    return "energy fed in, at the day-ahead price of its bus";
  case SETTLEMENT_CONSUMPTION:
    return "energy taken, at the day-ahead price of its bus";
  case SETTLEMENT_STORAGE_CHARGE:
    return "energy taken into a storage, at the day-ahead price of its bus";
  case SETTLEMENT_STORAGE_DISCHARGE:
    return "energy fed in from a storage, at the day-ahead price of its bus";
  case SETTLEMENT_LINK_TERMINAL:
    return "energy into or out of one end of a link, at the day-ahead price of its bus";
  case SETTLEMENT_DEVIATION:
    return "what was metered less what was scheduled, at the real-time price of its bus";
  case SETTLEMENT_TRADE:
    return "energy sold between participants, at the price of the trade";
  case SETTLEMENT_TRADE_POOL:
    return "the pool has already settled what was traded: that is given back, at the day-ahead price of its bus";
  case SETTLEMENT_GRID_FEE:
    return "what traded energy owes the grid: the difference of prices between its buses and the fee by energy, on the "
           "net "
           "position";
  case SETTLEMENT_TRADE_SPREAD:
    return "pay as bid: what buyers pay above what sellers receive";
  case SETTLEMENT_CONTRACT_ENERGY:
    return "energy delivered under a contract, at its price";
  case SETTLEMENT_CONTRACT_DIFFERENCE:
    return "contract for difference: strike price less reference price";
  case SETTLEMENT_CONTRACT_CAPACITY:
    return "capacity rent under a contract";
  case SETTLEMENT_CONTRACT_TAKE_OR_PAY:
    return "energy that a contract has paid for whether it is taken or not";
  case SETTLEMENT_CONTRACT_PENALTY:
    return "penalty for what a contract's delivery fell short of";
  case SETTLEMENT_CONTRACT_RESPONSE:
    return "payment for demand curtailed or shifted under a contract";
  case SETTLEMENT_CARBON:
    return "allowances for the grams of CO2 emitted, at the price per tonne; a grant sold back";
  case SETTLEMENT_TIE_RENT:
    return "the flow into one end of a tie line, at the price of its bus: rent of all ties";
  case SETTLEMENT_CONGESTION:
    return "what price differences along the region's branches leave, without losses";
  case SETTLEMENT_LOSSES:
    return "losses of the region's branches and shunts, and what they cost";
  case SETTLEMENT_SHORTAGE:
    return "demand that nobody served, where the dispatch was made elastic";
  case SETTLEMENT_SURPLUS:
    return "energy that nobody took, where the dispatch was made elastic";
  case SETTLEMENT_UNACCOUNTED:
    return "what the solver's tolerance left of the bus balances";
  case SETTLEMENT_ROUNDING:
    return "what rounding every other line to whole millionths left of the interval";
  case SETTLEMENT_BALANCING:
    return "congestion, losses and ties of the deviations, at real-time prices";
  case SETTLEMENT_EXCHANGE:
    return "the region's transfers with other regions, taken together";
  }
  return "";
}

void AccountCausePrint(FILE *stream, const AccountLine *line)
{
  const SettlementEntry *e = &line->entry;

  switch (line->cause) {
  case CAUSE_PRICE:
    fprintf(stream, "%s price", e->kind == SETTLEMENT_DEVIATION ? "real-time" : "day-ahead");
    if (e->bus) fprintf(stream, " at bus %" PRIu32, e->bus);
    break;
  case CAUSE_TRADE:
    fputs("price of the trade", stream);
    break;
  case CAUSE_CONTRACT:
    fputs("contract ", stream);
    if (line->contract)
      fputs(line->contract->name, stream);
    else
      for (size_t k = 0; k < 8; k++) fprintf(stream, "%02x", e->reference[k]);
    break;
  case CAUSE_RULE:
    fprintf(stream, "rule: %s", SettlementKindName(e->kind));
    break;
  }
}

/* ---- Near names --------------------------------------------------------------------------------------------------- */

enum { NEAR_MOST = 63 }; /* bytes of a name that are compared */

static size_t Distance(const char *a, size_t n, const char *b, size_t m)
{
  size_t row[NEAR_MOST + 1];

  for (size_t j = 0; j <= m; j++) row[j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t diagonal = row[0];
    row[0]          = i;
    for (size_t j = 1; j <= m; j++) {
      size_t above = row[j];
      size_t cost  = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
      size_t best  = diagonal + cost;
      if (above + 1 < best) best = above + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      diagonal = above;
      row[j]   = best;
    }
  }
  return row[m];
}

void NearNamesOffer(NearNames *names, const char *wanted, EntryText name)
{
  size_t n = strlen(wanted) < NEAR_MOST ? strlen(wanted) : NEAR_MOST;
  size_t m = name.length < NEAR_MOST ? name.length : NEAR_MOST;
  size_t distance, at;

  for (size_t k = 0; k < names->n; k++)
    if (strlen(names->near[k].name) == m && !memcmp(names->near[k].name, name.bytes, m)) return;
  distance = Distance(wanted, n, name.bytes, m);
  if (distance > 1 && n && memmem(name.bytes, name.length, wanted, n)) distance = 1; /* a part of the name */
  for (at = 0; at < names->n && names->near[at].distance <= distance; at++)
    ;
  if (at == NEAR_NAMES) return;
  if (names->n < NEAR_NAMES) names->n++;
  memmove(&names->near[at + 1], &names->near[at], (names->n - 1 - at) * sizeof names->near[0]);
  names->near[at].distance = distance;
  memcpy(names->near[at].name, name.bytes, m);
  names->near[at].name[m] = 0;
}
