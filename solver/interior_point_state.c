/* Interior point: what a watch keeps of a solve, and going on from it.

   A part is a block; the shared part holds the border and what all ranks know alike. Kept is what later bits depend on: the iterate
   with its bounds and multipliers, scaling, the numbers of barrier, filter and restoration, and how stable pivots had to be.
   Functions and derivatives are evaluated again, factors are made anew. */
#include "solver/interior_point_internal.h"

/* What a state must be of: sizes of the block (or of the whole) and a fingerprint of its data (or of the options). */
enum { FIT_N, FIT_M, FIT_JACOBIAN, FIT_HESSIAN, FIT_LOW, FIT_HIGH, IP_FIT };

static const PetscInt version = 1; /* of what is kept */

/* --- Numbers that all ranks know alike --- */

#define MOST_SCALARS 64

typedef struct {
  PetscInt   n_reals, n_integers, n_flags;
  PetscReal *real[MOST_SCALARS];
  PetscInt  *integer[MOST_SCALARS];
  PetscBool *flag[MOST_SCALARS];
} Scalars;

static void ListReals(InteriorPoint ip, Scalars *s)
{
  PetscReal *const real[] = {&ip->objective_scale,
                             &ip->f,
                             &ip->theta,
                             &ip->phi,
                             &ip->term,
                             &ip->average,
                             &ip->residuals.dual,
                             &ip->residuals.primal,
                             &ip->residuals.complementarity,
                             &ip->delta_w,
                             &ip->delta_w_last,
                             &ip->delta_c,
                             &ip->mu,
                             &ip->mu_min,
                             &ip->tau,
                             &ip->taken,
                             &ip->last_alpha,
                             &ip->alpha,
                             &ip->dual_length,
                             &ip->theta_min,
                             &ip->filter.theta_max,
                             &ip->outer_filter.theta_max,
                             &ip->proximity,
                             &ip->outer_mu,
                             &ip->outer_theta,
                             &ip->outer_phi,
                             &ip->outer_theta_min,
                             &ip->short_steps.before,
                             &ip->short_steps.violation,
                             &ip->relaxation};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(real); k++) s->real[s->n_reals++] = real[k];
  for (PetscInt k = 0; k < REFERENCES; k++) s->real[s->n_reals++] = &ip->reference[k];
}

static Scalars ListScalars(InteriorPoint ip)
{
  PetscInt *const  integer[] = {&ip->watch.attempt,
                                &ip->iterations,
                                &ip->limit,
                                &ip->cautious,
                                &ip->references,
                                &ip->tiny_steps,
                                &ip->restorations,
                                &ip->mark,
                                &ip->status,
                                &ip->short_steps.steps,
                                &ip->filter.count,
                                &ip->outer_filter.count,
                                &ip->statistics.factorizations,
                                &ip->statistics.solves};
  PetscBool *const flag[]    = {&ip->watch.finished, &ip->free_mode, &ip->elastic, &ip->outer_free_mode, &ip->rescued};
  Scalars          s         = {0};

  ListReals(ip, &s);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(integer); k++) s.integer[s.n_integers++] = integer[k];
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(flag); k++) s.flag[s.n_flags++] = flag[k];
  return s;
}

static PetscErrorCode PutFilter(Checkpoint c, const char *name, const Filter *filter)
{
  PetscReal *pairs;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(2 * filter->count, &pairs));
  PetscCall(PetscArraycpy(pairs, filter->theta, filter->count));
  PetscCall(PetscArraycpy(pairs + filter->count, filter->phi, filter->count));
  PetscCall(CheckpointPutReals(c, name, CHECKPOINT_SHARED, 2 * filter->count, pairs));
  PetscCall(PetscFree(pairs));
  PetscFunctionReturn(0);
}

