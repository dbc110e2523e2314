/* archipelago eigen: modes of a case at its operating point, their frequency and damping, and who takes part in them. */
#include <math.h>

#include "dynamics/eigen.h"
#include "jobs/command.h"
#include "jobs/dynamic_case.h"

#define MISMATCH_LIMIT_PU 1e-3
#define SHOWN 20       /* modes printed unless --count says otherwise */
#define SHOWN_STATES 3 /* of each */

static const CommandHelp Help = {
    "eigen", "small-signal stability: eigenvalues and modes", "CASE [--dynamics FILE] [options]",
    "Starts from a power flow or an optimal power flow, linearises machines, inverters, loads and network there, and\n"
    "tells each mode's eigenvalue, frequency and damping ratio, and the states that take part in it, least damped "
    "first.\n"
    "The devices come from a PSS/E .dyr file, a CSV or a YAML file (docs/dynamics.md).\n\n"
    "Up to 1200 states all modes are found; beyond, those whose damping ratio is below --damping between --from and "
    "--to\n"
    "(--all finds all there too, in time that grows with the cube of the states). Zero modes are the common angle, a\n"
    "common speed that nothing damps, and integrators: they are no instability.\n\n"
    "Exit status: 0 stable or unstable, 2 bad input, 3 no modes.",
    "  archipelago eigen case.raw --dynamics case.dyr\n"
    "  archipelago eigen large.raw --dynamics large.dyr --from 0.1 --to 2 --damping 0.1 --json"};

typedef struct {
  DynamicSettings grid;
  PetscReal       from, to, damping;
  PetscInt        count;
  PetscBool       all, near;
} EigenSettings;

typedef struct {
  DynamicCase          grid;
  const EigenSettings *settings;
  Equations            eq;
  Eigen                eigen;
  PetscInt             n_shown;
} EigenJob;

static const char *KindName(EigenKind kind)
{
  static const char *const names[] = {"oscillating", "real", "zero"};
  return names[kind];
}

static json_t *Pair(PetscReal re, PetscReal im)
{
  json_t *pair = json_array();
  json_array_append_new(pair, JsonReal(re));
  json_array_append_new(pair, JsonReal(im));
  return pair;
}

/* Every eigenvalue, a pair as two, with its frequency and damping ratio in lists beside it. */
static void FillEigenvalues(const EigenJob *run, json_t *d)
{
  json_t *values = json_array(), *frequency = json_array(), *damping = json_array();

  for (PetscInt k = 0; k < run->eigen->n_modes; k++) {
    const EigenMode *m = &run->eigen->mode[k];
    for (int conjugate = 0; conjugate < (m->im != 0.0 ? 2 : 1); conjugate++) {
      json_array_append_new(values, Pair(m->re, conjugate ? -m->im : m->im));
      json_array_append_new(frequency, JsonReal(m->frequency_hz));
      json_array_append_new(damping, JsonReal(m->damping));
    }
  }
  JsonPut(d, "eigenvalues", values);
  JsonPut(d, "frequency_hz", frequency);
  JsonPut(d, "damping", damping);
}

static json_t *ModeDocument(const EigenJob *run, const EigenMode *m)
{
  json_t *mode = json_object(), *list = json_array();
  char    text[160];

  JsonPut(mode, "real", JsonReal(m->re));
  JsonPut(mode, "imag", JsonReal(m->im));
  JsonPut(mode, "frequency_hz", JsonReal(m->frequency_hz));
  JsonPut(mode, "damping", JsonReal(m->damping));
  JsonPut(mode, "kind", json_string(KindName(m->kind)));
  JsonPut(mode, "unstable", json_boolean(m->unstable));
  JsonPut(mode, "residual", JsonReal(m->residual));
  for (PetscInt k = 0; k < m->n_participants; k++) {
    json_t *one = json_object();
    JsonPut(one, "state", JsonText(EigenStateName(run->eigen, run->eq, m->participant[k].state, text, sizeof text)));
    JsonPut(one, "factor", JsonReal(m->participant[k].factor));
    json_array_append_new(list, one);
  }
  JsonPut(mode, "participation", list);
  return mode;
}

