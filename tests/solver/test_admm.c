/* Regions coordinated by ADMM: the central optimum, the same bytes on 1, 2, 3 and 4 ranks, and honest ends. Meant for four ranks,
   of which the first 1, 2, 3 and 4 solve in turn; runs on fewer. Every rank asserts the same facts, so that none waits for
   another that failed. */
#include "inputs/study.h"

#include "tests/solver/opf_support.h"

#define ADMM_TOLERANCE 1e-4 /* of mismatch and objective that the coordination promises */

static MPI_Comm world;

/* FNV-1a over bytes. */
static uint64_t Hash(uint64_t hash, const void *data, size_t size)
{
  const unsigned char *byte = (const unsigned char *)data;
  for (size_t k = 0; k < size; k++) hash = (hash ^ byte[k]) * 1099511628211u;
  return hash;
}

static uint64_t HashArray(uint64_t hash, Dispatch d, const PetscReal *array, PetscInt width)
{
  return Hash(hash, array, (size_t)(d->hours * width) * sizeof(PetscReal));
}

/* Of every number in a dispatch, and of what the result says about the way there. */
static uint64_t HashDispatch(Dispatch d, const OpfResult *result)
{
  const PetscReal *bus[]     = {d->vm_pu, d->va_rad,     d->price,     d->price_q,
                                d->vm_mu, d->shortage_p, d->surplus_p, d->shortage_q};
  const PetscReal *branch[]  = {d->branch_p_from,  d->branch_q_from, d->branch_p_to,    d->branch_q_to,
                                d->branch_mu_from, d->branch_mu_to,  d->branch_mu_angle};
  const PetscReal *storage[] = {d->storage_charge, d->storage_discharge, d->storage_q, d->storage_energy};
  const PetscReal *link[]    = {d->link_p_from, d->link_p_to, d->link_q_from, d->link_q_to};
  uint64_t         hash      = 14695981039346656037u;

  hash = Hash(hash, &d->objective, sizeof d->objective);
  hash = Hash(hash, &result->iterations, sizeof result->iterations);
  hash = Hash(hash, &result->local_iterations, sizeof result->local_iterations);
  for (size_t k = 0; k < sizeof bus / sizeof bus[0]; k++) hash = HashArray(hash, d, bus[k], d->n_bus);
  for (size_t k = 0; k < sizeof branch / sizeof branch[0]; k++) hash = HashArray(hash, d, branch[k], d->n_branch);
  for (size_t k = 0; k < sizeof storage / sizeof storage[0]; k++) hash = HashArray(hash, d, storage[k], d->n_storage);
  for (size_t k = 0; k < sizeof link / sizeof link[0]; k++) hash = HashArray(hash, d, link[k], d->n_link);
  hash = HashArray(HashArray(hash, d, d->generator_p, d->n_generator), d, d->generator_q, d->n_generator);
  return HashArray(HashArray(hash, d, d->load_p, d->n_load), d, d->load_q, d->n_load);
}

/* What one solve ended with, known to every rank. */
typedef struct {
  SolveStatus status;
  PetscReal   objective, mismatch, violation, seconds, shortage_mwh;
  PetscInt    iterations, n_shortages, short_region; /* region of all shortages, -1: several or none */
  uint64_t    hash;
  char        worst[160];
} Outcome;

static Outcome Summarise(Network net, Dispatch d, const OpfOptions *options, const OpfResult *result)
{
  Outcome    o = {.status       = result->status,
                  .objective    = result->objective,
                  .seconds      = result->solve_seconds,
                  .shortage_mwh = result->shortage_mwh,
                  .iterations   = result->iterations,
                  .n_shortages  = result->n_shortages,
                  .short_region = result->n_shortages ? result->shortage[0].region : -1,
                  .hash         = HashDispatch(d, result)};
  Evaluation evaluation;

  for (PetscInt k = 1; k < result->n_shortages; k++)
    if (result->shortage[k].region != o.short_region) o.short_region = -1;
  OK(DispatchEvaluate(net, d, options->physics, options->initial_energy, &evaluation));
  o.mismatch  = evaluation.max_mismatch_pu;
  o.violation = evaluation.max_violation_pu;
  (void)snprintf(o.worst, sizeof o.worst, "%s", evaluation.worst);
  return o;
}

