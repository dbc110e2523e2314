/* A station: device models tried at one site, without network, tables or equations.

   A test lists parts with their DYR-like parameters, gives the site, and asks:
     const StationSite site = {.v = 1.02, .angle = 0.3, .p = 0.8, .q = 0.2};
     const StationPart parts[] = {PART("GENROU", 6.0, ...), PART("SEXS", ...), PART("TGOV1", ...)};
     Station s;
     StationSetUp(&s, &site, parts, 3);       checks the models' tables, parameters, and initialises in order of kind
     StationCheckEquilibrium(&s);             own equations with zero rates below 1e-10, injected power is P + jQ
     StationCheckJacobians(&s);               in the present modes: at the present state and at seeded states around it
     StationCheckJacobianModes(&s, "TGOV1", -1, 1);   in every combination of modes between two numbers
     StationRun(&s, 10.0, 0.01, drive, watch, context);   time steps under prescribed inputs
   or StationCheck(&s, &site, parts, n), which is set-up, equilibrium and Jacobians in one. A failure ends the test with
   a message that names model, row and column.

   Signals. What no part produces is a constant: the value left by initialisation, or given (site.given), or, left by
   nobody, 0 for angle and speed. So a governor can stand alone: .given = {{SIGNAL_PM, 0.8}}, an exciter with
   .given = {{SIGNAL_EFD, 1.8}, {SIGNAL_IFD, 1.8}}. `given` has to be in its final state before parts are initialised.
   Voltages are prescribed, unless the site has a grid impedance x_grid: then an ideal voltage source behind it is found
   such that the start is an equilibrium, and the bus voltage is unknown (injected currents then matter).

   Driving. drive(s, t, context) is called just after each step's beginning and just before its end, t so, and sets
   inputs: StationSetSignal, StationSetVoltage, StationSetRegulatedVoltage, StationSetGrid, StationSetReference. Jumps at
   multiples of the step are exact. Steps are trapezoidal (second order), with a consistent restart at each step; where a
   margin falls below zero the step is halved until the instant is known within 1e-6 of the step, then change() is
   called and the algebraic unknowns are solved again. watch(s, t, context) is called at t = 0 before the first step and
   after each. Both may be NULL. s.changes counts mode changes; StationMode(s, model, k) tells a mode.
   Reading: StationUnknown(s, model, "name of unknown"), StationSignal(s, SIGNAL_PM), StationInjected(s, &p, &q),
   StationTrips(s). Time runs on over several StationRun calls. StationNear(value, expected, tolerance) compares. */
#ifndef ARCHIPELAGO_TESTS_DYNAMICS_STATION_H
#define ARCHIPELAGO_TESTS_DYNAMICS_STATION_H

#include "tests/support.h"

#include "dynamics/device.h"
#include "dynamics/models.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATION_MAX_PARTS 8
#define STATION_MAX_DATA 256
#define STATION_MAX_SIZE 160 /* unknowns of all parts and of the bus */
#define STATION_SEEDS 24     /* states around the present one at which Jacobians are checked */

typedef struct {
  const char *model;
  PetscReal   parameter[DEVICE_MAX_PARAMETERS];
  PetscInt    n; /* parameters given; must be what the model has */
} StationPart;
/* Buses and circuits count as in the device table: a bus index, -1 for the site's own bus. */
#define PART(model, ...)                                                                     \
  {                                                                                          \
    model, {__VA_ARGS__}, (PetscInt)(sizeof((PetscReal[]){__VA_ARGS__}) / sizeof(PetscReal)) \
  }

/* Zero stands for the values in brackets. Per unit on the network's base unless said otherwise. */
typedef struct {
  PetscReal v, angle;                       /* voltage of the site's bus [1], rad */
  PetscReal regulated_re, regulated_im;     /* [the site's own bus] */
  PetscReal from_re, from_im, to_re, to_im; /* ends of the monitored branch [the site's own bus] */
  PetscReal branch_y[4][2];                 /* as DeviceStart */
  PetscReal p, q;                           /* fed in; loads: negative */
  PetscReal base_ratio;                     /* site's base / network's [1] */
  PetscReal r_source, x_source;             /* site's base [x_source 0: both unknown] */
  PetscReal p_max;                          /* site's base [unknown] */
  PetscReal frequency;                      /* Hz [60] */
  PetscReal r_grid, x_grid;                 /* of the grid behind the bus [both 0: voltages are prescribed] */
  struct {
    DeviceSignal signal; /* a signal other than a voltage; the list ends at the first SIGNAL_V_RE (0) */
    PetscReal    value;
  } given[8];
} StationSite;

typedef struct {
  const DeviceModel *model;
  PetscInt           first; /* of its unknowns among the station's */
  PetscReal          parameter[DEVICE_MAX_PARAMETERS], data[STATION_MAX_DATA];
  PetscBool          differential[DEVICE_MAX_LOCAL];
  PetscInt           mode[DEVICE_MAX_MODES + 1];
  PetscInt           input[DEVICE_MAX_LOCAL]; /* station's unknown that each input is, or -1 */
  char               problem[DEVICE_TEXT], warning[DEVICE_TEXT];
} StationMember;

typedef struct Station Station;
typedef void (*StationCallback)(Station *s, PetscReal t, void *context);

struct Station {
  StationSite   site;
  PetscInt      n_parts, n;              /* unknowns; those of the bus's voltage last, when there */
  StationMember part[STATION_MAX_PARTS]; /* in order of kind */
  PetscReal     signal[SIGNAL_COUNT];    /* constants and prescribed values, voltages too */
  PetscReal     x[STATION_MAX_SIZE], xp[STATION_MAX_SIZE];
  PetscBool     differential[STATION_MAX_SIZE];
  PetscBool     has_grid;
  PetscReal     e_re, e_im; /* of the grid's source */
  PetscReal     time;
  PetscInt      changes; /* of modes, since set-up */
  uint64_t      random;
};

