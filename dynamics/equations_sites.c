/* Sites and their parts: made of the device table's records, wired by signals, started at the operating point. */
#include "dynamics/equations_impl.h"
#include "dynamics/models.h"

/* The bus of a unit when it is there to be simulated, otherwise -1: buses of other carriers have no voltage. */
static PetscInt SiteBus(Network net, OperatingPoint point, DeviceSite kind, PetscInt k)
{
  PetscBool online = PETSC_FALSE;
  PetscInt  bus    = -1;
  switch (kind) {
  case DEVICE_AT_GENERATOR:
    online = (PetscBool)(net->generator.in_service[k] && point->generator_online[k]);
    bus    = net->generator.bus[k];
    break;
  case DEVICE_AT_STORAGE:
    online = net->storage.in_service[k];
    bus    = net->storage.bus[k];
    break;
  case DEVICE_AT_LOAD:
    online = net->load.in_service[k];
    bus    = net->load.bus[k];
    break;
  }
  return online && net->bus.type[bus] != BUS_ISOLATED && NetworkBusIsElectric(net, bus) ? bus : -1;
}

static int ComparePlans(const void *a, const void *b)
{
  const PartPlan *x = a, *y = b;
  if (x->site != y->site) return x->site < y->site ? -1 : 1;
  if (x->row != y->row) return x->row < y->row ? -1 : 1;
  if (x->model->kind != y->model->kind) return x->model->kind < y->model->kind ? -1 : 1;
  return (x->order > y->order) - (x->order < y->order);
}

static PetscBool SameSite(const PartPlan *a, const PartPlan *b)
{
  return (PetscBool)(a->site == b->site && a->row == b->row);
}

