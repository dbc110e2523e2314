/* The network: the one model of a grid that every importer fills and every room reads.
   Struct of arrays, one table per noun; rows keep the order of the source. Powers in MW, Mvar, MVA; energies in MWh;
   impedances and admittances per unit on `base_mva` and the bus's base voltage; angles in radians; costs in currency
   per hour of a power in MW; times in hours. A limit that is not there is infinite: compare with `< PETSC_INFINITY`, which
   holds for none of the values that mean infinity. The vocabulary is PyPSA's (docs/architecture.md). */
#ifndef ARCHIPELAGO_INPUTS_NETWORK_H
#define ARCHIPELAGO_INPUTS_NETWORK_H

#include "inputs/fault.h"

typedef enum { BUS_PQ = 1, BUS_PV = 2, BUS_REF = 3, BUS_ISOLATED = 4 } BusType;

/* A column of labels over the buses ("area", "zone", anything the data bring), by which regions can be cut. */
typedef struct {
  char  *name;
  char **label; /* [buses] */
} BusColumn;

typedef struct {
  PetscInt  n;
  PetscInt *number; /* external number, unique, positive */
  char    **name;   /* never NULL */
  char   **carrier; /* "AC" (default), "DC" or "": electric; anything else ("heat", "gas", ...) an energy bus, which has
                         an active power balance and neither voltage, angle nor reactive power */
  BusType *type;
  PetscReal *base_kv;
  PetscReal *vm_pu, *va_rad; /* set-point or solved point of the source */
  PetscReal *vm_min_pu, *vm_max_pu;
  PetscReal *latitude, *longitude; /* degrees, NAN when unknown */
  PetscInt   n_columns;
  BusColumn *column; /* always has "area" and "zone" */
} BusTable;

/* Canonical branch: a per-unit two-port. Series r + jx between an ideal complex transformer tap*exp(j shift) at the
   from end and the to bus; shunts g + jb at both ends (from-end shunt behind the transformer, as MATPOWER has it). */
typedef struct {
  PetscInt   n;
  PetscInt  *from, *to; /* bus indices */
  char     **circuit;   /* "1", "2", ... distinguishes parallels */
  char     **name;
  PetscReal *r, *x;
  PetscReal *g_from, *b_from, *g_to, *b_to;
  PetscReal *tap, *shift_rad;          /* tap 1 for a line */
  PetscReal *rate_a, *rate_b, *rate_c; /* MVA; PETSC_INFINITY when unlimited */
  PetscInt  *rate_series;              /* row of the series table, MVA, finite and positive: tightens rate_a; or -1 */
  PetscReal *angle_min_rad, *angle_max_rad; /* limits of va_from - va_to; -/+PETSC_INFINITY when none */
  PetscBool *in_service;
} BranchTable;

typedef enum { COST_POLYNOMIAL, COST_PIECEWISE_LINEAR } CostKind;

/* Cost in currency per hour of a power P in MW. Polynomial: coefficient[k] multiplies P^k, n coefficients.
   Piecewise linear: n points (coefficient[2k] MW, coefficient[2k+1] currency/h), MW increasing, convex or refused. */
typedef struct {
  CostKind   kind;
  PetscInt   n;
  PetscReal *coefficient;
} Cost;

typedef struct {
  PetscInt  n;
  PetscInt *bus;
  char    **unit;    /* identifier at the bus, "1", "2", ... */
  char    **name;    /* unique */
  char **technology; /* carrier: "wind", "solar", "hydro", "nuclear", "coal", "gas", "oil", "grid", ...; "" unknown */
  PetscBool *in_service;
  PetscReal *p_mw, *q_mvar; /* set-point of the source */
  PetscReal *vm_set_pu;
  PetscReal *p_min_mw, *p_max_mw, *q_min_mvar, *q_max_mvar;
  PetscReal *mva_base;
  PetscReal *ramp_mw_per_h;             /* up and down; PETSC_INFINITY when none */
  PetscReal *reserve_max_mw;            /* upward reserve it can promise besides p_max - p; 0: gives none */
  PetscReal *inertia_s;                 /* H on mva_base, NAN when unknown */
  PetscReal *r_source_pu, *x_source_pu; /* impedance behind which a machine stands, on mva_base; NAN when unknown */
  PetscReal *emission_t_per_mwh;        /* CO2, tonnes per MWh of output; 0 when unknown */
  Cost      *cost;
  PetscInt  *p_max_series, *p_min_series; /* rows of the series table in MW, or -1 */
} GeneratorTable;

typedef struct {
  PetscInt   n;
  PetscInt  *bus;
  char     **unit; /* identifier at the bus; "" where the source has none */
  char     **name; /* unique */
  PetscBool *in_service;
  PetscReal *p_mw, *q_mvar;
  PetscInt  *p_series, *q_series;               /* MW, Mvar; with p_series alone q keeps the static power factor */
  PetscReal *p_current_share, *q_current_share; /* of p and q, what is drawn as constant current; the rest is power */
  PetscReal *curtail_max_pu; /* 0 .. 1: share of the demand that may be left unserved for curtail_cost */
  PetscReal *curtail_cost;   /* currency per MWh curtailed */
  PetscReal *shift_max_mw;   /* demand may lie this much above or below its value; 0: not shiftable */
  PetscInt  *shift_hours; /* blocks of hours, from the window's first, over which shifts sum to zero; 0: the window */
  PetscReal *shift_cost;  /* currency per MWh moved upward */
} LoadTable;

