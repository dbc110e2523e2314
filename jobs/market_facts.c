/* From a run and its dispatch to the market's facts. */
#include "jobs/market_facts.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* A bus may lack this much, per unit, in the settlement; what it lacks is booked as unaccounted. */
static const PetscReal MISMATCH_LIMIT_PU = 1e-4;

/* The powers of a dispatch in the order of the facts' rows. */
typedef struct {
  double *asset_mw, *from_mw, *to_mw, *shunt_mw;
} LegRows;

typedef struct {
  Run               run;
  FactsInput        in;
  int32_t          *bus_number, *bus_region;
  FactsAssetInput  *asset;
  FactsBranchInput *branch;
  PetscInt         *branch_row; /* row of the network's table of each branch in service */
  LegRows           day_ahead, metered;
  FactsLegInput     realtime;
  double           *level_mwh, *baseline_mw;
} Books;

PetscBool MarketIsRenewable(const char *technology, PetscReal emission_t_per_mwh)
{
  static const char *const words[] = {"wind", "onwind", "offwind", "solar",  "pv",         "rtpv",  "csp", "hydro",
                                      "ror",  "river",  "biomass", "biogas", "geothermal", "tidal", "wave"};

  if (emission_t_per_mwh != 0) return PETSC_FALSE;
  for (const char *p = technology; p && *p;) {
    size_t length = 0;
    while (isalpha((unsigned char)p[length])) length++;
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
      if (length == strlen(words[k]) && !strncasecmp(p, words[k], length)) return PETSC_TRUE;
    p += length ? length : 1;
  }
  return PETSC_FALSE;
}

/* A limit that is not there becomes a rating that the unit does not have. */
static double Rating(PetscReal value)
{
  return value < PETSC_INFINITY ? value : INFINITY;
}

static PetscErrorCode AddBuses(Books *books)
{
  Run      run = books->run;
  PetscInt n   = run->net->bus.n;

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

/* What stands at a bus of another carrier has that carrier for its technology until a table tells more: certificates are
   for electricity alone. */
static FactsAssetInput *AddAsset(Books *books, FactsAssetKind kind, PetscInt participant, PetscInt bus,
                                 const char *name)
{
  Network          net   = books->run->net;
  FactsAssetInput *asset = &books->asset[books->in.n_assets++];

  *asset = (FactsAssetInput){.technology           = NetworkBusIsElectric(net, bus) ? "" : net->bus.carrier[bus],
                             .kind                 = kind,
                             .participant          = (int32_t)participant,
                             .bus                  = (int32_t)bus,
                             .name                 = name,
                             .power_mw             = NAN,
                             .energy_mwh           = NAN,
                             .efficiency_charge    = NAN,
                             .efficiency_discharge = NAN};
  return asset;
}

/* Slope of a generator's cost at its mean output of the day ahead. */
static double MarginalCost(const GeneratorTable *generator, Dispatch d, PetscInt g)
{
  PetscReal mean = 0, slope = 0;

  for (PetscInt t = 0; t < d->hours; t++) mean += d->generator_p[t * d->n_generator + g] / (PetscReal)d->hours;
  (void)CostValue(&generator->cost[g], mean, &slope);
  return slope;
}

static void AddGenerators(Books *books, Dispatch d)
{
  const GeneratorTable *generator = &books->run->net->generator;

  for (PetscInt k = 0; k < d->n_generator; k++) {
    FactsAssetInput *asset    = AddAsset(books, FACTS_GENERATOR, books->run->participants->of_generator[k],
                                         generator->bus[k], generator->name[k]);
    asset->technology         = generator->technology[k];
    asset->emission_t_per_mwh = generator->emission_t_per_mwh[k];
    asset->renewable          = NetworkBusIsElectric(books->run->net, generator->bus[k]) &&
                       MarketIsRenewable(asset->technology, asset->emission_t_per_mwh);
    asset->power_mw      = Rating(generator->p_max_mw[k]);
    asset->marginal_cost = MarginalCost(generator, d, k);
  }
}

static void AddStorage(Books *books, Dispatch d)
{
  const StorageTable *storage = &books->run->net->storage;

  for (PetscInt k = 0; k < d->n_storage; k++) {
    FactsAssetInput *asset =
        AddAsset(books, FACTS_STORAGE, books->run->participants->of_storage[k], storage->bus[k], storage->name[k]);
    asset->technology           = storage->technology[k];
    asset->power_mw             = Rating(storage->p_discharge_max_mw[k]);
    asset->energy_mwh           = Rating(storage->e_max_mwh[k]);
    asset->efficiency_charge    = storage->efficiency_charge[k];
    asset->efficiency_discharge = storage->efficiency_discharge[k];
    asset->marginal_cost        = storage->marginal_cost[k];
  }
}

/* The further outputs of links are one asset each behind the two ends: what a converter delivers at its other buses. */
static void AddLink(Books *books, const LinkTable *link, PetscInt k)
{
  PetscInt owner = books->run->participants->of_link[k];

  AddAsset(books, FACTS_LINK_END, owner, link->from[k], link->name[k])->power_mw = Rating(link->p_max_mw[k]);
  AddAsset(books, FACTS_LINK_END, owner, link->to[k], link->name[k]);
  if (link->to2[k] >= 0) AddAsset(books, FACTS_LINK_END, owner, link->to2[k], link->name[k]);
  if (link->to3[k] >= 0) AddAsset(books, FACTS_LINK_END, owner, link->to3[k], link->name[k]);
}

/* Generators, loads, storage units, then the ends of every link. */
static PetscErrorCode AddAssets(Books *books, Dispatch d)
{
  Run              run  = books->run;
  const LinkTable *link = &run->net->link;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(d->n_generator + d->n_load + d->n_storage + 4 * d->n_link, &books->asset));
  books->in.asset = books->asset;
  AddGenerators(books, d);
  for (PetscInt k = 0; k < d->n_load; k++)
    AddAsset(books, FACTS_LOAD, run->participants->of_load[k], run->net->load.bus[k], run->net->load.name[k]);
  AddStorage(books, d);
  for (PetscInt k = 0; k < d->n_link; k++) AddLink(books, link, k);
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBranches(Books *books)
{
  const BranchTable *branch = &books->run->net->branch;
  size_t             n      = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(branch->n, &books->branch, branch->n, &books->branch_row));
  for (PetscInt k = 0; k < branch->n; k++) {
    if (!branch->in_service[k]) continue;
    books->branch[n]       = (FactsBranchInput){(int32_t)branch->from[k], (int32_t)branch->to[k], branch->name[k]};
    books->branch_row[n++] = k;
  }
  books->in.n_branches = n;
  books->in.branch     = books->branch;
  PetscFunctionReturn(0);
}

