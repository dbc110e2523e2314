/* The device table and its CSV form. */
#include "dynamics/device_table.h"

#include "inputs/csv.h"

PetscErrorCode DeviceTableCreate(DeviceTable *table)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(table));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceTableDestroy(DeviceTable *table)
{
  PetscFunctionBeginUser;
  if (!table || !*table) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*table)->n; ++k) PetscCall(PetscFree((*table)->record[k].parameter));
  PetscCall(PetscFree((*table)->record));
  PetscCall(PetscFree((*table)->path));
  PetscCall(PetscFree(*table));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceTableAdd(DeviceTable table, DeviceSite site, PetscInt row, const DeviceModel *model,
                              PetscReal mva_base, const PetscReal *parameter, PetscInt line)
{
  PetscFunctionBeginUser;
  if (table->n == table->capacity) {
    const PetscInt capacity = PetscMax(16, 2 * table->capacity);
    PetscCall(PetscRealloc((size_t)capacity * sizeof *table->record, &table->record));
    table->capacity = capacity;
  }
  DeviceRecord *record = &table->record[table->n];
  *record              = (DeviceRecord){.site = site, .row = row, .model = model, .mva_base = mva_base, .line = line};
  PetscCall(PetscMalloc1(model->n_parameters, &record->parameter));
  PetscCall(PetscArraycpy(record->parameter, parameter, model->n_parameters));
  ++table->n;
  ++table->n_given;
  PetscFunctionReturn(0);
}

const DeviceRecord *DeviceTableFind(DeviceTable table, DeviceSite site, PetscInt row)
{
  for (PetscInt k = 0; k < table->n; ++k) {
    if (table->record[k].site == site && table->record[k].row == row) return &table->record[k];
  }
  return NULL;
}

/* A generator's identifier, running number or name, then a storage unit's name. */
static PetscBool FindUnit(Network net, PetscInt bus, const char *unit, DeviceSite *site, PetscInt *row)
{
  *site = DEVICE_AT_GENERATOR;
  *row  = NetworkFindGenerator(net, bus, unit);
  for (PetscInt g = 0; *row < 0 && g < net->generator.n; ++g) {
    if (net->generator.bus[g] == bus && !strcmp(net->generator.name[g], unit)) *row = g;
  }
  if (*row >= 0) return PETSC_TRUE;
  *site = DEVICE_AT_STORAGE;
  for (PetscInt s = 0; *row < 0 && s < net->storage.n; ++s) {
    if (net->storage.bus[s] == bus && !strcmp(net->storage.name[s], unit)) *row = s;
  }
  return *row >= 0;
}

typedef struct {
  Csv      csv;
  Network  net;
  Faults   faults;
  PetscInt bus, unit, model, mva_base; /* columns */
} Reading;

static const char *RangeText(ParameterRange range)
{
  return range == PARAMETER_POSITIVE ? "a number above 0" : "0 or a number above it";
}

static PetscErrorCode CheckRange(const Reading *in, PetscInt row, const char *name, ParameterRange range,
                                 PetscReal value)
{
  PetscFunctionBeginUser;
  if (range == PARAMETER_ANY || value > 0.0 || (range == PARAMETER_NOT_NEGATIVE && value == 0.0)) {
    PetscFunctionReturn(0);
  }
  PetscCall(FaultsAdd(in->faults, FAULT_ERROR, CsvPath(in->csv), CsvLine(in->csv, row),
                      "found %s = %g, expected %s (unit %s at bus %s)", name, (double)value, RangeText(range),
                      CsvText(in->csv, row, in->unit), CsvText(in->csv, row, in->bus)));
  PetscFunctionReturn(0);
}

/* A number within its range; a fault otherwise, of which CsvReal already told when it is no number. */
static PetscErrorCode ReadNumber(const Reading *in, PetscInt row, PetscInt column, const char *name,
                                 ParameterRange range, PetscReal *value)
{
  const PetscInt before = FaultsErrorCount(in->faults);

  PetscFunctionBeginUser;
  PetscCall(CsvReal(in->csv, in->faults, row, column, CSV_FINITE, 1.0, value));
  if (FaultsErrorCount(in->faults) == before) PetscCall(CheckRange(in, row, name, range, *value));
  PetscFunctionReturn(0);
}

