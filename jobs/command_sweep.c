/* archipelago sweep: many runs of one study. */
#include "jobs/command.h"
#include "jobs/provenance.h"
#include "jobs/sweep.h"
#include "jobs/task_journal.h"

static const CommandHelp Help = {
    "sweep", "many runs of a study: policies, years, seeds", "STUDY -o DIR [options]",
    "Makes a task of every policy, year and seed of a study and carries the tasks out, so many at a time, each as\n"
    "`archipelago run` or `archipelago plan` would, in DIR/runs/NAME; then compares and reports them. Started again\n"
    "it skips what is done, goes on with what was interrupted, and adds the tasks that are new, also while another\n"
    "one is at work in DIR. Years are investment periods of a study that is planned, otherwise calendar years of its\n"
    "windows; seeds are those of the reliability of plans. Without lists: those of the study's section sweep, or the\n"
    "base and all policies. SIGUSR1, SIGTERM and Ctrl-C let the tasks save, and end with status 75; a failed task\n"
    "stops no other one, and the largest status of those that failed is the sweep's.\n"
    "With --slurm the tasks become elements of a job array. --task and --report are what its jobs carry out.",
    "  archipelago sweep inputs/cases/islands/hour.yaml -o sweeps/hour --slots 2\n"
    "  archipelago sweep inputs/cases/islands-2050/study.yaml -o sweeps/2050 --years 2030,2050 --seeds 1-3 --dry-run\n"
    "  archipelago sweep inputs/cases/islands/study.yaml -o sweeps/islands --slurm --limit 10 --dry-run"};

typedef struct {
  SweepAxes   axes;
  SweepStart  start;
  const char *directory;
  PetscInt    task;
  PetscBool   slurm, report;
} SweepSettings;

static void ListTasks(Job job, Sweep sweep)
{
  json_t *list = json_array();

  for (PetscInt k = 0; k < sweep->n; k++) {
    json_t       *row = json_object();
    TaskCondition c   = {0};
    if (SweepIsDirectory(sweep->directory)) TaskFindCondition(sweep, &sweep->task[k], NULL, &c);
    JsonPut(row, "task", json_integer(k));
    JsonPut(row, "name", JsonText(sweep->task[k].name));
    JsonPut(row, "policy", JsonText(sweep->task[k].policy));
    JsonPut(row, "state", json_string(TaskStateName(c.state)));
    json_array_append_new(list, row);
    if (job->json) continue;
    printf("%4d  %-40s %s", (int)k, sweep->task[k].name, TaskStateName(c.state));
    for (int s = 0; s < sweep->task[k].n_set; s++) printf("  %s", sweep->task[k].set[s]);
    putchar('\n');
  }
  if (!job->json)
    printf("%d task%s, %d rank%s each\n", (int)sweep->n, sweep->n == 1 ? "" : "s", (int)PetscMax(sweep->ranks, 1),
           sweep->ranks > 1 ? "s" : "");
  JsonPut(job->document, "tasks", list);
}

/* A dry run shows the tasks as they would be, with the numbers of those that are there. */
static PetscErrorCode ShowTasks(Job job, Sweep wanted)
{
  Sweep     have;
  FileError error;

  PetscFunctionBeginUser;
  if (!SweepIsDirectory(wanted->directory)) {
    ListTasks(job, wanted);
    PetscFunctionReturn(0);
  }
  if (!SweepLoad(wanted->directory, &have, &error)) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    PetscFunctionReturn(0);
  }
  if (!SweepIsSameStudy(have, wanted, &error)) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    PetscCall(SweepDestroy(&have));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < wanted->n; k++)
    if (!SweepFind(have, &wanted->task[k])) PetscCall(SweepAdd(have, &wanted->task[k]));
  if (wanted->ranks > 0) have->ranks = wanted->ranks;
  ListTasks(job, have);
  PetscCall(SweepDestroy(&have));
  PetscFunctionReturn(0);
}

static PetscErrorCode Start(Job job, const SweepSettings *s, Sweep wanted)
{
  SweepStart start = s->start;
  Sweep      sweep;
  PetscInt   added;
  FileError  error;

  PetscFunctionBeginUser;
  if (!SweepMerge(wanted, &sweep, &added, &error)) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    PetscFunctionReturn(0);
  }
  if (!start.slots) start.slots = wanted->slots;
  if (!start.limit) start.limit = wanted->limit;
  JobSay(job, "%d tasks in %s, %d of them new", (int)sweep->n, sweep->directory, (int)added);
  if (s->slurm)
    PetscCall(SweepSubmit(job, sweep, &start));
  else
    PetscCall(SweepRunLocal(job, sweep, &start));
  PetscCall(SweepDestroy(&sweep));
  PetscFunctionReturn(0);
}

