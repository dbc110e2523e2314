/* Border coordinates of ADMM and the residuals of the merged network. */
#include "solver/admm_border.h"

#include "solver/branch_flow.h"
#include "solver/dc_flow.h"

#include <math.h>

/* Penalties relative to a tie's admittance; see docs/theory.md for how they were chosen. */
#define ANGLE_PENALTY 5.0
#define MAGNITUDE_FACTOR 3.0
#define SUM_FACTOR 0.1

static PetscInt FindGroup(const TieGroup *group, PetscInt n, const Tie *tie)
{
  for (PetscInt g = 0; g < n; g++)
    if ((group[g].from == tie->from && group[g].to == tie->to) ||
        (group[g].from == tie->to && group[g].to == tie->from))
      return g;
  return n;
}

static PetscReal BranchAdmittance(Network net, PetscInt b)
{
  const PetscReal z2 = net->branch.r[b] * net->branch.r[b] + net->branch.x[b] * net->branch.x[b];
  return 1 / PetscSqrtReal(z2);
}

/* Of the whole network, in the order of the ties. */
static PetscErrorCode GroupTies(AdmmBorder border, Partition partition)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(partition->n_ties, &border->group, partition->n_ties, &border->link));
  for (PetscInt k = 0; k < partition->n_ties; k++) {
    const Tie *tie = &partition->tie[k];
    if (tie->is_link) {
      border->link[border->n_links++] = *tie;
      continue;
    }
    const PetscInt g     = FindGroup(border->group, border->n_groups, tie);
    TieGroup      *group = &border->group[g];
    if (g == border->n_groups) {
      *group = (TieGroup){.from = tie->from, .to = tie->to, .region = {tie->from_region, tie->to_region}};
      border->n_groups++;
    }
    PetscCall(PetscRealloc((size_t)(group->n_branches + 1) * sizeof(PetscInt), &group->branch));
    group->branch[group->n_branches++] = tie->index;
    group->admittance += BranchAdmittance(border->net, tie->index);
  }
  PetscFunctionReturn(0);
}

/* The exchange of all coordinates: hour by hour the groups', then the links'. */
static PetscErrorCode SetUpExchange(AdmmBorder border, MPI_Comm comm)
{
  const PetscInt per_hour = border->n_groups * border->per_group + border->n_links;
  PetscInt      *region, at = 0;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(2 * border->hours * per_hour, &region));
  for (PetscInt t = 0; t < border->hours; t++) {
    for (PetscInt c = 0; c < border->n_groups * border->per_group; c++) {
      region[at++] = border->group[c / border->per_group].region[0];
      region[at++] = border->group[c / border->per_group].region[1];
    }
    for (PetscInt k = 0; k < border->n_links; k++) {
      region[at++] = border->link[k].from_region;
      region[at++] = border->link[k].to_region;
    }
  }
  PetscCall(ExchangeCreate(comm, border->partition, border->hours * per_hour, region, &border->exchange));
  PetscCall(PetscFree(region));
  PetscFunctionReturn(0);
}

static PetscBool Here(AdmmBorder border, PetscInt from_region, PetscInt to_region)
{
  return (PetscBool)(border->local[from_region] >= 0 || border->local[to_region] >= 0);
}

/* Drops what touches no region of this rank. */
static PetscErrorCode KeepOwn(AdmmBorder border)
{
  PetscInt groups = 0, links = 0, branches = 0;
  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < border->n_groups; g++) {
    TieGroup *group = &border->group[g];
    if (Here(border, group->region[0], group->region[1]))
      border->group[groups++] = *group;
    else
      PetscCall(PetscFree(group->branch));
  }
  for (PetscInt k = 0; k < border->n_links; k++)
    if (Here(border, border->link[k].from_region, border->link[k].to_region)) border->link[links++] = border->link[k];
  border->n_groups = groups;
  border->n_links  = links;
  for (PetscInt g = 0; g < groups; g++) branches += border->group[g].n_branches;
  PetscCall(PetscMalloc1(branches, &border->flow));
  for (PetscInt g = 0, f = 0; g < groups; g++)
    for (PetscInt k = 0; k < border->group[g].n_branches; k++)
      BranchFlowSetUp(border->net, border->group[g].branch[k], &border->flow[f++]);
  PetscFunctionReturn(0);
}

static PetscReal MeanAdmittance(AdmmBorder border)
{
  PetscReal mean = 0;
  for (PetscInt g = 0; g < border->n_groups; g++) mean += border->group[g].admittance / border->n_groups;
  return mean > 0 ? mean : 10;
}

/* First penalties, proportional to the tie's admittance; what the regions answer corrects them later. The power of a link is
   penalised like that of a tie of mean admittance. */
