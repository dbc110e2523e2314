/* Private statements: text, strict reading, checks. */
#include "market/opening_statement.h"

#include "ledger/text.h"
#include "market/money.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char title[] = "archipelago/private-statement/v1";

static char *CopyText(EntryText text)
{
  return strndup(text.bytes, text.length);
}

static MarketStatus CheckName(EntryText name, const char *what, MarketError *error)
{
  if (name.length == 0) return MarketFail(error, MARKET_BAD_INPUT, "%s is empty", what);
  return EntryTextCheck(name, what, error);
}

MarketStatus PrivateStatementCreate(EntryText origin, const LedgerHash *run, EntryText participant,
                                    PrivateStatement *statement, MarketError *error)
{
  PrivateStatement s;

  *statement = NULL;
  MARKET_TRY(CheckName(origin, "origin of the log", error));
  MARKET_TRY(CheckName(participant, "participant's name", error));
  s = calloc(1, sizeof *s);
  if (s) {
    s->run         = *run;
    s->origin      = CopyText(origin);
    s->participant = CopyText(participant);
  }
  if (!s || !s->origin || !s->participant) {
    PrivateStatementDestroy(&s);
    return MarketFail(error, MARKET_NO_MEMORY, "no memory for a private statement");
  }
  *statement = s;
  return MARKET_OK;
}

static void WipeFree(const uint8_t *bytes, size_t size)
{
  if (!bytes) return;
  OPENSSL_cleanse((void *)bytes, size);
  free((void *)bytes);
}

void PrivateStatementDestroy(PrivateStatement *statement)
{
  PrivateStatement s = *statement;

  if (!s) return;
  for (size_t k = 0; k < s->n; k++) WipeFree(s->opening[k].bytes, s->opening[k].size);
  for (size_t k = 0; k < s->n_records; k++) WipeFree(s->record[k].bytes, s->record[k].size);
  WipeFree((uint8_t *)s->opening, s->capacity * sizeof *s->opening);
  WipeFree((uint8_t *)s->record, s->records_capacity * sizeof *s->record);
  free(s->origin);
  free(s->participant);
  free(s);
  *statement = NULL;
}

void PrivateStatementSetAccount(PrivateStatement statement, uint64_t index, const LedgerHash *salt)
{
  statement->has_account   = true;
  statement->account_index = index;
  statement->account_salt  = *salt;
}

/* Room for one more element of `size` bytes; what was in the old memory is wiped. */
static MarketStatus Grow(void **array, size_t n, size_t *capacity, size_t size, MarketError *error)
{
  size_t more = *capacity ? 2 * *capacity : 16;
  void  *larger;

  if (n < *capacity) return MARKET_OK;
  larger = calloc(more, size);
  if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu openings", more);
  if (n) memcpy(larger, *array, n * size);
  WipeFree(*array, n * size);
  *array    = larger;
  *capacity = more;
  return MARKET_OK;
}

static MarketStatus CopyBytes(const uint8_t *bytes, size_t size, const uint8_t **copy, MarketError *error)
{
  uint8_t *own = malloc(size ? size : 1);

  if (!own) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu bytes", size);
  if (size) memcpy(own, bytes, size);
  *copy = own;
  return MARKET_OK;
}

MarketStatus PrivateStatementAdd(PrivateStatement statement, const Opening *opening, MarketError *error)
{
  PrivateStatement s = statement;
  SettlementEntry  entry;
  MarketError      inner;

  if (s->n && s->opening[s->n - 1].index >= opening->index)
    return MarketFail(error, MARKET_BAD_INPUT, "entry %" PRIu64 " does not follow entry %" PRIu64, opening->index,
                      s->opening[s->n - 1].index);
  if (opening->index > INT64_MAX || !LedgerScalarValid(&opening->quantity_blinding) ||
      !LedgerScalarValid(&opening->amount_blinding))
    return MarketFail(error, MARKET_BAD_INPUT, "entry %" PRIu64 ": index or blinding is too large", opening->index);
  if (SettlementEntryDecode(opening->bytes, opening->size, &entry, &inner) != MARKET_OK)
    return MarketFail(error, MARKET_BAD_INPUT, "entry %" PRIu64 ": %s", opening->index, inner.text);
  if (entry.participant_name.length != strlen(s->participant) ||
      memcmp(entry.participant_name.bytes, s->participant, entry.participant_name.length) != 0)
    return MarketFail(error, MARKET_BAD_INPUT, "entry %" PRIu64 " is of another participant than %s", opening->index,
                      s->participant);
  MARKET_TRY(Grow((void **)&s->opening, s->n, &s->capacity, sizeof *s->opening, error));
  s->opening[s->n] = *opening;
  MARKET_TRY(CopyBytes(opening->bytes, opening->size, &s->opening[s->n].bytes, error));
  s->n++;
  return MARKET_OK;
}

