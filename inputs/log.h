/* The rooms of the program as stages of PETSc's log, and what they spend their time on as its events: time, messages, bytes and
   memory by room. A room pushes its stage where it is entered; rooms that know no PETSc have theirs pushed by who calls them.
   Without logging nothing is done. Not collective but where said. */
#ifndef ARCHIPELAGO_INPUTS_LOG_H
#define ARCHIPELAGO_INPUTS_LOG_H

#include <petscsys.h>

typedef enum {
  LOG_INPUTS,
  LOG_PARTITION,
  LOG_SOLVER,
  LOG_DYNAMICS,
  LOG_MARKET,
  LOG_LEDGER,
  LOG_JOBS,
  LOG_ROOMS
} LogRoom;

typedef enum {
  LOG_PARTITION_EXCHANGE, /* numbers of borders between regions */
  LOG_SOLVER_SET_UP,
  LOG_SOLVER_INTERIOR_POINT,
  LOG_SOLVER_LINEAR,
  LOG_SOLVER_ADMM,
  LOG_SOLVER_DIAGNOSIS,
  LOG_SOLVER_EVALUATION,
  LOG_SOLVER_FACTOR,
  LOG_SOLVER_SOLVE,
  LOG_SOLVER_LINEAR_FACTOR, /* of linear programs */
  LOG_SOLVER_LINEAR_SOLVE,
  LOG_DYNAMICS_SIMULATION,
  LOG_JOBS_WRITING,
  LOG_EVENTS
} LogEvent;

/* Collective. Right after PetscInitialize: with `asked`, or with PETSc's own -log_view, logging is on from here. */
PetscErrorCode LogBegin(PetscBool asked);
/* Collective. The table, on stderr or in a file. Call once, at the end. */
PetscErrorCode LogView(MPI_Comm comm, const char *file);

/* Each push has its pop, each begin its end. */
PetscErrorCode LogStagePush(LogRoom room);
PetscErrorCode LogStagePop(void);
PetscErrorCode LogEventBegin(LogEvent event);
PetscErrorCode LogEventEnd(LogEvent event);

#endif
