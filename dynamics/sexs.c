/* SEXS, simplified excitation system: lead-lag (1 + s TA)/(1 + s TB), then K/(1 + s TE) with non-windup limits.
   Siemens PTI, PSS/E model library, SEXS. The record gives TA/TB. */
#include "dynamics/device.h"
#include "dynamics/exciter.h"

enum { TATB, TB, K, TE, EMIN, EMAX, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [TATB] = {"TA/TB", "1", PARAMETER_NOT_NEGATIVE},
    [TB]   = {"TB", "s", PARAMETER_NOT_NEGATIVE},
    [K]    = {"K", "1", PARAMETER_POSITIVE},
    [TE]   = {"TE", "s", PARAMETER_NOT_NEGATIVE},
    [EMIN] = {"EMIN", "1", PARAMETER_ANY},
    [EMAX] = {"EMAX", "1", PARAMETER_ANY},
};

enum { LEAD, EFD, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, VS };

static const DeviceUnknown unknowns[] = {[LEAD] = {"lead-lag", "1", 0.1}, [EFD] = {"Efd", "1", 1.0}};
static const DeviceSignal  inputs[]   = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_VS};
static const DeviceOutput  outputs[]  = {{SIGNAL_EFD, EFD}};
enum { D_TA, D_TB, D_K, D_TE, D_MIN, D_MAX, D_VREF, N_DATA };
static const DeviceReference references[] = {{"vref", D_VREF}};

#define ENTRIES(E) \
  E(LEAD, LEAD) E(LEAD, V_RE) E(LEAD, V_IM) E(LEAD, VS) E(EFD, EFD) E(EFD, LEAD) E(EFD, V_RE) E(EFD, V_IM) E(EFD, VS)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  return p[EMIN] < p[EMAX] ? NULL : "EMIN is not below EMAX";
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, efd, v;
  if (!ExciterStart(start, &efd, &v)) return;
  d[D_TA] = p[TATB] * p[TB], d[D_TB] = p[TB], d[D_K] = p[K], d[D_TE] = p[TE];
  d[D_MIN] = p[EMIN], d[D_MAX] = p[EMAX];
  ExciterWiden(start, "Efd", efd, &d[D_MIN], &d[D_MAX]);
  start->unknown[LEAD]      = efd / p[K];
  start->unknown[EFD]       = efd;
  d[D_VREF]                 = efd / p[K] + v - start->signal[SIGNAL_VS];
  start->differential[LEAD] = (PetscBool)(p[TB] > 0.0);
  start->differential[EFD]  = (PetscBool)(p[TE] > 0.0);
}

/* The voltage error, and what the lead-lag makes of it. */
static PetscReal Wanted(const PetscReal *d, const PetscReal *u, PetscReal *error, PetscReal *by_re, PetscReal *by_im)
{
  *error = d[D_VREF] - Magnitude(u[V_RE], u[V_IM], by_re, by_im) + u[VS];
  return d[D_K] * LeadLag(d[D_TA], d[D_TB], u[LEAD], *error);
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  PetscReal       error, by_re, by_im;
  const PetscReal wanted = Wanted(d, u, &error, &by_re, &by_im);
  f[LEAD]                = Lag(d[D_TB], u[LEAD], up[LEAD], error);
  f[EFD]                 = LimitedLag(mode[0], d[D_TE], u[EFD], up[EFD], wanted, d[D_MIN], d[D_MAX]);
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  PetscReal       error, by_re, by_im;
  const PetscReal wanted     = Wanted(d, u, &error, &by_re, &by_im);
  const PetscReal lead       = LagW(d[D_TB]);
  const PetscReal main       = d[D_K] * LimitedLagW(mode[0], d[D_TE], wanted, d[D_MIN], d[D_MAX]);
  const PetscReal main_error = main * LeadLagW(d[D_TA], d[D_TB]);
  (void)up;
  j[J_LEAD_LEAD] = LagX(d[D_TB], cj);
  j[J_LEAD_V_RE] = -lead * by_re;
  j[J_LEAD_V_IM] = -lead * by_im;
  j[J_LEAD_VS]   = lead;
  j[J_EFD_EFD]   = LimitedLagX(mode[0], d[D_TE], cj);
  j[J_EFD_LEAD]  = main * LeadLagX(d[D_TA], d[D_TB]);
  j[J_EFD_V_RE]  = -main_error * by_re;
  j[J_EFD_V_IM]  = -main_error * by_im;
  j[J_EFD_VS]    = main_error;
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  PetscReal       error, by_re, by_im;
  const PetscReal wanted = Wanted(d, u, &error, &by_re, &by_im);
  margin[0]              = LimitedLagMargin(mode[0], d[D_TE], u[EFD], wanted, d[D_MIN], d[D_MAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[EFD], d[D_MIN], d[D_MAX]);
}

const DeviceModel DeviceSexs = {
    .name         = "SEXS",
    .title        = "simplified exciter",
    .source       = "PSS/E model library, SEXS",
    .kind         = DEVICE_EXCITER,
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
