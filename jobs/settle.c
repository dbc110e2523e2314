/* From a dispatch to money to leaves: each rank settles the regions it holds and hashes their entries; what they add
   to the log stays with them, block by block. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "jobs/run.h"
#include "market/settlement.h"

/* A bus may lack this much, per unit, in the settlement; what it lacks is booked as unaccounted. */
static const PetscReal MISMATCH_LIMIT_PU = 1e-4;

/* The settlement's input as arrays of its own types. */
typedef struct {
  SettlementInput   in;
  int32_t          *bus_number, *bus_region;
  SettlementAsset  *asset;
  SettlementBranch *branch;
  PetscInt         *branch_row; /* row of the network's table of each settled branch */
  double           *asset_mw, *from_mw, *to_mw, *shunt_mw;
} Books;

static PetscErrorCode AddBuses(Run run, Books *books)
{
  PetscInt n = run->net->bus.n;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &books->bus_number, n, &books->bus_region));
  for (PetscInt b = 0; b < n; b++) {
    books->bus_number[b] = (int32_t)run->net->bus.number[b];
    books->bus_region[b] = (int32_t)run->partition->bus_region[b];
  }
  books->in.n_buses    = (size_t)n;
  books->in.bus_number = books->bus_number;
  books->in.bus_region = books->bus_region;
  PetscFunctionReturn(0);
}

static void PutAsset(Books *books, size_t at, SettlementAssetKind kind, PetscInt participant, PetscInt bus,
                     const char *name)
{
  books->asset[at] = (SettlementAsset){kind, (int32_t)participant, (int32_t)bus, name};
}

/* The further outputs of links, as one asset each behind the two ends: what a converter delivers at its other buses. */
static size_t CountOutputs(const LinkTable *link)
{
  size_t n = 0;
  for (PetscInt k = 0; k < link->n; k++) n += (size_t)(link->to2[k] >= 0) + (size_t)(link->to3[k] >= 0);
  return n;
}

static size_t PutLink(Books *books, size_t at, const LinkTable *link, PetscInt k, PetscInt owner)
{
  PutAsset(books, at++, SETTLEMENT_LINK_END, owner, link->from[k], link->name[k]);
  PutAsset(books, at++, SETTLEMENT_LINK_END, owner, link->to[k], link->name[k]);
  if (link->to2[k] >= 0) PutAsset(books, at++, SETTLEMENT_LINK_END, owner, link->to2[k], link->name[k]);
  if (link->to3[k] >= 0) PutAsset(books, at++, SETTLEMENT_LINK_END, owner, link->to3[k], link->name[k]);
  return at;
}

