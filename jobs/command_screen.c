/* archipelago screen: every fault and every trip of a case, or a list of contingencies, ranked by severity. */
#include <math.h>
#include <string.h>

#include "jobs/command.h"
#include "jobs/digest.h"
#include "jobs/dynamic_case.h"
#include "jobs/progress.h"
#include "jobs/provenance.h"
#include "jobs/screen_report.h"
#include "jobs/screen_store.h"
#include "jobs/verdict_options.h"

static const CommandHelp Help = {
    "screen", "stability after every fault and every trip", "CASE [--dynamics FILE] [--list FILE] [-o DIR] [options]",
    "Simulates, one contingency at a time on each rank, what may happen to an operating point: a bolted three-phase\n"
    "fault at every bus, cleared without a trip; at both ends of every branch, cleared by opening it; the trip of "
    "every\n"
    "line, transformer and unit. --list simulates the rows of a CSV instead (and those sets only that are named):\n"
    "  name,events            events as for archipelago stability, with semicolons between them\n"
    "  name,bus,clearing_s,trip,r_pu,x_pu   a fault and its clearing (bus alone is enough)\n"
    "All are ranked by severity (docs/dynamics.md). -o DIR stores screen.csv and screen.json, the same on any number "
    "of\n"
    "ranks; a screening that was interrupted goes on when it is started again with the same DIR.\n"
    "Exit status: 0 every contingency has a verdict, 2 bad input, 3 some have none, 4 with --require-secure: some are\n"
    "unstable.",
    "  mpirun -n 4 archipelago screen case.raw --dynamics case.dyr -o screening"};

typedef struct {
  DynamicSettings grid;
  const char     *list, *faults, *trips, *output;
  VerdictChoice   limits;
  PetscReal       until, tolerance, clearing;
  PetscBool       cct, require_secure;
} ScreenSettings;

typedef struct {
  Job              job;
  DynamicCase      grid;
  ContingencySet   set;
  StabilityOptions options;
  Stability        stability;
  Contingencies    list;
  ScreenResult    *result; /* [list->n] */
  PetscInt        *order;
  ScreenSummary    summary;
  ScreenStore      store; /* or NULL */
  PetscInt         n_resumed;
  Progress         progress;
  double           shown; /* time of the last progress */
} ScreenJob;

/* "one,other" or "none": which of two words are there. */
static void TakeWords(Job job, const char *option, const char *text, const char *const word[2], PetscBool *has[2])
{
  char copy[64];

  *has[0] = *has[1] = PETSC_FALSE;
  if (!strcmp(text, "none")) return;
  snprintf(copy, sizeof copy, "%s", text);
  for (char *at = copy, *next; at; at = next) {
    int k = 0;
    if ((next = strchr(at, ','))) *next++ = '\0';
    while (k < 2 && strcmp(at, word[k]) != 0) k++;
    if (k < 2)
      *has[k] = PETSC_TRUE;
    else
      JobFail(job, JOB_INPUT, "screen: %s is %.60s, expected %s, %s, both with a comma between them, or none", option,
              text, word[0], word[1]);
  }
}

static void TakeSet(Job job, const ScreenSettings *s, ContingencySet *set)
{
  static const char *const faults[2] = {"bus", "line-end"}, *const trips[2] = {"branch", "unit"};
  const char *const otherwise = s->list ? "none" : NULL;

  ContingencyDefaultSet(set);
  set->clearing_s = s->clearing;
  if (s->faults || otherwise)
    TakeWords(job, "--faults", s->faults ? s->faults : otherwise, faults,
              (PetscBool *[2]){&set->bus_faults, &set->line_end_faults});
  if (s->trips || otherwise)
    TakeWords(job, "--trips", s->trips ? s->trips : otherwise, trips,
              (PetscBool *[2]){&set->branch_trips, &set->unit_trips});
  if (!(s->clearing < s->until))
    JobFail(job, JOB_INPUT, "screen: --clearing is %g s, expected less than --until %g s", s->clearing, s->until);
}

static void TakeOptions(Job job, const ScreenSettings *s, PetscReal frequency_hz, StabilityOptions *options)
{
  StabilityDefaultOptions(options);
  options->until_s            = s->until;
  options->frequency_hz       = frequency_hz;
  options->relative_tolerance = options->absolute_tolerance = s->tolerance;
  VerdictTakeLimits(job, "screen", &s->limits, frequency_hz, &options->limits);
}

