/* Analysis of a pattern: groups, order of elimination, fronts, and where each entry and each update row goes.

   Approximate minimum degree (Amestoy, Davis, Duff 1996) orders the graph of groups; structures are kept by unknown, since some
   unknowns of a group meet no other group. Small fronts are then merged into their parents as long as a count of operations
   that gives every front a fixed cost falls. */
#include "solver/ldl_internal.h"

#include <stdlib.h>
#include <suitesparse/amd.h>

/* Fixed cost of a front, and of each entry of its update matrix, in multiply-adds of the elimination. */
static const double front_cost = 400, update_cost = 3;

typedef struct {
  PetscInt   interior; /* unknowns that are eliminated */
  PetscInt   n_groups;
  PetscInt  *group; /* [interior] compact number of the group */
  PetscInt  *member_start, *member;
  PetscInt  *position; /* [size] in the first order of elimination */
  PetscInt  *unknown;  /* [size] its inverse */
  PetscInt  *node;     /* [interior] by position: number of the group in the order of elimination */
  PetscInt  *first;    /* [n_groups + 1] */
  PetscInt  *parent;   /* [n_groups]; n_groups: none */
  PetscInt **rows;     /* [n_groups] update rows as positions */
  PetscInt  *n_rows, *pivots, *merged;
} Analysis;

/* The whole pattern by unknown, both triangles without the diagonal. */
typedef struct {
  PetscInt *start, *column;
} Graph;

static PetscErrorCode GraphCreate(Ldl ldl, Graph *graph)
{
  const PetscInt n = ldl->size;
  PetscInt      *next;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n + 2, &graph->start));
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt k = ldl->start[i]; k < ldl->start[i + 1]; k++) {
      if (ldl->column[k] == i) continue;
      graph->start[i + 1]++;
      graph->start[ldl->column[k] + 1]++;
    }
  }
  for (PetscInt i = 0; i < n; i++) graph->start[i + 1] += graph->start[i];
  PetscCall(PetscMalloc1(graph->start[n] + 1, &graph->column));
  PetscCall(PetscMalloc1(n + 1, &next));
  PetscCall(PetscArraycpy(next, graph->start, n));
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt k = ldl->start[i]; k < ldl->start[i + 1]; k++) {
      const PetscInt j = ldl->column[k];

      if (j == i) continue;
      graph->column[next[i]++] = j;
      graph->column[next[j]++] = i;
    }
  }
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

static PetscErrorCode GraphDestroy(Graph *graph)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(graph->start));
  PetscCall(PetscFree(graph->column));
  PetscFunctionReturn(0);
}

/* Rows of interior point systems come last and have no neighbours but variables: so from the last on, each unknown takes its
   neighbour of lowest degree that is still free. */
static void PairUnknowns(Analysis *a, const Graph *graph)
{
  for (PetscInt i = a->interior - 1; i >= 0; i--) {
    PetscInt best = -1, degree = PETSC_MAX_INT;

    if (a->group[i] >= 0) continue;
    for (PetscInt k = graph->start[i]; k < graph->start[i + 1]; k++) {
      const PetscInt j = graph->column[k], d = graph->start[j + 1] - graph->start[j];

      if (j < i && a->group[j] < 0 && (d < degree || (d == degree && j < best))) {
        best   = j;
        degree = d;
      }
    }
    a->group[i] = a->n_groups;
    if (best >= 0) a->group[best] = a->n_groups;
    a->n_groups++;
  }
}

typedef struct {
  PetscInt group, unknown;
} Membership;

static int CompareMemberships(const void *p, const void *q)
{
  const Membership *a = p, *b = q;

  if (a->group != b->group) return a->group < b->group ? -1 : 1;
  return a->unknown < b->unknown ? -1 : a->unknown > b->unknown;
}

/* Compact numbers for the given groups; an unknown without one is alone. */
static PetscErrorCode NumberGroups(Analysis *a, const PetscInt *group)
{
  Membership *list;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(a->interior + 1, &list));
  for (PetscInt i = 0; i < a->interior; i++) list[i] = (Membership){PetscMax(group[i], -1), i};
  qsort(list, (size_t)a->interior, sizeof *list, CompareMemberships);
  for (PetscInt i = 0; i < a->interior; i++) {
    if (i > 0 && (list[i].group < 0 || list[i].group != list[i - 1].group)) a->n_groups++;
    a->group[list[i].unknown] = a->n_groups;
  }
  if (a->interior > 0) a->n_groups++;
  PetscCall(PetscFree(list));
  PetscFunctionReturn(0);
}

