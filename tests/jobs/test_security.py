"""Security of a dispatch: disturbances of chosen hours, the bounds that come back to the dispatch, what they cost."""
import os

import xarray

import program
from program import ISLANDS, archipelago

MACHINES = """bus,unit,model,mva_base,H,D,xd1
1,1,GENCLS,1.0,4,2,0.25
4,1,GENCLS,1.5,2,2,0.20
7,1,GENCLS,1.0,60,2,0.05
"""
SLOW_FAULT = 'faults: [{bus: 6, on: 0.1, off: 0.38, trip: "6-9"}]'
ISLANDED = 'events: [{name: city islanded, events: ["t=0.5,island=region:city", "t=0.5,trip-unit=7:1"]}]'
GRID_LOST = 'events: [{name: main grid lost, events: ["t=0.5,trip-unit=7:1"]}]'


class Security(program.Case):
    def secure(self, keys, devices=os.path.join(ISLANDS, "dynamics.csv"), required="true", hours=4, name="study.yaml"):
        return self.study(name, hours=hours, count=1, method="interior-point", extra=f"""stability:
  devices: {devices}
  frequency: 50
  required: {required}
""" + "".join(f"  {key}\n" for key in keys))

    def study(self, *arguments, **named):
        path = super().study(*arguments, **named)
        with open(path) as stream:
            text = stream.read()
        with open(path, "w") as stream:
            stream.write(text.replace("T10:00:00Z", "T08:00:00Z"))
        return path

    def run_study(self, path, name="run", ranks=1):
        return archipelago("run", path, "-o", self.path(name), "--json", ranks=ranks)

    def machines(self):
        return self.write("machines.csv", MACHINES)

    def test_lost_synchronism_bounds_the_unit_that_advances(self):
        """The solar plant leads after a slow fault; an hour's bound on it lengthens the critical clearing time."""
        before = self.run_study(self.secure(["hours: [2]", SLOW_FAULT], self.machines(), "false"), "before")
        self.assertEqual(before.code, 0, before.err)
        row = before.json["stability"][0]
        self.assertEqual(row["verdict"], "unstable")
        self.assertLess(row["cct_seconds"], 0.28)
        self.assertNotIn("security", before.json)
        after = self.run_study(self.secure(["hours: [2]", SLOW_FAULT, "limits: {frequency_max_hz: 60}"],
                                           self.machines()), "after")
        self.assertEqual(after.code, 0, after.err)
        row = after.json["stability"][0]
        self.assertEqual(row["verdict"], "stable")
        self.assertGreater(row["cct_seconds"], 0.28)
        security = after.json["security"]
        self.assertEqual({bound["name"] for bound in security["bounds"]}, {"solar plant"})
        self.assertAlmostEqual(security["objective_before"], before.json["objective"], delta=1e-4)
        self.assertAlmostEqual(security["cost"], after.json["objective"] - before.json["objective"], delta=1e-4)
        self.assertGreater(security["cost"], 1)
        self.assertBinds(self.path("after"), security["bounds"][-1], hour=2)

    def assertBinds(self, run, bound, hour):
        with xarray.open_dataset(os.path.join(run, "results.nc")) as data:
            of = data.isel(time=hour).sel({bound["component"]: bound["name"]})
            value = of.generator_p.item() if bound["component"] == "generator" else max(
                abs(complex(of[f"branch_p_{end}"], of[f"branch_q_{end}"])) for end in ("from", "to"))
        self.assertLess(bound["to"], bound["from"])
        self.assertAlmostEqual(value, bound["to"], delta=1e-4)

    def test_an_island_that_forms_bounds_the_exchange_over_its_ties(self):
        """Without the city the others run too fast: less may flow over the two ties that open."""
        path = self.secure(["hours: [1]", "limits: {frequency_min_hz: 49, frequency_max_hz: 51}", ISLANDED])
        result = self.run_study(path)
        self.assertEqual(result.code, 0, result.err)
        row, security = result.json["stability"][0], result.json["security"]
        self.assertEqual((row["name"], row["verdict"]), ("city islanded", "stable"))
        self.assertLessEqual(row["frequency_zenith_hz"], 51)
        self.assertEqual({(bound["component"], bound["name"]) for bound in security["bounds"]},
                         {("branch", "tie coast-city"), ("branch", "tie plain-city")})
        self.assertGreater(security["cost"], 1)
        self.assertLessEqual(security["windows"][0]["rounds"], 3)
        for bound in security["bounds"][-2:]:
            self.assertBinds(self.path("run"), bound, hour=1)
        shown = archipelago("show", self.path("run")).out
        self.assertIn("security    cost", shown)
        self.assertIn("tie plain-city at most", shown)
        self.assertEqual(archipelago("ledger", "verify", self.path("run")).code, 0)

    def test_results_do_not_depend_on_the_ranks(self):
        keys = ["hours: [0, 1]", "limits: {frequency_max_hz: 51, frequency_min_hz: 49}", ISLANDED,
                SLOW_FAULT.replace("0.38", "0.2")]
        for ranks in (1, 2, 3):
            result = self.run_study(self.secure(keys), f"run{ranks}", ranks)
            self.assertEqual(result.code, 0, result.err)
        self.assertTrue(result.json["security"]["bounds"])
        self.assertEqual(len(result.json["stability"]), 4)
        self.assertSameFiles(self.path("run1"), self.path("run2"))
        self.assertSameFiles(self.path("run1"), self.path("run3"))

    def test_what_cannot_be_secured_is_status_4_and_said(self):
        """At noon the city needs 2 MW; its battery gives 1.5 MW, whatever the dispatch."""
        path = self.secure(["hours: [3]", "limits: {frequency_min_hz: 49, frequency_max_hz: 52}", ISLANDED])
        result = self.run_study(path, ranks=2)
        self.assertEqual(result.code, 4, result.err)
        self.assertEqual(result.json["status"], "insecure")
        for text in ("hour 3", "city islanded", "frequency", "49.000 Hz", "no bound on"):
            self.assertIn(text, result.json["message"])
        self.assertEqual(sorted(program.files(self.path("run"))), ["failure.json", "provenance.json", "study.json"])

    def test_without_rounds_it_is_only_checked(self):
        path = self.secure(["hours: [1]", "rounds: 0", "limits: {frequency_max_hz: 51}", ISLANDED])
        result = self.run_study(path)
        self.assertEqual(result.code, 4, result.err)
        self.assertIn("rounds: 0", result.json["message"])
        self.assertEqual((result.json["rounds"], result.json["bounds"]), (0, []))

    def test_a_region_cut_off_without_a_source_is_insecure(self):
        """Nothing of the city forms a voltage: the battery has no device, the main grid is gone."""
        path = self.secure(["hours: [1]", "limits: {frequency_min_hz: 40, frequency_max_hz: 60}", ISLANDED],
                           self.machines())
        result = self.run_study(path)
        self.assertEqual(result.code, 4, result.err)
        self.assertIn("MW of load lost", result.json["message"])
        self.assertIn("at 3 buses", result.json["message"])

    def test_the_city_survives_the_evening_on_its_battery(self):
        path = self.secure(["hours: [11]", "limits: {frequency_min_hz: 49, frequency_max_hz: 51}", ISLANDED], hours=14)
        result = self.run_study(path)
        self.assertEqual(result.code, 0, result.err)
        row = result.json["stability"][0]
        self.assertEqual((row["time"], row["verdict"]), ("2030-06-21T19:00:00Z", "stable"))
        # Droop: 1 % of 50 Hz over 1.6 MVA; the load of 1.28 MW falls a little with the voltage.
        self.assertAlmostEqual(row["frequency_nadir_hz"], 50 - 0.01 * 50 * 1.2847 / 1.6, delta=0.03)
        self.assertEqual(result.json["security"]["bounds"], [])
        self.assertEqual(result.json["security"]["cost"], 0)

    def test_worst_hours(self):
        result = self.run_study(self.secure(["hours: worst", GRID_LOST]))
        self.assertEqual(result.code, 0, result.err)
        times = [row["time"][11:13] for row in result.json["stability"]]
        self.assertTrue({"08", "11"} <= set(times), times)  # lowest and highest demand
        self.assertLessEqual(len(times), 3)

    def test_bad_keys_are_told_with_their_lines(self):
        for keys, line, text in (
                (["hours: [1]", 'events: [{name: a, events: ["t=1,trip=6-77"]}]'], 13, "6-77"),
                (['events: [{name: a, events: ["t=1,trip=6-9", "t=9,close=6-9"]}]'], None, "events of 'a'"),
                (['events: [{name: a, events: ["t=1,boom=6"]}]'], 12, "boom"),
                (['events: [{name: a, events: []}]'], 12, "a list of events"),
                (['events: [{events: ["t=1,trip=6-9"]}]'], 12, "found no key 'name'"),
                ([GRID_LOST, "rounds: 4"], 13, "rounds: found '4'"),
                ([GRID_LOST, "limits: {frequency_min: 49}"], 13, "unknown key 'frequency_min'"),
                ([GRID_LOST, "limits: {frequency_min_hz: 55}"], 13, "less than the nominal 50 Hz"),
                ([GRID_LOST, "limits: {frequency_min_hz: 49, frequency_max_hz: 48}"], 13, "first below the second"),
                ([GRID_LOST, "load_model: x"], 13, "expected z, i or p"),
                ([GRID_LOST, "tolerance: 1"], 13, "tolerance: found '1'"),
                ([GRID_LOST, "hours: best"], 13, "a list of hours, or worst"),
                (["until: 5"], None, "found no key 'faults'")):
            with self.subTest(text):
                result = self.run_study(self.secure(keys), "bad")
                self.assertEqual(result.code, 2, result.err)
                self.assertIn(text, result.err)
                if line:
                    self.assertIn(f"study.yaml:{line}:", result.err)
                self.assertFalse(os.path.exists(self.path("bad")))
        result = self.run_study(self.secure([GRID_LOST, "rounds: 2"], required="false"), "bad")
        self.assertEqual(result.code, 2)
        self.assertIn("without 'required: true'", result.err)


if __name__ == "__main__":
    program.main()
