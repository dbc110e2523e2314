"""archipelago plan: published optima, optima in closed form, bad input, and what is left in the directory."""
import json
import os
import re
import shutil
import subprocess
import unittest

import numpy as np

import planning
import program
from program import archipelago, files, shared_data


def gas_and_wind(folder, cap=80):
    """One bus with a load of 100 MW, coal at 20 and gas at 60 a MWh; 1 and 0.5 t/MWh."""
    tables = {"loads": {"l": {"bus": "a", "p_set": 100}},
              "generators": {"coal": {"bus": "a", "carrier": "coal", "p_nom": 200, "marginal_cost": 20},
                             "gas": {"bus": "a", "carrier": "gas", "p_nom": 200, "marginal_cost": 60}}}
    if cap is not None:
        tables["global_constraints"] = {"co2": {"type": "primary_energy", "carrier_attribute": "co2_emissions",
                                                "sense": "<=", "constant": cap}}
    return planning.write_folder(folder, ["a"], tables=tables,
                                 carriers={"coal": {"co2_emissions": 1}, "gas": {"co2_emissions": 0.5},
                                           "AC": {"co2_emissions": 0}})


def two_days(folder, load=1.0, region=True):
    """Two regions over two days: wind and battery here, gas there, a link between them; all of it extendable."""
    hours = planning.hours(48)
    t = np.arange(48)
    wind = np.round(0.5 + 0.45 * np.sin(2 * np.pi * t / 31), 4)
    city = np.round(load * (60 + 25 * np.sin(2 * np.pi * (t - 8) / 24)), 3)
    coast = np.round(load * (20 + 5 * np.cos(2 * np.pi * t / 24)), 3)
    buses = {"coast": {"carrier": "AC", "x": 1, "y": 50}, "city": {"carrier": "AC", "x": 2, "y": 51}}
    if region:
        buses["coast"]["country"], buses["city"]["country"] = "north", "south"
    return planning.write_folder(
        folder, buses, hours, [10.0] * 48,
        carriers={"wind": {"co2_emissions": 0}, "gas": {"co2_emissions": 0.2}, "AC": {"co2_emissions": 0},
                  "battery": {"co2_emissions": 0}, "cable": {"co2_emissions": 0}, "tank": {"co2_emissions": 0}},
        tables={"loads": {"coast load": {"bus": "coast"}, "city load": {"bus": "city"}},
                "generators": {
                    "coast wind": {"bus": "coast", "carrier": "wind", "p_nom_extendable": True, "capital_cost": 900,
                                   "marginal_cost": 0.1},
                    "city gas": {"bus": "city", "carrier": "gas", "p_nom_extendable": True, "p_nom": 30,
                                 "capital_cost": 400, "marginal_cost": 45, "efficiency": 0.5}},
                "links": {"cable": {"bus0": "coast", "bus1": "city", "carrier": "cable", "p_nom_extendable": True,
                                    "capital_cost": 120, "efficiency": 0.97, "p_min_pu": 0}},
                "storage_units": {"battery": {"bus": "coast", "carrier": "battery", "p_nom_extendable": True,
                                              "capital_cost": 150, "max_hours": 4, "efficiency_store": 0.95,
                                              "efficiency_dispatch": 0.95, "cyclic_state_of_charge": True}},
                "stores": {"tank": {"bus": "city", "carrier": "tank", "e_nom_extendable": True, "capital_cost": 60,
                                    "e_cyclic": True}},
                "global_constraints": {"co2": {"type": "primary_energy", "carrier_attribute": "co2_emissions",
                                               "sense": "<=", "constant": 5000}}},
        varying={"generators-p_max_pu": {"coast wind": wind},
                 "loads-p_set": {"coast load": coast, "city load": city}})


class PlanCase(program.Case):
    def plan(self, source, *options, ranks=1, code=0):
        result = archipelago("plan", source, "--json", *options, ranks=ranks)
        self.assertEqual(result.code, code, result.err + result.out)
        return result.json

    def near(self, found, expected, relative=1e-6):
        self.assertLess(abs(found - expected), relative * max(1.0, abs(expected)), f"{found} is not {expected}")