/* filter->count has been read. */
static PetscErrorCode GetFilter(Checkpoint c, const char *name, Filter *filter, PetscBool *found)
{
  const PetscInt count = filter->count;
  PetscReal     *pairs;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(2 * count, &pairs));
  PetscCall(CheckpointGetReals(c, name, CHECKPOINT_SHARED, 2 * count, pairs, found));
  filter->count = 0;
  for (PetscInt k = 0; k < count && *found; k++) PetscCall(FilterPlace(filter, pairs[k], pairs[count + k]));
  PetscCall(PetscFree(pairs));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutScalars(InteriorPoint ip, Checkpoint c)
{
  const Scalars s       = ListScalars(ip);
  PetscBool     in_full = (PetscBool)(ip->full && ip->kkt == ip->full);
  PetscReal     real[MOST_SCALARS];
  PetscInt      integer[MOST_SCALARS + 1];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s.n_reals; k++) real[k] = *s.real[k];
  for (PetscInt k = 0; k < s.n_integers; k++) integer[k] = *s.integer[k];
  for (PetscInt k = 0; k < s.n_flags; k++) integer[s.n_integers + k] = *s.flag[k];
  integer[s.n_integers + s.n_flags] = in_full;
  PetscCall(CheckpointPutReals(c, "reals", CHECKPOINT_SHARED, s.n_reals, real));
  PetscCall(CheckpointPutIntegers(c, "integers", CHECKPOINT_SHARED, s.n_integers + s.n_flags + 1, integer));
  PetscCall(CheckpointPutIntegers(c, "iteration", CHECKPOINT_SHARED, 1, &ip->iterations)); /* for who looks at it */
  PetscCall(PutFilter(c, "filter", &ip->filter));
  PetscCall(PutFilter(c, "outer filter", &ip->outer_filter));
  PetscFunctionReturn(0);
}

static PetscErrorCode GetScalars(InteriorPoint ip, Checkpoint c, PetscBool *in_full, PetscBool *found)
{
  const Scalars s = ListScalars(ip);
  PetscReal     real[MOST_SCALARS];
  PetscInt      integer[MOST_SCALARS + 1];

  PetscFunctionBeginUser;
  PetscCall(CheckpointGetReals(c, "reals", CHECKPOINT_SHARED, s.n_reals, real, found));
  PetscCall(CheckpointGetIntegers(c, "integers", CHECKPOINT_SHARED, s.n_integers + s.n_flags + 1, integer, found));
  if (!*found) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < s.n_reals; k++) *s.real[k] = real[k];
  for (PetscInt k = 0; k < s.n_integers; k++) *s.integer[k] = integer[k];
  for (PetscInt k = 0; k < s.n_flags; k++) *s.flag[k] = (PetscBool)(integer[s.n_integers + k] != 0);
  *in_full = (PetscBool)(integer[s.n_integers + s.n_flags] != 0);
  PetscCall(GetFilter(c, "filter", &ip->filter, found));
  PetscCall(GetFilter(c, "outer filter", &ip->outer_filter, found));
  PetscFunctionReturn(0);
}

/* --- Vectors by parts --- */

static PetscInt PartNumber(InteriorPoint ip, PetscInt part)
{
  return part < ip->blocks->n_local ? ip->blocks->block[part].number : CHECKPOINT_SHARED;
}

/* Puts or takes one stretch of a vector. */
static void Move(PetscReal *vector, PetscInt begin, PetscInt end, PetscBool put, PetscReal **at)
{
  for (PetscInt i = begin; i < end; i++, (*at)++) {
    if (put)
      **at = vector[i];
    else
      vector[i] = **at;
  }
}

/* Of a part: variables and slacks, once there was a restoration the elastic parts too, with multipliers and bounds; then rows; and in a
   restoration where it began. */
static void MovePart(InteriorPoint ip, PetscInt part, PetscBool put, PetscReal **at)
{
  const PetscInt *v = ip->blocks->variable_start + part, *r = ip->blocks->row_start + part;
  const PetscInt  copies = ip->elastic || ip->restorations > 0 ? 3 : 1;
  PetscReal      *all[] = {ip->y, ip->zl, ip->zu, ip->lo, ip->hi}, *rows[] = {ip->lambda, ip->row_scale};
  PetscReal      *columns[] = {ip->anchor, ip->anchor_weight};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(all); k++) {
    Move(all[k], v[0], v[1], put, at);
    for (PetscInt copy = 0; copy < copies; copy++) Move(all[k] + ip->n + copy * ip->m, r[0], r[1], put, at);
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(rows); k++) Move(rows[k], r[0], r[1], put, at);
  for (size_t k = 0; ip->elastic && k < PETSC_STATIC_ARRAY_LENGTH(columns); k++) Move(columns[k], v[0], v[1], put, at);
}

