/* Inside the summary: the data set it is made from, and the parts that only some networks have. */
#ifndef ARCHIPELAGO_JOBS_SUMMARY_IMPL_H
#define ARCHIPELAGO_JOBS_SUMMARY_IMPL_H

#include "jobs/run.h"

/* What AC and DC buses carry. */
#define ELECTRICITY "electricity"

typedef struct {
  Run          run;
  Dataset      ds;
  size_t       T, n_bus, n_generator, n_load, n_branch, n_storage, n_link;
  double       hours; /* of an interval */
  size_t       n_carriers;
  const char **carrier; /* electricity where there is any, then the others in order of the buses */
} SummaryView;

size_t SummaryLength(const SummaryView *v, const char *dimension);
/* Values of a variable, or NULL when it was left out because it has none. */
const double  *SummaryReal(const SummaryView *v, const char *name);
const int64_t *SummaryInteger(const SummaryView *v, const char *name);
char *const   *SummaryText(const SummaryView *v, const char *name);
/* Sum over the rows of column k of a [T][n] variable; 0 for NULL. */
double SummaryColumn(const double *value, size_t T, size_t n, size_t k);

PetscErrorCode SummaryFindCarriers(SummaryView *v);
const char    *SummaryCarrier(const SummaryView *v, PetscInt bus);

/* Supply, demand and conversion of the carriers beside electricity. */
void SummaryPutCarriers(const SummaryView *v, json_t *summary);
/* What the links between carriers take and deliver. */
void SummaryPutConversion(const SummaryView *v, json_t *summary);
/* Demand curtailed and shifted. */
void SummaryPutFlexibility(const SummaryView *v, json_t *summary);
void SummaryPutReserves(const SummaryView *v, json_t *summary);
/* What priced limits were exceeded by, and storage that charges and discharges at once. */
void SummaryPutSoft(const SummaryView *v, json_t *summary);

/* Deliveries, contracts, certificates, allowances, and net payments by class of participants. */
void SummaryPutMarket(const SummaryView *v, json_t *summary);

#endif
