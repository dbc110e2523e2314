# Tests of the inputs room.
archipelago_test(test_network inputs RANKS 1 3)
archipelago_test(test_matpower inputs)
archipelago_test(test_rts_gmlc inputs)
archipelago_test(test_study inputs)
archipelago_test(test_participants inputs)
archipelago_test(test_pypsa inputs)
archipelago_test(test_check inputs RANKS 1 2 4)
archipelago_test(test_pypsa_energy inputs)
