"""What the program tells while it works: the form of its lines, --quiet and --verbose, the estimate of memory, the table of the
log with the rooms of the program."""
import os
import pty
import re
import select
import subprocess

import program
from program import ISLANDS, archipelago

LINE = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) rank (\d+) ([a-z ]+): (.+)$")
PLAN = os.path.join(program.SOURCE, "inputs", "cases", "islands-2050", "study.yaml")
ROOMS = ["inputs", "partition", "solver", "dynamics", "market", "ledger", "jobs"]


def stages(table):
    """Share of time by stage of a log's table."""
    summary = table[table.index("Summary of Stages"):table.index("See the 'Profiling'")]
    return {name: float(share) for name, share in re.findall(r"^ *\d+: +(\S.*?): \S+ +([\d.]+)%", summary, re.M)}


def peaks(text):
    """Peaks of memory in a provenance, MB of the largest rank."""
    return [float(number) for number in re.findall(r'"peak_memory_mb_largest_rank": ([0-9.]+)', text)]


class Lines(program.Case):
    def test_a_log_has_time_rank_and_stage(self):
        result = archipelago("run", self.study(count=2), "-o", self.path("run"), ranks=2)
        self.assertEqual(result.code, 0, result.err)
        lines = [line for line in result.err.splitlines() if not line.startswith("made the ledger key")]
        for line in lines:
            self.assertRegex(line, LINE)
        told = [LINE.match(line).groups() for line in lines]
        self.assertEqual({rank for _, rank, _, _ in told}, {"0"})
        self.assertEqual([time for time, *_ in told], sorted(time for time, *_ in told))
        self.assertEqual([stage for *_, stage, text in told if "window 2 of 2" in text],
                         ["dispatch", "settlement", "writing"])
        self.assertLess(len(lines), 12, result.err)

    def test_quiet_is_quiet(self):
        self.assertEqual(archipelago("run", self.study(count=1), "-o", self.path("first")).code, 0)  # makes the key
        result = archipelago("run", self.study(count=1), "-o", self.path("run"), "--quiet", "--json", ranks=2)
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertIn("status", result.json)

    def test_verbose_tells_the_stages_of_every_rank(self):
        result = archipelago("run", self.study(count=1), "-o", self.path("run"), "--verbose", ranks=2)
        self.assertEqual(result.code, 0, result.err)
        told = [m.groups() for m in map(LINE.match, result.err.splitlines()) if m]
        for rank in "01":
            self.assertIn((rank, "dispatch"), {(r, stage) for _, r, stage, _ in told})

    def test_the_time_left_is_told_once_a_window_is_done(self):
        result = archipelago("run", self.study(count=4), "-o", self.path("run"))
        self.assertNotIn("left", next(line for line in result.err.splitlines() if "window 1 of 4" in line))
        last = [line for line in result.err.splitlines() if "window 4 of 4" in line]
        for line in last:
            elapsed, left = (60 * int(m) + int(s) for m, s in
                             re.search(r", (\d+):(\d\d) elapsed, about (\d+):(\d\d) left$", line) and
                             re.findall(r"(\d+):(\d\d) (?:elapsed|left)", line))
            self.assertLessEqual(left, elapsed + 1, line)  # one of four windows is left
        self.assertTrue(last)

    def test_a_terminal_has_one_line_with_the_time(self):
        master, slave = pty.openpty()
        process = subprocess.Popen(program.command(["run", self.study(count=2), "-o", self.path("run")]), stderr=slave,
                                   stdout=subprocess.DEVNULL)
        os.close(slave)
        shown = b""
        while True:
            try:
                if not select.select([master], [], [], 120)[0]:
                    break
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(master)
        self.assertEqual(process.wait(120), 0)
        self.assertRegex(shown.decode(), r"\rwindow 1 of 2, \S+: dispatch[^\r\n]*, 0:\d\d elapsed")
        self.assertIn("left", shown.decode())
        self.assertNotIn("rank 0", shown.decode())

    def test_options_of_every_command(self):
        for command in ("opf", "plan", "run", "show", "compare", "report", "stability", "screen", "eigen", "partition",
                        "check"):
            text = archipelago(command, "--help").out
            for option in ("--json", "--quiet", "--verbose", "--log-view"):
                self.assertEqual(len(re.findall(rf"^ +(?:-v, )?{option}\b", text, re.M)), 1, (command, option))


