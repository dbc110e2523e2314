"""The result store opens with xarray and ncdump, with names, units and times, and agrees with the other outputs."""
import csv
import decimal
import json
import os
import re
import subprocess

import numpy
import xarray

import program
from program import STABILITY, archipelago


class Results(program.Case):
    @classmethod
    def setUpClass(cls):
        cls.case = cls("setUp")
        program.Case.setUp(cls.case)
        result = archipelago("run", cls.case.study(extra=STABILITY), "-o", cls.case.path("run"), ranks=2, timeout=300)
        assert result.code == 0, result.err
        cls.data = xarray.open_dataset(cls.case.path("run", "results.nc"), engine="h5netcdf")
        cls.summary = json.loads(program.read(cls.case.path("run", "summary.json")))

    @classmethod
    def tearDownClass(cls):
        cls.data.close()
        cls.case.doCleanups()

    def setUp(self):
        self.run_path = self.case.path("run")

    def rows(self, name):
        return list(csv.DictReader(program.read(f"{self.run_path}/{name}").decode().splitlines()))

    def test_coordinates_are_names_and_times(self):
        data = self.data
        self.assertEqual(data.sizes["time"], 4)
        self.assertEqual(str(data.time.values[0]), "2030-06-21T10:00:00.000000000")
        self.assertEqual(str(data.time.values[3]), "2030-06-21T13:00:00.000000000")
        self.assertIn("wind farm", list(data.generator.values))
        self.assertEqual(list(data.region.values), ["wind coast", "solar plain", "city"])
        self.assertEqual(set(data.bus_region.values), set(data.region.values))
        self.assertEqual(list(data.window.values), [0, 1])
        self.assertEqual(list(data.time_window.values), [0, 0, 1, 1])

    def test_every_number_has_a_unit_and_a_name(self):
        for name, variable in self.data.variables.items():
            self.assertTrue(variable.attrs.get("long_name"), name)
            if variable.dtype.kind in "fi":
                self.assertIn("units", {**variable.attrs, **variable.encoding}, name)
        self.assertEqual(self.data.price.attrs["units"], "EUR/MWh")
        self.assertEqual(self.data.generator_p.attrs["units"], "MW")
        self.assertEqual(self.data.attrs["Conventions"], "CF-1.8")

    def test_power_balances_in_every_interval(self):
        d = self.data
        supply = d.generator_p.sum("generator") + (d.storage_discharge - d.storage_charge).sum("storage")
        losses = (d.branch_p_from + d.branch_p_to).sum("branch")
        numpy.testing.assert_allclose(supply, d.load_p.sum("load") + losses, atol=1e-3)
        self.assertTrue((losses > 0).all())

    def test_prices_are_the_sum_of_their_parts(self):
        d = self.data
        parts = ("energy", "loss", "congestion", "voltage")
        numpy.testing.assert_allclose(sum(d[f"price_{part}"] for part in parts), d.price, rtol=0, atol=1e-9)
        # By ADMM the prices at a tie agree to a share of the mean marginal cost, not to a fixed amount.
        self.assertLess(float(abs(d.price_residual).max()), 1e-4 * float(abs(d.price).max()))
        paid = (d.price.sel(bus=d.load_bus) * d.load_p).sum("load")
        paid -= (d.price.sel(bus=d.generator_bus) * d.generator_p).sum("generator")
        paid -= (d.price.sel(bus=d.storage_bus) * (d.storage_discharge - d.storage_charge)).sum("storage")
        surplus = sum(d[f"merchandising_surplus_{part}"] for part in parts)
        numpy.testing.assert_allclose(surplus, paid, atol=1e-2)

    def test_prices_of_the_exact_method_leave_nothing_unexplained(self):
        study = self.case.study(name="exact.yaml", count=1, method="interior-point")
        result = archipelago("run", study, "-o", self.case.path("exact"), timeout=300)
        self.assertEqual(result.code, 0, result.err)
        with xarray.open_dataset(self.case.path("exact", "results.nc"), engine="h5netcdf") as data:
            self.assertLess(float(abs(data.price_residual).max()), 1e-6)

    def test_show_has_the_parts_by_region(self):
        screen = archipelago("show", self.run_path, "--parts")
        self.assertEqual(screen.code, 0, screen.err)
        parts = json.loads(archipelago("show", self.run_path, "--parts", "--json").out)["price_parts"]
        self.assertEqual([row["region"] for row in parts["regions"]], list(self.data.region.values) + ["all"])
        for row in parts["regions"]:
            self.assertAlmostEqual(sum(row[part] for part in ("energy", "loss", "congestion", "voltage")), row["price"], 8)
            self.assertIn(f"{row['price']:.4f}", screen.out)
        self.assertAlmostEqual(parts["regions"][-1]["price"], float(self.data.price.mean()), 8)
        self.assertAlmostEqual(parts["merchandising_surplus"]["loss"], float(self.data.merchandising_surplus_loss.sum()), 8)

    def test_select_by_name(self):
        wind = self.data.generator_p.sel(generator="wind farm")
        self.assertTrue((wind <= 1 + 1e-6).all() and (wind >= -1e-6).all())

    def test_settlement_is_integers_that_sum_to_zero(self):
        amount = self.data.settlement_amount
        self.assertEqual(amount.dtype, numpy.int64)
        self.assertTrue((amount.sum("account") == 0).all())
        self.assertTrue((self.data.settlement_energy.sum("account") == 0).all())
        self.assertTrue((self.data.settlement_balance == 0).all())
        for row in self.rows("settlement.csv"):
            if row["kind"] == "total":
                micro = int(row["net_EUR"].replace(".", ""))
                self.assertEqual(int(amount.sel(account=row["participant"]).sum()), micro, row["participant"])

    def test_summary_agrees(self):
        self.assertAlmostEqual(float(self.data.objective.sum()), self.summary["objective"], places=9)
        self.assertAlmostEqual(float(self.data.load_p.sum()), self.summary["demand_mwh"], places=9)
        rows = self.rows("summary.csv")
        self.assertEqual(set(rows[0]), {"quantity", "region", "asset", "value", "unit"})
        objective = [r for r in rows if r["quantity"] == "objective"]
        self.assertEqual(float(objective[0]["value"]), self.summary["objective"])
        self.assertEqual(objective[0]["unit"], "EUR")
        self.assertEqual([s["verdict"] for s in self.summary["stability"]], list(self.data.disturbance_verdict.values))

    def test_every_declared_account_is_in_the_summary(self):
        rows = self.summary["settlement"]
        self.assertEqual([row["account"] for row in rows], list(self.data.account.values))
        for row, amount in zip(rows, self.data.settlement_amount.sum("time").values):
            self.assertEqual(decimal.Decimal(row["net"]), decimal.Decimal(int(amount)) / 10**6)
        self.assertEqual(sum(decimal.Decimal(row["net"]) for row in rows), 0)

    def test_the_accounts_on_the_screen_sum_to_zero(self):
        screen = archipelago("show", self.run_path)
        self.assertEqual(screen.code, 0, screen.err)
        self.assertNotRegex(screen.out, r"\de-\d+ k?Wh?|-0 ")
        table = screen.out[screen.out.index("\nsettlement"):screen.out.index("  sum over all accounts")]
        rows = [line.split()[-3:] for line in table.splitlines()[2:]]
        self.assertGreater(len(rows), 5)
        for received, paid, net in rows:
            self.assertEqual(decimal.Decimal(received) - decimal.Decimal(paid), decimal.Decimal(net))
        self.assertEqual(sum(decimal.Decimal(row[2]) for row in rows), 0)

    def test_ncdump_reads_it(self):
        head = subprocess.run(["ncdump", "-h", f"{self.run_path}/results.nc"], capture_output=True, text=True)
        self.assertEqual(head.returncode, 0, head.stderr)
        for line in ("int64 time(time)", "string bus(bus)", "double price(time, bus)", 'price:units = "EUR/MWh"',
                     'time:units = "seconds since 1970-01-01 00:00:00"', "int64 settlement_amount(time, account)",
                     "double coordination_mismatch(iteration)", "double interval_length ;"):
            self.assertIn(line, head.stdout)
        kind = subprocess.run(["ncdump", "-k", f"{self.run_path}/results.nc"], capture_output=True, text=True)
        self.assertEqual(kind.stdout.strip(), "netCDF-4")
        dump = subprocess.run(["ncdump", "-v", "price", "-p", "9,17", f"{self.run_path}/results.nc"], capture_output=True, text=True)
        values = re.search(r"price =\s*([^;]*);", dump.stdout).group(1).split(",")
        numpy.testing.assert_array_equal([float(v) for v in values], self.data.price.values.ravel())

    def test_a_fault_stands_twice_in_the_trajectories(self):
        """A bolted fault from 0.5 to 0.6 s: the voltage is there, then zero at the same instant, and the other way round."""
        path = self.case.path("trajectory.nc")
        grid = os.path.join(os.environ["ARCHIPELAGO_SOURCE_DIR"], "inputs", "cases", "six-bus.m")
        result = archipelago("stability", grid, "--fault", "bus=2,on=0.5,off=0.6", "--until", "1", "-o", path)
        self.assertEqual(result.code, 0, result.err)
        with xarray.open_dataset(path, engine="h5netcdf") as data:
            voltage, time = data.bus_vm_pu.sel(bus="2").values, list(data.time.values)
            for instant, order in ((0.5, 1), (0.6, -1)):
                first = time.index(instant)
                self.assertEqual(time[first : first + 3].count(instant), 2)
                before, after = voltage[first : first + 2][::order]
                self.assertGreater(before, 0.3)
                self.assertEqual(after, 0)
            self.assertTrue(numpy.all(numpy.isfinite(data.machine_angle_deg.values)))
            self.assertEqual(data.machine_angle_deg.attrs["units"], "degree")

    def test_windows_follow_each_other(self):
        windows = sorted(os.listdir(f"{self.run_path}/windows"))
        for number, folder in enumerate(windows):
            with xarray.open_dataset(f"{self.run_path}/windows/{folder}/results.nc", engine="h5netcdf") as part:
                numpy.testing.assert_array_equal(part.price.values, self.data.price.values[2 * number:2 * number + 2])


if __name__ == "__main__":
    program.main()
