/* Cutting a network with PTScotch, then mending what a partitioner does not promise: no empty region, none in pieces,
   none much larger than the others. */
#include "partition/cut.h"

#include "partition/partition.h"

#include <petscmat.h>
#include <scotch/scotch.h>
#include <stdlib.h>
#include <string.h>

/* Adjacency of the buses over active branches and links; parallels are merged. */
typedef struct {
  PetscInt  n;
  PetscInt *start;     /* [n + 1] */
  PetscInt *neighbour; /* [start[n]] ascending in each row */
  PetscInt *weight;    /* [start[n]] reluctance to cut here */
  PetscInt *branches;  /* [start[n]] active branches; 0: joined by links alone */
} Graph;

typedef struct {
  PetscInt from, to, weight, branches;
} Edge;

static int CompareEdges(const void *a, const void *b)
{
  const Edge *x = a, *y = b;

  if (x->from != y->from) return x->from < y->from ? -1 : 1;
  return (x->to > y->to) - (x->to < y->to);
}

static int CompareReals(const void *a, const void *b)
{
  const PetscReal x = *(const PetscReal *)a, y = *(const PetscReal *)b;

  return (x > y) - (x < y);
}

static PetscReal Admittance(const BranchTable *b, PetscInt k)
{
  return 1.0 / PetscMax(PetscSqrtReal(b->r[k] * b->r[k] + b->x[k] * b->x[k]), 1e-9);
}

/* A cut costs one for each line, two for one at least twice as stiff as the median: short couplers, which would tie the
   voltages of two regions together, rather stay inside. */
static PetscErrorCode BranchWeights(Network net, PetscInt *weight)
{
  const BranchTable *b = &net->branch;
  PetscReal         *sorted, median = 1.0;
  PetscInt           n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(b->n, &sorted));
  for (PetscInt k = 0; k < b->n; ++k)
    if (NetworkBranchActive(net, k)) sorted[n++] = Admittance(b, k);
  qsort(sorted, (size_t)n, sizeof *sorted, CompareReals);
  if (n) median = sorted[n / 2];
  for (PetscInt k = 0; k < b->n; ++k) weight[k] = (PetscInt)PetscMin(PetscMax(Admittance(b, k) / median, 1.0), 2.0);
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(0);
}

static void AddEdge(Edge *edge, PetscInt *n, PetscInt from, PetscInt to, PetscInt weight, PetscInt branches)
{
  if (from == to) return;
  edge[(*n)++] = (Edge){from, to, weight, branches};
  edge[(*n)++] = (Edge){to, from, weight, branches};
}

static PetscErrorCode GraphCreate(Network net, Graph *g)
{
  Edge     *edge;
  PetscInt *weight, n = 0, rows = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(2 * (net->branch.n + net->link.n), &edge, net->branch.n, &weight));
  PetscCall(BranchWeights(net, weight));
  for (PetscInt k = 0; k < net->branch.n; ++k)
    if (NetworkBranchActive(net, k)) AddEdge(edge, &n, net->branch.from[k], net->branch.to[k], weight[k], 1);
  for (PetscInt k = 0; k < net->link.n; ++k)
    if (NetworkLinkActive(net, k)) AddEdge(edge, &n, net->link.from[k], net->link.to[k], 1, 0);
  qsort(edge, (size_t)n, sizeof *edge, CompareEdges);
  g->n = net->bus.n;
  PetscCall(PetscCalloc1(g->n + 1, &g->start));
  PetscCall(PetscMalloc3(n, &g->neighbour, n, &g->weight, n, &g->branches));
  for (PetscInt k = 0; k < n; ++k) {
    if (k && !CompareEdges(&edge[k], &edge[k - 1])) {
      g->weight[rows - 1] += edge[k].weight;
      g->branches[rows - 1] += edge[k].branches;
      continue;
    }
    g->neighbour[rows]         = edge[k].to;
    g->weight[rows]            = edge[k].weight;
    g->branches[rows]          = edge[k].branches;
    g->start[edge[k].from + 1] = ++rows;
  }
  for (PetscInt i = 0; i < g->n; ++i) g->start[i + 1] = PetscMax(g->start[i + 1], g->start[i]);
  PetscCall(PetscFree2(edge, weight));
  PetscFunctionReturn(0);
}

