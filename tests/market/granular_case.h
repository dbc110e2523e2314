/* Facts by hand for tests of certificates and carbon: everything in MW over short tables. */
#ifndef ARCHIPELAGO_TESTS_GRANULAR_CASE_H
#define ARCHIPELAGO_TESTS_GRANULAR_CASE_H

#include "market/granular_audit.h"
#include "tests/support.h"

#include <string.h>

enum { CASE_MOST = 64, CASE_CELLS = 1024 };

typedef struct {
  FactsInput      in;
  uint8_t         run_id[32];
  const char     *region[4], *participant[CASE_MOST], *participant_class[CASE_MOST];
  int32_t         bus_number[CASE_MOST], bus_region[CASE_MOST];
  FactsAssetInput asset[CASE_MOST];
  double          mw[CASE_CELLS], price[CASE_CELLS], level[CASE_CELLS];
} GranularCase;

/* One region "west", one bus 7, no assets yet; intervals of an hour from 2030-06-21T00:00:00Z. */
static inline void CaseBegin(GranularCase *c, size_t intervals)
{
  *c                      = (GranularCase){0};
  c->in                   = (FactsInput){.study = "test", .policy = "base", .currency = "EUR"};
  c->in.window_start      = 1908230400;
  c->in.intervals         = intervals;
  c->in.step_hours        = 1;
  c->in.n_regions         = 1;
  c->in.n_buses           = 1;
  c->region[0]            = "west";
  c->bus_number[0]        = 7;
  c->in.run_id            = c->run_id;
  c->in.region_name       = c->region;
  c->in.participant_name  = c->participant;
  c->in.participant_class = c->participant_class;
  c->in.bus_number        = c->bus_number;
  c->in.bus_region        = c->bus_region;
  c->in.asset             = c->asset;
  c->in.day_ahead.price   = c->price;
  memset(c->run_id, 0xA5, sizeof c->run_id);
}

static inline uint32_t CaseParticipant(GranularCase *c, const char *name)
{
  c->participant[c->in.n_participants] = name;
  return (uint32_t)c->in.n_participants++;
}

static inline uint32_t CaseAsset(GranularCase *c, FactsAssetKind kind, uint32_t owner, const char *name)
{
  c->asset[c->in.n_assets] = (FactsAssetInput){.kind                 = kind,
                                               .participant          = (int32_t)owner,
                                               .name                 = name,
                                               .technology           = kind == FACTS_GENERATOR ? "wind" : "",
                                               .renewable            = kind == FACTS_GENERATOR,
                                               .power_mw             = 1,
                                               .energy_mwh           = 10,
                                               .efficiency_charge    = 0.9,
                                               .efficiency_discharge = 0.95};
  return (uint32_t)c->in.n_assets++;
}

/* mw [T][n_assets], level [T + 1][n_assets] or NULL. */
static inline Facts CaseFacts(GranularCase *c, const double *mw, const double *level)
{
  Facts       facts = NULL;
  MarketError error = {0};

  c->in.day_ahead.asset_mw = mw;
  c->in.level_mwh          = level;
  if (FactsCreate(&c->in, &facts, &error) != MARKET_OK) fail_msg("%s", error.text);
  return facts;
}

static inline void CaseDeliver(Deliveries *list, Facts facts, uint32_t t, uint32_t seller, uint32_t unit,
                               uint32_t buyer, uint32_t device, int64_t wh)
{
  MarketError error = {0};
  Delivery    d     = {.kind          = SETTLEMENT_CONTRACT_ENERGY,
                       .interval      = t,
                       .seller        = seller,
                       .buyer         = buyer,
                       .seller_asset  = unit,
                       .buyer_asset   = device,
                       .wh            = wh,
                       .has_reference = true};

  memset(d.reference, (int)(16 * seller + buyer + 1), sizeof d.reference);
  if (DeliveriesAdd(list, facts, &d, &error) != MARKET_OK) fail_msg("%s", error.text);
}

static inline GranularEvent CaseEvent(const GranularEvents *events, size_t i)
{
  GranularEvent event;
  MarketError   error = {0};

  assert_true(i < events->n);
  if (GranularEventRead(events->bytes.data + events->record[i].offset, events->record[i].size, &event, &error))
    fail_msg("%s", error.text);
  return event;
}

/* Takes all events to an audit; fails unless every one passes. */
static inline void CaseAudit(GranularAudit audit, const GranularEvents *events)
{
  MarketError error = {0};

  for (size_t i = 0; i < events->n; i++)
    if (GranularAuditTake(audit, events->bytes.data + events->record[i].offset, events->record[i].size, &error))
      fail_msg("%s", error.text);
}

#endif
