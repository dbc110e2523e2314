/* Interior point systems of many hours, taken apart into hours: the same solution and inertia as in one piece, small
   cliques, and the same bytes on every number of ranks. */
#include "solver/kkt.h"

#include "inputs/study.h"
#include "solver/opf_model.h"
#include "tests/solver/ranks_support.h"

#include <stdlib.h>

enum { BLOCKS = 3, STAGES = 12, BORDER_PER_STAGE = 2 };

/* Variables and rows of a block in one stage; one more row holds a sum over all stages. */
enum { ENERGY, OUTPUT, CHARGE, SHIFT, BORDER, VARIABLES = BORDER + BORDER_PER_STAGE };
enum { ROW_STORE, ROW_OWN, ROW_OUTPUT_CHANGE, ROW_SHARED, ROWS };

/* A program's lists while it is made. */
typedef struct {
  Program       p;
  PetscInt      jacobian, hessian;
  unsigned long random;
  PetscReal    *jacobian_value, *hessian_value;
} Maker;

/* In [1, 2), from a linear congruential generator (Knuth's MMIX constants). */
static PetscReal Value(Maker *m)
{
  m->random = m->random * 6364136223846793005ul + 1442695040888963407ul;
  return 1 + (PetscReal)(m->random >> 11) / 9007199254740992.0;
}

static void Term(Maker *m, PetscInt row, PetscInt column, PetscReal sign)
{
  m->p->jacobian_row[m->jacobian]    = row;
  m->p->jacobian_column[m->jacobian] = column;
  m->jacobian_value[m->jacobian++]   = sign * Value(m);
}

static void Curve(Maker *m, PetscInt row, PetscInt column, PetscReal scale)
{
  m->p->hessian_row[m->hessian]    = row;
  m->p->hessian_column[m->hessian] = column;
  m->hessian_value[m->hessian++]   = scale * Value(m);
}

static void MakeStage(Maker *m, PetscInt t, PetscReal curvature)
{
  const PetscInt v = t * VARIABLES, r = t * ROWS;

  Term(m, r + ROW_STORE, v + ENERGY, 1);
  Term(m, r + ROW_STORE, v + CHARGE, -1);
  if (t > 0) Term(m, r + ROW_STORE, v - VARIABLES + ENERGY, -1);
  Term(m, r + ROW_OWN, v + OUTPUT, 1);
  Term(m, r + ROW_OWN, v + SHIFT, -1);
  Term(m, r + ROW_OWN, v + BORDER, 1);
  Term(m, r + ROW_OUTPUT_CHANGE, v + OUTPUT, 1);
  if (t > 0) Term(m, r + ROW_OUTPUT_CHANGE, v - VARIABLES + OUTPUT, -1);
  Term(m, r + ROW_SHARED, v + OUTPUT, 1);
  Term(m, r + ROW_SHARED, v + CHARGE, -1);
  Term(m, r + ROW_SHARED, v + BORDER + 1, 1);
  Term(m, STAGES * ROWS, v + SHIFT, 1);
  for (PetscInt j = 0; j < VARIABLES; j++) Curve(m, v + j, v + j, j == OUTPUT ? curvature : 2);
  Curve(m, v + BORDER + 1, v + BORDER, 0.5);
}

/* Block `number`, by its number alone. curvature: of the outputs. */
static Program MakeProgram(PetscInt number, PetscBool staged, PetscReal curvature, Maker *m)
{
  const PetscInt n = STAGES * VARIABLES, rows = STAGES * ROWS + 1;
  Program        p;

  OK(ProgramCreate(n, rows, 12 * STAGES, (VARIABLES + 1) * STAGES, &p));
  *m = (Maker){.p = p, .random = (unsigned long)number + 1};
  OK(PetscCalloc2(p->jacobian_nnz, &m->jacobian_value, p->hessian_nnz, &m->hessian_value));
  for (PetscInt t = 0; t < STAGES; t++) MakeStage(m, t, curvature);
  OK(ProgramDestroy(&p));
  OK(ProgramCreate(n, rows, m->jacobian, m->hessian, &p));
  m->p        = p;
  m->jacobian = m->hessian = 0;
  m->random                = (unsigned long)number + 1;
  for (PetscInt t = 0; t < STAGES; t++) MakeStage(m, t, curvature);
  for (PetscInt i = 0; i < rows; i++) p->gl[i] = p->gu[i] = 0;
  for (PetscInt t = 0; t < STAGES; t++) p->gu[t * ROWS + ROW_OUTPUT_CHANGE] = 1;
  if (!staged) return p;
  OK(PetscMalloc1(n + rows, &p->stage));
  for (PetscInt j = 0; j < n; j++) p->stage[j] = j / VARIABLES;
  for (PetscInt i = 0; i < rows; i++) p->stage[n + i] = i < STAGES * ROWS ? i / ROWS : -1;
  return p;
}

