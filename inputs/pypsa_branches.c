/* PyPSA CSV folders: lines and transformers. */
#include "inputs/pypsa.h"

#include <complex.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* A standard line type, per km: PyPSA's attributes of the same names. */
typedef struct {
  const char *name;
  PetscReal   f_nom, r, x, c; /* Hz, ohm, ohm, nF */
} LineType;

/* Bundled aluminium/steel conductors of the German transmission grid, which PyPSA folders name without defining them:
   Oeding and Oswald, Elektrische Kraftwerke und Netze, 7th edition 2011, chapter 9. */
static const LineType standard_type[] = {
    {"Al/St 240/40 2-bundle 220.0", 50, 0.06, 0.301, 12.5},
    {"Al/St 240/40 3-bundle 300.0", 50, 0.04, 0.265, 13.2},
    {"Al/St 240/40 4-bundle 380.0", 50, 0.03, 0.246, 13.8},
    {"Al/St 490/64 4-bundle 380.0", 50, 0.015, 0.16, 16.5},
};

typedef struct {
  PypsaTable lines, types;
  NameIndex  type_index;
  PetscInt   zero_rated, unequal;
} LineReader;

static PetscErrorCode FindLineType(LineReader *r, PetscInt k, LineType *type, PetscBool *found)
{
  const char *name = PypsaText(&r->lines, k, "type");
  PetscInt    row  = NameIndexFind(r->type_index, name);

  PetscFunctionBeginUser;
  *found = PETSC_TRUE;
  if (row >= 0) {
    PypsaTable *t = &r->types;
    *type         = (LineType){name, PypsaReal(t, row, "f_nom", 50), PypsaReal(t, row, "r_per_length", 0),
                               PypsaReal(t, row, "x_per_length", 0), PypsaReal(t, row, "c_per_length", 0)};
    PetscFunctionReturn(0);
  }
  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(standard_type); s++)
    if (!strcmp(standard_type[s].name, name)) {
      *type = standard_type[s];
      PetscFunctionReturn(0);
    }
  *found = PETSC_FALSE;
  PetscCall(PypsaFault(&r->lines, k, FAULT_ERROR,
                       "found the line type '%.60s', expected one of line_types.csv (or no type, and r and x in ohm)",
                       name));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaCheckEnds(PypsaTable *t, PetscInt k, PetscInt from, PetscInt to)
{
  PetscFunctionBeginUser;
  if (from >= 0 && from == to)
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found bus0 and bus1 the same, expected two buses"));
  PetscFunctionReturn(0);
}

