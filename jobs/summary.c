/* The summary of a data set of one window or of all: what a person asks first, with units, as JSON and as tidy CSV. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/carbon_cap.h"
#include "jobs/format.h"
#include "jobs/realtime.h"
#include "jobs/summary_impl.h"

/* A limit binds when its shadow price is above this, in currency per hour and MVA. */
static const double BINDING_PRICE = 1e-3;

size_t SummaryLength(const SummaryView *v, const char *dimension)
{
  PetscInt d = DatasetFindDimension(v->ds, dimension);
  return d < 0 ? 0 : (size_t)v->ds->dim[d].length;
}

const double *SummaryReal(const SummaryView *v, const char *name)
{
  const Variable *var = DatasetFind(v->ds, name);
  return var ? var->real : NULL;
}

const int64_t *SummaryInteger(const SummaryView *v, const char *name)
{
  const Variable *var = DatasetFind(v->ds, name);
  return var ? var->integer : NULL;
}

char *const *SummaryText(const SummaryView *v, const char *name)
{
  const Variable *var = DatasetFind(v->ds, name);
  return var ? var->text : NULL;
}

static double SumOf(const double *value, size_t n)
{
  double sum = 0;
  for (size_t k = 0; value && k < n; k++) sum += value[k];
  return sum;
}

static void PutHead(const SummaryView *v, json_t *s)
{
  Run            run    = v->run;
  const int64_t *time   = SummaryInteger(v, "time");
  json_t        *counts = json_object();

  JsonPut(s, "study", json_string(run->study->name));
  JsonPut(s, "policy", json_string(run->study->policy));
  JsonPut(s, "currency", json_string(run->study->currency));
  JsonPut(s, "start", json_string(FormatTime(time[0]).text));
  JsonPut(s, "end", json_string(FormatTime(time[v->T - 1] + llround(v->hours * 3600)).text));
  JsonPut(s, "windows", json_integer((json_int_t)SummaryLength(v, "window")));
  JsonPut(s, "intervals", json_integer((json_int_t)v->T));
  JsonPut(s, "interval_hours", JsonReal(v->hours));
  JsonPut(s, "model", json_string(run->study->model));
  JsonPut(s, "method", json_string(OpfMethodName(OpfMethodFromName(run->study->method), run->partition->n_regions)));
  JsonPut(counts, "buses", json_integer(run->net->bus.n));
  JsonPut(counts, "branches", json_integer(run->net->branch.n));
  JsonPut(counts, "generators", json_integer(run->net->generator.n));
  JsonPut(counts, "loads", json_integer(run->net->load.n));
  JsonPut(counts, "storage_units", json_integer(run->net->storage.n));
  JsonPut(counts, "links", json_integer(run->net->link.n));
  JsonPut(counts, "regions", json_integer(run->partition->n_regions));
  JsonPut(counts, "ties", json_integer(run->partition->n_ties));
  JsonPut(s, "network", counts);
}

static void PutOutcome(const SummaryView *v, json_t *s)
{
  size_t        n         = SummaryLength(v, "window");
  const double *violation = SummaryReal(v, "max_violation"), *mismatch = SummaryReal(v, "max_mismatch");
  json_int_t    iterations      = 0;
  double        worst_violation = 0, worst_mismatch = 0;

  for (size_t k = 0; k < n; k++) {
    iterations += SummaryInteger(v, "iterations")[k];
    worst_violation = fmax(worst_violation, violation[k]);
    worst_mismatch  = fmax(worst_mismatch, mismatch[k]);
  }
  JsonPut(s, "status", json_string("optimal")); /* no other window is ever stored */
  JsonPut(s, "objective", JsonReal(SumOf(SummaryReal(v, "objective"), n)));
  JsonPut(s, "iterations", json_integer(iterations));
  JsonPut(s, "max_violation_pu", JsonReal(worst_violation));
  JsonPut(s, "max_mismatch_pu", JsonReal(worst_mismatch));
}

