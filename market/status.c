/* Status and error line of the market room. */
#include "market/status.h"

#include <stdarg.h>
#include <stdio.h>

MarketStatus MarketFail(MarketError *error, MarketStatus status, const char *format, ...)
{
  va_list arguments;

  if (!error) return status;
  error->status = status;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  return status;
}

const char *MarketStatusName(MarketStatus status)
{
  static const char *const name[] = {"ok", "bad input", "overflow", "unbalanced", "malformed entry", "out of memory"};

  if ((unsigned)status >= sizeof name / sizeof name[0]) return "unknown status";
  return name[status];
}
