/* Cells of a case's matrices, read with the faults that name their row and column. */
#include "inputs/matpower.h"

#include <limits.h>
#include <math.h>

PetscErrorCode CaseTableOpen(Matpower *reader, const char *name, PetscInt least, PetscBool required,
                             const char *const *column, CaseTable *table)
{
  const Variable *variable = ScriptField(reader->script, name);
  const char     *path     = reader->script->path;

  PetscFunctionBegin;
  *table = (CaseTable){reader, name, column, 0, 0, NULL};
  if (!variable) {
    if (required)
      PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, path, 0, "found no %s.%s, expected a matrix",
                          reader->script->result, name));
    PetscFunctionReturn(0);
  }
  if (variable->value->kind != VALUE_MATRIX) {
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, path, variable->line, "%s: found text, expected a matrix", name));
    PetscFunctionReturn(0);
  }
  if (variable->value->rows > 0 && variable->value->cols < least) {
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, path, variable->line,
                        "%s: found %" PetscInt_FMT " columns, expected %" PetscInt_FMT " or more", name,
                        variable->value->cols, least));
    PetscFunctionReturn(0);
  }
  table->value = variable->value;
  table->rows  = variable->value->rows;
  table->cols  = variable->value->cols;
  PetscFunctionReturn(0);
}

PetscInt CaseTableLine(const CaseTable *table, PetscInt row)
{
  return table->value->line ? PetscAbsInt(table->value->line[row]) : 0;
}

PetscBool CaseTableRowGood(const CaseTable *table, PetscInt row)
{
  return !table->value->line || table->value->line[row] > 0 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode CellFault(const CaseTable *table, PetscInt row, PetscInt column, const char *expected)
{
  const double x = table->value->number[row * table->cols + column];
  PetscFunctionBegin;
  PetscCall(FaultsAdd(table->reader->faults, FAULT_ERROR, table->reader->script->path, CaseTableLine(table, row),
                      "%s: found %s %.10g, expected %s", table->name, table->column[column], x, expected));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseTableReal(const CaseTable *table, PetscInt row, PetscInt column, PetscReal *value)
{
  PetscFunctionBegin;
  *value = table->value->number[row * table->cols + column];
  if (!isfinite(*value)) {
    PetscCall(CellFault(table, row, column, "a finite number"));
    *value = 0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CaseTableLimit(const CaseTable *table, PetscInt row, PetscInt column, PetscReal *value)
{
  PetscFunctionBegin;
  *value = table->value->number[row * table->cols + column];
  if (isnan(*value)) {
    PetscCall(CellFault(table, row, column, "a number"));
    *value = 0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CaseTableInt(const CaseTable *table, PetscInt row, PetscInt column, PetscInt *value)
{
  const double x = table->value->number[row * table->cols + column];
  PetscFunctionBegin;
  *value = 0;
  if (x == floor(x) && fabs(x) <= (double)INT_MAX)
    *value = (PetscInt)x;
  else
    PetscCall(CellFault(table, row, column, "a whole number"));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseTableBus(const CaseTable *table, PetscInt row, PetscInt column, PetscInt *bus)
{
  PetscInt number;
  PetscFunctionBegin;
  PetscCall(CaseTableInt(table, row, column, &number));
  *bus = NetworkFindBus(table->reader->net, number);
  if (*bus < 0) PetscCall(CellFault(table, row, column, "the number of a bus of the case"));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseTableOrder(const CaseTable *table, PetscInt row, PetscInt low, PetscInt high, PetscReal lower,
                              PetscReal upper)
{
  PetscFunctionBegin;
  if (lower > upper)
    PetscCall(FaultsAdd(table->reader->faults, FAULT_ERROR, table->reader->script->path, CaseTableLine(table, row),
                        "%s: found %s %.10g above %s %.10g, expected a lower limit below the upper", table->name,
                        table->column[low], lower, table->column[high], upper));
  PetscFunctionReturn(0);
}
