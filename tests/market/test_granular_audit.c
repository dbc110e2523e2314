/* The audit of certificates: a log that is right passes, and each way to count a watt-hour twice is named at the first
   event that does it. */
#include "tests/market/granular_case.h"

enum { EVENTS_MOST = 16, START = 1908230400 };

typedef struct {
  size_t      n;
  MarketBytes record[EVENTS_MOST];
} Log;

/* An event of the mill's issue of interval 0, happening in interval t. */
static GranularEvent Event(GranularKind kind, int t, int64_t first, int64_t last, const char *holder, const char *other)
{
  GranularEvent e = {.kind = kind, .start = START + 3600 * t, .seconds = 3600, .first = first, .last = last};

  memset(e.run_id, 0xA5, sizeof e.run_id);
  GranularIdentity(e.run_id, START, 3600, EntryTextOf("mill"), e.certificate);
  e.holder = EntryTextOf(holder);
  if (kind == GRANULAR_TRANSFER)
    e.to = EntryTextOf(other);
  else
    e.device = EntryTextOf(other);
  if (kind == GRANULAR_ISSUE) {
    e.region     = EntryTextOf("west");
    e.technology = EntryTextOf("wind");
    e.bus        = 7;
  }
  if (kind == GRANULAR_STORE || kind == GRANULAR_CANCEL || kind == GRANULAR_RELEASE) e.metered_wh = 50;
  if (kind == GRANULAR_CANCEL) e.consumer = GRANULAR_LOAD;
  if (kind == GRANULAR_RELEASE) {
    e.efficiency_charge    = 900000;
    e.efficiency_discharge = 950000;
    e.released_wh          = (last - first) * 855 / 1000;
  }
  if (kind == GRANULAR_EXPIRE) e.reason = *other ? GRANULAR_LOST : GRANULAR_UNUSED;
  return e;
}

static void Append(Log *log, GranularEvent e)
{
  assert_true(log->n < EVENTS_MOST);
  if (e.sequence == 0) e.sequence = (uint32_t)log->n;
  GranularEventWrite(&e, &log->record[log->n++]);
}

/* 100 Wh: 60 sold to the town, which uses 40 of them; 40 stored, of which 34 return. */
static void Begin(Log *log, size_t events)
{
  const GranularEvent all[] = {
      Event(GRANULAR_ISSUE, 0, 0, 100, "farm", "mill"),  Event(GRANULAR_TRANSFER, 0, 0, 60, "farm", "town"),
      Event(GRANULAR_CANCEL, 0, 0, 40, "town", "lamps"), Event(GRANULAR_STORE, 0, 60, 100, "farm", "tank"),
      Event(GRANULAR_EXPIRE, 0, 40, 60, "town", ""),     Event(GRANULAR_RELEASE, 1, 60, 100, "farm", "tank"),
      Event(GRANULAR_CANCEL, 1, 60, 94, "farm", "pump")};

  *log = (Log){0};
  for (size_t i = 0; i < events; i++) Append(log, all[i]);
}

static MarketStatus Check(Log *log, GranularTotals *totals, MarketError *error)
{
  const uint8_t *record[EVENTS_MOST];
  size_t         size[EVENTS_MOST];
  MarketStatus   status;

  for (size_t i = 0; i < log->n; i++) {
    record[i] = log->record[i].data;
    size[i]   = log->record[i].size;
  }
  error->text[0] = 0;
  status         = GranularCheck(record, size, log->n, totals, error);
  for (size_t i = 0; i < log->n; i++) MarketBytesFree(&log->record[i]);
  return status;
}

/* The first `events` of the log, and then one that may not follow them. */
static void Refuse(size_t events, GranularEvent wrong, const char *line)
{
  Log            log;
  GranularTotals totals;
  MarketError    error;
  char           expected[MARKET_ERROR_TEXT];

  Begin(&log, events);
  Append(&log, wrong);
  assert_int_equal(Check(&log, &totals, &error), MARKET_BAD_INPUT);
  snprintf(expected, sizeof expected, "certificate event %zu (%s of [%lld, %lld) of %02x%02x%02x%02x, '%.*s'): %s",
           events, GranularKindName(wrong.kind), (long long)wrong.first, (long long)wrong.last, wrong.certificate[0],
           wrong.certificate[1], wrong.certificate[2], wrong.certificate[3], (int)wrong.holder.length,
           wrong.holder.bytes, line);
  assert_string_equal(error.text, expected);
}

