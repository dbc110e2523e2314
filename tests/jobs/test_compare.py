"""Plans and runs side by side: the same numbers as computed here in another way, differences, names, and what cannot be
compared."""
import csv
import io
import json
import os
import unittest

import program
from program import archipelago

HOURS = 8760 / 4
WIND = [0.9, 0.3, 0.6, 0.0]
LOAD = [60.0, 80.0, 70.0, 90.0]

FILES = {
    "network.csv": "name\ntwo towns\n",
    "snapshots.csv": "snapshot,objective,stores,generators\n" + "".join(
        f"2030-01-01 {h:02d}:00:00,{HOURS},{HOURS},{HOURS}\n" for h in range(4)),
    "carriers.csv": "name,co2_emissions\nAC,0\ngas,0.2\ncoal,0.34\nwind,0\n",
    "buses.csv": "name,carrier,location,v_nom\na,AC,north,110\nb,AC,south,110\n",
    "generators.csv": "name,bus,carrier,p_nom,p_nom_extendable,p_nom_max,capital_cost,marginal_cost,efficiency\n"
                      "turbine,a,gas,0,True,inf,40000,45,0.5\nplant,a,coal,0,True,inf,60000,18,0.4\n"
                      "mill,b,wind,0,True,250,70000,0,1\n",
    "generators-p_max_pu.csv": "snapshot,mill\n" + "".join(
        f"2030-01-01 {h:02d}:00:00,{WIND[h]}\n" for h in range(4)),
    "loads.csv": "name,bus,carrier\ntown,b,\n",
    "loads-p_set.csv": "snapshot,town\n" + "".join(f"2030-01-01 {h:02d}:00:00,{LOAD[h]}\n" for h in range(4)),
    "lines.csv": "name,bus0,bus1,x,s_nom,length\ntie,a,b,1,200,25\n",
}
STUDY = """study: two-towns
network: {path: two-towns, format: pypsa}
regions: location
planning: {currency: EUR, region: location}
policies:
  none: {}
  price: {planning: {carbon_price: 60}}
  trading: {planning: {peer_to_peer: true}}
"""


def table(text):
    """{(variable, carrier, region, period): {column: text}}"""
    rows = csv.DictReader(io.StringIO(text))
    return {(r["variable"], r["carrier"], r["region"], r["period"]): r for r in rows}


def series(path):
    with open(path, newline="") as stream:
        rows = list(csv.reader(stream))
    return {name: [float(row[k]) for row in rows[1:]] for k, name in enumerate(rows[0]) if k}


def static(path):
    with open(path, newline="") as stream:
        return {row["name"]: row for row in csv.DictReader(stream)}