/* Which method the windows' points come from: of ADMM, or of the interior point, which finishes what ADMM did not. */
static void PutFinish(const SummaryView *v, json_t *s)
{
  const Variable *finished = DatasetFind(v->ds, "finished_by");
  const size_t    n        = SummaryLength(v, "window");
  json_t         *counts   = json_object();
  json_int_t      by_admm = 0, rounds = 0;

  for (size_t k = 0; k < n; k++) {
    by_admm += !strcmp(finished->text[k], "admm");
    rounds += SummaryInteger(v, "admm_iterations")[k];
  }
  JsonPut(counts, "admm", json_integer(by_admm));
  JsonPut(counts, "interior-point", json_integer((json_int_t)n - by_admm));
  JsonPut(s, "windows_finished_by", counts);
  JsonPut(s, "admm_iterations", json_integer(rounds));
}

/* Electric demand; other carriers have rows of their own. */
static double DemandAt(const SummaryView *v, size_t t)
{
  const double *served = SummaryReal(v, "load_p");
  double        sum    = 0;

  for (size_t l = 0; served && l < v->n_load; l++)
    if (NetworkBusIsElectric(v->run->net, v->run->net->load.bus[l])) sum += served[t * v->n_load + l];
  return sum;
}

/* What branches lose, and links between electric buses. */
static double Losses(const SummaryView *v)
{
  const LinkTable *link   = &v->run->net->link;
  double           losses = SumOf(SummaryReal(v, "branch_p_from"), v->T * v->n_branch) +
                  SumOf(SummaryReal(v, "branch_p_to"), v->T * v->n_branch);

  for (size_t k = 0; k < v->n_link; k++)
    if (NetworkBusIsElectric(v->run->net, link->from[k]) && NetworkBusIsElectric(v->run->net, link->to[k]) &&
        link->to2[k] < 0 && link->to3[k] < 0)
      losses += SummaryColumn(SummaryReal(v, "link_p_from"), v->T, v->n_link, k) -
                SummaryColumn(SummaryReal(v, "link_p_to"), v->T, v->n_link, k);
  return losses;
}

static void PutDemand(const SummaryView *v, json_t *s)
{
  double most = -INFINITY, demand = 0;
  size_t peak = 0;

  for (size_t t = 0; t < v->T; t++) {
    double sum = DemandAt(v, t);
    demand += sum;
    if (sum <= most) continue;
    most = sum;
    peak = t;
  }
  JsonPut(s, "demand_mwh", JsonReal(demand * v->hours));
  JsonPut(s, "losses_mwh", JsonReal(Losses(v) * v->hours));
  JsonPut(s, "peak_demand_mw", JsonReal(most));
  JsonPut(s, "peak_demand_time", json_string(FormatTime(SummaryInteger(v, "time")[peak]).text));
}

/* Adds energy to the row of (technology, region), in order of first appearance. */
static void AddEnergy(json_t *rows, const char *technology, const char *region, double mwh)
{
  size_t  k;
  json_t *row;

  json_array_foreach(rows, k, row)
  {
    if (strcmp(json_string_value(json_object_get(row, "technology")), technology) != 0) continue;
    if (strcmp(json_string_value(json_object_get(row, "region")), region) != 0) continue;
    JsonPut(row, "mwh", JsonReal(mwh + json_real_value(json_object_get(row, "mwh"))));
    return;
  }
  row = json_object();
  JsonPut(row, "technology", json_string(technology));
  JsonPut(row, "region", json_string(region));
  JsonPut(row, "mwh", JsonReal(mwh));
  json_array_append_new(rows, row);
}

double SummaryColumn(const double *value, size_t T, size_t n, size_t k)
{
  double sum = 0;
  for (size_t t = 0; value && t < T; t++) sum += value[t * n + k];
  return sum;
}

static void PutEnergy(const SummaryView *v, json_t *s)
{
  const Network   net    = v->run->net;
  json_t         *rows   = json_array(), *row;
  const PetscInt *of     = v->run->partition->bus_region;
  char *const    *region = v->run->partition->name;
  char            text[128];
  size_t          at;

  for (size_t g = 0; g < v->n_generator; g++)
    AddEnergy(rows, net->generator.technology[g][0] ? net->generator.technology[g] : "unknown",
              region[of[net->generator.bus[g]]],
              v->hours * SummaryColumn(SummaryReal(v, "generator_p"), v->T, v->n_generator, g));
  for (size_t k = 0; k < v->n_storage; k++) {
    const char *technology = net->storage.technology[k][0] ? net->storage.technology[k] : "storage";
    snprintf(text, sizeof text, "%.100s discharge", technology);
    AddEnergy(rows, text, region[of[net->storage.bus[k]]],
              v->hours * SummaryColumn(SummaryReal(v, "storage_discharge"), v->T, v->n_storage, k));
    snprintf(text, sizeof text, "%.100s charge", technology);
    AddEnergy(rows, text, region[of[net->storage.bus[k]]],
              -v->hours * SummaryColumn(SummaryReal(v, "storage_charge"), v->T, v->n_storage, k));
  }
  json_array_foreach(rows, at, row)
  {
    if (fabs(json_real_value(json_object_get(row, "mwh"))) < 5e-7) JsonPut(row, "mwh", json_real(0)); /* half a Wh */
  }
  JsonPut(s, "energy", rows);
}

