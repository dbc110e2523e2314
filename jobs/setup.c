/* From a study file to everything a run needs, or to all of its faults. Nothing is written before all of it is sound. */
#include <string.h>
#include <sys/stat.h>

#include "inputs/log.h"
#include "inputs/reader.h"
#include "inputs/whereabouts.h"
#include "jobs/case.h"
#include "jobs/concealment.h"
#include "jobs/failure.h"
#include "jobs/market_case.h"
#include "jobs/provenance.h"
#include "jobs/realtime.h"
#include "jobs/witness.h"
#include "market/record.h"

static PetscErrorCode LoadInputs(Run run, const RunSettings *settings)
{
  Faults faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(StudyReadWith(run->job->comm, settings->study, settings->policy, settings->n_set, settings->set, faults,
                          &run->study));
  if (run->study) PetscCall(StudyLoadNetwork(run->job->comm, run->study, faults, &run->net));
  if (run->study && run->net) {
    PetscCall(ParticipantsRead(run->job->comm, run->study->participants_path, run->net, faults, &run->participants));
    PetscCall(RealTimeSetUp(run, faults));
    PetscCall(SecuritySetUp(run, faults));
    if (run->participants)
      PetscCall(MarketCaseRead(run->job->comm, run->study, run->net, run->participants, faults, &run->market));
  }
  PetscCall(JobReport(run->job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (!run->participants && run->job->status == JOB_DONE)
    JobFail(run->job, JOB_INPUT, "%.900s: cannot be used as a study", settings->study);
  PetscFunctionReturn(0);
}

static PetscErrorCode StartEnergy(Run run)
{
  const StorageTable *s = &run->net->storage;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(s->n, &run->energy));
  for (PetscInt k = 0; k < s->n; k++) run->energy[k] = s->e_initial_mwh[k];
  PetscFunctionReturn(0);
}

/* Rank 0. The directory is looked at before a key is made for it. */
static PetscErrorCode FindKey(Run run, const RunSettings *settings)
{
  FileError error;

  PetscFunctionBeginUser;
  if (!RunDirectoryUsable(settings->directory, &error))
    JobFail(run->job, JOB_INPUT, "%s", error.text);
  else
    PetscCall(RunFindKey(run, settings->key));
  PetscFunctionReturn(0);
}

/* Rank 0. A dispatch beside a public price gives amounts away: of a committed run's directory, all but its log is private,
   so it is closed to others. */
static PetscErrorCode OpenDirectory(Run run, const RunSettings *settings)
{
  char              *identity;
  FileError          error;
  RunDirectoryStatus status;
  mode_t             mask = umask(0);

  PetscFunctionBeginUser;
  PetscCall(RunIdentity(run, &identity));
  if (run->concealment) PetscCall(ConcealmentIdentity(run, &identity));
  RecordDigest(identity, strlen(identity), run->run_id.byte);
  umask(run->concealment ? mask | 0077 : mask);
  status = RunDirectoryOpen(settings->directory, identity, &run->directory, &error);
  umask(mask);
  free(identity);
  if (status != RUNDIR_OK)
    JobFail(run->job, status == RUNDIR_OTHER ? JOB_INPUT : JOB_INTERNAL, "%s", error.text);
  else if (run->concealment && chmod(settings->directory, 0700))
    JobSay(run->job, "%s: cannot be closed to others", settings->directory);
  PetscFunctionReturn(0);
}

PetscErrorCode RunSetUp(Job job, const RunSettings *settings, Run *out)
{
  Run run;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(out));
  run        = *out;
  run->job   = job;
  run->drill = settings->drill;
  run->quiet = settings->quiet;
  PetscCall(PetscStrncpy(run->path, settings->directory, sizeof run->path));
  ProgressStart(&run->progress, job->rank || run->quiet ? PETSC_TRUE : PETSC_FALSE);
  WhereaboutsStage("reading");
  PetscCall(LogStagePush(LOG_INPUTS));
  PetscCall(LoadInputs(run, settings));
  PetscCall(LogStagePop());
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  WhereaboutsStage("partition");
  PetscCall(LogStagePush(LOG_PARTITION));
  PetscCall(CaseCut(job, run->net, run->study->regions, &run->partition));
  if (job->status == JOB_DONE) PetscCall(RealTimeCut(run));
  PetscCall(LogStagePop());
  WhereaboutsStage("opening");
  ProvenanceTakeStudy(job->provenance, run->study);
  if (run->partition) ProvenanceRegions(job->provenance, run->partition->n_regions);
  for (PetscInt k = 0; k < run->study->ledger.n_anchors; k++)
    ProvenanceInput(job->provenance, run->study->ledger.anchor[k].path);
  if (job->status == JOB_DONE) PetscCall(WitnessesCheck(run));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(StartEnergy(run));
  if (job->rank == 0) PetscCall(FindKey(run, settings));
  PetscCall(JobAgree(job));
  if (job->status == JOB_DONE) PetscCall(ConcealmentSetUp(run));
  if (job->rank == 0 && job->status == JOB_DONE) PetscCall(OpenDirectory(run, settings));
  PetscCall(JobAgree(job));
  if (job->status == JOB_DONE) FailureDirectory(settings->directory);
  PetscCallMPI(MPI_Bcast(run->run_id.byte, sizeof run->run_id.byte, MPI_BYTE, 0, job->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode RunDestroy(Run *out)
{
  Run run = *out;

  PetscFunctionBeginUser;
  if (!run) PetscFunctionReturn(0);
  RunDirectoryClose(&run->directory);
  LedgerQuorumDestroy(&run->quorum);
  LedgerWriterClose(&run->writer);
  LedgerSignerDestroy(&run->signer);
  PetscCall(PetscFree(run->energy));
  PetscCall(SecurityTearDown(run));
  PetscCall(ConcealmentDestroy(&run->concealment));
  PetscCall(MarketCaseDestroy(&run->market));
  PetscCall(RealTimeTearDown(run));
  if (run->partition) PetscCall(PartitionDestroy(&run->partition));
  if (run->participants) PetscCall(ParticipantsDestroy(&run->participants));
  if (run->net) PetscCall(NetworkDestroy(&run->net));
  if (run->study) PetscCall(StudyDestroy(&run->study));
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(0);
}

Physics RunPhysics(Run run)
{
  return PhysicsNamed(run->study->model, run->study->dc);
}

static PetscBool StorageWithoutDevice(Run run)
{
  for (PetscInt s = 0; s < run->net->storage.n; s++)
    if (!DeviceTableFind(run->devices, DEVICE_AT_STORAGE, s, DEVICE_SOURCE)) return PETSC_TRUE;
  return PETSC_FALSE;
}

json_t *RunNotes(Run run)
{
  json_t *notes = json_array();
  char    text[1024];

  if (run->net->p_min_relaxed)
    json_array_append_new(notes, json_string("minimum outputs were relaxed to zero: no unit commitment was made"));
  if (run->devices && !DeviceTableDescribe(run->devices, text, sizeof text)) {
    json_array_append_new(notes, json_sprintf("machine data: %s", text));
    if (StorageWithoutDevice(run))
      json_array_append_new(notes, json_string("stability: storage units without a device are constant admittances"));
  }
  if (strcmp(run->study->method, "interior-point") != 0 && OpfReserveSpansRegions(run->net, run->partition))
    json_array_append_new(notes,
                          json_string("dispatched by the interior point over all regions: a reserve spans regions"));
  if (RunPhysics(run) == PHYSICS_DC_LOSSES)
    json_array_append_new(notes, json_string("DC physics: losses of second order, no voltages or reactive power"));
  else if (RunPhysics(run) != PHYSICS_AC)
    json_array_append_new(notes, json_string("DC physics: no losses, voltages or reactive power"));
  return notes;
}
