/* A method's state as named numbers in parts. */
#include "solver/checkpoint.h"

#include <string.h>

PetscErrorCode CheckpointCreate(Checkpoint *checkpoint)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(checkpoint));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointDestroy(Checkpoint *checkpoint)
{
  PetscFunctionBeginUser;
  if (!*checkpoint) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*checkpoint)->n; k++) PetscCall(PetscFree((*checkpoint)->entry[k].data));
  PetscCall(PetscFree((*checkpoint)->entry));
  PetscCall(PetscFree(*checkpoint));
  PetscFunctionReturn(0);
}

static size_t KindSize(CheckpointKind kind)
{
  return kind == CHECKPOINT_REAL ? sizeof(PetscReal) : sizeof(PetscInt);
}

static PetscErrorCode Put(Checkpoint c, const char *name, PetscInt part, CheckpointKind kind, PetscInt n,
                          const void *value)
{
  CheckpointEntry *e;

  PetscFunctionBeginUser;
  PetscCheck(strlen(name) < CHECKPOINT_NAME, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "the name %s is too long", name);
  if (c->n == c->room) {
    c->room = 2 * c->room + 32;
    PetscCall(PetscRealloc((size_t)c->room * sizeof *c->entry, &c->entry));
  }
  e  = &c->entry[c->n++];
  *e = (CheckpointEntry){.part = part, .kind = kind, .n = n, .place = -1};
  strcpy(e->name, name);
  PetscCall(PetscMalloc((size_t)(n + 1) * KindSize(kind), &e->data));
  if (n) memcpy(e->data, value, (size_t)n * KindSize(kind));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointPutReals(Checkpoint checkpoint, const char *name, PetscInt part, PetscInt n,
                                  const PetscReal *value)
{
  PetscFunctionBeginUser;
  PetscCall(Put(checkpoint, name, part, CHECKPOINT_REAL, n, value));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointPutIntegers(Checkpoint checkpoint, const char *name, PetscInt part, PetscInt n,
                                     const PetscInt *value)
{
  PetscFunctionBeginUser;
  PetscCall(Put(checkpoint, name, part, CHECKPOINT_INTEGER, n, value));
  PetscFunctionReturn(0);
}

static const CheckpointEntry *Find(Checkpoint c, const char *name, PetscInt part, CheckpointKind kind)
{
  for (PetscInt k = 0; k < c->n; k++)
    if (c->entry[k].part == part && c->entry[k].kind == kind && !strcmp(c->entry[k].name, name)) return &c->entry[k];
  return NULL;
}

PetscInt CheckpointCount(Checkpoint checkpoint, const char *name, PetscInt part, CheckpointKind kind)
{
  const CheckpointEntry *e = Find(checkpoint, name, part, kind);
  return e ? (PetscInt)e->n : -1;
}

static PetscErrorCode Get(Checkpoint c, const char *name, PetscInt part, CheckpointKind kind, PetscInt n, void *value,
                          PetscBool *found)
{
  const CheckpointEntry *e = Find(c, name, part, kind);

  PetscFunctionBeginUser;
  if (!e || e->n != n)
    *found = PETSC_FALSE;
  else if (e->data)
    memcpy(value, e->data, (size_t)n * KindSize(kind));
  else if (n)
    PetscCall(c->fetch(c->context, e, value));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointGetReals(Checkpoint checkpoint, const char *name, PetscInt part, PetscInt n, PetscReal *value,
                                  PetscBool *found)
{
  PetscFunctionBeginUser;
  PetscCall(Get(checkpoint, name, part, CHECKPOINT_REAL, n, value, found));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointGetIntegers(Checkpoint checkpoint, const char *name, PetscInt part, PetscInt n,
                                     PetscInt *value, PetscBool *found)
{
  PetscFunctionBeginUser;
  PetscCall(Get(checkpoint, name, part, CHECKPOINT_INTEGER, n, value, found));
  PetscFunctionReturn(0);
}
