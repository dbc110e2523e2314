/* The attributes that a study may change, and how the changes are made. */
#include "inputs/study_adjust.h"

#include "inputs/words.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef enum {
  TABLE_BUS,
  TABLE_BRANCH,
  TABLE_GENERATOR,
  TABLE_LOAD,
  TABLE_SHUNT,
  TABLE_LINK,
  TABLE_STORAGE,
  TABLE_RESERVE,
  TABLES
} TableKind;

static const char *const table_name[] = {"bus",  "branch",  "generator", "load", "shunt",
                                         "link", "storage", "reserve",   NULL};

typedef enum { COLUMN_REAL, COLUMN_INTEGER, COLUMN_SWITCH, COLUMN_COST } ColumnKind;

/* One attribute: its column and, where it varies, the column of its series, as offsets into struct _s_Network. */
typedef struct {
  TableKind   table;
  const char *name;
  ColumnKind  kind;
  size_t      offset;
  size_t      series; /* 0: none */
  PetscReal   min, max;
} Attribute;

#define ANY -INFINITY, INFINITY
#define SIZE 0, INFINITY
#define UNIT 0, 1
#define HOURS 0, 8784
#define FRACTION -INFINITY, 1
#define REAL(table, member, attribute, range)                                               \
  {                                                                                         \
    table, #attribute, COLUMN_REAL, offsetof(struct _s_Network, member.attribute), 0, range \
  }
#define INTEGER(table, member, attribute, range)                                               \
  {                                                                                            \
    table, #attribute, COLUMN_INTEGER, offsetof(struct _s_Network, member.attribute), 0, range \
  }
#define SWITCH(table, member)                                                                   \
  {                                                                                             \
    table, "in_service", COLUMN_SWITCH, offsetof(struct _s_Network, member.in_service), 0, UNIT \
  }
#define VARYING(table, member, attribute, column, range)                           \
  {                                                                                \
    table, #attribute, COLUMN_REAL, offsetof(struct _s_Network, member.attribute), \
        offsetof(struct _s_Network, member.column), range                          \
  }
#define COST(table, member)                                                               \
  {                                                                                       \
    table, "marginal_cost", COLUMN_COST, offsetof(struct _s_Network, member.cost), 0, ANY \
  }

