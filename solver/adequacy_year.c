/* One year of adequacy, hour after hour. */
#include "solver/adequacy_impl.h"

struct _p_AdequacyYear {
  const AdequacyModel    *model;
  PetscReal              *balance; /* [hours * regions] all units up: supply without storage less demand, MW */
  PetscReal              *change;  /* [(hours + 1) * regions] of the capacity on outage when an hour begins */
  PetscBool               tie_fails, storage_fails;
  char                   *tie_out, *storage_out; /* [hours * ties], [hours * storages]; NULL where none fails */
  AdequacyFlow            flow;
  PetscReal              *outage;            /* [regions] capacity on outage */
  PetscReal              *surplus, *had;     /* [regions] of the hour: left, and as it was; */
  PetscReal              *lack, *lacked;     /* [regions] the same of the shortage; */
  PetscReal              *offer, *discharge; /* [regions] of storage */
  PetscInt               *lost_before;       /* [regions + 1] whether the hour before was lost */
  PetscInt               *first, *member;    /* [regions + 1], [storages]: storages of a region */
  PetscReal              *stored, *limit, *given, *power, *efficiency; /* [storages] in the order of `member` */
  const AdequacyStorage **in_order;                                    /* [storages] likewise */
};

static PetscErrorCode AllUp(AdequacyYear y)
{
  const AdequacyModel *m = y->model;
  const PetscInt       n = m->hours * m->regions;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &y->balance, n + m->regions, &y->change));
  for (PetscInt k = 0; k < n; k++) y->balance[k] = (m->variable ? m->variable[k] : 0) - m->demand[k];
  for (PetscInt u = 0; u < m->n_units; u++) {
    const AdequacyUnit *unit = &m->unit[u];
    for (PetscInt h = 0; h < m->hours; h++)
      y->balance[h * m->regions + unit->region] += unit->capacity * (unit->profile ? unit->profile[h] : 1);
  }
  PetscFunctionReturn(0);
}

/* Round-trip efficiency in tenths: storage of an efficiency is used alike. */
static PetscInt Tenths(const AdequacyStorage *s)
{
  return (PetscInt)(10 * s->efficiency_charge * s->efficiency_discharge + 0.5);
}

/* Storage of a region, the efficient first. */
static PetscInt ListRegion(AdequacyYear y, PetscInt region, PetscInt first)
{
  const AdequacyStorage *all = y->model->storage;
  PetscInt               k   = first;

  for (PetscInt s = 0; s < y->model->n_storages; s++) {
    PetscInt at = k;
    if (all[s].region != region) continue;
    for (; at > first && Tenths(&all[y->member[at - 1]]) < Tenths(&all[s]); at--) y->member[at] = y->member[at - 1];
    y->member[at] = s;
    k++;
  }
  return k;
}

static PetscErrorCode ListStorage(AdequacyYear y)
{
  const AdequacyModel *m = y->model;
  const PetscInt       n = m->n_storages;
  PetscInt             k = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(m->regions + 1, &y->first, n, &y->member, n, &y->stored, n, &y->limit));
  PetscCall(PetscMalloc4(n, &y->given, n, &y->power, n, &y->efficiency, n, &y->in_order));
  for (PetscInt r = 0; r < m->regions; r++) {
    y->first[r] = k;
    k           = ListRegion(y, r, k);
  }
  y->first[m->regions] = k;
  for (PetscInt i = 0; i < k; i++) {
    y->in_order[i]   = &m->storage[y->member[i]];
    y->power[i]      = m->storage[y->member[i]].discharge;
    y->efficiency[i] = m->storage[y->member[i]].efficiency_discharge;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AdequacyYearCreate(const AdequacyModel *model, AdequacyYear *year)
{
  const PetscInt n = model->regions;
  AdequacyYear   y;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&y));
  *year    = y;
  y->model = model;
  PetscCall(AllUp(y));
  PetscCall(ListStorage(y));
  PetscCall(AdequacyFlowCreate(model, &y->flow));
  PetscCall(PetscMalloc2(n, &y->had, n, &y->lacked));
  PetscCall(
      PetscMalloc6(n, &y->outage, n, &y->surplus, n, &y->lack, n, &y->offer, n, &y->discharge, n + 1, &y->lost_before));
  for (PetscInt k = 0; k < model->n_ties; k++)
    if (AdequacyFails(model->tie[k].mttf, model->tie[k].mttr)) y->tie_fails = PETSC_TRUE;
  for (PetscInt k = 0; k < model->n_storages; k++)
    if (AdequacyFails(model->storage[k].mttf, model->storage[k].mttr)) y->storage_fails = PETSC_TRUE;
  if (y->tie_fails) PetscCall(PetscMalloc1((size_t)model->hours * (size_t)model->n_ties, &y->tie_out));
  if (y->storage_fails) PetscCall(PetscMalloc1((size_t)model->hours * (size_t)model->n_storages, &y->storage_out));
  PetscFunctionReturn(0);
}

