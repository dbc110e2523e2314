/* Statistics of a plan or a run: one number for each (variable, carrier, region, period), with names as PyPSA's statistics
   have them where there is one. A variable has one unit and one definition; docs/comparison.md lists them all.

   Rows with carrier "" are over all carriers, with region "" over all regions, and with period 0 over all investment periods
   (present value where it is money, the years of the periods added up where it is energy or emissions) or of a network that
   is planned once. The order of rows is that of the variables in StatisticsVariables, then of carriers, regions (as bytes) and
   periods. */
#ifndef ARCHIPELAGO_JOBS_STATISTICS_H
#define ARCHIPELAGO_JOBS_STATISTICS_H

#include "inputs/components.h"
#include "jobs/file.h"

typedef struct _p_Statistics *Statistics;

/* How the row over all periods comes from those of the periods. */
typedef enum {
  PERIODS_APART, /* there is none */
  PERIODS_ADDED, /* sum: values of periods are present values already */
  PERIODS_YEARS, /* each times the years that it stands for */
  PERIODS_VALUE  /* present value: each times the weight of its costs */
} StatisticsPeriods;

typedef struct {
  const char       *name, *unit;   /* "%s" in the unit is the currency */
  PetscBool         over_carriers; /* has rows over all carriers */
  StatisticsPeriods periods;
} StatisticsVariable;

/* All that this program computes by itself, in the order of rows; ends with a name of NULL. */
extern const StatisticsVariable StatisticsVariables[];
/* NULL: another room's variable. */
const StatisticsVariable *StatisticsVariableFind(const char *name);

typedef struct {
  char     *variable, *carrier, *region, *unit; /* never NULL */
  PetscInt  period;                             /* year; 0: all */
  PetscReal value;
} StatisticsRow;

typedef struct {
  const char *region;        /* column of the buses; NULL: ComponentsRegion's choice */
  PetscReal   discount_rate; /* for components that have none, to turn annuities into investments; NAN: not known */
  const char *participants;  /* table of who owns what (participant, component, asset), or NULL */
} StatisticsOptions;

void StatisticsDefaultOptions(StatisticsOptions *options);

/* Collective (a participants table is read by the first rank of comm); the same on every rank. The components are solved:
   their output columns are filled. Faults of the participants table go to the list. */
PetscErrorCode StatisticsCreate(MPI_Comm comm, Components components, const StatisticsOptions *options, Faults faults,
                                Statistics *statistics);
PetscErrorCode StatisticsCreateEmpty(Statistics *statistics);
PetscErrorCode StatisticsDestroy(Statistics *statistics);

/* Sets the value of a row, adding it when it is not there. NULL texts are "". A value that is not a number is left out. The
   unit of a variable is that of its first row. */
PetscErrorCode StatisticsAdd(Statistics statistics, const char *variable, const char *carrier, const char *region,
                             PetscInt period, const char *unit, PetscReal value);
/* The same, adding to what the row holds. */
PetscErrorCode StatisticsIncrease(Statistics statistics, const char *variable, const char *carrier, const char *region,
                                  PetscInt period, const char *unit, PetscReal value);

PetscInt StatisticsCount(Statistics statistics);
/* The k-th row; in the order of rows after StatisticsSort (which Create, Read and the writers call). */
const StatisticsRow *StatisticsGet(Statistics statistics, PetscInt k);
PetscErrorCode       StatisticsSort(Statistics statistics);
/* NAN: there is no such row. */
PetscReal StatisticsValue(Statistics statistics, const char *variable, const char *carrier, const char *region,
                          PetscInt period);
/* Before or after another row: of (variable, carrier, region, period), as qsort takes it. */
int StatisticsCompareRows(const StatisticsRow *a, const StatisticsRow *b);

/* Tidy CSV: variable,carrier,region,period,unit,value. */
PetscErrorCode StatisticsCsv(Statistics statistics, Text *csv);
PetscErrorCode StatisticsWriteCsv(Statistics statistics, const char *path, PetscBool *written, FileError *error);
/* Reads such a file, on this rank alone; *statistics is NULL when it is none, with one line in the error. */
PetscErrorCode StatisticsRead(const char *path, Statistics *statistics, FileError *error);

/* The layout of the Integrated Assessment Modeling Consortium: model, scenario, region, variable, unit, and a column for each
   year. `year` heads the column of a network that is planned once. More than one set of statistics makes one table; names
   by the mapping in docs/comparison.md, rows without a counterpart are left out. */
PetscErrorCode StatisticsIamc(PetscInt n, const Statistics *statistics, const char *const *scenario, PetscInt year,
                              Text *csv);
PetscErrorCode StatisticsWriteIamc(Statistics statistics, const char *scenario, PetscInt year, const char *path,
                                   PetscBool *written, FileError *error);
/* Year of the first snapshot, where its name begins with one; otherwise 0. */
PetscInt StatisticsYear(Components components);

#endif
