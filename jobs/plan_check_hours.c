/* Which hours of a plan are checked as an AC system. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "dynamics/device_table.h"
#include "jobs/plan_check_impl.h"

/* A unit that delivers less than this share of its capacity does not run. */
static const PetscReal RUNNING = 1e-3;

PetscReal CheckAt(Components c, ComponentKind kind, const char *attribute, PetscInt row, PetscInt snapshot,
                  PetscReal otherwise)
{
  const Column *column = ComponentsColumn(c, kind, attribute);
  PetscReal     value;

  if (!column || !column->real) return otherwise;
  value = ColumnAt(column, row, snapshot);
  return PetscIsNanReal(value) ? otherwise : value;
}

const char *CheckText(Components c, ComponentKind kind, const char *attribute, PetscInt row)
{
  const Column *column = ComponentsColumn(c, kind, attribute);
  return column && column->text ? column->text[row] : "";
}

PetscBool CheckIsAc(Components c, PetscInt bus)
{
  return bus >= 0 && ComponentsElectric(c, bus) && strcasecmp(CheckText(c, COMPONENT_BUS, "carrier", bus), "DC") != 0
             ? PETSC_TRUE
             : PETSC_FALSE;
}

static PetscInt BusOf(Components c, ComponentKind kind, PetscInt row, PetscInt port)
{
  char        name[32];
  const char *bus;

  snprintf(name, sizeof name, "bus%d", (int)port);
  bus = CheckText(c, kind, kind == COMPONENT_LINK ? name : "bus", row);
  return bus[0] ? ComponentsFind(c, COMPONENT_BUS, bus) : -1;
}

PetscInt CheckConverterPort(Components c, PetscInt link)
{
  char     text[32];
  PetscInt found = 0, from = BusOf(c, COMPONENT_LINK, link, 0);

  if (from < 0 || ComponentsElectric(c, from)) return 0;
  for (PetscInt port = 1; port < RELIABILITY_PORTS; port++) {
    if (!CheckIsAc(c, BusOf(c, COMPONENT_LINK, link, port))) continue;
    if (found || !(CheckAt(c, COMPONENT_LINK, ReliabilityPort("efficiency", port, text), link, 0, 1) > 0)) return 0;
    found = port;
  }
  return found;
}

PetscReal CheckSupply(Components c, ComponentKind kind, PetscInt row, PetscInt snapshot)
{
  char     name[32];
  PetscInt port;

  if (kind != COMPONENT_LINK) return CheckAt(c, kind, "p", row, snapshot, 0);
  port = CheckConverterPort(c, row);
  snprintf(name, sizeof name, "p%d", (int)port);
  return port ? -CheckAt(c, kind, name, row, snapshot, 0) : 0;
}

PetscReal CheckInertia(Components c, ComponentKind kind, PetscInt row)
{
  const PetscReal given = CheckAt(c, kind, "inertia_s", row, 0, NAN);
  return isnan(given) ? DeviceTypicalInertia(CheckText(c, kind, "carrier", row)) : given;
}

typedef struct {
  PetscReal load, inertia, renewable, supply;
} Measures;

/* Carriers of the study's list; without one what emits nothing and has its output from the weather. */
static PetscBool IsRenewable(Components c, Planning p, ComponentKind kind, PetscInt row)
{
  const char    *carrier = CheckText(c, kind, "carrier", row);
  const Column  *limit;
  const PetscInt at = ComponentsFind(c, COMPONENT_CARRIER, carrier);

  for (PetscInt k = 0; k < p->renewable.n; k++)
    if (!strcmp(p->renewable.text[k], carrier)) return PETSC_TRUE;
  if (p->renewable.n || kind == COMPONENT_LINK) return PETSC_FALSE;
  if (at >= 0 && CheckAt(c, COMPONENT_CARRIER, "co2_emissions", at, 0, 0) > 0) return PETSC_FALSE;
  limit = ComponentsColumn(c, kind, kind == COMPONENT_GENERATOR ? "p_max_pu" : "inflow");
  return limit && limit->series && limit->series[row] ? PETSC_TRUE : PETSC_FALSE;
}

static void AddLoads(Components c, PetscInt period, PetscInt t, Measures *m)
{
  for (PetscInt l = 0; l < c->table[COMPONENT_LOAD].n; l++)
    if (ComponentsActive(c, COMPONENT_LOAD, l, period) && CheckIsAc(c, BusOf(c, COMPONENT_LOAD, l, 0)))
      m->load += CheckAt(c, COMPONENT_LOAD, "p_set", l, t, 0) + CheckAt(c, COMPONENT_LOAD, "shifted", l, t, 0);
}

static void AddUnits(const ReliabilityCase *k, Planning p, ComponentKind kind, PetscInt t, Measures *m)
{
  for (PetscInt row = 0; row < k->c->table[kind].n; row++) {
    const PetscInt  port     = kind == COMPONENT_LINK ? CheckConverterPort(k->c, row) : 0;
    const PetscReal power    = CheckSupply(k->c, kind, row, t);
    PetscReal       capacity = ReliabilityCapacity(k, kind, row);
    char            text[32];

    if (!(capacity > 0) || !CheckIsAc(k->c, BusOf(k->c, kind, row, port))) continue;
    if (port) capacity *= CheckAt(k->c, kind, ReliabilityPort("efficiency", port, text), row, t, 1);
    if (!(PetscAbsReal(power) > RUNNING * capacity)) continue;
    m->inertia += CheckInertia(k->c, kind, row) * capacity;
    if (power < 0) continue;
    m->supply += power;
    if (IsRenewable(k->c, p, kind, row)) m->renewable += power;
  }
}

