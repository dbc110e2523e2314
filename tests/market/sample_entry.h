/* The entry that docs/entry-format.md shows. */
#ifndef ARCHIPELAGO_TESTS_SAMPLE_ENTRY_H
#define ARCHIPELAGO_TESTS_SAMPLE_ENTRY_H

#include "market/entry.h"

static inline SettlementEntry SampleEntry(void)
{
  return (SettlementEntry){.kind             = SETTLEMENT_CONSUMPTION,
                           .window_start     = 1908230400, /* 2030-06-21T00:00:00Z */
                           .window           = 0,
                           .region           = 2,
                           .interval         = 18,
                           .interval_seconds = 3600,
                           .participant      = 4,
                           .sequence         = 9,
                           .has_price        = true,
                           .quantity_wh      = -2345679,
                           .price            = 104500001,
                           .amount           = -245123458,
                           .bus              = 3,
                           .study            = EntryTextOf("demo"),
                           .policy           = EntryTextOf("base"),
                           .currency         = EntryTextOf("EUR"),
                           .region_name      = EntryTextOf("city"),
                           .participant_name = EntryTextOf("Müller & Co"),
                           .asset            = EntryTextOf("demand")};
}

#endif
