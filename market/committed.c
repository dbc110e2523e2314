/* Settlement entries into committed records. */
#include "market/committed.h"

#include "market/record.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32 }; /* entries whose commitments are computed at once */

/* What a block is made with. */
typedef struct {
  LedgerPedersen    pedersen;
  LedgerSecret      secret;
  const LedgerHash *run;
  uint64_t          position; /* of entry 0 */
  CommittedBlock    block;
  CommittedRecord  *record; /* [n] by entry */
  size_t           *hidden; /* [n_openings] the entry of each opening */
  LedgerError       ledger;
} Maker;

static MarketStatus Heard(Maker *maker, LedgerStatus status, MarketError *error)
{
  return MarketFromLedger(status, MARKET_BAD_INPUT, &maker->ledger, error);
}

/* Copies the entries and reads the copies; the records' heads follow from them. */
static MarketStatus TakeEntries(Maker *maker, size_t n, const CommittedBytes *entry, MarketError *error)
{
  CommittedBlock block = maker->block;
  const uint8_t *at;
  MarketError    inner;

  for (size_t i = 0; i < n; i++) MarketPutRaw(&block->entries, entry[i].bytes, entry[i].size);
  MARKET_TRY(MarketBytesCheck(&block->entries, error));
  at = block->entries.data;
  for (size_t i = 0; i < n; i++, at += entry[i - 1].size) {
    CommittedRecord *record = &maker->record[i];
    record->bytes           = at;
    record->size            = entry[i].size;
    if (SettlementEntryDecode(at, entry[i].size, &record->entry, &inner) != MARKET_OK)
      return MarketFail(error, MARKET_BAD_INPUT, "settlement entry %zu of the block: %s", i, inner.text);
    record->form     = CommittedNameIsOperator(record->entry.participant_name) ? COMMITTED_CLEAR : COMMITTED_HIDDEN;
    record->window   = record->entry.window;
    record->region   = record->entry.region;
    record->interval = record->entry.interval;
    record->interval_seconds = record->entry.interval_seconds;
    record->window_start     = record->entry.window_start;
    if (record->window != maker->record->window || record->region != maker->record->region)
      return MarketFail(error, MARKET_BAD_INPUT, "settlement entry %zu of the block is of another window or region", i);
    if (i && SettlementEntryCompare(&record[-1].entry, &record->entry) >= 0)
      return MarketFail(error, MARKET_BAD_INPUT, "settlement entry %zu of the block is out of order", i);
    if (record->form == COMMITTED_HIDDEN) maker->hidden[block->n_openings++] = i;
  }
  return MARKET_OK;
}

/* Derives the salts and blindings of opening k and hashes its entry. */
static MarketStatus Hide(Maker *maker, size_t k, MarketError *error)
{
  Opening          *opening = &maker->block->opening[k];
  CommittedRecord  *record  = &maker->record[maker->hidden[k]];
  EntryText         name    = record->entry.participant_name;
  LedgerSecretInput input   = {.run      = *maker->run,
                               .position = maker->position + maker->hidden[k],
                               .quantity = record->entry.quantity_wh,
                               .amount   = record->entry.amount};

  opening->bytes = record->bytes;
  opening->size  = record->size;
  MARKET_TRY(Heard(maker,
                   LedgerSecretBlinding(maker->secret, maker->pedersen, LEDGER_FIELD_QUANTITY, &input,
                                        &opening->quantity_blinding, &maker->ledger),
                   error));
  MARKET_TRY(Heard(maker,
                   LedgerSecretBlinding(maker->secret, maker->pedersen, LEDGER_FIELD_AMOUNT, &input,
                                        &opening->amount_blinding, &maker->ledger),
                   error));
  MARKET_TRY(Heard(
      maker, LedgerSecretSalt(maker->secret, LEDGER_FIELD_ENTRY, &input, &opening->entry_salt, &maker->ledger), error));
  MARKET_TRY(Heard(
      maker, LedgerSecretSalt(maker->secret, LEDGER_FIELD_NAME, &input, &opening->name_salt, &maker->ledger), error));
  record->entry_hash = LedgerSaltedHash(COMMITTED_DOMAIN_ENTRY, &opening->entry_salt, opening->bytes, opening->size);
  record->name_hash  = LedgerSaltedHash(COMMITTED_DOMAIN_NAME, &opening->name_salt, name.bytes, name.length);
  return MARKET_OK;
}

