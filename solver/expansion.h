/* Capacity expansion: components (inputs/components.h) as a linear program over all snapshots and investment periods,
   in PyPSA's formulation, and what the planning model adds to it; and its solution put back into the components' output
   columns.

   Objective: the sum over periods of their objective weight times (capital cost a year of the capacity that is active
   then, plus running costs times the snapshots' objective weights). Capital cost is capital_cost, or the annuity of
   overnight_cost, and fom_cost. What others pay is left out: subsidies (columns `subsidy`, a share of the annualised
   investment, and subsidy_per_mwh). A carbon price (Components.carbon_price) is paid for emissions as primary_energy
   constraints count them: on generators' output over efficiency, with the snapshots' weights for generators, and on
   what storage that is not cyclic is depleted by. The objective that PyPSA reports leaves out the *objective constant*:
   the capital cost of the existing part of extendable capacity.

   Capacity that is given limits power by bounds of variables, capacity that is planned by rows; rows of a snapshot have
   it as the stage of their label, capacities and annual rows -1. */
#ifndef ARCHIPELAGO_SOLVER_EXPANSION_H
#define ARCHIPELAGO_SOLVER_EXPANSION_H

#include "inputs/components.h"
#include "solver/linear_program.h"

typedef struct _p_Expansion *Expansion;

typedef struct {
  PetscBool
      angles; /* Kirchhoff's voltage law by bus angles rather than by cycles (for methods that take regions apart) */
  PetscBool dispatch; /* capacities are fixed to p_nom_opt, s_nom_opt, e_nom_opt */
} ExpansionOptions;

/* Not collective; the same on every rank. `components` is borrowed and unchanged until ExpansionStore, but for the
   impedances (ComponentsImpedances). What cannot be modelled is a fault that names file and line; *expansion is NULL
   when the list holds errors. */
PetscErrorCode ExpansionCreate(Components components, const ExpansionOptions *options, Faults faults,
                               Expansion *expansion);
PetscErrorCode ExpansionDestroy(Expansion *expansion);

/* The program, whose objective with its constant is PyPSA's objective + objective constant. Borrowed. */
LinearProgram ExpansionProgram(Expansion expansion);
PetscReal     ExpansionObjectiveConstant(Expansion expansion);

/* Puts a solution of the program (linear_method.h) into the output columns of the components, with PyPSA's names and
   signs: *_nom_opt; p, p0, p1, ..., p_dispatch, p_store, state_of_charge, spill, e; buses' p, marginal_price (currency
   per MWh, divided by the snapshot's objective weight and the period's) and v_ang; mu_upper, mu_lower, ...; mu of
   global constraints. Of our own: loads' `unserved` and `shifted`, *_nom_opt of each period where retirement makes them
   differ. */
PetscErrorCode ExpansionStore(Expansion expansion, const PetscReal *x, const PetscReal *y, const PetscReal *z,
                              Components components);

/* What a row or a variable is, in one line for people ("upper limit of generator "coast wind" at 2030-01-01 05:00:00"),
   and as a name without blanks for MPS files. */
void ExpansionDescribe(Expansion expansion, PetscBool is_row, PetscInt index, char *text, size_t size);
void ExpansionName(void *expansion, PetscBool is_row, PetscInt index, char *text, size_t size);

/* Price at which a row may be broken in an elastic solve that asks what makes the program infeasible; 0: never. Bus
   balances and policies (global constraints, reserve margins, targets) are elastic. */
PetscReal ExpansionElastic(Expansion expansion, PetscInt row);

#endif
