/* archipelago run: a study from its file to its signed results. */
#include "jobs/command.h"
#include "jobs/pipeline.h"
#include "jobs/plan.h"
#include "jobs/show.h"

static const CommandHelp Help = {
    "run", "dispatch, check, settle and commit a study", "STUDY -o DIR [options]",
    "Runs the study's windows one after the other: dispatch, evaluation, stability, settlement, ledger. A window\n"
    "appears in DIR complete or not at all; a run that was killed, or stopped by SIGUSR1 or SIGTERM (status 75), goes\n"
    "on when it is started again, on any number of ranks, and ends with the same bytes. Within a window it goes on from\n"
    "the checkpoint in DIR (docs/restart.md).\n"
    "The ledger is signed with --key, else the study's key, else ARCHIPELAGO_KEY (a file, or the key itself), else\n"
    "the user's own key for the origin, made on first use under ${XDG_CONFIG_HOME:-~/.config}/archipelago/keys.\n"
    "With --drill one entry is written falsely, as a cheating or broken writer would: nothing may be signed.\n"
    "A study with a section planning is planned, as by `archipelago plan`.",
    "  mpirun -n 2 archipelago run inputs/cases/islands/study.yaml -o runs/islands\n"
    "  archipelago run study.yaml --policy grid-closed -o runs/closed --json"};

/* The section `planning` makes a study one that is planned. */
static PetscErrorCode RunPlan(Job job, const RunSettings *settings)
{
  const PlanSettings plan = {.source             = settings->study,
                             .policy             = settings->policy,
                             .n_set              = settings->n_set,
                             .set                = settings->set,
                             .directory          = settings->directory,
                             .rounds             = -1,
                             .checkpoint_minutes = settings->checkpoint_minutes};

  PetscFunctionBeginUser;
  if (settings->drill >= 0 || settings->key)
    JobFail(job, JOB_INPUT, "run: found --%s for a study that is planned, which has no ledger",
            settings->key ? "key" : "drill");
  else
    PetscCall(PlanRun(job, &plan));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandRun(Job job, int argc, char **argv)
{
  RunSettings  settings  = {.drill = -1, .checkpoint_minutes = JOB_WATCH_MINUTES};
  Texts        set       = {0};
  const Option options[] = {
      {"policy", 'p', TAKES_TEXT, &settings.policy, "NAME", "a policy of the study (default: the base)", 0},
      {"set", 's', TAKES_TEXTS, &set, "KEY=VALUE", "a value in place of the study file's; may be given again", 0},
      {"output", 'o', TAKES_TEXT, &settings.directory, "DIR", "the run directory", 0},
      {"key", 'k', TAKES_TEXT, &settings.key, "FILE", "the ledger's private key", 0},
      {"checkpoint-minutes", 0, TAKES_REAL, &settings.checkpoint_minutes, "M",
       "minutes between checkpoints of long solves (default: 10; 0: at every safe point)", 0},
      {"drill", 0, TAKES_INTEGER, &settings.drill, "INDEX", "write this ledger entry falsely, to see it refused", 0},
  };
  Arguments arguments;
  PetscBool planned = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, (int)(sizeof options / sizeof options[0]), 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  if (!settings.directory) {
    JobFail(job, JOB_INPUT, "run: no run directory given (-o DIR)");
    PetscFunctionReturn(0);
  }
  settings.study = arguments.word[0];
  settings.n_set = set.n;
  settings.set   = set.text;
  PetscCall(PlanIsStudy(job->comm, settings.study, &planned));
  if (planned)
    PetscCall(RunPlan(job, &settings));
  else
    PetscCall(PipelineRun(job, &settings));
  PetscCall(TextsDestroy(&set));
  if (job->status == JOB_DONE && job->rank == 0 && !planned && !job->json)
    ShowSummary(job->document, settings.directory, stdout);
  PetscFunctionReturn(0);
}
