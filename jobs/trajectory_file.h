/* Trajectories as a file: netCDF-4 with the dimensions time, bus, machine, branch. */
#ifndef ARCHIPELAGO_JOBS_TRAJECTORY_FILE_H
#define ARCHIPELAGO_JOBS_TRAJECTORY_FILE_H

#include "dynamics/trajectory.h"
#include "jobs/job.h"

/* What goes into the file: comma-separated names of variables, and labels of buses ("101"), machines ("101:1") and
   branches ("101-102:1"); NULL: all. Of a dimension of which no label is listed all elements go in. */
typedef struct {
  const char *channels, *elements;
} TrajectoryChoice;

/* Fails the job when a name is no channel. */
void TrajectoryCheckChannels(Job job, const char *what, const char *channels);
/* Not collective. Fails the job when a label stands for nothing that a trajectory of these equations has. */
PetscErrorCode TrajectoryCheckElements(Job job, const char *what, Equations eq, const char *elements);
/* Not collective. Writes what is chosen; a write that fails fails the job. */
PetscErrorCode TrajectoryWrite(Job job, const char *path, Network net, Trajectory trajectory,
                               const TrajectoryChoice *choice);

#endif
