/* MATPOWER cases (format version 2): buses, branches and generators onto the network model. Meaning of the columns:
   MATPOWER User's Manual, appendix B. */
#include "inputs/matpower.h"
#include "inputs/reader.h"

#include <math.h>
#include <string.h>

static const char *const bus_column[]    = {"BUS_I", "BUS_TYPE", "PD",      "QD",   "GS",   "BS",  "BUS_AREA",
                                            "VM",    "VA",       "BASE_KV", "ZONE", "VMAX", "VMIN"};
static const char *const branch_column[] = {"F_BUS",  "T_BUS", "BR_R",  "BR_X",      "BR_B",   "RATE_A", "RATE_B",
                                            "RATE_C", "TAP",   "SHIFT", "BR_STATUS", "ANGMIN", "ANGMAX"};
static const char *const gen_column[]    = {"GEN_BUS",    "PG",     "QG",       "QMAX",    "QMIN",    "VG",     "MBASE",
                                            "GEN_STATUS", "PMAX",   "PMIN",     "PC1",     "PC2",     "QC1MIN", "QC1MAX",
                                            "QC2MIN",     "QC2MAX", "RAMP_AGC", "RAMP_10", "RAMP_30", "RAMP_Q", "APF"};
enum { BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, VA, BASE_KV, ZONE, VMAX, VMIN, BUS_COLUMNS };
enum {
  F_BUS,
  T_BUS,
  BR_R,
  BR_X,
  BR_B,
  RATE_A,
  RATE_B,
  RATE_C,
  TAP,
  SHIFT,
  BR_STATUS,
  BRANCH_COLUMNS,
  ANGMIN = BRANCH_COLUMNS,
  ANGMAX
};
enum { GEN_BUS, PG, QG, QMAX, QMIN, VG, MBASE, GEN_STATUS, PMAX, PMIN, GEN_COLUMNS, RAMP_10 = 17, RAMP_30 = 18 };

static const PetscReal radians = PETSC_PI / 180;

static PetscErrorCode Warn(Matpower *reader, const char *field, PetscInt n, const char *text)
{
  const Variable *variable = ScriptField(reader->script, field);
  PetscFunctionBegin;
  if (n)
    PetscCall(FaultsAdd(reader->faults, FAULT_WARNING, reader->script->path, variable ? variable->line : 0,
                        "%s: %" PetscInt_FMT " %s", field, n, text));
  PetscFunctionReturn(0);
}

static PetscErrorCode RowFault(const CaseTable *table, PetscInt row, const char *text)
{
  PetscFunctionBegin;
  PetscCall(FaultsAdd(table->reader->faults, FAULT_ERROR, table->reader->script->path, CaseTableLine(table, row),
                      "%s: %s", table->name, text));
  PetscFunctionReturn(0);
}

