/* Auditing certificates from their records. */
#include "market/granular_audit.h"

#include "market/money.h"
#include "market/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows found by a digest -------------------------------------------------------------------------------------- */

#define NO_ROW UINT32_MAX

/* Open addressing; keys are digests, so their first bytes are as good as any hash of them. */
typedef struct {
  size_t n, capacity, slots; /* slots: a power of two, or 0 */
  uint8_t (*key)[GRANULAR_DIGEST_BYTES];
  uint32_t *slot; /* row or NO_ROW */
} Table;

static size_t SlotOf(const Table *table, const uint8_t key[GRANULAR_DIGEST_BYTES])
{
  uint64_t hash = 0;
  size_t   at;

  for (int i = 0; i < 8; i++) hash = hash << 8 | key[i];
  at = (size_t)hash & (table->slots - 1);
  while (table->slot[at] != NO_ROW && memcmp(table->key[table->slot[at]], key, GRANULAR_DIGEST_BYTES))
    at = (at + 1) & (table->slots - 1);
  return at;
}

static uint32_t TableFind(const Table *table, const uint8_t key[GRANULAR_DIGEST_BYTES])
{
  return table->slots ? table->slot[SlotOf(table, key)] : NO_ROW;
}

/* Makes room for one more row. */
static bool TableGrow(Table *table)
{
  if (table->n == table->capacity) {
    size_t capacity                         = 2 * table->capacity + 16;
    uint8_t(*larger)[GRANULAR_DIGEST_BYTES] = realloc(table->key, capacity * sizeof *larger);
    if (!larger) return false;
    table->key      = larger;
    table->capacity = capacity;
  }
  if (2 * (table->n + 1) > table->slots) {
    size_t    slots  = table->slots ? 2 * table->slots : 64;
    uint32_t *larger = realloc(table->slot, slots * sizeof *larger);
    if (!larger) return false;
    table->slot  = larger;
    table->slots = slots;
    for (size_t i = 0; i < slots; i++) larger[i] = NO_ROW;
    for (size_t r = 0; r < table->n; r++) larger[SlotOf(table, table->key[r])] = (uint32_t)r;
  }
  return true;
}

/* A key that is not there yet, as the last row. */
static bool TableAdd(Table *table, const uint8_t key[GRANULAR_DIGEST_BYTES])
{
  if (!TableGrow(table)) return false;
  memcpy(table->key[table->n], key, GRANULAR_DIGEST_BYTES);
  table->slot[SlotOf(table, key)] = (uint32_t)table->n;
  table->n++;
  return true;
}

static void TableEmpty(Table *table)
{
  table->n = 0;
  for (size_t i = 0; i < table->slots; i++) table->slot[i] = NO_ROW;
}

static void TableFree(Table *table)
{
  free(table->key);
  free(table->slot);
  *table = (Table){0};
}

/* ---- The audit --------------------------------------------------------------------------------------------------- */

typedef enum { HELD, STORED, CANCELLED, EXPIRED } State;

/* A part of an issue that is in one state. */
typedef struct {
  int64_t  first, last;
  State    state;
  uint32_t holder, storage; /* names */
  int64_t  since;           /* start of the interval in which it was issued, released or stored */
} Part;

typedef struct {
  size_t n, capacity;
  Part  *part; /* [n] ascending, without gaps from 0 */
} Issue;

/* Participants and devices, and what devices did in the interval that is being read. */
typedef struct {
  char        *text;
  bool         active; /* in the interval from `start` on */
  GranularKind kind;   /* store, release or cancel */
  int64_t      start, metered, sum, charged;
  uint32_t     efficiency_charge, efficiency_discharge;
} Name;

struct _s_GranularAudit {
  uint64_t       events;
  bool           begun;
  uint8_t        run[GRANULAR_DIGEST_BYTES];
  uint32_t       window, sequence, seconds;
  int64_t        start;
  GranularTotals totals;
  Table          issues, names, runs; /* runs: all that have begun */
  Issue         *issue;               /* [issues.capacity] */
  Name          *name;                /* [names.capacity] */
  size_t         issue_capacity, name_capacity;
};

MarketStatus GranularAuditCreate(GranularAudit *audit, MarketError *error)
{
  *audit = calloc(1, sizeof **audit);
  return *audit ? MARKET_OK : MarketFail(error, MARKET_NO_MEMORY, "no memory for an audit");
}

static void ForgetIssues(GranularAudit audit)
{
  for (size_t i = 0; i < audit->issues.n; i++) free(audit->issue[i].part);
  TableEmpty(&audit->issues);
}