/* ---------------------------------------------------------------- set-up */

static inline void StationCheckRange(const DeviceModel *model, const PetscReal *p)
{
  PetscBool   error = PETSC_FALSE;
  const char *text;
  for (PetscInt k = 0; k < model->n_parameters; ++k) {
    const ParameterRange r = model->parameter[k].range;
    if ((r == PARAMETER_POSITIVE && p[k] <= 0.0) || (r == PARAMETER_NOT_NEGATIVE && p[k] < 0.0) ||
        (r == PARAMETER_FLAG && p[k] != floor(p[k]))) {
      fail_msg("%s: parameter %s = %g is out of range", model->name, model->parameter[k].name, p[k]);
    }
  }
  text = model->check ? model->check(p, &error) : NULL;
  if (text && error) fail_msg("%s: parameters are refused: %s", model->name, text);
}

static inline void StationCheckNames(const DeviceModel *m)
{
  assert_true(m->name && m->name[0] && m->title && m->title[0] && m->source && m->source[0]);
  for (const char *c = m->name; *c; ++c) {
    if (*c >= 'a' && *c <= 'z') fail_msg("%s: its name is not in capitals", m->name);
  }
  for (PetscInt k = 0; k < m->n_parameters; ++k) {
    const DeviceParameter *p = &m->parameter[k];
    if (!p->name || !p->name[0] || !p->unit) fail_msg("%s: parameter %d has no name or unit", m->name, (int)k);
    if (DeviceModelParameter(m, p->name) != k) fail_msg("%s: parameter %s stands twice", m->name, p->name);
  }
  for (PetscInt k = 0; k < m->n_unknowns; ++k) {
    const DeviceUnknown *u = &m->unknown[k];
    if (!u->name || !u->name[0] || !u->unit) fail_msg("%s: unknown %d has no name or unit", m->name, (int)k);
    if (!(u->nominal > 0.0)) fail_msg("%s: unknown %s has no nominal change", m->name, u->name);
    for (PetscInt j = 0; j < k; ++j) {
      if (!strcmp(u->name, m->unknown[j].name)) fail_msg("%s: unknown %s stands twice", m->name, u->name);
    }
  }
}

/* A model's tables: counts within their bounds, indices in range, nothing twice. */
static inline void StationCheckModel(const DeviceModel *m)
{
  const PetscInt rows = m->n_unknowns + (m->feeds_network ? 2 : 0), columns = m->n_unknowns + m->n_inputs;
  StationCheckNames(m);
  if (columns > DEVICE_MAX_LOCAL || m->n_entries > DEVICE_MAX_ENTRIES || m->n_parameters > DEVICE_MAX_PARAMETERS ||
      m->n_modes > DEVICE_MAX_MODES || m->n_data > STATION_MAX_DATA) {
    fail_msg("%s: larger than the bounds", m->name);
  }
  for (PetscInt k = 0; k < m->n_entries; ++k) {
    const DeviceEntry e = m->entry[k];
    if (e.row < 0 || e.row >= rows || e.column < 0 || e.column >= columns)
      fail_msg("%s: entry %d (%d, %d) is out of range", m->name, (int)k, (int)e.row, (int)e.column);
    for (PetscInt j = 0; j < k; ++j) {
      if (e.row == m->entry[j].row && e.column == m->entry[j].column)
        fail_msg("%s: entry (%d, %d) stands twice", m->name, (int)e.row, (int)e.column);
    }
  }
  for (PetscInt k = 0; k < m->n_inputs; ++k) {
    for (PetscInt j = 0; j < k; ++j) {
      if (m->input[k] == m->input[j]) fail_msg("%s: input signal %d stands twice", m->name, (int)m->input[k]);
    }
  }
  for (PetscInt k = 0; k < m->n_outputs; ++k) {
    if (m->output[k].unknown < 0 || m->output[k].unknown >= m->n_unknowns) fail_msg("%s: bad output", m->name);
    for (PetscInt j = 0; j < k; ++j) {
      if (m->output[k].signal == m->output[j].signal) fail_msg("%s: an output stands twice", m->name);
    }
  }
  for (PetscInt k = 0; k < m->n_references; ++k) {
    if (!m->reference[k].name || m->reference[k].data < 0 || m->reference[k].data >= m->n_data)
      fail_msg("%s: bad reference", m->name);
  }
  if (!m->initialise || !m->residual || !m->jacobian) fail_msg("%s: an operation is missing", m->name);
  if (m->n_modes > 0 && (!m->margin || !m->change)) fail_msg("%s: modes without margin or change", m->name);
  if (m->trips && m->kind != DEVICE_PROTECTION) fail_msg("%s: trips, but is no protection", m->name);
}

