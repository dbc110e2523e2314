/* What exciters have in common: their start, limits widened to the initial operating point, limits that move, and the
   voltage drop of a rectifier that commutates. */
#ifndef ARCHIPELAGO_DYNAMICS_EXCITER_H
#define ARCHIPELAGO_DYNAMICS_EXCITER_H

#include <stdio.h>
#include <string.h>

#include "dynamics/block.h"
#include "dynamics/device.h"
#include "dynamics/saturation.h"

/* Field voltage that the machine asks for and the voltage at its terminals. False with start->problem set when there is
   no machine to excite. */
static inline PetscBool ExciterStart(DeviceStart *start, PetscReal *efd, PetscReal *v)
{
  *efd = start->signal[SIGNAL_EFD];
  *v   = PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im);
  if (PetscIsNanReal(*efd))
    snprintf(start->problem, DEVICE_TEXT, "there is no machine with a field winding that it could excite");
  else if (!(*v > 0.0))
    snprintf(start->problem, DEVICE_TEXT, "the voltage at its bus is zero");
  return (PetscBool)(start->problem[0] == '\0');
}

/* Field current at the start. A machine that does not tell has as much as its field voltage drives in the steady state,
   which it keeps. */
static inline PetscReal ExciterFieldCurrent(DeviceStart *start, PetscReal efd)
{
  if (PetscIsNanReal(start->signal[SIGNAL_IFD])) start->signal[SIGNAL_IFD] = efd;
  return start->signal[SIGNAL_IFD];
}

/* Adds to start->warning. */
static inline void ExciterWarn(DeviceStart *start, const char *text)
{
  const size_t used = strlen(start->warning);
  snprintf(start->warning + used, DEVICE_TEXT - used, "%s%s", used ? "; " : "", text);
}

/* Widens the limits min and max to x where the initial x lies outside, with a warning. Rounding alone does not warn. */
static inline void ExciterWiden(DeviceStart *start, const char *what, PetscReal x, PetscReal *min, PetscReal *max)
{
  const PetscReal slack = 1e-9 * (1.0 + PetscAbsReal(x));
  if (x < *min - slack || x > *max + slack) {
    char text[DEVICE_TEXT];
    snprintf(text, sizeof text, "initial %s %.4g is outside %.4g to %.4g", what, (double)x, (double)*min, (double)*max);
    ExciterWarn(start, text);
  }
  *min = PetscMin(*min, x);
  *max = PetscMax(*max, x);
}

/* Gain of the rate feedback s KF/(1 + s TF), that is KF/TF (w - x) with x the lag of w. Without TF there is none: a pure
   derivative is not proper. */
static inline PetscReal RateGain(PetscReal KF, PetscReal TF)
{
  return TF > 0.0 ? KF / TF : 0.0;
}

/* PSS/E's automatic values of commutator exciters (program application guide): with VRMAX = 0 the regulator's limits are
   what holds E2, (KE + S(E2)) E2 up and down, where a negative KE counts as zero. */
static inline void CommutatorLimits(PetscReal KE, PetscReal E2, PetscReal SE2, PetscReal *VRMIN, PetscReal *VRMAX)
{
  if (*VRMAX != 0.0) return;
  *VRMAX = (PetscMax(KE, 0.0) + SE2) * E2;
  *VRMIN = -*VRMAX;
}

/* And with KE = 0 the exciter is self-excited, KE such that a tenth of VRMAX holds the initial field voltage. */
static inline PetscReal CommutatorKe(DeviceStart *start, PetscReal KE, PetscReal VRMAX, const Saturation *sat,
                                     PetscReal efd)
{
  if (KE != 0.0) return KE;
  if (efd > 0.0) return VRMAX / (10.0 * efd) - SaturationFactor(sat, efd);
  ExciterWarn(start, "KE is zero, which the initial Efd cannot tell: taken as 1");
  return 1.0;
}

/* What passes a clamp by its limits when these move: the derivative of Clamp(x, min, max) by something that moves them
   by `min_w` and `max_w`. */
static inline PetscReal ClampLimits(PetscReal x, PetscReal min, PetscReal max, PetscReal min_w, PetscReal max_w)
{
  if (x > min && x < max) return 0.0;
  return max <= min || x <= min ? min_w : max_w;
}

/* The same for the residual of LimitedLag(). */
static inline PetscReal LimitedLagLimits(PetscInt mode, PetscReal T, PetscReal w, PetscReal min, PetscReal max,
                                         PetscReal min_w, PetscReal max_w)
{
  if (!(T > 0.0)) return -ClampLimits(w, min, max, min_w, max_w);
  return mode == LIMIT_FREE ? 0.0 : -(mode == LIMIT_MAX ? max_w : min_w) / LIMIT_TIME;
}

/* Output of a rectifier bridge fed by the voltage ve behind its commutating reactance, F_EX(I_N) ve with I_N = drop/ve and
   drop = KC I_FD: IEEE Std 421.5-2005, annex D. The standard rounds 1/sqrt(3) to 0.577 and sqrt(3) to 1.732; unrounded its
   three pieces meet without a step, nor one in the slope. Written without the quotient, so that ve = 0 is no exception. */
static inline PetscReal Rectifier(PetscReal ve, PetscReal drop, PetscReal *by_ve, PetscReal *by_drop)
{
  const PetscReal root = PetscSqrtReal(3.0);
  *by_ve = 1.0, *by_drop = 0.0;
  if (drop <= 0.0) return ve;
  if (drop <= 0.25 * root * ve) {
    *by_drop = -1.0 / root;
    return ve - drop / root;
  }
  if (drop < 0.75 * ve) {
    const PetscReal out = PetscSqrtReal(0.75 * ve * ve - drop * drop);
    *by_ve = 0.75 * ve / out, *by_drop = -drop / out;
    return out;
  }
  *by_ve = drop < ve ? root : 0.0, *by_drop = -*by_ve;
  return drop < ve ? root * (ve - drop) : 0.0;
}

/* The voltage ve with which it gives `out` > 0. */
static inline PetscReal RectifierInverse(PetscReal out, PetscReal drop)
{
  const PetscReal root = PetscSqrtReal(3.0), low = out + drop / root;
  if (drop <= 0.0) return out;
  if (drop <= 0.25 * root * low) return low;
  const PetscReal middle = PetscSqrtReal((out * out + drop * drop) / 0.75);
  return drop < 0.75 * middle ? middle : out / root + drop;
}

#endif
