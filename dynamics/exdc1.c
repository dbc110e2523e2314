/* Exciters with a commutator machine, type DC1 and its kin. Voltage transducer TR, lead-lag (1 + s TC)/(1 + s TB),
   regulator KA/(1 + s TA) with non-windup limits, exciter TE dE/dt = VR - (KE + S(E)) E, rate feedback s KF/(1 + s TF)
   of E.
     IEEET1           without the lead-lag
     EXDC1, IEEEX1    as above
     ESDC1A           E does not fall below zero
     EXDC2            regulator limits in proportion to the terminal voltage
     ESDC2A           both
   Siemens PTI, PSS/E model library; IEEE Std 421.5-2005, types DC1A and DC2A; OpenIPSL, whose models of these names were
   compared with PSS/E's trajectories. VRMAX = 0 and KE = 0 stand for values that exciter.h computes. Under- and
   over-excitation limiters are not connected; the records' switch is not used. */
#include "dynamics/device.h"
#include "dynamics/exciter.h"

enum { TR, KA, TA, TB, TC, VRMAX, VRMIN, KE, TE, KF, TF, SWITCH, E1, SE1, E2, SE2, N_PARAMETERS };

#define P_REGULATOR                                                     \
  {"TR", "s", PARAMETER_NOT_NEGATIVE}, {"KA", "1", PARAMETER_POSITIVE}, \
  {                                                                     \
    "TA", "s", PARAMETER_NOT_NEGATIVE                                   \
  }
#define P_LEAD                         \
  {"TB", "s", PARAMETER_NOT_NEGATIVE}, \
  {                                    \
    "TC", "s", PARAMETER_NOT_NEGATIVE  \
  }
#define P_EXCITER                                                                                                   \
  {"VRMAX", "1", PARAMETER_ANY}, {"VRMIN", "1", PARAMETER_ANY}, {"KE", "1", PARAMETER_ANY},                         \
      {"TE", "s", PARAMETER_NOT_NEGATIVE}, {"KF", "s", PARAMETER_ANY}, {"TF", "s", PARAMETER_NOT_NEGATIVE},         \
      {"SWITCH", "1", PARAMETER_ANY}, {"E1", "1", PARAMETER_NOT_NEGATIVE}, {"SE(E1)", "1", PARAMETER_NOT_NEGATIVE}, \
      {"E2", "1", PARAMETER_NOT_NEGATIVE},                                                                          \
  {                                                                                                                 \
    "SE(E2)", "1", PARAMETER_NOT_NEGATIVE                                                                           \
  }
static const DeviceParameter parameters[N_PARAMETERS]            = {P_REGULATOR, P_LEAD, P_EXCITER};
static const DeviceParameter parameters_ieeet1[N_PARAMETERS - 2] = {P_REGULATOR, P_EXCITER};

/* Sensed voltage, lead-lag, regulator, field voltage, lag of the rate feedback. */
enum { VM, LEAD, VR, EFD, RATE, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, VS };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [VM] = {"sensed voltage", "1", 0.1}, [LEAD] = {"lead-lag", "1", 0.1},      [VR] = {"VR", "1", 1.0},
    [EFD] = {"Efd", "1", 1.0},           [RATE] = {"rate feedback", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_VS};
static const DeviceOutput outputs[] = {{SIGNAL_EFD, EFD}};
/* D_SCALED: 1 when the limits are times the terminal voltage, 0 otherwise. D_FLOOR: lower limit of E. */
enum {
  D_TR,
  D_KA,
  D_TA,
  D_TB,
  D_TC,
  D_MAX,
  D_MIN,
  D_KE,
  D_TE,
  D_RATE,
  D_TF,
  D_A,
  D_B,
  D_SCALED,
  D_FLOOR,
  D_VREF,
  N_DATA
};
static const DeviceReference references[] = {{"vref", D_VREF}};
enum { MODE_VR, MODE_EFD, N_MODES };

/* clang-format off */
#define ENTRIES(E) \
  E(VM, VM) E(VM, V_RE) E(VM, V_IM) E(LEAD, LEAD) E(LEAD, VM) E(LEAD, VS) E(LEAD, EFD) E(LEAD, RATE) \
  E(VR, VR) E(VR, LEAD) E(VR, VM) E(VR, VS) E(VR, EFD) E(VR, RATE) E(VR, V_RE) E(VR, V_IM) \
  E(EFD, EFD) E(EFD, VR) E(EFD, V_RE) E(EFD, V_IM) E(RATE, RATE) E(RATE, EFD)
