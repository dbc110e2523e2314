/* Static exciters fed from the terminals. Voltage transducer TR, limited voltage error, two lead-lags, regulator
   KA/(1 + s TA), current limiter, rate feedback s KF/(1 + s TF) of what the regulator asks for, and the ceiling and floor
   that the supply allows at this terminal voltage and field current.
     ESST1A  VAMIN to VAMAX non-windup at the regulator; the stabiliser adds to the voltage error (VOS = 1) or behind the
             regulator (VOS = 2); KLR (IFD - ILR), when positive, is taken off there; VT VRMIN <= Efd <= VT VRMAX - KC IFD
     EXST1   one lead-lag, regulator without limits, VT VRMIN - KC IFD <= Efd <= VT VRMAX - KC IFD
   Siemens PTI, PSS/E model library, ESST1A and EXST1; IEEE Std 421.5-2005, 7.1; OpenIPSL, whose ESST1A was compared with
   PSS/E's trajectories. Under- and over-excitation limiters are not connected: UEL, which says where one would act, has no
   effect. */
#include "dynamics/device.h"
#include "dynamics/exciter.h"

enum {
  UEL,
  VOS,
  TR,
  VIMAX,
  VIMIN,
  TC,
  TB,
  TC1,
  TB1,
  KA,
  TA,
  VAMAX,
  VAMIN,
  VRMAX,
  VRMIN,
  KC,
  KF,
  TF,
  KLR,
  ILR,
  N_PARAMETERS
};

static const DeviceParameter parameters[N_PARAMETERS] = {
    [UEL]   = {"UEL", "1", PARAMETER_FLAG},
    [VOS]   = {"VOS", "1", PARAMETER_FLAG},
    [TR]    = {"TR", "s", PARAMETER_NOT_NEGATIVE},
    [VIMAX] = {"VIMAX", "1", PARAMETER_ANY},
    [VIMIN] = {"VIMIN", "1", PARAMETER_ANY},
    [TC]    = {"TC", "s", PARAMETER_NOT_NEGATIVE},
    [TB]    = {"TB", "s", PARAMETER_NOT_NEGATIVE},
    [TC1]   = {"TC1", "s", PARAMETER_NOT_NEGATIVE},
    [TB1]   = {"TB1", "s", PARAMETER_NOT_NEGATIVE},
    [KA]    = {"KA", "1", PARAMETER_POSITIVE},
    [TA]    = {"TA", "s", PARAMETER_NOT_NEGATIVE},
    [VAMAX] = {"VAMAX", "1", PARAMETER_ANY},
    [VAMIN] = {"VAMIN", "1", PARAMETER_ANY},
    [VRMAX] = {"VRMAX", "1", PARAMETER_ANY},
    [VRMIN] = {"VRMIN", "1", PARAMETER_ANY},
    [KC]    = {"KC", "1", PARAMETER_NOT_NEGATIVE},
    [KF]    = {"KF", "s", PARAMETER_ANY},
    [TF]    = {"TF", "s", PARAMETER_NOT_NEGATIVE},
    [KLR]   = {"KLR", "1", PARAMETER_NOT_NEGATIVE},
    [ILR]   = {"ILR", "1", PARAMETER_ANY},
};

/* EXST1's record, and where each of its parameters stands in ESST1A's. */
static const PetscInt        exst1_place[]      = {TR, VIMAX, VIMIN, TC, TB, KA, TA, VRMAX, VRMIN, KC, KF, TF};
static const DeviceParameter parameters_exst1[] = {
    {"TR", "s", PARAMETER_NOT_NEGATIVE}, {"VIMAX", "1", PARAMETER_ANY},       {"VIMIN", "1", PARAMETER_ANY},
    {"TC", "s", PARAMETER_NOT_NEGATIVE}, {"TB", "s", PARAMETER_NOT_NEGATIVE}, {"KA", "1", PARAMETER_POSITIVE},
    {"TA", "s", PARAMETER_NOT_NEGATIVE}, {"VRMAX", "1", PARAMETER_ANY},       {"VRMIN", "1", PARAMETER_ANY},
    {"KC", "1", PARAMETER_NOT_NEGATIVE}, {"KF", "s", PARAMETER_ANY},          {"TF", "s", PARAMETER_NOT_NEGATIVE},
};

