/* Prices and their parts against closed forms, and against how flows and voltages answer to one more megawatt in an
   evaluation that shares no code with the decomposition. */
#include "solver/prices.h"

#include "tests/solver/opf_support.h"

/* A solved network with its prices taken apart. */
typedef struct {
  Network    net;
  OpfOptions options;
  OpfResult  result;
  Dispatch   d;
  Prices     p;
} Priced;

static Prices Decompose(const Priced *s, PetscInt reference)
{
  const PricesOptions options = {reference >= 0 ? 1 : 0, &reference};
  Prices              prices;

  OK(PricesDecompose(s->net, s->d, s->options.physics, &options, &prices));
  return prices;
}

static Priced Solve(Network net, Physics physics, PetscInt reference)
{
  Priced s = {.net = net};

  s.options         = DcOptions(net);
  s.options.physics = physics;
  s.d               = SolveOptimal(net, &s.options, &s.result);
  s.p               = Decompose(&s, reference);
  return s;
}

static void Free(Priced *s)
{
  OK(PricesDestroy(&s->p));
  OK(DispatchDestroy(&s->d));
  OK(OpfResultDestroy(&s->result));
  OK(NetworkDestroy(&s->net));
}

static void CheckPart(const Priced *s, PricePart part, const PetscReal *expected, PetscReal tolerance)
{
  for (PetscInt b = 0; b < s->net->bus.n; b++) Near(s->p->part[part][b], expected[b], tolerance);
}

/* The four parts of every bus and hour sum to the price, and all but energy vanish at the references. */
static void CheckIdentities(const Priced *s, const Prices p, const PetscReal *weight)
{
  for (PetscInt t = 0; t < p->hours; t++) {
    PetscReal at_reference[PRICE_PARTS] = {0};
    for (PetscInt b = 0; b < p->n_bus; b++) {
      PetscReal sum = 0;
      for (int k = 0; k < PRICE_PARTS; k++) {
        sum += p->part[k][t * p->n_bus + b];
        if (weight) at_reference[k] += weight[b] * p->part[k][t * p->n_bus + b];
      }
      Near(sum, s->d->price[t * p->n_bus + b], 1e-9);
    }
    for (int k = PRICE_LOSS; k < PRICE_PARTS; k++) Near(at_reference[k], 0, 1e-9);
  }
}

/* Ten offers of 1,000 MW at first, first + 1, ... per MWh. */
static void AddOffers(Network net, PetscInt bus, PetscReal first)
{
  for (int k = 0; k < 10; k++) AddGenerator(net, bus, 1000, first + k);
}

static Network Triangle(void)
{
  Network net = NewNetwork(3, 0);

  for (PetscInt b = 0; b < 3; b++) AddOffers(net, b, 5 + 10 * (PetscReal)b);
  AddLoad(net, 0, 2400, NULL);
  AddLoad(net, 1, 2400, NULL);
  AddLoad(net, 2, 17400, NULL);
  AddBranch(net, 0, 1, 0, 0.01, PETSC_INFINITY);
  AddBranch(net, 1, 2, 0, 0.01, PETSC_INFINITY);
  AddBranch(net, 0, 2, 0, 0.01, PETSC_INFINITY);
  return net;
}

static void CheckTriangle(Priced *s)
{
  const PetscReal price[3] = {12, 22, 32};
  const PetscReal energy   = (2400 * 12.0 + 2400 * 22.0 + 17400 * 32.0) / 22200;
  const PetscReal parts[3] = {12 - energy, 22 - energy, 32 - energy}, zero[3] = {0, 0, 0};
  const PetscReal even[3]   = {energy, energy, energy};
  const PetscReal weight[3] = {2400.0 / 22200, 2400.0 / 22200, 17400.0 / 22200};

  for (PetscInt b = 0; b < 3; b++) Near(s->d->price[b], price[b], 1e-4);
  CheckPart(s, PRICE_ENERGY, even, 1e-4);
  CheckPart(s, PRICE_CONGESTION, parts, 1e-4);
  CheckPart(s, PRICE_LOSS, zero, 0);
  CheckPart(s, PRICE_VOLTAGE, zero, 0);
  CheckIdentities(s, s->p, weight);
  Near(s->p->surplus[PRICE_CONGESTION], 150000, 1);
  Near(s->p->limit_rent[0], 150000, 1);
  for (int k = 0; k < PRICE_PARTS; k++)
    if (k != PRICE_CONGESTION) Near(s->p->surplus[k], 0, 1e-6);
  assert_true(s->p->residual < 1e-6);
  Free(s);
}

