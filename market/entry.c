/* Settlement entries: order, validity and canonical bytes. */
#include "market/entry.h"

#include "market/money.h"
#include "market/sort.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FLAG_PRICE = 1, FLAG_REFERENCE = 2, FLAGS = FLAG_PRICE | FLAG_REFERENCE };

static const struct {
  SettlementKind kind;
  const char    *name;
} kinds[SETTLEMENT_KINDS] = {
    {SETTLEMENT_GENERATION, "generation"},
    {SETTLEMENT_CONSUMPTION, "consumption"},
    {SETTLEMENT_STORAGE_CHARGE, "storage charge"},
    {SETTLEMENT_STORAGE_DISCHARGE, "storage discharge"},
    {SETTLEMENT_LINK_TERMINAL, "link terminal"},
    {SETTLEMENT_DEVIATION, "deviation"},
    {SETTLEMENT_TRADE, "trade"},
    {SETTLEMENT_TRADE_POOL, "traded energy at the pool"},
    {SETTLEMENT_GRID_FEE, "grid fee"},
    {SETTLEMENT_TRADE_SPREAD, "trade spread"},
    {SETTLEMENT_CONTRACT_ENERGY, "contract energy"},
    {SETTLEMENT_CONTRACT_DIFFERENCE, "contract for difference"},
    {SETTLEMENT_CONTRACT_CAPACITY, "capacity rent"},
    {SETTLEMENT_CONTRACT_TAKE_OR_PAY, "take or pay"},
    {SETTLEMENT_CONTRACT_PENALTY, "contract penalty"},
    {SETTLEMENT_CONTRACT_RESPONSE, "demand response"},
    {SETTLEMENT_CARBON, "carbon allowances"},
    {SETTLEMENT_TIE_RENT, "tie rent"},
    {SETTLEMENT_CONGESTION, "congestion"},
    {SETTLEMENT_LOSSES, "losses"},
    {SETTLEMENT_SHORTAGE, "shortage"},
    {SETTLEMENT_SURPLUS, "surplus"},
    {SETTLEMENT_UNACCOUNTED, "unaccounted energy"},
    {SETTLEMENT_ROUNDING, "rounding"},
    {SETTLEMENT_BALANCING, "balancing"},
    {SETTLEMENT_EXCHANGE, "exchange between regions"},
};

int SettlementKindIndex(SettlementKind kind)
{
  for (int k = 0; k < SETTLEMENT_KINDS; k++)
    if (kinds[k].kind == kind) return k;
  return -1;
}

SettlementKind SettlementKindAt(int index)
{
  return kinds[index].kind;
}

const char *SettlementKindName(SettlementKind kind)
{
  int k = SettlementKindIndex(kind);

  return k < 0 ? NULL : kinds[k].name;
}

bool SettlementKindIsEnergy(SettlementKind kind)
{
  switch (kind) {
  case SETTLEMENT_GRID_FEE:
  case SETTLEMENT_TRADE_SPREAD:
  case SETTLEMENT_CONTRACT_DIFFERENCE:
  case SETTLEMENT_CONTRACT_CAPACITY:
  case SETTLEMENT_CONTRACT_TAKE_OR_PAY:
  case SETTLEMENT_CONTRACT_PENALTY:
  case SETTLEMENT_CONTRACT_RESPONSE:
  case SETTLEMENT_CARBON:
  case SETTLEMENT_EXCHANGE:
    return false;
  default:
    return true;
  }
}

EntryText EntryTextOf(const char *string)
{
  return (EntryText){string ? string : "", string ? strlen(string) : 0};
}

