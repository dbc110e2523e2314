/* A watched interior point: stopped at any iteration and gone on with, on another number of ranks too, it ends with the same bits; and
   a stop ends all, whatever would have come next. */
#include "tests/solver/watch_support.h"

#include "solver/opf_model.h"

static OpfOptions Options(Physics physics)
{
  OpfOptions options;
  OpfDefaultOptions(&options);
  options.physics = physics;
  return options;
}

static PetscMPIInt Ranks(void)
{
  PetscMPIInt size;
  MPI_Comm_size(world, &size);
  return size;
}

static Network SharedCase(const char *relative)
{
  const char *path = SharedData(relative);
  if (!path) skip();
  return ReadCase(world, path);
}

static void the_shipped_case_is_stopped_at_every_safe_point(void **state)
{
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  const OpfOptions options = Options(PHYSICS_AC);

  (void)state;
  assert_string_equal(SolveStatusName(StopEverywhere(net, "1", &options, 1).status), "optimal");
  assert_string_equal(SolveStatusName(StopEverywhere(net, "2", &options, 1).status), "optimal");
  OK(NetworkDestroy(&net));
}

static void areas_with_a_border_are_stopped_at_every_safe_point(void **state)
{
  Network          net     = SharedCase("pglib/pglib_opf_case39_epri.m");
  const OpfOptions options = Options(PHYSICS_AC);

  (void)state;
  assert_string_equal(SolveStatusName(StopEverywhere(net, "area", &options, 1).status), "optimal");
  OK(NetworkDestroy(&net));
}

static void a_convex_program_is_stopped_between_its_corrected_steps(void **state)
{
  Network          net     = SharedCase("pglib/pglib_opf_case73_ieee_rts.m");
  const OpfOptions options = Options(PHYSICS_DC_REACTANCE);

  (void)state;
  assert_string_equal(SolveStatusName(StopEverywhere(net, "area", &options, 3).status), "optimal");
  OK(NetworkDestroy(&net));
}

/* Cut in hours (kkt_split.h), with storage. */
static void a_day_of_regions_with_storage_is_gone_on_with(void **state)
{
  Network    net     = ReadCase(world, ShippedFile("inputs/cases/islands"));
  OpfOptions options = Options(PHYSICS_AC);

  (void)state;
  options.hours          = PetscMin(24, net->series.n_snapshots);
  options.first_snapshot = net->series.n_snapshots > 0 ? 0 : -1;
  if (net->series.n_snapshots == 0) options.hours = 1;
  assert_string_equal(SolveStatusName(StopEverywhere(net, "2", &options, 9).status), "optimal");
  OK(NetworkDestroy(&net));
}

/* More load than generators: no point is feasible, restoration is come to, and without a diagnosis it goes on to the end. */
static void restoration_is_left_and_entered_again(void **state)
{
  Network    net     = SharedCase("pglib/pglib_opf_case5_pjm.m");
  OpfOptions options = Options(PHYSICS_AC);

  (void)state;
  options.diagnose = PETSC_FALSE;
  for (PetscInt l = 0; l < net->load.n; l++) net->load.p_mw[l] *= 1.7;
  assert_string_equal(SolveStatusName(StopEverywhere(net, "2", &options, 1).status), "infeasible");
  OK(NetworkDestroy(&net));
}

/* A load next to what the grid can carry: the restoration phase is entered, left, and entered again. */
static void a_grid_near_its_limit_is_gone_on_with_in_and_out_of_restoration(void **state)
{
  Network    net     = SharedCase("pglib/pglib_opf_case24_ieee_rts__api.m");
  OpfOptions options = Options(PHYSICS_AC);

  (void)state;
  options.diagnose = PETSC_FALSE;
  for (PetscInt l = 0; l < net->load.n; l++) {
    net->load.p_mw[l] *= 1.02;
    net->load.q_mvar[l] *= 1.02;
  }
  assert_string_equal(SolveStatusName(StopEverywhere(net, "1", &options, 3).status), "infeasible");
  OK(NetworkDestroy(&net));
}

