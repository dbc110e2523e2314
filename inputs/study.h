/* The study file: what to run. YAML, one base and named policies that override it.

     study: demo                       name of the study
     network: {path: ., format: auto}  relative to the study file; auto, matpower, pypsa, rts-gmlc
     participants: participants.csv    optional
     regions: region                   bus column, a number, or a file bus,region; default one region
     windows: {start: 2030-06-21T00:00:00Z, hours: 24, count: 1}
     dispatch: {model: ac, dc: reactance, method: admm, relax_minimum_output: true, carbon_price: 0, reserves: true,
                reference_price: load-weighted,
                soft: {branch_rating: 500, voltage: 1e5}}
     adjust:                           changes to the network as read, in order
       - {component: generator, name: main grid, attribute: in_service, value: false}
       - {component: load, name: "*", attribute: p_mw, scale: 1.1}
     stability: {devices: dynamics.csv, until: 5, frequency: 60, hours: [19], required: true, rounds: 3,
                 limits: {frequency_min_hz: 59},
                 faults: [{bus: 3, on: 0.1, off: 0.2, trip: "1-3:1"}],
                 events: [{name: city islanded, hours: [3], events: ["t=1,island=region:city"]}]}
     market:
       currency: EUR
       realised: {series: realised, storage: schedule, adjust: []}
       contracts: contracts.yaml
       local: {mechanism: uniform-price, price: midpoint, scope: region, bids: bids.csv}
       certificates: {pool: false}
       carbon: {cap_t: 12, free_t: 3, free: {household: 1}}
     ledger: {origin: example.org/archipelago/demo, key: ledger.key, log: logs/demo, witnesses: true, quorum: 2,
              privacy: committed, secrets: secrets, anchor: [other/checkpoint]}
     planning: {carbon_cap: {2050: 0}, targets: [...]}     capacity expansion (inputs/planning.h)
     sweep: {policies: [base, grid-closed], years: [2030, 2031], seeds: [1, 2], set: {dispatch.carbon_price: [0, 50]},
             ranks: 2, slots: 4, limit: 10}        runs that belong together (StudySweep)
     policies: {grid-closed: {adjust: [...]}}

   Only `study` and `network` are required. `network` may be just a path. A policy is a mapping merged into the base:
   mappings key by key, scalars and lists replaced; `adjust` is appended; `~` takes a key away. Every policy is checked,
   whichever is run. Paths are relative to the study file. A value of `regions` that ends in .csv is a file.

   Windows: `start` (UTC) is the first hour; without it the network's first snapshot. `count` windows of `hours` hours
   follow each other. A network without series keeps its static values in every hour.

   `dc` is reactance, matpower or losses (solver/evaluate.h). Without `reserves` the network's reserves are not held.
   `soft` prices classes of limits, which then may be exceeded (inputs/soft.h names them and the units of their prices).

   Stability: each of `faults` and `events` disturbs the dispatch of `hours` (a list, or `worst`: the hours of highest and
   of lowest demand and of the largest exchange between regions; none: the hour of highest demand). What fails a limit is
   insecure; where security is `required`, the dispatch is bounded and made again for at most `rounds` rounds.

   Markets (StudyMarket): `realised` is what happened, dispatched again as real time; `contracts`, `local`, `certificates`
   and `carbon` are carried out on it. The ledger (StudyLedger): a log of its own in the run's directory or one that runs
   share, who cosigns, and what of it is public. `privacy` may also stand at the top of the file.

   Adjustments name a component (bus, branch, generator, load, shunt, link, storage, reserve), an asset ("*": all of them; a bus
   or branch also by number, "F-T" or "F-T:CKT") and an attribute, and give either `value` or `scale`. Attributes are the
   network's columns (inputs/network.h): in_service, p_mw, q_mvar, p_min_mw, p_max_mw, q_min_mvar, q_max_mvar, vm_pu,
   vm_min_pu, vm_max_pu, vm_set_pu, r, x, rate_a, rate_b, rate_c, ramp_mw_per_h, inertia_s, emission_t_per_mwh,
   p_charge_max_mw, p_discharge_max_mw, e_max_mwh, e_min_mwh, e_initial_mwh, e_final_min_mwh, efficiency_charge,
   efficiency_discharge, standing_loss, loss0_mw, loss1, efficiency2, efficiency3, g_mw, b_mvar, reserve_max_mw,
   curtail_max_pu, curtail_cost, shift_max_mw, shift_hours, shift_cost, requirement_mw, shortage_price and marginal_cost.
   `value` replaces a series by one
   number; `scale` scales the number and its series. marginal_cost: `value` makes the cost linear in power, `scale`
   scales all of a piecewise cost and all but the constant of a polynomial. */
#ifndef ARCHIPELAGO_INPUTS_STUDY_H
#define ARCHIPELAGO_INPUTS_STUDY_H

#include "inputs/fault.h"
#include "inputs/network.h"
#include "inputs/soft.h"

typedef struct _s_Planning *Planning;

