/* BUSFREQ, frequency of a bus from the angle of its voltage: a filtered angle x follows the angle with 1/(1 + s Tf),
   and the frequency's deviation is the rate of that, x'/omega_0 = (angle - x)/(Tf omega_0). The difference of angles is
   taken from its sine and cosine, such that the angle may turn. Below FADE per unit of voltage, where an angle says
   little, the difference fades to zero: in a bolted fault x stands still. The washout of a bus angle as in A. Ortega
   and F. Milano, Comparison of bus frequency estimators for power system transient stability analysis (2016). Part of
   the equations where a frequency is wanted; no PSS/E record has this name. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { TF, N_PARAMETERS };
static const DeviceParameter parameters[N_PARAMETERS] = {[TF] = {"Tf", "s", PARAMETER_POSITIVE}};

enum { X, F, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM };
enum { D_TF, D_OMEGA0, N_DATA };

static const DeviceUnknown unknowns[] = {[X] = {"angle filtered", "rad", 1.0}, [F] = {"frequency", "1", 1e-2}};
static const DeviceSignal  inputs[]   = {SIGNAL_V_RE, SIGNAL_V_IM};
static const DeviceOutput  outputs[]  = {{SIGNAL_FREQUENCY, F}};

#define ENTRIES(E) E(X, X) E(X, V_RE) E(X, V_IM) E(F, F) E(F, X) E(F, V_RE) E(F, V_IM)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

#define TF_DEFAULT 0.02
#define FADE 0.01

static void Initialise(DeviceStart *start)
{
  start->data[D_TF]               = PetscIsNanReal(start->parameter[TF]) ? TF_DEFAULT : start->parameter[TF];
  start->data[D_OMEGA0]           = start->omega_nominal;
  start->unknown[X]               = PetscAtan2Real(start->v_im, start->v_re);
  start->unknown[F]               = 0.0;
  start->differential[F]          = PETSC_FALSE;
  start->signal[SIGNAL_FREQUENCY] = 0.0;
}

/* The voltage's angle ahead of x, within half a turn, with its derivatives. */
static PetscReal Ahead(const PetscReal *u, PetscReal *by_x, PetscReal *by_re, PetscReal *by_im)
{
  const PetscReal c = PetscCosReal(u[X]), s = PetscSinReal(u[X]);
  const PetscReal along = u[V_RE] * c + u[V_IM] * s, across = u[V_IM] * c - u[V_RE] * s;
  const PetscReal v = PetscSqrtReal(along * along + across * across), share = PetscMin(1.0, v / FADE);
  *by_x = *by_re = *by_im = 0.0;
  if (!(v > 1e-12)) return 0.0;
  const PetscReal angle = PetscAtan2Real(across, along), more = v < FADE ? angle / (v * FADE) : 0.0;
  *by_x  = -share;
  *by_re = -share * u[V_IM] / (v * v) + more * u[V_RE];
  *by_im = share * u[V_RE] / (v * v) + more * u[V_IM];
  return share * angle;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  PetscReal       by_x, by_re, by_im;
  const PetscReal rate = Ahead(u, &by_x, &by_re, &by_im) / d[D_TF];
  (void)mode;
  f[X] = up[X] - rate;
  f[F] = u[F] - rate / d[D_OMEGA0];
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  PetscReal       by_x, by_re, by_im;
  const PetscReal w = 1.0 / d[D_TF], wf = w / d[D_OMEGA0];
  (void)mode, (void)up;
  (void)Ahead(u, &by_x, &by_re, &by_im);
  j[J_X_X]    = cj - w * by_x;
  j[J_X_V_RE] = -w * by_re;
  j[J_X_V_IM] = -w * by_im;
  j[J_F_F]    = 1.0;
  j[J_F_X]    = -wf * by_x;
  j[J_F_V_RE] = -wf * by_re;
  j[J_F_V_IM] = -wf * by_im;
}

const DeviceModel DeviceBusFrequency = {
    .name         = "BUSFREQ",
    .title        = "frequency of a bus",
    .source       = "Ortega and Milano (2016)",
    .kind         = DEVICE_METER,
    .n_parameters = N_PARAMETERS,
    .parameter    = parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = DEVICE_COUNT(inputs),
    .input        = inputs,
    .n_outputs    = DEVICE_COUNT(outputs),
    .output       = outputs,
    .n_data       = N_DATA,
    .n_entries    = N_ENTRIES,
    .entry        = entries,
    .initialise   = Initialise,
    .residual     = Residual,
    .jacobian     = Jacobian,
};
