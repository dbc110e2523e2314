/* Carrying out a window's certificates. */
#include "market/granular_impl.h"

#include "market/apportion.h"
#include "market/money.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Events ------------------------------------------------------------------------------------------------------ */

GranularEvent GranularEventOf(const Granular *g, GranularKind kind, const Piece *piece, uint32_t holder)
{
  Facts         f     = g->facts;
  GranularEvent event = {.kind     = kind,
                         .window   = f->window,
                         .sequence = (uint32_t)g->events->n,
                         .start    = f->window_start + (int64_t)g->interval * f->interval_seconds,
                         .seconds  = f->interval_seconds,
                         .first    = piece->first,
                         .last     = piece->last};

  memcpy(event.run_id, f->run_id, sizeof event.run_id);
  memcpy(event.certificate, piece->certificate, sizeof event.certificate);
  if (holder < f->n_participants) event.holder = f->participant[holder];
  return event;
}

MarketStatus GranularEmit(Granular *g, GranularEvent *event, uint32_t region)
{
  GranularEvents *events = g->events;
  size_t          offset = events->bytes.size;

  if (events->n == UINT32_MAX) return MarketFail(g->error, MARKET_OVERFLOW, "more than 2^32 - 1 certificate events");
  if (events->n == events->capacity) {
    size_t          capacity = 2 * events->capacity + 64;
    GranularRecord *larger   = realloc(events->record, capacity * sizeof *larger);
    if (!larger) return MarketFail(g->error, MARKET_NO_MEMORY, "no memory for %zu certificate events", capacity);
    events->record   = larger;
    events->capacity = capacity;
  }
  event->sequence = (uint32_t)events->n;
  MARKET_TRY(GranularEventValidate(event, g->error));
  GranularEventWrite(event, &events->bytes);
  MARKET_TRY(MarketBytesCheck(&events->bytes, g->error));
  events->record[events->n++] = (GranularRecord){offset, events->bytes.size - offset, g->interval, region};
  return MARKET_OK;
}

MarketStatus GranularPass(Granular *g, const Piece *piece, uint32_t from, uint32_t to, const Delivery *delivery)
{
  GranularEvent event = GranularEventOf(g, GRANULAR_TRANSFER, piece, from);
  Piece         moved = *piece;

  if (delivery) {
    moved.target = delivery->buyer_asset < g->facts->n_assets ? delivery->buyer_asset : GRANULAR_ANY;
    MARKET_TRY(PiecesPush(&g->held[to], moved, g->error));
    event.has_reference = delivery->has_reference;
    if (delivery->has_reference) memcpy(event.reference, delivery->reference, sizeof event.reference);
  }
  if (from == to) return MARKET_OK;
  event.to = g->facts->participant[to];
  return GranularEmit(g, &event, g->facts->participant_region[from]);
}

MarketStatus GranularApportion(Granular *g, int64_t total, size_t n, int64_t *share)
{
  if (Apportion(total, g->weight, n, share) == MARKET_OK) return MARKET_OK;
  return MarketFail(g->error, MARKET_NO_MEMORY, "no memory to share out certificates");
}

uint32_t GranularRegionOf(const Granular *g, uint32_t asset)
{
  return g->facts->bus_region[g->facts->asset[asset].bus];
}

/* ---- Issues ------------------------------------------------------------------------------------------------------ */

static MarketStatus IssueTo(Granular *g, uint32_t asset, int64_t wh)
{
  Facts             f     = g->facts;
  const FactsAsset *unit  = &f->asset[asset];
  int64_t           start = f->window_start + (int64_t)g->interval * f->interval_seconds;
  Piece             piece = {{0}, asset, GRANULAR_ANY, 0, wh};
  GranularEvent     event;

  GranularIdentity(f->run_id, start, f->interval_seconds, unit->name, piece.certificate);
  event            = GranularEventOf(g, GRANULAR_ISSUE, &piece, unit->participant);
  event.device     = unit->name;
  event.technology = unit->technology;
  event.region     = f->region[f->bus_region[unit->bus]];
  event.bus        = f->bus_number[unit->bus];
  MARKET_TRY(PiecesPush(&g->held[unit->participant], piece, g->error));
  return GranularEmit(g, &event, GranularRegionOf(g, asset));
}