static PetscErrorCode ListMembers(Analysis *a)
{
  PetscInt *next;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(a->n_groups + 2, &a->member_start));
  PetscCall(PetscMalloc1(a->interior + 1, &a->member));
  PetscCall(PetscMalloc1(a->n_groups + 1, &next));
  for (PetscInt i = 0; i < a->interior; i++) a->member_start[a->group[i] + 1]++;
  for (PetscInt g = 0; g < a->n_groups; g++) {
    a->member_start[g + 1] += a->member_start[g];
    next[g] = a->member_start[g];
  }
  for (PetscInt i = 0; i < a->interior; i++) a->member[next[a->group[i]]++] = i;
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

/* The graph between groups, each neighbour once, and its order of elimination [n_groups]. */
static PetscErrorCode OrderGroups(Analysis *a, const Graph *graph, PetscInt *order)
{
  PetscInt *start, *column, *seen, nnz = 0, code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(a->n_groups + 1, &start, graph->start[a->interior] + 1, &column, a->n_groups + 1, &seen));
  for (PetscInt g = 0; g < a->n_groups; g++) seen[g] = -1;
  for (PetscInt g = 0; g < a->n_groups; g++) {
    start[g] = nnz;
    seen[g]  = g;
    for (PetscInt m = a->member_start[g]; m < a->member_start[g + 1]; m++) {
      for (PetscInt k = graph->start[a->member[m]]; k < graph->start[a->member[m] + 1]; k++) {
        const PetscInt j = graph->column[k];

        if (j >= a->interior || seen[a->group[j]] == g) continue;
        seen[a->group[j]] = g;
        column[nnz++]     = a->group[j];
      }
    }
  }
  start[a->n_groups] = nnz;
#if defined(PETSC_USE_64BIT_INDICES)
  code = (PetscInt)amd_l_order(a->n_groups, start, column, order, NULL, NULL);
#else
  code = amd_order(a->n_groups, start, column, order, NULL, NULL);
#endif
  PetscCheck(code >= AMD_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "AMD failed with code %" PetscInt_FMT, code);
  PetscCall(PetscFree3(start, column, seen));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlaceUnknowns(Ldl ldl, Analysis *a, const PetscInt *order)
{
  PetscInt next = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(ldl->size + 1, &a->position, ldl->size + 1, &a->unknown, a->interior + 1, &a->node));
  PetscCall(PetscMalloc2(a->n_groups + 1, &a->first, a->n_groups + 1, &a->parent));
  for (PetscInt s = 0; s < a->n_groups; s++) {
    a->first[s] = next;
    for (PetscInt m = a->member_start[order[s]]; m < a->member_start[order[s] + 1]; m++) {
      a->node[next]             = s;
      a->unknown[next]          = a->member[m];
      a->position[a->member[m]] = next++;
    }
  }
  a->first[a->n_groups] = next;
  for (PetscInt i = next; i < ldl->size; i++) a->position[i] = a->unknown[i] = i;
  PetscFunctionReturn(0);
}

/* Update rows of node s: what its unknowns meet, and what its children pass on. Collected in list, counted. */
static PetscInt CollectRows(Analysis *a, const Graph *graph, PetscInt s, const PetscInt *child, const PetscInt *sibling,
                            PetscInt *seen, PetscInt *list)
{
  const PetscInt end = a->first[s + 1];
  PetscInt       n   = 0;

  for (PetscInt q = a->first[s]; q < end; q++) {
    for (PetscInt k = graph->start[a->unknown[q]]; k < graph->start[a->unknown[q] + 1]; k++) {
      const PetscInt row = a->position[graph->column[k]];

      if (row < end || seen[row] == s) continue;
      seen[row] = s;
      list[n++] = row;
    }
  }
  for (PetscInt c = child[s]; c >= 0; c = sibling[c]) {
    for (PetscInt k = 0; k < a->n_rows[c]; k++) {
      const PetscInt row = a->rows[c][k];

      if (row < end || seen[row] == s) continue;
      seen[row] = s;
      list[n++] = row;
    }
  }
  return n;
}