/* The contingencies: those of the list, then those of the sets. */
static PetscErrorCode ListContingencies(const ScreenSettings *s, ScreenJob *run)
{
  Equations eq = StabilityEquations(run->stability);
  Faults    faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  if (s->list) {
    PetscCall(ContingenciesRead(run->job->comm, s->list, run->grid.net, &run->set, s->until, faults, run->list));
    PetscCall(ContingenciesCheckDevices(run->list, eq, faults));
  }
  PetscCall(DynamicCaseCheckStart(&s->grid, eq, faults));
  PetscCall(JobReport(run->job, faults));
  PetscCall(FaultsDestroy(&faults));
  PetscCall(ContingenciesAddSet(run->list, eq, &run->set));
  if (run->list->n == 0) JobFail(run->job, JOB_INPUT, "screen: no contingencies: --faults and --trips leave nothing");
  PetscFunctionReturn(0);
}

static PetscErrorCode Prepare(const char *path, const ScreenSettings *s, ScreenJob *run)
{
  Job       job = run->job;
  Equations eq;

  PetscFunctionBeginUser;
  PetscCall(DynamicCaseLoad(job, path, &s->grid, &run->grid));
  if (job->status == JOB_DONE) TakeOptions(job, s, run->grid.frequency_hz, &run->options);
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(StabilityCreate(run->grid.net, run->grid.point, run->grid.devices, &run->options, &run->stability));
  eq = StabilityEquations(run->stability);
  if (eq->problem[0])
    JobFail(job, JOB_UNSOLVED, "%s: %.900s", run->grid.net->name, eq->problem);
  else if (eq->mismatch_pu > run->options.mismatch_limit_pu)
    JobFail(job, JOB_UNSOLVED, "%s: the operating point is no solution: %.3g per unit are missing at bus %d",
            run->grid.net->name, eq->mismatch_pu, (int)run->grid.net->bus.number[eq->mismatch_bus]);
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(ContingenciesCreate(&run->list));
  PetscCall(ListContingencies(s, run));
  PetscCall(PetscCalloc2(run->list->n, &run->result, run->list->n, &run->order));
  PetscFunctionReturn(0);
}

static void PutHash(Job job, json_t *identity, const char *key, const char *path)
{
  FileError error;
  char      hex[65];

  if (!path)
    JsonPut(identity, key, json_null());
  else if (ScreenStoreHash(path, hex, &error))
    JsonPut(identity, key, json_string(hex));
  else
    JobFail(job, JOB_INPUT, "%s", error.text);
}

/* The point from which all simulations start, as bytes: other models or another solver would make it another. */
static void PutStart(json_t *identity, Equations eq)
{
  char hex[DIGEST_HEX_SIZE];

  (void)DigestBytes(eq->start, (size_t)eq->n * sizeof *eq->start, hex);
  JsonPut(identity, "start", json_string(hex));
}

static json_t *VoltageRecovery(const VerdictLimits *limits)
{
  json_t *envelope = json_array();

  for (int k = 0; k < 2; k++) {
    json_array_append_new(envelope, JsonReal(limits->voltage_low_pu[k]));
    json_array_append_new(envelope, JsonReal(limits->voltage_low_s[k]));
  }
  return envelope;
}

/* Everything on which results depend. */
static json_t *Identity(const char *path, const ScreenSettings *s, const ScreenJob *run)
{
  const VerdictLimits *limits = &run->options.limits;
  json_t              *d      = json_object();

  JsonPut(d, "archipelago_screen", json_integer(1));
  PutHash(run->job, d, "case", path);
  PutHash(run->job, d, "dynamics", s->grid.dynamics);
  PutHash(run->job, d, "list", s->list);
  JsonPut(d, "operating_point", json_string(s->grid.point));
  JsonPut(d, "load_model", json_string(s->grid.load_model));
  JsonPut(d, "bus_faults", json_boolean(run->set.bus_faults));
  JsonPut(d, "line_end_faults", json_boolean(run->set.line_end_faults));
  JsonPut(d, "branch_trips", json_boolean(run->set.branch_trips));
  JsonPut(d, "unit_trips", json_boolean(run->set.unit_trips));
  JsonPut(d, "clearing_s", JsonReal(run->set.clearing_s));
  JsonPut(d, "cct", json_boolean(s->cct));
  JsonPut(d, "until_s", JsonReal(run->options.until_s));
  JsonPut(d, "tolerance", JsonReal(run->options.relative_tolerance));
  JsonPut(d, "frequency_hz", JsonReal(run->options.frequency_hz));
  JsonPut(d, "angle_limit_deg", JsonReal(limits->angle_limit_deg));
  JsonPut(d, "frequency_low_pu", JsonReal(limits->frequency_low_pu));
  JsonPut(d, "frequency_high_pu", JsonReal(limits->frequency_high_pu));
  if (limits->rocof_limit_hz_per_s < PETSC_INFINITY)
    JsonPut(d, "rocof_limit_hz_per_s", JsonReal(limits->rocof_limit_hz_per_s));
  if (limits->settling_limit_pu < PETSC_INFINITY) JsonPut(d, "settling_limit_pu", JsonReal(limits->settling_limit_pu));
  JsonPut(d, "voltage_recovery", VoltageRecovery(limits));
  PutStart(d, StabilityEquations(run->stability));
  return d;
}

