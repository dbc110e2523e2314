/* Access to the components while the expansion model is built. */
#include "solver/expansion_impl.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

const ComponentKind ExpansionNominalKinds[] = {
    COMPONENT_GENERATOR, COMPONENT_LINE,         COMPONENT_TRANSFORMER, COMPONENT_LINK,
    COMPONENT_STORE,     COMPONENT_STORAGE_UNIT, COMPONENT_KINDS,
};

const char *ExpansionNominal(ComponentKind kind)
{
  switch (kind) {
  case COMPONENT_LINE:
  case COMPONENT_TRANSFORMER:
    return "s_nom";
  case COMPONENT_STORE:
    return "e_nom";
  case COMPONENT_GENERATOR:
  case COMPONENT_LINK:
  case COMPONENT_STORAGE_UNIT:
    return "p_nom";
  default:
    return NULL;
  }
}

const Column *ExpansionColumn(Expansion e, ComponentKind kind, const char *attribute)
{
  return ComponentsColumn(e->c, kind, attribute);
}

const Column *ExpansionNominalColumn(Expansion e, ComponentKind kind, const char *suffix)
{
  char name[64];

  snprintf(name, sizeof(name), "%s%s", ExpansionNominal(kind), suffix);
  return ExpansionColumn(e, kind, name);
}

PetscReal ExpansionReal(Expansion e, ComponentKind kind, const char *attribute, PetscInt row, PetscReal otherwise)
{
  const Column *column = ExpansionColumn(e, kind, attribute);

  return column && column->real && !isnan(column->real[row]) ? column->real[row] : otherwise;
}

PetscBool ExpansionTrue(Expansion e, ComponentKind kind, const char *attribute, PetscInt row)
{
  return (PetscBool)(ExpansionReal(e, kind, attribute, row, 0) != 0);
}

const char *ExpansionText(Expansion e, ComponentKind kind, const char *attribute, PetscInt row)
{
  const Column *column = ExpansionColumn(e, kind, attribute);

  return column && column->text && column->text[row] ? column->text[row] : "";
}

const char *ExpansionCarrier(Expansion e, ComponentKind kind, PetscInt row)
{
  const char *carrier = ExpansionText(e, kind, "carrier", row);
  PetscInt    bus;

  if (carrier[0] || (kind != COMPONENT_LINE && kind != COMPONENT_LINK && kind != COMPONENT_STORE)) return carrier;
  bus = ExpansionBus(e, kind, kind == COMPONENT_STORE ? "bus" : "bus0", row);
  return bus < 0 ? "" : ExpansionText(e, COMPONENT_BUS, "carrier", bus);
}

PetscInt ExpansionBus(Expansion e, ComponentKind kind, const char *attribute, PetscInt row)
{
  const char *name = ExpansionText(e, kind, attribute, row);

  return name[0] ? ComponentsFind(e->c, COMPONENT_BUS, name) : -1;
}

PetscBool ExpansionEverActive(Expansion e, ComponentKind kind, PetscInt row)
{
  PetscInt k;

  for (k = 0; k < e->n_periods; k++)
    if (e->active[kind][row * e->n_periods + k]) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscBool ExpansionIsExtendable(Expansion e, ComponentKind kind, PetscInt row)
{
  const Column *extendable = ExpansionNominalColumn(e, kind, "_extendable");

  return (PetscBool)(extendable && extendable->real[row] != 0 && ExpansionReal(e, kind, "active", row, 1) != 0);
}

PetscErrorCode ExpansionFault(Expansion e, ComponentKind kind, PetscInt row, const char *format, ...)
{
  char    text[512], file[PETSC_MAX_PATH_LEN];
  va_list arguments;
  int     used;

  PetscFunctionBeginUser;
  used = snprintf(text, sizeof(text), "%s '%.80s': ", ComponentClassName(kind), e->c->table[kind].name[row]);
  va_start(arguments, format);
  vsnprintf(text + used, sizeof(text) - (size_t)used, format, arguments);
  va_end(arguments);
  snprintf(file, sizeof(file), "%s/%s.csv", e->c->path ? e->c->path : ".", ComponentListName(kind));
  PetscCall(FaultsAdd(e->faults, FAULT_ERROR, file, e->c->table[kind].line[row], "%s", text));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionTermsAdd(ExpansionTerms *terms, PetscInt column, PetscReal value)
{
  PetscFunctionBeginUser;
  if (terms->n == terms->capacity) {
    terms->capacity = 2 * terms->capacity + 64;
    PetscCall(PetscRealloc((size_t)terms->capacity * sizeof(PetscInt), &terms->column));
    PetscCall(PetscRealloc((size_t)terms->capacity * sizeof(PetscReal), &terms->value));
  }
  terms->column[terms->n]  = column;
  terms->value[terms->n++] = value;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionTermsFree(ExpansionTerms *terms)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(terms->column));
  PetscCall(PetscFree(terms->value));
  terms->n = terms->capacity = 0;
  terms->constant            = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddTerms(Expansion e, LinearLabel label, const ExpansionTerms *terms, char sense,
                                 PetscReal side)
{
  const PetscReal right = side - terms->constant;

  PetscFunctionBeginUser;
  PetscCall(LinearProgramAddRow(e->program, label, sense == '<' ? -INFINITY : right, sense == '>' ? INFINITY : right,
                                terms->n, terms->column, terms->value, NULL));
  PetscFunctionReturn(0);
}