typedef struct {
  PetscInt   n;
  PetscInt  *bus;
  char     **name;
  PetscBool *in_service;
  PetscReal *g_mw, *b_mvar; /* consumed MW, injected Mvar at 1 per unit voltage */
} ShuntTable;

/* A directed link (HVDC line, or a converter between carriers): takes p_from at `from`, delivers
   p_from (1 - loss1) - loss0 at `to`, efficiency2 p_from at `to2` and efficiency3 p_from at `to3`. A heat pump has a
   negative loss1: 1 - loss1 is its efficiency. A link whose p_min is negative has loss1 zero and one output (else it
   would create energy). */
typedef struct {
  PetscInt   n;
  PetscInt  *from, *to;
  char     **name; /* unique */
  PetscBool *in_service;
  PetscReal *p_mw; /* set-point at the from end */
  PetscReal *p_min_mw, *p_max_mw;
  PetscReal *loss0_mw, *loss1;
  PetscInt  *to2, *to3;                 /* bus indices of further outputs, -1 none */
  PetscReal *efficiency2, *efficiency3; /* power delivered there per unit of p_from; negative: consumed there */
  PetscReal *q_from_min_mvar, *q_from_max_mvar, *q_to_min_mvar, *q_to_max_mvar; /* injections */
  PetscReal *vm_from_pu, *vm_to_pu;                                             /* set-points */
  Cost      *cost;                                                              /* of p_from; n = 0 when free */
} LinkTable;

/* Storage unit: e(t) = (1 - standing_loss)^h e(t-1) + h (eta_c charge - discharge / eta_d + inflow - spill). */
typedef struct {
  PetscInt   n;
  PetscInt  *bus;
  char     **name; /* unique */
  char     **technology;
  PetscBool *in_service;
  PetscReal *p_charge_max_mw, *p_discharge_max_mw;
  PetscReal *e_max_mwh, *e_min_mwh, *e_initial_mwh;
  PetscReal *e_final_min_mwh; /* lower limit at the end of a window; NAN: no limit */
  PetscBool *cyclic;          /* end of each window = its start */
  PetscReal *efficiency_charge, *efficiency_discharge;
  PetscReal *standing_loss; /* fraction per hour */
  PetscReal *q_min_mvar, *q_max_mvar;
  PetscReal *marginal_cost; /* currency per MWh discharged */
  PetscInt  *inflow_series; /* MW, or -1 */
  PetscInt  *charge_series,
      *discharge_series; /* MW: what the unit does, hour by hour, instead of what pays; both or -1 */
} StorageTable;

/* Spinning reserve: in every hour the reserves promised by the generators and storage units at the electric buses whose
   `column` has this label (column "": at all of them) reach the requirement, or the missing MW cost the shortage price. */
typedef struct {
  PetscInt   n;
  char     **name; /* unique */
  char     **column, **label;
  PetscReal *requirement_mw;
  PetscInt  *requirement_series; /* MW, or -1 */
  PetscReal *shortage_price;     /* currency per MW missing for an hour; PETSC_INFINITY: the requirement is hard */
} ReserveTable;

/* Snapshots and the values of every varying attribute over them. */
typedef struct {
  PetscInt   n_snapshots; /* 0: a network without time */
  long long  start;       /* first snapshot, POSIX seconds UTC */
  PetscReal  step_hours;
  PetscInt   n;     /* rows */
  PetscReal *value; /* [n][n_snapshots] */
} SeriesTable;

typedef struct _s_Network {
  char          *name;
  char          *source; /* path it was read from */
  PetscReal      base_mva;
  PetscReal      frequency_hz; /* nominal; 0 when unknown */
  BusTable       bus;
  BranchTable    branch;
  GeneratorTable generator;
  LoadTable      load;
  ShuntTable     shunt;
  LinkTable      link;
  StorageTable   storage;
  ReserveTable   reserve;
  SeriesTable    series;
  PetscBool      p_min_relaxed; /* minimum outputs above zero were set to zero (no unit commitment) */
  PetscInt      *bus_order;     /* bus indices by number, made by NetworkFindBus; NULL until then */
} * Network;

/* Not collective. An empty network; tables are sized with the Network*Resize calls, new rows take neutral defaults
   (in service, tap 1, no limits, series -1, NAN where unknown, empty strings). */
PetscErrorCode NetworkCreate(Network *net);
PetscErrorCode NetworkDestroy(Network *net);
PetscErrorCode NetworkResizeBuses(Network net, PetscInt n);
PetscErrorCode NetworkResizeBranches(Network net, PetscInt n);
PetscErrorCode NetworkResizeGenerators(Network net, PetscInt n);
PetscErrorCode NetworkResizeLoads(Network net, PetscInt n);
PetscErrorCode NetworkResizeShunts(Network net, PetscInt n);
PetscErrorCode NetworkResizeLinks(Network net, PetscInt n);
PetscErrorCode NetworkResizeStorage(Network net, PetscInt n);
PetscErrorCode NetworkResizeReserves(Network net, PetscInt n);

