# What `cmake --install` puts in place beside the programs and libraries: manual pages and completion made from the programs'
# own help, Slurm scripts, shipped cases, documents, pkg-config files and files for environment modules.
include_guard()
include(GNUInstallDirs)

set(folder "${CMAKE_SOURCE_DIR}/cmake/install")
set(manual "${CMAKE_BINARY_DIR}/manual")
set(programs $<TARGET_FILE:archipelago-ledger>)
set(program_targets archipelago-ledger)
if(TARGET archipelago)
  list(APPEND programs $<TARGET_FILE:archipelago>)
  list(APPEND program_targets archipelago)
endif()

# The programs speak for themselves: they are run once. As root, MPI wants to be told that this is meant.
add_custom_command(OUTPUT "${manual}/archipelago.bash"
  COMMAND ${CMAKE_COMMAND} -E env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    sh "${folder}/manual.sh" "${manual}" "${PROJECT_VERSION}" ${programs}
  DEPENDS ${program_targets} "${folder}/manual.sh" "${folder}/man.awk" "${folder}/completion.awk"
  COMMENT "Manual pages and completion" VERBATIM)
add_custom_target(archipelago_manual ALL DEPENDS "${manual}/archipelago.bash")

install(DIRECTORY "${manual}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" FILES_MATCHING PATTERN "*.1")
set(completions "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES "${manual}/archipelago.bash" DESTINATION "${completions}" RENAME archipelago-ledger)
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# The libraries are found from where their pkg-config files lie, so an installed tree may be moved.
file(RELATIVE_PATH archipelago_pc_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" archipelago_pc_prefix "${archipelago_pc_prefix}")
foreach(name archipelago-ledger archipelago-market)
  configure_file("${folder}/${name}.pc.in" "${CMAKE_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${CMAKE_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

if(TARGET archipelago)
  set(shared "${CMAKE_INSTALL_DATADIR}/archipelago")
  install(FILES "${manual}/archipelago.bash" DESTINATION "${completions}" RENAME archipelago)
  install(DIRECTORY "${CMAKE_SOURCE_DIR}/inputs/cases" DESTINATION "${shared}" PATTERN __pycache__ EXCLUDE)
  if(EXISTS "${CMAKE_SOURCE_DIR}/jobs/slurm")
    install(DIRECTORY "${CMAKE_SOURCE_DIR}/jobs/slurm" DESTINATION "${shared}" USE_SOURCE_PERMISSIONS)
  endif()
  file(GLOB pages CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/README*.md")
  install(FILES ${pages} DESTINATION "${CMAKE_INSTALL_DOCDIR}")
  install(DIRECTORY "${CMAKE_SOURCE_DIR}/docs" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
  # Module files name the prefix, which is known when they are installed.
  foreach(pair archipelago.lua:lmod/archipelago/${PROJECT_VERSION}.lua archipelago.tcl:tcl/archipelago/${PROJECT_VERSION})
    string(REPLACE ":" ";" pair "${pair}")
    list(GET pair 0 template)
    list(GET pair 1 module)
    install(CODE "
      set(PROJECT_VERSION \"${PROJECT_VERSION}\")
      set(bin \"${CMAKE_INSTALL_BINDIR}\")
      set(lib \"${CMAKE_INSTALL_LIBDIR}\")
      set(prefix \"\${CMAKE_INSTALL_PREFIX}\")
      set(file \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/modulefiles/${module}\")
      message(STATUS \"Installing: \${file}\")
      configure_file(\"${folder}/${template}.in\" \"\${file}\" @ONLY)")
  endforeach()
endif()
