/* What the readers of device tables share: values, units at buses, notes, and the table at the end. */
#include "dynamics/device_reading.h"

#include "inputs/csv.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>

static PetscErrorCode RowsAtBus(PetscInt buses, PetscInt n, const PetscInt *bus, DeviceRowsAtBus *rows)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(buses + 1, &rows->first, n + 1, &rows->next));
  for (PetscInt b = 0; b < buses; ++b) rows->first[b] = -1;
  for (PetscInt k = n; k-- > 0;) {
    rows->next[k]       = rows->first[bus[k]];
    rows->first[bus[k]] = k;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceReadingBegin(const char *path, Network net, PetscBool strict, Faults faults, DeviceReading *in)
{
  PetscFunctionBeginUser;
  *in = (DeviceReading){
      .path = path, .net = net, .strict = strict, .faults = faults, .errors_before = FaultsErrorCount(faults)};
  PetscCall(DeviceTableCreate(&in->table));
  PetscCall(PetscStrallocpy(path, &in->table->path));
  PetscCall(PetscCalloc1(DEVICE_NOTES, &in->note));
  PetscCall(RowsAtBus(net->bus.n, net->generator.n, net->generator.bus, &in->generators));
  PetscCall(RowsAtBus(net->bus.n, net->storage.n, net->storage.bus, &in->storage));
  PetscCall(RowsAtBus(net->bus.n, net->load.n, net->load.bus, &in->loads));
  PetscFunctionReturn(0);
}

PetscBool DeviceKnown(PetscReal value)
{
  return (PetscBool)(PetscIsNormalReal(value) && value > 0.0 && value < PETSC_INFINITY);
}

const char *DeviceShown(const char *text)
{
  static char shown[4][48];
  static int  next = 0;
  char       *to   = shown[next++ % 4];
  size_t      n    = 0;
  for (; text[n] && n < 40; ++n) to[n] = isprint((unsigned char)text[n]) ? text[n] : '?';
  strcpy(to + n, text[n] ? "..." : "");
  return to;
}

static PetscBool HasSignal(PetscInt n, const DeviceSignal *signal, DeviceSignal wanted)
{
  for (PetscInt k = 0; k < n; ++k)
    if (signal[k] == wanted) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscBool Produces(const DeviceModel *model, DeviceSignal signal)
{
  for (PetscInt k = 0; k < model->n_outputs; ++k)
    if (model->output[k].signal == signal) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscBool DeviceSiteInService(Network net, DeviceSite site, PetscInt row)
{
  switch (site) {
  case DEVICE_AT_GENERATOR:
    return (PetscBool)(net->generator.in_service[row] && net->bus.type[net->generator.bus[row]] != BUS_ISOLATED);
  case DEVICE_AT_STORAGE:
    return net->storage.in_service[row];
  default:
    return (PetscBool)(net->load.in_service[row] && net->bus.type[net->load.bus[row]] != BUS_ISOLATED);
  }
}

PetscErrorCode DeviceReadingNote(DeviceReading *in, DeviceNoteKind kind, PetscInt line, const char *place,
                                 const char *format, ...)
{
  char        text[sizeof in->note->text];
  DeviceNote *note = NULL;
  va_list     arguments;
  PetscFunctionBeginUser;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (kind == NOTE_SUSPICIOUS) ++in->table->n_suspicious;
  if (kind == NOTE_IGNORED) ++in->table->n_unsupported;
  for (PetscInt k = 0; k < in->n_notes && !note; ++k)
    if (!strcmp(in->note[k].text, text)) note = &in->note[k];
  if (!note) {
    const PetscBool full = (PetscBool)(in->n_notes == DEVICE_NOTES);
    note                 = &in->note[full ? in->n_notes - 1 : in->n_notes++];
    if (in->n_notes == DEVICE_NOTES) (void)snprintf(text, sizeof text, "other suspicious data or records passed over");
    memcpy(note->text, text, sizeof text);
  }
  if (!note->count++) note->line = line;
  if (note->count <= 3 && place) {
    const size_t used = strlen(note->places);
    (void)snprintf(note->places + used, sizeof note->places - used, "%s%s", used ? "; " : "", place);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode TellNotes(DeviceReading *in)
{
  const FaultSeverity severity = in->strict ? FAULT_ERROR : FAULT_WARNING;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < in->n_notes; ++k) {
    const DeviceNote *note = &in->note[k];
    if (note->count == 1)
      PetscCall(FaultsAdd(in->faults, severity, in->path, note->line, "%s (%s)", note->text, note->places));
    else
      PetscCall(FaultsAdd(in->faults, severity, in->path, note->line, "%s (%" PetscInt_FMT " times: %s%s)", note->text,
                          note->count, note->places, note->count > 3 ? "; ..." : ""));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ValueFault(DeviceReading *in, const DevicePlace *place, const DeviceModel *model,
                                 const char *name, const DeviceValue *value, const char *expected)
{
  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, place->line, "found %s%s%s, expected %s (%s of %s)",
                      value->text[0] ? name : "no ", value->text[0] ? " = " : name,
                      value->text[0] ? DeviceShown(value->text) : "", expected, model->name, place->unit));
  PetscFunctionReturn(0);
}

static PetscBool InRange(ParameterRange range, PetscReal value)
{
  switch (range) {
  case PARAMETER_NOT_NEGATIVE:
    return (PetscBool)(value >= 0.0);
  case PARAMETER_POSITIVE:
    return (PetscBool)(value > 0.0);
  case PARAMETER_FLAG:
    return (PetscBool)(value == PetscFloorReal(value) && PetscAbsReal(value) < 1e9);
  default:
    return (PetscBool)!PetscIsNanReal(value);
  }
}

static const char *RangeText(ParameterRange range)
{
  switch (range) {
  case PARAMETER_NOT_NEGATIVE:
    return "0 or a number above it";
  case PARAMETER_POSITIVE:
    return "a number above 0";
  case PARAMETER_FLAG:
    return "a whole number";
  case PARAMETER_BUS:
    return "the number of a bus of the network, or 0";
  default:
    return "a number";
  }
}

/* A bus's index; -1 for 0 or nothing, -2 when there is no such bus. */
static PetscReal FindBus(Network net, const DeviceValue *value)
{
  if (!value->text[0] || value->value == 0.0) return -1.0;
  PetscInt bus = -1;
  if (PetscIsNanReal(value->value))
    bus = NetworkFindBusNamed(net, value->text);
  else if (value->value == PetscFloorReal(value->value) && PetscAbsReal(value->value) < 2e9)
    bus = NetworkFindBus(net, (PetscInt)PetscAbsReal(value->value));
  return bus >= 0 ? (PetscReal)bus : -2.0;
}

/* The branch of a circuit between the two buses that stand before it; -1 without buses. */
static PetscErrorCode FindBranch(DeviceReading *in, const DevicePlace *place, const DeviceModel *model, PetscInt k,
                                 const DeviceValue *value, PetscReal *parameter)
{
  PetscInt bus[2] = {-1, -1};
  char     expected[96];

  PetscFunctionBeginUser;
  for (PetscInt i = 0, n = 0; i < k; ++i)
    if (model->parameter[i].range == PARAMETER_BUS) {
      bus[0] = n++ ? bus[1] : -1;
      bus[1] = (PetscInt)parameter[i];
    }
  parameter[k] = -1.0;
  if (bus[0] < 0 || bus[1] < 0) PetscFunctionReturn(0);
  parameter[k] = (PetscReal)NetworkFindBranch(in->net, bus[0], bus[1], value->text);
  (void)snprintf(expected, sizeof expected, "a circuit between buses %" PetscInt_FMT " and %" PetscInt_FMT,
                 in->net->bus.number[bus[0]], in->net->bus.number[bus[1]]);
  if (parameter[k] < 0.0) PetscCall(ValueFault(in, place, model, model->parameter[k].name, value, expected));
  PetscFunctionReturn(0);
}

PetscInt DeviceModelRequired(const DeviceModel *model)
{
  return model->n_parameters - model->n_optional;
}

/* GENCLS records of DYR files give no reactance: it is then the generator's source impedance, if there is one. An infinite
   bus may be given without any: a reactance too small to matter stands for none. */
static PetscErrorCode TakeSourceReactance(DeviceReading *in, const DevicePlace *place, PetscReal h, PetscReal *xd1)
{
  PetscFunctionBeginUser;
  if (place->row < 0) PetscFunctionReturn(0); /* of which a fault told already */
  const PetscReal x = place->site == DEVICE_AT_GENERATOR ? in->net->generator.x_source_pu[place->row] : NAN;
  if (DeviceKnown(x)) PetscFunctionReturn(0);
  if (x == 0.0 && h == 0.0) {
    *xd1 = DEVICE_INFINITE_BUS_XD1;
    PetscCall(DeviceReadingNote(in, NOTE_SUSPICIOUS, place->line, place->unit,
                                "infinite buses without a source impedance get a reactance of %g per unit",
                                DEVICE_INFINITE_BUS_XD1));
    PetscFunctionReturn(0);
  }
  PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, place->line,
                      "found no reactance, expected xd1 or a source impedance of the generator in the network's file "
                      "(GENCLS of %s)",
                      place->unit));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeValue(DeviceReading *in, const DevicePlace *place, const DeviceModel *model, PetscInt k,
                                const DeviceValue *given, PetscReal *parameter)
{
  const DeviceParameter *p     = &model->parameter[k];
  DeviceValue            value = *given;

  PetscFunctionBeginUser;
  if (!value.text[0] && k >= DeviceModelRequired(model)) {
    parameter[k] = NAN;
    if (model == &DeviceGencls) PetscCall(TakeSourceReactance(in, place, parameter[GENCLS_H], &parameter[k]));
    PetscFunctionReturn(0);
  }
  if (p->range == PARAMETER_CIRCUIT) {
    PetscCall(FindBranch(in, place, model, k, &value, parameter));
    PetscFunctionReturn(0);
  }
  if (value.left_out) value.value = 0.0;
  if (p->range == PARAMETER_BUS) {
    parameter[k] = FindBus(in->net, &value);
    if (parameter[k] < -1.0 || (!value.text[0] && !value.left_out))
      PetscCall(ValueFault(in, place, model, p->name, &value, RangeText(p->range)));
    PetscFunctionReturn(0);
  }
  /* Without a unit it is an identifier, which no equation reads. */
  const PetscBool identifier = (PetscBool)(p->range == PARAMETER_ANY && !p->unit[0]);
  if (identifier && PetscIsNanReal(value.value)) value.value = 0.0;
  parameter[k] = value.value;
  if (PetscIsNanReal(value.value) || !InRange(p->range, value.value))
    PetscCall(ValueFault(in, place, model, p->name, &value, RangeText(p->range)));
  else if (value.left_out && p->range != PARAMETER_FLAG && !identifier)
    PetscCall(DeviceReadingNote(in, NOTE_SUSPICIOUS, place->line, place->unit, "%s of %s is left out: taken as 0",
                                p->name, model->name));
  PetscFunctionReturn(0);
}

/* Names of the parameters from the n-th on, before `end`. */
static void NameParameters(const DeviceModel *model, PetscInt n, PetscInt end, char *text, size_t size)
{
  text[0] = 0;
  for (PetscInt k = n; k < end; ++k) {
    const size_t used = strlen(text);
    if (used + 40 > size) {
      (void)snprintf(text + used, size - used, ", ...");
      break;
    }
    (void)snprintf(text + used, size - used, "%s%.32s", used ? ", " : "", model->parameter[k].name);
  }
}

PetscErrorCode DeviceReadingPush(DeviceReading *in, const DevicePlace *place, const DeviceModel *model,
                                 PetscReal mva_base, const PetscReal *parameter)
{
  PetscFunctionBeginUser;
  if (in->n_parts == in->parts_capacity) {
    in->parts_capacity = PetscMax(64, 2 * in->parts_capacity);
    PetscCall(PetscRealloc((size_t)in->parts_capacity * sizeof *in->part, &in->part));
  }
  DeviceRecord *part = &in->part[in->n_parts++];
  *part              = (DeviceRecord){place->site, place->row, model, mva_base, NULL, place->line};
  PetscCall(PetscMalloc1(model->n_parameters + 1, &part->parameter));
  PetscCall(PetscArraycpy(part->parameter, parameter, model->n_parameters));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceReadingAddPart(DeviceReading *in, const DevicePlace *place, const DeviceModel *model,
                                    PetscReal mva_base, PetscInt n, const DeviceValue *value, PetscBool *good)
{
  const PetscInt    before   = FaultsErrorCount(in->faults);
  const DeviceValue nothing  = {"", NAN, PETSC_TRUE};
  const PetscInt    required = DeviceModelRequired(model);
  PetscReal         parameter[DEVICE_MAX_PARAMETERS];
  char              names[256];
  PetscBool         error = PETSC_FALSE;

  PetscFunctionBeginUser;
  *good = PETSC_FALSE;
  if (n < required) {
    NameParameters(model, n, required, names, sizeof names);
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, place->line,
                        "found %" PetscInt_FMT " parameters, expected %" PetscInt_FMT ": %s missing (%s of %s)", n,
                        required, names, model->name, place->unit));
    PetscFunctionReturn(0);
  }
  if (n > model->n_parameters)
    PetscCall(DeviceReadingNote(in, NOTE_SUSPICIOUS, place->line, place->unit,
                                "found more than the %" PetscInt_FMT " parameters of %s: the rest is ignored",
                                model->n_parameters, model->name));
  for (PetscInt k = 0; k < model->n_parameters; ++k)
    PetscCall(TakeValue(in, place, model, k, k < n ? &value[k] : &nothing, parameter));
  if (FaultsErrorCount(in->faults) > before) PetscFunctionReturn(0);
  const char *problem = model->check ? model->check(parameter, &error) : NULL;
  if (problem && error)
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, place->line, "found impossible data: %s (%s of %s)", problem,
                        model->name, place->unit));
  else if (problem)
    PetscCall(DeviceReadingNote(in, NOTE_SUSPICIOUS, place->line, place->unit, "%s: %s", model->name, problem));
  *good = (PetscBool) !(problem && error);
  if (*good) PetscCall(DeviceReadingPush(in, place, model, mva_base, parameter));
  PetscFunctionReturn(0);
}

