/* What a run is: its settings, and SHA-256 of everything it computes from, so that a directory is never continued with
   other inputs. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/digest.h"
#include "jobs/format.h"
#include "jobs/market_case.h"

static void AddBytes(EVP_MD_CTX *hash, const void *bytes, size_t size)
{
  EVP_DigestUpdate(hash, bytes, size);
}

static void AddText(EVP_MD_CTX *hash, const char *text)
{
  AddBytes(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void AddTexts(EVP_MD_CTX *hash, PetscInt n, char *const *text)
{
  for (PetscInt k = 0; k < n; k++) AddText(hash, text[k]);
}

static void AddIntegers(EVP_MD_CTX *hash, PetscInt n, const PetscInt *value)
{
  AddBytes(hash, value, (size_t)n * sizeof *value);
}

static void AddReals(EVP_MD_CTX *hash, PetscInt n, const PetscReal *value)
{
  AddBytes(hash, value, (size_t)n * sizeof *value);
}

static void AddSwitches(EVP_MD_CTX *hash, PetscInt n, const PetscBool *value)
{
  for (PetscInt k = 0; k < n; k++) AddBytes(hash, value[k] ? "1" : "0", 1);
}

static void AddCosts(EVP_MD_CTX *hash, PetscInt n, const Cost *cost)
{
  for (PetscInt k = 0; k < n; k++) {
    PetscInt head[2] = {(PetscInt)cost[k].kind, cost[k].n};
    AddIntegers(hash, 2, head);
    AddReals(hash, cost[k].kind == COST_PIECEWISE_LINEAR ? 2 * cost[k].n : cost[k].n, cost[k].coefficient);
  }
}

static void AddGrid(EVP_MD_CTX *hash, Network net)
{
  const BusTable    *b        = &net->bus;
  const BranchTable *k        = &net->branch;
  const PetscReal   *bus[]    = {b->base_kv, b->vm_pu, b->va_rad, b->vm_min_pu, b->vm_max_pu};
  const PetscReal   *branch[] = {k->r,   k->x,         k->g_from, k->b_from, k->g_to,          k->b_to,
                                 k->tap, k->shift_rad, k->rate_a, k->rate_b, k->angle_min_rad, k->angle_max_rad};

  AddReals(hash, 1, &net->base_mva);
  AddReals(hash, 1, &net->frequency_hz);
  AddIntegers(hash, b->n, b->number);
  AddTexts(hash, b->n, b->name);
  AddTexts(hash, b->n, b->carrier);
  for (PetscInt i = 0; i < b->n; i++) {
    PetscInt type = (PetscInt)b->type[i];
    AddIntegers(hash, 1, &type);
  }
  for (size_t i = 0; i < sizeof bus / sizeof bus[0]; i++) AddReals(hash, b->n, bus[i]);
  AddIntegers(hash, k->n, k->from);
  AddIntegers(hash, k->n, k->to);
  AddTexts(hash, k->n, k->circuit);
  AddTexts(hash, k->n, k->name);
  for (size_t i = 0; i < sizeof branch / sizeof branch[0]; i++) AddReals(hash, k->n, branch[i]);
  AddSwitches(hash, k->n, k->in_service);
}

static void AddGenerators(EVP_MD_CTX *hash, const GeneratorTable *g)
{
  const PetscReal *value[] = {g->p_min_mw,  g->p_max_mw,       g->q_min_mvar,  g->q_max_mvar,
                              g->mva_base,  g->ramp_mw_per_h,  g->inertia_s,   g->emission_t_per_mwh,
                              g->vm_set_pu, g->reserve_max_mw, g->r_source_pu, g->x_source_pu};

  AddIntegers(hash, g->n, g->bus);
  AddTexts(hash, g->n, g->unit);
  AddTexts(hash, g->n, g->name);
  AddTexts(hash, g->n, g->technology);
  AddSwitches(hash, g->n, g->in_service);
  for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) AddReals(hash, g->n, value[i]);
  AddCosts(hash, g->n, g->cost);
  AddIntegers(hash, g->n, g->p_max_series);
  AddIntegers(hash, g->n, g->p_min_series);
}

static void AddLoads(EVP_MD_CTX *hash, Network net)
{
  const LoadTable  *l       = &net->load;
  const ShuntTable *s       = &net->shunt;
  const PetscReal  *value[] = {l->p_mw,           l->q_mvar,       l->p_current_share, l->q_current_share,
                               l->curtail_max_pu, l->curtail_cost, l->shift_max_mw,    l->shift_cost};

  AddIntegers(hash, l->n, l->bus);
  AddTexts(hash, l->n, l->name);
  AddTexts(hash, l->n, l->unit);
  AddSwitches(hash, l->n, l->in_service);
  for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) AddReals(hash, l->n, value[i]);
  AddIntegers(hash, l->n, l->shift_hours);
  AddIntegers(hash, l->n, l->p_series);
  AddIntegers(hash, l->n, l->q_series);
  AddIntegers(hash, s->n, s->bus);
  AddSwitches(hash, s->n, s->in_service);
  AddReals(hash, s->n, s->g_mw);
  AddReals(hash, s->n, s->b_mvar);
}

static void AddLinks(EVP_MD_CTX *hash, const LinkTable *l)
{
  const PetscReal *value[] = {l->p_min_mw,        l->p_max_mw,        l->loss0_mw,      l->loss1,
                              l->q_from_min_mvar, l->q_from_max_mvar, l->q_to_min_mvar, l->q_to_max_mvar,
                              l->efficiency2,     l->efficiency3};

  AddIntegers(hash, l->n, l->from);
  AddIntegers(hash, l->n, l->to);
  AddIntegers(hash, l->n, l->to2);
  AddIntegers(hash, l->n, l->to3);
  AddTexts(hash, l->n, l->name);
  AddSwitches(hash, l->n, l->in_service);
  for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) AddReals(hash, l->n, value[i]);
  AddCosts(hash, l->n, l->cost);
}

static void AddStorage(EVP_MD_CTX *hash, const StorageTable *s)
{
  const PetscReal *value[] = {s->p_charge_max_mw, s->p_discharge_max_mw, s->e_max_mwh,         s->e_min_mwh,
                              s->e_initial_mwh,   s->e_final_min_mwh,    s->efficiency_charge, s->efficiency_discharge,
                              s->standing_loss,   s->q_min_mvar,         s->q_max_mvar,        s->marginal_cost};

  AddIntegers(hash, s->n, s->bus);
  AddTexts(hash, s->n, s->name);
  AddTexts(hash, s->n, s->technology);
  AddSwitches(hash, s->n, s->in_service);
  AddSwitches(hash, s->n, s->cyclic);
  for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) AddReals(hash, s->n, value[i]);
  AddIntegers(hash, s->n, s->inflow_series);
}

static void AddReserves(EVP_MD_CTX *hash, const ReserveTable *r)
{
  AddTexts(hash, r->n, r->name);
  AddTexts(hash, r->n, r->column);
  AddTexts(hash, r->n, r->label);
  AddReals(hash, r->n, r->requirement_mw);
  AddReals(hash, r->n, r->shortage_price);
  AddIntegers(hash, r->n, r->requirement_series);
}

static void AddNetwork(EVP_MD_CTX *hash, Network net)
{
  const SeriesTable *s = &net->series;

  AddGrid(hash, net);
  AddGenerators(hash, &net->generator);
  AddLoads(hash, net);
  AddLinks(hash, &net->link);
  AddStorage(hash, &net->storage);
  AddReserves(hash, &net->reserve);
  AddBytes(hash, &s->start, sizeof s->start);
  AddReals(hash, 1, &s->step_hours);
  AddReals(hash, s->n * s->n_snapshots, s->value);
}

static void HashNetwork(EVP_MD_CTX *hash, Run run)
{
  AddNetwork(hash, run->net);
}

/* What happened, and who answers to it. */
static void HashRealised(EVP_MD_CTX *hash, Run run)
{
  const StudyRealised *r = &run->study->market.realised;

  AddNetwork(hash, run->realised);
  AddSwitches(hash, 1, &r->all_storage_bids);
  AddTexts(hash, r->n_bidding, r->bidding);
}

