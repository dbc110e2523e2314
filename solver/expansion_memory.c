/* Memory of a plan, from a program of its first hours.

   A plan of few hours, spread over the horizon, is built, presolved and taken apart as the whole would be; twice, so that what
   hours add and what is there without them is known apart. Counts and the fill of the factors grow with the hours; blocks of time
   follow from them by the same rule. What is held at once when the first factorisation begins is then added up array by array. */
#include "solver/expansion_memory.h"

#include "solver/expansion.h"
#include "solver/linear_kkt.h"
#include "solver/linear_presolve.h"

/* What the samples may have: rows of components times hours. */
static const double sample_size = 60000;
enum { MOST_HOURS = 48, LEAST_HOURS = 4 };

/* A process with its libraries; components as they are, per byte of their numbers; what fragments and buffers add to all. */
static const double process = 50e6, around = 1.5, spare = 1.05;

enum { REAL = sizeof(PetscReal), INTEGER = sizeof(PetscInt), LABEL = sizeof(LinearLabel) };

typedef struct {
  double hours;            /* snapshots */
  double n, m, entries;    /* of the program */
  double rn, rm, rentries; /* presolved */
  double timeless;         /* of it: unknowns of no time */
  double cut, always;      /* unknowns that a cut adds to the border; those of rounds from end to begin */
  double factors;          /* bytes of blocks */
} Counts;

/* --- Samples --- */

/* Weights of the snapshots: a period stands for as many hours as before. */
static void Spread(Components c, const PetscReal *weight, PetscInt hours, PetscReal *sample)
{
  const PetscInt periods = ComponentsPeriods(c);

  for (PetscInt t = 0; t < hours * periods; t++) sample[t] = 0;
  for (PetscInt t = 0; t < c->n_snapshots; t++) sample[c->period_of[t] * hours] += weight[t] / hours;
  for (PetscInt t = 0; t < hours * periods; t++) sample[t] = sample[t / hours * hours];
}

