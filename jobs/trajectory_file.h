/* Trajectories as a file: netCDF-4 with the dimensions time, bus, machine, branch. */
#ifndef ARCHIPELAGO_JOBS_TRAJECTORY_FILE_H
#define ARCHIPELAGO_JOBS_TRAJECTORY_FILE_H

#include "dynamics/trajectory.h"
#include "jobs/job.h"

/* Fails the job when a comma-separated list has a name that is no channel. NULL: all channels. */
void TrajectoryChannelsCheck(Job job, const char *what, const char *channels);
/* Not collective. Writes the channels of a list (NULL: all); a write that fails fails the job. */
PetscErrorCode TrajectoryWrite(Job job, const char *path, Network net, Trajectory trajectory, const char *channels);

#endif
