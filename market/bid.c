/* Bids: canonical order, bytes, and whether they fit the facts. */
#include "market/bid.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BIDS_VERSION = 1, BID_LEAST_BYTES = 1 + 4 * 4 + 2 * 8 + 2 + 1 + 1 };

static int CompareTexts(EntryText a, EntryText b)
{
  if (a.length != b.length) return a.length < b.length ? -1 : 1;
  return a.length ? memcmp(a.bytes, b.bytes, a.length) : 0;
}

int BidCompare(const Bid *a, const Bid *b)
{
  int order;

  if (a->interval != b->interval) return a->interval < b->interval ? -1 : 1;
  order = CompareTexts(a->order, b->order);
  if (order) return order;
  return (a->participant > b->participant) - (a->participant < b->participant);
}

static int CompareBids(const void *a, const void *b)
{
  return BidCompare(a, b);
}

/* One line about a bid: its order and interval, and what is wrong. */
static MarketStatus Wrong(const Bid *bid, MarketError *error, const char *what)
{
  return MarketFail(error, MARKET_BAD_INPUT, "bid \"%.*s\" of interval %" PRIu32 ": %s", (int)bid->order.length,
                    bid->order.bytes ? bid->order.bytes : "", bid->interval, what);
}

static MarketStatus CheckPreference(const Bid *bid, MarketError *error)
{
  if ((unsigned)bid->prefer > PREFER_RENEWABLE) return Wrong(bid, error, "no such kind of preference");
  if (bid->prefer == PREFER_NOBODY) {
    if (bid->premium == 0) return MARKET_OK;
    return Wrong(bid, error, "has a premium without a preference");
  }
  if (bid->side != BID_BUY) return Wrong(bid, error, "is an offer with a preference; only buyers have one");
  if (bid->premium <= 0) return Wrong(bid, error, "has a premium that is not positive");
  if (bid->prefer == PREFER_PARTICIPANT && bid->partner == bid->participant)
    return Wrong(bid, error, "prefers its own participant");
  if (bid->prefer != PREFER_CLASS) return MARKET_OK;
  if (bid->partner_class.length == 0) return Wrong(bid, error, "prefers a class without a name");
  return EntryTextCheck(bid->partner_class, "preferred class", error);
}

static MarketStatus CheckBid(const Bid *bid, MarketError *error)
{
  int64_t worth;

  MARKET_TRY(EntryTextCheck(bid->order, "order of a bid", error));
  if (bid->order.length == 0)
    return MarketFail(error, MARKET_BAD_INPUT, "a bid of interval %" PRIu32 " has no order", bid->interval);
  if (bid->side != BID_SELL && bid->side != BID_BUY) return Wrong(bid, error, "neither sells nor buys");
  if (bid->wh <= 0) return Wrong(bid, error, "energy is not positive");
  MARKET_TRY(CheckPreference(bid, error));
  if (__builtin_add_overflow(bid->price, bid->premium, &worth)) return Wrong(bid, error, "price and premium overflow");
  return MARKET_OK;
}

/* Copies texts into one arena; bids without a preference lose what they say of one. */
static MarketStatus CopyBids(const Bid *from, size_t n, Bids to, MarketError *error)
{
  size_t size = 1;
  char  *at;

  for (size_t k = 0; k < n; k++) size += from[k].order.length + from[k].partner_class.length;
  to->bid   = malloc((n ? n : 1) * sizeof *to->bid);
  to->arena = malloc(size);
  if (!to->bid || !to->arena) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu bids", n);
  at = to->arena;
  for (size_t k = 0; k < n; k++) {
    Bid *bid = &to->bid[k];
    *bid     = from[k];
    if (bid->prefer != PREFER_PARTICIPANT) bid->partner = 0;
    if (bid->prefer != PREFER_CLASS) bid->partner_class = (EntryText){"", 0};
    memcpy(at, bid->order.bytes, bid->order.length);
    bid->order.bytes = at;
    at += bid->order.length;
    if (bid->partner_class.length) memcpy(at, bid->partner_class.bytes, bid->partner_class.length);
    if (bid->partner_class.length) bid->partner_class.bytes = at;
    at += bid->partner_class.length;
  }
  to->n = n;
  return MARKET_OK;
}

