/* Static loads: powers that are sums of three terms in the voltage's magnitude, the common part of ZIP, EXPLOAD, IEELBL.

   A term of exponent n and coefficient c is c v^n above its break voltage b, and below it a constant admittance through
   the same value at b: c b^(n - 2) v^2, so that a bolted fault has a solution. Powers are
     P = P0 (1 + kp f) (sum of terms), Q likewise, f the bus's frequency deviation per unit,
   times the shares that under-frequency and under-voltage relays leave connected. */
#ifndef ARCHIPELAGO_DYNAMICS_LOAD_STATIC_H
#define ARCHIPELAGO_DYNAMICS_LOAD_STATIC_H

#include "dynamics/device.h"

enum { LOAD_TERMS = 3 };
typedef struct {
  PetscReal coefficient[LOAD_TERMS], exponent[LOAD_TERMS], break_voltage[LOAD_TERMS], by_frequency;
} LoadPower;

/* Where a term breaks that says nothing else: constant-power-like terms at 0.7 per unit (PSS/E's PQBRAK), those that fall
   at least as the current at 0.5, those that fall at least as fast as an admittance nowhere. */
static inline PetscReal LoadBreakVoltage(PetscReal exponent)
{
  return exponent < 1.0 ? 0.7 : exponent < 2.0 ? 0.5 : 0.0;
}

/* Inputs in this order; a model without the last leaves it away. There are no own unknowns: the rows are I_re, I_im. */
enum { LOAD_V_RE, LOAD_V_IM, LOAD_CONNECTED, LOAD_CONNECTED_VOLTAGE, LOAD_FREQUENCY, LOAD_INPUTS };
extern const DeviceSignal LoadInputs[LOAD_INPUTS];
/* Entries of the Jacobian: eight without frequency, then two by it. */
enum { LOAD_ENTRIES = 8, LOAD_ENTRIES_FREQUENCY = 10 };
extern const DeviceEntry LoadEntries[LOAD_ENTRIES_FREQUENCY];
/* "p" and "q": power fed in at the initial voltage and nominal frequency, per unit on the network's base. */
extern const DeviceReference LoadReferences[2];
enum { LOAD_DATA = 2 * (2 + 3 * LOAD_TERMS) };

/* A term at voltage v > 0 with coefficient one. */
PetscReal LoadTerm(PetscReal exponent, PetscReal break_voltage, PetscReal v);
/* Fills the data; scales the coefficients such that the load draws its power at the start. Leaves a problem when the bus
   has no voltage or the terms of a power that is not zero add up to nothing. */
void LoadStart(DeviceStart *start, const LoadPower *p, const LoadPower *q);
/* Operations of a model: without an effect of the frequency (LOAD_ENTRIES), and with one (LOAD_ENTRIES_FREQUENCY). */
void LoadResidual(const PetscReal *data, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f);
void LoadJacobian(const PetscReal *data, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                  PetscReal *value);
void LoadFrequencyResidual(const PetscReal *data, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                           PetscReal *f);
void LoadFrequencyJacobian(const PetscReal *data, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                           PetscReal cj, PetscReal *value);

#endif
