/* Does a window's dispatch survive the study's disturbances? Hours and disturbances are shared out over the ranks. Where
   security is required, insecure hours go back to the dispatch as bounds on units and branches, for a few rounds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/security_impl.h"

/* The hour of highest demand (sign 1) or of lowest (-1); the first of equals. */
static PetscInt DemandHour(Dispatch d, PetscReal sign)
{
  PetscInt  best = 0;
  PetscReal most = -PETSC_INFINITY;

  for (PetscInt t = 0; t < d->hours; t++) {
    PetscReal sum = 0;
    for (PetscInt l = 0; l < d->n_load; l++) sum += sign * d->load_p[t * d->n_load + l];
    if (sum <= most) continue;
    most = sum;
    best = t;
  }
  return best;
}

/* The hour of the largest exchange between regions, the sum of the flows' sizes over the ties. */
static PetscInt ExchangeHour(Run run, Dispatch d)
{
  PetscInt  best = 0;
  PetscReal most = -PETSC_INFINITY;

  for (PetscInt t = 0; t < d->hours; t++) {
    PetscReal sum = 0;
    for (PetscInt k = 0; k < run->partition->n_ties; k++) {
      const Tie *tie = &run->partition->tie[k];
      sum += PetscAbsReal(tie->is_link ? d->link_p_from[t * d->n_link + tie->index]
                                       : d->branch_p_from[t * d->n_branch + tie->index]);
    }
    if (sum <= most) continue;
    most = sum;
    best = t;
  }
  return best;
}

/* Whether a disturbance is simulated at an hour of the window. */
static PetscBool Meets(const StudyHours *hours, const PetscInt worst[3], PetscInt hour)
{
  if (hours->worst) return (PetscBool)(hour == worst[0] || hour == worst[1] || hour == worst[2]);
  for (PetscInt k = 0; k < hours->n; k++)
    if (hours->hour[k] == hour) return PETSC_TRUE;
  return (PetscBool)(hours->n == 0 && hour == worst[0]);
}

/* By hour, then disturbance. */
static PetscErrorCode ListCases(Run run, Window *window)
{
  const Dispatch d        = window->dispatch;
  const PetscInt worst[3] = {DemandHour(d, 1), DemandHour(d, -1), ExchangeHour(run, d)};

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(d->hours * run->n_disturbances, &window->security));
  for (PetscInt t = 0; t < d->hours; t++)
    for (PetscInt k = 0; k < run->n_disturbances; k++)
      if (Meets(run->disturbance[k].hours, worst, t)) {
        window->security[window->n_cases].hour          = t;
        window->security[window->n_cases++].disturbance = k;
      }
  PetscFunctionReturn(0);
}

static PetscErrorCode ScreenOne(Run run, const Window *window, PetscInt k, void *result)
{
  (void)k;
  return SecurityRunCase(run, window, result);
}

static PetscErrorCode Screen(Run run, Window *window)
{
  const SecurityShare share = {.name   = "disturbances",
                               .n      = window->n_cases,
                               .size   = sizeof(SecurityCase),
                               .result = (char *)window->security,
                               .work   = ScreenOne};
  PetscBool           stopped;

  PetscFunctionBeginUser;
  ProgressStage(&run->progress, "stability");
  PetscCall(SecurityShareOut(run, window, &share, &stopped));
  if (stopped) RunStopped(run, window, "stability");
  PetscFunctionReturn(0);
}

static PetscInt CountVerdicts(const Window *window, StabilityVerdict verdict)
{
  PetscInt n = 0;

  for (PetscInt k = 0; k < window->n_cases; k++) n += window->security[k].verdict == verdict;
  return n;
}

/* Of bounds on one limit at one hour the tightest counts. */
static PetscErrorCode AddBounds(Window *window, const SecurityRemedy *remedy, PetscInt first, PetscInt round)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < remedy->n; k++) {
    const SecurityBound *b = &remedy->bound[k];
    PetscInt             i = first;
    while (i < window->n_bounds && (window->bound[i].is_branch != b->is_branch || window->bound[i].row != b->row ||
                                    window->bound[i].hour != b->hour))
      i++;
    if (i == window->n_bounds) {
      PetscCall(PetscRealloc((size_t)(window->n_bounds + 1) * sizeof *window->bound, &window->bound));
      window->bound[window->n_bounds++] = *b;
    }
    window->bound[i].to    = PetscMin(window->bound[i].to, b->to);
    window->bound[i].round = round;
  }
  PetscFunctionReturn(0);
}

