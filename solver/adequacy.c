/* Adequacy: years over the ranks, and what they say on average. */
#include "solver/adequacy_impl.h"
#include "solver/fingerprint.h"

#include <string.h>

#define SUMS 3 /* of a region in a year: MWh, hours, spells */

static PetscBool Sound(PetscReal value)
{
  return (PetscBool)(value >= 0 && value < PETSC_INFINITY);
}

static PetscErrorCode CheckFailures(const char *name, PetscReal mttf, PetscReal mttr)
{
  PetscFunctionBeginUser;
  PetscCheck(mttf > 0 && Sound(mttr), PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "\"%s\" has a mean time to failure of %g h and to repair of %g h", name, mttf, mttr);
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckSeries(const char *name, PetscInt n, const PetscReal *value)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; value && k < n; k++)
    PetscCheck(Sound(value[k]), PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%s: entry %" PetscInt_FMT " is %g", name, k,
               value[k]);
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckModel(const AdequacyModel *m)
{
  PetscFunctionBeginUser;
  PetscCheck(m->regions > 0 && m->hours > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " regions and %" PetscInt_FMT " hours", m->regions, m->hours);
  PetscCall(CheckSeries("demand", m->hours * m->regions, m->demand));
  PetscCall(CheckSeries("variable supply", m->hours * m->regions, m->variable));
  for (PetscInt k = 0; k < m->n_units; k++) {
    const AdequacyUnit *u = &m->unit[k];
    PetscCheck(u->region >= 0 && u->region < m->regions && Sound(u->capacity), PETSC_COMM_SELF,
               PETSC_ERR_ARG_OUTOFRANGE, "unit \"%s\" has %g MW in region %" PetscInt_FMT, u->name, u->capacity,
               u->region);
    PetscCall(CheckFailures(u->name, u->mttf, u->mttr));
    PetscCall(CheckSeries(u->name, m->hours, u->profile));
  }
  for (PetscInt k = 0; k < m->n_storages; k++) {
    const AdequacyStorage *s = &m->storage[k];
    PetscCheck(s->region >= 0 && s->region < m->regions && Sound(s->charge) && Sound(s->discharge) &&
                   Sound(s->energy) && s->initial >= 0 && s->initial <= s->energy && s->efficiency_charge > 0 &&
                   s->efficiency_charge <= 1e3 && s->efficiency_discharge > 0 && s->efficiency_discharge <= 1e3 &&
                   s->standing_loss >= 0 && s->standing_loss <= 1,
               PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "storage \"%s\" has a number that is out of range", s->name);
    PetscCall(CheckFailures(s->name, s->mttf, s->mttr));
    PetscCall(CheckSeries(s->name, m->hours, s->inflow));
  }
  for (PetscInt k = 0; k < m->n_ties; k++) {
    const AdequacyTie *t = &m->tie[k];
    PetscCheck(t->from >= 0 && t->from < m->regions && t->to >= 0 && t->to < m->regions && Sound(t->forward) &&
                   Sound(t->backward),
               PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "tie \"%s\" has a number that is out of range", t->name);
    PetscCall(CheckFailures(t->name, t->mttf, t->mttr));
  }
  PetscFunctionReturn(0);
}

/* --- the exact values */

static PetscErrorCode TableOfRegion(const AdequacyModel *m, PetscInt region, OutageTable *table)
{
  PetscReal *capacity, *out;
  PetscInt   n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(m->n_units, &capacity, m->n_units, &out));
  for (PetscInt k = 0; k < m->n_units; k++) {
    const AdequacyUnit *u = &m->unit[k];
    if (u->region != region) continue;
    capacity[n] = u->capacity;
    out[n++]    = AdequacyFails(u->mttf, u->mttr) ? u->mttr / (u->mttf + u->mttr) : 0;
  }
  PetscCall(OutageTableCreate(n, capacity, out, 0, table));
  PetscCall(PetscFree2(capacity, out));
  PetscFunctionReturn(0);
}