/* Of a megawatt from bus 1 to bus 3 two thirds take the full line, of one from bus 2 to bus 3 one third. So a
   megawatt more of rating lets bus 1 give three halves more and bus 3 as much less: (32 - 12) x 3/2 = 30. */
static void a_triangle_with_one_full_line_has_prices_12_22_32(void **state)
{
  const Physics physics[2] = {PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER};

  (void)state;
  for (int k = 0; k < 2; k++) {
    Network net           = Triangle();
    net->branch.rate_a[2] = 5000;
    Priced s              = Solve(net, physics[k], -1);
    Near(s.d->branch_mu_from[2], 30, 1e-3);
    CheckTriangle(&s);
  }
}

/* 5,000 MW over 0.01 per unit on 100 MVA are half a radian: the same prices, whichever way the branch is drawn. */
static void an_angle_limit_is_congestion_in_either_direction(void **state)
{
  (void)state;
  for (int reversed = 0; reversed < 2; reversed++) {
    Network net = Triangle();
    if (reversed) net->branch.from[2] = 2, net->branch.to[2] = 0;
    if (reversed)
      net->branch.angle_min_rad[2] = -0.5;
    else
      net->branch.angle_max_rad[2] = 0.5;
    Priced s = Solve(net, PHYSICS_DC_REACTANCE, -1);
    Near(s.d->branch_mu_angle[2], reversed ? -300000 : 300000, 10);
    CheckTriangle(&s);
  }
}

/* A bus as reference: its price is the energy part of all. */
static void the_reference_can_be_a_bus(void **state)
{
  Network         net       = Triangle();
  const PetscReal energy[3] = {22, 22, 22}, congestion[3] = {-10, 0, 10};

  (void)state;
  net->branch.rate_a[2] = 5000;
  Priced s              = Solve(net, PHYSICS_DC_REACTANCE, 1);
  CheckPart(&s, PRICE_ENERGY, energy, 1e-4);
  CheckPart(&s, PRICE_CONGESTION, congestion, 1e-4);
  Near(s.p->part[PRICE_CONGESTION][1], 0, 1e-12);
  Near(s.p->surplus[PRICE_CONGESTION], 150000, 1);
  Free(&s);
}

/* Losses of a line with series r + jx that feeds P + jQ from a voltage v1, per unit: v2^2 is the larger root of
   u^2 + u (2 (r P + x Q) - v1^2) + (r^2 + x^2)(P^2 + Q^2) = 0. */
static PetscReal LineLoss(PetscReal r, PetscReal x, PetscReal v1, PetscReal p, PetscReal q)
{
  const PetscReal half = r * p + x * q - v1 * v1 / 2;
  const PetscReal u    = -half + sqrt(half * half - (r * r + x * x) * (p * p + q * q));
  return r * (p * p + q * q) / u;
}

/* On a single line r |I|^2 and x |I|^2 go together: with reactive injections held at both ends the losses cannot
   change. So the loss part is zero, and what losses add to the price comes through the voltage limit that binds at
   the source. */
