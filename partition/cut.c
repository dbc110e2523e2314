/* Cutting a network with PTScotch, making the border smaller, then mending what a partitioner does not promise: no empty
   region, none in pieces, none much larger than the others, none without generation. */
#include "partition/cut.h"

#include "partition/bus_graph.h"
#include "partition/separator.h"

#include <petscmat.h>
#include <scotch/scotch.h>
#include <stdlib.h>
#include <string.h>

/* Copies the graph, weights up to `most`, into a PETSc adjacency matrix, which takes the arrays. */
static PetscErrorCode GraphMatrix(const BusGraph *g, PetscInt most, Mat *adjacency)
{
  const PetscInt nnz = g->start[g->n];
  PetscInt      *start, *neighbour, *weight;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(g->n + 1, &start));
  PetscCall(PetscMalloc1(nnz, &neighbour));
  PetscCall(PetscMalloc1(nnz, &weight));
  PetscCall(PetscArraycpy(start, g->start, g->n + 1));
  PetscCall(PetscArraycpy(neighbour, g->neighbour, nnz));
  for (PetscInt e = 0; e < nnz; ++e) weight[e] = PetscMin(g->weight[e], most);
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

static PetscErrorCode CutByScotch(const BusGraph *g, PetscInt n_regions, PetscReal imbalance, PetscBool by_work,
                                  PetscInt most, PetscInt *region)
{
  PetscInt       *work; /* belongs to the partitioning */
  Mat             adjacency;
  MatPartitioning partitioning;
  IS              parts;
  const PetscInt *part;

  PetscFunctionBeginUser;
  PetscCall(GraphMatrix(g, most, &adjacency));
  PetscCall(MatPartitioningCreate(PETSC_COMM_SELF, &partitioning));
  PetscCall(MatPartitioningSetAdjacency(partitioning, adjacency));
  PetscCall(MatPartitioningSetType(partitioning, MATPARTITIONINGPTSCOTCH));
  if (by_work) {
    PetscCall(PetscMalloc1(g->n, &work));
    PetscCall(PetscArraycpy(work, g->work, g->n));
    PetscCall(MatPartitioningSetVertexWeights(partitioning, work));
  }
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

static PetscErrorCode PiecesCreate(const BusGraph *g, Pieces *s)
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

static void FindPieces(const BusGraph *g, const PetscInt *region, Pieces *s)
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
        if (!g->lines[e] || s->of_bus[j] >= 0 || region[j] != region[i]) continue;
        s->of_bus[j]        = s->n;
        s->queue[reached++] = j;
      }
    }
    ++s->n;
  }
}

/* The region with the strongest connection to a piece other than its own, or -1. pull [regions] is zero before and
   after. */
