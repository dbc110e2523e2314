/* Bilateral trades by falling surplus. Whom a bid prefers splits the pairs into streams: one of all bids with all
   offers at the bids' prices, and one for each preferred participant, class or source, of the bids that prefer it at
   their worth and of its offers. Within a stream the best pair is that of the best offer and the best bid, so the
   best pair of all is the best of the streams' heads; a heap holds these and renews a head only when it is looked at.
   */
#include "market/bilateral.h"

#include "market/money.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* An order in a stream. Sorting by target, key, late and row sets the streams one behind the other, best orders
   first. */
typedef struct {
  uint64_t target; /* preference and whom: 0 all */
  int64_t  key;    /* price of an offer; of a bid ~worth, which turns the order */
  bool     late;
  uint32_t row;
} Place;

/* The places of one side of a stream. `head` is the first with energy left. `other` is the first from there on that is
   not of `stranger_to`: kept, since looking for it may be long. */
typedef struct {
  const Place *place;
  size_t       n, head, other;
  uint32_t     stranger_to;
} Queue;

typedef struct {
  Queue     offers, bids;
  bool      any; /* there is a best pair */
  Place     offer, bid;
  MoneyWide surplus;
} Stream;

typedef struct {
  Book     *book;
  uint32_t *offer; /* [n_offers] rows of this round */
  size_t    n_offers;
  uint32_t *class_of;    /* [n_participants] rank of its class; NULL without classes */
  uint32_t *class_first; /* [n_classes] a participant of each class */
  size_t    n_classes;
  Place    *offers, *bids;
  size_t    n_offer_places, n_bid_places;
  Stream   *stream;
  Stream  **heap;
  size_t    n_streams, n_heap;
} Matching;

static MarketStatus NoMemory(MarketError *error)
{
  return MarketFail(error, MARKET_NO_MEMORY, "no memory for a book of bilateral trades");
}

static int ComparePlaces(const void *a, const void *b)
{
  const Place *x = a, *y = b;

  if (x->target != y->target) return x->target < y->target ? -1 : 1;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  if (x->late != y->late) return x->late ? 1 : -1;
  return (x->row > y->row) - (x->row < y->row);
}

/* ---- classes ---- */

typedef struct {
  EntryText name;
  uint32_t  participant;
} ClassPlace;

static int CompareClassPlaces(const void *a, const void *b)
{
  const ClassPlace *x = a, *y = b;
  int               order = EntryTextCompare(x->name, y->name);

  return order ? order : (x->participant > y->participant) - (x->participant < y->participant);
}

static bool PrefersClasses(const Book *book)
{
  for (size_t k = 0; k < book->n_bids; k++) {
    const Bid *bid = book->order[book->bid[k]].bid;
    if (bid && bid->prefer == PREFER_CLASS) return true;
  }
  return false;
}

/* Numbers the classes of the participants in the order of their names, where a bid asks for them. */
static MarketStatus RankClasses(Matching *m, MarketError *error)
{
  Facts       facts = m->book->facts;
  size_t      n     = facts->n_participants;
  ClassPlace *place;

  if (!facts->participant_class || !PrefersClasses(m->book)) return MARKET_OK;
  place          = malloc((n + 1) * sizeof *place);
  m->class_of    = malloc((n + 1) * sizeof *m->class_of);
  m->class_first = malloc((n + 1) * sizeof *m->class_first);
  if (!place || !m->class_of || !m->class_first) {
    free(place);
    return NoMemory(error);
  }
  for (size_t k = 0; k < n; k++) place[k] = (ClassPlace){facts->participant_class[k], (uint32_t)k};
  qsort(place, n, sizeof *place, CompareClassPlaces);
  for (size_t k = 0; k < n; k++) {
    if (k == 0 || EntryTextCompare(place[k - 1].name, place[k].name))
      m->class_first[m->n_classes++] = place[k].participant;
    m->class_of[place[k].participant] = (uint32_t)(m->n_classes - 1);
  }
  free(place);
  return MARKET_OK;
}

