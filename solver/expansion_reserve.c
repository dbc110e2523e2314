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

/* What a reserve counts, found once for all snapshots: rows of components with the column that multiplies them. */
typedef struct {
  ComponentKind kind;
  PetscInt      row;
  PetscBool     required; /* capacity that the requirement grows with, otherwise a promise */
  const Column *share;    /* NULL: 1 */
} Part;

typedef struct {
  PetscInt  reserve, n;
  Part     *part;
  PetscReal of_renewables, *demand; /* [snapshots] what it asks for of load, MW */
} Requirement;

static PetscErrorCode FindParts(Expansion e, Requirement *q)
{
  const char *carriers = ExpansionText(e, COMPONENT_RESERVE, "carriers", q->reserve);

  PetscFunctionBeginUser;
  q->n = 0;
  for (int k = 0; k < 3; k++)
    for (PetscInt row = 0; row < e->c->table[promising[k]].n; row++) {
      const ComponentKind kind = promising[k];
      if (!Covers(e, q->reserve, PromiseBus(e, kind, row))) continue;
      if (ExpansionPolicy(e)->promise[kind][row] >= 0)
        q->part[q->n++] =
            (Part){kind, row, PETSC_FALSE, kind == COMPONENT_LINK ? ExpansionColumn(e, kind, "efficiency") : NULL};
      if (kind == COMPONENT_GENERATOR && q->of_renewables > 0 &&
          PlanningNamed(carriers, ExpansionCarrier(e, kind, row)))
        q->part[q->n++] = (Part){kind, row, PETSC_TRUE, ExpansionColumn(e, kind, "p_max_pu")};
    }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddRequirement(Expansion e, const Requirement *q, PetscInt t, ExpansionTerms *terms)
{
  const LinearLabel label    = {POLICY_RESERVE, q->reserve, t};
  const PetscInt    shortage = ExpansionPolicy(e)->shortage[q->reserve];

  PetscFunctionBeginUser;
  terms->n        = 0;
  terms->constant = 0;
  for (PetscInt k = 0; k < q->n; k++) {
    const Part     *p     = &q->part[k];
    const PetscReal share = p->share ? ColumnAt(p->share, p->row, t) : 1;
    if (p->required)
      PetscCall(PolicyCapacity(e, p->kind, p->row, e->c->period_of[t], -q->of_renewables * share, terms));
    else
      PetscCall(ExpansionTermsAdd(terms, ExpansionPolicy(e)->promise[p->kind][p->row] + t, share));
  }
  if (shortage >= 0) PetscCall(ExpansionTermsAdd(terms, shortage + t, 1));
  PetscCall(ExpansionAddTerms(e, label, terms, '>',
                              ColumnAt(ExpansionColumn(e, COMPONENT_RESERVE, "requirement_mw"), q->reserve, t) +
                                  PetscMax(0, q->demand[t])));
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

static PetscErrorCode AddReserve(Expansion e, Requirement *q)
{
  const ComponentKind kind  = COMPONENT_RESERVE;
  const PetscReal     share = ExpansionReal(e, kind, "share_of_load", q->reserve, 0);
  ExpansionTerms      terms = {0};

  PetscFunctionBeginUser;
  q->of_renewables = ExpansionReal(e, kind, "share_of_renewables", q->reserve, 0);
  PetscCall(FindParts(e, q));
  PetscCall(PolicyDemand(e, ExpansionText(e, kind, "column", q->reserve), ExpansionText(e, kind, "label", q->reserve),
                         q->demand));
  PetscCall(AddShortage(e, q->reserve));
  ExpansionPolicy(e)->reserve[q->reserve] = e->program->m;
  for (PetscInt t = 0; t < e->c->n_snapshots; t++) {
    q->demand[t] *= share;
    PetscCall(AddRequirement(e, q, t, &terms));
  }
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddReserves(Expansion e)
{
  Requirement q    = {0};
  PetscInt    rows = 0;

  PetscFunctionBeginUser;
  if (!e->c->table[COMPONENT_RESERVE].n) PetscFunctionReturn(0);
  PetscCall(AddPromises(e));
  for (int k = 0; k < 3; k++) rows += 2 * e->c->table[promising[k]].n;
  PetscCall(PetscMalloc1(rows + 1, &q.part));
  PetscCall(PetscMalloc1(e->c->n_snapshots, &q.demand));
  for (q.reserve = 0; q.reserve < e->c->table[COMPONENT_RESERVE].n; q.reserve++) PetscCall(AddReserve(e, &q));
  PetscCall(PetscFree(q.part));
  PetscCall(PetscFree(q.demand));
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
