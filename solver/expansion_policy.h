/* Inside the expansion model: what the planning model has beside PyPSA's formulation. For expansion_{policy,demand,days,
   reserve,retire,share,margin,target}.c. */
#ifndef ARCHIPELAGO_SOLVER_EXPANSION_POLICY_H
#define ARCHIPELAGO_SOLVER_EXPANSION_POLICY_H

#include "solver/expansion_impl.h"

/* Families of variables and rows, as ExpansionFamily; those "+ kind" take COMPONENT_KINDS numbers. */
enum {
  POLICY_UNSERVED = EXPANSION_FAMILIES, /* loads: power that is not served, MW */
  POLICY_SHIFT_UP,                      /* loads: power taken beside the demand, */
  POLICY_SHIFT_DOWN,                    /* and power of the demand not taken, MW */
  POLICY_SHIFT_BLOCK,                   /* rows: what is moved in a block of hours sums to zero */
  POLICY_SERVED,                        /* rows: no more is left out than is demanded */
  POLICY_FULLEST, /* + kind: highest and lowest of the levels with which those days begin that a */
  POLICY_EMPTIEST =
      POLICY_FULLEST + COMPONENT_KINDS, /* + kind: representative day stands for, MWh; stage: its first snapshot */
  POLICY_DAY         = POLICY_EMPTIEST + COMPONENT_KINDS, /* + kind: level at the beginning of each day */
  POLICY_DAY_UPPER   = POLICY_DAY + COMPONENT_KINDS,      /* + kind: rows: days begin at most as full as the fullest, */
  POLICY_DAY_LOWER   = POLICY_DAY_UPPER + COMPONENT_KINDS, /* + kind: and at least as full as the emptiest */
  POLICY_DAY_NEXT    = POLICY_DAY_LOWER + COMPONENT_KINDS, /* + kind: rows: from day to day */
  POLICY_LEVEL_LOWER = POLICY_DAY_NEXT + COMPONENT_KINDS,  /* + kind: rows: lowest level within a representative day */
  POLICY_RETAINED =
      POLICY_LEVEL_LOWER + COMPONENT_KINDS, /* + kind: capacity in operation; stage: first of its period */
  POLICY_RETAINED_UPPER  = POLICY_RETAINED + COMPONENT_KINDS,       /* + kind: rows: no more than before */
  POLICY_RETAINED_LIMIT  = POLICY_RETAINED_UPPER + COMPONENT_KINDS, /* + kind: rows: limits of operation by it, three */
  POLICY_RETAINED_SECOND = POLICY_RETAINED_LIMIT + COMPONENT_KINDS, /* + kind: rows */
  POLICY_RETAINED_THIRD  = POLICY_RETAINED_SECOND + COMPONENT_KINDS, /* + kind: rows */
  POLICY_PROMISE         = POLICY_RETAINED_THIRD + COMPONENT_KINDS,  /* + kind: reserve promised, MW */
  POLICY_PROMISE_UPPER   = POLICY_PROMISE + COMPONENT_KINDS,         /* + kind: rows: its share of capacity, */
  POLICY_HEADROOM        = POLICY_PROMISE_UPPER + COMPONENT_KINDS,   /* + kind: rows: what power leaves of it, */
  POLICY_PROMISE_ENERGY  = POLICY_HEADROOM + COMPONENT_KINDS,        /* + kind: rows: an hour of stored energy */
  POLICY_SHORTAGE        = POLICY_PROMISE_ENERGY + COMPONENT_KINDS,  /* reserves: what is missing, MW */
  POLICY_RESERVE,                                                    /* rows: requirement of a reserve */
  POLICY_FAMILIES
};

/* Representative days: of each snapshot, period after period. */
typedef struct {
  PetscInt  n;            /* representative days of all periods; 0: snapshots follow each other */
  PetscInt *first, *last; /* [n] snapshots */
  PetscInt *of;           /* [snapshots] representative day, -1: none */
  PetscInt *day;          /* [n_days] representative day that stands for a day of the year */
  PetscInt *fullest[COMPONENT_KINDS], *emptiest[COMPONENT_KINDS]; /* [rows][n] variables, -1: none */
  PetscInt *level[COMPONENT_KINDS];                               /* [rows][n_days] */
} PolicyDays;

typedef struct _s_Policy {
  PolicyDays days;
  PetscInt  *retained[COMPONENT_KINDS]; /* [rows][n_periods] variable of the capacity in operation, -1: all of it */
  PetscInt  *promise[COMPONENT_KINDS];  /* [rows] variable of the reserve promised at snapshot 0, -1: none */
  PetscInt  *shortage, *reserve;        /* [reserves] variable, -1: none; row at snapshot 0 */
} * Policy;

static inline Policy ExpansionPolicy(Expansion e)
{
  return (Policy)e->policy;
}

/* Adds factor x the capacity in operation in a period; nothing where the row is not active then. */
PetscErrorCode PolicyCapacity(Expansion e, ComponentKind kind, PetscInt row, PetscInt period, PetscReal factor,
                              ExpansionTerms *terms);
/* Adds factor x the lowest level that storage has at a snapshot, of all days that it stands for. */
PetscErrorCode PolicyLowestLevel(Expansion e, ComponentKind kind, PetscInt row, PetscInt t, PetscReal factor,
                                 ExpansionTerms *terms);
/* Variable of the level of storage at snapshot 0; column of its level's lower limit per unit, NULL: 0. */
PetscInt      PolicyLevel(Expansion e, ComponentKind kind, PetscInt row);
const Column *PolicyLevelMinimum(Expansion e, ComponentKind kind);

/* Index of the period of a global constraint: -1 of all; -2 of one that is not planned. */
PetscInt PolicyPeriod(Expansion e, PetscInt constraint);
/* Whether a bus is electric and, unless the label is "", of that region by that column. */
PetscBool PolicyBusIn(Expansion e, PetscInt bus, const char *column, const char *label);
/* Electric demand there, MW [snapshots], before anything is shifted or left unserved. */
PetscErrorCode PolicyDemand(Expansion e, const char *column, const char *label, PetscReal *demand);
/* First snapshot of a period, and the one behind its last. */
static inline PetscInt PolicyFirst(Expansion e, PetscInt period)
{
  return e->first[PetscMax(period, 0)];
}
static inline PetscInt PolicyEnd(Expansion e, PetscInt period)
{
  return (period < 0 ? e->last[e->n_periods - 1] : e->last[period]) + 1;
}

PetscErrorCode PolicyAddTargets(Expansion e); /* expansion_target.c */

PetscErrorCode PolicyStoreDemand(Expansion e, const PetscReal *x, Components components);
PetscErrorCode PolicyStoreDays(Expansion e, const PetscReal *x, Components components);
PetscErrorCode PolicyStoreRetirement(Expansion e, const PetscReal *x, Components components);
PetscErrorCode PolicyStoreReserves(Expansion e, const PetscReal *x, const PetscReal *y, Components components);
PetscErrorCode PolicyDestroyDays(Expansion e);

#endif
