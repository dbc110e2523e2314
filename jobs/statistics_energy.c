/* Capacities, energy, and what goes between regions. */
#include <math.h>
#include <string.h>

#include "jobs/statistics_impl.h"

static PetscErrorCode PutCapacity(StatisticsView *v, const Asset *a, PetscInt p)
{
  const PetscReal installed = StatisticsCapacity(v, a, p, PETSC_FALSE),
                  optimal   = StatisticsCapacity(v, a, p, PETSC_TRUE);
  const PetscReal hours     = a->kind == COMPONENT_STORAGE_UNIT ? StatisticsReal(v, a, "max_hours", 1) : 1;
  const PetscBool power     = (PetscBool)(a->kind != COMPONENT_STORE);

  PetscFunctionBeginUser;
  if (power) {
    PetscCall(StatisticsSpread(v, "Installed Capacity", a->technology, a->region, p, installed));
    PetscCall(StatisticsSpread(v, "Optimal Capacity", a->technology, a->region, p, optimal));
    PetscCall(StatisticsSpread(v, "Expanded Capacity", a->technology, a->region, p, PetscMax(0, optimal - installed)));
  }
  if (!power || a->kind == COMPONENT_STORAGE_UNIT) {
    PetscCall(StatisticsSpread(v, "Installed Storage Capacity", a->technology, a->region, p, hours * installed));
    PetscCall(StatisticsSpread(v, "Optimal Storage Capacity", a->technology, a->region, p, hours * optimal));
    PetscCall(StatisticsSpread(v, "Expanded Storage Capacity", a->technology, a->region, p,
                               hours * PetscMax(0, optimal - installed)));
  }
  if (StatisticsIsTransmission(v, a) && StatisticsReal(v, a, "length", 0) > 0)
    PetscCall(StatisticsSpread(v, "Transmission Capacity Length", a->technology, a->region, p,
                               optimal * StatisticsReal(v, a, "length", 0)));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPutCapacities(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < v->n_assets; k++)
    for (PetscInt p = 0; p < v->P; p++)
      if (v->asset[k].kind != COMPONENT_LOAD && ComponentsActive(v->c, v->asset[k].kind, v->asset[k].row, p))
        PetscCall(PutCapacity(v, &v->asset[k], p));
  PetscFunctionReturn(0);
}

typedef enum { SIDE_BOTH, SIDE_SUPPLY, SIDE_WITHDRAWAL, SIDE_SIZE } Side;

/* Energy of a column by period, MWh: of one sign, or its size; into v->sum. */
static void SumEnergy(StatisticsView *v, const Column *column, PetscInt row, PetscReal sign, Side side)
{
  for (PetscInt p = 0; p < v->P; p++) v->sum[p] = 0;
  for (PetscInt t = 0; t < v->T; t++) {
    PetscReal mw = sign * ColumnAt(column, row, t);
    if (side == SIDE_SUPPLY) mw = PetscMax(mw, 0);
    if (side == SIDE_WITHDRAWAL) mw = PetscMax(-mw, 0);
    if (side == SIDE_SIZE) mw = fabs(mw);
    v->sum[v->c->period_of[t]] += v->c->weight_generators[t] * mw;
  }
}

static PetscErrorCode SpreadSum(StatisticsView *v, const Asset *a, const char *variable, const char *carrier,
                                const char *region)
{
  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < v->P; p++)
    if (a->kind == COMPONENT_LOAD || v->sum[p] != 0 || ComponentsActive(v->c, a->kind, a->row, p))
      PetscCall(StatisticsSpread(v, variable, carrier, region, p, v->sum[p]));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutPort(StatisticsView *v, const Asset *a, PetscInt port)
{
  const PetscInt  bus    = a->bus[port];
  const Column   *column = StatisticsPortColumn(v, a, port);
  const PetscReal sign   = StatisticsPortSign(v, a, port);
  const char     *region = StatisticsBusRegion(v, bus);
  char            carrier[1024];

  PetscFunctionBeginUser;
  snprintf(carrier, sizeof carrier, "%s|%s", StatisticsBusCarrier(v, bus), a->technology);
  SumEnergy(v, column, a->row, sign, SIDE_BOTH);
  PetscCall(SpreadSum(v, a, "Energy Balance", carrier, region));
  if (StatisticsIsBranch(a)) PetscFunctionReturn(0);
  SumEnergy(v, column, a->row, sign, SIDE_SUPPLY);
  PetscCall(SpreadSum(v, a, "Supply", a->technology, region));
  SumEnergy(v, column, a->row, sign, SIDE_WITHDRAWAL);
  PetscCall(SpreadSum(v, a, "Withdrawal", a->technology, region));
  PetscFunctionReturn(0);
}

