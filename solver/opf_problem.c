/* The optimal power flow as blocks: regions' models, the border's numbering, solutions back and forth. */
#include "solver/opf_problem.h"

#include "partition/cover.h"
#include "solver/opf_start.h"
#include "solver/watch_lead.h"

/* Powers up to this are the method's tolerance, not a use of both directions at once (per unit). */
static const PetscReal simultaneous_threshold = 1e-4;
static const PetscInt  most_rounds            = 4;

struct _p_OpfProblem {
  MPI_Comm      comm;
  PetscMPIInt   rank;
  Network       net;
  PetscInt      n_regions, n_local;
  OpfRegion    *region;         /* [n_local] */
  PetscReal    *initial_energy; /* work of the regions' options */
  PetscReal     shortage_price;
  PetscInt     *reserve_home; /* [reserves] lowest region with a bus of it: there its requirement stands; -1: no bus */
  PetscBool    *reserve_shared;                /* [reserves] other regions have buses of it, too */
  PetscInt      n_cover, *cover;               /* covered buses, ascending */
  PetscInt      n_items[2];                    /* border variables, border rows */
  PetscInt    **border_variable, **border_row; /* [n_local] maps of the blocks */
  PetscInt     *border_group;
  Blocks        blocks; /* NULL where this rank takes no part */
  InteriorPoint ip;
  PetscReal    *x, *lambda, *zl, *zu; /* flat */
  PetscBool     started;
};

/* Kinds of border items at a covered bus. */
enum { ITEM_VA, ITEM_VM, ITEM_VARIABLES, ITEM_P = 0, ITEM_Q, ITEM_ROWS };

/* Index in a region's program of an item at bus `row` of its network, or -1. */
static PetscInt ItemIndex(const OpfRegion *r, PetscBool rows, PetscInt kind, PetscInt row, PetscInt hour)
{
  if (rows) return OpfModelBalanceRow(r->model, (PetscBool)(kind == ITEM_Q), row, hour);
  return OpfModelVariable(r->model, kind == ITEM_VM ? OPF_VM : OPF_VA, row, hour);
}

/* Position of a bus among the covered ones, or -1. */
static PetscInt FindCovered(OpfProblem p, PetscInt bus)
{
  PetscInt at;

  if (PetscFindInt(bus, p->n_cover, p->cover, &at) || at < 0) return -1;
  return at;
}

/* Fills map [program's variables or rows] with the number of the border item, as far as a region has it; number [hours][cover][kinds]
   NULL: with any, to see which there are. */
static void MapItems(OpfProblem p, const OpfRegion *r, PetscBool rows, PetscInt hours, const PetscInt *number,
                     PetscInt *map, PetscReal *there)
{
  const PetscInt kinds = rows ? ITEM_ROWS : ITEM_VARIABLES;

  for (PetscInt b = 0; b < r->part->net->bus.n; b++) {
    const PetscInt c = FindCovered(p, r->part->bus[b]);

    for (PetscInt t = 0; c >= 0 && t < hours; t++) {
      for (PetscInt k = 0; k < kinds; k++) {
        const PetscInt i = ItemIndex(r, rows, k, b, t), at = (t * p->n_cover + c) * kinds + k;

        if (i < 0) continue;
        if (there) there[at] = 1;
        if (map) map[i] = number[at];
      }
    }
  }
}

/* The same for the rows of reserves that several regions share, numbered behind the buses' items. */
static void MapReserves(OpfProblem p, const OpfRegion *r, PetscInt hours, const PetscInt *number, PetscInt *map,
                        PetscReal *there)
{
  for (PetscInt k = 0; k < r->part->net->reserve.n; k++) {
    const PetscInt whole = r->part->reserve[k];

    for (PetscInt t = 0; p->reserve_shared[whole] && t < hours; t++) {
      const PetscInt i = OpfModelReserveRow(r->model, k, t), at = t * p->net->reserve.n + whole;

      if (i < 0) continue;
      if (there) there[at] = 1;
      if (map) map[i] = number[at];
    }
  }
}

