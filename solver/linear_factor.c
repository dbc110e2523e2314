/* Multifrontal factorisation of quasi-definite matrices with fixed structure. */
#include "solver/linear_factor.h"

#include "solver/ldl_internal.h"

#include <math.h>
#include <petscblaslapack.h>
#include <string.h>

#define BLOCK 24 /* columns of a panel that are eliminated at once */

static const double dense_work = 6000; /* multiply-adds from which on BLAS is worth its call */

struct _p_LinearFactor {
  struct _p_Ldl pattern;  /* fronts; numbers are kept here */
  PetscInt      interior; /* unknowns that are eliminated */
  PetscInt      n_fronts; /* without that of the border */
  PetscInt     *row;      /* update rows as positions */
  PetscInt     *inner;    /* [n_fronts] update rows before the border */
  size_t       *panel_at; /* [n_fronts + 1] */
  PetscReal    *panel;    /* L [pivots][rows] of each front */
  PetscReal    *inverse;  /* [interior] by position, of D */
  PetscReal    *sign;     /* [interior] by position */
  PetscReal    *schur;    /* [n_border][n_border] */
  PetscReal    *stack;    /* update matrices that wait */
  size_t       *waiting;  /* [n_fronts] where a front's update matrix stands */
  PetscReal    *unscaled; /* work: columns of L D of a front */
  PetscReal    *product;  /* work: what a front adds to the border */
  PetscReal    *permuted; /* [size] in solves */
  PetscReal    *gathered; /* [largest front] in solves */
  double        entries, operations, bytes;
};

/* --- Dense kernels --- */

/* c [m][n] -= a [m][k] b [n][k]'. */
static void Multiply(PetscInt m, PetscInt n, PetscInt k, const PetscReal *a, size_t lda, const PetscReal *b, size_t ldb,
                     PetscReal *c, size_t ldc)
{
  const PetscBLASInt bm = (PetscBLASInt)m, bn = (PetscBLASInt)n, bk = (PetscBLASInt)k;
  const PetscBLASInt la = (PetscBLASInt)lda, lb = (PetscBLASInt)ldb, lc = (PetscBLASInt)ldc;
  const PetscReal    minus = -1, one = 1;

  if (m > 0 && n > 0 && k > 0) BLASgemm_("N", "T", &bm, &bn, &bk, &minus, a, &la, b, &lb, &one, c, &lc);
}

LDL_WIDE static void SmallLower(PetscInt m, PetscInt n, PetscInt k, const PetscReal *a, size_t lda, const PetscReal *b,
                                size_t ldb, PetscReal *c, size_t ldc)
{
  for (PetscInt j = 0; j < n; j++) {
    PetscReal *restrict to = c + (size_t)j * ldc;

    for (PetscInt p = 0; p < k; p++) {
      const PetscReal *restrict from = a + (size_t)p * lda;
      const PetscReal x              = b[(size_t)p * ldb + (size_t)j];

      for (PetscInt i = j; i < m; i++) to[i] -= from[i] * x;
    }
  }
}

/* Lower trapezoid c [m][n] -= a b', n <= m; row i of a belongs to row i of c, row j of b to its column j. */
static void MultiplyLower(PetscInt m, PetscInt n, PetscInt k, const PetscReal *a, size_t lda, const PetscReal *b,
                          size_t ldb, PetscReal *c, size_t ldc)
{
  const PetscInt strip = 96;

  if ((double)m * n * k < dense_work) {
    SmallLower(m, n, k, a, lda, b, ldb, c, ldc);
    return;
  }
  for (PetscInt j = 0; j < n; j += strip)
    Multiply(m - j, PetscMin(strip, n - j), k, a + j, lda, b + j, ldb, c + (size_t)j * ldc + (size_t)j, ldc);
}

/* Columns first .. end - 1 of a panel, all rows. */
LDL_WIDE static PetscInt EliminateColumns(PetscReal *panel, PetscReal *unscaled, size_t rows, PetscInt first,
                                          PetscInt end, const PetscReal *sign, PetscReal *inverse, PetscReal tiny)
{
  PetscInt repaired = 0;

  for (PetscInt k = first; k < end; k++) {
    PetscReal *restrict l = panel + (size_t)k * rows, *restrict w = unscaled + (size_t)k * rows;
    PetscReal d = l[k];

    if (!(d * sign[k] > tiny)) {
      d = sign[k] * 1e30;
      repaired++;
    }
    inverse[k] = 1 / d;
    for (size_t i = (size_t)k + 1; i < rows; i++) {
      w[i] = l[i];
      l[i] *= inverse[k];
    }
    for (PetscInt c = k + 1; c < end; c++) {
      PetscReal *restrict column = panel + (size_t)c * rows;
      const PetscReal x          = w[c];

      for (size_t i = (size_t)c; i < rows; i++) column[i] -= l[i] * x;
    }
  }
  return repaired;
}

