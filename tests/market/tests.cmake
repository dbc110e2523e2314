# Tests of the market room.
archipelago_test(test_money market)
archipelago_test(test_entry market)
archipelago_test(test_entry_fuzz market)
archipelago_test(test_settlement market)
archipelago_test(test_settlement_properties market)
archipelago_test(test_statement market)
archipelago_test(test_committed market)
archipelago_test(test_committed_statement market)
archipelago_test(test_committed_document market)
archipelago_test(test_committed_fuzz market)
archipelago_test(test_allocation market)
target_link_options(test_allocation PRIVATE
  "LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup")
