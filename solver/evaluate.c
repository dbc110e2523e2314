/* Checking a dispatch against its network with complex arithmetic, on purpose apart from the models' expressions. */
#include "solver/evaluate.h"

#include "partition/partition.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef double complex Complex;

/* A storage unit charges and discharges at once when both are more than this. */
static const PetscReal SIMULTANEOUS_PU = 1e-4;

typedef enum { BUS, BRANCH, GENERATOR, LOAD, LINK, STORAGE, RESERVE } Noun;

typedef struct {
  Network     net;
  Dispatch    d;
  Physics     physics;
  PetscInt    t, snapshot;
  Evaluation *e;
  Complex    *injection; /* [buses] MW + j Mvar into the grid, of the hour */

  const PetscReal *soft_price; /* [SOFT_LIMITS] or NULL */
} Check;

/* Powers into a branch at its two ends, MW + j Mvar. */
typedef struct {
  Complex from, to;
} Flow;

/* Value of a dispatch array at the check's hour. */
#define AT(array, columns, k) (c->d->array[(size_t)c->t * (size_t)c->d->columns + (size_t)(k)])

Physics PhysicsNamed(const char *model, const char *dc)
{
  if (strcmp(model, "dc") != 0) return PHYSICS_AC;
  if (!strcmp(dc, "matpower")) return PHYSICS_DC_MATPOWER;
  return strcmp(dc, "losses") ? PHYSICS_DC_REACTANCE : PHYSICS_DC_LOSSES;
}

static PetscBool IsAc(const Check *c)
{
  return (PetscBool)(c->physics == PHYSICS_AC);
}

static void Describe(const Check *c, Noun noun, PetscInt k, char text[96])
{
  static const char *const word[] = {"bus", "branch", "generator", "load", "link", "storage", "reserve"};
  const char              *name   = "";

  if (noun == BUS) {
    snprintf(text, 96, "bus %" PetscInt_FMT, c->net->bus.number[k]);
    return;
  }
  if (noun == BRANCH) {
    const BranchTable *b = &c->net->branch;
    snprintf(text, 96, "branch %" PetscInt_FMT "-%" PetscInt_FMT ":%.16s", c->net->bus.number[b->from[k]],
             c->net->bus.number[b->to[k]], b->circuit[k]);
    return;
  }
  if (noun == GENERATOR) name = c->net->generator.name[k];
  if (noun == LOAD) name = c->net->load.name[k];
  if (noun == LINK) name = c->net->link.name[k];
  if (noun == STORAGE) name = c->net->storage.name[k];
  if (noun == RESERVE) name = c->net->reserve.name[k];
  if (name && name[0])
    snprintf(text, 96, "%s %.60s", word[noun], name);
  else
    snprintf(text, 96, "%s in row %" PetscInt_FMT, word[noun], k + 1);
}

/* Records how far a value lies outside its limits, in units of `scale`. */
static void Within(Check *c, Noun noun, PetscInt k, const char *quantity, PetscReal value, PetscReal lower,
                   PetscReal upper, PetscReal scale)
{
  const PetscReal below = (lower - value) / scale, above = (value - upper) / scale;
  PetscReal       excess = isnan(value) ? INFINITY : PetscMax(below, above);
  char            text[96];

  if (!(excess > c->e->max_violation_pu)) return;
  c->e->max_violation_pu = excess;
  Describe(c, noun, k, text);
  snprintf(c->e->worst, sizeof c->e->worst, "%s %s %s, hour %" PetscInt_FMT, text, quantity,
           isnan(value)    ? "not a number"
           : below > above ? "below its minimum"
                           : "above its maximum",
           c->t);
}

static void WithinPower(Check *c, Noun noun, PetscInt k, const char *quantity, PetscReal value, PetscReal lower,
                        PetscReal upper)
{
  Within(c, noun, k, quantity, value, lower, upper, c->net->base_mva);
}

static PetscBool IsSoft(const Check *c, SoftLimit limit)
{
  return (PetscBool)(c->soft_price && c->soft_price[limit] > 0);
}

