/* Watched solves of linear programs: stopped at any iteration and gone on from, on the same or another number of ranks, they end with
   the same bits. */
#include "solver/linear_elastic.h"
#include "solver/linear_regional.h"
#include "tests/solver/linear_support.h"
#include "tests/solver/watch_memory.h"

#define OK(call) assert_int_equal(call, 0)

/* One way to solve: the program, and who asks. */
typedef enum { PLAIN, ELASTIC, REGIONAL } Kind;

typedef struct {
  Kind          kind;
  LinearProgram p;
  LinearOptions options;
  LinearRegions regions;
  PetscReal    *elastic;
} Task;

typedef struct {
  PetscReal           *x, *y, *z;
  LinearResult         result;
  LinearRegionalResult regional;
} Found;

static Found Run(const Task *t, MPI_Comm comm, Watch watch)
{
  Found         f       = {.x = calloc((size_t)t->p->n + 1, sizeof(PetscReal)),
                           .y = calloc((size_t)t->p->m + 1, sizeof(PetscReal)),
                           .z = calloc((size_t)t->p->n + 1, sizeof(PetscReal))};
  LinearOptions options = t->options;

  options.watch = watch;
  if (t->kind == PLAIN) OK(LinearSolve(comm, t->p, &options, f.x, f.y, f.z, &f.result));
  if (t->kind == ELASTIC) OK(LinearSolveElastic(comm, t->p, &options, t->elastic, f.y, &f.result));
  if (t->kind == REGIONAL) {
    LinearRegionalOptions regional;

    LinearRegionalDefaultOptions(&regional);
    regional.max_rounds = 43;
    regional.memory     = 5;
    regional.tolerance  = 1e-12;
    regional.watch      = watch;
    OK(LinearSolveRegional(comm, t->p, t->regions, &regional, f.x, f.y, f.z, &f.regional));
    f.result = f.regional.linear;
  }
  return f;
}

static void FoundFree(Found *f)
{
  free(f->x);
  free(f->y);
  free(f->z);
  OK(PetscFree(f->result.history));
}

static void AssertSame(const Task *t, const Found *a, const Found *b)
{
  const LinearResult *r = &a->result, *s = &b->result;

  assert_int_equal(r->status, s->status);
  assert_int_equal(r->unbounded, s->unbounded);
  assert_int_equal(r->iterations, s->iterations);
  assert_int_equal(r->factorizations, s->factorizations);
  assert_int_equal(r->blocks, s->blocks);
  assert_int_equal(r->border, s->border);
  assert_int_equal(r->n_history, s->n_history);
  assert_true(r->objective == s->objective && r->dual_objective == s->dual_objective);
  assert_true(r->primal_residual == s->primal_residual && r->gap == s->gap && r->dual_residual == s->dual_residual);
  assert_memory_equal(r->history, s->history, (size_t)(4 * r->n_history) * sizeof(PetscReal));
  assert_memory_equal(a->x, b->x, (size_t)t->p->n * sizeof(PetscReal));
  assert_memory_equal(a->y, b->y, (size_t)t->p->m * sizeof(PetscReal));
  assert_memory_equal(a->z, b->z, (size_t)t->p->n * sizeof(PetscReal));
  assert_int_equal(a->regional.rounds, b->regional.rounds);
  assert_int_equal(a->regional.restorations, b->regional.restorations);
  assert_int_equal(a->regional.regional_iterations, b->regional.regional_iterations);
  assert_true(a->regional.bytes == b->regional.bytes && a->regional.messages == b->regional.messages);
  assert_true(a->regional.mismatch == b->regional.mismatch);
}

/* Stopped on `before` at a question, gone on from on `after`. */
static void AssertGoesOn(const Task *t, const Found *whole, MPI_Comm before, MPI_Comm after, PetscInt stop,
                         PetscBool keep)
{
  Memory memory = {0};
  Found  half, rest;

  memory.keep = keep;
  half        = Run(t, before, MemoryStart(&memory, before, stop));
  assert_int_equal(half.result.status, SOLVE_STOPPED);
  assert_int_equal(memory.asked, stop);
  FoundFree(&half);
  rest = Run(t, after, MemoryStart(&memory, after, 0));
  assert_true(memory.resumed > 0);
  AssertSame(t, whole, &rest);
  FoundFree(&rest);
  MemoryClear(&memory);
}

/* At many questions, on all ranks and on each alone. */
static void AssertAllGoOn(const Task *t, PetscInt step, PetscInt *largest_attempt)
{
  Memory   memory = {0};
  Found    whole  = Run(t, PETSC_COMM_SELF, NULL), watched;
  PetscInt asked;

  memory.save      = 1;
  watched          = Run(t, PETSC_COMM_WORLD, MemoryStart(&memory, PETSC_COMM_WORLD, 0));
  asked            = memory.asked;
  *largest_attempt = memory.largest_attempt;
  AssertSame(t, &whole, &watched);
  FoundFree(&watched);
  MemoryClear(&memory);
  for (PetscInt stop = 1; stop <= asked; stop += step) {
    const PetscBool keep = (PetscBool)(stop % 2);

    AssertGoesOn(t, &whole, PETSC_COMM_WORLD, PETSC_COMM_WORLD, stop, keep);
    AssertGoesOn(t, &whole, PETSC_COMM_WORLD, PETSC_COMM_SELF, stop, keep);
    AssertGoesOn(t, &whole, PETSC_COMM_SELF, PETSC_COMM_WORLD, stop, keep);
  }
  FoundFree(&whole);
}

