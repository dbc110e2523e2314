/* Extracting a region's own network from the whole one. */
#include "partition/partition.h"

/* Inverse of the bus map while a part is built: part_bus [buses of the whole] -> bus of the part, or -1. */
typedef struct {
  Network          net;
  Partition        partition;
  const PetscBool *covered; /* [buses of the whole] each tie goes to one region; NULL: to both */
  RegionNetwork   *part;
  PetscInt        *part_bus;
  PetscInt        *part_series; /* [series of the whole] -> series of the part, or -1 */
} Extraction;

static PetscBool IsOwn(const Extraction *x, PetscInt bus)
{
  return (PetscBool)(x->partition->bus_region[bus] == x->part->region);
}

/* With a cover, a tie stands where its other end may be seen from: with its end that is not covered. */
static PetscBool TakesTie(const Extraction *x, PetscInt from, PetscInt to)
{
  if (!x->covered) return (PetscBool)(IsOwn(x, from) || IsOwn(x, to));
  return IsOwn(x, x->covered[from] && !x->covered[to] ? to : from);
}

/* An element between two buses belongs to the part when both ends are its own, or when it is one of its ties. */
static PetscBool TakesElement(const Extraction *x, PetscInt from, PetscInt to, PetscBool active)
{
  if (x->partition->bus_region[from] == x->partition->bus_region[to]) return IsOwn(x, from);
  return (PetscBool)(active && TakesTie(x, from, to));
}

/* Buses of the part: own ones first, then the far ends of its ties. */
static PetscErrorCode MapBuses(Extraction *x)
{
  RegionNetwork *part    = x->part;
  const PetscInt n_whole = x->net->bus.n;
  PetscInt       n       = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n_whole; ++i) x->part_bus[i] = -1;
  for (PetscInt k = 0; k < x->partition->n_ties; ++k) {
    const Tie *tie = &x->partition->tie[k];
    if (TakesTie(x, tie->from, tie->to)) x->part_bus[IsOwn(x, tie->from) ? tie->to : tie->from] = 0;
  }
  PetscCall(PetscMalloc2(n_whole, &part->bus, n_whole, &part->external));
  for (PetscInt i = 0; i < n_whole; ++i)
    if (IsOwn(x, i)) part->external[n] = PETSC_FALSE, part->bus[n++] = i;
  part->n_own = n;
  for (PetscInt i = 0; i < n_whole; ++i)
    if (!x->part_bus[i]) part->external[n] = PETSC_TRUE, part->bus[n++] = i;
  for (PetscInt k = 0; k < n; ++k) x->part_bus[part->bus[k]] = k;
  PetscCall(NetworkResizeBuses(part->net, n));
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyBusColumns(const Extraction *x)
{
  const BusTable *from = &x->net->bus;
  const char    **label;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(x->part->net->bus.n, &label));
  for (PetscInt c = 0; c < from->n_columns; ++c) {
    for (PetscInt k = 0; k < x->part->net->bus.n; ++k) label[k] = from->column[c].label[x->part->bus[k]];
    PetscCall(NetworkAddBusColumn(x->part->net, from->column[c].name, label));
  }
  PetscCall(PetscFree(label));
  PetscFunctionReturn(0);
}

#define COPY(member) to->member[k] = from->member[row]
#define COPY_STRING(member) PetscCall(NetworkSetString(&to->member[k], from->member[row]))

static PetscErrorCode CopyBuses(const Extraction *x)
{
  const BusTable *from = &x->net->bus;
  BusTable       *to   = &x->part->net->bus;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < to->n; ++k) {
    const PetscInt row = x->part->bus[k];
    COPY(number);
    COPY_STRING(name);
    COPY_STRING(carrier);
    COPY(base_kv);
    COPY(vm_pu);
    COPY(va_rad);
    COPY(vm_min_pu);
    COPY(vm_max_pu);
    COPY(latitude);
    COPY(longitude);
    to->type[k] = x->part->external[k] && !x->covered ? BUS_PQ : from->type[row];
  }
  PetscCall(CopyBusColumns(x));
  PetscFunctionReturn(0);
}

/* A row of the whole series table as a row of the part's, taken in when first used. */
static PetscInt UseSeries(const Extraction *x, PetscInt row)
{
  if (row < 0) return -1;
  if (x->part_series[row] < 0) x->part_series[row] = x->part->net->series.n++;
  return x->part_series[row];
}

