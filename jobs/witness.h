/* Regions as witnesses of the run's log: each has a key of its own, compares what the log holds in its block with what it
   computed itself, and cosigns a checkpoint only then. A witness keeps its replica of the log's head under
   `witnesses/REGION` in the run's directory, for a log that runs share under `LOG-witnesses/REGION`. */
#ifndef ARCHIPELAGO_JOBS_WITNESS_H
#define ARCHIPELAGO_JOBS_WITNESS_H

#include "jobs/run.h"

/* Not collective, the same on every rank: a key for a region that there is not would sign nothing, and a quorum above the
   number of witnesses would never be met. */
PetscErrorCode WitnessesCheck(Run run);

/* Rank 0. Finds or makes the witnesses' keys and tells the log, which is open for writing and not yet extended, who they are;
   nothing to do without witnesses. */
void WitnessesFind(Run run);

/* Collective. The log must go on from what the witnesses have cosigned (unverified). */
PetscErrorCode WitnessesExpect(Run run);

/* Collective. Before anything is signed: every region, witness or not, compares its block with the records that rank 0
   wrote to a file of records. A false one fails the job (unverified), with the entry and why. */
PetscErrorCode WitnessesInspect(Run run, const Window *window, const char *path);

/* Collective. After the log was signed: every witness checks checkpoint and block and cosigns. Who refuses is told; too few
   cosignatures fail the job (unverified). */
PetscErrorCode WitnessesCosign(Run run, const Window *window);

/* Rank 0: whether enough witnesses have cosigned the log's checkpoint. */
PetscBool WitnessesDone(Run run);

#endif
