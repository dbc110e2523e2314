/* Other solvers' interior points on a linear program in an MPS file, where they are installed. */
#ifndef ARCHIPELAGO_TESTS_BENCH_PLANNING_PEER_H
#define ARCHIPELAGO_TESTS_BENCH_PLANNING_PEER_H

#include <petscsys.h>

typedef struct {
  PetscBool available, solved;
  int       iterations;
  double    seconds, wall; /* of the solve alone, reading left out: processor time, by the clock */
  double    memory;        /* MB, all of the peer's process */
  double    objective;
} PlanningPeer;

/* Both without crossover, on one core, and ended after `limit` seconds by the clock. */
PlanningPeer PlanningPeerClp(const char *mps, double limit);
/* HiGHS, by peer_lp.py in the Python that ARCHIPELAGO_PEER_PYTHON names. */
PlanningPeer PlanningPeerHighs(const char *mps, double limit);

#endif
