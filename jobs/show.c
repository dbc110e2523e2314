/* A run on one screen. */
#include "jobs/show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/format.h"
#include "jobs/json.h"
#include "jobs/show_market.h"

enum { MOST_ROWS = 12, MOST_ACCOUNTS = 20 };

static double Number(json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static int Count(json_t *object, const char *key)
{
  return (int)json_integer_value(json_object_get(object, key));
}

/* Where ADMM began and the interior point had to end. */
static void ShowFinish(json_t *s, FILE *out)
{
  const int by_interior_point = Count(json_object_get(s, "windows_finished_by"), "interior-point");

  if (by_interior_point == 0 || Count(s, "admm_iterations") == 0) return;
  fprintf(out, "finished    %d of %d window%s by the interior point; %d iterations of ADMM in all\n", by_interior_point,
          Count(s, "windows"), Count(s, "windows") == 1 ? "" : "s", Count(s, "admm_iterations"));
}

/* What a tonne costs, window by window; where there are many, from the lowest to the highest. */
static void ShowCarbon(json_t *s, FILE *out)
{
  json_t      *carbon = json_object_get(s, "carbon"), *rows = json_object_get(carbon, "windows"), *row;
  const double cap = Number(carbon, "cap_t");
  double       low = INFINITY, high = -INFINITY;
  size_t       k;

  json_array_foreach(rows, k, row)
  {
    low  = fmin(low, Number(row, "price"));
    high = fmax(high, Number(row, "price"));
  }
  if (!json_array_size(rows)) return;
  fprintf(out, "carbon      %.4f", low);
  if (high > low) fprintf(out, " to %.4f", high);
  fprintf(out, " %s/t", JsonWord(s, "currency", ""));
  if (isfinite(cap)) fprintf(out, ", at most %s t in a window", FormatNumber(cap).text);
  fputc('\n', out);
}

static void ShowHead(json_t *s, FILE *out)
{
  json_t *n = json_object_get(s, "network");

  fprintf(out, "%s, policy %s: %s to %s, %d window%s of %d intervals in all\n", JsonWord(s, "study", ""),
          JsonWord(s, "policy", ""), JsonWord(s, "start", ""), JsonWord(s, "end", ""), Count(s, "windows"),
          Count(s, "windows") == 1 ? "" : "s", Count(s, "intervals"));
  fprintf(out,
          "%d buses, %d branches, %d generators, %d storage units, %d links, %d regions with %d ties; %s by %s\n\n",
          Count(n, "buses"), Count(n, "branches"), Count(n, "generators"), Count(n, "storage_units"), Count(n, "links"),
          Count(n, "regions"), Count(n, "ties"), strcmp(JsonWord(s, "model", ""), "dc") ? "AC" : "DC",
          JsonWord(s, "method", ""));
  fprintf(out, "cost        %.2f %s (%s)\n", Number(s, "objective"), JsonWord(s, "currency", ""),
          JsonWord(s, "status", ""));
  ShowFinish(s, out);
  fprintf(out, "demand      %s, at most %s at %s; losses %s\n", FormatEnergy(Number(s, "demand_mwh")).text,
          FormatPower(Number(s, "peak_demand_mw")).text, JsonWord(s, "peak_demand_time", ""),
          FormatEnergy(Number(s, "losses_mwh")).text);
  if (Number(s, "emissions_t") > 0) fprintf(out, "emissions   %s t CO2\n", FormatNumber(Number(s, "emissions_t")).text);
  ShowCarbon(s, out);
  fprintf(out, "checked     largest violation %.1e pu, largest mismatch %.1e pu\n", Number(s, "max_violation_pu"),
          Number(s, "max_mismatch_pu"));
}

/* Technologies in all regions together. */
static void ShowEnergy(json_t *s, FILE *out)
{
  json_t     *rows = json_object_get(s, "energy"), *totals = json_object(), *row, *value;
  size_t      k;
  const char *technology;

  json_array_foreach(rows, k, row)
  {
    technology = JsonWord(row, "technology", "");
    value      = json_object_get(totals, technology);
    json_object_set_new(totals, technology, json_real(Number(row, "mwh") + (value ? json_real_value(value) : 0)));
  }
  fprintf(out, "\nenergy      ");
  k = 0;
  json_object_foreach(totals, technology, value)
      fprintf(out, "%s%s %s", k++ ? (k % 4 == 1 ? "\n            " : ", ") : "", technology,
              FormatEnergy(json_real_value(value)).text);
  fputc('\n', out);
  json_decref(totals);
}

static void ShowConversion(json_t *s, FILE *out)
{
  json_t *rows = json_object_get(s, "conversion"), *row, *output;
  size_t  k, i;

  json_array_foreach(rows, k, row)
  {
    if (k == MOST_ROWS) fprintf(out, "            and %d more\n", (int)json_array_size(rows) - MOST_ROWS);
    if (k >= MOST_ROWS) continue;
    fprintf(out, "%s%s: %s of %s to", k ? "            " : "conversion  ", JsonWord(row, "link", ""),
            FormatEnergy(Number(row, "taken_mwh")).text, JsonWord(row, "carrier", ""));
    json_array_foreach(json_object_get(row, "outputs"), i, output)
    {
      fprintf(out, "%s %s of %s", i ? "," : "", FormatEnergy(Number(output, "mwh")).text,
              JsonWord(output, "carrier", ""));
    }
    fputc('\n', out);
  }
}

static void ShowFlexibility(json_t *s, FILE *out)
{
  json_t *flexibility = json_object_get(s, "flexibility"), *rows = json_object_get(s, "reserves"), *row;
  size_t  k;

  if (flexibility)
    fprintf(out, "demand      %s curtailed, %s shifted\n", FormatEnergy(Number(flexibility, "curtailed_mwh")).text,
            FormatEnergy(Number(flexibility, "shifted_mwh")).text);
  json_array_foreach(rows, k, row)
  {
    if (k >= MOST_ROWS) continue;
    fprintf(out, "%s%s at %.3f %s/MW/h on average, %.3f at most", k ? "            " : "reserve     ",
            JsonWord(row, "reserve", ""), Number(row, "mean_price"), JsonWord(s, "currency", ""),
            Number(row, "highest_price"));
    if (Number(row, "shortage_mwh") > 1e-6)
      fprintf(out, ", %s missing", FormatEnergy(Number(row, "shortage_mwh")).text);
    fputc('\n', out);
  }
}

static void ShowSoft(json_t *s, FILE *out)
{
  const char *name;
  json_t     *row;

  json_object_foreach(json_object_get(s, "soft"), name, row)
  {
    if (Number(row, "excess") > 1e-6)
      fprintf(out, "exceeded    %s by %.6g %s in all, at %g %s\n", name, Number(row, "excess"),
              JsonWord(row, "unit", ""), Number(row, "price"), JsonWord(row, "price_unit", ""));
  }
  if (Count(s, "storage_directions_fixed"))
    fprintf(out, "storage     %d intervals of both directions at once were solved again with one\n",
            Count(s, "storage_directions_fixed"));
  if (Count(s, "storage_simultaneous"))
    fprintf(out, "storage     charges and discharges at once in %d intervals\n", Count(s, "storage_simultaneous"));
}

static void ShowPrices(json_t *s, FILE *out)
{
  json_t *rows = json_object_get(s, "prices_per_mwh"), *row;
  size_t  k;
  char    name[160];

  fprintf(out, "\n%-22s%12s%12s%12s  %s/MWh\n", "prices", "lowest", "mean", "highest", JsonWord(s, "currency", ""));
  json_array_foreach(rows, k, row)
  {
    if (k == MOST_ROWS) fprintf(out, "  and %d more\n", (int)json_array_size(rows) - MOST_ROWS);
    if (k >= MOST_ROWS) continue;
    snprintf(name, sizeof name, "%s%s%s", JsonWord(row, "region", ""),
             strcmp(JsonWord(row, "carrier", ""), "electricity") ? ", " : "",
             strcmp(JsonWord(row, "carrier", ""), "electricity") ? JsonWord(row, "carrier", "") : "");
    fprintf(out, "  %-20s%12.3f%12.3f%12.3f\n", name, Number(row, "min"), Number(row, "mean"), Number(row, "max"));
  }
}

/* What happened against what was expected, and who pays for the difference. */
static void ShowRealTime(json_t *s, FILE *out)
{
  json_t *real = json_object_get(s, "real_time"), *rows = json_object_get(real, "regions"), *row;
  size_t  k;

  if (!real) return;
  fprintf(out, "\nreal time   cost %.2f %s, day ahead %.2f\n", Number(real, "objective"), JsonWord(s, "currency", ""),
          Number(real, "day_ahead_objective"));
  fprintf(out, "  %-20s%14s%14s%14s%14s%16s\n", "deviations", "generation", "demand", "storage", "mean price",
          "balancing");
  json_array_foreach(rows, k, row)
  {
    if (k == MOST_ROWS) fprintf(out, "  and %d more\n", (int)json_array_size(rows) - MOST_ROWS);
    if (k >= MOST_ROWS) continue;
    fprintf(out, "  %-20s%14s%14s%14s%14.3f%16.2f\n", JsonWord(row, "region", ""),
            FormatEnergy(Number(row, "generation_mwh")).text, FormatEnergy(Number(row, "demand_mwh")).text,
            FormatEnergy(Number(row, "storage_mwh")).text, Number(row, "mean_price"), Number(row, "balancing"));
  }
}

static void ShowBinding(json_t *s, FILE *out)
{
  json_t *rows = json_object_get(s, "binding_branches"), *row;
  size_t  k;

  if (!json_array_size(rows))
    fprintf(out, "\nratings     no branch is at its rating\n");
  else
    fprintf(out, "\nratings     %d branch%s at the rating:\n", (int)json_array_size(rows),
            json_array_size(rows) == 1 ? " is" : "es are");
  json_array_foreach(rows, k, row)
  {
    if (k == MOST_ROWS) fprintf(out, "  and %d more\n", (int)json_array_size(rows) - MOST_ROWS);
    if (k >= MOST_ROWS) continue;
    fprintf(out, "  %s%s: %d interval%s, at most %.3g %s per MVA and hour\n", JsonWord(row, "branch", ""),
            json_is_true(json_object_get(row, "tie")) ? " (between regions)" : "", Count(row, "intervals"),
            Count(row, "intervals") == 1 ? "" : "s", Number(row, "largest_price_per_mva_h"),
            JsonWord(s, "currency", ""));
  }
}

/* Faults by their critical clearing time, other events by what frequency and voltage did. */
static void ShowDisturbance(json_t *row, FILE *out)
{
  const double cct = Number(row, "cct_seconds"), nadir = Number(row, "frequency_nadir_hz");

  if (Count(row, "bus"))
    fprintf(out, "%s, fault of %.3f s at bus %d%s%s: %s", JsonWord(row, "time", ""), Number(row, "fault_seconds"),
            Count(row, "bus"), JsonWord(row, "trip", "")[0] ? ", tripping " : "", JsonWord(row, "trip", ""),
            JsonWord(row, "verdict", ""));
  else
    fprintf(out, "%s, %s: %s", JsonWord(row, "time", ""), JsonWord(row, "name", ""), JsonWord(row, "verdict", ""));
  if (isfinite(cct)) fprintf(out, ", critical clearing time %.4f s", cct);
  if (!Count(row, "bus") && isfinite(nadir))
    fprintf(out, ", frequency %.3f to %.3f Hz, voltage at least %.3f pu", nadir, Number(row, "frequency_zenith_hz"),
            Number(row, "min_voltage_pu"));
  fprintf(out, " (spread %.1f degrees)\n", Number(row, "max_angle_spread_deg"));
}

static void ShowSecurity(json_t *s, FILE *out)
{
  json_t *security = json_object_get(s, "security"), *rows = json_object_get(security, "bounds"), *row;
  size_t  k;

  if (!json_array_size(rows)) return;
  fprintf(out, "security    cost %.2f %s: %.2f before, %.2f after %d bound%s\n", Number(security, "cost"),
          JsonWord(s, "currency", ""), Number(security, "objective_before"), Number(security, "objective_after"),
          (int)json_array_size(rows), json_array_size(rows) == 1 ? "" : "s");
  json_array_foreach(rows, k, row)
  {
    if (k == MOST_ROWS) fprintf(out, "            and %d more\n", (int)json_array_size(rows) - MOST_ROWS);
    if (k >= MOST_ROWS) continue;
    fprintf(out, "            %s, %s %s at most %.4g %s instead of %.4g\n", JsonWord(row, "time", ""),
            JsonWord(row, "component", ""), JsonWord(row, "name", ""), Number(row, "to"), JsonWord(row, "unit", ""),
            Number(row, "from"));
  }
}

static void ShowStability(json_t *s, FILE *out)
{
  json_t *rows = json_object_get(s, "stability"), *row;
  size_t  k;

  if (!json_array_size(rows)) fprintf(out, "\nstability   not asked for\n");
  json_array_foreach(rows, k, row)
  {
    if (k == MOST_ROWS) fprintf(out, "            and %d more\n", (int)json_array_size(rows) - MOST_ROWS);
    if (k >= MOST_ROWS) continue;
    fprintf(out, "%sstability   ", k ? "" : "\n");
    ShowDisturbance(row, out);
  }
  ShowSecurity(s, out);
}

/* The exact value of a decimal with six digits after the point, in millionths. */
static int64_t Millionths(json_t *row, const char *key)
{
  const char *text = JsonWord(row, key, "");
  char        digits[64];
  size_t      n = 0;

  for (; *text && n < sizeof digits - 1; text++)
    if (*text != '.') digits[n++] = *text;
  digits[n] = '\0';
  return strtoll(digits, NULL, 10);
}

static int64_t Size(json_t *row)
{
  int64_t net = Millionths(row, "net");
  return net < 0 ? -net : net;
}

/* Largest first; the list is short enough for insertion. */
static void SortBySize(json_t **row, size_t n)
{
  for (size_t k = 1; k < n; k++) {
    json_t *moving = row[k];
    size_t  at     = k;
    for (; at > 0 && Size(row[at - 1]) < Size(moving); at--) row[at] = row[at - 1];
    row[at] = moving;
  }
}

static PetscBool HasEntries(json_t *row)
{
  return Millionths(row, "received") || Millionths(row, "paid") || Count(row, "injected_wh") ||
                 Count(row, "withdrawn_wh")
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Accounts that do not fit on the screen, as one line: the lines shown sum to zero. */
static void ShowRest(json_t **row, size_t n, FILE *out)
{
  int64_t received = 0, paid = 0;
  char    name[64];

  if (!n) return;
  for (size_t k = 0; k < n; k++) {
    received += Millionths(row[k], "received");
    paid += Millionths(row[k], "paid");
  }
  snprintf(name, sizeof name, "%d more (settlement.csv)", (int)n);
  fprintf(out, "  %-32s%18s%18s%18s\n", name, FormatMillionths(received).text, FormatMillionths(paid).text,
          FormatMillionths(received - paid).text);
}

/* All accounts with something on them, or the largest where they do not fit on the screen. */
static void ShowSettlement(json_t *s, FILE *out)
{
  json_t *rows = json_object_get(s, "settlement"), **row;
  size_t  all = json_array_size(rows), n = 0, shown;

  row = calloc(all + 1, sizeof *row);
  if (!row) return;
  for (size_t k = 0; k < all; k++)
    if (HasEntries(json_array_get(rows, k))) row[n++] = json_array_get(rows, k);
  shown = n <= MOST_ACCOUNTS ? n : MOST_ACCOUNTS - 1;
  if (shown < n) SortBySize(row, n);
  fprintf(out, "\n%-34s%18s%18s%18s  %s\n", "settlement", "received", "paid", "net", JsonWord(s, "currency", ""));
  for (size_t k = 0; k < shown; k++)
    fprintf(out, "  %-32s%18s%18s%18s\n", JsonWord(row[k], "account", ""), JsonWord(row[k], "received", ""),
            JsonWord(row[k], "paid", ""), JsonWord(row[k], "net", ""));
  ShowRest(row + shown, n - shown, out);
  fprintf(out, "  %-32s%54s\n", "sum over all accounts", JsonWord(s, "settlement_sum", ""));
  if (n < all) fprintf(out, "  (nothing on %d other declared accounts)\n", (int)(all - n));
  free(row);
}

static void ShowLedger(json_t *s, const char *directory, FILE *out)
{
  json_t *ledger = json_object_get(s, "ledger");

  fprintf(out, "\nledger      %d entries of %s, root %s\n", Count(ledger, "entries"), JsonWord(ledger, "origin", ""),
          JsonWord(ledger, "root", ""));
  if (json_is_true(json_object_get(ledger, "shared")))
    fprintf(out, "            verify: archipelago ledger audit LOG --run %s (LOG: the study's ledger.log)\n",
            directory);
  else
    fprintf(out, "            verify: archipelago ledger verify %s\n", directory);
}

void ShowSummary(json_t *summary, const char *directory, FILE *stream)
{
  json_t *note;
  size_t  k;

  ShowHead(summary, stream);
  ShowEnergy(summary, stream);
  ShowConversion(summary, stream);
  ShowFlexibility(summary, stream);
  ShowSoft(summary, stream);
  ShowPrices(summary, stream);
  ShowRealTime(summary, stream);
  ShowBinding(summary, stream);
  ShowStability(summary, stream);
  ShowMarket(summary, stream);
  ShowSettlement(summary, stream);
  ShowLedger(summary, directory, stream);
  json_array_foreach(json_object_get(summary, "notes"), k, note)
      fprintf(stream, "%snote        %s\n", k ? "" : "\n", json_string_value(note));
}
