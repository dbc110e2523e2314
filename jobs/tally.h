/* The tally of a window: what every account received and paid, by interval and by kind. Each rank adds the entries it
   books; integer sums make the whole the same whoever added what. */
#ifndef ARCHIPELAGO_JOBS_TALLY_H
#define ARCHIPELAGO_JOBS_TALLY_H

#include "jobs/dataset.h"
#include "jobs/job.h"
#include "market/settlement.h"
#include "market/statement.h"

typedef struct {
  PetscInt       hours, n_accounts;
  int64_t       *amount;      /* [T][n_accounts] millionths of the currency, positive: received */
  int64_t       *energy;      /* [T][n_accounts] Wh, positive: given; of the kinds that are energy */
  StatementLine *line;        /* [n_accounts][SETTLEMENT_KINDS] */
  int64_t        unaccounted; /* Wh: largest energy that a bus lacks in an interval */
} Tally;

/* Not collective. */
PetscErrorCode TallyCreate(PetscInt hours, PetscInt n_accounts, Tally *tally);
void           TallyAdd(Tally *tally, Settlement settlement);
PetscErrorCode TallyDestroy(Tally *tally);
/* Collective. Sums the ranks' tallies on rank 0. */
PetscErrorCode TallyReduce(Job job, Tally *tally);

/* Rank 0. Adds the variables settlement_* over time and account, unaccounted_* by window, and statement_* over a dimension of its own (one row for
   each account and kind that has lines) to a window's data set, which has the dimension `account`. */
PetscErrorCode TallyAddResults(const Tally *tally, const char *currency, PetscInt window, int64_t unaccounted_limit,
                               Dataset ds);
/* Rank 0. The statement that the rows statement_* of a data set, of one or more windows, add up to. */
PetscErrorCode TallyStatement(Dataset ds, const char *currency, Statement *statement);

#endif
