/* Study files: what they mean, what is said about wrong ones, and the network of a study. */
#include "inputs/reader.h"
#include "tests/inputs/study_text.h"

#include <math.h>

static void test_every_key_is_read_and_paths_are_relative_to_the_study(void **state)
{
  (void)state;
  ReadText("study: demo\nnetwork: {path: grid, format: pypsa}\nparticipants: who.csv\nregions: cut.csv\n"
           "windows: {start: 2030-06-21T06:00:00Z, hours: 12, count: 3}\n"
           "dispatch: {model: dc, dc: matpower, method: admm, relax_minimum_output: true, carbon_price: 12.5, "
           "admm_penalty: 0.5}\n"
           "adjust:\n  - {component: load, name: \"*\", attribute: p_mw, scale: 1.1}\n"
           "stability:\n  devices: /abs/d.csv\n  until: 4\n  hours: [2, 11]\n  required: true\n"
           "  faults: [{bus: 3, on: 0.1, off: 0.2, trip: \"1-3:1\"}]\n"
           "market: {currency: CHF}\nledger: {origin: example.org/x, key: k.pem}\n",
           NULL);
  AssertNoErrors(faults);
  assert_string_equal(study->name, "demo");
  assert_string_equal(study->policy, "base");
  assert_string_equal(study->network_path, TemporaryPath("grid"));
  assert_string_equal(study->network_format, "pypsa");
  assert_string_equal(study->participants_path, TemporaryPath("who.csv"));
  assert_string_equal(study->regions, TemporaryPath("cut.csv"));
  assert_true(study->has_start);
  assert_int_equal(study->start, 1908252000); /* date -u -d 2030-06-21T06:00:00Z +%s */
  assert_int_equal(study->window_hours, 12);
  assert_int_equal(study->n_windows, 3);
  assert_string_equal(study->model, "dc");
  assert_string_equal(study->dc, "matpower");
  assert_string_equal(study->method, "admm");
  assert_true(study->relax_minimum_output);
  assert_true(study->carbon_price == 12.5);
  assert_true(study->admm_penalty == 0.5);
  assert_int_equal(study->n_adjustments, 1);
  assert_int_equal(study->adjustment[0].kind, ADJUST_SCALE);
  assert_int_equal(study->adjustment[0].line, 8);
  assert_true(study->has_stability && study->stability_required);
  assert_string_equal(study->devices_path, "/abs/d.csv");
  assert_int_equal(study->stability_hours.n, 2);
  assert_int_equal(study->stability_hours.hour[1], 11);
  assert_int_equal(study->n_faults, 1);
  assert_int_equal(study->fault[0].bus, 3);
  assert_string_equal(study->fault[0].trip, "1-3:1");
  assert_string_equal(study->currency, "CHF");
  assert_string_equal(study->ledger_origin, "example.org/x");
  assert_string_equal(study->ledger_key_path, TemporaryPath("k.pem"));
}

static void test_defaults_are_those_documented(void **state)
{
  (void)state;
  ReadText("study: two words\nnetwork: case.m\n", NULL);
  AssertNoErrors(faults);
  assert_string_equal(study->network_format, "auto");
  assert_string_equal(study->model, "ac");
  assert_string_equal(study->dc, "reactance");
  assert_string_equal(study->method, "auto");
  assert_int_equal(study->window_hours, 24);
  assert_int_equal(study->n_windows, 1);
  assert_false(study->has_start || study->has_stability || study->relax_minimum_output);
  assert_string_equal(study->currency, "EUR");
  assert_string_equal(study->ledger_origin, "archipelago.invalid/two-words");
  assert_null(study->participants_path);
  assert_null(study->regions);
}

static void test_soft_limits_and_reserves_are_asked_for(void **state)
{
  (void)state;
  ReadText(MINIMAL "dispatch:\n  dc: losses\n  reserves: true\n"
                   "  soft: {branch_rating: 500, angle: 1, voltage: 1e5, ramp: 20, reactive: 3, final_energy: 90, "
                   "reserve: 1000}\n"
                   "policies: {hard: {dispatch: {soft: ~}}, dear: {dispatch: {soft: {reserve: 2000, ramp: ~}}}}\n",
           "dear");
  AssertNoErrors(faults);
  assert_string_equal(study->dc, "losses");
  assert_true(study->reserves);
  assert_true(study->soft_price[SOFT_BRANCH_RATING] == 500);
  assert_true(study->soft_price[SOFT_VOLTAGE] == 1e5);
  assert_true(study->soft_price[SOFT_RAMP] == 0);
  assert_true(study->soft_price[SOFT_FINAL_ENERGY] == 90);
  assert_true(study->soft_price[SOFT_RESERVE] == 2000);
  OK(StudyDestroy(&study));
  ReadText(MINIMAL "dispatch: {model: dc}\n", NULL);
  for (int k = 0; k < SOFT_LIMITS; k++) assert_true(study->soft_price[k] == 0);
  assert_false(study->reserves);
}