bool EntryTextSame(EntryText a, EntryText b)
{
  return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

int EntryTextCompare(EntryText a, EntryText b)
{
  size_t n     = a.length < b.length ? a.length : b.length;
  int    order = n && a.bytes != b.bytes ? memcmp(a.bytes, b.bytes, n) : 0;

  return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* Length of the well-formed UTF-8 sequence at the head of n bytes, with its code point; 0 when there is none. */
static size_t Utf8Sequence(const unsigned char *s, size_t n, uint32_t *code)
{
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t                length     = s[0] < 0x80 ? 1 : s[0] < 0xC0 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

  if (length == 0 || length > n || s[0] > 0xF4) return 0;
  *code = length == 1 ? s[0] : s[0] & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; i++) {
    if ((s[i] & 0xC0) != 0x80) return 0;
    *code = *code << 6 | (s[i] & 0x3Fu);
  }
  if (*code < smallest[length] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) return 0;
  return length;
}

/* Length of the head of n bytes that is printable ASCII, eight bytes at a time: no high bit, none below 0x20 (whose
   difference borrows into the high bit), none 0x7F (of which the same is true after it became 0). */
static size_t PlainHead(const unsigned char *s, size_t n)
{
  const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
  size_t         i = 0;

  for (uint64_t word; n - i >= sizeof word; i += sizeof word) {
    memcpy(&word, s + i, sizeof word);
    if ((word | (word - 0x20 * ones) | ((word ^ 0x7F * ones) - ones)) & high) break;
  }
  while (i < n && s[i] >= 0x20 && s[i] < 0x7F) i++;
  return i;
}

MarketStatus EntryTextCheck(EntryText text, const char *what, MarketError *error)
{
  const unsigned char *s = (const unsigned char *)text.bytes;

  if (text.length > ENTRY_TEXT_MAX)
    return MarketFail(error, MARKET_BAD_INPUT, "%s has %zu bytes; expected at most %d", what, text.length,
                      ENTRY_TEXT_MAX);
  for (size_t i = text.length ? PlainHead(s, text.length) : 0; i < text.length;) {
    uint32_t code   = 0;
    size_t   length = Utf8Sequence(s + i, text.length - i, &code);
    if (length == 0) return MarketFail(error, MARKET_BAD_INPUT, "%s is not UTF-8 at its byte %zu", what, i);
    if (code < 0x20 || (code >= 0x7F && code < 0xA0))
      return MarketFail(error, MARKET_BAD_INPUT, "%s has the control character U+%04" PRIX32 " at its byte %zu", what,
                        code, i);
    i += length;
  }
  return MARKET_OK;
}

/* The texts of an entry in the order of the encoding; a bit says whether one may be empty. */
enum { TEXTS = 6 };
static const struct {
  const char *name;
  size_t      offset;
  bool        may_be_empty;
} texts[TEXTS] = {
    {"study name", offsetof(SettlementEntry, study), false},
    {"policy name", offsetof(SettlementEntry, policy), false},
    {"currency", offsetof(SettlementEntry, currency), false},
    {"region name", offsetof(SettlementEntry, region_name), false},
    {"participant name", offsetof(SettlementEntry, participant_name), false},
    {"asset name", offsetof(SettlementEntry, asset), true},
};

static const EntryText *TextOf(const SettlementEntry *entry, int k)
{
  return (const EntryText *)((const char *)entry + texts[k].offset);
}

static MarketStatus ValidateTexts(const SettlementEntry *entry, MarketError *error)
{
  for (int k = 0; k < TEXTS; k++) {
    if (TextOf(entry, k)->length == 0 && !texts[k].may_be_empty)
      return MarketFail(error, MARKET_BAD_INPUT, "%s is empty", texts[k].name);
    MARKET_TRY(EntryTextCheck(*TextOf(entry, k), texts[k].name, error));
  }
  return MARKET_OK;
}

static MarketStatus ValidateAmount(const SettlementEntry *entry, MarketError *error)
{
  int64_t expected = 0;

  if (!entry->has_price) {
    if (entry->price == 0) return MARKET_OK;
    return MarketFail(error, MARKET_BAD_INPUT, "price is %" PRId64 " in an entry without a price; expected 0",
                      entry->price);
  }
  if (MoneyFromEnergy(entry->price, entry->quantity_wh, &expected) != MARKET_OK)
    return MarketFail(error, MARKET_OVERFLOW,
                      "%" PRId64 " Wh at %" PRId64 " millionths per MWh is more money than 64 bits hold",
                      entry->quantity_wh, entry->price);
  if (expected != entry->amount)
    return MarketFail(error, MARKET_BAD_INPUT, "amount is %" PRId64 "; expected price x quantity = %" PRId64,
                      entry->amount, expected);
  return MARKET_OK;
}

/* A reference that is absent is zeros, so that an entry has one form in memory too. */
static MarketStatus ValidateReference(const SettlementEntry *entry, MarketError *error)
{
  static const uint8_t zeros[sizeof entry->reference];

  if (entry->has_reference || !memcmp(entry->reference, zeros, sizeof zeros)) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "the reference of an entry without one is not zero");
}