/* Generators, loads, storage units, then the ends of every link. */
static PetscErrorCode AddAssets(Run run, Dispatch d, Books *books)
{
  Network      net = run->net;
  Participants p   = run->participants;
  size_t  n = (size_t)(d->n_generator + d->n_load + d->n_storage + 2 * d->n_link) + CountOutputs(&net->link), at = 0;
  double *mw;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &books->asset, n * (size_t)d->hours, &books->asset_mw));
  for (PetscInt k = 0; k < d->n_generator; k++)
    PutAsset(books, at++, SETTLEMENT_GENERATOR, p->of_generator[k], net->generator.bus[k], net->generator.name[k]);
  for (PetscInt k = 0; k < d->n_load; k++)
    PutAsset(books, at++, SETTLEMENT_LOAD, p->of_load[k], net->load.bus[k], net->load.name[k]);
  for (PetscInt k = 0; k < d->n_storage; k++)
    PutAsset(books, at++, SETTLEMENT_STORAGE, p->of_storage[k], net->storage.bus[k], net->storage.name[k]);
  for (PetscInt k = 0; k < d->n_link; k++) at = PutLink(books, at, &net->link, k, p->of_link[k]);
  mw = books->asset_mw;
  for (PetscInt t = 0; t < d->hours; t++) {
    for (PetscInt k = 0; k < d->n_generator; k++) *mw++ = d->generator_p[t * d->n_generator + k];
    for (PetscInt k = 0; k < d->n_load; k++) *mw++ = -d->load_p[t * d->n_load + k];
    for (PetscInt k = 0; k < d->n_storage; k++)
      *mw++ = d->storage_discharge[t * d->n_storage + k] - d->storage_charge[t * d->n_storage + k];
    for (PetscInt k = 0; k < d->n_link; k++) {
      *mw++ = -d->link_p_from[t * d->n_link + k];
      *mw++ = d->link_p_to[t * d->n_link + k];
      if (net->link.to2[k] >= 0) *mw++ = d->link_p_to2[t * d->n_link + k];
      if (net->link.to3[k] >= 0) *mw++ = d->link_p_to3[t * d->n_link + k];
    }
  }
  books->in.n_assets = n;
  books->in.asset    = books->asset;
  books->in.asset_mw = books->asset_mw;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBranches(Run run, Dispatch d, Books *books)
{
  const BranchTable *branch = &run->net->branch;
  PetscInt           n      = 0;
  size_t             cells;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(branch->n, &books->branch, branch->n, &books->branch_row));
  for (PetscInt k = 0; k < branch->n; k++) {
    if (!branch->in_service[k]) continue;
    books->branch[n]       = (SettlementBranch){(int32_t)branch->from[k], (int32_t)branch->to[k], branch->name[k]};
    books->branch_row[n++] = k;
  }
  cells = (size_t)n * (size_t)d->hours;
  PetscCall(PetscMalloc2(cells, &books->from_mw, cells, &books->to_mw));
  for (PetscInt t = 0; t < d->hours; t++)
    for (PetscInt k = 0; k < n; k++) {
      books->from_mw[t * n + k] = d->branch_p_from[t * d->n_branch + books->branch_row[k]];
      books->to_mw[t * n + k]   = d->branch_p_to[t * d->n_branch + books->branch_row[k]];
    }
  books->in.n_branches     = (size_t)n;
  books->in.branch         = books->branch;
  books->in.branch_from_mw = books->from_mw;
  books->in.branch_to_mw   = books->to_mw;
  PetscFunctionReturn(0);
}

/* A shunt takes g V^2; without voltages, g. */
static PetscErrorCode AddShunts(Run run, Dispatch d, Books *books)
{
  const ShuntTable *shunt = &run->net->shunt;
  PetscBool         ac    = RunPhysics(run) == PHYSICS_AC ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(d->hours * d->n_bus, &books->shunt_mw));
  for (PetscInt t = 0; t < d->hours; t++)
    for (PetscInt k = 0; k < shunt->n; k++) {
      PetscInt at = t * d->n_bus + shunt->bus[k];
      double   v  = ac ? d->vm_pu[at] : 1;
      if (shunt->in_service[k]) books->shunt_mw[at] += shunt->g_mw[k] * v * v;
    }
  books->in.shunt_mw = books->shunt_mw;
  PetscFunctionReturn(0);
}

static PetscErrorCode OpenBooks(Run run, const Window *window, Books *books)
{
  SettlementInput *in = &books->in;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(books, sizeof *books));
  in->study             = run->study->name;
  in->policy            = run->study->policy;
  in->currency          = run->study->currency;
  in->window            = (uint32_t)window->number;
  in->window_start      = window->start;
  in->intervals         = (size_t)window->dispatch->hours;
  in->step_hours        = window->dispatch->step_hours;
  in->n_regions         = (size_t)run->partition->n_regions;
  in->n_participants    = (size_t)run->participants->n;
  in->region_name       = (const char *const *)run->partition->name;
  in->participant_name  = (const char *const *)run->participants->name;
  in->price             = window->dispatch->price;
  in->mismatch_limit_mw = MISMATCH_LIMIT_PU * run->net->base_mva;
  PetscCall(AddBuses(run, books));
  PetscCall(AddAssets(run, window->dispatch, books));
  PetscCall(AddBranches(run, window->dispatch, books));
  PetscCall(AddShunts(run, window->dispatch, books));
  PetscFunctionReturn(0);
}

