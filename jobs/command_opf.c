/* archipelago opf: the optimal power flow of one case at its static values. */
#include <math.h>
#include <string.h>

#include "jobs/case.h"
#include "jobs/command.h"
#include "jobs/format.h"
#include "jobs/infeasible.h"
#include "jobs/progress.h"
#include "jobs/provenance.h"
#include "jobs/results.h"
#include "jobs/soft.h"

static const CommandHelp Help = {
    "opf", "optimal power flow of one case", "CASE [options]",
    "Finds the cheapest dispatch within all limits of the network: AC in polar form, or DC; by one interior\n"
    "point, or by ADMM between regions on the ranks. An infeasible case exits with status 3 and says how many\n"
    "megawatts lack where, and which limits bind.",
    "  archipelago opf case39.m --json\n"
    "  mpirun -n 3 archipelago opf case39.m --method admm --regions area -o case39.nc"};

enum { MOST_GENERATORS = 40 };

/* Largest violation and mismatch of a point that is called solved, per unit: as for a run. */
#define ACCEPTED_RESIDUAL 1e-4

typedef struct {
  const char *model, *dc, *method, *regions, *reference, *output, *soft;
  PetscReal   tolerance, carbon_price, admm_penalty, soft_price[SOFT_LIMITS];
  PetscInt    max_iterations;
  PetscBool   verbose, reserves;
} OpfSettings;

typedef struct {
  OpfSettings settings;
  Case        grid;
  Dispatch    dispatch;
  OpfResult   result;
  Evaluation  evaluation;
  PetscInt    reference; /* bus of the prices' parts; -1: load-weighted */
  double      start;
} OpfRun;

static PetscReal Sum(PetscInt n, const PetscReal *value)
{
  PetscReal sum = 0;
  for (PetscInt k = 0; k < n; k++) sum += value[k];
  return sum;
}

/* Of rows at electric buses: what others carry is no part of the power balance shown. */
static PetscReal SumElectric(const OpfRun *run, PetscInt n, const PetscInt *bus, const PetscReal *value)
{
  PetscReal sum = 0;
  for (PetscInt k = 0; k < n; k++)
    if (NetworkBusIsElectric(run->grid.net, bus[k])) sum += value[k];
  return sum;
}

static void PrintReserves(const OpfRun *run)
{
  for (PetscInt r = 0; r < run->dispatch->n_reserve; r++)
    printf("reserve     %s: %s at %.4f per MW and hour%s%s\n", run->grid.net->reserve.name[r],
           FormatPower(NetworkReserveRequirement(run->grid.net, r, -1) - run->dispatch->reserve_shortage[r]).text,
           run->dispatch->reserve_price[r], run->dispatch->reserve_shortage[r] > 1e-6 ? ", missing " : "",
           run->dispatch->reserve_shortage[r] > 1e-6 ? FormatPower(run->dispatch->reserve_shortage[r]).text : "");
}

static void PrintGenerators(const OpfRun *run)
{
  const GeneratorTable *g = &run->grid.net->generator;

  if (g->n > MOST_GENERATORS) {
    printf("\n(%d generators: -o FILE stores them)\n", (int)g->n);
    return;
  }
  printf("\n%-24s %8s %12s %12s %10s\n", "generator", "bus", "P", "Q (Mvar)", "price/MWh");
  for (PetscInt k = 0; k < g->n; k++)
    if (g->in_service[k])
      printf("%-24s %8d %12s %12.4g %10.4f\n", g->name[k], (int)run->grid.net->bus.number[g->bus[k]],
             FormatPower(run->dispatch->generator_p[k]).text, run->dispatch->generator_q[k],
             run->dispatch->price[g->bus[k]]);
}

/* What did the work, which for one region is the interior point, whatever was asked for. */
static const char *Method(const OpfRun *run)
{
  return OpfMethodName(OpfMethodFromName(run->settings.method), run->grid.partition->n_regions);
}

static void PrintHead(Job job, const OpfRun *run)
{
  const Partition p = run->grid.partition;

  printf("%s: %s optimal power flow by %s, %d buses, %d region%s on %d rank%s\n", run->grid.net->name,
         strcmp(run->settings.model, "dc") ? "AC" : "DC", Method(run), (int)run->grid.net->bus.n, (int)p->n_regions,
         p->n_regions == 1 ? "" : "s", job->size, job->size == 1 ? "" : "s");
}

