/* Transformers of a RAW file from revision 30 on: two windings onto one branch, three windings onto a star bus and three
   branches. Per unit as PSS/E defines its codes: CW 1 ratio of the bus base voltage, 2 kV, 3 ratio of the nominal winding
   voltage; CZ 1 on the system base, 2 on the winding pair's base, 3 load loss in W and impedance on the pair's base; CM 1
   admittance on the system base, 2 no-load loss in W and exciting current on the pair's base and nominal voltage. */
#include "inputs/psse_raw.h"

#include <math.h>

#define WINDINGS 3

/* One winding's line. */
typedef struct {
  PetscInt  bus;
  PetscReal ratio;      /* per unit of the bus's base voltage */
  PetscReal nominal_kv; /* never 0 */
  PetscReal shift_rad;
  PetscReal correction[2]; /* complex factor on the impedance */
  PetscReal rate[3];
} Winding;

/* Impedance between two windings, on the system's base. */
typedef struct {
  PetscReal r, x, base_mva;
} Pair;

typedef struct {
  RawReader *r;
  RawRecord  head;
  PetscInt   lines; /* 4 or 5 */
  PetscInt   windings;
  PetscInt   winding_code, impedance_code, magnetising_code, status;
  char       circuit[RAW_TEXT];
  Pair       pair[WINDINGS]; /* 1-2, 2-3, 3-1 */
  PetscReal  star_vm, star_va_deg;
  PetscBool  star_known;
  Winding    winding[WINDINGS];
  PetscReal  g_mag, b_mag; /* at the bus of winding 1 */
} Transformer;

