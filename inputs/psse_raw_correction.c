/* Impedance correction tables of a RAW file: factors on a winding's impedance over its turns ratio or its phase shift. Up
   to revision 33 a table is one line of pairs (T, F); from 34 on F is complex, six points stand on a line, and a point of
   zeros ends the table. */
#include "inputs/psse_raw.h"

#define POINTS 100
#define POINTS_ON_LINE 6
#define RATIO_LOWEST 0.5 /* tables that leave this range are over degrees */
#define RATIO_HIGHEST 1.5

typedef struct {
  PetscInt  number, n;
  PetscReal at[POINTS], re[POINTS], im[POINTS];
} Table;

/* Takes the points of a line from a field on; PETSC_FALSE when the table ends with it. */
static PetscBool TakePoints(const RawReader *r, const RawRecord *record, PetscInt field, Table *t)
{
  const PetscInt width = r->format.revision >= 34 ? 3 : 2;
  PetscInt       taken = 0;

  for (; field < record->n && t->n < POINTS; field += width, ++taken) {
    PetscReal at = 0, re = 0, im = 0;
    if (RawHas(record, field) && !RawNumber(record, field, &at)) return PETSC_FALSE;
    if (RawHas(record, field + 1) && !RawNumber(record, field + 1, &re)) return PETSC_FALSE;
    if (width == 3 && RawHas(record, field + 2) && !RawNumber(record, field + 2, &im)) return PETSC_FALSE;
    if (at == 0 && re == 0 && im == 0) return PETSC_FALSE;
    t->at[t->n] = at, t->re[t->n] = re, t->im[t->n++] = im;
  }
  return (PetscBool)(width == 3 && taken >= POINTS_ON_LINE && t->n < POINTS);
}

/* The table that begins at a line; *line is then the one behind it. */
static void ReadTable(const RawReader *r, PetscInt *line, Table *t)
{
  const RawSection *section = &r->section[RAW_CORRECTION];
  PetscReal         number;
  RawRecord         record;
  PetscBool         more;

  RawRead(r, RAW_CORRECTION, (*line)++, &record);
  t->n      = 0;
  t->number = RawNumber(&record, 0, &number) && number > 0 && number < 1e6 ? (PetscInt)number : 0;
  more      = TakePoints(r, &record, 1, t);
  while (more && *line < section->n) {
    RawRead(r, RAW_CORRECTION, (*line)++, &record);
    more = TakePoints(r, &record, 0, t);
  }
}

/* Straight between the points, constant beyond them; PETSC_FALSE unless they ascend. */
static PetscBool Interpolate(const Table *t, PetscReal ratio, PetscReal degrees, PetscReal factor[2])
{
  PetscReal x, share;
  PetscInt  k = 1;

  if (t->n < 2) return PETSC_FALSE;
  for (PetscInt p = 1; p < t->n; ++p)
    if (!(t->at[p] > t->at[p - 1])) return PETSC_FALSE;
  x = t->at[0] < RATIO_LOWEST || t->at[t->n - 1] > RATIO_HIGHEST ? degrees : ratio;
  while (k < t->n - 1 && x > t->at[k]) ++k;
  share     = PetscClipInterval((x - t->at[k - 1]) / (t->at[k] - t->at[k - 1]), 0, 1);
  factor[0] = t->re[k - 1] + share * (t->re[k] - t->re[k - 1]);
  factor[1] = t->im[k - 1] + share * (t->im[k] - t->im[k - 1]);
  return PETSC_TRUE;
}

PetscBool RawCorrection(const RawReader *r, PetscInt number, PetscReal ratio, PetscReal degrees, PetscReal factor[2])
{
  Table table;

  factor[0] = 1;
  factor[1] = 0;
  if (!number) return PETSC_TRUE;
  for (PetscInt line = 0; line < r->section[RAW_CORRECTION].n;) {
    ReadTable(r, &line, &table);
    if (table.number == PetscAbsInt(number)) return Interpolate(&table, ratio, degrees, factor);
  }
  return PETSC_FALSE;
}
