/* What grid-forming inverters share: a voltage behind an impedance whose current is limited, and how a limit on power
   gives way as a battery runs empty or full. */
#ifndef ARCHIPELAGO_DYNAMICS_GRID_FORMING_H
#define ARCHIPELAGO_DYNAMICS_GRID_FORMING_H

#include "dynamics/block.h"
#include "dynamics/device.h"

/* A current and its derivatives by the internal voltage's magnitude and angle and by the terminal voltage's parts. */
enum { SOURCE_E, SOURCE_DELTA, SOURCE_V_RE, SOURCE_V_IM, SOURCE_BY };
typedef struct {
  PetscReal re, im, re_by[SOURCE_BY], im_by[SOURCE_BY];
} SourceCurrent;

/* The current (g + jb)(E exp(j delta) - V). Beyond i_max its magnitude stays there and its angle is kept, as if the
   internal voltage gave way: a kink, no jump, and a bolted fault at the terminal has a solution. */
static inline void SourceCurrentOf(PetscReal g, PetscReal b, PetscReal i_max, PetscReal e, PetscReal delta,
                                   PetscReal v_re, PetscReal v_im, SourceCurrent *i)
{
  const PetscReal c = PetscCosReal(delta), s = PetscSinReal(delta), re = e * c - v_re, im = e * s - v_im;
  *i                   = (SourceCurrent){g * re - b * im,
                                         g * im + b * re,
                                         {g * c - b * s, -e * (g * s + b * c), -g, b},
                                         {g * s + b * c, e * (g * c - b * s), -b, -g}};
  const PetscReal size = PetscSqrtReal(i->re * i->re + i->im * i->im);
  if (size <= i_max) return;
  const PetscReal share = i_max / size, u_re = i->re / size, u_im = i->im / size;
  for (int k = 0; k < SOURCE_BY; ++k) {
    const PetscReal along = u_re * i->re_by[k] + u_im * i->im_by[k];
    i->re_by[k]           = share * (i->re_by[k] - along * u_re);
    i->im_by[k]           = share * (i->im_by[k] - along * u_im);
  }
  i->re = i_max * u_re, i->im = i_max * u_im;
}

/* Within this share of its energy capacity from empty (full) a battery's discharge (charge) limit falls to zero. */
#define CHARGE_TAPER 0.02

/* What is left of a limit on the power fed in (upper limit) and its derivative by the state of charge... */
static inline PetscReal DischargeShare(PetscReal charge)
{
  return Clamp(charge / CHARGE_TAPER, 0.0, 1.0);
}
static inline PetscReal DischargeShareX(PetscReal charge)
{
  return ClampX(charge / CHARGE_TAPER, 0.0, 1.0) / CHARGE_TAPER;
}
/* ... and of one on the power taken up (lower limit). Only limits of the right sign give way. */
static inline PetscReal ChargeShare(PetscReal charge)
{
  return Clamp((1.0 - charge) / CHARGE_TAPER, 0.0, 1.0);
}
static inline PetscReal ChargeShareX(PetscReal charge)
{
  return -ClampX((1.0 - charge) / CHARGE_TAPER, 0.0, 1.0) / CHARGE_TAPER;
}
static inline PetscReal UpperPower(PetscReal p_max, PetscReal charge, PetscReal *by_charge)
{
  *by_charge = p_max > 0.0 ? p_max * DischargeShareX(charge) : 0.0;
  return p_max > 0.0 ? p_max * DischargeShare(charge) : p_max;
}
static inline PetscReal LowerPower(PetscReal p_min, PetscReal charge, PetscReal *by_charge)
{
  *by_charge = p_min < 0.0 ? p_min * ChargeShareX(charge) : 0.0;
  return p_min < 0.0 ? p_min * ChargeShare(charge) : p_min;
}

/* A proportional-integral limiter that draws back what passes a bound: its integrator x rests at zero (mode LIMIT_MAX for
   an upper bound, LIMIT_MIN for a lower one) while error = bound - value has the right sign, and is otherwise free, of
   the sign of the error. Output: the negative, or positive, part of kp error + x. */
static inline PetscReal LimiterDown(PetscReal sum)
{
  return PetscMin(sum, 0.0);
}
static inline PetscReal LimiterUp(PetscReal sum)
{
  return PetscMax(sum, 0.0);
}
/* Beyond its bound by less than this, per unit, the integrator still rests: what runs at its bound does not switch at
   each rounding. */
#define LIMITER_SLACK 1e-6
/* Margin of an upper (lower) limiter's mode. */
static inline PetscReal UpperLimiterMargin(PetscInt mode, PetscReal x, PetscReal ki, PetscReal error)
{
  return mode == LIMIT_FREE ? PetscMax(-x, -ki * error) : ki * (error + LIMITER_SLACK);
}
static inline PetscReal LowerLimiterMargin(PetscInt mode, PetscReal x, PetscReal ki, PetscReal error)
{
  return mode == LIMIT_FREE ? PetscMax(x, ki * error) : ki * (LIMITER_SLACK - error);
}

/* Widens limits to a value that they must let pass, with a warning when it is outside by more than rounding. */
static inline void WidenLimits(DeviceStart *start, const char *what, PetscReal value, PetscReal *min, PetscReal *max)
{
  const PetscReal slack = 1e-9 * PetscMax(1.0, PetscAbsReal(value));
  if (!start->warning[0] && (value < *min - LIMITER_SLACK || value > *max + LIMITER_SLACK))
    snprintf(start->warning, DEVICE_TEXT, "initial %s %.4g is outside %g to %g", what, (double)value, (double)*min,
             (double)*max);
  *min = PetscMin(*min, value - slack);
  *max = PetscMax(*max, value + slack);
}

/* Admittance g + jb of a record's impedance, or, where it has none (x zero or NAN), of the unit's source impedance. False
   when neither gives a reactance. */
static inline PetscBool SourceAdmittance(const DeviceStart *start, PetscReal r, PetscReal x, PetscReal *g, PetscReal *b)
{
  const PetscBool own   = (PetscBool)(x > 0.0);
  const PetscReal given = own ? r : start->r_source, real = given > 0.0 ? given : 0.0;
  const PetscReal imag = own ? x : start->x_source;
  if (!(imag > 0.0)) return PETSC_FALSE;
  *g = real / (real * real + imag * imag);
  *b = -imag / (real * real + imag * imag);
  return PETSC_TRUE;
}

#endif
