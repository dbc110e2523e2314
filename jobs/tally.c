/* The tally of a window. */
#include "jobs/tally.h"

#include <string.h>

enum { LINE_NUMBERS = sizeof(StatementLine) / sizeof(int64_t) };

PetscErrorCode TallyCreate(PetscInt hours, PetscInt n_accounts, Tally *tally)
{
  PetscFunctionBeginUser;
  *tally = (Tally){.hours = hours, .n_accounts = n_accounts};
  PetscCall(PetscCalloc3(hours * n_accounts, &tally->amount, hours * n_accounts, &tally->energy,
                         n_accounts * SETTLEMENT_KINDS, &tally->line));
  PetscFunctionReturn(0);
}

PetscErrorCode TallyDestroy(Tally *tally)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(tally->amount, tally->energy, tally->line));
  PetscFunctionReturn(0);
}

static void AddEntry(Tally *tally, const SettlementEntry *entry)
{
  size_t         at   = (size_t)entry->interval * (size_t)tally->n_accounts + entry->participant;
  StatementLine *line = &tally->line[entry->participant * SETTLEMENT_KINDS + (size_t)SettlementKindIndex(entry->kind)];

  tally->amount[at] += entry->amount;
  if (SettlementKindIsEnergy(entry->kind)) tally->energy[at] += entry->quantity_wh;
  line->lines++;
  if (entry->quantity_wh > 0)
    line->injected_wh += entry->quantity_wh;
  else
    line->withdrawn_wh -= entry->quantity_wh;
  if (entry->amount > 0)
    line->received += entry->amount;
  else
    line->paid -= entry->amount;
}

void TallyAdd(Tally *tally, Settlement settlement)
{
  for (size_t k = 0; k < settlement->n; k++) AddEntry(tally, &settlement->entry[k]);
  tally->unaccounted = PetscMax(tally->unaccounted, settlement->largest_mismatch);
}

