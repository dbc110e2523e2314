/* The report: runs and plans in, one page out. */
#include <stdlib.h>
#include <string.h>

#include "jobs/report_impl.h"

/* Numbers of all series together: three bytes each in the page. */
enum { NUMBERS_IN_ALL = 2400000, MOST_BUDGET = 1200000 };

PetscErrorCode ReportCreate(PetscInt n_runs, const char *title, Report *report)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(report));
  (*report)->budget = PetscMin(MOST_BUDGET, NUMBERS_IN_ALL / PetscMax(1, n_runs));
  (*report)->runs   = json_array();
  if (title) PetscCall(PetscStrallocpy(title, &(*report)->title));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportDestroy(Report *report)
{
  PetscFunctionBeginUser;
  if (!*report) PetscFunctionReturn(0);
  json_decref((*report)->runs);
  PetscCall(PetscFree((*report)->title));
  PetscCall(PetscFree(*report));
  PetscFunctionReturn(0);
}

/* The last part of a path: what a page may say of where a run lay. */
static void NameOf(const char *directory, char *name, size_t size)
{
  char  *end, path[PETSC_MAX_PATH_LEN], real[PETSC_MAX_PATH_LEN];
  size_t n;

  snprintf(path, sizeof path, "%s", realpath(directory, real) ? real : directory);
  for (n = strlen(path); n > 1 && path[n - 1] == '/'; n--) path[n - 1] = '\0';
  end = strrchr(path, '/');
  snprintf(name, size, "%.*s", (int)size - 1, end && end[1] ? end + 1 : path);
}

/* Whether the directory holds something finished; what it is goes into the run. */
static PetscBool Recognise(ReportRun *run, FileError *error)
{
  const char *directory = run->directory;

  run->plan     = JsonLoad(directory, "plan.json");
  run->summary  = JsonLoad(directory, "summary.json");
  run->identity = JsonLoad(directory, "study.json");
  if (run->plan) {
    if (!strcmp(JsonWord(run->plan, "status", "optimal"), "optimal")) return PETSC_TRUE;
    snprintf(error->text, sizeof error->text, "%.700s: this plan is %.100s, expected one that is optimal", directory,
             JsonWord(run->plan, "status", ""));
  } else if (run->summary && FileExistsIn(directory, "results.nc")) {
    return PETSC_TRUE;
  } else if (FileExistsIn(directory, "failure.json") || run->identity) {
    snprintf(error->text, sizeof error->text,
             "%.900s: this run is not complete (see archipelago show), expected a complete one", directory);
  } else {
    snprintf(error->text, sizeof error->text,
             "%.900s: found no plan.json and no summary.json, expected the directory of a run or a plan", directory);
  }
  return PETSC_FALSE;
}

/* Numbers of a run as a whole: label, value, unit. */
static void PutFact(json_t *facts, const char *label, json_t *value, const char *unit)
{
  json_t *row;

  if (!json_is_number(value)) return;
  row = json_array();
  json_array_append_new(row, json_string(label));
  json_array_append_new(row, json_real(json_number_value(value)));
  json_array_append_new(row, JsonText(unit));
  json_array_append_new(facts, row);
}

static void PutRunFacts(ReportRun *run, json_t *facts)
{
  json_t     *s = run->summary, *security = json_object_get(s, "security"), *real = json_object_get(s, "real_time");
  const char *currency = JsonWord(s, "currency", "");

  PutFact(facts, "Dispatch cost", json_object_get(s, "objective"), currency);
  PutFact(facts, "Dispatch cost in real time", json_object_get(real, "objective"), currency);
  PutFact(facts, "Cost of security", json_object_get(security, "cost"), currency);
  PutFact(facts, "Demand", json_object_get(s, "demand_mwh"), "MWh");
  PutFact(facts, "Peak demand", json_object_get(s, "peak_demand_mw"), "MW");
  PutFact(facts, "Losses", json_object_get(s, "losses_mwh"), "MWh");
  PutFact(facts, "Emissions CO2", json_object_get(s, "emissions_t"), "t");
  PutFact(facts, "Curtailed demand", json_object_get(json_object_get(s, "flexibility"), "curtailed_mwh"), "MWh");
  PutFact(facts, "Iterations", json_object_get(s, "iterations"), "");
}

