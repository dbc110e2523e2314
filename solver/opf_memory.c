/* Memory of an optimal power flow, estimated: unknowns and entries of an hour as the model lays them out, shared out to the regions,
   times the bytes that model, interior point and factors hold for each of them. Those follow from the data structures; only the
   fill of the factors and what the program takes by itself were measured. */
#include "solver/opf_memory.h"

#include "partition/cover.h"
#include "solver/opf_impl.h"
#include "solver/opf_model_impl.h"

static const PetscReal program_bytes = 44e6; /* of the program and its libraries */
static const PetscReal row_bytes     = 450;  /* of a row of a table of the network, with what the reader leaves */
static const PetscReal fill          = 3,
                       fill_growth  = 0.4; /* entries of factors over those of the matrix, and per e-fold of its size */
static const PetscReal number_bytes = sizeof(PetscReal), index_bytes = sizeof(PetscInt);
static const PetscReal spare    = 1.1; /* what the allocator leaves between */
static const PetscInt  anderson = 40;  /* memory of ADMM's acceleration */

/* How much of everything there is: of an hour of the whole network, or of the blocks of one rank in all hours. */
typedef struct {
  PetscReal n, m, equal;         /* variables, rows, rows of equality: kept in the system */
  PetscReal branches;            /* with flows to evaluate */
  PetscReal linear;              /* entries of the Jacobian that do not change */
  PetscReal jacobian, hessian;   /* entries, the linear ones included */
  PetscReal condensed, products; /* entries of condensed rows, and pairs of them */
} Amount;

static Amount Times(Amount a, PetscReal factor)
{
  PetscReal *const part[] = {&a.n,        &a.m,       &a.equal,     &a.branches, &a.linear,
                             &a.jacobian, &a.hessian, &a.condensed, &a.products};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(part); k++) *part[k] *= factor;
  return a;
}

/* An hour of the whole network, as the model counts it. */
static Amount CountHour(OpfModel m)
{
  PetscReal limits, segments, curved = 0;
  Amount    hour;

  for (PetscInt k = 0; k < m->n_costed; k++)
    curved += m->costed[k].cost->kind == COST_POLYNOMIAL && m->costed[k].cost->n > 2 ? 1 : 0;
  limits        = m->limit_from.n + m->limit_to.n;
  segments      = m->n_segments;
  hour          = (Amount){.n = m->variable_offset[OPF_VARIABLE_KINDS], .m = m->row_offset[ROW_KINDS] + m->ramp.n};
  hour.equal    = m->balance.n + m->reactive.n + m->storage.n;
  hour.branches = m->branch.n;
  hour.linear   = 2 * m->angle.n + 2 * segments + 2 * m->ramp.n + 2 * m->generator.n + 5 * m->storage.n + 4 * m->link.n;
  hour.hessian  = curved;
  hour.condensed = 2 * (m->angle.n + segments + m->ramp.n);
  hour.products  = 3 * (m->angle.n + segments + m->ramp.n);
  if (m->ac) {
    hour.jacobian = 16.0 * m->branch.n + 4 * limits + 2 * m->shunt.n;
    hour.hessian += 10.0 * m->branch.n + m->shunt.n;
    hour.condensed += 4 * limits;
    hour.products += 10 * limits;
  } else {
    hour.linear += 4.0 * m->branch.n + 2 * limits;
    hour.hessian += m->losses ? 3.0 * m->branch.n : 0;
    hour.condensed += 2 * limits;
    hour.products += 3 * limits;
  }
  hour.jacobian += hour.linear;
  return hour;
}

/* Model and program of blocks. */
static PetscReal ModelBytes(Amount a, PetscBool ac)
{
  const PetscReal state = ac ? sizeof(BranchState) + sizeof(PetscReal) : sizeof(PetscReal);

  return a.branches * state + a.linear * 1.5 * (number_bytes + 2 * index_bytes) + a.n * (2 + 4) * number_bytes +
         a.m * 2 * number_bytes + (a.n + a.m) * 2 * index_bytes + (a.jacobian + a.hessian) * 2 * index_bytes +
         2 * (3 * a.n + a.m) * number_bytes;
}

/* Flat copies of blocks that have a border. */
static PetscReal BlocksBytes(Amount a)
{
  return a.n * (5 * number_bytes + 2 * index_bytes) + a.m * (3 * number_bytes + 2 * index_bytes) +
         (a.jacobian + a.hessian) * 2 * index_bytes;
}

static PetscReal InteriorPointBytes(Amount a)
{
  return (a.n + 3 * a.m) * (18 * number_bytes + sizeof(PetscBool)) +
         (11 * a.m + 3 * a.n + 2 * (a.n + a.m)) * number_bytes + (a.jacobian + a.hessian) * number_bytes +
         3 * index_bytes * a.m;
}

