/* Patterns of symmetric systems, by two passes of a counting sort. */
#include "solver/kkt_pattern.h"

PatternEntry PatternUpper(PetscInt i, PetscInt j, PetscInt *map)
{
  return (PatternEntry){PetscMin(i, j), PetscMax(i, j), map};
}

/* One stable pass of a counting sort, from -> to, by row or by column. start [size + 1] is overwritten. */
static void SortPass(const PatternEntry *from, PetscInt n, PetscBool by_row, PetscInt size, PetscInt *start,
                     PatternEntry *to)
{
  for (PetscInt i = 0; i <= size; i++) start[i] = 0;
  for (PetscInt k = 0; k < n; k++) start[(by_row ? from[k].row : from[k].column) + 1]++;
  for (PetscInt i = 0; i < size; i++) start[i + 1] += start[i];
  for (PetscInt k = 0; k < n; k++) to[start[by_row ? from[k].row : from[k].column]++] = from[k];
}

/* By rows, and by columns in each. */
static PetscErrorCode SortEntries(PetscInt size, PetscInt n, PatternEntry *entry)
{
  PetscInt     *start;
  PatternEntry *other;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(size + 1, &start, n, &other));
  SortPass(entry, n, PETSC_FALSE, size, start, other);
  SortPass(other, n, PETSC_TRUE, size, start, entry);
  PetscCall(PetscFree2(start, other));
  PetscFunctionReturn(0);
}

PetscErrorCode PatternCompress(PetscInt size, PetscInt n, PatternEntry *entry, PetscInt **start, PetscInt **column)
{
  PetscInt nnz = 0;

  PetscFunctionBeginUser;
  PetscCall(SortEntries(size, n, entry));
  PetscCall(PetscCalloc1(size + 1, start));
  PetscCall(PetscMalloc1(n, column));
  for (PetscInt k = 0; k < n; k++) {
    if (k == 0 || entry[k - 1].row != entry[k].row || entry[k - 1].column != entry[k].column) {
      (*column)[nnz++] = entry[k].column;
      (*start)[entry[k].row + 1]++;
    }
    if (entry[k].map) *entry[k].map = nnz - 1;
  }
  for (PetscInt i = 0; i < size; i++) (*start)[i + 1] += (*start)[i];
  PetscFunctionReturn(0);
}