static inline void StationDefaults(Station *s)
{
  StationSite *t = &s->site;
  if (t->v == 0.0) t->v = 1.0;
  if (t->base_ratio == 0.0) t->base_ratio = 1.0;
  if (t->frequency == 0.0) t->frequency = 60.0;
  if (t->p_max == 0.0) t->p_max = INFINITY;
  if (t->x_source == 0.0) t->x_source = t->r_source = NAN;
  for (PetscInt k = 0; k < SIGNAL_COUNT; ++k) s->signal[k] = NAN;
  s->signal[SIGNAL_V_RE] = t->v * cos(t->angle), s->signal[SIGNAL_V_IM] = t->v * sin(t->angle);
  PetscReal *const other[3][2] = {
      {&t->regulated_re, &t->regulated_im}, {&t->from_re, &t->from_im}, {&t->to_re, &t->to_im}};
  for (int k = 0; k < 3; ++k) {
    if (*other[k][0] == 0.0 && *other[k][1] == 0.0)
      *other[k][0] = s->signal[SIGNAL_V_RE], *other[k][1] = s->signal[SIGNAL_V_IM];
    s->signal[SIGNAL_REGULATED_V_RE + 2 * k] = *other[k][0];
    s->signal[SIGNAL_REGULATED_V_IM + 2 * k] = *other[k][1];
  }
  s->signal[SIGNAL_VS] = s->signal[SIGNAL_FREQUENCY] = 0.0;
  s->signal[SIGNAL_CONNECTED] = s->signal[SIGNAL_CONNECTED_VOLTAGE] = 1.0;
  for (int k = 0; k < 8 && t->given[k].signal != SIGNAL_V_RE; ++k) s->signal[t->given[k].signal] = t->given[k].value;
}

/* Initialises one part; false when it says why it cannot start. */
static inline PetscBool StationInitialise(Station *s, StationMember *m)
{
  const StationSite *t     = &s->site;
  DeviceStart        start = {.v_re          = s->signal[SIGNAL_V_RE],
                              .v_im          = s->signal[SIGNAL_V_IM],
                              .regulated_re  = t->regulated_re,
                              .regulated_im  = t->regulated_im,
                              .from_re       = t->from_re,
                              .from_im       = t->from_im,
                              .to_re         = t->to_re,
                              .to_im         = t->to_im,
                              .p             = t->p,
                              .q             = t->q,
                              .base_ratio    = t->base_ratio,
                              .omega_nominal = 2.0 * PETSC_PI * t->frequency,
                              .r_source      = t->r_source,
                              .x_source      = t->x_source,
                              .p_max         = t->p_max,
                              .parameter     = m->parameter,
                              .signal        = s->signal,
                              .data          = m->data,
                              .unknown       = s->x + m->first,
                              .differential  = m->differential,
                              .mode          = m->mode};
  memcpy(start.branch_y, t->branch_y, sizeof start.branch_y);
  for (PetscInt k = 0; k < m->model->n_unknowns; ++k) {
    m->differential[k] = PETSC_TRUE;
    s->x[m->first + k] = NAN;
  }
  m->model->initialise(&start);
  memcpy(m->problem, start.problem, DEVICE_TEXT);
  memcpy(m->warning, start.warning, DEVICE_TEXT);
  if (m->problem[0]) return PETSC_FALSE;
  for (PetscInt k = 0; k < m->model->n_unknowns; ++k) {
    s->differential[m->first + k] = m->differential[k];
    if (!isfinite(s->x[m->first + k]))
      fail_msg("%s: initial %s is not a number", m->model->name, m->model->unknown[k].name);
  }
  for (PetscInt k = 0; k < m->model->n_outputs; ++k)
    s->signal[m->model->output[k].signal] = s->x[m->first + m->model->output[k].unknown];
  return PETSC_TRUE;
}

static inline PetscBool StationIsVoltage(DeviceSignal k)
{
  return (PetscBool)(k <= SIGNAL_TO_V_IM);
}

/* Which unknown of the station a signal is, or -1. */
static inline PetscInt StationProducer(const Station *s, DeviceSignal signal)
{
  /* voltages of other buses that are the site's own start with its value */
  if (s->has_grid && signal <= SIGNAL_TO_V_IM) {
    const PetscInt part = (PetscInt)signal % 2, re = (PetscInt)signal - part;
    if (s->signal[re] == s->signal[SIGNAL_V_RE] && s->signal[re + 1] == s->signal[SIGNAL_V_IM]) return s->n - 2 + part;
  }
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    const DeviceModel *m = s->part[i].model;
    for (PetscInt k = 0; k < m->n_outputs; ++k) {
      if (m->output[k].signal == signal) return s->part[i].first + m->output[k].unknown;
    }
  }
  return -1;
}

static inline void StationLinkInputs(Station *s)
{
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    StationMember *m = &s->part[i];
    for (PetscInt k = 0; k < m->model->n_inputs; ++k) {
      const DeviceSignal signal = m->model->input[k];
      m->input[k]               = StationProducer(s, signal);
      if (m->input[k] >= 0) continue;
      if (isnan(s->signal[signal]) && (signal == SIGNAL_SPEED || signal == SIGNAL_ANGLE)) s->signal[signal] = 0.0;
      if (isnan(s->signal[signal])) fail_msg("%s: nobody gives input signal %d", m->model->name, (int)signal);
    }
  }
}

/* [n_unknowns + n_inputs] of a part, from the station's unknowns and constants. */
static inline void StationLocal(const Station *s, const StationMember *m, const PetscReal *x, PetscReal *u)
{
  const PetscInt n = m->model->n_unknowns;
  memcpy(u, x + m->first, (size_t)n * sizeof *u);
  for (PetscInt k = 0; k < m->model->n_inputs; ++k)
    u[n + k] = m->input[k] >= 0 ? x[m->input[k]] : s->signal[m->model->input[k]];
}

/* Current that all parts inject, network's base. */
static inline void StationCurrent(const Station *s, const PetscReal *x, const PetscReal *xp, PetscReal *re,
                                  PetscReal *im)
{
  *re = *im = 0.0;
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    const StationMember *m = &s->part[i];
    PetscReal            u[DEVICE_MAX_LOCAL], f[DEVICE_MAX_LOCAL + 2];
    if (!m->model->feeds_network) continue;
    StationLocal(s, m, x, u);
    m->model->residual(m->data, m->mode, u, xp + m->first, f);
    *re += f[m->model->n_unknowns];
    *im += f[m->model->n_unknowns + 1];
  }
}

