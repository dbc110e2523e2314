/* Keys of a study file's mappings: what their values must be and where they go. For study*.c and
   contract_terms*.c only. */
#ifndef ARCHIPELAGO_INPUTS_STUDY_FIELDS_H
#define ARCHIPELAGO_INPUTS_STUDY_FIELDS_H

#include "inputs/study.h"
#include "inputs/study_yaml.h"

#include <stddef.h>

typedef enum {
  FIELD_TEXT,
  FIELD_PATH,
  FIELD_INTEGER,
  FIELD_REAL,
  FIELD_BOOLEAN,
  FIELD_CHOICE,
  FIELD_TIME,
  FIELD_TREE,
  FIELD_LATER /* known here, read by the caller */
} FieldKind;

/* One key of a mapping and where its value goes. */
typedef struct {
  const char *key;
  FieldKind   kind;
  size_t      offset;
  PetscReal   min, max;    /* numbers, inclusive */
  const char *expected;    /* for messages */
  const char *choice[8];   /* of FIELD_CHOICE, NULL-terminated */
  size_t      line_offset; /* of a PetscInt that takes the value's line; 0: none */
} StudyField;

typedef struct {
  const char *path;
  const char *directory; /* with its final slash, or "" */
  Faults      faults;
} StudyReader;

/* Told of each table of keys by which a mapping is read, every time: the keys that there are. `where` as in messages. */
typedef void (*FieldsObserver)(const char *where, const StudyField *fields, PetscInt n, void *context);
/* From here on this observer is told; NULL: nobody is. */
void FieldsObserve(FieldsObserver observer, void *context);
/* "text", "path", "integer", "real", "boolean", "choice", "time"; "other" where a section reads the value itself. */
const char *FieldKindName(FieldKind kind);

/* Adds the fault "KEY: found VALUE, expected ...". */
PetscErrorCode FieldWrong(StudyReader *r, const char *key, YamlTree value, const char *expected);
/* Replaces a text; a path is taken relative to the study's directory. */
PetscErrorCode FieldSetText(char **slot, const char *text);
PetscErrorCode FieldSetPath(StudyReader *r, const char *text, char **slot);
/* A plain scalar that is a finite number and nothing else; one that is true or false. */
PetscBool FieldAsReal(YamlTree value, PetscReal *number);
PetscBool FieldAsBoolean(YamlTree value, PetscBool *flag);
/* A scalar of one printable, non-empty line. */
PetscBool FieldAsText(YamlTree value);
/* Reads a value into target + offset, or adds the fault. */
PetscErrorCode FieldRead(StudyReader *r, const StudyField *f, YamlTree value, void *target);
/* Reads the mapping `tree` (NULL: nothing was given) into `target`; every fault in it is added. */
PetscErrorCode FieldsRead(StudyReader *r, const char *where, YamlTree tree, const StudyField *fields, PetscInt n,
                          void *target);
/* A fault where a mapping lacks a key. */
PetscErrorCode FieldsRequire(StudyReader *r, const char *where, YamlTree tree, const char *key, const char *what);

/* study_stability.c: the section `stability`; the windows are known. */
PetscErrorCode StudyReadStability(StudyReader *r, YamlTree tree, Study study);
PetscErrorCode StudyDestroyStability(Study study);

/* study.c: a list of adjustments, checked; `tree` may be NULL. */
PetscErrorCode StudyReadAdjustments(StudyReader *r, YamlTree tree, PetscInt *n, Adjustment **list);
PetscErrorCode StudyDestroyAdjustments(PetscInt n, Adjustment **list);

/* study_market.c: the sections `market` and `ledger`; name and carbon price are known. `privacy` is the key at the top. */
PetscErrorCode StudyMarketDefaults(Study study);
PetscErrorCode StudyReadMarket(StudyReader *r, YamlTree tree, Study study);
PetscErrorCode StudyReadLedger(StudyReader *r, YamlTree tree, YamlTree privacy, Study study);
PetscErrorCode StudyDestroyMarket(Study study);

/* study_planning.c: the section `planning`; network and currency are known. Name: gives it the policy's name. */
PetscErrorCode StudyReadPlanning(StudyReader *r, YamlTree tree, Study study);
PetscErrorCode StudyNamePlanning(Study study);
PetscErrorCode StudyDestroyPlanning(Study study);

/* study_sweep.c: the section `sweep`; the names of the policies are known. */
PetscErrorCode StudyReadSweep(StudyReader *r, YamlTree tree, Study study);
PetscErrorCode StudyDestroySweep(Study study);

#endif
