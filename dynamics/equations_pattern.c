/* The sparsity pattern of the Jacobian: the same for every topology, so that memory is laid out once. */
#include "dynamics/equations_impl.h"

typedef struct {
  int64_t *key; /* column * n + row */
  int64_t  n;
  int64_t  size; /* unknowns */
} KeyList;

static void Push(KeyList *list, PetscInt row, PetscInt column)
{
  list->key[list->n++] = (int64_t)column * list->size + row;
}

static void PushBlock(KeyList *list, Equations eq, PetscInt i, PetscInt j)
{
  for (PetscInt a = 0; a < 2; ++a) {
    for (PetscInt b = 0; b < 2; ++b) Push(list, EquationsBusUnknown(eq, i) + a, EquationsBusUnknown(eq, j) + b);
  }
}

static int CompareKeys(const void *a, const void *b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static PetscErrorCode CollectKeys(Equations eq, KeyList *list)
{
  const Network net   = eq->net;
  int64_t       bound = eq->n_states + 4 * (int64_t)net->bus.n + 8 * (int64_t)net->branch.n;

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < eq->n_parts; ++p) bound += eq->part[p].model->n_entries;
  *list = (KeyList){.size = eq->n};
  PetscCall(PetscMalloc1(bound, &list->key));
  for (PetscInt k = 0; k < eq->n_states; ++k) Push(list, k, k);
  for (PetscInt i = 0; i < net->bus.n; ++i) PushBlock(list, eq, i, i);
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    PushBlock(list, eq, net->branch.from[k], net->branch.to[k]);
    PushBlock(list, eq, net->branch.to[k], net->branch.from[k]);
  }
  for (PetscInt p = 0; p < eq->n_parts; ++p) {
    const Part *part = &eq->part[p];
    for (PetscInt k = 0; k < part->model->n_entries; ++k) {
      const DeviceEntry entry = part->model->entry[k];
      if (PartColumn(part, entry.column) < 0) continue;
      Push(list, PartRow(eq, part, entry.row), PartColumn(part, entry.column));
    }
  }
  qsort(list->key, (size_t)list->n, sizeof *list->key, CompareKeys);
  PetscFunctionReturn(0);
}

PetscErrorCode EquationsBuildPattern(Equations eq)
{
  KeyList list;
  int64_t entries = 0;

  PetscFunctionBeginUser;
  PetscCall(CollectKeys(eq, &list));
  for (int64_t k = 0; k < list.n; ++k) {
    if (k == 0 || list.key[k] != list.key[k - 1]) list.key[entries++] = list.key[k];
  }
  PetscCall(PetscCalloc1(eq->n + 1, &eq->column_start));
  PetscCall(PetscMalloc1(entries, &eq->row_index));
  PetscCall(PetscCalloc1(entries, &eq->linear));
  for (int64_t k = 0; k < entries; ++k) {
    eq->row_index[k] = list.key[k] % eq->n;
    ++eq->column_start[list.key[k] / eq->n + 1];
  }
  for (PetscInt j = 0; j < eq->n; ++j) eq->column_start[j + 1] += eq->column_start[j];
  PetscCall(PetscFree(list.key));
  for (PetscInt p = 0; p < eq->n_parts; ++p) {
    const Part *part = &eq->part[p];
    for (PetscInt k = 0; k < part->model->n_entries; ++k) {
      const DeviceEntry entry  = part->model->entry[k];
      const PetscInt    column = PartColumn(part, entry.column);
      part->position[k]        = column < 0 ? -1 : EquationsPosition(eq, PartRow(eq, part, entry.row), column);
    }
  }
  PetscFunctionReturn(0);
}

int64_t EquationsPosition(Equations eq, PetscInt row, PetscInt column)
{
  int64_t low = eq->column_start[column], high = eq->column_start[column + 1] - 1;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (eq->row_index[middle] < row)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}
