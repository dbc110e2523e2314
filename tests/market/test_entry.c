/* Settlement entries: canonical bytes, strict decoding, order. */
#include "tests/market/sample_entry.h"
#include "tests/support.h"

#include <string.h>

static uint8_t bytes[ENTRY_SIZE_MAX];

static size_t Encode(const SettlementEntry *entry)
{
  size_t      size = 0;
  MarketError error;

  error.text[0] = 0;
  if (SettlementEntryEncode(entry, bytes, sizeof bytes, &size, &error) != MARKET_OK) fail_msg("%s", error.text);
  return size;
}

static void AssertSameText(EntryText a, EntryText b)
{
  assert_int_equal(a.length, b.length);
  assert_memory_equal(a.bytes, b.bytes, a.length);
}

static void DecodingGivesBackEveryField(void **state)
{
  SettlementEntry entry = SampleEntry(), back;
  size_t          size;

  (void)state;
  entry.window_start = -5;
  entry.window       = 0xFFFFFFFE;
  entry.asset        = EntryTextOf("");
  size               = Encode(&entry);
  assert_int_equal(size, SettlementEntrySize(&entry));
  assert_int_equal(SettlementEntryDecode(bytes, size, &back, NULL), MARKET_OK);
  assert_int_equal(SettlementEntryCompare(&entry, &back), 0);
  assert_int_equal(back.window_start, -5);
  assert_int_equal(back.interval_seconds, 3600);
  assert_true(back.has_price);
  assert_int_equal(back.quantity_wh, entry.quantity_wh);
  assert_int_equal(back.price, entry.price);
  assert_int_equal(back.amount, entry.amount);
  assert_int_equal(back.bus, 3);
  AssertSameText(back.study, entry.study);
  AssertSameText(back.policy, entry.policy);
  AssertSameText(back.currency, entry.currency);
  AssertSameText(back.region_name, entry.region_name);
  AssertSameText(back.participant_name, entry.participant_name);
  assert_int_equal(back.asset.length, 0);
}

/* The hexadecimal example of the document, from the line "```hex" on. */
static size_t DocumentedBytes(uint8_t *out, size_t capacity)
{
  FILE  *file = fopen(ShippedFile("docs/entry-format.md"), "r");
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
    while (inside && sscanf(p, " %2x%n", &byte, &used) == 1 && n < capacity) {
      out[n++] = (uint8_t)byte;
      p += used;
    }
  }
  fclose(file);
  return n;
}

static void DocumentShowsTheBytesOfTheCode(void **state)
{
  static uint8_t  shown[ENTRY_SIZE_MAX];
  SettlementEntry entry = SampleEntry();
  size_t          n = DocumentedBytes(shown, sizeof shown), size = Encode(&entry);

  (void)state;
  assert_int_equal(n, size);
  assert_memory_equal(shown, bytes, size);
}

static void Refuse(size_t size, const char *text)
{
  SettlementEntry entry;
  MarketError     error;

  error.text[0] = 0;
  assert_int_equal(SettlementEntryDecode(bytes, size, &entry, &error), MARKET_MALFORMED);
  if (!strstr(error.text, text)) fail_msg("'%s' does not contain '%s'", error.text, text);
}

static void WhatIsNotCanonicalIsRefused(void **state)
{
  static const struct {
    size_t      at;
    uint8_t     value;
    const char *text;
  } change[] = {
      {0, 2, "version at byte 0 is 2; expected 1"},
      {1, 7, "record type at byte 1 is 7"},
      {3, 0x66, "kind 0x0166 is unknown"},
      {4, 0x80, "flags at byte 4 are 0x80000001"},
      {7, 5, "flags at byte 4 are 0x00000005; expected 0 to 3"},
      {7, 3, "inside its reference"},
      {7, 0, "in an entry without a price"},
      {47, 1, "expected price x quantity"},
      {63, 1, "expected price x quantity"},
      {48, 0x7F, "more money than 64 bits hold"},
      {68, 0xFF, "study name at byte 68 claims 65284 bytes"},
      {69, 3, "policy name at byte 73 claims"}, /* the lengths that follow shift */
      {106, 7, "asset name at byte 105 claims 7 bytes; only 6 are left"},
      {70, 0xFF, "study name is not UTF-8 at its byte 0"},
      {70, 0x07, "control character U+0007"},
      {70, 0x7F, "control character U+007F"},
      {70, 0xC1, "not UTF-8"},
      {70, 0xED, "not UTF-8"},
  };
  SettlementEntry entry = SampleEntry();

  (void)state;
  for (size_t k = 0; k < sizeof change / sizeof change[0]; k++) {
    size_t size         = Encode(&entry);
    bytes[change[k].at] = change[k].value;
    Refuse(size, change[k].text);
  }
}

