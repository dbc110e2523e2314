"""The AC check of a plan: which hours, what they find, what the next round makes of it."""
import csv
import json
import os
import unittest

import planning
import program
from program import archipelago, files, shared_data


def two_regions(folder, load=130, reactive=40, south=200, tie=100, r=1.0, columns=True, **line):
    """Cheap power in the north, the town in the south, a line of 100 MVA between them; three hours, the second the highest."""
    buses = {name: {"carrier": "AC", "v_nom": 110, "region": name, "v_mag_pu_min": 0.9, "v_mag_pu_max": 1.1}
             for name in ("north", "south")}
    varying = {"loads-p_set": {"town": [load - 30, load, load - 20]}}
    if columns:
        varying["loads-q_set"] = {"town": [reactive] * 3}
    return planning.write_folder(
        folder, buses, planning.hours(3), carriers={"AC": {"co2_emissions": 0}, "gas": {"co2_emissions": 0.2}},
        tables={"loads": {"town": {"bus": "south"}},
                "generators": {
                    "north gas": {"bus": "north", "carrier": "gas", "p_nom": 300, "marginal_cost": 20},
                    "south gas": {"bus": "south", "carrier": "gas", "p_nom": south, "marginal_cost": 60}},
                "lines": {"tie": {"bus0": "north", "bus1": "south", "r": r, "x": 8.0, "s_nom": tie, **line}}},
        varying=varying)


class CheckCase(program.Case):
    def check(self, folder, *options, ranks=1, code=0, timeout=120):
        out = self.path("plan-%d" % len(os.listdir(self.directory)))
        result = archipelago("plan", folder, "--json", "-o", out, *options, ranks=ranks, timeout=timeout)
        self.assertEqual(result.code, code, result.err + result.out)
        self.out, self.result = out, result
        if code:
            return None
        with open(os.path.join(out, "check.json")) as stream:
            return json.load(stream)

    def hours(self, check, number=-1):
        return {hour["name"]: hour for hour in check["rounds"][number]["hours"]}


class Hours(CheckCase):
    def folder(self):
        """Two periods of four hours. Load 40 60 50 30; wind 0 10 30 30 of it; nuclear (6 s) runs in the first, gas (4 s) in the rest."""
        snapshots = [(year, label) for year in (2030, 2040) for label in planning.hours(4)]
        load, wind = [40, 60, 50, 30] * 2, [0.0, 0.1, 0.3, 0.3] * 2
        nuclear = [1.0, 0.0, 0.0, 0.0] * 2
        return planning.write_folder(
            self.path("folder"), ["a"], snapshots, periods={2030: (1, 10), 2040: (1, 10)},
            carriers={"AC": {"co2_emissions": 0}, "wind": {"co2_emissions": 0}, "gas": {"co2_emissions": 0.2},
                      "nuclear": {"co2_emissions": 0.001}},
            tables={"loads": {"l": {"bus": "a"}},
                    "generators": {
                        "w": {"bus": "a", "carrier": "wind", "p_nom": 100, "lifetime": 99, "build_year": 2020},
                        "n": {"bus": "a", "carrier": "nuclear", "p_nom": 200, "marginal_cost": 1, "lifetime": 99,
                              "build_year": 2020, "inertia_s": 6},
                        "g": {"bus": "a", "carrier": "gas", "p_nom": 100, "marginal_cost": 50, "lifetime": 99,
                              "build_year": 2020}}},
            varying={"loads-p_set": {"l": load}, "generators-p_max_pu": {"w": wind, "n": nuclear}})

    def test_peak_inertia_and_renewable_share_are_those_of_the_dispatch(self):
        hours = self.hours(self.check(self.folder(), "--check", "peak,lowest-inertia,highest-renewable"))
        self.assertEqual([h["name"] for h in hours.values()],
                         [f"{y}-{k}" for y in (2030, 2040) for k in ("peak", "lowest-inertia", "highest-renewable")])
        peak, inertia, renewable = (hours["2030-" + k] for k in ("peak", "lowest-inertia", "highest-renewable"))
        self.assertEqual(peak["snapshot"], "2030-01-01 01:00:00")
        self.assertAlmostEqual(peak["load_mw"], 60)
        self.assertAlmostEqual(peak["inertia_mws"], 4 * 100)  # gas alone, 100 MW
        self.assertEqual(inertia["snapshot"], "2030-01-01 03:00:00")  # wind alone
        self.assertEqual(inertia["inertia_mws"], 0)
        self.assertEqual(renewable["snapshot"], "2030-01-01 03:00:00")
        self.assertAlmostEqual(renewable["renewable_share"], 1, places=6)
        self.assertEqual(hours["2040-peak"]["period"], 2040)

    def test_an_hour_without_machines_is_dispatched_and_said_to_have_no_verdict(self):
        folder = planning.write_folder(
            self.path("folder"), ["a"], carriers={"AC": {"co2_emissions": 0}, "wind": {"co2_emissions": 0}},
            tables={"loads": {"l": {"bus": "a", "p_set": 20}},
                    "generators": {"w": {"bus": "a", "carrier": "wind", "p_nom": 100, "marginal_cost": 1}}})
        hour = self.hours(self.check(folder, "--check", "lowest-inertia"))["lowest-inertia"]
        self.assertEqual(hour["status"], "dispatched")
        self.assertIn("no machine is online", hour["no_verdict"])
        self.assertIn("no verdict", hour["verdict"])

    def test_the_typical_hour_is_nearest_to_the_means(self):
        folder = two_regions(self.path("folder"))  # 100, 130, 110 MW: the mean is 113.3
        hour = self.hours(self.check(folder, "--check", "typical"))["typical"]
        self.assertEqual(hour["snapshot"], "2030-01-01 02:00:00")

    def test_an_unknown_kind_of_hour_is_one_clear_line(self):
        folder = two_regions(self.path("folder"))
        self.check(folder, "--check", "peak,noon", code=2)
        self.assertIn("found noon, expected peak, lowest-inertia, highest-renewable or typical", self.result.err)
        self.assertFalse(os.path.exists(self.out))


