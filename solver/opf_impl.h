/* What the optimal power flow's methods share. */
#ifndef ARCHIPELAGO_SOLVER_OPF_IMPL_H
#define ARCHIPELAGO_SOLVER_OPF_IMPL_H

#include "solver/opf_model.h"

OpfModelOptions OpfModelOptionsFrom(const OpfOptions *options);

/* One program on one rank: a model, its interior point, and primal and dual solution. */
typedef struct {
  OpfModel            model;
  InteriorPoint       ip;
  PetscReal          *x, *lambda, *zl, *zu;
  InteriorPointResult result;
} OpfSubproblem;

/* Not collective. SetUp builds program and interior point after proximal terms have been added to `model`. */
PetscErrorCode OpfSubproblemSetUp(OpfSubproblem *sub);
PetscErrorCode OpfSubproblemDestroy(OpfSubproblem *sub);

/* Methods. Collective over comm; `result` is zeroed by the caller. */
PetscErrorCode OpfSolveInteriorPoint(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                                     Dispatch dispatch, OpfResult *result);
PetscErrorCode OpfSolveAdmm(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                            Dispatch dispatch, OpfResult *result);

/* Elastic solve on rank 0, broadcast: where and how many MW cannot be served, and which limits bind. */
PetscErrorCode OpfDiagnose(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                           Dispatch dispatch, OpfResult *result);

#endif
