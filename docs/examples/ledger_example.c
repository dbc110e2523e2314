/* A ledger of three entries: write it, prove one entry, check the proof, verify the log. Give it a folder to be made. */
#include <stdio.h>
#include <string.h>

#include "ledger/ledger.h"

int main(int argc, char **argv)
{
  const char      *text[]     = {"bread", "salt", "wine"};
  LedgerStatus     status     = LEDGER_INPUT;
  LedgerError      error      = {"usage: ledger_example FOLDER"};
  LedgerSigner     signer     = NULL;
  LedgerWriter     writer     = NULL;
  LedgerLog        log        = NULL;
  LedgerBytes      file       = {0};
  LedgerCheckpoint checkpoint = {0};
  LedgerProofFile  proof;
  LedgerVerifier   key;
  LedgerHash       leaf = LedgerHashLeaf("salt", 4);
  if (argc != 2) goto out;

  /* The operator makes a key (LedgerSignerSave would keep it), appends, and signs. */
  LEDGER_TRY(LedgerSignerCreate("example.org/larder", &signer, &error));
  LEDGER_TRY(LedgerWriterOpen(argv[1], "example.org/larder", signer, &writer, &error));
  for (uint64_t k = 0; k < 3; k++) LEDGER_TRY(LedgerWriterPut(writer, k, text[k], strlen(text[k]), &error));
  LEDGER_TRY(LedgerWriterCommit(writer, NULL, NULL, &error));

  /* Anybody with the operator's verifier key reads, verifies everything, and proves entry 1. */
  key = LedgerSignerVerifier(signer);
  LEDGER_TRY(LedgerLogOpen(argv[1], &(LedgerLogOptions){.verifiers = &key, .n = 1}, &log, &error));
  LEDGER_TRY(LedgerLogVerify(log, NULL, &error));
  LEDGER_TRY(LedgerLogProve(log, 1, &file, &error));

  /* The holder of the proof file and the entry needs the key alone. */
  LEDGER_TRY(LedgerProofFileRead((char *)file.data, file.size, "proof", &proof, &error));
  LEDGER_TRY(LedgerCheckpointOpen(proof.checkpoint, proof.checkpoint_length, &key, 1, "proof", &checkpoint, &error));
  LEDGER_TRY(LedgerInclusionCheck(proof.index, checkpoint.size, &leaf, &proof.proof, &checkpoint.root, &error));
  printf("verified: `salt` is entry %d of %d of %s\n", (int)proof.index, (int)checkpoint.size, checkpoint.origin);
out:
  if (status != LEDGER_OK) fprintf(stderr, "%s\n", error.text);
  LedgerCheckpointFree(&checkpoint);
  LedgerBytesFree(&file);
  LedgerLogClose(&log);
  LedgerWriterClose(&writer);
  LedgerSignerDestroy(&signer);
  return (int)status;
}
