/* Where this rank is in its work: the stage, the window, the region. Whoever begins a piece of work says so, whoever tells of a
   failure reads it; a signal handler may, and so may another process where the memory is shared. Nothing is allocated, and
   nothing is collective. One record a process. */
#ifndef ARCHIPELAGO_INPUTS_WHEREABOUTS_H
#define ARCHIPELAGO_INPUTS_WHEREABOUTS_H

#include <stddef.h>

enum { WHEREABOUTS_STAGE = 96, WHEREABOUTS_REGION = 64, WHEREABOUTS_HOST = 64, WHEREABOUTS_TEXT = 512 };

typedef struct {
  int  rank, ranks;
  long window; /* from 0; -1: none */
  char host[WHEREABOUTS_HOST];
  char stage[WHEREABOUTS_STAGE];   /* "dispatch"; empty: none */
  char region[WHEREABOUTS_REGION]; /* its name; empty: none */
} Whereabouts;

/* The regional solve that failed last on this rank, in this window. */
typedef struct {
  int    failed;
  char   region[WHEREABOUTS_REGION];
  long   iterations;
  double residual;
} FailedSolve;

/* The record is kept in `memory` from now on, which outlives all other calls. */
void WhereaboutsPlace(Whereabouts *memory);
void WhereaboutsRank(int rank, int ranks); /* and this machine's name */
void WhereaboutsStage(const char *stage);  /* NULL: none */
/* A new window has no region, and no solve of it has failed. */
void WhereaboutsWindow(long window);
void WhereaboutsRegion(const char *name); /* NULL: none */
void WhereaboutsSolveFailed(const char *region, long iterations, double residual);

const Whereabouts *WhereaboutsNow(void);
const FailedSolve *WhereaboutsFailedSolve(void);

/* "rank 1 of 4 on node7, window 3, dispatch, region north"; without what there is not. Safe in a signal handler. */
void WhereaboutsText(const Whereabouts *here, char *text, size_t size);

/* Puts a text, a number at *at of text[size], cut where it does not fit; always ends with a zero byte. Safe in a signal handler. */
void PlainText(char *text, size_t size, size_t *at, const char *word);
void PlainNumber(char *text, size_t size, size_t *at, long number);

#endif
