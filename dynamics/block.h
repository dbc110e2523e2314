/* Transfer-function blocks that device models are built of: residuals of one unknown and their derivatives.

   A lag 1/(1 + sT) with output x and input w: T > 0 gives 0 = x' - (w - x)/T, T = 0 the algebraic 0 = x - w. A model
   marks x as algebraic then: start->differential[k] = T > 0. */
#ifndef ARCHIPELAGO_DYNAMICS_BLOCK_H
#define ARCHIPELAGO_DYNAMICS_BLOCK_H

#include <petscsys.h>

static inline PetscReal Lag(PetscReal T, PetscReal x, PetscReal xp, PetscReal w)
{
  return T > 0.0 ? xp - (w - x) / T : x - w;
}
/* Derivative by x, with the rate's part. */
static inline PetscReal LagX(PetscReal T, PetscReal cj)
{
  return T > 0.0 ? cj + 1.0 / T : 1.0;
}
/* Derivative by w: multiply by dw/d(anything). */
static inline PetscReal LagW(PetscReal T)
{
  return T > 0.0 ? -1.0 / T : -1.0;
}

/* A lead-lag (1 + s T1)/(1 + s T2) with state x of the lag part, output y = x + (w - x) T1/T2: with T2 = 0 it passes
   w on (a pure lead is not proper). Write Lag(T2, x, xp, w) as x's equation and use these for y. */
static inline PetscReal LeadLag(PetscReal T1, PetscReal T2, PetscReal x, PetscReal w)
{
  return T2 > 0.0 ? x + (w - x) * T1 / T2 : w;
}
static inline PetscReal LeadLagX(PetscReal T1, PetscReal T2)
{
  return T2 > 0.0 ? 1.0 - T1 / T2 : 0.0;
}
static inline PetscReal LeadLagW(PetscReal T1, PetscReal T2)
{
  return T2 > 0.0 ? T1 / T2 : 1.0;
}

/* Modes of a limit. */
enum { LIMIT_MIN = -1, LIMIT_FREE = 0, LIMIT_MAX = 1 };

/* At its limit a differential unknown is drawn to it within this time, s: where the limit was passed by less than the
   tolerance it is reached without a restart. */
#define LIMIT_TIME 1e-2

/* A non-windup limit on an unknown x whose free equation is 0 = x' - rate: the residual in each mode. `rate` is what the
   rate would be without the limit. */
static inline PetscReal Limited(PetscInt mode, PetscReal x, PetscReal xp, PetscReal rate, PetscReal min, PetscReal max)
{
  if (mode == LIMIT_FREE) return xp - rate;
  return xp - ((mode == LIMIT_MAX ? max : min) - x) / LIMIT_TIME;
}
/* Its derivative by x, given d rate/dx; by anything else the rate depends on it is LimitedW() d rate/dw. */
static inline PetscReal LimitedX(PetscInt mode, PetscReal cj, PetscReal rate_x)
{
  return mode == LIMIT_FREE ? cj - rate_x : cj + 1.0 / LIMIT_TIME;
}
static inline PetscReal LimitedW(PetscInt mode)
{
  return mode == LIMIT_FREE ? -1.0 : 0.0;
}
/* Its margin: a free x leaves when it is past a limit and still moves outward, a limited one when it would move back. */
static inline PetscReal LimitedMargin(PetscInt mode, PetscReal x, PetscReal rate, PetscReal min, PetscReal max)
{
  if (mode == LIMIT_MAX) return rate;
  if (mode == LIMIT_MIN) return -rate;
  return PetscMin(PetscMax(max - x, -rate), PetscMax(x - min, rate));
}
/* The mode after it. */
static inline PetscInt LimitedChange(PetscInt mode, PetscReal x, PetscReal min, PetscReal max)
{
  if (mode != LIMIT_FREE) return LIMIT_FREE;
  return max - x < x - min ? LIMIT_MAX : LIMIT_MIN;
}

/* Limited() with limits that move: a limited x follows its limit within LIMIT_TIME, and leaves it when that moves away
   faster than x would. The mode changes with MovingLimitedChange(), which also moves x to the limit it has passed. */
static inline PetscReal MovingLimitedMargin(PetscInt mode, PetscReal x, PetscReal rate, PetscReal min, PetscReal max)
{
  const PetscReal above = rate - (max - x) / LIMIT_TIME, below = (min - x) / LIMIT_TIME - rate;
  if (mode == LIMIT_MAX) return above;
  if (mode == LIMIT_MIN) return below;
  return PetscMin(PetscMax(max - x, -above), PetscMax(x - min, -below));
}
static inline PetscInt MovingLimitedChange(PetscInt mode, PetscReal *x, PetscReal min, PetscReal max)
{
  const PetscInt to = LimitedChange(mode, *x, min, max);
  if (to == LIMIT_MAX) *x = PetscMin(*x, max);
  if (to == LIMIT_MIN) *x = PetscMax(*x, min);
  return to;
}

/* The same for a lag with a non-windup limit, T = 0 included: then x = w within the limits, without rates; its kinks need
   no mode, which stays free. */
static inline PetscReal LimitedLag(PetscInt mode, PetscReal T, PetscReal x, PetscReal xp, PetscReal w, PetscReal min,
                                   PetscReal max)
{
  return T > 0.0 ? Limited(mode, x, xp, (w - x) / T, min, max) : x - PetscMax(min, PetscMin(max, w));
}
static inline PetscReal LimitedLagX(PetscInt mode, PetscReal T, PetscReal cj)
{
  return T > 0.0 ? LimitedX(mode, cj, -1.0 / T) : 1.0;
}
static inline PetscReal LimitedLagW(PetscInt mode, PetscReal T, PetscReal w, PetscReal min, PetscReal max)
{
  if (T > 0.0) return LimitedW(mode) / T;
  return w > min && w < max ? -1.0 : 0.0;
}
static inline PetscReal LimitedLagMargin(PetscInt mode, PetscReal T, PetscReal x, PetscReal w, PetscReal min,
                                         PetscReal max)
{
  return T > 0.0 ? LimitedMargin(mode, x, (w - x) / T, min, max) : 1.0;
}

/* A clamp, and its derivative by x. */
static inline PetscReal Clamp(PetscReal x, PetscReal min, PetscReal max)
{
  return PetscMax(min, PetscMin(max, x));
}
static inline PetscReal ClampX(PetscReal x, PetscReal min, PetscReal max)
{
  return x > min && x < max ? 1.0 : 0.0;
}

/* A dead band without a step: zero within +-[low, high], then the excess. */
static inline PetscReal DeadBand(PetscReal x, PetscReal low, PetscReal high)
{
  return x > high ? x - high : x < low ? x - low : 0.0;
}
static inline PetscReal DeadBandX(PetscReal x, PetscReal low, PetscReal high)
{
  return x > high || x < low || low >= high ? 1.0 : 0.0;
}

/* Magnitude of a voltage, and with it the derivatives by its parts. Never divides by zero. */
static inline PetscReal Magnitude(PetscReal re, PetscReal im, PetscReal *by_re, PetscReal *by_im)
{
  const PetscReal v = PetscSqrtReal(re * re + im * im);
  *by_re            = v > 1e-12 ? re / v : 0.0;
  *by_im            = v > 1e-12 ? im / v : 0.0;
  return v;
}

#endif
