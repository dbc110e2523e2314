/* Who is paid and who pays: a run's statement by participant, class and kind of entry; of a plan, of the days settled. */
#include <stdlib.h>
#include <string.h>

#include "inputs/csv.h"
#include "jobs/report_impl.h"

enum { MOST_ACCOUNTS = 60 };

/* The class of a participant, "" where the run names none. */
static const char *ClassOf(Dataset ds, const char *participant)
{
  char *const *name = ReportTexts(ds, "participant"), *const *class_of = ReportTexts(ds, "participant_class");

  for (size_t k = 0; name && class_of && k < ReportLength(ds, "participant"); k++)
    if (!strcmp(name[k], participant)) return class_of[k];
  return "";
}

/* Columns of settlement.csv, whose last three carry the currency's name. */
enum { PARTICIPANT, KIND, LINES, INJECTED, WITHDRAWN, RECEIVED, PAID, NET, COLUMNS };

static void PutRow(Csv csv, PetscInt row, Dataset ds, json_t *out)
{
  static const char *const keys[COLUMNS] = {"account", "kind", NULL, NULL, NULL, "received", "paid", "net"};
  json_t                  *line          = json_object();

  for (int k = 0; k < COLUMNS; k++)
    if (keys[k]) JsonPut(line, keys[k], JsonText(CsvText(csv, row, k)));
  JsonPut(line, "injected", json_integer((json_int_t)atoll(CsvText(csv, row, INJECTED))));
  JsonPut(line, "withdrawn", json_integer((json_int_t)atoll(CsvText(csv, row, WITHDRAWN))));
  JsonPut(line, "class", JsonText(ClassOf(ds, CsvText(csv, row, PARTICIPANT))));
  json_array_append_new(out, line);
}

/* All rows of participants; of the declared accounts (with an @) only the totals. */
static PetscErrorCode ReadStatement(const char *path, Dataset ds, json_t *rows)
{
  Faults   faults;
  Csv      csv;
  PetscInt accounts = 0;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(CsvRead(PETSC_COMM_SELF, path, faults, &csv));
  for (PetscInt row = 0; csv && CsvColumns(csv) == COLUMNS && row < CsvRows(csv) && accounts < MOST_ACCOUNTS; row++) {
    const PetscBool total = strcmp(CsvText(csv, row, KIND), "total") ? PETSC_FALSE : PETSC_TRUE;
    accounts += total;
    if (total || !strchr(CsvText(csv, row, PARTICIPANT), '@')) PutRow(csv, row, ds, rows);
  }
  PetscCall(CsvDestroy(&csv));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutStatement(const char *directory, const char *where, Dataset ds, json_t *summary, json_t *list)
{
  char    path[PETSC_MAX_PATH_LEN];
  json_t *out = json_object(), *rows = json_array();

  PetscFunctionBeginUser;
  FileJoin(path, sizeof path, directory, "settlement.csv");
  PetscCall(ReadStatement(path, ds, rows));
  JsonPut(out, "where", JsonText(where));
  JsonPut(out, "rows", rows);
  JsonPut(out, "currency", json_incref(json_object_get(summary, "currency")));
  JsonPut(out, "classes", json_incref(json_object_get(json_object_get(summary, "market"), "classes")));
  JsonPut(out, "sum", json_incref(json_object_get(summary, "settlement_sum")));
  if (json_array_size(rows))
    json_array_append_new(list, out);
  else
    json_decref(out);
  PetscFunctionReturn(0);
}

static PetscErrorCode PutCheck(ReportRun *run, const char *name, json_t *list)
{
  char      folder[PETSC_MAX_PATH_LEN], inner[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  FileError error;
  Dataset   ds;
  json_t   *summary, *ledger;

  PetscFunctionBeginUser;
  FileJoin(folder, sizeof folder, run->directory, "check");
  FileJoin(inner, sizeof inner, folder, name);
  summary = JsonLoad(inner, "summary.json");
  FileJoin(path, sizeof path, inner, "results.nc");
  PetscCall(DatasetReadNetcdf(path, &ds, &error));
  if (ds) PetscCall(PutStatement(inner, name, ds, summary, list));
  PetscCall(DatasetDestroy(&ds));
  ledger = json_copy(json_object_get(summary, "ledger"));
  if (ledger) {
    snprintf(path, sizeof path, "%.255s/check/%.255s", run->name, name);
    JsonPut(ledger, "directory", JsonText(path));
    json_array_append_new(json_object_get(run->out, "ledger"), ledger);
  }
  json_decref(summary);
  PetscFunctionReturn(0);
}

PetscErrorCode ReportPutSettlement(ReportRun *run)
{
  json_t  *list   = json_array();
  TextList checks = {0};

  PetscFunctionBeginUser;
  if (run->results) PetscCall(PutStatement(run->directory, "", run->results, run->summary, list));
  PetscCall(ReportChecks(run->directory, "summary.json", &checks));
  for (PetscInt k = 0; k < checks.n; k++) PetscCall(PutCheck(run, checks.text[k], list));
  PetscCall(TextListDestroy(&checks));
  JsonPut(run->out, "settlement", list);
  PetscFunctionReturn(0);
}