static PetscInt FactorPanel(PetscReal *panel, PetscReal *unscaled, PetscInt rows, PetscInt pivots,
                            const PetscReal *sign, PetscReal *inverse, PetscReal tiny)
{
  const size_t n        = (size_t)rows;
  PetscInt     repaired = 0;

  for (PetscInt first = 0; first < pivots; first += BLOCK) {
    const PetscInt end = PetscMin(pivots, first + BLOCK);
    const size_t   at  = (size_t)first * n + (size_t)end;

    repaired += EliminateColumns(panel, unscaled, n, first, end, sign, inverse, tiny);
    if (end < pivots)
      MultiplyLower(rows - end, pivots - end, end - first, panel + at, n, unscaled + at, n,
                    panel + (size_t)end * n + (size_t)end, n);
  }
  return repaired;
}

/* --- Fronts --- */

static void AddEntries(LinearFactor f, PetscInt front, const PetscReal *value, PetscReal *panel, size_t rows)
{
  const struct _p_Ldl *const p = &f->pattern;

  for (PetscInt q = p->first[front]; q < p->first[front + 1]; q++, panel += rows) {
    for (PetscInt e = p->entry_start[q]; e < p->entry_start[q + 1]; e++)
      panel[p->entry_row[e]] = value[p->entry_value[e]];
  }
}

/* A child's update matrix [rows][inner], whose rows ascend in the parent. */
static void AddChild(LinearFactor f, PetscInt child, PetscReal *panel, PetscReal *update, PetscInt pivots,
                     PetscInt rest)
{
  const struct _p_Ldl *const p   = &f->pattern;
  const PetscInt *restrict at    = p->relative + p->row_start[child];
  const PetscInt rows            = p->row_start[child + 1] - p->row_start[child];
  const PetscReal *restrict from = f->stack + f->waiting[child];

  for (PetscInt j = 0; j < f->inner[child]; j++, from += rows) {
    PetscReal *restrict to = at[j] < pivots ? panel + (size_t)at[j] * (size_t)(pivots + rest)
                                            : update + (ptrdiff_t)(at[j] - pivots) * rest - pivots;

    for (PetscInt i = j; i < rows; i++) to[at[i]] += from[i];
  }
}

/* The border's part of a front's update. */
static void AddBorder(LinearFactor f, PetscInt front, const PetscReal *l, const PetscReal *w, size_t rows,
                      PetscInt pivots)
{
  const struct _p_Ldl *const p   = &f->pattern;
  const PetscInt *const      row = f->row + p->row_start[front] + f->inner[front];
  const PetscInt             n   = p->row_start[front + 1] - p->row_start[front] - f->inner[front];
  const size_t               ld  = (size_t)p->n_border;

  if (n == p->n_border) {
    MultiplyLower(n, n, pivots, l, rows, w, rows, f->schur, ld);
    return;
  }
  if (n == 0) return;
  memset(f->product, 0, (size_t)n * (size_t)n * sizeof(PetscReal));
  MultiplyLower(n, n, pivots, l, rows, w, rows, f->product, (size_t)n);
  for (PetscInt j = 0; j < n; j++) {
    PetscReal *restrict to         = f->schur + (size_t)(row[j] - f->interior) * ld;
    const PetscReal *restrict from = f->product + (size_t)j * (size_t)n;

    for (PetscInt i = j; i < n; i++) to[row[i] - f->interior] += from[i];
  }
}

