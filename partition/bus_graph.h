/* The graph that is cut into regions: buses that must stay together are one vertex. For this room only. */
#ifndef ARCHIPELAGO_PARTITION_BUS_GRAPH_H
#define ARCHIPELAGO_PARTITION_BUS_GRAPH_H

#include "inputs/network.h"

typedef struct {
  PetscInt  n;         /* vertices */
  PetscInt *vertex;    /* [buses] */
  PetscInt *start;     /* [n + 1] */
  PetscInt *neighbour; /* [start[n]] ascending in each row */
  PetscInt *weight;    /* [start[n]] reluctance to cut here */
  PetscInt *lines;     /* [start[n]] what makes a region hang together: active branches, and links at energy buses */
  PetscInt *work;      /* [n] estimate of what the vertex costs its region */
  PetscInt *cost;      /* [n] unknowns that it adds to the border when covered */
  PetscInt *units;     /* [n] generators in service */
} BusGraph;

/* Work that a bus makes for the region that solves it: its own unknowns, its branches' and its units' terms. */
PetscErrorCode NetworkBusWork(Network net, PetscInt *work);

/* Over active branches and links; parallels are merged. The ends of a link with several outputs are one vertex (no tie
   has more than two ends), and an energy bus is one with the electric bus to which its largest converter leads. */
PetscErrorCode BusGraphCreate(Network net, BusGraph *g);
PetscErrorCode BusGraphDestroy(BusGraph *g);

#endif
