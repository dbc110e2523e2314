/* What the electrical controls of inverters share: REECB1 is REECA1 without its tables, holding times and state of
   injection, and runs on the same equations. */
#ifndef ARCHIPELAGO_DYNAMICS_REEC_H
#define ARCHIPELAGO_DYNAMICS_REEC_H

#include "dynamics/device.h"

/* Parameters, in the order of a REECA1 record. */
enum {
  REEC_BUS,
  REEC_PFFLAG,
  REEC_VFLAG,
  REEC_QFLAG,
  REEC_PFLAG,
  REEC_PQFLAG,
  REEC_VDIP,
  REEC_VUP,
  REEC_TRV,
  REEC_DBD1,
  REEC_DBD2,
  REEC_KQV,
  REEC_IQH1,
  REEC_IQL1,
  REEC_VREF0,
  REEC_IQFRZ,
  REEC_THLD,
  REEC_THLD2,
  REEC_TP,
  REEC_QMAX,
  REEC_QMIN,
  REEC_VMAX,
  REEC_VMIN,
  REEC_KQP,
  REEC_KQI,
  REEC_KVP,
  REEC_KVI,
  REEC_VBIAS,
  REEC_TIQ,
  REEC_DPMAX,
  REEC_DPMIN,
  REEC_PMAX,
  REEC_PMIN,
  REEC_IMAX,
  REEC_TPORD,
  REEC_VQ1, /* Vq1, Iq1, ..., Vq4, Iq4 */
  REEC_VP1        = REEC_VQ1 + 8,
  REEC_PARAMETERS = REEC_VP1 + 8
};

#define REEC_UNKNOWNS 13
#define REEC_INPUTS 9
#define REEC_OUTPUTS 2
#define REEC_REFERENCES 3
#define REEC_MODES 6
#define REEC_DATA (REEC_PARAMETERS + 16)
#define REEC_ENTRIES 50

extern const DeviceUnknown   ReecUnknowns[REEC_UNKNOWNS];
extern const DeviceSignal    ReecInputs[REEC_INPUTS];
extern const DeviceOutput    ReecOutputs[REEC_OUTPUTS];
extern const DeviceReference ReecReferences[REEC_REFERENCES];
extern const DeviceEntry     ReecEntries[REEC_ENTRIES];

/* As the operations of DeviceModel. ReecInitialise takes parameters[REEC_PARAMETERS] in place of the start's, and
   whether Iqinj is always there, without state. */
const char *ReecCheck(const PetscReal *parameter, PetscBool *error);
void        ReecInitialise(DeviceStart *start, const PetscReal *parameter, PetscBool always);
void ReecResidual(const PetscReal *data, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f);
void ReecJacobian(const PetscReal *data, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                  PetscReal *value);
void ReecMargin(const PetscReal *data, const PetscInt *mode, const PetscReal *u, PetscReal *margin);
void ReecChange(const PetscReal *data, PetscInt k, PetscReal *u, PetscInt *mode);

#endif
