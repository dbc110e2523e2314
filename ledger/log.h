/* Reading a log directory: entries, proofs, and the verification of everything in it. Works on any log in the layout of
   C2SP tlog-tiles, whoever wrote it. */
#ifndef ARCHIPELAGO_LEDGER_LOG_H
#define ARCHIPELAGO_LEDGER_LOG_H

#include <stdio.h>

#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger/quorum.h"
#include "ledger/range.h"

typedef struct LedgerLog_s *LedgerLog;

typedef struct {
  const char *checkpoint; /* a checkpoint file; NULL for the directory's own */
  const LedgerVerifier
        *verifiers; /* [n] known keys, borrowed until the log is open; none: take the log's own key.pub */
  size_t n;
  LedgerQuorum
       quorum; /* whose cosignatures make the checkpoint final, borrowed until the log is open; NULL: the log's own
                          file `witnesses`, and none when there is no such file */
  bool without_quorum; /* open a checkpoint that is not final, too */
} LedgerLogOptions;

/* Writes the log directory that `path` means: itself, or its folder `ledger` when only that holds a log. */
LedgerStatus LedgerLogFind(const char *path, char directory[], size_t capacity, LedgerError *error);

/* Reads and verifies the checkpoint. A file key.pub in the directory must hold a key that signed the checkpoint, also
   when other keys are given. LEDGER_INPUT when there is no log or no key, LEDGER_FALSE when the checkpoint does not
   verify or fewer witnesses have cosigned it than the quorum needs (the line names who is missing, or whose cosignature
   is wrong). `options` may be NULL. */
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

/* The witnesses and, unless NULL, who of them cosigned, and whether the list came from the log itself; NULL when there
   are none. */
LedgerQuorum LedgerLogQuorum(LedgerLog log, LedgerCosigners *cosigners, bool *from_log);

/* Appends the bytes of an entry, unverified. LEDGER_INPUT when the index is not below the log's size. */
LedgerStatus LedgerLogEntry(LedgerLog log, uint64_t index, LedgerBytes *entry, LedgerError *error);

/* Appends the proof file of an entry, after checking it against entry, root and checkpoint. */
LedgerStatus LedgerLogProve(LedgerLog log, uint64_t index, LedgerBytes *file, LedgerError *error);

/* The proof that the log of `old_size` entries is the beginning of this one. */
LedgerStatus LedgerLogConsistency(LedgerLog log, uint64_t old_size, LedgerProof *proof, LedgerError *error);

/* Takes each entry in turn; `index` counts from the log's begin. */
typedef LedgerStatus (*LedgerEntryVisitor)(void *context, uint64_t index, const uint8_t *entry, size_t size,
                                           LedgerError *error);

/* Tells in one line what an entry's bytes mean; the ledger itself does not know. */
typedef void (*LedgerEntryDescriber)(const uint8_t *entry, size_t size, FILE *stream);

LedgerStatus LedgerLogVisit(LedgerLog log, LedgerEntryVisitor visit, void *context, LedgerError *error);

/* The same for the entries [start, end); LEDGER_INPUT when the log has fewer. */
LedgerStatus LedgerLogVisitRange(LedgerLog log, uint64_t start, uint64_t end, LedgerEntryVisitor visit, void *context,
                                 LedgerError *error);

/* The compact range of the leaves [start, end), from the tiles; owned by the caller. */
LedgerStatus LedgerLogRange(LedgerLog log, uint64_t start, uint64_t end, LedgerRange *range, LedgerError *error);

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
