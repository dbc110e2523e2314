/* Generators and links of an expansion model: output, its limits and costs, energy over all snapshots. */
#include "solver/expansion_impl.h"

#include <math.h>

static PetscErrorCode SubtractSubsidy(Expansion e, ComponentKind kind, PetscInt row, PetscInt first)
{
  const PetscReal subsidy = ExpansionReal(e, kind, "subsidy_per_mwh", row, 0);
  PetscInt        t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots && subsidy != 0; t++)
    if (ExpansionActive(e, kind, row, t)) e->program->cost[first + t] -= subsidy * ExpansionWeight(e, t);
  PetscFunctionReturn(0);
}

static PetscErrorCode AddRow(Expansion e, ComponentKind kind, PetscInt row)
{
  const Column  *min_pu = ExpansionColumn(e, kind, "p_min_pu"), *max_pu = ExpansionColumn(e, kind, "p_max_pu");
  ExpansionLimit limit = {.kind       = kind,
                          .row        = row,
                          .family     = (PetscInt)EXPANSION_POWER + (PetscInt)kind,
                          .upper      = (PetscInt)EXPANSION_UPPER + (PetscInt)kind,
                          .lower      = (PetscInt)EXPANSION_LOWER + (PetscInt)kind,
                          .min_pu     = e->work_lower,
                          .max_pu     = e->work_upper,
                          .set        = ExpansionColumn(e, kind, "p_set"),
                          .set_family = (PetscInt)EXPANSION_SET + (PetscInt)kind};
  PetscInt       t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    limit.min_pu[t] = ColumnAt(min_pu, row, t);
    limit.max_pu[t] = ColumnAt(max_pu, row, t);
  }
  PetscCall(ExpansionAddLimited(e, &limit, &e->power[kind][row]));
  PetscCall(ExpansionAddCost(e, kind, row, e->power[kind][row], "marginal_cost", "marginal_cost_quadratic"));
  PetscCall(SubtractSubsidy(e, kind, row, e->power[kind][row]));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddEnergySum(Expansion e, PetscInt row)
{
  const LinearLabel label = {EXPANSION_ENERGY_SUM, row, -1};
  const PetscReal   lower = ExpansionReal(e, COMPONENT_GENERATOR, "e_sum_min", row, -INFINITY);
  const PetscReal   upper = ExpansionReal(e, COMPONENT_GENERATOR, "e_sum_max", row, INFINITY);
  ExpansionTerms    terms = {0};
  PetscInt          t;

  PetscFunctionBeginUser;
  if (isinf(lower) && isinf(upper)) PetscFunctionReturn(0);
  for (t = 0; t < e->c->n_snapshots; t++)
    if (ExpansionActive(e, COMPONENT_GENERATOR, row, t))
      PetscCall(ExpansionTermsAdd(&terms, ExpansionPower(e, COMPONENT_GENERATOR, row, t), e->c->weight_generators[t]));
  if (terms.n)
    PetscCall(LinearProgramAddRow(e->program, label, lower, upper, terms.n, terms.column, terms.value, NULL));
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddPower(Expansion e)
{
  const ComponentKind kinds[] = {COMPONENT_GENERATOR, COMPONENT_LINK};
  PetscInt            k, row;

  PetscFunctionBeginUser;
  for (k = 0; k < 2; k++)
    for (row = 0; row < e->c->table[kinds[k]].n; row++) PetscCall(AddRow(e, kinds[k], row));
  for (row = 0; row < e->c->table[COMPONENT_GENERATOR].n; row++) PetscCall(AddEnergySum(e, row));
  PetscFunctionReturn(0);
}
