/* Factorisation and solves over blocks of time with a dense border. */
#include "solver/linear_kkt.h"

#include "inputs/log.h"
#include "solver/linear_factor.h"

#include <petscblaslapack.h>
#include <petsctime.h>

/* One block: its unknowns are its variables, its rows, then the border's variables and rows that it touches. */
typedef struct {
  PetscInt     n, m, border; /* interior variables, rows; border unknowns it touches */
  PetscInt    *touched;      /* [border] in the border's numbering: variables, then rows */
  PetscInt    *start, *column;
  PetscReal   *value;
  LinearFactor factor;
  PetscReal   *work; /* [n + m + border] */
} Block;

struct _p_LinearKkt {
  LinearParts  parts;
  Block       *block;         /* [n_local] */
  PetscInt     border;        /* unknowns */
  PetscReal   *dense;         /* [border][border] lower triangle, factorised */
  PetscReal   *reduced;       /* [n_local + 1][border] in solves */
  PetscReal   *solution;      /* [border] */
  PetscInt    *all_sizes;     /* [n_blocks] border unknowns of each block */
  PetscInt    *all_touched;   /* those of each block, one after the other */
  PetscMPIInt *count, *place; /* [size] of triangles */
  PetscReal   *packed, *gathered;
  double       entries, operations, seconds;
};

/* --- Patterns --- */

/* Place of each border unknown in a block's list, -1: not touched; the list itself. */
static PetscErrorCode ListTouched(LinearKkt kkt, PetscInt b, PetscInt *slot)
{
  const LinearParts p     = kkt->parts;
  Block *const      block = &kkt->block[b];
  const PetscInt    inner = p->n - p->border_variables, inner_rows = p->m - p->border_rows;
  const LinearRows *a = &p->a, *t = &p->t;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < kkt->border; k++) slot[k] = -1;
  for (PetscInt k = a->start[p->row_start[b]]; k < a->start[p->row_start[b + 1]]; k++) {
    if (a->column[k] >= inner) slot[a->column[k] - inner] = 0;
  }
  for (PetscInt k = t->start[p->variable_start[b]]; k < t->start[p->variable_start[b + 1]]; k++) {
    if (t->column[k] >= inner_rows) slot[p->border_variables + t->column[k] - inner_rows] = 0;
  }
  block->border = 0;
  for (PetscInt k = 0; k < kkt->border; k++) block->border += slot[k] == 0;
  PetscCall(PetscMalloc1(block->border + 1, &block->touched));
  block->border = 0;
  for (PetscInt k = 0; k < kkt->border; k++) {
    if (slot[k] < 0) continue;
    slot[k]                         = block->border;
    block->touched[block->border++] = k;
  }
  PetscFunctionReturn(0);
}

/* Upper triangle: variables meet rows and border rows, rows meet border variables. Values but the diagonal's are put in. */
static PetscErrorCode SetUpPattern(LinearKkt kkt, PetscInt b, const PetscInt *slot)
{
  const LinearParts p     = kkt->parts;
  Block *const      block = &kkt->block[b];
  const PetscInt    inner = p->n - p->border_variables, inner_rows = p->m - p->border_rows;
  const PetscInt    v0 = p->variable_start[b], r0 = p->row_start[b], size = block->n + block->m + block->border;
  PetscInt          nnz = size;

  PetscFunctionBeginUser;
  nnz += p->t.start[v0 + block->n] - p->t.start[v0];
  for (PetscInt k = p->a.start[r0]; k < p->a.start[r0 + block->m]; k++) nnz += p->a.column[k] >= inner;
  PetscCall(PetscMalloc3(size + 1, &block->start, nnz + 1, &block->column, nnz + 1, &block->value));
  nnz = 0;
  for (PetscInt i = 0; i < size; i++) {
    block->start[i]     = nnz;
    block->column[nnz]  = i;
    block->value[nnz++] = 0;
    for (PetscInt k = i < block->n ? p->t.start[v0 + i] : 0; i < block->n && k < p->t.start[v0 + i + 1]; k++) {
      const PetscInt r = p->t.column[k];

      block->column[nnz] =
          r >= inner_rows ? block->n + block->m + slot[p->border_variables + r - inner_rows] : block->n + r - r0;
      block->value[nnz++] = p->t.value[k];
    }
    if (i < block->n || i >= block->n + block->m) continue;
    for (PetscInt k = p->a.start[r0 + i - block->n]; k < p->a.start[r0 + i - block->n + 1]; k++) {
      if (p->a.column[k] < inner) continue;
      block->column[nnz]  = block->n + block->m + slot[p->a.column[k] - inner];
      block->value[nnz++] = p->a.value[k];
    }
  }
  block->start[size] = nnz;
  PetscFunctionReturn(0);
}