/* The voltage source behind the grid's impedance such that the present state is an equilibrium. */
static inline void StationConnectGrid(Station *s)
{
  PetscReal       re, im;
  const PetscReal r = s->site.r_grid, x = s->site.x_grid;
  if (r == 0.0 && x == 0.0) return;
  StationCurrent(s, s->x, s->xp, &re, &im);
  s->e_re     = s->signal[SIGNAL_V_RE] - r * re + x * im;
  s->e_im     = s->signal[SIGNAL_V_IM] - r * im - x * re;
  s->has_grid = PETSC_TRUE;
  s->x[s->n] = s->signal[SIGNAL_V_RE], s->x[s->n + 1] = s->signal[SIGNAL_V_IM];
  s->differential[s->n] = s->differential[s->n + 1] = PETSC_FALSE;
  s->n += 2;
  assert_true(s->n <= STATION_MAX_SIZE);
  StationLinkInputs(s);
}

/* As StationSetUp, but false, with the text in *problem when that is not NULL, where a part cannot start. */
static inline PetscBool StationTrySetUp(Station *s, const StationSite *site, const StationPart *parts, PetscInt n_parts,
                                        char *problem)
{
  memset(s, 0, sizeof *s);
  assert_true(n_parts <= STATION_MAX_PARTS);
  s->site   = *site;
  s->random = 20240229;
  StationDefaults(s);
  for (PetscInt kind = DEVICE_SOURCE; kind <= DEVICE_PROTECTION; ++kind) {
    for (PetscInt i = 0; i < n_parts; ++i) {
      const DeviceModel *model = DeviceModelFind(parts[i].model);
      StationMember     *m     = &s->part[s->n_parts];
      if (!model) fail_msg("%s: no such model", parts[i].model);
      if (model->kind != (DeviceKind)kind) continue;
      StationCheckModel(model);
      if (parts[i].n != model->n_parameters)
        fail_msg("%s: %d parameters given, has %d", model->name, (int)parts[i].n, (int)model->n_parameters);
      StationCheckRange(model, parts[i].parameter);
      m->model = model;
      m->first = s->n;
      memcpy(m->parameter, parts[i].parameter, sizeof m->parameter);
      assert_true(s->n + model->n_unknowns <= STATION_MAX_SIZE);
      if (!StationInitialise(s, m)) {
        if (problem) snprintf(problem, DEVICE_TEXT, "%s", m->problem);
        return PETSC_FALSE;
      }
      s->n += model->n_unknowns;
      s->n_parts++;
    }
  }
  StationLinkInputs(s);
  StationConnectGrid(s);
  return PETSC_TRUE;
}

static inline void StationSetUp(Station *s, const StationSite *site, const StationPart *parts, PetscInt n_parts)
{
  char problem[DEVICE_TEXT];
  if (!StationTrySetUp(s, site, parts, n_parts, problem))
    fail_msg("%s: cannot start: %s", s->part[s->n_parts].model->name, problem);
}

/* The part of a model's name. */
static inline StationMember *StationFind(Station *s, const char *model)
{
  const DeviceModel *wanted = DeviceModelFind(model);
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    if (s->part[i].model == wanted) return &s->part[i];
  }
  fail_msg("%s: not at this station", model);
  abort(); /* fail_msg does not come back, which the compiler does not know */
}

/* Whether two numbers differ by no more than a tolerance (cmocka's own comparison is of single precision). */
#define StationNear(value, expected, tolerance)                                                 \
  do {                                                                                          \
    const double near_value = (value), near_expected = (expected);                              \
    if (!(fabs(near_value - near_expected) <= (tolerance)))                                     \
      fail_msg("%s:%d: %.12g instead of %.12g", __FILE__, __LINE__, near_value, near_expected); \
  } while (0)

/* The warning that a part left, or an empty text. */
static inline const char *StationWarning(Station *s, const char *model)
{
  return StationFind(s, model)->warning;
}

/* ---------------------------------------------------------------- reading and setting */

static inline PetscReal StationUnknown(Station *s, const char *model, const char *name)
{
  StationMember *m = StationFind(s, model);
  for (PetscInt k = 0; k < m->model->n_unknowns; ++k) {
    if (!strcmp(m->model->unknown[k].name, name)) return s->x[m->first + k];
  }
  fail_msg("%s: no unknown %s", model, name);
  return NAN;
}

static inline PetscReal StationSignal(const Station *s, DeviceSignal signal)
{
  const PetscInt k = StationProducer(s, signal);
  return k >= 0 ? s->x[k] : s->signal[signal];
}

static inline PetscInt StationMode(Station *s, const char *model, PetscInt k)
{
  return StationFind(s, model)->mode[k];
}

/* Power that the parts feed in now, network's base. */
static inline void StationInjected(const Station *s, PetscReal *p, PetscReal *q)
{
  const PetscReal v_re = StationSignal(s, SIGNAL_V_RE), v_im = StationSignal(s, SIGNAL_V_IM);
  PetscReal       re, im;
  StationCurrent(s, s->x, s->xp, &re, &im);
  *p = v_re * re + v_im * im;
  *q = v_im * re - v_re * im;
}