MarketStatus BidsCreate(const Bid *bid, size_t n, Bids *bids, MarketError *error)
{
  MarketStatus status = MARKET_OK;
  bool         sorted = true;

  *bids = NULL;
  if (n > UINT32_MAX) return MarketFail(error, MARKET_BAD_INPUT, "%zu bids; expected fewer than 2^32", n);
  for (size_t k = 0; k < n; k++) MARKET_TRY(CheckBid(&bid[k], error));
  *bids = calloc(1, sizeof **bids);
  if (!*bids) return MarketFail(error, MARKET_NO_MEMORY, "no memory for bids");
  status = CopyBids(bid, n, *bids, error);
  if (status == MARKET_OK) {
    Bid *b = (*bids)->bid;
    for (size_t k = 1; k < n && sorted; k++) sorted = BidCompare(&b[k - 1], &b[k]) < 0;
    if (!sorted) qsort(b, n, sizeof *b, CompareBids);
    for (size_t k = 1; k < n && status == MARKET_OK; k++)
      if (BidCompare(&b[k - 1], &b[k]) == 0) status = Wrong(&b[k], error, "stands twice for one participant");
  }
  if (status != MARKET_OK) BidsDestroy(bids);
  return status;
}

void BidsDestroy(Bids *bids)
{
  if (!bids || !*bids) return;
  free((*bids)->bid);
  free((*bids)->arena);
  free(*bids);
  *bids = NULL;
}

static void PutBid(MarketBytes *bytes, const Bid *bid)
{
  MarketPut(bytes, bid->interval, 4);
  MarketPutText(bytes, bid->order);
  MarketPut(bytes, bid->participant, 4);
  MarketPut(bytes, (uint64_t)bid->side, 1);
  MarketPut(bytes, bid->bus, 4);
  MarketPut(bytes, bid->asset, 4);
  MarketPutSigned(bytes, bid->wh);
  MarketPutSigned(bytes, bid->price);
  MarketPut(bytes, (uint64_t)bid->prefer, 1);
  if (bid->prefer == PREFER_PARTICIPANT) MarketPut(bytes, bid->partner, 4);
  if (bid->prefer == PREFER_CLASS) MarketPutText(bytes, bid->partner_class);
  if (bid->prefer != PREFER_NOBODY) MarketPutSigned(bytes, bid->premium);
}

void BidsWrite(Bids bids, MarketBytes *bytes)
{
  MarketPut(bytes, BIDS_VERSION, 1);
  MarketPut(bytes, bids ? bids->n : 0, 4);
  for (size_t k = 0; bids && k < bids->n; k++) PutBid(bytes, &bids->bid[k]);
}

static MarketStatus TakePreference(MarketReader *reader, Bid *bid)
{
  uint64_t value = 0;

  MARKET_TRY(MarketTakeUpTo(reader, 1, PREFER_RENEWABLE, "preference", &value));
  bid->prefer = (BidPreference)value;
  if (bid->prefer == PREFER_PARTICIPANT) MARKET_TRY(MarketTake32(reader, "preferred participant", &bid->partner));
  if (bid->prefer == PREFER_CLASS) MARKET_TRY(MarketTakeText(reader, false, "preferred class", &bid->partner_class));
  if (bid->prefer != PREFER_NOBODY) MARKET_TRY(MarketTakeSigned(reader, "premium", &bid->premium));
  return MARKET_OK;
}