static void ARightLogPasses(void **state)
{
  Log            log;
  GranularTotals totals;
  MarketError    error;

  (void)state;
  Begin(&log, 7);
  if (Check(&log, &totals, &error) != MARKET_OK) fail_msg("%s", error.text);
  assert_memory_equal(&totals, &((GranularTotals){100, 74, 20, 6, 0, 0}), sizeof totals);
  Begin(&log, 4);
  assert_int_equal(Check(&log, &totals, &error), MARKET_OK);
  assert_memory_equal(&totals, &((GranularTotals){100, 40, 0, 0, 20, 40}), sizeof totals);
}

static void OverlappingIssuesAreRefused(void **state)
{
  GranularEvent e;

  (void)state;
  Refuse(4, Event(GRANULAR_ISSUE, 0, 0, 100, "farm", "mill"), "the device has an issue for this interval already");
  e       = Event(GRANULAR_ISSUE, 0, 0, 100, "farm", "mill");
  e.start = START + 1800;
  GranularIdentity(e.run_id, e.start, e.seconds, e.device, e.certificate);
  Refuse(4, e, "its interval begins before that of the last event ends");
  e         = Event(GRANULAR_ISSUE, 0, 0, 100, "farm", "mill");
  e.seconds = 1800;
  GranularIdentity(e.run_id, e.start, e.seconds, e.device, e.certificate);
  Refuse(4, e, "its interval has another length than that of the last event");
}

static void OnlyTheHolderPassesOn(void **state)
{
  (void)state;
  Refuse(1, Event(GRANULAR_TRANSFER, 0, 0, 60, "town", "farm"), "[0, 60) is held by 'farm'");
  Refuse(2, Event(GRANULAR_TRANSFER, 0, 50, 70, "farm", "works"), "[50, 60) is held by 'town'");
  Refuse(2, Event(GRANULAR_CANCEL, 0, 50, 70, "town", "lamps"), "[60, 70) is held by 'farm'");
  Refuse(3, Event(GRANULAR_TRANSFER, 0, 30, 50, "town", "farm"), "[30, 40) was cancelled before");
  Refuse(4, Event(GRANULAR_TRANSFER, 0, 60, 61, "farm", "town"), "[60, 61) is in storage 'tank'");
  Refuse(5, Event(GRANULAR_TRANSFER, 0, 40, 50, "town", "farm"), "[40, 50) expired or was lost before");
}

static void NothingIsCancelledTwiceOrBeyondWhatThereIs(void **state)
{
  GranularEvent e;

  (void)state;
  Refuse(3, Event(GRANULAR_CANCEL, 0, 0, 10, "town", "fridge"), "[0, 10) was cancelled before");
  Refuse(3, Event(GRANULAR_CANCEL, 0, 40, 51, "town", "lamps"), "with it, more than the 50 Wh that the device metered");
  Refuse(4, Event(GRANULAR_CANCEL, 0, 90, 101, "farm", "fridge"), "only 100 Wh were issued");
  Refuse(4, Event(GRANULAR_CANCEL, 0, 60, 70, "farm", "pump"), "[60, 70) is in storage 'tank'");
  e            = Event(GRANULAR_CANCEL, 0, 40, 41, "town", "lamps");
  e.metered_wh = 60;
  Refuse(3, e, "the device's meter or efficiency differs from that of an event before");
  e = Event(GRANULAR_CANCEL, 0, 0, 10, "town", "fridge");
  e.certificate[0] ^= 1;
  Refuse(2, e, "the certificate was neither issued in this interval nor is any of it stored");
}

static void AnHourIsAnHour(void **state)
{
  (void)state;
  Refuse(2, Event(GRANULAR_CANCEL, 1, 0, 40, "town", "lamps"),
         "the certificate was neither issued in this interval nor is any of it stored");
  Refuse(4, Event(GRANULAR_CANCEL, 1, 40, 50, "town", "lamps"), "[40, 50) is for the interval from 1908230400 s on");
  Refuse(6, Event(GRANULAR_CANCEL, 2, 60, 94, "farm", "pump"),
         "the certificate was neither issued in this interval nor is any of it stored");
}

