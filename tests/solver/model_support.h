/* Solving one OPF model with options that the optimal power flow itself does not have, and its dispatch. */
#ifndef ARCHIPELAGO_TESTS_MODEL_SUPPORT_H
#define ARCHIPELAGO_TESTS_MODEL_SUPPORT_H

#include "solver/opf_model.h"

#include "tests/solver/opf_support.h"

typedef struct {
  OpfModel            model;
  PetscReal          *x, *lambda, *zl, *zu, cost;
  InteriorPoint       ip;
  InteriorPointResult result;
  Dispatch            d;
  Evaluation          evaluation;
} Solution;

static inline OpfModelOptions ModelOptions(Network net, Physics physics)
{
  return (OpfModelOptions){.physics        = physics,
                           .hours          = net->series.n_snapshots > 0 ? net->series.n_snapshots : 1,
                           .first_snapshot = net->series.n_snapshots > 0 ? 0 : -1};
}

/* Solves as the program stands, again after its bounds have changed. */
static inline void SolveAgain(Network net, const OpfModelOptions *options, PetscBool warm, Solution *s)
{
  PetscReal            reserve_only[SOFT_LIMITS] = {0};
  InteriorPointOptions ip_options;

  InteriorPointDefaultOptions(&ip_options);
  ip_options.warm_start = warm;
  OK(InteriorPointSolve(s->ip, &ip_options, s->x, s->lambda, s->zl, s->zu, &s->result));
  OK(DispatchDestroy(&s->d));
  OK(DispatchCreate(net, options->hours, options->first_snapshot, &s->d));
  OK(OpfModelStore(s->model, s->x, s->lambda, s->zl, s->zu, NULL, s->d));
  OK(DispatchComputeFlows(net, s->d, options->physics));
  reserve_only[SOFT_RESERVE] = options->soft_price[SOFT_RESERVE]; /* the other classes' excess shows as violation */
  OK(DispatchEvaluateSoft(net, s->d, options->physics, options->initial_energy, reserve_only, &s->evaluation));
  OK(OpfModelCost(s->model, s->x, &s->cost));
}

/* Solves a model, whatever the outcome. */
static inline void SolveModel(Network net, const OpfModelOptions *options, Solution *s)
{
  Program p;

  OK(PetscMemzero(s, sizeof *s));
  OK(OpfModelCreate(net, options, &s->model));
  OK(OpfModelSetUp(s->model));
  p = OpfModelProgram(s->model);
  OK(PetscCalloc4(p->n, &s->x, p->m, &s->lambda, p->n, &s->zl, p->n, &s->zu));
  OK(PetscArraycpy(s->x, p->x0, p->n));
  OK(InteriorPointCreate(p, &s->ip));
  SolveAgain(net, options, PETSC_FALSE, s);
}

static inline void SolutionDestroy(Solution *s)
{
  OK(PetscFree4(s->x, s->lambda, s->zl, s->zu));
  OK(InteriorPointDestroy(&s->ip));
  OK(OpfModelDestroy(&s->model));
  OK(DispatchDestroy(&s->d));
}

/* Demands an optimum that the independent evaluation finds feasible. */
static inline void SolveFeasible(Network net, const OpfModelOptions *options, Solution *s)
{
  SolveModel(net, options, s);
  assert_string_equal(SolveStatusName(s->result.status), "optimal");
  if (s->evaluation.max_violation_pu > 1e-6) fail_msg("%s by %g", s->evaluation.worst, s->evaluation.max_violation_pu);
  if (s->evaluation.max_mismatch_pu > 1e-6)
    fail_msg("%s by %g", s->evaluation.worst_bus, s->evaluation.max_mismatch_pu);
}

/* A test file's main. */
static inline int RunTests(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
  return PetscFinalize() || failed;
}

#endif