static void PutEmissions(const SummaryView *v, json_t *s)
{
  double sum = 0;
  for (size_t g = 0; g < v->n_generator; g++)
    sum += v->run->net->generator.emission_t_per_mwh[g] * v->hours *
           SummaryColumn(SummaryReal(v, "generator_p"), v->T, v->n_generator, g);
  JsonPut(s, "emissions_t", JsonReal(sum));
}

/* Lowest, mean and highest price of a region's buses of one carrier; nothing where it has none. */
static void PutPrice(const SummaryView *v, PetscInt region, const char *carrier, json_t *rows)
{
  const double *price = SummaryReal(v, "price");
  double        low = INFINITY, high = -INFINITY, sum = 0, n = 0;
  json_t       *row;

  for (size_t k = 0; k < v->T * v->n_bus; k++) {
    const PetscInt bus = (PetscInt)(k % v->n_bus);
    if (v->run->partition->bus_region[bus] != region || strcmp(SummaryCarrier(v, bus), carrier) != 0) continue;
    low  = fmin(low, price[k]);
    high = fmax(high, price[k]);
    sum += price[k];
    n++;
  }
  if (n == 0) return;
  row = json_object();
  JsonPut(row, "region", json_string(v->run->partition->name[region]));
  JsonPut(row, "carrier", json_string(carrier));
  JsonPut(row, "min", JsonReal(low));
  JsonPut(row, "mean", JsonReal(sum / n));
  JsonPut(row, "max", JsonReal(high));
  json_array_append_new(rows, row);
}

/* Electricity first, then the other carriers. */
static void PutPrices(const SummaryView *v, json_t *s)
{
  json_t *rows = json_array();

  for (size_t c = 0; c < v->n_carriers; c++)
    for (PetscInt r = 0; r < v->run->partition->n_regions; r++) PutPrice(v, r, v->carrier[c], rows);
  JsonPut(s, "prices_per_mwh", rows);
}

static void PutBinding(const SummaryView *v, json_t *s)
{
  const double   *from = SummaryReal(v, "branch_limit_price_from"), *to = SummaryReal(v, "branch_limit_price_to");
  const PetscInt *of   = v->run->partition->bus_region;
  json_t         *rows = json_array();

  for (size_t b = 0; b < v->n_branch; b++) {
    json_int_t intervals = 0;
    double     most      = 0;
    json_t    *row;
    for (size_t t = 0; t < v->T; t++) {
      double price = from[t * v->n_branch + b] + to[t * v->n_branch + b];
      intervals += price > BINDING_PRICE;
      most = fmax(most, price);
    }
    if (!intervals) continue;
    row = json_object();
    JsonPut(row, "branch", json_string(SummaryText(v, "branch")[b]));
    JsonPut(row, "tie", json_boolean(of[v->run->net->branch.from[b]] != of[v->run->net->branch.to[b]]));
    JsonPut(row, "intervals", json_integer(intervals));
    JsonPut(row, "largest_price_per_mva_h", JsonReal(most));
    json_array_append_new(rows, row);
  }
  JsonPut(s, "binding_branches", rows);
}

