/* Blocks: the flat index space of a rank, the border that all share, and sums in block order. */
#include "solver/blocks.h"

#include "inputs/log.h"

/* --- Border items --- */

/* Where the items of each block begin in what MPI_Allgatherv brings, rank after rank. */
static PetscErrorCode PlaceItems(Blocks s, BorderItems *items)
{
  PetscMPIInt at = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(s->size, &items->count, s->size, &items->displacement, s->n_blocks, &items->place));
  for (PetscMPIInt r = 0; r < s->size; r++) {
    items->displacement[r] = at;
    for (PetscInt b = 0; b < s->n_blocks; b++) {
      const PetscMPIInt n = (PetscMPIInt)(items->start[b + 1] - items->start[b]);

      if (s->rank_of[b] != r) continue;
      items->place[b] = at;
      items->count[r] += n;
      at += n;
    }
  }
  PetscCall(PetscMalloc3(items->start[s->n_blocks], &items->gather, items->count[s->rank], &items->packed, items->n,
                         &items->before));
  PetscFunctionReturn(0);
}

/* Tells every rank which items each block touches. own: the lists of this rank's blocks, one after the other. */
static PetscErrorCode ShareItems(Blocks s, PetscInt n, const PetscInt *own_count, const PetscInt *own,
                                 BorderItems *items)
{
  PetscInt *gathered;

  PetscFunctionBeginUser;
  items->n = n;
  PetscCall(PetscCalloc1(s->n_blocks + 1, &items->start));
  for (PetscInt k = 0; k < s->n_local; k++) items->start[s->block[k].number + 1] = own_count[k];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, items->start, (PetscMPIInt)s->n_blocks + 1, MPIU_INT, MPI_SUM, s->comm));
  for (PetscInt b = 0; b < s->n_blocks; b++) items->start[b + 1] += items->start[b];
  PetscCall(PlaceItems(s, items));
  PetscCall(PetscMalloc1(items->start[s->n_blocks], &gathered));
  PetscCall(PetscMalloc1(items->start[s->n_blocks], &items->item));
  PetscCallMPI(MPI_Allgatherv(own, items->count[s->rank], MPIU_INT, gathered, items->count, items->displacement,
                              MPIU_INT, s->comm));
  for (PetscInt b = 0; b < s->n_blocks; b++) {
    PetscCall(PetscArraycpy(items->item + items->start[b], gathered + items->place[b],
                            items->start[b + 1] - items->start[b]));
  }
  PetscCall(PetscFree(gathered));
  PetscFunctionReturn(0);
}

static PetscErrorCode BorderItemsDestroy(BorderItems *items)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(items->start));
  PetscCall(PetscFree(items->item));
  PetscCall(PetscFree3(items->count, items->displacement, items->place));
  PetscCall(PetscFree3(items->gather, items->packed, items->before));
  PetscFunctionReturn(0);
}

PetscErrorCode BorderItemsAdd(Blocks s, BorderItems *items, PetscReal *out)
{
  PetscFunctionBeginUser;
  if (items->n == 0) PetscFunctionReturn(0);
  PetscCall(LogEventBegin(LOG_PARTITION_EXCHANGE));
  PetscCallMPI(MPI_Allgatherv(items->packed, items->count[s->rank], MPIU_REAL, items->gather, items->count,
                              items->displacement, MPIU_REAL, s->comm));
  PetscCall(LogEventEnd(LOG_PARTITION_EXCHANGE));
  s->bytes_sent += (size_t)items->count[s->rank] * sizeof(PetscReal) * (size_t)(s->size - 1);
  for (PetscInt b = 0; b < s->n_blocks; b++) {
    const PetscReal *value = items->gather + items->place[b];

    for (PetscInt k = items->start[b]; k < items->start[b + 1]; k++) out[items->item[k]] += *value++;
  }
  PetscFunctionReturn(0);
}

/* --- Making --- */