class Plans(program.Case):
    """Three policies of one small study, planned once."""
    @classmethod
    def setUpClass(cls):
        cls.case = program.Case("setUp")
        cls.case.setUp()
        for name, text in FILES.items():
            cls.case.write(os.path.join("two-towns", name), text)
        study = cls.case.write("study.yaml", STUDY)
        cls.plan = {}
        for policy in ("none", "price", "trading"):
            cls.plan[policy] = cls.case.path("plans", policy)
            result = archipelago("plan", study, "--policy", policy, "-o", cls.plan[policy])
            assert result.code == 0, result.err

    @classmethod
    def tearDownClass(cls):
        cls.case.doCleanups()

    def compared(self, *arguments, **kwargs):
        out = self.path("table.csv")
        result = archipelago("compare", *self.plan.values(), "--base", self.plan["none"], "--csv", out, *arguments,
                             **kwargs)
        self.assertEqual(result.code, 0, result.err)
        with open(out) as stream:
            return table(stream.read()), result

    def recomputed(self, directory):
        """Cost, tonnes and prices out of the plan's own tables."""
        generators = static(os.path.join(directory, "generators.csv"))
        power = series(os.path.join(directory, "generators-p.csv"))
        price = series(os.path.join(directory, "buses-marginal_price.csv"))
        factor = {"turbine": 0.2 / 0.5, "plant": 0.34 / 0.4, "mill": 0}
        running = {"turbine": 45, "plant": 18, "mill": 0}
        building = {"turbine": 40000, "plant": 60000, "mill": 70000}
        energy = {g: HOURS * sum(power.get(g, [0])) for g in generators}
        capacity = {g: float(row.get("p_nom_opt") or 0) for g, row in generators.items()}
        cost = sum(building[g] * capacity[g] + running[g] * energy[g] for g in generators)
        spilled = HOURS * sum(max(0, WIND[t] * capacity["mill"] - power["mill"][t]) for t in range(4))
        return {
            ("System Cost", "", ""): cost,
            ("Emissions CO2", "", ""): sum(factor[g] * energy[g] for g in generators),
            ("Optimal Capacity", "wind", "south"): capacity["mill"],
            ("Optimal Capacity", "coal", ""): capacity["plant"],
            ("Supply", "gas", "north"): energy["turbine"],
            ("Curtailment", "wind", "south"): spilled,
            ("Price Average", "AC", "south"): sum(p * w for p, w in zip(price["b"], LOAD)) / sum(LOAD),
            ("Price Average Time", "AC", ""): sum(price["a"] + price["b"]) / 8,
            ("Energy Bill", "AC load", "south"): HOURS * sum(p * w for p, w in zip(price["b"], LOAD)),
            ("Revenue", "wind", "south"): HOURS * sum(p * w for p, w in zip(price["b"], power["mill"])),
            ("Transmission Volume", "AC line", ""): HOURS * sum(
                abs(power["turbine"][t] + power["plant"][t]) for t in range(4)),
            ("Demand", "AC", ""): HOURS * sum(LOAD),
        }

    def test_numbers_are_those_of_the_plans_tables(self):
        rows, _ = self.compared()
        for policy, directory in self.plan.items():
            for key, expected in self.recomputed(directory).items():
                with self.subTest(policy=policy, key=key):
                    value = float(rows[key + ("",)][policy])
                    self.assertAlmostEqual(value, expected, delta=1e-6 * max(1, abs(expected)))

    def test_cost_with_carbon_payments_is_the_objective(self):
        rows, _ = self.compared()
        for policy, directory in self.plan.items():
            with open(os.path.join(directory, "plan.json")) as stream:
                plan = json.load(stream)
            paid = float(rows["Carbon Payments", "", "", ""][policy] or 0)
            cost = float(rows["System Cost", "", "", ""][policy]) + paid
            self.assertAlmostEqual(cost, plan["objective"] + plan["objective_constant"], delta=1e-6 * cost)
        self.assertEqual(rows["Carbon Payments", "", "", ""]["none"], "")  # nothing is paid: missing, not 0
        self.assertEqual(float(rows["Carbon Price", "", "", ""]["price"]), 60)

    def test_differences_and_cost_of_a_tonne(self):
        rows, _ = self.compared()
        for key, row in rows.items():
            for policy in ("price", "trading"):
                if not row["none"] or not row[policy]:
                    self.assertEqual(row[policy + " difference"], "", key)
                    continue
                difference = float(row[policy]) - float(row["none"])
                self.assertEqual(float(row[policy + " difference"]), difference, key)
                if abs(float(row["none"])) > 1e-6:
                    self.assertAlmostEqual(float(row[policy + " percent"]), 100 * difference / abs(float(row["none"])),
                                           delta=1e-6 * (1 + abs(float(row[policy + " percent"]))))
        cost, tonnes = rows["System Cost", "", "", ""], rows["Emissions CO2", "", "", ""]
        avoided = float(tonnes["none"]) - float(tonnes["price"])
        self.assertGreater(avoided, 0)
        perTonne = float(rows["Cost Per Tonne Avoided", "", "", ""]["price"])
        self.assertAlmostEqual(perTonne, (float(cost["price"]) - float(cost["none"])) / avoided, places=6)
        self.assertTrue(0 < perTonne <= 60 + 1e-6)  # nobody avoids a tonne for more than its price
        self.assertEqual(rows["Cost Per Tonne Avoided", "", "", ""]["none"], "")

    def test_who_may_build_freely_gains_nothing(self):
        rows, _ = self.compared()
        for policy in self.plan:
            scale = float(rows["System Cost", "", "", ""][policy])
            for carrier in ("gas", "coal"):
                self.assertLess(abs(float(rows["Net Present Value", carrier, "", ""][policy])), 1e-5 * scale)

    def test_trading_changes_the_settlement_only(self):
        rows, result = self.compared("--json")
        notes = result.json["notes"]
        self.assertEqual(len([n for n in notes if "settlement only" in n and n.startswith("trading")]), 1)
        self.assertFalse([n for n in notes if n.startswith("price")])
        for key, row in rows.items():
            self.assertEqual(row["none"], row["trading"], key)

    def test_json_says_the_same_as_the_table(self):
        rows, result = self.compared("--json")
        document = result.json
        self.assertEqual((document["status"], document["base"]), ("done", "none"))
        self.assertEqual([run["name"] for run in document["runs"]], ["none", "price", "trading"])
        self.assertEqual(len(document["rows"]), len(rows))
        for row in document["rows"]:
            same = rows[row["variable"], row["carrier"], row["region"], "" if row["period"] is None else str(row["period"])]
            self.assertEqual(row["unit"], same["unit"])
            for name, value in row["values"].items():
                self.assertEqual("" if value is None else value, float(same[name]) if same[name] else "")

    def test_a_variable_has_one_unit(self):
        rows, _ = self.compared()
        units = {}
        for (variable, *_), row in rows.items():
            self.assertEqual(units.setdefault(variable, row["unit"]), row["unit"], variable)

    def test_every_variable_is_defined_in_the_documentation(self):
        rows, _ = self.compared()
        with open(os.path.join(program.SOURCE, "docs", "comparison.md")) as stream:
            told = [line.split(" | ") for line in stream if line.startswith("| ")]
        units = {cells[0][2:]: cells[1] for cells in told if len(cells) == 3}
        for (variable, *_), row in rows.items():
            self.assertEqual(units.get(variable), row["unit"], variable)

    def test_the_screen_is_as_wide_as_asked(self):
        for width in (95, 130, 200):
            _, result = self.compared(env={"COLUMNS": str(width)})
            lines = [x for x in result.out.splitlines() if not x.startswith(("base", "run", "note"))]
            self.assertLessEqual(max(map(len, lines)), width)
            self.assertIn("System Cost", result.out)
            self.assertIn("wind", result.out)
        self.assertLess(result.out.index("System Cost"), result.out.index("capacities"))

    def test_filter_and_by(self):
        rows, _ = self.compared("--filter", "optimal capacity", "--by", "region")
        self.assertEqual({key[0] for key in rows}, {"Optimal Capacity"})
        self.assertEqual({key[2] for key in rows}, {"north", "south"})
        rows, _ = self.compared("--by", "carrier")
        self.assertEqual({key[2] for key in rows}, {""})

    def test_layout_of_the_iamc(self):
        out = self.path("iamc.csv")
        _, _ = self.compared("--iamc", out)
        with open(out) as stream:
            rows = list(csv.DictReader(stream))
        self.assertEqual(list(rows[0]), ["model", "scenario", "region", "variable", "unit", "2030"])
        found = {(r["scenario"], r["region"], r["variable"]): float(r["2030"]) for r in rows}
        wind = float(static(os.path.join(self.plan["price"], "generators.csv"))["mill"]["p_nom_opt"])
        self.assertEqual(found["price", "south", "Capacity|Electricity|Wind"], wind)
        self.assertEqual(found["price", "World", "Price|Carbon"], 60)

    def test_the_same_bytes_on_any_number_of_ranks(self):
        texts = set()
        for ranks in (1, 2, 3):
            self.compared("--iamc", self.path("iamc.csv"), ranks=ranks)
            texts.add((program.read(self.path("table.csv")), program.read(self.path("iamc.csv"))))
        self.assertEqual(len(texts), 1)

    def test_equal_policies_are_told_by_their_directories(self):
        other = self.path("elsewhere")
        os.symlink(os.path.dirname(self.plan["none"]), self.path("plans"))
        os.makedirs(other)
        for name in ("plan.json", "statistics.csv"):
            os.symlink(os.path.join(self.plan["none"], name), os.path.join(other, name))
        result = archipelago("compare", other, "--base", self.plan["none"], "--json")
        self.assertEqual([run["name"] for run in result.json["runs"]], ["none", "elsewhere"])

    def test_a_solved_folder_counts_as_a_plan_does(self):
        folder = self.path("folder")
        os.makedirs(folder)
        for name in os.listdir(self.plan["none"]):
            if name.endswith(".csv") and name not in ("statistics.csv", "iamc.csv"):
                os.symlink(os.path.join(self.plan["none"], name), os.path.join(folder, name))
        result = archipelago("compare", folder, "--base", self.plan["none"], "--json")
        self.assertEqual(result.code, 0, result.err)
        rows = {(r["variable"], r["carrier"], r["region"]): r["values"] for r in result.json["rows"]}
        for key in (("System Cost", "", ""), ("Emissions CO2", "", ""), ("Revenue", "wind", "south")):
            self.assertAlmostEqual(rows[key]["folder"], rows[key]["none"], delta=1e-9 * abs(rows[key]["none"]))

    def refused(self, *arguments):
        result = archipelago("compare", *arguments, "--csv", self.path("none.csv"))
        self.assertEqual(result.code, 2, result.out)
        self.assertEqual(result.err.count("\n"), 1, result.err)
        self.assertFalse(os.path.exists(self.path("none.csv")))
        return result.err

    def test_what_cannot_be_compared_is_one_line(self):
        unfinished = self.path("unfinished")
        self.write("unfinished/study.json", "{}")
        self.write("nothing/readme", "")
        self.assertIn("is not there", self.refused(self.plan["none"], self.path("nowhere")))
        self.assertIn("is no run directory", self.refused(self.plan["none"], self.path("nothing")))
        self.assertIn("is not complete", self.refused(self.plan["none"], unfinished))
        self.write("unfinished/failure.json", '{"status": "infeasible", "message": "too much of nothing"}')
        self.assertIn("too much of nothing", self.refused(self.plan["none"], "--base", unfinished))
        self.assertIn("is not solved", self.refused(self.case.path("two-towns"), self.plan["none"]))
        self.assertIn("Optimal Capacity", self.refused(self.plan["none"], "--filter", "Optimal Capacit"))
        self.assertIn("--by", self.refused(self.plan["none"], "--by", "colour"))

    def test_other_currencies_are_refused(self):
        with open(os.path.join(self.plan["none"], "plan.json")) as stream:
            plan = json.load(stream)
        plan["currency"] = "USD"
        self.write("dollars/plan.json", json.dumps(plan))
        self.write("dollars/statistics.csv", "variable,carrier,region,period,unit,value\nSystem Cost,,,,USD,1\n")
        self.assertIn("USD", self.refused(self.plan["none"], self.path("dollars")))


