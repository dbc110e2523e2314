# Packages and the one way in which rooms, programs and tests become targets.
include_guard()

macro(archipelago_ledger_packages)
  find_package(OpenSSL 3.0 REQUIRED)
  find_package(PkgConfig REQUIRED)
endmacro()

macro(archipelago_packages)
  find_package(MPI REQUIRED COMPONENTS C)
  pkg_check_modules(PETSC REQUIRED IMPORTED_TARGET PETSc)
  find_package(SUNDIALS REQUIRED)
  find_package(LAPACK REQUIRED)
  set(HDF5_PREFER_PARALLEL ON)
  find_package(HDF5 REQUIRED COMPONENTS C HL)
  pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
  pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
endmacro()

function(archipelago_compile_options target)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Wformat=2 -Wno-format-nonliteral -ffp-contract=off
    "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=") # messages and programs name files from the top of the tree, wherever that is
  if(ARCHIPELAGO_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(ARCHIPELAGO_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${ARCHIPELAGO_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${ARCHIPELAGO_SANITIZE})
  endif()
  if(ARCHIPELAGO_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage)
    target_link_options(${target} PUBLIC --coverage)
  endif()
endfunction()

# archipelago_room(NAME [LINK targets...]): a static library archipelago_NAME of the folder's C files.
# Files named main*.c are programs, not library sources.
function(archipelago_room name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.c")
  list(FILTER sources EXCLUDE REGEX "/main[^/]*\\.c$")
  add_library(archipelago_${name} STATIC ${sources})
  archipelago_compile_options(archipelago_${name})
  target_link_libraries(archipelago_${name} PUBLIC ${ARG_LINK})
endfunction()
