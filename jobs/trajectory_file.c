/* Trajectories as a file. */
#include "jobs/trajectory_file.h"

#include <stddef.h>
#include <string.h>

#include "jobs/dataset.h"

typedef struct {
  const char *name, *dimension, *units, *long_name;
  size_t      array; /* offset of the array's pointer in the trajectory */
} Channel;

static const Channel channels_known[] = {
    {"bus_vm_pu", "bus", "1", "voltage magnitude, per unit", offsetof(struct _s_Trajectory, bus_vm_pu)},
    {"bus_va_deg", "bus", "degree", "voltage angle, -180 to 180, in the frame of the operating point's reference",
     offsetof(struct _s_Trajectory, bus_va_deg)},
    {"bus_frequency_hz", "bus", "Hz", "frequency of the voltage, missing where there is none",
     offsetof(struct _s_Trajectory, bus_frequency_hz)},
    {"machine_angle_deg", "machine", "degree",
     "rotor angle in the synchronous frame of the operating point's reference",
     offsetof(struct _s_Trajectory, machine_angle_deg)},
    {"machine_speed_dev_pu", "machine", "1", "speed, deviation from nominal, per unit",
     offsetof(struct _s_Trajectory, machine_speed_dev_pu)},
    {"machine_efd_pu", "machine", "1", "field voltage, per unit", offsetof(struct _s_Trajectory, machine_efd_pu)},
    {"machine_pmech_pu", "machine", "1", "mechanical power, per unit of the unit's MVA base",
     offsetof(struct _s_Trajectory, machine_pmech_pu)},
    {"machine_p_mw", "machine", "MW", "active power fed in", offsetof(struct _s_Trajectory, machine_p_mw)},
    {"machine_q_mvar", "machine", "Mvar", "reactive power fed in", offsetof(struct _s_Trajectory, machine_q_mvar)},
    {"branch_p_from_mw", "branch", "MW", "active power into the branch at its from end",
     offsetof(struct _s_Trajectory, branch_p_from_mw)},
    {"branch_q_from_mvar", "branch", "Mvar", "reactive power into the branch at its from end",
     offsetof(struct _s_Trajectory, branch_q_from_mvar)},
};
enum { N_CHANNELS = sizeof channels_known / sizeof channels_known[0] };

/* Whether a name of so many letters stands in a comma-separated list. */
static PetscBool IsListed(const char *list, const char *name)
{
  const size_t n = strlen(name);
  for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
    if (!strncmp(at, name, n) && (at[n] == ',' || !at[n])) return PETSC_TRUE;
  return PETSC_FALSE;
}

void TrajectoryChannelsCheck(Job job, const char *what, const char *channels)
{
  char names[400] = "";

  for (int k = 0; k < N_CHANNELS; k++) {
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s", k ? ", " : "", channels_known[k].name);
  }
  for (const char *at = channels; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    char   word[64];
    size_t n     = strcspn(at, ",");
    int    known = 0;
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), at);
    for (int k = 0; k < N_CHANNELS; k++) known += !strcmp(word, channels_known[k].name);
    if (!known) JobFail(job, JOB_INPUT, "%s: found the channel \"%s\", expected some of %s", what, word, names);
  }
}

/* Buses by their external numbers, which is how events name them. */
static PetscErrorCode AddBusLabels(Dataset ds, const BusTable *bus)
{
  char **label;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(bus->n, &label));
  for (PetscInt b = 0; b < bus->n; b++) {
    PetscCall(PetscMalloc1(16, &label[b]));
    snprintf(label[b], 16, "%d", (int)bus->number[b]);
  }
  PetscCall(DatasetAddText(ds, "bus", "bus", "bus number", label));
  for (PetscInt b = 0; b < bus->n; b++) PetscCall(PetscFree(label[b]));
  PetscCall(PetscFree(label));
  PetscFunctionReturn(0);
}

static PetscErrorCode Fill(Dataset ds, Network net, Trajectory t, const char *channels)
{
  char dims[32];

  PetscFunctionBeginUser;
  PetscCall(DatasetSetAttribute(ds, "title", net->name));
  PetscCall(DatasetAddDimension(ds, "time", t->n_times));
  PetscCall(DatasetAddDimension(ds, "bus", t->n_buses));
  PetscCall(DatasetAddDimension(ds, "machine", t->n_machines));
  PetscCall(DatasetAddDimension(ds, "branch", t->n_branches));
  PetscCall(
      DatasetAddReal(ds, "time", "time", "s", "time; an event's instant stands twice, before and after", t->time_s));
  PetscCall(AddBusLabels(ds, &net->bus));
  PetscCall(
      DatasetAddText(ds, "machine", "machine", "generator or storage unit with a device, as bus:unit", t->machine));
  PetscCall(DatasetAddText(ds, "branch", "branch", "branch, as from-to:circuit", t->branch));
  for (int k = 0; k < N_CHANNELS; k++) {
    const Channel *c = &channels_known[k];
    if (channels && !IsListed(channels, c->name)) continue;
    snprintf(dims, sizeof dims, "time %s", c->dimension);
    PetscCall(DatasetAddReal(ds, c->name, dims, c->units, c->long_name, *(PetscReal **)((char *)t + c->array)));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TrajectoryWrite(Job job, const char *path, Network net, Trajectory trajectory, const char *channels)
{
  Dataset   ds;
  PetscBool written;
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(DatasetCreate(&ds));
  PetscCall(Fill(ds, net, trajectory, channels));
  PetscCall(DatasetWriteNetcdf(ds, path, &written, &error));
  if (!written) JobFail(job, JOB_INTERNAL, "%s", error.text);
  PetscCall(DatasetDestroy(&ds));
  PetscFunctionReturn(0);
}
