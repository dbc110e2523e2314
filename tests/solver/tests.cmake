# Tests of the solver.
archipelago_test(test_interior_point solver)
archipelago_test(test_ldl solver)
archipelago_test(test_evaluate solver)
archipelago_test(test_powerflow solver)
archipelago_test(test_opf_published solver)
archipelago_test(test_branch_flow solver)
archipelago_test(test_anderson solver)
archipelago_test(test_opf_hours solver)
archipelago_test(test_opf_model solver)
archipelago_test(test_prices solver)
archipelago_test(test_opf_model_regions solver)
archipelago_test(test_admm solver RANKS 4)

# Benchmarks of the solver are built here too.
add_subdirectory(bench)
