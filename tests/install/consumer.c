/* A program that somebody else builds against the installed ledger: entries are appended and signed, one is proved, the right
   entry passes and another does not. consumer FOLDER */
#include <stdio.h>
#include <string.h>

#include <ledger/ledger.h>

int main(int argc, char **argv)
{
  static const char *const name      = "example.org/consumer";
  LedgerStatus             status    = LEDGER_INPUT;
  LedgerError              error     = {"usage: consumer FOLDER"};
  LedgerSigner             signer    = NULL;
  LedgerWriter             writer    = NULL;
  LedgerLog                log       = NULL;
  LedgerBytes              file      = {0};
  LedgerCheckpoint         signed_by = {0};
  const LedgerHash         right = LedgerHashLeaf("entry 3", 7), wrong = LedgerHashLeaf("entry 4", 7);
  LedgerProofFile          proof;
  LedgerVerifier           key;
  char                     entry[16];

  if (argc != 2) goto out;
  LEDGER_TRY(LedgerSignerCreate(name, &signer, &error));
  LEDGER_TRY(LedgerWriterOpen(argv[1], name, signer, &writer, &error));
  for (unsigned k = 0; k < 7; k++) {
    snprintf(entry, sizeof entry, "entry %u", k);
    LEDGER_TRY(LedgerWriterPut(writer, k, entry, strlen(entry), &error));
  }
  LEDGER_TRY(LedgerWriterCommit(writer, NULL, NULL, &error));
  key = LedgerSignerVerifier(signer);
  LEDGER_TRY(LedgerLogOpen(argv[1], &(LedgerLogOptions){.verifiers = &key, .n = 1}, &log, &error));
  LEDGER_TRY(LedgerLogProve(log, 3, &file, &error));
  LEDGER_TRY(LedgerProofFileRead((const char *)file.data, file.size, "proof", &proof, &error));
  LEDGER_TRY(LedgerCheckpointOpen(proof.checkpoint, proof.checkpoint_length, &key, 1, "proof", &signed_by, &error));
  LEDGER_TRY(LedgerInclusionCheck(proof.index, signed_by.size, &right, &proof.proof, &signed_by.root, &error));
  printf("entry %d of %d is proved\n", (int)proof.index, (int)signed_by.size);
  if (LedgerInclusionCheck(proof.index, signed_by.size, &wrong, &proof.proof, &signed_by.root, NULL) == LEDGER_FALSE)
    printf("another entry is not\n");
out:
  if (status != LEDGER_OK) fprintf(stderr, "%s\n", error.text);
  LedgerCheckpointFree(&signed_by);
  LedgerBytesFree(&file);
  LedgerLogClose(&log);
  LedgerWriterClose(&writer);
  LedgerSignerDestroy(&signer);
  return (int)status;
}