/* clang-format on */
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  Saturation sat;
  PetscReal  min = p[VRMIN], max = p[VRMAX];
  CommutatorLimits(p[KE], p[E2], p[SE2], &min, &max);
  *error = PETSC_TRUE;
  if (p[VRMAX] == 0.0 && !(max > 0.0)) return "VRMAX is zero, and neither KE nor saturation give it a value";
  if (!(min < max)) return "VRMIN is not below VRMAX";
  if (!SaturationFit(p[E1], p[SE1], p[E2], p[SE2], &sat)) return "saturation does not rise from E1 to E2";
  if (p[TE] == 0.0 && !(p[KE] > 0.0)) return "TE is zero, which needs a positive KE";
  *error = PETSC_FALSE;
  if (p[TB] == 0.0 && p[TC] > 0.0) return "TB is zero: the voltage error passes without TC's lead";
  return p[TF] == 0.0 && p[KF] != 0.0 ? "TF is zero: the rate feedback is left out" : NULL;
}

/* IEEET1's record has no lead-lag. */
static const PetscReal *FromIeeet1(const PetscReal *p, PetscReal *full)
{
  full[TR] = p[0], full[KA] = p[1], full[TA] = p[2], full[TB] = full[TC] = 0.0;
  for (PetscInt k = VRMAX; k < N_PARAMETERS; ++k) full[k] = p[k - 2];
  return full;
}

static const char *CheckIeeet1(const PetscReal *p, PetscBool *error)
{
  PetscReal full[N_PARAMETERS];
  return Check(FromIeeet1(p, full), error);
}

static void Start(DeviceStart *start, const PetscReal *p, PetscBool scaled, PetscBool floored)
{
  PetscReal *d = start->data, *u = start->unknown, efd, v, none = PETSC_INFINITY;
  Saturation sat = {0.0, 0.0};
  if (!ExciterStart(start, &efd, &v)) return;
  SaturationFit(p[E1], p[SE1], p[E2], p[SE2], &sat);
  d[D_TR] = p[TR], d[D_KA] = p[KA], d[D_TA] = p[TA], d[D_TB] = p[TB], d[D_TC] = p[TC], d[D_TE] = p[TE];
  d[D_TF] = p[TF], d[D_RATE] = RateGain(p[KF], p[TF]), d[D_A] = sat.a, d[D_B] = sat.b;
  d[D_SCALED] = scaled ? 1.0 : 0.0, d[D_FLOOR] = floored ? 0.0 : PETSC_NINFINITY;
  d[D_MIN] = p[VRMIN], d[D_MAX] = p[VRMAX];
  CommutatorLimits(p[KE], p[E2], p[SE2], &d[D_MIN], &d[D_MAX]);
  d[D_KE]            = CommutatorKe(start, p[KE], d[D_MAX], &sat, efd);
  const PetscReal vr = d[D_KE] * efd + SaturationFlux(&sat, efd);
  ExciterWiden(start, scaled ? "VR/VT" : "VR", scaled ? vr / v : vr, &d[D_MIN], &d[D_MAX]);
  ExciterWiden(start, "Efd", efd, &d[D_FLOOR], &none);
  d[D_VREF]                 = v + vr / p[KA] - start->signal[SIGNAL_VS];
  u[VM]                     = v;
  u[LEAD]                   = vr / p[KA];
  u[VR]                     = vr;
  u[EFD]                    = efd;
  u[RATE]                   = efd;
  start->differential[VM]   = (PetscBool)(p[TR] > 0.0);
  start->differential[LEAD] = (PetscBool)(p[TB] > 0.0);
  start->differential[VR]   = (PetscBool)(p[TA] > 0.0);
  start->differential[EFD]  = (PetscBool)(p[TE] > 0.0);
  start->differential[RATE] = (PetscBool)(p[TF] > 0.0);
}

static void InitialiseIeeet1(DeviceStart *start)
{
  PetscReal full[N_PARAMETERS];
  Start(start, FromIeeet1(start->parameter, full), PETSC_FALSE, PETSC_FALSE);
}
static void InitialiseExdc1(DeviceStart *start)
{
  Start(start, start->parameter, PETSC_FALSE, PETSC_FALSE);
}
static void InitialiseEsdc1a(DeviceStart *start)
{
  Start(start, start->parameter, PETSC_FALSE, PETSC_TRUE);
}
static void InitialiseExdc2(DeviceStart *start)
{
  Start(start, start->parameter, PETSC_TRUE, PETSC_FALSE);
}
static void InitialiseEsdc2a(DeviceStart *start)
{
  Start(start, start->parameter, PETSC_TRUE, PETSC_TRUE);
}

/* The path from the voltage to the exciter: what the regulator is asked for within which limits, what reaches the
   exciter (cut at once where limits move), and the exciter's demand (KE + S(E)) E. */
typedef struct {
  PetscReal v, v_re, v_im, error, wanted, min, max, regulator, demand;
} Path;