static inline PetscBool StationTrips(const Station *s)
{
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    const StationMember *m = &s->part[i];
    if (m->model->trips && m->model->trips(m->data, m->mode)) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static inline void StationSetSignal(Station *s, DeviceSignal signal, PetscReal value)
{
  if (StationProducer(s, signal) >= 0) fail_msg("signal %d is produced and cannot be prescribed", (int)signal);
  s->signal[signal] = value;
}

static inline void StationSetVoltage(Station *s, PetscReal magnitude, PetscReal angle)
{
  StationSetSignal(s, SIGNAL_V_RE, magnitude * cos(angle));
  StationSetSignal(s, SIGNAL_V_IM, magnitude * sin(angle));
}

static inline void StationSetRegulatedVoltage(Station *s, PetscReal magnitude, PetscReal angle)
{
  StationSetSignal(s, SIGNAL_REGULATED_V_RE, magnitude * cos(angle));
  StationSetSignal(s, SIGNAL_REGULATED_V_IM, magnitude * sin(angle));
}

/* Of the source behind the grid's impedance. */
static inline void StationSetGrid(Station *s, PetscReal re, PetscReal im)
{
  assert_true(s->has_grid);
  s->e_re = re;
  s->e_im = im;
}

static inline PetscReal *StationReference(Station *s, const char *model, const char *name)
{
  StationMember *m = StationFind(s, model);
  for (PetscInt k = 0; k < m->model->n_references; ++k) {
    if (!strcmp(m->model->reference[k].name, name)) return &m->data[m->model->reference[k].data];
  }
  fail_msg("%s: no reference %s", model, name);
  return NULL;
}

static inline void StationSetReference(Station *s, const char *model, const char *name, PetscReal value)
{
  *StationReference(s, model, name) = value;
}

/* ---------------------------------------------------------------- equilibrium */

static inline void StationCheckEquilibrium(Station *s)
{
  const PetscReal up[DEVICE_MAX_LOCAL] = {0.0};
  PetscReal       p, q, margin[DEVICE_MAX_MODES + 1];
  PetscBool       feeds = PETSC_FALSE;
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    StationMember *m = &s->part[i];
    PetscReal      u[DEVICE_MAX_LOCAL], f[DEVICE_MAX_LOCAL + 2];
    StationLocal(s, m, s->x, u);
    m->model->residual(m->data, m->mode, u, up, f);
    for (PetscInt k = 0; k < m->model->n_unknowns; ++k) {
      if (!(fabs(f[k]) < 1e-10))
        fail_msg("%s: equation of %s is off by %g at the start", m->model->name, m->model->unknown[k].name, f[k]);
    }
    if (m->model->n_modes > 0) {
      m->model->margin(m->data, m->mode, u, margin);
      for (PetscInt k = 0; k < m->model->n_modes; ++k) {
        if (!(margin[k] > -1e-10)) fail_msg("%s: mode %d wants to change at the start", m->model->name, (int)k);
      }
    }
    if (m->model->feeds_network) feeds = PETSC_TRUE;
  }
  StationInjected(s, &p, &q);
  if (feeds && !(hypot(p - s->site.p, q - s->site.q) < 1e-10))
    fail_msg("feeds %.12g + j%.12g instead of %g + j%g", p, q, s->site.p, s->site.q);
}

/* ---------------------------------------------------------------- Jacobians */

/* In [-1, 1), seeded. */
static inline PetscReal StationRandom(Station *s)
{
  s->random = s->random * 6364136223846793005u + 1442695040888963407u;
  return (PetscReal)(s->random >> 11) / 4503599627370496.0 - 1.0;
}

/* A column of the local Jacobian by fourth-order differences, and whether each row is smooth about there. */
static inline void StationColumn(const StationMember *m, const PetscReal *u, const PetscReal *up, PetscReal cj,
                                 PetscInt c, PetscReal *slope, PetscBool *smooth)
{
  const PetscInt  n = m->model->n_unknowns, rows = n + (m->model->feeds_network ? 2 : 0);
  const PetscReal h                          = 1e-4 * fmax(0.1, fmin(10.0, fabs(u[c])));
  PetscReal       f[9][DEVICE_MAX_LOCAL + 2] = {{0.0}}; /* at -4h/4 ... 4h/4, in quarters of 2h */
  for (int k = -4; k <= 4; ++k) {
    PetscReal w[DEVICE_MAX_LOCAL], wp[DEVICE_MAX_LOCAL];
    memcpy(w, u, (size_t)(n + m->model->n_inputs) * sizeof *w);
    memcpy(wp, up, (size_t)n * sizeof *wp);
    w[c] += k * h / 2.0;
    if (c < n) wp[c] += cj * k * h / 2.0;
    m->model->residual(m->data, m->mode, w, wp, f[k + 4]);
  }
  for (PetscInt r = 0; r < rows; ++r) {
    const PetscReal wide   = (8.0 * (f[6][r] - f[2][r]) - (f[8][r] - f[0][r])) / (12.0 * h);
    const PetscReal narrow = (8.0 * (f[5][r] - f[3][r]) - (f[6][r] - f[2][r])) / (6.0 * h);
    const PetscReal left = (f[4][r] - f[2][r]) / h, right = (f[6][r] - f[4][r]) / h;
    const PetscReal size = fmax(1.0, fmax(fabs(wide), fabs(narrow)));
    slope[r]             = narrow;
    smooth[r]            = (PetscBool)(fabs(wide - narrow) < 1e-7 * size && fabs(left - right) < 0.02 * size);
    if (!isfinite(narrow)) fail_msg("%s: row %d is not a number", m->model->name, (int)r);
  }
}

