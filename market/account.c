/* Accounts: indices and names of the declared ones. */
#include "market/account.h"

static const char *const prefixes[ACCOUNT_KINDS] = {"@tie-rent",  "@congestion/",  "@losses/",   "@shortage/",
                                                    "@surplus/",  "@unaccounted/", "@rounding/", "@balancing/",
                                                    "@exchange/", "@fees/",        "@carbon/"};

uint32_t AccountIndex(size_t n_participants, AccountKind kind, size_t region)
{
  if (kind == ACCOUNT_TIE_RENT) return (uint32_t)n_participants;
  return (uint32_t)(n_participants + 1 + ACCOUNTS_PER_REGION * region + (size_t)kind - 1);
}

size_t AccountCount(size_t n_participants, size_t n_regions)
{
  return n_participants + 1 + ACCOUNTS_PER_REGION * n_regions;
}

AccountKind AccountKindOf(size_t n_participants, uint32_t account, size_t *region)
{
  size_t k = account - n_participants;

  *region = k ? (k - 1) / ACCOUNTS_PER_REGION : 0;
  return k ? (AccountKind)(1 + (k - 1) % ACCOUNTS_PER_REGION) : ACCOUNT_TIE_RENT;
}

const char *AccountPrefix(AccountKind kind)
{
  return prefixes[kind];
}
