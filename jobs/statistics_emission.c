/* Emissions, and what is paid for carbon: by a price on it, and by the multipliers of caps on it. */
#include <math.h>
#include <string.h>

#include "jobs/statistics_impl.h"

/* Tonnes per MWh of primary energy of an asset's carrier. */
static PetscReal Rate(const StatisticsView *v, const Asset *a, const char *attribute)
{
  const Column *of    = ComponentsColumn(v->c, a->kind, "carrier"),
               *rates = ComponentsColumn(v->c, COMPONENT_CARRIER, attribute);
  PetscInt row;

  if (!of || !of->text || !rates || !rates->real) return 0;
  row = ComponentsFind(v->c, COMPONENT_CARRIER, of->text[a->row]);
  return row < 0 || PetscIsNanReal(rates->real[row]) ? 0 : rates->real[row];
}

/* Primary energy of a generator, MWh, by period into v->sum. */
static void SumFuel(StatisticsView *v, const Asset *a)
{
  const Column *power      = ComponentsColumn(v->c, a->kind, "p"),
               *efficiency = ComponentsColumn(v->c, a->kind, "efficiency");

  for (PetscInt t = 0; t < v->T; t++) {
    const PetscReal mw = ColumnAt(power, a->row, t);
    if (mw != 0) v->sum[v->c->period_of[t]] += v->c->weight_generators[t] * mw / ColumnAt(efficiency, a->row, t);
  }
}

/* What a storage unit or store is emptied by, MWh, unless it is cyclic: its start less its end, period by period where each
   starts anew. */
static void SumDepletion(StatisticsView *v, const Asset *a)
{
  const PetscBool store = (PetscBool)(a->kind == COMPONENT_STORE);
  const Column   *level = ComponentsColumn(v->c, a->kind, store ? "e" : "state_of_charge");
  const PetscReal start = StatisticsReal(v, a, store ? "e_initial" : "state_of_charge_initial", 0);
  const PetscBool anew =
      (PetscBool)(StatisticsReal(v, a, store ? "e_initial_per_period" : "state_of_charge_initial_per_period", 0) != 0);
  PetscReal before = start;

  if (StatisticsReal(v, a, store ? "e_cyclic" : "cyclic_state_of_charge", 0) != 0) return;
  for (PetscInt p = 0, t = 0; p < v->P; p++) {
    PetscReal end = before;
    if (!ComponentsActive(v->c, a->kind, a->row, p)) continue;
    for (; t < v->T && v->c->period_of[t] <= p; t++)
      if (v->c->period_of[t] == p) end = ColumnAt(level, a->row, t);
    if (PetscIsNanReal(end)) end = before;
    v->sum[p] += before - end;
    before = anew ? start : end;
  }
}

static PetscErrorCode PutPayments(StatisticsView *v, PetscInt asset, PetscReal rate)
{
  const Asset *a = &v->asset[asset];

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < v->P; p++) {
    const PetscReal paid = v->carbon_price[p] * rate * v->sum[p];
    if (v->carbon_price[p] == 0) continue;
    PetscCall(StatisticsSpread(v, "Carbon Payments", a->technology, a->region, p, StatisticsCostWeight(v, p) * paid));
    PetscCall(StatisticsSpread(v, "Annual Carbon Payments", a->technology, a->region, p, paid));
    PetscCall(StatisticsNoteOf(v, asset, NOTE_MARGIN, p, -paid));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PutEmissionsOf(StatisticsView *v, PetscInt asset)
{
  static const char *const names[][2] = {
      {"co2_emissions", "Emissions CO2"}, {"so2_emissions", "Emissions SO2"}, {"nox_emissions", "Emissions NOx"}};
  const Asset *a = &v->asset[asset];

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < v->P; p++) v->sum[p] = 0;
  if (a->kind == COMPONENT_GENERATOR)
    SumFuel(v, a);
  else
    SumDepletion(v, a);
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    const PetscReal rate = Rate(v, a, names[k][0]);
    if (rate == 0) continue;
    for (PetscInt p = 0; p < v->P; p++)
      PetscCall(StatisticsSpread(v, names[k][1], a->technology, a->region, p, rate * v->sum[p]));
    if (k == 0) PetscCall(PutPayments(v, asset, rate));
  }
  PetscFunctionReturn(0);
}

/* The price of a cap: its multiplier counts present value for a tonne in each of a period's years. */
static void AddCap(StatisticsView *v, PetscInt row)
{
  const Column   *type      = ComponentsColumn(v->c, COMPONENT_GLOBAL_CONSTRAINT, "type");
  const Column   *attribute = ComponentsColumn(v->c, COMPONENT_GLOBAL_CONSTRAINT, "carrier_attribute");
  const Column   *period    = ComponentsColumn(v->c, COMPONENT_GLOBAL_CONSTRAINT, "investment_period");
  const Column   *mu        = ComponentsColumn(v->c, COMPONENT_GLOBAL_CONSTRAINT, "mu");
  const PetscReal year      = period && period->real ? period->real[row] : NAN;

  if (strcmp(ColumnText(type, row), "primary_energy") != 0 ||
      strcmp(ColumnText(attribute, row), "co2_emissions") != 0 || !mu || PetscIsNanReal(mu->real[row]))
    return;
  for (PetscInt p = 0; p < v->P; p++)
    if (PetscIsNanReal(year) || !v->c->n_periods || (PetscInt)year == v->c->period[p])
      v->carbon_price[p] -= mu->real[row] * StatisticsYears(v, p) / StatisticsCostWeight(v, p);
}

static PetscErrorCode PutCarbonPrice(StatisticsView *v)
{
  PetscBool any = PETSC_FALSE;

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < v->P; p++) v->carbon_price[p] = v->c->carbon_price ? v->c->carbon_price[p] : 0;
  for (PetscInt row = 0; row < v->c->table[COMPONENT_GLOBAL_CONSTRAINT].n; row++) AddCap(v, row);
  for (PetscInt p = 0; p < v->P; p++) any = (PetscBool)(any || v->carbon_price[p] != 0);
  for (PetscInt p = 0; any && p < v->P; p++)
    PetscCall(StatisticsSpread(v, "Carbon Price", "", "", p, v->carbon_price[p]));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPutEmissions(StatisticsView *v)
{
  PetscFunctionBeginUser;
  PetscCall(PutCarbonPrice(v));
  for (PetscInt k = 0; k < v->n_assets; k++) {
    const ComponentKind kind = v->asset[k].kind;
    if (kind == COMPONENT_GENERATOR || kind == COMPONENT_STORAGE_UNIT || kind == COMPONENT_STORE)
      PetscCall(PutEmissionsOf(v, k));
  }
  PetscFunctionReturn(0);
}
