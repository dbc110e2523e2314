/* Consistent points by KINSOL. */
#include "dynamics/consistent.h"
#include "dynamics/equations_impl.h"
#include "dynamics/klu.h"

#include <kinsol/kinsol.h>

#define SETTLE_STEPS 80
#define SETTLE_RESIDUAL 1e-9
#define SETTLE_LARGEST 1e8

#define SMALL_RESIDUAL 1e-8 /* per unit */
#define ROUNDING 1e-14      /* of the sum of a row's magnitudes */

struct _p_Consistent {
  Equations        eq;
  SUNContext       context;
  void            *kinsol;
  N_Vector         y, one, scale, f;
  SUNMatrix        jacobian;
  SUNLinearSolver  klu;
  PetscReal       *held, *zero; /* [n] the differential unknowns' values; rates */
  PetscReal       *row_size;    /* [n] workspace */
  PetscBool        fresh;       /* the factors are of the last solve */
  ConsistentCounts count;
};

/* Algebraic equations as they are; a differential unknown stays where it is. */
static int Residual(N_Vector y, N_Vector f, void *context)
{
  Consistent       c    = context;
  const Equations  eq   = c->eq;
  const PetscReal *held = c->held;
  PetscReal       *r = NV_DATA_S(f), *u = NV_DATA_S(y);
  ++c->count.residuals;
  EquationsResidual(eq, u, c->zero, r);
  for (PetscInt k = 0; k < eq->n_states; ++k) {
    if (eq->differential[k]) r[k] = u[k] - held[k];
  }
  for (PetscInt k = 0; k < eq->n; ++k) {
    if (PetscIsInfOrNanReal(r[k])) return 1;
  }
  return 0;
}

static int Jacobian(N_Vector y, N_Vector f, SUNMatrix matrix, void *context, N_Vector w1, N_Vector w2)
{
  Consistent      c  = context;
  const Equations eq = c->eq;
  PetscReal      *a  = SM_DATA_S(matrix);
  (void)f, (void)w1, (void)w2;
  ++c->count.jacobians;
  c->fresh = PETSC_TRUE;
  EquationsJacobian(eq, NV_DATA_S(y), c->zero, 0.0, a);
  for (PetscInt j = 0; j < eq->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) {
      if (eq->differential[eq->row_index[k]]) a[k] = eq->row_index[k] == j ? 1.0 : 0.0;
    }
  }
  return 0;
}

static void Silent(int code, const char *module, const char *function, char *message, void *context)
{
  (void)code, (void)module, (void)function, (void)message, (void)context;
}

static PetscErrorCode CreateVectors(Consistent c)
{
  const PetscInt n = c->eq->n;

  PetscFunctionBeginUser;
  SundialsCheck(!SUNContext_Create(NULL, &c->context), "SUNContext_Create");
  c->y     = N_VNew_Serial(n, c->context);
  c->one   = N_VNew_Serial(n, c->context);
  c->scale = N_VNew_Serial(n, c->context);
  c->f     = N_VNew_Serial(n, c->context);
  SundialsCheck(c->y && c->one && c->scale && c->f, "N_VNew_Serial");
  N_VConst(1.0, c->one);
  for (PetscInt k = 0; k < n; ++k) NV_DATA_S(c->scale)[k] = 1.0 / c->eq->nominal[k];
  PetscCall(PetscCalloc3(n, &c->held, n, &c->zero, n, &c->row_size));
  PetscFunctionReturn(0);
}

PetscErrorCode ConsistentCreate(Equations eq, Consistent *consistent)
{
  Consistent c;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&c));
  *consistent = c;
  c->eq       = eq;
  PetscCall(CreateVectors(c));
  PetscCall(KluCreate(eq, c->context, &c->jacobian, &c->klu));
  c->kinsol = KINCreate(c->context);
  SundialsCheck(c->kinsol, "KINCreate");
  SundialsCheck(!KINSetErrHandlerFn(c->kinsol, Silent, NULL), "KINSetErrHandlerFn");
  SundialsCheck(!KINSetUserData(c->kinsol, c), "KINSetUserData");
  SundialsCheck(!KINInit(c->kinsol, Residual, c->y), "KINInit");
  SundialsCheck(!KINSetLinearSolver(c->kinsol, c->klu, c->jacobian), "KINSetLinearSolver");
  SundialsCheck(!KINSetJacFn(c->kinsol, Jacobian), "KINSetJacFn");
  SundialsCheck(!KINSetMaxSetupCalls(c->kinsol, 1), "KINSetMaxSetupCalls"); /* a Jacobian for each iteration */
  SundialsCheck(!KINSetFuncNormTol(c->kinsol, 1e-11), "KINSetFuncNormTol");
  SundialsCheck(!KINSetScaledStepTol(c->kinsol, 1e-12), "KINSetScaledStepTol");
  SundialsCheck(!KINSetMaxNewtonStep(c->kinsol, 1e6), "KINSetMaxNewtonStep");
  SundialsCheck(!KINSetNumMaxIters(c->kinsol, 60), "KINSetNumMaxIters");
  PetscFunctionReturn(0);
}

