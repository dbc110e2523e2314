# Tests of the dynamics room.
archipelago_test(test_clearing dynamics)
