/* The optimal power flow of one network over T hours as a sparse nonlinear program: AC in polar form, or DC, with energy
   buses of other carriers (heat, gas, hydrogen) that have an active balance only. Powers per unit on the network's base,
   angles in radians, energies per unit hours, objective in currency over the window. */
#ifndef ARCHIPELAGO_SOLVER_OPF_MODEL_H
#define ARCHIPELAGO_SOLVER_OPF_MODEL_H

#include "inputs/soft.h"
#include "partition/partition.h"
#include "solver/dispatch.h"
#include "solver/opf.h"
#include "solver/program.h"

typedef struct _p_OpfModel *OpfModel;

typedef enum {
  OPF_VA,      /* bus */
  OPF_VM,      /* bus; AC only */
  OPF_PG,      /* generator */
  OPF_QG,      /* generator; AC only */
  OPF_COST,    /* epigraph of a piecewise linear cost */
  OPF_LINK_P,  /* link, power taken at the from end */
  OPF_LINK_QF, /* link; AC only */
  OPF_LINK_QT,
  OPF_CHARGE,    /* storage; of a unit without losses and cost less what it discharges */
  OPF_DISCHARGE, /* zero for such a unit */
  OPF_ENERGY,    /* at the end of the hour */
  OPF_SPILL,     /* storage with inflow */
  OPF_QS,        /* storage; AC only */
  OPF_CURTAIL,   /* curtailable load: power not served */
  OPF_SHIFT,     /* shiftable load: change of demand, upward positive */
  OPF_SHIFT_UP,  /* shiftable load that pays: upward part of the change */
  OPF_RESERVE,   /* generator: upward reserve promised */
  OPF_RESERVE_STORAGE,
  OPF_RESERVE_SHORTAGE, /* reserve with a price of shortage */
  OPF_EMITTED,          /* emissions up to the end of the hour, tonnes over base MVA; with a cap only */
  OPF_EXCESS,           /* over or under a soft limit; see OpfModelExcesses */
  OPF_SHORTAGE_P,       /* bus with a balance of its own; elastic only */
  OPF_SURPLUS_P,
  OPF_SHORTAGE_Q, /* elastic AC only */
  OPF_SURPLUS_Q,
  OPF_VARIABLE_KINDS
} OpfVariable;

typedef struct {
  Physics          physics;
  PetscInt         hours, first_snapshot;
  const PetscReal *initial_energy;    /* [n_storage] MWh or NULL */
  PetscReal        carbon_price;      /* currency per tonne */
  const PetscBool *external;          /* [n_bus] buses without balance (foreign border buses), or NULL */
  const PetscBool *foreign;           /* [n_bus] buses whose balance here is a contribution only, or NULL */
  const PetscBool *reserve_elsewhere; /* [n_reserve] reserves whose requirement and shortage stand in another model, so
                                          that the row here is a contribution; or NULL */
  PetscBool        flat_start; /* angles zero, magnitudes in the middle of their ranges, whatever would be chosen */
  const PetscReal *start_va,
      *start_vm;           /* [hours][n_bus] voltages to begin with (AC; opf_start.h), radians and per unit, not kept
                                           beyond OpfModelSetUp; NULL: found, or flat where the network is part of another */
  PetscBool capped;        /* emissions of all hours are at most emission_cap_t, tonnes */
  PetscBool cap_elsewhere; /* the cap stands in another model, so that the row here is a contribution */
  PetscReal emission_cap_t;
  PetscReal soft_price[SOFT_LIMITS]; /* price of exceeding a class of limits; 0: hard. In AC a rating's excess costs its
                                        price times (s^2 - rate^2) / (2 rate): s - rate to first order */
  PetscBool elastic;                 /* add shortage and surplus at every bus with a balance, at shortage_price */
  PetscReal shortage_price;          /* currency per MWh and Mvarh; 0: chosen from the costs */
  PetscReal mean_cost; /* mean marginal cost that scales the objective, currency/MWh; 0: of this network */
} OpfModelOptions;

/* Foreign buses: their loads and units stand in another model, whose balance is the sum of all contributions. Here they have
   voltage and balance rows, but no shortage, and OpfModelStore leaves their rows of the dispatch alone. */

/* Not collective. Keeps references to `net`; options are copied, their arrays too. */
PetscErrorCode OpfModelCreate(Network net, const OpfModelOptions *options, OpfModel *model);
PetscErrorCode OpfModelDestroy(OpfModel *model);

/* Index of a variable in x, or -1 where the row is out of service or the model has no such variable. */
PetscInt OpfModelVariable(OpfModel model, OpfVariable kind, PetscInt row, PetscInt hour);

