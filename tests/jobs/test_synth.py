"""Generated systems: the same bytes, the same regions in systems of any size, and systems that run, settle and can be planned."""
import csv
import os

import program
from program import archipelago

TABLES = ["buses.csv", "lines.csv", "transformers.csv", "generators.csv", "loads.csv", "storage_units.csv", "participants.csv",
          "dynamics.csv"]
SERIES = ["loads-p_set.csv", "loads-q_set.csv", "generators-p_max_pu.csv"]


def content(folder):
    result = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            result[name] = f.read()
    return result


def rows(folder, name):
    with open(os.path.join(folder, name), newline="") as f:
        return list(csv.DictReader(f))


class Synth(program.Case):
    def make(self, name, *options):
        folder = self.path(name)
        result = archipelago("synth", "-o", folder, *[str(word) for word in options])
        self.assertEqual(result.code, 0, result.err)
        return folder

    def test_the_same_options_give_the_same_bytes_and_another_seed_others(self):
        options = ("--regions", 5, "--buses", 11, "--hours", 30, "--carriers", "heat,hydrogen", "--invest")
        one, two = (content(self.make(name, *options)) for name in ("one", "two"))
        self.assertEqual(one, two)
        other = content(self.make("other", *options, "--seed", 2))
        for name in TABLES + SERIES:
            self.assertNotEqual(one[name], other[name], name)

    def test_a_region_is_the_same_in_a_larger_system(self):
        for topology in "grid", "random", "hub", "ring":
            with self.subTest(topology):
                small = self.make("small " + topology, "-r", 6, "-b", 10, "--hours", 5, "-t", topology)
                large = self.make("large " + topology, "-r", 20, "-b", 10, "--hours", 5, "-t", topology)
                for name in TABLES:
                    old = rows(small, name)
                    if topology == "ring":  # the last region closes it
                        old = [row for row in old if not row.get("name", "").startswith("tie r00004-r00005")]
                    new = rows(large, name)
                    for row in old:
                        self.assertIn(row, new, name)
                for name in SERIES:
                    for old, new in zip(rows(small, name), rows(large, name)):
                        self.assertEqual(old, {key: new[key] for key in old})

    def test_every_number_of_regions_hangs_together(self):
        for topology in "grid", "random", "hub", "ring":
            folder = self.make("graph " + topology, "-r", 40, "-b", 2, "--hours", 1, "-t", topology)
            reached = {"r00000"}
            ties = [line["name"].split()[1].split("-") for line in rows(folder, "lines.csv")
                    if line["name"].startswith("tie")]
            for _ in range(40):
                for a, b in ties:
                    if a in reached or b in reached:
                        reached |= {a, b}
            self.assertEqual(len(reached), 40, topology)

    def test_neighbours_have_nearly_the_same_weather_and_far_regions_have_not(self):
        folder = self.make("weather", "-r", 900, "-b", 2, "--hours", 336, "-t", "grid")
        data = rows(folder, "generators-p_max_pu.csv")

        def wind(region):
            values = [float(row[f"r{region:05d} wind 1"]) for row in data]
            mean = sum(values) / len(values)
            return [v - mean for v in values]

        def alike(a, b):
            x, y = wind(a), wind(b)
            return sum(u * v for u, v in zip(x, y)) / (sum(u * u for u in x) * sum(v * v for v in y)) ** 0.5

        near = [alike(k, k + 1) for k in (100, 200, 300, 410)]
        far = [alike(0, k) for k in (841, 860, 899)]  # the other sides, 400 km and more away
        self.assertGreater(min(near), 0.7)
        self.assertLess(sum(far) / 3, sum(near) / 4 - 0.15)

    def test_checks_pass_and_participants_own_all(self):
        folder = self.make("checked", "-r", 3, "-b", 17, "--carriers", "electricity,heat,hydrogen")
        result = archipelago("check", os.path.join(folder, "study.yaml"))
        self.assertEqual((result.code, result.err), (0, ""))
        owned = {(row["component"], row["asset"]) for row in rows(folder, "participants.csv")}
        for component, name in (("generator", "generators"), ("load", "loads"), ("link", "links"),
                                ("storage", "storage_units"), ("storage", "stores")):
            for row in rows(folder, name + ".csv"):
                self.assertIn((component, row["name"]), owned)

    def test_the_interior_point_solves_any_seed_and_shape(self):
        shapes = [(1, 1, "grid"), (1, 40, "random"), (2, 9, "ring"), (9, 8, "hub"), (30, 3, "random"), (12, 25, "grid")]
        for seed, (regions, buses, topology) in enumerate(shapes * 2):
            with self.subTest(seed=seed, regions=regions, buses=buses, topology=topology):
                folder = self.make(f"any {seed}", "-r", regions, "-b", buses, "--hours", 1, "-s", seed, "-t", topology)
                result = archipelago("opf", folder, "--regions", "region" if regions > 1 else "1", "--json")
                self.assertEqual((result.code, result.json["status"]), (0, "optimal"), result.err)

    def test_coordination_finds_the_cost_of_the_interior_point(self):
        for seed, topology in ((3, "grid"), (4, "ring"), (3, "random"), (3, "hub")):
            with self.subTest(topology):
                folder = self.make("two " + topology, "-r", 6, "-b", 10, "--hours", 1, "-s", seed, "-t", topology)
                cost = [archipelago("opf", folder, "--regions", "region", "--method", method, "--json")
                        for method in ("interior-point", "admm")]
                self.assertEqual([c.code for c in cost], [0, 0], cost[1].err)
                self.assertAlmostEqual(cost[1].json["objective"] / cost[0].json["objective"], 1, delta=1e-4)

    def test_a_day_is_dispatched_simulated_settled_and_audited(self):
        folder = self.make("day", "-r", 4, "-b", 9, "--hours", 24)
        out = self.path("day run")
        result = archipelago("run", os.path.join(folder, "study.yaml"), "--policy", "stability", "-o", out, "--json")
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(archipelago("ledger", "verify", out).code, 0)
        self.assertEqual(archipelago("ledger", "audit", out).code, 0)
        shown = archipelago("show", out)
        self.assertIn("fault of 0.100 s at bus 1: stable", shown.out)

    def test_a_plan_is_optimal(self):
        folder = self.make("plan", "-r", 3, "-b", 6, "--hours", 24, "--invest", "--carriers", "heat")
        result = archipelago("plan", os.path.join(folder, "plan.yaml"), "--json")
        self.assertEqual((result.code, result.json["status"]), (0, "optimal"), result.err)

    def test_bad_arguments_get_one_line_and_leave_nothing(self):
        there = self.make("there", "-r", 1, "--hours", 1)
        for options, word in ((["--regions", "0"], "--regions"), (["--buses", "x"], "--buses"), (["--hours", "0"], "--hours"),
                              (["--seed", "-1"], "--seed"), (["--topology", "star"], "star"),
                              (["--carriers", "gas"], "gas"), (["--regions", "2000000"], "1,000,000"),
                              (["--hours", "90000"], "87,840")):
            out = self.path("bad")
            result = archipelago("synth", "-o", out, *options)
            self.assertEqual(result.code, 2, options)
            self.assertEqual(len(result.err.strip().splitlines()), 1, result.err)
            self.assertIn(word, result.err)
            self.assertFalse(os.path.exists(out))
        for options in ([], ["-o", there], ["-o", os.path.join(there, "buses.csv", "below")]):
            result = archipelago("synth", *options)
            self.assertEqual((result.code, len(result.err.strip().splitlines())), (2, 1), result.err)


if __name__ == "__main__":
    program.main()