/* Limits that may have a price: then what lies outside them is summed, over `hours`. */
static void WithinSoft(Check *c, SoftLimit limit, PetscReal hours, Noun noun, PetscInt k, const char *quantity,
                       PetscReal value, PetscReal lower, PetscReal upper, PetscReal scale)
{
  if (!IsSoft(c, limit) || isnan(value))
    Within(c, noun, k, quantity, value, lower, upper, scale);
  else
    c->e->soft_excess[limit] += hours * PetscMax(0, PetscMax(lower - value, value - upper));
}

static PetscBool StandsOnGrid(const Check *c, PetscBool in_service, PetscInt bus)
{
  return (PetscBool)(in_service && c->net->bus.type[bus] != BUS_ISOLATED);
}

/* Two-port with the ideal transformer tap exp(j shift) at the from end (branch model of the network's header). */
static Flow AcFlow(const Check *c, PetscInt k, Complex v_from, Complex v_to)
{
  const BranchTable *b      = &c->net->branch;
  const Complex      series = 1.0 / (b->r[k] + I * b->x[k]);
  const Complex      inner  = v_from / (b->tap[k] * cexp(I * b->shift_rad[k]));
  const Complex      i_from = (series + b->g_from[k] + I * b->b_from[k]) * inner - series * v_to;
  const Complex      i_to   = (series + b->g_to[k] + I * b->b_to[k]) * v_to - series * inner;

  return (Flow){c->net->base_mva * inner * conj(i_from), c->net->base_mva * v_to * conj(i_to)};
}

static Flow DcBranchFlow(const Check *c, PetscInt k, PetscReal va_from, PetscReal va_to)
{
  const BranchTable *b = &c->net->branch;
  const PetscReal    r = b->r[k], x = b->x[k];
  PetscReal          p = x / (r * r + x * x) * (va_from - va_to), loss = 0;

  if (c->physics == PHYSICS_DC_MATPOWER) p = (va_from - va_to - b->shift_rad[k]) / (x * b->tap[k]);
  if (c->physics == PHYSICS_DC_LOSSES) loss = r / (r * r + x * x) * (va_from - va_to) * (va_from - va_to);
  return (Flow){c->net->base_mva * (p + loss / 2), c->net->base_mva * (loss / 2 - p)};
}

static Complex Voltage(const Check *c, PetscInt bus)
{
  return AT(vm_pu, n_bus, bus) * cexp(I * AT(va_rad, n_bus, bus));
}

static Flow BranchFlow(const Check *c, PetscInt k)
{
  const PetscInt from = c->net->branch.from[k], to = c->net->branch.to[k];

  if (!NetworkBranchActive(c->net, k)) return (Flow){0, 0};
  if (IsAc(c)) return AcFlow(c, k, Voltage(c, from), Voltage(c, to));
  return DcBranchFlow(c, k, AT(va_rad, n_bus, from), AT(va_rad, n_bus, to));
}

/* MW delivered; a link that can turn its direction has no proportional loss. */
static PetscReal LinkDelivery(const Check *c, PetscInt k)
{
  const LinkTable *l    = &c->net->link;
  const PetscReal  loss = l->p_min_mw[k] < 0 ? 0 : l->loss1[k];

  return NetworkLinkActive(c->net, k) ? AT(link_p_from, n_link, k) * (1 - loss) - l->loss0_mw[k] : 0;
}

/* MW delivered at a further output; `bus` -1: there is none. */
static PetscReal LinkOutput(const Check *c, PetscInt k, PetscInt bus, PetscReal efficiency)
{
  return bus >= 0 && NetworkLinkActive(c->net, k) ? efficiency * AT(link_p_from, n_link, k) : 0;
}

