/* Facts of a window: where they lie, and how they come from the solver's doubles. */
#include "market/facts.h"

#include "market/facts_impl.h"
#include "market/rounding.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One block of memory, handed out from its head; without a block it only counts. */
typedef struct {
  char  *block;
  size_t used;
  bool   overflow;
} Arena;

static void *ArenaTake(Arena *arena, size_t n, size_t m, size_t size)
{
  size_t cells, bytes, end, start = (arena->used + 15) & ~(size_t)15;

  if (__builtin_mul_overflow(n, m, &cells) || __builtin_mul_overflow(cells, size, &bytes) ||
      __builtin_add_overflow(start, bytes, &end) || end > PTRDIFF_MAX)
    arena->overflow = true;
  else
    arena->used = end;
  return arena->block && !arena->overflow ? arena->block + start : NULL;
}

static void LayOutLeg(Arena *arena, const struct _s_Facts *f, FactsLeg *leg)
{
  size_t T = f->intervals;

  leg->price       = ArenaTake(arena, T, f->n_buses, sizeof *leg->price);
  leg->asset_wh    = ArenaTake(arena, T, f->n_assets, sizeof *leg->asset_wh);
  leg->from_wh     = ArenaTake(arena, T, f->n_branches, sizeof *leg->from_wh);
  leg->to_wh       = ArenaTake(arena, T, f->n_branches, sizeof *leg->to_wh);
  leg->shunt_wh    = ArenaTake(arena, T, f->n_buses, sizeof *leg->shunt_wh);
  leg->shortage_wh = ArenaTake(arena, T, f->n_buses, sizeof *leg->shortage_wh);
  leg->surplus_wh  = ArenaTake(arena, T, f->n_buses, sizeof *leg->surplus_wh);
}

static char *LayOut(Arena *arena, struct _s_Facts *f, size_t text_bytes)
{
  size_t T = f->intervals;

  f->region             = ArenaTake(arena, f->n_regions, 1, sizeof *f->region);
  f->participant        = ArenaTake(arena, f->n_participants, 1, sizeof *f->participant);
  f->participant_class  = ArenaTake(arena, f->n_participants, 1, sizeof *f->participant_class);
  f->participant_region = ArenaTake(arena, f->n_participants, 1, sizeof *f->participant_region);
  f->bus_number         = ArenaTake(arena, f->n_buses, 1, sizeof *f->bus_number);
  f->bus_region         = ArenaTake(arena, f->n_buses, 1, sizeof *f->bus_region);
  f->asset              = ArenaTake(arena, f->n_assets, 1, sizeof *f->asset);
  f->branch             = ArenaTake(arena, f->n_branches, 1, sizeof *f->branch);
  f->certified_wh       = ArenaTake(arena, T, f->n_assets, sizeof *f->certified_wh);
  f->level_wh           = ArenaTake(arena, T + 1, f->n_assets, sizeof *f->level_wh);
  f->baseline_wh        = ArenaTake(arena, T, f->n_assets, sizeof *f->baseline_wh);
  LayOutLeg(arena, f, &f->day_ahead);
  if (f->has_real_time) LayOutLeg(arena, f, &f->real_time);
  return ArenaTake(arena, text_bytes, 1, 1);
}

MarketStatus FactsAllocate(const struct _s_Facts *counts, size_t text_bytes, Facts *facts, char **texts,
                           MarketError *error)
{
  Facts f     = malloc(sizeof *f);
  Arena arena = {0};

  *facts = NULL;
  if (f) {
    *f           = *counts;
    f->real_time = (FactsLeg){0};
    LayOut(&arena, f, text_bytes);
    if (!arena.overflow) arena.block = calloc(arena.used + 1, 1);
  }
  if (!arena.block) {
    free(f);
    return MarketFail(error, MARKET_NO_MEMORY, "no memory for the facts of a window");
  }
  arena.used = 0;
  *texts     = LayOut(&arena, f, text_bytes);
  f->arena   = arena.block;
  *facts     = f;
  return MARKET_OK;
}

void FactsDestroy(Facts *facts)
{
  if (!facts || !*facts) return;
  free((*facts)->arena);
  free(*facts);
  *facts = NULL;
}

const FactsLeg *FactsMetered(Facts facts)
{
  return facts->has_real_time ? &facts->real_time : &facts->day_ahead;
}

