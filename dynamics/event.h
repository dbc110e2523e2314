/* Events: what happens to a system while it is simulated. */
#ifndef ARCHIPELAGO_DYNAMICS_EVENT_H
#define ARCHIPELAGO_DYNAMICS_EVENT_H

#include "dynamics/equations.h"

typedef enum {
  EVENT_FAULT,         /* three-phase short circuit through r + jx, at a bus or along a branch */
  EVENT_CLEAR,         /* of the fault at that bus or on that branch */
  EVENT_TRIP_BRANCH,   /* line or transformer opens */
  EVENT_CLOSE_BRANCH,  /* ... and closes */
  EVENT_TRIP_UNIT,     /* generator or storage unit is disconnected */
  EVENT_LOAD_STEP,     /* a load grows by p and q, at nominal voltage dependence */
  EVENT_SET_REFERENCE, /* vref, pref, ... of a unit takes a value, or changes by it */
  EVENT_ISLAND         /* a region is cut off: every branch opens that joins its buses to others */
} EventKind;

typedef struct {
  PetscReal  time_s;
  EventKind  kind;
  PetscInt   bus;           /* index: FAULT and CLEAR at a bus (then branch is -1), LOAD_STEP */
  PetscInt   branch;        /* index: TRIP_BRANCH, CLOSE_BRANCH; FAULT and CLEAR along a branch; otherwise -1 */
  PetscReal  at;            /* FAULT along a branch: distance from its from end, 0 to 1 */
  PetscReal  r_pu, x_pu;    /* FAULT: impedance to ground, per unit on the network's base; both zero: bolted */
  DeviceSite site;          /* TRIP_UNIT, SET_REFERENCE: generator or storage; LOAD_STEP of a load: DEVICE_AT_LOAD */
  PetscInt   row;           /* of that table; LOAD_STEP: -1 for a new load at the bus */
  PetscReal  p_mw, q_mvar;  /* LOAD_STEP: growth at the operating point's voltage */
  char       reference[16]; /* SET_REFERENCE */
  PetscReal  value;
  PetscBool  relative;              /* the value is added to what stands there */
  char       column[32], label[64]; /* ISLAND: the buses with this label in this column ("area", "region", ...) */
} StabilityEvent;

/* Not collective. Applies an event to the equations as they stand; the caller updates the topology when *topology and
   restarts. *problem (static text) is NULL, or why it could not: the unit is not simulated, it has no such reference. */
PetscErrorCode EventApply(Equations eq, const StabilityEvent *event, PetscBool *topology, const char **problem);

/* "trip of branch 8-9:1": for reports. */
const char *EventDescribe(Network net, const StabilityEvent *event, char *text, size_t size);

/* Not collective. An event as people write it:
     t=1.0,fault=BUS[,r=R,x=X]   t=1.0,fault=F-T[:CKT],at=SHARE[,r=R,x=X]   t=1.1,clear=BUS (or F-T[:CKT])
     t=1.0,trip=F-T[:CKT]   t=3.0,close=F-T[:CKT]   t=1.0,trip-unit=BUS:ID   t=1.0,load=BUS[:ID],p=MW,q=Mvar (a step by)
     t=1.0,set=BUS:ID:vref,value=V (or add=V)   t=1.0,island=COLUMN:LABEL
   What does not exist in the network or makes no sense is a fault at file:line that names `what` ("--event"); *ok says
   whether *event can be used. */
PetscErrorCode EventParse(Network net, const char *text, Faults faults, const char *file, PetscInt line,
                          const char *what, StabilityEvent *event, PetscBool *ok);

#endif
