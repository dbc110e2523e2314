/* Regions: who owns what. Each bus lies in one region; a branch or link whose ends lie in two is a tie. A region is
   assigned to one rank; a rank may hold several regions, or none. The partition is the same on every rank. */
#ifndef ARCHIPELAGO_PARTITION_PARTITION_H
#define ARCHIPELAGO_PARTITION_PARTITION_H

#include "inputs/network.h"

typedef struct {
  PetscBool is_link;  /* a link (HVDC) instead of a branch */
  PetscInt  index;    /* row of the branch or link table */
  PetscInt  from, to; /* buses */
  PetscInt  from_region, to_region;
} Tie;

typedef struct _s_Partition {
  PetscInt   n_regions;
  char     **name; /* [n_regions] label of the column, or "1", "2", ... */
  PetscInt   n_buses;
  PetscInt  *bus_region; /* [n_buses] */
  PetscInt  *size;       /* [n_regions] buses */
  PetscInt   n_ties;
  Tie       *tie;      /* in service, branches then links, in table order */
  PetscInt   n_border; /* buses that touch a tie */
  PetscInt  *border;   /* [n_border] those buses, ascending */
  PetscReal *work;     /* [n_regions] estimate of what solving a region takes, in no unit; NULL: its buses */
  PetscInt   n_ranks;
  PetscInt  *rank; /* [n_regions] rank that holds the region */
} * Partition;

/* Collective over comm. `spec`: NULL, "" or "1" one region; a number N: N regions by PTScotch, refined for a small border
   and equal work (made on rank 0 with a fixed seed and broadcast; connected where the grid is; fewer with a warning
   where the network cannot be cut so often); the name of a bus column; a path to a CSV file `bus,region` (every bus
   exactly once). An energy bus without a label lies where the plant at it does. Regions are numbered in order of first
   appearance over the buses. Ranks are assigned for the size of comm. Errors of the user (no such column, unknown bus,
   more regions than buses) are faults, the same on every rank; *partition is then NULL. Regions of a column or a file
   stay as they are, with warnings where one is in pieces, nearly empty among large ones, or without generation. */
PetscErrorCode PartitionCreate(MPI_Comm comm, Network net, const char *spec, Faults faults, Partition *partition);
/* Takes NULL and sets the handle to NULL. */
PetscErrorCode PartitionDestroy(Partition *partition);

/* Assigns regions to ranks, balanced by estimated work (largest first onto the least loaded rank; ties by lowest
   number). Results do not depend on it. */
PetscErrorCode PartitionAssignRanks(Partition partition, PetscInt n_ranks);
/* The same by what a solve has measured: cost [n_regions], not negative, in any unit. For a repeatable assignment it
   counts (entries of factors, iterations), not seconds; every rank passes the same. It replaces partition->work. */
PetscErrorCode PartitionAssignRanksByCost(Partition partition, PetscInt n_ranks, const PetscReal *cost);

/* Largest work on a rank over the mean over the ranks: 1 is perfect. */
PetscReal PartitionBalance(Partition partition);

/* Prints regions (buses, border buses, ties, rank), balance and ties as a text table. Call on one rank only. */
PetscErrorCode PartitionView(Partition partition, Network net, FILE *stream);

/* A branch or link that carries power: in service, and neither end at an isolated bus. */
PetscBool NetworkBranchActive(Network net, PetscInt branch);
PetscBool NetworkLinkActive(Network net, PetscInt link);

/* The part of the network that a region's own problem sees: its own buses with all that stands on them (rows out of
   service too), every tie with the foreign border bus as a bus without load, generation or shunt, marked external.
   Buses: own in the order of the whole network, then external ones likewise; other tables keep the whole network's
   order. Branches and links between two regions are there only when they are ties, that is active. An external bus is
   PQ; the region that owns a reference bus keeps it, the others have none. Every row of generator, load, shunt and
   storage stands in exactly one region, every tie in exactly two; a reserve with its whole requirement in every region
   that has one of its buses. Series are copied, only the rows used. */
typedef struct {
  Network   net;
  PetscInt  region;
  PetscInt  n_own; /* buses 0 .. n_own - 1 of net are the region's own, the rest external */
  PetscInt *bus, *branch, *generator, *load, *shunt, *link, *storage,
      *reserve;        /* [rows of net's table] -> row of the whole network's table */
  PetscBool *external; /* [buses of net] foreign border bus */
} RegionNetwork;

/* Not collective. */
PetscErrorCode RegionNetworkCreate(Network net, Partition partition, PetscInt region, RegionNetwork **part);
PetscErrorCode RegionNetworkDestroy(RegionNetwork **part);

/* Not collective. The part of the network that is a region's block of the whole problem: every element stands in
   exactly one region, so that the balance of a bus is the sum of what the regions contribute to it. `covered` [buses]
   marks a vertex cover of the ties (partition/cover.h), else an error. A tie belongs to the region of its end that is
   not covered, and where both are, to that of its from bus; its other end, covered and foreign, is there as an
   external bus without load, generation or shunt. Unlike RegionNetworkCreate, an external bus keeps its type: the
   reference stays one wherever it is seen. Ties out of service stand in no region. */
PetscErrorCode BlockNetworkCreate(Network net, Partition partition, const PetscBool *covered, PetscInt region,
                                  RegionNetwork **part);

#endif
