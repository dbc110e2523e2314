/* archipelago report: runs and plans on one page. */
#include <stdlib.h>

#include "jobs/command.h"
#include "jobs/provenance.h"
#include "jobs/report.h"

static const CommandHelp Help = {
    "report", "runs and plans side by side on one HTML page", "RUN... -o FILE [options]",
    "Reads the directories that `archipelago run` and `archipelago plan` left and writes one page: summary,\n"
    "capacities, generation, dispatch, prices, map, convergence, stability, settlement, reliability, ledger.\n"
    "The first RUN is the base that the others are compared with. The page needs nothing beside it and no\n"
    "network; it is the same, byte for byte, for the same runs.",
    "  archipelago report plans/base plans/carbon-cap -o report.html\n"
    "  archipelago report runs/islands -o islands.html --title \"A summer day\""};

static PetscErrorCode WritePage(Job job, Report report, const char *output)
{
  Text      page = {0};
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(ReportPage(report, &page));
  if (!FileWrite(output, page.bytes, page.size, &error)) JobFail(job, JOB_INTERNAL, "%s", error.text);
  JsonPut(job->document, "report", JsonText(output));
  JsonPut(job->document, "bytes", json_integer((json_int_t)page.size));
  if (!job->json && !job->status) printf("%s: %.1f MB\n", output, (double)page.size / 1e6);
  free(page.bytes);
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeReport(Job job, const Arguments *arguments, const char *output, const char *title)
{
  Report    report;
  FileError error;
  PetscBool added = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(ReportCreate(arguments->n, title, &report));
  for (int k = 0; k < arguments->n && added; k++) PetscCall(ReportAdd(report, arguments->word[k], &added, &error));
  if (added)
    PetscCall(WritePage(job, report, output));
  else
    JobFail(job, JOB_INPUT, "%s", error.text);
  PetscCall(ReportDestroy(&report));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandReport(Job job, int argc, char **argv)
{
  const char  *output = NULL, *title = NULL;
  const Option options[] = {{"output", 'o', TAKES_TEXT, &output, "FILE", "the page to write (required)", 0},
                            {"title", 't', TAKES_TEXT, &title, "TEXT", "its heading (default: name of the study)", 0}};
  Arguments    arguments;
  FileError    error;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, 2, 1, OPTIONS_MOST_ARGUMENTS, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  if (!output)
    JobFail(job, JOB_INPUT, "report: found no output, expected -o FILE");
  else if (job->rank == 0 && !FileWritable(output, &error))
    JobFail(job, JOB_INPUT, "%s", error.text);
  else if (job->rank == 0)
    PetscCall(MakeReport(job, &arguments, output, title));
  PetscCall(JobAgree(job));
  if (job->status == JOB_DONE) {
    for (int k = 0; k < arguments.n; k++) ProvenanceInputResult(job->provenance, arguments.word[k]);
    PetscCall(ProvenanceWriteBeside(job, "report", output));
  }
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}
