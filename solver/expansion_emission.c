/* What global constraints count in an expansion model: primary energy and what a carrier's attribute makes of it
   (emissions), output of a carrier; and the carbon price, which pays for emissions as the constraints count them. */
#include "solver/expansion_impl.h"

#include <math.h>
#include <string.h>

/* How much a row counts: the attribute of its carrier, or 1 where the carrier is the one that is asked for. */
typedef struct {
  const Column *emission; /* of carriers; NULL: */
  const char   *carrier;
} Counted;

static PetscReal Rate(Expansion e, const Counted *counted, ComponentKind kind, PetscInt row)
{
  const char *carrier = ExpansionCarrier(e, kind, row);
  PetscInt    k;

  if (!counted->emission) return strcmp(carrier, counted->carrier) == 0 ? 1 : 0;
  k = carrier[0] ? ComponentsFind(e->c, COMPONENT_CARRIER, carrier) : -1;
  return k < 0 || isnan(counted->emission->real[k]) ? 0 : counted->emission->real[k];
}

/* Years that a period stands for. */
static PetscReal PeriodYears(Expansion e, PetscInt period)
{
  return e->c->n_periods ? e->c->period_years[period] : 1;
}

static PetscErrorCode CountGenerators(Expansion e, const Counted *counted, PetscInt period, ExpansionTerms *terms)
{
  const ComponentKind kind       = COMPONENT_GENERATOR;
  const Column       *efficiency = ExpansionColumn(e, kind, "efficiency");
  PetscInt            row, t;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[kind].n; row++) {
    const PetscReal rate = Rate(e, counted, kind, row);
    if (rate == 0) continue;
    for (t = 0; t < e->c->n_snapshots; t++) {
      const PetscInt  k = e->c->period_of[t];
      const PetscReal p = counted->emission ? rate / ColumnAt(efficiency, row, t) : rate;
      if ((period >= 0 && k != period) || !ExpansionActive(e, kind, row, t)) continue;
      PetscCall(ExpansionTermsAdd(terms, ExpansionPower(e, kind, row, t),
                                  p * e->c->weight_generators[t] * PeriodYears(e, k)));
    }
  }
  PetscFunctionReturn(0);
}

typedef struct {
  ComponentKind   kind;
  const PetscInt *state; /* variables */
  const char     *cyclic, *per_period, *initial;
} StorageKind;

/* Storage that carries its state from period to period counts once: what it has at first less what it has at last. */
static PetscErrorCode CountContinuous(Expansion e, const StorageKind *s, PetscInt row, PetscInt constraint,
                                      PetscReal rate, PetscInt period, ExpansionTerms *terms)
{
  PetscInt k, last = -1;

  PetscFunctionBeginUser;
  for (k = 0; k < e->n_periods; k++) {
    if (PeriodYears(e, k) != 1) {
      PetscCall(ExpansionFault(
          e, COMPONENT_GLOBAL_CONSTRAINT, constraint,
          "found %s '%.60s', which is depleted over several investment periods, and periods of %g years; "
          "expected %s, %s, or years of 1",
          ComponentClassName(s->kind), e->c->table[s->kind].name[row], (double)PeriodYears(e, k), s->per_period,
          s->cyclic));
      PetscFunctionReturn(0);
    }
    if ((period < 0 || k == period) && e->active[s->kind][row * e->n_periods + k]) last = e->last[k];
  }
  if (last < 0) PetscFunctionReturn(0);
  PetscCall(ExpansionTermsAdd(terms, s->state[row] + last, -rate));
  terms->constant += rate * ExpansionReal(e, s->kind, s->initial, row, 0);
  PetscFunctionReturn(0);
}