/* Assembly, factors, and what the analysis takes beside them; factors: of how many systems of alike size. */
static PetscReal SystemBytes(Amount a, PetscReal systems)
{
  const PetscReal size   = a.n + a.equal;
  const PetscReal matrix = size + a.hessian + a.jacobian - a.condensed + a.products / 2;
  const PetscReal growth = fill + fill_growth * PetscLogReal(PetscMax(1, size / PetscMax(1, systems)) / 100);
  const PetscReal maps   = (a.jacobian + a.hessian) * 4 * index_bytes + a.jacobian * number_bytes +
                         a.condensed * 3 * index_bytes + a.products * 4 * index_bytes + (a.n + a.m) * 6 * index_bytes;
  const PetscReal sorting = (size + a.hessian + a.jacobian + a.products) * 2 * number_bytes;
  const PetscReal factors = matrix * (2 * number_bytes + 2 * index_bytes) +
                            matrix * PetscMax(2, growth) * number_bytes + size * 12 * number_bytes;

  return maps + PetscMax(sorting, factors);
}

/* --- Regions and ranks --- */

typedef struct {
  PetscReal share;       /* of an hour of the network, with ties and foreign ends */
  PetscReal border;      /* unknowns of the border's hour it touches */
  PetscReal coordinates; /* of its ties, an hour */
  PetscReal connectors;  /* unknowns an hour that couple hours */
  PetscInt  rank;
} RegionAmount;

/* What couples hours: the energy of storage, and ramps. */
static void CountConnectors(OpfModel m, Partition partition, RegionAmount *region)
{
  const Network net = m->net;

  for (PetscInt k = 0; k < m->storage.n; k++)
    region[partition->bus_region[net->storage.bus[m->storage.row[k]]]].connectors += 1;
  for (PetscInt k = 0; k < m->ramp.n; k++)
    region[partition->bus_region[net->generator.bus[m->ramp.row[k]]]].connectors += 1;
}

static PetscErrorCode CountBorder(Network net, Partition partition, PetscBool ac, RegionAmount *region)
{
  const PetscReal unknowns = ac ? COVER_BUS_UNKNOWNS : COVER_BUS_UNKNOWNS_DC;
  PetscInt        n, *cover;
  PetscBool      *covered;

  PetscFunctionBeginUser;
  PetscCall(PartitionCover(partition, net, &n, &cover));
  PetscCall(PetscCalloc1(net->bus.n, &covered));
  for (PetscInt k = 0; k < n; k++) {
    covered[cover[k]] = PETSC_TRUE;
    region[partition->bus_region[cover[k]]].border += unknowns;
  }
  for (PetscInt k = 0; k < partition->n_ties; k++) {
    const Tie *tie = &partition->tie[k];

    region[covered[tie->from] ? tie->to_region : tie->from_region].border += unknowns;
    region[tie->from_region].coordinates += tie->is_link ? 1 : unknowns;
    region[tie->to_region].coordinates += tie->is_link ? 1 : unknowns;
  }
  PetscCall(PetscFree(covered));
  PetscCall(PetscFree(cover));
  PetscFunctionReturn(0);
}

/* As PartitionAssignRanks does: the largest first onto the least loaded rank; here by buses where nothing else is known. */
static PetscErrorCode AssignRanks(Partition partition, PetscInt ranks, RegionAmount *region)
{
  PetscReal *load;

  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < partition->n_regions; r++)
    region[r].rank = partition->n_ranks == ranks ? partition->rank[r] : -1;
  if (partition->n_ranks == ranks) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(ranks, &load));
  for (PetscInt k = 0; k < partition->n_regions; k++) {
    PetscInt largest = -1, least = 0;

    for (PetscInt r = 0; r < partition->n_regions; r++)
      if (region[r].rank < 0 && (largest < 0 || region[r].share > region[largest].share)) largest = r;
    for (PetscInt r = 1; r < ranks; r++)
      if (load[r] < load[least]) least = r;
    region[largest].rank = least;
    load[least] += region[largest].share;
  }
  PetscCall(PetscFree(load));
  PetscFunctionReturn(0);
}

/* Shares by buses and branches, of which an hour's unknowns are made; a tie stands on both sides. */
static PetscErrorCode CountRegions(OpfModel m, Partition partition, PetscInt ranks, RegionAmount **out)
{
  const Network   net = m->net;
  const PetscReal all = net->bus.n + net->branch.n;
  RegionAmount   *region;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(partition->n_regions, &region));
  *out = region;
  for (PetscInt b = 0; b < net->bus.n; b++) region[partition->bus_region[b]].share += 1 / all;
  for (PetscInt b = 0; b < net->branch.n; b++) region[partition->bus_region[net->branch.from[b]]].share += 1 / all;
  for (PetscInt k = 0; k < partition->n_ties; k++) {
    region[partition->tie[k].from_region].share += 0.5 / all;
    region[partition->tie[k].to_region].share += 1.5 / all;
  }
  CountConnectors(m, partition, region);
  PetscCall(CountBorder(net, partition, m->ac, region));
  PetscCall(AssignRanks(partition, ranks, region));
  PetscFunctionReturn(0);
}

