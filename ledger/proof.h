/* Inclusion and consistency proofs (RFC 6962, sections 2.1.1 and 2.1.2): made from stored subtree roots, checked from
   nothing but hashes. */
#ifndef ARCHIPELAGO_LEDGER_PROOF_H
#define ARCHIPELAGO_LEDGER_PROOF_H

#include "ledger/bytes.h"
#include "ledger/hash.h"
#include "ledger/status.h"

enum { LEDGER_PROOF_MAX = 64 };

/* Hashes of a proof, in the order of the RFC: from the leaf's side to the root. */
typedef struct {
  size_t     n;
  LedgerHash hash[LEDGER_PROOF_MAX];
} LedgerProof;

/* Hands out the root of the perfect subtree of leaves [index 2^height, (index + 1) 2^height). */
typedef LedgerStatus (*LedgerSubtreeReader)(void *context, unsigned height, uint64_t index, LedgerHash *root,
                                            LedgerError *error);

/* Root of the tree of the first `size` leaves. */
LedgerStatus LedgerTreeRoot(uint64_t size, LedgerSubtreeReader read, void *context, LedgerHash *root,
                            LedgerError *error);

/* Proof that leaf `index` is in the tree of `size` > index leaves. */
LedgerStatus LedgerInclusionMake(uint64_t index, uint64_t size, LedgerSubtreeReader read, void *context,
                                 LedgerProof *proof, LedgerError *error);

/* Proof that the tree of `new_size` leaves begins with that of `old_size` <= new_size. */
LedgerStatus LedgerConsistencyMake(uint64_t old_size, uint64_t new_size, LedgerSubtreeReader read, void *context,
                                   LedgerProof *proof, LedgerError *error);

/* LEDGER_OK when the proof shows that the leaf is number `index` of the tree; LEDGER_FALSE otherwise. */
LedgerStatus LedgerInclusionCheck(uint64_t index, uint64_t size, const LedgerHash *leaf, const LedgerProof *proof,
                                  const LedgerHash *root, LedgerError *error);

/* LEDGER_OK when the proof shows that the new tree begins with the old one; LEDGER_FALSE otherwise. An old size of 0
   needs an empty proof and is accepted whatever the old root, as a witness must. */
LedgerStatus LedgerConsistencyCheck(uint64_t old_size, uint64_t new_size, const LedgerProof *proof,
                                    const LedgerHash *old_root, const LedgerHash *new_root, LedgerError *error);

/* A proof file (c2sp.org/tlog-proof@v1): pointers into the bytes given to LedgerProofFileRead. */
typedef struct {
  const char *extra; /* base64 text of the optional extra data, NULL when absent */
  size_t      extra_length;
  uint64_t    index;
  LedgerProof proof;
  const char *checkpoint; /* the signed note, verbatim */
  size_t      checkpoint_length;
} LedgerProofFile;

/* Reads a proof file; the checkpoint inside is not looked at. LEDGER_FALSE when malformed; `file` names the source in
   messages. */
LedgerStatus LedgerProofFileRead(const char *text, size_t length, const char *file, LedgerProofFile *parsed,
                                 LedgerError *error);

/* Appends the proof file's text. */
LedgerStatus LedgerProofFileWrite(const LedgerProofFile *parts, LedgerBytes *out, LedgerError *error);

#endif
