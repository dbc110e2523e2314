/* Random facts for property tests: a made-up grid whose balances hold up to a small error, day ahead and, where asked
   for, in real time. */
#ifndef ARCHIPELAGO_TESTS_RANDOM_STUDY_H
#define ARCHIPELAGO_TESTS_RANDOM_STUDY_H

#include "market/settlement.h"
#include "tests/market/random.h"

#include <stdio.h>
#include <stdlib.h>

enum { RANDOM_MOST = 96, RANDOM_HOURS = 3 };

/* One leg's numbers, [RANDOM_HOURS][rows]. */
typedef struct {
  double price[RANDOM_HOURS * RANDOM_MOST], shunt[RANDOM_HOURS * RANDOM_MOST];
  double shortage[RANDOM_HOURS * RANDOM_MOST], surplus[RANDOM_HOURS * RANDOM_MOST];
  double asset_mw[RANDOM_HOURS * RANDOM_MOST];
  double from_mw[RANDOM_HOURS * RANDOM_MOST], to_mw[RANDOM_HOURS * RANDOM_MOST];
} RandomLeg;

typedef struct {
  FactsInput       in;
  FactsLegInput    metered; /* what in.real_time points to, when it does */
  uint64_t         seed;
  char             name[4][RANDOM_MOST][32];
  const char      *region_name[RANDOM_MOST], *participant_name[RANDOM_MOST];
  int32_t          bus_number[RANDOM_MOST], bus_region[RANDOM_MOST];
  FactsAssetInput  asset[RANDOM_MOST];
  FactsBranchInput branch[RANDOM_MOST];
  double           level_mwh[(RANDOM_HOURS + 1) * RANDOM_MOST];
  RandomLeg        ahead, real;
} RandomStudy;

/* Uniform in [low, high). */
static inline double RandomReal(uint64_t *seed, double low, double high)
{
  return low + (high - low) * (double)(RandomNext(seed) >> 11) / 9007199254740992.0;
}

static inline const char *RandomName(RandomStudy *s, int table, size_t k)
{
  snprintf(s->name[table][k], sizeof s->name[table][k], "%c%zu", "rpab"[table], k);
  return s->name[table][k];
}

static inline void RandomRows(RandomStudy *s)
{
  FactsInput *in = &s->in;

  for (size_t r = 0; r < in->n_regions; r++) s->region_name[r] = RandomName(s, 0, r);
  for (size_t p = 0; p < in->n_participants; p++) s->participant_name[p] = RandomName(s, 1, p);
  for (size_t b = 0; b < in->n_buses; b++) {
    s->bus_number[b] = (int32_t)(100 + b);
    s->bus_region[b] = RandomBelow(&s->seed, in->n_regions);
  }
  for (size_t a = 0; a < in->n_assets; a++) {
    int32_t bus = a < in->n_buses ? (int32_t)a : RandomBelow(&s->seed, in->n_buses);
    s->asset[a] = (FactsAssetInput){.kind               = (FactsAssetKind)RandomBelow(&s->seed, 4),
                                    .participant        = RandomBelow(&s->seed, in->n_participants),
                                    .bus                = bus,
                                    .name               = RandomName(s, 2, a),
                                    .technology         = a % 3 ? "wind" : NULL,
                                    .renewable          = a % 3 == 1,
                                    .emission_t_per_mwh = RandomReal(&s->seed, 0, 1),
                                    .power_mw           = RandomReal(&s->seed, -1, 9),
                                    .energy_mwh         = RandomReal(&s->seed, 0, 9),
                                    .efficiency_charge  = 0.9,
                                    .marginal_cost      = RandomReal(&s->seed, 0, 90)};
  }
  for (size_t l = 0; l < in->n_branches; l++)
    s->branch[l] =
        (FactsBranchInput){RandomBelow(&s->seed, in->n_buses), RandomBelow(&s->seed, in->n_buses), RandomName(s, 3, l)};
}