/* Start and end of the interval in POSIX seconds. */
static bool IntervalTimes(const SettlementEntry *entry, int64_t *start, int64_t *end)
{
  int64_t offset = 0;

  if (__builtin_mul_overflow((int64_t)entry->interval, (int64_t)entry->interval_seconds, &offset)) return false;
  if (__builtin_add_overflow(entry->window_start, offset, start)) return false;
  return !__builtin_add_overflow(*start, (int64_t)entry->interval_seconds, end);
}

MarketStatus SettlementEntryValidate(const SettlementEntry *entry, MarketError *error)
{
  int64_t start, end;

  if (SettlementKindIndex(entry->kind) < 0)
    return MarketFail(error, MARKET_BAD_INPUT, "kind 0x%04X is unknown", (unsigned)entry->kind);
  if (entry->interval_seconds == 0) return MarketFail(error, MARKET_BAD_INPUT, "the interval has no length");
  if (!IntervalTimes(entry, &start, &end))
    return MarketFail(error, MARKET_OVERFLOW, "the end of interval %" PRIu32 " does not fit 64 bits", entry->interval);
  MARKET_TRY(ValidateAmount(entry, error));
  MARKET_TRY(ValidateReference(entry, error));
  return ValidateTexts(entry, error);
}

static int Order(uint32_t a, uint32_t b)
{
  return (a > b) - (a < b);
}

int SettlementEntryCompare(const SettlementEntry *a, const SettlementEntry *b)
{
  int order = Order(a->window, b->window);

  if (!order) order = Order(a->region, b->region);
  if (!order) order = Order(a->interval, b->interval);
  if (!order) order = Order((uint32_t)a->kind, (uint32_t)b->kind);
  if (!order) order = Order(a->participant, b->participant);
  return order ? order : Order(a->sequence, b->sequence);
}

static SortKey KeyOf(const SettlementEntry *e, size_t index)
{
  return (SortKey){{(uint64_t)e->window << 32 | e->region, (uint64_t)e->interval << 32 | (uint32_t)e->kind,
                    (uint64_t)e->participant << 32 | e->sequence},
                   index};
}

static MarketStatus Sort(SettlementEntry *entry, size_t n, MarketError *error)
{
  SettlementEntry spare;
  SortKey        *key = malloc((2 * n + 1) * sizeof *key);

  if (!key) return MarketFail(error, MARKET_NO_MEMORY, "no memory to sort %zu entries", n);
  for (size_t k = 0; k < n; k++) key[k] = KeyOf(&entry[k], k);
  SortKeys(key, key + n, n);
  SortRecords(entry, sizeof *entry, key, n, &spare);
  free(key);
  return MARKET_OK;
}

MarketStatus SettlementEntriesSort(SettlementEntry *entry, size_t n, MarketError *error)
{
  MARKET_TRY(Sort(entry, n, error));
  for (size_t i = 1; i < n; i++) {
    if (SettlementEntryCompare(&entry[i - 1], &entry[i])) continue;
    return MarketFail(error, MARKET_BAD_INPUT,
                      "two entries of kind %s share window %" PRIu32 ", region %" PRIu32 ", interval %" PRIu32
                      ", participant %" PRIu32 " and sequence %" PRIu32,
                      SettlementKindName(entry[i].kind), entry[i].window, entry[i].region, entry[i].interval,
                      entry[i].participant, entry[i].sequence);
  }
  return MARKET_OK;
}

size_t SettlementEntrySize(const SettlementEntry *entry)
{
  size_t size = ENTRY_FIXED_SIZE + (entry->has_reference ? sizeof entry->reference : 0);

  for (int k = 0; k < TEXTS; k++) size += 2 + TextOf(entry, k)->length;
  return size;
}

static void Put(uint8_t **p, uint64_t value, int width)
{
  for (int i = width - 1; i >= 0; i--) *(*p)++ = (uint8_t)(value >> (8 * i));
}

