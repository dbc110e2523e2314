/* DROOP, a governor made as an example (docs/extending.md): power pref - speed / R behind a lag T, with non-windup limits.
   P. Kundur, Power System Stability and Control (1994), section 11.1.2, figure 11.10. */
#include "dynamics/block.h"
#include "dynamics/device.h"

/* What a record says, in its order. */
enum { R, T, PMAX, PMIN, N_PARAMETERS };
static const DeviceParameter parameters[N_PARAMETERS] = {
    [R]    = {"R", "1", PARAMETER_POSITIVE},
    [T]    = {"T", "s", PARAMETER_NOT_NEGATIVE},
    [PMAX] = {"PMAX", "1", PARAMETER_ANY},
    [PMIN] = {"PMIN", "1", PARAMETER_ANY},
};

/* One unknown of its own, one input: u = [Pm, speed]. */
enum { PM, N_UNKNOWNS };
enum { SPEED = N_UNKNOWNS };
static const DeviceUnknown unknowns[] = {[PM] = {"Pm", "1", 0.1}};
static const DeviceSignal  inputs[]   = {SIGNAL_SPEED};
static const DeviceOutput  outputs[]  = {{SIGNAL_PM, PM}};

/* Numbers that initialisation leaves for the equations; events may change pref. */
enum { D_GAIN, D_T, D_MAX, D_MIN, D_PREF, N_DATA };
static const DeviceReference references[] = {{"pref", D_PREF}};

#define ENTRIES(E) E(PM, PM) E(PM, SPEED)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  return p[PMIN] < p[PMAX] ? NULL : "PMIN is not below PMAX";
}

/* The machine has said what power it needs: that is the equilibrium. */
static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, pm = start->signal[SIGNAL_PM];
  d[D_GAIN] = 1.0 / p[R], d[D_T] = p[T], d[D_PREF] = pm;
  d[D_MAX] = PetscMax(p[PMAX], pm), d[D_MIN] = PetscMin(p[PMIN], pm);
  if (pm > p[PMAX] || pm < p[PMIN])
    snprintf(start->warning, DEVICE_TEXT, "initial power %.4g is outside %g to %g", (double)pm, (double)p[PMIN],
             (double)p[PMAX]);
  start->unknown[PM]      = pm;
  start->differential[PM] = (PetscBool)(p[T] > 0.0);
}

static PetscReal Wanted(const PetscReal *d, const PetscReal *u)
{
  return d[D_PREF] - d[D_GAIN] * u[SPEED];
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  f[PM] = LimitedLag(mode[0], d[D_T], u[PM], up[PM], Wanted(d, u), d[D_MIN], d[D_MAX]);
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  (void)up;
  j[J_PM_PM]    = LimitedLagX(mode[0], d[D_T], cj);
  j[J_PM_SPEED] = -d[D_GAIN] * LimitedLagW(mode[0], d[D_T], Wanted(d, u), d[D_MIN], d[D_MAX]);
}

/* The one mode: free, or held at a limit. */
static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  margin[0] = LimitedLagMargin(mode[0], d[D_T], u[PM], Wanted(d, u), d[D_MIN], d[D_MAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[PM], d[D_MIN], d[D_MAX]);
}

extern const DeviceModel DeviceDroop; /* for a model of the house: the line M(DeviceDroop) in dynamics/models.h */
const DeviceModel        DeviceDroop = {
           .name         = "DROOP",
           .title        = "governor with droop and a lag",
           .source       = "Kundur 1994, section 11.1.2",
           .kind         = DEVICE_GOVERNOR,
           .n_parameters = N_PARAMETERS,
           .parameter    = parameters,
           .n_unknowns   = N_UNKNOWNS,
           .unknown      = unknowns,
           .n_inputs     = DEVICE_COUNT(inputs),
           .input        = inputs,
           .n_outputs    = DEVICE_COUNT(outputs),
           .output       = outputs,
           .n_references = DEVICE_COUNT(references),
           .reference    = references,
           .n_data       = N_DATA,
           .n_modes      = 1,
           .n_entries    = N_ENTRIES,
           .entry        = entries,
           .check        = Check,
           .initialise   = Initialise,
           .residual     = Residual,
           .jacobian     = Jacobian,
           .margin       = Margin,
           .change       = Change,
};
