# Tests of the jobs room: the result store by itself, and the program from outside.
archipelago_test(test_dataset jobs)
archipelago_test(test_statistics jobs)
archipelago_test(test_plan_adequacy jobs)
archipelago_test(test_market_facts jobs)
archipelago_test(test_bid_case jobs)
archipelago_test(test_contract_case jobs)
archipelago_test(test_checkpoint_file jobs RANKS 1 2 3 4)

find_program(ARCHIPELAGO_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH) # Debian's, which sees Debian's xarray
if(ARCHIPELAGO_PYTHON)
  foreach(name test_command_line test_failure test_log test_stability test_eigen test_bad_input test_run test_resume test_results test_audit test_quarter test_demo test_screen test_security test_realtime
      test_market test_ledger_run test_two_area test_synth test_adequacy test_plan test_plan_check test_plan_resume test_plan_random test_plan_demo test_compare test_report test_sweep test_documents test_provenance test_study_reference)
    add_test(NAME jobs.${name} COMMAND ${ARCHIPELAGO_PYTHON} "${CMAKE_CURRENT_LIST_DIR}/${name}.py")
    set_tests_properties(jobs.${name} PROPERTIES TIMEOUT 900 PROCESSORS 2 LABELS "jobs"
      ENVIRONMENT "${ARCHIPELAGO_MPI_ENV};ARCHIPELAGO=$<TARGET_FILE:archipelago>;ARCHIPELAGO_BUILD_DIR=${CMAKE_BINARY_DIR};ARCHIPELAGO_SOURCE_DIR=${CMAKE_SOURCE_DIR};ARCHIPELAGO_MPIEXEC=${MPIEXEC_EXECUTABLE};PYTHONDONTWRITEBYTECODE=1")
  endforeach()
else()
  message(WARNING "python3 is not there: the tests of the program from outside are left out")
endif()

include(slurm/tests.cmake)