static void PutStability(const SummaryView *v, json_t *s)
{
  size_t  n    = SummaryLength(v, "disturbance");
  json_t *rows = json_array();

  for (size_t k = 0; k < n; k++) {
    json_t *row = json_object();
    JsonPut(row, "time", json_string(FormatTime(SummaryInteger(v, "disturbance_time")[k]).text));
    JsonPut(row, "name", JsonText(SummaryText(v, "disturbance_name")[k]));
    JsonPut(row, "bus", json_integer(SummaryInteger(v, "disturbance_bus")[k]));
    JsonPut(row, "trip", json_string(SummaryText(v, "disturbance_trip")[k]));
    JsonPut(row, "verdict", json_string(SummaryText(v, "disturbance_verdict")[k]));
    JsonPut(row, "max_angle_spread_deg", JsonReal(SummaryReal(v, "disturbance_angle_spread")[k]));
    JsonPut(row, "frequency_nadir_hz", JsonReal(SummaryReal(v, "disturbance_frequency_nadir")[k]));
    JsonPut(row, "frequency_zenith_hz", JsonReal(SummaryReal(v, "disturbance_frequency_zenith")[k]));
    JsonPut(row, "min_voltage_pu", JsonReal(SummaryReal(v, "disturbance_min_voltage")[k]));
    JsonPut(row, "cct_seconds", JsonReal(SummaryReal(v, "disturbance_critical_clearing_time")[k]));
    JsonPut(row, "fault_seconds",
            JsonReal(SummaryReal(v, "disturbance_fault_off")[k] - SummaryReal(v, "disturbance_fault_on")[k]));
    JsonPut(row, "criterion", json_string(SummaryText(v, "disturbance_criterion")[k]));
    json_array_append_new(rows, row);
  }
  JsonPut(s, "stability", rows);
}

static json_t *BoundRow(const SummaryView *v, size_t k)
{
  json_t     *row       = json_object();
  const char *component = SummaryText(v, "bound_component")[k];

  JsonPut(row, "time", json_string(FormatTime(SummaryInteger(v, "bound_time")[k]).text));
  JsonPut(row, "component", json_string(component));
  JsonPut(row, "name", JsonText(SummaryText(v, "bound_name")[k]));
  JsonPut(row, "round", json_integer(SummaryInteger(v, "bound_round")[k]));
  JsonPut(row, "from", JsonReal(SummaryReal(v, "bound_from")[k]));
  JsonPut(row, "to", JsonReal(SummaryReal(v, "bound_to")[k]));
  JsonPut(row, "unit", json_string(strcmp(component, "branch") ? "MW" : "MVA"));
  return row;
}

/* What security cost: the objective before and after, and the bounds between them. */
static void PutSecurity(const SummaryView *v, json_t *s)
{
  const size_t  n = SummaryLength(v, "window"), n_bounds = SummaryLength(v, "security_bound");
  const double *before = SummaryReal(v, "objective_unsecured"), *after = SummaryReal(v, "objective");
  json_t       *security, *windows, *bounds;

  if (!before || !v->run->study->stability_required) return;
  security = json_object(), windows = json_array(), bounds = json_array();
  JsonPut(security, "objective_before", JsonReal(SumOf(before, n)));
  JsonPut(security, "objective_after", JsonReal(SumOf(after, n)));
  JsonPut(security, "cost", JsonReal(SumOf(after, n) - SumOf(before, n)));
  for (size_t k = 0; k < n; k++) {
    json_t *row = json_object();
    JsonPut(row, "window", json_integer((json_int_t)SummaryInteger(v, "window")[k]));
    JsonPut(row, "rounds", json_integer((json_int_t)SummaryInteger(v, "security_rounds")[k]));
    JsonPut(row, "objective_before", JsonReal(before[k]));
    JsonPut(row, "objective_after", JsonReal(after[k]));
    JsonPut(row, "cost", JsonReal(after[k] - before[k]));
    json_array_append_new(windows, row);
  }
  for (size_t k = 0; k < n_bounds; k++) json_array_append_new(bounds, BoundRow(v, k));
  JsonPut(security, "windows", windows);
  JsonPut(security, "bounds", bounds);
  JsonPut(s, "security", security);
}

/* Exact decimals as texts: a JSON number would be a double. All accounts, in the order of their
   numbers, those without an entry too. */