/* Rates stand in the equations of differential unknowns alone, with coefficient one. */
static inline void StationCheckRates(const StationMember *m, const PetscReal *u, const PetscReal *up)
{
  const PetscInt n = m->model->n_unknowns, rows = n + (m->model->feeds_network ? 2 : 0);
  PetscReal      f[DEVICE_MAX_LOCAL + 2], g[DEVICE_MAX_LOCAL + 2], wp[DEVICE_MAX_LOCAL];
  m->model->residual(m->data, m->mode, u, up, f);
  for (PetscInt k = 0; k < n; ++k) {
    memcpy(wp, up, (size_t)n * sizeof *wp);
    wp[k] += 1.0;
    m->model->residual(m->data, m->mode, u, wp, g);
    for (PetscInt r = 0; r < rows; ++r) {
      const PetscReal wanted = r == k && m->differential[k] ? 1.0 : 0.0;
      if (!(fabs(g[r] - f[r] - wanted) < 1e-8 * fmax(1.0, fabs(f[r]))))
        fail_msg("%s: the rate of %s stands in row %d with %g, %g expected", m->model->name, m->model->unknown[k].name,
                 (int)r, g[r] - f[r], wanted);
    }
  }
}

/* Compares a part's Jacobian at u, up with differences; pairs where the residual has a kink nearby are not compared.
   Returns their number. */
static inline PetscInt StationCompare(const StationMember *m, const PetscReal *u, const PetscReal *up, PetscReal cj)
{
  const DeviceModel *model = m->model;
  const PetscInt     n = model->n_unknowns, rows = n + (model->feeds_network ? 2 : 0), columns = n + model->n_inputs;
  static PetscReal   full[DEVICE_MAX_LOCAL + 2][DEVICE_MAX_LOCAL];
  PetscReal          value[DEVICE_MAX_ENTRIES], slope[DEVICE_MAX_LOCAL + 2];
  PetscBool          smooth[DEVICE_MAX_LOCAL + 2];
  PetscInt           kinks = 0;
  memset(full, 0, sizeof full);
  for (PetscInt k = 0; k < model->n_entries; ++k) value[k] = NAN;
  model->jacobian(m->data, m->mode, u, up, cj, value);
  for (PetscInt k = 0; k < model->n_entries; ++k) {
    if (!isfinite(value[k]))
      fail_msg("%s: Jacobian (%d, %d) is not set", model->name, (int)model->entry[k].row, (int)model->entry[k].column);
    full[model->entry[k].row][model->entry[k].column] = value[k];
  }
  for (PetscInt c = 0; c < columns; ++c) {
    StationColumn(m, u, up, cj, c, slope, smooth);
    for (PetscInt r = 0; r < rows; ++r) {
      const PetscReal j = full[r][c];
      if (!smooth[r])
        ++kinks;
      else if (!(fabs(slope[r] - j) < 1e-6 * fmax(1.0, fmax(fabs(j), fabs(slope[r])))))
        fail_msg("%s: row %s, column %s%s: Jacobian %.9g, differences %.9g (mode 0: %d)", model->name,
                 r < n    ? model->unknown[r].name
                 : r == n ? "I_re"
                          : "I_im",
                 c < n ? model->unknown[c].name : "input ",
                 c < n ? "" : (const char[3]){(char)('0' + (c - n) / 10), (char)('0' + (c - n) % 10), 0}, j, slope[r],
                 model->n_modes ? (int)m->mode[0] : 0);
    }
  }
  return kinks;
}

/* How far an input is moved about, per unit of spread. */
static inline PetscReal StationInputScale(DeviceSignal signal)
{
  return signal == SIGNAL_SPEED || signal == SIGNAL_FREQUENCY ? 0.1 : 1.0;
}

/* In a part's present modes: at the present state, and at random ones around it, near and far. At least half of the
   latter must be free of kinks nearby; a seed next to one is tried again. */
static inline void StationCheckJacobianPart(Station *s, StationMember *m)
{
  static const PetscReal spreads[] = {0.003, 0.03, 0.2, 0.6}, cjs[] = {0.0, 3.0, 400.0};
  const PetscInt         n = m->model->n_unknowns, columns = n + m->model->n_inputs;
  PetscReal              u[DEVICE_MAX_LOCAL], w[DEVICE_MAX_LOCAL], up[DEVICE_MAX_LOCAL] = {0.0};
  PetscInt               clean = 0;
  StationLocal(s, m, s->x, u);
  StationCheckRates(m, u, up);
  for (int k = 0; k < 3; ++k) (void)StationCompare(m, u, up, cjs[k]);
  for (PetscInt seed = 0; seed < STATION_SEEDS; ++seed) {
    for (int attempt = 0; attempt < 10; ++attempt) {
      const PetscReal spread = spreads[seed % 4];
      for (PetscInt c = 0; c < columns; ++c) {
        const PetscReal scale = c < n ? m->model->unknown[c].nominal : StationInputScale(m->model->input[c - n]);
        w[c]                  = u[c] + spread * scale * StationRandom(s);
        if (c < n) up[c] = StationRandom(s);
      }
      StationCheckRates(m, w, up);
      if (StationCompare(m, w, up, cjs[seed % 3]) > 0) continue;
      ++clean;
      break;
    }
  }
  if (2 * clean < STATION_SEEDS) fail_msg("%s: kinks nearly everywhere (%d clean)", m->model->name, (int)clean);
}

/* Every part, in the modes it is in. */
static inline void StationCheckJacobians(Station *s)
{
  for (PetscInt i = 0; i < s->n_parts; ++i) StationCheckJacobianPart(s, &s->part[i]);
}

/* One part in given modes [n_modes], which are set back afterwards. */
static inline void StationCheckJacobianMode(Station *s, const char *model, const PetscInt *mode)
{
  StationMember *m = StationFind(s, model);
  PetscInt       kept[DEVICE_MAX_MODES];
  memcpy(kept, m->mode, sizeof kept);
  memcpy(m->mode, mode, (size_t)m->model->n_modes * sizeof *mode);
  StationCheckJacobianPart(s, m);
  memcpy(m->mode, kept, sizeof kept);
}

