/* The solver's stages and events, registered when the first of them is used. */
#include "solver/log.h"

#include <petsclog.h>

static PetscLogStage stage_id[SOLVER_STAGES];
static PetscLogEvent event_id[SOLVER_EVENTS];
static PetscBool     registered;

static PetscErrorCode Register(void)
{
  static const char *const stage_name[] = {"OPF set-up", "Interior point", "ADMM", "Diagnosis"};
  static const char *const event_name[] = {"ModelEval", "KktFactor", "KktSolve", "BorderExchange"};
  PetscClassId             id;

  PetscFunctionBeginUser;
  if (registered) PetscFunctionReturn(0);
  registered = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Archipelago", &id));
  for (int k = 0; k < SOLVER_STAGES; k++) PetscCall(PetscLogStageRegister(stage_name[k], &stage_id[k]));
  for (int k = 0; k < SOLVER_EVENTS; k++) PetscCall(PetscLogEventRegister(event_name[k], id, &event_id[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode SolverStagePush(SolverStage stage)
{
  PetscFunctionBeginUser;
  PetscCall(Register());
  PetscCall(PetscLogStagePush(stage_id[stage]));
  PetscFunctionReturn(0);
}

PetscErrorCode SolverStagePop(void)
{
  PetscFunctionBeginUser;
  PetscCall(PetscLogStagePop());
  PetscFunctionReturn(0);
}

PetscErrorCode SolverEventBegin(SolverEvent event)
{
  PetscFunctionBeginUser;
  PetscCall(Register());
  PetscCall(PetscLogEventBegin(event_id[event], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}

PetscErrorCode SolverEventEnd(SolverEvent event)
{
  PetscFunctionBeginUser;
  PetscCall(PetscLogEventEnd(event_id[event], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}