static void CheckBuses(Check *c)
{
  const BusTable *b = &c->net->bus;

  for (PetscInt k = 0; k < b->n; ++k) {
    if (b->type[k] == BUS_ISOLATED) continue;
    if (IsAc(c) && NetworkBusIsElectric(c->net, k))
      WithinSoft(c, SOFT_VOLTAGE, c->d->step_hours, BUS, k, "voltage magnitude", AT(vm_pu, n_bus, k), b->vm_min_pu[k],
                 b->vm_max_pu[k], 1);
    WithinPower(c, BUS, k, "shortage", AT(shortage_p, n_bus, k), 0, INFINITY);
    WithinPower(c, BUS, k, "surplus", AT(surplus_p, n_bus, k), 0, INFINITY);
    c->injection[k] += AT(shortage_p, n_bus, k) - AT(surplus_p, n_bus, k);
    if (IsAc(c)) c->injection[k] += I * AT(shortage_q, n_bus, k);
  }
}

static void CheckRating(Check *c, PetscInt k, const Flow *flow)
{
  const PetscReal most = NetworkBranchRating(c->net, k, c->snapshot), from = cabs(flow->from), to = cabs(flow->to);

  if (IsSoft(c, SOFT_BRANCH_RATING)) {
    WithinSoft(c, SOFT_BRANCH_RATING, c->d->step_hours, BRANCH, k, "power", isnan(to) ? to : PetscMax(from, to), 0,
               most, c->net->base_mva);
    return;
  }
  WithinPower(c, BRANCH, k, IsAc(c) ? "apparent power at the from end" : "active power", from, 0, most);
  WithinPower(c, BRANCH, k, IsAc(c) ? "apparent power at the to end" : "active power", to, 0, most);
}

static void CheckBranches(Check *c)
{
  const BranchTable *b = &c->net->branch;

  for (PetscInt k = 0; k < b->n; ++k) {
    const Flow flow = BranchFlow(c, k);
    if (!NetworkBranchActive(c->net, k)) continue;
    c->injection[b->from[k]] -= flow.from;
    c->injection[b->to[k]] -= flow.to;
    CheckRating(c, k, &flow);
    WithinSoft(c, SOFT_ANGLE, c->d->step_hours, BRANCH, k, "angle difference",
               AT(va_rad, n_bus, b->from[k]) - AT(va_rad, n_bus, b->to[k]), b->angle_min_rad[k], b->angle_max_rad[k],
               1);
  }
}

/* A reactive power, which only electric buses have. */
static void WithinReactive(Check *c, Noun noun, PetscInt k, PetscInt bus, const char *quantity, PetscReal value,
                           PetscReal lower, PetscReal upper, PetscBool on)
{
  const PetscBool has = (PetscBool)(on && NetworkBusIsElectric(c->net, bus));
  if (!IsAc(c)) return;
  if (has && noun == GENERATOR)
    WithinSoft(c, SOFT_REACTIVE, c->d->step_hours, noun, k, quantity, value, lower, upper, c->net->base_mva);
  else
    WithinPower(c, noun, k, quantity, value, has ? lower : 0, has ? upper : 0);
}

static void CheckGenerators(Check *c)
{
  const GeneratorTable *g = &c->net->generator;

  for (PetscInt k = 0; k < g->n; ++k) {
    const PetscBool on = StandsOnGrid(c, g->in_service[k], g->bus[k]);
    const PetscReal p = AT(generator_p, n_generator, k), q = IsAc(c) ? AT(generator_q, n_generator, k) : 0;

    WithinPower(c, GENERATOR, k, "active power", p, on ? NetworkGeneratorPMin(c->net, k, c->snapshot) : 0,
                on ? NetworkGeneratorPMax(c->net, k, c->snapshot) : 0);
    WithinReactive(c, GENERATOR, k, g->bus[k], "reactive power", q, g->q_min_mvar[k], g->q_max_mvar[k], on);
    if (!on) continue;
    c->injection[g->bus[k]] += p + I * q;
    if (c->t > 0) {
      const PetscReal ramp = g->ramp_mw_per_h[k] * c->d->step_hours;
      WithinSoft(c, SOFT_RAMP, c->d->step_hours, GENERATOR, k, "change of active power",
                 p - c->d->generator_p[(c->t - 1) * g->n + k], -ramp, ramp, c->net->base_mva);
    }
  }
}

