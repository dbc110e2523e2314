/* PyPSA's global constraints in an expansion model: one row each, of no time. */
#include "solver/expansion_impl.h"

#include <math.h>
#include <string.h>

/* A row of the table, read. */
typedef struct {
  PetscInt    row, period; /* index of the investment period, -1: all */
  const char *type, *attribute, *bus;
  char        sense; /* '<', '>', '=' */
  PetscReal   side;
} Global;

static PetscErrorCode ReadGlobal(Expansion e, PetscInt row, Global *g, PetscBool *usable)
{
  const ComponentKind kind   = COMPONENT_GLOBAL_CONSTRAINT;
  const PetscReal     period = ExpansionReal(e, kind, "investment_period", row, NAN);
  const char         *sense  = ExpansionText(e, kind, "sense", row);

  PetscFunctionBeginUser;
  g->row       = row;
  g->type      = ExpansionText(e, kind, "type", row);
  g->attribute = ExpansionText(e, kind, "carrier_attribute", row);
  g->bus       = ExpansionText(e, kind, "bus", row);
  g->side      = ExpansionReal(e, kind, "constant", row, 0);
  g->sense     = strchr("<>=", sense[0]) && sense[0] ? sense[0] : '=';
  g->period    = -1;
  *usable      = PETSC_TRUE;
  if (isnan(period)) PetscFunctionReturn(0);
  if (!e->c->n_periods) {
    PetscCall(ExpansionFault(e, kind, row, "found the investment_period %g, expected none: the network has no periods",
                             (double)period));
    *usable = PETSC_FALSE;
    PetscFunctionReturn(0);
  }
  for (g->period = 0; g->period < e->c->n_periods && e->c->period[g->period] != (PetscInt)period;) g->period++;
  *usable = (PetscBool)(g->period < e->c->n_periods); /* a period that is not planned has no limit */
  PetscFunctionReturn(0);
}

static PetscErrorCode AddGlobalRow(Expansion e, const Global *g, const ExpansionTerms *terms, PetscBool counted)
{
  const LinearLabel label = {EXPANSION_GLOBAL, g->row, -1};

  PetscFunctionBeginUser;
  if (counted) PetscCall(ExpansionAddTerms(e, label, terms, g->sense, g->side));
  PetscFunctionReturn(0);
}

static PetscBool ActiveIn(Expansion e, ComponentKind kind, PetscInt row, PetscInt period)
{
  return period < 0 ? PETSC_TRUE : e->active[kind][row * e->n_periods + period];
}

/* Whether a list "AC, DC", brackets ignored, has a word. */
static PetscBool ListHas(const char *list, const char *word)
{
  const size_t length = strlen(word);

  while (*list) {
    size_t n;
    list += strspn(list, "[](), ");
    n = strcspn(list, "[](),");
    while (n && list[n - 1] == ' ') n--;
    if (n == length && n && !strncmp(list, word, n)) return PETSC_TRUE;
    list += strcspn(list, ",");
  }
  return PETSC_FALSE;
}

/* Length times capacity, or cost of capacity, of extendable lines and links of some carriers. */
static PetscErrorCode AddTransmission(Expansion e, const Global *g, PetscBool cost)
{
  const ComponentKind kinds[] = {COMPONENT_LINE, COMPONENT_LINK};
  ExpansionTerms      terms   = {0};
  PetscInt            k, row;

  PetscFunctionBeginUser;
  for (k = 0; k < 2; k++)
    for (row = 0; row < e->c->table[kinds[k]].n; row++) {
      PetscReal value;
      if (e->capacity[kinds[k]][row] < 0 || !ListHas(g->attribute, ExpansionCarrier(e, kinds[k], row))) continue;
      if (g->period >= 0 ? !ActiveIn(e, kinds[k], row, g->period) : !ExpansionEverActive(e, kinds[k], row)) continue;
      if (!cost)
        value = ExpansionReal(e, kinds[k], "length", row, 0);
      else {
        value = ExpansionInvestmentCost(e, kinds[k], row);
        if (g->period < 0) value *= ExpansionActiveWeight(e, kinds[k], row);
      }
      PetscCall(ExpansionTermsAdd(&terms, e->capacity[kinds[k]][row], value));
    }
  PetscCall(AddGlobalRow(e, g, &terms, (PetscBool)(terms.n > 0)));
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

/* Capacity of extendable components of a carrier, everywhere or at a bus (branches: at bus0). */
static PetscErrorCode AddTechnology(Expansion e, const Global *g)
{
  const ComponentKind *kind;
  ExpansionTerms       terms = {0};
  PetscInt             row;

  PetscFunctionBeginUser;
  for (kind = ExpansionNominalKinds; *kind != COMPONENT_KINDS; kind++)
    for (row = 0; row < e->c->table[*kind].n; row++) {
      const PetscBool branch = (PetscBool)(*kind == COMPONENT_LINE || *kind == COMPONENT_LINK);
      if (*kind == COMPONENT_TRANSFORMER || e->capacity[*kind][row] < 0) continue;
      if (strcmp(ExpansionCarrier(e, *kind, row), g->attribute) != 0 || !ActiveIn(e, *kind, row, g->period)) continue;
      if (g->bus[0] && strcmp(ExpansionText(e, *kind, branch ? "bus0" : "bus", row), g->bus) != 0) continue;
      PetscCall(ExpansionTermsAdd(&terms, e->capacity[*kind][row], 1));
    }
  PetscCall(AddGlobalRow(e, g, &terms, (PetscBool)(terms.n > 0)));
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddGlobal(Expansion e, const Global *g)
{
  ExpansionTerms terms = {0};

  PetscFunctionBeginUser;
  if (!strcmp(g->type, "primary_energy")) {
    PetscCall(ExpansionPrimaryEnergy(e, g->row, g->attribute, g->period, &terms));
    PetscCall(AddGlobalRow(e, g, &terms, (PetscBool)(terms.n > 0)));
  } else if (!strcmp(g->type, "operational_limit")) {
    PetscCall(ExpansionOperation(e, g->row, g->attribute, g->period, &terms));
    PetscCall(AddGlobalRow(e, g, &terms, (PetscBool)(terms.n > 0)));
  } else if (!strcmp(g->type, "transmission_volume_expansion_limit")) {
    PetscCall(AddTransmission(e, g, PETSC_FALSE));
  } else if (!strcmp(g->type, "transmission_expansion_cost_limit")) {
    PetscCall(AddTransmission(e, g, PETSC_TRUE));
  } else if (!strcmp(g->type, "tech_capacity_expansion_limit")) {
    PetscCall(AddTechnology(e, g));
  } else if (!ExpansionPolicyConstraint(g->type)) {
    PetscCall(ExpansionFault(e, COMPONENT_GLOBAL_CONSTRAINT, g->row,
                             "found the type '%.60s', expected primary_energy, operational_limit, "
                             "transmission_volume_expansion_limit, transmission_expansion_cost_limit or "
                             "tech_capacity_expansion_limit",
                             g->type));
  }
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddGlobals(Expansion e)
{
  Global    g;
  PetscBool usable;
  PetscInt  row;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[COMPONENT_GLOBAL_CONSTRAINT].n; row++) {
    PetscCall(ReadGlobal(e, row, &g, &usable));
    if (usable) PetscCall(AddGlobal(e, &g));
  }
  PetscFunctionReturn(0);
}
