/* The key `quantity` of a contract. */
#include "inputs/contract_terms_impl.h"

#include "inputs/csv.h"

#include <math.h>
#include <string.h>

/* One watt to 10^8 MW. */
#define POWER_MIN 1e-6
#define POWER_MAX 1e8
#define VALUES_MAX 10800 /* that a contract's record holds */

enum { FIXED, PROFILE, UNIT_SHARE, STORAGE_SHARE, CURTAILMENT, SHIFTING, KINDS };

static const char *const kinds[] = {"fixed", "profile", "unit-share", "storage-share", "curtailment", "shifting"};

#define AT(member) offsetof(QuantityTerms, member)
#define KIND                                      \
  {                                               \
    "kind", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0 \
  }
#define TEXT(key, member, what, line)                         \
  {                                                           \
    key, FIELD_TEXT, AT(member), 0, 0, what, {NULL}, AT(line) \
  }
#define POWER                                                                                                   \
  {"power_mw", FIELD_REAL,    AT(power_mw), POWER_MIN, POWER_MAX, "a power above 0, at most 1e8 MW",            \
   {NULL},     AT(power_line)},                                                                                 \
  {                                                                                                             \
    "power_kw", FIELD_REAL, AT(power_mw), 1e3 * POWER_MIN, 1e3 * POWER_MAX, "a power above 0, at most 1e11 kW", \
        {NULL}, AT(kw_line)                                                                                     \
  }
#define UNIT                                                                                                  \
  TEXT("unit", unit, "the name of a generator or storage unit", unit_line),                                   \
  {                                                                                                           \
    "component", FIELD_CHOICE, AT(component), 0, 0, "generator or storage", {"generator", "storage", NULL}, 0 \
  }
#define SHARE                                                                                     \
  {                                                                                               \
    "share", FIELD_REAL, AT(share), 1e-6, 1, "a share above 0, at most 1", {NULL}, AT(share_line) \
  }
#define BUS TEXT("bus", bus, "the name or number of a bus", bus_line)
#define LOAD TEXT("load", load, "the name of a load", load_line)

static const StudyField fixed[]   = {KIND, POWER, UNIT, BUS};
static const StudyField profile[] = {
    KIND,
    {"power_mw", FIELD_LATER, 0, 0, 0, NULL, {NULL}, AT(power_line)},
    {"power_kw", FIELD_LATER, 0, 0, 0, NULL, {NULL}, AT(kw_line)},
    {"file", FIELD_PATH, AT(file), 0, 0, "a path", {NULL}, AT(file_line)},
    TEXT("column", column, "the name of a column", column_line),
    {"step_hours", FIELD_REAL, AT(step_hours), 1.0 / 60, 24, "a step from a minute to a day", {NULL}, AT(step_line)},
    UNIT,
    BUS};
static const StudyField unit_share[]    = {KIND, UNIT, SHARE};
static const StudyField storage_share[] = {KIND, TEXT("storage", storage, "the name of a storage unit", storage_line),
                                           SHARE};
static const StudyField curtailment[]   = {KIND, LOAD, POWER};
static const StudyField shifting[]      = {KIND,
                                           LOAD,
                                           POWER,
                                           {"within_hours",
                                            FIELD_REAL,
                                            AT(within_hours),
                                            1.0 / 60,
                                            8784,
                                            "a length from a minute to 8784 h",
                                            {NULL},
                                            AT(within_line)}};

static const struct {
  const StudyField *field;
  PetscInt          n;
} fields_of[] = {{fixed, PETSC_STATIC_ARRAY_LENGTH(fixed)},
                 {profile, PETSC_STATIC_ARRAY_LENGTH(profile)},
                 {unit_share, PETSC_STATIC_ARRAY_LENGTH(unit_share)},
                 {storage_share, PETSC_STATIC_ARRAY_LENGTH(storage_share)},
                 {curtailment, PETSC_STATIC_ARRAY_LENGTH(curtailment)},
                 {shifting, PETSC_STATIC_ARRAY_LENGTH(shifting)}};

static PetscErrorCode Fault(StudyReader *r, PetscInt line, const char *text)
{
  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, line, "quantity: %s", text));
  PetscFunctionReturn(0);
}

/* A fixed power is given once, in MW or in kW. */
static PetscErrorCode CheckPower(StudyReader *r, YamlTree tree, QuantityTerms *q)
{
  const PetscBool mw = YamlTreeFind(tree, "power_mw") >= 0, kw = YamlTreeFind(tree, "power_kw") >= 0;

  PetscFunctionBeginUser;
  if (mw == kw)
    PetscCall(Fault(r, tree->line,
                    mw ? "found power_mw and power_kw, expected one of them"
                       : "found no power, expected power_mw or power_kw"));
  if (kw) {
    q->power_mw *= 1e-3;
    q->power_line = q->kw_line;
  }
  PetscFunctionReturn(0);
}

