/* PyPSA CSV folders: generators, loads, shunt impedances and storage units. */
#include "inputs/pypsa.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* Carriers, for their emissions; and what is said once about all units of a table. */
typedef struct {
  PypsaTable  units, carriers;
  NameIndex   carrier_index;
  PetscReal **p_max, **p_min;
  PetscInt    without_q, one_sided_ramp;
} UnitReader;

/* Whether a unit stands at a bus with voltage; a bus that is not known is a fault of its own. */
static PetscBool AtElectricBus(PypsaTable *t, PetscInt bus)
{
  return bus < 0 || NetworkBusIsElectric(t->folder->net, bus) ? PETSC_TRUE : PETSC_FALSE;
}

/* Reactive limits from the extra columns q_min and q_max (Mvar); the unit's active power where there are none. */
static PetscErrorCode ReadReactive(UnitReader *r, PetscInt k, PetscInt bus, PetscReal p_nom, PetscReal *q_min,
                                   PetscReal *q_max)
{
  PypsaTable *t = &r->units;

  PetscFunctionBeginUser;
  *q_min = *q_max = 0;
  if (!AtElectricBus(t, bus)) PetscFunctionReturn(0);
  *q_min = PypsaReal(t, k, "q_min", -p_nom);
  *q_max = PypsaReal(t, k, "q_max", p_nom);
  if (!PypsaText(t, k, "q_min")[0] || !PypsaText(t, k, "q_max")[0]) r->without_q++;
  if (*q_min > *q_max)
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found q_min = %g above q_max = %g Mvar, expected the lower limit below the upper one", *q_min,
                         *q_max));
  PetscFunctionReturn(0);
}