/* A file's size and bytes; one that is gone is said by who reads it. */
static void AddFile(EVP_MD_CTX *hash, const char *path)
{
  char     *bytes = NULL;
  size_t    size  = 0;
  FileError error;

  if (!path || !FileRead(path, &bytes, &size, &error)) size = 0;
  AddBytes(hash, &size, sizeof size);
  if (size) AddBytes(hash, bytes, size);
  free(bytes);
}

static void HashMarket(EVP_MD_CTX *hash, Run run)
{
  const StudyMarket *m         = &run->study->market;
  const StudyLocal  *l         = &m->local;
  const Contracts    contracts = MarketCaseContracts(run);
  const PetscReal    local[]   = {l->demand_value, l->price_min, l->price_max, l->fee};
  const PetscBool    flags[]   = {l->renewable_first, m->certificates, m->certificate_pool,
                             m->carbon.line ? PETSC_TRUE : PETSC_FALSE};

  for (size_t k = 0, size; k < ContractsCount(contracts); k++) { /* with the profiles that files of their own hold */
    const uint8_t *record = ContractsRecord(contracts, k, &size);
    AddBytes(hash, record, size);
  }
  AddText(hash, l->mechanism);
  AddText(hash, l->price);
  AddText(hash, l->scope);
  AddFile(hash, l->bids_path);
  AddReals(hash, sizeof local / sizeof local[0], local);
  AddSwitches(hash, sizeof flags / sizeof flags[0], flags);
  AddReals(hash, 1, &m->carbon.price);
  AddReals(hash, 1, &m->carbon.cap_t);
  AddReals(hash, 1, &m->carbon.free_t);
  for (PetscInt k = 0; k < m->carbon.n_free; k++) {
    AddText(hash, m->carbon.free[k].name);
    AddReals(hash, 1, &m->carbon.free[k].share);
  }
  for (PetscInt k = 0; k < run->study->ledger.n_anchors; k++) AddFile(hash, run->study->ledger.anchor[k].path);
}