static PetscErrorCode BlockCreate(LinearKkt kkt, PetscInt b, PetscInt *slot)
{
  const LinearParts p     = kkt->parts;
  Block *const      block = &kkt->block[b];
  PetscBool        *positive;
  PetscInt          size;
  double            entries, operations;

  PetscFunctionBeginUser;
  block->n = p->variable_start[b + 1] - p->variable_start[b];
  block->m = p->row_start[b + 1] - p->row_start[b];
  PetscCall(ListTouched(kkt, b, slot));
  PetscCall(SetUpPattern(kkt, b, slot));
  size = block->n + block->m + block->border;
  PetscCall(PetscMalloc1(size + 1, &positive));
  for (PetscInt i = 0; i < size; i++) positive[i] = (PetscBool)(i < block->n);
  PetscCall(LinearFactorCreate(size, block->start, block->column, positive, block->border, &block->factor));
  PetscCall(PetscFree(positive));
  PetscCall(PetscMalloc1(size + 1, &block->work));
  LinearFactorCounts(block->factor, &entries, &operations);
  kkt->entries += entries;
  kkt->operations += operations;
  PetscFunctionReturn(0);
}

/* Which border unknowns each block touches, on every rank. */
static PetscErrorCode ShareTouched(LinearKkt kkt)
{
  const LinearParts p    = kkt->parts;
  PetscInt          mine = 0, at = 0, *list;
  PetscMPIInt      *count, *place;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(p->size, &count, p->size, &place));
  PetscCall(PetscCalloc1(p->n_blocks + 1, &kkt->all_sizes));
  for (PetscInt b = 0; b < p->n_local; b++) {
    kkt->all_sizes[p->first + b] = kkt->block[b].border;
    mine += kkt->block[b].border;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, kkt->all_sizes, (PetscMPIInt)p->n_blocks, MPIU_INT, MPI_SUM, p->comm));
  PetscCall(PetscCalloc2(p->size, &kkt->count, p->size, &kkt->place));
  for (PetscMPIInt r = 0; r < p->size; r++) {
    count[r] = 0;
    for (PetscInt b = p->displacement[r]; b < p->displacement[r] + p->blocks_of[r]; b++) {
      count[r] += (PetscMPIInt)kkt->all_sizes[b];
      kkt->count[r] += (PetscMPIInt)(kkt->all_sizes[b] * (kkt->all_sizes[b] + 1) / 2);
    }
    place[r]      = r ? place[r - 1] + count[r - 1] : 0;
    kkt->place[r] = r ? kkt->place[r - 1] + kkt->count[r - 1] : 0;
  }
  PetscCall(PetscMalloc1(place[p->size - 1] + count[p->size - 1] + 1, &kkt->all_touched));
  PetscCall(PetscMalloc1(mine + 1, &list));
  for (PetscInt b = 0; b < p->n_local; b++) {
    for (PetscInt k = 0; k < kkt->block[b].border; k++) list[at++] = kkt->block[b].touched[k];
  }
  PetscCallMPI(MPI_Allgatherv(list, (PetscMPIInt)mine, MPIU_INT, kkt->all_touched, count, place, MPIU_INT, p->comm));
  PetscCall(PetscMalloc2(kkt->count[p->rank] + 1, &kkt->packed, kkt->place[p->size - 1] + kkt->count[p->size - 1] + 1,
                         &kkt->gathered));
  PetscCall(PetscFree(list));
  PetscCall(PetscFree2(count, place));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearKktCreate(LinearParts parts, LinearKkt *kkt)
{
  LinearKkt k;
  PetscInt *slot;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&k));
  *kkt      = k;
  k->parts  = parts;
  k->border = parts->border_variables + parts->border_rows;
  PetscCall(PetscCalloc1(parts->n_local + 1, &k->block));
  PetscCall(PetscMalloc1(k->border + 1, &slot));
  for (PetscInt b = 0; b < parts->n_local; b++) PetscCall(BlockCreate(k, b, slot));
  PetscCall(PetscFree(slot));
  PetscCall(PetscMalloc1((size_t)k->border * (size_t)k->border + 1, &k->dense));
  PetscCall(
      PetscMalloc2((size_t)(parts->n_local + 1) * (size_t)k->border + 1, &k->reduced, k->border + 1, &k->solution));
  PetscCall(ShareTouched(k));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearKktDestroy(LinearKkt *kkt)
{
  LinearKkt k = *kkt;

  PetscFunctionBeginUser;
  if (!k) PetscFunctionReturn(0);
  for (PetscInt b = 0; b < k->parts->n_local; b++) {
    PetscCall(LinearFactorDestroy(&k->block[b].factor));
    PetscCall(PetscFree3(k->block[b].start, k->block[b].column, k->block[b].value));
    PetscCall(PetscFree(k->block[b].touched));
    PetscCall(PetscFree(k->block[b].work));
  }
  PetscCall(PetscFree(k->block));
  PetscCall(PetscFree(k->dense));
  PetscCall(PetscFree2(k->reduced, k->solution));
  PetscCall(PetscFree(k->all_sizes));
  PetscCall(PetscFree(k->all_touched));
  PetscCall(PetscFree2(k->count, k->place));
  PetscCall(PetscFree2(k->packed, k->gathered));
  PetscCall(PetscFree(*kkt));
  PetscFunctionReturn(0);
}