class PublishedOptima(PlanCase):
    def test_ac_dc_meshed_has_its_published_objective_constant_and_multiplier(self):
        folder = shared_data("pypsa", "ac-dc-meshed")
        if not folder:
            self.skipTest("the shared data is not there")
        plan = self.plan(folder, "-o", self.path("plan"))
        self.assertEqual(plan["status"], "optimal")
        self.near(plan["objective"], -3474256.0405499237)
        self.near(plan["objective_constant"], 21915277.518279143, 1e-9)
        self.near(plan["global_constraint_multipliers"]["co2_limit"], -2178.291799217901, 1e-5)
        lines = planning.read_table(self.path("plan"), "lines")
        self.near(float(lines["1"]["s_nom_opt"]), 1497.2754709623562, 1e-4)
        prices = planning.read_series(self.path("plan"), "buses-marginal_price")
        self.near(prices["London"][1], 1421.944787511731, 1e-4)

    def test_a_bus_over_a_year_costs_what_another_solver_finds(self):
        folder = shared_data("pypsa", "model-energy")
        if not folder:
            self.skipTest("the shared data is not there")
        plan = self.plan(folder, "-o", self.path("plan"))
        self.assertEqual(plan["status"], "optimal")
        self.near(plan["objective"], 8078135675.4512)   # PyPSA 1.4 with HiGHS 1.15

    def test_a_limit_far_beyond_every_power_is_no_obstacle(self):
        """A limit of 1e9 beside a load of 0.001: 200000 = 0.001 x 1e8 (two snapshots)."""
        folder = self.path("far")
        os.makedirs(folder)
        for name, text in (("buses", "name\nb\n"), ("snapshots", "snapshot,objective\n0,1\n1,1\n"),
                           ("loads", "name,bus,p_set\nl,b,0.001\n"),
                           ("generators", "name,bus,p_nom_extendable,p_nom_max,marginal_cost,capital_cost\n"
                                          "g,b,True,1e9,1e8,1e-3\nh,b,True,1e9,2e8,0\n")):
            with open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8") as file:
                file.write(text)
        plan = self.plan(folder, "-o", self.path("plan"))
        self.assertEqual(plan["status"], "optimal")
        self.near(plan["objective"], 200000.000001)

    def test_the_document_has_the_keys_that_others_rely_on(self):
        plan = self.plan(gas_and_wind(self.path("in")))
        for key in ("status", "objective", "objective_constant", "iterations", "variables", "constraints",
                    "solve_seconds", "total_seconds", "peak_memory_mb", "global_constraint_multipliers", "prices"):
            self.assertIn(key, plan)
        self.assertGreater(plan["peak_memory_mb"], 1)
        self.assertGreaterEqual(plan["total_seconds"], plan["solve_seconds"])