static PetscBool IsAnalytic(const AdequacyModel *m, PetscInt region)
{
  for (PetscInt k = 0; k < m->n_units; k++)
    if (m->unit[k].region == region && m->unit[k].profile) return PETSC_FALSE;
  for (PetscInt k = 0; k < m->n_storages; k++)
    if (m->storage[k].region == region && m->storage[k].discharge > 0) return PETSC_FALSE;
  for (PetscInt k = 0; k < m->n_ties; k++)
    if (m->tie[k].from == region || m->tie[k].to == region) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* Units of regions fail independently, so that the hour is sound for the whole with the product of the regions' chances. */
static PetscErrorCode Analytic(const AdequacyModel *m, AdequacyIndices *index)
{
  AdequacyIndices *whole = &index[m->regions];
  PetscReal       *sound;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(m->hours, &sound));
  for (PetscInt h = 0; h < m->hours; h++) sound[h] = 1;
  whole->analytic = PETSC_TRUE;
  for (PetscInt r = 0; r < m->regions; r++) {
    OutageTable table = NULL;
    index[r].analytic = IsAnalytic(m, r);
    if (!index[r].analytic) {
      whole->analytic = PETSC_FALSE;
      continue;
    }
    PetscCall(TableOfRegion(m, r, &table));
    for (PetscInt h = 0; h < m->hours; h++) {
      const PetscInt k = h * m->regions + r;
      PetscReal      probability, expectation;
      OutageTableLack(table, m->demand[k] - (m->variable ? m->variable[k] : 0), &probability, &expectation);
      index[r].analytic_lolh += probability;
      index[r].analytic_eens += expectation;
      sound[h] *= 1 - probability;
    }
    PetscCall(OutageTableDestroy(&table));
    whole->analytic_eens += index[r].analytic_eens;
  }
  for (PetscInt h = 0; h < m->hours; h++) whole->analytic_lolh += 1 - sound[h];
  if (!whole->analytic) whole->analytic_eens = whole->analytic_lolh = 0;
  PetscCall(PetscFree(sound));
  PetscFunctionReturn(0);
}

/* --- means over the years */

static AdequacyEstimate Mean(PetscInt years, const PetscReal *value, PetscInt stride, PetscReal scale)
{
  PetscReal sum = 0, squares = 0;

  for (PetscInt y = 0; y < years; y++) sum += value[y * stride];
  sum /= (PetscReal)years;
  for (PetscInt y = 0; y < years; y++) squares += PetscSqr(value[y * stride] - sum);
  return (AdequacyEstimate){sum * scale,
                            years > 1 ? PetscSqrtReal(squares / ((PetscReal)years * (PetscReal)(years - 1))) * scale
                                      : (PetscReal)NAN};
}

/* Hours over spells, with the standard error of a ratio of means (first order). */
static AdequacyEstimate Duration(PetscInt years, const PetscReal *sums, PetscInt stride)
{
  PetscReal hours = 0, spells = 0, squares = 0, ratio;

  for (PetscInt y = 0; y < years; y++) {
    hours += sums[y * stride + 1];
    spells += sums[y * stride + 2];
  }
  if (spells <= 0) return (AdequacyEstimate){0, 0};
  ratio = hours / spells;
  for (PetscInt y = 0; y < years; y++) squares += PetscSqr(sums[y * stride + 1] - ratio * sums[y * stride + 2]);
  return (AdequacyEstimate){
      ratio, years > 1 ? PetscSqrtReal(squares * (PetscReal)years / (PetscReal)(years - 1)) / spells : (PetscReal)NAN};
}

static void Summarise(const AdequacyModel *m, PetscInt years, const PetscReal *sums, AdequacyIndices *index)
{
  const PetscInt stride = SUMS * (m->regions + 1);

  for (PetscInt h = 0; h < m->hours; h++)
    for (PetscInt r = 0; r < m->regions; r++) index[r].demand += m->demand[h * m->regions + r];
  for (PetscInt r = 0; r < m->regions; r++) index[m->regions].demand += index[r].demand;
  for (PetscInt r = 0; r <= m->regions; r++) {
    const PetscReal *own = sums + SUMS * r;
    index[r].eens        = Mean(years, own, stride, 1);
    index[r].lolh        = Mean(years, own + 1, stride, 1);
    index[r].lolp        = Mean(years, own + 1, stride, 1 / (PetscReal)m->hours);
    index[r].share       = Mean(years, own, stride, index[r].demand > 0 ? 1e6 / index[r].demand : 0);
    index[r].events      = Mean(years, own + 2, stride, 1);
    index[r].duration    = Duration(years, own, stride);
  }
}

