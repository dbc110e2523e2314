/* A window's market as a pure function: inputs, which are bytes, to outcome, which are records of the log. No clock, no
   chance, no order of arrival: whoever holds the inputs gets the same records.

   Order of things: contracts are carried out on what was metered; the local market clears what is left; deliveries of both
   become transfers with grid fees on net positions; carbon allowances are bought; the pool is settled, and all of it
   booked in entries by region; certificates are issued, follow the deliveries, and are cancelled. */
#ifndef ARCHIPELAGO_MARKET_WINDOW_H
#define ARCHIPELAGO_MARKET_WINDOW_H

#include "market/carbon.h"
#include "market/contract.h"
#include "market/granular.h"
#include "market/local.h"
#include "market/settlement.h"

typedef struct {
  uint8_t       salt[32]; /* zeros in public runs; makes the digest of a committed run's inputs say nothing */
  Facts         facts;
  LocalRules    local;
  Bids          bids; /* NULL: no file of bids; where there is one, the bids of this window, perhaps none */
  Contracts     contracts;
  GranularRules granular;
  CarbonRules   carbon;
  MarketBytes   contract_state, granular_state; /* carried over from the window before; empty at first */
} MarketInputs;

typedef struct {
  Deliveries     deliveries;
  Transfers      transfers;
  CarbonReport   carbon;
  GranularEvents events;
  MarketBytes    contract_state, granular_state; /* for the next window */
  Settlement     settlement;                     /* of the regions asked for */
} MarketOutcome;

/* Canonical bytes of all inputs, and back; strict as FactsRead. */
void         MarketInputsWrite(const MarketInputs *inputs, MarketBytes *bytes);
MarketStatus MarketInputsRead(const uint8_t *bytes, size_t size, MarketInputs *inputs, MarketError *error);
void         MarketInputsFree(MarketInputs *inputs);

/* Carries out the window. Every rank may do so and gets the same; only the entries of regions with settle[r] true
   ([n_regions]; NULL: all) are made. */
MarketStatus MarketExecute(const MarketInputs *inputs, const bool *settle, MarketOutcome *outcome, MarketError *error);
void         MarketOutcomeFree(MarketOutcome *outcome);

#endif