class ClosedForms(PlanCase):
    def test_merit_order_fills_the_cheapest_first_and_the_last_sets_the_price(self):
        folder = planning.write_folder(
            self.path("in"), ["a"], planning.hours(2), [2.0, 3.0],
            tables={"loads": {"l": {"bus": "a"}},
                    "generators": {"cheap": {"bus": "a", "p_nom": 50, "marginal_cost": 10},
                                   "dear": {"bus": "a", "p_nom": 50, "marginal_cost": 70}}},
            varying={"loads-p_set": {"l": [40, 80]}})
        plan = self.plan(folder, "-o", self.path("out"))
        self.near(plan["objective"], 2 * 40 * 10 + 3 * (50 * 10 + 30 * 70))
        self.assertEqual(plan["objective_constant"], 0)
        power = planning.read_series(self.path("out"), "generators-p")
        np.testing.assert_allclose(power["cheap"], [40, 50], atol=1e-4)
        np.testing.assert_allclose(power["dear"], [0, 30], atol=1e-4)
        np.testing.assert_allclose(planning.read_series(self.path("out"), "buses-marginal_price")["a"], [10, 70],
                                   rtol=1e-5)

    def test_a_full_line_separates_the_prices_of_its_ends(self):
        folder = planning.write_folder(
            self.path("in"), {"a": {"carrier": "AC", "v_nom": 380}, "b": {"carrier": "AC", "v_nom": 380}},
            tables={"loads": {"l": {"bus": "b", "p_set": 100}},
                    "lines": {"ab": {"bus0": "a", "bus1": "b", "x": 0.1, "s_nom": 30}},
                    "generators": {"A": {"bus": "a", "p_nom": 200, "marginal_cost": 10},
                                   "B": {"bus": "b", "p_nom": 200, "marginal_cost": 40}}})
        plan = self.plan(folder, "-o", self.path("out"))
        self.near(plan["objective"], 30 * 10 + 70 * 40)
        flow = planning.read_series(self.path("out"), "lines-p0")["ab"]
        np.testing.assert_allclose(flow, [30], rtol=1e-6)
        prices = planning.read_series(self.path("out"), "buses-marginal_price")
        np.testing.assert_allclose([prices["a"][0], prices["b"][0]], [10, 40], rtol=1e-5)

    def test_a_cap_on_carbon_has_the_price_of_what_replaces_a_tonne(self):
        plan = self.plan(gas_and_wind(self.path("in"), cap=80), "-o", self.path("out"))
        self.near(plan["objective"], 60 * 20 + 40 * 60)
        self.near(plan["global_constraint_multipliers"]["co2"], -80, 1e-5)
        price = plan["prices"][0]
        self.assertEqual((price["name"], price["unit"]), ("co2", "EUR/t"))
        self.near(price["price"], 80, 1e-5)
        emissions = [row for row in plan["summary"] if row["variable"] == "Emissions CO2" and not row["carrier"]]
        self.near(emissions[0]["value"], 80, 1e-5)
        self.near(float(planning.read_table(self.path("out"), "global_constraints")["co2"]["mu"]), -80, 1e-5)

    def test_storage_buys_at_the_low_price_and_sells_at_the_high_one(self):
        folder = planning.write_folder(
            self.path("in"), ["a"], planning.hours(2),
            tables={"loads": {"l": {"bus": "a", "p_set": 10}},
                    "generators": {"g": {"bus": "a", "p_nom": 100}},
                    "storage_units": {"s": {"bus": "a", "p_nom": 5, "max_hours": 2, "efficiency_dispatch": 0.8,
                                            "cyclic_state_of_charge": True}}},
            varying={"generators-marginal_cost": {"g": [10, 50]}})
        plan = self.plan(folder, "-o", self.path("out"))
        self.near(plan["objective"], 15 * 10 + 6 * 50)
        charge = planning.read_series(self.path("out"), "storage_units-state_of_charge")["s"]
        self.near(charge[0] - charge[1], 5, 1e-5)

    def test_a_link_with_two_outputs_delivers_by_its_efficiencies(self):
        folder = planning.write_folder(
            self.path("in"), {"gas": {"carrier": "gas"}, "el": {"carrier": "AC"}, "heat": {"carrier": "heat"}},
            tables={"loads": {"l": {"bus": "el", "p_set": 40}, "h": {"bus": "heat", "p_set": 30}},
                    "generators": {"well": {"bus": "gas", "p_nom": 1000, "marginal_cost": 20},
                                   "boiler": {"bus": "heat", "p_nom": 100, "marginal_cost": 90}},
                    "links": {"chp": {"bus0": "gas", "bus1": "el", "bus2": "heat", "p_nom": 100, "efficiency": 0.4,
                                      "efficiency2": 0.25}}})
        plan = self.plan(folder, "-o", self.path("out"))
        self.near(plan["objective"], 100 * 20 + 5 * 90)
        np.testing.assert_allclose(planning.read_series(self.path("out"), "links-p2")["chp"], [-25], rtol=1e-6)

    def test_capacity_is_built_when_it_is_needed_and_costs_are_weighted_by_periods(self):
        folder = planning.write_folder(
            self.path("in"), ["a"], [(2030, "2030-01-01 00:00:00"), (2030, "2030-01-01 01:00:00"),
                                     (2040, "2030-01-01 00:00:00"), (2040, "2030-01-01 01:00:00")],
            periods={2030: (10, 10), 2040: (6, 10)},
            tables={"loads": {"l": {"bus": "a"}},
                    "generators": {"g30": {"bus": "a", "p_nom_extendable": True, "capital_cost": 100,
                                           "marginal_cost": 1, "build_year": 2030, "lifetime": 30},
                                   "g40": {"bus": "a", "p_nom_extendable": True, "capital_cost": 100,
                                           "marginal_cost": 1, "build_year": 2040, "lifetime": 30}}},
            varying={"loads-p_set": {"l": [10, 10, 20, 20]}})
        plan = self.plan(folder, "-o", self.path("out"))
        self.near(plan["objective"], 10 * 100 * 16 + 10 * 100 * 6 + 20 * 10 + 40 * 6)
        built = planning.read_table(self.path("out"), "generators")
        np.testing.assert_allclose([float(built["g30"]["p_nom_opt"]), float(built["g40"]["p_nom_opt"])], [10, 10],
                                   rtol=1e-5)
        self.assertEqual([p["year"] for p in plan["periods"]], [2030, 2040])

    def test_existing_extendable_capacity_is_the_objective_constant(self):
        folder = planning.write_folder(
            self.path("in"), ["a"],
            tables={"loads": {"l": {"bus": "a", "p_set": 50}},
                    "generators": {"g": {"bus": "a", "p_nom": 20, "p_nom_extendable": True, "p_nom_min": 20,
                                         "capital_cost": 3, "marginal_cost": 1}}})
        plan = self.plan(folder)
        self.near(plan["objective_constant"], 60)
        self.near(plan["objective"], 50 * 3 - 60 + 50)


