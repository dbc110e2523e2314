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

/* Whether a short circuit stands at a bus, or on a closed branch. */
PetscBool EventFaultOn(Equations eq);

/* "vref, pref": the references of a site that EVENT_SET_REFERENCE can set, "none" when there are none. */
const char *EventReferenceNames(Equations eq, PetscInt site, char *text, size_t size);

/* "trip of branch 8-9:1": for reports. */
const char *EventDescribe(Network net, const StabilityEvent *event, char *text, size_t size);

/* Not collective. An event as people write it:
     t=1.0,fault=BUS[,r=R,x=X]   t=1.0,fault=F-T[:CKT],at=SHARE[,r=R,x=X]   t=1.1,clear=BUS (or F-T[:CKT])
     t=1.0,trip=F-T[:CKT]   t=3.0,close=F-T[:CKT]   t=1.0,trip-unit=BUS:ID   t=1.0,load=BUS[:ID],p=MW,q=Mvar (a step by)
     t=1.0,set=BUS:ID:vref,value=V (or add=V)   t=1.0,island=COLUMN:LABEL
   SHARE counts from the bus F, whichever end the file calls the from end. F-T without CKT is the first such branch in
   service, otherwise the first; a load without ID the first in service, or a new one where there is none. What does
   not exist in the network or makes no sense is a fault at file:line that names `what` ("--event"); *ok says whether
   *event can be used. */
PetscErrorCode EventParse(Network net, const char *text, Faults faults, const char *file, PetscInt line,
                          const char *what, StabilityEvent *event, PetscBool *ok);

/* Not collective. What of event[n], in any order, contradicts another or the network's state: a clearing without a
   fault, a trip of what is open, a close of what is closed, a time that is not before the end. `what` begins each line. */
PetscErrorCode EventsCheck(Network net, PetscInt n, const StabilityEvent *event, PetscReal until_s, Faults faults,
                           const char *what);
/* Not collective. References that a unit's devices do not have; the fault names those that they have. */
PetscErrorCode EventsCheckDevices(Equations eq, PetscInt n, const StabilityEvent *event, Faults faults,
                                  const char *what);

#endif