/* Flows and outputs at random; the first asset of each bus then balances it, up to `error_mw`. */
static inline void RandomHour(RandomStudy *s, RandomLeg *leg, size_t t, double error_mw)
{
  FactsInput *in    = &s->in;
  double     *asset = leg->asset_mw + t * in->n_assets, *price = leg->price + t * in->n_buses;
  double     *from = leg->from_mw + t * in->n_branches, *to = leg->to_mw + t * in->n_branches;
  double      need[RANDOM_MOST];

  for (size_t b = 0; b < in->n_buses; b++) {
    price[b]                        = RandomReal(&s->seed, -50, 300);
    leg->shunt[t * in->n_buses + b] = RandomReal(&s->seed, 0, 0.5);
    need[b]                         = leg->shunt[t * in->n_buses + b] + RandomReal(&s->seed, -error_mw, error_mw);
    if (RandomBelow(&s->seed, 8) == 0) leg->shortage[t * in->n_buses + b] = RandomReal(&s->seed, 0, 3);
    if (RandomBelow(&s->seed, 8) == 0) leg->surplus[t * in->n_buses + b] = RandomReal(&s->seed, 0, 3);
    need[b] += leg->surplus[t * in->n_buses + b] - leg->shortage[t * in->n_buses + b];
  }
  for (size_t l = 0; l < in->n_branches; l++) {
    from[l] = RandomReal(&s->seed, -400, 400);
    to[l]   = -from[l] + RandomReal(&s->seed, 0, 8);
    need[s->branch[l].from] += from[l];
    need[s->branch[l].to] += to[l];
  }
  for (size_t a = in->n_buses; a < in->n_assets; a++) {
    asset[a] = RandomReal(&s->seed, -200, 200);
    need[s->asset[a].bus] -= asset[a];
  }
  for (size_t b = 0; b < in->n_buses; b++) asset[b] = need[b];
}

static inline FactsLegInput RandomLegInput(const RandomLeg *leg)
{
  return (FactsLegInput){.price          = leg->price,
                         .asset_mw       = leg->asset_mw,
                         .branch_from_mw = leg->from_mw,
                         .branch_to_mw   = leg->to_mw,
                         .shunt_mw       = leg->shunt,
                         .shortage_mw    = leg->shortage,
                         .surplus_mw     = leg->surplus};
}

/* free() it. */
static inline RandomStudy *RandomStudyCreate(uint64_t seed, double error_mw)
{
  RandomStudy *s  = calloc(1, sizeof *s);
  FactsInput  *in = &s->in;

  s->seed            = seed;
  *in                = (FactsInput){.study = "random", .policy = "base", .currency = "EUR", .step_hours = 0.25};
  in->intervals      = RANDOM_HOURS;
  in->n_regions      = 1 + (size_t)RandomBelow(&s->seed, 5);
  in->n_participants = 1 + (size_t)RandomBelow(&s->seed, 9);
  in->n_buses        = 1 + (size_t)RandomBelow(&s->seed, 24);
  in->n_assets       = in->n_buses + (size_t)RandomBelow(&s->seed, RANDOM_MOST - 24);
  in->n_branches     = (size_t)RandomBelow(&s->seed, RANDOM_MOST);
  RandomRows(s);
  for (size_t t = 0; t < RANDOM_HOURS; t++) RandomHour(s, &s->ahead, t, error_mw);
  for (size_t t = 0; t < RANDOM_HOURS; t++) RandomHour(s, &s->real, t, error_mw);
  for (size_t k = 0; k < (RANDOM_HOURS + 1) * in->n_assets; k++) s->level_mwh[k] = RandomReal(&s->seed, -1e-6, 9);
  in->region_name      = s->region_name;
  in->participant_name = s->participant_name;
  in->bus_number       = s->bus_number;
  in->bus_region       = s->bus_region;
  in->asset            = s->asset;
  in->branch           = s->branch;
  in->level_mwh        = s->level_mwh;
  in->day_ahead        = RandomLegInput(&s->ahead);
  s->metered           = RandomLegInput(&s->real);
  return s;
}

/* Gives the study its real-time leg. */
static inline void RandomStudyRealize(RandomStudy *s)
{
  s->in.real_time = &s->metered;
}

#endif
