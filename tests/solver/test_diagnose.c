/* What an infeasible problem is told to lack: sums that certify it, shortages by bus, limits that bind or have to give way; at a cost
   of less than three feasible solves. */
#include "solver/max_flow.h"

#include "tests/solver/opf_support.h"

/* The transport problem of a textbook: 1 -(4)- 2 -(5)- 3, 1 -(2)- 3; 10 at node 1, 9 wanted at node 3. 6 get through: 4 over
   node 2 and 2 directly, and node 3 alone lies behind the smallest cut {1-3, 2-3} only if that were less: it is 7, so the cut
   is {1-2, 1-3} and leaves nodes 2 and 3. */
static void a_maximum_flow_finds_the_pocket(void **state)
{
  const PetscReal supply[3] = {10, 0, 0}, demand[3] = {0, 0, 9}, capacity[3] = {4, 5, 2};
  const PetscInt  from[3] = {0, 2, 0}, to[3] = {1, 1, 2};
  PetscReal       flow;
  PetscBool       cut[3];

  (void)state;
  OK(MaxFlow(3, supply, demand, 3, from, to, capacity, &flow, cut));
  Near(flow, 6, 1e-12);
  assert_false(cut[0]);
  assert_true(cut[1]);
  assert_true(cut[2]);
}

static const BindingLimit *FindBinding(const OpfResult *result, const char *text)
{
  for (PetscInt k = 0; k < result->n_binding; k++)
    if (strstr(result->binding[k].text, text)) return &result->binding[k];
  return NULL;
}

static const Certificate *FindCertificate(const OpfResult *result, CertificateKind kind, const char *name)
{
  for (PetscInt k = 0; k < result->n_certificates; k++)
    if (result->certificate[k].kind == kind && !strcmp(result->certificate[k].name, name))
      return &result->certificate[k];
  return NULL;
}

static void Infeasible(Network net, Partition partition, const OpfOptions *options, OpfResult *result)
{
  Dispatch dispatch;

  OK(OpfSolve(PETSC_COMM_SELF, net, partition, options, &dispatch, result));
  assert_string_equal(SolveStatusName(result->status), "infeasible");
  OK(DispatchDestroy(&dispatch));
}

/* 100 MW behind a line of 60 MVA: 40 MW lack at bus 2, in DC to the watt; in AC the certificate says 40 too, and what is received
   without losses and reactive power is 60 MW at most. */
static void a_load_behind_a_rating_lacks_what_exceeds_it(void **state)
{
  (void)state;
  for (int ac = 0; ac < 2; ac++) {
    Network            net = NewNetwork(2, 0);
    OpfOptions         options;
    OpfResult          result;
    const Certificate *c;

    (void)AddGenerator(net, 0, 200, 10);
    (void)AddLoad(net, 1, 100, NULL);
    (void)AddBranch(net, 0, 1, ac ? 0.01 : 0, 0.05, 60);
    options = DcOptions(net);
    if (ac) options.physics = PHYSICS_AC;
    Infeasible(net, NULL, &options, &result);
    c = FindCertificate(&result, CERTIFICATE_SHORTAGE, "bus 2");
    assert_non_null(c);
    Near(c->amount, 40, 1e-9);
    Near(c->needed, 100, 1e-9);
    Near(c->imports, 60, 1e-9);
    assert_int_equal(c->ties, 1);
    assert_int_equal(result.iterations, 0); /* no solve has to fail first */
    assert_int_equal(result.n_shortages, 1);
    assert_int_equal(result.shortage[0].bus, 1);
    assert_true(result.shortage[0].mw >= 40 - 1e-6);
    Near(result.shortage[0].mw, 40, ac ? 1 : 1e-4);
    assert_non_null(FindBinding(&result, "rating of 60 "));
    OK(OpfResultDestroy(&result));
    OK(NetworkDestroy(&net));
  }
}