/* Sensed voltage, limited error, lead-lags, regulator, what is asked of the bridge, lag of the rate feedback, Efd. */
enum { VM, VI, LEAD, LEAD1, VA, ASKED, RATE, EFD, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, VS, IFD };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [VM]    = {"sensed voltage", "1", 0.1},
    [VI]    = {"voltage error", "1", 0.1},
    [LEAD]  = {"lead-lag", "1", 0.1},
    [LEAD1] = {"second lead-lag", "1", 0.1},
    [VA]    = {"VA", "1", 1.0},
    [ASKED] = {"asked Efd", "1", 1.0},
    [RATE]  = {"rate feedback", "1", 1.0},
    [EFD]   = {"Efd", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_VS, SIGNAL_IFD};
static const DeviceOutput outputs[] = {{SIGNAL_EFD, EFD}};
/* D_VS_FIRST, D_VS_LAST: 1 where the stabiliser acts. D_KC_MIN: KC of the lower limit. */
enum {
  D_TR,
  D_IMAX,
  D_IMIN,
  D_TC,
  D_TB,
  D_TC1,
  D_TB1,
  D_KA,
  D_TA,
  D_AMAX,
  D_AMIN,
  D_MAX,
  D_MIN,
  D_KC,
  D_KC_MIN,
  D_RATE,
  D_TF,
  D_KLR,
  D_ILR,
  D_VS_FIRST,
  D_VS_LAST,
  D_VREF,
  N_DATA
};
static const DeviceReference references[] = {{"vref", D_VREF}};

/* clang-format off */
#define ENTRIES(E) \
  E(VM, VM) E(VM, V_RE) E(VM, V_IM) E(VI, VI) E(VI, VM) E(VI, VS) E(VI, ASKED) E(VI, RATE) \
  E(LEAD, LEAD) E(LEAD, VI) E(LEAD1, LEAD1) E(LEAD1, LEAD) E(LEAD1, VI) \
  E(VA, VA) E(VA, LEAD1) E(VA, LEAD) E(VA, VI) E(ASKED, ASKED) E(ASKED, VA) E(ASKED, VS) E(ASKED, IFD) \
  E(RATE, RATE) E(RATE, ASKED) E(EFD, EFD) E(EFD, ASKED) E(EFD, IFD) E(EFD, V_RE) E(EFD, V_IM)
/* clang-format on */
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (!(p[VIMIN] < p[VIMAX])) return "VIMIN is not below VIMAX";
  if (!(p[VAMIN] < p[VAMAX])) return "VAMIN is not below VAMAX";
  if (!(p[VRMIN] < p[VRMAX])) return "VRMIN is not below VRMAX";
  *error = PETSC_FALSE;
  if (p[VOS] != 1.0 && p[VOS] != 2.0) return "VOS is neither 1 nor 2: the stabiliser adds to the voltage error";
  if (p[TB] == 0.0 && p[TC] > 0.0) return "TB is zero: the voltage error passes without TC's lead";
  if (p[TB1] == 0.0 && p[TC1] > 0.0) return "TB1 is zero: the voltage error passes without TC1's lead";
  return p[TF] == 0.0 && p[KF] != 0.0 ? "TF is zero: the rate feedback is left out" : NULL;
}

static const PetscReal *FromExst1(const PetscReal *p, PetscReal *full)
{
  for (PetscInt k = 0; k < N_PARAMETERS; ++k) full[k] = 0.0;
  for (PetscInt k = 0; k < DEVICE_COUNT(exst1_place); ++k) full[exst1_place[k]] = p[k];
  full[UEL] = full[VOS] = 1.0;
  full[VAMAX] = PETSC_INFINITY, full[VAMIN] = PETSC_NINFINITY;
  return full;
}

static const char *CheckExst1(const PetscReal *p, PetscBool *error)
{
  PetscReal full[N_PARAMETERS];
  return Check(FromExst1(p, full), error);
}

static void SetData(DeviceStart *start, const PetscReal *p, PetscReal kc_min)
{
  PetscReal *d = start->data;
  d[D_TR] = p[TR], d[D_IMAX] = p[VIMAX], d[D_IMIN] = p[VIMIN];
  d[D_TC] = p[TC], d[D_TB] = p[TB], d[D_TC1] = p[TC1], d[D_TB1] = p[TB1], d[D_KA] = p[KA], d[D_TA] = p[TA];
  d[D_AMAX] = p[VAMAX], d[D_AMIN] = p[VAMIN], d[D_MAX] = p[VRMAX], d[D_MIN] = p[VRMIN];
  d[D_KC] = p[KC], d[D_KC_MIN] = kc_min, d[D_RATE] = RateGain(p[KF], p[TF]), d[D_TF] = p[TF];
  d[D_KLR] = p[KLR], d[D_ILR] = p[ILR];
  d[D_VS_LAST]               = p[VOS] == 2.0 ? 1.0 : 0.0;
  d[D_VS_FIRST]              = 1.0 - d[D_VS_LAST];
  start->differential[VM]    = (PetscBool)(p[TR] > 0.0);
  start->differential[LEAD]  = (PetscBool)(p[TB] > 0.0);
  start->differential[LEAD1] = (PetscBool)(p[TB1] > 0.0);
  start->differential[VA]    = (PetscBool)(p[TA] > 0.0);
  start->differential[RATE]  = (PetscBool)(p[TF] > 0.0);
  start->differential[VI] = start->differential[ASKED] = start->differential[EFD] = PETSC_FALSE;
}

