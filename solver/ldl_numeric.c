/* Numeric factorisation: fronts in postorder over a stack of update matrices. */
#include "solver/ldl_internal.h"

#include <math.h>
#include <string.h>

#define SLACK 8 /* what a dense kernel may read beyond the end */

static PetscErrorCode Reserve(LdlPool *pool, size_t more)
{
  PetscFunctionBeginUser;
  if (pool->used + more + SLACK > pool->size) {
    pool->size = (pool->used + more) + (pool->used + more) / 2 + SLACK;
    PetscCall(PetscRealloc(pool->size * sizeof(PetscReal), &pool->data));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReserveIndices(LdlIndexPool *pool, size_t more)
{
  PetscFunctionBeginUser;
  if (pool->used + more > pool->size) {
    pool->size = (pool->used + more) + (pool->used + more) / 2;
    PetscCall(PetscRealloc(pool->size * sizeof(PetscInt), &pool->data));
  }
  PetscFunctionReturn(0);
}

/* Largest entry of each column, which also finds what is not finite. */
static PetscBool MeasureColumns(Ldl ldl, const PetscReal *value)
{
  PetscReal *const scale = ldl->scale, poison = 0;

  for (PetscInt i = 0; i < ldl->size; i++) scale[i] = 0;
  for (PetscInt i = 0; i < ldl->size; i++) {
    PetscReal top = scale[i];

    for (PetscInt k = ldl->start[i]; k < ldl->start[i + 1]; k++) {
      const PetscInt  j = ldl->column[k];
      const PetscReal v = fabs(value[k]);

      poison += 0 * v;
      top = v > top ? v : top;
      if (v > scale[j]) scale[j] = v;
    }
    scale[i] = PetscMax(top, scale[i]);
  }
  return (PetscBool)(poison == 0);
}

/* Entries as given into the columns of a front; what follows its own unknowns is moved by the delayed ones. */
static void AddEntries(const struct _p_Ldl *ldl, const PetscReal *value, PetscInt f, PetscInt delayed, LdlFront *front)
{
  const PetscInt own = ldl->first[f + 1] - ldl->first[f], border = ldl->n_border > 0 && f == ldl->n_fronts - 1;

  for (PetscInt q = ldl->first[f]; q < ldl->first[f + 1]; q++) {
    PetscReal *const column = front->panel + (size_t)(q - ldl->first[f]) * (size_t)front->rows;

    for (PetscInt e = ldl->entry_start[q]; e < ldl->entry_start[q + 1]; e++) {
      const PetscInt row = ldl->entry_row[e];

      column[row < own ? row : row + delayed] = value[ldl->entry_value[e]];
    }
  }
  for (PetscInt c = 0; border && c < ldl->n_border; c++) {
    PetscReal *const column = front->update + (size_t)c * (size_t)ldl->n_border;
    const PetscInt   q      = ldl->first[f] + c;

    for (PetscInt e = ldl->entry_start[q]; e < ldl->entry_start[q + 1]; e++)
      column[ldl->entry_row[e]] = value[ldl->entry_value[e]];
  }
}

/* One column of a child's update matrix whose rows ascend in the parent. */
static inline void AddColumn(PetscReal *restrict to, const PetscReal *restrict from, const PetscInt *restrict at,
                             PetscInt begin, PetscInt end)
{
  for (PetscInt i = begin; i < end; i++) to[at[i]] += from[i];
}

/* A child's update matrix: at [rows] are the rows in the parent, ascending from the child's delayed unknowns on. */
static void AddUpdate(const PetscReal *from, const LdlUpdate *child, const PetscInt *at, LdlFront *front)
{
  const PetscInt rest = front->rows - front->pivots;

  for (PetscInt j = 0; j < child->rows; j++, from += child->rows) {
    PetscInt i = j;

    for (; j < child->delayed && i < child->rows; i++) {
      const PetscInt low = PetscMin(at[i], at[j]), high = PetscMax(at[i], at[j]);

      front->panel[(size_t)low * (size_t)front->rows + (size_t)high] += from[i];
    }
    if (at[j] < front->pivots)
      AddColumn(front->panel + (size_t)at[j] * (size_t)front->rows, from, at, i, child->rows);
    else
      AddColumn(front->update + (ptrdiff_t)(at[j] - front->pivots) * rest - front->pivots, from, at, i, child->rows);
  }
}

/* Adds the children, the last n of the waiting ones, in order. */
static PetscErrorCode AddChildren(Ldl ldl, PetscInt n, PetscInt own, PetscInt delayed, LdlFront *front)
{
  PetscInt next = own;

  PetscFunctionBeginUser;
  for (PetscInt c = ldl->n_updates - n; c < ldl->n_updates; c++) {
    const LdlUpdate *const child = &ldl->update[c];
    const PetscInt        *at    = ldl->relative + ldl->row_start[child->front];

    if (delayed > 0) {
      const PetscInt *const fixed = at;
      PetscInt             *to;

      ldl->adjusted.used = 0;
      PetscCall(ReserveIndices(&ldl->adjusted, (size_t)child->rows));
      to = ldl->adjusted.data;
      for (PetscInt i = 0; i < child->delayed; i++) {
        front->index[next] = ldl->index_stack.data[child->index + (size_t)i];
        to[i]              = next++;
      }
      for (PetscInt i = child->delayed; i < child->rows; i++) {
        const PetscInt r = fixed[i - child->delayed];

        to[i] = r < own ? r : r + delayed;
      }
      at = to;
    }
    AddUpdate(ldl->stack.data + child->offset, child, at, front);
  }
  PetscFunctionReturn(0);
}

/* What is left of a front takes the place of its children on the stack. */
static PetscErrorCode PushUpdate(Ldl ldl, PetscInt f, const LdlFront *front, size_t base, size_t index_base)
{
  const PetscInt delayed = front->pivots - front->done, rest = front->rows - front->pivots, rows = delayed + rest;
  const size_t   n = (size_t)front->rows, size = (size_t)rows * (size_t)rows, top = ldl->stack.used;
  PetscReal     *to;

  PetscFunctionBeginUser;
  if (delayed > 0) {
    PetscCall(Reserve(&ldl->stack, (size_t)rest * (size_t)rest + size));
    to = ldl->stack.data + top + (size_t)rest * (size_t)rest;
    for (PetscInt j = 0; j < delayed; j++)
      memcpy(to + (size_t)j * (size_t)rows, front->panel + (size_t)(front->done + j) * n + (size_t)front->done,
             (size_t)rows * sizeof *to);
    for (PetscInt j = 0; j < rest; j++)
      memcpy(to + (size_t)(delayed + j) * (size_t)rows + (size_t)delayed,
             ldl->stack.data + top + (size_t)j * (size_t)rest, (size_t)rest * sizeof *to);
    memmove(ldl->stack.data + base, to, size * sizeof *to);
    ldl->index_stack.used = index_base;
    PetscCall(ReserveIndices(&ldl->index_stack, (size_t)delayed));
    PetscCall(PetscArraycpy(ldl->index_stack.data + index_base, front->index + front->done, delayed));
  } else
    memmove(ldl->stack.data + base, ldl->stack.data + top, size * sizeof *to);
  ldl->stack.used       = base + size;
  ldl->index_stack.used = index_base + (size_t)delayed;
  ldl->inertia.delayed += delayed;
  ldl->update[ldl->n_updates++] = (LdlUpdate){f, delayed, rows, base, index_base};
  PetscFunctionReturn(0);
}

/* Room for a front, with its indices and its entries as given. */
static PetscErrorCode OpenFront(Ldl ldl, PetscInt f, PetscInt delayed, const PetscReal *value, LdlFront *front)
{
  const PetscInt own = ldl->first[f + 1] - ldl->first[f], rest = ldl->row_start[f + 1] - ldl->row_start[f];
  const size_t   pivots = (size_t)(own + delayed), rows = pivots + (size_t)rest;

  PetscFunctionBeginUser;
  PetscCall(Reserve(&ldl->panel, rows * pivots));
  PetscCall(Reserve(&ldl->work, rows * pivots));
  PetscCall(Reserve(&ldl->diagonal, 2 * pivots));
  PetscCall(Reserve(&ldl->stack, (size_t)rest * (size_t)rest));
  PetscCall(ReserveIndices(&ldl->index, rows));
  PetscCall(ReserveIndices(&ldl->kind, pivots));
  front->rows     = (PetscInt)rows;
  front->pivots   = (PetscInt)pivots;
  front->done     = 0;
  front->panel    = ldl->panel.data + ldl->panel.used;
  front->update   = ldl->stack.data + ldl->stack.used;
  front->unscaled = ldl->work.data;
  front->inverse  = ldl->diagonal.data + ldl->diagonal.used;
  front->kind     = ldl->kind.data + ldl->kind.used;
  front->index    = ldl->index.data + ldl->index.used;
  front->forced   = (PetscBool)(ldl->parent[f] < 0);
  PetscCall(PetscArraycpy(front->index, ldl->order + ldl->first[f], own));
  PetscCall(PetscArraycpy(front->index + pivots, ldl->row + ldl->row_start[f], rest));
  PetscCall(PetscArrayzero(front->panel, rows * pivots));
  PetscCall(PetscArrayzero(front->update, (size_t)rest * (size_t)rest));
  AddEntries(ldl, value, f, delayed, front);
  PetscFunctionReturn(0);
}

static void KeepFactors(Ldl ldl, PetscInt f, const LdlFront *front)
{
  const size_t done = (size_t)front->done, rows = (size_t)front->rows;

  ldl->factors[f] =
      (LdlFactors){front->rows, front->done, ldl->panel.used, ldl->diagonal.used, ldl->index.used, ldl->kind.used};
  ldl->panel.used += rows * done;
  ldl->diagonal.used += 2 * done;
  ldl->index.used += rows;
  ldl->kind.used += done;
  ldl->largest = PetscMax(ldl->largest, front->rows);
  ldl->inertia.factor_entries += (PetscInt)(rows * done - done * (done - 1) / 2);
}

static PetscErrorCode FactorFront(Ldl ldl, PetscInt f, const PetscReal *value, LdlFront *front)
{
  const PetscInt n = ldl->n_children[f], first = ldl->n_updates - n;
  const size_t   base       = n > 0 ? ldl->update[first].offset : ldl->stack.used;
  const size_t   index_base = n > 0 ? ldl->update[first].index : ldl->index_stack.used;
  PetscInt       delayed    = 0;

  PetscFunctionBeginUser;
  for (PetscInt c = first; c < ldl->n_updates; c++) delayed += ldl->update[c].delayed;
  PetscCall(OpenFront(ldl, f, delayed, value, front));
  PetscCall(AddChildren(ldl, n, ldl->first[f + 1] - ldl->first[f], delayed, front));
  ldl->n_updates = first;
  LdlFrontFactor(front);
  KeepFactors(ldl, f, front);
  if (ldl->parent[f] >= 0 || front->rows > front->pivots)
    PetscCall(PushUpdate(ldl, f, front, base, index_base));
  else {
    ldl->stack.used       = base;
    ldl->index_stack.used = index_base;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LdlFactor(Ldl ldl, const PetscReal *value, PetscReal threshold, LdlInertia *inertia, PetscBool *finite)
{
  const PetscInt largest = ldl->largest;
  LdlFront       front = {.threshold = threshold, .scale = ldl->scale, .inertia = &ldl->inertia, .finite = PETSC_TRUE};

  PetscFunctionBeginUser;
  PetscCheck(threshold > 0 && threshold <= 0.5, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "Pivot threshold %g: expected above 0, at most 0.5", (double)threshold);
  ldl->inertia    = (LdlInertia){0};
  ldl->panel.used = ldl->diagonal.used = ldl->stack.used = ldl->work.used = 0;
  ldl->index.used = ldl->kind.used = ldl->index_stack.used = 0;
  ldl->n_updates                                           = 0;
  *finite                                                  = MeasureColumns(ldl, value);
  for (PetscInt f = 0; f < ldl->n_fronts && *finite; f++) {
    PetscCall(FactorFront(ldl, f, value, &front));
    *finite = front.finite;
  }
  if (ldl->largest > largest) {
    PetscCall(PetscFree(ldl->gathered));
    PetscCall(PetscMalloc1(ldl->largest + SLACK, &ldl->gathered));
  }
  *inertia = ldl->inertia;
  PetscFunctionReturn(0);
}

PetscErrorCode LdlGetSchur(Ldl ldl, const PetscReal **schur)
{
  PetscFunctionBeginUser;
  *schur = ldl->n_border > 0 ? ldl->stack.data : NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode LdlCreate(PetscInt size, const PetscInt *start, const PetscInt *column, const PetscInt *group,
                         PetscInt n_border, Ldl *ldl)
{
  Ldl l;

  PetscFunctionBeginUser;
  PetscCheck(n_border >= 0 && n_border <= size, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "Border of %" PetscInt_FMT " in a system of %" PetscInt_FMT, n_border, size);
  PetscCall(PetscNew(&l));
  *ldl        = l;
  l->size     = size;
  l->n_border = n_border;
  l->start    = start;
  l->column   = column;
  PetscCall(LdlAnalyse(l, group));
  PetscCall(PetscMalloc3(size + 1, &l->scale, l->n_fronts + 1, &l->factors, l->n_fronts + 1, &l->update));
  PetscFunctionReturn(0);
}

PetscErrorCode LdlDestroy(Ldl *ldl)
{
  Ldl l = *ldl;

  PetscFunctionBeginUser;
  if (!l) PetscFunctionReturn(0);
  PetscCall(PetscFree3(l->first, l->parent, l->n_children));
  PetscCall(PetscFree(l->row_start));
  PetscCall(PetscFree2(l->row, l->relative));
  PetscCall(PetscFree(l->order));
  PetscCall(PetscFree(l->entry_start));
  PetscCall(PetscFree2(l->entry_value, l->entry_row));
  PetscCall(PetscFree3(l->scale, l->factors, l->update));
  PetscCall(PetscFree(l->panel.data));
  PetscCall(PetscFree(l->diagonal.data));
  PetscCall(PetscFree(l->stack.data));
  PetscCall(PetscFree(l->work.data));
  PetscCall(PetscFree(l->index.data));
  PetscCall(PetscFree(l->kind.data));
  PetscCall(PetscFree(l->index_stack.data));
  PetscCall(PetscFree(l->adjusted.data));
  PetscCall(PetscFree(l->gathered));
  PetscCall(PetscFree(*ldl));
  PetscFunctionReturn(0);
}
