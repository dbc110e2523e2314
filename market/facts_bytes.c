/* Canonical bytes of facts. */
#include "market/facts_impl.h"

#include <stdlib.h>
#include <string.h>

static const char magic[8] = "ARCHFACT"; /* not terminated */
enum { FACTS_VERSION = 1 };

/* Least bytes of a row: what its fixed fields and the lengths of its texts take. */
enum { REGION_LEAST = 2, PARTICIPANT_LEAST = 4, BUS_LEAST = 8, ASSET_LEAST = 62, BRANCH_LEAST = 10 };

static void PutArray(MarketBytes *bytes, const int64_t *value, size_t n)
{
  for (size_t k = 0; k < n; k++) MarketPutSigned(bytes, value[k]);
}

static void PutLeg(MarketBytes *bytes, Facts f, const FactsLeg *leg)
{
  size_t T = f->intervals, buses = T * f->n_buses, branches = T * f->n_branches;

  PutArray(bytes, leg->price, buses);
  PutArray(bytes, leg->asset_wh, T * f->n_assets);
  PutArray(bytes, leg->from_wh, branches);
  PutArray(bytes, leg->to_wh, branches);
  PutArray(bytes, leg->shunt_wh, buses);
  PutArray(bytes, leg->shortage_wh, buses);
  PutArray(bytes, leg->surplus_wh, buses);
}

static void PutAsset(MarketBytes *bytes, const FactsAsset *asset)
{
  MarketPut(bytes, (uint64_t)asset->kind, 1);
  MarketPut(bytes, asset->participant, 4);
  MarketPut(bytes, asset->bus, 4);
  MarketPutText(bytes, asset->name);
  MarketPutText(bytes, asset->technology);
  MarketPut(bytes, asset->renewable, 1);
  MarketPutSigned(bytes, asset->emission);
  MarketPutSigned(bytes, asset->power_w);
  MarketPutSigned(bytes, asset->energy_wh);
  MarketPutSigned(bytes, asset->efficiency_charge);
  MarketPutSigned(bytes, asset->efficiency_discharge);
  MarketPutSigned(bytes, asset->marginal_cost);
}

static void PutHead(MarketBytes *bytes, Facts f)
{
  MarketPutRaw(bytes, magic, sizeof magic);
  MarketPut(bytes, FACTS_VERSION, 1);
  MarketPutRaw(bytes, f->run_id, sizeof f->run_id);
  MarketPutText(bytes, f->study);
  MarketPutText(bytes, f->policy);
  MarketPutText(bytes, f->currency);
  MarketPut(bytes, f->window, 4);
  MarketPutSigned(bytes, f->window_start);
  MarketPut(bytes, f->intervals, 4);
  MarketPut(bytes, f->interval_seconds, 4);
  MarketPutSigned(bytes, f->mismatch_limit_wh);
  MarketPut(bytes, f->has_real_time, 1);
  MarketPut(bytes, f->n_regions, 4);
  MarketPut(bytes, f->n_participants, 4);
  MarketPut(bytes, f->n_buses, 4);
  MarketPut(bytes, f->n_assets, 4);
  MarketPut(bytes, f->n_branches, 4);
}

void FactsWrite(Facts f, MarketBytes *bytes)
{
  size_t cells = (size_t)f->intervals * f->n_assets;

  PutHead(bytes, f);
  for (size_t r = 0; r < f->n_regions; r++) MarketPutText(bytes, f->region[r]);
  for (size_t p = 0; p < f->n_participants; p++) {
    MarketPutText(bytes, f->participant[p]);
    MarketPutText(bytes, f->participant_class[p]);
  }
  for (size_t b = 0; b < f->n_buses; b++) {
    MarketPut(bytes, f->bus_number[b], 4);
    MarketPut(bytes, f->bus_region[b], 4);
  }
  for (size_t a = 0; a < f->n_assets; a++) PutAsset(bytes, &f->asset[a]);
  for (size_t l = 0; l < f->n_branches; l++) {
    MarketPut(bytes, f->branch[l].from, 4);
    MarketPut(bytes, f->branch[l].to, 4);
    MarketPutText(bytes, f->branch[l].name);
  }
  PutLeg(bytes, f, &f->day_ahead);
  if (f->has_real_time) PutLeg(bytes, f, &f->real_time);
  PutArray(bytes, f->certified_wh, cells);
  PutArray(bytes, f->level_wh, cells + f->n_assets);
  PutArray(bytes, f->baseline_wh, cells);
}

static MarketStatus TakeMagic(MarketReader *r)
{
  const uint8_t *found   = NULL;
  uint64_t       version = 0;

  MARKET_TRY(MarketTakeRaw(r, sizeof magic, "the mark of facts", &found));
  if (memcmp(found, magic, sizeof magic) != 0)
    return MarketFail(r->error, MARKET_MALFORMED, "%s: bytes 0 to 7 are no mark of facts", r->what);
  MARKET_TRY(MarketTake(r, 1, "version", &version));
  if (version == FACTS_VERSION) return MARKET_OK;
  return MarketFail(r->error, MARKET_MALFORMED, "%s: version at byte %zu is %d; expected %d", r->what, sizeof magic,
                    (int)version, FACTS_VERSION);
}