static PetscBool Reads(const DeviceModel *model, DeviceSignal signal)
{
  for (PetscInt k = 0; k < model->n_inputs; ++k) {
    if (model->input[k] == signal) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* The part's unknown that carries a signal, or -1. */
static PetscInt Produces(const DeviceModel *model, DeviceSignal signal)
{
  for (PetscInt k = 0; k < model->n_outputs; ++k) {
    if (model->output[k].signal == signal) return model->output[k].unknown;
  }
  return -1;
}

/* Adds a meter to every site whose parts read the bus's frequency and have none. Returns the new count. */
static PetscInt AddMeters(PartPlan *plan, PetscInt n)
{
  static const PetscReal   filter[DEVICE_MAX_PARAMETERS] = {0.02}; /* s */
  const DeviceModel *const meter                         = DeviceModelFind("BUSFREQ");
  PetscInt                 total                         = n;
  if (!meter) return n;
  for (PetscInt k = 0, end; k < n; k = end) {
    PetscBool wanted = PETSC_FALSE;
    for (end = k; end < n && SameSite(&plan[k], &plan[end]); ++end) {
      wanted = (PetscBool)(wanted || Reads(plan[end].model, SIGNAL_FREQUENCY));
    }
    for (PetscInt j = k; j < end; ++j) wanted = (PetscBool)(wanted && Produces(plan[j].model, SIGNAL_FREQUENCY) < 0);
    if (!wanted) continue;
    plan[total]           = plan[k];
    plan[total].model     = meter;
    plan[total].parameter = filter;
    plan[total++].line    = 0;
  }
  return total;
}

static PetscErrorCode MakePlan(Equations eq, OperatingPoint point, DeviceTable table, PartPlan **plan)
{
  PetscInt n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(2 * table->n + 1, plan));
  for (PetscInt k = 0; k < table->n; ++k) {
    const DeviceRecord *r = &table->record[k];
    if (SiteBus(eq->net, point, r->site, r->row) < 0) continue;
    (*plan)[n] = (PartPlan){r->site, r->row, n, r->line, r->model, r->parameter, r->mva_base};
    ++n;
  }
  qsort(*plan, (size_t)n, sizeof **plan, ComparePlans);
  eq->n_parts = AddMeters(*plan, n);
  qsort(*plan, (size_t)eq->n_parts, sizeof **plan, ComparePlans);
  for (PetscInt k = 0; k < eq->n_parts; ++k) {
    if (k == 0 || !SameSite(&(*plan)[k - 1], &(*plan)[k])) ++eq->n_sites;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AllocateSites(Equations eq, const PartPlan *plan)
{
  PetscInt inputs = 0, entries = 0;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < eq->n_parts; ++k) {
    const DeviceModel *m = plan[k].model;
    eq->n_data_arena += m->n_data;
    eq->n_mode_arena += m->n_modes;
    inputs += m->n_inputs;
    entries += m->n_entries;
  }
  PetscCall(PetscCalloc1(eq->n_sites, &eq->site));
  PetscCall(PetscCalloc1(eq->n_parts, &eq->part));
  PetscCall(PetscCalloc2(eq->n_data_arena, &eq->data_arena, eq->n_data_arena, &eq->data_start));
  PetscCall(PetscCalloc2(eq->n_mode_arena, &eq->mode_arena, eq->n_mode_arena, &eq->mode_start));
  PetscCall(PetscCalloc2(inputs, &eq->input_arena, entries, &eq->position_arena));
  PetscCall(PetscCalloc3(eq->n_sites, &eq->machine, eq->n_parts, &eq->switching, (size_t)eq->n_sites * SIGNAL_COUNT,
                         &eq->constant_start));
  PetscFunctionReturn(0);
}

/* Sites and parts with their places in the unknowns and the arenas; signals that their site produces. */
static void FillSites(Equations eq, OperatingPoint point, const PartPlan *plan)
{
  PetscInt data = 0, mode = 0, input = 0, entry = 0, s = -1;
  for (PetscInt k = 0; k < eq->n_parts; ++k) {
    const DeviceModel *m = plan[k].model;
    if (k == 0 || !SameSite(&plan[k - 1], &plan[k])) {
      Site *site = &eq->site[++s];
      *site      = (Site){.kind       = plan[k].site,
                          .row        = plan[k].row,
                          .bus        = SiteBus(eq->net, point, plan[k].site, plan[k].row),
                          .first_part = k,
                          .base_ratio = plan[k].mva_base / eq->net->base_mva,
                          .online     = PETSC_TRUE};
      for (PetscInt i = 0; i < SIGNAL_COUNT; ++i) site->signal_unknown[i] = -1;
    }
    ++eq->site[s].n_parts;
    eq->part[k] = (Part){.model    = m,
                         .site     = s,
                         .line     = plan[k].line,
                         .first    = eq->n_states,
                         .input    = eq->input_arena + input,
                         .data     = eq->data_arena + data,
                         .mode     = eq->mode_arena + mode,
                         .position = eq->position_arena + entry};
    for (PetscInt i = 0; i < m->n_outputs; ++i) {
      eq->site[s].signal_unknown[m->output[i].signal] = eq->n_states + m->output[i].unknown;
    }
    const PetscInt h = m->kind == DEVICE_SOURCE ? DeviceModelParameter(m, "H") : -1;
    if (h >= 0) eq->site[s].inertia = plan[k].parameter[h] * eq->site[s].base_ratio;
    if (m->n_modes > 0) eq->switching[eq->n_switching++] = k;
    eq->n_states += m->n_unknowns;
    data += m->n_data, mode += m->n_modes, input += m->n_inputs, entry += m->n_entries;
  }
  for (s = 0; s < eq->n_sites; ++s) {
    eq->site[s].machine = (PetscBool)(eq->site[s].signal_unknown[SIGNAL_ANGLE] >= 0);
    if (eq->site[s].machine) eq->machine[eq->n_machines++] = s;
  }
  eq->n = eq->n_states + 2 * eq->net->bus.n;
}

/* The buses that a part names: regulated, and the ends of its branch as the record has them. -1: not named. */
typedef struct {
  PetscInt regulated, branch, from, to;
} RemoteBuses;

static RemoteBuses FindRemote(Network net, const PartPlan *plan)
{
  RemoteBuses found  = {-1, -1, -1, -1};
  PetscInt    bus[3] = {-1, -1, -1}, n = 0;
  for (PetscInt k = 0; k < plan->model->n_parameters; ++k) {
    const ParameterRange range = plan->model->parameter[k].range;
    if (range == PARAMETER_BUS && n < 3) bus[n++] = (PetscInt)plan->parameter[k];
    if (range == PARAMETER_BRANCH) found.branch = (PetscInt)plan->parameter[k];
  }
  found.regulated = bus[0];
  if (found.branch < 0) return found;
  const PetscBool turned = (PetscBool)(net->branch.from[found.branch] == bus[2] && bus[2] != bus[1]);
  found.from             = turned ? net->branch.to[found.branch] : net->branch.from[found.branch];
  found.to               = turned ? net->branch.from[found.branch] : net->branch.to[found.branch];
  return found;
}

static void WireInputs(Equations eq, const PartPlan *plan)
{
  for (PetscInt k = 0; k < eq->n_parts; ++k) {
    const Part       *part   = &eq->part[k];
    const Site       *site   = &eq->site[part->site];
    const RemoteBuses remote = FindRemote(eq->net, &plan[k]);
    for (PetscInt i = 0; i < part->model->n_inputs; ++i) {
      const DeviceSignal signal = part->model->input[i];
      PetscInt           bus    = -1;
      if (signal == SIGNAL_V_RE || signal == SIGNAL_V_IM) bus = site->bus;
      if (signal == SIGNAL_REGULATED_V_RE || signal == SIGNAL_REGULATED_V_IM)
        bus = remote.regulated >= 0 ? remote.regulated : site->bus;
      if (signal == SIGNAL_FROM_V_RE || signal == SIGNAL_FROM_V_IM) bus = remote.branch >= 0 ? remote.from : site->bus;
      if (signal == SIGNAL_TO_V_RE || signal == SIGNAL_TO_V_IM) bus = remote.branch >= 0 ? remote.to : site->bus;
      const PetscBool imaginary = (PetscBool)(signal == SIGNAL_V_IM || signal == SIGNAL_REGULATED_V_IM ||
                                              signal == SIGNAL_FROM_V_IM || signal == SIGNAL_TO_V_IM);
      part->input[i] = bus >= 0 ? EquationsBusUnknown(eq, bus) + (imaginary ? 1 : 0) : site->signal_unknown[signal];
    }
  }
}

PetscErrorCode EquationsBuildSites(Equations eq, OperatingPoint point, DeviceTable table, PartPlan **plan)
{
  PetscFunctionBeginUser;
  PetscCall(MakePlan(eq, point, table, plan));
  PetscCall(AllocateSites(eq, *plan));
  FillSites(eq, point, *plan);
  WireInputs(eq, *plan);
  PetscFunctionReturn(0);
}

const char *EquationsSiteLabel(Equations eq, PetscInt s, char *text, size_t size)
{
  const Network net  = eq->net;
  const Site   *site = &eq->site[s];
  const char   *unit = site->kind == DEVICE_AT_GENERATOR ? net->generator.unit[site->row]
                       : site->kind == DEVICE_AT_STORAGE ? net->storage.name[site->row]
                                                         : net->load.name[site->row];
  snprintf(text, size, "%lld:%s", (long long)net->bus.number[site->bus], unit);
  return text;
}

static void SetProblem(Equations eq, const Part *part, const char *what)
{
  char label[80];
  if (eq->problem[0]) return;
  snprintf(eq->problem, sizeof eq->problem, "%s at %s: %s", part->model->name,
           EquationsSiteLabel(eq, part->site, label, sizeof label), what);
}

static void AddWarning(Equations eq, const Part *part, const char *what)
{
  char label[80];
  if (eq->n_warnings++ == 0)
    snprintf(eq->warning, sizeof eq->warning, "%s at %s: %s", part->model->name,
             EquationsSiteLabel(eq, part->site, label, sizeof label), what);
}

/* Power that the operating point says a site feeds in, MW and Mvar. */
static void SitePower(OperatingPoint point, const Site *site, PetscReal *p, PetscReal *q)
{
  const PetscInt k = site->row;
  switch (site->kind) {
  case DEVICE_AT_GENERATOR:
    *p = point->generator_p[k], *q = point->generator_q[k];
    break;
  case DEVICE_AT_STORAGE:
    *p = point->storage_p[k], *q = point->storage_q[k];
    break;
  case DEVICE_AT_LOAD:
    *p = -point->load_p[k], *q = -point->load_q[k];
    break;
  }
}

static void SetUnitData(Equations eq, const Site *site, DeviceStart *start)
{
  const Network   net  = eq->net;
  const PetscReal base = site->base_ratio * net->base_mva;
  start->r_source = start->x_source = NAN;
  start->p_max                      = PETSC_INFINITY;
  if (site->kind == DEVICE_AT_STORAGE) start->p_max = net->storage.p_discharge_max_mw[site->row] / base;
  if (site->kind != DEVICE_AT_GENERATOR) return;
  start->p_max    = net->generator.p_max_mw[site->row] / base;
  start->r_source = net->generator.r_source_pu[site->row];
  start->x_source = net->generator.x_source_pu[site->row];
}

static void SetRemoteVoltages(Equations eq, const Site *site, const PartPlan *plan, DeviceStart *start)
{
  const RemoteBuses remote = FindRemote(eq->net, plan);
  const PetscReal  *v      = &eq->start[EquationsBusUnknown(eq, remote.regulated >= 0 ? remote.regulated : site->bus)];
  const PetscReal  *f      = &eq->start[EquationsBusUnknown(eq, remote.branch >= 0 ? remote.from : site->bus)];
  const PetscReal  *t      = &eq->start[EquationsBusUnknown(eq, remote.branch >= 0 ? remote.to : site->bus)];
  start->regulated_re = v[0], start->regulated_im = v[1];
  start->from_re = f[0], start->from_im = f[1];
  start->to_re = t[0], start->to_im = t[1];
  if (remote.branch < 0) return;
  PetscReal y[4][2];
  EquationsTwoPort(eq, remote.branch, y);
  const PetscBool turned = (PetscBool)(eq->net->branch.from[remote.branch] != remote.from);
  for (PetscInt k = 0; k < 4; ++k) memcpy(start->branch_y[k], y[turned ? 3 - k : k], sizeof y[0]);
}

/* Signals that nobody knows are constants that a part asked for; one that reads a constant without a value cannot start. */
static void CheckSignals(Equations eq, const Site *site)
{
  static const char *const names[SIGNAL_COUNT] = {
      [SIGNAL_ANGLE] = "rotor angle",      [SIGNAL_SPEED] = "speed",
      [SIGNAL_PE] = "electrical power",    [SIGNAL_IFD] = "field current",
      [SIGNAL_EFD] = "field voltage",      [SIGNAL_PM] = "mechanical power",
      [SIGNAL_P_GEN] = "inverter power",   [SIGNAL_Q_GEN] = "inverter reactive power",
      [SIGNAL_IP_CMD] = "current command", [SIGNAL_IQ_CMD] = "current command",
      [SIGNAL_P_REF] = "power reference",  [SIGNAL_Q_REF] = "reactive power reference",
      [SIGNAL_CHARGE] = "state of charge"};
  for (PetscInt k = site->first_part; k < site->first_part + site->n_parts; ++k) {
    const Part *part = &eq->part[k];
    for (PetscInt i = 0; i < part->model->n_inputs; ++i) {
      const DeviceSignal signal = part->model->input[i];
      if (part->input[i] >= 0 || !PetscIsNanReal(site->signal_constant[signal])) continue;
      char text[DEVICE_TEXT];
      snprintf(text, sizeof text, "it needs a %s, which no other device of the unit gives",
               names[signal] ? names[signal] : "signal");
      SetProblem(eq, part, text);
    }
  }
}

static void StartSite(Equations eq, OperatingPoint point, const PartPlan *plan, Site *site)
{
  const PetscReal *v = &eq->start[EquationsBusUnknown(eq, site->bus)];
  PetscReal        p = 0.0, q = 0.0, *signal = site->signal_constant;
  for (PetscInt i = 0; i < SIGNAL_COUNT; ++i) signal[i] = NAN;
  signal[SIGNAL_VS] = signal[SIGNAL_FREQUENCY] = 0.0;
  signal[SIGNAL_CONNECTED] = signal[SIGNAL_CONNECTED_VOLTAGE] = 1.0;
  SitePower(point, site, &p, &q);
  for (PetscInt k = site->first_part; k < site->first_part + site->n_parts; ++k) {
    const Part *part  = &eq->part[k];
    DeviceStart start = {.v_re          = v[0],
                         .v_im          = v[1],
                         .p             = p / eq->net->base_mva,
                         .q             = q / eq->net->base_mva,
                         .base_ratio    = site->base_ratio,
                         .omega_nominal = 2.0 * PETSC_PI * eq->frequency_hz,
                         .parameter     = plan[k].parameter,
                         .signal        = signal,
                         .data          = part->data,
                         .unknown       = &eq->start[part->first],
                         .differential  = &eq->differential[part->first],
                         .mode          = part->mode};
    SetUnitData(eq, site, &start);
    SetRemoteVoltages(eq, site, &plan[k], &start);
    part->model->initialise(&start);
    for (PetscInt i = 0; i < part->model->n_outputs; ++i) {
      signal[part->model->output[i].signal] = start.unknown[part->model->output[i].unknown];
    }
    if (start.problem[0]) SetProblem(eq, part, start.problem);
    if (start.warning[0]) AddWarning(eq, part, start.warning);
  }
  CheckSignals(eq, site);
}

PetscErrorCode EquationsStartSites(Equations eq, OperatingPoint point, const PartPlan *plan)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < eq->n_parts; ++k) {
    const Part *part = &eq->part[k];
    for (PetscInt i = 0; i < part->model->n_unknowns; ++i) {
      eq->differential[part->first + i] = PETSC_TRUE;
      eq->nominal[part->first + i]      = part->model->unknown[i].nominal;
    }
  }
  for (PetscInt s = 0; s < eq->n_sites; ++s) StartSite(eq, point, plan, &eq->site[s]);
  for (PetscInt k = 0; k < eq->n_states && !eq->problem[0]; ++k) {
    if (PetscIsInfOrNanReal(eq->start[k])) {
      PetscInt part = 0;
      while (part + 1 < eq->n_parts && eq->part[part + 1].first <= k) ++part;
      SetProblem(eq, &eq->part[part], "it has no equilibrium at the operating point");
    }
  }
  PetscCall(PetscArraycpy(eq->data_start, eq->data_arena, eq->n_data_arena));
  PetscCall(PetscArraycpy(eq->mode_start, eq->mode_arena, eq->n_mode_arena));
  for (PetscInt s = 0; s < eq->n_sites; ++s) {
    PetscCall(PetscArraycpy(&eq->constant_start[s * SIGNAL_COUNT], eq->site[s].signal_constant, SIGNAL_COUNT));
  }
  PetscFunctionReturn(0);
}
