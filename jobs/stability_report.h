/* What a simulation found, for machines and for people. */
#ifndef ARCHIPELAGO_JOBS_STABILITY_REPORT_H
#define ARCHIPELAGO_JOBS_STABILITY_REPORT_H

#include "dynamics/stability.h"
#include "jobs/dynamic_case.h"

typedef struct {
  const DynamicCase    *grid;
  const char           *point; /* "powerflow" or "opf" */
  PetscInt              n_events;
  const StabilityEvent *event;
  StabilityResult       result;
  PetscBool             has_cct;
  CctResult             cct;
} StabilityReport;

/* Rank 0 only. */
PetscErrorCode StabilityReportFill(const StabilityReport *report, json_t *document);
PetscErrorCode StabilityReportPrint(const StabilityReport *report, FILE *out);

#endif
