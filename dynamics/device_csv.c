/* The device table's own forms: CSV rows and YAML mappings of bus, unit, model, mva_base and parameters by name. */
#include "dynamics/device_reading.h"

#include "inputs/csv.h"
#include "inputs/study_yaml.h"
#include "inputs/words.h"

#include <math.h>
#include <strings.h>

/* One row or mapping. `text` gives a cell by its name (letters of any case), NULL when the form has none of that name. */
typedef struct _s_Entry Entry;
struct _s_Entry {
  DeviceReading *in;
  const void    *form;
  PetscInt       row, line;
  const char *(*text)(const Entry *entry, const char *name);
};

static const char *Cell(const Entry *entry, const char *name)
{
  const char *text = entry->text(entry, name);
  return text ? text : "";
}

/* The row whose identifier, otherwise running number, otherwise name it is; -1 when there is none. */
static PetscInt FindRow(const DeviceRowsAtBus *rows, PetscInt bus, char *const *unit, char *const *name,
                        const char *text)
{
  PetscInt number, count = 0;
  for (PetscInt k = rows->first[bus]; unit && k >= 0; k = rows->next[k])
    if (!strcmp(unit[k], text)) return k;
  if (unit && TextToInt(text, &number))
    for (PetscInt k = rows->first[bus]; k >= 0; k = rows->next[k])
      if (++count == number) return k;
  for (PetscInt k = rows->first[bus]; k >= 0; k = rows->next[k])
    if (!strcmp(name[k], text)) return k;
  return -1;
}

/* A generator or storage unit; for models of loads a load. */
static PetscBool FindUnit(const DeviceReading *in, PetscInt bus, const char *unit, PetscBool load, DevicePlace *place)
{
  Network net = in->net;
  place->site = load ? DEVICE_AT_LOAD : DEVICE_AT_GENERATOR;
  place->row  = load ? FindRow(&in->loads, bus, net->load.unit, net->load.name, unit)
                     : FindRow(&in->generators, bus, net->generator.unit, net->generator.name, unit);
  if (place->row >= 0 || load) return (PetscBool)(place->row >= 0);
  place->site = DEVICE_AT_STORAGE;
  place->row  = FindRow(&in->storage, bus, NULL, net->storage.name, unit);
  return (PetscBool)(place->row >= 0);
}

