/* Largest remainder (Hamilton), in 128 bits. */
#include "market/apportion.h"

#include <stdlib.h>

typedef struct {
  MoneyWide remainder;
  size_t    index;
} Claim;

static int LargestFirst(const void *a, const void *b)
{
  const Claim *x = a, *y = b;

  if (x->remainder != y->remainder) return x->remainder > y->remainder ? -1 : 1;
  return (x->index > y->index) - (x->index < y->index);
}

/* Whole parts; what is left of `size` units and who claims it. */
static MoneyWide Divide(MoneyWide size, const int64_t *weight, MoneyWide sum, size_t n, int64_t *share, Claim *claim)
{
  MoneyWide left = size;

  for (size_t i = 0; i < n; i++) {
    MoneyWide product = size * (weight ? weight[i] : 1);
    MoneyWide whole   = product / sum;
    share[i]          = (int64_t)whole; /* at most `size`; -2^63 wraps back when the sign is put on */
    claim[i]          = (Claim){product % sum, i};
    left -= whole;
  }
  return left;
}

static MarketStatus Share(int64_t total, const int64_t *weight, MoneyWide sum, size_t n, int64_t *share)
{
  Claim    *claim = malloc(n * sizeof *claim);
  MoneyWide left;

  if (!claim) return MARKET_NO_MEMORY;
  left = Divide(total < 0 ? -(MoneyWide)total : total, weight, sum, n, share, claim);
  qsort(claim, n, sizeof *claim, LargestFirst);
  for (size_t i = 0; i < (size_t)left; i++) share[claim[i].index] = (int64_t)((uint64_t)share[claim[i].index] + 1);
  for (size_t i = 0; i < n && total < 0; i++) share[i] = (int64_t)(-(uint64_t)share[i]);
  free(claim);
  return MARKET_OK;
}

MarketStatus Apportion(int64_t total, const int64_t *weight, size_t n, int64_t *share)
{
  MoneyWide sum = 0;

  if (n == 0) return total ? MARKET_BAD_INPUT : MARKET_OK;
  for (size_t i = 0; i < n; i++) {
    if (weight[i] < 0) return MARKET_BAD_INPUT;
    sum += weight[i]; /* 2^63 weights below 2^63 fit */
  }
  return sum ? Share(total, weight, sum, n, share) : Share(total, NULL, (MoneyWide)n, n, share);
}
