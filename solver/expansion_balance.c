/* Power balances of the buses of an expansion model: what generators, storage and branches bring is what loads take. */
#include "solver/expansion_impl.h"

#include <math.h>

/* A family of variables over the snapshots at a bus. */
typedef struct {
  PetscInt      bus, variable; /* at snapshot 0 */
  PetscReal     factor;
  const Column *share; /* series or number of `row` that multiplies the factor; NULL: none */
  ComponentKind kind;
  PetscInt      row;
} BusTerm;

typedef struct {
  PetscInt n, capacity;
  BusTerm *term;
} BusTerms;

static PetscErrorCode AddTerm(BusTerms *terms, BusTerm term)
{
  PetscFunctionBeginUser;
  if (term.bus < 0 || term.variable < 0) PetscFunctionReturn(0);
  if (terms->n == terms->capacity) {
    terms->capacity = 2 * terms->capacity + 64;
    PetscCall(PetscRealloc((size_t)terms->capacity * sizeof(BusTerm), &terms->term));
  }
  terms->term[terms->n++] = term;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddOnePorts(Expansion e, BusTerms *terms)
{
  const ComponentKind kinds[] = {COMPONENT_GENERATOR, COMPONENT_STORE, COMPONENT_STORAGE_UNIT};
  PetscInt            k, row;

  PetscFunctionBeginUser;
  for (k = 0; k < 3; k++)
    for (row = 0; row < e->c->table[kinds[k]].n; row++) {
      const PetscInt  bus  = ExpansionBus(e, kinds[k], "bus", row);
      const PetscReal sign = ExpansionReal(e, kinds[k], "sign", row, 1);
      PetscCall(AddTerm(terms, (BusTerm){bus, e->power[kinds[k]][row], sign, NULL, kinds[k], row}));
      if (kinds[k] == COMPONENT_STORAGE_UNIT)
        PetscCall(AddTerm(terms, (BusTerm){bus, e->store[row], -sign, NULL, kinds[k], row}));
    }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBranches(Expansion e, BusTerms *terms)
{
  const ComponentKind kinds[] = {COMPONENT_LINE, COMPONENT_TRANSFORMER};
  PetscInt            k, row;

  PetscFunctionBeginUser;
  for (k = 0; k < 2; k++)
    for (row = 0; row < e->c->table[kinds[k]].n; row++) {
      const PetscInt flow = e->power[kinds[k]][row];
      PetscCall(AddTerm(terms, (BusTerm){ExpansionBus(e, kinds[k], "bus0", row), flow, -1, NULL, kinds[k], row}));
      PetscCall(AddTerm(terms, (BusTerm){ExpansionBus(e, kinds[k], "bus1", row), flow, 1, NULL, kinds[k], row}));
    }
  PetscFunctionReturn(0);
}

/* Links take p at bus0 and bring efficiency x p at each other port. */
static PetscErrorCode AddLinks(Expansion e, BusTerms *terms)
{
  const ComponentKind kind = COMPONENT_LINK;
  PetscInt            row, k;
  char                bus[32], efficiency[32];

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[kind].n; row++) {
    const PetscInt p = e->power[kind][row];
    PetscCall(AddTerm(terms, (BusTerm){ExpansionBus(e, kind, "bus0", row), p, -1, NULL, kind, row}));
    PetscCall(AddTerm(
        terms, (BusTerm){ExpansionBus(e, kind, "bus1", row), p, 1, ExpansionColumn(e, kind, "efficiency"), kind, row}));
    for (k = 0; k < e->n_ports; k++) {
      snprintf(bus, sizeof(bus), "bus%d", (int)e->port[k]);
      snprintf(efficiency, sizeof(efficiency), "efficiency%d", (int)e->port[k]);
      PetscCall(AddTerm(
          terms, (BusTerm){ExpansionBus(e, kind, bus, row), p, 1, ExpansionColumn(e, kind, efficiency), kind, row}));
    }
  }
  PetscFunctionReturn(0);
}

/* What loads may leave unserved, and what they move. */
static PetscErrorCode AddFlexibleLoads(Expansion e, BusTerms *terms)
{
  const ComponentKind kind = COMPONENT_LOAD;
  PetscInt            row;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[kind].n; row++) {
    const PetscInt  bus  = ExpansionBus(e, kind, "bus", row);
    const PetscReal sign = ExpansionReal(e, kind, "sign", row, -1);
    PetscCall(AddTerm(terms, (BusTerm){bus, e->load_served[row], -sign, NULL, kind, row}));
    PetscCall(AddTerm(terms, (BusTerm){bus, e->load_shift_up[row], sign, NULL, kind, row}));
    PetscCall(AddTerm(terms, (BusTerm){bus, e->load_shift_down[row], -sign, NULL, kind, row}));
  }
  PetscFunctionReturn(0);
}

