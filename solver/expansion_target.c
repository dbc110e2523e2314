/* Capacity targets of an expansion model: rows of global_constraints of the type capacity_target. In their period the capacity in
   operation of their `carriers` in their `region` ("": everywhere; of links and lines that of bus0), existing or planned,
   is at least or at most `constant`: MW of generators, links, storage units and lines; MWh of stores, where nothing else has
   the carriers. The multiplier is that of a MW of the period. */
#include "solver/expansion_policy.h"

#include "inputs/planning.h"

#include <string.h>

/* What a row counts. */
typedef struct {
  const char *carriers, *column, *region;
} Where;

static PetscBool Matches(Expansion e, ComponentKind kind, PetscInt row, const Where *where)
{
  const PetscBool branch = kind == COMPONENT_LINK || kind == COMPONENT_LINE ? PETSC_TRUE : PETSC_FALSE;
  const PetscInt  bus    = ExpansionBus(e, kind, branch ? "bus0" : "bus", row);
  if (!PlanningNamed(where->carriers, ExpansionText(e, kind, "carrier", row)) || bus < 0) return PETSC_FALSE;
  if (!where->region[0]) return PETSC_TRUE;
  return strcmp(ComponentsRegion(e->c, bus, where->column[0] ? where->column : NULL), where->region) ? PETSC_FALSE
                                                                                                     : PETSC_TRUE;
}

static PetscErrorCode AddCapacities(Expansion e, PetscBool stores, const Where *where, PetscInt period,
                                    ExpansionTerms *terms, PetscInt *n)
{
  PetscFunctionBeginUser;
  for (const ComponentKind *kind = ExpansionNominalKinds; *kind != COMPONENT_KINDS; kind++) {
    if ((*kind == COMPONENT_STORE) != stores || *kind == COMPONENT_TRANSFORMER) continue;
    for (PetscInt row = 0; row < e->c->table[*kind].n; row++) {
      if (!Matches(e, *kind, row, where)) continue;
      PetscCall(PolicyCapacity(e, *kind, row, period, 1, terms));
      (*n)++;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddTarget(Expansion e, PetscInt row, PetscInt period)
{
  const ComponentKind kind  = COMPONENT_GLOBAL_CONSTRAINT;
  const LinearLabel   label = {EXPANSION_GLOBAL, row, -1};
  const Where         where = {ExpansionText(e, kind, "carriers", row), ExpansionText(e, kind, "column", row),
                               ExpansionText(e, kind, "region", row)};
  const char         *sense = ExpansionText(e, kind, "sense", row);
  ExpansionTerms      terms = {0};
  PetscInt            n     = 0;

  PetscFunctionBeginUser;
  PetscCall(AddCapacities(e, PETSC_FALSE, &where, period, &terms, &n));
  if (!n) PetscCall(AddCapacities(e, PETSC_TRUE, &where, period, &terms, &n));
  if (!n)
    PetscCall(ExpansionFault(e, kind, row,
                             "found nothing with the carriers '%.80s' in the region '%.60s', expected assets",
                             where.carriers, where.region));
  PetscCall(ExpansionAddTerms(e, label, &terms, sense[0], ExpansionReal(e, kind, "constant", row, 0)));
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

PetscErrorCode PolicyAddTargets(Expansion e)
{
  const ComponentKind kind = COMPONENT_GLOBAL_CONSTRAINT;

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    const PetscInt period = PolicyPeriod(e, row);
    if (strcmp(ExpansionText(e, kind, "type", row), PLANNING_CAPACITY_TARGET) || period < -1) continue;
    if (period < 0 && e->n_periods > 1)
      PetscCall(ExpansionFault(e, kind, row, "found no investment_period, expected one for a capacity_target"));
    else
      PetscCall(AddTarget(e, row, PetscMax(period, 0)));
  }
  PetscFunctionReturn(0);
}
