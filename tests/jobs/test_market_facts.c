/* From a network and its dispatch to the market's facts, on a case whose every number is known. */
#include "jobs/market_facts.h"
#include "market/settlement.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

#define OK(call) assert_int_equal((call), 0)

static struct _p_Run          run;
static struct _s_Study        study;
static struct _s_Participants people;
static struct _s_Partition    partition;
static struct _p_Job          job;
static Window                 window;
static Dispatch               realtime;

/* Three buses, the third of heat: wind and gas, a load that may shift, a battery, a heat pump with two outputs, a line in
   service and one that is not, a shunt. */
static int Build(void **state)
{
  static char     *people_name[] = {"a", "b"}, *classes[] = {"household", ""}, *region[] = {"north", "south"};
  static PetscInt  generators[] = {0, 1}, loads[] = {1}, storage[] = {0}, links[] = {1}, regions[] = {0, 0, 1};
  static PetscReal energy[] = {1.5};
  PetscReal        cost[]   = {5, 2, 0.25}; /* 5 + 2 P + P^2/4 */
  Network          net;

  (void)state;
  if (NetworkCreate(&net) || NetworkResizeBuses(net, 3) || NetworkResizeGenerators(net, 2) ||
      NetworkResizeLoads(net, 1) || NetworkResizeStorage(net, 1) || NetworkResizeLinks(net, 1) ||
      NetworkResizeBranches(net, 2) || NetworkResizeShunts(net, 1))
    return -1;
  net->base_mva = 100;
  for (PetscInt b = 0; b < 3; b++) net->bus.number[b] = 10 + b;
  NetworkSetString(&net->bus.carrier[2], "heat");
  NetworkSetString(&net->generator.name[0], "mill");
  NetworkSetString(&net->generator.technology[0], "offwind-ac");
  NetworkSetString(&net->generator.name[1], "turbine");
  NetworkSetString(&net->generator.technology[1], "gas");
  NetworkSetString(&net->load.name[0], "town");
  NetworkSetString(&net->storage.name[0], "battery");
  NetworkSetString(&net->link.name[0], "pump");
  NetworkSetString(&net->branch.name[0], "old");
  NetworkSetString(&net->branch.name[1], "10-11");
  net->generator.bus[0] = net->load.bus[0] = net->storage.bus[0] = net->branch.from[0] = net->branch.from[1] = 0;
  net->generator.bus[1] = net->branch.to[0] = 1;
  net->generator.p_max_mw[0]                = PETSC_INFINITY;
  net->generator.p_max_mw[1]                = 40;
  net->generator.emission_t_per_mwh[1]      = 0.4;
  CostSet(&net->generator.cost[1], COST_POLYNOMIAL, 3, cost);
  net->storage.e_max_mwh[0]         = 2;
  net->storage.efficiency_charge[0] = 0.9;
  net->link.from[0]                 = 1;
  net->link.to[0]                   = 2;
  net->link.to2[0]                  = 2;
  net->branch.in_service[0]         = PETSC_FALSE;
  net->branch.to[1]                 = 1;
  net->shunt.g_mw[0]                = 0.5;
  net->shunt.bus[0]                 = 1;
  people                            = (struct _s_Participants){.n            = 2,
                                                               .name         = people_name,
                                                               .class_name   = classes,
                                                               .of_generator = generators,
                                                               .of_load      = loads,
                                                               .of_storage   = storage,
                                                               .of_link      = links};
  partition                         = (struct _s_Partition){.n_regions = 2, .name = region, .bus_region = regions};
  study.name = study.policy = study.currency = (char *)"EUR";
  study.model                                = (char *)"ac";
  study.dc                                   = (char *)"reactance";
  run = (struct _p_Run){.job = &job, .study = &study, .net = net, .participants = &people, .partition = &partition};
  run.energy = energy;
  window     = (Window){.number = 4, .start = 3600};
  return DispatchCreate(net, 2, -1, &window.dispatch) || DispatchCreate(net, 2, -1, &realtime);
}

static int TearDown(void **state)
{
  (void)state;
  return DispatchDestroy(&realtime) || DispatchDestroy(&window.dispatch) || NetworkDestroy(&run.net);
}

/* Hour 0 stands still; in hour 1 all units run. */
static void Fill(Dispatch d, double load)
{
  d->generator_p[2]    = 4;
  d->generator_p[3]    = 6;
  d->load_p[1]         = load;
  d->load_curtailed[1] = 0.5;
  d->load_shifted[1]   = -0.25;
  d->storage_charge[1] = 1;
  d->storage_energy[0] = 1.5;
  d->storage_energy[1] = 2.4;
  d->link_p_from[1]    = 3;
  d->link_p_to[1]      = 7;
  d->link_p_to2[1]     = 2;
  d->branch_p_from[3]  = 3.1;
  d->branch_p_to[3]    = -3;
  d->branch_p_from[2]  = 99; /* not in service: not there */
  d->vm_pu[4]          = 1.1;
  d->price[4]          = 33.5;
}