/* Storage that begins each period anew counts in each. */
static PetscErrorCode CountPerPeriod(Expansion e, const StorageKind *s, PetscInt row, PetscReal rate, PetscInt period,
                                     ExpansionTerms *terms)
{
  PetscInt k;

  PetscFunctionBeginUser;
  for (k = 0; k < e->n_periods; k++) {
    const PetscReal years = PeriodYears(e, k);
    if (period >= 0 && k != period) continue;
    if (e->active[s->kind][row * e->n_periods + k])
      PetscCall(ExpansionTermsAdd(terms, s->state[row] + e->last[k], -rate * years));
    terms->constant += rate * years * ExpansionReal(e, s->kind, s->initial, row, 0);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CountStorage(Expansion e, const StorageKind *s, PetscInt constraint, const Counted *counted,
                                   PetscInt period, ExpansionTerms *terms)
{
  PetscInt row;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[s->kind].n; row++) {
    const PetscReal rate = Rate(e, counted, s->kind, row);
    if (rate == 0 || ExpansionTrue(e, s->kind, s->cyclic, row) || !ExpansionEverActive(e, s->kind, row)) continue;
    if (counted->emission && period >= 0 && !e->active[s->kind][row * e->n_periods + period]) continue;
    if (e->c->n_periods && ExpansionTrue(e, s->kind, s->per_period, row))
      PetscCall(CountPerPeriod(e, s, row, rate, period, terms));
    else
      PetscCall(CountContinuous(e, s, row, constraint, rate, period, terms));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Count(Expansion e, PetscInt constraint, const Counted *counted, PetscInt period,
                            ExpansionTerms *terms)
{
  const StorageKind units  = {COMPONENT_STORAGE_UNIT, e->charge, "cyclic_state_of_charge",
                              "state_of_charge_initial_per_period", "state_of_charge_initial"};
  const StorageKind stores = {COMPONENT_STORE, e->energy, "e_cyclic", "e_initial_per_period", "e_initial"};

  PetscFunctionBeginUser;
  PetscCall(CountGenerators(e, counted, period, terms));
  PetscCall(CountStorage(e, &units, constraint, counted, period, terms));
  PetscCall(CountStorage(e, &stores, constraint, counted, period, terms));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionPrimaryEnergy(Expansion e, PetscInt constraint, const char *attribute, PetscInt period,
                                      ExpansionTerms *terms)
{
  const Counted counted = {ExpansionColumn(e, COMPONENT_CARRIER, attribute), NULL};

  PetscFunctionBeginUser;
  if (!counted.emission || !counted.emission->real) {
    PetscCall(ExpansionFault(e, COMPONENT_GLOBAL_CONSTRAINT, constraint,
                             "found the carrier_attribute '%.60s', expected a column of numbers of carriers.csv",
                             attribute));
    PetscFunctionReturn(0);
  }
  PetscCall(Count(e, constraint, &counted, period, terms));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionOperation(Expansion e, PetscInt constraint, const char *carrier, PetscInt period,
                                  ExpansionTerms *terms)
{
  const Counted counted = {NULL, carrier};

  PetscFunctionBeginUser;
  PetscCall(Count(e, constraint, &counted, period, terms));
  PetscFunctionReturn(0);
}

/* What a tonne costs in the objective in a period. */
static PetscReal PriceWeight(Expansion e, PetscInt period)
{
  return e->c->carbon_price ? e->c->carbon_price[period] * (e->c->n_periods ? e->c->period_objective[period] : 1) : 0;
}

/* Emissions of what storage is depleted by in each period. */
static PetscErrorCode PriceStorage(Expansion e, const StorageKind *s, const char *cyclic_per_period,
                                   const Counted *counted)
{
  PetscInt row, k;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[s->kind].n; row++) {
    const PetscReal rate = Rate(e, counted, s->kind, row), initial = ExpansionReal(e, s->kind, s->initial, row, 0);
    const PetscBool anew   = (PetscBool)(e->c->n_periods && ExpansionTrue(e, s->kind, s->per_period, row));
    PetscInt        before = -1;
    if (rate == 0 || ExpansionTrue(e, s->kind, s->cyclic, row)) continue;
    if (e->c->n_periods && ExpansionTrue(e, s->kind, cyclic_per_period, row)) continue;
    for (k = 0; k < e->n_periods; k++) {
      const PetscReal price = rate * PriceWeight(e, k);
      if (!e->active[s->kind][row * e->n_periods + k]) continue;
      e->program->cost[s->state[row] + e->last[k]] -= price;
      if (anew || before < 0)
        e->program->constant += price * initial;
      else
        e->program->cost[s->state[row] + before] += price;
      before = e->last[k];
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddCarbonPrice(Expansion e)
{
  const Counted     counted = {ExpansionColumn(e, COMPONENT_CARRIER, "co2_emissions"), NULL};
  const StorageKind units   = {COMPONENT_STORAGE_UNIT, e->charge, "cyclic_state_of_charge",
                               "state_of_charge_initial_per_period", "state_of_charge_initial"};
  const StorageKind stores  = {COMPONENT_STORE, e->energy, "e_cyclic", "e_initial_per_period", "e_initial"};
  PetscBool         any     = PETSC_FALSE;
  ExpansionTerms    terms   = {0};
  PetscInt          k, i;

  PetscFunctionBeginUser;
  for (k = 0; k < e->n_periods; k++)
    if (PriceWeight(e, k) != 0) any = PETSC_TRUE;
  if (!any || !counted.emission || !counted.emission->real) PetscFunctionReturn(0);
  PetscCall(CountGenerators(e, &counted, -1, &terms));
  for (i = 0; i < terms.n; i++) {
    k = e->c->period_of[e->program->variable[terms.column[i]].stage];
    e->program->cost[terms.column[i]] += terms.value[i] / PeriodYears(e, k) * PriceWeight(e, k);
  }
  PetscCall(ExpansionTermsFree(&terms));
  PetscCall(PriceStorage(e, &units, "cyclic_state_of_charge_per_period", &counted));
  PetscCall(PriceStorage(e, &stores, "e_cyclic_per_period", &counted));
  PetscFunctionReturn(0);
}
