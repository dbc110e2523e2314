/* Inside the reliability of a plan: one period's components as a model of adequacy. */
#ifndef ARCHIPELAGO_JOBS_PLAN_ADEQUACY_IMPL_H
#define ARCHIPELAGO_JOBS_PLAN_ADEQUACY_IMPL_H

#include "jobs/plan_adequacy.h"
#include "solver/adequacy.h"

typedef struct {
  Components   c;
  PetscInt     period; /* index */
  PetscInt     hours, regions;
  PetscInt    *snapshot;          /* [hours] that an hour of the year runs as */
  const char **region;            /* [regions] names, by first appearance over the buses */
  PetscInt    *region_of;         /* [buses] -1: not electric */
  PetscInt    *fuel_of;           /* [buses] storage (of `storage`) that a bus is, -1: none */
  PetscReal   *demand, *variable; /* [hours * regions] MW */

  PetscInt         n_units, n_storages, n_ties, n_owned;
  PetscInt         room_units, room_storages, room_ties, room_owned;
  AdequacyUnit    *unit;
  AdequacyStorage *storage;
  AdequacyTie     *tie;
  void           **owned; /* names and series of the above */
} ReliabilityCase;

PetscErrorCode ReliabilityCaseCreate(Components components, const char *region, PetscInt period, PetscInt hours,
                                     ReliabilityCase *kase);
PetscErrorCode ReliabilityCaseDestroy(ReliabilityCase *kase);
AdequacyModel  ReliabilityCaseModel(const ReliabilityCase *kase);

/* Which snapshot each hour of a year runs as (docs/reliability.md). */
PetscErrorCode ReliabilityHours(Components components, PetscInt period, PetscInt hours, PetscInt *snapshot);

/* Storage: storage units, and buses with stores that links charge from and discharge to electricity. Ties. */
PetscErrorCode ReliabilityAddStorage(ReliabilityCase *kase);
PetscErrorCode ReliabilityAddTies(ReliabilityCase *kase);

/* MW (MVA, MWh) in the period, 0 where it is not there. */
PetscReal ReliabilityCapacity(const ReliabilityCase *kase, ComponentKind kind, PetscInt row);
PetscReal ReliabilityReal(const ReliabilityCase *kase, ComponentKind kind, const char *attribute, PetscInt row,
                          PetscReal otherwise);
PetscInt  ReliabilityBus(const ReliabilityCase *kase, ComponentKind kind, const char *attribute,
                         PetscInt row); /* -1: none */
/* Least, or mean, value of a column over the hours. */
PetscReal ReliabilityMean(const ReliabilityCase *kase, const Column *column, PetscInt row, PetscBool least);
/* The attributes of a link's port: "bus2", "efficiency2" ("efficiency" at port 1), "p2". */
const char *ReliabilityPort(const char *attribute, PetscInt port, char text[32]);

/* Room for one more, zeroed; a text or an array that lives as long as the case. */
PetscErrorCode ReliabilityNewStorage(ReliabilityCase *kase, const char *name, AdequacyStorage **storage);
PetscErrorCode ReliabilityNewTie(ReliabilityCase *kase, const char *name, AdequacyTie **tie);
PetscErrorCode ReliabilityOwn(ReliabilityCase *kase, void *what);
void           ReliabilityFailures(const ReliabilityCase *kase, ComponentKind kind, PetscInt row, PetscReal *mttf,
                                   PetscReal *mttr);

enum { RELIABILITY_PORTS = 10 };

#endif