static void StoragesGiveWhatTheyTook(void **state)
{
  GranularEvent e;

  (void)state;
  e             = Event(GRANULAR_RELEASE, 1, 60, 100, "farm", "tank");
  e.released_wh = 35;
  Refuse(5, e, "35 Wh come out; expected 34");
  e.released_wh = 33;
  Refuse(5, e, "33 Wh come out; expected 34");
  Refuse(5, Event(GRANULAR_RELEASE, 1, 60, 100, "farm", "drum"), "[60, 94) is not in that storage");
  Refuse(5, Event(GRANULAR_RELEASE, 1, 60, 100, "town", "tank"), "[60, 94) is held by 'farm'");
  Refuse(5, Event(GRANULAR_RELEASE, 1, 30, 60, "town", "tank"), "[30, 40) was cancelled before");
  Refuse(5, Event(GRANULAR_RELEASE, 0, 60, 100, "farm", "tank"), "a storage takes and gives in one interval");
  Refuse(7, Event(GRANULAR_CANCEL, 1, 94, 95, "farm", "pump"), "[94, 95) expired or was lost before");
  Refuse(5, Event(GRANULAR_EXPIRE, 1, 60, 100, "farm", "drum"), "[60, 100) is not in that storage");
  Refuse(5, Event(GRANULAR_EXPIRE, 0, 60, 100, "farm", ""), "[60, 100) is in storage 'tank'");
  Refuse(5, Event(GRANULAR_STORE, 0, 40, 60, "town", "tank"), "with it, more than the 50 Wh that the device metered");
}

/* The 40 Wh in two halves: 17.1 and 34.2, so 17 and 17, as much as all at once. */
static void PartsOfAReleaseAreRoundedTogether(void **state)
{
  Log            log;
  GranularTotals totals;
  MarketError    error;
  GranularEvent  e;

  (void)state;
  Begin(&log, 5);
  for (int64_t at = 60; at < 100; at += 5) {
    e             = Event(GRANULAR_RELEASE, 1, at, at + 5, "farm", "tank");
    e.released_wh = (at + 5 - 60) * 855 / 1000 - (at - 60) * 855 / 1000;
    Append(&log, e);
  }
  assert_int_equal(Check(&log, &totals, &error), MARKET_OK);
  assert_int_equal(totals.lost, 6);
}

static void TheOrderOfTheLogIsKept(void **state)
{
  GranularEvent e;
  Log           log;
  MarketError   error;

  (void)state;
  e          = Event(GRANULAR_CANCEL, 0, 0, 40, "town", "lamps");
  e.sequence = 3;
  Refuse(2, e, "it has the number 3 of window 0; expected 2");
  e        = Event(GRANULAR_CANCEL, 0, 0, 40, "town", "lamps");
  e.window = 1;
  Refuse(2, e, "it has the number 2 of window 1; expected 0");
  Refuse(6, Event(GRANULAR_TRANSFER, 0, 60, 94, "farm", "town"),
         "its interval begins before that of the last event ends");
  Begin(&log, 5);
  for (int k = 0; k < 2; k++) { /* another run, and the first again */
    MarketBytes *record = &log.record[log.n];
    e                   = Event(GRANULAR_ISSUE, 0, 0, 100, "farm", "mill");
    memset(e.run_id, k ? 0xA5 : 0x5A, sizeof e.run_id);
    GranularIdentity(e.run_id, START, 3600, e.device, e.certificate);
    GranularEventWrite(&e, record);
    log.n++;
  }
  assert_int_equal(Check(&log, NULL, &error), MARKET_BAD_INPUT);
  assert_non_null(strstr(error.text, "certificate event 6 "));
  assert_non_null(strstr(error.text, "its run has ended before, with the events of another"));
}

