/* Records in one line each. */
#include "market/describe.h"

#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "market/closing.h"
#include "market/committed_record.h"
#include "market/contract.h"
#include "market/granular_event.h"
#include "market/money.h"

#include <inttypes.h>
#include <time.h>

const char *DescribeTime(int64_t seconds, char text[DESCRIBE_TIME_SIZE])
{
  time_t    t = (time_t)seconds;
  struct tm calendar;

  if (!gmtime_r(&t, &calendar) || !strftime(text, DESCRIBE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &calendar))
    snprintf(text, DESCRIBE_TIME_SIZE, "%" PRId64 " s after 1970", seconds);
  return text;
}

static void PrintText(FILE *stream, EntryText text)
{
  fwrite(text.bytes, 1, text.length, stream);
}

static void PrintHex(FILE *stream, const uint8_t *bytes, size_t n)
{
  for (size_t k = 0; k < n; k++) fprintf(stream, "%02x", bytes[k]);
}

static void PrintInterval(FILE *stream, int64_t window_start, uint32_t interval, uint32_t seconds)
{
  char    time[DESCRIBE_TIME_SIZE];
  int64_t start;

  if (__builtin_add_overflow(window_start, (int64_t)interval * seconds, &start))
    fputs("a time that does not fit 64 bits", stream);
  else
    fputs(DescribeTime(start, time), stream);
  fprintf(stream, " for %" PRIu32 " s", seconds);
}

static void DescribeEntry(const SettlementEntry *e, FILE *stream)
{
  char text[MONEY_TEXT_SIZE];
  bool carbon = e->kind == SETTLEMENT_CARBON;

  PrintInterval(stream, e->window_start, e->interval, e->interval_seconds);
  fputs(": ", stream);
  PrintText(stream, e->participant_name);
  fprintf(stream, ", %s", SettlementKindName(e->kind));
  if (e->asset.length) {
    fputs(", ", stream);
    PrintText(stream, e->asset);
  }
  if (e->bus) fprintf(stream, ", bus %" PRIu32, e->bus);
  fputs(", region ", stream);
  PrintText(stream, e->region_name);
  fprintf(stream, ": %" PRId64 " %s", e->quantity_wh, carbon ? "g CO2" : "Wh");
  if (e->has_price) {
    fprintf(stream, " at %s ", MoneyFormat(e->price, text));
    PrintText(stream, e->currency);
    fputs(carbon ? "/t" : "/MWh", stream);
  }
  fprintf(stream, ", amount %s ", MoneyFormat(e->amount, text));
  PrintText(stream, e->currency);
  fputs(e->amount < 0 ? " paid" : " received", stream);
  if (!e->has_reference) return;
  fputs(", carries out ", stream);
  PrintHex(stream, e->reference, sizeof e->reference);
}

static bool DescribeSettlement(const uint8_t *bytes, size_t size, FILE *stream)
{
  SettlementEntry entry;

  if (SettlementEntryDecode(bytes, size, &entry, NULL)) return false;
  fputs("settlement entry: ", stream);
  DescribeEntry(&entry, stream);
  return true;
}

static bool DescribeContract(const uint8_t *bytes, size_t size, FILE *stream)
{
  Contract c;
  char     start[DESCRIBE_TIME_SIZE], end[DESCRIBE_TIME_SIZE];

  if (ContractDecode(bytes, size, &c, NULL)) return false;
  fputs("contract ", stream);
  PrintText(stream, c.name);
  fputs(": ", stream);
  PrintText(stream, c.seller);
  fputs(" to ", stream);
  PrintText(stream, c.buyer);
  fprintf(stream, ", quantity %s, price %s, %s to %s, precedence %" PRIu32 ", %d conditions",
          ContractQuantityName(c.quantity), ContractPriceName(c.price_kind), DescribeTime(c.start, start),
          DescribeTime(c.end, end), c.precedence, c.n_conditions);
  return true;
}

static bool DescribeWindow(const uint8_t *bytes, size_t size, FILE *stream)
{
  WindowRecord w;
  char         time[DESCRIBE_TIME_SIZE];

  if (WindowRecordRead(bytes, size, &w, NULL)) return false;
  fprintf(stream,
          "window %" PRIu32 ": from %s, %" PRIu32 " intervals of %" PRIu32 " s, %" PRIu32
          " regions, SHA-256 of inputs ",
          w.window, DescribeTime(w.window_start, time), w.intervals, w.interval_seconds, w.regions);
  PrintHex(stream, w.inputs, sizeof w.inputs);
  return true;
}

static bool DescribeCertificate(const uint8_t *bytes, size_t size, FILE *stream)
{
  GranularEvent e;

  if (GranularEventRead(bytes, size, &e, NULL)) return false;
  fprintf(stream, "certificate %s: ", GranularKindName(e.kind));
  PrintInterval(stream, e.start, 0, e.seconds);
  fprintf(stream, ": Wh %" PRId64 " to %" PRId64 " of issue ", e.first, e.last);
  PrintHex(stream, e.certificate, 8);
  fputs("..., ", stream);
  PrintText(stream, e.holder);
  if (e.to.length) {
    fputs(" to ", stream);
    PrintText(stream, e.to);
  }
  if (e.device.length) {
    fputs(", device ", stream);
    PrintText(stream, e.device);
  }
  if (e.technology.length) {
    fputs(", ", stream);
    PrintText(stream, e.technology);
  }
  if (e.kind == GRANULAR_RELEASE) fprintf(stream, ", of which %" PRId64 " Wh come out", e.released_wh);
  return true;
}

