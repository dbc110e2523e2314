"""Screening: the same files on any number of ranks and after any interruption, and nothing taken for what it is not."""
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import time

import program
from program import archipelago

CASE = """function mpc = ring
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
 1 3 0 0 0 0 1 1 0 230 1 1.1 0.9;
 2 2 50 10 0 0 1 1 0 230 1 1.1 0.9;
 3 2 60 10 0 0 1 1 0 230 1 1.1 0.9;
 4 1 90 20 0 0 1 1 0 230 1 1.1 0.9;
];
mpc.gen = [
 1 80 0 300 -300 1 100 1 250 10;
 2 70 0 300 -300 1 100 1 250 10;
 3 50 0 300 -300 1 100 1 250 10;
];
mpc.branch = [
 1 2 0.01 0.1 0.02 250 250 250 0 0 1 -360 360;
 2 3 0.01 0.12 0.02 250 250 250 0 0 1 -360 360;
 3 4 0.01 0.15 0.02 250 250 250 0 0 1 -360 360;
 4 1 0.01 0.1 0.02 250 250 250 0 0 1 -360 360;
];
mpc.gencost = [
 2 0 0 3 0.01 10 0;
 2 0 0 3 0.01 10 0;
 2 0 0 3 0.01 10 0;
];
"""

MACHINES = """bus,unit,model,mva_base,H,D,xd1
1,1,GENCLS,100,6,2,0.15
2,1,GENCLS,100,4,2,0.2
3,1,GENCLS,100,3,2,0.25
"""

FILES = ["inputs.json", "journal.jsonl", "provenance.json", "screen.csv", "screen.json"]


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return ") Z " not in stream.read()
    except OSError:
        return False