PetscErrorCode ConsistentDestroy(Consistent *consistent)
{
  PetscFunctionBeginUser;
  if (!consistent || !*consistent) PetscFunctionReturn(0);
  Consistent c = *consistent;
  if (c->kinsol) KINFree(&c->kinsol);
  KluDestroy(&c->jacobian, &c->klu);
  if (c->y) N_VDestroy(c->y);
  if (c->one) N_VDestroy(c->one);
  if (c->scale) N_VDestroy(c->scale);
  if (c->f) N_VDestroy(c->f);
  if (c->context) SUNContext_Free(&c->context);
  PetscCall(PetscFree3(c->held, c->zero, c->row_size));
  PetscCall(PetscFree(*consistent));
  PetscFunctionReturn(0);
}

PetscErrorCode ConsistentRefactor(Consistent c)
{
  PetscFunctionBeginUser;
  KluForget(c->klu);
  PetscFunctionReturn(0);
}

/* Largest residual of the algebraic equations at y, and its row. */
static PetscReal Size(Consistent c, N_Vector y, PetscInt *row)
{
  PetscReal largest = 0.0;
  *row              = c->eq->n_states;
  if (Residual(y, c->f, c)) return PETSC_INFINITY;
  for (PetscInt k = 0; k < c->eq->n; ++k) {
    if (PetscAbsReal(NV_DATA_S(c->f)[k]) <= largest) continue;
    largest = PetscAbsReal(NV_DATA_S(c->f)[k]);
    *row    = k;
  }
  return largest;
}

/* The bus of an equation. */
static PetscInt BusOf(Equations eq, PetscInt row)
{
  PetscInt p = 0;
  if (row >= eq->n_states) return (row - eq->n_states) / 2;
  while (p + 1 < eq->n_parts && eq->part[p + 1].first <= row) ++p;
  return eq->site[eq->part[p].site].bus;
}

/* Where an attempt starts: the point given, with voltages of the operating point scaled (share 0: as given). */
static void Guess(Consistent c, const PetscReal *y, PetscReal share)
{
  const Equations eq = c->eq;
  PetscReal      *u  = NV_DATA_S(c->y);
  memcpy(u, y, (size_t)eq->n * sizeof *u);
  for (PetscInt k = eq->n_states; k < eq->n && share > 0.0; ++k) u[k] = share * eq->start[k];
}

/* Pseudo-transient continuation: voltages move as if every bus had a capacitance to ground, V' = I - Y V, in implicit steps
   of Euler's method that grow as the residual falls, until they are Newton's. It gets over kinks and past folds where
   a line search gets stuck, to a solution that a network could settle at. (C. T. Kelley and D. E. Keyes, 1998.) */
static PetscErrorCode Settle(Consistent c, PetscReal step)
{
  const Equations eq = c->eq;
  PetscReal      *y = NV_DATA_S(c->y), *a = SM_DATA_S(c->jacobian), size, last;
  PetscInt        row;

  PetscFunctionBeginUser;
  last = Size(c, c->y, &row);
  for (PetscInt k = 0; k < SETTLE_STEPS && last > SETTLE_RESIDUAL; ++k) {
    Jacobian(c->y, NULL, c->jacobian, c, NULL, NULL);
    for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
      const PetscInt u = EquationsBusUnknown(eq, i);
      for (PetscInt j = u; eq->live[i] && j < u + 2; ++j) a[EquationsPosition(eq, j, j)] += 1.0 / step;
    }
    KluForget(c->klu);
    if (SUNLinSolSetup(c->klu, c->jacobian) || SUNLinSolSolve(c->klu, c->jacobian, c->f, c->f, 0.0)) break;
    for (PetscInt i = 0; i < eq->n; ++i) y[i] -= NV_DATA_S(c->f)[i];
    size = Size(c, c->y, &row);
    if (!(size < SETTLE_LARGEST)) break;
    step *= PetscClipInterval(last / PetscMax(size, 1e-16), 0.5, 10.0);
    last = size;
  }
  c->fresh = PETSC_FALSE; /* its factors are not those of the equations */
  KluForget(c->klu);
  PetscFunctionReturn(0);
}

/* Whether what is left of the equations at c->y, their residual in c->f, is rounding: beside very stiff sources sums of
   large currents leave more than elsewhere. */
