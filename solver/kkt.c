/* Interior point systems: blocks in parts, border, and what the inertia of the whole says. */
#include "solver/kkt.h"

#include "inputs/log.h"
#include "solver/kkt_block.h"
#include "solver/kkt_border.h"

#include <petsctime.h>

struct _p_Kkt {
  Blocks            blocks;
  PetscInt          rows;  /* kept, of all blocks and the border: negative eigenvalues to have */
  KktSplit         *split; /* [blocks here] */
  PetscInt          n_parts;
  KktBlock         *part; /* [n_parts] of the blocks here, one block after the other */
  KktBorder         border;
  const PetscReal **schur;   /* [n_parts] */
  PetscReal       **reduced; /* [n_parts][its border unknowns] */
  PetscReal        *x;       /* [border unknowns] */
  KktStatistics     statistics;
};

static PetscErrorCode CreateParts(Kkt kkt)
{
  PetscInt at = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(kkt->n_parts, &kkt->part, kkt->n_parts, &kkt->schur, kkt->n_parts, &kkt->reduced));
  for (PetscInt b = 0; b < kkt->blocks->n_local; b++) {
    for (PetscInt p = 0; p < kkt->split[b].n_parts; p++, at++) {
      PetscCall(KktBlockCreate(&kkt->split[b].part[p], &kkt->part[at]));
      PetscCall(PetscCalloc1(kkt->split[b].part[p].border, &kkt->reduced[at]));
      kkt->rows += KktBlockRowsKept(kkt->part[at]);
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktCreate(Blocks blocks, const PetscBool *condense, Kkt *kkt)
{
  Kkt k;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&k));
  *kkt      = k;
  k->blocks = blocks;
  PetscCall(PetscCalloc1(blocks->n_local, &k->split));
  for (PetscInt b = 0; b < blocks->n_local; b++) {
    PetscCall(KktSplitCreate(blocks, &blocks->block[b], condense, &k->split[b]));
    k->n_parts += k->split[b].n_parts;
  }
  PetscCall(CreateParts(k));
  PetscCall(KktBorderCreate(blocks, k->split, &k->border));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &k->rows, 1, MPIU_INT, MPI_SUM, blocks->comm));
  k->rows += blocks->rows.n;
  PetscCall(PetscMalloc1(KktBorderSize(k->border), &k->x));
  PetscFunctionReturn(0);
}

PetscErrorCode KktDestroy(Kkt *kkt)
{
  Kkt k = *kkt;

  PetscFunctionBeginUser;
  if (!k) PetscFunctionReturn(0);
  for (PetscInt p = 0; p < k->n_parts; p++) {
    PetscCall(KktBlockDestroy(&k->part[p]));
    PetscCall(PetscFree(k->reduced[p]));
  }
  for (PetscInt b = 0; b < k->blocks->n_local; b++) PetscCall(KktSplitDestroy(&k->split[b]));
  PetscCall(PetscFree(k->split));
  PetscCall(KktBorderDestroy(&k->border));
  PetscCall(PetscFree3(k->part, k->schur, k->reduced));
  PetscCall(PetscFree(k->x));
  PetscCall(PetscFree(*kkt));
  PetscFunctionReturn(0);
}

/* What the parts' factorisations say together. */
typedef struct {
  PetscInt failed, negative, zero;
} Finding;