static void a_diagnosis_is_a_row_of_solves_each_gone_on_with(void **state)
{
  Network    net     = SharedCase("pglib/pglib_opf_case39_epri.m");
  OpfOptions options = Options(PHYSICS_AC);
  Watched    o;

  (void)state;
  for (PetscInt g = 0; g < net->generator.n; g++) { /* no sum shows that voltages cannot be held */
    net->generator.q_max_mvar[g] *= 0.2;
    net->generator.q_min_mvar[g] *= 0.2;
  }
  o = StopEverywhere(net, "area", &options, 3);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  assert_true(o.diagnosed && o.solves > 1);
  OK(NetworkDestroy(&net));
}

/* Stopped again and again, one iteration further each time. */
static void a_solve_survives_being_stopped_at_each_iteration(void **state)
{
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  const OpfOptions options = Options(PHYSICS_AC);
  const Watched    whole   = Undisturbed(net, "2", &options);
  MemoryWatch      w;
  Watched          o = {.status = SOLVE_STOPPED};
  PetscInt         starts;

  (void)state;
  MemoryWatchInit(&w);
  for (starts = 0; o.status == SOLVE_STOPPED && starts < 1000; starts++) {
    MemoryWatchAgain(&w, starts > 0 ? 1 : 0);
    o = SolveWatched(1 + (int)starts % Ranks(), PETSC_FALSE, net, "2", &options, &w);
    MemoryWatchShare(&w);
  }
  assert_true(o.hash == whole.hash);
  assert_int_equal(starts, whole.asked + 1);
  MemoryWatchForget(&w);
  OK(NetworkDestroy(&net));
}

/* What is not this problem's is passed over, and the solve begins anew. */
static void a_state_of_another_problem_is_ignored(void **state)
{
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  const OpfOptions options = Options(PHYSICS_AC);
  const Watched    first   = SolveWatched(1, PETSC_FALSE, net, "2", &options, NULL);
  MemoryWatch      w;
  Watched          o, other;

  (void)state;
  MemoryWatchInit(&w);
  w.stop_at = 7;
  o         = SolveWatched(1, PETSC_FALSE, net, "2", &options, &w);
  assert_int_equal(o.status, SOLVE_STOPPED);
  MemoryWatchShare(&w);
  for (PetscInt l = 0; l < net->load.n; l++) net->load.p_mw[l] *= 1.01;
  other = SolveWatched(1, PETSC_FALSE, net, "2", &options, NULL);
  assert_true(other.hash != first.hash);
  MemoryWatchAgain(&w, -1);
  o = SolveWatched(1, PETSC_FALSE, net, "2", &options, &w);
  assert_true(o.hash == other.hash);
  MemoryWatchForget(&w);
  OK(NetworkDestroy(&net));
}

/* --- One program, on every rank by itself --- */

typedef struct {
  Network       net;
  OpfModel      model;
  InteriorPoint ip;
  PetscReal    *x, *lambda, *zl, *zu;
  PetscInt      n, m;
} Single;

static void SetUpSingle(const char *path, Single *s)
{
  const OpfModelOptions options = {
      .physics = PHYSICS_AC, .hours = 1, .first_snapshot = -1, .emission_cap_t = PETSC_INFINITY};
  Program p;

  s->net = ReadCase(PETSC_COMM_SELF, path);
  OK(OpfModelCreate(s->net, &options, &s->model));
  OK(OpfModelSetUp(s->model));
  p    = OpfModelProgram(s->model);
  s->n = p->n;
  s->m = p->m;
  OK(InteriorPointCreate(p, &s->ip));
  OK(PetscCalloc4(p->n, &s->x, p->m, &s->lambda, p->n, &s->zl, p->n, &s->zu));
  OK(PetscArraycpy(s->x, p->x0, p->n));
}

static void DestroySingle(Single *s)
{
  OK(PetscFree4(s->x, s->lambda, s->zl, s->zu));
  OK(InteriorPointDestroy(&s->ip));
  OK(OpfModelDestroy(&s->model));
  OK(NetworkDestroy(&s->net));
}

