/* The commands of the program archipelago-ledger, which `archipelago ledger` has too: the ledger's own, and those that know
   what entries mean: audit and statement. */
#ifndef ARCHIPELAGO_MARKET_COMMAND_H
#define ARCHIPELAGO_MARKET_COMMAND_H

/* As LedgerCommandRun (ledger/command.h), whose commands, exit statuses and conventions these are. */
int MarketCommand(int argc, char **argv);

#endif