MarketStatus SettlementEntryEncode(const SettlementEntry *entry, uint8_t *bytes, size_t capacity, size_t *size,
                                   MarketError *error)
{
  uint8_t *p = bytes;

  MARKET_TRY(SettlementEntryValidate(entry, error));
  if (SettlementEntrySize(entry) > capacity)
    return MarketFail(error, MARKET_BAD_INPUT, "the entry takes %zu bytes; expected at most %zu",
                      SettlementEntrySize(entry), capacity);
  Put(&p, ENTRY_VERSION, 1);
  Put(&p, ENTRY_TYPE, 1);
  Put(&p, (uint64_t)entry->kind, 2);
  Put(&p, (entry->has_price ? FLAG_PRICE : 0) | (entry->has_reference ? FLAG_REFERENCE : 0), 4);
  Put(&p, (uint64_t)entry->window_start, 8);
  Put(&p, entry->window, 4);
  Put(&p, entry->region, 4);
  Put(&p, entry->interval, 4);
  Put(&p, entry->interval_seconds, 4);
  Put(&p, entry->participant, 4);
  Put(&p, entry->sequence, 4);
  Put(&p, (uint64_t)entry->quantity_wh, 8);
  Put(&p, (uint64_t)entry->price, 8);
  Put(&p, (uint64_t)entry->amount, 8);
  Put(&p, entry->bus, 4);
  for (int k = 0; k < TEXTS; k++) {
    EntryText text = *TextOf(entry, k);
    Put(&p, text.length, 2);
    if (text.length) memcpy(p, text.bytes, text.length);
    p += text.length;
  }
  if (entry->has_reference) {
    memcpy(p, entry->reference, sizeof entry->reference);
    p += sizeof entry->reference;
  }
  *size = (size_t)(p - bytes);
  return MARKET_OK;
}

static uint64_t Take(const uint8_t **p, int width)
{
  uint64_t value = 0;

  for (int i = 0; i < width; i++) value = value << 8 | *(*p)++;
  return value;
}

static MarketStatus DecodeHead(const uint8_t *bytes, size_t size, SettlementEntry *entry, MarketError *error)
{
  const uint8_t *p = bytes;
  uint64_t       version, type, flags;

  if (size < ENTRY_FIXED_SIZE)
    return MarketFail(error, MARKET_MALFORMED, "the entry has %zu bytes; expected at least %d", size, ENTRY_FIXED_SIZE);
  version = Take(&p, 1);
  type    = Take(&p, 1);
  if (version != ENTRY_VERSION)
    return MarketFail(error, MARKET_MALFORMED, "version at byte 0 is %d; expected %d", (int)version, ENTRY_VERSION);
  if (type != ENTRY_TYPE)
    return MarketFail(error, MARKET_MALFORMED, "record type at byte 1 is %d; expected %d (settlement entry)", (int)type,
                      ENTRY_TYPE);
  entry->kind = (SettlementKind)Take(&p, 2);
  flags       = Take(&p, 4);
  if (flags & ~(uint64_t)FLAGS)
    return MarketFail(error, MARKET_MALFORMED, "flags at byte 4 are 0x%08" PRIX64 "; expected 0 to %d", flags, FLAGS);
  entry->has_price        = flags & FLAG_PRICE;
  entry->has_reference    = flags & FLAG_REFERENCE;
  entry->window_start     = (int64_t)Take(&p, 8);
  entry->window           = (uint32_t)Take(&p, 4);
  entry->region           = (uint32_t)Take(&p, 4);
  entry->interval         = (uint32_t)Take(&p, 4);
  entry->interval_seconds = (uint32_t)Take(&p, 4);
  entry->participant      = (uint32_t)Take(&p, 4);
  entry->sequence         = (uint32_t)Take(&p, 4);
  entry->quantity_wh      = (int64_t)Take(&p, 8);
  entry->price            = (int64_t)Take(&p, 8);
  entry->amount           = (int64_t)Take(&p, 8);
  entry->bus              = (uint32_t)Take(&p, 4);
  return MARKET_OK;
}

