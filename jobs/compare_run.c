/* A dispatch run's summary as statistics. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/compare.h"
#include "jobs/json.h"

typedef struct {
  json_t    *summary;
  Statistics s;
  PetscInt   period;
} SummaryRows;

/* Numbers, and exact decimals that are written as texts; not a number where there is none. */
static PetscReal Number(json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value)   ? json_number_value(value)
         : json_is_string(value) ? strtod(json_string_value(value), NULL)
                                 : NAN;
}

static PetscErrorCode Put(const SummaryRows *w, const char *variable, const char *carrier, const char *region,
                          PetscReal value, PetscBool increase)
{
  const StatisticsVariable *known = StatisticsVariableFind(variable);
  const char               *rest;
  char                      unit[64];

  PetscFunctionBeginUser;
  PetscCheck(known, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "no variable %s", variable);
  rest = !strncmp(known->unit, "%s", 2) ? known->unit + 2 : NULL;
  snprintf(unit, sizeof unit, "%s%s", rest ? JsonWord(w->summary, "currency", "") : known->unit, rest ? rest : "");
  if (increase)
    PetscCall(StatisticsIncrease(w->s, variable, carrier, region, w->period, unit, value));
  else
    PetscCall(StatisticsAdd(w->s, variable, carrier, region, w->period, unit, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutSigned(const SummaryRows *w, const char *technology, const char *region, PetscReal mwh)
{
  const char *variable = mwh < 0 ? "Withdrawal" : "Supply";

  PetscFunctionBeginUser;
  PetscCall(Put(w, variable, technology, region, fabs(mwh), PETSC_TRUE));
  PetscCall(Put(w, variable, technology, "", fabs(mwh), PETSC_TRUE));
  PetscFunctionReturn(0);
}

/* "battery discharge" and "battery charge" are one technology. */
static PetscErrorCode PutEnergy(const SummaryRows *w)
{
  json_t *row;
  size_t  k;

  PetscFunctionBeginUser;
  json_array_foreach(json_object_get(w->summary, "energy"), k, row)
  {
    char   technology[512];
    size_t n;
    snprintf(technology, sizeof technology, "%s", JsonWord(row, "technology", ""));
    n = strlen(technology);
    if (n > 10 && !strcmp(technology + n - 10, " discharge"))
      technology[n - 10] = '\0';
    else if (n > 7 && !strcmp(technology + n - 7, " charge"))
      technology[n - 7] = '\0';
    PetscCall(PutSigned(w, technology, JsonWord(row, "region", ""), Number(row, "mwh")));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PutPrices(const SummaryRows *w)
{
  json_t   *row;
  size_t    k;
  PetscReal low = INFINITY, high = -INFINITY;

  PetscFunctionBeginUser;
  json_array_foreach(json_object_get(w->summary, "prices_per_mwh"), k, row)
  {
    const char *carrier = JsonWord(row, "carrier", "")[0] ? JsonWord(row, "carrier", "") : "electricity";
    PetscCall(Put(w, "Price Average Time", carrier, JsonWord(row, "region", ""), Number(row, "mean"), PETSC_FALSE));
    PetscCall(Put(w, "Price Minimum", carrier, JsonWord(row, "region", ""), Number(row, "min"), PETSC_FALSE));
    PetscCall(Put(w, "Price Maximum", carrier, JsonWord(row, "region", ""), Number(row, "max"), PETSC_FALSE));
    if (strcmp(carrier, "electricity") != 0) continue;
    low  = PetscMin(low, Number(row, "min"));
    high = PetscMax(high, Number(row, "max"));
  }
  PetscCall(Put(w, "Price Minimum", "electricity", "", low, PETSC_FALSE));
  PetscCall(Put(w, "Price Maximum", "electricity", "", high, PETSC_FALSE));
  PetscFunctionReturn(0);
}

/* Mean over the windows. */
static PetscErrorCode PutCarbonPrice(const SummaryRows *w)
{
  json_t   *row, *rows = json_object_get(json_object_get(w->summary, "carbon"), "windows");
  size_t    k;
  PetscReal sum = 0;

  PetscFunctionBeginUser;
  json_array_foreach(rows, k, row) sum += Number(row, "price");
  if (json_array_size(rows))
    PetscCall(Put(w, "Carbon Price", "", "", sum / (PetscReal)json_array_size(rows), PETSC_FALSE));
  PetscCall(Put(w, "Carbon Payments", "", "",
                Number(json_object_get(json_object_get(w->summary, "market"), "allowances"), "paid"), PETSC_FALSE));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutReserves(const SummaryRows *w)
{
  json_t *row;
  size_t  k;

  PetscFunctionBeginUser;
  json_array_foreach(json_object_get(w->summary, "reserves"), k, row)
  {
    PetscCall(Put(w, "Reserve Price", JsonWord(row, "reserve", ""), "", Number(row, "mean_price"), PETSC_FALSE));
    PetscCall(Put(w, "Reserve Missing", JsonWord(row, "reserve", ""), "", Number(row, "shortage_mwh"), PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PutDispatch(const SummaryRows *w)
{
  json_t *flexibility = json_object_get(w->summary, "flexibility"), *row;
  size_t  k;

  PetscFunctionBeginUser;
  PetscCall(Put(w, "Emissions CO2", "", "", Number(w->summary, "emissions_t"), PETSC_FALSE));
  PetscCall(Put(w, "Demand", "electricity", "", Number(w->summary, "demand_mwh"), PETSC_FALSE));
  json_array_foreach(json_object_get(w->summary, "carriers"), k, row)
      PetscCall(Put(w, "Demand", JsonWord(row, "carrier", ""), "", Number(row, "demand_mwh"), PETSC_FALSE));
  PetscCall(Put(w, "Unserved Energy", "", "", flexibility ? Number(flexibility, "curtailed_mwh") : 0, PETSC_FALSE));
  PetscCall(Put(w, "Demand Shifted", "", "", Number(flexibility, "shifted_mwh"), PETSC_FALSE));
  PetscCall(PutEnergy(w));
  PetscCall(PutPrices(w));
  PetscCall(PutCarbonPrice(w));
  PetscCall(PutReserves(w));
  PetscFunctionReturn(0);
}

/* Accounts one by one, and classes of participants together; what a class pays is its bill. */
static PetscErrorCode PutSettlement(const SummaryRows *w)
{
  json_t *row;
  size_t  k;

  PetscFunctionBeginUser;
  json_array_foreach(json_object_get(w->summary, "settlement"), k, row)
      PetscCall(Put(w, "Account Net", JsonWord(row, "account", ""), "", Number(row, "net"), PETSC_TRUE));
  json_array_foreach(json_object_get(json_object_get(w->summary, "market"), "classes"), k, row)
  {
    PetscCall(Put(w, "Settlement Net", JsonWord(row, "class", ""), "", Number(row, "net"), PETSC_TRUE));
    PetscCall(Put(w, "Energy Bill", JsonWord(row, "class", ""), "", -Number(row, "net"), PETSC_TRUE));
  }
  PetscFunctionReturn(0);
}

/* The lowest of what is there already and another number. */
static PetscErrorCode PutLowest(const SummaryRows *w, const char *variable, PetscReal value)
{
  const PetscReal before = StatisticsValue(w->s, variable, "", "", w->period);

  PetscFunctionBeginUser;
  if (PetscIsNanReal(before) || value < before) PetscCall(Put(w, variable, "", "", value, PETSC_FALSE));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutStability(const SummaryRows *w)
{
  json_t *row, *rows = json_object_get(w->summary, "stability");
  size_t  k;

  PetscFunctionBeginUser;
  json_array_foreach(rows, k, row)
  {
    const PetscReal cct = Number(row, "cct_seconds");
    PetscCall(
        Put(w, "Unstable Disturbances", "", "", strcmp(JsonWord(row, "verdict", ""), "stable") ? 1 : 0, PETSC_TRUE));
    PetscCall(PutLowest(w, "Critical Clearing Time", cct));
    PetscCall(PutLowest(w, "Stability Margin", cct - Number(row, "fault_seconds")));
    PetscCall(PutLowest(w, "Frequency Nadir", Number(row, "frequency_nadir_hz")));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ComparedRunSummary(json_t *summary, PetscBool check, PetscInt period, Statistics statistics)
{
  const SummaryRows w = {summary, statistics, period};

  PetscFunctionBeginUser;
  PetscCall(Put(&w, "Dispatch Cost", "", "", Number(summary, "objective"), PETSC_TRUE));
  PetscCall(Put(&w, "Cost of Security", "", "", Number(json_object_get(summary, "security"), "cost"), PETSC_TRUE));
  PetscCall(Put(&w, "Losses", "", "", Number(summary, "losses_mwh"), PETSC_TRUE));
  if (!check) PetscCall(PutDispatch(&w));
  PetscCall(PutSettlement(&w));
  PetscCall(PutStability(&w));
  PetscFunctionReturn(0);
}