class OtherSolvers(PlanCase):
    def test_the_exported_program_has_the_same_optimum_for_another_solver(self):
        if not shutil.which("glpsol"):
            self.skipTest("glpsol is not there")
        for name, folder in (("small", gas_and_wind(self.path("small"))), ("two days", two_days(self.path("days")))):
            mps = self.path(name.replace(" ", "-") + ".mps")
            plan = self.plan(folder, "--export-mps", mps)
            out = self.path("glpsol.txt")
            subprocess.run(["glpsol", "--freemps", mps, "-o", out], check=True, capture_output=True, timeout=120)
            with open(out) as stream:
                found = re.search(r"^Objective:\s+\S+\s+=\s+(\S+)", stream.read(), re.M)
            self.near(float(found.group(1)), plan["objective"] + plan["objective_constant"])

    def test_planning_the_results_again_gives_the_same_objective(self):
        first = self.plan(two_days(self.path("in")), "-o", self.path("one"))
        second = self.plan(self.path("one"), "-o", self.path("two"))
        self.near(second["objective"], first["objective"], 1e-7)
        self.near(second["objective_constant"], first["objective_constant"], 1e-9)


class Ranks(PlanCase):
    def test_any_number_of_ranks_leaves_the_same_bytes(self):
        folder = two_days(self.path("in"))
        for ranks in (1, 2, 3):
            self.plan(folder, "-o", self.path(f"r{ranks}"), ranks=ranks)
        self.assertSameFiles(self.path("r1"), self.path("r2"))
        self.assertSameFiles(self.path("r1"), self.path("r3"))

    def test_any_number_of_ranks_leaves_the_same_failure(self):
        folder = gas_and_wind(self.path("in"), cap=30)
        for ranks in (1, 2):
            result = archipelago("plan", folder, "-o", self.path(f"r{ranks}"), ranks=ranks)
            self.assertEqual(result.code, 3)
            self.assertEqual(result.err.count("infeasible"), 1)
        self.assertSameFiles(self.path("r1"), self.path("r2"))


