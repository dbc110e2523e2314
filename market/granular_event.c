/* Certificate events: validity, canonical bytes, text for people. */
#include "market/granular_event.h"

#include "market/record.h"

#include <inttypes.h>
#include <string.h>

static const char *const kind_name[] = {NULL, "issue", "transfer", "store", "release", "cancel", "expire"};

const char *GranularKindName(GranularKind kind)
{
  return kind >= GRANULAR_ISSUE && kind <= GRANULAR_EXPIRE ? kind_name[kind] : NULL;
}

void GranularIdentity(const uint8_t run_id[GRANULAR_DIGEST_BYTES], int64_t start, uint32_t seconds, EntryText device,
                      uint8_t certificate[GRANULAR_DIGEST_BYTES])
{
  static const char domain[] = "archipelago certificate\n";
  uint8_t           head[sizeof domain - 1 + GRANULAR_DIGEST_BYTES + 14 + ENTRY_TEXT_MAX], *p = head;
  size_t            length = device.length < ENTRY_TEXT_MAX ? device.length : ENTRY_TEXT_MAX;

  memcpy(p, domain, sizeof domain - 1);
  p += sizeof domain - 1;
  memcpy(p, run_id, GRANULAR_DIGEST_BYTES);
  p += GRANULAR_DIGEST_BYTES;
  for (int i = 7; i >= 0; i--) *p++ = (uint8_t)((uint64_t)start >> (8 * i));
  for (int i = 3; i >= 0; i--) *p++ = (uint8_t)(seconds >> (8 * i));
  for (int i = 1; i >= 0; i--) *p++ = (uint8_t)(length >> (8 * i));
  if (length) memcpy(p, device.bytes, length);
  RecordDigest(head, (size_t)(p - head) + length, certificate);
}

static MarketStatus Text(EntryText text, bool may_be_empty, const char *what, MarketError *error)
{
  if (text.length == 0 && !may_be_empty) return MarketFail(error, MARKET_BAD_INPUT, "%s is empty", what);
  return EntryTextCheck(text, what, error);
}

static MarketStatus ValidateHead(const GranularEvent *event, MarketError *error)
{
  int64_t end;

  if (!GranularKindName(event->kind))
    return MarketFail(error, MARKET_BAD_INPUT, "kind %d is unknown; expected 1 to %d", (int)event->kind,
                      (int)GRANULAR_EXPIRE);
  if (event->seconds < 1 || event->seconds > GRANULAR_SECONDS_MOST)
    return MarketFail(error, MARKET_BAD_INPUT, "the interval is %" PRIu32 " s long; expected 1 to %d", event->seconds,
                      GRANULAR_SECONDS_MOST);
  if (__builtin_add_overflow(event->start, (int64_t)event->seconds, &end))
    return MarketFail(error, MARKET_BAD_INPUT, "the end of the interval does not fit 64 bits");
  if (event->first < 0 || event->last <= event->first)
    return MarketFail(error, MARKET_BAD_INPUT, "the range is [%" PRId64 ", %" PRId64 "); expected 0 <= first < last",
                      event->first, event->last);
  return Text(event->holder, false, "holder", error);
}

static MarketStatus ValidateIssue(const GranularEvent *event, MarketError *error)
{
  uint8_t expected[GRANULAR_DIGEST_BYTES];

  MARKET_TRY(Text(event->device, false, "device", error));
  MARKET_TRY(Text(event->technology, true, "technology", error));
  MARKET_TRY(Text(event->region, false, "region", error));
  if (event->bus < 1) return MarketFail(error, MARKET_BAD_INPUT, "the bus is 0; expected a positive number");
  if (event->first != 0)
    return MarketFail(error, MARKET_BAD_INPUT, "an issue begins at %" PRId64 "; expected 0", event->first);
  GranularIdentity(event->run_id, event->start, event->seconds, event->device, expected);
  if (!memcmp(expected, event->certificate, sizeof expected)) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "the certificate is not that of its run, interval and device");
}

static MarketStatus ValidateMetered(const GranularEvent *event, MarketError *error)
{
  int64_t range = event->kind == GRANULAR_RELEASE ? event->released_wh : event->last - event->first;

  MARKET_TRY(Text(event->device, false, "device", error));
  if (event->metered_wh < 1 || event->metered_wh < range)
    return MarketFail(error, MARKET_BAD_INPUT, "%" PRId64 " Wh against %" PRId64 " Wh metered", range,
                      event->metered_wh);
  return MARKET_OK;
}