/* Commits to quantity and amount of the openings [start, start + n), n <= BATCH. */
static MarketStatus Commit(Maker *maker, size_t start, size_t n, MarketError *error)
{
  int64_t      value[2 * BATCH];
  LedgerScalar blinding[2 * BATCH];
  LedgerPoint  point[2 * BATCH];
  LedgerStatus status;

  for (size_t k = 0; k < n; k++) {
    const SettlementEntry *entry   = &maker->record[maker->hidden[start + k]].entry;
    const Opening         *opening = &maker->block->opening[start + k];
    value[2 * k]                   = entry->quantity_wh;
    value[2 * k + 1]               = entry->amount;
    blinding[2 * k]                = opening->quantity_blinding;
    blinding[2 * k + 1]            = opening->amount_blinding;
  }
  status = LedgerPedersenCommit(maker->pedersen, 2 * n, value, blinding, point, &maker->ledger);
  OPENSSL_cleanse(blinding, sizeof blinding);
  OPENSSL_cleanse(value, sizeof value);
  MARKET_TRY(Heard(maker, status, error));
  for (size_t k = 0; k < n; k++) {
    maker->record[maker->hidden[start + k]].quantity = point[2 * k];
    maker->record[maker->hidden[start + k]].amount   = point[2 * k + 1];
  }
  return MARKET_OK;
}

/* Adds every entry to its interval's sum; one in the clear has blinding zero. */
static MarketStatus SumUp(Maker *maker, MarketError *error)
{
  CommittedBlock block = maker->block;
  size_t         k     = 0;

  for (size_t i = 0; i < block->n; i++) {
    const CommittedRecord *record  = &maker->record[i];
    Closing                closing = {.window           = record->window,
                                      .interval         = record->interval,
                                      .interval_seconds = record->interval_seconds,
                                      .window_start     = record->window_start,
                                      .count            = 1};
    if (record->form == COMMITTED_HIDDEN) closing.blinding = block->opening[k++].amount_blinding;
    MARKET_TRY(ClosingsAdd(&block->sums, maker->pedersen, &closing, error));
  }
  return MARKET_OK;
}

static MarketStatus WriteRecords(Maker *maker, MarketError *error)
{
  CommittedBlock block = maker->block;
  const uint8_t *at;

  for (size_t i = 0; i < block->n; i++) {
    size_t before = block->records.size;
    CommittedRecordWrite(&maker->record[i], &block->records);
    block->leaf[i].record.size = block->records.size - before;
    block->leaf[i].source      = i;
  }
  MARKET_TRY(MarketBytesCheck(&block->records, error));
  at = block->records.data;
  for (size_t i = 0; i < block->n; i++) {
    CommittedLeaf *leaf = &block->leaf[i];
    leaf->record.bytes  = at;
    leaf->leaf          = LedgerHashLeaf(at, leaf->record.size);
    at += leaf->record.size;
  }
  return MARKET_OK;
}

static int CompareLeaves(const void *a, const void *b)
{
  return memcmp(((const CommittedLeaf *)a)->leaf.byte, ((const CommittedLeaf *)b)->leaf.byte, LEDGER_HASH_BYTES);
}

static int CompareOpenings(const void *a, const void *b)
{
  uint64_t x = ((const Opening *)a)->index, y = ((const Opening *)b)->index;

  return (x > y) - (x < y);
}