/* The same for the one row of the emissions' cap, behind the reserves' rows. */
static void MapCap(const OpfRegion *r, const PetscInt *number, PetscInt *map, PetscReal *there)
{
  const PetscInt i = OpfModelCapRow(r->model);

  if (i < 0) return;
  if (there) there[0] = 1;
  if (map) map[i] = number[0];
}

/* Numbers the items that any region has, hour by hour, and maps the regions' onto them. */
static PetscErrorCode NumberItems(OpfProblem p, PetscBool rows, PetscInt hours, PetscInt *group, PetscInt **map)
{
  const PetscInt kinds = rows ? ITEM_ROWS : ITEM_VARIABLES, at_buses = hours * p->n_cover * kinds;
  const PetscInt at_cap = at_buses + (rows ? hours * p->net->reserve.n : 0), n = at_cap + (rows ? 1 : 0);
  PetscReal     *there;
  PetscInt      *number, count = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(n, &there, n, &number));
  for (PetscInt k = 0; k < p->n_local; k++) {
    MapItems(p, &p->region[k], rows, hours, NULL, NULL, there);
    if (!rows) continue;
    MapReserves(p, &p->region[k], hours, NULL, NULL, there + at_buses);
    MapCap(&p->region[k], NULL, NULL, there + at_cap);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, there, (PetscMPIInt)n, MPIU_REAL, MPI_MAX, p->comm));
  for (PetscInt i = 0; i < n; i++) {
    number[i] = there[i] > 0 ? count : -1;
    if (there[i] > 0) group[count++] = i < at_buses ? i / kinds : hours * p->n_cover + i - at_buses;
  }
  p->n_items[rows] = count;
  for (PetscInt k = 0; k < p->n_local; k++) {
    const Program  program = OpfModelProgram(p->region[k].model);
    const PetscInt size    = rows ? program->m : program->n;

    PetscCall(PetscMalloc1(size, &map[k]));
    for (PetscInt i = 0; i < size; i++) map[k][i] = -1;
    MapItems(p, &p->region[k], rows, hours, number, map[k], NULL);
    if (!rows) continue;
    MapReserves(p, &p->region[k], hours, number + at_buses, map[k], NULL);
    MapCap(&p->region[k], number + at_cap, map[k], NULL);
  }
  PetscCall(PetscFree2(there, number));
  PetscFunctionReturn(0);
}

/* Where each reserve's requirement stands, and whether regions share it. */
static PetscErrorCode FindReserves(OpfProblem p, Partition partition)
{
  const PetscInt n = p->net->reserve.n;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(n, &p->reserve_home, n, &p->reserve_shared));
  for (PetscInt r = 0; r < n; r++) {
    p->reserve_home[r] = -1;
    for (PetscInt b = 0; b < p->net->bus.n; b++) {
      const PetscInt region = partition->bus_region[b];

      if (p->net->bus.type[b] == BUS_ISOLATED || !NetworkReserveCovers(p->net, r, b)) continue;
      if (p->reserve_home[r] >= 0 && region != p->reserve_home[r]) p->reserve_shared[r] = PETSC_TRUE;
      if (p->reserve_home[r] < 0 || region < p->reserve_home[r]) p->reserve_home[r] = region;
    }
  }
  PetscFunctionReturn(0);
}

/* The whole network's start, for a region's buses. */
static PetscErrorCode PickStart(const RegionNetwork *part, PetscInt hours, PetscInt n_whole, const PetscReal *whole,
                                PetscReal **start)
{
  const PetscInt n = part->net->bus.n;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(hours * n, start));
  for (PetscInt t = 0; t < hours; t++)
    for (PetscInt b = 0; b < n; b++) (*start)[t * n + b] = whole[t * n_whole + part->bus[b]];
  PetscFunctionReturn(0);
}

