/* Reading a log directory: entries, proofs, and the verification of everything in it. Works on any log in the layout of
   C2SP tlog-tiles, whoever wrote it. */
#ifndef ARCHIPELAGO_LEDGER_LOG_H
#define ARCHIPELAGO_LEDGER_LOG_H

#include "ledger/checkpoint.h"
#include "ledger/proof.h"

typedef struct LedgerLog_s *LedgerLog;

typedef struct {
  const char *checkpoint; /* a checkpoint file; NULL for the directory's own */
  const LedgerVerifier
        *verifiers; /* [n] known keys, borrowed until the log is open; none: take the log's own key.pub */
  size_t n;
} LedgerLogOptions;

/* Writes the log directory that `path` means: itself, or its folder `ledger` when only that holds a log. */
LedgerStatus LedgerLogFind(const char *path, char directory[], size_t capacity, LedgerError *error);

/* Reads and verifies the checkpoint. A file key.pub in the directory must hold a key that signed the checkpoint, also
   when other keys are given. LEDGER_INPUT when there is no log or no key, LEDGER_FALSE when the checkpoint does not
   verify. `options` may be NULL. */
LedgerStatus LedgerLogOpen(const char *directory, const LedgerLogOptions *options, LedgerLog *log, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerLogClose(LedgerLog *log);

/* The verified checkpoint, its bytes and its file; owned by the log. */
const LedgerCheckpoint *LedgerLogCheckpoint(LedgerLog log);
const char             *LedgerLogCheckpointPath(LedgerLog log);
const LedgerBytes      *LedgerLogCheckpointBytes(LedgerLog log);
const char             *LedgerLogDirectory(LedgerLog log);

/* The key whose signature was verified, and whether it came from the log itself. */
LedgerVerifier LedgerLogVerifier(LedgerLog log, bool *from_log);

/* Appends the bytes of an entry, unverified. LEDGER_INPUT when the index is not below the log's size. */
LedgerStatus LedgerLogEntry(LedgerLog log, uint64_t index, LedgerBytes *entry, LedgerError *error);

/* Appends the proof file of an entry, after checking it against entry, root and checkpoint. */
LedgerStatus LedgerLogProve(LedgerLog log, uint64_t index, LedgerBytes *file, LedgerError *error);

/* The proof that the log of `old_size` entries is the beginning of this one. */
LedgerStatus LedgerLogConsistency(LedgerLog log, uint64_t old_size, LedgerProof *proof, LedgerError *error);

/* Takes each entry in turn; `index` from 0. */
typedef LedgerStatus (*LedgerEntryVisitor)(void *context, uint64_t index, const uint8_t *entry, size_t size,
                                           LedgerError *error);

LedgerStatus LedgerLogVisit(LedgerLog log, LedgerEntryVisitor visit, void *context, LedgerError *error);

/* The root recomputed from the entry bundles alone. */
LedgerStatus LedgerLogRoot(LedgerLog log, LedgerHash *root, LedgerError *error);

typedef struct {
  uint64_t entries, tiles, bundles;
  uint64_t older; /* partial tiles and bundles of earlier, smaller states */
} LedgerLogCounts;

/* Recomputes every hash from the entries and compares every file: each tile, the root, the partial tiles and bundles that
   earlier states left behind, and that tile/ holds nothing else. With the directory's own checkpoint, files ahead of it
   are a fault; with another checkpoint they are passed over. LEDGER_FALSE with the first wrong file, byte or entry. */
LedgerStatus LedgerLogVerify(LedgerLog log, LedgerLogCounts *counts, LedgerError *error);

#endif