static PetscErrorCode GraphDestroy(Graph *g)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(g->start));
  PetscCall(PetscFree3(g->neighbour, g->weight, g->branches));
  PetscFunctionReturn(0);
}

/* Copies the graph into a PETSc adjacency matrix, which takes the arrays. */
static PetscErrorCode GraphMatrix(const Graph *g, Mat *adjacency)
{
  const PetscInt nnz = g->start[g->n];
  PetscInt      *start, *neighbour, *weight;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(g->n + 1, &start));
  PetscCall(PetscMalloc1(nnz, &neighbour));
  PetscCall(PetscMalloc1(nnz, &weight));
  PetscCall(PetscArraycpy(start, g->start, g->n + 1));
  PetscCall(PetscArraycpy(neighbour, g->neighbour, nnz));
  PetscCall(PetscArraycpy(weight, g->weight, nnz));
  PetscCall(MatCreateMPIAdj(PETSC_COMM_SELF, g->n, g->n, start, neighbour, weight, adjacency));
  PetscFunctionReturn(0);
}

/* Scotch 7 would use as many threads as the machine has, and its generator goes on from the last call: one thread and a
   reset make the cut a function of the graph alone. */
static PetscErrorCode MakeScotchRepeatable(void)
{
  PetscFunctionBeginUser;
  PetscCheck(setenv("SCOTCH_PTHREAD_NUMBER", "1", 1) == 0, PETSC_COMM_SELF, PETSC_ERR_SYS,
             "Cannot set the environment");
  SCOTCH_randomReset();
  PetscFunctionReturn(0);
}

static PetscErrorCode CutByScotch(const Graph *g, PetscInt n_regions, PetscReal imbalance, PetscInt *region)
{
  Mat             adjacency;
  MatPartitioning partitioning;
  IS              parts;
  const PetscInt *part;

  PetscFunctionBeginUser;
  PetscCall(GraphMatrix(g, &adjacency));
  PetscCall(MatPartitioningCreate(PETSC_COMM_SELF, &partitioning));
  PetscCall(MatPartitioningSetAdjacency(partitioning, adjacency));
  PetscCall(MatPartitioningSetType(partitioning, MATPARTITIONINGPTSCOTCH));
  PetscCall(MatPartitioningSetUseEdgeWeights(partitioning, PETSC_TRUE));
  PetscCall(MatPartitioningPTScotchSetStrategy(partitioning, MP_PTSCOTCH_QUALITY));
  PetscCall(MatPartitioningPTScotchSetImbalance(partitioning, imbalance));
  PetscCall(MatPartitioningSetNParts(partitioning, n_regions));
  PetscCall(MatPartitioningApply(partitioning, &parts));
  PetscCall(ISGetIndices(parts, &part));
  PetscCall(PetscArraycpy(region, part, g->n));
  PetscCall(ISRestoreIndices(parts, &part));
  PetscCall(ISDestroy(&parts));
  PetscCall(MatPartitioningDestroy(&partitioning));
  PetscCall(MatDestroy(&adjacency));
  PetscFunctionReturn(0);
}

/* Pieces: connected parts of regions over branches. */
typedef struct {
  PetscInt  n;
  PetscInt *of_bus; /* [buses] piece */
  PetscInt *size;   /* [n] buses (allocated for n = buses) */
  PetscInt *queue;  /* [buses] buses in the order they were reached, piece by piece */
} Pieces;

static PetscErrorCode PiecesCreate(const Graph *g, Pieces *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(g->n, &s->of_bus, g->n, &s->size, g->n, &s->queue));
  PetscFunctionReturn(0);
}

static PetscErrorCode PiecesDestroy(Pieces *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(s->of_bus, s->size, s->queue));
  PetscFunctionReturn(0);
}

