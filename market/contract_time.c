/* When a contract is in force, and how much power it is about. */
#include "market/contract_impl.h"

/* Within the hours and days of a condition? `at` >= 0; the first of January 1970 was a Thursday. */
static bool HoursHold(const ContractCondition *k, int64_t at)
{
  const uint32_t second = (uint32_t)(at % CONTRACT_DAY_S);
  const unsigned day    = (unsigned)((at / CONTRACT_DAY_S + 3) % 7);

  if (!(k->weekdays & 1u << day)) return false;
  if (k->from_s < k->until_s) return k->from_s <= second && second < k->until_s;
  return k->from_s <= second || second < k->until_s;
}

static int64_t Sooner(int64_t next, int64_t candidate, int64_t at)
{
  return candidate > at && candidate < next ? candidate : next;
}

/* The next instant, at most `stop`, at which anything may change. */
static int64_t NextChange(const Contract *c, bool hours, int64_t at, int64_t stop)
{
  const int64_t midnight = at - at % CONTRACT_DAY_S;
  int64_t       next     = stop;

  if (c->quantity == CONTRACT_PROFILE) {
    const int64_t origin = c->daily ? 0 : c->start;
    next                 = Sooner(next, at - (at - origin) % c->step_s + c->step_s, at);
  }
  for (int k = 0; hours && k < c->n_conditions; k++) {
    if (c->condition[k].kind != CONTRACT_TIME) continue;
    next = Sooner(next, midnight + c->condition[k].from_s, at);
    next = Sooner(next, midnight + c->condition[k].until_s, at);
    next = Sooner(next, midnight + CONTRACT_DAY_S, at);
  }
  return next;
}

static int64_t PowerAt(const Contract *c, int64_t at)
{
  const uint8_t *value;
  int64_t        watt = 0;

  if (c->quantity == CONTRACT_UNIT_SHARE || c->quantity == CONTRACT_STORAGE_SHARE) return 0;
  if (c->quantity != CONTRACT_PROFILE) return c->power_w;
  value = c->value + (c->daily ? at % CONTRACT_DAY_S : at - c->start) / c->step_s * CONTRACT_WATT_BYTES;
  for (int k = 0; k < CONTRACT_WATT_BYTES; k++) watt = watt << 8 | value[k];
  return watt;
}

void ContractActive(const Contract *contract, bool hours, int64_t begin, int64_t end, uint32_t *seconds,
                    MoneyWide *watt_seconds)
{
  const int64_t stop = end < contract->end ? end : contract->end;
  int64_t       next;

  *seconds      = 0;
  *watt_seconds = 0;
  for (int64_t at = begin > contract->start ? begin : contract->start; at < stop; at = next) {
    bool holds = true;
    next       = NextChange(contract, hours, at, stop);
    for (int k = 0; hours && k < contract->n_conditions; k++)
      if (contract->condition[k].kind == CONTRACT_TIME) holds = holds && HoursHold(&contract->condition[k], at);
    if (!holds) continue;
    *seconds += (uint32_t)(next - at);
    *watt_seconds += (MoneyWide)PowerAt(contract, at) * (next - at);
  }
}
