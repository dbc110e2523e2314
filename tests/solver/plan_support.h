/* Small plans: a folder written on the spot, with or without the section `planning` of a study, read and solved. */
#ifndef ARCHIPELAGO_TESTS_SOLVER_PLAN_SUPPORT_H
#define ARCHIPELAGO_TESTS_SOLVER_PLAN_SUPPORT_H

#include "inputs/planning.h"
#include "inputs/study.h"
#include "solver/expansion.h"
#include "solver/linear_method.h"
#include "tests/inputs/text_files.h"

#include <math.h>

#define NEAR(found, expected) AssertNear(found, expected, #found)

typedef struct {
  Faults       faults;
  Components   c;
  Study        study;
  LinearResult result;
} Plan;

static inline void AssertNear(double found, double expected, const char *what)
{
  if (fabs(found - expected) > 2e-6 * fmax(1, fabs(expected)))
    fail_msg("%s is %.12g, not %.12g", what, found, expected);
}

static inline void PlanBegin(Plan *plan)
{
  memset(plan, 0, sizeof *plan);
  OK(FaultsCreate(&plan->faults));
  RemoveFolder(TemporaryPath("plan"));
  assert_int_equal(mkdir(TemporaryPath("plan"), 0700), 0);
}

/* A file of the folder. */
static inline void PlanFile(const char *name, const char *text)
{
  char path[64];
  snprintf(path, sizeof path, "plan/%s", name);
  WriteText(path, text);
}

/* Reads the folder and applies the section, which may be NULL. */
static inline void PlanRead(Plan *plan, const char *planning)
{
  char text[2048];
  OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("plan"), plan->faults, &plan->c));
  AssertNoErrors(plan->faults);
  if (!planning) return;
  snprintf(text, sizeof text, "study: s\nnetwork: plan\nplanning:\n%s", planning);
  OK(StudyRead(PETSC_COMM_SELF, WriteText("study.yaml", text), NULL, plan->faults, &plan->study));
  AssertNoErrors(plan->faults);
  OK(PlanningApply(plan->study->planning, plan->c, plan->faults));
}

/* Solves it: outputs are those of plan->c. */
static inline void PlanSolveWith(Plan *plan, PetscBool dispatch)
{
  ExpansionOptions how = {PETSC_FALSE, dispatch};
  Expansion        e;
  LinearProgram    p;
  LinearOptions    options;
  PetscReal       *x, *y, *z;

  AssertNoErrors(plan->faults);
  OK(ExpansionCreate(plan->c, &how, plan->faults, &e));
  AssertNoErrors(plan->faults);
  p = ExpansionProgram(e);
  OK(PetscMalloc3(p->n, &x, p->m, &y, p->n, &z));
  LinearDefaultOptions(&options);
  OK(LinearSolve(PETSC_COMM_SELF, p, &options, x, y, z, &plan->result));
  assert_int_equal(plan->result.status, SOLVE_OPTIMAL);
  OK(ExpansionStore(e, x, y, z, plan->c));
  OK(PetscFree3(x, y, z));
  OK(ExpansionDestroy(&e));
}

static inline void PlanSolve(Plan *plan)
{
  PlanSolveWith(plan, PETSC_FALSE);
}

/* Solves it again with its capacities given. */
static inline void PlanDispatch(Plan *plan)
{
  OK(PetscFree(plan->result.history));
  PlanSolveWith(plan, PETSC_TRUE);
}

static inline void PlanEnd(Plan *plan)
{
  OK(PetscFree(plan->result.history));
  OK(ComponentsDestroy(&plan->c));
  OK(StudyDestroy(&plan->study));
  OK(FaultsDestroy(&plan->faults));
}

/* A number of the solved plan: of a row by its name, at a snapshot. */
static inline double PlanAt(Plan *plan, ComponentKind kind, const char *name, const char *attribute, int snapshot)
{
  const PetscInt row    = ComponentsFind(plan->c, kind, name);
  const Column  *column = ComponentsColumn(plan->c, kind, attribute);
  if (row < 0 || !column) fail_msg("no %s of %s", attribute, name);
  return (double)ColumnAt(column, row, snapshot);
}

static inline double PlanOf(Plan *plan, ComponentKind kind, const char *name, const char *attribute)
{
  const PetscInt row    = ComponentsFind(plan->c, kind, name);
  const Column  *column = ComponentsColumn(plan->c, kind, attribute);
  if (row < 0 || !column || !column->real) fail_msg("no %s of %s", attribute, name);
  return (double)ColumnReal(column, row);
}

static inline double PlanPrice(Plan *plan, const char *constraint)
{
  const PetscInt row = ComponentsFind(plan->c, COMPONENT_GLOBAL_CONSTRAINT, constraint);
  PetscReal      price;
  const char    *unit;
  if (row < 0) fail_msg("no constraint %s", constraint);
  OK(PlanningPrice(plan->c, row, &price, &unit));
  assert_non_null(unit);
  return (double)price;
}

#endif
