/* What of a window's settlement and stability goes into its data set. */
#include <math.h>
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

static PetscErrorCode AddSecurityTexts(Run run, const Window *window, Dataset ds)
{
  PetscInt n = window->n_cases;
  char   **verdict, **trip, **criterion;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(n, &verdict, n, &trip, n, &criterion));
  for (PetscInt k = 0; k < n; k++) {
    verdict[k]   = (char *)StabilityVerdictName(window->security[k].verdict);
    trip[k]      = run->study->fault[window->security[k].fault].trip;
    criterion[k] = window->security[k].criterion;
  }
  PetscCall(DatasetAddText(ds, "disturbance_trip", "disturbance", "branch opened when the fault clears", trip));
  PetscCall(DatasetAddText(ds, "disturbance_verdict", "disturbance", "stable or unstable", verdict));
  PetscCall(DatasetAddText(ds, "disturbance_criterion", "disturbance", "what decided", criterion));
  PetscCall(PetscFree3(verdict, trip, criterion));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowAddSecurity(Run run, const Window *window, Dataset ds)
{
  PetscInt n = window->n_cases;
  double  *on, *off, *spread, *cct;
  int64_t *time, *bus;

  PetscFunctionBeginUser;
  if (!n) PetscFunctionReturn(0);
  PetscCall(PetscMalloc6(n, &on, n, &off, n, &spread, n, &cct, n, &time, n, &bus));
  for (PetscInt k = 0; k < n; k++) {
    const SecurityCase *c = &window->security[k];
    const StudyFault   *f = &run->study->fault[c->fault];
    on[k]                 = f->on_s;
    off[k]                = f->off_s;
    spread[k]             = c->max_angle_spread_deg;
    cct[k]                = c->cct_seconds;
    bus[k]                = f->bus;
    time[k]               = window->start + llround((double)c->hour * window->dispatch->step_hours * 3600);
  }
  PetscCall(DatasetAddDimension(ds, "disturbance", n));
  PetscCall(DatasetAddInteger(ds, "disturbance_time", "disturbance", "seconds since 1970-01-01 00:00:00",
                              "start of the interval whose dispatch was disturbed, UTC", time));
  PetscCall(PetscStrallocpy("proleptic_gregorian", &DatasetFind(ds, "disturbance_time")->calendar));
  PetscCall(DatasetAddInteger(ds, "disturbance_bus", "disturbance", "1", "number of the faulted bus", bus));
  PetscCall(DatasetAddReal(ds, "disturbance_fault_on", "disturbance", "s", "start of the fault", on));
  PetscCall(DatasetAddReal(ds, "disturbance_fault_off", "disturbance", "s", "clearing of the fault", off));
  PetscCall(DatasetAddReal(ds, "disturbance_angle_spread", "disturbance", "degree", "largest rotor angle difference",
                           spread));
  PetscCall(DatasetAddReal(ds, "disturbance_critical_clearing_time", "disturbance", "s",
                           "longest fault that is survived; missing when none was found", cct));
  PetscCall(AddSecurityTexts(run, window, ds));
  PetscCall(PetscFree6(on, off, spread, cct, time, bus));
  PetscFunctionReturn(0);
}
