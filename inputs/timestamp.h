/* Dates and times of the inputs: UTC, POSIX seconds. */
#ifndef ARCHIPELAGO_INPUTS_TIMESTAMP_H
#define ARCHIPELAGO_INPUTS_TIMESTAMP_H

#include <petscsys.h>

/* Reads YYYY-MM-DD, alone or with T or a space and HH:MM, HH:MM:SS, and perhaps Z after it. PETSC_FALSE for anything
   else, such as a thirtieth of February. */
PetscBool TimestampParse(const char *text, long long *seconds);

/* Writes YYYY-MM-DDTHH:MM:SSZ. */
#define TIMESTAMP_SIZE 32
const char *TimestampFormat(long long seconds, char text[TIMESTAMP_SIZE]);

#endif
