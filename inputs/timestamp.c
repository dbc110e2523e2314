/* Dates and times as POSIX seconds. */
#include "inputs/timestamp.h"

#include <ctype.h>
#include <time.h>

/* Exactly `digits` decimal digits, then the character `next` unless that is zero. */
static PetscBool Digits(const char **text, int digits, char next, int *number)
{
  *number = 0;
  for (int k = 0; k < digits; k++, (*text)++) {
    if (!isdigit((unsigned char)**text)) return PETSC_FALSE;
    *number = 10 * *number + (**text - '0');
  }
  if (!next) return PETSC_TRUE;
  return *(*text)++ == next ? PETSC_TRUE : PETSC_FALSE;
}

static PetscBool ParseClock(const char **text, struct tm *t)
{
  if (**text != 'T' && **text != ' ') return PETSC_TRUE;
  (*text)++;
  if (!Digits(text, 2, ':', &t->tm_hour) || !Digits(text, 2, 0, &t->tm_min)) return PETSC_FALSE;
  if (**text == ':') {
    (*text)++;
    if (!Digits(text, 2, 0, &t->tm_sec)) return PETSC_FALSE;
  }
  if (**text == 'Z') (*text)++;
  return t->tm_hour < 24 && t->tm_min < 60 && t->tm_sec < 60 ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool TimestampParse(const char *text, long long *seconds)
{
  struct tm t = {0}, normal;
  int       year, month;

  if (!Digits(&text, 4, '-', &year) || !Digits(&text, 2, '-', &month) || !Digits(&text, 2, 0, &t.tm_mday))
    return PETSC_FALSE;
  if (!ParseClock(&text, &t) || *text || year < 1900 || month < 1 || t.tm_mday < 1) return PETSC_FALSE;
  t.tm_year = year - 1900, t.tm_mon = month - 1;
  normal   = t;
  *seconds = (long long)timegm(&normal);
  return normal.tm_mday == t.tm_mday && normal.tm_mon == t.tm_mon ? PETSC_TRUE : PETSC_FALSE;
}

const char *TimestampFormat(long long seconds, char text[TIMESTAMP_SIZE])
{
  time_t    clock = (time_t)seconds;
  struct tm t;
  if (!gmtime_r(&clock, &t) || !strftime(text, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &t)) text[0] = 0;
  return text;
}