static PetscErrorCode OpenStore(const char *path, const ScreenSettings *s, ScreenJob *run)
{
  json_t *identity;
  char    from[64];

  PetscFunctionBeginUser;
  if (!s->output) PetscFunctionReturn(0);
  identity = run->job->rank == 0 ? Identity(path, s, run) : NULL;
  PetscCall(JobAgree(run->job));
  if (run->job->status == JOB_DONE)
    PetscCall(ScreenStoreOpen(run->job, s->output, identity, run->list, run->result, &run->store));
  json_decref(identity);
  for (PetscInt k = 0; k < run->list->n; k++) run->n_resumed += run->result[k].done;
  if (run->store && run->n_resumed)
    JobSay(run->job, "%s: %d of %d contingencies are done already", s->output, (int)run->n_resumed, (int)run->list->n);
  snprintf(from, sizeof from, "%d of %d contingencies", (int)run->n_resumed, (int)run->list->n);
  if (run->store) PetscCall(ProvenanceStart(run->job, "screen", s->output, run->n_resumed ? from : NULL));
  PetscFunctionReturn(0);
}

/* A contingency is done: into the journal, and now and then a word about it. */
static PetscErrorCode Observe(void *context, const ScreenResult *result, PetscInt taken, PetscInt total,
                              PetscBool *stop)
{
  ScreenJob   *run = context;
  FileError    error;
  char         text[160];
  const double now = MPI_Wtime();

  PetscFunctionBeginUser;
  if (run->store && !ScreenStoreAppend(run->store, run->list, result, &error)) {
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
    *stop = PETSC_TRUE;
  }
  if (run->job->rank || now - run->shown < (run->progress.terminal ? 0.1 : 10.0)) PetscFunctionReturn(0);
  snprintf(text, sizeof text, "contingency %d of %d, %.60s: %s", (int)taken, (int)total,
           run->list->item[result->number].name, StabilityVerdictName(result->verdict));
  ProgressStage(&run->progress, text);
  run->shown = now;
  PetscFunctionReturn(0);
}

static PetscErrorCode Simulate(const ScreenSettings *s, ScreenJob *run)
{
  ScreenOptions options;

  PetscFunctionBeginUser;
  ScreenDefaultOptions(&options);
  options.cct      = s->cct;
  options.observer = Observe;
  options.context  = run;
  run->shown       = MPI_Wtime();
  ProgressStart(&run->progress, run->job->rank || run->job->json ? PETSC_TRUE : PETSC_FALSE);
  ProvenanceStage(run->job->provenance, "simulate");
  PetscCall(ScreenRun(run->job->comm, run->stability, run->list, &options, run->result, &run->summary));
  ProgressEnd(&run->progress);
  PetscCall(JobAgree(run->job));
  ProvenanceStage(run->job->provenance, "write");
  PetscCall(ScreenRank(run->list->n, run->result, run->order));
  PetscFunctionReturn(0);
}

static PetscBool WriteJson(const ScreenJob *run, const char *name, const json_t *document, FileError *error)
{
  char path[PETSC_MAX_PATH_LEN];

  ScreenStoreFile(run->store, name, path, sizeof path);
  return JsonSave(path, document, error);
}

/* Rank 0 writes what was found. */
static PetscErrorCode Store(ScreenJob *run, const ScreenReport *report)
{
  json_t   *document = json_object();
  char      path[PETSC_MAX_PATH_LEN];
  Text      csv = {0};
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(ScreenReportFill(report, document));
  PetscCall(ScreenReportCsv(report, &csv));
  ScreenStoreFile(run->store, "screen.csv", path, sizeof path);
  if (!ScreenStoreMerge(run->store, run->list, run->result, &error) || !FileWrite(path, csv.bytes, csv.size, &error) ||
      !WriteJson(run, "screen.json", document, &error))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  free(csv.bytes);
  json_decref(document);
  PetscFunctionReturn(0);
}