static Measures Measure(const ReliabilityCase *k, Planning p, PetscInt t)
{
  Measures m = {0, 0, 0, 0};

  AddLoads(k->c, k->period, t, &m);
  AddUnits(k, p, COMPONENT_GENERATOR, t, &m);
  AddUnits(k, p, COMPONENT_STORAGE_UNIT, t, &m);
  AddUnits(k, p, COMPONENT_LINK, t, &m);
  return m;
}

PetscReal CheckRunningInertia(Components c, Planning planning, PetscInt snapshot)
{
  const ReliabilityCase k = {.c = c, .period = c->period_of[snapshot]};
  return Measure(&k, planning, snapshot).inertia;
}

static PetscReal Part(const Measures *m, int k)
{
  return k == 0 ? m->load : k == 1 ? m->renewable : m->inertia;
}

/* Sum of the squared distances to the weighted means, in standard deviations. */
static void Distances(Components c, PetscInt n, const PetscInt *snapshot, const Measures *m, PetscReal *distance)
{
  for (PetscInt i = 0; i < n; i++) distance[i] = 0;
  for (int k = 0; k < 3; k++) {
    PetscReal weight = 0, mean = 0, square = 0;
    for (PetscInt i = 0; i < n; i++) weight += c->weight_generators[snapshot[i]];
    for (PetscInt i = 0; i < n; i++) mean += c->weight_generators[snapshot[i]] / weight * Part(&m[i], k);
    for (PetscInt i = 0; i < n; i++)
      square += c->weight_generators[snapshot[i]] / weight * (Part(&m[i], k) - mean) * (Part(&m[i], k) - mean);
    if (!(square > 1e-12 * (1 + mean * mean))) continue;
    for (PetscInt i = 0; i < n; i++) distance[i] += (Part(&m[i], k) - mean) * (Part(&m[i], k) - mean) / square;
  }
}

/* What is lowest at the chosen hour. */
static PetscReal Score(const char *kind, const Measures *m, PetscReal distance)
{
  if (!strcmp(kind, "peak")) return -m->load;
  if (!strcmp(kind, "lowest-inertia")) return m->inertia;
  if (!strcmp(kind, "highest-renewable")) return m->supply > 0 ? -m->renewable / m->supply : 0;
  return distance;
}

/* Equal but for what the solver's tolerance leaves. */
static PetscBool Lower(PetscReal a, PetscReal b)
{
  return isinf(b) || a < b - 1e-6 * PetscMax(1, PetscAbsReal(b)) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode ChooseIn(const ReliabilityCase *k, Planning p, CheckHour *hour)
{
  const Components c = k->c;
  PetscInt         n = 0, *snapshot;
  Measures        *m;
  PetscReal       *distance;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(c->n_snapshots, &snapshot, c->n_snapshots, &m, c->n_snapshots, &distance));
  for (PetscInt t = 0; t < c->n_snapshots; t++)
    if (c->period_of[t] == k->period) {
      snapshot[n] = t;
      m[n++]      = Measure(k, p, t);
    }
  Distances(c, n, snapshot, m, distance);
  for (PetscInt h = 0; h < p->n_check_hours; h++) {
    PetscReal best = INFINITY;
    PetscInt  at   = 0;
    for (PetscInt i = 0; i < n; i++)
      if (Lower(Score(p->check_hour[h], &m[i], distance[i]), best)) {
        best = Score(p->check_hour[h], &m[i], distance[i]);
        at   = i;
      }
    hour[h] = (CheckHour){.kind            = p->check_hour[h],
                          .period          = k->period,
                          .snapshot        = snapshot[at],
                          .load_mw         = m[at].load,
                          .inertia_mws     = m[at].inertia,
                          .renewable_share = m[at].supply > 0 ? m[at].renewable / m[at].supply : NAN};
    if (c->n_periods)
      snprintf(hour[h].name, sizeof hour[h].name, "%d-%.40s", (int)c->period[k->period], p->check_hour[h]);
    else
      snprintf(hour[h].name, sizeof hour[h].name, "%.40s", p->check_hour[h]);
  }
  PetscCall(PetscFree3(snapshot, m, distance));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckChooseHours(Components c, Planning planning, PetscInt *n, CheckHour **hour)
{
  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscCalloc1(ComponentsPeriods(c) * planning->n_check_hours + 1, hour));
  for (PetscInt p = 0; p < ComponentsPeriods(c); p++) {
    const ReliabilityCase k   = {.c = c, .period = p};
    PetscBool             any = PETSC_FALSE;
    for (PetscInt t = 0; t < c->n_snapshots; t++)
      if (c->period_of[t] == p) any = PETSC_TRUE;
    if (!any) continue;
    PetscCall(ChooseIn(&k, planning, *hour + *n));
    *n += planning->n_check_hours;
  }
  PetscFunctionReturn(0);
}