static void FindPieces(const Graph *g, const PetscInt *region, Pieces *s)
{
  PetscInt reached = 0, next = 0;

  s->n = 0;
  for (PetscInt i = 0; i < g->n; ++i) s->of_bus[i] = -1;
  for (PetscInt root = 0; root < g->n; ++root) {
    if (s->of_bus[root] >= 0) continue;
    s->of_bus[root]     = s->n;
    s->queue[reached++] = root;
    s->size[s->n]       = 0;
    for (; next < reached; ++next) {
      const PetscInt i = s->queue[next];
      ++s->size[s->n];
      for (PetscInt e = g->start[i]; e < g->start[i + 1]; ++e) {
        const PetscInt j = g->neighbour[e];
        if (!g->branches[e] || s->of_bus[j] >= 0 || region[j] != region[i]) continue;
        s->of_bus[j]        = s->n;
        s->queue[reached++] = j;
      }
    }
    ++s->n;
  }
}

/* The region with the strongest connection to a piece other than its own, or -1. pull [regions] is zero before and
   after. */
static PetscInt StrongestNeighbour(const Graph *g, const PetscInt *region, const Pieces *s, PetscInt piece,
                                   PetscInt first, PetscInt *pull)
{
  PetscInt best = -1;

  for (PetscInt k = first; k < first + s->size[piece]; ++k)
    for (PetscInt i = s->queue[k], e = g->start[i]; e < g->start[i + 1]; ++e)
      if (g->branches[e] && region[g->neighbour[e]] != region[i]) pull[region[g->neighbour[e]]] += g->weight[e];
  for (PetscInt k = first; k < first + s->size[piece]; ++k)
    for (PetscInt i = s->queue[k], e = g->start[i]; e < g->start[i + 1]; ++e) {
      const PetscInt r = region[g->neighbour[e]];
      if (pull[r] && (best < 0 || pull[r] > pull[best] || (pull[r] == pull[best] && r < best))) best = r;
    }
  for (PetscInt k = first; k < first + s->size[piece]; ++k)
    for (PetscInt i = s->queue[k], e = g->start[i]; e < g->start[i + 1]; ++e) pull[region[g->neighbour[e]]] = 0;
  return best;
}

/* Gives one piece that is not its region's largest to a neighbouring region. Each move joins pieces, so moves end. */
static PetscBool MoveOnePiece(const Graph *g, PetscInt n_regions, PetscInt *region, Pieces *s, PetscInt *largest,
                              PetscInt *pull)
{
  FindPieces(g, region, s);
  for (PetscInt r = 0; r < n_regions; ++r) largest[r] = -1;
  for (PetscInt piece = 0, first = 0; piece < s->n; first += s->size[piece++]) {
    const PetscInt r = region[s->queue[first]];
    if (largest[r] < 0 || s->size[piece] > s->size[largest[r]]) largest[r] = piece;
  }
  for (PetscInt piece = 0, first = 0; piece < s->n; first += s->size[piece++]) {
    PetscInt to;
    if (largest[region[s->queue[first]]] == piece) continue;
    to = StrongestNeighbour(g, region, s, piece, first, pull);
    if (to < 0) continue;
    for (PetscInt k = first; k < first + s->size[piece]; ++k) region[s->queue[k]] = to;
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscErrorCode JoinPieces(const Graph *g, PetscInt n_regions, PetscInt *region, Pieces *s)
{
  PetscInt *largest, *pull;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_regions, &largest));
  PetscCall(PetscCalloc1(n_regions, &pull));
  while (MoveOnePiece(g, n_regions, region, s, largest, pull)) continue;
  PetscCall(PetscFree(largest));
  PetscCall(PetscFree(pull));
  PetscFunctionReturn(0);
}

/* Gives each empty region one bus of the largest region: the last one reached by a breadth-first search of that
   region's last piece, whose removal leaves the piece connected. */
