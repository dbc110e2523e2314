/* archipelago-ledger: the ledger's and the market's commands without MPI and PETSc. */
#include "market/command.h"

int main(int argc, char **argv)
{
  return MarketCommand(argc, argv);
}
