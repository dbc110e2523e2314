/* A plan that is not finished: what an earlier start of it left in the folder beside its directory (plan_directory.h), and requests
   to stop.

     .tmp-NAME/study.json     what plan it is
               checkpoint/    states of its linear programs and of its reliability (jobs/job_watch.h)
               check/HOUR/    run directories of the AC check
               unfinished/    program that was at work; findings of hours; rounds that have begun

   checkpoint/ and unfinished/ are gone when the folder takes its name. */
#ifndef ARCHIPELAGO_JOBS_PLAN_UNFINISHED_H
#define ARCHIPELAGO_JOBS_PLAN_UNFINISHED_H

#include "jobs/plan.h"

/* Collective. The watch of the plan's solves, in its folder; without a directory there is none, but requests to stop are heard. */
PetscErrorCode PlanWatchStart(Plan plan);
/* For the options of solves; borrowed. */
Watch PlanWatch(Plan plan);
/* Collective. Everything is written: what only an unfinished plan needs is removed. */
PetscErrorCode PlanWatchDone(Plan plan);

/* Collective. A document that an earlier start, or this one, left under a name; the same on every rank, NULL: none. */
PetscErrorCode PlanRecall(Plan plan, const char *name, json_t **document);
/* Collective. Leaves rank 0's document; without a directory nothing happens. A failed write fails the job. */
PetscErrorCode PlanRemember(Plan plan, const char *name, json_t *document);
/* Collective. Rank 0's document on every rank. */
PetscErrorCode PlanShareDocument(MPI_Comm comm, PetscMPIInt rank, json_t **document);

/* Collective. Ends the job with status 75 when any rank was asked to stop: `where` says in which work ("while solving"). */
PetscErrorCode PlanStopHere(Plan plan, const char *where);
/* The same where a solve was stopped already; on every rank. */
void PlanStopped(Plan plan, const char *where);

/* Rank 0. Tells of the unfinished plan of a directory; false where there is none. */
PetscBool PlanUnfinishedShow(Job job, const char *directory);

#endif
