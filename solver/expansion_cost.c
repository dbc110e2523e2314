/* What capacity costs: annuities of overnight costs, fixed operation, subsidies. */
#include "solver/expansion_impl.h"

#include <math.h>

#define HOURS_PER_YEAR 8760.0

/* Share of an investment that falls on each year of its life: r / (1 - (1 + r)^-n); 1/n without interest, r for ever.
   */
static PetscReal Annuity(PetscReal rate, PetscReal lifetime)
{
  if (isinf(lifetime)) return PetscMax(rate, 0);
  if (rate == 0) return 1 / lifetime;
  return rate / (1 - PetscPowReal(1 + rate, -lifetime));
}

/* Years that the snapshots of a period stand for. */
static PetscReal Years(Expansion e, PetscInt period)
{
  PetscReal sum = 0;
  PetscInt  t;

  for (t = e->first[period]; t <= e->last[period]; t++) sum += e->c->weight_objective[t];
  return sum / HOURS_PER_YEAR;
}

PetscReal ExpansionInvestmentCost(Expansion e, ComponentKind kind, PetscInt row)
{
  const PetscReal overnight = ExpansionReal(e, kind, "overnight_cost", row, NAN);
  const PetscReal share     = 1 - ExpansionReal(e, kind, "subsidy", row, 0);

  if (isnan(overnight)) return share * ExpansionReal(e, kind, "capital_cost", row, 0);
  return share * overnight * Years(e, 0) *
         Annuity(ExpansionReal(e, kind, "discount_rate", row, 0), ExpansionReal(e, kind, "lifetime", row, INFINITY));
}

PetscReal ExpansionCapitalCost(Expansion e, ComponentKind kind, PetscInt row)
{
  return ExpansionInvestmentCost(e, kind, row) + ExpansionReal(e, kind, "fom_cost", row, 0);
}

PetscReal ExpansionActiveWeight(Expansion e, ComponentKind kind, PetscInt row)
{
  PetscReal sum = 0;
  PetscInt  k;

  for (k = 0; k < e->n_periods; k++)
    if (e->active[kind][row * e->n_periods + k]) sum += e->c->n_periods ? e->c->period_objective[k] : 1;
  return sum;
}

/* Overnight costs ask for an interest rate, a lifetime, and periods that stand for the same time. */
static PetscErrorCode CheckOvernight(Expansion e, ComponentKind kind, PetscInt row)
{
  const PetscReal lifetime = ExpansionReal(e, kind, "lifetime", row, INFINITY);
  PetscInt        k;

  PetscFunctionBeginUser;
  if (isnan(ExpansionReal(e, kind, "overnight_cost", row, NAN))) PetscFunctionReturn(0);
  if (isnan(ExpansionReal(e, kind, "discount_rate", row, NAN)))
    PetscCall(ExpansionFault(e, kind, row, "found an overnight_cost without a discount_rate, expected both"));
  if (!(lifetime > 0))
    PetscCall(ExpansionFault(e, kind, row, "found an overnight_cost and a lifetime of %g years, expected more than 0",
                             (double)lifetime));
  for (k = 1; k < e->n_periods; k++) {
    if (PetscAbsReal(Years(e, k) - Years(e, 0)) <= 1e-9 * Years(e, 0)) continue;
    PetscCall(
        ExpansionFault(e, kind, row,
                       "found an overnight_cost and investment periods whose snapshots stand for %.6g and %.6g years, "
                       "expected the same of all (or capital_cost)",
                       (double)Years(e, 0), (double)Years(e, k)));
    break;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddCapacity(Expansion e, ComponentKind kind, PetscInt row)
{
  const LinearLabel label = {(PetscInt)EXPANSION_CAPACITY + (PetscInt)kind, row, -1};
  const PetscReal   lower = ColumnReal(ExpansionNominalColumn(e, kind, "_min"), row);
  const PetscReal   upper = ColumnReal(ExpansionNominalColumn(e, kind, "_max"), row);
  const Column     *set   = ExpansionNominalColumn(e, kind, e->options.dispatch ? "_opt" : "_set");
  const PetscReal   value = set ? ColumnReal(set, row) : NAN, one = 1;
  const PetscReal   present = ColumnReal(ExpansionNominalColumn(e, kind, ""), row);
  PetscReal         cost;
  PetscInt         *first = &e->capacity[kind][row];

  PetscFunctionBeginUser;
  PetscCall(CheckOvernight(e, kind, row));
  PetscCall(LinearProgramAddVariables(e->program, 1, label, lower, upper, first));
  if (e->options.dispatch || (!isnan(value) && lower <= value && value <= upper))
    e->program->lower[*first] = e->program->upper[*first] = value;
  else if (!isnan(value))
    PetscCall(LinearProgramAddRow(e->program, label, value, value, 1, first, &one, NULL));
  cost                     = ExpansionCapitalCost(e, kind, row) * ExpansionActiveWeight(e, kind, row);
  e->program->cost[*first] = cost;
  if (cost != 0 && present != 0) e->constant += cost * present;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddCapacities(Expansion e)
{
  const ComponentKind *kind;
  PetscInt             row;

  PetscFunctionBeginUser;
  for (kind = ExpansionNominalKinds; *kind != COMPONENT_KINDS; kind++)
    for (row = 0; row < e->c->table[*kind].n; row++)
      if (ExpansionIsExtendable(e, *kind, row)) PetscCall(AddCapacity(e, *kind, row));
  PetscFunctionReturn(0);
}