/* Energy shifted since the block began is zero at its end. */
static void CheckShiftBlock(Check *c, PetscInt k)
{
  const LoadTable *l     = &c->net->load;
  const PetscReal  hours = l->shift_hours[k] > 0 ? l->shift_hours[k] : c->d->hours * c->d->step_hours;
  const PetscInt   block = PetscMax(1, (PetscInt)(hours / c->d->step_hours + 0.5));
  PetscReal        sum   = 0;

  if ((c->t + 1) % block && c->t + 1 < c->d->hours) return;
  for (PetscInt t = c->t / block * block; t <= c->t; ++t) sum += c->d->load_shifted[t * l->n + k];
  WithinPower(c, LOAD, k, "sum of shifted power", sum, 0, 0);
}

/* Change of a load's demand by shifting and curtailing, MW. */
static PetscReal CheckFlexibility(Check *c, PetscInt k, PetscReal demand, PetscBool on)
{
  const LoadTable *l         = &c->net->load;
  const PetscReal  curtailed = AT(load_curtailed, n_load, k), shifted = AT(load_shifted, n_load, k);
  const PetscReal  positive = PetscMax(demand, 0), most = on ? l->shift_max_mw[k] : 0;

  WithinPower(c, LOAD, k, "curtailed power", curtailed, 0, on ? l->curtail_max_pu[k] * positive : 0);
  WithinPower(c, LOAD, k, "shifted power", shifted, -PetscMin(most, positive), most);
  if (curtailed != 0 || shifted != 0)
    WithinPower(c, LOAD, k, "remaining demand", demand + shifted - curtailed, 0, INFINITY);
  CheckShiftBlock(c, k);
  return shifted - curtailed;
}

/* Demand enters the balance; served [buses] and demanded [buses] are compared bus by bus, for shortage is known by
   bus. */
static PetscErrorCode CheckLoads(Check *c)
{
  const LoadTable *l = &c->net->load;
  PetscReal       *demanded, *served;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(c->net->bus.n, &demanded, c->net->bus.n, &served));
  for (PetscInt k = 0; k < l->n; ++k) {
    const PetscReal p  = NetworkLoadP(c->net, k, c->snapshot);
    const PetscBool on = StandsOnGrid(c, l->in_service[k], l->bus[k]);
    const PetscReal q  = IsAc(c) && NetworkBusIsElectric(c->net, l->bus[k]) ? NetworkLoadQ(c->net, k, c->snapshot) : 0;
    const PetscReal change = CheckFlexibility(c, k, p, on);

    if (!on) {
      WithinPower(c, LOAD, k, "active power", AT(load_p, n_load, k), 0, 0);
      continue;
    }
    c->injection[l->bus[k]] -= (p + I * q) * (p != 0 ? 1 + change / p : 1) + (p != 0 ? 0 : change);
    demanded[l->bus[k]] += p + change;
    served[l->bus[k]] += AT(load_p, n_load, k);
  }
  for (PetscInt i = 0; i < c->net->bus.n; ++i)
    WithinPower(c, BUS, i, "served load", served[i], demanded[i] - PetscMax(AT(shortage_p, n_bus, i), 0), demanded[i]);
  PetscCall(PetscFree2(demanded, served));
  PetscFunctionReturn(0);
}

