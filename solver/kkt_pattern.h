/* Lists of entries to compressed rows of an upper triangle. Private to kkt*.c. */
#ifndef ARCHIPELAGO_SOLVER_KKT_PATTERN_H
#define ARCHIPELAGO_SOLVER_KKT_PATTERN_H

#include <petscsys.h>

/* One listed entry: its place in the upper triangle (row <= column) and where its number among the distinct ones is
   to be kept. */
typedef struct {
  PetscInt row, column, *map; /* NULL: nobody asks */
} PatternEntry;

/* The entry at (i, j) or (j, i), whichever lies in the upper triangle. */
PatternEntry PatternUpper(PetscInt i, PetscInt j, PetscInt *map);

/* Sorts entry [n], numbers the distinct ones by rows and by columns in each, and fills their maps. Every diagonal
   entry must be listed, so that it comes first in its row. The caller frees start [size + 1] and column
   [start[size]]. */
PetscErrorCode PatternCompress(PetscInt size, PetscInt n, PatternEntry *entry, PetscInt **start, PetscInt **column);

#endif
