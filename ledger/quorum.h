/* Witnesses of a log, and how many of them must have cosigned a checkpoint before it is final. */
#ifndef ARCHIPELAGO_LEDGER_QUORUM_H
#define ARCHIPELAGO_LEDGER_QUORUM_H

#include "ledger/note.h"

enum { LEDGER_WITNESS_MAX = LEDGER_NOTE_MAX_SIGNATURES - 10 }; /* a note has room for the log's signatures too */

typedef struct LedgerQuorum_s *LedgerQuorum;

/* No witnesses, none needed. */
LedgerStatus LedgerQuorumCreate(LedgerQuorum *quorum, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerQuorumDestroy(LedgerQuorum *quorum);

LedgerStatus LedgerQuorumCopy(LedgerQuorum quorum, LedgerQuorum *copy, LedgerError *error);

/* Adds a witness by a copy of its verifier, which must be of type 0x04. One that is there already stays one; LEDGER_INPUT
   for a second name of a key, because a key counts once. */
LedgerStatus LedgerQuorumAdd(LedgerQuorum quorum, LedgerVerifier witness, LedgerError *error);

/* How many must have cosigned; LEDGER_INPUT when there are not that many witnesses. */
LedgerStatus LedgerQuorumSetNeeded(LedgerQuorum quorum, size_t needed, LedgerError *error);

size_t         LedgerQuorumNeeded(LedgerQuorum quorum);
size_t         LedgerQuorumCount(LedgerQuorum quorum);
LedgerVerifier LedgerQuorumWitness(LedgerQuorum quorum, size_t k);

/* All witnesses [LedgerQuorumCount]; owned by the quorum. */
const LedgerVerifier *LedgerQuorumWitnesses(LedgerQuorum quorum);

/* The text form: `quorum N`, then one verifier string a line. Reading gives LEDGER_FALSE when malformed; what is accepted
   is written back as the same bytes. */
LedgerStatus LedgerQuorumRead(const char *text, size_t length, const char *file, LedgerQuorum *quorum,
                              LedgerError *error);
LedgerStatus LedgerQuorumWrite(LedgerQuorum quorum, LedgerBytes *out, LedgerError *error);

/* Who cosigned a note: `signed_by` and `seconds` (POSIX time of the latest cosignature) have LEDGER_WITNESS_MAX places. */
typedef struct {
  size_t   found; /* witnesses that cosigned; each counts once */
  bool     signed_by[LEDGER_WITNESS_MAX];
  uint64_t seconds[LEDGER_WITNESS_MAX];
} LedgerCosigners;

/* Verifies every witness's cosignatures of the note. LEDGER_FALSE when one is wrong, whatever the others, and when fewer
   than needed are there; the line names those that are wrong, or missing. `file` names the note. */
LedgerStatus LedgerQuorumCheck(LedgerQuorum quorum, LedgerNote note, const char *file, LedgerCosigners *cosigners,
                               LedgerError *error);

/* The same without asking for the number. */
LedgerStatus LedgerQuorumFind(LedgerQuorum quorum, LedgerNote note, const char *file, LedgerCosigners *cosigners,
                              LedgerError *error);

/* Appends to `out` the note made of `note` and more cosignature lines. Each line must be a right cosignature of the note's
   text by one of the witnesses, LEDGER_FALSE otherwise; of several by one witness the latest stays, and lines of
   theirs in the note that are wrong go. `file` names the lines' source in messages. */
LedgerStatus LedgerCosignaturesAdd(LedgerNote note, const char *lines, size_t length, LedgerQuorum witnesses,
                                   const char *file, LedgerBytes *out, LedgerError *error);

#endif