static PetscInt StrongestNeighbour(const BusGraph *g, const PetscInt *region, const Pieces *s, PetscInt piece,
                                   PetscInt first, PetscInt *pull)
{
  PetscInt best = -1;

  for (PetscInt k = first; k < first + s->size[piece]; ++k)
    for (PetscInt i = s->queue[k], e = g->start[i]; e < g->start[i + 1]; ++e)
      if (g->lines[e] && region[g->neighbour[e]] != region[i]) pull[region[g->neighbour[e]]] += g->weight[e];
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
static PetscBool MoveOnePiece(const BusGraph *g, PetscInt n_regions, PetscInt *region, Pieces *s, PetscInt *largest,
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

static PetscErrorCode JoinPieces(const BusGraph *g, PetscInt n_regions, PetscInt *region, Pieces *s)
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
static PetscErrorCode FillEmpty(const BusGraph *g, PetscInt n_regions, PetscInt *region, Pieces *s)
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
static PetscInt Detach(const BusGraph *g, const PetscInt *region, PetscInt bus, Pieces *s, PetscInt *out)
{
  PetscInt reached = 0, next = 0, n_out = 1, keep_first = 0, keep_size = 0;

  s->of_bus[bus] = 0;
  for (PetscInt e = g->start[bus]; e < g->start[bus + 1]; ++e) {
    const PetscInt root = g->neighbour[e], first = reached;
    if (!g->lines[e] || region[root] != region[bus] || s->of_bus[root] >= 0) continue;
    s->of_bus[root]     = 0;
    s->queue[reached++] = root;
    for (; next < reached; ++next)
      for (PetscInt i = s->queue[next], f = g->start[i]; f < g->start[i + 1]; ++f) {
        const PetscInt j = g->neighbour[f];
        if (!g->lines[f] || region[j] != region[bus] || s->of_bus[j] >= 0) continue;
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
static PetscInt Pull(const BusGraph *g, const PetscInt *region, PetscInt bus, PetscInt to)
{
  PetscInt pull = 0;

  for (PetscInt e = g->start[bus]; e < g->start[bus + 1]; ++e)
    if (region[g->neighbour[e]] == to) pull += g->weight[e];
  return pull;
}

static PetscErrorCode LoadsCreate(const BusGraph *g, PetscInt n_regions, const PetscInt *region, PetscInt **load)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_regions, load));
  for (PetscInt v = 0; v < g->n; ++v) (*load)[region[v]] += g->work[v];
  PetscFunctionReturn(0);
}

static PetscInt TotalWork(const BusGraph *g)
{
  PetscInt total = 0;

  for (PetscInt v = 0; v < g->n; ++v) total += g->work[v];
  return total;
}

/* Makes `best` the move of this bus that cuts least, if it betters `best`; `out` is working space like best->bus. */
static PetscErrorCode ConsiderBus(const BusGraph *g, const PetscInt *region, const PetscInt *load, PetscInt bus,
                                  Pieces *s, PetscInt *out, Move *best)
{
  const PetscInt from = region[bus];

  PetscFunctionBeginUser;
  for (PetscInt e = g->start[bus]; e < g->start[bus + 1]; ++e) {
    const PetscInt to = region[g->neighbour[e]];
    PetscInt       gain, n, work = 0;
    if (!g->lines[e] || to == from || load[to] + g->work[bus] >= load[from]) continue;
    gain = Pull(g, region, bus, to) - Pull(g, region, bus, from);
    if (best->n && gain <= best->gain) continue;
    n = Detach(g, region, bus, s, out);
    for (PetscInt k = 0; k < n; ++k) work += g->work[out[k]];
    if (load[to] + work >= load[from]) continue;
    *best = (Move){to, n, gain, best->bus};
    PetscCall(PetscArraycpy(best->bus, out, n));
  }
  PetscFunctionReturn(0);
}

/* Moves border buses out of regions with more than 1.1 times the mean work into lighter neighbours, each time where it
   cuts least. The sum of the squared loads falls with every move, so moves end. */
static PetscErrorCode Rebalance(const BusGraph *g, PetscInt n_regions, PetscInt *region, Pieces *s)
{
  const PetscInt limit = (PetscInt)PetscCeilReal(1.1 * (PetscReal)TotalWork(g) / (PetscReal)n_regions);
  PetscInt      *load, *out;
  Move           best;

  PetscFunctionBeginUser;
  PetscCall(LoadsCreate(g, n_regions, region, &load));
  PetscCall(PetscMalloc2(g->n, &out, g->n, &best.bus));
  for (PetscInt v = 0; v < g->n; ++v) s->of_bus[v] = -1;
  do {
    best.n = best.gain = 0;
    for (PetscInt v = 0; v < g->n; ++v)
      if (load[region[v]] > limit) PetscCall(ConsiderBus(g, region, load, v, s, out, &best));
    for (PetscInt k = 0; k < best.n; ++k) {
      load[region[best.bus[k]]] -= g->work[best.bus[k]];
      load[best.to] += g->work[best.bus[k]];
      region[best.bus[k]] = best.to;
    }
  } while (best.n);
  PetscCall(PetscFree(load));
  PetscCall(PetscFree2(out, best.bus));
  PetscFunctionReturn(0);
}

/* Cuts into regions of at least so many buses, on average, should leave none with less than a twentieth of the mean
   work; nor one without a generator, where there are plenty of them. */
enum { COUNTRY_BUSES = 20, CRUMB = 20, PLENTY = 4 };

/* Marks regions with next to no work, and counts those without a generator. */
static PetscErrorCode FindDegenerate(const BusGraph *g, PetscInt n_regions, const PetscInt *region, PetscBool *crumb,
                                     PetscInt *n_crumbs, PetscInt *n_idle)
{
  const PetscInt least = TotalWork(g) / n_regions / CRUMB;
  PetscInt      *load, *units, total = 0;

  PetscFunctionBeginUser;
  PetscCall(LoadsCreate(g, n_regions, region, &load));
  PetscCall(PetscCalloc1(n_regions, &units));
  for (PetscInt v = 0; v < g->n; ++v) units[region[v]] += g->units[v], total += g->units[v];
  *n_crumbs = *n_idle = 0;
  for (PetscInt r = 0; r < n_regions; ++r) {
    const PetscBool country = (PetscBool)(load[r] && g->n >= COUNTRY_BUSES * n_regions);
    crumb[r]                = (PetscBool)(country && load[r] < least);
    *n_crumbs += crumb[r];
    *n_idle += country && !units[r] && total >= PLENTY * n_regions;
  }
  PetscCall(PetscFree(load));
  PetscCall(PetscFree(units));
  PetscFunctionReturn(0);
}

/* The region with most of the weight between it and `from`, or -1. */
static PetscErrorCode NearestRegion(const BusGraph *g, PetscInt n_regions, const PetscInt *region, PetscInt from,
                                    PetscInt *nearest)
{
  PetscInt *pull;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_regions, &pull));
  for (PetscInt v = 0; v < g->n; ++v)
    for (PetscInt e = g->start[v]; e < g->start[v + 1] && region[v] == from; ++e)
      if (region[g->neighbour[e]] != from) pull[region[g->neighbour[e]]] += g->weight[e];
  *nearest = -1;
  for (PetscInt r = 0; r < n_regions; ++r)
    if (pull[r] && (*nearest < 0 || pull[r] > pull[*nearest])) *nearest = r;
  PetscCall(PetscFree(pull));
  PetscFunctionReturn(0);
}

