/* Capacity reserve margins of an expansion model: rows of global_constraints of the type capacity_margin. In their period the
   firm capacity in their `region` ("": everywhere) exceeds the highest electric demand there by the margin `constant`:

     sum of credit x capacity >= (1 + constant) x max over the snapshots of demand

   Capacity: of generators and storage units at electric buses, and of links that feed them from buses that are not electric
   (times the efficiency). Credit: the column capacity_credit; otherwise the lowest p_max_pu of the period, and of storage units the
   hours that they last over four, at most 1, times that. Demand is that of loads before anything is shifted or left unserved.
   The multiplier is that of a MW of the period. */
#include "solver/expansion_policy.h"

#include "inputs/planning.h"

#include <math.h>
#include <string.h>

#define FIRM_HOURS 4.0 /* for which storage must last to count in full */

static PetscReal Lowest(Expansion e, ComponentKind kind, const char *attribute, PetscInt row, PetscInt period)
{
  const Column *column = ExpansionColumn(e, kind, attribute);
  PetscReal     lowest = INFINITY;
  for (PetscInt t = PolicyFirst(e, period); t < PolicyEnd(e, period); t++)
    lowest = PetscMin(lowest, ColumnAt(column, row, t));
  return lowest;
}

static PetscReal Credit(Expansion e, ComponentKind kind, PetscInt row, PetscInt period)
{
  const PetscReal given = ExpansionReal(e, kind, "capacity_credit", row, NAN);
  PetscReal       credit;
  if (!isnan(given)) return given;
  credit = PetscMax(0, Lowest(e, kind, "p_max_pu", row, period));
  if (kind == COMPONENT_STORAGE_UNIT) credit *= PetscMin(1, ExpansionReal(e, kind, "max_hours", row, 0) / FIRM_HOURS);
  return credit;
}

static PetscErrorCode AddUnits(Expansion e, ComponentKind kind, const char *column, const char *region, PetscInt period,
                               ExpansionTerms *terms)
{
  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++)
    if (PolicyBusIn(e, ExpansionBus(e, kind, "bus", row), column, region))
      PetscCall(PolicyCapacity(e, kind, row, period, Credit(e, kind, row, period), terms));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLinks(Expansion e, const char *column, const char *region, PetscInt period,
                               ExpansionTerms *terms)
{
  const ComponentKind kind = COMPONENT_LINK;
  char                bus[32], efficiency[32];

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    if (PolicyBusIn(e, ExpansionBus(e, kind, "bus0", row), "", "")) continue;
    for (PetscInt k = -1; k < e->n_ports; k++) {
      snprintf(bus, sizeof bus, "bus%d", k < 0 ? 1 : (int)e->port[k]);
      snprintf(efficiency, sizeof efficiency, k < 0 ? "efficiency" : "efficiency%d", k < 0 ? 0 : (int)e->port[k]);
      if (!ExpansionColumn(e, kind, efficiency) || !PolicyBusIn(e, ExpansionBus(e, kind, bus, row), column, region))
        continue;
      PetscCall(PolicyCapacity(e, kind, row, period,
                               Credit(e, kind, row, period) * Lowest(e, kind, efficiency, row, period), terms));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Peak(Expansion e, const char *column, const char *region, PetscInt period, PetscReal *peak)
{
  PetscReal *demand;

  PetscFunctionBeginUser;
  *peak = 0;
  PetscCall(PetscMalloc1(e->c->n_snapshots, &demand));
  PetscCall(PolicyDemand(e, column, region, demand));
  for (PetscInt t = PolicyFirst(e, period); t < PolicyEnd(e, period); t++) *peak = PetscMax(*peak, demand[t]);
  PetscCall(PetscFree(demand));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddMargin(Expansion e, PetscInt row, PetscInt period)
{
  const ComponentKind kind   = COMPONENT_GLOBAL_CONSTRAINT;
  const LinearLabel   label  = {EXPANSION_GLOBAL, row, -1};
  const char         *region = ExpansionText(e, kind, "region", row), *sense = ExpansionText(e, kind, "sense", row);
  const char         *column = ExpansionText(e, kind, "column", row);
  ExpansionTerms      terms  = {0};
  PetscReal           peak;

  PetscFunctionBeginUser;
  PetscCall(Peak(e, column, region, period, &peak));
  PetscCall(AddUnits(e, COMPONENT_GENERATOR, column, region, period, &terms));
  PetscCall(AddUnits(e, COMPONENT_STORAGE_UNIT, column, region, period, &terms));
  PetscCall(AddLinks(e, column, region, period, &terms));
  PetscCall(ExpansionAddTerms(e, label, &terms, sense[0], (1 + ExpansionReal(e, kind, "constant", row, 0)) * peak));
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddMargins(Expansion e)
{
  const ComponentKind kind = COMPONENT_GLOBAL_CONSTRAINT;

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    const PetscInt period = PolicyPeriod(e, row);
    if (strcmp(ExpansionText(e, kind, "type", row), PLANNING_CAPACITY_MARGIN) || period < -1) continue;
    if (period < 0 && e->n_periods > 1)
      PetscCall(ExpansionFault(e, kind, row, "found no investment_period, expected one for a capacity_margin"));
    else
      PetscCall(AddMargin(e, row, PetscMax(period, 0)));
  }
  PetscCall(PolicyAddTargets(e));
  PetscFunctionReturn(0);
}