static void test_faults_of_soft_limits_and_new_attributes(void **state)
{
  (void)state;
  ReadText(MINIMAL                                                                        /* 1, 2 */
           "dispatch:\n"                                                                  /* 3 */
           "  dc: lossy\n"                                                                /* 4 */
           "  reserves: 3\n"                                                              /* 5 */
           "  soft:\n"                                                                    /* 6 */
           "    branch_ratings: 1\n"                                                      /* 7 */
           "    voltage: 0\n"                                                             /* 8 */
           "    ramp: hard\n"                                                             /* 9 */
           "adjust:\n"                                                                    /* 10 */
           "  - {component: load, name: x, attribute: curtail_max_pu, value: 2}\n"        /* 11 */
           "  - {component: load, name: x, attribute: shift_hours, value: 1.5}\n"         /* 12 */
           "  - {component: load, name: x, attribute: shift_hours, scale: 2}\n"           /* 13 */
           "  - {component: reserve, name: x, attribute: requirement, value: 1}\n"        /* 14 */
           "  - {component: link, name: x, attribute: loss1, value: 1.5}\n"               /* 15 */
           "  - {component: generator, name: x, attribute: reserve_max_mw, value: -1}\n", /* 16 */
           NULL);
  AssertFault(faults, 4, "dc: found 'lossy', expected reactance, matpower or losses");
  AssertFault(faults, 5, "reserves: found '3', expected true or false");
  AssertFault(faults, 7, "soft: found the unknown key 'branch_ratings', expected branch_rating");
  AssertFault(faults, 8, "voltage: found '0', expected a price from 1e-06 to 1e+08 (currency/h per per-unit voltage)");
  AssertFault(faults, 9, "ramp: found 'hard', expected a price");
  AssertFault(faults, 11, "found the value 2 for curtail_max_pu, expected 0 to 1");
  AssertFault(faults, 12, "found value 1.5 for shift_hours, expected a whole value");
  AssertFault(faults, 13, "found scale 2 for shift_hours, expected a whole value");
  AssertFault(faults, 14, "unknown attribute 'requirement' of a reserve, expected requirement_mw");
  AssertFault(faults, 15, "found the value 1.5 for loss1, expected at most 1");
  AssertFault(faults, 16, "found the value -1 for reserve_max_mw, expected at least 0");
  assert_int_equal(FaultsErrorCount(faults), 11);
}

/* A study's reserves: held when asked for, adjusted with their series, said when nobody has decided. */
static void test_reserves_are_held_when_the_study_says_so(void **state)
{
  static const char *const head = "study: s\nnetwork: grid\nwindows: {hours: 2}\n";
  Network                  net;
  char                     text[1024];
  (void)state;
  RemoveFolder(TemporaryPath("grid"));
  assert_int_equal(mkdir(TemporaryPath("grid"), 0700), 0);
  WriteText("grid/buses.csv", "name,v_mag_pu_min,v_mag_pu_max,area\na,0.9,1.1,x\n");
  WriteText("grid/snapshots.csv", "snapshot\n2030-01-01 00:00:00\n2030-01-01 01:00:00\n2030-01-01 02:00:00\n");
  WriteText("grid/generators.csv", "name,bus,control,p_nom,q_min,q_max,reserve_max_mw\ng,a,Slack,5,0,0,2\n");
  WriteText("grid/loads.csv", "name,bus,p_set\nl,a,1\n");
  WriteText("grid/reserves.csv", "name,column,label,requirement_mw\nup,area,x,1\n");
  WriteText("grid/reserves-requirement_mw.csv", "snapshot,up\n0,1\n1,1.5\n2,0.5\n");
  snprintf(text, sizeof text,
           "%sdispatch: {reserves: true}\nadjust:\n"
           "  - {component: reserve, name: up, attribute: requirement_mw, scale: 2}\n"
           "  - {component: reserve, name: up, attribute: shortage_price, value: 700}\n"
           "  - {component: load, name: l, attribute: shift_hours, value: 6}\n",
           head);
  ReadText(text, NULL);
  OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
  AssertNoErrors(faults);
  assert_int_equal(net->reserve.n, 1);
  assert_true(NetworkReserveRequirement(net, 0, 1) == 3);
  assert_true(NetworkReserveRequirement(net, 0, -1) == 2);
  assert_true(net->reserve.shortage_price[0] == 700);
  assert_int_equal(net->load.shift_hours[0], 6);
  OK(NetworkDestroy(&net));
  OK(StudyDestroy(&study));
  ReadText(head, NULL);
  OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
  AssertFault(faults, 2, "found 1 reserves, which are not held without the key reserves: true of dispatch");
  assert_int_equal(net->reserve.n, 0);
  OK(NetworkDestroy(&net));
}