static void TellBounds(Run run, const Window *window, PetscInt first)
{
  char text[256];

  for (PetscInt k = first; k < window->n_bounds; k++)
    ProgressStage(&run->progress, SecurityBoundText(run->net, &window->bound[k], text, sizeof text));
}

static PetscErrorCode RemedyOne(Run run, const Window *window, PetscInt k, void *result)
{
  return SecurityFindRemedy(run, window, &window->security[k], result);
}

/* A remedy for every insecure case: remedy [cases], zero from the start. */
static PetscErrorCode ShareRemedies(Run run, Window *window, SecurityRemedy *remedy)
{
  SecurityShare share = {
      .name = "remedies", .n = window->n_cases, .size = sizeof *remedy, .result = (char *)remedy, .work = RemedyOne};
  PetscBool *insecure, stopped;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(window->n_cases, &insecure));
  for (PetscInt k = 0; k < window->n_cases; k++)
    insecure[k] = (PetscBool)(window->security[k].verdict == STABILITY_UNSTABLE);
  share.wanted = insecure;
  PetscCall(SecurityShareOut(run, window, &share, &stopped));
  if (stopped) RunStopped(run, window, "security");
  PetscCall(PetscFree(insecure));
  PetscFunctionReturn(0);
}

/* `untreated` is the first case without a remedy, -1: all have one; tried[size]: what was tried for it. */
static PetscErrorCode FindRemedies(Run run, Window *window, PetscInt round, PetscInt *untreated, char *tried,
                                   size_t size)
{
  SecurityRemedy *remedy, all = {0};
  const PetscInt  first = window->n_bounds;

  PetscFunctionBeginUser;
  *untreated = -1;
  PetscCall(PetscCalloc1(window->n_cases, &remedy));
  PetscCall(ShareRemedies(run, window, remedy));
  for (PetscInt k = 0; k < window->n_cases && run->job->status == JOB_DONE; k++) {
    if (window->security[k].verdict != STABILITY_UNSTABLE) continue;
    all = remedy[k];
    PetscCall(AddBounds(window, &all, first, round));
    if (all.n || *untreated >= 0) continue;
    *untreated = k;
    snprintf(tried, size, "%s%s", all.text[0] ? "no bound on " : "there is no unit or exchange to bound", all.text);
  }
  PetscCall(PetscFree(remedy));
  TellBounds(run, window, first);
  PetscFunctionReturn(0);
}

/* Rounds of bounds and new dispatches. why[size] says why they ended without security; *untreated is the case for which
   nothing was found, or -1. */
static PetscErrorCode MakeSecure(Run run, Window *window, PetscInt *untreated, char *why, size_t size)
{
  char      stage[80];
  PetscBool solved = PETSC_TRUE;

  PetscFunctionBeginUser;
  why[0]     = '\0';
  *untreated = -1;
  for (PetscInt round = 1; round <= run->study->security_rounds; round++) {
    const PetscInt first = window->n_bounds;
    if (CountVerdicts(window, STABILITY_FAILED) || !CountVerdicts(window, STABILITY_UNSTABLE)) break;
    snprintf(stage, sizeof stage, "security, round %d", (int)round);
    ProgressStage(&run->progress, stage);
    PetscCall(FindRemedies(run, window, round, untreated, why, size));
    if (*untreated >= 0 || run->job->status != JOB_DONE) break;
    PetscCall(SecurityApplyBounds(run, window, first));
    PetscCall(WindowSolveAgain(run, window, &solved));
    window->security_rounds = round;
    if (!solved) snprintf(why, size, "with the bounds the dispatch is %s", SolveStatusName(window->result.status));
    if (!solved || run->job->status != JOB_DONE) break;
    PetscCall(Screen(run, window));
    if (run->job->status != JOB_DONE) break;
  }
  PetscFunctionReturn(0);
}

/* The bounds that were tried, as many as fit. */
static void ListBounds(Run run, const Window *window, char *text, size_t size)
{
  char   one[256];
  size_t used = 0;

  text[0] = '\0';
  for (PetscInt k = 0; k < window->n_bounds && used + 8 < size; k++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", k ? "; " : "",
                             SecurityBoundText(run->net, &window->bound[k], one, sizeof one));
}