/* Ascending list of the distinct border numbers >= 0 in map [n]. */
static PetscErrorCode ListItems(PetscInt n, const PetscInt *map, PetscInt *count, PetscInt **item)
{
  PetscFunctionBeginUser;
  *count = 0;
  PetscCall(PetscMalloc1(n, item));
  for (PetscInt i = 0; map && i < n; i++) {
    if (map[i] >= 0) (*item)[(*count)++] = map[i];
  }
  PetscCall(PetscSortInt(*count, *item));
  for (PetscInt k = 1; k < *count; k++) {
    PetscCheck((*item)[k] != (*item)[k - 1], PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
               "border item %" PetscInt_FMT " has two copies in one block", (*item)[k]);
  }
  PetscFunctionReturn(0);
}

/* The lists of all blocks of this rank, shared: of variables or of rows. */
static PetscErrorCode CollectItems(Blocks s, PetscInt n_border, const BlockInput *input, PetscBool rows,
                                   BorderItems *items)
{
  PetscInt *count, *all = NULL, used = 0, capacity = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(s->n_local, &count));
  for (PetscInt b = 0; b < s->n_local; b++) capacity += rows ? input[b].program->m : input[b].program->n;
  PetscCall(PetscMalloc1(capacity, &all));
  for (PetscInt b = 0; b < s->n_local; b++) {
    PetscInt *item;

    PetscCall(ListItems(rows ? input[b].program->m : input[b].program->n,
                        rows ? input[b].border_row : input[b].border_variable, &count[b], &item));
    PetscCall(PetscArraycpy(all + used, item, count[b]));
    used += count[b];
    PetscCall(PetscFree(item));
  }
  PetscCall(ShareItems(s, n_border, count, all, items));
  PetscCall(PetscFree(count));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

/* Flat indices of a block's variables or rows: the interior from `start` on, border items behind `border`. */
static void Flatten(PetscInt n, const PetscInt *map, PetscInt start, PetscInt border, PetscInt *flat)
{
  for (PetscInt i = 0; i < n; i++) flat[i] = map && map[i] >= 0 ? border + map[i] : start++;
}

static PetscInt CountInterior(PetscInt n, const PetscInt *map)
{
  PetscInt interior = n;

  for (PetscInt i = 0; map && i < n; i++) interior -= map[i] >= 0;
  return interior;
}

/* Place of a border number in a block's ascending list of items, or -1. */
static PetscInt FindSlot(PetscInt n, const PetscInt *item, PetscInt number)
{
  PetscInt low = 0, high = n;

  while (number >= 0 && low < high) {
    const PetscInt middle = (low + high) / 2;

    if (item[middle] == number) return middle;
    if (item[middle] < number)
      low = middle + 1;
    else
      high = middle;
  }
  return -1;
}

static PetscErrorCode LayOutBlock(Blocks s, PetscInt b, const BlockInput *input)
{
  Block          *block   = &s->block[b];
  const Program   p       = block->program;
  const PetscInt  v_start = s->variables.start[block->number], r_start = s->rows.start[block->number];
  const PetscInt *v = s->variables.item + v_start, *r = s->rows.item + r_start;

  PetscFunctionBeginUser;
  block->n_variables = s->variables.start[block->number + 1] - v_start;
  block->n_rows      = s->rows.start[block->number + 1] - r_start;
  PetscCall(
      PetscMalloc4(p->n, &block->variable, p->m, &block->row, p->n, &block->variable_slot, p->m, &block->row_slot));
  PetscCall(PetscMalloc4(block->n_variables, &block->packed_variable, block->n_rows, &block->packed_row, p->n,
                         &block->x, p->m, &block->g));
  Flatten(p->n, input->border_variable, s->variable_start[b], s->variable_start[s->n_local], block->variable);
  Flatten(p->m, input->border_row, s->row_start[b], s->row_start[s->n_local], block->row);
  for (PetscInt k = 0; k < block->n_variables; k++) block->packed_variable[k] = s->variable_start[s->n_local] + v[k];
  for (PetscInt k = 0; k < block->n_rows; k++) block->packed_row[k] = s->row_start[s->n_local] + r[k];
  for (PetscInt k = 0; k < p->n; k++) {
    block->variable_slot[k] = FindSlot(block->n_variables, v, input->border_variable ? input->border_variable[k] : -1);
  }
  for (PetscInt k = 0; k < p->m; k++) {
    block->row_slot[k] = FindSlot(block->n_rows, r, input->border_row ? input->border_row[k] : -1);
  }
  block->jacobian = s->jacobian_nnz;
  block->hessian  = s->hessian_nnz;
  s->jacobian_nnz += p->jacobian_nnz;
  s->hessian_nnz += p->hessian_nnz;
  PetscFunctionReturn(0);
}

