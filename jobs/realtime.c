/* Real time: storage on its schedule, the rest dispatched again on what happened. */
#include "jobs/realtime.h"

#include "inputs/realised.h"
#include "jobs/carbon_cap.h"
#include "jobs/window.h"

PetscErrorCode RealTimeSetUp(Run run, Faults faults)
{
  PetscFunctionBeginUser;
  PetscCall(RealisedNetwork(run->job->comm, run->study, run->net, faults, &run->realised));
  PetscFunctionReturn(0);
}

static PetscBool SameTies(Network a, Network b)
{
  for (PetscInt k = 0; k < a->branch.n; k++)
    if (a->branch.in_service[k] != b->branch.in_service[k]) return PETSC_FALSE;
  for (PetscInt k = 0; k < a->link.n; k++)
    if (a->link.in_service[k] != b->link.in_service[k]) return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscBool SameRegions(Partition a, Partition b)
{
  if (a->n_regions != b->n_regions) return PETSC_FALSE;
  for (PetscInt k = 0; k < a->n_buses; k++)
    if (a->bus_region[k] != b->bus_region[k]) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* Branches and links that are in service only then or only now make other ties between the same regions. */
PetscErrorCode RealTimeCut(Run run)
{
  Study  study = run->study;
  Faults faults;

  PetscFunctionBeginUser;
  run->realised_partition = run->partition;
  if (!run->realised || SameTies(run->net, run->realised)) PetscFunctionReturn(0);
  PetscCall(FaultsCreate(&faults));
  PetscCall(PartitionCreate(run->job->comm, run->realised, study->regions, faults, &run->realised_partition));
  if (run->realised_partition && !SameRegions(run->partition, run->realised_partition))
    PetscCall(
        FaultsAdd(faults, FAULT_ERROR, study->path, study->market.realised.line,
                  "realised: found branches or links in service that change how %s cuts the network, expected the "
                  "same regions: name them by a column or a file",
                  study->regions));
  PetscCall(JobReport(run->job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (run->job->status == JOB_DONE) PetscCall(PartitionAssignRanks(run->realised_partition, run->job->size));
  PetscFunctionReturn(0);
}

PetscErrorCode RealTimeTearDown(Run run)
{
  PetscFunctionBeginUser;
  if (run->realised_partition && run->realised_partition != run->partition)
    PetscCall(PartitionDestroy(&run->realised_partition));
  run->realised_partition = NULL;
  if (run->realised) PetscCall(NetworkDestroy(&run->realised));
  PetscFunctionReturn(0);
}

/* A row of the realised network's series that holds column k of a [hours][n] array at the window's snapshots. */
static PetscErrorCode AddRow(Run run, const Window *window, const PetscReal *value, PetscInt n, PetscInt k,
                             PetscInt *row)
{
  PetscReal *all;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(run->realised->series.n_snapshots, &all));
  for (PetscInt t = 0; t < window->dispatch->hours; t++) all[window->first_snapshot + t] = value[t * n + k];
  PetscCall(NetworkAddSeries(run->realised, all, row));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

/* Every storage unit that does not bid keeps what the day ahead found for it. */
static PetscErrorCode KeepSchedules(Run run, const Window *window)
{
  StorageTable *s = &run->realised->storage;
  Dispatch      d = window->dispatch;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->n; k++) {
    if (!s->in_service[k] || RealisedStorageBids(run->study, run->realised, k)) continue;
    PetscCall(AddRow(run, window, d->storage_charge, d->n_storage, k, &s->charge_series[k]));
    PetscCall(AddRow(run, window, d->storage_discharge, d->n_storage, k, &s->discharge_series[k]));
  }
  PetscFunctionReturn(0);
}

static void ReleaseSchedules(Run run, PetscInt n_series)
{
  StorageTable *s = &run->realised->storage;

  for (PetscInt k = 0; k < s->n; k++) s->charge_series[k] = s->discharge_series[k] = -1;
  NetworkTruncateSeries(run->realised, n_series);
}

PetscErrorCode WindowRealTime(Run run, Window *window)
{
  const WindowGrid grid = {"real time", run->realised, run->realised_partition};
  OpfOptions       options;
  PetscInt         n_series;

  PetscFunctionBeginUser;
  if (!run->realised) PetscFunctionReturn(0);
  n_series = run->realised->series.n;
  PetscCall(KeepSchedules(run, window));
  WindowOptions(run, window, &options);
  options.carbon_price   = window->carbon_price;
  options.emission_cap_t = PETSC_INFINITY;
  ProgressStage(&run->progress, "real time");
  PetscCall(OpfSolve(run->job->comm, grid.net, grid.partition, &options, &window->realtime, &window->realtime_result));
  if (window->realtime_result.status != SOLVE_STOPPED)
    window->realtime->objective -= window->result.cap_price * DispatchEmissions(grid.net, window->realtime);
  if (window->realtime_result.status == SOLVE_OPTIMAL)
    PetscCall(WindowAccept(run, window, &grid, &options, window->realtime, &window->realtime_result,
                           &window->realtime_evaluation));
  else if (window->realtime_result.status == SOLVE_STOPPED)
    RunStopped(run, window, grid.stage);
  else
    PetscCall(WindowRefuse(run, window, &grid, window->realtime, &window->realtime_result));
  ReleaseSchedules(run, n_series);
  PetscFunctionReturn(0);
}

Dispatch WindowMetered(const Window *window)
{
  return window->realtime ? window->realtime : window->dispatch;
}