class Results(PlanCase):
    def test_results_open_in_xarray_with_names_units_and_values(self):
        import xarray
        self.plan(two_days(self.path("in")), "-o", self.path("out"))
        for engine in ("h5netcdf", "netcdf4"):
            try:
                ds = xarray.open_dataset(self.path("out", "results.nc"), engine=engine)
            except (ValueError, ImportError):
                continue  # xarray has not this engine here
            with ds:
                self.assertEqual(str(ds.time.values[1])[:19], "2030-01-01T01:00:00")
                self.assertEqual(ds.price.dims, ("time", "bus"))
                self.assertEqual(ds.price.attrs["units"], "EUR/MWh")
                self.assertEqual(ds.generator_capacity.attrs["units"], "MW")
                self.assertEqual(str(ds.bus_region.sel(bus="city").values), "south")
                power = planning.read_series(self.path("out"), "generators-p")
                np.testing.assert_allclose(ds.generator_p.sel(generator="city gas").values, power["city gas"])
                delivered = ds.link_p_to.sel(link="cable").values
                np.testing.assert_allclose(delivered, 0.97 * ds.link_p_from.sel(link="cable").values, atol=1e-5)
                balance = (ds.generator_p.sel(generator="city gas") + ds.store_p.sel(store="tank")
                           + ds.link_p_to.sel(link="cable") - ds.load_p.sel(load="city load"))
                np.testing.assert_allclose(balance.values, 0, atol=1e-4)
                missing = [v for v in ds.data_vars if "units" not in ds[v].attrs and ds[v].dtype.kind == "f"]
                self.assertEqual(missing, [])

    def test_ncdump_reads_the_results(self):
        if not shutil.which("ncdump"):
            self.skipTest("ncdump is not there")
        self.plan(gas_and_wind(self.path("in")), "-o", self.path("out"))
        header = subprocess.run(["ncdump", "-h", self.path("out", "results.nc")], capture_output=True, text=True,
                                check=True).stdout
        self.assertIn('price:units = "EUR/MWh"', header)
        self.assertIn('constraint_unit', header)

    def test_provenance_has_the_inputs_hashes_and_the_record_has_no_times(self):
        folder = gas_and_wind(self.path("in"))
        self.plan(folder, "-o", self.path("out"))
        with open(self.path("out", "provenance.json")) as stream:
            provenance = json.load(stream)
        digest = {entry["path"]: entry["sha256"] for entry in provenance["inputs"]}
        self.assertRegex(digest[os.path.join(folder, "generators.csv")], "^[0-9a-f]{64}$")
        self.assertIn("version", provenance["program"])
        with open(self.path("out", "plan.json")) as stream:
            record = json.load(stream)
        self.assertEqual([key for key in record if "seconds" in key or "memory" in key], [])
        checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=self.path("out"))
        self.assertEqual(checked.returncode, 0)

    def test_statistics_have_the_cost_and_the_capacities(self):
        plan = self.plan(two_days(self.path("in")), "-o", self.path("out"))
        with open(self.path("out", "statistics.csv")) as stream:
            self.assertEqual(stream.readline().strip(), "variable,carrier,region,period,unit,value")
        cost = [r for r in plan["summary"] if r["variable"] == "System Cost" and not r["carrier"]]
        self.near(cost[0]["value"], plan["total_cost"], 1e-6)

    def test_show_prints_costs_capacities_and_prices_with_units(self):
        self.plan(gas_and_wind(self.path("in")), "-o", self.path("out"))
        shown = archipelago("show", self.path("out"))
        self.assertEqual(shown.code, 0, shown.err)
        self.assertIn("cost        3 600.00 EUR (optimal)", shown.out)
        self.assertRegex(shown.out, r"co2 +80 EUR/t")
        self.assertRegex(shown.out, r"coal +200  MW")
        self.assertEqual(archipelago("show", self.path("out"), "--json").json["status"], "optimal")


