/* The RTS-GMLC source-data folder: buses, branches and HVDC lines. Meaning of the tables: Barrows et al., The IEEE
   Reliability Test System: A Proposed 2019 Update, IEEE Trans. Power Systems 35 (2020), and the data's own README. */
#include "inputs/rts_gmlc.h"
#include "inputs/reader.h"
#include "inputs/source.h"

#include <math.h>
#include <string.h>

/* The folder states neither: both are those of the system's own case file. */
static const PetscReal base_mva = 100, vm_min_pu = 0.95, vm_max_pu = 1.05;

PetscErrorCode RtsGmlcTable(RtsGmlc *reader, const char *file, Csv *csv)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/%s", reader->folder, file));
  PetscCall(CsvRead(reader->comm, path, reader->faults, csv));
  PetscFunctionReturn(0);
}

PetscErrorCode RtsGmlcBus(RtsGmlc *reader, Csv csv, PetscInt row, PetscInt column, PetscInt *bus)
{
  const PetscInt errors = FaultsErrorCount(reader->faults);
  PetscInt       number;
  PetscFunctionBegin;
  PetscCall(CsvInt(csv, reader->faults, row, column, 0, 0, &number));
  *bus = FaultsErrorCount(reader->faults) > errors ? -1 : NetworkFindBus(reader->net, number);
  if (*bus < 0 && FaultsErrorCount(reader->faults) == errors)
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row),
                        "column \"%s\": found %" PetscInt_FMT ", expected the number of a bus of bus.csv",
                        CsvColumnName(csv, column), number));
  PetscFunctionReturn(0);
}

static const char *const bus_column[] = {"Bus ID",    "Bus Name", "BaseKV",  "Bus Type",   "MW Load",
                                         "MVAR Load", "V Mag",    "V Angle", "MW Shunt G", "MVAR Shunt B",
                                         "Area",      "Sub Area", "Zone",    "lat",        "lng"};
enum {
  BUS_ID,
  BUS_NAME,
  BASE_KV,
  BUS_TYPE,
  MW_LOAD,
  MVAR_LOAD,
  V_MAG,
  V_ANGLE,
  SHUNT_G,
  SHUNT_B,
  AREA,
  SUB_AREA,
  ZONE,
  LAT,
  LNG,
  BUS_COLUMNS
};

