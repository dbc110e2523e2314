/* Status and error text. */
#include "ledger/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void LedgerErrorSet(LedgerError *error, const char *file, const char *format, ...)
{
  if (error) {
    size_t  used = 0;
    va_list arguments;
    if (file) {
      snprintf(error->text, sizeof error->text, "%s: ", file);
      used = strlen(error->text);
    }
    va_start(arguments, format);
    vsnprintf(error->text + used, sizeof error->text - used, format, arguments);
    va_end(arguments);
    for (char *c = error->text; *c; c++) {
      if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    }
  }
}