/* A bus by its name, otherwise by its number; without the key the demand. */
static void test_the_reference_of_prices_is_a_bus_or_the_demand(void **state)
{
  static const char *const text[]  = {"", "dispatch: {reference_price: load-weighted}\n",
                                      "dispatch: {reference_price: b}\n", "dispatch: {reference_price: 1}\n",
                                      "dispatch: {reference_price: c}\n"};
  static const int         found[] = {-1, -1, 1, 0, -1};
  char                     whole[256];
  Network                  net;
  (void)state;
  RemoveFolder(TemporaryPath("grid"));
  assert_int_equal(mkdir(TemporaryPath("grid"), 0700), 0);
  WriteText("grid/buses.csv", "name,v_mag_pu_min,v_mag_pu_max\na,0.9,1.1\nb,0.9,1.1\n");
  WriteText("grid/lines.csv", "name,bus0,bus1,x,r,s_nom\nab,a,b,0.1,0.01,10\n");
  WriteText("grid/snapshots.csv", "snapshot\n2030-01-01 00:00:00\n");
  WriteText("grid/generators.csv", "name,bus,control,p_nom,q_min,q_max\ng,a,Slack,5,0,0\n");
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(text); k++) {
    OK(StudyDestroy(&study));
    snprintf(whole, sizeof whole, "study: s\nnetwork: grid\nwindows: {hours: 1}\n%s", text[k]);
    ReadText(whole, NULL);
    OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
    if (k < 4) AssertNoErrors(faults);
    assert_int_equal(study->reference_bus, found[k]);
    assert_int_equal(net != NULL, k < 4);
    OK(NetworkDestroy(&net));
  }
  AssertFault(faults, 4, "reference_price: found 'c', expected load-weighted, or the name or number of a bus");
}

