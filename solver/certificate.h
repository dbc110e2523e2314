/* Certificates of infeasibility: simple sums that no dispatch can satisfy. Each is rigorous for the models of the optimal power
   flow: where one stands, there is no feasible point, and no solve is needed to know it. */
#ifndef ARCHIPELAGO_SOLVER_CERTIFICATE_H
#define ARCHIPELAGO_SOLVER_CERTIFICATE_H

#include "partition/partition.h"
#include "solver/evaluate.h"

typedef enum {
  CERTIFICATE_SHORTAGE,     /* MW: least demand of a set of buses over all that can reach it */
  CERTIFICATE_SURPLUS,      /* MW: power forced into a set over all that can leave it or be drawn there */
  CERTIFICATE_REACTIVE,     /* Mvar: as shortage */
  CERTIFICATE_ENERGY,       /* MWh: shortages up to an hour over what storage can have by then */
  CERTIFICATE_FINAL_ENERGY, /* MWh: lower limit of a storage unit's energy over what it can reach */
  CERTIFICATE_RAMP,         /* MW: a generator's range in an hour is out of reach of that in the hour before */
  CERTIFICATE_KINDS
} CertificateKind;

/* What a set of buses needs and what it has, in MW (Mvar, MWh); needed > local + storage + imports. Shortage: least demand;
   generation, storage and imports at most. Surplus: power forced in; demand, storage and exports (and losses) at most. Single
   units (final energy, ramp): needed and local are the limit and the nearest value within reach. */
typedef struct {
  CertificateKind kind;
  PetscInt        hour, region, bus; /* region and first bus of the set; region -1 where several are touched */
  PetscInt        n_buses;           /* of the set; 0 for a single unit */
  PetscReal       amount, needed, local, storage, imports;
  PetscInt        ties;     /* branches and links that lead into the set */
  char            name[96]; /* "region 2", "the network", "bus 14", "buses 3, 5 and 2 more", "storage pond" */
} Certificate;

typedef struct {
  Physics          physics;
  PetscInt         hours, first_snapshot;
  const PetscReal *initial_energy; /* [n_storage] MWh, NULL: the network's */
  PetscBool        rating_soft, angle_soft, ramp_soft, final_energy_soft, reactive_soft,
      voltage_soft; /* limits that may be exceeded */
} CertificateOptions;

/* Not collective. Every certificate found, by hour; of nested sets the named ones (islands, regions) before pockets behind
   ratings, which are looked for by a maximum flow where no named set lacks. `partition` may be NULL. The caller frees *list
   with PetscFree. */
PetscErrorCode CertificatesFind(Network net, Partition partition, const CertificateOptions *options, PetscInt *n,
                                Certificate **list);

#endif
