/* Prices by their parts: a table of means by region, and what the grid takes in. */
#include "jobs/show_parts.h"

#include <math.h>
#include <string.h>

#include "jobs/job.h"
#include "solver/prices.h"

/* Columns of the table: the parts, then the price. */
enum { COLUMNS = PRICE_PARTS + 1, MOST_REGIONS = 40 };

static const char *ColumnName(int column)
{
  return column < PRICE_PARTS ? PricePartName((PricePart)column) : "price";
}

static const Variable *Column(Dataset ds, int column)
{
  char name[64];

  snprintf(name, sizeof name, column < PRICE_PARTS ? "price_%s" : "%s", ColumnName(column));
  return DatasetFind(ds, name);
}

/* Mean over the electric buses of a region (NULL: of all) and the intervals; not a number where there is none. */
static double Mean(Dataset ds, const Variable *value, const char *region)
{
  const Variable *of = DatasetFind(ds, "bus_region"), *carrier = DatasetFind(ds, "bus_carrier");
  const size_t    n_bus = DatasetCount(ds, of), n = DatasetCount(ds, value);
  double          sum = 0, count = 0;

  for (size_t k = 0; k < n; k++) {
    const size_t bus = k % n_bus;
    if ((region && strcmp(of->text[bus], region) != 0) || (carrier && !CarrierIsElectric(carrier->text[bus]))) continue;
    sum += value->real[k];
    count++;
  }
  return sum / count;
}

static json_t *Means(Dataset ds, const char *name, const char *region)
{
  json_t *row = json_object();

  JsonPut(row, "region", json_string(name));
  for (int c = 0; c < COLUMNS; c++) JsonPut(row, ColumnName(c), JsonReal(Mean(ds, Column(ds, c), region)));
  return row;
}

static double Sum(Dataset ds, const char *name)
{
  const Variable *value = DatasetFind(ds, name);
  const size_t    n     = value ? DatasetCount(ds, value) : 0;
  double          sum   = 0;

  for (size_t k = 0; k < n; k++) sum += value->real[k];
  return sum;
}

static json_t *Surplus(Dataset ds)
{
  json_t *surplus = json_object();
  double  total   = 0;

  for (int k = 0; k < PRICE_PARTS; k++) {
    char   name[64];
    double sum;
    snprintf(name, sizeof name, "merchandising_surplus_%s", ColumnName(k));
    sum = Sum(ds, name);
    total += sum;
    JsonPut(surplus, ColumnName(k), JsonReal(sum));
  }
  JsonPut(surplus, "total", JsonReal(total));
  return surplus;
}

json_t *PricePartsCreate(Dataset ds)
{
  const Variable *region = DatasetFind(ds, "region"), *residual = DatasetFind(ds, "price_residual");
  json_t         *parts, *rows;
  double          worst = 0;

  if (!region || !residual) return NULL;
  parts = json_object();
  rows  = json_array();
  for (size_t r = 0; r < DatasetCount(ds, region); r++)
    json_array_append_new(rows, Means(ds, region->text[r], region->text[r]));
  if (DatasetCount(ds, region) > 1) json_array_append_new(rows, Means(ds, "all", NULL));
  for (size_t k = 0; k < DatasetCount(ds, residual); k++)
    worst = isnan(residual->real[k]) ? NAN : fmax(worst, residual->real[k]);
  JsonPut(parts, "unit", json_string(residual->units));
  JsonPut(parts, "regions", rows);
  JsonPut(parts, "merchandising_surplus", Surplus(ds));
  JsonPut(parts, "limit_rent", JsonReal(Sum(ds, "limit_rent")));
  JsonPut(parts, "residual", JsonReal(worst));
  return parts;
}

static double Number(json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

/* What would be shown as -0.0000 is nothing. */
static double Shown(double value)
{
  return fabs(value) < 5e-5 ? 0 : value;
}

void PricePartsView(json_t *parts, FILE *out)
{
  json_t *rows = json_object_get(parts, "regions"), *row, *surplus = json_object_get(parts, "merchandising_surplus");
  const char *unit = json_string_value(json_object_get(parts, "unit"));
  size_t      k;

  fprintf(out, "%-24s", "mean prices");
  for (int c = 0; c < COLUMNS; c++) fprintf(out, "%14s", ColumnName(c));
  fprintf(out, "  %s\n", unit);
  json_array_foreach(rows, k, row)
  {
    if (k == MOST_REGIONS) fprintf(out, "  and %d more (--json)\n", (int)json_array_size(rows) - MOST_REGIONS);
    if (k >= MOST_REGIONS) continue;
    fprintf(out, "  %-22s", json_string_value(json_object_get(row, "region")));
    for (int c = 0; c < COLUMNS; c++) fprintf(out, "%14.4f", Shown(Number(row, ColumnName(c))));
    fputc('\n', out);
  }
  fprintf(out, "%-24s", "merchandising surplus");
  for (int c = 0; c < COLUMNS; c++)
    fprintf(out, "%14.2f", Shown(Number(surplus, c < PRICE_PARTS ? ColumnName(c) : "total")));
  fprintf(out, "  %.*s\n", (int)strcspn(unit, "/"), unit);
  fprintf(out, "%-24s%14.2f  %.*s: shadow prices of ratings and angle differences times the limits\n", "rent of limits",
          Number(parts, "limit_rent"), (int)strcspn(unit, "/"), unit);
  fprintf(out, "%-24s%14.1e  %s: most by which the parts, each by itself, missed a price\n", "residual",
          Number(parts, "residual"), unit);
}