class Directory(PlanCase):
    def test_a_plan_that_is_there_is_not_made_again(self):
        folder = gas_and_wind(self.path("in"))
        first = self.plan(folder, "-o", self.path("out"))
        before = files(self.path("out"))
        again = archipelago("plan", folder, "-o", self.path("out"), "--json")
        self.assertEqual(again.code, 0, again.err)
        self.assertIn("is there already", again.err)
        self.assertEqual(again.json["objective"], first["objective"])
        self.assertIn("total_seconds", again.json)
        self.assertEqual(before, files(self.path("out")))
        archipelago("plan", folder, "-o", self.path("out"), "--export-mps", self.path("p.mps"))
        self.assertTrue(os.path.exists(self.path("p.mps")))

    def test_a_directory_of_another_plan_is_refused_in_one_line(self):
        self.plan(gas_and_wind(self.path("in")), "-o", self.path("out"))
        before = files(self.path("out"))
        other = archipelago("plan", gas_and_wind(self.path("other"), cap=90), "-o", self.path("out"))
        self.assertEqual(other.code, 2)
        self.assertEqual(len(other.err.strip().splitlines()), 1, other.err)
        self.assertIn("holds another run", other.err)
        self.assertEqual(before, files(self.path("out")))

    def test_a_directory_of_something_else_is_refused(self):
        self.write("out/letter.txt", "dear all")
        result = archipelago("plan", gas_and_wind(self.path("in")), "-o", self.path("out"))
        self.assertEqual(result.code, 2)
        self.assertIn("neither empty", result.err)

    def test_the_working_directory_is_not_replaced(self):
        os.mkdir(self.path("here"))
        result = archipelago("plan", gas_and_wind(self.path("in")), "-o", ".", cwd=self.path("here"))
        self.assertEqual(result.code, 2)
        self.assertIn("working directory", result.err)

    def test_a_changed_result_is_found(self):
        folder = gas_and_wind(self.path("in"))
        self.plan(folder, "-o", self.path("out"))
        with open(self.path("out", "generators.csv"), "a") as stream:
            stream.write("\n")
        result = archipelago("plan", folder, "-o", self.path("out"))
        self.assertEqual(result.code, 5)
        self.assertIn("generators.csv", result.err)

    def test_nothing_else_is_left_beside_the_directory(self):
        os.mkdir(self.path("runs"))
        self.plan(gas_and_wind(self.path("in")), "-o", self.path("runs", "out"))
        self.assertEqual(os.listdir(self.path("runs")), ["out"])