/* Both ends of a line or transformer are electric buses. */
static PetscErrorCode CheckEnds(PypsaTable *t, PetscInt k, PetscInt from, PetscInt to)
{
  const PetscInt end[2] = {from, to};

  PetscFunctionBeginUser;
  PetscCall(PypsaCheckEnds(t, k, from, to));
  for (int i = 0; i < 2; i++)
    if (end[i] >= 0 && !NetworkBusIsElectric(t->folder->net, end[i]))
      PetscCall(PypsaFault(t, k, FAULT_ERROR,
                           "bus%d: found a bus of carrier '%.40s', expected AC: other carriers are joined by links", i,
                           t->folder->net->bus.carrier[end[i]]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckImpedance(PypsaTable *t, PetscInt k, PetscReal r, PetscReal x, const char *unit)
{
  PetscFunctionBeginUser;
  if (!isfinite(r) || !isfinite(x) || (r == 0 && x == 0))
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found r = %g and x = %g %s, expected finite numbers that are not both zero", r, x, unit));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRating(PypsaTable *t, PetscInt k, PetscInt row, PetscInt *zero_rated)
{
  BranchTable *b    = &t->folder->net->branch;
  PetscReal    rate = PypsaReal(t, k, "s_nom", 0) * PypsaReal(t, k, "s_max_pu", 1);

  PetscFunctionBeginUser;
  if (!(rate >= 0)) {
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found s_nom * s_max_pu = %g MVA, expected at least 0", rate));
    rate = 0;
  }
  *zero_rated += rate == 0;
  b->rate_a[row] = b->rate_b[row] = b->rate_c[row] = rate;
  b->angle_min_rad[row]                            = PypsaReal(t, k, "v_ang_min", -INFINITY) * PETSC_PI / 180;
  b->angle_max_rad[row]                            = PypsaReal(t, k, "v_ang_max", INFINITY) * PETSC_PI / 180;
  b->in_service[row]                               = PypsaBool(t, k, "active", PETSC_TRUE);
  PetscCall(NetworkSetString(&b->name[row], t->name[k]));
  PetscFunctionReturn(0);
}

/* Ohm and siemens onto per unit of base_mva and the nominal voltage of bus0, as PyPSA does. */
static PetscErrorCode ReadLine(LineReader *reader, PetscInt k, PetscInt row)
{
  PypsaTable  *t   = &reader->lines;
  Network      net = t->folder->net;
  BranchTable *b   = &net->branch;
  PetscReal    r = PypsaReal(t, k, "r", 0), x = PypsaReal(t, k, "x", 0), g = PypsaReal(t, k, "g", 0),
            c     = PypsaReal(t, k, "b", 0), base;
  PetscBool found = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(PypsaBus(t, k, "bus0", &b->from[row]));
  PetscCall(PypsaBus(t, k, "bus1", &b->to[row]));
  PetscCall(CheckEnds(t, k, b->from[row], b->to[row]));
  if (PypsaText(t, k, "type")[0]) {
    LineType  type;
    PetscReal length = PypsaReal(t, k, "length", 0), parallel = PypsaReal(t, k, "num_parallel", 1);
    PetscCall(FindLineType(reader, k, &type, &found));
    if (!(parallel > 0))
      PetscCall(PypsaFault(t, k, FAULT_ERROR, "found num_parallel = %g, expected a positive number", parallel));
    if (found && parallel > 0) {
      r = type.r * length / parallel, x = type.x * length / parallel;
      c = 2 * PETSC_PI * type.f_nom * 1e-9 * type.c * length * parallel;
    }
  }
  if (found) PetscCall(CheckImpedance(t, k, r, x, "ohm"));
  PetscCall(ReadRating(t, k, row, &reader->zero_rated));
  if (b->from[row] < 0 || b->to[row] < 0) PetscFunctionReturn(0);
  reader->unequal += net->bus.base_kv[b->from[row]] != net->bus.base_kv[b->to[row]];
  base           = net->bus.base_kv[b->from[row]] * net->bus.base_kv[b->from[row]] / net->base_mva;
  b->r[row]      = r / base;
  b->x[row]      = x / base;
  b->g_from[row] = b->g_to[row] = g * base / 2;
  b->b_from[row] = b->b_to[row] = c * base / 2;
  PetscFunctionReturn(0);
}

static const PypsaUnsupported branch_unsupported[] = {
    {"s_nom_extendable", "False", FAULT_WARNING, "capacities are not extended, s_nom is used"},
    {"phase_shift_min", "0", FAULT_WARNING, "the phase shift is not optimised"},
    {"phase_shift_max", "0", FAULT_WARNING, "the phase shift is not optimised"},
};

static PetscErrorCode WarnOfRatings(PypsaTable *t, PetscInt zero_rated)
{
  PetscFunctionBeginUser;
  if (zero_rated)
    PetscCall(PypsaFault(t, -1, FAULT_WARNING,
                         "found %" PetscInt_FMT " of %" PetscInt_FMT " %s with s_nom 0 MVA: they can carry nothing",
                         zero_rated, t->n, t->component));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLines(Pypsa *p)
{
  LineReader r     = {0};
  PetscInt   first = p->net->branch.n;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "lines", &r.lines));
  PetscCall(PypsaTableRead(p, "line_types", &r.types));
  PetscCall(NameIndexCreate(r.types.n, r.types.name, &r.type_index));
  PetscCall(NetworkResizeBranches(p->net, first + r.lines.n));
  for (PetscInt k = 0; k < r.lines.n; k++) PetscCall(ReadLine(&r, k, first + k));
  if (r.lines.n) {
    PetscCall(PypsaCheckUnsupported(&r.lines, PETSC_STATIC_ARRAY_LENGTH(branch_unsupported), branch_unsupported));
    PetscCall(WarnOfRatings(&r.lines, r.zero_rated));
    if (r.unequal)
      PetscCall(PypsaFault(&r.lines, -1, FAULT_WARNING,
                           "found %" PetscInt_FMT " lines between buses of different v_nom: ohms are referred to bus0",
                           r.unequal));
  }
  PetscCall(NameIndexDestroy(&r.type_index));
  PetscCall(PypsaTableDestroy(&r.types));
  PetscCall(PypsaTableDestroy(&r.lines));
  PetscFunctionReturn(0);
}

/* The T circuit (half the impedance on each side of the shunt y) as a pi circuit; z and y per unit, y half at each end
   on return. Wye-delta transformation. */
static void TeeToPi(double complex *z, double complex *y)
{
  double complex half = *z / 2, middle = 1 / *y, sum = half * half + 2 * half * middle;
  *y = 2 * half / sum;
  *z = sum / middle;
}

/* A tap a at the to end is a tap 1/a at the from end with the impedance seen through it. */
static void MoveTap(PetscReal a, double complex *z, double complex *y, PetscReal *tap)
{
  *z *= a * a;
  *y /= a * a;
  *tap = 1 / a;
}

static PetscErrorCode CheckTransformer(PypsaTable *t, PetscInt k, PetscReal s_nom, PetscReal tap, PetscReal side)
{
  PetscFunctionBeginUser;
  if (PypsaText(t, k, "type")[0])
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found the transformer type '%.60s', expected no type, and r and x per unit of s_nom",
                         PypsaText(t, k, "type")));
  if (!(s_nom > 0) || isinf(s_nom))
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found s_nom = %g MVA, expected a positive power: r and x are per unit of it", s_nom));
  if (!(tap > 0) || isinf(tap))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found tap_ratio = %g, expected a positive number", tap));
  if (side != 0 && side != 1) PetscCall(PypsaFault(t, k, FAULT_ERROR, "found tap_side = %g, expected 0 or 1", side));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTransformer(PypsaTable *t, PetscInt k, PetscInt row, PetscInt *zero_rated)
{
  Network      net   = t->folder->net;
  BranchTable *b     = &net->branch;
  PetscReal    s_nom = PypsaReal(t, k, "s_nom", 0), tap = PypsaReal(t, k, "tap_ratio", 1),
            side = PypsaReal(t, k, "tap_side", 0);
  PetscReal r = PypsaReal(t, k, "r", 0), x = PypsaReal(t, k, "x", 0), g = PypsaReal(t, k, "g", 0),
            s = PypsaReal(t, k, "b", 0);
  double complex z, y;
  const char    *model = PypsaText(t, k, "model");

  PetscFunctionBeginUser;
  PetscCall(PypsaBus(t, k, "bus0", &b->from[row]));
  PetscCall(PypsaBus(t, k, "bus1", &b->to[row]));
  PetscCall(CheckEnds(t, k, b->from[row], b->to[row]));
  PetscCall(CheckTransformer(t, k, s_nom, tap, side));
  PetscCall(CheckImpedance(t, k, r, x, "per unit"));
  PetscCall(ReadRating(t, k, row, zero_rated));
  if (model[0] && strcmp(model, "t") != 0 && strcmp(model, "pi") != 0)
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found the transformer model '%.20s', expected t or pi", model));
  z = (r + I * x) * net->base_mva / s_nom;
  y = (g + I * s) * s_nom / net->base_mva;
  if (y != 0 && strcmp(model, "pi") != 0) TeeToPi(&z, &y);
  if (side == 1) MoveTap(tap, &z, &y, &tap);
  b->r[row] = creal(z), b->x[row] = cimag(z);
  b->g_from[row] = b->g_to[row] = creal(y) / 2;
  b->b_from[row] = b->b_to[row] = cimag(y) / 2;
  b->tap[row]                   = tap;
  b->shift_rad[row]             = PypsaReal(t, k, "phase_shift", 0) * PETSC_PI / 180;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTransformers(Pypsa *p)
{
  PypsaTable t;
  PetscInt   first = p->net->branch.n, zero_rated = 0;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "transformers", &t));
  PetscCall(NetworkResizeBranches(p->net, first + t.n));
  for (PetscInt k = 0; k < t.n; k++) PetscCall(ReadTransformer(&t, k, first + k, &zero_rated));
  if (t.n) PetscCall(PypsaCheckUnsupported(&t, PETSC_STATIC_ARRAY_LENGTH(branch_unsupported), branch_unsupported));
  PetscCall(PypsaTableDestroy(&t));
  PetscFunctionReturn(0);
}

/* Parallel branches are told apart by their running number between the two buses. */
static PetscErrorCode NumberCircuits(Network net)
{
  BranchTable *b = &net->branch;
  PetscInt    *head, *next; /* branches at each bus, by their lower-numbered end */

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(net->bus.n + 1, &head, b->n + 1, &next));
  for (PetscInt k = 0; k < net->bus.n; k++) head[k] = -1;
  for (PetscInt k = 0; k < b->n; k++) {
    PetscInt low = PetscMin(b->from[k], b->to[k]), high = PetscMax(b->from[k], b->to[k]), count = 1;
    char     text[24];
    if (low < 0) continue;
    for (PetscInt other = head[low]; other >= 0; other = next[other])
      count += PetscMax(b->from[other], b->to[other]) == high;
    next[k]   = head[low];
    head[low] = k;
    snprintf(text, sizeof text, "%" PetscInt_FMT, count);
    PetscCall(NetworkSetString(&b->circuit[k], text));
  }
  PetscCall(PetscFree2(head, next));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadBranches(Pypsa *p)
{
  PetscFunctionBeginUser;
  PetscCall(ReadLines(p));
  PetscCall(ReadTransformers(p));
  PetscCall(NumberCircuits(p->net));
  PetscFunctionReturn(0);
}