/* Joins regions with next to no work to a neighbour, which leaves numbers without a region. */
static PetscErrorCode MergeCrumbs(const BusGraph *g, PetscInt n_regions, PetscInt *region)
{
  PetscBool *crumb;
  PetscInt   n_crumbs, n_idle, to = -1;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_regions, &crumb));
  PetscCall(FindDegenerate(g, n_regions, region, crumb, &n_crumbs, &n_idle));
  for (PetscInt r = 0; r < n_regions && n_crumbs; ++r) {
    if (!crumb[r]) continue;
    PetscCall(NearestRegion(g, n_regions, region, r, &to));
    for (PetscInt v = 0; v < g->n && to >= 0; ++v)
      if (region[v] == r) region[v] = to;
  }
  PetscCall(PetscFree(crumb));
  PetscFunctionReturn(0);
}

/* Badness of a cut: the unknowns of its border and, at one each, the weight of what it severs, for which ADMM pays;
   dearer by how far the largest region exceeds the mean, much dearer beyond a tenth, and for each region with next to
   no work or without a generator. */
static PetscErrorCode CutScore(const BusGraph *g, PetscInt n_regions, const PetscInt *region, PetscReal *score)
{
  PetscInt  *load, border, n_crumbs, n_idle, largest = 0, severed = 0;
  PetscBool *crumb;
  PetscReal  excess;

  PetscFunctionBeginUser;
  PetscCall(LoadsCreate(g, n_regions, region, &load));
  PetscCall(PetscMalloc1(n_regions, &crumb));
  PetscCall(FindDegenerate(g, n_regions, region, crumb, &n_crumbs, &n_idle));
  PetscCall(SeparatorCost(g, region, &border));
  for (PetscInt r = 0; r < n_regions; ++r) largest = PetscMax(largest, load[r]);
  for (PetscInt v = 0; v < g->n; ++v)
    for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e)
      if (region[g->neighbour[e]] < region[v]) severed += g->weight[e];
  excess = (PetscReal)largest * (PetscReal)n_regions / (PetscReal)TotalWork(g) - 1;
  *score = ((PetscReal)border + (PetscReal)severed) * (1 + excess + 10 * PetscMax(0, excess - 0.1)) *
           (PetscReal)(1 + n_crumbs + n_idle);
  PetscCall(PetscFree(load));
  PetscCall(PetscFree(crumb));
  PetscFunctionReturn(0);
}

typedef struct {
  PetscInt  n_regions;
  PetscReal score;
  PetscInt *region; /* [g->n] */
} BestCut;