static void HashPartition(EVP_MD_CTX *hash, Run run)
{
  AddTexts(hash, run->partition->n_regions, run->partition->name);
  AddIntegers(hash, run->partition->n_buses, run->partition->bus_region);
}

static void HashParticipants(EVP_MD_CTX *hash, Run run)
{
  Participants p = run->participants;

  AddTexts(hash, p->n, p->name);
  AddTexts(hash, p->n, p->class_name);
  AddIntegers(hash, run->net->generator.n, p->of_generator);
  AddIntegers(hash, run->net->load.n, p->of_load);
  AddIntegers(hash, run->net->storage.n, p->of_storage);
  AddIntegers(hash, run->net->link.n, p->of_link);
}

static void AddHours(EVP_MD_CTX *hash, const StudyHours *hours)
{
  AddIntegers(hash, 1, &hours->n);
  AddIntegers(hash, hours->n, hours->hour);
  AddSwitches(hash, 1, &hours->worst);
}

static void HashStability(EVP_MD_CTX *hash, Run run)
{
  Study              s        = run->study;
  const StudyLimits *l        = &s->limits;
  const PetscReal    limits[] = {l->angle_deg,        l->voltage_pu,     l->voltage_s,  l->frequency_min_hz,
                                 l->frequency_max_hz, l->rocof_hz_per_s, l->settling_hz};

  if (!s->has_stability) return;
  AddReals(hash, 1, &s->stability_until_s);
  AddReals(hash, 1, &run->frequency_hz);
  AddReals(hash, 1, &s->stability_tolerance);
  AddReals(hash, sizeof limits / sizeof limits[0], limits);
  AddText(hash, s->load_model);
  AddSwitches(hash, 1, &s->stability_required);
  AddIntegers(hash, 1, &s->security_rounds);
  AddHours(hash, &s->stability_hours);
  for (PetscInt k = 0; k < s->n_faults; k++) {
    AddIntegers(hash, 1, &s->fault[k].bus);
    AddReals(hash, 1, &s->fault[k].on_s);
    AddReals(hash, 1, &s->fault[k].off_s);
    AddText(hash, s->fault[k].trip);
  }
  for (PetscInt k = 0; k < s->n_disturbances; k++) {
    const StudyDisturbance *d = &s->disturbance[k];
    AddText(hash, d->name);
    AddTexts(hash, d->n_events, d->event);
    AddSwitches(hash, 1, &d->own_hours);
    AddHours(hash, &d->hours);
  }
  for (PetscInt k = 0; run->devices && k < run->devices->n; k++) {
    const DeviceRecord *r       = &run->devices->record[k];
    PetscInt            head[2] = {(PetscInt)r->site, r->row};
    AddIntegers(hash, 2, head);
    AddText(hash, r->model->name);
    AddReals(hash, 1, &r->mva_base);
    AddReals(hash, r->model->n_parameters, r->parameter);
  }
}

