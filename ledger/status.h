/* How every function of the ledger reports: a status, and one line of text saying which file, what was found and what
   was expected. */
#ifndef ARCHIPELAGO_LEDGER_STATUS_H
#define ARCHIPELAGO_LEDGER_STATUS_H

#include <stddef.h>

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

/* Writes `file: text` (or the text alone when `file` is NULL) into `error`, which may be NULL. Bytes that would disturb a
   terminal or a log are replaced by '?'. */
void LedgerErrorSet(LedgerError *error, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets the error and has the value `status`, for returning. */
#define LedgerFail(error, status, file, ...) (LedgerErrorSet(error, file, __VA_ARGS__), (status))

/* Sets the text "out of memory" and has the value LEDGER_INTERNAL. */
#define LedgerNoMemory(error) LedgerFail(error, LEDGER_INTERNAL, NULL, "out of memory")

/* Inside a function with `LedgerStatus status` and one label `out:` where it cleans up. */
#define LEDGER_TRY(call)               \
  do {                                 \
    status = (call);                   \
    if (status != LEDGER_OK) goto out; \
  } while (0)

#endif