static void ForgetNames(GranularAudit audit)
{
  for (size_t i = 0; i < audit->names.n; i++) free(audit->name[i].text);
  TableEmpty(&audit->names);
}

void GranularAuditDestroy(GranularAudit *audit)
{
  if (!audit || !*audit) return;
  ForgetIssues(*audit);
  ForgetNames(*audit);
  TableFree(&(*audit)->issues);
  TableFree(&(*audit)->names);
  TableFree(&(*audit)->runs);
  free((*audit)->issue);
  free((*audit)->name);
  free(*audit);
  *audit = NULL;
}

const GranularTotals *GranularAuditTotals(GranularAudit audit)
{
  GranularTotals *t = &audit->totals;

  t->held = t->issued - t->cancelled - t->expired - t->lost - t->stored;
  return t;
}

/* What is wrong with the event that is being read; `what` ends the line. */
static MarketStatus Wrong(GranularAudit audit, const GranularEvent *event, MarketError *error, const char *what)
{
  return MarketFail(error, MARKET_BAD_INPUT,
                    "certificate event %" PRIu64 " (%s of [%" PRId64 ", %" PRId64 ") of %02x%02x%02x%02x, '%.*s'): %s",
                    audit->events, GranularKindName(event->kind), event->first, event->last, event->certificate[0],
                    event->certificate[1], event->certificate[2], event->certificate[3],
                    (int)(event->holder.length < 64 ? event->holder.length : 64), event->holder.bytes, what);
}

static MarketStatus NoMemory(MarketError *error)
{
  return MarketFail(error, MARKET_NO_MEMORY, "no memory to audit certificates");
}

/* Row of a name: of participants ('p'), storages ('s') and consumers ('c' and their kind). */
static MarketStatus NameOf(GranularAudit audit, char class, EntryText text, uint32_t *row, MarketError *error)
{
  char    bytes[1 + ENTRY_TEXT_MAX];
  uint8_t key[GRANULAR_DIGEST_BYTES];
  Name   *name;

  bytes[0] = class;
  memcpy(bytes + 1, text.bytes, text.length);
  RecordDigest(bytes, 1 + text.length, key);
  *row = TableFind(&audit->names, key);
  if (*row != NO_ROW) return MARKET_OK;
  if (audit->names.n == audit->name_capacity) {
    size_t capacity = 2 * audit->name_capacity + 16;
    Name  *larger   = realloc(audit->name, capacity * sizeof *larger);
    if (!larger) return NoMemory(error);
    audit->name          = larger;
    audit->name_capacity = capacity;
  }
  name  = &audit->name[audit->names.n];
  *name = (Name){.text = strndup(text.bytes, text.length)};
  if (!name->text) return NoMemory(error);
  if (!TableAdd(&audit->names, key)) {
    free(name->text);
    return NoMemory(error);
  }
  *row = (uint32_t)audit->names.n - 1;
  return MARKET_OK;
}

/* ---- Where an event stands --------------------------------------------------------------------------------------- */

/* Behind an interval only what is stored can still change. */
static void KeepStored(GranularAudit audit)
{
  size_t n = audit->issues.n, kept = 0;

  audit->issues.n = 0;
  for (size_t i = 0; i < audit->issues.slots; i++) audit->issues.slot[i] = NO_ROW;
  for (size_t i = 0; i < n; i++) {
    bool stored = false;
    for (size_t k = 0; k < audit->issue[i].n && !stored; k++) stored = audit->issue[i].part[k].state == STORED;
    if (!stored) {
      free(audit->issue[i].part);
      continue;
    }
    memmove(audit->issues.key[kept], audit->issues.key[i], GRANULAR_DIGEST_BYTES);
    audit->issue[kept]                                                  = audit->issue[i];
    audit->issues.n                                                     = kept + 1;
    audit->issues.slot[SlotOf(&audit->issues, audit->issues.key[kept])] = (uint32_t)kept;
    kept++;
  }
}

static MarketStatus BeginRun(GranularAudit audit, const GranularEvent *event, MarketError *error)
{
  if (TableFind(&audit->runs, event->run_id) != NO_ROW)
    return Wrong(audit, event, error, "its run has ended before, with the events of another");
  if (event->sequence != 0) return Wrong(audit, event, error, "the first event of a run does not have the number 0");
  if (!TableAdd(&audit->runs, event->run_id)) return NoMemory(error);
  ForgetIssues(audit);
  ForgetNames(audit);
  memcpy(audit->run, event->run_id, sizeof audit->run);
  audit->begun    = true;
  audit->window   = event->window;
  audit->sequence = 0;
  audit->start    = event->start;
  audit->seconds  = event->seconds;
  return MARKET_OK;
}

