/* What the files of the certificates share. */
#ifndef ARCHIPELAGO_SOLVER_CERTIFICATE_IMPL_H
#define ARCHIPELAGO_SOLVER_CERTIFICATE_IMPL_H

#include "solver/certificate.h"

/* What a branch can do at most, MW and Mvar; ends from and to. Zero where it is out of service. */
typedef struct {
  PetscReal import[2], export[2]; /* active power out of and into the branch at an end */
  PetscReal q_import[2];          /* reactive power out of the branch at an end */
  PetscReal loss_least, loss_most;
  PetscReal q_gain; /* reactive power it can give in all */
} BranchBound;

/* Sums over a set of buses in one hour, MW and Mvar. */
typedef struct {
  PetscReal demand, demand_most; /* least and most, shunts included; injections of loads count as generation */
  PetscReal generation, generation_least;
  PetscReal storage, charge;
  PetscReal imports, exports;
  PetscReal gain, loss; /* power that branches inside can give (negative resistances) and take */
  PetscReal q_demand, q_local, q_imports;
  PetscInt  ties, buses, first_bus, region;
} BalanceBound;

/* Fills bound [branches]. */
PetscErrorCode BranchBoundsFind(Network net, const CertificateOptions *options, BranchBound *bound);

/* What each storage unit can give net in an hour, discharge [hours][storage] MW, from the energy it can have by then; and the
   certificates of units whose limits are out of reach: highest energy by the hour below its lower limit. Of the generators
   with ramps: ranges that are out of reach. `add` is called for each. */
typedef PetscErrorCode (*CertificateAdd)(void *context, const Certificate *certificate);
PetscErrorCode StorageReachFind(Network net, const CertificateOptions *options, PetscReal *discharge,
                                CertificateAdd add, void *context);
PetscErrorCode RampReachFind(Network net, const CertificateOptions *options, CertificateAdd add, void *context);

/* Adds up what the sets 0 .. sets - 1 have, label [buses] giving a bus's set (-1: none), at an hour of the window. */
void BalanceBoundsSum(Network net, Partition partition, const CertificateOptions *options, const BranchBound *bound,
                      const PetscReal *discharge, const PetscInt *label, PetscInt sets, PetscInt hour,
                      BalanceBound *sum);

#endif