static void test_plain(void **state)
{
  const Shape shape[] = {{.n = 300, .m = 200, .entries = 4, .stages = 30},
                         {.n = 200, .m = 240, .entries = 3, .stages = 30, .degenerate = 0.3, .quadratic = 0.2}};

  (void)state;
  for (int k = 0; k < 4; k++) {
    Task      t = {.kind = PLAIN};
    PetscReal optimum;
    PetscInt  attempt;

    t.p = Random(&shape[k / 2], 7, &optimum);
    LinearDefaultOptions(&t.options);
    t.options.blocks = k % 2 ? 4 : 1;
    AssertAllGoOn(&t, 1, &attempt);
    assert_int_equal(attempt, 0);
    OK(LinearProgramDestroy(&t.p));
  }
}

/* A row that contradicts the others by one unit. */
static void test_infeasible(void **state)
{
  const Shape shape = {.n = 60, .m = 40, .entries = 4, .stages = 6};
  PetscReal   optimum, value[8];
  PetscInt    attempt, column[8], count, at;
  Task        t = {.kind = PLAIN};

  (void)state;
  t.p = Random(&shape, 5, &optimum);
  LinearDefaultOptions(&t.options);
  t.options.presolve = PETSC_FALSE;
  count              = t.p->start[4] - t.p->start[3];
  for (PetscInt k = 0; k < count; k++) {
    column[k] = t.p->column[t.p->start[3] + k];
    value[k]  = t.p->value[t.p->start[3] + k];
  }
  t.p->row_lower[3] = t.p->row_upper[3] = 1;
  OK(LinearProgramAddRow(t.p, t.p->row[3], 2, 2, count, column, value, &at));
  AssertAllGoOn(&t, 2, &attempt);
  OK(LinearProgramDestroy(&t.p));
}

/* Badly scaled: the first program needs its third attempt; the second is given up by all, and a last solve asks whether it is
   infeasible. */
static void test_all_attempts(void **state)
{
  (void)state;
  for (int k = 4; k <= 5; k++) {
    const Shape shape = {.n = 60, .m = 40, .entries = 4, .stages = 6, .orders = k, .degenerate = 0.3};
    PetscReal   optimum;
    PetscInt    attempt;
    Task        t = {.kind = PLAIN};

    t.p = Random(&shape, 25, &optimum);
    LinearDefaultOptions(&t.options);
    AssertAllGoOn(&t, 5, &attempt);
    assert_int_equal(attempt, 2);
    OK(LinearProgramDestroy(&t.p));
  }
}

static void test_elastic(void **state)
{
  const Shape shape = {.n = 60, .m = 40, .entries = 4, .stages = 6};
  PetscReal   optimum, value  = 1;
  PetscInt    attempt, column = 2, at;
  Task        t = {.kind = ELASTIC};

  (void)state;
  t.p = Random(&shape, 11, &optimum);
  LinearDefaultOptions(&t.options);
  OK(LinearProgramAddRow(t.p, t.p->row[3], 50, 50, 1, &column, &value, &at));
  OK(LinearProgramAddRow(t.p, t.p->row[3], 70, 70, 1, &column, &value, &at));
  t.elastic = calloc((size_t)t.p->m, sizeof *t.elastic);
  for (PetscInt i = 0; i < t.p->m; i++) t.elastic[i] = 1 + (PetscReal)(i % 3);
  AssertAllGoOn(&t, 2, &attempt);
  free(t.elastic);
  OK(LinearProgramDestroy(&t.p));
}

/* Three regions of two plants and a load each, ties between them, and a limit on what the cheap plants give together. */
static LinearProgram Ring(PetscInt hours)
{
  LinearProgram p;
  PetscInt      plant[6], tie[3], limited[3 * 24];

  OK(LinearProgramCreate(&p));
  for (PetscInt r = 0; r < 6; r++) {
    OK(LinearProgramAddVariables(p, hours, (LinearLabel){0, r, 0}, 0, 300, &plant[r]));
    for (PetscInt t = 0; t < hours; t++) p->cost[plant[r] + t] = r % 2 ? 40 + 7 * (PetscReal)r : 10 + 5 * (PetscReal)r;
  }
  for (PetscInt r = 0; r < 3; r++) OK(LinearProgramAddVariables(p, hours, (LinearLabel){1, r, 0}, -60, 60, &tie[r]));
  for (PetscInt r = 0; r < 3; r++)
    for (PetscInt t = 0; t < hours; t++) {
      const PetscInt  column[] = {plant[2 * r] + t, plant[2 * r + 1] + t, tie[r] + t, tie[(r + 2) % 3] + t};
      const PetscReal value[] = {1, 1, -1, 1}, load = 80 + 10 * (PetscReal)r + 30 * sin(1 + (PetscReal)(t * (r + 1)));

      OK(LinearProgramAddRow(p, (LinearLabel){2, r, t}, load, load, 4, column, value, NULL));
      limited[r * hours + t] = plant[2 * r] + t;
    }
  {
    PetscReal one[3 * 24];

    for (PetscInt k = 0; k < 3 * hours; k++) one[k] = 1;
    OK(LinearProgramAddRow(p, (LinearLabel){3, 0, -1}, -INFINITY, 150.0 * (PetscReal)hours, 3 * hours, limited, one,
                           NULL));
  }
  return p;
}

