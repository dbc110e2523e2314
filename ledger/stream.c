/* Entries in a file, one behind the other. */
#include "ledger/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/tile.h"

struct LedgerStream_s {
  FILE    *file;
  char    *path;
  uint64_t read; /* entries so far */
  uint8_t  entry[LEDGER_ENTRY_MAX];
};

LedgerStatus LedgerStreamOpen(const char *path, LedgerStream *stream, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  LedgerStream s      = calloc(1, sizeof *s);
  *stream             = NULL;
  if (!s) return LedgerNoMemory(error);
  s->path = strdup(path);
  if (!s->path) {
    status = LedgerNoMemory(error);
    goto out;
  }
  s->file = fopen(path, "rbe");
  if (!s->file) {
    status = LedgerFail(error, LEDGER_INPUT, path, "cannot be opened: %s", strerror(errno));
    goto out;
  }
  *stream = s;
  s       = NULL;
out:
  LedgerStreamClose(&s);
  return status;
}

void LedgerStreamClose(LedgerStream *stream)
{
  if (!*stream) return;
  if ((*stream)->file) fclose((*stream)->file);
  free((*stream)->path);
  free(*stream);
  *stream = NULL;
}

LedgerStatus LedgerStreamRead(LedgerStream stream, bool *there, const void **entry, size_t *size, LedgerError *error)
{
  uint8_t length[4];
  size_t  got = fread(length, 1, sizeof length, stream->file);
  *there      = false;
  if (ferror(stream->file)) return LedgerFail(error, LEDGER_INPUT, stream->path, "cannot be read: %s", strerror(errno));
  if (got == 0) return LEDGER_OK;
  *size = got == sizeof length ? LedgerGetU32(length) : 0;
  if (got == sizeof length && *size > LEDGER_ENTRY_MAX) {
    return LedgerFail(error, LEDGER_FALSE, stream->path, "entry %" PRIu64 " has %zu bytes; at most %d expected",
                      stream->read, *size, LEDGER_ENTRY_MAX);
  }
  if (got < sizeof length || fread(stream->entry, 1, *size, stream->file) != *size) {
    return LedgerFail(error, LEDGER_FALSE, stream->path, "ends inside entry %" PRIu64, stream->read);
  }
  *entry = stream->entry;
  *there = true;
  stream->read++;
  return LEDGER_OK;
}

LedgerStatus LedgerStreamNext(void *context, uint64_t k, const void **entry, size_t *size, LedgerError *error)
{
  LedgerStream stream = context;
  bool         there;
  LedgerStatus status;
  if (k != stream->read) {
    return LedgerFail(error, LEDGER_INTERNAL, stream->path, "entry %" PRIu64 " asked for where %" PRIu64 " is next", k,
                      stream->read);
  }
  status = LedgerStreamRead(stream, &there, entry, size, error);
  if (status == LEDGER_OK && !there) {
    status = LedgerFail(error, LEDGER_FALSE, stream->path, "ends before entry %" PRIu64, k);
  }
  return status;
}

LedgerStatus LedgerStreamAppend(LedgerBytes *out, const void *entry, size_t size, LedgerError *error)
{
  LedgerStatus status;
  uint8_t      length[4];
  if (size > LEDGER_ENTRY_MAX) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "entry of %zu bytes; at most %d expected", size, LEDGER_ENTRY_MAX);
  }
  LedgerPutU32(length, (uint32_t)size);
  LEDGER_TRY(LedgerBytesAppend(out, length, sizeof length, error));
  LEDGER_TRY(LedgerBytesAppend(out, entry, size, error));
out:
  return status;
}
