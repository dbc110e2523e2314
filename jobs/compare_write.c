/* A comparison as tidy CSV, as one JSON document, and in the layout of the IAMC. */
#include <math.h>
#include <stdlib.h>

#include "jobs/compare.h"
#include "jobs/format.h"
#include "jobs/job.h"

static void AddNumber(Text *csv, PetscReal value)
{
  TextAdd(csv, ",%s", isfinite(value) ? FormatExact(value).text : "");
}

static void AddHeading(Text *csv, const char *run, const char *what)
{
  Text field = {0};

  TextAdd(&field, "%s%s", run, what);
  TextAdd(csv, ",");
  TextAddField(csv, field.bytes);
  free(field.bytes);
}

static void AddHeadings(Comparison c, Text *csv)
{
  TextAdd(csv, "variable,carrier,region,period,unit");
  for (PetscInt k = 0; k < c->n_runs; k++) AddHeading(csv, c->run[k].name, "");
  for (PetscInt k = 0; k < c->n_runs; k++) {
    if (k == c->base) continue;
    AddHeading(csv, c->run[k].name, " difference");
    AddHeading(csv, c->run[k].name, " percent");
  }
  TextAdd(csv, "\n");
}

PetscErrorCode ComparisonCsv(Comparison c, Text *csv)
{
  PetscFunctionBeginUser;
  AddHeadings(c, csv);
  for (PetscInt i = 0; i < c->n_rows; i++) {
    const ComparedRow   *row = &c->row[i];
    const StatisticsRow *key = row->key;
    TextAddField(csv, key->variable);
    TextAdd(csv, ",");
    TextAddField(csv, key->carrier);
    TextAdd(csv, ",");
    TextAddField(csv, key->region);
    TextAdd(csv, key->period ? ",%d," : ",,", (int)key->period);
    TextAddField(csv, key->unit);
    for (PetscInt k = 0; k < c->n_runs; k++) AddNumber(csv, row->value[k]);
    for (PetscInt k = 0; k < c->n_runs; k++) {
      if (k == c->base) continue;
      AddNumber(csv, ComparedDifference(c, row, k));
      AddNumber(csv, ComparedPercent(c, row, k));
    }
    TextAdd(csv, "\n");
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ComparisonIamc(Comparison c, Text *csv)
{
  Statistics  *statistics;
  const char **scenario;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(c->n_runs, &statistics, c->n_runs, &scenario));
  for (PetscInt k = 0; k < c->n_runs; k++) {
    statistics[k] = c->run[k].statistics;
    scenario[k]   = c->run[k].name;
  }
  PetscCall(StatisticsIamc(c->n_runs, statistics, scenario, c->run[c->base].year, csv));
  PetscCall(PetscFree2(statistics, scenario));
  PetscFunctionReturn(0);
}

static json_t *RunObject(const ComparedRun *run)
{
  static const char *const kinds[] = {[COMPARED_PLAN] = "plan", [COMPARED_RUN] = "run", [COMPARED_FOLDER] = "folder"};
  json_t                  *object  = json_object();

  JsonPut(object, "name", JsonText(run->name));
  JsonPut(object, "kind", json_string(kinds[run->kind]));
  JsonPut(object, "directory", JsonText(run->path));
  JsonPut(object, "study", JsonText(run->study));
  JsonPut(object, "policy", JsonText(run->policy));
  JsonPut(object, "currency", JsonText(run->currency));
  return object;
}

static json_t *RowObject(Comparison c, const ComparedRow *row)
{
  json_t *object = json_object(), *values = json_object(), *difference = json_object(), *percent = json_object();

  JsonPut(object, "variable", JsonText(row->key->variable));
  JsonPut(object, "carrier", JsonText(row->key->carrier));
  JsonPut(object, "region", JsonText(row->key->region));
  JsonPut(object, "period", row->key->period ? json_integer(row->key->period) : json_null());
  JsonPut(object, "unit", JsonText(row->key->unit));
  for (PetscInt k = 0; k < c->n_runs; k++) {
    JsonPut(values, c->run[k].name, JsonReal(row->value[k]));
    if (k == c->base) continue;
    JsonPut(difference, c->run[k].name, JsonReal(ComparedDifference(c, row, k)));
    JsonPut(percent, c->run[k].name, JsonReal(ComparedPercent(c, row, k)));
  }
  JsonPut(object, "values", values);
  JsonPut(object, "difference", difference);
  JsonPut(object, "percent", percent);
  return object;
}

PetscErrorCode ComparisonJson(Comparison c, json_t *document)
{
  json_t *runs = json_array(), *notes = json_array(), *rows = json_array();

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < c->n_runs; k++) json_array_append_new(runs, RunObject(&c->run[k]));
  for (PetscInt k = 0; k < c->n_notes; k++) json_array_append_new(notes, JsonText(c->note[k]));
  for (PetscInt k = 0; k < c->n_rows; k++) json_array_append_new(rows, RowObject(c, &c->row[k]));
  JsonPut(document, "status", json_string("done"));
  JsonPut(document, "base", JsonText(c->run[c->base].name));
  JsonPut(document, "runs", runs);
  JsonPut(document, "notes", notes);
  JsonPut(document, "rows", rows);
  PetscFunctionReturn(0);
}
