/* Representative days of an expansion model, with storage that is linked from day to day of the year.

   A year's days d = 0, 1, ... each run as the representative day r(d) does. After Kotzur et al. (2018, Applied Energy 213) and
   Gabrielli et al. (2018, Applied Energy 219), the level of storage is what the day began with, less losses, plus what the
   representative day has put in since. With k[h] = product over the day's hours up to h of (1 - standing loss), and S[d] the
   level with which day d begins,

     level[d, h] = k[h] S[d] + s[r(d), h],     S[d + 1] = k[last] S[d] + s[r(d), last],     S[0] again after the last day

   The limits of the level must hold in each day. As k > 0, those of all days with the same representative hold when they hold
   for the fullest of them, F[r] >= S[d], above and for the emptiest, E[r] <= S[d], below: exactly, losses or not, with no row
   for each hour of the year. The variable of the level in a representative day is that of the fullest,

     charge[r, h] = k[h] F[r] + s[r, h]

   so its upper limits, and the continuity within the day that begins with F[r], are those of any storage. */
#include "solver/expansion_policy.h"

#include <math.h>
#include <string.h>

#define WEIGHT_TOLERANCE 1e-6

static const ComponentKind storage_kinds[2] = {COMPONENT_STORAGE_UNIT, COMPONENT_STORE};

PetscInt PolicyLevel(Expansion e, ComponentKind kind, PetscInt row)
{
  return kind == COMPONENT_STORE ? e->energy[row] : e->charge[row];
}

const Column *PolicyLevelMinimum(Expansion e, ComponentKind kind)
{
  return kind == COMPONENT_STORE ? ExpansionColumn(e, kind, "e_min_pu") : NULL;
}

/* The days ----------------------------------------------------------------------------------------------------------- */

static PetscErrorCode DaysFault(Expansion e, PetscInt period, const char *found, PetscReal number, const char *expected)
{
  char file[PETSC_MAX_PATH_LEN], year[24] = "";

  PetscFunctionBeginUser;
  if (e->c->n_periods) snprintf(year, sizeof year, "%" PetscInt_FMT ": ", e->c->period[period]);
  snprintf(file, sizeof file, "%s/representative_days.csv", e->c->path ? e->c->path : ".");
  PetscCall(
      FaultsAdd(e->faults, FAULT_ERROR, file, 0, "%sfound %s %g, expected %s", year, found, (double)number, expected));
  PetscFunctionReturn(0);
}

/* Costs and energies of a snapshot count once for each day that it stands for. */
static PetscErrorCode CheckWeights(Expansion e, PetscInt period, PetscInt first, PetscInt end, PetscInt days)
{
  Components c = e->c;

  PetscFunctionBeginUser;
  for (PetscInt t = first; t < end; t++) {
    const PetscReal hours = (PetscReal)days * c->weight_stores[t];
    char            text[256];
    if (PetscAbsReal(c->weight_objective[t] - hours) <= WEIGHT_TOLERANCE * hours &&
        PetscAbsReal(c->weight_generators[t] - hours) <= WEIGHT_TOLERANCE * hours)
      continue;
    snprintf(text, sizeof text,
             "objective and generators weights of %g at %.60s: %" PetscInt_FMT " days times the stores weight of %g h",
             (double)hours, c->snapshot[t], days, (double)c->weight_stores[t]);
    PetscCall(DaysFault(e, period, "a snapshot weight of",
                        PetscAbsReal(c->weight_objective[t] - hours) > WEIGHT_TOLERANCE * hours
                            ? c->weight_objective[t]
                            : c->weight_generators[t],
                        text));
    break;
  }
  PetscFunctionReturn(0);
}

/* Cuts the snapshots of a period into its representative days, which are numbered from days->n on. */
static PetscErrorCode CutPeriod(Expansion e, PetscInt period, PolicyDays *days)
{
  const PetscInt snapshots = e->last[period] - e->first[period] + 1, base = days->n;
  PetscInt       many = 0, length, *stands_for;

  PetscFunctionBeginUser;
  for (PetscInt d = 0; d < e->c->n_days; d++)
    if (e->c->day_period[d] == period) many = PetscMax(many, e->c->day_representative[d] + 1);
  if (!many) PetscFunctionReturn(0);
  if (snapshots % many) {
    PetscCall(DaysFault(e, period, "representative days up to", (PetscReal)(many - 1),
                        "days of the same number of snapshots, which those of the period do not give"));
    PetscFunctionReturn(0);
  }
  length = snapshots / many;
  PetscCall(PetscCalloc1(many, &stands_for));
  for (PetscInt d = 0; d < e->c->n_days; d++)
    if (e->c->day_period[d] == period) {
      stands_for[e->c->day_representative[d]]++;
      days->day[d] = base + e->c->day_representative[d];
    }
  for (PetscInt r = 0; r < many; r++) {
    const PetscInt first  = e->first[period] + r * length;
    days->first[base + r] = first;
    days->last[base + r]  = first + length - 1;
    for (PetscInt t = first; t < first + length; t++) days->of[t] = base + r;
    e->before[first] = -1;
    if (!stands_for[r])
      PetscCall(DaysFault(e, period, "no day for the representative day", (PetscReal)r, "at least one"));
    else
      PetscCall(CheckWeights(e, period, first, first + length, stands_for[r]));
  }
  days->n = base + many;
  PetscCall(PetscFree(stands_for));
  PetscFunctionReturn(0);
}

