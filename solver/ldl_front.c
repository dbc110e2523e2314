/* Partial factorisation of one dense front with threshold pivoting.

   A candidate column is first measured against all of its rows; the first one whose 1 x 1 or 2 x 2 pivot (with the row of its
   largest fully summed entry) is comfortably stable is taken. Where none is, the best of those that pass the threshold; what fails
   is left to the parent. The growth bounds are those of Duff and Reid (1983). Where nothing can be delayed, complete pivoting
   (Bunch, Parlett 1971) takes what is left. */
#include "solver/ldl_internal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define BLOCK 48 /* columns that are searched and updated at once */

static const PetscReal comfortable  = 1e-3;  /* ratio of pivot to column that is taken without looking further */
static const PetscReal cancellation = 1e-2;  /* least part of a 2 x 2 determinant that may be left of its two terms */
static const PetscReal round_off    = 1e-14; /* of the columns as given: below is nothing */
static const PetscReal parlett      = 0.6403882032022076; /* (1 + sqrt(17)) / 8 */

#define ROWS 8 /* of a tile */
#define DEPTH 64

typedef double Row __attribute__((vector_size(8 * ROWS), aligned(8)));

typedef struct {
  PetscReal ratio;         /* pivot to column; 1 / growth */
  PetscInt  first, second; /* second < 0: 1 x 1 */
} Pivot;

/* c [rows][columns] -= l [rows][depth] w [columns][depth]' for up to 4 columns and 8 rows from one place on. */
static inline __attribute__((always_inline)) void Tile(PetscReal *restrict c, size_t ldc, const PetscReal *restrict l,
                                                       const PetscReal *restrict w, size_t ld, PetscInt depth,
                                                       PetscInt rows, PetscInt columns)
{
  Row sum[4] = {{0}};

  for (PetscInt k = 0; k < depth; k++, l += ld, w += ld) {
    Row a;

    memcpy(&a, l, sizeof a);
    for (PetscInt j = 0; j < columns; j++) sum[j] += a * w[j];
  }
  for (PetscInt j = 0; j < columns; j++, c += ldc) {
    if (rows >= ROWS) {
      Row a;

      memcpy(&a, c, sizeof a);
      a -= sum[j];
      memcpy(c, &a, sizeof a);
    } else {
      for (PetscInt i = 0; i < rows; i++) c[i] -= sum[j][i];
    }
  }
}

/* Lower trapezoid c [rows][columns] -= l w'; l and w have one leading dimension, and row i of l belongs to row i of c. The
   strict upper parts of the tiles on the diagonal are written too. */
LDL_WIDE static void UpdateChunk(PetscReal *c, size_t ldc, const PetscReal *l, const PetscReal *w, size_t ld,
                                 PetscInt rows, PetscInt columns, PetscInt depth)
{
  for (PetscInt j = 0; j < columns; j += 4) {
    const PetscReal *const wj = w + j;

    for (PetscInt i = j; i < rows; i += ROWS) {
      PetscReal *const       to = c + (size_t)j * ldc + (size_t)i;
      const PetscReal *const li = l + i;

      if (columns - j >= 4)
        Tile(to, ldc, li, wj, ld, depth, rows - i, 4);
      else if (columns - j == 1)
        Tile(to, ldc, li, wj, ld, depth, rows - i, 1);
      else if (columns - j == 2)
        Tile(to, ldc, li, wj, ld, depth, rows - i, 2);
      else
        Tile(to, ldc, li, wj, ld, depth, rows - i, 3);
    }
  }
}

/* In chunks of the depth, for the sake of the cache. */
static void Update(PetscReal *c, size_t ldc, const PetscReal *l, const PetscReal *w, size_t ld, PetscInt rows,
                   PetscInt columns, PetscInt depth)
{
  for (PetscInt k = 0; k < depth; k += DEPTH)
    UpdateChunk(c, ldc, l + (size_t)k * ld, w + (size_t)k * ld, ld, rows, columns, PetscMin(DEPTH, depth - k));
}

