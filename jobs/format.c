/* Numbers for people and for files. */
#include "jobs/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "inputs/timestamp.h"

Short FormatNumber(PetscReal value)
{
  Short s;
  if (fabs(value) >= 1000)
    snprintf(s.text, sizeof s.text, "%.0f", value);
  else
    snprintf(s.text, sizeof s.text, "%.4g", value);
  return s;
}

/* Half a watt, or half a watt-hour, and less is what a solver's tolerance leaves. */
static Short WithUnit(PetscReal value, const char *mega, const char *kilo)
{
  PetscBool small = fabs(value) < 0.99995 && fabs(value) >= 5e-7 ? PETSC_TRUE : PETSC_FALSE;
  Short     s, n = FormatNumber(small ? 1000 * value : value);
  snprintf(s.text, sizeof s.text, "%.30s %s", fabs(value) < 5e-7 ? "0" : n.text, small ? kilo : mega);
  return s;
}

Short FormatPower(PetscReal mw)
{
  return WithUnit(mw, "MW", "kW");
}

Short FormatEnergy(PetscReal mwh)
{
  return WithUnit(mwh, "MWh", "kWh");
}

Short FormatExact(PetscReal value)
{
  Short s;
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(s.text, sizeof s.text, "%.*g", digits, value);
    if (strtod(s.text, NULL) == value) break;
  }
  return s;
}

Short FormatMillionths(int64_t value)
{
  Short    s;
  uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  snprintf(s.text, sizeof s.text, "%s%llu.%06llu", value < 0 ? "-" : "", (unsigned long long)(size / 1000000),
           (unsigned long long)(size % 1000000));
  return s;
}

Short FormatTime(long long seconds)
{
  Short s;
  TimestampFormat(seconds, s.text);
  return s;
}
