/* The rules of a carbon market and their canonical bytes. */
#include "market/carbon.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RULE_ENABLED = 1, RULE_CAP = 2, RULES = 3, SHARE_LEAST = 1 + 3 + 8 };

static int CompareShares(const CarbonShare *share, bool is_class, EntryText name)
{
  int order = (int)share->is_class - (int)is_class;

  return order ? order : EntryTextCompare(share->name, name);
}

static MarketStatus CheckShare(EntryText name, int64_t weight, MarketError *error)
{
  if (name.length == 0) return MarketFail(error, MARKET_BAD_INPUT, "a share of free allowances has no name");
  MARKET_TRY(EntryTextCheck(name, "name of a share of free allowances", error));
  if (weight >= 0) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "the share '%.*s' of free allowances is %" PRId64 "; expected at least 0",
                    (int)name.length, name.bytes, weight);
}

MarketStatus CarbonRulesAddShare(CarbonRules *rules, bool is_class, EntryText name, int64_t weight, MarketError *error)
{
  size_t       at = rules->n_shares;
  CarbonShare *larger;
  char        *copy;

  MARKET_TRY(CheckShare(name, weight, error));
  while (at > 0 && CompareShares(&rules->share[at - 1], is_class, name) > 0) at--;
  if (at > 0 && !CompareShares(&rules->share[at - 1], is_class, name))
    return MarketFail(error, MARKET_BAD_INPUT, "two shares of free allowances are for %s '%.*s'",
                      is_class ? "class" : "participant", (int)name.length, name.bytes);
  larger = realloc(rules->share, (rules->n_shares + 1) * sizeof *larger);
  if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a share");
  rules->share = larger;
  copy         = malloc(name.length);
  if (!copy) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a share");
  memcpy(copy, name.bytes, name.length);
  memmove(&larger[at + 1], &larger[at], (rules->n_shares - at) * sizeof *larger);
  larger[at] = (CarbonShare){is_class, {copy, name.length}, weight};
  rules->n_shares++;
  return MARKET_OK;
}

void CarbonRulesFree(CarbonRules *rules)
{
  for (size_t i = 0; i < rules->n_shares; i++) free((char *)(uintptr_t)rules->share[i].name.bytes);
  free(rules->share);
  *rules = (CarbonRules){0};
}

void CarbonRulesWrite(const CarbonRules *rules, MarketBytes *bytes)
{
  MarketPut(bytes, (rules->enabled ? RULE_ENABLED : 0u) | (rules->has_cap ? RULE_CAP : 0u), 1);
  MarketPutSigned(bytes, rules->price);
  if (rules->has_cap) MarketPutSigned(bytes, rules->cap_g);
  MarketPutSigned(bytes, rules->free_g);
  MarketPut(bytes, rules->n_shares, 4);
  for (size_t i = 0; i < rules->n_shares; i++) {
    MarketPut(bytes, rules->share[i].is_class, 1);
    MarketPutText(bytes, rules->share[i].name);
    MarketPutSigned(bytes, rules->share[i].weight);
  }
}

static MarketStatus TakeAmount(MarketReader *reader, const char *field, int64_t *value)
{
  uint64_t wide = 0;

  MARKET_TRY(MarketTakeUpTo(reader, 8, INT64_MAX, field, &wide));
  *value = (int64_t)wide;
  return MARKET_OK;
}

static MarketStatus TakeShare(MarketReader *reader, CarbonRules *rules)
{
  bool         is_class = false;
  EntryText    name;
  int64_t      weight = 0;
  MarketError  inner;
  MarketStatus status;

  MARKET_TRY(MarketTakeFlag(reader, "kind of a share", &is_class));
  MARKET_TRY(MarketTakeText(reader, false, "name of a share", &name));
  MARKET_TRY(TakeAmount(reader, "weight of a share", &weight));
  if (rules->n_shares && CompareShares(&rules->share[rules->n_shares - 1], is_class, name) >= 0)
    return MarketFail(reader->error, MARKET_MALFORMED, "%s: the share before byte %zu is not in its place",
                      reader->what, reader->at);
  status = CarbonRulesAddShare(rules, is_class, name, weight, &inner);
  return status == MARKET_OK ? status : MarketFail(reader->error, status, "%s: %s", reader->what, inner.text);
}

static MarketStatus TakeRules(MarketReader *reader, CarbonRules *rules)
{
  uint64_t flags = 0;
  size_t   n     = 0;

  MARKET_TRY(MarketTakeUpTo(reader, 1, RULES, "rules of carbon", &flags));
  rules->enabled = flags & RULE_ENABLED;
  rules->has_cap = flags & RULE_CAP;
  MARKET_TRY(TakeAmount(reader, "price of carbon", &rules->price));
  if (rules->has_cap) MARKET_TRY(TakeAmount(reader, "cap on carbon", &rules->cap_g));
  MARKET_TRY(TakeAmount(reader, "free allowances", &rules->free_g));
  MARKET_TRY(MarketTakeCount(reader, SHARE_LEAST, "number of shares", &n));
  for (size_t i = 0; i < n; i++) MARKET_TRY(TakeShare(reader, rules));
  return MARKET_OK;
}

MarketStatus CarbonRulesTake(MarketReader *reader, CarbonRules *rules)
{
  MarketStatus status;

  *rules = (CarbonRules){0};
  status = TakeRules(reader, rules);
  if (status != MARKET_OK) CarbonRulesFree(rules);
  return status;
}