static PetscErrorCode FactorParts(Kkt kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                                  const PetscReal *dc, Finding *finding)
{
  PetscFunctionBeginUser;
  *finding = (Finding){0};
  for (PetscInt p = 0; p < kkt->n_parts; p++) {
    FactorInertia inertia;
    PetscBool     success;

    PetscCall(KktBlockFactor(kkt->part[p], hessian, jacobian, dx, dc, &inertia, &success));
    finding->failed += !success;
    if (!success) continue;
    finding->negative += inertia.negative;
    finding->zero += inertia.zero;
    if (KktBorderSize(kkt->border)) PetscCall(KktBlockGetSchur(kkt->part[p], &kkt->schur[p]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, finding, 3, MPIU_INT, MPI_SUM, kkt->blocks->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode FactorBorder(Kkt kkt, const PetscReal *dx, const PetscReal *dc, Finding *finding)
{
  const Blocks  s = kkt->blocks;
  FactorInertia inertia;
  PetscBool     success;

  PetscFunctionBeginUser;
  if (finding->failed) PetscFunctionReturn(0);
  PetscCall(KktBorderFactor(kkt->border, kkt->schur, dx + s->variable_start[s->n_local], dc + s->row_start[s->n_local],
                            &inertia, &success));
  finding->failed += !success;
  finding->negative += inertia.negative;
  finding->zero += inertia.zero;
  PetscFunctionReturn(0);
}

PetscErrorCode KktFactor(Kkt kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                         const PetscReal *dc, KktStatus *status)
{
  PetscLogDouble begin, end;
  Finding        finding;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  PetscCall(LogEventBegin(LOG_SOLVER_FACTOR));
  PetscCall(FactorParts(kkt, hessian, jacobian, dx, dc, &finding));
  PetscCall(FactorBorder(kkt, dx, dc, &finding));
  *status = KKT_READY;
  if (finding.failed)
    *status = KKT_FAILED;
  else if (finding.zero > 0 || finding.negative < kkt->rows)
    *status = KKT_SINGULAR;
  else if (finding.negative > kkt->rows)
    *status = KKT_WRONG_INERTIA;
  kkt->statistics.factorizations++;
  PetscCall(LogEventEnd(LOG_SOLVER_FACTOR));
  PetscCall(PetscTime(&end));
  kkt->statistics.seconds += end - begin;
  PetscFunctionReturn(0);
}

PetscErrorCode KktSolve(Kkt kkt, const PetscReal *rhs, PetscReal *solution)
{
  const Blocks   s  = kkt->blocks;
  const PetscInt nv = s->variables.n, nr = s->rows.n;
  const PetscInt first_variable = s->variable_start[s->n_local], first_row = s->n + s->row_start[s->n_local];
  PetscLogDouble begin, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  PetscCall(LogEventBegin(LOG_SOLVER_SOLVE));
  for (PetscInt p = 0; p < kkt->n_parts; p++) {
    PetscCall(KktBlockForward(kkt->part[p], rhs, rhs + s->n, kkt->reduced[p]));
  }
  PetscCall(PetscArraycpy(kkt->x, rhs + first_variable, nv));
  PetscCall(PetscArraycpy(kkt->x + nv, rhs + first_row, nr));
  PetscCall(KktBorderSolve(kkt->border, kkt->reduced, kkt->x));
  for (PetscInt p = 0; p < kkt->n_parts; p++) {
    PetscCall(KktBlockBackward(kkt->part[p], rhs + s->n, kkt->reduced[p], solution, solution + s->n));
  }
  PetscCall(PetscArraycpy(solution + first_variable, kkt->x, nv));
  PetscCall(PetscArraycpy(solution + first_row, kkt->x + nv, nr));
  kkt->statistics.solves++;
  PetscCall(LogEventEnd(LOG_SOLVER_SOLVE));
  PetscCall(PetscTime(&end));
  kkt->statistics.seconds += end - begin;
  PetscFunctionReturn(0);
}

PetscErrorCode KktRaisePivotThreshold(Kkt kkt, PetscBool *raised)
{
  PetscBool one;
  PetscReal any;

  PetscFunctionBeginUser;
  PetscCall(KktBorderRaisePivotThreshold(kkt->border, &one));
  any = one ? 1 : 0;
  for (PetscInt p = 0; p < kkt->n_parts; p++) {
    PetscCall(KktBlockRaisePivotThreshold(kkt->part[p], &one));
    if (one) any = 1;
  }
  PetscCall(BlocksMax(kkt->blocks, 1, &any));
  *raised = (PetscBool)(any > 0);
  PetscFunctionReturn(0);
}

PetscErrorCode KktResetPivotThreshold(Kkt kkt)
{
  PetscFunctionBeginUser;
  PetscCall(KktBorderResetPivotThreshold(kkt->border));
  for (PetscInt p = 0; p < kkt->n_parts; p++) PetscCall(KktBlockResetPivotThreshold(kkt->part[p]));
  PetscFunctionReturn(0);
}

PetscInt KktPivotLevels(Kkt kkt, PetscInt k)
{
  return k < kkt->blocks->n_local ? kkt->split[k].n_parts : 1;
}

/* The first part of a block of this rank. */
static PetscInt FirstPart(Kkt kkt, PetscInt k)
{
  PetscInt first = 0;

  for (PetscInt b = 0; b < k; b++) first += kkt->split[b].n_parts;
  return first;
}

void KktGetPivotLevels(Kkt kkt, PetscInt k, PetscInt *level)
{
  const PetscInt first = FirstPart(kkt, k);

  if (k == kkt->blocks->n_local) level[0] = KktBorderPivotLevel(kkt->border);
  for (PetscInt p = 0; k < kkt->blocks->n_local && p < kkt->split[k].n_parts; p++)
    level[p] = KktBlockPivotLevel(kkt->part[first + p]);
}

PetscErrorCode KktSetPivotLevels(Kkt kkt, PetscInt k, const PetscInt *level)
{
  const PetscInt first = FirstPart(kkt, k);

  PetscFunctionBeginUser;
  if (k == kkt->blocks->n_local) PetscCall(KktBorderSetPivotLevel(kkt->border, level[0]));
  for (PetscInt p = 0; k < kkt->blocks->n_local && p < kkt->split[k].n_parts; p++)
    PetscCall(KktBlockSetPivotLevel(kkt->part[first + p], level[p]));
  PetscFunctionReturn(0);
}

PetscInt KktConnectors(Kkt kkt)
{
  return KktBorderConnectors(kkt->border);
}

PetscInt KktLargestClique(Kkt kkt)
{
  return KktBorderLargestClique(kkt->border);
}

PetscErrorCode KktTakeStatistics(Kkt kkt, KktStatistics *statistics)
{
  PetscFunctionBeginUser;
  *statistics     = kkt->statistics;
  kkt->statistics = (KktStatistics){0};
  PetscFunctionReturn(0);
}
