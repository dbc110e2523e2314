/* Inside the statistics: the components seen as assets with ports, and how a number spreads over the rows. */
#ifndef ARCHIPELAGO_JOBS_STATISTICS_IMPL_H
#define ARCHIPELAGO_JOBS_STATISTICS_IMPL_H

#include "jobs/statistics.h"

enum { ASSET_PORTS = 10 };

/* A component that has a capacity, or a load. */
typedef struct {
  ComponentKind kind;
  PetscInt      row;
  char         *technology; /* its carrier, or what it is */
  const char   *region;     /* of its first bus */
  PetscInt      ports;
  PetscInt      bus[ASSET_PORTS]; /* -1: nothing is connected there */
} Asset;

typedef struct {
  Components  c;
  PetscInt    T, P;
  const char *region_column;
  PetscReal   discount_rate;
  Statistics  rows, work; /* what is told; intermediate sums */
  PetscInt    n_assets;
  Asset      *asset;
  PetscReal  *sum;          /* [P] scratch */
  PetscReal  *carbon_price; /* [P] price and caps together, currency per tonne in a year of the period */
  PetscReal  *hours_generators, *hours_objective; /* [P] weights of its snapshots */
  PetscInt   *owner;                              /* [n_assets] of `participant`; NULL: no table */
  PetscInt    n_participants;
  char      **participant;
} StatisticsView;

/* "p_nom", "s_nom" or "e_nom"; NULL for loads. */
const char *StatisticsNominal(ComponentKind kind);
/* Number of an attribute in a row; `otherwise` where the column is not there or says nothing. */
PetscReal StatisticsReal(const StatisticsView *v, const Asset *a, const char *attribute, PetscReal otherwise);
PetscReal StatisticsYears(const StatisticsView *v, PetscInt p);      /* that a period stands for */
PetscReal StatisticsCostWeight(const StatisticsView *v, PetscInt p); /* of its costs in the objective */
PetscInt  StatisticsLabel(const StatisticsView *v, PetscInt p);      /* year, 0: planned once */
/* MW (MWh of stores) in a period; 0 when it is not there. `optimal`: with what was built. */
PetscReal StatisticsCapacity(const StatisticsView *v, const Asset *a, PetscInt p, PetscBool optimal);
/* Annuity of an overnight cost; NAN where the rate is not known. */
PetscReal StatisticsAnnuity(PetscReal rate, PetscReal lifetime);
/* What a MW (MWh of stores) costs a year: annuity of investment alone. */
PetscReal StatisticsCapitalCost(const StatisticsView *v, const Asset *a, PetscInt p);
PetscBool StatisticsIsBranch(const Asset *a); /* line or transformer */
/* A branch or link all of whose buses carry the same. */
PetscBool   StatisticsIsTransmission(const StatisticsView *v, const Asset *a);
const char *StatisticsBusCarrier(const StatisticsView *v, PetscInt bus);
const char *StatisticsBusRegion(const StatisticsView *v, PetscInt bus);
/* Power that an asset feeds into the bus of a port, MW, at a snapshot: sign included. */
const Column *StatisticsPortColumn(const StatisticsView *v, const Asset *a, PetscInt port);
PetscReal     StatisticsPortSign(const StatisticsView *v, const Asset *a, PetscInt port);

/* Adds a number of a period to its row and to those over all carriers, regions and periods that the variable has. */
PetscErrorCode StatisticsSpread(const StatisticsView *v, const char *variable, const char *carrier, const char *region,
                                PetscInt p, PetscReal value);
/* The same into the intermediate sums: not over all carriers, and with `periods` as told. */
PetscErrorCode StatisticsNote(const StatisticsView *v, const char *name, const char *carrier, const char *region,
                              PetscInt p, StatisticsPeriods periods, PetscReal value);
/* Sets one row. */
PetscErrorCode StatisticsPut(const StatisticsView *v, const char *variable, const char *carrier, const char *region,
                             PetscInt label, PetscReal value);
/* Unit of a variable with the currency put in. */
void StatisticsUnit(const StatisticsVariable *variable, const char *currency, char *unit, size_t size);

PetscErrorCode StatisticsViewCreate(Components components, const StatisticsOptions *options, StatisticsView *view);
PetscErrorCode StatisticsViewOwners(MPI_Comm comm, StatisticsView *view, const char *participants, Faults faults);
PetscErrorCode StatisticsViewDestroy(StatisticsView *view);

PetscErrorCode StatisticsPutCapacities(StatisticsView *v);
PetscErrorCode StatisticsPutEnergy(StatisticsView *v);
PetscErrorCode StatisticsPutTransmission(StatisticsView *v);
PetscErrorCode StatisticsPutDemand(StatisticsView *v);
PetscErrorCode StatisticsPutEmissions(StatisticsView *v); /* and what is paid for them */
PetscErrorCode StatisticsPutCosts(StatisticsView *v);
PetscErrorCode StatisticsPutRevenue(StatisticsView *v);
PetscErrorCode StatisticsPutInvestors(StatisticsView *v); /* after costs, emissions and revenue */
PetscErrorCode StatisticsPutPrices(StatisticsView *v);
PetscErrorCode StatisticsPutReserves(StatisticsView *v);

PetscBool StatisticsIsExtendable(const StatisticsView *v, const Asset *a);

/* Intermediate sums that investors are judged by, by asset (its index as carrier). */
#define NOTE_MARGIN "margin"         /* a year: revenue less what running and keeping it costs, transfers included */
#define NOTE_INVESTMENT "investment" /* annuity a year */
PetscErrorCode StatisticsNoteOf(const StatisticsView *v, PetscInt asset, const char *note, PetscInt p,
                                PetscReal a_year);

#endif