/* used: top of the stack, children's matrices below it. */
static PetscInt FactorFront(LinearFactor f, PetscInt front, const PetscReal *value, PetscReal tiny, PetscInt *kept,
                            PetscInt *n_kept, size_t *used)
{
  const struct _p_Ldl *const p     = &f->pattern;
  const PetscInt             first = p->first[front], pivots = p->first[front + 1] - first;
  const PetscInt             rest = p->row_start[front + 1] - p->row_start[front], inner = f->inner[front];
  const size_t               rows = (size_t)(pivots + rest), size = (size_t)rest * (size_t)inner;
  PetscReal *const panel = f->panel + f->panel_at[front], *const update = f->stack + *used;
  size_t   base = *used;
  PetscInt repaired;

  memset(panel, 0, rows * (size_t)pivots * sizeof(PetscReal));
  memset(update, 0, size * sizeof(PetscReal));
  AddEntries(f, front, value, panel, rows);
  for (PetscInt c = p->n_children[front]; c > 0; c--) AddChild(f, kept[*n_kept - c], panel, update, pivots, rest);
  if (p->n_children[front] > 0) base = f->waiting[kept[*n_kept - p->n_children[front]]];
  *n_kept -= p->n_children[front];
  repaired = FactorPanel(panel, f->unscaled, (PetscInt)rows, pivots, f->sign + first, f->inverse + first, tiny);
  MultiplyLower(rest, inner, pivots, panel + pivots, rows, f->unscaled + pivots, rows, update, (size_t)rest);
  AddBorder(f, front, panel + pivots + inner, f->unscaled + pivots + inner, rows, pivots);
  if (base < *used) memmove(f->stack + base, update, size * sizeof(PetscReal));
  f->waiting[front] = base;
  *used             = base + size;
  if (p->parent[front] >= 0) kept[(*n_kept)++] = front;
  return repaired;
}

PetscErrorCode LinearFactorNumeric(LinearFactor f, const PetscReal *value, PetscInt *repaired)
{
  const struct _p_Ldl *const p    = &f->pattern;
  size_t                     used = 0;
  PetscInt                  *kept, n_kept = 0;

  PetscFunctionBeginUser;
  *repaired = 0;
  PetscCall(PetscMalloc1(f->n_fronts + 1, &kept));
  PetscCall(PetscArrayzero(f->schur, (size_t)p->n_border * (size_t)p->n_border));
  for (PetscInt q = f->interior; q < p->size; q++) {
    PetscReal *const column = f->schur + (size_t)(q - f->interior) * (size_t)p->n_border;

    for (PetscInt e = p->entry_start[q]; e < p->entry_start[q + 1]; e++)
      column[p->entry_row[e]] = value[p->entry_value[e]];
  }
  for (PetscInt front = 0; front < f->n_fronts; front++)
    *repaired += FactorFront(f, front, value, 0, kept, &n_kept, &used);
  PetscCall(PetscFree(kept));
  PetscFunctionReturn(0);
}

const PetscReal *LinearFactorSchur(LinearFactor f)
{
  return f->schur;
}

void LinearFactorCounts(LinearFactor f, double *entries, double *operations)
{
  *entries    = f->entries;
  *operations = f->operations;
}

/* --- Solves --- */

LDL_WIDE static void ForwardFront(const PetscReal *l, size_t rows, PetscInt pivots, PetscReal *restrict w)
{
  for (PetscInt k = 0; k < pivots; k++, l += rows) {
    const PetscReal x = w[k];

    for (size_t i = (size_t)k + 1; i < rows; i++) w[i] -= l[i] * x;
  }
}

