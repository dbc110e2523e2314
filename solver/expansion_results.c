/* The solution of an expansion model put into the output columns of its components, with PyPSA's names and signs. */
#include "solver/expansion_impl.h"

#include <math.h>
#include <string.h>

/* A series of every row of a table while it is filled. */
typedef struct {
  ComponentKind kind;
  const char   *name;
  PetscReal    *value; /* [rows][snapshots] */
} Output;

#define OUTPUTS 64

typedef struct {
  Expansion        e;
  Components       c; /* to be filled */
  const PetscReal *x, *y, *z;
  PetscInt         n;
  Output           output[OUTPUTS];
} Results;

static PetscErrorCode GetOutput(Results *r, ComponentKind kind, const char *name, PetscReal **value)
{
  PetscInt k;

  PetscFunctionBeginUser;
  for (k = 0; k < r->n; k++)
    if (r->output[k].kind == kind && !strcmp(r->output[k].name, name)) break;
  if (k == r->n) {
    PetscCheck(k < OUTPUTS, PETSC_COMM_SELF, PETSC_ERR_PLIB, "Too many outputs");
    r->output[k].kind = kind;
    r->output[k].name = name;
    PetscCall(PetscCalloc1(r->c->table[kind].n * r->c->n_snapshots, &r->output[k].value));
    r->n++;
  }
  *value = r->output[k].value;
  PetscFunctionReturn(0);
}

/* Output that a family of variables, or the multipliers of a family of rows, is copied to; multipliers of bounds go to
   mu_upper, mu_lower where `bounded`, those of set points to `set_mu`. */
typedef struct {
  PetscInt      family;
  ComponentKind kind;
  const char   *name;
  PetscBool     bounded;
  const char   *set, *set_mu;
} Series;