static void SetPenalties(AdmmBorder border, PetscReal mean_admittance, PetscReal factor)
{
  for (PetscInt k = 0; k < border->n; k++) {
    const PetscInt c = k % border->per_hour, g = c / border->per_group;
    if (g >= border->n_groups) {
      border->unit[k]    = border->price;
      border->penalty[k] = border->price * factor * ANGLE_PENALTY / mean_admittance;
      continue;
    }
    const PetscInt part = c % border->per_group; /* angle difference, angle sum, magnitude difference, sum */
    border->unit[k]     = border->price * border->group[g].admittance;
    border->penalty[k]  = border->unit[k] * factor * ANGLE_PENALTY;
    if (part % 2 == 1) border->penalty[k] *= SUM_FACTOR;
    if (part / 2 == 1) border->penalty[k] *= MAGNITUDE_FACTOR;
  }
}

static PetscErrorCode ListRegions(AdmmBorder border, MPI_Comm comm)
{
  PetscMPIInt rank;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscMalloc1(border->partition->n_regions, &border->local));
  for (PetscInt r = 0; r < border->partition->n_regions; r++)
    border->local[r] = border->partition->rank[r] == rank ? border->n_local++ : -1;
  PetscFunctionReturn(0);
}

PetscErrorCode AdmmBorderCreate(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                                PetscReal price, AdmmBorder *border)
{
  AdmmBorder b;
  PetscReal  mean;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&b));
  *border           = b;
  b->net            = net;
  b->partition      = partition;
  b->physics        = options->physics;
  b->hours          = options->hours;
  b->first_snapshot = options->first_snapshot;
  b->price          = price;
  b->per_group      = options->physics == PHYSICS_AC ? 4 : 2;
  PetscCall(ListRegions(b, comm));
  PetscCall(GroupTies(b, partition));
  PetscCall(SetUpExchange(b, comm));
  mean            = MeanAdmittance(b);
  b->all_per_hour = b->n_groups * b->per_group + b->n_links;
  PetscCall(KeepOwn(b));
  b->per_hour = b->n_groups * b->per_group + b->n_links;
  b->n        = b->hours * b->per_hour;
  PetscCall(PetscCalloc3(b->n, &b->unit, b->n, &b->penalty, 2 * b->n, &b->value));
  PetscCall(PetscCalloc1(2 * net->bus.n, &b->mismatch));
  SetPenalties(b, mean, options->admm_penalty);
  PetscFunctionReturn(0);
}

PetscErrorCode AdmmBorderDestroy(AdmmBorder *border)
{
  AdmmBorder b = *border;
  PetscFunctionBeginUser;
  if (!b) PetscFunctionReturn(0);
  for (PetscInt g = 0; g < b->n_groups; g++) PetscCall(PetscFree(b->group[g].branch));
  PetscCall(PetscFree2(b->group, b->link));
  PetscCall(PetscFree(b->local));
  PetscCall(PetscFree(b->flow));
  PetscCall(PetscFree3(b->unit, b->penalty, b->value));
  PetscCall(PetscFree(b->mismatch));
  PetscCall(ExchangeDestroy(&b->exchange));
  PetscCall(PetscFree(*border));
  PetscFunctionReturn(0);
}

PetscInt AdmmBorderHour(AdmmBorder border, PetscInt k)
{
  return k / border->per_hour;
}

Coordinate AdmmBorderCoordinate(AdmmBorder border, PetscInt k)
{
  const PetscInt c = k % border->per_hour, g = c / border->per_group;

  if (g >= border->n_groups) {
    const Tie *tie = &border->link[c - border->n_groups * border->per_group];
    return (Coordinate){OPF_LINK_P, tie->index, -1, 1, 0, {tie->from_region, tie->to_region}};
  }
  const TieGroup *group = &border->group[g];
  const PetscInt  part  = c % border->per_group;
  return (Coordinate){part < 2 ? OPF_VA : OPF_VM,          group->from, group->to, 1, part % 2 == 0 ? -1 : 1,
                      {group->region[0], group->region[1]}};
}

/* Derivatives of the power that flows into the ends of a group at flat voltages: slope[side][coordinate]. */
static void FlatSlopes(AdmmBorder border, const TieGroup *group, const BranchFlow *flow, const PetscReal *z,
                       PetscReal slope[2][4])
{
  for (PetscInt k = 0; k < group->n_branches; k++) {
    const PetscBool reversed = (PetscBool)(border->net->branch.from[group->branch[k]] != group->from);
    if (border->physics != PHYSICS_AC) {
      DcFlow dc;
      DcFlowSetUp(border->net, group->branch[k], border->physics, &dc);
      slope[0][0] += dc.b;
      slope[1][0] -= dc.b;
      continue;
    }
    const PetscReal   v[2]  = {0.5 * (z[3] + z[2]), 0.5 * (z[3] - z[2])};
    const BranchPoint point = BranchPointAt(0, 0, v[reversed], v[!reversed]);
    for (int side = 0; side < 2; side++) {
      PetscReal gradient[END_COUNT];
      BranchFlowGradient(&flow[k], &point, (side == 0) == reversed ? FLOW_P_TO : FLOW_P_FROM, gradient);
      for (int kind = 0; kind < 2; kind++) {
        const PetscReal from = gradient[2 * kind + reversed], to = gradient[2 * kind + !reversed];
        slope[side][2 * kind] += 0.5 * (from - to);
        slope[side][2 * kind + 1] += 0.5 * (from + to);
      }
    }
  }
}

