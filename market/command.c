/* The ledger's command line with the market's commands. */
#include "market/command.h"

#include "market/command_impl.h"
#include "market/describe.h"

static const char *const audit_options[] = {
    LEDGER_LOG_OPTIONS, "--run=", "--anchor-key=", "--secret=", "--openings=", NULL};
static const char *const statement_options[] = {
    LEDGER_LOG_OPTIONS, "--csv", "--proofs=", "--openings=", "-o=", "--output=", NULL};

static const LedgerCommandEntry commands[] = {
    {"audit",
     "DIR [--run RUNDIR]... [--key VKEY|FILE] [--witness VKEY|FILE]... [--quorum N] [--anchor-key VKEY|FILE]... "
     "[--secret FILE]... [--openings FILE]... [--json]",
     "verify the log, check its accounts, contracts and certificates, carry its windows out again and compare every "
     "amount",
     1, 1, audit_options, MarketRunAudit},
    {"statement", "DIR PARTICIPANT [--csv | --json] [-o FILE] [--proofs OUT] [--openings FILE] [--key VKEY|FILE]",
     "list what a participant was paid and charged, line by line, with what each amount comes from (--proofs: and a "
     "proof "
     "file a line)",
     2, 2, statement_options, MarketRunStatement},
};

int MarketCommand(int argc, char **argv)
{
  const LedgerExtension extension = {commands, sizeof commands / sizeof *commands, RecordDescribe};

  return LedgerCommandRun(argc, argv, &extension);
}
