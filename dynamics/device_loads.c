/* Loads without a device of their own: ZIP parts, or admittances of the network. */
#include "dynamics/device_loads.h"

/* MVA base on which a load gets a part; 0: it gets none. */
static PetscReal PartBase(DeviceTable table, Network net, LoadModel model, PetscInt k)
{
  if (!net->load.in_service[k] || !NetworkBusIsElectric(net, net->load.bus[k])) return 0.0;
  if (DeviceTableFind(table, DEVICE_AT_LOAD, k, DEVICE_SOURCE)) return 0.0;
  const DeviceRecord *relay = DeviceTableFind(table, DEVICE_AT_LOAD, k, DEVICE_PROTECTION);
  if (relay) return relay->mva_base;
  return model == LOAD_MODEL_IMPEDANCE ? 0.0 : net->base_mva;
}

PetscErrorCode DeviceTableAddLoads(DeviceTable table, Network net, LoadModel model, PetscInt *count)
{
  static const char *const shares[][2]                      = {[LOAD_MODEL_IMPEDANCE] = {"PZ", "QZ"},
                                                               [LOAD_MODEL_CURRENT]   = {"PI", "QI"},
                                                               [LOAD_MODEL_POWER]     = {"PP", "QP"},
                                                               [LOAD_MODEL_DATA]      = {"PP", "QP"}};
  const DeviceModel *const zip                              = DeviceModelFind("ZIP");
  const PetscInt           given                            = table->n_given;
  PetscReal                parameter[DEVICE_MAX_PARAMETERS] = {0.0};

  PetscFunctionBeginUser;
  *count = 0;
  for (PetscInt i = 0; i < 2; ++i) parameter[DeviceModelParameter(zip, shares[model][i])] = 1.0;
  for (PetscInt k = 0; k < net->load.n; ++k) {
    const PetscReal base = PartBase(table, net, model, k);
    if (!(base > 0.0)) continue;
    if (model == LOAD_MODEL_DATA) {
      parameter[DeviceModelParameter(zip, "PI")] = net->load.p_current_share[k];
      parameter[DeviceModelParameter(zip, "QI")] = net->load.q_current_share[k];
      parameter[DeviceModelParameter(zip, "PP")] = 1.0 - net->load.p_current_share[k];
      parameter[DeviceModelParameter(zip, "QP")] = 1.0 - net->load.q_current_share[k];
    }
    PetscCall(DeviceTableAdd(table, DEVICE_AT_LOAD, k, zip, base, parameter, 0));
    ++*count;
  }
  table->n_given = given;
  PetscFunctionReturn(0);
}
