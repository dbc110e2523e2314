/* Lines, system switching devices and, in revision 23, transformers of a RAW file. */
#include "inputs/psse_raw.h"

#include <math.h>

PetscErrorCode RawRating(RawReader *r, RawRecord *record, PetscInt field, PetscReal *rate)
{
  PetscFunctionBegin;
  PetscCall(RawReal(r, record, field, "rating", 0, rate));
  if (!(*rate > 0)) *rate = INFINITY;
  PetscFunctionReturn(0);
}

PetscErrorCode RawNameBranch(RawReader *r, PetscInt row, PetscInt from, PetscInt to, const char *circuit,
                             PetscBool in_service)
{
  BranchTable *b = &r->net->branch;
  char         name[2 * RAW_TEXT];

  PetscFunctionBegin;
  b->from[row]       = from;
  b->to[row]         = to;
  b->in_service[row] = (PetscBool)(in_service && RawBusInUse(r, from) && RawBusInUse(r, to));
  PetscCall(NetworkSetString(&b->circuit[row], circuit));
  (void)snprintf(name, sizeof name, "%" PetscInt_FMT "-%" PetscInt_FMT ":%s", r->net->bus.number[from],
                 r->net->bus.number[to], circuit);
  PetscCall(NetworkSetString(&b->name[row], name));
  PetscFunctionReturn(0);
}

/* A line without resistance and with next to no reactance is an ideal connection, which a branch cannot be. */
static void RaiseZeroImpedance(RawReader *r, const RawRecord *record, PetscInt row)
{
  BranchTable *b = &r->net->branch;
  if (b->r[row] != 0 || fabs(b->x[row]) >= r->format.zero_threshold) return;
  RawCount(r, RAW_NOTE_ZERO_IMPEDANCE, record->line, "branch %s", b->name[row]);
  b->x[row] = 1e-4;
}

/* GI, BI, GJ, BJ stand at the buses; the network's shunt at the from end stands behind the tap. */
static PetscErrorCode ReadLineShunts(RawReader *r, RawRecord *record, PetscInt first, PetscReal charging, PetscInt row)
{
  BranchTable    *b      = &r->net->branch;
  const PetscReal square = b->tap[row] * b->tap[row];
  PetscReal       gi, bi, gj, bj;

  PetscFunctionBegin;
  PetscCall(RawReal(r, record, first, "GI", 0, &gi));
  PetscCall(RawReal(r, record, first + 1, "BI", 0, &bi));
  PetscCall(RawReal(r, record, first + 2, "GJ", 0, &gj));
  PetscCall(RawReal(r, record, first + 3, "BJ", 0, &bj));
  b->g_from[row] = gi * square;
  b->b_from[row] = charging / 2 + bi * square;
  b->g_to[row]   = gj;
  b->b_to[row]   = charging / 2 + bj;
  PetscFunctionReturn(0);
}

