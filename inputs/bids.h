/* Bids and offers for the local market, as a table: CSV, one row for an order.

     participant   name, as in the participants' table
     side          sell or buy
     asset         its generator or storage unit (sell), its load or storage unit (buy); or instead
     bus           name or number of an electric bus: energy of no unit in particular
     hour          hour of the study from 0, hours "8-17", or * for all; or instead
     time          start of the hour, UTC: 2030-06-21T08:00:00Z
     kwh           the most that is traded in each hour, kWh, at least 0.001
     price         the least a seller takes, the most a buyer pays: currency per MWh; may be negative
     partner       optional: whose energy the buyer prefers: a participant, "class:NAME", or "source:renewable"
     premium       optional: what that energy is worth to it above the price, currency per MWh, above 0 with a partner
     order         optional: identity, unique for a participant and an hour; ties are broken by it. Rows without one are
                   numbered ~1, ~2, ... for each participant in an order of their contents, not of the rows

   Hours are snapshots where the step is not one hour. */
#ifndef ARCHIPELAGO_INPUTS_BIDS_H
#define ARCHIPELAGO_INPUTS_BIDS_H

#include "inputs/participants.h"

typedef enum { BID_UNIT_NONE, BID_UNIT_GENERATOR, BID_UNIT_LOAD, BID_UNIT_STORAGE } BidUnit;
typedef enum { BID_PARTNER_NONE, BID_PARTNER_PARTICIPANT, BID_PARTNER_CLASS, BID_PARTNER_RENEWABLE } BidPartner;

typedef struct {
  PetscInt   line;
  PetscBool  buys;
  PetscInt   participant;
  BidUnit    component;
  PetscInt   unit; /* row of the network's table, -1 with BID_UNIT_NONE */
  PetscInt   bus;  /* row */
  PetscInt   first_hour, last_hour;
  PetscReal  kwh, price, premium;
  BidPartner partner;
  PetscInt   partner_participant; /* -1 unless BID_PARTNER_PARTICIPANT */
  char      *partner_class;       /* "" unless BID_PARTNER_CLASS */
  char      *order;
} BidRow;

typedef struct _s_BidTable {
  char    *path;
  PetscInt n;
  BidRow  *row; /* in the order of the file */
} * BidTable;

/* Collective. `net` holds the study's hours as its snapshots (without any: hour 0 alone). Faults, each with its line:
   columns that are missing or unknown, unknown participants, units and buses, units of others, a side that a unit
   does not have, energies that are not above zero, what is no finite number, prices that overflow, hours outside the
   study, a premium without a partner, classes that nobody has, orders given twice in an hour. *table is NULL when
   there are any. */
PetscErrorCode BidTableRead(MPI_Comm comm, const char *path, Network net, Participants participants, Faults faults,
                            BidTable *table);
PetscErrorCode BidTableDestroy(BidTable *table);

#endif
