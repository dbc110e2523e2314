/* How fast a local market clears: a million bids over a day of hours, by mechanism, beside sorting as many keys. */
#include "market/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOURS = 24, PARTICIPANTS = 1000 };

static double Seconds(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint64_t Next(uint64_t *seed)
{
  uint64_t z = *seed += 0x9E3779B97F4A7C15u; /* SplitMix64 (Steele, Lea and Flood 2014) */
  z          = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z          = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static int CompareKeys(const void *a, const void *b)
{
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

  return (x > y) - (x < y);
}

static double SortKeys(size_t n)
{
  uint64_t *key = malloc(n * sizeof *key), seed = 1;
  double    start;

  if (!key) return 0;
  for (size_t k = 0; k < n; k++) key[k] = Next(&seed);
  start = Seconds();
  qsort(key, n, sizeof *key, CompareKeys);
  start = Seconds() - start;
  printf("qsort of %zu keys of 8 bytes: %.3f s\n", n, start);
  free(key);
  return start;
}

typedef struct {
  struct _s_Facts facts;
  EntryText       region, participant[PARTICIPANTS], class[PARTICIPANTS];
  uint32_t        zero[PARTICIPANTS], number[PARTICIPANTS];
  FactsAsset      asset[PARTICIPANTS];
  int64_t         price[HOURS * PARTICIPANTS], wh[HOURS * PARTICIPANTS];
} Grid;

static Grid grid;

static void OpenGrid(void)
{
  grid.region = EntryTextOf("region");
  grid.facts  = (struct _s_Facts){.intervals          = HOURS,
                                  .interval_seconds   = 3600,
                                  .n_regions          = 1,
                                  .n_participants     = PARTICIPANTS,
                                  .n_buses            = PARTICIPANTS,
                                  .n_assets           = PARTICIPANTS,
                                  .region             = &grid.region,
                                  .participant        = grid.participant,
                                  .participant_region = grid.zero,
                                  .participant_class  = grid.class,
                                  .bus_number         = grid.number,
                                  .bus_region         = grid.zero,
                                  .asset              = grid.asset,
                                  .day_ahead          = {.price = grid.price, .asset_wh = grid.wh}};
  for (uint32_t p = 0; p < PARTICIPANTS; p++) {
    grid.number[p]      = p + 1;
    grid.participant[p] = EntryTextOf("member");
    grid.class[p]       = EntryTextOf(p % 3 ? "home" : "farm");
    grid.asset[p] =
        (FactsAsset){.kind = p % 2 ? FACTS_LOAD : FACTS_GENERATOR, .participant = p, .bus = p, .renewable = p % 4 == 0};
    grid.asset[p].name = EntryTextOf("unit");
  }
}

/* Offers between 20 and 80, bids between 30 and 120 a MWh, in steps of a cent; a third of the bids has a preference. */
static Bids MakeBids(size_t n, double *seconds)
{
  Bid *bid        = calloc(n, sizeof *bid);
  char(*text)[24] = calloc(n, sizeof *text);
  uint64_t seed   = 7;
  Bids     bids   = NULL;

  if (!bid || !text) exit(1);
  for (size_t k = 0; k < n; k++) {
    uint32_t p    = (uint32_t)(Next(&seed) % PARTICIPANTS);
    bool     buys = p % 2;
    snprintf(text[k], sizeof text[k], "%zu", k);
    bid[k] = (Bid){.side        = buys ? BID_BUY : BID_SELL,
                   .participant = p,
                   .bus         = p,
                   .asset       = p,
                   .interval    = (uint32_t)(Next(&seed) % HOURS),
                   .wh          = 1 + (int64_t)(Next(&seed) % 100000),
                   .price       = (int64_t)(buys ? 3000 + Next(&seed) % 9000 : 2000 + Next(&seed) % 6000) * 10000,
                   .order       = EntryTextOf(text[k])};
    if (!buys || Next(&seed) % 3) continue;
    bid[k].prefer        = (BidPreference)(1 + Next(&seed) % 3);
    bid[k].partner       = (p + 1) % PARTICIPANTS;
    bid[k].partner_class = EntryTextOf("farm");
    bid[k].premium       = (int64_t)(1 + Next(&seed) % 1000) * 10000;
  }
  *seconds = Seconds();
  if (BidsCreate(bid, n, &bids, NULL) != MARKET_OK) exit(1);
  *seconds = Seconds() - *seconds;
  free(bid);
  free(text);
  return bids;
}

static void Clear(Bids bids, LocalMechanism mechanism, LocalMerit merit, double sorting)
{
  LocalRules  rules = LocalRulesDefault();
  Deliveries  out   = {0};
  MarketError error;
  double      start = Seconds();

  rules.mechanism = mechanism;
  rules.merit     = merit;
  if (LocalMarketClear(&grid.facts, &rules, bids, NULL, &out, &error) != MARKET_OK) {
    fprintf(stderr, "%s\n", error.text);
    exit(1);
  }
  start = Seconds() - start;
  printf("%-14s %s %8.3f s  %6.2f million bids/s  %zu deliveries  %.2f times the qsort\n",
         LocalMechanismName(mechanism), merit == MERIT_RENEWABLE_FIRST ? "renewable first" : "by price       ", start,
         (double)bids->n / start / 1e6, out.n, start / sorting);
  DeliveriesFree(&out);
}

int main(int argc, char **argv)
{
  size_t n = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 1000000;
  double sorting, canonical;
  Bids   bids;

  OpenGrid();
  sorting = SortKeys(n);
  bids    = MakeBids(n, &canonical);
  printf("canonical order of %zu bids: %.3f s\n", n, canonical);
  Clear(bids, LOCAL_UNIFORM_PRICE, MERIT_PRICE, sorting);
  Clear(bids, LOCAL_UNIFORM_PRICE, MERIT_RENEWABLE_FIRST, sorting);
  Clear(bids, LOCAL_PAY_AS_BID, MERIT_PRICE, sorting);
  Clear(bids, LOCAL_BILATERAL, MERIT_PRICE, sorting);
  BidsDestroy(&bids);
  return 0;
}