static MarketStatus DecodeTexts(const uint8_t *bytes, size_t size, SettlementEntry *entry, MarketError *error)
{
  size_t at = ENTRY_FIXED_SIZE;

  for (int k = 0; k < TEXTS; k++) {
    const uint8_t *p    = bytes + at;
    EntryText     *text = (EntryText *)((char *)entry + texts[k].offset);
    if (size - at < 2)
      return MarketFail(error, MARKET_MALFORMED, "the entry ends at byte %zu, before its %s", size, texts[k].name);
    text->length = Take(&p, 2);
    text->bytes  = (const char *)p;
    if (text->length > size - at - 2)
      return MarketFail(error, MARKET_MALFORMED, "%s at byte %zu claims %zu bytes; only %zu are left", texts[k].name,
                        at, text->length, size - at - 2);
    at += 2 + text->length;
  }
  if (entry->has_reference) {
    if (size - at < sizeof entry->reference)
      return MarketFail(error, MARKET_MALFORMED, "the entry ends at byte %zu, inside its reference", size);
    memcpy(entry->reference, bytes + at, sizeof entry->reference);
    at += sizeof entry->reference;
  }
  if (at == size) return MARKET_OK;
  return MarketFail(error, MARKET_MALFORMED, "%zu bytes are left over from byte %zu on", size - at, at);
}

MarketStatus SettlementEntryDecode(const uint8_t *bytes, size_t size, SettlementEntry *entry, MarketError *error)
{
  MarketError inner;

  *entry = (SettlementEntry){0};
  MARKET_TRY(DecodeHead(bytes, size, entry, error));
  MARKET_TRY(DecodeTexts(bytes, size, entry, error));
  if (SettlementEntryValidate(entry, &inner) != MARKET_OK) return MarketFail(error, MARKET_MALFORMED, "%s", inner.text);
  return MARKET_OK;
}

static void PrintTime(FILE *stream, int64_t seconds)
{
  time_t    t = (time_t)seconds;
  struct tm calendar;
  char      text[64];

  if (gmtime_r(&t, &calendar) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &calendar))
    fputs(text, stream);
  else
    fprintf(stream, "%" PRId64 " s after 1970", seconds);
}

static void PrintText(FILE *stream, const char *label, EntryText text)
{
  fprintf(stream, "  %-12s %.*s\n", label, (int)text.length, text.bytes);
}

void SettlementEntryPrint(FILE *stream, const SettlementEntry *entry)
{
  const char *name = SettlementKindName(entry->kind);
  char        text[MONEY_TEXT_SIZE];
  int         width = (int)entry->currency.length;
  int64_t     start = 0, end = 0;

  fprintf(stream, "settlement entry, format version %d\n", ENTRY_VERSION);
  PrintText(stream, "study", entry->study);
  PrintText(stream, "policy", entry->policy);
  fprintf(stream, "  %-12s %" PRIu32 ", interval %" PRIu32 " of %" PRIu32 " s: ", "window", entry->window,
          entry->interval, entry->interval_seconds);
  if (IntervalTimes(entry, &start, &end)) {
    PrintTime(stream, start);
    fputs(" to ", stream);
    PrintTime(stream, end);
  }
  fprintf(stream, "\n  %-12s %.*s (%" PRIu32 ")\n", "region", (int)entry->region_name.length, entry->region_name.bytes,
          entry->region);
  fprintf(stream, "  %-12s %s, sequence %" PRIu32 "\n", "kind", name ? name : "unknown", entry->sequence);
  fprintf(stream, "  %-12s %.*s (%" PRIu32 ")\n", "participant", (int)entry->participant_name.length,
          entry->participant_name.bytes, entry->participant);
  if (entry->asset.length) PrintText(stream, "asset", entry->asset);
  if (entry->bus) fprintf(stream, "  %-12s %" PRIu32 "\n", "bus", entry->bus);
  if (entry->kind == SETTLEMENT_CARBON)
    fprintf(stream, "  %-12s %" PRId64 " g of CO2\n", "quantity", entry->quantity_wh);
  else
    fprintf(stream, "  %-12s %" PRId64 " Wh %s\n", "quantity", entry->quantity_wh,
            entry->quantity_wh < 0 ? "taken" : "given");
  if (entry->has_price)
    fprintf(stream, "  %-12s %s %.*s/%s\n", "price", MoneyFormat(entry->price, text), width, entry->currency.bytes,
            entry->kind == SETTLEMENT_CARBON ? "t" : "MWh");
  fprintf(stream, "  %-12s %s %.*s %s\n", "amount", MoneyFormat(entry->amount, text), width, entry->currency.bytes,
          entry->amount < 0 ? "paid" : "received");
  if (!entry->has_reference) return;
  fprintf(stream, "  %-12s ", "carries out");
  for (size_t k = 0; k < sizeof entry->reference; k++) fprintf(stream, "%02x", entry->reference[k]);
  fputc('\n', stream);
}
