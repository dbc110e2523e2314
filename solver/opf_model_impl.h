/* Inside of the OPF model, shared by the files that build it, evaluate it and store its solution. */
#ifndef ARCHIPELAGO_SOLVER_OPF_MODEL_IMPL_H
#define ARCHIPELAGO_SOLVER_OPF_MODEL_IMPL_H

#include "solver/branch_flow.h"
#include "solver/dc_flow.h"
#include "solver/opf_model.h"

typedef enum {
  ROW_P, /* balance of a bus */
  ROW_Q,
  ROW_LIMIT_FROM, /* apparent power at the from end; DC: the branch's flow */
  ROW_LIMIT_TO,
  ROW_ANGLE,
  ROW_SEGMENT, /* a segment of a piecewise linear cost */
  ROW_ENERGY,  /* storage recursion */
  ROW_SERVED,  /* a load that is curtailed and shifted is not less than nothing */
  ROW_SHIFT_UP,
  ROW_HEADROOM,         /* generator: output and reserve */
  ROW_STORAGE_HEADROOM, /* storage: discharge and reserve */
  ROW_STORAGE_RESERVE,  /* storage: energy behind the reserve */
  ROW_RESERVE,          /* requirement of a reserve */
  ROW_VOLTAGE,          /* soft limits of voltages */
  ROW_REACTIVE,         /* soft limits of generators' reactive power */
  ROW_EMISSION,         /* emissions up to the hour */
  ROW_KINDS,
  ROW_RAMP = ROW_KINDS, /* behind all hours */
  ROW_SHIFT,            /* behind all hours: shifts of a block of hours sum to zero */
  ROW_FINAL,            /* behind all hours: soft limits of the energy at the end */
  ROW_CAP               /* behind all hours: cap of the emissions */
} RowKind;

/* Rows of a table that take part, and the way back. */
typedef struct {
  PetscInt  n;
  PetscInt *row;  /* [n] */
  PetscInt *slot; /* [rows of the table] position in row, or -1 */
} Selection;

/* A variable that costs: a generator's or a link's active power. */
typedef struct {
  const Cost *cost;
  OpfVariable kind;
  PetscInt    slot;
  PetscReal   adder;         /* currency per MWh on top (carbon) */
  PetscInt    epigraph;      /* slot of its cost variable, -1: none needed */
  PetscInt    first_segment; /* slot of ROW_SEGMENT */
} CostedPower;

/* A branch's flows at one point, all four. */
typedef struct {
  BranchPoint point;
  PetscReal   value[FLOW_COUNT];
} BranchState;

/* Rows in which a branch's flows stand, within an hour; -1: none. */
typedef struct {
  PetscInt balance[FLOW_COUNT];
  PetscInt limit[2];
} BranchRows;

/* Slack of a soft limit: above it (sign -1 in the row) or below it (+1). */
typedef struct {
  SoftLimit limit;
  RowKind   kind;
  PetscInt  slot; /* of the row */
  PetscReal sign;
} Excess;

typedef struct {
  PetscInt  i, j;
  PetscReal ci, cj;
} ProximalTerm;

struct _p_OpfModel {
  Network         net;
  OpfModelOptions options;
  PetscReal      *initial_energy; /* [n_storage] MWh */
  PetscReal      *reachable;      /* [n_storage] most energy at the end of the hour built last, per unit hours */
  PetscBool      *external;       /* [n_bus] */
  PetscBool      *foreign;        /* [n_bus] */
  PetscBool      *elsewhere;      /* [n_reserve] */
  PetscBool       ac;
  PetscBool       losses; /* DC with quadratic losses */
  PetscInt        hours;
  PetscReal       base, step; /* MVA, hours */
  PetscReal       mean_cost;  /* mean marginal cost, currency/MWh, positive */
  PetscReal       shortage_price;

  Selection bus;               /* with voltage and angle: electric */
  Selection balance, reactive; /* with balances: of any carrier; electric */
  Selection own, own_reactive; /* the same without foreign buses */
  Selection branch, generator, link, storage, shunt, inflow, limit_from, limit_to, angle, ramp;
  Selection curtail, shift, shift_priced, served;                       /* loads */
  Selection reserve, reserve_short, reserve_generator, reserve_storage; /* reserves twice, and who gives them */
  Selection soft_voltage, soft_reactive, soft_energy;                   /* buses, generators, storage */
  PetscInt *shift_first;                             /* [shift.n + 1] first of the unit's rows of ROW_SHIFT */
  PetscInt  variable_offset[OPF_VARIABLE_KINDS + 1]; /* within an hour; the last is their number */
  PetscInt  row_offset[ROW_KINDS + 1];

  PetscInt     n_costed, n_epigraphs, n_segments;
  CostedPower *costed;
  PetscBool   *joined;      /* [bus.n] a branch in service ends there */
  BranchState *state;       /* [hours][branch.n] AC: flows at state_x, the point seen last */
  PetscReal   *state_x;     /* [n]; NULL: none yet */
  BranchFlow  *flow;        /* [branch.n], AC */
  DcFlow      *dc;          /* [branch.n] */
  BranchRows  *branch_rows; /* [branch.n] */
  PetscReal   *rate;        /* [hours][branch.n] ratings, per unit */

  PetscInt n_excess; /* of an hour */
  Excess  *excess;

  PetscInt   n_linear, linear_capacity;
  PetscInt  *linear_row, *linear_column;
  PetscReal *linear_value;
  PetscReal *linear_cost; /* [n] currency per unit of x */
  PetscReal  constant_cost;

  PetscInt      n_proximal, proximal_capacity;
  ProximalTerm *proximal;
  PetscReal    *proximal_weight, *proximal_target;

