/* Magnetic saturation as PSS/E fits it: S(x) = B (x - A)^2 / x above A, zero below, through two given points. */
#ifndef ARCHIPELAGO_DYNAMICS_SATURATION_H
#define ARCHIPELAGO_DYNAMICS_SATURATION_H

#include <petscsys.h>

typedef struct {
  PetscReal a, b;
} Saturation;

/* Through S(x1) = s1 and S(x2) = s2, in either order; both zero: none. False when no such curve rises through them. */
static inline PetscBool SaturationFit(PetscReal x1, PetscReal s1, PetscReal x2, PetscReal s2, Saturation *sat)
{
  const PetscBool swapped = (PetscBool)(x1 > x2);
  const PetscReal low = swapped ? x2 : x1, high = swapped ? x1 : x2;
  const PetscReal y1 = low * (swapped ? s2 : s1), y2 = high * (swapped ? s1 : s2);
  *sat = (Saturation){0.0, 0.0};
  if (y1 == 0.0 && y2 == 0.0) return PETSC_TRUE;
  if (!(low >= 0.0 && high > low && y1 >= 0.0 && y2 > y1)) return PETSC_FALSE;
  const PetscReal ratio = PetscSqrtReal(y1 / y2);
  sat->a                = (low - ratio * high) / (1.0 - ratio);
  sat->b                = y2 / ((high - sat->a) * (high - sat->a));
  return PETSC_TRUE;
}

/* S(x) x, defined at x = 0 too, and its derivative. */
static inline PetscReal SaturationFlux(const Saturation *sat, PetscReal x)
{
  return x > sat->a ? sat->b * (x - sat->a) * (x - sat->a) : 0.0;
}
static inline PetscReal SaturationFluxX(const Saturation *sat, PetscReal x)
{
  return x > sat->a ? 2.0 * sat->b * (x - sat->a) : 0.0;
}

/* S(x) and its derivative, x > 0. */
static inline PetscReal SaturationFactor(const Saturation *sat, PetscReal x)
{
  return x > sat->a ? sat->b * (x - sat->a) * (x - sat->a) / x : 0.0;
}
static inline PetscReal SaturationFactorX(const Saturation *sat, PetscReal x)
{
  return x > sat->a ? sat->b * (x - sat->a) * (x + sat->a) / (x * x) : 0.0;
}

#endif
