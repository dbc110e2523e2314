/* Real time: a window dispatched again on what happened, after the day ahead. Storage keeps its day-ahead schedule unless
   it bids; everything else is free again, the physics, the method and the prices of carbon and of soft limits are the
   same; of a cap on emissions the price stays, not the cap, and what the cap adds to the price of carbon is left out of the
   objective, as it is day ahead. Bounds of the security loop are not kept: they belong to the schedule that was tested. */
#ifndef ARCHIPELAGO_JOBS_REALTIME_H
#define ARCHIPELAGO_JOBS_REALTIME_H

#include "jobs/summary_impl.h"

/* Collective. The realised network of the study, if it has one; faults go to the list. */
PetscErrorCode RealTimeSetUp(Run run, Faults faults);
/* Collective, when the day ahead has its regions: those of the realised network. */
PetscErrorCode RealTimeCut(Run run);
PetscErrorCode RealTimeTearDown(Run run);

/* Collective. Fills window->realtime, realtime_result and realtime_evaluation; does nothing without a realised network.
   Fails the job where the window has no solution, or none that holds. */
PetscErrorCode WindowRealTime(Run run, Window *window);

/* Not collective. The dispatch that was carried out: that of real time, without one the day ahead's. */
Dispatch WindowMetered(const Window *window);

/* Rank 0. Adds the window's real time to its data set: variables `realtime_...` beside those of the day ahead. */
PetscErrorCode WindowAddRealTime(Run run, const Window *window, Dataset ds);
/* Deviations from the day ahead, by region, and what they cost. */
void SummaryPutRealTime(const SummaryView *v, json_t *summary);

#endif
