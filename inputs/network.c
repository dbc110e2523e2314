/* The network's tables: memory, defaults and lookups. */
#include "inputs/network.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Every table is a struct whose first member is its number of rows and whose other members are columns; these lists of
   columns give one function for all of them. */
typedef enum { FIELD_INT, FIELD_ENUM, FIELD_REAL, FIELD_STRING, FIELD_ELECTRIC, FIELD_COST } FieldKind;

typedef struct {
  size_t    offset;
  FieldKind kind;
  double    fill;
} Field;

#define INT_FIELD(table, member, value)       \
  {                                           \
    offsetof(table, member), FIELD_INT, value \
  }
#define ENUM_FIELD(table, member, value)       \
  {                                            \
    offsetof(table, member), FIELD_ENUM, value \
  }
#define REAL_FIELD(table, member, value)       \
  {                                            \
    offsetof(table, member), FIELD_REAL, value \
  }
#define STRING_FIELD(table, member)          \
  {                                          \
    offsetof(table, member), FIELD_STRING, 0 \
  }
#define COST_FIELD(table, member)          \
  {                                        \
    offsetof(table, member), FIELD_COST, 0 \
  }
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const Field bus_fields[] = {
    INT_FIELD(BusTable, number, 0),
    STRING_FIELD(BusTable, name),
    ENUM_FIELD(BusTable, type, BUS_PQ),
    REAL_FIELD(BusTable, base_kv, 1),
    REAL_FIELD(BusTable, vm_pu, 1),
    REAL_FIELD(BusTable, va_rad, 0),
    REAL_FIELD(BusTable, vm_min_pu, 0),
    REAL_FIELD(BusTable, vm_max_pu, INFINITY),
    REAL_FIELD(BusTable, latitude, NAN),
    REAL_FIELD(BusTable, longitude, NAN),
    {offsetof(BusTable, carrier), FIELD_ELECTRIC, 0},
};

static const Field branch_fields[] = {
    INT_FIELD(BranchTable, from, -1),
    INT_FIELD(BranchTable, to, -1),
    STRING_FIELD(BranchTable, circuit),
    STRING_FIELD(BranchTable, name),
    REAL_FIELD(BranchTable, r, 0),
    REAL_FIELD(BranchTable, x, 0),
    REAL_FIELD(BranchTable, g_from, 0),
    REAL_FIELD(BranchTable, b_from, 0),
    REAL_FIELD(BranchTable, g_to, 0),
    REAL_FIELD(BranchTable, b_to, 0),
    REAL_FIELD(BranchTable, tap, 1),
    REAL_FIELD(BranchTable, shift_rad, 0),
    REAL_FIELD(BranchTable, rate_a, INFINITY),
    REAL_FIELD(BranchTable, rate_b, INFINITY),
    REAL_FIELD(BranchTable, rate_c, INFINITY),
    INT_FIELD(BranchTable, rate_series, -1),
    REAL_FIELD(BranchTable, angle_min_rad, -INFINITY),
    REAL_FIELD(BranchTable, angle_max_rad, INFINITY),
    ENUM_FIELD(BranchTable, in_service, PETSC_TRUE),
};

