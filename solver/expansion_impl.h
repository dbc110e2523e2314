/* Inside the expansion model: the program under construction and where its variables stand. For expansion*.c. */
#ifndef ARCHIPELAGO_SOLVER_EXPANSION_IMPL_H
#define ARCHIPELAGO_SOLVER_EXPANSION_IMPL_H

#include "solver/expansion.h"

/* Families of variables and rows: LinearLabel.kind. `item` is a row of the table of the family's component kind. */
typedef enum {
  EXPANSION_CAPACITY, /* + ComponentKind: p_nom, s_nom, e_nom of what is extendable; no time */
  EXPANSION_POWER      = EXPANSION_CAPACITY + COMPONENT_KINDS, /* + ComponentKind: p (generators, links at bus0, stores, lines
                                                                  and transformers from bus0 to bus1) */
  EXPANSION_DISPATCH   = EXPANSION_POWER + COMPONENT_KINDS,    /* storage units: p_dispatch, */
  EXPANSION_STORE,                                             /* p_store, */
  EXPANSION_CHARGE,                                            /* state_of_charge, */
  EXPANSION_SPILL,                                             /* spill */
  EXPANSION_ENERGY,                                            /* stores: e */
  EXPANSION_ANGLE,                                             /* buses */
  EXPANSION_BALANCE,                                           /* rows: power balance of a bus */
  EXPANSION_UPPER, /* + ComponentKind: rows: upper limit of power by capacity */
  EXPANSION_LOWER    = EXPANSION_UPPER + COMPONENT_KINDS, /* + ComponentKind */
  EXPANSION_CYCLE    = EXPANSION_LOWER + COMPONENT_KINDS, /* rows: Kirchhoff's voltage law; item: the cycle, or the branch */
  EXPANSION_GLOBAL,                                       /* rows: item: row of global_constraints */
  EXPANSION_FAMILIES /* further families follow from here on; each file takes what it needs below and names it */
} ExpansionFamily;

struct _p_Expansion {
  Components       c;
  ExpansionOptions options;
  LinearProgram    program;
  Faults           faults;
  PetscInt        *capacity[COMPONENT_KINDS]; /* [rows] variable of the capacity, -1: fixed */
  PetscInt        *power[COMPONENT_KINDS];    /* [rows] variable of power at snapshot 0, consecutive in snapshots; for storage units
                                                 that of dispatch. Inactive components have variables fixed to 0 */
  PetscInt *store, *charge, *spill; /* [storage units] likewise; spill -1 where there is no inflow */
  PetscInt *energy;                 /* [stores] likewise */
  PetscInt *load_served;            /* [loads] variable of unserved power at snapshot 0, -1: none */
  PetscInt *load_shift_up, *load_shift_down; /* [loads] likewise */
  PetscInt *balance;                         /* [buses] row of the balance at snapshot 0 */
  PetscReal constant;                        /* objective constant */
};

/* The variable of power of a component at a snapshot. */
static inline PetscInt ExpansionPower(Expansion e, ComponentKind kind, PetscInt row, PetscInt snapshot)
{
  return e->power[kind][row] + snapshot;
}
/* What a snapshot's hour costs in the objective: objective weight of its period times that of the snapshot. */
static inline PetscReal ExpansionWeight(Expansion e, PetscInt snapshot)
{
  Components c = e->c;
  return c->weight_objective[snapshot] * (c->n_periods ? c->period_objective[c->period_of[snapshot]] : 1);
}
/* What a MW of capacity of a row costs a year, annuity and fixed operation included (expansion_cost.c). */
PetscReal ExpansionCapitalCost(Expansion e, ComponentKind kind, PetscInt row);

#endif