/* All faults of one file, each at its line with what was found. */
static void test_all_faults_are_found_each_with_its_line(void **state)
{
  (void)state;
  ReadText("study: s\n"                                                             /* 1 */
           "network: {path: ., fromat: pypsa}\n"                                    /* 2 */
           "windows: {start: 2030-02-30, hours: 0, count: many}\n"                  /* 3 */
           "dispatch: {model: acdc, carbon_price: -1, relax_minimum_output: yes}\n" /* 4 */
           "adjust:\n"                                                              /* 5 */
           "  - {component: genrator, name: x, attribute: p_mw, value: 1}\n"        /* 6 */
           "  - {component: generator, name: x, attribute: p_maxmw, value: 1}\n"    /* 7 */
           "  - {component: load, name: x, attribute: p_mw}\n"                      /* 8 */
           "  - {component: load, name: x, attribute: in_service, value: 2}\n"      /* 9 */
           "stability:\n"                                                           /* 10 */
           "  hours: [24]\n"                                                        /* 11 */
           "  faults:\n"                                                            /* 12 */
           "    - {bus: 1, on: 0.3, off: 0.2}\n"                                    /* 13 */
           "    - {bus: 0, on: 0, off: 1}\n"                                        /* 14 */
           "    - {bus: 1, on: 0, off: 1, trip: 1to3}\n"                            /* 15 */
           "market: {currency: euro}\n"                                             /* 16 */
           "regionz: area\n"                                                        /* 17 */
           "market: {currency: EUR}\n"                                              /* 18 */
           "ledger: [1]\n",                                                         /* 19 */
           NULL);
  AssertFault(faults, 2, "unknown key 'fromat', expected format");
  AssertFault(faults, 3, "start: found '2030-02-30', expected a date");
  AssertFault(faults, 3, "hours: found '0', expected a whole number of hours from 1");
  AssertFault(faults, 3, "count: found 'many'");
  AssertFault(faults, 4, "model: found 'acdc', expected ac or dc");
  AssertFault(faults, 4, "carbon_price: found '-1'");
  AssertFault(faults, 4, "relax_minimum_output: found 'yes', expected true or false");
  AssertFault(faults, 6, "unknown component 'genrator', expected generator");
  AssertFault(faults, 7, "unknown attribute 'p_maxmw' of a generator, expected p_max_mw");
  AssertFault(faults, 8, "found neither 'value' nor 'scale'");
  AssertFault(faults, 9, "for in_service, expected value true or false");
  AssertFault(faults, 11, "hours: found '24', expected hours of a window, from 0 to 23");
  AssertFault(faults, 13, "from 0.3 s to 0.2 s");
  AssertFault(faults, 14, "bus: found '0', expected a bus number");
  AssertFault(faults, 15, "trip: found '1to3'");
  AssertFault(faults, 16, "currency: found 'euro'");
  AssertFault(faults, 17, "unknown key 'regionz', expected regions");
  AssertFault(faults, 18, "found the key 'market' twice, expected it once (first at line 16)");
  AssertFault(faults, 19, "ledger: found a list, expected a mapping");
  assert_int_equal(FaultsErrorCount(faults), 19);
}

static void test_disturbances_limits_and_rounds_are_read(void **state)
{
  (void)state;
  ReadText("study: s\nnetwork: grid\nstability:\n  required: true\n  hours: worst\n  load_model: p\n  strict: true\n"
           "  tolerance: 1e-5\n  limits: {frequency_min_hz: 49, angle_deg: 120}\n  events:\n"
           "    - {name: lost, hours: [3, 19], events: [\"t=1,trip=1-2\", \"t=2,close=1-2\"]}\n"
           "    - name: apart\n      events: [\"t=1,island=region:city\"]\n",
           NULL);
  AssertNoErrors(faults);
  assert_int_equal(study->security_rounds, 3);
  assert_true(study->stability_hours.worst && study->stability_strict && study->stability_tolerance == 1e-5);
  assert_string_equal(study->load_model, "p");
  assert_true(study->limits.frequency_min_hz == 49 && study->limits.angle_deg == 120);
  assert_true(isnan(study->limits.frequency_max_hz) && study->frequency_hz == 0);
  assert_int_equal(study->n_faults, 0);
  assert_int_equal(study->n_disturbances, 2);
  assert_true(study->disturbance[0].own_hours && !study->disturbance[1].own_hours);
  assert_int_equal(study->disturbance[0].hours.hour[1], 19);
  assert_int_equal(study->disturbance[0].n_events, 2);
  assert_string_equal(study->disturbance[0].event[1], "t=2,close=1-2");
  assert_int_equal(study->disturbance[1].event_line[0], 13);
}

static void test_missing_required_keys_are_named(void **state)
{
  (void)state;
  ReadText("windows: {hours: 1}\nadjust: [{name: x}]\nstability: {until: 1}\n", NULL);
  AssertFault(faults, 1, "found no key 'study'");
  AssertFault(faults, 1, "found no key 'network'");
  AssertFault(faults, 2, "found no key 'component'");
  AssertFault(faults, 2, "found no key 'attribute'");
  AssertFault(faults, 3, "found no key 'faults'");
}