static PetscErrorCode Sum(Job job, void *values, size_t n)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Reduce(job->rank ? values : MPI_IN_PLACE, values, (int)n, MPI_INT64_T, MPI_SUM, 0, job->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode TallyReduce(Job job, Tally *tally)
{
  size_t cells = (size_t)tally->hours * (size_t)tally->n_accounts;

  PetscFunctionBeginUser;
  PetscCall(Sum(job, tally->amount, cells));
  PetscCall(Sum(job, tally->energy, cells));
  PetscCall(Sum(job, tally->line, (size_t)tally->n_accounts * SETTLEMENT_KINDS * LINE_NUMBERS));
  PetscCallMPI(MPI_Reduce(job->rank ? &tally->unaccounted : MPI_IN_PLACE, &tally->unaccounted, 1, MPI_INT64_T, MPI_MAX,
                          0, job->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddIntervals(const Tally *tally, const char *unit, Dataset ds)
{
  int64_t *balance;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(tally->hours, &balance));
  for (PetscInt t = 0; t < tally->hours; t++)
    for (PetscInt k = 0; k < tally->n_accounts; k++) balance[t] += tally->amount[t * tally->n_accounts + k];
  PetscCall(DatasetAddInteger(ds, "settlement_amount", "time account", unit, "received (positive) or paid (negative)",
                              tally->amount));
  PetscCall(DatasetAddInteger(ds, "settlement_energy", "time account", "Wh", "given (positive) or taken (negative)",
                              tally->energy));
  PetscCall(DatasetAddInteger(ds, "settlement_balance", "time", unit, "sum over all accounts, always zero", balance));
  PetscCall(PetscFree(balance));
  PetscFunctionReturn(0);
}

/* The rows of the statement as columns. */
typedef struct {
  PetscInt n;
  int64_t *window, *account, *number[LINE_NUMBERS];
  char   **name, **kind;
} Columns;

static const struct {
  const char *name, *long_name;
  PetscBool   energy;
} column[LINE_NUMBERS] = {{"statement_lines", "entries summed", PETSC_FALSE},
                          {"statement_injected", "sum of positive quantities", PETSC_TRUE},
                          {"statement_withdrawn", "minus the sum of negative quantities", PETSC_TRUE},
                          {"statement_received", "sum of positive amounts", PETSC_FALSE},
                          {"statement_paid", "minus the sum of negative amounts", PETSC_FALSE}};

static PetscErrorCode FillColumns(const Tally *tally, PetscInt window, char *const *account, Columns *c)
{
  PetscInt cells = tally->n_accounts * SETTLEMENT_KINDS;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc4(cells, &c->window, cells, &c->account, cells, &c->name, cells, &c->kind));
  for (int k = 0; k < LINE_NUMBERS; k++) PetscCall(PetscCalloc1(cells, &c->number[k]));
  for (PetscInt at = 0; at < cells; at++) {
    const int64_t *line = (const int64_t *)&tally->line[at];
    if (!line[0]) continue;
    c->window[c->n]  = window;
    c->account[c->n] = at / SETTLEMENT_KINDS;
    c->name[c->n]    = account[at / SETTLEMENT_KINDS];
    c->kind[c->n]    = (char *)SettlementKindName(SettlementKindAt((int)(at % SETTLEMENT_KINDS)));
    for (int k = 0; k < LINE_NUMBERS; k++) c->number[k][c->n] = line[k];
    c->n++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddRows(const Tally *tally, const char *unit, PetscInt window, Dataset ds)
{
  Columns c = {0};

  PetscFunctionBeginUser;
  PetscCall(FillColumns(tally, window, DatasetFind(ds, "account")->text, &c));
  PetscCall(DatasetAddDimension(ds, "statement_row", c.n));
  PetscCall(DatasetAddInteger(ds, "statement_window", "statement_row", "1", "window of the row", c.window));
  PetscCall(DatasetAddText(ds, "statement_account", "statement_row", "account of the row", c.name));
  PetscCall(DatasetAddInteger(ds, "statement_account_number", "statement_row", "1", "its position among the accounts",
                              c.account));
  PetscCall(DatasetAddText(ds, "statement_kind", "statement_row", "kind of the entries summed in the row", c.kind));
  for (int k = 0; k < LINE_NUMBERS; k++)
    PetscCall(DatasetAddInteger(ds, column[k].name, "statement_row",
                                k == 0             ? "1"
                                : column[k].energy ? "Wh"
                                                   : unit,
                                column[k].long_name, c.number[k]));
  for (int k = 0; k < LINE_NUMBERS; k++) PetscCall(PetscFree(c.number[k]));
  PetscCall(PetscFree4(c.window, c.account, c.name, c.kind));
  PetscFunctionReturn(0);
}

PetscErrorCode TallyAddResults(const Tally *tally, const char *currency, PetscInt window, int64_t unaccounted_limit,
                               Dataset ds)
{
  char unit[64];

  PetscFunctionBeginUser;
  snprintf(unit, sizeof unit, "1e-6 %.40s", currency);
  PetscCall(AddIntervals(tally, unit, ds));
  PetscCall(AddRows(tally, unit, window, ds));
  PetscCall(DatasetAddInteger(ds, "unaccounted_largest", "window", "Wh",
                              "largest energy of a bus and interval that the solver's tolerance left",
                              &tally->unaccounted));
  PetscCall(DatasetAddInteger(ds, "unaccounted_limit", "window", "Wh", "what is settled at most, beyond rounding",
                              &unaccounted_limit));
  PetscFunctionReturn(0);
}

static int KindNamed(const char *name)
{
  for (int k = 0; k < SETTLEMENT_KINDS; k++)
    if (!strcmp(SettlementKindName(SettlementKindAt(k)), name)) return k;
  return -1;
}

PetscErrorCode TallyStatement(Dataset ds, const char *currency, Statement *statement)
{
  PetscInt     dimension = DatasetFindDimension(ds, "statement_row");
  PetscInt     n         = dimension < 0 ? 0 : ds->dim[dimension].length;
  MarketError  error     = {0};
  MarketStatus status    = StatementCreate(currency, statement, &error);

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < n && status == MARKET_OK; row++) {
    StatementLine line;
    int           kind = KindNamed(DatasetFind(ds, "statement_kind")->text[row]);
    for (int k = 0; k < LINE_NUMBERS; k++) ((int64_t *)&line)[k] = DatasetFind(ds, column[k].name)->integer[row];
    PetscCheck(kind >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "a row of the statement has an unknown kind");
    status = StatementAddLine(*statement, (uint32_t)DatasetFind(ds, "statement_account_number")->integer[row],
                              EntryTextOf(DatasetFind(ds, "statement_account")->text[row]), kind, &line, &error);
  }
  PetscCheck(status == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  PetscFunctionReturn(0);
}