/* The first `ranks` ranks solve; the first one's outcome goes to all. `same` tells whether all that solved hold the same bytes. */
static Outcome SolveOn(int ranks, Network net, const char *regions, const OpfOptions *options, PetscBool *same)
{
  Outcome     o = {.hash = 0};
  PetscMPIInt rank;
  MPI_Comm    comm;
  uint64_t    first;
  int         equal = 1;

  MPI_Comm_rank(world, &rank);
  MPI_Comm_split(world, rank < ranks ? 0 : MPI_UNDEFINED, rank, &comm);
  if (comm != MPI_COMM_NULL) {
    Partition partition = ReadPartition(comm, net, regions);
    Dispatch  d;
    OpfResult result;
    OK(OpfSolve(comm, net, partition, options, &d, &result));
    o = Summarise(net, d, options, &result);
    OK(OpfResultDestroy(&result));
    OK(DispatchDestroy(&d));
    OK(PartitionDestroy(&partition));
    MPI_Comm_free(&comm);
  }
  first = o.hash;
  MPI_Bcast(&first, sizeof first, MPI_BYTE, 0, world);
  if (rank < ranks) equal = o.hash == first;
  MPI_Allreduce(MPI_IN_PLACE, &equal, 1, MPI_INT, MPI_MIN, world);
  *same = (PetscBool)(equal != 0);
  MPI_Bcast(&o, sizeof o, MPI_BYTE, 0, world);
  return o;
}

/* Solves on each number of ranks there is and demands one and the same dispatch. */
static Outcome SolveOnAll(Network net, const char *regions, const OpfOptions *options)
{
  Outcome     one;
  PetscBool   same;
  PetscMPIInt size, rank;

  MPI_Comm_size(world, &size);
  MPI_Comm_rank(world, &rank);
  one = SolveOn(1, net, regions, options, &same);
  for (int ranks = 2; ranks <= size; ranks++) {
    const Outcome many = SolveOn(ranks, net, regions, options, &same);
    assert_true(same);
    if (many.hash != one.hash)
      fail_msg("on %d ranks another dispatch: %.17g, %.17g", ranks, many.objective, one.objective);
  }
  if (rank == 0)
    printf("%s by %s: %s, %.8g after %d iterations in %.1f s, mismatch %.1e, violation %.1e\n", net->name, regions,
           SolveStatusName(one.status), one.objective, (int)one.iterations, one.seconds, one.mismatch, one.violation);
  return one;
}

static OpfOptions AdmmOptions(Physics physics)
{
  OpfOptions options;
  OpfDefaultOptions(&options);
  options.method  = METHOD_ADMM;
  options.physics = physics;
  return options;
}

static Outcome Central(Network net, const OpfOptions *regional)
{
  OpfOptions options = *regional;
  PetscBool  same;
  Outcome    o;
  options.method = METHOD_INTERIOR_POINT;
  o              = SolveOn(1, net, "1", &options, &same);
  assert_string_equal(SolveStatusName(o.status), "optimal");
  return o;
}

/* The regions' agreement against the central interior point, on every number of ranks. */
static void CheckAgreement(Network net, const char *regions, const OpfOptions *options)
{
  const Outcome central = Central(net, options), o = SolveOnAll(net, regions, options);

  assert_string_equal(SolveStatusName(o.status), "optimal");
  Near(o.objective, central.objective, 1e-4 * fabs(central.objective));
  assert_true(o.mismatch < ADMM_TOLERANCE);
  if (o.violation >= ADMM_TOLERANCE) fail_msg("%s by %g", o.worst, o.violation);
}

static void CheckCase(const char *relative, Physics physics, const char *regions)
{
  const char      *path    = SharedData(relative);
  const OpfOptions options = AdmmOptions(physics);
  Network          net;

  if (!path) skip();
  net = ReadCase(world, path);
  CheckAgreement(net, regions, &options);
  OK(NetworkDestroy(&net));
}

static void areas_of_39_buses_agree_with_the_central_optimum(void **state)
{
  (void)state;
  CheckCase("pglib/pglib_opf_case39_epri.m", PHYSICS_AC, "area");
}

static void areas_of_73_buses_agree_with_the_central_optimum(void **state)
{
  (void)state;
  CheckCase("pglib/pglib_opf_case73_ieee_rts.m", PHYSICS_AC, "area");
}

static void areas_of_73_buses_agree_in_dc_too(void **state)
{
  (void)state;
  CheckCase("pglib/pglib_opf_case73_ieee_rts.m", PHYSICS_DC_REACTANCE, "area");
}

static void more_ranks_than_regions_and_an_hvdc_tie_do_no_harm(void **state)
{
  const OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));

  (void)state;
  CheckAgreement(net, "area", &options);
  OK(NetworkDestroy(&net));
}

/* The network of a shipped study under a policy. */
static Network StudyNetwork(const char *relative, const char *policy)
{
  Faults  faults;
  Study   study;
  Network net;

  OK(FaultsCreate(&faults));
  OK(StudyRead(world, ShippedFile(relative), policy, faults, &study));
  assert_non_null(study);
  OK(StudyLoadNetwork(world, study, faults, &net));
  assert_non_null(net);
  OK(StudyDestroy(&study));
  OK(FaultsDestroy(&faults));
  return net;
}