typedef struct {
  const FactsInput *in;
  Facts             facts;
  char             *texts; /* head of the room for texts */
  MarketError      *error;
} Maker;

static size_t Length(const char *string)
{
  return string ? strlen(string) : 0;
}

static size_t TextBytes(const FactsInput *in)
{
  size_t n = Length(in->study) + Length(in->policy) + Length(in->currency);

  for (size_t r = 0; r < in->n_regions; r++) n += Length(in->region_name[r]);
  for (size_t p = 0; p < in->n_participants; p++) {
    n += Length(in->participant_name[p]);
    if (in->participant_class) n += Length(in->participant_class[p]);
  }
  for (size_t a = 0; a < in->n_assets; a++) n += Length(in->asset[a].name) + Length(in->asset[a].technology);
  for (size_t l = 0; l < in->n_branches; l++) n += Length(in->branch[l].name);
  return n;
}

static EntryText Keep(Maker *m, const char *string)
{
  EntryText text = {m->texts, Length(string)};

  if (text.length) memcpy(m->texts, string, text.length);
  m->texts += text.length;
  return text;
}

/* What a unit does not have is -1. */
static MarketStatus RoundRating(Maker *m, size_t asset, double value, bool has, const char *what, int64_t *result)
{
  char name[96];

  *result = -1;
  if (!has || !(value >= 0) || isinf(value)) return MARKET_OK;
  snprintf(name, sizeof name, "%s of asset %zu", what, asset);
  return RoundMillionths(value, name, "millionths", result, m->error);
}

static MarketStatus MakeAsset(Maker *m, size_t a)
{
  const FactsAssetInput *in      = &m->in->asset[a];
  FactsAsset            *asset   = &m->facts->asset[a];
  bool                   storage = in->kind == FACTS_STORAGE, generator = in->kind == FACTS_GENERATOR;
  char                   name[96];

  asset->kind        = in->kind;
  asset->participant = (uint32_t)in->participant;
  asset->bus         = (uint32_t)in->bus;
  asset->name        = Keep(m, in->name);
  asset->technology  = Keep(m, in->technology);
  asset->renewable   = in->renewable && generator;
  snprintf(name, sizeof name, "emission of asset %zu", a);
  MARKET_TRY(RoundMillionths(in->emission_t_per_mwh, name, "g per MWh", &asset->emission, m->error));
  snprintf(name, sizeof name, "marginal cost of asset %zu", a);
  if (generator || in->kind == FACTS_STORAGE)
    MARKET_TRY(RoundPrice(in->marginal_cost, name, &asset->marginal_cost, m->error));
  MARKET_TRY(RoundRating(m, a, in->power_mw, true, "rated power", &asset->power_w));
  MARKET_TRY(RoundRating(m, a, in->energy_mwh, storage, "capacity", &asset->energy_wh));
  MARKET_TRY(RoundRating(m, a, in->efficiency_charge, storage, "charging efficiency", &asset->efficiency_charge));
  return RoundRating(m, a, in->efficiency_discharge, storage, "discharging efficiency", &asset->efficiency_discharge);
}

static MarketStatus MakeRows(Maker *m)
{
  const FactsInput *in = m->in;
  Facts             f  = m->facts;

  f->study    = Keep(m, in->study);
  f->policy   = Keep(m, in->policy);
  f->currency = Keep(m, in->currency);
  for (size_t r = 0; r < in->n_regions; r++) f->region[r] = Keep(m, in->region_name[r]);
  for (size_t p = 0; p < in->n_participants; p++) {
    f->participant[p]       = Keep(m, in->participant_name[p]);
    f->participant_class[p] = Keep(m, in->participant_class ? in->participant_class[p] : NULL);
  }
  for (size_t b = 0; b < in->n_buses; b++) {
    f->bus_number[b] = (uint32_t)in->bus_number[b];
    f->bus_region[b] = (uint32_t)in->bus_region[b];
  }
  for (size_t a = 0; a < in->n_assets; a++) MARKET_TRY(MakeAsset(m, a));
  for (size_t l = 0; l < in->n_branches; l++)
    f->branch[l] = (FactsBranch){(uint32_t)in->branch[l].from, (uint32_t)in->branch[l].to, Keep(m, in->branch[l].name)};
  return FactsCheckRows(f, m->error);
}

