/* Checking what is planned before it is. */
#include "jobs/plan_validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inputs/source.h"
#include "jobs/memory.h"
#include "solver/expansion_memory.h"

/* Whether a table has a word in its first line (NULL: any row behind it). A table that is not there has nothing. */
static PetscErrorCode TableHas(MPI_Comm comm, const char *folder, const char *name, const char *word, PetscBool *has)
{
  char     path[PETSC_MAX_PATH_LEN];
  PathKind kind;
  Source  *source;
  Faults   ignored;
  char    *end;

  PetscFunctionBeginUser;
  PetscCall(SourceKind(comm, folder, name, &kind));
  if (kind != PATH_FILE) PetscFunctionReturn(0);
  FileJoin(path, sizeof path, folder, name);
  PetscCall(FaultsCreate(&ignored));
  PetscCall(SourceLoad(comm, path, ignored, &source));
  PetscCall(FaultsDestroy(&ignored));
  if (!source) PetscFunctionReturn(0);
  end = strchr(source->bytes, '\n');
  if (!word && end && end[1 + strspn(end + 1, "\r\n ")]) *has = PETSC_TRUE;
  if (end) *end = '\0';
  if (word && strstr(source->bytes, word)) *has = PETSC_TRUE;
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanIsMeant(MPI_Comm comm, const char *path, PetscBool *is)
{
  static const char *const assets[] = {"generators.csv",   "links.csv",         "lines.csv",
                                       "transformers.csv", "storage_units.csv", "stores.csv"};
  PathKind                 kind, buses;

  PetscFunctionBeginUser;
  *is = PETSC_FALSE;
  PetscCall(SourceKind(comm, path, NULL, &kind));
  if (kind == PATH_FILE) PetscCall(PlanIsStudy(comm, path, is));
  if (kind != PATH_DIRECTORY) PetscFunctionReturn(0);
  PetscCall(SourceKind(comm, path, "buses.csv", &buses));
  if (buses != PATH_FILE) PetscFunctionReturn(0);
  for (size_t k = 0; k < sizeof assets / sizeof assets[0]; k++)
    PetscCall(TableHas(comm, path, assets[k], "_nom_extendable", is));
  PetscCall(TableHas(comm, path, "investment_periods.csv", NULL, is));
  PetscCall(TableHas(comm, path, "global_constraints.csv", NULL, is));
  PetscFunctionReturn(0);
}

static PetscInt Extendable(Components c, ComponentKind kind, const char *attribute)
{
  const Column *column = ComponentsColumn(c, kind, attribute);
  PetscInt      n      = 0;

  for (PetscInt k = 0; column && column->real && k < column->n; k++)
    if (column->real[k] != 0) n++;
  return n;
}

static json_t *Describe(Plan plan)
{
  static const struct {
    ComponentKind kind;
    const char   *extendable;
  } table[]                   = {{COMPONENT_BUS, NULL},
                                 {COMPONENT_GENERATOR, "p_nom_extendable"},
                                 {COMPONENT_LOAD, NULL},
                                 {COMPONENT_LINK, "p_nom_extendable"},
                                 {COMPONENT_LINE, "s_nom_extendable"},
                                 {COMPONENT_TRANSFORMER, "s_nom_extendable"},
                                 {COMPONENT_STORE, "e_nom_extendable"},
                                 {COMPONENT_STORAGE_UNIT, "p_nom_extendable"},
                                 {COMPONENT_GLOBAL_CONSTRAINT, NULL}};
  const Components c          = plan->components;
  json_t          *all        = json_object();
  PetscInt         extendable = 0;

  JsonPut(all, "name", JsonText(c->name));
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
    JsonPut(all, ComponentListName(table[k].kind), json_integer(c->table[table[k].kind].n));
    if (table[k].extendable) extendable += Extendable(c, table[k].kind, table[k].extendable);
  }
  JsonPut(all, "extendable", json_integer(extendable));
  JsonPut(all, "snapshots", json_integer(c->n_snapshots));
  JsonPut(all, "investment_periods", json_integer(c->n_periods));
  JsonPut(all, "variables", json_integer(plan->n_variables));
  JsonPut(all, "constraints", json_integer(plan->n_constraints));
  return all;
}

