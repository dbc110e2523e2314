/* Entries in a file, one behind the other, each with its length (u32 big endian) in front: how a run keeps a window's
   entries, and a source that reads them one by one. */
#ifndef ARCHIPELAGO_LEDGER_STREAM_H
#define ARCHIPELAGO_LEDGER_STREAM_H

#include <stdbool.h>

#include "ledger/bytes.h"

typedef struct LedgerStream_s *LedgerStream;

/* Opens a file of entries for reading; LEDGER_INPUT when it cannot be read. */
LedgerStatus LedgerStreamOpen(const char *path, LedgerStream *stream, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerStreamClose(LedgerStream *stream);

/* The next entry, valid until the next call; *there is false at the end. LEDGER_FALSE when the file ends inside an entry
   or one is longer than a log's entry may be. */
LedgerStatus LedgerStreamRead(LedgerStream stream, bool *there, const void **entry, size_t *size, LedgerError *error);

/* A LedgerEntrySource whose context is a LedgerStream; entry k must be asked for in turn. LEDGER_FALSE at the end. */
LedgerStatus LedgerStreamNext(void *stream, uint64_t k, const void **entry, size_t *size, LedgerError *error);

/* Appends one entry in this form; LEDGER_INPUT when it is too long for a log. */
LedgerStatus LedgerStreamAppend(LedgerBytes *out, const void *entry, size_t size, LedgerError *error);

#endif