/* What the availability of a generator whose availability varies would have given, less what it gave. */
static PetscErrorCode PutCurtailment(StatisticsView *v, const Asset *a)
{
  const Column *available = ComponentsColumn(v->c, a->kind, "p_max_pu"), *power = ComponentsColumn(v->c, a->kind, "p");

  PetscFunctionBeginUser;
  if (!available->series || !available->series[a->row]) PetscFunctionReturn(0);
  for (PetscInt p = 0; p < v->P; p++) v->sum[p] = 0;
  for (PetscInt t = 0; t < v->T; t++) {
    const PetscInt p = v->c->period_of[t];
    v->sum[p] += v->c->weight_generators[t] *
                 PetscMax(0, available->series[a->row][t] * StatisticsCapacity(v, a, p, PETSC_TRUE) -
                                 ColumnAt(power, a->row, t));
  }
  PetscCall(SpreadSum(v, a, "Curtailment", a->technology, a->region));
  PetscFunctionReturn(0);
}

#define NOTE_OPERATION "operation" /* MWh by size, */
#define NOTE_CAPACITY "capacity"   /* MW, of the same assets */

static PetscErrorCode NoteUse(StatisticsView *v, const Asset *a)
{
  PetscFunctionBeginUser;
  SumEnergy(v, StatisticsPortColumn(v, a, 0), a->row, 1, SIDE_SIZE);
  for (PetscInt p = 0; p < v->P; p++) {
    if (!ComponentsActive(v->c, a->kind, a->row, p)) continue;
    PetscCall(StatisticsNote(v, NOTE_OPERATION, a->technology, a->region, p, PERIODS_APART, v->sum[p]));
    PetscCall(StatisticsNote(v, NOTE_CAPACITY, a->technology, a->region, p, PERIODS_APART,
                             StatisticsCapacity(v, a, p, PETSC_TRUE)));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PutCapacityFactors(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < StatisticsCount(v->work); k++) {
    const StatisticsRow *row = StatisticsGet(v->work, k);
    PetscInt             p   = 0;
    PetscReal            capacity;
    if (strcmp(row->variable, NOTE_OPERATION) != 0) continue;
    while (p < v->P - 1 && StatisticsLabel(v, p) != row->period) p++;
    capacity = StatisticsValue(v->work, NOTE_CAPACITY, row->carrier, row->region, row->period);
    if (capacity > 0)
      PetscCall(StatisticsPut(v, "Capacity Factor", row->carrier, row->region, row->period,
                              row->value / v->hours_generators[p] / capacity));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPutEnergy(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < v->n_assets; k++) {
    const Asset *a = &v->asset[k];
    for (PetscInt i = 0; i < a->ports; i++)
      if (a->bus[i] >= 0) PetscCall(PutPort(v, a, i));
    if (a->kind == COMPONENT_GENERATOR) PetscCall(PutCurtailment(v, a));
    if (a->kind != COMPONENT_LOAD && a->kind != COMPONENT_STORE) PetscCall(NoteUse(v, a));
  }
  PetscCall(PutCapacityFactors(v));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsPutTransmission(StatisticsView *v)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < v->n_assets; k++) {
    const Asset *a = &v->asset[k];
    if (!StatisticsIsTransmission(v, a)) continue;
    SumEnergy(v, StatisticsPortColumn(v, a, 0), a->row, 1, SIDE_BOTH);
    PetscCall(SpreadSum(v, a, "Transmission", a->technology, a->region));
    SumEnergy(v, StatisticsPortColumn(v, a, 0), a->row, 1, SIDE_SIZE);
    PetscCall(SpreadSum(v, a, "Transmission Volume", a->technology, a->region));
  }
  PetscFunctionReturn(0);
}

/* Demand by the carrier of its bus: what loads take and what they would have taken; and what of it was not served. */
PetscErrorCode StatisticsPutDemand(StatisticsView *v)
{
  const Column *unserved = ComponentsColumn(v->c, COMPONENT_LOAD, "unserved");
  const Column *shifted  = ComponentsColumn(v->c, COMPONENT_LOAD, "shifted");

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < v->n_assets; k++) {
    const Asset *a = &v->asset[k];
    if (a->kind != COMPONENT_LOAD || a->bus[0] < 0) continue;
    SumEnergy(v, StatisticsPortColumn(v, a, 0), a->row, -StatisticsPortSign(v, a, 0), SIDE_BOTH);
    PetscCall(SpreadSum(v, a, "Demand", StatisticsBusCarrier(v, a->bus[0]), a->region));
    if (unserved) {
      SumEnergy(v, unserved, a->row, 1, SIDE_BOTH);
      PetscCall(SpreadSum(v, a, "Unserved Energy", a->technology, a->region));
    }
    if (shifted) {
      SumEnergy(v, shifted, a->row, 1, SIDE_SUPPLY);
      PetscCall(SpreadSum(v, a, "Demand Shifted", a->technology, a->region));
    }
  }
  PetscFunctionReturn(0);
}
