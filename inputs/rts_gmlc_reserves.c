/* Spinning reserves of the RTS-GMLC folder: upward products of one area. */
#include "inputs/rts_gmlc.h"
#include "inputs/source.h"

#include <string.h>

static const char *const product_column[] = {"Reserve Product",  "Timeframe (sec)", "Requirement (MW)",
                                             "Eligible Regions", "Direction",       "Eligible Device SubCategories"};
enum { PRODUCT, TIMEFRAME, REQUIREMENT, REGIONS, DIRECTION, ELIGIBLE, PRODUCT_COLUMNS };

static const char *const unit_column[] = {"GEN UID", "Category", "Ramp Rate MW/Min"};
enum { UID, CATEGORY, RAMP, UNIT_COLUMNS };

typedef struct {
  RtsGmlc  *reader;
  Csv       products, units;
  PetscInt  column[PRODUCT_COLUMNS], unit_at[UNIT_COLUMNS];
  PetscInt *row; /* [reserves] of the products */
} Reserves;

/* Products upward in one area; those of all areas at once are left to faster controls than an hour's dispatch. */
static PetscBool IsSpinning(const Reserves *r, PetscInt row)
{
  return !strncmp(CsvText(r->products, row, r->column[PRODUCT]), "Spin", 4) &&
                 !strcmp(CsvText(r->products, row, r->column[DIRECTION]), "Up") &&
                 !strpbrk(CsvText(r->products, row, r->column[REGIONS]), "(,")
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Whether a list "(Gas CT,Gas CC,...)" holds a word. */
static PetscBool Lists(const char *list, const char *word)
{
  const size_t n = strlen(word);
  for (const char *at = list; n && (at = strstr(at, word)); at++)
    if ((at == list || strchr("(,", at[-1])) && (!at[n] || strchr("),", at[n]))) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode ReadProduct(Reserves *r, PetscInt k)
{
  Network        net   = r->reader->net;
  ReserveTable  *t     = &net->reserve;
  const PetscInt row   = r->row[k];
  const char    *area  = CsvText(r->products, row, r->column[REGIONS]);
  PetscInt       buses = 0;

  PetscFunctionBegin;
  PetscCall(NetworkSetString(&t->name[k], CsvText(r->products, row, r->column[PRODUCT])));
  PetscCall(NetworkSetString(&t->column[k], "area"));
  PetscCall(NetworkSetString(&t->label[k], area));
  PetscCall(CsvReal(r->products, r->reader->faults, row, r->column[REQUIREMENT], 0, 0, &t->requirement_mw[k]));
  for (PetscInt b = 0; b < net->bus.n; ++b) buses += NetworkReserveCovers(net, k, b);
  if (!buses)
    PetscCall(FaultsAdd(r->reader->faults, FAULT_ERROR, CsvPath(r->products), CsvLine(r->products, row),
                        "column \"Eligible Regions\": found \"%.40s\", expected an area of bus.csv", area));
  if (t->requirement_mw[k] < 0)
    PetscCall(FaultsAdd(r->reader->faults, FAULT_ERROR, CsvPath(r->products), CsvLine(r->products, row),
                        "column \"Requirement (MW)\": found %g, expected 0 or more", (double)t->requirement_mw[k]));
  PetscFunctionReturn(0);
}

static PetscInt UnitRow(const Reserves *r, const char *name)
{
  for (PetscInt row = 0; row < CsvRows(r->units); ++row)
    if (!strcmp(CsvText(r->units, row, r->unit_at[UID]), name)) return row;
  return -1;
}

/* A unit gives what it can ramp in the product's time frame, all of its output where it has no ramp limit. */
static PetscErrorCode ReadGiver(const Reserves *r, PetscInt k, PetscInt g)
{
  GeneratorTable *t   = &r->reader->net->generator;
  const PetscInt  row = UnitRow(r, t->name[g]);
  PetscReal       ramp, seconds;

  PetscFunctionBegin;
  if (row < 0 || !NetworkReserveCovers(r->reader->net, k, t->bus[g]) ||
      !Lists(CsvText(r->products, r->row[k], r->column[ELIGIBLE]), CsvText(r->units, row, r->unit_at[CATEGORY])))
    PetscFunctionReturn(0);
  PetscCall(CsvReal(r->units, r->reader->faults, row, r->unit_at[RAMP], 0, 0, &ramp));
  PetscCall(CsvReal(r->products, r->reader->faults, r->row[k], r->column[TIMEFRAME], 0, 0, &seconds));
  t->reserve_max_mw[g] = ramp > 0 ? PetscMin(ramp * PetscMax(seconds, 0) / 60, t->p_max_mw[g]) : t->p_max_mw[g];
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRows(Reserves *r)
{
  Network        net    = r->reader->net;
  const PetscInt errors = FaultsErrorCount(r->reader->faults), n = CsvRows(r->products);
  PetscInt       spinning = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n + 1, &r->row));
  for (PetscInt row = 0; row < n; ++row)
    if (IsSpinning(r, row)) r->row[spinning++] = row;
  PetscCall(NetworkResizeReserves(net, spinning));
  for (PetscInt k = 0; k < spinning; ++k) PetscCall(ReadProduct(r, k));
  for (PetscInt k = 0; k < spinning && FaultsErrorCount(r->reader->faults) == errors; ++k)
    for (PetscInt g = 0; g < net->generator.n; ++g) PetscCall(ReadGiver(r, k, g));
  if (n > spinning)
    PetscCall(FaultsAdd(r->reader->faults, FAULT_WARNING, CsvPath(r->products), 0,
                        "%" PetscInt_FMT " of %" PetscInt_FMT
                        " reserve products are left out: only spinning reserves of one area are modelled",
                        n - spinning, n));
  PetscCall(PetscFree(r->row));
  PetscFunctionReturn(0);
}

PetscErrorCode RtsGmlcReadReserves(RtsGmlc *reader)
{
  const PetscInt errors = FaultsErrorCount(reader->faults);
  Reserves       r      = {.reader = reader};
  PathKind       kind;

  PetscFunctionBegin;
  PetscCall(SourceKind(reader->comm, reader->folder, "reserves.csv", &kind));
  if (kind != PATH_FILE) PetscFunctionReturn(0);
  PetscCall(RtsGmlcTable(reader, "reserves.csv", &r.products));
  PetscCall(RtsGmlcTable(reader, "gen.csv", &r.units));
  if (r.products) PetscCall(CsvRequire(r.products, reader->faults, PRODUCT_COLUMNS, product_column, r.column));
  if (r.units) PetscCall(CsvRequire(r.units, reader->faults, UNIT_COLUMNS, unit_column, r.unit_at));
  if (r.products && r.units && FaultsErrorCount(reader->faults) == errors) PetscCall(ReadRows(&r));
  PetscCall(CsvDestroy(&r.products));
  PetscCall(CsvDestroy(&r.units));
  PetscFunctionReturn(0);
}
