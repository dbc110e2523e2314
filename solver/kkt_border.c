/* The border's system: cliques of the blocks' parts, gathered and added in their order. */
#include "solver/kkt_border.h"

#include "solver/kkt_pattern.h"

/* What MPI_Allgatherv brings of all cliques: rank after rank, in each block by block. */
typedef struct {
  PetscMPIInt *count, *displacement; /* [ranks] */
  PetscInt    *place;                /* [n_blocks] where a block's values begin */
  PetscReal   *packed, *gather;      /* this rank's; all */
} Exchange;

struct _p_KktBorder {
  Blocks     blocks;
  PetscInt   own, size;    /* the border's own unknowns; with connectors */
  PetscInt  *block_clique; /* [n_blocks + 1] where a block's cliques begin: one for each part */
  PetscInt  *first;        /* [cliques + 1] where a clique's unknowns begin in unknown */
  PetscInt  *unknown;      /* those of each clique, ascending */
  PetscInt   largest;      /* unknowns in one clique */
  PetscInt  *start, *column, *group;
  PetscReal *value;
  PetscInt  *map;              /* [entries of all triangles, clique by clique] where each is added */
  Exchange   triangle, vector; /* lower triangles, by columns; right-hand sides */
  Factor     factor;
};

static PetscInt CliqueSize(KktBorder border, PetscInt clique)
{
  return border->first[clique + 1] - border->first[clique];
}

static PetscInt TriangleSize(KktBorder border, PetscInt clique)
{
  const PetscInt n = CliqueSize(border, clique);

  return n * (n + 1) / 2;
}

/* --- Who touches what --- */

/* Sums that are zero but on one rank. */
static PetscErrorCode Share(Blocks s, PetscInt n, PetscInt *value)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, (PetscMPIInt)n, MPIU_INT, MPI_SUM, s->comm));
  PetscFunctionReturn(0);
}

static void Accumulate(PetscInt n, PetscInt *start)
{
  for (PetscInt k = 0; k < n; k++) start[k + 1] += start[k];
}

/* Numbers of cliques, sizes and connectors of all blocks; connector [n_blocks + 1] becomes where each block's begin. */
static PetscErrorCode ShareSizes(KktBorder border, const KktSplit *split, PetscInt *connector)
{
  const Blocks s = border->blocks;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(s->n_blocks + 1, &border->block_clique));
  for (PetscInt b = 0; b < s->n_local; b++) {
    border->block_clique[s->block[b].number + 1] = split[b].n_parts;
    connector[s->block[b].number + 1]            = split[b].n_connectors;
  }
  PetscCall(Share(s, s->n_blocks + 1, border->block_clique));
  PetscCall(Share(s, s->n_blocks + 1, connector));
  Accumulate(s->n_blocks, border->block_clique);
  Accumulate(s->n_blocks, connector);
  border->size = border->own + connector[s->n_blocks];
  PetscCall(PetscCalloc1(border->block_clique[s->n_blocks] + 1, &border->first));
  for (PetscInt b = 0; b < s->n_local; b++) {
    PetscInt *size = border->first + border->block_clique[s->block[b].number] + 1;

    for (PetscInt p = 0; p < split[b].n_parts; p++) size[p] = split[b].part[p].border;
  }
  PetscCall(Share(s, border->block_clique[s->n_blocks] + 1, border->first));
  Accumulate(border->block_clique[s->n_blocks], border->first);
  PetscFunctionReturn(0);
}

static PetscErrorCode ListUnknowns(KktBorder border, const KktSplit *split)
{
  const Blocks s = border->blocks;
  PetscInt    *connector, cliques;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(s->n_blocks + 1, &connector));
  PetscCall(ShareSizes(border, split, connector));
  cliques = border->block_clique[s->n_blocks];
  PetscCall(PetscCalloc1(border->first[cliques], &border->unknown));
  for (PetscInt b = 0; b < s->n_local; b++) {
    const PetscInt number  = s->block[b].number;
    PetscInt      *unknown = border->unknown + border->first[border->block_clique[number]];

    for (PetscInt p = 0; p < split[b].n_parts; p++) {
      const KktPart *part = &split[b].part[p];

      for (PetscInt k = 0; k < part->border; k++)
        *unknown++ = part->unknown[k] + (part->unknown[k] < border->own ? 0 : connector[number]);
    }
  }
  PetscCall(Share(s, border->first[cliques], border->unknown));
  for (PetscInt c = 0; c < cliques; c++) border->largest = PetscMax(border->largest, CliqueSize(border, c));
  PetscCall(PetscFree(connector));
  PetscFunctionReturn(0);
}

/* --- Making --- */

