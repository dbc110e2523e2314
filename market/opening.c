/* Openings of committed entries and hidden records. */
#include "market/opening.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32 }; /* openings whose commitments are computed at once */

/* An opening beside the record that it should open. */
typedef struct {
  const Opening  *opening;
  CommittedRecord record;
  SettlementEntry entry;
} Pair;

static MarketStatus Refuse(MarketError *error, uint64_t index, const char *why)
{
  return MarketFail(error, MARKET_MALFORMED, "entry %" PRIu64 ": %s", index, why);
}

/* Everything but the commitments. */
static MarketStatus CheckHashes(Pair *pair, MarketError *error)
{
  const Opening         *opening = pair->opening;
  const CommittedRecord *record  = &pair->record;
  const SettlementEntry *entry   = &pair->entry;
  LedgerHash             hash;
  MarketError            inner;

  if (SettlementEntryDecode(opening->bytes, opening->size, &pair->entry, &inner) != MARKET_OK)
    return MarketFail(error, MARKET_MALFORMED, "entry %" PRIu64 ": its opening holds no settlement entry: %s",
                      opening->index, inner.text);
  if (entry->window != record->window || entry->region != record->region || entry->interval != record->interval ||
      entry->interval_seconds != record->interval_seconds || entry->window_start != record->window_start)
    return Refuse(error, opening->index, "window, region or interval in its opening are not those of the record");
  if (CommittedNameIsOperator(entry->participant_name))
    return Refuse(error, opening->index, "an operator's account is hidden; it belongs in the clear");
  hash = LedgerSaltedHash(COMMITTED_DOMAIN_ENTRY, &opening->entry_salt, opening->bytes, opening->size);
  if (!LedgerHashEqual(&hash, &record->entry_hash))
    return Refuse(error, opening->index, "entry and salt of its opening do not give the record's hash");
  hash = LedgerSaltedHash(COMMITTED_DOMAIN_NAME, &opening->name_salt, entry->participant_name.bytes,
                          entry->participant_name.length);
  if (!LedgerHashEqual(&hash, &record->name_hash))
    return Refuse(error, opening->index, "name and salt of its opening do not give the record's hash of the name");
  return MARKET_OK;
}

/* The commitments of n <= BATCH pairs, computed anew. */
static MarketStatus CheckCommitments(LedgerPedersen pedersen, size_t n, const Pair *pair, MarketError *error)
{
  int64_t      value[2 * BATCH];
  LedgerScalar blinding[2 * BATCH];
  LedgerPoint  point[2 * BATCH];
  LedgerError  ledger;
  LedgerStatus status;

  if (n == 0) return MARKET_OK;
  for (size_t k = 0; k < n; k++) {
    const Opening *opening = pair[k].opening;
    if (!LedgerScalarValid(&opening->quantity_blinding) || !LedgerScalarValid(&opening->amount_blinding))
      return Refuse(error, opening->index, "a blinding of its opening is not below the order");
    value[2 * k]        = pair[k].entry.quantity_wh;
    value[2 * k + 1]    = pair[k].entry.amount;
    blinding[2 * k]     = opening->quantity_blinding;
    blinding[2 * k + 1] = opening->amount_blinding;
  }
  status = LedgerPedersenCommit(pedersen, 2 * n, value, blinding, point, &ledger);
  OPENSSL_cleanse(blinding, sizeof blinding);
  MARKET_TRY(MarketFromLedger(status, MARKET_MALFORMED, &ledger, error));
  for (size_t k = 0; k < n; k++) {
    if (!LedgerPointEqual(&point[2 * k], &pair[k].record.quantity))
      return Refuse(error, pair[k].opening->index, "the committed quantity is not that of its opening");
    if (!LedgerPointEqual(&point[2 * k + 1], &pair[k].record.amount))
      return Refuse(error, pair[k].opening->index, "the committed amount is not that of its opening");
  }
  return MARKET_OK;
}

static MarketStatus ReadRecord(uint64_t index, CommittedBytes bytes, CommittedRecord *record, MarketError *error)
{
  MarketError inner;

  if (CommittedRecordRead(bytes.bytes, bytes.size, record, &inner) == MARKET_OK) return MARKET_OK;
  return MarketFail(error, MARKET_MALFORMED, "entry %" PRIu64 ": %s", index, inner.text);
}

MarketStatus OpeningCheck(LedgerPedersen pedersen, const Opening *opening, CommittedBytes record, MarketError *error)
{
  Pair pair = {.opening = opening};

  MARKET_TRY(ReadRecord(opening->index, record, &pair.record, error));
  if (pair.record.form != COMMITTED_HIDDEN) return Refuse(error, opening->index, "it is in the clear; nothing to open");
  MARKET_TRY(CheckHashes(&pair, error));
  return CheckCommitments(pedersen, 1, &pair, error);
}

MarketStatus RecordOpeningCheck(const RecordOpening *opening, CommittedBytes record, MarketError *error)
{
  HiddenRecord hidden;
  MarketError  inner;
  LedgerHash   hash = LedgerSaltedHash(COMMITTED_DOMAIN_RECORD, &opening->salt, opening->bytes, opening->size);

  if (HiddenRecordRead(record.bytes, record.size, &hidden, &inner) != MARKET_OK)
    return MarketFail(error, MARKET_MALFORMED, "entry %" PRIu64 ": %s", opening->index, inner.text);
  if (LedgerHashEqual(&hash, &hidden.hash)) return MARKET_OK;
  return Refuse(error, opening->index, "bytes and salt of its opening do not give the record's hash");
}

