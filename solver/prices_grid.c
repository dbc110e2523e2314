/* Islands and the transposed power-flow Jacobian of a dispatched hour. */
#include "partition/partition.h"
#include "solver/prices_impl.h"

#include <math.h>

/* Root of a bus's tree; paths are halved on the way. */
static PetscInt Root(PetscInt *parent, PetscInt b)
{
  while (parent[b] != b) b = parent[b] = parent[parent[b]];
  return b;
}

/* Islands in order of their first buses: the smaller root stays one. */
static PetscErrorCode FindIslands(PriceGrid *g)
{
  const BusTable *bus = &g->net->bus;
  PetscInt       *parent;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(bus->n, &parent));
  for (PetscInt b = 0; b < bus->n; b++) parent[b] = b;
  for (PetscInt k = 0; k < g->n_branch; k++) {
    const PetscInt from        = Root(parent, g->net->branch.from[g->branch[k]]);
    const PetscInt to          = Root(parent, g->net->branch.to[g->branch[k]]);
    parent[PetscMax(from, to)] = PetscMin(from, to);
  }
  PetscCall(PetscMalloc3(bus->n, &g->island, bus->n, &g->size, bus->n, &g->anchor));
  for (PetscInt b = 0; b < bus->n; b++) {
    const PetscInt root = Root(parent, b);
    g->island[b]        = -1;
    if (bus->type[b] == BUS_ISOLATED) continue;
    if (root == b) {
      g->anchor[g->n_islands] = b;
      g->size[g->n_islands]   = 0;
      g->island[b]            = g->n_islands++;
    }
    const PetscInt i = g->island[b] = g->island[root];
    if (bus->type[b] == BUS_REF && bus->type[g->anchor[i]] != BUS_REF) g->anchor[i] = b;
    g->size[i]++;
  }
  PetscCall(PetscFree(parent));
  PetscFunctionReturn(0);
}

/* A bus by itself has nothing to be solved. */
static PetscErrorCode NumberUnknowns(PriceGrid *g)
{
  const PetscInt n = g->net->bus.n;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * n, &g->number));
  for (PetscInt b = 0; b < n; b++) {
    const PetscInt  i     = g->island[b];
    const PetscBool alone = (PetscBool)(i < 0 || g->size[i] < 2);
    g->number[b]          = alone || g->anchor[i] == b ? -1 : g->n++;
    g->number[n + b]      = alone || !g->ac ? -1 : g->n++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode SelectBranches(PriceGrid *g)
{
  const PetscInt n = g->net->branch.n;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(n, &g->branch, n, &g->flow, n, &g->dc));
  for (PetscInt k = 0; k < n; k++) {
    if (!NetworkBranchActive(g->net, k)) continue;
    if (g->ac)
      BranchFlowSetUp(g->net, k, &g->flow[g->n_branch]);
    else
      DcFlowSetUp(g->net, k, g->physics, &g->dc[g->n_branch]);
    g->branch[g->n_branch++] = k;
  }
  PetscFunctionReturn(0);
}

/* DC flows see the angle difference alone. */
static void DcElement(const DcFlow *flow, PetscReal difference, PriceElement *e)
{
  for (int end = 0; end < 2; end++) {
    const int       k           = end == 0 ? FLOW_P_FROM : FLOW_P_TO;
    const PetscReal slope       = DcFlowSlope(flow, end, difference);
    e->value[k]                 = DcFlowValue(flow, end, difference);
    e->gradient[k][END_VA_FROM] = slope;
    e->gradient[k][END_VA_TO]   = -slope;
  }
}

PriceElement PriceElementAt(const PriceGrid *g, PetscInt k)
{
  const PetscInt   n = g->net->bus.n, from = g->net->branch.from[g->branch[k]], to = g->net->branch.to[g->branch[k]];
  const PetscReal *va = g->dispatch->va_rad + g->hour * n, *vm = g->dispatch->vm_pu + g->hour * n;
  PriceElement     e = {.branch = g->branch[k]};

  e.row[FLOW_P_FROM] = e.end[END_VA_FROM] = from;
  e.row[FLOW_Q_FROM] = e.end[END_VM_FROM] = n + from;
  e.row[FLOW_P_TO] = e.end[END_VA_TO] = to;
  e.row[FLOW_Q_TO] = e.end[END_VM_TO] = n + to;
  if (!g->ac) {
    DcElement(&g->dc[k], va[from] - va[to], &e);
    return e;
  }
  const BranchPoint point = BranchPointAt(va[from], va[to], vm[from], vm[to]);
  for (int j = 0; j < FLOW_COUNT; j++) {
    e.value[j] = BranchFlowValue(&g->flow[k], &point, j);
    BranchFlowGradient(&g->flow[k], &point, j, e.gradient[j]);
  }
  return e;
}

