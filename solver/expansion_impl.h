/* Inside the expansion model: the program under construction and where its variables stand. For expansion*.c. */
#ifndef ARCHIPELAGO_SOLVER_EXPANSION_IMPL_H
#define ARCHIPELAGO_SOLVER_EXPANSION_IMPL_H

#include "solver/expansion.h"

/* Families of variables and rows: LinearLabel.kind. `item` is a row of the table of the family's component kind. */
typedef enum {
  EXPANSION_CAPACITY, /* + ComponentKind: p_nom, s_nom, e_nom of what is extendable; no time */
  EXPANSION_POWER =
      EXPANSION_CAPACITY + COMPONENT_KINDS, /* + ComponentKind: p (generators, links at bus0, stores, lines
                                                                  and transformers from bus0 to bus1) */
  EXPANSION_DISPATCH = EXPANSION_POWER + COMPONENT_KINDS, /* storage units: p_dispatch, */
  EXPANSION_STORE,                                        /* p_store, */
  EXPANSION_CHARGE,                                       /* state_of_charge, */
  EXPANSION_SPILL,                                        /* spill */
  EXPANSION_ENERGY,                                       /* stores: e */
  EXPANSION_ANGLE,                                        /* buses: voltage angle, in units of its sub-network */
  EXPANSION_BALANCE,                                      /* rows: power balance of a bus */
  EXPANSION_UPPER, /* + ComponentKind: rows: upper limit of power by capacity (storage units: dispatch; stores: e) */
  EXPANSION_LOWER = EXPANSION_UPPER + COMPONENT_KINDS, /* + ComponentKind */
  EXPANSION_CYCLE =
      EXPANSION_LOWER + COMPONENT_KINDS, /* rows: Kirchhoff's voltage law; item: the branch that closes the
                                                             cycle (or the branch itself), transformers after lines */
  EXPANSION_GLOBAL,                      /* rows: item: row of global_constraints */
  EXPANSION_STORE_UPPER,                 /* rows, storage units: limit of p_store, */
  EXPANSION_CHARGE_UPPER,                /* of state_of_charge */
  EXPANSION_CONTINUITY,                  /* + ComponentKind: rows: energy balance of storage over time */
  EXPANSION_SET =
      EXPANSION_CONTINUITY + COMPONENT_KINDS, /* + ComponentKind: rows: a set point that bounds cannot say */
  EXPANSION_RAMP_UP    = EXPANSION_SET + COMPONENT_KINDS,       /* + ComponentKind: rows */
  EXPANSION_RAMP_DOWN  = EXPANSION_RAMP_UP + COMPONENT_KINDS,   /* + ComponentKind: rows */
  EXPANSION_ENERGY_SUM = EXPANSION_RAMP_DOWN + COMPONENT_KINDS, /* rows: e_sum_min, e_sum_max of generators */
  EXPANSION_GROWTH,                                             /* rows: item: carrier */
  EXPANSION_BUS_NOMINAL,                                        /* rows: item: bus */
  EXPANSION_PHASE_SHIFT,                                        /* transformers: phase shift, degrees */
  EXPANSION_FAMILIES /* further families follow from here on; each file takes what it needs below and names it */
} ExpansionFamily;

#define EXPANSION_PORTS 16 /* of a link, at most */

