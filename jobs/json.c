/* JSON documents. */
#include "jobs/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void JsonPut(json_t *object, const char *key, json_t *value)
{
  json_object_set_new(object, key, value ? value : json_null());
}

json_t *JsonReal(PetscReal value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

json_t *JsonText(const char *text)
{
  json_t *value = json_string(text);
  char   *copy;

  if (value || !text || PetscStrallocpy(text, &copy)) return value ? value : json_null();
  for (char *c = copy; *c; c++)
    if ((unsigned char)*c >= 0x80) *c = '?';
  value = json_string(copy);
  (void)PetscFree(copy);
  return value;
}

const char *JsonWord(const json_t *object, const char *key, const char *otherwise)
{
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : otherwise;
}

json_t *JsonLoad(const char *folder, const char *name)
{
  char path[PETSC_MAX_PATH_LEN];

  FileJoin(path, sizeof path, folder, name);
  return json_load_file(path, 0, NULL);
}

PetscBool JsonSave(const char *path, const json_t *document, FileError *error)
{
  char     *text  = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);
  PetscBool saved = FileWrite(path, text ? text : "", text ? strlen(text) : 0, error);

  free(text);
  return saved;
}