class Infeasible(PlanCase):
    def test_load_above_all_generators_names_region_hours_and_amount(self):
        folder = planning.write_folder(
            self.path("in"), {"a": {"carrier": "AC", "country": "north"}, "b": {"carrier": "AC", "country": "south"}},
            planning.hours(3), tables={"loads": {"l": {"bus": "a"}, "m": {"bus": "b", "p_set": 1}},
                                       "generators": {"g": {"bus": "a", "p_nom": 60, "marginal_cost": 1},
                                                      "h": {"bus": "b", "p_nom": 60, "marginal_cost": 1}}},
            varying={"loads-p_set": {"l": [50, 75, 70]}})
        result = archipelago("plan", folder, "-o", self.path("out"), "--json")
        self.assertEqual(result.code, 3)
        self.assertIn("region north", result.err)
        self.assertIn("15 MW lacking", result.err)
        self.assertIn("2030-01-01 01:00:00", result.err)
        broken = result.json["infeasible"]
        self.assertEqual((broken[0]["constraint"], broken[0]["region"], broken[0]["hours"]), ("balance", "north", 2))
        self.near(broken[0]["missing"], 15, 1e-5)
        self.near(broken[0]["missing_mwh"], 25, 1e-5)
        self.assertEqual(result.json["status"], "infeasible")
        self.assertIsNone(result.json["objective"])
        self.assertEqual(os.listdir(self.path("out")), ["failure.json"])
        self.assertEqual(os.listdir(self.directory).count(".tmp-out"), 0)

    def test_a_cap_that_cannot_hold_is_named_with_its_amount(self):
        result = archipelago("plan", gas_and_wind(self.path("in"), cap=30), "--json")
        self.assertEqual(result.code, 3)
        self.assertIn('"co2"', result.err)
        self.assertIn("20 t too much", result.err)
        self.assertEqual(result.json["infeasible"][0]["name"], "co2")
        self.near(result.json["infeasible"][0]["missing"], -20, 1e-5)

    def test_a_policy_gives_way_before_the_load_does(self):
        folder = gas_and_wind(self.path("in"), cap=30)  # serving 1 MW less would save half a tonne an hour, ten a day
        planning.write_folder(folder, ["a"], planning.hours(1), [20.0])
        result = archipelago("plan", folder, "--json")
        self.assertEqual(result.code, 3)
        self.assertEqual([b["constraint"] for b in result.json["infeasible"]], ["policy"])
        self.near(result.json["infeasible"][0]["missing"], -(20 * 50 - 30), 1e-5)

    def test_after_a_failure_the_directory_can_be_used_for_a_plan(self):
        archipelago("plan", gas_and_wind(self.path("in"), cap=30), "-o", self.path("out"))
        shown = archipelago("show", self.path("out"))
        self.assertIn("infeasible", shown.out)
        self.plan(gas_and_wind(self.path("in"), cap=90), "-o", self.path("out"))
        self.assertFalse(os.path.exists(self.path("out", "failure.json")))

    def test_an_unbounded_plan_names_the_variable(self):
        folder = planning.write_folder(
            self.path("in"), ["a"],
            tables={"loads": {"l": {"bus": "a", "p_set": 10}},
                    "generators": {"g": {"bus": "a", "p_nom_extendable": True, "capital_cost": -5},
                                   "h": {"bus": "a", "p_nom": 20, "marginal_cost": 2}}})
        result = archipelago("plan", folder, "--json")
        self.assertEqual(result.code, 3, result.out)
        self.assertIn("unbounded", result.err)
        self.assertRegex(result.err, r"\bg\b")

    def test_a_region_without_bounds_makes_its_plan_unbounded(self):
        folder = planning.write_folder(
            self.path("in"), {"a": {"carrier": "AC", "country": "north"}, "b": {"carrier": "AC", "country": "south"}},
            tables={"loads": {"l": {"bus": "a", "p_set": 10}, "m": {"bus": "b", "p_set": 10}},
                    "links": {"a-b": {"bus0": "a", "bus1": "b", "p_nom": 5, "p_min_pu": -1}},
                    "generators": {"g": {"bus": "b", "p_nom_extendable": True, "capital_cost": -5},
                                   "h": {"bus": "a", "p_nom": 20, "marginal_cost": 2},
                                   "i": {"bus": "b", "p_nom": 20, "marginal_cost": 3}}})
        for ranks in 1, 2:
            result = archipelago("plan", folder, "--method", "admm", "--json", ranks=ranks)
            self.assertEqual(result.code, 3, result.out)
            self.assertIn('unbounded: the cost falls without end along the capacity of generator "g"', result.err)


class BadInput(PlanCase):
    def refuse(self, folder, *expected):
        result = archipelago("plan", folder, "-o", self.path("out"))
        self.assertEqual(result.code, 2, result.err + result.out)
        for text in expected:
            self.assertIn(text, result.err)
        self.assertFalse(os.path.exists(self.path("out")))
        for word in ("Segmentation", "PETSC ERROR", "internal error"):
            self.assertNotIn(word, result.err)

    def base(self, generator=None, **kw):
        tables = {"loads": {"l": {"bus": "a", "p_set": 10}},
                  "generators": {"g": {"bus": "a", "carrier": "gas", "p_nom": 20, **(generator or {})}}}
        return planning.write_folder(self.path("in"), ["a"], planning.hours(2), tables=tables,
                                     carriers={"gas": {"co2_emissions": 0.2}, "AC": {}}, **kw)

    def test_an_unknown_bus_is_named_with_file_and_line(self):
        self.refuse(self.base({"bus": "nowhere"}), "generators.csv:2:", "nowhere")

    def test_an_unknown_carrier_is_named_with_file_and_line(self):
        self.refuse(self.base({"carrier": "gass"}), "generators.csv:2:", "gass")

    def test_a_series_of_another_length_is_named(self):
        self.refuse(self.base(varying={"generators-p_max_pu": {"g": [1, 1, 1]}}), "generators-p_max_pu.csv")

    def test_a_series_of_nothing_is_named(self):
        self.refuse(self.base(varying={"generators-p_max_pu": {"h": [1, 1]}}), "generators-p_max_pu.csv", "h")

    def test_a_number_that_is_none_is_named(self):
        self.refuse(self.base({"p_nom": "nan"}), "generators.csv:2:", "p_nom")

    def test_a_name_that_occurs_twice_is_named(self):
        folder = self.base()
        with open(os.path.join(folder, "generators.csv"), "a") as stream:
            stream.write("g,a,gas,20\n")
        self.refuse(folder, "generators.csv:3:")

    def test_a_folder_that_is_not_there_is_named(self):
        self.refuse(self.path("nothing"), "nothing")

    def test_a_policy_of_a_folder_is_refused(self):
        result = archipelago("plan", self.base(), "--policy", "green")
        self.assertEqual(result.code, 2)
        self.assertIn("green", result.err)

    def test_a_region_column_that_is_not_there_is_refused(self):
        result = archipelago("plan", self.base(), "--regions", "province")
        self.assertEqual(result.code, 2)
        self.assertIn("province", result.err)