class Findings(CheckCase):
    def test_an_overload_that_the_lossless_plan_does_not_see_is_found(self):
        check = self.check(two_regions(self.path("folder")), "--check", "peak")
        hour = self.hours(check)["peak"]
        (overload,) = hour["power_flow"]["overloads"]
        # Both voltages are held at 1 per unit, 100 MW arrive less than what is lost on the way: the power at the sending end
        # in closed form from P = g (1 - cos d) + b sin d and Q = b (1 - cos d) - g sin d.
        z = complex(1.0, 8.0) / 110 ** 2
        y = 1 / z
        import math
        low, high = 0.0, 0.5
        for _ in range(100):
            d = (low + high) / 2
            received = -(y.real * (1 - math.cos(d)) - -y.imag * math.sin(d))
            low, high = (d, high) if received < 100 else (low, d)
        sent = complex(y.real * (1 - math.cos(d)) - y.imag * math.sin(d),
                       -y.imag * (1 - math.cos(d)) - y.real * math.sin(d))
        self.assertAlmostEqual(overload["mva"], abs(sent), places=4)
        self.assertAlmostEqual(overload["mw"], sent.real, places=4)
        self.assertEqual(overload["rating_mva"], 100)
        self.assertAlmostEqual(hour["power_flow"]["losses_mw"], sent.real - 100, places=4)
        self.assertGreater(hour["redispatch_cost"], 0)
        with open(os.path.join(self.out, "statistics.csv")) as stream:
            rows = {row["variable"]: float(row["value"]) for row in csv.DictReader(stream) if row["variable"][:3] == "AC "}
        self.assertAlmostEqual(rows["AC Overload"], abs(sent) - 100, places=4)
        self.assertAlmostEqual(rows["AC Redispatch Cost"], hour["redispatch_cost"], places=6)
        self.assertEqual(rows["AC Hours Checked"], 1)

    def test_one_more_round_mends_the_overload(self):
        check = self.check(two_regions(self.path("folder")), "--check", "peak,typical", "--rounds", "3")
        self.assertEqual(len(check["rounds"]), 2)
        self.assertEqual(check["ended"], "nothing is left to mend")
        (constraint,) = check["rounds"][0]["constraints"]
        self.assertEqual((constraint["constraint"], constraint["name"]), ("rating", "tie"))
        self.assertEqual(check["rounds"][1]["hours_with_findings"], 0)
        self.assertGreater(check["rounds"][1]["total_cost"], check["rounds"][0]["total_cost"])
        # The flow of the new plan is the line's rating times the new limit, and the rest comes from the south at 60.
        flow = planning.read_series(self.out, "lines-p0")["tie"]
        self.assertAlmostEqual(flow[1], 100 * constraint["value"], places=4)
        self.assertEqual(json.loads(self.result.out)["check"]["hours_with_findings"], 0)

    def test_an_hour_without_an_ac_dispatch_says_where_and_how_many_megawatts(self):
        # 30 MW from the south and 100 MVA over the line cannot serve 130 MW and the losses.
        check = self.check(two_regions(self.path("folder"), south=30), "--check", "peak")
        hour = self.hours(check)["peak"]
        self.assertEqual(hour["status"], "infeasible")
        self.assertGreater(hour["shortage_mw"], 0.1)
        self.assertLess(hour["shortage_mw"], 20)
        self.assertEqual(hour["regions_short"][0]["region"], "south")
        self.assertIn("MW short, most in south", hour["verdict"])
        self.assertTrue(os.path.exists(os.path.join(self.out, "check", "peak", "failure.json")))
        self.assertTrue(os.path.exists(os.path.join(self.out, "check", "peak", "network", "study.yaml")))

    def test_a_shortage_becomes_demand_and_capacity_in_the_next_round(self):
        folder = two_regions(self.path("folder"), south=30)
        rows = planning.read_table(folder, "generators")
        rows["south gas"].update(p_nom_extendable="True", p_nom="0", capital_cost="10")
        planning.table(folder, "generators", rows)
        check = self.check(folder, "--check", "peak", "--rounds", "4")
        first, last = self.hours(check, 0)["peak"], self.hours(check)["peak"]
        self.assertNotEqual(first["status"], "dispatched")
        self.assertIn("demand", [c["constraint"] for c in check["rounds"][0]["constraints"]])
        self.assertEqual(last["status"], "dispatched", check["ended"])

    def test_rounds_are_bounded_and_what_remains_is_said(self):
        check = self.check(two_regions(self.path("folder"), south=30), "--check", "peak", "--rounds", "2")
        self.assertLessEqual(len(check["rounds"]), 3)
        self.assertEqual(check["rounds"][-1]["hours_with_findings"], 1)
        self.assertIn(check["ended"], ("no round is left", "the constraints of the last round leave no plan",
                                       "nothing in the plan can mend what is left"))
        self.assertTrue(os.path.exists(os.path.join(self.out, "generators-p.csv")))

    def test_a_plan_without_reactive_data_is_checked(self):
        hour = self.hours(self.check(two_regions(self.path("folder"), columns=False), "--check", "peak"))["peak"]
        self.assertEqual(hour["status"], "dispatched")
        limits = planning.read_table(os.path.join(self.out, "check", "peak", "network"), "generators")
        self.assertEqual((float(limits["north gas"]["q_min"]), float(limits["north gas"]["q_max"])), (-120, 120))


