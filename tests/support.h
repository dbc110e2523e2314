/* What every test needs: cmocka with its customary includes, and the way to data that is not shipped. */
#ifndef ARCHIPELAGO_TESTS_SUPPORT_H
#define ARCHIPELAGO_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Path of a file of the shared development data, or NULL when it is absent (the test then calls skip()). The buffer
   is overwritten by every fourth call. */
static inline const char *SharedData(const char *relative)
{
  static char path[4][1024];
  static int  next = 0;
  const char *root = getenv("ARCHIPELAGO_SHARED_DATA");
  char       *p    = path[next++ % 4];
  if (root)
    snprintf(p, sizeof path[0], "%s/%s", root, relative);
  else
    snprintf(p, sizeof path[0], "%s/../shared/data/%s", ARCHIPELAGO_SOURCE_DIR, relative);
  if (access(p, R_OK) == 0) return p;
  printf("skipped: %s is not there\n", p);
  return NULL;
}

/* Path of a shipped file. */
static inline const char *ShippedFile(const char *relative)
{
  static char path[4][1024];
  static int  next = 0;
  char       *p    = path[next++ % 4];
  snprintf(p, sizeof path[0], "%s/%s", ARCHIPELAGO_SOURCE_DIR, relative);
  return p;
}

#endif