static PetscErrorCode LayOut(Blocks s, const BlockInput *input)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(s->n_local + 2, &s->variable_start, s->n_local + 2, &s->row_start));
  for (PetscInt b = 0; b < s->n_local; b++) {
    s->variable_start[b + 1] = s->variable_start[b] + CountInterior(input[b].program->n, input[b].border_variable);
    s->row_start[b + 1]      = s->row_start[b] + CountInterior(input[b].program->m, input[b].border_row);
  }
  s->n = s->variable_start[s->n_local + 1] = s->variable_start[s->n_local] + s->variables.n;
  s->m = s->row_start[s->n_local + 1] = s->row_start[s->n_local] + s->rows.n;
  for (PetscInt b = 0; b < s->n_local; b++) PetscCall(LayOutBlock(s, b, &input[b]));
  PetscFunctionReturn(0);
}

static PetscErrorCode FlattenEntries(Blocks s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(s->jacobian_nnz, &s->jacobian_row, s->jacobian_nnz, &s->jacobian_column, s->hessian_nnz,
                         &s->hessian_row, s->hessian_nnz, &s->hessian_column));
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Block  *block = &s->block[b];
    const Program p     = block->program;

    for (PetscInt k = 0; k < p->jacobian_nnz; k++) {
      s->jacobian_row[block->jacobian + k]    = block->row[p->jacobian_row[k]];
      s->jacobian_column[block->jacobian + k] = block->variable[p->jacobian_column[k]];
    }
    for (PetscInt k = 0; k < p->hessian_nnz; k++) {
      s->hessian_row[block->hessian + k]    = block->variable[p->hessian_row[k]];
      s->hessian_column[block->hessian + k] = block->variable[p->hessian_column[k]];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AssignRanks(Blocks s, const BlockInput *input)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(s->n_blocks, &s->rank_of));
  for (PetscInt b = 0; b < s->n_local; b++) s->rank_of[input[b].number] = s->rank;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, s->rank_of, (PetscMPIInt)s->n_blocks, MPIU_INT, MPI_SUM, s->comm));
  PetscCall(PetscCalloc1(s->n_local, &s->block));
  for (PetscInt b = 0; b < s->n_local; b++) {
    s->block[b].number  = input[b].number;
    s->block[b].program = input[b].program;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CountTotals(Blocks s)
{
  PetscInt total[2] = {s->variable_start[s->n_local], s->row_start[s->n_local]};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, total, 2, MPIU_INT, MPI_SUM, s->comm));
  s->n_total = total[0] + s->variables.n;
  s->m_total = total[1] + s->rows.n;
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksCreate(MPI_Comm comm, PetscInt n_blocks, PetscInt n_border_variables, PetscInt n_border_rows,
                            PetscInt n_local, const BlockInput *input, const PetscInt *border_group, Blocks *blocks)
{
  Blocks s;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  *blocks     = s;
  s->n_blocks = n_blocks;
  s->n_local  = n_local;
  PetscCallMPI(MPI_Comm_dup(comm, &s->comm));
  PetscCallMPI(MPI_Comm_size(comm, &s->size));
  PetscCallMPI(MPI_Comm_rank(comm, &s->rank));
  PetscCall(AssignRanks(s, input));
  PetscCall(CollectItems(s, n_border_variables, input, PETSC_FALSE, &s->variables));
  PetscCall(CollectItems(s, n_border_rows, input, PETSC_TRUE, &s->rows));
  PetscCall(LayOut(s, input));
  PetscCall(FlattenEntries(s));
  PetscCall(CountTotals(s));
  if (border_group) {
    PetscCall(PetscMalloc1(n_border_variables + n_border_rows, &s->border_group));
    PetscCall(PetscArraycpy(s->border_group, border_group, n_border_variables + n_border_rows));
  }
  PetscCall(PetscMalloc6(s->n, &s->xl, s->n, &s->xu, s->n, &s->x0, s->n, &s->step_cap, s->m, &s->gl, s->m, &s->gu));
  PetscCall(BlocksUpdate(s));
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksCreateSingle(Program p, Blocks *blocks)
{
  Blocks s;
  Block *block;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  *blocks     = s;
  s->comm     = PETSC_COMM_SELF;
  s->size     = 1;
  s->n_blocks = s->n_local = 1;
  s->single                = PETSC_TRUE;
  PetscCall(PetscNew(&s->block));
  block          = s->block;
  block->program = p;
  PetscCall(PetscCalloc2(3, &s->variable_start, 3, &s->row_start));
  s->n = s->n_total = s->variable_start[1] = s->variable_start[2] = p->n;
  s->m = s->m_total = s->row_start[1] = s->row_start[2] = p->m;
  s->jacobian_nnz                                       = p->jacobian_nnz;
  s->hessian_nnz                                        = p->hessian_nnz;
  s->jacobian_row                                       = p->jacobian_row;
  s->jacobian_column                                    = p->jacobian_column;
  s->hessian_row                                        = p->hessian_row;
  s->hessian_column                                     = p->hessian_column;
  PetscCall(BlocksUpdate(s));
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksDestroy(Blocks *blocks)
{
  Blocks s = *blocks;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  if (!s->single) {
    for (PetscInt b = 0; b < s->n_local; b++) {
      Block *block = &s->block[b];

      PetscCall(PetscFree4(block->variable, block->row, block->variable_slot, block->row_slot));
      PetscCall(PetscFree4(block->packed_variable, block->packed_row, block->x, block->g));
    }
    PetscCall(PetscFree4(s->jacobian_row, s->jacobian_column, s->hessian_row, s->hessian_column));
    PetscCall(PetscFree6(s->xl, s->xu, s->x0, s->step_cap, s->gl, s->gu));
    PetscCall(BorderItemsDestroy(&s->variables));
    PetscCall(BorderItemsDestroy(&s->rows));
    PetscCallMPI(MPI_Comm_free(&s->comm));
  }
  PetscCall(PetscFree(s->border_group));
  PetscCall(PetscFree(s->block));
  PetscCall(PetscFree(s->rank_of));
  PetscCall(PetscFree(s->partial));
  PetscCall(PetscFree2(s->variable_start, s->row_start));
  PetscCall(PetscFree(*blocks));
  PetscFunctionReturn(0);
}

/* --- Bounds and start --- */

/* What the border's bounds are made from, by largest value over the copies. */
enum { BORDER_XL, BORDER_XU, BORDER_CAP, BORDER_X0, BORDER_KINDS };

static PetscErrorCode UpdateBorderVariables(Blocks s)
{
  const PetscInt first = s->variable_start[s->n_local], n = s->variables.n;
  PetscReal     *value;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(BORDER_KINDS * n, &value));
  for (PetscInt k = 0; k < BORDER_KINDS * n; k++) value[k] = -PETSC_MAX_REAL;
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Block  *block = &s->block[b];
    const Program p     = block->program;

    for (PetscInt j = 0; j < p->n; j++) {
      const PetscInt k = block->variable[j] - first;

      if (k < 0) continue;
      value[BORDER_XL * n + k]  = PetscMax(value[BORDER_XL * n + k], p->xl[j]);
      value[BORDER_XU * n + k]  = PetscMax(value[BORDER_XU * n + k], -p->xu[j]);
      value[BORDER_CAP * n + k] = PetscMax(value[BORDER_CAP * n + k], p->step_cap ? -p->step_cap[j] : -PETSC_INFINITY);
      value[BORDER_X0 * n + k]  = PetscMax(value[BORDER_X0 * n + k], p->x0[j]);
    }
  }
  PetscCall(BlocksMax(s, BORDER_KINDS * n, value));
  for (PetscInt k = 0; k < n; k++) {
    s->xl[first + k]       = value[BORDER_XL * n + k];
    s->xu[first + k]       = -value[BORDER_XU * n + k];
    s->step_cap[first + k] = -value[BORDER_CAP * n + k];
    s->x0[first + k]       = PetscMin(PetscMax(value[BORDER_X0 * n + k], s->xl[first + k]), s->xu[first + k]);
  }
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

/* Border places of flat [m] become the sum of the blocks' contributions in `bound`; what is infinite stays so. */
static PetscErrorCode SumBorderRows(Blocks s, PetscBool upper, PetscReal *flat)
{
  const PetscInt first  = s->row_start[s->n_local];
  PetscReal     *packed = s->rows.packed;

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Block  *block = &s->block[b];
    const Program p     = block->program;
    for (PetscInt i = 0; i < p->m; i++) flat[block->row[i]] = upper ? p->gu[i] : p->gl[i];
    for (PetscInt k = 0; k < block->n_rows; k++) *packed++ = flat[block->packed_row[k]];
  }
  for (PetscInt k = 0; k < s->rows.n; k++) flat[first + k] = 0;
  PetscCall(BorderItemsAdd(s, &s->rows, flat + first));
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksUpdate(Blocks s)
{
  PetscFunctionBeginUser;
  s->objective_scale = s->n_local ? s->block[0].program->objective_scale : 0;
  s->quadratic       = PETSC_TRUE;
  for (PetscInt b = 0; b < s->n_local; b++) s->quadratic = (PetscBool)(s->quadratic && s->block[b].program->quadratic);
  if (s->single) {
    const Program p = s->block->program;

    s->xl       = p->xl;
    s->xu       = p->xu;
    s->x0       = p->x0;
    s->step_cap = p->step_cap;
    s->gl       = p->gl;
    s->gu       = p->gu;
    PetscFunctionReturn(0);
  }
  PetscCall(BlocksMax(s, 1, &s->objective_scale));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &s->quadratic, 1, MPI_INT, MPI_MIN, s->comm));
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Block  *block = &s->block[b];
    const Program p     = block->program;

    for (PetscInt j = 0; j < p->n; j++) {
      s->xl[block->variable[j]]       = p->xl[j];
      s->xu[block->variable[j]]       = p->xu[j];
      s->x0[block->variable[j]]       = p->x0[j];
      s->step_cap[block->variable[j]] = p->step_cap ? p->step_cap[j] : PETSC_INFINITY;
    }
  }
  PetscCall(UpdateBorderVariables(s));
  PetscCall(SumBorderRows(s, PETSC_FALSE, s->gl));
  PetscCall(SumBorderRows(s, PETSC_TRUE, s->gu));
  PetscFunctionReturn(0);
}