static const char *UnitOf(Network net, const DeviceRecord *part, char *text, size_t size)
{
  const PetscInt bus  = part->site == DEVICE_AT_GENERATOR ? net->generator.bus[part->row]
                        : part->site == DEVICE_AT_STORAGE ? net->storage.bus[part->row]
                                                          : net->load.bus[part->row];
  const char    *name = part->site == DEVICE_AT_GENERATOR ? net->generator.unit[part->row]
                        : part->site == DEVICE_AT_STORAGE ? net->storage.name[part->row]
                                                          : net->load.name[part->row];
  (void)snprintf(text, size, "%s \"%s\" at bus %" PetscInt_FMT, part->site == DEVICE_AT_LOAD ? "load" : "unit",
                 DeviceShown(name), net->bus.number[bus]);
  return text;
}

/* Whether a part of the site already in the table reads what this one produces. */
static PetscBool HasReader(DeviceTable table, const DeviceRecord *part)
{
  for (PetscInt kind = DEVICE_SOURCE; kind <= DEVICE_STABILISER; ++kind) {
    const DeviceRecord *other = DeviceTableFind(table, part->site, part->row, (DeviceKind)kind);
    for (PetscInt k = 0; other && k < part->model->n_outputs; ++k)
      if (HasSignal(other->model->n_inputs, other->model->input, part->model->output[k].signal)) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscErrorCode CheckAgain(DeviceReading *in, const DeviceRecord *part, const DeviceRecord *other)
{
  char unit[96];
  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, part->line,
                      "found %s again with a part of the same kind, %s, expected one (first on line %" PetscInt_FMT
                      ": %s)",
                      UnitOf(in->net, part, unit, sizeof unit), part->model->name, other->line, other->model->name));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckBase(DeviceReading *in, const DeviceRecord *part)
{
  const DeviceRecord *other = NULL;
  char                unit[96];
  PetscFunctionBeginUser;
  for (PetscInt kind = DEVICE_SOURCE; !other && kind <= DEVICE_PROTECTION; ++kind)
    other = DeviceTableFind(in->table, part->site, part->row, (DeviceKind)kind);
  if (other && PetscAbsReal(other->mva_base - part->mva_base) > 1e-9 * other->mva_base)
    PetscCall(FaultsAdd(in->faults, FAULT_ERROR, in->path, part->line,
                        "found mva_base = %g, expected %g as on line %" PetscInt_FMT " (%s of %s)",
                        (double)part->mva_base, (double)other->mva_base, other->line, part->model->name,
                        UnitOf(in->net, part, unit, sizeof unit)));
  PetscFunctionReturn(0);
}

/* A site has one part of a kind, but for meters and relays: of these it may have several that do not produce the same. */
static const DeviceRecord *FindRival(DeviceTable table, const DeviceRecord *part)
{
  const DeviceKind    kind  = part->model->kind;
  const DeviceRecord *other = DeviceTableFind(table, part->site, part->row, kind), *end = table->record + table->n;
  if (!other || kind < DEVICE_METER) return other;
  for (; other < end; ++other) {
    if (other->site != part->site || other->row != part->row || other->model->kind != kind) continue;
    for (PetscInt k = 0; k < part->model->n_outputs; ++k)
      if (Produces(other->model, part->model->output[k].signal)) return other;
  }
  return NULL;
}

/* One part goes into the table, where those of earlier kinds stand already. */
static PetscErrorCode Enter(DeviceReading *in, const DeviceRecord *part)
{
  const DeviceKind    kind  = part->model->kind;
  const DeviceRecord *other = FindRival(in->table, part);
  char                unit[96];

  PetscFunctionBeginUser;
  if (other) {
    PetscCall(CheckAgain(in, part, other));
    PetscFunctionReturn(0);
  }
  if (kind > DEVICE_SOURCE && kind < DEVICE_METER && !HasReader(in->table, part)) {
    if (FaultsErrorCount(in->faults) == in->errors_before)
      PetscCall(DeviceReadingNote(in, NOTE_IGNORED, part->line, UnitOf(in->net, part, unit, sizeof unit),
                                  "%s is ignored where no other part of its unit reads what it produces",
                                  part->model->name));
    PetscFunctionReturn(0);
  }
  PetscCall(CheckBase(in, part));
  PetscCall(DeviceTableAdd(in->table, part->site, part->row, part->model, part->mva_base, part->parameter, part->line));
  /* Without inertia its voltage and speed stay: an infinite bus. */
  if (part->model == &DeviceGencls && part->parameter[GENCLS_H] == 0.0) ++in->table->n_strong_sources;
  PetscFunctionReturn(0);
}

static PetscErrorCode FreeReading(DeviceReading *in)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < in->n_parts; ++k) PetscCall(PetscFree(in->part[k].parameter));
  PetscCall(PetscFree(in->part));
  PetscCall(PetscFree(in->note));
  PetscCall(PetscFree2(in->generators.first, in->generators.next));
  PetscCall(PetscFree2(in->storage.first, in->storage.next));
  PetscCall(PetscFree2(in->loads.first, in->loads.next));
  PetscFunctionReturn(0);
}

PetscErrorCode DeviceReadingFinish(DeviceReading *in, DeviceTable *table)
{
  PetscFunctionBeginUser;
  for (PetscInt kind = DEVICE_SOURCE; kind <= DEVICE_PROTECTION; ++kind)
    for (PetscInt k = 0; k < in->n_parts; ++k)
      if (in->part[k].model->kind == (DeviceKind)kind) PetscCall(Enter(in, &in->part[k]));
  PetscCall(TellNotes(in));
  PetscCall(FreeReading(in));
  if (FaultsErrorCount(in->faults) > in->errors_before) PetscCall(DeviceTableDestroy(&in->table));
  *table = in->table;
  PetscFunctionReturn(0);
}