/* What flows into an end is taken from the balance of its bus and costs the region the mean marginal cost. */
static void StartMultipliers(AdmmBorder border, PetscInt hour, const PetscReal *z, PetscReal *u)
{
  const BranchFlow *flow = border->flow;
  PetscInt          at   = hour * border->per_hour;

  for (PetscInt g = 0; g < border->n_groups; g++, at += border->per_group) {
    PetscReal slope[2][4] = {{0}};
    FlatSlopes(border, &border->group[g], flow, z + at, slope);
    for (PetscInt c = 0; c < border->per_group; c++)
      u[at + c] = -0.5 * border->price * (slope[0][c] - slope[1][c]) / border->penalty[at + c];
    flow += border->group[g].n_branches;
  }
  for (PetscInt k = 0; k < border->n_links; k++, at++) u[at] = -border->price / border->penalty[at];
}

void AdmmBorderStart(AdmmBorder border, PetscReal *z, PetscReal *u)
{
  const BusTable *bus = &border->net->bus;

  for (PetscInt k = 0; k < border->n; k++) {
    const Coordinate c = AdmmBorderCoordinate(border, k);
    z[k]               = 0;
    if (c.kind != OPF_VM) continue;
    z[k] = 0.5 * (bus->vm_min_pu[c.row_i] + bus->vm_max_pu[c.row_i]) +
           c.cj * 0.5 * (bus->vm_min_pu[c.row_j] + bus->vm_max_pu[c.row_j]);
  }
  for (PetscInt t = 0; t < border->hours; t++) StartMultipliers(border, t, z, u);
}

/* End voltages (angles, then magnitudes) as one side has them; its values of a group's coordinates are every other number. */
static void EndVoltages(AdmmBorder border, const PetscReal *y, PetscReal v[END_COUNT])
{
  v[END_VA_FROM] = 0.5 * (y[2] + y[0]);
  v[END_VA_TO]   = 0.5 * (y[2] - y[0]);
  v[END_VM_FROM] = v[END_VM_TO] = 1;
  if (border->physics != PHYSICS_AC) return;
  v[END_VM_FROM] = 0.5 * (y[6] + y[4]);
  v[END_VM_TO]   = 0.5 * (y[6] - y[4]);
}

/* Flows of a tie at given end voltages. A branch may run against the direction of its group. */
static void TieFlows(AdmmBorder border, const TieGroup *group, PetscInt k, const BranchFlow *flow,
                     const PetscReal v[END_COUNT], PetscReal value[FLOW_COUNT])
{
  const PetscInt  b        = group->branch[k];
  const PetscBool reversed = (PetscBool)(border->net->branch.from[b] != group->from);
  PetscReal       w[END_COUNT];

  w[END_VA_FROM] = v[reversed ? END_VA_TO : END_VA_FROM];
  w[END_VA_TO]   = v[reversed ? END_VA_FROM : END_VA_TO];
  w[END_VM_FROM] = v[reversed ? END_VM_TO : END_VM_FROM];
  w[END_VM_TO]   = v[reversed ? END_VM_FROM : END_VM_TO];
  if (border->physics == PHYSICS_AC) {
    const BranchPoint point = BranchPointAt(w[END_VA_FROM], w[END_VA_TO], w[END_VM_FROM], w[END_VM_TO]);
    for (int j = 0; j < FLOW_COUNT; j++) value[j] = BranchFlowValue(flow, &point, j);
  } else {
    DcFlow dc;
    DcFlowSetUp(border->net, b, border->physics, &dc);
    value[FLOW_P_FROM] = DcFlowValue(&dc, 0, w[END_VA_FROM] - w[END_VA_TO]);
    value[FLOW_P_TO]   = DcFlowValue(&dc, 1, w[END_VA_FROM] - w[END_VA_TO]);
    value[FLOW_Q_FROM] = value[FLOW_Q_TO] = 0;
  }
}