static void two_buses_have_the_marginal_loss_of_the_line(void **state)
{
  const PetscReal r = 0.02, x = 0.1, p = 0.8, q = 0.3, step = 1e-5, cost = 25;
  const PetscReal slope = (LineLoss(r, x, 1.05, p + step, q) - LineLoss(r, x, 1.05, p - step, q)) / (2 * step);
  Network         net   = NewNetwork(2, 0);

  (void)state;
  AddGenerator(net, 0, 300, cost);
  AddLoad(net, 1, 100 * p, NULL);
  net->load.q_mvar[0] = 100 * q;
  AddBranch(net, 0, 1, r, x, PETSC_INFINITY);
  net->bus.vm_max_pu[0] = 1.05;
  net->bus.vm_min_pu[1] = 0.5;
  Priced s              = Solve(net, PHYSICS_AC, 0);
  Near(s.d->vm_pu[0], 1.05, 1e-6);
  Near(s.d->price[1], cost * (1 + slope), 1e-5);
  Near(s.p->part[PRICE_ENERGY][1], cost, 1e-5);
  Near(s.p->part[PRICE_LOSS][1], 0, 1e-5);
  Near(s.p->part[PRICE_CONGESTION][1], 0, 1e-5);
  Near(s.p->part[PRICE_VOLTAGE][1], cost * slope, 1e-5);
  assert_true(cost * slope > 0.5);
  Free(&s);
}

/* DC with losses: 100 MW are wanted at the far end of r = 0.01, x = 0.1. One radian more carries b - g d more out at the far end and
   takes b + g d more in at the near one: prices have this ratio. */
static void quadratic_losses_have_a_loss_part(void **state)
{
  const PetscReal r = 0.01, x = 0.1, z2 = r * r + x * x, b = x / z2, g = r / z2, cost = 25;
  const PetscReal d   = (b - sqrt(b * b - 2 * g)) / g; /* b d - g d^2 / 2 = 1 */
  Network         net = NewNetwork(2, 0);

  (void)state;
  AddGenerator(net, 0, 300, cost);
  AddLoad(net, 1, 100, NULL);
  AddBranch(net, 0, 1, r, x, PETSC_INFINITY);
  Priced s = Solve(net, PHYSICS_DC_LOSSES, 0);
  Near(s.p->part[PRICE_LOSS][1], cost * ((b + g * d) / (b - g * d) - 1), 1e-6);
  Near(s.p->part[PRICE_CONGESTION][1], 0, 1e-6);
  Near(s.p->part[PRICE_VOLTAGE][1], 0, 0);
  assert_true(s.p->part[PRICE_LOSS][1] > 0.4);
  Free(&s);
}

/* A feeder of four buses with charging, a shunt, a cheap source at its head and dear ones down the line. */
static Network Feeder(PetscReal rate_mva)
{
  Network net = NewNetwork(4, 0);

  AddGenerator(net, 0, 300, 20);
  AddGenerator(net, 2, 60, 45);
  AddGenerator(net, 3, 60, 60);
  for (PetscInt b = 1; b < 4; b++) {
    AddLoad(net, b, 20 + 10 * (PetscReal)b, NULL);
    net->load.q_mvar[b - 1] = 8;
    const PetscInt k        = AddBranch(net, b - 1, b, 0.02, 0.06, b == 2 ? rate_mva : PETSC_INFINITY);
    net->branch.b_from[k] = net->branch.b_to[k] = 0.02;
  }
  OK(NetworkResizeShunts(net, 1));
  OK(NetworkSetString(&net->shunt.name[0], "shunt"));
  net->shunt.bus[0]    = 3;
  net->shunt.g_mw[0]   = 1;
  net->shunt.b_mvar[0] = 5;
  return net;
}

/* Net power that the grid takes at each bus by the evaluation's flows: [2 n], per unit, active then reactive. */
static void Injections(Network net, Dispatch d, PetscReal *s)
{
  const PetscInt n = net->bus.n;

  OK(DispatchComputeFlows(net, d, PHYSICS_AC));
  for (PetscInt i = 0; i < 2 * n; i++) s[i] = 0;
  for (PetscInt k = 0; k < net->branch.n; k++) {
    s[net->branch.from[k]] += d->branch_p_from[k] / net->base_mva;
    s[net->branch.to[k]] += d->branch_p_to[k] / net->base_mva;
    s[n + net->branch.from[k]] += d->branch_q_from[k] / net->base_mva;
    s[n + net->branch.to[k]] += d->branch_q_to[k] / net->base_mva;
  }
  for (PetscInt k = 0; k < net->shunt.n; k++) {
    const PetscInt  b = net->shunt.bus[k];
    const PetscReal v = d->vm_pu[b];
    s[b] += v * v * net->shunt.g_mw[k] / net->base_mva;
    s[n + b] -= v * v * net->shunt.b_mvar[k] / net->base_mva;
  }
}

