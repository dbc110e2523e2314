/* Name lookup and spelling suggestions. */
#include "inputs/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 64

typedef struct {
  const char *name;
  PetscInt    position;
} Entry;

struct _p_NameIndex {
  PetscInt n;
  Entry   *entry;
};

static int CompareEntries(const void *a, const void *b)
{
  const Entry *x = (const Entry *)a, *y = (const Entry *)b;
  int          order = strcmp(x->name, y->name);
  return order ? order : (x->position > y->position) - (x->position < y->position);
}

PetscErrorCode NameIndexCreate(PetscInt n, char *const *name, NameIndex *index)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(index));
  PetscCall(PetscMalloc1(n + 1, &(*index)->entry));
  (*index)->n = n;
  for (PetscInt k = 0; k < n; k++) (*index)->entry[k] = (Entry){name[k], k};
  qsort((*index)->entry, (size_t)n, sizeof(Entry), CompareEntries);
  PetscFunctionReturn(0);
}

PetscErrorCode NameIndexDestroy(NameIndex *index)
{
  PetscFunctionBeginUser;
  if (!*index) PetscFunctionReturn(0);
  PetscCall(PetscFree((*index)->entry));
  PetscCall(PetscFree(*index));
  PetscFunctionReturn(0);
}

PetscInt NameIndexFind(NameIndex index, const char *name)
{
  PetscInt low = 0, high = index->n;
  while (low < high) {
    PetscInt middle = low + (high - low) / 2;
    if (strcmp(index->entry[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low < index->n && !strcmp(index->entry[low].name, name) ? index->entry[low].position : -1;
}

/* Number of single-letter insertions, deletions and replacements between two words (Levenshtein 1966), case ignored. */
static PetscInt EditDistance(const char *a, const char *b)
{
  PetscInt row[WORD_MAX + 1], n = (PetscInt)strlen(a), m = (PetscInt)strlen(b);
  if (n > WORD_MAX || m > WORD_MAX) return PETSC_MAX_INT;
  for (PetscInt j = 0; j <= m; j++) row[j] = j;
  for (PetscInt i = 1; i <= n; i++) {
    PetscInt diagonal = row[0];
    row[0]            = i;
    for (PetscInt j = 1; j <= m; j++) {
      PetscInt above = row[j], same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
      row[j]   = PetscMin(PetscMin(above, row[j - 1]) + 1, diagonal + !same);
      diagonal = above;
    }
  }
  return row[m];
}

static void Nearer(const char *word, const char *candidate, PetscInt *best, const char **nearest)
{
  PetscInt distance = EditDistance(word, candidate);
  if (distance >= *best) return;
  *best    = distance;
  *nearest = candidate;
}

static PetscInt Tolerance(const char *word)
{
  return PetscMin(PetscMax(2, (PetscInt)strlen(word) / 3) + 1, (PetscInt)strlen(word));
}

const char *NearestWord(const char *word, const char *const *list)
{
  const char *nearest = NULL;
  PetscInt    best    = Tolerance(word);
  for (; *list; list++) Nearer(word, *list, &best, &nearest);
  return nearest;
}

const char *NearestName(const char *word, PetscInt n, char *const *name)
{
  const char *nearest = NULL;
  PetscInt    best    = Tolerance(word);
  for (PetscInt k = 0; k < n; k++) Nearer(word, name[k], &best, &nearest);
  return nearest;
}
