/* PyPSA CSV folders: links, between buses of one carrier or of several (converters such as heat pumps). */
#include "inputs/pypsa.h"

#include <math.h>
#include <string.h>

#define PORTS 4 /* bus0 to bus3 */

static const PypsaUnsupported unsupported[] = {
    {"p_nom_extendable", "False", FAULT_WARNING, "capacities are not extended, p_nom is used"},
    {"committable", "False", FAULT_WARNING, "unit commitment is not modelled"},
    {"bus4", "", FAULT_ERROR, "links with at most four ports are read"},
    {"ramp_limit_up", "", FAULT_WARNING, "ramp limits of links are left out"},
    {"ramp_limit_down", "", FAULT_WARNING, "ramp limits of links are left out"},
    {"delay", "0", FAULT_ERROR, "delayed links are not modelled"},
    {"delay2", "0", FAULT_ERROR, "delayed links are not modelled"},
    {"delay3", "0", FAULT_ERROR, "delayed links are not modelled"},
    {"stand_by_cost", "0", FAULT_WARNING, "stand-by costs are left out"},
};

/* A row as PyPSA means it: port k delivers efficiency[k] p0 for k = 1 .. 3 and port 0 takes p0, p_min <= p0 <= p_max. */
typedef struct {
  PetscInt  bus[PORTS]; /* -1: none */
  PetscReal efficiency[PORTS];
  PetscReal p_min, p_max, p_set, cost[3];
} Converter;

