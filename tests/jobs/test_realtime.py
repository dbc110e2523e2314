"""Real time against dispatches worked out by hand: deviations, schedules of storage, carried energy; and caps on emissions."""
import json
import os

import xarray

import program
from program import SOURCE, archipelago

SNAPSHOTS = ["2030-01-01 00:00:00", "2030-01-01 01:00:00"]


def series(columns, rows):
    return "\n".join([",".join(["snapshot"] + columns)] +
                     [",".join([time] + [str(v) for v in row]) for time, row in zip(SNAPSHOTS, rows)]) + "\n"


class RealTime(program.Case):
    """Wind of 4 MW in the west; in the east coal (6 MW at 30 EUR/MWh, 0.9 t/MWh), gas (20 MW at 50, 0.4 t/MWh), storage (2 MW,
    4 MWh, empty, 0.9 each way) and a load of 5 and 14 MW. Day ahead the storage charges 2 MW beside coal and gives 1.62 MW
    back beside gas: 30 * 9 + 50 * 2.38 = 389 EUR, 0.9 * 9 + 0.4 * 2.38 = 9.052 t."""

    def setUp(self):
        super().setUp()
        self.write("grid/buses.csv", "name,v_nom,v_mag_pu_min,v_mag_pu_max,side\nw,10,0.9,1.1,west\ne,10,0.9,1.1,east\n")
        self.write("grid/lines.csv", "name,bus0,bus1,x,r,s_nom\nwe,w,e,0.1,0,100\n")
        self.write("grid/snapshots.csv", "snapshot\n" + "\n".join(SNAPSHOTS) + "\n")
        self.write("grid/carriers.csv", "name,co2_emissions\ncoal,0.9\ngas,0.4\nwind,0\n")
        self.write("grid/generators.csv", "name,bus,control,p_nom,carrier,marginal_cost,q_min,q_max\n"
                   "wind,w,PV,8,wind,0,0,0\ncoal,e,PV,6,coal,30,0,0\ngas,e,Slack,20,gas,50,0,0\n")
        self.write("grid/generators-p_max_pu.csv", series(["wind"], [[0.5], [0.5]]))
        self.write("grid/loads.csv", "name,bus,p_set\nload,e,5\n")
        self.write("grid/loads-p_set.csv", series(["load"], [[5], [14]]))
        self.storage("0")
        self.write("day/generators-p_max_pu.csv", series(["wind"], [[0], [0.375]]))

    def storage(self, final):
        self.write("grid/storage_units.csv", "name,bus,p_nom,max_hours,efficiency_store,efficiency_dispatch,"
                   f"state_of_charge_initial,q_min,q_max,e_final_min\nstorage,e,2,2,0.9,0.9,0,0,0,{final}\n")

    def run_study(self, market, name="run", hours=2, count=1, method="admm", code=0):
        path = self.write(f"{name}.yaml", f"""study: two sides
network: {{path: grid, format: pypsa}}
regions: side
windows: {{hours: {hours}, count: {count}}}
dispatch: {{model: dc, method: {method}}}
market: {market}
""")
        result = archipelago("run", path, "-o", self.path(name), "--json")
        self.assertEqual(result.code, code, result.err)
        if code:
            return result
        with xarray.open_dataset(self.path(name, "results.nc")) as data:
            return result.json, data.load()

    def assertValues(self, found, expected, delta=1e-3):
        self.assertEqual(len(found), len(expected))
        for a, b in zip(found, expected):
            self.assertAlmostEqual(float(a), b, delta=delta)

    def test_what_happened_as_expected_deviates_by_nothing(self):
        summary, data = self.run_study("{realised: {adjust: []}}")
        self.assertAlmostEqual(summary["objective"], 389, delta=1e-2)
        self.assertAlmostEqual(summary["real_time"]["objective"], summary["objective"], delta=1e-2)
        for row in summary["real_time"]["regions"]:
            for key in ("generation_mwh", "demand_mwh", "storage_mwh", "balancing"):
                self.assertAlmostEqual(row[key], 0, delta=1e-3)
        for name in ("generator_p", "load_p", "storage_charge", "storage_discharge", "branch_p_from"):
            self.assertLess(abs(data[name] - data[f"realtime_{name}"]).max().item(), 1e-4, name)

    def test_missing_wind_is_made_up_for_at_the_price_of_gas(self):
        """4 and 1 MW of wind are missing; the storage charges all the same, now beside gas: 30 * 12 + 50 * 4.38 = 579."""
        summary, data = self.run_study("{realised: day}")
        self.assertValues(data.realtime_generator_p.sel(generator="wind"), [0, 3])
        self.assertValues(data.realtime_generator_p.sel(generator="coal"), [6, 6])
        self.assertValues(data.realtime_generator_p.sel(generator="gas"), [1, 3.38])
        self.assertValues(data.realtime_storage_charge[:, 0], [2, 0])
        self.assertValues(data.realtime_storage_discharge[:, 0], [0, 1.62])
        self.assertValues(data.storage_charge[:, 0], [2, 0])
        self.assertValues(data.price.sel(bus="e"), [30, 50])
        self.assertValues(data.realtime_price.sel(bus="w"), [50, 50])
        self.assertAlmostEqual(summary["objective"], 389, delta=1e-2)
        self.assertAlmostEqual(summary["real_time"]["objective"], 579, delta=1e-2)
        self.assertAlmostEqual(data.realtime_objective.item(), 579, delta=1e-2)
        rows = {row["region"]: row for row in summary["real_time"]["regions"]}
        self.assertAlmostEqual(rows["west"]["generation_mwh"], -5, delta=1e-3)
        self.assertAlmostEqual(rows["east"]["generation_mwh"], 5, delta=1e-3)
        self.assertAlmostEqual(rows["west"]["balancing"], 250, delta=0.1)
        self.assertAlmostEqual(rows["east"]["balancing"], -250, delta=0.1)
        parts = sum(data[f"realtime_price_{part}"] for part in ("energy", "loss", "congestion", "voltage"))
        self.assertLess(abs(parts - data.realtime_price).max().item(), 1e-9)
        self.assertEqual(archipelago("ledger", "verify", self.path("run")).code, 0)
        self.assertIn("real time   cost 579.00 EUR, day ahead 389.00", archipelago("show", self.path("run")).out)

    def test_storage_that_bids_is_dispatched_again(self):
        """Beside the last megawatt of coal it charges 1 MW, for 0.81 MW of gas: 30 * 12 + 50 * 4.19 = 569.5."""
        for k, storage in enumerate(("bids", "[storage]")):
            summary, data = self.run_study(f"{{realised: {{series: day, storage: {storage}}}}}", f"run{k}")
            self.assertValues(data.realtime_storage_charge[:, 0], [1, 0])
            self.assertValues(data.realtime_storage_discharge[:, 0], [0, 0.81])
            self.assertAlmostEqual(summary["real_time"]["objective"], 569.5, delta=1e-2)

    def test_the_next_window_starts_from_what_real_time_stored(self):
        """Windows of an hour that must end with 1 MWh; half a megawatt flows in that nobody expected."""
        self.storage("1")
        self.write("day/storage_units-inflow.csv", series(["storage"], [[0.5], [0]]))
        _, data = self.run_study("{realised: {series: day}}", hours=1, count=2)
        self.assertAlmostEqual(data.storage_energy[0, 0].item(), 1, delta=1e-4)
        self.assertGreater(data.realtime_storage_energy[0, 0].item(), 1.01)
        expected = (data.realtime_storage_energy[0, 0] + 0.9 * data.storage_charge[1, 0] -
                    data.storage_discharge[1, 0] / 0.9)
        self.assertAlmostEqual(data.storage_energy[1, 0].item(), expected.item(), delta=1e-5)

    def test_what_real_time_lacks_ends_the_run(self):
        self.write("day/loads-p_set.csv", series(["load"], [[5], [40]]))
        result = self.run_study("{realised: day}", code=3)
        self.assertIn("window 0, 2030-01-01T00:00:00Z: real time: infeasible, 9.38 MW short", result.err)
        with open(self.path("run", "failure.json")) as stream:
            failure = json.load(stream)
        self.assertEqual(failure["stage"], "real time")
        self.assertAlmostEqual(failure["shortage_mwh"], 9.38, delta=1e-2)
        self.assertFalse(os.path.exists(self.path("run", "summary.json")))

    def test_a_wrong_series_is_refused_before_anything_is_written(self):
        self.write("day/generators-p_max_pu.csv", series(["wnd"], [[0], [0.5]]))
        result = self.run_study("{realised: day}", code=2)
        self.assertIn("day/generators-p_max_pu.csv:1: error: found the column 'wnd', expected the name of one of the "
                      "generators such as wind", result.err)
        self.assertFalse(os.path.exists(self.path("run")))

    def test_a_run_is_not_continued_with_another_day(self):
        self.run_study("{realised: day}")
        self.write("day/generators-p_max_pu.csv", series(["wind"], [[0], [0.5]]))
        self.assertEqual(archipelago("run", self.path("run.yaml"), "-o", self.path("run")).code, 2)

    def test_a_cap_ends_the_storage_cycle_then_moves_coal_to_gas(self):
        """Charging c MW adds 0.9 c - 0.4 * 0.81 c = 0.576 t and saves 0.81 * 50 - 30 = 10.5 EUR: at a cap of 8.5 t a tonne
        costs 10.5 / 0.576. At 7 t there is no cycle, and 1.8 MWh move from coal to gas for 20 / 0.5 EUR a tonne."""
        for method in ("admm", "interior-point"):
            summary, data = self.run_study("{carbon: {cap_t: 8.5}}", f"loose-{method}", method=method)
            self.assertAlmostEqual(data.carbon_price.item(), 10.5 / 0.576, delta=1e-2)
            self.assertAlmostEqual(data.emissions.item(), 8.5, delta=1e-4)
            self.assertValues(data.storage_charge[:, 0], [0.6 / 0.576, 0])
        summary, data = self.run_study("{carbon: {cap_t: 7}}", "tight")
        self.assertAlmostEqual(data.carbon_price.item(), 40, delta=1e-2)
        self.assertAlmostEqual(data.generator_p.sel(generator="coal").sum().item(), 5.2, delta=1e-3)
        self.assertValues(data.price.sel(bus="e"), [66, 66], delta=1e-2)
        self.assertEqual(summary["carbon"]["cap_t"], 7)
        self.assertAlmostEqual(summary["carbon"]["windows"][0]["emissions_t"], 7, delta=1e-4)
        self.assertIn("EUR/t, at most 7 t in a window", archipelago("show", self.path("tight")).out)

    def test_a_cap_out_of_reach_says_what_is_least(self):
        """11 MWh of gas emit 4.4 t."""
        result = self.run_study("{carbon: {cap_t: 4}}", code=3)
        self.assertIn("the emissions' cap of 4 t cannot be kept: the least found are 4.4 t, without a cap 9.052 t",
                      result.err)
        with open(self.path("run", "failure.json")) as stream:
            self.assertAlmostEqual(json.load(stream)["least_emissions_t"], 4.4, delta=1e-3)

    def test_real_time_pays_the_price_of_the_cap(self):
        """At 40 EUR/t coal and gas cost the same; missing wind is made up for at 66, and the cap does not hold any more."""
        summary, data = self.run_study("{realised: day, carbon: {cap_t: 7}}")
        self.assertValues(data.realtime_price.sel(bus="e"), [66, 66], delta=1e-2)
        self.assertGreater(data.realtime_emissions.item(), 7.5)
        self.assertAlmostEqual(summary["carbon"]["windows"][0]["price"], 40, delta=1e-2)