class Runs(program.Case):
    def test_runs_of_a_day_are_compared_too(self):
        paths = {}
        for name, policy in (("base", ""), ("price", "policies: {price: {market: {carbon: {price: 80}}}}\n")):
            study = self.study(f"{name}.yaml", hours=1, count=1, model="dc", method="interior-point", extra=policy)
            paths[name] = self.path(name)
            arguments = ["--policy", "price"] if policy else []
            result = archipelago("run", study, "-o", paths[name], *arguments)
            self.assertEqual(result.code, 0, result.err)
        out = self.path("table.csv")
        result = archipelago("compare", *paths.values(), "--base", paths["base"], "--csv", out)
        self.assertEqual(result.code, 0, result.err)
        with open(out) as stream:
            rows = table(stream.read())
        for name, path in paths.items():
            with open(os.path.join(path, "summary.json")) as stream:
                summary = json.load(stream)
            self.assertEqual(float(rows["Dispatch Cost", "", "", ""][name]), summary["objective"])
            self.assertEqual(float(rows["Emissions CO2", "", "", ""][name]), summary["emissions_t"])
            for row in summary["prices_per_mwh"]:
                key = row.get("carrier", "electricity"), row["region"], ""
                self.assertAlmostEqual(float(rows[("Price Average Time",) + key][name]), row["mean"], places=9)
                self.assertEqual(float(rows[("Price Maximum",) + key][name]), row["max"])
            average = float(rows["Price Average", "electricity", "", ""][name])
            self.assertTrue(float(rows["Price Minimum", "electricity", "", ""][name]) <= average)
            self.assertTrue(average <= float(rows["Price Maximum", "electricity", "", ""][name]))
            for row in summary["settlement"]:
                self.assertEqual(float(rows["Account Net", row["account"], "", ""][name]), float(row["net"]))
            for row in summary["market"]["classes"]:
                self.assertEqual(float(rows["Energy Bill", row["class"], "", ""][name]), -float(row["net"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
