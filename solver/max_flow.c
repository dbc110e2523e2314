/* Maximum flow by Dinic's method: blocking flows over the level graph of the residual network. */
#include "solver/max_flow.h"

/* Residual network: arcs in pairs 2k, 2k + 1, each the other's reverse; nodes, then source and sink. */
typedef struct {
  PetscInt   n, source, sink, arcs;
  PetscInt  *head, *tail; /* [arcs] */
  PetscReal *residual;    /* [arcs] */
  PetscInt  *first, *out; /* [n + 1], [arcs]: arcs that leave a node */
  PetscInt  *level, *next, *queue, *path;
  PetscReal  tolerance;
} Residual;

static void AddArc(Residual *r, PetscInt tail, PetscInt head, PetscReal there, PetscReal back)
{
  const PetscInt k = r->arcs;
  r->tail[k] = r->head[k + 1] = tail;
  r->head[k] = r->tail[k + 1] = head;
  r->residual[k]              = there;
  r->residual[k + 1]          = back;
  r->arcs += 2;
}

static void ListArcs(Residual *r)
{
  for (PetscInt i = 0; i <= r->n; i++) r->first[i] = 0;
  for (PetscInt k = 0; k < r->arcs; k++) r->first[r->tail[k] + 1]++;
  for (PetscInt i = 0; i < r->n; i++) r->first[i + 1] += r->first[i];
  for (PetscInt i = 0; i < r->n; i++) r->next[i] = r->first[i];
  for (PetscInt k = 0; k < r->arcs; k++) r->out[r->next[r->tail[k]]++] = k;
}

/* Distance from the source in arcs with room, -1: out of reach. */
static PetscBool Levels(Residual *r)
{
  PetscInt begin = 0, end = 0;

  for (PetscInt i = 0; i < r->n; i++) r->level[i] = -1;
  r->level[r->source] = 0;
  r->queue[end++]     = r->source;
  while (begin < end) {
    const PetscInt i = r->queue[begin++];
    for (PetscInt a = r->first[i]; a < r->first[i + 1]; a++) {
      const PetscInt k = r->out[a], j = r->head[k];
      if (r->residual[k] <= r->tolerance || r->level[j] >= 0) continue;
      r->level[j]     = r->level[i] + 1;
      r->queue[end++] = j;
    }
  }
  return (PetscBool)(r->level[r->sink] >= 0);
}

/* Pushes along the path found and gives its length up to the first arc that is full now. */
static PetscInt Push(Residual *r, PetscInt length, PetscReal *flow)
{
  PetscReal room = PETSC_INFINITY;
  PetscInt  keep = length;

  for (PetscInt a = 0; a < length; a++) room = PetscMin(room, r->residual[r->path[a]]);
  for (PetscInt a = length - 1; a >= 0; a--) {
    r->residual[r->path[a]] -= room;
    r->residual[r->path[a] ^ 1] += room;
    if (r->residual[r->path[a]] <= r->tolerance) keep = a;
  }
  *flow += room;
  return keep;
}

/* All paths of the level graph, depth first without recursion; arcs found useless are not looked at again. */
static void BlockingFlow(Residual *r, PetscReal *flow)
{
  PetscInt length = 0, i = r->source;

  for (PetscInt j = 0; j < r->n; j++) r->next[j] = r->first[j];
  for (;;) {
    if (i == r->sink) {
      length = Push(r, length, flow);
      i      = r->tail[r->path[length]];
    }
    while (r->next[i] < r->first[i + 1]) {
      const PetscInt k = r->out[r->next[i]];
      if (r->residual[k] > r->tolerance && r->level[r->head[k]] == r->level[i] + 1) break;
      r->next[i]++;
    }
    if (r->next[i] < r->first[i + 1]) {
      r->path[length++] = r->out[r->next[i]];
      i                 = r->head[r->path[length - 1]];
    } else if (length > 0) {
      i = r->tail[r->path[--length]];
      r->next[i]++;
    } else
      break;
  }
}

/* Marks the nodes from which the sink can be reached. */
static void SinkSide(Residual *r, PetscInt nodes, PetscBool *cut)
{
  PetscInt begin = 0, end = 0;

  for (PetscInt i = 0; i < r->n; i++) r->level[i] = 0;
  r->level[r->sink] = 1;
  r->queue[end++]   = r->sink;
  while (begin < end) {
    const PetscInt i = r->queue[begin++];
    for (PetscInt a = r->first[i]; a < r->first[i + 1]; a++) {
      const PetscInt k = r->out[a] ^ 1, j = r->tail[k]; /* arcs that lead to i */
      if (r->residual[k] <= r->tolerance || r->level[j]) continue;
      r->level[j]     = 1;
      r->queue[end++] = j;
    }
  }
  for (PetscInt i = 0; i < nodes; i++) cut[i] = (PetscBool)r->level[i];
}

PetscErrorCode MaxFlow(PetscInt nodes, const PetscReal *supply, const PetscReal *demand, PetscInt edges,
                       const PetscInt *from, const PetscInt *to, const PetscReal *capacity, PetscReal *flow,
                       PetscBool *cut)
{
  const PetscInt n = nodes + 2, arcs = 2 * (edges + 2 * nodes);
  Residual       r       = {.n = n, .source = nodes, .sink = nodes + 1};
  PetscReal      largest = 0;
  PetscFunctionBeginUser;

  PetscCall(PetscMalloc4(arcs, &r.head, arcs, &r.tail, arcs, &r.residual, arcs, &r.out));
  PetscCall(PetscMalloc5(n + 1, &r.first, n, &r.level, n, &r.next, n, &r.queue, n, &r.path));
  for (PetscInt e = 0; e < edges; e++) AddArc(&r, from[e], to[e], capacity[e], capacity[e]);
  for (PetscInt i = 0; i < nodes; i++) {
    if (supply[i] > 0) AddArc(&r, r.source, i, supply[i], 0);
    if (demand[i] > 0) AddArc(&r, i, r.sink, demand[i], 0);
    largest = PetscMax(largest, PetscMax(supply[i], demand[i]));
  }
  r.tolerance = 1e-12 * largest;
  ListArcs(&r);
  *flow = 0;
  while (Levels(&r)) BlockingFlow(&r, flow);
  SinkSide(&r, nodes, cut);
  PetscCall(PetscFree4(r.head, r.tail, r.residual, r.out));
  PetscCall(PetscFree5(r.first, r.level, r.next, r.queue, r.path));
  PetscFunctionReturn(0);
}
