/* Inside the execution of certificates: pieces of issues, lists of them, and the window's work. */
#ifndef ARCHIPELAGO_MARKET_GRANULAR_IMPL_H
#define ARCHIPELAGO_MARKET_GRANULAR_IMPL_H

#include "market/granular.h"

#define GRANULAR_ANY UINT32_MAX

/* A range of one issue, of what came from one device in this interval. */
typedef struct {
  uint8_t  certificate[GRANULAR_DIGEST_BYTES];
  uint32_t via;    /* asset that fed in: the generator, or the storage it was released from */
  uint32_t target; /* asset that it was delivered to, or GRANULAR_ANY */
  int64_t  first, last;
} Piece;

typedef struct {
  size_t n, capacity;
  Piece *piece;
} Pieces;

/* Appends, joined to the last piece where it continues that. */
MarketStatus PiecesPush(Pieces *list, Piece piece, MarketError *error);
void         PiecesClear(Pieces *list);
/* Drops what is used up, keeps the order. */
void PiecesCompact(Pieces *list);
/* Order by device, and by target before it; then by issue and range. What continues one another is joined. */
void    PiecesSortByDevice(Pieces *list);
void    PiecesSortByTarget(Pieces *list);
int64_t PiecesSum(const Pieces *list, uint32_t via);
/* First piece of a target in a list sorted by target. */
size_t PiecesFindTarget(const Pieces *list, uint32_t target);
/* Takes up to `most` Wh off the front of the next piece from *at on that is of device `via` and for `target`
   (GRANULAR_ANY: whichever); *at stays with a piece until it is used up. false: there is none. */
bool PiecesTake(Pieces *list, size_t *at, uint32_t via, uint32_t target, int64_t most, Piece *taken);

/* A window being carried out. */
typedef struct {
  Facts                facts;
  const FactsLeg      *leg; /* metered */
  const Deliveries    *deliveries;
  const GranularRules *rules;
  GranularEvents      *events;
  MarketError         *error;
  uint32_t             interval;
  int64_t              total;          /* Wh issued and taken over so far, so that every sum of parts of it fits */
  Pieces              *held;           /* [n_participants] usable in this interval */
  Pieces              *stored;         /* [n_assets] oldest first */
  int64_t             *need;           /* [n_assets] what of the consumption is not covered yet */
  size_t              *cursor;         /* [n_participants] */
  const Delivery     **order;          /* [deliveries->n] in their canonical order */
  size_t              *first_sale;     /* [n_participants + 1] into `order`, of this interval */
  uint32_t            *incoming;       /* [n_participants] deliveries still to come */
  uint32_t            *queue;          /* [n_participants] */
  bool                *done;           /* [n_participants] */
  int64_t             *weight, *share; /* [the most of participants, assets, deliveries] */
  int64_t             *give, *get;     /* [n_participants], [n_assets] of the pool */
  size_t               next_delivery;  /* in `order`: the first of this interval */
} Granular;

/* An event of a piece; fields of its kind are the caller's to fill in. */
GranularEvent GranularEventOf(const Granular *g, GranularKind kind, const Piece *piece, uint32_t holder);
/* Numbers, checks, and appends it, for `region`. */
MarketStatus GranularEmit(Granular *g, GranularEvent *event, uint32_t region);
/* Passes a piece on to another participant. */
MarketStatus GranularPass(Granular *g, const Piece *piece, uint32_t from, uint32_t to, const Delivery *delivery);

/* Apportion by g->weight [n]. */
MarketStatus GranularApportion(Granular *g, int64_t total, size_t n, int64_t *share);

/* Puts all deliveries in their order; then those of the interval are carried out, interval by interval. */
MarketStatus GranularOrderDeliveries(Granular *g);
MarketStatus GranularDeliver(Granular *g);

/* Cancels against consumption, stores, shares the rest. */
MarketStatus GranularCover(Granular *g);

/* Storages: certificates that storages have taken over from the window before, those of storages that are no longer
   there expiring; what discharging releases; what a storage can no longer hold at the end of the interval; what goes
   on to the next window. */
MarketStatus GranularLoad(Granular *g, const MarketBytes *state);
MarketStatus GranularRelease(Granular *g);
MarketStatus GranularLose(Granular *g);
MarketStatus GranularSave(Granular *g, MarketBytes *state);

/* The end of a link that continues the one in the row before. */
bool     GranularIsFurtherEnd(Facts facts, size_t asset);
uint32_t GranularRegionOf(const Granular *g, uint32_t asset);

#endif