static PetscErrorCode WarnOfReactive(UnitReader *r)
{
  PetscFunctionBeginUser;
  if (r->without_q)
    PetscCall(PypsaFault(&r->units, -1, FAULT_WARNING,
                         "found %" PetscInt_FMT " of %" PetscInt_FMT
                         " %s without q_min and q_max (Mvar): -p_nom to p_nom are taken",
                         r->without_q, r->units.n, r->units.component));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadNominal(PypsaTable *t, PetscInt k, PetscReal *p_nom)
{
  PetscFunctionBeginUser;
  *p_nom = PypsaReal(t, k, "p_nom", 0);
  if (!(*p_nom >= 0) || isinf(*p_nom)) {
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found p_nom = %g MW, expected a finite power of at least 0", *p_nom));
    *p_nom = 0;
  }
  if (PypsaReal(t, k, "sign", 1) != 1)
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found sign = %g, expected 1", PypsaReal(t, k, "sign", 1)));
  PetscFunctionReturn(0);
}

/* A whole PV or slack bus by a unit's control; a slack bus stays one. */
static PetscErrorCode ReadControl(PypsaTable *t, PetscInt k, PetscInt bus)
{
  const char *control = PypsaText(t, k, "control");
  BusType    *type    = bus < 0 ? NULL : &t->folder->net->bus.type[bus];

  PetscFunctionBeginUser;
  if (!AtElectricBus(t, bus)) PetscFunctionReturn(0);
  if (!control[0] || !strcasecmp(control, "PQ")) PetscFunctionReturn(0);
  if (strcasecmp(control, "PV") != 0 && strcasecmp(control, "Slack") != 0)
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found the control '%.20s', expected PQ, PV or Slack", control));
  else if (type && !strcasecmp(control, "Slack") != 0)
    *type = BUS_REF;
  else if (type && *type != BUS_REF)
    *type = BUS_PV;
  PetscFunctionReturn(0);
}

/* Largest rise per hour from a limit per unit of p_nom and snapshot; the smaller one where up and down differ. */
static PetscReal Ramp(UnitReader *r, PetscInt k, PetscReal p_nom)
{
  PetscReal up   = PypsaReal(&r->units, k, "ramp_limit_up", INFINITY);
  PetscReal down = PypsaReal(&r->units, k, "ramp_limit_down", INFINITY);
  if (up != down) r->one_sided_ramp++;
  return isinf(up) && isinf(down) ? INFINITY : PetscMin(up, down) * p_nom / r->units.folder->step_hours;
}

static PetscErrorCode ReadEmission(UnitReader *r, PetscInt k, PetscReal *emission)
{
  PetscReal efficiency = PypsaReal(&r->units, k, "efficiency", 1);
  PetscInt  carrier    = NameIndexFind(r->carrier_index, PypsaText(&r->units, k, "carrier"));

  PetscFunctionBeginUser;
  *emission = 0;
  if (!(efficiency > 0) || isinf(efficiency))
    PetscCall(PypsaFault(&r->units, k, FAULT_ERROR, "found efficiency = %g, expected a positive number", efficiency));
  else if (carrier >= 0)
    *emission = PypsaReal(&r->carriers, carrier, "co2_emissions", 0) / efficiency;
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckLimits(UnitReader *r, PetscInt k, PetscReal p_min, PetscReal p_max)
{
  Pypsa *p = r->units.folder;

  PetscFunctionBeginUser;
  if (!r->p_min[k] && !r->p_max[k] && p_min > p_max)
    PetscCall(PypsaFault(&r->units, k, FAULT_ERROR,
                         "found p_min_pu above p_max_pu, expected the lower limit below the upper one"));
  for (PetscInt i = 0; (r->p_min[k] || r->p_max[k]) && i < p->n_snapshots; i++) {
    PetscReal low = r->p_min[k] ? r->p_min[k][i] : p_min, high = r->p_max[k] ? r->p_max[k][i] : p_max;
    if (low <= high) continue;
    PetscCall(PypsaFault(&r->units, k, FAULT_ERROR,
                         "found p_min_pu = %g above p_max_pu = %g in snapshot %" PetscInt_FMT
                         " of '%.60s', expected the lower limit below the upper one",
                         low, high, i, r->units.name[k]));
    break;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadGeneratorPower(UnitReader *r, PetscInt k, PetscReal p_nom)
{
  PypsaTable     *t     = &r->units;
  GeneratorTable *g     = &t->folder->net->generator;
  PetscReal       p_min = PypsaReal(t, k, "p_min_pu", 0), p_max = PypsaReal(t, k, "p_max_pu", 1);

  PetscFunctionBeginUser;
  g->p_min_mw[k] = p_nom * p_min;
  g->p_max_mw[k] = p_nom * p_max;
  PetscCall(CheckLimits(r, k, p_min, p_max));
  if (r->p_max[k]) PetscCall(PypsaAddSeries(t->folder, r->p_max[k], p_nom, &g->p_max_series[k]));
  if (r->p_min[k]) PetscCall(PypsaAddSeries(t->folder, r->p_min[k], p_nom, &g->p_min_series[k]));
  g->p_mw[k]          = PypsaReal(t, k, "p_set", 0);
  g->q_mvar[k]        = PypsaReal(t, k, "q_set", 0);
  g->ramp_mw_per_h[k] = Ramp(r, k, p_nom);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadGenerator(UnitReader *r, PetscInt k)
{
  PypsaTable     *t   = &r->units;
  Network         net = t->folder->net;
  GeneratorTable *g   = &net->generator;
  PetscReal cost[3]   = {0, PypsaReal(t, k, "marginal_cost", 0), PypsaReal(t, k, "marginal_cost_quadratic", 0)}, p_nom;

  PetscFunctionBeginUser;
  PetscCall(NetworkSetString(&g->name[k], t->name[k]));
  PetscCall(NetworkSetString(&g->technology[k], PypsaText(t, k, "carrier")));
  PetscCall(PypsaBus(t, k, "bus", &g->bus[k]));
  PetscCall(ReadNominal(t, k, &p_nom));
  PetscCall(ReadControl(t, k, g->bus[k]));
  PetscCall(ReadGeneratorPower(r, k, p_nom));
  PetscCall(ReadReactive(r, k, g->bus[k], p_nom, &g->q_min_mvar[k], &g->q_max_mvar[k]));
  PetscCall(ReadEmission(r, k, &g->emission_t_per_mwh[k]));
  g->reserve_max_mw[k] = PypsaReal(t, k, "reserve_max_mw", 0);
  if (!(g->reserve_max_mw[k] >= 0))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found reserve_max_mw = %g, expected at least 0", g->reserve_max_mw[k]));
  g->in_service[k] = PypsaBool(t, k, "active", PETSC_TRUE);
  g->mva_base[k]   = PypsaReal(t, k, "s_nom", p_nom > 0 ? p_nom : net->base_mva);
  g->inertia_s[k]  = PypsaReal(t, k, "inertia_s", NAN);
  if (g->bus[k] >= 0) g->vm_set_pu[k] = net->bus.vm_pu[g->bus[k]];
  if (!isfinite(cost[1]) || !isfinite(cost[2]) || cost[2] < 0)
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found marginal costs %g and %g (quadratic), expected finite ones, the second at least 0",
                         cost[1], cost[2]));
  else
    PetscCall(CostSet(&g->cost[k], COST_POLYNOMIAL, cost[2] != 0 ? 3 : 2, cost));
  PetscFunctionReturn(0);
}

/* Units at one bus get the identifiers "1", "2", ... unless a column `unit` gives them. */
static PetscErrorCode NumberUnits(PypsaTable *t)
{
  Network         net = t->folder->net;
  GeneratorTable *g   = &net->generator;
  PetscInt       *count;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(net->bus.n + 1, &count));
  for (PetscInt k = 0; k < g->n; k++) {
    char        text[24];
    const char *given = PypsaText(t, k, "unit");
    if (g->bus[k] < 0) continue;
    snprintf(text, sizeof text, "%" PetscInt_FMT, ++count[g->bus[k]]);
    PetscCall(NetworkSetString(&g->unit[k], given[0] ? given : text));
  }
  PetscCall(PetscFree(count));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAllGenerators(UnitReader *r)
{
  static const PypsaUnsupported unsupported[] = {
      {"p_nom_extendable", "False", FAULT_WARNING, "capacities are not extended, p_nom is used"},
      {"committable", "False", FAULT_WARNING, "unit commitment is not modelled"},
      {"e_sum_min", "-inf", FAULT_WARNING, "energy limits over all snapshots are left out"},
      {"e_sum_max", "inf", FAULT_WARNING, "energy limits over all snapshots are left out"},
      {"stand_by_cost", "0", FAULT_WARNING, "stand-by costs are left out"},
  };
  PypsaTable *t = &r->units;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < t->n; k++) PetscCall(ReadGenerator(r, k));
  if (t->n) {
    PetscCall(NumberUnits(t));
    PetscCall(PypsaCheckUnsupported(t, PETSC_STATIC_ARRAY_LENGTH(unsupported), unsupported));
  }
  PetscCall(WarnOfReactive(r));
  if (r->one_sided_ramp)
    PetscCall(PypsaFault(t, -1, FAULT_WARNING,
                         "found %" PetscInt_FMT
                         " generators whose ramp limits up and down differ: the smaller one is taken for both",
                         r->one_sided_ramp));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadGenerators(Pypsa *p)
{
  UnitReader r = {0};

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "generators", &r.units));
  PetscCall(PypsaTableRead(p, "carriers", &r.carriers));
  PetscCall(NameIndexCreate(r.carriers.n, r.carriers.name, &r.carrier_index));
  PetscCall(NetworkResizeGenerators(p->net, r.units.n));
  PetscCall(PypsaReadSeries(&r.units, "p_max_pu", &r.p_max));
  PetscCall(PypsaReadSeries(&r.units, "p_min_pu", &r.p_min));
  PetscCall(ReadAllGenerators(&r));
  PetscCall(PypsaSeriesDestroy(&r.units, &r.p_max));
  PetscCall(PypsaSeriesDestroy(&r.units, &r.p_min));
  PetscCall(NameIndexDestroy(&r.carrier_index));
  PetscCall(PypsaTableDestroy(&r.carriers));
  PetscCall(PypsaTableDestroy(&r.units));
  PetscFunctionReturn(0);
}

/* Demand that may be left unserved or moved to other hours: columns beyond PyPSA's. */
static PetscErrorCode ReadFlexibility(PypsaTable *t, PetscInt k)
{
  LoadTable     *l     = &t->folder->net->load;
  const PetscInt hours = CsvColumn(t->csv, "shift_hours");

  PetscFunctionBeginUser;
  l->curtail_max_pu[k] = PypsaReal(t, k, "curtail_max_pu", 0);
  l->curtail_cost[k]   = PypsaReal(t, k, "curtail_cost", 0);
  l->shift_max_mw[k]   = PypsaReal(t, k, "shift_max_mw", 0);
  l->shift_cost[k]     = PypsaReal(t, k, "shift_cost", 0);
  if (hours >= 0) PetscCall(CsvInt(t->csv, t->folder->faults, k, hours, CSV_EMPTY_ALLOWED, 0, &l->shift_hours[k]));
  PetscCall(PypsaCheckRange(t, k, "curtail_max_pu", l->curtail_max_pu[k], 0, 1));
  PetscCall(PypsaCheckRange(t, k, "curtail_cost", l->curtail_cost[k], 0, INFINITY));
  PetscCall(PypsaCheckRange(t, k, "shift_max_mw", l->shift_max_mw[k], 0, INFINITY));
  PetscCall(PypsaCheckRange(t, k, "shift_cost", l->shift_cost[k], 0, INFINITY));
  PetscCall(PypsaCheckRange(t, k, "shift_hours", (PetscReal)l->shift_hours[k], 0, 8784));
  PetscFunctionReturn(0);
}

/* Static values are the table's; where only a series is given, its first snapshot. A constant q_set beside a varying
   p_set becomes a series of its own, because the network would else keep the power factor. */
static PetscErrorCode ReadLoad(PypsaTable *t, PetscInt k, PetscReal *p_set, PetscReal *q_set)
{
  Pypsa     *p = t->folder;
  LoadTable *l = &p->net->load;

  PetscFunctionBeginUser;
  PetscCall(NetworkSetString(&l->name[k], t->name[k]));
  PetscCall(PypsaBus(t, k, "bus", &l->bus[k]));
  l->in_service[k] = PypsaBool(t, k, "active", PETSC_TRUE);
  l->p_mw[k]       = PypsaReal(t, k, "p_set", p_set && p->n_snapshots ? p_set[0] : 0);
  l->q_mvar[k]     = PypsaReal(t, k, "q_set", q_set && p->n_snapshots ? q_set[0] : 0);
  if (PypsaReal(t, k, "sign", -1) != -1)
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found sign = %g, expected -1", PypsaReal(t, k, "sign", -1)));
  if (!isfinite(l->p_mw[k]) || !isfinite(l->q_mvar[k]))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found p_set = %g MW and q_set = %g Mvar, expected finite powers",
                         l->p_mw[k], l->q_mvar[k]));
  if (!AtElectricBus(t, l->bus[k]) && (q_set || l->q_mvar[k] != 0))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found reactive power at a bus of carrier '%.40s', expected none",
                         p->net->bus.carrier[l->bus[k]]));
  PetscCall(ReadFlexibility(t, k));
  if (p_set) PetscCall(PypsaAddSeries(p, p_set, 1, &l->p_series[k]));
  if (q_set) PetscCall(PypsaAddSeries(p, q_set, 1, &l->q_series[k]));
  if (p_set && !q_set && l->q_mvar[k] != 0 && p->n_snapshots) {
    PetscReal *constant;
    PetscCall(PetscMalloc1(p->n_snapshots, &constant));
    for (PetscInt i = 0; i < p->n_snapshots; i++) constant[i] = l->q_mvar[k];
    PetscCall(PypsaAddSeries(p, constant, 1, &l->q_series[k]));
    PetscCall(PetscFree(constant));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadLoads(Pypsa *p)
{
  PypsaTable  t;
  PetscReal **p_set, **q_set;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "loads", &t));
  PetscCall(NetworkResizeLoads(p->net, t.n));
  PetscCall(PypsaReadSeries(&t, "p_set", &p_set));
  PetscCall(PypsaReadSeries(&t, "q_set", &q_set));
  for (PetscInt k = 0; k < t.n; k++) PetscCall(ReadLoad(&t, k, p_set[k], q_set[k]));
  PetscCall(PypsaSeriesDestroy(&t, &p_set));
  PetscCall(PypsaSeriesDestroy(&t, &q_set));
  PetscCall(PypsaTableDestroy(&t));
  PetscFunctionReturn(0);
}

