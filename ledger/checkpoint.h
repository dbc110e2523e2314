/* Checkpoints (C2SP tlog-checkpoint): the signed statement of a log's origin, size and root. */
#ifndef ARCHIPELAGO_LEDGER_CHECKPOINT_H
#define ARCHIPELAGO_LEDGER_CHECKPOINT_H

#include "ledger/hash.h"
#include "ledger/note.h"
#include "ledger/proof.h"

typedef struct {
  char      *origin; /* owned; terminated */
  uint64_t   size;   /* entries */
  LedgerHash root;
  size_t     extensions; /* extension lines read and skipped */
} LedgerCheckpoint;

/* Reads a checkpoint's note text. LEDGER_FALSE when malformed; `file` names the source in messages. */
LedgerStatus LedgerCheckpointParse(const char *text, size_t length, const char *file, LedgerCheckpoint *checkpoint,
                                   LedgerError *error);

/* Reads a signed checkpoint and verifies it with the known keys as LedgerNoteVerify does. */
LedgerStatus LedgerCheckpointOpen(const void *bytes, size_t size, const LedgerVerifier *verifiers, size_t n,
                                  const char *file, LedgerCheckpoint *checkpoint, LedgerError *error);

/* Frees the origin; the structure can be used again. */
void LedgerCheckpointFree(LedgerCheckpoint *checkpoint);

/* LEDGER_OK when the newer checkpoint states a log that begins with the older one's: one origin, not fewer entries, one
   root for one size, and the proof leads from root to root. LEDGER_FALSE with the reason otherwise; `file` names the
   newer one's source. An older size of 0 is extended by anything. */
LedgerStatus LedgerCheckpointExtends(const LedgerCheckpoint *older, const LedgerCheckpoint *newer,
                                     const LedgerProof *proof, const char *file, LedgerError *error);

/* Appends the note text, without extension lines. LEDGER_INPUT for an origin that is empty or not one line of UTF-8. */
LedgerStatus LedgerCheckpointWrite(const char *origin, uint64_t size, const LedgerHash *root, LedgerBytes *out,
                                   LedgerError *error);

#endif