/* The unit a row speaks of; *row_of is -1 after a fault. */
static PetscErrorCode ReadSite(const Reading *in, PetscInt row, DeviceTable table, DeviceSite *site, PetscInt *row_of)
{
  const char    *path = CsvPath(in->csv), *unit = CsvText(in->csv, row, in->unit);
  const PetscInt line = CsvLine(in->csv, row), before = FaultsErrorCount(in->faults);
  PetscInt       number;

  PetscFunctionBeginUser;
  *row_of = -1;
  PetscCall(CsvInt(in->csv, in->faults, row, in->bus, 0, 0, &number));
  if (FaultsErrorCount(in->faults) > before) PetscFunctionReturn(0);
  const PetscInt bus = NetworkFindBus(in->net, number);
  if (bus < 0) {
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, path, line,
                        "found bus %" PetscInt_FMT ", expected a bus of the network", number));
    PetscFunctionReturn(0);
  }
  if (!FindUnit(in->net, bus, unit, site, row_of)) {
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, path, line,
                        "found unit \"%s\", expected a generator or storage unit at bus %" PetscInt_FMT, unit, number));
    PetscFunctionReturn(0);
  }
  const DeviceRecord *other = DeviceTableFind(table, *site, *row_of);
  if (other) {
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, path, line,
                        "found unit \"%s\" at bus %" PetscInt_FMT " again, expected it once (first on line "
                        "%" PetscInt_FMT ")",
                        unit, number, other->line));
    *row_of = -1;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRow(const Reading *in, PetscInt row, DeviceTable table)
{
  const char        *name  = CsvText(in->csv, row, in->model);
  const DeviceModel *model = DeviceModelFind(name);
  PetscReal          parameter[DEVICE_MAX_PARAMETERS], mva_base;
  DeviceSite         site;
  PetscInt           row_of;

  PetscFunctionBeginUser;
  PetscCall(ReadSite(in, row, table, &site, &row_of));
  PetscCall(ReadNumber(in, row, in->mva_base, "mva_base", PARAMETER_POSITIVE, &mva_base));
  if (!model) {
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, CsvPath(in->csv), CsvLine(in->csv, row),
                        "found model \"%s\", expected one that is supported (%s)", name, DeviceModelNames()));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < model->n_parameters; ++k) {
    const DeviceParameter *p      = &model->parameter[k];
    const PetscInt         column = CsvColumn(in->csv, p->name);
    parameter[k]                  = 0.0;
    if (column >= 0) PetscCall(ReadNumber(in, row, column, p->name, p->range, &parameter[k]));
  }
  if (row_of >= 0) {
    PetscCall(DeviceTableAdd(table, site, row_of, model, mva_base, parameter, CsvLine(in->csv, row)));
  }
  PetscFunctionReturn(0);
}

/* Every model that a row names needs its parameters' columns: one fault for all that are missing. */
static PetscErrorCode RequireParameters(const Reading *in)
{
  const DeviceModel *model;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; (model = DeviceModelGet(k)); ++k) {
    const char *names[DEVICE_MAX_PARAMETERS];
    PetscInt    column[DEVICE_MAX_PARAMETERS];
    PetscBool   used = PETSC_FALSE;
    for (PetscInt row = 0; !used && row < CsvRows(in->csv); ++row) {
      used = (PetscBool)(DeviceModelFind(CsvText(in->csv, row, in->model)) == model);
    }
    if (!used) continue;
    for (PetscInt i = 0; i < model->n_parameters; ++i) names[i] = model->parameter[i].name;
    PetscCall(CsvRequire(in->csv, in->faults, model->n_parameters, names, column));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTable(Csv csv, Network net, Faults faults, DeviceTable *table)
{
  static const char *const required[] = {"bus", "unit", "model", "mva_base"};
  const PetscInt           before     = FaultsErrorCount(faults);
  PetscInt                 column[4];

  PetscFunctionBeginUser;
  PetscCall(DeviceTableCreate(table));
  PetscCall(PetscStrallocpy(CsvPath(csv), &(*table)->path));
  PetscCall(CsvRequire(csv, faults, 4, required, column));
  if (FaultsErrorCount(faults) == before) {
    const Reading in = {csv, net, faults, column[0], column[1], column[2], column[3]};
    PetscCall(RequireParameters(&in));
    for (PetscInt row = 0; row < CsvRows(csv); ++row) PetscCall(ReadRow(&in, row, *table));
    if (CsvRows(csv) == 0) {
      PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), 0, "found no device, expected at least one row"));
    }
  }
  if (FaultsErrorCount(faults) > before) PetscCall(DeviceTableDestroy(table));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceTableParse(const Source *source, Network net, Faults faults, DeviceTable *table)
{
  Csv csv;

  PetscFunctionBeginUser;
  *table = NULL;
  PetscCall(CsvParse(source, faults, &csv));
  if (csv) PetscCall(ReadTable(csv, net, faults, table));
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceTableRead(MPI_Comm comm, const char *path, Network net, Faults faults, DeviceTable *table)
{
  Csv csv;

  PetscFunctionBeginUser;
  *table = NULL;
  PetscCall(CsvRead(comm, path, faults, &csv));
  if (csv) PetscCall(ReadTable(csv, net, faults, table));
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}
