/* IEELBL, the IEEE load model: P = Pload (a1 v^n1 + a2 v^n2 + a3 v^n3)(1 + a7 f), Q = Qload (a4 v^n4 + a5 v^n5 +
   a6 v^n6)(1 + a8 f), v in per unit of the base voltage, f the frequency's deviation per unit; Pload and Qload such that
   the load draws its power at the start.
   Siemens PTI, PSS/E model library, IEEL family; the order of parameters as STEPS and PowerWorld read it. Below 0.7 per
   unit terms of exponents below 1 are constant impedances, below 0.5 those of exponents below 2 (load_static.h).
   IEELBL speaks of one load; the forms for areas, zones, owners and the whole system have the same parameters. */
#include "dynamics/load_static.h"

enum { A1, A7 = 6, A8, N1, N_PARAMETERS = N1 + 6 };

static const DeviceParameter parameters[N_PARAMETERS] = {
    {"a1", "1", PARAMETER_ANY}, {"a2", "1", PARAMETER_ANY}, {"a3", "1", PARAMETER_ANY}, {"a4", "1", PARAMETER_ANY},
    {"a5", "1", PARAMETER_ANY}, {"a6", "1", PARAMETER_ANY}, {"a7", "1", PARAMETER_ANY}, {"a8", "1", PARAMETER_ANY},
    {"n1", "1", PARAMETER_ANY}, {"n2", "1", PARAMETER_ANY}, {"n3", "1", PARAMETER_ANY}, {"n4", "1", PARAMETER_ANY},
    {"n5", "1", PARAMETER_ANY}, {"n6", "1", PARAMETER_ANY},
};

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (p[0] == 0.0 && p[1] == 0.0 && p[2] == 0.0) return "a1, a2 and a3 are all zero";
  *error = PETSC_FALSE;
  if (PetscAbsReal(p[0] + p[1] + p[2] - 1.0) > 1e-3) return "a1, a2 and a3 do not add up to 1";
  if (PetscAbsReal(p[3] + p[4] + p[5] - 1.0) > 1e-3) return "a4, a5 and a6 do not add up to 1";
  return NULL;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p        = start->parameter;
  LoadPower        power[2] = {{.by_frequency = p[A7]}, {.by_frequency = p[A8]}};
  for (PetscInt k = 0; k < 2 * LOAD_TERMS; ++k) {
    LoadPower *const of               = &power[k / LOAD_TERMS];
    of->coefficient[k % LOAD_TERMS]   = p[A1 + k];
    of->exponent[k % LOAD_TERMS]      = p[N1 + k];
    of->break_voltage[k % LOAD_TERMS] = LoadBreakVoltage(p[N1 + k]);
  }
  LoadStart(start, &power[0], &power[1]);
}

const DeviceModel DeviceIeelbl = {
    .name          = "IEELBL",
    .title         = "IEEE load model",
    .source        = "PSS/E model library, IEELBL",
    .kind          = DEVICE_SOURCE,
    .feeds_network = PETSC_TRUE,
    .n_parameters  = N_PARAMETERS,
    .at_load       = PETSC_TRUE,
    .parameter     = parameters,
    .n_inputs      = LOAD_INPUTS,
    .input         = LoadInputs,
    .n_references  = 2,
    .reference     = LoadReferences,
    .n_data        = LOAD_DATA,
    .n_entries     = LOAD_ENTRIES_FREQUENCY,
    .entry         = LoadEntries,
    .check         = Check,
    .initialise    = Initialise,
    .residual      = LoadFrequencyResidual,
    .jacobian      = LoadFrequencyJacobian,
};