static inline PetscReal *At(const LdlFront *f, PetscInt i, PetscInt j)
{
  return f->panel + (size_t)j * (size_t)f->rows + (size_t)i;
}

static inline PetscReal Entry(const LdlFront *f, PetscInt i, PetscInt j)
{
  return i >= j ? *At(f, i, j) : *At(f, j, i);
}

/* Largest |column [n]|: as integers, magnitudes have the same order, and their maximum is found many at a time. */
static inline __attribute__((always_inline)) PetscReal Largest(const PetscReal *column, PetscInt n)
{
  int64_t   top = 0;
  PetscReal value;

  for (PetscInt i = 0; i < n; i++) {
    int64_t bits;

    memcpy(&bits, column + i, sizeof bits);
    bits &= INT64_MAX;
    top = bits > top ? bits : top;
  }
  memcpy(&value, &top, sizeof value);
  return value;
}

/* Largest entries of column q apart from the diagonal: among the fully summed rows before end, and below. */
LDL_WIDE static PetscReal ColumnMaximum(const LdlFront *f, PetscInt q, PetscInt end, PetscReal *inside)
{
  const PetscReal *const column = At(f, 0, q);
  PetscReal              top    = Largest(column + q + 1, end - q - 1);

  for (PetscInt i = f->done; i < q; i++) {
    const PetscReal v = fabs(*At(f, q, i));

    top = v > top ? v : top;
  }
  *inside = top;
  return PetscMax(top, Largest(column + end, f->rows - end));
}

/* The first fully summed row before end in which column q has an entry of this magnitude. */
static PetscInt RowOf(const LdlFront *f, PetscInt q, PetscInt end, PetscReal magnitude)
{
  for (PetscInt i = f->done; i < end; i++) {
    if (i != q && fabs(Entry(f, i, q)) == magnitude) return i;
  }
  return -1;
}

/* Largest entry of column q apart from rows q and skip. */
static PetscReal MaximumBut(LdlFront *f, PetscInt q, PetscInt skip, PetscInt end)
{
  PetscReal *const entry = skip > q ? At(f, skip, q) : At(f, q, skip);
  const PetscReal  kept  = *entry;
  PetscReal        inside, top;

  *entry = 0;
  top    = ColumnMaximum(f, q, end, &inside);
  *entry = kept;
  return top;
}

/* 1 / growth of the 2 x 2 pivot (q, t); 0 where its determinant has cancelled. */
static PetscReal PairRatio(LdlFront *f, PetscInt q, PetscInt t, PetscInt end)
{
  const PetscReal a = fabs(*At(f, q, q)), c = fabs(*At(f, t, t)), b = fabs(Entry(f, q, t));
  const PetscReal determinant = fabs(*At(f, q, q) * *At(f, t, t) - b * b);
  PetscReal       mq, mt, growth;

  if (!(determinant > cancellation * PetscMax(a * c, b * b))) return 0;
  mq     = MaximumBut(f, q, t, end);
  mt     = MaximumBut(f, t, q, end);
  growth = PetscMax(c * mq + b * mt, b * mq + a * mt);
  return growth > 0 ? determinant / growth : PETSC_MAX_REAL;
}

static PetscBool FindPivot(LdlFront *f, PetscInt end, Pivot *best)
{
  *best = (Pivot){0, -1, -1};
  for (PetscInt q = f->done; q < end; q++) {
    PetscReal       inside, ratio;
    const PetscReal top = ColumnMaximum(f, q, end, &inside), diagonal = fabs(*At(f, q, q));
    PetscInt        t;

    if (!(PetscMax(top, diagonal) > round_off * f->scale[f->index[q]])) continue; /* left for where it is forced */
    ratio = top > 0 ? diagonal / top : PETSC_MAX_REAL;
    if (ratio > best->ratio) *best = (Pivot){ratio, q, -1};
    if (ratio >= comfortable) return PETSC_TRUE;
    if (inside == 0) continue;
    t     = RowOf(f, q, end, inside);
    ratio = PairRatio(f, q, t, end);
    if (ratio > best->ratio) *best = (Pivot){ratio, PetscMin(q, t), PetscMax(q, t)};
    if (ratio >= comfortable) return PETSC_TRUE;
  }
  return (PetscBool)(best->ratio >= f->threshold);
}