/* --- Sums over the ranks --- */

PetscErrorCode BlocksSum(Blocks s, PetscInt count, const PetscReal *partial, PetscReal *sum)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < count; k++) sum[k] = 0;
  if (s->size == 1) {
    for (PetscInt b = 0; b < s->n_local; b++) {
      for (PetscInt k = 0; k < count; k++) sum[k] += partial[b * count + k];
    }
  } else {
    /* Zero but for the rank that has a block: so the order in which MPI adds does not matter. */
    if (s->partial_size < s->n_blocks * count) {
      s->partial_size = s->n_blocks * count;
      PetscCall(PetscFree(s->partial));
      PetscCall(PetscMalloc1(s->partial_size, &s->partial));
    }
    PetscCall(PetscArrayzero(s->partial, s->n_blocks * count));
    for (PetscInt b = 0; b < s->n_local; b++) {
      PetscCall(PetscArraycpy(s->partial + s->block[b].number * count, partial + b * count, count));
    }
    PetscCallMPI(
        MPI_Allreduce(MPI_IN_PLACE, s->partial, (PetscMPIInt)(s->n_blocks * count), MPIU_REAL, MPI_SUM, s->comm));
    s->bytes_sent += (size_t)(s->n_blocks * count) * sizeof(PetscReal);
    for (PetscInt b = 0; b < s->n_blocks; b++) {
      for (PetscInt k = 0; k < count; k++) sum[k] += s->partial[b * count + k];
    }
  }
  for (PetscInt k = 0; k < count; k++) sum[k] += partial[s->n_local * count + k];
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksMax(Blocks s, PetscInt count, PetscReal *value)
{
  PetscFunctionBeginUser;
  if (s->size == 1) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, (PetscMPIInt)count, MPIU_REAL, MPI_MAX, s->comm));
  s->bytes_sent += (size_t)count * sizeof(PetscReal);
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksMaxBorderRows(Blocks s, PetscReal *value)
{
  PetscFunctionBeginUser;
  if (s->rows.n) PetscCall(BlocksMax(s, s->rows.n, value + s->row_start[s->n_local]));
  PetscFunctionReturn(0);
}