static void test_a_policy_overrides_key_by_key_and_appends_adjustments(void **state)
{
  (void)state;
  ReadText(MINIMAL "dispatch: {model: dc, carbon_price: 5}\nregions: 3\n"
                   "adjust: [{component: load, name: a, attribute: p_mw, value: 1}]\n"
                   "stability: {hours: [1, 2], faults: []}\n"
                   "policies:\n  other: {market: {currency: USD}}\n"
                   "  dear: {dispatch: {carbon_price: 100}, regions: ~,\n"
                   "    stability: {hours: [7]},\n"
                   "    adjust: [{component: load, name: b, attribute: p_mw, value: 2}]}\n",
           "dear");
  AssertNoErrors(faults);
  assert_string_equal(study->policy, "dear");
  assert_string_equal(study->model, "dc");
  assert_true(study->carbon_price == 100);
  assert_null(study->regions);
  assert_int_equal(study->n_adjustments, 2);
  assert_string_equal(study->adjustment[0].name, "a");
  assert_string_equal(study->adjustment[1].name, "b");
  assert_int_equal(study->adjustment[1].line, 11);
  assert_int_equal(study->stability_hours.n, 1);
  assert_int_equal(study->stability_hours.hour[0], 7);
  assert_string_equal(study->currency, "EUR");
  assert_int_equal(study->n_policies, 2);
  assert_string_equal(study->policy_name[1], "dear");
}

static void test_every_policy_is_checked_and_base_faults_are_said_once(void **state)
{
  (void)state;
  ReadText(MINIMAL "dispatch: {model: x}\npolicies:\n  a: {dispatch: {metod: admm}}\n  b: {study: t}\n  c: 3\n", NULL);
  AssertFault(faults, 3, "model: found 'x'");
  AssertFault(faults, 5, "policy 'a': dispatch: found the unknown key 'metod', expected method");
  AssertFault(faults, 6, "policy 'b': found the key 'study'");
  AssertFault(faults, 7, "expected a mapping of the keys that the policy overrides");
  assert_int_equal(FaultsErrorCount(faults), 4);
}

static void test_an_unknown_policy_is_answered_with_those_there_are(void **state)
{
  (void)state;
  ReadText(MINIMAL "policies: {grid-closed: {}, calm: {}}\n", "calmer");
  AssertFault(faults, -1, "found no policy 'calmer', expected one of base, grid-closed, calm");
}

static void test_anchors_are_expanded_and_cycles_refused(void **state)
{
  (void)state;
  ReadText(MINIMAL "adjust:\n  - &a {component: load, name: x, attribute: p_mw, value: 1}\n  - *a\n", NULL);
  AssertNoErrors(faults);
  assert_int_equal(study->n_adjustments, 2);
  OK(StudyDestroy(&study));
  ReadText(MINIMAL "adjust: &a [*a]\n", NULL);
  AssertFault(faults, -1, "levels of nesting");
  assert_null(study);
}

static void test_aliases_of_aliases_do_not_grow_without_bound(void **state)
{
  char text[1024] = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n", line[96];
  (void)state;
  for (int k = 1; k < 9; k++) {
    snprintf(line, sizeof line, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", k, k, k - 1, k - 1, k - 1,
             k - 1, k - 1, k - 1, k - 1, k - 1);
    strcat(text, line);
  }
  ReadText(text, NULL);
  AssertFault(faults, -1, "found more than 200000 values");
  assert_int_equal(FaultsErrorCount(faults), 1);
}

static void OneFault(const char *path, const char *words)
{
  OK(StudyRead(PETSC_COMM_SELF, path, NULL, faults, &study));
  assert_null(study);
  assert_int_equal(FaultsCount(faults), 1);
  AssertFault(faults, -1, words);
  OK(FaultsDestroy(&faults));
  OK(FaultsCreate(&faults));
}

static void test_what_is_no_study_gets_one_line(void **state)
{
  const char binary[] = "study\0\x01\x02", latin[] = "study: \xe4\xf6\n";
  (void)state;
  OneFault(WriteText("study.yaml", ""), "empty");
  OneFault(TemporaryFolder(), "directory");
  OneFault(TemporaryPath("absent.yaml"), "No such file");
  OneFault(WriteText("study.yaml", "study: {a: [1, 2\n"), "broken YAML");
  OneFault(WriteText("study.yaml", "# nothing\n"), "found no YAML document");
  OneFault(WriteText("study.yaml", "just words\n"), "found 'just words', expected a mapping");
  WriteBytes(TemporaryPath("study.yaml"), binary, sizeof binary - 1);
  OneFault(TemporaryPath("study.yaml"), "zero");
  WriteBytes(TemporaryPath("study.yaml"), latin, sizeof latin - 1);
  OneFault(TemporaryPath("study.yaml"), "found bytes that are not text");
}

