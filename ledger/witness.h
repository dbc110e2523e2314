/* A witness of a log: it keeps the last checkpoint it cosigned as its own replica of the log's head, and cosigns a newer
   one only after seeing that it extends that head and that the log holds, in the witness's own blocks, byte for byte what
   the witness computed itself. */
#ifndef ARCHIPELAGO_LEDGER_WITNESS_H
#define ARCHIPELAGO_LEDGER_WITNESS_H

#include "ledger/request.h"
#include "ledger/writer.h"

typedef struct LedgerWitness_s *LedgerWitness;

/* Opens a witness's own directory, making it when it is not there, and locks it. The signer is a cosigner's key (type
   0x04; see LedgerSignerLoadWitness) and borrowed; `log` is the verifier of the log that is witnessed, known from
   elsewhere, and copied. `origin` is the log's, NULL for the log key's name. The directory's file `head`, when there is
   one, must be a checkpoint of that log with this witness's cosignature; LEDGER_FALSE otherwise. LEDGER_INPUT for a
   witness that has the log's own key. */
LedgerStatus LedgerWitnessOpen(const char *directory, LedgerSigner signer, LedgerVerifier log, const char *origin,
                               LedgerWitness *witness, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerWitnessClose(LedgerWitness *witness);

/* Entries of the head; 0 while there is none. */
uint64_t LedgerWitnessHeadSize(LedgerWitness witness);

/* The head's file: the checkpoint as it was shown, with this witness's cosignature; empty while there is none. */
const LedgerBytes *LedgerWitnessHead(LedgerWitness witness);

/* Shows the witness a newer checkpoint. The log's key must have signed it, its origin be the log's, the request's old
   size be the head's, and the proof lead from the head to it: never backwards, one root for one size (C2SP
   tlog-witness). LEDGER_FALSE otherwise. What was shown before is forgotten. `file` names the source in messages. */
LedgerStatus LedgerWitnessCheck(LedgerWitness witness, const LedgerRequest *request, const char *file,
                                LedgerError *error);

/* Hands out entry `index` of the log as it stands there; the bytes must stay until the next call. */
typedef LedgerStatus (*LedgerEntryReader)(void *context, uint64_t index, const void **entry, size_t *size,
                                          LedgerError *error);

/* A block of entries [start, start + count) that this witness computed itself, and where the log's are to be read. */
typedef struct {
  uint64_t             start, count;
  LedgerEntrySource    expected; /* its own entries, k = 0 to count - 1 */
  void                *expected_context;
  const char          *directory; /* the log's directory; or NULL and: */
  LedgerEntryReader    read;
  void                *read_context;
  const LedgerRange   *others; /* [n_others] ranges of all other leaves, in any order; NULL takes them from the tiles */
  size_t               n_others;
  LedgerEntryDescriber describe; /* or NULL */
} LedgerWitnessBlock;

/* Compares the witness's own block with what the log holds under the checkpoint shown last, and shows that its leaves lie
   at their place in the tree of the checkpoint's root. LEDGER_FALSE names the first entry that differs, its first
   differing byte, and what both say; or that the block is not in the tree. After a failure nothing is cosigned until
   another checkpoint is shown. */
LedgerStatus LedgerWitnessCheckBlock(LedgerWitness witness, const LedgerWitnessBlock *block, LedgerError *error);

/* Cosigns the checkpoint that was shown at POSIX time `seconds`: makes it the head, on disk and durable, then appends the
   cosignature line. LEDGER_INTERNAL when no checkpoint was shown or a check of it failed; the head then stays. */
LedgerStatus LedgerWitnessCosign(LedgerWitness witness, uint64_t seconds, LedgerBytes *line, LedgerError *error);

#endif
