/* Checks of facts, however they were made. */
#include "market/account.h"
#include "market/facts_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Room that a region's name must leave for names of accounts such as "@unaccounted/NAME". */
enum { ACCOUNT_PREFIX_MAX = 32 };

MarketStatus FactsCheckCounts(const struct _s_Facts *f, MarketError *error)
{
  /* Entries number things in 32 bits, deviations and accounts behind the day ahead and the participants. */
  const uint32_t most = INT32_MAX - 2;
  int64_t        length, end;

  if (f->intervals > most || f->n_assets > most || f->n_branches > most || f->n_buses > most)
    return MarketFail(error, MARKET_BAD_INPUT, "more than %" PRIu32 " intervals, assets, branches or buses", most);
  if (f->n_participants > most || f->n_regions > most / ACCOUNTS_PER_REGION)
    return MarketFail(error, MARKET_BAD_INPUT, "more than %" PRIu32 " participants or %" PRIu32 " regions", most,
                      most / ACCOUNTS_PER_REGION);
  if (f->interval_seconds < 1 || f->interval_seconds > INT32_MAX)
    return MarketFail(error, MARKET_BAD_INPUT, "the interval is %" PRIu32 " s long; expected 1 to %" PRId32,
                      f->interval_seconds, INT32_MAX);
  if (f->intervals && !f->n_buses) /* else a few bytes could claim any number of intervals */
    return MarketFail(error, MARKET_BAD_INPUT, "the window has %" PRIu32 " intervals, but no bus", f->intervals);
  length = (int64_t)f->intervals * f->interval_seconds;
  if (__builtin_add_overflow(f->window_start, length, &end))
    return MarketFail(error, MARKET_OVERFLOW, "the end of the window does not fit 64 bits");
  return MARKET_OK;
}

static MarketStatus CheckName(EntryText name, const char *what, size_t row, MarketError *error)
{
  char where[64];

  snprintf(where, sizeof where, "name of %s %zu", what, row);
  if (name.length == 0) return MarketFail(error, MARKET_BAD_INPUT, "%s is empty", where);
  return EntryTextCheck(name, where, error);
}

static MarketStatus CheckLabel(EntryText label, const char *what, size_t row, MarketError *error)
{
  char where[64];

  snprintf(where, sizeof where, "%s %zu", what, row);
  return EntryTextCheck(label, where, error);
}

static int CompareTexts(const void *a, const void *b)
{
  return EntryTextCompare(*(const EntryText *)a, *(const EntryText *)b);
}

static MarketStatus CheckUnique(const EntryText *name, size_t n, const char *what, MarketError *error)
{
  EntryText   *sorted = malloc((n + 1) * sizeof *sorted);
  MarketStatus status = MARKET_OK;

  if (!sorted) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu names", n);
  if (n) memcpy(sorted, name, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, CompareTexts);
  for (size_t i = 1; i < n && status == MARKET_OK; i++)
    if (EntryTextSame(sorted[i - 1], sorted[i]))
      status = MarketFail(error, MARKET_BAD_INPUT, "two %ss are called '%.*s'", what, (int)sorted[i].length,
                          sorted[i].bytes);
  free(sorted);
  return status;
}

static MarketStatus CheckNames(Facts f, MarketError *error)
{
  MARKET_TRY(CheckName(f->study, "study", 0, error));
  MARKET_TRY(CheckName(f->policy, "policy", 0, error));
  MARKET_TRY(CheckName(f->currency, "currency", 0, error));
  for (size_t r = 0; r < f->n_regions; r++) {
    MARKET_TRY(CheckName(f->region[r], "region", r, error));
    if (f->region[r].length + ACCOUNT_PREFIX_MAX > ENTRY_TEXT_MAX)
      return MarketFail(error, MARKET_BAD_INPUT, "name of region %zu is too long for the names of its accounts", r);
  }
  for (size_t p = 0; p < f->n_participants; p++) {
    MARKET_TRY(CheckName(f->participant[p], "participant", p, error));
    MARKET_TRY(CheckLabel(f->participant_class[p], "class of participant", p, error));
    if (f->participant[p].bytes[0] == '@')
      return MarketFail(error, MARKET_BAD_INPUT, "participant '%.*s' starts with '@', which marks declared accounts",
                        (int)f->participant[p].length, f->participant[p].bytes);
  }
  MARKET_TRY(CheckUnique(f->region, f->n_regions, "region", error));
  return CheckUnique(f->participant, f->n_participants, "participant", error);
}