static PetscErrorCode ExchangeCreate(KktBorder border, PetscInt (*size)(KktBorder, PetscInt), Exchange *e)
{
  const Blocks s     = border->blocks;
  PetscInt     total = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(s->size, &e->count, s->size, &e->displacement, s->n_blocks, &e->place));
  for (PetscMPIInt rank = 0; rank < s->size; rank++) {
    e->displacement[rank] = (PetscMPIInt)total;
    for (PetscInt b = 0; b < s->n_blocks; b++) {
      if (s->rank_of[b] != rank) continue;
      e->place[b] = total;
      for (PetscInt c = border->block_clique[b]; c < border->block_clique[b + 1]; c++) total += (*size)(border, c);
    }
    e->count[rank] = (PetscMPIInt)total - e->displacement[rank];
  }
  PetscCall(PetscMalloc2(e->count[s->rank], &e->packed, total, &e->gather));
  PetscFunctionReturn(0);
}

static PetscErrorCode ExchangeDestroy(Exchange *e)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(e->count, e->displacement, e->place));
  PetscCall(PetscFree2(e->packed, e->gather));
  PetscFunctionReturn(0);
}

static PetscErrorCode ExchangeGather(Blocks s, Exchange *e)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allgatherv(e->packed, e->count[s->rank], MPIU_REAL, e->gather, e->count, e->displacement, MPIU_REAL,
                              s->comm));
  s->bytes_sent += (size_t)e->count[s->rank] * sizeof(PetscReal) * (size_t)(s->size - 1);
  PetscFunctionReturn(0);
}

/* Entries of a clique's triangle by columns, as they are packed: (i, j), i >= j, numbered upwards. */
static PetscErrorCode SetUpPattern(KktBorder border)
{
  const PetscInt cliques = border->block_clique[border->blocks->n_blocks];
  PetscInt       listed = 0, total = 0, at = 0;
  PatternEntry  *entry;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < cliques; c++) total += TriangleSize(border, c);
  PetscCall(PetscMalloc1(total, &border->map));
  PetscCall(PetscMalloc1(border->size + total, &entry));
  for (PetscInt i = 0; i < border->size; i++) entry[listed++] = PatternUpper(i, i, NULL);
  for (PetscInt c = 0; c < cliques; c++) {
    const PetscInt *u = border->unknown + border->first[c], n = CliqueSize(border, c);

    for (PetscInt j = 0; j < n; j++) {
      for (PetscInt i = j; i < n; i++) entry[listed++] = PatternUpper(u[i], u[j], &border->map[at++]);
    }
  }
  PetscCall(PatternCompress(border->size, listed, entry, &border->start, &border->column));
  PetscCall(PetscFree(entry));
  PetscCall(PetscMalloc1(border->start[border->size], &border->value));
  PetscFunctionReturn(0);
}