/* Values of steps of the day. */
static PetscErrorCode ReadValues(StudyReader *r, const char *key, YamlTree list, PetscReal unit, QuantityTerms *q)
{
  PetscFunctionBeginUser;
  if (list->kind != YAML_TREE_SEQUENCE || list->n < 1 || list->n > 1440 || 86400 % list->n) {
    PetscCall(
        FieldWrong(r, key, list, "a list of powers for equal steps of the day, of whole seconds (24, 48, 96, ...)"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(list->n, &q->value_mw));
  q->n_values   = list->n;
  q->daily      = PETSC_TRUE;
  q->step_hours = 24.0 / (PetscReal)list->n;
  for (PetscInt k = 0; k < list->n; k++) {
    if (!FieldAsReal(list->child[k], &q->value_mw[k]) || q->value_mw[k] < 0 || q->value_mw[k] * unit > POWER_MAX)
      PetscCall(FieldWrong(r, key, list->child[k], "a power of at least 0, at most 1e8 MW"));
    q->value_mw[k] *= unit;
  }
  PetscFunctionReturn(0);
}

/* Values of steps from the contract's start on: a column of a table. */
static PetscErrorCode ReadColumn(MPI_Comm comm, StudyReader *r, YamlTree tree, QuantityTerms *q)
{
  Csv      csv;
  PetscInt column, rows;

  PetscFunctionBeginUser;
  PetscCall(FieldsRequire(r, "quantity", tree, "column", "the column of the file that holds the power in MW"));
  if (!q->column || !q->file) PetscFunctionReturn(0);
  PetscCall(CsvRead(comm, q->file, r->faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  column = CsvColumn(csv, q->column);
  rows   = CsvRows(csv);
  if (column < 0) {
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, q->column_line,
                        "column: found '%.60s', expected the name of a column of %s", q->column, q->file));
  } else if (rows < 1 || rows > VALUES_MAX) {
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, q->file, 0,
                        "found %" PetscInt_FMT " rows of a profile, expected 1 to %d", rows, VALUES_MAX));
  } else {
    PetscCall(PetscCalloc1(rows, &q->value_mw));
    q->n_values = rows;
    for (PetscInt k = 0; k < rows; k++) {
      PetscCall(CsvReal(csv, r->faults, k, column, CSV_FINITE, 0, &q->value_mw[k]));
      if (q->value_mw[k] < 0 || q->value_mw[k] > POWER_MAX)
        PetscCall(FaultsAdd(r->faults, FAULT_ERROR, q->file, CsvLine(csv, k),
                            "%.60s: found '%.40s', expected a power of at least 0, at most 1e8 MW", q->column,
                            CsvText(csv, k, column)));
    }
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadProfile(MPI_Comm comm, StudyReader *r, YamlTree tree, QuantityTerms *q)
{
  const PetscInt mw = YamlTreeFind(tree, "power_mw"), kw = YamlTreeFind(tree, "power_kw");
  const PetscInt file = YamlTreeFind(tree, "file");
  double         seconds;

  PetscFunctionBeginUser;
  if ((mw >= 0) + (kw >= 0) + (file >= 0) != 1) {
    PetscCall(Fault(r, tree->line, "found no profile or several, expected one of power_mw, power_kw and file"));
  } else if (file >= 0) {
    PetscCall(ReadColumn(comm, r, tree, q));
    seconds = q->step_hours * 3600;
    if (fabs(seconds - rint(seconds)) > 1e-6)
      PetscCall(Fault(r, q->step_line, "found a step_hours that is no whole number of seconds, expected one"));
  } else {
    if (q->step_line || q->column)
      PetscCall(Fault(r, tree->line, "found step_hours or column without a file, expected a file, or neither"));
    PetscCall(ReadValues(r, mw >= 0 ? "power_mw" : "power_kw", tree->child[mw >= 0 ? mw : kw], mw >= 0 ? 1 : 1e-3, q));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TermsReadQuantity(MPI_Comm comm, StudyReader *r, YamlTree tree, QuantityTerms *q)
{
  PetscInt kind;

  PetscFunctionBeginUser;
  q->line       = tree->line;
  q->step_hours = 1;
  PetscCall(TermsReadKind(r, "quantity", tree, kinds, KINDS,
                          "fixed, profile, unit-share, storage-share, curtailment or shifting", &kind));
  if (kind < 0) PetscFunctionReturn(0);
  PetscCall(FieldSetText(&q->kind, kinds[kind]));
  PetscCall(FieldsRead(r, "quantity", tree, fields_of[kind].field, fields_of[kind].n, q));
  if (kind == FIXED || kind >= CURTAILMENT) PetscCall(CheckPower(r, tree, q));
  if (kind == PROFILE) PetscCall(ReadProfile(comm, r, tree, q));
  if (kind == UNIT_SHARE) PetscCall(FieldsRequire(r, "quantity", tree, "unit", "the generator or storage unit"));
  if (kind == STORAGE_SHARE) PetscCall(FieldsRequire(r, "quantity", tree, "storage", "the storage unit"));
  if (kind == UNIT_SHARE || kind == STORAGE_SHARE)
    PetscCall(FieldsRequire(r, "quantity", tree, "share", "the share of it"));
  if (kind >= CURTAILMENT) PetscCall(FieldsRequire(r, "quantity", tree, "load", "the load that responds"));
  if (kind == SHIFTING) {
    PetscCall(FieldsRequire(r, "quantity", tree, "within_hours", "the hours within which demand catches up"));
    if (fabs(q->within_hours * 3600 - rint(q->within_hours * 3600)) > 1e-6)
      PetscCall(Fault(r, q->within_line, "found a within_hours that is no whole number of seconds, expected one"));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TermsDestroyQuantity(QuantityTerms *q)
{
  char **text[] = {&q->kind, &q->unit, &q->component, &q->storage, &q->load, &q->bus, &q->file, &q->column};

  PetscFunctionBeginUser;
  for (size_t k = 0; k < sizeof text / sizeof text[0]; k++) PetscCall(PetscFree(*text[k]));
  PetscCall(PetscFree(q->value_mw));
  PetscFunctionReturn(0);
}