/* The components with `hours` snapshots of each period, spread over it. */
static PetscErrorCode Sample(Components c, PetscInt hours, Components *sample)
{
  struct _s_Components few     = *c;
  const PetscInt       periods = ComponentsPeriods(c), all = c->n_snapshots / periods;

  PetscFunctionBeginUser;
  few.n_snapshots = hours * periods;
  few.n_days      = 0;
  PetscCall(ComponentsDuplicate(&few, sample));
  for (PetscInt t = 0; t < few.n_snapshots; t++) (*sample)->period_of[t] = t / hours;
  Spread(c, c->weight_objective, hours, (*sample)->weight_objective);
  Spread(c, c->weight_generators, hours, (*sample)->weight_generators);
  Spread(c, c->weight_stores, hours, (*sample)->weight_stores);
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    ComponentTable *to = &(*sample)->table[kind];

    for (PetscInt k = 0; k < to->n_columns; k++) {
      const Column *from = c->table[kind].column[k];

      for (PetscInt row = 0; from->series && row < to->n; row++) {
        for (PetscInt t = 0; from->series[row] && t < few.n_snapshots; t++)
          to->column[k]->series[row][t] = from->series[row][t / hours * all + t % hours * (all / hours)];
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Variables that rows of later hours use, by hour; and those that earlier ones use. */
static PetscErrorCode CountCuts(LinearProgram p, PetscInt hours, PetscInt periods, Counts *k)
{
  PetscBool *seen, *round;
  PetscInt   cuts = 0, rounds = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(p->n + 1, &seen, p->n + 1, &round));
  for (PetscInt i = 0; i < p->m; i++) {
    for (PetscInt e = p->start[i]; e < p->start[i + 1]; e++) {
      const PetscInt j = p->column[e], stage = p->variable[j].stage, step = p->row[i].stage - stage;

      if (p->row[i].stage < 0 || stage < 0 || step == 0) continue;
      if (step > 0 && step <= hours / 2)
        seen[j] = PETSC_TRUE;
      else
        round[j] = PETSC_TRUE;
    }
  }
  for (PetscInt j = 0; j < p->n; j++) {
    cuts += seen[j];
    rounds += round[j];
    k->timeless += p->variable[j].stage < 0;
  }
  for (PetscInt i = 0; i < p->m; i++) k->timeless += p->row[i].stage < 0;
  k->cut    = (double)cuts / PetscMax(1, (hours - 1) * periods);
  k->always = rounds;
  PetscCall(PetscFree2(seen, round));
  PetscFunctionReturn(0);
}

static PetscErrorCode CountFactors(LinearProgram p, PetscInt blocks, double *bytes)
{
  LinearParts parts;
  LinearKkt   kkt;

  PetscFunctionBeginUser;
  PetscCall(LinearPartsCreate(PETSC_COMM_SELF, p, blocks, &parts));
  PetscCall(LinearKktCreate(parts, &kkt));
  *bytes = LinearKktBytes(kkt);
  PetscCall(LinearKktDestroy(&kkt));
  PetscCall(LinearPartsDestroy(&parts));
  PetscFunctionReturn(0);
}

/* Counts of a program of few hours; blocks: of the whole one, 0: not known yet, so that factors are left out. */
static PetscErrorCode Count(Components c, PetscInt hours, PetscInt blocks, Counts *k)
{
  const PetscInt  periods = ComponentsPeriods(c);
  Components      sample;
  Expansion       expansion;
  LinearPresolve  presolve;
  PresolveOutcome outcome;
  LinearProgram   p;
  Faults          faults;

  PetscFunctionBeginUser;
  *k = (Counts){.hours = hours * periods};
  PetscCall(FaultsCreate(&faults));
  PetscCall(Sample(c, hours, &sample));
  PetscCall(ExpansionCreate(sample, NULL, faults, &expansion));
  if (expansion) {
    p          = ExpansionProgram(expansion);
    k->n       = p->n;
    k->m       = p->m;
    k->entries = p->start[p->m];
    PetscCall(LinearPresolveCreate(p, PETSC_TRUE, &presolve, &outcome));
    if (outcome != PRESOLVE_INFEASIBLE) p = LinearPresolveReduced(presolve);
    k->rn       = p->n;
    k->rm       = p->m;
    k->rentries = p->start[p->m];
    PetscCall(CountCuts(p, hours, periods, k));
    if (blocks > 0 && p->n > 0) PetscCall(CountFactors(p, blocks > 1 ? 2 : 1, &k->factors));
    PetscCall(LinearPresolveDestroy(&presolve));
  }
  PetscCall(ExpansionDestroy(&expansion));
  PetscCall(ComponentsDestroy(&sample));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

/* --- The whole --- */

static double Carry(double few, double few_hours, double more, double more_hours, double hours)
{
  const double each = more_hours > few_hours ? (more - few) / (more_hours - few_hours) : 0;

  return PetscMax(0, more + PetscMax(0, each) * (hours - more_hours));
}

static Counts Extrapolate(const Counts *a, const Counts *b, double hours)
{
  Counts k = *b;

  k.hours    = hours;
  k.n        = Carry(a->n, a->hours, b->n, b->hours, hours);
  k.m        = Carry(a->m, a->hours, b->m, b->hours, hours);
  k.entries  = Carry(a->entries, a->hours, b->entries, b->hours, hours);
  k.rn       = Carry(a->rn, a->hours, b->rn, b->hours, hours);
  k.rm       = Carry(a->rm, a->hours, b->rm, b->hours, hours);
  k.rentries = Carry(a->rentries, a->hours, b->rentries, b->hours, hours);
  k.factors  = Carry(a->factors, a->hours, b->factors, b->hours, hours);
  return k;
}

/* Representative days: levels of storage from day to day with the rows between them, and what the days have at the border: their
   last level, their fullest and emptiest. */
static void AddDays(Components c, Counts *k)
{
  static const ComponentKind kinds[] = {COMPONENT_STORE, COMPONENT_STORAGE_UNIT};
  const double               before  = k->rn + k->rm;
  double                     days = 0, levels = 0, hours = 0, fullest = 0;

  if (!c->n_days) return;
  for (PetscInt d = 0; d < c->n_days; d++) {
    PetscInt e = 0;

    while (c->day_period[e] != c->day_period[d] || c->day_representative[e] != c->day_representative[d]) e++;
    for (int i = 0; i < 2; i++) {
      for (PetscInt row = 0; row < c->table[kinds[i]].n; row++) {
        const PetscBool active = ComponentsActive(c, kinds[i], row, c->day_period[d]);

        days++;
        if (!active) continue;
        levels++;
        if (e == d) fullest += 3, hours += 24;
      }
    }
  }
  k->n += days;
  k->rn += levels;
  k->m += 3 * levels + hours;
  k->rm += 3 * levels + hours;
  k->entries += 8 * levels + 4 * hours;
  k->rentries += 8 * levels + 4 * hours;
  k->always += fullest;
  k->factors *= (k->rn + k->rm) / PetscMax(1, before);
}

static double ComponentsBytes(Components c)
{
  double bytes = 0;

  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    const ComponentTable *t = &c->table[kind];

    bytes += 128.0 * t->n;
    for (PetscInt k = 0; k < t->n_columns; k++) {
      const Column *column = t->column[k];

      bytes += 64.0 * t->n;
      for (PetscInt row = 0; column->series && row < t->n; row++)
        bytes += column->series[row] ? (double)REAL * c->n_snapshots : 0;
    }
  }
  return bytes + 96.0 * c->n_snapshots;
}

static double ProgramBytes(double n, double m, double entries)
{
  return n * (4 * REAL + LABEL) + m * (2 * REAL + LABEL + INTEGER) + entries * (REAL + INTEGER);
}

static double PresolveBytes(double n, double m, double entries)
{
  return n * (5 * REAL + 5 * INTEGER) + m * (3 * REAL + 2 * INTEGER) + (n + m) * 2 * INTEGER +
         entries * (REAL + INTEGER) + (n + m) * 0.3 * 64;
}

/* Of one rank: matrix and its transpose, iterate and directions, blocks. */
static double IterationBytes(const Counts *k, PetscInt blocks, PetscInt ranks)
{
  const double mine = (double)((blocks + ranks - 1) / ranks), share = mine / blocks;
  const double border = blocks > 1 ? k->timeless + k->always + k->cut * (blocks - 1) : 0;
  const double n = k->rn * share + border, m = k->rm * share, touched = blocks > 1 ? k->timeless + 2 * k->cut : 0;
  const double triangle = touched * (touched + 1) / 2;
  const double matrix   = 2 * k->rentries * share * (REAL + INTEGER) + (n + m) * 3 * INTEGER;
  const double state    = REAL * (31 * n + 33 * m);
  const double dense =
      REAL * (border * border + (blocks + mine) * triangle + mine * touched * touched + (mine + 1) * border * 2);

  return matrix + state + dense + k->factors * share;
}

PetscErrorCode ExpansionEstimateMemory(Components c, PetscInt ranks, PetscReal *bytes)
{
  const PetscInt periods = ComponentsPeriods(c), all = c->n_snapshots / periods;
  double         rows = 0, base;
  PetscInt       more, few, blocks;
  Counts         a, b, k;

  PetscFunctionBeginUser;
  *bytes = 0;
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) rows += c->table[kind].n;
  more = (PetscInt)PetscMin(MOST_HOURS, PetscMax(LEAST_HOURS, sample_size / PetscMax(1, rows * periods)));
  more = PetscMin(more, all);
  few  = PetscMax(1, more / 2);
  PetscCall(Count(c, more, 0, &b));
  if (b.n == 0) PetscFunctionReturn(0);
  PetscCall(Count(c, few, 0, &a));
  k = Extrapolate(&a, &b, c->n_snapshots);
  AddDays(c, &k);
  blocks = LinearPartsForesee(c->n_snapshots, (PetscInt)k.timeless, k.rn + k.rm, (PetscInt)(k.cut + 0.5),
                              (PetscInt)k.always);
  PetscCall(Count(c, more, blocks, &b));
  PetscCall(Count(c, few, blocks, &a));
  k = Extrapolate(&a, &b, c->n_snapshots);
  AddDays(c, &k);
  base   = process + around * ComponentsBytes(c) + ProgramBytes(k.n, k.m, k.entries) + 2 * REAL * (2 * k.n + k.m);
  *bytes = spare * (base + PresolveBytes(k.n, k.m, k.entries) + ProgramBytes(k.rn, k.rm, k.rentries) +
                    2 * REAL * (k.rn + k.rm) + REAL * k.rn + IterationBytes(&k, blocks, ranks));
  PetscFunctionReturn(0);
}