enum { SMALL = 16 };

/* Solves a dense system by elimination with pivoting; right becomes the solution. */
static void Eliminate(int n, PetscReal a[SMALL][SMALL], PetscReal *right)
{
  for (int c = 0; c < n; c++) {
    int pivot = c;
    for (int i = c + 1; i < n; i++)
      if (fabs(a[i][c]) > fabs(a[pivot][c])) pivot = i;
    for (int j = 0; j < n; j++) {
      const PetscReal keep = a[c][j];
      a[c][j]              = a[pivot][j];
      a[pivot][j]          = keep;
    }
    const PetscReal keep = right[c];
    right[c]             = right[pivot];
    right[pivot]         = keep;
    for (int i = 0; i < n; i++) {
      const PetscReal f = i == c ? 0 : a[i][c] / a[c][c];
      for (int j = c; j < n && f != 0; j++) a[i][j] -= f * a[c][j];
      right[i] -= f * right[c];
    }
  }
  for (int c = 0; c < n; c++) right[c] /= a[c][c];
}

/* Moves the dispatch to where the grid takes `target` [2 n] at all buses but the active power at bus 0, whose angle
   stays: Newton's method with differences for derivatives. */
static void MoveTo(Network net, Dispatch d, const PetscReal *target)
{
  const int       n = (int)net->bus.n, m = 2 * n - 1;
  const PetscReal h = 1e-6;
  PetscReal       at[SMALL], up[SMALL], down[SMALL], a[SMALL][SMALL], step[SMALL];

  for (int iteration = 0; iteration < 8; iteration++) {
    Injections(net, d, at);
    for (int i = 1; i <= m; i++) step[i - 1] = target[i] - at[i];
    for (int j = 1; j <= m; j++) {
      PetscReal *x = j < n ? &d->va_rad[j] : &d->vm_pu[j - n], keep = *x;
      *x = keep + h;
      Injections(net, d, up);
      *x = keep - h;
      Injections(net, d, down);
      *x = keep;
      for (int i = 1; i <= m; i++) a[i - 1][j - 1] = (up[i] - down[i]) / (2 * h);
    }
    Eliminate(m, a, step);
    for (int j = 1; j <= m; j++) *(j < n ? &d->va_rad[j] : &d->vm_pu[j - n]) += step[j - 1];
  }
  Injections(net, d, at);
  for (int i = 1; i <= m; i++) Near(at[i], target[i], 1e-12);
}

/* What one more megawatt fed in at a bus and taken at bus 0 does, reactive injections held: to the power that bus 0
   must give, to the apparent power of each branch end and to each voltage. */
typedef struct {
  PetscReal source, flow[2 * SMALL], voltage[SMALL];
} Response;

static Response Respond(Network net, Dispatch d, PetscInt bus)
{
  const PetscReal h = 1e-4;
  PetscReal       target[SMALL], after[SMALL];
  Response        r = {0};
  Dispatch        moved;

  OK(DispatchCreate(net, 1, -1, &moved));
  for (int side = -1; side <= 1; side += 2) {
    const PetscReal w = side / (2 * h);
    OK(DispatchCopy(d, moved));
    Injections(net, moved, target);
    target[bus] += side * h;
    MoveTo(net, moved, target);
    Injections(net, moved, after);
    r.source += w * after[0];
    for (PetscInt k = 0; k < net->branch.n; k++) {
      r.flow[2 * k] += w * hypot(moved->branch_p_from[k], moved->branch_q_from[k]) / net->base_mva;
      r.flow[2 * k + 1] += w * hypot(moved->branch_p_to[k], moved->branch_q_to[k]) / net->base_mva;
    }
    for (PetscInt b = 0; b < net->bus.n; b++) r.voltage[b] += w * moved->vm_pu[b];
  }
  OK(DispatchDestroy(&moved));
  return r;
}

