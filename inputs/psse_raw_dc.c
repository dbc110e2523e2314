/* Two-terminal DC lines of a RAW file: links whose powers at both ends are those of the converters' steady state at the
   stored voltages. Six-pulse bridges in series, commutation overlap included (Kimbark, Direct Current Transmission, vol. 1,
   1971, ch. 3; Kundur, Power System Stability and Control, 1994, sec. 10.2): with E the r.m.s. line voltage behind the
   converter transformer and N bridges, Vd = N (3 sqrt(2)/pi E cos a - 3/pi Xc Id -+ 2 Rc Id). */
#include "inputs/psse_raw.h"

#include <math.h>

typedef struct {
  PetscInt  bus, voltage_bus, bridges;
  PetscReal r_ohm, x_ohm, base_kv, ratio, tap;
  PetscReal p_mw, q_mvar; /* taken from the AC side */
} Converter;

typedef struct {
  PetscInt  mode; /* 0 blocked, 1 power, 2 current */
  PetscReal r_ohm, demand, schedule_kv, compounding_ohm;
  char      name[RAW_TEXT];
  Converter rectifier, inverter;
} DcLine;

static PetscErrorCode ReadConverter(RawReader *r, RawRecord *record, Converter *c)
{
  PetscInt commutating;

  PetscFunctionBegin;
  PetscCall(RawBus(r, record, 0, "IP", &c->bus));
  PetscCall(RawInt(r, record, 1, "NB", 1, &c->bridges));
  PetscCall(RawReal(r, record, 4, "RC", 0, &c->r_ohm));
  PetscCall(RawReal(r, record, 5, "XC", 0, &c->x_ohm));
  PetscCall(RawReal(r, record, 6, "EBAS", 0, &c->base_kv));
  PetscCall(RawReal(r, record, 7, "TR", 1, &c->ratio));
  PetscCall(RawReal(r, record, 8, "TAP", 1, &c->tap));
  PetscCall(RawInt(r, record, 12, "IC", 0, &commutating));
  c->voltage_bus = c->bus;
  if (commutating) PetscCall(RawBus(r, record, 12, "IC", &c->voltage_bus));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLine(RawReader *r, RawRecord *record, DcLine *line)
{
  PetscFunctionBegin;
  RawText(record, 0, "1", line->name, sizeof line->name);
  PetscCall(RawInt(r, record, 1, "MDC", 0, &line->mode));
  PetscCall(RawReal(r, record, 2, "RDC", 0, &line->r_ohm));
  PetscCall(RawReal(r, record, 3, "SETVL", 0, &line->demand));
  PetscCall(RawReal(r, record, 4, "VSCHD", 0, &line->schedule_kv));
  PetscCall(RawReal(r, record, 6, "RCOMP", 0, &line->compounding_ohm));
  PetscFunctionReturn(0);
}

/* Direct current in kA: the inverter holds VSCHD behind the compounding resistance, the demand is power at the rectifier,
   power at the inverter when negative, or current in A. NAN without a solution. */
static PetscReal DirectCurrent(const DcLine *line)
{
  const PetscReal v = line->schedule_kv, p = fabs(line->demand);
  const PetscReal slope = (line->demand > 0 ? line->r_ohm : 0) - line->compounding_ohm;
  if (!(v > 0)) return NAN;
  return line->mode == 2 ? p / 1000 : 2 * p / (v + sqrt(v * v + 4 * slope * p));
}

/* Powers that a converter takes at a direct voltage (kV) and current (kA); sign 1 for a rectifier, -1 for an inverter.
   Its angle is what the stored voltage and tap leave it, even where that lies past the limits: so the stored case stays
   solved.
   PETSC_FALSE where the data give no reactive power: there it stays 0. */
static PetscBool SolveConverter(const RawReader *r, PetscReal kv, PetscReal ka, PetscReal sign, Converter *c)
{
  const PetscReal e     = c->base_kv * r->net->bus.vm_pu[c->voltage_bus] * c->ratio / c->tap;
  const PetscReal ideal = 3 * PETSC_SQRT2 / PETSC_PI * e;
  PetscReal       start, end, overlap, tangent;

  c->p_mw   = sign * kv * ka + 2 * c->bridges * c->r_ohm * ka * ka;
  c->q_mvar = 0;
  if (!(e > 0) || !isfinite(e) || c->bridges < 1 || !(ka > 0) || !(kv > 0)) return PETSC_FALSE;
  start   = (kv / c->bridges + 3 / PETSC_PI * c->x_ohm * ka + sign * 2 * c->r_ohm * ka) / ideal;
  start   = acos(PetscClipInterval(start, 0, 1));
  end     = acos(PetscClipInterval(cos(start) - PETSC_SQRT2 * c->x_ohm * ka / e, -1, 1));
  overlap = end - start;
  if (overlap > 1e-6)
    tangent = (2 * overlap + sin(2 * start) - sin(2 * end)) / (cos(2 * start) - cos(2 * end));
  else
    tangent = tan(start);
  if (!isfinite(tangent)) return PETSC_FALSE;
  c->q_mvar = kv * ka * tangent;
  return PETSC_TRUE;
}

static PetscErrorCode SetLink(RawReader *r, const DcLine *line, PetscInt row)
{
  LinkTable *link = &r->net->link;
  char       name[2 * RAW_TEXT];

  PetscFunctionBegin;
  (void)snprintf(name, sizeof name, "dc line %s", line->name);
  PetscCall(NetworkSetString(&link->name[row], name));
  link->from[row] = line->rectifier.bus;
  link->to[row]   = line->inverter.bus;
  link->in_service[row] =
      (PetscBool)(line->mode != 0 && RawBusInUse(r, line->rectifier.bus) && RawBusInUse(r, line->inverter.bus));
  link->p_mw[row] = link->p_min_mw[row] = link->p_max_mw[row] = line->rectifier.p_mw;
  link->loss0_mw[row]                                         = PetscMax(line->rectifier.p_mw + line->inverter.p_mw, 0);
  link->q_from_min_mvar[row] = link->q_from_max_mvar[row] = -line->rectifier.q_mvar;
  link->q_to_min_mvar[row] = link->q_to_max_mvar[row] = -line->inverter.q_mvar;
  link->vm_from_pu[row]                               = r->net->bus.vm_pu[line->rectifier.bus];
  link->vm_to_pu[row]                                 = r->net->bus.vm_pu[line->inverter.bus];
  PetscFunctionReturn(0);
}

/* Without a schedule of the voltage nothing but the demand itself is known. */
static PetscErrorCode SolveLine(RawReader *r, PetscInt at, DcLine *line)
{
  const PetscReal ka = DirectCurrent(line), kv = line->schedule_kv - line->compounding_ohm * ka;
  PetscBool       solved;

  PetscFunctionBegin;
  if (!isfinite(ka) || !(kv > 0)) {
    line->rectifier.p_mw = line->mode == 1 ? fabs(line->demand) : 0;
    line->inverter.p_mw  = -line->rectifier.p_mw;
    solved               = PETSC_FALSE;
  } else {
    solved = SolveConverter(r, kv + line->r_ohm * ka, ka, 1, &line->rectifier);
    solved = (PetscBool)(SolveConverter(r, kv, ka, -1, &line->inverter) && solved);
  }
  if (line->mode) RawCount(r, solved ? RAW_NOTE_DC : RAW_NOTE_DC_NO_Q, at, "%s", line->name);
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadTwoTerminalDc(RawReader *r)
{
  const RawSection *section = &r->section[RAW_TWO_TERMINAL_DC];
  RawRecord         record[3];
  PetscInt          n = 0;

  PetscFunctionBegin;
  PetscCall(NetworkResizeLinks(r->net, section->n / 3));
  for (PetscInt k = 0; k + 2 < section->n; k += 3) {
    DcLine line = {0};
    for (PetscInt l = 0; l < 3; ++l) RawRead(r, RAW_TWO_TERMINAL_DC, k + l, &record[l]);
    PetscCall(ReadLine(r, &record[0], &line));
    PetscCall(ReadConverter(r, &record[1], &line.rectifier));
    PetscCall(ReadConverter(r, &record[2], &line.inverter));
    if (!record[0].good || !record[1].good || !record[2].good) continue;
    if (line.rectifier.bus == line.inverter.bus) {
      PetscCall(RawFault(r, record[1].line, "two-terminal DC: found bus %" PetscInt_FMT " at both ends, expected two",
                         r->net->bus.number[line.rectifier.bus]));
      continue;
    }
    PetscCall(SolveLine(r, record[0].line, &line));
    PetscCall(SetLink(r, &line, n++));
  }
  PetscCall(NetworkResizeLinks(r->net, n));
  PetscFunctionReturn(0);
}