/* --- years in blocks, which ranks share out and a watch keeps */

enum { BLOCK_YEARS = 16, MARK = 5 };

typedef struct {
  const AdequacyModel *model;
  PetscInt             years, stride, blocks, first, last; /* blocks in all; those of this rank */
  PetscReal           *sums;                               /* [years][stride] 0 but where this rank has done it */
  PetscInt             mark[MARK];
} Blocks;

/* Of what the sums depend on. */
static void Mark(Blocks *b, long long seed)
{
  const AdequacyModel *m    = b->model;
  uint64_t             hash = FingerprintBytes(fingerprint_start, &seed, sizeof seed);

  hash = FingerprintReals(hash, m->hours * m->regions, m->demand);
  if (m->variable) hash = FingerprintReals(hash, m->hours * m->regions, m->variable);
  for (PetscInt i = 0; i < m->n_units; i++) {
    const AdequacyUnit *u      = &m->unit[i];
    const PetscReal     unit[] = {u->region, u->capacity, u->mttf, u->mttr};

    hash = FingerprintBytes(FingerprintReals(hash, 4, unit), u->name, strlen(u->name));
    if (u->profile) hash = FingerprintReals(hash, m->hours, u->profile);
  }
  for (PetscInt i = 0; i < m->n_storages; i++) {
    const AdequacyStorage *s         = &m->storage[i];
    const PetscReal        storage[] = {
               s->region,        s->charge, s->discharge, s->energy, s->initial, s->efficiency_charge, s->efficiency_discharge,
               s->standing_loss, s->mttf,   s->mttr};

    hash = FingerprintBytes(FingerprintReals(hash, 10, storage), s->name, strlen(s->name));
    if (s->inflow) hash = FingerprintReals(hash, m->hours, s->inflow);
  }
  for (PetscInt i = 0; i < m->n_ties; i++) {
    const AdequacyTie *t     = &m->tie[i];
    const PetscReal    tie[] = {t->from, t->to, t->forward, t->backward, t->mttf, t->mttr};

    hash = FingerprintBytes(FingerprintReals(hash, 6, tie), t->name, strlen(t->name));
  }
  FingerprintSplit(hash, b->mark);
  b->mark[2] = b->years;
  b->mark[3] = b->stride;
  b->mark[4] = m->share_storage;
}

static PetscInt BlockCount(const Blocks *b, PetscInt block)
{
  return PetscMin(b->years - block * BLOCK_YEARS, BLOCK_YEARS) * b->stride;
}