static void Start(DeviceStart *start, const PetscReal *p, PetscReal kc_min)
{
  PetscReal *d = start->data, *u = start->unknown, efd, v;
  if (!ExciterStart(start, &efd, &v)) return;
  const PetscReal ifd = ExciterFieldCurrent(start, efd), vs = start->signal[SIGNAL_VS];
  SetData(start, p, kc_min);
  PetscReal low = v * d[D_MIN] - kc_min * ifd, high = v * d[D_MAX] - d[D_KC] * ifd;
  ExciterWiden(start, "Efd", efd, &low, &high);
  d[D_MIN]  = PetscMin(d[D_MIN], (low + kc_min * ifd) / v);
  d[D_MAX]  = PetscMax(d[D_MAX], (high + d[D_KC] * ifd) / v);
  u[EFD]    = efd;
  u[ASKED]  = efd;
  u[RATE]   = efd;
  u[VA]     = efd - d[D_VS_LAST] * vs + d[D_KLR] * PetscMax(ifd - d[D_ILR], 0.0);
  u[VI]     = u[VA] / p[KA];
  u[LEAD]   = u[VI];
  u[LEAD1]  = u[VI];
  u[VM]     = v;
  d[D_VREF] = v + u[VI] - d[D_VS_FIRST] * vs;
  ExciterWiden(start, "VA", u[VA], &d[D_AMIN], &d[D_AMAX]);
  ExciterWiden(start, "voltage error", u[VI], &d[D_IMIN], &d[D_IMAX]);
}

static void Initialise(DeviceStart *start)
{
  Start(start, start->parameter, 0.0);
}
static void InitialiseExst1(DeviceStart *start)
{
  PetscReal full[N_PARAMETERS];
  FromExst1(start->parameter, full);
  Start(start, full, full[KC]);
}

/* The voltage error before its limits, what the regulator is asked for, and the supply's limits. */
typedef struct {
  PetscReal v, v_re, v_im, error, first, wanted, min, max;
} Path;

static Path PathOf(const PetscReal *d, const PetscReal *u)
{
  Path path;
  path.v      = Magnitude(u[V_RE], u[V_IM], &path.v_re, &path.v_im);
  path.error  = d[D_VREF] - u[VM] + d[D_VS_FIRST] * u[VS] - d[D_RATE] * (u[ASKED] - u[RATE]);
  path.first  = LeadLag(d[D_TC], d[D_TB], u[LEAD], u[VI]);
  path.wanted = d[D_KA] * LeadLag(d[D_TC1], d[D_TB1], u[LEAD1], path.first);
  path.min    = path.v * d[D_MIN] - d[D_KC_MIN] * u[IFD];
  path.max    = path.v * d[D_MAX] - d[D_KC] * u[IFD];
  return path;
}

/* Near a short circuit a high field current can push ESST1A's ceiling below its floor: the ceiling holds. */
static PetscReal Bridge(const Path *path, PetscReal asked)
{
  return PetscMin(path->max, PetscMax(path->min, asked));
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Path path = PathOf(d, u);
  f[VM]           = Lag(d[D_TR], u[VM], up[VM], path.v);
  f[VI]           = u[VI] - Clamp(path.error, d[D_IMIN], d[D_IMAX]);
  f[LEAD]         = Lag(d[D_TB], u[LEAD], up[LEAD], u[VI]);
  f[LEAD1]        = Lag(d[D_TB1], u[LEAD1], up[LEAD1], path.first);
  f[VA]           = LimitedLag(mode[0], d[D_TA], u[VA], up[VA], path.wanted, d[D_AMIN], d[D_AMAX]);
  f[ASKED]        = u[ASKED] - u[VA] - d[D_VS_LAST] * u[VS] + d[D_KLR] * PetscMax(u[IFD] - d[D_ILR], 0.0);
  f[RATE]         = Lag(d[D_TF], u[RATE], up[RATE], u[ASKED]);
  f[EFD]          = u[EFD] - Bridge(&path, u[ASKED]);
}