static bool DescribeAnchor(const uint8_t *bytes, size_t size, FILE *stream)
{
  AnchorRecord     anchor;
  LedgerNote       note = NULL;
  LedgerCheckpoint head = {0};
  size_t           length;
  const char      *text;
  char             root[45];

  if (AnchorRecordRead(bytes, size, &anchor, NULL)) return false;
  if (LedgerNoteParse(anchor.checkpoint.bytes, anchor.checkpoint.length, "checkpoint", &note, NULL)) return false;
  text = LedgerNoteText(note, &length);
  if (LedgerCheckpointParse(text, length, "checkpoint", &head, NULL) == LEDGER_OK) {
    LedgerHashBase64(&head.root, root);
    fprintf(stream, "anchor: log %s had %" PRIu64 " entries and root %s", head.origin, head.size, root);
  }
  LedgerCheckpointFree(&head);
  LedgerNoteDestroy(&note);
  return true;
}

static bool DescribeCommitted(const uint8_t *bytes, size_t size, FILE *stream)
{
  CommittedRecord record;

  if (CommittedRecordRead(bytes, size, &record, NULL)) return false;
  if (record.form == COMMITTED_CLEAR) {
    fputs("committed entry, in the clear: ", stream);
    DescribeEntry(&record.entry, stream);
    return true;
  }
  fputs("committed entry: ", stream);
  PrintInterval(stream, record.window_start, record.interval, record.interval_seconds);
  fprintf(stream,
          ", window %" PRIu32 ", region %" PRIu32 ": participant, quantity and amount hidden; hash of the entry ",
          record.window, record.region);
  PrintHex(stream, record.entry_hash.byte, LEDGER_HASH_BYTES);
  return true;
}

static bool DescribeClosing(const uint8_t *bytes, size_t size, FILE *stream)
{
  Closing c;

  if (ClosingRead(bytes, size, &c, NULL)) return false;
  fprintf(stream, "closing entry: window %" PRIu32 ", ", c.window);
  PrintInterval(stream, c.window_start, c.interval, c.interval_seconds);
  fprintf(stream, ": %" PRIu64 " entries, sum of the blindings of their amounts ", c.count);
  PrintHex(stream, c.blinding.byte, LEDGER_SCALAR_BYTES);
  return true;
}

static bool DescribeAccount(const uint8_t *bytes, size_t size, FILE *stream)
{
  AccountRecord a;

  if (AccountRecordRead(bytes, size, &a, NULL)) return false;
  fputs("account ", stream);
  if (a.form == COMMITTED_CLEAR) {
    PrintText(stream, a.name);
    return true;
  }
  fputs("of a participant, hash of the name ", stream);
  PrintHex(stream, a.hash.byte, LEDGER_HASH_BYTES);
  return true;
}

static bool DescribeRun(const uint8_t *bytes, size_t size, FILE *stream)
{
  RunRecord run;

  if (RunRecordRead(bytes, size, &run, NULL)) return false;
  fputs("run: study ", stream);
  PrintText(stream, run.study);
  fputs(", policy ", stream);
  PrintText(stream, run.policy);
  fputs(", in ", stream);
  PrintText(stream, run.currency);
  fprintf(stream, ", %" PRIu32 " windows, privacy %s, id ", run.windows,
          run.privacy == PRIVACY_COMMITTED ? "committed" : "public");
  PrintHex(stream, run.run_id, sizeof run.run_id);
  return true;
}

static bool DescribeHidden(const uint8_t *bytes, size_t size, FILE *stream)
{
  HiddenRecord h;

  if (HiddenRecordRead(bytes, size, &h, NULL)) return false;
  fputs("hidden record, salted hash ", stream);
  PrintHex(stream, h.hash.byte, LEDGER_HASH_BYTES);
  return true;
}

void RecordDescribe(const uint8_t *bytes, size_t size, FILE *stream)
{
  static bool (*const describe[])(const uint8_t *, size_t, FILE *) = {
      [RECORD_SETTLEMENT]  = DescribeSettlement,
      [RECORD_CONTRACT]    = DescribeContract,
      [RECORD_WINDOW]      = DescribeWindow,
      [RECORD_CERTIFICATE] = DescribeCertificate,
      [RECORD_ANCHOR]      = DescribeAnchor,
      [RECORD_COMMITTED]   = DescribeCommitted,
      [RECORD_CLOSING]     = DescribeClosing,
      [RECORD_ACCOUNT]     = DescribeAccount,
      [RECORD_RUN]         = DescribeRun,
      [RECORD_HIDDEN]      = DescribeHidden,
  };
  int type = RecordTypeOf(bytes, size);

  if (type <= 0 || type >= (int)(sizeof describe / sizeof *describe)) return;
  if (!describe[type](bytes, size, stream)) fprintf(stream, "malformed record of type %d", type);
}