static MarketStatus TakePlace(GranularAudit audit, const GranularEvent *event, MarketError *error)
{
  char what[160];

  if (!audit->begun || memcmp(audit->run, event->run_id, sizeof audit->run)) return BeginRun(audit, event, error);
  if (event->window < audit->window)
    return Wrong(audit, event, error, "its window is one before that of the last event");
  if (event->sequence != (event->window == audit->window ? audit->sequence + 1 : 0)) {
    snprintf(what, sizeof what, "it has the number %" PRIu32 " of window %" PRIu32 "; expected %" PRIu32,
             event->sequence, event->window, event->window == audit->window ? audit->sequence + 1 : 0);
    return Wrong(audit, event, error, what);
  }
  if (event->start != audit->start && event->start < audit->start + (int64_t)audit->seconds)
    return Wrong(audit, event, error, "its interval begins before that of the last event ends");
  if (event->start == audit->start && event->seconds != audit->seconds)
    return Wrong(audit, event, error, "its interval has another length than that of the last event");
  if (event->start != audit->start) KeepStored(audit);
  audit->window   = event->window;
  audit->sequence = event->sequence;
  audit->start    = event->start;
  audit->seconds  = event->seconds;
  return MARKET_OK;
}

/* ---- Parts of an issue ------------------------------------------------------------------------------------------- */

static bool IssueReserve(Issue *issue, size_t n)
{
  Part *larger;

  if (n <= issue->capacity) return true;
  n += n / 2 + 2;
  larger = realloc(issue->part, n * sizeof *larger);
  if (!larger) return false;
  issue->part     = larger;
  issue->capacity = n;
  return true;
}

/* Index of the part that begins at `at` (or the number of parts for the issue's end), after cutting one in two if need
   be. */
static size_t Cut(Issue *issue, int64_t at)
{
  size_t low = 0, high = issue->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (issue->part[middle].last <= at)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == issue->n || issue->part[low].first == at) return low;
  memmove(&issue->part[low + 1], &issue->part[low], (issue->n - low) * sizeof *issue->part);
  issue->n++;
  issue->part[low].last = issue->part[low + 1].first = at;
  return low + 1;
}

/* Why a part is not in the state that an event wants; false when it is. */
static bool Differs(GranularAudit audit, const Part *part, const Part *wanted, char *what, size_t size)
{
  const char *holder = audit->name[part->holder].text;

  if (part->state == CANCELLED)
    snprintf(what, size, "[%" PRId64 ", %" PRId64 ") was cancelled before", part->first, part->last);
  else if (part->state == EXPIRED)
    snprintf(what, size, "[%" PRId64 ", %" PRId64 ") expired or was lost before", part->first, part->last);
  else if (part->holder != wanted->holder)
    snprintf(what, size, "[%" PRId64 ", %" PRId64 ") is held by '%.64s'", part->first, part->last, holder);
  else if (part->state == STORED && wanted->state == HELD)
    snprintf(what, size, "[%" PRId64 ", %" PRId64 ") is in storage '%.64s'", part->first, part->last,
             audit->name[part->storage].text);
  else if (part->state != wanted->state || (part->state == STORED && part->storage != wanted->storage))
    snprintf(what, size, "[%" PRId64 ", %" PRId64 ") is not in that storage", part->first, part->last);
  else if (part->state == HELD && part->since != wanted->since)
    snprintf(what, size, "[%" PRId64 ", %" PRId64 ") is for the interval from %" PRId64 " s on", part->first,
             part->last, part->since);
  else
    return false;
  return true;
}

/* Changes the range of `next` of the event's certificate, all of which must be as `wanted` is. */
static MarketStatus Change(GranularAudit audit, const GranularEvent *event, Part wanted, Part next, MarketError *error)
{
  uint32_t row = TableFind(&audit->issues, event->certificate);
  Issue   *issue;
  size_t   i, j;
  char     what[160];

  if (row == NO_ROW)
    return Wrong(audit, event, error, "the certificate was neither issued in this interval nor is any of it stored");
  issue = &audit->issue[row];
  if (next.last > issue->part[issue->n - 1].last) {
    snprintf(what, sizeof what, "only %" PRId64 " Wh were issued", issue->part[issue->n - 1].last);
    return Wrong(audit, event, error, what);
  }
  if (!IssueReserve(issue, issue->n + 3)) return NoMemory(error);
  i = Cut(issue, next.first);
  j = Cut(issue, next.last);
  for (size_t k = i; k < j; k++)
    if (Differs(audit, &issue->part[k], &wanted, what, sizeof what)) return Wrong(audit, event, error, what);
  issue->part[i] = next;
  memmove(&issue->part[i + 1], &issue->part[j], (issue->n - j) * sizeof *issue->part);
  issue->n -= j - i - 1;
  return MARKET_OK;
}

