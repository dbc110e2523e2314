/* The summary of what only some networks have: other carriers, converters, flexible demand, reserves. */
#include "jobs/soft.h"
#include "jobs/summary_impl.h"

#include <math.h>
#include <string.h>

const char *SummaryCarrier(const SummaryView *v, PetscInt bus)
{
  return NetworkBusIsElectric(v->run->net, bus) ? ELECTRICITY : v->run->net->bus.carrier[bus];
}

PetscErrorCode SummaryFindCarriers(SummaryView *v)
{
  const PetscInt n_bus = v->run->net->bus.n;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_bus + 1, &v->carrier));
  v->n_carriers = 0;
  for (int electric = 1; electric >= 0; electric--)
    for (PetscInt b = 0; b < n_bus; b++) {
      const char *carrier = SummaryCarrier(v, b);
      size_t      k       = 0;
      if (NetworkBusIsElectric(v->run->net, b) != (PetscBool)electric) continue;
      while (k < v->n_carriers && strcmp(v->carrier[k], carrier) != 0) k++;
      if (k == v->n_carriers) v->carrier[v->n_carriers++] = carrier;
    }
  PetscFunctionReturn(0);
}

/* Energy of the rows of a variable that stand at buses of a carrier. */
static double EnergyAt(const SummaryView *v, const char *name, size_t n, const PetscInt *bus, const char *carrier)
{
  const double *value = SummaryReal(v, name);
  double        sum   = 0;

  for (size_t k = 0; k < n; k++)
    if (bus[k] >= 0 && !strcmp(SummaryCarrier(v, bus[k]), carrier)) sum += SummaryColumn(value, v->T, n, k);
  return v->hours * sum;
}

void SummaryPutCarriers(const SummaryView *v, json_t *summary)
{
  Network net  = v->run->net;
  json_t *rows = json_array();

  for (size_t c = 0; c < v->n_carriers; c++) {
    const char *carrier = v->carrier[c];
    json_t     *row;
    if (!strcmp(carrier, ELECTRICITY)) continue;
    row = json_object();
    JsonPut(row, "carrier", json_string(carrier));
    JsonPut(row, "demand_mwh", JsonReal(EnergyAt(v, "load_p", v->n_load, net->load.bus, carrier)));
    JsonPut(row, "generated_mwh", JsonReal(EnergyAt(v, "generator_p", v->n_generator, net->generator.bus, carrier)));
    JsonPut(row, "taken_by_links_mwh", JsonReal(EnergyAt(v, "link_p_from", v->n_link, net->link.from, carrier)));
    JsonPut(row, "delivered_by_links_mwh",
            JsonReal(EnergyAt(v, "link_p_to", v->n_link, net->link.to, carrier) +
                     EnergyAt(v, "link_p_to2", v->n_link, net->link.to2, carrier) +
                     EnergyAt(v, "link_p_to3", v->n_link, net->link.to3, carrier)));
    JsonPut(row, "charged_mwh", JsonReal(EnergyAt(v, "storage_charge", v->n_storage, net->storage.bus, carrier)));
    JsonPut(row, "discharged_mwh", JsonReal(EnergyAt(v, "storage_discharge", v->n_storage, net->storage.bus, carrier)));
    json_array_append_new(rows, row);
  }
  JsonPut(summary, "carriers", rows);
}

static void PutOutput(const SummaryView *v, json_t *outputs, const char *name, size_t link, PetscInt bus)
{
  json_t *output;

  if (bus < 0) return;
  output = json_object();
  JsonPut(output, "carrier", json_string(SummaryCarrier(v, bus)));
  JsonPut(output, "mwh", JsonReal(v->hours * SummaryColumn(SummaryReal(v, name), v->T, v->n_link, link)));
  json_array_append_new(outputs, output);
}