static PetscErrorCode CopyBounds(Results *r, const Series *s, PetscInt i)
{
  const LinearLabel *label = &r->e->program->variable[i];
  const PetscInt     at    = label->item * r->c->n_snapshots + label->stage;
  const Column      *set   = s->set ? ExpansionColumn(r->e, s->kind, s->set) : NULL;
  PetscReal         *mu;

  PetscFunctionBeginUser;
  if (!ExpansionActive(r->e, s->kind, label->item, label->stage)) PetscFunctionReturn(0);
  if (set && !isnan(ColumnAt(set, label->item, label->stage)) && r->e->program->lower[i] == r->e->program->upper[i]) {
    PetscCall(GetOutput(r, s->kind, s->set_mu, &mu));
    mu[at] += r->z[i];
  } else {
    PetscCall(GetOutput(r, s->kind, r->z[i] < 0 ? "mu_upper" : "mu_lower", &mu));
    mu[at] += r->z[i];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyVariables(Results *r)
{
  static const Series families[] = {
      {(PetscInt)EXPANSION_POWER + COMPONENT_GENERATOR, COMPONENT_GENERATOR, "p", PETSC_TRUE, "p_set", "mu_p_set"},
      {(PetscInt)EXPANSION_POWER + COMPONENT_LINK, COMPONENT_LINK, "p0", PETSC_TRUE, "p_set", "mu_p_set"},
      {(PetscInt)EXPANSION_POWER + COMPONENT_LINE, COMPONENT_LINE, "p0", PETSC_TRUE, NULL, NULL},
      {(PetscInt)EXPANSION_POWER + COMPONENT_TRANSFORMER, COMPONENT_TRANSFORMER, "p0", PETSC_TRUE, NULL, NULL},
      {(PetscInt)EXPANSION_POWER + COMPONENT_STORE, COMPONENT_STORE, "p", PETSC_FALSE, NULL, NULL},
      {EXPANSION_ENERGY, COMPONENT_STORE, "e", PETSC_TRUE, NULL, NULL},
      {EXPANSION_DISPATCH, COMPONENT_STORAGE_UNIT, "p_dispatch", PETSC_FALSE, NULL, NULL},
      {EXPANSION_STORE, COMPONENT_STORAGE_UNIT, "p_store", PETSC_FALSE, NULL, NULL},
      {EXPANSION_CHARGE, COMPONENT_STORAGE_UNIT, "state_of_charge", PETSC_TRUE, "state_of_charge_set",
       "mu_state_of_charge_set"},
      {EXPANSION_SPILL, COMPONENT_STORAGE_UNIT, "spill", PETSC_FALSE, NULL, NULL},
  };
  const Series *family_of[EXPANSION_FAMILIES] = {NULL};
  PetscReal    *value[EXPANSION_FAMILIES]     = {NULL};
  PetscInt      i;

  PetscFunctionBeginUser;
  for (i = 0; i < (PetscInt)PETSC_STATIC_ARRAY_LENGTH(families); i++) {
    const Series *s      = &families[i];
    family_of[s->family] = s;
    if (r->c->table[s->kind].n) PetscCall(GetOutput(r, s->kind, s->name, &value[s->family]));
  }
  for (i = 0; i < r->e->program->n; i++) {
    const LinearLabel *label = &r->e->program->variable[i];
    const Series      *s     = label->kind < EXPANSION_FAMILIES ? family_of[label->kind] : NULL;
    if (!s) continue;
    value[label->kind][label->item * r->c->n_snapshots + label->stage] = r->x[i];
    if (s->bounded && r->z) PetscCall(CopyBounds(r, s, i));
  }
  PetscFunctionReturn(0);
}

/* Multipliers of rows, times `sign`: a limit downwards is written the other way round than PyPSA's. */
static PetscErrorCode CopyRows(Results *r)
{
  static const struct {
    PetscInt      family;
    PetscBool     of_kind;
    ComponentKind kind;
    const char   *name;
    PetscReal     sign;
  } families[] = {
      {EXPANSION_UPPER, PETSC_TRUE, COMPONENT_BUS, "mu_upper", 1},
      {EXPANSION_LOWER, PETSC_TRUE, COMPONENT_BUS, "mu_lower", 1},
      {EXPANSION_CHARGE_UPPER, PETSC_FALSE, COMPONENT_STORAGE_UNIT, "mu_upper", 1},
      {EXPANSION_CONTINUITY, PETSC_TRUE, COMPONENT_BUS, "mu_energy_balance", 1},
      {EXPANSION_RAMP_UP, PETSC_TRUE, COMPONENT_BUS, "mu_ramp_limit_up", 1},
      {EXPANSION_RAMP_DOWN, PETSC_TRUE, COMPONENT_BUS, "mu_ramp_limit_down", -1},
      {EXPANSION_BALANCE, PETSC_FALSE, COMPONENT_BUS, "marginal_price", 1},
  };
  PetscReal *value;
  PetscInt   i, k;

  PetscFunctionBeginUser;
  for (i = 0; i < r->e->program->m && r->y; i++) {
    const LinearLabel *label = &r->e->program->row[i];
    for (k = 0; k < (PetscInt)PETSC_STATIC_ARRAY_LENGTH(families); k++) {
      const PetscInt      over = label->kind - families[k].family;
      const ComponentKind kind = families[k].of_kind ? (ComponentKind)over : families[k].kind;
      const PetscReal     unit = label->kind == EXPANSION_BALANCE ? ExpansionWeight(r->e, label->stage) : 1;
      if (over < 0 || over >= (families[k].of_kind ? (PetscInt)COMPONENT_KINDS : 1)) continue;
      if (families[k].family == EXPANSION_UPPER && kind == COMPONENT_STORAGE_UNIT)
        break; /* PyPSA has that of the charge */
      PetscCall(GetOutput(r, kind, families[k].name, &value));
      if (unit != 0) value[label->item * r->c->n_snapshots + label->stage] += families[k].sign * r->y[i] / unit;
      break;
    }
    if (label->kind == EXPANSION_GLOBAL)
      PetscCall(ComponentsSetReal(r->c, COMPONENT_GLOBAL_CONSTRAINT, "mu", label->item, r->y[i] + 0.0));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreCapacities(Results *r)
{
  const ComponentKind *kind;
  PetscInt             row;
  char                 name[64];

  PetscFunctionBeginUser;
  for (kind = ExpansionNominalKinds; *kind != COMPONENT_KINDS; kind++) {
    const Column *extendable = ExpansionNominalColumn(r->e, *kind, "_extendable");
    snprintf(name, sizeof(name), "%s_opt", ExpansionNominal(*kind));
    for (row = 0; row < r->c->table[*kind].n; row++) {
      const PetscInt capacity = r->e->capacity[*kind][row];
      PetscReal      value    = 0;
      if (capacity >= 0)
        value = r->x[capacity] + 0.0;
      else if (extendable->real[row] == 0)
        value = ColumnReal(ExpansionNominalColumn(r->e, *kind, ""), row);
      PetscCall(ComponentsSetReal(r->c, *kind, name, row, value));
    }
  }
  PetscFunctionReturn(0);
}

/* Adds sign x series of a row to that of its bus. */
static PetscErrorCode Inject(Results *r, ComponentKind kind, const char *bus, const char *series, PetscReal sign,
                             const char *sign_attribute)
{
  const PetscInt n = r->c->n_snapshots;
  PetscReal     *from, *to;
  PetscInt       row, t;

  PetscFunctionBeginUser;
  if (!r->c->table[kind].n || !r->c->table[COMPONENT_BUS].n) PetscFunctionReturn(0);
  PetscCall(GetOutput(r, COMPONENT_BUS, "p", &to));
  PetscCall(GetOutput(r, kind, series, &from));
  for (row = 0; row < r->c->table[kind].n; row++) {
    const PetscInt  k      = ExpansionBus(r->e, kind, bus, row);
    const PetscReal factor = sign_attribute ? ExpansionReal(r->e, kind, sign_attribute, row, sign) : sign;
    for (t = 0; t < n && k >= 0; t++) to[k * n + t] += factor * from[row * n + t];
  }
  PetscFunctionReturn(0);
}

/* What arrives at a port of links, withdrawn counted positive as at bus0. */
static PetscErrorCode StorePort(Results *r, const char *bus, const char *efficiency, const char *series)
{
  const ComponentKind kind  = COMPONENT_LINK;
  const PetscInt      n     = r->c->n_snapshots;
  const Column       *share = ExpansionColumn(r->e, kind, efficiency);
  PetscReal          *p0, *p;
  PetscInt            row, t;

  PetscFunctionBeginUser;
  PetscCall(GetOutput(r, kind, "p0", &p0));
  PetscCall(GetOutput(r, kind, series, &p));
  for (row = 0; row < r->c->table[kind].n; row++)
    if (ExpansionBus(r->e, kind, bus, row) >= 0)
      for (t = 0; t < n; t++) p[row * n + t] = -(share ? ColumnAt(share, row, t) : 1) * p0[row * n + t] + 0.0;
  PetscCall(Inject(r, kind, bus, series, -1, NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreLinks(Results *r)
{
  /* The names live as long as the outputs. */
  static char bus[EXPANSION_PORTS][16], efficiency[EXPANSION_PORTS][24], series[EXPANSION_PORTS][16];
  PetscReal  *p, *p0;
  PetscInt    k;

  PetscFunctionBeginUser;
  if (!r->c->table[COMPONENT_LINK].n) PetscFunctionReturn(0);
  PetscCall(GetOutput(r, COMPONENT_LINK, "p0", &p0));
  PetscCall(GetOutput(r, COMPONENT_LINK, "p", &p));
  PetscCall(PetscArraycpy(p, p0, r->c->table[COMPONENT_LINK].n * r->c->n_snapshots));
  PetscCall(Inject(r, COMPONENT_LINK, "bus0", "p0", -1, NULL));
  PetscCall(StorePort(r, "bus1", "efficiency", "p1"));
  for (k = 0; k < r->e->n_ports; k++) {
    snprintf(bus[k], sizeof(bus[k]), "bus%d", (int)r->e->port[k]);
    snprintf(efficiency[k], sizeof(efficiency[k]), "efficiency%d", (int)r->e->port[k]);
    snprintf(series[k], sizeof(series[k]), "p%d", (int)r->e->port[k]);
    PetscCall(StorePort(r, bus[k], efficiency[k], series[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreBranches(Results *r)
{
  const ComponentKind kinds[] = {COMPONENT_LINE, COMPONENT_TRANSFORMER};
  PetscReal          *p0, *p1;
  PetscInt            k, i;

  PetscFunctionBeginUser;
  for (k = 0; k < 2; k++) {
    if (!r->c->table[kinds[k]].n) continue;
    PetscCall(GetOutput(r, kinds[k], "p0", &p0));
    PetscCall(GetOutput(r, kinds[k], "p1", &p1));
    for (i = 0; i < r->c->table[kinds[k]].n * r->c->n_snapshots; i++) p1[i] = -p0[i] + 0.0;
  }
  PetscFunctionReturn(0);
}

/* Phase shifts of transformers, fixed ones too where one is not 0. */
static PetscErrorCode StoreShifts(Results *r)
{
  const ComponentKind kind  = COMPONENT_TRANSFORMER;
  const Column       *fixed = ExpansionColumn(r->e, kind, "phase_shift");
  PetscReal          *shift;
  PetscInt            row, t;

  PetscFunctionBeginUser;
  for (row = 0; row < r->c->table[kind].n; row++) {
    const PetscInt first = r->e->phase_shift[row];
    if (first < 0 && ColumnReal(fixed, row) == 0 && !(fixed->series && fixed->series[row])) continue;
    PetscCall(GetOutput(r, kind, "phase_shift_opt", &shift));
    for (t = 0; t < r->c->n_snapshots; t++)
      shift[row * r->c->n_snapshots + t] = first >= 0 ? r->x[first + t] : ColumnAt(fixed, row, t);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreStorageUnits(Results *r)
{
  const ComponentKind kind = COMPONENT_STORAGE_UNIT;
  PetscReal          *p, *out, *in;
  PetscInt            i;

  PetscFunctionBeginUser;
  if (!r->c->table[kind].n) PetscFunctionReturn(0);
  PetscCall(GetOutput(r, kind, "p", &p));
  PetscCall(GetOutput(r, kind, "p_dispatch", &out));
  PetscCall(GetOutput(r, kind, "p_store", &in));
  for (i = 0; i < r->c->table[kind].n * r->c->n_snapshots; i++) p[i] = out[i] - in[i];
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreLoads(Results *r)
{
  const ComponentKind kind  = COMPONENT_LOAD;
  const PetscInt      n     = r->c->n_snapshots;
  const Column       *p_set = ExpansionColumn(r->e, kind, "p_set");
  PetscReal          *p;
  PetscInt            row, t;

  PetscFunctionBeginUser;
  if (!r->c->table[kind].n) PetscFunctionReturn(0);
  PetscCall(GetOutput(r, kind, "p", &p));
  for (row = 0; row < r->c->table[kind].n; row++)
    for (t = 0; t < n; t++) {
      const PetscInt cut = r->e->load_served[row], up = r->e->load_shift_up[row], down = r->e->load_shift_down[row];
      if (!ExpansionActive(r->e, kind, row, t)) continue;
      p[row * n + t] = ColumnAt(p_set, row, t) - (cut >= 0 ? r->x[cut + t] : 0) + (up >= 0 ? r->x[up + t] : 0) -
                       (down >= 0 ? r->x[down + t] : 0);
    }
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreBuses(Results *r)
{
  PetscReal *angle;

  PetscFunctionBeginUser;
  PetscCall(Inject(r, COMPONENT_GENERATOR, "bus", "p", 1, "sign"));
  PetscCall(Inject(r, COMPONENT_STORE, "bus", "p", 1, "sign"));
  PetscCall(Inject(r, COMPONENT_STORAGE_UNIT, "bus", "p", 1, "sign"));
  PetscCall(Inject(r, COMPONENT_LOAD, "bus", "p", -1, "sign"));
  if (!r->c->table[COMPONENT_BUS].n) PetscFunctionReturn(0);
  PetscCall(GetOutput(r, COMPONENT_BUS, "v_ang", &angle));
  PetscCall(ExpansionAngles(r->e, r->x, angle));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteOutputs(Results *r)
{
  const PetscInt n = r->c->n_snapshots;
  PetscInt       k, row, i;

  PetscFunctionBeginUser;
  for (k = 0; k < r->n; k++) {
    Output *o = &r->output[k];
    for (i = 0; i < r->c->table[o->kind].n * n; i++) o->value[i] += 0.0; /* no -0 */
    for (row = 0; row < r->c->table[o->kind].n; row++)
      PetscCall(ComponentsSetSeries(r->c, o->kind, o->name, row, o->value + (size_t)row * (size_t)n));
    PetscCall(PetscFree(o->value));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionStore(Expansion expansion, const PetscReal *x, const PetscReal *y, const PetscReal *z,
                              Components components)
{
  Results *r;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&r));
  *r = (Results){.e = expansion, .c = components, .x = x, .y = y, .z = z};
  PetscCall(CopyVariables(r));
  PetscCall(CopyRows(r));
  PetscCall(StoreBranches(r));
  PetscCall(StoreShifts(r));
  PetscCall(StoreStorageUnits(r));
  PetscCall(StoreLoads(r));
  PetscCall(StoreLinks(r));
  PetscCall(StoreBuses(r));
  PetscCall(StoreCapacities(r));
  PetscCall(WriteOutputs(r));
  PetscCall(PetscFree(r));
  PetscCall(ExpansionPolicyStore(expansion, x, y, z, components));
  PetscFunctionReturn(0);
}
