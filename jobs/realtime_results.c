/* Real time in the data set and in the summary. */
#include "jobs/realtime.h"

#include <math.h>
#include <string.h>

#include "jobs/results.h"
#include "solver/prices.h"

static PetscErrorCode AddPowers(Dispatch d, Dataset ds)
{
  const ResultsSeries series[] = {
      {"realtime_generator_p", "time generator", "MW", "active power fed in, real time", d->generator_p},
      {"realtime_generator_q", "time generator", "Mvar", "reactive power fed in, real time", d->generator_q},
      {"realtime_load_p", "time load", "MW", "active power served, real time", d->load_p},
      {"realtime_load_q", "time load", "Mvar", "reactive power served, real time", d->load_q},
      {"realtime_branch_p_from", "time branch", "MW", "active power into the branch at the from end, real time",
       d->branch_p_from},
      {"realtime_branch_p_to", "time branch", "MW", "active power into the branch at the to end, real time",
       d->branch_p_to},
      {"realtime_link_p_from", "time link", "MW", "active power taken at the from end, real time", d->link_p_from},
      {"realtime_link_p_to", "time link", "MW", "active power delivered at the to end, real time", d->link_p_to},
      {"realtime_storage_charge", "time storage", "MW", "charging power, real time", d->storage_charge},
      {"realtime_storage_discharge", "time storage", "MW", "discharging power, real time", d->storage_discharge},
      {"realtime_storage_q", "time storage", "Mvar", "reactive power fed in, real time", d->storage_q},
      {"realtime_storage_energy", "time storage", "MWh", "energy stored at the end of the interval, real time",
       d->storage_energy},
  };
  const ResultsSeries flexible[] = {
      {"realtime_load_curtailed", "time load", "MW", "demand left unserved for its price, real time",
       d->load_curtailed},
      {"realtime_load_shifted", "time load", "MW", "demand moved into the interval, real time", d->load_shifted},
      {"realtime_link_p_to2", "time link", "MW", "active power delivered at the second output, real time",
       d->link_p_to2},
      {"realtime_link_p_to3", "time link", "MW", "active power delivered at the third output, real time",
       d->link_p_to3},
  };

  PetscFunctionBeginUser;
  PetscCall(ResultsAddSeries(ds, series, sizeof series / sizeof series[0]));
  for (size_t k = 0; k < sizeof flexible / sizeof flexible[0]; k++) /* where the day ahead has them */
    if (DatasetFind(ds, flexible[k].name + strlen("realtime_"))) PetscCall(ResultsAddSeries(ds, &flexible[k], 1));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPrices(Run run, Dispatch d, Dataset ds)
{
  const PricesOptions options = {run->study->reference_bus >= 0, &run->study->reference_bus};
  char                unit[64], name[64], long_name[96];
  Prices              prices;

  PetscFunctionBeginUser;
  snprintf(unit, sizeof unit, "%.40s/MWh", run->study->currency);
  PetscCall(DatasetAddReal(ds, "realtime_price", "time bus", unit,
                           "locational marginal price of active power, real time", d->price));
  PetscCall(PricesDecompose(run->realised, d, RunPhysics(run), &options, &prices));
  for (int k = 0; k < PRICE_PARTS; k++) {
    snprintf(name, sizeof name, "realtime_price_%s", PricePartName((PricePart)k));
    snprintf(long_name, sizeof long_name, "%s part of the price, real time", PricePartName((PricePart)k));
    PetscCall(DatasetAddReal(ds, name, "time bus", unit, long_name, prices->part[k]));
  }
  PetscCall(PricesDestroy(&prices));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddOutcome(Run run, const Window *window, Dataset ds)
{
  char   *status     = (char *)SolveStatusName(window->realtime_result.status);
  int64_t iterations = window->realtime_result.iterations;

  PetscFunctionBeginUser;
  PetscCall(DatasetAddText(ds, "realtime_status", "window", "how the solve of real time ended", &status));
  PetscCall(DatasetAddReal(ds, "realtime_objective", "window", run->study->currency,
                           "cost of the window in real time, carbon payments included", &window->realtime->objective));
  PetscCall(
      DatasetAddInteger(ds, "realtime_iterations", "window", "1", "iterations of the method, real time", &iterations));
  PetscCall(DatasetAddReal(ds, "realtime_max_violation", "window", "1",
                           "largest violation of a limit in real time, per unit, evaluated independently",
                           &window->realtime_evaluation.max_violation_pu));
  PetscCall(DatasetAddReal(ds, "realtime_max_mismatch", "window", "1",
                           "largest balance error of a bus in real time, per unit, evaluated independently",
                           &window->realtime_evaluation.max_mismatch_pu));
  PetscFunctionReturn(0);
}

/* Net power fed in at each bus by all assets, MW. */
static void Injections(Network net, Dispatch d, PetscInt t, PetscReal *injection)
{
#define AT(member, n, k) d->member[(size_t)t * (size_t)d->n + (size_t)(k)]
  for (PetscInt b = 0; b < net->bus.n; b++) injection[b] = 0;
  for (PetscInt g = 0; g < net->generator.n; g++) injection[net->generator.bus[g]] += AT(generator_p, n_generator, g);
  for (PetscInt l = 0; l < net->load.n; l++) injection[net->load.bus[l]] -= AT(load_p, n_load, l);
  for (PetscInt s = 0; s < net->storage.n; s++)
    injection[net->storage.bus[s]] += AT(storage_discharge, n_storage, s) - AT(storage_charge, n_storage, s);
  for (PetscInt k = 0; k < net->link.n; k++) {
    injection[net->link.from[k]] -= AT(link_p_from, n_link, k);
    injection[net->link.to[k]] += AT(link_p_to, n_link, k);
    if (net->link.to2[k] >= 0) injection[net->link.to2[k]] += AT(link_p_to2, n_link, k);
    if (net->link.to3[k] >= 0) injection[net->link.to3[k]] += AT(link_p_to3, n_link, k);
  }
#undef AT
}

/* What the deviations of a region's assets pay at the real-time prices of their buses, less what they receive. */
static PetscErrorCode AddBalancing(Run run, const Window *window, Dataset ds)
{
  Dispatch       da = window->dispatch, rt = window->realtime;
  const PetscInt n = run->net->bus.n, R = run->partition->n_regions;
  PetscReal     *before, *now, *balancing;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &before, n, &now));
  PetscCall(PetscCalloc1(rt->hours * R, &balancing));
  for (PetscInt t = 0; t < rt->hours; t++) {
    Injections(run->net, da, t, before);
    Injections(run->realised, rt, t, now);
    for (PetscInt b = 0; b < n; b++)
      balancing[t * R + run->partition->bus_region[b]] -= rt->price[t * n + b] * (now[b] - before[b]) * rt->step_hours;
  }
  PetscCall(DatasetAddReal(ds, "realtime_balancing", "time region", run->study->currency,
                           "what deviations pay less what they receive, at real-time prices", balancing));
  PetscCall(PetscFree2(before, now));
  PetscCall(PetscFree(balancing));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowAddRealTime(Run run, const Window *window, Dataset ds)
{
  PetscFunctionBeginUser;
  if (!window->realtime) PetscFunctionReturn(0);
  PetscCall(AddOutcome(run, window, ds));
  PetscCall(ResultsAddVoltages(run->realised, window->realtime,
                               (const char *[]){"realtime_voltage_magnitude", "voltage magnitude, per unit, real time"},
                               (const char *[]){"realtime_voltage_angle", "voltage angle, real time"}, ds));
  PetscCall(AddPrices(run, window->realtime, ds));
  PetscCall(AddPowers(window->realtime, ds));
  PetscCall(AddBalancing(run, window, ds));
  PetscFunctionReturn(0);
}

/* Sum over a region's rows at electric buses of what real time has beyond the day ahead. */
static double Deviation(const SummaryView *v, PetscInt region, const char *name, size_t n, const PetscInt *bus)
{
  const double *before = SummaryReal(v, name), *now;
  char          other[64];
  double        sum = 0;

  snprintf(other, sizeof other, "realtime_%s", name);
  now = SummaryReal(v, other);
  for (size_t k = 0; before && now && k < n; k++)
    if (v->run->partition->bus_region[bus[k]] == region && NetworkBusIsElectric(v->run->net, bus[k]))
      sum += SummaryColumn(now, v->T, n, k) - SummaryColumn(before, v->T, n, k);
  return sum * v->hours;
}

static double MeanPrice(const SummaryView *v, PetscInt region)
{
  const double *price = SummaryReal(v, "realtime_price");
  double        sum = 0, n = 0;

  for (size_t k = 0; k < v->T * v->n_bus; k++) {
    const PetscInt bus = (PetscInt)(k % v->n_bus);
    if (v->run->partition->bus_region[bus] != region || !NetworkBusIsElectric(v->run->net, bus)) continue;
    sum += price[k];
    n++;
  }
  return n > 0 ? sum / n : NAN;
}

static double WindowSum(const SummaryView *v, const char *name)
{
  const Variable *var = DatasetFind(v->ds, name);
  double          sum = 0;

  for (size_t k = 0; var && k < DatasetCount(v->ds, var); k++) sum += var->real[k];
  return sum;
}

void SummaryPutRealTime(const SummaryView *v, json_t *s)
{
  const Network  net = v->run->net;
  const PetscInt R   = v->run->partition->n_regions;
  json_t        *real, *rows;

  if (!DatasetFind(v->ds, "realtime_objective")) return;
  real = json_object(), rows = json_array();
  JsonPut(real, "objective", JsonReal(WindowSum(v, "realtime_objective")));
  JsonPut(real, "day_ahead_objective", JsonReal(WindowSum(v, "objective")));
  JsonPut(real, "balancing", JsonReal(WindowSum(v, "realtime_balancing")));
  for (PetscInt r = 0; r < R; r++) {
    json_t *row = json_object();
    JsonPut(row, "region", json_string(v->run->partition->name[r]));
    JsonPut(row, "generation_mwh", JsonReal(Deviation(v, r, "generator_p", v->n_generator, net->generator.bus)));
    JsonPut(row, "demand_mwh", JsonReal(Deviation(v, r, "load_p", v->n_load, net->load.bus)));
    JsonPut(row, "storage_mwh",
            JsonReal(Deviation(v, r, "storage_discharge", v->n_storage, net->storage.bus) -
                     Deviation(v, r, "storage_charge", v->n_storage, net->storage.bus)));
    JsonPut(row, "mean_price", JsonReal(MeanPrice(v, r)));
    JsonPut(row, "balancing",
            JsonReal(SummaryColumn(SummaryReal(v, "realtime_balancing"), v->T, (size_t)R, (size_t)r)));
    json_array_append_new(rows, row);
  }
  JsonPut(real, "regions", rows);
  JsonPut(s, "real_time", real);
}