static void IntervalsHaveALengthAndAnEnd(void **state)
{
  SettlementEntry entry = SampleEntry();
  MarketError     error;
  size_t          size;

  (void)state;
  entry.interval_seconds = 0;
  assert_int_equal(SettlementEntryEncode(&entry, bytes, sizeof bytes, &size, &error), MARKET_BAD_INPUT);
  assert_string_equal(error.text, "the interval has no length");
  entry.interval_seconds = 1;
  entry.window_start     = INT64_MAX - entry.interval;
  assert_int_equal(SettlementEntryEncode(&entry, bytes, sizeof bytes, &size, &error), MARKET_OVERFLOW);
  entry.window_start--;
  assert_int_equal(SettlementEntryEncode(&entry, bytes, sizeof bytes, &size, &error), MARKET_OK);
}

static void EveryTruncationAndEveryTailIsRefused(void **state)
{
  SettlementEntry entry = SampleEntry();
  size_t          size  = Encode(&entry);

  (void)state;
  for (size_t n = 0; n < size; n++) {
    uint8_t        *exact = malloc(n + 1); /* so that a sanitizer sees a read beyond the end */
    SettlementEntry back;
    memcpy(exact, bytes, n);
    assert_int_equal(SettlementEntryDecode(exact, n, &back, NULL), MARKET_MALFORMED);
    free(exact);
  }
  bytes[size] = 0;
  Refuse(size + 1, "1 bytes are left over");
}

