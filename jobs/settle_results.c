/* What of a window's settlement goes into its data set. */
#include <string.h>

#include "jobs/results.h"
#include "jobs/run.h"

/* Behind the participants: the tie rent of the study, then these of each region, named as the settlement names them. */
static const char *const RegionAccount[] = {"congestion", "losses", "shortage", "surplus", "unaccounted", "rounding"};

enum { REGION_ACCOUNTS = sizeof RegionAccount / sizeof RegionAccount[0] };

PetscInt RunAccounts(Run run)
{
  return run->participants->n + 1 + REGION_ACCOUNTS * run->partition->n_regions;
}

void RunAccountName(Run run, PetscInt k, char *name, size_t size)
{
  PetscInt p = run->participants->n;

  if (k < p) {
    snprintf(name, size, "%s", run->participants->name[k]);
  } else if (k == p) {
    snprintf(name, size, "@tie-rent");
  } else {
    PetscInt region = (k - p - 1) / REGION_ACCOUNTS;
    snprintf(name, size, "@%s/%s", RegionAccount[(k - p - 1) % REGION_ACCOUNTS], run->partition->name[region]);
  }
}

static PetscErrorCode AddAccounts(Run run, Dataset ds)
{
  PetscInt n = RunAccounts(run);
  char   **name, text[2048];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n, &name));
  for (PetscInt k = 0; k < n; k++) {
    RunAccountName(run, k, text, sizeof text);
    PetscCall(PetscStrallocpy(text, &name[k]));
  }
  PetscCall(DatasetAddDimension(ds, "account", n));
  PetscCall(DatasetAddText(ds, "account", "account", "participant, or declared account (with an @)", name));
  PetscCall(ResultsFreeLabels(n, &name));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowAddSettlement(Run run, const Window *window, Dataset ds)
{
  PetscInt        n = RunAccounts(run), T = window->dispatch->hours;
  int64_t        *amount, *energy, *balance;
  const char     *bytes = window->entries.bytes;
  const uint8_t  *entry;
  size_t          left = window->entries.size, size;
  SettlementEntry line;
  MarketError     error;
  char            unit[64];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(T * n, &amount, T * n, &energy, T, &balance));
  while (EntriesNext(&bytes, &left, &entry, &size)) {
    PetscCheck(SettlementEntryDecode(entry, size, &line, &error) == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "%s",
               error.text);
    PetscCheck((PetscInt)line.participant < n && (PetscInt)line.interval < T, PETSC_COMM_SELF, PETSC_ERR_LIB,
               "an entry is out of range");
    amount[line.interval * n + line.participant] += line.amount;
    energy[line.interval * n + line.participant] += line.quantity_wh;
    balance[line.interval] += line.amount;
  }
  snprintf(unit, sizeof unit, "1e-6 %.40s", run->study->currency);
  PetscCall(AddAccounts(run, ds));
  PetscCall(DatasetAddInteger(ds, "settlement_amount", "time account", unit, "received (positive) or paid (negative)",
                              amount));
  PetscCall(DatasetAddInteger(ds, "settlement_energy", "time account", "Wh", "fed in (positive) or taken (negative)",
                              energy));
  PetscCall(DatasetAddInteger(ds, "settlement_balance", "time", unit, "sum over all accounts, always zero", balance));
  PetscCall(PetscFree3(amount, energy, balance));
  PetscFunctionReturn(0);
}