typedef enum { ADJUST_SET, ADJUST_SCALE } AdjustKind;

typedef struct {
  char      *component; /* bus, branch, generator, load, shunt, link, storage, reserve */
  char      *name;      /* asset name, bus number, or "*" */
  char      *attribute; /* in_service, p_mw, p_max_mw, rate_a, marginal_cost, ... */
  AdjustKind kind;
  PetscReal  value; /* booleans as 0 and 1 */
  PetscInt   line;  /* of the study file */
  PetscBool  sound; /* no fault was found in it */
} Adjustment;

typedef struct {
  PetscInt  bus; /* external number */
  PetscReal on_s, off_s;
  char     *trip; /* "F-T" or "F-T:CKT" opened when the fault clears, or NULL */
  PetscInt  line;
} StudyFault;

/* Hours of a window that are disturbed. */
typedef struct {
  PetscInt  n;
  PetscInt *hour;  /* [n] */
  PetscBool worst; /* those of highest and lowest demand and of the largest exchange between regions */
} StudyHours;

/* Events that happen together to an hour's dispatch, as dynamics/event.h reads them. */
typedef struct {
  char      *name;
  PetscInt   n_events;
  char     **event;
  PetscInt  *event_line;
  PetscBool  own_hours; /* `hours`, otherwise the study's */
  StudyHours hours;
  PetscInt   line;
} StudyDisturbance;

/* What a disturbed hour must keep; NAN: the default of dynamics/verdict.h. */
typedef struct {
  PetscReal angle_deg, voltage_pu, voltage_s, frequency_min_hz, frequency_max_hz, rocof_hz_per_s, settling_hz;
  PetscInt  line; /* 0: not given */
} StudyLimits;

/* A file that the study names. */
typedef struct {
  char    *path; /* resolved */
  PetscInt line;
} StudyPath;

/* What happened instead of what was expected, for real time. Present where line > 0. */
typedef struct {
  char       *path; /* resolved folder of series, or NULL: the study's own series */
  PetscInt    n_adjustments;
  Adjustment *adjustment;       /* made after the study's own */
  PetscBool   all_storage_bids; /* storage is dispatched again; otherwise it keeps its schedule but for */
  PetscInt    n_bidding;
  char      **bidding; /* [n_bidding] names of storage units, checked with the network */
  PetscInt    line, storage_line;
} StudyRealised;

/* The local market. Prices in currency per MWh. */
typedef struct {
  char     *mechanism;    /* none, uniform-price, pay-as-bid, mid-market, bilateral or locational */
  char     *price;        /* of uniform-price: midpoint, last-accepted-offer or last-accepted-bid */
  char     *scope;        /* who trades with whom: region or study */
  char     *bids_path;    /* resolved, or NULL: offers at cost, demand at demand_value */
  PetscReal demand_value; /* of demand without a bid; default 200 */
  PetscBool renewable_first;
  PetscReal price_min, price_max; /* -/+INFINITY when not limited */
  PetscReal fee;                  /* paid by each side for what it trades; default 0 */
  PetscInt  line, bids_line;      /* 0: not given */
} StudyLocal;

/* Who gets free allowances: a participant, or all of a class, by weight against the others. */
typedef struct {
  char     *name;
  PetscReal share;
  PetscInt  line;
} StudyFree;

/* Carbon allowances. Present where line > 0. */
typedef struct {
  PetscReal  price;  /* currency per tonne paid; default dispatch.carbon_price; with a cap the one found */
  PetscReal  cap_t;  /* tonnes in a window; INFINITY when none */
  PetscReal  free_t; /* tonnes in a window that are granted for nothing */
  PetscInt   n_free;
  StudyFree *free;
  PetscInt   line, price_line, cap_line;
} StudyCarbon;

typedef struct {
  StudyRealised realised;
  PetscInt      n_contracts;
  StudyPath    *contracts; /* *.yaml, *.yml or *.csv */
  StudyLocal    local;
  PetscBool     certificates;     /* are issued */
  PetscBool     certificate_pool; /* what is left over is shared out among the consumers of the pool */
  StudyCarbon   carbon;
} StudyMarket;

typedef struct {
  char    *region; /* name, checked with the partition */
  char    *key_path;
  PetscInt line;
} StudyWitness;

typedef struct {
  char         *log_path;    /* resolved folder of a log that runs share; NULL: in the run's directory */
  PetscBool     witnesses;   /* regions cosign */
  PetscInt      n_witnesses; /* 0 with witnesses: every region, with a key made where the log's key is made */
  StudyWitness *witness;
  PetscInt      quorum;       /* cosignatures that make a root final; -1: of all witnesses */
  char         *privacy;      /* public or committed */
  char         *secrets_path; /* resolved folder of the regions' secret keys; NULL: beside the keys */
  PetscInt      n_anchors;
  StudyPath    *anchor; /* checkpoint files of other logs */
  PetscInt      quorum_line;
} StudyLedger;

