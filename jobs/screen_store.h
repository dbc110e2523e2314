/* The directory of a screening: what is screened, what is done so far, and at the end the results.

     inputs.json          settings and SHA-256 of all inputs: a directory is never continued with others
     journal-RANK.jsonl   while it runs: a line for each contingency that is done
     journal.jsonl        those lines in the order of the contingencies
     screen.csv           a row for each contingency, the severest first
     screen.json          the same with settings, counts and events
     provenance.json      when, on how many ranks, in how many seconds: the only file that differs between equal runs */
#ifndef ARCHIPELAGO_JOBS_SCREEN_STORE_H
#define ARCHIPELAGO_JOBS_SCREEN_STORE_H

#include "dynamics/screen.h"
#include "jobs/file.h"
#include "jobs/job.h"

typedef struct _p_ScreenStore *ScreenStore;

/* Collective. Opens or makes the directory and locks it against a second run; rank 0 holds `identity`, which must be that
   of the directory. Takes results out of its journals, result[list->n] on all ranks, and gives each rank a new journal.
   Lines that a kill left unfinished do not count. A failure fails the job and leaves *store NULL. `identity` is borrowed. */
PetscErrorCode ScreenStoreOpen(Job job, const char *path, json_t *identity, Contingencies list, ScreenResult *result,
                               ScreenStore *store);
PetscErrorCode ScreenStoreClose(ScreenStore *store);

/* Not collective. Appends a result to this rank's journal; it survives a kill at once, a loss of power within a second. */
PetscBool ScreenStoreAppend(ScreenStore store, Contingencies list, const ScreenResult *result, FileError *error);
/* Rank 0, when all that was done is on it: one journal in the list's order in place of those of the ranks. */
PetscBool ScreenStoreMerge(ScreenStore store, Contingencies list, const ScreenResult *result, FileError *error);
/* A file's path in the directory. */
void ScreenStoreFile(ScreenStore store, const char *name, char *path, size_t size);

/* SHA-256, in hexadecimal digits, of a file, or of the names and bytes of all files below a directory. One rank. */
PetscBool ScreenStoreHash(const char *path, char hex[65], FileError *error);

#endif