static MarketStatus ValidateCancel(const GranularEvent *event, MarketError *error)
{
  if (event->consumer < GRANULAR_LOAD || event->consumer > GRANULAR_LINK)
    return MarketFail(error, MARKET_BAD_INPUT, "kind of consumer %d is unknown; expected 1 to %d", (int)event->consumer,
                      (int)GRANULAR_LINK);
  return ValidateMetered(event, error);
}

static MarketStatus ValidateRelease(const GranularEvent *event, MarketError *error)
{
  const uint32_t most = GRANULAR_EFFICIENCY_UNIT;

  MARKET_TRY(ValidateMetered(event, error));
  if (event->released_wh < 0 || event->released_wh > event->last - event->first)
    return MarketFail(error, MARKET_BAD_INPUT, "%" PRId64 " Wh are released from %" PRId64, event->released_wh,
                      event->last - event->first);
  if (event->efficiency_charge < 1 || event->efficiency_charge > most || event->efficiency_discharge < 1 ||
      event->efficiency_discharge > most)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "the efficiencies are %" PRIu32 " and %" PRIu32 " millionths; expected 1 to %" PRIu32,
                      event->efficiency_charge, event->efficiency_discharge, most);
  return MARKET_OK;
}

static MarketStatus ValidateTransfer(const GranularEvent *event, MarketError *error)
{
  static const uint8_t zeros[GRANULAR_DIGEST_BYTES];

  MARKET_TRY(Text(event->to, false, "new holder", error));
  if (EntryTextSame(event->to, event->holder))
    return MarketFail(error, MARKET_BAD_INPUT, "a transfer from '%.*s' to itself", (int)event->to.length,
                      event->to.bytes);
  if (event->has_reference || !memcmp(event->reference, zeros, sizeof zeros)) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "the reference of a transfer without one is not zero");
}

static MarketStatus ValidateExpiry(const GranularEvent *event, MarketError *error)
{
  if (event->reason < GRANULAR_UNUSED || event->reason > GRANULAR_GONE)
    return MarketFail(error, MARKET_BAD_INPUT, "reason %d is unknown; expected 1 to %d", (int)event->reason,
                      (int)GRANULAR_GONE);
  if ((event->reason == GRANULAR_UNUSED) != (event->device.length == 0))
    return MarketFail(error, MARKET_BAD_INPUT, "a storage is named if and only if the reason is not 1");
  return Text(event->device, true, "device", error);
}

MarketStatus GranularEventValidate(const GranularEvent *event, MarketError *error)
{
  MARKET_TRY(ValidateHead(event, error));
  switch (event->kind) {
  case GRANULAR_ISSUE:
    return ValidateIssue(event, error);
  case GRANULAR_TRANSFER:
    return ValidateTransfer(event, error);
  case GRANULAR_RELEASE:
    return ValidateRelease(event, error);
  case GRANULAR_CANCEL:
    return ValidateCancel(event, error);
  case GRANULAR_EXPIRE:
    return ValidateExpiry(event, error);
  default:
    return ValidateMetered(event, error);
  }
}

static void WriteKind(const GranularEvent *event, MarketBytes *bytes)
{
  switch (event->kind) {
  case GRANULAR_ISSUE:
    MarketPutText(bytes, event->technology);
    MarketPutText(bytes, event->region);
    MarketPut(bytes, event->bus, 4);
    break;
  case GRANULAR_TRANSFER:
    MarketPutText(bytes, event->to);
    MarketPut(bytes, event->has_reference, 1);
    if (event->has_reference) MarketPutRaw(bytes, event->reference, sizeof event->reference);
    break;
  case GRANULAR_RELEASE:
    MarketPutSigned(bytes, event->released_wh);
    MarketPut(bytes, event->efficiency_charge, 4);
    MarketPut(bytes, event->efficiency_discharge, 4);
    break;
  case GRANULAR_CANCEL:
    MarketPut(bytes, (uint64_t)event->consumer, 1);
    break;
  case GRANULAR_EXPIRE:
    MarketPut(bytes, (uint64_t)event->reason, 1);
    break;
  default:
    break;
  }
}

static bool HasMetered(GranularKind kind)
{
  return kind == GRANULAR_STORE || kind == GRANULAR_RELEASE || kind == GRANULAR_CANCEL;
}

