/* Inside of the OPF model, shared by the files that build it, evaluate it and store its solution. */
#ifndef ARCHIPELAGO_SOLVER_OPF_MODEL_IMPL_H
#define ARCHIPELAGO_SOLVER_OPF_MODEL_IMPL_H

#include "solver/branch_flow.h"
#include "solver/opf_model.h"

typedef enum {
  ROW_P, /* balance of a bus */
  ROW_Q,
  ROW_LIMIT_FROM, /* apparent power at the from end; DC: the branch's flow */
  ROW_LIMIT_TO,
  ROW_ANGLE,
  ROW_SEGMENT, /* a segment of a piecewise linear cost */
  ROW_ENERGY,  /* storage recursion */
  ROW_KINDS
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

/* Rows in which a branch's flows stand, within an hour; -1: none. */
typedef struct {
  PetscInt  balance[FLOW_COUNT];
  PetscInt  limit[2];
  PetscReal rate; /* per unit */
} BranchRows;

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
  PetscBool       ac;
  PetscInt        hours;
  PetscReal       base, step; /* MVA, hours */
  PetscReal       mean_cost;  /* mean marginal cost, currency/MWh, positive */
  PetscReal       shortage_price;

  Selection bus, balance, own, branch, generator, link, storage, shunt, inflow, limit_from, limit_to, angle, ramp;
  PetscInt  variable_offset[OPF_VARIABLE_KINDS + 1]; /* within an hour; the last is their number */
  PetscInt  row_offset[ROW_KINDS + 1];

  PetscInt     n_costed, n_epigraphs, n_segments;
  CostedPower *costed;
  PetscBool   *joined;      /* [bus.n] a branch in service ends there */
  BranchFlow  *flow;        /* [branch.n], AC */
  BranchRows  *branch_rows; /* [branch.n] */

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

/* Ramp rows stand behind all hours: slot among ramping generators, hour >= 1. */
static inline PetscInt ModelRampRow(OpfModel m, PetscInt slot, PetscInt hour)
{
  return m->hours * m->row_offset[ROW_KINDS] + (hour - 1) * m->ramp.n + slot;
}

static inline PetscInt ModelSnapshot(OpfModel m, PetscInt hour)
{
  return m->options.first_snapshot < 0 ? -1 : m->options.first_snapshot + hour;
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

/* Susceptance of the DC model: x / (r^2 + x^2), or 1 / (x tap) with phase shifters; per unit. */
PetscReal ModelDcSusceptance(OpfModel model, PetscInt branch);
PetscReal ModelDcShift(OpfModel model, PetscInt branch);

/* opf_build.c: bounds, linear terms and start. */
PetscErrorCode ModelBuildProgram(OpfModel model);
/* opf_group.c: unknowns that are best eliminated together. */
PetscErrorCode ModelFillGroups(OpfModel model);
/* opf_callbacks.c: structure of the nonlinear part and the program's operations. */
PetscErrorCode ModelCountNonzeros(OpfModel model, PetscInt *jacobian, PetscInt *hessian);
PetscErrorCode ModelFillStructure(OpfModel model);

#endif