/* A key of the study file, as `StudyReadWith` takes it, and the values it takes in turn. */
typedef struct {
  char    *key;
  PetscInt n;
  char   **value; /* [n] YAML on one line */
  PetscInt line;
} StudyAxis;

/* What a sweep goes over; an axis with n = 0 is not given. It is no part of what a run is. */
typedef struct _s_StudySweep {
  PetscInt   n_policies, n_years, n_seeds, n_axes;
  char     **policy;
  PetscInt  *year, *seed;
  StudyAxis *axis;
  PetscInt   ranks, slots, limit; /* of a task; tasks at a time here, under a batch system; 0: not given */
  PetscInt   line;
} * StudySweep;

typedef struct _s_Study {
  char       *name, *path, *directory;
  char       *policy; /* name of the policy applied, or "base" */
  PetscInt    n_policies;
  char      **policy_name;
  PetscInt    n_set;
  char      **set;          /* [n_set] KEY=VALUE given beside the file */
  char       *content;      /* the study as it is run, policy and values merged, on one line: equal for equal studies */
  StudySweep  sweep;        /* NULL without the section */
  char       *network_path; /* resolved */
  char       *network_format;    /* auto, matpower, pypsa, rts-gmlc */
  char       *participants_path; /* resolved, or NULL */
  char       *regions;           /* column, number or resolved file (its name ends in .csv); NULL: one region */
  PetscBool   windows_faulty;    /* the snapshots cannot be cut to them */
  PetscBool   has_start;
  long long   start;                   /* POSIX seconds UTC of the first window */
  PetscInt    window_hours, n_windows; /* hours are snapshots where the data's step is not one hour */
  char       *model;                   /* "ac" or "dc" */
  char       *dc;                      /* "reactance", "matpower" or "losses" */
  char       *method;                  /* "interior-point", "admm" or "auto" */
  PetscReal   admm_penalty;            /* multiplies the penalties that ADMM starts with; 1 unless given */
  PetscBool   relax_minimum_output;
  char       *reference_price;         /* of the prices' parts: "load-weighted", or name or number of a bus */
  PetscInt    reference_bus;           /* its row, found with the network; -1: load-weighted */
  PetscReal   carbon_price;            /* currency per tonne */
  PetscBool   reserves;                /* the network's reserves are held */
  PetscReal   soft_price[SOFT_LIMITS]; /* by class of limits; 0: hard */
  PetscInt    n_adjustments;
  Adjustment *adjustment;
  PetscBool   has_stability;
  char       *devices_path; /* resolved, or NULL: defaults by technology */
  PetscReal   stability_until_s;
  PetscReal   frequency_hz;        /* nominal; 0: the network's, else 60 */
  PetscReal   stability_tolerance; /* of the integration; default 1e-6 */
  char       *load_model;          /* of loads without a device: "z", "i" or "p" */
  PetscBool   stability_strict;    /* warnings on device data are errors */
  PetscBool   stability_required;
  PetscInt    security_rounds; /* 0: only checked; default 3 where security is required, otherwise 0 */
  StudyLimits limits;
  StudyHours  stability_hours; /* none given: the hour of highest demand */
  PetscInt    n_faults;
  StudyFault *fault;
  PetscInt    n_disturbances;
  StudyDisturbance *disturbance;
  char             *currency; /* "EUR" */
  StudyMarket       market;
  StudyLedger       ledger;
  Planning          planning;        /* inputs/planning.h; NULL without the section */
  char             *ledger_origin;   /* "archipelago.invalid/STUDY" unless given */
  char             *ledger_key_path; /* resolved, or NULL */
  PetscInt          network_line, participants_line, regions_line, start_line, reserves_line, reference_line,
      devices_line; /* of the study file; 0: not given */
} * Study;

/* Collective. Reads a study and applies the named policy (NULL or "base": none). Faults (unknown keys, wrong types,
   values out of range, each with its line) go to the list; *study is NULL when it cannot be used at all. With errors in
   the list a study may still come back, so that its network can be checked too: it must not be run. */
PetscErrorCode StudyRead(MPI_Comm comm, const char *path, const char *policy, Faults faults, Study *study);
/* The same with n_set values KEY=VALUE merged into it after the policy, as a policy is: KEY is a dotted key of the study file,
   VALUE is YAML. Their faults are told to be of "--set KEY". */
PetscErrorCode StudyReadWith(MPI_Comm comm, const char *path, const char *policy, PetscInt n_set,
                             const char *const *set, Faults faults, Study *study);
/* Faults that are found in the study's values later, too, go to this list by the name of their place. */
PetscErrorCode StudyPlaceFaults(Study study, Faults faults);
PetscErrorCode StudyDestroy(Study *study);

/* Collective. Reads, adjusts and validates the study's network, with the series of its windows: snapshot 0 is the first
   hour of the first window and there are window_hours x n_windows of them. *net is NULL when the list holds errors. */
PetscErrorCode StudyLoadNetwork(MPI_Comm comm, Study study, Faults faults, Network *net);

#endif