  Program program;
};

static inline PetscInt ModelVariable(OpfModel m, OpfVariable kind, PetscInt slot, PetscInt hour)
{
  return hour * m->variable_offset[OPF_VARIABLE_KINDS] + m->variable_offset[kind] + slot;
}

static inline PetscInt ModelRow(OpfModel m, RowKind kind, PetscInt slot, PetscInt hour)
{
  return hour * m->row_offset[ROW_KINDS] + m->row_offset[kind] + slot;
}

/* Rows behind all hours. Ramps: slot among ramping generators, hour >= 1. */
static inline PetscInt ModelRampRow(OpfModel m, PetscInt slot, PetscInt hour)
{
  return m->hours * m->row_offset[ROW_KINDS] + (hour - 1) * m->ramp.n + slot;
}

static inline PetscInt ModelShiftRow(OpfModel m, PetscInt slot, PetscInt block)
{
  return ModelRampRow(m, 0, m->hours) + m->shift_first[slot] + block;
}

static inline PetscInt ModelFinalRow(OpfModel m, PetscInt slot)
{
  return ModelShiftRow(m, m->shift.n, 0) + slot;
}

static inline PetscInt ModelCapRow(OpfModel m)
{
  return ModelFinalRow(m, m->soft_energy.n);
}

/* Row of a slot of any kind at an hour (ROW_SHIFT: of its block there); -1: none. */
PetscInt ModelRowAt(OpfModel model, RowKind kind, PetscInt slot, PetscInt hour);

static inline PetscInt ModelSnapshot(OpfModel m, PetscInt hour)
{
  return m->options.first_snapshot < 0 ? -1 : m->options.first_snapshot + hour;
}

static inline PetscReal ModelRate(OpfModel m, PetscInt slot, PetscInt hour)
{
  return m->rate[hour * m->branch.n + slot];
}

/* The four end variables of a branch slot. */
static inline void ModelBranchVariables(OpfModel m, PetscInt slot, PetscInt hour, PetscInt v[END_COUNT])
{
  const PetscInt b = m->branch.row[slot];
  const PetscInt f = m->bus.slot[m->net->branch.from[b]], t = m->bus.slot[m->net->branch.to[b]];
  v[END_VA_FROM] = ModelVariable(m, OPF_VA, f, hour);
  v[END_VA_TO]   = ModelVariable(m, OPF_VA, t, hour);
  v[END_VM_FROM] = ModelVariable(m, OPF_VM, f, hour);
  v[END_VM_TO]   = ModelVariable(m, OPF_VM, t, hour);
}

/* opf_build.c: bounds, linear terms and start. */
PetscErrorCode ModelBuildProgram(OpfModel model);
PetscErrorCode ModelAddLinear(OpfModel model, PetscInt row, PetscInt column, PetscReal value);
/* Enters a variable into a balance of a bus, when that bus has one in this model. */
PetscErrorCode ModelAddToBalance(OpfModel model, RowKind kind, PetscInt bus, PetscInt hour, PetscInt column,
                                 PetscReal value);
void           ModelSetRow(OpfModel model, PetscInt row, PetscReal lower, PetscReal upper);
/* Bounds of a variable, and a start between them. */
void ModelSetVariable(OpfModel model, PetscInt i, PetscReal lower, PetscReal upper);
/* The same for a reactive power: zero where the bus has no balance of it here. */
void ModelSetReactive(OpfModel model, PetscInt i, PetscInt bus, PetscReal lower_mvar, PetscReal upper_mvar);

/* opf_storage.c */
PetscErrorCode ModelBuildStorage(OpfModel model, PetscInt hour);
/* Whether OPF_CHARGE is the unit's net power: negative when it discharges. */
PetscBool ModelStorageNets(OpfModel model, PetscInt storage);
/* opf_demand.c: curtailable and shiftable demand. */
PetscErrorCode ModelSelectDemand(OpfModel model);
PetscErrorCode ModelBuildDemand(OpfModel model, PetscInt hour);
PetscErrorCode ModelBuildShiftBlocks(OpfModel model);
/* Intervals over which the shifts of a slot sum to zero. */
PetscInt ModelShiftBlock(OpfModel model, PetscInt slot);
/* opf_reserve.c */
PetscErrorCode ModelSelectReserves(OpfModel model);
PetscErrorCode ModelBuildReserves(OpfModel model, PetscInt hour);
/* opf_emission.c */
PetscErrorCode ModelBuildEmission(OpfModel model, PetscInt hour);
/* opf_soft.c: limits that may be exceeded at a price. */
PetscErrorCode ModelCollectExcess(OpfModel model);
PetscErrorCode ModelBuildSoftRows(OpfModel model, PetscInt hour);
PetscErrorCode ModelBuildExcess(OpfModel model, PetscInt hour);

/* opf_model.c */
PetscErrorCode SelectionCreate(PetscInt rows, PetscBool (*wanted)(OpfModel, PetscInt), OpfModel model,
                               Selection *selection);
PetscBool      ModelBusBalanced(OpfModel model, PetscInt bus);
PetscBool      ModelGeneratorLive(OpfModel model, PetscInt generator);
PetscBool      ModelStorageLive(OpfModel model, PetscInt storage);

/* opf_group.c: unknowns that are best eliminated together. */
PetscErrorCode ModelFillGroups(OpfModel model);
/* opf_callbacks.c: structure of the nonlinear part and the program's operations. */
PetscErrorCode ModelCountNonzeros(OpfModel model, PetscInt *jacobian, PetscInt *hessian);
PetscErrorCode ModelFillStructure(OpfModel model);

#endif