void SummaryPutConversion(const SummaryView *v, json_t *summary)
{
  const LinkTable *link = &v->run->net->link;
  json_t          *rows = json_array();

  for (size_t k = 0; k < v->n_link; k++) {
    const char *carrier = SummaryCarrier(v, link->from[k]);
    json_t     *row, *outputs;
    if (!strcmp(carrier, SummaryCarrier(v, link->to[k])) && link->to2[k] < 0 && link->to3[k] < 0) continue;
    row     = json_object();
    outputs = json_array();
    JsonPut(row, "link", json_string(link->name[k]));
    JsonPut(row, "carrier", json_string(carrier));
    JsonPut(row, "taken_mwh", JsonReal(v->hours * SummaryColumn(SummaryReal(v, "link_p_from"), v->T, v->n_link, k)));
    PutOutput(v, outputs, "link_p_to", k, link->to[k]);
    PutOutput(v, outputs, "link_p_to2", k, link->to2[k]);
    PutOutput(v, outputs, "link_p_to3", k, link->to3[k]);
    JsonPut(row, "outputs", outputs);
    json_array_append_new(rows, row);
  }
  JsonPut(summary, "conversion", rows);
}

void SummaryPutFlexibility(const SummaryView *v, json_t *summary)
{
  const double *curtailed = SummaryReal(v, "load_curtailed"), *shifted = SummaryReal(v, "load_shifted");
  double        less = 0, moved = 0;
  json_t       *row;

  if (!curtailed && !shifted) return;
  for (size_t k = 0; k < v->T * v->n_load; k++) {
    less += curtailed ? curtailed[k] : 0;
    moved += shifted ? fmax(shifted[k], 0) : 0;
  }
  row = json_object();
  JsonPut(row, "curtailed_mwh", JsonReal(less * v->hours));
  JsonPut(row, "shifted_mwh", JsonReal(moved * v->hours));
  JsonPut(summary, "flexibility", row);
}

void SummaryPutReserves(const SummaryView *v, json_t *summary)
{
  const ReserveTable *r     = &v->run->net->reserve;
  const double       *price = SummaryReal(v, "reserve_price"), *shortage = SummaryReal(v, "reserve_shortage");
  const size_t        n    = (size_t)r->n;
  json_t             *rows = json_array();

  for (size_t k = 0; price && k < n; k++) {
    json_t *row  = json_object();
    double  most = 0;
    for (size_t t = 0; t < v->T; t++) most = fmax(most, price[t * n + k]);
    JsonPut(row, "reserve", json_string(r->name[k]));
    JsonPut(row, "mean_price", JsonReal(SummaryColumn(price, v->T, n, k) / (double)v->T));
    JsonPut(row, "highest_price", JsonReal(most));
    JsonPut(row, "shortage_mwh", JsonReal(v->hours * SummaryColumn(shortage, v->T, n, k)));
    json_array_append_new(rows, row);
  }
  JsonPut(summary, "reserves", rows);
}

static json_int_t SumOfIntegers(const SummaryView *v, const char *name, size_t n)
{
  const Variable *var = DatasetFind(v->ds, name);
  json_int_t      sum = 0;

  for (size_t k = 0; var && k < n; k++) sum += var->integer[k];
  return sum;
}

void SummaryPutSoft(const SummaryView *v, json_t *summary)
{
  const PetscInt   dim     = DatasetFindDimension(v->ds, "window");
  const size_t     windows = dim < 0 ? 0 : (size_t)v->ds->dim[dim].length;
  const double    *stored  = SummaryReal(v, "soft_excess");
  const PetscReal *price   = v->run->study->soft_price;
  PetscReal        excess[SOFT_LIMITS];
  size_t           columns = 0, column = 0;
  json_t          *soft;

  for (int k = 0; k < SOFT_LIMITS; k++) columns += price[k] > 0;
  for (int k = 0; k < SOFT_LIMITS; k++)
    excess[k] = price[k] > 0 ? SummaryColumn(stored, windows, columns, column++) : 0;
  soft = SoftToJson(price, excess);
  if (soft) JsonPut(summary, "soft", soft);
  JsonPut(summary, "storage_simultaneous", json_integer(SumOfIntegers(v, "storage_simultaneous", windows)));
  JsonPut(summary, "storage_directions_fixed", json_integer(SumOfIntegers(v, "storage_directions_fixed", windows)));
}