static void RecordsThatAreNoEventsAreMalformed(void **state)
{
  static const char *const lines[] = {
      "certificate event 1: certificate event: the interval is 7200 s long; expected 1 to 3600",
      "certificate event 1: certificate event: the certificate is not that of its run, interval and device",
      "certificate event 1: certificate event: the range is [5, 5); expected 0 <= first < last",
      "certificate event 1: certificate event: a transfer from 'farm' to itself",
      "certificate event 1: certificate event: 60 Wh against 50 Wh metered",
      "certificate event 1: certificate event: an issue begins at 5; expected 0",
      "certificate event 1: certificate event: 6 Wh are released from 5",
      "certificate event 1: certificate event: a storage is named if and only if the reason is not 1",
      "certificate event 1: certificate event: the bus is 0; expected a positive number",
      "certificate event 1: certificate event: the efficiencies are 1000001 and 950000 millionths; expected 1 to "
      "1000000",
      "certificate event 1: certificate event: kind of consumer 0 is unknown; expected 1 to 3"};
  GranularEvent e[] = {
      Event(GRANULAR_TRANSFER, 0, 0, 5, "farm", "town"), Event(GRANULAR_ISSUE, 0, 0, 5, "farm", "dam"),
      Event(GRANULAR_TRANSFER, 0, 5, 5, "farm", "town"), Event(GRANULAR_TRANSFER, 0, 0, 5, "farm", "farm"),
      Event(GRANULAR_CANCEL, 0, 0, 60, "farm", "pump"),  Event(GRANULAR_ISSUE, 0, 5, 9, "farm", "mill"),
      Event(GRANULAR_RELEASE, 0, 0, 5, "farm", "tank"),  Event(GRANULAR_EXPIRE, 0, 0, 5, "farm", "tank"),
      Event(GRANULAR_ISSUE, 0, 0, 5, "farm", "mill"),    Event(GRANULAR_RELEASE, 0, 0, 5, "farm", "tank"),
      Event(GRANULAR_CANCEL, 0, 0, 5, "farm", "pump")};

  (void)state;
  e[0].seconds           = 7200;
  e[6].released_wh       = 6;
  e[7].reason            = GRANULAR_UNUSED;
  e[8].bus               = 0;
  e[9].efficiency_charge = 1000001;
  e[10].consumer         = (GranularConsumer)0;
  for (size_t i = 0; i < sizeof e / sizeof e[0]; i++) {
    Log         log;
    MarketError error;
    Begin(&log, 1);
    Append(&log, e[i]);
    assert_int_equal(Check(&log, NULL, &error), MARKET_MALFORMED);
    assert_string_equal(error.text, lines[i]);
  }
}

/* Bytes of the first hex block of docs/certificates.md. */
static size_t DocumentedBytes(uint8_t *out, size_t capacity)
{
  FILE  *file = fopen(ShippedFile("docs/certificates.md"), "r");
  char   line[512];
  bool   inside = false;
  size_t n      = 0;

  assert_non_null(file);
  while (fgets(line, sizeof line, file)) {
    const char  *p = line;
    unsigned int byte;
    int          used;
    if (!strncmp(line, "```", 3)) {
      if (inside) break;
      inside = !strncmp(line, "```hex", 6);
      continue;
    }
    for (; inside && n < capacity && sscanf(p, " %2x%n", &byte, &used) == 1; p += used) out[n++] = (uint8_t)byte;
  }
  fclose(file);
  return n;
}

static void DocumentShowsTheBytesOfTheCode(void **state)
{
  uint8_t       shown[512];
  size_t        n     = DocumentedBytes(shown, sizeof shown);
  MarketBytes   bytes = {0};
  GranularEvent e     = Event(GRANULAR_CANCEL, 18, 0, 2000000, "Müller & Co", "demand");

  (void)state;
  e.sequence   = 2;
  e.metered_wh = 2345679;
  GranularIdentity(e.run_id, e.start, e.seconds, EntryTextOf("mill"), e.certificate);
  GranularEventWrite(&e, &bytes);
  assert_int_equal(n, bytes.size);
  assert_memory_equal(shown, bytes.data, n);
  MarketBytesFree(&bytes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ARightLogPasses),
      cmocka_unit_test(OverlappingIssuesAreRefused),
      cmocka_unit_test(OnlyTheHolderPassesOn),
      cmocka_unit_test(NothingIsCancelledTwiceOrBeyondWhatThereIs),
      cmocka_unit_test(AnHourIsAnHour),
      cmocka_unit_test(StoragesGiveWhatTheyTook),
      cmocka_unit_test(PartsOfAReleaseAreRoundedTogether),
      cmocka_unit_test(TheOrderOfTheLogIsKept),
      cmocka_unit_test(RecordsThatAreNoEventsAreMalformed),
      cmocka_unit_test(DocumentShowsTheBytesOfTheCode),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
