/* Kirchhoff's voltage law in an expansion model: around every cycle of a basis, impedance times flow and phase shifts
   sum to zero. The basis comes from trees of shortest paths, one for each sub-network and period, grown from the bus
   with the most branches: each branch outside the tree closes one cycle. Or by angles: one row for each branch. */
#include "solver/expansion_impl.h"

#include <math.h>
#include <string.h>

#define DEGREE (PETSC_PI / 180)

/* The grid in one period. */
typedef struct {
  Expansion        e;
  PetscInt         period, n, n_buses, n_sub;
  ExpansionBranch *branch;
  PetscInt        *sub_of_bus;         /* [buses] */
  PetscBool       *ac;                 /* [sub-networks] */
  PetscInt        *start, *end_branch; /* branches at a bus: start [buses + 1] */
  PetscInt        *parent, *depth;     /* [buses] branch to the bus that is nearer to the root, -1 at the root */
  PetscBool       *in_tree;            /* [branches] */
} Grid;

static PetscErrorCode ListBranches(Grid *g)
{
  PetscInt i, *at;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(g->n_buses + 2, &at));
  PetscCall(PetscMalloc1(2 * g->n, &g->end_branch));
  for (i = 0; i < g->n; i++) {
    if (!ExpansionBranchCounts(g->e, &g->branch[i], g->period)) continue;
    at[g->branch[i].bus0 + 2]++;
    at[g->branch[i].bus1 + 2]++;
  }
  for (i = 0; i < g->n_buses; i++) at[i + 2] += at[i + 1];
  for (i = 0; i < g->n; i++) {
    if (!ExpansionBranchCounts(g->e, &g->branch[i], g->period)) continue;
    g->end_branch[at[g->branch[i].bus0 + 1]++] = i;
    g->end_branch[at[g->branch[i].bus1 + 1]++] = i;
  }
  g->start = at;
  PetscFunctionReturn(0);
}

/* Buses in order of distance from a root. */
static void GrowTree(Grid *g, PetscInt root, PetscInt *queue)
{
  PetscInt head = 0, tail = 0, k;

  g->depth[root]  = 0;
  g->parent[root] = -1;
  queue[tail++]   = root;
  while (head < tail) {
    const PetscInt bus = queue[head++];
    for (k = g->start[bus]; k < g->start[bus + 1]; k++) {
      const ExpansionBranch *b     = &g->branch[g->end_branch[k]];
      const PetscInt         other = b->bus0 == bus ? b->bus1 : b->bus0;
      if (g->depth[other] >= 0) continue;
      g->depth[other]              = g->depth[bus] + 1;
      g->parent[other]             = g->end_branch[k];
      g->in_tree[g->end_branch[k]] = PETSC_TRUE;
      queue[tail++]                = other;
    }
  }
}

static PetscErrorCode GrowTrees(Grid *g)
{
  PetscInt *best, *queue, i;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(g->n_buses, &g->parent, g->n_buses, &g->depth, g->n, &g->in_tree));
  PetscCall(PetscMalloc2(g->n_sub, &best, g->n_buses, &queue));
  PetscCall(PetscArrayzero(g->in_tree, g->n));
  for (i = 0; i < g->n_sub; i++) best[i] = -1;
  for (i = 0; i < g->n_buses; i++) {
    PetscInt *b = &best[g->sub_of_bus[i]];
    g->depth[i] = -1;
    if (*b < 0 || g->start[i + 1] - g->start[i] > g->start[*b + 1] - g->start[*b]) *b = i;
  }
  for (i = 0; i < g->n_sub; i++) GrowTree(g, best[i], queue);
  PetscCall(PetscFree2(best, queue));
  PetscFunctionReturn(0);
}