struct _p_Expansion {
  Components       c;
  ExpansionOptions options;
  LinearProgram    program;
  Faults           faults;
  PetscInt         n_periods;                 /* at least 1 */
  PetscBool       *active[COMPONENT_KINDS];   /* [rows][n_periods] */
  PetscInt        *capacity[COMPONENT_KINDS]; /* [rows] variable of the capacity, -1: fixed */
  PetscInt
      *power[COMPONENT_KINDS]; /* [rows] variable of power at snapshot 0, consecutive in snapshots; for storage units
                                                 that of dispatch. Inactive components have variables fixed to 0 */
  PetscInt  *store, *charge, *spill;          /* [storage units] likewise; spill -1 where there is no inflow */
  PetscInt  *energy;                          /* [stores] likewise */
  PetscInt  *load_served;                     /* [loads] variable of unserved power at snapshot 0, -1: none */
  PetscInt  *load_shift_up, *load_shift_down; /* [loads] likewise */
  PetscInt  *phase_shift;                     /* [transformers] variable at snapshot 0 where it is free, else -1 */
  PetscInt  *balance;                         /* [buses] row of the balance at snapshot 0; -1: nothing is connected */
  PetscInt  *before;                          /* [snapshots] see ExpansionBefore */
  PetscInt  *first, *last;                    /* [n_periods] snapshots of a period */
  PetscInt   n_ports, port[EXPANSION_PORTS];  /* ports of links other than bus0 and bus1: 2, 3, ... */
  PetscReal  constant;                        /* objective constant */
  PetscReal *work_lower, *work_upper, *work_set; /* [snapshots] */
  void      *policy;                             /* of the planning model's own families, see below */
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
/* Whether a component exists at a snapshot; in any period. */
static inline PetscBool ExpansionActive(Expansion e, ComponentKind kind, PetscInt row, PetscInt snapshot)
{
  return e->active[kind][row * e->n_periods + e->c->period_of[snapshot]];
}
PetscBool ExpansionEverActive(Expansion e, ComponentKind kind, PetscInt row);
/* The snapshot whose state a snapshot starts from, -1 where a period begins. Storage follows it. */
static inline PetscInt ExpansionBefore(Expansion e, PetscInt snapshot)
{
  return e->before[snapshot];
}
/* What a MW of capacity of a row costs a year, annuity and fixed operation included, net of the subsidy
   (expansion_cost.c). */
PetscReal ExpansionCapitalCost(Expansion e, ComponentKind kind, PetscInt row);
/* The same without fixed operation; and the sum of the objective weights of the periods in which a row is active. */
PetscReal ExpansionInvestmentCost(Expansion e, ComponentKind kind, PetscInt row);
PetscReal ExpansionActiveWeight(Expansion e, ComponentKind kind, PetscInt row);

/* expansion_tables.c: access to the components. */
/* Kinds that have a capacity, ended by COMPONENT_KINDS. "p_nom", "s_nom", "e_nom"; an attribute of it: "p_nom_max", ...
   */
extern const ComponentKind ExpansionNominalKinds[];
const char                *ExpansionNominal(ComponentKind kind);
const Column              *ExpansionNominalColumn(Expansion e, ComponentKind kind, const char *suffix);
const Column              *ExpansionColumn(Expansion e, ComponentKind kind,
                                           const char *attribute); /* NULL: unknown to table and schema */
PetscReal   ExpansionReal(Expansion e, ComponentKind kind, const char *attribute, PetscInt row, PetscReal otherwise);
PetscBool   ExpansionTrue(Expansion e, ComponentKind kind, const char *attribute, PetscInt row);
const char *ExpansionText(Expansion e, ComponentKind kind, const char *attribute, PetscInt row);
/* Carrier of a row; of lines, links and stores without one that of their (first) bus; "" where there is none. */
const char *ExpansionCarrier(Expansion e, ComponentKind kind, PetscInt row);
PetscInt    ExpansionBus(Expansion e, ComponentKind kind, const char *attribute, PetscInt row); /* -1: none */
PetscBool   ExpansionIsExtendable(Expansion e, ComponentKind kind, PetscInt row);               /* and `active` */
/* A fault at the row of a table. */
PetscErrorCode ExpansionFault(Expansion e, ComponentKind kind, PetscInt row, const char *format, ...)
    PETSC_ATTRIBUTE_FORMAT(4, 5);

/* Entries of a row while they are collected. */
typedef struct {
  PetscInt   n, capacity;
  PetscInt  *column;
  PetscReal *value;
  PetscReal  constant; /* what the row has besides */
} ExpansionTerms;
PetscErrorCode ExpansionTermsAdd(ExpansionTerms *terms, PetscInt column, PetscReal value);
PetscErrorCode ExpansionTermsFree(ExpansionTerms *terms);
/* Adds the row; the terms' constant goes to the right-hand side. sense: '<', '>' or '='. */
PetscErrorCode ExpansionAddTerms(Expansion e, LinearLabel label, const ExpansionTerms *terms, char sense,
                                 PetscReal side);

/* expansion_limit.c: variables over all snapshots, limited by capacity. */
typedef struct {
  ComponentKind kind;
  PetscInt      row;
  PetscInt      family, upper, lower; /* of the variables; of the rows where the capacity is extendable */
  PetscReal    *min_pu, *max_pu;      /* [snapshots] per unit of capacity; changed by the call */
  const Column *set;                  /* set points, NULL: none */
  PetscInt      set_family;
} ExpansionLimit;
PetscErrorCode ExpansionAddLimited(Expansion e, const ExpansionLimit *limit, PetscInt *first);
/* Variables without limits, 0 where the row is not active. */
PetscErrorCode ExpansionAddFree(Expansion e, ComponentKind kind, PetscInt row, PetscInt family, PetscInt *first);
PetscErrorCode ExpansionApplySet(Expansion e, ComponentKind kind, PetscInt row, PetscInt first, const Column *set,
                                 PetscInt family);
/* Adds cost x the objective's weight to variables, and the squares' Hessian. */
PetscErrorCode ExpansionAddCost(Expansion e, ComponentKind kind, PetscInt row, PetscInt first, const char *attribute,
                                const char *quadratic);

/* The steps of the builder, each in the file of its name. */
PetscErrorCode ExpansionAddCapacities(Expansion e);   /* expansion_cost.c */
PetscErrorCode ExpansionAddPower(Expansion e);        /* expansion_power.c: generators, links */
PetscErrorCode ExpansionAddRamps(Expansion e);        /* expansion_ramp.c */
PetscErrorCode ExpansionAddStorageUnits(Expansion e); /* expansion_storage.c */
PetscErrorCode ExpansionAddStores(Expansion e);       /* expansion_storage.c */
PetscErrorCode ExpansionAddBranches(Expansion e);     /* expansion_branch.c */
PetscErrorCode ExpansionAddVoltageLaw(Expansion e);   /* expansion_cycles.c */
PetscErrorCode ExpansionAddBalances(Expansion e);     /* expansion_balance.c */
PetscErrorCode ExpansionAddGlobals(Expansion e);      /* expansion_global.c */
PetscErrorCode ExpansionAddGrowth(Expansion e);       /* expansion_growth.c: max_growth, limits by bus and carrier */
PetscErrorCode ExpansionAddCarbonPrice(Expansion e);  /* expansion_emission.c */

/* expansion_emission.c: primary energy, or what a carrier's attribute makes of it, as PyPSA's global constraints count
   it: generators' output over efficiency, what storage without cycles is depleted by. `period` -1: all. */
PetscErrorCode ExpansionPrimaryEnergy(Expansion e, PetscInt constraint, const char *attribute, PetscInt period,
                                      ExpansionTerms *terms);
PetscErrorCode ExpansionOperation(Expansion e, PetscInt constraint, const char *carrier, PetscInt period,
                                  ExpansionTerms *terms);

/* expansion_branch.c: lines and transformers as one list, transformers after lines. */
typedef struct {
  ComponentKind kind;
  PetscInt      row, bus0, bus1;
  PetscReal     x, r;  /* per unit of 1 MVA and the buses' voltage, tap ratios included */
  const Column *shift; /* of transformers: phase shift, degrees */
} ExpansionBranch;
PetscErrorCode ExpansionGetBranches(Expansion e, PetscInt *n, ExpansionBranch **branches);
/* Sub-networks over the active branches of a period: which a bus is in, counted from 0 in order of their first buses.
   */
PetscErrorCode ExpansionSubNetworks(Expansion e, PetscInt n, const ExpansionBranch *branches, PetscInt period,
                                    PetscInt *n_sub, PetscInt *sub_of_bus);
/* What the voltage law multiplies the flow by: reactance where the sub-network's first bus has carrier AC, else
   resistance. */
static inline PetscReal ExpansionImpedance(const ExpansionBranch *branch, PetscBool ac)
{
  return ac ? branch->x : branch->r;
}
PetscBool ExpansionBranchCounts(Expansion e, const ExpansionBranch *branch, PetscInt period); /* active, finite x */
PetscErrorCode ExpansionSubNetworksAc(Expansion e, PetscInt n_sub, const PetscInt *sub_of_bus, PetscBool *ac);
/* Phase shift of a branch at a snapshot, degrees: fixed ones. */
PetscReal ExpansionFixedShift(Expansion e, const ExpansionBranch *branch, PetscInt snapshot);

/* Phase shift of a branch at a snapshot of a solution, degrees; 0 of lines. */
static inline PetscReal ExpansionShiftOf(Expansion e, const ExpansionBranch *b, const PetscReal *x, PetscInt snapshot)
{
  return b->shift && e->phase_shift[b->row] >= 0 ? x[e->phase_shift[b->row] + snapshot]
                                                 : ExpansionFixedShift(e, b, snapshot);
}
/* Voltage angles that the flows of a solution make [buses][snapshots], rad; those of a sub-network sum to zero, as in
   PyPSA (expansion_cycles.c). */
PetscErrorCode ExpansionAngles(Expansion e, const PetscReal *x, PetscReal *angle);

/* POLICY: families of our own beside PyPSA's; expansion_policy.c and the files it names. Each step is called at its
   place: order of time before storage, demand before the balances, the rest after all of PyPSA's own rows. */
PetscErrorCode ExpansionPolicyBegin(Expansion e); /* e->policy */
PetscErrorCode ExpansionPolicyEnd(Expansion e);
PetscErrorCode ExpansionAddDays(Expansion e); /* representative days: may change e->before */
/* Rows between the days, when storage is there; the variable that storage begins a representative day with at its first
   snapshot, -1 at others. */
PetscErrorCode ExpansionLinkDays(Expansion e);
PetscInt       ExpansionDayStart(Expansion e, ComponentKind kind, PetscInt row, PetscInt t);
PetscErrorCode ExpansionAddDemand(Expansion e);     /* load_served, load_shift_up, load_shift_down: all -1 before */
PetscErrorCode ExpansionAddRetirement(Expansion e); /* before what counts capacity in operation */
PetscErrorCode ExpansionAddReserves(Expansion e);
PetscErrorCode ExpansionAddShares(Expansion e);
PetscErrorCode ExpansionAddMargins(Expansion e);
/* Whether a type of global constraint is one of these. */
PetscBool ExpansionPolicyConstraint(const char *type);
/* Outputs, words for a label's family ("" where the family is not one of these), price of breaking a row. */
PetscErrorCode ExpansionPolicyStore(Expansion e, const PetscReal *x, const PetscReal *y, const PetscReal *z,
                                    Components components);
PetscBool      ExpansionPolicyFamily(PetscInt family, ComponentKind *kind, const char **name, const char **words);
PetscReal      ExpansionPolicyElastic(Expansion e, PetscInt row);

#endif