/* Two equal lines to the load, of which the angle limit lets one carry 50 of 100 MW: b d = 1/0.1 x 0.05 rad = 0.5 per unit. */
static void an_angle_limit_bounds_what_is_imported(void **state)
{
  Network            net = NewNetwork(2, 0);
  OpfOptions         options;
  OpfResult          result;
  const Certificate *c;

  (void)state;
  (void)AddGenerator(net, 0, 200, 10);
  (void)AddLoad(net, 1, 80, NULL);
  (void)AddBranch(net, 0, 1, 0, 0.1, 100);
  net->branch.angle_min_rad[0] = -0.05;
  net->branch.angle_max_rad[0] = 0.05;
  options                      = DcOptions(net);
  Infeasible(net, NULL, &options, &result);
  c = FindCertificate(&result, CERTIFICATE_SHORTAGE, "bus 2");
  assert_non_null(c);
  Near(c->imports, 50, 1e-9);
  Near(result.shortage_mwh, 30, 1e-3);
  assert_non_null(FindBinding(&result, "angle"));
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

/* A third bus shares a 60 MW load's only supply: neither bus 2 nor bus 3 lacks by itself (30 over 40 each), both together do:
   60 over 40. */
static void a_pocket_of_two_buses_is_found(void **state)
{
  Network            net = NewNetwork(3, 0);
  OpfOptions         options;
  OpfResult          result;
  const Certificate *c;

  (void)state;
  (void)AddGenerator(net, 0, 200, 10);
  (void)AddLoad(net, 1, 30, NULL);
  (void)AddLoad(net, 2, 30, NULL);
  (void)AddBranch(net, 0, 1, 0, 0.1, 40);
  (void)AddBranch(net, 1, 2, 0, 0.1, 40);
  options = DcOptions(net);
  Infeasible(net, NULL, &options, &result);
  c = FindCertificate(&result, CERTIFICATE_SHORTAGE, "buses 2 and 3");
  assert_non_null(c);
  Near(c->amount, 20, 1e-9);
  Near(result.shortage_mwh, 20, 1e-3);
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

static void a_must_run_unit_without_takers_is_a_surplus(void **state)
{
  Network            net = NewNetwork(1, 0);
  OpfOptions         options;
  OpfResult          result;
  const Certificate *c;
  const PetscInt     g = AddGenerator(net, 0, 200, 10);

  (void)state;
  net->generator.p_min_mw[g] = 120;
  (void)AddLoad(net, 0, 50, NULL);
  options = DcOptions(net);
  Infeasible(net, NULL, &options, &result);
  c = FindCertificate(&result, CERTIFICATE_SURPLUS, "the network");
  assert_non_null(c);
  Near(c->amount, 70, 1e-9);
  assert_int_equal(result.n_shortages, 1);
  Near(result.shortage[0].mw, -70, 1e-4);
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

/* 50 Mvar are asked for where 20 can be made. */
static void reactive_power_that_nobody_makes_is_certified(void **state)
{
  Network            net = NewNetwork(1, 0);
  OpfOptions         options;
  OpfResult          result;
  const Certificate *c;
  const PetscInt     g = AddGenerator(net, 0, 200, 10), l = AddLoad(net, 0, 50, NULL);

  (void)state;
  net->generator.q_max_mvar[g] = 20;
  net->load.q_mvar[l]          = 50;
  OpfDefaultOptions(&options);
  Infeasible(net, NULL, &options, &result);
  c = FindCertificate(&result, CERTIFICATE_REACTIVE, "the network");
  assert_non_null(c);
  Near(c->amount, 30, 1e-9);
  assert_int_equal(result.n_shortages, 1);
  Near(result.shortage[0].mvar, 30, 1e-3);
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

/* 5 MW for two hours make 10 of the 20 MWh wanted: the final energy has to give way by 10 MWh, nothing is left unserved. */
static void a_final_energy_out_of_reach_has_to_give_way(void **state)
{
  const PetscReal    load[2] = {10, 10};
  Network            net     = NewNetwork(1, 2);
  OpfOptions         options;
  OpfResult          result;
  const Certificate *c;
  PetscInt           s;

  (void)state;
  (void)AddGenerator(net, 0, 100, 10);
  (void)AddLoad(net, 0, 10, load);
  s                               = AddStorage(net, 0, 5, 50);
  net->storage.e_final_min_mwh[s] = 20;
  options                         = DcOptions(net);
  Infeasible(net, NULL, &options, &result);
  c = FindCertificate(&result, CERTIFICATE_FINAL_ENERGY, "storage storage 1");
  assert_non_null(c);
  assert_int_equal(c->hour, 1);
  Near(c->amount, 10, 1e-9);
  Near(c->local, 10, 1e-9);
  assert_int_equal(result.n_shortages, 0);
  assert_int_equal(result.n_excess, 1);
  Near(result.excess[0].amount, 10, 1e-3);
  assert_non_null(strstr(result.excess[0].text, "final energy"));
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

/* Output has to be at least 0, then 50 MW, at a ramp of 20 MW/h from at most 10 MW: 20 MW are missing. */
static void ranges_that_a_ramp_cannot_join_are_named(void **state)
{
  const PetscReal    most[2] = {10, 100}, least[2] = {0, 50}, load[2] = {10, 50};
  Network            net = NewNetwork(1, 2);
  OpfOptions         options;
  OpfResult          result;
  const Certificate *c;
  const PetscInt     g = AddGenerator(net, 0, 100, 10);

  (void)state;
  OK(NetworkAddSeries(net, most, &net->generator.p_max_series[g]));
  OK(NetworkAddSeries(net, least, &net->generator.p_min_series[g]));
  net->generator.ramp_mw_per_h[g] = 20;
  (void)AddLoad(net, 0, 10, load);
  options = DcOptions(net);
  Infeasible(net, NULL, &options, &result);
  c = FindCertificate(&result, CERTIFICATE_RAMP, "generator generator 1");
  assert_non_null(c);
  Near(c->amount, 20, 1e-9);
  Near(c->needed, 50, 1e-9);
  Near(c->local, 30, 1e-9);
  assert_int_equal(result.n_excess, 1);
  assert_non_null(strstr(result.excess[0].text, "ramp"));
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

/* 20 MW short in each of three hours, with 50 MWh stored: each hour can be served, all of them not: 10 MWh lack by the third. */
static void energy_that_storage_does_not_hold_is_certified(void **state)
{
  const PetscReal    load[3] = {120, 120, 120};
  Network            net     = NewNetwork(1, 3);
  OpfOptions         options;
  OpfResult          result;
  const Certificate *c;
  PetscInt           s;

  (void)state;
  (void)AddGenerator(net, 0, 100, 10);
  (void)AddLoad(net, 0, 120, load);
  s                             = AddStorage(net, 0, 30, 50);
  net->storage.e_initial_mwh[s] = 50;
  options                       = DcOptions(net);
  Infeasible(net, NULL, &options, &result);
  c = FindCertificate(&result, CERTIFICATE_ENERGY, "the network");
  assert_non_null(c);
  assert_int_equal(c->hour, 2);
  Near(c->amount, 10, 1e-9);
  Near(result.shortage_mwh, 10, 1e-3);
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

static Network Pglib(const char *name)
{
  char        path[128];
  const char *found;

  (void)snprintf(path, sizeof path, "pglib/pglib_opf_case%s.m", name);
  found = SharedData(path);
  return found ? ReadCase(PETSC_COMM_SELF, found) : NULL;
}

/* Loads of a region (-1: all) times a factor. */
static void Scale(Network net, Partition partition, PetscInt region, PetscReal factor)
{
  for (PetscInt l = 0; l < net->load.n; l++) {
    if (region >= 0 && partition->bus_region[net->load.bus[l]] != region) continue;
    net->load.p_mw[l] *= factor;
    net->load.q_mvar[l] *= factor;
  }
}

static PetscInt FeasibleIterations(Network net)
{
  OpfOptions options;
  OpfResult  result;
  Dispatch   dispatch;
  PetscInt   iterations;

  OpfDefaultOptions(&options);
  dispatch = SolveOptimal(net, &options, &result);
  assert_int_equal(result.n_certificates, 0);
  iterations = result.iterations;
  OK(DispatchDestroy(&dispatch));
  OK(OpfResultDestroy(&result));
  return iterations;
}

/* Generation short of demand: at least that much is short, and the whole costs less than three feasible solves. */
static void loads_beyond_all_generators_are_told_in_three_solves_time(void **state)
{
  const char *const name[] = {"118_ieee", "300_ieee", "73_ieee_rts"};

  (void)state;
  for (int k = 0; k < 3; k++) {
    Network            net = Pglib(name[k]);
    OpfOptions         options;
    OpfResult          result;
    PetscInt           feasible;
    PetscReal          missing = 0;
    const Certificate *c;

    if (!net) skip();
    feasible = FeasibleIterations(net);
    Scale(net, NULL, -1, 1.6);
    OpfDefaultOptions(&options);
    Infeasible(net, NULL, &options, &result);
    c = FindCertificate(&result, CERTIFICATE_SHORTAGE, "the network");
    assert_non_null(c);
    for (PetscInt i = 0; i < result.n_shortages; i++) missing += PetscMax(0, result.shortage[i].mw);
    assert_true(missing >= c->amount - 1e-3); /* losses come on top */
    assert_true(result.n_binding > 0);
    if (result.iterations + result.diagnosis_iterations >= 3 * feasible)
      fail_msg("%s: %d + %d iterations, feasible %d", name[k], (int)result.iterations, (int)result.diagnosis_iterations,
               (int)feasible);
    OK(OpfResultDestroy(&result));
    OK(NetworkDestroy(&net));
  }
}

/* The loads of each region doubled until they cannot be served: the region is named, with certificate or without. */
static void a_region_doubled_until_it_fails_is_told_in_three_solves_time(void **state)
{
  const char *found = SharedData("partitions/118_ieee-4.csv");
  Network     net   = Pglib("118_ieee");
  char        path[1024];
  PetscInt    feasible, failed = 0;

  (void)state;
  if (!found || !net) skip();
  (void)snprintf(path, sizeof path, "%s", found); /* the buffer is used again */
  feasible = FeasibleIterations(net);
  for (PetscInt region = 0; region < 4; region++) {
    Network   loaded    = Pglib("118_ieee");
    Partition partition = ReadPartition(PETSC_COMM_SELF, loaded, path);
    OpfResult result    = {0};

    for (int doublings = 0; doublings < 4 && result.status == SOLVE_OPTIMAL; doublings++) {
      OpfOptions options;
      Dispatch   dispatch;
      OK(OpfResultDestroy(&result));
      Scale(loaded, partition, region, 2);
      OpfDefaultOptions(&options);
      OK(OpfSolve(PETSC_COMM_SELF, loaded, partition, &options, &dispatch, &result));
      OK(DispatchDestroy(&dispatch));
    }
    if (result.status != SOLVE_OPTIMAL) { /* one region has hardly any load */
      PetscReal in_region = 0, elsewhere = 0;
      assert_string_equal(SolveStatusName(result.status), "infeasible");
      for (PetscInt i = 0; i < result.n_shortages; i++)
        *(result.shortage[i].region == region ? &in_region : &elsewhere) += PetscMax(0, result.shortage[i].mw);
      assert_true(in_region > elsewhere);
      assert_true(result.n_binding > 0);
      if (result.iterations + result.diagnosis_iterations >= 3 * feasible)
        fail_msg("region %d: %d + %d iterations, feasible %d", (int)region, (int)result.iterations,
                 (int)result.diagnosis_iterations, (int)feasible);
      failed++;
    }
    OK(OpfResultDestroy(&result));
    OK(PartitionDestroy(&partition));
    OK(NetworkDestroy(&loaded));
  }
  assert_true(failed >= 3);
  OK(NetworkDestroy(&net));
}

/* PGLib's DC column says "inf." for these two and for no other case of up to 1,354 buses in the folder. */
static void published_dc_infeasibility_is_certified(void **state)
{
  const char *const name[] = {"5_pjm__sad", "1354_pegase__sad", "5_pjm", "14_ieee__sad", "118_ieee__sad", "300_ieee"};
  const PetscBool   infeasible[] = {PETSC_TRUE, PETSC_TRUE, PETSC_FALSE, PETSC_FALSE, PETSC_FALSE, PETSC_FALSE};

  (void)state;
  for (int k = 0; k < 6; k++) {
    const CertificateOptions options = {.physics = PHYSICS_DC_REACTANCE, .hours = 1, .first_snapshot = -1};
    Network                  net     = Pglib(name[k]);
    Certificate             *list;
    PetscInt                 n;

    if (!net) skip();
    OK(CertificatesFind(net, NULL, &options, &n, &list));
    if ((n > 0) != infeasible[k]) fail_msg("%s: %d certificates", name[k], (int)n);
    OK(PetscFree(list));
    OK(NetworkDestroy(&net));
  }
}

/* The interior point is told the same as ADMM: certificates come before the method. */
static void both_methods_are_told_the_same(void **state)
{
  const char *path = SharedData("partitions/118_ieee-4.csv");
  Network     net  = Pglib("118_ieee");
  Partition   partition;
  OpfResult   result[2];

  (void)state;
  if (!path || !net) skip();
  partition = ReadPartition(PETSC_COMM_SELF, net, path);
  Scale(net, partition, 0, 4);
  for (int k = 0; k < 2; k++) {
    OpfOptions options;
    OpfDefaultOptions(&options);
    options.method = k ? METHOD_ADMM : METHOD_INTERIOR_POINT;
    Infeasible(net, partition, &options, &result[k]);
    assert_non_null(
        FindCertificate(&result[k], CERTIFICATE_SHORTAGE, "region 2")); /* named 2, first in order of buses */
  }
  assert_int_equal(result[0].n_shortages, result[1].n_shortages);
  for (PetscInt i = 0; i < result[0].n_shortages; i++)
    assert_true(result[0].shortage[i].mw == result[1].shortage[i].mw);
  for (int k = 0; k < 2; k++) OK(OpfResultDestroy(&result[k]));
  OK(PartitionDestroy(&partition));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_maximum_flow_finds_the_pocket),
      cmocka_unit_test(a_load_behind_a_rating_lacks_what_exceeds_it),
      cmocka_unit_test(an_angle_limit_bounds_what_is_imported),
      cmocka_unit_test(a_pocket_of_two_buses_is_found),
      cmocka_unit_test(a_must_run_unit_without_takers_is_a_surplus),
      cmocka_unit_test(reactive_power_that_nobody_makes_is_certified),
      cmocka_unit_test(a_final_energy_out_of_reach_has_to_give_way),
      cmocka_unit_test(ranges_that_a_ramp_cannot_join_are_named),
      cmocka_unit_test(energy_that_storage_does_not_hold_is_certified),
      cmocka_unit_test(loads_beyond_all_generators_are_told_in_three_solves_time),
      cmocka_unit_test(a_region_doubled_until_it_fails_is_told_in_three_solves_time),
      cmocka_unit_test(published_dc_infeasibility_is_certified),
      cmocka_unit_test(both_methods_are_told_the_same),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (PetscFinalize()) return 1;
  return failed;
}
