/* Alternator exciters with uncontrolled rectifier. Voltage transducer TR, lead-lag (1 + s TC)/(1 + s TB), regulator
   KA/(1 + s TA) with non-windup limits, exciter TE dVE/dt = VR - VFE with VE >= 0 and
     VFE = (KE + S(VE)) VE + KD IFD,
   rate feedback s KF/(1 + s TF) of VFE, and the rectifier Efd = VE FEX(KC IFD/VE).
     ESAC1A  VAMIN to VAMAX at the regulator, VRMIN to VRMAX (without memory) at the exciter's field
     EXAC1   VRMIN to VRMAX at the regulator
   Siemens PTI, PSS/E model library, ESAC1A and EXAC1; IEEE Std 421.5-2005, 6.1; OpenIPSL, whose models of these names were
   compared with PSS/E's trajectories. Under- and over-excitation limiters are not connected. */
#include "dynamics/device.h"
#include "dynamics/exciter.h"
#include "dynamics/saturation.h"

enum { TR, TB, TC, KA, TA, VAMAX, VAMIN, TE, KF, TF, KC, KD, KE, E1, SE1, E2, SE2, VRMAX, VRMIN, N_PARAMETERS };

#define P_COMMON(MAX, MIN)                                                                                            \
  [TR] = {"TR", "s", PARAMETER_NOT_NEGATIVE}, [TB] = {"TB", "s", PARAMETER_NOT_NEGATIVE},                             \
  [TC] = {"TC", "s", PARAMETER_NOT_NEGATIVE}, [KA] = {"KA", "1", PARAMETER_POSITIVE},                                 \
  [TA] = {"TA", "s", PARAMETER_NOT_NEGATIVE}, [VAMAX] = {MAX, "1", PARAMETER_ANY},                                    \
  [VAMIN] = {MIN, "1", PARAMETER_ANY}, [TE] = {"TE", "s", PARAMETER_NOT_NEGATIVE}, [KF] = {"KF", "s", PARAMETER_ANY}, \
  [TF] = {"TF", "s", PARAMETER_NOT_NEGATIVE}, [KC] = {"KC", "1", PARAMETER_NOT_NEGATIVE},                             \
  [KD] = {"KD", "1", PARAMETER_NOT_NEGATIVE}, [KE] = {"KE", "1", PARAMETER_ANY},                                      \
  [E1] = {"E1", "1", PARAMETER_NOT_NEGATIVE}, [SE1] = {"SE(E1)", "1", PARAMETER_NOT_NEGATIVE},                        \
  [E2] = {"E2", "1", PARAMETER_NOT_NEGATIVE}, [SE2] = {"SE(E2)", "1", PARAMETER_NOT_NEGATIVE}
static const DeviceParameter parameters[N_PARAMETERS] = {
    P_COMMON("VAMAX", "VAMIN"), [VRMAX] = {"VRMAX", "1", PARAMETER_ANY}, [VRMIN] = {"VRMIN", "1", PARAMETER_ANY}};
static const DeviceParameter parameters_exac1[VRMAX] = {P_COMMON("VRMAX", "VRMIN")};

/* Sensed voltage, lead-lag, regulator, exciter voltage, its field's demand, lag of the rate feedback, Efd. */
enum { VM, LEAD, VA, VE, VFE, RATE, EFD, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, VS, IFD };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [VM]   = {"sensed voltage", "1", 0.1},
    [LEAD] = {"lead-lag", "1", 0.1},
    [VA]   = {"VA", "1", 1.0},
    [VE]   = {"VE", "1", 1.0},
    [VFE]  = {"VFE", "1", 1.0},
    [RATE] = {"rate feedback", "1", 1.0},
    [EFD]  = {"Efd", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_VS, SIGNAL_IFD};
static const DeviceOutput outputs[] = {{SIGNAL_EFD, EFD}};
enum {
  D_TR,
  D_TB,
  D_TC,
  D_KA,
  D_TA,
  D_AMAX,
  D_AMIN,
  D_TE,
  D_RATE,
  D_TF,
  D_KC,
  D_KD,
  D_KE,
  D_A,
  D_B,
  D_MAX,
  D_MIN,
  D_FLOOR,
  D_VREF,
  N_DATA
};
static const DeviceReference references[] = {{"vref", D_VREF}};
enum { MODE_VA, MODE_VE, N_MODES };

