/* Weighted vertex covers: a minimum cut for bipartite components, branch and bound with reductions for the others. */
#include "partition/cover_graph.h"

#include <stdlib.h>

static int CompareEnds(const void *a, const void *b)
{
  const PetscInt *x = a, *y = b;

  if (x[0] != y[0]) return x[0] < y[0] ? -1 : 1;
  return (x[1] > y[1]) - (x[1] < y[1]);
}

PetscErrorCode CoverGraphCreate(PetscInt n, PetscInt n_edges, const PetscInt *ends, CoverGraph *g)
{
  PetscInt *both, rows = 0;

  PetscFunctionBeginUser;
  g->n = n;
  PetscCall(PetscMalloc3(n, &g->weight, n + 1, &g->start, 2 * n_edges, &g->neighbour));
  PetscCall(PetscMalloc1(4 * n_edges, &both));
  for (PetscInt k = 0; k < n_edges; ++k) {
    both[4 * k] = both[4 * k + 3] = ends[2 * k];
    both[4 * k + 1] = both[4 * k + 2] = ends[2 * k + 1];
  }
  if (n_edges) qsort(both, (size_t)(2 * n_edges), 2 * sizeof *both, CompareEnds);
  for (PetscInt v = 0, k = 0; v <= n; ++v) {
    g->start[v] = rows;
    for (; k < 2 * n_edges && both[2 * k] == v; ++k)
      if (rows == g->start[v] || g->neighbour[rows - 1] != both[2 * k + 1]) g->neighbour[rows++] = both[2 * k + 1];
  }
  PetscCall(PetscFree(both));
  PetscFunctionReturn(0);
}

PetscErrorCode CoverGraphDestroy(CoverGraph *g)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(g->weight, g->start, g->neighbour));
  PetscFunctionReturn(0);
}

typedef enum { FREE, IN, OUT } Choice;

/* One connected component, and the state of its solution. Arrays over all vertices [g->n] unless said otherwise. */
typedef struct {
  const CoverGraph *g;
  PetscInt          n;
  PetscInt         *vertex; /* [n] in the order a breadth-first search reaches them */
  PetscInt         *side;   /* colour 0 or 1; -1 before the vertex is reached */
  PetscInt         *mirror; /* [edges] the same edge in the row of its other end */
  PetscInt         *flow;   /* [edges] of side 0, to side 1 */
  PetscInt         *rest;   /* what is left of the weights */
  PetscInt         *from;   /* edge by which a path reaches the vertex, SOURCE, or NOWHERE */
  Choice           *choice;
  PetscInt         *degree; /* free neighbours */
  PetscInt         *trail;  /* [n_trail] chosen vertices, in order */
  PetscBool        *best;   /* in the best cover so far */
  PetscInt          n_trail, cost, best_cost, effort;
} Search;

enum { SOURCE = -2, NOWHERE = -1 };

/* Collects the component of `root`; whether two colours do. */
static PetscBool FindComponent(Search *s, PetscInt root)
{
  const CoverGraph *g     = s->g;
  PetscBool         twice = PETSC_TRUE;

  s->n          = 0;
  s->side[root] = 0, s->vertex[s->n++] = root;
  for (PetscInt k = 0; k < s->n; ++k)
    for (PetscInt v = s->vertex[k], e = g->start[v]; e < g->start[v + 1]; ++e) {
      const PetscInt u = g->neighbour[e];
      if (s->side[u] < 0)
        s->side[u] = 1 - s->side[v], s->vertex[s->n++] = u;
      else if (s->side[u] == s->side[v])
        twice = PETSC_FALSE;
    }
  return twice;
}

/* Searches a path that can take more flow; its last vertex, or -1 when there is none: `from` then tells which vertices
   can still be reached. The trail serves as the queue. */
static PetscInt FindPath(Search *s)
{
  const CoverGraph *g       = s->g;
  PetscInt          reached = 0;

  for (PetscInt k = 0; k < s->n; ++k) {
    const PetscInt v = s->vertex[k];
    s->from[v]       = NOWHERE;
    if (s->side[v] == 0 && s->rest[v] > 0) s->from[v] = SOURCE, s->trail[reached++] = v;
  }
  for (PetscInt next = 0; next < reached; ++next)
    for (PetscInt v = s->trail[next], e = g->start[v]; e < g->start[v + 1]; ++e) {
      const PetscInt u = g->neighbour[e];
      if (s->from[u] != NOWHERE || (s->side[v] == 1 && !s->flow[s->mirror[e]])) continue;
      s->from[u]          = e;
      s->trail[reached++] = u;
      if (s->side[u] == 1 && s->rest[u] > 0) return u;
    }
  return -1;
}