static PetscErrorCode ReadPlace(const Entry *entry, const DeviceModel *model, DevicePlace *place, PetscBool *good)
{
  DeviceReading *in       = entry->in;
  const char    *bus_text = Cell(entry, "bus"), *unit = Cell(entry, "unit");
  PetscInt       number;

  PetscFunctionBeginUser;
  *good  = PETSC_FALSE;
  *place = (DevicePlace){DEVICE_AT_GENERATOR, -1, entry->line, ""};
  (void)snprintf(place->unit, sizeof place->unit, "unit %.40s at bus %.20s", DeviceShown(unit), DeviceShown(bus_text));
  if (!TextToInt(bus_text, &number)) {
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, entry->line, "found bus = \"%s\", expected a bus number",
                        DeviceShown(bus_text)));
    PetscFunctionReturn(0);
  }
  const PetscInt bus = NetworkFindBus(in->net, number);
  if (bus < 0) {
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, entry->line,
                        "found bus %" PetscInt_FMT ", expected a bus of the network", number));
    PetscFunctionReturn(0);
  }
  *good = FindUnit(in, bus, unit, (PetscBool)(model && model->at_load), place);
  if (!*good)
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, entry->line,
                        "found unit \"%s\", expected a %s at bus %" PetscInt_FMT, DeviceShown(unit),
                        place->site == DEVICE_AT_LOAD ? "load" : "generator or storage unit", number));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBase(const Entry *entry, const DevicePlace *place, PetscReal *mva_base, PetscBool *good)
{
  const char *text = Cell(entry, "mva_base");
  PetscFunctionBeginUser;
  *good = (PetscBool)(TextToReal(text, mva_base) && isfinite(*mva_base) && *mva_base > 0.0);
  if (!*good)
    PetscCall(FaultsAdd(entry->in->faults, FAULT_ERROR, entry->in->path, entry->line,
                        "found %smva_base%s%s, expected a number above 0 (%s)", text[0] ? "" : "no ",
                        text[0] ? " = " : "", DeviceShown(text), place->unit));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadEntry(const Entry *entry)
{
  DeviceReading     *in    = entry->in;
  const char        *name  = Cell(entry, "model");
  const DeviceModel *model = DeviceModelFind(name);
  DeviceValue        value[DEVICE_MAX_PARAMETERS];
  DevicePlace        place;
  PetscReal          mva_base;
  PetscBool          placed, based, good;

  PetscFunctionBeginUser;
  PetscCall(ReadPlace(entry, model, &place, &placed));
  PetscCall(ReadBase(entry, &place, &mva_base, &based));
  if (!model) {
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, entry->line,
                        "found model \"%s\", expected one that is supported (%s)", DeviceShown(name),
                        DeviceModelNames()));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < model->n_parameters; ++k) {
    value[k] = (DeviceValue){Cell(entry, model->parameter[k].name), NAN, PETSC_FALSE};
    if (!TextToReal(value[k].text, &value[k].value) || !isfinite(value[k].value)) value[k].value = NAN;
  }
  /* Values are looked at even where the unit is not known: a fault of the bus hides none of the numbers. */
  const PetscInt parts = in->n_parts;
  PetscCall(DeviceReadingAddPart(in, &place, model, based ? mva_base : 1.0, model->n_parameters, value, &good));
  if (good && !(placed && based)) {
    PetscCall(PetscFree(in->part[parts].parameter));
    in->n_parts = parts;
  }
  PetscFunctionReturn(0);
}

static PetscInt FindColumn(Csv csv, const char *name)
{
  PetscInt column = CsvColumn(csv, name);
  for (PetscInt c = 0; column < 0 && c < CsvColumns(csv); ++c)
    if (!strcasecmp(CsvColumnName(csv, c), name)) column = c;
  return column;
}

static const char *CsvCell(const Entry *entry, const char *name)
{
  Csv            csv    = (Csv)entry->form;
  const PetscInt column = FindColumn(csv, name);
  return column < 0 ? NULL : CsvText(csv, entry->row, column);
}

/* Every model that a row names needs its parameters' columns: one fault for all that are missing. */
static PetscErrorCode RequireParameters(DeviceReading *in, Csv csv, const DeviceModel *model, PetscInt line)
{
  char missing[512] = "";
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < DeviceModelRequired(model); ++k) {
    const size_t used = strlen(missing);
    if (FindColumn(csv, model->parameter[k].name) < 0 && used < sizeof missing - 48)
      (void)snprintf(missing + used, sizeof missing - used, "%s\"%.32s\"", used ? ", " : "", model->parameter[k].name);
  }
  if (missing[0])
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, line, "found no column %s, expected every parameter of %s",
                        missing, model->name));
  PetscFunctionReturn(0);
}