/* clang-format off */
#define ENTRIES(E) \
  E(VM, VM) E(VM, V_RE) E(VM, V_IM) E(LEAD, LEAD) E(LEAD, VM) E(LEAD, VS) E(LEAD, VFE) E(LEAD, RATE) \
  E(VA, VA) E(VA, LEAD) E(VA, VM) E(VA, VS) E(VA, VFE) E(VA, RATE) E(VE, VE) E(VE, VA) E(VE, VFE) E(VE, IFD) \
  E(VFE, VFE) E(VFE, VE) E(VFE, IFD) E(RATE, RATE) E(RATE, VFE) E(EFD, EFD) E(EFD, VE) E(EFD, IFD)
/* clang-format on */
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  Saturation sat;
  *error = PETSC_TRUE;
  if (!(p[VAMIN] < p[VAMAX])) return "the regulator's lower limit is not below the upper one";
  if (!(p[VRMIN] < p[VRMAX])) return "VRMIN is not below VRMAX";
  if (!SaturationFit(p[E1], p[SE1], p[E2], p[SE2], &sat)) return "saturation does not rise from E1 to E2";
  if (p[TE] == 0.0 && !(p[KE] > 0.0)) return "TE is zero, which needs a positive KE";
  *error = PETSC_FALSE;
  if (p[TB] == 0.0 && p[TC] > 0.0) return "TB is zero: the voltage error passes without TC's lead";
  return p[TF] == 0.0 && p[KF] != 0.0 ? "TF is zero: the rate feedback is left out" : NULL;
}

static const PetscReal *FromExac1(const PetscReal *p, PetscReal *full)
{
  for (PetscInt k = 0; k < VRMAX; ++k) full[k] = p[k];
  full[VRMAX] = PETSC_INFINITY, full[VRMIN] = PETSC_NINFINITY;
  return full;
}

static const char *CheckExac1(const PetscReal *p, PetscBool *error)
{
  PetscReal full[N_PARAMETERS];
  return Check(FromExac1(p, full), error);
}

static void SetData(DeviceStart *start, const PetscReal *p)
{
  PetscReal *d   = start->data;
  Saturation sat = {0.0, 0.0};
  SaturationFit(p[E1], p[SE1], p[E2], p[SE2], &sat);
  d[D_TR] = p[TR], d[D_TB] = p[TB], d[D_TC] = p[TC], d[D_KA] = p[KA], d[D_TA] = p[TA];
  d[D_AMAX] = p[VAMAX], d[D_AMIN] = p[VAMIN], d[D_MAX] = p[VRMAX], d[D_MIN] = p[VRMIN];
  d[D_TE] = p[TE], d[D_RATE] = RateGain(p[KF], p[TF]), d[D_TF] = p[TF];
  d[D_KC] = p[KC], d[D_KD] = p[KD], d[D_KE] = p[KE], d[D_A] = sat.a, d[D_B] = sat.b, d[D_FLOOR] = 0.0;
  start->differential[VM]   = (PetscBool)(p[TR] > 0.0);
  start->differential[LEAD] = (PetscBool)(p[TB] > 0.0);
  start->differential[VA]   = (PetscBool)(p[TA] > 0.0);
  start->differential[VE]   = (PetscBool)(p[TE] > 0.0);
  start->differential[RATE] = (PetscBool)(p[TF] > 0.0);
  start->differential[VFE] = start->differential[EFD] = PETSC_FALSE;
}

/* What the exciter's field needs besides the armature reaction, and its derivative by VE. */
static PetscReal Demand(const PetscReal *d, PetscReal ve, PetscReal *by_ve)
{
  const Saturation sat = {d[D_A], d[D_B]};
  *by_ve               = d[D_KE] + SaturationFluxX(&sat, ve);
  return d[D_KE] * ve + SaturationFlux(&sat, ve);
}

