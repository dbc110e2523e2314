/* Settlement of one window: what every asset, every tie and every operator pays and receives, in integers.

   Energies (one per asset, branch end, shunt and slack) are rounded to watt-hours once and prices to millionths per MWh
   once; all that follows is exact but for one rounding per entry. With price l, injections e of the assets of a bus and
   flows into its branches, all integers, each bus b leaves the mismatch

     m_b = sum e - sum of branch ends - shunt + shortage - surplus,

   which would be 0 but for the solver's tolerance and the rounding to watt-hours. For a branch with flows p_from and
   p_to into its ends and prices l_from and l_to, the difference between what its energy costs and brings is

     -(l_from p_from + l_to p_to) = (l_to - l_from)(p_from - p_to)/2  -  (l_from + l_to)/2 (p_from + p_to),
                                    congestion                           losses

   (the identity ab + cd = (a+c)(b+d)/2 + (a-c)(b-d)/2). Lines of each (region, interval):
     assets        price x injection, received by the participant (loads pay)
     tie rent      per tie end in the region: minus price x flow into the end. The rent of a whole tie, its losses
                   included, is the sum of its two ends, booked in two regions on one account of the study
     congestion    sum of the congestion parts of the region's own branches
     losses        sum of their loss parts, minus price x shunt
     shortage      price x unserved demand, per bus; surplus: minus price x spilled energy (elastic balances only)
     unaccounted   minus sum of price x mismatch
     rounding      minus the sum of the lines above; checked to be at most half a millionth per line
   The operator's lines come from flows and prices, not from what is left; that everything sums to zero is then a check.
   Each (region, interval) sums to zero in money and in watt-hours, hence each interval and each window does too.
   Merchandising surplus = congestion + losses + tie rent, without a DC model's or a solver's knowledge of multipliers.
   (Locational prices: Schweppe, Caramanis, Tabors and Bohn, Spot Pricing of Electricity, 1988, chapter 7.) */
#ifndef ARCHIPELAGO_MARKET_SETTLEMENT_H
#define ARCHIPELAGO_MARKET_SETTLEMENT_H

#include "market/entry.h"

typedef enum { SETTLEMENT_GENERATOR, SETTLEMENT_LOAD, SETTLEMENT_STORAGE, SETTLEMENT_LINK_END } SettlementAssetKind;

typedef struct {
  SettlementAssetKind kind;
  int32_t             participant;
  int32_t             bus;  /* row */
  const char         *name; /* a link's two ends are two assets of one name, injecting -p_from and p_to */
} SettlementAsset;

typedef struct {
  int32_t     from, to; /* rows of buses; a tie when their regions differ */
  const char *name;
} SettlementBranch;

/* Borrowed during SettlementCreate only. Arrays over [T][rows] are row-major; MW, prices in currency per MWh. The rows
   of assets, buses and branches must be those of the whole study on every rank, since they number the entries. */
typedef struct {
  const char             *study, *policy, *currency;
  uint32_t                window;       /* index in the study */
  int64_t                 window_start; /* POSIX seconds UTC */
  size_t                  intervals;    /* T */
  double                  step_hours;   /* a whole number of seconds */
  size_t                  n_regions, n_participants, n_buses, n_assets, n_branches;
  const char *const      *region_name;       /* [n_regions] unique */
  const char *const      *participant_name;  /* [n_participants] unique, none starting with '@' */
  const int32_t          *bus_number;        /* [n_buses] external number, positive */
  const int32_t          *bus_region;        /* [n_buses] */
  const SettlementAsset  *asset;             /* [n_assets] */
  const SettlementBranch *branch;            /* [n_branches] in service */
  const double           *price;             /* [T][n_buses] */
  const double           *asset_mw;          /* [T][n_assets] positive: injected */
  const double           *branch_from_mw;    /* [T][n_branches] into the branch at its from end */
  const double           *branch_to_mw;      /* [T][n_branches] into the branch at its to end */
  const double           *shunt_mw;          /* [T][n_buses] consumed, or NULL */
  const double           *shortage_mw;       /* [T][n_buses] >= 0, demand in `asset_mw` that was not served, or NULL */
  const double           *surplus_mw;        /* [T][n_buses] >= 0, injection in `asset_mw` that nobody took, or NULL */
  double                  mismatch_limit_mw; /* largest mismatch of a bus beyond watt-hour rounding; 0: unlimited */
} SettlementInput;

typedef struct _s_Settlement {
  size_t           n;
  SettlementEntry *entry;            /* [n] in the order of the log */
  int64_t          largest_mismatch; /* Wh, in size, over the buses of the settled regions */
  int32_t          mismatch_bus;     /* external number of that bus; 0 when there is no bus */
  size_t           mismatch_interval;
  char            *arena; /* the texts of the entries */
} * Settlement;

/* Settles the regions with settle[r] true ([n_regions]; NULL: all), e.g. those a rank holds: their entries are the same
   whichever regions are settled beside them. Every asset has one line per interval, a zero one too. Not collective.
   Errors: numbers that are not finite, indices out of range, names that are empty, doubled or not UTF-8 (BAD_INPUT);
   OVERFLOW; a bus above the mismatch limit (UNBALANCED). *settlement is then NULL. */
MarketStatus SettlementCreate(const SettlementInput *input, const bool *settle, Settlement *settlement,
                              MarketError *error);
void         SettlementDestroy(Settlement *settlement);

/* From the entries alone (also decoded ones): strictly in the order of the log, each valid by itself, and in every
   (window, region, interval) quantities and amounts sum to zero with a rounding line of at most half a millionth per
   other line. */
MarketStatus SettlementCheck(const SettlementEntry *entry, size_t n, MarketError *error);

/* Entries of one region in a settlement's order: first and count (both 0 when it has none). */
void SettlementRegionRange(Settlement settlement, uint32_t region, size_t *first, size_t *count);

#endif
