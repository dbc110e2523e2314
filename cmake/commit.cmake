# Writes OUTPUT, a header with the commit of the tree SOURCE, when that has changed; empty where there is no git.
cmake_minimum_required(VERSION 3.22)
find_program(GIT git)
set(commit "")
if(GIT AND EXISTS "${SOURCE}/.git")
  execute_process(COMMAND "${GIT}" describe --always --dirty --exclude * WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE commit
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "#define ARCHIPELAGO_COMMIT \"@commit@\"\n" @ONLY)