static PetscErrorCode EliminateSymbolically(Ldl ldl, Analysis *a, const Graph *graph)
{
  PetscInt *child, *sibling, *seen, *list;

  PetscFunctionBeginUser;
  PetscCall(
      PetscMalloc4(a->n_groups + 1, &child, a->n_groups + 1, &sibling, ldl->size + 1, &seen, ldl->size + 1, &list));
  PetscCall(PetscCalloc4(a->n_groups + 1, &a->rows, a->n_groups + 1, &a->n_rows, a->n_groups + 1, &a->pivots,
                         a->n_groups + 1, &a->merged));
  for (PetscInt s = 0; s < a->n_groups; s++) child[s] = -1;
  for (PetscInt i = 0; i < ldl->size; i++) seen[i] = -1;
  for (PetscInt s = 0; s < a->n_groups; s++) {
    const PetscInt n   = CollectRows(a, graph, s, child, sibling, seen, list);
    PetscInt       top = PETSC_MAX_INT;

    for (PetscInt k = 0; k < n; k++) top = PetscMin(top, list[k]);
    PetscCall(PetscMalloc1(n, &a->rows[s]));
    PetscCall(PetscArraycpy(a->rows[s], list, n));
    a->n_rows[s] = n;
    a->pivots[s] = a->first[s + 1] - a->first[s];
    a->parent[s] = top < a->interior ? a->node[top] : a->n_groups;
    if (a->parent[s] == a->n_groups) continue;
    sibling[s]          = child[a->parent[s]];
    child[a->parent[s]] = s;
  }
  PetscCall(PetscFree4(child, sibling, seen, list));
  PetscFunctionReturn(0);
}

static double FrontCost(double pivots, double rows)
{
  return front_cost + update_cost * rows * rows +
         pivots * (pivots * pivots / 6 + 0.5 * pivots * rows + 0.5 * rows * rows + 2 * (pivots + rows));
}

/* Merges nodes into their parents, the last children first; merged [n_groups] then names the node each one became part of. */
static void MergeNodes(Analysis *a)
{
  for (PetscInt s = 0; s < a->n_groups; s++) a->merged[s] = s;
  for (PetscInt s = a->n_groups - 1; s >= 0; s--) {
    PetscInt p = a->parent[s];
    double   apart, together;

    if (p == a->n_groups) continue;
    p        = a->merged[p];
    apart    = FrontCost(a->pivots[s], a->n_rows[s]) + FrontCost(a->pivots[p], a->n_rows[p]);
    together = FrontCost(a->pivots[s] + a->pivots[p], a->n_rows[p]);
    if (together > apart) continue;
    a->merged[s] = p;
    a->pivots[p] += a->pivots[s];
  }
}

static int CompareInts(const void *p, const void *q)
{
  const PetscInt a = *(const PetscInt *)p, b = *(const PetscInt *)q;

  return a < b ? -1 : a > b;
}

/* Numbers the nodes that are left so that all descendants come right before each: front [n_groups], -1 for merged ones. */
static PetscErrorCode Postorder(Ldl ldl, Analysis *a, PetscInt *front, PetscInt *node_of)
{
  PetscInt *child, *sibling, *stack, top = 0, n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(a->n_groups + 1, &child, a->n_groups + 1, &sibling, a->n_groups + 1, &stack));
  for (PetscInt s = 0; s <= a->n_groups; s++) child[s] = -1;
  for (PetscInt s = a->n_groups - 1; s >= 0; s--) {
    PetscInt p = a->parent[s];

    front[s] = -1;
    if (a->merged[s] != s) continue;
    if (p < a->n_groups) p = a->merged[p];
    sibling[s] = child[p];
    child[p]   = s;
  }
  stack[top++] = a->n_groups;
  while (top > 0) {
    const PetscInt s = stack[top - 1];

    if (child[s] >= 0) {
      stack[top++] = child[s];
      child[s]     = sibling[child[s]];
    } else {
      if (s < a->n_groups) {
        front[s]     = n;
        node_of[n++] = s;
      }
      top--;
    }
  }
  ldl->n_fronts = n;
  PetscCall(PetscFree3(child, sibling, stack));
  PetscFunctionReturn(0);
}

