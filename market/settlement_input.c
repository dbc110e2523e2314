/* Checks of what is to be settled, before any of it is used. */
#include "market/settlement_input.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static MarketStatus CheckName(const char *name, const char *what, size_t row, MarketError *error)
{
  char where[64];

  snprintf(where, sizeof where, "name of %s %zu", what, row);
  if (!name || !*name) return MarketFail(error, MARKET_BAD_INPUT, "%s is empty", where);
  return EntryTextCheck(EntryTextOf(name), where, error);
}

static int CompareNames(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static MarketStatus CheckUnique(const char *const *name, size_t n, const char *what, MarketError *error)
{
  const char **sorted = malloc((n ? n : 1) * sizeof *sorted);
  MarketStatus status = MARKET_OK;

  if (!sorted) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu names", n);
  if (n) memcpy(sorted, name, n * sizeof *sorted);
  if (n > 1) qsort(sorted, n, sizeof *sorted, CompareNames);
  for (size_t i = 1; i < n && status == MARKET_OK; i++)
    if (!strcmp(sorted[i - 1], sorted[i]))
      status = MarketFail(error, MARKET_BAD_INPUT, "two %ss are called '%s'", what, sorted[i]);
  free(sorted);
  return status;
}

static MarketStatus CheckNames(const SettlementInput *in, MarketError *error)
{
  MARKET_TRY(CheckName(in->study, "study", 0, error));
  MARKET_TRY(CheckName(in->policy, "policy", 0, error));
  MARKET_TRY(CheckName(in->currency, "currency", 0, error));
  for (size_t r = 0; r < in->n_regions; r++) {
    MARKET_TRY(CheckName(in->region_name[r], "region", r, error));
    if (strlen(in->region_name[r]) + SETTLEMENT_ACCOUNT_PREFIX_MAX > ENTRY_TEXT_MAX)
      return MarketFail(error, MARKET_BAD_INPUT, "name of region %zu is too long for the names of its accounts", r);
  }
  for (size_t p = 0; p < in->n_participants; p++) {
    MARKET_TRY(CheckName(in->participant_name[p], "participant", p, error));
    if (in->participant_name[p][0] == '@')
      return MarketFail(error, MARKET_BAD_INPUT, "participant '%s' starts with '@', which marks declared accounts",
                        in->participant_name[p]);
  }
  MARKET_TRY(CheckUnique(in->region_name, in->n_regions, "region", error));
  return CheckUnique(in->participant_name, in->n_participants, "participant", error);
}

static MarketStatus CheckIndex(int64_t index, size_t n, const char *owner, size_t row, const char *what,
                               MarketError *error)
{
  if (index >= 0 && (uint64_t)index < n) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "%s %zu has %s %" PRId64 "; expected 0 to %zu", owner, row, what, index,
                    n ? n - 1 : 0);
}

static MarketStatus CheckIndices(const SettlementInput *in, MarketError *error)
{
  for (size_t b = 0; b < in->n_buses; b++) {
    MARKET_TRY(CheckIndex(in->bus_region[b], in->n_regions, "bus row", b, "region", error));
    if (in->bus_number[b] < 1)
      return MarketFail(error, MARKET_BAD_INPUT, "bus row %zu has the number %" PRId32 "; expected a positive one", b,
                        in->bus_number[b]);
  }
  for (size_t a = 0; a < in->n_assets; a++) {
    const SettlementAsset *asset = &in->asset[a];
    MARKET_TRY(CheckIndex(asset->bus, in->n_buses, "asset", a, "bus row", error));
    MARKET_TRY(CheckIndex(asset->participant, in->n_participants, "asset", a, "participant", error));
    MARKET_TRY(CheckIndex(asset->kind, SETTLEMENT_LINK_END + 1, "asset", a, "kind", error));
    MARKET_TRY(CheckName(asset->name, "asset", a, error));
  }
  for (size_t l = 0; l < in->n_branches; l++) {
    MARKET_TRY(CheckIndex(in->branch[l].from, in->n_buses, "branch", l, "from-bus row", error));
    MARKET_TRY(CheckIndex(in->branch[l].to, in->n_buses, "branch", l, "to-bus row", error));
    MARKET_TRY(CheckName(in->branch[l].name, "branch", l, error));
  }
  return MARKET_OK;
}

MarketStatus SettlementInputCheck(const SettlementInput *in, MarketError *error)
{
  /* Entries number things in 32 bits, accounts behind the participants. */
  const size_t most = UINT32_MAX / 2;

  if (in->intervals > most || in->n_assets > most || in->n_branches > most || in->n_buses > most)
    return MarketFail(error, MARKET_BAD_INPUT, "more than %zu intervals, assets, branches or buses", most);
  if (in->n_participants > most || in->n_regions > most / SETTLEMENT_KINDS)
    return MarketFail(error, MARKET_BAD_INPUT, "more than %zu participants or %zu regions", most,
                      most / SETTLEMENT_KINDS);
  if (!(in->mismatch_limit_mw >= 0) || isinf(in->mismatch_limit_mw))
    return MarketFail(error, MARKET_BAD_INPUT, "the mismatch limit is %g MW; expected a number from 0 up",
                      in->mismatch_limit_mw);
  MARKET_TRY(CheckNames(in, error));
  return CheckIndices(in, error);
}
