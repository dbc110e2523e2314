/* The study's cap on emissions: a sum over the hours and regions of each window in the day-ahead dispatch, whose shadow
   price is the price of carbon. The solver holds it exactly (solver/opf_emission.c); nothing is searched for. */
#ifndef ARCHIPELAGO_JOBS_CARBON_CAP_H
#define ARCHIPELAGO_JOBS_CARBON_CAP_H

#include "jobs/summary_impl.h"

/* Whether the study caps emissions. */
PetscBool CarbonIsCapped(Run run);

/* Day ahead: the study's price of carbon, and its cap. */
void CarbonCapOptions(Run run, OpfOptions *options);

/* Collective, for a dispatch that solved: window->carbon_price becomes the study's price and what the cap adds to it. Fails
   the job where the emissions exceed the cap by more than 1e-6 of it and a gram. */
PetscErrorCode CarbonCapAccept(Run run, Window *window);

/* Collective, for a capped dispatch that did not solve: where the window has a dispatch without the cap, fails the job with the
   least emissions that were found, or as stopped, and *told is true. */
PetscErrorCode CarbonCapRefuse(Run run, const Window *window, PetscBool *told);

/* Tonnes emitted in a dispatch. */
PetscReal DispatchEmissions(Network net, Dispatch dispatch);

/* Rank 0. Adds `carbon_price` and `emissions` of the window to its data set. */
PetscErrorCode WindowAddCarbon(Run run, const Window *window, Dataset ds);
/* `carbon` of the summary, where emissions have a price or a cap. */
void SummaryPutCarbon(const SummaryView *v, json_t *summary);

#endif
