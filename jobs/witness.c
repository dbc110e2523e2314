/* Regions as witnesses of the run's log. */
#include "jobs/witness.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/file.h"
#include "ledger/stream.h"
#include "ledger/witness.h"
#include "market/describe.h"

enum { TEXT_BYTES = 2048, WITNESS_PATH = PETSC_MAX_PATH_LEN + 300 };

static const StudyWitness *Listed(Run run, PetscInt region)
{
  const StudyLedger *ledger = &run->study->ledger;

  for (PetscInt k = 0; k < ledger->n_witnesses; k++)
    if (!strcmp(ledger->witness[k].region, run->partition->name[region])) return &ledger->witness[k];
  return NULL;
}

static PetscBool IsWitness(Run run, PetscInt region)
{
  return run->study->ledger.witnesses && (!run->study->ledger.n_witnesses || Listed(run, region)) ? PETSC_TRUE
                                                                                                  : PETSC_FALSE;
}

static LedgerStatus LoadKey(Run run, PetscInt region, PetscBool make, LedgerSigner *signer, LedgerError *error)
{
  const StudyWitness *listed = Listed(run, region);
  char                name[RUN_KEY_NAME], path[PETSC_MAX_PATH_LEN];
  LedgerSigner        plain = NULL;
  LedgerStatus        status;

  if (listed && listed->key_path) return LedgerSignerLoadWitness(listed->key_path, signer, error);
  RunRegionKey(run, "witness", region, name);
  if (!RunKeyFile(name, "key", path, sizeof path))
    return LedgerFail(error, LEDGER_INPUT, NULL, "no place for a witness's key: set HOME, or name key files");
  if (!make) return LedgerSignerLoadWitness(path, signer, error);
  status = LedgerSignerLoadOrCreate(path, name, &plain, error);
  if (status == LEDGER_OK) status = LedgerSignerAs(plain, LEDGER_KEY_COSIGNATURE, signer, error);
  LedgerSignerDestroy(&plain);
  return status;
}

static LedgerStatus MakeQuorum(Run run, LedgerError *error)
{
  LedgerStatus status = LedgerQuorumCreate(&run->quorum, error);
  PetscInt     n      = 0;

  for (PetscInt r = 0; r < run->partition->n_regions && status == LEDGER_OK; r++) {
    LedgerSigner signer = NULL;
    if (!IsWitness(run, r)) continue;
    status = LoadKey(run, r, PETSC_TRUE, &signer, error);
    if (status == LEDGER_OK) status = LedgerQuorumAdd(run->quorum, LedgerSignerVerifier(signer), error);
    LedgerSignerDestroy(&signer);
    n++;
    if (status == LEDGER_OK && LedgerQuorumCount(run->quorum) != (size_t)n)
      status = LedgerFail(error, LEDGER_INPUT, NULL,
                          "the witness of region %s has the key of another: each has its own", run->partition->name[r]);
  }
  if (status == LEDGER_OK)
    status = LedgerQuorumSetNeeded(run->quorum, (size_t)(run->study->ledger.quorum < 0 ? n : run->study->ledger.quorum),
                                   error);
  if (status == LEDGER_OK) status = LedgerWriterSetWitnesses(run->writer, run->quorum, error);
  return status;
}

/* The directory of a region's witness. */
static void WitnessDirectory(Run run, PetscInt region, char path[WITNESS_PATH])
{
  char log[PETSC_MAX_PATH_LEN], plain[RUN_PLAIN_NAME];

  RunLogDirectory(run, log);
  RunPlainName(run->partition->name[region], plain);
  snprintf(path, WITNESS_PATH - 8, "%s%switnesses/%d-%s", run->study->ledger.log_path ? log : run->path,
           run->study->ledger.log_path ? "-" : "/", (int)region, plain);
}