/* The system of all blocks on a communicator. */
typedef struct {
  Blocks     blocks;
  Maker      maker[BLOCKS];
  PetscInt   n_local;
  PetscInt   variable[STAGES * VARIABLES], row[STAGES * ROWS + 1]; /* border items */
  PetscBool  condense[BLOCKS * (STAGES * ROWS + 1)];
  PetscReal *hessian, *jacobian, *dx, *dc, *rhs, *solution;
  Kkt        kkt;
  KktStatus  status;
} System;

static PetscInt BorderVariable(PetscInt j)
{
  return j % VARIABLES < BORDER ? -1 : j / VARIABLES * BORDER_PER_STAGE + j % VARIABLES - BORDER;
}

static PetscInt BorderRow(PetscInt i)
{
  return i < STAGES * ROWS && i % ROWS == ROW_SHARED ? i / ROWS : -1;
}

static void CreateBlocks(MPI_Comm comm, PetscBool staged, PetscReal curvature, System *s)
{
  BlockInput  input[BLOCKS];
  PetscMPIInt size, rank;

  MPI_Comm_size(comm, &size);
  MPI_Comm_rank(comm, &rank);
  for (PetscInt j = 0; j < STAGES * VARIABLES; j++) s->variable[j] = BorderVariable(j);
  for (PetscInt i = 0; i <= STAGES * ROWS; i++) s->row[i] = BorderRow(i);
  s->n_local = 0;
  for (PetscInt b = 0; b < BLOCKS; b++) {
    if (b % size != rank) continue;
    input[s->n_local] = (BlockInput){b, MakeProgram(b, staged, curvature, &s->maker[s->n_local]), s->variable, s->row};
    s->n_local++;
  }
  OK(BlocksCreate(comm, BLOCKS, STAGES * BORDER_PER_STAGE, STAGES, s->n_local, input, NULL, &s->blocks));
}

/* A program's unknowns at flat places. */
static void FillVectors(System *s, const PetscInt *variable, const PetscInt *row)
{
  for (PetscInt j = 0; j < STAGES * VARIABLES; j++) {
    if (variable[j] < 0) continue;
    s->dx[variable[j]]  = 0.01 * (1 + j % 7);
    s->rhs[variable[j]] = sin(j + 1);
  }
  for (PetscInt i = 0; i <= STAGES * ROWS; i++) {
    const PetscBool inequality = (PetscBool)(i < STAGES * ROWS && i % ROWS == ROW_OUTPUT_CHANGE);

    if (row[i] < 0) continue;
    s->dc[row[i]]                 = inequality ? 0.1 * (1 + i % 5) : 0;
    s->rhs[s->blocks->n + row[i]] = cos(i + 1);
    s->condense[row[i]]           = inequality;
  }
}

/* Values that depend on the place in the program alone, so that every rank's are those of one; the border's on ranks
   without a block, too. */
static void FillValues(System *s)
{
  const Blocks b = s->blocks;
  PetscInt     variable[STAGES * VARIABLES], row[STAGES * ROWS + 1];

  OK(PetscCalloc6(b->hessian_nnz, &s->hessian, b->jacobian_nnz, &s->jacobian, b->n, &s->dx, b->m, &s->dc, b->n + b->m,
                  &s->rhs, b->n + b->m, &s->solution));
  for (PetscInt k = 0; k < s->n_local; k++) {
    const Block  *block = &b->block[k];
    const Program p     = block->program;

    OK(PetscArraycpy(s->hessian + block->hessian, s->maker[k].hessian_value, p->hessian_nnz));
    OK(PetscArraycpy(s->jacobian + block->jacobian, s->maker[k].jacobian_value, p->jacobian_nnz));
    FillVectors(s, block->variable, block->row);
  }
  for (PetscInt j = 0; j < STAGES * VARIABLES; j++)
    variable[j] = s->variable[j] < 0 ? -1 : b->variable_start[b->n_local] + s->variable[j];
  for (PetscInt i = 0; i <= STAGES * ROWS; i++) row[i] = s->row[i] < 0 ? -1 : b->row_start[b->n_local] + s->row[i];
  FillVectors(s, variable, row);
}

