/* The device table from PSS/E dynamics data: whose part each record is, and what becomes of those that are not supported. */
#include "dynamics/device_reading.h"

#include "inputs/psse_dyr.h"

#include <math.h>
#include <strings.h>

/* What a model is for, as far as its name tells. */
typedef enum {
  FOR_MACHINE,
  FOR_CONVERTER,
  FOR_EXCITER,
  FOR_CONTROL,
  FOR_GOVERNOR,
  FOR_STABILISER,
  FOR_LOAD,
  FOR_RELAY,
  FOR_UNKNOWN
} Purpose;

static const char *const fallbacks[] = {
    [FOR_MACHINE]    = "its machines become classical ones on their source impedance",
    [FOR_CONVERTER]  = "its units become negative loads",
    [FOR_EXCITER]    = "its machines have constant field voltage",
    [FOR_CONTROL]    = "its converters keep their commands or references",
    [FOR_GOVERNOR]   = "its machines have constant mechanical power",
    [FOR_STABILISER] = "its machines go without a stabiliser",
    [FOR_LOAD]       = "its loads follow the study's load model",
    [FOR_RELAY]      = "its protection does not act",
    [FOR_UNKNOWN]    = "it is ignored",
};

/* Beginnings of names in PSS/E's model library; of those that fit the longest counts. */
static const struct {
  const char *begins;
  Purpose     purpose;
} purposes[] = {
    {"GEN", FOR_MACHINE},       {"GDFORM", FOR_CONVERTER},  {"REGC", FOR_CONVERTER},   {"REGFM", FOR_CONVERTER},
    {"WT1G", FOR_CONVERTER},    {"WT2G", FOR_CONVERTER},    {"WT3G", FOR_CONVERTER},   {"WT4G", FOR_CONVERTER},
    {"PVGU", FOR_CONVERTER},    {"CIMTR", FOR_CONVERTER},   {"CBEST", FOR_CONVERTER},  {"CSTAT", FOR_CONVERTER},
    {"CSVGN", FOR_CONVERTER},   {"CSMEST", FOR_CONVERTER},  {"FRECHG", FOR_CONVERTER}, {"EX", FOR_EXCITER},
    {"ES", FOR_EXCITER},        {"AC", FOR_EXCITER},        {"DC", FOR_EXCITER},       {"ST", FOR_EXCITER},
    {"IEEEX", FOR_EXCITER},     {"IEEET", FOR_EXCITER},     {"IEET", FOR_EXCITER},     {"IEEX", FOR_EXCITER},
    {"SCRX", FOR_EXCITER},      {"SEXS", FOR_EXCITER},      {"BBSEX", FOR_EXCITER},    {"CELIN", FOR_EXCITER},
    {"EMAC", FOR_EXCITER},      {"URST", FOR_EXCITER},      {"URHIDT", FOR_EXCITER},   {"IVOEX", FOR_EXCITER},
    {"REEC", FOR_CONTROL},      {"WT2E", FOR_CONTROL},      {"WT3E", FOR_CONTROL},     {"WT4E", FOR_CONTROL},
    {"PVEU", FOR_CONTROL},      {"TGOV", FOR_GOVERNOR},     {"IEEEG", FOR_GOVERNOR},   {"IEESGO", FOR_GOVERNOR},
    {"WSIEG", FOR_GOVERNOR},    {"WSHY", FOR_GOVERNOR},     {"WEHGOV", FOR_GOVERNOR},  {"WESGOV", FOR_GOVERNOR},
    {"WPIDHY", FOR_GOVERNOR},   {"HYG", FOR_GOVERNOR},      {"GAST", FOR_GOVERNOR},    {"GGOV", FOR_GOVERNOR},
    {"DEGOV", FOR_GOVERNOR},    {"PIDGOV", FOR_GOVERNOR},   {"CRCMGV", FOR_GOVERNOR},  {"TURCZT", FOR_GOVERNOR},
    {"TWDM", FOR_GOVERNOR},     {"BBGOV", FOR_GOVERNOR},    {"URCSCT", FOR_GOVERNOR},  {"UCBGT", FOR_GOVERNOR},
    {"H6E", FOR_GOVERNOR},      {"LCFB", FOR_GOVERNOR},     {"REPC", FOR_CONTROL},     {"WT3T", FOR_CONTROL},
    {"WT3P", FOR_CONTROL},      {"WT12", FOR_CONTROL},      {"WTDTA", FOR_CONTROL},    {"WTPTA", FOR_CONTROL},
    {"WTARA", FOR_CONTROL},     {"WTTQA", FOR_CONTROL},     {"AERD", FOR_CONTROL},     {"IEEEST", FOR_STABILISER},
    {"IEE2ST", FOR_STABILISER}, {"ST2CUT", FOR_STABILISER}, {"STAB", FOR_STABILISER},  {"STBSVC", FOR_STABILISER},
    {"PSS", FOR_STABILISER},    {"PTIST", FOR_STABILISER},  {"OSTB", FOR_STABILISER},  {"CHAAUT", FOR_STABILISER},
    {"BEPSST", FOR_STABILISER}, {"IEEL", FOR_LOAD},         {"CIM5", FOR_LOAD},        {"CIM6", FOR_LOAD},
    {"CIMW", FOR_LOAD},         {"CLOD", FOR_LOAD},         {"CMLD", FOR_LOAD},        {"LDFR", FOR_LOAD},
    {"EXTL", FOR_LOAD},         {"ACMT", FOR_LOAD},         {"UFLS", FOR_RELAY},       {"PUFLS", FOR_RELAY},
    {"LDS", FOR_RELAY},         {"LVS", FOR_RELAY},         {"UVUF", FOR_RELAY},       {"DLSH", FOR_RELAY},
    {"VTG", FOR_RELAY},         {"FRQ", FOR_RELAY},         {"DIST", FOR_RELAY},       {"TIOCR", FOR_RELAY},
    {"WTRLY", FOR_RELAY},       {"CIROS", FOR_RELAY},       {"SLNOS", FOR_RELAY},      {"RXR", FOR_RELAY},
};