static void FillAssets(const LinkTable *link, Dispatch d, PetscInt t, double *mw)
{
  for (PetscInt k = 0; k < d->n_generator; k++) *mw++ = d->generator_p[t * d->n_generator + k];
  for (PetscInt k = 0; k < d->n_load; k++) *mw++ = -d->load_p[t * d->n_load + k];
  for (PetscInt k = 0; k < d->n_storage; k++)
    *mw++ = d->storage_discharge[t * d->n_storage + k] - d->storage_charge[t * d->n_storage + k];
  for (PetscInt k = 0; k < d->n_link; k++) {
    *mw++ = -d->link_p_from[t * d->n_link + k];
    *mw++ = d->link_p_to[t * d->n_link + k];
    if (link->to2[k] >= 0) *mw++ = d->link_p_to2[t * d->n_link + k];
    if (link->to3[k] >= 0) *mw++ = d->link_p_to3[t * d->n_link + k];
  }
}

/* A shunt takes g V^2; without voltages, g. */
static void FillShunts(Run run, Dispatch d, PetscInt t, double *mw)
{
  const ShuntTable *shunt = &run->net->shunt;
  PetscBool         ac    = RunPhysics(run) == PHYSICS_AC ? PETSC_TRUE : PETSC_FALSE;

  for (PetscInt k = 0; k < shunt->n; k++) {
    double v = ac ? d->vm_pu[t * d->n_bus + shunt->bus[k]] : 1;
    if (shunt->in_service[k]) mw[shunt->bus[k]] += shunt->g_mw[k] * v * v;
  }
}

static PetscErrorCode AddLeg(const Books *books, Dispatch d, LegRows *rows, FactsLegInput *leg)
{
  size_t T = (size_t)d->hours, assets = books->in.n_assets, branches = books->in.n_branches;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(T * assets, &rows->asset_mw));
  PetscCall(PetscMalloc2(T * branches, &rows->from_mw, T * branches, &rows->to_mw));
  PetscCall(PetscCalloc1(T * (size_t)d->n_bus, &rows->shunt_mw));
  for (PetscInt t = 0; t < d->hours; t++) {
    FillAssets(&books->run->net->link, d, t, rows->asset_mw + (size_t)t * assets);
    FillShunts(books->run, d, t, rows->shunt_mw + (size_t)t * (size_t)d->n_bus);
    for (size_t k = 0; k < branches; k++) {
      rows->from_mw[(size_t)t * branches + k] = d->branch_p_from[t * d->n_branch + books->branch_row[k]];
      rows->to_mw[(size_t)t * branches + k]   = d->branch_p_to[t * d->n_branch + books->branch_row[k]];
    }
  }
  *leg = (FactsLegInput){.price          = d->price,
                         .asset_mw       = rows->asset_mw,
                         .branch_from_mw = rows->from_mw,
                         .branch_to_mw   = rows->to_mw,
                         .shunt_mw       = rows->shunt_mw};
  PetscFunctionReturn(0);
}

