/* archipelago plan: capacities, dispatch and prices over investment periods. */
#include <string.h>

#include "jobs/command.h"
#include "jobs/plan.h"

static const CommandHelp Help = {
    "plan", "capacity expansion: what to build where and when", "FOLDER|STUDY [options]",
    "Finds the capacities and the dispatch of least present cost for a PyPSA CSV folder, or for the network of a "
    "study\n"
    "with a section planning under one of its policies: one linear program over all snapshots and investment periods,\n"
    "solved exactly. DIR is such a folder again, with its results filled in, beside results.nc, statistics.csv, "
    "iamc.csv\n"
    "and plan.json. The objective leaves out the capital cost of existing extendable capacity, as PyPSA's does; that "
    "is\n"
    "the objective constant. A plan that cannot be exits with status 3 and says what breaks where and by how much.\n"
    "A plan that was killed, or stopped by SIGUSR1 or SIGTERM (status 75), goes on when it is started again, on any "
    "number\n"
    "of ranks, and ends with the same bytes.",
    "  archipelago plan inputs/cases/islands-2050/study.yaml --policy carbon-price-100 -o runs/priced\n"
    "  mpirun -n 2 archipelago plan network-folder --json"};

PetscErrorCode CommandPlan(Job job, int argc, char **argv)
{
  PlanSettings s         = {.checkpoint_minutes = JOB_WATCH_MINUTES, .rounds = -1};
  Texts        set       = {0};
  const Option options[] = {
      {"policy", 'p', TAKES_TEXT, &s.policy, "NAME", "a policy of the study (default: the base)", 0},
      {"set", 's', TAKES_TEXTS, &set, "KEY=VALUE", "a value in place of the study file's; may be given again", 0},
      {"output", 'o', TAKES_TEXT, &s.directory, "DIR", "where the results go (default: nowhere)", 0},
      {"method", 'm', TAKES_TEXT, &s.method, "interior-point|admm",
       "one program, or coordination of regions that keep their data (default interior-point)", 0},
      {"regions", 'r', TAKES_TEXT, &s.regions, "SPEC", "a number or a column of the buses (default location, country)",
       0},
      {"check", 'c', TAKES_TEXT, &s.check, "HOURS",
       "dispatch these as an AC system: peak,lowest-inertia,highest-renewable,typical", 0},
      {"rounds", 0, TAKES_INTEGER, &s.rounds, "N", "plan again with what the AC check found, N times at most", 0},
      {"no-check", 0, TAKES_NOTHING, &s.no_check, NULL, "no AC check, whatever the study says", 0},
      {"export-mps", 0, TAKES_TEXT, &s.export_mps, "FILE", "write the linear program for another solver", 0},
      {"tolerance", 0, TAKES_REAL, &s.tolerance, "X", "relative residuals and gap (default 1e-8; admm: gap 1e-4)", 0},
      {"max-iterations", 0, TAKES_INTEGER, &s.max_iterations, "N",
       "limit of iterations (default 200; admm: 1000 rounds)", 1},
      {"blocks", 0, TAKES_INTEGER, &s.blocks, "N", "blocks of time (default: by the program's size)", 1},
      {"checkpoint-minutes", 0, TAKES_REAL, &s.checkpoint_minutes, "M",
       "minutes between checkpoints of long solves (default: 10; 0: at every safe point)", 0},
      {"verbose", 'v', TAKES_NOTHING, &s.verbose, NULL, "a line an iteration", 0},
  };
  Arguments arguments;
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, (int)(sizeof options / sizeof options[0]), 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  if (job->rank == 0 && s.export_mps && !FileWritable(s.export_mps, &error)) JobFail(job, JOB_INPUT, "%s", error.text);
  PetscCall(JobAgree(job));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  s.source = arguments.word[0];
  s.n_set  = set.n;
  s.set    = set.text;
  PetscCall(PlanRun(job, &s));
  PetscCall(TextsDestroy(&set));
  PetscFunctionReturn(0);
}
