/* A growing run of bytes, and big-endian integers. */
#include "ledger/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/text.h"

LedgerStatus LedgerBytesReserve(LedgerBytes *bytes, size_t more, LedgerError *error)
{
  size_t   capacity = bytes->capacity ? bytes->capacity : 64;
  uint8_t *data;
  if (more >= SIZE_MAX / 4 - bytes->size) return LedgerNoMemory(error);
  if (bytes->data && bytes->size + more < bytes->capacity) return LEDGER_OK;
  while (capacity <= bytes->size + more) capacity *= 2;
  data = realloc(bytes->data, capacity);
  if (!data) return LedgerNoMemory(error);
  bytes->data     = data;
  bytes->capacity = capacity;
  return LEDGER_OK;
}

LedgerStatus LedgerBytesAppend(LedgerBytes *bytes, const void *data, size_t size, LedgerError *error)
{
  LedgerStatus status = LedgerBytesReserve(bytes, size, error);
  if (status != LEDGER_OK) return status;
  if (size) memcpy(bytes->data + bytes->size, data, size);
  bytes->size += size;
  bytes->data[bytes->size] = 0;
  return LEDGER_OK;
}

LedgerStatus LedgerBytesPrint(LedgerBytes *bytes, LedgerError *error, const char *format, ...)
{
  LedgerStatus status;
  va_list      arguments;
  int          length;
  va_start(arguments, format);
  length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0) return LedgerFail(error, LEDGER_INTERNAL, NULL, "text cannot be formatted");
  status = LedgerBytesReserve(bytes, (size_t)length, error);
  if (status != LEDGER_OK) return status;
  va_start(arguments, format);
  vsnprintf((char *)bytes->data + bytes->size, (size_t)length + 1, format, arguments);
  va_end(arguments);
  bytes->size += (size_t)length;
  return LEDGER_OK;
}

LedgerStatus LedgerBytesAppendBase64(LedgerBytes *bytes, const void *data, size_t size, LedgerError *error)
{
  size_t       length = LedgerBase64Length(size);
  LedgerStatus status = LedgerBytesReserve(bytes, length, error);
  if (status != LEDGER_OK) return status;
  LedgerBase64Encode(data, size, (char *)bytes->data + bytes->size);
  bytes->size += length;
  return LEDGER_OK;
}

void LedgerBytesFree(LedgerBytes *bytes)
{
  free(bytes->data);
  *bytes = (LedgerBytes){0};
}

void LedgerPutU16(uint8_t out[2], uint16_t value)
{
  out[0] = (uint8_t)(value >> 8);
  out[1] = (uint8_t)value;
}

void LedgerPutU32(uint8_t out[4], uint32_t value)
{
  for (int k = 0; k < 4; k++) out[k] = (uint8_t)(value >> (24 - 8 * k));
}

void LedgerPutU64(uint8_t out[8], uint64_t value)
{
  for (int k = 0; k < 8; k++) out[k] = (uint8_t)(value >> (56 - 8 * k));
}

uint16_t LedgerGetU16(const uint8_t in[2])
{
  return (uint16_t)(in[0] << 8 | in[1]);
}

uint32_t LedgerGetU32(const uint8_t in[4])
{
  uint32_t value = 0;
  for (int k = 0; k < 4; k++) value = value << 8 | in[k];
  return value;
}

uint64_t LedgerGetU64(const uint8_t in[8])
{
  uint64_t value = 0;
  for (int k = 0; k < 8; k++) value = value << 8 | in[k];
  return value;
}
