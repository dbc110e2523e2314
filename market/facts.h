/* The facts of a window: all that the market knows of a grid and its dispatch, in integers. Rounded once from the solver's
   doubles, written as canonical bytes, and from then on the only source of every amount: who holds the bytes can settle
   the window again. */
#ifndef ARCHIPELAGO_MARKET_FACTS_H
#define ARCHIPELAGO_MARKET_FACTS_H

#include "market/bytes.h"

typedef enum { FACTS_GENERATOR, FACTS_LOAD, FACTS_STORAGE, FACTS_LINK_END } FactsAssetKind;

/* Sizes of all integers below are at most 2^53: every one could stand in a double. */

/* What injects at a bus. Powers and energies of the unit as built, not of an interval; -1 where it has none. */
typedef struct {
  FactsAssetKind kind;
  uint32_t       participant;
  uint32_t       bus;        /* row */
  EntryText      name;       /* the ends of a link are assets of one name */
  EntryText      technology; /* carrier of the unit, "wind", may be empty */
  bool           renewable;  /* a generator whose output earns certificates */
  int64_t        emission;   /* g of CO2 per kWh times 1000 = millionths of a tonne per MWh; 0 for none */
  int64_t        power_w;    /* rated power (of storage: discharging) */
  int64_t        energy_wh;  /* of storage: capacity */
  int64_t        efficiency_charge, efficiency_discharge; /* of storage: millionths, else -1 */
  int64_t
      marginal_cost; /* of a generator at the window's mean output, of storage discharging: millionths of the currency per MWh, without
                                   carbon; 0 for others */
} FactsAsset;

typedef struct {
  uint32_t  from, to; /* rows of buses; a tie when their regions differ */
  EntryText name;
} FactsBranch;

/* Prices and energies of one settlement of the window. Arrays over [T][rows] are row-major. */
typedef struct {
  int64_t *price;                    /* [T][n_buses] millionths of the currency per MWh */
  int64_t *asset_wh;                 /* [T][n_assets] positive: injected */
  int64_t *from_wh;                  /* [T][n_branches] into the branch at its from end */
  int64_t *to_wh;                    /* [T][n_branches] into the branch at its to end */
  int64_t *shunt_wh;                 /* [T][n_buses] consumed */
  int64_t *shortage_wh, *surplus_wh; /* [T][n_buses] >= 0; see market/settlement.h */
} FactsLeg;

typedef struct _s_Facts {
  EntryText    study, policy, currency;
  uint8_t      run_id[32];   /* SHA-256 of what the run is */
  uint32_t     window;       /* index in the study */
  int64_t      window_start; /* POSIX seconds UTC */
  uint32_t     intervals, interval_seconds;
  uint32_t     n_regions, n_participants, n_buses, n_assets, n_branches;
  EntryText   *region;             /* [n_regions] */
  EntryText   *participant;        /* [n_participants] */
  uint32_t    *participant_region; /* [n_participants] of the participant's first asset; 0 without one */
  EntryText   *participant_class;  /* [n_participants] "household", may be empty */
  uint32_t    *bus_number;         /* [n_buses] external, positive */
  uint32_t    *bus_region;         /* [n_buses] */
  FactsAsset  *asset;              /* [n_assets] */
  FactsBranch *branch;             /* [n_branches] */
  int64_t     *certified_wh;       /* [T][n_assets] metered output of renewable generators rounded down to whole Wh (by
                                      RoundEnergyDown: asset_wh or one less); 0 for others and for what takes */
  int64_t     *level_wh;           /* [T + 1][n_assets] stored energy at the start and at the end of each interval; 0
                                      for what is no storage */
  int64_t     *baseline_wh;        /* [T][n_assets] of flexible loads: demand before curtailment and shifting, as a
                                      positive number; of other loads: what they took; 0 for the rest */
  FactsLeg     day_ahead;
  bool         has_real_time;
  FactsLeg     real_time;         /* NULL arrays without it: then the day ahead is also what was metered */
  int64_t      mismatch_limit_wh; /* largest mismatch of a bus beyond rounding; 0: unlimited */
  void        *arena;             /* all arrays and texts */
} * Facts;

/* Borrowed during FactsCreate only: the same in doubles (MW, currency per MWh, hours), texts terminated. */
typedef struct {
  const double *price, *asset_mw, *branch_from_mw, *branch_to_mw; /* [T][...] */
  const double *shunt_mw, *shortage_mw, *surplus_mw;              /* [T][n_buses] or NULL */
} FactsLegInput;

/* A rating, capacity or efficiency that is negative, infinite or NaN is one that the unit does not have. */
typedef struct {
  FactsAssetKind kind;
  int32_t        participant, bus;
  const char    *name, *technology; /* technology may be NULL */
  bool           renewable;
  double         emission_t_per_mwh, power_mw, energy_mwh, efficiency_charge, efficiency_discharge, marginal_cost;
} FactsAssetInput;

typedef struct {
  int32_t     from, to;
  const char *name;
} FactsBranchInput;

typedef struct {
  const char        *study, *policy, *currency;
  const uint8_t     *run_id; /* [32] or NULL: zeros */
  uint32_t           window;
  int64_t            window_start;
  size_t             intervals;
  double             step_hours; /* a whole number of seconds */
  size_t             n_regions, n_participants, n_buses, n_assets, n_branches;
  const char *const *region_name, *const *participant_name, *const *participant_class; /* class: NULL or entries NULL */
  const int32_t          *bus_number, *bus_region;
  const FactsAssetInput  *asset;
  const FactsBranchInput *branch;
  FactsLegInput           day_ahead;
  const FactsLegInput    *real_time;         /* NULL: none */
  const double           *level_mwh;         /* [T + 1][n_assets] or NULL: zeros; below 0 is taken for 0 */
  const double           *baseline_mw;       /* [T][n_assets] or NULL: what the loads took */
  double                  mismatch_limit_mw; /* >= 0; what is above 0 comes to at least 1 Wh */
} FactsInput;

/* Rounds everything once. The rows of assets, buses and branches must be those of the whole study on every rank, since
   they number the entries. Errors, *facts is then NULL: numbers that are not finite, slack below 0, indices out of
   range, names that are empty, doubled or not UTF-8, participants whose names begin with '@' (BAD_INPUT); OVERFLOW. */
MarketStatus FactsCreate(const FactsInput *input, Facts *facts, MarketError *error);
void         FactsDestroy(Facts *facts);

/* Canonical bytes (docs/facts-format.md) and back. Reading is strict: what is accepted writes the very same bytes. It
   checks all that FactsCreate checks. What is refused is MARKET_MALFORMED, with the offset, or the row where the bytes
   are in order but not what they say. *facts is then NULL. The facts do not point into the bytes. */
void         FactsWrite(Facts facts, MarketBytes *bytes);
MarketStatus FactsRead(const uint8_t *bytes, size_t size, Facts *facts, MarketError *error);

/* What was metered: real time where there is one, else the day ahead. */
const FactsLeg *FactsMetered(Facts facts);

#endif
