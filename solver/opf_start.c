/* Where an AC optimal power flow begins. */
#include "solver/opf_start.h"

#include <math.h>

static const PetscInt  sweeps      = 100;  /* of the magnitudes' relaxation */
static const PetscReal middle_pull = 1;    /* of the middle of a magnitude's limits, beside admittances per unit */
static const PetscReal margin      = 0.25; /* of a magnitude's range, kept from its limits */
static const PetscReal zero_pull   = 0.01; /* of angle zero, per unit of power per radian: islands without reference */
static const PetscInt  angle_iterations   = 300;
static const PetscReal angle_tolerance    = 1e-3; /* of the residual's norm, relative */
static const PetscReal largest_difference = 0.28; /* radians, over a branch */
static const PetscReal least_share        = 0.02; /* of the generators' ranges, also from above */

/* Branches in service between electric buses, and a linear system over the buses. */
typedef struct {
  PetscInt   n, n_branch, *from, *to;
  PetscReal *stiffness, *admittance, *tap, *shift; /* [n_branch] */
  PetscBool *held;                                 /* [n] reference */
  PetscReal *diagonal, *b, *x, *r, *z, *direction, *product;
} Grid;

static PetscErrorCode GridCreate(Network net, Grid *g)
{
  const BranchTable *br = &net->branch;
  const PetscInt     n  = net->bus.n;

  PetscFunctionBeginUser;
  *g = (Grid){.n = n};
  PetscCall(PetscMalloc2(br->n, &g->from, br->n, &g->to));
  PetscCall(PetscMalloc4(br->n, &g->stiffness, br->n, &g->admittance, br->n, &g->tap, br->n, &g->shift));
  PetscCall(PetscCalloc7(n, &g->diagonal, n, &g->b, n, &g->x, n, &g->r, n, &g->z, n, &g->direction, n, &g->product));
  PetscCall(PetscMalloc1(n, &g->held));
  for (PetscInt k = 0; k < n; k++) {
    g->held[k]     = (PetscBool)(net->bus.type[k] == BUS_REF);
    g->diagonal[k] = zero_pull;
  }
  for (PetscInt k = 0; k < br->n; k++) {
    const PetscReal square = PetscSqr(br->r[k]) + PetscSqr(br->x[k]);
    const PetscInt  e      = g->n_branch;

    if (!br->in_service[k] || !(square > 0)) continue;
    g->from[e]       = br->from[k];
    g->to[e]         = br->to[k];
    g->admittance[e] = 1 / PetscSqrtReal(square);
    g->stiffness[e]  = PetscAbsReal(br->x[k]) / square;
    g->tap[e]        = br->tap[k];
    g->shift[e]      = br->shift_rad[k];
    g->diagonal[g->from[e]] += g->stiffness[e];
    g->diagonal[g->to[e]] += g->stiffness[e];
    g->n_branch++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode GridDestroy(Grid *g)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(g->from, g->to));
  PetscCall(PetscFree4(g->stiffness, g->admittance, g->tap, g->shift));
  PetscCall(PetscFree7(g->diagonal, g->b, g->x, g->r, g->z, g->direction, g->product));
  PetscCall(PetscFree(g->held));
  PetscFunctionReturn(0);
}

/* Damped Jacobi sweeps towards the weighted mean of neighbours (behind the taps) and the middle, within the margins. */
static void RelaxMagnitudes(Network net, Grid *g, PetscReal *vm)
{
  const BusTable  *bus = &net->bus;
  PetscReal *const sum = g->r, *const weight = g->z;

  for (PetscInt k = 0; k < g->n; k++) vm[k] = 0.5 * (bus->vm_min_pu[k] + bus->vm_max_pu[k]);
  for (PetscInt k = 0; k < g->n; k++) weight[k] = middle_pull;
  for (PetscInt e = 0; e < g->n_branch; e++) {
    weight[g->from[e]] += g->admittance[e];
    weight[g->to[e]] += g->admittance[e];
  }
  for (PetscInt sweep = 0; sweep < sweeps; sweep++) {
    for (PetscInt k = 0; k < g->n; k++) sum[k] = middle_pull * 0.5 * (bus->vm_min_pu[k] + bus->vm_max_pu[k]);
    for (PetscInt e = 0; e < g->n_branch; e++) {
      sum[g->from[e]] += g->admittance[e] * vm[g->to[e]] * g->tap[e];
      sum[g->to[e]] += g->admittance[e] * vm[g->from[e]] / g->tap[e];
    }
    for (PetscInt k = 0; k < g->n; k++) {
      const PetscReal inset = margin * (bus->vm_max_pu[k] - bus->vm_min_pu[k]);
      const PetscReal mean  = 0.5 * (vm[k] + sum[k] / weight[k]);

      vm[k] = PetscMin(PetscMax(mean, bus->vm_min_pu[k] + inset), bus->vm_max_pu[k] - inset);
    }
  }
}