static PetscInt PartSize(InteriorPoint ip, PetscInt part)
{
  const PetscInt *v = ip->blocks->variable_start + part, *r = ip->blocks->row_start + part;
  const PetscInt  copies = ip->elastic || ip->restorations > 0 ? 3 : 1, n = v[1] - v[0], m = r[1] - r[0];

  return 5 * (n + copies * m) + 2 * m + (ip->elastic ? 2 * n : 0);
}

static PetscErrorCode PutPart(InteriorPoint ip, PetscInt part, Checkpoint c)
{
  const PetscInt size = PartSize(ip, part), number = PartNumber(ip, part);
  PetscInt       levels = 0, *level;
  PetscReal     *vector, *at;

  PetscFunctionBeginUser;
  if (!ip->watch.finished) levels = KktPivotLevels(ip->kkt, part);
  PetscCall(PetscMalloc2(size, &vector, levels, &level));
  at = vector;
  MovePart(ip, part, PETSC_TRUE, &at);
  if (levels) KktGetPivotLevels(ip->kkt, part, level);
  PetscCall(CheckpointPutIntegers(c, "fit", number, IP_FIT, ip->watch.fit + part * IP_FIT));
  PetscCall(CheckpointPutReals(c, "vectors", number, size, vector));
  PetscCall(CheckpointPutIntegers(c, "pivots", number, levels, level));
  PetscCall(PetscFree2(vector, level));
  PetscFunctionReturn(0);
}

/* elastic and restorations have been read. */
static PetscErrorCode GetPart(InteriorPoint ip, PetscInt part, Checkpoint c, PetscBool *found)
{
  const PetscInt size = PartSize(ip, part), number = PartNumber(ip, part);
  PetscInt       levels = 0, *level;
  PetscReal     *vector, *at;

  PetscFunctionBeginUser;
  if (!ip->watch.finished) levels = KktPivotLevels(ip->kkt, part);
  PetscCall(PetscMalloc2(size, &vector, levels, &level));
  at = vector;
  PetscCall(CheckpointGetReals(c, "vectors", number, size, vector, found));
  PetscCall(CheckpointGetIntegers(c, "pivots", number, levels, level, found));
  if (*found) MovePart(ip, part, PETSC_FALSE, &at);
  if (*found && levels) PetscCall(KktSetPivotLevels(ip->kkt, part, level));
  PetscCall(PetscFree2(vector, level));
  PetscFunctionReturn(0);
}

/* --- Whether a state is of this problem --- */

/* Of a flat vector a block's own places; borrowed until the next call. A block without a map is the whole. */
static const PetscReal *OwnVariables(const Block *block, const PetscReal *flat)
{
  if (!block->variable) return flat;
  BlockGatherVariables(block, flat, block->x);
  return block->x;
}

static const PetscReal *OwnRows(const Block *block, const PetscReal *flat)
{
  if (!block->row) return flat;
  BlockGatherRows(block, flat, block->g);
  return block->g;
}

static uint64_t HashStart(InteriorPoint ip, const Block *block, const PetscReal *x, const PetscReal *lambda,
                          const PetscReal *zl, const PetscReal *zu, uint64_t hash)
{
  const Program    p         = block->program;
  const PetscReal *columns[] = {x, zl, zu};

  for (size_t k = 0; k < (ip->options.warm_start ? PETSC_STATIC_ARRAY_LENGTH(columns) : 1); k++) {
    if (columns[k]) hash = FingerprintReals(hash, p->n, OwnVariables(block, columns[k]));
  }
  if (ip->options.warm_start && lambda) hash = FingerprintReals(hash, p->m, OwnRows(block, lambda));
  return hash;
}