LDL_WIDE static void BackwardFront(const PetscReal *l, size_t rows, PetscInt pivots, PetscReal *restrict w)
{
  for (PetscInt k = pivots - 1; k >= 0; k--) {
    const PetscReal *restrict column = l + (size_t)k * rows;
    PetscReal sum[4]                 = {0};
    size_t    i                      = (size_t)k + 1;

    for (; i + 4 <= rows; i += 4) {
      for (int s = 0; s < 4; s++) sum[s] += column[i + (size_t)s] * w[i + (size_t)s];
    }
    for (; i < rows; i++) sum[0] += column[i] * w[i];
    w[k] -= (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
}

PetscErrorCode LinearFactorForward(LinearFactor f, PetscReal *x)
{
  const struct _p_Ldl *const p       = &f->pattern;
  PetscReal *restrict const permuted = f->permuted, *restrict const w = f->gathered;

  PetscFunctionBeginUser;
  for (PetscInt q = 0; q < p->size; q++) permuted[q] = x[p->order[q]];
  for (PetscInt front = 0; front < f->n_fronts; front++) {
    const PetscInt   first = p->first[front], pivots = p->first[front + 1] - first;
    const PetscInt  *row  = f->row + p->row_start[front];
    const PetscInt   rest = p->row_start[front + 1] - p->row_start[front];
    const PetscReal *l    = f->panel + f->panel_at[front];

    if (pivots == 1) {
      const PetscReal top = permuted[first];

      for (PetscInt i = 0; i < rest; i++) permuted[row[i]] -= l[i + 1] * top;
      continue;
    }
    for (PetscInt k = 0; k < pivots; k++) w[k] = permuted[first + k];
    for (PetscInt i = 0; i < rest; i++) w[pivots + i] = permuted[row[i]];
    ForwardFront(l, (size_t)(pivots + rest), pivots, w);
    for (PetscInt k = 0; k < pivots; k++) permuted[first + k] = w[k];
    for (PetscInt i = 0; i < rest; i++) permuted[row[i]] = w[pivots + i];
  }
  for (PetscInt q = 0; q < p->size; q++) x[p->order[q]] = permuted[q];
  PetscFunctionReturn(0);
}

PetscErrorCode LinearFactorBackward(LinearFactor f, PetscReal *x)
{
  const struct _p_Ldl *const p       = &f->pattern;
  PetscReal *restrict const permuted = f->permuted, *restrict const w = f->gathered;

  PetscFunctionBeginUser;
  for (PetscInt q = 0; q < p->size; q++) permuted[q] = x[p->order[q]];
  for (PetscInt front = f->n_fronts - 1; front >= 0; front--) {
    const PetscInt   first = p->first[front], pivots = p->first[front + 1] - first;
    const PetscInt  *row  = f->row + p->row_start[front];
    const PetscInt   rest = p->row_start[front + 1] - p->row_start[front];
    const PetscReal *l    = f->panel + f->panel_at[front];

    if (pivots == 1) {
      PetscReal sum = permuted[first] * f->inverse[first];

      for (PetscInt i = 0; i < rest; i++) sum -= l[i + 1] * permuted[row[i]];
      permuted[first] = sum;
      continue;
    }
    for (PetscInt k = 0; k < pivots; k++) w[k] = permuted[first + k] * f->inverse[first + k];
    for (PetscInt i = 0; i < rest; i++) w[pivots + i] = permuted[row[i]];
    BackwardFront(l, (size_t)(pivots + rest), pivots, w);
    for (PetscInt k = 0; k < pivots; k++) permuted[first + k] = w[k];
  }
  for (PetscInt q = 0; q < p->size; q++) x[p->order[q]] = permuted[q];
  PetscFunctionReturn(0);
}

/* --- Structure --- */

/* Sizes of what waits on the stack at most, and of the largest front. */
static void Measure(LinearFactor f, size_t *stack, size_t *largest, size_t *widest, size_t *border)
{
  const struct _p_Ldl *const p    = &f->pattern;
  size_t                     used = 0, *size = f->waiting;

  *stack = *largest = *widest = *border = 0;
  for (PetscInt front = 0; front < f->n_fronts; front++) {
    const size_t pivots = (size_t)(p->first[front + 1] - p->first[front]);
    const size_t rest = (size_t)(p->row_start[front + 1] - p->row_start[front]), inner = (size_t)f->inner[front];

    size[front] = rest * inner;
    *stack      = PetscMax(*stack, used + size[front]);
    *widest     = PetscMax(*widest, pivots + rest);
    *largest    = PetscMax(*largest, (pivots + rest) * pivots);
    if (rest - inner < (size_t)p->n_border) *border = PetscMax(*border, rest - inner);
    f->panel_at[front + 1] = f->panel_at[front] + (pivots + rest) * pivots;
    f->operations += (double)pivots * (double)(pivots + rest) * (double)(pivots + rest) / 2;
  }
  f->entries = (double)f->panel_at[f->n_fronts];
  (void)used;
}

/* The stack's height, with the children taken off before each front's matrix is moved down. */
static PetscErrorCode MeasureStack(LinearFactor f, size_t *stack)
{
  const struct _p_Ldl *const p = &f->pattern;
  PetscInt                  *kept, n_kept = 0;
  size_t                     used = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(f->n_fronts + 1, &kept));
  *stack = 0;
  for (PetscInt front = 0; front < f->n_fronts; front++) {
    *stack = PetscMax(*stack, used + f->waiting[front]);
    for (PetscInt c = p->n_children[front]; c > 0; c--) used -= f->waiting[kept[--n_kept]];
    used += f->waiting[front];
    if (p->parent[front] >= 0) kept[n_kept++] = front;
  }
  PetscCall(PetscFree(kept));
  PetscFunctionReturn(0);
}

static PetscErrorCode Allocate(LinearFactor f)
{
  const struct _p_Ldl *const p = &f->pattern;
  size_t                     stack, largest, widest, border;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(f->n_fronts + 1, &f->panel_at, f->n_fronts + 1, &f->waiting));
  Measure(f, &stack, &largest, &widest, &border);
  PetscCall(MeasureStack(f, &stack));
  PetscCall(PetscMalloc1(f->panel_at[f->n_fronts] + 1, &f->panel));
  PetscCall(PetscMalloc1(f->interior + 1, &f->inverse));
  PetscCall(PetscMalloc1(stack + 1, &f->stack));
  PetscCall(PetscMalloc1(largest + 1, &f->unscaled));
  PetscCall(PetscMalloc1(border * border + 1, &f->product));
  PetscCall(PetscMalloc1((size_t)p->n_border * (size_t)p->n_border + 1, &f->schur));
  PetscCall(PetscMalloc2(p->size + 1, &f->permuted, widest + 1, &f->gathered));
  f->bytes = sizeof(PetscReal) * ((double)f->panel_at[f->n_fronts] + 2.0 * (double)f->interior + (double)stack +
                                  (double)largest + (double)widest + (double)border * (double)border + (double)p->size);
  PetscFunctionReturn(0);
}

