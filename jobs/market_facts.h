/* What the market is told of a window: the run's network and dispatch as facts (market/facts.h). */
#ifndef ARCHIPELAGO_JOBS_MARKET_FACTS_H
#define ARCHIPELAGO_JOBS_MARKET_FACTS_H

#include "jobs/run.h"
#include "market/facts.h"

/* Facts of a window: the day-ahead leg is window->dispatch; `realtime`, when not NULL, the dispatch of the same network
   on what came true, is the real-time leg and what was metered. Called before the run's storage goes on to the next
   window (run->energy is that at the window's start). run_id[32]: SHA-256 of what the run is, or NULL for zeros. A fault
   goes to the job, and *facts is NULL. Not collective; every rank gets the same. */
PetscErrorCode MarketFactsCreate(Run run, const Window *window, Dispatch realtime, const uint8_t *run_id, Facts *facts);

/* Whether a generator's output earns certificates: it emits nothing, and a word of its technology, in any case, is one of
   wind, onwind, offwind, solar, pv, rtpv, csp, hydro, ror, river, biomass, biogas, geothermal, tidal, wave. */
PetscBool MarketIsRenewable(const char *technology, PetscReal emission_t_per_mwh);

#endif
