/* One window: dispatch it and evaluate what was found, or say why there is nothing to evaluate. */
#include <math.h>
#include <string.h>

#include "jobs/format.h"
#include "jobs/infeasible.h"
#include "jobs/run.h"

/* A dispatch is taken for solved only when an evaluation that shares no code with the solver agrees: per unit. */
static const PetscReal ACCEPTED_VIOLATION = 1e-4, ACCEPTED_MISMATCH = 1e-4;

static void SetOptions(Run run, const Window *window, OpfOptions *options)
{
  OpfDefaultOptions(options);
  options->physics        = RunPhysics(run);
  options->method         = OpfMethodFromName(run->study->method);
  options->hours          = run->study->window_hours;
  options->first_snapshot = window->first_snapshot;
  options->initial_energy = run->energy;
  options->carbon_price   = run->study->carbon_price;
  options->admm_penalty   = run->study->admm_penalty;
  for (int k = 0; k < SOFT_LIMITS; k++) options->soft_price[k] = run->study->soft_price[k];
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

/* Leaves failure.json, which says what lacks where, and puts the same into the document. */
static PetscErrorCode TellInfeasible(Run run, const Window *window)
{
  Job       job     = run->job;
  json_t   *failure = json_object();
  char      headline[200], *text;
  FileError error;

  PetscFunctionBeginUser;
  InfeasibleHeadline(&window->result, window->dispatch->step_hours, headline, sizeof headline);
  JobFail(job, JOB_UNSOLVED, "window %d, %s: %s%s%s; nothing was written for it", (int)window->number,
          FormatTime(window->start).text, SolveStatusName(window->result.status), headline[0] ? ", " : "",
          headline[0] || window->result.status != SOLVE_INFEASIBLE ? headline : ", although no shortage was found");
  InfeasibleView(run->net, run->partition, &window->result, 0, stderr);
  JsonPut(failure, "status", json_string(SolveStatusName(window->result.status)));
  JsonPut(failure, "window", json_integer(window->number));
  JsonPut(failure, "start", json_string(FormatTime(window->start).text));
  JsonPut(failure, "message", json_string(job->message));
  InfeasibleToJson(run->net, run->partition, &window->result, window->dispatch->step_hours, failure);
  text = json_dumps(failure, JSON_INDENT(2));
  if (text && !FileWrite(RunDirectoryFile(run->directory, "failure.json"), text, strlen(text), &error))
    JobSay(job, "archipelago: %s", error.text);
  free(text);
  json_object_update_missing(job->document, failure);
  json_decref(failure);
  PetscFunctionReturn(0);
}

/* Evaluates a solved dispatch: what was found must hold for someone else too. */
static PetscErrorCode Accept(Run run, Window *window, const OpfOptions *options)
{
  Job job = run->job;

  PetscFunctionBeginUser;
  TellFinish(run, &window->result);
  PetscCall(DispatchEvaluateSoft(run->net, window->dispatch, options->physics, run->energy, options->soft_price,
                                 &window->evaluation));
  if (!(window->evaluation.max_violation_pu <= ACCEPTED_VIOLATION))
    JobFail(job, JOB_UNSOLVED, "window %d: the solver's point violates a limit by %.1e per unit: %s",
            (int)window->number, window->evaluation.max_violation_pu, window->evaluation.worst);
  else if (!(window->evaluation.max_mismatch_pu <= ACCEPTED_MISMATCH))
    JobFail(job, JOB_UNSOLVED, "window %d: the solver's point lacks %.1e per unit in a bus's balance: %s",
            (int)window->number, window->evaluation.max_mismatch_pu, window->evaluation.worst_bus);
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowSolve(Run run, Window *window)
{
  Job        job = run->job;
  OpfOptions options;

  PetscFunctionBeginUser;
  SetOptions(run, window, &options);
  ProgressStage(&run->progress, "dispatch");
  PetscCall(OpfSolve(job->comm, run->net, run->partition, &options, &window->dispatch, &window->result));
  if (window->result.status == SOLVE_OPTIMAL) {
    PetscCall(Accept(run, window, &options));
    PetscFunctionReturn(0);
  }
  ProgressEnd(&run->progress);
  if (job->rank == 0) PetscCall(TellInfeasible(run, window));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowSolveAgain(Run run, Window *window, PetscBool *solved)
{
  OpfOptions options;

  PetscFunctionBeginUser;
  SetOptions(run, window, &options);
  options.diagnose = PETSC_FALSE;
  PetscCall(DispatchDestroy(&window->dispatch));
  PetscCall(OpfResultDestroy(&window->result));
  PetscCall(OpfSolve(run->job->comm, run->net, run->partition, &options, &window->dispatch, &window->result));
  *solved = (PetscBool)(window->result.status == SOLVE_OPTIMAL);
  if (*solved) PetscCall(Accept(run, window, &options));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowDestroy(Window *window)
{
  PetscFunctionBeginUser;
  if (window->dispatch) PetscCall(DispatchDestroy(&window->dispatch));
  PetscCall(OpfResultDestroy(&window->result));
  PetscCall(PetscFree(window->security));
  PetscCall(PetscFree(window->bound));
  PetscCall(LogBlocksDestroy(window->n_blocks, &window->block));
  PetscCall(TallyDestroy(&window->tally));
  PetscCall(PetscMemzero(window, sizeof *window));
  PetscFunctionReturn(0);
}