static PetscBool IsRounding(Consistent c)
{
  const Equations  eq = c->eq;
  const PetscReal *a = SM_DATA_S(c->jacobian), *y = NV_DATA_S(c->y), *f = NV_DATA_S(c->f);
  PetscReal       *size = c->row_size;
  memset(size, 0, (size_t)eq->n * sizeof *size);
  for (PetscInt j = 0; j < eq->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k)
      size[eq->row_index[k]] += PetscAbsReal(a[k] * y[j]);
  }
  for (PetscInt i = 0; i < eq->n; ++i) {
    if (!(PetscAbsReal(f[i]) < PetscMax(SMALL_RESIDUAL, ROUNDING * size[i]))) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* One attempt from the point in c->y, settled first when a pseudo-time step is given: whether it found a solution, and
   the largest residual that is left, in a row. */
static PetscErrorCode Attempt(Consistent c, int strategy, PetscReal settle, PetscBool *ok, PetscReal *left,
                              PetscInt *row)
{
  PetscFunctionBeginUser;
  if (settle > 0.0) PetscCall(Settle(c, settle));
  const int flag = KINSol(c->kinsol, c->y, strategy, c->one, c->scale);
  *left          = Size(c, c->y, row);
  /* steps too small to matter: as far as rounding lets it */
  *ok = (PetscBool)((flag >= 0 && flag != KIN_STEP_LT_STPTOL) || *left < SMALL_RESIDUAL || IsRounding(c));
  PetscFunctionReturn(0);
}

PetscErrorCode ConsistentSolve(Consistent c, PetscReal *y, PetscBool *ok, PetscReal *residual, PetscInt *bus)
{
  static const struct {
    int       strategy;
    PetscReal share, settle; /* pseudo-time step, in units of a bus's capacitance per admittance; 0: none */
  } attempt[] = {{KIN_NONE, 0.0, 0.0},       {KIN_LINESEARCH, 0.0, 0.0}, {KIN_NONE, 0.0, 0.1},
                 {KIN_NONE, 0.0, 0.01},      {KIN_NONE, 1.0, 0.0},       {KIN_NONE, 1.0, 0.1},
                 {KIN_LINESEARCH, 1.0, 0.0}, {KIN_LINESEARCH, 0.5, 0.0}, {KIN_NONE, 0.6, 0.1},
                 {KIN_NONE, 0.3, 0.1},       {KIN_NONE, 0.3, 0.01},      {KIN_NONE, 0.1, 0.1}};
  PetscReal left;
  PetscInt  row;

  PetscFunctionBeginUser;
  *bus      = 0;
  *ok       = PETSC_FALSE;
  *residual = PETSC_INFINITY;
  c->fresh  = PETSC_FALSE;
  memcpy(c->held, y, (size_t)c->eq->n * sizeof *y);
  for (size_t k = 0; k < sizeof attempt / sizeof attempt[0] && !*ok; ++k) {
    Guess(c, c->held, attempt[k].share);
    if (k > 0) PetscCall(ConsistentRefactor(c));
    PetscCall(Attempt(c, attempt[k].strategy, attempt[k].settle, ok, &left, &row));
    if (!*ok && left >= *residual) continue;
    *residual = left;
    *bus      = BusOf(c->eq, row);
  }
  if (*ok) memcpy(y, NV_DATA_S(c->y), (size_t)c->eq->n * sizeof *y);
  for (PetscInt k = 0; k < c->eq->n_states && *ok; ++k) {
    if (c->eq->differential[k]) y[k] = c->held[k]; /* to the last bit */
  }
  PetscFunctionReturn(0);
}

/* A battery's state of charge is left out: it moves wherever power is drawn from it, equilibrium or not. */
static PetscReal LargestRate(Equations eq, const PetscReal *rate)
{
  PetscReal largest = 0.0;
  for (PetscInt i = 0; i < eq->n_parts; ++i) {
    const Part    *part   = &eq->part[i];
    const PetscInt charge = eq->site[part->site].signal_unknown[SIGNAL_CHARGE];
    for (PetscInt k = part->first; k < part->first + part->model->n_unknowns; ++k) {
      if (k != charge) largest = PetscMax(largest, PetscAbsReal(rate[k]));
    }
  }
  return largest;
}

/* A differential equation reads 0 = y' - g(y): with y' = 0 its residual is -g. The algebraic equations, differentiated in
   time, give the other rates: dF/dy y' = 0 with y' known in the differential unknowns. */
PetscErrorCode ConsistentRates(Consistent c, const PetscReal *y, PetscReal *yp, PetscReal *largest)
{
  const Equations eq   = c->eq;
  PetscReal      *rate = NV_DATA_S(c->f);

  PetscFunctionBeginUser;
  *largest = 0.0;
  memcpy(NV_DATA_S(c->y), y, (size_t)eq->n * sizeof *y);
  memcpy(c->held, y, (size_t)eq->n * sizeof *y);
  int singular = 0;
  if (!c->fresh) { /* no step was needed; otherwise the last one's factors are near enough */
    Jacobian(c->y, NULL, c->jacobian, c, NULL, NULL);
    singular = SUNLinSolSetup(c->klu, c->jacobian);
  }
  EquationsResidual(eq, y, c->zero, rate);
  for (PetscInt k = 0; k < eq->n; ++k) rate[k] = eq->differential[k] ? -rate[k] : 0.0;
  *largest = LargestRate(eq, rate);
  if (singular || SUNLinSolSolve(c->klu, c->jacobian, c->y, c->f, 0.0)) N_VScale(1.0, c->f, c->y);
  memcpy(yp, NV_DATA_S(c->y), (size_t)eq->n * sizeof *yp);
  PetscFunctionReturn(0);
}

ConsistentCounts ConsistentCount(Consistent c)
{
  ConsistentCounts count = c->count;
  count.klu_seconds      = KluSeconds(c->klu);
  return count;
}
