/* What of a window's settlement goes into its data set. */
#include "jobs/results.h"
#include "jobs/run.h"
#include "market/account.h"

PetscInt RunAccounts(Run run)
{
  return (PetscInt)AccountCount((size_t)run->participants->n, (size_t)run->partition->n_regions);
}

void RunAccountName(Run run, PetscInt k, char *name, size_t size)
{
  size_t      p = (size_t)run->participants->n, region = 0;
  AccountKind kind;

  if (k < run->participants->n) {
    snprintf(name, size, "%s", run->participants->name[k]);
    return;
  }
  kind = AccountKindOf(p, (uint32_t)k, &region);
  snprintf(name, size, "%s%s", AccountPrefix(kind), kind == ACCOUNT_TIE_RENT ? "" : run->partition->name[region]);
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
  PetscFunctionBeginUser;
  PetscCall(AddAccounts(run, ds));
  PetscCall(TallyAddResults(&window->tally, run->study->currency, window->number,
                            window->inputs.facts->mismatch_limit_wh, ds));
  PetscFunctionReturn(0);
}