/* "11.0" and "11" are the same label. */
static PetscErrorCode Label(char **slot, const char *text)
{
  PetscReal number;
  char      plain[32];
  PetscFunctionBegin;
  if (TextToReal(text, &number) && isfinite(number)) {
    PetscCall(PetscSNPrintf(plain, sizeof plain, "%.10g", (double)number));
    text = plain;
  }
  PetscCall(NetworkSetString(slot, text));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBusType(RtsGmlc *reader, Csv csv, PetscInt row, PetscInt column, BusType *type)
{
  const char *text = CsvText(csv, row, column);
  PetscFunctionBegin;
  if (!strcmp(text, "PQ"))
    *type = BUS_PQ;
  else if (!strcmp(text, "PV"))
    *type = BUS_PV;
  else if (!strcmp(text, "Ref"))
    *type = BUS_REF;
  else
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row),
                        "column \"Bus Type\": found \"%.40s\", expected PQ, PV or Ref", text));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBus(RtsGmlc *reader, Csv csv, PetscInt row, const PetscInt *column)
{
  Network   net = reader->net;
  BusTable *bus = &net->bus;
  Faults    f   = reader->faults;
  PetscReal degrees;

  PetscFunctionBegin;
  PetscCall(CsvInt(csv, f, row, column[BUS_ID], 0, 0, &bus->number[row]));
  PetscCall(NetworkSetString(&bus->name[row], CsvText(csv, row, column[BUS_NAME])));
  PetscCall(ReadBusType(reader, csv, row, column[BUS_TYPE], &bus->type[row]));
  PetscCall(CsvReal(csv, f, row, column[BASE_KV], 0, 1, &bus->base_kv[row]));
  PetscCall(CsvReal(csv, f, row, column[V_MAG], 0, 1, &bus->vm_pu[row]));
  PetscCall(CsvReal(csv, f, row, column[V_ANGLE], 0, 0, &degrees));
  PetscCall(CsvReal(csv, f, row, column[LAT], CSV_EMPTY_ALLOWED | CSV_NAN, NAN, &bus->latitude[row]));
  PetscCall(CsvReal(csv, f, row, column[LNG], CSV_EMPTY_ALLOWED | CSV_NAN, NAN, &bus->longitude[row]));
  bus->va_rad[row]    = degrees * PETSC_PI / 180;
  bus->vm_min_pu[row] = vm_min_pu;
  bus->vm_max_pu[row] = vm_max_pu;
  PetscCall(Label(&NetworkBusColumn(net, "area")[row], CsvText(csv, row, column[AREA])));
  PetscCall(Label(&NetworkBusColumn(net, "zone")[row], CsvText(csv, row, column[ZONE])));
  PetscCall(Label(&NetworkBusColumn(net, "sub area")[row], CsvText(csv, row, column[SUB_AREA])));
  if (bus->number[row] < 1)
    PetscCall(FaultsAdd(f, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row),
                        "column \"Bus ID\": found \"%.40s\", expected a "
                        "positive number",
                        CsvText(csv, row, column[BUS_ID])));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDemand(RtsGmlc *reader, Csv csv, const PetscInt *column)
{
  Network  net     = reader->net;
  PetscInt n_loads = 0, n_shunts = 0;
  char     name[64];

  PetscFunctionBegin;
  PetscCall(NetworkResizeLoads(net, net->bus.n));
  PetscCall(NetworkResizeShunts(net, net->bus.n));
  for (PetscInt k = 0; k < net->bus.n; ++k) {
    PetscReal p, q, g, b;
    PetscCall(CsvReal(csv, reader->faults, k, column[MW_LOAD], 0, 0, &p));
    PetscCall(CsvReal(csv, reader->faults, k, column[MVAR_LOAD], 0, 0, &q));
    PetscCall(CsvReal(csv, reader->faults, k, column[SHUNT_G], 0, 0, &g));
    PetscCall(CsvReal(csv, reader->faults, k, column[SHUNT_B], 0, 0, &b));
    if (p != 0 || q != 0) {
      net->load.bus[n_loads]    = k;
      net->load.p_mw[n_loads]   = p;
      net->load.q_mvar[n_loads] = q;
      PetscCall(PetscSNPrintf(name, sizeof name, "load %" PetscInt_FMT, net->bus.number[k]));
      PetscCall(NetworkSetString(&net->load.name[n_loads++], name));
    }
    if (g != 0 || b != 0) {
      net->shunt.bus[n_shunts]    = k;
      net->shunt.g_mw[n_shunts]   = g;
      net->shunt.b_mvar[n_shunts] = b;
      PetscCall(PetscSNPrintf(name, sizeof name, "shunt %" PetscInt_FMT, net->bus.number[k]));
      PetscCall(NetworkSetString(&net->shunt.name[n_shunts++], name));
    }
  }
  PetscCall(NetworkResizeLoads(net, n_loads));
  PetscCall(NetworkResizeShunts(net, n_shunts));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBuses(RtsGmlc *reader)
{
  Network  net = reader->net;
  PetscInt column[BUS_COLUMNS], errors = FaultsErrorCount(reader->faults);
  Csv      csv;

  PetscFunctionBegin;
  PetscCall(RtsGmlcTable(reader, "bus.csv", &csv));
  if (csv) PetscCall(CsvRequire(csv, reader->faults, LAT, bus_column, column));
  if (csv && FaultsErrorCount(reader->faults) == errors) {
    column[LAT] = CsvColumn(csv, bus_column[LAT]);
    column[LNG] = CsvColumn(csv, bus_column[LNG]);
    PetscCall(NetworkResizeBuses(net, CsvRows(csv)));
    PetscCall(NetworkAddBusColumn(net, "sub area", NULL));
    for (PetscInt k = 0; k < net->bus.n; ++k) PetscCall(ReadBus(reader, csv, k, column));
    for (PetscInt k = 0; k < net->bus.n; ++k)
      if (net->bus.number[k] > 0 && NetworkFindBus(net, net->bus.number[k]) != k)
        PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, CsvPath(csv), CsvLine(csv, k),
                            "found bus %" PetscInt_FMT " again, expected a number not used at line %" PetscInt_FMT,
                            net->bus.number[k], CsvLine(csv, NetworkFindBus(net, net->bus.number[k]))));
    PetscCall(ReadDemand(reader, csv, column));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

static const char *const branch_column[] = {"UID", "From Bus",    "To Bus",     "R",          "X",
                                            "B",   "Cont Rating", "LTE Rating", "STE Rating", "Tr Ratio"};
enum {
  BRANCH_UID,
  FROM_BUS,
  TO_BUS,
  BRANCH_R,
  BRANCH_X,
  BRANCH_B,
  RATING_A,
  RATING_B,
  RATING_C,
  TR_RATIO,
  BRANCH_COLUMNS
};

static PetscErrorCode ReadBranch(RtsGmlc *reader, Csv csv, PetscInt row, const PetscInt *column)
{
  BranchTable *branch = &reader->net->branch;
  Faults       f      = reader->faults;
  PetscReal    b, tap, *rate[3] = {branch->rate_a, branch->rate_b, branch->rate_c};

  PetscFunctionBegin;
  PetscCall(NetworkSetString(&branch->name[row], CsvText(csv, row, column[BRANCH_UID])));
  PetscCall(RtsGmlcBus(reader, csv, row, column[FROM_BUS], &branch->from[row]));
  PetscCall(RtsGmlcBus(reader, csv, row, column[TO_BUS], &branch->to[row]));
  PetscCall(CsvReal(csv, f, row, column[BRANCH_R], 0, 0, &branch->r[row]));
  PetscCall(CsvReal(csv, f, row, column[BRANCH_X], 0, 1, &branch->x[row]));
  PetscCall(CsvReal(csv, f, row, column[BRANCH_B], 0, 0, &b));
  PetscCall(CsvReal(csv, f, row, column[TR_RATIO], CSV_EMPTY_ALLOWED, 0, &tap));
  branch->b_from[row] = branch->b_to[row] = b / 2;
  branch->tap[row]                        = tap != 0 ? tap : 1;
  for (PetscInt k = 0; k < 3; ++k) {
    PetscReal value;
    PetscCall(CsvReal(csv, f, row, column[RATING_A + k], 0, 0, &value));
    rate[k][row] = value != 0 ? value : INFINITY;
    if (value < 0)
      PetscCall(FaultsAdd(f, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row), "found a negative %s, expected MVA",
                          branch_column[RATING_A + k]));
  }
  if (branch->r[row] == 0 && branch->x[row] == 0)
    PetscCall(FaultsAdd(f, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row),
                        "found a branch with R and X zero, expected an impedance"));
  if (tap < 0)
    PetscCall(FaultsAdd(f, FAULT_ERROR, CsvPath(csv), CsvLine(csv, row),
                        "found a negative Tr Ratio, expected a ratio, or 0 for a line"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBranches(RtsGmlc *reader)
{
  PetscInt column[BRANCH_COLUMNS], errors = FaultsErrorCount(reader->faults);
  Csv      csv;

  PetscFunctionBegin;
  PetscCall(RtsGmlcTable(reader, "branch.csv", &csv));
  if (csv) PetscCall(CsvRequire(csv, reader->faults, BRANCH_COLUMNS, branch_column, column));
  if (csv && FaultsErrorCount(reader->faults) == errors) {
    PetscCall(NetworkResizeBranches(reader->net, CsvRows(csv)));
    for (PetscInt k = 0; k < CsvRows(csv); ++k) PetscCall(ReadBranch(reader, csv, k, column));
    PetscCall(NetworkNameBranches(reader->net));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

static const char *const dc_column[] = {"UID", "From Bus", "To Bus", "MW Load"};
enum { DC_UID, DC_FROM, DC_TO, DC_MW, DC_COLUMNS };

/* An HVDC line carries up to its MW Load either way. The converters' reactive power is left out. */
static PetscErrorCode ReadLinks(RtsGmlc *reader)
{
  LinkTable *link = &reader->net->link;
  PetscInt   column[DC_COLUMNS], errors = FaultsErrorCount(reader->faults);
  PathKind   kind;
  Csv        csv = NULL;

  PetscFunctionBegin;
  PetscCall(SourceKind(reader->comm, reader->folder, "dc_branch.csv", &kind));
  if (kind == PATH_NONE) PetscFunctionReturn(0);
  PetscCall(RtsGmlcTable(reader, "dc_branch.csv", &csv));
  if (csv) PetscCall(CsvRequire(csv, reader->faults, DC_COLUMNS, dc_column, column));
  if (csv && FaultsErrorCount(reader->faults) == errors) {
    PetscCall(NetworkResizeLinks(reader->net, CsvRows(csv)));
    for (PetscInt k = 0; k < link->n; ++k) {
      PetscCall(NetworkSetString(&link->name[k], CsvText(csv, k, column[DC_UID])));
      PetscCall(RtsGmlcBus(reader, csv, k, column[DC_FROM], &link->from[k]));
      PetscCall(RtsGmlcBus(reader, csv, k, column[DC_TO], &link->to[k]));
      PetscCall(CsvReal(csv, reader->faults, k, column[DC_MW], 0, 0, &link->p_max_mw[k]));
      link->p_min_mw[k] = -link->p_max_mw[k];
    }
    if (link->n)
      PetscCall(FaultsAdd(reader->faults, FAULT_WARNING, CsvPath(csv), 0,
                          "losses and reactive power of %" PetscInt_FMT " HVDC lines are left out", link->n));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

static PetscErrorCode FindFolder(RtsGmlc *reader, const char *path)
{
  PathKind kind;
  PetscFunctionBegin;
  PetscCall(SourceKind(reader->comm, path, "bus.csv", &kind));
  PetscCall(PetscSNPrintf(reader->folder, sizeof reader->folder, "%s%s", path, kind == PATH_FILE ? "" : "/source"));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkReadRtsGmlc(MPI_Comm comm, const char *path, long long start, PetscInt hours, Faults faults,
                                  Network *net)
{
  const PetscInt errors = FaultsErrorCount(faults);
  RtsGmlc        reader = {.comm = comm, .faults = faults};

  PetscFunctionBeginUser;
  *net = NULL;
  PetscCall(FindFolder(&reader, path));
  PetscCall(NetworkCreate(&reader.net));
  reader.net->base_mva = base_mva;
  PetscCall(NetworkSetString(&reader.net->name, "RTS-GMLC"));
  PetscCall(NetworkSetString(&reader.net->source, path));
  PetscCall(ReadBuses(&reader));
  if (reader.net->bus.n) {
    PetscCall(ReadBranches(&reader));
    PetscCall(NetworkWarnNegativeImpedance(reader.net, path, faults));
    PetscCall(ReadLinks(&reader));
    PetscCall(RtsGmlcReadUnits(&reader));
    if (FaultsErrorCount(faults) == errors) PetscCall(RtsGmlcReadReserves(&reader));
    if (hours > 0 && FaultsErrorCount(faults) == errors) PetscCall(RtsGmlcReadSeries(&reader, start, hours));
  } else if (FaultsErrorCount(faults) == errors) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, 0, "found no bus in bus.csv, expected one"));
  }
  if (FaultsErrorCount(faults) > errors) PetscCall(NetworkDestroy(&reader.net));
  *net = reader.net;
  PetscFunctionReturn(0);
}
