/* Locational marginal prices taken apart: energy, loss, congestion and voltage.

   At an optimum the Lagrangian of an interval is stationary in all angles and magnitudes x = (theta, v). With J the
   Jacobian of the net power P(x), Q(x) that the grid (branches and shunts) takes at its buses, lambda = (lambda_p,
   lambda_q) the prices, mu >= 0 those of the ratings s(x) at branch ends, alpha those of angle differences (upper limit
   positive, lower negative) and nu those of voltage limits (likewise),

       J' lambda = - sum mu grad s - sum alpha grad(theta_f - theta_t) - nu.

   Turning all angles of a synchronous island together changes nothing, so J has a null space of dimension one an
   island, and so has J': the vectors w with J' w = 0. Such a w holds the relative cost of serving one more MW at each
   bus when every other injection, reactive ones too, stays as it is, no limit counts, and magnitudes follow: w_p is one
   plus marginal losses. With weights rho of the reference (non-negative, one in sum over the island) and rho' w_p = 1,

       energy      a = rho' lambda_p, the same at all buses of the island
       loss        a (w_p - 1)
       congestion  c_p,   J' c = - sum mu grad s - sum alpha grad(theta_f - theta_t),   rho' c_p = 0
       voltage     u_p,   J' u = - nu,                                                  rho' u_p = 0

   J' has rank one less than its size, thus a, c and u are unique and a w_p + c_p + u_p = lambda_p: the parts sum to the
   price, whichever reference was chosen. Changing the reference moves a multiple of w between the parts. Where voltage
   limits bind, energy, loss and congestion alone do not sum to the price. In lossless DC models J is symmetric and
   linear in the angles, w_p = 1: the loss and the voltage part are zero.

   Reactive injections are held at every bus, also where a generator could move its own. At an optimum that is no loss:
   a generator inside its reactive limits has lambda_q = 0 there, and what holds it elsewhere is no limit of the grid.
   A single line shows what it means: r |I|^2 and x |I|^2 go together, so losses cannot change while reactive injections
   do not, and what losses add to the price of its far end is the work of the voltage limit that binds.
   (Schweppe, Caramanis, Tabors, Bohn, Spot Pricing of Electricity, 1988, chapter 7 and appendix D; Litvinov, Zheng,
   Rosenwald, Shamsollahi, Marginal loss modeling in LMP calculation, IEEE Trans. Power Systems 19, 2004: distributed
   reference. The form by J' instead of shift factors needs no linearisation and holds for AC.)

   What the solver's tolerance leaves of stationarity is the residual: price less the sum of the parts as defined. It
   is reported, and put into the loss part, in a lossless DC model into the congestion part, so that the sum is exact.

   Islands are the sets of buses that branches in service connect; each has its reference. A link (HVDC) joins two
   islands: its owner buys at one end and sells at the other, so that the energy parts differ by the losses and the
   limits of the link. A bus without branches (that of another energy carrier too) is an island by itself, whose price
   is all energy; an isolated bus has zeros. */
#ifndef ARCHIPELAGO_SOLVER_PRICES_H
#define ARCHIPELAGO_SOLVER_PRICES_H

#include "solver/dispatch.h"
#include "solver/evaluate.h"

typedef enum { PRICE_ENERGY, PRICE_LOSS, PRICE_CONGESTION, PRICE_VOLTAGE, PRICE_PARTS } PricePart;

/* An island's reference is the first of the listed buses that lies in it; without one it is the demand, served by the
   hour: weights in proportion to the positive loads of its buses, equal where there is no demand. */
typedef struct {
  PetscInt        n_reference;
  const PetscInt *reference; /* [n_reference] rows of the bus table; may be NULL when there are none */
} PricesOptions;

typedef struct _s_Prices {
  PetscInt   hours, n_bus; /* T, rows of the bus table */
  PetscInt   n_islands;
  PetscInt  *island;            /* [n_bus] number of the synchronous island in order of first buses; -1: isolated bus */
  PetscReal *part[PRICE_PARTS]; /* [T][n_bus] currency per MWh; they sum to the dispatch's price */

  /* Merchandising surplus by part, [T][PRICE_PARTS] currency in the interval: minus the sum over the buses of part
     times net power fed into branches (and into shunts; in DC models a shunt is a demand). The four sums are what all
     loads, generators, storage units and link ends together pay more than they receive. */
  PetscReal *surplus;
  /* [T] currency in the interval: sum of shadow price times limit of ratings and angle differences. In a lossless DC
     model without phase shifters this is the surplus, but for the complementarity gap. */
  PetscReal *limit_rent;

  PetscReal residual; /* largest |price - sum of parts| before it was put into a part, currency per MWh; infinite where
                         a Jacobian is singular: all parts but energy are then not a number at that hour */
  PetscInt  residual_hour, residual_bus;
} * Prices;

/* Not collective. Takes the prices of a solved dispatch apart, hour by hour; `options` may be NULL. The physics are
   those it was solved with. Needs voltages, prices (reactive ones where voltages are held) and the multipliers of
   limits. */
PetscErrorCode PricesDecompose(Network net, Dispatch dispatch, Physics physics, const PricesOptions *options,
                               Prices *prices);
/* Takes NULL and sets the handle to NULL. */
PetscErrorCode PricesDestroy(Prices *prices);

/* "energy", "loss", "congestion", "voltage". */
const char *PricePartName(PricePart part);

#endif