/* Sorts the records by leaf hash and the openings with them. `place` [n] is memory to work in. */
static void Sort(Maker *maker, size_t *place)
{
  CommittedBlock block = maker->block;
  size_t         k     = 0;

  if (block->n) qsort(block->leaf, block->n, sizeof *block->leaf, CompareLeaves);
  for (size_t i = 0; i < block->n; i++) place[block->leaf[i].source] = i;
  for (size_t j = 0; j < block->n_openings; j++) block->opening[j].index = place[maker->hidden[j]];
  if (block->n_openings) qsort(block->opening, block->n_openings, sizeof *block->opening, CompareOpenings);
  for (size_t i = 0; i < block->n; i++)
    if (k < block->n_openings && block->opening[k].index == i) block->leaf[i].opening = &block->opening[k++];
}

static MarketStatus Make(Maker *maker, size_t n, const CommittedBytes *entry, size_t *place, MarketError *error)
{
  CommittedBlock block = maker->block;

  block->n = n;
  MARKET_TRY(TakeEntries(maker, n, entry, error));
  for (size_t k = 0; k < block->n_openings; k++) MARKET_TRY(Hide(maker, k, error));
  for (size_t k = 0; k < block->n_openings; k += BATCH)
    MARKET_TRY(Commit(maker, k, block->n_openings - k < BATCH ? block->n_openings - k : BATCH, error));
  MARKET_TRY(SumUp(maker, error));
  MARKET_TRY(WriteRecords(maker, error));
  Sort(maker, place);
  return MARKET_OK;
}

MarketStatus CommittedBlockCreate(LedgerPedersen pedersen, LedgerSecret secret, const LedgerHash *run,
                                  uint64_t first_position, size_t n, const CommittedBytes *entry, CommittedBlock *block,
                                  MarketError *error)
{
  size_t       room   = n ? n : 1;
  Maker        maker  = {.pedersen = pedersen, .secret = secret, .run = run, .position = first_position};
  size_t      *place  = calloc(room, sizeof *place);
  MarketStatus status = MARKET_NO_MEMORY;

  maker.record = calloc(room, sizeof *maker.record);
  maker.hidden = calloc(room, sizeof *maker.hidden);
  maker.block  = calloc(1, sizeof *maker.block);
  if (maker.block) {
    maker.block->leaf    = calloc(room, sizeof *maker.block->leaf);
    maker.block->opening = calloc(room, sizeof *maker.block->opening);
  }
  if (!place || !maker.record || !maker.hidden || !maker.block || !maker.block->leaf || !maker.block->opening)
    MarketFail(error, MARKET_NO_MEMORY, "no memory for a block of %zu committed entries", n);
  else
    status = Make(&maker, n, entry, place, error);
  free(place);
  free(maker.record);
  free(maker.hidden);
  if (status != MARKET_OK) CommittedBlockDestroy(&maker.block);
  *block = maker.block;
  return status;
}

void CommittedBlockDestroy(CommittedBlock *block)
{
  CommittedBlock b = *block;

  if (!b) return;
  if (b->opening && b->n_openings) OPENSSL_cleanse(b->opening, b->n_openings * sizeof *b->opening);
  if (b->entries.data) OPENSSL_cleanse(b->entries.data, b->entries.size);
  ClosingsFree(&b->sums);
  MarketBytesFree(&b->records);
  MarketBytesFree(&b->entries);
  free(b->leaf);
  free(b->opening);
  free(b);
  *block = NULL;
}

void CommittedBlockPlace(CommittedBlock block, uint64_t index)
{
  for (size_t k = 0; k < block->n_openings; k++) block->opening[k].index += index;
}

/* The salt of something private that is no settlement entry: its content takes part. */
static MarketStatus ContentSalt(LedgerSecret secret, const LedgerHash *run, LedgerSecretField field, uint64_t position,
                                CommittedBytes content, LedgerHash *salt, MarketError *error)
{
  LedgerSecretInput input = {.run = *run, .position = position};
  LedgerError       ledger;

  RecordDigest(content.bytes, content.size, input.content.byte);
  return MarketFromLedger(LedgerSecretSalt(secret, field, &input, salt, &ledger), MARKET_BAD_INPUT, &ledger, error);
}

typedef struct {
  LedgerHash leaf;
  size_t     account;
} AccountLeaf;

static int CompareAccountLeaves(const void *a, const void *b)
{
  return memcmp(((const AccountLeaf *)a)->leaf.byte, ((const AccountLeaf *)b)->leaf.byte, LEDGER_HASH_BYTES);
}

