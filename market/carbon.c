/* Emissions and allowances of a window. */
#include "market/carbon.h"

#include "market/account.h"
#include "market/apportion.h"
#include "market/money.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

MarketStatus CarbonEmission(Facts facts, size_t interval, size_t asset, int64_t *grams, MarketError *error)
{
  const FactsAsset *unit = &facts->asset[asset];
  int64_t           wh   = FactsMetered(facts)->asset_wh[interval * facts->n_assets + asset];

  *grams = 0;
  if (unit->kind != FACTS_GENERATOR || wh <= 0 || unit->emission == 0) return MARKET_OK;
  if (MoneyFromEnergy(unit->emission, wh, grams) == MARKET_OK) return MARKET_OK;
  return MarketFail(error, MARKET_OVERFLOW, "%" PRId64 " Wh of '%.*s' at %" PRId64 " g/MWh do not fit 64 bits", wh,
                    (int)unit->name.length, unit->name.bytes, unit->emission);
}

static MarketStatus Sum(int64_t *sum, int64_t term, MarketError *error)
{
  if (MoneyAdd(sum, term) == MARKET_OK) return MARKET_OK;
  return MarketFail(error, MARKET_OVERFLOW, "the carbon of the window does not fit 64 bits");
}

/* ---- What units buy ---------------------------------------------------------------------------------------------- */

static MarketStatus BuyFor(Facts f, const CarbonRules *rules, uint32_t t, uint32_t a, int64_t grams,
                           Transfers *transfers, CarbonReport *report, MarketError *error)
{
  const FactsAsset *unit   = &f->asset[a];
  uint32_t          region = f->bus_region[unit->bus];
  Transfer          buy    = {.kind         = SETTLEMENT_CARBON,
                              .interval     = t,
                              .payee        = AccountIndex(f->n_participants, ACCOUNT_CARBON, region),
                              .payer        = unit->participant,
                              .payee_region = region,
                              .payer_region = region,
                              .payer_bus    = f->bus_number[unit->bus],
                              .quantity     = grams,
                              .has_price    = true,
                              .price        = rules->price,
                              .detail       = unit->name};
  int64_t           paid   = 0;

  if (MoneyFromEnergy(rules->price, grams, &paid) != MARKET_OK)
    return MarketFail(error, MARKET_OVERFLOW, "%" PRId64 " g at %" PRId64 " millionths per t do not fit 64 bits", grams,
                      rules->price);
  MARKET_TRY(Sum(&report->paid, paid, error));
  MARKET_TRY(Sum(&report->emitted_g, grams, error));
  return TransfersAdd(transfers, f, &buy, error);
}

static MarketStatus Buy(Facts f, const CarbonRules *rules, Transfers *transfers, CarbonReport *report,
                        MarketError *error)
{
  for (uint32_t t = 0; t < f->intervals; t++)
    for (uint32_t a = 0; a < f->n_assets; a++) {
      int64_t grams = 0;
      MARKET_TRY(CarbonEmission(f, t, a, &grams, error));
      if (grams) MARKET_TRY(BuyFor(f, rules, t, a, grams, transfers, report, error));
    }
  return MARKET_OK;
}

/* ---- What is granted --------------------------------------------------------------------------------------------- */

typedef struct {
  int64_t *rated;  /* [n_participants] g an hour of all units at rated power */
  int64_t *weight; /* [n_participants], of a class; [n_shares]; [intervals]: the longest */
  int64_t *part;   /* as long */
  int64_t *grant;  /* [n_participants] g */
} Grants;

static void GrantsFree(Grants *grants)
{
  free(grants->rated);
  free(grants->weight);
  free(grants->part);
  free(grants->grant);
}

static MarketStatus GrantsAllocate(Facts f, const CarbonRules *rules, Grants *grants, MarketError *error)
{
  size_t n = f->n_participants, most = n + 1;

  if (rules->n_shares > most) most = rules->n_shares;
  if (f->intervals > most) most = f->intervals;
  grants->rated  = calloc(most, sizeof *grants->rated);
  grants->weight = calloc(most, sizeof *grants->weight);
  grants->part   = calloc(most, sizeof *grants->part);
  grants->grant  = calloc(most, sizeof *grants->grant);
  if (grants->rated && grants->weight && grants->part && grants->grant) return MARKET_OK;
  return MarketFail(error, MARKET_NO_MEMORY, "no memory for grants of %zu participants", n);
}

static MarketStatus RateParticipants(Facts f, Grants *grants, MarketError *error)
{
  for (uint32_t a = 0; a < f->n_assets; a++) {
    const FactsAsset *unit = &f->asset[a];
    int64_t           rate = 0;
    if (unit->kind != FACTS_GENERATOR || unit->power_w <= 0 || unit->emission <= 0) continue;
    if (MoneyFromEnergy(unit->emission, unit->power_w, &rate) != MARKET_OK)
      return MarketFail(error, MARKET_OVERFLOW, "emissions of '%.*s' at rated power do not fit 64 bits",
                        (int)unit->name.length, unit->name.bytes);
    MARKET_TRY(Sum(&grants->rated[unit->participant], rate, error));
  }
  return MARKET_OK;
}

static MarketStatus Split(int64_t total, const int64_t *weight, size_t n, int64_t *part, MarketError *error)
{
  if (Apportion(total, weight, n, part) == MARKET_OK) return MARKET_OK;
  return MarketFail(error, MARKET_NO_MEMORY, "no memory to share out %zu grants", n);
}

/* Splits `total` over the members of a share (NULL: over all participants): by what their units emit at rated power,
   evenly where none of them emits. */