/* Sends as much as the path to `end` takes. */
static void Augment(Search *s, PetscInt end)
{
  PetscInt amount = s->rest[end], v = end;

  for (; s->from[v] != SOURCE; v = s->g->neighbour[s->mirror[s->from[v]]])
    if (s->side[v] == 0) amount = PetscMin(amount, s->flow[s->mirror[s->from[v]]]);
  amount = PetscMin(amount, s->rest[v]);
  s->rest[v] -= amount;
  s->rest[end] -= amount;
  for (v = end; s->from[v] != SOURCE; v = s->g->neighbour[s->mirror[s->from[v]]])
    if (s->side[v] == 0)
      s->flow[s->mirror[s->from[v]]] -= amount;
    else
      s->flow[s->from[v]] += amount;
}

/* The cut that the largest flow leaves: unreachable on side 0, reachable on side 1. */
static void SolveTwoColoured(Search *s)
{
  PetscInt end;

  for (PetscInt k = 0; k < s->n; ++k) s->rest[s->vertex[k]] = s->g->weight[s->vertex[k]];
  while ((end = FindPath(s)) >= 0) Augment(s, end);
  for (PetscInt k = 0; k < s->n; ++k) {
    const PetscInt v = s->vertex[k];
    s->best[v]       = (PetscBool)((s->from[v] != NOWHERE) == (s->side[v] == 1));
  }
}

static void TakeIn(Search *s, PetscInt v)
{
  const CoverGraph *g = s->g;

  s->choice[v] = IN;
  s->cost += g->weight[v];
  s->trail[s->n_trail++] = v;
  for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e)
    if (s->choice[g->neighbour[e]] == FREE) --s->degree[g->neighbour[e]];
}

/* A vertex that stays out needs all its neighbours in. */
static void LeaveOut(Search *s, PetscInt v)
{
  for (PetscInt e = s->g->start[v]; e < s->g->start[v + 1]; ++e)
    if (s->choice[s->g->neighbour[e]] == FREE) TakeIn(s, s->g->neighbour[e]);
  s->choice[v]           = OUT;
  s->trail[s->n_trail++] = v;
}

static void Undo(Search *s, PetscInt n_trail)
{
  const CoverGraph *g = s->g;

  while (s->n_trail > n_trail) {
    const PetscInt  v  = s->trail[--s->n_trail];
    const PetscBool in = (PetscBool)(s->choice[v] == IN);
    s->choice[v]       = FREE;
    if (!in) continue;
    s->cost -= g->weight[v];
    for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e)
      if (s->choice[g->neighbour[e]] == FREE) ++s->degree[g->neighbour[e]];
  }
}

static PetscBool AreNeighbours(const CoverGraph *g, PetscInt v, PetscInt u)
{
  for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e)
    if (g->neighbour[e] == u) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Whether the free neighbours of v, but for u, are neighbours of u: a cover with v instead of u is no better. */
