/* Adequacy: years over the ranks, and what they say on average. */
#include "solver/adequacy_impl.h"

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

PetscErrorCode AdequacySimulate(MPI_Comm comm, const AdequacyModel *model, PetscInt years, long long seed,
                                AdequacyResult *result)
{
  const PetscInt stride = SUMS * (model->regions + 1);
  PetscMPIInt    rank, size;
  PetscInt       first, last, count;
  PetscReal     *sums;
  AdequacyYear   year = NULL;

  PetscFunctionBeginUser;
  PetscCheck(years > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%" PetscInt_FMT " years", years);
  PetscCall(CheckModel(model));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  first = (PetscInt)((PetscInt64)years * rank / size);
  last  = (PetscInt)((PetscInt64)years * (rank + 1) / size);
  PetscCall(PetscIntMultError(years, stride, &count));
  PetscCall(PetscCalloc1(count, &sums));
  if (first < last) PetscCall(AdequacyYearCreate(model, &year));
  for (PetscInt y = first; y < last; y++) AdequacyYearRun(year, seed, y, sums + y * stride);
  PetscCall(AdequacyYearDestroy(&year));
  /* A year's sums are zero on all ranks but one. */
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, (PetscMPIInt)count, MPIU_REAL, MPI_SUM, comm));
  PetscCall(PetscNew(result));
  (*result)->years   = years;
  (*result)->regions = model->regions;
  PetscCall(PetscCalloc1(model->regions + 1, &(*result)->index));
  Summarise(model, years, sums, (*result)->index);
  PetscCall(Analytic(model, (*result)->index));
  PetscCall(PetscFree(sums));
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
