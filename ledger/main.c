/* archipelago-ledger: the ledger's commands without MPI and PETSc. */
#include "ledger/command.h"

int main(int argc, char **argv)
{
  return LedgerCommand(argc, argv);
}