/* Final positions: fronts in postorder, in each the unknowns in the first order. */
static PetscErrorCode NumberFronts(Ldl ldl, Analysis *a, const PetscInt *front, PetscInt *final)
{
  const PetscBool border = (PetscBool)(ldl->n_border > 0);
  PetscInt       *next;

  PetscFunctionBeginUser;
  ldl->n_fronts += border;
  PetscCall(PetscCalloc3(ldl->n_fronts + 1, &ldl->first, ldl->n_fronts + 1, &ldl->parent, ldl->n_fronts + 1,
                         &ldl->n_children));
  PetscCall(PetscMalloc1(ldl->size + 1, &ldl->order));
  PetscCall(PetscMalloc1(ldl->n_fronts + 1, &next));
  for (PetscInt s = 0; s < a->n_groups; s++) {
    if (front[s] >= 0) ldl->first[front[s] + 1] = a->pivots[s];
  }
  for (PetscInt f = 0; f < ldl->n_fronts; f++) {
    ldl->first[f + 1] += ldl->first[f];
    next[f] = ldl->first[f];
  }
  for (PetscInt q = 0; q < a->interior; q++) {
    const PetscInt f = front[a->merged[a->node[q]]];

    final[q]             = next[f]++;
    ldl->order[final[q]] = a->unknown[q];
  }
  for (PetscInt q = a->interior; q < ldl->size; q++) {
    final[q]      = q;
    ldl->order[q] = q;
  }
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

static PetscErrorCode ListRows(Ldl ldl, Analysis *a, const PetscInt *front, const PetscInt *node_of,
                               const PetscInt *final)
{
  const PetscInt border = ldl->n_border > 0 ? ldl->n_fronts - 1 : -1;
  PetscInt       total  = ldl->n_border;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(ldl->n_fronts + 1, &ldl->row_start));
  for (PetscInt f = 0; f < ldl->n_fronts; f++) {
    if (f != border) total += a->n_rows[node_of[f]];
  }
  PetscCall(PetscMalloc2(total + 1, &ldl->row, total + 1, &ldl->relative));
  for (PetscInt f = 0; f < ldl->n_fronts; f++) {
    PetscInt *const row = ldl->row + ldl->row_start[f];
    const PetscInt  s = f == border ? -1 : node_of[f], n = f == border ? ldl->n_border : a->n_rows[s];

    for (PetscInt k = 0; k < n; k++) row[k] = f == border ? a->interior + k : final[a->rows[s][k]];
    qsort(row, (size_t)n, sizeof *row, CompareInts);
    ldl->row_start[f + 1] = ldl->row_start[f] + n;
    ldl->parent[f]        = -1;
    if (f == border) continue;
    ldl->parent[f] = a->parent[s] < a->n_groups ? front[a->merged[a->parent[s]]] : border;
    if (ldl->parent[f] >= 0) ldl->n_children[ldl->parent[f]]++;
  }
  PetscFunctionReturn(0);
}

/* Static index in its parent of each update row: both lists ascend. */
static void RelateRows(Ldl ldl)
{
  for (PetscInt f = 0; f < ldl->n_fronts; f++) {
    const PetscInt p = ldl->parent[f];
    PetscInt       k;

    if (p < 0) continue;
    const PetscInt pivots = ldl->first[p + 1] - ldl->first[p];

    k = ldl->row_start[p];
    for (PetscInt r = ldl->row_start[f]; r < ldl->row_start[f + 1]; r++) {
      if (ldl->row[r] < ldl->first[p + 1] && pivots > 0) {
        ldl->relative[r] = ldl->row[r] - ldl->first[p];
        continue;
      }
      while (ldl->row[k] != ldl->row[r]) k++;
      ldl->relative[r] = pivots + k - ldl->row_start[p];
    }
  }
}