/* Bounds, start, and the derivatives there, which tell costs and grids apart. */
static void FitBlock(InteriorPoint ip, const Block *block, uint64_t hash, PetscInt fit[IP_FIT])
{
  const Program p = block->program;

  hash              = FingerprintReals(hash, p->n, p->xl);
  hash              = FingerprintReals(hash, p->n, p->xu);
  hash              = FingerprintReals(hash, p->m, p->gl);
  hash              = FingerprintReals(hash, p->m, p->gu);
  hash              = FingerprintReals(hash, p->jacobian_nnz, ip->jacobian + block->jacobian);
  hash              = FingerprintReals(hash, 1, &p->objective_scale);
  fit[FIT_N]        = p->n;
  fit[FIT_M]        = p->m;
  fit[FIT_JACOBIAN] = p->jacobian_nnz;
  fit[FIT_HESSIAN]  = p->hessian_nnz;
  FingerprintSplit(hash, fit + FIT_LOW);
}

static void FitWhole(InteriorPoint ip, PetscInt fit[IP_FIT])
{
  const InteriorPointOptions *o        = &ip->options;
  const PetscInt              number[] = {version,       ip->blocks->n_blocks, o->max_iterations,
                                          o->warm_start, o->give_up,           ip->blocks->rows.n};
  const PetscReal             real[]   = {o->tolerance, o->warm_mu};
  uint64_t                    hash;

  hash              = FingerprintIntegers(fingerprint_start, (PetscInt)PETSC_STATIC_ARRAY_LENGTH(number), number);
  hash              = FingerprintReals(hash, (PetscInt)PETSC_STATIC_ARRAY_LENGTH(real), real);
  fit[FIT_N]        = ip->blocks->n_total;
  fit[FIT_M]        = ip->blocks->m_total;
  fit[FIT_JACOBIAN] = ip->blocks->variables.n;
  fit[FIT_HESSIAN]  = ip->blocks->rows.n;
  FingerprintSplit(hash, fit + FIT_LOW);
}

/* BlocksGradient and BlocksJacobian use each block's work: what is hashed is gathered after them. */
static PetscErrorCode Fit(InteriorPoint ip, const PetscReal *x, const PetscReal *lambda, const PetscReal *zl,
                          const PetscReal *zu)
{
  const Blocks s = ip->blocks;

  PetscFunctionBeginUser;
  if (!ip->watch.fit) PetscCall(PetscMalloc1((s->n_local + 1) * IP_FIT, &ip->watch.fit));
  PetscCall(BlocksUpdate(s));
  PetscCall(BlocksGradient(s, x, ip->gradient));
  PetscCall(BlocksJacobian(s, x, ip->jacobian));
  for (PetscInt k = 0; k < s->n_local; k++) {
    const Block *block = &s->block[k];
    uint64_t     hash  = HashStart(ip, block, x, lambda, zl, zu, fingerprint_start);

    hash = FingerprintReals(hash, block->program->n, OwnVariables(block, ip->gradient));
    FitBlock(ip, block, hash, ip->watch.fit + k * IP_FIT);
  }
  FitWhole(ip, ip->watch.fit + s->n_local * IP_FIT);
  PetscFunctionReturn(0);
}

/* Whether every part is there and of this problem; on all ranks alike. */
static PetscErrorCode Fits(InteriorPoint ip, Checkpoint c, PetscBool *fits)
{
  PetscReal misfit = 0;

  PetscFunctionBeginUser;
  for (PetscInt part = 0; part <= ip->blocks->n_local; part++) {
    const PetscInt number = PartNumber(ip, part);
    PetscInt       fit[IP_FIT];
    PetscBool      found = PETSC_TRUE, same;

    PetscCall(CheckpointGetIntegers(c, "fit", number, IP_FIT, fit, &found));
    PetscCall(PetscArraycmp(fit, ip->watch.fit + part * IP_FIT, found ? IP_FIT : 0, &same));
    if (!found || !same || CheckpointCount(c, "vectors", number, CHECKPOINT_REAL) < 0 ||
        CheckpointCount(c, "pivots", number, CHECKPOINT_INTEGER) < 0)
      misfit = 1;
  }
  if (CheckpointCount(c, "reals", CHECKPOINT_SHARED, CHECKPOINT_REAL) < 0) misfit = 1;
  PetscCall(BlocksMax(ip->blocks, 1, &misfit));
  *fits = (PetscBool)(misfit == 0);
  PetscFunctionReturn(0);
}

