/* Newton's method for the steps of IDA that also gets over kinks. */
#ifndef ARCHIPELAGO_DYNAMICS_NEWTON_H
#define ARCHIPELAGO_DYNAMICS_NEWTON_H

#include <nvector/nvector_serial.h>
#include <sundials/sundials_nonlinearsolver.h>

/* As SUNDIALS' own Newton's method, with the last Jacobian and then with one at the prediction; where that does not
   converge, with one at every iterate. A kink of the equations (a load that becomes an impedance, a clamp) within reach
   of a step lets a single Jacobian run to and fro between its two sides, however short the step is. NULL: no memory. */
SUNNonlinearSolver NewtonCreate(N_Vector like, SUNContext context);

#endif