static PetscErrorCode RegionSetUp(OpfProblem p, Partition partition, const PetscBool *covered,
                                  const OpfModelOptions *options, PetscInt region, OpfRegion *r)
{
  OpfModelOptions own       = *options;
  PetscBool      *elsewhere = NULL;
  PetscReal      *va = NULL, *vm = NULL;
  Program         program;

  PetscFunctionBeginUser;
  r->region = region;
  if (partition) {
    PetscCall(BlockNetworkCreate(p->net, partition, covered, region, &r->part));
    own.foreign = r->part->external;
    if (options->start_va) {
      PetscCall(PickStart(r->part, options->hours, p->net->bus.n, options->start_va, &va));
      PetscCall(PickStart(r->part, options->hours, p->net->bus.n, options->start_vm, &vm));
      own.start_va = va;
      own.start_vm = vm;
    }
    own.initial_energy = p->initial_energy;
    PetscCall(PetscMalloc1(r->part->net->reserve.n, &elsewhere));
    for (PetscInt k = 0; k < r->part->net->reserve.n; k++)
      elsewhere[k] = (PetscBool)(p->reserve_home[r->part->reserve[k]] != region);
    own.reserve_elsewhere = elsewhere;
    own.cap_elsewhere     = (PetscBool)(region > 0);
    for (PetscInt s = 0; s < r->part->net->storage.n; s++) {
      p->initial_energy[s] = options->initial_energy ? options->initial_energy[r->part->storage[s]]
                                                     : r->part->net->storage.e_initial_mwh[s];
    }
  }
  PetscCall(OpfModelCreate(r->part ? r->part->net : p->net, &own, &r->model));
  PetscCall(PetscFree(elsewhere));
  PetscCall(OpfModelSetUp(r->model));
  PetscCall(PetscFree(va));
  PetscCall(PetscFree(vm));
  program = OpfModelProgram(r->model);
  PetscCall(PetscCalloc4(program->n, &r->x, program->m, &r->lambda, program->n, &r->zl, program->n, &r->zu));
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateBlocks(OpfProblem p, PetscInt hours)
{
  const PetscInt n = hours * p->n_cover;
  BlockInput    *input;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n * (ITEM_VARIABLES + ITEM_ROWS) + hours * p->net->reserve.n + 1, &p->border_group));
  PetscCall(NumberItems(p, PETSC_FALSE, hours, p->border_group, p->border_variable));
  PetscCall(NumberItems(p, PETSC_TRUE, hours, p->border_group + p->n_items[0], p->border_row));
  PetscCall(PetscCalloc1(p->n_local, &input));
  for (PetscInt k = 0; k < p->n_local; k++) {
    input[k] =
        (BlockInput){p->region[k].region, OpfModelProgram(p->region[k].model), p->border_variable[k], p->border_row[k]};
  }
  PetscCall(BlocksCreate(p->comm, p->n_regions, p->n_items[0], p->n_items[1], p->n_local, input, p->border_group,
                         &p->blocks));
  PetscCall(PetscFree(input));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetUpRegions(OpfProblem p, Partition partition, const OpfModelOptions *options)
{
  PetscBool *covered;

  PetscFunctionBeginUser;
  PetscCall(FindReserves(p, partition));
  PetscCall(PartitionCover(partition, p->net, &p->n_cover, &p->cover));
  PetscCall(PetscCalloc1(p->net->bus.n, &covered));
  for (PetscInt k = 0; k < p->n_cover; k++) covered[p->cover[k]] = PETSC_TRUE;
  for (PetscInt r = 0; r < p->n_regions; r++) {
    if (partition->rank[r] != p->rank) continue;
    PetscCall(RegionSetUp(p, partition, covered, options, r, &p->region[p->n_local++]));
  }
  PetscCall(PetscFree(covered));
  PetscCall(CreateBlocks(p, options->hours));
  PetscFunctionReturn(0);
}

/* Regions that begin where the whole network does. */
static PetscErrorCode SetUpRegionsFromStart(OpfProblem p, Partition partition, OpfModelOptions *options)
{
  const PetscInt n = options->physics == PHYSICS_AC ? options->hours * p->net->bus.n : 0;
  PetscReal     *va, *vm;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &va, n, &vm));
  if (n > 0 && !options->start_va && !options->flat_start) {
    PetscCall(OpfStart(p->net, options->hours, options->first_snapshot, va, vm));
    options->start_va = va;
    options->start_vm = vm;
  }
  PetscCall(SetUpRegions(p, partition, options));
  PetscCall(PetscFree2(va, vm));
  PetscFunctionReturn(0);
}

