/* The result store: a window's dispatch, prices, coordination record and stability verdicts as one data set. */
#ifndef ARCHIPELAGO_JOBS_RESULTS_H
#define ARCHIPELAGO_JOBS_RESULTS_H

#include "jobs/dataset.h"
#include "partition/partition.h"
#include "solver/opf.h"
#include "solver/prices.h"

/* Dimensions along which windows follow each other, for DatasetAppend. */
#define RESULTS_GROWING "window time iteration disturbance security_bound statement_row delivery"

typedef struct {
  const char       *title;    /* study or case */
  const char       *policy;   /* NULL for a case */
  const char       *currency; /* "EUR"; NULL when unknown */
  Network           net;
  Partition         partition;
  Dispatch          dispatch;
  const OpfResult  *result;
  const Evaluation *evaluation;
  const PetscReal  *soft_price; /* [SOFT_LIMITS] classes of limits with a price; NULL: none */
  Prices            prices;     /* the dispatch's prices taken apart; NULL: left out */
  PetscInt          window;     /* number of the window, from 0 */
  PetscBool         dated;
  long long         start; /* POSIX seconds of the window's start when dated */
} ResultsInput;

/* Not collective. Builds the data set; the caller adds what else belongs to the window. */
PetscErrorCode ResultsCreate(const ResultsInput *in, Dataset *ds);

/* A real variable to be added: name, space-separated dimensions, units, meaning, values. */
typedef struct {
  const char      *name, *dims, *units, *long_name;
  const PetscReal *value;
} ResultsSeries;

PetscErrorCode ResultsAddSeries(Dataset ds, const ResultsSeries *series, size_t n);
/* Adds magnitude (per unit) and angle (degree) of a dispatch's buses under the names and meanings given, missing where
   there is no voltage. */
PetscErrorCode ResultsAddVoltages(Network net, Dispatch dispatch, const char *const magnitude[2],
                                  const char *const angle[2], Dataset ds);

/* Labels of a table's rows that are unique and never empty: the name where it is, otherwise with "#k" behind it. Free
   with ResultsFreeLabels. */
PetscErrorCode ResultsLabels(PetscInt n, char *const *name, char ***label);
PetscErrorCode ResultsFreeLabels(PetscInt n, char ***label);

#endif