/* Sets a string slot to a copy of `text` (frees what stood there). */
PetscErrorCode NetworkSetString(char **slot, const char *text);
/* Sets a cost to a copy of n numbers (polynomial) or n points (2n numbers, piecewise linear). */
PetscErrorCode CostSet(Cost *cost, CostKind kind, PetscInt n, const PetscReal *coefficient);
/* Value in currency/h and, when wanted, slope in currency/MWh at p MW. Piecewise costs extend their end segments. */
PetscReal CostValue(const Cost *cost, PetscReal p_mw, PetscReal *slope);
/* Whether the slopes of a piecewise linear cost never fall by more than `tolerance`, relative to them; polynomials are
   not looked at. */
PetscBool CostIsConvex(const Cost *cost, PetscReal tolerance);
/* Replaces a piecewise linear cost by its lower convex hull; PETSC_TRUE in *changed (may be NULL) if points went. */
PetscErrorCode CostConvexHull(Cost *cost, PetscBool *changed);

/* Gives the network n_snapshots of step_hours from `start` (POSIX seconds UTC) and forgets every series it had. */
PetscErrorCode NetworkSetSnapshots(Network net, long long start, PetscReal step_hours, PetscInt n_snapshots);
/* Adds a series of n_snapshots values (NULL: zeros) and gives its row. Pointers into series.value may change. */
PetscErrorCode NetworkAddSeries(Network net, const PetscReal *value, PetscInt *row);
/* Forgets the rows from n on; nothing may refer to them any more. */
void NetworkTruncateSeries(Network net, PetscInt n);

/* Index of the bus with this external number (the first of equals), or -1. Logarithmic after the first call; whoever
   changes bus numbers after it resizes the table or frees and clears bus_order. */
PetscInt NetworkFindBus(Network net, PetscInt number);
/* Index of the bus of this name, otherwise of this number; -1 when there is none. */
PetscInt NetworkFindBusNamed(Network net, const char *text);
/* Index of a unit at a bus: by its identifier, otherwise by its running number at the bus (1-based); -1 when none. */
PetscInt NetworkFindGenerator(Network net, PetscInt bus, const char *unit);
/* Index of the branch between two buses in either direction ("" or NULL circuit: the first in service); -1 when none. */
PetscInt NetworkFindBranch(Network net, PetscInt from, PetscInt to, const char *circuit);
/* Labels of a bus column, or NULL when there is none of that name. Adding one copies the labels. */
char         **NetworkBusColumn(Network net, const char *name);
PetscErrorCode NetworkAddBusColumn(Network net, const char *name, const char *const *label);

/* Whether a bus has voltage, angle and reactive power: its carrier is "AC", "DC" or "". */
PetscBool NetworkBusIsElectric(Network net, PetscInt bus);
/* Whether a carrier's name stands for electricity: "AC", "DC" or "". */
PetscBool CarrierIsElectric(const char *carrier);
/* Whether a reserve r counts the units at a bus: an electric bus whose label is the reserve's. */
PetscBool NetworkReserveCovers(Network net, PetscInt r, PetscInt bus);

/* Numbers the circuits of parallel branches in the order of the table and names branches without a name "F-T:C". */
PetscErrorCode NetworkNameBranches(Network net);

/* Values at snapshot t (ignored where the row has no series); t < 0 means the static value. */
PetscReal NetworkBranchRating(Network net, PetscInt branch, PetscInt t); /* of rate_a, MVA */
PetscReal NetworkGeneratorPMax(Network net, PetscInt g, PetscInt t);
PetscReal NetworkGeneratorPMin(Network net, PetscInt g, PetscInt t);
PetscReal NetworkLoadP(Network net, PetscInt l, PetscInt t);
PetscReal NetworkLoadQ(Network net, PetscInt l, PetscInt t);
PetscReal NetworkStorageInflow(Network net, PetscInt s, PetscInt t);
/* Whether a storage unit keeps a schedule of charging and discharging, and that schedule within its limits, MW. */
PetscBool NetworkStorageScheduled(Network net, PetscInt s);
PetscReal NetworkStorageCharge(Network net, PetscInt s, PetscInt t);
PetscReal NetworkStorageDischarge(Network net, PetscInt s, PetscInt t);
PetscReal NetworkReserveRequirement(Network net, PetscInt r, PetscInt t);

/* Finds every fault of a network that is not tied to a line of a file: zero or non-finite impedances, limits that
   cross, an island without generation over all carriers, no reference bus in an electric island (then one is chosen: a
   warning), electric parts at energy buses, reserves of buses that there are not, duplicate names. */
PetscErrorCode NetworkValidate(Network net, Faults faults);

/* Not collective. Counted warnings at `file`: branches with a negative resistance or reactance, which real cases have. */
PetscErrorCode NetworkWarnNegativeImpedance(Network net, const char *file, Faults faults);

#endif