/* Row of a bus's active (or reactive) power balance in g, or -1: isolated, external, or no such balance in this model. */
PetscInt OpfModelBalanceRow(OpfModel model, PetscBool reactive, PetscInt bus, PetscInt hour);

/* Row of a reserve, sum of promises >= requirement, in g; -1 where the reserve covers no bus of this model. */
PetscInt OpfModelReserveRow(OpfModel model, PetscInt reserve, PetscInt hour);

/* Row of the emissions' cap, sum <= cap, in g; -1 without one. And its shadow price, currency per tonne, from the
   multipliers of the rows. */
PetscInt  OpfModelCapRow(OpfModel model);
PetscReal OpfModelCapPrice(OpfModel model, const PetscReal *lambda);

/* A proximal term weight/2 (ci x_i + cj x_j - target)^2, j = -1 for a single variable. Before OpfModelSetUp. */
PetscErrorCode OpfModelAddProximal(OpfModel model, PetscInt i, PetscReal ci, PetscInt j, PetscReal cj);
/* Weights (currency per squared unit) and targets of the terms, in order of addition, to be set between solves. */
PetscErrorCode OpfModelGetProximal(OpfModel model, PetscReal **weight, PetscReal **target);

/* Builds the program; it belongs to the model. */
PetscErrorCode OpfModelSetUp(OpfModel model);
Program        OpfModelProgram(OpfModel model);

/* Cost of x in currency: with the price of soft limits' excess and of missing reserve, without proximal terms and without
   the price of shortage. */
PetscErrorCode OpfModelCost(OpfModel model, const PetscReal *x, PetscReal *cost);

PetscReal OpfModelShortagePrice(OpfModel model);
/* Changes the price of shortage and surplus of an elastic model that has been set up. */
void      OpfModelSetShortagePrice(OpfModel model, PetscReal price);
PetscReal OpfModelMeanCost(OpfModel model);

/* Writes a solution into the dispatch of the whole network: the rows of this model's own (not external) buses and of what
   stands on them. `part` maps rows (NULL: the same network). Flows are not filled (DispatchComputeFlows). */
PetscErrorCode OpfModelStore(OpfModel model, const PetscReal *x, const PetscReal *lambda, const PetscReal *zl,
                             const PetscReal *zu, const RegionNetwork *part, Dispatch dispatch);

/* Adds to the dispatch's vm_mu and branch_mu_angle the multipliers of limits that stand in this model for buses and branches
   whose rows OpfModelStore leaves to others: copies of a border voltage are one voltage, whose limits' multiplier is the
   sum over the models. */
PetscErrorCode OpfModelAddForeignLimits(OpfModel model, const PetscReal *lambda, const PetscReal *zl,
                                        const PetscReal *zu, const RegionNetwork *part, Dispatch dispatch);

/* Calls `visit` for every limit whose shadow price (currency/h per MW, Mvar, MVA, ... of the limit) exceeds `threshold`. */
typedef PetscErrorCode (*OpfLimitVisitor)(void *context, PetscInt hour, PetscInt bus, PetscReal price,
                                          const char *text);
PetscErrorCode OpfModelBindingLimits(OpfModel model, const PetscReal *lambda, const PetscReal *zl, const PetscReal *zu,
                                     PetscReal threshold, OpfLimitVisitor visit, void *context);

/* An hour in which a storage unit charges and discharges. Rows of the model's network. */
typedef struct {
  PetscInt  storage, hour;
  PetscReal charge_mw, discharge_mw;
} OpfSimultaneous;

/* Hours in which both powers of a storage unit exceed threshold_mw, by hour, then storage. The caller frees *list with
   PetscFree. (A unit without losses and cost has one power.) */
PetscErrorCode OpfModelFindSimultaneous(OpfModel model, const PetscReal *x, PetscReal threshold_mw, PetscInt *n,
                                        OpfSimultaneous **list);
/* Fixes the smaller direction of each to zero, in the program's bounds: solve again, from the point found if wanted. */
PetscErrorCode OpfModelFixDirections(OpfModel model, PetscInt n, const OpfSimultaneous *list);

/* A soft limit that is exceeded. */
typedef struct {
  SoftLimit limit;
  PetscInt  hour, bus; /* of the model's network; -1 for a reserve that covers none of its buses */
  PetscReal amount;    /* MVA, radians, per unit, MW, Mvar, MWh, MW by class */
  PetscReal cost;      /* currency over the interval */
  char      text[160]; /* "branch 1-2:1 over its rating of 100 MVA by 12.5 MVA" */
} OpfExcess;

/* Soft limits exceeded by more than `threshold` (per unit, radians), by hour. The caller frees *list with PetscFree. */
PetscErrorCode OpfModelExcesses(OpfModel model, const PetscReal *x, PetscReal threshold, PetscInt *n, OpfExcess **list);

#endif
