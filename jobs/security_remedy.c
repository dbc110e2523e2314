/* Bounds that make an insecure hour secure. What is bounded follows from the criterion that failed; how much, from margins
   of trajectories at operating points near the dispatch: a power flow lowers a share of the power in question, the
   disturbance is simulated again, and the share at which the margin vanishes is found by differences of margins between a
   share that is insecure and one that is secure. (Margins along trajectories and their differences: M. Pavella, D. Ernst
   and D. Ruiz-Vega, Transient Stability of Power Systems, 2000, chapter 4.) */
#include <math.h>
#include <string.h>

#include "jobs/security_impl.h"

/* Brackets of shares narrower than this are narrow enough. */
static const PetscReal SHARE_TOLERANCE = 0.02;
/* Reserve beyond the share that is just secure. The dispatch answers a bound in its own way, not as the shift does: where
   one round was not enough, the next goes further. */
static const PetscReal RESERVE[3] = {0.04, 0.15, 0.4};
enum { MOST_DIFFERENCES = 6 };

typedef struct {
  const char *what;
  PowerShift  shift;
  PetscInt    n_units, n_branches;
  PetscInt   *unit, *branch; /* [generators], [branches] rows that are bounded */
} Candidate;

static PetscErrorCode CandidateCreate(Network net, const char *what, Candidate *c)
{
  PetscFunctionBeginUser;
  *c = (Candidate){.what = what};
  PetscCall(PetscCalloc3(net->generator.n, &c->shift.generator, net->storage.n, &c->shift.storage, net->bus.n,
                         &c->shift.raise));
  PetscCall(PetscMalloc2(net->generator.n, &c->unit, net->branch.n, &c->branch));
  for (PetscInt i = 0; i < net->bus.n; i++) c->shift.raise[i] = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode CandidateDestroy(Candidate *c)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(c->shift.generator, c->shift.storage, c->shift.raise));
  PetscCall(PetscFree2(c->unit, c->branch));
  PetscFunctionReturn(0);
}

/* What a generator could give less at this hour, MW. */
static PetscReal Lowerable(Run run, const Window *w, PetscInt hour, PetscInt g)
{
  const PetscReal least = PetscMax(0, NetworkGeneratorPMin(run->net, g, w->first_snapshot + hour));
  if (!run->net->generator.in_service[g]) return 0;
  return PetscMax(0, w->dispatch->generator_p[hour * w->dispatch->n_generator + g] - least);
}

static void AddUnit(Run run, const Window *w, PetscInt hour, PetscInt g, Candidate *c)
{
  const PetscReal lower = Lowerable(run, w, hour, g);

  if (!(lower > 1e-6 * run->net->base_mva)) return;
  for (PetscInt k = 0; k < c->n_units; k++)
    if (c->unit[k] == g) return;
  c->unit[c->n_units++] = g;
  c->shift.generator[g] = lower;
}

/* Ascending by angle; equals in the order of the machines. */
static void SortByAngle(const PetscReal *angle, PetscInt n, PetscInt *machine)
{
  for (PetscInt k = 1; k < n; k++)
    for (PetscInt j = k; j > 0 && angle[machine[j]] < angle[machine[j - 1]]; j--) {
      const PetscInt swap = machine[j];
      machine[j]          = machine[j - 1];
      machine[j - 1]      = swap;
    }
}

/* Where an island's machines, in the order of their angles, are furthest apart: position of the first that leads. */
static PetscInt LargestGap(const PetscReal *angle, PetscInt n, const PetscInt *machine)
{
  PetscInt at = n;

  for (PetscInt k = 1; k < n; k++)
    if (at == n || angle[machine[k]] - angle[machine[k - 1]] > angle[machine[at]] - angle[machine[at - 1]]) at = k;
  return at;
}