static bool FindClass(const Matching *m, EntryText name, uint32_t *rank)
{
  size_t low = 0, high = m->n_classes;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int    order  = EntryTextCompare(m->book->facts->participant_class[m->class_first[middle]], name);
    if (order == 0) {
      *rank = (uint32_t)middle;
      return true;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

/* ---- places and streams ---- */

static uint64_t Target(BidPreference prefer, uint32_t whom)
{
  return (uint64_t)prefer << 32 | whom;
}

static void PutOffer(Matching *m, uint64_t target, uint32_t row)
{
  const Order *order = &m->book->order[row];
  bool         late  = m->book->rules->merit == MERIT_RENEWABLE_TIES && !order->renewable;

  m->offers[m->n_offer_places++] = (Place){target, order->price, late, row};
}

static void PutBid(Matching *m, uint64_t target, uint32_t row, int64_t worth)
{
  if (worth >= m->book->rules->price_min) m->bids[m->n_bid_places++] = (Place){target, ~worth, false, row};
}

/* Whom a bid prefers; false where nobody is of that class. */
static bool BidTarget(const Matching *m, const Bid *bid, uint64_t *target)
{
  uint32_t whom = 0;

  if (!bid || bid->prefer == PREFER_NOBODY) return false;
  if (bid->prefer == PREFER_CLASS && !FindClass(m, bid->partner_class, &whom)) return false;
  if (bid->prefer == PREFER_PARTICIPANT) whom = bid->partner;
  *target = Target(bid->prefer, whom);
  return true;
}

static MarketStatus PlaceOrders(Matching *m, MarketError *error)
{
  Book    *book      = m->book;
  bool     preferred = false;
  uint64_t target;

  m->bids = malloc((2 * book->n_bids + 1) * sizeof *m->bids);
  if (!m->bids) return NoMemory(error);
  for (size_t k = 0; k < book->n_bids; k++) {
    const Order *order = &book->order[book->bid[k]];
    if (order->wh <= 0) continue;
    PutBid(m, Target(PREFER_NOBODY, 0), book->bid[k], order->price);
    if (!BidTarget(m, order->bid, &target)) continue;
    PutBid(m, target, book->bid[k], order->price + order->bid->premium);
    preferred = true;
  }
  m->offers = malloc(((preferred ? 4 : 1) * m->n_offers + 1) * sizeof *m->offers);
  if (!m->offers) return NoMemory(error);
  for (size_t k = 0; k < m->n_offers; k++) {
    const Order *order = &book->order[m->offer[k]];
    if (order->wh <= 0 || order->price > book->rules->price_max) continue;
    PutOffer(m, Target(PREFER_NOBODY, 0), m->offer[k]);
    if (!preferred) continue;
    PutOffer(m, Target(PREFER_PARTICIPANT, order->participant), m->offer[k]);
    if (m->class_of) PutOffer(m, Target(PREFER_CLASS, m->class_of[order->participant]), m->offer[k]);
    if (order->renewable) PutOffer(m, Target(PREFER_RENEWABLE, 0), m->offer[k]);
  }
  qsort(m->bids, m->n_bid_places, sizeof *m->bids, ComparePlaces);
  qsort(m->offers, m->n_offer_places, sizeof *m->offers, ComparePlaces);
  return MARKET_OK;
}

static Queue QueueOf(const Place *place, size_t n)
{
  return (Queue){.place = place, .n = n, .stranger_to = UINT32_MAX};
}

/* Runs of one target on both sides; both stand in the order of targets. */
static MarketStatus OpenStreams(Matching *m, MarketError *error)
{
  size_t streams = 0;

  for (size_t k = 0; k < m->n_bid_places; k++) streams += k == 0 || m->bids[k - 1].target != m->bids[k].target;
  m->stream = calloc(streams + 1, sizeof *m->stream);
  m->heap   = calloc(streams + 1, sizeof *m->heap);
  if (!m->stream || !m->heap) return NoMemory(error);
  for (size_t b = 0, o = 0, end; b < m->n_bid_places; b = end) {
    uint64_t target = m->bids[b].target;
    size_t   first;
    for (end = b; end < m->n_bid_places && m->bids[end].target == target;) end++;
    while (o < m->n_offer_places && m->offers[o].target < target) o++;
    for (first = o; o < m->n_offer_places && m->offers[o].target == target;) o++;
    m->stream[m->n_streams++] =
        (Stream){.bids = QueueOf(m->bids + b, end - b), .offers = QueueOf(m->offers + first, o - first)};
  }
  return MARKET_OK;
}

/* ---- the best pair of a stream ---- */

static const Order *OrderAt(const Matching *m, const Place *place)
{
  return &m->book->order[place->row];
}

static const Place *Head(const Matching *m, Queue *q)
{
  while (q->head < q->n && OrderAt(m, &q->place[q->head])->wh == 0) q->head++;
  return q->head < q->n ? &q->place[q->head] : NULL;
}

/* The first that is not of this participant. */
static const Place *HeadWithout(const Matching *m, Queue *q, uint32_t participant)
{
  if (q->stranger_to != participant || q->other < q->head) q->other = q->head;
  q->stranger_to = participant;
  while (q->other < q->n) {
    const Order *order = OrderAt(m, &q->place[q->other]);
    if (order->wh > 0 && order->participant != participant) return &q->place[q->other];
    q->other++;
  }
  return NULL;
}

/* Whether pair a comes before pair b. */
static bool Before(const Stream *a, const Stream *b)
{
  if (a->surplus != b->surplus) return a->surplus > b->surplus;
  if (a->offer.late != b->offer.late) return b->offer.late;
  if (a->offer.row != b->offer.row) return a->offer.row < b->offer.row;
  return a->bid.row < b->bid.row;
}

/* Takes the pair into the stream's head if it may trade and comes before what is there. */
static void Propose(Stream *s, const Place *offer, const Place *bid)
{
  Stream pair = {0};

  if (!offer || !bid) return;
  pair.offer   = *offer;
  pair.bid     = *bid;
  pair.surplus = (MoneyWide)~bid->key - offer->key;
  if (pair.surplus < 0 || (s->any && !Before(&pair, s))) return;
  s->offer   = pair.offer;
  s->bid     = pair.bid;
  s->surplus = pair.surplus;
  s->any     = true;
}

static void Renew(const Matching *m, Stream *s)
{
  const Place *offer = Head(m, &s->offers), *bid = Head(m, &s->bids);

  s->any = false;
  if (!offer || !bid) return;
  if (OrderAt(m, offer)->participant != OrderAt(m, bid)->participant) {
    Propose(s, offer, bid);
  } else {
    Propose(s, offer, HeadWithout(m, &s->bids, OrderAt(m, offer)->participant));
    Propose(s, HeadWithout(m, &s->offers, OrderAt(m, bid)->participant), bid);
  }
}

/* ---- the heap ---- */

static void SiftDown(Matching *m, size_t at)
{
  while (true) {
    size_t  best = at, left = 2 * at + 1;
    Stream *moved = m->heap[at];
    for (size_t child = left; child < left + 2 && child < m->n_heap; child++)
      if (Before(m->heap[child], m->heap[best])) best = child;
    if (best == at) return;
    m->heap[at]   = m->heap[best];
    m->heap[best] = moved;
    at            = best;
  }
}

/* Renews the head of the first stream, and drops the stream when it has none. */
static void RenewFirst(Matching *m)
{
  Renew(m, m->heap[0]);
  if (!m->heap[0]->any) m->heap[0] = m->heap[--m->n_heap];
  if (m->n_heap > 0) SiftDown(m, 0);
}

static MarketStatus TradePair(Matching *m, const Stream *s, MarketError *error)
{
  Order  *offer = &m->book->order[s->offer.row], *bid = &m->book->order[s->bid.row];
  int64_t wh    = offer->wh < bid->wh ? offer->wh : bid->wh;
  int64_t price = BookLimit(m->book, BookRulePrice(m->book, offer->price, ~s->bid.key));

  MARKET_TRY(BookDeliver(m->book, offer, bid, wh, price, price, error));
  offer->wh -= wh;
  bid->wh -= wh;
  return MARKET_OK;
}

static MarketStatus Match(Matching *m, MarketError *error)
{
  for (size_t k = 0; k < m->n_streams; k++) {
    Renew(m, &m->stream[k]);
    if (m->stream[k].any) m->heap[m->n_heap++] = &m->stream[k];
  }
  for (size_t k = m->n_heap; k-- > 0;) SiftDown(m, k);
  while (m->n_heap > 0) {
    const Stream *s = m->heap[0];
    if (OrderAt(m, &s->offer)->wh > 0 && OrderAt(m, &s->bid)->wh > 0) MARKET_TRY(TradePair(m, s, error));
    RenewFirst(m);
  }
  return MARKET_OK;
}

MarketStatus BilateralClear(Book *book, uint32_t *offer, size_t n_offers, MarketError *error)
{
  Matching     m      = {.book = book, .offer = offer, .n_offers = n_offers};
  MarketStatus status = RankClasses(&m, error);

  if (status == MARKET_OK) status = PlaceOrders(&m, error);
  if (status == MARKET_OK) status = OpenStreams(&m, error);
  if (status == MARKET_OK) status = Match(&m, error);
  free(m.class_of);
  free(m.class_first);
  free(m.offers);
  free(m.bids);
  free(m.stream);
  free(m.heap);
  return status;
}