/* Scale of the objective and price of shortage, which all regions share. */
static PetscErrorCode SharedScales(Network net, OpfModelOptions *options)
{
  OpfModel model;

  PetscFunctionBeginUser;
  PetscCall(OpfModelCreate(net, options, &model));
  options->mean_cost      = OpfModelMeanCost(model);
  options->shortage_price = OpfModelShortagePrice(model);
  PetscCall(OpfModelDestroy(&model));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfProblemCreate(MPI_Comm comm, Network net, Partition partition, const OpfModelOptions *given,
                                OpfProblem *problem)
{
  OpfModelOptions options = *given;
  OpfProblem      p;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&p));
  *problem     = p;
  p->comm      = comm;
  p->net       = net;
  p->n_regions = partition ? partition->n_regions : 1;
  PetscCallMPI(MPI_Comm_rank(comm, &p->rank));
  PetscCall(PetscCalloc3(p->n_regions, &p->region, p->n_regions, &p->border_variable, p->n_regions, &p->border_row));
  PetscCall(PetscMalloc1(net->storage.n, &p->initial_energy));
  PetscCall(SharedScales(net, &options));
  p->shortage_price = options.shortage_price;
  if (p->n_regions > 1)
    PetscCall(SetUpRegionsFromStart(p, partition, &options));
  else if (p->rank == 0) {
    PetscCall(RegionSetUp(p, NULL, NULL, &options, 0, &p->region[p->n_local++]));
    PetscCall(BlocksCreateSingle(OpfModelProgram(p->region[0].model), &p->blocks));
  }
  if (!p->blocks) PetscFunctionReturn(0);
  PetscCall(InteriorPointCreateBlocks(p->blocks, &p->ip));
  PetscCall(PetscCalloc4(p->blocks->n, &p->x, p->blocks->m, &p->lambda, p->blocks->n, &p->zl, p->blocks->n, &p->zu));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfProblemDestroy(OpfProblem *problem)
{
  OpfProblem p = *problem;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  PetscCall(InteriorPointDestroy(&p->ip));
  PetscCall(BlocksDestroy(&p->blocks));
  for (PetscInt k = 0; k < p->n_local; k++) {
    OpfRegion *r = &p->region[k];

    PetscCall(PetscFree4(r->x, r->lambda, r->zl, r->zu));
    PetscCall(OpfModelDestroy(&r->model));
    PetscCall(RegionNetworkDestroy(&r->part));
    PetscCall(PetscFree(p->border_variable[k]));
    PetscCall(PetscFree(p->border_row[k]));
  }
  PetscCall(PetscFree3(p->region, p->border_variable, p->border_row));
  PetscCall(PetscFree(p->initial_energy));
  PetscCall(PetscFree2(p->reserve_home, p->reserve_shared));
  PetscCall(PetscFree(p->cover));
  PetscCall(PetscFree(p->border_group));
  PetscCall(PetscFree4(p->x, p->lambda, p->zl, p->zu));
  PetscCall(PetscFree(*problem));
  PetscFunctionReturn(0);
}

/* Flat vectors to those of the regions' own programs. */
static void Distribute(OpfProblem p)
{
  for (PetscInt k = 0; k < p->n_local; k++) {
    const Block *block = &p->blocks->block[k];
    OpfRegion   *r     = &p->region[k];

    BlockGatherVariables(block, p->x, r->x);
    BlockGatherVariables(block, p->zl, r->zl);
    BlockGatherVariables(block, p->zu, r->zu);
    BlockGatherRows(block, p->lambda, r->lambda);
  }
}

PetscErrorCode OpfProblemSolve(OpfProblem p, const InteriorPointOptions *given, InteriorPointResult *result)
{
  InteriorPointOptions options = *given;
  struct _s_Watch      led;
  WatchLeader          leader;
  const PetscBool      alone = (PetscBool)(p->n_regions == 1 && given->watch); /* the others must keep its watch */

  PetscFunctionBeginUser;
  if (alone && p->rank == 0) {
    WatchLead(p->comm, given->watch, &leader, &led);
    options.watch = &led;
  }
  if (p->blocks) {
    if (!p->started || !options.warm_start) { /* bounds may have changed since */
      PetscCall(BlocksUpdate(p->blocks));
      options.warm_start = PETSC_FALSE;
      PetscCall(PetscArraycpy(p->x, p->blocks->x0, p->blocks->n));
    }
    PetscCall(InteriorPointSolve(p->ip, &options, p->x, p->lambda, p->zl, p->zu, result));
    Distribute(p);
  }
  if (alone && p->rank == 0) PetscCall(WatchLeadEnd(&leader));
  if (alone && p->rank > 0) PetscCall(WatchFollow(p->comm, given->watch));
  p->started = PETSC_TRUE;
  PetscCallMPI(MPI_Bcast(result, sizeof *result, MPI_BYTE, 0, p->comm));
  PetscFunctionReturn(0);
}

