/* The graph of buses, branches and links with the weights by which it is cut. */
#include "partition/bus_graph.h"

#include "partition/cover.h"
#include "partition/partition.h"

#include <stdlib.h>

typedef struct {
  PetscInt from, to, weight, lines;
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

/* A cut costs one for each line, two for one at least twice as stiff as the median, eight for a coupler: what would
   tie the voltages of two regions together rather stays inside. */
static PetscErrorCode BranchWeights(Network net, PetscInt *weight)
{
  const BranchTable *b = &net->branch;
  PetscReal         *sorted, median = 1.0;
  PetscInt           n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(b->n, &sorted));
  for (PetscInt k = 0; k < b->n; ++k)
    if (NetworkBranchActive(net, k)) sorted[n++] = Admittance(b, k);
  if (n) {
    qsort(sorted, (size_t)n, sizeof *sorted, CompareReals);
    median = sorted[n / 2];
  }
  for (PetscInt k = 0; k < b->n; ++k) {
    const PetscReal stiffness = Admittance(b, k) / median;
    weight[k]                 = stiffness >= 100 ? 8 : stiffness >= 2 ? 2 : 1;
  }
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(0);
}

/* A link cannot be relieved by another path, and a converter between carriers is one unit with the plant behind it. */
enum { LINK_WEIGHT = 4, CONVERTER_WEIGHT = 8 };

PetscErrorCode NetworkBusWork(Network net, PetscInt *work)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < net->bus.n; ++i)
    work[i] = net->bus.type[i] != BUS_ISOLATED && NetworkBusIsElectric(net, i) ? 4 : 1;
  for (PetscInt k = 0; k < net->branch.n; ++k)
    if (NetworkBranchActive(net, k)) ++work[net->branch.from[k]], ++work[net->branch.to[k]];
  for (PetscInt k = 0; k < net->link.n; ++k)
    if (NetworkLinkActive(net, k)) ++work[net->link.from[k]], ++work[net->link.to[k]];
  for (PetscInt k = 0; k < net->generator.n; ++k)
    if (net->generator.in_service[k]) work[net->generator.bus[k]] += 3;
  for (PetscInt k = 0; k < net->storage.n; ++k)
    if (net->storage.in_service[k]) work[net->storage.bus[k]] += 6;
  PetscFunctionReturn(0);
}

/* Sets of buses that stay together, each a tree of parents. */
static PetscInt Root(PetscInt *parent, PetscInt bus)
{
  while (parent[bus] != bus) bus = parent[bus] = parent[parent[bus]];
  return bus;
}

static void Join(PetscInt *parent, PetscInt a, PetscInt b)
{
  const PetscInt x = Root(parent, a), y = Root(parent, b);

  parent[PetscMax(x, y)] = PetscMin(x, y);
}

static PetscInt OtherEnd(const LinkTable *l, PetscInt k, PetscInt bus)
{
  return l->from[k] == bus ? l->to[k] : l->from[k];
}

/* Each energy bus with an electric bus behind a link: the link of the largest capacity, the first of equals. */
static PetscErrorCode JoinEnergyBuses(Network net, PetscInt *parent)
{
  const LinkTable *l = &net->link;
  PetscInt        *best;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(net->bus.n, &best));
  for (PetscInt i = 0; i < net->bus.n; ++i) best[i] = -1;
  for (PetscInt k = 0; k < l->n; ++k) {
    const PetscInt ends[2] = {l->from[k], l->to[k]};
    if (!NetworkLinkActive(net, k)) continue;
    for (int e = 0; e < 2; ++e) {
      if (NetworkBusIsElectric(net, ends[e]) || !NetworkBusIsElectric(net, ends[1 - e])) continue;
      if (best[ends[e]] < 0 || l->p_max_mw[k] > l->p_max_mw[best[ends[e]]]) best[ends[e]] = k;
    }
  }
  for (PetscInt i = 0; i < net->bus.n; ++i)
    if (best[i] >= 0) Join(parent, i, OtherEnd(l, best[i], i));
  PetscCall(PetscFree(best));
  PetscFunctionReturn(0);
}

/* Vertices are numbered in the order of their first buses. */
static PetscErrorCode FindVertices(Network net, BusGraph *g)
{
  PetscInt *parent;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(net->bus.n, &parent));
  for (PetscInt i = 0; i < net->bus.n; ++i) parent[i] = i;
  for (PetscInt k = 0; k < net->link.n; ++k) {
    if (net->link.to2[k] < 0 && net->link.to3[k] < 0) continue;
    Join(parent, net->link.from[k], net->link.to[k]);
    if (net->link.to2[k] >= 0) Join(parent, net->link.from[k], net->link.to2[k]);
    if (net->link.to3[k] >= 0) Join(parent, net->link.from[k], net->link.to3[k]);
  }
  PetscCall(JoinEnergyBuses(net, parent));
  PetscCall(PetscMalloc1(net->bus.n, &g->vertex));
  g->n = 0;
  for (PetscInt i = 0; i < net->bus.n; ++i) g->vertex[i] = Root(parent, i) == i ? g->n++ : g->vertex[Root(parent, i)];
  PetscCall(PetscFree(parent));
  PetscFunctionReturn(0);
}

