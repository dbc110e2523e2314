/* Shares of energy in an expansion model: rows of global_constraints of the type energy_share, whose `carriers` must generate
   at least (sense >=) the share `constant` of the electricity that loads take:

     sum over the snapshots of w[t] (generation[t] - constant x served[t]) >= 0

   with w the generators' weight, times the years of the period. Generation: output of generators, storage units (net of what they
   store) and links from buses that are not electric, of those carriers, at electric buses; what is curtailed is not generated.
   Served: demand of loads at electric buses, moved demand where it is moved to, without what is left unserved; links that take
   electricity away and losses are not demand. The multiplier is that of a MWh. */
#include "solver/expansion_policy.h"

#include "inputs/planning.h"

#include <math.h>
#include <string.h>

/* Weight of an hour of a snapshot in energies. */
static PetscReal Weight(Expansion e, PetscInt t)
{
  return e->c->weight_generators[t] * (e->c->n_periods ? e->c->period_years[e->c->period_of[t]] : 1);
}

static PetscErrorCode AddUnits(Expansion e, ComponentKind kind, const char *carriers, PetscInt t, ExpansionTerms *terms)
{
  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    const PetscInt  bus    = ExpansionBus(e, kind, "bus", row);
    const PetscReal factor = Weight(e, t) * ExpansionReal(e, kind, "sign", row, 1);
    if (!ExpansionActive(e, kind, row, t) || !PlanningNamed(carriers, ExpansionCarrier(e, kind, row))) continue;
    if (!PolicyBusIn(e, bus, "", "")) continue;
    PetscCall(ExpansionTermsAdd(terms, ExpansionPower(e, kind, row, t), factor));
    if (kind == COMPONENT_STORAGE_UNIT) PetscCall(ExpansionTermsAdd(terms, e->store[row] + t, -factor));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLinks(Expansion e, const char *carriers, PetscInt t, ExpansionTerms *terms)
{
  const ComponentKind kind = COMPONENT_LINK;
  char                bus[32], efficiency[32];

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    if (!ExpansionActive(e, kind, row, t) || !PlanningNamed(carriers, ExpansionText(e, kind, "carrier", row))) continue;
    if (PolicyBusIn(e, ExpansionBus(e, kind, "bus0", row), "", "")) continue;
    for (PetscInt k = -1; k < e->n_ports; k++) {
      const Column *share;
      snprintf(bus, sizeof bus, "bus%d", k < 0 ? 1 : (int)e->port[k]);
      snprintf(efficiency, sizeof efficiency, k < 0 ? "efficiency" : "efficiency%d", k < 0 ? 0 : (int)e->port[k]);
      share = ExpansionColumn(e, kind, efficiency);
      if (share && PolicyBusIn(e, ExpansionBus(e, kind, bus, row), "", ""))
        PetscCall(ExpansionTermsAdd(terms, ExpansionPower(e, kind, row, t), Weight(e, t) * ColumnAt(share, row, t)));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddServed(Expansion e, PetscReal share, PetscInt t, ExpansionTerms *terms)
{
  const PetscReal factor = -share * Weight(e, t);

  PetscFunctionBeginUser;
  terms->constant += factor * PolicyDemand(e, "", "", t);
  for (PetscInt row = 0; row < e->c->table[COMPONENT_LOAD].n; row++) {
    if (!PolicyBusIn(e, ExpansionBus(e, COMPONENT_LOAD, "bus", row), "", "")) continue;
    if (e->load_served[row] >= 0) PetscCall(ExpansionTermsAdd(terms, e->load_served[row] + t, -factor));
    if (e->load_shift_up[row] < 0) continue;
    PetscCall(ExpansionTermsAdd(terms, e->load_shift_up[row] + t, factor));
    PetscCall(ExpansionTermsAdd(terms, e->load_shift_down[row] + t, -factor));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddShare(Expansion e, PetscInt row, PetscInt period)
{
  const ComponentKind kind     = COMPONENT_GLOBAL_CONSTRAINT;
  const LinearLabel   label    = {EXPANSION_GLOBAL, row, -1};
  const char         *carriers = ExpansionText(e, kind, "carriers", row), *sense = ExpansionText(e, kind, "sense", row);
  ExpansionTerms      terms = {0};

  PetscFunctionBeginUser;
  for (PetscInt t = PolicyFirst(e, period); t < PolicyEnd(e, period); t++) {
    PetscCall(AddUnits(e, COMPONENT_GENERATOR, carriers, t, &terms));
    PetscCall(AddUnits(e, COMPONENT_STORAGE_UNIT, carriers, t, &terms));
    PetscCall(AddLinks(e, carriers, t, &terms));
    PetscCall(AddServed(e, ExpansionReal(e, kind, "constant", row, 0), t, &terms));
  }
  PetscCall(ExpansionAddTerms(e, label, &terms, sense[0], 0));
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddShares(Expansion e)
{
  const ComponentKind kind = COMPONENT_GLOBAL_CONSTRAINT;

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    const PetscInt period = PolicyPeriod(e, row);
    if (strcmp(ExpansionText(e, kind, "type", row), PLANNING_ENERGY_SHARE) || period < -1) continue;
    PetscCall(AddShare(e, row, period));
  }
  PetscFunctionReturn(0);
}
