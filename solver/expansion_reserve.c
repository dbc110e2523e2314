/* Operating reserve of an expansion model. In every snapshot generators, storage units and links that feed an electric bus
   promise power beside what they give, and the promises within a reserve's buses reach its requirement, or the missing MW
   cost the shortage price for each hour:

     sum of r[t] + shortage[t] >= requirement_mw[t] + share_of_load x electric demand[t]
                                  + share_of_renewables x sum over its carriers of p_max_pu[t] x capacity
     p[t] + r[t] <= p_max_pu[t] x capacity, r[t] <= reserve_max_pu x capacity
     r[t] x one hour <= efficiency_dispatch x what is stored at the end of t     (storage units, whose p is net of storing)

   A promise of a link counts what arrives at bus1. One promise serves all reserves that cover the bus. */
#include "solver/expansion_policy.h"

#include "inputs/planning.h"

#include <math.h>
#include <string.h>

static const ComponentKind promising[3] = {COMPONENT_GENERATOR, COMPONENT_STORAGE_UNIT, COMPONENT_LINK};

/* Bus that a promise reaches: -1 where it is none of an electric bus from elsewhere. */
static PetscInt PromiseBus(Expansion e, ComponentKind kind, PetscInt row)
{
  const PetscInt bus = ExpansionBus(e, kind, kind == COMPONENT_LINK ? "bus1" : "bus", row);
  return bus >= 0 && ComponentsElectric(e->c, bus) ? bus : -1;
}

static PetscBool Covers(Expansion e, PetscInt reserve, PetscInt bus)
{
  return PolicyBusIn(e, bus, ExpansionText(e, COMPONENT_RESERVE, "column", reserve),
                     ExpansionText(e, COMPONENT_RESERVE, "label", reserve));
}

/* p + r <= most x capacity, and for storage p - store + r */
static PetscErrorCode AddHeadroom(Expansion e, ComponentKind kind, PetscInt row, PetscInt t, ExpansionTerms *terms)
{
  const LinearLabel label = {POLICY_HEADROOM + (PetscInt)kind, row, t};

  PetscFunctionBeginUser;
  terms->n        = 0;
  terms->constant = 0;
  PetscCall(ExpansionTermsAdd(terms, ExpansionPower(e, kind, row, t), 1));
  if (kind == COMPONENT_STORAGE_UNIT) PetscCall(ExpansionTermsAdd(terms, e->store[row] + t, -1));
  PetscCall(ExpansionTermsAdd(terms, ExpansionPolicy(e)->promise[kind][row] + t, 1));
  PetscCall(
      PolicyCapacity(e, kind, row, e->c->period_of[t], -ColumnAt(ExpansionColumn(e, kind, "p_max_pu"), row, t), terms));
  PetscCall(ExpansionAddTerms(e, label, terms, '<', 0));
  PetscFunctionReturn(0);
}

/* r <= share x capacity */
static PetscErrorCode AddPromiseLimit(Expansion e, ComponentKind kind, PetscInt row, PetscInt t, ExpansionTerms *terms)
{
  const LinearLabel label = {POLICY_PROMISE_UPPER + (PetscInt)kind, row, t};

  PetscFunctionBeginUser;
  terms->n        = 0;
  terms->constant = 0;
  PetscCall(PolicyCapacity(e, kind, row, e->c->period_of[t], -ExpansionReal(e, kind, "reserve_max_pu", row, 0), terms));
  if (!terms->n) {
    e->program->upper[ExpansionPolicy(e)->promise[kind][row] + t] = -terms->constant;
    PetscFunctionReturn(0);
  }
  PetscCall(ExpansionTermsAdd(terms, ExpansionPolicy(e)->promise[kind][row] + t, 1));
  PetscCall(ExpansionAddTerms(e, label, terms, '<', 0));
  PetscFunctionReturn(0);
}