/* A log that was restored from an old copy would be signed into a second history: the witnesses' heads tell. */
static LedgerStatus ExpectHeads(Run run, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;

  for (PetscInt r = 0; r < run->partition->n_regions && status == LEDGER_OK; r++) {
    char        path[WITNESS_PATH];
    LedgerBytes head  = {0};
    LedgerError inner = {""};
    if (!IsWitness(run, r)) continue;
    WitnessDirectory(run, r, path);
    strcat(path, "/head");
    if (!FileExists(path)) continue;
    status = LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &head, error);
    if (status == LEDGER_OK) {
      status = LedgerWriterExpect(run->writer, head.data, head.size, path, &inner);
      if (status != LEDGER_OK)
        LedgerErrorSet(error, NULL, "%.700s (the witness of region %s has cosigned another state)", inner.text,
                       run->partition->name[r]);
    }
    LedgerBytesFree(&head);
  }
  return status;
}

PetscErrorCode WitnessesCheck(Run run)
{
  const StudyLedger *ledger  = &run->study->ledger;
  PetscInt           regions = run->partition->n_regions, most = ledger->n_witnesses ? ledger->n_witnesses : regions;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < ledger->n_witnesses && run->job->status == JOB_DONE; k++) {
    PetscInt r = 0;
    while (r < regions && strcmp(ledger->witness[k].region, run->partition->name[r]) != 0) r++;
    if (r == regions)
      JobFail(run->job, JOB_INPUT, "%.700s:%d: error: witnesses: found '%.60s', expected a region such as %.60s",
              run->study->path, (int)ledger->witness[k].line, ledger->witness[k].region, run->partition->name[0]);
  }
  if (ledger->witnesses && ledger->quorum > most && run->job->status == JOB_DONE)
    JobFail(run->job, JOB_INPUT, "%.700s:%d: error: quorum: found %d, expected at most the number of witnesses, %d",
            run->study->path, (int)ledger->quorum_line, (int)ledger->quorum, (int)most);
  PetscFunctionReturn(0);
}

static void Fail(Run run, LedgerStatus status, const LedgerError *error)
{
  if (status != LEDGER_OK)
    JobFail(run->job,
            status == LEDGER_INTERNAL ? JOB_INTERNAL
            : status == LEDGER_FALSE  ? JOB_UNVERIFIED
                                      : JOB_INPUT,
            "%.1000s", error->text);
}

void WitnessesFind(Run run)
{
  LedgerError error = {""};

  if (run->study->ledger.witnesses) Fail(run, MakeQuorum(run, &error), &error);
}

PetscErrorCode WitnessesExpect(Run run)
{
  LedgerError error = {""};

  PetscFunctionBeginUser;
  if (run->study->ledger.witnesses && run->job->rank == 0) Fail(run, ExpectHeads(run, &error), &error);
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

/* ---- A block's own records ---------------------------------------------------------------------------------------- */

typedef struct {
  const uint8_t *at, *end;
} Own;

static LedgerStatus OwnNext(void *context, uint64_t k, const void **entry, size_t *size, LedgerError *error)
{
  Own *own = context;

  if (own->at >= own->end)
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "a block has no record %llu", (unsigned long long)k);
  *size  = LedgerGetU32(own->at);
  *entry = own->at + 4;
  own->at += 4 + *size;
  return LEDGER_OK;
}

static Own OwnRecords(const LogBlock *block)
{
  const uint8_t *bytes = (const uint8_t *)block->bytes.bytes;

  return (Own){bytes, bytes ? bytes + block->bytes.size : NULL};
}

static void Describe(const uint8_t *bytes, size_t size, char text[512])
{
  FILE *stream = fmemopen(text, 512, "w");

  text[0] = '\0';
  if (!stream) return;
  RecordDescribe(bytes, size, stream);
  fclose(stream);
  text[511] = '\0';
}