static void PutPlanFacts(ReportRun *run, json_t *facts)
{
  json_t *p    = run->plan, *total;
  double  cost = json_number_value(json_object_get(p, "objective"));

  cost += json_number_value(json_object_get(p, "objective_constant"));
  total = json_real(cost);
  PutFact(facts, "Objective with constant", total, JsonWord(p, "currency", ""));
  PutFact(facts, "Variables", json_object_get(p, "variables"), "");
  PutFact(facts, "Constraints", json_object_get(p, "constraints"), "");
  PutFact(facts, "Iterations", json_object_get(p, "iterations"), "");
  json_decref(total);
}

static void PutHead(ReportRun *run)
{
  json_t *from = run->plan ? run->plan : run->summary, *facts = json_array(), *notes = json_object_get(from, "notes");

  JsonPut(run->out, "kind", json_string(run->plan ? "plan" : "dispatch"));
  JsonPut(run->out, "directory", JsonText(run->name));
  JsonPut(run->out, "study", JsonText(JsonWord(from, "study", run->name)));
  JsonPut(run->out, "policy", JsonText(JsonWord(from, "policy", "base")));
  JsonPut(run->out, "currency", JsonText(JsonWord(from, "currency", "EUR")));
  JsonPut(run->out, "status", JsonText(JsonWord(from, "status", "")));
  JsonPut(run->out, "method", JsonText(JsonWord(from, "method", "")));
  JsonPut(run->out, "model", JsonText(JsonWord(from, "model", "")));
  JsonPut(run->out, "start", JsonText(JsonWord(from, "start", "")));
  JsonPut(run->out, "end", JsonText(JsonWord(from, "end", "")));
  JsonPut(run->out, "network", json_incref(json_object_get(from, "network")));
  if (run->plan)
    PutPlanFacts(run, facts);
  else
    PutRunFacts(run, facts);
  JsonPut(run->out, "facts", facts);
  JsonPut(run->out, "notes", json_is_array(notes) ? json_incref(notes) : json_array());
}

/* The column that told a plan's regions: its study's, or that of --regions, which may also be a number. */
static const char *RegionColumn(json_t *identity)
{
  const char *study = json_string_value(json_object_get(identity, "region"));
  const char *given = json_string_value(json_object_get(identity, "regions"));

  return study ? study : given && strspn(given, "0123456789") < strlen(given) ? given : NULL;
}

static PetscErrorCode ReadRun(ReportRun *run, PetscBool *read, FileError *error)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  error->text[0] = '\0';
  PutHead(run);
  FileJoin(path, sizeof path, run->directory, "results.nc");
  run->region_column = RegionColumn(run->identity);
  if (run->plan) {
    PetscCall(ReportReadPlan(run, error));
  } else {
    PetscCall(DatasetReadNetcdf(path, &run->results, error));
    if (run->results) PetscCall(ReportReadDispatch(run));
  }
  *read = run->components || run->results ? PETSC_TRUE : PETSC_FALSE;
  if (!*read) PetscFunctionReturn(0);
  ReportPutConvergence(run);
  ReportPutPrices(run);
  ReportPutLedger(run);
  PetscCall(ReportPutStability(run));
  PetscCall(ReportPutSettlement(run));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportAdd(Report report, const char *directory, PetscBool *added, FileError *error)
{
  ReportRun run = {.directory = directory, .budget = report->budget, .out = json_object()};

  PetscFunctionBeginUser;
  NameOf(directory, run.name, sizeof run.name);
  *added = Recognise(&run, error);
  if (*added) PetscCall(ReadRun(&run, added, error));
  if (*added) json_array_append(report->runs, run.out);
  PetscCall(ComponentsDestroy(&run.components));
  PetscCall(DatasetDestroy(&run.results));
  json_decref(run.plan);
  json_decref(run.summary);
  json_decref(run.identity);
  json_decref(run.out);
  PetscFunctionReturn(0);
}