/* Everything is checked before anything is written. */
static PetscErrorCode MakeSweep(Job job, const SweepSettings *s, const char *study)
{
  Faults    faults;
  Sweep     wanted;
  FileError error;

  PetscFunctionBeginUser;
  if (!SweepUsable(s->directory, &error)) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    PetscFunctionReturn(0);
  }
  PetscCall(FaultsCreate(&faults));
  PetscCall(SweepCreate(study, &s->axes, s->directory, faults, &wanted));
  if (wanted) PetscCall(SweepValidate(job, wanted, faults));
  PetscCall(JobReport(job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (job->status == JOB_DONE && !wanted) JobFail(job, JOB_INPUT, "%.900s: cannot be used as a study", study);
  if (job->status == JOB_DONE && s->start.dry_run && !s->slurm)
    PetscCall(ShowTasks(job, wanted));
  else if (job->status == JOB_DONE)
    PetscCall(Start(job, s, wanted));
  PetscCall(SweepDestroy(&wanted));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportAgain(Job job, const char *directory)
{
  Sweep     sweep = NULL;
  FileError error;

  PetscFunctionBeginUser;
  if (job->rank == 0 && !SweepLoad(directory, &sweep, &error)) JobFail(job, JOB_INPUT, "%s", error.text);
  if (sweep) PetscCall(SweepReport(job, sweep));
  PetscCall(SweepDestroy(&sweep));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

static void CheckUsage(Job job, const SweepSettings *s, const Arguments *arguments)
{
  const PetscBool within = s->task >= 0 || s->report ? PETSC_TRUE : PETSC_FALSE;

  if (!s->directory)
    JobFail(job, JOB_INPUT, "sweep: no directory given (-o DIR)");
  else if (within && arguments->n)
    JobFail(job, JOB_INPUT, "sweep: found the study %.200s beside --%s, expected -o DIR alone", arguments->word[0],
            s->report ? "report" : "task");
  else if (!within && !arguments->n)
    JobFail(job, JOB_INPUT, "sweep: found no study, usage: archipelago sweep %s", Help.usage);
  else if (!within && job->size > 1)
    JobFail(job, JOB_INPUT,
            "sweep: found %d ranks, expected one: the tasks are started on ranks of their own (--ranks %d)", job->size,
            job->size);
  else if (s->slurm && s->start.slots)
    JobFail(job, JOB_INPUT, "sweep: found --slots beside --slurm, expected --limit");
  else if (!s->slurm && s->start.limit)
    JobFail(job, JOB_INPUT, "sweep: found --limit without --slurm, expected --slots");
}

/* Collective. Where the tables and the page come from; each task's directory tells that of itself. */
static PetscErrorCode WriteProvenance(Job job, const char *directory)
{
  int compared = job->rank == 0 && json_integer_value(json_object_get(job->document, "compared")) > 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(&compared, 1, MPI_INT, 0, job->comm));
  if (!compared) PetscFunctionReturn(0);
  PetscCall(ProvenanceStart(job, "sweep", directory, "the tasks that are done"));
  PetscCall(ProvenanceEnd(job));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandSweep(Job job, int argc, char **argv)
{
  SweepSettings s         = {.task = -1};
  const Option  options[] = {
       {"output", 'o', TAKES_TEXT, &s.directory, "DIR", "the directory of the sweep", 0},
       {"policies", 'p', TAKES_TEXT, &s.axes.policies, "LIST", "policies of the study, base among them: a,b", 0},
       {"years", 'y', TAKES_TEXT, &s.axes.years, "LIST", "years: 2030,2040", 0},
       {"seeds", 's', TAKES_TEXT, &s.axes.seeds, "LIST", "seeds of what is random: 1-5,8", 0},
       {"slots", 'j', TAKES_INTEGER, &s.start.slots, "N", "tasks at a time (default: cores by ranks)", 1},
       {"ranks", 'n', TAKES_INTEGER, &s.axes.ranks, "R", "MPI ranks of each task (default 1)", 1},
       {"retry-failed", 0, TAKES_NOTHING, &s.start.retry_failed, NULL, "start failed tasks again", 0},
       {"dry-run", 0, TAKES_NOTHING, &s.start.dry_run, NULL,
        "only check and list the tasks (with --slurm: its commands)", 0},
       {"slurm", 0, TAKES_NOTHING, &s.slurm, NULL, "submit to Slurm what is neither done nor in the queue", 0},
       {"limit", 'l', TAKES_INTEGER, &s.start.limit, "K", "tasks at a time under Slurm (default: as it likes)", 1},
       {"task", 't', TAKES_INTEGER, &s.task, "N", "carry out this task of DIR on the ranks of this job", 0},
       {"report", 0, TAKES_NOTHING, &s.report, NULL, "compare and report what is done in DIR", 0},
  };
  Arguments arguments;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, (int)(sizeof options / sizeof options[0]), 0, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  CheckUsage(job, &s, &arguments);
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  if (s.report)
    PetscCall(ReportAgain(job, s.directory));
  else if (s.task >= 0)
    PetscCall(SweepRunTask(job, s.directory, s.task));
  else
    PetscCall(MakeSweep(job, &s, arguments.word[0]));
  if (s.task < 0) PetscCall(WriteProvenance(job, s.directory));
  PetscFunctionReturn(0);
}