/* Connectors stand alone. */
static PetscErrorCode SetUpGroups(KktBorder border)
{
  PetscFunctionBeginUser;
  if (!border->blocks->border_group) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(border->size, &border->group));
  for (PetscInt i = 0; i < border->size; i++) border->group[i] = i < border->own ? border->blocks->border_group[i] : -1;
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderCreate(Blocks blocks, const KktSplit *split, KktBorder *border)
{
  KktBorder b;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&b));
  *border   = b;
  b->blocks = blocks;
  b->own = b->size = blocks->variables.n + blocks->rows.n;
  if (b->own == 0) PetscFunctionReturn(0);
  PetscCall(ListUnknowns(b, split));
  PetscCall(ExchangeCreate(b, TriangleSize, &b->triangle));
  PetscCall(ExchangeCreate(b, CliqueSize, &b->vector));
  PetscCall(SetUpPattern(b));
  PetscCall(SetUpGroups(b));
  PetscCall(FactorCreate(b->size, b->start, b->column, b->group, 0, &b->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderDestroy(KktBorder *border)
{
  KktBorder b = *border;

  PetscFunctionBeginUser;
  if (!b) PetscFunctionReturn(0);
  PetscCall(FactorDestroy(&b->factor));
  PetscCall(ExchangeDestroy(&b->triangle));
  PetscCall(ExchangeDestroy(&b->vector));
  PetscCall(PetscFree(b->block_clique));
  PetscCall(PetscFree(b->first));
  PetscCall(PetscFree(b->unknown));
  PetscCall(PetscFree(b->start));
  PetscCall(PetscFree(b->column));
  PetscCall(PetscFree(b->group));
  PetscCall(PetscFree(b->value));
  PetscCall(PetscFree(b->map));
  PetscCall(PetscFree(*border));
  PetscFunctionReturn(0);
}

PetscInt KktBorderSize(KktBorder border)
{
  return border->size;
}

PetscInt KktBorderConnectors(KktBorder border)
{
  return border->size - border->own;
}

PetscInt KktBorderLargestClique(KktBorder border)
{
  return border->largest;
}

/* --- Factorisation and solves --- */

/* Cliques of a block on this rank, whose own come one after the other from *clique on. */
static PetscInt BlockCliques(KktBorder border, PetscInt block, PetscInt *clique)
{
  const PetscInt number = border->blocks->block[block].number;

  *clique = border->block_clique[number];
  return border->block_clique[number + 1] - *clique;
}

static void PackTriangles(KktBorder border, const PetscReal *const *schur)
{
  PetscReal *packed = border->triangle.packed;
  PetscInt   clique;

  for (PetscInt b = 0; b < border->blocks->n_local; b++) {
    for (PetscInt left = BlockCliques(border, b, &clique); left > 0; left--, clique++, schur++) {
      const PetscInt n = CliqueSize(border, clique);

      for (PetscInt j = 0; j < n; j++) {
        for (PetscInt i = j; i < n; i++) *packed++ = (*schur)[j * n + i];
      }
    }
  }
}

PetscErrorCode KktBorderFactor(KktBorder border, const PetscReal *const *schur, const PetscReal *dx,
                               const PetscReal *dc, FactorInertia *inertia, PetscBool *success)
{
  const Blocks    s   = border->blocks;
  const PetscInt *map = border->map, n = s->variables.n;

  PetscFunctionBeginUser;
  *inertia = (FactorInertia){0};
  *success = PETSC_TRUE;
  if (border->size == 0) PetscFunctionReturn(0);
  PackTriangles(border, schur);
  PetscCall(ExchangeGather(s, &border->triangle));
  PetscCall(PetscArrayzero(border->value, border->start[border->size]));
  for (PetscInt i = 0; i < border->own; i++) border->value[border->start[i]] = i < n ? dx[i] : -dc[i - n];
  for (PetscInt b = 0; b < s->n_blocks; b++) {
    const PetscReal *value = border->triangle.gather + border->triangle.place[b];

    for (PetscInt c = border->block_clique[b]; c < border->block_clique[b + 1]; c++) {
      for (PetscInt k = TriangleSize(border, c); k > 0; k--) border->value[*map++] += *value++;
    }
  }
  PetscCall(FactorNumeric(border->factor, border->value, inertia, success));
  PetscFunctionReturn(0);
}

/* Adds the parts' contributions to the right-hand side. */
static PetscErrorCode AddReduced(KktBorder border, PetscReal *const *reduced, PetscReal *x)
{
  const Blocks s      = border->blocks;
  PetscReal   *packed = border->vector.packed;
  PetscInt     clique;

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < s->n_local; b++) {
    for (PetscInt left = BlockCliques(border, b, &clique); left > 0; left--, clique++, reduced++) {
      for (PetscInt k = 0; k < CliqueSize(border, clique); k++) *packed++ = (*reduced)[k];
    }
  }
  PetscCall(ExchangeGather(s, &border->vector));
  for (PetscInt b = 0; b < s->n_blocks; b++) {
    const PetscReal *value = border->vector.gather + border->vector.place[b];
    const PetscInt   begin = border->first[border->block_clique[b]], end = border->first[border->block_clique[b + 1]];

    for (PetscInt k = begin; k < end; k++) x[border->unknown[k]] += *value++;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderSolve(KktBorder border, PetscReal *const *reduced, PetscReal *x)
{
  PetscInt clique;

  PetscFunctionBeginUser;
  if (border->size == 0) PetscFunctionReturn(0);
  PetscCall(PetscArrayzero(x + border->own, border->size - border->own));
  PetscCall(AddReduced(border, reduced, x));
  PetscCall(FactorForward(border->factor, x));
  PetscCall(FactorBackward(border->factor, x));
  for (PetscInt b = 0; b < border->blocks->n_local; b++) {
    for (PetscInt left = BlockCliques(border, b, &clique); left > 0; left--, clique++, reduced++) {
      const PetscInt *u = border->unknown + border->first[clique];

      for (PetscInt k = 0; k < CliqueSize(border, clique); k++) (*reduced)[k] = x[u[k]];
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderRaisePivotThreshold(KktBorder border, PetscBool *raised)
{
  PetscFunctionBeginUser;
  *raised = PETSC_FALSE;
  if (border->size) PetscCall(FactorRaisePivotThreshold(border->factor, raised));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderResetPivotThreshold(KktBorder border)
{
  PetscFunctionBeginUser;
  if (border->size) PetscCall(FactorResetPivotThreshold(border->factor));
  PetscFunctionReturn(0);
}

PetscInt KktBorderPivotLevel(KktBorder border)
{
  return border->size ? FactorPivotLevel(border->factor) : 0;
}

PetscErrorCode KktBorderSetPivotLevel(KktBorder border, PetscInt level)
{
  PetscFunctionBeginUser;
  if (border->size) PetscCall(FactorSetPivotLevel(border->factor, level));
  PetscFunctionReturn(0);
}
