/* Stages and events of the solver in PETSc's log (PETSC_OPTIONS=-log_view): where a solve spends its time, messages and memory. */
#ifndef ARCHIPELAGO_SOLVER_LOG_H
#define ARCHIPELAGO_SOLVER_LOG_H

#include <petscsys.h>

typedef enum { STAGE_SET_UP, STAGE_INTERIOR_POINT, STAGE_ADMM, STAGE_DIAGNOSIS, SOLVER_STAGES } SolverStage;
typedef enum { EVENT_EVALUATION, EVENT_FACTOR, EVENT_SOLVE, EVENT_BORDER, SOLVER_EVENTS } SolverEvent;

/* Not collective. Each push has its pop. */
PetscErrorCode SolverStagePush(SolverStage stage);
PetscErrorCode SolverStagePop(void);
PetscErrorCode SolverEventBegin(SolverEvent event);
PetscErrorCode SolverEventEnd(SolverEvent event);

#endif
