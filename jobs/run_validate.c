/* Checking what is dispatched before it is. */
#include "jobs/run_validate.h"

#include "dynamics/device_table.h"
#include "inputs/participants.h"
#include "jobs/market_case.h"
#include "jobs/security.h"

PetscErrorCode RunValidate(Job job, const char *path, const char *policy, PetscInt n_set, const char *const *set,
                           Faults faults)
{
  Study        study        = NULL;
  Network      net          = NULL;
  Participants participants = NULL;
  MarketCase   market       = NULL;
  DeviceTable  devices;
  Disturbance *disturbance;
  PetscInt     n;
  Faults       said, found; /* told by CheckPath already; new */

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&said));
  PetscCall(FaultsCreate(&found));
  PetscCall(StudyReadWith(job->comm, path, policy, n_set, set, said, &study));
  if (study) PetscCall(StudyPlaceFaults(study, found));
  if (study) PetscCall(StudyLoadNetwork(job->comm, study, said, &net));
  if (net) PetscCall(ParticipantsRead(job->comm, study->participants_path, net, said, &participants));
  if (participants) PetscCall(MarketCaseRead(job->comm, study, net, participants, found, &market));
  if (net && study->has_stability && study->devices_path) {
    PetscCall(DeviceTableRead(job->comm, study->devices_path, net, study->stability_strict, found, &devices));
    if (devices) PetscCall(DeviceTableDestroy(&devices));
  }
  if (net && study->has_stability) {
    PetscCall(SecurityReadDisturbances(net, study, found, &n, &disturbance));
    PetscCall(SecurityDestroyDisturbances(n, &disturbance));
  }
  PetscCall(FaultsAddNew(found, faults));
  PetscCall(MarketCaseDestroy(&market));
  PetscCall(ParticipantsDestroy(&participants));
  PetscCall(NetworkDestroy(&net));
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&found));
  PetscCall(FaultsDestroy(&said));
  PetscFunctionReturn(0);
}