/* User-written forerunners of library models, with the same numbers in the same order. */
static const char *const forerunners[][2] = {
    {"REGCAU1", "REGCA1"}, {"REECAU1", "REECA1"}, {"REECBU1", "REECB1"}, {"REPCAU1", "REPCA1"}, {"REPCTAU1", "REPCA1"}};

/* Loads of which a load record speaks, from the narrowest; where several do, the narrowest counts. */
typedef enum { SCOPE_BUS, SCOPE_ZONE, SCOPE_AREA, SCOPE_ALL, SCOPES } Scope;

/* What becomes of a generator whose machine or converter is not supported. */
typedef enum { FALL_NOT, FALL_CLASSICAL, FALL_LOAD } Fall;

typedef struct {
  Fall      how;
  PetscReal inertia_s; /* NAN: typical */
  PetscInt  line;
} Fallback;

typedef struct {
  DeviceReading   *in;
  const DyrRecord *record;
  const char      *name; /* of its model */
  PetscInt         n;
  const DyrField  *field;
  Fallback        *fallback;  /* [generators] */
  PetscBool       *load_done; /* [loads] it has a load model */
  DeviceValue     *value;     /* room for the longest record's fields */
} Dyr;

static Purpose PurposeOf(const char *name)
{
  Purpose purpose = FOR_UNKNOWN;
  size_t  best    = 0;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(purposes); ++k) {
    const size_t length = strlen(purposes[k].begins);
    if (length <= best || strncmp(name, purposes[k].begins, length)) continue;
    best    = length;
    purpose = purposes[k].purpose;
  }
  return purpose;
}

/* "unit 1 at bus 30" of a record, whether or not the network has it. */
static const char *PlaceOf(const DyrRecord *record, char *text, size_t size)
{
  (void)snprintf(text, size, "unit %s at bus %s", DeviceShown(record->id), DeviceShown(record->bus_text));
  return text;
}