/* The generators that lead at the end of a run, in the island whose machines are furthest apart. */
static PetscErrorCode AddLeading(Run run, const Window *w, PetscInt hour, Equations eq, Trajectory tr, Candidate *c)
{
  const PetscReal *angle = tr->machine_angle_deg + (size_t)(tr->n_times - 1) * (size_t)tr->n_machines;
  PetscInt        *machine, best = -1;
  PetscReal        widest = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(tr->n_machines, &machine));
  for (PetscInt pass = 0; pass < 2; pass++)
    for (PetscInt island = 0; island < eq->n_islands; island++) {
      PetscInt n = 0;
      if (pass && island != best) continue;
      for (PetscInt k = 0; k < tr->n_machines; k++)
        if (eq->island[tr->machine_bus[k]] == island && isfinite(angle[k])) machine[n++] = k;
      if (n < 2) continue;
      SortByAngle(angle, n, machine);
      if (!pass && angle[machine[n - 1]] - angle[machine[0]] > widest) {
        widest = angle[machine[n - 1]] - angle[machine[0]];
        best   = island;
      }
      for (PetscInt k = LargestGap(angle, n, machine); pass && k < n; k++) {
        const Site *site = &eq->site[tr->machine_site[machine[k]]];
        if (site->kind == DEVICE_AT_GENERATOR) AddUnit(run, w, hour, site->row, c);
      }
    }
  PetscCall(PetscFree(machine));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddAdvancing(Run run, const Window *w, const SecurityCase *sc, Candidate *c)
{
  OperatingPoint  point;
  Stability       stability;
  Trajectory      trajectory = NULL;
  StabilityResult result;
  PetscInt        offline;

  PetscFunctionBeginUser;
  PetscCall(SecurityPoint(run, w->dispatch, sc->hour, &point, &offline));
  PetscCall(SecuritySimulate(run, point, &run->disturbance[sc->disturbance], &trajectory, &stability, &result));
  if (trajectory && trajectory->n_times && trajectory->n_machines)
    PetscCall(AddLeading(run, w, sc->hour, StabilityEquations(stability), trajectory, c));
  PetscCall(TrajectoryDestroy(&trajectory));
  PetscCall(StabilityDestroy(&stability));
  PetscCall(OperatingPointDestroy(&point));
  PetscFunctionReturn(0);
}

static void AddTripped(Run run, const Window *w, const SecurityCase *sc, Candidate *c)
{
  const Disturbance *d = &run->disturbance[sc->disturbance];

  for (PetscInt k = 0; k < d->n_events; k++)
    if (d->event[k].kind == EVENT_TRIP_UNIT && d->event[k].site == DEVICE_AT_GENERATOR)
      AddUnit(run, w, sc->hour, d->event[k].row, c);
}

/* Branches that the disturbance opens: opened [branches]. */
static void MarkOpened(Network net, const Disturbance *d, PetscBool *opened)
{
  for (PetscInt k = 0; k < d->n_events; k++) {
    const StabilityEvent *e     = &d->event[k];
    char                **label = e->kind == EVENT_ISLAND ? NetworkBusColumn(net, e->column) : NULL;
    if (e->kind == EVENT_TRIP_BRANCH) opened[e->branch] = PETSC_TRUE;
    for (PetscInt b = 0; b < net->branch.n && label; b++) {
      const PetscBool from = (PetscBool)!strcmp(label[net->branch.from[b]], e->label);
      if (from != (PetscBool)!strcmp(label[net->branch.to[b]], e->label)) opened[b] = PETSC_TRUE;
    }
  }
  for (PetscInt b = 0; b < net->branch.n; b++)
    if (!net->branch.in_service[b]) opened[b] = PETSC_FALSE;
}

