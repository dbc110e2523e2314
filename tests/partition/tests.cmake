archipelago_test(test_partition partition RANKS 1 2 3 4)
