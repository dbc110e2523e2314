# Tests of the solver.
archipelago_test(test_interior_point solver)
archipelago_test(test_evaluate solver)
archipelago_test(test_powerflow solver)
