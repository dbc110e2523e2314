/* The keys that a study file may hold, told from the very tables by which it is read. */
#ifndef ARCHIPELAGO_JOBS_KEYS_H
#define ARCHIPELAGO_JOBS_KEYS_H

#include "jobs/job.h"

/* Collective. Reads the study and lists, section by section, the keys of each table that reading it needed, with kind, range or
   choices: a study with an entry in every section shows all there are. In the job's document, or on standard output. Faults
   of the study fail the job. */
PetscErrorCode KeysList(Job job, const char *path);

#endif