/* ---- One kind each ----------------------------------------------------------------------------------------------- */

/* The device's energy in the interval, counted over its events. */
static MarketStatus Meter(GranularAudit audit, const GranularEvent *event, uint32_t device, int64_t wh,
                          MarketError *error)
{
  Name *name = &audit->name[device];
  char  what[160];

  if (!name->active || name->start != event->start) {
    *name = (Name){name->text,
                   true,
                   event->kind,
                   event->start,
                   event->metered_wh,
                   0,
                   0,
                   event->efficiency_charge,
                   event->efficiency_discharge};
  }
  if (name->kind != event->kind) return Wrong(audit, event, error, "a storage takes and gives in one interval");
  if (name->metered != event->metered_wh || name->efficiency_charge != event->efficiency_charge ||
      name->efficiency_discharge != event->efficiency_discharge)
    return Wrong(audit, event, error, "the device's meter or efficiency differs from that of an event before");
  if (wh > name->metered - name->sum) {
    snprintf(what, sizeof what, "with it, more than the %" PRId64 " Wh that the device metered", name->metered);
    return Wrong(audit, event, error, what);
  }
  name->sum += wh;
  return MARKET_OK;
}

static MarketStatus TakeIssue(GranularAudit audit, const GranularEvent *event, uint32_t holder, MarketError *error)
{
  Issue *issue;

  if (TableFind(&audit->issues, event->certificate) != NO_ROW)
    return Wrong(audit, event, error, "the device has an issue for this interval already");
  if (audit->issues.n == audit->issue_capacity) {
    size_t capacity = 2 * audit->issue_capacity + 16;
    Issue *larger   = realloc(audit->issue, capacity * sizeof *larger);
    if (!larger) return NoMemory(error);
    audit->issue          = larger;
    audit->issue_capacity = capacity;
  }
  issue  = &audit->issue[audit->issues.n];
  *issue = (Issue){0};
  if (!IssueReserve(issue, 1) || !TableAdd(&audit->issues, event->certificate)) {
    free(issue->part);
    return NoMemory(error);
  }
  issue->part[issue->n++] = (Part){0, event->last, HELD, holder, NO_ROW, event->start};
  if (MoneyAdd(&audit->totals.issued, event->last) != MARKET_OK)
    return MarketFail(error, MARKET_OVERFLOW, "the certificates of the log do not fit 64 bits");
  return MARKET_OK;
}

static MarketStatus TakeStore(GranularAudit audit, const GranularEvent *event, uint32_t holder, MarketError *error)
{
  uint32_t storage = NO_ROW;

  MARKET_TRY(NameOf(audit, 's', event->device, &storage, error));
  MARKET_TRY(Meter(audit, event, storage, event->last - event->first, error));
  MARKET_TRY(Change(audit, event, (Part){0, 0, HELD, holder, NO_ROW, event->start},
                    (Part){event->first, event->last, STORED, holder, storage, event->start}, error));
  audit->totals.stored += event->last - event->first;
  return MARKET_OK;
}

/* What has come out of the storage in the interval so far is the round trip of what has been taken, rounded down. */
static MarketStatus CheckRoundTrip(GranularAudit audit, const GranularEvent *event, uint32_t storage,
                                   MarketError *error)
{
  const MoneyWide unit = (MoneyWide)GRANULAR_EFFICIENCY_UNIT * GRANULAR_EFFICIENCY_UNIT;
  Name           *name = &audit->name[storage];
  MoneyWide       expected;
  char            what[160];

  name->charged += event->last - event->first;
  expected = (MoneyWide)name->charged * event->efficiency_charge * event->efficiency_discharge / unit;
  if (expected == name->sum) return MARKET_OK;
  snprintf(what, sizeof what, "%" PRId64 " Wh come out; expected %" PRId64, event->released_wh,
           (int64_t)(expected - name->sum) + event->released_wh);
  return Wrong(audit, event, error, what);
}

