/* A plan on one screen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/format.h"
#include "jobs/plan.h"
#include "jobs/plan_check.h"

enum { MOST_PERIODS = 6, MOST_ROWS = 18, MOST_POLICIES = 12 };

static double Number(json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static int Count(json_t *object, const char *key)
{
  return (int)json_integer_value(json_object_get(object, key));
}

/* Thousands are apart, so that large sums can be read: 18 441 021.48. */
static Short Money(double value)
{
  Short  s;
  char   digits[40];
  size_t n, at = 0;

  snprintf(digits, sizeof digits, "%.2f", fabs(value));
  n = strcspn(digits, ".");
  if (value < 0) s.text[at++] = '-';
  for (size_t k = 0; digits[k] && at + 2 < sizeof s.text; k++) {
    if (k && k < n && (n - k) % 3 == 0) s.text[at++] = ' ';
    s.text[at++] = digits[k];
  }
  s.text[at] = '\0';
  return s;
}

static void ShowHead(json_t *p, FILE *out)
{
  const int periods = (int)json_array_size(json_object_get(p, "periods"));

  if (JsonWord(p, "study", "")[0])
    fprintf(out, "%s, policy %s: ", JsonWord(p, "study", ""), JsonWord(p, "policy", ""));
  else
    fprintf(out, "%s: ", JsonWord(p, "network", ""));
  fprintf(out, "plan of %d snapshots", Count(p, "snapshots"));
  if (periods) fprintf(out, " in %d investment period%s", periods, periods == 1 ? "" : "s");
  fprintf(out, "; %d variables, %d constraints, %d iterations by %s\n\n", Count(p, "variables"),
          Count(p, "constraints"), Count(p, "iterations"), JsonWord(p, "method", ""));
  fprintf(out, "cost        %s %s (%s)\n", Money(Number(p, "total_cost")).text, JsonWord(p, "currency", ""),
          JsonWord(p, "status", ""));
  fprintf(out, "            objective %s, and %s for existing extendable capacity\n",
          Money(Number(p, "objective")).text, Money(Number(p, "objective_constant")).text);
}

/* Years of the columns, 0 where the network is planned once. */
static int Years(json_t *p, int year[MOST_PERIODS])
{
  json_t *periods = json_object_get(p, "periods"), *row;
  size_t  k;
  int     n = 0;

  year[0] = 0;
  if (!json_array_size(periods)) return 1;
  json_array_foreach(periods, k, row) if (n < MOST_PERIODS) year[n++] = Count(row, "year");
  return n;
}

static double Find(json_t *p, const char *variable, const char *carrier, int year)
{
  json_t *row;
  size_t  k;

  json_array_foreach(json_object_get(p, "summary"), k, row)
  {
    if (!strcmp(JsonWord(row, "variable", ""), variable) && !strcmp(JsonWord(row, "carrier", ""), carrier) &&
        Count(row, "period") == year)
      return Number(row, "value");
  }
  return NAN;
}

static const char *UnitOf(json_t *p, const char *variable)
{
  json_t *row;
  size_t  k;

  json_array_foreach(json_object_get(p, "summary"), k, row)
  {
    if (!strcmp(JsonWord(row, "variable", ""), variable)) return JsonWord(row, "unit", "");
  }
  return "";
}

static void ShowRow(json_t *p, const char *label, const char *variable, const char *carrier, int n, const int *year,
                    FILE *out)
{
  fprintf(out, "  %-30.30s", label);
  for (int k = 0; k < n; k++) {
    const double value = Find(p, variable, carrier, year[k]);
    fprintf(out, "%14s", isnan(value) ? "-" : FormatNumber(fabs(value) < 5e-4 ? 0 : value).text);
  }
  fprintf(out, "  %s\n", UnitOf(p, variable));
}

