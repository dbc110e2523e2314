/* The summary of a run's markets: what was delivered, what each contract did, whose consumption was matched, what carbon
   cost, and what the accounts of each class of participants come to. */
#include <string.h>

#include "jobs/format.h"
#include "jobs/summary_impl.h"

/* Sum of column k of an array [rows][n]. */
static int64_t Column(const int64_t *value, size_t rows, size_t n, size_t k)
{
  int64_t sum = 0;

  for (size_t row = 0; value && row < rows; row++) sum += value[row * n + k];
  return sum;
}

static json_t *DeliveryRow(const SummaryView *v, const char *kind)
{
  const int64_t *energy = SummaryInteger(v, "delivery_energy");
  char *const   *kinds  = SummaryText(v, "delivery_kind");
  int64_t        wh = 0, n = 0;
  json_t        *row = json_object();

  for (size_t k = 0; energy && k < SummaryLength(v, "delivery"); k++) {
    if (strcmp(kinds[k], kind) != 0) continue;
    wh += energy[k];
    n++;
  }
  JsonPut(row, "kind", json_string(kind));
  JsonPut(row, "deliveries", json_integer(n));
  JsonPut(row, "energy_wh", json_integer(wh));
  return row;
}

static json_t *ContractRows(const SummaryView *v)
{
  const int64_t *energy = SummaryInteger(v, "contract_energy"), *amount = SummaryInteger(v, "contract_amount");
  size_t         n = SummaryLength(v, "contract"), windows = SummaryLength(v, "window");
  json_t        *rows = json_array();

  for (size_t k = 0; k < n; k++) {
    json_t *row = json_object();
    JsonPut(row, "contract", json_string(SummaryText(v, "contract")[k]));
    JsonPut(row, "seller", json_string(SummaryText(v, "contract_seller")[k]));
    JsonPut(row, "buyer", json_string(SummaryText(v, "contract_buyer")[k]));
    JsonPut(row, "energy_wh", json_integer(Column(energy, windows, n, k)));
    JsonPut(row, "seller_received", json_string(FormatMillionths(Column(amount, windows, n, k)).text));
    json_array_append_new(rows, row);
  }
  return rows;
}

static void PutCertificates(const SummaryView *v, json_t *market)
{
  static const char *const total[] = {"issued", "cancelled", "expired", "lost"};

  const int64_t *consumed = SummaryInteger(v, "consumed_energy"), *matched = SummaryInteger(v, "matched_energy");
  size_t         n = SummaryLength(v, "participant"), windows = SummaryLength(v, "window");
  json_t        *certificates = json_object(), *rows = json_array();

  if (!consumed) {
    json_decref(certificates);
    json_decref(rows);
    return;
  }
  for (size_t k = 0; k < sizeof total / sizeof *total; k++) {
    char name[64], key[64];
    snprintf(name, sizeof name, "certificates_%s", total[k]);
    snprintf(key, sizeof key, "%s_wh", total[k]);
    JsonPut(certificates, key, json_integer(Column(SummaryInteger(v, name), windows, 1, 0)));
  }
  JsonPut(certificates, "stored_wh", json_integer(SummaryInteger(v, "certificates_stored")[windows - 1]));
  for (size_t k = 0; k < n; k++) {
    int64_t took = Column(consumed, v->T, n, k), covered = Column(matched, v->T, n, k);
    json_t *row;
    if (!took) continue;
    row = json_object();
    JsonPut(row, "participant", json_string(SummaryText(v, "participant")[k]));
    JsonPut(row, "consumed_wh", json_integer(took));
    JsonPut(row, "matched_wh", json_integer(covered));
    JsonPut(row, "hourly_matching", JsonReal((double)covered / (double)took));
    json_array_append_new(rows, row);
  }
  JsonPut(certificates, "matching", rows);
  JsonPut(market, "certificates", certificates);
}

