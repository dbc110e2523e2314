/* archipelago stability: a case, its devices and what happens to it; a verdict, trajectories, a critical clearing time. */
#include <math.h>
#include <string.h>

#include "jobs/command.h"
#include "jobs/dynamic_case.h"
#include "jobs/file.h"
#include "jobs/provenance.h"
#include "jobs/stability_report.h"
#include "jobs/trajectory_file.h"
#include "jobs/verdict_options.h"

static const CommandHelp Help = {
    "stability", "time-domain stability after faults and other events",
    "CASE [--dynamics FILE] [--event SPEC]... [options]",
    "Starts from a power flow or an optimal power flow and integrates the machines, inverters and loads through the\n"
    "events. The devices come from a PSS/E .dyr file, a CSV or a YAML file (docs/dynamics.md); without one, machine "
    "data\n"
    "are typical for each technology, and the output says so.\n\n"
    "Events, times in seconds, impedances per unit on the network's base:\n"
    "  t=1,fault=BUS[,r=R,x=X]               short circuit at a bus\n"
    "  t=1,fault=F-T[:CKT],at=0.3[,r=R,x=X]  along a branch, at=0 (bus F) to 1 (bus T)\n"
    "  t=1.1,clear=BUS (or F-T[:CKT])        end of the short circuit\n"
    "  t=1,trip=F-T[:CKT]                    line or transformer opens; close=F-T[:CKT] closes it\n"
    "  t=1,trip-unit=BUS:ID                  generator or storage unit is disconnected\n"
    "  t=1,load=BUS[:ID],p=MW,q=Mvar         load grows by that much\n"
    "  t=1,set=BUS:ID:vref,value=V           set-point (vref, pref, qref, efd); add=V changes it by V\n"
    "  t=1,island=COLUMN:LABEL               opens every branch that leaves the buses with that label\n\n"
    "The simulation stops at the loss of synchronism, except with --event, --output or --keep-going: then it goes on "
    "to\n"
    "the end. Exit status: 0 stable or unstable, 2 bad input, 3 no verdict.",
    "  archipelago stability case.raw --dynamics case.dyr --event t=1,fault=8 --event t=1.1,clear=8 \\\n"
    "    --event t=1.1,trip=8-9 --until 10 -o trajectory.nc\n"
    "  archipelago stability case9.m --dynamics machines.csv --fault bus=8,on=0,off=0.1,trip=8-9 --until 5 --cct"};

typedef struct {
  DynamicSettings  grid;
  Texts            events;
  const char      *fault, *output;
  TrajectoryChoice choice;
  VerdictChoice    limits;
  PetscReal        until, dt_out, tolerance, rtol, atol;
  PetscBool        cct, keep_going;
} StabilitySettings;

typedef struct {
  DynamicCase     grid;
  StabilityEvent *event;
  PetscInt        n_events;
  Trajectory      trajectory;
} StabilityJob;

/* A fault that is not cleared, or not there at all, before the end would say nothing about stability. */
static PetscErrorCode CheckTimes(const StabilitySettings *settings, const StabilityFault *fault, Faults faults)
{
  PetscFunctionBeginUser;
  if (fault->off_s >= PETSC_INFINITY)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0, "--fault: found \"%.100s\", expected off=T in it, in seconds",
                        settings->fault));
  else if (fault->off_s > settings->until)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0, "--fault: found off = %g s, expected no later than --until %g s",
                        fault->off_s, settings->until));
  PetscFunctionReturn(0);
}