static void test_between_regions(void **state)
{
  const PetscInt hours = 6;
  PetscInt       attempt;
  Task           t = {.kind = REGIONAL, .p = Ring(hours)};

  (void)state;
  OK(LinearRegionsCreate(t.p, 3, &t.regions));
  for (PetscInt i = 0; i < t.p->m; i++) t.regions->row_region[i] = i < 3 * hours ? i / hours : LINEAR_ROW_BETWEEN;
  for (PetscInt j = 0; j < t.p->n; j++) t.regions->price[j] = 30, t.regions->size[j] = 50;
  AssertAllGoOn(&t, 4, &attempt);
  OK(LinearRegionsDestroy(&t.regions));
  OK(LinearProgramDestroy(&t.p));
}

/* What is not of this program or these settings is passed over; so is what is damaged. */
static void test_others_are_passed_over(void **state)
{
  const Shape shape = {.n = 60, .m = 40, .entries = 4, .stages = 6};
  PetscReal   optimum;
  Memory      memory = {0};
  Task        t      = {.kind = PLAIN};
  Found       whole, other, mine;

  (void)state;
  t.p = Random(&shape, 3, &optimum);
  LinearDefaultOptions(&t.options);
  whole = Run(&t, PETSC_COMM_WORLD, NULL);
  t.p->cost[5] += 1e-9; /* another program of the same shape */
  other = Run(&t, PETSC_COMM_WORLD, MemoryStart(&memory, PETSC_COMM_WORLD, 5));
  assert_int_equal(other.result.status, SOLVE_STOPPED);
  t.p->cost[5] -= 1e-9;
  mine = Run(&t, PETSC_COMM_WORLD, MemoryStart(&memory, PETSC_COMM_WORLD, 0));
  AssertSame(&t, &whole, &mine);
  assert_int_equal(memory.asked, whole.result.iterations + 1); /* from the start */
  FoundFree(&other);
  FoundFree(&mine);
  other = Run(&t, PETSC_COMM_WORLD, MemoryStart(&memory, PETSC_COMM_WORLD, 5));
  strcpy(memory.state[1]->entry[memory.state[1]->n - 1].name, "gone");
  mine = Run(&t, PETSC_COMM_WORLD, MemoryStart(&memory, PETSC_COMM_WORLD, 0));
  AssertSame(&t, &whole, &mine);
  assert_int_equal(memory.asked, whole.result.iterations + 1);
  FoundFree(&other);
  FoundFree(&mine);
  FoundFree(&whole);
  MemoryClear(&memory);
  OK(LinearProgramDestroy(&t.p));
}

/* Stopped and gone on from again and again, an iteration at a time. */
static void test_one_iteration_a_start(void **state)
{
  const Shape shape = {.n = 100, .m = 70, .entries = 4, .stages = 10};
  PetscReal   optimum;
  PetscInt    starts = 0;
  Memory      memory = {0};
  Task        t      = {.kind = PLAIN};
  Found       whole, part;

  (void)state;
  t.p = Random(&shape, 4, &optimum);
  LinearDefaultOptions(&t.options);
  whole = Run(&t, PETSC_COMM_SELF, NULL);
  for (;; starts++) {
    const MPI_Comm comm = starts % 2 ? PETSC_COMM_SELF : PETSC_COMM_WORLD;

    part = Run(&t, comm, MemoryStart(&memory, comm, 2));
    if (part.result.status != SOLVE_STOPPED) break;
    FoundFree(&part);
  }
  AssertSame(&t, &whole, &part);
  assert_int_equal(starts, whole.result.iterations);
  FoundFree(&whole);
  FoundFree(&part);
  MemoryClear(&memory);
  OK(LinearProgramDestroy(&t.p));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_plain),
      cmocka_unit_test(test_infeasible),
      cmocka_unit_test(test_all_attempts),
      cmocka_unit_test(test_elastic),
      cmocka_unit_test(test_between_regions),
      cmocka_unit_test(test_others_are_passed_over),
      cmocka_unit_test(test_one_iteration_a_start),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (PetscFinalize()) return 1;
  return failed;
}