/* What a run may be called: its policy, its study with the policy, its directory. */
enum { BY_POLICY, BY_STUDY, BY_DIRECTORY, NAMINGS };

static void MakeLabel(json_t *run, int naming, char label[600])
{
  const char *policy = JsonWord(run, "policy", ""), *study = JsonWord(run, "study", ""),
             *name = JsonWord(run, "directory", "");

  if (naming == BY_POLICY)
    snprintf(label, 600, "%.250s", policy);
  else if (naming == BY_STUDY)
    snprintf(label, 600, "%.250s, %.250s", study, policy);
  else
    snprintf(label, 600, "%.500s", name);
}

static PetscBool IsAlone(json_t *runs, int naming, const char *label)
{
  size_t  k, count = 0;
  json_t *run;
  char    other[600];

  json_array_foreach(runs, k, run)
  {
    MakeLabel(run, naming, other);
    count += !strcmp(label, other);
  }
  return count == 1 ? PETSC_TRUE : PETSC_FALSE;
}

/* Each run is called by the first naming that tells it from the others. */
static void PutLabels(json_t *runs)
{
  size_t  k;
  json_t *run;
  char    label[640];

  json_array_foreach(runs, k, run)
  {
    int naming = 0;
    do MakeLabel(run, naming, label);
    while (!IsAlone(runs, naming, label) && ++naming < NAMINGS);
    if (naming == NAMINGS) snprintf(label + strlen(label), 24, " #%d", (int)k + 1);
    JsonPut(run, "label", JsonText(label));
  }
}

/* Text of HTML. */
static void AddEscaped(Text *page, const char *text)
{
  for (; *text; text++) {
    if (*text == '<')
      TextAddBytes(page, "&lt;", 4);
    else if (*text == '&')
      TextAddBytes(page, "&amp;", 5);
    else
      TextAddBytes(page, text, 1);
  }
}

/* JSON inside a script element: without a < nothing in it can end the element. */
static void AddData(Text *page, json_t *data)
{
  char       *text = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(7));
  const char *from = text, *at;

  for (; (at = strchr(from, '<')); from = at + 1) {
    TextAddBytes(page, from, (size_t)(at - from));
    TextAddBytes(page, "\\u003c", 6);
  }
  TextAddBytes(page, from, strlen(from));
  free(text);
}

static void AddPart(Text *page, const char *name)
{
  const PagePart part = ReportPagePart(name);
  TextAddBytes(page, part.bytes, part.size);
}

static void AddMarked(Text *page, const char *mark, const char *title, json_t *data)
{
  if (!strcmp(mark, "title"))
    AddEscaped(page, title);
  else if (!strcmp(mark, "data"))
    AddData(page, data);
  else
    AddPart(page, mark);
}

/* The page's frame has marks {{NAME}} where the other parts go. */
static void Fill(Text *page, const char *title, json_t *data)
{
  const PagePart frame = ReportPagePart("page");
  const char    *from = frame.bytes, *end = frame.bytes + frame.size, *at;

  while ((at = strstr(from, "{{")) && at < end) {
    char        mark[32];
    const char *close = strstr(at, "}}");
    TextAddBytes(page, from, (size_t)(at - from));
    snprintf(mark, sizeof mark, "%.*s", (int)(close - at - 2), at + 2);
    AddMarked(page, mark, title, data);
    from = close + 2;
  }
  TextAddBytes(page, from, (size_t)(end - from));
}

PetscErrorCode ReportPage(Report report, Text *page)
{
  json_t     *data  = json_object();
  const char *title = report->title ? report->title : JsonWord(json_array_get(report->runs, 0), "study", "Report");

  PetscFunctionBeginUser;
  PutLabels(report->runs);
  JsonPut(data, "title", JsonText(title));
  JsonPut(data, "runs", json_incref(report->runs));
  Fill(page, title, data);
  json_decref(data);
  PetscFunctionReturn(0);
}
