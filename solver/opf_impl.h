/* What the optimal power flow's methods share. */
#ifndef ARCHIPELAGO_SOLVER_OPF_IMPL_H
#define ARCHIPELAGO_SOLVER_OPF_IMPL_H

#include "solver/opf_model.h"

OpfModelOptions OpfModelOptionsFrom(const OpfOptions *options);
PetscBool       OpfIsCapped(const OpfOptions *options);

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

/* Whether anything is lacking that a solve need not be made for; fills the certificates, the same on every rank. Not collective. */
PetscErrorCode OpfCertify(Network net, Partition partition, const OpfOptions *options, OpfResult *result);

/* Where and how many MW cannot be served, which limits bind, which have to give way: elastic solves of the whole network, as blocks
   over the ranks. Collective. With something lacking the status is infeasible and the dispatch the elastic one. With nothing
   lacking, a stalled solve's dispatch is the elastic optimum, which then is that of the problem itself; others keep theirs. */
PetscErrorCode OpfDiagnose(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                           Dispatch dispatch, OpfResult *result);

#endif
