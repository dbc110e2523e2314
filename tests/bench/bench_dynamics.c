/* Time-domain simulation: 10 s with a bolted fault of 150 ms, relative and absolute tolerance 1e-4, output off.

     bench_dynamics [-case N] [-tolerance 1e-4] [-until 10] [-repeat 3]

   Per system: unknowns, steps, Jacobians, residuals, restarts, mode changes, CPU seconds of the fastest of the repeated
   runs, the share of KLU in them, and two ratios: simulated seconds per second, and the run against its linear algebra alone (1 would
   be a simulation in which nothing but KLU costs time). Development data; systems that are not there are left out. */
#include "dynamics/stability.h"
#include "inputs/reader.h"
#include "solver/powerflow.h"

#include <time.h>
#include <unistd.h>

typedef struct {
  const char *name, *network, *devices;
  PetscInt    bus; /* number: where the fault is */
} System;

#define GRIDPACK "dynamics/gridpack/"
static const System systems[] = {
    {"WSCC 9", GRIDPACK "raw/case9.raw", GRIDPACK "dyr/case9_SEXS.dyr", 7},
    {"IEEE 39", "dynamics/griddyn/IEEE39.raw", "dynamics/griddyn/IEEE39.dyr", 16},
    {"IEEE 39 (EXDC1)", GRIDPACK "ieee39/IEEE39bus_multiloads_xfmr4_smallX_slackmvachange_v33_single.raw",
     GRIDPACK "ieee39/IEEE39bus_exdc1_gridpack.dyr", 16},
    {"IEEE 145", GRIDPACK "raw/IEEE145.raw", GRIDPACK "dyr/IEEE145_classicGen.dyr", 7},
    {"WECC 179", "dynamics/griddyn/powerflowWECC.raw", "dynamics/griddyn/dynamicsWECC.dyr", 10},
    {"WECC 240", GRIDPACK "raw/240busWECC_2018_PSS_fixedshunt.raw", GRIDPACK "dyr/240busWECC_2018_PSS_mod.dyr", 1001},
    {"500 buses", GRIDPACK "raw/TAMU_500_rmsmallgen_v23.raw", GRIDPACK "dyr/tamu_500bus_detail.dyr", 10},
    {"2000 buses", GRIDPACK "dsa/case_ACTIVSg2000_1.raw", GRIDPACK "dsa/case_ACTIVSg2000_1_dyn.dyr", 5045},
    {"3000 buses", GRIDPACK "raw/bus3000_gen_no0imp_v23_pslf.raw", GRIDPACK "dyr/classical_model_3000bus.dyr", 100},
};

typedef struct {
  PetscReal tolerance, until;
  PetscInt  only, repeat;
} Settings;

static const char *SharedPath(const char *relative, char *path, size_t size)
{
  const char *root = getenv("ARCHIPELAGO_SHARED_DATA");
  if (root)
    snprintf(path, size, "%s/%s", root, relative);
  else
    snprintf(path, size, "%s/../shared/data/%s", ARCHIPELAGO_SOURCE_DIR, relative);
  return access(path, R_OK) == 0 ? path : NULL;
}

static PetscErrorCode Load(const System *system, const Settings *settings, Network *net, Stability *stability)
{
  StabilityOptions options;
  PowerFlowOptions flow_options;
  PowerFlow        flow;
  OperatingPoint   point;
  DeviceTable      table = NULL;
  Faults           faults;
  char             network[1024], devices[1024];

  PetscFunctionBeginUser;
  *net       = NULL;
  *stability = NULL;
  if (!SharedPath(system->network, network, sizeof network) || !SharedPath(system->devices, devices, sizeof devices))
    PetscFunctionReturn(0);
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkRead(PETSC_COMM_SELF, network, "auto", faults, net));
  if (*net) PetscCall(DeviceTableRead(PETSC_COMM_SELF, devices, *net, PETSC_FALSE, faults, &table));
  PetscCall(FaultsDestroy(&faults));
  PetscCheck(table, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED, "%s cannot be read", system->name);
  PowerFlowDefaultOptions(&flow_options);
  PetscCall(PowerFlowSolve(*net, &flow_options, &flow));
  PetscCall(OperatingPointFromPowerFlow(*net, &flow, -1, &point));
  PetscCall(PowerFlowDestroy(&flow));
  StabilityDefaultOptions(&options);
  options.until_s            = settings->until;
  options.relative_tolerance = options.absolute_tolerance = settings->tolerance;
  options.stop_when_unstable                              = PETSC_FALSE;
  if ((*net)->frequency_hz > 0.0) options.frequency_hz = (*net)->frequency_hz;
  PetscCall(StabilityCreate(*net, point, table, &options, stability));
  PetscCall(OperatingPointDestroy(&point));
  PetscCall(DeviceTableDestroy(&table));
  PetscFunctionReturn(0);
}

static double CpuSeconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static PetscErrorCode Measure(const System *system, const Settings *settings)
{
  Network         net;
  Stability       stability;
  StabilityResult result, best;
  double          begin, end;
  StabilityFault  fault = {.on_s = 1.0, .off_s = 1.15, .trip_branch = -1};

  PetscFunctionBeginUser;
  PetscCall(Load(system, settings, &net, &stability));
  if (!stability) {
    printf("%-16s data are not there\n", system->name);
    PetscFunctionReturn(0);
  }
  fault.bus = NetworkFindBus(net, system->bus);
  for (PetscInt k = 0; k < settings->repeat; ++k) {
    begin = CpuSeconds();
    PetscCall(StabilityRun(stability, 1, &fault, NULL, &result));
    end = CpuSeconds();
    result.klu_seconds *= (end - begin) / result.solve_seconds; /* on a busy machine the wall clock counts others too */
    result.solve_seconds = end - begin;
    if (k == 0 || result.solve_seconds < best.solve_seconds) best = result;
  }
  printf("%-16s %8d %6d %6d %6d %5d %6d %9.4f %5.1f %8.1f %6.2f  %s\n", system->name, (int)best.unknowns,
         (int)best.steps, (int)best.jacobian_evaluations, (int)best.residual_evaluations, (int)best.restarts,
         (int)best.mode_changes, best.solve_seconds, 100.0 * best.klu_seconds / best.solve_seconds,
         (double)settings->until / best.solve_seconds, best.solve_seconds / best.klu_seconds,
         best.verdict == STABILITY_FAILED ? best.criterion : StabilityVerdictName(best.verdict));
  PetscCall(StabilityDestroy(&stability));
  PetscCall(NetworkDestroy(&net));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  Settings settings = {.tolerance = 1e-4, .until = 10.0, .only = -1, .repeat = 3};

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-tolerance", &settings.tolerance, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-until", &settings.until, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-case", &settings.only, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-repeat", &settings.repeat, NULL));
  printf("%-16s %8s %6s %6s %6s %5s %6s %9s %5s %8s %6s\n", "system", "unknowns", "steps", "Jacob.", "resid.", "rest.",
         "modes", "CPU s", "KLU %", "x real", "/KLU");
  for (PetscInt k = 0; k < DEVICE_COUNT(systems); ++k) {
    if (settings.only < 0 || settings.only == k) PetscCall(Measure(&systems[k], &settings));
  }
  PetscCall(PetscFinalize());
  return 0;
}
