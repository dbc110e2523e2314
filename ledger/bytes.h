/* A growing run of bytes, and big-endian integers. */
#ifndef ARCHIPELAGO_LEDGER_BYTES_H
#define ARCHIPELAGO_LEDGER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/status.h"

/* Start from {0}; `data` is NULL while empty and carries a zero byte behind its last byte otherwise. */
typedef struct {
  uint8_t *data;
  size_t   size, capacity;
} LedgerBytes;

/* Makes room for `more` bytes and a zero byte behind those that are there. */
LedgerStatus LedgerBytesReserve(LedgerBytes *bytes, size_t more, LedgerError *error);

LedgerStatus LedgerBytesAppend(LedgerBytes *bytes, const void *data, size_t size, LedgerError *error);

/* Appends formatted text. */
LedgerStatus LedgerBytesPrint(LedgerBytes *bytes, LedgerError *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends the standard padded base64 form of `data`. */
LedgerStatus LedgerBytesAppendBase64(LedgerBytes *bytes, const void *data, size_t size, LedgerError *error);

/* Frees the memory and sets the run to empty. */
void LedgerBytesFree(LedgerBytes *bytes);

void     LedgerPutU16(uint8_t out[2], uint16_t value);
void     LedgerPutU32(uint8_t out[4], uint32_t value);
void     LedgerPutU64(uint8_t out[8], uint64_t value);
uint16_t LedgerGetU16(const uint8_t in[2]);
uint32_t LedgerGetU32(const uint8_t in[4]);
uint64_t LedgerGetU64(const uint8_t in[8]);

#endif
