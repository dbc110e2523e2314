/* Policies applied to components: which investment periods are planned, and what their costs weigh. */
#include "inputs/planning_impl.h"

#include <math.h>

/* Keeps the entries whose snapshot is kept. */
static PetscErrorCode FilterSeries(Components c, const PetscBool *keep, PetscReal *series)
{
  PetscInt n = 0;

  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < c->n_snapshots; t++)
    if (keep[t]) series[n++] = series[t];
  PetscFunctionReturn(0);
}

static PetscErrorCode FilterTables(Components c, const PetscBool *keep)
{
  PetscFunctionBeginUser;
  for (int kind = 0; kind < COMPONENT_KINDS; kind++)
    for (PetscInt k = 0; k < c->table[kind].n_columns; k++) {
      const Column *column = c->table[kind].column[k];
      for (PetscInt row = 0; column->series && row < column->n; row++)
        if (column->series[row]) PetscCall(FilterSeries(c, keep, column->series[row]));
    }
  PetscFunctionReturn(0);
}

/* Leaves out the snapshots of periods whose new number is -1. */
static PetscErrorCode FilterSnapshots(Components c, const PetscInt *renumbered)
{
  PetscBool *keep;
  PetscInt   n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(c->n_snapshots, &keep));
  for (PetscInt t = 0; t < c->n_snapshots; t++) keep[t] = renumbered[c->period_of[t]] >= 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(FilterTables(c, keep));
  PetscCall(FilterSeries(c, keep, c->weight_objective));
  PetscCall(FilterSeries(c, keep, c->weight_generators));
  PetscCall(FilterSeries(c, keep, c->weight_stores));
  for (PetscInt t = 0; t < c->n_snapshots; t++) {
    if (!keep[t]) {
      PetscCall(PetscFree(c->snapshot[t]));
      continue;
    }
    c->period_of[n]  = renumbered[c->period_of[t]];
    c->snapshot[n++] = c->snapshot[t];
  }
  c->n_snapshots = n;
  PetscCall(PetscFree(keep));
  PetscFunctionReturn(0);
}

static PetscErrorCode FilterDays(Components c, const PetscInt *renumbered)
{
  PetscInt n = 0;

  PetscFunctionBeginUser;
  for (PetscInt d = 0; d < c->n_days; d++)
    if (renumbered[c->day_period[d]] >= 0) {
      c->day_period[n]           = renumbered[c->day_period[d]];
      c->day_representative[n++] = c->day_representative[d];
    }
  c->n_days = n;
  PetscFunctionReturn(0);
}

/* Only the periods that the study names are planned. */
static PetscErrorCode ChoosePeriods(const Apply *a)
{
  Components c = a->c;
  Planning   p = a->p;
  PetscInt  *renumbered, n = 0;
  PetscBool  found, sound  = PETSC_TRUE;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < p->n_periods; k++) {
    PetscCall(ApplyCheckPeriod(a, "periods", p->period[k], p->period_line[k], &found));
    if (!found) sound = PETSC_FALSE;
  }
  if (!sound || !p->n_periods) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(c->n_periods, &renumbered));
  for (PetscInt i = 0; i < c->n_periods; i++) {
    renumbered[i] = -1;
    for (PetscInt k = 0; k < p->n_periods; k++)
      if (p->period[k] == c->period[i]) renumbered[i] = n++;
  }
  PetscCall(FilterSnapshots(c, renumbered));
  PetscCall(FilterDays(c, renumbered));
  for (PetscInt i = 0; i < c->n_periods; i++)
    if (renumbered[i] >= 0) {
      c->period[renumbered[i]]           = c->period[i];
      c->period_objective[renumbered[i]] = c->period_objective[i];
      c->period_years[renumbered[i]]     = c->period_years[i];
      c->carbon_price[renumbered[i]]     = c->carbon_price[i];
    }
  c->n_periods = n;
  PetscCall(PetscFree(renumbered));
  PetscFunctionReturn(0);
}

/* Sum of the discount factors of a period's years, which begin `start` years after the first period; of a part of a year
   that part. */
static PetscReal DiscountedYears(PetscReal rate, PetscReal start, PetscReal years)
{
  PetscReal sum = 0;
  for (PetscInt k = 0; (PetscReal)k < years; k++)
    sum += PetscMin(1, years - (PetscReal)k) * pow(1 + rate, -(start + (PetscReal)k));
  return sum;
}

static PetscErrorCode WeighPeriods(const Apply *a)
{
  Components c = a->c;

  PetscFunctionBeginUser;
  if (isnan(a->p->discount_rate)) PetscFunctionReturn(0);
  if (!c->n_periods)
    PetscCall(ApplyFault(a, a->p->discount_line,
                         "discount_rate: found a network without investment periods, expected periods to discount"));
  for (PetscInt k = 0; k < c->n_periods; k++)
    c->period_objective[k] =
        DiscountedYears(a->p->discount_rate, (PetscReal)(c->period[k] - a->year[0]), c->period_years[k]);
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyPeriods(const Apply *a)
{
  PetscFunctionBeginUser;
  PetscCall(ChoosePeriods(a));
  PetscCall(WeighPeriods(a));
  PetscFunctionReturn(0);
}
