/* How every function of the ledger reports: a status, and one line of text saying which file, what was found and what
   was expected. */
#ifndef ARCHIPELAGO_LEDGER_STATUS_H
#define ARCHIPELAGO_LEDGER_STATUS_H

/* The values are the program's exit statuses. */
typedef enum {
  LEDGER_OK       = 0,
  LEDGER_INTERNAL = 1, /* no memory, a failed write, a call against its contract */
  LEDGER_INPUT    = 2, /* an argument that cannot be used, a file that cannot be read */
  LEDGER_FALSE    = 5  /* bytes that are malformed or do not verify */
} LedgerStatus;

enum { LEDGER_ERROR_MAX = 1024 };

typedef struct {
  char text[LEDGER_ERROR_MAX]; /* one line without newline; empty while nothing failed */
} LedgerError;

/* Writes `file: text` (or the text alone when `file` is NULL) into `error`, which may be NULL, and returns `status`.
   Bytes that would disturb a terminal or a log are replaced by '?'. */
LedgerStatus LedgerFail(LedgerError *error, LedgerStatus status, const char *file, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Returns LEDGER_INTERNAL with the text "out of memory". */
LedgerStatus LedgerNoMemory(LedgerError *error);

/* Inside a function with `LedgerStatus status` and one label `out:` where it cleans up. */
#define LEDGER_TRY(call)               \
  do {                                 \
    status = (call);                   \
    if (status != LEDGER_OK) goto out; \
  } while (0)

#endif