/* Slopes by the bus's magnitude of what an AC shunt takes: active power g v^2, reactive -b v^2. */
static void ShuntSlopes(const PriceGrid *g, PetscInt s, PetscReal slope[2])
{
  const ShuntTable *t = &g->net->shunt;
  const PetscReal   v = g->dispatch->vm_pu[g->hour * g->net->bus.n + t->bus[s]];
  slope[0]            = t->in_service[s] ? 2 * v * t->g_mw[s] / g->net->base_mva : 0;
  slope[1]            = t->in_service[s] ? -2 * v * t->b_mvar[s] / g->net->base_mva : 0;
}

/* Sixteen entries a branch, two an AC shunt; those without a number are ignored by the matrix. */
static PetscErrorCode CreateMatrix(PriceGrid *g)
{
  const ShuntTable *shunt = &g->net->shunt;
  const PetscInt    n     = FLOW_COUNT * END_COUNT * g->n_branch + (g->ac ? 2 * shunt->n : 0);
  PetscInt         *row, *column, at = 0;

  PetscFunctionBegin;
  if (g->n == 0) PetscFunctionReturn(0);
  PetscCall(PetscMalloc2(n, &row, n, &column));
  PetscCall(PetscMalloc1(n, &g->entry));
  for (PetscInt k = 0; k < g->n_branch; k++) {
    const PriceElement e = PriceElementAt(g, k);
    for (int j = 0; j < FLOW_COUNT; j++)
      for (int v = 0; v < END_COUNT; v++, at++) row[at] = g->number[e.end[v]], column[at] = g->number[e.row[j]];
  }
  for (PetscInt s = 0; s < shunt->n && g->ac; s++)
    for (int j = 0; j < 2; j++, at++) {
      row[at]    = g->number[g->net->bus.n + shunt->bus[s]];
      column[at] = g->number[j * g->net->bus.n + shunt->bus[s]];
    }
  PetscCall(MatCreate(PETSC_COMM_SELF, &g->transposed));
  PetscCall(MatSetSizes(g->transposed, g->n, g->n, g->n, g->n));
  PetscCall(MatSetType(g->transposed, MATSEQAIJ));
  PetscCall(MatSetPreallocationCOO(g->transposed, n, row, column));
  PetscCall(MatCreateVecs(g->transposed, &g->solution, &g->right));
  PetscCall(VecDuplicate(g->solution, &g->correction));
  PetscCall(PetscFree2(row, column));
  PetscFunctionReturn(0);
}

PetscErrorCode PriceGridCreate(Network net, Dispatch dispatch, Physics physics, PriceGrid *grid)
{
  PetscFunctionBegin;
  *grid       = (PriceGrid){.net = net, .dispatch = dispatch, .physics = physics};
  grid->ac    = (PetscBool)(physics == PHYSICS_AC);
  grid->lossy = (PetscBool)(grid->ac || physics == PHYSICS_DC_LOSSES);
  PetscCall(SelectBranches(grid));
  PetscCall(FindIslands(grid));
  PetscCall(NumberUnknowns(grid));
  PetscCall(CreateMatrix(grid));
  PetscFunctionReturn(0);
}

PetscErrorCode PriceGridDestroy(PriceGrid *g)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(g->island, g->size, g->anchor));
  PetscCall(PetscFree3(g->branch, g->flow, g->dc));
  PetscCall(PetscFree(g->number));
  PetscCall(PetscFree(g->entry));
  PetscCall(MatDestroy(&g->factor));
  PetscCall(MatDestroy(&g->transposed));
  PetscCall(VecDestroy(&g->right));
  PetscCall(VecDestroy(&g->solution));
  PetscCall(VecDestroy(&g->correction));
  PetscFunctionReturn(0);
}

