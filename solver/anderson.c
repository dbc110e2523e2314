/* Anderson acceleration by normal equations over a short memory. */
#include "solver/anderson.h"

#include <petscblaslapack.h>

/* Relative Tikhonov term that keeps nearly dependent differences from blowing up the coefficients. */
#define REGULARISATION 1e-12
/* Largest correction to the plain step, in residual norms. */
#define CORRECTION_LIMIT 20.0

struct _p_Anderson {
  PetscInt          n, memory, stored, next; /* differences stored, and the column written next */
  PetscBool         has_last;
  PetscReal         last_norm;
  PetscReal        *residual, *last_residual, *last_image; /* [n] */
  PetscReal        *dr, *dg;                               /* [memory][n] differences of residuals and images */
  PetscReal        *gram, *work, *gamma, *against;         /* [memory^2], [memory^2], [memory], [memory] dR' residual */
  AndersonDots      dots;
  void             *context;
  const PetscReal **left, **right; /* [2 memory + 1] vectors whose inner products are wanted */
  PetscReal        *dot;
};

PetscErrorCode AndersonCreate(PetscInt n, PetscInt memory, Anderson *anderson)
{
  Anderson a;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&a));
  a->n      = n;
  a->memory = memory;
  PetscCall(PetscCalloc3(n, &a->residual, n, &a->last_residual, n, &a->last_image));
  PetscCall(PetscMalloc2(n * memory, &a->dr, n * memory, &a->dg));
  PetscCall(PetscCalloc4(memory * memory, &a->gram, memory * memory, &a->work, memory, &a->gamma, memory, &a->against));
  PetscCall(PetscMalloc3(2 * memory + 1, &a->left, 2 * memory + 1, &a->right, 2 * memory + 1, &a->dot));
  *anderson = a;
  PetscFunctionReturn(0);
}

PetscErrorCode AndersonDestroy(Anderson *anderson)
{
  Anderson a = *anderson;
  PetscFunctionBeginUser;
  if (!a) PetscFunctionReturn(0);
  PetscCall(PetscFree3(a->residual, a->last_residual, a->last_image));
  PetscCall(PetscFree2(a->dr, a->dg));
  PetscCall(PetscFree4(a->gram, a->work, a->gamma, a->against));
  PetscCall(PetscFree3(a->left, a->right, a->dot));
  PetscCall(PetscFree(*anderson));
  PetscFunctionReturn(0);
}

PetscErrorCode AndersonSetDots(Anderson anderson, AndersonDots dots, void *context)
{
  PetscFunctionBeginUser;
  anderson->dots    = dots;
  anderson->context = context;
  PetscFunctionReturn(0);
}

/* Inner products of the first `count` pairs. */
static PetscErrorCode Dots(Anderson a, PetscInt count)
{
  PetscFunctionBeginUser;
  if (a->dots) {
    PetscCall((*a->dots)(a->context, count, a->left, a->right, a->dot));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < count; k++) {
    a->dot[k] = 0;
    for (PetscInt i = 0; i < a->n; i++) a->dot[k] += a->left[k][i] * a->right[k][i];
  }
  PetscFunctionReturn(0);
}

/* Stores the newest differences, in place of the oldest. */
static void Remember(Anderson a, const PetscReal *image)
{
  PetscReal *dr = a->dr + a->next * a->n, *dg = a->dg + a->next * a->n;

  for (PetscInt i = 0; i < a->n; i++) {
    dr[i] = a->residual[i] - a->last_residual[i];
    dg[i] = image[i] - a->last_image[i];
  }
  a->stored = PetscMin(a->stored + 1, a->memory);
}

/* Everything that needs sums, at once: the residual's norm, the newest difference with all, and all with the residual. */
static PetscErrorCode Products(Anderson a, PetscReal *norm)
{
  const PetscInt m = a->stored;
  PetscFunctionBeginUser;
  a->left[0] = a->right[0] = a->residual;
  for (PetscInt k = 0; k < m; k++) {
    a->left[1 + k] = a->left[1 + m + k] = a->dr + k * a->n;
    a->right[1 + k]                     = a->dr + a->next * a->n;
    a->right[1 + m + k]                 = a->residual;
  }
  PetscCall(Dots(a, 1 + 2 * m));
  *norm = PetscSqrtReal(a->dot[0]);
  for (PetscInt k = 0; k < m; k++) {
    a->gram[a->next * a->memory + k] = a->gram[k * a->memory + a->next] = a->dot[1 + k];
    a->against[k]                                                       = a->dot[1 + m + k];
  }
  PetscFunctionReturn(0);
}