static MarketStatus TakeHead(MarketReader *r, struct _s_Facts *f)
{
  MARKET_TRY(TakeMagic(r));
  MARKET_TRY(MarketTakeCopy(r, sizeof f->run_id, "run", f->run_id));
  MARKET_TRY(MarketTakeText(r, false, "study name", &f->study));
  MARKET_TRY(MarketTakeText(r, false, "policy name", &f->policy));
  MARKET_TRY(MarketTakeText(r, false, "currency", &f->currency));
  MARKET_TRY(MarketTake32(r, "window", &f->window));
  MARKET_TRY(MarketTakeSigned(r, "start of the window", &f->window_start));
  MARKET_TRY(MarketTake32(r, "number of intervals", &f->intervals));
  MARKET_TRY(MarketTake32(r, "length of an interval", &f->interval_seconds));
  MARKET_TRY(MarketTakeSigned(r, "mismatch limit", &f->mismatch_limit_wh));
  MARKET_TRY(MarketTakeFlag(r, "mark of a real-time leg", &f->has_real_time));
  MARKET_TRY(MarketTake32(r, "number of regions", &f->n_regions));
  MARKET_TRY(MarketTake32(r, "number of participants", &f->n_participants));
  MARKET_TRY(MarketTake32(r, "number of buses", &f->n_buses));
  MARKET_TRY(MarketTake32(r, "number of assets", &f->n_assets));
  return MarketTake32(r, "number of branches", &f->n_branches);
}

/* Before anything is allocated: rows and arrays as many as claimed must fit what is left. Below 2^31 rows and intervals
   each (FactsCheckCounts), the sums stay below 2^127. */
static MarketStatus CheckSize(MarketReader *r, const struct _s_Facts *f)
{
  unsigned __int128 T = f->intervals, legs = f->has_real_time ? 2 : 1, least;

  least = (unsigned __int128)REGION_LEAST * f->n_regions + (unsigned __int128)PARTICIPANT_LEAST * f->n_participants +
          (unsigned __int128)BUS_LEAST * f->n_buses + (unsigned __int128)ASSET_LEAST * f->n_assets +
          (unsigned __int128)BRANCH_LEAST * f->n_branches;
  least += 8 * T * legs * (4 * (unsigned __int128)f->n_buses + f->n_assets + 2 * (unsigned __int128)f->n_branches);
  least += 8 * (3 * T + 1) * f->n_assets;
  if (least <= r->size - r->at) return MARKET_OK;
  return MarketFail(r->error, MARKET_MALFORMED, "%s: only %zu bytes follow the numbers of rows at byte %zu, too few",
                    r->what, r->size - r->at, r->at);
}

/* Copies of texts, since the bytes may go. */
typedef struct {
  MarketReader *reader;
  char         *head;
} Copier;

static MarketStatus CopyText(Copier *c, EntryText *text)
{
  if (text->length) memcpy(c->head, text->bytes, text->length);
  text->bytes = c->head;
  c->head += text->length;
  return MARKET_OK;
}

static MarketStatus TakeText(Copier *c, bool may_be_empty, const char *field, EntryText *text)
{
  MARKET_TRY(MarketTakeText(c->reader, may_be_empty, field, text));
  return CopyText(c, text);
}

static MarketStatus TakeAsset(Copier *c, FactsAsset *asset)
{
  MarketReader *r    = c->reader;
  uint64_t      kind = 0;

  MARKET_TRY(MarketTakeUpTo(r, 1, FACTS_LINK_END, "kind of asset", &kind));
  asset->kind = (FactsAssetKind)kind;
  MARKET_TRY(MarketTake32(r, "participant of an asset", &asset->participant));
  MARKET_TRY(MarketTake32(r, "bus of an asset", &asset->bus));
  MARKET_TRY(TakeText(c, false, "name of an asset", &asset->name));
  MARKET_TRY(TakeText(c, true, "technology of an asset", &asset->technology));
  MARKET_TRY(MarketTakeFlag(r, "mark of renewable output", &asset->renewable));
  MARKET_TRY(MarketTakeSigned(r, "emission of an asset", &asset->emission));
  MARKET_TRY(MarketTakeSigned(r, "rated power of an asset", &asset->power_w));
  MARKET_TRY(MarketTakeSigned(r, "capacity of an asset", &asset->energy_wh));
  MARKET_TRY(MarketTakeSigned(r, "charging efficiency of an asset", &asset->efficiency_charge));
  MARKET_TRY(MarketTakeSigned(r, "discharging efficiency of an asset", &asset->efficiency_discharge));
  return MarketTakeSigned(r, "marginal cost of an asset", &asset->marginal_cost);
}

