/* What went wrong in the market room: a status to branch on and one line to print. Plain C: no PETSc, no MPI, so that
   whoever audits a settlement can build this room alone. */
#ifndef ARCHIPELAGO_MARKET_STATUS_H
#define ARCHIPELAGO_MARKET_STATUS_H

typedef enum {
  MARKET_OK = 0,
  MARKET_BAD_INPUT,  /* a number that is not finite, an index out of range, a name that is not UTF-8, ... */
  MARKET_OVERFLOW,   /* a price, an energy or an amount of money does not fit its integer */
  MARKET_UNBALANCED, /* entries that do not sum to zero, or a mismatch above its limit */
  MARKET_MALFORMED,  /* bytes that are no canonical entry */
  MARKET_NO_MEMORY
} MarketStatus;

enum { MARKET_ERROR_TEXT = 512 };

/* Filled by the call that failed, untouched by calls that succeed. The text is one line without its newline. */
typedef struct {
  MarketStatus status;
  char         text[MARKET_ERROR_TEXT];
} MarketError;

/* Writes status and text to `error` (which may be NULL) and returns the status. */
MarketStatus MarketFail(MarketError *error, MarketStatus status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "ok", "bad input", "overflow", ... */
const char *MarketStatusName(MarketStatus status);

/* Returns from the calling function when `call` does not return MARKET_OK. */
#define MARKET_TRY(call)                                    \
  do {                                                      \
    MarketStatus market_status_ = (call);                   \
    if (market_status_ != MARKET_OK) return market_status_; \
  } while (0)

#endif
