/* Markets of a run on the screen. */
#include "jobs/show_market.h"

#include "jobs/format.h"
#include "jobs/job.h"

static long long Integer(json_t *object, const char *key)
{
  return (long long)json_integer_value(json_object_get(object, key));
}

static double Millions(json_t *object, const char *key)
{
  return (double)Integer(object, key) / 1e6;
}

static void ShowDeliveries(json_t *market, FILE *out)
{
  json_t *row;
  size_t  k;

  json_array_foreach(json_object_get(market, "deliveries"), k, row)
  {
    if (!Integer(row, "deliveries")) continue;
    fprintf(out, "%-11s %.6f MWh in %lld deliveries\n", k == 0 ? "traded" : "contracted", Millions(row, "energy_wh"),
            Integer(row, "deliveries"));
  }
}

static void ShowContracts(json_t *market, const char *currency, FILE *out)
{
  json_t *row, *rows = json_object_get(market, "contracts");
  size_t  k;

  if (!json_array_size(rows)) return;
  fprintf(out, "\ncontracts                            delivered MWh    seller receives  %s\n", currency);
  json_array_foreach(rows, k, row) fprintf(out, "  %-34.34s %13.6f %18s\n", JsonWord(row, "contract", ""),
                                           Millions(row, "energy_wh"), JsonWord(row, "seller_received", ""));
}

static void ShowMatching(json_t *market, FILE *out)
{
  json_t *row, *certificates = json_object_get(market, "certificates");
  size_t  k;

  if (!certificates) return;
  fprintf(out, "\ncertificates  %.6f MWh issued, %.6f cancelled, %.6f expired, %.6f lost, %.6f in storage\n",
          Millions(certificates, "issued_wh"), Millions(certificates, "cancelled_wh"),
          Millions(certificates, "expired_wh"), Millions(certificates, "lost_wh"), Millions(certificates, "stored_wh"));
  json_array_foreach(json_object_get(certificates, "matching"), k, row)
      fprintf(out, "  %-34.34s %5.1f %% of %.6f MWh matched hour by hour\n", JsonWord(row, "participant", ""),
              100 * json_number_value(json_object_get(row, "hourly_matching")), Millions(row, "consumed_wh"));
}

void ShowMarket(json_t *summary, FILE *out)
{
  json_t     *market = json_object_get(summary, "market"), *allowances = json_object_get(market, "allowances");
  json_t     *unaccounted = json_object_get(market, "unaccounted");
  const char *currency    = JsonWord(summary, "currency", "");

  fprintf(out, "unaccounted %lld Wh in all, at most %lld Wh at a bus and interval (limit %lld Wh)\n",
          Integer(unaccounted, "energy_wh"), Integer(unaccounted, "largest_wh"), Integer(unaccounted, "limit_wh"));
  ShowDeliveries(market, out);
  if (allowances)
    fprintf(out, "allowances  %s %s paid for %.6f t\n", JsonWord(allowances, "paid", ""), currency,
            Millions(allowances, "cancelled_g"));
  if (Integer(allowances, "exceeded_g"))
    fprintf(out, "            %.6f t above the cap in real time\n", Millions(allowances, "exceeded_g"));
  ShowContracts(market, currency, out);
  ShowMatching(market, out);
}
