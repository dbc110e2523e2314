"""archipelago stability: what it prints and writes, what it refuses, and its exit statuses."""
import os
import subprocess

import h5netcdf
import numpy
import program
import xarray
from program import archipelago

RAW = """0, 100.0, 33, 0, 1, 60.0 / a small case
three buses
for tests
101,'NORTH', 230.0,3,1,1,1,1.04,0.0
102,'WEST', 230.0,2,2,1,1,1.02,0.0
103,'SOUTH', 230.0,1,2,1,1,1.0,0.0
0 / END OF BUS DATA, BEGIN LOAD DATA
103,'1 ',1,2,1,120.0,40.0,0,0,0,0,1
0 / END OF LOAD DATA, BEGIN FIXED SHUNT DATA
0 / END OF FIXED SHUNT DATA, BEGIN GENERATOR DATA
101,'1 ',60.0,20.0,200,-200,1.04,0,150.0,0,0.25,0,0,1,1,100,200,0
102,'W1',60.0,20.0,200,-200,1.02,0,120.0,0,0.3,0,0,1,1,100,200,0
102,'X',0.0,0.0,200,-200,1.02,0,120.0,0,0.3,0,0,1,0,100,200,0
0 / END OF GENERATOR DATA, BEGIN BRANCH DATA
101,102,'1 ',0.01,0.1,0.02,0,0,0,0,0,0,0,1,1,0
102,103,'1 ',0.01,0.1,0.02,0,0,0,0,0,0,0,1,1,0
101,103,'1 ',0.01,0.2,0.02,0,0,0,0,0,0,0,1,1,0
101,103,'2 ',0.01,0.2,0.02,0,0,0,0,0,0,0,1,1,0
0 / END OF BRANCH DATA, BEGIN TRANSFORMER DATA
0 / END OF TRANSFORMER DATA, BEGIN AREA DATA
Q
"""
DYR = """101 'GENROU' 1 6.0 0.03 0.5 0.05 4.0 0.0 1.8 1.7 0.3 0.5 0.25 0.2 0.1 0.4 /
101 'SEXS' 1 0.1 10.0 100.0 0.05 -4.0 5.0 /
101 'TGOV1' 1 0.05 0.5 1.0 0.0 2.0 6.0 0.0 /
102 'GENROU' W1 6.0 0.03 0.5 0.05 3.0 0.0 1.8 1.7 0.3 0.5 0.25 0.2 0.1 0.4 /
102 'SEXS' W1 0.1 10.0 100.0 0.05 -4.0 5.0 /
"""
VARIABLES = {"bus_vm_pu": "bus", "bus_va_deg": "bus", "bus_frequency_hz": "bus", "machine_angle_deg": "machine",
             "machine_speed_dev_pu": "machine", "machine_efd_pu": "machine", "machine_pmech_pu": "machine",
             "machine_p_mw": "machine", "machine_q_mvar": "machine", "branch_p_from_mw": "branch",
             "branch_q_from_mvar": "branch"}
FAULT = ["t=0.5,fault=103", "t=0.6,clear=103", "t=0.6,trip=101-103:2"]


