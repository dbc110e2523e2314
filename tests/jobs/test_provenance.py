"""Every result says where it comes from, and nothing else of it differs between equal runs."""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from program import ARCHIPELAGO, ISLANDS, SOURCE, Case, archipelago, command, files, main

TWO_AREA = os.path.join(SOURCE, "inputs", "cases", "two-area", "two-area")
SIX_BUS = os.path.join(SOURCE, "inputs", "cases", "six-bus.m")
LIBRARIES = {"petsc", "mpi", "hdf5", "sundials", "scotch", "suitesparse", "mumps", "blas", "openssl", "jansson", "libyaml"}
TOP = {"kind", "program", "command", "directory", "options", "petsc_options", "settings", "seeds", "inputs", "libraries",
       "ranks", "regions", "status", "finished", "times", "starts"}
START = {"started", "ended", "status", "from", "ranks", "hosts", "checkpoints", "slurm", "program", "times",
         "peak_memory_mb"}
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


def sha256(path):
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


class Provenance(Case):
    def load(self, *parts):
        with open(self.path(*parts)) as stream:
            return json.load(stream)

    def done(self, *arguments, **more):
        result = archipelago(*arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def folder(self, name="folder"):
        """One bus, three hours, one unit to build."""
        files_of = {
            "network.csv": "name\nplain\n",
            "snapshots.csv": "snapshot\n2030-01-01 00:00\n2030-01-01 01:00\n2030-01-01 02:00\n",
            "buses.csv": "name\nhere\n",
            "generators.csv": "name,bus,p_nom_extendable,capital_cost,marginal_cost\nunit,here,True,10,5\n",
            "loads.csv": "name,bus,p_set\ndemand,here,7\n",
        }
        for file, text in files_of.items():
            self.write(os.path.join(name, file), text)
        return self.path(name)

    def screen(self, out, **more):
        return self.done("screen", TWO_AREA + ".raw", "-d", TWO_AREA + ".dyr", "--faults", "bus", "--trips", "none",
                         "--until", "0.3", "-o", out, **more)

    def assertWhole(self, record, kind, ranks=1):
        self.assertEqual(set(record), TOP)
        self.assertEqual((record["kind"], record["status"], record["ranks"]), (kind, "done", ranks))
        self.assertRegex(record["finished"], TIME)
        program = record["program"]
        self.assertEqual(set(program), {"name", "version", "commit", "compiler", "build_type", "file"})
        for key in ("version", "compiler", "build_type"):
            self.assertNotIn(program[key], ("", "unknown", None))
        self.assertEqual(os.path.realpath(program["file"]), os.path.realpath(ARCHIPELAGO))
        self.assertEqual(record["directory"], os.getcwd())
        self.assertEqual(set(record["libraries"]), LIBRARIES)
        for name, library in record["libraries"].items():
            self.assertTrue(library["running"], name)
        for name in ("petsc", "hdf5", "sundials", "jansson"):
            self.assertRegex(record["libraries"][name]["built"], r"^\d+\.\d+")
        self.assertTrue(record["libraries"]["blas"]["file"])
        self.assertTrue(record["inputs"])
        for entry in record["inputs"]:
            self.assertEqual(entry["sha256"], sha256(entry["path"]), entry["path"])
            self.assertEqual(entry["bytes"], os.path.getsize(entry["path"]))
        start = record["starts"][-1]
        self.assertEqual(set(start), START)
        self.assertRegex(start["started"], TIME)
        self.assertLessEqual(start["started"], start["ended"])
        self.assertEqual(start["ranks"], ranks)
        self.assertEqual(sorted(r for host in start["hosts"] for r in host["ranks"]), list(range(ranks)))
        for host in start["hosts"]:
            self.assertTrue(host["host"] and host["processor"])
        self.assertEqual(len(start["peak_memory_mb"]), ranks)
        self.assertGreater(min(start["peak_memory_mb"]), 1)
        self.assertGreater(record["times"]["total_seconds"], 0)
        self.assertLessEqual(sum(v for k, v in record["times"].items() if k.endswith("_seconds") and k != "total_seconds"),
                             record["times"]["total_seconds"] + 0.01)

    def test_a_run(self):
        study = self.study(hours=1, count=2, method="interior-point")
        self.done("run", study, "-o", self.path("a"))
        self.done("run", study, "-o", self.path("b", "other name"), ranks=2)
        self.assertSameFiles(self.path("a"), self.path("b", "other name"))
        record = self.load("b", "other name", "provenance.json")
        self.assertWhole(record, "run", ranks=2)
        self.assertEqual(record["command"][1:], ["run", study, "-o", self.path("b", "other name")])
        self.assertEqual(record["options"]["output"], self.path("b", "other name"))
        self.assertEqual((record["settings"]["policy"], record["settings"]["method"]), ("base", "interior-point"))
        self.assertEqual(record["regions"], 3)
        self.assertIn("solve_seconds", record["times"])
        names = {os.path.basename(entry["path"]) for entry in record["inputs"]}
        self.assertLessEqual({"study.yaml", "participants.csv", "buses.csv", "loads-p_set.csv"}, names)

    def test_a_plan(self):
        folder = self.folder()
        self.done("plan", folder, "-o", self.path("a"))
        self.done("plan", folder, "-o", self.path("b"), ranks=2)
        self.assertSameFiles(self.path("a"), self.path("b"))
        record = self.load("b", "provenance.json")
        self.assertWhole(record, "plan", ranks=2)
        self.assertEqual({os.path.basename(e["path"]) for e in record["inputs"]}, set(os.listdir(folder)))
        self.assertEqual(record["settings"]["method"], "interior-point")
        self.assertIn("solve_seconds", record["times"])

    def test_a_screening(self):
        self.screen(self.path("a"))
        self.screen(self.path("b"), ranks=2)
        self.assertSameFiles(self.path("a"), self.path("b"))
        record = self.load("b", "provenance.json")
        self.assertWhole(record, "screen", ranks=2)
        self.assertEqual([os.path.basename(e["path"]) for e in record["inputs"]], ["two-area.dyr", "two-area.raw"])

    def test_single_files(self):
        self.done("opf", SIX_BUS, "--regions", "area", "-o", self.path("opf.nc"), ranks=2)
        record = self.load("opf.nc.provenance.json")
        self.assertWhole(record, "opf", ranks=2)
        self.assertEqual(record["regions"], 2)
        self.done("stability", TWO_AREA + ".raw", "-d", TWO_AREA + ".dyr", "--until", "0.1", "-o", self.path("swing.nc"))
        self.assertWhole(self.load("swing.nc.provenance.json"), "stability")
        study = self.study(hours=1, count=1, method="interior-point")
        self.done("run", study, "-o", self.path("run"))
        self.done("report", self.path("run"), "-o", self.path("page.html"))
        record = self.load("page.html.provenance.json")
        self.assertWhole(record, "report")
        self.assertIn(self.path("run", "results.nc"), [e["path"] for e in record["inputs"]])
        self.done("compare", self.path("run"), "--csv", self.path("table.csv"), "--iamc", self.path("iamc.csv"))
        self.assertWhole(self.load("table.csv.provenance.json"), "compare")
        self.assertWhole(self.load("iamc.csv.provenance.json"), "compare")

    def test_a_sweep_and_its_tasks(self):
        hour = os.path.join(ISLANDS, "hour.yaml")
        self.done("sweep", hour, "--policies", "base", "-o", self.path("sweep"))
        self.assertWhole(self.load("sweep", "provenance.json"), "sweep")
        self.assertWhole(self.load("sweep", "runs", os.listdir(self.path("sweep", "runs"))[0], "provenance.json"), "run")

    def test_a_changed_input_has_another_hash_and_the_others_have_theirs(self):
        before, folder = {}, self.folder()
        self.done("plan", folder, "-o", self.path("a"))
        before = {e["path"]: e["sha256"] for e in self.load("a", "provenance.json")["inputs"]}
        self.write("folder/loads.csv", "name,bus,p_set\ndemand,here,8\n")
        self.done("plan", folder, "-o", self.path("b"))
        after = {e["path"]: e["sha256"] for e in self.load("b", "provenance.json")["inputs"]}
        self.assertEqual({p for p in after if after[p] != before.get(p)}, {os.path.join(folder, "loads.csv")})
        self.assertEqual(set(before), set(after))

    @unittest.skipUnless(shutil.which("strace"), "strace is not there")
    def test_every_file_that_is_read_is_noted(self):
        cases = os.path.join(SOURCE, "inputs", "cases")
        trace = self.path("trace")
        for study in ("islands/market.yaml", "quarter/study.yaml"):
            shutil.copytree(os.path.join(cases, os.path.dirname(study)), self.path("in"))
            path = self.path("in", os.path.basename(study))
            ran = subprocess.run(["strace", "-f", "-e", "trace=openat", "-o", trace] +
                                 command(["run", path, "-o", self.path("out")]), capture_output=True, text=True, timeout=300)
            if "PTRACE" in ran.stderr:
                self.skipTest("processes may not be traced here")
            self.assertEqual(ran.returncode, 0, ran.stderr)
            with open(trace) as stream:
                opened = set(re.findall(r'openat\([^"]*"([^"]+)", O_RDONLY[^)]*\) = \d', stream.read()))
            opened = {os.path.realpath(p) for p in opened if p.startswith(self.path("in") + "/") and os.path.isfile(p)}
            noted = {os.path.realpath(e["path"]) for e in self.load("out", "provenance.json")["inputs"]}
            self.assertGreater(len(opened), 8)
            self.assertEqual(opened - noted, set())
            shutil.rmtree(self.path("in"))
            shutil.rmtree(self.path("out"))

    def test_every_start_is_told_and_a_killed_one_too(self):
        study = self.study(hours=2, count=3)
        out = self.path("killed")
        running = subprocess.Popen(command(["run", study, "-o", out]), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        limit = time.time() + 60
        while not os.path.exists(os.path.join(out, "provenance.json")) and time.time() < limit:
            time.sleep(0.002)
        self.assertEqual(self.load("killed", "provenance.json")["status"], "running")
        running.kill()
        running.wait()
        self.assertFalse(os.path.exists(os.path.join(out, "summary.json")))
        self.done("run", study, "-o", out, ranks=2)
        record = self.load("killed", "provenance.json")
        self.assertEqual([(s["status"], s["ranks"]) for s in record["starts"]], [("interrupted", 1), ("done", 2)])
        self.assertIsNone(record["starts"][0]["ended"])
        self.assertWhole(record, "run", ranks=2)
        self.done("run", study, "-o", self.path("whole"))
        self.assertSameFiles(out, self.path("whole"))

    def test_a_stopped_start_says_so_and_the_next_where_it_goes_on(self):
        study = self.study(hours=2, count=6)
        out = self.path("stopped")
        running = subprocess.Popen(command(["run", study, "-o", out]), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        limit = time.time() + 60
        while not os.path.exists(os.path.join(out, "provenance.json")) and time.time() < limit:
            time.sleep(0.002)
        running.send_signal(signal.SIGTERM)
        if running.wait(timeout=120) == 0:
            self.skipTest("the run was done before it could be stopped")
        self.assertEqual(running.returncode, 75)
        self.assertEqual(self.load("stopped", "provenance.json")["starts"][0]["status"], "stopped")
        self.done("run", study, "-o", out)
        starts = self.load("stopped", "provenance.json")["starts"]
        self.assertEqual([s["status"] for s in starts], ["stopped", "done"])
        self.assertEqual(starts[0]["from"], "the beginning")

    def test_a_complete_run_is_not_touched_by_another_start(self):
        study = self.study(hours=1, count=1, method="interior-point")
        self.done("run", study, "-o", self.path("out"))
        before = files(self.path("out"))
        self.done("run", study, "-o", self.path("out"))
        self.assertEqual(files(self.path("out")), before)

    def test_a_failed_start_is_told(self):
        hour = os.path.join(ISLANDS, "hour.yaml")
        failed = archipelago("run", hour, "--policy", "grid-closed", "-o", self.path("out"))
        self.assertEqual(failed.code, 3)
        record = self.load("out", "provenance.json")
        self.assertEqual((record["status"], record["starts"][0]["status"]), ("not-solved", "not-solved"))
        self.assertIn("infeasible", record["starts"][0]["message"])

    def test_nothing_secret_is_told(self):
        study = self.study(hours=1, count=1, method="interior-point")
        self.done("run", study, "-o", self.path("first"))
        keys = self.path("config", "archipelago", "keys")
        name = os.path.join(keys, os.listdir(keys)[0])
        with open(name) as stream:
            secret = stream.read().strip()
        self.done("run", study, "-o", self.path("file"), "--key", name, env={"A_TOKEN": "hush-hush"})
        self.done("run", study, "-o", self.path("variable"), env={"ARCHIPELAGO_KEY": secret})
        for out in ("first", "file", "variable"):
            with open(self.path(out, "provenance.json")) as stream:
                text = stream.read()
            self.assertNotIn(secret, text)
            self.assertNotIn(secret.split("+")[-1], text)
            self.assertNotIn("hush-hush", text)
            self.assertNotIn(sha256(name), text)

    def test_show_prints_it(self):
        study = self.study(hours=1, count=1, method="interior-point")
        self.done("run", study, "-o", self.path("out"))
        shown = self.done("show", self.path("out"), "--provenance").out
        record = self.load("out", "provenance.json")
        for entry in record["inputs"]:
            self.assertIn(f"{entry['sha256']}  {entry['path']}\n", shown)
        for text in (record["program"]["compiler"], record["starts"][0]["hosts"][0]["processor"], "interior-point",
                     record["libraries"]["hdf5"]["running"], "1 ranks", "3 regions"):
            self.assertIn(text, shown)
        self.assertEqual(self.done("show", self.path("out"), "--provenance", "--json").json, record)
        self.done("opf", SIX_BUS, "-o", self.path("opf.nc"))
        self.assertIn("opf, done", self.done("show", self.path("opf.nc"), "--provenance").out)
        for text in "", "[]", "{}", '{"program": 3}', "garbage":
            self.write("damaged/provenance.json", text)
            damaged = archipelago("show", self.path("damaged"), "--provenance")
            self.assertEqual((damaged.code, damaged.out), (2, ""), text)
            self.assertIn("is missing or damaged", damaged.err)
        none = archipelago("show", self.directory, "--provenance")
        self.assertEqual((none.code, len(none.err.splitlines())), (2, 1), none.err)


if __name__ == "__main__":
    main()