static PetscErrorCode FillDocument(const EigenJob *run, json_t *d)
{
  const Eigen e = run->eigen;
  json_t     *modes;
  char        text[1024];

  PetscFunctionBeginUser;
  JsonPut(d, "verdict", json_string(e->n_unstable ? "unstable" : "stable"));
  JsonPut(d, "case", JsonText(run->grid.net->name));
  JsonPut(d, "operating_point", json_string(run->settings->grid.point));
  JsonPut(d, "criterion", json_string(EigenVerdict(e, text, sizeof text)));
  JsonPut(d, "states", json_integer(e->n_states));
  JsonPut(d, "standing_states", json_integer(e->n_standing));
  JsonPut(d, "complete", json_boolean(e->complete));
  if (!e->complete) {
    JsonPut(d, "from_hz", JsonReal(e->low_hz));
    JsonPut(d, "to_hz", JsonReal(e->high_hz));
    JsonPut(d, "complete_below_damping", JsonReal(e->damping));
    JsonPut(d, "covered", json_boolean(e->covered));
    JsonPut(d, "shifts", json_integer(e->n_shifts));
    JsonPut(d, "unverified", json_integer(e->n_unverified));
  }
  JsonPut(d, "unstable_modes", json_integer(e->n_unstable));
  JsonPut(d, "undamped_modes", json_integer(e->n_undamped));
  JsonPut(d, "zero_eigenvalues", json_integer(e->n_zero));
  FillEigenvalues(run, d);
  JsonPut(d, "modes", modes = json_array());
  for (PetscInt k = 0; k < run->n_shown; k++) json_array_append_new(modes, ModeDocument(run, &e->mode[k]));
  JsonPut(d, "largest_residual", JsonReal(e->largest_residual));
  JsonPut(d, "mismatch_pu", JsonReal(run->eq->mismatch_pu));
  JsonPut(d, "suspicious_starts", json_integer(run->eq->n_warnings));
  PetscCall(DeviceTableDescribe(run->grid.devices, text, sizeof text));
  JsonPut(d, "machine_data", json_string(text));
  JsonPut(d, "solve_seconds", JsonReal(e->seconds));
  PetscFunctionReturn(0);
}

static void PrintMode(const EigenJob *run, const EigenMode *m)
{
  char text[160];

  printf("%12.6f %12.6f %10.4f ", fabs(m->re) < 5e-7 ? 0.0 : m->re, m->im, m->frequency_hz);
  if (m->kind == EIGEN_ZERO)
    printf("%10s  ", "zero");
  else
    printf("%10.2f  ", 100 * m->damping);
  for (PetscInt k = 0; k < PetscMin(SHOWN_STATES, m->n_participants); k++)
    printf("%s%s %.2f", k ? ", " : "", EigenStateName(run->eigen, run->eq, m->participant[k].state, text, sizeof text),
           m->participant[k].factor);
  printf("\n");
}

static void PrintScope(const Eigen e)
{
  printf("states                   %d", (int)e->n_states);
  if (e->n_standing)
    printf(", and %d that stand still (at a limit, infinite inertia, out of service)", (int)e->n_standing);
  if (e->n_zero) printf("\nzero eigenvalues         %d", (int)e->n_zero);
  if (e->complete)
    printf("\neigenvalues              all");
  else
    printf(
        "\neigenvalues              all with a damping ratio below %.3g %% from %.3g to %.3g Hz, and others near them",
        100 * e->damping, e->low_hz, e->high_hz);
  if (!e->covered) printf("; the search ended early");
  if (e->n_unverified) printf("; %d more could not be verified", (int)e->n_unverified);
  printf("\nlargest residual         %.1e\n", e->largest_residual);
}

