/* The machines that a job runs on. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "jobs/provenance.h"

/* One rank's part. */
typedef struct {
  char   host[128], processor[128];
  double memory_mb;
} Place;

/* The processor's name; on machines that give it none, the architecture. */
static void FindProcessor(char *name, size_t size)
{
  char           line[512];
  const char    *colon;
  struct utsname system;
  FILE          *file = fopen("/proc/cpuinfo", "re");

  name[0] = '\0';
  while (file && !name[0] && fgets(line, sizeof line, file)) {
    if (strncmp(line, "model name", 10) != 0 || !(colon = strchr(line, ':'))) continue;
    line[strcspn(line, "\n")] = '\0';
    snprintf(name, size, "%s", colon + 1 + strspn(colon + 1, " "));
  }
  if (file) fclose(file);
  if (!name[0] && !uname(&system)) snprintf(name, size, "%s", system.machine);
}

static void FindPlace(Place *place)
{
  struct rusage usage;

  memset(place, 0, sizeof *place);
  gethostname(place->host, sizeof place->host - 1);
  FindProcessor(place->processor, sizeof place->processor);
  if (!getrusage(RUSAGE_SELF, &usage)) place->memory_mb = (double)usage.ru_maxrss / 1024;
}

static json_t *HostOf(json_t *hosts, const Place *place)
{
  json_t *host;
  size_t  k;

  json_array_foreach(hosts, k, host)
  {
    const char *name = json_string_value(json_object_get(host, "host"));
    if (name && !strcmp(name, place->host)) return host;
  }
  host = json_object();
  JsonPut(host, "host", JsonText(place->host));
  JsonPut(host, "processor", JsonText(place->processor));
  JsonPut(host, "ranks", json_array());
  json_array_append_new(hosts, host);
  return host;
}

PetscErrorCode ProvenanceMachine(MPI_Comm comm, json_t **hosts, json_t **memory)
{
  Place       mine, *all = NULL;
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  FindPlace(&mine);
  if (rank == 0) PetscCall(PetscMalloc1(size, &all));
  PetscCallMPI(MPI_Gather(&mine, (int)sizeof mine, MPI_BYTE, all, (int)sizeof mine, MPI_BYTE, 0, comm));
  *hosts = *memory = NULL;
  if (rank) PetscFunctionReturn(0);
  *hosts  = json_array();
  *memory = json_array();
  for (int k = 0; k < size; k++) {
    json_array_append_new(json_object_get(HostOf(*hosts, &all[k]), "ranks"), json_integer(k));
    json_array_append_new(*memory, json_real(all[k].memory_mb));
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

json_t *ProvenanceSlurm(void)
{
  static const char *const names[][2] = {{"job_id", "SLURM_JOB_ID"},
                                         {"array_job_id", "SLURM_ARRAY_JOB_ID"},
                                         {"array_task_id", "SLURM_ARRAY_TASK_ID"},
                                         {"restarts", "SLURM_RESTART_COUNT"},
                                         {"step_id", "SLURM_STEP_ID"},
                                         {"job_name", "SLURM_JOB_NAME"},
                                         {"partition", "SLURM_JOB_PARTITION"},
                                         {"nodes", "SLURM_JOB_NODELIST"},
                                         {"cluster", "SLURM_CLUSTER_NAME"}};
  json_t                  *slurm      = json_object();

  if (!getenv("SLURM_JOB_ID")) {
    json_decref(slurm);
    return json_null();
  }
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
    if (getenv(names[k][1])) JsonPut(slurm, names[k][0], JsonText(getenv(names[k][1])));
  return slurm;
}