/* One variable of a representative day or day; fixed to 0 where the storage is not active. */
static PetscErrorCode AddLevel(Expansion e, PetscInt family, ComponentKind kind, PetscInt row, PetscInt stage,
                               PetscInt *variable)
{
  const LinearLabel label   = {family + (PetscInt)kind, row, stage};
  const PetscBool   active  = ExpansionActive(e, kind, row, stage);
  const Column     *minimum = PolicyLevelMinimum(e, kind);
  PetscBool         below   = PETSC_FALSE;

  PetscFunctionBeginUser;
  for (PetscInt t = 0; minimum && t < e->c->n_snapshots; t++)
    if (ColumnAt(minimum, row, t) < 0) below = PETSC_TRUE;
  PetscCall(LinearProgramAddVariables(e->program, 1, label, active && below ? -INFINITY : 0, active ? INFINITY : 0,
                                      variable));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLevels(Expansion e, ComponentKind kind, PetscInt row)
{
  PolicyDays *days = &ExpansionPolicy(e)->days;

  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < days->n; r++) {
    PetscCall(AddLevel(e, POLICY_FULLEST, kind, row, days->first[r], &days->fullest[kind][row * days->n + r]));
    PetscCall(AddLevel(e, POLICY_EMPTIEST, kind, row, days->first[r], &days->emptiest[kind][row * days->n + r]));
  }
  for (PetscInt d = 0; d < e->c->n_days; d++) {
    if (days->day[d] < 0) continue;
    PetscCall(
        AddLevel(e, POLICY_DAY, kind, row, e->last[e->c->day_period[d]], &days->level[kind][row * e->c->n_days + d]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddDays(Expansion e)
{
  PolicyDays    *days = &ExpansionPolicy(e)->days;
  const PetscInt n    = e->c->n_snapshots;

  PetscFunctionBeginUser;
  if (!e->c->n_days) PetscFunctionReturn(0);
  PetscCall(PetscMalloc3(n, &days->first, n, &days->last, n, &days->of));
  PetscCall(PetscMalloc1(e->c->n_days, &days->day));
  for (PetscInt t = 0; t < n; t++) days->of[t] = -1;
  for (PetscInt d = 0; d < e->c->n_days; d++) days->day[d] = -1;
  for (PetscInt p = 0; p < e->n_periods; p++) PetscCall(CutPeriod(e, p, days));
  for (int k = 0; k < 2; k++) {
    const PetscInt rows = e->c->table[storage_kinds[k]].n;
    PetscCall(PetscMalloc1(rows * days->n + 1, &days->fullest[storage_kinds[k]]));
    PetscCall(PetscMalloc1(rows * days->n + 1, &days->emptiest[storage_kinds[k]]));
    PetscCall(PetscMalloc1(rows * e->c->n_days + 1, &days->level[storage_kinds[k]]));
    for (PetscInt row = 0; row < rows; row++) PetscCall(AddLevels(e, storage_kinds[k], row));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PolicyDestroyDays(Expansion e)
{
  PolicyDays *days = &ExpansionPolicy(e)->days;

  PetscFunctionBeginUser;
  if (!days->of) PetscFunctionReturn(0);
  PetscCall(PetscFree3(days->first, days->last, days->of));
  PetscCall(PetscFree(days->day));
  for (int k = 0; k < 2; k++) {
    PetscCall(PetscFree(days->fullest[storage_kinds[k]]));
    PetscCall(PetscFree(days->emptiest[storage_kinds[k]]));
    PetscCall(PetscFree(days->level[storage_kinds[k]]));
  }
  PetscFunctionReturn(0);
}

/* Levels ------------------------------------------------------------------------------------------------------------- */

PetscInt ExpansionDayStart(Expansion e, ComponentKind kind, PetscInt row, PetscInt t)
{
  const PolicyDays *days = &ExpansionPolicy(e)->days;
  if (!days->n || days->of[t] < 0 || days->first[days->of[t]] != t) return -1;
  return days->fullest[kind][row * days->n + days->of[t]];
}

/* What is kept at a snapshot's end of what the day began with. */
static PetscReal Kept(Expansion e, ComponentKind kind, PetscInt row, PetscInt t)
{
  const PolicyDays *days = &ExpansionPolicy(e)->days;
  const Column     *loss = ExpansionColumn(e, kind, "standing_loss");
  PetscReal         kept = 1;
  for (PetscInt s = days->first[days->of[t]]; s <= t; s++)
    if (ColumnAt(loss, row, s) != 0) kept *= PetscPowReal(1 - ColumnAt(loss, row, s), e->c->weight_stores[s]);
  return kept;
}

PetscErrorCode PolicyLowestLevel(Expansion e, ComponentKind kind, PetscInt row, PetscInt t, PetscReal factor,
                                 ExpansionTerms *terms)
{
  const PolicyDays *days = &ExpansionPolicy(e)->days;

  PetscFunctionBeginUser;
  PetscCall(ExpansionTermsAdd(terms, PolicyLevel(e, kind, row) + t, factor));
  if (!days->n || days->of[t] < 0) PetscFunctionReturn(0);
  const PetscReal kept = Kept(e, kind, row, t);
  const PetscInt  at   = row * days->n + days->of[t];
  PetscCall(ExpansionTermsAdd(terms, days->fullest[kind][at], -factor * kept));
  PetscCall(ExpansionTermsAdd(terms, days->emptiest[kind][at], factor * kept));
  PetscFunctionReturn(0);
}

/* Rows ---------------------------------------------------------------------------------------------------------------- */

/* one - other <= 0 */
static PetscErrorCode AddOrder(Expansion e, PetscInt family, ComponentKind kind, PetscInt row, PetscInt stage,
                               PetscInt one, PetscInt other)
{
  const LinearLabel label     = {family + (PetscInt)kind, row, stage};
  const PetscInt    column[2] = {one, other};
  const PetscReal   value[2]  = {1, -1};

  PetscFunctionBeginUser;
  PetscCall(LinearProgramAddRow(e->program, label, -INFINITY, 0, 2, column, value, NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLowerLevels(Expansion e, ComponentKind kind, PetscInt row, PetscInt r)
{
  const PolicyDays *days    = &ExpansionPolicy(e)->days;
  const Column     *minimum = PolicyLevelMinimum(e, kind);
  ExpansionTerms    terms   = {0};

  PetscFunctionBeginUser;
  for (PetscInt t = days->first[r]; t <= days->last[r]; t++) {
    const LinearLabel label = {POLICY_LEVEL_LOWER + (PetscInt)kind, row, t};
    const PetscReal   least = minimum ? ColumnAt(minimum, row, t) : 0;
    if (least == -INFINITY) continue;
    terms.n        = 0;
    terms.constant = 0;
    PetscCall(PolicyLowestLevel(e, kind, row, t, 1, &terms));
    PetscCall(PolicyCapacity(e, kind, row, e->c->period_of[t], -least, &terms));
    PetscCall(ExpansionAddTerms(e, label, &terms, '>', 0));
  }
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

static PetscBool Cyclic(Expansion e, ComponentKind kind, PetscInt row)
{
  const PetscBool store = kind == COMPONENT_STORE ? PETSC_TRUE : PETSC_FALSE;
  return ExpansionTrue(e, kind, store ? "e_cyclic" : "cyclic_state_of_charge", row) ||
                 (e->c->n_periods &&
                  ExpansionTrue(e, kind, store ? "e_cyclic_per_period" : "cyclic_state_of_charge_per_period", row))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* S[d] between emptiest and fullest, and S[next] - kept S[d] - charge[last] + kept F = 0; next < 0: the year ends. */
static PetscErrorCode AddDay(Expansion e, ComponentKind kind, PetscInt row, PetscInt d, PetscInt next)
{
  const PolicyDays *days  = &ExpansionPolicy(e)->days;
  const PetscInt   *level = days->level[kind] + row * e->c->n_days;
  const PetscInt    r = days->day[d], at = row * days->n + r, stage = e->last[e->c->day_period[d]];
  const PetscReal   kept      = Kept(e, kind, row, days->last[r]);
  const LinearLabel label     = {POLICY_DAY_NEXT + (PetscInt)kind, row, stage};
  PetscInt          column[4] = {0, level[d], PolicyLevel(e, kind, row) + days->last[r], days->fullest[kind][at]};
  const PetscReal   value[4]  = {1, -kept, -1, kept};

  PetscFunctionBeginUser;
  PetscCall(AddOrder(e, POLICY_DAY_UPPER, kind, row, stage, level[d], days->fullest[kind][at]));
  PetscCall(AddOrder(e, POLICY_DAY_LOWER, kind, row, stage, days->emptiest[kind][at], level[d]));
  if (next < 0) PetscFunctionReturn(0);
  column[0] = level[next];
  PetscCall(LinearProgramAddRow(e->program, label, 0, 0, 4, column, value, NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode LinkPeriod(Expansion e, ComponentKind kind, PetscInt row, PetscInt period)
{
  const PolicyDays *days   = &ExpansionPolicy(e)->days;
  const char       *text   = kind == COMPONENT_STORE ? "e_initial" : "state_of_charge_initial";
  const PetscBool   cyclic = Cyclic(e, kind, row);
  PetscInt          first = -1, before = -1;

  PetscFunctionBeginUser;
  for (PetscInt d = 0; d < e->c->n_days; d++) {
    if (e->c->day_period[d] != period || days->day[d] < 0) continue;
    if (before >= 0) PetscCall(AddDay(e, kind, row, before, d));
    if (first < 0) first = d;
    before = d;
  }
  if (first < 0) PetscFunctionReturn(0);
  PetscCall(AddDay(e, kind, row, before, cyclic ? first : -1));
  if (!cyclic) {
    const PetscInt variable     = days->level[kind][row * e->c->n_days + first];
    e->program->lower[variable] = e->program->upper[variable] = ExpansionReal(e, kind, text, row, 0);
  }
  for (PetscInt r = 0; r < days->n; r++)
    if (e->c->period_of[days->first[r]] == period) PetscCall(AddLowerLevels(e, kind, row, r));
  PetscFunctionReturn(0);
}

/* Emissions of what storage loses over all snapshots say nothing where days repeat. */
static PetscErrorCode CheckDepletion(Expansion e, ComponentKind kind, PetscInt row)
{
  const PetscInt carrier = ComponentsFind(e->c, COMPONENT_CARRIER, ExpansionCarrier(e, kind, row));

  PetscFunctionBeginUser;
  if (!Cyclic(e, kind, row) && carrier >= 0 && ExpansionReal(e, COMPONENT_CARRIER, "co2_emissions", carrier, 0) != 0)
    PetscCall(
        ExpansionFault(e, kind, row,
                       "found storage of a carrier with emissions that is not cyclic, expected cyclic storage with "
                       "representative days"));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionLinkDays(Expansion e)
{
  PetscFunctionBeginUser;
  if (!ExpansionPolicy(e)->days.n) PetscFunctionReturn(0);
  for (int k = 0; k < 2; k++)
    for (PetscInt row = 0; row < e->c->table[storage_kinds[k]].n; row++) {
      PetscCall(CheckDepletion(e, storage_kinds[k], row));
      for (PetscInt p = 0; p < e->n_periods; p++)
        if (e->active[storage_kinds[k]][row * e->n_periods + p]) PetscCall(LinkPeriod(e, storage_kinds[k], row, p));
    }
  PetscFunctionReturn(0);
}

/* The level that is told is that of the first day of the year which the representative day stands for. */
PetscErrorCode PolicyStoreDays(Expansion e, const PetscReal *x, Components components)
{
  const PolicyDays *days = &ExpansionPolicy(e)->days;
  PetscReal        *series;

  PetscFunctionBeginUser;
  if (!days->n) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(e->c->n_snapshots, &series));
  for (int k = 0; k < 2; k++)
    for (PetscInt row = 0; row < e->c->table[storage_kinds[k]].n; row++) {
      const ComponentKind kind = storage_kinds[k];
      PetscCall(PetscArraycpy(series, x + PolicyLevel(e, kind, row), e->c->n_snapshots));
      for (PetscInt r = 0; r < days->n; r++) {
        PetscInt d = 0;
        while (d < e->c->n_days && days->day[d] != r) d++;
        for (PetscInt t = days->first[r]; t <= days->last[r] && d < e->c->n_days; t++)
          if (ExpansionActive(e, kind, row, t))
            series[t] -= Kept(e, kind, row, t) *
                         (x[days->fullest[kind][row * days->n + r]] - x[days->level[kind][row * e->c->n_days + d]]);
      }
      PetscCall(ComponentsSetSeries(components, kind, kind == COMPONENT_STORE ? "e" : "state_of_charge", row, series));
    }
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}