/* Every part by its meaning: energy x (1 + change of the source) is the loss part with bus 0 as reference; minus
   shadow price times change of a flow or voltage the others. */
static void CheckResponses(const Priced *s)
{
  for (PetscInt b = 1; b < s->net->bus.n; b++) {
    const Response r          = Respond(s->net, s->d, b);
    PetscReal      congestion = 0, voltage = 0;
    for (PetscInt k = 0; k < s->net->branch.n; k++)
      congestion -= s->d->branch_mu_from[k] * r.flow[2 * k] + s->d->branch_mu_to[k] * r.flow[2 * k + 1];
    for (PetscInt j = 0; j < s->net->bus.n; j++) voltage -= s->d->vm_mu[j] / s->net->base_mva * r.voltage[j];
    Near(s->p->part[PRICE_LOSS][b], s->p->part[PRICE_ENERGY][b] * (-r.source - 1), 1e-5);
    Near(s->p->part[PRICE_CONGESTION][b], congestion, 1e-4);
    Near(s->p->part[PRICE_VOLTAGE][b], voltage, 1e-4);
  }
}

static void parts_are_what_losses_flows_and_voltages_answer(void **state)
{
  const PetscReal weight[4] = {1, 0, 0, 0};
  Network         net       = Feeder(40);

  (void)state;
  net->bus.vm_max_pu[0] = 1.02;
  Priced s              = Solve(net, PHYSICS_AC, 0);
  Near(hypot(s.d->branch_p_from[1], s.d->branch_q_from[1]), 40, 1e-3);
  CheckIdentities(&s, s.p, weight);
  CheckResponses(&s);
  assert_true(fabs(s.p->part[PRICE_LOSS][3]) > 0.1);
  assert_true(fabs(s.p->part[PRICE_CONGESTION][3]) > 5);
  assert_true(fabs(s.p->part[PRICE_VOLTAGE][3]) > 0.1);
  assert_true(s.p->residual < 1e-6);
  Free(&s);
}

/* Shunt conductance makes high voltages dear, so that wide limits do not bind. */
static void without_binding_limits_prices_are_energy_and_losses(void **state)
{
  Network         net     = Feeder(PETSC_INFINITY);
  const PetscReal zero[4] = {0, 0, 0, 0};

  (void)state;
  net->shunt.g_mw[0] = 3;
  for (PetscInt b = 0; b < 4; b++) net->bus.vm_min_pu[b] = 0.5, net->bus.vm_max_pu[b] = 2;
  Priced s = Solve(net, PHYSICS_AC, -1);
  for (PetscInt b = 0; b < 4; b++) assert_true(s.d->vm_pu[b] > 0.6 && s.d->vm_pu[b] < 1.9);
  CheckPart(&s, PRICE_CONGESTION, zero, 1e-6);
  CheckPart(&s, PRICE_VOLTAGE, zero, 1e-6);
  assert_true(s.p->part[PRICE_LOSS][3] - s.p->part[PRICE_LOSS][0] > 0.5);
  CheckIdentities(&s, s.p, NULL);
  Free(&s);
}

/* A magnitude that its limits leave no choice has no multiplier of its own; neither has the angle of a second
   reference. */
static void what_the_model_holds_is_priced_too(void **state)
{
  Network net = Feeder(40);

  (void)state;
  net->bus.vm_min_pu[2] = net->bus.vm_max_pu[2] = 1.0;
  Priced s                                      = Solve(net, PHYSICS_AC, 0);
  assert_true(fabs(s.p->part[PRICE_VOLTAGE][3]) > 0.1);
  assert_true(s.p->residual < 1e-6);
  Free(&s);
  net              = Feeder(PETSC_INFINITY);
  net->bus.type[3] = BUS_REF;
  s                = Solve(net, PHYSICS_AC, 0);
  assert_true(fabs(s.p->part[PRICE_CONGESTION][3]) > 5);
  assert_true(s.p->residual < 1e-6);
  Free(&s);
}

/* Two islands of two buses and a bus of heat, joined by links: prices differ by the link's loss, each island has
   its reference. */