static const Attribute attribute[] = {
    REAL(TABLE_BUS, bus, vm_pu, SIZE),
    REAL(TABLE_BUS, bus, vm_min_pu, SIZE),
    REAL(TABLE_BUS, bus, vm_max_pu, SIZE),
    SWITCH(TABLE_BRANCH, branch),
    REAL(TABLE_BRANCH, branch, r, ANY),
    REAL(TABLE_BRANCH, branch, x, ANY),
    REAL(TABLE_BRANCH, branch, rate_a, SIZE),
    REAL(TABLE_BRANCH, branch, rate_b, SIZE),
    REAL(TABLE_BRANCH, branch, rate_c, SIZE),
    SWITCH(TABLE_GENERATOR, generator),
    REAL(TABLE_GENERATOR, generator, p_mw, ANY),
    REAL(TABLE_GENERATOR, generator, q_mvar, ANY),
    REAL(TABLE_GENERATOR, generator, vm_set_pu, SIZE),
    VARYING(TABLE_GENERATOR, generator, p_min_mw, p_min_series, ANY),
    VARYING(TABLE_GENERATOR, generator, p_max_mw, p_max_series, ANY),
    REAL(TABLE_GENERATOR, generator, q_min_mvar, ANY),
    REAL(TABLE_GENERATOR, generator, q_max_mvar, ANY),
    REAL(TABLE_GENERATOR, generator, ramp_mw_per_h, SIZE),
    REAL(TABLE_GENERATOR, generator, inertia_s, SIZE),
    REAL(TABLE_GENERATOR, generator, emission_t_per_mwh, SIZE),
    REAL(TABLE_GENERATOR, generator, reserve_max_mw, SIZE),
    COST(TABLE_GENERATOR, generator),
    SWITCH(TABLE_LOAD, load),
    VARYING(TABLE_LOAD, load, p_mw, p_series, ANY),
    VARYING(TABLE_LOAD, load, q_mvar, q_series, ANY),
    REAL(TABLE_LOAD, load, curtail_max_pu, UNIT),
    REAL(TABLE_LOAD, load, curtail_cost, SIZE),
    REAL(TABLE_LOAD, load, shift_max_mw, SIZE),
    INTEGER(TABLE_LOAD, load, shift_hours, HOURS),
    REAL(TABLE_LOAD, load, shift_cost, SIZE),
    SWITCH(TABLE_SHUNT, shunt),
    REAL(TABLE_SHUNT, shunt, g_mw, ANY),
    REAL(TABLE_SHUNT, shunt, b_mvar, ANY),
    SWITCH(TABLE_LINK, link),
    REAL(TABLE_LINK, link, p_mw, ANY),
    REAL(TABLE_LINK, link, p_min_mw, ANY),
    REAL(TABLE_LINK, link, p_max_mw, ANY),
    REAL(TABLE_LINK, link, loss0_mw, SIZE),
    REAL(TABLE_LINK, link, loss1, FRACTION),
    REAL(TABLE_LINK, link, efficiency2, ANY),
    REAL(TABLE_LINK, link, efficiency3, ANY),
    COST(TABLE_LINK, link),
    SWITCH(TABLE_STORAGE, storage),
    REAL(TABLE_STORAGE, storage, p_charge_max_mw, SIZE),
    REAL(TABLE_STORAGE, storage, p_discharge_max_mw, SIZE),
    REAL(TABLE_STORAGE, storage, e_max_mwh, SIZE),
    REAL(TABLE_STORAGE, storage, e_min_mwh, SIZE),
    REAL(TABLE_STORAGE, storage, e_initial_mwh, SIZE),
    REAL(TABLE_STORAGE, storage, e_final_min_mwh, SIZE),
    REAL(TABLE_STORAGE, storage, efficiency_charge, UNIT),
    REAL(TABLE_STORAGE, storage, efficiency_discharge, UNIT),
    REAL(TABLE_STORAGE, storage, standing_loss, UNIT),
    REAL(TABLE_STORAGE, storage, q_min_mvar, ANY),
    REAL(TABLE_STORAGE, storage, q_max_mvar, ANY),
    REAL(TABLE_STORAGE, storage, marginal_cost, ANY),
    VARYING(TABLE_RESERVE, reserve, requirement_mw, requirement_series, SIZE),
    REAL(TABLE_RESERVE, reserve, shortage_price, SIZE),
};

static TableKind FindTable(const char *name)
{
  TableKind table = TABLE_BUS;
  while (table < TABLES && strcmp(table_name[table], name) != 0) table++;
  return table;
}

static const Attribute *FindAttribute(TableKind table, const char *name)
{
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(attribute); k++)
    if (attribute[k].table == table && !strcmp(attribute[k].name, name)) return &attribute[k];
  return NULL;
}

static PetscErrorCode UnknownAttribute(const Adjustment *a, TableKind table, const char *path, Faults faults)
{
  const char *known[PETSC_STATIC_ARRAY_LENGTH(attribute) + 1], *near;
  char        all[512] = "";
  size_t      n = 0, used = 0;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(attribute); k++)
    if (attribute[k].table == table) {
      used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", n ? ", " : "", attribute[k].name);
      known[n++] = attribute[k].name;
    }
  known[n] = NULL;
  near     = NearestWord(a->attribute, known);
  PetscCall(FaultsAdd(faults, FAULT_ERROR, path, a->line,
                      "adjust: found the unknown attribute '%.60s' of a %s, expected %s%s", a->attribute, a->component,
                      near ? near : "one of ", near ? "" : all));
  PetscFunctionReturn(0);
}