static void JacobianBridge(const PetscReal *d, const PetscReal *u, const Path *path, PetscReal *j)
{
  const PetscBool at_max = (PetscBool)(path->max <= path->min || u[ASKED] >= path->max);
  const PetscBool at_min = (PetscBool)(!at_max && u[ASKED] <= path->min);
  const PetscReal by_v   = at_max ? d[D_MAX] : at_min ? d[D_MIN] : 0.0;
  j[J_EFD_EFD]           = 1.0;
  j[J_EFD_ASKED]         = at_max || at_min ? 0.0 : -1.0;
  j[J_EFD_IFD]           = at_max ? d[D_KC] : at_min ? d[D_KC_MIN] : 0.0;
  j[J_EFD_V_RE]          = -by_v * path->v_re;
  j[J_EFD_V_IM]          = -by_v * path->v_im;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const Path      path   = PathOf(d, u);
  const PetscReal error  = ClampX(path.error, d[D_IMIN], d[D_IMAX]);
  const PetscReal second = LagW(d[D_TB1]);
  const PetscReal main   = d[D_KA] * LimitedLagW(mode[0], d[D_TA], path.wanted, d[D_AMIN], d[D_AMAX]);
  const PetscReal from   = main * LeadLagW(d[D_TC1], d[D_TB1]);
  const PetscReal by_x = LeadLagX(d[D_TC], d[D_TB]), by_w = LeadLagW(d[D_TC], d[D_TB]);
  (void)up;
  j[J_VM_VM]       = LagX(d[D_TR], cj);
  j[J_VM_V_RE]     = LagW(d[D_TR]) * path.v_re;
  j[J_VM_V_IM]     = LagW(d[D_TR]) * path.v_im;
  j[J_VI_VI]       = 1.0;
  j[J_VI_VM]       = error;
  j[J_VI_VS]       = -error * d[D_VS_FIRST];
  j[J_VI_ASKED]    = error * d[D_RATE];
  j[J_VI_RATE]     = -error * d[D_RATE];
  j[J_LEAD_LEAD]   = LagX(d[D_TB], cj);
  j[J_LEAD_VI]     = LagW(d[D_TB]);
  j[J_LEAD1_LEAD1] = LagX(d[D_TB1], cj);
  j[J_LEAD1_LEAD]  = second * by_x;
  j[J_LEAD1_VI]    = second * by_w;
  j[J_VA_VA]       = LimitedLagX(mode[0], d[D_TA], cj);
  j[J_VA_LEAD1]    = main * LeadLagX(d[D_TC1], d[D_TB1]);
  j[J_VA_LEAD]     = from * by_x;
  j[J_VA_VI]       = from * by_w;
  j[J_ASKED_ASKED] = 1.0;
  j[J_ASKED_VA]    = -1.0;
  j[J_ASKED_VS]    = -d[D_VS_LAST];
  j[J_ASKED_IFD]   = u[IFD] > d[D_ILR] ? d[D_KLR] : 0.0;
  j[J_RATE_RATE]   = LagX(d[D_TF], cj);
  j[J_RATE_ASKED]  = LagW(d[D_TF]);
  JacobianBridge(d, u, &path, j);
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  const Path path = PathOf(d, u);
  margin[0]       = LimitedLagMargin(mode[0], d[D_TA], u[VA], path.wanted, d[D_AMIN], d[D_AMAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[VA], d[D_AMIN], d[D_AMAX]);
}

#define STATIC_EXCITER(NAME, TITLE, SOURCE, PARAMETERS, CHECK, INITIALISE)                                             \
  {                                                                                                                    \
    .name = NAME, .title = TITLE, .source = SOURCE, .kind = DEVICE_EXCITER, .n_parameters = DEVICE_COUNT(PARAMETERS),  \
    .parameter = PARAMETERS, .n_unknowns = N_UNKNOWNS, .unknown = unknowns, .n_inputs = DEVICE_COUNT(inputs),          \
    .input = inputs, .n_outputs = DEVICE_COUNT(outputs), .output = outputs, .n_references = DEVICE_COUNT(references),  \
    .reference = references, .n_data = N_DATA, .n_modes = 1, .n_entries = N_ENTRIES, .entry = entries, .check = CHECK, \
    .initialise = INITIALISE, .residual = Residual, .jacobian = Jacobian, .margin = Margin, .change = Change,          \
  }

const DeviceModel DeviceEsst1a =
    STATIC_EXCITER("ESST1A", "static exciter, type ST1A", "PSS/E model library, ESST1A; IEEE Std 421.5-2005, 7.1",
                   parameters, Check, Initialise);
const DeviceModel DeviceExst1 = STATIC_EXCITER("EXST1", "static exciter, type ST1", "PSS/E model library, EXST1",
                                               parameters_exst1, CheckExst1, InitialiseExst1);
