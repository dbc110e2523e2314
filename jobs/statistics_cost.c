/* What the system costs, and what of it is paid out of subsidies. */
#include <math.h>
#include <string.h>

#include "jobs/statistics_impl.h"

/* Adds weight x price x quantity (squared: of the quadratic cost) of every snapshot to v->sum, by period. */
static void AddProduct(StatisticsView *v, const Asset *a, const char *price_name, const char *quantity_name,
                       PetscBool squared)
{
  const Column *price    = ComponentsColumn(v->c, a->kind, price_name);
  const Column *quantity = ComponentsColumn(v->c, a->kind, quantity_name);

  if (!price || !quantity || !price->real || !quantity->real) return;
  if (!price->series && (price->real[a->row] == 0 || PetscIsNanReal(price->real[a->row]))) return;
  for (PetscInt t = 0; t < v->T; t++) {
    const PetscReal q = ColumnAt(quantity, a->row, t), at = ColumnAt(price, a->row, t);
    if (q != 0 && !PetscIsNanReal(at) && !isinf(at))
      v->sum[v->c->period_of[t]] += v->c->weight_objective[t] * at * (squared ? q * q : q);
  }
}

/* What is moved up is paid for. */
static void AddShifts(StatisticsView *v, const Asset *a)
{
  const PetscReal price   = StatisticsReal(v, a, "shift_cost", 0);
  const Column   *shifted = price != 0 ? ComponentsColumn(v->c, a->kind, "shifted") : NULL;

  for (PetscInt t = 0; shifted && t < v->T; t++)
    v->sum[v->c->period_of[t]] += v->c->weight_objective[t] * price * PetscMax(0, ColumnAt(shifted, a->row, t));
}

/* What running costs in a year of each period, into v->sum: without transfers. */
static void SumOperatingCost(StatisticsView *v, const Asset *a)
{
  const char *power = a->kind == COMPONENT_STORAGE_UNIT ? "p_dispatch" : a->kind == COMPONENT_LINK ? "p0" : "p";

  for (PetscInt p = 0; p < v->P; p++) v->sum[p] = 0;
  if (a->kind == COMPONENT_LOAD) {
    AddProduct(v, a, "curtail_cost", "unserved", PETSC_FALSE);
    AddShifts(v, a);
    return;
  }
  AddProduct(v, a, "marginal_cost", power, PETSC_FALSE);
  AddProduct(v, a, "marginal_cost_quadratic", power, PETSC_TRUE);
  AddProduct(v, a, "marginal_cost_storage", a->kind == COMPONENT_STORE ? "e" : "state_of_charge", PETSC_FALSE);
  AddProduct(v, a, "spill_cost", "spill", PETSC_FALSE);
}

