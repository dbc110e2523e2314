/* The terms of contracts as a person writes them: YAML, a list of contracts; or CSV, a contract a row with the same keys
   as columns, those of mappings with a dot ("quantity.kind"). docs/contracts.md explains every key.

     - name: wind for the village
       seller: coast wind cooperative
       buyer: village households
       from: 2030-06-21T00:00:00Z
       until: 2030-06-22T00:00:00Z
       quantity: {kind: unit-share, unit: wind farm, share: 0.4}
       price: {kind: indexed, bus: 3, factor: 0.95, adder: 2, cap: 90, floor: 20}
       delivery: {load: village}
       conditions:
         - {kind: time, from: "06:00", until: "22:00", days: [mon, tue, wed, thu, fri]}
         - {kind: price-above, bus: 3, price: 40}
       shortfall_penalty: 30
       precedence: 1

   Read are words and numbers, each with its line; whether parties, units and buses exist is a question to a network
   (jobs/contract_case.h). */
#ifndef ARCHIPELAGO_INPUTS_CONTRACT_TERMS_H
#define ARCHIPELAGO_INPUTS_CONTRACT_TERMS_H

#include "inputs/fault.h"

/* Lines are 0 and texts NULL where nothing was given. */
typedef struct {
  char      *kind;      /* fixed, profile, unit-share, storage-share, curtailment, shifting */
  char      *unit;      /* generator or storage unit */
  char      *component; /* "generator" or "storage": what `unit` is, where both have the name */
  char      *storage;   /* of a storage-share */
  char      *load;      /* of curtailment and shifting */
  char      *bus;       /* name or number: where the pool's energy comes from */
  char      *file;      /* resolved path of a profile */
  char      *column;    /* in that file */
  PetscReal  power_mw;  /* of fixed, curtailment, shifting */
  PetscReal  share;     /* 0 .. 1 */
  PetscReal  step_hours, within_hours;
  PetscBool  daily;    /* of a profile: its values are steps of the day, else steps from the start on */
  PetscInt   n_values; /* of a profile */
  PetscReal *value_mw;
  PetscInt line, unit_line, storage_line, load_line, bus_line, power_line, kw_line, share_line, step_line, within_line,
      file_line, column_line;
} QuantityTerms;

/* Prices in the study's currency per MWh. */
typedef struct {
  char     *kind;     /* fixed, indexed, difference, take-or-pay, rent */
  char     *bus;      /* name or number */
  char     *protects; /* both, seller, buyer */
  char     *per;      /* window, contract */
  PetscReal price, factor, adder, cap, floor, strike, minimum_mwh;
  PetscReal per_mw_hour, per_mwh_hour; /* rents: per MW, or MWh of storage capacity, and hour */
  PetscReal energy_price;
  PetscInt  line, bus_line, price_line, cap_line, floor_line, strike_line, minimum_line, mw_hour_line, mwh_hour_line,
      energy_line;
} PriceTerms;

typedef struct {
  char     *kind;            /* time, price-above, price-below, technology, charge-above, charge-below */
  PetscInt  from_s, until_s; /* seconds of the day */
  PetscInt  weekdays;        /* bit 0 Monday to bit 6 Sunday */
  char     *bus;             /* name or number */
  PetscReal price, share;
  char     *technology, *storage;
  PetscInt  line, bus_line, price_line, share_line, technology_line, storage_line;
} ConditionTerms;

typedef struct {
  char           *name, *seller, *buyer;
  long long       from, until; /* POSIX seconds UTC, half open */
  QuantityTerms   quantity;
  PriceTerms      price;
  char           *delivery_bus, *delivery_load; /* at most one */
  PetscInt        n_conditions;
  ConditionTerms *condition;
  PetscReal       shortfall_penalty; /* currency per MWh */
  PetscInt        precedence;        /* lower is served first */
  PetscInt        line, name_line, seller_line, buyer_line, from_line, until_line, delivery_line, penalty_line;
} ContractTerm;

typedef struct _s_ContractTerms {
  char         *path;
  PetscInt      n;
  ContractTerm *contract; /* [n] in the order of the file */
} * ContractTerms;

/* Collective over comm. Reads contracts and the profiles they name (paths relative to the file); a name that ends in .csv
   is CSV. Faults go to the list, all there are: unknown keys, numbers out of range, `until` not after `from`, seller
   and buyer the same, two contracts of one name. *terms is NULL when any of them is an error. */
PetscErrorCode ContractTermsRead(MPI_Comm comm, const char *path, Faults faults, ContractTerms *terms);
PetscErrorCode ContractTermsDestroy(ContractTerms *terms);

#endif