/* A bus by number, or by its name of up to 12 letters and its base voltage: 'NUC-A       21.600'. */
static PetscInt FindBus(Network net, const DyrRecord *record)
{
  char      name[64];
  PetscReal kv = NAN;
  if (record->bus >= 0) return NetworkFindBus(net, record->bus);
  PetscInt bus = NetworkFindBusNamed(net, record->bus_text);
  if (bus >= 0 || strlen(record->bus_text) >= sizeof name) return bus;
  strcpy(name, record->bus_text);
  char *last = strrchr(name, ' '), *end;
  if (!last) return -1;
  kv = strtod(last, &end);
  if (*end || end == last) return -1;
  do *last-- = 0;
  while (last >= name && *last == ' ');
  bus = NetworkFindBusNamed(net, name);
  if (bus >= 0 && net->bus.base_kv[bus] > 0.0 && PetscAbsReal(net->bus.base_kv[bus] - kv) > 0.01 * kv) bus = -1;
  return bus;
}

static PetscInt FindGenerator(const DeviceReading *in, PetscInt bus, const char *id)
{
  for (PetscInt g = bus < 0 ? -1 : in->generators.first[bus]; g >= 0; g = in->generators.next[g])
    if (!strcasecmp(in->net->generator.unit[g], id)) return g;
  return -1;
}

/* By its identifier; a load without one by its running number at the bus. '*' are all. */
static PetscBool LoadHasId(Network net, PetscInt load, PetscInt number, const char *id)
{
  const char *unit = net->load.unit[load];
  char       *end;
  if (!strcmp(id, "*")) return PETSC_TRUE;
  if (unit[0]) return (PetscBool)!strcasecmp(unit, id);
  return (PetscBool)(strtol(id, &end, 10) == number && *end == 0);
}

static DeviceValue ValueOf(const DyrField *field)
{
  DeviceValue value = {field->text, field->value, (PetscBool)(field->kind == DYR_OMITTED || !field->text[0])};
  char       *end;
  if (field->kind != DYR_TEXT || !field->text[0]) return value;
  const PetscReal number = strtod(field->text, &end); /* '0 ' stands for circuit or flag 0 */
  if (!*end && isfinite(number)) value.value = number;
  return value;
}

static void FillValues(Dyr *dyr)
{
  for (PetscInt k = 0; k < dyr->n; ++k) dyr->value[k] = ValueOf(&dyr->field[k]);
}

/* A record that the file ends too early is no data: said, and its unit falls back. */
static PetscErrorCode CutShort(Dyr *dyr, const DeviceModel *model, PetscBool *cut)
{
  char place[128];
  PetscFunctionBeginUser;
  *cut = (PetscBool)(!dyr->record->closed && dyr->n < DeviceModelRequired(model));
  if (*cut)
    PetscCall(DeviceReadingNote(dyr->in, NOTE_IGNORED, dyr->record->line, PlaceOf(dyr->record, place, sizeof place),
                                "found %" PetscInt_FMT " of the %" PetscInt_FMT
                                " parameters of %s in a record without its /: it is ignored%s",
                                dyr->n, model->n_parameters, model->name,
                                model->kind == DEVICE_SOURCE ? " and its unit is a negative load" : ""));
  PetscFunctionReturn(0);
}

/* GENCLS has two numbers in DYR: its reactance is the generator's source impedance. */
static PetscErrorCode PrepareClassical(Dyr *dyr, const DeviceModel *model, const DevicePlace *place)
{
  PetscFunctionBeginUser;
  if (model != &DeviceGencls || dyr->n <= GENCLS_XD1) PetscFunctionReturn(0);
  dyr->n = GENCLS_XD1;
  PetscCall(DeviceReadingNote(dyr->in, NOTE_SUSPICIOUS, place->line, place->unit,
                              "found more than the 2 parameters of GENCLS: the rest is ignored, its reactance is the "
                              "generator's source impedance"));
  PetscFunctionReturn(0);
}