static void TextsAreHeldToUtf8AndLength(void **state)
{
  static const char *const good[] = {"a", "é", "€", "\xF0\x9F\x8C\x8A", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"};
  static const char *const bad[]  = {"\x80",
                                     "\xC0\x80",
                                     "\xE0\x80\xAF",
                                     "\xED\xA0\x80",
                                     "\xF0\x80\x80\x80",
                                     "\xF4\x90\x80\x80",
                                     "\xF8\x88\x80\x80\x80",
                                     "\xE2\x82",
                                     "a\xC3",
                                     "\t",
                                     "\xC2\x85"};
  static char              longest[ENTRY_TEXT_MAX + 2];
  SettlementEntry          entry = SampleEntry();
  MarketError              error;
  size_t                   size;

  (void)state;
  for (size_t k = 0; k < sizeof good / sizeof *good; k++)
    assert_int_equal(EntryTextCheck(EntryTextOf(good[k]), "name", &error), MARKET_OK);
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
    assert_int_equal(EntryTextCheck(EntryTextOf(bad[k]), "name", &error), MARKET_BAD_INPUT);
  memset(longest, 'x', ENTRY_TEXT_MAX + 1);
  entry.study = entry.policy = entry.currency = entry.region_name = entry.participant_name = entry.asset =
      (EntryText){longest, ENTRY_TEXT_MAX};
  entry.has_reference = true;
  size                = Encode(&entry);
  assert_int_equal(size, ENTRY_SIZE_MAX);
  assert_true(size <= 65535);
  assert_int_equal(SettlementEntryEncode(&entry, bytes, size - 1, &size, &error), MARKET_BAD_INPUT);
  entry.asset.length++;
  assert_int_equal(SettlementEntryEncode(&entry, bytes, sizeof bytes, &size, &error), MARKET_BAD_INPUT);
  assert_string_equal(error.text, "asset name has 1025 bytes; expected at most 1024");
  entry       = SampleEntry();
  entry.study = EntryTextOf(NULL);
  assert_int_equal(SettlementEntryEncode(&entry, bytes, sizeof bytes, &size, &error), MARKET_BAD_INPUT);
}

static void OrderIsWindowRegionIntervalKindParticipantSequence(void **state)
{
  SettlementEntry low = SampleEntry(), high[6], all[7];

  (void)state;
  for (int k = 0; k < 6; k++) high[k] = low;
  high[0].sequence++;
  high[1].participant++, high[1].sequence = 0;
  high[2].kind = SETTLEMENT_ROUNDING, high[2].participant = 0;
  high[3].interval++, high[3].kind                        = SETTLEMENT_GENERATION;
  high[4].region++, high[4].interval                      = 0;
  high[5].window++, high[5].region                        = 0;
  for (int k = 0; k < 6; k++) {
    assert_true(SettlementEntryCompare(&low, &high[k]) < 0);
    assert_true(SettlementEntryCompare(&high[k], &low) > 0);
    all[5 - k] = high[k];
  }
  all[6] = low;
  assert_int_equal(SettlementEntriesSort(all, 7, NULL), MARKET_OK);
  assert_int_equal(SettlementEntryCompare(&all[0], &low), 0);
  for (int k = 0; k < 6; k++) assert_int_equal(SettlementEntryCompare(&all[k + 1], &high[k]), 0);
  all[0] = all[6];
  assert_int_equal(SettlementEntriesSort(all, 7, NULL), MARKET_BAD_INPUT);
}

/* Every kind, with and without a price and a reference, comes back as it was. */
static void EveryKindKeepsItsReference(void **state)
{
  (void)state;
  for (int k = 0; k < SETTLEMENT_KINDS; k++)
    for (int form = 0; form < 4; form++) {
      SettlementEntry entry = SampleEntry(), back;
      MarketError     error;
      size_t          size;
      entry.kind          = SettlementKindAt(k);
      entry.has_price     = form & 1;
      entry.has_reference = form & 2;
      if (!entry.has_price) entry.price = 0;
      for (int i = 0; entry.has_reference && i < 32; i++) entry.reference[i] = (uint8_t)(17 * k + i);
      size = Encode(&entry);
      assert_int_equal(size, 113 + (form & 2 ? 32 : 0));
      assert_int_equal(bytes[7], form);
      assert_int_equal(SettlementEntryDecode(bytes, size, &back, &error), MARKET_OK);
      assert_int_equal(back.kind, entry.kind);
      assert_int_equal(back.has_price, entry.has_price);
      assert_int_equal(back.has_reference, entry.has_reference);
      assert_memory_equal(back.reference, entry.reference, 32);
      if (entry.has_reference) assert_memory_equal(bytes + size - 32, entry.reference, 32);
    }
}

static void AReferenceThatIsNotThereIsZero(void **state)
{
  SettlementEntry entry = SampleEntry();
  MarketError     error;
  size_t          size;

  (void)state;
  entry.reference[31] = 1;
  assert_int_equal(SettlementEntryEncode(&entry, bytes, sizeof bytes, &size, &error), MARKET_BAD_INPUT);
  assert_string_equal(error.text, "the reference of an entry without one is not zero");
  entry.has_reference = true;
  size                = Encode(&entry);
  bytes[size]         = 0;
  Refuse(size + 1, "1 bytes are left over from byte 145 on");
  Refuse(size - 1, "the entry ends at byte 144, inside its reference");
}

static void KindsHaveNamesAndPositions(void **state)
{
  (void)state;
  for (int k = 0; k < SETTLEMENT_KINDS; k++) {
    assert_int_equal(SettlementKindIndex(SettlementKindAt(k)), k);
    assert_non_null(SettlementKindName(SettlementKindAt(k)));
    if (k) assert_true(SettlementKindAt(k - 1) < SettlementKindAt(k)); /* statements keep the order of the log */
  }
  assert_null(SettlementKindName((SettlementKind)0));
}

static void PrintedEntryHasUnits(void **state)
{
  static const char expected[] =
      "settlement entry, format version 1\n"
      "  study        demo\n"
      "  policy       base\n"
      "  window       0, interval 18 of 3600 s: 2030-06-21T18:00:00Z to 2030-06-21T19:00:00Z\n"
      "  region       city (2)\n"
      "  kind         consumption, sequence 9\n"
      "  participant  Müller & Co (4)\n"
      "  asset        demand\n"
      "  bus          3\n"
      "  quantity     -2345679 Wh taken\n"
      "  price        104.500001 EUR/MWh\n"
      "  amount       -245.123458 EUR paid\n";
  SettlementEntry entry = SampleEntry();
  char           *text  = NULL;
  size_t          size  = 0;
  FILE           *out   = open_memstream(&text, &size);

  (void)state;
  SettlementEntryPrint(out, &entry);
  fclose(out);
  assert_string_equal(text, expected);
  free(text);
  entry.kind          = SETTLEMENT_CARBON;
  entry.has_reference = true;
  entry.reference[0]  = 0xAB;
  out                 = open_memstream(&text, &size);
  SettlementEntryPrint(out, &entry);
  fclose(out);
  assert_non_null(strstr(text, "quantity     -2345679 g of CO2\n"));
  assert_non_null(strstr(text, "price        104.500001 EUR/t\n"));
  assert_non_null(strstr(text, "carries out  ab0000"));
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(DecodingGivesBackEveryField),
      cmocka_unit_test(DocumentShowsTheBytesOfTheCode),
      cmocka_unit_test(WhatIsNotCanonicalIsRefused),
      cmocka_unit_test(IntervalsHaveALengthAndAnEnd),
      cmocka_unit_test(EveryTruncationAndEveryTailIsRefused),
      cmocka_unit_test(TextsAreHeldToUtf8AndLength),
      cmocka_unit_test(OrderIsWindowRegionIntervalKindParticipantSequence),
      cmocka_unit_test(EveryKindKeepsItsReference),
      cmocka_unit_test(AReferenceThatIsNotThereIsZero),
      cmocka_unit_test(KindsHaveNamesAndPositions),
      cmocka_unit_test(PrintedEntryHasUnits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