static void PrintDispatch(const OpfRun *run)
{
  Dispatch  d   = run->dispatch;
  PetscInt  low = 0, high = 0;
  PetscReal generated = SumElectric(run, d->n_generator, run->grid.net->generator.bus, d->generator_p);
  PetscReal served    = SumElectric(run, d->n_load, run->grid.net->load.bus, d->load_p);
  PetscReal lost      = Sum(d->n_branch, d->branch_p_from) + Sum(d->n_branch, d->branch_p_to);

  for (PetscInt b = 0; b < d->n_bus; b++) {
    if (d->price[b] < d->price[low]) low = b;
    if (d->price[b] > d->price[high]) high = b;
  }
  printf("objective   %.4f per hour\n", run->result.objective);
  printf("power       generation %s, load %s, losses %s\n", FormatPower(generated).text, FormatPower(served).text,
         FormatPower(lost).text);
  printf("prices      from %.4f (bus %d) to %.4f (bus %d) per MWh\n", d->price[low],
         (int)run->grid.net->bus.number[low], d->price[high], (int)run->grid.net->bus.number[high]);
  PrintReserves(run);
  SoftPrint(run->settings.soft_price, &run->evaluation, stdout);
  PrintGenerators(run);
}

/* A point short of the optimum shows how far it is, but no dispatch and no prices that could be taken for good ones. */
static void PrintSolution(const OpfRun *run)
{
  printf("status      %s after %d iterations, %.3f s\n", SolveStatusName(run->result.status),
         (int)run->result.iterations, run->result.solve_seconds);
  if (run->result.admm_iterations > 0 && run->result.finished_by != METHOD_ADMM)
    printf("finished    by the interior point, after %d iterations of ADMM\n", (int)run->result.admm_iterations);
  printf("checked     largest violation %.1e pu (%s), largest mismatch %.1e pu (%s)\n",
         run->evaluation.max_violation_pu, run->evaluation.worst, run->evaluation.max_mismatch_pu,
         run->evaluation.worst_bus);
  if (run->result.status == SOLVE_OPTIMAL) PrintDispatch(run);
}

static void PrintInfeasible(const OpfRun *run)
{
  char headline[200];

  InfeasibleHeadline(&run->result, run->dispatch ? run->dispatch->step_hours : 1, headline, sizeof headline);
  printf("infeasible%s%s\n", headline[0] ? ": " : "", headline);
  InfeasibleView(run->grid.net, run->grid.partition, &run->result, -1, stdout);
}

static void FillDocument(Job job, const OpfRun *run)
{
  json_t *d = job->document;

  json_t *soft = SoftToJson(run->settings.soft_price, run->evaluation.soft_excess);

  JsonPut(d, "status", json_string(job->status == JOB_INTERNAL ? "error" : SolveStatusName(run->result.status)));
  if (job->status == JOB_INTERNAL) JsonPut(d, "message", JsonText(job->message));
  JsonPut(d, "case", json_string(run->grid.net->name));
  JsonPut(d, "model", json_string(run->settings.model));
  if (!strcmp(run->settings.model, "dc")) JsonPut(d, "dc", json_string(run->settings.dc));
  JsonPut(d, "method", json_string(Method(run)));
  JsonPut(d, "objective", JsonReal(run->result.objective));
  JsonPut(d, "finished_by", json_string(OpfMethodName(run->result.finished_by, run->grid.partition->n_regions)));
  JsonPut(d, "iterations", json_integer(run->result.iterations));
  JsonPut(d, "admm_iterations", json_integer(run->result.admm_iterations));
  JsonPut(d, "local_iterations", json_integer(run->result.local_iterations));
  JsonPut(d, "regions", json_integer(run->grid.partition->n_regions));
  JsonPut(d, "ranks", json_integer(job->size));
  JsonPut(d, "buses", json_integer(run->grid.net->bus.n));
  JsonPut(d, "max_violation_pu", JsonReal(run->evaluation.max_violation_pu));
  JsonPut(d, "max_violation_at", json_string(run->evaluation.worst));
  JsonPut(d, "max_mismatch_pu", JsonReal(run->evaluation.max_mismatch_pu));
  JsonPut(d, "max_mismatch_at", json_string(run->evaluation.worst_bus));
  if (run->result.status == SOLVE_INFEASIBLE)
    InfeasibleToJson(run->grid.net, run->grid.partition, &run->result, run->dispatch->step_hours, d);
  if (soft) JsonPut(d, "soft", soft);
  if (run->evaluation.simultaneous) JsonPut(d, "simultaneous_storage", json_integer(run->evaluation.simultaneous));
  JsonPut(d, "solve_seconds", JsonReal(run->result.solve_seconds));
  JsonPut(d, "total_seconds", JsonReal(MPI_Wtime() - run->start));
}

