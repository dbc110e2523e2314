/* Small-signal stability: options, modes as people read them, the verdict. */
#include "dynamics/eigen_impl.h"

#include <petsctime.h>

#define ZERO 1e-6 /* 1/s */

void EigenDefaultOptions(EigenOptions *options)
{
  *options = (EigenOptions){.method      = EIGEN_AUTO,
                            .dense_limit = 1200,
                            .low_hz      = 0.1,
                            .high_hz     = 3.0,
                            .damping     = 0.05,
                            .most_shifts = 100,
                            .nearest     = 40};
}

PetscErrorCode RawModesAdd(RawModes *modes, RawMode **mode)
{
  PetscFunctionBeginUser;
  if (modes->n == modes->capacity) {
    modes->capacity = 2 * modes->capacity + 64;
    PetscCall(PetscRealloc((size_t)modes->capacity * sizeof *modes->mode, &modes->mode));
  }
  *mode  = &modes->mode[modes->n++];
  **mode = (RawMode){0};
  PetscCall(PetscCalloc1(modes->n_states, &(*mode)->share));
  PetscFunctionReturn(0);
}

PetscErrorCode RawModesDestroy(RawModes *modes)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < modes->n; ++k) PetscCall(PetscFree(modes->mode[k].share));
  PetscCall(PetscFree(modes->mode));
  PetscFunctionReturn(0);
}

static EigenKind Kind(const RawMode *mode)
{
  const PetscReal size = cabs(mode->value);
  if (size < ZERO || (size < 1e-2 && size <= mode->uncertainty)) return EIGEN_ZERO;
  return cimag(mode->value) == 0.0 ? EIGEN_REAL : EIGEN_OSCILLATING;
}

static PetscBool Undamped(const RawMode *mode)
{
  const PetscReal noise = PetscMax(1e-9 * cabs(mode->value), mode->uncertainty);
  return (PetscBool)(Kind(mode) == EIGEN_OSCILLATING && PetscAbsReal(creal(mode->value)) <= noise);
}

/* What modes are sorted by: zeros last, and what has no damping by frequency, not by its noise. */
static PetscReal DampingRatio(const RawMode *mode)
{
  if (Kind(mode) == EIGEN_ZERO) return PETSC_INFINITY;
  return Undamped(mode) ? 0.0 : -creal(mode->value) / cabs(mode->value);
}

static int CompareModes(const void *a, const void *b)
{
  const RawMode  *x = a, *y = b;
  const PetscReal zx = DampingRatio(x), zy = DampingRatio(y), rx = creal(x->value), ry = creal(y->value);
  const PetscReal ix = cimag(x->value), iy = cimag(y->value);
  if (zx != zy) return zx < zy ? -1 : 1;
  if (rx != ry && !(Undamped(x) && Undamped(y))) return rx > ry ? -1 : 1;
  return (ix > iy) - (ix < iy);
}

PetscReal EigenParticipation(Eigen eigen, PetscInt mode, PetscInt state)
{
  const PetscReal *share = &eigen->share[2 * (size_t)mode * (size_t)eigen->n_states];
  PetscReal        sum   = 0.0;
  for (PetscInt k = 0; k < eigen->n_states; ++k) sum += hypot(share[2 * k], share[2 * k + 1]);
  return sum > 0.0 ? hypot(share[2 * state], share[2 * state + 1]) / sum : 0.0;
}

/* The largest factors, in order; of equal ones the first state. */
static void FindParticipants(EigenMode *mode, PetscInt n, const PetscReal *share)
{
  PetscReal sum = 0.0;
  for (PetscInt k = 0; k < n; ++k) {
    const PetscReal factor = hypot(share[2 * k], share[2 * k + 1]);
    PetscInt        at     = mode->n_participants;
    sum += factor;
    while (at > 0 && mode->participant[at - 1].factor < factor) --at;
    if (at == EIGEN_PARTICIPANTS) continue;
    if (mode->n_participants < EIGEN_PARTICIPANTS) ++mode->n_participants;
    for (PetscInt i = mode->n_participants - 1; i > at; --i) mode->participant[i] = mode->participant[i - 1];
    mode->participant[at] = (EigenParticipant){k, factor};
  }
  for (PetscInt i = 0; i < mode->n_participants && sum > 0.0; ++i) mode->participant[i].factor /= sum;
}

static void Judge(const RawMode *raw, EigenMode *mode)
{
  *mode = (EigenMode){.kind         = Kind(raw),
                      .re           = creal(raw->value),
                      .im           = cimag(raw->value),
                      .frequency_hz = cimag(raw->value) / (2.0 * PETSC_PI),
                      .damping      = DampingRatio(raw),
                      .residual     = raw->residual};
  if (mode->kind == EIGEN_ZERO) {
    mode->damping = NAN;
    return;
  }
  mode->undamped = Undamped(raw);
  mode->unstable = (PetscBool)(!mode->undamped && mode->re > 0.0);
}

