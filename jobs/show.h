/* A run on one screen. */
#ifndef ARCHIPELAGO_JOBS_SHOW_H
#define ARCHIPELAGO_JOBS_SHOW_H

#include <jansson.h>
#include <stdio.h>

/* Prints a summary (as in summary.json) of the run in a directory. */
void ShowSummary(json_t *summary, const char *directory, FILE *stream);

#endif