static const Field generator_fields[] = {
    INT_FIELD(GeneratorTable, bus, -1),
    STRING_FIELD(GeneratorTable, unit),
    STRING_FIELD(GeneratorTable, name),
    STRING_FIELD(GeneratorTable, technology),
    ENUM_FIELD(GeneratorTable, in_service, PETSC_TRUE),
    REAL_FIELD(GeneratorTable, p_mw, 0),
    REAL_FIELD(GeneratorTable, q_mvar, 0),
    REAL_FIELD(GeneratorTable, vm_set_pu, 1),
    REAL_FIELD(GeneratorTable, p_min_mw, 0),
    REAL_FIELD(GeneratorTable, p_max_mw, INFINITY),
    REAL_FIELD(GeneratorTable, q_min_mvar, -INFINITY),
    REAL_FIELD(GeneratorTable, q_max_mvar, INFINITY),
    REAL_FIELD(GeneratorTable, mva_base, 100),
    REAL_FIELD(GeneratorTable, ramp_mw_per_h, INFINITY),
    REAL_FIELD(GeneratorTable, reserve_max_mw, 0),
    REAL_FIELD(GeneratorTable, inertia_s, NAN),
    REAL_FIELD(GeneratorTable, r_source_pu, NAN),
    REAL_FIELD(GeneratorTable, x_source_pu, NAN),
    REAL_FIELD(GeneratorTable, emission_t_per_mwh, 0),
    COST_FIELD(GeneratorTable, cost),
    INT_FIELD(GeneratorTable, p_max_series, -1),
    INT_FIELD(GeneratorTable, p_min_series, -1),
};

static const Field load_fields[] = {
    INT_FIELD(LoadTable, bus, -1),
    STRING_FIELD(LoadTable, unit),
    STRING_FIELD(LoadTable, name),
    ENUM_FIELD(LoadTable, in_service, PETSC_TRUE),
    REAL_FIELD(LoadTable, p_mw, 0),
    REAL_FIELD(LoadTable, q_mvar, 0),
    INT_FIELD(LoadTable, p_series, -1),
    INT_FIELD(LoadTable, q_series, -1),
    REAL_FIELD(LoadTable, p_current_share, 0),
    REAL_FIELD(LoadTable, q_current_share, 0),
    REAL_FIELD(LoadTable, curtail_max_pu, 0),
    REAL_FIELD(LoadTable, curtail_cost, 0),
    REAL_FIELD(LoadTable, shift_max_mw, 0),
    INT_FIELD(LoadTable, shift_hours, 0),
    REAL_FIELD(LoadTable, shift_cost, 0),
};

static const Field shunt_fields[] = {
    INT_FIELD(ShuntTable, bus, -1),  STRING_FIELD(ShuntTable, name),    ENUM_FIELD(ShuntTable, in_service, PETSC_TRUE),
    REAL_FIELD(ShuntTable, g_mw, 0), REAL_FIELD(ShuntTable, b_mvar, 0),
};

static const Field link_fields[] = {
    INT_FIELD(LinkTable, from, -1),
    INT_FIELD(LinkTable, to, -1),
    STRING_FIELD(LinkTable, name),
    ENUM_FIELD(LinkTable, in_service, PETSC_TRUE),
    REAL_FIELD(LinkTable, p_mw, 0),
    REAL_FIELD(LinkTable, p_min_mw, 0),
    REAL_FIELD(LinkTable, p_max_mw, INFINITY),
    REAL_FIELD(LinkTable, loss0_mw, 0),
    REAL_FIELD(LinkTable, loss1, 0),
    INT_FIELD(LinkTable, to2, -1),
    INT_FIELD(LinkTable, to3, -1),
    REAL_FIELD(LinkTable, efficiency2, 0),
    REAL_FIELD(LinkTable, efficiency3, 0),
    REAL_FIELD(LinkTable, q_from_min_mvar, 0),
    REAL_FIELD(LinkTable, q_from_max_mvar, 0),
    REAL_FIELD(LinkTable, q_to_min_mvar, 0),
    REAL_FIELD(LinkTable, q_to_max_mvar, 0),
    REAL_FIELD(LinkTable, vm_from_pu, 1),
    REAL_FIELD(LinkTable, vm_to_pu, 1),
    COST_FIELD(LinkTable, cost),
};

