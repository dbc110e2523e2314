/* What assets earn at marginal prices, and what that is worth to those who invest. */
#include <math.h>
#include <string.h>

#include "jobs/statistics_impl.h"

#define NOTE_REVENUE "revenue" /* a year, by technology and region */
#define NOTE_SIZE "size"       /* MWh by size at the first bus */

/* Power at all buses at their prices, into v->sum. */
static void SumRevenue(StatisticsView *v, const Asset *a)
{
  const Column *price = ComponentsColumn(v->c, COMPONENT_BUS, "marginal_price");

  for (PetscInt p = 0; p < v->P; p++) v->sum[p] = 0;
  for (PetscInt i = 0; i < a->ports; i++) {
    const Column *power = StatisticsPortColumn(v, a, i);
    if (a->bus[i] < 0) continue;
    for (PetscInt t = 0; t < v->T; t++)
      v->sum[v->c->period_of[t]] += v->c->weight_objective[t] * StatisticsPortSign(v, a, i) *
                                    ColumnAt(power, a->row, t) * ColumnAt(price, a->bus[i], t);
  }
}

static PetscErrorCode PutRevenueOf(StatisticsView *v, PetscInt asset)
{
  const Asset  *a     = &v->asset[asset];
  const Column *power = StatisticsPortColumn(v, a, 0);

  PetscFunctionBeginUser;
  SumRevenue(v, a);
  for (PetscInt p = 0; p < v->P; p++) {
    PetscReal size = 0;
    if (a->kind != COMPONENT_LOAD && v->sum[p] == 0 && !ComponentsActive(v->c, a->kind, a->row, p)) continue;
    for (PetscInt t = 0; t < v->T; t++)
      if (v->c->period_of[t] == p) size += v->c->weight_generators[t] * fabs(ColumnAt(power, a->row, t));
    PetscCall(StatisticsSpread(v, "Revenue", a->technology, a->region, p, v->sum[p]));
    PetscCall(StatisticsNote(v, NOTE_REVENUE, a->technology, a->region, p, PERIODS_APART, v->sum[p]));
    PetscCall(StatisticsNote(v, NOTE_SIZE, a->technology, a->region, p, PERIODS_APART, size));
    PetscCall(StatisticsNoteOf(v, asset, NOTE_MARGIN, p, v->sum[p]));
    if (a->kind == COMPONENT_LOAD)
      PetscCall(StatisticsSpread(v, "Energy Bill", a->technology, a->region, p, -v->sum[p]));
  }
  PetscFunctionReturn(0);
}

/* Mean revenue an hour over mean size of power, each by its own weights, as PyPSA has it. */
static PetscErrorCode PutMarketValues(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < StatisticsCount(v->work); k++) {
    const StatisticsRow *row = StatisticsGet(v->work, k);
    PetscInt             p   = 0;
    PetscReal            size;
    if (strcmp(row->variable, NOTE_REVENUE) != 0) continue;
    while (p < v->P - 1 && StatisticsLabel(v, p) != row->period) p++;
    size = StatisticsValue(v->work, NOTE_SIZE, row->carrier, row->region, row->period);
    if (size > 1e-6)
      PetscCall(StatisticsPut(v, "Market Value", row->carrier, row->region, row->period,
                              row->value / v->hours_objective[p] / (size / v->hours_generators[p])));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPutRevenue(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < v->n_assets; k++) PetscCall(PutRevenueOf(v, k));
  PetscCall(PutMarketValues(v));
  PetscFunctionReturn(0);
}

/* A note of an asset in a period. */
static PetscReal Noted(const StatisticsView *v, PetscInt asset, const char *note, PetscInt p)
{
  char      name[32];
  PetscReal value;

  snprintf(name, sizeof name, "%d", (int)asset);
  value = StatisticsValue(v->work, note, name, "", StatisticsLabel(v, p));
  return PetscIsNanReal(value) ? 0 : value;
}

/* Paid at once for a MW: the overnight cost, or what the annuity comes from; without a rate, annuity times lifetime. */
static PetscReal Upfront(const StatisticsView *v, const Asset *a, PetscInt p)
{
  const PetscReal overnight = StatisticsReal(v, a, "overnight_cost", NAN);
  const PetscReal lifetime  = StatisticsReal(v, a, "lifetime", PETSC_INFINITY);
  const PetscReal rate      = StatisticsReal(v, a, "discount_rate", v->discount_rate);
  const PetscReal a_year    = StatisticsCapitalCost(v, a, p) * 8760 / v->hours_objective[p];

  return PetscIsNanReal(overnight) ? a_year / StatisticsAnnuity(PetscIsNanReal(rate) ? 0 : rate, lifetime) : overnight;
}