static PetscErrorCode PutCost(const StatisticsView *v, const char *technology, const char *region, const char *part,
                              PetscInt p, PetscReal a_year)
{
  const PetscReal present = StatisticsCostWeight(v, p) * a_year;

  PetscFunctionBeginUser;
  PetscCall(StatisticsSpread(v, part, technology, region, p, present));
  PetscCall(StatisticsSpread(v, "System Cost", technology, region, p, present));
  PetscCall(StatisticsSpread(v, "Annual System Cost", technology, region, p, a_year));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutSystemCost(StatisticsView *v, const Asset *a, const char *part, PetscInt p, PetscReal a_year)
{
  PetscFunctionBeginUser;
  PetscCall(PutCost(v, a->technology, a->region, part, p, a_year));
  PetscFunctionReturn(0);
}

/* Reserve that is missing, at the price of its shortage. */
static PetscErrorCode PutShortages(StatisticsView *v)
{
  const ComponentTable *table = &v->c->table[COMPONENT_RESERVE];
  const Column         *price = table->n ? ComponentsColumn(v->c, COMPONENT_RESERVE, "shortage_price") : NULL,
               *shortage      = table->n ? ComponentsColumn(v->c, COMPONENT_RESERVE, "shortage") : NULL;

  PetscFunctionBeginUser;
  if (!price || !shortage) PetscFunctionReturn(0);
  for (PetscInt row = 0; row < table->n; row++)
    for (PetscInt p = 0; p < v->P; p++) {
      PetscReal sum = 0;
      for (PetscInt t = 0; t < v->T; t++) {
        const PetscReal missing = v->c->period_of[t] == p ? ColumnAt(shortage, row, t) : 0;
        if (missing > 0) sum += v->c->weight_objective[t] * missing * ColumnAt(price, row, t);
      }
      if (isfinite(sum) && sum != 0) PetscCall(PutCost(v, table->name[row], "", "Operational Expenditure", p, sum));
    }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsNoteOf(const StatisticsView *v, PetscInt asset, const char *note, PetscInt p, PetscReal a_year)
{
  char name[32];

  PetscFunctionBeginUser;
  snprintf(name, sizeof name, "%d", (int)asset);
  PetscCall(StatisticsNote(v, note, name, "", p, PERIODS_VALUE, a_year));
  PetscFunctionReturn(0);
}

PetscBool StatisticsIsExtendable(const StatisticsView *v, const Asset *a)
{
  char name[64];

  if (!StatisticsNominal(a->kind)) return PETSC_FALSE;
  snprintf(name, sizeof name, "%s_extendable", StatisticsNominal(a->kind));
  return (PetscBool)(StatisticsReal(v, a, name, 0) != 0);
}

/* Part of the annuity, and money for each MWh, of what may be built. */
static PetscReal SubsidyOf(StatisticsView *v, const Asset *a, PetscInt p, PetscReal annuities)
{
  const PetscReal per_mwh = StatisticsReal(v, a, "subsidy_per_mwh", 0);
  const Column   *power   = per_mwh != 0 ? StatisticsPortColumn(v, a, 0) : NULL;
  PetscReal       sum     = StatisticsIsExtendable(v, a) ? StatisticsReal(v, a, "subsidy", 0) * annuities : 0;

  for (PetscInt t = 0; power && t < v->T; t++)
    if (v->c->period_of[t] == p) sum += v->c->weight_objective[t] * per_mwh * ColumnAt(power, a->row, t);
  return sum;
}

static PetscErrorCode PutSubsidy(StatisticsView *v, PetscInt asset, PetscInt p, PetscReal annuities)
{
  const Asset    *a   = &v->asset[asset];
  const PetscReal sum = SubsidyOf(v, a, p, annuities);

  PetscFunctionBeginUser;
  if (sum == 0) PetscFunctionReturn(0);
  PetscCall(StatisticsSpread(v, "Subsidies", a->technology, a->region, p, StatisticsCostWeight(v, p) * sum));
  PetscCall(StatisticsNoteOf(v, asset, NOTE_MARGIN, p, sum));
  PetscFunctionReturn(0);
}

/* What was built for, paid at once: in the first period in which it is there. */
static PetscErrorCode PutInvestment(StatisticsView *v, const Asset *a)
{
  const PetscReal overnight = StatisticsReal(v, a, "overnight_cost", NAN);
  PetscInt        p         = 0;
  PetscReal       built;

  PetscFunctionBeginUser;
  while (p < v->P && !ComponentsActive(v->c, a->kind, a->row, p)) p++;
  if (p == v->P || PetscIsNanReal(overnight) || !StatisticsIsExtendable(v, a)) PetscFunctionReturn(0);
  built = PetscMax(0, StatisticsCapacity(v, a, p, PETSC_TRUE) - StatisticsCapacity(v, a, p, PETSC_FALSE));
  PetscCall(StatisticsSpread(v, "Overnight Investment Cost", a->technology, a->region, p, overnight * built));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutCapacityCosts(StatisticsView *v, PetscInt asset, PetscInt p)
{
  const Asset    *a        = &v->asset[asset];
  const PetscReal capacity = StatisticsCapacity(v, a, p, PETSC_TRUE);
  const PetscReal annuity  = StatisticsCapitalCost(v, a, p) * capacity,
                  kept     = StatisticsReal(v, a, "fom_cost", 0) * capacity;

  PetscFunctionBeginUser;
  PetscCall(PutSystemCost(v, a, "Capital Expenditure", p, annuity));
  if (kept != 0) PetscCall(PutSystemCost(v, a, "Fixed O&M Cost", p, kept));
  PetscCall(PutSubsidy(v, asset, p, annuity));
  PetscCall(StatisticsNoteOf(v, asset, NOTE_INVESTMENT, p, annuity));
  PetscCall(StatisticsNoteOf(v, asset, NOTE_MARGIN, p, -kept));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPutCosts(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < v->n_assets; k++) {
    const Asset *a = &v->asset[k];
    SumOperatingCost(v, a);
    for (PetscInt p = 0; p < v->P; p++) {
      if (v->sum[p] != 0 || a->kind != COMPONENT_LOAD)
        PetscCall(PutSystemCost(v, a, "Operational Expenditure", p, v->sum[p]));
      PetscCall(StatisticsNoteOf(v, k, NOTE_MARGIN, p, -v->sum[p]));
    }
    if (a->kind == COMPONENT_LOAD) continue;
    for (PetscInt p = 0; p < v->P; p++)
      if (ComponentsActive(v->c, a->kind, a->row, p)) PetscCall(PutCapacityCosts(v, k, p));
    PetscCall(PutInvestment(v, a));
  }
  PetscCall(PutShortages(v));
  PetscFunctionReturn(0);
}
