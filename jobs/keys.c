/* The keys that a study file may hold. */
#include "jobs/keys.h"

#include <string.h>

#include "inputs/study.h"
#include "inputs/study_fields.h"

static json_t *KeyOf(const StudyField *field)
{
  json_t *key = json_object(), *choices;

  JsonPut(key, "key", json_string(field->key));
  JsonPut(key, "kind", json_string(FieldKindName(field->kind)));
  if (field->kind == FIELD_INTEGER || field->kind == FIELD_REAL) {
    JsonPut(key, "least", JsonReal(field->min));
    JsonPut(key, "most", JsonReal(field->max));
  }
  if (field->kind == FIELD_CHOICE) {
    JsonPut(key, "choices", choices = json_array());
    for (int k = 0; field->choice[k]; k++) json_array_append_new(choices, json_string(field->choice[k]));
  }
  if (field->expected) JsonPut(key, "expected", json_string(field->expected));
  return key;
}

static json_t *Find(json_t *keys, const char *name)
{
  json_t *key;
  size_t  k;

  json_array_foreach(keys, k, key) if (!strcmp(json_string_value(json_object_get(key, "key")), name)) return key;
  return NULL;
}

/* Tables of one name add up: rules of several kinds are read by one each. */
static void Note(const char *where, const StudyField *fields, PetscInt n, void *context)
{
  json_t *sections = context, *keys = json_object_get(sections, where);

  if (!keys) JsonPut(sections, where, keys = json_array());
  for (PetscInt k = 0; k < n; k++)
    if (!Find(keys, fields[k].key)) json_array_append_new(keys, KeyOf(&fields[k]));
}

static void Print(const json_t *sections)
{
  const char *where;
  json_t     *keys, *key;
  size_t      k;

  json_object_foreach((json_t *)sections, where, keys)
  {
    printf("%s\n", where);
    json_array_foreach(keys, k, key)
    {
      const char *expected = json_string_value(json_object_get(key, "expected"));
      printf("  %-24s %-8s %s\n", json_string_value(json_object_get(key, "key")),
             json_string_value(json_object_get(key, "kind")), expected ? expected : "");
    }
  }
}

PetscErrorCode KeysList(Job job, const char *path)
{
  json_t *sections = json_object();
  Study   study;
  Faults  faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  FieldsObserve(Note, sections);
  PetscCall(StudyRead(job->comm, path, NULL, faults, &study));
  FieldsObserve(NULL, NULL);
  PetscCall(JobReport(job, faults));
  if (job->status == JOB_DONE && job->rank == 0) {
    if (job->json)
      JsonPut(job->document, "keys", json_incref(sections));
    else
      Print(sections);
  }
  json_decref(sections);
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}
