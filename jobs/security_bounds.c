/* Bounds of the security loop, as rows of the network's series: the dispatch knows them as limits of their hours. */
#include "jobs/security_impl.h"

static PetscErrorCode TakeSeries(Run run, SecuritySeries *s)
{
  Network net = run->net;

  PetscFunctionBeginUser;
  if (s->taken) PetscFunctionReturn(0);
  s->taken    = PETSC_TRUE;
  s->n_series = net->series.n;
  PetscCall(PetscMalloc2(net->generator.n, &s->p_max_series, net->branch.n, &s->rate_series));
  PetscCall(PetscArraycpy(s->p_max_series, net->generator.p_max_series, net->generator.n));
  PetscCall(PetscArraycpy(s->rate_series, net->branch.rate_series, net->branch.n));
  PetscFunctionReturn(0);
}

/* A rating that no flow reaches, for the other hours of a branch without one. */
static PetscReal AmpleRating(Network net)
{
  PetscReal sum = net->base_mva;

  for (PetscInt g = 0; g < net->generator.n; g++)
    if (net->generator.in_service[g] && net->generator.p_max_mw[g] < PETSC_INFINITY)
      sum += PetscAbsReal(net->generator.p_max_mw[g]);
  for (PetscInt s = 0; s < net->storage.n; s++)
    if (net->storage.p_discharge_max_mw[s] < PETSC_INFINITY) sum += net->storage.p_discharge_max_mw[s];
  return 10 * sum;
}

/* The row that holds a limit hour by hour, one of the loop's own. */
static PetscErrorCode OwnRow(Run run, const SecuritySeries *series, const SecurityBound *b, PetscInt **row)
{
  Network    net = run->net;
  PetscReal *value;

  PetscFunctionBeginUser;
  *row = b->is_branch ? &net->branch.rate_series[b->row] : &net->generator.p_max_series[b->row];
  if (**row >= series->n_series) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(net->series.n_snapshots, &value));
  for (PetscInt t = 0; t < net->series.n_snapshots; t++) {
    value[t] = b->is_branch ? NetworkBranchRating(net, b->row, t) : NetworkGeneratorPMax(net, b->row, t);
    if (!(value[t] < PETSC_INFINITY)) value[t] = AmpleRating(net);
  }
  PetscCall(NetworkAddSeries(net, value, *row));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

PetscErrorCode SecurityApplyBounds(Run run, Window *window, PetscInt first)
{
  PetscInt *row;

  PetscFunctionBeginUser;
  PetscCall(TakeSeries(run, &window->series));
  for (PetscInt k = first; k < window->n_bounds; k++) {
    const SecurityBound *b        = &window->bound[k];
    const PetscInt       snapshot = window->first_snapshot + b->hour;
    PetscReal           *value;
    PetscCall(OwnRow(run, &window->series, b, &row));
    value  = &run->net->series.value[(size_t)*row * (size_t)run->net->series.n_snapshots + (size_t)snapshot];
    *value = PetscMin(*value, b->to);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SecurityReleaseBounds(Run run, Window *window)
{
  SecuritySeries *s   = &window->series;
  Network         net = run->net;

  PetscFunctionBeginUser;
  if (!s->taken) PetscFunctionReturn(0);
  PetscCall(PetscArraycpy(net->generator.p_max_series, s->p_max_series, net->generator.n));
  PetscCall(PetscArraycpy(net->branch.rate_series, s->rate_series, net->branch.n));
  NetworkTruncateSeries(net, s->n_series);
  PetscCall(PetscFree2(s->p_max_series, s->rate_series));
  *s = (SecuritySeries){0};
  PetscFunctionReturn(0);
}

const char *SecurityBoundText(Network net, const SecurityBound *b, char *text, size_t size)
{
  snprintf(text, size, "%s %.80s at most %.6g %s instead of %.6g %s at hour %d", b->is_branch ? "branch" : "generator",
           b->is_branch ? net->branch.name[b->row] : net->generator.name[b->row], (double)b->to,
           b->is_branch ? "MVA" : "MW", (double)b->from, b->is_branch ? "MVA" : "MW", (int)b->hour);
  return text;
}