/* Reserve promised by generators and storage units, and what the reserves require of them. */
static void CheckReserves(Check *c)
{
  const GeneratorTable *g = &c->net->generator;
  const StorageTable   *s = &c->net->storage;

  for (PetscInt k = 0; k < g->n; ++k) {
    const PetscBool on    = StandsOnGrid(c, g->in_service[k], g->bus[k]);
    const PetscReal spare = NetworkGeneratorPMax(c->net, k, c->snapshot) - AT(generator_p, n_generator, k);
    const PetscReal most  = on ? PetscMin(g->reserve_max_mw[k], PetscMax(spare, 0)) : 0;
    WithinPower(c, GENERATOR, k, "reserve", AT(generator_reserve, n_generator, k), 0, most);
  }
  for (PetscInt k = 0; k < s->n; ++k) {
    const PetscBool on     = StandsOnGrid(c, s->in_service[k], s->bus[k]);
    const PetscReal spare  = s->p_discharge_max_mw[k] - AT(storage_discharge, n_storage, k);
    const PetscReal energy = s->efficiency_discharge[k] * (AT(storage_energy, n_storage, k) - s->e_min_mwh[k]);
    const PetscReal most   = on ? PetscMax(PetscMin(spare, energy), 0) : 0;
    WithinPower(c, STORAGE, k, "reserve", AT(storage_reserve, n_storage, k), 0, most);
  }
  for (PetscInt r = 0; r < c->net->reserve.n; ++r) {
    const PetscReal missing = AT(reserve_shortage, n_reserve, r);
    const PetscBool priced = (PetscBool)(IsSoft(c, SOFT_RESERVE) || c->net->reserve.shortage_price[r] < PETSC_INFINITY);
    PetscReal       sum    = missing;
    WithinPower(c, RESERVE, r, "shortage", missing, 0, priced ? INFINITY : 0);
    if (IsSoft(c, SOFT_RESERVE)) c->e->soft_excess[SOFT_RESERVE] += c->d->step_hours * PetscMax(0, missing);
    for (PetscInt k = 0; k < g->n; ++k)
      if (NetworkReserveCovers(c->net, r, g->bus[k])) sum += AT(generator_reserve, n_generator, k);
    for (PetscInt k = 0; k < s->n; ++k)
      if (NetworkReserveCovers(c->net, r, s->bus[k])) sum += AT(storage_reserve, n_storage, k);
    WithinPower(c, RESERVE, r, "promised reserve", sum, NetworkReserveRequirement(c->net, r, c->snapshot), INFINITY);
  }
}

static void AddShunts(Check *c)
{
  const ShuntTable *s = &c->net->shunt;

  for (PetscInt k = 0; k < s->n; ++k) {
    const PetscReal vm = IsAc(c) ? AT(vm_pu, n_bus, s->bus[k]) : 1;
    if (!StandsOnGrid(c, s->in_service[k], s->bus[k])) continue;
    c->injection[s->bus[k]] -= vm * vm * (s->g_mw[k] - (IsAc(c) ? I * s->b_mvar[k] : 0));
  }
}

static void CheckOutput(Check *c, PetscInt k, PetscInt bus, PetscReal value, PetscReal expected)
{
  WithinPower(c, LINK, k, "power of a further output", value, expected, expected);
  if (bus >= 0) c->injection[bus] += expected;
}

static void CheckLinks(Check *c)
{
  const LinkTable *l = &c->net->link;

  for (PetscInt k = 0; k < l->n; ++k) {
    const PetscBool on = NetworkLinkActive(c->net, k);
    const PetscReal p = AT(link_p_from, n_link, k), delivered = LinkDelivery(c, k);

    WithinPower(c, LINK, k, "active power", p, on ? l->p_min_mw[k] : 0, on ? l->p_max_mw[k] : 0);
    WithinPower(c, LINK, k, "delivered power", AT(link_p_to, n_link, k), delivered, delivered);
    CheckOutput(c, k, l->to2[k], AT(link_p_to2, n_link, k), LinkOutput(c, k, l->to2[k], l->efficiency2[k]));
    CheckOutput(c, k, l->to3[k], AT(link_p_to3, n_link, k), LinkOutput(c, k, l->to3[k], l->efficiency3[k]));
    if (on) c->injection[l->from[k]] -= p, c->injection[l->to[k]] += delivered;
    if (!IsAc(c)) continue;
    WithinReactive(c, LINK, k, l->from[k], "reactive power at the from end", AT(link_q_from, n_link, k),
                   l->q_from_min_mvar[k], l->q_from_max_mvar[k], on);
    WithinReactive(c, LINK, k, l->to[k], "reactive power at the to end", AT(link_q_to, n_link, k), l->q_to_min_mvar[k],
                   l->q_to_max_mvar[k], on);
    if (!on) continue;
    c->injection[l->from[k]] += I * AT(link_q_from, n_link, k);
    c->injection[l->to[k]] += I * AT(link_q_to, n_link, k);
  }
}

