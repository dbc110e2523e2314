/* Prices of policies. */
#include "jobs/plan_prices.h"

#include <math.h>
#include <string.h>

#include "solver/expansion_impl.h"

json_t *PlanMultipliers(Components components)
{
  const ComponentTable *table = &components->table[COMPONENT_GLOBAL_CONSTRAINT];
  const Column         *mu    = ComponentsColumn(components, COMPONENT_GLOBAL_CONSTRAINT, "mu");
  json_t               *all   = json_object();

  for (PetscInt k = 0; k < table->n; k++) JsonPut(all, table->name[k], JsonReal(ColumnReal(mu, k)));
  return all;
}

void PlanUnit(Plan plan, const char *unit, char *text, size_t size)
{
  static const char word[] = "currency";
  const char       *at     = unit ? strstr(unit, word) : NULL;

  if (at)
    snprintf(text, size, "%.*s%s%s", (int)(at - unit), unit, plan->planning->currency, at + strlen(word));
  else
    snprintf(text, size, "%s", unit ? unit : "");
}

PetscErrorCode PlanPrices(Plan plan, json_t **prices)
{
  const Components      c      = plan->components;
  const ComponentTable *table  = &c->table[COMPONENT_GLOBAL_CONSTRAINT];
  const Column         *type   = ComponentsColumn(c, COMPONENT_GLOBAL_CONSTRAINT, "type");
  const Column         *period = ComponentsColumn(c, COMPONENT_GLOBAL_CONSTRAINT, "investment_period");

  PetscFunctionBeginUser;
  *prices = json_array();
  for (PetscInt k = 0; k < table->n; k++) {
    json_t     *row = json_object();
    PetscReal   price;
    const char *unit;
    char        text[80];

    PetscCall(PlanningPrice(c, k, &price, &unit));
    PlanUnit(plan, unit, text, sizeof text);
    JsonPut(row, "name", JsonText(table->name[k]));
    JsonPut(row, "type", JsonText(ColumnText(type, k)));
    JsonPut(row, "period",
            isfinite(ColumnReal(period, k)) ? json_integer((json_int_t)ColumnReal(period, k)) : json_null());
    JsonPut(row, "price", JsonReal(price));
    JsonPut(row, "unit", unit ? json_string(text) : json_null());
    json_array_append_new(*prices, row);
  }
  PetscFunctionReturn(0);
}

json_t *PlanCarbonPrice(Components c)
{
  json_t   *prices = json_object();
  PetscBool any    = PETSC_FALSE;
  char      year[16];

  for (PetscInt p = 0; p < ComponentsPeriods(c); p++) {
    if (c->n_periods)
      snprintf(year, sizeof year, "%d", (int)c->period[p]);
    else
      snprintf(year, sizeof year, "all");
    JsonPut(prices, year, JsonReal(c->carbon_price[p]));
    if (c->carbon_price[p] != 0) any = PETSC_TRUE;
  }
  if (any) return prices;
  json_decref(prices);
  return json_null();
}

void PlanRowUnit(Plan plan, PetscInt row, char *text, size_t size)
{
  const LinearLabel *label = &ExpansionProgram(plan->expansion)->row[row];
  const char        *unit  = NULL;
  PetscReal          price;

  text[0] = '\0';
  if (label->kind == EXPANSION_BALANCE) snprintf(text, size, "MW");
  if (label->kind != EXPANSION_GLOBAL) return;
  if (!PlanningPrice(plan->components, label->item, &price, &unit) && unit && !strncmp(unit, "currency/", 9))
    snprintf(text, size, "%s", unit + 9);
}