static MarketStatus TakeRelease(GranularAudit audit, const GranularEvent *event, uint32_t holder, MarketError *error)
{
  uint32_t storage = NO_ROW;
  int64_t  middle  = event->first + event->released_wh;
  Part     in, out, lost;

  MARKET_TRY(NameOf(audit, 's', event->device, &storage, error));
  MARKET_TRY(Meter(audit, event, storage, event->released_wh, error));
  in   = (Part){0, 0, STORED, holder, storage, 0};
  out  = (Part){event->first, middle, HELD, holder, NO_ROW, event->start};
  lost = (Part){middle, event->last, EXPIRED, holder, NO_ROW, event->start};
  if (out.first < out.last) MARKET_TRY(Change(audit, event, in, out, error));
  if (lost.first < lost.last) MARKET_TRY(Change(audit, event, in, lost, error));
  audit->totals.stored -= event->last - event->first;
  audit->totals.lost += event->last - middle;
  return CheckRoundTrip(audit, event, storage, error);
}

static MarketStatus TakeCancel(GranularAudit audit, const GranularEvent *event, uint32_t holder, MarketError *error)
{
  uint32_t consumer = NO_ROW;

  MARKET_TRY(NameOf(audit, (char)('c' + (int)event->consumer), event->device, &consumer, error));
  MARKET_TRY(Meter(audit, event, consumer, event->last - event->first, error));
  MARKET_TRY(Change(audit, event, (Part){0, 0, HELD, holder, NO_ROW, event->start},
                    (Part){event->first, event->last, CANCELLED, holder, NO_ROW, event->start}, error));
  audit->totals.cancelled += event->last - event->first;
  return MARKET_OK;
}

static MarketStatus TakeExpiry(GranularAudit audit, const GranularEvent *event, uint32_t holder, MarketError *error)
{
  Part from  = {0, 0, HELD, holder, NO_ROW, event->start},
       to    = {event->first, event->last, EXPIRED, holder, NO_ROW, event->start};
  int64_t wh = event->last - event->first;

  if (event->reason == GRANULAR_UNUSED) {
    MARKET_TRY(Change(audit, event, from, to, error));
    audit->totals.expired += wh;
    return MARKET_OK;
  }
  from.state = STORED;
  MARKET_TRY(NameOf(audit, 's', event->device, &from.storage, error));
  MARKET_TRY(Change(audit, event, from, to, error));
  audit->totals.stored -= wh;
  audit->totals.lost += wh;
  return MARKET_OK;
}

static MarketStatus TakeTransfer(GranularAudit audit, const GranularEvent *event, uint32_t holder, MarketError *error)
{
  uint32_t to = NO_ROW;

  MARKET_TRY(NameOf(audit, 'p', event->to, &to, error));
  return Change(audit, event, (Part){0, 0, HELD, holder, NO_ROW, event->start},
                (Part){event->first, event->last, HELD, to, NO_ROW, event->start}, error);
}

static MarketStatus TakeKind(GranularAudit audit, const GranularEvent *event, MarketError *error)
{
  uint32_t holder = NO_ROW;

  MARKET_TRY(NameOf(audit, 'p', event->holder, &holder, error));
  switch (event->kind) {
  case GRANULAR_ISSUE:
    return TakeIssue(audit, event, holder, error);
  case GRANULAR_TRANSFER:
    return TakeTransfer(audit, event, holder, error);
  case GRANULAR_STORE:
    return TakeStore(audit, event, holder, error);
  case GRANULAR_RELEASE:
    return TakeRelease(audit, event, holder, error);
  case GRANULAR_CANCEL:
    return TakeCancel(audit, event, holder, error);
  default:
    return TakeExpiry(audit, event, holder, error);
  }
}

MarketStatus GranularAuditTake(GranularAudit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  GranularEvent event;
  MarketError   inner;

  if (GranularEventRead(bytes, size, &event, &inner) != MARKET_OK)
    return MarketFail(error, MARKET_MALFORMED, "certificate event %" PRIu64 ": %s", audit->events, inner.text);
  MARKET_TRY(TakePlace(audit, &event, error));
  MARKET_TRY(TakeKind(audit, &event, error));
  audit->events++;
  return MARKET_OK;
}

MarketStatus GranularCheck(const uint8_t *const *record, const size_t *size, size_t n, GranularTotals *totals,
                           MarketError *error)
{
  GranularAudit audit = NULL;
  MarketStatus  status;

  MARKET_TRY(GranularAuditCreate(&audit, error));
  status = MARKET_OK;
  for (size_t i = 0; i < n && status == MARKET_OK; i++) status = GranularAuditTake(audit, record[i], size[i], error);
  if (totals) *totals = *GranularAuditTotals(audit);
  GranularAuditDestroy(&audit);
  return status;
}
