/* Who gets what of a unit's output, a load's intake or a load's response: by precedence; among equals, in proportion to
   what they ask, by largest remainder with ties by hash. */
#include <stdlib.h>

#include "market/apportion.h"
#include "market/contract_impl.h"

enum { SUPPLY = 0, DEMAND = 1 };

static int CompareMembers(const void *a, const void *b)
{
  const ContractMember *x = a, *y = b;

  if (x->pool != y->pool) return x->pool < y->pool ? -1 : 1;
  return (x->item > y->item) - (x->item < y->item);
}

/* The n items of `member` share what is left of one pool. */
static MarketStatus SharePool(ContractRun *run, const ContractMember *member, size_t n, int which)
{
  const int64_t left   = run->left[member[0].pool];
  MoneyWide     sum    = 0;
  MarketStatus  status = MARKET_OK;

  for (size_t i = 0; i < n; i++) {
    run->weight[i] = run->item[member[i].item].draw[which].asked;
    sum += run->weight[i];
  }
  if (sum > left) status = Apportion(left, run->weight, n, run->share);
  if (status != MARKET_OK)
    return MarketFail(run->error, status, "contracts: the shares of a unit cannot be worked out");
  for (size_t i = 0; i < n; i++)
    run->item[member[i].item].draw[which].granted = sum > left ? run->share[i] : run->weight[i];
  return MARKET_OK;
}

static MarketStatus ShareLevel(ContractRun *run, size_t first, size_t last, int which)
{
  ContractMember *member = run->member;
  size_t          n      = 0;

  for (size_t i = first; i < last; i++) {
    ContractDraw *draw = &run->item[i].draw[which];
    draw->granted      = 0;
    if (draw->pool == CONTRACT_NO_POOL)
      draw->granted = draw->asked;
    else if (draw->asked > 0)
      member[n++] = (ContractMember){draw->pool, i};
  }
  qsort(member, n, sizeof *member, CompareMembers);
  for (size_t i = 0, next; i < n; i = next) {
    for (next = i + 1; next < n && member[next].pool == member[i].pool;) next++;
    MARKET_TRY(SharePool(run, member + i, next - i, which));
  }
  return MARKET_OK;
}

static void Take(ContractRun *run, size_t pool, int64_t wh)
{
  if (pool != CONTRACT_NO_POOL) run->left[pool] -= wh < run->left[pool] ? wh : run->left[pool];
}

MarketStatus ContractRation(ContractRun *run, size_t first, size_t last)
{
  MARKET_TRY(ShareLevel(run, first, last, SUPPLY));
  for (size_t i = first; i < last; i++) {
    ContractItem *item = &run->item[i];
    if (item->contract->price_kind == CONTRACT_PRICE_TAKE_OR_PAY)
      item->draw[DEMAND].asked =
          item->draw[SUPPLY].granted < item->draw[DEMAND].asked ? item->draw[SUPPLY].granted : item->draw[DEMAND].asked;
    else if (item->load != DELIVERY_ANY_ASSET &&
             !item->charging) /* what must be taken leaves less for those who may choose */
      Take(run, item->load * POOLS + POOL_INTAKE, item->draw[SUPPLY].granted);
  }
  MARKET_TRY(ShareLevel(run, first, last, DEMAND));
  for (size_t i = first; i < last; i++) {
    ContractItem *item = &run->item[i];
    const bool    take = item->contract->price_kind == CONTRACT_PRICE_TAKE_OR_PAY;
    Take(run, item->draw[SUPPLY].pool, item->draw[take ? DEMAND : SUPPLY].granted);
    Take(run, item->draw[DEMAND].pool, item->draw[DEMAND].granted);
  }
  return MARKET_OK;
}