static void PutAllowances(const SummaryView *v, json_t *market)
{
  size_t  windows    = SummaryLength(v, "window");
  json_t *allowances = json_object();

  if (!SummaryInteger(v, "allowances_cancelled")) {
    json_decref(allowances);
    return;
  }
  JsonPut(allowances, "cancelled_g", json_integer(Column(SummaryInteger(v, "allowances_cancelled"), windows, 1, 0)));
  JsonPut(allowances, "granted_g", json_integer(Column(SummaryInteger(v, "allowances_granted"), windows, 1, 0)));
  JsonPut(allowances, "left_g", json_integer(Column(SummaryInteger(v, "allowances_left"), windows, 1, 0)));
  JsonPut(allowances, "exceeded_g", json_integer(Column(SummaryInteger(v, "allowances_exceeded"), windows, 1, 0)));
  JsonPut(allowances, "paid",
          json_string(FormatMillionths(Column(SummaryInteger(v, "allowances_paid"), windows, 1, 0)).text));
  JsonPut(allowances, "returned",
          json_string(FormatMillionths(Column(SummaryInteger(v, "allowances_returned"), windows, 1, 0)).text));
  JsonPut(market, "allowances", allowances);
}

/* What all participants of each class come to, in the order in which classes appear. */
static json_t *ClassRows(const SummaryView *v)
{
  const int64_t *amount = SummaryInteger(v, "settlement_amount");
  size_t         n = SummaryLength(v, "participant"), accounts = SummaryLength(v, "account");
  char *const   *of   = SummaryText(v, "participant_class");
  json_t        *rows = json_array();

  for (size_t k = 0; k < n; k++) {
    int64_t sum = 0;
    bool    met = !of[k][0];
    json_t *row;
    for (size_t j = 0; j < k && !met; j++) met = !strcmp(of[j], of[k]);
    if (met) continue;
    for (size_t j = k; j < n; j++)
      if (!strcmp(of[j], of[k])) sum += Column(amount, v->T, accounts, j);
    row = json_object();
    JsonPut(row, "class", json_string(of[k]));
    JsonPut(row, "net", json_string(FormatMillionths(sum).text));
    json_array_append_new(rows, row);
  }
  return rows;
}

/* What the solver's tolerance left, and what it may leave. */
static json_t *Unaccounted(const SummaryView *v)
{
  const int64_t *injected  = SummaryInteger(v, "statement_injected"),
                *withdrawn = SummaryInteger(v, "statement_withdrawn");
  const int64_t *largest = SummaryInteger(v, "unaccounted_largest"), *limit = SummaryInteger(v, "unaccounted_limit");
  int64_t        wh = 0, most = 0;
  json_t        *row = json_object();

  for (size_t k = 0; k < SummaryLength(v, "statement_row"); k++)
    if (!strcmp(SummaryText(v, "statement_kind")[k], SettlementKindName(SETTLEMENT_UNACCOUNTED)))
      wh += injected[k] + withdrawn[k];
  for (size_t w = 0; w < SummaryLength(v, "window"); w++) most = PetscMax(most, largest[w]);
  JsonPut(row, "energy_wh", json_integer(wh));
  JsonPut(row, "largest_wh", json_integer(most));
  JsonPut(row, "limit_wh", json_integer(limit[0]));
  return row;
}

void SummaryPutMarket(const SummaryView *v, json_t *summary)
{
  json_t *market = json_object(), *deliveries = json_array();

  json_array_append_new(deliveries, DeliveryRow(v, SettlementKindName(SETTLEMENT_TRADE)));
  json_array_append_new(deliveries, DeliveryRow(v, SettlementKindName(SETTLEMENT_CONTRACT_ENERGY)));
  JsonPut(market, "deliveries", deliveries);
  JsonPut(market, "contracts", ContractRows(v));
  PutCertificates(v, market);
  PutAllowances(v, market);
  JsonPut(market, "classes", ClassRows(v));
  JsonPut(market, "unaccounted", Unaccounted(v));
  JsonPut(summary, "market", market);
}