/* Largest residual of the whole system. */
static PetscReal Residual(System *s)
{
  const Blocks b = s->blocks;
  PetscReal   *out, worst = 0;

  OK(PetscCalloc1(b->n + b->m, &out));
  OK(BlocksAddSymmetric(b, s->hessian, s->solution, out));
  OK(BlocksMultiplyBoth(b, s->jacobian, s->solution, s->solution + b->n, out, out + b->n));
  for (PetscInt j = 0; j < b->n; j++)
    worst = PetscMax(worst, PetscAbsReal(out[j] + s->dx[j] * s->solution[j] - s->rhs[j]));
  for (PetscInt i = 0; i < b->m; i++)
    worst = PetscMax(worst, PetscAbsReal(out[b->n + i] - s->dc[i] * s->solution[b->n + i] - s->rhs[b->n + i]));
  OK(PetscFree(out));
  OK(BlocksMax(b, 1, &worst));
  return worst;
}

static void SystemSolve(MPI_Comm comm, PetscBool staged, PetscBool condense, PetscReal curvature, System *s)
{
  OK(PetscMemzero(s, sizeof *s));
  CreateBlocks(comm, staged, curvature, s);
  FillValues(s);
  OK(KktCreate(s->blocks, condense ? s->condense : NULL, &s->kkt));
  OK(KktFactor(s->kkt, s->hessian, s->jacobian, s->dx, s->dc, &s->status));
  OK(KktSolve(s->kkt, s->rhs, s->solution));
}

static void SystemDestroy(System *s)
{
  OK(KktDestroy(&s->kkt));
  OK(BlocksDestroy(&s->blocks));
  for (PetscInt k = 0; k < s->n_local; k++) {
    OK(ProgramDestroy(&s->maker[k].p));
    OK(PetscFree2(s->maker[k].jacobian_value, s->maker[k].hessian_value));
  }
  OK(PetscFree6(s->hessian, s->jacobian, s->dx, s->dc, s->rhs, s->solution));
}

/* Of the energies all but the last go up (11), of the outputs every second (6), of the sum its row: 18 a block. An
   hour meets 3 border items, two energies, two outputs and the sum. Without condensing, changes of output are rows,
   which meet all outputs but the last. */
static void hours_leave_small_cliques(void **state)
{
  System s;

  (void)state;
  SystemSolve(world, PETSC_TRUE, PETSC_TRUE, 2, &s);
  assert_int_equal(KktConnectors(s.kkt), 18 * BLOCKS);
  assert_int_equal(KktLargestClique(s.kkt), 8);
  SystemDestroy(&s);
  SystemSolve(world, PETSC_TRUE, PETSC_FALSE, 2, &s);
  assert_int_equal(KktConnectors(s.kkt), 23 * BLOCKS);
  assert_int_equal(KktLargestClique(s.kkt), 8);
  SystemDestroy(&s);
  SystemSolve(world, PETSC_FALSE, PETSC_TRUE, 2, &s);
  assert_int_equal(KktConnectors(s.kkt), 0);
  assert_int_equal(KktLargestClique(s.kkt), STAGES * (BORDER_PER_STAGE + 1));
  SystemDestroy(&s);
}

static void the_solution_is_that_of_the_whole_system(void **state)
{
  (void)state;
  for (int condense = 0; condense < 2; condense++) {
    System    apart, whole;
    PetscReal difference = 0;

    SystemSolve(world, PETSC_TRUE, (PetscBool)condense, 2, &apart);
    SystemSolve(world, PETSC_FALSE, (PetscBool)condense, 2, &whole);
    assert_int_equal(apart.status, KKT_READY);
    assert_int_equal(whole.status, KKT_READY);
    assert_true(Residual(&apart) < 1e-11);
    assert_true(Residual(&whole) < 1e-11);
    for (PetscInt i = 0; i < apart.blocks->n + apart.blocks->m; i++)
      difference = PetscMax(difference, PetscAbsReal(apart.solution[i] - whole.solution[i]));
    OK(BlocksMax(whole.blocks, 1, &difference));
    assert_true(difference < 1e-10);
    SystemDestroy(&apart);
    SystemDestroy(&whole);
  }
}