/* How far a tie exceeds its rating or angle limits at the merged voltages, per unit and radians. */
static PetscReal TieViolation(AdmmBorder border, PetscInt hour, PetscInt b, PetscReal difference,
                              const PetscReal value[FLOW_COUNT])
{
  const BranchTable *t        = &border->net->branch;
  const PetscInt     snapshot = border->first_snapshot < 0 ? -1 : border->first_snapshot + hour;
  const PetscReal    rate     = NetworkBranchRating(border->net, b, snapshot) / border->net->base_mva;
  PetscReal          worst;

  worst = PetscMax(hypot(value[FLOW_P_FROM], value[FLOW_Q_FROM]), hypot(value[FLOW_P_TO], value[FLOW_Q_TO])) - rate;
  worst = PetscMax(worst, difference - t->angle_max_rad[b]);
  return PetscMax(worst, t->angle_min_rad[b] - difference);
}

/* Adds to the balances what changes when each end takes its owner's voltage; the regions are balanced with their copies. */
static PetscReal GroupResiduals(AdmmBorder border, PetscInt t, PetscInt g, const BranchFlow *flow)
{
  const TieGroup *group = &border->group[g];
  const PetscInt  at    = t * border->per_hour + g * border->per_group;
  PetscReal       side[2][END_COUNT], merged[END_COUNT], own[FLOW_COUNT], true_flow[FLOW_COUNT], worst = 0;
  PetscReal      *mismatch = border->mismatch;

  for (int s = 0; s < 2; s++) EndVoltages(border, border->value + 2 * at + s, side[s]);
  merged[END_VA_FROM] = side[0][END_VA_FROM];
  merged[END_VM_FROM] = side[0][END_VM_FROM];
  merged[END_VA_TO]   = side[1][END_VA_TO];
  merged[END_VM_TO]   = side[1][END_VM_TO];
  for (PetscInt k = 0; k < group->n_branches; k++) {
    const PetscInt  b        = group->branch[k];
    const PetscBool reversed = (PetscBool)(border->net->branch.from[b] != group->from);
    TieFlows(border, group, k, &flow[k], merged, true_flow);
    for (int s = 0; s < 2; s++) {
      const int      end = reversed ? 1 - s : s;
      const PetscInt bus = s == 0 ? group->from : group->to;
      TieFlows(border, group, k, &flow[k], side[s], own);
      mismatch[2 * bus] += true_flow[2 * end] - own[2 * end];
      mismatch[2 * bus + 1] += true_flow[2 * end + 1] - own[2 * end + 1];
    }
    const PetscReal d = merged[END_VA_FROM] - merged[END_VA_TO];
    worst             = PetscMax(worst, TieViolation(border, t, b, reversed ? -d : d, true_flow));
  }
  return worst;
}

/* Largest of what has gathered at one of this rank's buses; clears it. */
static void TakeMismatch(AdmmBorder border, PetscInt bus, PetscReal *worst)
{
  const PetscInt r = border->local[border->partition->bus_region[bus]];
  if (r >= 0)
    for (int j = 0; j < 2; j++) worst[2 * r] = PetscMax(worst[2 * r], PetscAbsReal(border->mismatch[2 * bus + j]));
  border->mismatch[2 * bus] = border->mismatch[2 * bus + 1] = 0;
}

static void HourResiduals(AdmmBorder border, PetscInt t, PetscReal *worst)
{
  const BranchFlow *flow = border->flow;

  for (PetscInt g = 0; g < border->n_groups; g++) {
    const TieGroup *group     = &border->group[g];
    const PetscReal violation = GroupResiduals(border, t, g, flow);
    for (int s = 0; s < 2; s++) {
      const PetscInt r = border->local[group->region[s]];
      if (r >= 0) worst[2 * r + 1] = PetscMax(worst[2 * r + 1], violation);
    }
    flow += group->n_branches;
  }
  for (PetscInt k = 0; k < border->n_links; k++) {
    const PetscInt  at = t * border->per_hour + border->n_groups * border->per_group + k, l = border->link[k].index;
    const PetscReal loss = border->net->link.p_min_mw[l] < 0 ? 0 : border->net->link.loss1[l];
    border->mismatch[2 * border->link[k].to] += (1 - loss) * (border->value[2 * at + 1] - border->value[2 * at]);
  }
  for (PetscInt g = 0; g < border->n_groups; g++) {
    TakeMismatch(border, border->group[g].from, worst);
    TakeMismatch(border, border->group[g].to, worst);
  }
  for (PetscInt k = 0; k < border->n_links; k++) TakeMismatch(border, border->link[k].to, worst);
}

void AdmmBorderResiduals(AdmmBorder border, PetscReal *worst)
{
  for (PetscInt i = 0; i < 2 * border->n_local; i++) worst[i] = 0;
  for (PetscInt t = 0; t < border->hours; t++) HourResiduals(border, t, worst);
}
