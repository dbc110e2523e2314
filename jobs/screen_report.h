/* What a screening found, the severest first: for machines and for people. */
#ifndef ARCHIPELAGO_JOBS_SCREEN_REPORT_H
#define ARCHIPELAGO_JOBS_SCREEN_REPORT_H

#include "dynamics/screen.h"
#include "jobs/dynamic_case.h"
#include "jobs/file.h"

typedef struct {
  const DynamicCase      *grid;
  const StabilityOptions *options;
  const char             *point; /* "powerflow" or "opf" */
  Contingencies           list;
  const ScreenResult     *result; /* [list->n] */
  const ScreenSummary    *summary;
  const PetscInt         *order; /* [list->n] from ScreenRank */
} ScreenReport;

/* Rank 0 only; no times and no number of ranks: the same for equal screenings. */
PetscErrorCode ScreenReportFill(const ScreenReport *report, json_t *document);
PetscErrorCode ScreenReportCsv(const ScreenReport *report, Text *text);
PetscErrorCode ScreenReportPrint(const ScreenReport *report, FILE *out);

#endif
