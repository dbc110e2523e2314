/* Granular certificates: who may say, watt-hour by watt-hour and interval by interval, that what was consumed was
   renewable. Issued for metered output, they follow trades and contracts, pass through storage with its losses, and are
   cancelled against consumption of the same interval. */
#ifndef ARCHIPELAGO_MARKET_GRANULAR_H
#define ARCHIPELAGO_MARKET_GRANULAR_H

#include "market/granular_event.h"
#include "market/granular_state.h"
#include "market/transfer.h"

typedef struct {
  bool enabled;
  bool pool; /* what no one uses or sold is shared over all consumers by what they have left to cover */
  bool hold; /* what is left then stays with its holder, for claims outside; otherwise it expires */
} GranularRules;

void         GranularRulesWrite(const GranularRules *rules, MarketBytes *bytes);
MarketStatus GranularRulesTake(MarketReader *reader, GranularRules *rules);

/* Wh. issued = cancelled + expired + lost + held + (stored now - stored at first). */
typedef struct {
  int64_t issued;
  int64_t cancelled;
  int64_t expired; /* unused in their interval */
  int64_t lost;    /* in storage: losses of a round trip, standing losses, storages that are gone */
  int64_t held;    /* kept by their holders beyond their interval */
  int64_t stored;  /* in storages now */
} GranularTotals;

typedef struct {
  size_t   offset, size; /* in `bytes` */
  uint32_t interval;
  uint32_t region; /* issue, store, release, cancel: of the device; transfer: of who gives; expire: of the holder */
} GranularRecord;

/* Start from {0}. */
typedef struct {
  MarketBytes     bytes; /* the records, one behind the other */
  size_t          n, capacity;
  GranularRecord *record;
  uint32_t        intervals, n_participants;
  int64_t        *consumed_wh, *matched_wh; /* [intervals][n_participants]; matched: cancelled against consumption */
  GranularTotals  totals;                   /* of the window */
} GranularEvents;

void GranularEventsFree(GranularEvents *events);

/* Carries out the certificates of a window. Interval by interval: releases and issues; deliveries, each seller's after
   all that come to it (circles are opened at the first participant), each taking certificates up to its energy, of its
   unit when it names one, and in proportion when there are too few; cancellation against consumption; storing; the
   pool; what is left expires or is held. The result does not depend on the order of the deliveries.

   `state_before` is what the window before left in its storages (empty at first), `state_after` what this one leaves;
   both are canonical bytes (market/granular_state.h). Without rules->enabled there are no events, and the state stays.
   BAD_INPUT: intervals longer than an hour, two devices of one kind and name, storages without an efficiency;
   MALFORMED: a state that is not canonical; OVERFLOW. What was made before a failure is for GranularEventsFree and
   MarketBytesFree. */
MarketStatus GranularExecute(Facts facts, const Deliveries *deliveries, const GranularRules *rules,
                             const MarketBytes *state_before, MarketBytes *state_after, GranularEvents *events,
                             MarketError *error);

/* Wh of electricity that a device consumed in an interval, >= 0: what loads take, and generators where they take; and
   links that have an end of another carrier (a heat pump, an electrolyser), at their electric ends together, counted
   at the first end of the link, behind which the others stand. A load's or a link end's technology is the carrier that
   it takes or delivers; empty means electricity. */
int64_t GranularConsumption(Facts facts, size_t interval, size_t asset);

/* Consumption and what of it was matched, over the window. OVERFLOW. */
MarketStatus GranularScore(const GranularEvents *events, uint32_t participant, int64_t *consumed_wh,
                           int64_t *matched_wh, MarketError *error);
/* Matched of consumed in millionths, rounded down; -1 where nothing was consumed. */
int64_t GranularMatchedPpm(int64_t matched_wh, int64_t consumed_wh);

#endif
