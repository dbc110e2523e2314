/* The table of commands. */
#include "jobs/command.h"

const Command CommandTable[] = {
    {"run", "dispatch, check, settle and commit a study", CommandRun},
    {"show", "print a run's summary on one screen", CommandShow},
    {"compare", "plans and runs side by side", CommandCompare},
    {"opf", "optimal power flow of one case", CommandOpf},
    {"stability", "time-domain stability after a fault", CommandStability},
    {"screen", "stability after every fault and every trip", CommandScreen},
    {"eigen", "small-signal stability: eigenvalues and modes", CommandEigen},
    {"partition", "regions, tie lines and their ranks", CommandPartition},
    {"check", "validate studies, networks and series", CommandCheck},
    {"ledger", "root, verification and proofs of a run's ledger", CommandLedger},
    {NULL, NULL, NULL},
};
