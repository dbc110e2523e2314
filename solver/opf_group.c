/* The OPF model: unknowns that stand on one bus in one hour are one group, which a factorisation eliminates together. */
#include "solver/opf_model_impl.h"

/* Bus of a generator's or link's cost. */
static PetscInt CostedBus(OpfModel m, const CostedPower *c)
{
  return c->kind == OPF_PG ? m->net->generator.bus[m->generator.row[c->slot]] : m->net->link.from[m->link.row[c->slot]];
}

/* Bus on which a variable stands; a link's at its from end. */
static PetscInt VariableBus(OpfModel m, OpfVariable kind, PetscInt slot)
{
  switch (kind) {
  case OPF_VA:
  case OPF_VM:
    return m->bus.row[slot];
  case OPF_PG:
  case OPF_QG:
    return m->net->generator.bus[m->generator.row[slot]];
  case OPF_LINK_P:
  case OPF_LINK_QF:
    return m->net->link.from[m->link.row[slot]];
  case OPF_LINK_QT:
    return m->net->link.to[m->link.row[slot]];
  case OPF_CHARGE:
  case OPF_DISCHARGE:
  case OPF_ENERGY:
  case OPF_QS:
    return m->net->storage.bus[m->storage.row[slot]];
  case OPF_SPILL:
    return m->net->storage.bus[m->inflow.row[slot]];
  case OPF_SHORTAGE_P:
  case OPF_SURPLUS_P:
  case OPF_SHORTAGE_Q:
  case OPF_SURPLUS_Q:
    return m->own.row[slot];
  case OPF_COST:
  case OPF_VARIABLE_KINDS:
    break;
  }
  return -1;
}

/* Bus on which a row stands; a branch's at its from end. */
static PetscInt RowBus(OpfModel m, RowKind kind, PetscInt slot)
{
  const PetscInt *from = m->net->branch.from;
  switch (kind) {
  case ROW_P:
  case ROW_Q:
    return m->balance.row[slot];
  case ROW_LIMIT_FROM:
    return from[m->limit_from.row[slot]];
  case ROW_LIMIT_TO:
    return from[m->limit_to.row[slot]];
  case ROW_ANGLE:
    return from[m->angle.row[slot]];
  case ROW_ENERGY:
    return m->net->storage.bus[m->storage.row[slot]];
  case ROW_SEGMENT:
  case ROW_KINDS:
    break;
  }
  return -1;
}

/* Epigraph variables and segments are numbered over the costs, not over a table. */
static void GroupCosts(OpfModel m, PetscInt t, PetscInt *variable, PetscInt *row)
{
  for (PetscInt k = 0; k < m->n_costed; k++) {
    const CostedPower *c = &m->costed[k];
    const PetscInt     g = t * m->net->bus.n + CostedBus(m, c);
    if (c->epigraph < 0) continue;
    variable[ModelVariable(m, OPF_COST, c->epigraph, t)] = g;
    for (PetscInt s = 0; s + 1 < c->cost->n; s++) row[ModelRow(m, ROW_SEGMENT, c->first_segment + s, t)] = g;
  }
}

PetscErrorCode ModelFillGroups(OpfModel m)
{
  Program        p     = m->program;
  const PetscInt buses = m->net->bus.n;
  PetscInt      *variable, *row;
  PetscFunctionBeginUser;

  PetscCall(PetscMalloc1(p->n + p->m, &p->group));
  variable = p->group;
  row      = p->group + p->n;
  for (PetscInt t = 0; t < m->hours; t++) {
    for (int kind = 0; kind < OPF_VARIABLE_KINDS; kind++)
      for (PetscInt k = 0; k < m->variable_offset[kind + 1] - m->variable_offset[kind] && kind != OPF_COST; k++)
        variable[ModelVariable(m, (OpfVariable)kind, k, t)] = t * buses + VariableBus(m, (OpfVariable)kind, k);
    for (int kind = 0; kind < ROW_KINDS; kind++)
      for (PetscInt k = 0; k < m->row_offset[kind + 1] - m->row_offset[kind] && kind != ROW_SEGMENT; k++)
        row[ModelRow(m, (RowKind)kind, k, t)] = t * buses + RowBus(m, (RowKind)kind, k);
    for (PetscInt k = 0; k < m->ramp.n && t > 0; k++)
      row[ModelRampRow(m, k, t)] = t * buses + m->net->generator.bus[m->ramp.row[k]];
    GroupCosts(m, t, variable, row);
  }
  PetscFunctionReturn(0);
}