static PetscErrorCode RequireAllParameters(DeviceReading *in, Csv csv)
{
  const DeviceModel **seen;
  PetscInt            n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(CsvRows(csv) + 1, &seen));
  for (PetscInt row = 0; row < CsvRows(csv); ++row) {
    const DeviceModel *model = DeviceModelFind(CsvText(csv, row, FindColumn(csv, "model")));
    PetscBool          known = (PetscBool)!model;
    for (PetscInt k = 0; k < n && !known; ++k) known = (PetscBool)(seen[k] == model);
    if (known) continue;
    seen[n++] = model;
    PetscCall(RequireParameters(in, csv, model, CsvLine(csv, row)));
  }
  PetscCall(PetscFree(seen));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceReadCsv(const Source *source, DeviceReading *in)
{
  static const char *const required[] = {"bus", "unit", "model", "mva_base"};
  const PetscInt           before     = FaultsErrorCount(in->faults);
  PetscInt                 column[4];
  Csv                      csv;

  PetscFunctionBeginUser;
  PetscCall(CsvParse(source, in->faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  PetscCall(CsvRequire(csv, in->faults, 4, required, column));
  if (FaultsErrorCount(in->faults) == before) PetscCall(RequireAllParameters(in, csv));
  if (FaultsErrorCount(in->faults) == before) {
    for (PetscInt row = 0; row < CsvRows(csv); ++row) {
      const Entry entry = {in, csv, row, CsvLine(csv, row), CsvCell};
      PetscCall(ReadEntry(&entry));
    }
    if (CsvRows(csv) == 0)
      PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, 0, "found no device, expected at least one row"));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

static const char *YamlCell(const Entry *entry, const char *name)
{
  const struct _s_YamlTree *mapping = (const struct _s_YamlTree *)entry->form;
  for (PetscInt k = 0; k < mapping->n; ++k)
    if (!strcasecmp(mapping->key[k], name))
      return mapping->child[k]->kind == YAML_TREE_SCALAR ? mapping->child[k]->text : NULL;
  return NULL;
}

/* Each key is one of the four, or a parameter of the mapping's model, and has one value. */
static PetscErrorCode CheckKeys(DeviceReading *in, YamlTree mapping, const DeviceModel *model)
{
  const char *known[DEVICE_MAX_PARAMETERS + 5] = {"bus", "unit", "model", "mva_base"};
  PetscInt    n                                = 4;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; model && k < model->n_parameters; ++k) known[n++] = model->parameter[k].name;
  known[n] = NULL;
  for (PetscInt k = 0; k < mapping->n; ++k) {
    PetscBool found = PETSC_FALSE;
    for (PetscInt i = 0; i < n && !found; ++i) found = (PetscBool)!strcasecmp(mapping->key[k], known[i]);
    const char *nearest = found ? NULL : NearestWord(mapping->key[k], known);
    if (!found && model)
      PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, mapping->key_line[k],
                          "found the key \"%s\", expected bus, unit, model, mva_base or a parameter of %s%s%s%s",
                          DeviceShown(mapping->key[k]), model->name, nearest ? " (did you mean " : "",
                          nearest ? nearest : "", nearest ? "?)" : ""));
    if (found && mapping->child[k]->kind != YAML_TREE_SCALAR)
      PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, mapping->key_line[k], "found %s for %s, expected a value",
                          YamlTreeDescribe(mapping->child[k]), mapping->key[k]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceReadYaml(const Source *source, DeviceReading *in)
{
  YamlTree tree, list;

  PetscFunctionBeginUser;
  PetscCall(YamlTreeParse(source, in->faults, &tree));
  if (!tree) PetscFunctionReturn(0);
  const PetscInt devices = YamlTreeFind(tree, "devices");
  list                   = devices >= 0 ? tree->child[devices] : tree;
  if (list->kind != YAML_TREE_SEQUENCE || !list->n)
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, list->line, "found %s, expected a list of devices",
                        list->kind == YAML_TREE_SEQUENCE ? "an empty list" : YamlTreeDescribe(list)));
  for (PetscInt k = 0; list->kind == YAML_TREE_SEQUENCE && k < list->n; ++k) {
    const Entry entry = {in, list->child[k], k, list->child[k]->line, YamlCell};
    if (list->child[k]->kind != YAML_TREE_MAPPING) {
      PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, entry.line,
                          "found %s, expected a mapping with bus, unit, model, mva_base and parameters",
                          YamlTreeDescribe(list->child[k])));
      continue;
    }
    PetscCall(CheckKeys(in, list->child[k], DeviceModelFind(Cell(&entry, "model"))));
    PetscCall(ReadEntry(&entry));
  }
  PetscCall(YamlTreeDestroy(&tree));
  PetscFunctionReturn(0);
}