void PriceGridForces(const PriceGrid *g, const PetscReal *dual, PetscReal *force)
{
  const PetscInt n = g->net->bus.n;
  PetscReal      slope[2];

  for (PetscInt i = 0; i < 2 * n; i++) force[i] = 0;
  for (PetscInt k = 0; k < g->n_branch; k++) {
    const PriceElement e = PriceElementAt(g, k);
    for (int j = 0; j < FLOW_COUNT; j++)
      for (int v = 0; v < END_COUNT; v++) force[e.end[v]] += dual[e.row[j]] * e.gradient[j][v];
  }
  for (PetscInt s = 0; s < g->net->shunt.n && g->ac; s++) {
    const PetscInt b = g->net->shunt.bus[s];
    ShuntSlopes(g, s, slope);
    force[n + b] += dual[b] * slope[0] + dual[n + b] * slope[1];
  }
}

static PetscErrorCode FillMatrix(PriceGrid *g)
{
  PetscReal *entry = g->entry;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < g->n_branch; k++) {
    const PriceElement e = PriceElementAt(g, k);
    for (int j = 0; j < FLOW_COUNT; j++)
      for (int v = 0; v < END_COUNT; v++) *entry++ = e.gradient[j][v];
  }
  for (PetscInt s = 0; s < g->net->shunt.n && g->ac; s++, entry += 2) ShuntSlopes(g, s, entry);
  PetscCall(MatSetValuesCOO(g->transposed, g->entry, INSERT_VALUES));
  PetscFunctionReturn(0);
}

/* KLU, as in the power flow; its symbolic part is done once for all hours. */
static PetscErrorCode Factorise(PriceGrid *g)
{
  PetscFunctionBegin;
  if (!g->factor) {
    PetscCall(MatGetFactor(g->transposed, MATSOLVERKLU, MAT_FACTOR_LU, &g->factor));
    PetscCall(MatLUFactorSymbolic(g->factor, g->transposed, NULL, NULL, NULL));
  }
  PetscCall(MatLUFactorNumeric(g->factor, g->transposed, NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode PriceGridFactorise(PriceGrid *g, PetscBool *regular)
{
  PetscErrorCode failed;

  PetscFunctionBegin;
  *regular = PETSC_TRUE;
  if (g->n == 0) PetscFunctionReturn(0);
  PetscCall(FillMatrix(g));
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  failed = Factorise(g);
  PetscCall(PetscPopErrorHandler());
  *regular = (PetscBool)!failed;
  PetscFunctionReturn(0);
}

/* Copies between a vector over the buses and one over the unknowns. */
static PetscErrorCode ToUnknowns(const PriceGrid *g, const PetscReal *value, Vec unknowns)
{
  PetscReal *x;

  PetscFunctionBegin;
  PetscCall(VecGetArray(unknowns, &x));
  for (PetscInt i = 0; i < 2 * g->net->bus.n; i++)
    if (g->number[i] >= 0) x[g->number[i]] = value[i];
  PetscCall(VecRestoreArray(unknowns, &x));
  PetscFunctionReturn(0);
}

PetscErrorCode PriceGridSolve(PriceGrid *g, const PetscReal *force, PetscReal *dual)
{
  const PetscReal *x;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < 2 * g->net->bus.n; i++) dual[i] = 0;
  if (g->n == 0) PetscFunctionReturn(0);
  PetscCall(ToUnknowns(g, force, g->right));
  PetscCall(MatSolve(g->factor, g->right, g->solution));
  /* one refinement: the parts of a price can be much larger than their sum */
  PetscCall(MatMult(g->transposed, g->solution, g->correction));
  PetscCall(VecAXPY(g->right, -1, g->correction));
  PetscCall(MatSolve(g->factor, g->right, g->correction));
  PetscCall(VecAXPY(g->solution, 1, g->correction));
  PetscCall(VecGetArrayRead(g->solution, &x));
  for (PetscInt i = 0; i < 2 * g->net->bus.n; i++)
    if (g->number[i] >= 0) dual[i] = x[g->number[i]];
  PetscCall(VecRestoreArrayRead(g->solution, &x));
  PetscFunctionReturn(0);
}