static MarketStatus TakeBid(MarketReader *reader, Bid *bid)
{
  size_t      start = reader->at;
  uint64_t    value = 0;
  MarketError inner;

  *bid = (Bid){.partner_class = {"", 0}};
  MARKET_TRY(MarketTake32(reader, "interval", &bid->interval));
  MARKET_TRY(MarketTakeText(reader, false, "order", &bid->order));
  MARKET_TRY(MarketTake32(reader, "participant", &bid->participant));
  MARKET_TRY(MarketTakeUpTo(reader, 1, BID_BUY, "side", &value));
  bid->side = (BidSide)value;
  MARKET_TRY(MarketTake32(reader, "bus", &bid->bus));
  MARKET_TRY(MarketTake32(reader, "asset", &bid->asset));
  MARKET_TRY(MarketTakeSigned(reader, "energy", &bid->wh));
  MARKET_TRY(MarketTakeSigned(reader, "price", &bid->price));
  MARKET_TRY(TakePreference(reader, bid));
  if (CheckBid(bid, &inner) == MARKET_OK) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED, "%s: at byte %zu, %.400s", reader->what, start, inner.text);
}

MarketStatus BidsRead(const uint8_t *bytes, size_t size, Bids *bids, MarketError *error)
{
  MarketReader reader  = {bytes, size, 0, "bids", error};
  uint64_t     version = 0;
  size_t       n       = 0;
  Bid         *bid;
  MarketStatus status = MARKET_OK;

  *bids = NULL;
  MARKET_TRY(MarketTake(&reader, 1, "version", &version));
  if (version != BIDS_VERSION)
    return MarketFail(error, MARKET_MALFORMED, "bids: version %" PRIu64 "; expected %d", version, BIDS_VERSION);
  MARKET_TRY(MarketTakeCount(&reader, BID_LEAST_BYTES, "number of bids", &n));
  bid = malloc((n ? n : 1) * sizeof *bid);
  if (!bid) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu bids", n);
  for (size_t k = 0; k < n && status == MARKET_OK; k++) {
    size_t start = reader.at;
    status       = TakeBid(&reader, &bid[k]);
    if (status == MARKET_OK && k > 0 && BidCompare(&bid[k - 1], &bid[k]) >= 0)
      status = MarketFail(error, MARKET_MALFORMED, "bids: the bid at byte %zu is out of order", start);
  }
  if (status == MARKET_OK) status = MarketTakeEnd(&reader);
  if (status == MARKET_OK) status = BidsCreate(bid, n, bids, error);
  free(bid);
  return status;
}

static MarketStatus CheckFit(const Bid *bid, Facts facts, MarketError *error)
{
  if (bid->interval >= facts->intervals) return Wrong(bid, error, "its interval is not in the window");
  if (bid->participant >= facts->n_participants) return Wrong(bid, error, "there is no such participant");
  if (bid->bus >= facts->n_buses) return Wrong(bid, error, "there is no such bus");
  if (bid->prefer == PREFER_PARTICIPANT && bid->partner >= facts->n_participants)
    return Wrong(bid, error, "there is no such participant to prefer");
  if (bid->asset == BID_ANY_ASSET) return MARKET_OK;
  if (bid->asset >= facts->n_assets) return Wrong(bid, error, "there is no such asset");
  if (facts->asset[bid->asset].participant != bid->participant)
    return Wrong(bid, error, "its asset belongs to another participant");
  if (facts->asset[bid->asset].bus != bid->bus) return Wrong(bid, error, "its asset stands at another bus");
  return MARKET_OK;
}

MarketStatus BidsCheck(Bids bids, Facts facts, MarketError *error)
{
  for (size_t k = 0; bids && k < bids->n; k++) MARKET_TRY(CheckFit(&bids->bid[k], facts, error));
  return MARKET_OK;
}

bool BidIsRenewable(const Bid *bid, Facts facts)
{
  return bid->asset != BID_ANY_ASSET && facts->asset[bid->asset].renewable;
}

int64_t BidPremium(const Bid *bid, Facts facts, uint32_t seller, bool renewable)
{
  bool preferred = false;

  switch (bid->prefer) {
  case PREFER_NOBODY:
    break;
  case PREFER_PARTICIPANT:
    preferred = seller == bid->partner;
    break;
  case PREFER_CLASS:
    preferred = facts->participant_class && EntryTextSame(facts->participant_class[seller], bid->partner_class);
    break;
  case PREFER_RENEWABLE:
    preferred = renewable;
    break;
  }
  return preferred ? bid->premium : 0;
}
