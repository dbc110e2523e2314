/* Facts with one of everything: two regions, a tie, a renewable generator, a load, a storage unit, both legs. */
#ifndef ARCHIPELAGO_TESTS_FACTS_SAMPLE_H
#define ARCHIPELAGO_TESTS_FACTS_SAMPLE_H

#include "market/facts.h"

#include <math.h>

static const double facts_sample_price[] = {20, 35, 21.5, -3}, facts_sample_real[] = {22, 30, 0.0000005, 1e3};
static const double facts_sample_mw[]    = {100.1, -98, 0.25, 80, -79, -0.5},
                    facts_sample_met[]   = {90.0000001, -89, 0, -1e-7, -79, -0.5};
static const double  facts_sample_from[] = {99, 80}, facts_sample_to[] = {-97, -79};
static const double  facts_sample_slack[] = {0, 0.125, 0, 0};
static const double  facts_sample_level[] = {0, 0, 1, 0, 0, 0.74, 0, 0, 1.2};
static const double  facts_sample_base[]  = {0, 99, 0, 0, 79.5, 0};
static const uint8_t facts_sample_run[32] = {0xAA, 0xBB};

static inline FactsInput FactsSample(void)
{
  static const char *const regions[] = {"north", "süd"}, *const people[] = {"city", "wind & sons"};
  static const char *const      classes[] = {"household", NULL};
  static const int32_t          number[] = {11, 2147483647}, region[] = {1, 0};
  static const FactsBranchInput branch[] = {{0, 1, "11-12"}};
  static const FactsAssetInput  asset[]  = {
        {FACTS_GENERATOR, 1, 0, "unit 1", "onwind", true, 0, 120, 7, 0.5, 0.5, 1.25},
        {FACTS_LOAD, 0, 1, "demand", NULL, true, 0, INFINITY, NAN, 0, 0, 7},
        {FACTS_STORAGE, 1, 1, "battery", "Li-ion", false, 0.0005, 1, 2, 0.95, 0.9, 0},
  };
  static FactsLegInput real;

  real = (FactsLegInput){.price          = facts_sample_real,
                         .asset_mw       = facts_sample_met,
                         .branch_from_mw = facts_sample_from,
                         .branch_to_mw   = facts_sample_to,
                         .shortage_mw    = facts_sample_slack};
  return (FactsInput){.study             = "sample",
                      .policy            = "base",
                      .currency          = "EUR",
                      .run_id            = facts_sample_run,
                      .window            = 3,
                      .window_start      = 1908230400,
                      .intervals         = 2,
                      .step_hours        = 0.25,
                      .n_regions         = 2,
                      .n_participants    = 2,
                      .n_buses           = 2,
                      .n_assets          = 3,
                      .n_branches        = 1,
                      .region_name       = regions,
                      .participant_name  = people,
                      .participant_class = classes,
                      .bus_number        = number,
                      .bus_region        = region,
                      .asset             = asset,
                      .branch            = branch,
                      .day_ahead         = {.price          = facts_sample_price,
                                            .asset_mw       = facts_sample_mw,
                                            .branch_from_mw = facts_sample_from,
                                            .branch_to_mw   = facts_sample_to,
                                            .surplus_mw     = facts_sample_slack},
                      .real_time         = &real,
                      .level_mwh         = facts_sample_level,
                      .baseline_mw       = facts_sample_base,
                      .mismatch_limit_mw = 1e-9};
}

#endif
