/* Lists of pieces of certificates. */
#include "market/granular_impl.h"

#include <stdlib.h>
#include <string.h>

/* The same issue, device and target; `next` begins where `piece` ends. */
static bool Continues(const Piece *piece, const Piece *next)
{
  return piece->last == next->first && piece->via == next->via && piece->target == next->target &&
         !memcmp(piece->certificate, next->certificate, GRANULAR_DIGEST_BYTES);
}

MarketStatus PiecesPush(Pieces *list, Piece piece, MarketError *error)
{
  Piece *last = list->n ? &list->piece[list->n - 1] : NULL;

  if (piece.first == piece.last) return MARKET_OK;
  if (last && last->first < last->last && Continues(last, &piece)) {
    last->last = piece.last;
    return MARKET_OK;
  }
  if (list->n == list->capacity) {
    size_t capacity = 2 * list->capacity + 4;
    Piece *larger   = realloc(list->piece, capacity * sizeof *larger);
    if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu pieces of certificates", capacity);
    list->piece    = larger;
    list->capacity = capacity;
  }
  list->piece[list->n++] = piece;
  return MARKET_OK;
}

void PiecesClear(Pieces *list)
{
  free(list->piece);
  *list = (Pieces){0};
}

void PiecesCompact(Pieces *list)
{
  size_t n = 0;

  for (size_t i = 0; i < list->n; i++)
    if (list->piece[i].first < list->piece[i].last) list->piece[n++] = list->piece[i];
  list->n = n;
}

static int Order(uint32_t a, uint32_t b)
{
  return (a > b) - (a < b);
}

static int ByDevice(const void *a, const void *b)
{
  const Piece *x = a, *y = b;
  int          order = Order(x->via, y->via);

  if (!order) order = memcmp(x->certificate, y->certificate, GRANULAR_DIGEST_BYTES);
  return order ? order : (x->first > y->first) - (x->first < y->first);
}

static int ByTarget(const void *a, const void *b)
{
  int order = Order(((const Piece *)a)->target, ((const Piece *)b)->target);

  return order ? order : ByDevice(a, b);
}

/* Ranges of one list never overlap, so that no two pieces compare equal. */
static void Sort(Pieces *list, int (*compare)(const void *, const void *))
{
  size_t n = 0;

  PiecesCompact(list);
  if (list->n > 1) qsort(list->piece, list->n, sizeof *list->piece, compare);
  for (size_t i = 0; i < list->n; i++) {
    Piece *p = &list->piece[i], *last = n ? &list->piece[n - 1] : NULL;
    if (last && Continues(last, p))
      last->last = p->last;
    else
      list->piece[n++] = *p;
  }
  list->n = n;
}

void PiecesSortByDevice(Pieces *list)
{
  Sort(list, ByDevice);
}

void PiecesSortByTarget(Pieces *list)
{
  Sort(list, ByTarget);
}

/* Whole issues fit 64 bits, and a participant holds at most what the facts' sums allow (2^53 Wh an asset). */
int64_t PiecesSum(const Pieces *list, uint32_t via)
{
  int64_t sum = 0;

  for (size_t i = 0; i < list->n; i++)
    if (via == GRANULAR_ANY || list->piece[i].via == via) sum += list->piece[i].last - list->piece[i].first;
  return sum;
}

size_t PiecesFindTarget(const Pieces *list, uint32_t target)
{
  size_t low = 0, high = list->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (list->piece[middle].target < target)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool PiecesTake(Pieces *list, size_t *at, uint32_t via, uint32_t target, int64_t most, Piece *taken)
{
  for (; most > 0 && *at < list->n; ++*at) {
    Piece *p = &list->piece[*at];
    if (p->first == p->last || (via != GRANULAR_ANY && p->via != via)) continue;
    if (target != GRANULAR_ANY && p->target != target) continue;
    *taken = *p;
    if (p->last - p->first > most) taken->last = p->first + most;
    p->first = taken->last;
    return true;
  }
  return false;
}