PetscErrorCode AdjustmentCheck(const Adjustment *a, const char *path, Faults faults)
{
  TableKind        table = FindTable(a->component);
  const Attribute *column;

  PetscFunctionBeginUser;
  if (table == TABLES) {
    const char *near = NearestWord(a->component, table_name);
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, a->line, "adjust: found the unknown component '%.60s', expected %s",
                        a->component, near ? near : "bus, branch, generator, load, shunt, link, storage or reserve"));
    PetscFunctionReturn(0);
  }
  column = FindAttribute(table, a->attribute);
  if (!column)
    PetscCall(UnknownAttribute(a, table, path, faults));
  else if (column->kind == COLUMN_SWITCH && (a->kind == ADJUST_SCALE || (a->value != 0 && a->value != 1)))
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, a->line, "adjust: found %s %g for %s, expected value true or false",
                        a->kind == ADJUST_SCALE ? "scale" : "value", a->value, a->attribute));
  else if (column->kind == COLUMN_INTEGER && (a->kind == ADJUST_SCALE || a->value != floor(a->value)))
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, a->line, "adjust: found %s %g for %s, expected a whole value",
                        a->kind == ADJUST_SCALE ? "scale" : "value", a->value, a->attribute));
  else if (a->kind == ADJUST_SET && (a->value < column->min || a->value > column->max))
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, a->line, "adjust: found the value %g for %s, expected %s", a->value,
                        a->attribute,
                        column->min < 0    ? "at most 1"
                        : column->max == 1 ? "0 to 1"
                                           : "at least 0"));
  PetscFunctionReturn(0);
}

static void *Column(Network net, size_t offset)
{
  void *column;
  memcpy(&column, (char *)net + offset, sizeof column);
  return column;
}

/* Rows and names of a table; the names of shunts, too. */
static PetscInt TableRows(Network net, TableKind table, char ***name)
{
  char   **names[TABLES] = {net->bus.name,   net->branch.name, net->generator.name, net->load.name,
                            net->shunt.name, net->link.name,   net->storage.name,   net->reserve.name};
  PetscInt rows[TABLES]  = {net->bus.n,   net->branch.n, net->generator.n, net->load.n,
                            net->shunt.n, net->link.n,   net->storage.n,   net->reserve.n};
  *name                  = names[table];
  return rows[table];
}

/* The branch written "F-T" or "F-T:CKT", or -1. */
static PetscInt BranchByNumbers(Network net, const char *text)
{
  char    *end;
  PetscInt from = (PetscInt)strtol(text, &end, 10), to, f, t;
  if (end == text || *end != '-') return -1;
  text = end + 1;
  to   = (PetscInt)strtol(text, &end, 10);
  if (end == text || (*end && *end != ':')) return -1;
  f = NetworkFindBus(net, from), t = NetworkFindBus(net, to);
  return f < 0 || t < 0 ? -1 : NetworkFindBranch(net, f, t, *end ? end + 1 : NULL);
}

static PetscInt RowByNumber(Network net, TableKind table, const char *text)
{
  char    *end;
  PetscInt number;
  if (table == TABLE_BRANCH) return BranchByNumbers(net, text);
  if (table != TABLE_BUS) return -1;
  number = (PetscInt)strtol(text, &end, 10);
  return end == text || *end ? -1 : NetworkFindBus(net, number);
}

