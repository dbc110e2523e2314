/* What a plan is: study.json, the same text for plans that must have the same results. */
#include "jobs/plan_identity.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/digest.h"

typedef struct {
  EVP_MD_CTX *hash;
} Hasher;

static void AddBytes(Hasher *h, const void *bytes, size_t size)
{
  if (size) EVP_DigestUpdate(h->hash, bytes, size);
}

/* With its length in front, so that neighbours cannot be cut otherwise. */
static void AddText(Hasher *h, const char *text)
{
  const uint64_t size = text ? strlen(text) : 0;

  AddBytes(h, &size, sizeof size);
  AddBytes(h, text, (size_t)size);
}

static void AddReals(Hasher *h, PetscInt n, const PetscReal *value)
{
  AddBytes(h, &n, sizeof n);
  if (value) AddBytes(h, value, sizeof *value * (size_t)n);
}

static void AddIntegers(Hasher *h, PetscInt n, const PetscInt *value)
{
  AddBytes(h, &n, sizeof n);
  if (value) AddBytes(h, value, sizeof *value * (size_t)n);
}

static void AddColumn(Hasher *h, Components c, const Column *column)
{
  AddText(h, column->name);
  if (column->real) AddReals(h, column->n, column->real);
  for (PetscInt k = 0; column->text && k < column->n; k++) AddText(h, column->text[k]);
  for (PetscInt k = 0; column->series && k < column->n; k++)
    AddReals(h, column->series[k] ? c->n_snapshots : 0, column->series[k]);
}

static void AddComponents(Hasher *h, Components c)
{
  AddText(h, c->name);
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    const ComponentTable *t = &c->table[kind];
    AddIntegers(h, 1, &t->n);
    for (PetscInt k = 0; k < t->n; k++) AddText(h, t->name[k]);
    for (PetscInt k = 0; k < t->n_columns; k++) AddColumn(h, c, t->column[k]);
  }
  for (PetscInt t = 0; t < c->n_snapshots; t++) AddText(h, c->snapshot[t]);
  AddIntegers(h, c->n_snapshots, c->period_of);
  AddReals(h, c->n_snapshots, c->weight_objective);
  AddReals(h, c->n_snapshots, c->weight_generators);
  AddReals(h, c->n_snapshots, c->weight_stores);
  AddIntegers(h, c->n_periods, c->period);
  AddReals(h, c->n_periods, c->period_objective);
  AddReals(h, c->n_periods, c->period_years);
  AddReals(h, ComponentsPeriods(c), c->carbon_price);
  AddIntegers(h, c->n_days, c->day_period);
  AddIntegers(h, c->n_days, c->day_representative);
}

static json_t *HashOf(Components c)
{
  Hasher        h = {EVP_MD_CTX_new()};
  unsigned char digest[EVP_MAX_MD_SIZE];
  char          hex[DIGEST_HEX_SIZE];

  EVP_DigestInit_ex(h.hash, EVP_sha256(), NULL);
  AddComponents(&h, c);
  EVP_DigestFinal_ex(h.hash, digest, NULL);
  EVP_MD_CTX_free(h.hash);
  DigestHex(digest, hex);
  return json_string(hex);
}

static json_t *Assessments(Planning p)
{
  json_t *a = json_object(), *hours = json_array();

  JsonPut(a, "reliability_years", json_integer(p->reliability_years));
  JsonPut(a, "reliability_hours", json_integer(p->reliability_hours));
  JsonPut(a, "reliability_seed", json_integer(p->reliability_seed));
  for (PetscInt k = 0; k < p->n_check_hours; k++) json_array_append_new(hours, JsonText(p->check_hour[k]));
  JsonPut(a, "check_hours", hours);
  JsonPut(a, "check_rounds", json_integer(p->check_rounds));
  JsonPut(a, "check_stability", json_boolean(p->check_stability));
  return a;
}

PetscErrorCode PlanIdentity(Plan plan, char **text)
{
  const PlanSettings *s        = &plan->settings;
  json_t             *identity = json_object();
  char               *dump;

  PetscFunctionBeginUser;
  JsonPut(identity, "kind", json_string("plan"));
  JsonPut(identity, "study", plan->study ? JsonText(plan->study->name) : json_null());
  JsonPut(identity, "policy", JsonText(plan->planning->policy));
  JsonPut(identity, "network", JsonText(plan->components->name));
  JsonPut(identity, "method", json_string(s->method));
  JsonPut(identity, "regions", s->regions ? JsonText(s->regions) : json_null());
  JsonPut(identity, "region", plan->planning->region ? JsonText(plan->planning->region) : json_null());
  JsonPut(identity, "tolerance", s->tolerance > 0 ? json_real(s->tolerance) : json_null());
  JsonPut(identity, "max_iterations", s->max_iterations > 0 ? json_integer(s->max_iterations) : json_null());
  JsonPut(identity, "blocks", s->blocks > 0 ? json_integer(s->blocks) : json_null());
  JsonPut(identity, "currency", JsonText(plan->planning->currency));
  JsonPut(identity, "peer_to_peer", json_boolean(plan->planning->peer_to_peer));
  JsonPut(identity, "assessments", Assessments(plan->planning));
  JsonPut(identity, "components_sha256", HashOf(plan->components));
  dump = json_dumps(identity, JSON_INDENT(2) | JSON_ENSURE_ASCII);
  json_decref(identity);
  PetscCheck(dump, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  PetscCall(PetscMalloc1(strlen(dump) + 2, text));
  snprintf(*text, strlen(dump) + 2, "%s\n", dump);
  free(dump);
  PetscFunctionReturn(0);
}
