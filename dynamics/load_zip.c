/* ZIP load: shares of constant impedance, current and power, of the powers at the initial voltage V0:
     P = P0 (PZ (V/V0)^2 + PI V/V0 + PP), Q likewise.
   IEEE Task Force on Load Representation, IEEE Transactions on Power Systems 8 (1993). Below VP the share of constant
   power, and below VI that of constant current, is a constant impedance (load_static.h). For a load that also depends on
   frequency there is IEELBL. */
#include "dynamics/load_static.h"

enum { PZ, PI, PP, QZ, QI, QP, VP, VI, N_PARAMETERS };

/* VP and VI 0 or missing (NAN): 0.7 and 0.5. */
static const DeviceParameter parameters[N_PARAMETERS] = {
    [PZ] = {"PZ", "1", PARAMETER_ANY},          [PI] = {"PI", "1", PARAMETER_ANY},
    [PP] = {"PP", "1", PARAMETER_ANY},          [QZ] = {"QZ", "1", PARAMETER_ANY},
    [QI] = {"QI", "1", PARAMETER_ANY},          [QP] = {"QP", "1", PARAMETER_ANY},
    [VP] = {"VP", "1", PARAMETER_NOT_NEGATIVE}, [VI] = {"VI", "1", PARAMETER_NOT_NEGATIVE},
};

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (PetscAbsReal(p[PZ] + p[PI] + p[PP] - 1.0) > 1e-6) return "PZ, PI and PP do not add up to 1";
  if (PetscAbsReal(p[QZ] + p[QI] + p[QP] - 1.0) > 1e-6) return "QZ, QI and QP do not add up to 1";
  *error = PETSC_FALSE;
  for (PetscInt k = PZ; k <= QP; ++k) {
    if (p[k] < 0.0) return "a share is negative";
  }
  return NULL;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p        = start->parameter;
  const PetscReal  v        = PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im);
  LoadPower        power[2] = {{.exponent = {2.0, 1.0, 0.0}}, {.exponent = {2.0, 1.0, 0.0}}};
  for (PetscInt i = 0; i < 2; ++i) {
    power[i].break_voltage[1] = p[VI] > 0.0 ? p[VI] : LoadBreakVoltage(1.0);
    power[i].break_voltage[2] = p[VP] > 0.0 ? p[VP] : LoadBreakVoltage(0.0);
    for (PetscInt k = 0; k < LOAD_TERMS && v > 0.0; ++k)
      power[i].coefficient[k] =
          p[PZ + LOAD_TERMS * i + k] / LoadTerm(power[i].exponent[k], power[i].break_voltage[k], v);
  }
  LoadStart(start, &power[0], &power[1]);
}

const DeviceModel DeviceZip = {
    .name          = "ZIP",
    .title         = "load of constant impedance, current and power",
    .source        = "IEEE Task Force on Load Representation, IEEE Transactions on Power Systems 8 (1993)",
    .kind          = DEVICE_SOURCE,
    .feeds_network = PETSC_TRUE,
    .n_parameters  = N_PARAMETERS,
    .at_load       = PETSC_TRUE,
    .n_optional    = N_PARAMETERS - 6,
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
