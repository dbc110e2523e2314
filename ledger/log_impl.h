/* What an open log holds; for log.c and verify.c only. */
#ifndef ARCHIPELAGO_LEDGER_LOG_IMPL_H
#define ARCHIPELAGO_LEDGER_LOG_IMPL_H

#include "ledger/file.h"
#include "ledger/log.h"
#include "ledger/tree.h"

struct LedgerLog_s {
  char            *directory;
  char             path[LEDGER_PATH_MAX]; /* the checkpoint's file */
  bool             own_checkpoint;        /* it is the directory's own */
  LedgerBytes      bytes;                 /* the checkpoint as read */
  LedgerCheckpoint checkpoint;
  LedgerVerifier   verifier; /* the known key that signed */
  bool             key_from_log;
  LedgerQuorum     quorum; /* NULL without witnesses */
  bool             quorum_from_log;
  LedgerCosigners  cosigners;
  LedgerTree       tree;
};

#endif