void LinearKktCounts(LinearKkt kkt, double *entries, double *operations, double *seconds)
{
  *entries    = kkt->entries;
  *operations = kkt->operations;
  *seconds    = kkt->seconds;
}

double LinearKktBytes(LinearKkt kkt)
{
  double bytes = 0;

  for (PetscInt b = 0; b < kkt->parts->n_local; b++) {
    const Block *const block = &kkt->block[b];
    const double       size  = block->n + block->m + block->border,
                 entries     = block->start[block->n + block->m + block->border];

    bytes += (sizeof(PetscInt) + sizeof(PetscReal)) * (size + entries) + LinearFactorBytes(block->factor);
  }
  return bytes;
}

/* --- The border --- */

static PetscErrorCode GatherTriangles(LinearKkt kkt)
{
  const LinearParts p  = kkt->parts;
  PetscReal        *to = kkt->packed;

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < p->n_local; b++) {
    const PetscInt   n    = kkt->block[b].border;
    const PetscReal *from = LinearFactorSchur(kkt->block[b].factor);

    for (PetscInt j = 0; j < n; j++, to += n - j + 1)
      PetscCall(PetscArraycpy(to, from + (size_t)j * (size_t)n + (size_t)j, n - j));
  }
  PetscCallMPI(MPI_Allgatherv(kkt->packed, kkt->count[p->rank], MPIU_REAL, kkt->gathered, kkt->count, kkt->place,
                              MPIU_REAL, p->comm));
  PetscFunctionReturn(0);
}

static void AddTriangles(LinearKkt kkt)
{
  const PetscReal *from    = kkt->gathered;
  const PetscInt  *touched = kkt->all_touched;

  for (PetscInt b = 0; b < kkt->parts->n_blocks; b++) {
    const PetscInt n = kkt->all_sizes[b];

    for (PetscInt j = 0; j < n; j++) {
      PetscReal *const to = kkt->dense + (size_t)touched[j] * (size_t)kkt->border;

      for (PetscInt i = j; i < n; i++) to[touched[i]] += *from++;
    }
    touched += n;
  }
}