static PetscErrorCode LabelBus(Network net, const char *column, PetscInt bus, PetscReal number)
{
  char text[32];
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(text, sizeof text, "%.10g", (double)number));
  PetscCall(NetworkSetString(&NetworkBusColumn(net, column)[bus], text));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBus(const CaseTable *table, PetscInt row, PetscInt *n_without_base)
{
  const PetscInt before = FaultsErrorCount(table->reader->faults);
  BusTable      *bus    = &table->reader->net->bus;
  PetscInt       type;
  PetscReal      area, zone, degrees;
  char           name[32];

  PetscFunctionBegin;
  PetscCall(CaseTableInt(table, row, BUS_I, &bus->number[row]));
  if (FaultsErrorCount(table->reader->faults) == before && bus->number[row] < 1)
    PetscCall(RowFault(table, row, "found a BUS_I that is not positive, expected a bus number"));
  PetscCall(PetscSNPrintf(name, sizeof name, "%" PetscInt_FMT, bus->number[row]));
  PetscCall(NetworkSetString(&bus->name[row], name));
  if (!CaseTableRowGood(table, row)) PetscFunctionReturn(0);
  PetscCall(CaseTableInt(table, row, BUS_TYPE, &type));
  if (type < BUS_PQ || type > BUS_ISOLATED)
    PetscCall(
        RowFault(table, row, "found a BUS_TYPE that is none, expected 1 (PQ), 2 (PV), 3 (reference) or 4 (isolated)"));
  else
    bus->type[row] = (BusType)type;
  PetscCall(CaseTableReal(table, row, VM, &bus->vm_pu[row]));
  if (bus->vm_pu[row] <= 0) bus->vm_pu[row] = 1;
  PetscCall(CaseTableReal(table, row, VA, &degrees));
  bus->va_rad[row] = degrees * radians;
  PetscCall(CaseTableReal(table, row, BASE_KV, &bus->base_kv[row]));
  if (bus->base_kv[row] < 0) PetscCall(RowFault(table, row, "found a negative BASE_KV, expected a voltage in kV"));
  if (bus->base_kv[row] == 0) {
    ++*n_without_base;
    bus->base_kv[row] = 1;
  }
  PetscCall(CaseTableLimit(table, row, VMAX, &bus->vm_max_pu[row]));
  PetscCall(CaseTableLimit(table, row, VMIN, &bus->vm_min_pu[row]));
  PetscCall(CaseTableOrder(table, row, VMIN, VMAX, bus->vm_min_pu[row], bus->vm_max_pu[row]));
  PetscCall(CaseTableReal(table, row, BUS_AREA, &area));
  PetscCall(CaseTableReal(table, row, ZONE, &zone));
  PetscCall(LabelBus(table->reader->net, "area", row, area));
  PetscCall(LabelBus(table->reader->net, "zone", row, zone));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckBusNumbers(const CaseTable *table)
{
  Network net = table->reader->net;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < net->bus.n; ++k) {
    PetscInt first = NetworkFindBus(net, net->bus.number[k]);
    if (first != k && net->bus.number[k] > 0)
      PetscCall(FaultsAdd(table->reader->faults, FAULT_ERROR, table->reader->script->path, CaseTableLine(table, k),
                          "bus: found bus number %" PetscInt_FMT
                          " again, expected a number not used at line %" PetscInt_FMT,
                          net->bus.number[k], CaseTableLine(table, first)));
  }
  PetscFunctionReturn(0);
}

/* Loads and shunts of the bus table, a row for each bus that has one. */
static PetscErrorCode ReadDemand(const CaseTable *table)
{
  Network  net     = table->reader->net;
  PetscInt n_loads = 0, n_shunts = 0;
  char     name[64];

  PetscFunctionBegin;
  PetscCall(NetworkResizeLoads(net, table->rows));
  PetscCall(NetworkResizeShunts(net, table->rows));
  for (PetscInt k = 0; k < table->rows; ++k) {
    PetscReal       p, q, g, b;
    const PetscBool on = net->bus.type[k] != BUS_ISOLATED ? PETSC_TRUE : PETSC_FALSE;
    if (!CaseTableRowGood(table, k)) continue;
    PetscCall(CaseTableReal(table, k, PD, &p));
    PetscCall(CaseTableReal(table, k, QD, &q));
    PetscCall(CaseTableReal(table, k, GS, &g));
    PetscCall(CaseTableReal(table, k, BS, &b));
    if (p != 0 || q != 0) {
      net->load.bus[n_loads]        = k;
      net->load.p_mw[n_loads]       = p;
      net->load.q_mvar[n_loads]     = q;
      net->load.in_service[n_loads] = on;
      PetscCall(PetscSNPrintf(name, sizeof name, "load %" PetscInt_FMT, net->bus.number[k]));
      PetscCall(NetworkSetString(&net->load.name[n_loads++], name));
    }
    if (g != 0 || b != 0) {
      net->shunt.bus[n_shunts]        = k;
      net->shunt.g_mw[n_shunts]       = g;
      net->shunt.b_mvar[n_shunts]     = b;
      net->shunt.in_service[n_shunts] = on;
      PetscCall(PetscSNPrintf(name, sizeof name, "shunt %" PetscInt_FMT, net->bus.number[k]));
      PetscCall(NetworkSetString(&net->shunt.name[n_shunts++], name));
    }
  }
  PetscCall(NetworkResizeLoads(net, n_loads));
  PetscCall(NetworkResizeShunts(net, n_shunts));
  PetscFunctionReturn(0);
}

/* One text per row from a cell array; PETSC_FALSE in *there without one. */
static PetscErrorCode CellTexts(Matpower *reader, const char *field, PetscInt rows, const Value **cells)
{
  const Variable *variable = ScriptField(reader->script, field);
  PetscFunctionBegin;
  *cells = NULL;
  if (!variable || !rows) PetscFunctionReturn(0);
  if (variable->value->kind != VALUE_CELLS || variable->value->rows * variable->value->cols != rows)
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, reader->script->path, variable->line,
                        "%s: found %" PetscInt_FMT " entries, expected %" PetscInt_FMT " texts", field,
                        variable->value->rows * variable->value->cols, rows));
  else
    *cells = variable->value;
  PetscFunctionReturn(0);
}