/* Buses that a bus reaches over branches that stay closed. */
static void Reach(Network net, const PetscBool *opened, PetscInt bus, PetscBool *inside)
{
  PetscBool grown = PETSC_TRUE;

  inside[bus] = PETSC_TRUE;
  while (grown) {
    grown = PETSC_FALSE;
    for (PetscInt b = 0; b < net->branch.n; b++) {
      const PetscInt f = net->branch.from[b], t = net->branch.to[b];
      if (!net->branch.in_service[b] || opened[b] || inside[f] == inside[t]) continue;
      inside[f] = inside[t] = grown = PETSC_TRUE;
    }
  }
}

/* The side of an opened branch that islands, or, where the grid holds together, the side of larger angles. */
static void FindSide(Network net, const PetscBool *opened, PetscInt branch, const PetscReal *va, PetscBool *inside)
{
  const PetscInt f = net->branch.from[branch], t = net->branch.to[branch];

  Reach(net, opened, f, inside);
  if (!inside[t]) return;
  for (PetscInt i = 0; i < net->bus.n; i++) inside[i] = (PetscBool)(va[i] > 0.5 * (va[f] + va[t]));
}

/* Lowers in proportion on the side that exports, by what crosses. */
static void LowerSide(Run run, const Window *w, PetscInt hour, const PetscBool *side, PetscBool value, PetscReal mw,
                      Candidate *c)
{
  const Dispatch d   = w->dispatch;
  Network        net = run->net;
  PetscReal      sum = 0, scale;

  for (PetscInt g = 0; g < d->n_generator; g++)
    if (side[net->generator.bus[g]] == value) sum += c->shift.generator[g] = Lowerable(run, w, hour, g);
  for (PetscInt s = 0; s < d->n_storage; s++)
    if (net->storage.in_service[s] && side[net->storage.bus[s]] == value)
      sum += c->shift.storage[s] = PetscMax(0, d->storage_discharge[hour * d->n_storage + s]);
  scale = sum > 0 ? PetscMin(1, mw / sum) : 0;
  for (PetscInt g = 0; g < d->n_generator; g++) c->shift.generator[g] *= scale;
  for (PetscInt s = 0; s < d->n_storage; s++) c->shift.storage[s] *= scale;
}

/* The opened branches, and what crosses them to the side cut off; a tripped unit there is lowered too where asked. */
static PetscErrorCode AddOpened(Run run, const Window *w, const SecurityCase *sc, PetscBool with_units, Candidate *c)
{
  Network          net = run->net;
  const PetscReal *vm = w->dispatch->vm_pu + sc->hour * net->bus.n, *va = w->dispatch->va_rad + sc->hour * net->bus.n;
  PetscBool       *opened, *inside;
  PetscReal        out = 0, from, to;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(net->branch.n, &opened, net->bus.n, &inside));
  MarkOpened(net, &run->disturbance[sc->disturbance], opened);
  for (PetscInt b = 0; b < net->branch.n; b++)
    if (opened[b]) c->branch[c->n_branches++] = b;
  if (c->n_branches) {
    FindSide(net, opened, c->branch[0], va, inside);
    for (PetscInt k = 0; k < c->n_branches; k++) {
      const PetscInt b = c->branch[k];
      (void)SecurityBranchPower(net, b, vm, va, &from, &to);
      if (inside[net->branch.from[b]] != inside[net->branch.to[b]]) out += inside[net->branch.from[b]] ? from : to;
    }
    LowerSide(run, w, sc->hour, inside, (PetscBool)(out > 0), PetscAbsReal(out), c);
    for (PetscInt i = 0; i < net->bus.n; i++) c->shift.raise[i] = (PetscBool)(inside[i] != (PetscBool)(out > 0));
    if (with_units) AddTripped(run, w, sc, c);
  }
  PetscCall(PetscFree2(opened, inside));
  PetscFunctionReturn(0);
}

/* How far a run stays from its limits, as a fraction of them: negative when it is insecure. A lost synchronism counts the
   time that was missing to the end. */