/* Cholesky factors of the variables' part and of what the rows add up to with the sign turned. */
static PetscErrorCode FactorDense(LinearKkt kkt, PetscInt *repaired)
{
  const PetscInt     nv = kkt->parts->border_variables, nr = kkt->parts->border_rows;
  const PetscBLASInt bv = (PetscBLASInt)nv, br = (PetscBLASInt)nr, ld = (PetscBLASInt)kkt->border;
  const PetscReal    one = 1, minus = -1;
  PetscReal *const d = kkt->dense, *const corner = d + (size_t)nv * (size_t)kkt->border + (size_t)nv;
  PetscBLASInt info = 0;

  PetscFunctionBeginUser;
  if (nv > 0) PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("L", &bv, d, &ld, &info));
  *repaired += info != 0;
  if (nr == 0 || info != 0) PetscFunctionReturn(0);
  if (nv > 0) {
    PetscCallBLAS("BLAStrsm", BLAStrsm_("R", "L", "T", "N", &br, &bv, &one, d, &ld, d + nv, &ld));
    PetscCallBLAS("BLASsyrk", BLASsyrk_("L", "N", &br, &bv, &minus, d + nv, &ld, &one, corner, &ld));
  }
  for (PetscInt j = 0; j < nr; j++) {
    for (PetscInt i = j; i < nr; i++) corner[(size_t)j * (size_t)kkt->border + (size_t)i] *= -1;
  }
  PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("L", &br, corner, &ld, &info));
  *repaired += info != 0;
  PetscFunctionReturn(0);
}

static PetscErrorCode FactorBorder(LinearKkt kkt, const PetscReal *dx, const PetscReal *dy, PetscInt *repaired)
{
  const LinearParts p     = kkt->parts;
  const PetscInt    inner = p->n - p->border_variables, inner_rows = p->m - p->border_rows, nv = p->border_variables;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(kkt->dense, (size_t)kkt->border * (size_t)kkt->border));
  PetscCall(GatherTriangles(kkt));
  AddTriangles(kkt);
  for (PetscInt k = 0; k < nv; k++) kkt->dense[(size_t)k * (size_t)kkt->border + (size_t)k] += dx[inner + k];
  for (PetscInt k = 0; k < p->border_rows; k++) {
    kkt->dense[(size_t)(nv + k) * (size_t)kkt->border + (size_t)(nv + k)] -= dy[inner_rows + k];
    for (PetscInt e = p->a.start[inner_rows + k]; e < p->a.start[inner_rows + k + 1]; e++) {
      if (p->a.column[e] >= inner)
        kkt->dense[(size_t)(p->a.column[e] - inner) * (size_t)kkt->border + (size_t)(nv + k)] += p->a.value[e];
    }
  }
  PetscCall(FactorDense(kkt, repaired));
  PetscFunctionReturn(0);
}

/* With L of the variables, W below it and the factor C of the corner, whose sign is turned. */
static PetscErrorCode SolveDense(LinearKkt kkt, PetscReal *x)
{
  const PetscInt     nv = kkt->parts->border_variables, nr = kkt->parts->border_rows;
  const PetscBLASInt bv = (PetscBLASInt)nv, br = (PetscBLASInt)nr, ld = (PetscBLASInt)PetscMax(kkt->border, 1), inc = 1;
  const PetscReal    one = 1, minus = -1;
  PetscReal *const d = kkt->dense, *const corner = d + (size_t)nv * (size_t)kkt->border + (size_t)nv;

  PetscFunctionBeginUser;
  if (nv > 0) PetscCallBLAS("BLAStrsm", BLAStrsm_("L", "L", "N", "N", &bv, &inc, &one, d, &ld, x, &ld));
  if (nv > 0 && nr > 0)
    PetscCallBLAS("BLASgemv", BLASgemv_("N", &br, &bv, &minus, d + nv, &ld, x, &inc, &one, x + nv, &inc));
  if (nr > 0) {
    PetscCallBLAS("BLAStrsm", BLAStrsm_("L", "L", "N", "N", &br, &inc, &one, corner, &ld, x + nv, &ld));
    for (PetscInt k = nv; k < nv + nr; k++) x[k] *= -1;
    PetscCallBLAS("BLAStrsm", BLAStrsm_("L", "L", "T", "N", &br, &inc, &one, corner, &ld, x + nv, &ld));
  }
  if (nv > 0 && nr > 0)
    PetscCallBLAS("BLASgemv", BLASgemv_("T", &br, &bv, &minus, d + nv, &ld, x + nv, &inc, &one, x, &inc));
  if (nv > 0) PetscCallBLAS("BLAStrsm", BLAStrsm_("L", "L", "T", "N", &bv, &inc, &one, d, &ld, x, &ld));
  PetscFunctionReturn(0);
}