/* Adds the part of n values, which FillValues made, to a generator. */
static PetscErrorCode AddToGenerator(Dyr *dyr, const DeviceModel *model, PetscInt g, const char *unit)
{
  DeviceReading *in    = dyr->in;
  Network        net   = in->net;
  DevicePlace    place = {DEVICE_AT_GENERATOR, g, dyr->record->line, ""};
  char           text[160];
  PetscBool      good;

  PetscFunctionBeginUser;
  (void)snprintf(place.unit, sizeof place.unit, "%.79s", unit);
  if (g < 0 || !DeviceSiteInService(net, DEVICE_AT_GENERATOR, g)) {
    (void)snprintf(text, sizeof text, "%s of %s", model->name, unit);
    PetscCall(DeviceReadingNote(in, NOTE_IGNORED, place.line, text, "records of generators that are %s are ignored",
                                g < 0 ? "not in the network" : "out of service"));
    PetscFunctionReturn(0);
  }
  PetscCall(PrepareClassical(dyr, model, &place));
  const PetscReal base = net->generator.mva_base[g];
  PetscCall(
      DeviceReadingAddPart(in, &place, model, DeviceKnown(base) ? base : net->base_mva, dyr->n, dyr->value, &good));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadPart(Dyr *dyr, const DeviceModel *model)
{
  const DyrRecord *record = dyr->record;
  const PetscInt   g      = FindGenerator(dyr->in, FindBus(dyr->in->net, record), record->id);
  char             unit[80];
  PetscBool        cut;

  PetscFunctionBeginUser;
  PetscCall(CutShort(dyr, model, &cut));
  if (cut && g >= 0 && model->kind == DEVICE_SOURCE) dyr->fallback[g] = (Fallback){FALL_LOAD, NAN, record->line};
  if (cut) PetscFunctionReturn(0);
  FillValues(dyr);
  PetscCall(AddToGenerator(dyr, model, g, PlaceOf(record, unit, sizeof unit)));
  PetscFunctionReturn(0);
}

/* Protection relays begin with a number of their own; then come the monitored bus, the generator's bus and identifier,
   and at the end the model's other parameters. */
static PetscErrorCode ReadRelay(Dyr *dyr, const DeviceModel *model)
{
  const PetscBool user    = (PetscBool)(dyr->field != dyr->record->field);
  const DyrField *monitor = user ? &dyr->field[0] : &dyr->record->id_field, *generator = &dyr->field[user ? 1 : 0];
  const PetscInt  before = user ? 3 : 2, limits = model->n_parameters - 1;
  char            unit[80];

  PetscFunctionBeginUser;
  if (dyr->n < before + limits) {
    PetscCall(
        FaultsAdd(dyr->in->faults, FAULT_ERROR, dyr->in->path, dyr->record->line,
                  "found %" PetscInt_FMT " numbers, expected %" PetscInt_FMT
                  " after the relay's: the monitored bus, the generator's bus and identifier, and the limits (%s)",
                  dyr->n + !user, 3 + limits, model->name));
    PetscFunctionReturn(0);
  }
  const DyrRecord place = {.line = dyr->record->line,
                           .bus  = generator[0].value >= 0.0 && generator[0].value < 1e9 ? (PetscInt)generator[0].value
                                                                                         : -1,
                           .bus_text = generator[0].text,
                           .id       = generator[1].text[0] ? generator[1].text : "1"};
  dyr->field += dyr->n - limits - 1;
  dyr->n = limits + 1;
  FillValues(dyr);
  dyr->value[0] = ValueOf(monitor);
  PetscCall(AddToGenerator(dyr, model, FindGenerator(dyr->in, FindBus(dyr->in->net, &place), place.id),
                           PlaceOf(&place, unit, sizeof unit)));
  PetscFunctionReturn(0);
}

/* Whether a model's records have that form. */
static PetscBool IsRelay(const DeviceModel *model)
{
  return (PetscBool)(model->kind == DEVICE_PROTECTION && strstr(model->name, "TPAT"));
}

/* The model of a load record and its scope: the last two letters of its name say whether it stands for the loads of a bus
   (BL), a zone (ZN), an area (AR) or all (AL). NULL when it is not supported. */
static const DeviceModel *FindLoadModel(const char *name, Scope *scope)
{
  static const char *const endings[SCOPES] = {"BL", "ZN", "AR", "AL"};
  const size_t             length          = strlen(name);
  char                     stem[64];
  const DeviceModel       *model = DeviceModelFind(name);
  *scope                         = SCOPE_BUS;
  if (length < 4 || length >= sizeof stem) return model && model->at_load ? model : NULL;
  for (PetscInt k = 0; k < SCOPES; ++k)
    if (!strcmp(name + length - 2, endings[k])) *scope = (Scope)k;
  strcpy(stem, name);
  if (!model && *scope != SCOPE_BUS) {
    strcpy(stem + length - 2, "BL");
    model = DeviceModelFind(stem);
  }
  return model && model->at_load ? model : NULL;
}

static PetscBool LabelIs(char **label, PetscInt bus, const DyrRecord *record)
{
  return (PetscBool)(label && !strcmp(label[bus], record->bus_text));
}

static PetscBool InScope(const Dyr *dyr, Scope scope, PetscInt load)
{
  Network        net = dyr->in->net;
  const PetscInt bus = net->load.bus[load];
  switch (scope) {
  case SCOPE_ZONE:
    return LabelIs(NetworkBusColumn(net, "zone"), bus, dyr->record);
  case SCOPE_AREA:
    return LabelIs(NetworkBusColumn(net, "area"), bus, dyr->record);
  default:
    return (PetscBool)(scope == SCOPE_ALL);
  }
}

/* Adds a part to one load: with its checks for the first of a record, as a copy for the others. */
static PetscErrorCode AddToLoad(Dyr *dyr, const DeviceModel *model, PetscInt load, PetscInt *first_part, PetscBool *bad)
{
  DeviceReading *in    = dyr->in;
  DevicePlace    place = {DEVICE_AT_LOAD, load, dyr->record->line, ""};
  PetscBool      good;

  PetscFunctionBeginUser;
  if (*bad || !DeviceSiteInService(in->net, DEVICE_AT_LOAD, load)) PetscFunctionReturn(0);
  if (model->kind == DEVICE_SOURCE) {
    if (dyr->load_done[load]) PetscFunctionReturn(0);
    dyr->load_done[load] = PETSC_TRUE;
  }
  (void)snprintf(place.unit, sizeof place.unit, "load %s at bus %" PetscInt_FMT, DeviceShown(dyr->record->id),
                 in->net->bus.number[in->net->load.bus[load]]);
  if (*first_part >= 0) {
    PetscCall(DeviceReadingPush(in, &place, model, in->net->base_mva, in->part[*first_part].parameter));
    PetscFunctionReturn(0);
  }
  PetscCall(DeviceReadingAddPart(in, &place, model, in->net->base_mva, dyr->n, dyr->value, &good));
  *first_part = in->n_parts - 1;
  *bad        = (PetscBool)!good;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddToLoads(Dyr *dyr, const DeviceModel *model, Scope scope)
{
  DeviceReading *in   = dyr->in;
  PetscInt       part = -1, count = 0, number = 0;
  PetscBool      bad = PETSC_FALSE, cut;
  char           place[160];

  PetscFunctionBeginUser;
  PetscCall(CutShort(dyr, model, &cut));
  if (cut) PetscFunctionReturn(0);
  FillValues(dyr);
  if (scope == SCOPE_BUS) {
    const PetscInt bus = FindBus(in->net, dyr->record);
    for (PetscInt l = bus < 0 ? -1 : in->loads.first[bus]; l >= 0; l = in->loads.next[l])
      if (LoadHasId(in->net, l, ++number, dyr->record->id)) {
        PetscCall(AddToLoad(dyr, model, l, &part, &bad));
        ++count;
      }
  } else {
    for (PetscInt l = 0; l < in->net->load.n; ++l)
      if (InScope(dyr, scope, l)) {
        PetscCall(AddToLoad(dyr, model, l, &part, &bad));
        ++count;
      }
  }
  if (!count) {
    (void)snprintf(place, sizeof place, "%s of load %s at %s", model->name, DeviceShown(dyr->record->id),
                   DeviceShown(dyr->record->bus_text));
    PetscCall(DeviceReadingNote(in, NOTE_IGNORED, dyr->record->line, place,
                                "records of loads that are not in the network are ignored"));
  }
  PetscFunctionReturn(0);
}

/* Inertia stands fifth in the records of most machines of the library. */
static PetscReal InertiaOf(const Dyr *dyr)
{
  static const char *const fifth[] = {"GENROE", "GENTPF", "GENTPJ1", "GENTPJU1", "GENDCO", "GENQEC"};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(fifth); ++k)
    if (!strcmp(dyr->name, fifth[k]) && dyr->n > 4 && dyr->field[4].value > 0.0) return dyr->field[4].value;
  if (!strcmp(dyr->name, "GENSAE") && dyr->n > 3 && dyr->field[3].value > 0.0) return dyr->field[3].value;
  return NAN;
}

static PetscErrorCode PassOver(Dyr *dyr)
{
  const Purpose  purpose = PurposeOf(dyr->name);
  const PetscInt g       = FindGenerator(dyr->in, FindBus(dyr->in->net, dyr->record), dyr->record->id);
  char           place[128];

  PetscFunctionBeginUser;
  PetscCall(DeviceReadingNote(dyr->in, NOTE_IGNORED, dyr->record->line, PlaceOf(dyr->record, place, sizeof place),
                              "model %s is not supported: %s", DeviceShown(dyr->name), fallbacks[purpose]));
  if (g < 0 || dyr->fallback[g].how) PetscFunctionReturn(0);
  if (purpose == FOR_MACHINE)
    dyr->fallback[g] = (Fallback){FALL_CLASSICAL, InertiaOf(dyr), dyr->record->line};
  else if (purpose == FOR_CONVERTER)
    dyr->fallback[g] = (Fallback){FALL_LOAD, NAN, dyr->record->line};
  PetscFunctionReturn(0);
}

/* The model of a record and its fields, which in a user-written model's stand behind its description. */
static void Open(Dyr *dyr, const DyrRecord *record)
{
  dyr->record = record;
  dyr->name   = record->model;
  dyr->n      = record->n;
  dyr->field  = record->field;
  if (!DyrRecordUserModel(record, &dyr->name, &dyr->n, &dyr->field)) return;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(forerunners); ++k)
    if (!strcasecmp(dyr->name, forerunners[k][0])) dyr->name = forerunners[k][1];
}

