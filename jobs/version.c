/* Which program this is. */
#include "jobs/version.h"

#include "archipelago_commit.h" /* written by the build: cmake/commit.cmake */

#ifndef ARCHIPELAGO_VERSION
#define ARCHIPELAGO_VERSION "unknown"
#endif

#ifndef ARCHIPELAGO_BUILD_TYPE
#define ARCHIPELAGO_BUILD_TYPE "unknown"
#endif

const char *ProgramVersion(void)
{
  return ARCHIPELAGO_VERSION;
}

const char *ProgramCommit(void)
{
  return ARCHIPELAGO_COMMIT[0] ? ARCHIPELAGO_COMMIT : 0;
}

const char *ProgramCompiler(void)
{
#ifdef __clang__
  return __VERSION__;
#else
  return "GCC " __VERSION__;
#endif
}

const char *ProgramBuildType(void)
{
  return ARCHIPELAGO_BUILD_TYPE;
}
