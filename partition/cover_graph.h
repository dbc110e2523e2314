/* Weighted vertex covers of small sparse graphs. For this room only. */
#ifndef ARCHIPELAGO_PARTITION_COVER_GRAPH_H
#define ARCHIPELAGO_PARTITION_COVER_GRAPH_H

#include <petscsys.h>

typedef struct {
  PetscInt  n;
  PetscInt *weight;    /* [n] positive */
  PetscInt *start;     /* [n + 1] */
  PetscInt *neighbour; /* [start[n]] ascending in each row, no parallels */
} CoverGraph;

/* Vertices that the search of one connected component may visit before it keeps the best cover found. */
enum { COVER_EFFORT = 20000000 };

/* From n_edges pairs of ends [2 n_edges]; parallels are merged, no loops. Weights are left to the caller. */
PetscErrorCode CoverGraphCreate(PetscInt n, PetscInt n_edges, const PetscInt *ends, CoverGraph *g);
PetscErrorCode CoverGraphDestroy(CoverGraph *g);

/* Marks a light vertex cover in `in` [n]: a lightest one of each component that can be two-coloured, and of each other
   one that the search finishes within `effort`; never one with a vertex to spare. Deterministic. */
PetscErrorCode CoverGraphSolve(const CoverGraph *g, PetscInt effort, PetscBool *in);

#endif