/* The best pivot of all there is (Bunch, Parlett), in columns scaled as given; false where only round-off is left. */
static PetscBool FindForced(const LdlFront *f, Pivot *best)
{
  PetscReal diagonal = 0, outside = 0;
  PetscInt  at = -1, row = -1, column = -1;

  for (PetscInt j = f->done; j < f->pivots; j++) {
    const PetscReal sj = f->scale[f->index[j]];

    for (PetscInt i = j; i < f->pivots; i++) {
      const PetscReal s = sqrt(sj) * sqrt(f->scale[f->index[i]]), v = s > 0 ? fabs(*At(f, i, j)) / s : 0;

      if (i == j && v > diagonal) {
        diagonal = v;
        at       = j;
      } else if (i != j && v > outside) {
        outside = v;
        row     = i;
        column  = j;
      }
    }
  }
  if (!(PetscMax(diagonal, outside) > round_off)) return PETSC_FALSE;
  *best = diagonal >= parlett * outside ? (Pivot){1, at, -1} : (Pivot){1, column, row};
  return PETSC_TRUE;
}

/* Exchanges unknowns a < b; columns done before and the unscaled ones go along. */
static void Exchange(LdlFront *f, PetscInt a, PetscInt b)
{
  const PetscInt index = f->index[a];

  if (a == b) return;
  f->index[a] = f->index[b];
  f->index[b] = index;
  for (PetscInt j = 0; j < a; j++) {
    PetscReal *const p = At(f, 0, j), v = p[a];

    p[a] = p[b];
    p[b] = v;
  }
  const PetscReal diagonal = *At(f, a, a);

  *At(f, a, a) = *At(f, b, b);
  *At(f, b, b) = diagonal;
  for (PetscInt c = a + 1; c < b; c++) {
    const PetscReal v = *At(f, c, a);

    *At(f, c, a) = *At(f, b, c);
    *At(f, b, c) = v;
  }
  for (PetscInt i = b + 1; i < f->rows; i++) {
    const PetscReal v = *At(f, i, a);

    *At(f, i, a) = *At(f, i, b);
    *At(f, i, b) = v;
  }
}

LDL_WIDE static void EliminateOne(LdlFront *f, PetscInt end)
{
  const PetscInt k = f->done, n = f->rows;
  PetscReal *restrict l = At(f, 0, k), *restrict w = f->unscaled + (size_t)k * (size_t)n;
  const PetscReal d = l[k], inverse = 1 / d;

  if (!isfinite(inverse)) f->finite = PETSC_FALSE;
  for (PetscInt i = k + 1; i < n; i++) {
    w[i] = l[i];
    l[i] *= inverse;
  }
  for (PetscInt c = k + 1; c < end; c++) {
    PetscReal *restrict column = At(f, 0, c);
    const PetscReal x          = w[c];

    if (x == 0) continue;
    for (PetscInt i = c; i < n; i++) column[i] -= l[i] * x;
  }
  f->inverse[2 * k]     = inverse;
  f->inverse[2 * k + 1] = 0;
  f->kind[k]            = 1;
  if (d > 0)
    f->inertia->positive++;
  else
    f->inertia->negative++;
  f->done++;
}