/* The severest without a verdict, or that is unstable where that is not allowed, ends the command. */
static void Conclude(const ScreenSettings *s, ScreenJob *run)
{
  const ScreenResult *first = &run->result[run->order[0]];
  const char         *name = run->grid.net->name, *worst = run->list->item[first->number].name;

  if (run->summary.n_failed)
    JobFail(run->job, JOB_UNSOLVED, "%s: %d of %d contingencies have no verdict, the first: %.100s: %.500s", name,
            (int)run->summary.n_failed, (int)run->list->n, worst, first->reason);
  else if (run->summary.n_cct_failed)
    JobFail(run->job, JOB_UNSOLVED, "%s: %d critical clearing times were not found", name,
            (int)run->summary.n_cct_failed);
  else if (s->require_secure && run->summary.n_unstable)
    JobFail(run->job, JOB_INSECURE, "%s: %d of %d contingencies are unstable, the severest: %.100s: %.500s", name,
            (int)run->summary.n_unstable, (int)run->list->n, worst, first->reason);
}

static PetscErrorCode Tell(const ScreenSettings *s, ScreenJob *run)
{
  const ScreenReport report = {&run->grid,  &run->options, s->grid.point, run->list,
                               run->result, &run->summary, run->order};
  json_t            *d      = run->job->document;

  PetscFunctionBeginUser;
  if (run->job->rank) PetscFunctionReturn(0);
  if (run->store) PetscCall(Store(run, &report));
  if (run->job->json) {
    PetscCall(ScreenReportFill(&report, d));
    JsonPut(d, "ranks", json_integer(run->job->size));
    JsonPut(d, "resumed", json_integer(run->n_resumed));
    JsonPut(d, "seconds", JsonReal(run->summary.wall_seconds));
  } else {
    PetscCall(ScreenReportPrint(&report, stdout));
    printf("%.2f s on %d rank%s\n", run->summary.wall_seconds, run->job->size, run->job->size == 1 ? "" : "s");
  }
  Conclude(s, run);
  PetscFunctionReturn(0);
}

static PetscErrorCode Work(Job job, const char *path, const ScreenSettings *s)
{
  ScreenJob run = {.job = job};

  PetscFunctionBeginUser;
  TakeSet(job, s, &run.set);
  PetscCall(JobAgree(job));
  if (job->status == JOB_DONE) PetscCall(Prepare(path, s, &run));
  if (job->status == JOB_DONE) PetscCall(OpenStore(path, s, &run));
  if (job->status == JOB_DONE) PetscCall(Simulate(s, &run));
  if (job->status == JOB_DONE) PetscCall(Tell(s, &run));
  PetscCall(JobAgree(job));
  PetscCall(ProvenanceEnd(job));
  PetscCall(ScreenStoreClose(&run.store));
  PetscCall(PetscFree2(run.result, run.order));
  PetscCall(ContingenciesDestroy(&run.list));
  PetscCall(StabilityDestroy(&run.stability));
  PetscCall(DynamicCaseDestroy(&run.grid));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandScreen(Job job, int argc, char **argv)
{
  ScreenSettings s         = {.grid      = DYNAMIC_SETTINGS_DEFAULT,
                              .until     = 10,
                              .tolerance = 1e-4,
                              .clearing  = 0.1,
                              .limits    = VERDICT_CHOICE_DEFAULT};
  const Option   options[] = {
        DYNAMIC_OPTIONS(s.grid),
        {"list", 'l', TAKES_TEXT, &s.list, "FILE", "contingencies to simulate (CSV)", 0},
        {"faults", 0, TAKES_TEXT, &s.faults, "SETS", "bus,line-end (default without --list), one of them, or none", 0},
        {"trips", 0, TAKES_TEXT, &s.trips, "SETS", "branch,unit (default without --list), one of them, or none", 0},
        {"clearing", 0, TAKES_REAL, &s.clearing, "S", "from a fault to its clearing, s (default 0.1)", 0},
        {"until", 'u', TAKES_REAL, &s.until, "T", "end of each simulation, s (default 10)", 1e-3},
        {"tolerance", 0, TAKES_REAL, &s.tolerance, "R", "relative and absolute tolerance (default 1e-4)", 1e-12},
        {"cct", 'c', TAKES_NOTHING, &s.cct, NULL, "also the critical clearing time of every fault (ten times as long)",
         0},
        {"require-secure", 0, TAKES_NOTHING, &s.require_secure, NULL, "exit with status 4 when any is unstable", 0},
        VERDICT_OPTIONS(s.limits),
        {"output", 'o', TAKES_TEXT, &s.output, "DIR", "store the results; go on where a screening was interrupted", 0},
  };
  Arguments arguments;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, (int)(sizeof options / sizeof options[0]), 1, 1, argc, argv, &arguments));
  if (!arguments.stop) PetscCall(Work(job, arguments.word[0], &s));
  PetscFunctionReturn(0);
}