static PetscErrorCode FillEmpty(const Graph *g, PetscInt n_regions, PetscInt *region, Pieces *s)
{
  PetscInt *size;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_regions, &size));
  for (PetscInt i = 0; i < g->n; ++i) ++size[region[i]];
  for (PetscInt empty = 0; empty < n_regions; ++empty) {
    PetscInt largest = 0, k = g->n - 1;
    if (size[empty]) continue;
    for (PetscInt r = 1; r < n_regions; ++r)
      if (size[r] > size[largest]) largest = r;
    FindPieces(g, region, s);
    while (region[s->queue[k]] != largest) --k;
    region[s->queue[k]] = empty;
    --size[largest];
    ++size[empty];
  }
  PetscCall(PetscFree(size));
  PetscFunctionReturn(0);
}

/* A move that makes a region smaller: the bus and what would be cut off with it, to a neighbouring region. */
typedef struct {
  PetscInt  to, n, gain;
  PetscInt *bus; /* [n] */
} Move;

/* Buses that leave region[bus] when `bus` does, so that its largest remaining piece stays whole: into `out`, which
   has room for all; their number. s->of_bus must be -1 for all buses and is so again. */
static PetscInt Detach(const Graph *g, const PetscInt *region, PetscInt bus, Pieces *s, PetscInt *out)
{
  PetscInt reached = 0, next = 0, n_out = 1, keep_first = 0, keep_size = 0;

  s->of_bus[bus] = 0;
  for (PetscInt e = g->start[bus]; e < g->start[bus + 1]; ++e) {
    const PetscInt root = g->neighbour[e], first = reached;
    if (!g->branches[e] || region[root] != region[bus] || s->of_bus[root] >= 0) continue;
    s->of_bus[root]     = 0;
    s->queue[reached++] = root;
    for (; next < reached; ++next)
      for (PetscInt i = s->queue[next], f = g->start[i]; f < g->start[i + 1]; ++f) {
        const PetscInt j = g->neighbour[f];
        if (!g->branches[f] || region[j] != region[bus] || s->of_bus[j] >= 0) continue;
        s->of_bus[j]        = 0;
        s->queue[reached++] = j;
      }
    if (reached - first > keep_size) keep_first = first, keep_size = reached - first;
  }
  out[0] = s->queue[reached] = bus;
  for (PetscInt k = 0; k < reached; ++k)
    if (k < keep_first || k >= keep_first + keep_size) out[n_out++] = s->queue[k];
  for (PetscInt k = 0; k <= reached; ++k) s->of_bus[s->queue[k]] = -1;
  return n_out;
}

/* Weight between a bus and a region. */
static PetscInt Pull(const Graph *g, const PetscInt *region, PetscInt bus, PetscInt to)
{
  PetscInt pull = 0;

  for (PetscInt e = g->start[bus]; e < g->start[bus + 1]; ++e)
    if (region[g->neighbour[e]] == to) pull += g->weight[e];
  return pull;
}

/* Makes `best` the move of this bus that cuts least, if it betters `best`; `out` is working space like best->bus. */
static PetscErrorCode ConsiderBus(const Graph *g, const PetscInt *region, const PetscInt *size, PetscInt bus, Pieces *s,
                                  PetscInt *out, Move *best)
{
  const PetscInt from = region[bus];

  PetscFunctionBeginUser;
  for (PetscInt e = g->start[bus]; e < g->start[bus + 1]; ++e) {
    const PetscInt to = region[g->neighbour[e]];
    PetscInt       gain, n;
    if (!g->branches[e] || to == from || size[to] + 1 >= size[from]) continue;
    gain = Pull(g, region, bus, to) - Pull(g, region, bus, from);
    if (best->n && gain <= best->gain) continue;
    n = Detach(g, region, bus, s, out);
    if (size[to] + n >= size[from]) continue;
    *best = (Move){to, n, gain, best->bus};
    PetscCall(PetscArraycpy(best->bus, out, n));
  }
  PetscFunctionReturn(0);
}

/* Moves border buses out of regions of more than 1.1 times the mean into smaller neighbours, each time where it cuts
   least. The sum of the squared sizes falls with every move, so moves end. */
