/* The table of commands. */
#include "jobs/command.h"

const Command CommandTable[] = {
    {"plan", "capacity expansion: what to build where and when", CommandPlan},
    {"run", "dispatch, check, settle and commit a study", CommandRun},
    {"sweep", "many runs of a study: policies, years, seeds", CommandSweep},
    {"status", "how far a sweep, a run or a plan is", CommandStatus},
    {"show", "print the summary of a run or a plan", CommandShow},
    {"compare", "plans and runs side by side", CommandCompare},
    {"report", "runs and plans side by side on one HTML page", CommandReport},
    {"opf", "optimal power flow of one case", CommandOpf},
    {"stability", "time-domain stability after a fault", CommandStability},
    {"screen", "stability after every fault and every trip", CommandScreen},
    {"eigen", "small-signal stability: eigenvalues and modes", CommandEigen},
    {"partition", "regions, tie lines and their ranks", CommandPartition},
    {"synth", "a generated system of regional microgrids", CommandSynth},
    {"check", "validate studies, networks and series", CommandCheck},
    {"ledger", "root, verification and proofs of a run's ledger", CommandLedger},
    {NULL, NULL, NULL},
};