/* Indices come from int32_t: what is beyond is shown as the negative number it was. */
static MarketStatus CheckIndex(uint32_t index, size_t n, const char *owner, size_t row, const char *what,
                               MarketError *error)
{
  if (index < n) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "%s %zu has %s %" PRId32 "; expected 0 to %zu", owner, row, what,
                    (int32_t)index, n ? n - 1 : 0);
}

static MarketStatus CheckIndices(Facts f, MarketError *error)
{
  for (size_t b = 0; b < f->n_buses; b++) {
    MARKET_TRY(CheckIndex(f->bus_region[b], f->n_regions, "bus row", b, "region", error));
    if (f->bus_number[b] < 1 || f->bus_number[b] > INT32_MAX)
      return MarketFail(error, MARKET_BAD_INPUT, "bus row %zu has the number %" PRId32 "; expected a positive one", b,
                        (int32_t)f->bus_number[b]);
  }
  for (size_t a = 0; a < f->n_assets; a++) {
    const FactsAsset *asset = &f->asset[a];
    MARKET_TRY(CheckIndex(asset->bus, f->n_buses, "asset", a, "bus row", error));
    MARKET_TRY(CheckIndex(asset->participant, f->n_participants, "asset", a, "participant", error));
    MARKET_TRY(CheckIndex((uint32_t)asset->kind, FACTS_LINK_END + 1, "asset", a, "kind", error));
    MARKET_TRY(CheckName(asset->name, "asset", a, error));
    MARKET_TRY(CheckLabel(asset->technology, "technology of asset", a, error));
  }
  for (size_t l = 0; l < f->n_branches; l++) {
    MARKET_TRY(CheckIndex(f->branch[l].from, f->n_buses, "branch", l, "from-bus row", error));
    MARKET_TRY(CheckIndex(f->branch[l].to, f->n_buses, "branch", l, "to-bus row", error));
    MARKET_TRY(CheckName(f->branch[l].name, "branch", l, error));
  }
  return MARKET_OK;
}

MarketStatus FactsCheckRows(Facts facts, MarketError *error)
{
  MARKET_TRY(CheckNames(facts, error));
  return CheckIndices(facts, error);
}

static MarketStatus CheckRange(const int64_t *value, size_t n, int64_t least, const char *what, MarketError *error)
{
  for (size_t k = 0; k < n; k++)
    if (value[k] < least || value[k] > FACTS_MOST)
      return MarketFail(error, MARKET_BAD_INPUT, "%s, number %zu, is %" PRId64 "; expected %" PRId64 " to %" PRId64,
                        what, k, value[k], least, FACTS_MOST);
  return MARKET_OK;
}

static MarketStatus CheckLeg(Facts f, const FactsLeg *leg, MarketError *error)
{
  size_t T = f->intervals, buses = T * f->n_buses, branches = T * f->n_branches;

  MARKET_TRY(CheckRange(leg->price, buses, -FACTS_MOST, "price at a bus", error));
  MARKET_TRY(CheckRange(leg->asset_wh, T * f->n_assets, -FACTS_MOST, "energy of an asset", error));
  MARKET_TRY(CheckRange(leg->from_wh, branches, -FACTS_MOST, "energy into the from end of a branch", error));
  MARKET_TRY(CheckRange(leg->to_wh, branches, -FACTS_MOST, "energy into the to end of a branch", error));
  MARKET_TRY(CheckRange(leg->shunt_wh, buses, -FACTS_MOST, "energy of the shunts at a bus", error));
  MARKET_TRY(CheckRange(leg->shortage_wh, buses, 0, "shortage at a bus", error));
  return CheckRange(leg->surplus_wh, buses, 0, "surplus at a bus", error);
}

