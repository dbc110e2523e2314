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

/* Snapshots that a row counts, and where its terms go. */
typedef struct {
  PetscInt       first, end;
  const char    *carriers;
  ExpansionTerms terms;
} Share;

static PetscErrorCode AddUnits(Expansion e, ComponentKind kind, Share *s)
{
  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    const PetscReal sign = ExpansionReal(e, kind, "sign", row, 1);
    if (!PlanningNamed(s->carriers, ExpansionCarrier(e, kind, row))) continue;
    if (!PolicyBusIn(e, ExpansionBus(e, kind, "bus", row), "", "")) continue;
    for (PetscInt t = s->first; t < s->end; t++) {
      if (!ExpansionActive(e, kind, row, t)) continue;
      PetscCall(ExpansionTermsAdd(&s->terms, ExpansionPower(e, kind, row, t), sign * Weight(e, t)));
      if (kind == COMPONENT_STORAGE_UNIT)
        PetscCall(ExpansionTermsAdd(&s->terms, e->store[row] + t, -sign * Weight(e, t)));
    }
  }
  PetscFunctionReturn(0);
}

/* What a link brings at one of its ports. */
static PetscErrorCode AddPort(Expansion e, PetscInt row, const char *bus, const char *efficiency, Share *s)
{
  const ComponentKind kind  = COMPONENT_LINK;
  const Column       *share = ExpansionColumn(e, kind, efficiency);

  PetscFunctionBeginUser;
  if (!share || !PolicyBusIn(e, ExpansionBus(e, kind, bus, row), "", "")) PetscFunctionReturn(0);
  for (PetscInt t = s->first; t < s->end; t++)
    if (ExpansionActive(e, kind, row, t))
      PetscCall(ExpansionTermsAdd(&s->terms, ExpansionPower(e, kind, row, t), Weight(e, t) * ColumnAt(share, row, t)));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLinks(Expansion e, Share *s)
{
  const ComponentKind kind = COMPONENT_LINK;
  char                bus[32], efficiency[32];

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    if (!PlanningNamed(s->carriers, ExpansionText(e, kind, "carrier", row))) continue;
    if (PolicyBusIn(e, ExpansionBus(e, kind, "bus0", row), "", "")) continue;
    PetscCall(AddPort(e, row, "bus1", "efficiency", s));
    for (PetscInt k = 0; k < e->n_ports; k++) {
      snprintf(bus, sizeof bus, "bus%d", (int)e->port[k]);
      snprintf(efficiency, sizeof efficiency, "efficiency%d", (int)e->port[k]);
      PetscCall(AddPort(e, row, bus, efficiency, s));
    }
  }
  PetscFunctionReturn(0);
}

/* - share x what loads take */
static PetscErrorCode AddServed(Expansion e, PetscReal share, Share *s)
{
  PetscReal *demand;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(e->c->n_snapshots, &demand));
  PetscCall(PolicyDemand(e, "", "", demand));
  for (PetscInt t = s->first; t < s->end; t++) s->terms.constant -= share * Weight(e, t) * demand[t];
  PetscCall(PetscFree(demand));
  for (PetscInt row = 0; row < e->c->table[COMPONENT_LOAD].n; row++) {
    if (!PolicyBusIn(e, ExpansionBus(e, COMPONENT_LOAD, "bus", row), "", "")) continue;
    for (PetscInt t = s->first; t < s->end; t++) {
      const PetscReal factor = share * Weight(e, t);
      if (e->load_served[row] >= 0) PetscCall(ExpansionTermsAdd(&s->terms, e->load_served[row] + t, factor));
      if (e->load_shift_up[row] < 0) continue;
      PetscCall(ExpansionTermsAdd(&s->terms, e->load_shift_up[row] + t, -factor));
      PetscCall(ExpansionTermsAdd(&s->terms, e->load_shift_down[row] + t, factor));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddShare(Expansion e, PetscInt row, PetscInt period)
{
  const ComponentKind kind  = COMPONENT_GLOBAL_CONSTRAINT;
  const LinearLabel   label = {EXPANSION_GLOBAL, row, -1};
  Share               s = {PolicyFirst(e, period), PolicyEnd(e, period), ExpansionText(e, kind, "carriers", row), {0}};

  PetscFunctionBeginUser;
  PetscCall(AddUnits(e, COMPONENT_GENERATOR, &s));
  PetscCall(AddUnits(e, COMPONENT_STORAGE_UNIT, &s));
  PetscCall(AddLinks(e, &s));
  PetscCall(AddServed(e, ExpansionReal(e, kind, "constant", row, 0), &s));
  PetscCall(ExpansionAddTerms(e, label, &s.terms, ExpansionText(e, kind, "sense", row)[0], 0));
  PetscCall(ExpansionTermsFree(&s.terms));
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
