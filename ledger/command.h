/* The ledger's commands, for `archipelago ledger ...` and for the stand-alone program. */
#ifndef ARCHIPELAGO_LEDGER_COMMAND_H
#define ARCHIPELAGO_LEDGER_COMMAND_H

/* Runs `argv[1]` (root, verify, prove, check, entry, entries, consistency, keygen, --help) with the arguments behind it;
   argv[0] is `ledger` inside of `archipelago`, or the program's name. Results go to stdout, one line per failure to
   stderr. Returns the exit status: 0 done, 1 internal error, 2 bad usage or an unreadable file, 5 verification failed.
   Not collective: call it on one rank. */
int LedgerCommand(int argc, char **argv);

#endif
