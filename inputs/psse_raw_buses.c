/* Buses of a RAW file and what stands at them: loads, fixed and switched shunts. */
#include "inputs/psse_raw.h"

#include <ctype.h>
#include <string.h>

/* Columns of a bus record; -1 where the revision has none. */
typedef struct {
  PetscInt type, name, base, area, zone, vm, va, high, low, load_p, load_q, shunt_g, shunt_b;
} BusColumns;

static const BusColumns bus_23 = {1, 9, 10, 6, 11, 7, 8, -1, -1, 2, 3, 4, 5};
static const BusColumns bus_30 = {3, 1, 2, 6, 7, 8, 9, -1, -1, -1, -1, 4, 5};
static const BusColumns bus_31 = {3, 1, 2, 4, 5, 7, 8, 9, 10, -1, -1, -1, -1};

static const BusColumns *Columns(const RawReader *r)
{
  return r->format.revision < 30 ? &bus_23 : r->format.revision < 31 ? &bus_30 : &bus_31;
}

PetscBool RawBusInUse(const RawReader *r, PetscInt bus)
{
  return (PetscBool)(bus >= 0 && r->net->bus.type[bus] != BUS_ISOLATED);
}

PetscErrorCode RawAddShunt(RawReader *r, PetscInt bus, const char *name, PetscBool in_service, PetscReal g_mw,
                           PetscReal b_mvar)
{
  ShuntTable    *shunt = &r->net->shunt;
  const PetscInt row   = r->n_shunts++;

  PetscFunctionBegin;
  shunt->bus[row]        = bus;
  shunt->in_service[row] = (PetscBool)(in_service && RawBusInUse(r, bus));
  shunt->g_mw[row]       = g_mw;
  shunt->b_mvar[row]     = b_mvar;
  PetscCall(NetworkSetString(&shunt->name[row], name));
  PetscFunctionReturn(0);
}