/* Terms bus after bus (start [buses + 1]), in each by variable, so that rows come out sorted. */
static int CompareTerms(const void *a, const void *b)
{
  const BusTerm *s = (const BusTerm *)a, *t = (const BusTerm *)b;

  if (s->bus != t->bus) return s->bus < t->bus ? -1 : 1;
  return s->variable < t->variable ? -1 : s->variable > t->variable;
}

/* Demand of a bus at each snapshot, MW. */
static PetscErrorCode Demand(Expansion e, PetscReal **demand)
{
  const ComponentKind kind  = COMPONENT_LOAD;
  const Column       *p_set = ExpansionColumn(e, kind, "p_set");
  const PetscInt      n     = e->c->n_snapshots;
  PetscInt            row, t;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[kind].n; row++) {
    const PetscInt  bus  = ExpansionBus(e, kind, "bus", row);
    const PetscReal sign = ExpansionReal(e, kind, "sign", row, -1);
    if (bus < 0 || !ExpansionEverActive(e, kind, row)) continue;
    if (!demand[bus]) PetscCall(PetscCalloc1(n, &demand[bus]));
    for (t = 0; t < n; t++)
      if (ExpansionActive(e, kind, row, t)) demand[bus][t] -= sign * ColumnAt(p_set, row, t);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBusRows(Expansion e, PetscInt bus, PetscInt n, const BusTerm *term, const PetscReal *demand)
{
  PetscInt   t, k, count, *column;
  PetscReal *value;
  PetscBool  told = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &column, n, &value));
  e->balance[bus] = e->program->m;
  for (t = 0; t < e->c->n_snapshots; t++) {
    const LinearLabel label = {EXPANSION_BALANCE, bus, t};
    const PetscReal   side  = demand ? demand[t] : 0;
    for (k = 0, count = 0; k < n; k++) {
      if (!ExpansionActive(e, term[k].kind, term[k].row, t)) continue;
      column[count]  = term[k].variable + t;
      value[count++] = term[k].factor * (term[k].share ? ColumnAt(term[k].share, term[k].row, t) : 1);
    }
    if (!count && side != 0 && !told) {
      told = PETSC_TRUE;
      PetscCall(ExpansionFault(e, COMPONENT_BUS, bus,
                               "found a load of %g MW at %s and nothing there that could serve it", (double)side,
                               e->c->snapshot[t]));
    }
    PetscCall(LinearProgramAddRow(e->program, label, side, side, count, column, value, NULL));
  }
  PetscCall(PetscFree2(column, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckAlone(Expansion e, PetscInt bus, const PetscReal *demand)
{
  PetscInt t;

  PetscFunctionBeginUser;
  for (t = 0; demand && t < e->c->n_snapshots; t++) {
    if (demand[t] == 0) continue;
    PetscCall(ExpansionFault(e, COMPONENT_BUS, bus, "found a load of %g MW at %s and nothing there that could serve it",
                             (double)demand[t], e->c->snapshot[t]));
    break;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddBalances(Expansion e)
{
  const PetscInt n_buses = e->c->table[COMPONENT_BUS].n;
  BusTerms       terms   = {0};
  PetscReal    **demand;
  PetscInt       bus, begin, end;

  PetscFunctionBeginUser;
  PetscCall(AddOnePorts(e, &terms));
  PetscCall(AddBranches(e, &terms));
  PetscCall(AddLinks(e, &terms));
  PetscCall(AddFlexibleLoads(e, &terms));
  if (terms.n) qsort(terms.term, (size_t)terms.n, sizeof(BusTerm), CompareTerms);
  PetscCall(PetscCalloc1(n_buses, &demand));
  PetscCall(Demand(e, demand));
  for (bus = 0, begin = 0; bus < n_buses; bus++, begin = end) {
    for (end = begin; end < terms.n && terms.term[end].bus == bus; end++) {}
    if (end > begin)
      PetscCall(AddBusRows(e, bus, end - begin, terms.term + begin, demand[bus]));
    else
      PetscCall(CheckAlone(e, bus, demand[bus]));
  }
  for (bus = 0; bus < n_buses; bus++) PetscCall(PetscFree(demand[bus]));
  PetscCall(PetscFree(demand));
  PetscCall(PetscFree(terms.term));
  PetscFunctionReturn(0);
}
