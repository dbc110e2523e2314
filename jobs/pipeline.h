/* The study pipeline: from a study file to dispatched, stability-checked, settled and signed results. */
#ifndef ARCHIPELAGO_JOBS_PIPELINE_H
#define ARCHIPELAGO_JOBS_PIPELINE_H

#include "jobs/run.h"

/* Collective. Runs the windows that are missing, then the summary; how it ended is in the job. */
PetscErrorCode PipelineRun(Job job, const RunSettings *settings);

#endif
