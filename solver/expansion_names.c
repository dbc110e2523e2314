/* What rows and variables of an expansion model are, for people and as names in files. */
#include "solver/expansion_impl.h"

#include <string.h>

/* A family: words for people, and a name without blanks. */
typedef struct {
  PetscInt      family;
  PetscBool     of_kind; /* one family for each component kind */
  ComponentKind kind;    /* whose rows are items */
  const char   *name, *words;
} Family;

static const Family families[] = {
    {EXPANSION_CAPACITY, PETSC_TRUE, COMPONENT_BUS, "nom", "capacity"},
    {EXPANSION_POWER, PETSC_TRUE, COMPONENT_BUS, "p", "power"},
    {EXPANSION_DISPATCH, PETSC_FALSE, COMPONENT_STORAGE_UNIT, "p_dispatch", "dispatch"},
    {EXPANSION_STORE, PETSC_FALSE, COMPONENT_STORAGE_UNIT, "p_store", "storing"},
    {EXPANSION_CHARGE, PETSC_FALSE, COMPONENT_STORAGE_UNIT, "soc", "state of charge"},
    {EXPANSION_SPILL, PETSC_FALSE, COMPONENT_STORAGE_UNIT, "spill", "spillage"},
    {EXPANSION_ENERGY, PETSC_FALSE, COMPONENT_STORE, "e", "energy"},
    {EXPANSION_ANGLE, PETSC_FALSE, COMPONENT_BUS, "angle", "voltage angle"},
    {EXPANSION_BALANCE, PETSC_FALSE, COMPONENT_BUS, "balance", "power balance"},
    {EXPANSION_UPPER, PETSC_TRUE, COMPONENT_BUS, "upper", "upper limit"},
    {EXPANSION_LOWER, PETSC_TRUE, COMPONENT_BUS, "lower", "lower limit"},
    {EXPANSION_CYCLE, PETSC_FALSE, COMPONENT_LINE, "cycle", "voltage law of the cycle"},
    {EXPANSION_GLOBAL, PETSC_FALSE, COMPONENT_GLOBAL_CONSTRAINT, "global", "global constraint"},
    {EXPANSION_STORE_UPPER, PETSC_FALSE, COMPONENT_STORAGE_UNIT, "p_store_upper", "upper limit of storing"},
    {EXPANSION_CHARGE_UPPER, PETSC_FALSE, COMPONENT_STORAGE_UNIT, "soc_upper", "upper limit of state of charge"},
    {EXPANSION_CONTINUITY, PETSC_TRUE, COMPONENT_BUS, "energy_balance", "energy balance"},
    {EXPANSION_SET, PETSC_TRUE, COMPONENT_BUS, "set", "set point"},
    {EXPANSION_RAMP_UP, PETSC_TRUE, COMPONENT_BUS, "ramp_up", "ramp limit upwards"},
    {EXPANSION_RAMP_DOWN, PETSC_TRUE, COMPONENT_BUS, "ramp_down", "ramp limit downwards"},
    {EXPANSION_ENERGY_SUM, PETSC_FALSE, COMPONENT_GENERATOR, "e_sum", "energy over all snapshots"},
    {EXPANSION_GROWTH, PETSC_FALSE, COMPONENT_CARRIER, "growth", "growth limit"},
    {EXPANSION_BUS_NOMINAL, PETSC_FALSE, COMPONENT_BUS, "bus_nom", "limit of a carrier's capacity"},
    {EXPANSION_PHASE_SHIFT, PETSC_FALSE, COMPONENT_TRANSFORMER, "phase_shift", "phase shift"},
};

static void FindFamily(PetscInt family, ComponentKind *kind, const char **name, const char **words)
{
  size_t k;

  *kind = COMPONENT_BUS;
  *name = *words = "";
  for (k = 0; k < PETSC_STATIC_ARRAY_LENGTH(families); k++) {
    const Family  *f    = &families[k];
    const PetscInt over = family - f->family;
    if (over < 0 || over >= (f->of_kind ? (PetscInt)COMPONENT_KINDS : 1)) continue;
    *kind  = f->of_kind ? (ComponentKind)over : f->kind;
    *name  = f->name;
    *words = f->words;
    return;
  }
  (void)ExpansionPolicyFamily(family, kind, name, words);
}

/* The row of a table that a label means: cycles count transformers after lines. */
static const char *ItemName(Expansion e, const LinearLabel *label, ComponentKind *kind)
{
  PetscInt item = label->item;

  if (label->kind == EXPANSION_CYCLE && item >= e->c->table[COMPONENT_LINE].n) {
    item -= e->c->table[COMPONENT_LINE].n;
    *kind = COMPONENT_TRANSFORMER;
  }
  return item >= 0 && item < e->c->table[*kind].n ? e->c->table[*kind].name[item] : "";
}

static const LinearLabel *Label(Expansion e, PetscBool is_row, PetscInt index)
{
  return is_row ? &e->program->row[index] : &e->program->variable[index];
}

void ExpansionDescribe(Expansion expansion, PetscBool is_row, PetscInt index, char *text, size_t size)
{
  const LinearLabel *label = Label(expansion, is_row, index);
  const char        *name, *words, *item, *class_name;
  ComponentKind      kind;
  char               lower[64];
  size_t             i;

  FindFamily(label->kind, &kind, &name, &words);
  item       = ItemName(expansion, label, &kind);
  class_name = ComponentClassName(kind);
  for (i = 0; class_name[i] && i + 1 < sizeof(lower); i++)
    lower[i] = class_name[i] >= 'A' && class_name[i] <= 'Z' ? (char)(class_name[i] - 'A' + 'a') : class_name[i];
  lower[i] = 0;
  if (!strcmp(lower, "storageunit")) snprintf(lower, sizeof(lower), "storage unit");
  if (label->kind == EXPANSION_GLOBAL)
    snprintf(text, size, "%s \"%s\"", words, item);
  else
    snprintf(text, size, "%s of %s \"%s\"", words, lower, item);
  i = strlen(text);
  if (label->stage >= 0) snprintf(text + i, size - i, " at %s", expansion->c->snapshot[label->stage]);
}

/* FAMILY:CLASS:ITEM:NAME:STAGE: the number makes names differ that differ in blanks alone, or that were cut. */
void ExpansionName(void *expansion, PetscBool is_row, PetscInt index, char *text, size_t size)
{
  Expansion          e     = (Expansion)expansion;
  const LinearLabel *label = Label(e, is_row, index);
  const char        *name, *words, *item;
  ComponentKind      kind;
  char              *c;

  FindFamily(label->kind, &kind, &name, &words);
  item = ItemName(e, label, &kind);
  if (label->stage >= 0 && label->kind < EXPANSION_FAMILIES)
    snprintf(text, size, "%s:%s:%d:%.60s:%d", name, ComponentListName(kind), (int)label->item, item, (int)label->stage);
  /* Several rows of no time, or of days of a year, may share family and item. */
  else
    snprintf(text, size, "%s:%s:%d:%.60s::%d", name, ComponentListName(kind), (int)label->item, item, (int)index);
  for (c = text; *c; c++)
    if (*c <= ' ' || *c > '~') *c = '_';
}

PetscReal ExpansionElastic(Expansion expansion, PetscInt row)
{
  switch (expansion->program->row[row].kind) {
  case EXPANSION_BALANCE:
  case EXPANSION_GLOBAL:
  case EXPANSION_GROWTH:
  case EXPANSION_BUS_NOMINAL:
  case EXPANSION_ENERGY_SUM:
    return 1;
  default:
    return ExpansionPolicyElastic(expansion, row);
  }
}