/* gamma minimises |residual - dR gamma|; false when the Gram matrix is not usable. */
static PetscErrorCode SolveCoefficients(Anderson a, PetscBool *usable)
{
  PetscBLASInt m, one = 1, info;
  PetscReal    trace = 0;
  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(a->stored, &m));
  for (PetscInt i = 0; i < m; i++) trace += a->gram[i * a->memory + i];
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt j = 0; j < m; j++) a->work[i * m + j] = a->gram[i * a->memory + j];
    a->work[i * m + i] += REGULARISATION * trace;
    a->gamma[i] = a->against[i];
  }
  LAPACKpotrf_("L", &m, a->work, &m, &info);
  *usable = (PetscBool)(info == 0);
  if (!*usable) PetscFunctionReturn(0);
  LAPACKpotrs_("L", &m, &one, a->work, &m, a->gamma, &m, &info);
  *usable = (PetscBool)(info == 0);
  PetscFunctionReturn(0);
}

/* Adds the accelerated correction -dG gamma to the plain step, cut to a few times the residual: where the residual hardly
   changes (regions that answer bang-bang) its differences are noise, and the coefficients mean nothing. */
static PetscErrorCode Accelerate(Anderson a, PetscReal *w)
{
  const PetscReal limit = CORRECTION_LIMIT * a->last_norm;
  PetscReal       norm;
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(a->residual, a->n));
  for (PetscInt k = 0; k < a->stored; k++)
    for (PetscInt i = 0; i < a->n; i++) a->residual[i] -= a->gamma[k] * a->dg[k * a->n + i];
  a->left[0] = a->right[0] = a->residual;
  PetscCall(Dots(a, 1));
  norm = PetscSqrtReal(a->dot[0]);
  for (PetscInt i = 0; i < a->n; i++) w[i] += a->residual[i] * (norm > limit ? limit / norm : 1);
  PetscFunctionReturn(0);
}

PetscErrorCode AndersonStep(Anderson a, PetscReal *w, const PetscReal *image, PetscBool *restarted)
{
  PetscBool usable = PETSC_FALSE;
  PetscReal norm   = 0;
  PetscFunctionBeginUser;

  for (PetscInt i = 0; i < a->n; i++) a->residual[i] = image[i] - w[i];
  if (a->has_last) Remember(a, image);
  PetscCall(Products(a, &norm));
  *restarted = (PetscBool)(a->has_last && norm > 2 * a->last_norm);
  if (*restarted)
    a->stored = a->next = 0;
  else if (a->has_last)
    a->next = (a->next + 1) % a->memory;
  if (a->stored > 0) PetscCall(SolveCoefficients(a, &usable));
  PetscCall(PetscArraycpy(a->last_residual, a->residual, a->n));
  PetscCall(PetscArraycpy(a->last_image, image, a->n));
  a->has_last  = PETSC_TRUE;
  a->last_norm = norm;
  PetscCall(PetscArraycpy(w, image, a->n));
  if (usable) PetscCall(Accelerate(a, w));
  PetscFunctionReturn(0);
}

PetscErrorCode AndersonRestart(Anderson a)
{
  PetscFunctionBeginUser;
  a->stored = a->next = 0;
  a->has_last         = PETSC_FALSE;
  PetscFunctionReturn(0);
}

void AndersonPassShared(Anderson a, Tape *tape)
{
  TapePassInteger(tape, &a->stored);
  TapePassInteger(tape, &a->next);
  TapePassFlag(tape, &a->has_last);
  TapePass(tape, &a->last_norm);
  if (a->stored < 0 || a->stored > a->memory || a->next < 0 || a->next >= a->memory) a->stored = a->next = 0;
  for (PetscInt i = 0; i < a->stored; i++) TapePassAll(tape, a->stored, a->gram + i * a->memory);
}

void AndersonPassEntry(Anderson a, PetscInt entry, Tape *tape)
{
  if (!a->has_last) return;
  TapePass(tape, &a->last_residual[entry]);
  TapePass(tape, &a->last_image[entry]);
  for (PetscInt k = 0; k < a->stored; k++) TapePass(tape, &a->dr[k * a->n + entry]);
  for (PetscInt k = 0; k < a->stored; k++) TapePass(tape, &a->dg[k * a->n + entry]);
}