static MarketStatus RegisterAccount(const LedgerHash *run, size_t i, EntryText name, LedgerSecret secret,
                                    AccountRecord *record, LedgerHash *salt, LedgerHash *leaf, MarketError *error)
{
  MarketBytes    bytes   = {0};
  CommittedBytes content = {(const uint8_t *)name.bytes, name.length};
  MarketStatus   status;

  *salt   = (LedgerHash){{0}};
  *record = (AccountRecord){.form = COMMITTED_CLEAR, .name = name};
  if (!CommittedNameIsOperator(name)) {
    if (!secret)
      return MarketFail(error, MARKET_BAD_INPUT, "no secret to register `%.*s` with", (int)name.length, name.bytes);
    MARKET_TRY(ContentSalt(secret, run, LEDGER_FIELD_ACCOUNT, i, content, salt, error));
    *record = (AccountRecord){.form = COMMITTED_HIDDEN,
                              .hash = LedgerSaltedHash(COMMITTED_DOMAIN_ACCOUNT, salt, name.bytes, name.length)};
  }
  AccountRecordWrite(record, &bytes);
  status = MarketBytesCheck(&bytes, error);
  if (status == MARKET_OK) *leaf = LedgerHashLeaf(bytes.data, bytes.size);
  MarketBytesFree(&bytes);
  return status;
}

static int CompareNames(const void *a, const void *b)
{
  return EntryTextCompare(*(const EntryText *)a, *(const EntryText *)b);
}

/* `sorted` [n] is memory to work in. */
static MarketStatus NamesAreUnique(size_t n, const EntryText *name, EntryText *sorted, MarketError *error)
{
  for (size_t i = 0; i < n; i++) {
    if (name[i].length == 0) return MarketFail(error, MARKET_BAD_INPUT, "the name of account %zu is empty", i);
    MARKET_TRY(EntryTextCheck(name[i], "name of an account", error));
    sorted[i] = name[i];
  }
  if (n > 1) qsort(sorted, n, sizeof *sorted, CompareNames);
  for (size_t i = 1; i < n; i++)
    if (EntryTextSame(sorted[i - 1], sorted[i]))
      return MarketFail(error, MARKET_BAD_INPUT, "two accounts have the name `%.*s`", (int)sorted[i].length,
                        sorted[i].bytes);
  return MARKET_OK;
}

MarketStatus CommittedAccounts(const LedgerHash *run, size_t n, const EntryText *name, const LedgerSecret *secret,
                               AccountRecord *record, LedgerHash *salt, size_t *order, MarketError *error)
{
  AccountLeaf *leaf   = calloc(n ? n : 1, sizeof *leaf);
  EntryText   *sorted = calloc(n ? n : 1, sizeof *sorted);
  MarketStatus status = leaf && sorted ? MARKET_OK : MarketFail(error, MARKET_NO_MEMORY, "no memory for accounts");

  if (status == MARKET_OK) status = NamesAreUnique(n, name, sorted, error);
  for (size_t i = 0; status == MARKET_OK && i < n; i++) {
    leaf[i].account = i;
    status          = RegisterAccount(run, i, name[i], secret[i], &record[i], &salt[i], &leaf[i].leaf, error);
  }
  if (status == MARKET_OK) {
    if (n) qsort(leaf, n, sizeof *leaf, CompareAccountLeaves);
    for (size_t k = 0; k < n; k++) order[k] = leaf[k].account;
  }
  free(leaf);
  free(sorted);
  return status;
}

MarketStatus CommittedHide(LedgerSecret secret, const LedgerHash *run, uint64_t position, CommittedBytes bytes,
                           HiddenRecord *record, LedgerHash *salt, MarketError *error)
{
  MARKET_TRY(ContentSalt(secret, run, LEDGER_FIELD_RECORD, position, bytes, salt, error));
  record->hash = LedgerSaltedHash(COMMITTED_DOMAIN_RECORD, salt, bytes.bytes, bytes.size);
  return MARKET_OK;
}
