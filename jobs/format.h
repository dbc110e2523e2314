/* Numbers for people: with units, short; and for files: short but exact. */
#ifndef ARCHIPELAGO_JOBS_FORMAT_H
#define ARCHIPELAGO_JOBS_FORMAT_H

#include <petscsys.h>
#include <stdint.h>

typedef struct {
  char text[48];
} Short;

/* "200 kW" below one megawatt, "12.5 MW", "8550 MW" above. */
Short FormatPower(PetscReal mw);
/* "200 kWh", "12.5 MWh". */
Short FormatEnergy(PetscReal mwh);
/* Four digits or whole numbers. */
Short FormatNumber(PetscReal value);
/* The shortest decimal that reads back as the same double. */
Short FormatExact(PetscReal value);
/* Millionths of a currency with six decimals: -1234567 is "-1.234567". */
Short FormatMillionths(int64_t value);
/* POSIX seconds as 2030-06-21T00:00:00Z. */
Short FormatTime(long long seconds);

#endif
