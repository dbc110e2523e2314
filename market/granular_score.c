/* Rules, records and scores of certificates: what needs no execution. */
#include "market/granular_impl.h"

#include "market/money.h"

#include <stdlib.h>

enum { RULE_ENABLED = 1, RULE_POOL = 2, RULE_HOLD = 4, RULES = 7 };

void GranularRulesWrite(const GranularRules *rules, MarketBytes *bytes)
{
  MarketPut(bytes,
            (rules->enabled ? RULE_ENABLED : 0u) | (rules->pool ? RULE_POOL : 0u) | (rules->hold ? RULE_HOLD : 0u), 1);
}

MarketStatus GranularRulesTake(MarketReader *reader, GranularRules *rules)
{
  uint64_t flags = 0;

  MARKET_TRY(MarketTakeUpTo(reader, 1, RULES, "rules of certificates", &flags));
  *rules = (GranularRules){flags & RULE_ENABLED, flags & RULE_POOL, flags & RULE_HOLD};
  return MARKET_OK;
}

void GranularEventsFree(GranularEvents *events)
{
  MarketBytesFree(&events->bytes);
  free(events->record);
  free(events->consumed_wh);
  free(events->matched_wh);
  *events = (GranularEvents){0};
}

static bool OfOneLink(const FactsAsset *a, const FactsAsset *b)
{
  return b->kind == FACTS_LINK_END && a->participant == b->participant && EntryTextSame(a->name, b->name);
}

bool GranularIsFurtherEnd(Facts facts, size_t asset)
{
  const FactsAsset *end = &facts->asset[asset];

  return end->kind == FACTS_LINK_END && asset > 0 && OfOneLink(end, end - 1);
}

/* What a link takes at its electric ends, counted at its first; nothing unless it has an end of another carrier. */
static int64_t LinkConsumption(Facts facts, size_t interval, size_t first)
{
  const FactsAsset *end   = &facts->asset[first];
  const int64_t    *wh    = FactsMetered(facts)->asset_wh + interval * facts->n_assets;
  bool              turns = false;
  int64_t           taken = 0;

  if (GranularIsFurtherEnd(facts, first)) return 0;
  for (size_t a = first; a < facts->n_assets && OfOneLink(end, &facts->asset[a]); a++) {
    if (facts->asset[a].technology.length)
      turns = true;
    else if (wh[a] < 0)
      taken -= wh[a]; /* within the sums that were checked */
  }
  return turns ? taken : 0;
}

int64_t GranularConsumption(Facts facts, size_t interval, size_t asset)
{
  const FactsAsset *a  = &facts->asset[asset];
  int64_t           wh = FactsMetered(facts)->asset_wh[interval * facts->n_assets + asset];

  if (a->kind == FACTS_LINK_END) return LinkConsumption(facts, interval, asset);
  if (a->kind == FACTS_STORAGE || (a->kind == FACTS_LOAD && a->technology.length)) return 0;
  return wh < 0 ? -wh : 0;
}

MarketStatus GranularScore(const GranularEvents *events, uint32_t participant, int64_t *consumed_wh,
                           int64_t *matched_wh, MarketError *error)
{
  int64_t consumed = 0, matched = 0;

  if (participant >= events->n_participants && events->intervals)
    return MarketFail(error, MARKET_BAD_INPUT, "participant %u; expected less than %u", participant,
                      events->n_participants);
  for (size_t t = 0; t < events->intervals; t++) {
    size_t at = t * events->n_participants + participant;
    if (MoneyAdd(&consumed, events->consumed_wh[at]) != MARKET_OK ||
        MoneyAdd(&matched, events->matched_wh[at]) != MARKET_OK)
      return MarketFail(error, MARKET_OVERFLOW, "the consumption of participant %u does not fit 64 bits", participant);
  }
  *consumed_wh = consumed;
  *matched_wh  = matched;
  return MARKET_OK;
}

int64_t GranularMatchedPpm(int64_t matched_wh, int64_t consumed_wh)
{
  return consumed_wh > 0 ? (int64_t)((MoneyWide)matched_wh * 1000000 / consumed_wh) : -1;
}
