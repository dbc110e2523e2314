/* What the parts of the power flow share: nodes, specified injections and the admittance matrix. For powerflow*.c
   only. */
#ifndef ARCHIPELAGO_SOLVER_POWERFLOW_IMPL_H
#define ARCHIPELAGO_SOLVER_POWERFLOW_IMPL_H

#include "solver/powerflow.h"

#include <complex.h>

typedef double complex PowerFlowComplex;

typedef enum { NODE_DEAD, NODE_PQ, NODE_PV, NODE_REF } NodeKind;

/* The bus admittance matrix by rows, every diagonal entry present, per unit. */
typedef struct {
  PetscInt          n;
  PetscInt         *start;  /* [n + 1] */
  PetscInt         *column; /* [start[n]] ascending in each row */
  PowerFlowComplex *value;  /* [start[n]] */
} Admittance;

typedef struct {
  Network           net;
  PetscInt          snapshot;
  PetscInt          n_islands, n_dead;
  NodeKind         *kind;      /* [buses] */
  PetscInt         *reference; /* [buses] reference bus of the bus's island, -1 when dead */
  PowerFlowComplex *fixed;     /* [buses] injection of loads and links, per unit */
  PowerFlowComplex *set;       /* [buses] injection of generators at their set-points, per unit */
  PetscInt         *first;     /* [buses] first generator in service, or -1 */
  Admittance        y;
} PowerFlowGrid;

PetscErrorCode PowerFlowGridCreate(Network net, PetscInt snapshot, PowerFlowGrid *grid);
PetscErrorCode PowerFlowGridDestroy(PowerFlowGrid *grid);

/* Injection of every bus at the given voltages, per unit: injection [buses]. */
void PowerFlowInjections(const PowerFlowGrid *grid, const PetscReal *vm, const PetscReal *va,
                         PowerFlowComplex *injection);

/* Newton's method from vm, va [buses], in place. */
PetscErrorCode PowerFlowNewton(const PowerFlowGrid *grid, const PowerFlowOptions *options, PetscReal *vm, PetscReal *va,
                               PowerFlow *flow);

#endif
