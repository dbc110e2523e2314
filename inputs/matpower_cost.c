/* Cost tables of a case: generators' active and reactive costs, costs of HVDC lines. */
#include "inputs/matpower.h"

#include <math.h>

static const char *const cost_column[] = {"MODEL", "STARTUP", "SHUTDOWN", "NCOST"};
enum { MODEL, STARTUP, SHUTDOWN, NCOST, FIRST };
enum { MODEL_PIECEWISE_LINEAR = 1, MODEL_POLYNOMIAL = 2 };

static PetscErrorCode RowFault(const CaseTable *table, PetscInt row, const char *text)
{
  PetscFunctionBegin;
  PetscCall(FaultsAdd(table->reader->faults, FAULT_ERROR, table->reader->script->path, CaseTableLine(table, row),
                      "%s: %s", table->name, text));
  PetscFunctionReturn(0);
}

/* Coefficients come highest power first. */
static PetscErrorCode ReadPolynomial(const double *number, PetscInt n, Cost *cost)
{
  PetscReal *coefficient;
  PetscFunctionBegin;
  PetscCall(PetscMalloc1((size_t)n, &coefficient));
  for (PetscInt k = 0; k < n; ++k) coefficient[k] = number[n - 1 - k];
  while (n > 1 && coefficient[n - 1] == 0) --n;
  PetscCall(CostSet(cost, COST_POLYNOMIAL, n, coefficient));
  PetscCall(PetscFree(coefficient));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadPiecewise(const CaseTable *table, PetscInt row, const double *point, PetscInt n, Cost *cost)
{
  PetscFunctionBegin;
  if (n < 2) {
    PetscCall(RowFault(table, row, "found a piecewise linear cost of one point, expected two or more"));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 1; k < n; ++k)
    if (point[2 * k] <= point[2 * k - 2]) {
      PetscCall(RowFault(table, row, "found piecewise linear cost points out of order, expected increasing power"));
      PetscFunctionReturn(0);
    }
  PetscCall(CostSet(cost, COST_PIECEWISE_LINEAR, n, point));
  /* printed decimals make slopes fall a little where the curve is straight: its hull is then the curve that was meant */
  if (CostIsConvex(cost, 1e-4))
    PetscCall(CostConvexHull(cost, NULL));
  else
    PetscCall(RowFault(table, row, "found a piecewise linear cost whose slope falls, expected a convex cost"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRow(const CaseTable *table, PetscInt row, Cost *cost)
{
  const double *number = table->value->number + (size_t)row * (size_t)table->cols;
  PetscInt      model, n, width;

  PetscFunctionBegin;
  if (!CaseTableRowGood(table, row)) PetscFunctionReturn(0);
  PetscCall(CaseTableInt(table, row, MODEL, &model));
  PetscCall(CaseTableInt(table, row, NCOST, &n));
  if (model != MODEL_PIECEWISE_LINEAR && model != MODEL_POLYNOMIAL) {
    PetscCall(RowFault(table, row, "found a cost model that is none, expected 1 (piecewise linear) or 2 (polynomial)"));
    PetscFunctionReturn(0);
  }
  width = table->cols - FIRST;
  if (n < 0 || n > (model == MODEL_POLYNOMIAL ? width : width / 2)) {
    PetscCall(FaultsAdd(table->reader->faults, FAULT_ERROR, table->reader->script->path, CaseTableLine(table, row),
                        "%s: found NCOST %" PetscInt_FMT " in a row with room for %" PetscInt_FMT " numbers of cost",
                        table->name, n, width));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < (model == MODEL_POLYNOMIAL ? n : 2 * n); ++k)
    if (!isfinite(number[FIRST + k])) {
      PetscCall(RowFault(table, row, "found a cost that is not finite, expected a number"));
      PetscFunctionReturn(0);
    }
  if (n == 0) PetscFunctionReturn(0);
  if (model == MODEL_POLYNOMIAL)
    PetscCall(ReadPolynomial(number + FIRST, n, cost));
  else
    PetscCall(ReadPiecewise(table, row, number + FIRST, n, cost));
  PetscFunctionReturn(0);
}

static PetscBool CostIsZero(const CaseTable *table, PetscInt row)
{
  const double *number = table->value->number + (size_t)row * (size_t)table->cols;
  const int     step   = number[MODEL] == MODEL_PIECEWISE_LINEAR ? 2 : 1; /* costs stand at every second place */
  for (PetscInt k = FIRST + step - 1; k < table->cols; k += step)
    if (number[k] != 0) return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscErrorCode WarnUnused(const CaseTable *table, PetscInt n)
{
  Matpower *reader  = table->reader;
  PetscInt  startup = 0, reactive = 0;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < n; ++k) {
    const double *number = table->value->number + (size_t)k * (size_t)table->cols;
    if (number[STARTUP] != 0 || number[SHUTDOWN] != 0) ++startup;
  }
  for (PetscInt k = n; k < table->rows; ++k)
    if (!CostIsZero(table, k)) ++reactive;
  if (startup)
    PetscCall(FaultsAdd(reader->faults, FAULT_WARNING, reader->script->path, CaseTableLine(table, 0),
                        "%s: start-up and shut-down costs of %" PetscInt_FMT " units are not used", table->name,
                        startup));
  if (reactive)
    PetscCall(FaultsAdd(reader->faults, FAULT_WARNING, reader->script->path, CaseTableLine(table, n),
                        "%s: reactive power costs of %" PetscInt_FMT " units are not used", table->name, reactive));
  PetscFunctionReturn(0);
}

/* `n` rows of costs, or twice as many when costs of reactive power follow. */
static PetscErrorCode ReadTable(Matpower *reader, const char *name, PetscInt n, PetscBool reactive, Cost *cost)
{
  CaseTable table;
  PetscFunctionBegin;
  PetscCall(CaseTableOpen(reader, name, FIRST, PETSC_FALSE, cost_column, &table));
  if (!table.value || (table.rows == 0 && n == 0)) PetscFunctionReturn(0);
  if (table.rows != n && !(reactive && table.rows == 2 * n)) {
    const Variable *variable = ScriptField(reader->script, name);
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, reader->script->path, variable->line,
                        "%s: found %" PetscInt_FMT " rows, expected %" PetscInt_FMT ", one for each unit%s", name,
                        table.rows, n, reactive ? ", or twice as many" : ""));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < n; ++k) PetscCall(ReadRow(&table, k, &cost[k]));
  PetscCall(WarnUnused(&table, n));
  PetscFunctionReturn(0);
}

PetscErrorCode MatpowerReadCosts(Matpower *reader)
{
  Network net = reader->net;
  PetscFunctionBegin;
  if (!ScriptField(reader->script, "gencost") && net->generator.n)
    PetscCall(FaultsAdd(reader->faults, FAULT_WARNING, reader->script->path, 0,
                        "found no gencost: generation is taken as free"));
  PetscCall(ReadTable(reader, "gencost", net->generator.n, PETSC_TRUE, net->generator.cost));
  PetscCall(ReadTable(reader, "dclinecost", net->link.n, PETSC_FALSE, net->link.cost));
  PetscFunctionReturn(0);
}