MarketStatus PrivateStatementAddRecord(PrivateStatement statement, const RecordOpening *opening, MarketError *error)
{
  PrivateStatement s = statement;

  if (s->n_records && s->record[s->n_records - 1].index >= opening->index)
    return MarketFail(error, MARKET_BAD_INPUT, "record %" PRIu64 " does not follow record %" PRIu64, opening->index,
                      s->record[s->n_records - 1].index);
  if (opening->index > INT64_MAX || opening->size == 0)
    return MarketFail(error, MARKET_BAD_INPUT, "record %" PRIu64 ": index too large or no bytes", opening->index);
  MARKET_TRY(Grow((void **)&s->record, s->n_records, &s->records_capacity, sizeof *s->record, error));
  s->record[s->n_records] = *opening;
  MARKET_TRY(CopyBytes(opening->bytes, opening->size, &s->record[s->n_records].bytes, error));
  s->n_records++;
  return MARKET_OK;
}

/* Writing */

static void PutString(MarketBytes *text, const char *string)
{
  MarketPutRaw(text, string, strlen(string));
}

static void PutBase64(MarketBytes *text, const char *key, const void *data, size_t size)
{
  size_t length = LedgerBase64Length(size);
  char  *out    = malloc(length + 1);

  if (!out) {
    text->failed = true;
    return;
  }
  LedgerBase64Encode(data, size, out);
  PutString(text, key);
  MarketPutRaw(text, out, length);
  PutString(text, "\n");
  OPENSSL_cleanse(out, length);
  free(out);
}

static void PutIndex(MarketBytes *text, const char *key, uint64_t index)
{
  char line[64];

  snprintf(line, sizeof line, "%s%" PRIu64 "\n", key, index);
  PutString(text, line);
}

/* The line for people; it follows from the entry's bytes. */
static void PutAbout(MarketBytes *text, const SettlementEntry *entry)
{
  time_t      start = (time_t)(entry->window_start + (int64_t)entry->interval * entry->interval_seconds);
  struct tm   calendar;
  char        when[64] = "", head[192], money[MONEY_TEXT_SIZE];
  const char *name = SettlementKindName(entry->kind), *unit = entry->kind == SETTLEMENT_CARBON ? "g CO2" : "Wh";

  if (gmtime_r(&start, &calendar)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &calendar);
  snprintf(head, sizeof head, "about %s for %" PRIu32 " s, %s", when, entry->interval_seconds, name ? name : "unknown");
  PutString(text, head);
  if (entry->asset.length) {
    PutString(text, " of ");
    MarketPutRaw(text, entry->asset.bytes, entry->asset.length);
  }
  snprintf(head, sizeof head, ": %" PRId64 " %s, %s ", entry->quantity_wh, unit, MoneyFormat(entry->amount, money));
  PutString(text, head);
  MarketPutRaw(text, entry->currency.bytes, entry->currency.length);
  PutString(text, "\n");
}

static void PutHead(MarketBytes *text, PrivateStatement s)
{
  char hex[2 * LEDGER_HASH_BYTES + 1];

  LedgerHashHex(&s->run, hex);
  PutString(text, title);
  PutString(text, "\norigin ");
  PutString(text, s->origin);
  PutString(text, "\nrun ");
  PutString(text, hex);
  PutString(text, "\nparticipant ");
  PutString(text, s->participant);
  PutString(text, "\n");
  if (!s->has_account) return;
  PutIndex(text, "\naccount ", s->account_index);
  PutBase64(text, "salt ", s->account_salt.byte, LEDGER_HASH_BYTES);
}