static PetscReal Margin(Run run, const Disturbance *d, const StabilityResult *r)
{
  StabilityOptions     o;
  const VerdictResult *j = &r->judgement;
  PetscReal            margin, low, high;
  const PetscBool      secure = (PetscBool)(r->verdict == STABILITY_STABLE && SecurityFailed(d, r) == FAILED_NOTHING);

  if (r->verdict == STABILITY_FAILED) return -1;
  SecurityOptions(run, &o);
  margin = 1 - r->max_angle_spread_deg / o.limits.angle_limit_deg;
  if (!j->item[VERDICT_ANGLE].passed && !isnan(r->violation_s)) margin = -(o.until_s - r->violation_s) / o.until_s;
  low  = (j->nadir_hz / o.frequency_hz - 1 - o.limits.frequency_low_pu) / PetscAbsReal(o.limits.frequency_low_pu);
  high = (o.limits.frequency_high_pu - (j->zenith_hz / o.frequency_hz - 1)) / PetscAbsReal(o.limits.frequency_high_pu);
  if (isfinite(low)) margin = PetscMin(margin, low);
  if (isfinite(high)) margin = PetscMin(margin, high);
  if (isfinite(j->min_voltage_pu) && !j->item[VERDICT_VOLTAGE].passed)
    margin = PetscMin(margin, j->min_voltage_pu - o.limits.voltage_low_pu[0]);
  margin = PetscMax(-1, PetscMin(1, margin));
  return secure ? PetscMax(margin, 1e-3) : PetscMin(margin, -1e-3);
}

/* Margin with a share of the power shifted; *point is the operating point, which the caller destroys, NULL: none. */
static PetscErrorCode MarginAt(Run run, const Window *w, const SecurityCase *sc, const Candidate *c, PetscReal share,
                               OperatingPoint *point, PetscReal *margin)
{
  const Disturbance *d = &run->disturbance[sc->disturbance];
  StabilityResult    result;

  PetscFunctionBeginUser;
  *margin = -1;
  PetscCall(SecurityShift(run, w->dispatch, sc->hour, &c->shift, share, point));
  if (!*point) PetscFunctionReturn(0);
  PetscCall(SecuritySimulate(run, *point, d, NULL, NULL, &result));
  *margin = Margin(run, d, &result);
  PetscFunctionReturn(0);
}

/* The smallest share that is known to be secure: *share negative when there is none. */
static PetscErrorCode FindShare(Run run, const Window *w, const SecurityCase *sc, const Candidate *c, PetscReal *share)
{
  const PetscReal room = SecurityShiftRoom(run, w->dispatch, sc->hour, &c->shift);
  OperatingPoint  point;
  PetscReal       low = 0, high = room, m_low, m_high, m, s;

  PetscFunctionBeginUser;
  *share = -1;
  if (!(room > SHARE_TOLERANCE)) PetscFunctionReturn(0);
  PetscCall(MarginAt(run, w, sc, c, room, &point, &m_high));
  PetscCall(OperatingPointDestroy(&point));
  if (m_high < 0) PetscFunctionReturn(0);
  PetscCall(MarginAt(run, w, sc, c, 0, &point, &m_low));
  PetscCall(OperatingPointDestroy(&point));
  m_low = PetscMin(m_low, -1e-3);
  for (int k = 0; k < MOST_DIFFERENCES && high - low > SHARE_TOLERANCE; k++) {
    s = low + (high - low) * PetscMax(0.1, PetscMin(0.9, -m_low / (m_high - m_low)));
    PetscCall(MarginAt(run, w, sc, c, s, &point, &m));
    PetscCall(OperatingPointDestroy(&point));
    if (m < 0)
      low = s, m_low = m;
    else
      high = s, m_high = m;
  }
  *share = PetscMin(room, high * (1 + RESERVE[PetscMin(w->security_rounds, 2)]));
  PetscFunctionReturn(0);
}

