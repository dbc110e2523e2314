/* What a run says about itself: how the coordination converged, what policies cost at the margin, the ledger's root. */
#include <math.h>
#include <string.h>

#include "jobs/report_impl.h"

enum { MOST_POINTS = 400 };

/* Every k-th of a long record, the last one always. */
static json_t *Thin(const double *value, size_t n, size_t step)
{
  json_t *list = json_array();

  for (size_t k = 0; k < n; k += step) json_array_append_new(list, JsonReal(value[k]));
  if ((n - 1) % step) json_array_append_new(list, JsonReal(value[n - 1]));
  return list;
}

static json_t *Steps(size_t n, size_t step)
{
  json_t *list = json_array();

  for (size_t k = 0; k < n; k += step) json_array_append_new(list, json_integer((json_int_t)k + 1));
  if ((n - 1) % step) json_array_append_new(list, json_integer((json_int_t)n));
  return list;
}

/* One window's iterations of the coordinator: [from, to). */
static json_t *AdmmRecord(Dataset ds, size_t from, size_t to, const char *name)
{
  static const char *const names[][2] = {{"coordination_mismatch", "power mismatch (per unit)"},
                                         {"coordination_violation", "limit violation (per unit)"},
                                         {"coordination_dual", "disagreement of tie prices"}};
  const size_t             n = to - from, step = (n + MOST_POINTS - 1) / MOST_POINTS;
  json_t                  *out = json_object(), *lines = json_object();

  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    const double *value = ReportReals(ds, names[k][0]);
    if (value) JsonPut(lines, names[k][1], Thin(value + from, n, step));
  }
  JsonPut(out, "name", JsonText(name));
  JsonPut(out, "iteration", Steps(n, step));
  JsonPut(out, "lines", lines);
  return out;
}

static void PutAdmm(ReportRun *run, json_t *list)
{
  const Variable *window = run->results ? DatasetFind(run->results, "coordination_window") : NULL;
  const size_t    n      = window ? DatasetCount(run->results, window) : 0;

  for (size_t from = 0, to; from < n && json_array_size(list) < 8; from = to) {
    char name[80];
    for (to = from; to < n && window->integer[to] == window->integer[from]; to++) continue;
    snprintf(name, sizeof name, "ADMM, window %d", (int)window->integer[from]);
    json_array_append_new(list, AdmmRecord(run->results, from, to, name));
  }
}

/* Whether a number of a plan's history tells how far a method is from its goal. */
static PetscBool IsResidual(const char *key)
{
  static const char *const words[] = {"residual",        "gap",    "infeasib", "mismatch", "violation",
                                      "complementarity", "change", "error",    "mu"};

  if (strstr(key, "multiplier")) return PETSC_FALSE;
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
    if (strstr(key, words[k])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* A plan's history: a list of numbers for each of its measures. */
static void PutHistory(ReportRun *run, json_t *list)
{
  json_t     *out = json_object(), *lines = json_object(), *value;
  const char *key, *method                = json_string_value(json_object_get(run->plan, "method"));
  size_t      n = 0;

  json_object_foreach(json_object_get(run->plan, "history"), key, value)
  {
    if (!IsResidual(key) || !json_is_array(value)) continue;
    n = PetscMax(n, json_array_size(value));
    JsonPut(lines, key, json_incref(value));
  }
  JsonPut(out, "name", JsonText(!method || !strcmp(method, "auto") ? "interior point" : method));
  JsonPut(out, "iteration", n ? Steps(n, 1) : json_array());
  JsonPut(out, "lines", lines);
  if (n)
    json_array_append_new(list, out);
  else
    json_decref(out);
}

void ReportPutConvergence(ReportRun *run)
{
  json_t *list = json_array();

  PutHistory(run, list);
  PutAdmm(run, list);
  JsonPut(run->out, "convergence", list);
}

static void AddPrice(json_t *list, const char *name, const char *period, double value, const char *unit)
{
  json_t *row = json_object();

  JsonPut(row, "name", JsonText(name));
  JsonPut(row, "period", JsonText(period));
  JsonPut(row, "value", JsonReal(value));
  JsonPut(row, "unit", JsonText(unit));
  json_array_append_new(list, row);
}

/* A period is written as a number or a text. */
static const char *PeriodWord(json_t *object, char text[32])
{
  json_t *period = json_object_get(object, "period");

  if (json_is_number(period))
    snprintf(text, 32, "%.0f", json_number_value(period));
  else
    snprintf(text, 32, "%s", json_is_string(period) ? json_string_value(period) : "");
  return text;
}

/* The carbon price that is paid; then what policies cost at the margin, or the bare multipliers. */
static void PutPlanPrices(ReportRun *run, json_t *list)
{
  json_t     *rows = json_object_get(run->plan, "prices"), *row, *value;
  const char *name;
  char        period[32];
  size_t      k;

  snprintf(period, sizeof period, "%.20s/t", JsonWord(run->plan, "currency", "EUR"));
  json_object_foreach(json_object_get(run->plan, "carbon_price"), name, value)
      AddPrice(list, "carbon price", strcmp(name, "all") ? name : "", json_number_value(value), period);
  json_array_foreach(rows, k, row)
      AddPrice(list, JsonWord(row, "name", ""), PeriodWord(row, period),
               json_number_value(json_object_get(row, "price")), JsonWord(row, "unit", ""));
  if (!rows)
    json_object_foreach(json_object_get(run->plan, "global_constraint_multipliers"), name, value)
        AddPrice(list, name, "", json_number_value(value), "");
}

static void PutRunPrices(ReportRun *run, json_t *list)
{
  const char *currency = JsonWord(run->summary, "currency", "");
  json_t     *row;
  size_t      k;
  char        unit[64], window[32];

  snprintf(unit, sizeof unit, "%s/t", currency);
  json_array_foreach(json_object_get(json_object_get(run->summary, "carbon"), "windows"), k, row)
  {
    snprintf(window, sizeof window, "window %d", (int)json_integer_value(json_object_get(row, "window")));
    AddPrice(list, "carbon", window, json_number_value(json_object_get(row, "price")), unit);
  }
  snprintf(unit, sizeof unit, "%s/MW/h", currency);
  json_array_foreach(json_object_get(run->summary, "reserves"), k, row) AddPrice(
      list, JsonWord(row, "reserve", "reserve"), "mean", json_number_value(json_object_get(row, "mean_price")), unit);
}

void ReportPutPrices(ReportRun *run)
{
  json_t *list = json_array();

  PutPlanPrices(run, list);
  PutRunPrices(run, list);
  JsonPut(run->out, "prices", list);
}

void ReportPutLedger(ReportRun *run)
{
  json_t *list = json_array(), *ledger = json_object_get(run->summary, "ledger"), *row;

  if (ledger) {
    row = json_copy(ledger);
    JsonPut(row, "directory", JsonText(run->name));
    json_array_append_new(list, row);
  }
  JsonPut(run->out, "ledger", list);
}