class Runs(CheckCase):
    def test_runs_verify_and_the_bills_of_classes_come_out(self):
        self.check(two_regions(self.path("folder")), "--check", "peak,typical")
        for name in ("peak", "typical"):
            run = os.path.join(self.out, "check", name)
            self.assertEqual(archipelago("ledger", "verify", os.path.join(run, "ledger")).code, 0)
            with open(os.path.join(run, "summary.json")) as stream:
                summary = json.load(stream)
            self.assertEqual(float(summary["settlement_sum"]), 0)
            bills = {row["class"]: float(row["net"]) for row in summary["market"]["classes"]}
            self.assertLess(bills["consumer"], 0)
            self.assertGreater(bills["producer"], 0)
            again = self.path("again-" + name)
            self.assertEqual(archipelago("run", os.path.join(run, "network", "study.yaml"), "-o", again).code, 0)
            self.assertEqual(program.read(os.path.join(again, "results.nc")), program.read(os.path.join(run, "results.nc")))

    def test_everything_is_the_same_on_two_ranks(self):
        folder, found = two_regions(self.path("folder")), []
        for ranks in (1, 2):
            self.check(folder, "--check", "peak,typical", "--rounds", "1", ranks=ranks)
            found.append(files(self.out, without=("provenance.json",)))
        self.assertEqual(sorted(found[0]), sorted(found[1]))
        for name, content in found[0].items():
            self.assertEqual(content, found[1][name], name)

    def test_without_a_directory_it_is_told_and_nothing_is_left(self):
        folder = two_regions(self.path("folder"))
        scratch = self.path("scratch")
        os.mkdir(scratch)
        result = archipelago("plan", folder, "--check", "peak", env={"TMPDIR": scratch})
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("as an AC system", result.out)
        self.assertIn("1 overload", result.out)
        self.assertEqual([name for name in os.listdir(scratch) if "check" in name], [])


class Germany(CheckCase):
    def test_the_german_network_has_an_ac_dispatch_at_its_peak(self):
        folder = shared_data("pypsa", "scigrid-de")
        if not folder:
            self.skipTest("the shared data is not there")
        hour = self.hours(self.check(folder, "--check", "peak", timeout=600))["peak"]
        self.assertEqual(hour["snapshot"], "2011-01-01 17:00:00")
        self.assertEqual(hour["status"], "dispatched")
        self.assertTrue(hour["power_flow"]["converged"])
        self.assertGreater(len(hour["power_flow"]["overloads"]), 0)
        self.assertGreater(hour["losses_mw"], 0.01 * hour["load_mw"])
        self.assertLess(hour["losses_mw"], 0.05 * hour["load_mw"])


if __name__ == "__main__":
    unittest.main()