static MarketStatus Issue(Granular *g)
{
  const int64_t *certified = g->facts->certified_wh + (size_t)g->interval * g->facts->n_assets;

  for (uint32_t a = 0; a < g->facts->n_assets; a++) {
    if (certified[a] <= 0) continue;
    if (MoneyAdd(&g->total, certified[a]) != MARKET_OK)
      return MarketFail(g->error, MARKET_OVERFLOW, "the certificates of the window do not fit 64 bits");
    g->events->totals.issued += certified[a];
    MARKET_TRY(IssueTo(g, a, certified[a]));
  }
  return MARKET_OK;
}

/* ---- The window -------------------------------------------------------------------------------------------------- */

/* The sums of an interval fit 64 bits, and so does every part of them. */
static MarketStatus CheckSums(const Granular *g)
{
  Facts   f      = g->facts;
  size_t  at     = (size_t)g->interval * f->n_assets;
  int64_t sum    = 0;
  bool    failed = false;

  for (uint32_t a = 0; a < f->n_assets; a++) {
    int64_t wh = g->leg->asset_wh[at + a];
    failed |= wh == INT64_MIN || MoneyAdd(&sum, wh < 0 ? -wh : wh) != MARKET_OK;
    failed |= MoneyAdd(&sum, f->certified_wh[at + a] > 0 ? f->certified_wh[at + a] : 0) != MARKET_OK;
    for (size_t k = 0; k < g->stored[a].n; k++)
      failed |= MoneyAdd(&sum, g->stored[a].piece[k].last - g->stored[a].piece[k].first) != MARKET_OK;
  }
  if (!failed) return MARKET_OK;
  return MarketFail(g->error, MARKET_OVERFLOW, "the energies of interval %" PRIu32 " do not fit 64 bits", g->interval);
}

static MarketStatus CheckInterval(Facts facts, MarketError *error)
{
  int64_t length, end;

  if (facts->interval_seconds < 1 || facts->interval_seconds > GRANULAR_SECONDS_MOST)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "certificates are for intervals of at most %d s; those of the window are %" PRIu32 " s long",
                      GRANULAR_SECONDS_MOST, facts->interval_seconds);
  length = (int64_t)facts->intervals * facts->interval_seconds;
  if (__builtin_add_overflow(facts->window_start, length, &end))
    return MarketFail(error, MARKET_OVERFLOW, "the end of the window does not fit 64 bits");
  return MARKET_OK;
}

static int ByKindAndName(const void *a, const void *b)
{
  const FactsAsset *x = *(const FactsAsset *const *)a, *y = *(const FactsAsset *const *)b;

  return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : EntryTextCompare(x->name, y->name);
}

/* A certificate names its device. */
static MarketStatus CheckNames(Facts facts, MarketError *error)
{
  size_t             n      = 0;
  MarketStatus       status = MARKET_OK;
  const FactsAsset **sorted = malloc((facts->n_assets + (size_t)1) * sizeof *sorted);

  if (!sorted) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %u names", facts->n_assets);
  for (size_t a = 0; a < facts->n_assets; a++)
    if (!GranularIsFurtherEnd(facts, a)) sorted[n++] = &facts->asset[a];
  if (n > 1) qsort(sorted, n, sizeof *sorted, ByKindAndName);
  for (size_t a = 1; a < n && status == MARKET_OK; a++)
    if (!ByKindAndName(&sorted[a - 1], &sorted[a]))
      status = MarketFail(error, MARKET_BAD_INPUT, "two devices of one kind are called '%.*s'",
                          (int)sorted[a]->name.length, sorted[a]->name.bytes);
  free(sorted);
  return status;
}

