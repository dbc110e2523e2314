/* Certificates: what branches, storage units and generators can do at most, and sums of it over sets of buses. */
#include "solver/certificate_impl.h"

#include <math.h>

#include "solver/branch_flow.h"
#include "solver/dc_flow.h"

static PetscInt Snapshot(const CertificateOptions *options, PetscInt hour)
{
  return options->first_snapshot < 0 ? -1 : options->first_snapshot + hour;
}

static PetscReal StepHours(Network net, const CertificateOptions *options)
{
  return options->first_snapshot < 0 ? 1 : net->series.step_hours;
}

/* Where voltages may leave their limits at a price, the model still holds them within half and twice of these. */
static void VoltageRange(Network net, const CertificateOptions *options, PetscInt bus, PetscReal range[2])
{
  const PetscBool soft = options->voltage_soft;
  range[0]             = (soft ? 0.5 : 1) * net->bus.vm_min_pu[bus];
  range[1]             = (soft ? 2 : 1) * net->bus.vm_max_pu[bus];
}

/* Largest value of a v^2 over a range of v >= 0. */
static PetscReal MostSquare(PetscReal a, const PetscReal range[2])
{
  return a > 0 ? a * range[1] * range[1] : a * range[0] * range[0];
}

/* Largest value of a cos d + b sin d between two angles. */
static PetscReal MostOfWave(PetscReal a, PetscReal b, PetscReal low, PetscReal high)
{
  const PetscReal peak = atan2(b, a);
  PetscReal       turns;

  if (!(low > -PETSC_INFINITY) || !(high < PETSC_INFINITY) || high - low >= 2 * PETSC_PI) return hypot(a, b);
  turns = ceil((low - peak) / (2 * PETSC_PI));
  if (peak + 2 * PETSC_PI * turns <= high) return hypot(a, b);
  return PetscMax(a * cos(low) + b * sin(low), a * cos(high) + b * sin(high));
}

/* Limits of the angle difference; none where they may be exceeded. */
static void AngleRange(Network net, const CertificateOptions *options, PetscInt k, PetscReal range[2])
{
  range[0] = options->angle_soft ? -PETSC_INFINITY : net->branch.angle_min_rad[k];
  range[1] = options->angle_soft ? PETSC_INFINITY : net->branch.angle_max_rad[k];
}

/* Largest value of sign times flow k, per unit: each term of it at its most. */
static PetscReal MostFlow(const PetscReal angle[2], const BranchFlow *flow, int k, PetscReal sign,
                          const PetscReal range_from[2], const PetscReal range_to[2])
{
  const PetscBool to   = (PetscBool)(k == FLOW_P_TO || k == FLOW_Q_TO);
  const PetscReal own  = MostSquare(sign * flow->a[k], to ? range_to : range_from);
  const PetscReal wave = MostOfWave(sign * flow->c[k], sign * flow->s[k], angle[0], angle[1]);
  return own + wave * (wave > 0 ? range_from[1] * range_to[1] : range_from[0] * range_to[0]);
}

/* Largest square of the voltage over the series impedance: by the voltages, and by the current the rating lets through. */
static PetscReal MostSeriesVoltage(Network net, PetscInt branch, PetscReal rate, const PetscReal range_from[2],
                                   const PetscReal range_to[2])
{
  const BranchTable *t    = &net->branch;
  const PetscReal    most = range_from[1] / t->tap[branch] + range_to[1];
  PetscReal          current;

  if (!(rate < PETSC_INFINITY) || range_to[0] <= 0) return most * most;
  current = rate / range_to[0] + hypot(t->g_to[branch], t->b_to[branch]) * range_to[1];
  return PetscMin(most * most, (t->r[branch] * t->r[branch] + t->x[branch] * t->x[branch]) * current * current);
}