/* The dense matrices that a region leaves to the border, in numbers of a triangle: by hours with its connectors, or one for the
   whole window, whichever is less work. */
static PetscReal CliqueEntries(const RegionAmount *r, PetscReal hours)
{
  const PetscReal k = r->border + 2 * r->connectors, whole = hours * r->border;
  const PetscReal by_hours = hours * k * k * k, at_once = whole * whole * (hours * r->connectors + whole / 3);

  if (hours < 2 || by_hours >= at_once) return whole * whole / 2;
  return hours * k * k / 2;
}

/* The border's system on every rank, and what it is made of here. */
static PetscReal BorderBytes(Partition partition, const RegionAmount *region, PetscReal hours, PetscInt rank)
{
  PetscReal all = 0, here = 0;

  for (PetscInt r = 0; r < partition->n_regions; r++) {
    const PetscReal entries = CliqueEntries(&region[r], hours);

    all += entries;
    if (region[r].rank == rank) here += entries;
  }
  return all * (2 * number_bytes + index_bytes + 2 * number_bytes) + here * 4 * number_bytes;
}

static PetscReal CoordinateBytes(PetscReal coordinates, PetscReal hours)
{
  const PetscReal n = coordinates * hours, stretches = hours > 1 ? 2 : 1;

  return n * (20 + stretches * 4 * anderson) * number_bytes;
}

/* Of one rank, by the interior point over blocks or by ADMM. */
static PetscReal RankBytes(Partition partition, const RegionAmount *region, Amount hour, const OpfOptions *options,
                           PetscBool admm, PetscInt rank)
{
  const PetscBool ac    = (PetscBool)(options->physics == PHYSICS_AC);
  PetscReal       bytes = 0, coordinates = 0;

  for (PetscInt r = 0; r < partition->n_regions; r++) {
    const Amount a = Times(hour, options->hours * region[r].share);

    if (region[r].rank != rank) continue;
    bytes += ModelBytes(a, ac) + InteriorPointBytes(a) + SystemBytes(a, options->hours) + (admm ? 0 : BlocksBytes(a));
    coordinates += region[r].coordinates;
  }
  return bytes +
         (admm ? CoordinateBytes(coordinates, options->hours) : BorderBytes(partition, region, options->hours, rank));
}

static PetscErrorCode RegionalBytes(OpfModel m, Partition partition, const OpfOptions *options, PetscInt ranks,
                                    PetscReal *bytes)
{
  const Amount  hour   = CountHour(m);
  RegionAmount *region = NULL;

  PetscFunctionBeginUser;
  *bytes = 0;
  PetscCall(CountRegions(m, partition, ranks, &region));
  for (PetscInt rank = 0; rank < ranks; rank++) {
    if (options->method != METHOD_INTERIOR_POINT)
      *bytes = PetscMax(*bytes, RankBytes(partition, region, hour, options, PETSC_TRUE, rank));
    if (options->method != METHOD_ADMM)
      *bytes = PetscMax(*bytes, RankBytes(partition, region, hour, options, PETSC_FALSE, rank));
  }
  PetscCall(PetscFree(region));
  PetscFunctionReturn(0);
}

/* --- What every rank holds --- */

static PetscReal NetworkBytes(Network net)
{
  const PetscReal rows =
      net->bus.n + net->branch.n + net->generator.n + net->load.n + net->shunt.n + net->link.n + net->storage.n;

  return rows * row_bytes + (PetscReal)net->series.n * net->series.n_snapshots * number_bytes;
}

static PetscReal DispatchBytes(Network net, PetscInt hours)
{
  return hours * number_bytes *
         (9.0 * net->bus.n + 7.0 * net->branch.n + 3.0 * net->generator.n + 4.0 * net->load.n + 6.0 * net->link.n +
          5.0 * net->storage.n);
}

PetscErrorCode OpfEstimateMemory(Network net, Partition partition, const OpfOptions *options, PetscInt ranks,
                                 PetscReal *bytes)
{
  const PetscBool regions = (PetscBool)(partition && partition->n_regions > 1);
  OpfModelOptions few     = OpfModelOptionsFrom(options);
  OpfModel        m;
  PetscReal       solve;

  PetscFunctionBeginUser;
  few.hours = PetscMin(2, options->hours); /* two have what couples hours */
  PetscCall(OpfModelCreate(net, &few, &m));
  if (regions)
    PetscCall(RegionalBytes(m, partition, options, PetscMax(1, ranks), &solve));
  else {
    const Amount a = Times(CountHour(m), options->hours);

    solve = ModelBytes(a, m->ac) + InteriorPointBytes(a) + SystemBytes(a, options->hours);
  }
  PetscCall(OpfModelDestroy(&m));
  *bytes = program_bytes + NetworkBytes(net) + spare * (solve + (regions ? 3 : 2) * DispatchBytes(net, options->hours));
  PetscFunctionReturn(0);
}
