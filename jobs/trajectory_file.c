/* Trajectories as a file. */
#include "jobs/trajectory_file.h"

#include <stddef.h>
#include <string.h>

#include "jobs/dataset.h"

typedef enum { AXIS_BUS, AXIS_MACHINE, AXIS_BRANCH, AXES } Axis;

static const struct {
  const char *name, *long_name;
} axes[AXES] = {[AXIS_BUS]     = {"bus", "bus number"},
                [AXIS_MACHINE] = {"machine", "generator or storage unit with a device, as bus:unit"},
                [AXIS_BRANCH]  = {"branch", "branch, as from-to:circuit"}};

typedef struct {
  const char *name;
  Axis        axis;
  const char *units, *long_name;
  size_t      array; /* offset of the array's pointer in the trajectory */
} Channel;

static const Channel channels_known[] = {
    {"bus_vm_pu", AXIS_BUS, "1", "voltage magnitude, per unit", offsetof(struct _s_Trajectory, bus_vm_pu)},
    {"bus_va_deg", AXIS_BUS, "degree", "voltage angle, -180 to 180, in the frame of the operating point's reference",
     offsetof(struct _s_Trajectory, bus_va_deg)},
    {"bus_frequency_hz", AXIS_BUS, "Hz", "frequency of the voltage, missing where there is none",
     offsetof(struct _s_Trajectory, bus_frequency_hz)},
    {"machine_angle_deg", AXIS_MACHINE, "degree",
     "rotor angle in the synchronous frame of the operating point's reference",
     offsetof(struct _s_Trajectory, machine_angle_deg)},
    {"machine_speed_dev_pu", AXIS_MACHINE, "1", "speed, deviation from nominal, per unit",
     offsetof(struct _s_Trajectory, machine_speed_dev_pu)},
    {"machine_efd_pu", AXIS_MACHINE, "1", "field voltage, per unit", offsetof(struct _s_Trajectory, machine_efd_pu)},
    {"machine_pmech_pu", AXIS_MACHINE, "1", "mechanical power, per unit of the unit's MVA base",
     offsetof(struct _s_Trajectory, machine_pmech_pu)},
    {"machine_p_mw", AXIS_MACHINE, "MW", "active power fed in", offsetof(struct _s_Trajectory, machine_p_mw)},
    {"machine_q_mvar", AXIS_MACHINE, "Mvar", "reactive power fed in", offsetof(struct _s_Trajectory, machine_q_mvar)},
    {"branch_p_from_mw", AXIS_BRANCH, "MW", "active power into the branch at its from end",
     offsetof(struct _s_Trajectory, branch_p_from_mw)},
    {"branch_q_from_mvar", AXIS_BRANCH, "Mvar", "reactive power into the branch at its from end",
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

void TrajectoryCheckChannels(Job job, const char *what, const char *channels)
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

/* The elements along each axis: how many there are, their labels, and which are chosen. */
typedef struct {
  PetscInt  n[AXES], n_chosen[AXES];
  char    **label[AXES];  /* those of machines and branches are the trajectory's */
  PetscInt *chosen[AXES]; /* [n_chosen] ascending */
} Elements;

/* Buses by their external numbers, which is how events name them. */
static PetscErrorCode LabelBuses(const BusTable *bus, char ***label)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(bus->n, label));
  for (PetscInt b = 0; b < bus->n; b++) {
    PetscCall(PetscMalloc1(16, &(*label)[b]));
    snprintf((*label)[b], 16, "%d", (int)bus->number[b]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ElementsCreate(Network net, Trajectory t, const char *list, Elements *e)
{
  PetscFunctionBeginUser;
  *e = (Elements){.n = {t->n_buses, t->n_machines, t->n_branches}, .label = {NULL, t->machine, t->branch}};
  PetscCall(LabelBuses(&net->bus, &e->label[AXIS_BUS]));
  for (int a = 0; a < AXES; a++) {
    PetscCall(PetscMalloc1(e->n[a] + 1, &e->chosen[a]));
    for (PetscInt k = 0; list && k < e->n[a]; k++)
      if (IsListed(list, e->label[a][k])) e->chosen[a][e->n_chosen[a]++] = k;
    for (PetscInt k = 0; !e->n_chosen[a] && k < e->n[a]; k++) e->chosen[a][k] = k;
    if (!e->n_chosen[a]) e->n_chosen[a] = e->n[a];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ElementsDestroy(Elements *e)
{
  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < e->n[AXIS_BUS]; b++) PetscCall(PetscFree(e->label[AXIS_BUS][b]));
  PetscCall(PetscFree(e->label[AXIS_BUS]));
  for (int a = 0; a < AXES; a++) PetscCall(PetscFree(e->chosen[a]));
  PetscFunctionReturn(0);
}

PetscErrorCode TrajectoryCheckElements(Job job, const char *what, Equations eq, const char *elements)
{
  Trajectory t;
  Elements   e;

  PetscFunctionBeginUser;
  if (!elements) PetscFunctionReturn(0);
  PetscCall(TrajectoryCreate(eq, 1, &t));
  PetscCall(ElementsCreate(eq->net, t, NULL, &e));
  for (const char *at = elements; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    char      word[160];
    PetscBool known = PETSC_FALSE;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(at, ","), at);
    for (int a = 0; a < AXES; a++)
      for (PetscInt k = 0; k < e.n[a] && !known; k++) known = (PetscBool)!strcmp(word, e.label[a][k]);
    if (!known)
      JobFail(job, JOB_INPUT,
              "%s: found \"%s\", expected a bus (101), a machine with a device (101:1) or a branch (101-102:1)", what,
              word);
  }
  PetscCall(ElementsDestroy(&e));
  PetscCall(TrajectoryDestroy(&t));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddAxis(Dataset ds, const Elements *e, Axis a)
{
  char **label;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(e->n_chosen[a], &label));
  for (PetscInt k = 0; k < e->n_chosen[a]; k++) label[k] = e->label[a][e->chosen[a][k]];
  PetscCall(DatasetAddDimension(ds, axes[a].name, e->n_chosen[a]));
  PetscCall(DatasetAddText(ds, axes[a].name, axes[a].name, axes[a].long_name, label));
  PetscCall(PetscFree(label));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddChannel(Dataset ds, Trajectory t, const Elements *e, const Channel *c)
{
  const PetscReal *all = *(PetscReal **)((char *)t + c->array);
  const PetscInt   n = e->n_chosen[c->axis], width = e->n[c->axis];
  PetscReal       *some;
  char             dims[32];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)t->n_times * (size_t)n, &some));
  for (PetscInt i = 0; i < t->n_times; i++)
    for (PetscInt k = 0; k < n; k++)
      some[(size_t)i * (size_t)n + (size_t)k] = all[(size_t)i * (size_t)width + (size_t)e->chosen[c->axis][k]];
  snprintf(dims, sizeof dims, "time %s", axes[c->axis].name);
  PetscCall(DatasetAddReal(ds, c->name, dims, c->units, c->long_name, some));
  PetscCall(PetscFree(some));
  PetscFunctionReturn(0);
}

static PetscErrorCode Fill(Dataset ds, Network net, Trajectory t, const TrajectoryChoice *choice)
{
  Elements e;

  PetscFunctionBeginUser;
  PetscCall(ElementsCreate(net, t, choice->elements, &e));
  PetscCall(DatasetSetAttribute(ds, "title", net->name));
  PetscCall(DatasetAddDimension(ds, "time", t->n_times));
  for (int a = 0; a < AXES; a++) PetscCall(AddAxis(ds, &e, (Axis)a));
  PetscCall(
      DatasetAddReal(ds, "time", "time", "s", "time; an event's instant stands twice, before and after", t->time_s));
  for (int k = 0; k < N_CHANNELS; k++)
    if (!choice->channels || IsListed(choice->channels, channels_known[k].name))
      PetscCall(AddChannel(ds, t, &e, &channels_known[k]));
  PetscCall(ElementsDestroy(&e));
  PetscFunctionReturn(0);
}

PetscErrorCode TrajectoryWrite(Job job, const char *path, Network net, Trajectory trajectory,
                               const TrajectoryChoice *choice)
{
  Dataset   ds;
  PetscBool written;
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(DatasetCreate(&ds));
  PetscCall(Fill(ds, net, trajectory, choice));
  PetscCall(DatasetWriteNetcdf(ds, path, &written, &error));
  if (!written) JobFail(job, JOB_INTERNAL, "%s", error.text);
  PetscCall(DatasetDestroy(&ds));
  PetscFunctionReturn(0);
}
