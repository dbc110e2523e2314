/* Witness requests (C2SP tlog-witness): what a log hands to a witness, as a file or a message. */
#ifndef ARCHIPELAGO_LEDGER_REQUEST_H
#define ARCHIPELAGO_LEDGER_REQUEST_H

#include "ledger/log.h"

enum { LEDGER_REQUEST_PROOF_MAX = 63 };

/* The state that the witness is said to know, the proof from there, and the new checkpoint: `old SIZE`, one base64 hash a
   line, an empty line, the checkpoint verbatim. */
typedef struct {
  uint64_t    old_size;
  LedgerProof proof;
  const char *checkpoint; /* the signed note; borrowed */
  size_t      checkpoint_length;
} LedgerRequest;

/* Reads a request; the checkpoint inside, which points into `text`, is not looked at. LEDGER_FALSE when malformed; `file`
   names the source in messages. What is accepted is written back as the same bytes. */
LedgerStatus LedgerRequestRead(const char *text, size_t length, const char *file, LedgerRequest *request,
                               LedgerError *error);

LedgerStatus LedgerRequestWrite(const LedgerRequest *request, LedgerBytes *out, LedgerError *error);

/* The request that shows a log's checkpoint to a witness whose head has `old_size` entries; it points into the log. A
   head that is ahead of the log gets an empty proof, for the witness to refuse. */
LedgerStatus LedgerRequestMake(LedgerLog log, uint64_t old_size, LedgerRequest *request, LedgerError *error);

#endif
