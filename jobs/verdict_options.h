/* Limits of the stability criteria, as options of the commands that simulate. */
#ifndef ARCHIPELAGO_JOBS_VERDICT_OPTIONS_H
#define ARCHIPELAGO_JOBS_VERDICT_OPTIONS_H

#include <math.h>

#include "dynamics/verdict.h"
#include "jobs/options.h"

/* What was asked for; NAN or NULL: the default of VerdictDefaultLimits. */
typedef struct {
  PetscReal   angle_deg;
  PetscReal   frequency_min_hz, frequency_max_hz;
  PetscReal   rocof_hz_per_s;
  PetscReal   settling_hz;
  const char *recovery; /* "PU:S[,PU:S]" or "none" */
} VerdictChoice;

/* clang-format off */
#define VERDICT_CHOICE_DEFAULT {NAN, NAN, NAN, NAN, NAN, NULL}

/* Entries of a command's table of options that fill `choice`, a VerdictChoice. */
#define VERDICT_OPTIONS(choice) \
  {"angle-limit", 0, TAKES_REAL, &(choice).angle_deg, "DEG", \
   "largest angle between two rotors of an island (default 180)", 1}, \
  {"frequency-min", 0, TAKES_REAL, &(choice).frequency_min_hz, "HZ", \
   "lowest frequency of an island (default nominal - 5 %)", 0}, \
  {"frequency-max", 0, TAKES_REAL, &(choice).frequency_max_hz, "HZ", "highest (default nominal + 5 %)", 0}, \
  {"rocof-limit", 0, TAKES_REAL, &(choice).rocof_hz_per_s, "HZ/S", \
   "largest rate of change over half a second (default none)", 0}, \
  {"settling-limit", 0, TAKES_REAL, &(choice).settling_hz, "HZ", "largest deviation at the end (default none)", 0}, \
  {"voltage-recovery", 0, TAKES_TEXT, &(choice).recovery, "PU:S[,PU:S]", \
   "not below this share of the initial voltage for longer (default 0.8:2,0.5:1; none)", 0}
/* clang-format on */

/* The limits that `choice` asks for at a nominal frequency in Hz. A limit that makes no sense fails the job with one
   line that begins with the command's name. */
void VerdictTakeLimits(Job job, const char *command, const VerdictChoice *choice, PetscReal frequency_hz,
                       VerdictLimits *limits);

#endif