static PetscErrorCode TakeModes(Eigen e, RawModes *raw)
{
  PetscFunctionBeginUser;
  if (raw->n) qsort(raw->mode, (size_t)raw->n, sizeof *raw->mode, CompareModes);
  e->n_modes = raw->n;
  PetscCall(PetscCalloc2(raw->n, &e->mode, 2 * (size_t)raw->n * (size_t)e->n_states, &e->share));
  for (PetscInt k = 0; k < raw->n; ++k) {
    EigenMode *mode  = &e->mode[k];
    PetscReal *share = &e->share[2 * (size_t)k * (size_t)e->n_states];
    for (PetscInt i = 0; i < e->n_states; ++i) {
      share[2 * i]     = creal(raw->mode[k].share[i]);
      share[2 * i + 1] = cimag(raw->mode[k].share[i]);
    }
    Judge(&raw->mode[k], mode);
    FindParticipants(mode, e->n_states, share);
    e->n_unstable += mode->unstable;
    e->n_undamped += mode->undamped;
    e->n_zero += mode->kind == EIGEN_ZERO ? (mode->im != 0.0 ? 2 : 1) : 0;
    e->largest_residual = PetscMax(e->largest_residual, mode->residual);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Solve(Eigen e, Equations eq, const EigenOptions *options)
{
  Pencil   pencil;
  RawModes raw = {0};

  PetscFunctionBeginUser;
  PetscCall(EquationsReset(eq));
  PetscCall(PencilCreate(eq, &pencil));
  e->n_states = raw.n_states = pencil.n_states;
  e->n_standing              = pencil.n_standing;
  PetscCall(PetscMalloc1(e->n_states, &e->unknown));
  PetscCall(PetscArraycpy(e->unknown, pencil.unknown, e->n_states));
  e->method = options->method != EIGEN_AUTO             ? options->method
              : pencil.n_states <= options->dense_limit ? EIGEN_DENSE
                                                        : EIGEN_SPARSE;
  if (e->method == EIGEN_DENSE || e->n_states == 0) {
    PetscCall(EigenSolveDense(&pencil, &raw, e->problem, sizeof e->problem));
    e->complete = e->covered = (PetscBool)!e->problem[0];
  } else {
    PetscCall(EigenSolveSparse(&pencil, options, &raw, e));
  }
  PetscCall(TakeModes(e, &raw));
  PetscCall(RawModesDestroy(&raw));
  PetscCall(PencilDestroy(&pencil));
  PetscFunctionReturn(0);
}

/* Modes belong to an equilibrium. */
static PetscErrorCode CheckEquilibrium(Eigen e, Equations eq)
{
  PetscReal *f, *zero;
  PetscInt   worst = 0;

  PetscFunctionBeginUser;
  PetscCall(EquationsReset(eq));
  PetscCall(PetscCalloc2(eq->n, &f, eq->n, &zero));
  EquationsResidual(eq, eq->start, zero, f);
  for (PetscInt k = 0; k < eq->n; ++k) {
    const PetscReal rate = PetscAbsReal(f[k]) / eq->nominal[k];
    if (rate <= e->initial_rate) continue;
    e->initial_rate = rate;
    worst           = k;
  }
  if (!(e->initial_rate <= EIGEN_RATE_LIMIT))
    snprintf(e->problem, sizeof e->problem,
             "the operating point is no equilibrium: equation %lld lacks %.2g of its unknown's usual size",
             (long long)worst, e->initial_rate);
  PetscCall(PetscFree2(f, zero));
  PetscFunctionReturn(0);
}

PetscErrorCode EigenCreate(Equations eq, const EigenOptions *options, Eigen *eigen)
{
  Eigen          e;
  PetscLogDouble begin, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  PetscCall(PetscNew(&e));
  *eigen     = e;
  e->low_hz  = options->low_hz;
  e->high_hz = options->high_hz;
  e->damping = options->damping;
  if (eq->problem[0])
    snprintf(e->problem, sizeof e->problem, "%s", eq->problem);
  else
    PetscCall(CheckEquilibrium(e, eq));
  if (!e->problem[0]) PetscCall(Solve(e, eq, options));
  PetscCall(PetscTime(&end));
  e->seconds = end - begin;
  PetscFunctionReturn(0);
}

PetscErrorCode EigenDestroy(Eigen *eigen)
{
  PetscFunctionBeginUser;
  if (!eigen || !*eigen) PetscFunctionReturn(0);
  PetscCall(PetscFree((*eigen)->unknown));
  PetscCall(PetscFree2((*eigen)->mode, (*eigen)->share));
  PetscCall(PetscFree(*eigen));
  PetscFunctionReturn(0);
}

const char *EigenStateName(Eigen eigen, Equations eq, PetscInt state, char *text, size_t size)
{
  const PetscInt unknown = eigen->unknown[state];
  char           label[64];
  snprintf(text, size, "unknown %lld", (long long)unknown);
  for (PetscInt p = 0; p < eq->n_parts; ++p) {
    const Part        *part  = &eq->part[p];
    const DeviceModel *model = part->model;
    if (unknown < part->first || unknown >= part->first + model->n_unknowns) continue;
    snprintf(text, size, "%s %s %s", EquationsSiteLabel(eq, part->site, label, sizeof label), model->name,
             model->unknown[unknown - part->first].name);
  }
  return text;
}

static const char *Plural(PetscInt n)
{
  return n == 1 ? "" : "s";
}

const char *EigenVerdict(Eigen e, char *text, size_t size)
{
  char scope[128] = "", more[96] = "";
  if (e->problem[0]) {
    snprintf(text, size, "no verdict: %s", e->problem);
    return text;
  }
  if (!e->complete)
    snprintf(scope, sizeof scope, ", among the modes found from %.3g to %.3g Hz", e->low_hz, e->high_hz);
  if (e->n_undamped)
    snprintf(more, sizeof more, "; %lld mode%s without damping", (long long)e->n_undamped, Plural(e->n_undamped));
  if (e->n_unstable)
    snprintf(text, size, "unstable: %lld mode%s in the right half plane%s", (long long)e->n_unstable,
             Plural(e->n_unstable), scope);
  else
    snprintf(text, size, "small-signal stable%s%s", scope, more);
  return text;
}
