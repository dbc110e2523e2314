/* Contingencies: named lists of events, each to be simulated from the same operating point. */
#ifndef ARCHIPELAGO_DYNAMICS_CONTINGENCY_H
#define ARCHIPELAGO_DYNAMICS_CONTINGENCY_H

#include "dynamics/event.h"
#include "inputs/source.h"

typedef struct {
  char           *name;
  PetscInt        n;
  StabilityEvent *event; /* [n] */
  PetscInt        line;  /* of the list's file; 0: of a set */
} Contingency;

typedef struct _s_Contingencies {
  PetscInt     n, capacity;
  Contingency *item;
  char        *path; /* of the file, or NULL */
} * Contingencies;

/* What a set is made of: bolted three-phase faults at every electric bus that is not isolated, cleared without a trip;
   the same at both ends of every branch in service, cleared by opening it; trips of every branch in service, of every
   unit in service. Where opening a branch cuts units off from all load, they are disconnected with it: on their own they
   would only speed up until their protection did it. */
typedef struct {
  PetscBool bus_faults, line_end_faults, branch_trips, unit_trips; /* default: all */
  PetscReal on_s;                                                  /* when it happens; default 0 */
  PetscReal clearing_s;                                            /* after it; default 0.1 */
} ContingencySet;

void           ContingencyDefaultSet(ContingencySet *set);
PetscErrorCode ContingenciesCreate(Contingencies *list);
PetscErrorCode ContingenciesDestroy(Contingencies *list);

/* Not collective. Adds a contingency at the end; copies name and events[n]. */
PetscErrorCode ContingenciesAdd(Contingencies list, const char *name, PetscInt n, const StabilityEvent *events,
                                PetscInt line);
/* Not collective. Adds a set, in the order of its members above, each in the order of the network's tables. The names are
   "fault 8", "fault 8 trip 8-9:1", "trip 8-9:1", "trip-unit 2:1". Units that neither are simulated nor feed anything in
   are left out. */
PetscErrorCode ContingenciesAddSet(Contingencies list, Equations eq, const ContingencySet *set);

/* Collective over comm. Adds the rows of a CSV with the columns name and either events, which EventParse reads, with
   semicolons between them, or bus, clearing_s, trip ("F-T" or "F-T:CKT"), r_pu, x_pu: a fault at set->on_s, bolted unless
   r_pu or x_pu is given, cleared after clearing_s (empty: set->clearing_s) by opening `trip` (empty: none). A file may
   have both; a row has one. What cannot be used becomes faults with their lines, and nothing is added. */
PetscErrorCode ContingenciesRead(MPI_Comm comm, const char *path, Network net, const ContingencySet *set,
                                 PetscReal until_s, Faults faults, Contingencies list);
/* Not collective. The same from bytes at hand. */
PetscErrorCode ContingenciesParse(const Source *source, Network net, const ContingencySet *set, PetscReal until_s,
                                  Faults faults, Contingencies list);
/* Not collective. EventsCheckDevices of every contingency that was read, with their lines. */
PetscErrorCode ContingenciesCheckDevices(Contingencies list, Equations eq, Faults faults);

#endif
