/* Where the energy that a net buyer took was fed in: cycles out, then proportional sharing from the sources down. */
#include "market/apportion.h"
#include "market/delivery_impl.h"
#include "market/sort.h"

#include <stdlib.h>

enum { NOWHERE = -1 };

typedef struct {
  size_t    first, end, next; /* edges that leave it; the next one to look at */
  int64_t   in, out;          /* Wh */
  MoneyWide value;            /* of what came in */
  long      on_path;          /* position on the path, or NOWHERE */
  bool      done;
} Node;

typedef struct {
  DeliveryEdge     *edge;
  size_t            n_edges, n, n_order;
  const int64_t    *price;
  DeliveryPosition *position;       /* [n] nodes in order */
  Node             *node;           /* [n] */
  uint32_t         *target;         /* [n_edges] node that an edge goes to */
  uint32_t         *path;           /* [n] */
  uint32_t         *order;          /* [n] nodes, each behind all that it delivers to */
  int64_t          *weight, *share; /* [n_edges + 1] */
} Graph;

/* All nodes in order, once each. */
static MarketStatus FindNodes(Graph *g)
{
  size_t   n = 0, all = 2 * g->n_edges;
  SortKey *key = malloc((2 * all + 1) * sizeof *key);

  if (!key) return MARKET_NO_MEMORY;
  for (size_t e = 0; e < g->n_edges; e++) {
    key[2 * e]     = (SortKey){.word = {0, 0, g->edge[e].from}, .index = 2 * e};
    key[2 * e + 1] = (SortKey){.word = {0, 0, g->edge[e].to}, .index = 2 * e + 1};
  }
  SortKeys(key, key + all, all);
  for (size_t k = 0; k < all; k++) {
    const DeliveryEdge *edge = &g->edge[key[k].index / 2];
    DeliveryNode        node = key[k].index % 2 ? edge->to : edge->from;
    if (n == 0 || g->position[n - 1].node != node) g->position[n++] = (DeliveryPosition){.node = node};
  }
  free(key);
  g->n = n;
  return MARKET_OK;
}

static uint32_t Find(const Graph *g, DeliveryNode node)
{
  size_t low = 0, high = g->n;

  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (g->position[middle].node <= node)
      low = middle;
    else
      high = middle;
  }
  return (uint32_t)low;
}

static MarketStatus Connect(Graph *g)
{
  size_t e = 0;

  for (size_t k = 0; k < g->n; k++) {
    Node *node    = &g->node[k];
    node->on_path = NOWHERE;
    node->first = node->next = e;
    while (e < g->n_edges && g->edge[e].from == g->position[k].node) {
      g->target[e] = Find(g, g->edge[e].to);
      MARKET_TRY(MoneyAdd(&node->out, g->edge[e].wh));
      MARKET_TRY(MoneyAdd(&g->node[g->target[e]].in, g->edge[e].wh));
      e++;
    }
    node->end = e;
  }
  for (size_t k = 0; k < g->n; k++) g->position[k].net = g->node[k].out - g->node[k].in;
  return MARKET_OK;
}

/* Takes the smallest flow out of the cycle that begins at `start` on the path. What lies on the path behind the first
   edge that runs dry leaves it; returns the path's new length. */
static size_t Cancel(Graph *g, size_t start, size_t length)
{
  int64_t least = INT64_MAX;
  size_t  keep  = length;

  for (size_t k = start; k < length; k++) {
    int64_t wh = g->edge[g->node[g->path[k]].next].wh;
    if (wh < least) least = wh;
  }
  for (size_t k = length; k-- > start;) {
    Node *node = &g->node[g->path[k]];
    g->edge[node->next].wh -= least;
    node->in -= least;
    node->out -= least;
    if (g->edge[node->next].wh == 0) keep = k + 1;
  }
  for (size_t k = keep; k < length; k++) g->node[g->path[k]].on_path = NOWHERE;
  return keep;
}

