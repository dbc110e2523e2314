/* Prices that multipliers of global constraints stand for. */
#include "inputs/planning.h"

#include <math.h>
#include <string.h>

typedef struct {
  const char *type, *unit;
  PetscBool   years; /* the row counts the years of its period, as energies and emissions do */
} Kind;

static const Kind kinds[] = {
    {"primary_energy", "currency/t", PETSC_TRUE},
    {"operational_limit", "currency/MWh", PETSC_TRUE},
    {"tech_capacity_expansion_limit", "currency/MW", PETSC_FALSE},
    {"transmission_volume_expansion_limit", "currency/MWkm", PETSC_FALSE},
    {"transmission_expansion_cost_limit", "currency/currency", PETSC_FALSE},
    {PLANNING_ENERGY_SHARE, "currency/MWh", PETSC_TRUE},
    {PLANNING_CAPACITY_MARGIN, "currency/MW", PETSC_FALSE},
    {PLANNING_CAPACITY_TARGET, "currency/MW", PETSC_FALSE},
};

/* The index of a row's period, -1 of all. */
static PetscInt PeriodOf(Components c, PetscInt row)
{
  const PetscReal year = ColumnReal(ComponentsColumn(c, COMPONENT_GLOBAL_CONSTRAINT, "investment_period"), row);
  for (PetscInt p = 0; p < c->n_periods && !isnan(year); p++)
    if ((PetscReal)c->period[p] == year) return p;
  return -1;
}

PetscErrorCode PlanningPrice(Components components, PetscInt row, PetscReal *price, const char **unit)
{
  const ComponentKind kind   = COMPONENT_GLOBAL_CONSTRAINT;
  const char         *type   = ColumnText(ComponentsColumn(components, kind, "type"), row);
  const char         *sense  = ColumnText(ComponentsColumn(components, kind, "sense"), row);
  const PetscInt      period = PeriodOf(components, row);
  PetscBool           years  = PETSC_FALSE;

  PetscFunctionBeginUser;
  *price = ColumnReal(ComponentsColumn(components, kind, "mu"), row);
  *unit  = NULL;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(kinds); k++)
    if (!strcmp(kinds[k].type, type)) {
      *unit = kinds[k].unit;
      years = kinds[k].years;
    }
  if (strcmp(sense, ">=") != 0) *price = -*price;
  if (period >= 0) *price *= (years ? components->period_years[period] : 1) / components->period_objective[period];
  PetscFunctionReturn(0);
}