static void Insecure(Run run, const Window *window, const SecurityCase *c, const char *why)
{
  const PetscInt rounds = run->study->security_rounds;
  char           bounds[400], effort[700];

  ListBounds(run, window, bounds, sizeof bounds);
  if (!rounds)
    snprintf(effort, sizeof effort, "nothing was changed for it (rounds: 0)");
  else if (why[0] && !window->n_bounds)
    snprintf(effort, sizeof effort, "%.250s secures it", why);
  else
    snprintf(effort, sizeof effort, "not secured in %d round%s%s%.250s%s, with %s", (int)window->security_rounds,
             window->security_rounds == 1 ? "" : "s", why[0] ? ", " : "", why,
             !strncmp(why, "no bound", 8) || !strncmp(why, "there", 5) ? " secures it" : "",
             bounds[0] ? bounds : "no bounds");
  JobFail(run->job, JOB_INSECURE,
          "window %d, hour %d: insecure after %.80s (%.200s); %.560s; the study requires security, nothing was written "
          "for the window",
          (int)window->number, (int)c->hour, run->disturbance[c->disturbance].name, c->criterion, effort);
}

/* Every verdict must be there, and be good where the study demands it. */
static void Judge(Run run, const Window *window, PetscInt untreated, const char *why)
{
  for (PetscInt k = 0; k < window->n_cases; k++) {
    const SecurityCase *c = &window->security[k];
    if (c->verdict == STABILITY_FAILED)
      JobFail(run->job, JOB_UNSOLVED, "window %d, hour %d, %.150s: no stability verdict: %.500s", (int)window->number,
              (int)c->hour, run->disturbance[c->disturbance].name, c->criterion);
  }
  if (untreated >= 0) Insecure(run, window, &window->security[untreated], why);
  for (PetscInt k = 0; k < window->n_cases && run->study->stability_required; k++)
    if (window->security[k].verdict == STABILITY_UNSTABLE) Insecure(run, window, &window->security[k], why);
}

static json_t *CaseToJson(Run run, const SecurityCase *c)
{
  const Disturbance *d   = &run->disturbance[c->disturbance];
  json_t            *row = json_object();

  JsonPut(row, "hour", json_integer(c->hour));
  JsonPut(row, "disturbance", JsonText(d->name));
  if (d->fault) JsonPut(row, "bus", json_integer(d->fault->bus));
  JsonPut(row, "verdict", json_string(StabilityVerdictName(c->verdict)));
  JsonPut(row, "criterion", JsonText(c->criterion));
  JsonPut(row, "cct_seconds", JsonReal(c->cct_seconds));
  return row;
}

static json_t *BoundToJson(Run run, const SecurityBound *b)
{
  json_t *row = json_object();

  JsonPut(row, "component", json_string(b->is_branch ? "branch" : "generator"));
  JsonPut(row, "name", JsonText(b->is_branch ? run->net->branch.name[b->row] : run->net->generator.name[b->row]));
  JsonPut(row, "hour", json_integer(b->hour));
  JsonPut(row, "round", json_integer(b->round));
  JsonPut(row, "from", JsonReal(b->from));
  JsonPut(row, "to", JsonReal(b->to));
  JsonPut(row, "unit", json_string(b->is_branch ? "MVA" : "MW"));
  return row;
}

static PetscErrorCode TellInsecure(Run run, const Window *window)
{
  json_t *failure = json_object(), *cases = json_array(), *bounds = json_array();

  PetscFunctionBeginUser;
  JsonPut(failure, "status", json_string(run->job->status == JOB_INSECURE ? "insecure" : "no-verdict"));
  JsonPut(failure, "window", json_integer(window->number));
  JsonPut(failure, "message", JsonText(run->job->message));
  JsonPut(failure, "rounds", json_integer(window->security_rounds));
  for (PetscInt k = 0; k < window->n_cases; k++) json_array_append_new(cases, CaseToJson(run, &window->security[k]));
  for (PetscInt k = 0; k < window->n_bounds; k++) json_array_append_new(bounds, BoundToJson(run, &window->bound[k]));
  JsonPut(failure, "disturbances", cases);
  JsonPut(failure, "bounds", bounds);
  RunTellFailure(run, failure);
  PetscFunctionReturn(0);
}

PetscErrorCode WindowSecure(Run run, Window *window)
{
  Job      job       = run->job;
  PetscInt untreated = -1;
  char     why[400]  = "";

  PetscFunctionBeginUser;
  if (!run->n_disturbances) PetscFunctionReturn(0);
  window->objective_unsecured = window->result.objective;
  PetscCall(ListCases(run, window));
  PetscCall(Screen(run, window));
  if (job->status == JOB_DONE) PetscCall(MakeSecure(run, window, &untreated, why, sizeof why));
  if (job->status == JOB_REQUEUE) PetscFunctionReturn(0);
  Judge(run, window, untreated, why);
  if (job->status != JOB_DONE) ProgressEnd(&run->progress);
  if (job->status != JOB_DONE && job->rank == 0) PetscCall(TellInsecure(run, window));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}