/* Energy at the end of the hour against what the hour's powers leave of the energy `before`. */
static void CheckEnergy(Check *c, PetscInt k, PetscReal before, PetscReal initial)
{
  const StorageTable *s = &c->net->storage;
  const PetscReal     h = c->d->step_hours, e = AT(storage_energy, n_storage, k);
  const PetscReal     inflow = NetworkStorageInflow(c->net, k, c->snapshot);
  const PetscReal     stored = pow(1 - s->standing_loss[k], h) * before +
                           h * (s->efficiency_charge[k] * AT(storage_charge, n_storage, k) -
                                AT(storage_discharge, n_storage, k) / s->efficiency_discharge[k] + inflow);

  WithinPower(c, STORAGE, k, "stored energy", e, s->e_min_mwh[k], s->e_max_mwh[k]);
  WithinPower(c, STORAGE, k, "energy balance", e, stored - h * PetscMax(inflow, 0), stored);
  if (c->t + 1 < c->d->hours) return;
  if (s->cyclic[k])
    WithinSoft(c, SOFT_FINAL_ENERGY, 1, STORAGE, k, "final energy of a cycle", e, initial, initial, c->net->base_mva);
  else if (!isnan(s->e_final_min_mwh[k]))
    WithinSoft(c, SOFT_FINAL_ENERGY, 1, STORAGE, k, "final energy", e, s->e_final_min_mwh[k], INFINITY,
               c->net->base_mva);
}

static void CheckSchedule(Check *c, PetscInt k)
{
  const PetscReal charge    = NetworkStorageCharge(c->net, k, c->snapshot),
                  discharge = NetworkStorageDischarge(c->net, k, c->snapshot);

  if (!NetworkStorageScheduled(c->net, k)) return;
  WithinPower(c, STORAGE, k, "scheduled charging power", AT(storage_charge, n_storage, k), charge, charge);
  WithinPower(c, STORAGE, k, "scheduled discharging power", AT(storage_discharge, n_storage, k), discharge, discharge);
}

static void CheckStorage(Check *c, const PetscReal *initial_energy)
{
  const StorageTable *s = &c->net->storage;

  for (PetscInt k = 0; k < s->n; ++k) {
    const PetscBool on     = StandsOnGrid(c, s->in_service[k], s->bus[k]);
    const PetscReal charge = AT(storage_charge, n_storage, k), discharge = AT(storage_discharge, n_storage, k);
    const PetscReal initial = initial_energy ? initial_energy[k] : s->e_initial_mwh[k];
    const PetscReal q       = IsAc(c) ? AT(storage_q, n_storage, k) : 0;

    WithinPower(c, STORAGE, k, "charging power", charge, 0, on ? s->p_charge_max_mw[k] : 0);
    WithinPower(c, STORAGE, k, "discharging power", discharge, 0, on ? s->p_discharge_max_mw[k] : 0);
    WithinReactive(c, STORAGE, k, s->bus[k], "reactive power", q, s->q_min_mvar[k], s->q_max_mvar[k], on);
    if (!on) continue;
    c->injection[s->bus[k]] += discharge - charge + I * q;
    c->e->simultaneous += PetscMin(charge, discharge) > SIMULTANEOUS_PU * c->net->base_mva;
    CheckSchedule(c, k);
    CheckEnergy(c, k, c->t ? c->d->storage_energy[(c->t - 1) * s->n + k] : initial, initial);
  }
}

