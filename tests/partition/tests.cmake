# Tests of the regions.
archipelago_test(test_partition partition RANKS 1 2 3 4)
archipelago_test(test_partition_cases partition RANKS 1 3)
archipelago_test(test_cover partition)
archipelago_test(test_regions partition RANKS 1 3)
archipelago_test(test_exchange partition RANKS 1 2 3 4)