static PetscErrorCode ReadRecord(Dyr *dyr, const DeviceModel *model, PetscBool load, Scope scope)
{
  PetscFunctionBeginUser;
  if (load)
    PetscCall(AddToLoads(dyr, model, scope));
  else if (model)
    PetscCall(IsRelay(model) ? ReadRelay(dyr, model) : ReadPart(dyr, model));
  else
    PetscCall(PassOver(dyr));
  PetscFunctionReturn(0);
}

/* In the order of the file; but where two records speak of one load, that of the narrower scope comes first: records of
   areas, zones and all loads wait. */
static PetscErrorCode ReadRecords(Dyr *dyr, PsseDyr file)
{
  PetscInt n_wait[SCOPES] = {0}, *wait;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((SCOPES * file->n) + 1, &wait));
  for (PetscInt k = 0; k < file->n; ++k) {
    Scope scope;
    Open(dyr, &file->record[k]);
    const DeviceModel *load = FindLoadModel(dyr->name, &scope);
    if (load && scope != SCOPE_BUS)
      wait[scope * file->n + n_wait[scope]++] = k;
    else
      PetscCall(ReadRecord(dyr, load ? load : DeviceModelFind(dyr->name), (PetscBool)(load != NULL), SCOPE_BUS));
  }
  for (PetscInt wider = SCOPE_ZONE; wider < SCOPES; ++wider)
    for (PetscInt k = 0; k < n_wait[wider]; ++k) {
      Scope scope;
      Open(dyr, &file->record[wait[wider * file->n + k]]);
      const DeviceModel *load = FindLoadModel(dyr->name, &scope);
      PetscCall(ReadRecord(dyr, load, PETSC_TRUE, scope));
    }
  PetscCall(PetscFree(wait));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddClassical(Dyr *dyr, PetscInt g)
{
  DeviceReading        *in    = dyr->in;
  const GeneratorTable *gen   = &in->net->generator;
  const Fallback       *fall  = &dyr->fallback[g];
  const DevicePlace     place = {DEVICE_AT_GENERATOR, g, fall->line, ""};
  PetscReal             parameter[GENCLS_PARAMETERS];

  PetscFunctionBeginUser;
  parameter[GENCLS_H]   = PetscIsNanReal(fall->inertia_s) ? DEVICE_TYPICAL_H : fall->inertia_s;
  parameter[GENCLS_D]   = 0.0;
  parameter[GENCLS_XD1] = DeviceKnown(gen->x_source_pu[g]) ? NAN : DEVICE_TYPICAL_XD1;
  PetscCall(DeviceReadingPush(in, &place, &DeviceGencls,
                              DeviceKnown(gen->mva_base[g]) ? gen->mva_base[g] : in->net->base_mva, parameter));
  --in->table->n_given; /* as which entering the table counts it */
  ++in->table->n_default_machines;
  in->table->n_typical_inertia += PetscIsNanReal(fall->inertia_s);
  PetscFunctionReturn(0);
}