static Physics PhysicsOf(const OpfSettings *settings)
{
  return PhysicsNamed(settings->model, settings->dc);
}

static void SetOptions(const OpfSettings *settings, Progress *progress, OpfOptions *options)
{
  OpfDefaultOptions(options);
  options->physics        = PhysicsOf(settings);
  options->method         = OpfMethodFromName(settings->method);
  options->tolerance      = settings->tolerance;
  options->max_iterations = settings->max_iterations;
  options->carbon_price   = settings->carbon_price;
  options->admm_penalty   = settings->admm_penalty;
  for (int k = 0; k < SOFT_LIMITS; k++) options->soft_price[k] = settings->soft_price[k];
  options->verbosity        = settings->verbose ? 1 : 0;
  options->progress         = ProgressIteration;
  options->progress_context = progress;
}

static PetscErrorCode Store(Job job, const OpfRun *run)
{
  ResultsInput in = {.title      = run->grid.net->name,
                     .net        = run->grid.net,
                     .partition  = run->grid.partition,
                     .dispatch   = run->dispatch,
                     .result     = &run->result,
                     .evaluation = &run->evaluation,
                     .soft_price = run->settings.soft_price};
  Dataset      ds;
  FileError    error;
  PetscBool    written;

  const PricesOptions parts = {run->reference >= 0, &run->reference};

  PetscFunctionBeginUser;
  if (job->rank) PetscFunctionReturn(0);
  PetscCall(PricesDecompose(run->grid.net, run->dispatch, PhysicsOf(&run->settings), &parts, &in.prices));
  PetscCall(ResultsCreate(&in, &ds));
  PetscCall(PricesDestroy(&in.prices));
  PetscCall(DatasetWriteNetcdf(ds, run->settings.output, &written, &error));
  if (!written) JobFail(job, JOB_INTERNAL, "%s", error.text);
  PetscCall(DatasetDestroy(&ds));
  PetscFunctionReturn(0);
}

static PetscErrorCode Solve(Job job, OpfRun *run)
{
  OpfOptions options;
  Progress   progress;

  PetscFunctionBeginUser;
  ProgressStart(&progress, job->rank || job->json ? PETSC_TRUE : PETSC_FALSE);
  SetOptions(&run->settings, &progress, &options);
  ProvenanceStage(job->provenance, "solve");
  ProvenanceRegions(job->provenance, run->grid.partition->n_regions);
  PetscCall(OpfSolve(job->comm, run->grid.net, run->grid.partition, &options, &run->dispatch, &run->result));
  ProgressEnd(&progress);
  PetscCall(
      DispatchEvaluateSoft(run->grid.net, run->dispatch, options.physics, NULL, options.soft_price, &run->evaluation));
  /* Optimal is what an evaluation that shares no code with the solver takes for a solution, too. */
  if (run->result.status == SOLVE_OPTIMAL &&
      !(run->evaluation.max_violation_pu <= ACCEPTED_RESIDUAL && run->evaluation.max_mismatch_pu <= ACCEPTED_RESIDUAL))
    run->result.status = SOLVE_NUMERICAL;
  PetscFunctionReturn(0);
}

static PetscErrorCode Tell(Job job, OpfRun *run)
{
  PetscBool optimal = run->result.status == SOLVE_OPTIMAL ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  ProvenanceStage(job->provenance, "write");
  if (optimal && run->settings.output) PetscCall(Store(job, run));
  PetscCall(JobAgree(job));
  if (optimal && job->status == JOB_DONE) PetscCall(ProvenanceWriteBeside(job, "opf", run->settings.output));
  if (job->rank == 0 && job->json) FillDocument(job, run);
  if (job->rank == 0 && !job->json) {
    PrintHead(job, run);
    if (run->result.status == SOLVE_INFEASIBLE)
      PrintInfeasible(run);
    else
      PrintSolution(run);
  }
  if (!optimal && job->status == JOB_DONE) {
    JobFail(job, JOB_UNSOLVED, "%s: %s after %d iterations%s", run->grid.net->name, SolveStatusName(run->result.status),
            (int)run->result.iterations, run->settings.output ? ", nothing stored" : "");
  }
  PetscFunctionReturn(0);
}

