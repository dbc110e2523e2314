/* Prices of a dispatch run, out of its result store: averages by load and by time, and their spread. */
#include <math.h>
#include <string.h>

#include "inputs/network.h"
#include "jobs/compare.h"
#include "jobs/dataset.h"

typedef struct {
  const Variable *bus, *region, *carrier, *price, *load_bus, *load;
  size_t          n_bus, n_load, T;
  PetscInt       *of_load; /* [n_load] index of its bus, -1: unknown */
  const char     *currency;
} RunPrices;

static const char *CarrierAt(const RunPrices *w, size_t bus)
{
  const char *carrier = w->carrier ? w->carrier->text[bus] : "AC";
  return CarrierIsElectric(carrier) ? "electricity" : carrier;
}

/* A bus of the carrier, in the region ("": any). */
static PetscBool IsIn(const RunPrices *w, size_t bus, const char *carrier, const char *region)
{
  return (PetscBool)(!strcmp(CarrierAt(w, bus), carrier) && (!region[0] || !strcmp(w->region->text[bus], region)));
}

static PetscErrorCode Put(const RunPrices *w, Statistics s, const char *variable, const char *carrier,
                          const char *region, PetscReal value)
{
  char unit[64];

  PetscFunctionBeginUser;
  snprintf(unit, sizeof unit, "%.50s/MWh", w->currency);
  PetscCall(StatisticsAdd(s, variable, carrier, region, 0, unit, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutPrices(const RunPrices *w, Statistics s, const char *carrier, const char *region)
{
  PetscReal sum = 0, square = 0, n = 0, paid = 0, mwh = 0, low = INFINITY, high = -INFINITY;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < w->T * w->n_bus; k++) {
    const PetscReal price = w->price->real[k];
    if (!IsIn(w, k % w->n_bus, carrier, region) || PetscIsNanReal(price)) continue;
    sum += price;
    n++;
    low  = PetscMin(low, price);
    high = PetscMax(high, price);
  }
  for (size_t k = 0; k < w->T * w->n_bus; k++)
    if (IsIn(w, k % w->n_bus, carrier, region) && !PetscIsNanReal(w->price->real[k]))
      square += PetscSqr(w->price->real[k] - sum / n);
  for (size_t k = 0; k < w->T * w->n_load; k++) {
    const PetscInt bus = w->of_load[k % w->n_load];
    if (bus < 0 || !IsIn(w, (size_t)bus, carrier, region)) continue;
    mwh += w->load->real[k];
    paid += w->load->real[k] * w->price->real[k / w->n_load * w->n_bus + (size_t)bus];
  }
  if (n == 0) PetscFunctionReturn(0);
  if (mwh > 0) PetscCall(Put(w, s, "Price Average", carrier, region, paid / mwh));
  PetscCall(Put(w, s, "Price Average Time", carrier, region, sum / n));
  PetscCall(Put(w, s, "Price Spread", carrier, region, sqrt(square / n)));
  PetscCall(Put(w, s, "Price Minimum", carrier, region, low));
  PetscCall(Put(w, s, "Price Maximum", carrier, region, high));
  PetscFunctionReturn(0);
}

static PetscErrorCode FindLoads(RunPrices *w)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(w->n_load + 1, &w->of_load));
  for (size_t l = 0; l < w->n_load; l++) {
    w->of_load[l] = -1;
    for (size_t b = 0; b < w->n_bus; b++)
      if (!strcmp(w->bus->text[b], w->load_bus->text[l])) w->of_load[l] = (PetscInt)b;
  }
  PetscFunctionReturn(0);
}

/* Whether no bus before this one has its carrier (and its region). */
static PetscBool IsFirst(const RunPrices *w, size_t bus, PetscBool of_region)
{
  for (size_t b = 0; b < bus; b++)
    if (IsIn(w, b, CarrierAt(w, bus), of_region ? w->region->text[bus] : "")) return PETSC_FALSE;
  return PETSC_TRUE;
}

PetscErrorCode ComparedRunPrices(const char *directory, const char *currency, Statistics statistics)
{
  RunPrices w = {.currency = currency};
  char      path[PETSC_MAX_PATH_LEN];
  Dataset   ds;
  FileError error;

  PetscFunctionBeginUser;
  FileJoin(path, sizeof path, directory, "results.nc");
  if (!FileExists(path)) PetscFunctionReturn(0);
  PetscCall(DatasetReadNetcdf(path, &ds, &error));
  if (!ds) PetscFunctionReturn(0);
  w.bus = DatasetFind(ds, "bus"), w.region = DatasetFind(ds, "bus_region"), w.carrier = DatasetFind(ds, "bus_carrier");
  w.price = DatasetFind(ds, "price"), w.load_bus = DatasetFind(ds, "load_bus"), w.load = DatasetFind(ds, "load_p");
  if (w.bus && w.bus->text && w.region && w.price) {
    w.n_bus  = DatasetCount(ds, w.bus);
    w.n_load = w.load && w.load_bus && w.load_bus->text ? DatasetCount(ds, w.load_bus) : 0;
    w.T      = w.n_bus ? DatasetCount(ds, w.price) / w.n_bus : 0;
    PetscCall(FindLoads(&w));
    for (size_t b = 0; b < w.n_bus; b++) {
      if (IsFirst(&w, b, PETSC_FALSE)) PetscCall(PutPrices(&w, statistics, CarrierAt(&w, b), ""));
      if (IsFirst(&w, b, PETSC_TRUE)) PetscCall(PutPrices(&w, statistics, CarrierAt(&w, b), w.region->text[b]));
    }
  }
  PetscCall(PetscFree(w.of_load));
  PetscCall(DatasetDestroy(&ds));
  PetscFunctionReturn(0);
}