/* Compares one record of the file with the region's own; those of no region are the operator's. */
static LedgerStatus Compare(Run run, PetscInt region, uint64_t index, const void *found, size_t found_size,
                            const void *own, size_t own_size, LedgerError *error)
{
  const char *what = region < 0 ? "the operator" : "region ", *name = region < 0 ? "" : run->partition->name[region];
  size_t      at = 0;
  char        holds[512], computed[512];

  while (at < found_size && at < own_size && ((const char *)found)[at] == ((const char *)own)[at]) at++;
  if (at == found_size && at == own_size) return LEDGER_OK;
  Describe(found, found_size, holds);
  Describe(own, own_size, computed);
  return LedgerFail(error, LEDGER_FALSE, NULL,
                    "%s%s refuses entry %llu: byte %zu is false; written: %.300s; computed: %.300s", what, name,
                    (unsigned long long)index, at, holds, computed);
}

static LedgerStatus InspectBlock(Run run, const Window *window, PetscInt region, const LogBlock *block,
                                 const char *path, LedgerError *error)
{
  LedgerStream stream = NULL;
  Own          own    = OwnRecords(block);
  LedgerStatus status = LedgerStreamOpen(path, &stream, error);

  for (uint64_t k = window->log_start; k < block->start + block->n && status == LEDGER_OK; k++) {
    const void *found = NULL, *computed = NULL;
    size_t      found_size = 0, size = 0;
    status = LedgerStreamNext(stream, k - window->log_start, &found, &found_size, error);
    if (status != LEDGER_OK || k < block->start) continue;
    status = OwnNext(&own, k - block->start, &computed, &size, error);
    if (status == LEDGER_OK) status = Compare(run, region, k, found, found_size, computed, size, error);
  }
  LedgerStreamClose(&stream);
  return status;
}

PetscErrorCode WitnessesInspect(Run run, const Window *window, const char *path)
{
  char        shared[PETSC_MAX_PATH_LEN] = "";
  LedgerError error                      = {""};

  PetscFunctionBeginUser;
  if (run->job->rank == 0) PetscCall(PetscStrncpy(shared, path, sizeof shared));
  PetscCallMPI(MPI_Bcast(shared, sizeof shared, MPI_CHAR, 0, run->job->comm));
  for (PetscInt k = 0; k < window->n_blocks; k++) {
    const LogBlock *block = &window->block[k];
    if (block->owner != run->job->rank) continue;
    if (InspectBlock(run, window, block->region, block, shared, &error) != LEDGER_OK) {
      JobFail(run->job, JOB_UNVERIFIED, "%.1000s", error.text);
      break;
    }
  }
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

/* ---- Cosigning ---------------------------------------------------------------------------------------------------- */

static void DescribeToStream(const uint8_t *entry, size_t size, FILE *stream)
{
  RecordDescribe(entry, size, stream);
}

static LedgerStatus CheckAndCosign(LedgerWitness witness, LedgerLog log, const LogBlock *block, LedgerBytes *line,
                                   LedgerError *error)
{
  Own                own        = OwnRecords(block);
  LedgerRequest      request    = {0};
  LedgerWitnessBlock to_compare = {.start            = block->start,
                                   .count            = block->n,
                                   .expected         = OwnNext,
                                   .expected_context = &own,
                                   .directory        = LedgerLogDirectory(log),
                                   .describe         = DescribeToStream};
  LedgerStatus       status     = LedgerRequestMake(log, LedgerWitnessHeadSize(witness), &request, error);

  if (status == LEDGER_OK) status = LedgerWitnessCheck(witness, &request, LedgerLogCheckpointPath(log), error);
  if (status == LEDGER_OK) status = LedgerWitnessCheckBlock(witness, &to_compare, error);
  if (status == LEDGER_OK) status = LedgerWitnessCosign(witness, (uint64_t)time(NULL), line, error);
  return status;
}

/* On the rank that holds the region. */
static LedgerStatus CosignBlock(Run run, const LogBlock *block, LedgerBytes *line, LedgerError *error)
{
  char          directory[PETSC_MAX_PATH_LEN], head[WITNESS_PATH];
  LedgerSigner  signer  = NULL;
  LedgerWitness witness = NULL;
  LedgerLog     log     = NULL;
  LedgerStatus  status;

  RunLogDirectory(run, directory);
  WitnessDirectory(run, block->region, head);
  status = LoadKey(run, block->region, PETSC_FALSE, &signer, error);
  if (status == LEDGER_OK) status = LedgerLogOpen(directory, &(LedgerLogOptions){.without_quorum = true}, &log, error);
  if (status == LEDGER_OK)
    status = LedgerWitnessOpen(head, signer, LedgerLogVerifier(log, NULL), run->study->ledger_origin, &witness, error);
  if (status == LEDGER_OK) status = CheckAndCosign(witness, log, block, line, error);
  LedgerWitnessClose(&witness);
  LedgerLogClose(&log);
  LedgerSignerDestroy(&signer);
  return status;
}

/* Passes a line from a rank to all. */
static PetscErrorCode Share(Job job, int from, char text[TEXT_BYTES])
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(text, TEXT_BYTES, MPI_CHAR, from, job->comm));
  PetscFunctionReturn(0);
}

