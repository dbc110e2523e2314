/* Prices of what buses carry: averages by load and by time, spread and percentiles; and of reserves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/statistics_impl.h"

typedef struct {
  PetscReal price, hours, mwh;
  PetscInt  order; /* equal prices stay in one order */
} Sample;

typedef struct {
  const char *carrier, *region; /* region "": all */
  PetscReal  *taken;            /* [buses * T] MW that weigh the price */
  Sample     *sample;           /* [buses * T] */
  PetscInt    n;
} PriceView;

static int CompareSamples(const void *a, const void *b)
{
  const Sample *x = a, *y = b;
  return x->price < y->price ? -1 : x->price > y->price ? 1 : (x->order > y->order) - (x->order < y->order);
}

/* The lowest price below which (and at which) lies the share of the hours. */
static PetscReal Percentile(const PriceView *w, PetscReal share, PetscReal hours)
{
  PetscReal sum = 0;

  for (PetscInt k = 0; k < w->n; k++) {
    sum += w->sample[k].hours;
    if (sum >= share * hours * (1 - 1e-12)) return w->sample[k].price;
  }
  return NAN;
}

/* Samples of the carrier's buses in the region, of a period or (p < 0) of all: then a period counts with its years. */
static void Gather(const StatisticsView *v, PriceView *w, PetscInt p)
{
  const Column *price = ComponentsColumn(v->c, COMPONENT_BUS, "marginal_price");

  w->n = 0;
  for (PetscInt b = 0; b < v->c->table[COMPONENT_BUS].n; b++) {
    if (strcmp(StatisticsBusCarrier(v, b), w->carrier) != 0) continue;
    if (w->region[0] && strcmp(StatisticsBusRegion(v, b), w->region) != 0) continue;
    for (PetscInt t = 0; t < v->T; t++) {
      const PetscReal hours = v->c->weight_objective[t] * (p < 0 ? StatisticsYears(v, v->c->period_of[t]) : 1);
      if (p >= 0 && v->c->period_of[t] != p) continue;
      w->sample[w->n] = (Sample){ColumnAt(price, b, t), hours, hours * w->taken[b * v->T + t], w->n};
      w->n++;
    }
  }
}

static PetscErrorCode PutPricesOf(const StatisticsView *v, PriceView *w, PetscInt p)
{
  const PetscInt label = p < 0 ? 0 : StatisticsLabel(v, p);
  PetscReal      hours = 0, mwh = 0, by_time = 0, by_load = 0, square = 0;

  PetscFunctionBeginUser;
  Gather(v, w, p);
  for (PetscInt k = 0; k < w->n; k++) {
    hours += w->sample[k].hours;
    mwh += w->sample[k].mwh;
    by_time += w->sample[k].hours * w->sample[k].price;
    by_load += w->sample[k].mwh * w->sample[k].price;
  }
  if (hours <= 0) PetscFunctionReturn(0);
  by_time /= hours;
  for (PetscInt k = 0; k < w->n; k++) square += w->sample[k].hours * PetscSqr(w->sample[k].price - by_time);
  qsort(w->sample, (size_t)w->n, sizeof *w->sample, CompareSamples);
  if (mwh > 0) PetscCall(StatisticsPut(v, "Price Average", w->carrier, w->region, label, by_load / mwh));
  PetscCall(StatisticsPut(v, "Price Average Time", w->carrier, w->region, label, by_time));
  PetscCall(StatisticsPut(v, "Price Spread", w->carrier, w->region, label, sqrt(square / hours)));
  PetscCall(StatisticsPut(v, "Price 5th Percentile", w->carrier, w->region, label, Percentile(w, 0.05, hours)));
  PetscCall(StatisticsPut(v, "Price 95th Percentile", w->carrier, w->region, label, Percentile(w, 0.95, hours)));
  PetscCall(StatisticsPut(v, "Price Minimum", w->carrier, w->region, label, w->sample[0].price));
  PetscCall(StatisticsPut(v, "Price Maximum", w->carrier, w->region, label, w->sample[w->n - 1].price));
  PetscFunctionReturn(0);
}