static void PutSettlement(const SummaryView *v, Statement statement, json_t *s)
{
  json_t *rows = json_array();
  int64_t sum  = 0;
  char    name[2048];

  for (PetscInt k = 0; k < RunAccounts(v->run); k++) {
    const StatementRow *found;
    StatementLine       total = {0};
    json_t             *row   = json_object();
    RunAccountName(v->run, k, name, sizeof name);
    found = StatementFind(statement, name);
    if (found) total = found->total;
    JsonPut(row, "account", json_string(name));
    JsonPut(row, "injected_wh", json_integer(total.injected_wh));
    JsonPut(row, "withdrawn_wh", json_integer(total.withdrawn_wh));
    JsonPut(row, "received", json_string(FormatMillionths(total.received).text));
    JsonPut(row, "paid", json_string(FormatMillionths(total.paid).text));
    JsonPut(row, "net", json_string(FormatMillionths(total.received - total.paid).text));
    json_array_append_new(rows, row);
    sum += total.received - total.paid;
  }
  JsonPut(s, "settlement", rows);
  JsonPut(s, "settlement_sum", json_string(FormatMillionths(sum).text));
}

PetscErrorCode SummaryCreate(Run run, Dataset ds, Statement statement, json_t **summary)
{
  SummaryView v = {.run = run, .ds = ds};

  PetscFunctionBeginUser;
  v.T           = SummaryLength(&v, "time");
  v.n_bus       = SummaryLength(&v, "bus");
  v.n_generator = SummaryLength(&v, "generator");
  v.n_load      = SummaryLength(&v, "load");
  v.n_branch    = SummaryLength(&v, "branch");
  v.n_storage   = SummaryLength(&v, "storage");
  v.n_link      = SummaryLength(&v, "link");
  v.hours       = SummaryReal(&v, "interval_length")[0];
  *summary      = json_object();
  PetscCall(SummaryFindCarriers(&v));
  PutHead(&v, *summary);
  PutOutcome(&v, *summary);
  PutFinish(&v, *summary);
  PutDemand(&v, *summary);
  PutEnergy(&v, *summary);
  SummaryPutCarriers(&v, *summary);
  SummaryPutConversion(&v, *summary);
  SummaryPutFlexibility(&v, *summary);
  SummaryPutReserves(&v, *summary);
  SummaryPutSoft(&v, *summary);
  PutEmissions(&v, *summary);
  PutPrices(&v, *summary);
  SummaryPutRealTime(&v, *summary);
  SummaryPutCarbon(&v, *summary);
  PutBinding(&v, *summary);
  PutStability(&v, *summary);
  PutSecurity(&v, *summary);
  SummaryPutMarket(&v, *summary);
  PutSettlement(&v, statement, *summary);
  JsonPut(*summary, "notes", RunNotes(run));
  PetscCall(PetscFree(v.carrier));
  PetscFunctionReturn(0);
}

static void Row(Text *csv, const char *quantity, const char *region, const char *asset, const char *value,
                const char *unit)
{
  const char *field[] = {quantity, region, asset, value, unit};
  for (int k = 0; k < 5; k++) {
    if (k) TextAdd(csv, ",");
    TextAddField(csv, field[k] ? field[k] : "");
  }
  TextAdd(csv, "\n");
}

static Short Number(json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? FormatExact(json_number_value(value)) : (Short){""};
}

static void FlexibilityCsv(json_t *summary, const char *currency, Text *csv)
{
  json_t     *row, *flexibility = json_object_get(summary, "flexibility");
  const char *name;
  char        unit[80];
  size_t      k;

  snprintf(unit, sizeof unit, "%.60s/MW/h", currency);
  json_array_foreach(json_object_get(summary, "carriers"), k, row)
      Row(csv, "demand", "", JsonWord(row, "carrier", NULL), Number(row, "demand_mwh").text, "MWh");
  json_array_foreach(json_object_get(summary, "conversion"), k, row)
      Row(csv, "energy taken", "", JsonWord(row, "link", NULL), Number(row, "taken_mwh").text, "MWh");
  if (flexibility) {
    Row(csv, "demand curtailed", "", "", Number(flexibility, "curtailed_mwh").text, "MWh");
    Row(csv, "demand shifted", "", "", Number(flexibility, "shifted_mwh").text, "MWh");
  }
  json_object_foreach(json_object_get(summary, "soft"), name, row)
      Row(csv, "limits exceeded", "", name, Number(row, "excess").text, JsonWord(row, "unit", NULL));
  json_array_foreach(json_object_get(summary, "reserves"), k, row)
  {
    Row(csv, "highest reserve price", "", JsonWord(row, "reserve", NULL), Number(row, "highest_price").text, unit);
    Row(csv, "reserve missing", "", JsonWord(row, "reserve", NULL), Number(row, "shortage_mwh").text, "MWh");
  }
}