class Ranks(program.Case):
    def test_real_time_is_the_same_on_any_number_of_ranks(self):
        """Four hours of the shipped day in AC, by ADMM and under a cap."""
        realised = os.path.join(SOURCE, "inputs", "cases", "islands", "realised")
        for name, keys in (("admm", f"realised: {realised}"), ("cap", f"realised: {realised}, carbon: {{cap_t: 1.3}}")):
            path = self.study(f"{name}.yaml")
            with open(path) as stream:
                text = stream.read()
            with open(path, "w") as stream:
                stream.write(text.replace("market: {currency: EUR}", f"market: {{{keys}}}"))
            for ranks in (1, 2, 3):
                result = archipelago("run", path, "-o", self.path(f"{name}{ranks}"), "--json", ranks=ranks)
                self.assertEqual(result.code, 0, result.err)
                if ranks > 1:
                    self.assertSameFiles(self.path(f"{name}1"), self.path(f"{name}{ranks}"))
        self.assertGreater(result.json["carbon"]["windows"][0]["emissions_t"], 0.1)
        self.assertNotAlmostEqual(result.json["real_time"]["regions"][0]["generation_mwh"], 0, delta=1e-3)

    def test_a_tie_that_was_out_of_service_is_no_tie_of_real_time(self):
        """At night the coast's wind takes the way over the plain."""
        path = self.study(extra="")
        with open(path) as stream:
            text = stream.read()
        with open(path, "w") as stream:
            stream.write(text.replace("T10:00:00Z", "T02:00:00Z").replace("market: {currency: EUR}", """market:
  realised:
    adjust: [{component: branch, name: tie coast-city, attribute: in_service, value: false}]"""))
        for ranks in (1, 2):
            result = archipelago("run", path, "-o", self.path(f"run{ranks}"), "--json", ranks=ranks)
            self.assertEqual(result.code, 0, result.err)
        self.assertSameFiles(self.path("run1"), self.path("run2"))
        with xarray.open_dataset(self.path("run1", "results.nc")) as data:
            self.assertGreater(abs(data.branch_p_from.sel(branch="tie coast-city")).min().item(), 0.1)
            self.assertEqual(abs(data.realtime_branch_p_from.sel(branch="tie coast-city")).max().item(), 0)
            self.assertGreater(data.realtime_objective.sum().item(), data.objective.sum().item())


if __name__ == "__main__":
    program.main()
