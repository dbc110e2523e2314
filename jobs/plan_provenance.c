/* Where a plan comes from. */
#include "jobs/plan_provenance.h"

#include <dirent.h>
#include <hdf5.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jobs/digest.h"
#include "jobs/format.h"
#include "jobs/version.h"

static json_t *Libraries(void)
{
  json_t  *all = json_object();
  char     mpi[MPI_MAX_LIBRARY_VERSION_STRING];
  int      length;
  unsigned major, minor, release;

  MPI_Get_library_version(mpi, &length);
  mpi[strcspn(mpi, ",\n")] = '\0';
  H5get_libversion(&major, &minor, &release);
  JsonPut(all, "petsc", json_sprintf("%d.%d.%d", PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR));
  JsonPut(all, "mpi", JsonText(mpi));
  JsonPut(all, "hdf5", json_sprintf("%u.%u.%u", major, minor, release));
  JsonPut(all, "openssl", json_string(OpenSSL_version(OPENSSL_VERSION)));
  JsonPut(all, "jansson", json_string(JANSSON_VERSION));
  JsonPut(all, "compiler", json_string(__VERSION__));
  return all;
}

static int IsTable(const struct dirent *entry)
{
  const size_t n = strlen(entry->d_name);
  return n > 4 && !strcmp(entry->d_name + n - 4, ".csv");
}

static void PutHash(json_t *files, const char *path)
{
  char      hex[DIGEST_HEX_SIZE];
  FileError error;

  if (path && DigestFile(path, hex, &error)) JsonPut(files, path, json_string(hex));
}

/* The folder's tables in the order of their names, and what the study names. */
static json_t *Inputs(Plan plan)
{
  struct dirent **entry;
  const int       n     = scandir(plan->folder, &entry, IsTable, alphasort);
  json_t         *files = json_object();
  char            path[PETSC_MAX_PATH_LEN];

  if (plan->study) PutHash(files, plan->study->path);
  if (plan->study) PutHash(files, plan->study->participants_path);
  for (int k = 0; k < n; k++) {
    FileJoin(path, sizeof path, plan->folder, entry[k]->d_name);
    PutHash(files, path);
    free(entry[k]);
  }
  if (n >= 0) free(entry);
  return files;
}

static json_t *Options(const PlanSettings *s)
{
  json_t *o = json_object();

  JsonPut(o, "source", JsonText(s->source));
  JsonPut(o, "policy", JsonText(s->policy));
  JsonPut(o, "method", JsonText(s->method));
  JsonPut(o, "regions", JsonText(s->regions));
  JsonPut(o, "export_mps", JsonText(s->export_mps));
  JsonPut(o, "tolerance", s->tolerance > 0 ? json_real(s->tolerance) : json_null());
  JsonPut(o, "max_iterations", s->max_iterations > 0 ? json_integer(s->max_iterations) : json_null());
  JsonPut(o, "blocks", s->blocks > 0 ? json_integer(s->blocks) : json_null());
  return o;
}

PetscErrorCode PlanProvenanceCreate(Plan plan, json_t **provenance)
{
  json_t *times     = plan->job->rank ? NULL : json_object(), *p;
  char    host[256] = "";

  PetscFunctionBeginUser;
  PetscCall(PlanRecordTimes(plan, times));
  if (plan->job->rank) PetscFunctionReturn(0);
  p = *provenance = json_object();
  gethostname(host, sizeof host - 1);
  JsonPut(p, "finished", json_string(FormatTime((long long)time(NULL)).text));
  JsonPut(p, "host", JsonText(host));
  JsonPut(p, "ranks", json_integer(plan->job->size));
  JsonPut(p, "version", json_string(ProgramVersion()));
  JsonPut(p, "commit", JsonText(ProgramCommit()));
  JsonPut(p, "libraries", Libraries());
  JsonPut(p, "options", Options(&plan->settings));
  JsonPut(p, "inputs_sha256", Inputs(plan));
  JsonPut(p, "times", times);
  PetscFunctionReturn(0);
}