static PetscErrorCode PrintText(const EigenJob *run)
{
  const Eigen e = run->eigen;
  char        text[1024];

  PetscFunctionBeginUser;
  printf("%s: %s\n", run->grid.net->name, EigenVerdict(e, text, sizeof text));
  PrintScope(e);
  PetscCall(DeviceTableDescribe(run->grid.devices, text, sizeof text));
  printf("machine data             %s\n", text);
  if (run->eq->n_warnings)
    printf("suspicious starts        %d, the first: %s\n", (int)run->eq->n_warnings, run->eq->warning);
  printf("solved in                %.3f s\n\n%12s %12s %10s %10s  states that take part most\n", e->seconds, "real 1/s",
         "imag rad/s", "Hz", "damping %");
  for (PetscInt k = 0; k < run->n_shown; k++) PrintMode(run, &e->mode[k]);
  if (run->n_shown < e->n_modes) printf("and %d modes more (--count)\n", (int)(e->n_modes - run->n_shown));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckStart(Job job, const EigenJob *run)
{
  const Equations eq = run->eq;
  Faults          faults;

  PetscFunctionBeginUser;
  if (!eq->problem[0] && eq->mismatch_pu > MISMATCH_LIMIT_PU)
    JobFail(job, JOB_UNSOLVED, "%s: the operating point lacks %.2g per unit at bus %d", run->grid.net->name,
            eq->mismatch_pu, (int)run->grid.net->bus.number[eq->mismatch_bus]);
  PetscCall(FaultsCreate(&faults));
  PetscCall(DynamicCaseCheckStart(&run->settings->grid, eq, faults));
  PetscCall(JobReport(job, faults));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

/* Rank 0 only. */
static PetscErrorCode Analyse(Job job, EigenJob *run)
{
  const EigenSettings *s = run->settings;
  const DynamicCase   *g = &run->grid;
  EigenOptions         options;

  PetscFunctionBeginUser;
  EigenDefaultOptions(&options);
  options.method  = s->all ? EIGEN_DENSE : s->near ? EIGEN_SPARSE : EIGEN_AUTO;
  options.low_hz  = s->from;
  options.high_hz = s->to;
  options.damping = s->damping;
  PetscCall(EquationsCreate(g->net, g->point, g->devices, g->frequency_hz, &run->eq));
  PetscCall(CheckStart(job, run));
  if (job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(EigenCreate(run->eq, &options, &run->eigen));
  if (run->eigen->problem[0]) {
    JobFail(job, JOB_UNSOLVED, "%s: no modes: %.900s", g->net->name, run->eigen->problem);
    PetscFunctionReturn(0);
  }
  if (!run->eigen->covered)
    JobSay(job, "warning: the search for modes ended after %d shifts at %.3g Hz", (int)run->eigen->n_shifts,
           run->eigen->high_hz);
  const PetscInt shown = s->count ? s->count : job->json ? run->eigen->n_modes : SHOWN;
  run->n_shown         = PetscMin(shown, run->eigen->n_modes);
  if (job->json)
    PetscCall(FillDocument(run, job->document));
  else
    PetscCall(PrintText(run));
  PetscFunctionReturn(0);
}

static PetscErrorCode Work(Job job, const char *path, const EigenSettings *settings)
{
  EigenJob run = {.settings = settings};

  PetscFunctionBeginUser;
  PetscCall(DynamicCaseLoad(job, path, &settings->grid, &run.grid));
  if (job->status == JOB_DONE && job->rank == 0) PetscCall(Analyse(job, &run));
  PetscCall(EigenDestroy(&run.eigen));
  PetscCall(EquationsDestroy(&run.eq));
  PetscCall(DynamicCaseDestroy(&run.grid));
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandEigen(Job job, int argc, char **argv)
{
  EigenSettings s         = {.grid = DYNAMIC_SETTINGS_DEFAULT, .from = 0.1, .to = 3, .damping = 0.05};
  const Option  options[] = {
       DYNAMIC_OPTIONS(s.grid),
       {"count", 'n', TAKES_INTEGER, &s.count, "N", "modes to list, least damped first (default 20; with --json all)",
        1},
       {"all", 'a', TAKES_NOTHING, &s.all, NULL, "all modes, whatever the size", 0},
       {"least-damped", 0, TAKES_NOTHING, &s.near, NULL, "search as for a large system, whatever the size", 0},
       {"from", 0, TAKES_REAL, &s.from, "HZ", "large systems: lowest frequency (default 0.1)", 1e-3},
       {"to", 0, TAKES_REAL, &s.to, "HZ", "... highest (default 3)", 1e-3},
       {"damping", 0, TAKES_REAL, &s.damping, "Z", "... all modes with a damping ratio below this (default 0.05)", 0},
  };
  Arguments arguments;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, (int)(sizeof options / sizeof options[0]), 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  if (s.all && s.near) JobFail(job, JOB_INPUT, "eigen: --all and --least-damped exclude each other");
  if (!(s.to > s.from)) JobFail(job, JOB_INPUT, "eigen: --to is %g, expected more than --from, %g Hz", s.to, s.from);
  if (!(s.damping < 1)) JobFail(job, JOB_INPUT, "eigen: --damping is %g, expected a ratio below 1", s.damping);
  PetscCall(JobAgree(job));
  if (job->status == JOB_DONE) PetscCall(Work(job, arguments.word[0], &s));
  PetscFunctionReturn(0);
}
