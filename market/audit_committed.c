/* The audit in committed privacy: records made again with a region's secret, records in the clear, and openings. */
#include "market/audit_run_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of a secret's name what stands behind its last slash. */
static const char *LastPart(LedgerSecret secret)
{
  const char *name = LedgerSecretName(secret), *slash = strrchr(name, '/');

  return slash ? slash + 1 : name;
}

/* The secret of a region, whose name ends with "/INDEX-NAME" or is the region's; NULL when it is not at hand. */
static LedgerSecret SecretOf(Audit audit, uint32_t index, EntryText region)
{
  char   head[16];
  size_t length = (size_t)snprintf(head, sizeof head, "%" PRIu32 "-", index);

  for (size_t k = 0; k < audit->options.n_secrets; k++) {
    const char *last = LastPart(audit->options.secret[k]);
    if (!strncmp(last, head, length)) return audit->options.secret[k];
    if (strlen(last) == region.length && !memcmp(last, region.bytes, region.length)) return audit->options.secret[k];
  }
  return NULL;
}

/* Its name ends with "/operator". */
LedgerSecret AuditOperatorSecret(Audit audit)
{
  for (size_t k = 0; k < audit->options.n_secrets; k++)
    if (!strcmp(LastPart(audit->options.secret[k]), "operator")) return audit->options.secret[k];
  return NULL;
}

static MarketStatus NeedPedersen(Audit audit, MarketError *error)
{
  LedgerError ledger = {""};

  if (audit->pedersen) return MARKET_OK;
  return MarketFromLedger(LedgerPedersenCreate(&audit->pedersen, &ledger), MARKET_NO_MEMORY, &ledger, error);
}

/* The bytes of a region's entries: [count] with all of them in `bytes`, to be freed. */
static MarketStatus EncodeRegion(Audit audit, const CommittedRegion *region, MarketBytes *bytes, CommittedBytes *entry,
                                 MarketError *error)
{
  size_t size, at = 0;

  for (size_t i = 0; i < region->count; i++) {
    MARKET_TRY(SettlementEntryEncode(&audit->outcome.settlement->entry[region->first + i], audit->encoded,
                                     sizeof audit->encoded, &size, error));
    MarketPutRaw(bytes, audit->encoded, size);
    entry[i].size = size;
  }
  MARKET_TRY(MarketBytesCheck(bytes, error));
  for (size_t i = 0; i < region->count; at += entry[i++].size) entry[i].bytes = bytes->data + at;
  return MARKET_OK;
}

static MarketStatus MakeRegion(Audit audit, CommittedRegion *region, LedgerSecret secret, MarketError *error)
{
  CommittedBytes *entry = calloc(region->count + 1, sizeof *entry);
  MarketBytes     bytes = {0};
  MarketStatus    status;
  LedgerHash      run;

  if (!entry) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu entries", region->count);
  memcpy(run.byte, audit->inputs.facts->run_id, sizeof run.byte);
  status = EncodeRegion(audit, region, &bytes, entry, error);
  if (!status)
    status = CommittedBlockCreate(audit->pedersen, secret, &run, audit->position + region->first, region->count, entry,
                                  &region->block, error);
  MarketBytesFree(&bytes);
  free(entry);
  return status;
}

MarketStatus AuditCommittedOpen(Audit audit, MarketError *error)
{
  Facts facts = audit->inputs.facts;

  MARKET_TRY(NeedPedersen(audit, error));
  audit->region = calloc(facts->n_regions, sizeof *audit->region);
  if (!audit->region) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %" PRIu32 " regions", facts->n_regions);
  audit->at_region = 0;
  audit->in_region = 0;
  audit->position  = LogReadingNext(audit->reading);
  for (uint32_t r = 0; r < facts->n_regions; r++) {
    LedgerSecret secret = SecretOf(audit, r, facts->region[r]);
    SettlementRegionRange(audit->outcome.settlement, r, &audit->region[r].first, &audit->region[r].count);
    if (secret && audit->region[r].count) MARKET_TRY(MakeRegion(audit, &audit->region[r], secret, error));
  }
  return MARKET_OK;
}

void AuditCommittedClose(Audit audit)
{
  for (uint32_t r = 0; audit->region && r < audit->inputs.facts->n_regions; r++)
    CommittedBlockDestroy(&audit->region[r].block);
  free(audit->region);
  audit->region = NULL;
}

static int CompareEntries(const void *a, const void *b)
{
  return SettlementEntryCompare(a, b);
}

