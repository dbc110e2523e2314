/* One window: dispatch it and evaluate what was found, or say why there is nothing to evaluate. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/carbon_cap.h"
#include "jobs/failure.h"
#include "jobs/format.h"
#include "jobs/infeasible.h"
#include "jobs/market_case.h"
#include "jobs/window.h"

/* A dispatch is taken for solved only when an evaluation that shares no code with the solver agrees: per unit. */
static const PetscReal ACCEPTED_VIOLATION = 1e-4, ACCEPTED_MISMATCH = 1e-4;

WindowGrid WindowDayAhead(Run run)
{
  return (WindowGrid){"", run->net, run->partition};
}

void WindowOptions(Run run, const Window *window, OpfOptions *options)
{
  OpfDefaultOptions(options);
  options->physics        = RunPhysics(run);
  options->method         = OpfMethodFromName(run->study->method);
  options->hours          = run->study->window_hours;
  options->first_snapshot = window->first_snapshot;
  options->initial_energy = run->energy;
  CarbonCapOptions(run, options);
  options->admm_penalty = run->study->admm_penalty;
  for (int k = 0; k < SOFT_LIMITS; k++) options->soft_price[k] = run->study->soft_price[k];
  options->watch            = JobWatchSolves(run->watch);
  options->progress         = ProgressIteration;
  options->progress_context = &run->progress;
}

/* Where ADMM did not arrive, the log says what did. */
static void TellFinish(Run run, const OpfResult *result)
{
  char text[120];

  if (result->admm_iterations == 0 || result->finished_by == METHOD_ADMM) return;
  snprintf(text, sizeof text, "dispatch finished by the interior point, after %d iterations of ADMM",
           (int)result->admm_iterations);
  ProgressStage(&run->progress, text);
}

void RunTellFailure(Run run, json_t *failure)
{
  char     *text = json_dumps(failure, JSON_INDENT(2));
  FileError error;

  if (text && !FileWrite(RunDirectoryFile(run->directory, "failure.json"), text, strlen(text), &error))
    JobSay(run->job, "archipelago: %s", error.text);
  free(text);
  json_object_update_missing(run->job->document, failure);
  json_decref(failure);
}

void RunStopped(Run run, const Window *window, const char *where)
{
  const char *trouble = JobWatchTrouble(run->watch);

  ProgressEnd(&run->progress);
  JobFail(run->job, JOB_REQUEUE,
          "stopped on request in window %d of %d, %s%s%.500s%s; start the same command again to go on",
          (int)window->number + 1, (int)run->study->n_windows, where,
          trouble ? ", whose state could not be kept (" : "", trouble ? trouble : "", trouble ? ")" : "");
}

/* Tells what lacks where. */
static PetscErrorCode TellInfeasible(Run run, const Window *window, const WindowGrid *grid, Dispatch dispatch,
                                     const OpfResult *result, const char *failed)
{
  Job     job     = run->job;
  json_t *failure = json_object();
  char    headline[200];

  PetscFunctionBeginUser;
  InfeasibleHeadline(result, dispatch->step_hours, headline, sizeof headline);
  JobFail(job, JOB_UNSOLVED, "window %d, %s: %s%s%s%s%s%s%s; nothing was written for it", (int)window->number,
          FormatTime(window->start).text, grid->stage, grid->stage[0] ? ": " : "", SolveStatusName(result->status),
          headline[0] ? ", " : "",
          headline[0] || result->status != SOLVE_INFEASIBLE ? headline : ", although no shortage was found",
          failed[0] ? ", " : "", failed);
  if (!run->quiet) InfeasibleView(grid->net, grid->partition, result, 0, stderr);
  JsonPut(failure, "status", json_string(SolveStatusName(result->status)));
  JsonPut(failure, "window", json_integer(window->number));
  if (grid->stage[0]) JsonPut(failure, "stage", json_string(grid->stage));
  JsonPut(failure, "start", json_string(FormatTime(window->start).text));
  JsonPut(failure, "message", json_string(job->message));
  InfeasibleToJson(grid->net, grid->partition, result, dispatch->step_hours, failure);
  RunTellFailure(run, failure);
  PetscFunctionReturn(0);
}