/* Margin of an asset in 8,760 hours, on average over the years in which it is there. */
static PetscReal MarginAYear(const StatisticsView *v, PetscInt asset)
{
  const Asset *a   = &v->asset[asset];
  PetscReal    sum = 0, years = 0;

  for (PetscInt p = 0; p < v->P; p++) {
    if (!ComponentsActive(v->c, a->kind, a->row, p)) continue;
    sum += StatisticsYears(v, p) * Noted(v, asset, NOTE_MARGIN, p) * 8760 / v->hours_objective[p];
    years += StatisticsYears(v, p);
  }
  return years > 0 ? sum / years : 0;
}

/* Of technologies, and of participants. */
static const char *const upfront_note[] = {"upfront", "participant upfront"};
static const char *const yearly_note[]  = {"yearly", "participant yearly"};

/* Adds one asset to an investor, who may be a technology in a region or a participant. */
static PetscErrorCode AddInvestment(StatisticsView *v, PetscInt asset, PetscBool participant, const char *who,
                                    const char *region)
{
  const Asset    *a        = &v->asset[asset];
  const char     *variable = participant ? "Participant Net Present Value" : "Net Present Value";
  const PetscReal yearly   = MarginAYear(v, asset);
  PetscInt        first    = 0;
  PetscReal       upfront;

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < v->P; p++)
    if (ComponentsActive(v->c, a->kind, a->row, p))
      PetscCall(StatisticsSpread(v, variable, who, region, p,
                                 StatisticsCostWeight(v, p) *
                                     (Noted(v, asset, NOTE_MARGIN, p) - Noted(v, asset, NOTE_INVESTMENT, p))));
  while (first < v->P && !ComponentsActive(v->c, a->kind, a->row, first)) first++;
  if (first == v->P || !StatisticsIsExtendable(v, a)) PetscFunctionReturn(0);
  upfront = Upfront(v, a, first) * StatisticsCapacity(v, a, first, PETSC_TRUE);
  for (int all = 0; all <= (region[0] != '\0'); all++) {
    PetscCall(StatisticsIncrease(v->work, upfront_note[participant], who, all ? "" : region, 0, "", upfront));
    PetscCall(StatisticsIncrease(v->work, yearly_note[participant], who, all ? "" : region, 0, "", yearly));
  }
  PetscFunctionReturn(0);
}

/* Years after which the margins have paid for what was built; none where they never do. */
static PetscErrorCode PutPaybacks(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < StatisticsCount(v->work); k++) {
    const StatisticsRow *row = StatisticsGet(v->work, k);
    for (int of = 0; of < 2; of++) {
      PetscReal yearly;
      if (strcmp(row->variable, upfront_note[of]) != 0 || row->value <= 0) continue;
      yearly = StatisticsValue(v->work, yearly_note[of], row->carrier, row->region, 0);
      if (yearly > 0)
        PetscCall(StatisticsPut(v, of ? "Participant Payback" : "Payback", row->carrier, row->region, 0,
                                row->value / yearly));
    }
  }
  PetscFunctionReturn(0);
}

/* What participants own, as they are told in a table of them. */
static PetscErrorCode PutParticipant(StatisticsView *v, PetscInt asset)
{
  const Asset *a = &v->asset[asset];
  const char  *who;

  PetscFunctionBeginUser;
  if (!v->owner || v->owner[asset] < 0) PetscFunctionReturn(0);
  who = v->participant[v->owner[asset]];
  SumRevenue(v, a);
  for (PetscInt p = 0; p < v->P; p++) PetscCall(StatisticsSpread(v, "Participant Revenue", who, "", p, v->sum[p]));
  if (a->kind != COMPONENT_LOAD) PetscCall(AddInvestment(v, asset, PETSC_TRUE, who, ""));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPutInvestors(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < v->n_assets; k++) {
    const Asset *a = &v->asset[k];
    if (a->kind != COMPONENT_LOAD) PetscCall(AddInvestment(v, k, PETSC_FALSE, a->technology, a->region));
    PetscCall(PutParticipant(v, k));
  }
  PetscCall(PutPaybacks(v));
  PetscFunctionReturn(0);
}