static PetscErrorCode GridSetUp(Grid *g, PetscInt period)
{
  PetscFunctionBeginUser;
  g->period = period;
  PetscCall(PetscMalloc1(g->n_buses, &g->sub_of_bus));
  PetscCall(ExpansionSubNetworks(g->e, g->n, g->branch, period, &g->n_sub, g->sub_of_bus));
  PetscCall(PetscMalloc1(g->n_sub, &g->ac));
  PetscCall(ExpansionSubNetworksAc(g->e, g->n_sub, g->sub_of_bus, g->ac));
  PetscCall(ListBranches(g));
  PetscCall(GrowTrees(g));
  PetscFunctionReturn(0);
}

static PetscErrorCode GridReset(Grid *g)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(g->sub_of_bus));
  PetscCall(PetscFree(g->ac));
  PetscCall(PetscFree(g->start));
  PetscCall(PetscFree(g->end_branch));
  PetscCall(PetscFree3(g->parent, g->depth, g->in_tree));
  PetscFunctionReturn(0);
}

/* A cycle: its branches and the direction in which each is passed. */
typedef struct {
  PetscInt   n;
  PetscInt  *branch;
  PetscReal *sign;
} Cycle;

static void Pass(const Grid *g, Cycle *cycle, PetscInt branch, PetscInt from)
{
  cycle->branch[cycle->n] = branch;
  cycle->sign[cycle->n++] = g->branch[branch].bus0 == from ? 1 : -1;
}

static PetscInt Other(const Grid *g, PetscInt branch, PetscInt bus)
{
  return g->branch[branch].bus0 == bus ? g->branch[branch].bus1 : g->branch[branch].bus0;
}

/* From bus0 to bus1 of the closing branch, and back through the tree: both ends climb until they meet. */
static void FindCycle(const Grid *g, PetscInt closing, Cycle *cycle)
{
  PetscInt there = g->branch[closing].bus1, here = g->branch[closing].bus0;

  cycle->n = 0;
  Pass(g, cycle, closing, here);
  while (there != here)
    if (g->depth[there] >= g->depth[here]) {
      Pass(g, cycle, g->parent[there], there);
      there = Other(g, g->parent[there], there);
    } else {
      const PetscInt up = Other(g, g->parent[here], here);
      Pass(g, cycle, g->parent[here], up); /* passed downwards */
      here = up;
    }
}