static PetscErrorCode CloseBooks(Books *books)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(books->bus_number, books->bus_region));
  PetscCall(PetscFree2(books->asset, books->asset_mw));
  PetscCall(PetscFree2(books->branch, books->branch_row));
  PetscCall(PetscFree2(books->from_mw, books->to_mw));
  PetscCall(PetscFree(books->shunt_mw));
  PetscFunctionReturn(0);
}

/* Settles the regions of this rank. */
static PetscErrorCode Settle(Run run, const Window *window, Settlement *settlement)
{
  Books       books;
  bool       *mine;
  MarketError error;

  PetscFunctionBeginUser;
  *settlement = NULL;
  PetscCall(OpenBooks(run, window, &books));
  PetscCall(PetscCalloc1(run->partition->n_regions, &mine));
  for (PetscInt r = 0; r < run->partition->n_regions; r++) mine[r] = run->partition->rank[r] == run->job->rank;
  if (SettlementCreate(&books.in, mine, settlement, &error) != MARKET_OK)
    JobFail(run->job, error.status == MARKET_NO_MEMORY ? JOB_INTERNAL : JOB_UNSOLVED, "settlement of window %d: %.500s",
            (int)window->number, error.text);
  PetscCall(PetscFree(mine));
  PetscCall(CloseBooks(&books));
  PetscFunctionReturn(0);
}

/* A region's block: its entries in the order of the log. */
static PetscErrorCode FillBlock(Settlement settlement, uint32_t region, LogBlock *block)
{
  size_t      first, count, size;
  uint8_t     bytes[ENTRY_SIZE_MAX];
  MarketError error;

  PetscFunctionBeginUser;
  SettlementRegionRange(settlement, region, &first, &count);
  block->n = count;
  for (size_t k = first; k < first + count; k++) {
    PetscCheck(SettlementEntryEncode(&settlement->entry[k], bytes, sizeof bytes, &size, &error) == MARKET_OK,
               PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
    LogBlockAdd(block, bytes, size);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeBlocks(Run run, Settlement settlement, Window *window)
{
  unsigned long long start = run->job->rank ? 0 : LedgerWriterSize(run->writer);
  uint64_t           end;

  PetscFunctionBeginUser;
  window->n_blocks = run->partition->n_regions;
  PetscCall(PetscCalloc1(window->n_blocks, &window->block));
  for (PetscInt r = 0; r < run->partition->n_regions; r++) {
    window->block[r].owner = (int)run->partition->rank[r];
    if (window->block[r].owner == run->job->rank) PetscCall(FillBlock(settlement, (uint32_t)r, &window->block[r]));
  }
  PetscCallMPI(MPI_Bcast(&start, 1, MPI_UNSIGNED_LONG_LONG, 0, run->job->comm));
  window->log_start = start;
  PetscCall(LogBlocksPlace(run->job, window->n_blocks, window->block, start, &end));
  window->n_entries = end - start;
  for (PetscInt k = 0; k < window->n_blocks; k++)
    if (window->block[k].owner == run->job->rank) PetscCall(LogBlockHash(&window->block[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowSettle(Run run, Window *window)
{
  Settlement settlement;

  PetscFunctionBeginUser;
  ProgressStage(&run->progress, "settlement");
  PetscCall(Settle(run, window, &settlement));
  PetscCall(JobAgree(run->job));
  if (run->job->status == JOB_DONE) {
    PetscCall(TallyCreate(window->dispatch->hours, RunAccounts(run), &window->tally));
    TallyAdd(&window->tally, settlement);
    PetscCall(TallyReduce(run->job, &window->tally));
    PetscCall(MakeBlocks(run, settlement, window));
  }
  SettlementDestroy(&settlement);
  PetscFunctionReturn(0);
}