/* The events of --event, checked together, then those of --fault. */
static PetscErrorCode ReadEvents(Job job, const StabilitySettings *settings, StabilityJob *run)
{
  Faults         faults;
  StabilityFault fault;
  PetscBool      ok;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(PetscCalloc1(settings->events.n + 3, &run->event));
  for (int k = 0; k < settings->events.n; k++) {
    PetscCall(EventParse(run->grid.net, settings->events.text[k], faults, NULL, 0, "--event",
                         &run->event[run->n_events], &ok));
    if (ok) run->n_events++;
  }
  if (!FaultsErrorCount(faults))
    PetscCall(EventsCheck(run->grid.net, run->n_events, run->event, settings->until, faults, "--event"));
  if (settings->fault) {
    PetscCall(StabilityFaultParse(run->grid.net, settings->fault, faults, &fault, &ok));
    if (ok) PetscCall(CheckTimes(settings, &fault, faults));
    if (ok) run->n_events += StabilityFaultEvents(&fault, &run->event[run->n_events]);
  }
  PetscCall(JobReport(job, faults));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

static void SetOptions(Job job, const StabilitySettings *s, PetscReal frequency_hz, StabilityOptions *options)
{
  StabilityDefaultOptions(options);
  options->until_s            = s->until;
  options->output_step_s      = s->dt_out;
  options->frequency_hz       = frequency_hz;
  options->relative_tolerance = isnan(s->rtol) ? s->tolerance : s->rtol;
  options->absolute_tolerance = isnan(s->atol) ? s->tolerance : s->atol;
  options->stop_when_unstable = !(s->events.n || s->output || s->keep_going);
  VerdictTakeLimits(job, "stability", &s->limits, frequency_hz, &options->limits);
}

/* What only the devices, started, can say. */
static PetscErrorCode CheckDevices(Job job, const StabilitySettings *settings, StabilityJob *run, Stability stability)
{
  Equations eq = StabilityEquations(stability);
  Faults    faults;

  PetscFunctionBeginUser;
  if (eq->problem[0]) PetscFunctionReturn(0);
  PetscCall(FaultsCreate(&faults));
  PetscCall(EventsCheckDevices(eq, run->n_events, run->event, faults, "--event"));
  PetscCall(DynamicCaseCheckStart(&settings->grid, eq, faults));
  PetscCall(JobReport(job, faults));
  PetscCall(FaultsDestroy(&faults));
  PetscCall(TrajectoryCheckElements(job, "stability: --elements", eq, settings->choice.elements));
  PetscFunctionReturn(0);
}

static PetscErrorCode Tell(Job job, const StabilitySettings *settings, StabilityJob *run, StabilityReport *report)
{
  PetscFunctionBeginUser;
  report->grid     = &run->grid;
  report->point    = settings->grid.point;
  report->n_events = run->n_events;
  report->event    = run->event;
  if (report->result.verdict == STABILITY_FAILED)
    JobFail(job, JOB_UNSOLVED, "%s: no verdict: %.900s", run->grid.net->name, report->result.criterion);
  else if (report->has_cct && report->cct.status == CCT_FAILED)
    JobFail(job, JOB_UNSOLVED, "%s: no critical clearing time: %.900s", run->grid.net->name, report->cct.text);
  if (run->trajectory && job->status == JOB_DONE)
    PetscCall(TrajectoryWrite(job, settings->output, run->grid.net, run->trajectory, &settings->choice));
  if (job->json)
    PetscCall(StabilityReportFill(report, job->document));
  else
    PetscCall(StabilityReportPrint(report, stdout));
  PetscFunctionReturn(0);
}

/* Rank 0 only. */
static PetscErrorCode Simulate(Job job, const StabilitySettings *settings, StabilityJob *run)
{
  StabilityOptions options;
  StabilityReport  report = {.has_cct = PETSC_FALSE};
  Stability        stability;

  PetscFunctionBeginUser;
  SetOptions(job, settings, run->grid.frequency_hz, &options);
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(StabilityCreate(run->grid.net, run->grid.point, run->grid.devices, &options, &stability));
  PetscCall(CheckDevices(job, settings, run, stability));
  if (job->status == JOB_DONE) {
    PetscCall(StabilitySimulate(stability, run->n_events, run->event, settings->output ? &run->trajectory : NULL,
                                &report.result));
    report.has_cct = settings->cct && report.result.verdict != STABILITY_FAILED;
    if (report.has_cct) PetscCall(StabilityClearingTime(stability, run->n_events, run->event, &report.cct));
    PetscCall(Tell(job, settings, run, &report));
  }
  PetscCall(StabilityDestroy(&stability));
  PetscFunctionReturn(0);
}

static PetscErrorCode Work(Job job, const char *path, const StabilitySettings *settings)
{
  StabilityJob run = {.n_events = 0};

  PetscFunctionBeginUser;
  PetscCall(DynamicCaseLoad(job, path, &settings->grid, &run.grid));
  if (job->status == JOB_DONE) PetscCall(ReadEvents(job, settings, &run));
  ProvenanceStage(job->provenance, "simulate");
  if (job->status == JOB_DONE && job->rank == 0) PetscCall(Simulate(job, settings, &run));
  PetscCall(JobAgree(job));
  if (job->status == JOB_DONE) PetscCall(ProvenanceWriteBeside(job, "stability", settings->output));
  PetscCall(TrajectoryDestroy(&run.trajectory));
  PetscCall(PetscFree(run.event));
  PetscCall(DynamicCaseDestroy(&run.grid));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

static void CheckUsage(Job job, const StabilitySettings *s)
{
  PetscBool has_fault = (PetscBool)(s->fault != NULL);
  FileError error;

  for (int k = 0; k < s->events.n; k++) has_fault = has_fault || strstr(s->events.text[k], "fault=");
  if (s->cct && !has_fault) JobFail(job, JOB_INPUT, "stability: --cct needs a fault (--event or --fault)");
  if (s->choice.channels && !s->output) JobFail(job, JOB_INPUT, "stability: --channels needs --output");
  if (s->choice.elements && !s->output) JobFail(job, JOB_INPUT, "stability: --elements needs --output");
  TrajectoryCheckChannels(job, "stability: --channels", s->choice.channels);
  if (job->rank == 0 && s->output && !FileWritable(s->output, &error)) JobFail(job, JOB_INPUT, "%s", error.text);
}

PetscErrorCode CommandStability(Job job, int argc, char **argv)
{
  StabilitySettings s         = {.grid      = DYNAMIC_SETTINGS_DEFAULT,
                                 .until     = 5,
                                 .dt_out    = 0.01,
                                 .tolerance = 1e-6,
                                 .rtol      = NAN,
                                 .atol      = NAN,
                                 .limits    = VERDICT_CHOICE_DEFAULT};
  const Option      options[] = {
           {"event", 'e', TAKES_TEXTS, &s.events, "SPEC", "something that happens, see above; any number of times", 0},
           {"fault", 'f', TAKES_TEXT, &s.fault, "SPEC", "bus=B,on=T,off=T[,trip=F-T[:CKT]][,r=R,x=X]: a fault and its end",
            0},
           DYNAMIC_OPTIONS(s.grid),
           {"until", 'u', TAKES_REAL, &s.until, "T", "end of the simulation, s (default 5)", 1e-3},
           {"tolerance", 0, TAKES_REAL, &s.tolerance, "R", "relative and absolute tolerance (default 1e-6)", 1e-12},
           {"rtol", 0, TAKES_REAL, &s.rtol, "R", "relative tolerance alone", 1e-12},
           {"atol", 0, TAKES_REAL, &s.atol, "R", "absolute tolerance alone, of each quantity's usual size", 1e-12},
           {"cct", 'c', TAKES_NOTHING, &s.cct, NULL, "find the critical clearing time of the first fault", 0},
           {"keep-going", 0, TAKES_NOTHING, &s.keep_going, NULL, "simulate on after the loss of synchronism", 0},
           VERDICT_OPTIONS(s.limits),
           {"output", 'o', TAKES_TEXT, &s.output, "FILE", "store the trajectories (netCDF-4)", 0},
           {"dt-out", 0, TAKES_REAL, &s.dt_out, "S", "spacing of their samples, s (default 0.01)", 1e-5},
           {"channels", 0, TAKES_TEXT, &s.choice.channels, "NAME[,NAME]", "variables to store (default all)", 0},
           {"elements", 0, TAKES_TEXT, &s.choice.elements, "LABEL[,LABEL]",
            "their buses, machines, branches: 101,101:1,101-102:1 (default all)", 0},
  };
  Arguments arguments;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, (int)(sizeof options / sizeof options[0]), 1, 1, argc, argv, &arguments));
  if (!arguments.stop) {
    CheckUsage(job, &s);
    PetscCall(JobAgree(job));
    if (job->status == JOB_DONE) PetscCall(Work(job, arguments.word[0], &s));
  }
  PetscCall(TextsDestroy(&s.events));
  PetscFunctionReturn(0);
}
