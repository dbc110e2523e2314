/* Comparison of plans and runs: the same variables with the same units side by side, and the difference to one of them. On
   one rank. */
#ifndef ARCHIPELAGO_JOBS_COMPARE_H
#define ARCHIPELAGO_JOBS_COMPARE_H

#include <jansson.h>
#include <stdio.h>

#include "jobs/statistics.h"

typedef enum { COMPARED_PLAN, COMPARED_RUN, COMPARED_FOLDER } ComparedKind;

typedef struct {
  ComparedKind kind;
  char        *path;                      /* of the directory, without a final slash */
  char        *name;                      /* policy, or directory where that is not unique */
  char        *study, *policy, *currency; /* "" where it is not told */
  PetscInt     year;                      /* of the first snapshot, 0: not known */
  PetscBool    peer_to_peer;              /* trade between neighbours is settled */
  Statistics   statistics;
} ComparedRun;

typedef struct {
  const StatisticsRow *key;
  PetscReal           *value; /* [n_runs], NAN: there is none */
} ComparedRow;

typedef struct _p_Comparison {
  PetscInt     n_runs, base;
  ComparedRun *run;
  PetscInt     n_rows;
  ComparedRow *row; /* in the order of statistics */
  PetscReal   *values;
  PetscInt     n_notes;
  char       **note;
} * Comparison;

/* What is told: all rows when nothing is set. */
typedef struct {
  PetscInt           n_variables;
  const char *const *variable;
  PetscBool          by_carrier, by_region, by_period; /* the rows that tell these apart, and the rest as totals */
} ComparisonFilter;

/* Reads the directories; `base` is the path of one of them or of another one, NULL: the first. *comparison is NULL and the
   error filled when one cannot be used: no run directory, not complete, in another currency. */
PetscErrorCode ComparisonCreate(PetscInt n, const char *const *path, const char *base, Comparison *comparison,
                                FileError *error);
PetscErrorCode ComparisonDestroy(Comparison *comparison);

/* Drops the rows that the filter leaves out. Variables that no run has are in `error`, *known is then false. */
PetscErrorCode ComparisonFilterRows(Comparison comparison, const ComparisonFilter *filter, PetscBool *known,
                                    FileError *error);

/* Difference of a row's value to the base; in percent of its size. NAN where either is missing (or the base is 0). */
PetscReal ComparedDifference(Comparison comparison, const ComparedRow *row, PetscInt run);
PetscReal ComparedPercent(Comparison comparison, const ComparedRow *row, PetscInt run);

/* The head, capacities and generation, in so many columns of characters. */
PetscErrorCode ComparisonShow(Comparison comparison, PetscBool everything, int width, FILE *stream);
PetscErrorCode ComparisonCsv(Comparison comparison, Text *csv);
PetscErrorCode ComparisonIamc(Comparison comparison, Text *csv);
PetscErrorCode ComparisonJson(Comparison comparison, json_t *document);

/* Reads one directory into a run whose fields are empty (compare_load.c). */
PetscErrorCode ComparedRunLoad(const char *path, ComparedRun *run, PetscBool *loaded, FileError *error);
/* Statistics of a run's summary; of the AC check of a plan (`check`) what a plan does not tell by itself (compare_run.c). */
PetscErrorCode ComparedRunSummary(json_t *summary, PetscBool check, PetscInt period, Statistics statistics);

/* Prices out of the result store of a dispatch run, in place of those of its summary; nothing where there is none. */
PetscErrorCode ComparedRunPrices(const char *directory, const char *currency, Statistics statistics);

#endif