MarketStatus AccountOpeningCheck(uint64_t index, EntryText name, const LedgerHash *salt, CommittedBytes record,
                                 MarketError *error)
{
  AccountRecord account;
  MarketError   inner;
  LedgerHash    hash = LedgerSaltedHash(COMMITTED_DOMAIN_ACCOUNT, salt, name.bytes, name.length);

  if (AccountRecordRead(record.bytes, record.size, &account, &inner) != MARKET_OK)
    return MarketFail(error, MARKET_MALFORMED, "entry %" PRIu64 ": %s", index, inner.text);
  if (account.form == COMMITTED_HIDDEN && LedgerHashEqual(&hash, &account.hash)) return MARKET_OK;
  return Refuse(error, index, "name and salt do not give the registered account's hash");
}

/* A line of the settlement and where in the log it stands. */
typedef struct {
  SettlementEntry entry;
  uint64_t        index;
} Line;

typedef struct {
  LedgerPedersen pedersen;
  uint32_t       window, region;
  size_t         n_openings, used;
  const Opening *opening;
  Pair           pair[BATCH];
  size_t         n_pairs;
  Line          *line;
  LedgerHash     last;
} Witness;

static MarketStatus CheckPlace(Witness *witness, uint64_t index, bool first, CommittedBytes bytes,
                               const CommittedRecord *record, MarketError *error)
{
  LedgerHash leaf = LedgerHashLeaf(bytes.bytes, bytes.size);

  if (record->window != witness->window || record->region != witness->region)
    return MarketFail(error, MARKET_MALFORMED,
                      "entry %" PRIu64 ": it is of window %" PRIu32 ", region %" PRIu32 "; expected window %" PRIu32
                      ", region %" PRIu32,
                      index, record->window, record->region, witness->window, witness->region);
  if (!first && memcmp(witness->last.byte, leaf.byte, sizeof leaf.byte) >= 0)
    return Refuse(error, index, "it does not follow the entry before it in the order of leaf hashes");
  witness->last = leaf;
  return MARKET_OK;
}

static MarketStatus CheckPairs(Witness *witness, MarketError *error)
{
  size_t n = witness->n_pairs;

  witness->n_pairs = 0;
  return CheckCommitments(witness->pedersen, n, witness->pair, error);
}

static MarketStatus CheckOne(Witness *witness, uint64_t index, const CommittedRecord *record, Line *line,
                             MarketError *error)
{
  const Opening *opening = witness->used < witness->n_openings ? &witness->opening[witness->used] : NULL;
  Pair          *pair    = &witness->pair[witness->n_pairs];

  line->index = index;
  line->entry = record->entry;
  if (opening && opening->index < index)
    return Refuse(error, opening->index, "there is an opening too many for it, or for no entry of the block");
  if (record->form == COMMITTED_CLEAR)
    return opening && opening->index == index ? Refuse(error, index, "it is in the clear, yet it has an opening")
                                              : MARKET_OK;
  if (!opening || opening->index != index) return Refuse(error, index, "nobody holds an opening of it");
  *pair = (Pair){.opening = opening, .record = *record};
  MARKET_TRY(CheckHashes(pair, error));
  line->entry = pair->entry;
  witness->used++;
  return ++witness->n_pairs == BATCH ? CheckPairs(witness, error) : MARKET_OK;
}

static int CompareLines(const void *a, const void *b)
{
  const Line *x = a, *y = b;
  int         order = SettlementEntryCompare(&x->entry, &y->entry);

  return order ? order : (x->index > y->index) - (x->index < y->index);
}

static MarketStatus CheckUnique(size_t n, Line *line, MarketError *error)
{
  if (n > 1) qsort(line, n, sizeof *line, CompareLines);
  for (size_t i = 1; i < n; i++) {
    if (SettlementEntryCompare(&line[i - 1].entry, &line[i].entry)) continue;
    return MarketFail(error, MARKET_MALFORMED,
                      "entry %" PRIu64 ": it is the same line of the settlement as entry %" PRIu64, line[i].index,
                      line[i - 1].index);
  }
  return MARKET_OK;
}

static MarketStatus CheckBlock(Witness *witness, uint64_t start, size_t n, const CommittedBytes *record,
                               MarketError *error)
{
  for (size_t i = 0; i < n; i++) {
    CommittedRecord read;
    MARKET_TRY(ReadRecord(start + i, record[i], &read, error));
    MARKET_TRY(CheckPlace(witness, start + i, i == 0, record[i], &read, error));
    MARKET_TRY(CheckOne(witness, start + i, &read, &witness->line[i], error));
  }
  MARKET_TRY(CheckPairs(witness, error));
  if (witness->used < witness->n_openings)
    return Refuse(error, witness->opening[witness->used].index,
                  "there is an opening too many for it, or for no entry of the block");
  return CheckUnique(n, witness->line, error);
}

MarketStatus WitnessCheckOpenings(LedgerPedersen pedersen, uint32_t window, uint32_t region, uint64_t start, size_t n,
                                  const CommittedBytes *record, size_t n_openings, const Opening *opening,
                                  MarketError *error)
{
  MarketStatus status;
  Witness      witness = {.pedersen = pedersen, .window = window, .region = region, .n_openings = n_openings};

  witness.opening = opening;
  witness.line    = calloc(n ? n : 1, sizeof *witness.line);
  if (!witness.line) return MarketFail(error, MARKET_NO_MEMORY, "no memory for the lines of %zu entries", n);
  status = CheckBlock(&witness, start, n, record, error);
  free(witness.line);
  return status;
}
