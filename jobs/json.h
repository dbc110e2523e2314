/* JSON documents: their parts, and whole ones in files. */
#ifndef ARCHIPELAGO_JOBS_JSON_H
#define ARCHIPELAGO_JOBS_JSON_H

#include <jansson.h>

#include "jobs/file.h"

/* Puts a value into a JSON object: takes the reference; a real that is not finite becomes null. */
void    JsonPut(json_t *object, const char *key, json_t *value);
json_t *JsonReal(PetscReal value);
/* Text of any bytes: where it is not UTF-8, what is not ASCII becomes a question mark; NULL becomes null. */
json_t *JsonText(const char *text);

/* The text under a key, or `otherwise` where there is none. Lives as long as the object. */
const char *JsonWord(const json_t *object, const char *key, const char *otherwise);

/* The document in folder/name; NULL: there is no such file, or it is no JSON. */
json_t *JsonLoad(const char *folder, const char *name);
/* Writes a document with indents, in ASCII, whole or not at all. */
PetscBool JsonSave(const char *path, const json_t *document, FileError *error);

#endif