/* What is left of the injections once everything has been added is the balance error. */
static void CheckBalance(Check *c)
{
  for (PetscInt i = 0; i < c->net->bus.n; ++i) {
    const PetscReal p     = fabs(creal(c->injection[i])) / c->net->base_mva;
    const PetscReal q     = fabs(cimag(c->injection[i])) / c->net->base_mva;
    const PetscReal error = isnan(p) || isnan(q) ? INFINITY : PetscMax(p, q);

    if (c->net->bus.type[i] == BUS_ISOLATED || !(error > c->e->max_mismatch_pu)) continue;
    c->e->max_mismatch_pu = error;
    snprintf(c->e->worst_bus, sizeof c->e->worst_bus, "bus %" PetscInt_FMT " %s power, hour %" PetscInt_FMT,
             c->net->bus.number[i], p >= q ? "active" : "reactive", c->t);
  }
}

static PetscErrorCode CheckSizes(Network net, Dispatch d)
{
  PetscFunctionBegin;
  PetscCheck(d->n_bus == net->bus.n && d->n_branch == net->branch.n && d->n_generator == net->generator.n &&
                 d->n_load == net->load.n && d->n_link == net->link.n && d->n_storage == net->storage.n &&
                 d->n_reserve == net->reserve.n,
             PETSC_COMM_SELF, PETSC_ERR_ARG_INCOMP, "The dispatch was made for another network");
  PetscFunctionReturn(0);
}

PetscErrorCode DispatchEvaluate(Network net, Dispatch dispatch, Physics physics, const PetscReal *initial_energy,
                                Evaluation *evaluation)
{
  PetscFunctionBeginUser;
  PetscCall(DispatchEvaluateSoft(net, dispatch, physics, initial_energy, NULL, evaluation));
  PetscFunctionReturn(0);
}

PetscErrorCode DispatchEvaluateSoft(Network net, Dispatch dispatch, Physics physics, const PetscReal *initial_energy,
                                    const PetscReal *soft_price, Evaluation *evaluation)
{
  Check c = {.net = net, .d = dispatch, .physics = physics, .e = evaluation, .soft_price = soft_price};

  PetscFunctionBeginUser;
  PetscCall(CheckSizes(net, dispatch));
  memset(evaluation, 0, sizeof *evaluation);
  PetscCall(PetscMalloc1(net->bus.n, &c.injection));
  for (c.t = 0; c.t < dispatch->hours; ++c.t) {
    c.snapshot = dispatch->first_snapshot < 0 ? -1 : dispatch->first_snapshot + c.t;
    for (PetscInt i = 0; i < net->bus.n; ++i) c.injection[i] = 0;
    CheckBuses(&c);
    CheckBranches(&c);
    CheckGenerators(&c);
    PetscCall(CheckLoads(&c));
    AddShunts(&c);
    CheckLinks(&c);
    CheckStorage(&c, initial_energy);
    CheckReserves(&c);
    CheckBalance(&c);
  }
  PetscCall(PetscFree(c.injection));
  PetscFunctionReturn(0);
}

PetscErrorCode DispatchComputeFlows(Network net, Dispatch dispatch, Physics physics)
{
  Check  check = {.net = net, .d = dispatch, .physics = physics};
  Check *c     = &check;

  PetscFunctionBeginUser;
  PetscCall(CheckSizes(net, dispatch));
  for (c->t = 0; c->t < dispatch->hours; ++c->t) {
    for (PetscInt k = 0; k < net->branch.n; ++k) {
      const Flow flow                = BranchFlow(c, k);
      AT(branch_p_from, n_branch, k) = creal(flow.from);
      AT(branch_q_from, n_branch, k) = cimag(flow.from);
      AT(branch_p_to, n_branch, k)   = creal(flow.to);
      AT(branch_q_to, n_branch, k)   = cimag(flow.to);
    }
    for (PetscInt k = 0; k < net->link.n; ++k) {
      AT(link_p_to, n_link, k)  = LinkDelivery(c, k);
      AT(link_p_to2, n_link, k) = LinkOutput(c, k, net->link.to2[k], net->link.efficiency2[k]);
      AT(link_p_to3, n_link, k) = LinkOutput(c, k, net->link.to3[k], net->link.efficiency3[k]);
    }
  }
  PetscFunctionReturn(0);
}