/* Carriers of a variable in the order of the record, those that are nothing throughout left out. */
static void ShowCarriers(json_t *p, const char *title, const char *variable, int n, const int *year, FILE *out)
{
  json_t *seen = json_object(), *row;
  size_t  k;
  int     shown = 0, more = 0;

  json_array_foreach(json_object_get(p, "summary"), k, row)
  {
    const char *carrier = JsonWord(row, "carrier", "");
    PetscBool   any     = PETSC_FALSE;

    if (strcmp(JsonWord(row, "variable", ""), variable) != 0 || !carrier[0] || json_object_get(seen, carrier)) continue;
    json_object_set_new(seen, carrier, json_true());
    for (int i = 0; i < n; i++)
      if (fabs(Find(p, variable, carrier, year[i])) >= 5e-4) any = PETSC_TRUE;
    if (!any) continue;
    if (!shown) fprintf(out, "\n%s\n", title);
    if (shown++ < MOST_ROWS)
      ShowRow(p, carrier, variable, carrier, n, year, out);
    else
      more++;
  }
  if (more) fprintf(out, "  and %d more\n", more);
  json_decref(seen);
}

/* Totals that are there, and not zero throughout. */
static void ShowTotals(json_t *p, int n, const int *year, FILE *out)
{
  static const char *const variables[] = {"System Cost",
                                          "Carbon Payments",
                                          "Subsidies",
                                          "Emissions CO2",
                                          "Unserved Energy",
                                          "Curtailment",
                                          "Expected Energy Not Served",
                                          "Loss Of Load Hours"};

  for (size_t v = 0; v < sizeof variables / sizeof variables[0]; v++) {
    PetscBool any = PETSC_FALSE;
    for (int k = 0; k < n; k++)
      if (fabs(Find(p, variables[v], "", year[k])) >= 1e-6) any = PETSC_TRUE;
    if (any) ShowRow(p, variables[v], variables[v], "", n, year, out);
  }
}

static void ShowPolicies(json_t *p, FILE *out)
{
  json_t     *rows = json_object_get(p, "prices"), *carbon = json_object_get(p, "carbon_price"), *row;
  const char *year;
  size_t      k;

  if (json_object_size(carbon)) {
    fprintf(out, "\ncarbon price");
    k = 0;
    json_object_foreach(carbon, year, row)
        fprintf(out, "%s%s%s%s", k++ ? ", " : "  ", strcmp(year, "all") ? year : "", strcmp(year, "all") ? ": " : "",
                FormatNumber(json_number_value(row)).text);
    fprintf(out, " %s/t\n", JsonWord(p, "currency", ""));
  }
  json_array_foreach(rows, k, row)
  {
    if (!k) fprintf(out, "\npolicies, and what one unit of each is worth\n");
    if (k == MOST_POLICIES) fprintf(out, "  and %d more\n", (int)json_array_size(rows) - MOST_POLICIES);
    if (k >= MOST_POLICIES) continue;
    fprintf(out, "  %-30.30s%14s %s  (multiplier %s)\n", JsonWord(row, "name", ""),
            FormatNumber(Number(row, "price")).text, JsonWord(row, "unit", ""),
            FormatNumber(Number(json_object_get(p, "global_constraint_multipliers"), JsonWord(row, "name", ""))).text);
  }
}

void PlanShow(json_t *record, const char *directory, FILE *stream)
{
  int       year[MOST_PERIODS];
  const int n = Years(record, year);
  json_t   *note;
  size_t    k;

  ShowHead(record, stream);
  fprintf(stream, "\n%-32s", "totals");
  for (int i = 0; i < n; i++)
    if (year[i]) fprintf(stream, "%14d", year[i]);
  fputc('\n', stream);
  ShowTotals(record, n, year, stream);
  ShowCarriers(record, "demand", "Demand", n, year, stream);
  ShowCarriers(record, "capacity", "Optimal Capacity", n, year, stream);
  ShowCarriers(record, "storage capacity", "Optimal Storage Capacity", n, year, stream);
  ShowCarriers(record, "supply", "Supply", n, year, stream);
  ShowCarriers(record, "average prices by carrier of buses", "Price Average", n, year, stream);
  ShowPolicies(record, stream);
  PlanCheckShow(json_object_get(record, "check"), stream);
  json_array_foreach(json_object_get(record, "notes"), k, note)
      fprintf(stream, "%snote        %s\n", k ? "" : "\n", json_string_value(note));
  if (directory) fprintf(stream, "\nresults     %s\n", directory);
}