static MarketStatus GrantTo(Facts f, const CarbonShare *share, int64_t total, Grants *grants, MarketError *error)
{
  uint32_t  n = f->n_participants, members = 0;
  MoneyWide rated = 0;

  for (uint32_t p = 0; p < n; p++) {
    bool member = !share || EntryTextSame(share->name, share->is_class ? f->participant_class[p] : f->participant[p]);
    grants->weight[p] = member ? grants->rated[p] : -1;
    if (!member) continue;
    members++;
    rated += grants->rated[p];
  }
  if (members == 0 && share)
    return MarketFail(error, MARKET_BAD_INPUT, "free allowances are for %s '%.*s', of which there is none",
                      share->is_class ? "class" : "participant", (int)share->name.length, share->name.bytes);
  if (members == 0) return MARKET_OK;
  for (uint32_t p = 0; p < n; p++) grants->weight[p] = grants->weight[p] < 0 ? 0 : rated ? grants->weight[p] : 1;
  MARKET_TRY(Split(total, grants->weight, n, grants->part, error));
  for (uint32_t p = 0; p < n; p++) grants->grant[p] += grants->part[p]; /* free_g in all */
  return MARKET_OK;
}

static MarketStatus Grant(Facts f, const CarbonRules *rules, Grants *grants, MarketError *error)
{
  int64_t     *share;
  MarketStatus status;

  MARKET_TRY(RateParticipants(f, grants, error));
  if (rules->n_shares == 0) return GrantTo(f, NULL, rules->free_g, grants, error);
  share = calloc(rules->n_shares, sizeof *share);
  if (!share) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu shares", rules->n_shares);
  for (size_t i = 0; i < rules->n_shares; i++) grants->weight[i] = rules->share[i].weight;
  status = Split(rules->free_g, grants->weight, rules->n_shares, share, error);
  for (size_t i = 0; i < rules->n_shares && status == MARKET_OK; i++)
    status = GrantTo(f, &rules->share[i], share[i], grants, error);
  free(share);
  return status;
}

/* A grant is sold back evenly over the window. */
static MarketStatus SellBack(Facts f, const CarbonRules *rules, uint32_t p, Grants *grants, Transfers *transfers,
                             CarbonReport *report, MarketError *error)
{
  uint32_t region = f->participant_region[p];
  Transfer sell   = {.kind         = SETTLEMENT_CARBON,
                     .payee        = p,
                     .payer        = AccountIndex(f->n_participants, ACCOUNT_CARBON, region),
                     .payee_region = region,
                     .payer_region = region,
                     .has_price    = true,
                     .price        = rules->price,
                     .detail       = EntryTextOf("free allowances")};

  memset(grants->weight, 0, f->intervals * sizeof *grants->weight);
  MARKET_TRY(Split(grants->grant[p], grants->weight, f->intervals, grants->part, error));
  for (uint32_t t = 0; t < f->intervals; t++) {
    int64_t amount = 0;
    if (grants->part[t] == 0) continue;
    sell.interval = t;
    sell.quantity = grants->part[t];
    if (MoneyFromEnergy(sell.price, sell.quantity, &amount) != MARKET_OK)
      return MarketFail(error, MARKET_OVERFLOW, "%" PRId64 " g at %" PRId64 " millionths per t do not fit 64 bits",
                        sell.quantity, sell.price);
    MARKET_TRY(Sum(&report->returned, amount, error));
    MARKET_TRY(TransfersAdd(transfers, f, &sell, error));
  }
  return MARKET_OK;
}

static MarketStatus SellGrants(Facts f, const CarbonRules *rules, Transfers *transfers, CarbonReport *report,
                               MarketError *error)
{
  Grants       grants = {0};
  MarketStatus status = GrantsAllocate(f, rules, &grants, error);

  if (status == MARKET_OK) status = Grant(f, rules, &grants, error);
  for (uint32_t p = 0; p < f->n_participants && status == MARKET_OK; p++) {
    report->granted_g += grants.grant[p];
    if (grants.grant[p]) status = SellBack(f, rules, p, &grants, transfers, report, error);
  }
  GrantsFree(&grants);
  return status;
}

/* ---- The window -------------------------------------------------------------------------------------------------- */

static MarketStatus CheckRules(const CarbonRules *rules, MarketError *error)
{
  if (rules->price < 0 || rules->free_g < 0 || (rules->has_cap && rules->cap_g < 0))
    return MarketFail(error, MARKET_BAD_INPUT,
                      "carbon: price %" PRId64 ", cap %" PRId64 " g, free allowances %" PRId64
                      " g; expected none below 0",
                      rules->price, rules->cap_g, rules->free_g);
  if (rules->has_cap && rules->free_g > rules->cap_g)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "%" PRId64 " g of free allowances are more than the cap of %" PRId64 " g", rules->free_g,
                      rules->cap_g);
  return MARKET_OK;
}

MarketStatus CarbonSettle(Facts facts, const CarbonRules *rules, Transfers *transfers, CarbonReport *report,
                          MarketError *error)
{
  *report = (CarbonReport){0};
  if (!rules->enabled) return MARKET_OK;
  MARKET_TRY(CheckRules(rules, error));
  MARKET_TRY(Buy(facts, rules, transfers, report, error));
  if (rules->free_g) MARKET_TRY(SellGrants(facts, rules, transfers, report, error));
  report->bought_g = report->cancelled_g = report->emitted_g;
  report->has_cap                        = rules->has_cap;
  report->issued_g                       = rules->has_cap ? rules->cap_g : report->emitted_g;
  if (report->issued_g < report->cancelled_g) {
    report->exceeded_g = report->cancelled_g - report->issued_g;
    return MARKET_OK;
  }
  report->left_g = report->issued_g;
  return Sum(&report->left_g, -report->cancelled_g, error); /* no sum reaches -2^63 but by overflow */
}