static void BoundAcBranch(Network net, const CertificateOptions *options, PetscInt k, BranchBound *bound)
{
  const BranchTable *t    = &net->branch;
  const PetscReal    rate = options->rating_soft ? PETSC_INFINITY : t->rate_a[k] / net->base_mva;
  const PetscReal    size = t->r[k] * t->r[k] + t->x[k] * t->x[k], ratio = 1 / (t->tap[k] * t->tap[k]);
  const PetscReal    g = t->r[k] / size, b = t->x[k] / size;
  PetscReal          from[2], to[2], angle[2], series;
  BranchFlow         flow;

  BranchFlowSetUp(net, k, &flow);
  VoltageRange(net, options, t->from[k], from);
  VoltageRange(net, options, t->to[k], to);
  AngleRange(net, options, k, angle);
  series = MostSeriesVoltage(net, k, rate, from, to);
  for (int end = 0; end < 2; end++) {
    const int p = end ? FLOW_P_TO : FLOW_P_FROM, q = end ? FLOW_Q_TO : FLOW_Q_FROM;
    bound->import[end]   = net->base_mva * PetscMin(rate, MostFlow(angle, &flow, p, -1, from, to));
    bound->export[end]   = net->base_mva * PetscMin(rate, MostFlow(angle, &flow, p, 1, from, to));
    bound->q_import[end] = net->base_mva * PetscMin(rate, MostFlow(angle, &flow, q, -1, from, to));
  }
  bound->loss_most =
      net->base_mva * (PetscMax(g, 0) * series + MostSquare(t->g_from[k] * ratio, from) + MostSquare(t->g_to[k], to));
  bound->loss_least = -net->base_mva * (PetscMax(-g, 0) * series + MostSquare(-t->g_from[k] * ratio, from) +
                                        MostSquare(-t->g_to[k], to));
  bound->q_gain =
      net->base_mva * (PetscMax(-b, 0) * series + MostSquare(t->b_from[k] * ratio, from) + MostSquare(t->b_to[k], to));
}

static void BoundDcBranch(Network net, const CertificateOptions *options, PetscInt k, BranchBound *bound)
{
  const BranchTable *t    = &net->branch;
  const PetscReal    rate = options->rating_soft ? PETSC_INFINITY : t->rate_a[k];
  PetscReal          difference, angle[2], most = PETSC_INFINITY;
  DcFlow             flow;

  DcFlowSetUp(net, k, options->physics, &flow);
  AngleRange(net, options, k, angle);
  difference = PetscMax(angle[1] - flow.shift, flow.shift - angle[0]);
  if (difference < PETSC_INFINITY) most = net->base_mva * PetscAbsReal(flow.b) * difference;
  for (int end = 0; end < 2; end++) bound->import[end] = bound->export[end] = PetscMin(rate, most);
  if (options->physics != PHYSICS_DC_LOSSES) return;
  bound->loss_most = bound->export[0] = bound->export[1] = PETSC_INFINITY; /* no matter for shortages */
}

PetscErrorCode BranchBoundsFind(Network net, const CertificateOptions *options, BranchBound *bound)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(bound, net->branch.n));
  for (PetscInt k = 0; k < net->branch.n; k++) {
    if (!NetworkBranchActive(net, k)) continue;
    if (options->physics == PHYSICS_AC)
      BoundAcBranch(net, options, k, &bound[k]);
    else
      BoundDcBranch(net, options, k, &bound[k]);
  }
  PetscFunctionReturn(0);
}

static PetscBool Isolated(Network net, PetscInt bus)
{
  return (PetscBool)(net->bus.type[bus] == BUS_ISOLATED);
}

/* Lower limit of a unit's energy at the end of an hour, MWh. */
static PetscReal LowestEnergy(Network net, const CertificateOptions *options, PetscInt s, PetscInt hour,
                              PetscReal start)
{
  const StorageTable *t      = &net->storage;
  PetscReal           lowest = t->e_min_mwh[s];

  if (hour < options->hours - 1 || options->final_energy_soft) return lowest;
  if (t->cyclic[s]) return start;
  return PetscIsNanReal(t->e_final_min_mwh[s]) ? lowest : PetscMax(lowest, t->e_final_min_mwh[s]);
}