static void links_join_islands_with_references_of_their_own(void **state)
{
  Network         net       = NewNetwork(6, 0);
  const PetscReal energy[6] = {20, 20, 25, 25, 25, 0};
  const PetscInt  island[6] = {0, 0, 1, 1, 2, -1};

  (void)state;
  AddGenerator(net, 0, 500, 20);
  AddLoad(net, 1, 50, NULL);
  AddLoad(net, 3, 50, NULL);
  AddLoad(net, 4, 10, NULL);
  AddBranch(net, 0, 1, 0, 0.1, PETSC_INFINITY);
  AddBranch(net, 2, 3, 0, 0.1, PETSC_INFINITY);
  AddLink(net, 1, 2, 200, 0, 0.2);
  AddLink(net, 2, 4, 200, 0, 0);
  net->bus.type[2] = net->bus.type[4] = BUS_REF;
  net->bus.type[5]                    = BUS_ISOLATED;
  OK(NetworkSetString(&net->bus.carrier[4], "heat"));
  Priced s = Solve(net, PHYSICS_DC_REACTANCE, -1);
  assert_int_equal(s.p->n_islands, 3);
  for (PetscInt b = 0; b < 6; b++) assert_int_equal(s.p->island[b], island[b]);
  CheckPart(&s, PRICE_ENERGY, energy, 1e-4);
  for (PetscInt b = 0; b < 6; b++) Near(s.p->part[PRICE_CONGESTION][b], 0, 1e-6);
  for (PetscInt b = 4; b < 6; b++)
    for (int k = PRICE_LOSS; k < PRICE_PARTS; k++) Near(s.p->part[k][b], 0, 0);
  Near(s.p->part[PRICE_ENERGY][4], s.d->price[4], 1e-12);
  CheckIdentities(&s, s.p, NULL);
  Free(&s);
}

/* Without demand every bus of an island counts alike. */
static void an_island_without_demand_has_equal_weights(void **state)
{
  Network         net       = NewNetwork(3, 0);
  const PetscReal weight[3] = {0.5, 0.5, 0};

  (void)state;
  AddGenerator(net, 0, 500, 20);
  AddLoad(net, 2, 50, NULL);
  AddBranch(net, 0, 1, 0.01, 0.1, PETSC_INFINITY);
  AddLink(net, 1, 2, 200, 0, 0);
  net->bus.type[2] = BUS_REF;
  OK(NetworkResizeShunts(net, 1));
  OK(NetworkSetString(&net->shunt.name[0], "shunt"));
  net->shunt.bus[0]          = 2;
  net->link.q_to_min_mvar[0] = -50;
  net->link.q_to_max_mvar[0] = 50;
  Priced s                   = Solve(net, PHYSICS_AC, -1);
  for (int k = PRICE_LOSS; k < PRICE_PARTS; k++)
    Near(weight[0] * s.p->part[k][0] + weight[1] * s.p->part[k][1], 0, 1e-9);
  Near(s.p->part[PRICE_ENERGY][0], 0.5 * (s.d->price[0] + s.d->price[1]), 1e-9);
  Near(s.p->part[PRICE_ENERGY][2], s.d->price[2], 1e-12);
  Free(&s);
}

/* What all assets pay more than they receive, summed from the dispatch alone, currency in the hour. */
static PetscReal PaidByAssets(const Priced *s, PetscInt t)
{
  Network          net   = s->net;
  Dispatch         d     = s->d;
  const PetscReal *price = d->price + t * d->n_bus;
  PetscReal        sum   = 0;

  for (PetscInt k = 0; k < net->generator.n; k++)
    sum -= price[net->generator.bus[k]] * d->generator_p[t * d->n_generator + k];
  for (PetscInt k = 0; k < net->load.n; k++) sum += price[net->load.bus[k]] * d->load_p[t * d->n_load + k];
  for (PetscInt k = 0; k < net->storage.n; k++)
    sum += price[net->storage.bus[k]] *
           (d->storage_charge[t * d->n_storage + k] - d->storage_discharge[t * d->n_storage + k]);
  for (PetscInt k = 0; k < net->link.n; k++)
    sum += price[net->link.from[k]] * d->link_p_from[t * d->n_link + k] -
           price[net->link.to[k]] * d->link_p_to[t * d->n_link + k];
  return sum * d->step_hours;
}

