/* The OPF model: unknowns that stand on one bus in one hour are one group, which a factorisation eliminates together;
   those of an hour are one stage. */
#include "solver/opf_model_impl.h"

/* Bus of a generator's or link's cost. */
static PetscInt CostedBus(OpfModel m, const CostedPower *c)
{
  return c->kind == OPF_PG ? m->net->generator.bus[m->generator.row[c->slot]] : m->net->link.from[m->link.row[c->slot]];
}

/* Bus on which a row stands; a branch's at its from end. Reserves stand on no bus: they are numbered behind the
   buses, and behind them what counts emissions. */
static PetscInt RowBus(OpfModel m, RowKind kind, PetscInt slot)
{
  const PetscInt *from = m->net->branch.from;
  switch (kind) {
  case ROW_P:
    return m->balance.row[slot];
  case ROW_Q:
    return m->reactive.row[slot];
  case ROW_LIMIT_FROM:
    return from[m->limit_from.row[slot]];
  case ROW_LIMIT_TO:
    return from[m->limit_to.row[slot]];
  case ROW_ANGLE:
    return from[m->angle.row[slot]];
  case ROW_ENERGY:
    return m->net->storage.bus[m->storage.row[slot]];
  case ROW_SERVED:
    return m->net->load.bus[m->served.row[slot]];
  case ROW_SHIFT_UP:
    return m->net->load.bus[m->shift_priced.row[slot]];
  case ROW_HEADROOM:
    return m->net->generator.bus[m->reserve_generator.row[slot]];
  case ROW_STORAGE_HEADROOM:
  case ROW_STORAGE_RESERVE:
    return m->net->storage.bus[m->reserve_storage.row[slot]];
  case ROW_RESERVE:
    return m->net->bus.n + slot;
  case ROW_EMISSION:
  case ROW_CAP:
    return m->net->bus.n + m->reserve.n;
  case ROW_VOLTAGE:
    return m->soft_voltage.row[slot];
  case ROW_REACTIVE:
    return m->net->generator.bus[m->soft_reactive.row[slot]];
  case ROW_RAMP:
    return m->net->generator.bus[m->ramp.row[slot]];
  case ROW_SHIFT:
    return m->net->load.bus[m->shift.row[slot]];
  case ROW_FINAL:
    return m->net->storage.bus[m->soft_energy.row[slot]];
  case ROW_SEGMENT:
    break;
  }
  return -1;
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
  case OPF_CURTAIL:
    return m->net->load.bus[m->curtail.row[slot]];
  case OPF_SHIFT:
    return m->net->load.bus[m->shift.row[slot]];
  case OPF_SHIFT_UP:
    return m->net->load.bus[m->shift_priced.row[slot]];
  case OPF_RESERVE:
    return m->net->generator.bus[m->reserve_generator.row[slot]];
  case OPF_RESERVE_STORAGE:
    return m->net->storage.bus[m->reserve_storage.row[slot]];
  case OPF_RESERVE_SHORTAGE:
    return m->net->bus.n + m->reserve.slot[m->reserve_short.row[slot]];
  case OPF_EMITTED:
    return m->net->bus.n + m->reserve.n;
  case OPF_EXCESS:
    return RowBus(m, m->excess[slot].kind, m->excess[slot].slot);
  case OPF_SHORTAGE_P:
  case OPF_SURPLUS_P:
    return m->own.row[slot];
  case OPF_SHORTAGE_Q:
  case OPF_SURPLUS_Q:
    return m->own_reactive.row[slot];
  case OPF_COST:
  case OPF_VARIABLE_KINDS:
    break;
  }
  return -1;
}

/* Groups of an hour. */
static PetscInt Stride(OpfModel m)
{
  return m->net->bus.n + m->reserve.n + (m->options.capped ? 1 : 0);
}

/* Epigraph variables and segments are numbered over the costs, not over a table. */
static void GroupCosts(OpfModel m, PetscInt t, PetscInt *variable, PetscInt *row)
{
  for (PetscInt k = 0; k < m->n_costed; k++) {
    const CostedPower *c = &m->costed[k];
    const PetscInt     g = t * Stride(m) + CostedBus(m, c);
    if (c->epigraph < 0) continue;
    variable[ModelVariable(m, OPF_COST, c->epigraph, t)] = g;
    for (PetscInt s = 0; s + 1 < c->cost->n; s++) row[ModelRow(m, ROW_SEGMENT, c->first_segment + s, t)] = g;
  }
}

PetscErrorCode ModelFillGroups(OpfModel m)
{
  Program        p      = m->program;
  const PetscInt stride = Stride(m);
  PetscInt      *variable, *row;
  const struct {
    RowKind  kind;
    PetscInt n;
  } behind[] = {{ROW_RAMP, m->ramp.n},
                {ROW_SHIFT, m->shift.n},
                {ROW_FINAL, m->soft_energy.n},
                {ROW_CAP, m->options.capped ? 1 : 0}};
  PetscFunctionBeginUser;

  PetscCall(PetscMalloc1(p->n + p->m, &p->group));
  PetscCall(PetscMalloc1(p->n + p->m, &p->stage));
  variable = p->group;
  row      = p->group + p->n;
  for (PetscInt t = 0; t < m->hours; t++) {
    for (int kind = 0; kind < OPF_VARIABLE_KINDS; kind++)
      for (PetscInt k = 0; k < m->variable_offset[kind + 1] - m->variable_offset[kind] && kind != OPF_COST; k++)
        variable[ModelVariable(m, (OpfVariable)kind, k, t)] = t * stride + VariableBus(m, (OpfVariable)kind, k);
    for (int kind = 0; kind < ROW_KINDS; kind++)
      for (PetscInt k = 0; k < m->row_offset[kind + 1] - m->row_offset[kind] && kind != ROW_SEGMENT; k++)
        row[ModelRow(m, (RowKind)kind, k, t)] = t * stride + RowBus(m, (RowKind)kind, k);
    for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(behind); j++)
      for (PetscInt k = 0; k < behind[j].n; k++) {
        const PetscInt at = ModelRowAt(m, behind[j].kind, k, t);
        if (at >= 0) row[at] = t * stride + RowBus(m, behind[j].kind, k);
      }
    GroupCosts(m, t, variable, row);
  }
  for (PetscInt i = 0; i < p->n + p->m; i++) p->stage[i] = p->group[i] / stride;
  PetscFunctionReturn(0);
}
