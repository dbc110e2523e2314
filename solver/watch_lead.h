/* A watch of all ranks over a solve that one rank makes alone: the others take part in the watch's calls as that rank makes them. */
#ifndef ARCHIPELAGO_SOLVER_WATCH_LEAD_H
#define ARCHIPELAGO_SOLVER_WATCH_LEAD_H

#include "solver/watch.h"

typedef struct {
  MPI_Comm comm;
  Watch    watch; /* of all ranks of comm */
} WatchLeader;

/* On the first rank of comm: the watch that its solve is given. Leader and *led are the caller's and last as long as the solve. Not
   collective. */
void WatchLead(MPI_Comm comm, Watch watch, WatchLeader *leader, struct _s_Watch *led);
/* On the first rank, when the solve has returned: the others go on. */
PetscErrorCode WatchLeadEnd(WatchLeader *leader);
/* On the other ranks: until the first one is done. */
PetscErrorCode WatchFollow(MPI_Comm comm, Watch watch);

#endif