/* The entry is one of those that come out, byte by byte. */
static MarketStatus FindEntry(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  Settlement             s = audit->outcome.settlement;
  SettlementEntry        found;
  const SettlementEntry *expected;
  size_t                 length;

  MARKET_TRY(SettlementEntryDecode(bytes, size, &found, error));
  expected = bsearch(&found, s->entry, s->n, sizeof *s->entry, CompareEntries);
  if (!expected)
    return MarketFail(
        error, MARKET_BAD_INPUT,
        "is an entry of %.60s for %.*s that window %" PRIu32 " does not have when it is carried out again",
        SettlementKindName(found.kind), (int)(found.participant_name.length < 60 ? found.participant_name.length : 60),
        found.participant_name.bytes, audit->inputs.facts->window);
  MARKET_TRY(SettlementEntryEncode(expected, audit->encoded, sizeof audit->encoded, &length, error));
  if (length == size && !memcmp(audit->encoded, bytes, size)) return MARKET_OK;
  return AuditDifference(audit, &found, expected, error);
}

/* A record of a region whose secret is not at hand. */
static MarketStatus CompareClear(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  CommittedRecord record;

  MARKET_TRY(CommittedRecordRead(bytes, size, &record, error));
  if (record.region != audit->at_region)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "is of region %" PRIu32 "; carried out again, a record of region %" PRIu32 " stands here",
                      record.region, audit->at_region);
  if (record.form == COMMITTED_HIDDEN) {
    if (audit->opened)
      audit->counts.entries++; /* an opening has shown it, and was looked for in what comes out */
    else
      audit->counts.committed_not_opened++;
    return MARKET_OK;
  }
  MARKET_TRY(FindEntry(audit, record.bytes, record.size, error));
  audit->counts.entries++;
  return MARKET_OK;
}

static MarketStatus CompareMade(Audit audit, const CommittedBlock block, const uint8_t *bytes, size_t size,
                                MarketError *error)
{
  const CommittedLeaf *leaf = &block->leaf[audit->in_region];

  if (leaf->record.size != size || memcmp(leaf->record.bytes, bytes, size) != 0) {
    const SettlementEntry *e = &audit->outcome.settlement->entry[audit->region[audit->at_region].first + leaf->source];
    return MarketFail(error, MARKET_BAD_INPUT,
                      "is not the committed record that comes out again with the secret of region %" PRIu32
                      ": %s of %.*s in interval %" PRIu32 " stands here",
                      audit->at_region, SettlementKindName(e->kind),
                      (int)(e->participant_name.length < 60 ? e->participant_name.length : 60),
                      e->participant_name.bytes, e->interval);
  }
  audit->counts.entries++;
  return MARKET_OK;
}

MarketStatus AuditCompareCommitted(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  uint32_t         n = audit->inputs.facts->n_regions;
  CommittedRegion *region;

  while (audit->at_region < n && audit->in_region == audit->region[audit->at_region].count) {
    audit->at_region++;
    audit->in_region = 0;
  }
  if (audit->at_region == n)
    return MarketFail(error, MARKET_BAD_INPUT, "carried out again, window %" PRIu32 " has no more entries than %zu",
                      audit->inputs.facts->window, audit->outcome.settlement->n);
  region = &audit->region[audit->at_region];
  MARKET_TRY(region->block ? CompareMade(audit, region->block, bytes, size, error)
                           : CompareClear(audit, bytes, size, error));
  audit->in_region++;
  audit->entry++;
  return MARKET_OK;
}

MarketStatus AuditCommittedDone(Audit audit, MarketError *error)
{
  size_t n = audit->outcome.settlement->n;

  if (audit->entry != n)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "window %" PRIu32 " ends before it with %zu entries; carried out again it has %zu",
                      audit->inputs.facts->window, audit->entry, n);
  return AuditEventsDone(audit, error);
}

/* ---- Hidden records ----------------------------------------------------------------------------------------------- */

/* The hidden record at `index` hides these bytes, with the operator's secret. */
static MarketStatus CompareHidden(Audit audit, uint64_t index, const LedgerHash *found, CommittedBytes bytes,
                                  const char *what, MarketError *error)
{
  HiddenRecord record;
  LedgerHash   run, salt;

  memcpy(run.byte, LogReadingRun(audit->reading, NULL)->run_id, sizeof run.byte);
  MARKET_TRY(CommittedHide(AuditOperatorSecret(audit), &run, index, bytes, &record, &salt, error));
  if (LedgerHashEqual(&record.hash, found)) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT,
                    "entry %" PRIu64 ": does not hide the %s that comes out again with the operator's secret", index,
                    what);
}