class Studies(PlanCase):
    def planning_study(self, extra="", policies=""):
        gas_and_wind(self.path("net"), cap=None)
        return self.write("study.yaml", f"study: two fuels\nnetwork: net\nplanning:\n  currency: CHF\n{extra}"
                                        f"policies:\n  priced: {{planning: {{carbon_price: 100}}}}\n{policies}")

    def test_a_policy_is_planned_and_its_price_and_payments_are_told(self):
        study = self.planning_study()
        base = self.plan(study, "-o", self.path("base"))
        self.near(base["objective"], 2000)
        priced = self.plan(study, "--policy", "priced", "-o", self.path("priced"))
        self.near(priced["objective"], 100 * (60 + 50))
        self.assertEqual(priced["policy"], "priced")
        self.assertEqual(priced["currency"], "CHF")
        payments = [r for r in priced["summary"] if r["variable"] == "Carbon Payments" and not r["carrier"]]
        self.near(payments[0]["value"], 100 * 0.5 * 100)
        self.assertEqual(payments[0]["unit"], "CHF")

    def test_run_carries_out_the_plan_of_a_study(self):
        study = self.planning_study()
        result = archipelago("run", study, "--policy", "priced", "-o", self.path("run"), "--json")
        self.assertEqual(result.code, 0, result.err)
        self.near(result.json["objective"], 11000)
        self.plan(study, "--policy", "priced", "-o", self.path("plan"))
        self.assertSameFiles(self.path("run"), self.path("plan"))

    def test_a_policy_that_names_nothing_is_a_fault_with_its_line(self):
        study = self.planning_study(policies="  odd: {planning: {bans: [{technology: whale oil}]}}\n")
        result = archipelago("plan", study, "--policy", "odd")
        self.assertEqual(result.code, 2)
        self.assertIn("study.yaml:7:", result.err)
        self.assertIn("whale oil", result.err)
        checked = archipelago("check", study)
        self.assertEqual(checked.code, 2)
        self.assertIn("whale oil", checked.err)

    def test_a_policy_that_is_not_there_is_a_fault(self):
        result = archipelago("plan", self.planning_study(), "--policy", "prised")
        self.assertEqual(result.code, 2)
        self.assertIn("priced", result.err)

    def test_check_describes_what_is_to_be_planned(self):
        checked = archipelago("check", self.planning_study(), "--json")
        self.assertEqual(checked.code, 0, checked.err)
        self.assertEqual(checked.json["files"][0]["policies"], ["base", "priced"])
        self.assertEqual(checked.json["files"][0]["planning"]["generators"], 2)
        folder = archipelago("check", two_days(self.path("in")))
        self.assertEqual(folder.code, 0, folder.err)
        self.assertIn("to be planned", folder.out)

    def test_a_study_without_planning_is_not_planned(self):
        result = archipelago("plan", self.study())
        self.assertEqual(result.code, 2)
        self.assertIn("planning", result.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