/* Active power into each bus from outside the branches: loads, and generators at the share of their ranges that serves them. */
static void Injections(Network net, PetscInt snapshot, PetscReal *b)
{
  PetscReal load = 0, least = 0, range = 0, share;

  for (PetscInt k = 0; k < net->bus.n; k++) b[k] = 0;
  for (PetscInt l = 0; l < net->load.n; l++) {
    const PetscReal p = NetworkLoadP(net, l, snapshot) / net->base_mva;

    if (!net->load.in_service[l] || !NetworkBusIsElectric(net, net->load.bus[l])) continue;
    b[net->load.bus[l]] -= p;
    load += p;
  }
  for (int pass = 0; pass < 2; pass++) {
    share = range > 0 ? PetscMin(PetscMax((load - least) / range, least_share), 1 - least_share) : 0;
    for (PetscInt k = 0; k < net->generator.n; k++) {
      const PetscReal low  = NetworkGeneratorPMin(net, k, snapshot) / net->base_mva;
      const PetscReal high = NetworkGeneratorPMax(net, k, snapshot) / net->base_mva;

      if (!net->generator.in_service[k] || !NetworkBusIsElectric(net, net->generator.bus[k])) continue;
      if (!(low > PETSC_NINFINITY && high < PETSC_INFINITY)) continue;
      if (pass == 0) {
        least += low;
        range += high - low;
      } else
        b[net->generator.bus[k]] += low + share * (high - low);
    }
  }
}

/* product = stiffness matrix x v, v zero at references. */
static void Multiply(Grid *g, const PetscReal *v, PetscReal *product)
{
  for (PetscInt k = 0; k < g->n; k++) product[k] = g->diagonal[k] * v[k];
  for (PetscInt e = 0; e < g->n_branch; e++) {
    product[g->from[e]] -= g->stiffness[e] * v[g->to[e]];
    product[g->to[e]] -= g->stiffness[e] * v[g->from[e]];
  }
}

/* z = r over the diagonal, zero at references; gives r'z. */
static PetscReal Precondition(Grid *g)
{
  PetscReal product = 0;

  for (PetscInt k = 0; k < g->n; k++) {
    g->z[k] = g->held[k] ? 0 : g->r[k] / g->diagonal[k];
    product += g->r[k] * g->z[k];
  }
  return product;
}

/* Conjugate gradients from the angles x of the hour before; exactness does not matter. */
static void SolveAngles(Grid *g)
{
  PetscReal rz, target;

  for (PetscInt k = 0; k < g->n; k++) g->r[k] = g->b[k];
  target = PetscSqr(angle_tolerance) * Precondition(g);
  Multiply(g, g->x, g->product);
  for (PetscInt k = 0; k < g->n; k++) g->r[k] -= g->product[k];
  rz = Precondition(g);
  for (PetscInt k = 0; k < g->n; k++) g->direction[k] = g->z[k];
  for (PetscInt i = 0; i < angle_iterations && rz > target; i++) {
    PetscReal curvature = 0, length, before = rz;

    Multiply(g, g->direction, g->product);
    for (PetscInt k = 0; k < g->n; k++) curvature += g->direction[k] * g->product[k];
    length = rz / curvature;
    for (PetscInt k = 0; k < g->n; k++) {
      g->x[k] += length * g->direction[k];
      g->r[k] -= length * g->product[k];
    }
    rz = Precondition(g);
    for (PetscInt k = 0; k < g->n; k++) g->direction[k] = g->z[k] + rz / before * g->direction[k];
  }
}

/* Angles from the solution, relative to a reference's given angle. */
static void ScaleAngles(Network net, const Grid *g, PetscReal *va)
{
  PetscReal largest = 0, scale, reference = 0;

  for (PetscInt k = g->n - 1; k >= 0; k--) reference = g->held[k] ? net->bus.va_rad[k] : reference;
  for (PetscInt e = 0; e < g->n_branch; e++)
    largest = PetscMax(largest, PetscAbsReal(g->x[g->from[e]] - g->x[g->to[e]]));
  scale = largest > largest_difference ? largest_difference / largest : 1;
  for (PetscInt k = 0; k < g->n; k++) va[k] = reference + scale * g->x[k];
}

PetscErrorCode OpfStart(Network net, PetscInt hours, PetscInt first_snapshot, PetscReal *va, PetscReal *vm)
{
  const PetscInt n = net->bus.n;
  Grid           g;

  PetscFunctionBeginUser;
  PetscCall(GridCreate(net, &g));
  RelaxMagnitudes(net, &g, vm);
  for (PetscInt t = 0; t < hours; t++) {
    if (t > 0) PetscCall(PetscArraycpy(vm + t * n, vm, n));
    Injections(net, first_snapshot < 0 ? -1 : first_snapshot + t, g.b);
    for (PetscInt e = 0; e < g.n_branch; e++) {
      g.b[g.from[e]] += g.stiffness[e] * g.shift[e];
      g.b[g.to[e]] -= g.stiffness[e] * g.shift[e];
    }
    SolveAngles(&g);
    ScaleAngles(net, &g, va + t * n);
  }
  PetscCall(GridDestroy(&g));
  PetscFunctionReturn(0);
}