/* What a value is called when it is refused: "interval 3: power of asset 7". */
typedef struct {
  const char *text;
  bool        bus; /* by the bus's number, not its row */
} Naming;

static const char *NameOf(const Maker *m, Naming naming, size_t interval, size_t row, char name[96])
{
  snprintf(name, 96, "interval %zu: %s %zu", interval, naming.text,
           naming.bus ? (size_t)m->facts->bus_number[row] : row);
  return name;
}

/* Energies of [T][n] powers; NULL: none, zeros. */
static MarketStatus MakeEnergies(Maker *m, const double *mw, size_t n, Naming naming, int64_t *wh)
{
  char name[96];

  for (size_t t = 0; mw && t < m->in->intervals; t++)
    for (size_t k = 0; k < n; k++) {
      size_t at = t * n + k;
      if (RoundEnergy(mw[at], m->in->step_hours, "", &wh[at], NULL) != MARKET_OK)
        return RoundEnergy(mw[at], m->in->step_hours, NameOf(m, naming, t, k, name), &wh[at], m->error);
    }
  return MARKET_OK;
}

static MarketStatus CheckSlack(Maker *m, const double *mw, const int64_t *wh, const char *what)
{
  size_t n = m->facts->n_buses;

  for (size_t at = 0; mw && at < m->in->intervals * n; at++)
    if (wh[at] < 0)
      return MarketFail(m->error, MARKET_BAD_INPUT,
                        "interval %zu: the %s at bus row %zu is %g MW; expected no less than 0", at / n, what, at % n,
                        mw[at]);
  return MARKET_OK;
}

static MarketStatus MakeLeg(Maker *m, const FactsLegInput *in, FactsLeg *leg)
{
  Facts  f = m->facts;
  size_t n = f->n_buses;
  char   name[96];

  for (size_t t = 0; t < f->intervals; t++)
    for (size_t b = 0; b < n; b++)
      if (RoundPrice(in->price[t * n + b], "", &leg->price[t * n + b], NULL) != MARKET_OK)
        return RoundPrice(in->price[t * n + b], NameOf(m, (Naming){"price at bus", true}, t, b, name),
                          &leg->price[t * n + b], m->error);
  MARKET_TRY(MakeEnergies(m, in->asset_mw, f->n_assets, (Naming){"power of asset", false}, leg->asset_wh));
  MARKET_TRY(MakeEnergies(m, in->branch_from_mw, f->n_branches, (Naming){"power of the from end of branch", false},
                          leg->from_wh));
  MARKET_TRY(
      MakeEnergies(m, in->branch_to_mw, f->n_branches, (Naming){"power of the to end of branch", false}, leg->to_wh));
  MARKET_TRY(MakeEnergies(m, in->shunt_mw, n, (Naming){"power of the shunts at bus", true}, leg->shunt_wh));
  MARKET_TRY(MakeEnergies(m, in->shortage_mw, n, (Naming){"shortage at bus", true}, leg->shortage_wh));
  MARKET_TRY(MakeEnergies(m, in->surplus_mw, n, (Naming){"surplus at bus", true}, leg->surplus_wh));
  MARKET_TRY(CheckSlack(m, in->shortage_mw, leg->shortage_wh, "shortage"));
  return CheckSlack(m, in->surplus_mw, leg->surplus_wh, "surplus");
}

/* After the legs: rounds down what was metered of renewable generators. */
static MarketStatus MakeCertified(Maker *m)
{
  Facts         f  = m->facts;
  const double *mw = m->in->real_time ? m->in->real_time->asset_mw : m->in->day_ahead.asset_mw;

  for (size_t t = 0; t < f->intervals; t++)
    for (size_t a = 0; a < f->n_assets; a++) {
      size_t at = t * f->n_assets + a;
      if (f->asset[a].renewable)
        MARKET_TRY(RoundEnergyDown(mw[at], m->in->step_hours, "metered output", &f->certified_wh[at], m->error));
    }
  return MARKET_OK;
}

static MarketStatus MakeLevels(Maker *m)
{
  Facts f = m->facts;
  char  name[96];

  for (size_t t = 0; m->in->level_mwh && t <= f->intervals; t++)
    for (size_t a = 0; a < f->n_assets; a++) {
      size_t at = t * f->n_assets + a;
      if (f->asset[a].kind != FACTS_STORAGE) continue;
      MARKET_TRY(RoundMillionths(m->in->level_mwh[at], NameOf(m, (Naming){"stored energy of asset", false}, t, a, name),
                                 "Wh", &f->level_wh[at], m->error));
      if (f->level_wh[at] < 0) f->level_wh[at] = 0;
    }
  return MARKET_OK;
}

