/* archipelago compare: plans and runs side by side. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "jobs/command.h"
#include "jobs/compare.h"
#include "jobs/provenance.h"

static const CommandHelp Help = {
    "compare", "plans and runs side by side, and the difference to one of them", "RUN... --base RUN [options]",
    "Reads the directories that `archipelago plan` and `archipelago run` left (or PyPSA folders that are solved)\n"
    "and prints one table with the same names and units for all: cost, emissions, prices, what is not served, who\n"
    "pays, then capacities and energy, each with its difference to the base (without --base, the first one).\n"
    "Carbon payments and subsidies are transfers and are told apart from the cost of the system. Names and\n"
    "definitions are in docs/comparison.md.",
    "  archipelago compare plans/none plans/carbon-price-100 --base plans/none\n"
    "  archipelago compare plans/* --base plans/none --csv table.csv --iamc table.iamc.csv\n"
    "  archipelago compare plans/* --base plans/none --filter \"Optimal Capacity\" --by region --by carrier --by "
    "period"};

typedef struct {
  const char *base, *csv, *iamc;
  Texts       filter, by;
} CompareSettings;

static int TerminalWidth(void)
{
  const char    *columns = getenv("COLUMNS");
  struct winsize size;

  if (columns && atoi(columns) > 0) return atoi(columns);
  if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 0) return size.ws_col;
  return 120;
}

static void Write(Job job, const char *path, const Text *text)
{
  FileError error;

  if (!FileWrite(path, text->bytes, text->size, &error)) JobFail(job, JOB_INTERNAL, "%s", error.text);
}

static PetscErrorCode WriteTables(Job job, const CompareSettings *settings, Comparison comparison)
{
  Text csv = {0}, iamc = {0};

  PetscFunctionBeginUser;
  if (settings->csv) {
    PetscCall(ComparisonCsv(comparison, &csv));
    Write(job, settings->csv, &csv);
  }
  if (settings->iamc) {
    PetscCall(ComparisonIamc(comparison, &iamc));
    Write(job, settings->iamc, &iamc);
  }
  free(csv.bytes);
  free(iamc.bytes);
  PetscFunctionReturn(0);
}

static void FillFilter(Job job, const CompareSettings *settings, ComparisonFilter *filter)
{
  filter->n_variables = settings->filter.n;
  filter->variable    = settings->filter.text;
  for (int k = 0; k < settings->by.n; k++) {
    const char *by = settings->by.text[k];
    if (!strcmp(by, "region"))
      filter->by_region = PETSC_TRUE;
    else if (!strcmp(by, "carrier"))
      filter->by_carrier = PETSC_TRUE;
    else if (!strcmp(by, "period"))
      filter->by_period = PETSC_TRUE;
    else
      JobFail(job, JOB_INPUT, "compare: --by is %s, expected region, carrier or period", by);
  }
}

static PetscErrorCode Compare(Job job, const CompareSettings *settings, PetscInt n, const char *const *path)
{
  ComparisonFilter filter = {0};
  Comparison       comparison;
  PetscBool        known = PETSC_TRUE, chosen = (PetscBool)(settings->filter.n > 0 || settings->by.n > 0);
  FileError        error;

  PetscFunctionBeginUser;
  FillFilter(job, settings, &filter);
  if (settings->csv && !job->status && !FileWritable(settings->csv, &error)) JobFail(job, JOB_INPUT, "%s", error.text);
  if (settings->iamc && !job->status && !FileWritable(settings->iamc, &error))
    JobFail(job, JOB_INPUT, "%s", error.text);
  if (job->status) PetscFunctionReturn(0);
  PetscCall(ComparisonCreate(n, path, settings->base, &comparison, &error));
  if (comparison) PetscCall(ComparisonFilterRows(comparison, &filter, &known, &error));
  if (!comparison || !known) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    PetscCall(ComparisonDestroy(&comparison));
    PetscFunctionReturn(0);
  }
  PetscCall(WriteTables(job, settings, comparison));
  if (job->json)
    PetscCall(ComparisonJson(comparison, job->document));
  else if (!job->status)
    PetscCall(ComparisonShow(comparison, chosen, TerminalWidth(), stdout));
  PetscCall(ComparisonDestroy(&comparison));
  PetscFunctionReturn(0);
}

/* Collective. */
static PetscErrorCode WriteProvenance(Job job, const CompareSettings *settings, const Arguments *arguments)
{
  PetscFunctionBeginUser;
  if (!settings->csv && !settings->iamc) PetscFunctionReturn(0);
  for (int k = 0; k < arguments->n; k++) ProvenanceInputResult(job->provenance, arguments->word[k]);
  PetscCall(ProvenanceWriteBeside(job, "compare", settings->csv));
  PetscCall(ProvenanceWriteBeside(job, "compare", settings->iamc));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandCompare(Job job, int argc, char **argv)
{
  CompareSettings settings  = {0};
  const Option    options[] = {
         {"base", 'b', TAKES_TEXT, &settings.base, "RUN", "what the others are compared with (default: the first)", 0},
         {"csv", 'c', TAKES_TEXT, &settings.csv, "FILE", "all rows as a tidy table", 0},
         {"iamc", 'i', TAKES_TEXT, &settings.iamc, "FILE", "model, scenario, region, variable, unit, years", 0},
         {"filter", 'f', TAKES_TEXTS, &settings.filter, "VARIABLE", "only this variable; may be given again", 0},
         {"by", 0, TAKES_TEXTS, &settings.by, "region|carrier|period", "tell these apart, the rest as totals; again", 0}};
  Arguments arguments;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, sizeof options / sizeof options[0], 1, OPTIONS_MOST_ARGUMENTS, argc, argv,
                         &arguments));
  if (!arguments.stop && job->rank == 0) PetscCall(Compare(job, &settings, arguments.n, arguments.word));
  PetscCall(JobAgree(job));
  if (!arguments.stop && job->status == JOB_DONE) PetscCall(WriteProvenance(job, &settings, &arguments));
  PetscCall(TextsDestroy(&settings.filter));
  PetscCall(TextsDestroy(&settings.by));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}
