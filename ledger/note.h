/* Signed notes (C2SP signed-note): a text and the signatures under it. */
#ifndef ARCHIPELAGO_LEDGER_NOTE_H
#define ARCHIPELAGO_LEDGER_NOTE_H

#include "ledger/bytes.h"
#include "ledger/key.h"

enum {
  LEDGER_NOTE_MAX_BYTES      = 1 << 20,
  LEDGER_NOTE_MAX_SIGNATURES = 100 /* a cap, so that a note cannot cost unbounded work */
};

typedef struct LedgerNote_s *LedgerNote;

/* One signature line's parts; pointers live as long as the note. */
typedef struct {
  const char    *name; /* not terminated */
  size_t         name_length;
  uint32_t       key_id;
  const uint8_t *signature; /* what follows the key id */
  size_t         size;
} LedgerNoteSignature;

/* Reads a note without verifying anything: LEDGER_FALSE when malformed. `file` names the source in messages. The bytes
   are copied. */
LedgerStatus LedgerNoteParse(const void *bytes, size_t size, const char *file, LedgerNote *note, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerNoteDestroy(LedgerNote *note);

/* The signed text with its final newline, terminated by a zero byte that is not counted. */
const char *LedgerNoteText(LedgerNote note, size_t *length);

size_t              LedgerNoteSignatureCount(LedgerNote note);
LedgerNoteSignature LedgerNoteGetSignature(LedgerNote note, size_t k);

/* Appends the k-th signature line, with its newline, as it stands in the note. */
LedgerStatus LedgerNoteWriteLine(LedgerNote note, size_t k, LedgerBytes *out, LedgerError *error);

/* Tells whether the k-th line claims to be by this key (name and key id); `LedgerNoteCheckLine` is LEDGER_FALSE unless
   it is, and sets `seconds` [1], unless NULL, to a cosignature's time. */
bool         LedgerNoteLineBy(LedgerNote note, size_t k, LedgerVerifier verifier);
LedgerStatus LedgerNoteCheckLine(LedgerNote note, size_t k, LedgerVerifier verifier, uint64_t *seconds,
                                 LedgerError *error);

/* Verifies every signature made by one of `n` known keys and skips all others. LEDGER_FALSE when a known key's signature
   is wrong or no known key signed. `signed_by` [n] tells whose signature was found; `seconds` [n] the POSIX time of a
   cosignature, the latest when there are several. Either may be NULL. */
LedgerStatus LedgerNoteVerify(LedgerNote note, const LedgerVerifier *verifiers, size_t n, const char *file,
                              bool *signed_by, uint64_t *seconds, LedgerError *error);

/* Appends the note made of the text (ending in a newline) and the signatures of `n` >= 1 plain Ed25519 keys, in the
   order given. */
LedgerStatus LedgerNoteSign(const char *text, size_t length, const LedgerSigner *signers, size_t n, LedgerBytes *out,
                            LedgerError *error);

/* Appends a cosignature/v1 line over the note's text at a POSIX time, by a key of type LEDGER_KEY_COSIGNATURE. The line
   belongs behind the note's last one. */
LedgerStatus LedgerNoteCosign(LedgerNote note, LedgerSigner signer, uint64_t seconds, LedgerBytes *out,
                              LedgerError *error);

#endif
