/* Serial vectors of SUNDIALS whose most used operations are loops that the compiler can vectorise. */
#ifndef ARCHIPELAGO_DYNAMICS_VECTOR_H
#define ARCHIPELAGO_DYNAMICS_VECTOR_H

#include <nvector/nvector_serial.h>

/* A vector of n numbers; its clones have the same operations. NULL when there is no memory. */
N_Vector VectorCreate(sunindextype n, SUNContext context);

#endif