MarketStatus AuditKeepHidden(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  HiddenRecord record;
  LedgerHash  *larger = realloc(audit->hidden, (audit->n_hidden + 1) * sizeof *larger);

  if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a hidden contract");
  audit->hidden = larger;
  MARKET_TRY(HiddenRecordRead(bytes, size, &record, error));
  if (audit->n_hidden == 0) audit->first_hidden = LogReadingNext(audit->reading);
  audit->hidden[audit->n_hidden++] = record.hash;
  return MARKET_OK;
}

MarketStatus AuditHiddenContracts(Audit audit, MarketError *error)
{
  size_t n = ContractsCount(audit->inputs.contracts), size;

  if (n != audit->n_hidden)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "inputs of window %" PRIu32 " have %zu contracts; the run has deployed %zu hidden ones",
                      audit->inputs.facts->window, n, audit->n_hidden);
  for (size_t k = 0; k < n && AuditOperatorSecret(audit); k++) {
    const uint8_t *record = ContractsRecord(audit->inputs.contracts, k, &size);
    MARKET_TRY(CompareHidden(audit, audit->first_hidden + k, &audit->hidden[k], (CommittedBytes){record, size},
                             "contract", error));
  }
  return MARKET_OK;
}

MarketStatus AuditCompareHiddenEvent(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  const GranularEvents *events = &audit->outcome.events;
  const GranularRecord *next;
  HiddenRecord          record;

  if (audit->event == events->n)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "carried out again, window %" PRIu32 " has no certificate event behind its first %zu",
                      audit->inputs.facts->window, events->n);
  next = &events->record[audit->event];
  MARKET_TRY(HiddenRecordRead(bytes, size, &record, error));
  if (AuditOperatorSecret(audit)) {
    MARKET_TRY(CompareHidden(audit, LogReadingNext(audit->reading), &record.hash,
                             (CommittedBytes){events->bytes.data + next->offset, next->size}, "certificate event",
                             error));
    audit->counts.events++;
  } else {
    audit->counts.hidden_not_opened++;
  }
  audit->event++;
  return MARKET_OK;
}

/* ---- Openings ----------------------------------------------------------------------------------------------------- */

static const Opening *OpeningOf(PrivateStatement statement, uint64_t index)
{
  size_t low = 0, high = statement->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (statement->opening[middle].index < index)
      low = middle + 1;
    else
      high = middle;
  }
  return low < statement->n && statement->opening[low].index == index ? &statement->opening[low] : NULL;
}

static const RecordOpening *RecordOpeningOf(PrivateStatement statement, uint64_t index)
{
  size_t low = 0, high = statement->n_records;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (statement->record[middle].index < index)
      low = middle + 1;
    else
      high = middle;
  }
  return low < statement->n_records && statement->record[low].index == index ? &statement->record[low] : NULL;
}

static MarketStatus CheckStatement(Audit audit, PrivateStatement statement, CommittedBytes record, MarketError *error)
{
  uint64_t             index   = LogReadingNext(audit->reading);
  const Opening       *opening = OpeningOf(statement, index);
  const RecordOpening *hidden  = RecordOpeningOf(statement, index);

  if (opening) {
    MARKET_TRY(NeedPedersen(audit, error));
    MARKET_TRY(OpeningCheck(audit->pedersen, opening, record, error));
    if (audit->open) MARKET_TRY(FindEntry(audit, opening->bytes, opening->size, error));
    audit->opened = true;
    audit->counts.openings++;
  }
  if (hidden) {
    MARKET_TRY(RecordOpeningCheck(hidden, record, error));
    audit->counts.openings++;
  }
  if (statement->has_account && statement->account_index == index) {
    MARKET_TRY(
        AccountOpeningCheck(index, EntryTextOf(statement->participant), &statement->account_salt, record, error));
    audit->counts.openings++;
  }
  return MARKET_OK;
}

MarketStatus AuditCheckOpenings(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  const RunRecord *run    = LogReadingRun(audit->reading, NULL);
  CommittedBytes   record = {bytes, size};

  audit->opened = false;
  for (size_t k = 0; k < audit->options.n_statements && run; k++)
    if (!memcmp(audit->options.statement[k]->run.byte, run->run_id, sizeof run->run_id))
      MARKET_TRY(CheckStatement(audit, audit->options.statement[k], record, error));
  return MARKET_OK;
}

MarketStatus AuditOpeningsDone(Audit audit, MarketError *error)
{
  uint64_t n = 0;

  for (size_t k = 0; k < audit->options.n_statements; k++)
    n += audit->options.statement[k]->n + audit->options.statement[k]->n_records +
         audit->options.statement[k]->has_account;
  if (n == audit->counts.openings) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT,
                    "the statements open %" PRIu64 " records; the log has %" PRIu64
                    " of them where they are said to be",
                    n, audit->counts.openings);
}