PetscErrorCode LinearFactorCreate(PetscInt size, const PetscInt *start, const PetscInt *column,
                                  const PetscBool *positive, PetscInt n_border, LinearFactor *factor)
{
  LinearFactor f;
  PetscInt    *group, *place, rows;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&f));
  *factor             = f;
  f->interior         = size - n_border;
  f->pattern.size     = size;
  f->pattern.n_border = n_border;
  f->pattern.start    = start;
  f->pattern.column   = column;
  PetscCall(PetscMalloc2(size + 1, &group, size + 1, &place));
  for (PetscInt i = 0; i < size; i++) group[i] = i;
  PetscCall(LdlAnalyse(&f->pattern, group));
  f->n_fronts = f->pattern.n_fronts - (n_border > 0);
  rows        = f->pattern.row_start[f->n_fronts];
  for (PetscInt q = 0; q < size; q++) place[f->pattern.order[q]] = q;
  PetscCall(PetscMalloc3(rows + 1, &f->row, f->n_fronts + 1, &f->inner, f->interior + 1, &f->sign));
  for (PetscInt r = 0; r < rows; r++) f->row[r] = place[f->pattern.row[r]];
  for (PetscInt front = 0; front < f->n_fronts; front++) {
    f->inner[front] = 0;
    for (PetscInt r = f->pattern.row_start[front]; r < f->pattern.row_start[front + 1]; r++)
      f->inner[front] += f->row[r] < f->interior;
  }
  for (PetscInt q = 0; q < f->interior; q++) f->sign[q] = positive[f->pattern.order[q]] ? 1 : -1;
  PetscCall(PetscFree2(group, place));
  PetscCall(Allocate(f));
  PetscFunctionReturn(0);
}

double LinearFactorBytes(LinearFactor f)
{
  const struct _p_Ldl *const p        = &f->pattern;
  const double               integers = 3.0 * (double)p->row_start[p->n_fronts] + 2.0 * (double)p->start[p->size] +
                          2.0 * (double)p->size + 9.0 * (double)p->n_fronts;

  return f->bytes + sizeof(PetscInt) * integers;
}

PetscErrorCode LinearFactorDestroy(LinearFactor *factor)
{
  LinearFactor f = *factor;

  PetscFunctionBeginUser;
  if (!f) PetscFunctionReturn(0);
  PetscCall(PetscFree3(f->pattern.first, f->pattern.parent, f->pattern.n_children));
  PetscCall(PetscFree(f->pattern.row_start));
  PetscCall(PetscFree2(f->pattern.row, f->pattern.relative));
  PetscCall(PetscFree(f->pattern.order));
  PetscCall(PetscFree(f->pattern.entry_start));
  PetscCall(PetscFree2(f->pattern.entry_value, f->pattern.entry_row));
  PetscCall(PetscFree3(f->row, f->inner, f->sign));
  PetscCall(PetscFree2(f->panel_at, f->waiting));
  PetscCall(PetscFree(f->panel));
  PetscCall(PetscFree(f->inverse));
  PetscCall(PetscFree(f->stack));
  PetscCall(PetscFree(f->unscaled));
  PetscCall(PetscFree(f->product));
  PetscCall(PetscFree(f->schur));
  PetscCall(PetscFree2(f->permuted, f->gathered));
  PetscCall(PetscFree(*factor));
  PetscFunctionReturn(0);
}
