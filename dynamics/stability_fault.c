/* Faults as people write them: bus numbers, branch names, "bus=8,on=0,off=0.1,trip=8-9". */
#include "dynamics/stability.h"
#include "inputs/csv.h"

/* The branch of a text "F-T" or "F-T:CKT", or -1 after a fault. */
static PetscErrorCode FindTrip(Network net, const char *text, Faults faults, const char *file, PetscInt line,
                               PetscInt *branch)
{
  char     copy[128];
  PetscInt from, to;

  PetscFunctionBeginUser;
  *branch = -1;
  snprintf(copy, sizeof copy, "%s", text);
  char *circuit = strchr(copy, ':'), *second = strchr(copy, '-');
  if (circuit) *circuit++ = '\0';
  if (second) *second++ = '\0';
  if (strlen(text) >= sizeof copy || !second || !TextToInt(copy, &from) || !TextToInt(second, &to)) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, file, line,
                        "found trip \"%.100s\", expected FROM-TO or FROM-TO:CIRCUIT with bus numbers", text));
    PetscFunctionReturn(0);
  }
  const PetscInt f = NetworkFindBus(net, from), t = NetworkFindBus(net, to);
  if (f >= 0 && t >= 0) *branch = NetworkFindBranch(net, f, t, circuit);
  if (*branch >= 0 && net->branch.in_service[*branch]) PetscFunctionReturn(0);
  PetscCall(FaultsAdd(faults, FAULT_ERROR, file, line,
                      "found trip \"%.100s\", expected a branch of the network that is in service", text));
  *branch = -1;
  PetscFunctionReturn(0);
}

PetscErrorCode StabilityFaultSet(Network net, PetscInt bus_number, PetscReal on_s, PetscReal off_s, const char *trip,
                                 Faults faults, const char *file, PetscInt line, StabilityFault *fault, PetscBool *ok)
{
  const PetscInt before = FaultsErrorCount(faults);

  PetscFunctionBeginUser;
  *fault = (StabilityFault){.bus = NetworkFindBus(net, bus_number), .on_s = on_s, .off_s = off_s, .trip_branch = -1};
  if (fault->bus < 0) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, file, line,
                        "found a fault at bus %" PetscInt_FMT ", expected a bus of the network", bus_number));
  }
  if (!(on_s >= 0.0) || PetscIsInfReal(on_s)) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, file, line, "found on = %g s, expected 0 or later", (double)on_s));
  } else if (!(off_s >= on_s)) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, file, line, "found off = %g s, expected no earlier than on = %g s",
                        (double)off_s, (double)on_s));
  }
  if (trip && trip[0]) PetscCall(FindTrip(net, trip, faults, file, line, &fault->trip_branch));
  *ok = (PetscBool)(FaultsErrorCount(faults) == before);
  PetscFunctionReturn(0);
}

typedef enum { KEY_BUS, KEY_ON, KEY_OFF, KEY_TRIP, KEY_R, KEY_X, KEYS } FaultKey;

static const char *const key_names[KEYS] = {"bus", "on", "off", "trip", "r", "x"};

/* Splits "key=value,..." in place; value[key] stays NULL when the key is not there. */
static PetscErrorCode SplitKeys(char *text, Faults faults, char *value[KEYS])
{
  PetscFunctionBeginUser;
  for (char *part = text, *next; part; part = next) {
    PetscInt key = 0;
    next         = strchr(part, ',');
    if (next) *next++ = '\0';
    char *equals = strchr(part, '=');
    if (equals) *equals = '\0';
    while (key < KEYS && strcmp(part, key_names[key]) != 0) ++key;
    if (!equals || key == KEYS || value[key]) {
      PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0,
                          "--fault: found \"%.100s\", expected each of bus=, on=, off=, trip=, r=, x= at most once",
                          part));
    } else
      value[key] = equals + 1;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode KeyReal(char *const value[KEYS], FaultKey key, PetscReal otherwise, Faults faults,
                              PetscReal *number)
{
  PetscFunctionBeginUser;
  *number = otherwise;
  if (value[key] && (!TextToReal(value[key], number) || PetscIsInfOrNanReal(*number))) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0, "--fault: found %s=%.100s, expected a number", key_names[key],
                        value[key]));
    *number = otherwise;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StabilityFaultParse(Network net, const char *text, Faults faults, StabilityFault *fault, PetscBool *ok)
{
  const PetscInt before      = FaultsErrorCount(faults);
  char          *value[KEYS] = {NULL}, *copy;
  PetscReal      on, off, r, x;
  PetscInt       bus = 0;

  PetscFunctionBeginUser;
  *ok = PETSC_FALSE;
  PetscCall(PetscStrallocpy(text, &copy));
  PetscCall(SplitKeys(copy, faults, value));
  if (!value[KEY_BUS] || !TextToInt(value[KEY_BUS], &bus)) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0, "--fault: found \"%.100s\", expected bus=NUMBER in it", text));
  }
  PetscCall(KeyReal(value, KEY_ON, 0.0, faults, &on));
  PetscCall(KeyReal(value, KEY_OFF, PETSC_INFINITY, faults, &off));
  PetscCall(KeyReal(value, KEY_R, 0.0, faults, &r));
  PetscCall(KeyReal(value, KEY_X, 0.0, faults, &x));
  if (FaultsErrorCount(faults) == before) {
    PetscCall(StabilityFaultSet(net, bus, on, off, value[KEY_TRIP], faults, NULL, 0, fault, ok));
    fault->r_pu = r;
    fault->x_pu = x;
  }
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

PetscInt StabilityFaultEvents(const StabilityFault *fault, StabilityEvent event[3])
{
  const StabilityEvent on = {.time_s = fault->on_s,
                             .kind   = EVENT_FAULT,
                             .bus    = fault->bus,
                             .branch = -1,
                             .r_pu   = fault->r_pu,
                             .x_pu   = fault->x_pu};
  PetscInt             n  = 0;
  event[n++]              = on;
  if (PetscIsInfReal(fault->off_s)) return n;
  event[n]        = on;
  event[n].time_s = fault->off_s;
  event[n++].kind = EVENT_CLEAR;
  if (fault->trip_branch < 0) return n;
  event[n]          = event[n - 1];
  event[n].kind     = EVENT_TRIP_BRANCH;
  event[n++].branch = fault->trip_branch;
  return n;
}

PetscErrorCode StabilityRun(Stability st, PetscInt n, const StabilityFault *faults, Trajectory *trajectory,
                            StabilityResult *result)
{
  const Network   net = StabilityEquations(st)->net;
  StabilityEvent *events;
  PetscInt        count = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(3 * n + 1, &events));
  for (PetscInt k = 0; k < n; ++k) {
    PetscCheck(faults[k].bus >= 0 && faults[k].bus < net->bus.n && faults[k].trip_branch < net->branch.n,
               PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "Fault %" PetscInt_FMT " is not at a bus of the network", k);
    PetscCheck(faults[k].on_s >= 0.0 && faults[k].off_s >= faults[k].on_s, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Fault %" PetscInt_FMT " clears before it begins", k);
    count += StabilityFaultEvents(&faults[k], &events[count]);
  }
  PetscCall(StabilitySimulate(st, count, events, trajectory, result));
  PetscCall(PetscFree(events));
  PetscFunctionReturn(0);
}