static const Field storage_fields[] = {
    INT_FIELD(StorageTable, bus, -1),
    STRING_FIELD(StorageTable, name),
    STRING_FIELD(StorageTable, technology),
    ENUM_FIELD(StorageTable, in_service, PETSC_TRUE),
    REAL_FIELD(StorageTable, p_charge_max_mw, 0),
    REAL_FIELD(StorageTable, p_discharge_max_mw, 0),
    REAL_FIELD(StorageTable, e_max_mwh, 0),
    REAL_FIELD(StorageTable, e_min_mwh, 0),
    REAL_FIELD(StorageTable, e_initial_mwh, 0),
    REAL_FIELD(StorageTable, e_final_min_mwh, NAN),
    ENUM_FIELD(StorageTable, cyclic, PETSC_FALSE),
    REAL_FIELD(StorageTable, efficiency_charge, 1),
    REAL_FIELD(StorageTable, efficiency_discharge, 1),
    REAL_FIELD(StorageTable, standing_loss, 0),
    REAL_FIELD(StorageTable, q_min_mvar, 0),
    REAL_FIELD(StorageTable, q_max_mvar, 0),
    REAL_FIELD(StorageTable, marginal_cost, 0),
    INT_FIELD(StorageTable, inflow_series, -1),
    INT_FIELD(StorageTable, charge_series, -1),
    INT_FIELD(StorageTable, discharge_series, -1),
};

static const Field reserve_fields[] = {
    STRING_FIELD(ReserveTable, name),
    STRING_FIELD(ReserveTable, column),
    STRING_FIELD(ReserveTable, label),
    REAL_FIELD(ReserveTable, requirement_mw, 0),
    INT_FIELD(ReserveTable, requirement_series, -1),
    REAL_FIELD(ReserveTable, shortage_price, INFINITY),
};

_Static_assert(sizeof(BusType) == sizeof(int) && sizeof(PetscBool) == sizeof(int), "columns of enums are ints");

static size_t FieldSize(FieldKind kind)
{
  switch (kind) {
  case FIELD_INT:
    return sizeof(PetscInt);
  case FIELD_ENUM:
    return sizeof(int);
  case FIELD_REAL:
    return sizeof(PetscReal);
  case FIELD_STRING:
  case FIELD_ELECTRIC:
    return sizeof(char *);
  default:
    return sizeof(Cost);
  }
}