static Path PathOf(const PetscReal *d, const PetscInt *mode, const PetscReal *u)
{
  Path             path;
  const Saturation sat  = {d[D_A], d[D_B]};
  path.v                = Magnitude(u[V_RE], u[V_IM], &path.v_re, &path.v_im);
  path.error            = d[D_VREF] - u[VM] + u[VS] - d[D_RATE] * (u[EFD] - u[RATE]);
  path.wanted           = d[D_KA] * LeadLag(d[D_TC], d[D_TB], u[LEAD], path.error);
  const PetscReal scale = d[D_SCALED] > 0.0 ? path.v : 1.0;
  path.min              = scale * d[D_MIN];
  path.max              = scale * d[D_MAX];
  path.regulator        = mode[MODE_VR] == LIMIT_MAX   ? path.max
                          : mode[MODE_VR] == LIMIT_MIN ? path.min
                          : d[D_SCALED] > 0.0          ? Clamp(u[VR], path.min, path.max)
                                                       : u[VR];
  path.demand           = d[D_KE] * u[EFD] + SaturationFlux(&sat, u[EFD]);
  return path;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Path path = PathOf(d, mode, u);
  f[VM]           = Lag(d[D_TR], u[VM], up[VM], path.v);
  f[LEAD]         = Lag(d[D_TB], u[LEAD], up[LEAD], path.error);
  f[VR]           = LimitedLag(mode[MODE_VR], d[D_TA], u[VR], up[VR], path.wanted, path.min, path.max);
  /* Without TE the field voltage's sign is that of what drives it. */
  if (d[D_TE] > 0.0)
    f[EFD] =
        Limited(mode[MODE_EFD], u[EFD], up[EFD], (path.regulator - path.demand) / d[D_TE], d[D_FLOOR], PETSC_INFINITY);
  else
    f[EFD] = path.demand - PetscMax(path.regulator, d[D_FLOOR]);
  f[RATE] = Lag(d[D_TF], u[RATE], up[RATE], u[EFD]);
}

static void JacobianExciter(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const Path *path,
                            PetscReal cj, PetscReal *j)
{
  const Saturation sat    = {d[D_A], d[D_B]};
  const PetscReal  demand = d[D_KE] + SaturationFluxX(&sat, u[EFD]), scaled = d[D_SCALED];
  PetscReal        main, by_vr = 1.0, by_v = 0.0;
  if (mode[MODE_VR] != LIMIT_FREE) {
    by_vr = 0.0;
    by_v  = scaled * (mode[MODE_VR] == LIMIT_MAX ? d[D_MAX] : d[D_MIN]);
  } else if (scaled > 0.0) {
    by_vr = ClampX(u[VR], path->min, path->max);
    by_v  = ClampLimits(u[VR], path->min, path->max, d[D_MIN], d[D_MAX]);
  }
  if (d[D_TE] > 0.0) {
    main         = LimitedW(mode[MODE_EFD]) / d[D_TE];
    j[J_EFD_EFD] = LimitedX(mode[MODE_EFD], cj, -demand / d[D_TE]);
  } else {
    main         = path->regulator > d[D_FLOOR] ? -1.0 : 0.0;
    j[J_EFD_EFD] = demand;
  }
  j[J_EFD_VR]   = main * by_vr;
  j[J_EFD_V_RE] = main * by_v * path->v_re;
  j[J_EFD_V_IM] = main * by_v * path->v_im;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const Path      path  = PathOf(d, mode, u);
  const PetscInt  at    = mode[MODE_VR];
  const PetscReal lead  = LagW(d[D_TB]);
  const PetscReal main  = d[D_KA] * LimitedLagW(at, d[D_TA], path.wanted, path.min, path.max);
  const PetscReal error = main * LeadLagW(d[D_TC], d[D_TB]);
  const PetscReal limits =
      d[D_SCALED] * LimitedLagLimits(at, d[D_TA], path.wanted, path.min, path.max, d[D_MIN], d[D_MAX]);
  (void)up;
  j[J_VM_VM]     = LagX(d[D_TR], cj);
  j[J_VM_V_RE]   = LagW(d[D_TR]) * path.v_re;
  j[J_VM_V_IM]   = LagW(d[D_TR]) * path.v_im;
  j[J_LEAD_LEAD] = LagX(d[D_TB], cj);
  j[J_LEAD_VM]   = -lead;
  j[J_LEAD_VS]   = lead;
  j[J_LEAD_EFD]  = -lead * d[D_RATE];
  j[J_LEAD_RATE] = lead * d[D_RATE];
  j[J_VR_VR]     = LimitedLagX(at, d[D_TA], cj);
  j[J_VR_LEAD]   = main * LeadLagX(d[D_TC], d[D_TB]);
  j[J_VR_VM]     = -error;
  j[J_VR_VS]     = error;
  j[J_VR_EFD]    = -error * d[D_RATE];
  j[J_VR_RATE]   = error * d[D_RATE];
  j[J_VR_V_RE]   = limits * path.v_re;
  j[J_VR_V_IM]   = limits * path.v_im;
  j[J_RATE_RATE] = LagX(d[D_TF], cj);
  j[J_RATE_EFD]  = LagW(d[D_TF]);
  JacobianExciter(d, mode, u, &path, cj, j);
}

