/* Which program this is. */
#ifndef ARCHIPELAGO_JOBS_VERSION_H
#define ARCHIPELAGO_JOBS_VERSION_H

const char *ProgramVersion(void);
/* Abbreviated commit of the source tree it was built from, with "-dirty" where files had changed; NULL when unknown. */
const char *ProgramCommit(void);
/* Compiler with its version, and CMake's build type with what was added to it. */
const char *ProgramCompiler(void);
const char *ProgramBuildType(void);

#endif