static void *Array(size_t n, size_t size, bool *failed)
{
  void *array = calloc(n ? n : 1, size);

  if (!array) *failed = true;
  return array;
}

static MarketStatus Allocate(Granular *g)
{
  size_t P = g->facts->n_participants, A = g->facts->n_assets, D = g->deliveries->n, most = P > A ? P : A;
  bool   failed = false;

  if (D > most) most = D;
  g->held                = Array(P, sizeof *g->held, &failed);
  g->stored              = Array(A, sizeof *g->stored, &failed);
  g->need                = Array(A, sizeof *g->need, &failed);
  g->cursor              = Array(P, sizeof *g->cursor, &failed);
  g->order               = Array(D, sizeof *g->order, &failed);
  g->first_sale          = Array(P + 1, sizeof *g->first_sale, &failed);
  g->incoming            = Array(P, sizeof *g->incoming, &failed);
  g->queue               = Array(P, sizeof *g->queue, &failed);
  g->done                = Array(P, sizeof *g->done, &failed);
  g->weight              = Array(most, sizeof *g->weight, &failed);
  g->share               = Array(most, sizeof *g->share, &failed);
  g->give                = Array(P, sizeof *g->give, &failed);
  g->get                 = Array(A, sizeof *g->get, &failed);
  g->events->consumed_wh = Array(g->facts->intervals * P, sizeof(int64_t), &failed);
  g->events->matched_wh  = Array(g->facts->intervals * P, sizeof(int64_t), &failed);
  return failed ? MarketFail(g->error, MARKET_NO_MEMORY, "no memory for the certificates of a window") : MARKET_OK;
}

static void Free(Granular *g)
{
  for (size_t p = 0; g->held && p < g->facts->n_participants; p++) PiecesClear(&g->held[p]);
  for (size_t a = 0; g->stored && a < g->facts->n_assets; a++) PiecesClear(&g->stored[a]);
  free(g->held);
  free(g->stored);
  free(g->need);
  free(g->cursor);
  free(g->order);
  free(g->first_sale);
  free(g->incoming);
  free(g->queue);
  free(g->done);
  free(g->weight);
  free(g->share);
  free(g->give);
  free(g->get);
}

static MarketStatus Window(Granular *g, const MarketBytes *before, MarketBytes *after)
{
  MARKET_TRY(Allocate(g));
  g->events->intervals      = g->facts->intervals;
  g->events->n_participants = g->facts->n_participants;
  MARKET_TRY(GranularOrderDeliveries(g));
  MARKET_TRY(GranularLoad(g, before));
  for (; g->interval < g->facts->intervals; g->interval++) {
    MARKET_TRY(CheckSums(g));
    MARKET_TRY(GranularRelease(g));
    MARKET_TRY(Issue(g));
    MARKET_TRY(GranularDeliver(g));
    MARKET_TRY(GranularCover(g));
    MARKET_TRY(GranularLose(g));
  }
  return GranularSave(g, after);
}

MarketStatus GranularExecute(Facts facts, const Deliveries *deliveries, const GranularRules *rules,
                             const MarketBytes *state_before, MarketBytes *state_after, GranularEvents *events,
                             MarketError *error)
{
  static const Deliveries none;
  Granular                g = {.facts      = facts,
                               .leg        = FactsMetered(facts),
                               .deliveries = deliveries ? deliveries : &none,
                               .rules      = rules,
                               .events     = events,
                               .error      = error};
  MarketStatus            status;

  *events = (GranularEvents){0};
  if (!rules->enabled) {
    if (state_before) MarketPutRaw(state_after, state_before->data, state_before->size);
    return MarketBytesCheck(state_after, error);
  }
  MARKET_TRY(CheckInterval(facts, error));
  MARKET_TRY(CheckNames(facts, error));
  status = Window(&g, state_before, state_after);
  Free(&g);
  return status;
}
