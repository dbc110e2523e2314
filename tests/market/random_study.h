/* A random settlement input for property tests: a made-up grid whose balances hold up to a small error. */
#ifndef ARCHIPELAGO_TESTS_RANDOM_STUDY_H
#define ARCHIPELAGO_TESTS_RANDOM_STUDY_H

#include "market/settlement.h"

#include <stdio.h>
#include <stdlib.h>

enum { RANDOM_MOST = 96, RANDOM_HOURS = 3 };

typedef struct {
  SettlementInput  in;
  uint64_t         seed;
  char             name[4][RANDOM_MOST][32];
  const char      *region_name[RANDOM_MOST], *participant_name[RANDOM_MOST];
  int32_t          bus_number[RANDOM_MOST], bus_region[RANDOM_MOST];
  SettlementAsset  asset[RANDOM_MOST];
  SettlementBranch branch[RANDOM_MOST];
  double           price[RANDOM_HOURS * RANDOM_MOST], shunt[RANDOM_HOURS * RANDOM_MOST];
  double           asset_mw[RANDOM_HOURS * RANDOM_MOST];
  double           from_mw[RANDOM_HOURS * RANDOM_MOST], to_mw[RANDOM_HOURS * RANDOM_MOST];
} RandomStudy;

static inline uint64_t RandomNext(uint64_t *seed)
{
  uint64_t z = *seed += 0x9E3779B97F4A7C15u; /* SplitMix64 (Steele, Lea and Flood 2014) */
  z          = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z          = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/* Uniform in [low, high). */
static inline double RandomReal(uint64_t *seed, double low, double high)
{
  return low + (high - low) * (double)(RandomNext(seed) >> 11) / 9007199254740992.0;
}

static inline int32_t RandomBelow(uint64_t *seed, size_t n)
{
  return (int32_t)(RandomNext(seed) % n);
}

static inline const char *RandomName(RandomStudy *s, int table, size_t k)
{
  snprintf(s->name[table][k], sizeof s->name[table][k], "%c%zu", "rpab"[table], k);
  return s->name[table][k];
}

static inline void RandomRows(RandomStudy *s)
{
  SettlementInput *in = &s->in;

  for (size_t r = 0; r < in->n_regions; r++) s->region_name[r] = RandomName(s, 0, r);
  for (size_t p = 0; p < in->n_participants; p++) s->participant_name[p] = RandomName(s, 1, p);
  for (size_t b = 0; b < in->n_buses; b++) {
    s->bus_number[b] = (int32_t)(100 + b);
    s->bus_region[b] = RandomBelow(&s->seed, in->n_regions);
  }
  for (size_t a = 0; a < in->n_assets; a++) {
    int32_t bus = a < in->n_buses ? (int32_t)a : RandomBelow(&s->seed, in->n_buses);
    s->asset[a] = (SettlementAsset){(SettlementAssetKind)RandomBelow(&s->seed, 4),
                                    RandomBelow(&s->seed, in->n_participants), bus, RandomName(s, 2, a)};
  }
  for (size_t l = 0; l < in->n_branches; l++)
    s->branch[l] =
        (SettlementBranch){RandomBelow(&s->seed, in->n_buses), RandomBelow(&s->seed, in->n_buses), RandomName(s, 3, l)};
}

/* Flows and outputs at random; the first asset of each bus then balances it, up to `error_mw`. */
static inline void RandomHour(RandomStudy *s, size_t t, double error_mw)
{
  SettlementInput *in    = &s->in;
  double          *asset = s->asset_mw + t * in->n_assets, *price = s->price + t * in->n_buses;
  double          *from = s->from_mw + t * in->n_branches, *to = s->to_mw + t * in->n_branches;
  double           need[RANDOM_MOST];

  for (size_t b = 0; b < in->n_buses; b++) {
    price[b]                      = RandomReal(&s->seed, -50, 300);
    s->shunt[t * in->n_buses + b] = RandomReal(&s->seed, 0, 0.5);
    need[b]                       = s->shunt[t * in->n_buses + b] + RandomReal(&s->seed, -error_mw, error_mw);
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

static inline RandomStudy *RandomStudyCreate(uint64_t seed, double error_mw)
{
  RandomStudy     *s  = calloc(1, sizeof *s);
  SettlementInput *in = &s->in;

  s->seed            = seed;
  *in                = (SettlementInput){.study = "random", .policy = "base", .currency = "EUR", .step_hours = 0.25};
  in->intervals      = RANDOM_HOURS;
  in->n_regions      = 1 + (size_t)RandomBelow(&s->seed, 5);
  in->n_participants = 1 + (size_t)RandomBelow(&s->seed, 9);
  in->n_buses        = 1 + (size_t)RandomBelow(&s->seed, 24);
  in->n_assets       = in->n_buses + (size_t)RandomBelow(&s->seed, RANDOM_MOST - 24);
  in->n_branches     = (size_t)RandomBelow(&s->seed, RANDOM_MOST);
  RandomRows(s);
  for (size_t t = 0; t < RANDOM_HOURS; t++) RandomHour(s, t, error_mw);
  in->region_name      = s->region_name;
  in->participant_name = s->participant_name;
  in->bus_number       = s->bus_number;
  in->bus_region       = s->bus_region;
  in->asset            = s->asset;
  in->branch           = s->branch;
  in->price            = s->price;
  in->asset_mw         = s->asset_mw;
  in->branch_from_mw   = s->from_mw;
  in->branch_to_mw     = s->to_mw;
  in->shunt_mw         = s->shunt;
  return s;
}

#endif
