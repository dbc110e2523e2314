"""A study from its file to its signed results: the same bytes on any number of ranks and after any interruption."""
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import time

import program
from program import STABILITY, archipelago


class Run(program.Case):
    def test_same_bytes_on_1_to_4_ranks(self):
        study = self.study(extra=STABILITY)
        for ranks in 1, 2, 3, 4:
            result = archipelago("run", study, "-o", self.path(f"run{ranks}"), "--json", ranks=ranks, timeout=300)
            self.assertEqual(result.code, 0, result.err)
            self.assertEqual("stay idle" in result.err, ranks == 4)
        for ranks in 2, 3, 4:
            self.assertSameFiles(self.path("run1"), self.path(f"run{ranks}"))
        summary = json.loads(program.read(self.path("run1", "summary.json")))
        self.assertEqual(summary["settlement_sum"], "0.000000")
        self.assertEqual(len(summary["stability"]), 4)
        self.assertLess(summary["max_mismatch_pu"], 1e-4)
        verified = archipelago("ledger", "verify", self.path("run1"))
        self.assertEqual(verified.code, 0, verified.err)
        self.assertIn(summary["ledger"]["root"], verified.out)

    def test_the_log_and_the_results_say_what_finished_a_window(self):
        """Far from the right penalties ADMM does not arrive, and the interior point goes on."""
        line = "finished by the interior point, after"
        for penalty, by_admm in (1, 1), (1000, 0):
            study = self.study(f"p{penalty}.yaml", method=f"auto, admm_penalty: {penalty}", hours=1, count=1)
            result = archipelago("run", study, "-o", self.path(f"run{penalty}"))
            self.assertEqual(result.code, 0, result.err)
            summary = json.loads(program.read(self.path(f"run{penalty}", "summary.json")))
            self.assertEqual(summary["windows_finished_by"], {"admm": by_admm, "interior-point": 1 - by_admm})
            self.assertGreater(summary["admm_iterations"], 10)
            self.assertEqual(line in result.err, not by_admm)
            self.assertEqual("1 of 1 window by the interior point" in result.out, not by_admm)

    def test_a_flipped_byte_of_the_ledger_is_found(self):
        study = self.study(model="dc", method="interior-point", count=1)
        self.assertEqual(archipelago("run", study, "-o", self.path("run")).code, 0)
        folder = self.path("run", "ledger", "tile", "entries")
        name = os.path.join(folder, "000.p", os.listdir(os.path.join(folder, "000.p"))[0])
        data = bytearray(program.read(name))
        data[len(data) // 2] ^= 1
        self.write(name, bytes(data))
        result = archipelago("ledger", "verify", self.path("run"), ranks=2)
        self.assertEqual(result.code, 5)
        self.assertIn("entries", result.err)

    def test_killed_at_random_points_it_ends_with_the_same_bytes(self):
        study = self.study(count=6, hours=1, method="interior-point", extra=STABILITY.replace("[0, 1]", "[0]"))
        begin = time.time()
        self.assertEqual(archipelago("run", study, "-o", self.path("whole"), timeout=300).code, 0)
        length = time.time() - begin
        chance = random.Random(7)
        for attempt in range(8):
            process = subprocess.Popen(program.command(["run", study, "-o", self.path("killed")], 1 + attempt % 2),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(chance.uniform(0.1, 0.6) * length)
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            time.sleep(0.3)  # ranks of a killed launcher see it and end
            for folder in os.listdir(self.path("killed", "windows")) if os.path.isdir(self.path("killed", "windows")) else []:
                if not folder.startswith(".tmp-"):
                    self.assertEqual(sorted(os.listdir(self.path("killed", "windows", folder))),
                                     ["SHA256SUMS", "entries.bin", "inputs.bin", "results.nc", "state.json", "summary.json"])
        for _ in range(60):  # a rank whose launcher is gone may take a moment to end, and holds the lock until then
            result = archipelago("run", study, "-o", self.path("killed"), ranks=2, timeout=300)
            if "another run is at work" not in result.err:
                break
            time.sleep(0.5)
        self.assertEqual(result.code, 0, result.err)
        self.assertSameFiles(self.path("whole"), self.path("killed"))

    def test_a_damaged_end_is_made_again(self):
        """What a kill between the window and the log, or before the summary, leaves behind."""
        study = self.study(model="dc", method="interior-point", count=3)
        self.assertEqual(archipelago("run", study, "-o", self.path("whole")).code, 0)
        self.assertEqual(archipelago("run", study, "-o", self.path("cut")).code, 0)
        for name in "SHA256SUMS", "summary.json", "summary.csv", "results.nc":
            os.remove(self.path("cut", name))
        last = sorted(os.listdir(self.path("cut", "windows")))[-1]
        os.rename(self.path("cut", "windows", last), self.path("cut", "windows", ".tmp-" + last))
        self.write("cut/.tmp-results.nc", "half")
        # The log is ahead of the windows by one: putting the same bytes again is no fault.
        result = archipelago("run", study, "-o", self.path("cut"))
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("2 of 3 windows are done already", result.err)
        self.assertSameFiles(self.path("whole"), self.path("cut"))

    def test_a_complete_run_is_left_alone(self):
        study = self.study(model="dc", method="interior-point")
        first = archipelago("run", study, "-o", self.path("run"), "--json")
        before = program.files(self.path("run"))
        second = archipelago("run", study, "-o", self.path("run"), "--json", ranks=2)
        self.assertEqual((first.code, second.code), (0, 0))
        needed = first.json
        needed.pop("memory_estimate_bytes_per_rank")  # of what is to be done
        self.assertEqual(needed, second.json)
        self.assertIn("complete already", second.err)
        self.assertEqual(before, program.files(self.path("run")))

    def test_a_flipped_byte_of_a_window_or_result_is_found(self):
        study = self.study(model="dc", method="interior-point")
        self.assertEqual(archipelago("run", study, "-o", self.path("run")).code, 0)
        first = os.path.join("windows", sorted(os.listdir(self.path("run", "windows")))[0])
        window = [os.path.join(first, name) for name in sorted(os.listdir(self.path("run", first)))]
        for name in window + ["SHA256SUMS", "results.nc", "settlement.csv", "summary.csv", "summary.json"]:
            for resumed in (True, False) if name in window else (False,):
                with self.subTest(name=name, resumed=resumed):
                    shutil.rmtree(self.path("copy"), ignore_errors=True)
                    shutil.copytree(self.path("run"), self.path("copy"))
                    data = bytearray(program.read(self.path("copy", name)))
                    data[len(data) // 2] ^= 1
                    self.write(os.path.join("copy", name), bytes(data))
                    if resumed:
                        os.remove(self.path("copy", "SHA256SUMS"))
                    result = archipelago("run", study, "-o", self.path("copy"), timeout=60)
                    self.assertEqual(result.code, 5, result.err)
                    self.assertIn(os.path.dirname(name), result.err)
        check = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=self.path("run"))
        self.assertEqual(check.returncode, 0)

    def test_other_inputs_are_refused(self):
        study = self.study(model="dc", method="interior-point")
        self.assertEqual(archipelago("run", study, "-o", self.path("run")).code, 0)
        before = program.files(self.path("run"))
        other = self.study("other.yaml", model="dc", method="interior-point",
                           extra='adjust:\n  - {component: load, name: "*", attribute: p_mw, scale: 0.9}\n')
        result = archipelago("run", other, "-o", self.path("run"), ranks=2)
        self.assertEqual(result.code, 2)
        self.assertRegex(result.err, r"study\.json:\d+: the directory holds another run")
        self.write("full/notes.txt", "mine")
        self.assertEqual(archipelago("run", study, "-o", self.path("full")).code, 2)
        self.assertEqual(before, program.files(self.path("run")))
        self.assertEqual(os.listdir(self.path("full")), ["notes.txt"])

    def test_two_runs_at_once_are_refused(self):
        study = self.study(model="dc", method="interior-point")
        os.makedirs(self.path("run"))
        lock = os.open(self.path("run"), os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = archipelago("run", study, "-o", self.path("run"), ranks=2)
        os.close(lock)
        self.assertEqual(result.code, 2)
        self.assertIn("another run is at work", result.err)

    def test_a_stop_request_ends_with_75_and_whole_windows(self):
        study = self.study(count=12, hours=1, method="interior-point")
        process = subprocess.Popen(program.command(["run", study, "-o", self.path("run")]), stderr=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, text=True)
        deadline = time.time() + 60
        while time.time() < deadline and not (os.path.isdir(self.path("run", "windows")) and
                                              os.listdir(self.path("run", "windows"))):
            time.sleep(0.02)
        process.send_signal(signal.SIGUSR1)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 75, err)
        self.assertFalse(os.path.exists(self.path("run", "summary.json")))
        shown = archipelago("show", self.path("run"))
        self.assertEqual(shown.code, 0)
        self.assertIn("not complete", shown.out)

    def test_storage_energy_goes_from_window_to_window(self):
        study = self.study(model="dc", method="interior-point", count=3)
        self.assertEqual(archipelago("run", study, "-o", self.path("run")).code, 0)
        states = []
        for folder in sorted(os.listdir(self.path("run", "windows"))):
            states.append(json.loads(program.read(self.path("run", "windows", folder, "state.json"))))
        self.assertEqual([s["window"] for s in states], [0, 1, 2])
        energies = [float.fromhex(s["storage_energy_mwh"][0]) for s in states]
        for e in energies:
            self.assertTrue(-1e-6 <= e <= 0.6 + 1e-6, energies)
        for a, b in zip(states, states[1:]):
            self.assertEqual(a["ledger_start"] + a["ledger_entries"], b["ledger_start"])

    def test_infeasible_says_how_much_is_short(self):
        result = archipelago("run", os.path.join(program.ISLANDS, "hour.yaml"), "--policy", "grid-closed", "-o",
                             self.path("run"), "--json", ranks=2)
        self.assertEqual(result.code, 3)
        self.assertEqual(result.json["status"], "infeasible")
        self.assertAlmostEqual(result.json["shortage_mw"], 0.2, places=6)
        self.assertIn("200 kW short", result.err)
        limits = " ".join(limit["limit"] for limit in result.json["binding_limits"])
        for asset in "wind farm", "solar plant", "battery":
            self.assertIn(asset, limits)
        self.assertEqual(sorted(program.files(self.path("run"))), ["failure.json", "provenance.json", "study.json"])

    def test_the_hour_costs_160(self):
        result = archipelago("run", os.path.join(program.ISLANDS, "hour.yaml"), "-o", self.path("run"), "--json")
        self.assertEqual(result.code, 0, result.err)
        self.assertAlmostEqual(result.json["objective"], 160, places=4)
        energy = {row["technology"]: row["mwh"] for row in result.json["energy"]}
        self.assertAlmostEqual(energy["wind"], 1.0, places=5)
        self.assertAlmostEqual(energy["solar"], 1.5, places=5)
        self.assertAlmostEqual(energy["grid"] + energy["battery discharge"] + energy["battery charge"], 0.5, places=5)

    def test_unstable_where_stability_is_required_is_status_4(self):
        extra = STABILITY.replace("off: 0.2", "off: 0.9").replace("hours: [0, 1]", "hours: [0]\n  required: true")
        study = self.study(count=1, method="interior-point", extra=extra)
        result = archipelago("run", study, "-o", self.path("run"), "--json", ranks=2)
        self.assertEqual(result.code, 4, result.err)
        self.assertEqual(result.json["status"], "insecure")
        self.assertEqual(sorted(program.files(self.path("run"))), ["failure.json", "provenance.json", "study.json"])

    def test_a_real_grid_on_a_real_day(self):
        """RTS-GMLC, 73 buses in three areas, storage, HVDC link, the hourly series of a day in July."""
        folder = program.shared_data("rts-gmlc")
        if not folder:
            self.skipTest("the shared data are not there")
        study = self.write("rts.yaml", f"""study: rts-gmlc
network: {{path: {folder}, format: rts-gmlc}}
regions: area
windows: {{start: 2020-07-15T00:00:00Z, hours: 24, count: 1}}
dispatch: {{model: ac, method: interior-point, relax_minimum_output: true}}
stability: {{until: 2, hours: [18], faults: [{{bus: 113, on: 0.1, off: 0.2}}]}}
market: {{currency: USD}}
""")
        result = archipelago("run", study, "-o", self.path("run"), "--json", ranks=2, timeout=600)
        self.assertEqual(result.code, 0, result.err)
        summary = result.json
        self.assertEqual((summary["network"]["buses"], summary["network"]["regions"], summary["intervals"]), (73, 3, 24))
        self.assertLess(summary["max_violation_pu"], 1e-5)
        self.assertLess(summary["max_mismatch_pu"], 1e-5)
        self.assertEqual(summary["settlement_sum"], "0.000000")
        self.assertTrue(any("minimum outputs were relaxed" in note for note in summary["notes"]), summary["notes"])
        supply = sum(row["mwh"] for row in summary["energy"])
        self.assertAlmostEqual(supply, summary["demand_mwh"] + summary["losses_mwh"], delta=24 * 73 * 1e-3)
        self.assertIn(summary["stability"][0]["verdict"], ("stable", "unstable"))
        self.assertEqual(archipelago("ledger", "verify", self.path("run")).code, 0)
        self.assertEqual(archipelago("run", study, "-o", self.path("one"), timeout=600).code, 0)
        self.assertSameFiles(self.path("run"), self.path("one"))

    def test_the_regions_of_a_real_grid_agree_on_its_dispatch(self):
        """Three hours of the same grid by ADMM between its areas: the interior point's cost, and a balance that holds."""
        folder = program.shared_data("rts-gmlc")
        if not folder:
            self.skipTest("the shared data are not there")
        cost = {}
        for method in ("interior-point", "admm"):
            study = self.write(f"{method}.yaml", f"""study: rts-gmlc
network: {{path: {folder}, format: rts-gmlc}}
regions: area
windows: {{start: 2020-07-15T00:00:00Z, hours: 3, count: 1}}
dispatch: {{model: ac, method: {method}, relax_minimum_output: true}}
""")
            result = archipelago("run", study, "-o", self.path(method), "--json", ranks=2, timeout=600)
            self.assertEqual(result.code, 0, result.err)
            self.assertLess(result.json["max_mismatch_pu"], 1e-4)
            cost[method] = result.json["objective"]
        self.assertLess(abs(cost["admm"] / cost["interior-point"] - 1), 1e-4)


if __name__ == "__main__":
    program.main()