static void the_four_sums_are_what_assets_pay_over_a_day(void **state)
{
  Priced s = Solve(ReadCase(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands")), PHYSICS_AC, -1);

  (void)state;
  assert_int_equal(s.p->hours, 24);
  CheckIdentities(&s, s.p, NULL);
  assert_true(s.p->residual < 1e-5);
  for (PetscInt t = 0; t < 24; t++) {
    PetscReal sum = 0;
    for (int k = 0; k < PRICE_PARTS; k++) sum += s.p->surplus[t * PRICE_PARTS + k];
    Near(sum, PaidByAssets(&s, t), 1e-5 * s.result.objective);
  }
  Free(&s);
}

/* Voltages of zero leave nothing to be differentiated: said, not hidden. */
static void a_singular_jacobian_gives_no_parts(void **state)
{
  Network  net = Feeder(40);
  Dispatch d;
  Prices   p;

  (void)state;
  OK(DispatchCreate(net, 1, -1, &d));
  for (PetscInt b = 0; b < 4; b++) d->price[b] = 30;
  OK(PricesDecompose(net, d, PHYSICS_AC, NULL, &p));
  assert_true(isinf(p->residual));
  for (PetscInt b = 0; b < 4; b++) {
    Near(p->part[PRICE_ENERGY][b], 30, 1e-12);
    for (int k = PRICE_LOSS; k < PRICE_PARTS; k++) assert_true(isnan(p->part[k][b]));
  }
  OK(PricesDestroy(&p));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static Priced SolvePublished(const char *name, Physics physics)
{
  const char *path = SharedData(name);

  if (!path) skip();
  return Solve(ReadCase(PETSC_COMM_SELF, path), physics, -1);
}

static PetscReal Largest(const Prices p, PricePart part)
{
  PetscReal largest = 0;
  for (PetscInt b = 0; b < p->n_bus; b++) largest = PetscMax(largest, fabs(p->part[part][b]));
  return largest;
}

/* Four parts sum to the price with any reference, three do not; parts by the definition alone already do. */
static void published_ac_prices_are_four_parts_with_any_reference(void **state)
{
  const char *const name[3] = {"pglib/pglib_opf_case30_ieee.m", "pglib/pglib_opf_case118_ieee.m",
                               "pglib/pglib_opf_case300_ieee.m"};

  (void)state;
  for (int k = 0; k < 3; k++) {
    Priced s = SolvePublished(name[k], PHYSICS_AC);
    CheckIdentities(&s, s.p, NULL);
    assert_true(s.p->residual < 1e-6);
    assert_true(Largest(s.p, PRICE_VOLTAGE) > 1);
    for (PetscInt reference = 0; reference < s.net->bus.n; reference += s.net->bus.n / 3) {
      Prices p = Decompose(&s, reference);
      CheckIdentities(&s, p, NULL);
      for (int part = PRICE_LOSS; part < PRICE_PARTS; part++) Near(p->part[part][reference], 0, 1e-9);
      Near(p->part[PRICE_ENERGY][0], s.d->price[reference], 1e-9);
      assert_true(p->residual < 1e-6);
      OK(PricesDestroy(&p));
    }
    Free(&s);
  }
}

/* No rating of the 14 buses binds: congestion is nothing, voltage is not. */
static void published_prices_without_binding_ratings_have_no_congestion(void **state)
{
  Priced s;

  (void)state;
  s = SolvePublished("pglib/pglib_opf_case14_ieee.m", PHYSICS_AC);
  assert_true(Largest(s.p, PRICE_CONGESTION) < 1e-6);
  assert_true(Largest(s.p, PRICE_VOLTAGE) > 0.1);
  Free(&s);
}

/* By ADMM limits at borders stand in several regions: shadow prices are sums over them. What is left is as exact as the
   coordination. */
static void prices_by_admm_are_their_parts_as_far_as_regions_agree(void **state)
{
  const char *path = SharedData("pglib/pglib_opf_case118_ieee__sad.m");
  const char *cut  = SharedData("partitions/118_ieee-4.csv");
  Partition   partition;
  Priced      s = {0};

  (void)state;
  if (!path || !cut) skip();
  s.net            = ReadCase(PETSC_COMM_SELF, path);
  partition        = ReadPartition(PETSC_COMM_SELF, s.net, cut);
  s.options        = DcOptions(s.net);
  s.options.method = METHOD_ADMM, s.options.physics = PHYSICS_AC;
  OK(OpfSolve(PETSC_COMM_SELF, s.net, partition, &s.options, &s.d, &s.result));
  assert_string_equal(SolveStatusName(s.result.status), "optimal");
  s.p = Decompose(&s, -1);
  CheckIdentities(&s, s.p, NULL);
  assert_true(Largest(s.p, PRICE_VOLTAGE) > 10 && Largest(s.p, PRICE_CONGESTION) > 10);
  assert_true(s.p->residual < 0.01);
  OK(PartitionDestroy(&partition));
  Free(&s);
}

/* With quadratic losses and congestion three parts are there; they miss the prices by the solver's tolerance alone. */
static void published_prices_with_quadratic_losses_have_no_voltage_part(void **state)
{
  Priced s;

  (void)state;
  s = SolvePublished("pglib/pglib_opf_case118_ieee.m", PHYSICS_DC_LOSSES);
  CheckIdentities(&s, s.p, NULL);
  assert_true(s.p->residual < 1e-6);
  assert_true(Largest(s.p, PRICE_LOSS) > 0.5 && Largest(s.p, PRICE_CONGESTION) > 0.5);
  Near(Largest(s.p, PRICE_VOLTAGE), 0, 0);
  Free(&s);
}

static void the_surplus_of_published_dc_cases_is_the_rent_of_their_limits(void **state)
{
  const char *const name[4] = {"pglib/pglib_opf_case5_pjm.m", "pglib/pglib_opf_case118_ieee.m",
                               "pglib/pglib_opf_case300_ieee.m", "pglib/pglib_opf_case24_ieee_rts__sad.m"};

  (void)state;
  for (int k = 0; k < 4; k++) {
    Priced s = SolvePublished(name[k], PHYSICS_DC_REACTANCE);
    Near(s.p->surplus[PRICE_CONGESTION], s.p->limit_rent[0], 1e-7 * s.result.objective);
    assert_true(s.p->limit_rent[0] > 100);
    Near(Largest(s.p, PRICE_LOSS), 0, 0);
    Near(Largest(s.p, PRICE_VOLTAGE), 0, 0);
    CheckIdentities(&s, s.p, NULL);
    assert_true(s.p->residual < 1e-6);
    Free(&s);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_triangle_with_one_full_line_has_prices_12_22_32),
      cmocka_unit_test(an_angle_limit_is_congestion_in_either_direction),
      cmocka_unit_test(the_reference_can_be_a_bus),
      cmocka_unit_test(two_buses_have_the_marginal_loss_of_the_line),
      cmocka_unit_test(quadratic_losses_have_a_loss_part),
      cmocka_unit_test(parts_are_what_losses_flows_and_voltages_answer),
      cmocka_unit_test(without_binding_limits_prices_are_energy_and_losses),
      cmocka_unit_test(what_the_model_holds_is_priced_too),
      cmocka_unit_test(links_join_islands_with_references_of_their_own),
      cmocka_unit_test(an_island_without_demand_has_equal_weights),
      cmocka_unit_test(the_four_sums_are_what_assets_pay_over_a_day),
      cmocka_unit_test(a_singular_jacobian_gives_no_parts),
      cmocka_unit_test(published_ac_prices_are_four_parts_with_any_reference),
      cmocka_unit_test(published_prices_without_binding_ratings_have_no_congestion),
      cmocka_unit_test(prices_by_admm_are_their_parts_as_far_as_regions_agree),
      cmocka_unit_test(published_prices_with_quadratic_losses_have_no_voltage_part),
      cmocka_unit_test(the_surplus_of_published_dc_cases_is_the_rent_of_their_limits),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