/* Blocks of this rank that a state has. */
static PetscErrorCode Recall(Blocks *b, Checkpoint state, PetscBool *done)
{
  PetscInt  mark[MARK] = {0};
  PetscBool known      = PETSC_TRUE;

  PetscFunctionBeginUser;
  if (!state) PetscFunctionReturn(0);
  PetscCall(CheckpointGetIntegers(state, "model", CHECKPOINT_SHARED, MARK, mark, &known));
  if (!known || memcmp(mark, b->mark, sizeof mark) != 0) PetscFunctionReturn(0);
  for (PetscInt k = b->first; k < b->last; k++) {
    if (CheckpointCount(state, "sums", k, CHECKPOINT_REAL) != BlockCount(b, k)) continue;
    done[k] = PETSC_TRUE;
    PetscCall(CheckpointGetReals(state, "sums", k, BlockCount(b, k), b->sums + k * BLOCK_YEARS * b->stride, &done[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Keep(const Blocks *b, Watch watch, PetscBool first_rank, const PetscBool *done)
{
  Checkpoint c;

  PetscFunctionBeginUser;
  PetscCall(CheckpointCreate(&c));
  if (first_rank) PetscCall(CheckpointPutIntegers(c, "model", CHECKPOINT_SHARED, MARK, b->mark));
  for (PetscInt k = b->first; k < b->last; k++)
    if (done[k]) PetscCall(CheckpointPutReals(c, "sums", k, BlockCount(b, k), b->sums + k * BLOCK_YEARS * b->stride));
  PetscCall(WatchKeep(watch, c));
  PetscCall(CheckpointDestroy(&c));
  PetscFunctionReturn(0);
}

/* All ranks ask as often as the one with most to do. */
static PetscErrorCode RunBlocks(MPI_Comm comm, Blocks *b, long long seed, Watch watch, PetscBool *stopped)
{
  AdequacyYear year = NULL;
  PetscBool   *done, keep;
  PetscMPIInt  rank;
  PetscInt     mine = 0, most, k = b->first;
  Checkpoint   state;
  WatchAnswer  answer = WATCH_GO_ON;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscCalloc1(b->blocks + 1, &done));
  PetscCall(WatchBegin(watch, "reliability", &state));
  PetscCall(Recall(b, state, done));
  for (PetscInt i = b->first; i < b->last; i++) mine += !done[i];
  PetscCallMPI(MPI_Allreduce(&mine, &most, 1, MPIU_INT, MPI_MAX, comm));
  if (mine) PetscCall(AdequacyYearCreate(b->model, &year));
  for (PetscInt i = 0; i < most && answer != WATCH_STOP; i++) {
    PetscCall(WatchAsk(watch, &answer));
    if (answer != WATCH_GO_ON) PetscCall(Keep(b, watch, (PetscBool)(rank == 0), done));
    while (k < b->last && done[k]) k++;
    if (k == b->last || answer == WATCH_STOP) continue;
    for (PetscInt y = k * BLOCK_YEARS; y < PetscMin(b->years, (k + 1) * BLOCK_YEARS); y++)
      AdequacyYearRun(year, seed, y, b->sums + y * b->stride);
    done[k] = PETSC_TRUE;
  }
  *stopped = (PetscBool)(answer == WATCH_STOP);
  if (!*stopped) PetscCall(WatchEnd(watch, &keep));
  if (!*stopped && keep) PetscCall(Keep(b, watch, (PetscBool)(rank == 0), done));
  PetscCall(AdequacyYearDestroy(&year));
  PetscCall(PetscFree(done));
  PetscFunctionReturn(0);
}

PetscErrorCode AdequacySimulateWatched(MPI_Comm comm, const AdequacyModel *model, PetscInt years, long long seed,
                                       Watch watch, AdequacyResult *result)
{
  Blocks      b = {.model = model, .years = years, .stride = SUMS * (model->regions + 1)};
  PetscMPIInt rank, size;
  PetscInt    count;
  PetscBool   stopped = PETSC_FALSE;

  PetscFunctionBeginUser;
  *result = NULL;
  PetscCheck(years > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%" PetscInt_FMT " years", years);
  PetscCall(CheckModel(model));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  b.blocks = (years + BLOCK_YEARS - 1) / BLOCK_YEARS;
  b.first  = (PetscInt)((PetscInt64)b.blocks * rank / size);
  b.last   = (PetscInt)((PetscInt64)b.blocks * (rank + 1) / size);
  PetscCall(PetscIntMultError(years, b.stride, &count));
  PetscCall(PetscCalloc1(count, &b.sums));
  if (watch) Mark(&b, seed);
  PetscCall(RunBlocks(comm, &b, seed, watch, &stopped));
  if (!stopped) {
    /* A year's sums are zero on all ranks but one. */
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, b.sums, (PetscMPIInt)count, MPIU_REAL, MPI_SUM, comm));
    PetscCall(PetscNew(result));
    (*result)->years   = years;
    (*result)->regions = model->regions;
    PetscCall(PetscCalloc1(model->regions + 1, &(*result)->index));
    Summarise(model, years, b.sums, (*result)->index);
    PetscCall(Analytic(model, (*result)->index));
  }
  PetscCall(PetscFree(b.sums));
  PetscFunctionReturn(0);
}

PetscErrorCode AdequacySimulate(MPI_Comm comm, const AdequacyModel *model, PetscInt years, long long seed,
                                AdequacyResult *result)
{
  PetscFunctionBeginUser;
  PetscCall(AdequacySimulateWatched(comm, model, years, seed, NULL, result));
  PetscFunctionReturn(0);
}

PetscErrorCode AdequacyResultDestroy(AdequacyResult *result)
{
  PetscFunctionBeginUser;
  if (!*result) PetscFunctionReturn(0);
  PetscCall(PetscFree((*result)->index));
  PetscCall(PetscFree(*result));
  PetscFunctionReturn(0);
}
