/* Accounts: the participants in their order, and behind them the declared accounts, whose names begin with '@'. */
#ifndef ARCHIPELAGO_MARKET_ACCOUNT_H
#define ARCHIPELAGO_MARKET_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

/* The declared accounts. Tie rent is the study's, all others exist once a region. */
typedef enum {
  ACCOUNT_TIE_RENT,    /* "@tie-rent" */
  ACCOUNT_CONGESTION,  /* "@congestion/REGION" */
  ACCOUNT_LOSSES,      /* "@losses/REGION" */
  ACCOUNT_SHORTAGE,    /* "@shortage/REGION" */
  ACCOUNT_SURPLUS,     /* "@surplus/REGION" */
  ACCOUNT_UNACCOUNTED, /* "@unaccounted/REGION" */
  ACCOUNT_ROUNDING,    /* "@rounding/REGION" */
  ACCOUNT_BALANCING,   /* "@balancing/REGION": the balancing surplus, which may be negative */
  ACCOUNT_EXCHANGE,    /* "@exchange/REGION": counterpart of transfers with other regions; zero over all regions */
  ACCOUNT_FEES,        /* "@fees/REGION": the operator of the local market and the grid's fees on trades */
  ACCOUNT_CARBON       /* "@carbon/REGION": the issuer of allowances */
} AccountKind;

enum { ACCOUNT_KINDS = 11, ACCOUNTS_PER_REGION = ACCOUNT_KINDS - 1 };

/* Index of a declared account; `region` is ignored for tie rent. */
uint32_t AccountIndex(size_t n_participants, AccountKind kind, size_t region);
/* Participants and declared accounts together. */
size_t AccountCount(size_t n_participants, size_t n_regions);
/* Kind and region of a declared account; `account` is at least n_participants. */
AccountKind AccountKindOf(size_t n_participants, uint32_t account, size_t *region);
/* What the name begins with: "@congestion/"; of tie rent the whole name. */
const char *AccountPrefix(AccountKind kind);

#endif