/* A start that misleads: a warm one at multipliers of the wrong size, whose attempt fails within its limit. */
static void Mislead(Single *s)
{
  const Program p = OpfModelProgram(s->model);

  for (PetscInt j = 0; j < s->n; j++) {
    s->x[j]  = p->xl[j] > PETSC_NINFINITY ? p->xl[j] : p->x0[j];
    s->zl[j] = s->zu[j] = 1e5;
  }
  for (PetscInt i = 0; i < s->m; i++) s->lambda[i] = i % 2 ? 1e7 : -1e7;
}

static uint64_t SolveSingle(const char *path, PetscInt limit, MemoryWatch *w, InteriorPointResult *result)
{
  InteriorPointOptions options;
  Single               s;
  uint64_t             hash;

  SetUpSingle(path, &s);
  Mislead(&s);
  InteriorPointDefaultOptions(&options);
  options.warm_start     = PETSC_TRUE;
  options.warm_mu        = 1e-9;
  options.max_iterations = limit;
  if (w) {
    w->comm       = PETSC_COMM_SELF;
    options.watch = &w->watch;
  }
  OK(InteriorPointSolve(s.ip, &options, s.x, s.lambda, s.zl, s.zu, result));
  hash = Hash(14695981039346656037u, s.x, (size_t)s.n * sizeof(PetscReal));
  hash = Hash(hash, s.lambda, (size_t)s.m * sizeof(PetscReal));
  hash = Hash(hash, s.zl, (size_t)s.n * sizeof(PetscReal));
  hash = Hash(hash, s.zu, (size_t)s.n * sizeof(PetscReal));
  hash = Hash(hash, &result->iterations, sizeof(PetscInt));
  hash = Hash(hash, &result->factorizations, sizeof(PetscInt));
  hash = Hash(hash, &result->mu, sizeof(PetscReal));
  DestroySingle(&s);
  return hash;
}

/* The cold start that follows a warm one that has failed is gone on with as such. */
static void a_cold_start_after_a_warm_one_is_not_begun_again(void **state)
{
  const char         *path  = ShippedFile("inputs/cases/six-bus.m");
  const PetscInt      limit = 12; /* so few that the warm start fails */
  InteriorPointResult whole, result;
  const uint64_t      hash = SolveSingle(path, limit, NULL, &whole);

  (void)state;
  assert_true(whole.iterations > limit); /* there were two attempts */
  for (PetscInt at = 0; at <= whole.iterations; at++) {
    MemoryWatch w;
    MemoryWatchInit(&w);
    w.stop_at = at;
    (void)SolveSingle(path, limit, &w, &result);
    if (result.status != SOLVE_STOPPED) {
      assert_true(at >= whole.iterations);
      MemoryWatchForget(&w);
      break;
    }
    MemoryWatchAgain(&w, -1);
    assert_true(SolveSingle(path, limit, &w, &result) == hash);
    assert_int_equal(w.begun, 1);
    assert_true(w.asked <= whole.iterations + 2 - at);
    MemoryWatchForget(&w);
  }
}

/* A case of many buses on which pivots and filter have something to remember. */
static void larger_grids_are_gone_on_with(void **state)
{
  Network          net     = SharedCase("pglib/pglib_opf_case300_ieee.m");
  const OpfOptions options = Options(PHYSICS_AC);

  (void)state;
  assert_string_equal(SolveStatusName(StopEverywhere(net, "4", &options, 17).status), "optimal");
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_shipped_case_is_stopped_at_every_safe_point),
      cmocka_unit_test(areas_with_a_border_are_stopped_at_every_safe_point),
      cmocka_unit_test(a_convex_program_is_stopped_between_its_corrected_steps),
      cmocka_unit_test(a_day_of_regions_with_storage_is_gone_on_with),
      cmocka_unit_test(restoration_is_left_and_entered_again),
      cmocka_unit_test(a_grid_near_its_limit_is_gone_on_with_in_and_out_of_restoration),
      cmocka_unit_test(a_diagnosis_is_a_row_of_solves_each_gone_on_with),
      cmocka_unit_test(a_solve_survives_being_stopped_at_each_iteration),
      cmocka_unit_test(a_state_of_another_problem_is_ignored),
      cmocka_unit_test(a_cold_start_after_a_warm_one_is_not_begun_again),
      cmocka_unit_test(larger_grids_are_gone_on_with),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  world  = PETSC_COMM_WORLD;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