/* Collective: one region's cosignature, appended to `lines` on rank 0, or its refusal, which is told. */
static PetscErrorCode Collect(Run run, const LogBlock *block, Text *lines)
{
  char        line[TEXT_BYTES] = "", refusal[TEXT_BYTES] = "";
  LedgerBytes cosignature = {0};
  LedgerError error       = {""};

  PetscFunctionBeginUser;
  if (block->owner == run->job->rank) {
    if (CosignBlock(run, block, &cosignature, &error) == LEDGER_OK && cosignature.size < sizeof line)
      memcpy(line, cosignature.data, cosignature.size);
    else
      snprintf(refusal, sizeof refusal, "region %s refuses to cosign: %.1500s", run->partition->name[block->region],
               error.text);
    LedgerBytesFree(&cosignature);
  }
  PetscCall(Share(run->job, block->owner, line));
  PetscCall(Share(run->job, block->owner, refusal));
  if (run->job->rank == 0) TextAddBytes(lines, line, strlen(line));
  if (refusal[0]) JobSay(run->job, "%s", refusal);
  PetscFunctionReturn(0);
}

PetscBool WitnessesDone(Run run)
{
  const LedgerBytes *checkpoint = LedgerWriterCheckpoint(run->writer);
  LedgerNote         note       = NULL;
  LedgerError        error;
  PetscBool          done;

  if (!run->quorum || !checkpoint->size) return PETSC_TRUE;
  done = LedgerNoteParse(checkpoint->data, checkpoint->size, "checkpoint", &note, &error) == LEDGER_OK &&
                 LedgerQuorumCheck(run->quorum, note, "checkpoint", NULL, &error) == LEDGER_OK
             ? PETSC_TRUE
             : PETSC_FALSE;
  LedgerNoteDestroy(&note);
  return done;
}

PetscErrorCode WitnessesCosign(Run run, const Window *window)
{
  Text         lines = {0};
  LedgerError  error = {""};
  LedgerStatus status;

  PetscFunctionBeginUser;
  if (!run->study->ledger.witnesses) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < window->n_blocks; k++)
    if (window->block[k].region >= 0 && IsWitness(run, window->block[k].region))
      PetscCall(Collect(run, &window->block[k], &lines));
  if (run->job->rank == 0) {
    status = LedgerWriterAddCosignatures(run->writer, lines.bytes ? lines.bytes : "", lines.size, run->quorum, &error);
    if (status != LEDGER_OK)
      JobFail(run->job, status == LEDGER_FALSE ? JOB_UNVERIFIED : JOB_INTERNAL, "%.1000s", error.text);
    else if (!WitnessesDone(run))
      JobFail(run->job, JOB_UNVERIFIED,
              "window %d: fewer than %zu of %zu witnesses cosigned: the ledger's root is not final",
              (int)window->number, LedgerQuorumNeeded(run->quorum), LedgerQuorumCount(run->quorum));
  }
  free(lines.bytes);
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}