/* sum of sign (impedance flow + shift) = 0 at a snapshot, divided by the largest impedance. */
static PetscErrorCode AddCycleRow(Grid *g, const Cycle *cycle, PetscInt t, PetscReal scale, PetscInt *column,
                                  PetscReal *value)
{
  const LinearLabel label = {EXPANSION_CYCLE, cycle->branch[0], t};
  const PetscBool   ac    = g->ac[g->sub_of_bus[g->branch[cycle->branch[0]].bus0]];
  PetscReal         side  = 0;
  PetscInt          i, n = 0;

  PetscFunctionBeginUser;
  for (i = 0; i < cycle->n; i++) {
    const ExpansionBranch *b = &g->branch[cycle->branch[i]];
    column[n]                = g->e->power[b->kind][b->row] + t;
    value[n++]               = scale * cycle->sign[i] * ExpansionImpedance(b, ac);
    if (b->kind != COMPONENT_TRANSFORMER) continue;
    side -= scale * cycle->sign[i] * DEGREE * ExpansionFixedShift(g->e, b, t);
    if (g->e->phase_shift[b->row] < 0) continue;
    column[n]  = g->e->phase_shift[b->row] + t;
    value[n++] = scale * cycle->sign[i] * DEGREE;
  }
  PetscCall(LinearProgramAddRow(g->e->program, label, side, side, n, column, value, NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddCycle(Grid *g, const Cycle *cycle)
{
  const PetscBool ac   = g->ac[g->sub_of_bus[g->branch[cycle->branch[0]].bus0]];
  PetscReal       most = 0, *value;
  PetscInt        i, t, *column;

  PetscFunctionBeginUser;
  for (i = 0; i < cycle->n; i++)
    most = PetscMax(most, PetscAbsReal(ExpansionImpedance(&g->branch[cycle->branch[i]], ac)));
  if (most == 0) PetscFunctionReturn(0);
  PetscCall(PetscMalloc2(2 * cycle->n, &column, 2 * cycle->n, &value));
  for (t = g->e->first[g->period]; t <= g->e->last[g->period]; t++)
    PetscCall(AddCycleRow(g, cycle, t, 1 / most, column, value));
  PetscCall(PetscFree2(column, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddCycles(Grid *g)
{
  Cycle    cycle;
  PetscInt i;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(g->n, &cycle.branch, g->n, &cycle.sign));
  for (i = 0; i < g->n; i++) {
    if (g->in_tree[i] || !ExpansionBranchCounts(g->e, &g->branch[i], g->period)) continue;
    FindCycle(g, i, &cycle);
    PetscCall(AddCycle(g, &cycle));
  }
  PetscCall(PetscFree2(cycle.branch, cycle.sign));
  PetscFunctionReturn(0);
}

/* impedance flow - angle0 + angle1 + shift = 0 of one branch, angles times the sub-network's scale. */
static PetscErrorCode AddAngleRows(Grid *g, PetscInt i, const PetscInt *angle, PetscReal scale)
{
  const ExpansionBranch *b = &g->branch[i];
  const PetscReal        z = scale * ExpansionImpedance(b, g->ac[g->sub_of_bus[b->bus0]]);
  PetscInt               t, n, column[4];
  PetscReal              value[4];

  PetscFunctionBeginUser;
  for (t = g->e->first[g->period]; t <= g->e->last[g->period]; t++) {
    const LinearLabel label = {EXPANSION_CYCLE, i, t};
    const PetscReal   side  = b->kind == COMPONENT_TRANSFORMER ? -scale * DEGREE * ExpansionFixedShift(g->e, b, t) : 0;
    n                       = 0;
    column[n]               = g->e->power[b->kind][b->row] + t;
    value[n++]              = z;
    column[n]               = angle[b->bus0] + t;
    value[n++]              = -1;
    column[n]               = angle[b->bus1] + t;
    value[n++]              = 1;
    if (b->kind == COMPONENT_TRANSFORMER && g->e->phase_shift[b->row] >= 0) {
      column[n]  = g->e->phase_shift[b->row] + t;
      value[n++] = scale * DEGREE;
    }
    PetscCall(LinearProgramAddRow(g->e->program, label, side, side, n, column, value, NULL));
  }
  PetscFunctionReturn(0);
}

/* Angles are counted from the root of each tree; one unit is what a flow of 1 MW drops over the largest impedance. */
static PetscErrorCode AddAngles(Grid *g, const PetscInt *angle)
{
  PetscReal *most;
  PetscInt   i, t;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(g->n_sub, &most));
  for (i = 0; i < g->n; i++) {
    const PetscInt s = g->branch[i].bus0 < 0 ? 0 : g->sub_of_bus[g->branch[i].bus0];
    if (!ExpansionBranchCounts(g->e, &g->branch[i], g->period)) continue;
    most[s] = PetscMax(most[s], PetscAbsReal(ExpansionImpedance(&g->branch[i], g->ac[s])));
  }
  for (i = 0; i < g->n_buses; i++)
    for (t = g->e->first[g->period]; t <= g->e->last[g->period] && g->parent[i] >= 0; t++) {
      g->e->program->lower[angle[i] + t] = -INFINITY;
      g->e->program->upper[angle[i] + t] = INFINITY;
    }
  for (i = 0; i < g->n; i++)
    if (ExpansionBranchCounts(g->e, &g->branch[i], g->period) && most[g->sub_of_bus[g->branch[i].bus0]] > 0)
      PetscCall(AddAngleRows(g, i, angle, 1 / most[g->sub_of_bus[g->branch[i].bus0]]));
  PetscCall(PetscFree(most));
  PetscFunctionReturn(0);
}

/* Variables of the angles of buses with branches, all 0 until a period frees them. */
static PetscErrorCode AddAngleVariables(Grid *g, PetscInt *angle)
{
  PetscInt i;

  PetscFunctionBeginUser;
  for (i = 0; i < g->n_buses; i++) angle[i] = -1;
  for (i = 0; i < 2 * g->n; i++) {
    const ExpansionBranch *b     = &g->branch[i / 2];
    const PetscInt         bus   = i % 2 ? b->bus1 : b->bus0;
    const LinearLabel      label = {EXPANSION_ANGLE, bus, 0};
    if (bus >= 0 && angle[bus] < 0)
      PetscCall(LinearProgramAddVariables(g->e->program, g->e->c->n_snapshots, label, 0, 0, &angle[bus]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddVoltageLaw(Expansion e)
{
  Grid      g     = {.e = e, .n_buses = e->c->table[COMPONENT_BUS].n};
  PetscInt *angle = NULL, period;

  PetscFunctionBeginUser;
  PetscCall(ExpansionGetBranches(e, &g.n, &g.branch));
  if (g.n && e->options.angles) {
    PetscCall(PetscMalloc1(g.n_buses, &angle));
    PetscCall(AddAngleVariables(&g, angle));
  }
  for (period = 0; g.n && period < e->n_periods; period++) {
    PetscCall(GridSetUp(&g, period));
    if (angle)
      PetscCall(AddAngles(&g, angle));
    else
      PetscCall(AddCycles(&g));
    PetscCall(GridReset(&g));
  }
  PetscCall(PetscFree(angle));
  PetscCall(PetscFree(g.branch));
  PetscFunctionReturn(0);
}

/* Buses in order of depth in their trees. */
static void SortByDepth(const Grid *g, PetscInt *order)
{
  PetscInt depth, i, n = 0;

  for (depth = 0; n < g->n_buses; depth++)
    for (i = 0; i < g->n_buses; i++)
      if (g->depth[i] == depth) order[n++] = i;
}

static void AnglesAt(const Grid *g, const PetscInt *order, const PetscReal *x, PetscInt t, PetscReal *theta,
                     PetscReal *mean)
{
  PetscInt i;

  PetscArrayzero(mean, 2 * g->n_sub);
  for (i = 0; i < g->n_buses; i++) {
    const PetscInt         bus = order[i], sub = g->sub_of_bus[bus];
    const ExpansionBranch *b    = g->parent[bus] < 0 ? NULL : &g->branch[g->parent[bus]];
    PetscReal              drop = 0;
    if (b) {
      drop = ExpansionImpedance(b, g->ac[sub]) * x[ExpansionPower(g->e, b->kind, b->row, t)] +
             DEGREE * ExpansionShiftOf(g->e, b, x, t);
    }
    theta[bus] = !b ? 0 : b->bus1 == bus ? theta[b->bus0] - drop : theta[b->bus1] + drop;
    mean[2 * sub] += theta[bus];
    mean[2 * sub + 1] += 1;
  }
  for (i = 0; i < g->n_buses; i++) theta[i] -= mean[2 * g->sub_of_bus[i]] / mean[2 * g->sub_of_bus[i] + 1];
}

PetscErrorCode ExpansionAngles(Expansion e, const PetscReal *x, PetscReal *angle)
{
  Grid       g = {.e = e, .n_buses = e->c->table[COMPONENT_BUS].n};
  PetscInt   period, t, i, *order;
  PetscReal *theta, *mean;

  PetscFunctionBeginUser;
  PetscCall(ExpansionGetBranches(e, &g.n, &g.branch));
  PetscCall(PetscMalloc3(g.n_buses, &order, g.n_buses, &theta, 2 * g.n_buses, &mean));
  for (period = 0; g.n && period < e->n_periods; period++) {
    PetscCall(GridSetUp(&g, period));
    SortByDepth(&g, order);
    for (t = e->first[period]; t <= e->last[period]; t++) {
      AnglesAt(&g, order, x, t, theta, mean);
      for (i = 0; i < g.n_buses; i++) angle[i * e->c->n_snapshots + t] = theta[i];
    }
    PetscCall(GridReset(&g));
  }
  PetscCall(PetscFree3(order, theta, mean));
  PetscCall(PetscFree(g.branch));
  PetscFunctionReturn(0);
}
