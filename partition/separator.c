/* Refinement of a cut by moving the separator: covered vertices go into a region, and their neighbours elsewhere become
   covered instead. Passes with the best prefix kept, after Fiduccia and Mattheyses (1982), over many regions at once. */
#include "partition/separator.h"

#include "partition/cover_graph.h"

enum { COVER_TRIAL_EFFORT = 200000, PATIENCE = 120, PASSES = 12, RELIEF = 3 };

typedef struct {
  PetscInt  vertex, region;
  PetscBool covered;
} Change;

typedef struct {
  const BusGraph *g;
  PetscInt        n_regions, limit, home_limit, least;
  PetscInt       *region;            /* [g->n] of a covered vertex: where it was last */
  PetscBool      *covered, *settled; /* [g->n] settled: has left the cover in this pass */
  PetscInt       *load;              /* [n_regions] work of the vertices that are not covered */
  PetscInt       *list, *place;      /* [n_list] covered vertices; [g->n] their place there */
  PetscInt        n_list, cost;
  Change         *log; /* [n_log] what vertices were before each change of this pass */
  PetscInt        n_log, most_log;
} Separator;

/* A small cover of what `region` severs. */
static PetscErrorCode CoverSevered(const BusGraph *g, const PetscInt *region, PetscBool *covered)
{
  PetscInt  *ends, *local, *vertex, n = 0, n_edges = 0;
  PetscBool *in;
  CoverGraph c;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(g->start[g->n], &ends, g->n, &local, g->n, &vertex, g->n, &in));
  for (PetscInt v = 0; v < g->n; ++v) local[v] = -1, covered[v] = PETSC_FALSE;
  for (PetscInt v = 0; v < g->n; ++v)
    for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
      const PetscInt u = g->neighbour[e];
      if (region[u] == region[v]) continue;
      if (local[v] < 0) local[v] = n, vertex[n++] = v;
      if (u < v) ends[2 * n_edges] = local[v], ends[2 * n_edges + 1] = local[u], ++n_edges;
    }
  PetscCall(CoverGraphCreate(n, n_edges, ends, &c));
  for (PetscInt k = 0; k < n; ++k) c.weight[k] = g->cost[vertex[k]];
  PetscCall(CoverGraphSolve(&c, COVER_TRIAL_EFFORT, in));
  for (PetscInt k = 0; k < n; ++k) covered[vertex[k]] = in[k];
  PetscCall(CoverGraphDestroy(&c));
  PetscCall(PetscFree4(ends, local, vertex, in));
  PetscFunctionReturn(0);
}

PetscErrorCode SeparatorCost(const BusGraph *g, const PetscInt *region, PetscInt *cost)
{
  PetscBool *covered;

  PetscFunctionBeginUser;
  *cost = 0;
  PetscCall(PetscMalloc1(g->n, &covered));
  PetscCall(CoverSevered(g, region, covered));
  for (PetscInt v = 0; v < g->n; ++v) *cost += covered[v] ? g->cost[v] : 0;
  PetscCall(PetscFree(covered));
  PetscFunctionReturn(0);
}

/* Puts a vertex into the cover or takes it out, with all that depends on it. */
static void SetCovered(Separator *s, PetscInt v, PetscBool covered)
{
  const PetscInt sign = covered ? 1 : -1;

  s->covered[v] = covered;
  s->cost += sign * s->g->cost[v];
  s->load[s->region[v]] -= sign * s->g->work[v];
  if (covered) {
    s->place[v]          = s->n_list;
    s->list[s->n_list++] = v;
  } else {
    const PetscInt last  = s->list[--s->n_list];
    s->list[s->place[v]] = last;
    s->place[last]       = s->place[v];
  }
}

static void Record(Separator *s, PetscInt v)
{
  s->log[s->n_log++] = (Change){v, s->region[v], s->covered[v]};
}

static void Rollback(Separator *s, PetscInt n_log)
{
  while (s->n_log > n_log) {
    const Change c = s->log[--s->n_log];
    if (c.covered) {
      SetCovered(s, c.vertex, PETSC_TRUE);
      s->region[c.vertex] = c.region;
    } else
      SetCovered(s, c.vertex, PETSC_FALSE);
  }
}

static void MoveInto(Separator *s, PetscInt v, PetscInt region)
{
  const BusGraph *g = s->g;

  Record(s, v);
  s->region[v]  = region;
  s->settled[v] = PETSC_TRUE;
  SetCovered(s, v, PETSC_FALSE);
  for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
    const PetscInt u = g->neighbour[e];
    if (s->covered[u] || s->region[u] == region) continue;
    Record(s, u);
    SetCovered(s, u, PETSC_TRUE);
  }
}

/* What the cover gains when v goes into `region`, more when that takes work from a region which has too much; or
   PETSC_MIN_INT where the balance or a settled neighbour forbids. */
static PetscInt Gain(const Separator *s, PetscInt v, PetscInt region)
{
  const BusGraph *g      = s->g;
  PetscInt        gain   = g->cost[v];
  PetscBool       relief = PETSC_FALSE;

  if (s->load[region] + g->work[v] > s->limit) return PETSC_MIN_INT;
  for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
    const PetscInt u = g->neighbour[e];
    if (s->covered[u] || s->region[u] == region) continue;
    if (s->settled[u] || s->load[s->region[u]] - g->work[u] < s->least) return PETSC_MIN_INT;
    gain -= g->cost[u];
    relief = (PetscBool)(relief || s->load[s->region[u]] > s->limit);
  }
  return relief ? gain + RELIEF : gain;
}

