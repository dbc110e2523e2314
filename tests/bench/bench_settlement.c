/* How fast trades become entries: deliveries among participants of a day, netted, settled, booked in double entry,
   checked and encoded; beside them what copying and sorting alone take. Usage: bench_settlement [TRADES] [PARTICIPANTS] */
#include "market/settlement.h"
#include "market/sort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INTERVALS = 24, BUSES = 1000, REGIONS = 10, NAME = 24 };

/* Processor time: other work on the machine does not count. */
static double Now(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t state = 2030;

static uint64_t Random(void)
{
  uint64_t z = state += 0x9E3779B97F4A7C15u; /* SplitMix64 */
  z          = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z          = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static uint32_t Below(size_t n)
{
  return (uint32_t)(Random() % n);
}

static void Must(MarketStatus status, const MarketError *error)
{
  if (status == MARKET_OK) return;
  fprintf(stderr, "bench_settlement: %s\n", error->text);
  exit(1);
}

static const char **Names(const char *prefix, size_t n)
{
  const char **name  = malloc(n * sizeof *name);
  char        *bytes = malloc(n * NAME);

  for (size_t k = 0; k < n; k++) {
    snprintf(bytes + k * NAME, NAME, "%s %zu", prefix, k);
    name[k] = bytes + k * NAME;
  }
  return name;
}

/* Every participant has one asset at one of the buses. */
static Facts MakeFacts(size_t participants)
{
  int32_t         *number = malloc(BUSES * sizeof *number), *region = malloc(BUSES * sizeof *region);
  FactsAssetInput *asset = calloc(participants, sizeof *asset);
  double          *price = malloc(INTERVALS * BUSES * sizeof *price);
  double          *mw    = malloc(INTERVALS * participants * sizeof *mw);
  FactsInput       in    = {.study            = "benchmark",
                            .policy           = "base",
                            .currency         = "EUR",
                            .window_start     = 1908230400,
                            .intervals        = INTERVALS,
                            .step_hours       = 1,
                            .n_regions        = REGIONS,
                            .n_participants   = participants,
                            .n_buses          = BUSES,
                            .n_assets         = participants,
                            .region_name      = Names("region", REGIONS),
                            .participant_name = Names("participant", participants),
                            .bus_number       = number,
                            .bus_region       = region,
                            .asset            = asset,
                            .day_ahead        = {.price = price, .asset_mw = mw}};
  Facts            facts = NULL;
  MarketError      error;

  for (int b = 0; b < BUSES; b++) {
    number[b] = 1 + b;
    region[b] = b % REGIONS;
  }
  for (size_t k = 0; k < INTERVALS * BUSES; k++) price[k] = 1e-6 * Below(200000000);
  for (size_t k = 0; k < INTERVALS * participants; k++) mw[k] = 1e-6 * Below(5000000) - 2;
  for (size_t p = 0; p < participants; p++)
    asset[p] = (FactsAssetInput){
        FACTS_LOAD, (int32_t)p, (int32_t)Below(BUSES), in.participant_name[p], NULL, false, 0, -1, -1, -1, -1, 0};
  Must(FactsCreate(&in, &facts, &error), &error);
  return facts;
}

/* In each interval four of ten participants sell, five buy and one in ten, a retailer, does both. */
static void Trade(Facts f, size_t trades, Deliveries *list)
{
  size_t      n = f->n_participants, sellers = 2 * n / 5, retailers = n / 10;
  MarketError error;

  for (size_t k = 0; k < trades; k++) {
    uint32_t t = Below(INTERVALS), shift = t * 97;
    uint32_t seller = (Below(sellers + retailers) + shift) % (uint32_t)n;
    uint32_t buyer  = (uint32_t)((sellers + Below(n - sellers) + shift) % n);
    Delivery d      = {.kind         = SETTLEMENT_TRADE,
                       .interval     = t,
                       .seller       = seller,
                       .buyer        = buyer,
                       .seller_bus   = f->asset[seller].bus,
                       .buyer_bus    = f->asset[buyer].bus,
                       .seller_asset = seller,
                       .buyer_asset  = DELIVERY_ANY_ASSET,
                       .wh           = 1 + Below(5000),
                       .seller_price = Below(200000000)};
    d.buyer_price   = d.seller_price;
    if (seller != buyer) Must(DeliveriesAdd(list, f, &d, &error), &error);
  }
}

static size_t Encode(Settlement s, uint8_t *bytes)
{
  MarketError error;
  size_t      total = 0, size = 0;

  for (size_t k = 0; k < s->n; k++) {
    Must(SettlementEntryEncode(&s->entry[k], bytes + total, ENTRY_SIZE_MAX, &size, &error), &error);
    total += size;
  }
  return total;
}

/* What no settlement can go below on this machine: sorting as many keys once, and copying the encoded bytes once. */
static double Limit(size_t n, size_t bytes)
{
  SortKey *key  = malloc(2 * n * sizeof *key);
  char    *from = malloc(bytes), *to = malloc(bytes);
  double   start, sorted, copied;

  for (size_t k = 0; k < n; k++) key[k] = (SortKey){{0, Below(INTERVALS * REGIONS), Random() >> 24}, k};
  memset(from, 1, bytes);
  memset(to, 2, bytes);
  memset(key + n, 0, n * sizeof *key);
  start = Now();
  SortKeys(key, key + n, n);
  sorted = Now() - start;
  start  = Now();
  memcpy(to, from, bytes);
  copied = Now() - start;
  printf("sorting %zu keys alone          %8.3f s\n", n, sorted);
  printf("copying %.0f MB alone           %8.3f s (%d)\n", 1e-6 * (double)bytes, copied, to[bytes - 1]);
  free(key);
  free(from);
  free(to);
  return sorted + copied;
}

int main(int argc, char **argv)
{
  size_t      trades       = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
  size_t      participants = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
  Facts       facts;
  Deliveries  deliveries = {0};
  Transfers   transfers  = {0};
  Settlement  s          = NULL;
  MarketError error;
  double      start, added, settled, booked, encoded, whole, limit;
  uint8_t    *bytes;
  size_t      size;

  if (trades < 1 || participants < 10) {
    fprintf(stderr, "usage: bench_settlement [TRADES >= 1] [PARTICIPANTS >= 10]\n");
    return 2;
  }
  facts = MakeFacts(participants);
  start = Now();
  Trade(facts, trades, &deliveries);
  added = Now();
  Must(DeliveriesSettle(facts, &deliveries, 1000000, &transfers, &error), &error);
  settled = Now();
  Must(SettlementCreate(facts, &transfers, NULL, &s, &error), &error);
  booked  = Now();
  bytes   = malloc(s->n * 256 + ENTRY_SIZE_MAX);
  size    = Encode(s, bytes);
  encoded = Now();
  whole   = encoded - added;
  printf("%zu trades of %zu participants in %d intervals, %zu transfers, %zu entries of %.0f bytes\n", deliveries.n,
         participants, INTERVALS, transfers.n, s->n, (double)size / (double)s->n);
  printf("collecting the trades             %8.3f s\n", added - start);
  printf("net positions, ways and transfers %8.3f s\n", settled - added);
  printf("booking, order and checks         %8.3f s\n", booked - settled);
  printf("encoding                          %8.3f s\n", encoded - booked);
  printf("settlement of %zu trades     %8.3f s, %.0f trades/s, %.0f entries/s\n", deliveries.n, whole,
         (double)deliveries.n / whole, (double)s->n / whole);
  limit = Limit(s->n, size);
  printf("settlement takes %.1f times its sorting and copying\n", whole / limit);
  free(bytes);
  SettlementDestroy(&s);
  TransfersFree(&transfers);
  DeliveriesFree(&deliveries);
  FactsDestroy(&facts);
  return 0;
}