LDL_WIDE static void EliminateTwo(LdlFront *f, PetscInt end)
{
  const PetscInt k = f->done, n = f->rows;
  PetscReal *restrict l = At(f, 0, k), *restrict m = At(f, 0, k + 1);
  PetscReal *restrict w = f->unscaled + (size_t)k * (size_t)n, *restrict v = w + n;
  const PetscReal a = l[k], b = l[k + 1], c = m[k + 1], determinant = a * c - b * b;
  const PetscReal e11 = c / determinant, e12 = -b / determinant, e22 = a / determinant;

  if (!isfinite(e11) || !isfinite(e12) || !isfinite(e22)) f->finite = PETSC_FALSE;
  l[k + 1] = 0;
  for (PetscInt i = k + 2; i < n; i++) {
    const PetscReal x = l[i], y = m[i];

    w[i] = x;
    v[i] = y;
    l[i] = e11 * x + e12 * y;
    m[i] = e12 * x + e22 * y;
  }
  for (PetscInt j = k + 2; j < end; j++) {
    PetscReal *restrict column = At(f, 0, j);
    const PetscReal x = w[j], y = v[j];

    if (x == 0 && y == 0) continue;
    for (PetscInt i = j; i < n; i++) column[i] -= l[i] * x + m[i] * y;
  }
  f->inverse[2 * k]     = e11;
  f->inverse[2 * k + 1] = e12;
  f->inverse[2 * k + 2] = e22;
  f->inverse[2 * k + 3] = 0;
  f->kind[k]            = 2;
  f->kind[k + 1]        = 0;
  f->inertia->positive += determinant < 0 ? 1 : a > 0 ? 2 : 0;
  f->inertia->negative += determinant < 0 ? 1 : a > 0 ? 0 : 2;
  f->done += 2;
}

static void IgnoreOne(LdlFront *f)
{
  const PetscInt k = f->done, n = f->rows;

  memset(At(f, k, k), 0, (size_t)(n - k) * sizeof(PetscReal));
  memset(f->unscaled + (size_t)k * (size_t)n, 0, (size_t)n * sizeof(PetscReal));
  f->inverse[2 * k]     = 0;
  f->inverse[2 * k + 1] = 0;
  f->kind[k]            = 1;
  f->inertia->zero++;
  f->done++;
}

static void Take(LdlFront *f, const Pivot *pivot, PetscInt end)
{
  Exchange(f, f->done, pivot->first);
  if (pivot->second < 0)
    EliminateOne(f, end);
  else {
    Exchange(f, f->done + 1, pivot->second);
    EliminateTwo(f, end);
  }
}

/* Block after block of columns; what fails in one is tried again with the next, which is made wider by as much. */
static void EliminateStable(LdlFront *f)
{
  PetscInt end   = PetscMin(f->pivots, BLOCK);
  Pivot    pivot = {0};

  for (;;) {
    const PetscInt begin = f->done;

    while (f->done < end && FindPivot(f, end, &pivot)) Take(f, &pivot, end);
    if (end == f->pivots) return;
    if (f->done > begin) {
      const size_t n = (size_t)f->rows, from = (size_t)begin * n + (size_t)end;

      Update(At(f, end, end), n, f->panel + from, f->unscaled + from, n, f->rows - end, f->pivots - end,
             f->done - begin);
    }
    end = PetscMin(f->pivots, end + BLOCK);
  }
}

static void EliminateForced(LdlFront *f)
{
  Pivot pivot = {0};

  while (f->done < f->pivots && FindForced(f, &pivot)) Take(f, &pivot, f->pivots);
  while (f->done < f->pivots) IgnoreOne(f);
}

void LdlFrontFactor(LdlFront *f)
{
  const size_t   n    = (size_t)f->rows;
  const PetscInt rest = f->rows - f->pivots;

  EliminateStable(f);
  if (f->forced && f->done < f->pivots) EliminateForced(f);
  if (rest > 0 && f->done > 0)
    Update(f->update, (size_t)rest, f->panel + f->pivots, f->unscaled + f->pivots, n, rest, rest, f->done);
}