static PetscErrorCode Rebalance(const Graph *g, PetscInt n_regions, PetscInt *region, Pieces *s)
{
  const PetscInt limit = (PetscInt)PetscCeilReal(1.1 * (PetscReal)g->n / (PetscReal)n_regions);
  PetscInt      *size, *out;
  Move           best;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_regions, &size));
  PetscCall(PetscMalloc2(g->n, &out, g->n, &best.bus));
  for (PetscInt i = 0; i < g->n; ++i) ++size[region[i]], s->of_bus[i] = -1;
  do {
    best.n = best.gain = 0;
    for (PetscInt i = 0; i < g->n; ++i)
      if (size[region[i]] > limit) PetscCall(ConsiderBus(g, region, size, i, s, out, &best));
    for (PetscInt k = 0; k < best.n; ++k) {
      --size[region[best.bus[k]]];
      ++size[best.to];
      region[best.bus[k]] = best.to;
    }
  } while (best.n);
  PetscCall(PetscFree(size));
  PetscCall(PetscFree2(out, best.bus));
  PetscFunctionReturn(0);
}

/* Badness of a cut: the weight of what it severs, dearer by how far the largest region exceeds the mean by more than
   a tenth. */
static PetscErrorCode CutScore(const Graph *g, PetscInt n_regions, const PetscInt *region, PetscReal *score)
{
  PetscInt *size, largest = 0, severed = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_regions, &size));
  for (PetscInt i = 0; i < g->n; ++i) {
    largest = PetscMax(largest, ++size[region[i]]);
    for (PetscInt e = g->start[i]; e < g->start[i + 1]; ++e)
      if (region[g->neighbour[e]] != region[i]) severed += g->weight[e];
  }
  PetscCall(PetscFree(size));
  *score = (PetscReal)severed * (1 + 10 * PetscMax(0, (PetscReal)(largest * n_regions) / (PetscReal)g->n - 1.1));
  PetscFunctionReturn(0);
}

/* Mending can spoil the balance, the more the tighter Scotch was told to keep it: of several tolerances the best mended
   cut is taken. */
static PetscErrorCode CutBest(const Graph *g, PetscInt n_regions, PetscInt *region, Pieces *s)
{
  static const PetscReal imbalance[] = {0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.05, 0.03};
  PetscReal              best = PETSC_MAX_REAL, score = 0;
  PetscInt              *trial;

  PetscFunctionBeginUser;
  PetscCall(MakeScotchRepeatable());
  PetscCall(PetscMalloc1(g->n, &trial));
  for (size_t k = 0; k < sizeof imbalance / sizeof *imbalance; ++k) {
    PetscCall(CutByScotch(g, n_regions, imbalance[k], trial));
    PetscCall(JoinPieces(g, n_regions, trial, s));
    PetscCall(FillEmpty(g, n_regions, trial, s));
    PetscCall(Rebalance(g, n_regions, trial, s));
    PetscCall(CutScore(g, n_regions, trial, &score));
    if (score >= best) continue;
    best = score;
    PetscCall(PetscArraycpy(region, trial, g->n));
  }
  PetscCall(PetscFree(trial));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkCut(Network net, PetscInt n_regions, PetscInt *bus_region)
{
  Graph  g = {0};
  Pieces s = {0};

  PetscFunctionBeginUser;
  PetscCheck(n_regions >= 1 && n_regions <= net->bus.n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " regions of %" PetscInt_FMT " buses", n_regions, net->bus.n);
  for (PetscInt i = 0; i < net->bus.n; ++i) bus_region[i] = n_regions == 1 ? 0 : i;
  if (n_regions == 1 || n_regions == net->bus.n) PetscFunctionReturn(0);
  PetscCall(GraphCreate(net, &g));
  PetscCall(PiecesCreate(&g, &s));
  PetscCall(CutBest(&g, n_regions, bus_region, &s));
  PetscCall(PiecesDestroy(&s));
  PetscCall(GraphDestroy(&g));
  PetscFunctionReturn(0);
}