static void AddBound(SecurityRemedy *remedy, PetscBool is_branch, PetscInt row, PetscInt hour, PetscReal from,
                     PetscReal to)
{
  if (remedy->n == REMEDY_BOUNDS || !(to < from)) return;
  remedy->bound[remedy->n++] = (SecurityBound){is_branch, row, hour, 0, from, PetscMax(to, 0.01 * from)};
}

/* The bounds are what the units and branches carry at the secure point. */
static PetscErrorCode TakeBounds(Run run, const Window *w, const SecurityCase *sc, const Candidate *c, PetscReal share,
                                 SecurityRemedy *remedy)
{
  const Dispatch d = w->dispatch;
  OperatingPoint point;

  PetscFunctionBeginUser;
  PetscCall(SecurityShift(run, d, sc->hour, &c->shift, share, &point));
  if (!point) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < c->n_units; k++) {
    const PetscInt  g    = c->unit[k];
    const PetscReal from = d->generator_p[sc->hour * d->n_generator + g];
    AddBound(remedy, PETSC_FALSE, g, sc->hour, from, from - share * c->shift.generator[g]);
  }
  for (PetscInt k = 0; k < c->n_branches; k++) {
    const PetscInt b = c->branch[k], at = sc->hour * d->n_bus;
    AddBound(remedy, PETSC_TRUE, b, sc->hour,
             SecurityBranchPower(run->net, b, d->vm_pu + at, d->va_rad + at, NULL, NULL),
             SecurityBranchPower(run->net, b, point->vm_pu, point->va_rad, NULL, NULL));
  }
  PetscCall(OperatingPointDestroy(&point));
  PetscFunctionReturn(0);
}

typedef enum { ADVANCING, TRIPPED, OPENED, TRIPPED_AND_OPENED, CANDIDATES } CandidateKind;

static PetscErrorCode Build(Run run, const Window *w, const SecurityCase *sc, CandidateKind kind, Candidate *c)
{
  static const char *const what[CANDIDATES] = {"the units that advance", "the units that trip",
                                               "the exchange over the branches that open",
                                               "the units that trip and the exchange over the branches that open"};

  PetscFunctionBeginUser;
  PetscCall(CandidateCreate(run->net, what[kind], c));
  if (kind == ADVANCING)
    PetscCall(AddAdvancing(run, w, sc, c));
  else if (kind == TRIPPED)
    AddTripped(run, w, sc, c);
  else
    PetscCall(AddOpened(run, w, sc, (PetscBool)(kind == TRIPPED_AND_OPENED), c));
  if (kind == TRIPPED_AND_OPENED && !c->n_units) c->n_branches = 0; /* as without the units */
  PetscFunctionReturn(0);
}

PetscErrorCode SecurityFindRemedy(Run run, const Window *w, const SecurityCase *sc, SecurityRemedy *remedy)
{
  /* Synchronism is lost by units that are driven too hard; frequency and voltage by power that goes missing. */
  static const CandidateKind order[2][CANDIDATES] = {{ADVANCING, OPENED, TRIPPED, TRIPPED_AND_OPENED},
                                                     {TRIPPED, OPENED, TRIPPED_AND_OPENED, ADVANCING}};
  Candidate                  c;
  PetscReal                  share;

  PetscFunctionBeginUser;
  *remedy = (SecurityRemedy){0};
  for (int k = 0; k < CANDIDATES && !remedy->n; k++) {
    PetscCall(Build(run, w, sc, order[sc->failed != FAILED_ANGLE][k], &c));
    share = -1;
    if (c.n_units + c.n_branches) {
      const size_t used = strlen(remedy->text);
      PetscCall(FindShare(run, w, sc, &c, &share));
      snprintf(remedy->text + used, sizeof remedy->text - used, "%s%s", used ? ", " : "", c.what);
    }
    if (share > 0) PetscCall(TakeBounds(run, w, sc, &c, share, remedy));
    PetscCall(CandidateDestroy(&c));
  }
  PetscFunctionReturn(0);
}
