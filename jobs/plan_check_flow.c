/* The plan's own dispatch as a power flow: what the linear model did not see. */
#include <math.h>

#include "inputs/reader.h"
#include "jobs/plan_check_impl.h"
#include "solver/branch_flow.h"
#include "solver/powerflow.h"

static const PetscReal OVERLOAD = 0.005, VOLTAGE_PU = 0.001;

/* Storage stands still in a power flow: what it does becomes demand at its bus; demand is what the plan serves. */
static PetscErrorCode TakeSchedule(const CheckCase *k, Network net)
{
  const PetscInt n = net->load.n;

  PetscFunctionBeginUser;
  for (PetscInt l = 0; l < n; l++) {
    const PetscReal planned = CheckAt(k->net, COMPONENT_LOAD, "planned", l, 0, net->load.p_mw[l]);
    if (net->load.p_mw[l] != 0) net->load.q_mvar[l] *= planned / net->load.p_mw[l];
    net->load.p_mw[l] = planned;
  }
  PetscCall(NetworkResizeLoads(net, n + net->storage.n));
  for (PetscInt s = 0; s < net->storage.n; s++) {
    PetscCall(NetworkSetString(&net->load.name[n + s], net->storage.name[s]));
    net->load.bus[n + s]  = net->storage.bus[s];
    net->load.p_mw[n + s] = -CheckAt(k->net, COMPONENT_STORAGE_UNIT, "p_set", s, 0, 0);
  }
  PetscFunctionReturn(0);
}

/* Largest apparent power of a branch's ends, with the active power there and whether it stands at the from end. */
static PetscReal Loading(Network net, const PowerFlow *flow, PetscInt b, PetscReal *p, PetscReal *q, PetscReal *lost)
{
  const PetscInt f = net->branch.from[b], t = net->branch.to[b];
  BranchFlow     kernel;
  BranchPoint    point;
  PetscReal      value[FLOW_COUNT];
  int            end;

  BranchFlowSetUp(net, b, &kernel);
  point = BranchPointAt(flow->va_rad[f], flow->va_rad[t], flow->vm_pu[f], flow->vm_pu[t]);
  for (int i = 0; i < FLOW_COUNT; i++) value[i] = net->base_mva * BranchFlowValue(&kernel, &point, i);
  end   = hypot(value[FLOW_P_FROM], value[FLOW_Q_FROM]) >= hypot(value[FLOW_P_TO], value[FLOW_Q_TO]) ? FLOW_P_FROM
                                                                                                     : FLOW_P_TO;
  *p    = value[end];
  *q    = value[end + 1];
  *lost = value[FLOW_P_FROM] + value[FLOW_P_TO];
  return hypot(*p, *q);
}

static void FindOverloads(const CheckCase *k, Network net, const PowerFlow *flow, json_t *finding)
{
  json_t        *rows    = json_array();
  const PetscInt n_lines = k->net->table[COMPONENT_LINE].n;
  PetscReal      losses = 0, over = 0;

  for (PetscInt b = 0; b < net->branch.n; b++) {
    PetscReal       p, q, lost;
    const PetscReal rating = net->branch.rate_a[b], s = Loading(net, flow, b, &p, &q, &lost);
    json_t         *row;

    losses += lost;
    if (!(rating < PETSC_INFINITY) || !(s > (1 + OVERLOAD) * rating)) continue;
    over += s - rating;
    row = json_object();
    JsonPut(row, "component", json_string(b < n_lines ? "line" : "transformer"));
    JsonPut(row, "name", JsonText(net->branch.name[b]));
    JsonPut(row, "mva", JsonReal(s));
    JsonPut(row, "rating_mva", JsonReal(rating));
    JsonPut(row, "mw", JsonReal(p));
    JsonPut(row, "mvar", JsonReal(q));
    json_array_append_new(rows, row);
  }
  JsonPut(finding, "losses_mw", JsonReal(losses));
  JsonPut(finding, "overload_mva", JsonReal(over));
  JsonPut(finding, "overloads", rows);
}

static void FindVoltages(Network net, const PowerFlow *flow, json_t *finding)
{
  json_t   *rows = json_array();
  PetscReal low = INFINITY, high = -INFINITY;

  for (PetscInt b = 0; b < net->bus.n; b++) {
    const PetscReal v = flow->vm_pu[b];
    json_t         *row;

    if (!(v > 0)) continue;
    low = PetscMin(low, v), high = PetscMax(high, v);
    if (v >= net->bus.vm_min_pu[b] - VOLTAGE_PU && v <= net->bus.vm_max_pu[b] + VOLTAGE_PU) continue;
    row = json_object();
    JsonPut(row, "bus", JsonText(net->bus.name[b]));
    JsonPut(row, "pu", JsonReal(v));
    JsonPut(row, "min_pu", JsonReal(net->bus.vm_min_pu[b]));
    JsonPut(row, "max_pu", JsonReal(net->bus.vm_max_pu[b]));
    json_array_append_new(rows, row);
  }
  JsonPut(finding, "lowest_voltage_pu", JsonReal(low));
  JsonPut(finding, "highest_voltage_pu", JsonReal(high));
  JsonPut(finding, "voltages", rows);
}

/* Of the plan's dispatch, counted as the dispatch of the hour counts. */
static PetscReal PlannedCost(const CheckCase *k, Network net)
{
  PetscReal sum = 0;

  for (PetscInt g = 0; g < net->generator.n; g++)
    sum += CostValue(&net->generator.cost[g], net->generator.p_mw[g], NULL) +
           k->carbon_cost * net->generator.emission_t_per_mwh[g] * net->generator.p_mw[g];
  for (PetscInt l = 0; l < net->link.n; l++)
    if (net->link.cost[l].n) sum += CostValue(&net->link.cost[l], net->link.p_mw[l], NULL);
  for (PetscInt s = 0; s < net->storage.n; s++)
    sum += net->storage.marginal_cost[s] * PetscMax(0, CheckAt(k->net, COMPONENT_STORAGE_UNIT, "p_set", s, 0, 0));
  for (PetscInt l = 0; l < k->net->table[COMPONENT_LOAD].n; l++)
    sum += net->load.curtail_cost[l] * (net->load.p_mw[l] - CheckAt(k->net, COMPONENT_LOAD, "planned", l, 0, 0));
  return sum;
}

PetscErrorCode CheckPowerFlow(MPI_Comm comm, CheckCase *k, const char *folder, json_t *finding)
{
  PowerFlowOptions options;
  PowerFlow        flow;
  Network          net;
  Faults           faults;
  json_t          *out = json_object();

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkReadPypsa(comm, folder, faults, &net));
  PetscCall(FaultsDestroy(&faults));
  JsonPut(finding, "power_flow", out);
  if (!net) PetscFunctionReturn(0); /* the run tells what is wrong with it */
  JsonPut(finding, "planned_cost", JsonReal(PlannedCost(k, net)));
  PetscCall(TakeSchedule(k, net));
  PowerFlowDefaultOptions(&options);
  options.snapshot   = -1;
  options.flat_start = PETSC_TRUE;
  PetscCall(PowerFlowSolve(net, &options, &flow));
  JsonPut(out, "converged", json_boolean(flow.converged));
  if (flow.converged) {
    FindOverloads(k, net, &flow, out);
    FindVoltages(net, &flow, out);
  }
  PetscCall(PowerFlowDestroy(&flow));
  PetscCall(NetworkDestroy(&net));
  PetscFunctionReturn(0);
}
