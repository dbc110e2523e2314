/* The report: one HTML page of any number of runs and plans, which needs nothing beside it and no network. For one rank. */
#ifndef ARCHIPELAGO_JOBS_REPORT_H
#define ARCHIPELAGO_JOBS_REPORT_H

#include "jobs/file.h"

typedef struct _p_Report *Report;

/* The title may be NULL: the name of the first run's study. */
PetscErrorCode ReportCreate(PetscInt n_runs, const char *title, Report *report);
PetscErrorCode ReportDestroy(Report *report);

/* Reads the directory of a complete run (`archipelago run`) or plan (`archipelago plan`). *added is false, with a line of
   text, when it is none. The first one is the base that the others are compared with. */
PetscErrorCode ReportAdd(Report report, const char *directory, PetscBool *added, FileError *error);

/* The page, the same bytes for the same runs; free with free(page->bytes). */
PetscErrorCode ReportPage(Report report, Text *page);

#endif