/* The best move, into a region where the vertex has neighbours: by gain, then by the lighter region, then by number. */
static PetscBool FindMove(const Separator *s, PetscInt *vertex, PetscInt *region)
{
  const BusGraph *g    = s->g;
  PetscInt        best = PETSC_MIN_INT;

  for (PetscInt k = 0; k < s->n_list; ++k) {
    const PetscInt v = s->list[k];
    if (s->settled[v]) continue;
    for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
      const PetscInt r = s->region[g->neighbour[e]];
      PetscInt       gain;
      if (e > g->start[v] && r == s->region[g->neighbour[e - 1]]) continue;
      gain = Gain(s, v, r);
      if (gain == PETSC_MIN_INT || gain < best) continue;
      if (gain == best && (s->load[r] > s->load[*region] ||
                           (s->load[r] == s->load[*region] && (v > *vertex || (v == *vertex && r >= *region)))))
        continue;
      best    = gain;
      *vertex = v;
      *region = r;
    }
  }
  return (PetscBool)(best > PETSC_MIN_INT);
}

/* How good a state is: work above the limit, then the border, then how unequal the loads are. */
typedef struct {
  PetscReal overload, cost, spread;
} Rating;

static Rating Rate(const Separator *s)
{
  Rating rating = {.cost = (PetscReal)s->cost};

  for (PetscInt r = 0; r < s->n_regions; ++r) {
    rating.overload += (PetscReal)PetscMax(0, s->load[r] - s->limit);
    rating.spread += (PetscReal)s->load[r] * (PetscReal)s->load[r];
  }
  return rating;
}

static PetscBool IsBetter(Rating a, Rating b)
{
  if (a.overload != b.overload) return (PetscBool)(a.overload < b.overload);
  if (a.cost != b.cost) return (PetscBool)(a.cost < b.cost);
  return (PetscBool)(a.spread < b.spread);
}

/* One pass; whether it found something better. */
static PetscBool Pass(Separator *s)
{
  Rating   best     = Rate(s);
  PetscInt best_log = 0, idle = 0, v = -1, r = -1;

  s->n_log = 0;
  for (PetscInt u = 0; u < s->g->n; ++u) s->settled[u] = PETSC_FALSE;
  while (idle < PATIENCE && FindMove(s, &v, &r)) {
    const PetscInt room = s->g->start[v + 1] - s->g->start[v] + 1;
    Rating         rating;
    if (s->n_log + room > s->most_log) break;
    MoveInto(s, v, r);
    rating = Rate(s);
    ++idle;
    if (!IsBetter(rating, best)) continue;
    best     = rating;
    best_log = s->n_log;
    idle     = 0;
  }
  Rollback(s, best_log);
  return (PetscBool)(best_log > 0);
}

/* Where a covered vertex is at home changes nothing of the border: where most of its edges lead, if there is room. */
static void FindHomes(Separator *s)
{
  const BusGraph *g = s->g;

  for (PetscInt v = 0; v < g->n; ++v)
    if (s->covered[v]) s->load[s->region[v]] += g->work[v];
  for (PetscInt sweep = 0; sweep < 3; ++sweep)
    for (PetscInt v = 0; v < g->n; ++v) {
      PetscInt home = s->region[v], best = -1;
      if (!s->covered[v]) continue;
      s->load[home] -= g->work[v];
      for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
        const PetscInt r    = s->region[g->neighbour[e]];
        PetscInt       pull = 0;
        for (PetscInt f = g->start[v]; f < g->start[v + 1]; ++f)
          if (s->region[g->neighbour[f]] == r) pull += g->weight[f];
        if (s->load[r] + g->work[v] > s->home_limit || pull < best || (pull == best && s->load[r] >= s->load[home]))
          continue;
        home = r;
        best = pull;
      }
      s->region[v] = home;
      s->load[home] += g->work[v];
    }
}

static PetscErrorCode SetUp(Separator *s, PetscReal imbalance)
{
  const BusGraph *g     = s->g;
  PetscInt        total = 0;

  PetscFunctionBeginUser;
  s->most_log = 4 * g->n;
  PetscCall(PetscMalloc5(g->n, &s->covered, g->n, &s->settled, g->n, &s->list, g->n, &s->place, s->most_log, &s->log));
  PetscCall(PetscCalloc1(s->n_regions, &s->load));
  for (PetscInt v = 0; v < g->n; ++v) total += g->work[v];
  s->limit      = (PetscInt)PetscCeilReal((1 + imbalance) * (PetscReal)total / (PetscReal)s->n_regions);
  s->home_limit = PetscMax(s->limit, (PetscInt)(1.1 * (PetscReal)total / (PetscReal)s->n_regions));
  s->least      = total / (2 * s->n_regions);
  PetscFunctionReturn(0);
}

PetscErrorCode SeparatorRefine(const BusGraph *g, PetscInt n_regions, PetscReal imbalance, PetscInt *region)
{
  Separator  s = {.g = g, .n_regions = n_regions, .region = region};
  PetscBool *cover;

  PetscFunctionBeginUser;
  PetscCall(SetUp(&s, imbalance));
  PetscCall(PetscMalloc1(g->n, &cover));
  PetscCall(CoverSevered(g, region, cover));
  for (PetscInt v = 0; v < g->n; ++v) s.load[region[v]] += g->work[v];
  for (PetscInt v = 0; v < g->n; ++v) {
    s.covered[v] = PETSC_FALSE;
    if (cover[v]) SetCovered(&s, v, PETSC_TRUE);
  }
  for (PetscInt pass = 0; pass < PASSES && Pass(&s); ++pass) continue;
  FindHomes(&s);
  PetscCall(PetscFree(cover));
  PetscCall(PetscFree5(s.covered, s.settled, s.list, s.place, s.log));
  PetscCall(PetscFree(s.load));
  PetscFunctionReturn(0);
}
