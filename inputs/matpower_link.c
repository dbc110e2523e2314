/* HVDC lines of a case. */
#include "inputs/matpower.h"

static const char *const column[] = {"F_BUS", "T_BUS", "BR_STATUS", "PF",    "PT",    "QF",    "QT",    "VF",   "VT",
                                     "PMIN",  "PMAX",  "QMINF",     "QMAXF", "QMINT", "QMAXT", "LOSS0", "LOSS1"};
enum { F_BUS, T_BUS, BR_STATUS, PF, PT, QF, QT, VF, VT, PMIN, PMAX, QMINF, QMAXF, QMINT, QMAXT, LOSS0, LOSS1, COLUMNS };

static PetscErrorCode ReadLimits(const CaseTable *table, PetscInt row, LinkTable *link)
{
  PetscFunctionBegin;
  PetscCall(CaseTableLimit(table, row, PMIN, &link->p_min_mw[row]));
  PetscCall(CaseTableLimit(table, row, PMAX, &link->p_max_mw[row]));
  PetscCall(CaseTableLimit(table, row, QMINF, &link->q_from_min_mvar[row]));
  PetscCall(CaseTableLimit(table, row, QMAXF, &link->q_from_max_mvar[row]));
  PetscCall(CaseTableLimit(table, row, QMINT, &link->q_to_min_mvar[row]));
  PetscCall(CaseTableLimit(table, row, QMAXT, &link->q_to_max_mvar[row]));
  PetscCall(CaseTableOrder(table, row, PMIN, PMAX, link->p_min_mw[row], link->p_max_mw[row]));
  PetscCall(CaseTableOrder(table, row, QMINF, QMAXF, link->q_from_min_mvar[row], link->q_from_max_mvar[row]));
  PetscCall(CaseTableOrder(table, row, QMINT, QMAXT, link->q_to_min_mvar[row], link->q_to_max_mvar[row]));
  PetscFunctionReturn(0);
}

/* A loss in proportion to a flow that may reverse would create energy. */
static PetscErrorCode ReadLosses(const CaseTable *table, PetscInt row, LinkTable *link)
{
  Matpower *reader = table->reader;
  PetscFunctionBegin;
  PetscCall(CaseTableReal(table, row, LOSS0, &link->loss0_mw[row]));
  PetscCall(CaseTableReal(table, row, LOSS1, &link->loss1[row]));
  if (link->loss0_mw[row] < 0 || link->loss1[row] < 0 || link->loss1[row] > 1)
    PetscCall(FaultsAdd(reader->faults, FAULT_ERROR, reader->script->path, CaseTableLine(table, row),
                        "dcline: found LOSS0 %.10g and LOSS1 %.10g, expected losses from 0, LOSS1 up to 1",
                        link->loss0_mw[row], link->loss1[row]));
  if (link->p_min_mw[row] < 0 && link->loss1[row] != 0) {
    PetscCall(FaultsAdd(reader->faults, FAULT_WARNING, reader->script->path, CaseTableLine(table, row),
                        "dcline: LOSS1 %.10g of a line that can reverse is taken as 0", link->loss1[row]));
    link->loss1[row] = 0;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRow(const CaseTable *table, PetscInt row)
{
  Network    net  = table->reader->net;
  LinkTable *link = &net->link;
  PetscInt   status, from, to;
  char       name[64];

  PetscFunctionBegin;
  PetscCall(CaseTableBus(table, row, F_BUS, &from));
  PetscCall(CaseTableBus(table, row, T_BUS, &to));
  PetscCall(CaseTableInt(table, row, BR_STATUS, &status));
  PetscCall(CaseTableReal(table, row, PF, &link->p_mw[row]));
  PetscCall(CaseTableReal(table, row, VF, &link->vm_from_pu[row]));
  PetscCall(CaseTableReal(table, row, VT, &link->vm_to_pu[row]));
  PetscCall(ReadLimits(table, row, link));
  PetscCall(ReadLosses(table, row, link));
  link->from[row] = from;
  link->to[row]   = to;
  if (from < 0 || to < 0) PetscFunctionReturn(0);
  link->in_service[row] =
      status > 0 && net->bus.type[from] != BUS_ISOLATED && net->bus.type[to] != BUS_ISOLATED ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PetscSNPrintf(name, sizeof name, "dcline %" PetscInt_FMT "-%" PetscInt_FMT ":%" PetscInt_FMT,
                          net->bus.number[from], net->bus.number[to], row + 1));
  PetscCall(NetworkSetString(&link->name[row], name));
  PetscFunctionReturn(0);
}

PetscErrorCode MatpowerReadLinks(Matpower *reader)
{
  CaseTable table;
  PetscFunctionBegin;
  PetscCall(CaseTableOpen(reader, "dcline", COLUMNS, PETSC_FALSE, column, &table));
  PetscCall(NetworkResizeLinks(reader->net, table.rows));
  for (PetscInt k = 0; k < table.rows; ++k)
    if (CaseTableRowGood(&table, k)) PetscCall(ReadRow(&table, k));
  PetscFunctionReturn(0);
}