class Stability(program.Case):
    def setUp(self):
        super().setUp()
        self.raw = self.write("case.raw", RAW)
        self.dyr = self.write("case.dyr", DYR)

    def stability(self, *options, events=(), until="2", dyr=None, **run):
        arguments = [word for event in events for word in ("--event", event)]
        return archipelago("stability", self.raw, "--dynamics", dyr or self.dyr, "--until", until, *arguments, *options,
                           **run)

    def trajectory(self, *options, **run):
        path = self.path("trajectory.nc")
        result = self.stability("-o", path, "--json", *options, **run)
        self.assertEqual(result.code, 0, result.err)
        with xarray.open_dataset(path, engine="h5netcdf") as data:
            return data.load(), result.json

    def test_the_trajectory_file(self):
        data, document = self.trajectory("--dt-out", "0.05", events=FAULT)
        self.assertEqual(set(data.data_vars), set(VARIABLES))
        for name, dimension in VARIABLES.items():
            self.assertEqual(data[name].dims, ("time", dimension))
            self.assertIn("units", data[name].attrs)
        self.assertEqual(list(data.bus.values), ["101", "102", "103"])
        self.assertEqual(list(data.machine.values), ["101:1", "102:W1"])
        self.assertEqual(list(data.branch.values), ["101-102:1", "102-103:1", "101-103:1", "101-103:2"])
        time = list(data.time.values)
        self.assertEqual((time.count(0.5), time.count(0.6), time[0], time[-1]), (2, 2, 0, 2))
        self.assertEqual(len(time), 41 + 2)
        self.assertTrue(numpy.all(numpy.diff(time) >= 0))
        voltage = data.bus_vm_pu.sel(bus="103").values
        first = time.index(0.5)
        self.assertGreater(voltage[first], 0.9)
        self.assertEqual(voltage[first + 1], 0)
        last = time.index(0.6)
        self.assertEqual(voltage[last], 0)
        self.assertGreater(voltage[last + 1], 0.5)
        for name in VARIABLES:
            missing = numpy.isnan(data[name].values)
            if name == "bus_frequency_hz":
                missing[first + 1:last + 1, 2] = False  # no voltage, no frequency
            self.assertFalse(missing.any(), name)
        self.assertEqual(numpy.abs(data.branch_p_from_mw.sel(branch="101-103:2").values[last + 1:]).max(), 0)
        # the start is the power flow: voltages and powers as given, what flows out of bus 101 is what its unit gives
        start = data.isel(time=0)
        numpy.testing.assert_allclose(start.bus_vm_pu.values[:2], [1.04, 1.02], atol=1e-8)
        self.assertAlmostEqual(float(start.bus_va_deg.sel(bus="101")), 0, places=8)
        self.assertAlmostEqual(float(start.machine_p_mw.sel(machine="102:W1")), 60, places=5)
        out = start.branch_p_from_mw.sel(branch=["101-102:1", "101-103:1", "101-103:2"]).values.sum()
        self.assertAlmostEqual(float(start.machine_p_mw.sel(machine="101:1")), out, places=5)
        numpy.testing.assert_allclose(start.bus_frequency_hz.values, 60, atol=1e-6)
        dump = subprocess.run(["ncdump", "-h", self.path("trajectory.nc")], capture_output=True, text=True)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        self.assertIn("double branch_p_from_mw(time, branch)", dump.stdout)
        with h5netcdf.File(self.path("trajectory.nc"), "r") as file:
            self.assertEqual(set(file.dimensions), {"time", "bus", "machine", "branch"})
        self.assertEqual(document["verdict"], "stable")

    def test_channels(self):
        data, _ = self.trajectory("--channels", "bus_vm_pu,machine_angle_deg", events=FAULT)
        self.assertEqual(set(data.data_vars), {"bus_vm_pu", "machine_angle_deg"})
        result = self.stability("-o", self.path("x.nc"), "--channels", "bus_vm_pu,bus_vm")
        self.assertEqual(result.code, 2)
        self.assertIn('"bus_vm"', result.err)
        self.assertIn("machine_speed_dev_pu", result.err)

    def test_elements(self):
        whole, _ = self.trajectory(events=FAULT)
        data, _ = self.trajectory("--elements", "103,102:W1,101,101-103:2", events=FAULT)
        self.assertEqual(list(data.bus.values), ["101", "103"])
        self.assertEqual(list(data.machine.values), ["102:W1"])
        self.assertEqual(list(data.branch.values), ["101-103:2"])
        for name, dimension in VARIABLES.items():
            numpy.testing.assert_array_equal(data[name].values, whole[name].sel({dimension: data[dimension]}).values)
        data, _ = self.trajectory("--elements", "101:1", events=FAULT)
        self.assertEqual((data.sizes["bus"], data.sizes["machine"], data.sizes["branch"]), (3, 1, 4))
        result = self.stability("-o", self.path("x.nc"), "--elements", "101,102:Z")
        self.assertEqual(result.code, 2)
        self.assertIn('"102:Z"', result.err)
        self.assertFalse(os.path.exists(self.path("x.nc")))

    def test_the_document(self):
        d = self.stability("--json", "--cct", events=FAULT).json
        self.assertEqual(d["verdict"], "stable")
        self.assertEqual([c["passed"] for c in d["criteria"].values()], [True] * 3)
        self.assertEqual(set(d["criteria"]), {"angle", "voltage", "frequency"})
        self.assertEqual([e["time_s"] for e in d["events"]], [0.5, 0.6, 0.6])
        for key in ("criterion", "nadir_hz", "zenith_hz", "end_hz", "max_rocof_hz_per_s", "min_voltage_pu",
                    "min_voltage_bus", "notes", "warnings", "machine_data", "cct_seconds", "cct", "steps", "jacobians",
                    "factorizations", "restarts", "mode_changes", "unknowns", "solve_seconds", "klu_seconds"):
            self.assertIn(key, d)
        self.assertEqual(d["frequency_hz"], 60)
        self.assertLess(d["initial_rate"], 1e-8)
        self.assertEqual(d["warnings"]["suspicious_data"], 0)

    def test_an_unstable_case_is_told_and_goes_on(self):
        events = ["t=0.1,fault=101-103:1,at=0", "t=1,trip=101-103:1"]
        data, d = self.trajectory(events=events)
        self.assertEqual(d["verdict"], "unstable")
        self.assertFalse(d["criteria"]["angle"]["passed"])
        self.assertLess(d["criteria"]["angle"]["time_s"], 1)
        self.assertEqual(d["violation_s"], d["criteria"]["angle"]["time_s"])
        self.assertEqual((d["end_s"], data.time.values[-1]), (2, 2))
        stopped = self.stability("--fault", "bus=101,on=0.1,off=1", "--json")
        self.assertEqual(stopped.code, 0)
        self.assertLess(stopped.json["end_s"], 1.5)
        self.assertEqual(self.stability("--fault", "bus=101,on=0.1,off=1", "--json", "--keep-going").json["end_s"], 2)

    def test_an_island(self):
        d = self.stability("--json", events=["t=0.5,island=area:1"]).json
        self.assertEqual((d["islands"], d["dead_buses"]), (2, 0))
        self.assertEqual([n["time_s"] for n in d["notes"]], [0.5])
        d = self.stability("--json", events=["t=0.5,trip=101-103:1", "t=0.5,trip=101-103:2", "t=0.5,trip=102-103"]).json
        self.assertEqual((d["islands"], d["dead_buses"], d["lost_load_mw"]), (1, 1, 120))
        self.assertTrue(any("without voltage" in n["text"] for n in d["notes"]))

    def test_load_models_differ_where_the_voltage_is_low(self):
        """Powers right after a step of reactive power lowers the voltage: as v^2, v and 1."""
        for model, exponent in (("z", 2), ("i", 1), ("p", 0)):
            data, _ = self.trajectory("--load-model", model, events=["t=0.5,load=103:1,q=60"])
            after = list(data.time.values).index(0.5) + 1
            voltage = data.bus_vm_pu.sel(bus="103").values[[after - 1, after]]
            balance = data.machine_p_mw.sum("machine").values[after] - self.losses(data, after)
            self.assertLess(voltage[1], voltage[0] - 0.01)
            self.assertAlmostEqual(balance, 120 * (voltage[1] / voltage[0]) ** exponent, places=4)

    def losses(self, data, k):
        """Of the branches, from their pi circuits."""
        v = data.bus_vm_pu.values[k] * numpy.exp(1j * numpy.radians(data.bus_va_deg.values[k]))
        lines = [(0, 1, 0.01 + 0.1j), (1, 2, 0.01 + 0.1j), (0, 2, 0.01 + 0.2j), (0, 2, 0.01 + 0.2j)]
        return sum(100 * abs((v[f] - v[t]) / z) ** 2 * z.real for f, t, z in lines)

    def test_limits(self):
        events = ["t=0.5,trip-unit=101:1"]
        for option, value, criterion in (("--frequency-min", "59.9", "frequency"), ("--rocof-limit", "0.1", "frequency"),
                                         ("--settling-limit", "0.1", "frequency"), ("--angle-limit", "1", "angle"),
                                         ("--voltage-recovery", "0.999:0.1", "voltage")):
            with self.subTest(option=option):
                loose = ["--frequency-min", "1", "--frequency-max", "1000", "--voltage-recovery", "none"]
                self.assertEqual(self.stability("--json", *loose, events=events).json["verdict"], "stable")
                d = self.stability("--json", *loose, option, value, events=events).json
                failed = [name for name, c in d["criteria"].items() if not c["passed"]]
                self.assertEqual((d["verdict"], failed), ("unstable", [criterion]))
        for option, value in (("--voltage-recovery", "2"), ("--voltage-recovery", "0.8:2,0.5:1,0.3:1"),
                              ("--voltage-recovery", "1.2:1"), ("--frequency-min", "61"), ("--frequency-max", "50")):
            with self.subTest(option=option, value=value):
                result = self.stability(option, value)
                self.assertEqual(result.code, 2)
                self.assertIn(option, result.err)

    def test_bad_events_are_refused(self):
        for events, word in ((["t=1,fault=999"], "999"), (["t=1,trip=101-103:9"], "101-103:9"),
                             (["t=1,trip-unit=102:Z"], '"Z"'), (["t=1,trip-unit=102:X"], "out of service"),
                             (["t=1,set=102:W1:pref,value=one"], "one"), (["t=3,fault=103"], "--until"),
                             (["t=1,clear=103"], "no fault"), (["t=1,set=101:1:qref,value=1"], "vref, pref"),
                             (["t=1,fault=103,fault=102"], "twice"), (["fault=103"], "t="), (["t=1,what=3"], "what")):
            with self.subTest(events=events):
                out = self.path("out.nc")
                result = self.stability("-o", out, events=events, ranks=2, timeout=30)
                self.assertEqual((result.code, result.out), (2, ""), result.err)
                lines = [line for line in result.err.splitlines() if "error: " in line]
                self.assertEqual(len(lines), 1, result.err)
                self.assertIn("--event", lines[0])
                self.assertIn(word, lines[0])
                self.assertFalse(os.path.exists(out))
        result = self.stability(events=["t=1,fault=999", "t=1,fault=998"])
        self.assertEqual(len([line for line in result.err.splitlines() if "error: " in line]), 2, result.err)

    def test_a_clearing_time_needs_a_fault_that_ends(self):
        self.assertEqual(self.stability("--cct").code, 2)
        result = self.stability("--cct", "--json", events=["t=0.5,fault=103"])
        self.assertEqual(result.code, 3, result.err)
        self.assertIn("no event is a fault that another event clears", result.err)

    def test_clearing_times_of_events(self):
        """The textbook's 0.161 s: of a fault at the bus, and at that end of the line whose trip clears it."""
        case = program.shared_data("matpower", "case9.m")
        machines = program.shared_data("dynamics", "textbook", "wscc9-classical.csv")
        if not case or not machines:
            self.skipTest("the shared data are not there")
        for events in (["t=0,fault=8", "t=0.1,clear=8", "t=0.1,trip=8-9"], ["t=0,fault=8-9,at=0", "t=0.1,trip=8-9"]):
            arguments = [word for event in events for word in ("--event", event)]
            d = archipelago("stability", case, "--dynamics", machines, *arguments, "--cct", "--json").json
            self.assertAlmostEqual(d["cct_seconds"], 0.161, delta=0.001)
            self.assertEqual(d["end_s"], 5)

    def test_without_a_machine_there_is_no_verdict(self):
        dyr = self.write("none.dyr", "101 'NOSUCH' 1 1.0 /\n")
        result = self.stability("--json", "-o", self.path("x.nc"), dyr=dyr)
        self.assertEqual(result.code, 3, result.err)
        self.assertEqual(result.json["verdict"], "failed")
        self.assertFalse(os.path.exists(self.path("x.nc")))
        self.assertEqual(self.stability("--strict", dyr=dyr).code, 2)

    def test_suspicious_starts_are_counted_or_refused(self):
        dyr = self.write("limits.dyr", DYR.replace("-4.0 5.0", "-4.0 1.0"))  # field voltages above 1
        result = self.stability("--json", dyr=dyr)
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(result.json["warnings"]["suspicious_starts"], 2)
        self.assertIn("SEXS at 101:1", result.json["warnings"]["first_suspicious_start"])
        result = self.stability("--strict", dyr=dyr)
        self.assertEqual(result.code, 2)
        self.assertIn("SEXS at 101:1", result.err)

    def test_the_same_on_two_ranks(self):
        for ranks in (1, 2):
            result = self.stability("-o", self.path(f"{ranks}.nc"), "--json", events=FAULT, ranks=ranks)
            self.assertEqual(result.code, 0, result.err)
        self.assertEqual(program.read(self.path("1.nc")), program.read(self.path("2.nc")))


if __name__ == "__main__":
    program.main()