static MarketStatus CheckAsset(Facts f, size_t a, MarketError *error)
{
  const FactsAsset *asset     = &f->asset[a];
  const int64_t     signed_[] = {asset->emission, asset->marginal_cost};
  const int64_t rating[] = {asset->power_w, asset->energy_wh, asset->efficiency_charge, asset->efficiency_discharge};
  bool          others = asset->energy_wh == -1 && asset->efficiency_charge == -1 && asset->efficiency_discharge == -1;

  MARKET_TRY(CheckRange(signed_, 2, -FACTS_MOST, "emission or cost of an asset", error));
  MARKET_TRY(CheckRange(rating, 4, -1, "rating of an asset", error));
  if ((asset->kind != FACTS_STORAGE && !others) || (asset->kind != FACTS_GENERATOR && asset->renewable) ||
      (asset->kind != FACTS_GENERATOR && asset->kind != FACTS_STORAGE && asset->marginal_cost))
    return MarketFail(error, MARKET_BAD_INPUT, "asset %zu has what one of its kind has not", a);
  return MARKET_OK;
}

/* What is certified, stored and asked for belongs to assets of the right kind. */
static MarketStatus CheckMeters(Facts f, size_t a, MarketError *error)
{
  const FactsLeg *metered = FactsMetered(f);
  FactsAssetKind  kind    = f->asset[a].kind;

  for (size_t t = 0; t < f->intervals; t++) {
    size_t  at     = t * f->n_assets + a;
    int64_t output = metered->asset_wh[at] > 0 ? metered->asset_wh[at] : 0, certified = f->certified_wh[at];
    bool fits = f->asset[a].renewable ? certified >= 0 && (certified == output || certified == output - 1) : !certified;
    if (!fits)
      return MarketFail(error, MARKET_BAD_INPUT,
                        "interval %zu: asset %zu is certified for %" PRId64 " Wh of %" PRId64 " Wh", t, a, certified,
                        output);
    if (kind != FACTS_LOAD && f->baseline_wh[at])
      return MarketFail(error, MARKET_BAD_INPUT, "interval %zu: asset %zu has a baseline and is no load", t, a);
  }
  for (size_t t = 0; t <= f->intervals; t++)
    if (kind != FACTS_STORAGE && f->level_wh[t * f->n_assets + a])
      return MarketFail(error, MARKET_BAD_INPUT, "asset %zu stores energy and is no storage", a);
  return MARKET_OK;
}

MarketStatus FactsCheckNumbers(Facts f, MarketError *error)
{
  size_t cells = (size_t)f->intervals * f->n_assets;

  MARKET_TRY(CheckRange(&f->mismatch_limit_wh, 1, 0, "mismatch limit", error));
  MARKET_TRY(CheckLeg(f, &f->day_ahead, error));
  if (f->has_real_time) MARKET_TRY(CheckLeg(f, &f->real_time, error));
  MARKET_TRY(CheckRange(f->level_wh, cells + f->n_assets, 0, "stored energy", error));
  MARKET_TRY(CheckRange(f->baseline_wh, cells, -FACTS_MOST, "baseline", error));
  for (size_t a = 0; a < f->n_assets; a++) {
    MARKET_TRY(CheckAsset(f, a, error));
    MARKET_TRY(CheckMeters(f, a, error));
  }
  return MARKET_OK;
}

void FactsDerive(Facts f)
{
  for (size_t p = 0; p < f->n_participants; p++) f->participant_region[p] = 0;
  for (size_t a = f->n_assets; a-- > 0;)
    f->participant_region[f->asset[a].participant] = f->bus_region[f->asset[a].bus];
}