static void storage_couples_the_hours_of_a_region(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network    net     = StudyNetwork("inputs/cases/islands/study.yaml", NULL);

  (void)state;
  options.hours          = 6;
  options.first_snapshot = 9;
  CheckAgreement(net, "region", &options);
  OK(NetworkDestroy(&net));
}

static void one_region_is_the_interior_point_to_the_bit(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network    net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  PetscBool  same;

  (void)state;
  const Outcome admm = SolveOnAll(net, "1", &options);
  options.method     = METHOD_INTERIOR_POINT;
  const Outcome ip   = SolveOn(1, net, "1", &options, &same);
  assert_string_equal(SolveStatusName(admm.status), "optimal");
  assert_true(admm.hash == ip.hash);
  OK(NetworkDestroy(&net));
}

/* 320 MW in the second area, of which 160 MW of its own unit and 130 MW over its ties can be served at most. */
static void a_region_loaded_beyond_reach_is_infeasible_and_named(void **state)
{
  const OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  char           **area    = NetworkBusColumn(net, "area");

  (void)state;
  for (PetscInt l = 0; l < net->load.n; l++) {
    if (strcmp(area[net->load.bus[l]], "2") != 0) continue;
    net->load.p_mw[l] *= 2;
    net->load.q_mvar[l] *= 2;
  }
  const Outcome o = SolveOnAll(net, "area", &options);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  assert_true(o.n_shortages > 0);
  assert_true(o.shortage_mwh >= 320 - 160 - 130 && o.shortage_mwh < 100);
  assert_int_equal(o.short_region, 1);
  assert_true(o.mismatch <= 1e-6); /* with the shortages the balance holds */
  OK(NetworkDestroy(&net));
}

/* 5 MW for one hour cannot fill 20 MWh: no shortage of power explains it, and no number of iterations helps. */
static void an_energy_that_no_region_can_reach_is_infeasible(void **state)
{
  const OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  const PetscInt   s       = AddStorage(net, 4, 5, 100);

  (void)state;
  net->storage.e_final_min_mwh[s] = 20;
  const Outcome o                 = SolveOnAll(net, "area", &options);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  OK(NetworkDestroy(&net));
}

/* Each region is feasible by itself, all together are 0.2 MW short: only the coordination can find out. */
static void regions_that_are_short_together_are_infeasible(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_DC_REACTANCE);
  Network    net     = StudyNetwork("inputs/cases/islands/hour.yaml", "grid-closed");

  (void)state;
  options.first_snapshot = 0;
  const Outcome o        = SolveOnAll(net, "region", &options);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  Near(o.shortage_mwh, 0.2, 1e-6);
  OK(NetworkDestroy(&net));
}

static void the_shipped_hour_costs_160_by_regions_too(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_DC_REACTANCE);
  Network    net     = StudyNetwork("inputs/cases/islands/hour.yaml", NULL);

  (void)state;
  options.first_snapshot = 0;
  const Outcome o        = SolveOnAll(net, "region", &options);
  assert_string_equal(SolveStatusName(o.status), "optimal");
  Near(o.objective, 160, 0.016);
  OK(NetworkDestroy(&net));
}

/* An iteration limit is an end like any other and is told as such. */
static void too_few_iterations_are_not_called_optimal(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network    net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));

  (void)state;
  options.max_iterations = 3;
  options.diagnose       = PETSC_FALSE;
  const Outcome o        = SolveOnAll(net, "area", &options);
  assert_string_equal(SolveStatusName(o.status), "iteration-limit");
  assert_int_equal(o.iterations, 3);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(areas_of_39_buses_agree_with_the_central_optimum),
      cmocka_unit_test(areas_of_73_buses_agree_with_the_central_optimum),
      cmocka_unit_test(areas_of_73_buses_agree_in_dc_too),
      cmocka_unit_test(more_ranks_than_regions_and_an_hvdc_tie_do_no_harm),
      cmocka_unit_test(storage_couples_the_hours_of_a_region),
      cmocka_unit_test(one_region_is_the_interior_point_to_the_bit),
      cmocka_unit_test(a_region_loaded_beyond_reach_is_infeasible_and_named),
      cmocka_unit_test(an_energy_that_no_region_can_reach_is_infeasible),
      cmocka_unit_test(regions_that_are_short_together_are_infeasible),
      cmocka_unit_test(the_shipped_hour_costs_160_by_regions_too),
      cmocka_unit_test(too_few_iterations_are_not_called_optimal),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  world  = PETSC_COMM_WORLD;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