static PetscErrorCode CopyBranches(const Extraction *x)
{
  const BranchTable *from = &x->net->branch;
  BranchTable       *to   = &x->part->net->branch;
  PetscInt           n    = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(from->n, &x->part->branch));
  for (PetscInt row = 0; row < from->n; ++row)
    if (TakesElement(x, from->from[row], from->to[row], NetworkBranchActive(x->net, row))) x->part->branch[n++] = row;
  PetscCall(NetworkResizeBranches(x->part->net, n));
  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt row = x->part->branch[k];
    to->from[k]        = x->part_bus[from->from[row]];
    to->to[k]          = x->part_bus[from->to[row]];
    COPY_STRING(circuit);
    COPY_STRING(name);
    COPY(r);
    COPY(x);
    COPY(g_from);
    COPY(b_from);
    COPY(g_to);
    COPY(b_to);
    COPY(tap);
    COPY(shift_rad);
    COPY(rate_a);
    COPY(rate_b);
    COPY(rate_c);
    to->rate_series[k] = UseSeries(x, from->rate_series[row]);
    COPY(angle_min_rad);
    COPY(angle_max_rad);
    COPY(in_service);
  }
  PetscFunctionReturn(0);
}

/* Rows of a one-bus table that stand at the part's own buses; allocates *row. */
static PetscErrorCode OwnRows(const Extraction *x, PetscInt n_whole, const PetscInt *bus, PetscInt **row, PetscInt *n)
{
  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscMalloc1(n_whole, row));
  for (PetscInt k = 0; k < n_whole; ++k)
    if (IsOwn(x, bus[k])) (*row)[(*n)++] = k;
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyGenerators(const Extraction *x)
{
  const GeneratorTable *from = &x->net->generator;
  GeneratorTable       *to   = &x->part->net->generator;
  PetscInt              n;

  PetscFunctionBeginUser;
  PetscCall(OwnRows(x, from->n, from->bus, &x->part->generator, &n));
  PetscCall(NetworkResizeGenerators(x->part->net, n));
  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt row = x->part->generator[k];
    to->bus[k]         = x->part_bus[from->bus[row]];
    COPY_STRING(unit);
    COPY_STRING(name);
    COPY_STRING(technology);
    COPY(in_service);
    COPY(p_mw);
    COPY(q_mvar);
    COPY(vm_set_pu);
    COPY(p_min_mw);
    COPY(p_max_mw);
    COPY(q_min_mvar);
    COPY(q_max_mvar);
    COPY(mva_base);
    COPY(ramp_mw_per_h);
    COPY(reserve_max_mw);
    COPY(inertia_s);
    COPY(r_source_pu);
    COPY(x_source_pu);
    COPY(emission_t_per_mwh);
    PetscCall(CostSet(&to->cost[k], from->cost[row].kind, from->cost[row].n, from->cost[row].coefficient));
    to->p_max_series[k] = UseSeries(x, from->p_max_series[row]);
    to->p_min_series[k] = UseSeries(x, from->p_min_series[row]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyLoads(const Extraction *x)
{
  const LoadTable *from = &x->net->load;
  LoadTable       *to   = &x->part->net->load;
  PetscInt         n;

  PetscFunctionBeginUser;
  PetscCall(OwnRows(x, from->n, from->bus, &x->part->load, &n));
  PetscCall(NetworkResizeLoads(x->part->net, n));
  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt row = x->part->load[k];
    to->bus[k]         = x->part_bus[from->bus[row]];
    COPY_STRING(unit);
    COPY_STRING(name);
    COPY(in_service);
    COPY(p_mw);
    COPY(q_mvar);
    to->p_series[k] = UseSeries(x, from->p_series[row]);
    to->q_series[k] = UseSeries(x, from->q_series[row]);
    COPY(p_current_share);
    COPY(q_current_share);
    COPY(curtail_max_pu);
    COPY(curtail_cost);
    COPY(shift_max_mw);
    COPY(shift_hours);
    COPY(shift_cost);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyShunts(const Extraction *x)
{
  const ShuntTable *from = &x->net->shunt;
  ShuntTable       *to   = &x->part->net->shunt;
  PetscInt          n;

  PetscFunctionBeginUser;
  PetscCall(OwnRows(x, from->n, from->bus, &x->part->shunt, &n));
  PetscCall(NetworkResizeShunts(x->part->net, n));
  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt row = x->part->shunt[k];
    to->bus[k]         = x->part_bus[from->bus[row]];
    COPY_STRING(name);
    COPY(in_service);
    COPY(g_mw);
    COPY(b_mvar);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyLinks(const Extraction *x)
{
  const LinkTable *from = &x->net->link;
  LinkTable       *to   = &x->part->net->link;
  PetscInt         n    = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(from->n, &x->part->link));
  for (PetscInt row = 0; row < from->n; ++row)
    if (TakesElement(x, from->from[row], from->to[row], NetworkLinkActive(x->net, row))) x->part->link[n++] = row;
  PetscCall(NetworkResizeLinks(x->part->net, n));
  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt row = x->part->link[k];
    to->from[k]        = x->part_bus[from->from[row]];
    to->to[k]          = x->part_bus[from->to[row]];
    COPY_STRING(name);
    COPY(in_service);
    COPY(p_mw);
    COPY(p_min_mw);
    COPY(p_max_mw);
    COPY(loss0_mw);
    COPY(loss1);
    /* a link with further outputs is no tie */
    to->to2[k] = from->to2[row] < 0 ? -1 : x->part_bus[from->to2[row]];
    to->to3[k] = from->to3[row] < 0 ? -1 : x->part_bus[from->to3[row]];
    COPY(efficiency2);
    COPY(efficiency3);
    COPY(q_from_min_mvar);
    COPY(q_from_max_mvar);
    COPY(q_to_min_mvar);
    COPY(q_to_max_mvar);
    COPY(vm_from_pu);
    COPY(vm_to_pu);
    PetscCall(CostSet(&to->cost[k], from->cost[row].kind, from->cost[row].n, from->cost[row].coefficient));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyStorage(const Extraction *x)
{
  const StorageTable *from = &x->net->storage;
  StorageTable       *to   = &x->part->net->storage;
  PetscInt            n;

  PetscFunctionBeginUser;
  PetscCall(OwnRows(x, from->n, from->bus, &x->part->storage, &n));
  PetscCall(NetworkResizeStorage(x->part->net, n));
  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt row = x->part->storage[k];
    to->bus[k]         = x->part_bus[from->bus[row]];
    COPY_STRING(name);
    COPY_STRING(technology);
    COPY(in_service);
    COPY(p_charge_max_mw);
    COPY(p_discharge_max_mw);
    COPY(e_max_mwh);
    COPY(e_min_mwh);
    COPY(e_initial_mwh);
    COPY(e_final_min_mwh);
    COPY(cyclic);
    COPY(efficiency_charge);
    COPY(efficiency_discharge);
    COPY(standing_loss);
    COPY(q_min_mvar);
    COPY(q_max_mvar);
    COPY(marginal_cost);
    to->inflow_series[k]    = UseSeries(x, from->inflow_series[row]);
    to->charge_series[k]    = UseSeries(x, from->charge_series[row]);
    to->discharge_series[k] = UseSeries(x, from->discharge_series[row]);
  }
  PetscFunctionReturn(0);
}

static PetscBool ReserveHere(const Extraction *x, PetscInt reserve)
{
  for (PetscInt k = 0; k < x->part->n_own; ++k)
    if (NetworkReserveCovers(x->net, reserve, x->part->bus[k])) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode CopyReserves(const Extraction *x)
{
  const ReserveTable *from = &x->net->reserve;
  ReserveTable       *to   = &x->part->net->reserve;
  PetscInt            n    = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(from->n, &x->part->reserve));
  for (PetscInt row = 0; row < from->n; ++row)
    if (ReserveHere(x, row)) x->part->reserve[n++] = row;
  PetscCall(NetworkResizeReserves(x->part->net, n));
  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt row = x->part->reserve[k];
    COPY_STRING(name);
    COPY_STRING(column);
    COPY_STRING(label);
    COPY(requirement_mw);
    COPY(shortage_price);
    to->requirement_series[k] = UseSeries(x, from->requirement_series[row]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CopySeries(const Extraction *x)
{
  const SeriesTable *from = &x->net->series;
  SeriesTable       *to   = &x->part->net->series;

  PetscFunctionBeginUser;
  to->n_snapshots = from->n_snapshots;
  to->start       = from->start;
  to->step_hours  = from->step_hours;
  if (!to->n) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1((size_t)to->n * from->n_snapshots, &to->value));
  for (PetscInt row = 0; row < from->n; ++row)
    if (x->part_series[row] >= 0)
      PetscCall(PetscArraycpy(to->value + (size_t)x->part_series[row] * from->n_snapshots,
                              from->value + (size_t)row * from->n_snapshots, from->n_snapshots));
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyHeading(const Extraction *x)
{
  char name[512];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(name, sizeof name, "%s, region %s", x->net->name ? x->net->name : "",
                          x->partition->name[x->part->region]));
  PetscCall(NetworkSetString(&x->part->net->name, name));
  PetscCall(NetworkSetString(&x->part->net->source, x->net->source ? x->net->source : ""));
  x->part->net->base_mva      = x->net->base_mva;
  x->part->net->frequency_hz  = x->net->frequency_hz;
  x->part->net->p_min_relaxed = x->net->p_min_relaxed;
  PetscFunctionReturn(0);
}

static PetscErrorCode Extract(Network net, Partition partition, const PetscBool *covered, PetscInt region,
                              RegionNetwork **part)
{
  Extraction x = {.net = net, .partition = partition, .covered = covered};

  PetscFunctionBeginUser;
  *part = NULL;
  PetscCheck(region >= 0 && region < partition->n_regions, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "Region %" PetscInt_FMT " of %" PetscInt_FMT, region, partition->n_regions);
  PetscCall(PetscNew(&x.part));
  x.part->region = region;
  PetscCall(NetworkCreate(&x.part->net));
  PetscCall(PetscMalloc2(net->bus.n, &x.part_bus, net->series.n, &x.part_series));
  for (PetscInt s = 0; s < net->series.n; ++s) x.part_series[s] = -1;
  PetscCall(CopyHeading(&x));
  PetscCall(MapBuses(&x));
  PetscCall(CopyBuses(&x));
  PetscCall(CopyBranches(&x));
  PetscCall(CopyGenerators(&x));
  PetscCall(CopyLoads(&x));
  PetscCall(CopyShunts(&x));
  PetscCall(CopyLinks(&x));
  PetscCall(CopyStorage(&x));
  PetscCall(CopyReserves(&x));
  PetscCall(CopySeries(&x));
  PetscCall(PetscFree2(x.part_bus, x.part_series));
  *part = x.part;
  PetscFunctionReturn(0);
}

PetscErrorCode RegionNetworkCreate(Network net, Partition partition, PetscInt region, RegionNetwork **part)
{
  PetscFunctionBeginUser;
  PetscCall(Extract(net, partition, NULL, region, part));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockNetworkCreate(Network net, Partition partition, const PetscBool *covered, PetscInt region,
                                  RegionNetwork **part)
{
  PetscFunctionBeginUser;
  *part = NULL;
  for (PetscInt k = 0; k < partition->n_ties; ++k)
    PetscCheck(covered[partition->tie[k].from] || covered[partition->tie[k].to], PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
               "Tie %" PetscInt_FMT " between buses %" PetscInt_FMT " and %" PetscInt_FMT " has no covered end", k,
               net->bus.number[partition->tie[k].from], net->bus.number[partition->tie[k].to]);
  PetscCall(Extract(net, partition, covered, region, part));
  PetscFunctionReturn(0);
}

PetscErrorCode RegionNetworkDestroy(RegionNetwork **part)
{
  RegionNetwork *p = *part;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  PetscCall(NetworkDestroy(&p->net));
  PetscCall(PetscFree2(p->bus, p->external));
  PetscCall(PetscFree(p->branch));
  PetscCall(PetscFree(p->generator));
  PetscCall(PetscFree(p->load));
  PetscCall(PetscFree(p->shunt));
  PetscCall(PetscFree(p->link));
  PetscCall(PetscFree(p->storage));
  PetscCall(PetscFree(p->reserve));
  PetscCall(PetscFree(*part));
  PetscFunctionReturn(0);
}