/* --dc alone asks for the DC model; beside --model ac it would be passed over. */
static void ChoosePhysics(Job job, OpfSettings *s)
{
  if (s->dc && s->model && strcmp(s->model, "dc") != 0)
    JobFail(job, JOB_INPUT, "opf: found --dc %s with --model %s, expected --model dc", s->dc, s->model);
  if (!s->model) s->model = s->dc ? "dc" : "ac";
  if (!s->dc) s->dc = "reactance";
  if (s->admm_penalty > 1e3)
    JobFail(job, JOB_INPUT, "opf: found --admm-penalty %g, expected a factor from 0.001 to 1000", s->admm_penalty);
}

static void FindReference(Job job, OpfRun *run)
{
  const char *text = run->settings.reference;

  run->reference = -1;
  if (!text || !strcmp(text, "load-weighted")) return;
  run->reference = NetworkFindBusNamed(run->grid.net, text);
  if (run->reference < 0 || run->grid.net->bus.type[run->reference] == BUS_ISOLATED)
    JobFail(job, JOB_INPUT,
            "opf: found --reference-price %.60s, expected load-weighted, or the name or number of a bus that is not "
            "isolated",
            text);
}

PetscErrorCode CommandOpf(Job job, int argc, char **argv)
{
  OpfRun       run       = {.settings = {.method = "interior-point", .admm_penalty = 1}};
  OpfSettings *s         = &run.settings;
  const Option options[] = {
      {"model", 'm', TAKES_TEXT, &s->model, "ac|dc", "physics (default ac)", 0},
      {"dc", 0, TAKES_TEXT, &s->dc, "reactance|matpower|losses",
       "DC: x/(r^2+x^2), or 1/(x tap) with phase shifts, or the first with quadratic losses", 0},
      {"method", 0, TAKES_TEXT, &s->method, "interior-point|admm|auto",
       "one program, coordination of regions, or first this and then that (default interior-point)", 0},
      {"regions", 'r', TAKES_TEXT, &s->regions, "SPEC", "a number, a bus column (area, zone, ...) or a file bus,region",
       0},
      {"tolerance", 0, TAKES_REAL, &s->tolerance, "X", "interior point 1e-8; ADMM: mismatch and violation, per unit",
       0},
      {"max-iterations", 0, TAKES_INTEGER, &s->max_iterations, "N", "limit of iterations", 1},
      {"admm-penalty", 0, TAKES_REAL, &s->admm_penalty, "X",
       "multiplies the penalties that ADMM starts with, 0.001 to 1000 (default 1; for experts)", 1e-3},
      {"carbon-price", 0, TAKES_REAL, &s->carbon_price, "X", "currency per tonne of CO2", 0},
      {"soft", 0, TAKES_TEXT, &s->soft, "CLASS=PRICE,...",
       "limits that may be exceeded: branch_rating, angle, voltage, reactive, reserve, with their prices", 0},
      {"reserves", 0, TAKES_NOTHING, &s->reserves, NULL, "hold the case's spinning reserves", 0},
      {"reference-price", 0, TAKES_TEXT, &s->reference, "BUS",
       "where all of a stored price is energy (default load-weighted)", 0},
      {"output", 'o', TAKES_TEXT, &s->output, "FILE", "store the solution (netCDF-4)", 0},
      {"verbose", 'v', TAKES_NOTHING, &s->verbose, NULL, "a line an iteration", 0},
  };
  Arguments arguments;
  FileError error;

  PetscFunctionBeginUser;
  run.start = MPI_Wtime();
  PetscCall(OptionsParse(job, &Help, options, (int)(sizeof options / sizeof options[0]), 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  ChoosePhysics(job, s);
  SoftParse(job, "opf", s->soft, s->soft_price);
  if (job->rank == 0 && s->output && !FileWritable(s->output, &error)) JobFail(job, JOB_INPUT, "%s", error.text);
  PetscCall(JobAgree(job));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(CaseLoad(job, arguments.word[0], s->regions, &run.grid));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  if (!s->reserves) PetscCall(NetworkResizeReserves(run.grid.net, 0));
  FindReference(job, &run);
  if (job->status == JOB_DONE) {
    PetscCall(Solve(job, &run));
    PetscCall(Tell(job, &run));
    PetscCall(DispatchDestroy(&run.dispatch));
    PetscCall(OpfResultDestroy(&run.result));
  }
  PetscCall(CaseDestroy(&run.grid));
  PetscFunctionReturn(0);
}