static void View(const char *path, json_t *network, json_t *policies, FILE *out)
{
  const char *key;
  json_t     *value;

  fprintf(out, "%s: to be planned\n", path);
  json_object_foreach(network, key, value)
  {
    if (json_is_string(value))
      fprintf(out, "  network %s\n", json_string_value(value));
    else if (json_integer_value(value) > 0)
      fprintf(out, "  %d %s\n", (int)json_integer_value(value), key);
  }
  if (policies) {
    size_t k;
    fprintf(out, "  policies");
    json_array_foreach(policies, k, value) fprintf(out, "%s %s", k ? "," : "", json_string_value(value));
    fputc('\n', out);
  }
}

/* Up to the linear program, whose size is what is left of it. */
static PetscErrorCode ReadOne(Job job, const PlanSettings *settings, Faults faults, Plan *out)
{
  const ExpansionOptions options = {PETSC_FALSE, PETSC_FALSE};
  Plan                   plan;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(out));
  plan           = *out;
  plan->job      = job;
  plan->settings = *settings;
  PetscCall(PlanRead(plan, faults));
  if (!plan->components || FaultsErrorCount(faults)) PetscFunctionReturn(0);
  PetscCall(ExpansionCreate(plan->components, &options, faults, &plan->expansion));
  if (!plan->expansion) PetscFunctionReturn(0);
  plan->n_variables   = ExpansionProgram(plan->expansion)->n;
  plan->n_constraints = ExpansionProgram(plan->expansion)->m;
  PetscCall(ExpansionDestroy(&plan->expansion));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadPolicies(Job job, const PlanSettings *settings, Study study, Faults faults, json_t **names)
{
  PlanSettings one = *settings;

  *names = NULL;

  PetscFunctionBeginUser;
  if (!study) PetscFunctionReturn(0);
  *names = json_array();
  json_array_append_new(*names, json_string("base"));
  for (PetscInt k = 0; k < study->n_policies; k++) {
    Plan   plan;
    Faults found;

    json_array_append_new(*names, JsonText(study->policy_name[k]));
    PetscCall(FaultsCreate(&found));
    one.policy = study->policy_name[k];
    PetscCall(ReadOne(job, &one, found, &plan));
    PetscCall(FaultsAddNew(found, faults));
    PetscCall(PlanDestroy(&plan));
    PetscCall(FaultsDestroy(&found));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PlanValidate(Job job, const char *path, int n_set, const char *const *set, Faults faults, FILE *out,
                            json_t *files)
{
  const PlanSettings settings = {.source = path, .n_set = n_set, .set = set, .rounds = -1};
  Plan               plan;
  json_t            *row, *network, *policies;
  PetscReal          bytes = 0;
  char               memory[32];

  PetscFunctionBeginUser;
  PetscCall(ReadOne(job, &settings, faults, &plan));
  PetscCall(ReadPolicies(job, &settings, plan->study, faults, &policies));
  if (plan->components) {
    row     = json_object();
    network = Describe(plan);
    PetscCall(ExpansionEstimateMemory(plan->components, job->size, &bytes));
    if (out && !job->rank) View(path, network, policies, out);
    if (bytes > 0) {
      MemoryText(bytes, memory);
      if (out && !job->rank)
        fprintf(out, "  memory about %s for each of %d rank%s\n", memory, job->size, job->size == 1 ? "" : "s");
      JsonPut(row, "memory_estimate_bytes_per_rank", json_integer((json_int_t)bytes));
    }
    JsonPut(row, "path", JsonText(path));
    if (plan->study) JsonPut(row, "study", JsonText(plan->study->name));
    JsonPut(row, "planning", network);
    if (policies) JsonPut(row, "policies", json_incref(policies));
    json_array_append_new(files, row);
  }
  json_decref(policies);
  PetscCall(PlanDestroy(&plan));
  PetscFunctionReturn(0);
}