/* RATIO and ANGLE of revision 23; a ratio of 0 is that of a line. */
static PetscErrorCode ReadRatio(RawReader *r, RawRecord *record, PetscInt row)
{
  BranchTable *b = &r->net->branch;
  PetscReal    degrees;

  PetscFunctionBegin;
  PetscCall(RawReal(r, record, 9, "RATIO", 0, &b->tap[row]));
  PetscCall(RawReal(r, record, 10, "ANGLE", 0, &degrees));
  b->shift_rad[row] = degrees * PETSC_PI / 180;
  if (b->tap[row] == 0) b->tap[row] = 1;
  if (b->tap[row] < 0)
    PetscCall(RawFault(r, record->line, "branch: found RATIO %g, expected a ratio above 0, or 0 for a line",
                       (double)b->tap[row]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadEnds(RawReader *r, RawRecord *record, PetscInt *from, PetscInt *to)
{
  PetscFunctionBegin;
  PetscCall(RawBus(r, record, 0, "I", from));
  PetscCall(RawBus(r, record, 1, "J", to));
  if (*from >= 0 && *from == *to)
    PetscCall(RawFault(r, record->line, "%s: found bus %" PetscInt_FMT " at both ends, expected two buses",
                       record->noun, r->net->bus.number[*from]));
  if (*from == *to) record->good = PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* A reactance has no default. */
static PetscErrorCode RequireReactance(RawReader *r, RawRecord *record, PetscInt field)
{
  PetscFunctionBegin;
  if (RawHas(record, field)) PetscFunctionReturn(0);
  PetscCall(RawFault(r, record->line,
                     "%s: found %" PetscInt_FMT " fields and no X, expected the reactance in field %" PetscInt_FMT,
                     record->noun, record->n, field + 1));
  record->good = PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBranch(RawReader *r, RawRecord *record)
{
  const PetscBool named = (PetscBool)(r->format.revision >= 34 || (record->n > 6 && record->field[6].quoted));
  const PetscBool old   = (PetscBool)(r->format.revision < 30);
  const PetscInt  rates = named ? 7 : 6, shunts = named ? 19 : old ? 11 : 9, row = r->n_branches;
  BranchTable    *b = &r->net->branch;
  PetscInt        from, to, status;
  PetscReal       charging;
  char            circuit[RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(ReadEnds(r, record, &from, &to));
  if (record->good) PetscCall(RequireReactance(r, record, 4));
  if (!record->good) PetscFunctionReturn(0);
  ++r->n_branches;
  RawText(record, 2, "1", circuit, sizeof circuit);
  PetscCall(RawInt(r, record, shunts + 4, "ST", 1, &status));
  PetscCall(RawNameBranch(r, row, from, to, circuit, (PetscBool)(status != 0)));
  PetscCall(RawReal(r, record, 3, "R", 0, &b->r[row]));
  PetscCall(RawReal(r, record, 4, "X", 0, &b->x[row]));
  PetscCall(RawReal(r, record, 5, "B", 0, &charging));
  PetscCall(RawRating(r, record, rates, &b->rate_a[row]));
  PetscCall(RawRating(r, record, rates + 1, &b->rate_b[row]));
  PetscCall(RawRating(r, record, rates + 2, &b->rate_c[row]));
  if (old) PetscCall(ReadRatio(r, record, row));
  PetscCall(ReadLineShunts(r, record, shunts, charging, row));
  RaiseZeroImpedance(r, record, row);
  PetscFunctionReturn(0);
}

/* Breakers and switches of revisions 34 and 35: lines of a small reactance. */
static PetscErrorCode ReadSwitchingDevice(RawReader *r, RawRecord *record)
{
  const PetscInt row = r->n_branches;
  BranchTable   *b   = &r->net->branch;
  PetscInt       from, to, status;
  char           circuit[RAW_TEXT];

  PetscFunctionBegin;
  PetscCall(ReadEnds(r, record, &from, &to));
  if (!record->good) PetscFunctionReturn(0);
  ++r->n_branches;
  RawText(record, 2, "1", circuit, sizeof circuit);
  PetscCall(RawInt(r, record, 16, "STAT", 1, &status));
  PetscCall(RawNameBranch(r, row, from, to, circuit, (PetscBool)(status != 0)));
  PetscCall(RawReal(r, record, 3, "X", 0, &b->x[row]));
  PetscCall(RawRating(r, record, 4, &b->rate_a[row]));
  PetscCall(RawRating(r, record, 5, &b->rate_b[row]));
  PetscCall(RawRating(r, record, 6, &b->rate_c[row]));
  RaiseZeroImpedance(r, record, row);
  PetscFunctionReturn(0);
}

PetscErrorCode RawReadBranches(RawReader *r)
{
  RawRecord record;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < r->section[RAW_BRANCH].n; ++k) {
    RawRead(r, RAW_BRANCH, k, &record);
    PetscCall(ReadBranch(r, &record));
  }
  for (PetscInt k = 0; k < r->section[RAW_SWITCHING_DEVICE].n; ++k) {
    RawRead(r, RAW_SWITCHING_DEVICE, k, &record);
    PetscCall(ReadSwitchingDevice(r, &record));
  }
  PetscFunctionReturn(0);
}
