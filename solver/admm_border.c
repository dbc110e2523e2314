/* Border coordinates of ADMM and the residuals of the merged network. */
#include "solver/admm_border.h"

#include "solver/branch_flow.h"
#include "solver/dc_flow.h"

#include <math.h>

/* Penalties relative to a tie's admittance; see docs/architecture.md for how they were chosen. */
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

static PetscErrorCode GroupTies(AdmmBorder border, Partition partition)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(partition->n_ties, &border->group, partition->n_ties, &border->link));
  PetscCall(PetscMalloc1(partition->n_ties, &border->flow));
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
  for (PetscInt g = 0, f = 0; g < border->n_groups; g++)
    for (PetscInt k = 0; k < border->group[g].n_branches; k++)
      BranchFlowSetUp(border->net, border->group[g].branch[k], &border->flow[f++]);
  PetscFunctionReturn(0);
}

/* Penalties of one hour, the same for all hours. A link's power is penalised like the power of a tie of mean admittance. */
static void SetPenalties(AdmmBorder border, PetscReal scale)
{
  PetscReal mean = 0;

  for (PetscInt g = 0; g < border->n_groups; g++) mean += border->group[g].admittance / border->n_groups;
  if (mean == 0) mean = 10;
  for (PetscInt k = 0; k < border->n; k++) {
    const PetscInt c = k % border->per_hour, g = c / border->per_group;
    if (g >= border->n_groups) {
      border->penalty[k] = scale * ANGLE_PENALTY / mean;
      continue;
    }
    const PetscInt part = c % border->per_group; /* angle difference, angle sum, magnitude difference, sum */
    border->penalty[k]  = scale * ANGLE_PENALTY * border->group[g].admittance;
    if (part % 2 == 1) border->penalty[k] *= SUM_FACTOR;
    if (part / 2 == 1) border->penalty[k] *= MAGNITUDE_FACTOR;
  }
}

PetscErrorCode AdmmBorderCreate(Network net, Partition partition, const OpfOptions *options, PetscReal scale,
                                AdmmBorder *border)
{
  AdmmBorder b;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&b));
  *border      = b;
  b->net       = net;
  b->physics   = options->physics;
  b->hours     = options->hours;
  b->per_group = options->physics == PHYSICS_AC ? 4 : 2;
  PetscCall(GroupTies(b, partition));
  b->per_hour = b->n_groups * b->per_group + b->n_links;
  b->n        = b->hours * b->per_hour;
  PetscCall(PetscCalloc3(b->n, &b->penalty, b->n, &b->value[0], b->n, &b->value[1]));
  PetscCall(PetscMalloc1((size_t)b->hours * 2 * net->bus.n, &b->mismatch));
  SetPenalties(b, scale * options->admm_penalty);
  PetscFunctionReturn(0);
}

PetscErrorCode AdmmBorderDestroy(AdmmBorder *border)
{
  AdmmBorder b = *border;
  PetscFunctionBeginUser;
  if (!b) PetscFunctionReturn(0);
  for (PetscInt g = 0; g < b->n_groups; g++) PetscCall(PetscFree(b->group[g].branch));
  PetscCall(PetscFree2(b->group, b->link));
  PetscCall(PetscFree(b->flow));
  PetscCall(PetscFree3(b->penalty, b->value[0], b->value[1]));
  PetscCall(PetscFree(b->mismatch));
  PetscCall(PetscFree(*border));
  PetscFunctionReturn(0);
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

void AdmmBorderStart(AdmmBorder border, PetscReal *z)
{
  const BusTable *bus = &border->net->bus;

  for (PetscInt k = 0; k < border->n; k++) {
    const Coordinate c = AdmmBorderCoordinate(border, k);
    z[k]               = 0;
    if (c.kind != OPF_VM) continue;
    z[k] = 0.5 * (bus->vm_min_pu[c.row_i] + bus->vm_max_pu[c.row_i]) +
           c.cj * 0.5 * (bus->vm_min_pu[c.row_j] + bus->vm_max_pu[c.row_j]);
  }
}

/* End voltages (angles, then magnitudes) as a side has them; merged: each end as its owner has it. */
static void EndVoltages(AdmmBorder border, const PetscReal *difference_and_sum, PetscReal v[END_COUNT])
{
  v[END_VA_FROM] = 0.5 * (difference_and_sum[1] + difference_and_sum[0]);
  v[END_VA_TO]   = 0.5 * (difference_and_sum[1] - difference_and_sum[0]);
  v[END_VM_FROM] = v[END_VM_TO] = 1;
  if (border->physics != PHYSICS_AC) return;
  v[END_VM_FROM] = 0.5 * (difference_and_sum[3] + difference_and_sum[2]);
  v[END_VM_TO]   = 0.5 * (difference_and_sum[3] - difference_and_sum[2]);
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
static PetscReal TieViolation(AdmmBorder border, PetscInt b, PetscReal difference, const PetscReal value[FLOW_COUNT])
{
  const BranchTable *t    = &border->net->branch;
  const PetscReal    rate = t->rate_a[b] / border->net->base_mva;
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
  PetscReal      *mismatch = border->mismatch + (size_t)t * 2 * border->net->bus.n;

  for (int s = 0; s < 2; s++) EndVoltages(border, border->value[s] + at, side[s]);
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
    worst             = PetscMax(worst, TieViolation(border, b, reversed ? -d : d, true_flow));
  }
  return worst;
}

PetscErrorCode AdmmBorderResiduals(AdmmBorder border, PetscReal *mismatch_pu, PetscReal *violation_pu)
{
  const PetscInt n = 2 * border->net->bus.n;
  PetscFunctionBeginUser;
  *mismatch_pu = *violation_pu = 0;
  PetscCall(PetscArrayzero(border->mismatch, (size_t)border->hours * n));
  for (PetscInt t = 0; t < border->hours; t++) {
    const BranchFlow *flow = border->flow;
    for (PetscInt g = 0; g < border->n_groups; g++) {
      *violation_pu = PetscMax(*violation_pu, GroupResiduals(border, t, g, flow));
      flow += border->group[g].n_branches;
    }
    for (PetscInt k = 0; k < border->n_links; k++) {
      const PetscInt  at = t * border->per_hour + border->n_groups * border->per_group + k, l = border->link[k].index;
      const PetscReal loss = border->net->link.p_min_mw[l] < 0 ? 0 : border->net->link.loss1[l];
      border->mismatch[(size_t)t * n + 2 * border->link[k].to] +=
          (1 - loss) * (border->value[1][at] - border->value[0][at]);
    }
  }
  for (PetscInt i = 0; i < border->hours * n; i++)
    *mismatch_pu = PetscMax(*mismatch_pu, PetscAbsReal(border->mismatch[i]));
  PetscFunctionReturn(0);
}