static MarketStatus TakeRows(Copier *c, Facts f)
{
  MarketReader *r = c->reader;

  for (size_t k = 0; k < f->n_regions; k++) MARKET_TRY(TakeText(c, false, "name of a region", &f->region[k]));
  for (size_t p = 0; p < f->n_participants; p++) {
    MARKET_TRY(TakeText(c, false, "name of a participant", &f->participant[p]));
    MARKET_TRY(TakeText(c, true, "class of a participant", &f->participant_class[p]));
  }
  for (size_t b = 0; b < f->n_buses; b++) {
    MARKET_TRY(MarketTake32(r, "number of a bus", &f->bus_number[b]));
    MARKET_TRY(MarketTake32(r, "region of a bus", &f->bus_region[b]));
  }
  for (size_t a = 0; a < f->n_assets; a++) MARKET_TRY(TakeAsset(c, &f->asset[a]));
  for (size_t l = 0; l < f->n_branches; l++) {
    MARKET_TRY(MarketTake32(r, "from bus of a branch", &f->branch[l].from));
    MARKET_TRY(MarketTake32(r, "to bus of a branch", &f->branch[l].to));
    MARKET_TRY(TakeText(c, false, "name of a branch", &f->branch[l].name));
  }
  return MARKET_OK;
}

static MarketStatus TakeArray(MarketReader *r, const char *field, int64_t *value, size_t n)
{
  for (size_t k = 0; k < n; k++) MARKET_TRY(MarketTakeSigned(r, field, &value[k]));
  return MARKET_OK;
}

static MarketStatus TakeLeg(MarketReader *r, Facts f, FactsLeg *leg)
{
  size_t T = f->intervals, buses = T * f->n_buses, branches = T * f->n_branches;

  MARKET_TRY(TakeArray(r, "price", leg->price, buses));
  MARKET_TRY(TakeArray(r, "energy of an asset", leg->asset_wh, T * f->n_assets));
  MARKET_TRY(TakeArray(r, "energy into the from end of a branch", leg->from_wh, branches));
  MARKET_TRY(TakeArray(r, "energy into the to end of a branch", leg->to_wh, branches));
  MARKET_TRY(TakeArray(r, "energy of shunts", leg->shunt_wh, buses));
  MARKET_TRY(TakeArray(r, "shortage", leg->shortage_wh, buses));
  return TakeArray(r, "surplus", leg->surplus_wh, buses);
}

static MarketStatus TakeNumbers(MarketReader *r, Facts f)
{
  size_t cells = (size_t)f->intervals * f->n_assets;

  MARKET_TRY(TakeLeg(r, f, &f->day_ahead));
  if (f->has_real_time) MARKET_TRY(TakeLeg(r, f, &f->real_time));
  MARKET_TRY(TakeArray(r, "certified energy", f->certified_wh, cells));
  MARKET_TRY(TakeArray(r, "stored energy", f->level_wh, cells + f->n_assets));
  MARKET_TRY(TakeArray(r, "baseline", f->baseline_wh, cells));
  return MarketTakeEnd(r);
}

/* What the bytes say is wrong: their reader says so in its own words. */
static MarketStatus Judge(MarketReader *r, MarketStatus status, const MarketError *inner)
{
  if (status == MARKET_OK || status == MARKET_NO_MEMORY) {
    if (status != MARKET_OK && r->error) *r->error = *inner;
    return status;
  }
  return MarketFail(r->error, MARKET_MALFORMED, "%s: %.440s", r->what, inner->text);
}

static MarketStatus TakeAll(Copier *c, Facts f)
{
  MarketReader *r = c->reader;
  MarketError   inner;

  CopyText(c, &f->study);
  CopyText(c, &f->policy);
  CopyText(c, &f->currency);
  MARKET_TRY(TakeRows(c, f));
  MARKET_TRY(Judge(r, FactsCheckRows(f, &inner), &inner));
  FactsDerive(f);
  MARKET_TRY(TakeNumbers(r, f));
  return Judge(r, FactsCheckNumbers(f, &inner), &inner);
}

MarketStatus FactsRead(const uint8_t *bytes, size_t size, Facts *facts, MarketError *error)
{
  struct _s_Facts counts = {0};
  MarketReader    r      = {bytes, size, 0, "facts", error};
  Copier          c      = {&r, NULL};
  Facts           f      = NULL;
  MarketError     inner;
  MarketStatus    status;

  *facts = NULL;
  MARKET_TRY(TakeHead(&r, &counts));
  MARKET_TRY(Judge(&r, FactsCheckCounts(&counts, &inner), &inner));
  MARKET_TRY(CheckSize(&r, &counts));
  MARKET_TRY(FactsAllocate(&counts, size, &f, &c.head, error));
  status = TakeAll(&c, f);
  if (status != MARKET_OK) FactsDestroy(&f);
  *facts = f;
  return status;
}
