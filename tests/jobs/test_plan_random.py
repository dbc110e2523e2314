"""archipelago plan on random folders against GLPK, which solves a plain second formulation (plan_reference.py): status,
cost, multipliers and prices, and the folder that is left behind. PLAN_RANDOM_CASES and PLAN_RANDOM_SEED ask for more."""
import math
import os
import random
import shutil
import unittest

import plan_folders
import plan_reference
import planning
import program
from program import archipelago

CASES = int(os.environ.get("PLAN_RANDOM_CASES", "20"))  # of each of the two kinds
SEED = int(os.environ.get("PLAN_RANDOM_SEED", "1000"))
STEP = 0.05  # of right-hand sides, for the slopes that multipliers lie between


@unittest.skipUnless(shutil.which("glpsol"), "glpsol is not there (Debian's glpk-utils)")
class RandomFolders(program.Case):
    def check(self, seed, mean):
        folder, out = self.path(f"in{seed}"), self.path(f"out{seed}")
        plan_folders.Folder(seed, mean).write(folder)
        result = archipelago("plan", folder, "--json", "-o", out)
        try:
            reference = plan_reference.Reference(folder)
        except plan_reference.Unsupported:
            self.assertEqual(result.code, 2, result.err)
            return "unsupported"
        status, cost = reference.solve(self.directory)
        self.assertIn(result.code, (0, 3), result.err)
        self.assertEqual(result.json["status"], status, result.err)
        self.assertEqual(result.code, 0 if status == "optimal" else 3, result.err)
        if status == "optimal":
            self.check_numbers(result.json, reference, cost)
            self.check_solution(reference, out, cost)
            self.check_multipliers(result.json, reference, cost)
            self.check_prices(random.Random(seed), reference, out, cost)
        else:
            self.assertIn(f"{status}: ", result.err)
        return status

    def near(self, found, expected, relative):
        self.assertLessEqual(abs(found - expected), relative * max(1.0, abs(expected)), f"{found} is not {expected}")

    def check_numbers(self, plan, reference, cost):
        self.near(plan["objective_constant"], reference.constant, 1e-9)
        self.near(plan["objective"] + plan["objective_constant"], cost, 1e-6)

    def check_solution(self, reference, out, cost):
        """The folder's own numbers keep every row of the second formulation, and cost what is said."""
        found = reference.solution(out)
        broken, row = reference.violation(found)
        self.assertLessEqual(broken, 1e-6, row)
        self.near(reference.cost_of(found), cost, 1e-6)

    def within(self, value, row, reference, cost, scale=1.0):
        """A multiplier is a slope of the cost: one between those to both sides, where it is not unique."""
        low, high = reference.range_of(self.directory, row, STEP)
        slack = 1e-3 * max(1.0, abs(value)) + 1e-9 * max(1.0, abs(cost)) / STEP / scale
        self.assertTrue(low / scale - slack <= value <= high / scale + slack,
                        f"{row}: {value} is not between {low / scale} and {high / scale}")

    def check_multipliers(self, plan, reference, cost):
        for name, value in plan["global_constraint_multipliers"].items():
            if ("global", name) in reference.rows:
                self.within(value, ("global", name), reference, cost)

    def check_prices(self, chosen, reference, out, cost):
        prices = planning.read_series(out, "buses-marginal_price")
        for _ in range(2):
            bus, t = chosen.choice(sorted(reference.table["buses"].row)), chosen.randrange(reference.count)
            self.within(prices[bus][t], ("balance", bus, t), reference, cost, reference.money(t))

    def run_all(self, mean):
        seen = {}
        for seed in range(SEED, SEED + CASES):
            with self.subTest(seed=seed, mean=mean):
                status = self.check(seed, mean)
                seen[status] = seen.get(status, 0) + 1
            shutil.rmtree(self.path(f"in{seed}"), ignore_errors=True)
            shutil.rmtree(self.path(f"out{seed}"), ignore_errors=True)
        return seen

    def test_plans_are_those_of_a_second_formulation(self):
        seen = self.run_all(mean=False)
        self.assertGreater(seen.get("optimal", 0), CASES / 2, seen)

    def test_folders_without_a_way_out_have_the_same_status(self):
        seen = self.run_all(mean=True)
        self.assertGreater(seen.get("infeasible", 0), 0, seen)


class Reference(program.Case):
    """The second formulation, by hand."""

    @unittest.skipUnless(shutil.which("glpsol"), "glpsol is not there (Debian's glpk-utils)")
    def test_it_finds_what_can_be_worked_out(self):
        folder = planning.write_folder(
            self.path("in"), ["a"], tables={
                "loads": {"l": {"bus": "a", "p_set": 100}},
                "generators": {"cheap": {"bus": "a", "p_nom": 60, "marginal_cost": 20},
                               "new": {"bus": "a", "p_nom_extendable": True, "p_nom": 10, "capital_cost": 5,
                                       "marginal_cost": 30}}})
        reference = plan_reference.Reference(folder)
        status, cost = reference.solve(self.directory)
        self.assertEqual(status, "optimal")
        self.near_to(cost, 60 * 20 + 40 * 35)
        self.near_to(reference.constant, 50)
        low, high = reference.range_of(self.directory, ("balance", "a", 0), 1)
        self.near_to(low, 35)
        self.near_to(high, 35)
        broken, row = reference.violation({("generators", "p_nom", "new"): 40, ("generators", "p", "cheap", 0): 70,
                                           ("generators", "p", "new", 0): 30, ("buses", "v_ang", "a", 0): 0})
        self.assertEqual(row, ("upper", ("generators", "p", "cheap", 0)))
        self.near_to(broken, 10 / 70)

    def near_to(self, found, expected):
        self.assertTrue(math.isclose(found, expected, rel_tol=1e-9), f"{found} is not {expected}")


class Carriers(program.Case):
    def test_a_store_without_a_carrier_has_that_of_its_bus(self):
        """4 t allow 20 MWh of gas out of the tank, which are 10 MWh of the load; the rest costs 40 a MWh."""
        folder = planning.write_folder(
            self.path("in"), {"a": {"carrier": "AC"}, "h": {"carrier": "gas"}}, planning.hours(2),
            tables={"loads": {"l": {"bus": "a", "p_set": 10}},
                    "generators": {"g": {"bus": "a", "p_nom": 50, "marginal_cost": 40}},
                    "links": {"k": {"bus0": "h", "bus1": "a", "p_nom": 100, "efficiency": 0.5, "carrier": "turbine"}},
                    "stores": {"s": {"bus": "h", "e_nom": 100, "e_initial": 100}},
                    "global_constraints": {"co2": {"type": "primary_energy", "carrier_attribute": "co2_emissions",
                                                   "sense": "<=", "constant": 4}}},
            carriers={"AC": {}, "gas": {"co2_emissions": 0.2}, "turbine": {}})
        result = archipelago("plan", folder, "--json")
        self.assertEqual(result.code, 0, result.err)
        self.assertAlmostEqual(result.json["objective"], 400, delta=1e-4)
        self.assertAlmostEqual(result.json["global_constraint_multipliers"]["co2"], -100, delta=1e-3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
