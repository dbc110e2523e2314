/* Adequacy of supply: sequential Monte Carlo over years of hours, and the outage table that it must agree with where there is
   neither storage nor a tie.

   Regions with hourly demand are supplied by what weather gives, by two-state units and by storage; ties carry power between
   them as far as their capacities go (a transport model: Kirchhoff's voltage law is not held). A unit stays up and down for
   exponentially distributed times, begins in the stationary state, and counts for an hour as it stands when the hour begins, so
   that in every hour it is up with the probability mttf / (mttf + mttr) exactly (Billinton and Allan 1996, chapters 2 and 12).

   Each hour, in this order:
   1. A region serves its own demand. What it has beyond is surplus, what it lacks is shortage.
   2. Surplus goes to shortages, over ties where they are elsewhere: as much as a maximum flow can.
   3. Storage gives what is still lacking: the least discharge that leaves the least shortage in total. Storage of a region
      serves that region only, or all where it is shared. Within a region the more efficient gives first (round trip, to a
      tenth), since what it gives costs least to store again; of equally efficient ones that which could last longest, until
      all could last equally long (Evans, Tindemans, Angeli 2020, IEEE Trans. Power Systems 35(3): no other order without
      foresight serves more from what is stored).
   4. What is lacking now is shed. No region sheds to help another; surplus and shared discharge are spread over the short
      regions so that the shares of demand shed, sorted from the largest, are the smallest in lexicographic order: equal shares
      wherever ties allow it.
   5. What surplus is left charges storage, of its own region first and, where storage is shared, of others; within a region
      the more efficient first, of equally efficient ones that which would last shortest.

   An hour with more than 1 W shed is an hour of lost load. Random numbers are a function of (seed, name of the unit, year,
   count), so that results do not depend on ranks or on other units, and plans that share a unit share its outages. */
#ifndef ARCHIPELAGO_SOLVER_ADEQUACY_H
#define ARCHIPELAGO_SOLVER_ADEQUACY_H

#include "solver/watch.h"

/* A generating unit. It never fails where mttf is infinite or mttr is 0. */
typedef struct {
  const char      *name; /* keys its random numbers */
  PetscInt         region;
  PetscReal        capacity;   /* MW */
  PetscReal        mttf, mttr; /* mean time to failure and to repair, h */
  const PetscReal *profile;    /* [hours] per unit of capacity when up; NULL: 1 */
} AdequacyUnit;

/* Storage; powers at the electric terminals. */
typedef struct {
  const char      *name;
  PetscInt         region;
  PetscReal        charge, discharge; /* MW */
  PetscReal        energy, initial;   /* MWh stored: the most, and at the beginning of each year */
  PetscReal        efficiency_charge, efficiency_discharge;
  PetscReal        standing_loss; /* share of the stored energy lost in an hour */
  const PetscReal *inflow;        /* [hours] MWh; NULL: none; what does not fit is spilt */
  PetscReal        mttf, mttr;
} AdequacyStorage;

/* A connection between two regions: up to `forward` MW from -> to and up to `backward` MW to -> from, without losses. */
typedef struct {
  const char *name;
  PetscInt    from, to;
  PetscReal   forward, backward;
  PetscReal   mttf, mttr;
} AdequacyTie;

typedef struct {
  PetscInt               regions, hours;
  const PetscReal       *demand;   /* [hours * regions] MW, hour after hour */
  const PetscReal       *variable; /* [hours * regions] MW that weather gives; NULL: none */
  PetscInt               n_units, n_storages, n_ties;
  const AdequacyUnit    *unit;
  const AdequacyStorage *storage;
  const AdequacyTie     *tie;
  PetscBool              share_storage;
} AdequacyModel;

/* Mean over the simulated years and its standard error (NAN with a single year). */
typedef struct {
  PetscReal value, error;
} AdequacyEstimate;

typedef struct {
  PetscReal        demand;                       /* MWh in a year of the model's hours */
  AdequacyEstimate eens;                         /* expected energy not served, MWh a year */
  AdequacyEstimate lolh;                         /* hours of lost load in a year */
  AdequacyEstimate lolp;                         /* lolh / hours */
  AdequacyEstimate share;                        /* eens / demand, parts per million; 0 without demand */
  AdequacyEstimate events;                       /* spells of lost load in a year */
  AdequacyEstimate duration;                     /* hours of lost load / spells; 0 without a spell */
  PetscBool        analytic;                     /* neither storage nor ties nor units with a profile: */
  PetscReal        analytic_eens, analytic_lolh; /* from the outage table */
} AdequacyIndices;

typedef struct _s_AdequacyResult {
  PetscInt         years, regions;
  AdequacyIndices *index; /* [regions + 1]: the last is the whole, where an hour is lost when it is in any region */
} * AdequacyResult;

/* Collective over comm; years are spread over its ranks, and the result is the same bytes on any number of them, on every rank.
   Errors: PETSC_ERR_ARG_OUTOFRANGE for a model that is none (negative or NaN numbers, regions that are not there). */
PetscErrorCode AdequacySimulate(MPI_Comm comm, const AdequacyModel *model, PetscInt years, long long seed,
                                AdequacyResult *result);
/* The same watched: years that are done are kept, and gone on from; *result is NULL where it was stopped. */
PetscErrorCode AdequacySimulateWatched(MPI_Comm comm, const AdequacyModel *model, PetscInt years, long long seed,
                                       Watch watch, AdequacyResult *result);
PetscErrorCode AdequacyResultDestroy(AdequacyResult *result);

/* The probabilities of all amounts of capacity on outage of independent two-state units, by recursive convolution (Billinton and
   Allan 1996, section 2.2.4). */
typedef struct _p_OutageTable *OutageTable;

/* Not collective. n units of capacity[n] MW, out with probability unavailability[n]. Amounts are multiples of `step` MW; a
   capacity that is none is split over its two neighbours with the same mean, and the table is exact when all are. step = 0: the
   largest of 1, 0.1, 0.01, 0.001 MW that is exact in at most 2^17 amounts, otherwise 2^-15 of the total. */
PetscErrorCode OutageTableCreate(PetscInt n, const PetscReal *capacity, const PetscReal *unavailability, PetscReal step,
                                 OutageTable *table);
PetscErrorCode OutageTableDestroy(OutageTable *table);
PetscReal      OutageTableStep(OutageTable table);

/* What the units cannot serve of a load in MW: probability that they lack anything, and the expected lack in MW. */
void OutageTableLack(OutageTable table, PetscReal load, PetscReal *probability, PetscReal *expectation);

#endif
