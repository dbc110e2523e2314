/* archipelago stability: a case, a fault and its clearing, a verdict and a critical clearing time. */
#include <math.h>
#include <string.h>

#include "dynamics/stability.h"
#include "jobs/case.h"
#include "jobs/command.h"
#include "jobs/point.h"
#include "jobs/results.h"
#include "solver/opf.h"

static const CommandHelp Help = {
    "stability", "time-domain stability after a fault", "CASE --fault bus=B,on=T,off=T[,trip=F-T[:CKT]] [options]",
    "Starts from a power flow or an optimal power flow, applies a three-phase fault and its clearing, and integrates\n"
    "the machines. The device table is a CSV with the header bus,unit,model,mva_base,H,D,xd1 (model GENCLS; seconds,\n"
    "per unit on mva_base; unit is the generator's identifier or its running number at the bus). Without one, machine\n"
    "data are typical for each technology, and the output says so.",
    "  archipelago stability case9.m --dynamics machines.csv --fault bus=8,on=0,off=0.1,trip=8-9 --until 5 --cct"};

typedef struct {
  const char *dynamics, *point, *fault, *output;
  PetscReal   until, frequency;
  PetscBool   cct;
} StabilitySettings;

typedef struct {
  Network         net;
  DeviceTable     devices;
  OperatingPoint  point;
  StabilityFault  fault;
  PetscBool       has_fault;
  StabilityResult result;
  CctResult       cct;
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

/* Everything that the user gave, or all faults in it. */
static PetscErrorCode Load(Job job, const char *path, const StabilitySettings *settings, StabilityJob *run)
{
  Faults faults;
  Case   grid;

  PetscFunctionBeginUser;
  PetscCall(CaseLoad(job, path, NULL, &grid));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  run->net = grid.net;
  PetscCall(PartitionDestroy(&grid.partition));
  PetscCall(FaultsCreate(&faults));
  if (settings->dynamics)
    PetscCall(DeviceTableRead(job->comm, settings->dynamics, run->net, PETSC_FALSE, faults, &run->devices));
  else
    PetscCall(DeviceTableCreate(&run->devices));
  if (settings->fault) PetscCall(StabilityFaultParse(run->net, settings->fault, faults, &run->fault, &run->has_fault));
  if (run->has_fault) PetscCall(CheckTimes(settings, &run->fault, faults));
  PetscCall(JobReport(job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (job->status == JOB_DONE) PetscCall(DeviceTableAddDefaults(run->devices, run->net));
  PetscFunctionReturn(0);
}

static PetscErrorCode StartFromPowerFlow(Job job, StabilityJob *run)
{
  PowerFlowOptions options;
  PowerFlow        flow;

  PetscFunctionBeginUser;
  PowerFlowDefaultOptions(&options);
  PetscCall(PowerFlowSolve(run->net, &options, &flow));
  if (flow.converged)
    PetscCall(OperatingPointFromPowerFlow(run->net, &flow, -1, &run->point));
  else
    JobFail(job, JOB_UNSOLVED, "%s: the power flow did not converge in %d iterations (mismatch %.1e pu)",
            run->net->name, (int)flow.iterations, flow.mismatch_pu);
  PetscCall(PowerFlowDestroy(&flow));
  PetscFunctionReturn(0);
}

static PetscErrorCode StartFromOpf(Job job, StabilityJob *run)
{
  OpfOptions options;
  OpfResult  result;
  Dispatch   d;

  PetscFunctionBeginUser;
  OpfDefaultOptions(&options);
  PetscCall(OpfSolve(job->comm, run->net, NULL, &options, &d, &result));
  if (result.status != SOLVE_OPTIMAL) {
    JobFail(job, JOB_UNSOLVED, "%s: no operating point: %s", run->net->name, SolveStatusName(result.status));
  } else {
    PetscCall(OperatingPointFromDispatch(run->net, d, 0, &run->point));
  }
  PetscCall(DispatchDestroy(&d));
  PetscCall(OpfResultDestroy(&result));
  PetscFunctionReturn(0);
}

static PetscErrorCode Simulate(Job job, const StabilitySettings *settings, StabilityJob *run)
{
  StabilityOptions options;
  Stability        stability;
  PetscInt         n = run->has_fault ? 1 : 0;

  PetscFunctionBeginUser;
  StabilityDefaultOptions(&options);
  options.until_s      = settings->until;
  options.frequency_hz = settings->frequency;
  PetscCall(StabilityCreate(run->net, run->point, run->devices, &options, &stability));
  PetscCall(StabilityRun(stability, n, &run->fault, settings->output ? &run->trajectory : NULL, &run->result));
  if (run->result.verdict == STABILITY_FAILED)
    JobFail(job, JOB_UNSOLVED, "%s: no verdict: %.900s", run->net->name, run->result.criterion);
  else if (settings->cct)
    PetscCall(StabilityCriticalClearing(stability, n, &run->fault, 0, &run->cct));
  PetscCall(StabilityDestroy(&stability));
  PetscFunctionReturn(0);
}

static void FillDocument(const StabilitySettings *settings, StabilityJob *run, json_t *d)
{
  const StabilityResult *r = &run->result;
  char                   text[1024];

  JsonPut(d, "verdict", json_string(StabilityVerdictName(r->verdict)));
  JsonPut(d, "case", json_string(run->net->name));
  JsonPut(d, "operating_point", json_string(settings->point));
  JsonPut(d, "criterion", json_string(r->criterion));
  JsonPut(d, "max_angle_spread_deg", JsonReal(r->max_angle_spread_deg));
  JsonPut(d, "max_speed_deviation_pu", JsonReal(r->max_speed_deviation_pu));
  if (settings->cct) {
    JsonPut(d, "cct_seconds", JsonReal(run->cct.status == CCT_FOUND ? run->cct.cct_seconds : NAN));
    JsonPut(d, "cct", json_string(run->cct.text));
    JsonPut(d, "cct_runs", json_integer(run->cct.runs));
  }
  JsonPut(d, "machines", json_integer(r->n_machines));
  JsonPut(d, "islands", json_integer(r->n_islands));
  JsonPut(d, "dead_buses", json_integer(r->n_dead_buses));
  JsonPut(d, "lost_load_mw", JsonReal(r->lost_load_mw));
  if (!DeviceTableDescribe(run->devices, text, sizeof text)) JsonPut(d, "machine_data", json_string(text));
  JsonPut(d, "steps", json_integer(r->steps));
  JsonPut(d, "restarts", json_integer(r->restarts));
  JsonPut(d, "solve_seconds", JsonReal(r->solve_seconds + (settings->cct ? run->cct.solve_seconds : 0)));
}

static void PrintText(const StabilitySettings *settings, StabilityJob *run)
{
  char text[1024];

  printf("%s: %s\n%s\n", run->net->name, StabilityVerdictName(run->result.verdict), run->result.criterion);
  printf("largest angle spread     %.2f degrees among %d machines\n", run->result.max_angle_spread_deg,
         (int)run->result.n_machines);
  if (settings->cct && run->cct.status == CCT_FOUND) printf("critical clearing time   %.4f s\n", run->cct.cct_seconds);
  if (settings->cct) printf("%s\n", run->cct.text);
  printf("steps                    %d in %.3f s\n", (int)run->result.steps, run->result.solve_seconds);
  if (!DeviceTableDescribe(run->devices, text, sizeof text)) printf("machine data             %s\n", text);
}

/* Buses by their external numbers, which is how faults name them. */
static PetscErrorCode AddBusLabels(Dataset ds, const BusTable *bus)
{
  char **label;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(bus->n, &label));
  for (PetscInt b = 0; b < bus->n; b++) {
    PetscCall(PetscMalloc1(16, &label[b]));
    snprintf(label[b], 16, "%d", (int)bus->number[b]);
  }
  PetscCall(DatasetAddText(ds, "bus", "bus", "bus number", label));
  for (PetscInt b = 0; b < bus->n; b++) PetscCall(PetscFree(label[b]));
  PetscCall(PetscFree(label));
  PetscFunctionReturn(0);
}

static PetscErrorCode FillTrajectory(StabilityJob *run, Dataset ds)
{
  Trajectory t = run->trajectory;

  PetscFunctionBeginUser;
  PetscCall(DatasetSetAttribute(ds, "title", run->net->name));
  PetscCall(DatasetAddDimension(ds, "time", t->n_times));
  PetscCall(DatasetAddDimension(ds, "bus", t->n_buses));
  PetscCall(DatasetAddDimension(ds, "machine", t->n_machines));
  PetscCall(AddBusLabels(ds, &run->net->bus));
  PetscCall(DatasetAddText(ds, "machine", "machine", "machine, as bus:unit", t->machine));
  PetscCall(
      DatasetAddReal(ds, "time", "time", "s", "time; an event's instant stands twice, before and after", t->time_s));
  PetscCall(DatasetAddReal(ds, "bus_vm_pu", "time bus", "1", "voltage magnitude, per unit", t->bus_vm_pu));
  PetscCall(DatasetAddReal(ds, "bus_va_deg", "time bus", "degree", "voltage angle", t->bus_va_deg));
  PetscCall(DatasetAddReal(ds, "machine_angle_deg", "time machine", "degree", "rotor angle", t->machine_angle_deg));
  PetscCall(DatasetAddReal(ds, "machine_speed_dev_pu", "time machine", "1", "deviation from nominal speed, per unit",
                           t->machine_speed_dev_pu));
  PetscCall(DatasetAddReal(ds, "machine_efd_pu", "time machine", "1", "field voltage, per unit", t->machine_efd_pu));
  PetscCall(DatasetAddReal(ds, "machine_pmech_pu", "time machine", "1",
                           "mechanical power, per unit of the network's base", t->machine_pmech_pu));
  PetscCall(DatasetAddReal(ds, "machine_p_mw", "time machine", "MW", "active power fed in", t->machine_p_mw));
  PetscCall(DatasetAddReal(ds, "machine_q_mvar", "time machine", "Mvar", "reactive power fed in", t->machine_q_mvar));
  PetscFunctionReturn(0);
}

static PetscErrorCode Store(Job job, const char *path, StabilityJob *run)
{
  Dataset   ds;
  PetscBool written;
  FileError error;

  PetscFunctionBeginUser;
  if (!run->trajectory || job->rank || job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(DatasetCreate(&ds));
  PetscCall(FillTrajectory(run, ds));
  PetscCall(DatasetWriteNetcdf(ds, path, &written, &error));
  if (!written) JobFail(job, JOB_INTERNAL, "%s", error.text);
  PetscCall(DatasetDestroy(&ds));
  PetscFunctionReturn(0);
}

static PetscErrorCode Work(Job job, const char *path, const StabilitySettings *settings)
{
  StabilityJob run;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(&run, sizeof run));
  PetscCall(Load(job, path, settings, &run));
  if (job->status == JOB_DONE) {
    if (strcmp(settings->point, "opf") != 0)
      PetscCall(StartFromPowerFlow(job, &run));
    else
      PetscCall(StartFromOpf(job, &run));
  }
  if (job->status == JOB_DONE) {
    PetscCall(Simulate(job, settings, &run));
    PetscCall(Store(job, settings->output, &run));
    if (job->rank == 0 && job->json) FillDocument(settings, &run, job->document);
    if (job->rank == 0 && !job->json) PrintText(settings, &run);
  }
  if (run.trajectory) PetscCall(TrajectoryDestroy(&run.trajectory));
  if (run.point) PetscCall(OperatingPointDestroy(&run.point));
  if (run.devices) PetscCall(DeviceTableDestroy(&run.devices));
  if (run.net) PetscCall(NetworkDestroy(&run.net));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandStability(Job job, int argc, char **argv)
{
  StabilitySettings s         = {.point = "powerflow", .until = 5, .frequency = 60};
  const Option      options[] = {
           {"fault", 'f', TAKES_TEXT, &s.fault, "SPEC", "bus=B,on=T,off=T[,trip=F-T[:CKT]], times in seconds", 0},
           {"dynamics", 'd', TAKES_TEXT, &s.dynamics, "FILE", "device table", 0},
           {"operating-point", 0, TAKES_TEXT, &s.point, "powerflow|opf", "where the simulation starts", 0},
           {"until", 'u', TAKES_REAL, &s.until, "T", "end of the simulation, s (default 5)", 1e-3},
           {"frequency", 0, TAKES_REAL, &s.frequency, "HZ", "nominal frequency (default 60)", 1},
           {"cct", 'c', TAKES_NOTHING, &s.cct, NULL, "find the critical clearing time by bisection", 0},
           {"output", 'o', TAKES_TEXT, &s.output, "FILE", "store the trajectories (netCDF-4)", 0},
  };
  Arguments arguments;
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, (int)(sizeof options / sizeof options[0]), 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  if (s.cct && !s.fault) JobFail(job, JOB_INPUT, "stability: --cct needs a --fault");
  if (job->rank == 0 && s.output && !FileWritable(s.output, &error)) JobFail(job, JOB_INPUT, "%s", error.text);
  PetscCall(JobAgree(job));
  if (job->status == JOB_DONE) PetscCall(Work(job, arguments.word[0], &s));
  PetscFunctionReturn(0);
}