static Network Load(const char *text)
{
  Network     net;
  char        whole[4096];
  const char *cases = ShippedFile("inputs/cases/islands");
  snprintf(whole, sizeof whole, "study: s\nnetwork: {path: \"%s\", format: auto}\n%s", cases, text);
  ReadText(whole, NULL);
  AssertNoErrors(faults);
  OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
  return net;
}

static void test_snapshots_are_cut_to_the_windows(void **state)
{
  Network whole, cut;
  (void)state;
  OK(NetworkReadPypsa(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands"), faults, &whole));
  cut = Load("windows: {start: 2030-06-21 10:00, hours: 3, count: 2}\n");
  AssertNoErrors(faults);
  assert_int_equal(cut->series.n_snapshots, 6);
  assert_int_equal(cut->series.start, whole->series.start + 10 * 3600);
  for (PetscInt t = 0; t < 6; t++) {
    for (PetscInt l = 0; l < cut->load.n; l++) assert_true(NetworkLoadP(cut, l, t) == NetworkLoadP(whole, l, t + 10));
    for (PetscInt g = 0; g < cut->generator.n; g++)
      assert_true(NetworkGeneratorPMax(cut, g, t) == NetworkGeneratorPMax(whole, g, t + 10));
  }
  OK(NetworkDestroy(&cut));
  OK(NetworkDestroy(&whole));
}

static void test_windows_outside_the_snapshots_are_a_fault(void **state)
{
  Network net;
  (void)state;
  net = Load("windows: {start: 2030-06-21 10:00, hours: 24}\n");
  assert_null(net);
  AssertFault(
      faults, 3,
      "found 24 snapshots from 2030-06-21T10:00:00Z, expected some of the network's 24 from 2030-06-21T00:00:00Z");
}

static void test_adjustments_change_values_series_and_costs(void **state)
{
  Network plain, net;
  (void)state;
  plain = Load("");
  OK(StudyDestroy(&study));
  net = Load("adjust:\n"
             "  - {component: load, name: \"*\", attribute: p_mw, scale: 1.5}\n"
             "  - {component: generator, name: wind farm, attribute: p_max_mw, value: 0.25}\n"
             "  - {component: generator, name: solar plant, attribute: p_max_mw, scale: 2}\n"
             "  - {component: generator, name: main grid, attribute: marginal_cost, value: 70}\n"
             "  - {component: generator, name: wind farm, attribute: marginal_cost, scale: 2}\n"
             "  - {component: branch, name: \"9-3\", attribute: rate_a, value: 0.5}\n"
             "  - {component: bus, name: \"8\", attribute: vm_max_pu, value: 1.02}\n"
             "  - {component: storage, name: battery, attribute: in_service, value: false}\n");
  AssertNoErrors(faults);
  for (PetscInt t = 0; t < 24; t++) {
    for (PetscInt l = 0; l < 3; l++) {
      assert_true(fabs(NetworkLoadP(net, l, t) - 1.5 * NetworkLoadP(plain, l, t)) < 1e-14);
      assert_true(NetworkLoadQ(net, l, t) == NetworkLoadQ(plain, l, t));
    }
    assert_true(NetworkGeneratorPMax(net, 0, t) == 0.25);
    assert_true(fabs(NetworkGeneratorPMax(net, 1, t) - 2 * NetworkGeneratorPMax(plain, 1, t)) < 1e-14);
  }
  assert_true(CostValue(&net->generator.cost[2], 2, NULL) == 140);
  assert_true(CostValue(&net->generator.cost[0], 1, NULL) == 100);
  assert_true(net->branch.rate_a[6] == 0.5);
  assert_true(net->bus.vm_max_pu[7] == 1.02);
  assert_false(net->storage.in_service[0]);
  OK(NetworkDestroy(&net));
  OK(NetworkDestroy(&plain));
}

static void test_names_that_the_network_lacks_are_faults_at_their_lines(void **state)
{
  Network net;
  (void)state;
  net = Load("regions: regio\nadjust:\n"
             "  - {component: generator, name: wind frm, attribute: p_max_mw, value: 1}\n"
             "  - {component: branch, name: 1-9, attribute: r, value: 1}\n"
             "stability:\n  faults:\n    - {bus: 44, on: 0, off: 1}\n    - {bus: 4, on: 0, off: 1, trip: 4-7}\n");
  assert_null(net);
  AssertFault(faults, 3, "found 'regio', expected a number, a file *.csv or a column of the buses such as 'region'");
  AssertFault(faults, 5, "found no generator 'wind frm' in the network, expected one such as 'wind farm'");
  AssertFault(faults, 6, "found no branch '1-9'");
  AssertFault(faults, 9, "found bus 44");
  AssertFault(faults, 10, "trip: found '4-7'");
  assert_int_equal(FaultsErrorCount(faults), 5);
}

static void test_minimum_outputs_are_relaxed_only_on_request(void **state)
{
  Network     net;
  const char *lift = "adjust: [{component: generator, name: main grid, attribute: p_min_mw, value: 0.4}]\n";
  char        text[512];
  (void)state;
  net = Load(lift);
  assert_false(net->p_min_relaxed);
  assert_true(net->generator.p_min_mw[2] == 0.4);
  OK(NetworkDestroy(&net));
  OK(StudyDestroy(&study));
  /* Relaxing comes before the adjustments: what a study sets itself stays. */
  snprintf(text, sizeof text, "dispatch: {relax_minimum_output: true}\n%s", lift);
  net = Load(text);
  assert_true(net->generator.p_min_mw[2] == 0.4);
  OK(NetworkDestroy(&net));
}

static void test_the_relaxation_is_flagged(void **state)
{
  Network     net;
  const char *rts = SharedData("rts-gmlc");
  char        text[1200];
  (void)state;
  if (!rts) skip();
  snprintf(text, sizeof text,
           "study: s\nnetwork: \"%s\"\nregions: area\nwindows: {start: 2020-07-10T00:00:00Z}\ndispatch: "
           "{relax_minimum_output: true}\n",
           rts);
  ReadText(text, NULL);
  OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
  AssertNoErrors(faults);
  assert_true(net->p_min_relaxed);
  assert_int_equal(net->series.n_snapshots, 24);
  assert_int_equal(net->series.start, 1594339200);
  for (PetscInt g = 0; g < net->generator.n; g++)
    for (PetscInt t = -1; t < 24; t++) assert_true(NetworkGeneratorPMin(net, g, t) <= 0);
  OK(NetworkDestroy(&net));
}

static void test_the_shipped_studies_are_without_fault(void **state)
{
  static const char *const shipped[] = {"inputs/cases/islands/study.yaml", "inputs/cases/islands/hour.yaml",
                                        "inputs/cases/quarter/study.yaml"};
  (void)state;
  for (int k = 0; k < 2; k++) {
    Network net;
    OK(StudyRead(PETSC_COMM_SELF, ShippedFile(shipped[k]), "grid-closed", faults, &study));
    OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
    assert_int_equal(FaultsCount(faults), 0);
    assert_false(net->generator.in_service[2]);
    OK(NetworkDestroy(&net));
    OK(StudyDestroy(&study));
  }
}

/* The series of the shipped day are those of its README, and its units exceed the demand by a tenth in every hour. */
static void test_the_shipped_day_follows_its_formulas(void **state)
{
  Network net;
  (void)state;
  net = Load("");
  assert_non_null(net);
  for (PetscInt t = 0; t < 24; t++) {
    PetscReal h = (PetscReal)t, demand = 0, supply = 1.0 + 0.3;
    PetscReal wind = 0.75 + 0.20 * cos(2 * PETSC_PI * (h - 22) / 24);
    PetscReal sun  = h > 4.5 && h < 19.5 ? 0.97 * pow(sin(PETSC_PI * (h - 4.5) / 15), 1.2) : 0;
    PetscReal load = 0.45 + 0.55 * exp(-pow((h - 12) / 4, 2)) + 0.18 * exp(-pow((h - 19.5) / 1.8, 2));
    assert_true(fabs(NetworkGeneratorPMax(net, 0, t) - wind) <= 0.5001e-4);
    assert_true(fabs(NetworkGeneratorPMax(net, 1, t) - 1.5 * sun) <= 1.5 * 0.5001e-4);
    assert_true(fabs(NetworkLoadP(net, 0, t) - 0.5 * load) <= 0.5001e-4);
    assert_true(fabs(NetworkLoadP(net, 2, t) - 2.0 * load) <= 0.5001e-4);
    for (PetscInt l = 0; l < 3; l++) demand += NetworkLoadP(net, l, t);
    supply += NetworkGeneratorPMax(net, 0, t) + NetworkGeneratorPMax(net, 1, t);
    assert_true(supply >= 1.1 * demand);
  }
  OK(NetworkDestroy(&net));
}

/* Every file of the corpus and a number of mutations of each: read without crash; a study without a fault has what a run
   needs. */
static void ReadMutation(const char *bytes, size_t size)
{
  WriteBytes(TemporaryPath("fuzz.yaml"), bytes, size);
  OK(StudyRead(PETSC_COMM_SELF, TemporaryPath("fuzz.yaml"), "p", faults, &study));
  if (!study)
    assert_true(FaultsErrorCount(faults) > 0);
  else if (!FaultsErrorCount(faults))
    assert_true(study->network_path && study->window_hours > 0 && study->ledger_origin);
  for (PetscInt k = 0; k < FaultsCount(faults); k++) {
    const char *text;
    OK(FaultsGet(faults, k, NULL, NULL, NULL, &text));
    assert_null(strchr(text, '\n'));
  }
  OK(StudyDestroy(&study));
  OK(FaultsDestroy(&faults));
  OK(FaultsCreate(&faults));
}

static void test_the_corpus_and_its_mutations_never_crash(void **state)
{
  const char     *folder = ShippedFile("tests/inputs/corpus/study");
  struct dirent **entry;
  int             n = scandir(folder, &entry, NULL, alphasort), files = 0;
  (void)state;
  assert_true(n > 2);
  for (int k = 0; k < n; k++) {
    char   path[1024], *bytes, *mutated;
    size_t size, length;
    if (entry[k]->d_name[0] != '.') {
      snprintf(path, sizeof path, "%s/%s", folder, entry[k]->d_name);
      bytes = ReadBytes(path, &size);
      ReadMutation(bytes, size);
      for (uint64_t seed = 0; seed < 300; seed++) {
        mutated = Mutate(bytes, size, seed, &length);
        ReadMutation(mutated, length);
        free(mutated);
      }
      free(bytes);
      files++;
    }
    free(entry[k]);
  }
  free(entry);
  assert_true(files >= 5);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_every_key_is_read_and_paths_are_relative_to_the_study, Begin, End),
      cmocka_unit_test_setup_teardown(test_defaults_are_those_documented, Begin, End),
      cmocka_unit_test_setup_teardown(test_soft_limits_and_reserves_are_asked_for, Begin, End),
      cmocka_unit_test_setup_teardown(test_faults_of_soft_limits_and_new_attributes, Begin, End),
      cmocka_unit_test_setup_teardown(test_reserves_are_held_when_the_study_says_so, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_reference_of_prices_is_a_bus_or_the_demand, Begin, End),
      cmocka_unit_test_setup_teardown(test_all_faults_are_found_each_with_its_line, Begin, End),
      cmocka_unit_test_setup_teardown(test_disturbances_limits_and_rounds_are_read, Begin, End),
      cmocka_unit_test_setup_teardown(test_missing_required_keys_are_named, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_policy_overrides_key_by_key_and_appends_adjustments, Begin, End),
      cmocka_unit_test_setup_teardown(test_every_policy_is_checked_and_base_faults_are_said_once, Begin, End),
      cmocka_unit_test_setup_teardown(test_an_unknown_policy_is_answered_with_those_there_are, Begin, End),
      cmocka_unit_test_setup_teardown(test_anchors_are_expanded_and_cycles_refused, Begin, End),
      cmocka_unit_test_setup_teardown(test_aliases_of_aliases_do_not_grow_without_bound, Begin, End),
      cmocka_unit_test_setup_teardown(test_what_is_no_study_gets_one_line, Begin, End),
      cmocka_unit_test_setup_teardown(test_snapshots_are_cut_to_the_windows, Begin, End),
      cmocka_unit_test_setup_teardown(test_windows_outside_the_snapshots_are_a_fault, Begin, End),
      cmocka_unit_test_setup_teardown(test_adjustments_change_values_series_and_costs, Begin, End),
      cmocka_unit_test_setup_teardown(test_names_that_the_network_lacks_are_faults_at_their_lines, Begin, End),
      cmocka_unit_test_setup_teardown(test_minimum_outputs_are_relaxed_only_on_request, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_relaxation_is_flagged, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_shipped_studies_are_without_fault, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_shipped_day_follows_its_formulas, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_corpus_and_its_mutations_never_crash, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
