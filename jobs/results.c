/* The result store: what of a window becomes which variable. */
#include "jobs/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEGREES (180.0 / PETSC_PI)

typedef struct {
  const char *text;
  PetscInt    row;
} LabelKey;

static int CompareKeys(const void *a, const void *b)
{
  const LabelKey *x = a, *y = b;
  int             order = strcmp(x->text, y->text);
  return order ? order : (x->row > y->row) - (x->row < y->row);
}

PetscErrorCode ResultsLabels(PetscInt n, char *const *name, char ***label)
{
  LabelKey *key;
  PetscInt  run = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n + 1, label));
  PetscCall(PetscMalloc1(n + 1, &key));
  for (PetscInt k = 0; k < n; k++) key[k] = (LabelKey){name[k] && name[k][0] ? name[k] : "unnamed", k};
  qsort(key, (size_t)n, sizeof *key, CompareKeys);
  for (PetscInt k = 0; k < n; k++) {
    char text[512];
    run = k && !strcmp(key[k].text, key[k - 1].text) ? run + 1 : 0;
    if (run) snprintf(text, sizeof text, "%.480s#%d", key[k].text, (int)run + 1);
    PetscCall(PetscStrallocpy(run ? text : key[k].text, &(*label)[key[k].row]));
  }
  PetscCall(PetscFree(key));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsFreeLabels(PetscInt n, char ***label)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; *label && k < n; k++) PetscCall(PetscFree((*label)[k]));
  PetscCall(PetscFree(*label));
  PetscFunctionReturn(0);
}

/* A coordinate of unique labels. */
static PetscErrorCode AddCoordinate(Dataset ds, const char *name, const char *long_name, PetscInt n, char *const *text)
{
  char **label;

  PetscFunctionBeginUser;
  PetscCall(ResultsLabels(n, text, &label));
  PetscCall(DatasetAddDimension(ds, name, n));
  PetscCall(DatasetAddText(ds, name, name, long_name, label));
  PetscCall(ResultsFreeLabels(n, &label));
  PetscFunctionReturn(0);
}