/* Depth first from `root`, cycles cancelled as they close. */
static void Walk(Graph *g, uint32_t root)
{
  size_t length = 0;

  if (g->node[root].done) return;
  g->path[length++]     = root;
  g->node[root].on_path = 0;
  while (length) {
    uint32_t at   = g->path[length - 1], to;
    Node    *node = &g->node[at];
    while (node->next < node->end && (g->edge[node->next].wh == 0 || g->node[g->target[node->next]].done)) node->next++;
    if (node->next == node->end) {
      node->done             = true;
      node->on_path          = NOWHERE;
      g->order[g->n_order++] = at;
      length--;
      continue;
    }
    to = g->target[node->next];
    if (g->node[to].on_path != NOWHERE) {
      length = Cancel(g, (size_t)g->node[to].on_path, length);
    } else {
      g->node[to].on_path = (long)length;
      g->path[length++]   = to;
    }
  }
}

/* Splits value = mean x sum + rest, sum of the weights > 0, over weights w as mean x w and a share of the rest, which is
   less than the sum: no product exceeds 128 bits. */
static MarketStatus Split(Graph *g, MoneyWide value, int64_t sum, size_t n, MoneyWide *mean)
{
  MoneyWide rest = value % sum;

  *mean = value / sum;
  if (rest < 0) {
    rest += sum;
    *mean -= 1;
  }
  for (size_t k = 0; k < n; k++) g->share[k] = 0;
  return rest ? Apportion((int64_t)rest, g->weight, n, g->share) : MARKET_OK;
}

/* Passes on what came in and what the node fed in itself, by its edges and to itself. */
static MarketStatus Pass(Graph *g, uint32_t at)
{
  Node             *node     = &g->node[at];
  DeliveryPosition *position = &g->position[at];
  int64_t           through  = node->in > node->out ? node->in : node->out;
  size_t            n        = 0;
  MoneyWide         value    = node->value, mean;

  if (through == 0) return MARKET_OK;
  if (position->net > 0) value += (MoneyWide)g->price[(uint32_t)position->node] * position->net;
  for (size_t e = node->first; e < node->end; e++)
    if (g->edge[e].wh) g->weight[n++] = g->edge[e].wh;
  g->weight[n] = through - node->out;
  MARKET_TRY(Split(g, value, through, n + 1, &mean));
  position->value = mean * g->weight[n] + g->share[n];
  n               = 0;
  for (size_t e = node->first; e < node->end; e++) {
    if (!g->edge[e].wh) continue;
    g->node[g->target[e]].value += mean * g->weight[n] + g->share[n];
    n++;
  }
  return MARKET_OK;
}

static MarketStatus Trace(Graph *g)
{
  MARKET_TRY(Connect(g));
  for (size_t k = 0; k < g->n; k++) Walk(g, (uint32_t)k);
  for (size_t k = g->n_order; k-- > 0;) MARKET_TRY(Pass(g, g->order[k]));
  return MARKET_OK;
}

MarketStatus DeliveryTrace(DeliveryEdge *edge, size_t n, const int64_t *price, DeliveryPosition *position,
                           size_t *n_positions, MarketError *error)
{
  Graph        g      = {.edge = edge, .n_edges = n, .price = price, .position = position};
  MarketStatus status = MARKET_NO_MEMORY;

  if (FindNodes(&g) != MARKET_OK)
    return MarketFail(error, MARKET_NO_MEMORY, "no memory for the deliveries of an interval");
  g.node   = calloc(g.n + 1, sizeof *g.node);
  g.target = malloc((n + 1) * sizeof *g.target);
  g.path   = malloc((g.n + 1) * sizeof *g.path);
  g.order  = malloc((g.n + 1) * sizeof *g.order);
  g.weight = malloc((n + 1) * sizeof *g.weight);
  g.share  = malloc((n + 1) * sizeof *g.share);
  if (g.node && g.target && g.path && g.order && g.weight && g.share) status = Trace(&g);
  free(g.node);
  free(g.target);
  free(g.path);
  free(g.order);
  free(g.weight);
  free(g.share);
  *n_positions = g.n;
  if (status == MARKET_OK) return MARKET_OK;
  return MarketFail(error, status,
                    status == MARKET_NO_MEMORY ? "no memory for the deliveries of an interval"
                                               : "the deliveries of an interval are more than 64 bits hold");
}
