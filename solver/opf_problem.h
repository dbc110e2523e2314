/* The optimal power flow of the whole network for the interior point: one program, or one block a region with the voltages and
   balances of the buses that cover the ties as border (partition/cover.h). */
#ifndef ARCHIPELAGO_SOLVER_OPF_PROBLEM_H
#define ARCHIPELAGO_SOLVER_OPF_PROBLEM_H

#include "solver/opf_model.h"

typedef struct _p_OpfProblem *OpfProblem;

/* Collective over comm. partition NULL or of one region: one program, on rank 0. Otherwise each region's model stands on the rank that
   holds the region. Mean cost and price of shortage are those of the whole network where the options leave them open. */
PetscErrorCode OpfProblemCreate(MPI_Comm comm, Network net, Partition partition, const OpfModelOptions *options,
                                OpfProblem *problem);
PetscErrorCode OpfProblemDestroy(OpfProblem *problem);

/* Collective. result is the same on every rank. With options->warm_start it begins where the last solve ended, or where
   OpfProblemStart has put it. */
PetscErrorCode OpfProblemSolve(OpfProblem problem, const InteriorPointOptions *options, InteriorPointResult *result);

/* Collective, after a solve that ended optimal. Where storage units charge and discharge in one hour by more than a trifle, the smaller of
   the two is fixed to zero and the problem solved again from the point found, a few times if need be; a later solve
   then has these bounds too. fixed: hours of units that were; result: of the last solve, with the iterations of all. */
PetscErrorCode OpfProblemFixDirections(OpfProblem problem, const InteriorPointOptions *options,
                                       InteriorPointResult *result, PetscInt *fixed);

/* Collective. Cost of the solution in currency (OpfModelCost). */
PetscErrorCode OpfProblemCost(OpfProblem problem, PetscReal *cost);
/* Collective. Shadow price of the emissions' cap, currency per tonne, at least 0; 0 without a cap. */
PetscErrorCode OpfProblemCapPrice(OpfProblem problem, PetscReal *price);
/* Collective. Writes the solution into a dispatch and makes it whole on every rank. Flows are not filled. */
PetscErrorCode OpfProblemStore(OpfProblem problem, Dispatch dispatch);

PetscReal OpfProblemShortagePrice(OpfProblem problem);
/* Changes the price of shortage of an elastic problem between solves. */
void OpfProblemSetShortagePrice(OpfProblem problem, PetscReal price);
/* Unknowns of the border, variables and rows. */
PetscInt OpfProblemBorderSize(OpfProblem problem);
/* Bytes that this rank has sent in solves so far. */
size_t OpfProblemBytesSent(OpfProblem problem);

/* Regions here, ascending: their models with solutions, to look closer (multipliers are those of the model's own program).
   part is NULL where there is one program. */
typedef struct {
  PetscInt       region;
  OpfModel       model;
  RegionNetwork *part;
  PetscReal     *x, *lambda, *zl, *zu;
} OpfRegion;

PetscInt         OpfProblemRegions(OpfProblem problem);
const OpfRegion *OpfProblemRegion(OpfProblem problem, PetscInt k);

#endif