static void PutOpening(MarketBytes *text, const Opening *opening)
{
  SettlementEntry entry;

  PutIndex(text, "\nentry ", opening->index);
  SettlementEntryDecode(opening->bytes, opening->size, &entry, NULL);
  PutAbout(text, &entry);
  PutBase64(text, "bytes ", opening->bytes, opening->size);
  PutBase64(text, "entry-salt ", opening->entry_salt.byte, LEDGER_HASH_BYTES);
  PutBase64(text, "name-salt ", opening->name_salt.byte, LEDGER_HASH_BYTES);
  PutBase64(text, "quantity-blinding ", opening->quantity_blinding.byte, LEDGER_SCALAR_BYTES);
  PutBase64(text, "amount-blinding ", opening->amount_blinding.byte, LEDGER_SCALAR_BYTES);
}

static void PutRecord(MarketBytes *text, const RecordOpening *opening)
{
  PutIndex(text, "\nrecord ", opening->index);
  PutBase64(text, "bytes ", opening->bytes, opening->size);
  PutBase64(text, "salt ", opening->salt.byte, LEDGER_HASH_BYTES);
}

void PrivateStatementWrite(PrivateStatement statement, MarketBytes *text)
{
  PutHead(text, statement);
  for (size_t k = 0; k < statement->n; k++) PutOpening(text, &statement->opening[k]);
  for (size_t k = 0; k < statement->n_records; k++) PutRecord(text, &statement->record[k]);
}

MarketStatus PrivateStatementProve(PrivateStatement statement, uint64_t index, MarketBytes *text, MarketError *error)
{
  const Opening       *opening = NULL;
  const RecordOpening *record  = NULL;

  for (size_t k = 0; k < statement->n; k++)
    if (statement->opening[k].index == index) opening = &statement->opening[k];
  for (size_t k = 0; k < statement->n_records; k++)
    if (statement->record[k].index == index) record = &statement->record[k];
  if (!opening && !record)
    return MarketFail(error, MARKET_BAD_INPUT, "the statement of %s does not open entry %" PRIu64,
                      statement->participant, index);
  PutHead(text, statement);
  if (opening) PutOpening(text, opening);
  if (record) PutRecord(text, record);
  return MarketBytesCheck(text, error);
}

/* Reading */

typedef struct {
  const char  *text;
  size_t       length;
  size_t       number; /* of the line taken last */
  MarketError *error;
  uint8_t     *decoded; /* of the last `bytes` line */
  size_t       room;
} Lines;

static MarketStatus Expected(const Lines *lines, const char *what)
{
  return MarketFail(lines->error, MARKET_MALFORMED, "line %zu: %s expected", lines->number, what);
}

/* The rest of the next line behind `key`. */
static MarketStatus TakeLine(Lines *lines, const char *key, EntryText *rest)
{
  size_t      n = strlen(key), size = 0;
  const char *line = NULL;

  lines->number++;
  if (!LedgerNextLine(&lines->text, &lines->length, &line, &size) || size < n || memcmp(line, key, n) != 0)
    return MarketFail(lines->error, MARKET_MALFORMED, "line %zu: `%s` expected at its start", lines->number, key);
  *rest = (EntryText){line + n, size - n};
  return MARKET_OK;
}

static MarketStatus TakeFixed(Lines *lines, const char *key, uint8_t *bytes, size_t size)
{
  EntryText rest = {0};
  size_t    got  = 0;

  MARKET_TRY(TakeLine(lines, key, &rest));
  if (LedgerBase64Decode(rest.bytes, rest.length, bytes, size, &got) && got == size) return MARKET_OK;
  return Expected(lines, "canonical base64 of 32 bytes");
}