static void Start(DeviceStart *start, const PetscReal *p)
{
  PetscReal *d = start->data, *u = start->unknown, efd, v, slope, none = PETSC_INFINITY;
  if (!ExciterStart(start, &efd, &v)) return;
  const PetscReal ifd = ExciterFieldCurrent(start, efd);
  SetData(start, p);
  if (efd <= 0.0 && p[KC] * ifd > 0.0) {
    snprintf(start->problem, DEVICE_TEXT, "initial Efd %.4g is not positive, which its rectifier cannot give",
             (double)efd);
    return;
  }
  u[VM]   = v;
  u[EFD]  = efd;
  u[VE]   = RectifierInverse(efd, p[KC] * ifd);
  u[VFE]  = Demand(d, u[VE], &slope) + p[KD] * ifd;
  u[RATE] = u[VFE];
  u[VA]   = u[VFE];
  u[LEAD] = u[VA] / p[KA];
  ExciterWiden(start, "VA", u[VA], &d[D_AMIN], &d[D_AMAX]);
  ExciterWiden(start, "VR", u[VA], &d[D_MIN], &d[D_MAX]);
  ExciterWiden(start, "VE", u[VE], &d[D_FLOOR], &none);
  d[D_VREF] = v + u[LEAD] - start->signal[SIGNAL_VS];
}

static void Initialise(DeviceStart *start)
{
  Start(start, start->parameter);
}
static void InitialiseExac1(DeviceStart *start)
{
  PetscReal full[N_PARAMETERS];
  Start(start, FromExac1(start->parameter, full));
}

typedef struct {
  PetscReal v, v_re, v_im, error, wanted;
} Path;

static Path PathOf(const PetscReal *d, const PetscReal *u)
{
  Path path;
  path.v      = Magnitude(u[V_RE], u[V_IM], &path.v_re, &path.v_im);
  path.error  = d[D_VREF] - u[VM] + u[VS] - d[D_RATE] * (u[VFE] - u[RATE]);
  path.wanted = d[D_KA] * LeadLag(d[D_TC], d[D_TB], u[LEAD], path.error);
  return path;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Path      path  = PathOf(d, u);
  const PetscReal field = Clamp(u[VA], d[D_MIN], d[D_MAX]);
  PetscReal       by_ve, by_drop;
  f[VM]   = Lag(d[D_TR], u[VM], up[VM], path.v);
  f[LEAD] = Lag(d[D_TB], u[LEAD], up[LEAD], path.error);
  f[VA]   = LimitedLag(mode[MODE_VA], d[D_TA], u[VA], up[VA], path.wanted, d[D_AMIN], d[D_AMAX]);
  /* Without TE the exciter's voltage is what the field suffices for, if anything. */
  if (d[D_TE] > 0.0)
    f[VE] = Limited(mode[MODE_VE], u[VE], up[VE], (field - u[VFE]) / d[D_TE], d[D_FLOOR], PETSC_INFINITY);
  else
    f[VE] = Demand(d, u[VE], &by_ve) - PetscMax(field - d[D_KD] * u[IFD], d[D_FLOOR]);
  f[VFE]  = u[VFE] - Demand(d, u[VE], &by_ve) - d[D_KD] * u[IFD];
  f[RATE] = Lag(d[D_TF], u[RATE], up[RATE], u[VFE]);
  f[EFD]  = u[EFD] - Rectifier(u[VE], d[D_KC] * u[IFD], &by_ve, &by_drop);
}