/* Limits that move with the voltage can jump past the regulator's state, or away from it. As in a program with fixed steps
   the state is then cut to them, or set free to follow by itself, as soon as it is off by a hundredth of their range. */
static PetscReal RegulatorMargin(const PetscReal *d, PetscInt mode, PetscReal vr, const Path *path)
{
  const PetscReal margin = LimitedLagMargin(mode, d[D_TA], vr, path->wanted, path->min, path->max);
  const PetscReal slack  = 0.01 * (d[D_MAX] - d[D_MIN]);
  if (!(d[D_SCALED] > 0.0 && d[D_TA] > 0.0)) return margin;
  if (mode == LIMIT_MAX) return PetscMin(margin, vr - path->max + slack);
  if (mode == LIMIT_MIN) return PetscMin(margin, path->min - vr + slack);
  return PetscMin(margin, PetscMin(path->max - vr, vr - path->min) + slack);
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  const Path path  = PathOf(d, mode, u);
  margin[MODE_VR]  = RegulatorMargin(d, mode[MODE_VR], u[VR], &path);
  margin[MODE_EFD] = 1.0;
  if (d[D_TE] > 0.0 && d[D_FLOOR] > PETSC_NINFINITY)
    margin[MODE_EFD] =
        LimitedMargin(mode[MODE_EFD], u[EFD], (path.regulator - path.demand) / d[D_TE], d[D_FLOOR], PETSC_INFINITY);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  const Path path = PathOf(d, mode, u);
  if (k == MODE_EFD) {
    mode[k] = mode[k] == LIMIT_FREE ? LIMIT_MIN : LIMIT_FREE;
    return;
  }
  u[VR] = Clamp(u[VR], path.min, path.max);
  if (mode[k] != LIMIT_FREE)
    mode[k] = LIMIT_FREE;
  else if (u[VR] >= path.max && path.wanted > u[VR])
    mode[k] = LIMIT_MAX;
  else if (u[VR] <= path.min && path.wanted < u[VR])
    mode[k] = LIMIT_MIN;
}

#define DC_EXCITER(NAME, ALIAS, TITLE, SOURCE, PARAMETERS, CHECK, INITIALISE)                                         \
  {                                                                                                                   \
    .name = NAME, .alias = ALIAS, .title = TITLE, .source = SOURCE, .kind = DEVICE_EXCITER,                           \
    .n_parameters = DEVICE_COUNT(PARAMETERS), .parameter = PARAMETERS, .n_unknowns = N_UNKNOWNS, .unknown = unknowns, \
    .n_inputs = DEVICE_COUNT(inputs), .input = inputs, .n_outputs = DEVICE_COUNT(outputs), .output = outputs,         \
    .n_references = DEVICE_COUNT(references), .reference = references, .n_data = N_DATA, .n_modes = N_MODES,          \
    .n_entries = N_ENTRIES, .entry = entries, .check = CHECK, .initialise = INITIALISE, .residual = Residual,         \
    .jacobian = Jacobian, .margin = Margin, .change = Change,                                                         \
  }

const DeviceModel DeviceIeeet1 =
    DC_EXCITER("IEEET1", NULL, "commutator exciter, IEEE type 1 of 1968", "PSS/E model library, IEEET1",
               parameters_ieeet1, CheckIeeet1, InitialiseIeeet1);
const DeviceModel DeviceExdc1 = DC_EXCITER("EXDC1", "IEEEX1", "commutator exciter, type DC1",
                                           "PSS/E model library, IEEEX1", parameters, Check, InitialiseExdc1);
const DeviceModel DeviceEsdc1a =
    DC_EXCITER("ESDC1A", NULL, "commutator exciter, type DC1A", "PSS/E model library, ESDC1A; IEEE Std 421.5-2005, 5.1",
               parameters, Check, InitialiseEsdc1a);
const DeviceModel DeviceExdc2 = DC_EXCITER("EXDC2", NULL, "commutator exciter, type DC2", "PSS/E model library, EXDC2",
                                           parameters, Check, InitialiseExdc2);
const DeviceModel DeviceEsdc2a =
    DC_EXCITER("ESDC2A", NULL, "commutator exciter, type DC2A", "PSS/E model library, ESDC2A; IEEE Std 421.5-2005, 5.2",
               parameters, Check, InitialiseEsdc2a);