static MarketStatus MakeBaseline(Maker *m)
{
  Facts           f       = m->facts;
  const FactsLeg *metered = FactsMetered(f);
  char            name[96];

  for (size_t t = 0; t < f->intervals; t++)
    for (size_t a = 0; a < f->n_assets; a++) {
      size_t at = t * f->n_assets + a;
      if (f->asset[a].kind != FACTS_LOAD) continue;
      f->baseline_wh[at] = -metered->asset_wh[at];
      if (m->in->baseline_mw)
        MARKET_TRY(RoundEnergy(m->in->baseline_mw[at], m->in->step_hours,
                               NameOf(m, (Naming){"baseline of asset", false}, t, a, name), &f->baseline_wh[at],
                               m->error));
    }
  return MARKET_OK;
}

static MarketStatus Make(Maker *m)
{
  const FactsInput *in = m->in;
  Facts             f  = m->facts;

  MARKET_TRY(MakeRows(m));
  FactsDerive(f);
  MARKET_TRY(MakeLeg(m, &in->day_ahead, &f->day_ahead));
  if (in->real_time) MARKET_TRY(MakeLeg(m, in->real_time, &f->real_time));
  MARKET_TRY(MakeCertified(m));
  MARKET_TRY(MakeLevels(m));
  MARKET_TRY(MakeBaseline(m));
  return FactsCheckNumbers(f, m->error);
}

static MarketStatus Limit(const FactsInput *in, int64_t *limit_wh, MarketError *error)
{
  if (!(in->mismatch_limit_mw >= 0) || isinf(in->mismatch_limit_mw))
    return MarketFail(error, MARKET_BAD_INPUT, "the mismatch limit is %g MW; expected a number from 0 up",
                      in->mismatch_limit_mw);
  MARKET_TRY(RoundEnergy(in->mismatch_limit_mw, in->step_hours, "the mismatch limit", limit_wh, error));
  if (in->mismatch_limit_mw > 0 && *limit_wh == 0) *limit_wh = 1; /* 0 would lift the limit */
  return MARKET_OK;
}

/* Numbers of rows that fit, so that they may be narrowed. */
static MarketStatus Counts(const FactsInput *in, struct _s_Facts *counts, MarketError *error)
{
  const size_t size[] = {in->intervals, in->n_regions, in->n_participants, in->n_buses, in->n_assets, in->n_branches};

  for (size_t k = 0; k < sizeof size / sizeof *size; k++)
    if (size[k] > UINT32_MAX)
      return MarketFail(error, MARKET_BAD_INPUT, "more than %" PRIu32 " intervals or rows of a table", UINT32_MAX);
  counts->window         = in->window;
  counts->window_start   = in->window_start;
  counts->intervals      = (uint32_t)in->intervals;
  counts->n_regions      = (uint32_t)in->n_regions;
  counts->n_participants = (uint32_t)in->n_participants;
  counts->n_buses        = (uint32_t)in->n_buses;
  counts->n_assets       = (uint32_t)in->n_assets;
  counts->n_branches     = (uint32_t)in->n_branches;
  counts->has_real_time  = in->real_time != NULL;
  if (in->run_id) memcpy(counts->run_id, in->run_id, sizeof counts->run_id);
  MARKET_TRY(RoundInterval(in->step_hours, &counts->interval_seconds, error));
  MARKET_TRY(Limit(in, &counts->mismatch_limit_wh, error));
  return FactsCheckCounts(counts, error);
}

MarketStatus FactsCreate(const FactsInput *input, Facts *facts, MarketError *error)
{
  struct _s_Facts counts = {0};
  Maker           m      = {.in = input, .error = error};
  MarketStatus    status;

  *facts = NULL;
  MARKET_TRY(Counts(input, &counts, error));
  MARKET_TRY(FactsAllocate(&counts, TextBytes(input), &m.facts, &m.texts, error));
  status = Make(&m);
  if (status != MARKET_OK) FactsDestroy(&m.facts);
  *facts = m.facts;
  return status;
}
