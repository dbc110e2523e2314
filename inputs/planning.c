/* Planning: the settings' defaults and values by year. */
#include "inputs/planning.h"

#include "inputs/planning_impl.h"

#include <math.h>
#include <string.h>

PetscReal YearValuesAt(const YearValues *values, PetscInt year, PetscBool linear, PetscReal otherwise)
{
  PetscInt k = values->n - 1;
  while (k >= 0 && values->year[k] > year) k--;
  if (k < 0) return otherwise;
  if (!linear || k == values->n - 1) return values->value[k];
  return values->value[k] + (values->value[k + 1] - values->value[k]) * (PetscReal)(year - values->year[k]) /
                                (PetscReal)(values->year[k + 1] - values->year[k]);
}

PetscErrorCode YearValuesDestroy(YearValues *values)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(values->year));
  PetscCall(PetscFree(values->value));
  PetscCall(PetscFree(values->year_line));
  values->n = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode PlanningCreate(Planning *planning)
{
  Planning p;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(planning));
  p = *planning;
  PetscCall(PetscStrallocpy("base", &p->policy));
  PetscCall(PetscStrallocpy("EUR", &p->currency));
  p->discount_rate          = NAN;
  p->reserve_margin         = NAN;
  p->value_of_lost_load     = INFINITY;
  p->carbon_budget          = INFINITY;
  p->reserve_shortage_price = INFINITY;
  p->reliability_hours      = 8760;
  p->check_stability        = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode DestroyRules(PlanningRules *rules)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < rules->n; k++) {
    PlanningRule *r = &rules->rule[k];
    PetscCall(PetscFree(r->technology));
    PetscCall(PetscFree(r->region));
    PetscCall(PetscFree(r->from_carrier));
    PetscCall(PetscFree(r->to_carrier));
    PetscCall(YearValuesDestroy(&r->years));
  }
  PetscCall(PetscFree(rules->rule));
  rules->n = 0;
  PetscFunctionReturn(0);
}

static PetscErrorCode DestroyTexts(PlanningTexts *texts)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < texts->n; k++) PetscCall(PetscFree(texts->text[k]));
  PetscCall(PetscFree(texts->text));
  PetscCall(PetscFree(texts->line));
  texts->n = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode PlanningDestroy(Planning *planning)
{
  Planning p = *planning;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  YearValues    *values[] = {&p->carbon_price, &p->carbon_cap, &p->renewable_share, &p->clean_share};
  PlanningRules *rules[]  = {&p->credit, &p->targets, &p->bans, &p->subsidies, &p->demand_growth, &p->electrification};
  char          *text[]   = {p->path, p->policy, p->currency, p->region};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(values); k++) PetscCall(YearValuesDestroy(values[k]));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(rules); k++) PetscCall(DestroyRules(rules[k]));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(text); k++) PetscCall(PetscFree(text[k]));
  for (PetscInt k = 0; k < p->n_check_hours; k++) PetscCall(PetscFree(p->check_hour[k]));
  PetscCall(PetscFree(p->check_hour));
  PetscCall(PetscFree(p->period));
  PetscCall(PetscFree(p->period_line));
  PetscCall(DestroyTexts(&p->renewable));
  PetscCall(DestroyTexts(&p->clean));
  PetscCall(PetscFree(*planning));
  PetscFunctionReturn(0);
}

PetscBool PlanningNamed(const char *names, const char *name)
{
  const size_t n = strlen(name);
  while (names && *names) {
    const char *end = names + strcspn(names, ";");
    if ((size_t)(end - names) == n && !strncmp(names, name, n)) return PETSC_TRUE;
    names = *end ? end + 1 : end;
  }
  return PETSC_FALSE;
}