/* Fixes what the regions here find, and counts it over all. */
static PetscErrorCode FixFound(OpfProblem p, PetscInt *found)
{
  PetscFunctionBeginUser;
  *found = 0;
  for (PetscInt k = 0; k < p->n_local; k++) {
    const OpfRegion *r = &p->region[k];
    OpfSimultaneous *list;
    PetscInt         n;

    PetscCall(OpfModelFindSimultaneous(r->model, r->x, simultaneous_threshold * p->net->base_mva, &n, &list));
    PetscCall(OpfModelFixDirections(r->model, n, list));
    PetscCall(PetscFree(list));
    *found += n;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, found, 1, MPIU_INT, MPI_SUM, p->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfProblemFixDirections(OpfProblem p, const InteriorPointOptions *given, InteriorPointResult *result,
                                       PetscInt *fixed)
{
  InteriorPointOptions options =
      *given; /* cold: a point at the bounds that are now taken away is no good to start from */
  PetscInt found;

  PetscFunctionBeginUser;
  *fixed             = 0;
  options.warm_start = PETSC_FALSE;
  for (PetscInt round = 0; round < most_rounds && result->status == SOLVE_OPTIMAL; round++) {
    const PetscInt iterations = result->iterations;

    PetscCall(FixFound(p, &found));
    if (found == 0) break;
    *fixed += found;
    PetscCall(OpfProblemSolve(p, &options, result));
    result->iterations += iterations;
  }
  PetscFunctionReturn(0);
}

/* Each region's value of a function of its solution, added in region order. */
PetscErrorCode OpfProblemCost(OpfProblem p, PetscReal *cost)
{
  PetscReal *value;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(p->n_regions, &value));
  for (PetscInt k = 0; k < p->n_local; k++) {
    PetscCall(OpfModelCost(p->region[k].model, p->region[k].x, &value[p->region[k].region]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, (PetscMPIInt)p->n_regions, MPIU_REAL, MPI_SUM, p->comm));
  *cost = 0;
  for (PetscInt r = 0; r < p->n_regions; r++) *cost += value[r];
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfProblemCapPrice(OpfProblem p, PetscReal *price)
{
  PetscFunctionBeginUser;
  *price = 0;
  for (PetscInt k = 0; k < p->n_local; k++)
    *price = PetscMax(*price, OpfModelCapPrice(p->region[k].model, p->region[k].lambda));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, price, 1, MPIU_REAL, MPI_MAX, p->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfProblemStore(OpfProblem p, Dispatch dispatch)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < p->n_local; k++) {
    const OpfRegion *r = &p->region[k];

    PetscCall(OpfModelStore(r->model, r->x, r->lambda, r->zl, r->zu, r->part, dispatch));
  }
  PetscCall(DispatchMerge(p->comm, dispatch));
  PetscFunctionReturn(0);
}

void OpfProblemSetShortagePrice(OpfProblem p, PetscReal price)
{
  p->shortage_price = price;
  for (PetscInt k = 0; k < p->n_local; k++) OpfModelSetShortagePrice(p->region[k].model, price);
}

PetscReal OpfProblemShortagePrice(OpfProblem p)
{
  return p->shortage_price;
}

PetscInt OpfProblemBorderSize(OpfProblem p)
{
  return p->n_items[0] + p->n_items[1];
}

size_t OpfProblemBytesSent(OpfProblem p)
{
  return p->blocks ? p->blocks->bytes_sent : 0;
}

PetscInt OpfProblemRegions(OpfProblem p)
{
  return p->n_local;
}

const OpfRegion *OpfProblemRegion(OpfProblem p, PetscInt k)
{
  return &p->region[k];
}