class Screen(program.Case):
    def setUp(self):
        super().setUp()
        self.grid = self.write("ring.m", CASE)
        self.machines = self.write("machines.csv", MACHINES)

    def screen(self, *more, ranks=1, grid=None, **options):
        return archipelago("screen", grid or self.grid, "--dynamics", self.machines, *more, ranks=ranks, **options)

    def rows(self, directory):
        with open(self.path(directory, "screen.csv"), newline="") as stream:
            return list(csv.DictReader(stream))

    def test_same_bytes_on_1_to_4_ranks(self):
        for ranks in 1, 2, 3, 4:
            result = self.screen("-o", self.path(f"on{ranks}"), "--until", 3, "--cct", "--json", ranks=ranks)
            self.assertEqual(result.code, 0, result.err)
            self.assertEqual(result.json["ranks"], ranks)
            self.assertEqual(sorted(os.listdir(self.path(f"on{ranks}"))), FILES)
        for ranks in 2, 3, 4:
            self.assertSameFiles(self.path("on1"), self.path(f"on{ranks}"))
        stored = json.loads(program.read(self.path("on1", "screen.json")))
        self.assertEqual({key: result.json[key] for key in stored}, stored)
        self.assertEqual(stored["contingencies"], 4 + 8 + 4 + 3)

    def test_ieee39_same_bytes_on_1_to_4_ranks(self):
        raw = program.shared_data("dynamics", "griddyn", "IEEE39.raw")
        if not raw:
            self.skipTest("the shared data are not there")
        self.machines = raw.replace(".raw", ".dyr")
        for ranks in 1, 2, 3, 4:
            result = self.screen("--until", 2, "--faults", "bus", "-o", self.path(f"on{ranks}"), ranks=ranks, grid=raw)
            self.assertEqual(result.code, 0, result.err)
        for ranks in 2, 3, 4:
            self.assertSameFiles(self.path("on1"), self.path(f"on{ranks}"))

    def test_the_table_is_ranked_and_agrees_with_the_json(self):
        result = self.screen("-o", self.path("out"), "--clearing", 0.6, "--until", 3, "--json")
        self.assertEqual(result.code, 0, result.err)
        rows = self.rows("out")
        self.assertEqual([row["rank"] for row in rows], [str(k + 1) for k in range(19)])
        severity = [float(row["severity"]) for row in rows]
        self.assertEqual(severity, sorted(severity, reverse=True))
        self.assertEqual(len(set(row["name"] for row in rows)), 19)
        for row, found in zip(rows, result.json["ranking"]):
            for key in "name", "verdict", "reason":
                self.assertEqual(row[key], found[key])
            for key in "severity", "max_angle_spread_deg", "min_voltage_pu", "nadir_hz":
                self.assertEqual(float(row[key]), found[key])
            self.assertEqual(row["verdict"] == "unstable", float(row["severity"]) > 1)
        self.assertEqual(sum(row["verdict"] == "unstable" for row in rows), result.json["unstable"])
        self.assertGreater(result.json["unstable"], 0)
        self.assertGreater(result.json["stable"], 0)

    def test_a_list_is_screened_as_stability_does_it(self):
        events = "t=0.2,fault=2; t=0.35,clear=2; t=0.35,trip=2-3"
        listed = self.write("list.csv", f"name,events\nfirst,\"{events}\"\nsecond,\"t=0,trip-unit=3:1\"\n")
        result = self.screen("--list", listed, "--until", 2, "--tolerance", 1e-6, "--json")
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(result.json["contingencies"], 2)
        each = [word for event in events.split("; ") for word in ("--event", event)]
        alone = archipelago("stability", self.grid, "--dynamics", self.machines, *each, "--until", 2, "--tolerance",
                            1e-6, "--json").json
        row = next(row for row in result.json["ranking"] if row["name"] == "first")
        for key in "verdict", "max_angle_spread_deg", "min_voltage_pu", "nadir_hz", "zenith_hz":
            self.assertEqual(row[key], alone[key])

    def test_bad_lists_and_usage_are_told_on_one_line_each(self):
        listed = self.write("list.csv", "name,events\na,\"t=0,fault=2\"\nb,\"t=0,trip=1-3\"\nc,\"t=0,trip-unit=4:1\"\n")
        for ranks in 1, 2:
            result = self.screen("--list", listed, "-o", self.path("out"), ranks=ranks)
            self.assertEqual(result.code, 2)
            told = [line for line in result.err.splitlines() if listed in line]
            self.assertEqual(len(told), 2, result.err)
            self.assertTrue(told[0].startswith(f"{listed}:3: error: ") and "1-3" in told[0])
            self.assertTrue(told[1].startswith(f"{listed}:4: error: ") and "4" in told[1])
            self.assertFalse(os.path.exists(self.path("out")))
        set_point = self.write("set.csv", "name,events\na,\"t=0,set=2:1:nothing,value=1\"\n")
        result = self.screen("--list", set_point)
        self.assertEqual((result.code, f"{set_point}:2: error: " in result.err), (2, True), result.err)
        for words in (["--faults", "everywhere"], ["--trips", "bus"], ["--clearing", 20], ["--clearing", -1],
                      ["--list", self.path("gone.csv")], ["--faults", "none", "--trips", "none"],
                      ["--frequency-min", 70], ["-o", listed], ["-o", self.directory]):
            result = self.screen(*words)
            self.assertEqual(result.code, 2, words)
            self.assertEqual(len(result.err.splitlines()), 1, result.err)

    def test_other_inputs_are_refused_in_the_same_directory(self):
        out = self.path("out")
        self.assertEqual(self.screen("-o", out, "--until", 1).code, 0)
        before = program.files(out)
        for words, key in ((["--until", 2], "until_s"), (["--until", 1, "--clearing", 0.2], "clearing_s"),
                           (["--until", 1, "--trips", "unit"], "branch_trips"), (["--until", 1, "--cct"], "cct"),
                           (["--until", 1, "--voltage-recovery", "0.7:1"], "voltage_recovery"),
                           (["--until", 1, "--settling-limit", 1], "settling_limit_pu")):
            result = self.screen("-o", out, *words)
            self.assertEqual(result.code, 2)
            self.assertEqual(len(result.err.splitlines()), 1)
            self.assertIn(f"another screening: found {key} ", result.err)
        self.write("machines.csv", MACHINES.replace("100,6,2", "100,7,2"))
        result = self.screen("-o", out, "--until", 1)
        self.assertEqual((result.code, "dynamics" in result.err), (2, True), result.err)
        self.assertEqual(program.files(out), before)

    def test_every_limit_of_the_criteria_is_an_option(self):
        def criterion(*limits):
            d = self.screen("--until", 1, "--faults", "bus", "--trips", "none", "--json", *limits).json
            return {row["criterion"] for row in d["ranking"]}

        self.assertEqual(criterion(), {None})
        for option, value, which in (("--angle-limit", 1, "angle"), ("--voltage-recovery", "0.999:0.01", "voltage"),
                                     ("--frequency-max", 60.001, "frequency"), ("--rocof-limit", 0.001, "frequency"),
                                     ("--settling-limit", 1e-6, "frequency")):
            with self.subTest(option=option):
                self.assertEqual(criterion(option, value) - {None}, {which})

    def test_insecurity_and_missing_verdicts_have_their_exit_statuses(self):
        result = self.screen("--clearing", 0.6, "--until", 3, "--require-secure", "-o", self.path("insecure"))
        self.assertEqual(result.code, 4, result.err)
        self.assertEqual(len(self.rows("insecure")), 19)
        result = self.screen("--faults", "none", "--until", 0.05, "--clearing", 0.01, "--require-secure")
        self.assertEqual(result.code, 0, result.err)
        listed = self.write("list.csv", "name,events\nmild,\"t=0,trip=1-2\"\nmad,\"t=0,set=1:1:pref,value=1e300\"\n")
        result = self.screen("--list", listed, "--until", 1, "-o", self.path("failed"), "--json", "--require-secure")
        self.assertEqual(result.code, 3, result.out)
        self.assertEqual(len(result.err.splitlines()), 1)
        self.assertIn("1 of 2 contingencies have no verdict, the first: mad: ", result.err)
        self.assertEqual((result.json["stable"], result.json["failed"]), (1, 1))
        first, second = self.rows("failed")
        self.assertEqual([first[key] for key in ("name", "verdict", "severity", "min_voltage_pu")],
                         ["mad", "failed", "3", ""])
        self.assertEqual((second["name"], second["verdict"]), ("mild", "stable"))

    def test_what_a_journal_holds_is_not_done_again_and_broken_lines_do_not_count(self):
        whole, out = self.path("whole"), self.path("out")
        self.assertEqual(self.screen("-o", whole, "--until", 1).code, 0)
        journal = program.read(os.path.join(whole, "journal.jsonl"))
        lines = journal.splitlines(keepends=True)
        draw = random.Random(4)
        cuts = [0, 1, len(lines[0]) - 1, len(lines[0]), len(lines[0]) + 1, len(journal) - 1, len(journal)]
        for cut in cuts + [draw.randrange(len(journal)) for _ in range(5)]:
            shutil.rmtree(out, ignore_errors=True)
            os.mkdir(out)
            shutil.copy(os.path.join(whole, "inputs.json"), out)
            with open(os.path.join(out, "journal-7.jsonl"), "wb") as stream:
                stream.write(journal[:cut])
            result = self.screen("-o", out, "--until", 1, "--json", ranks=1 + cut % 2)
            self.assertEqual(result.code, 0, result.err)
            self.assertEqual(result.json["resumed"], journal[:cut].count(b"\n"))
            self.assertSameFiles(whole, out)
        garbage = [b"{}\n", b"\0" * 40 + b"\n", lines[3].replace(b'"name":"', b'"name":"x'),
                   lines[4].replace(b'"number":4', b'"number":400'), lines[5].replace(b'"severity":', b'"sever":')]
        shutil.rmtree(out)
        os.mkdir(out)
        shutil.copy(os.path.join(whole, "inputs.json"), out)
        with open(os.path.join(out, "journal-0.jsonl"), "wb") as stream:
            stream.write(b"".join(garbage) + lines[6])
        result = self.screen("-o", out, "--until", 1, "--json")
        self.assertEqual(result.json["resumed"], 1)
        self.assertSameFiles(whole, out)

    def test_a_killed_screening_goes_on_and_ends_with_the_same_bytes(self):
        listed = self.write("list.csv", "name,bus,clearing_s\n" +
                            "".join(f"case {k},{1 + k % 4},{0.05 + 0.001 * k}\n" for k in range(60)))
        words = ["--list", listed, "--until", 20, "--tolerance", 1e-8]
        begin = time.monotonic()
        self.assertEqual(self.screen("-o", self.path("whole"), *words).code, 0)
        seconds = time.monotonic() - begin
        draw, kills, resumed = random.Random(1), 0, []
        for ranks in 1, 2, 3:
            out = self.path(f"killed{ranks}")
            for attempt in range(40):
                line = program.command(["screen", self.grid, "--dynamics", self.machines, "-o", out, "--json", *words],
                                       1 + (ranks + attempt) % 3)
                process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                           start_new_session=True)
                try:
                    stdout, stderr = process.communicate(timeout=draw.uniform(0.1, 0.9) * seconds * (1 + attempt / 4))
                except subprocess.TimeoutExpired:
                    self.kill(process)
                    kills += 1
                    continue
                self.assertEqual(process.returncode, 0, stderr)
                resumed.append(json.loads(stdout)["resumed"])
                break
            self.assertSameFiles(self.path("whole"), out)
        self.assertGreaterEqual(kills, 3)
        self.assertGreater(max(resumed), 0)

    @staticmethod
    def kill(process):
        """The launcher and its ranks, which have sessions of their own, at once; waits until they are gone."""
        family, found = [process.pid], [process.pid]
        while found:
            listed = subprocess.run(["ps", "-o", "pid=", "--ppid", ",".join(map(str, found))], capture_output=True,
                                    text=True).stdout.split()
            found = [int(pid) for pid in listed]
            family += found
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.communicate()
        while any(running(pid) for pid in family):
            time.sleep(0.01)


if __name__ == "__main__":
    program.main()
