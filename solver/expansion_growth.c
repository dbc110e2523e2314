/* Limits of new capacity in an expansion model: growth of a carrier from period to period (carriers' max_growth and
   max_relative_growth), capacity of a carrier at a bus (buses' columns nom_min_CARRIER, nom_max_CARRIER, or with
   _PERIOD). */
#include "solver/expansion_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The period in which a row is active first, -1: none. */
static PetscInt FirstPeriod(Expansion e, ComponentKind kind, PetscInt row)
{
  PetscInt k;

  for (k = 0; k < e->n_periods; k++)
    if (e->active[kind][row * e->n_periods + k]) return k;
  return -1;
}

/* New capacity of a period less relative x that of the period before <= most. */
static PetscErrorCode AddGrowthRow(Expansion e, PetscInt carrier, PetscInt period, PetscReal most, PetscReal relative)
{
  const LinearLabel    label = {EXPANSION_GROWTH, carrier, -1};
  const char          *name  = e->c->table[COMPONENT_CARRIER].name[carrier];
  const ComponentKind *kind;
  ExpansionTerms       terms = {0};
  PetscInt             row;

  PetscFunctionBeginUser;
  for (kind = ExpansionNominalKinds; *kind != COMPONENT_KINDS; kind++)
    for (row = 0; row < e->c->table[*kind].n; row++) {
      const PetscInt first = FirstPeriod(e, *kind, row);
      if (*kind == COMPONENT_TRANSFORMER || e->capacity[*kind][row] < 0) continue;
      if (first < 0 || strcmp(ExpansionCarrier(e, *kind, row), name) != 0) continue;
      if (first == period) PetscCall(ExpansionTermsAdd(&terms, e->capacity[*kind][row], 1));
      if (first == period - 1 && relative > 0) PetscCall(ExpansionTermsAdd(&terms, e->capacity[*kind][row], -relative));
    }
  if (terms.n) PetscCall(ExpansionAddTerms(e, label, &terms, '<', most));
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddCarrierGrowth(Expansion e)
{
  PetscInt carrier, k;

  PetscFunctionBeginUser;
  for (carrier = 0; e->c->n_periods && carrier < e->c->table[COMPONENT_CARRIER].n; carrier++) {
    const PetscReal most     = ExpansionReal(e, COMPONENT_CARRIER, "max_growth", carrier, INFINITY);
    const PetscReal relative = ExpansionReal(e, COMPONENT_CARRIER, "max_relative_growth", carrier, 0);
    for (k = 0; k < e->n_periods && !isinf(most); k++) PetscCall(AddGrowthRow(e, carrier, k, most, relative));
  }
  PetscFunctionReturn(0);
}

/* A column of the buses: which carrier and period it limits; false: none of the network's. */
static PetscBool ReadBusLimit(Expansion e, const char *column, char *carrier, size_t size, PetscInt *period)
{
  char *tail, *end;
  long  year;

  snprintf(carrier, size, "%s", column + strlen("nom_max_"));
  *period = -1;
  if (ComponentsFind(e->c, COMPONENT_CARRIER, carrier) >= 0) return PETSC_TRUE;
  tail = strrchr(carrier, '_');
  if (!tail || !e->c->n_periods) return PETSC_FALSE;
  year = strtol(tail + 1, &end, 10);
  if (*end || end == tail + 1) return PETSC_FALSE;
  *tail = 0;
  for (*period = 0; *period < e->c->n_periods && e->c->period[*period] != (PetscInt)year;) (*period)++;
  return (PetscBool)(*period < e->c->n_periods && ComponentsFind(e->c, COMPONENT_CARRIER, carrier) >= 0);
}

static PetscErrorCode AddBusLimit(Expansion e, PetscInt bus, const char *carrier, PetscInt period, PetscBool least,
                                  PetscReal side)
{
  const ComponentKind kinds[] = {COMPONENT_GENERATOR, COMPONENT_STORE, COMPONENT_STORAGE_UNIT};
  const LinearLabel   label   = {EXPANSION_BUS_NOMINAL, bus, -1};
  ExpansionTerms      terms   = {0};
  PetscInt            k, row;

  PetscFunctionBeginUser;
  for (k = 0; k < 3; k++)
    for (row = 0; row < e->c->table[kinds[k]].n; row++) {
      if (e->capacity[kinds[k]][row] < 0 || ExpansionBus(e, kinds[k], "bus", row) != bus) continue;
      if (strcmp(ExpansionCarrier(e, kinds[k], row), carrier) != 0) continue;
      if (period < 0 || e->active[kinds[k]][row * e->n_periods + period])
        PetscCall(ExpansionTermsAdd(&terms, e->capacity[kinds[k]][row], 1));
    }
  if (terms.n) PetscCall(ExpansionAddTerms(e, label, &terms, least ? '>' : '<', side));
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBusLimits(Expansion e)
{
  const ComponentTable *buses = &e->c->table[COMPONENT_BUS];
  PetscInt              k, bus, period;
  char                  carrier[256];

  PetscFunctionBeginUser;
  for (k = 0; k < buses->n_columns; k++) {
    const Column   *column = buses->column[k];
    const PetscBool least  = (PetscBool)!strncmp(column->name, "nom_min_", strlen("nom_min_"));
    if (!least && strncmp(column->name, "nom_max_", strlen("nom_max_")) != 0) continue;
    if (!column->real || !ReadBusLimit(e, column->name, carrier, sizeof(carrier), &period)) continue;
    for (bus = 0; bus < buses->n; bus++)
      if (isfinite(column->real[bus]) && (!column->given || column->given[bus]))
        PetscCall(AddBusLimit(e, bus, carrier, period, least, column->real[bus]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddGrowth(Expansion e)
{
  PetscFunctionBeginUser;
  PetscCall(AddCarrierGrowth(e));
  PetscCall(AddBusLimits(e));
  PetscFunctionReturn(0);
}