static PetscErrorCode WeighVertices(Network net, BusGraph *g)
{
  PetscInt *work;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(g->n, &g->work, g->n, &g->cost, g->n, &g->units));
  PetscCall(PetscMalloc1(net->bus.n, &work));
  PetscCall(NetworkBusWork(net, work));
  for (PetscInt i = 0; i < net->bus.n; ++i) {
    const PetscInt cost = NetworkBusIsElectric(net, i) ? COVER_BUS_UNKNOWNS : COVER_ENERGY_BUS_UNKNOWNS;
    g->work[g->vertex[i]] += work[i];
    g->cost[g->vertex[i]] = PetscMax(g->cost[g->vertex[i]], cost);
  }
  for (PetscInt k = 0; k < net->generator.n; ++k)
    if (net->generator.in_service[k]) ++g->units[g->vertex[net->generator.bus[k]]];
  PetscCall(PetscFree(work));
  PetscFunctionReturn(0);
}

/* Both directions of an edge; what joins a vertex to itself is no edge. */
static void AddEdge(const BusGraph *g, Edge *edge, PetscInt *n, PetscInt from, PetscInt to, PetscInt weight,
                    PetscInt lines)
{
  const PetscInt f = g->vertex[from], t = g->vertex[to];

  if (f == t) return;
  edge[(*n)++] = (Edge){f, t, weight, lines};
  edge[(*n)++] = (Edge){t, f, weight, lines};
}

static PetscErrorCode ListEdges(Network net, const BusGraph *g, Edge *edge, PetscInt *n)
{
  PetscInt *weight;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(net->branch.n, &weight));
  PetscCall(BranchWeights(net, weight));
  *n = 0;
  for (PetscInt k = 0; k < net->branch.n; ++k)
    if (NetworkBranchActive(net, k)) AddEdge(g, edge, n, net->branch.from[k], net->branch.to[k], weight[k], 1);
  for (PetscInt k = 0; k < net->link.n; ++k) {
    const PetscInt from = net->link.from[k], to = net->link.to[k];
    const PetscInt electric = NetworkBusIsElectric(net, from) && NetworkBusIsElectric(net, to);
    if (NetworkLinkActive(net, k)) AddEdge(g, edge, n, from, to, electric ? LINK_WEIGHT : CONVERTER_WEIGHT, !electric);
  }
  if (*n) qsort(edge, (size_t)*n, sizeof *edge, CompareEdges);
  PetscCall(PetscFree(weight));
  PetscFunctionReturn(0);
}

PetscErrorCode BusGraphCreate(Network net, BusGraph *g)
{
  Edge    *edge;
  PetscInt n = 0, rows = 0;

  PetscFunctionBeginUser;
  PetscCall(FindVertices(net, g));
  PetscCall(WeighVertices(net, g));
  PetscCall(PetscMalloc1(2 * (net->branch.n + net->link.n), &edge));
  PetscCall(ListEdges(net, g, edge, &n));
  PetscCall(PetscCalloc1(g->n + 1, &g->start));
  PetscCall(PetscMalloc3(n, &g->neighbour, n, &g->weight, n, &g->lines));
  for (PetscInt k = 0; k < n; ++k) {
    if (k && !CompareEdges(&edge[k], &edge[k - 1])) {
      g->weight[rows - 1] += edge[k].weight;
      g->lines[rows - 1] += edge[k].lines;
      continue;
    }
    g->neighbour[rows]         = edge[k].to;
    g->weight[rows]            = edge[k].weight;
    g->lines[rows]             = edge[k].lines;
    g->start[edge[k].from + 1] = ++rows;
  }
  for (PetscInt v = 0; v < g->n; ++v) g->start[v + 1] = PetscMax(g->start[v + 1], g->start[v]);
  PetscCall(PetscFree(edge));
  PetscFunctionReturn(0);
}

PetscErrorCode BusGraphDestroy(BusGraph *g)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(g->vertex));
  PetscCall(PetscFree(g->start));
  PetscCall(PetscFree3(g->neighbour, g->weight, g->lines));
  PetscCall(PetscFree3(g->work, g->cost, g->units));
  PetscFunctionReturn(0);
}
