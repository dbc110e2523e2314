/* A YAML document as a small tree that remembers lines: what study files are read from. */
#ifndef ARCHIPELAGO_INPUTS_STUDY_YAML_H
#define ARCHIPELAGO_INPUTS_STUDY_YAML_H

#include "inputs/source.h"

typedef enum { YAML_TREE_SCALAR, YAML_TREE_SEQUENCE, YAML_TREE_MAPPING } YamlTreeKind;

typedef struct _s_YamlTree *YamlTree;
struct _s_YamlTree {
  YamlTreeKind kind;
  PetscInt     line;     /* 1-based */
  PetscBool    plain;    /* a scalar without quotes, which may be read as a number or a boolean */
  char        *text;     /* of a scalar */
  PetscInt     n;        /* entries of a sequence or mapping */
  char       **key;      /* [n] of a mapping */
  PetscInt    *key_line; /* [n] */
  YamlTree    *child;    /* [n] */
};

/* Not collective. Parses one document; aliases are expanded. Syntax errors, duplicate keys, keys that are not scalars,
   a second document and oversized trees are faults; *tree is NULL when nothing can be used. */
PetscErrorCode YamlTreeParse(const Source *source, Faults faults, YamlTree *tree);
PetscErrorCode YamlTreeDestroy(YamlTree *tree);
PetscErrorCode YamlTreeCopy(YamlTree tree, YamlTree *copy);

/* A copy of `base` with `over` merged into it: mappings key by key, anything else replaced; a null (`~`) in `over` takes
   the key away; the sequence under the key `append` at the top is extended instead of replaced. */
PetscErrorCode YamlTreeMerge(YamlTree base, YamlTree over, const char *append, YamlTree *merged);

/* Replaces *tree by a mapping that holds it under one key. */
PetscErrorCode YamlTreeWrap(const char *key, PetscInt line, YamlTree *tree);

/* study_text.c: the tree on one line, again YAML, the same for trees with the same meaning. PetscFree. */
PetscErrorCode YamlTreeText(YamlTree tree, char **text);

/* Position of a key in a mapping, or -1 (also for other kinds and NULL). */
PetscInt YamlTreeFind(YamlTree mapping, const char *key);

PetscBool YamlTreeIsNull(YamlTree tree);

/* "a mapping", "a list", "nothing" or the scalar in quotes, for messages; a static buffer per call site of four. */
const char *YamlTreeDescribe(YamlTree tree);

#endif
