"""Reliability of a plan from outside: closed form, files, the same bytes on ranks."""
import csv
import json
import os

import planning
import program
from program import archipelago


def study(folder):
    """Two regions without a tie: gas with two units that fail a tenth of the time serves 60 MW here, 40 MW there."""
    network = planning.write_folder(
        os.path.join(folder, "network"), ["a", "b"],
        tables={"loads": {"la": {"bus": "a", "p_set": 60}, "lb": {"bus": "b", "p_set": 40}},
                "generators": {name: {"bus": bus, "carrier": "gas", "p_nom": 80, "marginal_cost": 50, "unit_mw": 40,
                                      "mttf_h": 90, "mttr_h": 10} for name, bus in (("ga", "a"), ("gb", "b"))}},
        carriers={"gas": {"co2_emissions": 0.2}, "AC": {"co2_emissions": 0}})
    path = os.path.join(folder, "study.yaml")
    with open(path, "w") as file:
        file.write("study: firm\nnetwork: {path: %s, format: pypsa}\n"
                   "planning:\n  reliability: {years: 60, seed: 4}\n" % os.path.basename(network))
    return path


class Reliability(program.Case):
    def test_a_plan_is_assessed_and_is_the_same_on_any_number_of_ranks(self):
        path = study(self.path(""))
        for ranks in (1, 3):
            out = self.path("plan%d" % ranks)
            result = archipelago("plan", path, "-o", out, ranks=ranks)
            self.assertEqual(result.code, 0, result.err)
        one, three = self.path("plan1"), self.path("plan3")
        for name in ("reliability.json", "statistics.csv", "plan.json"):
            with open(os.path.join(one, name), "rb") as a, open(os.path.join(three, name), "rb") as b:
                self.assertEqual(a.read(), b.read(), name)
        with open(os.path.join(one, "reliability.json")) as file:
            region = {r["region"]: r for r in json.load(file)["periods"][0]["regions"]}
        q = 0.1
        self.assertAlmostEqual(region["a"]["analytic_eens_mwh"], 8760 * (2 * q * (1 - q) * 20 + q * q * 60), places=4)
        self.assertAlmostEqual(region["b"]["analytic_lolh_h"], 8760 * q * q, places=6)
        for name in "ab":
            self.assertLess(abs(region[name]["eens_mwh"] - region[name]["analytic_eens_mwh"]),
                            4 * region[name]["eens_mwh_standard_error"])
        with open(os.path.join(one, "statistics.csv")) as file:
            rows = {(r["variable"], r["region"]): float(r["value"]) for r in csv.DictReader(file)}
        self.assertEqual(rows["Expected Energy Not Served", "a"], region["a"]["eens_mwh"])


if __name__ == "__main__":
    program.main()
