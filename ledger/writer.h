/* Writing a log directory: entry bundles and tiles first, the signed checkpoint last. */
#ifndef ARCHIPELAGO_LEDGER_WRITER_H
#define ARCHIPELAGO_LEDGER_WRITER_H

#include "ledger/hash.h"
#include "ledger/key.h"
#include "ledger/quorum.h"
#include "ledger/range.h"

typedef struct LedgerWriter_s *LedgerWriter;

/* Opens a log directory for appending, making it when it is not there, and locks it against other writers. An existing
   log must carry a checkpoint of this origin, signed by this key, whose tiles give its root. Files that an interrupted
   append left ahead of the checkpoint are removed. The signer is borrowed. A log's key customarily has the origin as its
   name. LEDGER_INPUT when another process writes or the log belongs to another key or origin, LEDGER_FALSE when the log
   on disk is damaged. */
LedgerStatus LedgerWriterOpen(const char *directory, const char *origin, LedgerSigner signer, LedgerWriter *writer,
                              LedgerError *error);

/* Ends writing and unlocks; entries that were not committed are lost. Takes NULL; sets the handle to NULL. */
void LedgerWriterClose(LedgerWriter *writer);

/* The witnesses that the log names in its file `witnesses`, for its readers' convenience, from the next checkpoint on; a
   copy is kept. Without this call the file stays as it is. */
LedgerStatus LedgerWriterSetWitnesses(LedgerWriter writer, LedgerQuorum witnesses, LedgerError *error);

/* Shows that the log on disk begins with the tree of a checkpoint that someone kept (a witness's head, another copy), so
   that a log restored from an old copy is not continued. LEDGER_FALSE when it does not, or the log's key did not sign it;
   `file` names the source. */
LedgerStatus LedgerWriterExpect(LedgerWriter writer, const void *checkpoint, size_t size, const char *file,
                                LedgerError *error);

/* Entries of the log, those not yet committed included. */
uint64_t LedgerWriterSize(LedgerWriter writer);

/* The compact range of all those entries, to be merged with the ranges of what others will put next; owned by the
   caller. */
LedgerStatus LedgerWriterRange(LedgerWriter writer, LedgerRange *range, LedgerError *error);

/* Puts an entry at its index. One that the log has already must be the same bytes (a run that goes on may put its last
   window again); a gap is LEDGER_INTERNAL; different bytes are LEDGER_FALSE. At most 65,535 bytes. */
LedgerStatus LedgerWriterPut(LedgerWriter writer, uint64_t index, const void *entry, size_t size, LedgerError *error);

/* Makes everything put so far durable and signs it. Before signing, the new tree is shown to begin with the tree of the
   checkpoint on disk, and to have the root `expected` (as merged from the ranks' ranges) unless that is NULL;
   LEDGER_FALSE and no signature otherwise. `root` [1] receives the root unless it is NULL. The first commit writes
   key.pub, the verifier's string, too. Cosignatures that were added to the checkpoint on disk meanwhile are no change of
   it. Without new entries the checkpoint stays, with its cosignatures. */
LedgerStatus LedgerWriterCommit(LedgerWriter writer, const LedgerHash *expected, LedgerHash *root, LedgerError *error);

/* The checkpoint on disk as of the last commit or cosignature; owned by the writer, empty before the first commit. */
const LedgerBytes *LedgerWriterCheckpoint(LedgerWriter writer);

/* Replaces the checkpoint by the same note with more cosignature lines, whole or not at all. Each line must be a right
   cosignature by one of the witnesses, LEDGER_FALSE otherwise and nothing is changed; of several by one witness the
   latest stays. */
LedgerStatus LedgerWriterAddCosignatures(LedgerWriter writer, const char *lines, size_t length, LedgerQuorum witnesses,
                                         LedgerError *error);

/* The same for a log that is not open for writing (it is locked meanwhile), without its private key; `log` [n] are its
   known keys. */
LedgerStatus LedgerLogAddCosignatures(const char *directory, const LedgerVerifier *log, size_t n, const char *lines,
                                      size_t length, LedgerQuorum witnesses, LedgerError *error);

/* Hands out entry k (each in turn, from 0); the bytes must stay until the next call. Entries can so be read, or made, one
   by one: no window's entries need be in memory together. */
typedef LedgerStatus (*LedgerEntrySource)(void *context, uint64_t k, const void **entry, size_t *size,
                                          LedgerError *error);

/* Puts the `n` entries of a source at [start, start + n). */
LedgerStatus LedgerWriterPutFrom(LedgerWriter writer, uint64_t start, uint64_t n, LedgerEntrySource source,
                                 void *context, LedgerError *error);

/* Opens, puts `n` entries at `start`, commits and closes. */
LedgerStatus LedgerLogWrite(const char *directory, const char *origin, LedgerSigner signer, uint64_t start, uint64_t n,
                            LedgerEntrySource source, void *context, const LedgerHash *expected, LedgerHash *root,
                            LedgerError *error);

#endif