/* One part in every combination of modes low .. high (at most 1000 of them). */
static inline void StationCheckJacobianModes(Station *s, const char *model, PetscInt low, PetscInt high)
{
  const PetscInt n = StationFind(s, model)->model->n_modes;
  PetscInt       mode[DEVICE_MAX_MODES], k;
  for (k = 0; k < n; ++k) mode[k] = low;
  for (int count = 0; count < 1000; ++count) {
    StationCheckJacobianMode(s, model, mode);
    for (k = 0; k < n && mode[k] == high; ++k) mode[k] = low;
    if (k == n) return;
    ++mode[k];
  }
  fail_msg("%s: more than 1000 combinations of modes", model);
}

static inline void StationCheck(Station *s, const StationSite *site, const StationPart *parts, PetscInt n_parts)
{
  StationSetUp(s, site, parts, n_parts);
  StationCheckEquilibrium(s);
  StationCheckJacobians(s);
}

/* ---------------------------------------------------------------- time steps */

typedef PetscReal StationMatrix[STATION_MAX_SIZE][STATION_MAX_SIZE];

static inline void StationResidual(const Station *s, const PetscReal *x, const PetscReal *xp, PetscReal *f)
{
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    const StationMember *m = &s->part[i];
    PetscReal            u[DEVICE_MAX_LOCAL], local[DEVICE_MAX_LOCAL + 2];
    StationLocal(s, m, x, u);
    m->model->residual(m->data, m->mode, u, xp + m->first, local);
    memcpy(f + m->first, local, (size_t)m->model->n_unknowns * sizeof *f);
  }
  if (s->has_grid) {
    PetscReal       re, im;
    const PetscReal v_re = x[s->n - 2], v_im = x[s->n - 1];
    StationCurrent(s, x, xp, &re, &im);
    f[s->n - 2] = v_re - s->e_re - s->site.r_grid * re + s->site.x_grid * im;
    f[s->n - 1] = v_im - s->e_im - s->site.r_grid * im - s->site.x_grid * re;
  }
}

static inline void StationJacobian(const Station *s, const PetscReal *x, const PetscReal *xp, PetscReal cj,
                                   PetscReal (*a)[STATION_MAX_SIZE])
{
  memset(a, 0, sizeof(StationMatrix));
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    const StationMember *m = &s->part[i];
    const PetscInt       n = m->model->n_unknowns;
    PetscReal            u[DEVICE_MAX_LOCAL], value[DEVICE_MAX_ENTRIES];
    StationLocal(s, m, x, u);
    m->model->jacobian(m->data, m->mode, u, xp + m->first, cj, value);
    for (PetscInt k = 0; k < m->model->n_entries; ++k) {
      const DeviceEntry e      = m->model->entry[k];
      const PetscInt    column = e.column < n ? m->first + e.column : m->input[e.column - n];
      if (column < 0) continue;
      if (e.row < n)
        a[m->first + e.row][column] += value[k];
      else if (s->has_grid) {
        const PetscReal r = s->site.r_grid, xg = s->site.x_grid;
        a[s->n - 2][column] += value[k] * (e.row == n ? -r : xg);
        a[s->n - 1][column] += value[k] * (e.row == n ? -xg : -r);
      }
    }
  }
  if (s->has_grid) a[s->n - 2][s->n - 2] += 1.0, a[s->n - 1][s->n - 1] += 1.0;
}

/* Solves a x = b in place by elimination with row pivoting; false when singular. */
static inline PetscBool StationSolve(PetscInt n, PetscReal (*a)[STATION_MAX_SIZE], PetscReal *b)
{
  for (PetscInt k = 0; k < n; ++k) {
    PetscInt pivot = k;
    for (PetscInt i = k + 1; i < n; ++i) {
      if (fabs(a[i][k]) > fabs(a[pivot][k])) pivot = i;
    }
    if (!(fabs(a[pivot][k]) > 0.0)) return PETSC_FALSE;
    for (PetscInt j = 0; j < n; ++j) {
      const PetscReal swap = a[k][j];
      a[k][j] = a[pivot][j], a[pivot][j] = swap;
    }
    const PetscReal swap = b[k];
    b[k] = b[pivot], b[pivot] = swap;
    for (PetscInt i = k + 1; i < n; ++i) {
      const PetscReal factor = a[i][k] / a[k][k];
      if (factor == 0.0) continue;
      for (PetscInt j = k; j < n; ++j) a[i][j] -= factor * a[k][j];
      b[i] -= factor * b[k];
    }
  }
  for (PetscInt k = n - 1; k >= 0; --k) {
    for (PetscInt j = k + 1; j < n; ++j) b[k] -= a[k][j] * b[j];
    b[k] /= a[k][k];
  }
  return PETSC_TRUE;
}

static inline PetscReal StationNorm(PetscInt n, const PetscReal *f)
{
  PetscReal norm = 0.0;
  for (PetscInt k = 0; k < n; ++k) norm = fmax(norm, isfinite(f[k]) ? fabs(f[k]) : INFINITY);
  return norm;
}

/* Newton on 0 = f(x, xp(x)) with xp = cj (x - x0) - extra of differential unknowns; with `hold` these stay and their
   rates are what is sought. Steps are halved while the residual grows. */