static PetscErrorCode ReachOfUnit(Network net, const CertificateOptions *options, PetscInt s, PetscReal *discharge,
                                  CertificateAdd add, void *context)
{
  const StorageTable *t    = &net->storage;
  const PetscReal     step = StepHours(net, options), keep = pow(1 - t->standing_loss[s], step);
  const PetscReal     start = options->initial_energy ? options->initial_energy[s] : t->e_initial_mwh[s];
  PetscReal           reach = start;
  PetscFunctionBeginUser;

  for (PetscInt h = 0; h < options->hours; h++) {
    const PetscReal inflow = NetworkStorageInflow(net, s, Snapshot(options, h));
    const PetscReal lowest = LowestEnergy(net, options, s, h, start);
    const PetscReal left   = keep * reach + step * inflow - lowest;

    discharge[h * net->storage.n + s] =
        PetscMax(0, PetscMin(t->p_discharge_max_mw[s], t->efficiency_discharge[s] * left / step));
    reach = PetscMin(t->e_max_mwh[s], keep * reach + step * (inflow + t->efficiency_charge[s] * t->p_charge_max_mw[s]));
    if (lowest - reach > 1e-6 * PetscMax(1, lowest)) {
      Certificate c = {CERTIFICATE_FINAL_ENERGY, h, -1, t->bus[s], 0, lowest - reach, lowest, reach, 0, 0, 0, ""};
      (void)snprintf(c.name, sizeof c.name, "storage %s", t->name[s]);
      PetscCall((*add)(context, &c));
      break;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StorageReachFind(Network net, const CertificateOptions *options, PetscReal *discharge,
                                CertificateAdd add, void *context)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(discharge, options->hours * net->storage.n));
  for (PetscInt s = 0; s < net->storage.n; s++) {
    if (net->storage.in_service[s] && !Isolated(net, net->storage.bus[s]))
      PetscCall(ReachOfUnit(net, options, s, discharge, add, context));
  }
  PetscFunctionReturn(0);
}

/* The outputs that a generator can have by an hour are an interval; where it ends the unit cannot follow its limits. */
static PetscErrorCode RampsOfUnit(Network net, const CertificateOptions *options, PetscInt g, CertificateAdd add,
                                  void *context)
{
  const GeneratorTable *t    = &net->generator;
  const PetscReal       ramp = t->ramp_mw_per_h[g] * StepHours(net, options);
  PetscReal             low = 0, high = 0;
  PetscFunctionBeginUser;

  if (ramp >= t->p_max_mw[g] - PetscMin(0, t->p_min_mw[g])) PetscFunctionReturn(0);
  for (PetscInt h = 0; h < options->hours; h++) {
    const PetscReal least = NetworkGeneratorPMin(net, g, Snapshot(options, h));
    const PetscReal most  = NetworkGeneratorPMax(net, g, Snapshot(options, h));
    const PetscReal gap   = h > 0 ? PetscMax(least - (high + ramp), (low - ramp) - most) : 0;

    if (gap > 1e-6 * net->base_mva) {
      const PetscBool up = (PetscBool)(least > high);
      Certificate     c  = {
               CERTIFICATE_RAMP, h, -1, t->bus[g], 0, gap, up ? least : most, up ? high + ramp : low - ramp, 0, 0, 0, ""};
      (void)snprintf(c.name, sizeof c.name, "generator %s", t->name[g]);
      PetscCall((*add)(context, &c));
      break;
    }
    low  = h > 0 ? PetscMax(least, low - ramp) : least;
    high = h > 0 ? PetscMin(most, high + ramp) : most;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RampReachFind(Network net, const CertificateOptions *options, CertificateAdd add, void *context)
{
  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < net->generator.n && !options->ramp_soft; g++) {
    if (net->generator.in_service[g] && !Isolated(net, net->generator.bus[g]) &&
        net->generator.ramp_mw_per_h[g] < PETSC_INFINITY)
      PetscCall(RampsOfUnit(net, options, g, add, context));
  }
  PetscFunctionReturn(0);
}

/* The set of a bus, or NULL. */
static BalanceBound *SetOf(Network net, const PetscInt *label, BalanceBound *sum, PetscInt bus)
{
  return Isolated(net, bus) || label[bus] < 0 ? NULL : &sum[label[bus]];
}

static void SumBuses(Network net, Partition partition, const PetscInt *label, BalanceBound *sum)
{
  for (PetscInt b = 0; b < net->bus.n; b++) {
    BalanceBound  *set    = SetOf(net, label, sum, b);
    const PetscInt region = partition ? partition->bus_region[b] : -1;

    if (!set) continue;
    if (set->buses++ == 0) {
      set->first_bus = b;
      set->region    = region;
    } else if (set->region != region)
      set->region = -1;
  }
}

static void SumLoads(Network net, const PetscInt *label, PetscInt snapshot, BalanceBound *sum)
{
  const LoadTable *t = &net->load;

  for (PetscInt l = 0; l < t->n; l++) {
    BalanceBound   *set = t->in_service[l] ? SetOf(net, label, sum, t->bus[l]) : NULL;
    const PetscReal p = NetworkLoadP(net, l, snapshot), q = NetworkLoadQ(net, l, snapshot);
    const PetscReal less = PetscMin(1, t->curtail_max_pu[l]) * PetscMax(p, 0) + t->shift_max_mw[l];

    if (!set) continue;
    if (p < 0) {
      set->generation -= p;
      set->generation_least -= p;
    } else {
      set->demand += PetscMax(0, p - less);
      set->demand_most += p + t->shift_max_mw[l];
    }
    set->q_demand += less > 0 && p > 0 ? q / p * (q > 0 ? PetscMax(0, p - less) : p + t->shift_max_mw[l]) : q;
  }
}

static void SumUnits(Network net, const CertificateOptions *options, const PetscReal *discharge, const PetscInt *label,
                     PetscInt hour, BalanceBound *sum)
{
  const GeneratorTable *g = &net->generator;
  const StorageTable   *s = &net->storage;

  for (PetscInt k = 0; k < g->n; k++) {
    BalanceBound *set = g->in_service[k] ? SetOf(net, label, sum, g->bus[k]) : NULL;
    if (!set) continue;
    set->generation += NetworkGeneratorPMax(net, k, Snapshot(options, hour));
    set->generation_least += NetworkGeneratorPMin(net, k, Snapshot(options, hour));
    set->q_local += g->q_max_mvar[k];
  }
  for (PetscInt k = 0; k < s->n; k++) {
    BalanceBound *set = s->in_service[k] ? SetOf(net, label, sum, s->bus[k]) : NULL;
    if (!set) continue;
    set->storage += discharge[hour * s->n + k];
    set->charge += s->p_charge_max_mw[k];
    set->q_local += s->q_max_mvar[k];
  }
}

static void SumShunts(Network net, const CertificateOptions *options, const PetscInt *label, BalanceBound *sum)
{
  for (PetscInt k = 0; k < net->shunt.n; k++) {
    const PetscReal g        = net->shunt.g_mw[k];
    PetscReal       range[2] = {1, 1};
    BalanceBound   *set      = net->shunt.in_service[k] ? SetOf(net, label, sum, net->shunt.bus[k]) : NULL;

    if (!set) continue;
    if (options->physics == PHYSICS_AC) VoltageRange(net, options, net->shunt.bus[k], range);
    set->demand -= MostSquare(-g, range);
    set->demand_most += MostSquare(g, range);
    set->q_local += MostSquare(net->shunt.b_mvar[k], range);
  }
}

/* A link enters each set it touches with the sum of its shares there per MW taken at the from end. */
static void SumLinks(Network net, const PetscInt *label, BalanceBound *sum)
{
  const LinkTable *t = &net->link;

  for (PetscInt l = 0; l < t->n; l++) {
    const PetscReal loss1    = t->p_min_mw[l] < 0 ? 0 : t->loss1[l];
    const PetscInt  bus[4]   = {t->from[l], t->to[l], t->to2[l], t->to3[l]};
    const PetscReal share[4] = {-1, 1 - loss1, t->efficiency2[l], t->efficiency3[l]};
    BalanceBound   *set[4];

    if (!NetworkLinkActive(net, l)) continue;
    for (int k = 0; k < 4; k++) set[k] = bus[k] < 0 ? NULL : SetOf(net, label, sum, bus[k]);
    for (int k = 0; k < 4; k++) {
      PetscReal rate = 0, constant = 0, most, least;
      PetscBool first = PETSC_TRUE, inside = PETSC_TRUE;

      if (!set[k]) continue;
      for (int j = 0; j < 4; j++) {
        if (bus[j] >= 0 && set[j] != set[k]) inside = PETSC_FALSE;
        if (set[j] != set[k]) continue;
        if (j < k) first = PETSC_FALSE;
        rate += share[j];
        if (j == 1) constant = -t->loss0_mw[l];
      }
      if (!first) continue;
      most  = constant + PetscMax(rate * t->p_min_mw[l], rate * t->p_max_mw[l]);
      least = constant + PetscMin(rate * t->p_min_mw[l], rate * t->p_max_mw[l]);
      set[k]->imports += most;
      set[k]->exports -= least;
      if (!inside) set[k]->ties++;
    }
    if (set[0]) set[0]->q_imports += t->q_from_max_mvar[l];
    if (set[1]) set[1]->q_imports += t->q_to_max_mvar[l];
  }
}

static void SumBranches(Network net, const BranchBound *bound, const PetscInt *label, BalanceBound *sum)
{
  for (PetscInt k = 0; k < net->branch.n; k++) {
    BalanceBound *set[2];

    if (!NetworkBranchActive(net, k)) continue;
    set[0] = SetOf(net, label, sum, net->branch.from[k]);
    set[1] = SetOf(net, label, sum, net->branch.to[k]);
    if (set[0] && set[0] == set[1]) {
      set[0]->gain -= bound[k].loss_least;
      set[0]->loss += bound[k].loss_most;
      set[0]->q_local += bound[k].q_gain;
      continue;
    }
    for (int end = 0; end < 2; end++) {
      if (!set[end]) continue;
      set[end]->imports += bound[k].import[end];
      set[end]->exports += bound[k].export[end];
      set[end]->q_imports += bound[k].q_import[end];
      set[end]->ties++;
    }
  }
}

void BalanceBoundsSum(Network net, Partition partition, const CertificateOptions *options, const BranchBound *bound,
                      const PetscReal *discharge, const PetscInt *label, PetscInt sets, PetscInt hour,
                      BalanceBound *sum)
{
  (void)memset(sum, 0, (size_t)sets * sizeof *sum);
  SumBuses(net, partition, label, sum);
  SumLoads(net, label, Snapshot(options, hour), sum);
  SumUnits(net, options, discharge, label, hour, sum);
  SumShunts(net, options, label, sum);
  SumLinks(net, label, sum);
  SumBranches(net, bound, label, sum);
}
