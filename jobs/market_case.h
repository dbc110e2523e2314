/* The market of a run besides its dispatch: contracts, bids, rules, and what one window hands on to the next. The same on
   every rank. */
#ifndef ARCHIPELAGO_JOBS_MARKET_CASE_H
#define ARCHIPELAGO_JOBS_MARKET_CASE_H

#include "jobs/run.h"
#include "market/window.h"

/* Collective. Reads the study's contracts and bids and makes its rules integers; faults go to the list. Bids that enter the
   dispatch are tried on the network, which stays as it was. */
PetscErrorCode MarketCaseRead(MPI_Comm comm, Study study, Network net, Participants participants, Faults faults,
                              MarketCase *market);
PetscErrorCode MarketCaseDestroy(MarketCase *market);

/* Not collective. The inputs of a solved window; failures go to the job. They may borrow the run's contracts, which
   MarketCaseRelease leaves alone. */
PetscErrorCode MarketCaseInputs(Run run, const Window *window, MarketInputs *inputs);
PetscErrorCode MarketCaseRelease(Run run, MarketInputs *inputs);
/* Not collective. Takes what the window's outcome hands on. */
PetscErrorCode MarketCaseCarry(Run run, const MarketOutcome *outcome);
/* The contracts of the study; NULL for none. */
Contracts MarketCaseContracts(Run run);

#endif