/* Rows of series may be shared: the one at *row becomes this attribute's own before it is changed. */
static PetscErrorCode OwnSeries(Network net, PetscInt *row)
{
  PetscInt   users = 0, width = net->series.n_snapshots;
  PetscReal *copy;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < net->generator.n; k++)
    users += (net->generator.p_max_series[k] == *row) + (net->generator.p_min_series[k] == *row);
  for (PetscInt k = 0; k < net->load.n; k++) users += (net->load.p_series[k] == *row) + (net->load.q_series[k] == *row);
  for (PetscInt k = 0; k < net->storage.n; k++) users += net->storage.inflow_series[k] == *row;
  for (PetscInt k = 0; k < net->reserve.n; k++) users += net->reserve.requirement_series[k] == *row;
  if (users < 2) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(width, &copy));
  PetscCall(PetscArraycpy(copy, net->series.value + (size_t)*row * (size_t)width, width));
  PetscCall(NetworkAddSeries(net, copy, row));
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

static PetscErrorCode ApplyToReal(const Adjustment *a, Network net, PetscReal *slot, PetscInt *series)
{
  PetscFunctionBeginUser;
  if (a->kind == ADJUST_SET) {
    *slot = a->value;
    if (series) *series = -1;
    PetscFunctionReturn(0);
  }
  *slot *= a->value;
  if (!series || *series < 0) PetscFunctionReturn(0);
  PetscCall(OwnSeries(net, series));
  for (PetscInt t = 0; t < net->series.n_snapshots; t++)
    net->series.value[(size_t)*series * (size_t)net->series.n_snapshots + (size_t)t] *= a->value;
  PetscFunctionReturn(0);
}

static PetscErrorCode ApplyToCost(const Adjustment *a, Cost *cost)
{
  const PetscReal linear[2] = {0, a->value};

  PetscFunctionBeginUser;
  if (a->kind == ADJUST_SET) {
    PetscCall(CostSet(cost, COST_POLYNOMIAL, 2, linear));
  } else if (cost->kind == COST_POLYNOMIAL) {
    for (PetscInt k = 1; k < cost->n; k++) cost->coefficient[k] *= a->value;
  } else {
    for (PetscInt k = 0; k < cost->n; k++) cost->coefficient[2 * k + 1] *= a->value;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ApplyToRow(const Adjustment *a, const Attribute *column, Network net, PetscInt row)
{
  PetscInt *series = column->series ? (PetscInt *)Column(net, column->series) + row : NULL;

  PetscFunctionBeginUser;
  switch (column->kind) {
  case COLUMN_SWITCH:
    ((PetscBool *)Column(net, column->offset))[row] = a->value != 0 ? PETSC_TRUE : PETSC_FALSE;
    break;
  case COLUMN_INTEGER:
    ((PetscInt *)Column(net, column->offset))[row] = (PetscInt)a->value;
    break;
  case COLUMN_REAL:
    PetscCall(ApplyToReal(a, net, (PetscReal *)Column(net, column->offset) + row, series));
    break;
  case COLUMN_COST:
    PetscCall(ApplyToCost(a, (Cost *)Column(net, column->offset) + row));
    break;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AdjustmentApply(const Adjustment *a, const char *path, Network net, Faults faults)
{
  TableKind        table  = FindTable(a->component);
  const Attribute *column = FindAttribute(table, a->attribute);
  PetscInt         n, row, applied = 0;
  char           **name;

  PetscFunctionBeginUser;
  PetscCheck(column, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "Adjustment was not checked");
  n = TableRows(net, table, &name);
  for (row = 0; row < n; row++)
    if (!strcmp(a->name, "*") || !strcmp(a->name, name[row])) {
      PetscCall(ApplyToRow(a, column, net, row));
      applied++;
    }
  if (!applied) {
    row = RowByNumber(net, table, a->name);
    if (row >= 0) {
      PetscCall(ApplyToRow(a, column, net, row));
    } else {
      const char *near = NearestName(a->name, n, name);
      PetscCall(FaultsAdd(faults, FAULT_ERROR, path, a->line,
                          "adjust: found no %s '%.60s' in the network, expected one%s%s%s", a->component, a->name,
                          near ? " such as '" : "", near ? near : "", near ? "'" : ""));
    }
  }
  PetscFunctionReturn(0);
}