static void JacobianExciter(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const PetscReal passes = ClampX(u[VA], d[D_MIN], d[D_MAX]);
  PetscReal       slope, by_ve, by_drop;
  Demand(d, u[VE], &slope);
  Rectifier(u[VE], d[D_KC] * u[IFD], &by_ve, &by_drop);
  if (d[D_TE] > 0.0) {
    const PetscReal main = LimitedW(mode[MODE_VE]) / d[D_TE];
    j[J_VE_VE]           = LimitedX(mode[MODE_VE], cj, 0.0);
    j[J_VE_VA]           = main * passes;
    j[J_VE_VFE]          = -main;
    j[J_VE_IFD]          = 0.0;
  } else {
    const PetscBool on = (PetscBool)(Clamp(u[VA], d[D_MIN], d[D_MAX]) - d[D_KD] * u[IFD] > d[D_FLOOR]);
    j[J_VE_VE]         = slope;
    j[J_VE_VA]         = on ? -passes : 0.0;
    j[J_VE_VFE]        = 0.0;
    j[J_VE_IFD]        = on ? d[D_KD] : 0.0;
  }
  j[J_VFE_VFE] = 1.0;
  j[J_VFE_VE]  = -slope;
  j[J_VFE_IFD] = -d[D_KD];
  j[J_EFD_EFD] = 1.0;
  j[J_EFD_VE]  = -by_ve;
  j[J_EFD_IFD] = -by_drop * d[D_KC];
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const Path      path  = PathOf(d, u);
  const PetscReal lead  = LagW(d[D_TB]);
  const PetscReal main  = d[D_KA] * LimitedLagW(mode[MODE_VA], d[D_TA], path.wanted, d[D_AMIN], d[D_AMAX]);
  const PetscReal error = main * LeadLagW(d[D_TC], d[D_TB]);
  (void)up;
  j[J_VM_VM]     = LagX(d[D_TR], cj);
  j[J_VM_V_RE]   = LagW(d[D_TR]) * path.v_re;
  j[J_VM_V_IM]   = LagW(d[D_TR]) * path.v_im;
  j[J_LEAD_LEAD] = LagX(d[D_TB], cj);
  j[J_LEAD_VM]   = -lead;
  j[J_LEAD_VS]   = lead;
  j[J_LEAD_VFE]  = -lead * d[D_RATE];
  j[J_LEAD_RATE] = lead * d[D_RATE];
  j[J_VA_VA]     = LimitedLagX(mode[MODE_VA], d[D_TA], cj);
  j[J_VA_LEAD]   = main * LeadLagX(d[D_TC], d[D_TB]);
  j[J_VA_VM]     = -error;
  j[J_VA_VS]     = error;
  j[J_VA_VFE]    = -error * d[D_RATE];
  j[J_VA_RATE]   = error * d[D_RATE];
  j[J_RATE_RATE] = LagX(d[D_TF], cj);
  j[J_RATE_VFE]  = LagW(d[D_TF]);
  JacobianExciter(d, mode, u, cj, j);
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  const Path      path  = PathOf(d, u);
  const PetscReal field = Clamp(u[VA], d[D_MIN], d[D_MAX]);
  margin[MODE_VA]       = LimitedLagMargin(mode[MODE_VA], d[D_TA], u[VA], path.wanted, d[D_AMIN], d[D_AMAX]);
  margin[MODE_VE]       = 1.0;
  if (d[D_TE] > 0.0)
    margin[MODE_VE] = LimitedMargin(mode[MODE_VE], u[VE], (field - u[VFE]) / d[D_TE], d[D_FLOOR], PETSC_INFINITY);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  if (k == MODE_VA)
    mode[k] = LimitedChange(mode[k], u[VA], d[D_AMIN], d[D_AMAX]);
  else
    mode[k] = mode[k] == LIMIT_FREE ? LIMIT_MIN : LIMIT_FREE;
}

#define ALTERNATOR_EXCITER(NAME, TITLE, SOURCE, PARAMETERS, CHECK, INITIALISE)                                        \
  {                                                                                                                   \
    .name = NAME, .title = TITLE, .source = SOURCE, .kind = DEVICE_EXCITER, .n_parameters = DEVICE_COUNT(PARAMETERS), \
    .parameter = PARAMETERS, .n_unknowns = N_UNKNOWNS, .unknown = unknowns, .n_inputs = DEVICE_COUNT(inputs),         \
    .input = inputs, .n_outputs = DEVICE_COUNT(outputs), .output = outputs, .n_references = DEVICE_COUNT(references), \
    .reference = references, .n_data = N_DATA, .n_modes = N_MODES, .n_entries = N_ENTRIES, .entry = entries,          \
    .check = CHECK, .initialise = INITIALISE, .residual = Residual, .jacobian = Jacobian, .margin = Margin,           \
    .change = Change,                                                                                                 \
  }

const DeviceModel DeviceEsac1a =
    ALTERNATOR_EXCITER("ESAC1A", "alternator exciter with rectifier, type AC1A",
                       "PSS/E model library, ESAC1A; IEEE Std 421.5-2005, 6.1", parameters, Check, Initialise);
const DeviceModel DeviceExac1 =
    ALTERNATOR_EXCITER("EXAC1", "alternator exciter with rectifier, type AC1", "PSS/E model library, EXAC1",
                       parameters_exac1, CheckExac1, InitialiseExac1);