/* Each entry belongs to the column of its unknown that is eliminated first. */
static PetscErrorCode ListEntries(Ldl ldl, const PetscInt *place)
{
  PetscInt *next, *row;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(ldl->size + 2, &ldl->entry_start));
  PetscCall(PetscMalloc2(ldl->start[ldl->size] + 1, &ldl->entry_value, ldl->start[ldl->size] + 1, &ldl->entry_row));
  PetscCall(PetscMalloc2(ldl->size + 1, &next, ldl->size + 1, &row));
  for (PetscInt i = 0; i < ldl->size; i++) {
    for (PetscInt k = ldl->start[i]; k < ldl->start[i + 1]; k++)
      ldl->entry_start[PetscMin(place[i], place[ldl->column[k]]) + 1]++;
  }
  for (PetscInt i = 0; i < ldl->size; i++) {
    ldl->entry_start[i + 1] += ldl->entry_start[i];
    next[i] = ldl->entry_start[i];
  }
  for (PetscInt i = 0; i < ldl->size; i++) {
    for (PetscInt k = ldl->start[i]; k < ldl->start[i + 1]; k++) {
      const PetscInt p = place[i], q = place[ldl->column[k]], e = next[PetscMin(p, q)]++;

      ldl->entry_value[e] = k;
      ldl->entry_row[e]   = PetscMax(p, q);
    }
  }
  for (PetscInt f = 0; f < ldl->n_fronts; f++) {
    const PetscInt first = ldl->first[f], end = ldl->first[f + 1];

    for (PetscInt q = first; q < end; q++) row[q] = q - first;
    for (PetscInt r = ldl->row_start[f]; r < ldl->row_start[f + 1]; r++)
      row[ldl->row[r]] = end - first + r - ldl->row_start[f];
    const PetscInt columns = f == ldl->n_fronts - 1 ? ldl->size : end;

    for (PetscInt e = ldl->entry_start[first]; e < ldl->entry_start[columns]; e++)
      ldl->entry_row[e] = row[ldl->entry_row[e]];
  }
  PetscCall(PetscFree2(next, row));
  PetscFunctionReturn(0);
}

static PetscErrorCode BuildFronts(Ldl ldl, Analysis *a)
{
  PetscInt *front, *node_of, *final, *place;

  PetscFunctionBeginUser;
  PetscCall(
      PetscMalloc4(a->n_groups + 1, &front, a->n_groups + 1, &node_of, ldl->size + 1, &final, ldl->size + 1, &place));
  PetscCall(Postorder(ldl, a, front, node_of));
  PetscCall(NumberFronts(ldl, a, front, final));
  PetscCall(ListRows(ldl, a, front, node_of, final));
  RelateRows(ldl);
  for (PetscInt q = 0; q < ldl->size; q++) place[ldl->order[q]] = q;
  PetscCall(ListEntries(ldl, place));
  for (PetscInt r = 0; r < ldl->row_start[ldl->n_fronts]; r++) ldl->row[r] = ldl->order[ldl->row[r]];
  PetscCall(PetscFree4(front, node_of, final, place));
  PetscFunctionReturn(0);
}

static PetscErrorCode AnalysisDestroy(Analysis *a)
{
  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < a->n_groups; s++) PetscCall(PetscFree(a->rows[s]));
  PetscCall(PetscFree4(a->rows, a->n_rows, a->pivots, a->merged));
  PetscCall(PetscFree3(a->position, a->unknown, a->node));
  PetscCall(PetscFree2(a->first, a->parent));
  PetscCall(PetscFree(a->member_start));
  PetscCall(PetscFree(a->member));
  PetscCall(PetscFree(a->group));
  PetscFunctionReturn(0);
}

PetscErrorCode LdlAnalyse(Ldl ldl, const PetscInt *group)
{
  Analysis  a = {.interior = ldl->size - ldl->n_border};
  Graph     graph;
  PetscInt *order;

  PetscFunctionBeginUser;
  PetscCall(GraphCreate(ldl, &graph));
  PetscCall(PetscMalloc1(a.interior + 1, &a.group));
  for (PetscInt i = 0; i < a.interior; i++) a.group[i] = -1;
  if (group)
    PetscCall(NumberGroups(&a, group));
  else
    PairUnknowns(&a, &graph);
  PetscCall(ListMembers(&a));
  PetscCall(PetscMalloc1(a.n_groups + 1, &order));
  PetscCall(OrderGroups(&a, &graph, order));
  PetscCall(PlaceUnknowns(ldl, &a, order));
  PetscCall(PetscFree(order));
  PetscCall(EliminateSymbolically(ldl, &a, &graph));
  MergeNodes(&a);
  PetscCall(BuildFronts(ldl, &a));
  PetscCall(AnalysisDestroy(&a));
  PetscCall(GraphDestroy(&graph));
  PetscFunctionReturn(0);
}
