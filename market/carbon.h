/* Carbon: emissions from metered energy, and the allowances that are bought and cancelled for them under a price or a
   cap. Quantities are whole grams of CO2, prices millionths of the currency per tonne; so price x grams / 10^6 is
   money exactly as price x Wh / 10^6 is for energy. */
#ifndef ARCHIPELAGO_MARKET_CARBON_H
#define ARCHIPELAGO_MARKET_CARBON_H

#include "market/transfer.h"

/* Who gets a share of the free allowances. */
typedef struct {
  bool      is_class; /* all participants of a class, by what their units emit at rated power; else one participant */
  EntryText name;
  int64_t   weight; /* >= 0, against the other shares */
} CarbonShare;

/* Start from {0}. */
typedef struct {
  bool    enabled;
  int64_t price; /* millionths per tonne, >= 0. Under a cap the price is the cap's multiplier, which jobs puts here */
  bool    has_cap;
  int64_t cap_g;  /* most that the window may emit */
  int64_t free_g; /* granted for nothing in the window; without shares: to all participants, by what their units emit
                     at rated power */
  size_t  n_shares;
  CarbonShare *share; /* ascending by is_class and name; owned, names too (CarbonRulesAddShare) */
} CarbonRules;

/* Adds a share at its place in the order; the name is copied. BAD_INPUT: a name that is empty, no text, or there
   already; a negative weight. */
MarketStatus CarbonRulesAddShare(CarbonRules *rules, bool is_class, EntryText name, int64_t weight, MarketError *error);
void         CarbonRulesFree(CarbonRules *rules);

/* Canonical bytes and back, strict; what is read needs CarbonRulesFree. */
void         CarbonRulesWrite(const CarbonRules *rules, MarketBytes *bytes);
MarketStatus CarbonRulesTake(MarketReader *reader, CarbonRules *rules);

/* Grams of CO2: emission factor (g per MWh) x metered energy / 10^6 of a generator that feeds in, rounded to nearest,
   halves away from zero; 0 for all else. A negative factor is a removal and makes it negative. OVERFLOW. */
MarketStatus CarbonEmission(Facts facts, size_t interval, size_t asset, int64_t *grams, MarketError *error);

/* Over the window; grams and millionths. */
typedef struct {
  int64_t emitted_g;   /* less what was removed */
  int64_t bought_g;    /* by the units' owners: what they emitted */
  int64_t cancelled_g; /* for emissions: what was bought */
  int64_t granted_g;   /* for nothing; whoever got them sold them at the price, which is why all that is cancelled is
                          bought */
  bool    has_cap;
  int64_t issued_g;       /* the cap; without one, what was emitted */
  int64_t left_g;         /* under the cap: issued less cancelled; 0 when the cap is exceeded */
  int64_t exceeded_g;     /* emissions above the cap; more than 0 means that the rule was broken */
  int64_t paid, returned; /* money for what was bought and for what had been granted */
} CarbonReport;

/* Each unit's owner buys allowances for its emissions from @carbon of the unit's region, at the price; whoever was
   granted free ones sells them back, evenly over the intervals, so that a grant is worth the same whatever its holder
   emits. One transfer (SETTLEMENT_CARBON) per unit and interval, and per grant and interval. A cap that is exceeded is
   no failure here but report->exceeded_g. BAD_INPUT: shares of unknown participants or classes, a grant above the cap,
   negative numbers; OVERFLOW. */
MarketStatus CarbonSettle(Facts facts, const CarbonRules *rules, Transfers *transfers, CarbonReport *report,
                          MarketError *error);

#endif