/* Real time and the price of carbon, where there are any. */
static void RealTimeCsv(json_t *summary, const char *currency, Text *csv)
{
  json_t *row, *real = json_object_get(summary, "real_time"), *carbon = json_object_get(summary, "carbon");
  size_t  k;
  char    per_mwh[80], per_tonne[80];

  snprintf(per_mwh, sizeof per_mwh, "%.60s/MWh", currency);
  snprintf(per_tonne, sizeof per_tonne, "%.60s/t", currency);
  json_array_foreach(json_object_get(carbon, "windows"), k, row)
  {
    char window[32];
    snprintf(window, sizeof window, "window %d", (int)json_integer_value(json_object_get(row, "window")));
    Row(csv, "carbon price", "", window, Number(row, "price").text, per_tonne);
  }
  if (!real) return;
  Row(csv, "objective in real time", "", "", Number(real, "objective").text, currency);
  json_array_foreach(json_object_get(real, "regions"), k, row)
  {
    const char *region = JsonWord(row, "region", NULL);
    Row(csv, "deviation of generation", region, "", Number(row, "generation_mwh").text, "MWh");
    Row(csv, "deviation of demand", region, "", Number(row, "demand_mwh").text, "MWh");
    Row(csv, "deviation of storage", region, "", Number(row, "storage_mwh").text, "MWh");
    Row(csv, "mean price in real time", region, "", Number(row, "mean_price").text, per_mwh);
    Row(csv, "balancing surplus", region, "", Number(row, "balancing").text, currency);
  }
}

PetscErrorCode SummaryCsv(json_t *summary, Text *csv)
{
  const char *currency = JsonWord(summary, "currency", NULL);
  char        per_mwh[80];
  size_t      k;
  json_t     *row;

  PetscFunctionBeginUser;
  snprintf(per_mwh, sizeof per_mwh, "%.60s/MWh", currency);
  TextAdd(csv, "quantity,region,asset,value,unit\n");
  Row(csv, "objective", "", "", Number(summary, "objective").text, currency);
  Row(csv, "demand", "", "", Number(summary, "demand_mwh").text, "MWh");
  Row(csv, "losses", "", "", Number(summary, "losses_mwh").text, "MWh");
  Row(csv, "peak demand", "", "", Number(summary, "peak_demand_mw").text, "MW");
  Row(csv, "emissions", "", "", Number(summary, "emissions_t").text, "t");
  json_array_foreach(json_object_get(summary, "energy"), k, row) Row(
      csv, "energy", JsonWord(row, "region", NULL), JsonWord(row, "technology", NULL), Number(row, "mwh").text, "MWh");
  json_array_foreach(json_object_get(summary, "prices_per_mwh"), k, row)
  {
    const char *carrier = strcmp(JsonWord(row, "carrier", NULL), ELECTRICITY) ? JsonWord(row, "carrier", NULL) : "";
    Row(csv, "lowest price", JsonWord(row, "region", NULL), carrier, Number(row, "min").text, per_mwh);
    Row(csv, "mean price", JsonWord(row, "region", NULL), carrier, Number(row, "mean").text, per_mwh);
    Row(csv, "highest price", JsonWord(row, "region", NULL), carrier, Number(row, "max").text, per_mwh);
  }
  RealTimeCsv(summary, currency, csv);
  FlexibilityCsv(summary, currency, csv);
  json_array_foreach(json_object_get(summary, "binding_branches"), k, row)
      Row(csv, "intervals at the rating", "", JsonWord(row, "branch", NULL), Number(row, "intervals").text, "1");
  json_array_foreach(json_object_get(summary, "stability"), k, row)
      Row(csv, "critical clearing time", "", JsonWord(row, "time", NULL), Number(row, "cct_seconds").text, "s");
  if (json_object_get(summary, "security"))
    Row(csv, "cost of security", "", "", Number(json_object_get(summary, "security"), "cost").text, currency);
  json_array_foreach(json_object_get(summary, "settlement"), k, row)
      Row(csv, "settlement", "", JsonWord(row, "account", NULL), JsonWord(row, "net", NULL), currency);
  PetscFunctionReturn(0);
}