/* --- Functions and products --- */

void BlockGatherVariables(const Block *block, const PetscReal *flat, PetscReal *x)
{
  for (PetscInt j = 0; j < block->program->n; j++) x[j] = flat[block->variable ? block->variable[j] : j];
}

void BlockGatherRows(const Block *block, const PetscReal *flat, PetscReal *g)
{
  for (PetscInt i = 0; i < block->program->m; i++) g[i] = flat[block->row ? block->row[i] : i];
}

/* The variables of a block, as its program numbers them. */
static const PetscReal *BlockVariables(Blocks s, Block *block, const PetscReal *flat)
{
  if (s->single) return flat;
  BlockGatherVariables(block, flat, block->x);
  return block->x;
}

PetscErrorCode BlocksObjective(Blocks s, const PetscReal *x, PetscReal *f)
{
  PetscReal *partial;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(s->n_local + 1, &partial));
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Program p = s->block[b].program;

    PetscCall((*p->ops.objective)(p->context, BlockVariables(s, &s->block[b], x), &partial[b]));
  }
  PetscCall(BlocksSum(s, 1, partial, f));
  PetscCall(PetscFree(partial));
  PetscFunctionReturn(0);
}

/* Each block in turn writes into the border places of a flat vector, which are packed away and cleared; at the end they hold the sum over
   the blocks and what stood there before. */