PetscErrorCode AdequacyYearDestroy(AdequacyYear *year)
{
  AdequacyYear y = *year;

  PetscFunctionBeginUser;
  if (!y) PetscFunctionReturn(0);
  PetscCall(PetscFree2(y->balance, y->change));
  PetscCall(PetscFree4(y->first, y->member, y->stored, y->limit));
  PetscCall(PetscFree4(y->given, y->power, y->efficiency, y->in_order));
  PetscCall(PetscFree2(y->had, y->lacked));
  PetscCall(PetscFree6(y->outage, y->surplus, y->lack, y->offer, y->discharge, y->lost_before));
  PetscCall(PetscFree(y->tie_out));
  PetscCall(PetscFree(y->storage_out));
  PetscCall(AdequacyFlowDestroy(&y->flow));
  PetscCall(PetscFree(*year));
  PetscFunctionReturn(0);
}

/* --- states of what fails, for the whole year */

typedef struct {
  AdequacyYear        year;
  const AdequacyUnit *unit;
  char               *out; /* of one tie or storage, hour after hour `stride` apart */
  PetscInt            stride;
} Marker;

static void MarkUnit(void *context, PetscInt first, PetscInt last)
{
  const Marker       *marker = (const Marker *)context;
  const AdequacyUnit *unit   = marker->unit;
  const PetscInt      n      = marker->year->model->regions;
  PetscReal          *change = marker->year->change + unit->region;

  if (!unit->profile) {
    change[first * n] += unit->capacity;
    change[last * n] -= unit->capacity;
    return;
  }
  for (PetscInt h = first; h < last; h++) {
    change[h * n] += unit->capacity * unit->profile[h];
    change[(h + 1) * n] -= unit->capacity * unit->profile[h];
  }
}

static void MarkOut(void *context, PetscInt first, PetscInt last)
{
  const Marker *marker = (const Marker *)context;
  for (PetscInt h = first; h < last; h++) marker->out[h * marker->stride] = 1;
}