/* Mends a cut, which can spoil its balance, and keeps it if it is the best so far. */
static PetscErrorCode Try(const BusGraph *g, PetscInt *trial, Pieces *s, BestCut *best)
{
  PetscReal score = 0;
  PetscInt  border;

  PetscFunctionBeginUser;
  PetscCall(SeparatorCost(g, trial, &border));
  if ((PetscReal)border >= best->score) PetscFunctionReturn(0); /* mending seldom makes the border smaller */
  PetscCall(JoinPieces(g, best->n_regions, trial, s));
  PetscCall(FillEmpty(g, best->n_regions, trial, s));
  PetscCall(Rebalance(g, best->n_regions, trial, s));
  PetscCall(CutScore(g, best->n_regions, trial, &score));
  if (score >= best->score) PetscFunctionReturn(0);
  best->score = score;
  PetscCall(PetscArraycpy(best->region, trial, g->n));
  PetscFunctionReturn(0);
}

/* From so many vertices on, fewer cuts are tried. */
enum { LARGE = 5000 };

/* Scotch knows edges alone, and a balance of its own: of many of its cuts, weighted in several ways and each refined
   with a looser and a tighter balance, the best mended one is taken. Then the border of the best may slide far out of
   balance and back, and stays where it comes to rest if that is better. */
static PetscErrorCode CutBest(const BusGraph *g, PetscInt n_regions, PetscInt *region, Pieces *s)
{
  static const PetscReal imbalance[] = {0.02, 0.07, 0.12, 0.04, 0.15};
  const int              n_tries     = g->n < LARGE ? 5 : 3;
  BestCut                best        = {n_regions, PETSC_MAX_REAL, region};
  PetscInt              *trial;

  PetscFunctionBeginUser;
  PetscCall(MakeScotchRepeatable());
  PetscCall(PetscMalloc1(g->n, &trial));
  for (int k = 0; k < n_tries; ++k)
    for (int by_work = 0; by_work < 2; ++by_work)
      for (PetscInt most = 2; most <= 8; most += 6) {
        PetscCall(CutByScotch(g, n_regions, imbalance[k], (PetscBool)by_work, most, trial));
        PetscCall(Try(g, trial, s, &best));
        PetscCall(SeparatorRefine(g, n_regions, 0.08, trial));
        PetscCall(Try(g, trial, s, &best));
        PetscCall(SeparatorRefine(g, n_regions, 0.04, trial));
        PetscCall(Try(g, trial, s, &best));
      }
  for (PetscInt kick = 0; kick < 6; ++kick) {
    PetscCall(PetscArraycpy(trial, region, g->n));
    PetscCall(SeparatorRefine(g, n_regions, 0.5 - 0.07 * (PetscReal)kick, trial));
    PetscCall(SeparatorRefine(g, n_regions, 0.06, trial));
    PetscCall(Try(g, trial, s, &best));
  }
  PetscCall(PetscFree(trial));
  PetscFunctionReturn(0);
}

/* Fewer vertices than regions: one each. */
static PetscErrorCode CutGraph(const BusGraph *g, PetscInt n_regions, PetscInt *region)
{
  Pieces s = {0};

  PetscFunctionBeginUser;
  for (PetscInt v = 0; v < g->n; ++v) region[v] = n_regions == 1 ? 0 : v;
  if (n_regions == 1 || n_regions >= g->n) PetscFunctionReturn(0);
  PetscCall(PiecesCreate(g, &s));
  PetscCall(CutBest(g, n_regions, region, &s));
  PetscCall(MergeCrumbs(g, n_regions, region));
  PetscCall(PiecesDestroy(&s));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkCut(Network net, PetscInt n_regions, PetscInt *bus_region)
{
  BusGraph  g = {0};
  PetscInt *region;

  PetscFunctionBeginUser;
  PetscCheck(n_regions >= 1 && n_regions <= net->bus.n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " regions of %" PetscInt_FMT " buses", n_regions, net->bus.n);
  PetscCall(BusGraphCreate(net, &g));
  PetscCall(PetscMalloc1(g.n, &region));
  PetscCall(CutGraph(&g, n_regions, region));
  for (PetscInt i = 0; i < net->bus.n; ++i) bus_region[i] = region[g.vertex[i]];
  PetscCall(PetscFree(region));
  PetscCall(BusGraphDestroy(&g));
  PetscFunctionReturn(0);
}