class Table(program.Case):
    def test_a_run_shows_every_room(self):
        study = self.study(count=1, extra=program.STABILITY)
        result = archipelago("run", study, "-o", self.path("run"), f"--log-view={self.path('log')}", "--json", ranks=2)
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("status", result.json)  # one document, whatever is logged
        table = program.read(self.path("log")).decode()
        shares = stages(table)
        for room in ROOMS:
            self.assertIn(room, shares)
        self.assertAlmostEqual(sum(shares.values()), 100, delta=1)
        self.assertGreater(shares["solver"] + shares["dynamics"], 20)
        for event in ("SolverFactor", "SolverEvaluate", "SolverADMM", "PartitionSwap", "DynamicsRun"):
            self.assertRegex(table, rf"(?m)^{event} +\d+")

    def test_the_same_bytes_with_and_without(self):
        study = self.study(count=1)
        self.assertEqual(archipelago("run", study, "-o", self.path("a")).code, 0)
        self.assertEqual(archipelago("run", study, "-o", self.path("b"), "--log-view").code, 0)
        nowhere = archipelago("run", study, "-o", self.path("c"), f"--log-view={self.directory}")
        self.assertEqual(nowhere.code, 2)  # before anything is done
        self.assertIn("cannot be written: Is a directory", nowhere.err)
        self.assertFalse(os.path.exists(self.path("c")))
        self.assertSameFiles(self.path("a"), self.path("b"))

    def test_a_plan_shows_its_stages_on_stderr(self):
        result = archipelago("plan", PLAN, "--no-check", "--log-view", "--json", timeout=300)
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(result.json["status"], "optimal")
        shares = stages(result.err)
        self.assertGreater(shares["solver"], 30)
        self.assertIn("inputs", shares)
        for event in ("SolverLinear", "SolverLinFactor", "SolverLinSolve"):
            self.assertRegex(result.err, rf"(?m)^{event} +\d+")

    def test_a_failure_leaves_the_stages_balanced(self):
        result = archipelago("run", os.path.join(ISLANDS, "hour.yaml"), "--policy", "grid-closed", "-o",
                             self.path("run"), "--log-view", ranks=2)
        self.assertEqual(result.code, 3, result.err)
        self.assertIn("Summary of Stages", result.err)
        self.assertNotIn("PETSC ERROR", result.err)
        self.assertNotIn("internal error", result.err)

    def test_nothing_is_logged_without_the_option(self):
        result = archipelago("opf", ISLANDS, "--json")
        self.assertNotIn("Summary", result.err + result.out)


class Memory(program.Case):
    def test_a_run_tells_what_it_will_need_and_it_is_true(self):
        study = self.study(count=1)
        result = archipelago("run", study, "-o", self.path("run"), "--json")
        need = result.json["memory_estimate_bytes_per_rank"]
        self.assertIn(f"about {need / 1e6:.0f} MB of memory are needed for each rank", result.err)
        with open(self.path("run", "provenance.json")) as stream:
            took = 1e6 * max(peaks(stream.read()))
        self.assertLess(need, 2 * took)
        self.assertGreater(need, took / 2)

    def test_check_tells_it_too(self):
        study = self.study(count=1)
        document = archipelago("check", study, "--json").json
        need = document["files"][0]["memory_estimate_bytes_per_rank"]
        run = archipelago("run", study, "-o", self.path("run"), "--json")
        self.assertEqual(run.json["memory_estimate_bytes_per_rank"], need)
        self.assertRegex(archipelago("check", study).out, r"(?m)^memory +about \d+ MB for each of 1 rank$")
        self.assertRegex(archipelago("check", PLAN).out, r"(?m)^ *memory +about \S+ [MG]B for each of 1 rank$")

    def test_more_than_slurm_gives_is_warned_of(self):
        result = archipelago("run", self.study(count=1), "-o", self.path("run"), env={"SLURM_MEM_PER_NODE": "10"})
        self.assertEqual(result.code, 0, result.err)
        self.assertRegex(result.err, r"(?m)^warning: about \d+ MB of memory are needed for each rank, Slurm gives 10 MB$")


if __name__ == "__main__":
    program.main()