static void DrawStates(AdequacyYear y, long long seed, PetscInt number)
{
  const AdequacyModel *m     = y->model;
  const size_t         hours = (size_t)m->hours;

  memset(y->change, 0, (hours + 1) * (size_t)m->regions * sizeof *y->change);
  for (PetscInt u = 0; u < m->n_units; u++) {
    const AdequacyUnit *unit = &m->unit[u];
    Marker              mark = {.year = y, .unit = unit};
    if (AdequacyFails(unit->mttf, unit->mttr))
      AdequacyOutages(seed, unit->name, number, unit->mttf, unit->mttr, m->hours, MarkUnit, &mark);
  }
  if (y->tie_fails) memset(y->tie_out, 0, hours * (size_t)m->n_ties);
  for (PetscInt k = 0; y->tie_fails && k < m->n_ties; k++) {
    Marker mark = {.out = y->tie_out + k, .stride = m->n_ties};
    if (AdequacyFails(m->tie[k].mttf, m->tie[k].mttr))
      AdequacyOutages(seed, m->tie[k].name, number, m->tie[k].mttf, m->tie[k].mttr, m->hours, MarkOut, &mark);
  }
  if (y->storage_fails) memset(y->storage_out, 0, hours * (size_t)m->n_storages);
  for (PetscInt k = 0; y->storage_fails && k < m->n_storages; k++) {
    const AdequacyStorage *s    = &m->storage[k];
    Marker                 mark = {.out = y->storage_out + k, .stride = m->n_storages};
    if (AdequacyFails(s->mttf, s->mttr))
      AdequacyOutages(seed, s->name, number, s->mttf, s->mttr, m->hours, MarkOut, &mark);
  }
}

/* --- an hour */

static void SetTies(AdequacyYear y, PetscInt hour)
{
  const AdequacyModel *m = y->model;

  for (PetscInt k = 0; y->tie_fails && k < m->n_ties; k++) {
    const PetscBool out         = (PetscBool)y->tie_out[hour * m->n_ties + k];
    y->flow.capacity[2 * k]     = out ? 0 : m->tie[k].forward;
    y->flow.capacity[2 * k + 1] = out ? 0 : m->tie[k].backward;
  }
  AdequacyFlowReset(&y->flow);
}

static PetscBool StorageIsOut(AdequacyYear y, PetscInt hour, PetscInt s)
{
  return (PetscBool)(y->storage_fails && y->storage_out[hour * y->model->n_storages + s]);
}

/* Standing losses and inflow of the hour; whether any storage could take something. */
static PetscBool AgeStorage(AdequacyYear y, PetscInt hour)
{
  const AdequacyModel *m    = y->model;
  PetscBool            room = PETSC_FALSE;

  for (PetscInt i = 0; i < m->n_storages; i++) {
    const AdequacyStorage *s = &m->storage[y->member[i]];
    y->stored[i] *= 1 - s->standing_loss;
    if (s->inflow) y->stored[i] += s->inflow[hour];
    y->stored[i] = PetscMin(y->stored[i], s->energy);
    if (y->stored[i] < s->energy && s->charge > 0) room = PETSC_TRUE;
  }
  return room;
}

/* What the storages of each region could give: limit[] each, offer[] the region. */
static void OfferDischarge(AdequacyYear y, PetscInt hour)
{
  for (PetscInt r = 0; r < y->model->regions; r++) {
    y->offer[r] = 0;
    for (PetscInt i = y->first[r]; i < y->first[r + 1]; i++) {
      y->limit[i] = StorageIsOut(y, hour, y->member[i]) ? 0 : PetscMin(y->power[i], y->stored[i] * y->efficiency[i]);
      y->offer[r] += y->limit[i];
    }
  }
}

static PetscReal Total(PetscInt n, const PetscReal *value)
{
  PetscReal total = 0;
  for (PetscInt i = 0; i < n; i++) total += value[i];
  return total;
}

/* End of those from `begin` on, before `end`, that are as efficient as it is. */
static PetscInt AlikeUntil(AdequacyYear y, PetscInt begin, PetscInt end)
{
  PetscInt i = begin + 1;
  while (i < end && Tenths(y->in_order[i]) == Tenths(y->in_order[begin])) i++;
  return i;
}

/* Takes used[r] from the storages of each region. */
static void TakeDischarge(AdequacyYear y, const PetscReal *used)
{
  for (PetscInt r = 0; r < y->model->regions; r++) {
    PetscReal left = used[r];
    for (PetscInt b = y->first[r], end; b < y->first[r + 1] && left > 0; b = end) {
      PetscReal part;
      end  = AlikeUntil(y, b, y->first[r + 1]);
      part = PetscMin(left, Total(end - b, y->limit + b));
      left -= part;
      AdequacyDischarge(end - b, y->stored + b, y->power + b, y->efficiency + b, y->limit + b, part, y->given + b);
      for (PetscInt i = b; i < end; i++) y->stored[i] = PetscMax(0, y->stored[i] - y->given[i] / y->efficiency[i]);
    }
  }
}

