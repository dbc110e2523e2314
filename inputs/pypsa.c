/* PyPSA CSV folders: the folder itself, reading of cells, buses, and the order in which the tables are read. */
#include "inputs/pypsa.h"

#include "inputs/reader.h"
#include "inputs/source.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

PetscBool PypsaHasFile(Pypsa *p, const char *file)
{
  for (PetscInt k = 0; k < p->n_files; k++)
    if (!strcmp(p->file[k], file)) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscErrorCode PypsaListFolder(Pypsa *p)
{
  PetscFunctionBeginUser;
  PetscCall(SourceTables(p->comm, p->path, p->faults, &p->n_files, &p->file));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaFault(PypsaTable *t, PetscInt row, FaultSeverity severity, const char *format, ...)
{
  char    text[512];
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  PetscCall(FaultsAdd(t->folder->faults, severity, CsvPath(t->csv), row < 0 ? 1 : CsvLine(t->csv, row), "%s", text));
  PetscFunctionReturn(0);
}

/* PyPSA writes the index under "name"; older versions leave its heading empty. */
static PetscInt NameColumn(Csv csv)
{
  PetscInt column = CsvColumn(csv, "name");
  return column >= 0 ? column : !CsvColumnName(csv, 0)[0] ? 0 : -1;
}

static PetscErrorCode CheckNames(PypsaTable *t)
{
  NameIndex index;

  PetscFunctionBeginUser;
  PetscCall(NameIndexCreate(t->n, t->name, &index));
  for (PetscInt k = 0; k < t->n; k++) {
    PetscInt first = NameIndexFind(index, t->name[k]);
    if (!t->name[k][0])
      PetscCall(PypsaFault(t, k, FAULT_ERROR, "found no name, expected one"));
    else if (first < k)
      PetscCall(PypsaFault(t, k, FAULT_ERROR,
                           "found the name '%.60s' twice, expected it once (first at line %" PetscInt_FMT ")",
                           t->name[k], CsvLine(t->csv, first)));
  }
  PetscCall(NameIndexDestroy(&index));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaTableRead(Pypsa *p, const char *component, PypsaTable *t)
{
  char     path[PETSC_MAX_PATH_LEN], file[64];
  PetscInt column;

  PetscFunctionBeginUser;
  *t = (PypsaTable){p, NULL, component, 0, NULL};
  snprintf(file, sizeof file, "%s.csv", component);
  if (!PypsaHasFile(p, file)) PetscFunctionReturn(0);
  snprintf(path, sizeof path, "%s/%s", p->path, file);
  PetscCall(CsvRead(p->comm, path, p->faults, &t->csv));
  if (!t->csv) PetscFunctionReturn(0);
  column = NameColumn(t->csv);
  if (column < 0) {
    PetscCall(PypsaFault(t, -1, FAULT_ERROR, "found no column 'name', expected the names of the %s", component));
    PetscCall(CsvDestroy(&t->csv));
    PetscFunctionReturn(0);
  }
  t->n = CsvRows(t->csv);
  PetscCall(PetscMalloc1(t->n + 1, &t->name));
  for (PetscInt k = 0; k < t->n; k++) t->name[k] = (char *)CsvText(t->csv, k, column);
  PetscCall(CheckNames(t));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaTableDestroy(PypsaTable *t)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(t->name));
  PetscCall(CsvDestroy(&t->csv));
  PetscFunctionReturn(0);
}

PetscReal PypsaReal(PypsaTable *t, PetscInt row, const char *attribute, PetscReal otherwise)
{
  PetscReal value  = otherwise;
  PetscInt  column = CsvColumn(t->csv, attribute);
  int       flags  = CSV_EMPTY_ALLOWED | CSV_INFINITE;
  if (column < 0 || CsvReal(t->csv, t->folder->faults, row, column, flags, otherwise, &value)) return otherwise;
  return value;
}

PetscBool PypsaBool(PypsaTable *t, PetscInt row, const char *attribute, PetscBool otherwise)
{
  PetscBool value  = otherwise;
  PetscInt  column = CsvColumn(t->csv, attribute);
  if (column < 0 || CsvBool(t->csv, t->folder->faults, row, column, CSV_EMPTY_ALLOWED, otherwise, &value))
    return otherwise;
  return value;
}

const char *PypsaText(PypsaTable *t, PetscInt row, const char *attribute)
{
  return CsvText(t->csv, row, CsvColumn(t->csv, attribute));
}

PetscBool PypsaHas(PypsaTable *t, const char *attribute)
{
  return CsvColumn(t->csv, attribute) >= 0 ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode PypsaBus(PypsaTable *t, PetscInt row, const char *attribute, PetscInt *bus)
{
  const char *name = PypsaText(t, row, attribute);

  PetscFunctionBeginUser;
  *bus = NameIndexFind(t->folder->buses, name);
  if (*bus < 0) {
    const BusTable *b    = &t->folder->net->bus;
    const char     *near = NearestName(name, b->n, b->name);
    PetscCall(PypsaFault(t, row, FAULT_ERROR, "%s: found the bus '%.60s', expected one of buses.csv%s%s%s", attribute,
                         name, near ? " such as '" : "", near ? near : "", near ? "'" : ""));
  }
  PetscFunctionReturn(0);
}

static PetscBool IsStandard(const char *text, const char *standard)
{
  PetscReal x, y;
  if (!text[0] || !strcasecmp(text, standard) || !strcasecmp(text, "nan")) return PETSC_TRUE;
  return TextToReal(text, &x) && TextToReal(standard, &y) && x == y ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode PypsaCheckUnsupported(PypsaTable *t, PetscInt n, const PypsaUnsupported *list)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    PetscInt column = CsvColumn(t->csv, list[i].attribute), count = 0, first = 0;
    for (PetscInt row = t->n - 1; column >= 0 && row >= 0; row--)
      if (!IsStandard(CsvText(t->csv, row, column), list[i].standard)) {
        first = row;
        count++;
      }
    if (count)
      PetscCall(
          PypsaFault(t, first, list[i].severity,
                     "found %s = %.40s for '%.60s'%s (%" PetscInt_FMT " of %" PetscInt_FMT " %s), expected %s: %s",
                     list[i].attribute, CsvText(t->csv, first, column), t->name[first], count > 1 ? " and more" : "",
                     count, t->n, t->component, list[i].standard[0] ? list[i].standard : "nothing", list[i].effect));
  }
  PetscFunctionReturn(0);
}

/* Columns of buses.csv with a meaning of their own; every other one is a column of labels. */
static PetscBool IsBusAttribute(const char *name)
{
  static const char *const known[] = {"",          "name",        "v_nom",        "type",         "x",
                                      "y",         "carrier",     "unit",         "v_mag_pu_set", "control",
                                      "generator", "sub_network", "v_mag_pu_min", "v_mag_pu_max", "number"};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(known); k++)
    if (!strcmp(name, known[k])) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode AddBusColumns(Pypsa *p, PypsaTable *t)
{
  const char **label;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->n + 1, &label));
  for (PetscInt k = 0; k < t->n; k++) label[k] = "1";
  if (!PypsaHas(t, "area")) PetscCall(NetworkAddBusColumn(p->net, "area", label));
  if (!PypsaHas(t, "zone")) PetscCall(NetworkAddBusColumn(p->net, "zone", label));
  for (PetscInt c = 0; c < CsvColumns(t->csv); c++) {
    if (IsBusAttribute(CsvColumnName(t->csv, c))) continue;
    for (PetscInt k = 0; k < t->n; k++) label[k] = CsvText(t->csv, k, c);
    PetscCall(NetworkAddBusColumn(p->net, CsvColumnName(t->csv, c), label));
  }
  PetscCall(PetscFree(label));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckBusNumbers(PypsaTable *t)
{
  BusTable *bus = &t->folder->net->bus;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < t->n; k++) {
    if (bus->number[k] < 1)
      PetscCall(
          PypsaFault(t, k, FAULT_ERROR, "found the bus number %" PetscInt_FMT ", expected at least 1", bus->number[k]));
    else if (NetworkFindBus(t->folder->net, bus->number[k]) < k)
      PetscCall(PypsaFault(t, k, FAULT_ERROR, "found the bus number %" PetscInt_FMT " twice, expected it once",
                           bus->number[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadVoltageLimits(PypsaTable *t, PetscInt k, PetscInt *unlimited)
{
  BusTable *bus = &t->folder->net->bus;

  PetscFunctionBeginUser;
  bus->vm_min_pu[k] = PypsaReal(t, k, "v_mag_pu_min", 0);
  bus->vm_max_pu[k] = PypsaReal(t, k, "v_mag_pu_max", INFINITY);
  if (!NetworkBusIsElectric(t->folder->net, k)) {
    bus->vm_min_pu[k] = 0, bus->vm_max_pu[k] = INFINITY;
    PetscFunctionReturn(0);
  }
  if (bus->vm_min_pu[k] <= 0 && isinf(bus->vm_max_pu[k])) {
    bus->vm_min_pu[k] = 0.9, bus->vm_max_pu[k] = 1.1;
    ++*unlimited;
  } else if (bus->vm_min_pu[k] < 0 || bus->vm_min_pu[k] > bus->vm_max_pu[k]) {
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found voltage limits %g to %g, expected the lower one not above the upper one",
                         bus->vm_min_pu[k], bus->vm_max_pu[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBusRow(PypsaTable *t, PetscInt k)
{
  BusTable   *bus     = &t->folder->net->bus;
  const char *carrier = PypsaText(t, k, "carrier"), *control = PypsaText(t, k, "control");
  PetscInt    column = CsvColumn(t->csv, "number");

  PetscFunctionBeginUser;
  PetscCall(NetworkSetString(&bus->name[k], t->name[k]));
  bus->number[k] = k + 1;
  if (column >= 0) PetscCall(CsvInt(t->csv, t->folder->faults, k, column, CSV_FINITE, k + 1, &bus->number[k]));
  bus->base_kv[k]   = PypsaReal(t, k, "v_nom", 1);
  bus->vm_pu[k]     = PypsaReal(t, k, "v_mag_pu_set", 1);
  bus->longitude[k] = PypsaReal(t, k, "x", NAN);
  bus->latitude[k]  = PypsaReal(t, k, "y", NAN);
  if (!strcasecmp(control, "slack"))
    bus->type[k] = BUS_REF;
  else if (!strcasecmp(control, "pv"))
    bus->type[k] = BUS_PV;
  if (!(bus->base_kv[k] > 0) || isinf(bus->base_kv[k]))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found v_nom = %g kV, expected a positive voltage", bus->base_kv[k]));
  if (!strcasecmp(carrier, "DC"))
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found a bus of carrier '%.40s', expected AC or an energy carrier such as heat: grids of "
                         "direct current are not modelled",
                         carrier));
  PetscCall(NetworkSetString(&bus->carrier[k], carrier[0] && strcasecmp(carrier, "AC") != 0 ? carrier : "AC"));
  if (!NetworkBusIsElectric(t->folder->net, k)) bus->type[k] = BUS_PQ;
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadBuses(Pypsa *p)
{
  PypsaTable t;
  PetscInt   unlimited = 0;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "buses", &t));
  if (!t.csv && !PypsaHasFile(p, "buses.csv"))
    PetscCall(FaultsAdd(p->faults, FAULT_ERROR, p->path, 0, "found no file buses.csv, expected a PyPSA CSV folder"));
  if (t.csv && !t.n) PetscCall(PypsaFault(&t, -1, FAULT_ERROR, "found no bus, expected at least one"));
  PetscCall(NetworkResizeBuses(p->net, t.n));
  for (PetscInt k = 0; k < t.n; k++) {
    PetscCall(ReadBusRow(&t, k));
    PetscCall(ReadVoltageLimits(&t, k, &unlimited));
  }
  if (t.n) {
    PetscCall(CheckBusNumbers(&t));
    PetscCall(AddBusColumns(p, &t));
  }
  if (unlimited)
    PetscCall(PypsaFault(&t, -1, FAULT_WARNING,
                         "found %" PetscInt_FMT " of %" PetscInt_FMT
                         " buses without voltage limits: 0.9 to 1.1 per unit are taken",
                         unlimited, t.n));
  PetscCall(NameIndexCreate(p->net->bus.n, p->net->bus.name, &p->buses));
  PetscCall(PypsaTableDestroy(&t));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadNetworkTable(Pypsa *p)
{
  PypsaTable t;

  PetscFunctionBeginUser;
  p->net->base_mva = 1;
  PetscCall(PypsaTableRead(p, "network", &t));
  if (t.n) {
    PetscCall(NetworkSetString(&p->net->name, t.name[0]));
    p->net->base_mva = PypsaReal(&t, 0, "base_mva", 1);
    if (!(p->net->base_mva > 0) || isinf(p->net->base_mva))
      PetscCall(
          PypsaFault(&t, 0, FAULT_ERROR, "found base_mva = %g, expected a positive power in MVA", p->net->base_mva));
  }
  PetscCall(PypsaTableDestroy(&t));
  PetscFunctionReturn(0);
}

/* Tables that hold what the network cannot: named when they have rows. */
static PetscErrorCode CheckOtherTables(Pypsa *p)
{
  static const struct {
    const char   *component;
    FaultSeverity severity;
    const char   *text;
  } other[] = {
      {"processes", FAULT_ERROR, "found processes, expected links: processes are not read"},
      {"global_constraints", FAULT_WARNING,
       "found global constraints, which are left out: no dispatch is bound by them"},
  };
  PypsaTable t;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(other); k++) {
    PetscCall(PypsaTableRead(p, other[k].component, &t));
    if (t.n) PetscCall(PypsaFault(&t, 0, other[k].severity, "%s", other[k].text));
    PetscCall(PypsaTableDestroy(&t));
  }
  PetscFunctionReturn(0);
}

/* PyPSA's rule: without a generator of control "Slack" the first generator's bus is the slack bus. */
static void ChooseReference(Network net)
{
  for (PetscInt k = 0; k < net->bus.n; k++)
    if (net->bus.type[k] == BUS_REF) return;
  for (PetscInt g = 0; g < net->generator.n; g++)
    if (net->generator.in_service[g] && net->generator.bus[g] >= 0 &&
        NetworkBusIsElectric(net, net->generator.bus[g])) {
      net->bus.type[net->generator.bus[g]] = BUS_REF;
      return;
    }
}

static PetscErrorCode ReadTables(Pypsa *p)
{
  PetscFunctionBeginUser;
  PetscCall(ReadNetworkTable(p));
  PetscCall(PypsaReadSnapshots(p));
  PetscCall(PypsaReadBuses(p));
  if (p->net->bus.n) {
    PetscCall(PypsaReadBranches(p));
    PetscCall(NetworkWarnNegativeImpedance(p->net, p->path, p->faults));
    PetscCall(PypsaReadGenerators(p));
    PetscCall(PypsaReadLoads(p));
    PetscCall(PypsaReadShunts(p));
    PetscCall(PypsaReadLinks(p));
    PetscCall(PypsaReadStorage(p));
    PetscCall(PypsaReadStores(p));
    PetscCall(PypsaReadReserves(p));
    PetscCall(CheckOtherTables(p));
    PetscCall(PypsaCheckSeriesFiles(p));
    ChooseReference(p->net);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkReadPypsa(MPI_Comm comm, const char *path, Faults faults, Network *net)
{
  PetscInt before = FaultsErrorCount(faults);
  Pypsa    p      = {0};

  PetscFunctionBeginUser;
  *net     = NULL;
  p.comm   = comm;
  p.faults = faults;
  PetscCall(PetscStrallocpy(path, &p.path));
  for (size_t n = strlen(p.path); n > 1 && p.path[n - 1] == '/'; n--) p.path[n - 1] = 0;
  PetscCall(NetworkCreate(&p.net));
  PetscCall(NetworkSetString(&p.net->source, path));
  PetscCall(NetworkSetString(&p.net->name, strrchr(p.path, '/') ? strrchr(p.path, '/') + 1 : p.path));
  PetscCall(PypsaListFolder(&p));
  if (FaultsErrorCount(faults) == before) PetscCall(ReadTables(&p));
  if (p.buses) PetscCall(NameIndexDestroy(&p.buses));
  for (PetscInt k = 0; k < p.n_files; k++) PetscCall(PetscFree(p.file[k]));
  PetscCall(PetscFree(p.file));
  PetscCall(PetscFree(p.path));
  if (FaultsErrorCount(faults) > before) PetscCall(NetworkDestroy(&p.net));
  *net = p.net;
  PetscFunctionReturn(0);
}
