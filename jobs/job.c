/* One launched command: status, messages and the JSON document. */
#include "jobs/job.h"

#include <stdarg.h>

#include "inputs/whereabouts.h"
#include "jobs/failure.h"

#include "jobs/provenance.h"

enum { MOST_WARNINGS = 20 };

const char *JobStatusName(JobStatus status)
{
  switch (status) {
  case JOB_DONE:
    return "done";
  case JOB_INPUT:
    return "bad-input";
  case JOB_UNSOLVED:
    return "not-solved";
  case JOB_INSECURE:
    return "insecure";
  case JOB_UNVERIFIED:
    return "not-verified";
  case JOB_REQUEUE:
    return "stopped";
  default:
    return "internal-error";
  }
}

PetscErrorCode JobCreate(MPI_Comm comm, PetscBool json, Job *job)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(job));
  (*job)->comm     = comm;
  (*job)->json     = json;
  (*job)->document = json_object();
  PetscCallMPI(MPI_Comm_rank(comm, &(*job)->rank));
  PetscCallMPI(MPI_Comm_size(comm, &(*job)->size));
  PetscCall(ProvenanceCreate(comm, &(*job)->provenance));
  PetscFunctionReturn(0);
}

/* The document always tells how the command ended; faults come last. */
static void PrintDocument(Job job)
{
  json_t *faults = json_incref(json_object_get(job->document, "faults"));

  json_object_del(job->document, "faults");
  if (job->status != JOB_DONE && !json_object_get(job->document, "status"))
    JsonPut(job->document, "status", json_string(JobStatusName(job->status)));
  if (job->message[0] && !json_object_get(job->document, "message"))
    JsonPut(job->document, "message", JsonText(job->message));
  if (faults) JsonPut(job->document, "faults", faults);
  json_dumpf(job->document, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
  putchar('\n');
}

/* An internal error says which rank had it; others are the same on any rank. */
static void PrintMessage(Job job)
{
  const char *colon = job->where[0] ? ": " : "";

  if (job->message[0]) fprintf(stderr, "archipelago: %s%s%s\n", job->where, colon, job->message);
}

PetscErrorCode JobFinish(Job *job, JobStatus *status)
{
  PetscFunctionBeginUser;
  PetscCall(JobAgree(*job));
  if ((*job)->rank == 0) {
    PrintMessage(*job);
    if ((*job)->json) PrintDocument(*job);
    if (fflush(stdout) && (*job)->status == JOB_DONE) {
      fprintf(stderr, "archipelago: standard output cannot be written\n");
      (*job)->status = JOB_INTERNAL;
    }
  }
  PetscCall(JobAgree(*job));
  *status = (*job)->status;
  PetscCall(ProvenanceDestroy(&(*job)->provenance));
  json_decref((*job)->document);
  PetscCall(PetscFree(*job));
  PetscFunctionReturn(0);
}

void JobFail(Job job, JobStatus status, const char *format, ...)
{
  va_list args;

  if (job->status != JOB_DONE) return;
  job->status = status;
  va_start(args, format);
  vsnprintf(job->message, sizeof job->message, format, args);
  va_end(args);
  if (status == JOB_INTERNAL) WhereaboutsText(WhereaboutsNow(), job->where, sizeof job->where);
}

/* What was refused, or stopped on request, has not failed. */
static void Record(Job job)
{
  const PetscBool failed = job->status != JOB_INPUT && job->status != JOB_REQUEUE ? PETSC_TRUE : PETSC_FALSE;

  if (failed && !job->recorded && job->message[0]) FailureRecord(JobStatusName(job->status), job->message);
  job->recorded = PETSC_TRUE;
}

PetscErrorCode JobAgree(Job job)
{
  PetscMPIInt failed = job->status == JOB_DONE ? job->size : job->rank, first;
  int         status = (int)job->status;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(&failed, &first, 1, MPI_INT, MPI_MIN, job->comm));
  if (first == job->size) PetscFunctionReturn(0);
  if (first == job->rank) Record(job);
  PetscCallMPI(MPI_Bcast(&status, 1, MPI_INT, first, job->comm));
  PetscCallMPI(MPI_Bcast(job->message, sizeof job->message, MPI_CHAR, first, job->comm));
  PetscCallMPI(MPI_Bcast(job->where, sizeof job->where, MPI_CHAR, first, job->comm));
  job->status = (JobStatus)status;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportToDocument(Job job, Faults faults)
{
  json_t *list = json_object_get(job->document, "faults");

  PetscFunctionBeginUser;
  if (!list) JsonPut(job->document, "faults", list = json_array());
  for (PetscInt k = 0; k < FaultsCount(faults); k++) {
    FaultSeverity severity;
    const char   *file, *text;
    PetscInt      line;
    json_t       *fault = json_object();
    PetscCall(FaultsGet(faults, k, &severity, &file, &line, &text));
    JsonPut(fault, "severity", json_string(severity == FAULT_ERROR ? "error" : "warning"));
    JsonPut(fault, "file", JsonText(file));
    JsonPut(fault, "line", line > 0 ? json_integer(line) : json_null());
    JsonPut(fault, "text", JsonText(text));
    json_array_append_new(list, fault);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PrintFaults(Faults faults)
{
  PetscInt warnings = 0;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < FaultsCount(faults); k++) {
    FaultSeverity severity;
    const char   *file, *text;
    PetscInt      line;
    PetscCall(FaultsGet(faults, k, &severity, &file, &line, &text));
    if (severity == FAULT_WARNING && ++warnings > MOST_WARNINGS) continue;
    if (file && line > 0)
      fprintf(stderr, "%s:%d: ", file, (int)line);
    else if (file)
      fprintf(stderr, "%s: ", file);
    fprintf(stderr, "%s: %s\n", severity == FAULT_ERROR ? "error" : "warning", text);
  }
  if (warnings > MOST_WARNINGS) fprintf(stderr, "warning: and %d more warnings\n", (int)(warnings - MOST_WARNINGS));
  PetscFunctionReturn(0);
}

PetscErrorCode JobReport(Job job, Faults faults)
{
  PetscFunctionBeginUser;
  if (job->rank == 0) {
    PetscCall(PrintFaults(faults));
    if (job->json && FaultsCount(faults)) PetscCall(ReportToDocument(job, faults));
  }
  if (FaultsErrorCount(faults) && job->status == JOB_DONE) {
    job->status     = JOB_INPUT;
    job->message[0] = '\0';
  }
  PetscFunctionReturn(0);
}

void JobSay(Job job, const char *format, ...)
{
  va_list args;

  if (job->rank) return;
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
}