/* Step 3: least discharge against lack[], as discharge[], not yet taken out. */
static void ServeFromStorage(AdequacyYear y, PetscInt hour)
{
  const AdequacyModel *m = y->model;

  OfferDischarge(y, hour);
  for (PetscInt r = 0; r < m->regions; r++) {
    /* Storage that is not shared gives at most what its region lacked: what it sends on only replaces what came in. */
    const PetscReal most = m->share_storage ? y->offer[r] : PetscMin(y->offer[r], y->lacked[r]);
    const PetscReal own  = PetscMin(most, y->lack[r]);
    y->lack[r] -= own;
    y->discharge[r] = most;
    y->offer[r]     = most - own;
  }
  if (m->n_ties) AdequacyFlowSend(&y->flow, y->offer, y->lack);
  for (PetscInt r = 0; r < m->regions; r++) y->discharge[r] -= y->offer[r];
}

/* Step 4: the same supply and the same total shed, spread over the regions that lacked something. */
static void SpreadShortage(AdequacyYear y, PetscInt hour)
{
  const AdequacyModel *m      = y->model;
  PetscReal           *supply = y->offer;

  for (PetscInt r = 0; r < m->regions; r++) {
    supply[r]  = y->had[r] + (m->share_storage ? y->discharge[r] : 0);
    y->lack[r] = y->lacked[r] - (m->share_storage ? 0 : y->discharge[r]);
  }
  AdequacyFlowShare(&y->flow, supply, m->demand + hour * m->regions, y->lack);
  for (PetscInt r = 0; r < m->regions; r++) {
    const PetscReal left = y->flow.supply[r], back = m->share_storage ? PetscMax(0, left - y->had[r]) : 0;
    y->discharge[r] -= back;
    y->surplus[r] = left - back;
  }
}

/* Steps 2 to 4: lack[] becomes what is shed, surplus[] what is left of it. */
static void ServeShortage(AdequacyYear y, PetscInt hour)
{
  const AdequacyModel *m             = y->model;
  PetscInt             short_regions = 0;

  for (PetscInt r = 0; r < m->regions; r++) {
    y->had[r]    = y->surplus[r];
    y->lacked[r] = y->lack[r];
    short_regions += y->lack[r] > 0;
  }
  if (m->n_ties) AdequacyFlowSend(&y->flow, y->surplus, y->lack);
  if (m->n_storages && Total(m->regions, y->lack) > ADEQUACY_NONE) ServeFromStorage(y, hour);
  if (m->n_ties && short_regions > 1 && Total(m->regions, y->lack) > ADEQUACY_LOST) SpreadShortage(y, hour);
  if (m->n_storages) TakeDischarge(y, y->discharge);
}