/* --- The calls of a solve --- */

PetscErrorCode IpWatchBegin(InteriorPoint ip, const PetscReal *x, const PetscReal *lambda, const PetscReal *zl,
                            const PetscReal *zu)
{
  PetscBool fits = PETSC_FALSE, in_full, found = PETSC_TRUE;

  PetscFunctionBeginUser;
  ip->watch.state    = NULL;
  ip->watch.attempt  = 0;
  ip->watch.finished = PETSC_FALSE;
  if (!ip->options.watch) PetscFunctionReturn(0);
  PetscCall(Fit(ip, x, lambda, zl, zu));
  PetscCall(WatchBegin(ip->options.watch, "interior point", &ip->watch.state));
  if (!ip->watch.state) PetscFunctionReturn(0);
  PetscCall(Fits(ip, ip->watch.state, &fits));
  if (!fits)
    ip->watch.state = NULL;
  else /* which attempt it is of, and whether that is over */
    PetscCall(GetScalars(ip, ip->watch.state, &in_full, &found));
  PetscFunctionReturn(0);
}

static PetscErrorCode Keep(InteriorPoint ip)
{
  const Blocks s = ip->blocks;
  Checkpoint   c;

  PetscFunctionBeginUser;
  PetscCall(IpTakeStatistics(ip));
  PetscCall(CheckpointCreate(&c));
  for (PetscInt part = 0; part < s->n_local; part++) PetscCall(PutPart(ip, part, c));
  if (s->rank == 0) {
    PetscCall(PutPart(ip, s->n_local, c));
    PetscCall(PutScalars(ip, c));
  }
  PetscCall(WatchKeep(ip->options.watch, c));
  PetscCall(CheckpointDestroy(&c));
  PetscFunctionReturn(0);
}

PetscErrorCode IpSafePoint(InteriorPoint ip, PetscBool *stop)
{
  WatchAnswer answer;

  PetscFunctionBeginUser;
  PetscCall(WatchAsk(ip->options.watch, &answer));
  if (answer != WATCH_GO_ON) PetscCall(Keep(ip));
  *stop = (PetscBool)(answer == WATCH_STOP);
  PetscFunctionReturn(0);
}

PetscErrorCode IpLoadState(InteriorPoint ip)
{
  const Blocks s = ip->blocks;
  Checkpoint   c = ip->watch.state;
  PetscBool    in_full, found = PETSC_TRUE;
  PetscReal    theta;

  PetscFunctionBeginUser;
  ip->watch.state = NULL;
  PetscCall(GetScalars(ip, c, &in_full, &found));
  if (in_full && !ip->watch.finished) PetscCall(IpUseFullSystem(ip));
  for (PetscInt part = 0; part <= s->n_local && found; part++) PetscCall(GetPart(ip, part, c, &found));
  PetscCheck(found, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED, "a checkpoint of the interior point is not whole");
  ip->active = ip->n + (ip->elastic ? 3 : 1) * ip->m;
  PetscCall(IpCountBounds(ip));
  if (ip->watch.finished) PetscFunctionReturn(0);
  PetscCall(IpEvaluateConstraints(ip, ip->y, ip->c, &theta));
  PetscCall(IpEvaluateDerivatives(ip));
  PetscCall(IpUpdateLagrangian(ip));
  PetscFunctionReturn(0);
}

PetscErrorCode IpWatchEnd(InteriorPoint ip, SolveStatus status)
{
  PetscBool keep;

  PetscFunctionBeginUser;
  if (!ip->options.watch || status == SOLVE_STOPPED) PetscFunctionReturn(0);
  PetscCall(WatchEnd(ip->options.watch, &keep));
  if (!keep || ip->watch.immediate) PetscFunctionReturn(0);
  ip->status         = (PetscInt)status;
  ip->watch.finished = PETSC_TRUE;
  PetscCall(Keep(ip));
  PetscFunctionReturn(0);
}