/* r x 1 h <= efficiency x level */
static PetscErrorCode AddPromiseEnergy(Expansion e, PetscInt row, PetscInt t, ExpansionTerms *terms)
{
  const ComponentKind kind  = COMPONENT_STORAGE_UNIT;
  const LinearLabel   label = {POLICY_PROMISE_ENERGY + (PetscInt)kind, row, t};

  PetscFunctionBeginUser;
  terms->n        = 0;
  terms->constant = 0;
  PetscCall(ExpansionTermsAdd(terms, ExpansionPolicy(e)->promise[kind][row] + t, 1));
  PetscCall(
      PolicyLowestLevel(e, kind, row, t, -ColumnAt(ExpansionColumn(e, kind, "efficiency_dispatch"), row, t), terms));
  PetscCall(ExpansionAddTerms(e, label, terms, '<', 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPromise(Expansion e, ComponentKind kind, PetscInt row)
{
  const LinearLabel label   = {POLICY_PROMISE + (PetscInt)kind, row, 0};
  PetscInt         *promise = &ExpansionPolicy(e)->promise[kind][row];
  ExpansionTerms    terms   = {0};

  PetscFunctionBeginUser;
  PetscCall(LinearProgramAddVariables(e->program, e->c->n_snapshots, label, 0, 0, promise));
  for (PetscInt t = 0; t < e->c->n_snapshots; t++) {
    if (!ExpansionActive(e, kind, row, t)) continue;
    e->program->upper[*promise + t] = INFINITY;
    PetscCall(AddHeadroom(e, kind, row, t, &terms));
    PetscCall(AddPromiseLimit(e, kind, row, t, &terms));
    if (kind == COMPONENT_STORAGE_UNIT) PetscCall(AddPromiseEnergy(e, row, t, &terms));
  }
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

/* Promises are made where a reserve asks for them. */
static PetscErrorCode AddPromises(Expansion e)
{
  PetscFunctionBeginUser;
  for (int k = 0; k < 3; k++)
    for (PetscInt row = 0; row < e->c->table[promising[k]].n; row++) {
      const PetscInt bus    = PromiseBus(e, promising[k], row);
      PetscBool      wanted = PETSC_FALSE;
      for (PetscInt r = 0; r < e->c->table[COMPONENT_RESERVE].n; r++)
        if (Covers(e, r, bus)) wanted = PETSC_TRUE;
      if (wanted && ExpansionReal(e, promising[k], "reserve_max_pu", row, 0) > 0 &&
          ExpansionEverActive(e, promising[k], row))
        PetscCall(AddPromise(e, promising[k], row));
    }
  PetscFunctionReturn(0);
}

/* What of the requirement grows with available renewable power. */
static PetscErrorCode AddRenewables(Expansion e, PetscInt reserve, PetscInt t, ExpansionTerms *terms)
{
  const ComponentKind kind     = COMPONENT_GENERATOR;
  const PetscReal     share    = ExpansionReal(e, COMPONENT_RESERVE, "share_of_renewables", reserve, 0);
  const char         *carriers = ExpansionText(e, COMPONENT_RESERVE, "carriers", reserve);

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n && share > 0; row++)
    if (PlanningNamed(carriers, ExpansionCarrier(e, kind, row)) && Covers(e, reserve, PromiseBus(e, kind, row)))
      PetscCall(PolicyCapacity(e, kind, row, e->c->period_of[t],
                               -share * ColumnAt(ExpansionColumn(e, kind, "p_max_pu"), row, t), terms));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddRequirement(Expansion e, PetscInt reserve, PetscInt t, ExpansionTerms *terms)
{
  const ComponentKind kind     = COMPONENT_RESERVE;
  const LinearLabel   label    = {POLICY_RESERVE, reserve, t};
  Policy              policy   = ExpansionPolicy(e);
  const PetscReal     load     = ExpansionReal(e, kind, "share_of_load", reserve, 0);
  PetscReal           required = ColumnAt(ExpansionColumn(e, kind, "requirement_mw"), reserve, t);

  PetscFunctionBeginUser;
  terms->n        = 0;
  terms->constant = 0;
  for (int k = 0; k < 3; k++)
    for (PetscInt row = 0; row < e->c->table[promising[k]].n; row++)
      if (policy->promise[promising[k]][row] >= 0 && Covers(e, reserve, PromiseBus(e, promising[k], row)))
        PetscCall(ExpansionTermsAdd(
            terms, policy->promise[promising[k]][row] + t,
            promising[k] == COMPONENT_LINK ? ColumnAt(ExpansionColumn(e, promising[k], "efficiency"), row, t) : 1));
  PetscCall(AddRenewables(e, reserve, t, terms));
  if (policy->shortage[reserve] >= 0) PetscCall(ExpansionTermsAdd(terms, policy->shortage[reserve] + t, 1));
  if (load > 0)
    required += load * PetscMax(0, PolicyDemand(e, ExpansionText(e, kind, "column", reserve),
                                                ExpansionText(e, kind, "label", reserve), t));
  PetscCall(ExpansionAddTerms(e, label, terms, '>', required));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddShortage(Expansion e, PetscInt reserve)
{
  const LinearLabel label    = {POLICY_SHORTAGE, reserve, 0};
  const Column     *price    = ExpansionColumn(e, COMPONENT_RESERVE, "shortage_price");
  PetscInt         *shortage = &ExpansionPolicy(e)->shortage[reserve];
  PetscBool         any      = PETSC_FALSE;

  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < e->c->n_snapshots; t++)
    if (!isinf(ColumnAt(price, reserve, t))) any = PETSC_TRUE;
  if (!any) PetscFunctionReturn(0);
  PetscCall(LinearProgramAddVariables(e->program, e->c->n_snapshots, label, 0, INFINITY, shortage));
  for (PetscInt t = 0; t < e->c->n_snapshots; t++) {
    if (isinf(ColumnAt(price, reserve, t)))
      e->program->upper[*shortage + t] = 0;
    else
      e->program->cost[*shortage + t] = ExpansionWeight(e, t) * ColumnAt(price, reserve, t);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddReserves(Expansion e)
{
  const PetscInt n     = e->c->table[COMPONENT_RESERVE].n;
  ExpansionTerms terms = {0};

  PetscFunctionBeginUser;
  if (!n) PetscFunctionReturn(0);
  PetscCall(AddPromises(e));
  for (PetscInt r = 0; r < n; r++) {
    PetscCall(AddShortage(e, r));
    ExpansionPolicy(e)->reserve[r] = e->program->m;
    for (PetscInt t = 0; t < e->c->n_snapshots; t++) PetscCall(AddRequirement(e, r, t, &terms));
  }
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

/* Units' `reserve` (MW); reserves' `shortage` (MW) and `price` (currency per MW for an hour). */
PetscErrorCode PolicyStoreReserves(Expansion e, const PetscReal *x, const PetscReal *y, Components components)
{
  const Policy policy = ExpansionPolicy(e);
  PetscReal   *series;

  PetscFunctionBeginUser;
  for (int k = 0; k < 3; k++)
    for (PetscInt row = 0; row < e->c->table[promising[k]].n; row++)
      if (policy->promise[promising[k]][row] >= 0)
        PetscCall(
            ComponentsSetSeries(components, promising[k], "reserve", row, x + policy->promise[promising[k]][row]));
  PetscCall(PetscMalloc1(e->c->n_snapshots, &series));
  for (PetscInt r = 0; r < e->c->table[COMPONENT_RESERVE].n; r++) {
    if (policy->shortage[r] >= 0)
      PetscCall(ComponentsSetSeries(components, COMPONENT_RESERVE, "shortage", r, x + policy->shortage[r]));
    for (PetscInt t = 0; t < e->c->n_snapshots; t++) {
      const PetscReal weight = ExpansionWeight(e, t);
      series[t]              = weight > 0 && y ? y[policy->reserve[r] + t] / weight : 0;
    }
    PetscCall(ComponentsSetSeries(components, COMPONENT_RESERVE, "price", r, series));
  }
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}