/* Generators in service that have no machine or converter by now. */
static PetscErrorCode FallBack(Dyr *dyr)
{
  DeviceReading        *in  = dyr->in;
  const GeneratorTable *gen = &in->net->generator;
  PetscBool            *has;
  char                  place[128];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(gen->n + 1, &has));
  for (PetscInt k = 0; k < in->n_parts; ++k)
    if (in->part[k].site == DEVICE_AT_GENERATOR && in->part[k].model->kind == DEVICE_SOURCE)
      has[in->part[k].row] = PETSC_TRUE;
  for (PetscInt g = 0; g < gen->n; ++g) {
    if (has[g] || !DeviceSiteInService(in->net, DEVICE_AT_GENERATOR, g) || !NetworkBusIsElectric(in->net, gen->bus[g]))
      continue;
    if (dyr->fallback[g].how == FALL_CLASSICAL) {
      PetscCall(AddClassical(dyr, g));
      continue;
    }
    ++in->table->n_as_admittance;
    if (dyr->fallback[g].how == FALL_LOAD) continue;
    (void)snprintf(place, sizeof place, "unit %s at bus %" PetscInt_FMT, DeviceShown(gen->unit[g]),
                   in->net->bus.number[gen->bus[g]]);
    if (FaultsErrorCount(in->faults) == in->errors_before)
      PetscCall(DeviceReadingNote(in, NOTE_FALLBACK, 0, place,
                                  "generators in service without a machine or converter are negative loads"));
  }
  PetscCall(PetscFree(has));
  PetscFunctionReturn(0);
}

