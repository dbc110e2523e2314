# Tests under a real Slurm, one node brought up for each: skipped where it cannot be (cluster.sh says why).
if(ARCHIPELAGO_PYTHON)
  foreach(name test_study test_sweep test_guide)
    add_test(NAME slurm.${name} COMMAND ${ARCHIPELAGO_PYTHON} "${CMAKE_CURRENT_LIST_DIR}/${name}.py")
    set_tests_properties(slurm.${name} PROPERTIES TIMEOUT 900 PROCESSORS 2 LABELS "slurm" SKIP_RETURN_CODE 77
      ENVIRONMENT "${ARCHIPELAGO_MPI_ENV};ARCHIPELAGO=$<TARGET_FILE:archipelago>;ARCHIPELAGO_BUILD_DIR=${CMAKE_BINARY_DIR};ARCHIPELAGO_SOURCE_DIR=${CMAKE_SOURCE_DIR};ARCHIPELAGO_MPIEXEC=${MPIEXEC_EXECUTABLE};CLUSTER_PACKAGES=${CMAKE_BINARY_DIR}/slurm-packages;PYTHONDONTWRITEBYTECODE=1")
  endforeach()
endif()
