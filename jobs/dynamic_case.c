/* A case for the dynamic studies. */
#include "jobs/dynamic_case.h"

#include <string.h>

#include "dynamics/device_loads.h"
#include "inputs/reader.h"
#include "jobs/point.h"
#include "solver/opf.h"

#define DEFAULT_FREQUENCY_HZ 60.0

static PetscErrorCode Read(Job job, const char *path, const DynamicSettings *settings, DynamicCase *grid)
{
  Faults faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkRead(job->comm, path, "auto", faults, &grid->net));
  if (grid->net && settings->dynamics)
    PetscCall(DeviceTableRead(job->comm, settings->dynamics, grid->net, settings->strict, faults, &grid->devices));
  else if (grid->net)
    PetscCall(DeviceTableCreate(&grid->devices));
  PetscCall(JobReport(job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (!grid->net && job->status == JOB_DONE) JobFail(job, JOB_INPUT, "%.900s: cannot be used as a network", path);
  PetscFunctionReturn(0);
}

static PetscErrorCode StartFromPowerFlow(Job job, DynamicCase *grid)
{
  PowerFlowOptions options;
  PowerFlow        flow;

  PetscFunctionBeginUser;
  PowerFlowDefaultOptions(&options);
  PetscCall(PowerFlowSolve(grid->net, &options, &flow));
  if (flow.converged)
    PetscCall(OperatingPointFromPowerFlow(grid->net, &flow, -1, &grid->point));
  else
    JobFail(job, JOB_UNSOLVED, "%s: the power flow did not converge in %d iterations (mismatch %.1e pu)",
            grid->net->name, (int)flow.iterations, flow.mismatch_pu);
  PetscCall(PowerFlowDestroy(&flow));
  PetscFunctionReturn(0);
}

static PetscErrorCode StartFromOpf(Job job, DynamicCase *grid)
{
  OpfOptions options;
  OpfResult  result;
  Dispatch   d;

  PetscFunctionBeginUser;
  OpfDefaultOptions(&options);
  PetscCall(OpfSolve(job->comm, grid->net, NULL, &options, &d, &result));
  if (result.status != SOLVE_OPTIMAL)
    JobFail(job, JOB_UNSOLVED, "%s: no operating point: %s", grid->net->name, SolveStatusName(result.status));
  else
    PetscCall(OperatingPointFromDispatch(grid->net, d, 0, &grid->point));
  PetscCall(DispatchDestroy(&d));
  PetscCall(OpfResultDestroy(&result));
  PetscFunctionReturn(0);
}

PetscErrorCode DynamicCaseLoad(Job job, const char *path, const DynamicSettings *settings, DynamicCase *grid)
{
  const LoadModel model = !strcmp(settings->load_model, "i")      ? LOAD_MODEL_CURRENT
                          : !strcmp(settings->load_model, "p")    ? LOAD_MODEL_POWER
                          : !strcmp(settings->load_model, "data") ? LOAD_MODEL_DATA
                                                                  : LOAD_MODEL_IMPEDANCE;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(grid, sizeof *grid));
  PetscCall(Read(job, path, settings, grid));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(DeviceTableAddDefaults(grid->devices, grid->net));
  PetscCall(DeviceTableAddLoads(grid->devices, grid->net, model, &grid->n_zip_loads));
  grid->frequency_hz = settings->frequency > 0       ? settings->frequency
                       : grid->net->frequency_hz > 0 ? grid->net->frequency_hz
                                                     : DEFAULT_FREQUENCY_HZ;
  if (!strcmp(settings->point, "opf"))
    PetscCall(StartFromOpf(job, grid));
  else
    PetscCall(StartFromPowerFlow(job, grid));
  PetscFunctionReturn(0);
}

PetscErrorCode DynamicCaseDestroy(DynamicCase *grid)
{
  PetscFunctionBeginUser;
  PetscCall(OperatingPointDestroy(&grid->point));
  PetscCall(DeviceTableDestroy(&grid->devices));
  PetscCall(NetworkDestroy(&grid->net));
  PetscFunctionReturn(0);
}

PetscErrorCode DynamicCaseCheckStart(const DynamicSettings *settings, Equations eq, Faults faults)
{
  PetscFunctionBeginUser;
  if (settings->strict && eq->n_warnings)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, settings->dynamics, 0, "%.480s (%d such starts; --strict)", eq->warning,
                        (int)eq->n_warnings));
  PetscFunctionReturn(0);
}
