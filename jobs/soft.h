/* Soft limits on the command line, on the screen and in documents. */
#ifndef ARCHIPELAGO_JOBS_SOFT_H
#define ARCHIPELAGO_JOBS_SOFT_H

#include "jobs/job.h"
#include "solver/evaluate.h"

/* Reads "CLASS=PRICE[,CLASS=PRICE...]" into price [SOFT_LIMITS]; a wrong one fails the job. NULL: nothing is read. */
void SoftParse(Job job, const char *command, const char *text, PetscReal *price);
/* A line for each priced class that is exceeded, and one for storage that charges and discharges at once. */
void SoftPrint(const PetscReal *price, const Evaluation *evaluation, FILE *stream);
/* An object with the excess of every priced class; NULL when none is priced. */
json_t *SoftToJson(const PetscReal *price, const PetscReal *excess);

#endif