/* A name without surrounding blanks and with printable ASCII only: it goes into results and reports. */
static PetscErrorCode SetName(char **slot, const char *text)
{
  char   name[128];
  size_t n = 0;
  PetscFunctionBegin;
  while (*text == ' ' || *text == '\t') ++text;
  for (; *text && n + 1 < sizeof name; ++text)
    name[n++] = (unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e ? '?' : *text;
  while (n && name[n - 1] == ' ') --n;
  name[n] = 0;
  if (n) PetscCall(NetworkSetString(slot, name));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBuses(Matpower *reader)
{
  CaseTable    table;
  const Value *names;
  PetscInt     n_without_base = 0;

  PetscFunctionBegin;
  PetscCall(CaseTableOpen(reader, "bus", BUS_COLUMNS, PETSC_TRUE, bus_column, &table));
  PetscCall(NetworkResizeBuses(reader->net, table.rows));
  for (PetscInt k = 0; k < table.rows; ++k) PetscCall(ReadBus(&table, k, &n_without_base));
  PetscCall(Warn(reader, "bus", n_without_base, "buses without a base voltage, taken as 1 kV"));
  PetscCall(CheckBusNumbers(&table));
  PetscCall(ReadDemand(&table));
  PetscCall(CellTexts(reader, "bus_name", table.rows, &names));
  for (PetscInt k = 0; names && k < table.rows; ++k) PetscCall(SetName(&reader->net->bus.name[k], names->text[k]));
  PetscFunctionReturn(0);
}

/* A limit of 0 leaves its side free, as one beyond a full turn does. */
static PetscErrorCode ReadAngles(const CaseTable *table, PetscInt row, BranchTable *branch)
{
  PetscReal low, high;
  PetscFunctionBegin;
  if (table->cols <= ANGMAX) PetscFunctionReturn(0);
  PetscCall(CaseTableLimit(table, row, ANGMIN, &low));
  PetscCall(CaseTableLimit(table, row, ANGMAX, &high));
  if (low != 0 && low > -360) branch->angle_min_rad[row] = low * radians;
  if (high != 0 && high < 360) branch->angle_max_rad[row] = high * radians;
  if (branch->angle_min_rad[row] > branch->angle_max_rad[row])
    PetscCall(CaseTableOrder(table, row, ANGMIN, ANGMAX, low, high));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRates(const CaseTable *table, PetscInt row, BranchTable *branch)
{
  PetscReal *rate[3] = {branch->rate_a, branch->rate_b, branch->rate_c};
  PetscFunctionBegin;
  for (PetscInt k = 0; k < 3; ++k) {
    PetscReal value;
    PetscCall(CaseTableLimit(table, row, RATE_A + k, &value));
    if (value < 0) PetscCall(RowFault(table, row, "found a negative rating, expected MVA, or 0 for none"));
    rate[k][row] = value > 0 ? value : INFINITY;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadImpedance(const CaseTable *table, PetscInt row, BranchTable *branch)
{
  const PetscInt before = FaultsErrorCount(table->reader->faults);
  PetscReal      b, tap, degrees;
  PetscFunctionBegin;
  PetscCall(CaseTableReal(table, row, BR_R, &branch->r[row]));
  PetscCall(CaseTableReal(table, row, BR_X, &branch->x[row]));
  PetscCall(CaseTableReal(table, row, BR_B, &b));
  PetscCall(CaseTableReal(table, row, TAP, &tap));
  PetscCall(CaseTableReal(table, row, SHIFT, &degrees));
  if (tap < 0) PetscCall(RowFault(table, row, "found a negative TAP, expected a ratio, or 0 for a line"));
  branch->b_from[row]    = b / 2;
  branch->b_to[row]      = b / 2;
  branch->tap[row]       = tap > 0 ? tap : 1;
  branch->shift_rad[row] = degrees * radians;
  if (FaultsErrorCount(table->reader->faults) == before && branch->in_service[row] && branch->r[row] == 0 &&
      branch->x[row] == 0)
    PetscCall(RowFault(table, row, "found a branch in service with BR_R and BR_X zero, expected an impedance"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBranch(const CaseTable *table, PetscInt row)
{
  Network      net    = table->reader->net;
  BranchTable *branch = &net->branch;
  PetscInt     status, from, to;

  PetscFunctionBegin;
  PetscCall(CaseTableBus(table, row, F_BUS, &from));
  PetscCall(CaseTableBus(table, row, T_BUS, &to));
  PetscCall(CaseTableInt(table, row, BR_STATUS, &status));
  branch->from[row]       = from;
  branch->to[row]         = to;
  branch->in_service[row] = status > 0 ? PETSC_TRUE : PETSC_FALSE;
  if (from >= 0 && from == to)
    PetscCall(RowFault(table, row, "found a branch from a bus to itself, expected two buses"));
  if (from >= 0 && to >= 0 && (net->bus.type[from] == BUS_ISOLATED || net->bus.type[to] == BUS_ISOLATED))
    branch->in_service[row] = PETSC_FALSE;
  PetscCall(ReadImpedance(table, row, branch));
  PetscCall(ReadRates(table, row, branch));
  PetscCall(ReadAngles(table, row, branch));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBranches(Matpower *reader)
{
  BranchTable *branch = &reader->net->branch;
  CaseTable    table;
  PetscInt     n_r = 0, n_x = 0;

  PetscFunctionBegin;
  PetscCall(CaseTableOpen(reader, "branch", BRANCH_COLUMNS, PETSC_TRUE, branch_column, &table));
  PetscCall(NetworkResizeBranches(reader->net, table.rows));
  for (PetscInt k = 0; k < table.rows; ++k) {
    if (!CaseTableRowGood(&table, k)) continue;
    PetscCall(ReadBranch(&table, k));
    n_r += branch->r[k] < 0;
    n_x += branch->x[k] < 0;
  }
  PetscCall(NetworkNameBranches(reader->net));
  PetscCall(Warn(reader, "branch", n_r, "branches with negative resistance"));
  PetscCall(Warn(reader, "branch", n_x, "branches with negative reactance"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadGeneratorLimits(const CaseTable *table, PetscInt row, GeneratorTable *g)
{
  PetscFunctionBegin;
  PetscCall(CaseTableLimit(table, row, QMAX, &g->q_max_mvar[row]));
  PetscCall(CaseTableLimit(table, row, QMIN, &g->q_min_mvar[row]));
  PetscCall(CaseTableLimit(table, row, PMAX, &g->p_max_mw[row]));
  PetscCall(CaseTableLimit(table, row, PMIN, &g->p_min_mw[row]));
  if (!g->in_service[row]) PetscFunctionReturn(0); /* cases keep leftovers in rows that are out of service */
  PetscCall(CaseTableOrder(table, row, QMIN, QMAX, g->q_min_mvar[row], g->q_max_mvar[row]));
  PetscCall(CaseTableOrder(table, row, PMIN, PMAX, g->p_min_mw[row], g->p_max_mw[row]));
  PetscFunctionReturn(0);
}

/* Ramp columns hold MW within 10 and within 30 minutes; the longer one is nearer to an hour. */
static PetscErrorCode ReadRamp(const CaseTable *table, PetscInt row, GeneratorTable *g)
{
  PetscReal ramp;
  PetscFunctionBegin;
  if (table->cols > RAMP_10) {
    PetscCall(CaseTableLimit(table, row, RAMP_10, &ramp));
    if (ramp > 0) g->ramp_mw_per_h[row] = 6 * ramp;
  }
  if (table->cols > RAMP_30) {
    PetscCall(CaseTableLimit(table, row, RAMP_30, &ramp));
    if (ramp > 0) g->ramp_mw_per_h[row] = 2 * ramp;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadGenerator(const CaseTable *table, PetscInt row, PetscInt *units_at)
{
  Network         net = table->reader->net;
  GeneratorTable *g   = &net->generator;
  PetscInt        status, bus;
  char            text[64];

  PetscFunctionBegin;
  PetscCall(CaseTableBus(table, row, GEN_BUS, &bus));
  PetscCall(CaseTableInt(table, row, GEN_STATUS, &status));
  PetscCall(CaseTableReal(table, row, PG, &g->p_mw[row]));
  PetscCall(CaseTableReal(table, row, QG, &g->q_mvar[row]));
  PetscCall(CaseTableReal(table, row, VG, &g->vm_set_pu[row]));
  PetscCall(CaseTableReal(table, row, MBASE, &g->mva_base[row]));
  if (g->mva_base[row] <= 0) g->mva_base[row] = net->base_mva;
  PetscCall(ReadRamp(table, row, g));
  g->bus[row]        = bus;
  g->in_service[row] = status > 0 && bus >= 0 && net->bus.type[bus] != BUS_ISOLATED ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(ReadGeneratorLimits(table, row, g));
  if (bus < 0) PetscFunctionReturn(0);
  PetscCall(PetscSNPrintf(text, sizeof text, "%" PetscInt_FMT, ++units_at[bus]));
  PetscCall(NetworkSetString(&g->unit[row], text));
  PetscCall(
      PetscSNPrintf(text, sizeof text, "gen %" PetscInt_FMT ":%" PetscInt_FMT, net->bus.number[bus], units_at[bus]));
  PetscCall(NetworkSetString(&g->name[row], text));
  PetscFunctionReturn(0);
}

/* The codes of gentype (EIA prime movers) and genfuel that name a technology. */
static const char *Technology(const char *code)
{
  static const char *const known[][2] = {{"ng", "gas"},     {"gas", "gas"},    {"W2", "wind"},  {"WT", "wind"},
                                         {"WS", "wind"},    {"PV", "solar"},   {"HY", "hydro"}, {"PS", "hydro"},
                                         {"NB", "nuclear"}, {"NU", "nuclear"}, {"dfo", "oil"},  {"rfo", "oil"},
                                         {"ES", "battery"}, {"ess", "battery"}};
  for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
    if (!strcmp(known[k][0], code)) return known[k][1];
  return NULL;
}

static PetscErrorCode ReadTechnologies(Matpower *reader)
{
  GeneratorTable *g = &reader->net->generator;
  const Value    *fuel, *type;
  PetscFunctionBegin;
  PetscCall(CellTexts(reader, "gentype", g->n, &type));
  PetscCall(CellTexts(reader, "genfuel", g->n, &fuel));
  for (PetscInt k = 0; k < g->n; ++k) {
    const char *known = fuel ? Technology(fuel->text[k]) : NULL;
    if (!known && fuel) known = fuel->text[k];
    if ((!known || !*known || !strcmp(known, "unknown")) && type) known = Technology(type->text[k]);
    if (known) PetscCall(SetName(&g->technology[k], known));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadGenerators(Matpower *reader)
{
  CaseTable table;
  PetscInt *units_at;

  PetscFunctionBegin;
  PetscCall(CaseTableOpen(reader, "gen", GEN_COLUMNS, PETSC_TRUE, gen_column, &table));
  PetscCall(NetworkResizeGenerators(reader->net, table.rows));
  PetscCall(PetscCalloc1((size_t)reader->net->bus.n, &units_at));
  for (PetscInt k = 0; k < table.rows; ++k)
    if (CaseTableRowGood(&table, k)) PetscCall(ReadGenerator(&table, k, units_at));
  PetscCall(PetscFree(units_at));
  PetscCall(ReadTechnologies(reader));
  PetscFunctionReturn(0);
}

/* What stands where one number is expected. */
static void DescribeValue(const Value *value, char *text, size_t size)
{
  if (value->kind != VALUE_MATRIX)
    snprintf(text, size, "%s", value->kind == VALUE_TEXT ? "a text" : "no number");
  else if (value->rows * value->cols != 1)
    snprintf(text, size, "a matrix of %" PetscInt_FMT " x %" PetscInt_FMT, value->rows, value->cols);
  else
    snprintf(text, size, "%g", value->number[0]);
}

static PetscErrorCode ReadHeader(Matpower *reader)
{
  const Script   *script  = reader->script;
  const Variable *version = ScriptField(script, "version"), *base = ScriptField(script, "baseMVA");
  char            found[80];

  PetscFunctionBegin;
  if (version && !(version->value->kind == VALUE_TEXT && !strcmp(version->value->text[0], "2")) &&
      !(version->value->kind == VALUE_MATRIX && version->value->rows * version->value->cols == 1 &&
        version->value->number[0] == 2)) {
    DescribeValue(version->value, found, sizeof found);
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, script->path, version->line, "version: found %s, expected '2'",
                        version->value->kind == VALUE_TEXT ? version->value->text[0] : found));
  }
  if (!base) {
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, script->path, 0, "found no %s.baseMVA, expected a number in MVA",
                        script->result));
  } else if (base->value->kind != VALUE_MATRIX || base->value->rows * base->value->cols != 1 ||
             !(base->value->number[0] > 0 && isfinite(base->value->number[0]))) {
    DescribeValue(base->value, found, sizeof found);
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, script->path, base->line,
                        "baseMVA: found %s, expected a positive number in MVA", found));
  } else {
    reader->net->base_mva = base->value->number[0];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode WarnFields(Matpower *reader)
{
  static const char *const known[] = {"version", "baseMVA",    "bus",      "branch", "gen",     "gencost",
                                      "dcline",  "dclinecost", "bus_name", "areas",  "gentype", "genfuel"};
  const Script            *script  = reader->script;
  const size_t             prefix  = strlen(script->result);
  PetscInt                 n = 0, line = 0;
  char                     list[200] = "";

  PetscFunctionBegin;
  for (PetscInt k = 0; k < script->n_variables; ++k) {
    const char *name = script->variable[k].name;
    size_t      f = 0, used = strlen(list);
    if (strncmp(name, script->result, prefix) != 0 || name[prefix] != '.') continue;
    while (f < sizeof known / sizeof *known && strcmp(known[f], name + prefix + 1) != 0) ++f;
    if (f < sizeof known / sizeof *known) continue;
    if (!n++) line = script->variable[k].line;
    (void)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", name + prefix + 1);
  }
  if (n)
    PetscCall(FaultsAdd(reader->faults, FAULT_WARNING, script->path, line, "%" PetscInt_FMT " fields are not used: %s",
                        n, list));
  PetscFunctionReturn(0);
}

/* Whether the script set anything of a case. */
static PetscBool IsCase(const Script *script)
{
  static const char *const field[] = {"baseMVA", "bus", "branch", "gen"};
  for (size_t k = 0; k < sizeof field / sizeof *field; ++k)
    if (ScriptField(script, field[k])) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode CopyFaults(Faults from, Faults to)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < FaultsCount(from); ++k) {
    FaultSeverity severity;
    const char   *file, *text;
    PetscInt      line;
    PetscCall(FaultsGet(from, k, &severity, &file, &line, &text));
    PetscCall(FaultsAdd(to, severity, file, line, "%s", text));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Fill(Matpower *reader)
{
  const char *function = reader->script->function;
  PetscFunctionBegin;
  PetscCall(NetworkSetString(&reader->net->name, function[0] ? function : "case"));
  PetscCall(NetworkSetString(&reader->net->source, reader->script->path));
  PetscCall(ReadHeader(reader));
  PetscCall(ReadBuses(reader));
  PetscCall(ReadBranches(reader));
  PetscCall(ReadGenerators(reader));
  PetscCall(MatpowerReadLinks(reader));
  PetscCall(MatpowerReadCosts(reader));
  PetscCall(WarnFields(reader));
  PetscFunctionReturn(0);
}

PetscErrorCode MatpowerParse(const Source *source, Faults faults, Network *net)
{
  const PetscInt errors = FaultsErrorCount(faults);
  Script        *script;
  Faults         own;

  PetscFunctionBegin;
  *net = NULL;
  PetscCall(FaultsCreate(&own));
  PetscCall(ScriptRun(source, own, &script));
  if (!IsCase(script) && FaultsErrorCount(own) != 1) {
    /* another kind of script: what it says in itself is not worth a line each */
    PetscCall(
        FaultsAdd(faults, FAULT_ERROR, source->path, 0,
                  "found no case (nothing sets %s.baseMVA, %s.bus, %s.branch or %s.gen), expected a MATPOWER case",
                  script->result, script->result, script->result, script->result));
  } else {
    PetscCall(CopyFaults(own, faults));
  }
  if (IsCase(script)) {
    Matpower reader = {script, faults, NULL};
    PetscCall(NetworkCreate(&reader.net));
    PetscCall(Fill(&reader));
    *net = reader.net;
  }
  PetscCall(ScriptDestroy(&script));
  PetscCall(FaultsDestroy(&own));
  if (FaultsErrorCount(faults) > errors) PetscCall(NetworkDestroy(net));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkReadMatpower(MPI_Comm comm, const char *path, Faults faults, Network *net)
{
  Source *source;
  PetscFunctionBeginUser;
  *net = NULL;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (source) PetscCall(MatpowerParse(source, faults, net));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}
