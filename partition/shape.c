/* Counting buses, units and unknowns by region and on the border. */
#include "partition/shape.h"

#include "partition/cover.h"

static void CountBuses(PartitionShape *s, Partition p, Network net, const PetscBool *covered)
{
  for (PetscInt i = 0; i < p->n_buses; ++i) {
    const PetscBool electric = NetworkBusIsElectric(net, i);
    if (covered[i] || net->bus.type[i] == BUS_ISOLATED) continue;
    s->interior_ac[p->bus_region[i]] += electric ? COVER_BUS_UNKNOWNS : COVER_ENERGY_BUS_UNKNOWNS;
    s->interior_dc[p->bus_region[i]] += electric ? COVER_BUS_UNKNOWNS_DC : COVER_ENERGY_BUS_UNKNOWNS;
  }
}

static void CountUnits(PartitionShape *s, Partition p, Network net)
{
  for (PetscInt k = 0; k < net->generator.n; ++k) {
    const PetscInt r = p->bus_region[net->generator.bus[k]];
    if (!net->generator.in_service[k]) continue;
    ++s->generators[r];
    s->interior_ac[r] += NetworkBusIsElectric(net, net->generator.bus[k]) ? 2 : 1;
    s->interior_dc[r] += 1;
  }
  for (PetscInt k = 0; k < net->storage.n; ++k) {
    const PetscInt r = p->bus_region[net->storage.bus[k]];
    if (net->storage.in_service[k]) s->interior_ac[r] += 4, s->interior_dc[r] += 4;
  }
}

/* Region whose block holds an element between two buses. */
static PetscInt Holder(Partition p, const PetscBool *covered, PetscInt from, PetscInt to)
{
  return p->bus_region[covered[from] && !covered[to] ? to : from];
}

static void CountLinks(PartitionShape *s, Partition p, Network net, const PetscBool *covered)
{
  for (PetscInt k = 0; k < net->link.n; ++k) {
    const PetscInt from = net->link.from[k], to = net->link.to[k], r = Holder(p, covered, from, to);
    if (!NetworkLinkActive(net, k)) continue;
    s->interior_ac[r] += 1 + NetworkBusIsElectric(net, from) + NetworkBusIsElectric(net, to);
    s->interior_dc[r] += 1;
  }
}

/* Covered buses that a region's block sees: its own, and the far ends of the ties that it holds. */
static PetscErrorCode CountTouched(PartitionShape *s, Partition p, Network net, const PetscBool *covered)
{
  PetscInt *seen_by;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(p->n_regions, &seen_by));
  for (PetscInt r = 0; r < p->n_regions; ++r) seen_by[r] = -1;
  for (PetscInt k = 0; k < s->n_cover; ++k) {
    const PetscInt bus  = s->cover[k];
    const PetscInt size = NetworkBusIsElectric(net, bus) ? COVER_BUS_UNKNOWNS : COVER_ENERGY_BUS_UNKNOWNS;
    for (PetscInt t = -1; t < p->n_ties; ++t) {
      const Tie     *tie = &p->tie[PetscMax(t, 0)];
      const PetscInt r   = t < 0 ? p->bus_region[bus] : Holder(p, covered, tie->from, tie->to);
      if ((t >= 0 && tie->from != bus && tie->to != bus) || seen_by[r] == bus) continue;
      seen_by[r] = bus;
      ++s->touched[r];
      s->touched_ac[r] += size;
    }
  }
  PetscCall(PetscFree(seen_by));
  PetscFunctionReturn(0);
}

PetscErrorCode PartitionShapeCreate(Partition p, Network net, PartitionShape **shape)
{
  const PetscInt  n = p->n_regions;
  PartitionShape *s;
  PetscBool      *covered;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  *shape       = s;
  s->n_regions = n;
  PetscCall(PetscCalloc4(n, &s->interior_ac, n, &s->interior_dc, n, &s->touched, n, &s->touched_ac));
  PetscCall(PetscCalloc3(n, &s->generators, n, &s->border_bus, n, &s->ties));
  PetscCall(PartitionCover(p, net, &s->n_cover, &s->cover));
  s->border_ac = PartitionBorderSize(p, net, s->n_cover, s->cover, PETSC_TRUE);
  s->border_dc = PartitionBorderSize(p, net, s->n_cover, s->cover, PETSC_FALSE);
  PetscCall(PetscCalloc1(p->n_buses, &covered));
  for (PetscInt k = 0; k < s->n_cover; ++k) covered[s->cover[k]] = PETSC_TRUE;
  CountBuses(s, p, net, covered);
  CountUnits(s, p, net);
  CountLinks(s, p, net, covered);
  PetscCall(CountTouched(s, p, net, covered));
  for (PetscInt k = 0; k < p->n_border; ++k) ++s->border_bus[p->bus_region[p->border[k]]];
  for (PetscInt k = 0; k < p->n_ties; ++k) ++s->ties[p->tie[k].from_region], ++s->ties[p->tie[k].to_region];
  PetscCall(PetscFree(covered));
  PetscFunctionReturn(0);
}

PetscErrorCode PartitionShapeDestroy(PartitionShape **shape)
{
  PartitionShape *s = *shape;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  PetscCall(PetscFree(s->cover));
  PetscCall(PetscFree4(s->interior_ac, s->interior_dc, s->touched, s->touched_ac));
  PetscCall(PetscFree3(s->generators, s->border_bus, s->ties));
  PetscCall(PetscFree(*shape));
  PetscFunctionReturn(0);
}