/* The file's own faults, with its warnings as errors where they are to be. */
static PetscErrorCode ParseRecords(const Source *source, DeviceReading *in, PsseDyr *file)
{
  Faults own;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&own));
  PetscCall(PsseDyrParse(source, own, file));
  for (PetscInt k = 0; k < FaultsCount(own); ++k) {
    FaultSeverity severity;
    const char   *path, *text;
    PetscInt      line;
    PetscCall(FaultsGet(own, k, &severity, &path, &line, &text));
    PetscCall(FaultsAdd(in->faults, in->strict ? FAULT_ERROR : severity, path, line, "%s", text));
  }
  PetscCall(FaultsDestroy(&own));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceReadDyr(const Source *source, DeviceReading *in)
{
  Dyr      dyr     = {.in = in};
  PetscInt longest = 0;
  PsseDyr  file;

  PetscFunctionBeginUser;
  in->table->complete = PETSC_TRUE;
  PetscCall(ParseRecords(source, in, &file));
  if (!file) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < file->n; ++k) longest = PetscMax(longest, file->record[k].n);
  PetscCall(PetscCalloc3(in->net->generator.n + 1, &dyr.fallback, in->net->load.n + 1, &dyr.load_done, longest + 1,
                         &dyr.value));
  PetscCall(ReadRecords(&dyr, file));
  PetscCall(FallBack(&dyr));
  PetscCall(PetscFree3(dyr.fallback, dyr.load_done, dyr.value));
  PetscCall(PsseDyrDestroy(&file));
  PetscFunctionReturn(0);
}
