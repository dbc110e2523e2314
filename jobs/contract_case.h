/* From the terms of contracts to contracts: checked against a network and its participants, rounded once to integers. */
#ifndef ARCHIPELAGO_JOBS_CONTRACT_CASE_H
#define ARCHIPELAGO_JOBS_CONTRACT_CASE_H

#include "inputs/contract_terms.h"
#include "inputs/participants.h"
#include "market/contract.h"

/* Not collective, the same on every rank. The contracts of n files, `terms` [n]. Each fault (parties, units, loads or
   buses that there are not, units of somebody else, a delivery that is left open, a profile that is too short, one name
   in two files) has the file and the line; contracts that can never pay are warnings. *contracts is NULL when there are
   errors. Without contracts it is an empty handle. */
PetscErrorCode ContractCaseCreate(PetscInt n, const ContractTerms *terms, Network net, Participants participants,
                                  Faults faults, Contracts *contracts);

#endif