static PetscErrorCode ReadPorts(PypsaTable *t, PetscInt k, Converter *c)
{
  static const char *const bus[PORTS]        = {"bus0", "bus1", "bus2", "bus3"};
  static const char *const efficiency[PORTS] = {NULL, "efficiency", "efficiency2", "efficiency3"};

  PetscFunctionBeginUser;
  for (int i = 0; i < PORTS; i++) {
    c->bus[i]        = -1;
    c->efficiency[i] = i ? PypsaReal(t, k, efficiency[i], 1) : -1;
    if (i < 2 || PypsaText(t, k, bus[i])[0]) PetscCall(PypsaBus(t, k, bus[i], &c->bus[i]));
    if (!isfinite(c->efficiency[i]))
      PetscCall(
          PypsaFault(t, k, FAULT_ERROR, "found %s = %g, expected a finite number", efficiency[i], c->efficiency[i]));
  }
  PetscCall(PypsaCheckEnds(t, k, c->bus[0], c->bus[1]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadPower(PypsaTable *t, PetscInt k, Converter *c)
{
  const PetscReal p_nom = PypsaReal(t, k, "p_nom", 0);

  PetscFunctionBeginUser;
  c->p_min   = p_nom * PypsaReal(t, k, "p_min_pu", 0);
  c->p_max   = p_nom * PypsaReal(t, k, "p_max_pu", 1);
  c->p_set   = PypsaReal(t, k, "p_set", 0);
  c->cost[0] = 0;
  c->cost[1] = PypsaReal(t, k, "marginal_cost", 0);
  c->cost[2] = PypsaReal(t, k, "marginal_cost_quadratic", 0);
  if (!(p_nom >= 0) || isinf(p_nom))
    PetscCall(PypsaFault(t, k, FAULT_ERROR, "found p_nom = %g MW, expected a finite power of at least 0", p_nom));
  else if (!(c->p_min <= c->p_max))
    PetscCall(
        PypsaFault(t, k, FAULT_ERROR, "found p_min_pu above p_max_pu, expected the lower limit below the upper one"));
  if (!isfinite(c->cost[1]) || !isfinite(c->cost[2]) || c->cost[2] < 0)
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found marginal costs %g and %g (quadratic), expected finite ones, the second at least 0",
                         c->cost[1], c->cost[2]));
  PetscFunctionReturn(0);
}

/* A link that runs backwards only takes q = -efficiency p0 at bus1 and delivers q / efficiency at bus0: the same unit,
   written from its other side. */
static void TurnAround(Converter *c)
{
  const Converter old = *c;
  const PetscReal eta = old.efficiency[1];

  c->bus[0] = old.bus[1], c->bus[1] = old.bus[0];
  c->efficiency[1] = 1 / eta;
  for (int i = 2; i < PORTS; i++) c->efficiency[i] = -old.efficiency[i] / eta;
  c->p_min   = old.p_max < 0 ? -eta * old.p_max : 0;
  c->p_max   = -eta * old.p_min;
  c->p_set   = -eta * old.p_set;
  c->cost[1] = -old.cost[1] / eta;
  c->cost[2] = old.cost[2] / (eta * eta);
}

static PetscBool OneCarrier(const Converter *c, Network net)
{
  if (c->bus[0] < 0 || c->bus[1] < 0) return PETSC_FALSE;
  if (NetworkBusIsElectric(net, c->bus[0]) && NetworkBusIsElectric(net, c->bus[1])) return PETSC_TRUE;
  return strcmp(net->bus.carrier[c->bus[0]], net->bus.carrier[c->bus[1]]) ? PETSC_FALSE : PETSC_TRUE;
}

/* What the network's link can be: several outputs and proportional losses in one direction only. A line of one carrier
   that runs both ways is taken as lossless, for PyPSA's would create energy on the way back. */
static PetscErrorCode CheckConverter(PypsaTable *t, PetscInt k, Converter *c, PetscInt *lossless)
{
  const PetscBool both = c->p_min < 0 && c->p_max > 0 ? PETSC_TRUE : PETSC_FALSE;
  const PetscBool same = OneCarrier(c, t->folder->net);

  PetscFunctionBeginUser;
  if (!(c->efficiency[1] > 0)) {
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found efficiency = %g, expected more than 0: what a unit consumes besides bus0 stands at "
                         "bus2 or bus3 with a negative efficiency",
                         c->efficiency[1]));
  } else if (same && c->efficiency[1] > 1) {
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found efficiency = %g, expected more than 0 and at most 1 between buses of one carrier",
                         c->efficiency[1]));
  } else if (both && (c->bus[2] >= 0 || c->bus[3] >= 0)) {
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found a link with bus2 or bus3 that runs both ways, expected one link for each direction"));
  } else if (both && !same && c->efficiency[1] != 1) {
    PetscCall(PypsaFault(t, k, FAULT_ERROR,
                         "found a link between two carriers that runs both ways with efficiency %g, expected one link "
                         "for each direction",
                         c->efficiency[1]));
  } else if (both && c->efficiency[1] < 1) {
    c->efficiency[1] = 1;
    ++*lossless;
  } else if (c->p_min < 0 && c->p_max <= 0) {
    TurnAround(c);
    if (same && c->efficiency[1] > 1) {
      c->efficiency[1] = 1;
      ++*lossless;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLink(PypsaTable *t, PetscInt k, PetscInt *lossless)
{
  LinkTable     *l      = &t->folder->net->link;
  const PetscInt before = FaultsErrorCount(t->folder->faults);
  Converter      c;

  PetscFunctionBeginUser;
  PetscCall(NetworkSetString(&l->name[k], t->name[k]));
  l->in_service[k] = PypsaBool(t, k, "active", PETSC_TRUE);
  PetscCall(ReadPorts(t, k, &c));
  PetscCall(ReadPower(t, k, &c));
  if (FaultsErrorCount(t->folder->faults) == before) PetscCall(CheckConverter(t, k, &c, lossless));
  l->from[k]        = c.bus[0];
  l->to[k]          = c.bus[1];
  l->to2[k]         = c.bus[2];
  l->to3[k]         = c.bus[3];
  l->loss1[k]       = 1 - c.efficiency[1];
  l->efficiency2[k] = c.bus[2] < 0 ? 0 : c.efficiency[2];
  l->efficiency3[k] = c.bus[3] < 0 ? 0 : c.efficiency[3];
  l->p_min_mw[k]    = c.p_min;
  l->p_max_mw[k]    = c.p_max;
  l->p_mw[k]        = c.p_set;
  if (c.cost[1] != 0 || c.cost[2] != 0)
    PetscCall(CostSet(&l->cost[k], COST_POLYNOMIAL, c.cost[2] != 0 ? 3 : 2, c.cost));
  PetscFunctionReturn(0);
}

PetscErrorCode PypsaReadLinks(Pypsa *p)
{
  PypsaTable t;
  PetscInt   lossless = 0;

  PetscFunctionBeginUser;
  PetscCall(PypsaTableRead(p, "links", &t));
  PetscCall(NetworkResizeLinks(p->net, t.n));
  for (PetscInt k = 0; k < t.n; k++) PetscCall(ReadLink(&t, k, &lossless));
  if (t.n) PetscCall(PypsaCheckUnsupported(&t, PETSC_STATIC_ARRAY_LENGTH(unsupported), unsupported));
  if (lossless)
    PetscCall(PypsaFault(&t, -1, FAULT_WARNING,
                         "found %" PetscInt_FMT
                         " links that run both ways with an efficiency below 1: they are taken as lossless",
                         lossless));
  PetscCall(PypsaTableDestroy(&t));
  PetscFunctionReturn(0);
}