static PetscErrorCode FieldFill(void *column, const Field *field, PetscInt begin, PetscInt end)
{
  PetscFunctionBegin;
  for (PetscInt k = begin; k < end; ++k) {
    if (field->kind == FIELD_INT)
      ((PetscInt *)column)[k] = (PetscInt)field->fill;
    else if (field->kind == FIELD_ENUM)
      ((int *)column)[k] = (int)field->fill;
    else if (field->kind == FIELD_REAL)
      ((PetscReal *)column)[k] = (PetscReal)field->fill;
    else if (field->kind == FIELD_STRING)
      PetscCall(PetscStrallocpy("", &((char **)column)[k]));
    else if (field->kind == FIELD_ELECTRIC)
      PetscCall(PetscStrallocpy("AC", &((char **)column)[k]));
    else
      ((Cost *)column)[k] = (Cost){COST_POLYNOMIAL, 0, NULL};
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode FieldRelease(void *column, const Field *field, PetscInt begin, PetscInt end)
{
  PetscFunctionBegin;
  for (PetscInt k = begin; k < end; ++k) {
    if (field->kind == FIELD_STRING || field->kind == FIELD_ELECTRIC) PetscCall(PetscFree(((char **)column)[k]));
    if (field->kind == FIELD_COST) PetscCall(PetscFree(((Cost *)column)[k].coefficient));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode TableResize(void *table, size_t n_fields, const Field *field, PetscInt n)
{
  PetscInt *rows = (PetscInt *)table;

  PetscFunctionBegin;
  PetscCheck(n >= 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "A table cannot have %" PetscInt_FMT " rows", n);
  for (size_t f = 0; f < n_fields; ++f) {
    char *slot = (char *)table + field[f].offset;
    void *column;
    memcpy(&column, slot, sizeof column);
    PetscCall(FieldRelease(column, &field[f], n, *rows));
    PetscCall(PetscRealloc((size_t)n * FieldSize(field[f].kind), &column));
    memcpy(slot, &column, sizeof column);
    PetscCall(FieldFill(column, &field[f], *rows, n));
  }
  *rows = n;
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetString(char **slot, const char *text)
{
  char *copy;
  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(text, &copy));
  PetscCall(PetscFree(*slot));
  *slot = copy;
  PetscFunctionReturn(0);
}

static PetscErrorCode ResizeColumns(Network net, PetscInt n)
{
  const Field label = {0, FIELD_STRING, 0};
  PetscFunctionBegin;
  for (PetscInt c = 0; c < net->bus.n_columns; ++c) {
    PetscCall(FieldRelease(net->bus.column[c].label, &label, n, net->bus.n));
    PetscCall(PetscRealloc((size_t)n * sizeof(char *), &net->bus.column[c].label));
    PetscCall(FieldFill(net->bus.column[c].label, &label, net->bus.n, n));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkResizeBuses(Network net, PetscInt n)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(net->bus_order));
  PetscCall(ResizeColumns(net, n));
  PetscCall(TableResize(&net->bus, COUNT(bus_fields), bus_fields, n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkResizeBranches(Network net, PetscInt n)
{
  PetscFunctionBeginUser;
  PetscCall(TableResize(&net->branch, COUNT(branch_fields), branch_fields, n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkResizeGenerators(Network net, PetscInt n)
{
  PetscFunctionBeginUser;
  PetscCall(TableResize(&net->generator, COUNT(generator_fields), generator_fields, n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkResizeLoads(Network net, PetscInt n)
{
  PetscFunctionBeginUser;
  PetscCall(TableResize(&net->load, COUNT(load_fields), load_fields, n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkResizeShunts(Network net, PetscInt n)
{
  PetscFunctionBeginUser;
  PetscCall(TableResize(&net->shunt, COUNT(shunt_fields), shunt_fields, n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkResizeLinks(Network net, PetscInt n)
{
  PetscFunctionBeginUser;
  PetscCall(TableResize(&net->link, COUNT(link_fields), link_fields, n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkResizeStorage(Network net, PetscInt n)
{
  PetscFunctionBeginUser;
  PetscCall(TableResize(&net->storage, COUNT(storage_fields), storage_fields, n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkResizeReserves(Network net, PetscInt n)
{
  PetscFunctionBeginUser;
  PetscCall(TableResize(&net->reserve, COUNT(reserve_fields), reserve_fields, n));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkCreate(Network *net)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(net));
  PetscCall(PetscStrallocpy("", &(*net)->name));
  PetscCall(PetscStrallocpy("", &(*net)->source));
  (*net)->base_mva          = 100;
  (*net)->series.step_hours = 1;
  PetscCall(NetworkAddBusColumn(*net, "area", NULL));
  PetscCall(NetworkAddBusColumn(*net, "zone", NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkDestroy(Network *net)
{
  PetscFunctionBeginUser;
  if (!net || !*net) PetscFunctionReturn(0);
  PetscCall(NetworkResizeBuses(*net, 0));
  PetscCall(NetworkResizeBranches(*net, 0));
  PetscCall(NetworkResizeGenerators(*net, 0));
  PetscCall(NetworkResizeLoads(*net, 0));
  PetscCall(NetworkResizeShunts(*net, 0));
  PetscCall(NetworkResizeLinks(*net, 0));
  PetscCall(NetworkResizeStorage(*net, 0));
  PetscCall(NetworkResizeReserves(*net, 0));
  for (PetscInt c = 0; c < (*net)->bus.n_columns; ++c) PetscCall(PetscFree((*net)->bus.column[c].name));
  PetscCall(PetscFree((*net)->bus.column));
  PetscCall(PetscFree((*net)->series.value));
  PetscCall(PetscFree((*net)->name));
  PetscCall(PetscFree((*net)->source));
  PetscCall(PetscFree(*net));
  PetscFunctionReturn(0);
}

char **NetworkBusColumn(Network net, const char *name)
{
  for (PetscInt c = 0; c < net->bus.n_columns; ++c)
    if (!strcmp(net->bus.column[c].name, name)) return net->bus.column[c].label;
  return NULL;
}

PetscBool CarrierIsElectric(const char *carrier)
{
  return (PetscBool)(!carrier[0] || !strcmp(carrier, "AC") || !strcmp(carrier, "DC"));
}

PetscBool NetworkBusIsElectric(Network net, PetscInt bus)
{
  return CarrierIsElectric(net->bus.carrier[bus]);
}

PetscBool NetworkReserveCovers(Network net, PetscInt r, PetscInt bus)
{
  const char *column = net->reserve.column[r];
  char      **label;
  if (!NetworkBusIsElectric(net, bus)) return PETSC_FALSE;
  if (!column[0]) return PETSC_TRUE;
  label = NetworkBusColumn(net, column);
  return (PetscBool)(label && !strcmp(label[bus], net->reserve.label[r]));
}

PetscErrorCode NetworkAddBusColumn(Network net, const char *name, const char *const *label)
{
  char **labels = NetworkBusColumn(net, name);
  PetscFunctionBeginUser;
  if (!labels) {
    BusColumn *column;
    PetscCall(PetscRealloc((size_t)(net->bus.n_columns + 1) * sizeof *column, &net->bus.column));
    column        = &net->bus.column[net->bus.n_columns++];
    column->name  = NULL;
    column->label = NULL;
    PetscCall(PetscStrallocpy(name, &column->name));
    if (net->bus.n) PetscCall(PetscCalloc1((size_t)net->bus.n, &column->label));
    for (PetscInt k = 0; k < net->bus.n; ++k) PetscCall(PetscStrallocpy("", &column->label[k]));
    labels = column->label;
  }
  for (PetscInt k = 0; label && k < net->bus.n; ++k) PetscCall(NetworkSetString(&labels[k], label[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSetSnapshots(Network net, long long start, PetscReal step_hours, PetscInt n_snapshots)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(net->series.value));
  net->series = (SeriesTable){n_snapshots, start, step_hours, 0, NULL};
  for (PetscInt k = 0; k < net->branch.n; ++k) net->branch.rate_series[k] = -1;
  for (PetscInt k = 0; k < net->generator.n; ++k) net->generator.p_max_series[k] = net->generator.p_min_series[k] = -1;
  for (PetscInt k = 0; k < net->load.n; ++k) net->load.p_series[k] = net->load.q_series[k] = -1;
  for (PetscInt k = 0; k < net->storage.n; ++k)
    net->storage.inflow_series[k] = net->storage.charge_series[k] = net->storage.discharge_series[k] = -1;
  for (PetscInt k = 0; k < net->reserve.n; ++k) net->reserve.requirement_series[k] = -1;
  PetscFunctionReturn(0);
}

void NetworkTruncateSeries(Network net, PetscInt n)
{
  net->series.n = PetscMin(net->series.n, n);
}

PetscErrorCode NetworkAddSeries(Network net, const PetscReal *value, PetscInt *row)
{
  SeriesTable *series = &net->series;
  const size_t width  = (size_t)series->n_snapshots;
  PetscReal   *place;

  PetscFunctionBeginUser;
  PetscCheck(series->n_snapshots > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE, "The network has no snapshots");
  PetscCall(PetscRealloc((size_t)(series->n + 1) * width * sizeof(PetscReal), &series->value));
  place = series->value + (size_t)series->n * width;
  if (value)
    PetscCall(PetscArraycpy(place, value, width));
  else
    PetscCall(PetscArrayzero(place, width));
  if (row) *row = series->n;
  ++series->n;
  PetscFunctionReturn(0);
}

typedef struct {
  PetscInt number, bus;
} NumberedBus;

static int CompareBuses(const void *a, const void *b)
{
  const NumberedBus *i = (const NumberedBus *)a, *j = (const NumberedBus *)b;
  if (i->number != j->number) return i->number < j->number ? -1 : 1;
  return i->bus < j->bus ? -1 : i->bus > j->bus;
}

static PetscErrorCode SortBuses(Network net)
{
  NumberedBus *pair;
  PetscFunctionBegin;
  PetscCall(PetscMalloc1((size_t)net->bus.n, &pair));
  PetscCall(PetscMalloc1((size_t)net->bus.n, &net->bus_order));
  for (PetscInt k = 0; k < net->bus.n; ++k) pair[k] = (NumberedBus){net->bus.number[k], k};
  qsort(pair, (size_t)net->bus.n, sizeof *pair, CompareBuses);
  for (PetscInt k = 0; k < net->bus.n; ++k) net->bus_order[k] = pair[k].bus;
  PetscCall(PetscFree(pair));
  PetscFunctionReturn(0);
}

PetscInt NetworkFindBus(Network net, PetscInt number)
{
  PetscInt low = 0, high = net->bus.n;
  if (!net->bus.n) return -1;
  if (!net->bus_order && SortBuses(net)) return -1;
  while (low < high) {
    PetscInt middle = low + (high - low) / 2;
    if (net->bus.number[net->bus_order[middle]] < number)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == net->bus.n || net->bus.number[net->bus_order[low]] != number) return -1;
  return net->bus_order[low];
}

PetscInt NetworkFindBusNamed(Network net, const char *text)
{
  char      *end;
  const long number = strtol(text, &end, 10);

  for (PetscInt b = 0; b < net->bus.n; b++)
    if (strcmp(net->bus.name[b], text) == 0) return b;
  return end == text || *end || number < 1 || number > PETSC_MAX_INT ? -1 : NetworkFindBus(net, (PetscInt)number);
}

PetscInt NetworkFindGenerator(Network net, PetscInt bus, const char *unit)
{
  const GeneratorTable *g = &net->generator;
  char                 *end;
  long                  running, count = 0;

  if (!unit) return -1;
  for (PetscInt k = 0; k < g->n; ++k)
    if (g->bus[k] == bus && !strcmp(g->unit[k], unit)) return k;
  running = strtol(unit, &end, 10);
  if (end == unit || *end) return -1;
  for (PetscInt k = 0; k < g->n; ++k)
    if (g->bus[k] == bus && ++count == running) return k;
  return -1;
}

PetscInt NetworkFindBranch(Network net, PetscInt from, PetscInt to, const char *circuit)
{
  const BranchTable *b = &net->branch;
  for (PetscInt k = 0; k < b->n; ++k) {
    PetscBool joins = (b->from[k] == from && b->to[k] == to) || (b->from[k] == to && b->to[k] == from);
    if (!joins) continue;
    if (circuit && *circuit ? !strcmp(b->circuit[k], circuit) : b->in_service[k]) return k;
  }
  return -1;
}

typedef struct {
  PetscInt low, high, row;
} BusPair;

static int ComparePairs(const void *a, const void *b)
{
  const BusPair *p = (const BusPair *)a, *q = (const BusPair *)b;
  if (p->low != q->low) return p->low < q->low ? -1 : 1;
  if (p->high != q->high) return p->high < q->high ? -1 : 1;
  return p->row < q->row ? -1 : p->row > q->row;
}

/* Circuits count the branches between the same two buses in the order of the table. */
PetscErrorCode NetworkNameBranches(Network net)
{
  BranchTable *branch = &net->branch;
  BusPair     *pair;
  PetscInt     circuit = 0;
  char         text[64];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)branch->n + 1, &pair));
  for (PetscInt k = 0; k < branch->n; ++k)
    pair[k] = (BusPair){PetscMin(branch->from[k], branch->to[k]), PetscMax(branch->from[k], branch->to[k]), k};
  qsort(pair, (size_t)branch->n, sizeof *pair, ComparePairs);
  for (PetscInt i = 0; i < branch->n; ++i) {
    const PetscInt k = pair[i].row;
    circuit          = i && pair[i].low == pair[i - 1].low && pair[i].high == pair[i - 1].high ? circuit + 1 : 1;
    PetscCall(PetscSNPrintf(text, sizeof text, "%" PetscInt_FMT, circuit));
    PetscCall(NetworkSetString(&branch->circuit[k], text));
    if (branch->name[k][0] || branch->from[k] < 0 || branch->to[k] < 0) continue;
    PetscCall(PetscSNPrintf(text, sizeof text, "%" PetscInt_FMT "-%" PetscInt_FMT ":%" PetscInt_FMT,
                            net->bus.number[branch->from[k]], net->bus.number[branch->to[k]], circuit));
    PetscCall(NetworkSetString(&branch->name[k], text));
  }
  PetscCall(PetscFree(pair));
  PetscFunctionReturn(0);
}

static PetscReal SeriesValue(Network net, PetscInt row, PetscInt t, PetscReal otherwise)
{
  const SeriesTable *series = &net->series;
  if (row < 0 || t < 0) return otherwise;
  PetscAssertAbort(row < series->n && t < series->n_snapshots, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "series");
  return series->value[(size_t)row * (size_t)series->n_snapshots + (size_t)t];
}

PetscReal NetworkBranchRating(Network net, PetscInt branch, PetscInt t)
{
  const PetscReal rating = net->branch.rate_a[branch];
  return PetscMin(rating, SeriesValue(net, net->branch.rate_series[branch], t, rating));
}

PetscReal NetworkGeneratorPMax(Network net, PetscInt g, PetscInt t)
{
  return SeriesValue(net, net->generator.p_max_series[g], t, net->generator.p_max_mw[g]);
}

PetscReal NetworkGeneratorPMin(Network net, PetscInt g, PetscInt t)
{
  return SeriesValue(net, net->generator.p_min_series[g], t, net->generator.p_min_mw[g]);
}

PetscReal NetworkLoadP(Network net, PetscInt l, PetscInt t)
{
  return SeriesValue(net, net->load.p_series[l], t, net->load.p_mw[l]);
}

PetscReal NetworkLoadQ(Network net, PetscInt l, PetscInt t)
{
  const PetscReal p = net->load.p_mw[l], q = net->load.q_mvar[l];
  if (net->load.q_series[l] >= 0) return SeriesValue(net, net->load.q_series[l], t, q);
  if (net->load.p_series[l] >= 0 && t >= 0 && p != 0) return q * (NetworkLoadP(net, l, t) / p);
  return q;
}

PetscReal NetworkStorageInflow(Network net, PetscInt s, PetscInt t)
{
  return SeriesValue(net, net->storage.inflow_series[s], t, 0);
}

PetscBool NetworkStorageScheduled(Network net, PetscInt s)
{
  return (PetscBool)(net->storage.charge_series[s] >= 0);
}

PetscReal NetworkStorageCharge(Network net, PetscInt s, PetscInt t)
{
  const PetscReal p = SeriesValue(net, net->storage.charge_series[s], t, 0);
  return PetscMax(0, PetscMin(p, net->storage.p_charge_max_mw[s]));
}

PetscReal NetworkStorageDischarge(Network net, PetscInt s, PetscInt t)
{
  const PetscReal p = SeriesValue(net, net->storage.discharge_series[s], t, 0);
  return PetscMax(0, PetscMin(p, net->storage.p_discharge_max_mw[s]));
}

PetscReal NetworkReserveRequirement(Network net, PetscInt r, PetscInt t)
{
  return SeriesValue(net, net->reserve.requirement_series[r], t, net->reserve.requirement_mw[r]);
}