void GranularEventWrite(const GranularEvent *event, MarketBytes *bytes)
{
  MarketPutHead(bytes, RECORD_CERTIFICATE);
  MarketPut(bytes, (uint64_t)event->kind, 2);
  MarketPut(bytes, event->window, 4);
  MarketPut(bytes, event->sequence, 4);
  MarketPutSigned(bytes, event->start);
  MarketPut(bytes, event->seconds, 4);
  MarketPutRaw(bytes, event->run_id, sizeof event->run_id);
  MarketPutRaw(bytes, event->certificate, sizeof event->certificate);
  MarketPutSigned(bytes, event->first);
  MarketPutSigned(bytes, event->last);
  MarketPutText(bytes, event->holder);
  if (event->kind != GRANULAR_TRANSFER) MarketPutText(bytes, event->device);
  if (HasMetered(event->kind)) MarketPutSigned(bytes, event->metered_wh);
  WriteKind(event, bytes);
}

static MarketStatus ReadHead(MarketReader *reader, GranularEvent *event)
{
  uint64_t kind = 0;

  MARKET_TRY(MarketTakeHead(reader, RECORD_CERTIFICATE));
  MARKET_TRY(MarketTakeUpTo(reader, 2, GRANULAR_EXPIRE, "kind", &kind));
  event->kind = (GranularKind)kind;
  MARKET_TRY(MarketTake32(reader, "window", &event->window));
  MARKET_TRY(MarketTake32(reader, "sequence", &event->sequence));
  MARKET_TRY(MarketTakeSigned(reader, "start of the interval", &event->start));
  MARKET_TRY(MarketTake32(reader, "length of the interval", &event->seconds));
  MARKET_TRY(MarketTakeCopy(reader, GRANULAR_DIGEST_BYTES, "run id", event->run_id));
  MARKET_TRY(MarketTakeCopy(reader, GRANULAR_DIGEST_BYTES, "certificate", event->certificate));
  MARKET_TRY(MarketTakeSigned(reader, "first Wh", &event->first));
  MARKET_TRY(MarketTakeSigned(reader, "last Wh", &event->last));
  MARKET_TRY(MarketTakeText(reader, false, "holder", &event->holder));
  if (event->kind != GRANULAR_TRANSFER)
    MARKET_TRY(MarketTakeText(reader, event->kind == GRANULAR_EXPIRE, "device", &event->device));
  if (HasMetered(event->kind)) MARKET_TRY(MarketTakeSigned(reader, "metered energy", &event->metered_wh));
  return MARKET_OK;
}

static MarketStatus ReadTransfer(MarketReader *reader, GranularEvent *event)
{
  MARKET_TRY(MarketTakeText(reader, false, "new holder", &event->to));
  MARKET_TRY(MarketTakeFlag(reader, "flag of the reference", &event->has_reference));
  return event->has_reference ? MarketTakeCopy(reader, GRANULAR_DIGEST_BYTES, "reference", event->reference)
                              : MARKET_OK;
}

static MarketStatus ReadKind(MarketReader *reader, GranularEvent *event)
{
  uint64_t reason = 0, consumer = 0;

  switch (event->kind) {
  case GRANULAR_ISSUE:
    MARKET_TRY(MarketTakeText(reader, true, "technology", &event->technology));
    MARKET_TRY(MarketTakeText(reader, false, "region", &event->region));
    return MarketTake32(reader, "bus", &event->bus);
  case GRANULAR_TRANSFER:
    return ReadTransfer(reader, event);
  case GRANULAR_RELEASE:
    MARKET_TRY(MarketTakeSigned(reader, "released energy", &event->released_wh));
    MARKET_TRY(MarketTake32(reader, "efficiency of charging", &event->efficiency_charge));
    return MarketTake32(reader, "efficiency of discharging", &event->efficiency_discharge);
  case GRANULAR_CANCEL:
    MARKET_TRY(MarketTakeUpTo(reader, 1, GRANULAR_LINK, "kind of consumer", &consumer));
    event->consumer = (GranularConsumer)consumer;
    return MARKET_OK;
  case GRANULAR_EXPIRE:
    MARKET_TRY(MarketTakeUpTo(reader, 1, GRANULAR_GONE, "reason", &reason));
    event->reason = (GranularReason)reason;
    return MARKET_OK;
  default:
    return MARKET_OK;
  }
}

MarketStatus GranularEventRead(const uint8_t *bytes, size_t size, GranularEvent *event, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "certificate event", error};
  MarketError  inner;

  *event = (GranularEvent){0};
  MARKET_TRY(ReadHead(&reader, event));
  MARKET_TRY(ReadKind(&reader, event));
  MARKET_TRY(MarketTakeEnd(&reader));
  if (GranularEventValidate(event, &inner) == MARKET_OK) return MARKET_OK;
  return MarketFail(error, MARKET_MALFORMED, "certificate event: %s", inner.text);
}