/* Which bus each row stands at, as the bus's label; empty where there is none. */
static PetscErrorCode AddBusOf(Dataset ds, const char *name, const char *dim, const char *long_name, PetscInt n,
                               const PetscInt *bus)
{
  char **text, **label = DatasetFind(ds, "bus")->text;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n + 1, &text));
  for (PetscInt k = 0; k < n; k++) text[k] = bus[k] < 0 ? (char *)"" : label[bus[k]];
  PetscCall(DatasetAddText(ds, name, dim, long_name, text));
  PetscCall(PetscFree(text));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddTime(const ResultsInput *in, Dataset ds)
{
  PetscInt  T = in->dispatch->hours;
  int64_t  *time, *window;
  PetscReal step = in->dispatch->step_hours;

  PetscFunctionBeginUser;
  PetscCall(DatasetAddDimension(ds, "window", 1));
  PetscCall(DatasetAddDimension(ds, "time", T));
  PetscCall(PetscMalloc2(T, &time, T, &window));
  for (PetscInt t = 0; t < T; t++) {
    time[t]   = in->dated ? in->start + llround((double)t * step * 3600) : llround((double)t * step * 3600);
    window[t] = in->window;
  }
  if (in->dated) {
    PetscCall(
        DatasetAddInteger(ds, "time", "time", "seconds since 1970-01-01 00:00:00", "start of the interval, UTC", time));
    PetscCall(PetscStrallocpy("proleptic_gregorian", &DatasetFind(ds, "time")->calendar));
  } else {
    PetscCall(DatasetAddInteger(ds, "time", "time", "s", "start of the interval after the start of the case", time));
  }
  PetscCall(DatasetAddInteger(ds, "time_window", "time", "1", "window of the interval", window));
  PetscCall(DatasetAddInteger(ds, "window", "window", "1", "number of the window", window));
  PetscCall(PetscFree2(time, window));
  PetscCall(DatasetAddReal(ds, "interval_length", "", "h", "length of an interval", &step));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBuses(const ResultsInput *in, Dataset ds)
{
  const BusTable *bus = &in->net->bus;
  char          **region;
  int64_t        *number;

  PetscFunctionBeginUser;
  PetscCall(AddCoordinate(ds, "bus", "bus", bus->n, bus->name));
  PetscCall(PetscMalloc2(bus->n, &number, bus->n, &region));
  for (PetscInt b = 0; b < bus->n; b++) {
    number[b] = bus->number[b];
    region[b] = in->partition->name[in->partition->bus_region[b]];
  }
  PetscCall(AddCoordinate(ds, "region", "region", in->partition->n_regions, in->partition->name));
  PetscCall(DatasetAddInteger(ds, "bus_number", "bus", "1", "number of the bus in the source", number));
  PetscCall(DatasetAddText(ds, "bus_region", "bus", "region of the bus", region));
  PetscCall(DatasetAddText(ds, "bus_carrier", "bus", "AC or DC, or the other energy of the bus", bus->carrier));
  PetscCall(PetscFree2(number, region));
  PetscCall(DatasetAddReal(ds, "bus_base_voltage", "bus", "kV", "base voltage", bus->base_kv));
  PetscCall(DatasetAddReal(ds, "bus_latitude", "bus", "degrees_north", "latitude", bus->latitude));
  PetscCall(DatasetAddReal(ds, "bus_longitude", "bus", "degrees_east", "longitude", bus->longitude));
  PetscFunctionReturn(0);
}

/* Branches with the buses at their ends; unlimited ratings are missing values. */
static PetscErrorCode AddBranches(const ResultsInput *in, Dataset ds)
{
  const BranchTable *branch = &in->net->branch;
  double            *rating;

  PetscFunctionBeginUser;
  PetscCall(AddCoordinate(ds, "branch", "branch", branch->n, branch->name));
  PetscCall(AddBusOf(ds, "branch_from", "branch", "bus at the from end", branch->n, branch->from));
  PetscCall(AddBusOf(ds, "branch_to", "branch", "bus at the to end", branch->n, branch->to));
  PetscCall(PetscMalloc1(branch->n, &rating));
  for (PetscInt k = 0; k < branch->n; k++) rating[k] = branch->rate_a[k] < PETSC_INFINITY ? branch->rate_a[k] : NAN;
  PetscCall(DatasetAddReal(ds, "branch_rating", "branch", "MVA", "long-term rating", rating));
  PetscCall(PetscFree(rating));
  PetscFunctionReturn(0);
}

static PetscBool AnyBus(PetscInt n, const PetscInt *bus)
{
  for (PetscInt k = 0; k < n; k++)
    if (bus[k] >= 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscBool AnyPositive(PetscInt n, const PetscReal *value)
{
  for (PetscInt k = 0; k < n; k++)
    if (value[k] > 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode AddAssets(const ResultsInput *in, Dataset ds)
{
  Network net = in->net;

  PetscFunctionBeginUser;
  PetscCall(AddCoordinate(ds, "generator", "generator", net->generator.n, net->generator.name));
  PetscCall(AddBusOf(ds, "generator_bus", "generator", "bus of the generator", net->generator.n, net->generator.bus));
  PetscCall(DatasetAddText(ds, "generator_technology", "generator", "technology", net->generator.technology));
  PetscCall(AddCoordinate(ds, "load", "load", net->load.n, net->load.name));
  PetscCall(AddBusOf(ds, "load_bus", "load", "bus of the load", net->load.n, net->load.bus));
  PetscCall(AddCoordinate(ds, "link", "link", net->link.n, net->link.name));
  PetscCall(AddBusOf(ds, "link_from", "link", "bus at the from end", net->link.n, net->link.from));
  PetscCall(AddBusOf(ds, "link_to", "link", "bus at the to end", net->link.n, net->link.to));
  if (AnyBus(net->link.n, net->link.to2))
    PetscCall(AddBusOf(ds, "link_to2", "link", "bus of the second output", net->link.n, net->link.to2));
  if (AnyBus(net->link.n, net->link.to3))
    PetscCall(AddBusOf(ds, "link_to3", "link", "bus of the third output", net->link.n, net->link.to3));
  PetscCall(AddCoordinate(ds, "storage", "storage unit", net->storage.n, net->storage.name));
  PetscCall(AddBusOf(ds, "storage_bus", "storage", "bus of the storage unit", net->storage.n, net->storage.bus));
  PetscCall(DatasetAddText(ds, "storage_technology", "storage", "technology", net->storage.technology));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsAddSeries(Dataset ds, const ResultsSeries *series, size_t n)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; k < n; k++)
    PetscCall(
        DatasetAddReal(ds, series[k].name, series[k].dims, series[k].units, series[k].long_name, series[k].value));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsAddVoltages(Network net, Dispatch d, const char *const magnitude[2], const char *const angle[2],
                                  Dataset ds)
{
  size_t  n = (size_t)(d->hours * d->n_bus);
  double *degrees, *per_unit;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &degrees, n, &per_unit));
  for (size_t k = 0; k < n; k++) {
    const PetscBool electric = NetworkBusIsElectric(net, (PetscInt)k % d->n_bus);
    degrees[k]               = electric ? d->va_rad[k] * DEGREES : NAN;
    per_unit[k]              = electric ? d->vm_pu[k] : NAN;
  }
  PetscCall(DatasetAddReal(ds, magnitude[0], "time bus", "1", magnitude[1], per_unit));
  PetscCall(DatasetAddReal(ds, angle[0], "time bus", "degree", angle[1], degrees));
  PetscCall(PetscFree2(degrees, per_unit));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPrices(const ResultsInput *in, Dataset ds)
{
  Dispatch    d        = in->dispatch;
  const char *currency = in->currency ? in->currency : "currency";
  char        energy[64], reactive[64], rating[64], angle[64], voltage[64];

  PetscFunctionBeginUser;
  snprintf(energy, sizeof energy, "%.40s/MWh", currency);
  snprintf(reactive, sizeof reactive, "%.40s/Mvarh", currency);
  snprintf(rating, sizeof rating, "%.40s/h/MVA", currency);
  snprintf(angle, sizeof angle, "%.40s/h/rad", currency);
  snprintf(voltage, sizeof voltage, "%.40s/h", currency);
  const ResultsSeries series[] = {
      {"price", "time bus", energy, "locational marginal price of active power", d->price},
      {"price_reactive", "time bus", reactive, "locational marginal price of reactive power", d->price_q},
      {"voltage_limit_price", "time bus", voltage,
       "shadow price of the voltage limits per unit, upper positive, lower negative", d->vm_mu},
      {"branch_limit_price_from", "time branch", rating, "shadow price of the rating at the from end",
       d->branch_mu_from},
      {"branch_limit_price_to", "time branch", rating, "shadow price of the rating at the to end", d->branch_mu_to},
      {"branch_angle_price", "time branch", angle,
       "shadow price of the limits of the angle difference, upper positive, lower negative", d->branch_mu_angle},
  };
  PetscCall(ResultsAddSeries(ds, series, sizeof series / sizeof series[0]));
  PetscFunctionReturn(0);
}

/* A column of the surplus, which has its parts interleaved. */
static PetscErrorCode AddSurplus(Dataset ds, const char *currency, Prices p, PricePart part)
{
  char       name[64], long_name[96];
  PetscReal *column;

  PetscFunctionBeginUser;
  snprintf(name, sizeof name, "merchandising_surplus_%s", PricePartName(part));
  snprintf(long_name, sizeof long_name, "what the grid takes in at the %s part of the prices", PricePartName(part));
  PetscCall(PetscMalloc1(p->hours, &column));
  for (PetscInt t = 0; t < p->hours; t++) column[t] = p->surplus[t * PRICE_PARTS + part];
  PetscCall(DatasetAddReal(ds, name, "time", currency, long_name, column));
  PetscCall(PetscFree(column));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPriceParts(const ResultsInput *in, Dataset ds)
{
  const char *currency = in->currency ? in->currency : "currency";
  Prices      p        = in->prices;
  char        unit[64], name[64], long_name[96];
  PetscReal   residual;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  snprintf(unit, sizeof unit, "%.40s/MWh", currency);
  for (int k = 0; k < PRICE_PARTS; k++) {
    snprintf(name, sizeof name, "price_%s", PricePartName((PricePart)k));
    snprintf(long_name, sizeof long_name, "%s part of the price", PricePartName((PricePart)k));
    PetscCall(DatasetAddReal(ds, name, "time bus", unit, long_name, p->part[k]));
  }
  residual = PetscIsInfReal(p->residual) ? NAN : p->residual;
  PetscCall(DatasetAddReal(ds, "price_residual", "window", unit,
                           "largest amount by which the parts, each by itself, missed the price", &residual));
  for (int k = 0; k < PRICE_PARTS; k++) PetscCall(AddSurplus(ds, currency, p, (PricePart)k));
  PetscCall(DatasetAddReal(ds, "limit_rent", "time", currency,
                           "shadow prices of ratings and angle differences times the limits", p->limit_rent));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPowers(const ResultsInput *in, Dataset ds)
{
  Dispatch            d        = in->dispatch;
  const ResultsSeries series[] = {
      {"generator_p", "time generator", "MW", "active power fed in", d->generator_p},
      {"generator_q", "time generator", "Mvar", "reactive power fed in", d->generator_q},
      {"load_p", "time load", "MW", "active power served", d->load_p},
      {"load_q", "time load", "Mvar", "reactive power served", d->load_q},
      {"branch_p_from", "time branch", "MW", "active power into the branch at the from end", d->branch_p_from},
      {"branch_q_from", "time branch", "Mvar", "reactive power into the branch at the from end", d->branch_q_from},
      {"branch_p_to", "time branch", "MW", "active power into the branch at the to end", d->branch_p_to},
      {"branch_q_to", "time branch", "Mvar", "reactive power into the branch at the to end", d->branch_q_to},
      {"link_p_from", "time link", "MW", "active power taken at the from end", d->link_p_from},
      {"link_p_to", "time link", "MW", "active power delivered at the to end", d->link_p_to},
      {"link_q_from", "time link", "Mvar", "reactive power fed in at the from end", d->link_q_from},
      {"link_q_to", "time link", "Mvar", "reactive power fed in at the to end", d->link_q_to},
      {"storage_charge", "time storage", "MW", "charging power", d->storage_charge},
      {"storage_discharge", "time storage", "MW", "discharging power", d->storage_discharge},
      {"storage_q", "time storage", "Mvar", "reactive power fed in", d->storage_q},
      {"storage_energy", "time storage", "MWh", "energy stored at the end of the interval", d->storage_energy},
  };

  PetscFunctionBeginUser;
  PetscCall(ResultsAddSeries(ds, series, sizeof series / sizeof series[0]));
  PetscFunctionReturn(0);
}

/* What only some networks have: further outputs of links, demand that bends. */
static PetscErrorCode AddFlexibility(const ResultsInput *in, Dataset ds)
{
  Dispatch         d    = in->dispatch;
  const LinkTable *link = &in->net->link;
  const LoadTable *load = &in->net->load;

  PetscFunctionBeginUser;
  if (AnyBus(link->n, link->to2))
    PetscCall(DatasetAddReal(ds, "link_p_to2", "time link", "MW", "active power delivered at the second output",
                             d->link_p_to2));
  if (AnyBus(link->n, link->to3))
    PetscCall(DatasetAddReal(ds, "link_p_to3", "time link", "MW", "active power delivered at the third output",
                             d->link_p_to3));
  if (AnyPositive(load->n, load->curtail_max_pu))
    PetscCall(DatasetAddReal(ds, "load_curtailed", "time load", "MW", "demand left unserved for its price",
                             d->load_curtailed));
  if (AnyPositive(load->n, load->shift_max_mw))
    PetscCall(DatasetAddReal(ds, "load_shifted", "time load", "MW",
                             "demand moved into the interval (positive) or out of it (negative)", d->load_shifted));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddReserves(const ResultsInput *in, Dataset ds)
{
  Dispatch    d        = in->dispatch;
  const char *currency = in->currency ? in->currency : "currency";
  double     *required;
  char        price[64];

  PetscFunctionBeginUser;
  if (!in->net->reserve.n) PetscFunctionReturn(0);
  snprintf(price, sizeof price, "%.40s/MW/h", currency);
  PetscCall(AddCoordinate(ds, "reserve", "spinning reserve", in->net->reserve.n, in->net->reserve.name));
  PetscCall(PetscMalloc1(d->hours * d->n_reserve, &required));
  for (PetscInt t = 0; t < d->hours; t++)
    for (PetscInt r = 0; r < d->n_reserve; r++)
      required[t * d->n_reserve + r] =
          NetworkReserveRequirement(in->net, r, d->first_snapshot < 0 ? -1 : d->first_snapshot + t);
  const ResultsSeries series[] = {
      {"reserve_requirement", "time reserve", "MW", "reserve required", required},
      {"reserve_shortage", "time reserve", "MW", "reserve missing", d->reserve_shortage},
      {"reserve_price", "time reserve", price, "shadow price of the requirement", d->reserve_price},
      {"generator_reserve", "time generator", "MW", "reserve promised", d->generator_reserve},
      {"storage_reserve", "time storage", "MW", "reserve promised", d->storage_reserve},
  };
  PetscCall(ResultsAddSeries(ds, series, sizeof series / sizeof series[0]));
  PetscCall(PetscFree(required));
  PetscFunctionReturn(0);
}

/* How the coordination went, an iteration a row. */
static PetscErrorCode AddRecord(const ResultsInput *in, Dataset ds)
{
  enum { COLUMNS = 7 };
  const OpfResult *r = in->result;
  PetscInt         n = r->n_record;
  double          *column[COLUMNS];
  int64_t         *local, *window, *bytes, *restart;

  PetscFunctionBeginUser;
  if (!n) PetscFunctionReturn(0);
  PetscCall(DatasetAddDimension(ds, "iteration", n));
  for (int c = 0; c < COLUMNS; c++) PetscCall(PetscMalloc1(n, &column[c]));
  PetscCall(PetscMalloc4(n, &local, n, &window, n, &bytes, n, &restart));
  for (PetscInt k = 0; k < n; k++) {
    const AdmmIteration *row = &r->record[k];
    column[0][k]             = row->mismatch_pu;
    column[1][k]             = row->violation_pu;
    column[2][k]             = row->dual_relative;
    column[3][k]             = row->objective;
    column[4][k]             = row->multiplier;
    column[5][k]             = row->penalty_low;
    column[6][k]             = row->penalty_high;
    local[k]                 = row->local_iterations;
    window[k]                = in->window;
    bytes[k]                 = row->bytes;
    restart[k]               = row->restarted ? 1 : 0;
  }
  const ResultsSeries series[] = {
      {"coordination_mismatch", "iteration", "1", "largest balance error of the merged network, per unit", column[0]},
      {"coordination_violation", "iteration", "1", "largest violation of a limit, per unit", column[1]},
      {"coordination_dual", "iteration", "1", "largest disagreement on a tie's price, in mean marginal costs",
       column[2]},
      {"coordination_objective", "iteration", in->currency ? in->currency : "currency", "objective of the merged point",
       column[3]},
      {"coordination_multiplier", "iteration", "1", "largest multiplier of a tie, in mean marginal costs", column[4]},
      {"coordination_penalty_low", "iteration", "1", "smallest penalty over cost and admittance", column[5]},
      {"coordination_penalty_high", "iteration", "1", "largest penalty over cost and admittance", column[6]},
  };
  PetscCall(ResultsAddSeries(ds, series, sizeof series / sizeof series[0]));
  PetscCall(DatasetAddInteger(ds, "coordination_local_iterations", "iteration", "1",
                              "interior-point iterations of all regions", local));
  PetscCall(
      DatasetAddInteger(ds, "coordination_bytes", "iteration", "byte", "what crossed the borders of regions", bytes));
  PetscCall(
      DatasetAddInteger(ds, "coordination_restart", "iteration", "1", "1 where the acceleration began anew", restart));
  PetscCall(DatasetAddInteger(ds, "coordination_window", "iteration", "1", "window of the iteration", window));
  for (int c = 0; c < COLUMNS; c++) PetscCall(PetscFree(column[c]));
  PetscCall(PetscFree4(local, window, bytes, restart));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddOutcome(const ResultsInput *in, Dataset ds)
{
  int64_t iterations = in->result->iterations;
  int64_t rounds     = in->result->admm_iterations;
  char   *status     = (char *)SolveStatusName(in->result->status);
  char   *finished   = (char *)OpfMethodName(in->result->finished_by, 2);

  PetscFunctionBeginUser;
  PetscCall(DatasetAddText(ds, "status", "window", "how the solve of the window ended", &status));
  PetscCall(DatasetAddReal(ds, "objective", "window", in->currency ? in->currency : "currency",
                           "cost of the window, carbon payments included", &in->dispatch->objective));
  PetscCall(DatasetAddInteger(ds, "iterations", "window", "1", "iterations of the method", &iterations));
  PetscCall(DatasetAddText(ds, "finished_by", "window", "the method that the point comes from", &finished));
  PetscCall(DatasetAddInteger(ds, "admm_iterations", "window", "1", "iterations of ADMM, whatever finished", &rounds));
  PetscCall(DatasetAddReal(ds, "max_violation", "window", "1",
                           "largest violation of a limit, per unit, evaluated independently",
                           &in->evaluation->max_violation_pu));
  PetscCall(DatasetAddReal(ds, "max_mismatch", "window", "1",
                           "largest balance error of a bus, per unit, evaluated independently",
                           &in->evaluation->max_mismatch_pu));
  PetscFunctionReturn(0);
}

/* What priced limits were exceeded by, a class a column. */
static PetscErrorCode AddSoft(const ResultsInput *in, Dataset ds)
{
  char   *name[SOFT_LIMITS], *unit[SOFT_LIMITS];
  double  excess[SOFT_LIMITS];
  int64_t simultaneous = in->evaluation->simultaneous, fixed = in->result->directions_fixed;
  int     n = 0;

  PetscFunctionBeginUser;
  PetscCall(DatasetAddInteger(ds, "storage_simultaneous", "window", "1",
                              "intervals of storage units that charge and discharge at once", &simultaneous));
  PetscCall(DatasetAddInteger(ds, "storage_directions_fixed", "window", "1",
                              "intervals of storage units that were solved again with one direction", &fixed));
  for (int k = 0; in->soft_price && k < SOFT_LIMITS; k++) {
    if (!(in->soft_price[k] > 0)) continue;
    name[n]     = (char *)SoftLimitName((SoftLimit)k);
    unit[n]     = (char *)SoftLimitExcessUnit((SoftLimit)k);
    excess[n++] = in->evaluation->soft_excess[k];
  }
  if (!n) PetscFunctionReturn(0);
  PetscCall(AddCoordinate(ds, "soft_limit", "class of limits with a price", n, name));
  PetscCall(DatasetAddText(ds, "soft_limit_unit", "soft_limit", "unit of soft_excess", unit));
  PetscCall(DatasetAddReal(
      ds, "soft_excess", "window soft_limit", "1",
      "by how much the class's limits were exceeded, summed over the intervals, in soft_limit_unit", excess));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsCreate(const ResultsInput *in, Dataset *ds)
{
  PetscFunctionBeginUser;
  PetscCall(DatasetCreate(ds));
  PetscCall(DatasetSetAttribute(*ds, "title", in->title));
  if (in->policy) PetscCall(DatasetSetAttribute(*ds, "policy", in->policy));
  PetscCall(DatasetSetAttribute(*ds, "source", "archipelago"));
  PetscCall(AddTime(in, *ds));
  PetscCall(AddBuses(in, *ds));
  PetscCall(AddBranches(in, *ds));
  PetscCall(AddAssets(in, *ds));
  PetscCall(AddOutcome(in, *ds));
  PetscCall(ResultsAddVoltages(in->net, in->dispatch,
                               (const char *[]){"voltage_magnitude", "voltage magnitude, per unit of the base voltage"},
                               (const char *[]){"voltage_angle", "voltage angle"}, *ds));
  PetscCall(AddPrices(in, *ds));
  PetscCall(AddPriceParts(in, *ds));
  PetscCall(AddPowers(in, *ds));
  PetscCall(AddFlexibility(in, *ds));
  PetscCall(AddReserves(in, *ds));
  PetscCall(AddSoft(in, *ds));
  PetscCall(AddRecord(in, *ds));
  PetscFunctionReturn(0);
}
