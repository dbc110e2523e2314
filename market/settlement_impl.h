/* Inside the settlement: what is being built. */
#ifndef ARCHIPELAGO_MARKET_SETTLEMENT_IMPL_H
#define ARCHIPELAGO_MARKET_SETTLEMENT_IMPL_H

#include "market/account.h"
#include "market/money.h"
#include "market/settlement.h"

/* Exact sums are kept in half millionths of millionths (price x energy x 2): the halves of a branch's congestion and
   loss parts are whole there. */
enum { EXACT_PER_MILLIONTH = 2 * ENERGY_WH_PER_MWH };

/* What transfers of one kind bring a declared account of a region. */
typedef struct {
  bool    any;
  int64_t amount, quantity;
} DeclaredSum;

/* One region in one interval. */
typedef struct {
  MoneyWide   exact;                           /* of all lines so far, in the unit above */
  MoneyWide   amount;                          /* of all lines so far, millionths */
  MoneyWide   energy;                          /* of all lines so far, Wh */
  size_t      entries, lines;                  /* of these, lines that may each be off by half a millionth */
  MoneyWide   congestion, losses, unaccounted; /* of the leg in hand, exact */
  int64_t     losses_wh, unaccounted_wh;
  int64_t     exchange, exchange_wh; /* sums over the lines here whose other line stands in another region */
  bool        exchanges;
  DeclaredSum declared[ACCOUNT_KINDS][SETTLEMENT_KINDS];
} Block;

typedef struct {
  Facts            facts;
  const Transfers *transfers; /* or NULL */
  uint32_t        *order;     /* [transfers->n] canonical order, or NULL: the list's own */
  size_t           transfer;  /* next one to book, in that order */
  const bool      *settle;
  bool            *inhabited; /* [n_regions] it has a bus; one without has no lines of the pool */
  MarketError     *error;
  Settlement       out;
  size_t           capacity, interval;
  const FactsLeg  *leg, *base; /* what is settled, less `base` unless NULL */
  Block           *block;      /* [n_regions] */
  int64_t         *mismatch;   /* [n_buses] Wh, of the leg in hand */
  int64_t         *metered;    /* [n_buses] Wh, of the leg in hand and its base together */
  int64_t         *terms;      /* [n_buses] rounded energies in either */
  EntryText       *account;    /* [accounts] names of the declared ones, in the arena */
} Builder;

bool         SettlementSettles(const Builder *b, size_t region);
MarketStatus SettlementOverflow(const Builder *b, const char *what, size_t row);
/* Names the account of a region (or tie rent) as the party of a line. */
void SettlementNameAccount(const Builder *b, AccountKind account, size_t region, SettlementEntry *entry);
/* Completes a line with what all of a block share, appends it and adds it to the block's sums. `exact` is its amount
   before rounding, in half millionths of millionths. */
MarketStatus SettlementBook(Builder *b, size_t region, MoneyWide exact, SettlementEntry *entry);

/* settlement_pool.c: the lines of one leg, or of its deviations from b->base, in all regions of the interval. */
MarketStatus SettlementBookLeg(Builder *b);
/* settlement_transfers.c: puts the transfers in order; then those of the interval, with exchange lines. */
MarketStatus SettlementOrderTransfers(Builder *b);
MarketStatus SettlementBookTransfers(Builder *b);

#endif