/* Stored energy, and what flexible loads would have taken, from the dispatch that was metered. */
static PetscErrorCode AddMeters(Books *books, Dispatch d)
{
  size_t n = books->in.n_assets, loads = (size_t)d->n_generator, storage = loads + (size_t)d->n_load;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)(d->hours + 1) * n, &books->level_mwh));
  PetscCall(PetscCalloc1((size_t)d->hours * n, &books->baseline_mw));
  for (PetscInt k = 0; k < d->n_storage; k++) books->level_mwh[storage + (size_t)k] = books->run->energy[k];
  for (PetscInt t = 0; t < d->hours; t++) {
    for (PetscInt k = 0; k < d->n_storage; k++)
      books->level_mwh[(size_t)(t + 1) * n + storage + (size_t)k] = d->storage_energy[t * d->n_storage + k];
    for (PetscInt k = 0; k < d->n_load; k++) {
      PetscInt at = t * d->n_load + k;
      books->baseline_mw[(size_t)t * n + loads + (size_t)k] =
          d->load_p[at] + d->load_curtailed[at] - d->load_shifted[at];
    }
  }
  books->in.level_mwh   = books->level_mwh;
  books->in.baseline_mw = books->baseline_mw;
  PetscFunctionReturn(0);
}

static void Describe(Books *books, const Window *window, const uint8_t *run_id)
{
  Run         run = books->run;
  FactsInput *in  = &books->in;

  in->study             = run->study->name;
  in->policy            = run->study->policy;
  in->currency          = run->study->currency;
  in->run_id            = run_id;
  in->window            = (uint32_t)window->number;
  in->window_start      = window->start;
  in->intervals         = (size_t)window->dispatch->hours;
  in->step_hours        = window->dispatch->step_hours;
  in->n_regions         = (size_t)run->partition->n_regions;
  in->n_participants    = (size_t)run->participants->n;
  in->region_name       = (const char *const *)run->partition->name;
  in->participant_name  = (const char *const *)run->participants->name;
  in->participant_class = (const char *const *)run->participants->class_name;
  in->mismatch_limit_mw = MISMATCH_LIMIT_PU * run->net->base_mva;
}

static PetscErrorCode FreeLeg(LegRows *rows)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(rows->asset_mw));
  PetscCall(PetscFree2(rows->from_mw, rows->to_mw));
  PetscCall(PetscFree(rows->shunt_mw));
  PetscFunctionReturn(0);
}

static PetscErrorCode CloseBooks(Books *books)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(books->bus_number, books->bus_region));
  PetscCall(PetscFree(books->asset));
  PetscCall(PetscFree2(books->branch, books->branch_row));
  PetscCall(FreeLeg(&books->day_ahead));
  PetscCall(FreeLeg(&books->metered));
  PetscCall(PetscFree(books->level_mwh));
  PetscCall(PetscFree(books->baseline_mw));
  PetscFunctionReturn(0);
}

PetscErrorCode MarketFactsCreate(Run run, const Window *window, Dispatch realtime, const uint8_t *run_id, Facts *facts)
{
  Books       books = {.run = run};
  MarketError error;

  PetscFunctionBeginUser;
  *facts = NULL;
  Describe(&books, window, run_id);
  PetscCall(AddBuses(&books));
  PetscCall(AddAssets(&books, window->dispatch));
  PetscCall(AddBranches(&books));
  PetscCall(AddLeg(&books, window->dispatch, &books.day_ahead, &books.in.day_ahead));
  if (realtime) {
    PetscCall(AddLeg(&books, realtime, &books.metered, &books.realtime));
    books.in.real_time = &books.realtime;
  }
  PetscCall(AddMeters(&books, realtime ? realtime : window->dispatch));
  if (FactsCreate(&books.in, facts, &error) != MARKET_OK)
    JobFail(run->job, error.status == MARKET_NO_MEMORY ? JOB_INTERNAL : JOB_UNSOLVED, "settlement of window %d: %.500s",
            (int)window->number, error.text);
  PetscCall(CloseBooks(&books));
  PetscFunctionReturn(0);
}