/* --- All of it --- */

PetscErrorCode LinearKktFactor(LinearKkt kkt, const PetscReal *dx, const PetscReal *dy, PetscInt *repaired)
{
  const LinearParts p = kkt->parts;
  PetscLogDouble    begin, end;
  PetscInt          lost = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  PetscCall(LogEventBegin(LOG_SOLVER_LINEAR_FACTOR));
  for (PetscInt b = 0; b < p->n_local; b++) {
    Block *const block = &kkt->block[b];
    PetscInt     here;

    for (PetscInt i = 0; i < block->n; i++) block->value[block->start[i]] = dx[p->variable_start[b] + i];
    for (PetscInt i = 0; i < block->m; i++) block->value[block->start[block->n + i]] = -dy[p->row_start[b] + i];
    PetscCall(LinearFactorNumeric(block->factor, block->value, &here));
    lost += here;
  }
  PetscCallMPI(MPI_Allreduce(&lost, repaired, 1, MPIU_INT, MPI_SUM, p->comm));
  if (kkt->border > 0) PetscCall(FactorBorder(kkt, dx, dy, repaired));
  PetscCall(LogEventEnd(LOG_SOLVER_LINEAR_FACTOR));
  PetscCall(PetscTime(&end));
  kkt->seconds += end - begin;
  PetscFunctionReturn(0);
}

static PetscErrorCode Forward(LinearKkt kkt, const PetscReal *a, const PetscReal *b)
{
  const LinearParts p = kkt->parts;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(kkt->reduced, (size_t)(p->n_local + 1) * (size_t)kkt->border));
  for (PetscInt k = 0; k < p->n_local; k++) {
    Block *const     block = &kkt->block[k];
    const PetscInt   inner = block->n + block->m;
    PetscReal *const to    = kkt->reduced + (size_t)k * (size_t)kkt->border;

    PetscCall(PetscArraycpy(block->work, a + p->variable_start[k], block->n));
    PetscCall(PetscArraycpy(block->work + block->n, b + p->row_start[k], block->m));
    PetscCall(PetscArrayzero(block->work + inner, block->border));
    PetscCall(LinearFactorForward(block->factor, block->work));
    for (PetscInt i = 0; i < block->border; i++) to[block->touched[i]] = block->work[inner + i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LinearKktSolve(LinearKkt kkt, PetscReal *a, PetscReal *b)
{
  const LinearParts p       = kkt->parts;
  PetscReal *const border_a = a + p->n - p->border_variables, *const border_b = b + p->m - p->border_rows;
  PetscReal     *own;
  PetscLogDouble begin, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  PetscCall(LogEventBegin(LOG_SOLVER_LINEAR_SOLVE));
  PetscCall(Forward(kkt, a, b));
  own = kkt->reduced + (size_t)p->n_local * (size_t)kkt->border;
  PetscCall(PetscArraycpy(own, border_a, p->border_variables));
  PetscCall(PetscArraycpy(own + p->border_variables, border_b, p->border_rows));
  PetscCall(LinearPartsSum(p, kkt->border, kkt->reduced, kkt->solution));
  if (kkt->border > 0) PetscCall(SolveDense(kkt, kkt->solution));
  PetscCall(PetscArraycpy(border_a, kkt->solution, p->border_variables));
  PetscCall(PetscArraycpy(border_b, kkt->solution + p->border_variables, p->border_rows));
  for (PetscInt k = 0; k < p->n_local; k++) {
    Block *const   block = &kkt->block[k];
    const PetscInt inner = block->n + block->m;

    for (PetscInt i = 0; i < block->border; i++) block->work[inner + i] = kkt->solution[block->touched[i]];
    PetscCall(LinearFactorBackward(block->factor, block->work));
    PetscCall(PetscArraycpy(a + p->variable_start[k], block->work, block->n));
    PetscCall(PetscArraycpy(b + p->row_start[k], block->work + block->n, block->m));
  }
  PetscCall(LogEventEnd(LOG_SOLVER_LINEAR_SOLVE));
  PetscCall(PetscTime(&end));
  kkt->seconds += end - begin;
  PetscFunctionReturn(0);
}
