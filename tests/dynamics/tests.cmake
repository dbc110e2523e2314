# Tests of the dynamics room.
archipelago_test(test_clearing dynamics)
archipelago_test(test_equations dynamics)
archipelago_test(test_swing dynamics)
archipelago_test(test_device_table dynamics)
archipelago_test(test_modes dynamics)
target_link_libraries(test_modes PRIVATE lapack)
