/* The rooms of the program in PETSc's log. */
#include "inputs/log.h"

#include <petsclog.h>
#include <petscviewer.h>

static PetscLogStage stage_id[LOG_ROOMS];
static PetscLogEvent event_id[LOG_EVENTS];
static PetscBool     on;

static PetscErrorCode Register(void)
{
  static const char *const stage_name[LOG_ROOMS]  = {"inputs", "partition", "solver", "dynamics",
                                                     "market", "ledger",    "jobs"};
  static const char *const event_name[LOG_EVENTS] = {
      "PartitionSwap",  "SolverSetUp",    "SolverInterior", "SolverLinear", "SolverADMM",
      "SolverDiagnose", "SolverEvaluate", "SolverFactor",   "SolverSolve",  "SolverLinFactor",
      "SolverLinSolve", "DynamicsRun",    "JobsWriting",
  };
  PetscClassId id;

  PetscFunctionBeginUser;
  PetscCall(PetscClassIdRegister("Archipelago", &id));
  for (int k = 0; k < LOG_ROOMS; k++) PetscCall(PetscLogStageRegister(stage_name[k], &stage_id[k]));
  for (int k = 0; k < LOG_EVENTS; k++) PetscCall(PetscLogEventRegister(event_name[k], id, &event_id[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode LogBegin(PetscBool asked)
{
  PetscFunctionBeginUser;
  if (asked) PetscCall(PetscLogDefaultBegin());
  on = PetscLogPLB ? PETSC_TRUE : PETSC_FALSE;
  if (on) PetscCall(Register());
  PetscFunctionReturn(0);
}

PetscErrorCode LogView(MPI_Comm comm, const char *file)
{
  PetscViewer viewer;

  PetscFunctionBeginUser;
  if (file)
    PetscCall(PetscViewerASCIIOpen(comm, file, &viewer));
  else
    PetscCall(PetscViewerASCIIGetStderr(comm, &viewer));
  PetscCall(PetscViewerPushFormat(viewer, PETSC_VIEWER_DEFAULT));
  PetscCall(PetscLogView(viewer));
  PetscCall(PetscViewerPopFormat(viewer));
  if (file) PetscCall(PetscViewerDestroy(&viewer));
  PetscFunctionReturn(0);
}

PetscErrorCode LogStagePush(LogRoom room)
{
  PetscFunctionBeginUser;
  if (on) PetscCall(PetscLogStagePush(stage_id[room]));
  PetscFunctionReturn(0);
}

PetscErrorCode LogStagePop(void)
{
  PetscFunctionBeginUser;
  if (on) PetscCall(PetscLogStagePop());
  PetscFunctionReturn(0);
}

PetscErrorCode LogEventBegin(LogEvent event)
{
  PetscFunctionBeginUser;
  if (on) PetscCall(PetscLogEventBegin(event_id[event], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}

PetscErrorCode LogEventEnd(LogEvent event)
{
  PetscFunctionBeginUser;
  if (on) PetscCall(PetscLogEventEnd(event_id[event], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}
