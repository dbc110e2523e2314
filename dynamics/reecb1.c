/* REECB1 (REEC_B), electrical control of a photovoltaic inverter: REECA1 whose Iqinj = Kqv deadband(Vref0 - V) is
   always there, not in voltage dips alone, and which has no tables of current, no holding times, no Vbias and no PFLAG.
   WECC REMTF, second generation generic renewable models, REEC_B; PSS/E model library, REECB1. */
#include "dynamics/reec.h"

enum { BUS, PFFLAG, VFLAG, QFLAG, PQFLAG, VDIP, N_PARAMETERS = 30 };

#define P_ANY(name)          \
  {                          \
    name, "1", PARAMETER_ANY \
  }
#define P_TIME(name)                  \
  {                                   \
    name, "s", PARAMETER_NOT_NEGATIVE \
  }
#define P_FLAG(name)          \
  {                           \
    name, "1", PARAMETER_FLAG \
  }
#define P_GAIN(name)                  \
  {                                   \
    name, "1", PARAMETER_NOT_NEGATIVE \
  }

static const DeviceParameter parameters[N_PARAMETERS] = {
    {"BUS", "1", PARAMETER_BUS},
    P_FLAG("PFFLAG"),
    P_FLAG("VFLAG"),
    P_FLAG("QFLAG"),
    P_FLAG("PQFLAG"),
    P_ANY("Vdip"),
    P_ANY("Vup"),
    P_TIME("Trv"),
    P_ANY("dbd1"),
    P_ANY("dbd2"),
    P_GAIN("Kqv"),
    P_ANY("Iqh1"),
    P_ANY("Iql1"),
    P_ANY("Vref0"),
    P_TIME("Tp"),
    P_ANY("Qmax"),
    P_ANY("Qmin"),
    P_ANY("Vmax"),
    P_ANY("Vmin"),
    P_GAIN("Kqp"),
    P_GAIN("Kqi"),
    P_GAIN("Kvp"),
    P_GAIN("Kvi"),
    P_TIME("Tiq"),
    {"dPmax", "1/s", PARAMETER_ANY},
    {"dPmin", "1/s", PARAMETER_ANY},
    P_ANY("Pmax"),
    P_ANY("Pmin"),
    {"Imax", "1", PARAMETER_POSITIVE},
    P_TIME("Tpord"),
};

/* Its parameters as those of REECA1. */
static void AsReeca1(const PetscReal *b, PetscReal *a)
{
  static const PetscInt place[N_PARAMETERS] = {
      REEC_BUS,   REEC_PFFLAG, REEC_VFLAG, REEC_QFLAG, REEC_PQFLAG, REEC_VDIP,  REEC_VUP, REEC_TRV,
      REEC_DBD1,  REEC_DBD2,   REEC_KQV,   REEC_IQH1,  REEC_IQL1,   REEC_VREF0, REEC_TP,  REEC_QMAX,
      REEC_QMIN,  REEC_VMAX,   REEC_VMIN,  REEC_KQP,   REEC_KQI,    REEC_KVP,   REEC_KVI, REEC_TIQ,
      REEC_DPMAX, REEC_DPMIN,  REEC_PMAX,  REEC_PMIN,  REEC_IMAX,   REEC_TPORD};
  for (PetscInt k = 0; k < REEC_PARAMETERS; ++k) a[k] = 0.0;
  for (PetscInt k = 0; k < N_PARAMETERS; ++k) a[place[k]] = b[k];
  a[REEC_VQ1 + 1] = a[REEC_VP1 + 1] = PETSC_INFINITY;
}

static const char *Check(const PetscReal *parameter, PetscBool *error)
{
  PetscReal a[REEC_PARAMETERS];
  AsReeca1(parameter, a);
  return ReecCheck(a, error);
}

static void Initialise(DeviceStart *start)
{
  PetscReal a[REEC_PARAMETERS];
  AsReeca1(start->parameter, a);
  ReecInitialise(start, a, PETSC_TRUE);
}

const DeviceModel DeviceReecb1 = {
    .name         = "REECB1",
    .title        = "electrical control of an inverter, B",
    .source       = "WECC REMTF, REEC_B; PSS/E model library, REECB1",
    .kind         = DEVICE_EXCITER,
    .n_parameters = N_PARAMETERS,
    .parameter    = parameters,
    .n_unknowns   = REEC_UNKNOWNS,
    .unknown      = ReecUnknowns,
    .n_inputs     = REEC_INPUTS,
    .input        = ReecInputs,
    .n_outputs    = REEC_OUTPUTS,
    .output       = ReecOutputs,
    .n_references = REEC_REFERENCES,
    .reference    = ReecReferences,
    .n_data       = REEC_DATA,
    .n_modes      = REEC_MODES,
    .n_entries    = REEC_ENTRIES,
    .entry        = ReecEntries,
    .check        = Check,
    .initialise   = Initialise,
    .residual     = ReecResidual,
    .jacobian     = ReecJacobian,
    .margin       = ReecMargin,
    .change       = ReecChange,
};
