"""The quarter: electricity, heat, gas and hydrogen in one dispatch, from its study to results and settlement."""
import json
import os

import numpy
import xarray

import program
from program import archipelago

STUDY = os.path.join(program.SOURCE, "inputs", "cases", "quarter", "study.yaml")


class Quarter(program.Case):
    def run_policy(self, policy="base", ranks=1, study=STUDY, name=None):
        directory = self.path(name or f"{policy}-{ranks}")
        result = archipelago("run", study, "--policy", policy, "-o", directory, "--json", ranks=ranks, timeout=300)
        self.assertEqual(result.code, 0, result.err)
        return directory, json.loads(program.read(os.path.join(directory, "summary.json")))

    def data(self, directory):
        return xarray.load_dataset(os.path.join(directory, "results.nc"), engine="h5netcdf")

    def test_every_bus_of_every_carrier_balances(self):
        directory, summary = self.run_policy()
        data = self.data(directory)
        self.assertEqual(summary["settlement_sum"], "0.000000")
        self.assertLess(summary["max_violation_pu"], 1e-6)
        self.assertEqual(sorted(set(data.bus_carrier.values)), ["AC", "gas", "heat", "hydrogen"])
        for bus, carrier in zip(data.bus.values, data.bus_carrier.values):
            if carrier == "AC":
                continue
            balance = (data.generator_p[:, data.generator_bus.values == bus].sum("generator")
                       - data.load_p[:, data.load_bus.values == bus].sum("load")
                       + (data.storage_discharge - data.storage_charge)[:, data.storage_bus.values == bus].sum("storage")
                       - data.link_p_from[:, data.link_from.values == bus].sum("link")
                       + data.link_p_to[:, data.link_to.values == bus].sum("link")
                       + data.link_p_to2[:, data.link_to2.values == bus].sum("link"))
            self.assertLess(float(abs(balance).max()), 1e-6, bus)
            self.assertTrue(numpy.isnan(data.voltage_magnitude.sel(bus=bus)).all())
        turbine = data.sel(link="gas turbine")
        numpy.testing.assert_allclose(turbine.link_p_to, 0.41 * turbine.link_p_from, atol=1e-9)
        numpy.testing.assert_allclose(turbine.link_p_to2, 0.45 * turbine.link_p_from, atol=1e-9)
        self.assertAlmostEqual(float(data.load_shifted.sel(load="vehicles").sum()), 0, places=6)
        self.assertLess(float(numpy.minimum(data.storage_charge, data.storage_discharge).max()), 1e-3)
        promised = data.generator_reserve.sum("generator") + data.storage_reserve.sum("storage")
        self.assertGreater(float((promised - data.reserve_requirement.sum("reserve")).min()), -1e-6)

    def test_the_summary_tells_carriers_and_conversion(self):
        directory, summary = self.run_policy()
        carriers = {row["carrier"]: row for row in summary["carriers"]}
        self.assertEqual(list(carriers), ["gas", "heat", "hydrogen"])
        for row in carriers.values():
            given = row["generated_mwh"] + row["delivered_by_links_mwh"] + row["discharged_mwh"]
            self.assertAlmostEqual(given, row["demand_mwh"] + row["taken_by_links_mwh"] + row["charged_mwh"], places=5)
        self.assertAlmostEqual(carriers["hydrogen"]["demand_mwh"], 16 * 0.35, places=6)
        gas = next(row["mwh"] for row in summary["energy"] if row["technology"] == "gas")
        grid = next(row["mwh"] for row in summary["energy"] if row["technology"] == "grid")
        self.assertAlmostEqual(summary["emissions_t"], 0.198 * gas + 0.30 * grid, places=3)
        conversion = {row["link"]: row for row in summary["conversion"]}
        self.assertEqual([o["carrier"] for o in conversion["gas turbine"]["outputs"]], ["electricity", "heat"])
        self.assertNotIn("heat pipe", conversion)
        self.assertEqual({row["carrier"] for row in summary["prices_per_mwh"] if row["region"] == "depot"},
                         {"electricity", "heat", "hydrogen"})
        shown = archipelago("show", directory)
        for text in ("conversion", "of hydrogen", "shifted", "reserve     spinning", "centre, heat"):
            self.assertIn(text, shown.out)

    def test_regions_and_ranks_change_nothing(self):
        whole = self.write("whole.yaml", program.read(STUDY).decode().replace("regions: region", "regions: 1")
                           .replace("path: .", "path: " + os.path.dirname(STUDY))
                           .replace("participants: ", "participants: " + os.path.dirname(STUDY) + "/"))
        _, one = self.run_policy(study=whole, name="whole")
        first, three = self.run_policy()
        self.assertLess(abs(one["objective"] - three["objective"]), 1e-8 * one["objective"])
        for ranks in 2, 3:
            other, _ = self.run_policy(ranks=ranks)
            self.assertSameFiles(first, other)

    def test_policies_cost_what_they_take_away(self):
        cost = {}
        for policy in "base", "rigid-demand", "no-reserve", "carbon-price-200", "weak-feeder", "islanded":
            directory, summary = self.run_policy(policy)
            cost[policy] = summary["objective"]
            self.assertEqual(summary["settlement_sum"], "0.000000")
            if policy == "islanded":
                self.assertGreater(summary["flexibility"]["curtailed_mwh"], 0.1)
            if policy == "weak-feeder":
                excess = summary["soft"]["branch_rating"]
                self.assertEqual((excess["unit"], excess["price"]), ("MVAh", 30))
                self.assertGreater(excess["excess"], 0.01)
                data = self.data(directory)
                over = numpy.maximum(numpy.hypot(data.branch_p_from, data.branch_q_from),
                                     numpy.hypot(data.branch_p_to, data.branch_q_to)) - data.branch_rating
                self.assertAlmostEqual(float(over.clip(0).sum()), excess["excess"], places=6)
                self.assertAlmostEqual(float(data.soft_excess.sum()), excess["excess"], places=9)
            if policy == "no-reserve":
                self.assertEqual(summary["reserves"], [])
        self.assertGreater(cost["rigid-demand"], cost["base"])
        self.assertGreaterEqual(cost["base"], cost["no-reserve"] - 1e-3)
        for policy in "carbon-price-200", "weak-feeder", "islanded":
            self.assertGreater(cost[policy], cost["base"])

    def test_check_tells_the_same_as_document(self):
        document = archipelago("check", STUDY, "--json").json
        self.assertEqual(document["status"], "valid")
        self.assertEqual(document["files"][0]["study"]["name"], "quarter")
        self.assertEqual(document["files"][0]["network"]["reserves"], 1)
        self.assertEqual(document["files"][0]["participants"], 7)

    def test_soft_limits_and_reserves_of_a_case(self):
        case = os.path.dirname(STUDY)
        document = archipelago("opf", case, "--soft", "branch_rating=500,reserve=10", "--reserves", "--json").json
        self.assertEqual(document["status"], "optimal")
        self.assertEqual(set(document["soft"]), {"branch_rating", "reserve"})
        for given, said in (("ratings=5", "has the class ratings"), ("angle", "expected CLASS=PRICE"),
                            ("angle=0", "expected a price from 1e-06 to 1e+08 (currency/h per radian)"), (",", "expected CLASS")):
            result = archipelago("opf", case, "--soft", given)
            self.assertEqual(result.code, 2)
            self.assertEqual(len(result.err.splitlines()), 1, result.err)
            self.assertIn(said, result.err)


if __name__ == "__main__":
    program.main()
