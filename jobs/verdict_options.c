/* Limits of the stability criteria, from options to numbers. */
#include "jobs/verdict_options.h"

#include <string.h>

#include "inputs/csv.h"

/* "PU:S[,PU:S]" or "none". */
static void TakeRecovery(Job job, const char *command, const char *text, VerdictLimits *limits)
{
  char copy[64], *at = copy;

  if (!text) return;
  limits->voltage_low_pu[0] = limits->voltage_low_pu[1] = 0;
  if (!strcmp(text, "none")) return;
  snprintf(copy, sizeof copy, "%s", text);
  for (int k = 0; at && k < 3; k++) {
    char *next = strchr(at, ','), *colon = strchr(at, ':');
    if (next) *next++ = '\0';
    if (colon) *colon++ = '\0';
    if (k == 2 || strlen(text) >= sizeof copy || !colon || !TextToReal(at, &limits->voltage_low_pu[k]) ||
        !TextToReal(colon, &limits->voltage_low_s[k]) || !(limits->voltage_low_pu[k] > 0) ||
        !(limits->voltage_low_pu[k] < 1) || !(limits->voltage_low_s[k] >= 0)) {
      JobFail(job, JOB_INPUT,
              "%s: --voltage-recovery is %.60s, expected PU:S[,PU:S], shares of the initial voltage between 0 and 1 "
              "with seconds, or none",
              command, text);
      return;
    }
    at = next;
  }
}

void VerdictTakeLimits(Job job, const char *command, const VerdictChoice *choice, PetscReal frequency_hz,
                       VerdictLimits *limits)
{
  VerdictDefaultLimits(limits);
  if (!isnan(choice->angle_deg)) limits->angle_limit_deg = choice->angle_deg;
  if (!isnan(choice->frequency_min_hz)) limits->frequency_low_pu = choice->frequency_min_hz / frequency_hz - 1;
  if (!isnan(choice->frequency_max_hz)) limits->frequency_high_pu = choice->frequency_max_hz / frequency_hz - 1;
  if (!isnan(choice->rocof_hz_per_s)) limits->rocof_limit_hz_per_s = choice->rocof_hz_per_s;
  if (!isnan(choice->settling_hz)) limits->settling_limit_pu = choice->settling_hz / frequency_hz;
  if (!(limits->frequency_low_pu < 0))
    JobFail(job, JOB_INPUT, "%s: --frequency-min is %g, expected less than the nominal %g Hz", command,
            choice->frequency_min_hz, frequency_hz);
  if (!(limits->frequency_high_pu > 0))
    JobFail(job, JOB_INPUT, "%s: --frequency-max is %g, expected more than the nominal %g Hz", command,
            choice->frequency_max_hz, frequency_hz);
  TakeRecovery(job, command, choice->recovery, limits);
}