PetscErrorCode WindowRefuse(Run run, const Window *window, const WindowGrid *grid, Dispatch dispatch,
                            const OpfResult *result)
{
  char failed[200] = "";

  PetscFunctionBeginUser;
  ProgressEnd(&run->progress);
  if (result->status != SOLVE_INFEASIBLE) PetscCall(FailureOfRegion(run->job->comm, failed, sizeof failed));
  if (run->job->rank == 0) PetscCall(TellInfeasible(run, window, grid, dispatch, result, failed));
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowAccept(Run run, const Window *window, const WindowGrid *grid, const OpfOptions *options,
                            Dispatch dispatch, const OpfResult *result, Evaluation *evaluation)
{
  Job         job  = run->job;
  const char *mark = grid->stage[0] ? ": " : "";

  PetscFunctionBeginUser;
  TellFinish(run, result);
  PetscCall(DispatchEvaluateSoft(grid->net, dispatch, options->physics, run->energy, options->soft_price, evaluation));
  if (!(evaluation->max_violation_pu <= ACCEPTED_VIOLATION))
    JobFail(job, JOB_UNSOLVED, "window %d: %s%sthe solver's point violates a limit by %.1e per unit: %s",
            (int)window->number, grid->stage, mark, evaluation->max_violation_pu, evaluation->worst);
  else if (!(evaluation->max_mismatch_pu <= ACCEPTED_MISMATCH))
    JobFail(job, JOB_UNSOLVED, "window %d: %s%sthe solver's point lacks %.1e per unit in a bus's balance: %s",
            (int)window->number, grid->stage, mark, evaluation->max_mismatch_pu, evaluation->worst_bus);
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

static PetscErrorCode Accept(Run run, Window *window, const OpfOptions *options)
{
  const WindowGrid grid = WindowDayAhead(run);

  PetscFunctionBeginUser;
  PetscCall(WindowAccept(run, window, &grid, options, window->dispatch, &window->result, &window->evaluation));
  if (run->job->status == JOB_DONE) PetscCall(CarbonCapAccept(run, window));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowSolve(Run run, Window *window)
{
  const WindowGrid grid = WindowDayAhead(run);
  OpfOptions       options;
  PetscBool        told;

  PetscFunctionBeginUser;
  WindowOptions(run, window, &options);
  ProgressStage(&run->progress, "dispatch");
  PetscCall(OpfSolve(run->job->comm, run->net, run->partition, &options, &window->dispatch, &window->result));
  if (window->result.status == SOLVE_OPTIMAL) {
    PetscCall(Accept(run, window, &options));
    PetscFunctionReturn(0);
  }
  if (window->result.status == SOLVE_STOPPED) {
    RunStopped(run, window, "dispatch");
    PetscFunctionReturn(0);
  }
  PetscCall(CarbonCapRefuse(run, window, &told));
  if (!told) PetscCall(WindowRefuse(run, window, &grid, window->dispatch, &window->result));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowSolveAgain(Run run, Window *window, PetscBool *solved)
{
  OpfOptions options;

  PetscFunctionBeginUser;
  WindowOptions(run, window, &options);
  options.diagnose = PETSC_FALSE;
  PetscCall(DispatchDestroy(&window->dispatch));
  PetscCall(OpfResultDestroy(&window->result));
  PetscCall(OpfSolve(run->job->comm, run->net, run->partition, &options, &window->dispatch, &window->result));
  *solved = (PetscBool)(window->result.status == SOLVE_OPTIMAL);
  if (*solved) PetscCall(Accept(run, window, &options));
  if (window->result.status == SOLVE_STOPPED) RunStopped(run, window, "security");
  PetscFunctionReturn(0);
}

PetscErrorCode WindowDestroy(Run run, Window *window)
{
  PetscFunctionBeginUser;
  if (window->dispatch) PetscCall(DispatchDestroy(&window->dispatch));
  PetscCall(OpfResultDestroy(&window->result));
  if (window->realtime) PetscCall(DispatchDestroy(&window->realtime));
  PetscCall(OpfResultDestroy(&window->realtime_result));
  PetscCall(PetscFree(window->security));
  PetscCall(PetscFree(window->bound));
  PetscCall(LogBlocksDestroy(window->n_blocks, &window->block));
  PetscCall(TallyDestroy(&window->tally));
  MarketBytesFree(&window->market);
  MarketOutcomeFree(&window->outcome);
  PetscCall(MarketCaseRelease(run, &window->inputs));
  for (PetscInt r = 0; window->committed && r < run->partition->n_regions; r++)
    CommittedBlockDestroy(&window->committed[r]);
  PetscCall(PetscFree(window->committed));
  for (PetscInt p = 0; window->told && p < run->participants->n; p++) PrivateStatementDestroy(&window->told[p]);
  free(window->told);
  PetscCall(PetscMemzero(window, sizeof *window));
  PetscFunctionReturn(0);
}