/* Siemens times the square of v_nom in kV are MW and Mvar at one per unit; g > 0 consumes, b > 0 injects. */
PetscErrorCode PypsaReadShunts(Pypsa *p)
{
  ShuntTable *s = &p->net->shunt;
  PypsaTable  t;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "shunt_impedances", &t));
  PetscCall(NetworkResizeShunts(p->net, t.n));
  for (PetscInt k = 0; k < t.n; k++) {
    PetscReal g = PypsaReal(&t, k, "g", 0), b = PypsaReal(&t, k, "b", 0), kv;
    PetscCall(NetworkSetString(&s->name[k], t.name[k]));
    PetscCall(PypsaBus(&t, k, "bus", &s->bus[k]));
    s->in_service[k] = PypsaBool(&t, k, "active", PETSC_TRUE);
    if (!isfinite(g) || !isfinite(b))
      PetscCall(PypsaFault(&t, k, FAULT_ERROR, "found g = %g and b = %g S, expected finite numbers", g, b));
    if (PypsaReal(&t, k, "sign", -1) != -1)
      PetscCall(PypsaFault(&t, k, FAULT_ERROR, "found sign = %g, expected -1", PypsaReal(&t, k, "sign", -1)));
    if (s->bus[k] < 0) continue;
    if (!AtElectricBus(&t, s->bus[k]))
      PetscCall(PypsaFault(&t, k, FAULT_ERROR, "found a bus of carrier '%.40s', expected AC",
                           p->net->bus.carrier[s->bus[k]]));
    kv           = p->net->bus.base_kv[s->bus[k]];
    s->g_mw[k]   = g * kv * kv;
    s->b_mvar[k] = b * kv * kv;
  }
  PetscCall(PypsaTableDestroy(&t));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaCheckRange(PypsaTable *t, PetscInt k, const char *attribute, PetscReal value, PetscReal min,
                               PetscReal max)
{
  PetscFunctionBeginUser;
  if (value >= min && value <= max && !isinf(value)) PetscFunctionReturn(0);
  if (isinf(max))
    PetscCall(
        PypsaFault(t, k, FAULT_ERROR, "found %s = %g, expected a finite number of at least %g", attribute, value, min));
  else
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found %s = %g, expected %g to %g", attribute, value, min, max));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStorageEnergy(PypsaTable *t, PetscInt k, PetscReal p_nom, PetscBool sound)
{
  StorageTable  *s      = &t->folder->net->storage;
  const PetscInt before = FaultsErrorCount(t->folder->faults);

  PetscFunctionBeginUser;
  s->e_max_mwh[k]            = p_nom * PypsaReal(t, k, "max_hours", 1);
  s->e_initial_mwh[k]        = PypsaReal(t, k, "state_of_charge_initial", 0);
  s->e_final_min_mwh[k]      = PypsaReal(t, k, "e_final_min", NAN);
  s->cyclic[k]               = PypsaBool(t, k, "cyclic_state_of_charge", PETSC_FALSE);
  s->efficiency_charge[k]    = PypsaReal(t, k, "efficiency_store", 1);
  s->efficiency_discharge[k] = PypsaReal(t, k, "efficiency_dispatch", 1);
  s->standing_loss[k]        = PypsaReal(t, k, "standing_loss", 0);
  PetscCall(PypsaCheckRange(t, k, "max_hours * p_nom (MWh)", s->e_max_mwh[k], 0, 1e12));
  if (sound && FaultsErrorCount(t->folder->faults) == before) { /* else there is no capacity to compare with */
    PetscCall(PypsaCheckRange(t, k, "state_of_charge_initial", s->e_initial_mwh[k], 0, s->e_max_mwh[k]));
    if (!isnan(s->e_final_min_mwh[k]))
      PetscCall(PypsaCheckRange(t, k, "e_final_min", s->e_final_min_mwh[k], 0, s->e_max_mwh[k]));
  }
  PetscCall(PypsaCheckRange(t, k, "efficiency_store", s->efficiency_charge[k], 1e-6, 1));
  PetscCall(PypsaCheckRange(t, k, "efficiency_dispatch", s->efficiency_discharge[k], 1e-6, 1));
  PetscCall(PypsaCheckRange(t, k, "standing_loss", s->standing_loss[k], 0, 1));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStorageUnit(UnitReader *r, PetscInt k, PetscReal **inflow)
{
  PypsaTable   *t     = &r->units;
  StorageTable *s     = &t->folder->net->storage;
  PetscReal     p_min = PypsaReal(t, k, "p_min_pu", -1), p_max = PypsaReal(t, k, "p_max_pu", 1),
            constant = PypsaReal(t, k, "inflow", 0), p_nom;
  PetscInt  before;
  PetscBool sound;

  PetscFunctionBeginUser;
  PetscCall(NetworkSetString(&s->name[k], t->name[k]));
  PetscCall(NetworkSetString(&s->technology[k], PypsaText(t, k, "carrier")));
  PetscCall(PypsaBus(t, k, "bus", &s->bus[k]));
  before = FaultsErrorCount(t->folder->faults);
  PetscCall(ReadNominal(t, k, &p_nom));
  sound = FaultsErrorCount(t->folder->faults) == before ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(ReadControl(t, k, s->bus[k]));
  PetscCall(PypsaCheckRange(t, k, "p_min_pu", p_min, -1e6, 0));
  PetscCall(PypsaCheckRange(t, k, "p_max_pu", p_max, 0, 1e6));
  s->in_service[k]         = PypsaBool(t, k, "active", PETSC_TRUE);
  s->p_charge_max_mw[k]    = -p_nom * p_min;
  s->p_discharge_max_mw[k] = p_nom * p_max;
  s->marginal_cost[k]      = PypsaReal(t, k, "marginal_cost", 0);
  PetscCall(ReadStorageEnergy(t, k, p_nom, sound));
  PetscCall(ReadReactive(r, k, s->bus[k], p_nom, &s->q_min_mvar[k], &s->q_max_mvar[k]));
  if (!isfinite(s->marginal_cost[k]))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found marginal_cost = %g, expected a finite cost", s->marginal_cost[k]));
  if (inflow[k])
    PetscCall(PypsaAddSeries(t->folder, inflow[k], 1, &s->inflow_series[k]));
  else if (constant != 0 && t->folder->n_snapshots) {
    PetscReal *value;
    PetscCall(PetscMalloc1(t->folder->n_snapshots, &value));
    for (PetscInt i = 0; i < t->folder->n_snapshots; i++) value[i] = constant;
    PetscCall(PypsaAddSeries(t->folder, value, 1, &s->inflow_series[k]));
    PetscCall(PetscFree(value));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadStorage(Pypsa *p)
{
  static const PypsaUnsupported unsupported[] = {
      {"p_nom_extendable", "False", FAULT_WARNING, "capacities are not extended, p_nom is used"},
      {"state_of_charge_set", "", FAULT_WARNING, "set states of charge are left out"},
      {"marginal_cost_quadratic", "0", FAULT_WARNING, "quadratic costs of storage are left out"},
      {"marginal_cost_storage", "0", FAULT_WARNING, "costs of stored energy are left out"},
      {"spill_cost", "0", FAULT_WARNING, "costs of spilling are left out"},
  };
  UnitReader  r = {0};
  PetscReal **inflow;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "storage_units", &r.units));
  PetscCall(NetworkResizeStorage(p->net, r.units.n));
  PetscCall(PypsaReadSeries(&r.units, "inflow", &inflow));
  for (PetscInt k = 0; k < r.units.n; k++) PetscCall(ReadStorageUnit(&r, k, inflow));
  if (r.units.n) PetscCall(PypsaCheckUnsupported(&r.units, PETSC_STATIC_ARRAY_LENGTH(unsupported), unsupported));
  PetscCall(WarnOfReactive(&r));
  PetscCall(PypsaSeriesDestroy(&r.units, &inflow));
  PetscCall(PypsaTableDestroy(&r.units));
  PetscFunctionReturn(0);
}