static void PutHash(json_t *object, const char *key, Run run, void (*feed)(EVP_MD_CTX *, Run))
{
  EVP_MD_CTX   *hash = EVP_MD_CTX_new();
  unsigned char digest[EVP_MAX_MD_SIZE];
  char          hex[DIGEST_HEX_SIZE] = "";

  if (hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL)) {
    feed(hash, run);
    if (EVP_DigestFinal_ex(hash, digest, NULL)) DigestHex(digest, hex);
  }
  EVP_MD_CTX_free(hash);
  JsonPut(object, key, json_string(hex));
}

static json_t *Settings(Study s)
{
  json_t *settings = json_object(), *soft = json_object();

  JsonPut(settings, "model", json_string(s->model));
  JsonPut(settings, "dc", json_string(s->dc));
  JsonPut(settings, "method", json_string(s->method));
  JsonPut(settings, "admm_penalty", JsonReal(s->admm_penalty));
  JsonPut(settings, "relax_minimum_output", json_boolean(s->relax_minimum_output));
  JsonPut(settings, "carbon_price", JsonReal(s->carbon_price));
  JsonPut(settings, "reference_price", json_string(s->reference_price));
  JsonPut(settings, "reserves", json_boolean(s->reserves));
  for (int k = 0; k < SOFT_LIMITS; k++)
    if (s->soft_price[k] > 0) JsonPut(soft, SoftLimitName((SoftLimit)k), JsonReal(s->soft_price[k]));
  JsonPut(settings, "soft", soft);
  JsonPut(settings, "currency", json_string(s->currency));
  JsonPut(settings, "privacy", json_string(s->ledger.privacy));
  return settings;
}

PetscErrorCode RunIdentity(Run run, char **text)
{
  json_t     *document = json_object(), *hashes = json_object();
  LedgerBytes key = {0};

  PetscFunctionBeginUser;
  JsonPut(document, "archipelago_run", json_integer(1));
  JsonPut(document, "study", json_string(run->study->name));
  JsonPut(document, "policy", json_string(run->study->policy));
  JsonPut(document, "start", json_string(FormatTime(run->net->series.start).text));
  JsonPut(document, "window_hours", json_integer(run->study->window_hours));
  JsonPut(document, "windows", json_integer(run->study->n_windows));
  JsonPut(document, "settings", Settings(run->study));
  PutHash(hashes, "network", run, HashNetwork);
  PutHash(hashes, "regions", run, HashPartition);
  PutHash(hashes, "participants", run, HashParticipants);
  PutHash(hashes, "stability", run, HashStability);
  PutHash(hashes, "market", run, HashMarket);
  if (run->realised) PutHash(hashes, "realised", run, HashRealised);
  JsonPut(document, "sha256", hashes);
  JsonPut(document, "ledger_origin", json_string(run->study->ledger_origin));
  if (run->signer && LedgerVerifierWrite(LedgerSignerVerifier(run->signer), &key, NULL) == LEDGER_OK)
    JsonPut(document, "ledger_key", json_string((const char *)key.data));
  LedgerBytesFree(&key);
  *text = json_dumps(document, JSON_INDENT(2));
  json_decref(document);
  PetscCheck(*text, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the run's identity");
  PetscFunctionReturn(0);
}
