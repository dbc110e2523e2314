/* What the ledger's own commands share; for command*.c only. */
#ifndef ARCHIPELAGO_LEDGER_COMMAND_IMPL_H
#define ARCHIPELAGO_LEDGER_COMMAND_IMPL_H

#include "ledger/command.h"

enum { LEDGER_PROOF_FILE_MAX = 2 << 20 };

#define LEDGER_RUN(name) LedgerStatus name(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)

/* command_read.c */
LEDGER_RUN(LedgerRunRoot);
LEDGER_RUN(LedgerRunVerify);
LEDGER_RUN(LedgerRunShow);
LEDGER_RUN(LedgerRunEntry);
LEDGER_RUN(LedgerRunEntries);

/* command_proof.c */
LEDGER_RUN(LedgerRunProve);
LEDGER_RUN(LedgerRunCheck);
LEDGER_RUN(LedgerRunConsistency);

/* command_witness.c */
LEDGER_RUN(LedgerRunKeygen);
LEDGER_RUN(LedgerRunRequest);
LEDGER_RUN(LedgerRunCosign);

/* command_export.c */
LEDGER_RUN(LedgerRunExport);

/* Appends origin, size and root, as lines or as members of a JSON object without its braces. */
LedgerStatus LedgerPrintHead(LedgerBytes *out, const LedgerCheckpoint *checkpoint, bool json, LedgerError *error);

/* Appends a key's string, and whether it is the log's own word. */
LedgerStatus LedgerPrintKey(LedgerBytes *out, LedgerVerifier verifier, bool from_log, bool json, LedgerError *error);

/* Appends the witnesses, who of them cosigned, and the quorum; nothing, or `"witnesses": []`, without witnesses. */
LedgerStatus LedgerPrintQuorum(LedgerBytes *out, LedgerQuorum quorum, const LedgerCosigners *cosigners, bool from_log,
                               bool json, LedgerError *error);

/* Appends text that goes to stdout or a file, with --json and no file as `{"NAME": "TEXT"}`, and delivers it. */
LedgerStatus LedgerPrintText(const LedgerArguments *arguments, const char *name, const LedgerBytes *text,
                             LedgerBytes *out, LedgerError *error);

#endif