/* Step 5. */
static void Charge(AdequacyYear y, PetscInt hour)
{
  const AdequacyModel *m    = y->model;
  PetscReal           *room = y->offer, *taken = y->lacked;
  PetscBool            afield = PETSC_FALSE;

  for (PetscInt r = 0; r < m->regions; r++) {
    room[r] = 0;
    for (PetscInt i = y->first[r]; i < y->first[r + 1]; i++) {
      const AdequacyStorage *s     = &m->storage[y->member[i]];
      const PetscReal        space = PetscMax(0, s->energy - y->stored[i]) / s->efficiency_charge;
      const PetscBool        idle =
          (PetscBool)(y->discharge[r] <= 0 && s->discharge > 0 && !StorageIsOut(y, hour, y->member[i]));
      y->limit[i] = idle ? PetscMin(s->charge, space) : 0;
      room[r] += y->limit[i];
    }
    taken[r] = PetscMin(room[r], y->surplus[r]);
    room[r] -= taken[r];
    y->surplus[r] -= taken[r];
    if (room[r] > ADEQUACY_LOST) afield = PETSC_TRUE;
  }
  if (afield && m->share_storage && m->n_ties && Total(m->regions, y->surplus) > ADEQUACY_LOST) {
    for (PetscInt r = 0; r < m->regions; r++) taken[r] += room[r];
    AdequacyFlowSend(&y->flow, y->surplus, room);
    for (PetscInt r = 0; r < m->regions; r++) taken[r] -= room[r];
  }
  for (PetscInt r = 0; r < m->regions; r++) {
    PetscReal left = taken[r];
    for (PetscInt b = y->first[r], end; b < y->first[r + 1] && left > 0; b = end) {
      PetscReal part;
      end  = AlikeUntil(y, b, y->first[r + 1]);
      part = PetscMin(left, Total(end - b, y->limit + b));
      left -= part;
      AdequacyCharge(end - b, y->in_order + b, y->stored + b, y->limit + b, part, y->given + b);
      for (PetscInt i = b; i < end; i++) y->stored[i] += y->given[i] * y->in_order[i]->efficiency_charge;
    }
  }
}

/* Step 1 and those after it, as far as the hour needs them. */
static PetscBool RunHour(AdequacyYear y, PetscInt hour)
{
  const AdequacyModel *m       = y->model;
  const PetscReal     *balance = y->balance + hour * m->regions, *change = y->change + hour * m->regions;
  const PetscBool      room    = m->n_storages ? AgeStorage(y, hour) : PETSC_FALSE;
  PetscBool            lacking = PETSC_FALSE;

  for (PetscInt r = 0; r < m->regions; r++) {
    PetscReal net;
    y->outage[r] += change[r];
    net             = balance[r] - y->outage[r];
    y->surplus[r]   = PetscMax(0, net);
    y->lack[r]      = PetscMax(0, -net);
    y->discharge[r] = 0;
    if (-net > ADEQUACY_LOST) lacking = PETSC_TRUE;
  }
  if ((lacking || (room && m->share_storage)) && m->n_ties) SetTies(y, hour);
  if (lacking) ServeShortage(y, hour);
  if (room) Charge(y, hour);
  return lacking;
}

/* Adds a lost hour of one region, or of all (the last), to its sums. */
static void Count(PetscReal *sums, PetscInt *before, PetscReal shed)
{
  const PetscInt lost = shed > ADEQUACY_LOST;

  if (lost) {
    sums[0] += shed;
    sums[1] += 1;
    if (!*before) sums[2] += 1;
  }
  *before = lost;
}

void AdequacyYearRun(AdequacyYear y, long long seed, PetscInt number, PetscReal *sums)
{
  const AdequacyModel *m = y->model;
  const PetscInt       n = m->regions;

  DrawStates(y, seed, number);
  memset(sums, 0, 3 * (size_t)(n + 1) * sizeof *sums);
  memset(y->lost_before, 0, (size_t)(n + 1) * sizeof *y->lost_before);
  memset(y->outage, 0, (size_t)n * sizeof *y->outage);
  for (PetscInt i = 0; i < m->n_storages; i++) y->stored[i] = m->storage[y->member[i]].initial;
  for (PetscInt h = 0; h < m->hours; h++) {
    PetscReal all = 0;
    if (!RunHour(y, h)) {
      memset(y->lost_before, 0, (size_t)(n + 1) * sizeof *y->lost_before);
      continue;
    }
    for (PetscInt r = 0; r < n; r++) {
      Count(sums + 3 * r, &y->lost_before[r], y->lack[r]);
      all += y->lack[r] > ADEQUACY_LOST ? y->lack[r] : 0;
    }
    Count(sums + 3 * n, &y->lost_before[n], all);
  }
}