static MarketStatus TakeScalar(Lines *lines, const char *key, LedgerScalar *scalar)
{
  MARKET_TRY(TakeFixed(lines, key, scalar->byte, sizeof scalar->byte));
  return LedgerScalarValid(scalar) ? MARKET_OK : Expected(lines, "a number below the order of P-256");
}

/* The bytes stay until the next call. */
static MarketStatus TakeBytes(Lines *lines, const uint8_t **bytes, size_t *size)
{
  EntryText rest = {0};

  MARKET_TRY(TakeLine(lines, "bytes ", &rest));
  if (rest.length > lines->room) {
    uint8_t *larger = malloc(rest.length);
    if (!larger) return MarketFail(lines->error, MARKET_NO_MEMORY, "no memory for %zu bytes", rest.length);
    WipeFree(lines->decoded, lines->room);
    lines->decoded = larger;
    lines->room    = rest.length;
  }
  *bytes = lines->decoded;
  if (rest.length && LedgerBase64Decode(rest.bytes, rest.length, lines->decoded, lines->room, size)) return MARKET_OK;
  return Expected(lines, "canonical base64");
}

static MarketStatus TakeIndex(const Lines *lines, EntryText rest, uint64_t *index)
{
  return LedgerDecimalParse(rest.bytes, rest.length, index) ? MARKET_OK : Expected(lines, "a decimal number");
}

/* What the statement itself refuses, with the line. */
static MarketStatus Placed(const Lines *lines, MarketStatus status, const MarketError *inner)
{
  if (status == MARKET_OK) return MARKET_OK;
  if (status == MARKET_NO_MEMORY) return MarketFail(lines->error, status, "%s", inner->text);
  return MarketFail(lines->error, MARKET_MALFORMED, "line %zu: %s", lines->number, inner->text);
}

static MarketStatus TakeOpening(Lines *lines, PrivateStatement s)
{
  Opening      opening = {0};
  EntryText    rest    = {0};
  MarketError  inner;
  MarketStatus status;

  MARKET_TRY(TakeLine(lines, "entry ", &rest));
  MARKET_TRY(TakeIndex(lines, rest, &opening.index));
  MARKET_TRY(TakeLine(lines, "about ", &rest));
  MARKET_TRY(TakeBytes(lines, &opening.bytes, &opening.size));
  MARKET_TRY(TakeFixed(lines, "entry-salt ", opening.entry_salt.byte, LEDGER_HASH_BYTES));
  MARKET_TRY(TakeFixed(lines, "name-salt ", opening.name_salt.byte, LEDGER_HASH_BYTES));
  MARKET_TRY(TakeScalar(lines, "quantity-blinding ", &opening.quantity_blinding));
  MARKET_TRY(TakeScalar(lines, "amount-blinding ", &opening.amount_blinding));
  status = PrivateStatementAdd(s, &opening, &inner);
  return Placed(lines, status, &inner);
}

static MarketStatus TakeRecord(Lines *lines, PrivateStatement s)
{
  RecordOpening opening = {0};
  EntryText     rest    = {0};
  MarketError   inner;
  MarketStatus  status;

  MARKET_TRY(TakeLine(lines, "record ", &rest));
  MARKET_TRY(TakeIndex(lines, rest, &opening.index));
  MARKET_TRY(TakeBytes(lines, &opening.bytes, &opening.size));
  MARKET_TRY(TakeFixed(lines, "salt ", opening.salt.byte, LEDGER_HASH_BYTES));
  status = PrivateStatementAddRecord(s, &opening, &inner);
  return Placed(lines, status, &inner);
}

static MarketStatus TakeAccount(Lines *lines, PrivateStatement s)
{
  EntryText  rest  = {0};
  uint64_t   index = 0;
  LedgerHash salt;

  MARKET_TRY(TakeLine(lines, "account ", &rest));
  MARKET_TRY(TakeIndex(lines, rest, &index));
  MARKET_TRY(TakeFixed(lines, "salt ", salt.byte, sizeof salt.byte));
  PrivateStatementSetAccount(s, index, &salt);
  return MARKET_OK;
}