/* What loads take weighs the price of a carrier; of one that no load takes, all that is taken. */
static void FillTaken(const StatisticsView *v, PriceView *w, PetscBool loads)
{
  for (PetscInt k = 0; k < v->n_assets; k++) {
    const Asset *a = &v->asset[k];
    for (PetscInt i = 0; i < a->ports; i++) {
      const Column   *power = StatisticsPortColumn(v, a, i);
      const PetscReal sign  = StatisticsPortSign(v, a, i);
      if ((loads && a->kind != COMPONENT_LOAD) || (!loads && StatisticsIsBranch(a))) continue;
      if (a->bus[i] < 0 || strcmp(StatisticsBusCarrier(v, a->bus[i]), w->carrier) != 0) continue;
      for (PetscInt t = 0; t < v->T; t++)
        w->taken[a->bus[i] * v->T + t] += PetscMax(0, -sign * ColumnAt(power, a->row, t));
    }
  }
}

static PetscBool HasLoad(const StatisticsView *v, const char *carrier)
{
  for (PetscInt k = 0; k < v->n_assets; k++)
    if (v->asset[k].kind == COMPONENT_LOAD && v->asset[k].bus[0] >= 0 &&
        !strcmp(StatisticsBusCarrier(v, v->asset[k].bus[0]), carrier))
      return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Whether no bus before this one has its carrier (and its region). */
static PetscBool IsFirst(const StatisticsView *v, PetscInt bus, PetscBool of_region)
{
  for (PetscInt b = 0; b < bus; b++)
    if (!strcmp(StatisticsBusCarrier(v, b), StatisticsBusCarrier(v, bus)) &&
        (!of_region || !strcmp(StatisticsBusRegion(v, b), StatisticsBusRegion(v, bus))))
      return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscErrorCode PutPricesIn(const StatisticsView *v, PriceView *w)
{
  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < v->P; p++) PetscCall(PutPricesOf(v, w, p));
  if (v->c->n_periods) PetscCall(PutPricesOf(v, w, -1));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPutPrices(StatisticsView *v)
{
  const PetscInt n = v->c->table[COMPONENT_BUS].n;
  PriceView      w = {0};

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(n * v->T + 1, &w.taken, n * v->T + 1, &w.sample));
  for (PetscInt b = 0; b < n; b++) {
    if (!IsFirst(v, b, PETSC_FALSE)) continue;
    w.carrier = StatisticsBusCarrier(v, b);
    w.region  = "";
    FillTaken(v, &w, HasLoad(v, w.carrier));
    PetscCall(PutPricesIn(v, &w));
  }
  for (PetscInt b = 0; b < n; b++) {
    if (!IsFirst(v, b, PETSC_TRUE)) continue;
    w.carrier = StatisticsBusCarrier(v, b);
    w.region  = StatisticsBusRegion(v, b);
    PetscCall(PutPricesIn(v, &w));
  }
  PetscCall(PetscFree2(w.taken, w.sample));
  PetscFunctionReturn(0);
}

/* Mean price of each reserve, and what of it was missing. */
PetscErrorCode StatisticsPutReserves(StatisticsView *v)
{
  const ComponentTable *table    = &v->c->table[COMPONENT_RESERVE];
  const Column         *price    = table->n ? ComponentsColumn(v->c, COMPONENT_RESERVE, "price") : NULL;
  const Column         *shortage = table->n ? ComponentsColumn(v->c, COMPONENT_RESERVE, "shortage") : NULL;

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < table->n; row++)
    for (PetscInt p = 0; p < v->P; p++) {
      PetscReal mean = 0, missing = 0;
      for (PetscInt t = 0; t < v->T; t++) {
        if (v->c->period_of[t] != p) continue;
        mean += price ? v->c->weight_objective[t] * ColumnAt(price, row, t) / v->hours_objective[p] : 0;
        missing += shortage ? v->c->weight_generators[t] * ColumnAt(shortage, row, t) : 0;
      }
      if (price) PetscCall(StatisticsSpread(v, "Reserve Price", table->name[row], "", p, mean));
      if (shortage) PetscCall(StatisticsSpread(v, "Reserve Missing", table->name[row], "", p, missing));
    }
  PetscFunctionReturn(0);
}