static inline PetscBool StationNewton(Station *s, PetscReal cj, const PetscReal *x0, const PetscReal *extra,
                                      PetscBool hold)
{
  static StationMatrix a;
  const PetscInt       n = s->n;
  PetscReal            f[STATION_MAX_SIZE], step[STATION_MAX_SIZE];
  for (int iteration = 0; iteration < 60; ++iteration) {
    StationResidual(s, s->x, s->xp, f);
    const PetscReal norm = StationNorm(n, f);
    StationJacobian(s, s->x, s->xp, hold ? 0.0 : cj, a);
    if (hold) {
      /* column of a held unknown: its rate, which stands in its own row alone */
      for (PetscInt c = 0; c < n; ++c) {
        for (PetscInt r = 0; s->differential[c] && r < n; ++r) a[r][c] = r == c ? 1.0 : 0.0;
      }
    }
    memcpy(step, f, (size_t)n * sizeof *f);
    if (!StationSolve(n, a, step)) return PETSC_FALSE;
    PetscReal       share = 1.0, after;
    const PetscReal size  = StationNorm(n, step);
    PetscReal       x[STATION_MAX_SIZE], xp[STATION_MAX_SIZE];
    memcpy(x, s->x, sizeof x);
    memcpy(xp, s->xp, sizeof xp);
    for (int k = 0; k < 12; ++k, share /= 2.0) {
      for (PetscInt i = 0; i < n; ++i) {
        if (hold && s->differential[i])
          s->xp[i] = xp[i] - share * step[i];
        else {
          s->x[i] = x[i] - share * step[i];
          if (!hold) s->xp[i] = s->differential[i] ? cj * (s->x[i] - x0[i]) - extra[i] : 0.0;
        }
      }
      StationResidual(s, s->x, s->xp, f);
      after = StationNorm(n, f);
      if (after <= norm || after < 1e-9 + 1e-14 * cj) break; /* rates are known to rounding, which cj magnifies */
    }
    if (size < 1e-11 || (size < 1e-8 && after < 1e-11)) return PETSC_TRUE;
    if (after < 1e-13) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Changes the modes whose margins are below zero; returns how many. */
static inline PetscInt StationChangeModes(Station *s, PetscBool change)
{
  PetscInt count = 0;
  for (PetscInt i = 0; i < s->n_parts; ++i) {
    StationMember *m = &s->part[i];
    PetscReal      u[DEVICE_MAX_LOCAL], margin[DEVICE_MAX_MODES + 1];
    if (!m->model->n_modes) continue;
    StationLocal(s, m, s->x, u);
    m->model->margin(m->data, m->mode, u, margin);
    for (PetscInt k = 0; k < m->model->n_modes; ++k) {
      if (!(margin[k] < 0.0)) continue;
      ++count;
      if (!change) continue;
      m->model->change(m->data, k, u, m->mode);
      memcpy(s->x + m->first, u, (size_t)m->model->n_unknowns * sizeof *u);
    }
  }
  if (change) s->changes += count;
  return count;
}

/* Algebraic unknowns and rates for the present differential ones, with modes settled. */
static inline void StationRestart(Station *s)
{
  for (int round = 0; round < 30; ++round) {
    if (!StationNewton(s, 0.0, NULL, NULL, PETSC_TRUE)) fail_msg("t = %g: no consistent algebraic unknowns", s->time);
    if (!StationChangeModes(s, PETSC_TRUE)) return;
  }
  fail_msg("t = %g: modes do not settle", s->time);
}

/* One trapezoidal step of length h; false, with the state as it was, when Newton fails. */
static inline PetscBool StationStep(Station *s, PetscReal h)
{
  PetscReal x0[STATION_MAX_SIZE], xp0[STATION_MAX_SIZE];
  memcpy(x0, s->x, sizeof x0);
  memcpy(xp0, s->xp, sizeof xp0);
  for (PetscInt k = 0; k < s->n; ++k) {
    if (s->differential[k])
      s->x[k] += h * xp0[k];
    else
      s->xp[k] = 0.0;
  }
  for (PetscInt k = 0; k < s->n; ++k) {
    if (s->differential[k]) s->xp[k] = 2.0 / h * (s->x[k] - x0[k]) - xp0[k];
  }
  if (StationNewton(s, 2.0 / h, x0, xp0, PETSC_FALSE)) return PETSC_TRUE;
  memcpy(s->x, x0, sizeof x0);
  memcpy(s->xp, xp0, sizeof xp0);
  return PETSC_FALSE;
}

/* From s->time to `end` by steps of h at most. See the head of this file. */
static inline void StationRun(Station *s, PetscReal end, PetscReal h, StationCallback drive, StationCallback watch,
                              void *context)
{
  const PetscReal begin = s->time;
  const long      steps = lround((end - begin) / h);
  if (watch) watch(s, s->time, context);
  for (long k = 0; k < steps; ++k) {
    const PetscReal target = begin + (PetscReal)(k + 1) * (end - begin) / (PetscReal)steps;
    PetscReal       length = target - s->time;
    for (long tries = 0; s->time < target; ++tries) {
      const PetscReal from = s->time, to = from + length > target - 1e-9 * h ? target : from + length;
      Station         before;
      if (tries > 100000) fail_msg("t = %g: too many events", s->time);
      if (drive) drive(s, from + 1e-9 * h, context);
      StationRestart(s);
      before = *s;
      if (drive) drive(s, to - 1e-9 * h, context);
      const PetscBool solved = StationStep(s, to - from);
      if ((!solved || StationChangeModes(s, PETSC_FALSE)) && length > 1e-6 * h) {
        *s = before;
        length /= 2.0;
        continue;
      }
      if (!solved) fail_msg("t = %g: Newton's method does not converge", s->time);
      s->time = to;
      length  = target - to;
      if (StationChangeModes(s, PETSC_TRUE)) StationRestart(s);
    }
    if (watch) watch(s, s->time, context);
  }
}

#endif