/* From convex to concave outputs the inertia turns wrong at the same curvature, whether in one piece or not. */
static void the_inertia_is_that_of_the_whole_system(void **state)
{
  PetscInt ready = 0, wrong = 0;

  (void)state;
  for (PetscReal curvature = 1; curvature > -24; curvature -= 0.37) {
    System apart, whole;

    SystemSolve(world, PETSC_TRUE, PETSC_TRUE, curvature, &apart);
    SystemSolve(world, PETSC_FALSE, PETSC_TRUE, curvature, &whole);
    assert_int_equal(apart.status, whole.status);
    ready += apart.status == KKT_READY;
    wrong += apart.status == KKT_WRONG_INERTIA;
    SystemDestroy(&apart);
    SystemDestroy(&whole);
  }
  assert_true(ready > 2 && wrong > 2);
}

/* The border's part of the solution, which all ranks hold. */
static uint64_t BorderHash(System *s)
{
  const Blocks b = s->blocks;
  uint64_t     hash;

  hash = Hash(14695981039346656037u, s->solution + b->variable_start[b->n_local],
              (size_t)b->variables.n * sizeof(PetscReal));
  return Hash(hash, s->solution + b->n + b->row_start[b->n_local], (size_t)b->rows.n * sizeof(PetscReal));
}

static void the_bytes_do_not_depend_on_the_ranks(void **state)
{
  System   all, one;
  uint64_t hash;

  (void)state;
  SystemSolve(world, PETSC_TRUE, PETSC_TRUE, 2, &all);
  SystemSolve(PETSC_COMM_SELF, PETSC_TRUE, PETSC_TRUE, 2, &one);
  hash = BorderHash(&one);
  assert_true(BorderHash(&all) == hash);
  SystemDestroy(&all);
  SystemDestroy(&one);
}

/* A real model's day, with the angles of some buses as border: every unknown has its hour, and the day falls apart. */
static void a_day_of_a_model_falls_into_hours(void **state)
{
  enum { BUSES = 4 };
  OpfModelOptions options;
  Faults          faults;
  Study           study;
  Network         net;
  OpfModel        model;
  Program         p;
  PetscInt       *border, n = 0;
  BlockInput      input;
  Blocks          blocks;
  Kkt             kkt;

  (void)state;
  OK(FaultsCreate(&faults));
  OK(StudyRead(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands/study.yaml"), NULL, faults, &study));
  OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
  assert_non_null(net);
  options = (OpfModelOptions){.physics = PHYSICS_AC, .hours = 24, .first_snapshot = 0};
  OK(OpfModelCreate(net, &options, &model));
  OK(OpfModelSetUp(model));
  p = OpfModelProgram(model);
  assert_non_null(p->stage);
  for (PetscInt i = 0; i < p->n + p->m; i++) assert_true(p->stage[i] >= 0 && p->stage[i] < 24);
  OK(PetscMalloc1(p->n, &border));
  for (PetscInt j = 0; j < p->n; j++) border[j] = -1;
  for (PetscInt t = 0; t < 24; t++) {
    for (PetscInt b = 0; b < BUSES; b++) {
      const PetscInt j = OpfModelVariable(model, OPF_VA, b, t);

      assert_true(j >= 0);
      assert_int_equal(p->stage[j], t);
      border[j] = n++;
    }
  }
  input = (BlockInput){0, p, border, NULL};
  OK(BlocksCreate(PETSC_COMM_SELF, 1, n, 0, 1, &input, NULL, &blocks));
  OK(KktCreate(blocks, NULL, &kkt));
  assert_true(KktConnectors(kkt) > 0);
  assert_true(KktLargestClique(kkt) < n / 2);
  OK(KktDestroy(&kkt));
  OK(BlocksDestroy(&blocks));
  OK(PetscFree(border));
  OK(OpfModelDestroy(&model));
  OK(NetworkDestroy(&net));
  OK(StudyDestroy(&study));
  OK(FaultsDestroy(&faults));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hours_leave_small_cliques),
      cmocka_unit_test(the_solution_is_that_of_the_whole_system),
      cmocka_unit_test(the_inertia_is_that_of_the_whole_system),
      cmocka_unit_test(the_bytes_do_not_depend_on_the_ranks),
      cmocka_unit_test(a_day_of_a_model_falls_into_hours),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  world  = PETSC_COMM_WORLD;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
