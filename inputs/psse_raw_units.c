/* Generators of a RAW file: limits, set-points that keep a solved case solved, source impedances. */
#include "inputs/psse_raw.h"

#include <math.h>

/* Columns from MBASE on; revision 35 has two more. */
typedef struct {
  PetscInt mbase, zr, zx, rt, xt, status, pt, pb;
} UnitColumns;

static const UnitColumns unit_23 = {8, 9, 10, 11, 12, 14, 16, 17};
static const UnitColumns unit_35 = {9, 10, 11, 12, 13, 15, 17, 18};

/* The value past which a limit of the file means none. */
static const PetscReal no_limit_mw = 9999;

/* The lower limit below the upper, and a note where the file has them the other way round. */
static void Order(RawReader *r, const RawRecord *record, RawNote note, const char *name, PetscReal *low,
                  PetscReal *high)
{
  const PetscReal low_before = *low;
  if (*low <= *high) return;
  RawCount(r, note, record->line, "%s", name);
  *low  = *high;
  *high = low_before;
}

static PetscErrorCode ReadPower(RawReader *r, RawRecord *record, const UnitColumns *c, PetscInt row)
{
  GeneratorTable *g    = &r->net->generator;
  const char     *name = g->name[row];

  PetscFunctionBegin;
  PetscCall(RawReal(r, record, 2, "PG", 0, &g->p_mw[row]));
  PetscCall(RawReal(r, record, 3, "QG", 0, &g->q_mvar[row]));
  PetscCall(RawReal(r, record, 4, "QT", no_limit_mw, &g->q_max_mvar[row]));
  PetscCall(RawReal(r, record, 5, "QB", -no_limit_mw, &g->q_min_mvar[row]));
  PetscCall(RawReal(r, record, c->pt, "PT", no_limit_mw, &g->p_max_mw[row]));
  PetscCall(RawReal(r, record, c->pb, "PB", -no_limit_mw, &g->p_min_mw[row]));
  if (g->p_max_mw[row] == 0 && g->p_min_mw[row] == 0 && g->p_mw[row] != 0) {
    RawCount(r, RAW_NOTE_NO_P_LIMITS, record->line, "%s", name);
    g->p_max_mw[row] = no_limit_mw;
    g->p_min_mw[row] = PetscMin(0, g->p_mw[row]);
  }
  Order(r, record, RAW_NOTE_CROSSED_P, name, &g->p_min_mw[row], &g->p_max_mw[row]);
  Order(r, record, RAW_NOTE_CROSSED_Q, name, &g->q_min_mvar[row], &g->q_max_mvar[row]);
  PetscFunctionReturn(0);
}

/* ZSORCE, with the implicit step-up transformer added to it: both are on the machine's base. */
static PetscErrorCode ReadSource(RawReader *r, RawRecord *record, const UnitColumns *c, PetscInt row)
{
  GeneratorTable *g = &r->net->generator;
  PetscReal       rt, xt;

  PetscFunctionBegin;
  PetscCall(RawReal(r, record, c->mbase, "MBASE", r->net->base_mva, &g->mva_base[row]));
  PetscCall(RawReal(r, record, c->zr, "ZR", 0, &g->r_source_pu[row]));
  PetscCall(RawReal(r, record, c->zx, "ZX", 1, &g->x_source_pu[row]));
  PetscCall(RawReal(r, record, c->rt, "RT", 0, &rt));
  PetscCall(RawReal(r, record, c->xt, "XT", 0, &xt));
  if (record->good && !(g->mva_base[row] > 0))
    PetscCall(RawFault(r, record->line, "generator: found MBASE %g, expected a positive number of MVA",
                       (double)g->mva_base[row]));
  if (rt == 0 && xt == 0) PetscFunctionReturn(0);
  RawCount(r, RAW_NOTE_STEP_UP, record->line, "%s", g->name[row]);
  g->r_source_pu[row] += rt;
  g->x_source_pu[row] += xt;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadUnit(RawReader *r, RawRecord *record)
{
  const UnitColumns *c = r->format.revision >= 35 ? &unit_35 : &unit_23;
  GeneratorTable    *g = &r->net->generator;
  PetscInt           bus, status, remote, row = r->n_generators;
  char               unit[RAW_TEXT], name[2 * RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(RawBus(r, record, 0, "I", &bus));
  if (bus < 0) PetscFunctionReturn(0);
  ++r->n_generators;
  RawText(record, 1, "1", unit, sizeof unit);
  (void)snprintf(name, sizeof name, "gen %" PetscInt_FMT ":%s", r->net->bus.number[bus], unit);
  PetscCall(NetworkSetString(&g->unit[row], unit));
  PetscCall(NetworkSetString(&g->name[row], name));
  g->bus[row] = bus;
  PetscCall(RawInt(r, record, c->status, "STAT", 1, &status));
  PetscCall(RawReal(r, record, 6, "VS", 1, &g->vm_set_pu[row]));
  PetscCall(RawInt(r, record, 7, "IREG", 0, &remote));
  PetscCall(ReadPower(r, record, c, row));
  PetscCall(ReadSource(r, record, c, row));
  g->in_service[row] = (PetscBool)(status > 0 && RawBusInUse(r, bus));
  if (!g->in_service[row] || remote == 0 || PetscAbsInt(remote) == r->net->bus.number[bus]) PetscFunctionReturn(0);
  RawCount(r, RAW_NOTE_REMOTE, record->line, "%s", name);
  g->vm_set_pu[row] = r->net->bus.vm_pu[bus];
  PetscFunctionReturn(0);
}

/* What the units at a bus give and could give, Mvar. */
typedef struct {
  PetscReal q, low, high;
} BusUnits;

/* A bus whose units stand at their limits holds what voltage it has, not what they are set to: the solver of the stored
   case had given up its set-point. */
static PetscErrorCode HoldAtLimits(RawReader *r)
{
  GeneratorTable *g           = &r->net->generator;
  const BusTable *bus         = &r->net->bus;
  const PetscReal rounding_pu = 2e-5, rounding_mvar = 0.01; /* of the numbers that such files hold */
  BusUnits       *at;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(bus->n, &at));
  for (PetscInt k = 0; k < r->n_generators; ++k)
    if (g->in_service[k]) {
      at[g->bus[k]].q += g->q_mvar[k];
      at[g->bus[k]].low += g->q_min_mvar[k];
      at[g->bus[k]].high += g->q_max_mvar[k];
    }
  for (PetscInt k = 0; k < r->n_generators; ++k) {
    const PetscInt i = g->bus[k];
    if (!g->in_service[k] || bus->type[i] != BUS_PV || fabs(g->vm_set_pu[k] - bus->vm_pu[i]) <= rounding_pu) continue;
    if (at[i].q > at[i].low + rounding_mvar && at[i].q < at[i].high - rounding_mvar) continue;
    RawCount(r, RAW_NOTE_AT_LIMIT, 0, "%s", g->name[k]);
    g->vm_set_pu[k] = bus->vm_pu[i];
  }
  PetscCall(PetscFree(at));
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadGenerators(RawReader *r)
{
  RawRecord record;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < r->section[RAW_GENERATOR].n; ++k) {
    RawRead(r, RAW_GENERATOR, k, &record);
    PetscCall(ReadUnit(r, &record));
  }
  PetscCall(HoldAtLimits(r));
  PetscFunctionReturn(0);
}
