/* Settlement of one window: what every asset, every tie and every operator pays and receives, in integers.

   Facts are watt-hours and millionths per MWh; all that follows is exact but for one rounding per entry. With price l,
   injections e of the assets of a bus and flows into its branches, all integers, each bus b leaves the mismatch

     m_b = sum e - sum of branch ends - shunt + shortage - surplus,

   which would be 0 but for the solver's tolerance and the rounding to watt-hours. For a branch with flows p_from and
   p_to into its ends and prices l_from and l_to, the difference between what its energy costs and brings is

     -(l_from p_from + l_to p_to) = (l_to - l_from)(p_from - p_to)/2  -  (l_from + l_to)/2 (p_from + p_to),
                                    congestion                           losses

   (the identity ab + cd = (a+c)(b+d)/2 + (a-c)(b-d)/2). Lines of each (region, interval), day ahead:
     assets        price x injection, received by the participant (loads pay)
     tie rent      per tie end in the region: minus price x flow into the end. The rent of a whole tie, its losses
                   included, is the sum of its two ends, booked in two regions on one account of the study
     congestion    sum of the congestion parts of the region's own branches
     losses        sum of their loss parts, minus price x shunt
     shortage      price x unserved demand, per bus; surplus: minus price x spilled energy (elastic balances only)
     unaccounted   minus sum of price x mismatch
   With a real-time leg, the same of what differs from the day ahead, at the prices of real time:
     deviation     per asset
     balancing     on the region's balancing account: congestion parts (sequence 0, asset "congestion"), loss parts and
                   shunts (sequence 1, asset "losses"), and each tie end in the region (sequence 2 + row of the branch,
                   asset its name). The sum is the balancing surplus, which may be negative
     shortage, surplus: what they differ by, sequence n_buses + row of the bus
     unaccounted   a second line, sequence 1
   Transfers:
     transfers     both lines of each, numbered in canonical order per interval and kind: the same number on both lines,
                   whichever regions are settled
     exchange      where a region has transfers with other regions: minus the sum of its lines of these
   and last
     rounding      minus the sum of the lines above; checked to be at most half a millionth per line of the pool
   The operator's lines come from flows and prices, not from what is left; that everything sums to zero is then a check.
   Each (region, interval) sums to zero in money and in watt-hours, hence each interval and each window does too; so do
   the exchange lines of an interval over the regions. Lines of carbon state grams, not watt-hours; both lines of one
   stand in one region, so grams too sum to zero there, by themselves. Merchandising surplus = congestion + losses + tie
   rent, without a DC model's or a solver's knowledge of multipliers.
   (Locational prices: Schweppe, Caramanis, Tabors and Bohn, Spot Pricing of Electricity, 1988, chapter 7.) */
#ifndef ARCHIPELAGO_MARKET_SETTLEMENT_H
#define ARCHIPELAGO_MARKET_SETTLEMENT_H

#include "market/transfer.h"

/* Sequence numbers of the lines on a region's balancing account. */
enum { BALANCING_CONGESTION = 0, BALANCING_LOSSES = 1, BALANCING_TIES = 2 };

typedef struct _s_Settlement {
  size_t           n;
  SettlementEntry *entry;            /* [n] in the order of the log */
  int64_t          largest_mismatch; /* Wh, in size, over the buses of the settled regions and both legs */
  int32_t          mismatch_bus;     /* external number of that bus; 0 when there is no bus */
  size_t           mismatch_interval;
  char            *arena; /* the names of the declared accounts */
} * Settlement;

/* Settles the regions with settle[r] true ([n_regions]; NULL: all), e.g. those a rank holds: their entries are the same
   whichever regions are settled beside them, and in whatever order the transfers (NULL: none) are. Every asset has one
   line per interval and leg, a zero one too; a region without buses has lines of transfers only. Not collective. The texts of the entries are those of the facts and of the
   transfers, which must outlive the settlement.
   Errors: OVERFLOW; a bus above the mismatch limit (UNBALANCED); transfers that are not of these facts (BAD_INPUT).
   *settlement is then NULL. */
MarketStatus SettlementCreate(Facts facts, const Transfers *transfers, const bool *settle, Settlement *settlement,
                              MarketError *error);
void         SettlementDestroy(Settlement *settlement);

/* From the entries alone (also decoded ones): strictly in the order of the log, each valid by itself, and in every
   (window, region, interval) watt-hours, grams and amounts sum to zero with a rounding line of at most half a millionth
   per other line of the pool (kinds 0x01xx, 0x02xx and 0x08xx but for exchange). */
MarketStatus SettlementCheck(const SettlementEntry *entry, size_t n, MarketError *error);

/* Entries of one region in a settlement's order: first and count (both 0 when it has none). */
void SettlementRegionRange(Settlement settlement, uint32_t region, size_t *first, size_t *count);

#endif