static void test_every_unit_is_an_asset_with_its_energy(void **state)
{
  static const int64_t  energy[] = {4000000, 6000000, -8000000, -1000000, -3000000, 7000000, 2000000};
  static const uint32_t owner[] = {0, 1, 1, 0, 1, 1, 1}, bus[] = {0, 1, 0, 0, 1, 2, 2};
  Facts                 f = NULL;

  (void)state;
  Fill(window.dispatch, 8);
  OK(MarketFactsCreate(&run, &window, NULL, NULL, &f));
  assert_non_null(f);
  assert_int_equal(f->window, 4);
  assert_int_equal(f->n_assets, 7);
  for (uint32_t a = 0; a < 7; a++) {
    assert_int_equal(f->day_ahead.asset_wh[a], 0);
    assert_int_equal(f->day_ahead.asset_wh[7 + a], energy[a]);
    assert_int_equal(f->asset[a].participant, owner[a]);
    assert_int_equal(f->asset[a].bus, bus[a]);
  }
  assert_int_equal(f->n_branches, 1);
  assert_int_equal(f->day_ahead.from_wh[1], 3100000);
  assert_int_equal(f->day_ahead.to_wh[1], -3000000);
  assert_int_equal(f->day_ahead.shunt_wh[4], 605000); /* 0.5 x 1.1^2 */
  assert_int_equal(f->day_ahead.price[4], 33500000);
  assert_int_equal(f->baseline_wh[7 + 2], 8750000); /* 8 taken, 0.5 curtailed, 0.25 moved away */
  assert_int_equal(f->level_wh[3], 1500000);
  assert_int_equal(f->level_wh[14 + 3], 2400000);
  assert_int_equal(f->certified_wh[7], 4000000);
  assert_int_equal(f->certified_wh[7 + 1], 0);
  assert_int_equal(f->asset[0].power_w, -1); /* no limit, no rating */
  assert_int_equal(f->asset[1].power_w, 40000000);
  assert_int_equal(f->asset[1].emission, 400000);
  assert_int_equal(f->asset[1].marginal_cost, 3500000); /* 2 + P/2 at a mean of 3 */
  assert_int_equal(f->asset[3].energy_wh, 2000000);
  assert_int_equal(f->asset[3].efficiency_charge, 900000);
  assert_memory_equal(f->participant_class[0].bytes, "household", 9);
  assert_false(f->has_real_time);
  FactsDestroy(&f);
}

static void test_what_is_metered_is_real_time(void **state)
{
  static const uint8_t id[32] = {7};
  Facts                f      = NULL;

  (void)state;
  Fill(window.dispatch, 8);
  Fill(realtime, 7);
  realtime->generator_p[2] = 3;
  OK(MarketFactsCreate(&run, &window, realtime, id, &f));
  assert_true(f->has_real_time);
  assert_int_equal(f->run_id[0], 7);
  assert_int_equal(f->day_ahead.asset_wh[7 + 2], -8000000);
  assert_int_equal(f->real_time.asset_wh[7 + 2], -7000000);
  assert_int_equal(f->baseline_wh[7 + 2], 7750000);
  assert_int_equal(f->certified_wh[7], 3000000);
  FactsDestroy(&f);
}

/* A number that is none fails the job with a line, not the program. */
static void test_a_dispatch_without_numbers_fails_the_job(void **state)
{
  Facts f = (Facts)1;

  (void)state;
  job.status                = JOB_DONE;
  window.dispatch->price[4] = NAN;
  OK(MarketFactsCreate(&run, &window, NULL, NULL, &f));
  assert_null(f);
  assert_int_equal(job.status, JOB_UNSOLVED);
  window.dispatch->price[4] = 33.5;
}

static void test_renewable_technologies_are_words(void **state)
{
  static const char *const yes[] = {"wind",  "onwind", "offwind-dc",   "Solar rooftop", "PV",   "RTPV",
                                    "hydro", "ror_1",  "run of river", "biogas",        "Tidal"};
  static const char *const no[]  = {"", "gas", "hydrogen", "windfall", "solarium", "nuclear", "oil"};

  (void)state;
  for (size_t k = 0; k < sizeof yes / sizeof *yes; k++) {
    if (!MarketIsRenewable(yes[k], 0)) fail_msg("%s is renewable", yes[k]);
    assert_false(MarketIsRenewable(yes[k], 0.01));
  }
  for (size_t k = 0; k < sizeof no / sizeof *no; k++)
    if (MarketIsRenewable(no[k], 0)) fail_msg("%s is not renewable", no[k]);
  assert_false(MarketIsRenewable(NULL, 0));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_unit_is_an_asset_with_its_energy),
      cmocka_unit_test(test_what_is_metered_is_real_time),
      cmocka_unit_test(test_a_dispatch_without_numbers_fails_the_job),
      cmocka_unit_test(test_renewable_technologies_are_words),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, Build, TearDown);
  (void)PetscFinalize();
  return failed;
}
