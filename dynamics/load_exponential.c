/* EXPLOAD, exponential load: P = P0 (V/V0)^alpha, Q = Q0 (V/V0)^beta.
   IEEE Task Force on Load Representation, IEEE Transactions on Power Systems 8 (1993); P. Kundur (1994), section 7.1.
   Below its break voltage it is a constant impedance (load_static.h). */
#include "dynamics/load_static.h"

enum { ALPHA, BETA, VBREAK, N_PARAMETERS };

/* Vbreak 0 or missing (NAN): 0.7 for exponents below 1, 0.5 for those below 2, else none. */
static const DeviceParameter parameters[N_PARAMETERS] = {
    [ALPHA]  = {"alpha", "1", PARAMETER_ANY},
    [BETA]   = {"beta", "1", PARAMETER_ANY},
    [VBREAK] = {"Vbreak", "1", PARAMETER_NOT_NEGATIVE},
};

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_FALSE;
  return PetscAbsReal(p[ALPHA]) > 8.0 || PetscAbsReal(p[BETA]) > 8.0 ? "an exponent is beyond 8" : NULL;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p        = start->parameter;
  LoadPower        power[2] = {{.coefficient = {1.0}}, {.coefficient = {1.0}}};
  for (PetscInt i = 0; i < 2; ++i) {
    power[i].exponent[0]      = p[ALPHA + i];
    power[i].break_voltage[0] = p[VBREAK] > 0.0 ? p[VBREAK] : LoadBreakVoltage(p[ALPHA + i]);
  }
  LoadStart(start, &power[0], &power[1]);
}

const DeviceModel DeviceExpload = {
    .name          = "EXPLOAD",
    .title         = "exponential load",
    .source        = "IEEE Task Force on Load Representation, IEEE Transactions on Power Systems 8 (1993)",
    .kind          = DEVICE_SOURCE,
    .feeds_network = PETSC_TRUE,
    .n_parameters  = N_PARAMETERS,
    .at_load       = PETSC_TRUE,
    .n_optional    = N_PARAMETERS - 2,
    .parameter     = parameters,
    .n_inputs      = LOAD_FREQUENCY,
    .input         = LoadInputs,
    .n_references  = 2,
    .reference     = LoadReferences,
    .n_data        = LOAD_DATA,
    .n_entries     = LOAD_ENTRIES,
    .entry         = LoadEntries,
    .check         = Check,
    .initialise    = Initialise,
    .residual      = LoadResidual,
    .jacobian      = LoadJacobian,
};
