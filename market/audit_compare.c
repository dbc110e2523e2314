/* The audit's comparison of records in the clear. */
#include "market/audit_impl.h"
#include "market/audit_run_impl.h"
#include "market/money.h"

#include <inttypes.h>
#include <string.h>

enum { NAME = 60 }; /* bytes of a name in a message */

static int Shown(EntryText text)
{
  return text.length < NAME ? (int)text.length : NAME;
}

/* Whose line it is. */
static void Title(const SettlementEntry *e, char *text, size_t size)
{
  snprintf(text, size, "%s of %.*s in region %" PRIu32 ", interval %" PRIu32 " (sequence %" PRIu32 ")",
           SettlementKindName(e->kind), Shown(e->participant_name), e->participant_name.bytes, e->region, e->interval,
           e->sequence);
}

/* The first of the numbers that differ, amounts before all others; false when none does. */
static bool NumbersDiffer(const SettlementEntry *found, const SettlementEntry *expected, char text[160])
{
  char a[MONEY_TEXT_SIZE], b[MONEY_TEXT_SIZE];

  if (found->amount != expected->amount)
    snprintf(text, 160, "amount is %s; carried out again it is %s", MoneyFormat(found->amount, a),
             MoneyFormat(expected->amount, b));
  else if (found->quantity_wh != expected->quantity_wh)
    snprintf(text, 160, "quantity is %" PRId64 "; carried out again it is %" PRId64, found->quantity_wh,
             expected->quantity_wh);
  else if (found->price != expected->price)
    snprintf(text, 160, "price is %s; carried out again it is %s", MoneyFormat(found->price, a),
             MoneyFormat(expected->price, b));
  else if (found->bus != expected->bus)
    snprintf(text, 160, "bus is %" PRIu32 "; carried out again it is %" PRIu32, found->bus, expected->bus);
  else
    return false;
  return true;
}

MarketStatus AuditDifference(Audit audit, const SettlementEntry *found, const SettlementEntry *expected,
                             MarketError *error)
{
  char title[2][200], text[160];

  Title(found, title[0], sizeof title[0]);
  Title(expected, title[1], sizeof title[1]);
  if (SettlementEntryCompare(found, expected))
    return MarketFail(error, MARKET_BAD_INPUT, "is %s; carrying out window %" PRIu32 " again, %s stands here", title[0],
                      audit->inputs.facts->window, title[1]);
  if (NumbersDiffer(found, expected, text)) return MarketFail(error, MARKET_BAD_INPUT, "%s: %s", title[0], text);
  if (!EntryTextSame(found->participant_name, expected->participant_name))
    return MarketFail(error, MARKET_BAD_INPUT, "%s: carried out again it is of %.*s", title[0],
                      Shown(expected->participant_name), expected->participant_name.bytes);
  if (!EntryTextSame(found->asset, expected->asset))
    return MarketFail(error, MARKET_BAD_INPUT, "%s: asset is %.*s; carried out again it is %.*s", title[0],
                      Shown(found->asset), found->asset.bytes, Shown(expected->asset), expected->asset.bytes);
  return MarketFail(error, MARKET_BAD_INPUT,
                    "%s: differs from the one carried out again in its texts, its time or its reference", title[0]);
}

MarketStatus AuditCompareEntry(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  Settlement             settlement = audit->outcome.settlement;
  const SettlementEntry *expected;
  SettlementEntry        found;
  size_t                 length;
  char                   title[200];

  if (audit->entry == settlement->n) {
    MARKET_TRY(SettlementEntryDecode(bytes, size, &found, error));
    Title(&found, title, sizeof title);
    return MarketFail(error, MARKET_BAD_INPUT, "%s: carried out again, window %" PRIu32 " has no such entry", title,
                      audit->inputs.facts->window);
  }
  expected = &settlement->entry[audit->entry];
  MARKET_TRY(SettlementEntryEncode(expected, audit->encoded, sizeof audit->encoded, &length, error));
  if (length == size && !memcmp(bytes, audit->encoded, size)) {
    audit->entry++;
    audit->counts.entries++;
    return MARKET_OK;
  }
  MARKET_TRY(SettlementEntryDecode(bytes, size, &found, error));
  return AuditDifference(audit, &found, expected, error);
}

MarketStatus AuditEntriesDone(Audit audit, MarketError *error)
{
  Settlement settlement = audit->outcome.settlement;
  char       title[200];

  if (audit->entry == settlement->n) return MARKET_OK;
  Title(&settlement->entry[audit->entry], title, sizeof title);
  return MarketFail(error, MARKET_BAD_INPUT,
                    "the settlement of window %" PRIu32
                    " ends before it; carried out again, %s is missing, and %zu more",
                    audit->inputs.facts->window, title, settlement->n - audit->entry - 1);
}

MarketStatus AuditCompareEvent(Audit audit, const uint8_t *bytes, size_t size, MarketError *error)
{
  const GranularEvents *events = &audit->outcome.events;
  const GranularRecord *next;
  GranularEvent         found, expected;

  if (audit->event == events->n)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "carried out again, window %" PRIu32 " has no certificate event behind its first %zu",
                      audit->inputs.facts->window, events->n);
  next = &events->record[audit->event];
  if (next->size == size && !memcmp(bytes, events->bytes.data + next->offset, size)) {
    audit->event++;
    audit->counts.events++;
    return MARKET_OK;
  }
  MARKET_TRY(GranularEventRead(bytes, size, &found, error));
  MARKET_TRY(GranularEventRead(events->bytes.data + next->offset, next->size, &expected, error));
  return MarketFail(
      error, MARKET_BAD_INPUT,
      "certificate event is %s of Wh %" PRId64 " to %" PRId64 " by %.*s; carried out again it is %s of Wh "
      "%" PRId64 " to %" PRId64 " by %.*s",
      GranularKindName(found.kind), found.first, found.last, Shown(found.holder), found.holder.bytes,
      GranularKindName(expected.kind), expected.first, expected.last, Shown(expected.holder), expected.holder.bytes);
}

MarketStatus AuditEventsDone(Audit audit, MarketError *error)
{
  size_t n = audit->outcome.events.n;

  if (audit->event == n) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT,
                    "window %" PRIu32 " ends before it with %zu certificate events; carried out again it has %zu",
                    audit->inputs.facts->window, audit->event, n);
}
