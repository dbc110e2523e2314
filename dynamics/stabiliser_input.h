/* Inputs of stabilisers by PSS/E's codes: 1 rotor speed, 2 frequency of a bus, 3 electrical power, 4 accelerating power,
   5 voltage of a bus, 6 its rate of change; codes 2 and 6 need a measured quantity, the stabiliser's own unknown: angle or
   magnitude of the voltage behind a lag. */
#ifndef ARCHIPELAGO_DYNAMICS_STABILISER_INPUT_H
#define ARCHIPELAGO_DYNAMICS_STABILISER_INPUT_H

#include "dynamics/block.h"

/* That lag's time, s, and the voltage, per unit, below which an angle says little and the frequency fades to zero; as
   bus_frequency.c has them. */
#define STABILISER_MEASURING_TIME 0.02
#define STABILISER_FADE 0.01

typedef struct {
  PetscInt  code;
  PetscReal omega_nominal;
  PetscReal speed, pe, pm, re, im, measured;
} StabiliserInput;

/* Derivatives by these. */
typedef struct {
  PetscReal speed, pe, pm, re, im, measured;
} StabiliserSlope;

static inline PetscBool StabiliserMeasures(PetscInt code)
{
  return (PetscBool)(code == 2 || code == 6);
}

/* What the measured quantity starts from. */
static inline PetscReal StabiliserMeasured(PetscInt code, PetscReal re, PetscReal im)
{
  return code == 2 ? PetscAtan2Real(im, re) : code == 6 ? PetscSqrtReal(re * re + im * im) : 0.0;
}

/* Rate of the measured quantity, codes 2 and 6. */
static inline PetscReal StabiliserRate(const StabiliserInput *in, StabiliserSlope *by)
{
  const PetscReal T = STABILISER_MEASURING_TIME, v = Magnitude(in->re, in->im, &by->re, &by->im);
  by->speed = by->pe = by->pm = 0.0;
  by->measured                = -1.0 / T;
  if (in->code == 6) {
    by->re /= T, by->im /= T;
    return (v - in->measured) / T;
  }
  /* The difference of angles by its sine and cosine: the angle may turn. */
  const PetscReal c = PetscCosReal(in->measured), s = PetscSinReal(in->measured);
  const PetscReal ahead = v > 1e-12 ? PetscAtan2Real(in->im * c - in->re * s, in->re * c + in->im * s) / T : 0.0;
  const PetscReal share = PetscMin(1.0, v / STABILISER_FADE), turn = v > 1e-12 ? share / (v * T) : 0.0;
  const PetscReal more = v < STABILISER_FADE ? ahead / STABILISER_FADE : 0.0, cosine = by->re, sine = by->im;
  by->measured *= share;
  by->re = more * cosine - turn * sine;
  by->im = more * sine + turn * cosine;
  return share * ahead;
}

static inline PetscReal StabiliserSignal(const StabiliserInput *in, StabiliserSlope *by)
{
  const PetscReal scale = in->code == 2 ? 1.0 / in->omega_nominal : 1.0;
  PetscReal       rate;
  *by = (StabiliserSlope){0};
  switch (in->code) {
  case 1:
    by->speed = 1.0;
    return in->speed;
  case 3:
    by->pe = 1.0;
    return in->pe;
  case 4:
    by->pm = 1.0, by->pe = -1.0;
    return in->pm - in->pe;
  case 5:
    return Magnitude(in->re, in->im, &by->re, &by->im);
  case 2:
  case 6:
    rate = StabiliserRate(in, by);
    by->measured *= scale, by->re *= scale, by->im *= scale;
    return rate * scale;
  default:
    return 0.0;
  }
}

#endif