/* The name, unless it is the number of another bus, which would then be found in its place. */
static PetscErrorCode SetName(RawReader *r, const RawRecord *record, PetscInt column, PetscInt row)
{
  char number[RAW_TEXT], text[RAW_TEXT];

  PetscFunctionBegin;
  (void)snprintf(number, sizeof number, "%" PetscInt_FMT, r->net->bus.number[row]);
  RawText(record, column, number, text, sizeof text);
  if (strspn(text, "0123456789") == strlen(text) && strcmp(text, number) != 0) {
    RawCount(r, RAW_NOTE_NUMBER_NAME, record->line, "bus %s named \"%s\"", number, text);
    (void)snprintf(text, sizeof text, "%s", number);
  }
  PetscCall(NetworkSetString(&r->net->bus.name[row], text));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetLabel(RawReader *r, RawRecord *record, PetscInt column, const char *name, PetscInt row)
{
  PetscInt number;
  char     text[RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(RawInt(r, record, column, name, 1, &number));
  (void)snprintf(text, sizeof text, "%" PetscInt_FMT, number);
  PetscCall(NetworkSetString(&NetworkBusColumn(r->net, name)[row], text));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadVoltage(RawReader *r, RawRecord *record, const BusColumns *c, PetscInt row)
{
  BusTable *bus = &r->net->bus;
  PetscReal degrees;

  PetscFunctionBegin;
  PetscCall(RawReal(r, record, c->base, "BASKV", 0, &bus->base_kv[row]));
  PetscCall(RawReal(r, record, c->vm, "VM", 1, &bus->vm_pu[row]));
  PetscCall(RawReal(r, record, c->va, "VA", 0, &degrees));
  PetscCall(RawReal(r, record, c->high, "NVHI", 1.1, &bus->vm_max_pu[row]));
  PetscCall(RawReal(r, record, c->low, "NVLO", 0.9, &bus->vm_min_pu[row]));
  if (bus->vm_max_pu[row] == 0 && bus->vm_min_pu[row] == 0) {
    bus->vm_max_pu[row] = 1.1; /* not filled in */
    bus->vm_min_pu[row] = 0.9;
  }
  bus->va_rad[row] = degrees * PETSC_PI / 180;
  if (!(bus->vm_pu[row] > 0)) bus->vm_pu[row] = 1;
  if (!(bus->base_kv[row] > 0)) {
    RawCount(r, RAW_NOTE_NO_BASE_KV, record->line, "bus %" PetscInt_FMT, bus->number[row]);
    bus->base_kv[row] = 1;
  }
  if (!(bus->vm_min_pu[row] <= bus->vm_max_pu[row] && bus->vm_max_pu[row] > 0)) {
    PetscCall(RawFault(r, record->line,
                       "bus: found voltage limits from %g to %g, expected a lower limit below the upper",
                       (double)bus->vm_min_pu[row], (double)bus->vm_max_pu[row]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBus(RawReader *r, RawRecord *record)
{
  const BusColumns *c   = Columns(r);
  BusTable         *bus = &r->net->bus;
  const PetscInt    row = r->n_buses;
  PetscInt          number, type;

  PetscFunctionBegin;
  PetscCall(RawInt(r, record, 0, "I", 0, &number));
  if (!record->good) PetscFunctionReturn(0);
  if (number < 1 || number > 999999) {
    PetscCall(RawFault(r, record->line, "bus: found number %" PetscInt_FMT ", expected 1 to 999999", number));
    PetscFunctionReturn(0);
  }
  ++r->n_buses;
  bus->number[row] = number;
  PetscCall(RawInt(r, record, c->type, "IDE", 1, &type));
  if (type < BUS_PQ || type > BUS_ISOLATED)
    PetscCall(RawFault(r, record->line, "bus: found type code %" PetscInt_FMT ", expected 1 to 4", type));
  else
    bus->type[row] = (BusType)type;
  PetscCall(SetName(r, record, c->name, row));
  PetscCall(SetLabel(r, record, c->area, "area", row));
  PetscCall(SetLabel(r, record, c->zone, "zone", row));
  PetscCall(ReadVoltage(r, record, c, row));
  PetscFunctionReturn(0);
}

/* Buses of three-winding transformers' star points, numbered above all others and filled by the transformers. */
static PetscErrorCode AddStars(RawReader *r)
{
  BusTable *bus     = &r->net->bus;
  PetscInt  highest = 0;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < r->n_buses; ++k) highest = PetscMax(highest, bus->number[k]);
  PetscCall(NetworkResizeBuses(r->net, r->n_buses + r->n_stars));
  for (PetscInt k = 0; k < r->n_stars; ++k) bus->number[r->n_buses + k] = highest + 1 + k;
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckNumbers(RawReader *r)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < r->n_buses; ++k)
    if (NetworkFindBus(r->net, r->net->bus.number[k]) != k)
      PetscCall(RawFault(r, r->section[RAW_BUS].line[k].line,
                         "bus: found number %" PetscInt_FMT " again, expected a number of its own",
                         r->net->bus.number[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadBuses(RawReader *r)
{
  const RawSection *section = &r->section[RAW_BUS], *transformer = &r->section[RAW_TRANSFORMER];
  RawRecord         record;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < transformer->n;) {
    const PetscInt lines = RawRecordLines(RAW_TRANSFORMER, &transformer->line[k], transformer->n - k);
    r->n_stars += lines == 5;
    k += lines;
  }
  PetscCall(NetworkResizeBuses(r->net, section->n));
  for (PetscInt k = 0; k < section->n; ++k) {
    RawRead(r, RAW_BUS, k, &record);
    PetscCall(ReadBus(r, &record));
  }
  PetscCall(AddStars(r));
  if (!r->n_faults) PetscCall(CheckNumbers(r));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLoad(RawReader *r, PetscInt bus, const char *unit, PetscBool in_service, PetscReal p_mw,
                              PetscReal q_mvar)
{
  LoadTable     *load = &r->net->load;
  const PetscInt row  = r->n_loads++;
  char           name[2 * RAW_TEXT];

  PetscFunctionBegin;
  load->bus[row]        = bus;
  load->in_service[row] = (PetscBool)(in_service && RawBusInUse(r, bus));
  load->p_mw[row]       = p_mw;
  load->q_mvar[row]     = q_mvar;
  (void)snprintf(name, sizeof name, "load %" PetscInt_FMT ":%s", r->net->bus.number[bus], unit);
  PetscCall(NetworkSetString(&load->name[row], name));
  PetscCall(NetworkSetString(&load->unit[row], unit));
  PetscFunctionReturn(0);
}

/* PL, QL, IP, IQ, YP, YQ. The constant currents take what they take at the stored voltage; YQ is negative for an inductive
   load, as a shunt's susceptance is. */
static PetscErrorCode ReadLoad(RawReader *r, RawRecord *record)
{
  static const char *const name[] = {"PL", "QL", "IP", "IQ", "YP", "YQ"};
  PetscReal                part[6], away_p, away_q, vm;
  PetscInt                 bus, status, away;
  char                     unit[RAW_TEXT], text[2 * RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(RawBus(r, record, 0, "I", &bus));
  RawText(record, 1, "1", unit, sizeof unit);
  PetscCall(RawInt(r, record, 2, "STATUS", 1, &status));
  for (PetscInt k = 0; k < 6; ++k) PetscCall(RawReal(r, record, 5 + k, name[k], 0, &part[k]));
  PetscCall(RawReal(r, record, r->format.revision >= 34 ? 14 : -1, "DGENP", 0, &away_p));
  PetscCall(RawReal(r, record, r->format.revision >= 34 ? 15 : -1, "DGENQ", 0, &away_q));
  PetscCall(RawInt(r, record, r->format.revision >= 34 ? 16 : -1, "DGENM", 0, &away));
  if (!record->good) PetscFunctionReturn(0);
  vm = r->net->bus.vm_pu[bus];
  if (status && (part[2] != 0 || part[3] != 0))
    RawCount(r, RAW_NOTE_CONSTANT_CURRENT, record->line, "load %" PetscInt_FMT ":%s", r->net->bus.number[bus], unit);
  if (!away) away_p = away_q = 0;
  if (status && (away_p != 0 || away_q != 0))
    RawCount(r, RAW_NOTE_DISTRIBUTED, record->line, "load %" PetscInt_FMT ":%s", r->net->bus.number[bus], unit);
  PetscCall(AddLoad(r, bus, unit, (PetscBool)(status != 0), part[0] + vm * part[2] - away_p,
                    part[1] + vm * part[3] - away_q));
  LoadTable     *load = &r->net->load;
  const PetscInt row  = r->n_loads - 1;
  if (load->p_mw[row] != 0) load->p_current_share[row] = vm * part[2] / load->p_mw[row];
  if (load->q_mvar[row] != 0) load->q_current_share[row] = vm * part[3] / load->q_mvar[row];
  (void)snprintf(text, sizeof text, "load admittance %" PetscInt_FMT ":%s", r->net->bus.number[bus], unit);
  if (part[4] != 0 || part[5] != 0) PetscCall(RawAddShunt(r, bus, text, (PetscBool)(status != 0), part[4], part[5]));
  PetscFunctionReturn(0);
}

/* Revisions up to 30 have a shunt, and 23 a load, in the bus record. */
static PetscErrorCode ReadAtBus(RawReader *r, RawRecord *record, PetscInt bus)
{
  const BusColumns *c = Columns(r);
  PetscReal         p, q, g, b;
  char              text[RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(RawReal(r, record, c->load_p, "PL", 0, &p));
  PetscCall(RawReal(r, record, c->load_q, "QL", 0, &q));
  PetscCall(RawReal(r, record, c->shunt_g, "GL", 0, &g));
  PetscCall(RawReal(r, record, c->shunt_b, "BL", 0, &b));
  if (!record->good) PetscFunctionReturn(0);
  (void)snprintf(text, sizeof text, "shunt %" PetscInt_FMT ":1", r->net->bus.number[bus]);
  if (p != 0 || q != 0) PetscCall(AddLoad(r, bus, "1", PETSC_TRUE, p, q));
  if (g != 0 || b != 0) PetscCall(RawAddShunt(r, bus, text, PETSC_TRUE, g, b));
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadLoads(RawReader *r)
{
  RawRecord record;
  PetscFunctionBegin;
  for (PetscInt k = 0; r->format.revision < 31 && k < r->n_buses; ++k) {
    RawRead(r, RAW_BUS, k, &record);
    PetscCall(ReadAtBus(r, &record, k));
  }
  for (PetscInt k = 0; k < r->section[RAW_LOAD].n; ++k) {
    RawRead(r, RAW_LOAD, k, &record);
    PetscCall(ReadLoad(r, &record));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFixedShunt(RawReader *r, RawRecord *record)
{
  PetscInt  bus, status;
  PetscReal g, b;
  char      unit[RAW_TEXT], text[2 * RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(RawBus(r, record, 0, "I", &bus));
  RawText(record, 1, "1", unit, sizeof unit);
  PetscCall(RawInt(r, record, 2, "STATUS", 1, &status));
  PetscCall(RawReal(r, record, 3, "GL", 0, &g));
  PetscCall(RawReal(r, record, 4, "BL", 0, &b));
  if (!record->good) PetscFunctionReturn(0);
  (void)snprintf(text, sizeof text, "shunt %" PetscInt_FMT ":%s", r->net->bus.number[bus], unit);
  PetscCall(RawAddShunt(r, bus, text, (PetscBool)(status != 0), g, b));
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadFixedShunts(RawReader *r)
{
  RawRecord record;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < r->section[RAW_FIXED_SHUNT].n; ++k) {
    RawRead(r, RAW_FIXED_SHUNT, k, &record);
    PetscCall(ReadFixedShunt(r, &record));
  }
  PetscFunctionReturn(0);
}

/* Column of BINIT: behind RMIDNT, which is the one quoted field but for revision 35's identifier; the revision says where
   when it is not quoted. */
static PetscInt InitialColumn(const RawReader *r, const RawRecord *record)
{
  if (r->format.revision < 30) return 5;
  if (r->format.revision >= 35) return 11;
  if (record->n > 6 && record->field[6].quoted) return 7;
  return r->format.revision < 32 && !(record->n > 8 && record->field[8].quoted) ? 7 : 9;
}

static PetscErrorCode ReadSwitchedShunt(RawReader *r, RawRecord *record)
{
  const PetscBool identified = (PetscBool)(r->format.revision >= 35);
  const PetscInt  initial    = InitialColumn(r, record);
  PetscInt        bus, status;
  PetscReal       b;
  char            unit[RAW_TEXT], text[2 * RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(RawBus(r, record, 0, "I", &bus));
  RawText(record, identified ? 1 : -1, "1", unit, sizeof unit);
  PetscCall(RawInt(r, record, initial == 11 ? 4 : initial == 9 ? 3 : -1, "STAT", 1, &status));
  PetscCall(RawReal(r, record, initial, "BINIT", 0, &b));
  if (!record->good) PetscFunctionReturn(0);
  (void)snprintf(text, sizeof text, "switched shunt %" PetscInt_FMT ":%s", r->net->bus.number[bus], unit);
  RawCount(r, RAW_NOTE_SWITCHED_SHUNT, record->line, "%s", text);
  PetscCall(RawAddShunt(r, bus, text, (PetscBool)(status != 0), 0, b));
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadSwitchedShunts(RawReader *r)
{
  RawRecord record;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < r->section[RAW_SWITCHED_SHUNT].n; ++k) {
    RawRead(r, RAW_SWITCHED_SHUNT, k, &record);
    PetscCall(ReadSwitchedShunt(r, &record));
  }
  PetscFunctionReturn(0);
}
