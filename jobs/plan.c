/* The steps of a plan, one after the other. */
#include "jobs/plan.h"

#include <string.h>

#include "inputs/log.h"
#include "jobs/failure.h"
#include "jobs/format.h"
#include "jobs/memory.h"
#include "jobs/plan_adequacy.h"
#include "jobs/plan_check.h"
#include "jobs/plan_identity.h"
#include "jobs/plan_prices.h"
#include "jobs/plan_provenance.h"
#include "jobs/plan_unfinished.h"
#include "jobs/provenance.h"
#include "jobs/stop.h"
#include "jobs/version.h"
#include "solver/expansion_memory.h"

/* Reads what is planned; faults of folder, study and policy are all told before anything is done. */
static PetscErrorCode ReadInputs(Plan plan)
{
  Faults faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(PlanRead(plan, faults));
  PetscCall(JobReport(plan->job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (!plan->components && plan->job->status == JOB_DONE)
    JobFail(plan->job, JOB_INPUT, "%.900s: cannot be planned", plan->settings.source);
  PetscFunctionReturn(0);
}

/* Rank 0. A directory that holds this plan already answers with its record. */
static PetscErrorCode AnswerComplete(Plan plan)
{
  json_t *record     = JsonLoad(plan->settings.directory, "plan.json");
  json_t *provenance = JsonLoad(plan->settings.directory, "provenance.json");

  PetscFunctionBeginUser;
  if (record) json_object_update(plan->job->document, record);
  if (provenance) json_object_update(plan->job->document, json_object_get(provenance, "times"));
  plan->record   = record;
  plan->complete = PETSC_TRUE;
  json_decref(provenance);
  JobSay(plan->job, "the plan is there already, nothing was done");
  PetscFunctionReturn(0);
}

static PetscErrorCode OpenDirectory(Plan plan)
{
  const char         *path = plan->settings.directory, *commit = ProgramCommit();
  char                program[256];
  FileError           error;
  PlanDirectoryStatus status;
  int                 complete;

  PetscFunctionBeginUser;
  if (!path) PetscFunctionReturn(0);
  if (plan->job->rank == 0) {
    PetscCall(PlanIdentity(plan, &plan->identity));
    snprintf(program, sizeof program, "%s %s\n", ProgramVersion(), commit ? commit : "unknown");
    status = PlanDirectoryOpen(path, plan->identity, program, &plan->directory, &error);
    if (status == PLANDIR_COMPLETE) PetscCall(AnswerComplete(plan));
    if (status == PLANDIR_OTHER) JobFail(plan->job, JOB_INPUT, "%s", error.text);
    if (status == PLANDIR_BROKEN) JobFail(plan->job, JOB_UNVERIFIED, "%s", error.text);
    if (status == PLANDIR_FAILED) JobFail(plan->job, JOB_INTERNAL, "%s", error.text);
  }
  PetscCall(JobAgree(plan->job));
  complete = plan->complete ? 1 : 0;
  PetscCallMPI(MPI_Bcast(&complete, 1, MPI_INT, 0, plan->job->comm));
  plan->complete = complete ? PETSC_TRUE : PETSC_FALSE;
  if (!plan->complete && plan->job->status == JOB_DONE) FailureDirectory(path);
  if (!plan->complete && plan->job->status == JOB_DONE) PetscCall(PlanProvenanceStart(plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode Open(Plan plan)
{
  PetscReal bytes;

  PetscFunctionBeginUser;
  PetscCall(OpenDirectory(plan));
  if (plan->complete || plan->job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(PlanWatchStart(plan));
  if (plan->directory && PlanDirectoryGoesOn(plan->directory)) JobSay(plan->job, "an unfinished plan is gone on with");
  PetscCall(ExpansionEstimateMemory(plan->components, plan->job->size, &bytes));
  PetscCall(MemoryTell(plan->job, &plan->progress, bytes));
  PetscFunctionReturn(0);
}

static PetscBool ByRegions(Plan plan)
{
  return strcmp(plan->settings.method, "admm") ? PETSC_FALSE : PETSC_TRUE;
}

static PetscErrorCode Build(Plan plan)
{
  const ExpansionOptions options = {.angles = ByRegions(plan)};
  LinearProgram          program;
  Faults                 faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(ExpansionCreate(plan->components, &options, faults, &plan->expansion));
  PetscCall(JobReport(plan->job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (plan->job->status != JOB_DONE) PetscFunctionReturn(0);
  program                  = ExpansionProgram(plan->expansion);
  plan->n_variables        = program->n;
  plan->n_constraints      = program->m;
  plan->objective_constant = ExpansionObjectiveConstant(plan->expansion);
  PetscFunctionReturn(0);
}

static PetscErrorCode ExportMps(Plan plan)
{
  char      error[1024];
  PetscBool written = PETSC_TRUE;

  PetscFunctionBeginUser;
  if (plan->settings.export_mps && plan->job->rank == 0)
    PetscCall(LinearProgramWriteMps(ExpansionProgram(plan->expansion), plan->settings.export_mps, ExpansionName,
                                    plan->expansion, &written, error, sizeof error));
  if (!written) JobFail(plan->job, JOB_INTERNAL, "%s", error);
  PetscCall(JobAgree(plan->job));
  PetscFunctionReturn(0);
}

static PetscErrorCode SolveByInteriorPoint(Plan plan)
{
  LinearProgram program = ExpansionProgram(plan->expansion);
  LinearOptions options;

  PetscFunctionBeginUser;
  LinearDefaultOptions(&options);
  if (plan->settings.tolerance > 0) options.tolerance = plan->settings.tolerance;
  if (plan->settings.max_iterations > 0) options.max_iterations = plan->settings.max_iterations;
  options.blocks    = plan->settings.blocks;
  options.verbosity = plan->settings.verbose ? 1 : 0;
  options.watch     = PlanWatch(plan);
  PetscCall(LinearSolve(plan->job->comm, program, &options, plan->x, plan->y, plan->z, &plan->result));
  PetscFunctionReturn(0);
}

/* Why there is no plan, in the job's message; nothing that could be taken for results is stored. */
static PetscErrorCode Explain(Plan plan)
{
  char region[200] = "";

  PetscFunctionBeginUser;
  if (plan->result.status == SOLVE_STOPPED) PlanStopped(plan, "while solving");
  if (plan->result.unbounded)
    PetscCall(PlanExplainUnbounded(plan));
  else if (plan->result.status == SOLVE_INFEASIBLE)
    PetscCall(PlanExplainInfeasible(plan));
  if (ByRegions(plan)) PetscCall(FailureOfRegion(plan->job->comm, region, sizeof region));
  JobFail(plan->job, JOB_UNSOLVED,
          "%s: %s after %d iterations: largest violation %.1e, dual residual %.1e, gap %.1e%s%s",
          plan->components->name, SolveStatusName(plan->result.status), (int)plan->result.iterations,
          (double)plan->result.primal_residual, (double)plan->result.dual_residual, (double)plan->result.gap,
          region[0] ? "; " : "", region);
  PetscCall(JobAgree(plan->job));
  PetscFunctionReturn(0);
}

static PetscErrorCode Solve(Plan plan)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(plan->n_variables + 1, &plan->x, plan->n_constraints + 1, &plan->y, plan->n_variables + 1,
                         &plan->z));
  if (ByRegions(plan))
    PetscCall(PlanSolveRegional(plan));
  else if (!strcmp(plan->settings.method, "interior-point"))
    PetscCall(SolveByInteriorPoint(plan));
  else
    JobFail(plan->job, JOB_INPUT, "plan: found --method %.40s, expected interior-point or admm", plan->settings.method);
  if (plan->job->status != JOB_DONE) PetscFunctionReturn(0);
  plan->objective = plan->result.objective - plan->objective_constant;
  if (plan->result.status != SOLVE_OPTIMAL) PetscCall(Explain(plan));
  PetscFunctionReturn(0);
}

/* The solution becomes the output columns of the components; what was needed to find it is freed. */
static PetscErrorCode TakeSolution(Plan plan)
{
  PetscFunctionBeginUser;
  PetscCall(ExpansionStore(plan->expansion, plan->x, plan->y, plan->z, plan->components));
  PetscCall(ComponentsSetFact(plan->components, "_objective", FormatExact(plan->objective).text));
  PetscCall(ComponentsSetFact(plan->components, "_objective_constant", FormatExact(plan->objective_constant).text));
  PetscCall(PetscFree3(plan->x, plan->y, plan->z));
  PetscCall(ExpansionDestroy(&plan->expansion));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanSolveAgain(Plan plan)
{
  static PetscErrorCode (*const step[])(Plan) = {Build, Solve, TakeSolution};

  PetscFunctionBeginUser;
  for (size_t k = 0; k < sizeof step / sizeof step[0] && plan->job->status == JOB_DONE; k++) PetscCall(step[k](plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode Summarise(Plan plan)
{
  StatisticsOptions options;
  Faults            faults;

  PetscFunctionBeginUser;
  StatisticsDefaultOptions(&options);
  options.region        = plan->planning->region;
  options.discount_rate = plan->planning->discount_rate;
  options.participants  = plan->study ? plan->study->participants_path : NULL;
  PetscCall(FaultsCreate(&faults));
  PetscCall(StatisticsCreate(plan->job->comm, plan->components, &options, faults, &plan->statistics));
  if (plan->check && plan->statistics)
    PetscCall(PlanCheckStatistics(plan->check, plan->planning->currency, plan->statistics));
  PetscCall(JobReport(plan->job, faults));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

static PetscErrorCode AssessReliability(Plan plan)
{
  PetscBool stopped = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(PlanAssessReliability(plan->job->comm, plan->components, plan->planning, PlanWatch(plan), plan->statistics,
                                  plan->job->rank == 0 ? &plan->reliability : NULL, &stopped));
  if (stopped) PlanStopped(plan, "while reliability was assessed");
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeRecord(Plan plan)
{
  PetscFunctionBeginUser;
  if (plan->job->rank == 0) PetscCall(PlanRecordCreate(plan, &plan->record));
  PetscFunctionReturn(0);
}

static PetscErrorCode Store(Plan plan)
{
  PetscFunctionBeginUser;
  if (plan->settings.directory) PetscCall(PlanStore(plan));
  PetscFunctionReturn(0);
}

/* What assesses a plan (reliability, AC) stands between its solution and its record. */
static const struct {
  const char *says; /* to who waits; NULL: the step's name */
  LogRoom     room;
  PetscErrorCode (*take)(Plan plan);
} Steps[PLAN_STEPS] = {
    [PLAN_READ]        = {"reading", LOG_INPUTS, ReadInputs},
    [PLAN_OPEN]        = {NULL, LOG_JOBS, Open},
    [PLAN_BUILD]       = {"building the linear program", LOG_SOLVER, Build},
    [PLAN_EXPORT]      = {NULL, LOG_JOBS, ExportMps},
    [PLAN_SOLVE]       = {"solving", LOG_SOLVER, Solve},
    [PLAN_TAKE]        = {NULL, LOG_SOLVER, TakeSolution},
    [PLAN_CHECK]       = {NULL, LOG_JOBS, PlanCheck},
    [PLAN_SUMMARISE]   = {NULL, LOG_JOBS, Summarise},
    [PLAN_RELIABILITY] = {"assessing reliability", LOG_SOLVER, AssessReliability},
    [PLAN_RECORD]      = {NULL, LOG_JOBS, MakeRecord},
    [PLAN_WRITE]       = {"writing", LOG_JOBS, Store},
};

/* A plan that failed after its inputs were sound leaves the reason. */
static PetscErrorCode RecordFailure(Plan plan)
{
  PetscFunctionBeginUser;
  if (plan->job->status != JOB_UNSOLVED || plan->job->rank) PetscFunctionReturn(0);
  json_decref(plan->record);
  PetscCall(PlanRecordCreate(plan, &plan->record));
  JsonPut(plan->record, "message", JsonText(plan->job->message));
  PetscCall(PlanStoreFailure(plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode Tell(Plan plan)
{
  const Job job = plan->job;

  PetscFunctionBeginUser;
  if (plan->complete) PetscFunctionReturn(0);
  if (plan->record) json_object_update(job->document, plan->record);
  PetscCall(PlanRecordTimes(plan, job->status == JOB_INPUT ? NULL : job->document));
  PetscFunctionReturn(0);
}

/* What is found may as well be written: only the last steps are not stopped before. */
static PetscErrorCode StopBefore(Plan plan, PlanStep step)
{
  char where[80];

  PetscFunctionBeginUser;
  snprintf(where, sizeof where, "before %s", Steps[step].says ? Steps[step].says : PlanStepName(step));
  PetscCall(PlanStopHere(plan, where));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanRun(Job job, const PlanSettings *settings)
{
  Plan plan;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&plan));
  plan->job      = job;
  plan->settings = *settings;
  plan->start    = MPI_Wtime();
  ProgressStart(&plan->progress, job->rank ? PETSC_TRUE : PETSC_FALSE);
  for (int k = 0; k < PLAN_STEPS && job->status == JOB_DONE; k++) {
    const double start = MPI_Wtime();
    if (plan->complete && !(settings->export_mps && (k == PLAN_BUILD || k == PLAN_EXPORT))) continue;
    if (k >= PLAN_OPEN && k < PLAN_RECORD) PetscCall(StopBefore(plan, (PlanStep)k));
    if (job->status != JOB_DONE) break;
    ProgressStep(&plan->progress, Steps[k].says ? Steps[k].says : PlanStepName(k));
    ProvenanceStage(job->provenance, PlanStepName(k));
    PetscCall(LogStagePush(Steps[k].room));
    PetscCall(Steps[k].take(plan));
    PetscCall(LogStagePop());
    plan->seconds[k] = MPI_Wtime() - start;
  }
  ProgressEnd(&plan->progress);
  PetscCall(RecordFailure(plan));
  PetscCall(ProvenanceEnd(job)); /* of a plan that was not stored */
  PetscCall(Tell(plan));
  if (job->status == JOB_DONE && job->rank == 0 && !job->json) PlanShow(job->document, settings->directory, stdout);
  PetscCall(JobAgree(job));
  PetscCall(PlanDestroy(&plan));
  if (settings->directory) FailureLeave(settings->directory, job->status == JOB_DONE ? PETSC_TRUE : PETSC_FALSE);
  PetscFunctionReturn(0);
}
