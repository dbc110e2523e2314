"""The shipped two-area system against the book it is taken from: operating point, modes, and what they mean in time."""
import math
import os

import program
import xarray
from program import archipelago

FOLDER = os.path.join(program.SOURCE, "inputs", "cases", "two-area")
RAW = os.path.join(FOLDER, "two-area.raw")


def devices(name):
    return ["--dynamics", os.path.join(FOLDER, name + ".dyr")]


def swings(name, raw=RAW, *options):
    """The electromechanical modes: oscillations below 3 Hz that are not well damped, the slowest first."""
    dyr = name if name.endswith(".dyr") else os.path.join(FOLDER, name + ".dyr")
    result = archipelago("eigen", raw, "--dynamics", dyr, *options, "--json")
    assert result.code == 0, result.err
    found = [m for m in result.json["modes"] if 0.1 < m["frequency_hz"] < 3 and m["damping"] < 0.5]
    return sorted(found, key=lambda mode: mode["frequency_hz"]), result.json


class TwoArea(program.Case):
    def test_operating_point_of_the_book(self):
        path = self.path("start.nc")
        self.assertEqual(archipelago("stability", RAW, *devices("manual"), "--until", "0.01", "-o", path).code, 0)
        with xarray.open_dataset(path, engine="h5netcdf") as data:
            start = data.isel(time=0).load()
        # P and Q are printed to the MW, terminal angles to a tenth of a degree.
        for unit, p, q, angle in (("1:1", 700, 185, 20.2), ("2:1", 700, 235, 10.5), ("3:1", 719, 176, -6.8),
                                  ("4:1", 700, 202, -17.0)):
            self.assertAlmostEqual(float(start.machine_p_mw.sel(machine=unit)), p, delta=0.5)
            self.assertAlmostEqual(float(start.machine_q_mvar.sel(machine=unit)), q, delta=0.5)
            self.assertAlmostEqual(float(start.bus_va_deg.sel(bus=unit[0])), angle, delta=0.1)

    def test_modes_with_constant_field_voltage(self):
        modes, document = swings("manual")
        self.assertEqual((document["verdict"], len(modes)), ("stable", 3))
        # Table E12.3. The book holds the torque, GENROU the power of the turbine: it adds -Pm/(4H) to real parts.
        added = 700 / 900 / (4 * 6.5)
        for mode, real, imaginary, hz, within in zip(modes, (-0.111, -0.492, -0.506), (3.43, 6.82, 7.02),
                                                     (0.545, 1.087, 1.117), (0.02, 0.1, 0.1)):
            self.assertAlmostEqual(mode["frequency_hz"], hz, delta=0.015 * hz)
            self.assertAlmostEqual(mode["imag"], imaginary, delta=0.015 * imaginary)
            self.assertAlmostEqual(mode["real"] + added, real, delta=within)
        self.assertEqual([{p["state"][0] for p in m["participation"][:4]} for m in modes[1:]], [{"1", "2"}, {"3", "4"}])
        self.assertEqual(modes[0]["participation"][0]["state"][0], "3")

    def test_exciters_take_the_damping_between_areas_and_stabilisers_give_it(self):
        without, _ = swings("exciters")
        stabilised, document = swings("two-area")
        self.assertLess(abs(without[0]["damping"]), 0.01)
        self.assertGreater(stabilised[0]["damping"], 0.1)
        for modes in without, stabilised:
            self.assertAlmostEqual(modes[0]["frequency_hz"], 0.61, delta=0.01)
        for local in stabilised[1:3]:
            self.assertGreater(local["damping"], 0.2)
        self.assertEqual((document["verdict"], document["unstable_modes"]), ("stable", 0))

    def test_swings_in_time_have_the_period_and_the_decay_of_the_mode(self):
        path, (mode, *_), since = self.path("swing.nc"), swings("manual")[0], 6
        result = archipelago("stability", RAW, *devices("manual"), "--until", "16", "--rtol", "1e-8", "--atol", "1e-8",
                             "--event", "t=0,fault=8,x=1", "--event", "t=0.02,clear=8", "-o", path)
        self.assertEqual(result.code, 0, result.err)
        with xarray.open_dataset(path, engine="h5netcdf") as data:
            run = data.load()
        slip = (run.machine_speed_dev_pu.sel(machine=["1:1", "2:1"]).mean("machine") -
                run.machine_speed_dev_pu.sel(machine=["3:1", "4:1"]).mean("machine"))
        time, slip = run.time.values.tolist(), slip.values.tolist()
        peaks = [(t, y) for t, x, y, z in zip(time[1:], slip, slip[1:], slip[2:]) if y > x and y >= z and t > since]
        periods = len(peaks) - 1
        self.assertGreater(periods, 3)
        (first, high), (last, low) = peaks[0], peaks[-1]
        self.assertAlmostEqual(periods / (last - first), mode["frequency_hz"], delta=0.01 * mode["frequency_hz"])
        self.assertAlmostEqual(math.log(low / high) / (last - first), mode["real"], delta=0.1 * -mode["real"])

    def test_a_lost_circuit_of_the_tie_is_survived(self):
        for name in "manual", "exciters", "two-area":
            result = archipelago("stability", RAW, *devices(name), "--event", "t=1,fault=8", "--event", "t=1.1,clear=8",
                                 "--event", "t=1.1,trip=8-9:2", "--until", "10", "--json")
            self.assertEqual((result.code, result.json["verdict"]), (0, "stable"), result.err)

    def test_the_constant_current_part_of_a_load_record_counts_as_that(self):
        """IP and IQ that take at the solved voltage what PL and QL took: `data` is then `i`, and with PL and QL `p`."""
        bare = self.path("bare.dyr")
        with open(os.path.join(FOLDER, "manual.dyr")) as source, open(bare, "w") as target:
            target.writelines(line for line in source if "IEELBL" not in line)
        with open(RAW) as source:
            text = source.read()
        for bus, p, vm in ((7, 967, 0.960998), (9, 1767, 0.971364)):
            line = next(l for l in text.splitlines() if l.startswith(f"  {bus},'1 ',1,") and f"{p}.0,100.0" in l)
            text = text.replace(line, line.replace(f"{p}.0,100.0,0,0", f"0,0,{p / vm:.10f},{100 / vm:.10f}"))
        currents = self.write("currents.raw", text)
        found = {}
        for raw, model in ((RAW, "i"), (RAW, "p"), (RAW, "data"), (currents, "data")):
            modes, _ = swings(bare, raw, "--load-model", model)
            found[raw, model] = [(m["real"], m["imag"]) for m in modes]
        for a, b in (((currents, "data"), (RAW, "i")), ((RAW, "data"), (RAW, "p"))):
            for mode, other in zip(found[a], found[b]):
                self.assertAlmostEqual(mode[0], other[0], delta=1e-5)
                self.assertAlmostEqual(mode[1], other[1], delta=1e-5)
        self.assertGreater(abs(found[RAW, "p"][0][0] - found[RAW, "i"][0][0]), 0.1)

    def test_the_files_are_clean(self):
        self.assertEqual(archipelago("check", RAW).code, 0)
        for name in "manual", "exciters", "two-area":
            result = archipelago("eigen", RAW, *devices(name), "--strict")
            self.assertEqual(result.code, 0, result.err)
            self.assertNotIn("warning", result.err)


if __name__ == "__main__":
    program.main()
