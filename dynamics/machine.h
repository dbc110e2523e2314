/* What the models of synchronous machines share: saturation from S(1.0) and S(1.2), and the allowance for rounded data. */
#ifndef ARCHIPELAGO_DYNAMICS_MACHINE_H
#define ARCHIPELAGO_DYNAMICS_MACHINE_H

#include "dynamics/saturation.h"

/* Data sheets round: a reactance that is above another by less than this share counts as equal to it, which is worth a
   warning; by more it is impossible. The equations bear either. */
#define MACHINE_ROUNDING 0.01

static inline PetscBool MachineAbove(PetscReal x, PetscReal other)
{
  return (PetscBool)(x > (1.0 + MACHINE_ROUNDING) * other);
}

/* Of a machine, from S(1.0) and S(1.2), as three numbers {a, b, n}: quadratic as above (n < 0), or S(x) = b x^n, PSS/E's
   exponential law. False when S(1.2) does not fit to S(1.0). */
static inline PetscBool MachineSaturationFit(PetscBool exponential, PetscReal s10, PetscReal s12, PetscReal law[3])
{
  Saturation sat = {0.0, 0.0};
  law[0] = law[1] = 0.0;
  law[2]          = -1.0;
  if (!exponential) {
    const PetscBool fits = SaturationFit(1.0, s10, 1.2, s12, &sat);
    law[0] = sat.a, law[1] = sat.b;
    return fits;
  }
  if (s10 == 0.0 && s12 == 0.0) return PETSC_TRUE;
  if (!(s10 > 0.0 && s12 >= s10)) return PETSC_FALSE;
  law[1] = s10;
  law[2] = PetscLogReal(s12 / s10) / PetscLogReal(1.2);
  return PETSC_TRUE;
}

/* S(x) and its derivative; both zero for x <= 0. */
static inline PetscReal MachineSaturation(const PetscReal law[3], PetscReal x, PetscReal *slope)
{
  const Saturation sat = {law[0], law[1]};
  *slope               = 0.0;
  if (!(x > 0.0) || law[1] == 0.0) return 0.0;
  if (law[2] < 0.0) {
    *slope = SaturationFactorX(&sat, x);
    return SaturationFactor(&sat, x);
  }
  const PetscReal s = law[1] * PetscPowReal(x, law[2]);
  *slope            = law[2] * s / x;
  return s;
}

#endif