static MarketStatus TakeHead(Lines *lines, PrivateStatement *statement)
{
  EntryText    rest = {0}, origin = {0}, participant = {0};
  LedgerHash   run;
  MarketError  inner;
  MarketStatus status;

  MARKET_TRY(TakeLine(lines, title, &rest));
  if (rest.length) return Expected(lines, title);
  MARKET_TRY(TakeLine(lines, "origin ", &origin));
  MARKET_TRY(TakeLine(lines, "run ", &rest));
  if (!LedgerHexDecode(rest.bytes, rest.length, false, run.byte, sizeof run.byte))
    return Expected(lines, "64 lower-case hexadecimal digits");
  MARKET_TRY(TakeLine(lines, "participant ", &participant));
  status = PrivateStatementCreate(origin, &run, participant, statement, &inner);
  return Placed(lines, status, &inner);
}

static bool StartsWith(const Lines *lines, const char *key)
{
  return lines->length >= strlen(key) && memcmp(lines->text, key, strlen(key)) == 0;
}

/* The blocks behind the head: account, entries, records, each with an empty line before it. */
static MarketStatus TakeBlocks(Lines *lines, PrivateStatement s)
{
  MarketStatus status = MARKET_OK;
  EntryText    rest   = {0};

  while (status == MARKET_OK && lines->length) {
    MARKET_TRY(TakeLine(lines, "", &rest));
    if (rest.length) return Expected(lines, "an empty line");
    if (StartsWith(lines, "account "))
      status = s->has_account || s->n || s->n_records ? Expected(lines, "no account here") : TakeAccount(lines, s);
    else if (StartsWith(lines, "record "))
      status = TakeRecord(lines, s);
    else
      status = s->n_records ? Expected(lines, "no entry behind a record") : TakeOpening(lines, s);
  }
  return status;
}

/* The text is the one that the statement writes; what differs can only be a line for people. */
static MarketStatus CheckText(PrivateStatement s, const char *text, size_t length, MarketError *error)
{
  MarketBytes  again = {0};
  MarketStatus status;
  size_t       at = 0, line = 1;

  PrivateStatementWrite(s, &again);
  status = MarketBytesCheck(&again, error);
  if (status == MARKET_OK && (again.size != length || memcmp(again.data, text, length) != 0)) {
    for (; at < length && at < again.size && again.data[at] == (uint8_t)text[at]; at++) line += text[at] == '\n';
    status = MarketFail(error, MARKET_MALFORMED, "line %zu does not say what its entry's bytes do", line);
  }
  if (again.data) OPENSSL_cleanse(again.data, again.size);
  MarketBytesFree(&again);
  return status;
}

MarketStatus PrivateStatementRead(const char *text, size_t length, PrivateStatement *statement, MarketError *error)
{
  Lines        lines = {.text = text, .length = length, .error = error};
  MarketStatus status;

  *statement = NULL;
  status     = TakeHead(&lines, statement);
  if (status == MARKET_OK) status = TakeBlocks(&lines, *statement);
  WipeFree(lines.decoded, lines.room);
  if (status == MARKET_OK) status = CheckText(*statement, text, length, error);
  if (status != MARKET_OK) PrivateStatementDestroy(statement);
  return status;
}

MarketStatus PrivateStatementCheck(PrivateStatement statement, LedgerPedersen pedersen, PrivateStatementReader read,
                                   void *context, MarketError *error)
{
  CommittedBytes record = {0};
  EntryText      name   = EntryTextOf(statement->participant);

  if (statement->has_account) {
    MARKET_TRY(read(context, statement->account_index, &record, error));
    MARKET_TRY(AccountOpeningCheck(statement->account_index, name, &statement->account_salt, record, error));
  }
  for (size_t k = 0; k < statement->n; k++) {
    MARKET_TRY(read(context, statement->opening[k].index, &record, error));
    MARKET_TRY(OpeningCheck(pedersen, &statement->opening[k], record, error));
  }
  for (size_t k = 0; k < statement->n_records; k++) {
    MARKET_TRY(read(context, statement->record[k].index, &record, error));
    MARKET_TRY(RecordOpeningCheck(&statement->record[k], record, error));
  }
  return MARKET_OK;
}