typedef struct {
  BorderItems *items;
  PetscReal   *border; /* [items->n] */
  PetscReal   *next;   /* where the next block packs */
} BorderScope;

static BorderScope ScopeBegin(Blocks s, PetscBool rows, PetscReal *flat)
{
  BorderItems *items  = rows ? &s->rows : &s->variables;
  PetscReal   *border = flat + (rows ? s->row_start : s->variable_start)[s->n_local];

  for (PetscInt k = 0; k < items->n; k++) {
    items->before[k] = border[k];
    border[k]        = 0;
  }
  return (BorderScope){items, border, items->packed};
}

static void ScopePack(BorderScope *scope, PetscInt number)
{
  const BorderItems *items = scope->items;

  for (PetscInt k = items->n ? items->start[number] : 0; items->n && k < items->start[number + 1]; k++) {
    *scope->next++                = scope->border[items->item[k]];
    scope->border[items->item[k]] = 0;
  }
}

static PetscErrorCode ScopeEnd(Blocks s, BorderScope *scope)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(scope->border, scope->items->before, scope->items->n));
  PetscCall(BorderItemsAdd(s, scope->items, scope->border));
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksGradient(Blocks s, const PetscReal *x, PetscReal *gradient)
{
  BorderScope scope;

  PetscFunctionBeginUser;
  if (s->single) {
    const Program p = s->block->program;

    PetscCall((*p->ops.gradient)(p->context, x, gradient));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscArrayzero(gradient, s->n));
  scope = ScopeBegin(s, PETSC_FALSE, gradient);
  for (PetscInt b = 0; b < s->n_local; b++) {
    Block        *block = &s->block[b];
    const Program p     = block->program;
    PetscReal    *own;

    PetscCall(PetscMalloc1(p->n, &own));
    PetscCall((*p->ops.gradient)(p->context, BlockVariables(s, block, x), own));
    for (PetscInt j = 0; j < p->n; j++) gradient[block->variable[j]] += own[j];
    PetscCall(PetscFree(own));
    ScopePack(&scope, block->number);
  }
  PetscCall(ScopeEnd(s, &scope));
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksConstraints(Blocks s, const PetscReal *x, PetscReal *g)
{
  BorderScope scope;

  PetscFunctionBeginUser;
  if (s->single) {
    const Program p = s->block->program;

    if (p->m) PetscCall((*p->ops.constraints)(p->context, x, g));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscArrayzero(g, s->m));
  scope = ScopeBegin(s, PETSC_TRUE, g);
  for (PetscInt b = 0; b < s->n_local; b++) {
    Block        *block = &s->block[b];
    const Program p     = block->program;

    if (p->m) PetscCall((*p->ops.constraints)(p->context, BlockVariables(s, block, x), block->g));
    for (PetscInt i = 0; i < p->m; i++) g[block->row[i]] += block->g[i];
    ScopePack(&scope, block->number);
  }
  PetscCall(ScopeEnd(s, &scope));
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksJacobian(Blocks s, const PetscReal *x, PetscReal *value)
{
  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < s->n_local; b++) {
    Block        *block = &s->block[b];
    const Program p     = block->program;

    if (p->m) PetscCall((*p->ops.jacobian)(p->context, BlockVariables(s, block, x), value + block->jacobian));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksHessian(Blocks s, const PetscReal *x, PetscReal sigma, const PetscReal *lambda, PetscReal *value)
{
  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < s->n_local; b++) {
    Block           *block = &s->block[b];
    const Program    p     = block->program;
    const PetscReal *l     = lambda;

    if (!s->single) {
      BlockGatherRows(block, lambda, block->g);
      l = block->g;
    }
    PetscCall((*p->ops.hessian)(p->context, BlockVariables(s, block, x), sigma, l, value + block->hessian));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksMultiplyBoth(Blocks s, const PetscReal *jacobian, const PetscReal *x, const PetscReal *lambda,
                                  PetscReal *out_x, PetscReal *out_g)
{
  BorderScope variables, rows;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(out_g, s->m));
  variables = ScopeBegin(s, PETSC_FALSE, out_x);
  rows      = ScopeBegin(s, PETSC_TRUE, out_g);
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Block   *block = &s->block[b];
    const PetscInt end   = block->jacobian + block->program->jacobian_nnz;

    for (PetscInt k = block->jacobian; k < end; k++) {
      const PetscInt row = s->jacobian_row[k], column = s->jacobian_column[k];

      out_x[column] += jacobian[k] * lambda[row];
      out_g[row] += jacobian[k] * x[column];
    }
    ScopePack(&variables, block->number);
    ScopePack(&rows, block->number);
  }
  PetscCall(ScopeEnd(s, &variables));
  PetscCall(ScopeEnd(s, &rows));
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksAddTransposed(Blocks s, const PetscReal *jacobian, const PetscReal *lambda, PetscReal *out)
{
  BorderScope scope;

  PetscFunctionBeginUser;
  scope = ScopeBegin(s, PETSC_FALSE, out);
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Block   *block = &s->block[b];
    const PetscInt end   = block->jacobian + block->program->jacobian_nnz;

    for (PetscInt k = block->jacobian; k < end; k++) {
      out[s->jacobian_column[k]] += jacobian[k] * lambda[s->jacobian_row[k]];
    }
    ScopePack(&scope, block->number);
  }
  PetscCall(ScopeEnd(s, &scope));
  PetscFunctionReturn(0);
}

PetscErrorCode BlocksAddSymmetric(Blocks s, const PetscReal *hessian, const PetscReal *x, PetscReal *out)
{
  BorderScope scope;

  PetscFunctionBeginUser;
  scope = ScopeBegin(s, PETSC_FALSE, out);
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Block   *block = &s->block[b];
    const PetscInt end   = block->hessian + block->program->hessian_nnz;

    for (PetscInt k = block->hessian; k < end; k++) {
      const PetscInt row = s->hessian_row[k], column = s->hessian_column[k];

      out[row] += hessian[k] * x[column];
      if (row != column) out[column] += hessian[k] * x[row];
    }
    ScopePack(&scope, block->number);
  }
  PetscCall(ScopeEnd(s, &scope));
  PetscFunctionReturn(0);
}