static PetscErrorCode Code(Transformer *t, PetscInt field, const char *name, PetscInt highest, PetscInt *code)
{
  PetscFunctionBegin;
  PetscCall(RawInt(t->r, &t->head, field, name, 1, code));
  if (*code >= 1 && *code <= highest) PetscFunctionReturn(0);
  PetscCall(RawFault(t->r, t->head.line, "transformer: found %s %" PetscInt_FMT ", expected 1 to %" PetscInt_FMT, name,
                     *code, highest));
  t->head.good = PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadHead(Transformer *t)
{
  RawRecord *head = &t->head;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < t->windings; ++k)
    PetscCall(RawBus(t->r, head, k, k == 0 ? "I" : k == 1 ? "J" : "K", &t->winding[k].bus));
  RawText(head, 3, "1", t->circuit, sizeof t->circuit);
  PetscCall(Code(t, 4, "CW", 3, &t->winding_code));
  PetscCall(Code(t, 5, "CZ", 3, &t->impedance_code));
  PetscCall(Code(t, 6, "CM", 2, &t->magnetising_code));
  PetscCall(RawInt(t->r, head, 11, "STAT", 1, &t->status));
  if (head->good &&
      (t->winding[0].bus == t->winding[1].bus ||
       (t->windings == 3 && (t->winding[2].bus == t->winding[0].bus || t->winding[2].bus == t->winding[1].bus)))) {
    PetscCall(RawFault(t->r, head->line, "transformer: found bus %" PetscInt_FMT " at two windings, expected one each",
                       t->r->net->bus.number[t->winding[t->winding[0].bus == t->winding[1].bus ? 0 : 2].bus]));
    head->good = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

/* On the system's base and the base voltages of the buses. */
static PetscErrorCode ReadPair(Transformer *t, RawRecord *record, PetscInt first, Pair *pair)
{
  const PetscReal base = t->r->net->base_mva;

  PetscFunctionBegin;
  if (!RawHas(record, first + 1)) {
    PetscCall(RawFault(t->r, record->line,
                       "transformer: found %" PetscInt_FMT
                       " fields and no X, expected the reactance in field %" PetscInt_FMT,
                       record->n, first + 2));
    record->good = PETSC_FALSE;
    PetscFunctionReturn(0);
  }
  PetscCall(RawReal(t->r, record, first, "R", 0, &pair->r));
  PetscCall(RawReal(t->r, record, first + 1, "X", 0, &pair->x));
  PetscCall(RawReal(t->r, record, first + 2, "SBASE", base, &pair->base_mva));
  if (t->impedance_code == 1 && !(pair->base_mva > 0)) pair->base_mva = base;
  if (!record->good) PetscFunctionReturn(0);
  if (!(pair->base_mva > 0)) {
    PetscCall(RawFault(t->r, record->line, "transformer: found SBASE %g, expected a positive number of MVA",
                       (double)pair->base_mva));
    record->good = PETSC_FALSE;
    PetscFunctionReturn(0);
  }
  if (t->impedance_code == 3) {
    pair->r = 1e-6 * pair->r / pair->base_mva;
    if (fabs(pair->x) < fabs(pair->r)) {
      PetscCall(RawFault(t->r, record->line,
                         "transformer: found an impedance of %g below the %g of its load loss, both per unit",
                         (double)pair->x, (double)pair->r));
      record->good = PETSC_FALSE;
      PetscFunctionReturn(0);
    }
    pair->x = copysign(sqrt(pair->x * pair->x - pair->r * pair->r), pair->x);
  }
  if (t->impedance_code == 1) PetscFunctionReturn(0);
  pair->r *= base / pair->base_mva;
  pair->x *= base / pair->base_mva;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadImpedances(Transformer *t, RawRecord *record)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < (t->windings == 3 ? 3 : 1); ++k) PetscCall(ReadPair(t, record, 3 * k, &t->pair[k]));
  t->star_known = RawHas(record, 9);
  PetscCall(RawReal(t->r, record, 9, "VMSTAR", 1, &t->star_vm));
  PetscCall(RawReal(t->r, record, 10, "ANSTAR", 0, &t->star_va_deg));
  PetscFunctionReturn(0);
}

/* A line of a winding; the second one of two has but its voltage. */
static PetscErrorCode ReadWinding(Transformer *t, RawRecord *record, Winding *w)
{
  const RawReader *r      = t->r;
  const PetscInt   rates  = r->format.revision >= 34 ? 12 : 3;
  const PetscInt   table  = 3 + rates + (r->format.revision >= 35 ? 8 : 7);
  const PetscReal  bus_kv = r->net->bus.base_kv[w->bus];
  PetscReal        degrees;
  PetscInt         correction;

  PetscFunctionBegin;
  PetscCall(RawReal(t->r, record, 0, "WINDV", t->winding_code == 2 ? bus_kv : 1, &w->ratio));
  PetscCall(RawReal(t->r, record, 1, "NOMV", 0, &w->nominal_kv));
  PetscCall(RawReal(t->r, record, 2, "ANG", 0, &degrees));
  for (PetscInt k = 0; k < 3; ++k) PetscCall(RawRating(t->r, record, 3 + k, &w->rate[k]));
  PetscCall(RawInt(t->r, record, table, "TAB", 0, &correction));
  if (!record->good) PetscFunctionReturn(0);
  if (!(w->nominal_kv > 0)) w->nominal_kv = bus_kv;
  if (t->winding_code == 2) w->ratio /= bus_kv;
  if (t->winding_code == 3) w->ratio *= w->nominal_kv / bus_kv;
  w->shift_rad = degrees * PETSC_PI / 180;
  if (!RawCorrection(r, correction, w->ratio, degrees, w->correction))
    RawCount(t->r, RAW_NOTE_CORRECTION, record->line, "table %" PetscInt_FMT, correction);
  if (w->ratio > 0) PetscFunctionReturn(0);
  PetscCall(RawFault(t->r, record->line, "transformer: found a winding voltage of %g, expected one above 0",
                     (double)w->ratio));
  record->good = PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadMagnetising(Transformer *t)
{
  const PetscReal base  = t->r->net->base_mva,
                  ratio = t->r->net->bus.base_kv[t->winding[0].bus] / t->winding[0].nominal_kv;

  PetscFunctionBegin;
  PetscCall(RawReal(t->r, &t->head, 7, "MAG1", 0, &t->g_mag));
  PetscCall(RawReal(t->r, &t->head, 8, "MAG2", 0, &t->b_mag));
  if (t->magnetising_code == 2) {
    const PetscReal whole = t->b_mag * t->pair[0].base_mva / base;
    t->g_mag *= 1e-6 / base;
    t->b_mag = -sqrt(PetscMax(whole * whole - t->g_mag * t->g_mag, 0)) * ratio * ratio;
    t->g_mag *= ratio * ratio;
  }
  PetscFunctionReturn(0);
}

/* The magnetising admittance stands at the bus of winding 1, the network's shunt behind the tap there. */
static void SetMagnetising(Transformer *t, PetscInt row)
{
  BranchTable    *b      = &t->r->net->branch;
  const PetscReal square = b->tap[row] * b->tap[row];
  b->g_from[row]         = t->g_mag * square;
  b->b_from[row]         = t->b_mag * square;
}

static void SetRatings(BranchTable *b, PetscInt row, const Winding *w)
{
  b->rate_a[row] = w->rate[0];
  b->rate_b[row] = w->rate[1];
  b->rate_c[row] = w->rate[2];
}

/* A transformer is never an ideal connection, but the file may round its impedance to nothing. */
static void SetImpedance(Transformer *t, PetscInt row, PetscReal r, PetscReal x, const PetscReal factor[2])
{
  BranchTable *b = &t->r->net->branch;
  b->r[row]      = r * factor[0] - x * factor[1];
  b->x[row]      = x * factor[0] + r * factor[1];
  if (b->r[row] != 0 || b->x[row] != 0) return;
  RawCount(t->r, RAW_NOTE_ZERO_IMPEDANCE, t->head.line, "transformer %s", b->name[row]);
  b->x[row] = 1e-4;
}

/* Ideal transformers t1 and t2 at both ends of an impedance z: one of t1 / t2 at the start, and z t2 squared. */
static PetscErrorCode AddTwoWindings(Transformer *t)
{
  RawReader      *r   = t->r;
  BranchTable    *b   = &r->net->branch;
  const PetscInt  row = r->n_branches++;
  const Winding  *w   = t->winding;
  const PetscReal t2  = w[1].ratio;

  PetscFunctionBegin;
  PetscCall(RawNameBranch(r, row, w[0].bus, w[1].bus, t->circuit, (PetscBool)(t->status != 0)));
  b->tap[row]       = w[0].ratio / t2;
  b->shift_rad[row] = w[0].shift_rad;
  SetImpedance(t, row, t->pair[0].r * t2 * t2, t->pair[0].x * t2 * t2, w[0].correction);
  SetMagnetising(t, row);
  SetRatings(b, row, &w[0]);
  PetscFunctionReturn(0);
}

static PetscErrorCode SetStarBus(Transformer *t, PetscInt star)
{
  RawReader     *r   = t->r;
  BusTable      *bus = &r->net->bus;
  const Winding *w   = t->winding;
  const PetscInt at  = w[0].bus;
  char           name[4 * RAW_TEXT];

  PetscFunctionBegin;
  (void)snprintf(name, sizeof name, "star %" PetscInt_FMT "-%" PetscInt_FMT "-%" PetscInt_FMT ":%s", bus->number[at],
                 bus->number[w[1].bus], bus->number[w[2].bus], t->circuit);
  PetscCall(NetworkSetString(&bus->name[star], name));
  PetscCall(NetworkSetString(&NetworkBusColumn(r->net, "area")[star], NetworkBusColumn(r->net, "area")[at]));
  PetscCall(NetworkSetString(&NetworkBusColumn(r->net, "zone")[star], NetworkBusColumn(r->net, "zone")[at]));
  bus->base_kv[star] = bus->base_kv[at];
  bus->vm_pu[star]   = t->star_known && t->star_vm > 0 ? t->star_vm : bus->vm_pu[at] / w[0].ratio;
  bus->va_rad[star]  = t->star_known ? t->star_va_deg * PETSC_PI / 180 : bus->va_rad[at] - w[0].shift_rad;
  if (t->status == 0) bus->type[star] = BUS_ISOLATED;
  PetscFunctionReturn(0);
}

/* Delta of the three pairs onto the star. STAT 2, 3 and 4 have winding 2, 3 and 1 out of service. */
static PetscErrorCode AddThreeWindings(Transformer *t, PetscInt star)
{
  static const PetscInt out_code[WINDINGS] = {4, 2, 3};
  RawReader            *r                  = t->r;
  BranchTable          *b                  = &r->net->branch;
  const Pair           *z                  = t->pair;

  PetscFunctionBegin;
  PetscCall(SetStarBus(t, star));
  for (PetscInt k = 0; k < WINDINGS; ++k) {
    const PetscInt  row = r->n_branches++;
    const Pair     *one = &z[k], *other = &z[(k + 2) % 3], *opposite = &z[(k + 1) % 3];
    const PetscBool on = (PetscBool)(t->status != 0 && t->status != out_code[k]);
    PetscCall(RawNameBranch(r, row, t->winding[k].bus, star, t->circuit, on));
    b->tap[row]       = t->winding[k].ratio;
    b->shift_rad[row] = t->winding[k].shift_rad;
    SetImpedance(t, row, (one->r + other->r - opposite->r) / 2, (one->x + other->x - opposite->x) / 2,
                 t->winding[k].correction);
    if (k == 0) SetMagnetising(t, row);
    SetRatings(b, row, &t->winding[k]);
  }
  PetscFunctionReturn(0);
}

/* Lines 3 to 5, one for each winding. */
static PetscErrorCode ReadWindings(Transformer *t, PetscInt first, PetscBool *good)
{
  RawRecord record;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < t->windings; ++k) {
    RawRead(t->r, RAW_TRANSFORMER, first + 2 + k, &record);
    PetscCall(ReadWinding(t, &record, &t->winding[k]));
    if (!record.good) *good = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTransformer(RawReader *r, PetscInt first, PetscInt lines, PetscInt *star)
{
  Transformer t = {.r = r, .windings = lines - 2};
  RawRecord   record;
  PetscBool   good;

  PetscFunctionBegin;
  RawRead(r, RAW_TRANSFORMER, first, &t.head);
  PetscCall(ReadHead(&t));
  if (!t.head.good) PetscFunctionReturn(0);
  RawRead(r, RAW_TRANSFORMER, first + 1, &record);
  PetscCall(ReadImpedances(&t, &record));
  good = record.good;
  PetscCall(ReadWindings(&t, first, &good));
  if (!good) PetscFunctionReturn(0);
  PetscCall(ReadMagnetising(&t));
  if (t.windings == 2)
    PetscCall(AddTwoWindings(&t));
  else
    PetscCall(AddThreeWindings(&t, (*star)++));
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadTransformers(RawReader *r)
{
  const RawSection *section = &r->section[RAW_TRANSFORMER];
  PetscInt          star    = r->n_buses;
  RawRecord         head;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < section->n;) {
    const PetscInt lines = RawRecordLines(RAW_TRANSFORMER, &section->line[k], section->n - k);
    PetscReal      third = 0;
    RawRead(r, RAW_TRANSFORMER, k, &head);
    if (lines == (RawNumber(&head, 2, &third) && third != 0 ? 5 : 4)) PetscCall(ReadTransformer(r, k, lines, &star));
    k += lines; /* a record cut off by the end of the file is a fault already */
  }
  PetscFunctionReturn(0);
}