static PetscBool Dominates(const Search *s, PetscInt u, PetscInt v)
{
  const CoverGraph *g = s->g;

  if (g->weight[u] > g->weight[v] || s->degree[u] < s->degree[v]) return PETSC_FALSE;
  for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
    const PetscInt w = g->neighbour[e];
    if (s->choice[w] == FREE && w != u && !AreNeighbours(g, u, w)) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* Settles a free vertex where some lightest cover has it so: out if its neighbours weigh no more, else a neighbour
   that dominates it in. */
static PetscBool ReduceAt(Search *s, PetscInt v)
{
  const CoverGraph *g          = s->g;
  PetscInt          neighbours = 0;

  for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e)
    if (s->choice[g->neighbour[e]] == FREE) neighbours += g->weight[g->neighbour[e]];
  if (neighbours <= g->weight[v]) {
    LeaveOut(s, v);
    return PETSC_TRUE;
  }
  for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
    const PetscInt u = g->neighbour[e];
    if (s->choice[u] != FREE || !Dominates(s, u, v)) continue;
    TakeIn(s, u);
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static void Reduce(Search *s)
{
  PetscBool changed = PETSC_TRUE;

  while (changed) {
    changed = PETSC_FALSE;
    s->effort -= s->n;
    for (PetscInt k = 0; k < s->n; ++k)
      if (s->choice[s->vertex[k]] == FREE && ReduceAt(s, s->vertex[k])) changed = PETSC_TRUE;
  }
}

/* What the free vertices cost at least: weights shared out over edges, the dual of the cover. */
static PetscInt Bound(Search *s)
{
  const CoverGraph *g     = s->g;
  PetscInt          bound = 0;

  for (PetscInt k = 0; k < s->n; ++k) s->rest[s->vertex[k]] = g->weight[s->vertex[k]];
  for (PetscInt k = 0; k < s->n; ++k)
    for (PetscInt v = s->vertex[k], e = g->start[v]; e < g->start[v + 1]; ++e) {
      const PetscInt u = g->neighbour[e], share = PetscMin(s->rest[v], s->rest[u]);
      if (s->choice[v] != FREE || s->choice[u] != FREE || !share) continue;
      bound += share;
      s->rest[v] -= share;
      s->rest[u] -= share;
    }
  return bound;
}

/* The free vertex with the most free neighbours for its weight, or -1. */
static PetscInt MostConnected(const Search *s)
{
  PetscInt best = -1;

  for (PetscInt k = 0; k < s->n; ++k) {
    const PetscInt v = s->vertex[k];
    if (s->choice[v] != FREE) continue;
    if (best < 0 || s->degree[v] * s->g->weight[best] > s->degree[best] * s->g->weight[v]) best = v;
  }
  return best;
}

/* Branch and bound. The first descent is made whatever the effort, so that there is a cover. */
static void Descend(Search *s)
{
  const PetscInt before = s->n_trail;
  PetscInt       v, reduced;

  Reduce(s);
  reduced = s->n_trail;
  v       = MostConnected(s);
  if (s->cost < s->best_cost && v < 0) {
    s->best_cost = s->cost;
    for (PetscInt k = 0; k < s->n; ++k) s->best[s->vertex[k]] = (PetscBool)(s->choice[s->vertex[k]] == IN);
  } else if (v >= 0 && s->cost + Bound(s) < s->best_cost) {
    TakeIn(s, v);
    Descend(s);
    Undo(s, reduced);
    if (s->effort > 0) {
      LeaveOut(s, v);
      Descend(s);
    }
  }
  Undo(s, before);
}

/* Drops vertices whose neighbours are all in, which an unfinished search may have left. */
static void DropSpare(Search *s)
{
  for (PetscInt k = 0; k < s->n; ++k) {
    const PetscInt v     = s->vertex[k];
    PetscBool      spare = s->best[v];
    for (PetscInt e = s->g->start[v]; e < s->g->start[v + 1] && spare; ++e) spare = s->best[s->g->neighbour[e]];
    if (spare) s->best[v] = PETSC_FALSE;
  }
}

static void SolveBySearch(Search *s, PetscInt effort)
{
  s->n_trail = s->cost = 0;
  s->best_cost         = PETSC_MAX_INT;
  s->effort            = effort;
  for (PetscInt k = 0; k < s->n; ++k) {
    const PetscInt v = s->vertex[k];
    s->choice[v]     = FREE;
    s->degree[v]     = s->g->start[v + 1] - s->g->start[v];
  }
  Descend(s);
  DropSpare(s);
}

/* Pairs the two copies of each edge: rows come in ascending order, so each row's copies of earlier vertices do too. */
static void FindMirrors(const CoverGraph *g, PetscInt *mirror, PetscInt *next)
{
  for (PetscInt v = 0; v < g->n; ++v) next[v] = g->start[v];
  for (PetscInt v = 0; v < g->n; ++v)
    for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) mirror[e] = next[g->neighbour[e]]++;
}

PetscErrorCode CoverGraphSolve(const CoverGraph *g, PetscInt effort, PetscBool *in)
{
  const PetscInt n = g->n, edges = g->start[n];
  Search         s = {.g = g, .best = in};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5(n, &s.vertex, n, &s.side, n, &s.rest, n, &s.from, edges, &s.mirror));
  PetscCall(PetscMalloc3(n, &s.choice, n, &s.degree, n, &s.trail));
  PetscCall(PetscCalloc1(edges, &s.flow));
  FindMirrors(g, s.mirror, s.from);
  for (PetscInt v = 0; v < n; ++v) s.side[v] = -1;
  for (PetscInt v = 0; v < n; ++v) {
    if (s.side[v] >= 0) continue;
    if (FindComponent(&s, v))
      SolveTwoColoured(&s);
    else
      SolveBySearch(&s, effort);
  }
  PetscCall(PetscFree5(s.vertex, s.side, s.rest, s.from, s.mirror));
  PetscCall(PetscFree3(s.choice, s.degree, s.trail));
  PetscCall(PetscFree(s.flow));
  PetscFunctionReturn(0);
}
